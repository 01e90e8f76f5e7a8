"""The ledger over the whole register: statements worked out from every case of an agreement, and those issued."""

import dataclasses
from collections.abc import Iterator, Sequence
from datetime import datetime

from habeas.core.case import Case
from habeas.core.context import Context
from habeas.core.entries import Body, Entry
from habeas.core.entries.money import StatementIssued
from habeas.core.ledger.conventions import CONVENTIONS, Convention
from habeas.core.ledger.money import Money, read_money
from habeas.core.ledger.person_days import Days, State
from habeas.core.ledger.statements import Statement, side_by_side
from habeas.core.terms import Agreement
from habeas.store import read, streams
from habeas.store.models import CaseRow


def statement(agreement: str, period: Days, convention: Convention, known_at: datetime) -> Statement:
    """The person-days of a period, and what they come to, as the record knew them at a moment. Raises NotAdopted."""
    return statements(agreement, period, (convention,), known_at)[0]


def statements(
    agreement: str, period: Days, conventions: Sequence[Convention], known_at: datetime
) -> tuple[Statement, ...]:
    """The same by each of several conventions."""
    context = read.context(agreement, known_at)
    return side_by_side(cases(agreement, known_at), context, period, conventions, known_at)


def issued(agreement: str) -> tuple[tuple[Entry, StatementIssued], ...]:
    """Every statement issued under an agreement, the latest first."""
    found = streams.entries(streams.AGREEMENT + agreement)
    return tuple((each, each.body) for each in reversed(found) if isinstance(each.body, StatementIssued))


def read_again(body: StatementIssued, known_at: datetime) -> Statement:
    """The same statement, as the record knows its days at a moment."""
    convention = stated(read.context(body.agreement, known_at).agreement) or CONVENTIONS[body.convention or ""]
    return statement(body.agreement, Days(from_on=body.from_on, until_on=body.until_on), convention, known_at)


def stated(terms: Agreement) -> Convention | None:
    """The convention that the terms state."""
    return terms.day_count.convention if terms.day_count else None


def amount(body: StatementIssued) -> Money | None:
    """What a statement says is due."""
    return read_money(str(body.amount), body.currency) if body.amount is not None and body.currency else None


def overlaps(body: StatementIssued) -> bool:
    """Whether some day of the period is in a statement already."""
    return any(other.from_on < body.until_on and body.from_on < other.until_on for _, other in issued(body.agreement))


def filled(body: Body, context: Context, at: datetime) -> Body:
    """The body with what only the record can say, where it is a statement."""
    convention = stated(context.agreement)
    if not isinstance(body, StatementIssued) or convention is None:
        return body
    found = statement(body.agreement, Days(from_on=body.from_on, until_on=body.until_on), convention, at)
    return dataclasses.replace(
        body,
        convention=convention.name,
        known_at=at,
        payable=found.count(State.PAYABLE),
        not_payable=found.count(State.NOT_PAYABLE),
        disputed=found.count(State.DISPUTED),
        unexplained=found.count(State.UNEXPLAINED),
        amount=found.due.amount.amount if found.due else None,
        currency=found.due.amount.currency if found.due else None,
        lines_digest=found.digest,
    )


def cases(agreement: str, known_at: datetime) -> Iterator[Case]:
    """Every case of an agreement. Raises KeyLost: nobody's days are left out of a statement."""
    return (case for each in case_ids(agreement) if (case := read.case(each, known_at)))


def case_ids(agreement: str) -> Iterator[str]:
    rows = CaseRow.objects.filter(agreement=agreement).order_by("opened_at", "case")
    return rows.values_list("case", flat=True).iterator()
