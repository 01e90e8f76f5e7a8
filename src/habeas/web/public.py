"""Pages for people without an account: asked, answered and found again alike for everybody.

A public page is a `Desk`: what it asks, and what becomes of the answers. No cookie is needed (only the chosen
language is kept in one), no script, no e-mail, and no address that says what was asked. Nobody is signed in here, so
there is nothing that another site's form could misuse, and forms carry no token.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from math import ceil
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods
from django.views.i18n import set_language

from habeas.core.entries import FieldClass, FieldSpec, Form, specs
from habeas.store.asking import WORD_LEAST, Throttled, is_long_enough
from habeas.web import questions
from habeas.web.questions import Question, Typed

LEAVE = "https://www.wikipedia.org/"
"""Where the link at the top of every public page leads at once: to nothing that says where somebody was."""

WORD = FieldSpec(name="word", form=Form.LINE, field_class=FieldClass.ASKED)
KNOWN = FieldSpec(name="word", form=Form.LINE, field_class=FieldClass.ASKED)
"""A word that somebody chooses, and one that they bring."""

REFERENCE = FieldSpec(name="reference", form=Form.LINE, field_class=FieldClass.ASKED)
View = Callable[[HttpRequest], HttpResponse]


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A public page with a form. `take` makes the answers into the page that follows; it may raise Throttled."""

    template: str
    asked: tuple[Question, ...]
    take: Callable[[HttpRequest, Mapping[str, object], datetime], HttpResponse]
    context: Mapping[str, object]


def public(view: View) -> View:
    """A page for everybody, which may take a form."""

    @csrf_exempt
    @require_http_methods(["GET", "HEAD", "POST"])
    @wraps(view)
    def answer(request: HttpRequest) -> HttpResponse:
        try:
            return view(request)
        except Throttled as throttled:
            return _try_later(request, throttled)

    return answer


language = csrf_exempt(set_language)


def page(request: HttpRequest, template: str, context: Mapping[str, object], status: int = 200) -> HttpResponse:
    """A template that extends `web/public/base.html`."""
    around = {"leave": LEAVE, "demonstration": settings.HABEAS_DEMO, "replay": getattr(settings, "HABEAS_REPLAY", {})}
    return render(request, template, {**around, **context}, status=status)


def asked_of(*bodies: type, zone: str = "UTC") -> tuple[Question, ...]:
    """The questions of these bodies of entries, but for what the system fills in, and for when it happened."""
    found = (each for body in bodies for each in questions.asked_of(body, {}, zone))
    return tuple(each for each in found if each.spec is not questions.OCCURRED_AT)


def values_of(body: type, values: Mapping[str, object]) -> dict[str, Any]:
    """Those of the answers that are fields of this body."""
    return {each.name: values[each.name] for each in specs(body) if each.name in values}


def new_word() -> Question:
    """The word that the asker chooses."""
    hint = _("At least %(least)d letters, easy for you to remember and hard to guess. You need it to get the answer.")
    return Question(spec=WORD, label=_("A word of your own"), hint=hint % {"least": WORD_LEAST})


def known_word() -> tuple[Question, Question]:
    """The reference and the word that were given before."""
    return Question(spec=REFERENCE, label=_("Your reference")), Question(spec=KNOWN, label=_("Your word"))


def serve(request: HttpRequest, desk: Desk) -> HttpResponse:
    """The page of a desk: asked, asked again with what is wrong, or what follows."""
    if request.method != "POST":
        return ask(request, desk, {}, {})
    typed = dict(request.POST.lists())
    answers = questions.read(desk.asked, typed)
    problems = {**answers.problems, **_short_word(desk, answers.values)}
    if problems:
        return ask(request, desk, typed, problems)
    return desk.take(request, answers.values, timezone.now())


def ask(request: HttpRequest, desk: Desk, typed: Typed, problems: Mapping[str, str]) -> HttpResponse:
    """The form, with everything typed so far and everything that is wrong with it."""
    groups = questions.groups(desk.asked, typed, problems)
    ready = {each.name: each for _heading, group in groups for each in group}
    context = {**desk.context, "ready": ready, "problems": questions.summary(desk.asked, problems)}
    return page(request, desk.template, context, status=422 if problems else 200)


def _short_word(desk: Desk, values: Mapping[str, object]) -> dict[str, str]:
    chosen = any(each.spec is WORD for each in desk.asked)
    if not chosen or "word" not in values or is_long_enough(str(values["word"])):
        return {}
    return {"word": _("Choose a longer word: at least %(least)d letters or digits.") % {"least": WORD_LEAST}}


def _try_later(request: HttpRequest, throttled: Throttled) -> HttpResponse:
    """429: too many came at once, which says nothing about whoever reads this."""
    minutes = ceil(throttled.wait.total_seconds() / 60)
    answer = page(request, "web/public/try_later.html", {"minutes": minutes}, status=429)
    answer["Retry-After"] = str(minutes * 60)
    return answer
