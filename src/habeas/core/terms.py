"""An agreement as data: who may come, where, until when, for how much, and what its text leaves open.

A file of terms is TOML that a lawyer can read, and every value in it names its source. It is parsed once,
strictly: what can't be understood is an error with a place, never silence. What was assumed for a
demonstration stands in a file of its own and stays marked as assumed.
"""

import hashlib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeAlias, TypeVar

from habeas.core.countries import COUNTRIES
from habeas.core.facts import CATALOGUE, EVIDENCE_KINDS, SCOPE
from habeas.core.floor import ANSWERABLE, FLOOR, Answer, FloorAnswer, Gap, answers_of, floor, gaps
from habeas.core.ledger.fees import Fee, Observed
from habeas.core.ledger.reading import read_fee, read_observed
from habeas.core.messages import Message, Parameter
from habeas.core.rules import Place, Rule, RuleError, Value
from habeas.core.terms_reading import Quality, Source, Sources, read_sources
from habeas.core.terms_toml import Bilingual, Table, read_toml
from habeas.core.terms_toml import TermsError as FileError

__all__ = [
    "Agreement",
    "Answer",
    "Assumption",
    "Authority",
    "Bilingual",
    "Dated",
    "Duration",
    "Facility",
    "FloorAnswer",
    "Gap",
    "Period",
    "Periods",
    "Quality",
    "Source",
    "Term",
    "TermsError",
    "answers_of",
    "floor",
    "gaps",
    "parse_agreement",
    "with_assumptions",
]

T = TypeVar("T")
Known: TypeAlias = "tuple[str, ...] | list[str]"

VEHICLES = ("V1", "V2", "V3", "V4", "V5")
DATES = ("signed_on", "in_force_on", "published_on", "ends_on")
PERIODS = (
    "objection_days",
    "contest_days",
    "contested_after_hours",
    "title_warning_days",
    "return_before_release_days",
)


class TermsError(Exception):
    """A file of terms that can't be used. The message names what is wrong, and where."""

    def __init__(self, message: Message, place: Place) -> None:
        where: dict[str, Parameter] = {"file": place.file, "line": place.line, "column": place.column}
        self.message = Message(message.code, {**message.parameters, **where})
        self.place = place
        super().__init__(message.code)


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """A body that acts for a state under the agreement."""

    state: str  # ISO 3166-1 alpha-3
    name: str
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Facility:
    """A place that the text names. `places` and `cells` are None where it is silent."""

    code: str
    name: str
    state: str
    time_zone: str
    places: int | None
    cells: int | None
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One condition on who may come. It says what must be so. Without a rule it can't be put as facts about
    one person, and stays *not shown* until a judgment about that person settles it."""

    id: str
    kind: str  # "scope" or "exclusion"
    title: Bilingual
    reason: Bilingual
    rule: Rule | None
    evidence: Mapping[str, tuple[str, ...]]  # by fact: the kinds of document, any one of which will do
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A length of time that the text fixes, or that was assumed."""

    value: int
    source: Source | None
    assumed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Periods:
    """The lengths of time that the text fixes; None where it is silent. `known` has their sources."""

    known: Mapping[str, Period]

    def of(self, name: str) -> Period | None:
        """The period with its source; None where the text is silent."""
        return self.known.get(name)

    @property
    def objection_days(self) -> int | None:
        return self._value("objection_days")

    @property
    def contest_days(self) -> int | None:
        return self._value("contest_days")

    @property
    def contested_after_hours(self) -> int | None:
        return self._value("contested_after_hours")

    @property
    def title_warning_days(self) -> int | None:
        return self._value("title_warning_days")

    @property
    def return_before_release_days(self) -> int | None:
        return self._value("return_before_release_days")

    def _value(self, name: str) -> int | None:
        period = self.known.get(name)
        return period.value if period else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dated:
    """A date of the agreement, with what says it."""

    on: date
    source: Source | None
    assumed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Duration:
    """For how many years it was made."""

    years: int
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumption:
    """What was assumed for a demonstration where the text has no answer. `instead_of` is what it says there
    all the same."""

    question: str
    text: Bilingual
    instead_of: Bilingual | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """One version of an agreement. `digest` is the SHA-256, in hex, of its canonical text; with assumptions,
    of that digest and the canonical text of the assumptions."""

    id: str
    title: Bilingual
    sending: str  # ISO 3166-1 alpha-3
    receiving: str
    vehicle: str
    source: Source
    dates: Mapping[str, Dated]
    duration: Duration | None
    authorities: tuple[Authority, ...]
    facilities: tuple[Facility, ...]
    eligibility: tuple[Term, ...]
    periods: Periods
    answers: Mapping[str, Answer]
    fee: Fee | None
    observed: Observed | None
    digest: str
    assumptions: tuple[Assumption, ...] = ()

    @property
    def can_be_run(self) -> bool:
        """Whether every question of the floor is answered."""
        return all(each.answered for each in floor(self))

    @property
    def given(self) -> Mapping[str, Value | None]:
        """The facts that the terms themselves supply to a rule; None where the text is silent."""
        days = self.periods.contest_days
        return {
            "sending_state": self.sending,
            "receiving_state": self.receiving,
            "vehicle": self.vehicle,
            "return_guaranteed": self._return_guaranteed,
            "contest_period_hours": None if days is None else 24 * days,
        }

    @property
    def _return_guaranteed(self) -> bool | None:
        """False where the text says something of return that is no answer; None where it is silent."""
        answers = answers_of(self)
        said = [answers[part] for part in FLOOR["return"] if part in answers]
        if any(not each.settles for each in said):
            return False
        return True if len(said) == len(FLOOR["return"]) and all(each.counts for each in said) else None

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """What the text leaves open."""
        return gaps(self)


