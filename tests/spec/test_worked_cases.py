"""The rule book: figures worked out from the released terms, as a reader with a pencil gets them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from habeas import agreements
from habeas.core.ledger.fees import (
    FeeStep,
    FixedPlusVariable,
    LumpGrant,
    PerDiemWithMinimum,
    Reimbursement,
    per_diem_for,
    work_through,
    year_with,
)
from habeas.core.ledger.money import Money, read_money
from habeas.core.terms import gaps


def steps_in_order(id: str, *held: int) -> tuple[FeeStep, ...]:
    agreement = agreements.agreement(id)
    assert agreement.fee is not None
    return work_through(agreement.fee, agreement.observed, held)


def steps(id: str, *held: int) -> dict[str, FeeStep]:
    """The working of an agreement's fee by the code of each line; the last one of a code."""
    return {each.message.code: each for each in steps_in_order(id, *held)}


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


def prices(id: str, on: date | None = None) -> list[Decimal]:
    """What the fee comes to for a place and day, from the lowest to the highest figure for the same thing."""
    line = next(
        each for each in agreements.agreement(id, on=on).worth if each.message.code.startswith("worth.place_day")
    )
    assert line.low is not None
    assert line.high is not None
    return [line.low, line.high]


def test_a_place_in_tartu_costs_279_euros_a_day_held_or_not() -> None:
    assert prices("se-ee-2025") == [Decimal("279.45"), Decimal("279.45")]


def test_the_fee_for_norgerhaven_is_kept_in_every_way_in_which_it_is_reported() -> None:
    fee = agreements.agreement("no-nl-2015").fee
    assert fee is not None
    assert [(each.amount, each.years, each.people, each.source.quality) for each in fee.also] == [
        (euro("25000000.00"), None, None, "conflicting"),  # the same figure read as a yearly sum
        (euro("25000000.00"), 3, None, "press"),
        (read_money("100000.00", "GBP"), None, 1, "press"),
    ]


def test_the_reports_on_norgerhaven_lie_as_far_apart_as_94_and_289_euros_and_none_is_chosen() -> None:
    agreement = agreements.agreement("no-nl-2015")
    assert agreement.fee is not None
    working = [(each.message.code, each.amount) for each in work_through(agreement.fee)]
    assert ("fee.reported_place_day", euro("94.34")) in working  # 25m / 3 / 242 / 365
    assert ("fee.reported_place_day", read_money("273.97", "GBP")) in working  # 100,000 / 365: it fits a yearly sum
    assert prices("no-nl-2015") == [Decimal("283.03"), Decimal("288.69")]  # 25m and 25.5m / 242 / 365
    spread = steps("no-nl-2015")["fee.reported_place_day_spread"]
    assert spread.amount == euro("194.35")
    assert (spread.message.parameters["lowest"], spread.message.parameters["highest"]) == (
        Decimal("94.34"),
        Decimal("288.69"),
    )


def test_no_question_rests_on_a_fee_about_which_the_sources_disagree() -> None:
    assert "fee_shape" in {each.question for each in gaps(agreements.agreement("no-nl-2015"))}
    assert "fee_shape" not in {each.question for each in gaps(agreements.agreement("se-ee-2025"))}


def test_a_place_in_tilburg_cost_164_euros_a_day_in_2010_and_181_in_2014() -> None:
    assert prices("be-nl-2009", date(2010, 2, 5)) == [Decimal("164.38"), Decimal("164.38")]  # 30m / 500 / 365
    assert prices("be-nl-2009", date(2014, 7, 1)) == [Decimal("181.24"), Decimal("181.24")]  # 43m / 650 / 365


def test_a_place_in_gjilan_costs_137_euros_a_day_and_192_with_the_aid_tied_to_it() -> None:
    assert prices("dk-xk-2022") == [Decimal("136.99"), Decimal("136.99")]  # 15m / 300 / 365
    both = steps("dk-xk-2022")["fee.rent_and_aid_place_year"].amount
    assert both is not None
    assert both.split(365) == euro("191.78")  # 21m / 300 / 365


