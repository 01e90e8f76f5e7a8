"""The list of cases: by imperfect name, stage and facility. Never by what the rules answer.

The search is sent as a form, so that no name stands in an address.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from habeas.core.custody import on_roll
from habeas.core.entries import Actor
from habeas.core.procedure import Stage
from habeas.core.visibility import sees_names
from habeas.store import consultation, read
from habeas.web import typed
from habeas.web.acts import free_acts
from habeas.web.opened import CASES_MOST, Opened, opened_each, openings, paged_cases
from habeas.web.shown import paged
from habeas.web.typed import Wrong
from habeas.web.who import signed_in


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def cases(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The cases that this account may open, or those that a search finds."""
    asked = {name: request.POST.get(name, "") for name in ("name", "stage", "facility")}
    listed, problem = None if any(asked.values()) else read.listed(actor, CASES_MOST), ""
    try:
        page = paged(request, _found(actor, asked)) if listed is None else paged_cases(request, actor, listed)
    except Wrong as wrong:
        problem, page = str(wrong), paged(request, [])
    if typed.line(asked["name"]):
        for each in page:
            consultation.note(actor, each.case.id, each.at, what=consultation.SEARCH)
    context = {
        "found": page,
        "unreadable": read.unreadable(actor, CASES_MOST),
        "typed": asked,
        "sees_names": sees_names(actor.role),
        "searched": any(asked.values()),
        "search_problem": problem,
        "stages": list(Stage),
        "facilities": read.facilities(timezone.now()).values(),
        "starts": [each for each in free_acts(actor) if each.opens_case],
    }
    return render(request, "web/cases.html", context)


def _found(actor: Actor, asked: dict[str, str]) -> list[Opened]:
    name = typed.line(asked["name"])
    if len(name) > typed.LINE_CHARACTERS // 2:
        raise Wrong(_("A name to search for has at most %(most)d characters.") % {"most": 250})
    if name:
        cases = (read.case(each) for each in read.search_names(name, actor))
        opened = opened_each(actor, (each for each in cases if each is not None))
    else:
        opened = openings(actor, asked["facility"])
    placed = (each for each in opened if asked["facility"] in {"", on_roll(each.case, each.at)})
    return [each for each in placed if asked["stage"] in {"", each.stage}]
