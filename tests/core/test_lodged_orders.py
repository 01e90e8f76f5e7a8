"""Orders that somebody other than a court lodged: who may lodge, confirm and reject, and what they bar meanwhile."""

from __future__ import annotations

import dataclasses

import pytest

from habeas.core.clocks import clocks
from habeas.core.commands import Refusal
from habeas.core.compliance import acknowledged, concerns, met_at, seen_by
from habeas.core.entries import Actor, Body, Role, specs
from habeas.core.entries import custody as held
from habeas.core.entries import institutions as i
from habeas.core.entries import orders as o
from habeas.core.entries import procedure as p
from habeas.core.entries.fields import spec_of
from habeas.core.findings import findings
from habeas.core.orders import OrderStanding, StayOrder, stay_orders
from habeas.core.visibility import may_open, sees_author, show_of_order

from . import walk
from .test_orders import LEFT, NEVER_BARRED, ready_to_accept
from .world import (
    BENCH,
    BOOKING,
    COURT,
    DAY,
    DECIDER,
    ESCORT,
    HOUR,
    MONITOR,
    OFFICER,
    RECEIVER,
    RECEIVING,
    REVIEWER,
    SENDING,
    World,
    actor,
)

COUNSEL = actor(Role.COUNSEL, BENCH)
NO_ACCOUNT = actor(Role.SYSTEM, "log")
EVERYBODY = (OFFICER, DECIDER, ESCORT, RECEIVER, BOOKING, REVIEWER, COURT, COUNSEL, MONITOR, NO_ACCOUNT)
WHY = "The registry of the court has no such order."


def lodged(world: World, *, by: Actor = COUNSEL, **changes: object) -> str:
    """An order lodged now; by default a stay for everybody."""
    values = {
        "court": "Invented court",
        "reference": "T 1-26",
        "given": i.Given.ORAL,
        "sort": i.OrderSort.STAY,
        "class_described": "everybody whom the agreement covers",
        "must_be_done": "Turn the aircraft back.",
    }
    return world.take("lodge_order", o.OrderLodged(**{**values, **changes}), by)  # type: ignore[arg-type]


def order_of(world: World) -> StayOrder:
    (found,) = world.context().orders
    return found


def reasons(world: World, act: str, body: Body, by: Actor, case: str | None = None) -> list[str]:
    """The codes of the reasons against an act; none when it was done."""
    answer = world.do(act, body, by, case)
    return [each.code for each in answer.reasons] if isinstance(answer, Refusal) else []


def found(world: World, case: str, rule: str) -> list[str]:
    """The sentences of the findings of one rule."""
    return [each.message.code for each in findings(world.case(case), world.context(), world.now) if each.rule == rule]


def duties(world: World, case: str) -> list[str]:
    running = clocks(world.case(case), world.context(), world.now)
    return [each.duty.code for each in running if "order" in each.duty.code]


def say_read(order: str) -> o.OrderAcknowledged:
    return o.OrderAcknowledged(order=order)


def step(order: str) -> o.ComplianceStepReported:
    return o.ComplianceStepReported(order=order, done="the pilot was told to turn back", done_by="Invented tower")


@pytest.mark.parametrize(
    ("act", "allowed"),
    [
        ("lodge_order", {Role.COUNSEL, Role.MONITOR, Role.REVIEWER, Role.SYSTEM}),
        ("confirm_order", {Role.COURT}),
        ("reject_order", {Role.COURT, Role.REVIEWER}),
        ("link_order", {Role.COURT, Role.REVIEWER}),
    ],
)
@pytest.mark.parametrize("by", EVERYBODY, ids=lambda each: each.role.value)
def test_who_may_lodge_confirm_reject_and_link(act: str, allowed: set[Role], by: Actor) -> None:
    world = World()
    order = lodged(world, people=("Anna Fiktiv",))
    bodies: dict[str, Body] = {
        "lodge_order": dataclasses.replace(o_of(world), reference="T 2-26"),
        "confirm_order": o.OrderConfirmed(order=order, reference="T 1-26"),
        "reject_order": o.OrderRejected(order=order, reasons=WHY),
        "link_order": o.OrderLinked(order=order, reasons="No such person is on record."),
    }
    assert reasons(world, act, bodies[act], by) == ([] if by.role in allowed else ["permission.role"])


