"""A bill with every trick: each is found with its days and its amount, what costs most first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from habeas import agreements
from habeas.audit.bill_checks import by_money, prepare
from habeas.audit.person_days import PREPARE
from habeas.audit.tables import COLUMNS, Shape
from habeas.core.ledger.conventions import CONVENTIONS
from habeas.core.ledger.fees import PerDiemWithMinimum
from habeas.core.ledger.money import Money
from habeas.core.terms import Agreement
from habeas.core.versions import Version

HONEST = [f"h{number}" for number in range(22)]


def at(text: str) -> datetime:
    day, _, time = text.partition(" ")
    return datetime.fromisoformat(f"2026-03-{day} {time or '10:00'}")


def on(day: int) -> date:
    return date(2026, 3, day)


STINTS: list[dict[str, Any]] = [
    *({"person": each, "facility": "F", "from_at": at("02"), "until_at": at("12")} for each in HONEST),
    {"person": "released", "facility": "F", "from_at": at("02"), "until_at": at("07")},
    {"person": "transferred", "facility": "F", "from_at": at("02"), "until_at": at("06 12:00")},
    {"person": "transferred", "facility": "G", "from_at": at("06 12:00"), "until_at": at("10")},
    {"person": "by night", "facility": "F", "from_at": at("02"), "until_at": at("05 23:50")},
    {"person": "by night", "facility": "G", "from_at": at("05 23:50"), "until_at": at("09")},
    {"person": "leaving", "facility": "F", "from_at": at("02"), "until_at": at("06")},
    {"person": "doubled", "facility": "F", "from_at": at("02"), "until_at": at("08")},
    {"person": "untitled", "facility": "F", "from_at": at("02"), "until_at": at("12"), "title": "order 1"}
    | {"title_from": on(2), "title_until": on(6)},
    {"person": "refused", "facility": "F", "from_at": at("04 22:00"), "until_at": at("05 01:00"), "kind": "refused"},
    {"person": "later", "facility": "F", "from_at": at("10"), "until_at": at("20")},
    *({"person": each, "facility": "F", "from_at": at("02"), "until_at": at("12")} for each in ("euro", "old euro")),
    {"person": "added", "facility": "F", "from_at": at("02"), "until_at": at("12")},
]


def line(person: str | None, first: int, after: int, amount: int, facility: str = "F", **more: Any) -> dict[str, Any]:
    dated = {"from_on": on(first), "until_on": on(after), "days": after - first, "rate": Decimal(100)}
    return {"person": person, "facility": facility, **dated, "amount": Decimal(amount), "currency": "XTS", **more}


EURO = {"currency": "EUR", "rate_on": on(11), "exchange": Decimal("0.50")}
BILL = [
    *(line(each, 2, 12, 1000) for each in HONEST),
    line("released", 2, 7, 500),
    line("released", 8, 10, 200),
    line("transferred", 2, 7, 500),
    line("transferred", 6, 10, 400, "G"),
    line("by night", 2, 6, 400),
    line("by night", 6, 9, 300, "G"),
    line("leaving", 2, 7, 500),
    line("doubled", 2, 8, 600),
    line("doubled", 2, 5, 300),
    line("untitled", 2, 12, 1000),
    line("refused", 4, 5, 100),
    line("unknown", 2, 6, 400),
    line("later", 10, 20, 1100, rate=Decimal(110)),
    line("euro", 2, 12, 500, **EURO),
    line("old euro", 2, 12, 600, **{**EURO, "rate_on": on(1), "exchange": Decimal("0.60")}),
    line("added", 2, 12, 1200),
    line(None, 2, 4, 8000, kind="minimum"),
    line(None, 2, 5, 300),
]
FOUND = [
    ("minimum", "F", 62, 6200_00, "XTS"),  # 40 places on two days, and 31 people were there
    ("untitled", "untitled", 6, 600_00, "XTS"),
    ("nobody", "unknown", 4, 400_00, "XTS"),
    ("twice", "doubled", 3, 300_00, "XTS"),
    ("nameless", "F", 3, 300_00, "XTS"),
    ("after_release", "released", 2, 200_00, "XTS"),
    ("sum", "added", 10, 200_00, "XTS"),
    ("both_facilities", "transferred", 1, 100_00, "XTS"),
    ("other_facility", "by night", 1, 100_00, "XTS"),
    ("not_counted", "leaving", 1, 100_00, "XTS"),
    ("refused", "refused", 1, 100_00, "XTS"),
    ("exchange", "old euro", 10, 100_00, "EUR"),
    ("rate", "later", 5, 50_00, "XTS"),
]


def versions() -> tuple[Agreement, ...]:
    """So much a day and a minimum of forty people; another rate from the fifteenth on."""
    model = agreements.agreement("model-agreement")
    assert model.fee is not None

    def of(number: int, rate: int, from_on: date) -> Agreement:
        assert model.fee is not None
        terms = PerDiemWithMinimum(rate=Money(minor=rate * 100, currency="XTS"), minimum_people=40)
        version = Version(number=number, of=2, from_on=from_on)
        return replace(model, fee=replace(model.fee, terms=terms), version=version)

    return of(1, 100, date(2026, 1, 1)), of(2, 110, on(15))


def fill(engine: duckdb.DuckDBPyConnection, shape: Shape, rows: list[dict[str, Any]]) -> None:
    declared = ", ".join(f"{name} {column.type}" for name, column in COLUMNS[shape].items())
    engine.execute(f"CREATE TABLE {shape} (source INTEGER, line BIGINT, {declared})")
    for number, row in enumerate(rows, start=2):
        names = ("source", "line", *row)
        asked = ", ".join("?" * len(names))
        engine.execute(f"INSERT INTO {shape} ({', '.join(names)}) VALUES ({asked})", [1, number, *row.values()])


@pytest.fixture
def engine() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(":memory:") as opened:
        fill(opened, Shape.STINTS, STINTS)
        fill(opened, Shape.BILLS, BILL)
        for made in PREPARE:
            opened.execute(made)
        prepare(opened, versions(), CONVENTIONS["midnight"])
        yield opened


def test_each_trick_in_a_bill_of_forty_lines_is_found_with_days_and_amount(engine: duckdb.DuckDBPyConnection) -> None:
    assert len(BILL) == 40
    found = [
        (e.check.removeprefix("bills."), e.subject, int(e.days or 0), e.minor, e.currency) for e in by_money(engine)
    ]

    assert sorted(found) == sorted(FOUND)
    assert [minor for *_, minor, _ in found] == [minor for *_, minor, _ in FOUND]


def test_what_is_found_and_what_is_due_are_together_what_was_billed(engine: duckdb.DuckDBPyConnection) -> None:
    wrong: dict[str, int] = defaultdict(int)
    for each in by_money(engine):
        wrong[each.currency] += each.minor or 0
    billed: dict[str, int] = defaultdict(int)
    for each in BILL:
        billed[each["currency"]] += int(each["amount"]) * 100

    # Honest lines; then those with something wrong, less that; and eighteen empty places.
    honest = 22 * 1000 + 500 + 400 + 400 + 300 + 300 + 400 + 600 + 400 + 1050 + 1000 + 1800
    assert {currency: billed[currency] - wrong[currency] for currency in billed} == {
        "XTS": honest * 100,
        "EUR": 1000_00,
    }


def test_each_finding_names_its_line_and_the_convention_it_was_counted_by(engine: duckdb.DuckDBPyConnection) -> None:
    for each in by_money(engine):
        (row,) = each.rows
        assert (BILL[int(row.partition(":")[2]) - 2]["person"] or "F") == each.subject
        assert each.message.parameters["convention"] == "midnight"
        assert each.is_person == (each.subject != "F")
