"""What templates say that plain Django does not: labels, sentences of the core, moments in a named zone."""

from datetime import date, datetime
from typing import Any

from django import template
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from habeas.core.messages import Message
from habeas.store.models import Account
from habeas.web import errors, labels, shown

register = template.Library()


@register.filter
def label(code: object, family: str = "") -> str:
    """`"act.decide"|label`, or `stage|label:"stage"`."""
    return labels.label(f"{family}.{code}" if family else str(code))


@register.filter
def sentence(message: Message) -> str:
    """A message of the core as one sentence."""
    return labels.sentence(message)


@register.simple_tag
def moment(at: datetime, zone: str) -> SafeString:
    """A moment in a named time zone, in words and for machines."""
    return format_html('<time datetime="{}">{}</time>', at.isoformat(), shown.moment(at, zone))


@register.simple_tag(takes_context=True)
def sent_form(context: template.RequestContext) -> dict[str, object] | None:
    """What a form with an expired token held, if our own page sent it."""
    return errors.sent_form(context["request"])


@register.filter
def day(on: date) -> str:
    """A date in words."""
    return shown.day(on)


PLACES = (
    ("work", gettext_lazy("My work")),
    ("cases", gettext_lazy("Cases")),
    ("facilities", gettext_lazy("Facilities")),
    ("agreements", gettext_lazy("Agreements")),
    ("accounts", gettext_lazy("Accounts")),
)
"""The menu: the name of an address and its words."""


@register.inclusion_tag("web/includes/header.html", takes_context=True)
def page_header(context: template.RequestContext) -> dict[str, Any]:
    """The top of every page: who is signed in, the menu, the language. Error pages may know no request."""
    request = context.get("request")
    user = getattr(request, "user", None)
    return {
        "request": request,
        "csrf_token": context.get("csrf_token"),
        "account": user if isinstance(user, Account) else None,
        "places": _places(request),
        "here": _here(request),
        "demonstration": settings.HABEAS_DEMO,
    }


def _places(request: HttpRequest | None) -> list[dict[str, Any]]:
    path = request.path if request else ""
    return [{"url": reverse(name), "label": words, "here": path.startswith(reverse(name))} for name, words in PLACES]


def _here(request: HttpRequest | None) -> str:
    """Where to come back to when the language is changed: this page, unless it only takes a form."""
    return request.get_full_path() if request else reverse("home")
