"""Failures of the texts and of the money: what each would have met in Habeas."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from habeas import agreements
from habeas.core.ledger.fees import (
    Fee,
    FeeStep,
    LumpGrant,
    Observed,
    PerDiemWithMinimum,
    Reimbursement,
    RentAndAid,
    per_diem_for,
    work_through,
)
from habeas.core.ledger.money import Money, read_money
from habeas.core.sources import Quality, Source
from habeas.core.tables import Bilingual
from habeas.core.terms import answers_of, gaps
from tests.spec.failures import Outcome, replays

REFUSED, EXPOSED, OUTSIDE = Outcome.REFUSED, Outcome.EXPOSED, Outcome.OUTSIDE
TEXT = Bilingual(en="As reported.", es="Según lo publicado.")


def source() -> Source:
    fee = agreements.agreement("us-sv-2025").fee
    assert fee is not None
    return fee.source


def observed(people: int, from_on: date, until_on: date) -> Observed:
    return Observed(people=people, from_on=from_on, until_on=until_on, source=source(), assumption=TEXT)


def working(
    terms: LumpGrant | Reimbursement | RentAndAid | PerDiemWithMinimum, seen: Observed | None
) -> dict[str, FeeStep]:
    return {each.message.code: each for each in work_through(Fee(terms=terms, source=source()), seen)}


@replays("W18", EXPOSED, to="whoever reads the agreement or a statement", seen="with every amount")
def test_what_is_paid_for_empty_places_stands_apart() -> None:
    """What a guaranteed minimum pays for empty places is a line of its own beside what was due for people."""
    rate = read_money("54.98", "USD")
    charge = per_diem_for(
        PerDiemWithMinimum(rate=rate, minimum_people=28_000), person_days=(28_000 - 12_027) * 31, days=31
    )
    assert charge.empty_part == rate.times(12_027 * 31)
    assert charge.empty_part.amount.scaleb(-6).quantize(Decimal("0.1")) == Decimal("20.5")
    assert charge.due == rate.times(28_000 * 31)


@pytest.mark.parametrize(("people", "each_day"), [(1_193, "1102"), (107, "12290")])
@replays("W19", EXPOSED, to="whoever reads the agreement", seen="as soon as the numbers are known")
def test_a_fee_that_does_not_fall_with_the_people_shows_its_price_a_day(people: int, each_day: str) -> None:
    """A sum that stays the same for a tenth of the people is shown as what it came to for each person-day."""
    a_year = read_money("480000000.00", "AUD")
    steps = working(LumpGrant(grant=a_year, covers_days=365), observed(people, date(2016, 5, 1), date(2017, 5, 1)))
    effective = steps["fee.person_day_effective"].amount
    assert effective is not None
    assert effective.amount.quantize(Decimal(1)) == Decimal(each_day)


@replays("W20", EXPOSED, to="whoever reads the agreement", seen="as soon as the numbers are known")
def test_five_days_of_use_are_five_days_of_use() -> None:
    """What was paid for a few days of use is divided by those days, not by the places that were built."""
    steps = working(
        LumpGrant(grant=read_money("570000.00", "EUR"), covers_days=None),
        observed(20, date(2024, 10, 16), date(2024, 10, 21)),
    )
    assert steps["fee.person_days"].number == 100
    assert steps["fee.person_day_effective"].amount == read_money("5700.00", "EUR")


@replays("W21", EXPOSED, to="whoever reads the agreement", seen="as soon as the sum is paid")
def test_a_sum_for_which_nobody_came_has_no_price_a_day() -> None:
    """A sum stands beside the people for whom it was paid; where nobody came, no price is made up."""
    nobody = working(
        LumpGrant(grant=read_money("7500000.00", "USD"), covers_days=None),
        observed(0, date(2025, 8, 1), date(2026, 2, 13)),
    )
    assert nobody.keys() == {"fee.grant"}
    seven = working(
        LumpGrant(grant=read_money("7500000.00", "USD"), covers_days=None),
        observed(7, date(2025, 8, 1), date(2026, 2, 13)),
    )
    assert seven["fee.grant_each"].amount == read_money("1071428.57", "USD")


@replays("W22", EXPOSED, to="whoever reads the agreement", seen="always")
def test_what_is_outside_the_fee_is_listed_beside_it() -> None:
    """What the fee leaves out is listed beside it with its source, and a cost that nobody has reported is not guessed."""
    fee = agreements.agreement("se-ee-2025").fee
    assert fee is not None
    assert fee.outside
    assert all(each.source for each in fee.outside)


@replays("W26", EXPOSED, to="whoever reads the agreement", seen="always")
def test_rent_and_aid_are_two_ledgers() -> None:
    """Rent and the aid promised beside it are two sums for each place, whether anybody has come or not."""
    rent, aid = read_money("15000000.00", "EUR"), read_money("6000000.00", "EUR")
    steps = working(RentAndAid(rent=rent, aid=aid, places=300), None)
    assert steps["fee.rent_place_year"].amount == Money(minor=5_000_000, currency="EUR")
    assert steps["fee.rent_and_aid_place_year"].amount == Money(minor=7_000_000, currency="EUR")


@replays("W08", EXPOSED, to="everybody", seen="always")
def test_what_a_text_does_not_say_is_listed() -> None:
    """Each of the questions that a text must answer is answered with its source, or listed as a gap."""
    offer = agreements.agreement("us-sv-2025")
    silent = {each.question for each in gaps(offer)}
    assert {"publication", "monitors_and_their_powers", "return_before_release"} <= silent
    assert answers_of(offer)["publication"].source is not None


@replays("W29", EXPOSED, to="everybody", seen="always")
def test_what_is_withheld_is_said_to_be_withheld() -> None:
    """A text that was kept secret says so with its dates and its source; the secret is a gap, not a blank."""
    offer = agreements.agreement("us-sv-2025")
    published = answers_of(offer)["publication"]
    assert not published.counts
    assert "9 September 2025" in published.text.en
    assert published.source is not None
    assert published.source.quality is not Quality.GENERAL_KNOWLEDGE


@replays("W29", OUTSIDE, to="nobody", seen="never by software")
def test_a_prison_that_reports_nothing_has_no_figures() -> None:
    """Habeas counts those whom its record holds; what a state does beside the record, and its other prisoners, it can't see."""
    offer = agreements.agreement("us-sv-2025")
    assert "day_count" in {each.question for each in gaps(offer)}
