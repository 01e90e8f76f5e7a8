"""The rule book: figures worked out from the released terms, as a reader with a pencil gets them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from habeas import agreements
from habeas.core.ledger.fees import FeeStep, FixedPlusVariable, work_through, year_with
from habeas.core.ledger.money import Money, read_money


def steps(id: str, *held: int) -> dict[str, FeeStep]:
    """The working of an agreement's fee by the code of each line; the last one of a code."""
    agreement = agreements.agreement(id)
    assert agreement.fee is not None
    return {each.message.code: each for each in work_through(agreement.fee, agreement.observed, held)}


def tartu() -> FixedPlusVariable:
    fee = agreements.agreement("se-ee-2025").fee
    assert fee is not None
    assert isinstance(fee.terms, FixedPlusVariable)
    return fee.terms


def euro(text: str) -> Money:
    return read_money(text, "EUR")


def dollar(text: str) -> Money:
    return read_money(text, "USD")


def test_the_grant_for_cecot_is_twenty_thousand_a_person_and_160_a_person_day() -> None:
    working = steps("us-sv-2025")
    assert working["fee.grant"].amount == dollar("4760000.00")
    assert working["fee.grant_each"].amount == dollar("20000.00")
    assert working["fee.person_days"].number == 29_750
    assert working["fee.person_day_effective"].amount == dollar("160.00")


def test_two_thirds_of_the_days_that_the_grant_was_for_were_not_used() -> None:
    working = steps("us-sv-2025")
    assert working["fee.person_days_bought"].number == 86_870
    assert working["fee.unused_share"].number == Decimal("65.8")


def test_four_figures_for_one_grant_are_kept_and_none_is_chosen() -> None:
    fee = agreements.agreement("us-sv-2025").fee
    assert fee is not None
    assert list(fee.figures) == [dollar("4760000.00"), dollar("4670000.00"), dollar("5000000.00"), dollar("6000000.00")]
    assert steps("us-sv-2025")["fee.reported_spread"].amount == dollar("1330000.00")


def test_the_fixed_fee_for_tartu_is_what_was_reported_and_three_quarters_while_it_fills() -> None:
    working = steps("se-ee-2025")
    assert working["fee.fixed_year"].amount == euro("30600000.00")
    assert working["fee.fixed_as_stated"].amount == euro("30600000.00")
    assert working["fee.transition"].amount == euro("22950000.00")
    assert working["fee.transition"].number == Decimal("75.0")


@pytest.mark.parametrize(
    ("held", "due", "empty_part"),
    [
        (0, "30600000.00", "30600000.00"),
        (250, "30600000.00", "5100000.00"),
        (300, "30600000.00", "0.00"),
        (420, "42840000.00", "0.00"),
    ],
)
def test_empty_places_in_tartu_are_paid_for_and_further_people_cost_more(held: int, due: str, empty_part: str) -> None:
    charge = year_with(tartu(), held)
    assert charge.due == euro(due)
    assert charge.empty_part == euro(empty_part)
