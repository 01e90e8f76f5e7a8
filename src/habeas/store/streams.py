"""Streams: how they are named, and their entries as read back.

What begins with `case-` or `order-` ends in random digits.

Entries never change, so those of a stream that was read lately are kept in memory (never on the disk), and
only what came after is read anew. What is kept counts only while its last leaf is still the database's: after
a transaction that did not commit, or in another database, it is read again.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Lock

from django.db.models import QuerySet

from habeas.core.entries import Entry
from habeas.store.keys import key_folder
from habeas.store.models import LogRow
from habeas.store.records import entry_of
from habeas.store.statements import End, read_end, read_end_between

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
    return _read(stream, read_end(stream), LogRow.objects.filter(stream=stream))


def entries_below(prefix: str) -> tuple[Entry, ...]:
    """Every entry of the streams whose names begin so, in the order of the register. For the few streams
    about no person: all orders, all facilities. Raises KeyLost or SealBroken."""
    after = prefix[:-1] + chr(ord(prefix[-1]) + 1)
    rows = LogRow.objects.filter(stream__gte=prefix, stream__lt=after)
    return _read(prefix, read_end_between(prefix, after), rows)


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


def _read(name: str, end: End, rows: QuerySet[LogRow]) -> tuple[Entry, ...]:
    """The entries up to `end`: those that were kept and are still so, and what came after."""
    kept = _KEPT.get(name)
    if kept is not None and kept.end == end:
        return kept.entries
    if end.count == 0:
        return ()
    stored = list(rows.order_by("index")[: end.count])
    is_longer = kept is not None and kept.end == _end_at(stored, kept.end.count)
    first = kept.entries if kept is not None and is_longer else ()
    return _keep(name, first + _opened(stored[len(first) :]), end.leaf_hash)


def _keep(name: str, found: tuple[Entry, ...], leaf_hash: bytes) -> tuple[Entry, ...]:
    _KEPT.put(name, _Kept(found, End(len(found), leaf_hash)))
    return found


def _opened(rows: Sequence[LogRow]) -> tuple[Entry, ...]:
    keys = key_folder()
    return tuple(entry_of(row, keys) for row in rows)


def _end_at(rows: Sequence[LogRow], count: int) -> End | None:
    return End(count, bytes(rows[count - 1].leaf_hash)) if 0 < count <= len(rows) else None


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
