"""Findings: what was done without what it needed, each with its clause and the entries that show it.

Every check returns all it finds. A finding is named by its rule, the case and the day or entry it is
about, so that the same fault is never counted twice.
"""

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from habeas.core.case import Case
from habeas.core.context import Context
from habeas.core.coverage import covers
from habeas.core.custody import ENDS, PRESENCE, contests, effective_acceptances, end, in_time_order
from habeas.core.days import day_of
from habeas.core.entries import Entry
from habeas.core.entries.custody import Admitted, Arrived, ArrivedUnannounced, Corrected, Departed, ReturnDue
from habeas.core.entries.procedure import Decided
from habeas.core.messages import Message
from habeas.core.orders import StayOrder
from habeas.core.procedure import TO_DEPART, TO_ENTER, Step, missing_steps
from habeas.core.titles import untitled_days


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One fault. `because` are ids of entries; `subject` is the case; `on` the local day it fell on."""

    rule: str
    clause: str
    subject: str
    on: date
    because: tuple[str, ...]
    message: Message

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What makes it the same finding when it is computed again."""
        which = str(self.message.parameters.get("which", ""))
        return (self.rule, self.subject, self.on.isoformat() if self.rule == "untitled_day" else "", which)


def findings(case: Case, context: Context, at: datetime) -> tuple[Finding, ...]:
    """Everything that is wrong with a case at a moment, each fault once."""
    found = {each.key: each for check in _CHECKS for each in check(case, context, at)}
    return tuple(sorted(found.values(), key=lambda each: (each.on, each.rule, each.key)))


def _untitled(case: Case, context: Context, at: datetime) -> Iterator[Finding]:
    for day in untitled_days(case, context, at):
        yield Finding(
            rule="untitled_day",
            clause="ICCPR art. 9(1); Mandela Rule 7",
            subject=case.id,
            on=day,
            because=(case.entries[0].id,),
            message=Message("finding.untitled_day", {"day": day}),
        )


def _steps_missing(case: Case, context: Context, at: datetime) -> Iterator[Finding]:
    """One finding for each step that the first report to need it did not have."""
    seen: set[Step] = set()
    for entry in in_time_order(case):
        for step in _missing_for(case, context, entry):
            if step not in seen and entry.occurred_at <= at:
                seen.add(step)
                which, report = f"step.{step.value}", f"entry.{entry.kind}"
                clause = "Habeas, promise 3"
                yield _finding(case, context, entry, "step_missing", clause, which=which, report=report)


def _missing_for(case: Case, context: Context, entry: Entry) -> tuple[Step, ...]:
    body = entry.body
    if isinstance(body, Departed):
        needed = TO_DEPART if body.outward else ()
    elif isinstance(body, Arrived):
        needed = TO_DEPART
    else:
        needed = TO_ENTER if isinstance(body, PRESENCE) else ()
    later = isinstance(body, PRESENCE) and not isinstance(body, Admitted | Arrived | ArrivedUnannounced)
    if later and any(each.occurred_at < entry.occurred_at for each in case.all(Admitted)):
        return ()  # a roll entry after book-in asks for nothing new
    return missing_steps(case, needed, _read_moment(entry.occurred_at), context.periods)


def _read_moment(occurred_at: datetime) -> datetime:
    """A moment that was typed to the minute is read as the end of that minute: what the record took seconds
    before is not called missing."""
    if occurred_at.second or occurred_at.microsecond:
        return occurred_at
    return occurred_at + timedelta(seconds=59, microseconds=999_999)


def _stays_breached(case: Case, context: Context, at: datetime) -> Iterator[Finding]:
    for order in context.orders:
        for entry in _outward_acts(case):
            if order.in_force(entry.occurred_at) and covers(order, case, context, entry.occurred_at):
                yield _stay_breach(case, context, entry, order)


