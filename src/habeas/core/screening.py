"""One person, one step: what the terms and every safeguard answer, and why.

Offered is not permitted: the terms say whom the parties want to move, the safeguards say who may be, and
both stand side by side. Unknown never passes. The best answer is *no bar found*, which is no permission.
Nothing here says which assertion, order or objection would have to go.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache, partial
from typing import TypeAlias

from habeas.core.facts import CATALOGUE, CaseFacts, Origin, Resolved, resolve
from habeas.core.messages import Message
from habeas.core.rules import Explanation, Value
from habeas.core.safeguards import BINDING, Result, Safeguard, SafeguardSet, Step
from habeas.core.sources import Source
from habeas.core.tables import Bilingual
from habeas.core.terms import Agreement, Term


class Verdict(StrEnum):
    """The answer about one person. The last is no permission."""

    BARRED = "barred"
    NOT_SHOWN = "not_shown"
    NO_BAR_FOUND = "no_bar_found"


class AnswerKind(StrEnum):
    """Where an answer comes from: the agreement, or the law."""

    SCOPE = "scope"
    SAFEGUARD = "safeguard"


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """A fact that keeps an answer open: why it does not count, and which evidence would settle it, either
    way. Empty when it is the agreement that does not say it."""

    fact: str
    why: Message
    settled_by: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one term or one safeguard answers. `clause` names the article of the `instrument`, which is None
    for a term of the agreement itself. `explanation` is None only for a term as written that no rule can
    express. `because` says why it is not applicable."""

    id: str
    kind: AnswerKind
    title: Bilingual
    clause: str
    reason: Bilingual
    source: Source
    result: Result
    instrument: Bilingual | None = None
    explanation: Explanation | None = None
    because: Message | None = None
    missing: tuple[Missing, ...] = ()
    used: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Screening:
    """Every answer about one person at one step, and the digests of what was asked. `weaker`: why the safeguards at
    hand decide nothing; then no bar can be said not to be there."""

    step: Step
    at: datetime
    agreement: str
    terms_digest: str
    safeguards_digest: str
    answers: tuple[Answer, ...]
    weaker: tuple[Message, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """Barred if one answer bars; not shown if one is not shown; only otherwise no bar found."""
        results = {each.result for each in self.answers}
        if Result.BARRED in results:
            return Verdict.BARRED
        if Result.NOT_SHOWN in results or not self.answers or self.weaker:
            return Verdict.NOT_SHOWN
        return Verdict.NO_BAR_FOUND

    @property
    def open_rules(self) -> tuple[str, ...]:
        wanting = (Result.BARRED, Result.NOT_SHOWN)
        return tuple(each.id for each in self.answers if each.result in wanting)


ELIGIBILITY_STEPS = frozenset({Step.SCREENING, Step.DECISION, Step.DEPARTURE, Step.HANDOVER, Step.ADMISSION})
"""The steps at which an agreement's own terms of eligibility are asked."""


def screen(facts: CaseFacts, *, step: str, agreement: Agreement, safeguards: SafeguardSet, at: datetime) -> Screening:
    """What every term and safeguard of a step answers about one person at a moment.

    Raises ValueError for a step that does not exist.
    """
    asked = Step(step)
    known = Known(facts, agreement, at.astimezone(UTC))
    scope = agreement.eligibility if asked in ELIGIBILITY_STEPS else ()
    return Screening(
        step=asked,
        at=at,
        agreement=agreement.id,
        terms_digest=agreement.digest,
        safeguards_digest=safeguards.digest,
        answers=(
            *(_of_term(each, known) for each in scope),
            *(_of_safeguard(each, known) for each in safeguards.asked_at(asked)),
        ),
        weaker=safeguards.weaker,
    )


# --- facts -----------------------------------------------------------------------------------------


class Known:
    """The facts of one case as rules may take them, each resolved once for the evidence that is wanted."""

    def __init__(self, facts: CaseFacts, agreement: Agreement, at: datetime) -> None:
        self._facts, self._at = facts, at
        self._terms: dict[str, Value | None] = {**agreement.given, "asked_at": at, "asked_on": at.date()}
        self.resolved = cache(self._resolved)

    def _resolved(self, name: str, wanted: tuple[str, ...] = ()) -> Resolved:
        """One fact, for a rule that accepts these kinds of evidence (none: the catalogue's)."""
        definition = CATALOGUE[name]
        if definition.origin is not Origin.TERMS:
            return resolve(definition, self._facts, at=self._at.date(), wanted=wanted)
        value = self._terms.get(name)
        why = None if value is not None else Message("fact_reason.terms_silent", {"fact": f"fact.{name}"})
        return Resolved(name=name, value=value, why=why)

    def of(self, names: Iterable[str], evidence: Mapping[str, tuple[str, ...]]) -> "_Found":
        """What a rule over these facts is given."""
        return {name: self.resolved(name, evidence.get(name, ())) for name in names}


_Found: TypeAlias = Mapping[str, Resolved]


def _values(found: "_Found") -> dict[str, Value | None]:
    return {name: each.value for name, each in found.items()}


def _missing(explanation: Explanation, found: "_Found") -> tuple[Missing, ...]:
    def missing(each: Resolved) -> Missing:
        why = each.why or Message("fact_reason.outside_calendar", {"fact": f"fact.{each.name}"})
        return Missing(fact=each.name, why=why, settled_by=each.settled_by)

    return tuple(missing(found[name]) for name in explanation.blocking())


def _used(found: "_Found") -> tuple[str, ...]:
    return tuple(dict.fromkeys(id for each in found.values() for id in each.used))


# --- answers ---------------------------------------------------------------------------------------


def _of_safeguard(safeguard: Safeguard, known: Known) -> Answer:
    found = {name: known.resolved(name, kinds) for name, kinds in safeguard.asks}
    given = _values(found)
    explanation = safeguard.condition.explain(given)
    result = safeguard.result_of(given, explanation.answer)
    applied = result is not Result.NOT_APPLICABLE
    return Answer(
        id=safeguard.id,
        kind=AnswerKind.SAFEGUARD,
        title=safeguard.title,
        clause=safeguard.article,
        reason=safeguard.reason,
        source=safeguard.source,
        result=result,
        instrument=safeguard.instrument.title,
        explanation=explanation,
        because=None if applied else _because(safeguard, given),
        missing=_missing(explanation, found) if applied else (),
        used=_used(found),
    )


def _because(safeguard: Safeguard, given: Mapping[str, Value | None]) -> Message:
    """Why a safeguard is not applicable: nobody is bound, or its case is not this one."""
    parameters = {"instrument": safeguard.instrument.id, "condition": ""}
    if safeguard.force(given) is None:
        code = "screening.not_both_bound" if safeguard.duty_of == "both" else "screening.nobody_bound"
        return Message(code, parameters)
    assert safeguard.applies_when is not None
    return Message("screening.other_case", {**parameters, "condition": safeguard.applies_when.text})


def _of_term(term: Term, known: Known) -> Answer:
    answer = partial(
        Answer,
        id=term.id,
        kind=AnswerKind.SCOPE,
        title=term.title,
        clause=term.source.cite,
        reason=term.reason,
        source=term.source,
    )
    if term.rule is None:
        return _as_written(answer, term, known)
    found = known.of(term.rule.facts, term.evidence)
    explanation = term.rule.explain(_values(found))
    result = BINDING[explanation.answer]
    return answer(result=result, explanation=explanation, missing=_missing(explanation, found), used=_used(found))


def _as_written(answer: Callable[..., Answer], term: Term, known: Known) -> Answer:
    """A term over something that is no fact here: only a final judgment about the person settles it."""
    for name, result in (("judgment_finds_not_met", Result.BARRED), ("judgment_finds_met", Result.MET)):
        found = known.resolved(name)
        if isinstance(found.value, tuple) and term.id in found.value:
            return answer(result=result, used=found.used)
    why = Message("screening.only_a_judgment", {"term": term.id})
    missing = Missing(fact="judgment_finds_met", why=why, settled_by=("judgment",))
    return answer(result=Result.NOT_SHOWN, missing=(missing,))
