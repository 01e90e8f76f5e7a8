"""The law as safeguards: one TOML file an instrument, read and checked before anything is decided.

A safeguard's condition says what must be so: it holds (met), fails (barred), or is not shown. A standard
never bars: it yields a finding that the reasons of a decision must meet.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum

from habeas.core.countries import COUNTRIES
from habeas.core.facts import CATALOGUE, EVIDENCE_KINDS, SCOPE, FactDefinition
from habeas.core.rules import Given, Place, Rule, Type, Value
from habeas.core.terms_toml import Bilingual, Table, TermsError, read_toml


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


class Quality(StrEnum):
    """How a statement is known."""

    TEXT = "text"  # the treaty, statute or judgment itself was read
    OFFICIAL = "official"
    PRESS = "press"
    CONFLICTING = "conflicting"
    GENERAL_KNOWLEDGE = "general_knowledge"  # to verify before it is relied on


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
class Source:
    """Where a statement comes from, and how well it is known."""

    cite: str
    quality: Quality

    @property
    def from_general_knowledge(self) -> bool:
        """Whether nobody has read the source yet: to verify before it is relied on."""
        return self.quality is Quality.GENERAL_KNOWLEDGE


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    """A treaty, statute, order or standard. `bound` says since when. A state in neither list is not known to
    be unbound, so a treaty applies to it; a statute binds the listed states alone.
    `standard_for_others`: a state that is not bound is held to it as a standard.
    """

    id: str
    title: Bilingual
    binds: Binds
    everyone: bool
    bound: Mapping[str, date | None]
    not_bound: Mapping[str, str]
    standard_for_others: bool
    source: Source

    def is_unbound(self, state: str, on: date | None) -> bool:
        """Whether the state is known not to be bound on a day."""
        if self.everyone:
            return False
        if state in self.bound:
            since = self.bound[state]
            return since is not None and on is not None and on < since
        return state in self.not_bound or self.binds is Binds.STATUTE


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """Facts and what the safeguard must answer to them; every example is a test."""

    title: str
    given: Mapping[str, Value | None]
    expect: Result


@dataclass(frozen=True, slots=True, kw_only=True)
class Safeguard:
    """One duty of one instrument. `law` is its number in the project's list of the law."""

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

    def force(self, given: Given) -> Binds | None:
        """With what force it applies to the two states; None when neither is bound. Unknown applies."""
        if self.instrument.binds is Binds.STANDARD:
            return Binds.STANDARD
        day = given.get("asked_on")
        on = day if isinstance(day, date) else None
        states = [given.get(f"{party}_state") for party in self._parties()]
        if all(isinstance(each, str) and self.instrument.is_unbound(each, on) for each in states):
            return Binds.STANDARD if self.instrument.standard_for_others else None
        return self.instrument.binds

    def _parties(self) -> tuple[str, ...]:
        return ("sending", "receiving") if self.duty_of == "either" else (self.duty_of,)

    def result(self, given: Given) -> Result:
        """What it answers to these facts."""
        force = self.force(given)
        if force is None or (self.applies_when is not None and self.applies_when.answer(given) is False):
            return Result.NOT_APPLICABLE
        holds = self.condition.answer(given)
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
    """The released safeguards, and the SHA-256 over their sources that every decision names."""

    safeguards: tuple[Safeguard, ...]
    digest: str

    def asked_at(self, step: Step) -> tuple[Safeguard, ...]:
        """The safeguards of one step."""
        return tuple(each for each in self.safeguards if step in each.steps)


def parse_safeguards(files: Mapping[str, str]) -> SafeguardSet:
    """The set in these files (name to text). Raises TermsError or RuleError with the place."""
    found: dict[str, Safeguard] = {}
    for name in sorted(files):
        for each in parse_instrument(files[name], name):
            if each.id in found:
                raise TermsError("toml.repeated", Place(file=name), key="id", found=each.id)
            found[each.id] = each
    return SafeguardSet(safeguards=tuple(found.values()), digest=digest_of(files))


def digest_of(files: Mapping[str, str]) -> str:
    """SHA-256, in hex, over names and texts, each with its length before it."""
    total = hashlib.sha256()
    for name in sorted(files):
        for part in (name.encode(), files[name].encode()):
            total.update(len(part).to_bytes(8, "big") + part)
    return total.hexdigest()


# --- reading one file ------------------------------------------------------------------------------


