"""Head counts by deltas against counting day by day."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from itertools import product
from typing import Any

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from habeas.audit import headcounts, stint_checks
from habeas.audit import person_days as bill_days
from habeas.audit.engine import engine
from habeas.audit.headcounts import DEFINITIONS, head_counts, person_days
from habeas.audit.tables import COLUMNS, Shape
from habeas.core.ledger.conventions import CONVENTIONS
from habeas.core.ledger.person_days import Days

Stint = tuple[str | None, str, datetime, datetime | None]
BEGAN = datetime(2025, 3, 1)
DAY = timedelta(days=1)
INSTANT = timedelta(microseconds=1)


@contextmanager
def made(stints: Sequence[Stint]) -> Iterator[duckdb.DuckDBPyConnection]:
    columns = ", ".join(f"{name} {each.type}" for name, each in COLUMNS[Shape.STINTS].items())
    with engine() as opened:
        opened.execute(f"CREATE TABLE stints (source INTEGER, line INTEGER, {columns})")
        for line, each in enumerate(stints, start=1):
            opened.execute(
                "INSERT INTO stints (source, line, person, facility, from_at, until_at) VALUES (1, ?, ?, ?, ?, ?)",
                [line, *each],
            )
        for sql in (*stint_checks.prepare(), *headcounts.prepare()):
            opened.execute(sql)
        yield opened


def is_there(definition: str, day: date, began: datetime, ended: datetime) -> bool:
    """By the meaning of the words, of an unbroken time in a place."""
    start = datetime.combine(day, time())
    last = start + DAY - timedelta(microseconds=1)
    some_time = began < ended and began < start + DAY and ended > start
    match definition:
        case "midnight":
            return began <= last < ended
        case "any_part":
            return some_time
        case "nights":
            return began <= last and ended >= start + DAY + timedelta(hours=6)
        case "first_not_last":
            return some_time and (ended - timedelta(microseconds=1)).date() != day
    return began <= ended and began.date() <= day <= ended.date()


def unbroken(
    stints: Sequence[Stint], definition: str, *, with_open: bool
) -> list[tuple[object, str, datetime, datetime]]:
    """Who was where, touching stretches of one person in one place joined."""
    last = max(max(began, ended or began) for _, _, began, ended in stints)
    last = datetime.combine(last.date(), time()) + DAY - INSTANT
    if all(at.time() == time() for _, _, *span in stints for at in span if at):
        stints = [(*each[:3], each[3] and each[3] + DAY - INSTANT) for each in stints]
    spans: list[tuple[object, str, datetime, datetime]] = []
    for at, (person, facility, began, ended) in sorted(enumerate(stints), key=lambda each: each[1][2]):
        if (ended is None and not with_open) or (ended and ended < began):
            continue
        ended = ended or max(began, last)
        if ended == began and definition != "inclusive":
            continue
        who, before = person or at, spans and [each for each in spans if each[:2] == (person or at, facility)]
        if before and before[-1][3] >= began:
            spans.remove(before[-1])
            began, ended = before[-1][2], max(ended, before[-1][3])
        spans.append((who, facility, began, ended))
    return spans


def day_by_day(stints: Sequence[Stint], definition: str, *, with_open: bool) -> dict[tuple[str, date], int]:
    people: dict[tuple[str, date], set[object]] = {}
    for who, facility, began, ended in unbroken(stints, definition, with_open=with_open):
        for number in range((ended.date() - began.date()).days + 1):
            day = began.date() + number * DAY
            if is_there(definition, day, began, ended):
                people.setdefault((facility, day), set()).add(who)
    return {key: len(each) for key, each in people.items()}


def spread(steps: Sequence[tuple[Any, ...]], which: int) -> dict[tuple[str, date], int]:
    """Steps as one number a day."""
    found: dict[tuple[str, date], int] = {}
    for this, after in zip(steps, [*steps[1:], None], strict=False):
        facility, day = this[:2]
        ends = after[1] if after and after[0] == facility else day + DAY
        while day < ends:
            found[facility, day] = this[which]
            day += DAY
    return {key: count for key, count in found.items() if count}


MOMENTS = st.integers(0, 40 * 4).map(lambda each: BEGAN + each * timedelta(hours=6))
WHOLE = st.integers(0, 40).map(lambda each: BEGAN + each * DAY)


def rows_of(moments: st.SearchStrategy[datetime]) -> st.SearchStrategy[list[Stint]]:
    who = st.sampled_from(["a", "b", None])
    return st.lists(st.tuples(who, st.sampled_from("FG"), moments, st.none() | moments), min_size=1, max_size=12)


ROWS = rows_of(MOMENTS) | rows_of(WHOLE)


@settings(max_examples=40, deadline=None)
@given(ROWS)
def test_the_fast_way_counts_as_day_by_day_does(stints: list[Stint]) -> None:
    with made(stints) as opened:
        months = person_days(opened)
        for definition in DEFINITIONS:
            steps = head_counts(opened, definition)
            for which, with_open in ((2, False), (3, True)):
                expected = day_by_day(stints, definition, with_open=with_open)
                assert spread(steps, which) == expected
                summed: dict[tuple[str, date], int] = {}
                for (facility, day), count in expected.items():
                    key = (facility, day.replace(day=1))
                    summed[key] = summed.get(key, 0) + count
                of = [(each[1:3], each[which + 1]) for each in months if each[0] == definition]
                assert {key: count for key, count in of if count} == summed


@settings(max_examples=40, deadline=None)
@given(ROWS)
def test_in_one_place_what_a_bill_pays_is_what_head_counts_come_to(stints: list[Stint]) -> None:
    with made([(who, "F", began, ended) for who, _, began, ended in stints]) as opened:
        for sql in bill_days.PREPARE:
            opened.execute(sql)
        months = person_days(opened)
        for name, with_open in product(CONVENTIONS.keys() & DEFINITIONS.keys(), (False, True)):
            heads = {each[2]: each[3 + with_open] for each in months if each[0] == name and each[3 + with_open]}
            parts = [Days(from_on=month, until_on=(month + 31 * DAY).replace(day=1)) for month in heads]
            paid = bill_days.count(opened, CONVENTIONS[name], parts, with_open=with_open) if parts else {}
            assert {month: sum(each.values()) for month, each in paid.items()} == heads, (name, with_open)


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2025-03-{text}")


EDGES: dict[str, tuple[Sequence[Stint], str]] = {
    # By hand: the days in March on which somebody is counted at midnight; for any part of the day; with the day of the
    # book-out; by nights until six; by the first day and not the last. A day stands twice where two count.
    "two nights": ([("a", "F", at("01T10"), at("03T09"))], "1 2 | 1 2 3 | 1 2 3 | 1 2 | 1 2"),
    # Gone as the 3rd begins: no part of it, and not there at six. The last day is the 2nd.
    "leaves at midnight": ([("a", "F", at("01T10"), at("03T00"))], "1 2 | 1 2 | 1 2 3 | 1 | 1"),
    # Where a source has no hours at all, some part of the last day was spent, and its end was not.
    "days without hours": ([("a", "F", at("01"), at("04"))], "1 2 3 | 1 2 3 4 | 1 2 3 4 | 1 2 3 | 1 2 3"),
    # Held, and in no count at midnight.
    "in and out on one day": ([("a", "F", at("01T10"), at("01T15"))], " | 1 | 1 |  | "),
    # No time at all, but a day of book-in and book-out.
    "zero length": ([("a", "F", at("01T10"), at("01T10"))], " |  | 1 |  | "),
    "reversed": ([("a", "F", at("05T10"), at("01T10"))], " |  |  |  | "),
    # The day of the transfer belongs to both places but by midnight, nights, and first day and not last.
    "moved on one day": (
        [("a", "F", at("01T10"), at("02T12")), ("a", "G", at("02T12"), at("03T09"))],
        "1 2 | 1 2 2 3 | 1 2 2 3 | 1 2 | 1 2",
    ),
    # One person is on no day in one place twice.
    "out and in again": (
        [("a", "F", at("01T08"), at("01T10")), ("a", "F", at("01T20"), at("02T09"))],
        "1 | 1 2 | 1 2 | 1 | 1",
    ),
    # Two rows, one time: that the first ends at 00:00 takes no night and no last day away.
    "goes on at midnight": (
        [("a", "F", at("01T10"), at("03T00")), ("a", "F", at("03T00"), at("05T09"))],
        "1 2 3 4 | 1 2 3 4 5 | 1 2 3 4 5 | 1 2 3 4 | 1 2 3 4",
    ),
    # 30 March 2025 has 23 hours in Europe: an hour by the wall clock is what counts. Gone before six.
    "clock change": ([("a", "F", at("30T01"), at("31T01"))], "30 | 30 31 | 30 31 |  | 30"),
    "doubled": ([("a", "F", at("01T10"), at("03T09"))] * 2, "1 2 | 1 2 3 | 1 2 3 | 1 2 | 1 2"),
    # Without a name they may be two people.
    "doubled, nobody named": (
        [(None, "F", at("01T10"), at("03T09"))] * 2,
        "1 1 2 2 | 1 1 2 2 3 3 | 1 1 2 2 3 3 | 1 1 2 2 | 1 1 2 2",
    ),
    "overlapping": (
        [("a", "F", at("01T10"), at("04T09")), ("a", "F", at("02T10"), at("06T09"))],
        "1 2 3 4 5 | 1 2 3 4 5 6 | 1 2 3 4 5 6 | 1 2 3 4 5 | 1 2 3 4 5",
    ),
    "within": (
        [("a", "F", at("01T10"), at("04T09")), ("a", "F", at("02T10"), at("03T09"))],
        "1 2 3 | 1 2 3 4 | 1 2 3 4 | 1 2 3 | 1 2 3",
    ),
    # The row before the last has long ended, but not the one before that.
    "after one within": (
        [
            ("a", "F", at("01T10"), at("05T09")),
            ("a", "F", at("02T10"), at("03T09")),
            ("a", "F", at("04T10"), at("06T09")),
        ],
        "1 2 3 4 5 | 1 2 3 4 5 6 | 1 2 3 4 5 6 | 1 2 3 4 5 | 1 2 3 4 5",
    ),
    # It can't be so, but each place says that the person is there.
    "two places at once": (
        [("a", "F", at("01T10"), at("03T09")), ("a", "G", at("02T10"), at("04T09"))],
        "1 2 2 3 | 1 2 2 3 3 4 | 1 2 2 3 3 4 | 1 2 2 3 | 1 2 2 3",
    ),
    "two people": (
        [("a", "F", at("01T10"), at("03T09")), ("b", "F", at("01T10"), at("03T09"))],
        "1 1 2 2 | 1 1 2 2 3 3 | 1 1 2 2 3 3 | 1 1 2 2 | 1 1 2 2",
    ),
    # The lower bound: what has no end is in none.
    "open": ([("a", "F", at("01T10"), None), ("b", "F", at("04T10"), at("06T09"))], "4 5 | 4 5 6 | 4 5 6 | 4 5 | 4 5"),
}


def days_of(steps: Sequence[tuple[Any, ...]], which: int) -> str:
    counts = sorted((day.day, count) for (_, day), count in spread(steps, which).items())
    return " ".join(str(day) for day, count in counts for _ in range(count))


def test_the_definitions_differ_where_they_should() -> None:
    assert sum(len(stints) for stints, _ in EDGES.values()) == 30
    for name, (stints, expected) in EDGES.items():
        with made(stints) as opened:
            found = [days_of(head_counts(opened, of), 2) for of in DEFINITIONS]
        assert found == [each.strip() for each in expected.split("|")], name


def test_the_thirty_in_one_table_count_as_each_alone() -> None:
    """Sums by hand of what stands above, all edges as people of their own in places of their own."""
    together = [
        (who and f"{edge} {who}", f"{edge} {place}", began, ended)
        for edge, (stints, _) in EDGES.items()
        for who, place, began, ended in stints
    ]
    with made(together) as opened:
        found = {of: sum(each[3] for each in person_days(opened) if each[0] == of) for of in DEFINITIONS}

    assert found == {"midnight": 44, "any_part": 62, "inclusive": 65, "nights": 41, "first_not_last": 42}


def test_an_open_stretch_is_a_bound() -> None:
    with made([("a", "F", at("01T10"), None), ("b", "F", at("04T10"), at("06T09"))]) as opened:
        (found,) = (each for each in person_days(opened) if each[0] == "midnight")

    assert found == ("midnight", "F", date(2025, 3, 1), 2, 7)


def test_a_source_without_hours_is_told_and_one_row_with_an_hour_makes_its_days_moments() -> None:
    with made([("a", "F", at("01"), at("03"))]) as opened:
        assert headcounts.figures(opened)["sources_of_days"] == 1
        assert {of: days_of(head_counts(opened, of), 2) for of in ("any_part", "nights")} == {
            "any_part": "1 2 3",
            "nights": "1 2",
        }
    with made([("a", "F", at("01"), at("03")), ("a", "F", at("05T10"), at("05T11"))]) as opened:
        assert "sources_of_days" not in headcounts.figures(opened)
        assert days_of(head_counts(opened, "any_part"), 2) == "1 2 5"
