"""Day-count conventions: which local days of a stay are person-days. Named parameters, never a habit.

A day is a local date of the facility's time zone. Under every convention one date of one person counts once at
most, also when the person moves between two time zones.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from habeas.core.days import Span, covers, day_of, day_span
from habeas.core.entries.custody import Absence
from habeas.core.sources import Source
from habeas.core.tables import Bilingual, Table

INSTANT = timedelta(microseconds=1)
NIGHT_ENDS = time(6)


class Census(StrEnum):
    """When a day is looked at."""

    ANY_PART = "any_part"  # there for any part of the day
    MIDNIGHT = "midnight"  # there at the midnight that ends the day
    NIGHT = "night"  # there from that midnight until six in the morning


@dataclass(frozen=True, slots=True, kw_only=True)
class Convention:
    """How days are counted. `absences` are those during which a person counts as there; where first and last
    day of a stay are one and either does not count, that day does not."""

    name: str
    census: Census
    first_day: bool = True
    last_day: bool = True
    absences: frozenset[Absence] = frozenset(Absence)


@dataclass(frozen=True, slots=True, kw_only=True)
class DayCount:
    """The convention that an agreement states, or that was assumed."""

    convention: Convention
    text: Bilingual
    source: Source | None
    assumed: bool


IN_THE_BUILDING: frozenset[Absence] = frozenset()
CONVENTIONS: Mapping[str, Convention] = {
    each.name: each
    for each in (
        Convention(name="any_part", census=Census.ANY_PART),
        Convention(name="first_not_last", census=Census.ANY_PART, last_day=False),
        Convention(name="midnight", census=Census.MIDNIGHT, absences=IN_THE_BUILDING),
        Convention(name="nights", census=Census.NIGHT, absences=IN_THE_BUILDING),
    )
}
"""Those in use, by name. Source: law document, section 1.3, F3, for the first day counted and the last not."""

SIDE_BY_SIDE = (CONVENTIONS["any_part"], CONVENTIONS["midnight"])
"""What is shown where a text states none: the widest and the usual one. No amount is due by either."""


def read_day_count(table: Table, source: Source | None = None) -> DayCount:
    """The convention of `[day_count]`: one by its name, with what the text says otherwise; assumed where there is no
    source. Raises FileError."""
    known = CONVENTIONS[table.choice("convention", CONVENTIONS)]
    first, last = (table.flag(key) if table.has(key) else getattr(known, key) for key in ("first_day", "last_day"))
    kinds = table.texts("absences") if table.has("absences") else known.absences
    for each in kinds:
        table.check("absences", each, [kind.value for kind in Absence])
    convention = replace(known, first_day=first, last_day=last, absences=frozenset(map(Absence, kinds)))
    return DayCount(convention=convention, text=table.words("text"), source=source, assumed=source is None)


def census_span(convention: Convention, day: Span, zone: str) -> Span:
    """The stretch of a local day in which somebody must be there to count; for `ANY_PART` any part of it will do."""
    assert day.until_at is not None
    last = day.until_at - INSTANT
    match convention.census:
        case Census.ANY_PART:
            return day
        case Census.MIDNIGHT:
            return Span(from_at=last, until_at=day.until_at)
    morning = datetime.combine(day.until_at.astimezone(ZoneInfo(zone)).date(), NIGHT_ENDS, tzinfo=ZoneInfo(zone))
    return Span(from_at=last, until_at=morning.astimezone(day.until_at.tzinfo))


def is_there(convention: Convention, wanted: Span, here: list[Span], away: list[Span]) -> bool:
    """Whether somebody on the roll in `here`, and out of the building in `away`, counts in this stretch."""
    if convention.census is Census.ANY_PART:
        parts = [part for each in here if (part := each.clipped(wanted))]
        return any(not covers(away, part) for part in parts)
    return covers(here, wanted) and not any(each.clipped(wanted) for each in away)


def is_counted(convention: Convention, day: date, zone: str, stay: Span, here: list[Span]) -> bool:
    """Whether a local day counts of somebody on the roll in `here`, if no absence is taken out of it. `stay` is the
    stay of the last stint that touches the day."""
    is_first = day_of(stay.from_at, zone) == day
    is_last = stay.until_at is not None and day_of(stay.until_at - INSTANT, zone) == day
    left_out = (is_first and not convention.first_day) or (is_last and not convention.last_day)
    return not left_out and is_there(convention, census_span(convention, day_span(day, zone), zone), here, [])
