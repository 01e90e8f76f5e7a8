"""When an act may be done: what must be said, and of what; proposals and facts; every reason at once."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest

from habeas import agreements
from habeas.core.commands import Taken
from habeas.core.entries import Actor, Body, Role, specs
from habeas.core.entries import custody as held
from habeas.core.entries import procedure as p
from habeas.core.messages import Message
from habeas.core.permissions import ACTS
from habeas.core.terms import parse_agreement

from . import walk
from .ways import UNKNOWN, asked, codes, fact, objected, on_manifest, reasons, unannounced
from .world import BOOKING, DAY, DECIDER, MONITOR, OFFICER, RECEIVER, REVIEWER, SENDING, START, World, actor


@pytest.mark.parametrize("blank", ["", " ", "\t\n"])
def test_a_blank_answer_is_none(blank: str) -> None:
    world = World()
    case = walk.propose(world)
    body = p.AllegationRecorded(allegation=blank, alleged_by=blank)
    fields = ("entry.allegation_recorded.allegation", "entry.allegation_recorded.alleged_by")
    assert reasons(asked(world, "record_allegation", body, OFFICER, case)) == tuple(
        Message("policy.blank", {"field": each}) for each in fields
    )


def test_what_need_not_be_answered_may_be_blank() -> None:
    world = World()
    case = walk.propose(world)
    body = p.AllegationRecorded(allegation="said to be a courier", alleged_by="police of Invented", answer="")
    assert asked(world, "record_allegation", body, OFFICER, case) == Taken(bodies=(body,))


def references(world: World) -> dict[str, tuple[str, Body, Actor]]:
    """An act for each kind of reference, pointing at the given entry."""
    return {
        "entry.fact_verified.fact": ("verify_fact", p.FactVerified(fact="", how="seen"), REVIEWER),
        "entry.fact_contested.fact": (
            "contest_fact",
            p.FactContested(fact="", contested_by=p.Voice.PERSON, grounds="wrong"),
            MONITOR,
        ),
        "entry.fact_reviewed.contest": (
            "review_fact",
            p.FactReviewed(contest="", outcome=p.Upheld.REJECTED, reasons="heard"),
            REVIEWER,
        ),
        "entry.assertion_decided.assertion": (
            "decide_assertion",
            p.AssertionDecided(assertion="", authority="Board", law="s. 1", outcome=p.Upheld.REJECTED, reasons="heard"),
            REVIEWER,
        ),
        "entry.title_ended.title": (
            "end_title",
            p.TitleEnded(title="", ended_by="Invented court", reasons="quashed"),
            OFFICER,
        ),
        "entry.objection_reviewed.objection": (
            "review_objection",
            p.ObjectionReviewed(objection="", outcome=p.Upheld.REJECTED, reasons="heard"),
            REVIEWER,
        ),
        "entry.taken_off_manifest.manifested": (
            "take_off_manifest",
            held.TakenOffManifest(manifested="", reasons="ill"),
            OFFICER,
        ),
    }


@pytest.mark.parametrize("field", references(World()))
@pytest.mark.parametrize("where", ["of another kind", "of another case", "nowhere"])
def test_a_reference_is_to_an_entry_of_its_kind_in_this_case(field: str, where: str) -> None:
    world = World()
    other = on_manifest(world)
    case = objected(world)
    assert len(world.case(other).all(held.Manifested)) == 1
    act, body, by = references(world)[field]
    name = field.rsplit(".", 1)[1]
    refers = next(each.refers for each in specs(type(body)) if each.name == name)
    kinds = {type(each.body).__name__: each.id for each in world.case(other).entries}
    target = {
        "of another kind": world.case(case).opening.id,
        "of another case": kinds.get(refers or "", world.case(other).opening.id),
        "nowhere": "entry-999",
    }[where]
    answer = asked(world, act, dataclasses.replace(body, **{name: target}), by, case)  # type: ignore[type-var]
    assert reasons(answer) == (Message("policy.no_such_entry", {"field": field}),)


def test_each_piece_of_evidence_must_be_one() -> None:
    world = World()
    case = walk.propose(world)
    body = dataclasses.replace(fact(), evidence=("entry-0", "entry-999"))
    no_such = Message("policy.no_such_entry", {"field": "entry.fact_recorded.evidence"})
    assert reasons(asked(world, "record_fact", body, OFFICER, case)) == (no_such, no_such)


def test_an_act_takes_only_its_own_body() -> None:
    world = World()
    case = walk.propose(world)
    with pytest.raises(TypeError, match="propose takes Proposed"):
        asked(world, "propose", walk.decision(), OFFICER)
    with pytest.raises(KeyError):
        asked(world, "enlarge", walk.decision(), OFFICER, case)


def test_an_act_on_a_case_needs_one() -> None:
    with pytest.raises(ValueError, match="accept_transfer is done to a case"):
        asked(World(), "accept_transfer", p.TransferAccepted(), RECEIVER)


def test_every_body_but_the_systems_own_has_one_act() -> None:
    bodies = [each.body for each in ACTS.values()]
    assert len(set(bodies)) == len(bodies)
    assert p.Screened not in bodies


def test_below_the_floor_nobody_is_proposed_and_what_is_missing_is_said() -> None:
    published = parse_agreement(agreements.read("se-ee-2025"), "se-ee-2025.toml")
    (reason,) = reasons(asked(World(), "propose", walk.proposal(), OFFICER, agreement=published))
    assert reason.code == "policy.below_floor"
    assert reason.parameters["agreement"] == "se-ee-2025"
    missing = reason.parameters["missing"]
    assert isinstance(missing, tuple)
    assert "terms.floor.independent_monitor" in missing


def test_every_reason_against_a_proposal_is_given_at_once() -> None:
    published = parse_agreement(agreements.read("us-sv-2025"), "us-sv-2025.toml")
    body = walk.proposal(facility="nowhere", reasons="")
    answer = asked(World(), "propose", body, OFFICER, agreement=published, open_cases=("case-9", "case-10"))
    below, *others = [each for each in reasons(answer) if each.code == "policy.below_floor"]
    assert others == []
    assert reasons(answer) == (
        Message("policy.blank", {"field": "entry.proposed.reasons"}),
        below,
        Message("policy.open_case", {"case": "case-9"}),
        Message("policy.unknown_facility", {"facility": "nowhere"}),
        Message("policy.reasons_too_short", {"words": 5}),
    )


def test_somebody_with_an_open_case_gets_no_second_one_at_the_door() -> None:
    answer = asked(World(), "report_unannounced_arrival", unannounced(), BOOKING, open_cases=("case-9",))
    assert reasons(answer) == (Message("policy.open_case", {"case": "case-9"}),)


@pytest.mark.parametrize(("words", "taken"), [("one two three four", False), ("one two three four five", True)])
def test_a_reason_has_five_words(words: str, taken: bool) -> None:
    answer = asked(World(), "propose", walk.proposal(reasons=words), OFFICER)
    assert isinstance(answer, Taken) is taken


def test_a_fact_that_no_rule_declares_can_not_be_recorded() -> None:
    world = World()
    case = walk.propose(world)
    assert reasons(asked(world, "record_fact", fact("yes", "gang_member"), OFFICER, case)) == (
        Message("policy.unknown_fact", {"fact": "gang_member"}),
    )


def test_what_the_record_itself_shows_is_not_stated_by_hand() -> None:
    world = World()
    case = walk.propose(world)
    assert codes(world, "record_fact", fact("false", "stay_order_in_force"), OFFICER, case) == ["policy.unknown_fact"]


def test_a_fact_has_the_form_that_its_definition_asks_for() -> None:
    world = World()
    case = walk.propose(world)
    assert reasons(asked(world, "record_fact", fact("1988-02-30", "born_on"), OFFICER, case)) == (
        Message("policy.wrong_value", {"fact": "fact.born_on", "type": "date"}),
    )
    unknown = dataclasses.replace(fact(name="born_on"), value=UNKNOWN)
    assert asked(world, "record_fact", unknown, OFFICER, case) == Taken(bodies=(unknown,))


@pytest.mark.parametrize("author", [OFFICER, DECIDER], ids=["the proposer's", "somebody else's"])
def test_a_fact_is_verified_by_somebody_who_neither_stated_it_nor_proposed(author: Actor) -> None:
    world = World()
    case = walk.propose(world)
    entry = world.take("record_fact", fact(), author, case)
    body = p.FactVerified(fact=entry, how="compared with the original")
    another = actor(Role.SENDING_OFFICER, SENDING, "2")
    assert codes(world, "verify_fact", body, OFFICER, case) == ["policy.verified_by_another"]
    assert codes(world, "verify_fact", body, author, case) == ["policy.verified_by_another"]
    assert asked(world, "verify_fact", body, another, case) == Taken(bodies=(body,))


def test_a_title_ends_after_it_begins() -> None:
    world = World()
    case = walk.propose(world)
    body = p.TitleRecorded(
        state="SWE",
        authority="Invented court",
        ground="a final sentence",
        reference="B 1-26",
        valid_from_at=START,
        valid_until_at=START,
    )
    assert codes(world, "record_title", body, OFFICER, case) == ["policy.span_reversed"]
    for until in (START + timedelta(microseconds=1), None):
        lasting = dataclasses.replace(body, valid_until_at=until)
        assert asked(world, "record_title", lasting, OFFICER, case) == Taken(bodies=(lasting,))


@pytest.mark.parametrize(
    ("age", "taken"), [(7 * DAY, True), (7 * DAY + timedelta(microseconds=1), False)], ids=["a week", "older"]
)
def test_a_permission_is_recorded_within_a_week_of_its_giving(age: timedelta, taken: bool) -> None:
    world = World()
    given_at = world.now - age
    answer = world.do("propose", walk.proposal(), OFFICER, occurred_at=given_at)
    too_old = Message("policy.too_long_ago", {"earliest": world.now - 7 * DAY})
    assert isinstance(answer, Taken) if taken else reasons(answer) == (too_old,)


@pytest.mark.parametrize("nationalities", [("NOR", "XXZ"), ("Norway",), ("nor",)])
def test_a_country_is_one_of_the_list(nationalities: tuple[str, ...]) -> None:
    answer = asked(World(), "propose", walk.proposal(nationalities=nationalities), OFFICER)
    assert reasons(answer) == (Message("policy.unknown_country", {"field": "entry.proposed.nationalities"}),)


def test_the_country_of_a_title_is_one_of_the_list() -> None:
    world = World()
    case = walk.propose(world)
    body = p.TitleRecorded(state="SVE", authority="Invented court", ground="g", reference="r", valid_from_at=START)
    assert reasons(asked(world, "record_title", body, OFFICER, case)) == (
        Message("policy.unknown_country", {"field": "entry.title_recorded.state"}),
    )
