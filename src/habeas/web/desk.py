"""What people outside asked or claimed, for those who answer it or find its case; and the claims of cases.

Officers see what is sought and the cases that it may be about; the monitor and the reviewer also who asked or claimed,
which no state ever sees.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from itertools import islice
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from habeas.core.asking import NEUTRAL, OFFICERS, Enquiry
from habeas.core.claims import AtDesk, claims
from habeas.core.clocks import clocks
from habeas.core.entries import Actor, specs
from habeas.core.entries.asking import EnquiryAnswered, EnquiryRejected, KinshipShown
from habeas.core.entries.claims import ClaimLinked
from habeas.core.permissions import ACTS, Act, may
from habeas.core.visibility import CLAIM_READERS
from habeas.store import asking, read
from habeas.store import claims as store
from habeas.web import acts, questions
from habeas.web.opened import Opened, opened_each, openings
from habeas.web.pickers import of_agreements
from habeas.web.questions import Option
from habeas.web.shown import Names, paged
from habeas.web.who import read_only, signed_in

CANDIDATES_MOST = 12
OF_A_CLAIM: Collection[type] = (ClaimLinked, KinshipShown)
OF_AN_ENQUIRY: Collection[type] = (EnquiryAnswered, EnquiryRejected, KinshipShown)


# --- enquiries ---------------------------------------------------------------------------------------------


@read_only
def enquiries(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Every enquiry that this account answers or watches over; those that still wait for it first."""
    if actor.role not in OFFICERS | NEUTRAL:
        raise PermissionDenied
    at = timezone.now()
    found = [each for each in asking.enquiries() if each.may_be_read_by(actor)]
    rows = [{"enquiry": each, "waits": each.waits_for(actor), "late": each.made.due_at <= at} for each in found]
    rows.sort(key=lambda each: not each["waits"])
    return render(request, "web/enquiries.html", {"found": paged(request, rows), "counts": asking.counts(at)})


@read_only
def enquiry(request: HttpRequest, actor: Actor, stream: str) -> HttpResponse:
    """One enquiry: what is sought, who may be meant, what was answered."""
    asked, neutral = _enquiry(actor, stream), actor.role in NEUTRAL
    names = of_agreements(actor, timezone.now())[1]
    asker = asking.asker_of(stream) if neutral else None
    mine = [act for act in ACTS.values() if act.body in OF_AN_ENQUIRY and may(actor, act, None, None) is None]
    replies = [(names.of(party), each) for party, each in asked.replies.items() if neutral or party == actor.party]
    context = {
        "asked": asked,
        "zone": names.zone,
        "candidates": list(islice(_candidates(actor, asked), CANDIDATES_MOST)),
        "replies": replies,
        "owed_by": [names.of(each) for each in asked.owed_by if neutral or each == actor.party],
        "neutral": neutral,
        "asker": asker,
        "acts": [act for act in mine if act.body is not KinshipShown or (asker and not asker.kinship_shown)],
        "crumbs": _crumbs(asked)[:1],
    }
    return render(request, "web/enquiry.html", context)


@acts.methods
@signed_in
def act_on_enquiry(request: HttpRequest, actor: Actor, stream: str, act_name: str) -> HttpResponse:
    """Answer or reject an enquiry, or record that who asked has shown to be a relative."""
    asked = _enquiry(actor, stream)
    around = {"back": reverse("enquiry", args=[stream]), "caption": asked.made.sought, "crumbs": _crumbs(asked)}
    form = _form(actor, stream, _act(actor, act_name, OF_AN_ENQUIRY), lambda: _cases(actor, asked), around)
    return acts.answer(request, form, {})


def _enquiry(actor: Actor, stream: str) -> Enquiry:
    """An enquiry that is this account's to read. Raises Http404, the same as for one that does not exist."""
    found = asking.enquiry(stream)
    if found is None or not found.may_be_read_by(actor):
        raise Http404
    return found


def _candidates(actor: Actor, asked: Enquiry) -> Iterator[Opened]:
    cases = (read.case(each) for each in read.search_names(asked.made.sought, actor))
    return opened_each(actor, (each for each in cases if each is not None))


def _cases(actor: Actor, asked: Enquiry) -> tuple[Option, ...]:
    """The cases that an answer can name: those with a name like the one sought, then all others."""
    found = {each.case.id: each for each in (*_candidates(actor, asked), *openings(actor))}
    return tuple(Option(value=id, label=f"{each.name()} ({each.short})") for id, each in found.items())


