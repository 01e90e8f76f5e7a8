"""The addresses of acts, and the one page for them all: its questions come from the entry it writes, its answer
from the core.

The form is sent, its answers are read, shown to be checked, made into a command and performed. Whatever
goes wrong, the page comes back with everything typed and says what to do.
"""

import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, cast

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from habeas.core import erasure, monitor_acts
from habeas.core.commands import Command, Refusal
from habeas.core.corrections import correctable
from habeas.core.entries import Actor, Body, Entry, FieldClass, FieldSpec, Form, specs
from habeas.core.entries.asking import EnquiryAnswered, EnquiryRejected, KinshipShown
from habeas.core.entries.claims import ClaimLinked
from habeas.core.entries.custody import Corrected, RollEntered
from habeas.core.entries.erasure import CaseErased
from habeas.core.entries.family import FamilyWordsGiven
from habeas.core.entries.fields import to_json
from habeas.core.entries.institutions import PasskeyGiven, SigningKeyEnded
from habeas.core.entries.procedure import EvidenceAdded, FactRecorded
from habeas.core.messages import Message
from habeas.core.orders import StayOrder
from habeas.core.permissions import ACTS, BINDING, Act, may
from habeas.store import proofs
from habeas.store.acts import STEPS_TO_ERASE, perform, prepare
from habeas.store.append import VersionConflict
from habeas.web import errors, facts, passkeys, questions, rules_shown, sheet
from habeas.web.accounts import invited
from habeas.web.middleware import with_script
from habeas.web.opened import Opened, open_case
from habeas.web.pickers import of_agreements, of_body, of_case
from habeas.web.questions import OCCURRED_AT, Answers, Question, Typed, first
from habeas.web.shown import Names, Row, field_label, label, sentence, words
from habeas.web.who import signed_in

STRAIGHT = frozenset({EvidenceAdded, RollEntered})
"""Acts recorded without a page to check: a browser keeps no chosen file, and a roll is entered in a row."""

OF_THE_DESK = frozenset({EnquiryAnswered, EnquiryRejected, KinshipShown, ClaimLinked})
"""Acts done at what came in from outside (`web.desk`), which they name."""

SEND_ID_MOST = 64
CONTROLS = frozenset({"csrfmiddlewaretoken", "step", "back"}) | passkeys.CONTROLS
methods = require_http_methods(["GET", "HEAD", "POST"])


@dataclass(frozen=True, slots=True, kw_only=True)
class ActForm:
    """One act for one account, with what it asks and where it leads."""

    act: Act
    actor: Actor
    at: datetime
    asked: tuple[Question, ...]
    names: Names
    back: str
    caption: str = ""
    person: str | None = None
    notice: str = ""
    crumbs: tuple[tuple[str, str], ...] = ()
    opened: Opened | None = None
    make: Callable[[Mapping[str, object]], Body] | None = None
    """How the answers become the body, where they are not simply its fields."""

    @property
    def title(self) -> str:
        return label(f"act.{self.act.name}")

    @property
    def orders(self) -> tuple[StayOrder, ...]:
        return self.opened.orders if self.opened else ()

    @property
    def takes_file(self) -> bool:
        return self.act.body is EvidenceAdded

    @property
    def straight(self) -> bool:
        """Whether it is recorded without a page to check the answers."""
        return self.act.body in STRAIGHT


@methods
@signed_in
def on_case(request: HttpRequest, actor: Actor, case_id: str, act_name: str) -> HttpResponse:
    """An act on a case that this account may open and whose role may try it."""
    form = case_form(actor, case_id, act_name)
    act, asked, form = form.act, form.asked, replace(form, back=_back(request, actor, case_id))
    if act.body is FactRecorded:
        fact = facts.STATABLE.get(request.GET.get("fact", ""))
        if fact is None:
            context = {"form": form, "crumbs": form.crumbs, "facts": facts.STATABLE}
            return render(request, "web/facts.html", context)
        form = replace(
            form, asked=facts.asked_about(fact, asked), make=facts.made(fact), notice=label(f"fact.{fact.name}")
        )
    return answer(request, form, _start(request, act, actor))


