"""Orders of courts: the list, and the page of one: how it stands, where each person was and is, who has read it, and
each step since to comply. Nobody is shown to an account that may not open their case."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from habeas.core.compliance import concerns, duty_due_at, met_at, runs_for, seen_by, steps, whereabouts
from habeas.core.entries import Actor, Entry, Role, specs
from habeas.core.orders import OrderStanding, StayOrder
from habeas.core.permissions import ACTS, may
from habeas.core.visibility import ORDER_READERS, OUTSIDE, recorded_by, sees_author, show_of_order
from habeas.store import orders as stored
from habeas.store import read, readings
from habeas.web.acts import free_acts
from habeas.web.opened import Opened, opened_each, openings
from habeas.web.pickers import of_agreements
from habeas.web.shown import Names, label, paged, row
from habeas.web.who import read_only

PEOPLE_PAGE = 10
OF_PERSON = ("acknowledge_order", "report_compliance_step")
ANSWERS = ("confirm_order", "reject_order", "link_order", "lift_stay_order")


@read_only
def orders(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The orders that concern somebody whose case this account may open, the latest first; all, for those who judge or
    watch them."""
    if actor.role not in ORDER_READERS:
        raise PermissionDenied
    known, mine = read.orders(), list(openings(actor)) if actor.role not in OUTSIDE else []
    found = [each for each in reversed(known) if _is_shown(each, actor, mine)]
    context = {
        "orders": paged(request, found),
        "zone": of_agreements(actor, timezone.now())[1].zone,
        "acts": [each for each in free_acts(actor) if each.name in {"issue_stay_order", "lodge_order"}],
    }
    return render(request, "web/orders.html", context)


@read_only
def order(request: HttpRequest, actor: Actor, order_id: str) -> HttpResponse:
    """One order. 404 alike when there is none and when it concerns nobody whom this account may see."""
    found = next((each for each in read.orders() if each.id == order_id), None)
    if found is None or actor.role not in ORDER_READERS:
        raise Http404
    people = list(_people(found, actor))
    if not _is_shown(found, actor, people):
        raise Http404
    names = of_agreements(actor, timezone.now())[1]
    page = paged(request, people, PEOPLE_PAGE)
    for each in page.object_list:
        readings.note(actor, each.case.id, each.at)
    context = {
        "order": found,
        "zone": names.zone,
        "crumbs": ((reverse("orders"), _("Orders of courts")),),
        "history": [_told(each, actor, names) for each in stored.entries_of(found)],
        "acts": [name for name in ANSWERS if _may_answer(found, actor, name)],
        "page": page,
        "people": [_person(found, each) for each in page.object_list],
        "names_hidden": bool(found.people) and not any(_sees_people(each, actor) for each in stored.entries_of(found)),
    }
    return render(request, "web/order.html", context)


def _people(order: StayOrder, actor: Actor) -> Iterator[Opened]:
    """Everybody whom the order concerns and whose case this account may open."""
    mine = openings(actor) if order.describes_a_class else opened_each(actor, stored.cases_of(order, actor))
    return (each for each in mine if concerns(order, each.case, each.context))


def _is_shown(order: StayOrder, actor: Actor, mine: list[Opened]) -> bool:
    its_own = any(recorded_by(actor, each) for each in stored.entries_of(order))
    return actor.role in OUTSIDE or its_own or any(concerns(order, each.case, each.context) for each in mine)


def _may_answer(order: StayOrder, actor: Actor, name: str) -> bool:
    if may(actor, ACTS[name], None, None) is not None or order.ended_at is not None:
        return False
    if name == "link_order":
        return bool(order.people)
    if name == "lift_stay_order":
        return order.is_a_courts and order.party == actor.party
    return order.standing is OrderStanding.LODGED


def _told(entry: Entry, actor: Actor, names: Names) -> dict[str, Any]:
    """One entry about the order. Cases stand below, each for whoever may open it."""
    sees = partial(show_of_order, actor)
    told = [row(entry, each, names, sees) for each in specs(type(entry.body)) if each.refers is None]
    return {
        "entry": entry,
        "rows": [each for each in told if each.texts],
        "by": _author(entry, names) if sees_author(actor, entry) else "",
    }


def _author(entry: Entry, names: Names) -> str:
    if entry.actor.role is Role.SYSTEM:
        return _("Somebody other than a court, without an account")
    return f"{label(f'role.{entry.actor.role.value}')}, {names.of(entry.actor.party)}"


def _sees_people(entry: Entry, actor: Actor) -> bool:
    return any(spec.name == "people" and show_of_order(actor, entry, spec) for spec in specs(type(entry.body)))


def _person(order: StayOrder, opened: Opened) -> dict[str, Any]:
    """Where the person was and is, who read the order, and what was done since, as far as this account sees it."""
    case, context, actor = opened.case, opened.context, opened.actor
    moments = ((_("When issued"), order.issued_at), (_("When recorded"), order.recorded_at), (_("Now"), opened.at))
    done = [each for each in steps(order, case, context) if opened.sees_any(each.entry)]
    seen = [each for each in seen_by(order, case) if opened.sees_any(each)]
    has_read, due_at = any(each.actor.account == actor.account for each in seen), duty_due_at(order, case)
    acts = [name for name in OF_PERSON if may(actor, ACTS[name], None, case, context.orders) is None]
    return {
        "opened": opened,
        "places": [(when, whereabouts(case, context, at)) for when, at in moments],
        "by_name": case.id in order.alike and case.id not in (*order.cases, *order.linked),
        "seen": seen,
        "steps": done,
        "met_at": met_at(order, case),
        "due_at": due_at if runs_for(order, case) else None,
        "acts": [name for name in acts if name != "acknowledge_order" or not has_read],
    }
