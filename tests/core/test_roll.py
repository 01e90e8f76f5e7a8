"""The roll of a moment, by occurrence, and in what two rolls of one moment differ."""

from __future__ import annotations

import dataclasses
import json
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from habeas.core.entries import Unstated
from habeas.core.entries import custody as c
from habeas.core.entries.fields import to_json
from habeas.core.messages import Message
from habeas.core.procedure import stage_away
from habeas.core.roll import Held, NoRoll, Roll, demand_recent, differences, document, held, roll_of, said, told_of

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


def written(**changed: object) -> dict[str, Any]:
    """A roll as JSON holds it, in which these members say something else."""
    return {**document(Roll(ORIGIN, 7, START, {"case-alice": ALICE, "case-bob": BOB})), **changed}


def without(name: str) -> dict[str, Any]:
    return {each: value for each, value in written().items() if each != name}


def refusal(told: object) -> Message:
    with pytest.raises(NoRoll) as refused:
        roll_of(told if isinstance(told, str) else json.dumps(told), ORIGIN)
    return refused.value.message


TEXT = json.dumps(written())
ROW = {**ALICE._asdict(), "stage": "held"}


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, "9" * 5_000, TEXT[:-1], TEXT + "x"])
def test_what_is_no_json_is_refused(text: str) -> None:
    assert refusal(text).code == "roll.no_json"


@pytest.mark.parametrize(
    ("told", "place"),
    [
        ([], "$"),
        (None, "$"),
        ({}, "$"),
        (written(sizes=7), "$"),
        *((without(name), "$") for name in written()),
        (written(held=[7]), "$.held[0]"),
        (written(held=[ROW, {**ROW, "cell": 4}]), "$.held[1]"),
        (written(held=[{name: value for name, value in ROW.items() if name != "name"}]), "$.held[0]"),
    ],
)
def test_other_members_than_those_of_a_roll_are_refused_with_their_place(told: object, place: str) -> None:
    said_of = refusal(told)
    assert (said_of.code, said_of.parameters["place"]) == ("roll.other_members", place)


NO_COUNT = (-1, 1.0, 1e30, True, "7", None, [], float("nan"), float("inf"))
NO_TEXT = (7, None, [], {}, True)


@pytest.mark.parametrize(
    ("told", "place", "form"),
    [
        *((written(size=each), "$.size", "roll.form_count") for each in NO_COUNT),
        (written(unread=-1), "$.unread", "roll.form_count"),
        *((written(origin=each), "$.origin", "roll.form_text") for each in NO_TEXT),
        *((written(at=each), "$.at", "roll.form_text") for each in NO_TEXT),
        *(
            (written(at=each), "$.at", "roll.form_moment")
            for each in ("", "now", "2026-09-01T08:00:00", "0001-01-01T00:00:00+14:00", "2026-13-01T08:00:00Z")
        ),
        *((written(habeas_roll=each), "$.habeas_roll", "roll.form_one") for each in (0, 2, 1.0, True, "1")),
        (written(held={}), "$.held", "roll.form_list"),
        *(
            (written(held=[{**ROW, name: 7}]), f"$.held[0].{name}", form)
            for name, form in {
                "case": "roll.form_text",
                "answers": "roll.form_text",
                "facility": "roll.form_text_or_null",
                "since_at": "roll.form_text_or_null",
                "stage": "roll.form_stage",
            }.items()
        ),
        (written(held=[{**ROW, "stage": "released?"}]), "$.held[0].stage", "roll.form_stage"),
        (written(held=[{**ROW, "stage": []}]), "$.held[0].stage", "roll.form_stage"),
    ],
)
def test_a_member_in_another_form_is_refused_with_its_place(told: object, place: str, form: str) -> None:
    said_of = refusal(told)
    assert (said_of.code, said_of.parameters["place"], said_of.parameters["form"]) == ("roll.other_form", place, form)


def test_a_member_that_stands_twice_is_refused() -> None:
    for name, value, first in (("size", "7", "0"), ("facility", '"tartu"', '"narva"')):
        twice = TEXT.replace(f'"{name}": {value}', f'"{name}": {first}, "{name}": {value}')
        assert twice != TEXT
        assert refusal(twice) == Message("roll.member_twice", {"name": name})


