"""The value of a fact, asked and shown in the form that its definition gives it, recorded as text."""

from dataclasses import replace
from datetime import UTC, date, datetime

from habeas.core.entries import FieldSpec, Form, Unstated
from habeas.core.entries.fields import spec_of
from habeas.core.entries.procedure import FactRecorded
from habeas.core.facts import CATALOGUE, FactDefinition, Origin, read_value
from habeas.core.rules import Type
from habeas.core.stated_facts import NONE
from habeas.web.labels import label
from habeas.web.questions import Option, options_of

_FORMS = {Type.BOOL: Form.FLAG, Type.INT: Form.NUMBER, Type.DATE: Form.DATE, Type.MOMENT: Form.MOMENT}


def statable() -> tuple[FactDefinition, ...]:
    """The facts that somebody can state; the others come from the record and the terms."""
    return tuple(each for each in CATALOGUE.values() if each.origin is Origin.STATED)


def value_spec(definition: FactDefinition) -> FieldSpec:
    """The field `value` in the form of this fact."""
    return replace(spec_of(FactRecorded, "value"), form=_form(definition))


def value_options(definition: FactDefinition) -> tuple[Option, ...] | None:
    """What this fact takes, "none" first where it is a list; None when any text will do."""
    listed = options_of(value_spec(definition), {})
    if definition.codes:
        listed = tuple(Option(value=each, label=label(f"fact_code.{each}")) for each in definition.codes)
    if listed is None or definition.type is not Type.TEXTS:
        return listed
    return (Option(value=NONE, label=label(NONE)), *listed)


def as_text(value: object) -> str | Unstated:
    """What was read from a form, as an entry records it (`core.facts.read_value` reads it back)."""
    match value:
        case Unstated():
            return value
        case bool():
            return "true" if value else "false"
        case datetime():
            return value.astimezone(UTC).isoformat()
        case date():
            return value.isoformat()
        case tuple():
            return ", ".join(str(each) for each in value)
    return str(value)


def from_text(name: str, text: str) -> tuple[FieldSpec, object] | None:
    """The typed value of a recorded fact with its form; None when it is not one that the fact can have."""
    definition = CATALOGUE.get(name)
    if definition is None:
        return None
    if definition.type is Type.TEXTS and text == NONE:
        return value_spec(definition), (NONE,)
    try:
        return value_spec(definition), read_value(definition, text)
    except ValueError:
        return None


def _form(definition: FactDefinition) -> Form:
    if definition.type in _FORMS:
        return _FORMS[definition.type]
    many = definition.type is Type.TEXTS
    if definition.countries:
        return Form.COUNTRIES if many else Form.COUNTRY
    if definition.codes:
        return Form.CODES if many else Form.CODE
    return Form.LINES if many else Form.LINE
