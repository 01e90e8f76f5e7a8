"""The standing audit: everything that the register holds, against what it has signed.

A proof never looks at the entries behind it, and a page never at the tree: either could be changed and the other would
not tell. So this reads all of it, once, in order, and goes on whatever it meets. A finding names places, ids and keys,
and no value of any entry.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.db.models import OuterRef, Subquery

from habeas.inputs import Unusable
from habeas.register.files import alone_in
from habeas.register.problems import Problem, ProblemList
from habeas.store import columns, memory, projections, proofs, rights, statements, witnessed, wrapped
from habeas.store.append import is_full
from habeas.store.entries_audit import Progress, audit_entries
from habeas.store.models import (
    AuditRow,
    CheckpointRow,
    ConsultationRow,
    CosignatureRow,
    DeskBucket,
    LogRow,
    PendingRow,
    ShownStreamRow,
    WitnessAnswerRow,
)
from habeas.store.records import is_shown

PENDING_MOST = timedelta(seconds=5)
EVERY, LATE_AFTER = timedelta(days=1), timedelta(days=2)
"""How often the register audits itself, and when everybody is told that it did not."""


def kept_audit(at: datetime, progress: Progress = None) -> tuple[Problem, ...]:
    """Audit, and keep how it ended for everybody to see."""
    problems = ProblemList()
    with _going_on("proved", problems):
        witnessed.note_proved()
    size = _audit(at, progress, problems)
    with _going_on("kept", problems):
        found = Counter(each.code for each in problems.all())
        AuditRow.objects.create(at=at, size=size, findings=dict(found))
    return problems.all()


def last_audit(at: datetime) -> AuditRow | None:
    """The last that the register made and that ended by then: of the rows here somebody may have invented any."""
    rows = AuditRow.objects.filter(at__lte=at).order_by("-at", "-id")
    return next((each for each in rows.iterator(chunk_size=8) if each.is_marked), None)


def audit_daily(at: datetime) -> None:
    """Audit if nobody has for a day; whoever comes while another does waits, and then need not."""
    with alone_in(Path(settings.HABEAS_DATA)):
        last = last_audit(at)
        if LogRow.objects.exists() and (last is None or at - last.at >= EVERY):
            kept_audit(at)


def audit(at: datetime, progress: Progress = None) -> tuple[Problem, ...]:
    """Everything that is not as it was recorded, at most a thousand findings of a kind and the number of the others."""
    problems = ProblemList()
    _audit(at, progress, problems)
    return problems.all()


def _audit(at: datetime, progress: Progress, problems: ProblemList) -> int:
    """Add every finding; how many entries there are."""
    size = 0
    with statements.snapshot():
        with _going_on("entries", problems):
            size = audit_entries(progress, problems)
        for part, check in BESIDE.items():
            with _going_on(part, problems):
                check(at, problems)
    with _going_on("memory", problems):
        _remembered(problems)
    return size


@contextmanager
def _going_on(part: str, problems: ProblemList) -> Iterator[None]:
    """What stops one part of the audit is a finding, and the others go on. Raises only where the database is gone."""
    try:
        with transaction.atomic() if connection.in_atomic_block else nullcontext():
            yield
    except Exception as error:
        if not connection.is_usable():
            raise
        is_held_up = is_full(error) or (isinstance(error, OperationalError) and "database is locked" in str(error))
        code = "audit.part_held_up" if is_held_up else "audit.part_unchecked"
        problems.add(code, part=f"audit.part_{part}", error=type(error).__name__)


def _waiting(at: datetime, problems: ProblemList) -> None:
    """What has no place."""
    _count({"audit.pending_late": PendingRow.objects.filter(recorded_at__lt=at - PENDING_MOST).count()}, problems)
    for row in projections.unplaced().only("ticket", "entry_id"):
        problems.add("audit.set_aside", ticket=row.ticket, entry=row.entry_id)


def _keys(at: datetime, problems: ProblemList) -> None:
    """Keys of people of which the monitor has no copy, and a new key that it is to have."""
    keys = wrapped.standing()
    _count({"audit.unwrapped": keys.unwrapped if keys.monitor_has_key else 0}, problems)
    if new := wrapped.announced(at):
        by, until = new.entry.actor, new.in_force_at.date().isoformat()
        problems.add("audit.reading_key_changed", account=by.account, party=by.party, entry=new.entry.id, until=until)


def _models(_at: datetime, problems: ProblemList) -> None:
    """The tables that pages read."""
    unread: set[str] = set()
    rebuilt = projections.rebuilt_rows(unread)
    _differ(projections.differences(rebuilt, unread), problems)
    for stream in sorted(unread):
        problems.add("audit.models_unchecked", stream=stream)
    for person, cases in projections.several_open(rebuilt).items():
        problems.add("audit.several_open", person=person, cases=", ".join(cases))


def _differ(found: Iterable[projections.Difference], problems: ProblemList) -> None:
    for each in found:
        problems.add(each.code, table=each.table, key=each.key)


def _cosignatures(_at: datetime, problems: ProblemList) -> None:
    """What witnesses cosigned."""
    of_size = CheckpointRow.objects.filter(size=OuterRef("size")).values("note")[:1]
    rows: Any = CosignatureRow.objects.annotate(note=Subquery(of_size))
    for row in statements.each_row(rows, "id"):
        try:
            holds = (row.note and memory.is_cosigned(row, row.note)) or memory.holds(row)
        except Exception:  # nothing that parses, or of no moment
            holds = False
        if not holds:
            problems.add("audit.cosignature_broken", size=row.size, witness=row.witness.partition("+")[0], id=row.id)


def _columns(_at: datetime, problems: ProblemList) -> None:
    """What stands in a column that can't hold it."""
    for table, key, column in columns.broken():
        problems.add("audit.column_broken", table=table, key=key, column=column)


