"""Every fact that a rule may ask for, and when a stated fact counts.

A fact counts when somebody who did not propose the person has verified it against evidence of a kind
that the rule accepts, when nobody contests it, and when no other verified fact says otherwise.
Everything else is *not shown*, each with its own reason. What protects the person (an assertion, an
order of a court) works the other way: it counts in any standing, and no rule can use it to move anybody.

The facts themselves stand in `facts.toml` beside this file, which is part of the package.

There is no fact for membership, tattoos, dress, religion, ethnicity, opinion or association, and none
will be added: such a label can only enter as a final judgment about the person.
"""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from importlib.resources import files
from typing import Any

from habeas.core.countries import COUNTRIES
from habeas.core.entries.fields import FieldClass, read_moment
from habeas.core.messages import Message, Parameter
from habeas.core.rules import Declared, Scope, Type, Value

INTEGER_MAX = 2**53 - 1
"""The largest whole number that a fact can be, either way: every reader of JSON keeps it, and no sum that a rule can
write comes to more than 64 bits."""


class Origin(StrEnum):
    """Who supplies a fact."""

    STATED = "stated"  # somebody must state it, with evidence
    RECORD = "record"  # Habeas derives it from the case's own entries
    TERMS = "terms"  # the agreement, and the question itself, supply it


@dataclass(frozen=True, slots=True, kw_only=True)
class FactDefinition:
    """What a fact is. `protective`: a true or non-empty value protects the person. `countries`: its texts
    are ISO 3166-1 alpha-3 codes. `settled_by`: kinds of evidence, any one of which will do. `ends`: the
    assertion that this fact, a reasoned decision of the competent authority, brings to an end. `about`: the class of
    fields that it belongs to, which says who may see it.

    Its sentence is in the catalogue under `fact.<name>`.
    """

    name: str
    type: Type
    origin: Origin
    codes: tuple[str, ...] = ()
    countries: bool = False
    protective: bool = False
    settled_by: tuple[str, ...] = ()
    ends: str = ""
    about: FieldClass = FieldClass.FACTS

    @property
    def definition(self) -> Message:
        """What the fact means, in one sentence."""
        return Message(f"fact.{self.name}")


class Standing(StrEnum):
    """How firmly a fact stands. Only a verified fact can help to move a person."""

    ALLEGED = "alleged"
    STATED = "stated"
    VERIFIED = "verified"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A document on which a fact rests. `sha256`, in hex, is the digest of its file, where there is one."""

    kind: str
    issuer: str
    dated_on: date
    reference: str
    sha256: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Somebody states, as of a day, what a fact is; a `value` of None says: not known.

    `contested`: the person, counsel or the monitor disputes it, and no review has rejected that.
    """

    id: str
    name: str
    value: Value | None
    as_of: date
    stated_by: str
    standing: Standing
    evidence: tuple[Evidence, ...] = ()
    contested: bool = False
    verified_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFacts:
    """All that is stated about one person, and who proposes to move them (None: not known)."""

    proposed_by: str | None
    facts: tuple[Fact, ...]
    _by_name: dict[str, tuple[Fact, ...]] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        for each in self.facts:
            self._by_name[each.name] = (*self._by_name.get(each.name, ()), each)

    def of(self, name: str) -> tuple[Fact, ...]:
        return self._by_name.get(name, ())


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """What a rule may take a fact to be. Without a value, `why` says what is wanting. `settled_by`: the kinds
    of evidence that settle it, either way. `used` are ids of the statements that it rests on."""

    name: str
    value: Value | None
    why: Message | None = None
    settled_by: tuple[str, ...] = ()
    used: tuple[str, ...] = ()


# --- when a fact counts ----------------------------------------------------------------------------


def resolve(definition: FactDefinition, facts: CaseFacts, *, at: date, wanted: tuple[str, ...] = ()) -> Resolved:
    """What a rule that accepts evidence of the kinds `wanted` may take this fact to be at a day."""
    kinds = wanted or definition.settled_by
    protecting = [each for each in facts.of(definition.name) if definition.protective and each.value]
    if protecting:
        return _protecting(definition, protecting)
    stated = [each for each in facts.of(definition.name) if each.as_of <= at]
    asserted = facts.of(definition.ends) if definition.ends else ()
    after = max((each.as_of for each in asserted if each.value), default=None)  # what a decision here would end
    if after is not None and any(each.as_of < after for each in stated):
        stated = [each for each in stated if each.as_of >= after]
        if not stated:
            return _not_shown(definition, "fact_reason.decided_before_asserted", kinds)
    known = [each for each in stated if each.value is not None]
    if not known:
        return _not_shown(definition, "fact_reason.unknown" if stated else "fact_reason.missing", kinds)
    return _counted(definition, known, kinds, facts.proposed_by)


