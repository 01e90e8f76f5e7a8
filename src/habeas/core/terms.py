"""An agreement as data: who may come, where, until when, for how much, and what its text leaves open.

A file of terms is TOML that a lawyer can read, and every value in it names its source. It is parsed once,
strictly: what can't be understood is an error with a place, never silence. What was assumed for a
demonstration stands in a file of its own and stays marked as assumed.

The floor is ten answers without which nobody may be moved. No setting changes it. An answer counts when
the text, or an instrument that binds both states, gives it; what is only general knowledge, or what
sources disagree about, is shown and counts for nothing. The questions, and the parts of the floor, stand in
`terms.toml` beside this file.
"""

import hashlib
import tomllib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from typing import Protocol, TypeVar

from habeas.core.clock_rules import ClockRule, never_unbound, read_clock
from habeas.core.countries import EUROPEAN_UNION
from habeas.core.facts import CATALOGUE, SCOPE
from habeas.core.ledger.conventions import DayCount, read_day_count
from habeas.core.ledger.fees import Fee, Observed, read_fee, read_observed
from habeas.core.ledger.worth import CostOfDay, SystemCost, Worth, read_costs, worth
from habeas.core.messages import Message
from habeas.core.rules import Rule, Value
from habeas.core.rules.certain import Doubt, doubts
from habeas.core.sources import Quality, S, Source, Sources, differs, read_evidence, read_sources, settled
from habeas.core.tables import Bilingual, Country, Table, Zone, read_whole

T = TypeVar("T")

_DATA = tomllib.loads((files(__package__) / "terms.toml").read_text("utf-8"))

VEHICLES: tuple[str, ...] = tuple(_DATA["vehicles"])
DATES: tuple[str, ...] = tuple(_DATA["dates"])
PERIODS: tuple[str, ...] = tuple(_DATA["periods"])
QUESTIONS: tuple[str, ...] = tuple(_DATA["questions"])
"""The completeness test of a text."""

FLOOR: Mapping[str, tuple[str, ...]] = {answer: tuple(parts) for answer, parts in _DATA["floor"].items()}
"""The ten answers, each with the parts that it needs."""

ANSWERABLE = tuple(dict.fromkeys((*QUESTIONS, *(part for parts in FLOOR.values() for part in parts))))


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """A body that acts for a state under the agreement."""

    state: Country
    name: str
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Facility:
    """A place that the text names. `places` and `cells` are None where it is silent."""

    code: str
    name: str
    state: Country
    time_zone: Zone
    places: int | None
    cells: int | None
    source: Source
    also: "tuple[Facility, ...]" = ()


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
    also: "tuple[Period, ...]" = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Dated:
    """A date of the agreement, with what says it."""

    on: date
    source: Source | None
    assumed: bool = False
    also: "tuple[Dated, ...]" = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Duration:
    """For how many years it was made."""

    years: int
    source: Source
    also: "tuple[Duration, ...]" = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumption:
    """What was assumed for a demonstration where the text has no answer. `instead_of` is what it says there
    all the same."""

    question: str
    text: Bilingual
    instead_of: Bilingual | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the text says to a question. One that was assumed has no source. `settles` is False where the text
    says something that is no answer."""

    text: Bilingual
    source: Source | None
    assumed: bool = False
    settles: bool = True
    also: "tuple[Answer, ...]" = ()

    @property
    def counts(self) -> bool:
        return self.settles and settled(self)

    @property
    def disputed(self) -> bool:
        """Whether sources give different answers, or their own source says that others do."""
        return differs(self) or (self.source is not None and self.source.quality is Quality.CONFLICTING)


@dataclass(frozen=True, slots=True, kw_only=True)
class FloorAnswer:
    """One of the ten. `assumed`: it counts only because something was assumed. `missing` are the parts
    without an answer; `text` and `source` are what is said of the parts, in their order."""

    question: str
    answered: bool
    assumed: bool
    text: Bilingual
    source: Source | None
    missing: tuple[str, ...] = ()

    @property
    def message(self) -> Message:
        return Message(f"terms.floor.{self.question}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A question that the text leaves open, and what it says to it all the same, if anything."""

    question: str
    message: Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """Which version, of how many, and when it applies: `[from_on, until_on)`; None where the beginning is not said, and
    until another follows. `title` and `source` are those of the amendment that made it."""

    number: int = 1
    of: int = 1
    from_on: date | None = None
    until_on: date | None = None
    title: Bilingual | None = None
    source: Source | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """One version of an agreement. `digest` is the SHA-256, in hex, of its canonical text; with an amendment or
    assumptions, of the digest before them and their canonical text."""

    id: str
    title: Bilingual
    sending: Country
    receiving: Country
    vehicle: str
    source: Source
    dates: Mapping[str, Dated]
    duration: Duration | None
    authorities: tuple[Authority, ...]
    facilities: tuple[Facility, ...]
    eligibility: tuple[Term, ...]
    periods: Mapping[str, Period]  # only those that the text fixes
    answers: Mapping[str, Answer]
    fee: Fee | None
    observed: Observed | None
    digest: str
    assumptions: tuple[Assumption, ...] = ()
    day_count: DayCount | None = None
    costs_of_day: tuple[CostOfDay, ...] = ()
    system_costs: tuple[SystemCost, ...] = ()
    version: Version = Version()
    clocks: tuple[ClockRule, ...] = ()

    @property
    def worth(self) -> tuple[Worth, ...]:
        """What the fee is worth, line by line; nothing where no fee is stated."""
        if self.fee is None:
            return ()
        costs, systems = self.costs_of_day, self.system_costs
        return worth(self.fee, self.observed, costs, systems, sending=self.sending, receiving=self.receiving)

    @property
    def can_be_run(self) -> bool:
        """Whether every question of the floor is answered."""
        return all(each.answered for each in floor(self))

    @property
    def given(self) -> Mapping[str, Value | None]:
        """The facts that the terms themselves supply to a rule; None where the text is silent or settles nothing."""
        contest, back = (self.periods.get(name) for name in ("contest_days", "return_before_release_days"))
        return {
            "sending_state": self.sending,
            "receiving_state": self.receiving,
            "vehicle": self.vehicle,
            "return_guaranteed": self._return_guaranteed,
            "contest_period_hours": 24 * contest.value if contest and settled(contest) else None,
            "return_before_release_days": back.value if back else None,
            "both_in_european_union": {self.sending, self.receiving} <= EUROPEAN_UNION,
            **{f"agreement_{name}": dated.on for name, dated in self.dates.items()},
        }

    @property
    def _return_guaranteed(self) -> bool | None:
        """False where the text says something of return that is no answer; None where it is silent."""
        answers = answers_of(self)
        said = [answers[part] for part in FLOOR["return"] if part in answers]
        if any(not each.settles for each in said):
            return False
        return True if len(said) == len(FLOOR["return"]) and all(each.counts for each in said) else None


