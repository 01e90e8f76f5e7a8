"""A case that somebody wrote into a file, to have it screened: format version 1, as JSON or TOML.

Strict, because a misspelt name would silently be a fact that is not known. Each refusal is one sentence: the
file, the place in it, what was expected and what was found. Pure: takes bytes, reads nothing.
docs/reference/case-json.md is the description of the format.
"""

import difflib
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import NoReturn, TypeVar

from habeas.core.countries import COUNTRIES
from habeas.core.facts import (
    CATALOGUE,
    EVIDENCE_KINDS,
    INTEGER_MAX,
    CaseFacts,
    Evidence,
    Fact,
    FactDefinition,
    Origin,
    Standing,
)
from habeas.core.messages import FileError, Message, Parameter
from habeas.core.rules import Type, Value
from habeas.core.safeguards import Step
from habeas.core.tables import HIDDEN, load_toml

T = TypeVar("T")

FORMAT = 1
LENGTH_MAX = 1_000_000
TEXT_MAX = 500
LIST_MAX = 500
YEARS = range(1850, 2501)


class CaseFileError(Exception):
    """A case file that can't be used; `message` says where, what was expected and what was found."""

    def __init__(self, code: str, **parameters: Parameter) -> None:
        super().__init__(code, parameters)
        self.message = Message(code, parameters)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFile:
    """One person's case. `name` serves only to say whom the answer is about; `as_of` is in UTC."""

    name: str
    as_of: datetime
    step: Step
    proposed_by: str | None
    facts: tuple[Fact, ...]

    @property
    def case_facts(self) -> CaseFacts:
        """What the safeguards are asked about."""
        return CaseFacts(proposed_by=self.proposed_by, facts=self.facts)


def read_case_file(data: bytes, file: str) -> CaseFile:
    """The case in these bytes; TOML by its name, else JSON. Raises CaseFileError, nothing else."""
    if len(data) > LENGTH_MAX:
        raise CaseFileError("case_file.too_long", file=file, limit=LENGTH_MAX)
    read = _from_toml if file.lower().endswith(".toml") else _from_json
    return _case(_Part(read(_decoded(data, file), file), "", file))


def parse_moment(value: object) -> datetime | None:
    """A moment as a case file writes it, in UTC; None for anything else."""
    found = _from_text(value, _MOMENT, datetime)
    if not isinstance(found, datetime) or found.tzinfo is None or found.year not in YEARS:
        return None
    return found.astimezone(UTC)


_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2})?(Z|[+-][0-9]{2}:[0-9]{2})")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _from_text(value: object, form: re.Pattern[str], kind: type[date]) -> object:
    """What a text of this form says; anything else as it is, for TOML has days and moments of its own."""
    try:
        return kind.fromisoformat(value) if isinstance(value, str) and form.fullmatch(value) else value
    except ValueError:
        return None


# --- syntax ----------------------------------------------------------------------------------------


