"""The one writer. Entries, leaves, tree, checkpoint and read models change in one transaction, or not at all.

A crash at any point leaves the register as it was. Keys come first: a key without an entry is harmless, an
entry without its key is lost.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import transaction

from habeas.core.entries import Actor, Body, Entry, Role, body_to_json
from habeas.core.entries.institutions import KeyAdded
from habeas.register.checkpoint import Checkpoint, sign_checkpoint
from habeas.register.fields import SALT_LENGTH, field_digest, fields_digest
from habeas.register.hashing import HASH_LENGTH, leaf_hash
from habeas.register.keys import LOG_PARTY
from habeas.register.leaf import NO_PREVIOUS, make_leaf
from habeas.register.note import parse_vkey
from habeas.register.tree import Edge, grow, root
from habeas.store import statements, streams
from habeas.store.keys import KeyFolder, key_folder
from habeas.store.models import CaseRow, LogRow, NodeRow, SignerRow
from habeas.store.projections import project
from habeas.store.records import count_of, fields_of, key_id, row_of
from habeas.store.source import SECRET, Source

SYSTEM = Actor(account="system", party=LOG_PARTY, role=Role.SYSTEM)


class VersionConflict(Exception):
    """Somebody else added to the stream first: what this entry was decided on is no longer so."""

    def __init__(self, stream: str, expected: int, found: int) -> None:
        super().__init__(f"{stream} has {found} entries, not {expected}")
        self.stream, self.expected, self.found = stream, expected, found


class NotBegun(Exception):
    """There is no register in this database yet (`store.begin`)."""


class NoSigningKey(Exception):
    """No key of this party was introduced, so nothing can be recorded for it."""

    def __init__(self, party: str) -> None:
        super().__init__(f"no signing key of the party {party} is in the register")
        self.party = party


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An entry to be. `expected_version` is the version it must get: how many entries its stream has now.
    `id` is 32 hexadecimal digits (`Source.new_id`)."""

    stream: str
    expected_version: int
    subject: str | None
    body: Body
    occurred_at: datetime
    id: str


def append(drafts: Sequence[Draft], *, actor: Actor, at: datetime, source: Source = SECRET) -> tuple[Entry, ...]:
    """Record these entries at `at`, all or none; what they became.

    An entry is signed with its actor's party's key, an act of the system or an introduction of a key with the
    log's. `recorded_at` never runs backwards: a clock that was set back waits at the last recorded moment.
    Raises VersionConflict, NoSigningKey, NotBegun, KeyLost; CanonicalError for a value too long to keep;
    IntegrityError when a person would have two open cases.
    """
    with transaction.atomic():
        found = statements.read_head((LOG_PARTY, actor.party))
        if found is None:
            raise NotBegun("the register has not begun")
        head, chains = found
        writer = _Writer(head, chains, actor, max(at.astimezone(UTC), head.recorded_at), source)
        entries = tuple(writer.add(draft) for draft in drafts)
        writer.finish()
        for growth in writer.growths():
            project(growth)
    return entries


def not_before_the_last(at: datetime) -> datetime:
    """`at`, or the last recorded moment when that is later: whoever decides by a slow clock must not overlook
    what is on record already."""
    found = statements.read_head((LOG_PARTY,))
    return at if found is None else max(at, found[0].recorded_at)