def test_a_sentence_takes_only_the_beginning_of_a_foreign_text() -> None:
    long = "x" * 10_000
    assert len(str(refusal(written(origin=long)).parameters["found"])) == 200
    assert len(str(refusal(f'{{"{long}": 1, "{long}": 2}}').parameters["name"])) == 200


def test_the_roll_of_another_register_is_refused() -> None:
    assert refusal(written(origin="other.example/log")) == Message(
        "roll.other_origin", {"found": "other.example/log", "origin": ORIGIN}
    )


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda each: st.lists(each, max_size=3) | st.dictionaries(st.text(max_size=5), each, max_size=3),
    max_leaves=6,
)


@given(name=st.sampled_from([*written()]), of_row=st.sampled_from([*ROW]), value=anything, in_row=st.booleans())
def test_whatever_a_member_holds_it_is_read_as_it_stands_or_refused(
    name: str, of_row: str, value: object, in_row: bool
) -> None:
    told = written(held=[{**ROW, of_row: value}]) if in_row else written(**{name: value})
    with suppress(NoRoll):
        found = roll_of(json.dumps(told), ORIGIN)
        assert found.size == told["size"]
        assert found.held == {row["case"]: Held(**row) for row in told["held"]}


def test_whoever_stands_twice_is_named_and_the_first_row_counts() -> None:
    moved, other = {**ROW, "facility": "narva"}, {**ROW, "case": "case-zoe"}

    found = roll_of(json.dumps(written(held=[ROW, moved, other])), ORIGIN)

    assert found.unread == (
        Message("roll.twice", {"case": "case-alice", "count": 2}),
        Message("roll.twice", {"case": "person-alice", "count": 2}),
    )
    assert [found.held[case].facility for case in found.held] == ["tartu", "tartu"]
    assert [*differences({"case-alice": ALICE}, found.held)] == [
        Message("roll.only_there", {"case": "case-zoe", "facility": "tartu"})
    ]


def code_of(at: datetime, since: datetime | None = None) -> str:
    try:
        demand_recent(Roll(ORIGIN, 7, at, {}), since=since, now=START)
    except NoRoll as refused:
        return refused.message.code
    return ""


def test_a_roll_of_the_last_day_is_recent_and_no_other() -> None:
    minute = timedelta(minutes=1)
    assert [code_of(START), code_of(START - DAY), code_of(START + 5 * minute)] == ["", "", ""]
    assert code_of(START - DAY - minute) == "roll.too_old"
    assert code_of(START + 6 * minute) == "roll.in_future"


def test_of_when_it_must_be_at_the_earliest_can_be_said() -> None:
    asked = START - 10 * DAY
    assert [code_of(asked, asked), code_of(asked - HOUR, asked)] == ["", "roll.too_old"]
    assert code_of(START - 2 * HOUR, START - HOUR) == "roll.too_old"
    assert code_of(START + HOUR, START + HOUR) == "roll.in_future"


def test_somebody_on_a_roll_who_was_never_proposed_is_there() -> None:
    world = World()
    case = brought(world)
    assert place(held(world.case(case), world.now))[0] == "tartu"


def test_below_the_people_stands_of_what_it_is_the_roll_and_what_was_found() -> None:
    roll = Roll(ORIGIN, 7, START, {"case-alice": ALICE}, erased=(("case-dora", 4),), about_nobody=2)
    found = Message("roll.only_here", {"case": "case-alice", "facility": "tartu"})

    assert [*told_of(roll, [found])] == [
        Message("roll.head", {"at": START, "size": 7, "origin": ORIGIN, "count": 1}),
        Message("roll.about_nobody", {"count": 2}),
        Message("roll.erased", {"case": "case-dora", "index": 4}),
        found,
        Message("server.checked", {"count": 1}),
    ]


def test_a_part_that_is_missing_has_a_word() -> None:
    assert (said("facility", None), said("stage", None), said("answers", "se-kv")) == (
        "roll.nowhere",
        "stage.unread",
        "se-kv",
    )
