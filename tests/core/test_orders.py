"""Stay orders: from when and whom they bind, what they never bar, and the breach that is found later."""

from __future__ import annotations

import dataclasses
import json
from datetime import datetime, timedelta

import pytest

from habeas.core.entries import Body
from habeas.core.entries import custody as held
from habeas.core.entries import institutions as i
from habeas.core.entries import procedure as p
from habeas.core.findings import Finding, findings
from habeas.core.messages import Message
from habeas.core.visibility import may_open

from . import walk
from .facts import LAWFUL
from .world import BOOKING, COURT, DAY, DECIDER, ESCORT, HOUR, MONITOR, OFFICER, RECEIVER, REVIEWER, World


def order(world: World, *, occurred_at: datetime | None = None, **changes: object) -> str:
    """An order recorded now; by default for everybody."""
    values = {
        "court": "Invented court",
        "reference": "T 1-26",
        "given": i.Given.WRITTEN,
        "class_described": "everybody whom the agreement covers",
        "must_be_done": "Keep them where they are.",
    }
    body = i.StayOrderIssued(**{**values, **changes})  # type: ignore[arg-type]
    return world.take("issue_stay_order", body, COURT, occurred_at=occurred_at or world.now)


def accept(world: World, case: str) -> list[str]:
    """The reasons against the receiving state's agreement now."""
    answer = world.do("accept_transfer", p.TransferAccepted(), RECEIVER, case)
    return [each.code for each in getattr(answer, "reasons", ())]


def ready_to_accept(world: World, **changes: object) -> str:
    case = walk.propose(world, **changes)
    walk.decided(world, case)
    return case


def breaches(world: World, case: str) -> list[Finding]:
    found = findings(world.case(case), world.context(), world.now)
    return [each for each in found if each.rule == "stay_breached"]


def reported(found: list[Finding]) -> list[object]:
    return [each.message.parameters["report"] for each in found]


