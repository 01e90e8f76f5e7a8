"""Long lists in pages. Only what the page shows is made ready."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.core.paginator import Page, Paginator
from django.http import HttpRequest

T = TypeVar("T")
Shown = TypeVar("Shown")
PAGE = 25


@dataclass(frozen=True, slots=True)
class Rows(Generic[T, Shown]):
    """A sequence each of whose items is made ready when it is taken."""

    items: Sequence[T]
    make: Callable[[T], Shown]

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, part: slice) -> list[Shown]:
        return [self.make(each) for each in self.items[part]]


def paged(request: HttpRequest, items: Sequence[T] | Rows[object, T], size: int = PAGE) -> Page[T]:
    """The page that the address or the form asks for; the nearest one when there is no such page."""
    wanted = request.POST.get("page") or request.GET.get("page")
    return Paginator(items, size).get_page(wanted)
