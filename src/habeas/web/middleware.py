"""What holds for every request: our own headers, pages in place of bare errors, a second factor first."""

import logging
from collections.abc import Callable

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import resolve

from habeas.inputs import Unusable
from habeas.speech import language_of_environment, say
from habeas.store import memory
from habeas.store.append import CONNECTION_LOST, is_full
from habeas.web import errors

LOG = logging.getLogger("habeas.web")
Next = Callable[[HttpRequest], HttpResponseBase]

POLICY = (
    "default-src 'none'; script-src 'none'; style-src 'self'; img-src 'self' data:; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
WITH_SCRIPT = POLICY.replace("script-src 'none'", "script-src 'self'")
CSP = "Content-Security-Policy"
HEADERS = {
    CSP: POLICY,
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()",
}

OPEN = frozenset(
    "mfa_activate_totp mfa_authenticate mfa_reauthenticate account_reauthenticate account_logout account_login "
    "language log_file log log_status log_policy".split()
)
"""Pages that an account without a second factor may use outside the demonstration."""


def security_headers(get_response: Next) -> Next:
    """Middleware: the headers on every answer, error pages too. A file of the log is the same for all, and says so."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        policy = WITH_SCRIPT if response.get(CSP) == WITH_SCRIPT else POLICY
        own = getattr(response, "own_headers", {})
        for name, value in {**HEADERS, CSP: policy, **own}.items():
            response[name] = value
        if own:
            del response["Vary"], response["Content-Language"]
        return response

    return answer


def with_script(response: HttpResponse) -> HttpResponse:
    """A page that asks for a passkey: it may run our own script file, and nothing else."""
    response[CSP] = WITH_SCRIPT
    return response


class HelpfulErrors:
    """Middleware: a page in place of the bare answer for a wrong method or a database that is busy."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The answer, with a page where Django gives none."""
        response = self.get_response(request)
        if (
            request.method == "POST"
            and response.status_code in (403, 404)
            and not _is_json(response)
            and memory.behind()
        ):
            return errors.unsent(request, full=False)  # what the form was about may be what is missing
        if response.status_code == 405 and isinstance(response, HttpResponse) and not response.content:
            page = errors.page(request, 405)
            page["Allow"] = response["Allow"]
            return page
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """A database that does not answer, or ends too early, is no fault of the page: say so and when to try again."""
        if isinstance(exception, memory.BehindPublished):
            return errors.unsent(request, full=False)
        if isinstance(exception, Unusable):  # a file of the operator's; where it lies is for the operator alone
            LOG.error("%s", say(exception.message, language_of_environment()))
            return errors.page(request, 503, no_policy=True)
        if is_full(exception):
            return errors.unsent(request, full=True)
        if not isinstance(exception, CONNECTION_LOST):
            return None
        page = errors.page(request, 503)
        page["Retry-After"] = "10"
        return page


def _is_json(response: HttpResponseBase) -> bool:
    return response.get("Content-Type") == "application/json"


def second_factor_first(get_response: Next) -> Next:
    """Middleware: send an account without a second factor to the page that sets one up."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        if settings.HABEAS_DEMO or _is_open(request) or not request.user.is_authenticated:
            return get_response(request)
        if is_mfa_enabled(request.user, [Authenticator.Type.TOTP]):
            return get_response(request)
        return redirect("mfa_activate_totp")

    return answer


def _is_open(request: HttpRequest) -> bool:
    if request.path_info.startswith(settings.STATIC_URL):
        return True
    try:
        return resolve(request.path_info).url_name in OPEN
    except LookupError:
        return False
