"""Stating a fact: first which fact, then its value in the form that the fact is defined with."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from habeas.core.entries import Body
from habeas.core.entries.procedure import FactRecorded
from habeas.core.facts import FactDefinition
from habeas.web import act_page
from habeas.web.act_page import ActForm
from habeas.web.fact_value import as_text, statable, value_options, value_spec
from habeas.web.labels import label
from habeas.web.questions import Asked


def answer(request: HttpRequest, form: ActForm) -> HttpResponse:
    """The list of facts, or the questions about the one that the address names."""
    wanted = request.GET.get("fact", "")
    definition = next((each for each in statable() if each.name == wanted), None)
    if definition is None:
        return render(request, "web/facts.html", _choices(form))
    return act_page.answer(request, about(form, definition), {})


def about(form: ActForm, definition: FactDefinition) -> ActForm:
    """The act's form with the fact fixed and its value asked in its own form."""
    asked = tuple(_own(each, definition) for each in form.asked if each.name != "name")

    def make(values: Mapping[str, object]) -> Body:
        fields = {name: value for name, value in values.items() if name != "occurred_at"}
        return FactRecorded(**{**fields, "name": definition.name, "value": as_text(fields["value"])})  # type: ignore[arg-type]

    return replace(form, asked=asked, make=make, notice=label(f"fact.{definition.name}"))


def _own(asked: Asked, definition: FactDefinition) -> Asked:
    if asked.name != "value":
        return asked
    return replace(asked, spec=value_spec(definition), hint="", options=value_options(definition))


def _choices(form: ActForm) -> dict[str, Any]:
    facts = [{"name": each.name, "label": label(f"fact.{each.name}")} for each in statable()]
    return {"title": form.title, "caption": form.caption, "crumbs": form.crumbs, "facts": facts}
