"""The law as safeguards: one TOML file an instrument, read and checked before anything is decided.

A safeguard's condition says what must be so: it holds (met), fails (barred), or is not shown. A standard
never bars: it yields a finding that the reasons of a decision must meet.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from habeas.core.clock_rules import ClockRule, never_unbound, read_clock
from habeas.core.facts import CATALOGUE, SCOPE, value_of
from habeas.core.messages import FileError, Message, Place
from habeas.core.rules import Given, Rule, Value
from habeas.core.sources import Source, read_evidence, source_in
from habeas.core.tables import Bilingual, Table, read_whole


class Step(StrEnum):
    """The steps at which safeguards are asked, each time anew."""

    SCREENING = "screening"
    DECISION = "decision"
    DEPARTURE = "departure"
    HANDOVER = "handover"
    ADMISSION = "admission"
    HELD = "held"
    RETURN = "return"


class Binds(StrEnum):
    """What gives an instrument its force."""

    TREATY = "treaty"
    STATUTE = "statute"
    ORDER = "order"
    STANDARD = "standard"


class Kind(StrEnum):
    """What a safeguard does."""

    BARS = "bars"
    REQUIRES = "requires"
    CLOCK = "clock"


class Result(StrEnum):
    """What a safeguard, or a term of an agreement, answers about one person."""

    MET = "met"
    BARRED = "barred"
    NOT_SHOWN = "not_shown"
    NOT_APPLICABLE = "not_applicable"
    STANDARD_MET = "standard_met"
    STANDARD_NOT_MET = "standard_not_met"
    STANDARD_NOT_SHOWN = "standard_not_shown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    """A treaty, statute, order or standard. `bound` says since when, `reservations` what a bound state declared. A
    state in neither list is not known to be unbound, so a treaty applies to it; a statute, and an order that is not
    for everyone, bind the listed states alone. `standard_for_others`: a state that is not bound is held to it as a
    standard."""

    id: str
    title: Bilingual
    binds: Binds
    everyone: bool
    bound: Mapping[str, date | None]
    not_bound: Mapping[str, Bilingual]
    reservations: Mapping[str, Bilingual]
    standard_for_others: bool
    source: Source

    def is_unbound(self, state: str, on: date | None) -> bool:
        """Whether the state is known not to be bound on a day."""
        if self.everyone:
            return False
        if state in self.bound:
            since = self.bound[state]
            return since is not None and on is not None and on < since
        return state in self.not_bound or self.binds in (Binds.STATUTE, Binds.ORDER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """Facts and what the safeguard must answer to them; every example is a test."""

    title: str
    given: Mapping[str, Value | None]
    expect: Result


@dataclass(frozen=True, slots=True, kw_only=True)
class Safeguard:
    """One duty of one instrument. `law` is its number in the project's list of the law. `duty_of`: whose it is; of
    `both` when it binds only two parties to the instrument between themselves."""

    id: str
    law: str
    article: str
    title: Bilingual
    instrument: Instrument
    kind: Kind
    duty_of: str
    steps: tuple[Step, ...]
    applies_when: Rule | None
    condition: Rule
    evidence: Mapping[str, tuple[str, ...]]
    reason: Bilingual
    source: Source
    examples: tuple[Example, ...]
    asks: tuple[tuple[str, tuple[str, ...]], ...] = field(init=False, compare=False)
    """Every fact on which its answer depends, with the kinds of evidence that it wants; none for the usual ones."""

    def __post_init__(self) -> None:
        applies = self.applies_when.facts if self.applies_when else ()
        asks = dict.fromkeys((*applies, *self.condition.facts, "asked_on", "sending_state", "receiving_state"))
        object.__setattr__(self, "asks", tuple((fact, self._wanted(fact)) for fact in asks))

    def _wanted(self, fact: str) -> tuple[str, ...]:
        kinds = self.evidence.get(fact, ())
        return () if set(kinds) == set(CATALOGUE[fact].settled_by) else kinds

    def force(self, given: Given) -> Binds | None:
        """With what force it applies to the two states; None when neither is bound. Unknown applies."""
        if self.instrument.binds is Binds.STANDARD:
            return Binds.STANDARD
        day = given.get("asked_on")
        on = day if isinstance(day, date) else None
        states = [given.get(f"{party}_state") for party in self.parties]
        among = any if self.duty_of == "both" else all
        if among(isinstance(each, str) and self.instrument.is_unbound(each, on) for each in states):
            return Binds.STANDARD if self.instrument.standard_for_others else None
        return self.instrument.binds

    @property
    def parties(self) -> tuple[str, ...]:
        """Whose duty it is: "sending", "receiving", or both of them."""
        return ("sending", "receiving") if self.duty_of in ("either", "both") else (self.duty_of,)

    def result(self, given: Given) -> Result:
        return self.result_of(given, self.condition.answer(given))

    def result_of(self, given: Given, holds: bool | None) -> Result:
        """What it answers to these facts, of which its condition holds, fails or is not shown."""
        force = self.force(given)
        if force is None or (self.applies_when is not None and self.applies_when.answer(given) is False):
            return Result.NOT_APPLICABLE
        if force is Binds.STANDARD:
            return _STANDARD[holds]
        return BINDING[holds]


BINDING: Mapping[bool | None, Result] = {True: Result.MET, False: Result.BARRED, None: Result.NOT_SHOWN}
_STANDARD: Mapping[bool | None, Result] = {
    True: Result.STANDARD_MET,
    False: Result.STANDARD_NOT_MET,
    None: Result.STANDARD_NOT_SHOWN,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SafeguardSet:
    """A set of safeguards, and the SHA-256 over their sources that every decision names. `weaker`: where it asks less
    than what was released or adopted (`core.released`). Such a set decides nothing."""

    safeguards: tuple[Safeguard, ...]
    digest: str
    weaker: tuple[Message, ...] = ()
    clocks: tuple[ClockRule, ...] = ()

    def asked_at(self, step: Step) -> tuple[Safeguard, ...]:
        return tuple(each for each in self.safeguards if step in each.steps)


def parse_safeguards(files: Mapping[str, str]) -> SafeguardSet:
    """The set in these files (name to text). Raises FileError with the place."""
    found: dict[str, Safeguard | ClockRule] = {}
    for name in sorted(files):
        for each in read_whole(files[name], name, _duties):
            if each.id in found:
                raise FileError("toml.repeated", Place(file=name), key="id", found=each.id)
            found[each.id] = each
    return SafeguardSet(
        safeguards=tuple(each for each in found.values() if isinstance(each, Safeguard)),
        clocks=tuple(each for each in found.values() if isinstance(each, ClockRule)),
        digest=digest_of({**files, "facts": "".join(map(repr, CATALOGUE.values()))}),
    )


def digest_of(files: Mapping[str, str]) -> str:
    """SHA-256, in hex, over names and texts, each with its length before it."""
    total = hashlib.sha256()
    for name in sorted(files):
        for part in (name.encode(), files[name].encode()):
            total.update(len(part).to_bytes(8, "big") + part)
    return total.hexdigest()


# --- reading one file ------------------------------------------------------------------------------


def parse_instrument(text: str, file: str) -> tuple[Safeguard, ...]:
    """The safeguards of one instrument's file. Raises FileError with the place."""
    return tuple(each for each in read_whole(text, file, _duties) if isinstance(each, Safeguard))


