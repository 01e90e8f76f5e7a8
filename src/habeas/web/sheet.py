"""The person's sheet as a page to print, and the page that shows family words this one time."""

from collections.abc import Mapping

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from habeas.core.entries import Actor, Role, Unstated
from habeas.documents.sheet import Language, languages, receipt_entry, sheet
from habeas.store import proofs
from habeas.web.opened import Opened, open_case
from habeas.web.shown import label
from habeas.web.shown import language as page_language
from habeas.web.who import read_only

HANDS_OVER = frozenset({Role.SENDING_OFFICER, Role.RECEIVING_OFFICER, Role.BOOKING_OFFICER, Role.COUNSEL, Role.MONITOR})
"""Who serves the notice, admits, or speaks for the person."""


@read_only
def page(request: HttpRequest, actor: Actor, case_id: str) -> HttpResponse:
    """The sheet, without family words: those that were given can't be shown again."""
    opened = open_case(actor, case_id, timezone.now(), what="sheet")
    if actor.role not in HANDS_OVER:
        raise PermissionDenied
    return shown(request, opened, words={}, repeated=False)


def shown(request: HttpRequest, opened: Opened, *, words: Mapping[int, str], repeated: bool) -> HttpResponse:
    """The sheet with the words that were just given. `repeated`: the form was sent before, so they were shown then."""
    known, spoken = languages(), _spoken(opened)
    chosen = (request.GET.get("language", ""), spoken.partition("-")[0], page_language())
    language = next(known[each] for each in chosen if each in known)
    text, entry = receipt_entry(opened.case)
    context = {
        "opened": opened,
        "crumbs": opened.crumbs(),
        "language": language,
        "languages": known.values(),
        "spoken": label(f"language.{spoken}") if spoken and spoken.partition("-")[0] not in known else "",
        "texts": _texts(request, language, opened),
        "parts": sheet(opened.case, opened.context, opened.at, language),
        "words": words,
        "repeated": repeated,
        "entry": entry,
        "receipt": language.say(
            "receipt_text", entry=language.say(text), at=language.moment(entry.recorded_at, opened.zone)
        ),
        "code": proofs.qr(entry.id),
    }
    return render(request, "web/sheet.html", context)


def _texts(request: HttpRequest, language: Language, opened: Opened) -> Mapping[str, str]:
    """The texts of the sheet around its parts."""
    name, made_at = opened.name(), language.moment(opened.at, opened.zone)
    address = request.build_absolute_uri(reverse("ask_word"))
    return {
        **language.texts,
        "for_whom": language.say("for_whom", name=name, at=made_at) if name else language.say("for_you", at=made_at),
        "words_how": language.say("words_how", address=address),
    }


def _spoken(opened: Opened) -> str:
    """The person's recorded language; empty when it is not known."""
    stated = opened.case.opening.body.language
    return "" if isinstance(stated, Unstated) else stated
