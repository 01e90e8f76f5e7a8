"""A case that somebody wrote into a file, to have it screened: format version 1, as JSON or TOML.

Strict, because a misspelt name would silently be a fact that is not known. Each refusal is one sentence: the
file, the place in it, what was expected and what was found. Pure: takes bytes, reads nothing.
docs/reference/case-json.md is the description of the format.
"""

from __future__ import annotations

import difflib
import json
import re
import tomllib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import NoReturn

from habeas.core.countries import COUNTRIES
from habeas.core.facts import CATALOGUE, EVIDENCE_KINDS, CaseFacts, Evidence, Fact, FactDefinition, Origin, Standing
from habeas.core.messages import Message, Parameter
from habeas.core.rules import Type, Value
from habeas.core.safeguards import Step

FORMAT = 1
LENGTH_MAX = 1_000_000
TEXT_MAX = 500
LIST_MAX = 500
INTEGER_MAX = 2**53 - 1
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
    text = _decoded(data, file)
    parsed = _from_toml(text, file) if file.lower().endswith(".toml") else _from_json(text, file)
    return _case(_Part(parsed, "", file).members())


# --- syntax ----------------------------------------------------------------------------------------


class _Repeating(dict[str, object]):
    """An object of JSON that has a member more than once, which no reader could see."""

    def __init__(self, pairs: list[tuple[str, object]], repeated: str) -> None:
        super().__init__(pairs)
        self.repeated = repeated


@dataclass(frozen=True, slots=True)
class _NoNumber:
    """A number that a case can't hold: NaN, infinite, or too large."""

    text: str


def _decoded(data: bytes, file: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        begin = data.rfind(b"\n", 0, error.start) + 1
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - begin + 1
        raise CaseFileError("case_file.not_utf8", file=file, line=line, column=column) from None


def _from_json(text: str, file: str) -> object:
    try:
        return json.loads(
            text,
            object_pairs_hook=_object,
            parse_int=lambda digits: int(digits) if len(digits) < 17 else _NoNumber(digits),
            parse_constant=_NoNumber,
        )
    except json.JSONDecodeError as error:
        place: dict[str, Parameter] = {"line": error.lineno, "column": error.colno}
        raise CaseFileError("case_file.not_json", file=file, detail=error.msg, **place) from None
    except RecursionError:
        raise CaseFileError("case_file.too_nested", file=file) from None


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) == len(pairs):
        return members
    names = [name for name, _ in pairs]
    return _Repeating(pairs, next(name for name in names if names.count(name) > 1))


def _from_toml(text: str, file: str) -> object:
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise CaseFileError("case_file.too_nested", file=file) from None
    except ValueError as error:  # also a whole number of thousands of digits
        found = _AT.search(str(error))
        detail = str(error)[: found.start()] if found else "Invalid value"
        end = (text.count("\n") + 1, len(text) - text.rfind("\n"))
        line, column = (int(found[1]), int(found[2])) if found and found[1] else end
        raise CaseFileError("case_file.not_toml", file=file, line=line, column=column, detail=detail) from None


_AT = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")


