"""A statement: what the record supported for a period at a moment. The system works it out; whoever issues it
only issues it. Once issued it never changes: what is recorded later becomes a credit, day by day.

A statement holds no lines, only their digest: the same entries, read as known at its moment, give the same lines.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from itertools import chain

from habeas.core.case import Case
from habeas.core.context import Context
from habeas.core.days import day_of
from habeas.core.entries import Actor, Body
from habeas.core.entries.money import StatementIssued
from habeas.core.ledger.conventions import Convention
from habeas.core.ledger.due import Due, why_none, worked_out
from habeas.core.ledger.money import Money
from habeas.core.ledger.person_days import Days, PersonDay, Reason, State, counted_by
from habeas.core.messages import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """The person-days of a period by one convention, as known at a moment, and what they come to. Without `due`,
    `why_none` says why nothing is."""

    period: Days
    convention: Convention
    known_at: datetime
    days: tuple[PersonDay, ...]
    due: Due | None
    why_none: Message | None

    def count(self, state: State) -> int:
        """Person-days in a state. Days that the convention does not count are none."""
        return sum(each.state is state and not each.is_outside for each in self.days)

    @property
    def digest(self) -> str:
        """SHA-256, in hex, of every day with its state and reason."""
        lines = [[each.case, each.day.isoformat(), each.state.value, each.reason.value] for each in self.days]
        text = json.dumps(sorted(lines), ensure_ascii=False, separators=(",", ":"))
        return sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A day that is another now than when the statement was issued. None: it was, or is, no day on a roll."""

    case: str
    day: date
    before: Reason | None
    after: Reason | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    """What a statement would be less by, read again. A negative amount is still to be asked for."""

    changes: tuple[Change, ...]
    amount: Money | None


def side_by_side(
    cases: Iterable[Case], context: Context, period: Days, conventions: Sequence[Convention], known_at: datetime
) -> tuple[Statement, ...]:
    """The statement of a period by each of several conventions, from one reading of the record."""
    counted = [counted_by(case, context, period, conventions, known_at) for case in cases]
    return tuple(
        statement_of(
            tuple(chain.from_iterable(each[number] for each in counted)), context, period, convention, known_at
        )
        for number, convention in enumerate(conventions)
    )


def statement_of(
    days: tuple[PersonDay, ...], context: Context, period: Days, convention: Convention, known_at: datetime
) -> Statement:
    """What these days come to. An amount is due only by the convention that the terms state."""
    terms = context.agreement
    reason = why_none(terms.fee, terms.day_count)
    if reason is None and terms.day_count and terms.day_count.convention != convention:
        reason = Message("due.other_convention", {"convention": f"convention.{terms.day_count.convention.name}"})
    due = worked_out(terms.fee, days, period) if terms.fee and reason is None else None
    return Statement(period=period, convention=convention, known_at=known_at, days=days, due=due, why_none=reason)


def credit(issued: Statement, now: Statement) -> Credit:
    """The difference, day by day, between a statement as issued and the same one read again."""
    before, after = ({(each.case, each.day): each.reason for each in one.days} for one in (issued, now))
    changes = [
        Change(case=case, day=day, before=before.get((case, day)), after=after.get((case, day)))
        for case, day in sorted({*before, *after})
        if before.get((case, day)) is not after.get((case, day))
    ]
    amount = issued.due.amount.minus(now.due.amount) if issued.due and now.due else None
    return Credit(changes=tuple(changes), amount=amount)


def against_issuing(body: Body, actor: Actor, context: Context, at: datetime) -> Iterator[Message]:
    """A statement is issued by the receiving authority of the agreement, for days that are over, and only where the
    terms say how days are counted and what a day costs."""
    assert isinstance(body, StatementIssued)
    if actor.party != context.receiving:
        yield Message("policy.not_your_agreement", {})
    if not body.from_on < body.until_on <= min(day_of(at, zone) for zone in context.zones):
        yield Message("policy.statement_period", {})
    if reason := why_none(context.agreement.fee, context.agreement.day_count):
        yield reason
