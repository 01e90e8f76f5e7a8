"""The facts of a live case that people stated, with their evidence (what the record itself shows: `core.record_facts`).

Also whether a stay order covers the case, which only facts can deny.
"""

from collections.abc import Iterator
from datetime import datetime

from habeas.core.case import Case, Of, kept
from habeas.core.context import Context
from habeas.core.entries import Unstated, procedure
from habeas.core.entries.custody import Corrected
from habeas.core.entries.procedure import Standing as Stated
from habeas.core.facts import CATALOGUE, SCOPE, CaseFacts, Evidence, Fact, FactDefinition, Standing, read_value, resolve
from habeas.core.orders import StayOrder
from habeas.core.rules import Place, Type, Value, parse_rule

NONE = "none"

ASSERTED = {
    procedure.Asserted.CITIZENSHIP: ("citizenship_asserted_of", "citizenship_assertion_decided"),
    procedure.Asserted.AGE: ("child_asserted", "child_assertion_decided"),
    procedure.Asserted.FEAR: ("fear_asserted", "fear_assertion_decided"),
}


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
