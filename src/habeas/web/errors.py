"""Error pages that help: what happened, what was kept, what to do. They name no person and no value."""

import logging
import sys
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.db import DatabaseError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from habeas.core.messages import Message
from habeas.speech import language_of_environment, say
from habeas.store.accounts import NotRecorded
from habeas.store.append import is_full
from habeas.store.keys import KeyDamaged, KeyLost, SealBroken

LOG = logging.getLogger("habeas.web")
CONTROLS = frozenset({"step", "back", "send_id"})
SECRET = ("code", "csrfmiddlewaretoken", "token")


def page(request: HttpRequest, status: int, **why: bool) -> HttpResponse:
    """The error page for a status; it needs no database, which may be what failed. `why`: one of the reasons
    that the page knows by name."""
    try:
        bool(request.user)
    except (AttributeError, DatabaseError, NotRecorded, KeyDamaged, KeyLost, SealBroken):
        request.user = AnonymousUser()
    file_most = settings.EVIDENCE_MAX_BYTES // 1_000_000
    context = {"status": status, "file_most": file_most, **why}
    template = "web/public/error.html" if request.path.startswith("/ask/") else "web/error.html"
    return render(request, template, context, status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    large = isinstance(exception, RequestDataTooBig | TooManyFieldsSent | TooManyFilesSent)
    return page(request, 413 if large else 400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403. An account of which the register says something else is signed out, so that another can sign in."""
    unrecorded = isinstance(exception, NotRecorded)
    if unrecorded:
        request.session.flush()
        request.user = AnonymousUser()
    return page(request, 403, unrecorded=unrecorded)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404: the same words whether it does not exist or is somebody else's."""
    return page(request, 404)


def fault(request: HttpRequest) -> HttpResponse:
    """500; 503 when it is the database that does not answer, or a key or it that can't be read."""
    error = sys.exc_info()[1]
    if is_full(error):
        return unsent(request, full=True)
    if isinstance(error, OperationalError):
        return page(request, 503)
    unreadable = type(error) is DatabaseError or isinstance(error, KeyDamaged | KeyLost | SealBroken)
    return page(request, 503 if unreadable else 500, unreadable=unreadable)


def send_again(request: HttpRequest) -> HttpResponse:
    """After a session ended: what was typed, to be sent again once signed in in another tab."""
    context = sent_form(request)
    if context is None:
        return render(request, "web/stale.html", status=403)
    return render(request, "web/send_again.html", context, status=401)


def sent_form(request: HttpRequest) -> dict[str, object] | None:
    """For a form whose token has expired (`403_csrf.html`): what it held, if our own page sent it."""
    if not same_origin(request) or not kept(request):
        return None
    return {"kept": kept(request), "signed_in": request.user.is_authenticated, "file_lost": bool(request.FILES)}


def unsent(request: HttpRequest, *, full: bool) -> HttpResponse:
    """503: the disk is full, or the register is behind what it published and records nothing. What was typed stands on
    the page, to be kept and to be sent again; a public page has no session that another site could misuse."""
    if full:
        LOG.error("%s", say(Message("server.disk_full", {}), language_of_environment()))
    public = request.path.startswith("/ask/")
    fields = kept(request) if public or same_origin(request) else []
    shown = [value for name, value in fields if value and name not in CONTROLS]
    context = {"kept": fields, "shown": shown, "file_lost": bool(request.FILES), "full": full}
    answer = render(request, "web/public/behind.html" if public else "web/behind.html", context, status=503)
    answer["Retry-After"] = "600" if full else "3600"
    return answer


def same_origin(request: HttpRequest) -> bool:
    """Whether our own page sent this; another site's form must never be offered for sending."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("Origin", "")
    return bool(origin) and urlsplit(origin).netloc == request.get_host()


def kept(request: HttpRequest) -> list[tuple[str, str]]:
    """Every field that was sent, but no secret; nothing of a form that holds a password, under whatever name."""
    if any("password" in name.lower() for name in request.POST):
        return []
    return [
        (name, value)
        for name, values in request.POST.lists()
        if not any(each in name.lower() for each in SECRET)
        for value in values
    ]
