"""One entry: all its fields as this account may see them, and what was corrected in it."""

import json
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from habeas.core.acts import ACTS
from habeas.core.case import Of
from habeas.core.corrections import correctable
from habeas.core.entries import Actor, Entry
from habeas.core.entries.custody import Corrected
from habeas.core.entries.fields import from_json, spec_of
from habeas.core.entries.procedure import EvidenceAdded
from habeas.core.permissions import may
from habeas.store import evidence, streams
from habeas.web.acts import corrected_label, crumbs
from habeas.web.asking import OCCURRED_AT
from habeas.web.labels import label
from habeas.web.opened import Opened, open_case
from habeas.web.shown import entry_title, rows, words
from habeas.web.who import signed_in


@require_safe
@signed_in
def entry(request: HttpRequest, actor: Actor, case_id: str, entry_id: str) -> HttpResponse:
    """The page of an entry."""
    opened = open_case(actor, case_id, timezone.now())
    found = opened.case.entry(entry_id)
    if found is None or not opened.sees_any(found):
        raise Http404
    return render(request, "web/entry.html", _page(opened, found))


def _page(opened: Opened, found: Entry) -> dict[str, Any]:
    linked = [
        {
            "label": each.label,
            "texts": each.texts,
            "hidden": each.hidden,
            "blank": each.blank,
            "link": "" if each.hidden else _correct_url(opened, found, each.name),
        }
        for each in rows(found, opened.names(), opened.sees)
    ]
    return {
        "case": opened.case,
        "entry": found,
        "zone": opened.zone,
        "title": entry_title(found),
        "crumbs": crumbs(opened),
        "role": label(f"role.{found.actor.role.value}"),
        "party": opened.party(found.actor.party),
        "rows": linked,
        "occurred_link": _correct_url(opened, found, OCCURRED_AT.name),
        "history": [_correction(opened, found, each) for each in _corrections(opened, found)],
        "file_url": _file_url(opened, found),
    }


def _corrections(opened: Opened, found: Entry) -> list[Of[Corrected]]:
    return [each for each in opened.case.all(Corrected) if each.body.entry == found.id]


def _correction(opened: Opened, found: Entry, correction: Of[Corrected]) -> dict[str, Any]:
    """One correction: what stood before and what stands after, if this account may see the field."""
    name = correction.body.field_name
    hidden = not opened.sees(correction.entry, spec_of(Corrected, "value"))
    return {
        "entry": correction.entry,
        "url": reverse("entry", args=[opened.case.id, correction.id]),
        "field": corrected_label(type(found.body), name),
        "hidden": hidden,
        "before": "" if hidden else _before(opened, found, correction),
        "after": "" if hidden else _as_words(opened, found, name, correction.body.value),
        "role": label(f"role.{correction.entry.actor.role.value}"),
        "party": opened.party(correction.entry.actor.party),
    }


def _before(opened: Opened, found: Entry, correction: Of[Corrected]) -> str:
    """What the field held just before this correction: an earlier one's value, or what was first recorded."""
    name = correction.body.field_name
    earlier = [
        each
        for each in _corrections(opened, found)
        if each.body.field_name == name and each.entry.index < correction.entry.index
    ]
    if earlier:
        return _as_words(opened, found, name, earlier[-1].body.value)
    first = next(each for each in streams.entries(opened.case.id) if each.id == found.id)
    if name == OCCURRED_AT.name:
        return ", ".join(words(OCCURRED_AT, first.occurred_at, opened.names()))
    spec = spec_of(type(first.body), name)
    return ", ".join(words(spec, getattr(first.body, name), opened.names()))


def _as_words(opened: Opened, found: Entry, name: str, value: str) -> str:
    spec = OCCURRED_AT if name == OCCURRED_AT.name else spec_of(type(found.body), name)
    return ", ".join(words(spec, from_json(spec, json.loads(value)), opened.names()))


def _correct_url(opened: Opened, found: Entry, name: str) -> str:
    """Where this field is corrected; empty when it can't be, or not by this account."""
    denied = may(opened.actor, ACTS["correct"], None, opened.case, opened.context.orders)
    theirs = found.actor.party == opened.actor.party
    if denied is not None or not theirs or not correctable(found, name):
        return ""
    return reverse("correct", args=[opened.case.id, found.id, name])


def _file_url(opened: Opened, found: Entry) -> str:
    """Where the document itself is, for those who may see facts and evidence."""
    if not isinstance(found.body, EvidenceAdded) or not opened.sees(found, spec_of(EvidenceAdded, "sha256")):
        return ""
    return reverse("evidence", args=[opened.case.id, found.id])


@require_safe
@signed_in
def document(request: HttpRequest, actor: Actor, case_id: str, entry_id: str) -> HttpResponse:
    """The file of a piece of evidence, always as a download: it was not made here and never runs here."""
    opened = open_case(actor, case_id, timezone.now())
    found = opened.case.entry(entry_id)
    if found is None or not _file_url(opened, found):
        raise Http404
    data = evidence.evidence_file(entry_id)
    if data is None:
        raise Http404
    response = HttpResponse(data, content_type="application/octet-stream")
    response["Content-Disposition"] = f'attachment; filename="document-{entry_id[:12]}"'
    return response
