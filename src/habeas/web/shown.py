"""Values of entries as a page shows them: in words, in the facility's time zone, hidden where they must."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from habeas.core.case import Case
from habeas.core.entries import Entry, FieldSpec, Form, Unstated, specs
from habeas.core.entries.fields import MANY
from habeas.core.entries.procedure import FactRecorded
from habeas.core.stated_facts import NONE
from habeas.web.fact_value import from_text
from habeas.web.labels import choice_label, field_label, label, language

DAY = {"en": "j F Y", "es": r"j \d\e F \d\e Y"}
Sees = Callable[[Entry, FieldSpec], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One field of an entry: its label and either its words or that this role may not see them."""

    name: str
    label: str
    texts: tuple[str, ...]
    hidden: bool = False
    blank: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What codes stand for: facilities, parties, agreements, entries of the case, documents, facts."""

    known: Mapping[str, str]
    zone: str = "UTC"

    def of(self, code: str) -> str:
        """The name of a code, or the code itself."""
        return self.known.get(code, code)


def rows(entry: Entry, names: Names, sees: Sees) -> tuple[Row, ...]:
    """Every field of an entry, in the order in which it was asked; what may not be seen says so."""
    return tuple(row(entry, spec, names, sees) for spec in specs(type(entry.body)))


def row(entry: Entry, spec: FieldSpec, names: Names, sees: Sees) -> Row:
    """One field of an entry. The value of a hidden field is never looked at."""
    title = field_label(type(entry.body), spec.name)
    if not sees(entry, spec):
        return Row(name=spec.name, label=title, texts=(), hidden=True)
    texts = _texts(entry, spec, names)
    return Row(name=spec.name, label=title, texts=texts, blank=not texts)


def _texts(entry: Entry, spec: FieldSpec, names: Names) -> tuple[str, ...]:
    value = getattr(entry.body, spec.name)
    if isinstance(entry.body, FactRecorded) and spec.name == "value" and isinstance(value, str):
        typed = from_text(entry.body.name, value) if not isinstance(value, Unstated) else None
        return words(*typed, names) if typed else words(spec, value, names)
    return words(spec, value, names)


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
    """A date in words."""
    return date_format(on, DAY[language()])


def moment(at: datetime, zone: str) -> str:
    """A moment in a named time zone."""
    local = at.astimezone(ZoneInfo(zone))
    return _("%(day)s at %(time)s (%(zone)s)") % {
        "day": day(local.date()),
        "time": local.strftime("%H:%M"),
        "zone": zone,
    }


def entry_title(entry: Entry) -> str:
    """What happened, in a few words."""
    return label(f"entry.{entry.kind}")


def entry_names(case: Case, zone: str) -> dict[str, str]:
    """A name for each entry of a case: what happened and when."""
    return {each.id: f"{entry_title(each)}, {moment(each.occurred_at, zone)}" for each in case.entries}
