"""The standing audit's way through the entries, once, in their order: each leaf against the tree and the checkpoints,
and what stands behind it.

It goes on whatever it meets. After a place that is missing nobody can say what the tree was, so from there on only
those parts of it are compared that begin later.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from django.db.models import F

from habeas.core.entries import kind_of
from habeas.core.entries.institutions import KeyAdded
from habeas.core.entries.procedure import EvidenceAdded
from habeas.core.visibility import SIGNED_BY_THE_LOG
from habeas.register import assertion
from habeas.register.asserted import Stated, asserted_by
from habeas.register.chain_audit import ChainAudit
from habeas.register.checkpoint import Checkpoint, parse_signed_checkpoint
from habeas.register.fields import disclose
from habeas.register.keys import LOG_PARTY, Key, KeyDisclosure
from habeas.register.leaf import parse_leaf
from habeas.register.note import is_signed_by
from habeas.register.problems import ProblemList, RegisterError
from habeas.register.tiles import TILE_WIDTH
from habeas.register.tree import EMPTY_EDGE, HASH_LENGTH, Edge, grow, leaf_hash, root
from habeas.store import evidence, proofs, signing, streams
from habeas.store.keys import KeyDamaged, KeyLost, SealBroken
from habeas.store.models import CheckpointRow, HeadRow, LogRow, NodeRow, PlaceRow
from habeas.store.records import LOST, Record, all_of, is_committed, key_id, record_of
from habeas.store.statements import ROWS_TOGETHER, each_row

Found = TypeVar("Found")
LAST = 2**63 - 1
Progress = Callable[[int, int], None] | None


def audit_entries(progress: Progress, problems: ProblemList) -> int:
    """Add to the problems what is not as it was recorded; where the entries end."""
    heads = list(HeadRow.objects.defer("recorded_at"))
    if len(heads) != 1:
        problems.add("audit.heads", count=len(heads))
    log_key = _told(proofs.first_log_key, problems, "audit.log_key_lost")
    erased = _told(streams.erased, problems, "audit.erasures_unreadable") or {}
    head = next(iter(heads), None)
    origin = log_key.name if log_key else head.origin if head else ""
    if head and head.origin != origin:
        problems.add("audit.head_origin", found=head.origin, origin=origin)
    chains = ChainAudit(origin, log_key, _introductions(problems), problems)
    tree, count = _Tree(origin, chains, problems), PlaceRow.objects.count()
    for row in each_row(_placed(), "index"):
        try:
            tree.add(row)
            if row.stream not in erased:
                _content(row, row.index, chains.allowed, problems)
        except Exception:  # whatever is wrong with one row, the others are read
            problems.add("audit.row_unreadable", index=row.index, ticket=row.ticket)
        tree.pass_over(row.index)
        if progress is not None:
            progress(tree.edge.size, count)
    chains.finish()
    tree.finish(head)
    return tree.edge.size


def _placed() -> Any:
    """The entries with their places: numbers, though SQLite takes anything for one."""
    rows = LogRow.objects.filter(place__index__lte=LAST)
    return rows.annotate(index=F("place__index"), placed=F("place__leaf_hash"))


def _told(read: Callable[[], Found], problems: ProblemList, code: str, **where: int) -> Found | None:
    """What is read, or a finding."""
    try:
        return read()
    except Exception:  # whatever is wrong with it, the rest is read
        problems.add(code, **where)
        return None


def _introductions(problems: ProblemList) -> list[KeyDisclosure]:
    """Those entries that introduce keys and can be opened."""
    rows = list(each_row(_placed().filter(kind=kind_of(KeyAdded)), "index"))
    read = ((row, partial(all_of, row)) for row in rows)
    told = ((row.index, _told(each, problems, "audit.introduction_unreadable", index=row.index)) for row, each in read)
    return [KeyDisclosure(index, disclosure) for index, disclosure in told if disclosure]


class _Tree:
    """The tree as it grows out of the entries, and what is stored of it: nodes, checkpoints and where it ends."""

    def __init__(self, origin: str, chains: ChainAudit, problems: ProblemList) -> None:
        self.edge = EMPTY_EDGE
        self._known_from = 0  # the first place from which on the leaves are known
        self._last_at: datetime | None = None
        self._chains, self._problems = chains, problems
        self._checkpoints = _Checkpoints(origin, chains, problems)
        nodes = NodeRow.objects.iterator(chunk_size=ROWS_TOGETHER)
        self._nodes = {(each.level, each.index): each.hash for each in nodes}

    def add(self, row: Any) -> None:
        """The next entry. The tree grows by the leaf if its key has signed it, otherwise by what has its place."""
        index, leaf, placed = row.index, raw(row.leaf), raw(row.placed)
        if index < 0:
            self._problems.add("audit.place_wrong", index=index, ticket=row.ticket)
        elif index > self.edge.size:
            self._problems.add("audit.place_missing", index=self.edge.size, count=index - self.edge.size)
            self.pass_over(index - 1)
        hashed = leaf_hash(leaf)
        is_signed = self._chains.add(index, leaf, hashed)
        if not hashed == raw(row.leaf_hash) == placed:
            self._problems.add("audit.leaf_changed", index=index)
        if index < 0:
            return
        self.edge, finished = grow(self.edge, [hashed if is_signed else placed])
        for node in finished:
            stored = self._nodes.pop((node.level, node.index), b"")
            if node.index * TILE_WIDTH**node.level >= self._known_from and raw(stored) != node.hash:
                self._problems.add("audit.node_changed", level=node.level, index=node.index)
        self._checkpoints.reach(self.edge, self._known_from)
        self._last_at = max(self._last_at or row.recorded_at, row.recorded_at)

    def pass_over(self, index: int) -> None:
        """Go on after this place, if it was not reached: what was there nobody knows."""
        if index >= self.edge.size:
            self._known_from = index + 1
            self.edge = Edge(index + 1, (bytes(HASH_LENGTH),) * (index + 1).bit_count())

    def finish(self, head: HeadRow | None) -> None:
        self._checkpoints.finish(self.edge)
        if head is not None:
            if head.size != self.edge.size or (not self._known_from and raw(head.edge) != b"".join(self.edge.hashes)):
                self._problems.add("audit.head_differs", size=self.edge.size, head=head.size)
            at = _told(lambda: head.recorded_at, self._problems, "audit.head_moment")
            if self._last_at not in (None, at):
                self._problems.add("audit.head_moment")
        if extra := [each for each in self._nodes if not self._may_be(*each)]:
            self._problems.add("audit.nodes_extra", count=len(extra))

    def _may_be(self, level: int, index: int) -> bool:
        """Whether this node may be right, and can't be compared: a leaf below it is not known."""
        return self._known_from > 0 < level < 8 and 0 < (index + 1) * TILE_WIDTH**level <= self.edge.size


