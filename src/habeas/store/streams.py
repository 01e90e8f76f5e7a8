"""Streams: how they are named, and their entries as read back.

What begins with `case-` or `order-` ends in random digits.

Entries never change, so those of a stream that was read lately are kept in memory (never on the disk), and
only what came after is read anew. What is kept counts only while its last leaf is still the database's: after
a transaction that did not commit, or in another database, it is read again.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Lock

from habeas.core.entries import Entry
from habeas.store.keys import key_folder
from habeas.store.models import LogRow
from habeas.store.records import entry_of
from habeas.store.statements import End, read_end

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


@dataclass(frozen=True, slots=True)
class Growth:
    """What one append added to a stream: where it ended before, the new entries, the last leaf hash."""

    stream: str
    before: End
    added: tuple[Entry, ...]
    leaf_hash: bytes


def entries(stream: str) -> tuple[Entry, ...]:
    """Every entry of a stream, in order; none when there is no such stream. Raises KeyLost or SealBroken."""
    end = read_end(stream)
    kept = _KEPT.get(stream)
    if kept is not None and kept.end == end:
        return kept.entries
    if end.count == 0:
        return ()
    rows = list(LogRow.objects.filter(stream=stream, version__lt=end.count).order_by("version"))
    is_longer = kept is not None and kept.end == _end_at(rows, kept.end.count)
    first = kept.entries if kept is not None and is_longer else ()
    return _keep(stream, first + _opened(rows[len(first) :]), end.leaf_hash)


def grown(growth: Growth) -> tuple[tuple[Entry, ...], tuple[Entry, ...]]:
    """The entries of a stream before and after an append, read anew only when they were not kept."""
    kept = _KEPT.get(growth.stream)
    if growth.before.count == 0:
        before: tuple[Entry, ...] = ()
    elif kept is not None and kept.end == growth.before:
        before = kept.entries
    else:
        before = entries(growth.stream)[: growth.before.count]
    return before, _keep(growth.stream, before + growth.added, growth.leaf_hash)


def entries_below(prefix: str) -> tuple[Entry, ...]:
    """Every entry of the streams whose names begin so, in the order of the register. For the few streams
    about no person: all orders, all facilities. Raises KeyLost or SealBroken."""
    after = prefix[:-1] + chr(ord(prefix[-1]) + 1)
    rows = LogRow.objects.filter(stream__gte=prefix, stream__lt=after)
    indexes = sorted(rows.values_list("index", flat=True))
    kept = _KEPT.get(prefix)
    first = kept.entries if kept is not None and _is_still_so(kept, indexes) else ()
    new = indexes[len(first) :]
    if not new:
        return first
    fetched = rows if not first else LogRow.objects.filter(index__in=new)
    ordered = sorted(fetched, key=lambda row: row.index)
    return _keep(prefix, first + _opened(ordered), bytes(ordered[-1].leaf_hash))


def _keep(name: str, found: tuple[Entry, ...], leaf_hash: bytes) -> tuple[Entry, ...]:
    _KEPT.put(name, _Kept(found, End(len(found), leaf_hash)))
    return found


def _opened(rows: Sequence[LogRow]) -> tuple[Entry, ...]:
    keys = key_folder()
    return tuple(entry_of(row, keys) for row in rows)


def _end_at(rows: Sequence[LogRow], count: int) -> End | None:
    return End(count, bytes(rows[count - 1].leaf_hash)) if 0 < count <= len(rows) else None


def _is_still_so(kept: _Kept, indexes: list[int]) -> bool:
    count, last = len(kept.entries), kept.entries[-1].index
    if len(indexes) < count or indexes[count - 1] != last:
        return False
    stored = LogRow.objects.filter(index=last).values_list("leaf_hash", flat=True).first()
    return stored is not None and bytes(stored) == kept.end.leaf_hash


@dataclass(frozen=True, slots=True)
class _Kept:
    entries: tuple[Entry, ...]
    end: End


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
