"""What people outside ask, lodge and find again without an account: enquiries, orders, claims and family words.

Whatever is asked, and whoever it names, the same page follows: nothing is looked up, and only somebody outside, or an
officer of each state, reads it. Until somebody has shown that they are a relative, no answer is even read. An order
names people, never a class: nobody unknown stops a whole agreement.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import groupby
from typing import Any, cast

from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from habeas.core.asking import Enquiry
from habeas.core.case import Case
from habeas.core.claims import DECIDED_WITHIN
from habeas.core.commands import Refusal
from habeas.core.disclosure import OF_ADMISSION, Disclosed, Value, disclosure
from habeas.core.entries.asking import AskerStated, EnquiryMade
from habeas.core.entries.claims import ClaimLodged
from habeas.core.entries.custody import Admitted
from habeas.core.entries.orders import OrderLodged
from habeas.store import asking, claims, orders, proofs, read, streams
from habeas.store.asking import Lodged
from habeas.store.family import open_word
from habeas.store.records import new_id
from habeas.web import public
from habeas.web.entry_page import download
from habeas.web.public import KNOWN, Desk, asked_of, known_word, new_word, values_of
from habeas.web.questions import OCCURRED_AT, Question
from habeas.web.shown import choice_label, day, label, moment, sentence

COLLECTED, COLLECTED_SECONDS = "public desk: what was collected", 60 * 60
OPENED, OPENED_SECONDS = "habeas.word", 15 * 60
"""The salt of the token by which a page of what was collected, or opened by a word, gives receipts; for how long."""

NOT_ASKED = frozenset({"cases", "class_described", "class_condition", "due_at"})


@public.public
def front(request: HttpRequest) -> HttpResponse:
    """What can be asked here, how the answer comes, and what is never told."""
    return public.page(request, "web/public/front.html", {})


# --- lodged: an enquiry, a claim, an order -----------------------------------------------------------------


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
    body = EnquiryMade(asked_of=asking.answering(at), due_at=due_at, **values_of(EnquiryMade, values))
    reference = asking.lodge(streams.ENQUIRY + new_id(), (body,), _asker(values, due_at), word=_word(values), at=at)
    return public.page(request, "web/public/received.html", {"reference": reference, "due": day(due_at.date())})


@public.public
def claim(request: HttpRequest) -> HttpResponse:
    """Claim that a person is held wrongfully."""
    asked = (*asked_of(ClaimLodged, AskerStated), new_word())
    desk = Desk(template="web/public/claim.html", asked=asked, take=_claimed, context={"days": DECIDED_WITHIN.days})
    return public.serve(request, desk)


def _claimed(request: HttpRequest, values: Mapping[str, object], at: datetime) -> HttpResponse:
    body, due_at = ClaimLodged(**values_of(ClaimLodged, values)), at + DECIDED_WITHIN
    reference = asking.lodge(streams.CLAIM + new_id(), (body,), _asker(values, due_at), word=_word(values), at=at)
    return public.page(request, "web/public/claim_received.html", {"reference": reference, "due": day(due_at.date())})


@public.public
def order(request: HttpRequest) -> HttpResponse:
    """Lodge a court's order."""
    return public.serve(request, _order_desk(timezone.now()))


def _order_desk(at: datetime) -> Desk:
    zones = {each.time_zone for each in read.facilities(at).values()}
    zone = zones.pop() if len(zones) == 1 else "UTC"
    of_order = [each for each in asked_of(OrderLodged, zone=zone) if each.name not in NOT_ASKED]
    named = [replace(each, spec=replace(each.spec, optional=each.name == "evidence")) for each in of_order]
    hint = _("Time zone: %(zone)s. For another, write the time with its offset, for example 18:45-04:00.")
    when = Question(spec=OCCURRED_AT, label=_("When did the court give it?"), hint=hint % {"zone": zone}, zone=zone)
    asked = (*named, when, *asked_of(AskerStated), new_word())
    return Desk(template="web/public/order.html", asked=asked, take=_ordered, context={})


def _ordered(request: HttpRequest, values: Mapping[str, object], at: datetime) -> HttpResponse:
    body, issued_at = OrderLodged(**values_of(OrderLodged, values)), cast(datetime, values[OCCURRED_AT.name])
    lodged = orders.lodge(body, _asker(values), word=_word(values), issued_at=issued_at, at=at)
    if isinstance(lodged, Refusal):
        told = {OCCURRED_AT.name: " ".join(sentence(each) for each in lodged.reasons)}
        return public.ask(request, _order_desk(at), dict(request.POST.lists()), told)
    return public.page(request, "web/public/order_received.html", {"reference": lodged})


def _asker(values: Mapping[str, object], due_at: datetime | None = None) -> AskerStated:
    return AskerStated(about="", answer_due_at=due_at, **values_of(AskerStated, values))


def _word(values: Mapping[str, object]) -> str:
    return str(values["word"])


# --- collected with the reference and the word -------------------------------------------------------------


@public.public
def answer(request: HttpRequest) -> HttpResponse:
    """Collect what was asked, with the reference and the word."""
    desk = Desk(template="web/public/answer.html", asked=known_word(), take=_collected, context={})
    return public.serve(request, desk)


def _collected(request: HttpRequest, values: Mapping[str, object], at: datetime) -> HttpResponse:
    found = asking.collect(str(values["reference"]), _word(values), at=at)
    if found is None:
        return public.page(request, "web/public/not_found.html", {}, status=404)
    template, told = next(each for prefix, each in FOLLOWED.items() if found.asker.about.startswith(prefix))
    return public.page(request, template, {"lodged": found, **told(found, at)})


def _order(found: Lodged, at: datetime) -> dict[str, object]:
    """How an order stands: never whom it covers."""
    return {"order": orders.of_stream(found.asker.about)}