def test_what_the_united_states_had_offered_for_500_people_was_the_same_for_each() -> None:
    """10 million for 500 people are 20,000 each, as the grant of 4.76 million for 238 was: 54.79 a place and day."""
    assert steps("us-sv-2025")["fee.reported_place_day"].amount == dollar("54.79")
    assert dollar("20000.00").split(365) == dollar("54.79")


def test_empty_beds_of_immigration_detention_cost_20_5_million_in_may_2020() -> None:
    """12,027 beds x 31 days x r = 20.5 million, so r = 54.98."""
    agreement = agreements.agreement("us-ice-igsa")
    assert agreement.fee is not None
    assert agreement.observed is not None
    terms = agreement.fee.terms
    assert isinstance(terms, PerDiemWithMinimum)
    assert terms.rate == dollar("20500000.00").split(12_027 * 31) == dollar("54.98")
    assert terms.minimum_people - agreement.observed.people == 12_027
    assert agreement.observed.days == 31

    charge = per_diem_for(terms, person_days=agreement.observed.person_days, days=31)
    assert charge.empty_part == dollar("20498578.26")
    assert steps("us-ice-igsa")["fee.empty_days_part"].amount == charge.empty_part


def test_a_place_in_matsapha_was_paid_31_875_and_each_person_sent_340_000() -> None:
    agreement = agreements.agreement("us-sz-2025")
    assert agreement.fee is not None
    assert isinstance(agreement.fee.terms, LumpGrant)
    places = agreement.facilities[0].places
    assert places is not None
    assert agreement.fee.terms.grant.split(places) == dollar("31875.00")
    working = steps("us-sz-2025")
    assert working["fee.grant_each"].amount == dollar("340000.00")
    assert "fee.person_days" not in working  # no source says how long anybody was held


def test_rwanda_was_paid_over_a_million_for_each_person_sent() -> None:
    assert steps("us-rw-2025")["fee.grant_each"].amount == dollar("1071428.57")


def test_nauru_is_to_be_paid_seven_million_a_head_if_all_354_go() -> None:
    agreement = agreements.agreement("au-nr-2025")
    assert agreement.fee is not None
    assert agreement.duration is not None
    terms = agreement.fee.terms
    assert isinstance(terms, Reimbursement)
    assert terms.up_front is not None
    assert terms.yearly is not None
    whole = terms.up_front.plus(terms.yearly.times(agreement.duration.years))
    assert whole == read_money("2508000000.00", "AUD")
    assert whole.split(354) == read_money("7084745.76", "AUD")


def test_a_person_on_nauru_cost_eight_times_as_much_five_years_later() -> None:
    working = [each for each in steps_in_order("au-nr-2012") if each.message.code == "fee.reported_place_day"]
    assert [each.amount for each in working] == [read_money("1463.01", "AUD"), read_money("11780.82", "AUD")]


def test_a_day_in_saguaro_is_half_the_cost_at_home_as_reported_and_what_comes_on_top_is_named() -> None:
    agreement = agreements.agreement("us-hi-saguaro")
    assert agreement.fee is not None
    assert [each.message.code for each in agreement.worth] == [
        "worth.place_day_exact",
        "worth.cost_of_day_exact",  # once, though both sides lie in one state
        "worth.ratio_place_day_exact",
    ]
    assert agreement.worth[-1].low == Decimal("0.52")  # 71.90 of 137
    assert [each.text.en for each in agreement.fee.outside] == [
        "The state pays transport and monitors on top, and nobody adds it up."
    ]


@pytest.mark.parametrize(
    ("day", "rate"),
    [
        (date(2011, 7, 1), "63.22"),
        (date(2014, 12, 31), "63.22"),
        (date(2015, 1, 1), "70.49"),
        (date(2016, 7, 31), "70.49"),
        (date(2016, 8, 1), "71.90"),
    ],
)
def test_a_day_in_saguaro_has_the_price_of_its_time(day: date, rate: str) -> None:
    fee = agreements.agreement("us-hi-saguaro", on=day).fee
    assert fee is not None
    assert work_through(fee)[0].amount == dollar(rate)
