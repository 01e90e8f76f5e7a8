"""Reports: a fact is never refused for want of a permission, only for what is impossible."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta

import pytest

from habeas import agreements
from habeas.core.commands import Command, Taken, decide
from habeas.core.entries import Body, Role, specs
from habeas.core.entries import custody as held
from habeas.core.entries import procedure as p
from habeas.core.entries.claims import Asks, ClaimGround
from habeas.core.entries.family import Which
from habeas.core.messages import Message
from habeas.core.permissions import ACTS, Act, Sort
from habeas.core.procedure import Stage, stage
from habeas.core.terms import parse_agreement

from . import walk
from .ways import UNKNOWN, WAYS, asked, fact, reasons, unannounced, unannounced_case
from .world import BOOKING, DECIDER, ESCORT, HOUR, MONITOR, OFFICER, PERIODS, RECEIVER, RECEIVING, SENDING, START, World


def report(act: Act, world: World, case: str) -> Body:
    """A body of this report with everything left open that may be."""
    body: type = act.body
    stated = {
        "facility": "tartu",
        "agreement": "se-ee-2025",
        "outward": True,
        "sign": held.Sign.ROLL_CALL,
        "absence": held.Absence.HOSPITAL,
        "asserted": p.Asserted.FEAR,
        "words": "they will hurt me there",
        "raised_by": p.Voice.PERSON,
        "contested_by": p.Voice.PERSON,
        "grounds": "it is wrong",
        "ground": ClaimGround.OTHER,
        "said": "they hold me for nothing",
        "asks": Asks.REVIEW,
        "which": Which.ALL,
        "consul_to_be_told": False,
        "said_to": "Invented officer",
    }
    values: dict[str, object] = {}
    for each in specs(body):
        if each.unstated:
            values[each.name] = UNKNOWN
        elif each.refers == "FactRecorded":
            values[each.name] = world.take("record_fact", fact(), OFFICER, case)
        elif not each.optional:
            values[each.name] = stated[each.name]
    return body(**values)


OF_A_SIDE = {
    Role.SENDING_OFFICER: OFFICER,
    Role.SENDING_DECIDER: DECIDER,
    Role.ESCORT: ESCORT,
    Role.RECEIVING_OFFICER: RECEIVER,
    Role.BOOKING_OFFICER: BOOKING,
    Role.MONITOR: MONITOR,
}


REPORTS = [each for each in ACTS.values() if each.sort is Sort.REPORT and not each.opens_case]


@pytest.mark.parametrize("reached", WAYS, ids=str)
def test_a_report_is_never_refused_for_want_of_a_permission(reached: Stage) -> None:
    world = World()
    case = WAYS[reached](world)
    world.wait(HOUR)
    assert stage(world.case(case), world.now, PERIODS) is reached
    for act in REPORTS:
        for role in sorted(act.roles & OF_A_SIDE.keys()):
            body = report(act, world, case)
            assert asked(world, act.name, body, OF_A_SIDE[role], case) == Taken(bodies=(body,)), (act.name, role)


def test_a_report_of_somebody_at_the_door_opens_a_case_below_the_floor_too() -> None:
    weak = parse_agreement(agreements.read("us-sv-2025"), "us-sv-2025.toml")
    answer = asked(World(), "report_unannounced_arrival", unannounced(), BOOKING, agreement=weak, facilities={})
    opened = dataclasses.replace(unannounced(), sending=SENDING, receiving=RECEIVING)
    assert answer == Taken(bodies=(opened,))


def test_the_journey_before_somebody_arrived_unannounced_can_still_be_reported() -> None:
    world = World()
    case = unannounced_case(world)
    journey = held.Departed(departed_from="Kumla", destination="Tartu", means="aircraft", outward=True)
    world.take("report_departure", journey, OFFICER, case, occurred_at=START - 5 * HOUR)
    assert world.case(case).all(held.Departed)[0].occurred_at == START - 5 * HOUR


@pytest.mark.parametrize(
    "act", ["report_return", "report_release", "report_transfer_on", "report_death", "report_escape"]
)
def test_an_end_before_its_start_is_impossible(act: str) -> None:
    world = World()
    case = walk.held_case(world)
    body = report(ACTS[act], world, case)
    by = BOOKING if Role.BOOKING_OFFICER in ACTS[act].roles else OFFICER
    command = Command(act=act, body=body, occurred_at=START - HOUR, actor=by)
    answer = decide(world.case(case), command, world.context(), world.now)
    assert reasons(answer) == (Message("policy.before_start", {"started_at": START}),)


@pytest.mark.parametrize("act", REPORTS, ids=lambda each: each.name)
def test_no_report_is_of_the_future(act: Act) -> None:
    world = World()
    case = walk.held_case(world)
    body = report(act, world, case)
    by = OF_A_SIDE[min(act.roles & OF_A_SIDE.keys())]
    later = world.now + timedelta(microseconds=1)
    command = Command(act=act.name, body=body, occurred_at=later, actor=by)
    answer = decide(world.case(case), command, world.context(), world.now)
    assert reasons(answer) == (Message("policy.future", {"at": world.now}),)


def test_a_report_may_be_of_long_ago_and_not_of_another_age() -> None:
    world = World()
    case = walk.propose(world)
    hurt = held.Injured(injury="a cut", circumstances=UNKNOWN, reported_to=UNKNOWN)
    earliest = datetime(1990, 1, 1, tzinfo=UTC)
    world.take("report_injury", hurt, ESCORT, case, occurred_at=earliest)
    answer = world.do("report_injury", hurt, ESCORT, case, occurred_at=earliest - timedelta(microseconds=1))
    assert reasons(answer) == (Message("policy.too_long_ago", {"earliest": earliest}),)