def _claim(found: Lodged, at: datetime) -> dict[str, object]:
    """How a claim stands; for a relative who has shown it, what became of it."""
    lodged = claims.lodged_claim(found.asker.about) if found.kinship_shown else None
    return {**_for_receipts(found, at), "claim": claims.in_case(lodged) if lodged else None}


def _enquiry(found: Lodged, at: datetime) -> dict[str, object]:
    """How an enquiry stands; the answers for a relative who has shown it."""
    stream, parties = found.asker.about, read.parties(at)
    asked = asking.enquiry(stream) if found.kinship_shown else None
    return {
        **_for_receipts(found, at),
        "rejected": [(parties[each.actor.party].name, each) for each in asking.rejections(stream)],
        "answers": _answers(asked, at) if asked else [],
        "parts": [part for case in _cases(asked) for part in _told_of(case, at)[0]],
    }


FOLLOWED: Mapping[str, tuple[str, Callable[[Lodged, datetime], dict[str, object]]]] = {
    streams.ENQUIRY: ("web/public/collected.html", _enquiry),
    streams.ORDER: ("web/public/order_followed.html", _order),
    streams.CLAIM: ("web/public/claim_followed.html", _claim),
}
"""The page of what was lodged and what it shows, by the prefix of its stream."""


def _for_receipts(found: Lodged, at: datetime) -> dict[str, object]:
    token = signing.dumps(found.stream, salt=COLLECTED)
    return {"neutral": asking.neutral_bodies(at), "mine": asking.first_entry(found.asker.about), "token": token}


def _answers(asked: Enquiry, at: datetime) -> list[dict[str, Any]]:
    """What each state that was asked has answered so far, or that it has not."""
    parties, answered = read.parties(at), asked.answers
    return [
        {"party": parties[party].name, "entry": answered.get(party), "late": at >= asked.made.due_at}
        for party in asked.made.asked_of
        if party in answered or party in asked.owed_by
    ]


def _cases(asked: Enquiry | None) -> Iterator[Case]:
    """Each case that an answer names."""
    return filter(None, map(read.case, asked.cases if asked else ()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One letter of article 18(1): its heading, and each element as label and words."""

    letter: str
    title: str
    rows: tuple[tuple[str, str], ...]


def _parts(disclosed: Sequence[Disclosed], zone: str) -> tuple[Part, ...]:
    """The answer letter by letter, its moments in a named time zone."""
    return tuple(
        Part(
            letter=letter,
            title=label(f"disclosure.{letter}"),
            rows=tuple((label(each.code), _in_words(each.value, zone)) for each in of_letter),
        )
        for letter, of_letter in groupby(disclosed, key=lambda each: each.letter)
    )


def _in_words(value: Value, zone: str) -> str:
    """A value in words; of what was not recorded, that."""
    match value:
        case None:
            return label("disclosure.not_recorded")
        case StrEnum():
            return choice_label(value)
        case datetime():
            return moment(value, zone)
    return value


def _told_of(case: Case, at: datetime) -> tuple[tuple[Part, ...], str]:
    """What ICPPED article 18(1) lists, of one case; and the time zone of it."""
    context = read.context(case.agreement, at, case)
    zone = context.zone(case.facility)
    return _parts(disclosure(case, context, at), zone), zone


@public.public
def receipt(request: HttpRequest) -> HttpResponse:
    """The receipt of an entry of what was collected a moment ago."""
    stream, entry_id = _named(request, COLLECTED, COLLECTED_SECONDS), request.POST.get("entry", "")
    if stream is None:
        return public.page(request, "web/public/not_found.html", {}, status=404)
    found = asking.lodged(stream)
    return _file(asking.receipt(found, entry_id) if found else None, f"receipt-{entry_id[:12]}.json")


def _named(request: HttpRequest, salt: str, seconds: int) -> str | None:
    """What the token of a page of ours names; None for another token, or one too old."""
    try:
        return str(signing.loads(request.POST.get("token", ""), salt=salt, max_age=seconds))
    except signing.BadSignature:
        return None


def _file(data: bytes | None, name: str) -> HttpResponse:
    if data is None:
        raise Http404
    return download(data, name, "application/json")


# --- opened with a family word, without a trace ------------------------------------------------------------


@public.public
def word(request: HttpRequest) -> HttpResponse:
    """Bring a family word."""
    hint = _("Four words from the person’s sheet. Capitals and accents make no difference.")
    asked = (Question(spec=KNOWN, label=_("The word that you were given"), hint=hint),)
    return public.serve(request, Desk(template="web/public/word.html", asked=asked, take=_opened, context={}))


def _opened(request: HttpRequest, values: Mapping[str, object], at: datetime) -> HttpResponse:
    """The answer of article 18(1). A wrong word, one that was ended and one that never was get the same page after
    the same work."""
    case = open_word(_word(values), at)
    if case is None:
        return public.page(request, "web/public/no_word.html", {})  # 200: a log would tell the two apart
    parts, zone = _told_of(case, at)
    token = signing.dumps(case.id, salt=OPENED) if case.last(Admitted) else ""
    return public.page(request, "web/public/opened.html", {"parts": parts, "at": at, "zone": zone, "token": token})


@public.public
def word_receipt(request: HttpRequest) -> HttpResponse:
    """The receipt of the admission, with what article 18(1) lists, for whoever opened a word a moment ago."""
    case_id = _named(request, OPENED, OPENED_SECONDS)
    if case_id is None:
        return public.page(request, "web/public/no_word.html", {})
    case = read.case(case_id)
    admitted = case.last(Admitted) if case else None
    return _file(proofs.receipt_of(admitted.id, OF_ADMISSION) if admitted else None, "receipt.json")
