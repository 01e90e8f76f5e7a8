"""The one way in. Entries, leaves and read models change in one transaction, or not at all; on SQLite with them the
tree and its checkpoint, on PostgreSQL soon after (`store.sequencer`).

A crash at any point leaves the register as it was. Keys come first: a key without an entry is harmless, an
entry without its key is lost.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice

from django.db import IntegrityError, InterfaceError, InternalError, OperationalError, connection, transaction

from habeas.core.entries import Actor, Body, Entry, Role
from habeas.core.entries.institutions import KeyAdded
from habeas.core.visibility import SIGNED_BY_THE_LOG
from habeas.inputs import NO_ROOM
from habeas.register.fields import field_digest, fields_digest
from habeas.register.keys import LOG_PARTY
from habeas.register.leaf import NO_PREVIOUS, make_leaf
from habeas.register.note import parse_vkey
from habeas.register.tree import leaf_hash
from habeas.store import chains, memory, sequencer, statements, streams, wrapped
from habeas.store.keys import EndChanged, KeyDamaged, KeyLost, SealBroken, key_folder
from habeas.store.models import CosignatureRow, LogRow, PendingRow, SignerRow
from habeas.store.projections import changed, rows_of
from habeas.store.records import Signature, entry_of, key_id, new_id, new_record, row_of
from habeas.store.statements import Chain, Row

CONNECTION_LOST = (OperationalError, InterfaceError, InternalError)
"""After these nobody can say whether a transaction that was to commit has: look before you try again."""

SAYS_FULL = ("disk is full", "No space left")
"""What a database says that has no room: nothing in it is damaged."""

APART_MOST = timedelta(minutes=5)
"""How far the last recorded moment may lie ahead of the clock before it must be shown to be one."""
LOOKED_AT = 20

ONE_ENTRY_A_VERSION = "one_entry_a_version"
"""The constraint that decides between two writers of one stream."""
ENDED_ELSEWHERE = ("one_leaf_a_counter", "store_logrow.ticket")
"""What refuses a second leaf of one key with the same counter, and on SQLite a second entry in one place: somebody
changed where the chain, or the register, ends."""

SYSTEM = Actor(account="system", party=LOG_PARTY, role=Role.SYSTEM)


class VersionConflict(Exception):
    """Somebody else added to the stream first: what these entries were decided on is no longer so."""

    def __init__(self, stream: str, expected: int, found: int) -> None:
        super().__init__(f"{stream} has {found} entries, not {expected}")
        self.stream, self.expected, self.found = stream, expected, found


class NotBegun(Exception):
    """There is no register in this database yet (`store.begin`)."""


class NoSigningKey(Exception):
    """No key of this party was introduced, so nothing can be recorded for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """Entries to be, at the end of one stream. `expected_version` is how many entries it has now, `subject`
    the person whom they are about. `signature`: whoever acts signed the last of the entries themselves."""

    stream: str
    expected_version: int
    subject: str | None = None
    bodies: Sequence[Body]
    occurred_at: datetime
    signature: Signature | None = None


def append(drafts: Sequence[Draft], *, actor: Actor, at: datetime) -> tuple[Entry, ...]:
    """Record these entries at `at`, all or none; what they became.

    An entry is signed with its actor's party's key; an act of the system, an introduction of a key, and what must not
    tell who acted, with the log's. Whoever signs with a key waits for whoever does so now, and for nobody else.
    `recorded_at` never runs backwards: a clock that was set back waits at the last recorded moment that it can see.
    Where the connection is lost before the answer, it looks whether they are on record before it gives up.
    Raises VersionConflict, also when a person would have two open cases; NoSigningKey, NotBegun, KeyLost; EndChanged;
    BehindPublished; RegisterError for a value too long to keep.
    """
    try:
        with transaction.atomic():
            return _append(drafts, actor, at)
    except IntegrityError as error:
        if any(each in str(error) for each in ENDED_ELSEWHERE):
            raise EndChanged from error
        if ONE_ENTRY_A_VERSION not in str(error):
            raise
        raise VersionConflict(drafts[0].stream, drafts[0].expected_version, drafts[0].expected_version + 1) from error
    except CONNECTION_LOST:
        if connection.in_atomic_block or not (found := recorded(drafts, actor=actor)):
            raise
        return found