def _duties(root: Table) -> tuple[Safeguard | ClockRule, ...]:
    """The safeguards of a file, then its clocks."""
    instrument = _instrument(root.table("instrument"))
    found = [_safeguard(each, instrument) for each in root.tables("safeguard")]
    beside = {each.id: each for each in found}
    return (*found, *(_clock(each, instrument, beside) for each in root.tables("clock")))


def _clock(table: Table, instrument: Instrument, beside: Mapping[str, Safeguard]) -> ClockRule:
    """A clock of an instrument: of one of its safeguards, or with a number in the law, an article and a source."""
    is_unbound = never_unbound if instrument.standard_for_others else instrument.is_unbound
    if named := table.maybe_text("safeguard"):
        table.check("safeguard", named, beside)
        of = beside[named]
        known: Mapping[str, object] = {"law": of.law, "article": of.article, "source": of.source}
        return read_clock(table, **known, applies_when=of.applies_when, is_unbound=is_unbound)
    return read_clock(table, source=source_in(table), applies_when=None, is_unbound=is_unbound)


def _instrument(table: Table) -> Instrument:
    bound = {each.country("state"): each for each in table.tables("bound")}
    instrument = table.record(
        Instrument,
        bound={state: each.maybe(each.day, "since") for state, each in bound.items()},
        reservations={state: each.words("reservation") for state, each in bound.items() if each.has("reservation")},
        not_bound={each.country("state"): each.words("why") for each in table.tables("not_bound")},
        source=source_in(table),
    )
    if instrument.binds is not Binds.STANDARD and not instrument.everyone and not instrument.bound:
        raise FileError("toml.nobody_bound", table.place, key="bound")
    return instrument


def _safeguard(table: Table, instrument: Instrument) -> Safeguard:
    safeguard = table.record(
        Safeguard,
        instrument=instrument,
        duty_of=table.choice("duty_of", ("sending", "receiving", "either", "both")),
        steps=_steps(table),
        applies_when=table.rule("applies_when", SCOPE) if table.has("applies_when") else None,
        condition=table.rule("condition", SCOPE),
        evidence=read_evidence(table, CATALOGUE, "toml.unknown_fact", "toml.not_one_of"),
        source=source_in(table),
        examples=tuple(each.record(Example, given=_given(each)) for each in table.tables("example")),
    )
    if not safeguard.examples:
        raise FileError("toml.no_example", table.place, key="example", found=safeguard.id)
    return safeguard


def _steps(table: Table) -> tuple[Step, ...]:
    names = table.texts("steps")
    if not names:
        raise table.error("toml.key_missing", "steps")
    for name in names:
        table.check("steps", name, Step)
    return tuple(Step(name) for name in names)


def _given(table: Table) -> dict[str, Value | None]:
    stated = table.maybe_table("given")
    facts = [CATALOGUE[name] for name in stated.names(CATALOGUE, "toml.unknown_fact")]
    given = {each.name: value_of(each, stated.raw(each.name)) for each in facts}
    for each in facts:
        if given[each.name] is None:
            raise table.error("toml.wrong_value", "given", fact=each.name, type=each.type.value)
    return given