STAYED = "policy.stay_order"
SOMALI = "any_of(nationalities, 'SOM')"
LEFT = held.Departed(departed_from="Kumla", destination="Tartu", means="aircraft", outward=True)
NEVER_BARRED = pytest.mark.parametrize(
    ("act", "body"),
    [
        ("report_release", held.Released(place="gate", handed_to=walk.NOT_KNOWN, papers=walk.NOT_KNOWN)),
        ("admit", walk.admission()),
        ("report_arrival", held.Arrived(facility="tartu")),
        ("report_injury", held.Injured(injury="a cut", circumstances=walk.NOT_KNOWN, reported_to=walk.NOT_KNOWN)),
        ("record_assertion", p.AssertionMade(asserted=p.Asserted.FEAR, words="they hurt me")),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
"""What no order bars, whoever gave or lodged it."""


def test_a_stay_names_the_court_the_order_and_what_must_be_done() -> None:
    world = World()
    case = ready_to_accept(world)
    order(world, cases=(case,), class_described=None)
    answer = world.do("accept_transfer", p.TransferAccepted(), RECEIVER, case)
    expected = {
        "court": "Invented court",
        "reference": "T 1-26",
        "issued_at": world.now,
        "must_be_done": "Keep them where they are.",
    }
    assert [each for each in answer.reasons if each.code == STAYED] == [Message(STAYED, expected)]  # type: ignore[union-attr]


def test_every_order_that_covers_the_person_is_a_reason_of_its_own() -> None:
    world = World()
    case = ready_to_accept(world)
    order(world)
    order(world, reference="T 2-26")
    assert accept(world, case).count(STAYED) == 2


def test_an_order_for_one_person_does_not_bind_for_another() -> None:
    world = World()
    case, other = walk.propose(world), walk.propose(world)
    walk.decided(world, case)
    walk.decided(world, other)
    order(world, cases=(case,), class_described=None)
    assert STAYED in accept(world, case)
    assert accept(world, other) == []


def test_a_class_described_in_words_alone_covers_everybody() -> None:
    world = World()
    case = ready_to_accept(world)
    order(world, class_described="women who came in May")
    assert STAYED in accept(world, case)


@pytest.mark.parametrize(
    ("condition", "covered"),
    [
        ("any_of(nationalities, 'NOR')", True),
        ("any_of(nationalities, 'SOM')", False),
        ("sentence_final", True),
        ("asylum_claim_pending", False),
    ],
)
def test_a_condition_covers_who_is_not_shown_to_be_outside(condition: str, covered: bool) -> None:
    world = World()
    case = ready_to_accept(world)
    order(world, class_described="as the condition says", class_condition=condition)
    assert (STAYED in accept(world, case)) is covered


def test_somebody_of_whom_nothing_is_known_is_covered_by_every_condition() -> None:
    world = World()
    case = walk.propose(world)
    walk.title(world, case, "SWE", by=OFFICER)
    walk.state_facts(world, case, {name: each for name, each in LAWFUL.items() if name != "nationalities"})
    order(world, class_described=None, class_condition="any_of(nationalities, 'SOM')")
    answer = world.do("decide", walk.decision(), DECIDER, case)
    assert STAYED in [each.code for each in answer.reasons]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("act", "body", "by"),
    [
        ("decide", walk.decision(), DECIDER),
        ("accept_transfer", p.TransferAccepted(), RECEIVER),
        (
            "put_on_manifest",
            held.Manifested(manifest="M", departs_at=World().now, departs_from="Kumla", escort="Invented"),
            OFFICER,
        ),
        ("permit_departure", held.DeparturePermitted(fit_to_travel="fit"), OFFICER),
        ("offer_handover", held.HandoverOffered(to_party="ee-vm", place="gate", fitness="fit"), OFFICER),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_an_order_bars_each_outward_step(act: str, body: Body, by: object) -> None:
    world = World()
    case = ready_to_accept(world)
    assert STAYED not in [each.code for each in getattr(world.do(act, body, by, case), "reasons", ())]  # type: ignore[arg-type]
    order(world)
    assert STAYED in world.refused(act, body, by, case)  # type: ignore[arg-type]


def test_an_order_bars_the_acceptance_of_a_handover_already_in_flight() -> None:
    world = World()
    case = ready_to_accept(world)
    walk.departed(world, case)
    offered = walk.offer(world, case)
    order(world)
    world.wait(HOUR)
    assert STAYED in world.refused("accept_handover", held.HandoverAccepted(offer=offered), BOOKING, case)
    world.take("refuse_handover", held.HandoverRefused(offer=offered, reasons="the court forbids it"), BOOKING, case)


def test_an_order_never_bars_a_decision_against_nor_a_withdrawal() -> None:
    world = World()
    case = ready_to_accept(world)
    order(world)
    world.take("decide", walk.decision(p.Outcome.NO_TRANSFER), DECIDER, case)
    world.take("withdraw_proposal", p.ProposalWithdrawn(reasons="The court forbids it for now."), OFFICER, case)


def test_an_order_never_bars_the_way_home() -> None:
    world = World()
    case = walk.held_case(world)
    order(world)
    world.wait(DAY)
    walk.returned(world, case)


@NEVER_BARRED
def test_an_order_never_bars_a_release_an_admission_or_a_report(act: str, body: Body) -> None:
    world = World()
    case = ready_to_accept(world)
    walk.departed(world, case)
    order(world)
    world.take(act, body, BOOKING, case)


def test_an_order_never_bars_an_objection_nor_its_review() -> None:
    world = World()
    case = ready_to_accept(world)
    order(world)
    body = p.ObjectionRaised(raised_by=p.Voice.MONITOR, grounds="nobody told him where to")
    objection = world.take("raise_objection", body, MONITOR, case)
    review = p.ObjectionReviewed(objection=objection, outcome=p.Upheld.UPHELD, reasons="he was not told")
    world.take("review_objection", review, REVIEWER, case)


def test_an_order_no_longer_binds_once_it_is_lifted() -> None:
    world = World()
    case = ready_to_accept(world)
    stay = order(world)
    assert STAYED in accept(world, case)
    lift = i.StayOrderLifted(order=stay, reasons="heard")
    world.take("lift_stay_order", lift, COURT)
    assert accept(world, case) == []
    (found,) = world.context().orders
    assert found.in_force(world.now - timedelta(microseconds=1)) is False
    assert found.lifted_at == world.now


def test_the_order_that_is_lifted_is_the_one_named() -> None:
    world = World()
    case = ready_to_accept(world)
    one = order(world)
    order(world, reference="T 2-26")
    world.take("lift_stay_order", i.StayOrderLifted(order=one, reasons="heard"), COURT)
    assert [each.reference for each in world.context().orders if each.in_force(world.now)] == ["T 2-26"]
    assert accept(world, case).count(STAYED) == 1


@pytest.mark.parametrize("given", list(i.Given))
def test_an_order_binds_from_when_it_was_given_whenever_it_was_recorded(given: i.Given) -> None:
    world = World()
    case = ready_to_accept(world)
    spoken_at = world.now + HOUR
    walk.departed(world, case)
    world.wait(2 * HOUR)
    world.take("report_arrival", held.Arrived(facility="tartu"), ESCORT, case)
    assert breaches(world, case) == []
    world.wait(5 * DAY)
    order(world, given=given, occurred_at=spoken_at)
    assert reported(breaches(world, case)) == ["entry.arrived"]


def test_a_breach_is_found_though_the_order_is_recorded_after_the_departure() -> None:
    world = World()
    case = ready_to_accept(world)
    spoken_at = world.now
    world.wait(HOUR)
    walk.departed(world, case)
    walk.admitted(world, case)
    assert breaches(world, case) == []
    world.wait(DAY)
    stay = order(world, given=i.Given.ORAL, occurred_at=spoken_at)
    found = breaches(world, case)
    assert reported(found) == ["entry.departed", "entry.arrived", "entry.handover_accepted"]
    left = world.case(case).all(held.Departed)[0]
    assert found[0].clause == "Invented court, T 1-26"
    assert found[0].because == (left.id,)
    assert found[0].message == Message(
        "finding.stay_breached",
        {
            "which": f"{stay}:{left.id}",
            "court": "Invented court",
            "reference": "T 1-26",
            "issued_at": spoken_at,
            "report": "entry.departed",
        },
    )


def test_what_was_done_before_the_order_or_after_it_was_lifted_is_no_breach() -> None:
    world = World()
    case = ready_to_accept(world)
    stay = order(world)
    world.wait(HOUR)
    world.take("lift_stay_order", i.StayOrderLifted(order=stay, reasons="heard"), COURT)
    walk.departed(world, case)
    walk.admitted(world, case)
    world.wait(HOUR)
    order(world, reference="T 2-26")
    assert breaches(world, case) == []


def test_a_lift_recorded_afterwards_heals_no_breach() -> None:
    world = World()
    case = ready_to_accept(world)
    stay = order(world, occurred_at=world.now)
    world.wait(HOUR)
    world.take("report_departure", LEFT, ESCORT, case)
    world.wait(HOUR)
    lift = i.StayOrderLifted(order=stay, reasons="heard")
    world.take("lift_stay_order", lift, COURT, occurred_at=world.now - 2 * HOUR)
    assert reported(breaches(world, case)) == ["entry.departed"]
    (found,) = world.context().orders
    assert found.lifted_at == world.now


def test_an_order_that_was_lifted_twice_ended_the_first_time() -> None:
    world = World()
    case = ready_to_accept(world)
    stay = order(world)
    for _ in range(2):
        world.wait(HOUR)
        world.take("lift_stay_order", i.StayOrderLifted(order=stay, reasons="heard"), COURT)
    (found,) = world.context().orders
    assert found.lifted_at == world.now - HOUR
    assert accept(world, case) == []


def test_a_breach_at_the_very_moment_of_the_order_is_one() -> None:
    world = World()
    case = ready_to_accept(world)
    walk.departed(world, case)
    order(world, occurred_at=world.now)
    assert reported(breaches(world, case)) == ["entry.departed"]


def test_somebody_booked_in_without_a_signature_under_a_stay_is_a_breach() -> None:
    world = World()
    case = ready_to_accept(world)
    order(world)
    world.take("admit", walk.admission(), BOOKING, case)
    assert reported(breaches(world, case)) == ["entry.admitted"]


def test_a_return_under_a_stay_is_no_breach() -> None:
    world = World()
    case = walk.held_case(world)
    world.wait(HOUR)
    order(world)
    back = held.Departed(departed_from="Tartu", destination="Kumla", means="aircraft", outward=False)
    world.take("report_departure", back, ESCORT, case)
    walk.returned(world, case)
    assert breaches(world, case) == []


def test_an_order_is_read_as_corrected() -> None:
    world = World()
    case = ready_to_accept(world)
    stay = order(world, occurred_at=world.now)
    fix = held.Corrected(entry=stay, field_name="reference", value=json.dumps("T 9-26"), reasons="a slip of the pen")
    world.log.append(dataclasses.replace(world.log[-1], id="fix", body=fix))
    (found,) = world.context(world.case(case)).orders
    assert (found.id, found.reference) == (stay, "T 9-26")


def under_a_class_order(world: World, condition: str, *, nationality: str) -> tuple[str, str]:
    """The case of somebody under an order for a class, and the entry of their nationality."""
    case = walk.propose(world)
    order(world, class_described=None, class_condition=condition)
    fact = walk.state_fact(world, case, "nationalities", nationality, "passport")
    return case, fact


def test_a_fact_verified_after_the_departure_undoes_no_breach() -> None:
    world = World()
    case, fact = under_a_class_order(world, SOMALI, nationality="NOR")
    world.take("report_departure", LEFT, ESCORT, case)
    world.wait(HOUR)
    world.take("verify_fact", p.FactVerified(fact=fact, how="compared with the original"), DECIDER, case)
    assert reported(breaches(world, case)) == ["entry.departed"]


def test_a_fact_corrected_after_the_departure_undoes_no_breach() -> None:
    world = World()
    case, fact = under_a_class_order(world, SOMALI, nationality="SOM")
    verified = p.FactVerified(fact=fact, how="compared with the original")
    world.take("verify_fact", verified, DECIDER, case)
    world.wait(HOUR)
    world.take("report_departure", LEFT, ESCORT, case)
    world.wait(HOUR)
    fix = held.Corrected(entry=fact, field_name="value", value=json.dumps("NOR"), reasons="a slip of the pen")
    world.take("correct", fix, OFFICER, case)
    world.take("verify_fact", verified, DECIDER, case)
    assert reported(breaches(world, case)) == ["entry.departed"]


def test_a_fact_verified_before_the_departure_shows_that_there_was_no_breach() -> None:
    world = World()
    case, fact = under_a_class_order(world, SOMALI, nationality="NOR")
    world.take("verify_fact", p.FactVerified(fact=fact, how="compared with the original"), DECIDER, case)
    world.wait(HOUR)
    world.take("report_departure", LEFT, ESCORT, case)
    assert breaches(world, case) == []


def test_a_court_opens_every_case_that_its_own_order_for_everybody_covers() -> None:
    world = World()
    case = walk.propose(world)
    elsewhere = dataclasses.replace(COURT, party="other-court")
    assert not may_open(COURT, world.case(case), world.context().orders)
    order(world)
    orders = world.context().orders
    assert [may_open(each, world.case(case), orders) for each in (COURT, elsewhere, REVIEWER)] == [True, False, False]


def test_an_order_for_a_class_with_a_condition_opens_no_case_by_itself() -> None:
    world = World()
    case = walk.propose(world)
    order(world, class_condition=SOMALI)
    assert not may_open(COURT, world.case(case), world.context().orders)
