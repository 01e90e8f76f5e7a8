"""Bring a register back from a backup, or from a mirror that has only its leaves.

The folder is verified as any outsider would verify it, with the log's own key, before a row is written: what is forged,
cut, forked or of another log is refused whole. Then every missing entry is written in its place, in one transaction
that ends with the root which the checkpoint says. Nothing is signed.
"""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast
from urllib.parse import unquote

from django.conf import settings
from django.core import serializers
from django.db import IntegrityError, models, transaction

from habeas.core.entries import Role, kind_of
from habeas.core.entries.institutions import AccountEnded, AccountInvited, SystemKeyGiven
from habeas.register.checkpoint import Checkpoint, parse_signed_checkpoint
from habeas.register.export import CHECKPOINT, read_bundle, read_checkpoint, read_keys
from habeas.register.files import read_file, write_file
from habeas.register.keys import KeyDisclosure, disclosed_key, log_keys_of
from habeas.register.leaf import NO_PREVIOUS, parse_leaf
from habeas.register.note import GREATEST_NOTE
from habeas.register.problems import RegisterError
from habeas.register.tiles import TILE_WIDTH
from habeas.register.tree import grow, leaf_hash, root
from habeas.register.verify import verify_path
from habeas.store import accounts, erasure, evidence, memory, projections, proofs, statements
from habeas.store.accounts import Invitation
from habeas.store.append import ONE_ENTRY_A_VERSION
from habeas.store.backup import (
    EVIDENCE,
    KEPT_BESIDE,
    LIST,
    OTHERS,
    SEALED,
    WRAPPED,
    Progress,
    listed,
    read_listed,
    sealed_path,
    told_of,
    wrapped_of,
)
from habeas.store.keys import KeyLost, SealBroken, key_folder
from habeas.store.models import (
    Account,
    CheckpointRow,
    CosignatureRow,
    EvidenceFile,
    HeadRow,
    LogRow,
    NodeRow,
    SentForm,
    ShownStreamRow,
    SignerRow,
    WitnessAnswerRow,
)
from habeas.store.nodes import edge_of
from habeas.store.records import CLEAR, LOST, entry_of, is_as_recorded, key_id, record_from, row_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What came back: the register's size now, how many entries were added, how many of those as leaves alone, how
    many were `published` (more than `size`: the register stays read-only), and for an empty database who must open
    the accounts of the managers anew."""

    size: int
    added: int
    lost: int
    published: int
    invitations: tuple[Invitation, ...] = ()


def restore(directory: Path, *, at: datetime, leaves_only: bool = False, progress: Progress = None) -> Restored:
    """Write what is missing here and stands in this folder, all or nothing.

    With `leaves_only` from leaves alone: the tree goes on and receipts still verify, and what the entries said is lost.
    Raises RegisterError when the folder is not to be believed, is of another log, or is behind what is here; KeyLost
    and SealBroken; BehindPublished when it tells another past than was published.
    """
    introductions = read_keys(directory)
    _verify(directory, introductions, progress)
    with transaction.atomic():
        statements.hold_signing()
        found, said = HeadRow.objects.select_for_update().first(), read_checkpoint(directory).checkpoint
        head = found or HeadRow(origin=said.origin, size=0, edge=b"", recorded_at=datetime.min.replace(tzinfo=UTC))
        adding = _Adding(directory, head, introductions, at, leaves_only)
        before, size = head.size, said.size
        for first in range(before - before % TILE_WIDTH, size, TILE_WIDTH):
            adding.bundle(first, read_bundle(directory, first // TILE_WIDTH, min(TILE_WIDTH, size - first)), size)
            if progress is not None:
                progress(min(first + TILE_WIDTH, size), size)
        adding.finish(said)
        for gone in erasure.all_erased():
            erasure.clear(gone)
        projections.rebuild()
        behind = _still_behind(head)
        invitations = _reopened(at) if found is None else ()
    _bring_wrapped(directory)
    erasure.finish()
    memory.published()
    published = behind or size
    return Restored(size=size, added=size - before, lost=adding.lost, published=published, invitations=invitations)


def _verify(directory: Path, introductions: Sequence[KeyDisclosure], progress: Progress) -> None:
    """As an outsider would, by the key of the log that is in the key folder, and by what is here already."""
    last, declared = next(memory.signed(), None), log_keys_of(introductions)
    if last is None and not declared:
        raise RegisterError("register.log_key_not_introduced")
    newest = declared[-1].verifier.fingerprint.hex() if declared and last is None else ""
    key = key_folder().signer(newest).verifier if newest else proofs.log_key()
    since = last.note.encode("utf-8") if last else None
    for problem in verify_path(directory, key.text, since=since, progress=progress).problems:
        raise RegisterError(problem.code, **problem.parameters)


class _Adding:
    """Entries on their way into the tables, in their order."""

    def __init__(
        self, directory: Path, head: HeadRow, introductions: Sequence[KeyDisclosure], at: datetime, leaves_only: bool
    ) -> None:
        self._directory, self._head, self._at = directory, head, at
        self._known = {} if leaves_only else listed(directory)
        if not self._known and not leaves_only:
            if (directory / SEALED).exists():
                raise RegisterError("register.file_missing", path=LIST)
            raise RegisterError("backup.leaves_only", path=str(directory))
        self._introductions = {each.index: each for each in introductions}
        self._edge = edge_of(head)
        self._signers = {each.fingerprint: each for each in SignerRow.objects.select_for_update()}
        self.lost = 0

    def bundle(self, first: int, leaves: Sequence[bytes], size: int) -> None:
        """Add those of up to 256 entries that are not here."""
        path = sealed_path(first, size)
        lines = read_listed(self._directory, path, self._known).splitlines() if self._known else []
        if self._known and len(lines) != len(leaves):
            raise RegisterError("backup.changed", path=path)
        added, tickets = leaves[self._edge.size - first :], iter(self._tickets(len(leaves) - self._edge.size + first))
        there = {each.entry_id: each for each in LogRow.objects.filter(entry_id__in=map(_id_of, added))}
        rows = []
        for index, leaf in enumerate(added, start=self._edge.size):
            told = told_of(lines[index - first], path) if lines else None
            row = there.get(_id_of(leaf)) or self._row(index, next(tickets), leaf, told)
            self._grow(index, row, told)
            rows.append(row)
        try:
            LogRow.objects.bulk_create(each for each in rows if each.entry_id not in there)
        except IntegrityError as error:
            if any(each in str(error) for each in VERSION_TAKEN):
                raise RegisterError("backup.version_taken") from error
            raise
        if not statements.places_at_once():
            places = enumerate(rows, start=self._edge.size - len(rows))
            statements.place([(index, each.ticket, bytes(each.leaf_hash)) for index, each in places])
        for row in rows:
            self._beside(row)
            if row.kind in _OF_ACCOUNTS and row.entry_id not in there:  # of one that had no place yet it is there
                accounts.follow((entry_of(row),), self._at)

    def finish(self, said: Checkpoint) -> None:
        """Write where the register ends now, if that is what the checkpoint says."""
        if (self._edge.size, root(self._edge)) != (said.size, said.root):
            raise RegisterError("register.root_differs", size=said.size)
        self._head.size, self._head.edge = self._edge.size, b"".join(self._edge.hashes)
        statements.write(upserts=[self._head, *self._signers.values()])
        note = _own_note(read_file(self._directory, CHECKPOINT, limit=GREATEST_NOTE).decode("utf-8"), said.origin)
        if not any(memory.signed(size=said.size)):
            CheckpointRow.objects.create(size=said.size, note=note)
        for path in self._known:
            if path.startswith(OTHERS):
                lines = read_listed(self._directory, path, self._known).decode("utf-8").splitlines()
                _put_beside(lines, path, said.size)

    def _tickets(self, count: int) -> Sequence[int]:
        return statements.new_tickets(self._edge.size, count) if count > 0 else ()

    def _row(self, index: int, ticket: int, leaf: bytes, told: Mapping[str, Any] | None) -> LogRow:
        """The row of an entry, checked against its leaf; of one whose content is nowhere, the leaf alone."""
        hashed, entry_id = leaf_hash(leaf), _id_of(leaf)
        if told is not None:
            columns = {name: told[name] for name in (*CLEAR, "sealed")}
            row = LogRow(ticket=ticket, leaf=leaf, leaf_hash=hashed, **columns)
            if row.entry_id != entry_id or not is_as_recorded(row):
                raise RegisterError("backup.entry_changed", index=index)
            return row
        if index in self._introductions:
            record = record_from(self._introductions[index].disclosure.disclosed, id=entry_id, ticket=ticket)
            key_folder().create(key_id(record.entry.stream, record.entry.subject))
            new = row_of(record, leaf=leaf, leaf_hash=hashed)
            return cast(LogRow, new.table(*new.values))
        self.lost += 1
        nobody = {"account": "", "party": "", "role": Role.SYSTEM.value}
        bare = {"leaf": leaf, "leaf_hash": hashed, "sealed": b"", "occurred_at": self._at, "recorded_at": self._at}
        stream = f"{LOST}-{entry_id}"
        return LogRow(ticket=ticket, entry_id=entry_id, stream=stream, version=0, kind=LOST, **nobody, **bare)

    def _grow(self, index: int, row: LogRow, told: Mapping[str, Any] | None) -> None:
        """The tree by one entry, the checkpoint that ended there, and the chain of the key that signed it."""
        self._edge, nodes = grow(self._edge, [bytes(row.leaf_hash)])
        NodeRow.objects.bulk_create(NodeRow(level=each.level, index=each.index, hash=each.hash) for each in nodes)
        self._head.recorded_at = max(self._head.recorded_at, row.recorded_at)
        if told and told["checkpoint"]:
            said = parse_signed_checkpoint(told["checkpoint"].encode("utf-8")).checkpoint
            if said != Checkpoint(self._head.origin, self._edge.size, root(self._edge)):
                raise RegisterError("backup.entry_changed", index=index)
            statements.write(inserts=[CheckpointRow(said.size, told["checkpoint"])])
        leaf = parse_leaf(bytes(row.leaf))
        introduced = disclosed_key(self._introductions[index]) if index in self._introductions else None
        if introduced is not None:
            fingerprint = introduced.verifier.fingerprint.hex()
            new = SignerRow(fingerprint, introduced.party, row.ticket, 0, NO_PREVIOUS)
            self._signers.setdefault(fingerprint, new).introduced = row.ticket
        signer = self._signers[leaf.key.hex()]
        if leaf.counter >= signer.counter:
            signer.counter, signer.previous = leaf.counter + 1, row.leaf_hash

    def _beside(self, row: LogRow) -> None:
        """What comes with an entry: the file of a piece of evidence."""
        path = f"{EVIDENCE}/{row.entry_id}"
        if path in self._known and not EvidenceFile.objects.filter(entry_id=row.entry_id).exists():
            EvidenceFile.objects.create(entry_id=row.entry_id, sealed=read_listed(self._directory, path, self._known))
            _demand_file(row)


VERSION_TAKEN = (ONE_ENTRY_A_VERSION, "store_logrow.stream")
"""What refuses a second entry of one number in a stream: this old copy has the first, whose content was lost later, and
another took its number."""

_OF_ACCOUNTS = {kind_of(AccountInvited), kind_of(AccountEnded), kind_of(SystemKeyGiven)}


def _id_of(leaf: bytes) -> str:
    return parse_leaf(leaf).entry_id.hex()


def _demand_file(row: LogRow) -> None:
    """Raise RegisterError unless the file of this entry is the one that was recorded."""
    with suppress(KeyLost):
        try:
            evidence.evidence_file(row.entry_id)
        except SealBroken:
            raise RegisterError("backup.changed", path=f"{EVIDENCE}/{row.entry_id}") from None


def _own_note(note: str, origin: str) -> str:
    """A checkpoint without what its witnesses added."""
    text, _, lines = note.partition("\n\n")
    own = [each for each in lines.splitlines() if each.split(" ")[1:2] == [origin]]
    return "\n".join([text, "", *own, ""])


def _put_beside(lines: Sequence[str], path: str, size: int) -> None:
    """The tables that are kept beside the log; what is here already stays. A backup that was killed has them as they
    were later than what it holds of the log: what hangs on an entry after that size is passed by, for of that entry
    perhaps only the leaf comes back."""
    try:
        sent = [each for each in map(json.loads, lines) if "entries" in each]
        models = [each for each in lines if '"model"' in each and "entries" not in json.loads(each)]
        for each in serializers.deserialize("jsonl", "\n".join(models)):
            is_later = isinstance(each.object, CosignatureRow) and each.object.size > size
            if isinstance(each.object, KEPT_BESIDE) and not is_later:
                _put_row(each.object)
    except (ValueError, TypeError, serializers.base.DeserializationError):
        raise RegisterError("backup.changed", path=path) from None
    for form in sent:
        rows = LogRow.objects.filter(entry_id__in=form["entries"]).order_by("ticket")
        tickets = list(rows.values_list("ticket", flat=True))
        if len(tickets) == len(form["entries"]):
            row = SentForm(account=form["account"], send_id=form["send_id"], tickets=tickets)
            SentForm.objects.bulk_create([row], ignore_conflicts=True)


def _put_row(row: models.Model) -> None:
    manager = type(row)._default_manager
    if isinstance(row, ShownStreamRow) and not row.entry_id:  # until migration 0025 it had no other id
        row = ShownStreamRow(entry_id=row.pk, shown=row.shown)
    if isinstance(row, CosignatureRow | WitnessAnswerRow):
        row.pk = None  # the database counts these itself
        same = {each.attname: getattr(row, each.attname) for each in row._meta.concrete_fields if not each.primary_key}
        at = same.pop("recorded")  # a backup writes it in whole milliseconds
        if manager.filter(**same, recorded__range=(at, at + timedelta(milliseconds=1))).exists():
            return
    manager.bulk_create([row], ignore_conflicts=True)


def _still_behind(head: HeadRow) -> int:
    """How many entries were published, if there are fewer even now; 0 otherwise. Raises BehindPublished for another
    past."""
    try:
        memory.demand(head)
    except memory.BehindPublished as error:
        if error.published <= head.size:
            raise
        return error.published
    return 0


def _reopened(at: datetime) -> tuple[Invitation, ...]:
    """What opens the accounts of the managers anew: passwords are in no backup."""
    waiting = Account.objects.filter(role=Role.ACCOUNT_MANAGER.value, ended_at=None).order_by("username")
    found = (accounts.invite_again(each.username, actor=each.actor(), at=at) for each in waiting)
    return tuple(each for each in found if each is not None)


def _bring_wrapped(directory: Path) -> None:
    """The wrapped keys of whoever's own key is here: those of somebody erased stay away."""
    for path in wrapped_of(directory):
        with suppress(KeyLost):
            key_folder().secret(unquote(path.name.removesuffix(".sealed")))
            if not (settings.HABEAS_DATA / WRAPPED / path.name).exists():
                write_file(settings.HABEAS_DATA / WRAPPED, path.name, path.read_bytes(), mode=0o700)
