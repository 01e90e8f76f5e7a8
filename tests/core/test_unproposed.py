"""Somebody is taken away whom nobody proposed: the report is taken, and every step that was wanting is found."""

from __future__ import annotations

import dataclasses

import pytest

from habeas import agreements
from habeas.core.commands import Taken
from habeas.core.custody import custody, end, on_roll
from habeas.core.entries import FieldClass, specs
from habeas.core.entries import custody as held
from habeas.core.entries import procedure as p
from habeas.core.findings import Finding, findings
from habeas.core.procedure import Stage, stage
from habeas.core.terms import parse_agreement
from habeas.core.visibility import may_open, visible

from . import walk
from .ways import UNKNOWN, asked
from .world import BOOKING, ESCORT, HOUR, OFFICER, PERIODS, RECEIVER, RECEIVING, SENDING, World

DOOR = held.RefusedAtDoor(reasons="There are no places for women here.")


def departure() -> held.DepartedUnproposed:
    left_open = {each.name: UNKNOWN for each in specs(held.DepartedUnproposed) if each.unstated}
    return held.DepartedUnproposed(agreement="se-ee-2025", facility="tartu", **left_open)  # type: ignore[arg-type]


def taken_away(world: World) -> str:
    world.take("report_unproposed_departure", departure(), ESCORT)
    return world.log[-1].stream


def brought(world: World) -> str:
    case = taken_away(world)
    world.wait(8 * HOUR)
    world.take("report_arrival", held.Arrived(facility="tartu"), ESCORT, case)
    return case


def found(world: World, case: str) -> tuple[Finding, ...]:
    return findings(world.case(case), world.context(), world.now)


def missing(world: World, case: str) -> list[object]:
    return [each.message.parameters["which"] for each in found(world, case) if each.rule == "step_missing"]


def test_a_departure_without_a_proposal_opens_a_case_below_the_floor_too() -> None:
    weak = parse_agreement(agreements.read("us-sv-2025"), "us-sv-2025.toml")
    answer = asked(World(), "report_unproposed_departure", departure(), ESCORT, agreement=weak, facilities={})
    assert answer == Taken(bodies=(dataclasses.replace(departure(), sending=SENDING, receiving=RECEIVING),))


def test_who_is_taken_away_is_in_the_hands_of_the_sending_state_and_on_the_way() -> None:
    world = World()
    case = taken_away(world)
    now = custody(world.case(case), world.now, PERIODS.contested_after)
    assert now is not None
    assert (now.answers, now.contested_with) == (SENDING, None)
    assert stage(world.case(case), world.now, PERIODS) is Stage.IN_TRANSIT
    assert "step.proposal" in missing(world, case)


def test_whoever_brings_them_may_open_the_case_and_the_other_side_once_they_are_there() -> None:
    world = World()
    case = taken_away(world)
    assert [may_open(each, world.case(case)) for each in (OFFICER, ESCORT, RECEIVER, BOOKING)] == [
        True,
        True,
        False,
        False,
    ]
    world.take("report_arrival", held.Arrived(facility="tartu"), ESCORT, case)
    assert may_open(BOOKING, world.case(case))


def test_on_arrival_they_are_on_the_roll_at_once_and_custody_is_contested_until_somebody_signs() -> None:
    world = World()
    case = brought(world)
    unknown = {each.name: UNKNOWN for each in specs(held.Admitted) if each.unstated}
    world.take("admit", held.Admitted(facility="tartu", **unknown), BOOKING, case)  # type: ignore[arg-type]
    world.wait(PERIODS.contested_after)
    now = custody(world.case(case), world.now, PERIODS.contested_after)
    assert now is not None
    assert (now.answers, now.contested_with) == (SENDING, RECEIVING)
    assert on_roll(world.case(case), world.now) == "tartu"
    assert len(missing(world, case)) == len(set(missing(world, case))) == 10


