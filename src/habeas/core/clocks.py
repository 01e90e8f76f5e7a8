"""Every clock that runs on a case: those that law and terms state as data (`core.duties`), and those that follow from
more than entries: an unanswered handover, the end of a title, the orders of courts."""

from collections.abc import Iterator
from datetime import datetime

from habeas.core.case import Case
from habeas.core.case_facts import covers
from habeas.core.compliance import ACKNOWLEDGED_WITHIN, acknowledged, duty_due_at, met_at, runs_for
from habeas.core.context import Context
from habeas.core.custody import contests, end, on_roll, stay_began_at
from habeas.core.duties import Clock, Runs, stated
from habeas.core.messages import Message
from habeas.core.orders import StayOrder
from habeas.core.residue import erased
from habeas.core.titles import title_ends_at


def clocks(case: Case, context: Context, at: datetime) -> tuple[Clock, ...]:
    """Every clock that runs on this case at a moment, the soonest first; late duties stay until met."""
    if erased(case) is not None:
        return ()
    found = [each for check in (_stated, _handover, _title, _orders) for each in check(case, context, at)]
    return tuple(sorted(found, key=lambda each: (each.due_at, each.duty.code)))


def _clock(case: Case, code: str, *, owner: str, starts_at: datetime, due_at: datetime, **parameters: str) -> Clock:
    return Clock(
        duty=Message(f"clock.{code}", {**parameters}),
        runs=Runs.DUTY,
        owner=owner,
        starts_at=starts_at,
        due_at=due_at,
        case=case.id,
    )


def _stated(case: Case, context: Context, at: datetime) -> Iterator[Clock]:
    """A person's time runs out; a duty runs until it is met."""
    for each in stated(case, context, at):
        if each.met_at is None and (at < each.due_at or each.runs is Runs.DUTY):
            yield each


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
