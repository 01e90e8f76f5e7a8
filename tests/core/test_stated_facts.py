"""What people stated becomes a fact that a rule may weigh; what can't be read is not known, never guessed."""

from __future__ import annotations

import dataclasses
from datetime import date

import pytest

from habeas.core.case_facts import contested, stated_facts, stated_value
from habeas.core.entries import custody as held
from habeas.core.entries import procedure as p
from habeas.core.facts import CATALOGUE, Evidence, Fact, Standing
from habeas.core.record_facts import case_facts

from . import walk
from .world import DECIDER, HOUR, OFFICER, REVIEWER, START, World


def fact(world: World, case: str, name: str, value: object, **changes: object) -> str:
    body = p.FactRecorded(
        name=name,
        value=value,  # type: ignore[arg-type]
        as_of_on=date(2026, 8, 25),
        stated_by="Invented officer",
        standing=p.Standing.STATED,
    )
    return world.take("record_fact", dataclasses.replace(body, **changes), OFFICER, case)


def shown(world: World, case: str) -> tuple[Fact, ...]:
    return stated_facts(world.case(case), "SWE")


def test_a_stated_fact_carries_its_evidence_and_who_verified_it() -> None:
    world = World()
    case = walk.propose(world)
    walk.state_facts(world, case, {"sex": ("male", "passport")})
    (found,) = shown(world, case)
    paper = Evidence(
        kind="passport", issuer="Invented issuer", dated_on=date(2026, 8, 20), reference="sex", sha256=None
    )
    assert found == Fact(
        id=world.case(case).all(p.FactRecorded)[0].id,
        name="sex",
        value="male",
        as_of=date(2026, 8, 25),
        stated_by="Invented officer",
        standing=Standing.VERIFIED,
        evidence=(paper,),
        verified_by=DECIDER.account,
    )


def test_a_fact_is_stated_until_somebody_verifies_it() -> None:
    world = World()
    case = walk.propose(world)
    entry = fact(world, case, "sex", "male")
    assert [each.standing for each in shown(world, case)] == [Standing.STATED]
    world.take("verify_fact", p.FactVerified(fact=entry, how="compared"), DECIDER, case)
    assert [each.standing for each in shown(world, case)] == [Standing.VERIFIED]


def test_an_allegation_stays_one_though_somebody_verifies_it() -> None:
    world = World()
    case = walk.propose(world)
    entry = fact(world, case, "sex", "male", standing=p.Standing.ALLEGED)
    world.take("verify_fact", p.FactVerified(fact=entry, how="compared"), DECIDER, case)
    assert [each.standing for each in shown(world, case)] == [Standing.ALLEGED]


def test_what_nobody_knows_is_a_fact_without_a_value() -> None:
    world = World()
    case = walk.propose(world)
    fact(world, case, "born_on", walk.NOT_KNOWN)
    assert [(each.name, each.value) for each in shown(world, case)] == [("born_on", None)]


def test_a_value_that_can_not_be_read_any_more_is_not_known() -> None:
    world = World()
    case = walk.propose(world)
    fact(world, case, "born_on", "1988-02-29")
    body = world.log[-1].body
    world.log[-1] = dataclasses.replace(world.log[-1], body=dataclasses.replace(body, value="leap day"))  # type: ignore[type-var]
    assert [(each.name, each.value) for each in shown(World(log=world.log), case)] == [("born_on", None)]


def test_a_fact_of_another_release_is_left_out() -> None:
    world = World()
    case = walk.propose(world)
    fact(world, case, "sex", "male")
    body = world.log[-1].body
    world.log[-1] = dataclasses.replace(world.log[-1], body=dataclasses.replace(body, name="shoe_size"))  # type: ignore[type-var]
    assert shown(World(log=world.log), case) == ()


def test_evidence_that_is_not_there_is_not_made_up() -> None:
    world = World()
    case = walk.propose(world)
    fact(world, case, "sex", "male")
    body = dataclasses.replace(world.log[-1].body, evidence=("entry-999",))  # type: ignore[type-var]
    world.log[-1] = dataclasses.replace(world.log[-1], body=body)
    assert [each.evidence for each in shown(World(log=world.log), case)] == [()]


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("nationalities", "none", ()),
        ("nationalities", " none ", ()),
        ("nationalities", "NOR", ("NOR",)),
        ("sentence_final", "true", True),
        ("born_on", " 1988-02-29 ", date(1988, 2, 29)),
    ],
)
def test_what_was_typed_is_read_in_the_form_of_its_fact(name: str, text: str, value: object) -> None:
    assert stated_value(CATALOGUE[name], text) == value


