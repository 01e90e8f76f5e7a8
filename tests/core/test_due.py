"""What is due is a sum of days at a price, for every shape of fee; the law document's worked cases come out."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from habeas import agreements
from habeas.core.ledger.conventions import CONVENTIONS, DayCount
from habeas.core.ledger.due import Due, why_none, worked_out
from habeas.core.ledger.fees import (
    Fee,
    FeeTerms,
    FlatBlock,
    LumpGrant,
    PerDiem,
    PerDiemWithMinimum,
    Reimbursement,
    RentAndAid,
)
from habeas.core.ledger.money import Money, read_money
from habeas.core.ledger.person_days import Days, PersonDay, Reason
from habeas.core.messages import Message
from habeas.core.sources import Quality, Source
from habeas.core.tables import Bilingual

SOURCE = Source(document="An agreement", citation="nowhere", quality=Quality.TREATY)
STATED = DayCount(convention=CONVENTIONS["midnight"], text=Bilingual(en="so", es="así"), source=SOURCE, assumed=False)
YEAR = Days(from_on=date(2027, 1, 1), until_on=date(2028, 1, 1))
MAY = Days(from_on=date(2027, 5, 1), until_on=date(2027, 6, 1))


def dollar(text: str) -> Money:
    return read_money(text, "USD")


def euro(text: str) -> Money:
    return read_money(text, "EUR")


def fee(terms: FeeTerms) -> Fee:
    return Fee(terms=terms, source=SOURCE)


def held(people: int, period: Days, reason: Reason = Reason.SEEN) -> list[PersonDay]:
    """So many people on every day of a period, all for one reason."""
    return [
        PersonDay(case=f"case-{number}", day=day, facility="x", zone="UTC", reason=reason, because=("entry-1",))
        for number in range(people)
        for day in period
    ]


def due(terms: FeeTerms, days: list[PersonDay], period: Days = MAY) -> Due:
    return worked_out(fee(terms), days, period)


def test_tartu_with_250_people_costs_what_300_do_and_5_1_million_of_it_is_empty() -> None:
    tartu = agreements.agreement("se-ee-2025").fee
    assert tartu is not None
    found = worked_out(tartu, held(250, YEAR), YEAR)
    assert (found.amount, found.empty_part) == (euro("30600000.00"), euro("5100000.00"))


def test_tartu_with_420_people_costs_42_84_million() -> None:
    tartu = agreements.agreement("se-ee-2025").fee
    assert tartu is not None
    found = worked_out(tartu, held(420, YEAR), YEAR)
    assert (found.amount, found.empty_part) == (euro("42840000.00"), euro("0.00"))


def test_a_day_without_title_leaves_a_fixed_fee_too() -> None:
    tartu = agreements.agreement("se-ee-2025").fee
    assert tartu is not None
    found = worked_out(tartu, [*held(249, MAY), *held(1, MAY, Reason.UNTITLED)], MAY)
    assert found.amount == euro("2541500.00")  # 300 x 8,500, less one person's month
    assert found.withheld[Reason.UNTITLED].amount == euro("8500.00")
    assert found.empty_part == euro("425000.00")  # 50 places


def test_the_grant_for_cecot_comes_to_160_a_day_when_nobody_is_withheld() -> None:
    grant = agreements.agreement("us-sv-2025").fee
    assert grant is not None
    period = Days(from_on=date(2025, 3, 15), until_on=date(2025, 7, 18))
    whole = Fee(terms=LumpGrant(grant=dollar("4760000.00"), covers_days=period.count), source=SOURCE)
    days = [*held(237, period), *held(1, period, Reason.UNTITLED)]
    found = worked_out(whole, days, period)
    assert found.withheld[Reason.UNTITLED].amount == dollar("20000.00")  # 125 days at 160
    assert found.amount == dollar("4740000.00")


def test_where_no_day_had_a_title_a_grant_comes_to_nothing_and_all_of_it_is_in_dispute() -> None:
    found = due(LumpGrant(grant=dollar("365.00"), covers_days=365), held(2, MAY, Reason.UNTITLED))
    assert (found.amount, found.withheld[Reason.UNTITLED].amount) == (dollar("0.00"), dollar("31.00"))


def test_a_grant_for_nobody_pays_for_empty_places() -> None:
    found = due(LumpGrant(grant=dollar("365.00"), covers_days=365), [])
    assert (found.amount, found.empty_part) == (dollar("31.00"), dollar("31.00"))


def test_twelve_thousand_empty_beds_in_may() -> None:
    found = due(PerDiemWithMinimum(rate=dollar("54.98"), minimum_people=12_027), [])
    assert found.amount == found.empty_part == dollar("20498578.26")  # reported as 20.5 million


@pytest.mark.parametrize(
    ("terms", "amount"),
    [
        (PerDiem(rate=dollar("10.00")), "620.00"),
        (PerDiemWithMinimum(rate=dollar("10.00"), minimum_people=1), "620.00"),
        (PerDiemWithMinimum(rate=dollar("10.00"), minimum_people=5), "1240.00"),  # 5 places, one of them withheld
        (FlatBlock(yearly=dollar("3650.00"), places=5), "248.00"),  # 2.00 a place-day
        (RentAndAid(rent=dollar("3650.00"), aid=dollar("999.00"), places=5), "248.00"),  # aid is another ledger
        (LumpGrant(grant=dollar("3650.00"), covers_days=365), "206.67"),  # 310 over 93 held days
    ],
)
def test_two_people_payable_and_one_without_title_all_through_may(terms: FeeTerms, amount: str) -> None:
    found = due(terms, [*held(2, MAY), *held(1, MAY, Reason.UNTITLED)])
    assert found.amount == dollar(amount)


def test_days_that_the_convention_does_not_count_change_nothing() -> None:
    days = held(2, MAY)
    outside = [*held(1, MAY, Reason.NOT_COUNTED), *held(1, MAY, Reason.ABSENT), *held(1, MAY, Reason.REFUSED_AT_DOOR)]
    assert due(PerDiem(rate=dollar("10.00")), [*days, *outside]) == due(PerDiem(rate=dollar("10.00")), days)


def test_each_part_says_how_many_days_it_is_for() -> None:
    found = due(PerDiem(rate=dollar("10.00")), held(2, MAY))
    said = {"days": 62, "amount": Decimal("620.00"), "currency": "USD", "from_on": date(2027, 5, 1)}
    assert [each.message for each in found.shares] == [Message("due.payable", said)]


def test_a_monthly_rate_has_the_price_of_its_month() -> None:
    tartu = agreements.agreement("se-ee-2025").fee
    assert tartu is not None
    period = Days(from_on=date(2027, 2, 28), until_on=date(2027, 3, 2))
    found = worked_out(tartu, held(301, period), period)
    days = [(share.from_on, share.days, str(share.amount.amount)) for share in found.shares]
    assert days == [(date(2027, 2, 28), 301, "91375.00"), (date(2027, 3, 1), 301, "82532.26")]
    assert found.amount == euro("173907.26")


@pytest.mark.parametrize(
    ("of", "day_count", "code"),
    [
        (None, STATED, "due.no_fee"),
        (fee(PerDiem(rate=dollar("1.00"))), None, "due.no_convention"),
        (fee(Reimbursement(up_front=None, yearly=dollar("1.00"))), STATED, "due.vouchers"),
        (fee(LumpGrant(grant=dollar("1.00"), covers_days=None)), STATED, "due.no_time_named"),
    ],
)
def test_what_no_amount_can_rest_on_says_so(of: Fee | None, day_count: DayCount | None, code: str) -> None:
    assert why_none(of, day_count) == Message(code)
    if of is not None and code != "due.no_convention":
        with pytest.raises(ValueError, match="gives no price of a day"):
            worked_out(of, [], MAY)


def test_an_amount_can_rest_on_a_stated_convention_and_a_price() -> None:
    assert why_none(fee(PerDiem(rate=dollar("1.00"))), STATED) is None


def test_a_period_is_its_days() -> None:
    assert [*Days(from_on=date(2027, 5, 1), until_on=date(2027, 5, 4))] == [
        date(2027, 5, 1) + timedelta(days=number) for number in range(3)
    ]
    assert "2027-05-01" not in MAY
