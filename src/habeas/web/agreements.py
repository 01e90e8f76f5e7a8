"""The agreements: terms in plain words with sources, what the text leaves open, the fee worked through."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from habeas import agreements as released
from habeas.core.floor import answers_of, floor, gaps
from habeas.core.ledger.fees import work_through
from habeas.core.messages import Message
from habeas.core.terms import Agreement
from habeas.store import read
from habeas.web.labels import label, language, sentence
from habeas.web.pages import Rows, paged


@require_safe
def agreements(request: HttpRequest) -> HttpResponse:
    """Every agreement that is installed; open to everybody, like the agreements themselves should be."""
    runs = set(read.adopted_agreements())
    page = paged(request, Rows(released.ids(), lambda each: _listed(each, runs)))
    return render(request, "web/agreements.html", {"agreements": page})


@require_safe
def agreement(request: HttpRequest, agreement_id: str) -> HttpResponse:
    """One agreement."""
    if agreement_id not in released.ids():
        raise Http404
    terms = _terms(agreement_id)
    context = {
        "terms": terms,
        "title": terms.title.said_in(language()),
        "runs": terms.id in read.adopted_agreements(),
        "crumbs": ((reverse("agreements"), _("Agreements")),),
        "floor": [_floor_answer(each) for each in floor(terms)],
        "answers": [_answer(name, each) for name, each in answers_of(terms).items()],
        "gaps": [sentence(each.message) for each in gaps(terms)],
        "eligibility": [_term(each) for each in terms.eligibility],
        "dates": [_dated(name, each) for name, each in terms.dates.items()],
        **_fee(terms),
    }
    return render(request, "web/agreement.html", context)


def _terms(agreement_id: str) -> Agreement:
    """The agreement as this register runs it, or as it is released."""
    if agreement_id in read.adopted_agreements():
        return read.context(agreement_id, timezone.now()).agreement
    return released.agreement(agreement_id)


def _listed(agreement_id: str, runs: set[str]) -> dict[str, Any]:
    terms = _terms(agreement_id)
    states = f"{label(f'country.{terms.sending}')} → {label(f'country.{terms.receiving}')}"
    return {
        "id": terms.id,
        "title": terms.title.said_in(language()),
        "about": states,
        "runs": terms.id in runs,
        "can_run": terms.can_be_run,
    }


def _floor_answer(each: Any) -> dict[str, Any]:
    return {
        "question": sentence(Message(f"terms.floor.{each.question}")),
        "answered": each.answered,
        "assumed": each.assumed,
        "text": each.text.said_in(language()),
        "source": _source(each.source),
        "missing": [sentence(Message(f"terms.gap.{part}")) for part in each.missing],
    }


def _answer(name: str, each: Any) -> dict[str, Any]:
    return {
        "question": sentence(Message(f"terms.question.{name}")),
        "text": each.text.said_in(language()),
        "assumed": each.assumed,
        "settles": each.counts,
        "source": _source(each.source),
    }


def _term(each: Any) -> dict[str, Any]:
    return {
        "title": each.title.said_in(language()),
        "reason": each.reason.said_in(language()),
        "excludes": each.kind == "exclusion",
        "as_written": each.rule is None,
        "source": _source(each.source),
    }


def _dated(name: str, each: Any) -> dict[str, Any]:
    words = {
        "signed_on": _("Signed"),
        "in_force_on": _("In force since"),
        "published_on": _("Published"),
        "ends_on": _("Ends"),
    }
    return {"name": words[name], "on": each.on, "assumed": each.assumed, "source": _source(each.source)}


def _fee(terms: Agreement) -> dict[str, Any]:
    """The fee, worked through with what was observed, line by line."""
    if terms.fee is None:
        return {"fee": None}
    half = [each.places for each in terms.facilities if each.places]
    steps = work_through(terms.fee, terms.observed, tuple(each // 2 for each in half))
    return {
        "fee": terms.fee,
        "fee_source": _source(terms.fee.source),
        "fee_steps": [sentence(each.message) for each in steps],
        "outside": [
            {"text": each.text.said_in(language()), "source": _source(each.source)} for each in terms.fee.outside
        ],
        "reported": [{"amount": each.amount, "source": _source(each.source)} for each in terms.fee.reported],
        "observed": terms.observed,
        "assumption": terms.observed.assumption.said_in(language()) if terms.observed else "",
    }


def _source(source: Any) -> str:
    """The document, the clause and how well it is known."""
    if source is None:
        return ""
    parts = [source.document, source.clause, _quality(source.quality.value)]
    return ", ".join(each for each in parts if each)


def _quality(quality: str) -> str:
    words = {
        "treaty": _("the text itself was read"),
        "official": _("official statement"),
        "press": _("press report"),
        "conflicting": _("sources disagree"),
        "general_knowledge": _("general knowledge, to be checked"),
    }
    return words[quality]
