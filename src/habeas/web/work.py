"""My work: what waits for this account, and which clocks run on its cases, the late ones first."""

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from habeas.core.clocks import clocks
from habeas.core.entries import Actor
from habeas.core.procedure import stage
from habeas.core.waiting import waiting
from habeas.store.read import CaseFilter
from habeas.web.acts import links
from habeas.web.case_page import clock_shown, is_mine
from habeas.web.labels import label
from habeas.web.opened import Opened, case_url, openings
from habeas.web.pages import paged
from habeas.web.who import signed_in

CLOCKS_MOST = 50


@require_safe
@signed_in
def work(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The page of what to do now."""
    tasks: list[dict[str, Any]] = []
    running: list[dict[str, Any]] = []
    for opened in openings(actor, CaseFilter()):
        tasks += _tasks(opened)
        running += _clocks(opened)
    running.sort(key=lambda each: (not each["is_late"], each["due_at"]))
    context = {"tasks": paged(request, tasks), "clocks": running[:CLOCKS_MOST], "starts": links(actor)}
    return render(request, "web/work.html", context)


def _tasks(opened: Opened) -> Iterator[dict[str, Any]]:
    for each in waiting(opened.case, opened.context, opened.at):
        if is_mine(each, opened.actor):
            yield {
                "title": label(f"act.{each.act}"),
                "url": reverse("case_act", args=[opened.case.id, each.act]),
                "about": opened.name() or opened.short,
                "stage": stage(opened.case, opened.at, opened.context.periods).value,
            }


def _clocks(opened: Opened) -> Iterator[dict[str, Any]]:
    for each in clocks(opened.case, opened.context, opened.at):
        yield {
            **clock_shown(each, opened.at, opened.party(each.owner)),
            "url": case_url(opened.case.id),
            "about": opened.name() or opened.short,
            "zone": opened.zone,
        }
