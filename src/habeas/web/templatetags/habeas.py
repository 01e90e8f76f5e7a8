"""What templates say that plain Django does not: labels, sentences of the core, moments in a named zone."""

from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

from django import template
from django.conf import settings
from django.db import DatabaseError
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from habeas.core.asking import NEUTRAL, OFFICERS
from habeas.core.entries import Entry, Role
from habeas.core.tables import Bilingual
from habeas.core.visibility import CLAIM_READERS, ORDER_READERS, sees_author
from habeas.store import memory
from habeas.store.models import Account
from habeas.store.readings import READERS
from habeas.web import errors, shown
from habeas.web.opened import Opened

register = template.Library()
register.filter("sentence", shown.sentence)
register.filter("day", shown.day)
register.filter("money", shown.money)


@register.filter
def label(code: object, family: str = "") -> str:
    """`"act.decide"|label`, or `stage|label:"stage"`."""
    return shown.label(f"{family}.{code}" if family else str(code))


@register.filter
def findings_in_words(findings: Mapping[str, int]) -> list[tuple[str, int]]:
    """The findings of an audit by what they are about, which the first word of their code names."""
    counted: Counter[str] = Counter()
    for code, count in findings.items():
        counted[shown.label(f"found.{code.partition('_')[0]}")] += count
    return list(counted.items())


@register.filter
def said(text: Bilingual | None) -> str:
    """A text for people, in the language of the page."""
    return text.said_in(shown.language()) if text else ""


@register.filter
def party(opened: Opened, party_id: str) -> str:
    return opened.context.name_of(party_id)


@register.filter
def facility(opened: Opened, code: str) -> str:
    """A facility's name, or its code while it is not certified."""
    return opened.context.facility_name(code)


@register.filter
def author(opened: Opened, entry: Entry) -> bool:
    """Whether this account is told who recorded an entry of the case."""
    return sees_author(opened.actor, entry)


@register.simple_tag
def moment(at: datetime, zone: str) -> SafeString:
    """A moment in a named time zone, in words and for machines."""
    return format_html('<time datetime="{}">{}</time>', at.isoformat(), shown.moment(at, zone))


@register.simple_tag(takes_context=True)
def sent_form(context: template.RequestContext) -> dict[str, object] | None:
    """What a form with an expired token held, if our own page sent it."""
    return errors.sent_form(context["request"])


@register.simple_tag
def behind() -> memory.BehindPublished | None:
    """How far the register is behind what it published. A database that does not answer is another page's news."""
    with suppress(DatabaseError):
        return memory.behind()
    return None


@register.filter
def named(names: shown.Names, code: str) -> str:
    return names.of(code)


PLACES = (
    ("work", gettext_lazy("My work")),
    ("cases", gettext_lazy("Cases")),
    ("enquiries", gettext_lazy("Enquiries")),
    ("claims", gettext_lazy("Claims")),
    ("orders", gettext_lazy("Orders of courts")),
    ("facilities", gettext_lazy("Facilities")),
    ("agreements", gettext_lazy("Agreements")),
    ("figures", gettext_lazy("Public figures")),
    ("findings", gettext_lazy("Findings")),
    ("monitor", gettext_lazy("The monitor’s desk")),
    ("readings", gettext_lazy("Readings")),
    ("accounts", gettext_lazy("Accounts")),
)
"""The menu: the name of an address and its words."""
OPEN_PLACES = {"agreements", "findings", "figures"}
"""What stands in the menu of those without an account."""

ONLY_FOR = {
    "enquiries": OFFICERS | NEUTRAL,
    "orders": ORDER_READERS,
    "claims": CLAIM_READERS,
    "monitor": frozenset({Role.MONITOR}),
    "readings": READERS - {Role.MONITOR},
}
"""Places in the menu that are not for every account."""


@register.inclusion_tag("web/includes/header.html", takes_context=True)
def page_header(context: template.RequestContext) -> dict[str, Any]:
    """The top of every page: who is signed in, the menu, the language. Error pages may know no request."""
    request = context.get("request")
    user, path = getattr(request, "user", None), getattr(request, "path", "")
    account = user if isinstance(user, Account) else None
    places = [
        (reverse(name), words)
        for name, words in PLACES
        if (account.role in ONLY_FOR.get(name, {account.role}) if account else name in OPEN_PLACES)
    ]
    return {
        "request": request,
        "csrf_token": context.get("csrf_token"),
        "account": account,
        "places": [(url, words, path.startswith(url)) for url, words in places],
        "here": request.get_full_path() if request else reverse("home"),
        "demonstration": settings.HABEAS_DEMO,
        "replay": getattr(settings, "HABEAS_REPLAY", None),
    }