def parse_agreement(text: str, name: str) -> Agreement:
    """The agreement that a file says; `name` is what to call the file in errors. Raises FileError."""
    return read_whole(canonical(text), name, lambda root: _agreement(root, digest_of(text)))


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
    head = root.table("agreement")
    parts = read_parts(root, sources)
    vehicle = head.choice("vehicle", VEHICLES)
    return sources.record(Agreement, head, vehicle=vehicle, digest=digest, assumptions=(), version=Version(), **parts)


def read_parts(root: Table, sources: Sources) -> dict[str, object]:
    """What a file says but of itself, by the names that an agreement has for it. Raises FileError."""
    duration, fee, observed, day_count = (
        root.maybe(root.table, key) for key in ("duration", "fee", "observed", "day_count")
    )
    costs_of_day, system_costs = read_costs(root, sources)

    def stated(kind: Callable[..., S], key: str, known: Collection[str]) -> dict[str, S]:
        tables = root.maybe_table(key).named(known)
        return {name: sources.stated(kind, table, assumed=False) for name, table in tables.items()}

    return {
        "dates": stated(Dated, "dates", DATES),
        "duration": sources.stated(Duration, duration) if duration else None,
        "authorities": tuple(sources.record(Authority, each) for each in root.tables("authority")),
        "facilities": tuple(sources.stated(Facility, each) for each in root.tables("facility")),
        "eligibility": _eligibility(root, sources),
        "periods": stated(Period, "periods", PERIODS),
        "answers": stated(Answer, "answers", sorted(ANSWERABLE)),
        "fee": read_fee(fee, sources) if fee else None,
        "observed": read_observed(observed, sources) if observed else None,
        "day_count": read_day_count(day_count, sources.of(day_count)) if day_count else None,
        "costs_of_day": costs_of_day,
        "system_costs": system_costs,
        "clocks": tuple(_clock(each, sources.of(each)) for each in root.tables("clock")),
    }


def _clock(table: Table, source: Source) -> ClockRule:
    article, force = source.clause, never_unbound
    return read_clock(table, law="", article=article, source=source, applies_when=None, is_unbound=force)


def _eligibility(root: Table, sources: Sources) -> tuple[Term, ...]:
    terms: dict[str, Term] = {}
    for kind in ("scope", "exclusion"):
        for table in root.tables(kind):
            rule = None if table.flag("unencodable") else table.rule("rule", SCOPE)
            term = sources.record(Term, table, kind=kind, rule=rule, evidence=_evidence(table, rule))
            if term.id in terms:
                raise table.error("toml.repeated", "id", found=term.id)
            terms[term.id] = term
    return tuple(terms.values())


def _evidence(table: Table, rule: Rule | None) -> dict[str, tuple[str, ...]]:
    """The documents asked for each fact of the rule; where none is named, what settles the fact anyway."""
    facts = rule.facts if rule else ()
    asked = read_evidence(table, facts, "terms.fact_not_in_rule", "terms.not_a_kind_of_evidence")
    kinds = {fact: asked.get(fact, CATALOGUE[fact].settled_by) for fact in facts}
    return {fact: documents for fact, documents in kinds.items() if documents}


# --- what the text answers -------------------------------------------------------------------------


