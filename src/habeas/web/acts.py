"""The addresses of acts: on a case, on no case, and the correction of one field."""

import json
from collections.abc import Mapping
from dataclasses import replace

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from habeas.core.acts import ACTS, Act
from habeas.core.corrections import correctable
from habeas.core.entries import Actor, Body, Entry, FieldClass, FieldSpec, Form, specs
from habeas.core.entries.custody import Corrected, RollEntered
from habeas.core.entries.fields import spec_of, to_json
from habeas.core.entries.procedure import FactRecorded
from habeas.core.permissions import may
from habeas.web import act_page, facts
from habeas.web.act_page import ActForm
from habeas.web.opened import Opened, case_url, open_case
from habeas.web.pickers import of_agreements, of_case
from habeas.web.questions import OCCURRED_AT, Asked, asked_of, options_of
from habeas.web.shown import field_hint, field_label, label
from habeas.web.who import signed_in

methods = require_http_methods(["GET", "HEAD", "POST"])
Crumbs = tuple[tuple[str, str], ...]


@methods
@signed_in
def on_case(request: HttpRequest, actor: Actor, case_id: str, act_name: str) -> HttpResponse:
    """An act on a case that this account may open and whose role may try it."""
    act = ACTS.get(act_name)
    if act is None or not act.on_case or act.opens_case or act.body is Corrected:
        raise Http404
    opened = open_case(actor, case_id, timezone.now())
    _demand(actor, act, opened)
    form = ActForm(
        act=act,
        actor=actor,
        at=opened.at,
        asked=asked_of(act.body, of_case(opened), opened.zone),
        names=opened.names(),
        back=_back(request, opened),
        caption=opened.name(),
        crumbs=crumbs(opened),
        opened=opened,
    )
    if act.body is FactRecorded:
        return facts.answer(request, form)
    return act_page.answer(request, form, _start(request, form, actor))


@methods
@signed_in
def free(request: HttpRequest, actor: Actor, act_name: str) -> HttpResponse:
    """An act that opens a case or concerns none."""
    act = ACTS.get(act_name)
    if act is None or (act.on_case and not act.opens_case):
        raise Http404
    _demand(actor, act, None)
    at = timezone.now()
    pickers, names = of_agreements(actor, at)
    case_id = request.GET.get("case")
    known = open_case(actor, case_id, at) if case_id and act.opens_case else None
    form = ActForm(
        act=act,
        actor=actor,
        at=at,
        asked=asked_of(act.body, pickers, names.zone),
        names=names,
        back=reverse("work"),
        caption=known.name() if known else "",
        person=known.case.person if known else None,
    )
    return act_page.answer(request, form, {**_start(request, form, actor), **_identity(known)})


def _identity(known: Opened | None) -> dict[str, object]:
    """What the record has of a person who is proposed anew after an ended case, for the first form of the new one."""
    if known is None:
        return {}
    entry = known.case.opening.entry
    return {
        spec.name: getattr(entry.body, spec.name)
        for spec in specs(type(entry.body))
        if spec.field_class is FieldClass.IDENTITY and known.sees(entry, spec)
    }


@methods
@signed_in
def correct(request: HttpRequest, actor: Actor, case_id: str, entry_id: str, field_name: str) -> HttpResponse:
    """The correction of one field of an entry that this account may see."""
    act = ACTS["correct"]
    opened = open_case(actor, case_id, timezone.now())
    _demand(actor, act, opened)
    entry = opened.case.entry(entry_id)
    spec = _correctable(opened, entry, field_name)
    if entry is None or spec is None:
        raise Http404
    form = _correction_form(opened, act, entry, spec)
    value = entry.occurred_at if spec is OCCURRED_AT else getattr(entry.body, spec.name)
    return act_page.answer(request, form, {"value": value})


def crumbs(opened: Opened) -> Crumbs:
    """The way back to the list and to the case."""
    return ((reverse("cases"), _("Cases")), (case_url(opened.case.id), opened.name() or _("Case")))


def corrected_label(body: type, field_name: str) -> str:
    """What a field is called, the moment of the entry included."""
    return _("Happened") if field_name == OCCURRED_AT.name else field_label(body, field_name)


def _correction_form(opened: Opened, act: Act, entry: Entry, spec: FieldSpec) -> ActForm:
    reasons = spec_of(Corrected, "reasons")
    body = type(entry.body)
    asked = (
        Asked(
            spec=replace(spec, name="value"),
            label=corrected_label(body, spec.name),
            hint=_("As it should have been. Time zone: %(zone)s.") % {"zone": opened.zone}
            if spec.form is Form.MOMENT
            else _("As it should have been."),
            options=options_of(spec, of_case(opened)),
            zone=opened.zone,
        ),
        Asked(spec=reasons, label=field_label(Corrected, "reasons"), hint=field_hint(Corrected, "reasons")),
    )

    def make(values: Mapping[str, object]) -> Body:
        return Corrected(
            entry=entry.id,
            field_name=spec.name,
            value=json.dumps(to_json(values["value"]), ensure_ascii=False, separators=(",", ":")),
            reasons=str(values["reasons"]),
        )

    return ActForm(
        act=act,
        actor=opened.actor,
        at=opened.at,
        asked=asked,
        names=opened.names(),
        back=reverse("entry", args=[opened.case.id, entry.id]),
        caption=label(f"entry.{entry.kind}"),
        opened=opened,
        crumbs=crumbs(opened),
        make=make,
    )


def _correctable(opened: Opened, entry: Entry | None, field_name: str) -> FieldSpec | None:
    """The field, if this account sees it and it is not one that only the system fills in."""
    if entry is None or not correctable(entry, field_name):
        return None
    if field_name == OCCURRED_AT.name:
        sees_some = any(opened.sees(entry, each) for each in specs(type(entry.body)))
        return OCCURRED_AT if sees_some else None
    try:
        spec = spec_of(type(entry.body), field_name)
    except KeyError:
        return None
    return spec if opened.sees(entry, spec) else None


def _demand(actor: Actor, act: Act, opened: Opened | None) -> None:
    """403 unless this role may try this act."""
    case = opened.case if opened else None
    orders = opened.context.orders if opened else ()
    if may(actor, act, None, case, orders) is not None:
        raise PermissionDenied


def _start(request: HttpRequest, form: ActForm, actor: Actor) -> dict[str, object]:
    """What is filled in before anybody types: the facility one acts at, and what a link of ours names."""
    start: dict[str, object] = {}
    if actor.facility:
        start["facility"] = actor.facility
    if form.act.body is RollEntered:
        start["seen_by"] = actor.account
    if form.act.name == "invite_account":
        start["party"] = actor.party
    if form.act.name == "end_account" and "account" in request.GET:
        start["account"] = request.GET["account"]
    if form.act.name == "issue_stay_order" and "case" in request.GET:
        start["cases"] = (request.GET["case"],)
    return start


def _back(request: HttpRequest, opened: Opened) -> str:
    """Where to go after: the roll when the form came from there, otherwise the case."""
    facility = opened.actor.facility
    if request.POST.get("back") == "roll" and facility:
        return reverse("facility", args=[facility]) + "#roll"
    return case_url(opened.case.id)


def free_acts(actor: Actor) -> list[Act]:
    """The acts on no case that this account's role may try."""
    acts = (each for each in ACTS.values() if each.opens_case or not each.on_case)
    return [each for each in acts if may(actor, each, None, None) is None]
