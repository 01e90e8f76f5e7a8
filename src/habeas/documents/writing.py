"""What documents are made of: lines of a readable length that can't command a terminal, and plain data."""

import re
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from operator import attrgetter
from typing import Any, TypeAlias

from habeas.core.ledger.money import Money
from habeas.core.messages import Message
from habeas.core.rules import Rule
from habeas.core.tables import Bilingual
from habeas.speech import say, visible

WIDTH = 100
Line: TypeAlias = tuple[str, str]
"""How a line begins, and what it says."""

Shown: TypeAlias = Mapping[type, Callable[[Any], Mapping[str, object]]]
"""What is shown of each kind of record, by name."""


def page(sections: Iterable[Sequence[str]]) -> str:
    """The sections that have lines, with an empty line between them."""
    return visible_lines("\n\n".join("\n".join(each) for each in sections if each)) + "\n"


def visible_lines(text: str) -> str:
    """A text with every code that a terminal would obey shown, save line breaks and fixed spaces."""
    return re.sub(r"[^\n\N{NO-BREAK SPACE}]+", lambda found: visible(found.group()), text)


def wrapped(lines: Iterable[Line], *, hang: int = 0, splits_words: bool = True) -> list[str]:
    """The lines, each continued below its own beginning, or further in by `hang`."""
    return [
        part
        for lead, text in lines
        for part in textwrap.wrap(
            text,
            WIDTH,
            initial_indent=lead,
            subsequent_indent=" " * (len(lead) + hang if lead else 0),
            break_long_words=splits_words,
            break_on_hyphens=splits_words,
        )
    ]


def fields(names: str) -> Callable[[object], Mapping[str, object]]:
    """Shows these of a record's fields; `name=path` shows under a name what stands at another place in it."""
    named = {name: attrgetter(path or name) for name, _, path in (each.partition("=") for each in names.split())}
    return lambda record: {name: get(record) for name, get in named.items()}


def as_data(value: object, language: str, shown: Shown) -> Any:
    """A value as JSON holds it: words in the language, amounts as texts of decimals, dates in ISO 8601."""
    if show := shown.get(type(value)):
        value = show(value)
    match value:
        case Bilingual():
            return value.said_in(language)
        case Message():
            return say(value, language)
        case Rule():
            return value.text
        case Money():
            return str(value.amount)
        case Decimal():
            return str(value)
        case date():
            return value.isoformat()
        case Mapping():
            return {key: as_data(each, language, shown) for key, each in value.items()}
        case tuple() | list():
            return [as_data(each, language, shown) for each in value]
    return value