def test_a_fact_is_contested_until_a_review_rejects_the_contest() -> None:
    world = World()
    case = walk.propose(world)
    entry, other = fact(world, case, "sex", "male"), fact(world, case, "born_on", "1988-02-29")
    assert contested(world.case(case), entry) is False
    body = p.FactContested(fact=entry, contested_by=p.Voice.PERSON, grounds="it is wrong")
    contest = world.take("contest_fact", body, OFFICER, case)
    assert [each.contested for each in shown(world, case)] == [True, False]
    upheld = p.FactReviewed(contest=contest, outcome=p.Upheld.UPHELD, reasons="it is")
    world.take("review_fact", upheld, REVIEWER, case)
    assert contested(world.case(case), entry) is True
    rejected = dataclasses.replace(upheld, outcome=p.Upheld.REJECTED)
    world.take("review_fact", rejected, REVIEWER, case)
    assert contested(world.case(case), entry) is False
    world.take("contest_fact", body, OFFICER, case)
    assert contested(world.case(case), entry) is True
    assert contested(world.case(case), other) is False


@pytest.mark.parametrize(
    ("asserted", "of_state", "name", "value"),
    [
        (p.Asserted.CITIZENSHIP, "NOR", "citizenship_asserted_of", ("NOR",)),
        (p.Asserted.CITIZENSHIP, None, "citizenship_asserted_of", ("SWE",)),
        (p.Asserted.AGE, None, "child_asserted", True),
        (p.Asserted.FEAR, None, "fear_asserted", True),
    ],
)
def test_an_assertion_counts_from_when_it_was_made_without_proof(
    asserted: p.Asserted, of_state: str | None, name: str, value: object
) -> None:
    world = World()
    case = walk.propose(world)
    body = p.AssertionMade(asserted=asserted, of_state=of_state, words="as I said")
    entry = world.take("record_assertion", body, OFFICER, case)
    assert shown(world, case) == (
        Fact(
            id=entry,
            name=name,
            value=value,  # type: ignore[arg-type]
            as_of=START.date(),
            stated_by="the person",
            standing=Standing.STATED,
        ),
    )


@pytest.mark.parametrize(
    ("asserted", "name"),
    [
        (p.Asserted.CITIZENSHIP, "citizenship_assertion_decided"),
        (p.Asserted.AGE, "child_assertion_decided"),
        (p.Asserted.FEAR, "fear_assertion_decided"),
    ],
)
def test_the_authority_that_decides_an_assertion_is_the_source_of_the_fact(asserted: p.Asserted, name: str) -> None:
    world = World()
    case = walk.propose(world)
    made = world.take("record_assertion", p.AssertionMade(asserted=asserted, words="as I said"), OFFICER, case)
    world.wait(HOUR)
    body = p.AssertionDecided(
        assertion=made, authority="Invented board", law="Act s. 1", outcome=p.Upheld.REJECTED, reasons="heard"
    )
    entry = world.take("decide_assertion", body, REVIEWER, case)
    paper = Evidence(kind="assertion_decision", issuer="Invented board", dated_on=START.date(), reference="Act s. 1")
    assert shown(world, case)[-1] == Fact(
        id=entry,
        name=name,
        value="rejected",
        as_of=START.date(),
        stated_by="Invented board",
        standing=Standing.VERIFIED,
        evidence=(paper,),
        verified_by=REVIEWER.account,
    )


def test_a_decision_of_what_nobody_asserted_is_no_fact() -> None:
    world = World()
    case = walk.propose(world)
    made = world.take("record_assertion", p.AssertionMade(asserted=p.Asserted.FEAR, words="as I said"), OFFICER, case)
    body = p.AssertionDecided(
        assertion=made, authority="Invented board", law="Act s. 1", outcome=p.Upheld.REJECTED, reasons="heard"
    )
    world.take("decide_assertion", body, REVIEWER, case)
    assert len(shown(world, case)) == 2
    for nothing in ("entry-999", "entry-0"):
        body = dataclasses.replace(body, assertion=nothing)
        world.log[-1] = dataclasses.replace(world.log[-1], body=body)
        assert [each.name for each in shown(World(log=world.log), case)] == ["fear_asserted"]


def names(world: World, case: str) -> dict[str, object]:
    known = case_facts(world.case(case), world.context(), world.now).facts
    return {each.name: each.value for each in known}


def test_the_record_itself_shows_what_is_held_where() -> None:
    world = World()
    case = walk.held_case(world)
    due = world.now + 30 * 24 * HOUR
    walk_back = held.ReturnDue(due_at=due, because="the sentence ends", ordered_by="Invented officer")
    assert "return_due_on" not in names(world, case)
    world.take("set_return_due", walk_back, OFFICER, case)
    found = names(world, case)
    assert found["return_due_on"] == due.date()
    assert found["held_in_facility"] == 1
    assert found["authorities_holding"] == 1
    assert found["living_space_cm2_each"] == 2_100_000


def test_where_nothing_is_certified_nothing_is_shown_of_it() -> None:
    world = World()
    case = walk.held_case(world)
    bare = dataclasses.replace(world.context(), facilities={})
    known = {each.name for each in case_facts(world.case(case), bare, world.now).facts}
    assert "working_capacity" in names(world, case)
    assert "working_capacity" not in known


def test_nobody_holds_a_person_whose_case_has_ended() -> None:
    world = World()
    case = walk.held_case(world)
    walk.returned(world, case)
    assert "authorities_holding" not in names(world, case)
