"""Stating a fact: which can be stated, and its value, asked in the form that the fact is defined with and recorded
as text."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime

from habeas.core.case_facts import NONE
from habeas.core.entries import Body, Unstated
from habeas.core.entries.procedure import FactRecorded
from habeas.core.facts import CATALOGUE, FactDefinition, Origin
from habeas.core.rules import Type
from habeas.web.questions import Option, Question, body_from, named, options_of
from habeas.web.shown import label, value_spec

STATABLE = {name: each for name, each in CATALOGUE.items() if each.origin is Origin.STATED}
"""The facts that somebody can state; the others come from the record and the terms."""


def asked_about(fact: FactDefinition, asked: Iterable[Question]) -> tuple[Question, ...]:
    """The questions of the act with the fact fixed and its value asked in its own form."""
    return tuple(
        replace(each, spec=value_spec(fact), hint="", options=_options(fact)) if each.name == "value" else each
        for each in asked
        if each.name != "name"
    )


def made(fact: FactDefinition) -> Callable[[Mapping[str, object]], Body]:
    """How the answers become the entry."""
    return lambda values: body_from(FactRecorded, {**values, "name": fact.name, "value": as_text(values["value"])})


def _options(fact: FactDefinition) -> tuple[Option, ...] | None:
    """What this fact takes, "none" first where it is a list; None when any text will do."""
    listed = named("fact_code", fact.codes) if fact.codes else options_of(value_spec(fact), {})
    if listed is None or fact.type is not Type.TEXTS:
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
