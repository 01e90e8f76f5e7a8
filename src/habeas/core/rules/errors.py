"""What can be wrong with the text of a rule: a message, and the place at which a reader must look."""

from __future__ import annotations

from dataclasses import dataclass

from habeas.core.messages import Message, Parameter


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a text stands: its file, and the line and column at which it begins, counted from 1."""

    file: str
    line: int = 1
    column: int = 1

    def within(self, text: str, offset: int) -> Place:
        """The place of a character of `text`, which begins here."""
        before = text[:offset]
        line = before.count("\n")
        column = offset - (before.rfind("\n") + 1) + (self.column if line == 0 else 1)
        return Place(file=self.file, line=self.line + line, column=column)


class RuleError(Exception):
    """A rule that can't be used. `source_line` is its line, `caret` the column to point at in that."""

    def __init__(self, code: str, place: Place, source_line: str = "", caret: int = 1, **parameters: Parameter) -> None:
        self.message = Message(code, parameters)
        self.place = place
        self.source_line = source_line
        self.caret = caret
        super().__init__(f"{place.file}:{place.line}:{place.column}: {code} {parameters}")


def rule_error(code: str, text: str, offset: int, place: Place, **parameters: Parameter) -> RuleError:
    """The error for one character of a rule's text."""
    offset = min(max(offset, 0), len(text))
    begin = text.rfind("\n", 0, offset) + 1
    end = text.find("\n", offset)
    line = text[begin : end if end >= 0 else len(text)]
    return RuleError(code, place.within(text, offset), line, offset - begin + 1, **parameters)
