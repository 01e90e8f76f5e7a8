"""Failures before anybody was handed over: what each would have met in Habeas."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from habeas.core.commands import screening_of
from habeas.core.custody import custody
from habeas.core.entries import FieldClass
from habeas.core.entries import custody as held
from habeas.core.entries import procedure as p
from habeas.core.entries.fields import spec_of
from habeas.core.entries.institutions import Given, StayOrderIssued
from habeas.core.facts import CATALOGUE, Standing
from habeas.core.findings import Finding, findings
from habeas.core.safeguards import Result, Step
from habeas.core.screening import Verdict
from habeas.core.terms import FLOOR, floor
from tests.core import walk
from tests.core.lawful import LAWFUL, OFFER, answer, screened, stated
from tests.core.ways import asked, reasons
from tests.core.world import BOOKING, COURT, DECIDER, ESCORT, HOUR, OFFICER, RECEIVER, RECEIVING, SENDING, World
from tests.spec.failures import Outcome, replays

REFUSED, EXPOSED = Outcome.REFUSED, Outcome.EXPOSED
LEFT = held.Departed(departed_from="Kumla", destination="Tartu", means="aircraft", outward=True)


def found(world: World, case: str) -> list[Finding]:
    return list(findings(world.case(case), world.context(), world.now))


def ruled(world: World, case: str) -> set[str]:
    return {each.rule for each in found(world, case)}


def everybody(world: World, *, given: Given) -> str:
    """An order for everybody under the agreement, recorded and issued now."""
    order = StayOrderIssued(
        court="Invented court",
        reference="T 1-26",
        given=given,
        class_described="everybody whom the agreement covers",
        must_be_done="Bring them back.",
    )
    return world.take("issue_stay_order", order, COURT)


@replays("W01", EXPOSED, to="both states, the monitor, the public total", seen="at once")
def test_whoever_left_one_side_is_still_somebodys() -> None:
    """From the gate until the other side accepts, the sending state goes on answering, at every minute."""
    world = World()
    case = walk.propose(world)
    walk.decided(world, case)
    walk.departed(world, case)
    left_at = world.now
    for minutes in range(0, 24 * 60):
        holder = custody(world.case(case), left_at + timedelta(minutes=minutes), world.periods.contested_after)
        assert holder is not None
        assert holder.answers == SENDING


@replays("W01", EXPOSED, to="both states, the monitor", seen="some hours after arrival")
def test_an_arrival_that_nobody_signs_for_names_both_states() -> None:
    """Arrived and not accepted is contested custody: both states are named, and it is a finding."""
    world = World()
    case = walk.propose(world)
    walk.decided(world, case)
    walk.departed(world, case)
    world.wait(5 * HOUR)
    world.take("report_arrival", held.Arrived(facility="tartu"), ESCORT, case)
    world.wait(world.periods.contested_after + HOUR)
    holder = custody(world.case(case), world.now, world.periods.contested_after)
    assert holder is not None
    assert {holder.answers, holder.contested_with} == {SENDING, RECEIVING}
    assert "contested_custody" in ruled(world, case)


@pytest.mark.parametrize("given", Given)
@replays("W02", REFUSED, to="the officer at the gate", seen="from the minute in which the order was spoken")
def test_no_departure_can_be_permitted_under_an_order(given: Given) -> None:
    """An order, oral or written, bars the departure, the manifest and the handover from when it was issued."""
    world = World()
    case = walk.propose(world)
    walk.decided(world, case)
    world.take("accept_transfer", p.TransferAccepted(), RECEIVER, case)
    walk.title(world, case, "EST", by=RECEIVER)
    everybody(world, given=given)
    manifest = held.Manifested(manifest="M-1", departs_at=world.now + HOUR, departs_from="Kumla", escort="Invented")
    assert "policy.stay_order" in world.refused("put_on_manifest", manifest, OFFICER, case)


@replays("W02", EXPOSED, to="the court, the monitor, both states", seen="when the departure is recorded, however late")
def test_an_aircraft_that_flies_on_is_a_breach_for_each_person() -> None:
    """A departure or a handover at or after the order is a breach for each person, also when the order reached them in flight."""
    world = World()
    case = walk.propose(world)
    walk.decided(world, case)
    walk.departed(world, case)
    world.wait(HOUR)
    everybody(world, given=Given.ORAL)
    world.wait(HOUR)
    world.take("report_arrival", held.Arrived(facility="tartu"), ESCORT, case)
    breaches = [each for each in found(world, case) if each.rule == "stay_breached"]
    assert [each.message.parameters["report"] for each in breaches] == ["entry.arrived"]


@replays("W03", REFUSED, to="the sending officer and decider", seen="at screening, decision, departure and at the door")
def test_a_protection_order_naming_the_destination_bars_every_step() -> None:
    """An order that forbids this country bars every step there, and no paper says which order would have to go."""
    facts = {**LAWFUL, "protection": stated("protection_orders_against", ("EST",))}
    for step in (Step.SCREENING, Step.DECISION, Step.DEPARTURE, Step.HANDOVER):
        screening = screened(facts, step)
        assert screening.verdict is Verdict.BARRED
        assert answer(screening, "cat.protection_order").result is Result.BARRED


@pytest.mark.parametrize(
    ("fact", "value", "term"), [("sex", "female", "not_a_woman"), ("nationalities", ("NIC",), "not_nicaraguan")]
)
@replays("W04", REFUSED, to="the sending officer", seen="at screening, before any notice")
def test_a_limit_of_the_place_is_asked_before_anybody_flies(fact: str, value: object, term: str) -> None:
    """Who may not come is data of the agreement, asked at screening and again at each step to the gate."""
    facts = {**LAWFUL, fact: stated(fact, value)}
    for step in (Step.SCREENING, Step.DEPARTURE):
        assert answer(screened(facts, step, OFFER), term).result is Result.BARRED


@replays("W04", EXPOSED, to="both states, the monitor", seen="at once")
def test_whoever_is_refused_at_the_door_stays_on_the_record_until_back() -> None:
    """Someone refused at the door keeps a custodian and waits for a return that is recorded."""
    world = World()
    case = walk.propose(world)
    walk.decided(world, case)
    walk.departed(world, case)
    offer = walk.offer(world, case)
    world.take("refuse_handover", held.HandoverRefused(offer=offer, reasons="a limit of the place"), BOOKING, case)
    holder = custody(world.case(case), world.now, world.periods.contested_after)
    assert holder is not None
    assert holder.answers == SENDING


@replays("W05", REFUSED, to="the sending officer and decider", seen="at screening")
def test_convicted_means_a_conviction() -> None:
    """ "Convicted" is a judgment that somebody else has checked: alleged or unknown is not shown, and never passes."""
    for weaker in (
        replace(stated("convicted_by_final_judgment", True), evidence=()),
        replace(stated("convicted_by_final_judgment", True), standing=Standing.ALLEGED),
        replace(stated("convicted_by_final_judgment", True), value=None),
    ):
        facts = {**LAWFUL, "nationalities": stated("nationalities", ("VEN",)), "convicted": weaker}
        assert answer(screened(facts, Step.SCREENING, OFFER), "offer_of_3_february").result is Result.NOT_SHOWN
    shown = {**LAWFUL, "convicted": stated("convicted_by_final_judgment", True)}
    assert answer(screened(shown, Step.SCREENING, OFFER), "offer_of_3_february").result is Result.MET


@replays("W06", REFUSED, to="everybody who writes or reads terms", seen="when the terms are read")
def test_there_is_no_fact_for_a_label() -> None:
    """No fact exists for membership, tattoos or dress: a term that needs one is not shown until a judgment settles it."""
    words = ("member", "gang", "tattoo", "dress", "religion", "ethnic", "opinion", "associat", "score", "risk_of")
    assert [name for name in CATALOGUE if any(word in name for word in words)] == []
    assert answer(screened(LAWFUL, Step.SCREENING, OFFER), "member_of_named_group").result is Result.NOT_SHOWN


@replays("W06", EXPOSED, to="whoever may read the case", seen="always")
def test_an_allegation_stands_apart_with_its_author() -> None:
    """An allegation is kept apart with the name of who made it; with it recorded, no rule answers otherwise."""
    world = World()
    case = walk.propose(world)
    before = screening_of(world.case(case), world.context(), "screening", world.now)
    said = p.AllegationRecorded(allegation="He is said to be a member.", alleged_by="Invented informer")
    world.take("record_allegation", said, OFFICER, case)
    assert {spec_of(p.AllegationRecorded, name).field_class for name in ("allegation", "alleged_by")} == {
        FieldClass.ALLEGATIONS
    }
    assert screening_of(world.case(case), world.context(), "screening", world.now) == before


@replays("W08", REFUSED, to="the sending officer", seen="at the first proposal")
def test_secret_terms_cannot_be_run() -> None:
    """Below the floor nobody can be proposed; the refusal lists what the text does not answer, publication first."""
    world = World()
    body = walk.proposal(agreement="us-sv-2025", facility="cecot")
    refusal = asked(world, "propose", body, OFFICER, agreement=OFFER)
    assert [each.code for each in reasons(refusal)][:1] == ["policy.below_floor"]
    missing = {each.question for each in floor(OFFER) if not each.answered}
    assert missing == set(FLOOR) - {"facilities_by_name"}


@replays("W09", REFUSED, to="the sending decider", seen="at the decision")
def test_no_decision_without_a_notice_in_the_persons_language() -> None:
    """No decision without a written notice of the destination, in a language that the person understands."""
    world = World()
    case = walk.propose(world)
    walk.title(world, case, "SWE", by=OFFICER)
    walk.state_facts(world, case)
    assert world.refused("decide", walk.decision(), DECIDER, case)
    other = {**LAWFUL, "notice_language": replace(LAWFUL["notice_language"], value="et")}
    assert answer(screened(other, Step.DECISION), "iccpr.notice").result is Result.BARRED
