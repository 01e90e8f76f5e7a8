"""What became of an order for one person: where they were and who had them, what was done against it, and each step
to comply; and what speaks against an answer to an order that was lodged, or to one that is complied with."""

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from habeas.core.case import Case, as_done_by, kept
from habeas.core.case_facts import covers
from habeas.core.context import Context
from habeas.core.custody import ENDS, custody, departures, effective_acceptances, end, has_left, in_time_order, on_roll
from habeas.core.days import read_to_its_end
from habeas.core.entries import Actor, Body, Entry
from habeas.core.entries import custody as held
from habeas.core.entries.institutions import OrderSort, PartyKind
from habeas.core.entries.orders import ComplianceStepReported, OrderAcknowledged, OrderLinked
from habeas.core.messages import Message
from habeas.core.orders import OrderStanding, StayOrder

ACKNOWLEDGED_WITHIN = timedelta(hours=1)
"""Our own: whoever holds a person under an order reads it while an aircraft can still be turned back."""

_LEFT = (held.Departed, held.DepartedUnproposed, held.Escaped, held.AbsenceBegan, held.ReturnDue)
_HANDED = (held.HandoverOffered, held.HandoverAccepted, held.HandoverRefused)
_CAME = (held.Arrived, held.ArrivedUnannounced, held.Admitted, held.Moved)
MOVEMENTS = (*_LEFT, *_HANDED, *_CAME, *ENDS)


class Where(StrEnum):
    """Where a person was, as far as the record can tell."""

    NOT_ON_RECORD = "not_on_record"
    NOT_LEFT = "not_left"  # with the sending state
    ON_THE_WAY = "on_the_way"
    IN_FACILITY = "in_facility"
    ABROAD = "abroad"  # handed over, and on no roll
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Whereabouts:
    """Where the person was at a moment and which party answered for them then. `ended` is the kind of entry with which
    the case had ended."""

    at: datetime
    where: Where
    answers: str = ""
    facility: str = ""
    ended: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderStep:
    """One thing that was done after an order was given. `breach`: against it."""

    entry: Entry
    breach: bool


def whereabouts(case: Case, context: Context, at: datetime) -> Whereabouts:
    """Where the person was at a moment, by all that is on record now."""
    opening = case.entries[0]
    happened = tuple(each for each in case.entries if each is opening or each.occurred_at <= read_to_its_end(at))
    then = dataclasses.replace(case, entries=happened)
    ended, now = end(then), custody(then, at, context.periods.contested_after)
    if opening.occurred_at > at:
        return Whereabouts(at=at, where=Where.NOT_ON_RECORD)
    if ended is not None:
        return Whereabouts(at=at, where=Where.ENDED, ended=ended.kind)
    answers, facility = now.answers if now else "", on_roll(then, at) or ""
    if facility:
        where = Where.IN_FACILITY
    elif not has_left(then):
        where = Where.NOT_LEFT
    else:
        where = Where.ON_THE_WAY if answers == case.sending else Where.ABROAD
    return Whereabouts(at=at, where=where, answers=answers, facility=facility)


def concerns(order: StayOrder, case: Case, context: Context) -> bool:
    """Whether the order ever bound for this person: it covers the case, which was open while it was in force. Of a name
    that was taken for theirs before it was linked to others, what was done until then stays."""
    ended, at = end(case), order.issued_at
    is_over = ended is not None and ended.entry.occurred_at <= at
    came_after = order.ended_at is not None and case.opening.occurred_at >= order.ended_at
    return not is_over and not came_after and covers(order, case, context, at)


def breaches(order: StayOrder, case: Case, context: Context) -> Iterator[Entry]:
    """Every outward act against a stay. Who is in a class is judged by what was known at the act: no fact shown
    afterwards undoes a breach."""
    for entry in outward_acts(case) if order.forbids else ():
        moment = entry.occurred_at
        if order.in_force(moment) and covers(order, as_done_by(case, read_to_its_end(moment)), context, moment):
            yield entry


@kept
def outward_acts(case: Case) -> tuple[Entry, ...]:
    """Departures and handovers away from the sending state, accepted or merely reported."""
    accepted = [entry for _, party, entry in effective_acceptances(case) if party == case.receiving]
    arrived = (held.Arrived, held.ArrivedUnannounced, *(() if accepted else (held.Admitted,)))
    moved = {each.id for each in (*departures(case), *accepted)}
    return tuple(each for each in in_time_order(case) if each.id in moved or isinstance(each.body, arrived))


