"""Enquiries of people outside: "do you hold this person?" is asked and its answer collected, without an account.

Whatever is asked, the same page follows: nothing is looked up, and only an officer of each state reads it. Until
somebody has shown that they are a relative, no answer is even read.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone

from habeas.core.asking import Enquiry
from habeas.core.disclosure import disclosure
from habeas.core.entries.asking import AskerStated, EnquiryMade
from habeas.store import asking, read, streams
from habeas.store.asking import Lodged, collect, lodge
from habeas.store.records import new_id
from habeas.web import disclosed, public, public_claims, public_orders
from habeas.web.entry_page import download
from habeas.web.public import COLLECTED, Desk, asked_of, known_word, new_word, values_of
from habeas.web.shown import day

COLLECTED_SECONDS = 60 * 60
"""For how long a page that shows what was collected can give its receipts."""


@public.public
def front(request: HttpRequest) -> HttpResponse:
    """What can be asked here, how the answer comes, and what is never told."""
    return public.page(request, "web/public/front.html", {})


@public.public
def enquire(request: HttpRequest) -> HttpResponse:
    """Ask whether a person is held."""
    asked = (*asked_of(EnquiryMade, AskerStated), new_word())
    days, agreed = asking.answer_days(timezone.now())
    context = {"days": days, "agreed": agreed}
    return public.serve(request, Desk(template="web/public/enquire.html", asked=asked, take=_enquired, context=context))


def _enquired(request: HttpRequest, values: Mapping[str, object], at: datetime) -> HttpResponse:
    days, _agreed = asking.answer_days(at)
    due_at = at + timedelta(days=days)
    enquiry = EnquiryMade(asked_of=asking.answering(at), due_at=due_at, **values_of(EnquiryMade, values))
    asker = AskerStated(about="", answer_due_at=due_at, **values_of(AskerStated, values))
    reference = lodge(streams.ENQUIRY + new_id(), (enquiry,), asker, word=str(values["word"]), at=at)
    return public.page(request, "web/public/received.html", {"reference": reference, "due": day(due_at.date())})


@public.public
def answer(request: HttpRequest) -> HttpResponse:
    """Collect what was asked, with the reference and the word."""
    desk = Desk(template="web/public/answer.html", asked=known_word(), take=_collected, context={})
    return public.serve(request, desk)


def _collected(request: HttpRequest, values: Mapping[str, object], at: datetime) -> HttpResponse:
    found = collect(str(values["reference"]), str(values["word"]), at=at)
    if found is None:
        return public.page(request, "web/public/not_found.html", {}, status=404)
    shown = next(each for prefix, each in FOLLOWED.items() if found.asker.about.startswith(prefix))
    return shown(request, found, at)


def _enquiry(request: HttpRequest, found: Lodged, at: datetime) -> HttpResponse:
    """How an enquiry stands; the answers for a relative who has shown it."""
    stream, parties = found.asker.about, read.parties(at)
    rejected = [(parties[each.actor.party].name, each) for each in asking.rejections(stream)]
    asked = asking.enquiry(stream) if found.kinship_shown else None
    context = {
        "lodged": found,
        "neutral": asking.neutral_bodies(at),
        "rejected": rejected,
        "mine": asking.first_entry(stream),
        "token": signing.dumps(found.stream, salt=COLLECTED),
        "answers": _answers(asked, at) if asked else [],
        "parts": _disclosed(asked, at) if asked else [],
    }
    return public.page(request, "web/public/collected.html", context)


FOLLOWED: Mapping[str, Callable[[HttpRequest, Lodged, datetime], HttpResponse]] = {
    streams.ENQUIRY: _enquiry,
    streams.ORDER: public_orders.followed,
    streams.CLAIM: public_claims.followed,
}
"""The page of what was lodged, by the prefix of its stream."""


def _answers(asked: Enquiry, at: datetime) -> list[dict[str, Any]]:
    """What each state that was asked has answered so far, or that it has not."""
    parties, answered = read.parties(at), asked.answers
    return [
        {"party": parties[party].name, "entry": answered.get(party), "late": at >= asked.made.due_at}
        for party in asked.made.asked_of
        if party in answered or party in asked.owed_by
    ]


def _disclosed(asked: Enquiry, at: datetime) -> list[disclosed.Part]:
    """What ICPPED article 18(1) lists, from each case that an answer names."""
    found: list[disclosed.Part] = []
    for case in filter(None, map(read.case, asked.cases)):
        context = read.context(case.agreement, at, case)
        found += disclosed.parts(disclosure(case, context, at), context.zone(case.facility))
    return found


@public.public
def receipt(request: HttpRequest) -> HttpResponse:
    """The receipt of an entry of what was collected a moment ago."""
    try:
        stream = signing.loads(request.POST.get("token", ""), salt=COLLECTED, max_age=COLLECTED_SECONDS)
    except signing.BadSignature:
        return public.page(request, "web/public/not_found.html", {}, status=404)
    found, entry_id = asking.lodged(stream), request.POST.get("entry", "")
    data = asking.receipt(found, entry_id) if found else None
    if data is None:
        raise Http404
    return download(data, f"receipt-{entry_id[:12]}.json", "application/json")