def o_of(world: World) -> o.OrderLodged:
    body = world.log[0].body
    assert isinstance(body, o.OrderLodged)
    return body


@pytest.mark.parametrize("party", [SENDING, RECEIVING, "unregistered"])
@pytest.mark.parametrize("role", [Role.COURT, Role.REVIEWER])
def test_no_party_of_either_state_answers_whatever_role_it_claims(role: Role, party: str) -> None:
    world = World()
    order, claims = lodged(world), actor(role, party)
    reject = o.OrderRejected(order=order, reasons=WHY)
    assert reasons(world, "reject_order", reject, claims) == ["policy.neither_executive"]
    if role is Role.COURT:
        confirm = o.OrderConfirmed(order=order, reference="T 1-26")
        assert reasons(world, "confirm_order", confirm, claims) == ["policy.neither_executive"]
    assert order_of(world).standing is OrderStanding.LODGED


def test_a_lodged_order_stops_the_next_permission_until_somebody_outside_both_executives_rejects_it() -> None:
    world = World()
    case = ready_to_accept(world)
    order = lodged(world)
    assert reasons(world, "accept_transfer", p.TransferAccepted(), RECEIVER, case) == [
        "policy.lodged_order",
        "policy.barred",
    ]
    world.wait(HOUR)
    world.take("reject_order", o.OrderRejected(order=order, reasons=WHY), REVIEWER)
    assert order_of(world).standing is OrderStanding.REJECTED
    assert reasons(world, "accept_transfer", p.TransferAccepted(), RECEIVER, case) == []


