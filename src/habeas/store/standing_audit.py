"""The standing audit: everything that the register holds, against what it has signed.

A proof never looks at the entries behind it, and a page never at the tree: either could be changed and the other would
not tell. So this reads all of it, once, in order. A finding names places, ids and keys, and no value of any entry.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db.models import F

from habeas.core.entries import kind_of
from habeas.core.entries.institutions import KeyAdded
from habeas.core.entries.procedure import EvidenceAdded
from habeas.register import assertion
from habeas.register.asserted import Stated, asserted_by
from habeas.register.chain_audit import ChainAudit
from habeas.register.checkpoint import Checkpoint, parse_signed_checkpoint
from habeas.register.fields import disclose
from habeas.register.files import alone_in
from habeas.register.keys import LOG_PARTY, KeyDisclosure
from habeas.register.leaf import parse_leaf
from habeas.register.note import is_signed_by
from habeas.register.problems import Problem, ProblemList, RegisterError
from habeas.register.tree import EMPTY_EDGE, Edge, grow, leaf_hash, root
from habeas.store import evidence, memory, projections, proofs, signing, statements, streams, witnessed, wrapped
from habeas.store.backup import Progress
from habeas.store.keys import KeyDamaged, KeyLost, SealBroken
from habeas.store.models import AuditRow, CheckpointRow, HeadRow, LogRow, NodeRow, PendingRow
from habeas.store.records import LOST, Record, is_committed, key_id, record_of

CHUNK = 2000
PENDING_MOST = timedelta(seconds=5)
EVERY, LATE_AFTER = timedelta(days=1), timedelta(days=2)
"""How often the register audits itself, and when everybody is told that it did not."""


def kept_audit(at: datetime, progress: Progress = None) -> tuple[Problem, ...]:
    """Audit, and keep how it ended for everybody to see."""
    witnessed.note_proved()
    found, size = audit(at, progress), HeadRow.objects.get().size
    AuditRow.objects.create(at=at, size=size, findings=dict(Counter(each.code for each in found)))
    return found


def last_audit() -> AuditRow | None:
    return AuditRow.objects.order_by("-at", "-id").first()


def audit_daily(at: datetime) -> None:
    """Audit if nobody has for a day; whoever comes while another does waits, and then need not."""
    with alone_in(Path(settings.HABEAS_DATA)):
        last = last_audit()
        if HeadRow.objects.exists() and (last is None or at - last.at >= EVERY):
            kept_audit(at)


def audit(at: datetime, progress: Progress = None) -> tuple[Problem, ...]:
    """Everything that is not as it was recorded, at most a thousand findings and the number of the others."""
    problems = ProblemList()
    with statements.snapshot():
        _audit(at, progress, problems)
    _remembered(problems)
    return problems.all()


def _audit(at: datetime, progress: Progress, problems: ProblemList) -> None:
    head = HeadRow.objects.get()
    chains = ChainAudit(head.origin, proofs.first_log_key(), _introductions(problems), problems)
    checkpoints = _Checkpoints(head.origin, chains, problems)
    nodes = {(each.level, each.index): bytes(each.hash) for each in NodeRow.objects.iterator(chunk_size=CHUNK)}
    edge, erased = EMPTY_EDGE, streams.erased()
    rows = LogRow.objects.annotate(index=F("place__index"), placed=F("place__leaf_hash")).filter(index__gte=0)
    for row in rows.order_by("index").iterator(chunk_size=CHUNK):
        index, leaf = row.index, bytes(row.leaf)
        hashed = leaf_hash(leaf)
        if index != edge.size:
            problems.add("audit.place_missing", index=edge.size)
            continue  # from here on nothing would be where it was, and this is said once
        if not hashed == bytes(row.leaf_hash) == bytes(row.placed):
            problems.add("audit.leaf_changed", index=index)
        chains.add(index, leaf, hashed)
        edge, finished = grow(edge, [hashed])
        for node in finished:
            if nodes.pop((node.level, node.index), b"") != node.hash:
                problems.add("audit.node_changed", level=node.level, index=node.index)
        checkpoints.reach(edge)
        if row.stream not in erased:
            _content(row, index, problems)
        if progress is not None:
            progress(edge.size, head.size)
    chains.finish()
    checkpoints.finish(edge)
    if (edge.size, b"".join(edge.hashes)) != (head.size, bytes(head.edge)):
        problems.add("audit.head_differs", size=edge.size, head=head.size)
    if nodes:
        problems.add("audit.nodes_extra", count=len(nodes))
    _beside(at, problems)


def _introductions(problems: ProblemList) -> list[KeyDisclosure]:
    """Those entries that introduce keys and can be opened."""
    found = []
    rows = LogRow.objects.filter(kind=kind_of(KeyAdded), place__index__gte=0).annotate(index=F("place__index"))
    for row in rows.order_by("index"):
        try:
            found.append(KeyDisclosure(row.index, proofs.all_of(row)))
        except (KeyLost, KeyDamaged, SealBroken):
            problems.add("audit.introduction_unreadable", index=row.index)
    return found


class _Checkpoints:
    """The stored checkpoints, each derived again when the tree has its size."""

    def __init__(self, origin: str, chains: ChainAudit, problems: ProblemList) -> None:
        self._origin, self._chains, self._problems = origin, chains, problems
        rows = CheckpointRow.objects.order_by("size")
        self._waiting: Iterator[CheckpointRow] = rows.iterator(chunk_size=CHUNK)
        self._next = next(self._waiting, None)

    def reach(self, edge: Edge) -> None:
        """Check the one that ends here, if there is one."""
        while self._next is not None and self._next.size <= edge.size:
            if self._next.size < edge.size or not self._holds(self._next, edge):
                self._problems.add("audit.checkpoint_changed", size=self._next.size)
            self._next = next(self._waiting, None)

    def finish(self, edge: Edge) -> None:
        """Say which ends after the last entry, and that the last entry has one."""
        if self._next is not None:
            last = max((each.size for each in self._waiting), default=self._next.size)
            self._problems.add("audit.checkpoint_beyond", size=last, last=edge.size)
        if not CheckpointRow.objects.filter(size=edge.size).exists():
            self._problems.add("audit.checkpoint_missing", size=edge.size)

    def _holds(self, row: CheckpointRow, edge: Edge) -> bool:
        try:
            signed = parse_signed_checkpoint(row.note.encode("utf-8"))
            keys = (each.verifier for each in self._chains.allowed.values() if each.party == LOG_PARTY)
            is_ours = any(is_signed_by(signed.note, key) for key in keys)
        except RegisterError:
            return False
        return is_ours and signed.checkpoint == Checkpoint(self._origin, edge.size, root(edge))


def _content(row: LogRow, index: int, problems: ProblemList) -> None:
    """What stands behind a leaf: it opens, it is what the leaf commits to, its file is the one that was added, and
    whoever signed it themselves signed this."""
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
    except (SealBroken, RegisterError, ValueError):
        problems.add("audit.content_changed", **named)
        return
    body = record.entry.body
    if isinstance(body, EvidenceAdded) and body.sha256 is not None:
        try:
            there = evidence.evidence_file(row.entry_id) is not None
        except SealBroken:
            there = False
        if not there:
            problems.add("audit.file_changed", **named)


def _asserted(row: LogRow, index: int, record: Record, key: str, problems: ProblemList) -> None:
    about = [each.id for each in signing.about_key(row.party, key)]
    rows = LogRow.objects.filter(entry_id__in=about, place__index__gte=0).annotate(index=F("place__index"))
    given = [Stated(each.index, each.party, proofs.all_of(each)) for each in rows.order_by("index")]
    entry = Stated(index, row.party, disclose(record.fields, [each.path for each in record.fields]))
    try:
        asserted_by(entry, parse_leaf(bytes(row.leaf)), given)
    except RegisterError as error:
        problems.add("audit.assertion_broken", entry=row.entry_id)
        problems.extend([error.problem])


def _beside(at: datetime, problems: ProblemList) -> None:
    """What has no place: entries that wait too long, pages' tables, keys of the monitor."""
    late = PendingRow.objects.filter(recorded_at__lt=at - PENDING_MOST).count()
    for row in projections.unplaced().only("ticket", "entry_id").iterator(chunk_size=CHUNK):
        problems.add("audit.set_aside", ticket=row.ticket, entry=row.entry_id)
    keys = wrapped.standing()
    counts = {"audit.pending_late": late, "audit.unwrapped": keys.unwrapped if keys.monitor_has_key else 0}
    _count(counts, problems)
    if new := wrapped.announced(at):
        by, until = new.entry.actor, new.in_force_at.date().isoformat()
        problems.add("audit.reading_key_changed", account=by.account, party=by.party, entry=new.entry.id, until=until)
    try:
        for each in projections.differences():
            problems.add(each.code, table=each.table, key=each.key)
    except (KeyLost, KeyDamaged, SealBroken, ValueError):  # the last: a stream lacks an entry
        problems.add("audit.models_unchecked")


def _remembered(problems: ProblemList) -> None:
    """What the memory says. It goes on while the audit reads as of its beginning, so it is asked after that."""
    _count({"audit.witness_said": memory.said(), "audit.disowned": memory.disowned()}, problems)
    if behind := memory.behind():
        problems.extend([behind.problem])


def _count(counts: Mapping[str, int], problems: ProblemList) -> None:
    problems.extend(Problem(code, {"count": count}) for code, count in counts.items() if count)
