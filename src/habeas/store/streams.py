"""Streams: how they are named, and their entries as read back.

What begins with `case-`, `order-`, `enquiry-`, `asker-`, `claim-` or `oversight-` ends in random digits.

Entries never change, so those of a stream that was read lately are kept in memory (never on the disk), and
only what came after is read anew. What is kept counts only while its last leaf is still the database's: after
a transaction that did not commit, or in another database, it is read again.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock

from habeas.core.entries import Entry
from habeas.store.models import LogRow
from habeas.store.records import entry_of
from habeas.store.statements import read_end

CASE, ORDER, FACILITY, PARTY, AGREEMENT = "case-", "order-", "facility-", "party-", "agreement-"
ENQUIRY, ASKER, CLAIM = "enquiry-", "asker-", "claim-"
OVERSIGHT = "oversight-"
KEPT_ENTRIES = 20_000
_AFTER_ALL = "\U0010ffff"


def entries(stream: str) -> tuple[Entry, ...]:
    """Every entry of a stream, in order; none when there is no such stream. Raises KeyLost or SealBroken."""
    return _read(stream, stream)


def entries_below(prefix: str) -> tuple[Entry, ...]:
    """Every entry of the streams whose names begin so, in the order of the register. For the few streams
    about no person: all orders, all facilities. Raises KeyLost or SealBroken."""
    return _read(prefix, prefix + _AFTER_ALL)


def keep(stream: str, found: tuple[Entry, ...], leaf_hash: bytes) -> tuple[Entry, ...]:
    """Remember every entry of a stream, of which the last has this leaf; the same entries."""
    _KEPT.put(stream, _Kept(found, leaf_hash))
    return found


def _read(first: str, last: str) -> tuple[Entry, ...]:
    """Every entry: those that were kept and are still so, and what came after."""
    count, leaf_hash = read_end(first, last)
    kept = _KEPT.get(first)
    before = kept.entries
    if (count, leaf_hash) == (len(before), kept.leaf_hash):
        return before
    rows = list(LogRow.objects.filter(stream__range=(first, last)).order_by("ticket")[:count])
    if not 0 < len(before) <= len(rows) or bytes(rows[len(before) - 1].leaf_hash) != kept.leaf_hash:
        before = ()
    return keep(first, before + tuple(map(entry_of, rows[len(before) :])), leaf_hash) if rows else ()


@dataclass(frozen=True, slots=True)
class _Kept:
    entries: tuple[Entry, ...] = ()
    leaf_hash: bytes = b""


@dataclass(slots=True)
class _Keeper:
    """The streams that were read last, up to a number of entries in all."""

    streams: OrderedDict[str, _Kept] = field(default_factory=OrderedDict)
    count: int = 0
    lock: Lock = field(default_factory=Lock)

    def get(self, stream: str) -> _Kept:
        with self.lock:
            if stream not in self.streams:
                return _Kept()
            self.streams.move_to_end(stream)
            return self.streams[stream]

    def put(self, stream: str, kept: _Kept) -> None:
        with self.lock:
            self.count += len(kept.entries) - len(self.streams.pop(stream, _Kept()).entries)
            self.streams[stream] = kept
            while self.count > KEPT_ENTRIES:
                _, oldest = self.streams.popitem(last=False)
                self.count -= len(oldest.entries)


_KEPT = _Keeper()
