"""What is due for a period: from the shape of the fee and from the person-days, never from what somebody says.

Under every shape a day that is held and not payable (untitled, without permission, disputed, unexplained) leaves the
sum and is listed at its price in a line of its own, which opens a dispute. Its price is the rate where there is one,
the price of a place-day where the fee is for places, and the effective cost where one sum bought people.
"""

from calendar import monthrange
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial, reduce
from itertools import groupby
from typing import TypeAlias

from habeas.core.ledger import fees
from habeas.core.ledger.conventions import DayCount
from habeas.core.ledger.fees import YEAR_DAYS, Fee
from habeas.core.ledger.money import Money
from habeas.core.ledger.person_days import Days, PersonDay, Reason
from habeas.core.messages import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """Part of what is due: for so many days at a price, in one part of the period."""

    code: str
    from_on: date
    days: int
    amount: Money

    @property
    def message(self) -> Message:
        amount, currency = self.amount.amount, self.amount.currency
        return Message(
            f"due.{self.code}", {"days": self.days, "amount": amount, "currency": currency, "from_on": self.from_on}
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """What the record supports. `empty_part` is the part of `amount` that pays for empty places; `withheld` is what
    the days that left the sum would have come to, by reason: each opens a dispute."""

    amount: Money
    empty_part: Money
    shares: tuple[Share, ...]
    withheld: Mapping[Reason, Share]


def why_none(fee: Fee | None, day_count: DayCount | None) -> Message | None:
    """Why no amount can be due under these terms; None when one can."""
    if fee is None:
        return Message("due.no_fee")
    if isinstance(fee.terms, fees.Reimbursement):
        return Message("due.vouchers")
    if isinstance(fee.terms, fees.LumpGrant) and not fee.terms.covers_days:
        return Message("due.no_time_named")
    if day_count is None:
        return Message("due.no_convention")
    return None


def worked_out(fee: Fee, days: Iterable[PersonDay], period: Days) -> Due:
    """What these days of a period come to. Raises ValueError where the fee gives no price of a day."""
    every = [each for each in days if not each.is_outside]

    def counted(span: Days) -> Counted:
        within = [each for each in every if each.day in span]
        return len(within), Counter(each.reason for each in within if each.is_withheld)

    return due_for(fee, period, counted)


Counted: TypeAlias = tuple[int, Mapping[Reason, int]]
"""How many person-days were held in a stretch of time, and how many of them are withheld, by reason."""


def priced_apart(fee: Fee, period: Days) -> list[Days]:
    """The parts of a period in each of which a day has one price: a monthly rate has another in each month, every
    other fee one for the whole."""
    return [*_months(period)] if isinstance(fee.terms, fees.FixedPlusVariable) else [period]


def due_for(fee: Fee, period: Days, counted: Callable[[Days], Counted]) -> Due:
    """What a period comes to by how many days were held in each part of it. Raises ValueError where the fee gives no
    price of a day."""
    parts = [_part(fee, span, *counted(span)) for span in priced_apart(fee, period)]
    shares = [share for part in parts for share in part.shares]
    withheld = [(reason, share) for part in parts for reason, share in part.withheld.items()]
    return Due(
        amount=_sum(part.amount for part in parts),
        empty_part=_sum(part.empty_part for part in parts),
        shares=tuple(shares),
        withheld={
            reason: _joined([share for _, share in same])
            for reason, same in groupby(sorted(withheld, key=lambda each: each[0]), lambda each: each[0])
        },
    )


def _part(fee: Fee, span: Days, held: int, withheld: Mapping[Reason, int]) -> Due:
    """A stretch of the period in which a day has one price."""
    terms = fee.terms
    payable = held - sum(withheld.values())
    length = monthrange(span.from_on.year, span.from_on.month)[1]
    match terms:
        case fees.PerDiem() | fees.PerDiemWithMinimum():
            price: _Price = terms.rate.times
        case fees.FixedPlusVariable():
            price = partial(_of_month, terms.rate, length)
        case fees.FlatBlock():
            price = partial(_of_year, terms.yearly, terms.places)
        case fees.RentAndAid():
            price = partial(_of_year, terms.rent, terms.places)
        case fees.LumpGrant(covers_days=int(covers)):
            price = partial(_of_sum, terms.grant, span.count, covers, max(1, held))
        case _:
            raise ValueError(f"{fee.shape} gives no price of a day")
    empty = max(0, _places(fee, span, held) - held)
    shares = [("payable", payable), ("empty", empty)]
    return Due(
        amount=price(payable + empty),
        empty_part=price(empty),
        shares=tuple(Share(code=code, from_on=span.from_on, days=n, amount=price(n)) for code, n in shares if n),
        withheld={
            reason: Share(code="withheld", from_on=span.from_on, days=number, amount=price(number))
            for reason, number in withheld.items()
        },
    )


_Price = Callable[[int], Money]


def _places(fee: Fee, span: Days, held: int) -> int:
    """The place-days that are paid for, held or not."""
    match fee.terms:
        case fees.FixedPlusVariable(minimum_people=people) | fees.PerDiemWithMinimum(minimum_people=people):
            return people * span.count
        case fees.FlatBlock(places=places) | fees.RentAndAid(places=places):
            return places * span.count
        case fees.LumpGrant() if not held:
            return 1  # the sum is due although nobody was there
    return 0


def _of_month(rate: Money, length: int, days: int) -> Money:
    return rate.times(days).split(length)


def _of_year(yearly: Money, places: int, days: int) -> Money:
    return yearly.times(days).split(places * YEAR_DAYS)


def _of_sum(grant: Money, length: int, covers: int, held: int, days: int) -> Money:
    """What was paid for the time, spread over the days that somebody was there."""
    return grant.times(length * days).split(covers * held)


def _months(period: Days) -> Iterator[Days]:
    for _, days in groupby(period, lambda day: (day.year, day.month)):
        first, *others = days
        yield Days(from_on=first, until_on=date.fromordinal((others or [first])[-1].toordinal() + 1))


def _joined(shares: Sequence[Share]) -> Share:
    first = shares[0]
    days = sum(each.days for each in shares)
    return Share(code=first.code, from_on=first.from_on, days=days, amount=_sum(each.amount for each in shares))


def _sum(amounts: Iterable[Money]) -> Money:
    return reduce(Money.plus, amounts)
