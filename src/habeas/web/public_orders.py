"""A relative lodges a court's order without an account, and comes back to see how it stands.

Whoever it names, the same page follows: nothing is looked up while it is lodged. It names people, never a class: nobody
unknown stops a whole agreement.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import cast

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from habeas.core.commands import Refusal
from habeas.core.entries.asking import AskerStated
from habeas.core.entries.orders import OrderLodged
from habeas.store import orders, read
from habeas.store.asking import Lodged
from habeas.web import public
from habeas.web.public import Desk, asked_of, new_word, values_of
from habeas.web.questions import OCCURRED_AT, Question
from habeas.web.shown import sentence

NOT_ASKED = frozenset({"cases", "class_described", "class_condition", "due_at"})


@public.public
def lodge(request: HttpRequest) -> HttpResponse:
    """The form, and what follows it."""
    return public.serve(request, _desk(timezone.now()))


def _desk(at: datetime) -> Desk:
    zones = {each.time_zone for each in read.facilities(at).values()}
    zone = zones.pop() if len(zones) == 1 else "UTC"
    of_order = [each for each in asked_of(OrderLodged, zone=zone) if each.name not in NOT_ASKED]
    named = [replace(each, spec=replace(each.spec, optional=each.name == "evidence")) for each in of_order]
    hint = _("Time zone: %(zone)s. For another, write the time with its offset, for example 18:45-04:00.")
    when = Question(spec=OCCURRED_AT, label=_("When did the court give it?"), hint=hint % {"zone": zone}, zone=zone)
    asked = (*named, when, *asked_of(AskerStated), new_word())
    return Desk(template="web/public/order.html", asked=asked, take=_taken, context={})


def _taken(request: HttpRequest, values: Mapping[str, object], at: datetime) -> HttpResponse:
    body = OrderLodged(**values_of(OrderLodged, values))
    asker = AskerStated(about="", **values_of(AskerStated, values))
    issued_at = cast(datetime, values[OCCURRED_AT.name])
    lodged = orders.lodge(body, asker, word=str(values["word"]), issued_at=issued_at, at=at)
    if isinstance(lodged, Refusal):
        told = {OCCURRED_AT.name: " ".join(sentence(each) for each in lodged.reasons)}
        return public.ask(request, _desk(at), dict(request.POST.lists()), told)
    return public.page(request, "web/public/order_received.html", {"reference": lodged})


def followed(request: HttpRequest, found: Lodged, at: datetime) -> HttpResponse:
    """How an order stands that was lodged under this reference: never whom it covers."""
    context = {"lodged": found, "order": orders.of_stream(found.asker.about)}
    return public.page(request, "web/public/order_followed.html", context)