# --- one part of the file --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Part:
    """A value, and its path in the file, such as `facts[2].value`."""

    value: object
    path: str
    file: str

    def refuse(self, code: str, **parameters: Parameter) -> NoReturn:
        place: Parameter = self.path or "case_file.top"
        raise CaseFileError(code, file=self.file, place=place, **parameters)

    def wants(self, expected: str) -> NoReturn:
        """Refuse, saying what was expected: the last part of a code `case_file.wants_…`."""
        self.refuse("case_file.wrong", expected=f"case_file.wants_{expected}", found=_found(self.value))

    def members(self) -> _Members:
        if not isinstance(self.value, dict):
            self.wants("object")
        if isinstance(self.value, _Repeating):
            self.refuse("case_file.repeated", member=_short(self.value.repeated))
        return _Members({str(name): value for name, value in self.value.items()}, self)

    def items(self) -> tuple[_Part, ...]:
        if not isinstance(self.value, list) or len(self.value) > LIST_MAX:
            self.wants("list")
        return tuple(_Part(each, f"{self.path}[{index}]", self.file) for index, each in enumerate(self.value))

    def text(self) -> str:
        if not isinstance(self.value, str) or not self.value.strip() or len(self.value) > TEXT_MAX:
            self.wants("text")
        if any(unicodedata.category(each) in _NEVER_SHOWN or each in _REORDERING for each in self.value):
            self.wants("visible")
        return self.value

    def truth(self) -> bool:
        if not isinstance(self.value, bool):
            self.wants("bool")
        return self.value

    def number(self) -> int:
        if not isinstance(self.value, int) or isinstance(self.value, bool) or abs(self.value) > INTEGER_MAX:
            self.wants("int")
        return self.value

    def day(self) -> date:
        found = self.value
        if isinstance(found, str) and _DAY.fullmatch(found):
            found = _parsed_day(found)
        if not isinstance(found, date) or isinstance(found, datetime) or found.year not in YEARS:
            self.wants("date")
        return found

    def moment(self) -> datetime:
        found = self.value
        if isinstance(found, str) and _MOMENT.fullmatch(found):
            found = _parsed_moment(found)
        if not isinstance(found, datetime) or found.tzinfo is None or found.year not in YEARS:
            self.wants("moment")
        return found.astimezone(UTC)

    def one_of(self, known: Iterable[str], code: str = "case_file.not_one_of") -> str:
        """One of the known codes; else the nearest, or all, are named."""
        choices = sorted(known)
        if not isinstance(self.value, str):
            self.wants("text")
        if self.value not in choices:
            self.refuse(code, found=_found(self.value), known=_nearest(self.value, choices))
        return self.value


_NEVER_SHOWN = {"Cc", "Cs", "Zl", "Zp"}
_REORDERING = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2})?(Z|[+-][0-9]{2}:[0-9]{2})")


class _Members:
    """The members of an object. `done` refuses every one that nobody asked for."""

    def __init__(self, values: dict[str, object], part: _Part) -> None:
        self._values, self._part = values, part
        self._asked: list[str] = []

    def maybe(self, name: str) -> _Part | None:
        """A member, or None where it is absent or null."""
        self._asked.append(name)
        value = self._values.get(name)
        return None if value is None else self.part(name)

    def needed(self, name: str) -> _Part:
        """A member that must be there."""
        self._asked.append(name)
        if name not in self._values:
            self._part.refuse("case_file.missing", member=name)
        return self.part(name)

    def part(self, name: str) -> _Part:
        path = f"{self._part.path}.{name}" if self._part.path else name
        return _Part(self._values[name], path, self._part.file)

    def done(self) -> None:
        for name in self._values:
            if name not in self._asked:
                known = _nearest(name, self._asked)
                self._part.refuse("case_file.unknown_member", member=_short(name), known=known)


def parse_moment(text: str) -> datetime | None:
    """A moment as a case file writes it, in UTC; None if the text is none."""
    found = _parsed_moment(text) if _MOMENT.fullmatch(text) else None
    return found.astimezone(UTC) if found is not None and found.year in YEARS else None


def _parsed_day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _parsed_moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _nearest(found: str, known: Iterable[str]) -> tuple[str, ...]:
    choices = tuple(known)
    return tuple(difflib.get_close_matches(found[:TEXT_MAX], choices, n=1)) or choices


def _short(text: str) -> str:
    """A text of the file as a sentence can hold it: quoted, short, and without anything unseen."""
    cut = text if len(text) <= 40 else text[:40] + "…"
    quoted = json.dumps(cut, ensure_ascii=False)
    return "".join(each if each.isprintable() else f"\\u{ord(each):04x}" for each in quoted)


