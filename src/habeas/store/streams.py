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
    kept = _KEPT.get(stream)
    first = max(len(kept.entries) - 1, 0) if kept else 0
    rows = list(LogRow.objects.filter(stream=stream, version__gte=first).order_by("version"))
    if kept and rows and bytes(rows[0].leaf_hash) == kept.last_leaf_hash:
        found = kept.entries + _opened(rows[1:])
    elif first == 0:
        found = _opened(rows)
    else:
        _KEPT.forget(stream)
        return entries(stream)
    if rows:
        _KEPT.put(stream, _Kept(found, bytes(rows[-1].leaf_hash)))
    return found


def _opened(rows: list[LogRow]) -> tuple[Entry, ...]:
    keys = key_folder()
    return tuple(entry_of(row, keys) for row in rows)


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
