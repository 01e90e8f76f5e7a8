"""Streams: how they are named, and their entries as read back.

What begins with `case-`, `order-`, `enquiry-`, `asker-`, `claim-`, `oversight-` or `erasure-` ends in random digits.

Entries never change, so those of a stream that was read lately are kept in memory (never on the disk), and
only what came after is read anew. What is kept counts only while its last leaf is still the database's: after
a transaction that did not commit, or in another database, it is read again.

Of a stream that was erased only the bare entries are read that its erasure kept, from when that is on record, whether
or not its key is destroyed by then. A process that meets an erasure which it did not know forgets all that it kept.
"""

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Any

from habeas.core.entries import Entry, body_from_json
from habeas.core.entries.erasure import PersonErased
from habeas.core.residue import opened
from habeas.core.summary import is_open
from habeas.store.keys import KeyLost, SealBroken, forget_ciphers
from habeas.store.models import LogRow, PendingRow, PlaceRow
from habeas.store.records import LOST, entry_of, envelope_of
from habeas.store.statements import ERASURES, End, read_end, streams_of

CASE, ORDER, FACILITY, PARTY, AGREEMENT = "case-", "order-", "facility-", "party-", "agreement-"
ENQUIRY, ASKER, CLAIM = "enquiry-", "asker-", "claim-"
OVERSIGHT, ERASURE = "oversight-", "erasure-"
KEPT_ENTRIES = 60_000
_AFTER_ALL = "\U0010ffff"


def is_about_nobody(row: LogRow) -> bool:
    """Whether a row says that it is about no person and of no case, so that its key is the register's alone."""
    return row.subject is None and not row.stream.startswith(CASE) and row.kind != LOST


def entries(stream: str, end: End | None = None) -> tuple[Entry, ...]:
    """Every entry of a stream, in order; none when there is no such stream. `end` is where it ends, if that was read
    already. Raises KeyLost or SealBroken."""
    return _read(stream, stream, end)


def entries_below(prefix: str) -> tuple[Entry, ...]:
    """Every entry of the streams whose names begin so, in the order of the register. For the few streams
    about no person: all orders, all facilities. Raises KeyLost or SealBroken."""
    return _read(prefix, prefix + _AFTER_ALL)


def cases_of(person: str | None) -> list[str]:
    """The cases of a person, by the entries that opened them: what a table says of them, whoever can write into the
    database could change."""
    return [] if person is None else [each for each in streams_of(person) if each.startswith(CASE)]


def open_cases_of(person: str | None) -> Iterator[str]:
    """Those that were not ended. Raises KeyLost or SealBroken."""
    return (each for each in cases_of(person) if is_open(entries(each)))


def keep(stream: str, found: tuple[Entry, ...], leaf_hash: bytes, beside: object) -> tuple[Entry, ...]:
    """Remember every entry of a stream, of which the last has this leaf, and what was made of them; the entries."""
    _KEPT.put(stream, _Kept(found, leaf_hash, len(found), beside))
    return found


def beside(entries: Sequence[Entry]) -> Any:
    """What was made of these very entries and kept with them; None when nothing was."""
    kept = _KEPT.get(entries[0].stream)
    return kept.beside if kept.entries is entries else None


def readable(rows: Iterable[LogRow]) -> Iterator[Entry]:
    """The entries of these rows; of what was erased, those that are kept. Raises KeyLost or SealBroken."""
    _catch_up(read_end(*ERASURES).erasures)
    return _readable(rows)


def erased() -> Mapping[str, Mapping[int, Mapping[str, Any]]]:
    """What is kept of each erased stream, by version."""
    _catch_up(read_end(*ERASURES).erasures)
    return _KEPT.erased


def is_one(row: LogRow) -> bool:
    """Whether this row is an entry that opens, or that was erased."""
    with suppress(KeyLost, SealBroken):
        return row.stream in erased() or entry_of(row) is not None
    return False


def _readable(rows: Iterable[LogRow]) -> Iterator[Entry]:
    for row in rows:
        kept = _KEPT.erased.get(row.stream)
        if kept is None:
            yield from _opened(row)
        elif row.version in kept:
            yield replace(envelope_of(row), body=body_from_json(row.kind, kept[row.version]))


def _opened(row: LogRow) -> Iterator[Entry]:
    """The entry of a row; nothing of one that was set aside (`store.chains`) and does not open: it never was one."""
    try:
        yield entry_of(row)
    except (KeyLost, SealBroken):
        is_aside = not PlaceRow.objects.filter(log=row.ticket).exists()
        if not is_aside or PendingRow.objects.filter(ticket=row.ticket).exists():
            raise


def _catch_up(erasures: int) -> None:
    """Forget all that is kept in memory, keys and names too, when erasures are on record that were not known."""
    if erasures == _KEPT.erasures:
        return
    rows = LogRow.objects.filter(stream__range=ERASURES).order_by("ticket")
    known = [each.body for row in rows for each in _opened(row) if isinstance(each.body, PersonErased)]
    _KEPT.clear()
    forget_ciphers()
    _KEPT.erased = {stream: kept for each in known for stream, kept in opened(each).items()}
    _KEPT.erasures = erasures


def _read(first: str, last: str, end: End | None = None) -> tuple[Entry, ...]:
    """Every entry: those that were kept and are still so, and what came after."""
    count, leaf_hash, erasures = end or read_end(first, last)
    _catch_up(erasures)
    kept = _KEPT.get(first)
    if (count, leaf_hash) == (kept.count, kept.leaf_hash):
        return kept.entries
    rows = list(LogRow.objects.filter(stream__range=(first, last)).order_by("ticket")[:count])
    if not 0 < kept.count <= len(rows) or bytes(rows[kept.count - 1].leaf_hash) != kept.leaf_hash:
        kept = _Kept()
    if not rows:
        return ()
    found = (*kept.entries, *_readable(rows[kept.count :]))
    _KEPT.put(first, _Kept(found, leaf_hash, len(rows)))
    return found


@dataclass(frozen=True, slots=True)
class _Kept:
    entries: tuple[Entry, ...] = ()
    leaf_hash: bytes = b""
    count: int = 0  # of rows, of which an erasure keeps only some
    beside: object = None


@dataclass(slots=True)
class _Keeper:
    """The streams that were read last, up to a number of entries in all, and what is kept of the erased ones."""

    erasures: int = 0
    erased: Mapping[str, Mapping[int, Mapping[str, Any]]] = field(default_factory=dict)
    streams: OrderedDict[str, _Kept] = field(default_factory=OrderedDict)
    count: int = 0
    lock: Lock = field(default_factory=Lock)

    def get(self, stream: str) -> _Kept:
        with self.lock:
            if stream not in self.streams:
                return _Kept()
            self.streams.move_to_end(stream)
            return self.streams[stream]

    def clear(self) -> None:
        with self.lock:
            self.streams.clear()
            self.count = 0

    def put(self, stream: str, kept: _Kept) -> None:
        with self.lock:
            self.count += len(kept.entries) - len(self.streams.pop(stream, _Kept()).entries)
            self.streams[stream] = kept
            while self.count > KEPT_ENTRIES:
                _, oldest = self.streams.popitem(last=False)
                self.count -= len(oldest.entries)


_KEPT = _Keeper()