@pytest.mark.parametrize(
    ("act", "body", "by"),
    [
        ("decide", walk.decision(), DECIDER),
        (
            "put_on_manifest",
            held.Manifested(manifest="M", departs_at=World().now, departs_from="Kumla", escort="Invented"),
            OFFICER,
        ),
        ("permit_departure", held.DeparturePermitted(fit_to_travel="fit"), OFFICER),
        ("offer_handover", held.HandoverOffered(to_party=RECEIVING, place="gate", fitness="fit"), OFFICER),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_a_lodged_order_bars_each_outward_step(act: str, body: Body, by: Actor) -> None:
    world = World()
    case = ready_to_accept(world)
    assert "policy.lodged_order" not in reasons(world, act, body, by, case)
    lodged(world)
    assert "policy.lodged_order" in reasons(world, act, body, by, case)


def test_a_lodged_order_bars_the_acceptance_of_a_handover_in_flight_and_not_its_refusal() -> None:
    world = World()
    case = ready_to_accept(world)
    walk.departed(world, case)
    offered = walk.offer(world, case)
    lodged(world)
    world.wait(HOUR)
    accept = held.HandoverAccepted(offer=offered)
    assert "policy.lodged_order" in reasons(world, "accept_handover", accept, BOOKING, case)
    world.take("refuse_handover", held.HandoverRefused(offer=offered, reasons="a court forbids it"), BOOKING, case)


@NEVER_BARRED
def test_a_lodged_order_never_bars_a_release_an_admission_or_a_report(act: str, body: Body) -> None:
    world = World()
    case = ready_to_accept(world)
    walk.departed(world, case)
    lodged(world)
    world.take(act, body, BOOKING, case)


def test_a_lodged_order_never_bars_the_way_home() -> None:
    world = World()
    case = walk.held_case(world)
    lodged(world)
    world.wait(DAY)
    walk.returned(world, case)


def test_a_confirmed_order_is_the_courts_which_alone_lifts_it() -> None:
    world = World()
    case = ready_to_accept(world)
    order = lodged(world)
    lift = i.StayOrderLifted(order=order, reasons="heard")
    assert reasons(world, "lift_stay_order", lift, COURT) == ["policy.not_your_order"]
    world.take("confirm_order", o.OrderConfirmed(order=order, reference="T 1-26 (confirmed)"), COURT)
    assert (order_of(world).party, order_of(world).reference) == (COURT.party, "T 1-26 (confirmed)")
    assert "policy.stay_order" in reasons(world, "accept_transfer", p.TransferAccepted(), RECEIVER, case)
    other_court = actor(Role.COURT, BENCH)
    assert reasons(world, "lift_stay_order", lift, other_court) == ["policy.not_your_order"]
    world.take("lift_stay_order", lift, COURT)
    assert order_of(world).standing is OrderStanding.LIFTED
    assert reasons(world, "accept_transfer", p.TransferAccepted(), RECEIVER, case) == []


def test_an_order_is_answered_once_and_never_one_of_a_court() -> None:
    world = World()
    order = lodged(world)
    world.take("confirm_order", o.OrderConfirmed(order=order, reference="T 1-26"), COURT)
    reject = o.OrderRejected(order=order, reasons=WHY)
    assert reasons(world, "reject_order", reject, REVIEWER) == ["policy.order_answered"]
    missing = dataclasses.replace(reject, order="entry-999")
    assert reasons(world, "reject_order", missing, REVIEWER) == ["policy.order_answered"]


def test_a_rejection_gives_reasons() -> None:
    world = World()
    order = lodged(world)
    body = o.OrderRejected(order=order, reasons="no")
    assert reasons(world, "reject_order", body, REVIEWER) == ["policy.reasons_too_short"]


def test_a_lodged_order_says_whom_it_is_for() -> None:
    world = World()
    lodged(world)
    for_nobody = dataclasses.replace(o_of(world), class_described=None)
    assert reasons(world, "lodge_order", for_nobody, COUNSEL) == ["policy.order_for_nobody"]
    assert reasons(world, "lodge_order", dataclasses.replace(for_nobody, people=("Anna Fiktiv",)), COUNSEL) == []


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (None, "finding.stay_breached_lodged"),
        ("reject_order", "finding.stay_breached_rejected"),
        ("confirm_order", "finding.stay_breached"),
    ],
)
def test_a_breach_says_whether_a_court_stands_behind_the_order_and_nothing_heals_it(
    answer: str | None, sentence: str
) -> None:
    world = World()
    case = ready_to_accept(world)
    order = lodged(world)
    world.wait(HOUR)
    world.take("report_departure", LEFT, ESCORT, case)
    world.wait(HOUR)
    bodies: dict[str, Body] = {
        "reject_order": o.OrderRejected(order=order, reasons=WHY),
        "confirm_order": o.OrderConfirmed(order=order, reference="T 1-26"),
    }
    if answer:
        world.take(answer, bodies[answer], COURT, occurred_at=world.now - 2 * HOUR)
    assert found(world, case, "stay_breached") == [sentence]


def test_a_rejection_recorded_late_counts_from_its_record() -> None:
    world = World()
    order = lodged(world)
    world.wait(2 * HOUR)
    body = o.OrderRejected(order=order, reasons=WHY)
    world.take("reject_order", body, REVIEWER, occurred_at=world.now - HOUR)
    assert order_of(world).ended_at == world.now


def test_only_a_stay_bars_and_another_sort_is_a_duty_until_it_is_met() -> None:
    world = World()
    case = walk.held_case(world)
    world.wait(HOUR)
    order = lodged(world, sort=i.OrderSort.RETURN, class_described=None, cases=(case,))
    other = ready_to_accept(world)
    assert reasons(world, "accept_transfer", p.TransferAccepted(), RECEIVER, other) == []
    assert duties(world, case) == ["clock.comply_with_lodged_order", "clock.read_order"]
    assert found(world, case, "order_unmet") == ["finding.order_unmet_lodged"]
    world.take("confirm_order", o.OrderConfirmed(order=order, reference="T 1-26"), COURT)
    world.take("acknowledge_order", say_read(order), OFFICER, case)
    assert duties(world, case) == ["clock.comply_with_order"]
    assert found(world, case, "order_unmet") == ["finding.order_unmet"]
    world.wait(HOUR)
    walk.returned(world, case)
    assert duties(world, case) == []
    assert found(world, case, "order_unmet") == []
    assert met_at(order_of(world), world.case(case)) == world.now


