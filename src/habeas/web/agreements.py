"""The agreements: terms in plain words with sources, what the text leaves open, the fee worked through."""

from collections.abc import Iterator, Mapping

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from habeas import agreements as released
from habeas.core.comparison import Basis, Comparison, compare
from habeas.core.entries import FieldClass
from habeas.core.ledger.fees import work_through
from habeas.core.terms import QUESTIONS, Agreement, answers_of, floor, gaps
from habeas.core.visibility import Sight, visible
from habeas.store import read
from habeas.store.models import Account
from habeas.web.done import watches
from habeas.web.shown import paged


@require_safe
def agreements(request: HttpRequest) -> HttpResponse:
    """Every agreement that is installed; open to everybody, like the agreements themselves should be."""
    page = paged(request, released.ids())
    context = {
        "page": page,
        "agreements": [_terms(each) for each in page.object_list],
        "adopted": read.adopted_agreements(),
    }
    return render(request, "web/agreements.html", context)


@require_safe
def compared(request: HttpRequest) -> HttpResponse:
    """Which text answers which question, and which passes the floor: as published, with nothing assumed."""
    found = compare([released.agreement(each) for each in released.ids()])
    context = {
        "found": zip(found.agreements, found.answered, strict=True),
        "asked": len(QUESTIONS),
        "tables": [
            (_("The floor: ten answers without which nobody may be moved"), "terms.floor", _rows(found, found.floor)),
            (_("The questions that a text must answer"), "terms.question", _rows(found, found.questions)),
        ],
        "crumbs": ((reverse("agreements"), _("Agreements")),),
    }
    return render(request, "web/agreements_compared.html", context)


def _rows(found: Comparison, bases: Mapping[str, tuple[Basis, ...]]) -> Iterator[tuple[str, list[list[object]]]]:
    """Of each question the agreements that answer it, those whose answer counts for nothing, and the silent ones."""
    for question, stand in bases.items():
        pairs = list(zip(found.agreements, stand, strict=True))
        among = ("counts", "counts_for_nothing", "is_silent")
        yield question, [[pair for pair in pairs if getattr(pair[1], each)] for each in among]


@require_safe
def agreement(request: HttpRequest, agreement_id: str) -> HttpResponse:
    if agreement_id not in released.ids():
        raise Http404
    terms = _terms(agreement_id)
    half = tuple(each.places // 2 for each in terms.facilities if each.places)
    context = {
        "terms": terms,
        "adopted": read.adopted_agreements(),
        "versions": released.versions(agreement_id),
        "crumbs": ((reverse("agreements"), _("Agreements")),),
        "floor": floor(terms),
        "answers": answers_of(terms),
        "gaps": gaps(terms),
        "sees_money": agreement_id in read.adopted_agreements() and _sees_money(request),
        "watches": agreement_id in read.adopted_agreements() and _watches(request),
        "fee_steps": work_through(terms.fee, terms.observed, half) if terms.fee else (),
    }
    return render(request, "web/agreement.html", context)


def _sees_money(request: HttpRequest) -> bool:
    user = request.user
    return isinstance(user, Account) and visible(user.actor().role, FieldClass.MONEY) is Sight.ALL


def _watches(request: HttpRequest) -> bool:
    return isinstance(request.user, Account) and watches(request.user.actor())


def _terms(agreement_id: str) -> Agreement:
    """The agreement as this register runs it, or as it is released."""
    if agreement_id in read.adopted_agreements():
        return read.context(agreement_id, timezone.now()).agreement
    return released.agreement(agreement_id)