def parse_agreement(text: str, name: str) -> Agreement:
    """The agreement that a file says; `name` is what to call the file in errors. Raises TermsError."""
    try:
        return _agreement(read_toml(canonical(text), name), digest_of(text))
    except (FileError, RuleError) as error:
        raise TermsError(error.message, error.place) from error


def with_assumptions(agreement: Agreement, scenario_text: str, name: str) -> Agreement:
    """The agreement as a scenario runs it, each assumption marked. Raises TermsError, also when the text
    itself already answers what the scenario would assume."""
    try:
        return _assumed(agreement, read_toml(canonical(scenario_text), name), scenario_text)
    except FileError as error:
        raise TermsError(error.message, error.place) from error


def canonical(text: str) -> str:
    """The text as its digest is taken: no byte order mark, LF at the end of every line, one at the end."""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    return lines.rstrip("\n") + "\n"


def digest_of(text: str) -> str:
    """SHA-256 of the canonical text, in hex."""
    return hashlib.sha256(canonical(text).encode()).hexdigest()


# --- the agreement ---------------------------------------------------------------------------------


def _agreement(root: Table, digest: str) -> Agreement:
    sources = read_sources(root)
    head, duration = root.table("agreement"), root.maybe_table("duration")
    agreement = Agreement(
        id=head.text("id"),
        title=head.words("title"),
        sending=_country(head, "sending"),
        receiving=_country(head, "receiving"),
        vehicle=head.choice("vehicle", VEHICLES),
        source=sources.of(head),
        dates=_named(root, "dates", DATES, lambda each: _dated(each, sources)),
        duration=_duration(duration, sources) if duration else None,
        authorities=tuple(_authority(each, sources) for each in root.tables("authority")),
        facilities=tuple(_facility(each, sources) for each in root.tables("facility")),
        eligibility=_eligibility(root, sources),
        periods=Periods(known=_named(root, "periods", PERIODS, lambda each: _period(each, sources))),
        answers=_named(root, "answers", sorted(ANSWERABLE), lambda each: _answer(each, sources)),
        fee=read_fee(fee, sources) if (fee := root.maybe_table("fee")) else None,
        observed=read_observed(seen, sources) if (seen := root.maybe_table("observed")) else None,
        digest=digest,
    )
    head.done()
    root.done()
    return agreement


def _country(table: Table, key: str) -> str:
    table.check(key, code := table.text(key), COUNTRIES, "toml.unknown_country")
    return code


def _named(root: Table, key: str, known: Known, read: Callable[[Table], T]) -> dict[str, T]:
    """A table for each name, every name one of the known ones."""
    table = root.maybe_table(key)
    if table is None:
        return {}
    names = tuple(root.raw(key))
    for name in names:
        table.check(name, name, known, "terms.unknown_name")
    return {name: read(table.table(name)) for name in names}


def _dated(table: Table, sources: Sources) -> Dated:
    dated = Dated(on=table.day("on"), source=sources.of(table))
    table.done()
    return dated


def _duration(table: Table, sources: Sources) -> Duration:
    duration = Duration(years=table.number("years"), source=sources.of(table))
    table.done()
    return duration


def _authority(table: Table, sources: Sources) -> Authority:
    authority = Authority(state=_country(table, "state"), name=table.text("name"), source=sources.of(table))
    table.done()
    return authority


