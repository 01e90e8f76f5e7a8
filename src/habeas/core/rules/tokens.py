"""Cut the text of a rule into tokens."""

import re
from dataclasses import dataclass
from enum import StrEnum

from habeas.core.rules.errors import Place, rule_error

LENGTH_MAX = 4_000


class Kind(StrEnum):
    """The kinds of token. `END` stands after the last character."""

    WORD = "word"
    INT = "int"
    TEXT = "text"
    DATE = "date"
    MOMENT = "moment"
    SYMBOL = "symbol"
    END = "end"


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A piece of the text: [start, end)."""

    kind: Kind
    text: str
    start: int
    end: int


_PIECE = re.compile(
    r"""(?P<space>[ \t\r\n]+)
    |(?P<moment>[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(?::[0-9]{2})?Z)
    |(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2}(?![0-9T]))
    |(?P<int>[0-9]+)
    |(?P<text>'[^'\n]*')
    |(?P<word>[A-Za-z_][A-Za-z0-9_]*)
    |(?P<symbol><>|<=|>=|[=<>(),+-])""",
    re.VERBOSE,
)


def tokens(text: str, place: Place) -> list[Token]:
    """Every token of the text, with one END. Raises RuleError at the first character that is none."""
    if len(text) > LENGTH_MAX:
        raise rule_error("rule.too_long", text, LENGTH_MAX, place, length=len(text), longest=LENGTH_MAX)
    found: list[Token] = []
    at = 0
    while at < len(text):
        match = _PIECE.match(text, at)
        if match is None:
            code = "rule.text_not_closed" if text[at] == "'" else "rule.not_a_token"
            raise rule_error(code, text, at, place, found=text[at])
        kind = match.lastgroup or ""
        if kind != "space":
            found.append(Token(kind=Kind(kind), text=match.group(), start=at, end=match.end()))
        at = match.end()
    return [*found, Token(kind=Kind.END, text="", start=len(text), end=len(text))]