def test_a_day_that_an_order_named_and_that_passed_stays_passed() -> None:
    world = World()
    case = walk.held_case(world)
    due_at = world.now + DAY
    order = lodged(world, sort=i.OrderSort.RETURN, class_described=None, cases=(case,), due_at=due_at)
    assert found(world, case, "order_unmet") == []
    world.now = due_at
    assert found(world, case, "order_unmet") == ["finding.order_unmet_lodged"]
    world.wait(HOUR)
    walk.returned(world, case)
    world.take("reject_order", o.OrderRejected(order=order, reasons=WHY), REVIEWER)
    assert found(world, case, "order_unmet") == ["finding.order_unmet_rejected"]


def test_an_order_met_in_time_and_one_for_somebody_who_never_left_lead_to_no_finding() -> None:
    world = World()
    back, home = walk.held_case(world), walk.propose(world)
    lodged(world, sort=i.OrderSort.RETURN, due_at=world.now + DAY)
    walk.returned(world, back)
    world.wait(2 * DAY)
    assert found(world, back, "order_unmet") == []
    assert found(world, home, "order_unmet") == []
    assert duties(world, home) == ["clock.read_order"]


@pytest.mark.parametrize(
    ("sort", "act", "body"),
    [
        (
            i.OrderSort.RELEASE,
            "report_release",
            held.Released(place="gate", handed_to=walk.NOT_KNOWN, papers=walk.NOT_KNOWN),
        ),
        (i.OrderSort.PRODUCE, "begin_absence", held.AbsenceBegan(absence=held.Absence.COURT, where="Invented court")),
        (i.OrderSort.OTHER, "report_compliance_step", None),
    ],
)
def test_each_sort_is_met_by_what_it_asks_for(sort: i.OrderSort, act: str, body: Body | None) -> None:
    world = World()
    case = walk.held_case(world)
    world.wait(HOUR)
    order = lodged(world, sort=sort, class_described=None, cases=(case,))
    in_hospital = held.AbsenceBegan(absence=held.Absence.HOSPITAL, where="Invented hospital")
    world.take("begin_absence", in_hospital, BOOKING, case)
    assert met_at(order_of(world), world.case(case)) is None
    world.take(act, body or step(order), BOOKING, case)
    assert met_at(order_of(world), world.case(case)) == world.now


def test_nobody_returns_the_dead() -> None:
    world = World()
    case = walk.held_case(world)
    lodged(world, sort=i.OrderSort.RETURN)
    assert found(world, case, "order_unmet") == ["finding.order_unmet_lodged"]
    world.wait(HOUR)
    died = held.Died(**{each.name: walk.NOT_KNOWN for each in specs(held.Died) if each.unstated})
    world.take("report_death", died, BOOKING, case)
    assert found(world, case, "order_unmet") == []


def test_the_sending_state_owes_that_it_read_the_order_and_the_receiving_states_word_is_not_enough() -> None:
    world = World()
    case = walk.held_case(world)
    order = lodged(world)
    (clock,) = [
        each for each in clocks(world.case(case), world.context(), world.now) if each.duty.code == "clock.read_order"
    ]
    assert (clock.owner, clock.due_at) == (SENDING, world.now + HOUR)
    world.take("acknowledge_order", say_read(order), BOOKING, case)
    assert not acknowledged(order_of(world), world.case(case))
    assert "clock.read_order" in duties(world, case)
    world.take("acknowledge_order", say_read(order), ESCORT, case)
    world.take("acknowledge_order", say_read(order), ESCORT, case)
    assert acknowledged(order_of(world), world.case(case))
    assert "clock.read_order" not in duties(world, case)
    readers = [each.actor.account for each in seen_by(order_of(world), world.case(case))]
    assert readers == [BOOKING.account, ESCORT.account]


def test_a_state_reads_and_complies_with_no_order_that_is_not_about_the_person() -> None:
    world = World()
    case, other = walk.held_case(world), walk.held_case(world)
    order = lodged(world, class_described=None, cases=(case,))
    world.take("acknowledge_order", say_read(order), OFFICER, case)
    world.take("report_compliance_step", step(order), OFFICER, case)
    assert reasons(world, "acknowledge_order", say_read(order), OFFICER, other) == ["policy.order_not_of_case"]
    assert reasons(world, "report_compliance_step", step("entry-999"), OFFICER, case) == ["policy.order_not_of_case"]


