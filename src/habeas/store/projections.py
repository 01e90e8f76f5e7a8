"""Read models: the tables that pages list, made from the entries of one stream at a time.

A row depends on nothing but the entries of its stream: no clock, no other stream. So the same function serves
a new entry and a rebuild, and rows that differ from the rebuilt ones were changed by somebody else.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TypeAlias

from django.db import models, transaction

from habeas.core.case import fold
from habeas.core.custody import stints
from habeas.core.entries import Entry
from habeas.core.entries.institutions import FacilityCertified, PartyRegistered
from habeas.core.orders import stay_orders
from habeas.core.summary import summary
from habeas.store import statements, streams
from habeas.store.models import AgreementRow, CaseRow, FacilityRow, LogRow, OrderRow, PartyRow, StintRow
from habeas.store.records import entry_of

MODELS: tuple[type[models.Model], ...] = (CaseRow, StintRow, OrderRow, FacilityRow, PartyRow, AgreementRow)


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A row that is not what the register says. `stored` is None when it was missing, `rebuilt` when it
    should not be there; otherwise both hold the columns that differ."""

    table: str
    key: str
    stored: Mapping[str, object] | None
    rebuilt: Mapping[str, object] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    """What a rebuild made: how many rows, and what had been different before."""

    rows: int
    differences: tuple[Difference, ...]


def project(stream: str, before: Sequence[Entry], after: Sequence[Entry]) -> None:
    """Bring the rows of a stream up to date. Runs inside the transaction that made it grow.

    Only rows that the new entries change are written, and none is read: `habeas rebuild` finds what somebody
    else changed.
    """
    was, wanted = _rows_of(stream, before), _rows_of(stream, after)
    for key in was.keys() - wanted.keys():
        was[key].delete()
    for key, row in wanted.items():
        if key not in was or _columns(was[key]) != _columns(row):
            statements.upsert(row)


def rebuild() -> Rebuilt:
    """Throw all read models away and make them again from the register, in one transaction."""
    with transaction.atomic():
        rebuilt = _rebuilt_rows()
        found = _compare(_by_key(row for model in MODELS for row in model._default_manager.all()), rebuilt)
        for model in MODELS:
            model._default_manager.all().delete()
            of_model = [row for row in rebuilt.values() if isinstance(row, model)]
            model._default_manager.bulk_create(of_model, batch_size=500)
    return Rebuilt(rows=len(rebuilt), differences=found)


def _case_rows(entries: Sequence[Entry]) -> list[models.Model]:
    case = fold(entries)
    found = summary(case)
    columns = {column.attname: getattr(found, column.attname) for column in CaseRow._meta.concrete_fields}
    held: list[models.Model] = [
        StintRow(
            stint=f"{case.id} {number}",
            case=case.id,
            facility=each.facility,
            from_at=each.from_at,
            until_at=each.until_at,
        )
        for number, each in enumerate(stints(case))
    ]
    return [CaseRow(**columns), *held]


def _order_rows(entries: Sequence[Entry]) -> list[models.Model]:
    return [
        OrderRow(stream=entries[0].stream, issued_at=each.issued_at, lifted_at=each.lifted_at)
        for each in stay_orders(entries)
    ]


def _facility_rows(entries: Sequence[Entry]) -> list[models.Model]:
    certificates = [each.body for each in entries if isinstance(each.body, FacilityCertified)]
    return [FacilityRow(code=each.facility, agreement=each.agreement) for each in certificates[-1:]]


def _party_rows(entries: Sequence[Entry]) -> list[models.Model]:
    registered = [each.body for each in entries if isinstance(each.body, PartyRegistered)]
    return [PartyRow(party=each.party, kind=each.kind.value) for each in registered[-1:]]


def _agreement_rows(entries: Sequence[Entry]) -> list[models.Model]:
    return [AgreementRow(agreement=entries[0].stream.removeprefix(streams.AGREEMENT))]


_MAKERS: Mapping[str, Callable[[Sequence[Entry]], list[models.Model]]] = {
    streams.CASE: _case_rows,
    streams.ORDER: _order_rows,
    streams.FACILITY: _facility_rows,
    streams.PARTY: _party_rows,
    streams.AGREEMENT: _agreement_rows,
}


Rows: TypeAlias = Mapping[str, models.Model]


def _rows_of(stream: str, entries: Sequence[Entry]) -> Rows:
    """Every row that these entries of one stream make, by its key."""
    makers = [make for prefix, make in _MAKERS.items() if entries and stream.startswith(prefix)]
    return _by_key(row for make in makers for row in make(entries))


def _rebuilt_rows() -> Rows:
    rows = LogRow.objects.order_by("stream", "version").iterator(chunk_size=2000)
    found: dict[str, models.Model] = {}
    for stream, of_stream in groupby(rows, key=lambda row: row.stream):
        found |= _rows_of(stream, [entry_of(row) for row in of_stream])
    return found


def _compare(stored: Rows, rebuilt: Rows) -> tuple[Difference, ...]:
    found = []
    for key in sorted(stored.keys() | rebuilt.keys()):
        before = _columns(stored[key]) if key in stored else None
        after = _columns(rebuilt[key]) if key in rebuilt else None
        if before == after:
            continue
        if before is not None and after is not None:
            changed = [name for name in before if before[name] != after[name]]
            before, after = ({name: side[name] for name in changed} for side in (before, after))
        table, _, name = key.partition(" ")
        found.append(Difference(table=table, key=name, stored=before, rebuilt=after))
    return tuple(found)


def _by_key(rows: Iterable[models.Model]) -> Rows:
    return {f"{row._meta.object_name} {row.pk}": row for row in rows}


def _columns(row: models.Model) -> dict[str, object]:
    return {column.attname: getattr(row, column.attname) for column in row._meta.concrete_fields}
