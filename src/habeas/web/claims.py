"""Claims of wrongful detention: the list for those who decide them, watch over them or speak for somebody."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from habeas.core.claims import claims
from habeas.core.clocks import clocks
from habeas.core.entries import Actor
from habeas.core.visibility import CLAIM_READERS
from habeas.store import read
from habeas.web.opened import Opened, opened_each
from habeas.web.shown import paged
from habeas.web.who import read_only


@read_only
def listed(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Every claim of the cases that this account may open, the open ones first and of them the oldest."""
    if actor.role not in CLAIM_READERS:
        raise PermissionDenied
    cases = opened_each(actor, read.cases(actor, with_kind="detention_claimed"))
    rows = [row for opened in cases for row in of_case(opened)]
    rows.sort(key=lambda row: (row["claim"].decided is not None, row["claim"].made.recorded_at))
    return render(request, "web/claims.html", {"claims": paged(request, rows), "now": timezone.now()})


def of_case(opened: Opened) -> list[dict[str, Any]]:
    """The claims of a case with their age in whole days, and of those still open the clocks that run."""
    running = clocks(opened.case, opened.context, opened.at)
    return [
        {
            "claim": each,
            "opened": opened,
            "days": each.age(opened.at).days,
            "clocks": [
                (clock, clock.is_late(opened.at))
                for clock in running
                if clock.duty.parameters.get("claim") == each.made.id
            ],
        }
        for each in claims(opened.case)
    ]
