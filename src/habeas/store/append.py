"""The one writer. Entries, leaves, tree, checkpoint and read models change in one transaction, or not at all.

A crash at any point leaves the register as it was. Keys come first: a key without an entry is harmless, an
entry without its key is lost.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from django.db import transaction

from habeas.core.entries import Actor, Body, Entry, Role
from habeas.core.entries.institutions import KeyAdded
from habeas.core.visibility import SIGNED_BY_THE_LOG
from habeas.register.checkpoint import Checkpoint, sign_checkpoint
from habeas.register.fields import field_digest, fields_digest
from habeas.register.keys import LOG_PARTY
from habeas.register.leaf import NO_PREVIOUS, make_leaf
from habeas.register.note import parse_vkey
from habeas.register.tree import HASH_LENGTH, Edge, grow, leaf_hash, root
from habeas.store import statements, streams
from habeas.store.keys import key_folder
from habeas.store.models import CaseRow, CheckpointRow, HeadRow, LogRow, NodeRow, SignerRow
from habeas.store.projections import project
from habeas.store.records import key_id, new_id, new_record, row_of

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
    the person whom they are about."""

    stream: str
    expected_version: int
    subject: str | None = None
    bodies: Sequence[Body]
    occurred_at: datetime


def append(drafts: Sequence[Draft], *, actor: Actor, at: datetime) -> tuple[Entry, ...]:
    """Record these entries at `at`, all or none; what they became.

    An entry is signed with its actor's party's key; an act of the system, an introduction of a key, and what must not
    tell who acted, with the log's. `recorded_at` never runs backwards: a clock that was set back waits at the last
    recorded moment.
    Raises VersionConflict, NoSigningKey, NotBegun, KeyLost; RegisterError for a value too long to keep;
    IntegrityError when a person would have two open cases.
    """
    with transaction.atomic():
        found = statements.read_head((LOG_PARTY, actor.party))
        if found is None:
            raise NotBegun("the register has not begun")
        head, signers = found
        writer = _Writer(head, signers, actor, max(at.astimezone(UTC), head.recorded_at))
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
    found = statements.read_head((LOG_PARTY,))
    return at if found is None else max(at, found[0].recorded_at)


@dataclass(slots=True)
class _Writer:
    """What one append has gathered so far; `finish` writes where the register then ends."""

    head: HeadRow
    signers: dict[str, SignerRow]
    actor: Actor
    recorded_at: datetime
    leaf_hashes: list[bytes] = field(default_factory=list)

    def add(self, draft: Draft) -> tuple[Entry, ...]:
        """Write the entries of one stream and its read models."""
        before = streams.entries(draft.stream)
        if len(before) != draft.expected_version:
            raise VersionConflict(draft.stream, draft.expected_version, len(before))
        if not before and not CaseRow.objects.filter(person=draft.subject).exists():
            key_folder().create(key_id(draft.stream, draft.subject))  # one in use is never made again
        added = tuple(self._write(draft, body, len(before) + at) for at, body in enumerate(draft.bodies))
        project(before, streams.keep(draft.stream, before + added, self.leaf_hashes[-1]))
        return added

    def finish(self) -> None:
        """Write the nodes that the leaves finished, where the register ends now, and the signed checkpoint."""
        hashes = bytes(self.head.edge)
        edge = Edge(self.head.size, tuple(hashes[at : at + HASH_LENGTH] for at in range(0, len(hashes), HASH_LENGTH)))
        edge, nodes = grow(edge, self.leaf_hashes)
        if nodes:
            NodeRow.objects.bulk_create([NodeRow(level=node.level, index=node.index, hash=node.hash) for node in nodes])
        statements.upsert(HeadRow(self.head.origin, edge.size, b"".join(edge.hashes), self.recorded_at))
        log_key = key_folder().signer(self._signer(LOG_PARTY).fingerprint)
        note = sign_checkpoint(Checkpoint(self.head.origin, edge.size, root(edge)), log_key)
        statements.insert(CheckpointRow(edge.size, note.decode("utf-8")))

    def _write(self, draft: Draft, body: Body, version: int) -> Entry:
        entry = Entry(
            id=new_id(),
            index=self.head.size + len(self.leaf_hashes),
            stream=draft.stream,
            version=version,
            subject=draft.subject,
            occurred_at=draft.occurred_at.astimezone(UTC),
            recorded_at=self.recorded_at,
            actor=self.actor,
            body=body,
        )
        statements.insert(self._row(entry))
        if isinstance(body, KeyAdded) and body.party != LOG_PARTY:  # the log's own was written by `begin`
            fingerprint = parse_vkey(body.vkey).fingerprint.hex()
            key_folder().signer(fingerprint)  # it must be at hand: from here on the party signs with it
            self.signers[body.party] = SignerRow(fingerprint, body.party, entry.index, 0, NO_PREVIOUS)
            statements.insert(self.signers[body.party])
        return entry

    def _row(self, entry: Entry) -> LogRow:
        record = new_record(entry)
        by_log = isinstance(entry.body, (KeyAdded, *SIGNED_BY_THE_LOG))
        signer = self._signer(LOG_PARTY if by_log else entry.actor.party)
        leaf = make_leaf(
            self.head.origin,
            key_folder().signer(signer.fingerprint),
            entry_id=bytes.fromhex(entry.id),
            counter=signer.counter,
            previous=bytes(signer.previous),
            fields=fields_digest(map(field_digest, record.fields)),
        )
        signer.counter, signer.previous = signer.counter + 1, leaf_hash(leaf)
        statements.upsert(signer)
        self.leaf_hashes.append(signer.previous)
        return row_of(record, leaf=leaf, leaf_hash=signer.previous)

    def _signer(self, party: str) -> SignerRow:
        """The newest key of a party, where its chain ends. Raises NoSigningKey."""
        if party not in self.signers:
            raise NoSigningKey(f"no signing key of the party {party} is in the register")
        return self.signers[party]
