"""One entry: its fields as this account may see them, what was corrected in it, and its receipt: the page that
follows every act, the file that proves it, and its QR code for paper."""

import io
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import segno
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from habeas.core.corrections import correctable
from habeas.core.entries import Actor, Entry, FieldClass, FieldSpec
from habeas.core.entries.custody import Corrected
from habeas.core.entries.fields import from_json, spec_of
from habeas.core.entries.procedure import EvidenceAdded
from habeas.core.permissions import ACTS, may
from habeas.core.visibility import sees_author
from habeas.register.receipt import parse_receipt
from habeas.store import consultation, evidence, proofs, read, signing, standing, streams
from habeas.store import witnessed as outside
from habeas.web import passkeys
from habeas.web.acts import corrected_label, recorded_value
from habeas.web.opened import Opened, names_of_all, open_case
from habeas.web.questions import OCCURRED_AT, named_spec
from habeas.web.shown import Names, rows, words
from habeas.web.who import read_only


@read_only
def entry(request: HttpRequest, actor: Actor, case_id: str, entry_id: str) -> HttpResponse:
    opened = open_case(actor, case_id, timezone.now(), what="entry")
    found = opened.case.entry(entry_id)
    if found is None or not opened.sees_any(found):
        raise Http404
    context = {
        "opened": opened,
        "entry": found,
        "crumbs": opened.crumbs(),
        "rows": [
            each if each.hidden else replace(each, link=_correct_url(opened, found, each.name))
            for each in rows(found, opened.names(), opened.sees)
        ],
        "occurred_link": _correct_url(opened, found, OCCURRED_AT.name),
        "history": list(_corrections(opened, found)),
        "has_file": _has_file(opened, found),
        "signature": _signature(opened, found),
        **witnessed(found.id),
    }
    return render(request, "web/entry.html", context)


def _signature(opened: Opened, found: Entry) -> str:
    """Who signed the entry, for those who are told who acted."""
    signed = signing.assertion_of(found.id) if sees_author(opened.actor, found) else None
    return passkeys.signature(found, opened.context.name_of(found.actor.party), {"assertion": signed})


def _corrections(opened: Opened, found: Entry) -> Iterator[dict[str, Any]]:
    """Each correction of an entry: what stood before and what stands after, if this account may see the field."""
    names, held = opened.names(), dict[str, object]()
    first = next(each for each in streams.entries(opened.case.id) if each.id == found.id)  # as first recorded
    for each in opened.case.all(Corrected):
        if each.body.entry != found.id:
            continue
        spec = named_spec(type(found.body), each.body.field_name)
        shown = {"entry": each.entry, "field": corrected_label(type(found.body), spec.name)}
        if not opened.sees(each.entry, spec_of(Corrected, "value")):
            yield {**shown, "hidden": True}
            continue
        before = held[spec.name] if spec.name in held else recorded_value(first, spec)
        after = held[spec.name] = from_json(spec, json.loads(each.body.value))
        yield {**shown, "before": _said(spec, before, names), "after": _said(spec, after, names)}


def _said(spec: FieldSpec, value: object, names: Names) -> str:
    return ", ".join(words(spec, value, names))


def _correct_url(opened: Opened, found: Entry, name: str) -> str:
    """Where this field is corrected; empty when it can't be, or not by this account."""
    denied = may(opened.actor, ACTS["correct"], None, opened.case, opened.context.orders)
    theirs = found.actor.party == opened.actor.party
    if denied is not None or not theirs or not correctable(found, name):
        return ""
    return reverse("correct", args=[opened.case.id, found.id, name])


def witnessed(entry_id: str) -> dict[str, Any]:
    """Who outside has seen an act that binds a state, and whether too few have for too long."""
    seen = standing.witnessing(entry_id)
    return {"witnessing": seen, "is_late": seen is not None and seen.is_late(timezone.now())}


