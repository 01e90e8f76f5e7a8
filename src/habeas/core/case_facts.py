"""The facts of a live case: what people stated with their evidence, and what the record itself shows.

Also whether a stay order covers the case, which only facts can deny.
"""

import dataclasses
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from habeas.core.case import Case, Of, kept
from habeas.core.context import Context
from habeas.core.custody import custody, on_roll, stay_began_at
from habeas.core.days import day_of
from habeas.core.entries import Unstated, procedure
from habeas.core.entries.custody import Admitted, Corrected, ReturnDue
from habeas.core.entries.procedure import Standing as Stated
from habeas.core.facts import (
    CATALOGUE,
    SCOPE,
    CaseFacts,
    Evidence,
    Fact,
    FactDefinition,
    Standing,
    read_value,
    recorded,
    resolve,
)
from habeas.core.orders import StayOrder
from habeas.core.procedure import (
    acceptance,
    contest_ends_at,
    objection_ends_at,
    objections,
    open_objections,
    transfer_decision,
)
from habeas.core.rules import Place, Type, Value, parse_rule
from habeas.core.titles import title_ends_at, titles_in_force

CM2 = Decimal(10_000)  # square centimetres in a square metre
Shown = Iterator[tuple[str, Value | None, str]]

NONE = "none"

ASSERTED = {
    procedure.Asserted.CITIZENSHIP: ("citizenship_asserted_of", "citizenship_assertion_decided"),
    procedure.Asserted.AGE: ("child_asserted", "child_assertion_decided"),
    procedure.Asserted.FEAR: ("fear_asserted", "fear_assertion_decided"),
}


