"""What the fee is worth: ranges with sources, every conflicting figure kept, nothing converted."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest

from habeas import agreements
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
from habeas.core.ledger.money import read_money
from habeas.core.ledger.worth import Bounds, CostOfDay, Per, SystemCost, Worth, worth
from habeas.core.messages import FileError
from habeas.core.sources import Quality, Source
from habeas.core.tables import Country
from habeas.core.terms import parse_agreement

SOURCE = Source(document="An agreement", citation="nowhere", quality=Quality.TREATY)
HOME, AWAY = Country("SWE"), Country("EST")


def cost(low: str, high: str, *, per: Per = Per.DAY, state: Country = HOME, currency: str = "EUR") -> CostOfDay:
    amounts = (read_money(each, currency) for each in (low, high))
    least, most = amounts
    return CostOfDay(state=state, low=least, high=most, per=per, as_of="2025", source=SOURCE)


def said(terms: FeeTerms, *costs: CostOfDay, systems: tuple[SystemCost, ...] = ()) -> dict[str, Worth]:
    fee = Fee(terms=terms, source=SOURCE)
    return {
        each.message.code.removeprefix("worth."): each
        for each in worth(fee, None, costs, systems, sending=HOME, receiving=AWAY)
    }


def rent(yearly: str, places: int = 10) -> FlatBlock:
    return FlatBlock(yearly=read_money(yearly, "EUR"), places=places)


def lines(agreement: str) -> list[tuple[str, str, str]]:
    return [
        (each.message.code.removeprefix("worth."), str(each.low), str(each.high))
        for each in agreements.agreement(agreement).worth
    ]


def test_the_fee_for_cecot_against_every_cost_that_a_source_gives() -> None:
    assert lines("us-sv-2025") == [
        ("place_day", "53.76", "69.07"),  # 4.67m and 6m over 238 people and 365 days
        ("person_day", "156.97", "201.68"),  # over 29,750 days
        ("cost_of_day_exact", "5.50", "5.50"),
        ("ratio_place_day", "9.77", "12.56"),
        ("ratio_person_day", "28.54", "36.67"),
        ("cost_of_day", "5.00", "5.94"),
        ("ratio_place_day", "9.05", "13.81"),
        ("ratio_person_day", "26.43", "40.34"),
        ("cost_of_day_exact", "120.80", "120.80"),
        ("ratio_place_day", "0.45", "0.57"),
        ("ratio_person_day", "1.30", "1.67"),
        ("break_even", "44.5", "57.6"),  # from 106 to 137 of 238 people
        ("cost_of_day_exact", "177.38", "177.38"),  # 64,742 a year
        ("ratio_place_day", "0.30", "0.39"),
        ("ratio_person_day", "0.88", "1.14"),
        ("break_even", "30.7", "39.1"),
        ("share", "2.3", "3.0"),  # of 200m: no prison system lives on it
    ]


def test_the_fee_for_tartu_against_two_figures_that_disagree_and_one_in_another_currency() -> None:
    assert lines("se-ee-2025") == [
        ("place_day_exact", "279.45", "279.45"),
        ("no_cost", "None", "None"),  # no source gives the cost of a day in Estonia
        ("cost_of_day_exact", "378.08", "378.08"),  # 11,500 a month
        ("ratio_place_day_exact", "0.74", "0.74"),
        ("break_even_exact", "74.0", "74.0"),
        ("cost_of_day_exact", "303.00", "303.00"),
        ("ratio_place_day_exact", "0.92", "0.92"),
        ("break_even_exact", "92.3", "92.3"),
        ("cost_of_day_exact", "4270.00", "4270.00"),
        ("other_currency", "None", "None"),
    ]


def test_every_figure_bears_its_source() -> None:
    for agreement in agreements.ids():
        for each in agreements.agreement(agreement).worth:
            assert (each.sources == ()) == (each.message.code in {"worth.no_cost", "worth.no_price"})


def test_it_pays_for_itself_from_the_first_person_at_which_it_is_no_dearer() -> None:
    found = said(rent("36500.00"), cost("20.00", "25.00"))["break_even"]  # 36,500 / (365 x 20) = 5 people
    assert (found.message.parameters["people"], found.message.parameters["people_most"]) == (4, 5)
    assert (found.low, found.high) == (Decimal("40.0"), Decimal("50.0"))


def test_an_occupancy_over_a_hundred_per_cent_is_said_as_it_is() -> None:
    assert said(rent("36500.00"), cost("5.00", "5.00"))["break_even_exact"].low == Decimal("200.0")


def test_a_fee_by_the_person_day_pays_for_no_empty_place() -> None:
    found = said(PerDiem(rate=read_money("10.00", "EUR")), cost("20.00", "20.00"))
    assert sorted(found) == ["cost_of_day_exact", "no_cost", "place_day_exact", "ratio_place_day_exact"]


def test_a_share_of_the_system_is_asked_only_in_one_currency() -> None:
    system = SystemCost(state=AWAY, yearly=read_money("365000.00", "EUR"), as_of="2025", source=SOURCE)
    other = SystemCost(state=AWAY, yearly=read_money("365000.00", "USD"), as_of="2025", source=SOURCE)
    assert said(rent("36500.00"), systems=(system,))["share_exact"].low == Decimal("10.0")
    assert "share_exact" not in said(rent("36500.00"), systems=(other,))
    assert "share_exact" not in said(PerDiem(rate=read_money("10.00", "EUR")), systems=(system,))


@pytest.mark.parametrize(
    ("terms", "a_day"),
    [
        (rent("36500.00"), "10.00"),
        (RentAndAid(rent=read_money("36500.00", "EUR"), aid=read_money("1.00", "EUR"), places=10), "10.00"),
        (PerDiemWithMinimum(rate=read_money("10.00", "EUR"), minimum_people=10), "10.00"),
    ],
)
def test_the_price_of_a_place_day(terms: FeeTerms, a_day: str) -> None:
    assert str(said(terms)["place_day_exact"].low) == a_day


@pytest.mark.parametrize(
    "terms",
    [
        Reimbursement(up_front=None, yearly=read_money("10.00", "EUR")),
        Reimbursement(up_front=read_money("10.00", "EUR"), yearly=None),
        Reimbursement(up_front=None, yearly=None),
        LumpGrant(grant=read_money("10.00", "EUR"), covers_days=None),
        LumpGrant(grant=read_money("10.00", "EUR"), covers_days=365),
        PerDiemWithMinimum(rate=read_money("10.00", "EUR"), minimum_people=0),
        rent("10.00", places=0),
    ],
)
def test_a_fee_without_a_price_of_a_day_is_held_against_nothing(terms: FeeTerms) -> None:
    assert [*said(terms, cost("1.00", "1.00"))] == ["no_price"]


def test_a_quotient_of_ranges_holds_every_quotient() -> None:
    assert Bounds(Fraction(1), Fraction(4)).over(Bounds(Fraction(2), Fraction(8))) == Bounds(
        Fraction(1, 8), Fraction(2)
    )


@pytest.mark.parametrize("bounds", ['low = "6.00"\nhigh = "5.00"', 'low = "0.00"\nhigh = "5.00"'])
def test_a_range_begins_above_nothing_and_below_its_end(bounds: str) -> None:
    table = (
        f'[[cost_of_day]]\nstate = "SLV"\ncurrency = "USD"\n{bounds}\nper = "day"\nas_of = "2025"\nsource = "costs"\n'
    )
    with pytest.raises(FileError) as caught:
        parse_agreement(f"{agreements.read('us-sv-2025')}\n{table}", "x.toml")
    assert caught.value.message.code == "terms.not_a_range"


def test_without_a_fee_there_is_nothing_to_hold() -> None:
    text = agreements.read("us-sv-2025")
    begins, ends = text.index("[fee]"), text.index("# --- what happened under it")
    assert parse_agreement(text[:begins] + text[ends:], "x.toml").worth == ()
