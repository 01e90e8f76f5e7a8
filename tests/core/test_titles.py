"""A title for every day: each day without one in the place of custody has exactly one finding (promise 2)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from habeas.core.days import Span
from habeas.core.entries import custody as held
from habeas.core.entries import procedure as p
from habeas.core.entries import specs
from habeas.core.findings import findings
from habeas.core.titles import places_of_custody, title_ends_at, title_span, titles_in_force, untitled_days

from . import walk
from .world import BOOKING, DAY, ESCORT, HOUR, OFFICER, RECEIVER, RECEIVING, World

ZONE = "Europe/Tallinn"


def local(*when: int) -> datetime:
    """A moment by the clock on the wall in Tartu."""
    return datetime(*when, tzinfo=ZoneInfo(ZONE)).astimezone(UTC)  # type: ignore[misc,arg-type]


def title(world: World, case: str, state: str, from_at: datetime, until_at: datetime | None) -> str:
    body = p.TitleRecorded(
        state=state,
        authority="Invented court",
        ground="a final sentence of imprisonment",
        reference="B 1-26",
        valid_from_at=from_at,
        valid_until_at=until_at,
    )
    return world.take("record_title", body, OFFICER, case)


def untitled(world: World, case: str, at: datetime | None = None) -> list[date]:
    """The days of the findings; each day once, and the same as the days computed."""
    moment = at or world.now
    found = [e.on for e in findings(world.case(case), world.context(), moment) if e.rule == "untitled_day"]
    assert found == list(untitled_days(world.case(case), world.context(), moment))
    return found


def at_the_door(world: World, at: datetime) -> str:
    """Somebody whom nobody announced, in custody in Tartu from `at`."""
    world.now = at
    unknown = {each.name: walk.NOT_KNOWN for each in specs(held.ArrivedUnannounced) if each.unstated}
    body = held.ArrivedUnannounced(agreement="se-ee-2025", facility="tartu", **unknown)  # type: ignore[arg-type]
    world.take("report_unannounced_arrival", body, BOOKING)
    return world.log[-1].stream


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25)], ids=["23 hours", "25 hours"]
)
def test_a_day_on_which_the_clocks_change_needs_a_title_for_all_its_hours(day: date, hours: int) -> None:
    begins = local(day.year, day.month, day.day)
    for short, expected in ((timedelta(0), []), (timedelta(microseconds=1), [day])):
        world = World()
        case = at_the_door(world, begins)
        title(world, case, "EST", begins, begins + hours * HOUR - short)
        assert untitled(world, case, begins + hours * HOUR) == expected


@pytest.mark.parametrize(
    ("until", "expected"),
    [
        (local(2026, 9, 3), [date(2026, 9, 3)]),
        (local(2026, 9, 2, 23, 59, 59), [date(2026, 9, 2), date(2026, 9, 3)]),
        (local(2026, 9, 3, 0, 0, 1), [date(2026, 9, 3)]),
        (local(2026, 9, 4), []),
        (None, []),
    ],
    ids=["to midnight", "a second before midnight", "a second after", "to the last midnight", "without end"],
)
def test_a_title_that_ends_at_midnight_in_tallinn_leaves_the_next_day_bare(
    until: datetime | None, expected: list[date]
) -> None:
    world = World()
    case = at_the_door(world, local(2026, 9, 1, 12))
    title(world, case, "EST", world.now, until)
    assert untitled(world, case, local(2026, 9, 4)) == expected


def test_a_day_is_counted_as_soon_as_any_part_of_it_is_bare() -> None:
    world = World()
    case = at_the_door(world, local(2026, 9, 1, 12))
    assert untitled(world, case) == []
    world.wait(timedelta(microseconds=1))
    assert untitled(world, case) == [date(2026, 9, 1)]


@pytest.mark.parametrize(
    ("recorded", "expected"),
    [(local(2026, 9, 2, 23, 59, 59), [date(2026, 9, 1)]), (local(2026, 9, 3), [date(2026, 9, 1), date(2026, 9, 2)])],
    ids=["in its last second", "at the midnight after"],
)
def test_a_title_recorded_late_does_not_heal_a_day_that_was_over(recorded: datetime, expected: list[date]) -> None:
    world = World()
    begins = local(2026, 9, 1, 12)
    case = at_the_door(world, begins)
    world.now = recorded
    title(world, case, "EST", begins, None)
    assert untitled(world, case, local(2026, 9, 5)) == expected


def test_a_title_ended_early_covers_nothing_after_its_end() -> None:
    world = World()
    begins = local(2026, 9, 1, 12)
    case = at_the_door(world, begins)
    entry = title(world, case, "EST", begins, local(2026, 9, 20))
    world.now = local(2026, 9, 4)
    assert untitled(world, case) == []
    ended = p.TitleEnded(title=entry, ended_by="Invented court", reasons="quashed")
    world.take("end_title", ended, RECEIVER, case, occurred_at=local(2026, 9, 3))
    assert untitled(world, case) == [date(2026, 9, 3)]
    recorded = world.case(case).all(p.TitleRecorded)[0]
    assert title_span(world.case(case), recorded) == Span(from_at=begins, until_at=local(2026, 9, 3))


def test_an_end_later_than_the_titles_own_does_not_prolong_it() -> None:
    world = World()
    begins = local(2026, 9, 1, 12)
    case = at_the_door(world, begins)
    entry = title(world, case, "EST", begins, local(2026, 9, 3))
    world.now = local(2026, 9, 4)
    world.take("end_title", p.TitleEnded(title=entry, ended_by="Invented court", reasons="late"), RECEIVER, case)
    assert untitled(world, case) == [date(2026, 9, 3)]


def test_a_title_of_the_other_state_is_no_title_here() -> None:
    world = World()
    case = at_the_door(world, local(2026, 9, 1, 12))
    world.take("record_title", _swedish(world), OFFICER, case)
    assert untitled(world, case, local(2026, 9, 2)) == [date(2026, 9, 1)]


def _swedish(world: World) -> p.TitleRecorded:
    return p.TitleRecorded(
        state="SWE",
        authority="Invented court",
        ground="a final sentence",
        reference="B 1-26",
        valid_from_at=world.now,
        valid_until_at=None,
    )


def test_two_titles_together_cover_a_day_that_neither_covers_alone() -> None:
    world = World()
    begins = local(2026, 9, 1, 12)
    case = at_the_door(world, begins)
    title(world, case, "EST", local(2026, 9, 2, 6), None)
    title(world, case, "EST", begins, local(2026, 9, 2, 6))
    assert untitled(world, case, local(2026, 9, 4)) == []


@pytest.mark.parametrize(
    ("titled", "bare"),
    [(("SWE", "EST"), False), (("SWE",), True), (("EST",), True)],
    ids=["both", "Sweden alone", "Estonia alone"],
)
def test_the_day_of_the_transfer_needs_a_title_of_each_state_for_its_part(titled: tuple[str, ...], bare: bool) -> None:
    world = World(now=local(2026, 9, 1))
    case = walk.propose(world)
    journey = local(2026, 9, 2, 12)
    if "SWE" in titled:
        title(world, case, "SWE", world.now, None)
    if "EST" in titled:
        title(world, case, "EST", world.now, None)
    world.now = journey
    world.take("report_arrival", held.Arrived(facility="tartu"), ESCORT, case)
    days = untitled(world, case, local(2026, 9, 3))
    assert (date(2026, 9, 2) in days) is bare
    assert len(days) == len(set(days))


def test_where_the_person_is_changes_at_the_door_and_on_the_way_back() -> None:
    world = World()
    case = walk.held_case(world)
    arrived = world.case(case).all(held.Arrived)[0].occurred_at
    opened = world.case(case).opening.occurred_at
    world.wait(DAY)
    offer = held.HandoverOffered(to_party="se-kv", place="at the gate", fitness="fit")
    offered = world.take("offer_handover", offer, RECEIVER, case)
    world.take("accept_handover", held.HandoverAccepted(offer=offered), OFFICER, case)
    left = world.now
    world.wait(4 * HOUR)
    world.take("report_return", held.Returned(place="Kumla"), OFFICER, case)
    assert places_of_custody(world.case(case), world.context()) == (
        (Span(from_at=opened, until_at=arrived), "SWE", ZONE),
        (Span(from_at=arrived, until_at=left), "EST", ZONE),
        (Span(from_at=left, until_at=world.now), "SWE", ZONE),
    )


def test_who_signed_at_the_gate_answers_for_the_journey() -> None:
    """A handover accepted before the flight: from then on the receiving state needs the title."""
    world = World()
    case = walk.propose(world)
    walk.decided(world, case)
    walk.departed(world, case)
    world.wait(HOUR)
    offered = walk.offer(world, case)
    world.take("accept_handover", held.HandoverAccepted(offer=offered), BOOKING, case)
    signed, opened = world.now, world.case(case).opening.occurred_at
    assert places_of_custody(world.case(case), world.context()) == (
        (Span(from_at=opened, until_at=signed), "SWE", ZONE),
        (Span(from_at=signed, until_at=None), "EST", ZONE),
    )
    world.wait(HOUR)
    world.take("report_arrival", held.Arrived(facility="tartu"), ESCORT, case)
    assert places_of_custody(world.case(case), world.context()) == (
        (Span(from_at=opened, until_at=signed), "SWE", ZONE),
        (Span(from_at=signed, until_at=world.now), "EST", ZONE),
        (Span(from_at=world.now, until_at=None), "EST", ZONE),
    )


def test_after_an_escape_the_days_go_on_to_need_a_title_of_who_answers() -> None:
    world = World()
    case = walk.held_case(world)
    world.wait(DAY)
    world.take("report_escape", held.Escaped(circumstances=walk.NOT_KNOWN), BOOKING, case)
    (_, inside, outside) = places_of_custody(world.case(case), world.context())
    assert inside[0].until_at == outside[0].from_at == world.now
    assert outside == (Span(from_at=world.now, until_at=None), "EST", ZONE)


def test_a_facility_that_nobody_certified_stands_in_the_receiving_state() -> None:
    world = World()
    case = walk.held_case(world)
    world.wait(DAY)
    elsewhere = held.Moved(facility="nowhere", reasons=walk.NOT_KNOWN)
    world.take("move", elsewhere, BOOKING, case)
    last = places_of_custody(world.case(case), world.context())[-1]
    assert last == (Span(from_at=world.now, until_at=None), "EST", "UTC")


def test_a_stay_of_no_length_takes_no_time_from_the_next() -> None:
    world = World()
    case = at_the_door(world, local(2026, 9, 1, 12))
    world.take("move", held.Moved(facility="nowhere", reasons=walk.NOT_KNOWN), BOOKING, case)
    assert places_of_custody(world.case(case), world.context()) == (
        (Span(from_at=world.now, until_at=None), "EST", "UTC"),
    )


def test_somebody_seen_here_before_the_case_opened_is_counted_from_its_opening() -> None:
    world = World()
    case = walk.propose(world)
    opened = world.now
    seen = held.Arrived(facility="tartu")
    world.take("report_arrival", seen, ESCORT, case, occurred_at=opened - HOUR)
    assert places_of_custody(world.case(case), world.context()) == ((Span(from_at=opened, until_at=None), "EST", ZONE),)


def test_a_title_runs_out_when_the_last_of_those_in_force_does() -> None:
    world = World()
    begins = local(2026, 9, 1, 12)
    case = at_the_door(world, begins)
    assert title_ends_at(world.case(case), "EST", begins) is None
    first = title(world, case, "EST", begins, begins + 5 * DAY)
    assert title_ends_at(world.case(case), "EST", begins) == begins + 5 * DAY
    second = title(world, case, "EST", begins, begins + 9 * DAY)
    assert title_ends_at(world.case(case), "EST", begins) == begins + 9 * DAY
    in_force = titles_in_force(world.case(case), "EST", begins + 5 * DAY)
    assert [each.id for each in in_force] == [second]
    assert first != second
    title(world, case, "EST", begins, None)
    assert title_ends_at(world.case(case), "EST", begins) is None
    assert titles_in_force(world.case(case), "SWE", begins) == ()


def test_no_day_after_the_end_needs_a_title() -> None:
    world = World()
    case = at_the_door(world, local(2026, 9, 1, 12))
    title(world, case, "EST", world.now, local(2026, 9, 2))
    world.now = local(2026, 9, 2)
    free = held.Released(place="at the gate", handed_to=walk.NOT_KNOWN, papers=walk.NOT_KNOWN)
    world.take("report_release", free, BOOKING, case)
    assert untitled(world, case, local(2026, 9, 9)) == []
    assert world.case(case).receiving == RECEIVING
