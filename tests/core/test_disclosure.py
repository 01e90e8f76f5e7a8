"""The answer of ICPPED article 18(1): all that it lists, from whichever entry carries it, and nothing else."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from habeas.core.case import Case, fold
from habeas.core.disclosure import OF_ADMISSION, Disclosed, disclosure
from habeas.core.entries import KINDS, Body, Entry, FieldSpec, Form, Unstated, kind_of, specs
from habeas.core.entries import custody as held
from habeas.core.entries import procedure as p

from . import walk, ways
from .world import BOOKING, ESCORT, HOUR, OFFICER, RECEIVER, RECEIVING, SENDING, START, World

NOT_KNOWN = Unstated.NOT_KNOWN


def answer(world: World, case: str) -> tuple[Disclosed, ...]:
    folded = world.case(case)
    return disclosure(folded, world.context(folded), world.now)


def values(world: World, case: str, letter: str) -> dict[str, object]:
    """Code and value of each element under one letter of the article."""
    return {each.code.removeprefix("disclosure."): each.value for each in answer(world, case) if each.letter == letter}


def test_of_a_proposal_little_is_recorded_and_the_answer_says_so() -> None:
    world = World()
    case = walk.propose(world)

    assert [(each.letter, each.code, each.value) for each in answer(world, case)] == [
        ("a", "disclosure.ordered_by", None),
        ("b", "disclosure.arrested_at", None),
        ("b", "disclosure.arrested_where", None),
        ("b", "disclosure.admitted_at", None),
        ("b", "disclosure.admitted_to", None),
        ("c", "disclosure.supervised_by", "Sending authority"),
        ("d", "disclosure.whereabouts", "Kumla"),
        ("e", "disclosure.released_at", None),
        ("e", "disclosure.released_where", None),
        ("f", "disclosure.health", None),
    ]


def test_of_somebody_held_each_element_rests_on_the_entry_that_carries_it() -> None:
    world = World()
    case = walk.propose(world)
    walk.decided(world, case)
    walk.departed(world, case)
    world.wait(5 * HOUR)
    arrived = world.take("report_arrival", held.Arrived(facility="tartu"), ESCORT, case)
    accepted = world.take("accept_handover", held.HandoverAccepted(offer=walk.offer(world, case)), BOOKING, case)
    body = dataclasses.replace(
        walk.admission(),
        commitment_authority="Invented court of Kumla",
        arrested_at=START - timedelta(days=90),
        arrested_where=Unstated.REFUSED_TO_SAY,
        supervising_authority="Invented department",
        health="asthma",
        care_needed="an inhaler",
    )
    admitted = world.take("admit", body, BOOKING, case)
    found = {each.code.removeprefix("disclosure."): each for each in answer(world, case) if each.letter in "bcdf"}

    assert {code: (each.value, each.entries) for code, each in found.items()} == {
        "arrested_at": (START - timedelta(days=90), (admitted,)),
        "arrested_where": (Unstated.REFUSED_TO_SAY, (admitted,)),
        "admitted_at": (world.now, (admitted,)),
        "admitted_to": ("Tartu Prison, Swedish unit", (admitted,)),
        "supervised_by": ("Receiving authority", (accepted,)),
        "supervised_there_by": ("Invented department", (admitted,)),
        "whereabouts": ("Tartu Prison, Swedish unit", (arrived,)),
        "there_since": (world.now, (arrived,)),
        "health": ("asthma", (admitted,)),
        "visible_injuries": (NOT_KNOWN, (admitted,)),
        "care_needed": ("an inhaler", (admitted,)),
    }
    ordered = [(each.code, each.value) for each in answer(world, case) if each.letter == "a"]
    assert ordered == [
        ("disclosure.ordered_by", "Invented court"),
        ("disclosure.ordered_by", "Invented court"),
        ("disclosure.committed_by", "Invented court of Kumla"),
    ]


def test_on_the_way_it_names_the_destination_and_the_authority_that_answers() -> None:
    world = World()
    case = ways.in_transit(world)

    assert values(world, case, "d") == {
        "departed_at": world.now,
        "destination": "Tartu",
        "transfer_answered_by": "Sending authority",
    }


def test_custody_that_nobody_accepted_names_both() -> None:
    world = World()
    case = ways.in_transit(world)
    world.take("report_arrival", held.Arrived(facility="tartu"), ESCORT, case)
    world.wait(7 * HOUR)

    assert values(world, case, "c") == {"supervised_by": "Sending authority", "contested_with": "Receiving authority"}


def test_refused_at_the_door_the_person_is_where_the_handover_was_refused() -> None:
    world = World()
    case = ways.refused_at_door(world)

    assert values(world, case, "d") == {"whereabouts": "at the gate", "there_since": world.now}


def test_somebody_in_hospital_is_there_until_they_are_back() -> None:
    world = World()
    case = walk.held_case(world)
    away = held.AbsenceBegan(absence=held.Absence.HOSPITAL, where="Invented hospital")
    before = values(world, case, "d")
    world.take("begin_absence", away, BOOKING, case)

    assert values(world, case, "d") == {
        **before,
        "away_at": held.Absence.HOSPITAL,
        "away_where": "Invented hospital",
        "away_since": world.now,
    }
    world.take("end_absence", held.AbsenceEnded(), BOOKING, case)
    assert values(world, case, "d") == before


def test_an_absence_that_nobody_ended_is_over_once_the_person_was_moved() -> None:
    world = World()
    case = walk.held_case(world)
    world.take("begin_absence", held.AbsenceBegan(absence=held.Absence.COURT, where=NOT_KNOWN), BOOKING, case)
    world.wait(HOUR)
    world.take("move", held.Moved(facility="another-prison", reasons=NOT_KNOWN), BOOKING, case)

    assert values(world, case, "d") == {"whereabouts": "another-prison", "there_since": world.now}


def _returned(world: World, case: str) -> dict[str, object]:
    walk.returned(world, case)
    return {"whereabouts": "Kumla", "there_since": world.now}


def _handed_back(world: World, case: str) -> dict[str, object]:
    offer = held.HandoverOffered(to_party=SENDING, place="at the gate", fitness="fit")
    offered = world.take("offer_handover", offer, RECEIVER, case)
    world.take("accept_handover", held.HandoverAccepted(offer=offered), OFFICER, case)
    return {"whereabouts": "at the gate", "there_since": world.now}


def _transferred_on(world: World, case: str) -> dict[str, object]:
    body = held.TransferredOn(destination="Invented port", authority="Invented third authority")
    world.take("report_transfer_on", body, BOOKING, case)
    return {
        "departed_at": world.now,
        "destination": "Invented port",
        "transfer_answered_by": "Invented third authority",
    }


def _escaped(world: World, case: str) -> dict[str, object]:
    world.take("report_escape", held.Escaped(circumstances="through an invented door"), BOOKING, case)
    return {"whereabouts": NOT_KNOWN}


def _released(world: World, case: str) -> dict[str, object]:
    body = held.Released(place="Invented square", handed_to="an invented aunt", papers="a passport")
    world.take("report_release", body, BOOKING, case)
    assert values(world, case, "e") == {"released_at": world.now, "released_where": "Invented square"}
    return {}


def _died(world: World, case: str) -> dict[str, object]:
    body = held.Died(circumstances="at night", cause=NOT_KNOWN, investigated_by="nobody", remains="Invented clinic")
    world.take("report_death", body, BOOKING, case)
    assert values(world, case, "g") == {
        "died_at": world.now,
        "death_circumstances": "at night",
        "death_cause": NOT_KNOWN,
        "remains": "Invented clinic",
    }
    return {}


ENDS = [_returned, _handed_back, _transferred_on, _escaped, _released, _died]


@pytest.mark.parametrize("way", ENDS, ids=lambda each: each.__name__.removeprefix("_"))
def test_after_leaving_it_says_where_to(way: Callable[[World, str], dict[str, object]]) -> None:
    world = World()
    case = walk.held_case(world)
    world.wait(HOUR)
    whereabouts = way(world, case)

    assert values(world, case, "d") == whereabouts
    assert values(world, case, "c")["supervised_by"] in {"Receiving authority", "Sending authority"}


def test_an_injury_is_told_without_who_is_said_to_have_caused_it() -> None:
    world = World()
    case = walk.held_case(world)
    body = held.Injured(injury="a broken arm", circumstances="a guard was there", reported_to="nobody")
    world.take("report_injury", body, BOOKING, case)

    assert values(world, case, "f")["injury"] == "a broken arm"
    assert values(world, case, "f")["injured_at"] == world.now
    assert "a guard was there" not in str(answer(world, case))


def test_a_correction_corrects_the_answer() -> None:
    world = World()
    case = walk.held_case(world)
    entry = world.case(case).all(held.Admitted)[0].id
    body = held.Corrected(entry=entry, field_name="health", value='"asthma"', reasons="left out")
    world.take("correct", body, BOOKING, case)

    assert values(world, case, "f")["health"] == "asthma"


def test_before_the_case_was_opened_nobody_answers() -> None:
    world = World()
    case = world.case(walk.propose(world))

    found = {each.code: each.value for each in disclosure(case, world.context(case), START - HOUR)}
    assert found["disclosure.supervised_by"] is None


LISTED = """
title_recorded.authority admitted.commitment_authority
admitted.arrested_at admitted.arrested_where admitted.supervising_authority
departed.destination departed_unproposed.destination transferred_on.destination transferred_on.authority returned.place proposed.held_at
absence_began.absence absence_began.where handover_offered.place released.place
admitted.health admitted.visible_injuries admitted.care_needed injured.injury
died.circumstances died.cause died.remains
"""
"""Every field that may come out of a case, by article 18(1); beside them only names of parties and facilities, and
when an entry happened."""


def test_whatever_a_case_holds_only_the_listed_fields_come_out() -> None:
    markers: dict[object, str] = {}
    shown: set[str] = set()
    for case in _rich_cases(markers):
        context = World().context(case)
        for each in disclosure(case, context, START + timedelta(days=3000)):
            shown |= {markers[each.value]} if each.value in markers else set()
            assert set(each.entries) <= {entry.id for entry in case.entries}

    assert len(markers) > 100
    assert shown == set(LISTED.split())
    of_admission = {each.removeprefix("admitted.") for each in LISTED.split() if each.startswith("admitted.")}
    assert set(OF_ADMISSION) == of_admission | {"facility"}


def _rich_cases(markers: dict[object, str]) -> Iterator[Case]:
    """Cases in which every field of every kind holds a value of its own; the last entry is of each kind once."""
    kinds = [each for each in KINDS.values() if _is_of_a_case(each) and each is not p.Proposed]
    for last in kinds:
        yield _case(markers, [p.Proposed, last])
        yield _case(markers, [p.Proposed, held.Arrived, last])
        yield _case(markers, [p.Proposed, held.HandoverOffered, last])
        yield _case(markers, [p.Proposed, *(each for each in kinds if each is not last), last])


def _is_of_a_case(body: type) -> bool:
    return body.__module__ != "habeas.core.entries.institutions" and body is not held.Corrected


def _case(markers: dict[object, str], kinds: list[type]) -> Case:
    entries = [_entry(index, _marked(body, markers)) for index, body in enumerate(kinds)]
    return fold(entries)


def _entry(index: int, body: Body) -> Entry:
    return Entry(
        id=f"entry-{kind_of(type(body))}",
        index=index,
        stream="case-1",
        version=index,
        subject="person-1",
        occurred_at=START + index * HOUR,
        recorded_at=START + index * HOUR,
        actor=OFFICER,
        body=body,
    )


WITHOUT_MARKER: dict[str, object] = {
    "facility": "tartu",
    "sending": SENDING,
    "receiving": RECEIVING,
    "to_party": SENDING,
    "offer": "entry-handover_offered",
}


def _marked(body: type, markers: dict[object, str]) -> Body:
    kind, filled = kind_of(body), dict[str, object]()
    for spec in specs(body):
        place = f"{kind}.{spec.name}"
        value = WITHOUT_MARKER.get(spec.name) or _marker(spec, place)
        filled[spec.name] = value
        if spec.name not in WITHOUT_MARKER and spec.form not in {Form.FLAG, Form.NUMBER}:
            markers[value] = place
    if body is p.TitleRecorded:
        filled |= {"state": "SWE", "valid_from_at": START - HOUR, "valid_until_at": None}
    return body(**filled)


def _marker(spec: FieldSpec, place: str) -> object:
    """A value that no other field has, but for flags and numbers."""
    number = sum(ord(each) * (at + 1) for at, each in enumerate(place))
    match spec.form:
        case Form.LINES | Form.CODES | Form.COUNTRIES:
            return (place,)
        case Form.CHOICE:
            assert spec.choices is not None
            return next(iter(spec.choices))
        case Form.DATE:
            return date(1950, 1, 1) + timedelta(days=number)
        case Form.MOMENT:
            return datetime(1990, 1, 1, tzinfo=UTC) + timedelta(minutes=number)
        case Form.NUMBER:
            return number
        case Form.AMOUNT:
            return Decimal(number)
        case Form.FLAG:
            return True
    return place