def case_form(actor: Actor, case_id: str, act_name: str) -> ActForm:
    """What an act on a case asks this account. Raises Http404, or PermissionDenied for another role."""
    act = ACTS.get(act_name)
    if act is None or not act.on_case or act.opens_case or act.body is Corrected:
        raise Http404
    opened = open_case(actor, case_id, timezone.now(), what="form", why=act_name)
    demand(actor, act, opened)
    asked = questions.asked_of(act.body, of_body(act.body, of_case(opened)), opened.zone)
    return _form(opened, act, asked=asked, back="", caption=opened.name())


@methods
@signed_in
def free(request: HttpRequest, actor: Actor, act_name: str) -> HttpResponse:
    """An act that opens a case or concerns none."""
    form, known = free_form(actor, act_name, request.GET.get("case", ""))
    return answer(request, form, {**_start(request, form.act, actor), **(_identity(known) if known else {})})


def free_form(actor: Actor, act_name: str, case_id: str) -> tuple[ActForm, Opened | None]:
    """What an act on no case asks this account, and the case of the person whom it may be about. Raises as above."""
    act = ACTS.get(act_name)
    if act is None or (act.on_case and not act.opens_case) or act.body in {*OF_THE_DESK, PasskeyGiven}:
        raise Http404
    demand(actor, act, None)
    at = timezone.now()
    pickers, names = of_agreements(actor, at)
    known = open_case(actor, case_id, at, what="form", why=act_name) if case_id and act.opens_case else None
    form = ActForm(
        act=act,
        actor=actor,
        at=at,
        asked=questions.asked_of(act.body, of_body(act.body, pickers), names.zone),
        names=names,
        back=reverse("work"),
        caption=known.name() if known else "",
        person=known.case.person if known else None,
    )
    return form, known


def _identity(known: Opened) -> dict[str, object]:
    """What the record has of a person who is proposed anew after an ended case, for the first form of the new one."""
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
    opened = open_case(actor, case_id, timezone.now(), what="form", why="correct")
    demand(actor, ACTS["correct"], opened)
    entry = opened.case.entry(entry_id)
    if entry is None or not correctable(entry, field_name):
        raise Http404
    spec = questions.named_spec(type(entry.body), field_name)
    is_seen = opened.sees_any(entry) if spec is OCCURRED_AT else opened.sees(entry, spec)
    if not is_seen:
        raise Http404
    return answer(request, _correction(opened, entry, spec), {"value": recorded_value(entry, spec)})


def recorded_value(entry: Entry, spec: FieldSpec) -> object:
    """What an entry holds in a field, the moment when it happened included."""
    return entry.occurred_at if spec is OCCURRED_AT else getattr(entry.body, spec.name)


def corrected_label(body: type, field_name: str) -> str:
    """What a field is called, the moment of the entry included."""
    return _("Happened") if field_name == OCCURRED_AT.name else field_label(body, field_name)


def _correction(opened: Opened, entry: Entry, spec: FieldSpec) -> ActForm:
    hint = _("As it should have been.")
    if spec.form is Form.MOMENT:
        hint = _("As it should have been. Time zone: %(zone)s.") % {"zone": opened.zone}
    value = Question(
        spec=replace(spec, name="value"),
        label=corrected_label(type(entry.body), spec.name),
        hint=hint,
        options=questions.options_of(spec, of_body(type(entry.body), of_case(opened))),
        zone=opened.zone,
    )
    reasons = next(each for each in questions.asked_of(Corrected, {}, opened.zone) if each.name == "reasons")

    def make(values: Mapping[str, object]) -> Body:
        return Corrected(
            entry=entry.id,
            field_name=spec.name,
            value=json.dumps(to_json(values["value"]), ensure_ascii=False, separators=(",", ":")),
            reasons=str(values["reasons"]),
        )

    back, caption = reverse("entry", args=[opened.case.id, entry.id]), label(f"entry.{entry.kind}")
    form = _form(opened, ACTS["correct"], asked=(value, reasons), back=back, caption=caption)
    return replace(form, make=make)


def _form(opened: Opened, act: Act, *, asked: tuple[Question, ...], back: str, caption: str) -> ActForm:
    return ActForm(
        act=act,
        actor=opened.actor,
        at=opened.at,
        asked=asked,
        names=opened.names(),
        back=back,
        caption=caption,
        crumbs=opened.crumbs(),
        opened=opened,
    )


def demand(actor: Actor, act: Act, opened: Opened | None) -> None:
    """Raises PermissionDenied unless this role may try this act."""
    case, orders = (opened.case, opened.context.orders) if opened else (None, ())
    if may(actor, act, None, case, orders) is not None:
        raise PermissionDenied


