"""Enquiries as they are answered: for officers, what is sought and the cases that it may be about; at the desk of the
monitor and the reviewer also who asked, which no state ever sees."""

from collections.abc import Iterator
from itertools import islice

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from habeas.core.asking import NEUTRAL, OFFICERS, Enquiry
from habeas.core.entries import Actor, specs
from habeas.core.entries.asking import KinshipShown
from habeas.core.entries.claims import ClaimLinked
from habeas.core.permissions import ACTS, may
from habeas.store import asking, read
from habeas.web import questions
from habeas.web.acts import OF_THE_DESK, ActForm, methods
from habeas.web.acts import answer as answer_form
from habeas.web.opened import Opened, opened_each, openings
from habeas.web.pickers import of_agreements
from habeas.web.questions import Option
from habeas.web.shown import Names, paged
from habeas.web.who import read_only, signed_in

CANDIDATES_MOST = 12
OF_AN_ENQUIRY = OF_THE_DESK - {ClaimLinked}


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
    asked, neutral = _opened(actor, stream), actor.role in NEUTRAL
    at = timezone.now()
    _pickers, names = of_agreements(actor, at)
    asker = asking.asker_of(stream) if neutral else None
    acts = [act for act in ACTS.values() if act.body in OF_AN_ENQUIRY and may(actor, act, None, None) is None]
    context = {
        "asked": asked,
        "zone": names.zone,
        "candidates": list(islice(_candidates(actor, asked), CANDIDATES_MOST)),
        "replies": [
            (names.of(party), each) for party, each in asked.replies.items() if neutral or party == actor.party
        ],
        "owed_by": [names.of(each) for each in asked.owed_by if neutral or each == actor.party],
        "neutral": neutral,
        "asker": asker,
        "acts": [act for act in acts if act.body is not KinshipShown or (asker and not asker.kinship_shown)],
        "crumbs": _crumbs(asked)[:1],
    }
    return render(request, "web/enquiry.html", context)


@methods
@signed_in
def act(request: HttpRequest, actor: Actor, stream: str, act_name: str) -> HttpResponse:
    """Answer or reject an enquiry, or record that who asked has shown to be a relative."""
    asked, wanted = _opened(actor, stream), ACTS.get(act_name)
    if wanted is None or wanted.body not in OF_AN_ENQUIRY:
        raise Http404
    if may(actor, wanted, None, None) is not None:
        raise PermissionDenied
    about = stream
    if wanted.body is KinshipShown:
        asker = asking.asker_of(stream)
        if asker is None:
            raise Http404
        about = asker.stream
    at = timezone.now()
    pickers, names = of_agreements(actor, at)
    cases = _cases(actor, asked) if any(each.refers == "case" for each in specs(wanted.body)) else ()
    names = Names(known={**names.known, **{each.value: each.label for each in cases}}, zone=names.zone)
    named, *fields = questions.asked_of(wanted.body, {**pickers, "case": cases}, names.zone)
    form = ActForm(
        act=wanted,
        actor=actor,
        at=at,
        asked=tuple(fields),
        names=names,
        back=reverse("enquiry", args=[stream]),
        caption=asked.made.sought,
        crumbs=_crumbs(asked),
        make=lambda values: questions.body_from(wanted.body, {named.name: about, **values}),
    )
    return answer_form(request, form, {})


def _opened(actor: Actor, stream: str) -> Enquiry:
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
