"""Long lists in pages. Only what the page shows is made ready."""

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar, overload

from django.core.paginator import Page, Paginator
from django.http import HttpRequest

T = TypeVar("T")
Shown = TypeVar("Shown")
PAGE = 25


class Rows(Sequence[Shown], Generic[T, Shown]):
    """A sequence each of whose items is made ready when it is taken."""

    def __init__(self, items: Sequence[T], make: Callable[[T], Shown]) -> None:
        self._items = items
        self._make = make

    def __len__(self) -> int:
        return len(self._items)

    @overload
    def __getitem__(self, at: int) -> Shown: ...
    @overload
    def __getitem__(self, at: slice) -> list[Shown]: ...
    def __getitem__(self, at: int | slice) -> Shown | list[Shown]:
        if isinstance(at, slice):
            return [self._make(each) for each in self._items[at]]
        return self._make(self._items[at])


def paged(request: HttpRequest, items: Sequence[Shown], size: int = PAGE) -> Page[Shown]:
    """The page that the address or the form asks for; the nearest one when there is no such page."""
    wanted = request.POST.get("page") or request.GET.get("page")
    return Paginator(items, size).get_page(wanted)