class _Checkpoints:
    """The stored checkpoints, each derived again when the tree has its size."""

    def __init__(self, origin: str, chains: ChainAudit, problems: ProblemList) -> None:
        self._origin, self._chains, self._problems = origin, chains, problems
        rows = CheckpointRow.objects.order_by("size")
        self._waiting: Iterator[CheckpointRow] = rows.iterator(chunk_size=ROWS_TOGETHER)
        self._next = next(self._waiting, None)
        self._held = 0  # the greatest size of which one held

    def reach(self, edge: Edge, known_from: int) -> None:
        """Check the one that ends here, if there is one; its root only where all that is below it is known."""
        while self._next is not None and isinstance(self._next.size, int) and self._next.size <= edge.size:
            between = self._next.size < edge.size
            if (between and not known_from) or not self._holds(self._next, None if known_from else root(edge)):
                self._problems.add("audit.checkpoint_changed", size=self._next.size)
            else:
                self._held = self._next.size
            self._next = next(self._waiting, None)

    def finish(self, edge: Edge) -> None:
        """Say which ends after the last entry, and that the last entry has one."""
        for row in (self._next, *self._waiting) if self._next is not None else ():
            code = "audit.checkpoint_beyond" if self._holds(row, None) else "audit.checkpoint_changed"
            self._problems.add(code, size=row.size, **{"last": edge.size} if "beyond" in code else {})
        if self._held < edge.size:
            self._problems.add("audit.checkpoint_missing", size=edge.size)

    def _holds(self, row: CheckpointRow, known: bytes | None) -> bool:
        """Whether a key of the log signed it, and it says what it must."""
        try:
            signed = parse_signed_checkpoint(row.note.encode("utf-8"))
            keys = (each.verifier for each in self._chains.allowed.values() if each.party == LOG_PARTY)
            is_ours = any(is_signed_by(signed.note, key) for key in keys)
        except (RegisterError, AttributeError):  # the latter: SQLite takes bytes for a text
            return False
        return is_ours and signed.checkpoint == Checkpoint(self._origin, row.size, known or signed.checkpoint.root)


def _content(row: LogRow, index: int, signers: Mapping[bytes, Key], problems: ProblemList) -> None:
    """What stands behind a leaf: it opens, it is what the leaf commits to, the key that signed it is its party's, its
    file is the one that was added, and whoever signed it themselves signed this."""
    named = {"entry": row.entry_id, "key": key_id(row.stream, row.subject)}
    if row.kind == LOST:
        problems.add("audit.content_lost", entry=row.entry_id)
        return
    try:
        record = record_of(row)
        if not is_committed(record, bytes(row.leaf)):
            raise SealBroken(row.entry_id)
        signed = next((each.value for each in record.fields if each.path == assertion.PATH), None)
        if isinstance(signed, dict):
            _asserted(row, index, record, str(signed.get("key")), problems)
    except (KeyLost, KeyDamaged):
        problems.add("audit.key_lost", **named)
        return
    except Exception:  # whatever does not open, or not as it was written
        problems.add("audit.content_changed", **named)
        return
    body, signer = record.entry.body, signers.get(parse_leaf(bytes(row.leaf)).key)
    party = LOG_PARTY if isinstance(body, (KeyAdded, *SIGNED_BY_THE_LOG)) else row.party
    if signer is not None and signer.party != party:
        problems.add("audit.signed_for_other", entry=row.entry_id, party=row.party, key=signer.party)
    if isinstance(body, EvidenceAdded) and body.sha256 is not None:
        try:
            there = evidence.evidence_file(row.entry_id) is not None
        except (KeyLost, KeyDamaged, SealBroken):
            there = False
        if not there:
            problems.add("audit.file_changed", **named)


def _asserted(row: LogRow, index: int, record: Record, key: str, problems: ProblemList) -> None:
    try:
        about = [each.id for each in signing.about_key(row.party, key)]
        rows = _placed().filter(entry_id__in=about).order_by("index")
        given = [Stated(each.index, each.party, all_of(each)) for each in rows]
    except (KeyLost, KeyDamaged, SealBroken):
        problems.add("audit.assertion_unchecked", entry=row.entry_id)
        return
    entry = Stated(index, row.party, disclose(record.fields, [each.path for each in record.fields]))
    try:
        asserted_by(entry, parse_leaf(bytes(row.leaf)), given)
    except RegisterError as error:
        problems.add("audit.assertion_broken", entry=row.entry_id)
        problems.extend([error.problem])


def raw(value: object) -> bytes:
    """The bytes of a column; none where something else stands: SQLite takes anything."""
    return bytes(value) if isinstance(value, bytes | memoryview) else b""
