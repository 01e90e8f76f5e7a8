"""How a field of an entry is declared: once, with all that pages, register and visibility need to know.

A body such as `HandoverOffered` is a frozen dataclass. Each of its fields is declared by `field`, which names the
form it takes on paper, the class that decides who may see it (`core.visibility`), and whether "not known" and
"refused to say" are answers. Forms, encryption, labels, corrections and the reference pages are all made from this.
"""

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, TypeAlias, TypeVar

T = TypeVar("T")
Json: TypeAlias = "bool | int | str | list[Json] | dict[str, Json] | None"


class FieldClass(StrEnum):
    """What a field is about: the columns of the visibility table (DESIGN section 5)."""

    PUBLIC = "public"  # about no person: a facility's figures, a party's name
    IDENTITY = "identity"
    CUSTODY = "custody"  # title, custody, decision
    FACTS = "facts"  # facts and evidence
    HEALTH = "health"
    FITNESS = "fitness"  # the one health fact that those who move a person need
    FAMILY = "family"
    ALLEGATIONS = "allegations"
    ASKED = "asked"  # who asked or complained
    MONEY = "money"
    PROTECTED = "protected"  # the protected part of a finding


class Unstated(StrEnum):
    """Two honest answers to any question: neither is blank, and neither is guessed."""

    NOT_KNOWN = "not_known"
    REFUSED_TO_SAY = "refused_to_say"


class Form(StrEnum):
    """The form a value takes on paper, and with it its Python type."""

    LINE = "line"  # str, one line
    PROSE = "prose"  # str, paragraphs
    LINES = "lines"  # tuple[str, ...], one a line
    CODE = "code"  # str, an identifier that the system hands out or knows
    CODES = "codes"  # tuple[str, ...] of such identifiers
    COUNTRY = "country"  # str, ISO 3166-1 alpha-3
    COUNTRIES = "countries"  # tuple[str, ...]
    LANGUAGE = "language"  # str, BCP 47
    CHOICE = "choice"  # a StrEnum
    DATE = "date"  # datetime.date
    MOMENT = "moment"  # datetime.datetime in UTC
    NUMBER = "number"  # int
    AMOUNT = "amount"  # decimal.Decimal
    FLAG = "flag"  # bool


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """A declared field. `choices` is the StrEnum of a CHOICE; `refers` names what a CODE points at."""

    name: str
    form: Form
    field_class: FieldClass
    optional: bool = False
    unstated: bool = False
    computed: bool = False  # filled by `core.commands`, never asked on a form
    choices: type[StrEnum] | None = None
    refers: str | None = None


def field(
    form: Form,
    field_class: FieldClass,
    *,
    optional: bool = False,
    unstated: bool = False,
    computed: bool = False,
    choices: type[StrEnum] | None = None,
    refers: str | None = None,
) -> Any:
    """Declare a field of a body. An optional field left blank is None, or an empty tuple."""
    spec = FieldSpec("", form, field_class, optional, unstated, computed, choices, refers)
    if not optional:
        return dataclasses.field(metadata={"spec": spec})
    empty = () if form in MANY else None
    return dataclasses.field(default=empty, metadata={"spec": spec})


MANY = frozenset({Form.LINES, Form.CODES, Form.COUNTRIES})


_SPECS: dict[type, tuple[FieldSpec, ...]] = {}


def specs(body: type) -> tuple[FieldSpec, ...]:
    """The declared fields of a body, in the order in which they are asked."""
    if body not in _SPECS:
        fields = dataclasses.fields(body)
        _SPECS[body] = tuple(dataclasses.replace(each.metadata["spec"], name=each.name) for each in fields)
    return _SPECS[body]


def spec_of(body: type, name: str) -> FieldSpec:
    """The declaration of one field; KeyError when the body has no such field."""
    return {spec.name: spec for spec in specs(body)}[name]


def to_json(value: object) -> Json:
    """A field's value as canonical JSON can hold it: moments and amounts become text."""
    match value:
        case Unstated():
            return {"unstated": value.value}
        case StrEnum():
            return value.value
        case datetime():
            # strftime leaves the year 999 with three digits, which nothing reads back.
            return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
        case date():
            return value.isoformat()
        case Decimal():
            return format(value, "f")
        case tuple():
            return [to_json(each) for each in value]
        case None | bool() | int() | str():
            return value
    raise TypeError(f"a field cannot hold {type(value).__name__}")


def from_json(spec: FieldSpec, value: Json) -> object:
    """The value that `to_json` wrote. Raises ValueError when it does not have the field's form."""
    if isinstance(value, dict):
        if not spec.unstated:
            raise ValueError(f"{spec.name} must be stated")
        return Unstated(str(value.get("unstated")))
    if value is None:
        if not spec.optional:
            raise ValueError(f"{spec.name} is missing")
        return () if spec.form in MANY else None
    if spec.form is Form.CHOICE:
        assert spec.choices is not None
        return spec.choices(str(value))
    return _READERS[spec.form](value)


def _exactly(kind: type[T], what: str) -> Callable[[Json], T]:
    """Reads values of one type and no other: True is no number."""

    def read(value: Json) -> T:
        if type(value) is not kind:
            raise ValueError(f"expected {what}")
        return value

    return read


_text, _number, _flag = _exactly(str, "a text"), _exactly(int, "a whole number"), _exactly(bool, "true or false")


def _texts(value: Json) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise ValueError("expected a list of texts")
    return tuple(_text(each) for each in value)


def read_moment(value: Json) -> datetime:
    """A moment in UTC. Raises ValueError for a text that names none, or that lacks its time zone."""
    moment = datetime.fromisoformat(_text(value))
    if moment.tzinfo is None:
        raise ValueError("a moment needs its time zone")
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("no such moment in UTC") from error


def _amount(value: Json) -> Decimal:
    try:
        amount = Decimal(_text(value))
    except InvalidOperation as error:
        raise ValueError("expected a decimal number as text") from error
    if not amount.is_finite():
        raise ValueError("expected a finite number")
    return amount


_READERS: Mapping[Form, Callable[[Json], object]] = {
    **dict.fromkeys((Form.LINE, Form.PROSE, Form.CODE, Form.COUNTRY, Form.LANGUAGE), _text),
    **dict.fromkeys(MANY, _texts),
    Form.DATE: lambda value: date.fromisoformat(_text(value)),
    Form.MOMENT: read_moment,
    Form.NUMBER: _number,
    Form.AMOUNT: _amount,
    Form.FLAG: _flag,
}
