"""The front page, and my work: what waits for this account and which clocks run on its cases, the late ones first."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from habeas.core.clocks import clocks
from habeas.core.entries import Actor
from habeas.core.waiting import due
from habeas.store import asking
from habeas.store.models import Account
from habeas.web import monitor
from habeas.web.acts import free_acts
from habeas.web.opened import openings
from habeas.web.shown import language, paged
from habeas.web.who import read_only

CLOCKS_MOST = 50
SCENARIO = "HABEAS_SCENARIO"
"""The setting in which the demonstration leaves its five lines, by language."""


REPLAY = "HABEAS_REPLAY"
"""The setting in which the demonstration of a replay leaves what its page says, by language."""


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Open to everybody; nothing on it comes from the record. What the demonstration says is in none outside it."""
    accounts = Account.objects.filter(is_active=True).order_by("username")
    context = {
        "scenario": getattr(settings, SCENARIO, {}).get(language(), ()),
        "replay": getattr(settings, REPLAY, {}).get(language()),
        "log_ins": accounts if settings.HABEAS_DEMO else (),
    }
    return render(request, "web/home.html", context)


@require_safe
def replay(request: HttpRequest) -> HttpResponse:
    """Open to everybody: the people in it are invented, and the figures are published. There is none elsewhere."""
    if not (settings.HABEAS_DEMO and getattr(settings, REPLAY, {})):
        raise Http404
    return render(request, "web/replay.html", {"replay": getattr(settings, REPLAY)[language()]})


@read_only
def work(request: HttpRequest, actor: Actor) -> HttpResponse:
    mine = list(openings(actor))
    tasks = [(opened, act) for opened in mine for act in due(opened.case, opened.context, actor, opened.at)]
    running = [
        (opened, each, each.is_late(opened.at))
        for opened in mine
        for each in clocks(opened.case, opened.context, opened.at)
    ]
    running.sort(key=lambda each: (not each[2], each[1].due_at))
    context = {"tasks": paged(request, tasks), "clocks": running[:CLOCKS_MOST], "starts": free_acts(actor)}
    context["owed"] = monitor.owed(actor, timezone.now())
    context["enquiries"] = [each for each in asking.enquiries() if each.waits_for(actor)]
    return render(request, "web/work.html", context)
