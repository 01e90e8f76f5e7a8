"""Spans are half-open; a day is a local date, and has 23 or 25 hours when the clocks change."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, timedelta

import pytest

from habeas.core.days import Span, covers, day_of, day_span, days_touched

TALLINN = "Europe/Tallinn"
NOON = datetime(2026, 9, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def span(start: int, until: int | None) -> Span:
    """From `start` to `until` hours after noon."""
    return Span(from_at=NOON + start * HOUR, until_at=None if until is None else NOON + until * HOUR)


@pytest.mark.parametrize(
    ("hours", "holds"),
    [(-1, False), (0, True), (1, True), (2, False)],
    ids=["before", "at its start", "within", "at its end"],
)
def test_a_span_holds_its_start_and_not_its_end(hours: int, holds: bool) -> None:
    assert span(0, 2).holds(NOON + hours * HOUR) is holds


def test_an_open_span_holds_every_later_moment() -> None:
    assert span(0, None).holds(datetime.max.replace(tzinfo=UTC)) is True


@pytest.mark.parametrize(
    ("one", "other", "common"),
    [
        (span(0, 4), span(2, 6), span(2, 4)),
        (span(0, None), span(2, 6), span(2, 6)),
        (span(0, None), span(2, None), span(2, None)),
        (span(0, 2), span(2, 4), None),
        (span(0, 1), span(2, None), None),
        (span(0, 9), span(2, 3), span(2, 3)),
    ],
)
def test_two_spans_have_one_common_part_or_none(one: Span, other: Span, common: Span | None) -> None:
    assert one.clipped(other) == common
    assert other.clipped(one) == common
    assert one.meets(other) is other.meets(one) is (common is not None)


@pytest.mark.parametrize(
    ("utc", "local"),
    [
        (datetime(2026, 9, 1, 20, 59, 59, 999999, tzinfo=UTC), date(2026, 9, 1)),
        (datetime(2026, 9, 1, 21, tzinfo=UTC), date(2026, 9, 2)),
        (datetime(2026, 12, 1, 21, 59, 59, tzinfo=UTC), date(2026, 12, 1)),
        (datetime(2026, 12, 1, 22, tzinfo=UTC), date(2026, 12, 2)),
    ],
    ids=["summer, before midnight", "summer, midnight", "winter, before midnight", "winter, midnight"],
)
def test_a_day_begins_at_midnight_in_tallinn(utc: datetime, local: date) -> None:
    assert day_of(utc, TALLINN) == local


@pytest.mark.parametrize(
    ("day", "hours"),
    [(date(2026, 3, 29), 23), (date(2026, 9, 1), 24), (date(2026, 10, 25), 25)],
    ids=["spring forward", "any day", "fall back"],
)
def test_a_day_has_as_many_hours_as_the_clocks_give_it(day: date, hours: int) -> None:
    whole = day_span(day, TALLINN)
    assert whole.until_at is not None
    assert whole.until_at - whole.from_at == hours * HOUR
    assert day_of(whole.from_at, TALLINN) == day
    assert day_of(whole.until_at, TALLINN) == day + timedelta(days=1)


def test_days_meet_without_gap_or_overlap_through_a_year() -> None:
    first = date(2026, 1, 1)
    days = [day_span(first + timedelta(days=each), TALLINN) for each in range(366)]
    assert all(one.until_at == other.from_at for one, other in itertools.pairwise(days))


def test_a_span_that_ends_at_midnight_does_not_touch_the_next_day() -> None:
    midnight = day_span(date(2026, 9, 2), TALLINN).from_at
    held = Span(from_at=midnight - HOUR, until_at=midnight)
    assert list(days_touched(held, TALLINN, NOON + 99 * HOUR)) == [date(2026, 9, 1)]


def test_an_open_span_touches_every_day_before_the_moment_asked() -> None:
    open_span = Span(from_at=NOON)
    until = day_span(date(2026, 9, 4), TALLINN).from_at
    assert list(days_touched(open_span, TALLINN, until)) == [date(2026, 9, day) for day in (1, 2, 3)]


def test_a_span_that_begins_later_touches_no_day() -> None:
    assert list(days_touched(span(0, 2), TALLINN, NOON)) == []


@pytest.mark.parametrize(
    ("spans", "whole"),
    [
        ([], False),
        ([span(0, 4)], True),
        ([span(0, None)], True),
        ([span(2, 4), span(0, 2)], True),
        ([span(0, 3), span(1, 4)], True),
        ([span(0, 1), span(2, 4)], False),
        ([span(1, 4)], False),
        ([span(0, 3)], False),
        ([span(0, 1), span(2, None)], False),
    ],
)
def test_spans_cover_what_they_leave_no_gap_in(spans: list[Span], whole: bool) -> None:
    assert covers(spans, span(0, 4)) is whole


def test_only_a_closed_span_can_be_covered() -> None:
    with pytest.raises(ValueError, match="closed"):
        covers([span(0, None)], span(0, None))