def parse_instrument(text: str, file: str) -> tuple[Safeguard, ...]:
    """The safeguards of one instrument's file. Raises TermsError or RuleError with the place."""
    root = read_toml(text, file)
    instrument = _instrument(root.table("instrument"))
    safeguards = tuple(_safeguard(each, instrument) for each in root.tables("safeguard"))
    root.done()
    return safeguards


def _instrument(table: Table) -> Instrument:
    bound = table.tables("bound")
    instrument = Instrument(
        id=table.text("id"),
        title=table.words("title"),
        binds=Binds(table.choice("binds", list(Binds))),
        everyone=table.flag("everyone"),
        bound={_state(each): each.maybe_day("since") for each in bound},
        not_bound={_state(each): each.text("why") for each in table.tables("not_bound")},
        standard_for_others=table.flag("standard_for_others"),
        source=read_source(table),
    )
    if instrument.binds is not Binds.STANDARD and not instrument.everyone and not bound:
        raise TermsError("toml.nobody_bound", table.place, key="bound")
    table.done()
    return instrument


def _state(table: Table) -> str:
    state = table.text("state")
    table.check("state", state, COUNTRIES, "toml.unknown_country")
    return state


def read_source(table: Table) -> Source:
    """`source` and `quality` of a table. `from_general_knowledge = true` is the quality's other name."""
    if table.flag("from_general_knowledge"):
        table.maybe_text("quality")
        return Source(cite=table.text("source"), quality=Quality.GENERAL_KNOWLEDGE)
    return Source(cite=table.text("source"), quality=Quality(table.choice("quality", list(Quality))))


def _safeguard(table: Table, instrument: Instrument) -> Safeguard:
    safeguard = Safeguard(
        id=table.text("id"),
        law=table.text("law"),
        article=table.text("article"),
        title=table.words("title"),
        instrument=instrument,
        kind=Kind(table.choice("kind", list(Kind))),
        duty_of=table.choice("duty_of", ("sending", "receiving", "either")),
        steps=_steps(table),
        applies_when=table.rule("applies_when", SCOPE) if table.maybe_text("applies_when") else None,
        condition=table.rule("condition", SCOPE),
        evidence=read_evidence(table),
        reason=table.words("reason"),
        source=read_source(table),
        examples=tuple(_example(each) for each in table.tables("example")),
    )
    if not safeguard.examples:
        raise TermsError("toml.no_example", table.place, key="example", found=safeguard.id)
    table.done()
    return safeguard


def _steps(table: Table) -> tuple[Step, ...]:
    names = table.texts("steps")
    if not names:
        raise table.error("toml.key_missing", "steps")
    for name in names:
        table.check("steps", name, list(Step))
    return tuple(Step(name) for name in names)


def read_evidence(table: Table) -> dict[str, tuple[str, ...]]:
    """`evidence`: by fact, the kinds of document that this rule accepts."""
    inner = table.maybe_table("evidence")
    if inner is None:
        return {}
    wanted = {}
    for name in table.raw("evidence"):
        inner.check(name, name, CATALOGUE, "toml.unknown_fact")
        wanted[name] = inner.texts(name)
        for kind in wanted[name]:
            inner.check(name, kind, EVIDENCE_KINDS)
    return wanted


def _example(table: Table) -> Example:
    given: dict[str, Value | None] = {}
    for name, value in table.raw("given").items():
        table.check("given", name, CATALOGUE, "toml.unknown_fact")
        read = value_from_toml(CATALOGUE[name], value)
        if read is None:
            raise table.error("toml.wrong_value", "given", fact=name, type=CATALOGUE[name].type.value)
        given[name] = read
    example = Example(title=table.text("title"), given=given, expect=Result(table.choice("expect", list(Result))))
    table.done()
    return example


def value_from_toml(definition: FactDefinition, value: object) -> Value | None:
    """The value of a fact as TOML has it; None when it is not of the fact's type or codes."""
    known = COUNTRIES if definition.countries else frozenset(definition.codes)
    match definition.type, value:
        case Type.BOOL, bool():
            return value
        case Type.INT, int() if not isinstance(value, bool):
            return value
        case Type.MOMENT, datetime() if value.tzinfo is not None:
            return value.astimezone(UTC)
        case Type.DATE, date() if not isinstance(value, datetime):
            return value
        case Type.TEXT, str() if not known or value in known:
            return value
        case Type.TEXTS, list() if all(isinstance(e, str) and (not known or e in known) for e in value):
            return tuple(value)
    return None
