"""When an order that was lodged may be confirmed, rejected or linked, and when a state may answer to one."""

from collections.abc import Iterator

from habeas.core.case import Case
from habeas.core.compliance import concerns
from habeas.core.context import Context
from habeas.core.entries import Actor, Body
from habeas.core.entries.institutions import PartyKind
from habeas.core.entries.orders import OrderLinked
from habeas.core.messages import Message
from habeas.core.orders import OrderStanding, StayOrder


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
