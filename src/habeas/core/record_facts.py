"""The facts of a live case that its record shows by itself, beside what people stated."""

import dataclasses
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

from habeas.core.case import Case, Of
from habeas.core.case_facts import covers, stated_alone
from habeas.core.claims import counsel_of, open_claims, remedies, unlawful_spans
from habeas.core.compliance import duty_due_at, met_at, runs_for
from habeas.core.context import Context
from habeas.core.custody import custody, departures, effective_acceptances, end, on_roll, stay_began_at, stints
from habeas.core.days import day_of
from habeas.core.duties import stated
from habeas.core.entries import Unstated, procedure
from habeas.core.entries import custody as held
from habeas.core.entries.asking import ConsularWishStated, ConsulTold
from habeas.core.entries.orders import ComplianceStepReported
from habeas.core.facts import CaseFacts, recorded
from habeas.core.procedure import (
    acceptance,
    contest_ends_at,
    manifested,
    objection_ends_at,
    objections,
    open_objections,
    transfer_decision,
)
from habeas.core.rules import Value
from habeas.core.titles import title_ends_at, titles_in_force

CM2 = Decimal(10_000)  # square centimetres in a square metre
Shown = Iterator[tuple[str, Value | None, str]]


def case_facts(case: Case, context: Context, at: datetime) -> CaseFacts:
    """Everything that a rule may be told about this case at a moment."""
    shown = tuple(
        recorded(name, value, as_of=at.date(), entry=entry)
        for name, value, entry in (
            *_procedure(case, context),
            *_custody(case, context, at),
            *_journey(case, context),
            *_who_came(case, context, at),
            *_ends(case, context, at),
            *_orders(case, context, at),
        )
        if value is not None
    )
    stated = stated_alone(case, context)
    return dataclasses.replace(stated, facts=stated.facts + shown)


def _procedure(case: Case, context: Context) -> Shown:
    first = case.opening.id
    notice, decision, served = (
        case.last(procedure.NoticeServed),
        case.last(procedure.Decided),
        case.last(procedure.DecisionServed),
    )
    if notice is not None:
        yield "notice_served_at", notice.known_at, notice.id
        yield "notice_language", notice.body.language, notice.id
        yield "objection_ends_at", objection_ends_at(case, context.periods), notice.id
    yield "open_objections", len(open_objections(case)), _latest(case.last(procedure.ObjectionRaised), first)
    raised = {each.id for each in objections(case)}
    reviewed = [each for each in case.all(procedure.ObjectionReviewed) if each.body.objection in raised]
    yield "objections_reviewed", len(reviewed), _latest(reviewed[-1] if reviewed else None, first)
    if decision is not None:
        yield "decision_gives_reasons", bool(decision.body.reasons.strip()), decision.id
        yield "decision_names_remedy", bool(decision.body.remedy.strip()), decision.id
        yield "sending_state_decided", transfer_decision(case) is not None, decision.id
    if served is not None:
        yield "decision_served_at", served.known_at, served.id
        yield "decision_language", served.body.language, served.id
        yield "contest_ends_at", contest_ends_at(case, context.periods), served.id
    accepted = acceptance(case)
    yield "receiving_state_accepted", True if accepted else None, accepted.id if accepted else first


def _custody(case: Case, context: Context, at: datetime) -> Shown:
    first = case.opening.id
    stays = [each for each in context.orders if each.bars(at) and covers(each, case, context, at)]
    yield "stay_order_in_force", bool(stays), stays[0].id if stays else first
    now = custody(case, at, context.periods.contested_after)
    if now is not None:
        yield "authorities_holding", 2 if now.contested_with else 1, first
    facility = context.facility(case.facility)
    if facility is not None:
        titles = titles_in_force(case, facility.state, at)
        yield "title_in_receiving_state", bool(titles), titles[-1].id if titles else first
        ends = title_ends_at(case, facility.state, at)
        yield "title_in_receiving_state_ends_at", ends, titles[-1].id if titles else first
        began_at = stay_began_at(case)
        yield "stay_began_on", day_of(began_at, facility.time_zone) if began_at else None, first
        here = facility.on_roll + (on_roll(case, at) != facility.code)
        yield "held_in_facility", here, first
        under_agreement = sum(each.on_roll for each in context.facilities.values())
        yield "held_under_agreement", under_agreement + (on_roll(case, at) is None), first
        yield "working_capacity", facility.working_capacity, first
        yield "capacity_certified_on", facility.valid_from_on, first
        yield "living_space_cm2_each", int(facility.living_space_m2 * CM2 / here) if here else None, first
    due = case.last(held.ReturnDue)
    if due is not None:
        yield "return_due_on", due.body.due_at.date(), due.id