def _decoded(data: bytes, file: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line, column = before.count(b"\n") + 1, error.start - before.rfind(b"\n")
        raise CaseFileError("case_file.not_utf8", file=file, line=line, column=column) from None


def _from_json(text: str, file: str) -> object:
    """The values of a JSON text; a number that a case can't hold (NaN, infinite, too large) as a Decimal."""
    try:
        return json.loads(
            text,
            object_pairs_hook=_object,
            parse_int=lambda digits: int(digits) if len(digits) < 17 else Decimal(digits),
            parse_constant=Decimal,
        )
    except json.JSONDecodeError as error:
        line, column = error.lineno, error.colno
        raise CaseFileError("case_file.not_json", file=file, line=line, column=column, detail=error.msg) from None
    except RecursionError:
        raise CaseFileError("case_file.too_nested", file=file) from None


def _object(pairs: list[tuple[str, object]]) -> dict[str | None, object]:
    """An object of JSON; under None the name of a member that it has more than once, which no reader could see."""
    members: dict[str | None, object] = dict(pairs)
    if len(members) < len(pairs):
        names = [name for name, _ in pairs]
        members[None] = next(name for name in names if names.count(name) > 1)
    return members


def _from_toml(text: str, file: str) -> object:
    try:
        return load_toml(text, file)
    except FileError as error:
        detail = error.message.parameters.get("why")
        code = "case_file.not_toml" if detail else "case_file.too_nested"
        line, column = error.place.line, error.place.column
        raise CaseFileError(code, file=file, line=line, column=column, detail=detail) from None


# --- one part of the file --------------------------------------------------------------------------


@dataclass(slots=True)
class _Part:
    """A value, its path in the file, such as `facts[2].value`, and the members that were asked of it: `done`
    refuses every other one."""

    value: object
    path: str
    file: str
    asked: list[str] = field(default_factory=list)

    def refuse(self, code: str, **parameters: Parameter) -> NoReturn:
        raise CaseFileError(code, file=self.file, place=self.path or "case_file.top", **parameters)

    def wants(self, expected: str) -> NoReturn:
        """Refuse, saying what was expected: the last part of a code `case_file.wants_…`."""
        self.refuse("case_file.wrong", expected=f"case_file.wants_{expected}", found=_found(self.value))

    def members(self) -> dict[str, object]:
        if not isinstance(self.value, dict):
            self.wants("object")
        if None in self.value:
            self.refuse("case_file.repeated", member=_short(self.value[None]))
        return self.value

    def member(self, name: str) -> "_Part":
        """A member; None is the value of an absent one."""
        self.asked.append(name)
        return _Part(self.members().get(name), f"{self.path}.{name}".removeprefix("."), self.file)

    def maybe(self, name: str, read: "Callable[[_Part], T]") -> T | None:
        """What is read of a member, or None where it is absent or null."""
        part = self.member(name)
        return None if part.value is None else read(part)

    def needed(self, name: str) -> "_Part":
        if name not in self.members():
            self.refuse("case_file.missing", member=name)
        return self.member(name)

    def items(self) -> "tuple[_Part, ...]":
        if not isinstance(self.value, list) or len(self.value) > LIST_MAX:
            self.wants("list")
        return tuple(_Part(each, f"{self.path}[{index}]", self.file) for index, each in enumerate(self.value))

    def done(self) -> None:
        for name in self.members():
            if name not in self.asked:
                self.refuse(
                    "case_file.unknown_member",
                    member=_short(name),
                    known=_nearest(name, list(dict.fromkeys(self.asked))),
                )

    def text(self) -> str:
        if not isinstance(self.value, str) or not self.value.strip() or len(self.value) > TEXT_MAX:
            self.wants("text")
        if HIDDEN.search(self.value) or "\n" in self.value or "\t" in self.value:
            self.wants("visible")
        return self.value

    def truth(self) -> bool:
        return self.value if isinstance(self.value, bool) else self.wants("bool")

    def number(self) -> int:
        if not isinstance(self.value, int) or isinstance(self.value, bool) or abs(self.value) > INTEGER_MAX:
            self.wants("int")
        return self.value

    def day(self) -> date:
        found = _from_text(self.value, _DAY, date)
        if not isinstance(found, date) or isinstance(found, datetime) or found.year not in YEARS:
            self.wants("date")
        return found

    def moment(self) -> datetime:
        return parse_moment(self.value) or self.wants("moment")

    def country(self) -> str:
        return self.value if isinstance(self.value, str) and self.value in COUNTRIES else self.wants("country")

    def digest(self) -> str:
        is_one = isinstance(self.value, str) and re.fullmatch(r"[0-9a-f]{64}", self.value)
        return str(self.value) if is_one else self.wants("sha256")

    def one_of(self, known: Iterable[str], code: str = "case_file.not_one_of") -> str:
        """One of the known codes; else the nearest, or all, are named."""
        choices = sorted(known)
        if not isinstance(self.value, str):
            self.wants("text")
        if self.value not in choices:
            self.refuse(code, found=_found(self.value), known=_nearest(self.value, choices))
        return self.value


def _nearest(found: str, choices: list[str]) -> tuple[str, ...]:
    return tuple(difflib.get_close_matches(found[:TEXT_MAX], choices, n=1) or choices)


def _short(text: str) -> str:
    """A text of the file as a sentence can hold it: quoted, short, and without anything unseen."""
    cut = text if len(text) <= 40 else text[:40] + "…"
    quoted = json.dumps(cut, ensure_ascii=False)
    return "".join(each if each.isprintable() else f"\\u{ord(each):04x}" for each in quoted)


def _found(value: object) -> str:
    match value:
        case str():
            return _short(value)
        case None | bool():
            return json.dumps(value)
        case int() if abs(value) > INTEGER_MAX:
            return "case_file.found_large_number"
        case dict():
            return "case_file.found_object"
        case list():
            return "case_file.found_list"
    return _short(str(value))[1:-1]


# --- meaning ---------------------------------------------------------------------------------------


def _case(part: _Part) -> CaseFile:
    version = part.needed("habeas_case")
    if version.number() != FORMAT:
        version.refuse("case_file.version", found=_found(version.value), known=str(FORMAT))
    case = CaseFile(
        step=part.maybe("step", lambda step: Step(step.one_of(Step))) or Step.SCREENING,
        proposed_by=part.maybe("proposed_by", _Part.text),
        name=part.needed("name").text(),
        as_of=part.needed("as_of").moment(),
        facts=tuple(_fact(each) for each in part.needed("facts").items()),
    )
    part.done()
    return case


def _fact(part: _Part) -> Fact:
    definition = _definition(part.needed("name"))
    fact = Fact(
        id=part.path,
        name=definition.name,
        value=part.maybe("value", lambda value: _value(value, definition)),
        stated_by=part.needed("stated_by").text(),
        standing=Standing(part.needed("standing").one_of(Standing)),
        contested=part.maybe("contested", _Part.truth) or False,
        evidence=tuple(_evidence(each) for each in part.maybe("evidence", _Part.items) or ()),
        as_of=part.needed("as_of").day(),
        verified_by=part.maybe("verified_by", _Part.text),
    )
    _check_verified(part, fact)
    part.done()
    return fact


def _definition(name: _Part) -> FactDefinition:
    stateable = {each.name for each in CATALOGUE.values() if each.origin is not Origin.TERMS}
    if isinstance(name.value, str) and name.value in CATALOGUE.keys() - stateable:
        name.refuse("case_file.fact_of_terms", found=_found(name.value))
    if isinstance(name.value, str) and not difflib.get_close_matches(name.value[:TEXT_MAX], stateable, n=1):
        name.refuse("case_file.unknown_fact", found=_found(name.value))
    return CATALOGUE[name.one_of(stateable, "case_file.unknown_fact_near")]


def _value(part: _Part, definition: FactDefinition) -> Value:
    if definition.type is Type.TEXTS:
        return tuple(_code(each, definition) for each in part.items())
    return _code(part, definition) if definition.type is Type.TEXT else _READERS[definition.type](part)


_READERS: Mapping[Type, Callable[[_Part], Value]] = {
    Type.BOOL: _Part.truth,
    Type.INT: _Part.number,
    Type.DATE: _Part.day,
    Type.MOMENT: _Part.moment,
}


def _code(part: _Part, definition: FactDefinition) -> str:
    if definition.countries:
        return part.country()
    return part.one_of(definition.codes) if definition.codes else part.text()


def _check_verified(part: _Part, fact: Fact) -> None:
    """A verified fact has somebody who verified it, and not who stated it; no other fact has one."""
    is_verified = fact.standing is Standing.VERIFIED
    if is_verified and part.needed("verified_by").text() == fact.stated_by:
        part.member("verified_by").refuse("case_file.verified_by_self")
    if not is_verified and fact.verified_by is not None:
        part.member("verified_by").refuse("case_file.verified_by_unwanted", standing=fact.standing.value)


def _evidence(part: _Part) -> Evidence:
    evidence = Evidence(
        sha256=part.maybe("sha256", _Part.digest),
        kind=part.needed("kind").one_of(EVIDENCE_KINDS),
        issuer=part.needed("issuer").text(),
        dated_on=part.needed("dated_on").day(),
        reference=part.needed("reference").text(),
    )
    part.done()
    return evidence
