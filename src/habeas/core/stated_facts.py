"""What people stated about a person, entry by entry, as facts that the rules can weigh."""

from collections.abc import Iterator

from habeas.core.case import Case, Of
from habeas.core.entries import Unstated
from habeas.core.entries.custody import Corrected
from habeas.core.entries.procedure import (
    Asserted,
    AssertionDecided,
    AssertionMade,
    EvidenceAdded,
    FactContested,
    FactRecorded,
    FactReviewed,
    FactVerified,
    Upheld,
)
from habeas.core.entries.procedure import Standing as Stated
from habeas.core.facts import CATALOGUE, Evidence, Fact, FactDefinition, Standing, read_value
from habeas.core.rules import Type, Value

NONE = "none"

ASSERTED = {
    Asserted.CITIZENSHIP: ("citizenship_asserted_of", "citizenship_assertion_decided"),
    Asserted.AGE: ("child_asserted", "child_assertion_decided"),
    Asserted.FEAR: ("fear_asserted", "fear_assertion_decided"),
}


def stated_facts(case: Case, sending_state: str) -> tuple[Fact, ...]:
    """Every fact that somebody stated in this case, with who verified and who contests it."""
    return (
        *(fact for each in case.all(FactRecorded) for fact in _fact(case, each)),
        *(_assertion(each, sending_state) for each in case.all(AssertionMade)),
        *(fact for each in case.all(AssertionDecided) for fact in _decision(case, each)),
    )


def contested(case: Case, fact_id: str) -> bool:
    """Whether somebody contests the fact and no review has rejected that."""
    rejected = {each.body.contest for each in case.all(FactReviewed) if each.body.outcome is Upheld.REJECTED}
    return any(each.body.fact == fact_id and each.id not in rejected for each in case.all(FactContested))


def verified_by(case: Case, fact_id: str) -> str | None:
    """The account that verified the fact last, if any did since it or its evidence was last corrected."""
    found = [each.entry for each in case.all(FactVerified) if each.body.fact == fact_id]
    return found[-1].actor.account if found and found[-1].index > _corrected_last(case, fact_id) else None


def _corrected_last(case: Case, fact_id: str) -> int:
    """The index of the last correction of the fact, or of a paper that it rests on; -1 when there is none."""
    papers = {paper for each in case.all(FactRecorded) if each.id == fact_id for paper in each.body.evidence}
    found = [each.entry.index for each in case.all(Corrected) if each.body.entry in {fact_id, *papers}]
    return max(found, default=-1)


def _fact(case: Case, stated: Of[FactRecorded]) -> Iterator[Fact]:
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


def _value(body: FactRecorded) -> Value | None:
    """A value that can't be read any more is not known, never guessed."""
    if isinstance(body.value, Unstated):
        return None
    try:
        return stated_value(CATALOGUE[body.name], body.value)
    except ValueError:
        return None


def _evidence(case: Case, ids: tuple[str, ...]) -> Iterator[Evidence]:
    papers = {each.id: each.body for each in case.all(EvidenceAdded)}
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


def _assertion(made: Of[AssertionMade], sending_state: str) -> Fact:
    """An assertion of citizenship that names no state is read as of the sending state."""
    name, _ = ASSERTED[made.body.asserted]
    citizen = made.body.asserted is Asserted.CITIZENSHIP
    value: Value = (made.body.of_state or sending_state,) if citizen else True
    return Fact(
        id=made.id,
        name=name,
        value=value,
        as_of=made.occurred_at.date(),
        stated_by="the person",
        standing=Standing.STATED,
    )


def _decision(case: Case, decided: Of[AssertionDecided]) -> Iterator[Fact]:
    made = case.entry(decided.body.assertion)
    if made is None or not isinstance(made.body, AssertionMade):
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