def case_facts(case: Case, context: Context, at: datetime) -> CaseFacts:
    """Everything that a rule may be told about this case at a moment."""
    shown = tuple(
        recorded(name, value, as_of=at.date(), entry=entry)
        for name, value, entry in (*_procedure(case, context), *_custody(case, context, at))
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
        held = facility.on_roll + (on_roll(case, at) != facility.code)
        yield "held_in_facility", held, first
        under_agreement = sum(each.on_roll for each in context.facilities.values())
        yield "held_under_agreement", under_agreement + (on_roll(case, at) is None), first
        yield "working_capacity", facility.working_capacity, first
        yield "living_space_cm2_each", int(facility.living_space_m2 * CM2 / held) if held else None, first
    admitted = case.last(Admitted)
    if admitted is not None:
        yield "children_recorded", None if isinstance(admitted.body.children, Unstated) else True, admitted.id
    due = case.last(ReturnDue)
    if due is not None:
        yield "return_due_on", due.body.due_at.date(), due.id


def _latest(found: Of[procedure.ObjectionRaised] | Of[procedure.ObjectionReviewed] | None, otherwise: str) -> str:
    return found.id if found else otherwise


def covers(order: StayOrder, case: Case, context: Context, at: datetime) -> bool:
    """Whether the order names this case, or describes a class that the person is not shown to be outside.

    A class described in words alone covers every case: only a condition over facts can show somebody
    to be outside it.
    """
    if order.names(case.id, at):
        return True
    if not order.describes_a_class:
        return False
    return not order.class_condition or not _shown_outside(order.class_condition, case, context, at)


def _shown_outside(condition: str, case: Case, context: Context, at: datetime) -> bool:
    rule = parse_rule(condition, SCOPE, Place(file="order", line=1, column=1))
    known = stated_alone(case, context)
    values = {name: resolve(CATALOGUE[name], known, at=at.date()).value for name in rule.facts}
    return rule.answer(values) is False


def stated_alone(case: Case, context: Context) -> CaseFacts:
    """What people stated, without what the record itself shows."""
    stated = stated_facts(case, context.state_of(case.sending))
    return CaseFacts(proposed_by=case.opening.entry.actor.account, facts=stated)


@kept
def stated_facts(case: Case, sending_state: str) -> tuple[Fact, ...]:
    """Every fact that somebody stated in this case, with who verified and who contests it."""
    return (
        *(fact for each in case.all(procedure.FactRecorded) for fact in _fact(case, each)),
        *(_assertion(each, sending_state) for each in case.all(procedure.AssertionMade)),
        *(fact for each in case.all(procedure.AssertionDecided) for fact in _decision(case, each)),
    )


def contested(case: Case, fact_id: str) -> bool:
    """Whether somebody contests the fact and no review has rejected that."""
    rejected = {
        each.body.contest for each in case.all(procedure.FactReviewed) if each.body.outcome is procedure.Upheld.REJECTED
    }
    return any(each.body.fact == fact_id and each.id not in rejected for each in case.all(procedure.FactContested))


def verified_by(case: Case, fact_id: str) -> str | None:
    """The account that verified the fact last, if any did since it or its evidence was last corrected."""
    papers = {paper for each in case.all(procedure.FactRecorded) if each.id == fact_id for paper in each.body.evidence}
    corrected = [each.entry.index for each in case.all(Corrected) if each.body.entry in {fact_id, *papers}]
    found = [each.entry for each in case.all(procedure.FactVerified) if each.body.fact == fact_id]
    return found[-1].actor.account if found and found[-1].index > max(corrected, default=-1) else None


def _fact(case: Case, stated: Of[procedure.FactRecorded]) -> Iterator[Fact]:
    body, checked = stated.body, verified_by(case, stated.id)
    if body.name not in CATALOGUE:
        return  # a catalogue of another release: no rule of this one can ask for it
    standing = Standing.VERIFIED if checked else Standing.STATED
    yield Fact(
        id=stated.id,
        name=body.name,
        value=_value(body),
        as_of=body.as_of_on,
        stated_by=body.stated_by,
        standing=Standing.ALLEGED if body.standing is Stated.ALLEGED else standing,
        evidence=tuple(_evidence(case, body.evidence)),
        contested=contested(case, stated.id),
        verified_by=checked,
    )


def stated_value(definition: FactDefinition, text: str) -> Value:
    """The value that somebody typed; the word "none" is an empty list. Raises ValueError."""
    if definition.type is Type.TEXTS and text.strip() == NONE:
        return ()
    return read_value(definition, text.strip())


def _value(body: procedure.FactRecorded) -> Value | None:
    """A value that can't be read any more is not known, never guessed."""
    if isinstance(body.value, Unstated):
        return None
    try:
        return stated_value(CATALOGUE[body.name], body.value)
    except ValueError:
        return None


def _evidence(case: Case, ids: tuple[str, ...]) -> Iterator[Evidence]:
    papers = {each.id: each.body for each in case.all(procedure.EvidenceAdded)}
    for each in ids:
        if each in papers:
            paper = papers[each]
            yield Evidence(
                kind=paper.document,
                issuer=paper.issuer,
                dated_on=paper.dated_on,
                reference=paper.reference,
                sha256=paper.sha256,
            )


def _assertion(made: Of[procedure.AssertionMade], sending_state: str) -> Fact:
    """An assertion of citizenship that names no state is read as of the sending state."""
    name, _ = ASSERTED[made.body.asserted]
    citizen = made.body.asserted is procedure.Asserted.CITIZENSHIP
    value: Value = (made.body.of_state or sending_state,) if citizen else True
    return Fact(
        id=made.id,
        name=name,
        value=value,
        as_of=made.occurred_at.date(),
        stated_by="the person",
        standing=Standing.STATED,
    )


def _decision(case: Case, decided: Of[procedure.AssertionDecided]) -> Iterator[Fact]:
    made = case.entry(decided.body.assertion)
    if made is None or not isinstance(made.body, procedure.AssertionMade):
        return
    _, name = ASSERTED[made.body.asserted]
    day = decided.occurred_at.date()
    paper = Evidence(kind="assertion_decision", issuer=decided.body.authority, dated_on=day, reference=decided.body.law)
    yield Fact(
        id=decided.id,
        name=name,
        value=decided.body.outcome.value,
        as_of=day,
        stated_by=decided.body.authority,
        standing=Standing.VERIFIED,
        evidence=(paper,),
        verified_by=decided.entry.actor.account,
    )
