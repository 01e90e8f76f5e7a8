"""Facilities: what each is certified for, who is on its roll now, and the sign of the day for each."""

import secrets
from datetime import datetime
from decimal import ROUND_DOWN, Decimal
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from habeas.core.context import Facility
from habeas.core.entries import Actor
from habeas.core.entries.custody import RollEntered
from habeas.core.entries.fields import spec_of
from habeas.core.permissions import ACTS, may
from habeas.core.visibility import may_open
from habeas.store import read
from habeas.web.opened import paged_cases
from habeas.web.questions import OCCURRED_AT, Question, as_typed, options_of
from habeas.web.shown import paged
from habeas.web.who import read_only

LEAST_AREA_M2 = Decimal(4)
"""Living space for each person in a shared cell: CPT/Inf (2015) 44."""
ROLL_PAGE = 50


@read_only
def facilities(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Every certified facility, with its roll now."""
    found = sorted(read.facilities(timezone.now()).values(), key=lambda each: each.name)
    may_certify = may(actor, ACTS["certify_facility"], None, None) is None
    return render(request, "web/facilities.html", {"facilities": paged(request, found), "may_certify": may_certify})


@read_only
def facility(request: HttpRequest, actor: Actor, code: str) -> HttpResponse:
    now = timezone.now()
    found = read.facilities(now).get(code)
    if found is None:
        raise Http404
    area = found.living_space_m2 / found.on_roll if found.on_roll else None
    context = {
        "facility": found,
        "now": now,
        "zone": found.time_zone,
        "crumbs": ((reverse("facilities"), _("Facilities")),),
        "area": area and area.quantize(Decimal("0.01"), rounding=ROUND_DOWN),
        "cramped": area is not None and area < LEAST_AREA_M2,
        "crowded": found.on_roll > found.certified_normal_accommodation,
        **_roll(request, actor, found, now),
    }
    return render(request, "web/facility.html", context)


def _roll(request: HttpRequest, actor: Actor, found: Facility, now: datetime) -> dict[str, Any]:
    """The people on the roll whom this account may see, and a small form for each to say: seen."""
    listed = read.listed_roll(actor, found.code, now)
    if listed is None:
        known = read.orders(now)
        listed = [each.id for each in read.roll(found.code, now) if may_open(actor, each, known)]
    page = paged_cases(request, actor, listed, ROLL_PAGE)
    return {
        "page": page,
        "unreadable": read.unreadable(actor, facility=found.code),
        "roll": [(each, secrets.token_hex(16)) for each in page],
        "enters": may(actor, ACTS["enter_roll"], None, None) is None and actor.facility == found.code,
        "signs": options_of(spec_of(RollEntered, "sign"), {}),
        "occurred": as_typed(Question(spec=OCCURRED_AT, label="", zone=found.time_zone), now),
        "actor": actor,
    }
