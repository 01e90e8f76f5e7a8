"""A permission and a stay order that are written in the same moments: neither passes the other."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.db import connection, transaction

from habeas.core.commands import Command, Refusal
from habeas.core.entries.institutions import Given, StayOrderIssued
from habeas.core.entries.procedure import Decided, Outcome
from habeas.store import read, statements
from habeas.store.acts import Performed, perform
from habeas.store.models import SignerRow
from tests.store.conftest import ON_POSTGRESQL
from tests.store.example import COURT, DECIDER, Register

STAY = StayOrderIssued(
    court="Court",
    reference="1/26",
    given=Given.ORAL,
    cases=("case-alice",),
    must_be_done="keep the person where they are",
)

pytestmark = ON_POSTGRESQL


DECISION = Decided(outcome=Outcome.TRANSFER, reasons="An invented reason", remedy="An invented appeal")


def decide(register: Register) -> list[str]:
    """Why it may not be decided that Alice is sent."""
    command = Command(act="decide", body=DECISION, occurred_at=register.now, actor=DECIDER)
    answer = perform(command, at=register.now, send_id="f" * 32, case_id="case-alice")
    assert isinstance(answer, Refusal)
    return [each.code for each in answer.reasons]


def issue(register: Register) -> None:
    command = Command(act="issue_stay_order", body=STAY, occurred_at=register.now, actor=COURT)
    assert isinstance(perform(command, at=register.now, send_id="e" * 32), Performed)


def beside(does: Callable[[], object]) -> threading.Thread:
    """Somebody else, on a connection of their own."""

    def run() -> None:
        try:
            does()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


@pytest.fixture
def both(register: Register) -> Register:
    register.propose("alice", "Alice", "Example")
    return register


def test_a_permission_waits_for_an_order_that_is_being_written_and_then_reads_it(both: Register) -> None:
    assert "policy.stay_order" not in decide(both)
    answers: list[list[str]] = []
    with transaction.atomic():
        issue(both)
        asking = beside(lambda: answers.append(decide(both)))
        asking.join(0.5)
        assert (asking.is_alive(), answers) == (True, [])
    asking.join(120)
    assert "policy.stay_order" in answers[0]


def test_an_order_waits_for_a_permission_that_is_being_decided_and_permissions_do_not_wait_for_each_other(
    both: Register,
) -> None:
    decided = threading.Event()
    with transaction.atomic():
        statements.hold_orders(to_change=False)
        other = beside(lambda: (decide(both), decided.set()))
        assert decided.wait(120)
        issuing = beside(lambda: issue(both))
        issuing.join(0.5)
        assert issuing.is_alive()
        assert read.orders() == ()
    issuing.join(120)
    other.join(120)
    assert len(read.orders()) == 1


def test_nothing_else_waits_for_an_order(both: Register) -> None:
    reported = threading.Event()
    with transaction.atomic():
        statements.hold_orders(to_change=True)
        thread = beside(lambda: (both.hold("alice"), reported.set()))
        assert reported.wait(120)
    thread.join(120)


def test_nobody_signs_while_somebody_brings_the_ends_of_chains_back(both: Register) -> None:
    with transaction.atomic():
        statements.hold_signing()
        counter = SignerRow.objects.get(party="se-kv").counter
        thread = beside(lambda: both.propose("bob", "Bob", "Example"))
        thread.join(0.5)
        assert thread.is_alive()
    thread.join(120)
    assert SignerRow.objects.get(party="se-kv").counter == counter + 1