def _start(request: HttpRequest, act: Act, actor: Actor) -> dict[str, object]:
    """What is filled in before anybody types: the facility one acts at, and what a link of ours names."""
    of_act: dict[str, dict[str, object]] = {
        "enter_roll": {"seen_by": actor.account},
        "invite_account": {"party": actor.party},
        "end_account": {"account": request.GET.get("account")},
        "end_signing_key": {"key": request.GET.get("key")},
        "issue_stay_order": {"cases": tuple(request.GET.getlist("case"))},
        "issue_statement": {"from_on": _day(request.GET.get("from")), "until_on": _day(request.GET.get("until"))},
    }
    if act.name in monitor_acts.ACTS:
        of_act[act.name] = {each.name: request.GET.get(each.name) for each in specs(act.body) if each.refers}
    return {"facility": actor.facility, "order": request.GET.get("order"), **of_act.get(act.name, {})}


def _day(text: str | None) -> date | None:
    """A day in an address of ours; None for anything else."""
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None


def _back(request: HttpRequest, actor: Actor, case_id: str) -> str:
    """Where to go after: the roll when the form came from there, otherwise the case."""
    if request.POST.get("back") == "roll" and actor.facility:
        return reverse("facility", args=[actor.facility]) + "#roll"
    return reverse("case", args=[case_id])


def free_acts(actor: Actor) -> list[Act]:
    """The acts on no case that this account's role may try."""
    elsewhere = {*OF_THE_DESK, PasskeyGiven, SigningKeyEnded}
    acts = (each for each in ACTS.values() if each.opens_case or not (each.on_case or each.body in elsewhere))
    return [each for each in acts if may(actor, each, None, None) is None]


def answer(request: HttpRequest, form: ActForm, start: Mapping[str, object]) -> HttpResponse:
    """The page of an act: asked, checked or recorded, as the request says. `start` fills the first form."""
    if request.method != "POST":
        return ask(request, form, _first_typed(form, start))
    typed = dict(request.POST.lists())
    if first(typed, "step") == "change":
        return ask(request, form, typed)
    answers = questions.read(form.asked, typed)
    problems = {**answers.problems, **_problems_around(request, form, typed)}
    if problems:
        return ask(request, form, typed, problems=problems)
    if first(typed, "step") not in {"record", "sign"} and not form.straight:
        return check(request, form, typed, answers)
    return record(request, form, typed, answers)


def ask(
    request: HttpRequest,
    form: ActForm,
    typed: Typed,
    *,
    problems: Mapping[str, str] | None = None,
    refusal: Refusal | None = None,
) -> HttpResponse:
    """The form, with everything typed so far and everything that is wrong with it."""
    told = problems or {}
    context = {
        "form": form,
        "crumbs": form.crumbs,
        "orders": form.orders,
        "groups": questions.groups(form.asked, typed, told),
        "send_id": first(typed, "send_id")[:SEND_ID_MOST] or secrets.token_hex(16),
        "problems": questions.summary(form.asked, told)
        + [{"text": sentence(each)} for each in (refusal.reasons if refusal else _not_over(form) if told else ())],
        "refused": refusal is not None,
        "screening": _screening(form, refusal),
        "file_problem": told.get("file", ""),
        "file_most": settings.EVIDENCE_MAX_BYTES // 1_000_000,
    }
    return render(request, "web/act.html", context, status=422 if told or refusal else 200)


def _not_over(form: ActForm) -> tuple[Message, ...]:
    """That a case is not over speaks against each step of an erasure: said also when the form is not complete. What
    else does is counted for a complete form alone: a state has nothing to learn here of claims that were lodged."""
    if form.opened is None or form.act.body not in STEPS_TO_ERASE:
        return ()
    return (*erasure.not_over(form.opened.case, form.at),)


