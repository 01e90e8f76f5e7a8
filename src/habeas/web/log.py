"""The log for everybody, without an account: a page of how it stands with its witnesses, and its files by the paths
of an export (C2SP tlog-tiles).

What answers for a file depends on the path alone, so a folder that `habeas export` writes can be served in its place.
"""

from dataclasses import asdict

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from habeas.register.canonical import to_base64
from habeas.register.export import CHECKPOINT, KEYS
from habeas.store import proofs, standing, witnessed
from habeas.store.append import NotBegun
from habeas.store.standing_audit import LATE_AFTER, last_audit

PATH_MOST = 100
TEXT, BYTES = "text/plain; charset=utf-8", "application/octet-stream"
FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}
FOR_ALL = {"Cross-Origin-Resource-Policy": "cross-origin", "Access-Control-Allow-Origin": "*"}


@require_safe
def log_file(request: HttpRequest, path: str) -> HttpResponse:
    """One file of the log, or 404 and nothing else."""
    found = proofs.log_file(path) if len(path) <= PATH_MOST else None
    if found is None:
        return HttpResponse(status=404, content_type=TEXT)
    grows = path in (CHECKPOINT, KEYS)
    response = HttpResponse(found, content_type=TEXT if grows else BYTES)
    response.own_headers = FOR_ALL if grows else FOR_ALL | FOR_EVER  # type: ignore[attr-defined]
    return response


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """What the log says of itself, who has seen it, and how anybody checks that."""
    found, now = _standing(), timezone.now()
    context = {
        "found": found,
        "root": to_base64(found.checkpoint.root),
        "log_key": proofs.log_key().text,
        "has_policy": bool(witnessed.policy_text()),
        "since": found.checkpoint.size - found.covered,
        "now": now,
        "audit": last_audit(now),
        "audit_late_before": now - LATE_AFTER,
    }
    return render(request, "web/log.html", context)


@require_safe
def status(request: HttpRequest) -> HttpResponse:
    """The same for machines."""
    found, audit = _standing(), last_audit(timezone.now())
    said = asdict(found) | {
        "audit": audit and {"at": audit.at, "size": audit.size, "findings": audit.findings},
        "habeas_log_status": 1,
        "checkpoint": {"size": found.checkpoint.size, "root": to_base64(found.checkpoint.root)},
        "origin": found.checkpoint.origin,
        "log_key": proofs.log_key().text,
        "is_met": found.is_met,
    }
    return JsonResponse(said)


@require_safe
def policy(request: HttpRequest) -> HttpResponse:
    """Whose cosignatures are enough, as the operator wrote it down."""
    text = witnessed.policy_text()
    if not text:
        raise Http404
    return HttpResponse(text, content_type=TEXT, headers={"Content-Disposition": 'attachment; filename="policy.txt"'})


def _standing() -> standing.Standing:
    try:
        return standing.standing(timezone.now())
    except NotBegun:
        raise Http404 from None
