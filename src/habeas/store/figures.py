"""Counts the public figures out of the record, for each agreement at most once a minute, and never for more than a
twentieth of the time: anybody may ask for them as often as they like.

Heads come from the read models; what needs whole cases (late duties, findings, ends of months) is folded case by case
and kept in memory. Month ends are frozen: a process counts each of them once.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from threading import Lock, Thread
from time import sleep, thread_time
from typing import TypeAlias

from django.db import connection
from django.db.models import QuerySet

from habeas.core.case import Case
from habeas.core.clocks import clocks
from habeas.core.context import Context
from habeas.core.days import Span, day_of
from habeas.core.entries import kind_of
from habeas.core.entries.custody import Died, RollEntered
from habeas.core.entries.institutions import FacilityCertified
from habeas.core.figures import Figures, MonthEnd, Record, Tally, at_month_end, figures, month_ends_over
from habeas.core.findings import Finding, findings
from habeas.core.individual import Decision, decision_of, individual_only_in_name
from habeas.core.ledger.conventions import SIDE_BY_SIDE
from habeas.core.ledger.person_days import Days, PersonDay, person_days
from habeas.core.ledger.statements import Statement, statement_of
from habeas.core.messages import Message
from habeas.core.owed_to_monitor import oversight_clocks, oversight_findings
from habeas.core.public_counts import of_agreement, of_claims, of_enquiries, of_keys, of_money, of_oversight
from habeas.core.residue import counts, erased
from habeas.store import asking, claims, consultation, ledger, memory, read, statements, streams, wrapped
from habeas.store.models import CaseRow, HeadRow, LogRow, StintRow

KEPT, KEPT_TIMES = timedelta(minutes=1), 20
PATIENCE, MAKES_WAY = 5.0, 3.0
"""Seconds for which a page waits for the figures. What takes longer leaves the pages three times the time it takes."""
Key: TypeAlias = tuple[str, str]
"""A database and an agreement."""


@dataclass(slots=True)
class _Keeper:
    """The figures that were counted last and for how long they stand, and every month end that was ever counted."""

    counted: dict[Key, tuple[Figures, timedelta]] = field(default_factory=dict)
    month_ends: dict[tuple[Key, date], MonthEnd] = field(default_factory=dict)
    individual: dict[Key, tuple[Finding, ...]] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)


_KEPT = _Keeper()


class BeingCounted(Exception):
    """They are counted for the first time, which takes a while: ask again."""


def public_figures(agreement: str, at: datetime) -> Figures:
    """The figures of an agreement that this register runs. They are counted beside the requests: who waited for long
    enough, and others meanwhile, are given the last ones. Raises read.NotAdopted and BeingCounted."""
    context = read.context(agreement, at)
    key = (statements.database(), agreement)
    found, stands = _KEPT.counted.get(key, (None, KEPT))
    if found is not None and found.at <= at < found.at + stands:
        return found
    if _KEPT.lock.acquire(blocking=False):
        errors: list[Exception] = []
        counting = Thread(target=_count, args=(key, context, at, errors), daemon=True)
        counting.start()
        counting.join(PATIENCE)
        if errors:
            raise errors[0]
        found, _ = _KEPT.counted.get(key, (None, KEPT))
    if found is None:
        raise BeingCounted
    return found


def _count(key: Key, context: Context, at: datetime, errors: list[Exception]) -> None:
    """Count them in a thread that holds the lock, on a connection of its own."""
    try:
        began = thread_time()
        found = figures(_record(key, context, at))
        _KEPT.counted[key] = found, max(KEPT, KEPT_TIMES * timedelta(seconds=thread_time() - began))
    except Exception as error:  # for the request, if it still waits
        errors.append(error)
    finally:
        connection.close()
        _KEPT.lock.release()


def of_decision(case: str, agreement: str, at: datetime) -> tuple[Finding, ...]:
    """What makes the decision of a case individual only in name, as it was counted last; nothing while all are counted
    for the first time. Raises read.NotAdopted."""
    with suppress(BeingCounted):
        public_figures(agreement, at)
    key = (statements.database(), agreement)
    return tuple(each for each in _KEPT.individual.get(key, ()) if each.subject == case)


def _record(key: Key, context: Context, at: datetime) -> Record:
    found = ((each.recorded_at, each.body) for each in streams.entries_below(streams.FACILITY))
    certified = [(known, body) for known, body in found if isinstance(body, FacilityCertified)]
    certificates = [body for _, body in certified if body.agreement == context.agreement.id]
    zone = certificates[0].time_zone if certificates else "UTC"
    began_on = day_of(streams.entries(streams.AGREEMENT + context.agreement.id)[0].recorded_at, zone)
    rows = CaseRow.objects.filter(agreement=context.agreement.id)
    ends = list(month_ends_over(began_on, day_of(at, zone)))
    new = {
        end: [body.facility for known, body in certified if body in certificates and day_of(known, zone) <= end]
        for end in ends
        if (key, end) not in _KEPT.month_ends
    }
    tally, counted, month, decisions = _folded(context, at, new, zone)
    _KEPT.individual[key] = tuple(individual_only_in_name(decisions))
    tally.add((), _KEPT.individual[key], at)
    oversight = of_agreement(read.oversight(at), context.agreement.id, {each.facility for each in certificates})
    tally.add(oversight_clocks(oversight, context.receiving), oversight_findings(oversight, at), at)
    claimed, asked = claims.counts(at), asking.counts(at)
    _KEPT.month_ends.update({(key, each.on): each for each in counted})
    stints = StintRow.objects.filter(case__in=rows.values("case"))
    return Record(
        agreement=context.agreement,
        at=at,
        zone=zone,
        began_on=began_on,
        held=[Span(from_at=since, until_at=until) for since, until in stints.values_list("from_at", "until_at")],
        died=_moments(rows, end_kind=kind_of(Died)),
        unconfirmed=_moments(rows, end_confirmed=False),
        certificates=certificates,
        month_ends=[_KEPT.month_ends[key, each] for each in ends],
        tally=tally,
        seen=_seen(certificates),
        more=(
            *of_claims(claimed),
            *of_enquiries(asked),
            of_oversight(oversight, at),
            of_keys(*wrapped.standing()),
            of_money(month),
        ),
        more_first={"claims_unanswered": claimed.unanswered, "enquiries_open": sum(asked.open_by_age.values())},
    )


def _moments(rows: QuerySet[CaseRow], **chosen: object) -> list[datetime]:
    """When these cases ended."""
    ended = rows.filter(**chosen).values_list("ended_at", flat=True)
    return [each for each in ended if each is not None]


def _folded(
    context: Context, at: datetime, ends: Mapping[date, Sequence[str]], zone: str
) -> tuple[Tally, list[MonthEnd], Statement, list[Decision]]:
    """What only whole cases tell, each read once: counts, the month ends `ends`, each with the facilities certified by
    then, the last month that is over, by the convention that the terms state, or else by the widest, and decisions."""
    tally, moves, days, decisions = Tally(), Counter[date](), list[PersonDay](), list[Decision]()
    held = {on: Counter(dict.fromkeys(codes, 0)) for on, codes in ends.items()}
    until = day_of(at, zone).replace(day=1)
    period = Days(from_on=(until - timedelta(days=1)).replace(day=1), until_on=until)
    convention = ledger.stated(context.agreement) or SIDE_BY_SIDE[0]
    for known in _making_way(read.readable(ledger.case_ids(context.agreement.id), at)):
        tally.add(clocks(known, context, at), findings(known, context, at), at)
        if gone := erased(known):
            tally.late.update(counts(gone, "late"))
            tally.findings.update(counts(gone, "findings"))
        decision = decision_of(known, consultation.documents_opened(known), zone)
        decisions += [decision] if decision else []
        days += person_days(known, context, period, convention, at)
        for on in ends:
            facility, moved = at_month_end(known.recorded, on, zone)
            moves[on] += moved
            if facility is not None:
                held[on][facility] += 1
    counted = [MonthEnd(on=on, held=held[on], moves=moves[on]) for on in ends]
    return tally, counted, statement_of(tuple(days), context, period, convention, at), decisions


def _making_way(cases: Iterator[Case]) -> Iterator[Case]:
    """Each of these; once no page waits any more, with pauses in which pages are answered."""
    began = before = thread_time()
    for each in cases:
        yield each
        took, before = thread_time() - before, thread_time()
        sleep(MAKES_WAY * took if before > began + PATIENCE else 0)


def _seen(certificates: Sequence[FacilityCertified]) -> list[tuple[Message, str | None, datetime | None]]:
    """When the record last grew, what its last checkpoint covers, and when each facility last entered its roll."""
    checkpoint = next(memory.signed(), None)
    last = LogRow.objects.filter(place__index=checkpoint.size - 1).first() if checkpoint else None
    covered = last.recorded_at if last else None
    rolls = LogRow.objects.filter(kind=kind_of(RollEntered)).order_by("-ticket").values_list("recorded_at", flat=True)
    grew = HeadRow.objects.values_list("recorded_at", flat=True).get()
    names = {each.facility: each.name for each in certificates}
    return [
        (Message("figure.feed.entry"), None, grew),
        (Message("figure.feed.checkpoint"), None, covered),
        *((Message("figure.feed.roll"), names[each], rolls.filter(facility=each).first()) for each in sorted(names)),
    ]
