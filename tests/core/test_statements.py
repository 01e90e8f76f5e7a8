"""A statement is worked out and only issued; what is recorded afterwards is a credit."""

from __future__ import annotations

import dataclasses
from datetime import date

from habeas.core.entries import Actor, Role, kind_of
from habeas.core.entries.money import StatementIssued
from habeas.core.ledger.conventions import CONVENTIONS
from habeas.core.ledger.person_days import Days, Reason, State
from habeas.core.ledger.statements import Change, credit, side_by_side
from habeas.core.messages import Message

from . import ways
from .stays import Stay, context, march
from .world import AGREEMENT, OFFICER, RECEIVER, World, actor

MARCH = Days(from_on=date(2026, 3, 1), until_on=date(2026, 4, 1))


def person() -> Stay:
    found = Stay("anna").permitted()
    found.title()
    return found.taken(28, 12).seen([29, 30, 31])


def issue(
    world: World, by: Actor = RECEIVER, first: date = date(2026, 8, 1), after: date = date(2026, 9, 1)
) -> set[str]:
    body = StatementIssued(agreement="se-ee-2025", from_on=first, until_on=after)
    return world.refused("issue_statement", body, by)


def test_the_receiving_authority_issues_a_statement_of_days_that_are_over() -> None:
    world = World()
    body = StatementIssued(agreement="se-ee-2025", from_on=date(2026, 8, 1), until_on=date(2026, 9, 1))
    world.take("issue_statement", body, RECEIVER)
    assert kind_of(type(world.log[-1].body)) == "statement_issued"


def test_nobody_else_issues_one() -> None:
    assert issue(World(), OFFICER) == {"permission.role"}
    assert issue(World(), actor(Role.RECEIVING_OFFICER, "dk-dr")) == {"policy.not_your_agreement"}


def test_a_period_begins_before_it_ends_and_is_over() -> None:
    assert issue(World(), first=date(2026, 9, 1)) == {"policy.statement_period"}
    assert issue(World(), after=date(2026, 9, 2)) == {"policy.statement_period"}


def test_where_no_amount_can_be_due_there_is_no_statement() -> None:
    body = StatementIssued(agreement="se-ee-2025", from_on=date(2026, 8, 1), until_on=date(2026, 9, 1))
    bare = dataclasses.replace(AGREEMENT, day_count=None)
    answer = ways.asked(World(), "issue_statement", body, RECEIVER, agreement=bare)
    assert ways.reasons(answer) == (Message("due.no_convention"),)


def test_an_amount_is_due_by_the_stated_convention_and_by_no_other() -> None:
    cases = [person().case()]
    stated, other = (
        side_by_side(cases, context(), MARCH, (CONVENTIONS[name],), march(40))[0] for name in ("midnight", "nights")
    )
    assert stated.due is not None
    assert stated.why_none is None
    assert other.due is None
    assert other.why_none is not None
    assert other.why_none.code == "due.other_convention"
    assert other.count(State.PAYABLE) == 4


def test_days_that_come_and_go_are_changes_of_a_credit() -> None:
    anna = person()
    by = CONVENTIONS["midnight"]
    before = side_by_side([anna.case()], context(), MARCH, (by,), march(40))[0]
    nobody = side_by_side([], context(), MARCH, (by,), march(40))[0]
    gone = credit(before, nobody)
    assert gone.changes[0] == Change(case="case-anna", day=date(2026, 3, 28), before=Reason.SEEN, after=None)
    assert credit(nobody, before).changes[0].before is None
    assert gone.amount is not None
    assert gone.amount.minor == 0  # the fixed fee pays for the place anyway


def test_without_an_amount_a_credit_is_the_days_alone() -> None:
    by = CONVENTIONS["nights"]
    before = side_by_side([person().case()], context(), MARCH, (by,), march(40))[0]
    after = side_by_side([], context(), MARCH, (by,), march(40))[0]
    found = credit(before, after)
    assert (len(found.changes), found.amount) == (4, None)
