"""Public figures as tables: who was held when and where, written by hand, and what may be said of it."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from habeas.core.days import Span
from habeas.core.entries import custody as held
from habeas.core.entries.institutions import FacilityCertified
from habeas.core.figures import (
    Figures,
    Hidden,
    MonthEnd,
    Record,
    Tally,
    at_month_end,
    by_facility,
    figures,
    month_ends_over,
    protect,
)
from habeas.core.messages import Message

from . import walk
from .world import AGREEMENT, BOOKING, DAY, HOUR, World

FEW, NOT_SHOWN = Hidden.FEW, Hidden.NOT_SHOWN
ZONE = "Europe/Tallinn"  # UTC+3 in summer


def utc(day: int, hour: int = 0, month: int = 9) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=UTC)


def certificate(code: str = "tartu", *, places: int = 40, area: str = "20.0", since: int = 1) -> FacilityCertified:
    return FacilityCertified(
        facility=code,
        name=f"Unit {code}",
        state="EST",
        time_zone=ZONE,
        agreement="se-ee-2025",
        certified_normal_accommodation=places,
        working_capacity=places + 4,
        maximum_capacity=places + 8,
        living_space_m2=Decimal(area),
        certificate="invented",
        approved_by="invented",
        valid_from_on=date(2026, 9, since),
    )


def on_roll(*spans: tuple[datetime, datetime | None]) -> list[Span]:
    return [Span(from_at=since, until_at=until) for since, until in spans]


def record(**changes: object) -> Record:
    empty = Record(
        agreement=AGREEMENT,
        at=utc(5, 12),
        zone=ZONE,
        began_on=date(2026, 9, 1),
        held=[],
        died=[],
        unconfirmed=[],
        certificates=[certificate()],
        month_ends=[],
        tally=Tally(),
        seen=[],
    )
    return dataclasses.replace(empty, **changes)  # type: ignore[arg-type]


def rows(found: Figures, series: str) -> list[tuple[object, ...]]:
    return list(found.series[series].rows)


# --- held, day by day --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spans", "counts"),
    [
        ([], [0, 0, 0, 0, 0]),
        ([(utc(2, 8), None)], [0, 1, 1, 1, 1]),
        ([(utc(2, 8), utc(4, 8))], [0, 1, 1, 0, 0]),
        ([(utc(2, 8), utc(2, 9))], [0, 0, 0, 0, 0]),  # gone before the day ended
        ([(utc(2, 22), None)], [0, 0, 1, 1, 1]),  # past midnight in Tallinn
        ([(utc(2, 8), utc(2, 21))], [0, 1, 0, 0, 0]),  # until midnight in Tallinn, that instant not included
        ([(utc(5, 8), None)], [0, 0, 0, 0, 1]),  # came today, and is there now
        ([(utc(1), None), (utc(2), utc(3)), (utc(2), None)], [1, 3, 2, 2, 2]),
    ],
)
def test_a_day_counts_whom_it_leaves_on_the_roll(
    spans: Sequence[tuple[datetime, datetime | None]], counts: list[int]
) -> None:
    found = figures(record(held=on_roll(*spans)))

    assert rows(found, "held_by_day") == [(date(2026, 9, day + 1), count) for day, count in enumerate(counts)]
    assert found.first["held"] == counts[-1]


def test_the_table_begins_before_the_agreement_when_people_were_held_before() -> None:
    found = figures(record(held=on_roll((utc(30, 8, month=8), None))))

    assert rows(found, "held_by_day")[0] == (date(2026, 8, 30), 1)


# --- space -------------------------------------------------------------------------------------------------


def test_living_space_is_divided_among_everybody_and_compared_with_each_standard() -> None:
    spans = [(utc(2), None)] * 5 + [(utc(3), None)] + [(utc(4), None)]
    found = figures(record(held=on_roll(*spans)))

    assert [area for _, area in rows(found, "area_by_day")] == [None, *map(Decimal, ("4.00", "3.33", "2.85", "2.85"))]
    assert [row[1:] for row in rows(found, "below_standard")] == [
        (Decimal(4), 3, 20),
        (Decimal("3.4"), 3, 20),
        (Decimal(3), 2, 14),
    ]
    assert (found.first["occupancy"], found.first["area"]) == (17, Decimal("2.85"))


def test_a_certificate_counts_from_the_day_on_which_it_is_valid() -> None:
    certificates = [certificate(), certificate(area="40.0", since=4)]
    found = figures(record(held=on_roll((utc(1), None)), certificates=certificates))

    assert [area for _, area in rows(found, "area_by_day")] == [Decimal("20.00")] * 3 + [Decimal("40.00")] * 2
    assert rows(found, "capacity") == [("Unit tartu", 40, 44, 48, Decimal("40.0"), date(2026, 9, 4))]


def test_without_a_certificate_there_is_no_area_and_no_occupancy() -> None:
    found = figures(record(held=on_roll((utc(1), None)), certificates=[]))

    assert (found.first["occupancy"], found.first["area"], rows(found, "capacity")) == (None, None, [])
    assert all(area is None for _, area in rows(found, "area_by_day"))


# --- ends, duties, feeds -----------------------------------------------------------------------------------


def test_deaths_are_counted_by_year_and_never_suppressed() -> None:
    found = figures(record(died=[utc(3)], at=utc(1, month=1).replace(year=2028)))

    assert rows(found, "deaths") == [("2026", 1), ("2027", 0), ("2028", 0)]
    assert found.first["deaths"] == 1


def test_ends_by_the_holders_word_are_counted_by_age() -> None:
    hours = [1, 24, 24 * 7, 24 * 89, 24 * 400]
    found = figures(record(unconfirmed=[utc(5, 12) - hour * HOUR for hour in hours]))

    assert [count for _, count in rows(found, "holders_word")] == [1, 1, 1, 1, 1]
    assert found.first["holders_word"] == 5


def test_duties_and_findings_are_listed_with_the_most_frequent_first() -> None:
    tally = Tally(late=Counter({"return": 1, "confirm_end": 3}), findings=Counter({"untitled_day": 7}))
    found = figures(record(tally=tally))

    assert [(what.code, count) for what, count in found.series["late_duties"].rows] == [  # type: ignore[union-attr]
        ("figure.duty.confirm_end", 3),
        ("figure.duty.return", 1),
    ]
    assert (found.first["late_duties"], found.first["findings"], found.first["untitled_days"]) == (4, 7, 7)


@pytest.mark.parametrize(
    ("seen", "age", "state"),
    [(utc(5), 0, "fresh"), (utc(3, 13), 1, "fresh"), (utc(3, 12), 2, "stale"), (None, None, "never")],
)
def test_a_feed_shows_its_age(seen: datetime | None, age: int | None, state: str) -> None:
    (row,) = rows(figures(record(seen=[(Message("figure.feed.roll"), "Unit", seen)])), "freshness")

    assert row[3:] == (age, Message(f"figure.state.{state}"))


def test_the_roll_of_a_facility_whose_count_is_not_told_is_not_shown_to_go_on() -> None:
    feeds = [(Message("figure.feed.roll"), f"Unit {code}", utc(5)) for code in "ab"]
    certificates = [certificate(each, places=places) for each, places in (("a", 30), ("b", 20), ("c", 10))]
    ends = [month_end(9, 40, a=20, b=3, c=9)]

    found = rows(figures(record(seen=feeds, certificates=certificates, month_ends=ends)), "freshness")
    assert [row[1:] for row in found] == [
        ("Unit a", date(2026, 9, 5), 0, Message("figure.state.fresh")),
        ("Unit b", NOT_SHOWN, NOT_SHOWN, Message("figure.state.withheld")),
    ]


# --- by facility, protected --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cells", "shown"),
    [
        ({"a": 3}, {"a": 3}),  # a single facility is the total
        ({"a": 0}, {"a": 0}),
        ({"a": 5, "b": 5}, {"a": 5, "b": 5}),
        ({"a": 9, "b": 0}, {"a": NOT_SHOWN, "b": NOT_SHOWN}),  # nine people for two facilities: not broken down
        ({"a": 4, "b": 4}, {"a": NOT_SHOWN, "b": NOT_SHOWN}),
        ({"a": 10, "b": 0}, {"a": NOT_SHOWN, "b": FEW}),
        ({"a": 4, "b": 300}, {"a": FEW, "b": NOT_SHOWN}),
        ({"a": 4, "b": 300, "c": 20}, {"a": FEW, "b": NOT_SHOWN, "c": 20}),  # b comes before c, whatever they hold
        ({"a": 0, "b": 6, "c": 20}, {"a": FEW, "b": NOT_SHOWN, "c": NOT_SHOWN}),  # 6 alone would leave two values
        ({"a": 1, "b": 2, "c": 20, "d": 7}, {"a": FEW, "b": FEW, "c": NOT_SHOWN, "d": 7}),
    ],
)
def test_small_cells_are_hidden_with_another(cells: Mapping[str, int], shown: Mapping[str, object]) -> None:
    assert protect(cells, sorted(cells)) == shown


def month_end(month: int, moves: int, **cells: int) -> MonthEnd:
    return MonthEnd(on=date(2026, month, 28), held=cells, moves=moves)


def test_a_table_is_given_once_five_people_have_moved_since_the_last_one() -> None:
    certificates = [certificate("a", places=30), certificate("b", places=20)]
    ends = [month_end(9, 40, a=20, b=20), month_end(10, 2, a=21, b=20), month_end(11, 3, a=22, b=19)]

    given = by_facility(ends, certificates).rows
    assert [(row[0], row[1], row[2]) for row in given] == [
        (date(2026, 9, 28), "Unit a", 20),
        (date(2026, 9, 28), "Unit b", 20),
        (date(2026, 11, 28), "Unit a", 22),
        (date(2026, 11, 28), "Unit b", 19),
    ]


def test_what_could_give_a_hidden_figure_away_is_hidden_with_it() -> None:
    certificates = [certificate("a", places=30), certificate("b", places=20)]

    given = by_facility([month_end(9, 40, a=20, b=3)], certificates).rows
    assert [row[1:] for row in given] == [("Unit a", NOT_SHOWN, 30, None), ("Unit b", FEW, 20, None)]


def test_the_total_of_a_single_facility_is_given_every_month_with_its_area() -> None:
    given = by_facility([month_end(9, 1, tartu=1), month_end(10, 0, tartu=1)], [certificate(since=1)]).rows

    assert [row[2:] for row in given] == [(1, 40, Decimal("20.00"))] * 2


def test_a_facility_whose_certificate_is_not_valid_yet_is_called_by_its_code() -> None:
    (row,) = by_facility([MonthEnd(on=date(2026, 8, 31), held={"tartu": 1}, moves=1)], [certificate()]).rows

    assert row[1:] == ("tartu", 1, 0, None)


@pytest.mark.parametrize(
    ("first", "last", "ends"),
    [
        (date(2026, 9, 1), date(2026, 9, 30), []),
        (date(2026, 9, 1), date(2026, 10, 1), [date(2026, 9, 30)]),
        (date(2026, 9, 30), date(2026, 12, 2), [date(2026, 9, 30), date(2026, 10, 31), date(2026, 11, 30)]),
    ],
)
def test_a_month_is_counted_when_it_is_over(first: date, last: date, ends: list[date]) -> None:
    assert list(month_ends_over(first, last)) == ends


def test_a_month_end_is_counted_as_the_record_knew_it_then() -> None:
    world = World()
    case = walk.propose(world)
    assert at_month_end(world.log, date(2026, 8, 31), ZONE) == (None, 0)  # nothing was on record

    world.wait(40 * DAY)  # it is 11 October
    world.take("report_arrival", held.Arrived(facility="tartu"), BOOKING, case, occurred_at=utc(20))
    world.wait(30 * DAY)

    assert at_month_end(world.log, date(2026, 9, 30), ZONE) == (None, 0)  # not known yet
    assert at_month_end(world.log, date(2026, 10, 31), ZONE) == ("tartu", 0)  # began in September
    assert world.now - utc(1, 8) == timedelta(days=70)
