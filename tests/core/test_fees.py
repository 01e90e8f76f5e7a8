"""Money is whole minor units, and each shape of fee comes to what its terms say."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from habeas.core.ledger.fees import (
    Charge,
    Fee,
    FeeTerms,
    FixedPlusVariable,
    FlatBlock,
    LumpGrant,
    Observed,
    PerDiem,
    PerDiemWithMinimum,
    Reimbursement,
    RentAndAid,
    Reported,
    fixed_year,
    per_diem_for,
    work_through,
    year_with,
)
from habeas.core.ledger.money import Money, per_cent, read_money
from habeas.core.sources import Quality, Source
from habeas.core.tables import Bilingual

SOURCE = Source(document="An agreement", citation="nowhere", quality=Quality.TREATY)


def euro(text: str) -> Money:
    return read_money(text, "EUR")


def fee(terms: FeeTerms, *reported: str) -> Fee:
    figures = tuple(Reported(amount=euro(each), years=None, people=None, source=SOURCE) for each in reported)
    return Fee(terms=terms, source=SOURCE, also=figures)


def observed(people: int, days: int) -> Observed:
    return Observed(
        people=people,
        from_on=date(2025, 1, 1),
        until_on=date.fromordinal(date(2025, 1, 1).toordinal() + days),
        source=SOURCE,
        assumption=Bilingual(en="All were there.", es="Estaban todas."),
    )


def codes(*args: object, **kwargs: object) -> list[str]:
    return [step.message.code for step in work_through(*args, **kwargs)]  # type: ignore[arg-type]


# --- money -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [("8500.00", "EUR", 850_000), ("8500", "JPY", 8_500), ("1.234", "KWD", 1_234), ("0", "USD", 0)],
)
def test_an_amount_is_read_with_the_decimals_of_its_currency(text: str, currency: str, minor: int) -> None:
    assert read_money(text, currency) == Money(minor=minor, currency=currency)


@pytest.mark.parametrize("text", ["8500.001", "many", "", "NaN", "Infinity"])
def test_what_is_no_amount_of_the_currency_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no amount|more decimals"):
        read_money(text, "EUR")


def test_an_amount_is_shown_with_all_its_decimals() -> None:
    assert str(Money(minor=16_000, currency="USD").amount) == "160.00"


def test_a_half_is_rounded_to_even_and_only_once() -> None:
    assert Money(minor=5, currency="EUR").split(2).minor == 2
    assert Money(minor=15, currency="EUR").split(2).minor == 8


@given(minor=st.integers(0, 10**12), parts=st.integers(1, 10**6))
def test_parts_put_together_differ_from_the_whole_by_half_a_unit_a_part_at_most(minor: int, parts: int) -> None:
    whole = Money(minor=minor, currency="EUR")
    assert abs(whole.split(parts).minor * parts - minor) * 2 <= parts


def test_two_currencies_are_never_added() -> None:
    with pytest.raises(AssertionError):
        euro("1.00").plus(read_money("1.00", "USD"))


def test_a_share_has_one_decimal() -> None:
    assert per_cent(2, 3) == Decimal("66.7")


# --- shapes ----------------------------------------------------------------------------------------

BLOCK = FixedPlusVariable(minimum_people=10, rate=euro("100.00"), months=12, stated=None, transition=None)


@given(held=st.integers(0, 1000))
def test_a_fixed_fee_never_falls_below_its_minimum_and_its_parts_add_up(held: int) -> None:
    charge = year_with(BLOCK, held)
    used = BLOCK.rate.times(held * BLOCK.months)
    assert charge.due == used.plus(charge.empty_part)
    assert charge.due.minor >= fixed_year(BLOCK).minor


def test_a_fixed_fee_that_its_rate_does_not_give_is_said_to_differ() -> None:
    stated = FixedPlusVariable(
        minimum_people=10, rate=euro("100.00"), months=12, stated=euro("12500.00"), transition=None
    )
    step = work_through(fee(stated))[1]
    assert step.message.code == "fee.fixed_not_as_stated"
    assert step.message.parameters["difference"] == Decimal("500.00")


def test_a_daily_rate_is_paid_for_each_person_day() -> None:
    charge = per_diem_for(PerDiem(rate=euro("50.00")), person_days=30, days=3)
    assert charge == Charge(due=euro("1500.00"), empty_part=euro("0.00"))


def test_a_guaranteed_minimum_shows_what_empty_places_cost() -> None:
    rate = PerDiemWithMinimum(rate=euro("50.00"), minimum_people=20)
    charge = per_diem_for(rate, person_days=30, days=3)
    assert charge == Charge(due=euro("3000.00"), empty_part=euro("1500.00"))


def test_a_grant_without_anybody_held_is_not_divided() -> None:
    grant = LumpGrant(grant=euro("1000.00"), covers_days=365)
    assert codes(fee(grant)) == ["fee.grant"]
    assert codes(fee(grant), observed(0, 10)) == ["fee.grant"]


def test_figures_that_disagree_are_all_kept_and_their_spread_is_shown() -> None:
    grant = fee(LumpGrant(grant=euro("1000.00"), covers_days=None), "900.00", "1200.00")
    step = work_through(grant)[-1]
    assert step.message.code == "fee.reported_spread"
    assert step.amount == euro("300.00")
    assert step.number == Decimal("33.3")


def test_while_no_source_says_how_long_people_were_held_a_sum_is_divided_by_them_and_no_day_is_priced() -> None:
    grant = fee(LumpGrant(grant=euro("100.00"), covers_days=365))
    unknown = replace(observed(4, 10), until_on=None)
    assert codes(grant, unknown) == ["fee.grant", "fee.grant_each"]
    assert codes(fee(PerDiem(rate=euro("10.00"))), unknown) == ["fee.person_day"]


def test_figures_for_other_years_people_or_money_are_held_together_by_the_price_of_a_place_and_day() -> None:
    block = FlatBlock(yearly=euro("25500000.00"), places=242)
    pound = Money(minor=100_000_00, currency="GBP")
    said = (
        Reported(amount=euro("25000000.00"), years=3, people=None, source=SOURCE),
        Reported(amount=pound, years=None, people=1, source=SOURCE),
    )
    steps = work_through(Fee(terms=block, source=SOURCE, also=said))[2:]
    assert [(each.message.code, each.amount) for each in steps] == [
        ("fee.reported_place_day", euro("94.34")),
        ("fee.reported_place_day", Money(minor=273_97, currency="GBP")),
        ("fee.reported_place_day_spread", euro("194.35")),
    ]
    assert steps[-1].message.parameters["highest"] == Decimal("288.69")


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        (FlatBlock(yearly=euro("1000.00"), places=10), ["fee.block_year", "fee.place_year"]),
        (PerDiem(rate=euro("50.00")), ["fee.person_day", "fee.person_days", "fee.due"]),
        (
            PerDiemWithMinimum(rate=euro("50.00"), minimum_people=20),
            ["fee.person_day", "fee.person_days", "fee.due", "fee.empty_days_part"],
        ),
        (
            RentAndAid(rent=euro("1000.00"), aid=euro("500.00"), places=10),
            ["fee.rent_place_year", "fee.rent_and_aid_place_year"],
        ),
        (
            Reimbursement(up_front=euro("10.00"), yearly=euro("5.00")),
            ["fee.up_front", "fee.yearly", "fee.against_vouchers"],
        ),
    ],
)
def test_every_shape_is_worked_through(terms: FeeTerms, expected: list[str]) -> None:
    assert codes(fee(terms), observed(10, 3)) == expected