def test_refused_at_the_door_they_leave_the_roll_and_whoever_answered_still_answers() -> None:
    world = World()
    case = brought(world)
    world.wait(HOUR)
    world.take("report_refusal_at_door", DOOR, BOOKING, case)
    now = custody(world.case(case), world.now, PERIODS.contested_after)
    assert now is not None
    assert now.answers == SENDING
    assert on_roll(world.case(case), world.now) is None
    assert stage(world.case(case), world.now, PERIODS) is Stage.REFUSED_AT_DOOR
    world.wait(4 * HOUR)
    world.take("report_return", held.Returned(place="Kumla"), OFFICER, case)
    assert end(world.case(case)) is not None


def test_who_came_unannounced_and_is_refused_at_the_door_is_still_somebodys() -> None:
    world = World()
    left_open = {each.name: UNKNOWN for each in specs(held.ArrivedUnannounced) if each.unstated}
    body = held.ArrivedUnannounced(agreement="se-ee-2025", facility="tartu", **left_open)  # type: ignore[arg-type]
    world.take("report_unannounced_arrival", body, BOOKING)
    case = world.log[-1].stream
    world.take("report_refusal_at_door", DOOR, BOOKING, case)
    now = custody(world.case(case), world.now, PERIODS.contested_after)
    assert now is not None
    assert now.answers == RECEIVING
    assert stage(world.case(case), world.now, PERIODS) is Stage.REFUSED_AT_DOOR


def test_a_case_of_somebody_who_was_taken_away_cannot_be_withdrawn() -> None:
    world = World()
    case = taken_away(world)
    body = p.ProposalWithdrawn(reasons="It was all a mistake of the office.")
    assert "policy.already_left" in world.refused("withdraw_proposal", body, OFFICER, case)


# --- what bars a move that was made anyway -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fact", "rule"),
    [
        (("sex", "female", "passport"), "men"),
        (("needs_psychiatric_care", "true", "medical_certificate"), "no_psychiatric_need"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_a_move_that_nothing_permitted_is_measured_by_what_is_known_now(fact: tuple[str, str, str], rule: str) -> None:
    world = World()
    case = taken_away(world)
    assert [each for each in found(world, case) if each.rule == "moved_though_barred"] == []
    world.wait(HOUR)
    walk.state_facts(world, case, {fact[0]: (fact[1], fact[2])})
    (barred,) = (each for each in found(world, case) if each.rule == "moved_though_barred")
    assert barred.because[0] == world.case(case).opening.id
    assert {world.case(case).entry(each).body.name for each in barred.because[1:]} == {fact[0]}  # type: ignore[union-attr]
    assert barred.message.parameters["which"] == rule


def test_a_protection_against_the_destination_is_found_by_whoever_records_it() -> None:
    world = World()
    case = taken_away(world)
    walk.state_fact(world, case, "protection_orders_against", "EST", "court_search")
    barred = [each.message.parameters["which"] for each in found(world, case) if each.rule == "moved_though_barred"]
    assert "cat.protection_order" in barred


def test_a_move_that_was_permitted_is_not_judged_again() -> None:
    world = World()
    case = walk.held_case(world)
    walk.state_facts(world, case, {"needs_psychiatric_care": ("true", "medical_certificate")})
    assert [each for each in found(world, case) if each.rule == "moved_though_barred"] == []


def test_what_bars_a_move_is_told_only_to_those_who_may_see_facts() -> None:
    world = World()
    case = taken_away(world)
    walk.state_fact(world, case, "protection_orders_against", "EST", "court_search")
    (told,) = {each.about for each in found(world, case) if each.rule == "moved_though_barred"}
    others = {each.about for each in found(world, case) if each.rule != "moved_though_barred"}
    assert told is FieldClass.FACTS
    assert others == {FieldClass.CUSTODY}
    assert (visible(OFFICER.role, told).value, visible(BOOKING.role, told).value) == ("own", "hidden")
