"""Money under an agreement: person-days of a period, what is due and why not, and each day back to its entries.

Totals are for whoever sees money; a line about one person only for whoever may open the case, and without a name for
whoever sees none. Every number stands with its convention and its time zone.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any, TypeVar
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from habeas.core.case_facts import NONE
from habeas.core.context import Facility
from habeas.core.entries import Actor, Entry, FieldClass
from habeas.core.ledger.conventions import CONVENTIONS, SIDE_BY_SIDE, Convention
from habeas.core.ledger.person_days import Days, PersonDay, State, Tally, person_days, tally
from habeas.core.ledger.statements import Statement, credit
from habeas.core.messages import Message
from habeas.core.permissions import ACTS, may
from habeas.core.terms import Agreement
from habeas.core.visibility import Sight, may_open, visible
from habeas.store import ledger, read
from habeas.web.opened import Opened, open_case, opened_each
from habeas.web.shown import entry_name, label, language, paged, sentence
from habeas.web.who import read_only

DAYS_MOST = 366
LINES = 50
ON_PAPER = 400
P = TypeVar("P", PersonDay, Tally)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The period and the convention that a page is about."""

    terms: Agreement
    period: Days
    convention: Convention
    at: datetime
    problem: str = ""

    @property
    def query(self) -> str:
        """The same question, for a link."""
        period = {"from": self.period.from_on.isoformat(), "until": self.period.until_on.isoformat()}
        return urlencode({**period, "convention": self.convention.name})

    @property
    def conventions(self) -> dict[str, Convention]:
        """Those that can be chosen; the one that the terms state as they state it."""
        stated = ledger.stated(self.terms)
        return {**CONVENTIONS, **({stated.name: stated} if stated else {})}

    @property
    def side_by_side(self) -> tuple[Convention, ...]:
        """What is counted: the convention asked for; two where the terms state none."""
        if ledger.stated(self.terms):
            return (self.convention,)
        return tuple(dict.fromkeys((self.convention, *SIDE_BY_SIDE)))[:2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One person's days in a period. `opened` is None for a case that this account may not open."""

    case: str
    counts: tuple[tuple[State, int], ...]
    outside: int
    opened: Opened | None

    @property
    def short(self) -> str:
        return self.case[-8:]


@read_only
def money(request: HttpRequest, actor: Actor, agreement_id: str) -> HttpResponse:
    asked = _asked(request.GET, actor, agreement_id)
    counted = ledger.statements(agreement_id, asked.period, asked.side_by_side, asked.at)
    lines = paged(request, [*_days_of_people(counted[0])], LINES)
    context = {
        **_context(asked, counted),
        "page": lines,
        "keep": f"{asked.query}&",
        "lines": _lines(actor, lines.object_list),
        "issued": [(entry, body, ledger.amount(body)) for entry, body in ledger.issued(agreement_id)],
        "may_issue": may(actor, ACTS["issue_statement"], None, None) is None,
    }
    return render(request, "web/money/money.html", context)


@read_only
def days(request: HttpRequest, actor: Actor, agreement_id: str, case_id: str) -> HttpResponse:
    """One person's days, each with its reason and the entries that made it so."""
    asked = _asked(request.GET, actor, agreement_id)
    opened = open_case(actor, case_id, asked.at, what="days")
    if opened.case.agreement != agreement_id:
        raise Http404
    found = person_days(opened.case, opened.context, asked.period, asked.convention, asked.at)
    page = paged(request, found, 31)
    context = {
        **_context(asked, []),
        "opened": opened,
        "page": page,
        "keep": f"{asked.query}&",
        "days": [
            (each, place, [*_entries(opened, each)])
            for each, place in _placed(page.object_list, opened.context.facilities)
        ],
    }
    return render(request, "web/money/days.html", context)


@read_only
def statement(request: HttpRequest, actor: Actor, agreement_id: str) -> HttpResponse:
    """The draft of a statement, as a page to print. No name stands on it."""
    asked = _asked(request.GET, actor, agreement_id)
    drafted = ledger.statement(agreement_id, asked.period, asked.convention, asked.at)
    return render(request, "web/money/statement.html", _paper(request, asked, drafted))


@read_only
def issued(request: HttpRequest, actor: Actor, agreement_id: str, entry_id: str) -> HttpResponse:
    """A statement as it was issued, and the credit that follows from what was recorded since."""
    entry, body = next((each for each in ledger.issued(agreement_id) if each[0].id == entry_id), (None, None))
    if entry is None or body is None or body.known_at is None:
        raise Http404
    asked = _asked(QueryDict(), actor, agreement_id)
    then, now = ledger.read_again(body, body.known_at), ledger.read_again(body, asked.at)
    asked = replace(asked, period=then.period, convention=then.convention)
    context = {
        **_paper(request, asked, then),
        "entry": entry,
        "body": body,
        "is_the_same": then.digest == body.lines_digest,
        "credit": credit(then, now),
    }
    return render(request, "web/money/statement.html", context)


def _asked(query: QueryDict, actor: Actor, agreement_id: str) -> Asked:
    """What the address asks for; the last month that is over, by the stated convention, where it does not say."""
    if visible(actor.role, FieldClass.MONEY) is not Sight.ALL:
        raise PermissionDenied
    if agreement_id not in read.adopted_agreements():
        raise Http404
    at = timezone.now()
    terms = read.context(agreement_id, at).agreement
    until = at.date().replace(day=1)
    usual = Days(from_on=(until - timedelta(days=1)).replace(day=1), until_on=until)
    period, problem = _period(query, usual) if "from" in query or "until" in query else (usual, "")
    usually = ledger.stated(terms) or SIDE_BY_SIDE[0]
    asked = Asked(terms=terms, period=period, convention=usually, at=at, problem=problem)
    return replace(asked, convention=asked.conventions.get(query.get("convention", ""), usually))


def _period(query: QueryDict, usual: Days) -> tuple[Days, str]:
    try:
        first, after = (date.fromisoformat(query.get(key, "")) for key in ("from", "until"))
    except ValueError:
        return usual, _("Give both days as year, month and day. The last month that is over is shown.")
    period = Days(from_on=first, until_on=after)
    if 0 < period.count <= DAYS_MOST and 1900 < first.year < 9000:
        return period, ""
    problem = _("A period begins before it ends and has at most 366 days. The last month that is over is shown.")
    return usual, problem


def _context(asked: Asked, counted: Sequence[Statement]) -> dict[str, Any]:
    """What every page of money shows: what was asked, the totals by each convention, and what is due."""
    places = read.facilities(asked.at)
    return {
        "asked": asked,
        "terms": asked.terms,
        "totals": [(each, _described(each.convention), _placed(tally(each.days), places)) for each in counted],
        "described": _described(asked.convention),
        "states": list(State),
        "crumbs": _crumbs(asked.terms),
        "total": counted[0] if counted else None,
    }


def _placed(found: Iterable[P], places: Mapping[str, Facility]) -> list[tuple[P, str]]:
    """Each with the name of its facility."""
    return [(each, places[each.facility].name if each.facility in places else each.facility) for each in found]


def _paper(request: HttpRequest, asked: Asked, found: Statement) -> dict[str, Any]:
    lines = paged(request, [*_days_of_people(found)], ON_PAPER)
    return {
        **_context(asked, [found]),
        "page": lines,
        "keep": f"{asked.query}&",
        "lines": [_bare(case, days) for case, days in lines.object_list],
    }


def _days_of_people(found: Statement) -> Iterator[tuple[str, list[PersonDay]]]:
    return ((case, [*same]) for case, same in groupby(found.days, lambda each: each.case))


def _bare(case: str, days: list[PersonDay]) -> Line:
    """A line that tells nothing of who it is."""
    inside = [each.state for each in days if not each.is_outside]
    counts = tuple((state, inside.count(state)) for state in State)
    return Line(case=case, counts=counts, outside=len(days) - len(inside), opened=None)


def _lines(actor: Actor, people: Iterable[tuple[str, list[PersonDay]]]) -> list[Line]:
    """A line for each, with the case where this account may open it."""
    found, orders = [(_bare(case, days), read.case(case)) for case, days in people], read.orders()
    theirs = [case for _, case in found if case and may_open(actor, case, orders)]
    opened = {each.case.id: each for each in opened_each(actor, theirs)}
    return [replace(line, opened=opened.get(line.case)) for line, _ in found]


def _entries(opened: Opened, day: PersonDay) -> Iterator[tuple[Entry, str]]:
    """The entries of a day that this account sees something of, each with its name."""
    for id in day.because:
        entry = opened.case.entry(id)
        if entry is not None and opened.sees_any(entry):
            yield entry, entry_name(entry, day.zone, opened.sees)


def _described(convention: Convention) -> str:
    """The convention in words, with every parameter in which it is not the usual one of its name."""
    words = label(f"convention.{convention.name}")
    if convention == CONVENTIONS[convention.name]:
        return words
    yes = {True: _("Yes"), False: _("No")}
    absences = ", ".join(label(f"choice.Absence.{each}") for each in sorted(convention.absences)) or label(NONE)
    said = {"first": yes[convention.first_day], "last": yes[convention.last_day], "absences": absences}
    return f"{words}. {sentence(Message('convention.changed', said))}"


def _crumbs(terms: Agreement) -> tuple[tuple[str, str], ...]:
    agreement = reverse("agreement", args=[terms.id]), terms.title.said_in(language())
    return (reverse("agreements"), _("Agreements")), agreement
