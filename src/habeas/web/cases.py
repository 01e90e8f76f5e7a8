"""The list of cases: by imperfect name, stage and facility. Never by what the rules answer.

The search is sent as a form, so that no name stands in an address.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from habeas.core.custody import last_seen, on_roll
from habeas.core.entries import Actor
from habeas.core.procedure import Stage, stage
from habeas.store import read
from habeas.store.read import CaseFilter
from habeas.web import typed
from habeas.web.acts import links
from habeas.web.opened import Opened, case_url, openings, openings_of
from habeas.web.pages import Rows, paged
from habeas.web.typed import Wrong
from habeas.web.who import signed_in

OPENING_ACTS = ("propose", "report_unannounced_arrival")


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def cases(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The cases that this account may open, or those that a search finds."""
    asked = {name: request.POST.get(name, "") for name in ("name", "stage", "facility")}
    problem, found = "", list[Opened]()
    try:
        found = _found(actor, asked)
    except Wrong as wrong:
        problem = wrong.sentence
    page = paged(request, Rows(found, _row))
    context = {
        "found": page,
        "total": page.paginator.count,
        "typed": asked,
        "searched": any(asked.values()),
        "search_problem": problem,
        "stages": [each.value for each in Stage],
        "facilities": sorted(read.facilities(timezone.now()).values(), key=lambda each: each.name),
        "starts": [each for each in links(actor) if each["act"] in OPENING_ACTS],
    }
    return render(request, "web/cases.html", context)


def _found(actor: Actor, asked: dict[str, str]) -> list[Opened]:
    name = typed.line(asked["name"])
    if len(name) > typed.LINE_CHARACTERS // 2:
        raise Wrong(_("A name to search for has at most %(most)d characters.") % {"most": 250})
    where = CaseFilter(facility=asked["facility"] or None)
    opened = openings_of(actor, read.search_names(name, actor)) if name else openings(actor, where)
    return [each for each in opened if _matches(each, asked)]


def _matches(opened: Opened, asked: dict[str, str]) -> bool:
    if asked["facility"] and on_roll(opened.case, opened.at) != asked["facility"]:
        return False
    return not asked["stage"] or _stage(opened) == asked["stage"]


def _stage(opened: Opened) -> str:
    return stage(opened.case, opened.at, opened.context.periods).value


def _row(opened: Opened) -> dict[str, Any]:
    seen, code = last_seen(opened.case, opened.at), on_roll(opened.case, opened.at)
    facility = opened.context.facility(code) if code else None
    return {
        "url": case_url(opened.case.id),
        "name": opened.name(),
        "short": opened.short,
        "stage": _stage(opened),
        "facility": facility.name if facility else "",
        "seen_at": seen.occurred_at if seen else None,
        "zone": opened.zone,
    }
