"""Who is asking: the account behind a request as an actor, and pages that need one."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_safe

from habeas.core.entries import Actor
from habeas.store.models import Account
from habeas.web import errors

P = ParamSpec("P")
Page = Callable[Concatenate[HttpRequest, Actor, P], HttpResponseBase]


def signed_in(page: Page[P]) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """A page for accounts only; it is given the actor. A form sent after the session ended is kept."""

    @wraps(page)
    def answer(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if isinstance(request.user, Account):
            return page(request, request.user.actor(), *args, **kwargs)
        if request.method != "POST":
            return redirect_to_login(request.get_full_path(), reverse("account_login"))
        return errors.send_again(request)

    return answer  # type: ignore[return-value]  # the request stays the first argument


def read_only(page: Page[P]) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """A page for accounts only that changes nothing: GET and HEAD."""
    return require_safe(signed_in(page))