def _journey(case: Case, context: Context) -> Shown:
    """How the person came, who signed for them, and what became of a refusal at the door."""
    first, taken, began = case.opening.id, effective_acceptances(case), stay_began_at(case)
    admitted = next(iter(case.all(held.Admitted)), None)
    if admitted is not None:
        arrested = admitted.body.arrested_at
        yield "admitted_at", admitted.occurred_at, admitted.id
        yield "arrested_at", None if isinstance(arrested, Unstated) else arrested, admitted.id
        yield "children_recorded", None if isinstance(admitted.body.children, Unstated) else True, admitted.id
    if taken:
        yield "handover_accepted_at", taken[-1][0], taken[-1][2].id
    if began is not None:
        yield "handover_answer_due_at", began + context.periods.contested_after, first
    if departures(case) or stints(case):
        yield "travelled_on_manifest", manifested(case) is not None, first
    said_no: list[Of[Any]] = [
        *case.all(held.RefusedAtDoor),
        *(each for each in case.all(held.HandoverRefused) if each.entry.actor.party == case.receiving),
    ]
    in_again = max((entry.index for _, party, entry in taken if party == case.receiving), default=-1)
    refused = next((each for each in said_no if each.entry.index > in_again), None)
    yield "refused_at_door", refused is not None, _latest(refused, first)
    back, elsewhere = case.all(held.Returned), began is not None
    yield "refused_person_is_back", bool(back) if back or elsewhere else None, first
    moved = case.last(held.Moved)
    yield "moved_between_facilities", moved is not None, _latest(moved, first)
    yield "moved_at", moved.occurred_at if moved else None, _latest(moved, first)


def _who_came(case: Case, context: Context, at: datetime) -> Shown:
    """Consul and counsel of the person; of the monitor only what concerns the place, and what both states may know."""
    first, wish, told = case.opening.id, case.last(ConsularWishStated), case.last(ConsulTold)
    if wish is not None:
        yield "consul_to_be_told", wish.body.consul_to_be_told, wish.id
        yield "consular_wish_at", wish.occurred_at, wish.id
    yield "consul_told", told is not None, _latest(told, first)
    yield "consul_told_at", told.occurred_at if told else None, _latest(told, first)
    yield "counsel_named", bool(counsel_of(case)), first
    facility, known = on_roll(case, at) or case.facility, context.oversight
    visits = [each for each in known.visits if each.asked.body.facility == facility and each.shown_to_states(at)]
    if visits:
        yield "monitor_visit_refused", bool(visits[-1].refused and not visits[-1].made), first
    made = [each.made[-1].body.spoke_alone for each in visits if each.made]
    yield "monitor_spoke_alone", made[-1] if made else None, first
    of_place = [each for each in known.findings if each.concerns(case.agreement, facility, None)]
    yield "monitor_findings_overdue", sum(each.waits and each.due_at <= at for each in of_place), first
    stopping = known.stopping(case.agreement, facility, case.id, context.receiving)
    yield "ill_treatment_finding_open", bool(stopping), first


_IN_FULL = {
    held.Released: ("released", "release_recorded_in_full", ("place", "handed_to", "papers")),
    held.Died: ("died", "death_recorded_in_full", ("circumstances", "cause", "remains")),
}
"""An end, the fact that it came, the fact that nothing of it is left open, and what that asks."""


def _ends(case: Case, context: Context, at: datetime) -> Shown:
    """Release and death, grave events, what was found unlawful, and whether the record must be kept."""
    first, ended = case.opening.id, end(case)
    for kind, (fact, in_full, asked) in _IN_FULL.items():
        entry = ended.entry if ended and isinstance(ended.entry.body, kind) else None
        yield fact, entry is not None, entry.id if entry else first
        if entry is not None:
            yield in_full, _stated(entry.body, *asked), entry.id
            yield f"{fact}_at", entry.occurred_at, entry.id
    injured = [(each.occurred_at, _stated(each.body, "reported_to")) for each in case.all(held.Injured)]
    grave = [*injured, *((each.occurred_at, _stated(each.body, "investigated_by")) for each in case.all(held.Died))]
    yield "grave_event", bool(grave), first
    if grave:
        yield "grave_event_at", max(moment for moment, _ in grave), first
        yield "grave_event_reported", all(is_reported for _, is_reported in grave), first
    unlawful = unlawful_spans(case)
    yield "detention_found_unlawful", bool(unlawful), unlawful[-1].decided if unlawful else first
    overdue = [each.id for each in remedies(case) if ended is None and each.body.due_at and each.body.due_at <= at]
    yield "remedy_overdue", bool(overdue), overdue[0] if overdue else first
    undecided = (each for each in stated(case, context, at) if each.rule and each.rule.breach == "claim_undecided")
    yield "claims_overdue", sum(each.is_late(at) for each in undecided), first
    closed = ended is not None and ended.confirmed and not isinstance(ended.entry.body, held.Died)
    yield "record_must_be_kept", not closed or bool(open_claims(case)), first


def _stated(body: object, *names: str) -> bool:
    return not any(isinstance(getattr(body, name), Unstated) for name in names)


def _orders(case: Case, context: Context, at: datetime) -> Shown:
    """Orders that demand something for this person, and what was done."""
    known = (each for each in context.orders if not each.forbids and each.in_force(at))
    orders = [each for each in known if covers(each, case, context, at)]
    first = orders[0].id if orders else case.opening.id
    yield "order_to_act_in_force", bool(orders), first
    done = {each.body.order for each in case.all(ComplianceStepReported)}
    yield "order_steps_reported", all(each.id in done for each in orders) if orders else None, first
    late = [each for each in orders if met_at(each, case) is None and runs_for(each, case)]
    due = [duty_due_at(each, case) for each in late]
    yield "order_to_act_overdue", any(each is not None and each <= at for each in due), first


def _latest(found: Of[Any] | None, otherwise: str) -> str:
    return found.id if found else otherwise