def _marks(_at: datetime, problems: ProblemList) -> None:
    """Rows that the register did not write."""
    models: tuple[Any, ...] = AuditRow, WitnessAnswerRow, DeskBucket, ConsultationRow, ShownStreamRow
    for row in (each for model in models for each in statements.each_row(model.objects.all(), "pk")):
        try:
            is_ours = is_shown(row) if isinstance(row, ShownStreamRow) else row.is_marked
        except Exception:  # a column holds what it can't hold
            is_ours = False
        if not is_ours:
            problems.add("audit.invented_row", table=row._meta.db_table, key=str(row.pk))


def _rights(_at: datetime, problems: ProblemList) -> None:
    """Whether the database refuses what it must."""
    for table in rights.triggers_off():
        problems.add("audit.trigger_off", table=table)
    for name, table in rights.other_triggers():
        problems.add("audit.trigger_other", name=name, table=table)
    for table, column, _ in columns.unguarded():
        problems.add("audit.guard_off", table=table, column=column)
    if connection.vendor == "postgresql" and not settings.HABEAS_DEMO:
        for each in rights.too_many():
            problems.add("audit.right_too_many", right=each)


def _policy(_at: datetime, problems: ProblemList) -> None:
    """Whose cosignatures are enough."""
    try:
        proofs.demand_own_policy()
    except Unusable as error:
        told = {name: str(value) for name, value in error.message.parameters.items()}
        problems.extend([Problem(error.message.code, told)])


BESIDE: Mapping[str, Callable[[datetime, ProblemList], None]] = {
    "waiting": _waiting,
    "keys": _keys,
    "models": _models,
    "chains": lambda _, problems: _differ(projections.differing_chains(), problems),
    "accounts": lambda _, problems: _differ((*projections.other_accounts(), *projections.locked_accounts()), problems),
    "cosignatures": _cosignatures,
    "columns": _columns,
    "marks": _marks,
    "rights": _rights,
    "policy": _policy,
}
"""Each part of the audit beside the entries, by the name that a finding gives it."""


def _remembered(problems: ProblemList) -> None:
    """What the memory says. It goes on while the audit reads as of its beginning, so it is asked after that."""
    _count({"audit.witness_said": memory.said(), "audit.disowned": memory.disowned()}, problems)
    if behind := memory.behind():
        problems.extend([behind.problem])


def _count(counts: Mapping[str, int], problems: ProblemList) -> None:
    problems.extend(Problem(code, {"count": count}) for code, count in counts.items() if count)
