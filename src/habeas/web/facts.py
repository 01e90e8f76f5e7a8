"""Stating a fact: first which fact, then its value in the form that the fact is defined with, recorded as text."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from habeas.core.case_facts import NONE
from habeas.core.entries import Body, Unstated
from habeas.core.entries.procedure import FactRecorded
from habeas.core.facts import FactDefinition
from habeas.core.rules import Type
from habeas.web import act_page
from habeas.web.act_page import ActForm
from habeas.web.pickers import STATABLE
from habeas.web.questions import Asked, Option, options_of
from habeas.web.shown import label, value_spec


def answer(request: HttpRequest, form: ActForm) -> HttpResponse:
    """The list of facts, or the questions about the one that the address names."""
    wanted = request.GET.get("fact", "")
    definition = next((each for each in STATABLE if each.name == wanted), None)
    if definition is None:
        return render(request, "web/facts.html", {"form": form, "crumbs": form.crumbs, "facts": STATABLE})
    return act_page.answer(request, _about(form, definition), {})


def _about(form: ActForm, definition: FactDefinition) -> ActForm:
    """The act's form with the fact fixed and its value asked in its own form."""
    asked = tuple(_own(each, definition) for each in form.asked if each.name != "name")

    def make(values: Mapping[str, object]) -> Body:
        fields = {name: value for name, value in values.items() if name != "occurred_at"}
        return FactRecorded(**{**fields, "name": definition.name, "value": as_text(fields["value"])})  # type: ignore[arg-type]

    return replace(form, asked=asked, make=make, notice=label(f"fact.{definition.name}"))


def _own(asked: Asked, definition: FactDefinition) -> Asked:
    if asked.name != "value":
        return asked
    return replace(asked, spec=value_spec(definition), hint="", options=_options(definition))


def _options(definition: FactDefinition) -> tuple[Option, ...] | None:
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