def is_full(error: BaseException | None) -> bool:
    """Whether it was a disk that had no room left."""
    if isinstance(error, OSError):
        return error.errno in NO_ROOM
    return isinstance(error, OperationalError) and any(each in str(error) for each in SAYS_FULL)


def recorded(drafts: Sequence[Draft], *, actor: Actor) -> tuple[Entry, ...]:
    """What became of an append whose answer was lost: its entries, or none, and only then may it be tried again.
    Raises VersionConflict when others have taken their versions."""
    found: list[Entry] = []
    for draft in drafts:
        entries = streams.entries(draft.stream)
        of_draft = entries[draft.expected_version :][: len(draft.bodies)]
        wanted = [(draft.subject, draft.occurred_at, actor, body) for body in draft.bodies]
        if of_draft and [(each.subject, each.occurred_at, each.actor, each.body) for each in of_draft] != wanted:
            raise VersionConflict(draft.stream, draft.expected_version, len(entries))
        found += of_draft
    return tuple(found)


def _append(drafts: Sequence[Draft], actor: Actor, at: datetime) -> tuple[Entry, ...]:
    if any(draft.stream.startswith(streams.ORDER) for draft in drafts):
        statements.hold_orders(to_change=True)
    bodies = [body for draft in drafts for body in draft.bodies]
    signing = {LOG_PARTY if _by_log(body) else actor.party for body in bodies}
    signing |= {body.party for body in bodies if isinstance(body, KeyAdded)}  # nobody signs with a key that ends now
    ends = statements.read_ends(actor.party, locked=signing, count=len(bodies), stream=drafts[0].stream)
    if ends is None:
        raise NotBegun("the register has not begun")
    own = ends.signers.get(LOG_PARTY)
    if own is None or key_folder().signer(own.fingerprint).verifier.name != ends.head.origin:
        raise EndChanged  # a leaf for another log would break the chain of its key for ever
    writer = _Writer(ends, actor, _not_before(ends.head.recorded_at, at))
    entries = [entry for draft in drafts for entry in writer.add(draft)]
    writer.finish()
    return tuple(entries)


def append_of_system(stream: str, *bodies: Body, at: datetime) -> tuple[Entry, ...]:
    """Record what the system itself did at `at`, at the end of a stream about no person."""
    version = len(streams.entries(stream))
    return append([Draft(stream=stream, expected_version=version, bodies=bodies, occurred_at=at)], actor=SYSTEM, at=at)


def not_before_the_last(at: datetime) -> datetime:
    """`at`, or the last recorded moment when that is later: whoever decides by a slow clock must not overlook
    what is on record already."""
    found = statements.read_ends(LOG_PARTY)
    return at if found is None else _not_before(found.head.recorded_at, at)


def _not_before(last: datetime, at: datetime) -> datetime:
    """`at`, or the last recorded moment. One that lies far ahead of the clock counts only if an entry that opens says
    it, or a cosignature that holds: whoever can write into the database could push the time of everything forward."""
    at = at.astimezone(UTC)
    if last - at > APART_MOST:
        told = [each.recorded_at for each in LogRow.objects.order_by("-ticket")[:LOOKED_AT] if _opens(each)]
        seen = filter(memory.holds, CosignatureRow.objects.order_by("-at").iterator(chunk_size=LOOKED_AT))
        last = max([*told, *(each.at for each in islice(seen, 1))], default=at)
    return max(at, last)


def _opens(row: LogRow) -> bool:
    """Whether the register itself wrote this row: what stands in clear is bound to its seal."""
    try:
        entry_of(row)
    except (KeyLost, KeyDamaged, SealBroken, ValueError):
        return False
    return True


