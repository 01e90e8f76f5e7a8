"""The roll of a moment, by occurrence, and in what two rolls of one moment differ."""

from __future__ import annotations

import dataclasses
import json

import pytest

from habeas.core.entries import Unstated
from habeas.core.entries import custody as c
from habeas.core.entries.fields import to_json
from habeas.core.messages import Message
from habeas.core.procedure import stage_away
from habeas.core.roll import Held, Roll, differences, document, held, roll_of, said

from . import walk
from .test_unproposed import brought, taken_away
from .world import BOOKING, DAY, ESCORT, HOUR, RECEIVING, SENDING, START, World

ORIGIN = "register.example/habeas"
ALICE = Held("case-alice", "person-alice", "tartu", "2026-09-01T08:00:00.000000Z", "held", "ee-vm")
BOB = Held("case-bob", "person-bob", None, None, None, "se-kv")


def place(row: Held | None) -> tuple[object, ...]:
    assert row is not None
    return row.facility, row.stage, row.answers


def test_nobody_is_on_it_before_they_were_sent_nor_after_the_end() -> None:
    world = World()
    case = walk.propose(world)
    assert held(world.case(case), world.now) is None
    assert stage_away(world.case(case), world.now) is None

    case = walk.held_case(world)
    world.wait(DAY)
    assert place(held(world.case(case), world.now)) == ("tartu", "held", RECEIVING)
    free = c.Released(place="a gate", handed_to="nobody", papers="none")
    world.take("report_release", free, BOOKING, case)

    assert held(world.case(case), world.now) is None
    assert place(held(world.case(case), world.now - HOUR)) == ("tartu", "held", RECEIVING)


def test_somebody_on_the_way_is_on_no_roll_of_a_facility_and_is_not_left_out() -> None:
    world = World()
    case = taken_away(world)

    found = held(world.case(case), world.now)

    assert place(found) == (None, "in_transit", SENDING)
    assert found is not None
    assert (found.since_at, found.name) == (to_json(world.now), "")
    assert held(world.case(case), world.now - HOUR) is None


def test_what_is_recorded_late_counts_from_when_it_happened() -> None:
    world = World()
    case = taken_away(world)
    world.wait(8 * HOUR)
    world.take("report_arrival", c.Arrived(facility="tartu"), ESCORT, case, occurred_at=world.now - 2 * HOUR)

    assert place(held(world.case(case), world.now - 3 * HOUR)) == (None, "in_transit", SENDING)
    assert place(held(world.case(case), world.now - HOUR))[0] == "tartu"


def test_a_name_is_what_was_stated_of_it() -> None:
    world = World()
    case = walk.held_case(world)
    known = world.case(case)
    opening = known.entries[0]
    unnamed = dataclasses.replace(opening.body, given_names=Unstated.NOT_KNOWN)  # type: ignore[type-var]
    partly = dataclasses.replace(known, entries=(dataclasses.replace(opening, body=unnamed), *known.entries[1:]))

    found = held(partly, world.now)

    assert found is not None
    assert found.name == unnamed.family_names  # type: ignore[attr-defined]


def test_each_difference_is_named() -> None:
    moved = ALICE._replace(facility="narva", since_at="2026-09-02T08:00:00.000000Z", stage=None, answers="se-kv")
    found = [*differences({"case-alice": ALICE, "case-bob": BOB}, {"case-alice": moved, "case-zoe": ALICE})]

    assert found == [
        Message("roll.only_here", {"case": "case-bob", "facility": "roll.nowhere"}),
        Message("roll.only_there", {"case": "case-zoe", "facility": "tartu"}),
        Message("roll.other_facility", {"case": "case-alice", "here": "tartu", "there": "narva"}),
        Message("roll.other_since_at", {"case": "case-alice", "here": ALICE.since_at, "there": moved.since_at}),
        Message("roll.other_stage", {"case": "case-alice", "here": "stage.held", "there": "stage.unread"}),
        Message("roll.other_answers", {"case": "case-alice", "here": "ee-vm", "there": "se-kv"}),
    ]


def test_a_name_beside_is_no_difference() -> None:
    assert [*differences({"case-alice": ALICE._replace(name="Alice")}, {"case-alice": ALICE})] == []


def test_what_was_written_is_read_again() -> None:
    roll = Roll(ORIGIN, 7, START, {"case-alice": ALICE, "case-bob": BOB})
    assert roll_of(json.dumps(document(roll)), ORIGIN) == roll


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"origin": "register.example/habeas", "held": [{}]}'])
def test_what_is_no_roll_is_refused(text: str) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        roll_of(text, ORIGIN)


def test_the_roll_of_another_register_is_refused() -> None:
    text = json.dumps(document(Roll("other.example/log", 7, START, {})))
    with pytest.raises(ValueError, match="another register"):
        roll_of(text, ORIGIN)


def test_somebody_on_a_roll_who_was_never_proposed_is_there() -> None:
    world = World()
    case = brought(world)
    assert place(held(world.case(case), world.now))[0] == "tartu"


def test_a_part_that_is_missing_has_a_word() -> None:
    assert (said("facility", None), said("stage", None), said("answers", "se-kv")) == (
        "roll.nowhere",
        "stage.unread",
        "se-kv",
    )