def _found(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            return _short(value)
        case _NoNumber():
            return _short(value.text)[1:-1]
        case int():
            return str(value) if abs(value) <= INTEGER_MAX else "case_file.found_large_number"
        case dict():
            return "case_file.found_object"
        case list():
            return "case_file.found_list"
    return _short(str(value))[1:-1]


# --- meaning ---------------------------------------------------------------------------------------


def _case(members: _Members) -> CaseFile:
    version = members.needed("habeas_case")
    if version.number() != FORMAT:
        version.refuse("case_file.version", found=_found(version.value), known=str(FORMAT))
    step, proposed_by = members.maybe("step"), members.maybe("proposed_by")
    case = CaseFile(
        name=members.needed("name").text(),
        as_of=members.needed("as_of").moment(),
        step=Step(step.one_of(list(Step))) if step else Step.SCREENING,
        proposed_by=proposed_by.text() if proposed_by else None,
        facts=tuple(_fact(each) for each in members.needed("facts").items()),
    )
    members.done()
    return case


def _fact(part: _Part) -> Fact:
    members = part.members()
    definition = _definition(members.needed("name"))
    value = members.maybe("value")
    stated_by = members.needed("stated_by").text()
    standing = Standing(members.needed("standing").one_of(list(Standing)))
    contested, evidence = members.maybe("contested"), members.maybe("evidence")
    fact = Fact(
        id=part.path,
        name=definition.name,
        value=_value(value, definition) if value else None,
        as_of=members.needed("as_of").day(),
        stated_by=stated_by,
        standing=standing,
        verified_by=_verified_by(members, standing, stated_by),
        contested=contested.truth() if contested else False,
        evidence=tuple(_evidence(each.members()) for each in evidence.items()) if evidence else (),
    )
    members.done()
    return fact


def _definition(name: _Part) -> FactDefinition:
    stateable = {each.name for each in CATALOGUE.values() if each.origin is not Origin.TERMS}
    if isinstance(name.value, str) and name.value in CATALOGUE.keys() - stateable:
        name.refuse("case_file.fact_of_terms", found=_found(name.value))
    if isinstance(name.value, str) and not difflib.get_close_matches(name.value[:TEXT_MAX], stateable, n=1):
        name.refuse("case_file.unknown_fact", found=_found(name.value))
    return CATALOGUE[name.one_of(stateable, "case_file.unknown_fact_near")]


def _value(part: _Part, definition: FactDefinition) -> Value:
    match definition.type:
        case Type.BOOL:
            return part.truth()
        case Type.INT:
            return part.number()
        case Type.DATE:
            return part.day()
        case Type.MOMENT:
            return part.moment()
        case Type.TEXTS:
            return tuple(_code(each, definition) for each in part.items())
        case Type.TEXT:
            return _code(part, definition)


def _code(part: _Part, definition: FactDefinition) -> str:
    if definition.countries:
        if not isinstance(part.value, str) or part.value not in COUNTRIES:
            part.wants("country")
        return part.value
    return part.one_of(definition.codes) if definition.codes else part.text()


def _verified_by(members: _Members, standing: Standing, stated_by: str) -> str | None:
    """Who verified the fact: somebody else than who stated it, and nobody unless it is verified."""
    if standing is Standing.VERIFIED:
        part = members.needed("verified_by")
        if part.text() == stated_by:
            part.refuse("case_file.verified_by_self")
        return part.text()
    unwanted = members.maybe("verified_by")
    if unwanted is not None:
        unwanted.refuse("case_file.verified_by_unwanted", standing=standing.value)
    return None


def _evidence(members: _Members) -> Evidence:
    digest = members.maybe("sha256")
    evidence = Evidence(
        kind=members.needed("kind").one_of(EVIDENCE_KINDS),
        issuer=members.needed("issuer").text(),
        dated_on=members.needed("dated_on").day(),
        reference=members.needed("reference").text(),
        sha256=_digest(digest) if digest else None,
    )
    members.done()
    return evidence


def _digest(part: _Part) -> str:
    if not isinstance(part.value, str) or not re.fullmatch(r"[0-9a-f]{64}", part.value):
        part.wants("sha256")
    return part.value
