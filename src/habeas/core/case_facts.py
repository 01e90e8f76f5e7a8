"""The facts of a live case: what people stated with their evidence, and what the record itself shows."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from habeas.core.case import Case, Of
from habeas.core.context import Context
from habeas.core.coverage import covers
from habeas.core.custody import custody, on_roll
from habeas.core.entries.custody import ReturnDue
from habeas.core.entries.procedure import Decided, DecisionServed, NoticeServed, ObjectionRaised, ObjectionReviewed
from habeas.core.facts import CaseFacts, recorded
from habeas.core.procedure import acceptance, contest_ends_at, objection_ends_at, objections, open_objections
from habeas.core.rules import Value
from habeas.core.stated_facts import stated_facts
from habeas.core.titles import title_ends_at, titles_in_force

CM2 = Decimal(10_000)  # square centimetres in a square metre


def case_facts(case: Case, context: Context, at: datetime) -> CaseFacts:
    """Everything that a rule may be told about this case at a moment."""
    shown = tuple(
        recorded(name, value, as_of=at.date(), entry=entry)
        for name, value, entry in (*_procedure(case, context), *_custody(case, context, at))
        if value is not None
    )
    return CaseFacts(
        proposed_by=case.opening.entry.actor.account, facts=stated_facts(case, context.state_of(case.sending)) + shown
    )


Shown = Iterator[tuple[str, Value | None, str]]


def _procedure(case: Case, context: Context) -> Shown:
    first = case.opening.id
    notice, decision, served = case.last(NoticeServed), case.last(Decided), case.last(DecisionServed)
    if notice is not None:
        yield "notice_served_at", notice.known_at, notice.id
        yield "notice_language", notice.body.language, notice.id
        yield "objection_ends_at", objection_ends_at(case, context.periods), notice.id
    yield "open_objections", len(open_objections(case)), _latest(case.last(ObjectionRaised), first)
    raised = {each.id for each in objections(case)}
    reviewed = [each for each in case.all(ObjectionReviewed) if each.body.objection in raised]
    yield "objections_reviewed", len(reviewed), _latest(reviewed[-1] if reviewed else None, first)
    if decision is not None:
        yield "decision_gives_reasons", bool(decision.body.reasons.strip()), decision.id
        yield "decision_names_remedy", bool(decision.body.remedy.strip()), decision.id
    if served is not None:
        yield "decision_served_at", served.known_at, served.id
        yield "decision_language", served.body.language, served.id
        yield "contest_ends_at", contest_ends_at(case, context.periods), served.id
    accepted = acceptance(case)
    yield "receiving_state_accepted", True if accepted else None, accepted.id if accepted else first


def _custody(case: Case, context: Context, at: datetime) -> Shown:
    first = case.opening.id
    stays = [each for each in context.orders if each.in_force(at) and covers(each, case, context, at)]
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
        held = facility.on_roll + (on_roll(case, at) != facility.code)
        yield "held_in_facility", held, first
        yield "held_under_agreement", _held(context) + (on_roll(case, at) is None), first
        yield "working_capacity", facility.working_capacity, first
        yield "living_space_cm2_each", int(facility.living_space_m2 * CM2 / held) if held else None, first
    due = case.last(ReturnDue)
    if due is not None:
        yield "return_due_on", due.body.due_at.date(), due.id


def _held(context: Context) -> int:
    return sum(each.on_roll for each in context.facilities.values())


def _latest(found: Of[ObjectionRaised] | Of[ObjectionReviewed] | None, otherwise: str) -> str:
    return found.id if found else otherwise