def _has_file(opened: Opened, found: Entry) -> bool:
    """Whether it has a document for this account: for those who may see facts and evidence, and who the person is."""
    sees = opened.sees(found, spec_of(EvidenceAdded, "sha256")) and opened.sees_class(FieldClass.IDENTITY)
    return isinstance(found.body, EvidenceAdded) and sees


@read_only
def document(request: HttpRequest, actor: Actor, case_id: str, entry_id: str) -> HttpResponse:
    """The file of a piece of evidence, always as a download: it was not made here and never runs here."""
    opened = open_case(actor, case_id, timezone.now(), what="entry")
    found = opened.case.entry(entry_id)
    data = evidence.evidence_file(entry_id) if found and _has_file(opened, found) else None
    if data is None:
        raise Http404
    consultation.note(actor, case_id, opened.at, what=consultation.DOCUMENT, entry=entry_id)
    return download(data, f"document-{entry_id[:12]}", "application/octet-stream")


@read_only
def receipt(request: HttpRequest, actor: Actor, entry_id: str) -> HttpResponse:
    """The page of a receipt: what was recorded, what it discloses, how to check it."""
    data, entry = _receipt(request, actor, entry_id)
    disclosed = {field.path: field.value for field in parse_receipt(data).disclosure.disclosed}

    def sees(_entry: Entry, spec: FieldSpec) -> bool:
        return f"body.{spec.name}" in disclosed

    where = _where(actor, entry)
    context = {
        **where,
        "entry": entry,
        "rows": rows(entry, where["names"], sees),
        "repeated": "repeated" in request.GET,
        "signature": passkeys.signature(entry, where["party"], disclosed),
        "policy_address": outside.policy_text() and request.build_absolute_uri(reverse("log_policy")),
        **witnessed(entry.id),
    }
    return render(request, "web/receipt.html", context)


@read_only
def receipt_file(request: HttpRequest, actor: Actor, entry_id: str) -> HttpResponse:
    """The receipt itself, with the fields that this account may see, or those of them that were chosen."""
    data, _entry = _receipt(request, actor, entry_id)
    return download(data, f"receipt-{entry_id[:12]}.json", "application/json")


@read_only
def receipt_qr(request: HttpRequest, actor: Actor, entry_id: str) -> HttpResponse:
    """The QR code as SVG: origin, index, leaf hash and key fingerprint; no address and no name."""
    _receipt(request, actor, entry_id)
    text = proofs.qr(entry_id)
    if text is None:
        raise Http404
    drawn = io.BytesIO()
    segno.make(text, error="m").save(drawn, kind="svg", scale=4, border=4, xmldecl=False, svgclass=None, omitsize=True)
    return HttpResponse(drawn.getvalue(), content_type="image/svg+xml")


def _receipt(request: HttpRequest, actor: Actor, entry_id: str) -> tuple[bytes, Entry]:
    """The file and the entry as first recorded. 404 unless this account may see some of it, and all that it chose."""
    data = proofs.receipt(entry_id, actor, request.GET.getlist("field"))
    entry = read.entry(entry_id)
    if data is None or entry is None:
        raise Http404
    return data, entry


def _where(actor: Actor, entry: Entry) -> dict[str, Any]:
    """The case around the entry, if it is of one."""
    if not entry.stream.startswith(streams.CASE):
        names = names_of_all(timezone.now())
        by = names.of(entry.actor.party)
        return {"crumbs": ((reverse("work"), _("My work")),), "names": names, "zone": "UTC", "party": by}
    opened = open_case(actor, entry.stream, timezone.now(), what="receipt")
    return {
        "crumbs": opened.crumbs(),
        "names": opened.names(),
        "zone": opened.zone,
        "party": opened.context.name_of(entry.actor.party),
        "of_case": True,
        "facility": actor.facility,
    }


def download(data: bytes, name: str, content_type: str) -> HttpResponse:
    """A file to be kept, never shown in the browser."""
    return HttpResponse(
        data, content_type=content_type, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )
