"""Somebody outside claims, without an account, that a person is held wrongfully, and comes back to see how it stands.

Whoever is named, the same page follows, and comes back: nothing is looked up. What became of the claim is told to a
relative who has shown it, and to nobody else.
"""

from collections.abc import Mapping
from datetime import datetime

from django.core import signing
from django.http import HttpRequest, HttpResponse

from habeas.core.claims import DECIDED_WITHIN
from habeas.core.entries.asking import AskerStated
from habeas.core.entries.claims import ClaimLodged
from habeas.store import asking, claims, streams
from habeas.store.asking import Lodged
from habeas.store.records import new_id
from habeas.web import public
from habeas.web.public import COLLECTED, Desk, asked_of, new_word, values_of
from habeas.web.shown import day


@public.public
def lodge(request: HttpRequest) -> HttpResponse:
    """The form, and what follows it."""
    asked = (*asked_of(ClaimLodged, AskerStated), new_word())
    desk = Desk(template="web/public/claim.html", asked=asked, take=_taken, context={"days": DECIDED_WITHIN.days})
    return public.serve(request, desk)


def _taken(request: HttpRequest, values: Mapping[str, object], at: datetime) -> HttpResponse:
    due_at = at + DECIDED_WITHIN
    asker = AskerStated(about="", answer_due_at=due_at, **values_of(AskerStated, values))
    body, word = ClaimLodged(**values_of(ClaimLodged, values)), str(values["word"])
    reference = asking.lodge(streams.CLAIM + new_id(), (body,), asker, word=word, at=at)
    context = {"reference": reference, "due": day(due_at.date())}
    return public.page(request, "web/public/claim_received.html", context)


def followed(request: HttpRequest, found: Lodged, at: datetime) -> HttpResponse:
    """How a claim stands; for a relative who has shown it, what became of it."""
    stream = found.asker.about
    lodged = claims.lodged_claim(stream) if found.kinship_shown else None
    context = {
        "lodged": found,
        "neutral": asking.neutral_bodies(at),
        "mine": asking.first_entry(stream),
        "token": signing.dumps(found.stream, salt=COLLECTED),
        "claim": claims.in_case(lodged) if lodged else None,
    }
    return public.page(request, "web/public/claim_followed.html", context)
