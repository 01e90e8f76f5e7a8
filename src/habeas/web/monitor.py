"""The monitor's desk, what it publishes for everybody, and what of it a case's page shows."""

import json
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from habeas.core.entries import Actor, FieldClass, Role
from habeas.core.oversight import Oversight, Sample, ticket
from habeas.core.owed_to_monitor import oversight_clocks, oversight_findings
from habeas.core.permissions import ACTS, may
from habeas.core.roll import document
from habeas.core.visibility import Sight, visible
from habeas.store import read, readings, samples, standing, wrapped
from habeas.store.models import Account, CaseRow
from habeas.store.roll import of_tables
from habeas.store.standing_audit import LATE_AFTER, last_audit
from habeas.web.entry_page import download
from habeas.web.opened import Opened, names_of_all
from habeas.web.shown import paged
from habeas.web.who import read_only

STARTS = ("ask_visit", "file_finding", "note_private_word", "note_health_consent", "announce_sample", "confirm_less")


@require_safe
def findings(request: HttpRequest) -> HttpResponse:
    """Every finding as published, visits in numbers, and the samples with how to check them; open to everybody."""
    now, user = timezone.now(), request.user
    known = read.oversight(now)
    role = user.actor().role if isinstance(user, Account) else None
    context = {
        "findings": paged(request, known.findings[::-1]),
        "counts": known.counts(now),
        "samples": _samples(known),
        "opens_drawn": role is not None and visible(role, FieldClass.CUSTODY) is Sight.ALL,
        "names": names_of_all(now),
        "now": now,
    }
    return render(request, "web/findings.html", context)


def _samples(known: Oversight) -> list[tuple[Sample, list[tuple[str, str]]]]:
    """Each sample, the latest first, with the cases that it drew and their tickets."""
    drawn = [(each, each.drawn.body.drawn if each.drawn else ()) for each in known.samples[::-1]]
    return [(each, [(case, ticket(case)) for case in cases]) for each, cases in drawn]


@require_safe
def tickets(request: HttpRequest, sample_id: str) -> HttpResponse:
    """What a sample was drawn from: one ticket a line. A ticket tells nobody which case it stands for."""
    return _plain("".join(f"{each}\n" for each in samples.tickets(_size(sample_id))))


@require_safe
def checkpoint(request: HttpRequest, sample_id: str) -> HttpResponse:
    """The signed checkpoint whose root drew a sample."""
    return _plain(samples.checkpoint(_size(sample_id)))


def _size(sample_id: str) -> int:
    """The size of the register at the checkpoint of a sample. Raises Http404 when none was drawn."""
    sample = read.oversight().sample(sample_id)
    if sample is None or sample.drawn is None or sample.drawn.body.checkpoint is None:
        raise Http404
    return sample.drawn.body.checkpoint


def _plain(text: str) -> HttpResponse:
    return HttpResponse(text, content_type="text/plain; charset=utf-8")


@read_only
def monitor(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Everything of the monitor's in one place; no state opens it."""
    if actor.role is not Role.MONITOR:
        raise PermissionDenied
    now = timezone.now()
    known, names = read.oversight(now), names_of_all(now)
    context = {
        "cases": CaseRow.objects.count(),
        "starts": STARTS,
        "has_key": readings.key_of(actor.party) is not None,
        "keys": wrapped.standing(),
        "announced": wrapped.announced(now),
        "unreadable": read.unreadable(actor),
        "standing": standing.standing(now),
        "kept_out": [(each, names.of(each.subject)) for each in oversight_findings(known, now)],
        "visits": paged(request, known.visits[::-1]),
        "findings": known.findings[::-1],
        "samples": _samples(known),
        "names": names,
        "now": now,
        "audit": last_audit(now),
        "audit_late_before": now - LATE_AFTER,
    }
    return render(request, "web/monitor.html", context)


@read_only
def readings_page(request: HttpRequest, actor: Actor) -> HttpResponse:
    """How a body keeps the key under which its readings are logged, and what there is to open."""
    _demand_reader(actor)
    now = timezone.now()
    context = {
        "key": readings.key_of(actor.party),
        "wraps": actor.role is Role.MONITOR,
        "keys": wrapped.standing(),
        "in_force": wrapped.in_force(now),
        "announced": wrapped.announced(now),
    }
    return render(request, "web/readings.html", context)


@read_only
def sealed(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Every sealed row, to be opened elsewhere with the secret key."""
    _demand_reader(actor)
    return download(readings.sealed_rows().encode("ascii"), "readings.txt", "text/plain")


@read_only
def wrapped_keys(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Every person's key, sealed to the monitor, for the monitor to keep outside both states."""
    if actor.role is not Role.MONITOR:
        raise PermissionDenied
    return download(wrapped.all_wrapped().encode("ascii"), "wrapped-keys.txt", "text/plain")


@read_only
def roll(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The roll as the tables have it now, for the monitor to hold against the one that it made again itself."""
    if actor.role is not Role.MONITOR:
        raise PermissionDenied
    return roll_file()


def roll_file() -> HttpResponse:
    return download(json.dumps(document(of_tables(timezone.now()))).encode("ascii"), "roll.json", "application/json")


def _demand_reader(actor: Actor) -> None:
    """No state learns what is read, nor how much."""
    if actor.role not in readings.READERS:
        raise PermissionDenied


def owed(actor: Actor, now: datetime) -> list[tuple[Any, bool, str, str]]:
    """What this account's state owes the monitor: the clock, whether it is late, the act, and what is filled in."""
    if may(actor, ACTS["answer_finding"], None, None) is not None:
        return []
    acts = {"clock.visit_answer": ("grant_visit", "visit"), "clock.finding_answer": ("answer_finding", "finding")}
    found = oversight_clocks(read.oversight(now), actor.party)
    return [(each, each.is_late(now), *acts[each.duty.code]) for each in found]


def of_case(opened: Opened) -> dict[str, Any]:
    """What stops new permissions, for all who may open the case; findings about it for those who see what is
    protected; and what was told in private, for the monitor alone."""
    case, context = opened.case, opened.context
    known, sees = context.oversight, opened.sees_class(FieldClass.PROTECTED)
    is_monitor = opened.actor.role is Role.MONITOR
    return {
        "stopped": known.stopping(case.agreement, case.facility, case.id, context.receiving),
        "filed": [each for each in known.findings if sees and each.filed.body.case == case.id],
        "words": [each for each in known.words if is_monitor and each.body.case == case.id],
        "is_monitor": is_monitor,
    }
