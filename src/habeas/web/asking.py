"""Enquiries of people outside: "do you hold this person?" is asked and its answer collected, without an account.

Whatever is asked, the same page follows: nothing is looked up, and only an officer of each state reads it.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.http import HttpRequest, HttpResponse

from habeas.core.entries.asking import AskerStated, EnquiryMade
from habeas.store import asking, streams
from habeas.store.asking import collect, lodge
from habeas.store.records import new_id
from habeas.web import public
from habeas.web.public import Desk, asked_of, known_word, new_word, values_of
from habeas.web.shown import day


@public.public
def front(request: HttpRequest) -> HttpResponse:
    """What can be asked here, how the answer comes, and what is never told."""
    return public.page(request, "web/public/front.html", {})


@public.public
def enquire(request: HttpRequest) -> HttpResponse:
    """Ask whether a person is held."""
    asked = (*asked_of(EnquiryMade, AskerStated), new_word())
    return public.serve(
        request, Desk(template="web/public/enquire.html", asked=asked, take=_enquired, context={"days": days()})
    )


def _enquired(request: HttpRequest, values: Mapping[str, object], at: datetime) -> HttpResponse:
    parties, due_at = asking.answering(at), at + timedelta(days=days())
    enquiry = EnquiryMade(asked_of=parties, due_at=due_at, **values_of(EnquiryMade, values))
    asker = AskerStated(about="", answer_due_at=due_at, **values_of(AskerStated, values))
    reference = lodge(streams.ENQUIRY + new_id(), (enquiry,), asker, word=str(values["word"]), at=at)
    return public.page(request, "web/public/received.html", {"reference": reference, "due": day(due_at.date())})


@public.public
def answer(request: HttpRequest) -> HttpResponse:
    """Collect the answer with the reference and the word."""
    return public.serve(
        request, Desk(template="web/public/answer.html", asked=known_word(), take=_collected, context={})
    )


def _collected(request: HttpRequest, values: Mapping[str, object], at: datetime) -> HttpResponse:
    found = collect(str(values["reference"]), str(values["word"]), at=at)
    if found is None:
        return public.page(request, "web/public/not_found.html", {}, status=404)
    context = {"lodged": found, "neutral": asking.neutral_bodies(at)}
    return public.page(request, "web/public/collected.html", context)


def days() -> int:
    """Within how many days an answer is due."""
    return asking.ANSWER_DAYS