def steps(order: StayOrder, case: Case, context: Context) -> tuple[OrderStep, ...]:
    """Everything that was done with the person since the order was given, in the order of time."""
    against = {each.id for each in breaches(order, case, context)}
    return tuple(
        OrderStep(entry=each, breach=each.id in against)
        for each in in_time_order(case)
        if _is_of(order, each) or (isinstance(each.body, MOVEMENTS) and each.occurred_at >= order.issued_at)
    )


def _is_of(order: StayOrder, entry: Entry) -> bool:
    return isinstance(entry.body, OrderAcknowledged | ComplianceStepReported) and entry.body.order == order.id


def seen_by(order: StayOrder, case: Case) -> tuple[Entry, ...]:
    """Who said that they had read it, the first of each account, in register order."""
    read = [each.entry for each in case.all(OrderAcknowledged) if each.body.order == order.id]
    return tuple({each.actor.account: each for each in reversed(read)}.values())[::-1]


def acknowledged(order: StayOrder, case: Case) -> bool:
    """Whether the sending state has said that it read the order."""
    return any(each.actor.party == case.sending for each in seen_by(order, case))


def met_at(order: StayOrder, case: Case) -> datetime | None:
    """When what the order demands was first done; None while it was not. A stay is met by doing nothing."""
    done = (each.occurred_at for each in in_time_order(case) if _meets(order, each) and _since(order, each))
    return next(done, None)


def _since(order: StayOrder, entry: Entry) -> bool:
    return entry.occurred_at >= order.issued_at


def _meets(order: StayOrder, entry: Entry) -> bool:
    if order.sort is OrderSort.OTHER:
        return isinstance(entry.body, ComplianceStepReported) and entry.body.order == order.id
    if order.sort is OrderSort.PRODUCE and isinstance(entry.body, held.AbsenceBegan):
        return entry.body.absence is held.Absence.COURT
    return isinstance(entry.body, _MET_BY.get(order.sort, ()))


_MET_BY: dict[OrderSort, tuple[type, ...]] = {
    OrderSort.RETURN: (held.Returned, held.Released),
    OrderSort.RELEASE: (held.Released,),
    OrderSort.PRODUCE: (held.Returned, held.Released),
}


def duty_due_at(order: StayOrder, case: Case) -> datetime | None:
    """By when the sending state must have done what an order demands of it: at once, when the order names no day.
    None for a stay."""
    return None if order.forbids else order.due_at or max(order.issued_at, case.opening.occurred_at)


def runs_for(order: StayOrder, case: Case) -> bool:
    """Whether what an order demands can still be done: nobody returns who never left, and nobody the dead. Whoever was
    transferred on to another state can still be brought back."""
    ended = end(case)
    if ended is not None and not isinstance(ended.entry.body, held.TransferredOn):
        return False
    return order.sort is not OrderSort.RETURN or has_left(case)


# --- what speaks against an act -------------------------------------------------------------------------------


def against_answering(body: Body, actor: Actor, context: Context) -> Iterator[Message]:
    """Neither state has a say in whether an order that was lodged stands, or whom it means; that it stands or falls is
    said once."""
    party, order = context.parties.get(actor.party), _named(body, context)
    if party is None or party.kind is not PartyKind.NEITHER_EXECUTIVE:
        yield Message("policy.neither_executive", {})
    if isinstance(body, OrderLinked):
        if order is None or not order.people:
            yield Message("policy.order_names_nobody", {})
    elif order is None or order.standing is not OrderStanding.LODGED:
        yield Message("policy.order_answered", {})


def against_complying(body: Body, case: Case, context: Context) -> Iterator[Message]:
    """A state can only have read, or comply with, an order that concerns the person."""
    order = _named(body, context)
    if order is None or not concerns(order, case, context):
        yield Message("policy.order_not_of_case", {})


def _named(body: Body, context: Context) -> StayOrder | None:
    named = str(getattr(body, "order", ""))
    return next((each for each in context.orders if each.id == named), None)
