"""Duties with a deadline. A period that protects the person starts at the later of the two times on an
entry, a state's duty at the earlier."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from habeas.core.case import Case
from habeas.core.case_facts import covers
from habeas.core.claims import open_claims, release_due
from habeas.core.compliance import ACKNOWLEDGED_WITHIN, acknowledged, duty_due_at, met_at, runs_for
from habeas.core.context import Context
from habeas.core.custody import contests, end, on_roll, stay_began_at
from habeas.core.entries.custody import ReturnDue
from habeas.core.entries.procedure import Decided
from habeas.core.messages import Message
from habeas.core.orders import StayOrder
from habeas.core.procedure import contest_ends_at, objection_ends_at
from habeas.core.titles import title_ends_at


class Runs(StrEnum):
    """What a clock is: a person's time, or a duty that somebody owes."""

    PERSONS_TIME = "persons_time"
    DUTY = "duty"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """One running period of a case. `owner` is the party that owes the duty; empty for a person's time, and for a
    duty of those who decide outside both executives."""

    duty: Message
    runs: Runs
    owner: str
    starts_at: datetime
    due_at: datetime
    case: str

    def is_late(self, at: datetime) -> bool:
        """Whether a duty was due before this moment and is not met."""
        return self.runs is Runs.DUTY and at >= self.due_at


def clocks(case: Case, context: Context, at: datetime) -> tuple[Clock, ...]:
    """Every clock that runs on this case at a moment, the soonest first; late duties stay until met."""
    found = [
        each
        for check in (_objection, _contest, _handover, _title, _return, _orders, _claims, _confirmation)
        for each in check(case, context, at)
    ]
    return tuple(sorted(found, key=lambda each: (each.due_at, each.duty.code)))


def _clock(case: Case, code: str, *, owner: str, starts_at: datetime, due_at: datetime, **parameters: str) -> Clock:
    return Clock(
        duty=Message(f"clock.{code}", {**parameters}),
        runs=Runs.DUTY if owner else Runs.PERSONS_TIME,
        owner=owner,
        starts_at=starts_at,
        due_at=due_at,
        case=case.id,
    )


def _objection(case: Case, context: Context, at: datetime) -> Iterator[Clock]:
    due = objection_ends_at(case, context.periods)
    if due is not None and at < due and case.last(Decided) is None and end(case) is None:
        yield _clock(case, "objection", owner="", starts_at=due - context.periods.objection, due_at=due)


def _contest(case: Case, context: Context, at: datetime) -> Iterator[Clock]:
    due = contest_ends_at(case, context.periods)
    if due is not None and at < due and end(case) is None:
        yield _clock(case, "contest", owner="", starts_at=due - context.periods.contest, due_at=due)


def _handover(case: Case, context: Context, at: datetime) -> Iterator[Clock]:
    """An arrival that nobody has accepted becomes contested custody."""
    for each in contests(case, context.periods.contested_after):
        if each.until_at is None:
            starts = each.from_at - context.periods.contested_after
            yield _clock(case, "handover_answer", owner=case.receiving, starts_at=starts, due_at=each.from_at)


def _title(case: Case, context: Context, at: datetime) -> Iterator[Clock]:
    code = on_roll(case, at)
    facility = context.facility(code) if code else None
    state = facility.state if facility else context.state_of(case.sending)
    due = title_ends_at(case, state, at) if end(case) is None else None
    if due is not None and at >= due - context.periods.title_warning:
        owner = case.receiving if code else case.sending
        starts = due - context.periods.title_warning
        yield _clock(case, "title_ends", owner=owner, starts_at=starts, due_at=due, state=state)


def _return(case: Case, context: Context, at: datetime) -> Iterator[Clock]:
    due = case.last(ReturnDue)
    if due is not None and end(case) is None:
        starts = min(due.occurred_at, due.recorded_at)
        yield _clock(case, "return", owner=case.sending, starts_at=starts, due_at=due.body.due_at)


def _orders(case: Case, context: Context, at: datetime) -> Iterator[Clock]:
    """That the sending state reads an order, and then does what it says."""
    for order in context.orders:
        if order.in_force(at) and covers(order, case, context, at):
            code = "comply_with_order" if order.is_a_courts else "comply_with_lodged_order"
            by = {"court": order.court, "reference": order.reference}
            due_at = _comply_by(order, case)
            if due_at is not None:
                yield _clock(case, code, owner=case.sending, starts_at=order.issued_at, due_at=due_at, **by)
            if end(case) is None and not acknowledged(order, case):
                since = max(order.recorded_at, case.opening.recorded_at)
                due_at = since + ACKNOWLEDGED_WITHIN
                yield _clock(case, "read_order", owner=case.sending, starts_at=since, due_at=due_at, **by)


def _comply_by(order: StayOrder, case: Case) -> datetime | None:
    """By when something must be done; None when nothing is. A person held abroad against a stay must be brought back as
    the order says; that duty runs at once."""
    if order.forbids:
        held_since = stay_began_at(case)
        return order.issued_at if held_since is not None and held_since >= order.issued_at else None
    return duty_due_at(order, case) if met_at(order, case) is None and runs_for(order, case) else None


def _claims(case: Case, context: Context, at: datetime) -> Iterator[Clock]:
    """A state answers, somebody outside both executives decides, and what was upheld is carried out."""
    for each in open_claims(case):
        starts, periods = each.starts_at, context.periods
        if not each.answers:
            due = starts + periods.claim_answer
            yield _clock(case, "claim_answer", owner=case.sending, starts_at=starts, due_at=due, claim=each.made.id)
        due = starts + periods.claim_decision
        decision = _clock(case, "claim_decision", owner="", starts_at=starts, due_at=due, claim=each.made.id)
        yield replace(decision, runs=Runs.DUTY)
    release = release_due(case)
    if release is not None and release.body.due_at is not None and end(case) is None:
        starts = min(release.occurred_at, release.recorded_at)
        yield _clock(case, "release", owner=case.sending, starts_at=starts, due_at=release.body.due_at)


def _confirmation(case: Case, context: Context, at: datetime) -> Iterator[Clock]:
    """An end by the holder's word waits for somebody else to confirm it."""
    ended = end(case)
    if ended is not None and not ended.confirmed:
        starts = min(ended.entry.occurred_at, ended.entry.recorded_at)
        due = starts + context.periods.contested_after
        yield _clock(case, "confirm_end", owner=case.sending, starts_at=starts, due_at=due)
