"""When a statement may be issued: by the receiving authority of the agreement, for days that are over, and only where
the terms say how days are counted and what a day costs."""

from collections.abc import Iterator
from datetime import datetime

from habeas.core.context import Context
from habeas.core.days import day_of
from habeas.core.entries import Actor, Body
from habeas.core.entries.money import StatementIssued
from habeas.core.ledger.due import why_none
from habeas.core.messages import Message


def against_issuing(body: Body, actor: Actor, context: Context, at: datetime) -> Iterator[Message]:
    """Every reason against it."""
    assert isinstance(body, StatementIssued)
    if actor.party != context.receiving:
        yield Message("policy.not_your_agreement", {})
    if not body.from_on < body.until_on <= min(day_of(at, zone) for zone in context.zones):
        yield Message("policy.statement_period", {})
    if reason := why_none(context.agreement.fee, context.agreement.day_count):
        yield reason