@dataclass(slots=True)
class _Writer:
    """What one append has gathered so far; `finish` writes it, and where the register then ends."""

    ends: statements.Ends
    actor: Actor
    recorded_at: datetime
    placed: list[sequencer.Placed] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    signed: dict[str, Chain] = field(default_factory=dict)
    changed: dict[tuple[str, str], Row] = field(default_factory=dict)
    streams: dict[str, tuple[Entry, ...]] = field(default_factory=dict)

    def add(self, draft: Draft) -> tuple[Entry, ...]:
        """Make the entries of one stream and its read models."""
        before = self.streams.get(draft.stream)
        if before is None:
            before = streams.entries(draft.stream, None if self.streams else self.ends.stream)
        if len(before) != draft.expected_version:
            raise VersionConflict(draft.stream, draft.expected_version, len(before))
        if not before:
            self._begin(draft)
        added = tuple(self._write(draft, body, len(before) + at) for at, body in enumerate(draft.bodies))
        after = before + added
        rows = rows_of(after)
        self.changed |= changed(rows_of(before), rows)
        self.streams[draft.stream] = streams.keep(draft.stream, after, self.placed[-1].leaf_hash, rows)
        return added

    def finish(self) -> None:
        """Write all of it, and give the entries their places, or leave them to the sequencer."""
        at_once, head = statements.places_at_once(), self.ends.head
        if not at_once:
            memory.demand(head)
            self.rows += [Row(PendingRow, (each.ticket, self.recorded_at)) for each in self.placed]
        ends = [statements.row_in(SignerRow, each) for each in self.signed.values()]
        statements.write(inserts=self.rows, upserts=[*ends, *self.changed.values()])
        if at_once:
            sequencer.extend(head, self.placed, self.recorded_at, self._signer(LOG_PARTY).fingerprint)

    def _begin(self, draft: Draft) -> None:
        """Make the key of a new stream or person. Raises VersionConflict if a person on record has an open case: two
        who would open one at the same moment wait for each other here."""
        if draft.stream.startswith(streams.CASE) and streams.cases_of(draft.subject):
            statements.hold_person(str(draft.subject))
            for each in streams.open_cases_of(draft.subject):
                raise VersionConflict(each, 0, len(streams.entries(each)))
            return
        key = key_id(draft.stream, draft.subject)
        key_folder().create(key)  # one in use is never made again
        wrapped.wrap(key, self.recorded_at)

    def _write(self, draft: Draft, body: Body, version: int) -> Entry:
        signature = draft.signature if body is draft.bodies[-1] else None
        entry = Entry(
            id=signature.entry_id if signature else new_id(),
            index=self.ends.tickets[len(self.placed)],
            stream=draft.stream,
            version=version,
            subject=draft.subject,
            occurred_at=draft.occurred_at.astimezone(UTC),
            recorded_at=self.recorded_at,
            actor=self.actor,
            body=body,
        )
        self.rows.append(self._row(entry, signature))
        if isinstance(body, KeyAdded):
            self._introduce(body, entry.index)
        return entry

    def _introduce(self, added: KeyAdded, ticket: int) -> None:
        """From here on the party signs with this key, which must be at hand. The log's own signed its introduction."""
        fingerprint = parse_vkey(added.vkey).fingerprint.hex()
        key_folder().signer(fingerprint)
        known = self.ends.signers.get(added.party)
        if known is None or known.fingerprint != fingerprint:
            known = Chain(fingerprint, added.party, ticket, 0, NO_PREVIOUS)
        known.introduced = ticket
        self.ends.signers[added.party] = self.signed[fingerprint] = known

    def _row(self, entry: Entry, signature: Signature | None) -> Row:
        record = new_record(entry, signature)
        signer = self._signer(LOG_PARTY if _by_log(entry.body) else entry.actor.party)
        leaf = make_leaf(
            self.ends.head.origin,
            key_folder().signer(signer.fingerprint),
            entry_id=bytes.fromhex(entry.id),
            counter=signer.counter,
            previous=signer.previous,
            fields=fields_digest(map(field_digest, record.fields)),
        )
        signer.counter, signer.previous = signer.counter + 1, leaf_hash(leaf)
        self.signed[signer.fingerprint] = signer
        self.placed.append(sequencer.Placed(ticket=entry.index, leaf_hash=signer.previous))
        return row_of(record, leaf=leaf, leaf_hash=signer.previous)

    def _signer(self, party: str) -> Chain:
        """The newest key of a party, where its chain ends. Raises NoSigningKey, or EndChanged when the register says
        otherwise whose it is, or since when."""
        if party not in self.ends.signers:
            raise NoSigningKey(f"no signing key of the party {party} is in the register")
        signer = self.ends.signers[party]
        if signer.introduced not in self.ends.tickets:  # in this very transaction
            chains.demand_newest(signer)
        return signer


def _by_log(body: Body) -> bool:
    """Whether the log's own key signs it, whoever acted."""
    return isinstance(body, (KeyAdded, *SIGNED_BY_THE_LOG))
