"""Counts the public figures out of the record, for each agreement at most once a minute.

Heads come from the read models; what needs whole cases (late duties, findings, ends of months) is folded case by case
and kept in memory. Month ends are frozen: a process counts each of them once.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from threading import Lock
from typing import TypeAlias

from django.db import connection
from django.db.models import Max

from habeas.core.context import Context
from habeas.core.days import day_of
from habeas.core.entries import Entry, kind_of
from habeas.core.entries.custody import RollEntered
from habeas.core.entries.institutions import FacilityCertified
from habeas.core.figures import Ended, Figures, Held, MonthEnd, Record, Tally, at_month_end, figures, month_ends_over
from habeas.core.messages import Message
from habeas.store import read, streams
from habeas.store.models import CaseRow, CheckpointRow, HeadRow, LogRow, StintRow

KEPT = timedelta(minutes=1)
Key: TypeAlias = tuple[str, str]
"""A database and an agreement."""


@dataclass(slots=True)
class _Keeper:
    """The figures that were counted last, and every month end that was ever counted."""

    counted: dict[Key, Figures] = field(default_factory=dict)
    month_ends: dict[tuple[Key, date], MonthEnd] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)


_KEPT = _Keeper()


def public_figures(agreement: str, at: datetime) -> Figures:
    """The figures of an agreement that this register runs, at most a minute old. Raises read.NotAdopted."""
    context = read.context(agreement, at)
    key = (str(connection.settings_dict["NAME"]), agreement)
    with _KEPT.lock:  # one request counts, the others wait for it
        kept = _KEPT.counted.get(key)
        if kept is None or not kept.at <= at < kept.at + KEPT:
            kept = _KEPT.counted[key] = figures(_record(key, context, at))
    return kept


def _record(key: Key, context: Context, at: datetime) -> Record:
    certified = _certified(context.agreement.id)
    certificates = list(certified.values())
    zone = certificates[0].time_zone if certificates else "UTC"
    began_on = day_of(streams.entries(streams.AGREEMENT + context.agreement.id)[0].recorded_at, zone)
    rows = CaseRow.objects.filter(agreement=context.agreement.id)
    cases, ends = list(rows.values_list("case", flat=True)), list(month_ends_over(began_on, day_of(at, zone)))
    new = {each: _codes(certified, each, zone) for each in ends if (key, each) not in _KEPT.month_ends}
    tally, counted = _folded(cases, context, at, new, zone)
    _KEPT.month_ends.update({(key, each.on): each for each in counted})
    ended = rows.exclude(ended_at=None).values_list("end_kind", "ended_at", "end_confirmed")
    stints = StintRow.objects.filter(case__in=rows.values("case")).values_list("facility", "from_at", "until_at")
    return Record(
        agreement=context.agreement,
        at=at,
        zone=zone,
        began_on=began_on,
        held=[Held(facility=facility, from_at=since, until_at=until) for facility, since, until in stints],
        ended=[Ended(kind=kind or "", at=moment, confirmed=confirmed) for kind, moment, confirmed in ended if moment],
        certificates=certificates,
        month_ends=[_KEPT.month_ends[key, each] for each in ends],
        late=tally.late,
        findings=tally.findings,
        seen=_seen(certificates),
    )


def _folded(
    cases: Sequence[str], context: Context, at: datetime, ends: Mapping[date, Sequence[str]], zone: str
) -> tuple[Tally, list[MonthEnd]]:
    """What only whole cases tell. `ends` are the month ends to count, each with the facilities certified by then."""
    tally, moves = Tally(), Counter[date]()
    held = {on: Counter(dict.fromkeys(codes, 0)) for on, codes in ends.items()}
    for case in cases:
        entries = streams.entries(case)
        tally.add(entries, context, at)
        for on in ends:
            facility, moved = at_month_end(entries, on, zone)
            moves[on] += moved
            if facility is not None:
                held[on][facility] += 1
    return tally, [MonthEnd(on=on, held=held[on], moves=moves[on]) for on in ends]


def _certified(agreement: str) -> dict[Entry, FacilityCertified]:
    """Every certificate of the agreement's facilities, by its entry, in register order."""
    found = ((each, each.body) for each in streams.entries_below(streams.FACILITY))
    return {each: body for each, body in found if isinstance(body, FacilityCertified) and body.agreement == agreement}


def _codes(certified: Mapping[Entry, FacilityCertified], on: date, zone: str) -> list[str]:
    """The facilities that were certified by the end of a day."""
    return [body.facility for entry, body in certified.items() if day_of(entry.recorded_at, zone) <= on]


def _seen(certificates: Sequence[FacilityCertified]) -> list[tuple[Message, str | None, datetime | None]]:
    """When the record last grew, what its last checkpoint covers, and when each facility last entered its roll."""
    size = CheckpointRow.objects.aggregate(size=Max("size"))["size"]
    covered = LogRow.objects.filter(index=size - 1).values_list("recorded_at", flat=True).first() if size else None
    rolls = LogRow.objects.filter(kind=kind_of(RollEntered)).values_list("facility").annotate(last=Max("recorded_at"))
    last_roll = dict(rolls.values_list("facility", "last"))
    grew = HeadRow.objects.values_list("recorded_at", flat=True).get()
    names = {each.facility: each.name for each in certificates}
    return [
        (Message("figure.feed.entry"), None, grew),
        (Message("figure.feed.checkpoint"), None, covered),
        *((Message("figure.feed.roll"), name, last_roll.get(code)) for code, name in sorted(names.items())),
    ]
