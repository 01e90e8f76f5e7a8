"""Claims of wrongful detention: the list for those who decide them, watch over them or speak for somebody; and what
came in at the public desk, for the reviewer and the monitor, who find the case that it is about."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from habeas.core.asking import NEUTRAL
from habeas.core.claims import AtDesk, claims
from habeas.core.clocks import clocks
from habeas.core.entries import Actor
from habeas.core.permissions import ACTS
from habeas.core.visibility import CLAIM_READERS
from habeas.store import asking, read
from habeas.store import claims as store
from habeas.web import questions
from habeas.web.acts import ActForm, methods
from habeas.web.acts import answer as answer_form
from habeas.web.opened import Opened, opened_each
from habeas.web.pickers import of_agreements
from habeas.web.questions import Option
from habeas.web.shown import Names, paged
from habeas.web.who import read_only, signed_in


@read_only
def listed(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Every claim of the cases that this account may open, the open ones first and of them the oldest."""
    if actor.role not in CLAIM_READERS:
        raise PermissionDenied
    cases = opened_each(actor, read.cases(actor, with_kind="detention_claimed"))
    rows = [row for opened in cases for row in of_case(opened)]
    rows.sort(key=lambda row: (row["claim"].decided is not None, row["claim"].made.recorded_at))
    at, waiting = timezone.now(), store.lodged() if actor.role in NEUTRAL else ()
    desk = [(each, (at - each.lodged_at).days, at >= each.due_at) for each in waiting if each.linked is None]
    return render(request, "web/claims.html", {"claims": paged(request, rows), "desk": desk})


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


@read_only
def lodged(request: HttpRequest, actor: Actor, stream: str) -> HttpResponse:
    """A claim of the public desk: what it says, who lodged it, and the cases of people with such a name."""
    claim = _at_desk(actor, stream)
    context = {
        "claim": claim,
        "asker": asking.asker_of(stream),
        "candidates": store.candidates(claim),
        "crumbs": _crumbs(),
    }
    return render(request, "web/claim.html", context)


@methods
@signed_in
def act(request: HttpRequest, actor: Actor, stream: str, act_name: str) -> HttpResponse:
    """Link a claim of the public desk to its case, or record that who lodged it has shown to be a relative."""
    claim, asker = _at_desk(actor, stream), asking.asker_of(stream)
    about = {"link_claim": stream, "show_kinship": asker.stream if asker else None}.get(act_name)
    if about is None:
        raise Http404
    at, wanted = timezone.now(), ACTS[act_name]
    pickers, names = of_agreements(actor, at)
    cases = tuple(Option(value=id, label=who) for id, who in store.candidates(claim))
    chosen = {"case": cases} if cases else {}  # nobody has such a name: the number of a case is typed
    named, *fields = questions.asked_of(wanted.body, {**pickers, **chosen}, names.zone)
    form = ActForm(
        act=wanted,
        actor=actor,
        at=at,
        asked=tuple(fields),
        names=Names(known={**names.known, **{each.value: each.label for each in cases}}, zone=names.zone),
        back=reverse("claim", args=[stream]),
        caption=claim.made.sought,
        crumbs=_crumbs(),
        make=lambda values: questions.body_from(wanted.body, {named.name: about, **values}),
    )
    return answer_form(request, form, {"said": claim.made.said} if act_name == "link_claim" else {})


def _at_desk(actor: Actor, stream: str) -> AtDesk:
    """A claim that this account may find the case of. Raises Http404, the same as for one that does not exist."""
    found = store.lodged_claim(stream) if actor.role in NEUTRAL else None
    if found is None:
        raise Http404
    return found


def _crumbs() -> tuple[tuple[str, str], ...]:
    return ((reverse("claims"), _("Claims")),)
