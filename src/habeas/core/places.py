"""Where in a file something stands, and the error that says so."""

from dataclasses import dataclass

from habeas.core.messages import Message, Parameter


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
    """A file that can't be used: what is wrong, what was expected, and where."""

    def __init__(self, code: str, place: Place, **parameters: Parameter) -> None:
        self.message = Message(code, parameters)
        self.place = place
        super().__init__(f"{place.file}:{place.line}:{place.column}: {code} {parameters}")