def _protecting(definition: FactDefinition, protecting: list[Fact]) -> Resolved:
    """Everything said in the person's favour counts together, whoever said it."""
    used = tuple(each.id for each in protecting)
    if definition.type is not Type.TEXTS:
        return Resolved(name=definition.name, value=True, used=used)
    every = [text for each in protecting if isinstance(each.value, tuple) for text in each.value]
    return Resolved(name=definition.name, value=tuple(dict.fromkeys(every)), used=used)


def _counted(
    definition: FactDefinition, known: list[Fact], kinds: tuple[str, ...], proposed_by: str | None
) -> Resolved:
    firm = [each for each in known if each.standing is not Standing.ALLEGED]
    if not firm:
        return _not_shown(definition, "fact_reason.only_alleged", kinds, by=known[0].stated_by)
    verified = [each for each in firm if _is_verified(each, proposed_by)]
    if not verified:
        return _not_shown(definition, "fact_reason.not_verified", kinds, by=firm[0].stated_by)
    if any(each.contested for each in verified):
        return _not_shown(definition, "fact_reason.contested", kinds)
    if len({each.value for each in verified}) > 1:
        return _not_shown(definition, "fact_reason.conflicting", kinds)
    proved = [each for each in verified if any(paper.kind in kinds for paper in each.evidence)]
    if not proved:
        return _not_shown(definition, "fact_reason.evidence_wanting", kinds)
    used = tuple(each.id for each in proved)
    return Resolved(name=definition.name, value=proved[0].value, settled_by=kinds, used=used)


def _is_verified(fact: Fact, proposed_by: str | None) -> bool:
    """Verified by somebody known not to be the proposer: with no proposer named, that can't be known."""
    return (
        fact.standing is Standing.VERIFIED
        and bool(fact.verified_by)
        and proposed_by is not None
        and fact.verified_by != proposed_by
    )


def _not_shown(definition: FactDefinition, code: str, kinds: tuple[str, ...], **parameters: Parameter) -> Resolved:
    why = Message(code, {"fact": f"fact.{definition.name}", **parameters})
    return Resolved(name=definition.name, value=None, why=why, settled_by=kinds)


# --- the catalogue ---------------------------------------------------------------------------------


def _defined(name: str, row: dict[str, Any]) -> FactDefinition:
    origin, settled_by, codes = Origin(row["origin"]), tuple(row.get("settled_by", ())), tuple(row.get("codes", ()))
    if origin is Origin.RECORD:
        settled_by = ("register_entry", *settled_by)
    about = FieldClass(row.get("about", FieldClass.FACTS))
    read_here = ("origin", "type", "settled_by", "codes", "about", "en", "es")  # the sentences go to the messages
    rest = {key: value for key, value in row.items() if key not in read_here}
    return FactDefinition(
        name=name, origin=origin, type=Type(row["type"]), settled_by=settled_by, codes=codes, about=about, **rest
    )


_ROWS = tomllib.loads(files("habeas.core").joinpath("facts.toml").read_text("utf-8"))
_ALL = tuple(_defined(name, row) for name, row in _ROWS.items())

CATALOGUE: Mapping[str, FactDefinition] = {each.name: each for each in _ALL}

SCOPE: Scope = {each.name: Declared(type=each.type, codes=each.codes) for each in _ALL}

EVIDENCE_KINDS: frozenset[str] = frozenset(kind for each in _ALL for kind in each.settled_by)


# --- making facts ----------------------------------------------------------------------------------


def recorded(name: str, value: Value | None, *, as_of: date, entry: str) -> Fact:
    """A fact that the register itself shows, by one of its entries. Raises KeyError for any other fact."""
    if CATALOGUE[name].origin is not Origin.RECORD:
        raise KeyError(f"{name} is not shown by the record: somebody must state it")
    paper = Evidence(kind="register_entry", issuer="register", dated_on=as_of, reference=entry)
    return Fact(
        id=f"{name}:{entry}",
        name=name,
        value=value,
        as_of=as_of,
        stated_by="register",
        standing=Standing.VERIFIED,
        evidence=(paper,),
        verified_by="register",
    )


def read_value(definition: FactDefinition, text: str) -> Value:
    """The value that a person typed. Raises ValueError. Texts of a list stand apart by commas or spaces."""
    value = value_of(definition, _TYPED[definition.type](text))
    if value is None:
        raise ValueError(f"{text} is not one of the values of {definition.name}")
    return value


_TYPED: Mapping[Type, Callable[[str], object]] = {
    Type.BOOL: {"true": True, "false": False}.get,
    Type.INT: int,
    Type.DATE: date.fromisoformat,
    Type.MOMENT: read_moment,
    Type.TEXT: str,
    Type.TEXTS: lambda text: text.replace(",", " ").split(),
}


def value_of(definition: FactDefinition, value: object) -> Value | None:
    """The value of a fact as TOML has it; None when it is not of the fact's type or codes."""
    known = COUNTRIES if definition.countries else frozenset(definition.codes)
    match definition.type, value:
        case Type.BOOL, bool():
            return value
        case Type.INT, int() if not isinstance(value, bool) and abs(value) <= INTEGER_MAX:
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
