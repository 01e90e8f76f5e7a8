"""Head counts by deltas against counting day by day."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from typing import Any

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from habeas.audit import headcounts, stint_checks
from habeas.audit.engine import engine
from habeas.audit.headcounts import DEFINITIONS, head_counts, person_days
from habeas.audit.tables import COLUMNS, Shape

Stint = tuple[str | None, str, datetime, datetime | None]
BEGAN = datetime(2025, 3, 1)
DAY = timedelta(days=1)


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
        for sql in (*stint_checks.PREPARE, *headcounts.PREPARE):
            opened.execute(sql)
        yield opened


def is_there(definition: str, day: date, began: datetime, ended: datetime) -> bool:
    """By the meaning of the words."""
    start = datetime.combine(day, time())
    match definition:
        case "midnight":
            last = start + DAY - timedelta(microseconds=1)
            return began <= last < ended
        case "any_part":
            return began < ended and began < start + DAY and ended > start
    return began <= ended and began.date() <= day <= ended.date()


def day_by_day(stints: Sequence[Stint], definition: str, *, with_open: bool) -> dict[tuple[str, date], int]:
    last = max(max(began, ended or began) for _, _, began, ended in stints)
    last = datetime.combine(last.date(), time())
    people: dict[tuple[str, date], set[object]] = {}
    for at, (person, facility, began, ended) in enumerate(stints):
        if ended is None and not with_open:
            continue
        ended = ended or max(began, last)
        for number in range((ended.date() - began.date()).days + 1):
            day = began.date() + number * DAY
            if is_there(definition, day, began, ended):
                people.setdefault((facility, day), set()).add(person or at)
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
ROWS = st.lists(
    st.tuples(st.sampled_from(["a", "b", None]), st.sampled_from("FG"), MOMENTS, st.none() | MOMENTS),
    min_size=1,
    max_size=12,
)


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


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2025-03-{text}")


def test_the_definitions_differ_where_they_should() -> None:
    """Thirty rows with every edge: one F a day or two, so that each edge can be seen alone."""
    edges: dict[str, tuple[Sequence[Stint], tuple[int, int, int]]] = {
        "two nights": ([("a", "F", at("01T10"), at("03T09"))], (2, 3, 3)),
        "leaves at midnight": ([("a", "F", at("01T10"), at("03T00"))], (2, 2, 3)),
        "days without hours": ([("a", "F", at("01"), at("04"))], (3, 3, 4)),
        "in and out on one day": ([("a", "F", at("01T10"), at("01T15"))], (0, 1, 1)),
        "zero length": ([("a", "F", at("01T10"), at("01T10"))], (0, 0, 1)),
        "reversed": ([("a", "F", at("05T10"), at("01T10"))], (0, 0, 0)),
        "moved on one day": ([("a", "F", at("01T10"), at("02T12")), ("a", "G", at("02T12"), at("03T09"))], (2, 4, 4)),
        "out and in again": ([("a", "F", at("01T08"), at("01T10")), ("a", "F", at("01T20"), at("02T09"))], (1, 2, 2)),
        "clock change": ([("a", "F", at("30T01"), at("31T01"))], (1, 2, 2)),
        "doubled": ([("a", "F", at("01T10"), at("03T09"))] * 4, (2, 3, 3)),
        "doubled, nobody named": ([(None, "F", at("01T10"), at("03T09"))] * 2, (4, 6, 6)),
        "overlapping": ([("a", "F", at("01T10"), at("04T09")), ("a", "F", at("02T10"), at("06T09"))], (5, 6, 6)),
        "within": ([("a", "F", at("01T10"), at("09T09")), ("a", "F", at("02T10"), at("03T09"))], (8, 9, 9)),
        "after one within": (
            [
                ("a", "F", at("01T10"), at("09T09")),
                ("a", "F", at("02T10"), at("03T09")),
                ("a", "F", at("08T10"), at("10T09")),
            ],
            (9, 10, 10),
        ),
        "two places at once": ([("a", "F", at("01T10"), at("03T09")), ("a", "G", at("02T10"), at("04T09"))], (4, 6, 6)),
        "two people": ([("a", "F", at("01T10"), at("03T09")), ("b", "F", at("01T10"), at("03T09"))], (4, 6, 6)),
        "open": ([("a", "F", at("01T10"), None), ("b", "F", at("04T10"), at("06T09"))], (2, 3, 3)),
    }
    assert sum(len(stints) for stints, _ in edges.values()) == 30
    for name, (stints, expected) in edges.items():
        with made(stints) as opened:
            found = [sum(each[3] for each in person_days(opened) if each[0] == of) for of in DEFINITIONS]
        assert tuple(found) == expected, name


def test_an_open_stretch_is_a_bound() -> None:
    with made([("a", "F", at("01T10"), None), ("b", "F", at("04T10"), at("06T09"))]) as opened:
        (found,) = (each for each in person_days(opened) if each[0] == "midnight")

    assert found == ("midnight", "F", date(2025, 3, 1), 2, 7)