def _facility(table: Table, sources: Sources) -> Facility:
    facility = Facility(
        code=table.text("code"),
        name=table.text("name"),
        state=_country(table, "state"),
        time_zone=table.text("time_zone"),
        places=table.maybe_number("places"),
        cells=table.maybe_number("cells"),
        source=sources.of(table),
    )
    table.done()
    return facility


def _period(table: Table, sources: Sources) -> Period:
    period = Period(value=table.number("value"), source=sources.of(table))
    table.done()
    return period


def _answer(table: Table, sources: Sources) -> Answer:
    answer = Answer(text=table.words("text"), source=sources.of(table), settles=table.flag("settles", default=True))
    table.done()
    return answer


# --- who may come ----------------------------------------------------------------------------------


def _eligibility(root: Table, sources: Sources) -> tuple[Term, ...]:
    terms: list[Term] = []
    for kind in ("scope", "exclusion"):
        for table in root.tables(kind):
            term = _term(table, kind, sources)
            if term.id in {each.id for each in terms}:
                raise table.error("toml.repeated", "id", found=term.id)
            terms.append(term)
    return tuple(terms)


def _term(table: Table, kind: str, sources: Sources) -> Term:
    unencodable = table.flag("unencodable")
    rule = None if unencodable else table.rule("rule", SCOPE)
    term = Term(
        id=table.text("id"),
        kind=kind,
        title=table.words("title"),
        reason=table.words("reason"),
        rule=rule,
        evidence=_evidence(table, rule),
        source=sources.of(table),
    )
    table.done()
    return term


def _evidence(table: Table, rule: Rule | None) -> dict[str, tuple[str, ...]]:
    """The documents asked for each fact of the rule; where none is named, what settles the fact anyway."""
    facts = rule.facts if rule else ()
    named = table.maybe_table("evidence")
    asked: dict[str, tuple[str, ...]] = {}
    for fact in table.raw("evidence"):
        assert named is not None
        named.check(fact, fact, facts, "terms.fact_not_in_rule")
        asked[fact] = named.texts(fact)
        for kind in asked[fact]:
            named.check(fact, kind, sorted(EVIDENCE_KINDS), "terms.not_a_kind_of_evidence")
    kinds = {fact: asked.get(fact, CATALOGUE[fact].settled_by) for fact in facts}
    return {fact: documents for fact, documents in kinds.items() if documents}


# --- assumptions -----------------------------------------------------------------------------------


def _assumed(agreement: Agreement, root: Table, text: str) -> Agreement:
    head = root.table("scenario")
    head.text("id")
    head.words("title")
    head.check("agreement", head.text("agreement"), (agreement.id,), "terms.not_this_agreement")
    head.done()
    said = answers_of(agreement)
    answered = {name for name, answer in said.items() if answer.counts}
    dates = _open_to_assumption(root, "dates", DATES, agreement.dates)
    periods = _open_to_assumption(root, "periods", PERIODS, agreement.periods.known)
    answers = _open_to_assumption(root, "answers", sorted(ANSWERABLE), answered)
    assumed = replace(
        agreement,
        dates={**agreement.dates, **{name: _assumed_date(each) for name, each in dates.items()}},
        periods=Periods(
            known={**agreement.periods.known, **{name: _assumed_period(each) for name, each in periods.items()}}
        ),
        answers={**agreement.answers, **{name: _assumed_answer(each) for name, each in answers.items()}},
        assumptions=tuple(
            Assumption(question=name, text=table.words("text"), instead_of=said[name].text if name in said else None)
            for name, table in {**dates, **periods, **answers}.items()
        ),
        digest=digest_of(f"{agreement.digest}\n{canonical(text)}"),
    )
    for table in (*dates.values(), *periods.values(), *answers.values(), root):
        table.done()
    return assumed


def _open_to_assumption(root: Table, key: str, known: Known, taken: Collection[str]) -> dict[str, Table]:
    """The tables of one group. Raises where the text itself has the answer."""
    tables = _named(root, key, known, lambda table: table)
    for name, table in tables.items():
        if name in taken:
            raise table.error("terms.already_answered", "text", question=name)
    return tables


def _assumed_date(table: Table) -> Dated:
    return Dated(on=table.day("on"), source=None, assumed=True)


def _assumed_period(table: Table) -> Period:
    return Period(value=table.number("value"), source=None, assumed=True)


def _assumed_answer(table: Table) -> Answer:
    return Answer(text=table.words("text"), source=None, assumed=True)
