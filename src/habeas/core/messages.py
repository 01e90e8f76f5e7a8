"""What the core has to say: a code and parameters, and where in a file it stands. The edge makes one sentence of it in
the reader's language (`habeas.speech`), so that page, command line and API say the same."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import TypeAlias

Parameter: TypeAlias = "str | int | Decimal | date | datetime | tuple[str, ...] | None"


@dataclass(frozen=True, slots=True)
class Message:
    """One thing to say. `code` is a key of the catalogue, `parameters` fill the sentence's braces."""

    code: str
    parameters: Mapping[str, Parameter] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a text stands: its file, and the line and column at which it begins, counted from 1."""

    file: str
    line: int = 1
    column: int = 1

    def within(self, text: str, offset: int) -> "Place":
        """The place of a character of `text`, which begins here."""
        before = text[:offset]
        line = before.count("\n")
        column = offset - (before.rfind("\n") + 1) + (self.column if line == 0 else 1)
        return Place(file=self.file, line=self.line + line, column=column)


class FileError(Exception):
    """A file that can't be used: what is wrong, what was expected, and where. `line` is that line, if it is known."""

    line = ""

    def __init__(self, code: str, place: Place, **parameters: Parameter) -> None:
        self.message = Message(code, parameters)
        self.place = place
        super().__init__(f"{place.file}:{place.line}:{place.column}: {code} {parameters}")
