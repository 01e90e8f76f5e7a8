"""Decisions that are individual only in name: each is found, and what was written for one person is not."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from habeas.core import individual
from habeas.core.entries import Actor, Role
from habeas.core.entries import procedure as p
from habeas.core.findings import Finding
from habeas.core.individual import MINUTES_APART, Decision, decision_of, individual_only_in_name
from habeas.core.permissions import ACTS
from habeas.speech import say

from . import walk
from .world import DAY, DECIDER, OFFICER, SENDING, World, actor

TEMPLATE = (
    "The transfer of {name}, born on {born}, is in accordance with the agreement of 18 June 2025. The person falls under "
    "its scope, none of its exclusions applies, and each safeguard was answered on verified facts. File {number}."
)
OF_HER_OWN = (
    "Her mother is dying in Malmö and visits every week; abroad she would see her no more. Against that stands only that "
    "the wing is full. We weighed both with her and her counsel on two days, and she asked to go all the same."
)
OTHER = actor(Role.SENDING_DECIDER, SENDING, "other")


def decided(
    world: World,
    reasons: str,
    *,
    by: Actor = DECIDER,
    outcome: p.Outcome = p.Outcome.TRANSFER,
    opened: Mapping[tuple[str, str], datetime] | None = None,
    **person: Any,
) -> Decision | None:
    """A decision of one person with these reasons, recorded now."""
    case = walk.propose(world, **person)
    return read(world, case, reasons, by=by, outcome=outcome, opened=opened)


def read(
    world: World,
    case: str,
    reasons: str,
    *,
    by: Actor = DECIDER,
    outcome: p.Outcome = p.Outcome.TRANSFER,
    opened: Mapping[tuple[str, str], datetime] | None = None,
) -> Decision | None:
    body = dataclasses.replace(walk.decision(outcome), reasons=reasons)
    last = world.log[-1]
    version = sum(each.stream == case for each in world.log)
    entry = dataclasses.replace(
        last,
        id=f"decided-{len(world.log)}",
        index=len(world.log),
        stream=case,
        version=version,
        actor=by,
        body=body,
        occurred_at=world.now,
        recorded_at=world.now,
    )
    world.log.append(entry)
    return decision_of(world.case(case), opened or {}, "Europe/Stockholm")


def found(*decisions: Decision | None) -> list[Finding]:
    return list(individual_only_in_name(each for each in decisions if each))


def rules(*decisions: Decision | None) -> list[tuple[str, str]]:
    return [(each.rule, each.subject) for each in found(*decisions)]


def filled(name: str, born: str, number: str) -> str:
    return TEMPLATE.format(name=name, born=born, number=number)


def one_after_another(world: World, *texts: str, **more: Any) -> list[Decision | None]:
    """Decisions on people of other names, a day apart."""
    made = []
    for at, text in enumerate(texts):
        made.append(decided(world, text, family_names=f"Name{'abcdefgh'[at]}", **more))
        world.wait(DAY)
    return made


def test_two_hundred_decisions_from_one_template_are_found_each_of_them() -> None:
    """W14: people held with no decision of their own, whatever their papers were called."""
    world = World()
    made = [
        decided(
            world, filled(f"Aba Nombre{'x' * at}", f"{at % 28 + 1} March 19{at % 30 + 60}", f"KV-{at:04}"), by=DECIDER
        )
        for at in range(200)
    ]
    alike = [each for each in found(*made) if each.rule == "reasons_alike"]
    assert len(alike) == 200
    assert {each.message.parameters["others"] for each in alike} == {199}


def test_names_and_dates_of_the_person_do_not_hide_that_all_else_is_the_same() -> None:
    world = World()
    texts = [
        filled("Çağrı Øveraas-Namea", "29 February 1988", "KV 0001"),
        filled("Cagri Overaas Nameb", "1 de marzo de 1990", "KV 7745"),
    ]
    first, second = one_after_another(world, *texts, given_names="Çağrı", home_reference="KV 0001")
    assert rules(first, second) == [("reasons_alike", "case-0"), ("reasons_alike", "case-1")]
    assert first is not None
    assert {"cagri", "february", "kv", "1988"} & {word for pair in first.reasons for word in pair} == set()


def test_what_was_stated_of_the_person_does_not_hide_it_either() -> None:
    world = World()
    cases = [walk.propose(world), walk.propose(world)]
    made = []
    for case, offence in zip(cases, ("terrorism", "other"), strict=True):
        walk.state_fact(world, case, "convicted_offences", offence, "judgment")
        made.append(read(world, case, f"Convicted of {offence} he goes to serve."))
        world.wait(DAY)
    assert {each.rule for each in found(*made)} == {"reasons_alike"}


@pytest.mark.parametrize(
    ("first", "second", "alike"),
    [
        (TEMPLATE, TEMPLATE, True),
        (TEMPLATE, OF_HER_OWN, False),
        (TEMPLATE, TEMPLATE.upper(), True),
        (TEMPLATE, TEMPLATE.replace("verified", "proven"), True),
        (TEMPLATE, f"{TEMPLATE} {OF_HER_OWN}", False),
        (f"{TEMPLATE} He agrees.", f"{TEMPLATE} He does not object to it.", True),
        ("one two three four five six seven eight nine ten", "one two three four six six seven eight nine ten", True),
        ("Agreed.", "Agreed.", True),
        ("Agreed.", "Refused.", False),
    ],
)
def test_reasons_are_alike_when_three_of_four_pairs_of_words_are_the_same(first: str, second: str, alike: bool) -> None:
    made = one_after_another(World(), first, second)
    assert bool(found(*made)) is alike
    assert bool(found(*reversed(made))) is alike


def test_a_decision_not_to_send_somebody_is_never_found() -> None:
    world = World()
    assert decided(world, TEMPLATE, outcome=p.Outcome.NO_TRANSFER) is None
    assert decision_of(world.case(walk.propose(world)), {}, "UTC") is None


def test_of_a_case_the_last_decision_counts() -> None:
    world = World()
    case = walk.propose(world)
    read(world, case, TEMPLATE)
    world.wait(DAY)
    last = read(world, case, OF_HER_OWN)
    world.wait(DAY)
    assert rules(last, *one_after_another(world, TEMPLATE)) == []


# --- minutes apart ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("apart", "by", "expected"),
    [
        (timedelta(minutes=1), DECIDER, [("decided_minutes_apart", "case-1")]),
        (MINUTES_APART - timedelta(microseconds=1), DECIDER, [("decided_minutes_apart", "case-1")]),
        (MINUTES_APART, DECIDER, []),
        (timedelta(minutes=1), OTHER, []),
    ],
)
def test_a_decision_minutes_after_another_of_the_same_account_is_found(
    apart: timedelta, by: Actor, expected: list[tuple[str, str]]
) -> None:
    world = World()
    first = decided(world, TEMPLATE)
    world.wait(apart)
    second = decided(world, OF_HER_OWN, by=by)
    assert rules(second, first) == expected
    assert [each.message.parameters["minutes"] for each in found(first, second)] in ([], [1], [9])


# --- what was never opened -------------------------------------------------------------------------


def with_document(world: World, by: Actor = OFFICER, sha256: str | None = "ab" * 32) -> tuple[str, str]:
    """A case with one document on file; the case and the document."""
    case = walk.propose(world)
    document = world.take(
        "add_evidence",
        p.EvidenceAdded(document="judgment", issuer="Invented court", dated_on=date(2026, 8, 1), reference="B 1"),
        by,
        case,
    )
    body = dataclasses.replace(world.log[-1].body, sha256=sha256)  # type: ignore[type-var]
    world.log[-1] = dataclasses.replace(world.log[-1], body=body)
    world._folded.clear()
    return case, document


def unopened(world: World, case: str, opened: Mapping[tuple[str, str], datetime]) -> list[tuple[object, object]]:
    made = found(read(world, case, OF_HER_OWN, opened=opened))
    return [(each.message.parameters["unopened"], each.message.parameters["documents"]) for each in made]


def test_a_document_that_whoever_decided_never_opened_is_found() -> None:
    world = World()
    case, document = with_document(world)
    assert unopened(world, case, {}) == [(1, 1)]
    assert unopened(world, case, {(document, OFFICER.account): world.now}) == [(1, 1)], "another opened it"
    assert unopened(world, case, {(document, DECIDER.account): world.now + timedelta(seconds=1)}) == [(1, 1)]
    assert unopened(world, case, {(document, DECIDER.account): world.now}) == []


def test_a_document_that_has_no_file_or_came_later_or_is_the_deciders_own_is_not() -> None:
    world = World()
    without_file, _ = with_document(world, sha256=None)
    own, _ = with_document(world, by=DECIDER)
    assert [unopened(world, each, {}) for each in (without_file, own)] == [[], []]
    later = walk.propose(world)
    decision = read(world, later, OF_HER_OWN)
    assert decision is not None
    assert (decision.documents, decision.unopened) == (0, 0)


# --- what it is not --------------------------------------------------------------------------------


def test_each_finding_is_about_one_decision_and_says_so_in_both_languages() -> None:
    world = World()
    case, _ = with_document(world)
    first = decided(world, TEMPLATE)
    second = read(world, case, TEMPLATE)
    assert [each.rule for each in found(first, second)] == [
        "reasons_alike",
        "reasons_alike",
        "evidence_unopened",
        "decided_minutes_apart",
    ]
    for each in found(first, second):
        assert each.because == (each.message.parameters["which"],)
        assert each.subject in {"case-0", "case-1"}
        assert DECIDER.account not in str(each)
        sentences = [say(each.message, language) for language in ("en", "es")]
        assert sentences[0] != sentences[1]
        assert not any("{" in sentence for sentence in sentences)


def test_nothing_is_added_up_for_whoever_decides() -> None:
    public = {name for name in vars(individual) if not name.startswith("_")}
    assert not {name for name in public if "score" in name or "rank" in name or "decider" in name}
    assert "account" not in {each.name for each in dataclasses.fields(Finding)}
    assert "decide" in ACTS
