"""What the fee is worth: against the reported cost of a day in both states, against the yearly cost of the receiving
state's prisons, and from which occupancy it pays for itself.

Every figure is a range with its source. Sources that disagree are all kept; currencies are never converted.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from math import ceil

from habeas.core.ledger import fees
from habeas.core.ledger.fees import YEAR_DAYS, Fee
from habeas.core.ledger.money import Money, exponent
from habeas.core.messages import Message, Parameter
from habeas.core.sources import Source, Sources
from habeas.core.tables import Country, Table


class Per(StrEnum):
    """The time that a reported cost is for."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True, slots=True, kw_only=True)
class CostOfDay:
    """What it is reported to cost a state to hold one person at home, from `low` to `high`, as printed: for each
    day, month or year. `as_of` is the time that the figure is about."""

    state: Country
    low: Money
    high: Money
    per: Per
    as_of: str
    source: Source

    @property
    def a_day(self) -> "Bounds":
        parts = {Per.DAY: Fraction(1), Per.MONTH: Fraction(YEAR_DAYS, 12), Per.YEAR: Fraction(YEAR_DAYS)}[self.per]
        return Bounds(Fraction(self.low.minor) / parts, Fraction(self.high.minor) / parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemCost:
    """What a state's whole prison system is reported to cost in a year."""

    state: Country
    yearly: Money
    as_of: str
    source: Source


@dataclass(frozen=True, slots=True)
class Bounds:
    """A range of exact numbers; of money, minor units."""

    low: Fraction
    high: Fraction

    def over(self, other: "Bounds") -> "Bounds":
        """The range of the quotient of any two values."""
        return Bounds(self.low / other.high, self.high / other.low)

    def times(self, factor: Fraction | int) -> "Bounds":
        return Bounds(self.low * factor, self.high * factor)


@dataclass(frozen=True, slots=True, kw_only=True)
class Worth:
    """One line: what it says, the range, and the sources of its figures: of the fee itself, or of what it is held
    against."""

    message: Message
    low: Decimal | None = None
    high: Decimal | None = None
    sources: tuple[Source, ...] = ()


def read_costs(root: Table, sources: Sources) -> tuple[tuple[CostOfDay, ...], tuple[SystemCost, ...]]:
    """Every `[[cost_of_day]]` and `[[system_cost]]`. Raises FileError."""
    days = tuple(sources.record(CostOfDay, each) for each in root.tables("cost_of_day"))
    for cost, table in zip(days, root.tables("cost_of_day"), strict=True):
        if not 0 < cost.low.minor <= cost.high.minor:
            raise table.error("terms.not_a_range", "low")
    return days, tuple(sources.record(SystemCost, each) for each in root.tables("system_cost"))


def worth(
    fee: Fee,
    observed: fees.Observed | None,
    costs: tuple[CostOfDay, ...],
    systems: tuple[SystemCost, ...],
    *,
    sending: Country,
    receiving: Country,
) -> tuple[Worth, ...]:
    """What the fee is worth, line by line; what no source gives is said too."""
    price = _price(fee, observed)
    if price is None:
        return (Worth(message=Message("worth.no_price")),)
    sources = dict.fromkeys((fee.source, *(each.source for each in fee.also if each.is_alike)))
    found = [
        _range(f"worth.{code}", _amounts(a_day, price.currency), {"currency": price.currency}, *sources)
        for code, a_day in price.days.items()
    ]
    for state in dict.fromkeys((receiving, sending)):
        of_state = [each for each in costs if each.state == state]
        if not of_state:
            found.append(Worth(message=Message("worth.no_cost", {"state": f"country.{state}"})))
        for cost in of_state:
            found += _against(price, cost, is_home=state == sending)
    return (*found, *_shares(price, systems))


def _against(price: "_Price", cost: CostOfDay, *, is_home: bool) -> Iterator[Worth]:
    """The fee against one reported cost; at home, also from how many people on it is no dearer."""
    said: dict[str, Parameter] = {"state": f"country.{cost.state}", "as_of": cost.as_of, "currency": cost.low.currency}
    yield _range("worth.cost_of_day", _amounts(cost.a_day, cost.low.currency), said, cost.source)
    if cost.low.currency != price.currency:
        yield Worth(message=Message("worth.other_currency", {"currency": cost.low.currency}), sources=(cost.source,))
        return
    for code, a_day in price.days.items():
        yield _range(f"worth.ratio_{code}", a_day.over(cost.a_day), said, cost.source)
    if is_home and price.yearly:
        people = price.yearly.over(cost.a_day.times(YEAR_DAYS))
        low, high = ceil(people.low), ceil(people.high)
        shares = Bounds(Fraction(low * 100, price.places), Fraction(high * 100, price.places))
        said |= {"places": price.places, "people": low, "people_most": high}
        yield _range("worth.break_even", shares, said, cost.source, decimals=1)


def _shares(price: "_Price", systems: tuple[SystemCost, ...]) -> Iterator[Worth]:
    """What part a year's fee is of what the whole prison system costs."""
    for each in systems:
        if price.yearly and each.yearly.currency == price.currency:
            share = price.yearly.times(Fraction(100, each.yearly.minor))
            said = {"state": f"country.{each.state}", "as_of": each.as_of, "currency": price.currency}
            yield _range("worth.share", share, {**said, "amount": each.yearly.amount}, each.source, decimals=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Price:
    """The fee in ranges of minor units, from the lowest to the highest figure that a source reports for it: of a year
    for so many `places`, whoever is there, and of a day as agreed and as observed."""

    currency: str
    yearly: Bounds | None
    places: int
    days: Mapping[str, Bounds]


def _price(fee: Fee, observed: fees.Observed | None) -> _Price | None:
    """None for a fee that gives no price of a day."""
    if not fee.figures:
        return None
    years, currency = Fraction(1), fee.figures[0].currency
    figures = [Fraction(each.minor) for each in fee.figures]
    whole = Bounds(min(figures), max(figures))
    match fee.terms:
        case fees.PerDiem():
            return _Price(currency=currency, yearly=None, places=0, days={"place_day": whole})
        case (
            fees.FlatBlock(places=places)
            | fees.RentAndAid(places=places)
            | fees.FixedPlusVariable(minimum_people=places)
        ):
            pass
        case fees.PerDiemWithMinimum(minimum_people=places):
            whole = whole.times(places * YEAR_DAYS)
        case fees.LumpGrant(covers_days=int(covers)) if observed and observed.person_days:
            places, years = observed.people, Fraction(covers, YEAR_DAYS)
        case _:
            return None
    if not places or not years:
        return None
    days = {"place_day": whole.times(1 / (years * places * YEAR_DAYS))}
    if isinstance(fee.terms, fees.LumpGrant) and observed:
        days["person_day"] = whole.times(Fraction(1, observed.person_days))
    return _Price(currency=currency, yearly=whole.times(1 / years), places=places, days=days)


def _amounts(of: Bounds, currency: str) -> Bounds:
    """Minor units in major ones."""
    return of.times(Fraction(1, 10 ** exponent(currency)))


def _range(code: str, of: Bounds, said: Mapping[str, Parameter], *sources: Source, decimals: int = 2) -> Worth:
    low, high = (Decimal(round(each * 10**decimals)).scaleb(-decimals) for each in (of.low, of.high))
    message = Message(code if low != high else f"{code}_exact", {"low": low, "high": high, **said})
    return Worth(message=message, low=low, high=high, sources=sources)