def floor(agreement: Agreement) -> tuple[FloorAnswer, ...]:
    """The ten answers, in their order."""
    answers = answers_of(agreement)
    return tuple(_floor_answer(question, parts, answers) for question, parts in FLOOR.items())


def gaps(agreement: Agreement) -> tuple[Gap, ...]:
    """Every question to which the text has no answer that counts, floor parts included, in their order."""
    answers = answers_of(agreement)
    unanswered = [each for each in ANSWERABLE if each not in answers or not answers[each].counts]
    return tuple(Gap(question=each, message=Message(f"terms.gap.{each}")) for each in unanswered)


def doubts_of(agreement: Agreement) -> tuple[Doubt, ...]:
    """What is certain of its conditions whatever the facts of a person: one that nobody meets, or that bars nobody."""
    rules = {each.id: each.rule for each in agreement.eligibility if each.rule}
    return tuple(doubts(rules, SCOPE, agreement.given))


def answers_of(agreement: Agreement) -> Mapping[str, Answer]:
    """Every answer: those that the text's data give of themselves, then those written out."""
    return {**dict(_from_data(agreement)), **agreement.answers}


def _floor_answer(question: str, parts: tuple[str, ...], answers: Mapping[str, Answer]) -> FloorAnswer:
    said = [answers[part] for part in parts if part in answers]
    missing = tuple(part for part in parts if part not in answers or not answers[part].counts)
    return FloorAnswer(
        question=question,
        answered=not missing,
        assumed=not missing and any(each.assumed for each in said),
        text=_joined(" ", (each.text for each in said)),
        source=next((each.source for each in said if each.source), None),
        missing=missing,
    )


def _from_data(agreement: Agreement) -> Iterator[tuple[str, Answer]]:
    """The questions that a table of the file answers by being there."""
    yield "parties_and_signatories", _plain(f"{agreement.sending}, {agreement.receiving}", agreement.source)
    yield "vehicle", _plain(agreement.vehicle, agreement.source)
    for question, name in (("in_force_date", "in_force_on"), ("publication", "published_on")):
        if dated := agreement.dates.get(name):
            yield question, _answer(dated, lambda each: _same(each.on.isoformat()), assumed=dated.assumed)
    yield from _places(agreement.facilities)
    for question, kind in (("who_may_come", "scope"), ("who_may_not", "exclusion")):
        if terms := [each for each in agreement.eligibility if each.kind == kind]:
            yield question, Answer(text=_joined(". ", (each.title for each in terms), "."), source=_best(terms))
    named = [each for each in agreement.authorities if each.source.settles]
    if {agreement.sending, agreement.receiving} <= {each.state for each in named}:
        yield "competent_authorities", _plain(", ".join(each.name for each in named), named[0].source)
    for question, name in _DATA["answered_by_period"].items():
        if period := agreement.periods.get(name):
            yield question, _answer(period, _days, assumed=period.assumed)
    if counted := agreement.day_count:
        yield "day_count", Answer(text=counted.text, source=counted.source, assumed=counted.assumed)
    if fee := agreement.fee:
        yield "fee_shape", _plain(fee.shape, fee.source)
        if fee.outside:
            text = _joined(" ", (each.text for each in fee.outside))
            yield "outside_the_fee", Answer(text=text, source=_best(fee.outside))


def _places(facilities: tuple[Facility, ...]) -> Iterator[tuple[str, Answer]]:
    """Which places there are, and how many: in each, where there are several."""
    if facilities:
        yield "places_by_name", _plain(", ".join(each.name for each in facilities), _best(facilities))
    if counted := [each for each in facilities if each.places is not None]:
        text = ", ".join(f"{each.name}: {each.places}" if len(counted) > 1 else str(each.places) for each in counted)
        also = tuple(
            _plain(f"{each.name}: {each.places}" if len(counted) > 1 else str(each.places), each.source)
            for facility in counted
            for each in facility.also
            if each.places != facility.places
        )
        yield "places_and_cells", Answer(text=_same(text), source=_best(counted), also=also)


def _answer(value: S, text: Callable[[S], Bilingual], *, assumed: bool) -> Answer:
    """What a value of the file answers, and what other sources say in its place."""
    also = tuple(_answer(each, text, assumed=False) for each in value.also)
    return Answer(text=text(value), source=value.source, assumed=assumed, also=also)


def _plain(text: str, source: Source | None) -> Answer:
    """Words that are the same in every language."""
    return Answer(text=_same(text), source=source)


def _same(text: str) -> Bilingual:
    return Bilingual(en=text, es=text)


def _days(period: Period) -> Bilingual:
    return Bilingual(en=f"{period.value} days.", es=f"{period.value} días.")


class _Sourced(Protocol):
    @property
    def source(self) -> Source: ...


def _best(said: Sequence[_Sourced]) -> Source:
    """The first source on which something can rest, or else the first."""
    return next((each.source for each in said if each.source.settles), said[0].source)


def _joined(between: str, texts: Iterable[Bilingual], end: str = "") -> Bilingual:
    texts = list(texts)
    en, es = (between.join(each.said_in(language) for each in texts) for language in ("en", "es"))
    return Bilingual(en=en + end, es=es + end)