class _Writer:
    """What one append has gathered so far; `finish` writes it down."""

    def __init__(
        self,
        head: statements.Head,
        chains: dict[str, statements.Chain],
        actor: Actor,
        recorded_at: datetime,
        source: Source,
    ) -> None:
        self._head = head
        self._chains = chains
        self._used: dict[str, statements.Chain] = {}
        self._actor = actor
        self._recorded_at = recorded_at
        self._source = source
        self._keys = key_folder()
        self._rows: list[LogRow] = []
        self._entries: list[Entry] = []
        self._ends: dict[str, statements.End] = {}

    def add(self, draft: Draft) -> Entry:
        self._expect(draft)
        _ensure_key(draft, self._keys)
        entry = Entry(
            id=draft.id,
            index=self._head.size + len(self._rows),
            stream=draft.stream,
            version=draft.expected_version,
            subject=draft.subject,
            occurred_at=draft.occurred_at.astimezone(UTC),
            recorded_at=self._recorded_at,
            actor=self._actor,
            body=draft.body,
        )
        self._rows.append(self._row(entry))
        self._entries.append(entry)
        if isinstance(entry.body, KeyAdded):
            self._introduce(entry.body, entry.index)
        return entry

    def finish(self) -> None:
        """Write the rows, the nodes they finished, the chains, and the signed checkpoint."""
        statements.insert_log(self._rows)
        edge = Edge(self._head.size, _hashes(self._head.edge))
        edge, nodes = grow(edge, [bytes(row.leaf_hash) for row in self._rows])
        if nodes:
            NodeRow.objects.bulk_create([NodeRow(level=node.level, index=node.index, hash=node.hash) for node in nodes])
        head = statements.Head(self._head.origin, edge.size, b"".join(edge.hashes), self._recorded_at)
        log_key = self._keys.signer(self._chain(LOG_PARTY).fingerprint)
        note = sign_checkpoint(Checkpoint(head.origin, edge.size, root(edge)), log_key)
        statements.write_ends(head, list(self._used.values()), note)

    def growths(self) -> Iterator[streams.Growth]:
        """How each stream grew, in the order in which they were first named."""
        for stream, before in self._ends.items():
            rows = [row for row in self._rows if row.stream == stream]
            added = tuple(entry for entry in self._entries if entry.stream == stream)
            yield streams.Growth(stream, before, added, bytes(rows[-1].leaf_hash))

    def _row(self, entry: Entry) -> LogRow:
        values = body_to_json(entry.body)
        salts = self._source.random_bytes(SALT_LENGTH * count_of(values))
        fields = fields_of(entry, values, salts)
        chain = self._chain(LOG_PARTY if isinstance(entry.body, KeyAdded) else entry.actor.party)
        leaf = make_leaf(
            self._head.origin,
            self._keys.signer(chain.fingerprint),
            entry_id=bytes.fromhex(entry.id),
            counter=chain.counter,
            previous=chain.previous,
            fields=fields_digest(map(field_digest, fields)),
        )
        hashed = leaf_hash(leaf)
        chain.counter, chain.previous = chain.counter + 1, hashed
        self._used[chain.fingerprint] = chain
        return row_of(entry, values, salts, leaf=leaf, leaf_hash=hashed, keys=self._keys)

    def _expect(self, draft: Draft) -> None:
        if draft.stream not in self._ends:
            self._ends[draft.stream] = statements.read_end(draft.stream)
        added = sum(entry.stream == draft.stream for entry in self._entries)
        found = self._ends[draft.stream].count + added
        if found != draft.expected_version:
            raise VersionConflict(draft.stream, draft.expected_version, found)

    def _chain(self, party: str) -> statements.Chain:
        """The chain of the party's newest key. Raises NoSigningKey."""
        if party not in self._chains:
            raise NoSigningKey(party)
        return self._chains[party]

    def _introduce(self, body: KeyAdded, index: int) -> None:
        """From here on the party signs with this key."""
        if body.party == LOG_PARTY:
            return  # entry 0: `begin` wrote its chain
        fingerprint = parse_vkey(body.vkey).fingerprint.hex()
        self._keys.signer(fingerprint)
        SignerRow.objects.create(
            fingerprint=fingerprint, party=body.party, introduced=index, counter=0, previous=NO_PREVIOUS
        )
        self._chains[body.party] = statements.Chain(fingerprint, 0, NO_PREVIOUS)


def _ensure_key(draft: Draft, keys: KeyFolder) -> None:
    """Make the key of a new person or stream. One that is already in use is never made again."""
    if draft.expected_version == 0 and not _is_known(draft.subject):
        keys.create(key_id(draft.stream, draft.subject))


def _is_known(person: str | None) -> bool:
    return person is not None and CaseRow.objects.filter(person=person).exists()


def _hashes(edge: bytes) -> tuple[bytes, ...]:
    return tuple(edge[at : at + HASH_LENGTH] for at in range(0, len(edge), HASH_LENGTH))
