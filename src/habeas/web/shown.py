"""What a page shows: labels of codes, values in words in a named time zone and hidden where they must, long lists."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from itertools import islice
from typing import TypeVar
from zoneinfo import ZoneInfo

from django.core.paginator import Page, Paginator
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext as _

from habeas.core.case_facts import NONE
from habeas.core.entries import Entry, FieldSpec, Form, Unstated, kind_of, specs
from habeas.core.entries.fields import MANY, spec_of
from habeas.core.entries.procedure import FactRecorded
from habeas.core.facts import CATALOGUE, FactDefinition, read_value
from habeas.core.ledger.money import Money
from habeas.core.messages import Message
from habeas.core.rules import Type
from habeas.speech import say

DAY = {"en": "j F Y", "es": r"j \d\e F \d\e Y"}
PAGE = 25
GIST_FIELDS = 3
FACT_FORMS = {Type.BOOL: Form.FLAG, Type.INT: Form.NUMBER, Type.DATE: Form.DATE, Type.MOMENT: Form.MOMENT}
Sees = Callable[[Entry, FieldSpec], bool]
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One field of an entry: its label and either its words or that this role may not see them. `link`: where it
    is corrected."""

    name: str
    label: str
    texts: tuple[str, ...]
    hidden: bool = False
    link: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What codes stand for: facilities, parties, agreements, entries of the case, documents, facts."""

    known: Mapping[str, str]
    zone: str = "UTC"

    def of(self, code: str) -> str:
        return self.known.get(code, code)


def language() -> str:
    """The language of the page: `en` or `es`."""
    return "es" if (get_language() or "en").startswith("es") else "en"


def sentence(message: Message) -> str:
    """A message of the core as one sentence in the language of the page."""
    return say(message, language())


def label(code: str) -> str:
    """The label of a code such as `act.propose` or `stage.held`; the code itself when it has none."""
    return gettext(code)


def field_label(body: type, name: str) -> str:
    return label(f"entry.{kind_of(body)}.{name}")


def field_hint(body: type, name: str) -> str:
    """Help for a field, or nothing."""
    code = f"entry.{kind_of(body)}.{name}.hint"
    found = label(code)
    return "" if found == code else found


def choice_label(value: StrEnum) -> str:
    """One of the answers that a field allows."""
    if isinstance(value, Unstated):
        return label(f"unstated.{value.value}")
    return label(f"choice.{type(value).__name__}.{value.value}")


def rows(entry: Entry, names: Names, sees: Sees) -> tuple[Row, ...]:
    """Every field of an entry, in the order in which it was asked; what may not be seen says so."""
    return tuple(row(entry, spec, names, sees) for spec in specs(type(entry.body)))


def row(entry: Entry, spec: FieldSpec, names: Names, sees: Sees) -> Row:
    """One field of an entry. The value of a hidden field is never looked at."""
    title = field_label(type(entry.body), spec.name)
    if not sees(entry, spec):
        return Row(name=spec.name, label=title, texts=(), hidden=True)
    value: object = getattr(entry.body, spec.name)
    if isinstance(entry.body, FactRecorded) and spec.name == "value" and not isinstance(value, Unstated):
        spec, value = _stated(entry.body.name, str(value))
    return Row(name=spec.name, label=title, texts=words(spec, value, names))


def gist(shown: Iterable[Row]) -> str:
    """The first few of these fields that hold something, in one line."""
    told = (f"{each.label}: {', '.join(each.texts)}" for each in shown if each.texts)
    return "; ".join(islice(told, GIST_FIELDS))


def _stated(name: str, text: str) -> tuple[FieldSpec, object]:
    """The value of a recorded fact in its own form; the plain text when it is not one that the fact can have."""
    plain, definition = spec_of(FactRecorded, "value"), CATALOGUE.get(name)
    if definition is None:
        return plain, text
    try:
        none = definition.type is Type.TEXTS and text == NONE
        return value_spec(definition), (NONE,) if none else read_value(definition, text)
    except ValueError:
        return plain, text


def value_spec(definition: FactDefinition) -> FieldSpec:
    """The field `value` of a fact's entry, in the form that the fact's definition gives it."""
    return replace(spec_of(FactRecorded, "value"), form=_form(definition))


def _form(definition: FactDefinition) -> Form:
    if definition.type in FACT_FORMS:
        return FACT_FORMS[definition.type]
    many = definition.type is Type.TEXTS
    if definition.countries:
        return Form.COUNTRIES if many else Form.COUNTRY
    if definition.codes:
        return Form.CODES if many else Form.CODE
    return Form.LINES if many else Form.LINE


def words(spec: FieldSpec, value: object, names: Names) -> tuple[str, ...]:
    """A field's value in words; nothing for a field left blank."""
    match value:
        case None:
            return ()
        case tuple():
            return tuple(_one(spec, each, names) for each in value)
    return (_one(spec, value, names),)


def _one(spec: FieldSpec, value: object, names: Names) -> str:
    match value:
        case StrEnum():
            return choice_label(value)
        case bool():
            return _("Yes") if value else _("No")
        case datetime():
            return moment(value, names.zone)
        case date():
            return day(value)
    if value == NONE and spec.form in MANY:
        return label(NONE)
    match spec.form:
        case Form.COUNTRY | Form.COUNTRIES:
            return label(f"country.{value}")
        case Form.LANGUAGE:
            return label(f"language.{value}")
        case Form.CODE | Form.CODES:
            return names.of(str(value))
    return str(value)


def day(on: date) -> str:
    return date_format(on, DAY[language()])


def money(amount: Money | None) -> str:
    """An amount with its currency, as a reader of the language writes it; a dash where there is none."""
    if amount is None:
        return "–"
    return sentence(Message("money.amount", {"amount": amount.amount, "currency": amount.currency}))


def moment(at: datetime, zone: str) -> str:
    local = at.astimezone(ZoneInfo(zone))
    shown = {"day": day(local.date()), "time": local.strftime("%H:%M"), "zone": zone}
    return _("%(day)s at %(time)s (%(zone)s)") % shown


def entry_name(entry: Entry, zone: str, sees: Sees) -> str:
    """A name for an entry of a case: what happened, or which fact it holds, and when."""
    when = moment(entry.occurred_at, zone)
    if isinstance(entry.body, FactRecorded) and sees(entry, spec_of(FactRecorded, "name")):
        return _("%(fact)s, recorded %(when)s") % {"fact": label(f"fact.{entry.body.name}"), "when": when}
    return f"{label(f'entry.{entry.kind}')}, {when}"


def paged(request: HttpRequest, items: Sequence[T], size: int = PAGE) -> Page[T]:
    """The page of a list that the address or the form asks for; the nearest one when there is no such page."""
    return Paginator(items, size).get_page(request.POST.get("page") or request.GET.get("page"))
