"""A receipt: the page that follows every act, the file that proves it, and its QR code for paper."""

import io
from typing import Any

import segno
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from habeas.core.entries import Actor, Entry, FieldSpec
from habeas.register.receipt import parse_receipt
from habeas.store import proofs, read
from habeas.store.streams import CASE
from habeas.web.acts import crumbs
from habeas.web.entry_page import download
from habeas.web.opened import open_case
from habeas.web.shown import Names, rows
from habeas.web.who import signed_in

BODY = "body."


@require_safe
@signed_in
def receipt(request: HttpRequest, actor: Actor, entry_id: str) -> HttpResponse:
    """The page of a receipt: what was recorded, what it discloses, how to check it."""
    data, entry = _receipt(actor, entry_id)
    disclosed = {field.path for field in parse_receipt(data).disclosure.disclosed}

    def sees(_entry: Entry, spec: FieldSpec) -> bool:
        return BODY + spec.name in disclosed

    where = _where(actor, entry)
    context = {
        **where,
        "entry": entry,
        "rows": rows(entry, where["names"], sees),
        "repeated": "repeated" in request.GET,
    }
    return render(request, "web/receipt.html", context)


@require_safe
@signed_in
def file(request: HttpRequest, actor: Actor, entry_id: str) -> HttpResponse:
    """The receipt itself, with the fields that this account may see."""
    data, _entry = _receipt(actor, entry_id)
    return download(data, f"receipt-{entry_id[:12]}.json", "application/json")


@require_safe
@signed_in
def qr(request: HttpRequest, actor: Actor, entry_id: str) -> HttpResponse:
    """The QR code as SVG: origin, index, leaf hash and key fingerprint; no address and no name."""
    _receipt(actor, entry_id)
    text = proofs.qr(entry_id)
    if text is None:
        raise Http404
    drawn = io.BytesIO()
    segno.make(text, error="m").save(drawn, kind="svg", scale=4, border=4, xmldecl=False, svgclass=None, omitsize=True)
    return HttpResponse(drawn.getvalue(), content_type="image/svg+xml")


def _receipt(actor: Actor, entry_id: str) -> tuple[bytes, Entry]:
    """The file and the entry as first recorded. 404 unless this account may see some of it."""
    data = proofs.receipt(entry_id, actor)
    entry = read.entry(entry_id)
    if data is None or entry is None:
        raise Http404
    return data, entry


def _where(actor: Actor, entry: Entry) -> dict[str, Any]:
    """The case around the entry, if it is of one."""
    if not entry.stream.startswith(CASE):
        return {"crumbs": ((reverse("work"), _("My work")),), "names": Names(known={}), "zone": "UTC"}
    opened = open_case(actor, entry.stream, timezone.now())
    return {
        "crumbs": crumbs(opened),
        "names": opened.names(),
        "zone": opened.zone,
        "of_case": True,
        "facility": actor.facility,
    }
