"""Where a case stands, what it waits for and who owes that."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from habeas.core.entries import Role, specs
from habeas.core.entries import custody as held
from habeas.core.entries import procedure as p
from habeas.core.entries.claims import Remedy
from habeas.core.entries.institutions import Given, StayOrderIssued, StayOrderLifted
from habeas.core.findings import findings
from habeas.core.procedure import TO_DEPART, TO_ENTER, Stage, Step, counts_from, missing_steps, place_kept, stage
from habeas.core.waiting import Waiting, due, waiting

from . import walk
from .facts import LAWFUL
from .world import BOOKING, COURT, DAY, DECIDER, ESCORT, HOUR, OFFICER, PERIODS, RECEIVER, RECEIVING, SENDING, World

Way = Callable[[World], str]


def proposed(world: World) -> str:
    return walk.propose(world)


def screened(world: World) -> str:
    """As after a screening whose act was another's: only the system's own entry is there."""
    case = walk.propose(world)
    walk.notice(world, case)
    world.log.pop()
    return case


def noticed(world: World) -> str:
    case = walk.propose(world)
    walk.notice(world, case)
    return case


def objected(world: World) -> str:
    case = noticed(world)
    body = p.ObjectionRaised(raised_by=p.Voice.PERSON, grounds="my children visit me here")
    world.take("raise_objection", body, OFFICER, case)
    return case


def time_over(world: World) -> str:
    case = noticed(world)
    world.wait(PERIODS.objection)
    return case


def reviewed(world: World) -> str:
    case = noticed(world)
    walk.object_and_review(world, case, p.Upheld.REJECTED)
    return case


def objected_before_notice(world: World) -> str:
    case = walk.propose(world)
    walk.object_and_review(world, case, p.Upheld.REJECTED)
    walk.notice(world, case)
    return case


def known(world: World) -> str:
    case = walk.propose(world)
    walk.title(world, case, "SWE", by=OFFICER)
    walk.state_facts(world, case)
    return case


def decided_against(world: World) -> str:
    case = time_over(world)
    world.take("decide", walk.decision(p.Outcome.NO_TRANSFER), DECIDER, case)
    return case


def decided(world: World) -> str:
    case = walk.propose(world)
    walk.title(world, case, "SWE", by=OFFICER)
    walk.state_facts(world, case)
    walk.notice(world, case)
    world.wait(PERIODS.objection)
    world.take("decide", walk.decision(), DECIDER, case)
    return case


def served(world: World) -> str:
    case = decided(world)
    world.take("serve_decision", p.DecisionServed(language="nb", served_by="Invented officer"), OFFICER, case)
    return case


def contest_over(world: World) -> str:
    case = served(world)
    world.wait(PERIODS.contest)
    return case


def upheld(world: World) -> str:
    case = contest_over(world)
    walk.object_and_review(world, case, p.Upheld.UPHELD)
    return case


def declined(world: World) -> str:
    case = contest_over(world)
    world.take("decline_transfer", p.TransferDeclined(reasons="no place"), RECEIVER, case)
    return case


def accepted(world: World) -> str:
    case = contest_over(world)
    world.take("accept_transfer", p.TransferAccepted(), RECEIVER, case)
    walk.title(world, case, "EST", by=RECEIVER)
    return case


def listed(world: World) -> str:
    case = accepted(world)
    body = held.Manifested(manifest="M", departs_at=world.now, departs_from="Kumla", escort="Invented escort")
    world.take("put_on_manifest", body, OFFICER, case)
    return case


def permitted(world: World) -> str:
    case = listed(world)
    world.take("permit_departure", held.DeparturePermitted(fit_to_travel="fit"), OFFICER, case)
    return case


def listed_anew(world: World) -> str:
    """The permission was for another journey."""
    case = permitted(world)
    old = world.case(case).all(held.Manifested)[0].id
    world.take("take_off_manifest", held.TakenOffManifest(manifested=old, reasons="fog"), OFFICER, case)
    body = held.Manifested(manifest="M-2", departs_at=world.now, departs_from="Kumla", escort="Invented escort")
    world.take("put_on_manifest", body, OFFICER, case)
    return case


def taken_off(world: World) -> str:
    case = permitted(world)
    old = world.case(case).all(held.Manifested)[0].id
    world.take("take_off_manifest", held.TakenOffManifest(manifested=old, reasons="fog"), OFFICER, case)
    return case


def in_transit(world: World) -> str:
    case = contest_over(world)
    walk.departed(world, case)
    return case


def offered(world: World) -> str:
    case = in_transit(world)
    walk.offer(world, case)
    return case


def signed_in_flight(world: World) -> str:
    case = offered(world)
    world.take("accept_handover", held.HandoverAccepted(offer=world.log[-1].id), BOOKING, case)
    return case


def signed_at_the_gate(world: World) -> str:
    """Handed over in the sending state: nobody has reported the departure yet."""
    case = permitted(world)
    offered = walk.offer(world, case, by=OFFICER)
    world.take("accept_handover", held.HandoverAccepted(offer=offered), BOOKING, case)
    return case


def arrived(world: World) -> str:
    case = in_transit(world)
    world.take("report_arrival", held.Arrived(facility="tartu"), ESCORT, case)
    return case


def arrived_and_offered(world: World) -> str:
    case = arrived(world)
    walk.offer(world, case)
    return case


def refused(world: World) -> str:
    case = arrived_and_offered(world)
    body = held.HandoverRefused(offer=world.log[-1].id, reasons="no interpreter")
    world.take("refuse_handover", body, BOOKING, case)
    return case


def signed_not_booked_in(world: World) -> str:
    case = arrived_and_offered(world)
    world.take("accept_handover", held.HandoverAccepted(offer=world.log[-1].id), BOOKING, case)
    return case


def unannounced(world: World) -> str:
    unknown = {each.name: walk.NOT_KNOWN for each in specs(held.ArrivedUnannounced) if each.unstated}
    body = held.ArrivedUnannounced(agreement="se-ee-2025", facility="tartu", **unknown)  # type: ignore[arg-type]
    world.take("report_unannounced_arrival", body, BOOKING)
    return world.log[-1].stream


def inside(world: World) -> str:
    return walk.held_case(world)


def return_due(world: World) -> str:
    case = walk.held_case(world)
    body = held.ReturnDue(due_at=world.now + DAY, because="the sentence ends", ordered_by="Invented officer")
    world.take("set_return_due", body, OFFICER, case)
    return case


def release_due(world: World) -> str:
    case = inside(world)
    walk.claim_upheld(world, case, Remedy.RELEASE)
    return case


def return_offered(world: World) -> str:
    case = return_due(world)
    body = held.HandoverOffered(to_party=SENDING, place="gate", fitness="fit")
    world.take("offer_handover", body, RECEIVER, case)
    return case


def on_the_way_back(world: World) -> str:
    case = return_offered(world)
    world.take("accept_handover", held.HandoverAccepted(offer=world.log[-1].id), OFFICER, case)
    return case


def left_before_anybody_signed(world: World) -> str:
    case = return_due(world)
    body = held.Departed(departed_from="Tartu", destination="Kumla", means="aircraft", outward=False)
    world.take("report_departure", body, BOOKING, case)
    return case


def escaped(world: World) -> str:
    case = walk.held_case(world)
    world.take("report_escape", held.Escaped(circumstances=walk.NOT_KNOWN), BOOKING, case)
    return case


def released(world: World) -> str:
    case = walk.held_case(world)
    free = held.Released(place="gate", handed_to=walk.NOT_KNOWN, papers=walk.NOT_KNOWN)
    world.take("report_release", free, BOOKING, case)
    return case


def returned(world: World) -> str:
    case = walk.held_case(world)
    walk.returned(world, case)
    return case


SENDER, DECIDES, ESCORTS = Role.SENDING_OFFICER, Role.SENDING_DECIDER, Role.ESCORT
RECEIVES, BOOKS = Role.RECEIVING_OFFICER, Role.BOOKING_OFFICER
STAGES: list[tuple[Way, Stage, list[tuple[str, Role]]]] = [
    (proposed, Stage.PROPOSED, [("record_fact", SENDER), ("serve_notice", SENDER)]),
    (known, Stage.PROPOSED, [("serve_notice", SENDER)]),
    (screened, Stage.SCREENED, [("serve_notice", SENDER)]),
    (noticed, Stage.NOTICE_SERVED, []),
    (objected, Stage.OBJECTION_OPEN, [("review_objection", Role.REVIEWER)]),
    (objected_before_notice, Stage.NOTICE_SERVED, []),
    (time_over, Stage.READY_TO_DECIDE, [("decide", DECIDES)]),
    (reviewed, Stage.READY_TO_DECIDE, [("decide", DECIDES)]),
    (decided_against, Stage.DECIDED_AGAINST, [("withdraw_proposal", SENDER)]),
    (upheld, Stage.DECIDED_AGAINST, [("withdraw_proposal", SENDER)]),
    (decided, Stage.DECIDED, [("serve_decision", SENDER)]),
    (served, Stage.CONTEST_PERIOD, []),
    (contest_over, Stage.READY_TO_ACCEPT, [("accept_transfer", RECEIVES)]),
    (declined, Stage.DECLINED, [("withdraw_proposal", SENDER)]),
    (accepted, Stage.ACCEPTED, [("put_on_manifest", SENDER)]),
    (listed, Stage.ON_MANIFEST, [("permit_departure", SENDER)]),
    (listed_anew, Stage.ON_MANIFEST, [("permit_departure", SENDER)]),
    (taken_off, Stage.ACCEPTED, [("put_on_manifest", SENDER)]),
    (permitted, Stage.DEPARTURE_PERMITTED, [("offer_handover", SENDER), ("report_departure", ESCORTS)]),
    (in_transit, Stage.IN_TRANSIT, [("offer_handover", ESCORTS)]),
    (offered, Stage.OFFERED, [("accept_handover", BOOKS)]),
    (signed_in_flight, Stage.IN_TRANSIT, [("report_arrival", ESCORTS)]),
    (signed_at_the_gate, Stage.IN_TRANSIT, [("report_arrival", ESCORTS)]),
    (arrived, Stage.HELD, [("admit", BOOKS)]),
    (arrived_and_offered, Stage.OFFERED, [("accept_handover", BOOKS)]),
    (refused, Stage.REFUSED_AT_DOOR, [("report_return", SENDER)]),
    (signed_not_booked_in, Stage.HELD, [("admit", BOOKS)]),
    (unannounced, Stage.HELD, [("admit", BOOKS)]),
    (inside, Stage.HELD, []),
    (return_due, Stage.RETURN_DUE, [("offer_handover", RECEIVES)]),
    (release_due, Stage.RELEASE_DUE, [("report_release", RECEIVES)]),
    (return_offered, Stage.RETURN_OFFERED, [("accept_handover", SENDER)]),
    (on_the_way_back, Stage.RETURNING, [("report_return", SENDER)]),
    (left_before_anybody_signed, Stage.RETURNING, [("report_return", SENDER)]),
    (escaped, Stage.AT_LARGE, []),
    (released, Stage.ENDED, [("confirm_end", Role.MONITOR)]),
    (returned, Stage.ENDED, []),
]
PARTY = {
    SENDER: SENDING,
    DECIDES: SENDING,
    ESCORTS: SENDING,
    RECEIVES: RECEIVING,
    BOOKS: RECEIVING,
    Role.REVIEWER: "",
    Role.MONITOR: "",
}


@pytest.mark.parametrize(("way", "reached", "owed"), STAGES, ids=lambda each: getattr(each, "__name__", ""))
def test_each_way_leads_to_its_stage_and_names_who_owes_what(
    way: Way, reached: Stage, owed: list[tuple[str, Role]]
) -> None:
    world = World()
    case = way(world)
    assert stage(world.case(case), world.now, PERIODS) is reached
    assert waiting(world.case(case), world.context(), world.now) == tuple(
        Waiting(act=act, role=role, party=PARTY[role]) for act, role in owed
    )


def test_a_fact_is_waited_for_until_it_is_recorded_not_until_it_is_verified() -> None:
    world = World()
    case = walk.propose(world)
    walk.state_facts(world, case, {name: each for name, each in LAWFUL.items() if name != "sentence_final"})

    def owed() -> list[str]:
        return [each.act for each in waiting(world.case(case), world.context(), world.now)]

    assert owed() == ["record_fact", "serve_notice"]
    walk.state_fact(world, case, "sentence_final", "true", "judgment")
    assert owed() == ["serve_notice"]


def test_what_a_stay_order_bars_is_nobodys_work_until_it_is_lifted() -> None:
    world = World()
    case = contest_over(world)

    def owed() -> tuple[str, ...]:
        return due(world.case(case), world.context(world.case(case)), RECEIVER, world.now)

    assert owed() == ("accept_transfer",)
    body = StayOrderIssued(
        court="Invented court", reference="T 1-26", given=Given.ORAL, cases=(case,), must_be_done="Keep him."
    )
    order = world.take("issue_stay_order", body, COURT)
    assert owed() == ()
    assert [each.act for each in waiting(world.case(case), world.context(), world.now)] == ["accept_transfer"]
    world.take("lift_stay_order", StayOrderLifted(order=order, reasons="An invented ruling"), COURT)
    assert owed() == ("accept_transfer",)


def test_every_stage_is_reached() -> None:
    assert {reached for _, reached, _ in STAGES} == set(Stage)


@pytest.mark.parametrize(
    ("way", "steps"),
    [
        (proposed, ["proposal"]),
        (noticed, ["proposal", "notice"]),
        (decided, ["proposal", "notice", "decision"]),
        (served, ["proposal", "notice", "decision", "decision_served"]),
        (contest_over, ["proposal", "notice", "decision", "decision_served", "contest_period"]),
        (upheld, ["proposal", "notice"]),
        (declined, ["proposal", "notice", "decision", "decision_served", "contest_period"]),
        (taken_off, ["proposal", "notice", "decision", "decision_served", "contest_period", "acceptance"]),
        (permitted, [each.value for each in TO_DEPART]),
        (arrived_and_offered, [each.value for each in TO_ENTER[:-1]]),
        (signed_not_booked_in, [each.value for each in TO_ENTER]),
        (unannounced, []),
    ],
    ids=lambda each: getattr(each, "__name__", ""),
)
def test_a_step_is_missing_until_it_is_done(way: Way, steps: list[str]) -> None:
    world = World()
    case = world.case(way(world))
    missing = missing_steps(case, TO_ENTER, world.now, PERIODS)
    assert [each.value for each in TO_ENTER if each not in missing] == steps


@pytest.mark.parametrize("way", [listed, permitted, listed_anew, in_transit, offered, signed_in_flight])
def test_a_place_is_kept_from_the_manifest_until_the_person_is_there(way: Way) -> None:
    world = World()
    assert place_kept(world.case(way(world))) == "tartu"


@pytest.mark.parametrize("way", [accepted, taken_off, arrived, refused, inside, escaped, released, returned])
def test_no_place_is_kept_for_somebody_who_is_not_awaited(way: Way) -> None:
    world = World()
    assert place_kept(world.case(way(world))) is None


def test_no_permission_is_dated_back_to_cover_what_was_already_done() -> None:
    world = World()
    case = contest_over(world)
    left_at = world.now
    world.wait(HOUR)
    body = p.TransferAccepted()
    world.take("accept_transfer", body, RECEIVER, case, occurred_at=left_at - HOUR)
    assert counts_from(world.case(case), Step.ACCEPTANCE, PERIODS) == world.now
    journey = held.Departed(departed_from="Kumla", destination="Tartu", means="aircraft", outward=True)
    world.take("report_departure", journey, ESCORT, case, occurred_at=left_at)
    missing = [
        each.message.parameters["which"]
        for each in findings(world.case(case), world.context(), world.now)
        if each.rule == "step_missing"
    ]
    assert missing == ["step.acceptance", "step.departure_permitted", "step.manifest"]
