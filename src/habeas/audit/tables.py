"""What outside data become: one table for each shape of data, with columns that always mean the same.

Each row keeps where it came from: `source` is the number of the table that was read (a file, or a sheet of it), from 1,
and `line` the line or row in it, from 1. Text is as the file has it, trimmed; what was empty or redacted is NULL. A day
is a DATE, a moment a TIMESTAMP in the wall time of the facility; spans are half-open, and one without an end is open.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Shape(StrEnum):
    """What one row is about."""

    STINTS = "stints"  # one stretch of one person in one place
    ROSTERS = "rosters"  # one person who is in one place on one day
    COUNTS = "counts"  # how many are in one place on one day, or on average in one release
    FACILITIES = "facilities"  # one place: how many it may hold, how many are paid for anyway, and the rate
    BILLS = "bills"  # one line of a bill


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a shape: its type in DuckDB, and whether a row without a value in it can be used."""

    type: str
    is_needed: bool = False


def _columns(needed: str, **types: str) -> Mapping[str, Column]:
    return {name: Column(type=type, is_needed=name in needed.split()) for name, type in types.items()}


COLUMNS: Mapping[Shape, Mapping[str, Column]] = {
    Shape.STINTS: _columns(
        "facility from_at",
        person="VARCHAR",  # whatever the file tells people apart by; NULL where it does not
        stay="VARCHAR",  # what joins the stints of one stay
        facility="VARCHAR",
        from_at="TIMESTAMP",
        until_at="TIMESTAMP",
        stated_days="DOUBLE",  # the length that the file states
        recorded_at="TIMESTAMP",  # when the row was made
        unit="VARCHAR",  # a bed or cell
        kind="VARCHAR",  # of custody: solitary, hospital
        reason="VARCHAR",  # for which it began
        ended_by="VARCHAR",  # why it ended: release, transfer
        title="VARCHAR",  # the paper that allows it
        title_from="DATE",
        title_until="DATE",
    ),
    Shape.ROSTERS: _columns("person facility day", person="VARCHAR", facility="VARCHAR", day="DATE", unit="VARCHAR"),
    Shape.COUNTS: _columns(
        "facility",
        facility="VARCHAR",
        day="DATE",  # of the count, or of the release
        stated_day="DATE",  # the day that the release says it is of, where it says another
        year="INTEGER",  # in which running totals run, as the file has it: a fiscal year
        day_of_year="INTEGER",  # of that year, from 1: what an average is taken over
        people="DOUBLE",  # there, or on average
        booked_in="DOUBLE",
        booked_out="DOUBLE",
        total="DOUBLE",  # that the file states for the whole of `parts`
        parts="MAP(VARCHAR, DOUBLE)",  # of `people`: by level, sex, status
        length="DOUBLE",  # average length of stay in days
    ),
    Shape.FACILITIES: _columns(
        "",  # a facility whose name is redacted has its capacity all the same
        facility="VARCHAR",
        name="VARCHAR",
        capacity="DOUBLE",
        minimum="DOUBLE",  # guaranteed: paid for anyway
        rate="DECIMAL(18,4)",  # of a person-day
        currency="VARCHAR",
        peak="DOUBLE",  # most people there at once
        people="DOUBLE",  # on average
        person_days="DOUBLE",
        booked_in="DOUBLE",
        days_in_use="DOUBLE",
    ),
    Shape.BILLS: _columns(
        "amount",
        bill="VARCHAR",
        item="VARCHAR",  # the number of the line
        kind="VARCHAR",  # days, minimum, fixed; NULL: days
        person="VARCHAR",
        facility="VARCHAR",
        from_on="DATE",
        until_on="DATE",  # the first day that is not billed
        last_on="DATE",  # or the last that is
        days="DOUBLE",
        rate="DECIMAL(18,4)",
        amount="DECIMAL(18,4)",
        currency="VARCHAR",
        rate_on="DATE",  # whose exchange rate is used
        exchange="DECIMAL(18,8)",
    ),
}
"""By shape, each column. The tables are named after the shapes, and have `source` and `line` before these."""

ACCOUNTED = "accounted"
"""The table that accounts for every row: source, line, status (`used`, `set_aside`, `unreadable`), reason, field,
value. A row that is used stands in it only where a value of it could not be read."""

LAST_TOUCHED = "CAST({} - INTERVAL 1 MICROSECOND AS DATE)"
"""The last day of any part of which somebody was there, by the moment of the end: not one that begins then."""

DAY_SOURCES = """(SELECT source,
        bool_and(from_at = date_trunc('day', from_at) AND (until_at IS NULL OR until_at = date_trunc('day', until_at)))
        AS is_days FROM stints GROUP BY source)"""
"""By source whether it gives days and no moments."""

DAY_ENDS = "{} + INTERVAL 1 DAY - INTERVAL 1 MICROSECOND"
"""The last moment of a day that begins then: somebody is there for a part of that day, and not at its end."""

ENDS = f"CASE WHEN is_days THEN {DAY_ENDS.format('until_at')} ELSE until_at END"
"""When a stretch is over, beside `DAY_SOURCES`: where a source gives days, within the last day."""

LASTING = DAY_ENDS.format("CAST(last_day AS TIMESTAMP)")
"""When a stretch without an end is over at most, beside `LAST_DAY`."""

LAST_DAY = """(SELECT CAST(max(greatest(from_at, coalesce(until_at, from_at))) AS DATE) AS last_day FROM stints)"""
"""The last day that the stints know, until which one without an end lasts at most."""