def _outward_acts(case: Case) -> Iterator[Entry]:
    """Departures and handovers away from the sending state, accepted or merely reported."""
    accepted = [entry for _, party, entry in effective_acceptances(case) if party == case.receiving]
    for entry in in_time_order(case):
        body = entry.body
        left = isinstance(body, Departed) and body.outward
        unsigned = isinstance(body, Admitted) and not accepted
        if left or unsigned or entry in accepted or isinstance(body, Arrived | ArrivedUnannounced):
            yield entry


def _stay_breach(case: Case, context: Context, entry: Entry, order: StayOrder) -> Finding:
    return _finding(
        case,
        context,
        entry,
        "stay_breached",
        f"{order.court}, {order.reference}",
        which=f"{order.id}:{entry.id}",
        court=order.court,
        reference=order.reference,
        issued_at=order.issued_at,
        report=f"entry.{entry.kind}",
    )


def _contested(case: Case, context: Context, at: datetime) -> Iterator[Finding]:
    for contest in contests(case, context.periods.contested_after):
        if contest.since_at <= at:
            yield Finding(
                rule="contested_custody",
                clause="Habeas, promise 1; ICPPED art. 17",
                subject=case.id,
                on=day_of(contest.since_at, context.zone(case.facility)),
                because=(contest.began_with,),
                message=Message(
                    "finding.contested_custody",
                    {
                        "which": contest.began_with,
                        "since_at": contest.since_at,
                        "one": context.name_of(case.sending),
                        "other": context.name_of(case.receiving),
                    },
                ),
            )


def _held_after_end(case: Case, context: Context, at: datetime) -> Iterator[Finding]:
    ended: Entry | None = None
    for entry in in_time_order(case):
        if isinstance(entry.body, ENDS):
            ended = entry
        elif ended is not None and isinstance(entry.body, PRESENCE) and entry.occurred_at <= at:
            clause, report = "ICPPED art. 21", f"entry.{ended.kind}"
            yield _finding(case, context, entry, "held_after_end", clause, which=ended.id, report=report)
            ended = None


def _overdue(case: Case, context: Context, at: datetime) -> Iterator[Finding]:
    """A date that passed stays passed: neither the return nor a later date that was set afterwards undoes it."""
    ended, dates = end(case), case.all(ReturnDue)
    for due, later in zip(dates, (*dates[1:], None), strict=False):
        due_at = due.body.due_at
        was_moved = later is not None and later.recorded_at < due_at
        if at < due_at or was_moved or (ended is not None and ended.entry.occurred_at <= due_at):
            continue
        until: dict[str, str | datetime] = {}
        if ended is not None and ended.entry.occurred_at <= at:
            until = {"until_at": ended.entry.occurred_at, "report": f"entry.{ended.kind}"}
        said, clause = "return_late" if until else "return_overdue", due.body.because
        found = _finding(case, context, due.entry, said, clause, which=due.id, due_at=due_at, **until)
        yield dataclasses.replace(found, rule="return_overdue")


def _shaken(case: Case, context: Context, at: datetime) -> Iterator[Finding]:
    """A decision stands although what it rested on was corrected afterwards."""
    decision = case.last(Decided)
    if decision is None:
        return
    for each in case.all(Corrected):
        target = case.entry(each.body.entry)
        before = target is not None and target.index < decision.entry.index < each.entry.index
        if before and each.recorded_at <= at:
            yield _finding(
                case,
                context,
                each.entry,
                "corrected_after_decision",
                "Habeas, promise 4",
                which=each.id,
                field=each.body.field_name,
            )


def _finding(
    case: Case, context: Context, entry: Entry, rule: str, clause: str, **parameters: str | datetime
) -> Finding:
    zone = context.zone(case.facility)
    return Finding(
        rule=rule,
        clause=clause,
        subject=case.id,
        on=day_of(entry.occurred_at, zone),
        because=(entry.id,),
        message=Message(f"finding.{rule}", parameters),
    )


_CHECKS = (_untitled, _steps_missing, _stays_breached, _contested, _held_after_end, _overdue, _shaken)
