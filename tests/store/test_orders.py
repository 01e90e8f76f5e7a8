"""Whom an order that names people in words covers: every case with a name like theirs, whenever it was opened."""

from __future__ import annotations

import pytest
from django.utils import timezone

from habeas.core.commands import Command
from habeas.core.entries.institutions import Given, OrderSort, StayOrderLifted
from habeas.core.entries.orders import OrderConfirmed, OrderLodged
from habeas.core.entries.oversight import PrivateWordHeard, VisitAsked
from habeas.register.leaf import parse_leaf
from habeas.store import read
from habeas.store.acts import Performed, perform
from habeas.store.models import LogRow
from tests.store.example import COURT, MONITOR, Register

NAMES = {"anna": ("Anna María", "Fiktiv Påhittad"), "other": ("Anton", "Quillmar"), "single": ("Sukarnov", "Sukarnov")}


def lodge(register: Register, *people: str) -> None:
    body = OrderLodged(
        court="Invented court",
        reference="T 1-26",
        given=Given.ORAL,
        sort=OrderSort.STAY,
        people=people,
        must_be_done="Do not move them",
    )
    register.record("order-1", body, by=MONITOR)


@pytest.mark.parametrize(
    ("named", "covered"),
    [
        ("Anna María Fiktiv Påhittad", ("case-anna",)),
        ("pahittad, anna", ("case-anna",)),
        ("FIKTIV Anna Maria", ("case-anna",)),
        ("Ana Maria Fiktif Pahitad", ("case-anna",)),
        ("Anton Qillmar", ("case-other",)),
        ("Anton Fiktiv", ()),
        ("Anna Beispiel", ()),
        ("Anna", ()),  # one word would name every Anna
        ("Sukarnov", ("case-single",)),
        ("Nobody Known", ()),
        ("?", ()),
    ],
)
def test_a_name_in_an_order_covers_who_has_one_as_like(
    named: str, covered: tuple[str, ...], register: Register
) -> None:
    for case, (given, family) in NAMES.items():
        register.propose(case, given, family)
    lodge(register, named)
    (order,) = read.orders()
    assert order.alike == covered


def test_who_is_proposed_after_the_order_is_covered_too(register: Register) -> None:
    lodge(register, "Anna Fiktiv", "Anton Quillmar")
    assert [each.alike for each in read.orders()] == [()]
    register.propose("anna", "Anna", "Fiktiv")
    assert [each.alike for each in read.orders()] == [("case-anna",)]
    register.propose("other", "Anton", "Quillmar")
    assert [each.alike for each in read.orders()] == [("case-anna", "case-other")]


def test_a_court_lifts_an_order_that_somebody_else_lodged_and_it_confirmed(register: Register) -> None:
    lodge(register, "Anna Fiktiv")
    order = read.orders()[0].id
    register.record("order-1", OrderConfirmed(order=order, reference="T 1-26"), by=COURT)
    at = timezone.now()
    body = StayOrderLifted(order=order, reasons="The appeal was decided.")
    lift = Command(act="lift_stay_order", body=body, occurred_at=at, actor=COURT)
    assert isinstance(perform(lift, at=at, send_id="f" * 32), Performed)
    assert not read.orders()[0].in_force(timezone.now())


def test_no_leaf_tells_by_its_key_who_lodged_an_order_or_heard_a_word(register: Register) -> None:
    """Leaves are public: an export beside an officer's own receipts must not tell which party acted."""
    lodge(register, "Anna Fiktiv")
    register.propose("anna", "Anna", "Fiktiv")
    word = PrivateWordHeard(case="case-anna", words="they beat us")
    heard = register.record("oversight-1", word, by=MONITOR)[0]
    visit = VisitAsked(facility="tartu", visit_at=register.now, announced=True)
    asked = register.record("oversight-2", visit, by=MONITOR)[0]

    def signer(index: int) -> str:
        return parse_leaf(bytes(LogRow.objects.get(ticket=index).leaf)).key.hex()

    log_key = signer(LogRow.objects.earliest("ticket").ticket)
    assert [signer(LogRow.objects.get(kind="order_lodged").ticket), signer(heard.index)] == [log_key, log_key]
    assert signer(asked.index) != log_key
