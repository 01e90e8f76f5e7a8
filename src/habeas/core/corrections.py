"""What may be corrected, and to what. The entry stays; the fold reads the corrected field.

What somebody said, decided, served, signed or entitled is never corrected: it is done or recorded anew, so
that no correction heals an unlawful day, unsigns a handover or rewrites the reasons of a decision.
"""

from collections.abc import Iterator
from datetime import datetime

from habeas.core.case import Case, apply_correction
from habeas.core.case_facts import stated_value
from habeas.core.countries import COUNTRIES
from habeas.core.custody import LEAVING, PRESENCE
from habeas.core.entries import Body, Entry, FieldClass, Unstated, custody, kind_of, procedure, specs
from habeas.core.entries.fields import Form, spec_of
from habeas.core.facts import CATALOGUE, Origin
from habeas.core.messages import Message

_ELSE = (custody.Departed, custody.DepartedUnproposed, custody.AbsenceBegan, custody.AbsenceEnded, custody.Injured)
CORRECTABLE = (*PRESENCE, *LEAVING, *_ELSE, procedure.Proposed, procedure.EvidenceAdded, procedure.FactRecorded)
"""The only kinds of which a field is ever corrected."""

OCCURRED_AT = "occurred_at"
_FIXED = frozenset({Form.CODE, Form.CODES, Form.FLAG})


def correctable(entry: Entry, field_name: str) -> bool:
    """Whether this field of this entry may be corrected at all. Of a proposal only who the person is may."""
    body = entry.body
    if not isinstance(body, CORRECTABLE):
        return False
    if field_name == OCCURRED_AT:
        return not isinstance(body, procedure.Proposed)
    found = [spec for spec in specs(type(body)) if spec.name == field_name]
    if not found or found[0].computed or found[0].form in _FIXED:
        return False
    about_the_person = found[0].field_class is FieldClass.IDENTITY
    return about_the_person or not (found[0].form is Form.CHOICE or isinstance(body, procedure.Proposed))


def reasons_against(target: Entry, body: custody.Corrected, case: Case, at: datetime) -> Iterator[Message]:
    """Everything against correcting `target` so: not correctable, of wrong form, blank, in the future."""
    if not correctable(target, body.field_name):
        yield Message("policy.not_correctable", {})
        return
    try:
        fixed = apply_correction(target, body)
    except (ValueError, TypeError):
        yield Message("policy.wrong_form", {})
        return
    if fixed == target:
        yield Message("policy.corrects_nothing", {})
    value = getattr(fixed.body, body.field_name, None)
    if isinstance(value, str) and not value.strip() and not spec_of(type(fixed.body), body.field_name).optional:
        yield Message("policy.wrong_form", {})
    yield from unknown_countries(fixed.body)
    if isinstance(fixed.body, procedure.FactRecorded):
        yield from unreadable_fact(fixed.body)
    if fixed.occurred_at > at:
        yield Message("policy.future", {"at": at})
    started_at = case.opening.occurred_at
    if isinstance(fixed.body, LEAVING) and fixed.occurred_at < started_at:
        yield Message("policy.before_start", {"started_at": started_at})


def unreadable_fact(body: procedure.FactRecorded) -> Iterator[Message]:
    """Why a rule could not read this fact: it is not declared, or its value is not of its type."""
    definition = CATALOGUE.get(body.name)
    if definition is None or definition.origin is not Origin.STATED:
        yield Message("policy.unknown_fact", {"fact": body.name})
    elif not isinstance(body.value, Unstated):
        try:
            stated_value(definition, body.value)
        except ValueError:
            yield Message("policy.wrong_value", {"fact": f"fact.{body.name}", "type": definition.type.value})


def unknown_countries(body: Body) -> Iterator[Message]:
    """Each field that names a country which is none."""
    for spec in specs(type(body)):
        value = getattr(body, spec.name)
        if spec.form in {Form.COUNTRY, Form.COUNTRIES} and value is not None and not isinstance(value, Unstated):
            named = value if isinstance(value, tuple) else (value,)
            if not COUNTRIES.issuperset(named):
                yield Message("policy.unknown_country", {"field": f"entry.{kind_of(type(body))}.{spec.name}"})
