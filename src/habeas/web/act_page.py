"""One page for every act: its questions come from the entry it writes, its answer from the core.

The form is sent, its answers are read, shown to be checked, made into a command and performed. Whatever
goes wrong, the page comes back with everything typed and says what to do.
"""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from habeas.core.acts import Act
from habeas.core.commands import Command, Refusal
from habeas.core.entries import Actor, Body, FieldClass
from habeas.core.entries.custody import RollEntered
from habeas.core.entries.procedure import EvidenceAdded
from habeas.core.orders import StayOrder
from habeas.store.acts import perform
from habeas.store.append import VersionConflict
from habeas.web import errors, rules_shown
from habeas.web.accounts import invited
from habeas.web.opened import Opened
from habeas.web.questions import OCCURRED_AT, Answers, Asked, Question, Typed, as_typed, body_from, first, groups, read
from habeas.web.shown import Names, Row, label, sentence, words

STRAIGHT = frozenset({EvidenceAdded, RollEntered})
"""Acts recorded without a page to check: a browser keeps no chosen file, and a roll is entered in a row."""

SEND_ID_MOST = 64
CONTROLS = frozenset({"csrfmiddlewaretoken", "step", "back"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ActForm:
    """One act for one account, with what it asks and where it leads."""

    act: Act
    actor: Actor
    at: datetime
    asked: tuple[Asked, ...]
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
        """What is done, as an imperative."""
        return label(f"act.{self.act.name}")

    @property
    def orders(self) -> tuple[StayOrder, ...]:
        """The stay orders in force that bar it."""
        return self.opened.orders if self.opened and self.act.outward else ()

    @property
    def takes_file(self) -> bool:
        """Whether it comes with the file of a document."""
        return self.act.body is EvidenceAdded

    @property
    def straight(self) -> bool:
        """Whether it is recorded without a page to check the answers."""
        return self.act.body in STRAIGHT


def answer(request: HttpRequest, form: ActForm, start: Mapping[str, object]) -> HttpResponse:
    """The page of an act: asked, checked or recorded, as the request says. `start` fills the first form."""
    if request.method != "POST":
        return ask(request, form, _first_typed(form, start))
    typed = {name: list(values) for name, values in request.POST.lists()}
    if first(typed, "step") == "change":
        return ask(request, form, typed)
    answers = read(form.asked, typed)
    problems = {**answers.problems, **_send_id_problem(typed), **_file_problem(request, form)}
    if problems:
        return ask(request, form, typed, problems=problems)
    if first(typed, "step") != "record" and not form.straight:
        return check(request, form, answers)
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
        "groups": groups(form.asked, typed, told),
        "send_id": first(typed, "send_id")[:SEND_ID_MOST] or secrets.token_hex(16),
        "problems": _summary(form, told) + [{"text": sentence(each)} for each in (refusal.reasons if refusal else ())],
        "refused": refusal is not None,
        "screening": _screening(form, refusal),
        "file_problem": told.get("file", ""),
        "file_most": settings.EVIDENCE_MAX_BYTES // 1_000_000,
    }
    return render(request, "web/act.html", context, status=422 if told or refusal else 200)


def check(request: HttpRequest, form: ActForm, answers: Answers) -> HttpResponse:
    """The page that shows every answer once more before it is recorded."""
    rows = [
        Row(name=each.name, label=each.label, texts=words(each.spec, answers.values[each.name], form.names))
        for each in form.asked
    ]
    kept = [(name, value) for name, value in errors.kept(request) if name not in CONTROLS]
    context = {"form": form, "crumbs": form.crumbs, "orders": form.orders, "rows": rows, "kept": kept}
    return render(request, "web/check.html", context)


def record(request: HttpRequest, form: ActForm, typed: Typed, answers: Answers) -> HttpResponse:
    """Perform the act: the receipt, or the form again with the reasons why not."""
    occurred_at = cast(datetime, answers.values.get(OCCURRED_AT.name, form.at))
    body = form.make(answers.values) if form.make else body_from(form.act.body, answers)
    command = Command(act=form.act.name, body=body, occurred_at=occurred_at, actor=form.actor)
    file = request.FILES.get("file") if form.takes_file else None
    try:
        done = perform(
            command,
            case_id=form.opened.case.id if form.opened else None,
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
    main = next(each for each in done.entries if isinstance(each.body, form.act.body))
    url = reverse("receipt", args=[main.id])
    if first(typed, "back") == "roll":
        return redirect(form.back)
    return redirect(f"{url}?repeated=1" if done.repeated else url)


def _first_typed(form: ActForm, start: Mapping[str, object]) -> Typed:
    """What the form shows before anything is typed: now, and whatever the page already knows."""
    known = {OCCURRED_AT.name: form.at, **start}
    typed: dict[str, list[str]] = {}
    for each in form.asked:
        if each.name in known:
            typed |= as_typed(each, known[each.name])
        elif each.options is not None and len(each.options) == 1 and not each.spec.optional:
            typed |= {each.name: [each.options[0].value]}
    return typed


def _summary(form: ActForm, problems: Mapping[str, str]) -> list[dict[str, str]]:
    questions = {each.name: Question(asked=each) for each in form.asked}
    return [
        {"text": f"{questions[name].asked.label}: {text}", "anchor": questions[name].anchor}
        if name in questions
        else {"text": text, "anchor": name}
        for name, text in problems.items()
    ]


def _screening(form: ActForm, refusal: Refusal | None) -> list[dict[str, Any]]:
    """What the rules answered, for those who may see facts."""
    if refusal is None or refusal.screening is None or form.opened is None:
        return []
    sees = form.opened.sees_class(FieldClass.FACTS)
    return rules_shown.screening(refusal.screening, form.opened) if sees else []


def _send_id_problem(typed: Typed) -> dict[str, str]:
    """A form from our pages carries one id; without it, sending twice could record twice."""
    given = typed.get("send_id", ())
    if len(given) == 1 and 16 <= len(given[0]) <= SEND_ID_MOST and given[0].isalnum():
        return {}
    return {"": _("The form was not complete. Check your answers and send it again.")}


def _file_problem(request: HttpRequest, form: ActForm) -> dict[str, str]:
    if not form.takes_file:
        return {}
    file = request.FILES.get("file")
    if file is None:
        return {"file": _("Choose the file of the document.")}
    return {} if file.size else {"file": _("The file is empty. Choose another.")}
