"""A case opened by an account: what the record knew at a moment, and what this account may see of it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from django.core.paginator import Page
from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from habeas.core.case import Case
from habeas.core.case_facts import covers
from habeas.core.context import UNLISTED, Context
from habeas.core.custody import last_seen, on_roll
from habeas.core.entries import Actor, Entry, FieldClass, FieldSpec, Unstated, specs
from habeas.core.entries.fields import spec_of
from habeas.core.facts import CATALOGUE, EVIDENCE_KINDS
from habeas.core.orders import StayOrder
from habeas.core.procedure import Stage, stage
from habeas.core.residue import erased
from habeas.core.visibility import ORDER_READERS, Sight, may_open, show, show_by_oversight, visible
from habeas.core.waiting import due
from habeas.store import consultation, read, readings
from habeas.web.shown import PAGE, Names, entry_name, label, language, paged


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A case as this account sees it. `at` is the moment that counts as now; `known_at` a chosen past one."""

    case: Case
    context: Context
    actor: Actor
    at: datetime
    known_at: datetime | None = None
    due: Sequence[str] = ()  # what this account has to do, where it was looked for: on the page of a case

    @property
    def zone(self) -> str:
        """The time zone in which this case's moments are shown."""
        return self.context.zone(self.case.facility)

    @property
    def orders(self) -> tuple[StayOrder, ...]:
        return tuple(
            each
            for each in self.context.orders
            if each.in_force(self.at) and covers(each, self.case, self.context, self.at)
        )

    @property
    def reads_orders(self) -> bool:
        """Whether the pages of orders are for this account."""
        return self.actor.role in ORDER_READERS

    @property
    def short(self) -> str:
        """The end of the case's id, enough to tell it apart on a page."""
        return self.case.id[-8:]

    @property
    def stage(self) -> Stage:
        return stage(self.case, self.at, self.context.periods)

    @property
    def seen(self) -> Entry | None:
        """The latest entry in which somebody saw the person alive."""
        return last_seen(self.case, self.at)

    @property
    def place(self) -> str:
        """The name of the facility on whose roll the person is, or nothing."""
        code = on_roll(self.case, self.at)
        return self.context.facility_name(code) if code else ""

    def sees(self, entry: Entry, spec: FieldSpec) -> bool:
        """Whether this account sees a field of an entry."""
        return show(self.actor, self.case, entry, spec, self.context.orders, known=self.context.oversight)

    def sees_class(self, field_class: FieldClass) -> bool:
        """Whether a class of fields is open to this account in this case."""
        opened = show_by_oversight(self.actor, self.case.id, field_class, self.context.oversight)
        return opened or visible(self.actor.role, field_class) in {Sight.ALL, Sight.OWN}

    def sees_any(self, entry: Entry) -> bool:
        """Whether anything of an entry is open to this account; if not, not even its kind is told."""
        return any(self.sees(entry, spec) for spec in specs(type(entry.body)))

    def name(self) -> str:
        """Given and family names of the person, as far as they were stated and may be seen."""
        entry = self.case.opening.entry
        parts = (
            getattr(entry.body, field)
            for field in ("given_names", "family_names")
            if self.sees(entry, spec_of(type(entry.body), field))
        )
        return " ".join(each for each in parts if not isinstance(each, Unstated))

    @property
    def erased(self) -> bool:
        return erased(self.case) is not None

    def crumbs(self) -> tuple[tuple[str, str], ...]:
        """The way back to the list and to the case."""
        return (reverse("cases"), _("Cases")), (reverse("case", args=[self.case.id]), self.name() or _("Case"))

    def names(self) -> Names:
        entries = {each.id: entry_name(each, self.zone, self.sees) for each in self.case.entries}
        return Names(known={**context_names(self.context), **entries}, zone=self.zone)


class Erased(Http404):
    """The person of this case was erased: there is nothing to open but who agreed to it, and when."""

    def __init__(self, case: Case, context: Context) -> None:
        super().__init__()
        self.case, self.context = case, context


CASE_PAGE = "case"


def open_case(
    actor: Actor, case_id: str, at: datetime, known_at: datetime | None = None, *, what: str = CASE_PAGE, why: str = ""
) -> Opened:
    """The case, if it exists and is this account's to open; that it was opened is noted, with the kind of page and
    the act that it is for. Raises Http404, the same for both; Erased."""
    found = read.case(case_id)
    if found is None:
        raise Http404
    now_context = read.context(found.agreement, at, found)
    if not may_open(actor, found, now_context.orders):
        raise Http404
    if erased(found):
        raise Erased(found, now_context)
    if known_at is None:
        readings.note(actor, case_id, at)
        mine = due(found, now_context, actor, at) if what == CASE_PAGE else ()
        consultation.note(actor, case_id, at, what=what, why=next(iter(mine), why))
        return Opened(case=found, context=now_context, actor=actor, at=at, due=mine)
    past = read.case(case_id, known_at)
    if past is None:
        raise Http404
    context = read.context(past.agreement, known_at, past)
    mine = due(past, context, actor, known_at)
    return Opened(case=past, context=context, actor=actor, at=known_at, known_at=known_at, due=mine)


def place_names(context: Context) -> dict[str, str]:
    """Where somebody may be, by code: places that the agreement names or that are certified, and any other."""
    return {
        **{each.code: each.name for each in context.agreement.facilities},
        **{code: each.name for code, each in context.facilities.items()},
        UNLISTED: _("Another place, or not known which"),
    }


def context_names(context: Context) -> dict[str, str]:
    """Names of the facilities, the parties, the facts and the kinds of evidence."""
    return {
        context.agreement.id: context.agreement.title.said_in(language()),
        **{each: label(f"fact.{each}") for each in CATALOGUE},
        **{each: label(f"evidence.{each}") for each in EVIDENCE_KINDS},
        **place_names(context),
        **{code: each.name for code, each in context.parties.items()},
        **{each.id: each.title for each in context.orders},
    }


def names_of_all(now: datetime) -> Names:
    """Facilities, parties and agreements by their codes."""
    known: dict[str, str] = {}
    for each in read.adopted_agreements():
        known |= context_names(read.context(each, now))
    return Names(known=known)


def paged_cases(request: HttpRequest, actor: Actor, ids: Sequence[str], size: int = PAGE) -> Page[Any]:
    """A page of a list of cases, of which only those on it are decrypted."""
    page: Page[Any] = paged(request, ids, size)
    page.object_list = [*opened_each(actor, read.readable(page.object_list))]
    return page


CASES_MOST = 1000
"""More than this are not looked through for one page; a search by name looks through all."""


def openings(actor: Actor, facility: str = "") -> Iterator[Opened]:
    """The cases that this account may open, the latest first, at most `CASES_MOST` of them."""
    return opened_each(actor, islice(read.cases(actor, facility), CASES_MOST))


def opened_each(actor: Actor, cases: Iterable[Case]) -> Iterator[Opened]:
    """Each of these cases, which this account may open, as it stands now."""
    now, contexts = timezone.now(), dict[str, Context]()
    for case in cases:
        if case.agreement not in contexts:
            contexts[case.agreement] = read.context(case.agreement, now)
        yield Opened(case=case, context=contexts[case.agreement], actor=actor, at=now)