def check(request: HttpRequest, form: ActForm, typed: Typed, answers: Answers) -> HttpResponse:
    """The page that shows every answer once more before it is recorded. What would be refused is not signed."""
    wanted, passkey = command(form, answers), None
    if passkeys.offered(wanted):
        act = prepare(wanted, at=form.at, send_id=first(typed, "send_id"), case_id=case_of(form), person=form.person)
        if isinstance(act, Refusal):
            return ask(request, form, typed, refusal=act)
        passkey = passkeys.asked(act)
    rows = [
        Row(name=each.name, label=each.label, texts=words(each.spec, answers.values[each.name], form.names))
        for each in form.asked
    ]
    kept = [(name, value) for name, value in errors.kept(request) if name not in CONTROLS]
    context = {"form": form, "crumbs": form.crumbs, "orders": form.orders, "rows": rows, "kept": kept}
    binds = form.act.name in BINDING and not passkey
    page = render(request, "web/check.html", {**context, "passkey": passkey, "binds": binds})
    return with_script(page) if passkey else page


def record(request: HttpRequest, form: ActForm, typed: Typed, answers: Answers) -> HttpResponse:
    """Perform the act: the receipt, or the form again with the reasons why not."""
    wanted = command(form, answers)
    file = request.FILES.get("file") if form.takes_file else None
    try:
        if first(typed, "step") == "sign":
            done = passkeys.sign(request, form.actor)
        else:
            done = perform(
                wanted,
                case_id=case_of(form),
                person=form.person,
                at=form.at,
                send_id=first(typed, "send_id"),
                file=file.read() if file else None,
            )
    except VersionConflict:
        conflict = _("Somebody else recorded something in this case meanwhile. Look at the case, then send this again.")
        return ask(request, form, typed, problems={"": conflict})
    if isinstance(done, Refusal):
        return ask(request, form, typed, refusal=done)
    if done.invitation is not None:
        return invited(request, done.invitation)
    if form.opened is not None and isinstance(wanted.body, FamilyWordsGiven):
        return sheet.shown(request, form.opened, words=done.words, repeated=done.repeated)
    main = done.entries[-1]
    if form.opened is not None and (isinstance(main.body, CaseErased) or not form.opened.sees_any(main)):
        return redirect(form.back)  # recorded for somebody's protection, also from whoever wrote it down
    if form.act.opens_case and proofs.receipt(main.id, form.actor) is None:
        return render(request, "web/recorded.html", {"entry": main})  # at a place that is not this account's
    url = reverse("receipt", args=[main.id])
    if first(typed, "back") == "roll":
        return redirect(form.back)
    return redirect(f"{url}?repeated=1" if done.repeated else url)


def command(form: ActForm, answers: Answers) -> Command:
    """What is asked to be done, from answers without problems."""
    occurred_at = cast(datetime, answers.values.get(OCCURRED_AT.name, form.at))
    body = form.make(answers.values) if form.make else questions.body_from(form.act.body, answers.values)
    return Command(act=form.act.name, body=body, occurred_at=occurred_at, actor=form.actor)


def case_of(form: ActForm) -> str | None:
    """The id of the case to which the act is done."""
    return form.opened.case.id if form.opened else None


def _first_typed(form: ActForm, start: Mapping[str, object]) -> Typed:
    """What the form shows before anything is typed: now, and whatever the page already knows."""
    known = {OCCURRED_AT.name: form.at, **start}
    typed: dict[str, list[str]] = {}
    for each in form.asked:
        if known.get(each.name) is not None:
            typed |= questions.as_typed(each, known[each.name])
        elif each.options is not None and len(each.options) == 1 and not each.spec.optional:
            typed |= {each.name: [each.options[0].value]}
    return typed


def _screening(form: ActForm, refusal: Refusal | None) -> list[dict[str, Any]]:
    """What the rules answered, for those who may see facts."""
    if refusal is None or refusal.screening is None or form.opened is None:
        return []
    sees = form.opened.sees_class(FieldClass.FACTS)
    return rules_shown.screening(refusal.screening, form.opened) if sees else []


def is_send_id(text: str) -> bool:
    """Whether a text can be the one-time id of a form."""
    return 16 <= len(text) <= SEND_ID_MOST and text.isascii() and text.isalnum()


def _problems_around(request: HttpRequest, form: ActForm, typed: Typed) -> dict[str, str]:
    """What is wrong beside the answers. A form from our pages carries one id; without it, sending twice could
    record twice."""
    problems, given, file = {}, typed.get("send_id", ()), request.FILES.get("file")
    if len(given) != 1 or not is_send_id(given[0]):
        problems[""] = _("The form was not complete. Check your answers and send it again.")
    if form.takes_file and (file is None or not file.size):
        problems["file"] = (
            _("Choose the file of the document.") if file is None else _("The file is empty. Choose another.")
        )
    return problems
