"""The answer of ICPPED article 18(1) in words, for whoever has shown that they may have it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import groupby

from habeas.core.disclosure import Disclosed, Value
from habeas.web.shown import choice_label, label, moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One letter of article 18(1): its heading, and each element as label and words."""

    letter: str
    title: str
    rows: tuple[tuple[str, str], ...]


def parts(disclosed: Sequence[Disclosed], zone: str) -> tuple[Part, ...]:
    """The answer letter by letter, its moments in a named time zone."""
    return tuple(
        Part(
            letter=letter,
            title=label(f"disclosure.{letter}"),
            rows=tuple((label(each.code), words(each.value, zone)) for each in of_letter),
        )
        for letter, of_letter in groupby(disclosed, key=lambda each: each.letter)
    )


def words(value: Value, zone: str) -> str:
    """A value in words; of what was not recorded, that."""
    match value:
        case None:
            return label("disclosure.not_recorded")
        case StrEnum():
            return choice_label(value)
        case datetime():
            return moment(value, zone)
    return value
