"""The front page: what this is and, in the demonstration, what is shown and who can sign in."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from habeas.store.models import Account
from habeas.web.labels import language

SCENARIO = "HABEAS_SCENARIO"
"""The setting in which the demonstration leaves its five lines, by language."""


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Open to everybody; nothing on it comes from the record."""
    context = {
        "scenario": scenario(),
        "signed_in": request.user.is_authenticated,
        "log_ins": _log_ins() if settings.HABEAS_DEMO else (),
    }
    return render(request, "web/home.html", context)


def scenario() -> tuple[str, ...]:
    """What the demonstration says of itself, in the language of the page; nothing outside it."""
    told = getattr(settings, SCENARIO, {})
    return tuple(told.get(language(), ()))


def _log_ins() -> tuple[Account, ...]:
    return tuple(Account.objects.filter(is_active=True).order_by("username"))