def _crumbs(asked: Enquiry) -> tuple[tuple[str, str], ...]:
    return (reverse("enquiries"), _("Enquiries")), (reverse("enquiry", args=[asked.id]), _("Enquiry"))


# --- claims ------------------------------------------------------------------------------------------------


@read_only
def listed_claims(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Every claim of the cases that this account may open, the open ones first and of them the oldest."""
    if actor.role not in CLAIM_READERS:
        raise PermissionDenied
    cases = opened_each(actor, read.cases(actor, with_kind="detention_claimed"))
    rows = [row for opened in cases for row in claims_of_case(opened)]
    rows.sort(key=lambda row: (row["claim"].decided is not None, row["claim"].made.recorded_at))
    at, waiting = timezone.now(), store.lodged() if actor.role in NEUTRAL else ()
    desk = [(each, (at - each.lodged_at).days, at >= each.due_at) for each in waiting if each.linked is None]
    return render(request, "web/claims.html", {"claims": paged(request, rows), "desk": desk})


def claims_of_case(opened: Opened) -> list[dict[str, Any]]:
    """The claims of a case with their age in whole days, and of those still open the clocks that run."""
    running = [(each, each.is_late(opened.at)) for each in clocks(opened.case, opened.context, opened.at)]
    return [
        {
            "claim": each,
            "opened": opened,
            "days": each.age(opened.at).days,
            "clocks": [clock for clock in running if clock[0].began == each.made.id],
        }
        for each in claims(opened.case)
    ]


@read_only
def claim(request: HttpRequest, actor: Actor, stream: str) -> HttpResponse:
    """A claim of the public desk: what it says, who lodged it, and the cases of people with such a name."""
    found, asker = _claim(actor, stream), asking.asker_of(stream)
    context = {"claim": found, "asker": asker, "candidates": store.candidates(found), "crumbs": _crumbs_of_claim()}
    return render(request, "web/claim.html", context)


@acts.methods
@signed_in
def act_on_claim(request: HttpRequest, actor: Actor, stream: str, act_name: str) -> HttpResponse:
    """Link a claim of the public desk to its case, or record that who lodged it has shown to be a relative."""
    found = _claim(actor, stream)
    cases = tuple(Option(value=id, label=who) for id, who in store.candidates(found))
    around = {"back": reverse("claim", args=[stream]), "caption": found.made.sought, "crumbs": _crumbs_of_claim()}
    # Where nobody has such a name, the number of a case is typed.
    form = _form(actor, stream, _act(actor, act_name, OF_A_CLAIM), lambda: cases or None, around)
    return acts.answer(request, form, {})


def _claim(actor: Actor, stream: str) -> AtDesk:
    """A claim that this account may find the case of. Raises Http404, the same as for one that does not exist."""
    found = store.lodged_claim(stream) if actor.role in NEUTRAL else None
    if found is None:
        raise Http404
    return found


def _crumbs_of_claim() -> tuple[tuple[str, str], ...]:
    return ((reverse("claims"), _("Claims")),)


# --- what is done to either --------------------------------------------------------------------------------


def _act(actor: Actor, name: str, bodies: Collection[type]) -> Act:
    """404 for another act; 403 unless this role may try it."""
    act = ACTS.get(name)
    if act is None or act.body not in bodies:
        raise Http404
    acts.demand(actor, act, None)
    return act


def _form(
    actor: Actor, stream: str, act: Act, cases: Callable[[], tuple[Option, ...] | None], around: Mapping[str, Any]
) -> acts.ActForm:
    """The form of an act that names this stream, or its asker's, and may choose among these cases."""
    about = stream
    if act.body is KinshipShown:
        asker = asking.asker_of(stream)
        if asker is None:
            raise Http404
        about = asker.stream
    at = timezone.now()
    pickers, names = of_agreements(actor, at)
    chosen = cases() if any(each.refers == "case" for each in specs(act.body)) else None
    known = {**names.known, **{each.value: each.label for each in chosen or ()}}
    pickers |= {"case": chosen} if chosen is not None else {}
    named, *asked = questions.asked_of(act.body, pickers, names.zone)
    return acts.ActForm(
        act=act,
        actor=actor,
        at=at,
        asked=tuple(asked),
        names=Names(known=known, zone=names.zone),
        make=lambda values: questions.body_from(act.body, {named.name: about, **values}),
        **around,
    )
