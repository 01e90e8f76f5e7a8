"""Who of the two states looked into a case, and why: for those outside both executives, and for each party its own."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from habeas.core.entries import Actor
from habeas.core.permissions import ACTS
from habeas.core.visibility import CONSULTATION_READERS, OF_A_STATE
from habeas.store import consultation
from habeas.store.consultation import Consulted, Reason
from habeas.web.opened import Opened, open_case
from habeas.web.shown import label, paged
from habeas.web.who import read_only, signed_in

PAGE = 50


@read_only
def consulted(request: HttpRequest, actor: Actor, case_id: str) -> HttpResponse:
    """Every time that an officer looked into this case, the latest first."""
    opened = open_case(actor, case_id, timezone.now(), what="consulted")
    if actor.role not in CONSULTATION_READERS | OF_A_STATE:
        raise PermissionDenied
    found = paged(request, consultation.of_case(case_id, actor), PAGE)
    context = {
        "opened": opened,
        "crumbs": opened.crumbs(),
        "page": found,
        "rows": [(each, label(f"consulted.what.{each.what}"), _entry(opened, each), _why(each)) for each in found],
        "sees_all": actor.role in CONSULTATION_READERS,
    }
    return render(request, "web/consulted.html", context)


@require_POST
@signed_in
def say_why(request: HttpRequest, actor: Actor, case_id: str) -> HttpResponse:
    """An officer says why they opened a case in which nothing waits for them."""
    given, at = request.POST.get("why", ""), timezone.now()
    if given in [*Reason]:
        open_case(actor, case_id, at, what="reason", why=given)
    return redirect("case", case_id)


def asked_why(opened: Opened) -> list[tuple[str, str]]:
    """The reasons to choose from, where this officer has to say why the case is open; none otherwise."""
    if not consultation.is_unexplained(opened.actor, opened.case.id, timezone.now()):
        return []
    return [(each.value, label(f"consulted.why.{each.value}")) for each in Reason]


def _entry(opened: Opened, each: Consulted) -> str:
    """Which document it was, in words; nothing where this account may not see even its kind."""
    found = opened.case.entry(each.entry)
    return opened.names().of(each.entry) if found and opened.sees_any(found) else ""


def _why(each: Consulted) -> str:
    if each.why in ACTS:
        return label(f"act.{each.why}")
    return label(f"consulted.why.{each.why}") if each.why in [*Reason] else ""
