"""Outside the demonstration nobody works with a password alone: a second factor comes first."""

from collections.abc import Callable

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import resolve

Next = Callable[[HttpRequest], HttpResponseBase]

OPEN = frozenset(
    {
        "mfa_activate_totp",
        "mfa_authenticate",
        "mfa_reauthenticate",
        "account_reauthenticate",
        "account_logout",
        "account_login",
        "language",
    }
)
"""Pages that an account without a second factor may use."""


def second_factor_first(get_response: Next) -> Next:
    """Middleware: send an account without a second factor to the page that sets one up."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        if settings.HABEAS_DEMO or not request.user.is_authenticated or _is_open(request):
            return get_response(request)
        if is_mfa_enabled(request.user):
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