def test_a_name_alike_is_covered_until_a_bench_says_whose_it_is() -> None:
    world = World()
    meant, alike = ready_to_accept(world), ready_to_accept(world)
    order = lodged(world, class_described=None, people=("Anna Fiktiv",))
    by_name = dataclasses.replace(order_of(world), alike=(meant, alike))
    context, now = dataclasses.replace(world.context(), orders=(by_name,)), world.now
    assert [concerns(by_name, world.case(each), context) for each in (meant, alike)] == [True, True]
    assert may_open(REVIEWER, world.case(alike), (by_name,))
    world.wait(HOUR)
    world.take("link_order", o.OrderLinked(order=order, cases=(meant,), reasons="The date of birth is hers."), REVIEWER)
    linked = dataclasses.replace(order_of(world), alike=(meant, alike))
    assert [linked.names(each, world.now) for each in (meant, alike)] == [True, False]
    assert [linked.names(each, now) for each in (meant, alike)] == [True, True]
    assert not may_open(REVIEWER, world.case(alike), (linked,))
    for_class = lodged(world)
    nobody = o.OrderLinked(order=for_class, reasons="Nobody of that name is on record.")
    assert reasons(world, "link_order", nobody, REVIEWER) == ["policy.order_names_nobody"]


def test_an_order_concerns_nobody_whose_case_was_over_before_it_or_began_after_it() -> None:
    world = World()
    over = walk.held_case(world)
    walk.returned(world, over)
    world.wait(HOUR)
    order = lodged(world)
    during = walk.propose(world)
    world.wait(HOUR)
    world.take("reject_order", o.OrderRejected(order=order, reasons=WHY), REVIEWER)
    after = walk.propose(world)
    concerned = [concerns(order_of(world), world.case(each), world.context()) for each in (over, during, after)]
    assert concerned == [False, True, False]


def test_what_a_state_says_of_an_order_changes_nothing_of_it() -> None:
    world = World()
    case = walk.held_case(world)
    order = lodged(world)
    before = stay_orders(world.log)
    world.take("acknowledge_order", say_read(order), OFFICER, case)
    world.take("report_compliance_step", step(order), OFFICER, case)
    assert stay_orders(world.log) == before == (order_of(world),)


def test_whoever_was_transferred_on_can_still_be_brought_back_and_an_order_still_runs() -> None:
    world = World()
    case = walk.held_case(world)
    lodged(world, sort=i.OrderSort.RETURN)
    world.wait(HOUR)
    on = held.TransferredOn(**{each.name: walk.NOT_KNOWN for each in specs(held.TransferredOn) if each.unstated})
    world.take("report_transfer_on", on, BOOKING, case)
    assert found(world, case, "order_unmet") == ["finding.order_unmet_lodged"]
    assert "clock.comply_with_lodged_order" in duties(world, case)


@pytest.mark.parametrize(
    ("by", "sees_names", "sees_who_lodged"),
    [
        (OFFICER, False, False),
        (DECIDER, False, False),
        (ESCORT, False, False),
        (RECEIVER, False, False),
        (BOOKING, False, False),
        (actor(Role.COUNSEL, BENCH, "2"), False, True),
        (COUNSEL, True, True),
        (REVIEWER, True, True),
        (COURT, True, True),
        (MONITOR, True, True),
    ],
    ids=lambda each: each.account if isinstance(each, Actor) else "",
)
def test_who_sees_the_names_in_an_order_and_who_lodged_it(by: Actor, sees_names: bool, sees_who_lodged: bool) -> None:
    world = World()
    lodged(world, people=("Anna Fiktiv",), cases=("case-1",))
    entry = world.log[0]
    assert show_of_order(by, entry, spec_of(o.OrderLodged, "people")) is sees_names
    assert show_of_order(by, entry, spec_of(o.OrderLodged, "must_be_done"))
    assert sees_author(by, entry) is sees_who_lodged
    assert dataclasses.replace(order_of(world), alike=("case-1", "case-2")).known_cases == ("case-1", "case-2")
