"""Error pages that help: what happened, what was kept, what to do. They name no person and no value."""

import sys
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.db import DatabaseError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from habeas.store.keys import KeyLost, SealBroken

SECRET = ("password", "code", "csrfmiddlewaretoken", "token")


@dataclass(frozen=True, slots=True, kw_only=True)
class Help:
    """The words of an error page."""

    title: str
    what: str
    do: str


def helps(status: int) -> Help:
    """What to say for a status."""
    match status:
        case 400:
            return Help(
                title=_("This request cannot be read"),
                what=_("The page was sent in a form that cannot be read. Nothing was recorded."),
                do=_("Go back, check what you typed, and send it again."),
            )
        case 403:
            return Help(
                title=_("Your role cannot open this page"),
                what=_("Nothing was recorded and nothing was shown."),
                do=_("If you need it for your work, ask the account manager of your own authority."),
            )
        case 404:
            return Help(
                title=_("There is no such page for you"),
                what=_("The address is wrong, or what it leads to is not open to your account."),
                do=_("Check the address, or begin again from your work."),
            )
        case 405:
            return Help(
                title=_("This address only takes a form that is sent"),
                what=_("You opened an address that is used when a form is sent. Nothing was recorded."),
                do=_("Go back and use the button on the page."),
            )
        case 413:
            return Help(
                title=_("This is too much to send at once"),
                what=_("The form or the file is larger than the record takes. Nothing was recorded."),
                do=_("Go back and shorten the longest answer, or choose a smaller file: at most %(most)d MB.")
                % {"most": settings.EVIDENCE_MAX_BYTES // 1_000_000},
            )
        case 503:
            return Help(
                title=_("The record is busy"),
                what=_("The record did not answer in time. Nothing was recorded by this request."),
                do=_("Wait ten seconds, go back and send it again: sending twice never records twice."),
            )
    return Help(
        title=_("There is a fault in the system"),
        what=_("The fault is ours. What you sent was either recorded as a whole or not at all."),
        do=_("Look at the case before you send it again: sending the same form twice never records twice."),
    )


def page(request: HttpRequest, status: int, told: Help | None = None) -> HttpResponse:
    """The error page for a status; it needs no database, which may be what failed."""
    try:
        bool(request.user)
    except (AttributeError, DatabaseError):
        request.user = AnonymousUser()
    return render(request, "web/error.html", {"help": told or helps(status), "status": status}, status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400, or 413 when the request was too large."""
    large = isinstance(exception, RequestDataTooBig | TooManyFieldsSent | TooManyFilesSent)
    return page(request, 413 if large else 400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403."""
    return page(request, 403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404: the same words whether it does not exist or is somebody else's."""
    return page(request, 404)


def fault(request: HttpRequest) -> HttpResponse:
    """500; 503 when it is the database that does not answer, or a key or it that can't be read."""
    error = sys.exc_info()[1]
    if isinstance(error, OperationalError):
        return page(request, 503)
    if type(error) is not DatabaseError and not isinstance(error, KeyLost | SealBroken):
        return page(request, 500)
    unreadable = Help(
        title=_("The record cannot be read"),
        what=_("Its database or one of its keys is missing or damaged. Nothing was recorded by this request."),
        do=_("Tell whoever runs the system: what is missing must be restored from its backup."),
    )
    return page(request, 503, unreadable)


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


def same_origin(request: HttpRequest) -> bool:
    """Whether our own page sent this; another site's form must never be offered for sending."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("Origin", "")
    return bool(origin) and urlsplit(origin).netloc == request.get_host()


def kept(request: HttpRequest) -> list[tuple[str, str]]:
    """Every field that was sent, but no secret."""
    return [
        (name, value)
        for name, values in request.POST.lists()
        if not any(each in name.lower() for each in SECRET)
        for value in values
    ]
