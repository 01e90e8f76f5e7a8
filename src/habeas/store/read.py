"""Everything that pages read: cases, contexts, rolls, orders, receipts, files, and people by name.

What comes out is decrypted and unfiltered unless an `actor` is asked for; pages show of it what
`core.visibility` allows.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from habeas.core.case import Case, fold
from habeas.core.clocks import Clock
from habeas.core.clocks import clocks as clocks_of
from habeas.core.context import Context
from habeas.core.custody import on_roll
from habeas.core.entries import Actor, Body, Entry, Role
from habeas.core.findings import Finding
from habeas.core.findings import findings as findings_of
from habeas.core.orders import StayOrder, stay_orders
from habeas.core.visibility import may_open
from habeas.store import contexts, evidence, receipts, streams
from habeas.store.keys import key_folder
from habeas.store.models import CaseRow, LogRow, StintRow
from habeas.store.names import NAMES
from habeas.store.records import entry_of

PAGE = 25

context = contexts.context
orders = contexts.orders
facilities = contexts.facilities
parties = contexts.parties
adoption = contexts.adoption
adopted_agreements = contexts.adopted_agreements
runs_as_adopted = contexts.runs_as_adopted
entries = streams.entries
evidence_file = evidence.evidence_file
receipt = receipts.receipt
qr = receipts.qr


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFilter:
    """Which cases a list is about; None asks nothing. `facility` is the roll on which the person stands."""

    agreement: str | None = None
    facility: str | None = None
    is_open: bool | None = None
    person: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CasePage:
    """One page of a list of cases; `number` counts from 1."""

    cases: tuple[Case, ...]
    number: int
    has_more: bool


def case(case_id: str, known_at: datetime | None = None) -> Case | None:
    """A case, as the record knew it at `known_at`; None when there was no such case then."""
    found = entries(case_id) if case_id.startswith(streams.CASE) else ()
    if not found or (known_at is not None and found[0].recorded_at > known_at):
        return None
    return fold(found, known_at)


def entry(entry_id: str) -> Entry | None:
    """An entry as it was recorded, whatever corrected it since; None when there is none."""
    row = LogRow.objects.filter(entry_id=entry_id).first()
    return entry_of(row, key_folder()) if row else None


def cases(actor: Actor, where: CaseFilter, page: int = 1, size: int = PAGE) -> CasePage:
    """The cases that this account may open, the latest first."""
    first = (page - 1) * size
    found: list[Case] = []
    for number, each in enumerate(_openable(actor, _rows(where))):
        if number >= first + size:
            return CasePage(cases=tuple(found), number=page, has_more=True)
        if number >= first:
            found.append(each)
    return CasePage(cases=tuple(found), number=page, has_more=False)


def roll(facility: str, at: datetime, known_at: datetime | None = None) -> tuple[Case, ...]:
    """Everybody who was on a facility's roll at `at`, as the record knew it at `known_at`, in the order in
    which they came."""
    lasting = Q(until_at=None) | Q(until_at__gt=at)
    rows = StintRow.objects.filter(facility=facility)
    if known_at is None:
        rows = rows.filter(lasting, from_at__lte=at)
    found = [case(each, known_at) for each in dict.fromkeys(_case_ids(rows))]
    return tuple(each for each in found if each is not None and on_roll(each, at) == facility)


def search_names(text: str, actor: Actor) -> tuple[str, ...]:
    """Cases of people with a name like this, the likest first, of those that this account may open."""
    at_hand = (case(each) for each in NAMES.find(text))
    known = _orders_now()
    return tuple(each.id for each in at_hand if each is not None and may_open(actor, each, known))


def findings(actor: Actor, at: datetime, where: CaseFilter | None = None) -> tuple[Finding, ...]:
    """What is wrong at `at` in the cases that this account may open, the latest fault first."""
    found = [
        finding
        for each, around in _with_context(actor, at, where or CaseFilter())
        for finding in findings_of(each, around, at)
    ]
    return tuple(sorted(found, key=lambda each: (each.on, each.key), reverse=True))


def clocks(actor: Actor, at: datetime, where: CaseFilter | None = None) -> tuple[Clock, ...]:
    """What runs at `at` in the cases that this account may open, the soonest first."""
    found = [
        clock
        for each, around in _with_context(actor, at, where or CaseFilter())
        for clock in clocks_of(each, around, at)
    ]
    return tuple(sorted(found, key=lambda each: (each.due_at, each.case)))


def agreement_of(body: Body, of_case: Case | None) -> str:
    """The agreement that an act is about: the case's, the one it names, or the first that is run here.

    Raises NotAdopted when this register runs none.
    """
    if of_case is not None:
        return of_case.agreement
    named = getattr(body, "agreement", None)
    if isinstance(named, str):
        return named
    adopted = adopted_agreements()
    if not adopted:
        raise contexts.NotAdopted("")
    return adopted[0]


def _with_context(actor: Actor, at: datetime, where: CaseFilter) -> Iterator[tuple[Case, Context]]:
    """Each case with its agreement's context, which is read once."""
    known: dict[str, Context] = {}
    for each in _openable(actor, _rows(where)):
        if each.agreement not in known:
            known[each.agreement] = context(each.agreement, at)
        yield each, known[each.agreement]


def _rows(where: CaseFilter) -> QuerySet[CaseRow]:
    asked = {"agreement": where.agreement, "facility": where.facility, "is_open": where.is_open, "person": where.person}
    wanted = {name: value for name, value in asked.items() if value is not None}
    return CaseRow.objects.filter(**wanted).order_by("-opened_at", "case")


def _openable(actor: Actor, rows: QuerySet[CaseRow]) -> Iterator[Case]:
    """The cases of these rows that this account may open, decrypted one after another."""
    known = _orders_now()
    for case_id in rows.filter(_could_open(actor)).values_list("case", flat=True).iterator():
        found = case(case_id)
        if found is not None and may_open(actor, found, known):
            yield found


def _could_open(actor: Actor) -> Q:
    """What the tables can say of `may_open`, so that few cases are decrypted in vain."""
    match actor.role:
        case Role.SENDING_OFFICER | Role.SENDING_DECIDER | Role.ESCORT:
            return Q(sending=actor.party)
        case Role.RECEIVING_OFFICER | Role.BOOKING_OFFICER:
            return Q(receiving=actor.party)
    return Q()


def _orders_now() -> tuple[StayOrder, ...]:
    return stay_orders(streams.entries_below(streams.ORDER))


def _case_ids(rows: QuerySet[StintRow]) -> list[str]:
    return list(rows.order_by("from_at", "case").values_list("case", flat=True))
