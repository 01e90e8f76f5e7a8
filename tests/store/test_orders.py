"""Whom an order that names people in words covers: every case with a name like theirs, whenever it was opened."""

from __future__ import annotations

import pytest

from habeas.core.entries.institutions import Given, OrderSort
from habeas.core.entries.orders import OrderLodged
from habeas.store import read
from tests.store.example import MONITOR, Register

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
