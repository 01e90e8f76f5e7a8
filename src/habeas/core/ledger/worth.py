"""What the fee is worth: against the reported cost of a day in both states, against the yearly cost of the receiving
state's prisons, and from which occupancy it pays for itself.

Every figure is a range with its source. Sources that disagree are all kept; currencies are never converted.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from habeas.core.ledger.fees import (
    YEAR_DAYS,
    Fee,
    FixedPlusVariable,
    FlatBlock,
    LumpGrant,
    Observed,
    PerDiem,
    PerDiemWithMinimum,
    Reimbursement,
    RentAndAid,
    fixed_year,
)
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
    """One line: what it says, the range, and the source of the figure that the fee is held against."""

    message: Message
    low: Decimal | None = None
    high: Decimal | None = None
    source: Source | None = None


def read_costs(root: Table, sources: Sources) -> tuple[tuple[CostOfDay, ...], tuple[SystemCost, ...]]:
    """Every `[[cost_of_day]]` and `[[system_cost]]`. Raises FileError."""
    days = tuple(sources.record(CostOfDay, each) for each in root.tables("cost_of_day"))
    for cost, table in zip(days, root.tables("cost_of_day"), strict=True):
        if not 0 < cost.low.minor <= cost.high.minor:
            raise table.error("terms.not_a_range", "low")
    return days, tuple(sources.record(SystemCost, each) for each in root.tables("system_cost"))


def worth(
    fee: Fee,
    observed: Observed | None,
    costs: tuple[CostOfDay, ...],
    systems: tuple[SystemCost, ...],
    *,
    sending: Country,
    receiving: Country,
) -> tuple[Worth, ...]:
    """What the fee is worth, line by line; what no source gives is said too."""
    return tuple(_lines(_Priced(fee, observed), costs, systems, (sending, receiving)))


def _lines(
    priced: "_Priced", costs: tuple[CostOfDay, ...], systems: tuple[SystemCost, ...], states: tuple[Country, Country]
) -> Iterator[Worth]:
    prices = priced.prices()
    if not prices:
        yield Worth(message=Message("worth.no_price"))
        return
    for code, price in prices.items():
        amounts = _amounts(price, priced.currency)
        yield _range(f"worth.{code}", amounts, priced.fee.source, {"currency": priced.currency})
    sending, receiving = states
    for state in (receiving, sending):
        of_state = [each for each in costs if each.state == state]
        for cost in of_state:
            yield from _against(prices, priced, cost)
            if state == sending and cost.low.currency == priced.currency:
                yield from _break_even(priced, cost)
        if not of_state:
            yield Worth(message=Message("worth.no_cost", {"state": f"country.{state}"}))
    for system in systems:
        yearly = priced.fixed_yearly()
        if yearly and system.yearly.currency == priced.currency:
            share = yearly.times(Fraction(100, system.yearly.minor))
            said: dict[str, Parameter] = {
                "state": f"country.{system.state}",
                "amount": system.yearly.amount,
                "as_of": system.as_of,
                "currency": priced.currency,
            }
            yield _range("worth.share", share, system.source, said, decimals=1)


def _against(prices: "dict[str, Bounds]", priced: "_Priced", cost: CostOfDay) -> Iterator[Worth]:
    said: dict[str, Parameter] = {"state": f"country.{cost.state}", "as_of": cost.as_of}
    amounts = _amounts(cost.a_day, cost.low.currency)
    yield _range("worth.cost_of_day", amounts, cost.source, {**said, "currency": cost.low.currency})
    if cost.low.currency != priced.currency:
        yield Worth(message=Message("worth.other_currency", {"currency": cost.low.currency}), source=cost.source)
        return
    for code, price in prices.items():
        yield _range(f"worth.ratio_{code}", price.over(cost.a_day), cost.source, said)


def _break_even(priced: "_Priced", cost: CostOfDay) -> Iterator[Worth]:
    """From how many people on, all year, the fee is no dearer than holding them at home."""
    yearly, places = priced.fixed_yearly(), priced.places
    if yearly is None or not places:
        return
    people = yearly.over(cost.a_day.times(YEAR_DAYS))
    low, high = -(-people.low // 1), -(-people.high // 1)
    shares = Bounds(Fraction(low * 100, places), Fraction(high * 100, places))
    said: dict[str, Parameter] = {"places": places, "people": low, "people_most": high, "as_of": cost.as_of}
    yield _range("worth.break_even", shares, cost.source, said, decimals=1)


class _Priced:
    """The fee as ranges of money, from the lowest to the highest figure that a source reports for it."""

    def __init__(self, fee: Fee, observed: Observed | None) -> None:
        self.fee, self.observed = fee, observed
        amounts = [each.amount.minor for each in fee.reported]
        self._amounts = (min(amounts), max(amounts)) if amounts else None
        self.currency = self._paid().currency

    def _paid(self) -> Money:
        match self.fee.terms:
            case FlatBlock(yearly=paid) | RentAndAid(rent=paid) | LumpGrant(grant=paid):
                return paid
            case FixedPlusVariable(rate=paid) | PerDiem(rate=paid) | PerDiemWithMinimum(rate=paid):
                return paid
        return Money(minor=0, currency="XXX")  # costs paid back have no price

    def prices(self) -> dict[str, Bounds]:
        """The price of a day as agreed, and as observed."""
        found: dict[str, Bounds] = {}
        yearly, places = self.fixed_yearly(), self.places
        match self.fee.terms:
            case PerDiem(rate=rate) | PerDiemWithMinimum(rate=rate):
                found["place_day"] = Bounds(Fraction(rate.minor), Fraction(rate.minor))
            case _ if yearly and places:
                found["place_day"] = yearly.times(Fraction(1, places * YEAR_DAYS))
        if self.observed and self.observed.person_days and isinstance(self.fee.terms, LumpGrant):
            found["person_day"] = self._bounds(self.fee.terms.grant).times(Fraction(1, self.observed.person_days))
        return found

    @property
    def places(self) -> int | None:
        """How many people the fee pays for, there or not."""
        match self.fee.terms:
            case FlatBlock(places=places) | RentAndAid(places=places):
                return places
            case FixedPlusVariable(minimum_people=people) | PerDiemWithMinimum(minimum_people=people):
                return people
            case LumpGrant():
                return self.observed.people if self.observed else None
        return None

    def fixed_yearly(self) -> Bounds | None:
        """What is paid in a year whoever is there; None for a fee that depends on people alone."""
        match self.fee.terms:
            case FlatBlock(yearly=yearly):
                return self._bounds(yearly)
            case RentAndAid(rent=rent):
                return self._bounds(rent)
            case FixedPlusVariable():
                return self._bounds(fixed_year(self.fee.terms))
            case PerDiemWithMinimum(rate=rate, minimum_people=people):
                return self._bounds(rate.times(people * YEAR_DAYS))
            case LumpGrant(grant=grant, covers_days=int(covers)):
                return self._bounds(grant).times(Fraction(YEAR_DAYS, covers))
            case Reimbursement(yearly=Money() as yearly):
                return self._bounds(yearly)
        return None

    def _bounds(self, amount: Money) -> Bounds:
        low, high = self._amounts or (amount.minor, amount.minor)
        return Bounds(Fraction(low), Fraction(high))


def _amounts(of: Bounds, currency: str) -> Bounds:
    """Minor units in major ones."""
    return of.times(Fraction(1, 10 ** exponent(currency)))


def _range(code: str, of: Bounds, source: Source, said: Mapping[str, Parameter], *, decimals: int = 2) -> Worth:
    low, high = (Decimal(round(each * 10**decimals)).scaleb(-decimals) for each in (of.low, of.high))
    message = Message(code if low != high else f"{code}_exact", {"low": low, "high": high, **said})
    return Worth(message=message, low=low, high=high, source=source)
