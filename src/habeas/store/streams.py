"""Streams: how they are named, and their entries as read back.

What begins with `case-` or `order-` ends in random digits.

Entries never change, so those of a stream that was read lately are kept in memory (never on the disk), and
only what came after is read anew. What is kept counts only while its last leaf is still the database's: after
a transaction that did not commit, or in another database, it is read again.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock

from django.db.models import QuerySet

from habeas.core.entries import Entry
from habeas.store.keys import key_folder
from habeas.store.models import LogRow
from habeas.store.records import entry_of

CASE, ORDER, FACILITY, PARTY, AGREEMENT = "case-", "order-", "facility-", "party-", "agreement-"
KEPT_ENTRIES = 20_000


def party_stream(party: str) -> str:
    """The entries about a party: its registration, its keys, its accounts."""
    return PARTY + party


def facility_stream(code: str) -> str:
    """The certificates of a facility."""
    return FACILITY + code


def agreement_stream(agreement: str) -> str:
    """The versions of an agreement that this register ran."""
    return AGREEMENT + agreement


def entries(stream: str) -> tuple[Entry, ...]:
    """Every entry of a stream, in order; none when there is no such stream. Raises KeyLost or SealBroken."""
    return _read(stream, LogRow.objects.filter(stream=stream))


def entries_below(prefix: str) -> tuple[Entry, ...]:
    """Every entry of the streams whose names begin so, in the order of the register. For the few streams
    about no person: all orders, all facilities. Raises KeyLost or SealBroken."""
    after = prefix[:-1] + chr(ord(prefix[-1]) + 1)
    return _read(prefix + "*", LogRow.objects.filter(stream__gte=prefix, stream__lt=after))


def _read(name: str, rows: QuerySet[LogRow]) -> tuple[Entry, ...]:
    """What was kept under this name and is still so, and what came after."""
    indexes = sorted(rows.values_list("index", flat=True))
    kept = _KEPT.get(name) or _Kept((), b"")
    if not _is_still_so(kept, indexes):
        kept = _Kept((), b"")
    new = indexes[len(kept.entries) :]
    if not new:
        return kept.entries
    fetched = rows if len(new) == len(indexes) else LogRow.objects.filter(index__in=new)
    ordered = sorted(fetched, key=lambda row: row.index)
    keys = key_folder()
    found = kept.entries + tuple(entry_of(row, keys) for row in ordered)
    _KEPT.put(name, _Kept(found, bytes(ordered[-1].leaf_hash)))
    return found


def _is_still_so(kept: _Kept, indexes: list[int]) -> bool:
    if not kept.entries or len(indexes) < len(kept.entries):
        return False
    last = kept.entries[-1].index
    if indexes[len(kept.entries) - 1] != last:
        return False
    stored = LogRow.objects.filter(index=last).values_list("leaf_hash", flat=True).first()
    return stored is not None and bytes(stored) == kept.last_leaf_hash


@dataclass(frozen=True, slots=True)
class _Kept:
    entries: tuple[Entry, ...]
    last_leaf_hash: bytes


@dataclass(slots=True)
class _Keeper:
    """The streams that were read last, up to a number of entries in all."""

    streams: OrderedDict[str, _Kept] = field(default_factory=OrderedDict)
    count: int = 0
    lock: Lock = field(default_factory=Lock)

    def get(self, stream: str) -> _Kept | None:
        with self.lock:
            if stream in self.streams:
                self.streams.move_to_end(stream)
            return self.streams.get(stream)

    def put(self, stream: str, kept: _Kept) -> None:
        self.forget(stream)
        with self.lock:
            self.streams[stream] = kept
            self.count += len(kept.entries)
            while self.count > KEPT_ENTRIES:
                _, oldest = self.streams.popitem(last=False)
                self.count -= len(oldest.entries)

    def forget(self, stream: str) -> None:
        with self.lock:
            gone = self.streams.pop(stream, None)
            self.count -= len(gone.entries) if gone else 0


_KEPT = _Keeper()
