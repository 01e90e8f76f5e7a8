"""The shapes that a fee can have, and what each comes to.

Every figure shown is worked out here from the terms and from what was observed; nothing is typed in.
Shapes F1 to F7 are those found in agreements since 2009.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import ClassVar, TypeAlias

from habeas.core.ledger.money import Money, per_cent
from habeas.core.messages import Message, Parameter
from habeas.core.sources import Source, Sources
from habeas.core.tables import Bilingual, Table

YEAR_DAYS = 365


@dataclass(frozen=True, slots=True, kw_only=True)
class FlatBlock:
    """F1: a yearly sum for a block of places, indexed, never by head."""

    shape: ClassVar[str] = "F1"
    yearly: Money
    places: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedPlusVariable:
    """F2: a minimum number of people is paid for, held or not; each further one by the month."""

    shape: ClassVar[str] = "F2"
    minimum_people: int
    rate: Money  # for each person and month
    months: int
    stated: Money | None  # the fixed fee as the text or its reports give it
    transition: Money | None  # the fixed fee while places are being filled


@dataclass(frozen=True, slots=True, kw_only=True)
class PerDiem:
    """F3: so much for each person-day."""

    shape: ClassVar[str] = "F3"
    rate: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class PerDiemWithMinimum:
    """F4: so much for each person-day, and a minimum number of people paid for every day."""

    shape: ClassVar[str] = "F4"
    rate: Money
    minimum_people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LumpGrant:
    """F5: one sum, its unit only implied. `covers_days` is how long it was to last."""

    shape: ClassVar[str] = "F5"
    grant: Money
    covers_days: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RentAndAid:
    """F6: a yearly rent, and aid that was promised beside it: two ledgers."""

    shape: ClassVar[str] = "F6"
    rent: Money
    aid: Money
    places: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reimbursement:
    """F7: costs paid back against vouchers, or a trust; a sum up front and one each year."""

    shape: ClassVar[str] = "F7"
    up_front: Money | None
    yearly: Money | None


FeeTerms: TypeAlias = (
    FlatBlock | FixedPlusVariable | PerDiem | PerDiemWithMinimum | LumpGrant | RentAndAid | Reimbursement
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """Another figure that a source gives for the fee. Figures that disagree are all kept. It may be for so many
    `years`, or for so many `people`; None: for what the fee's own figure is for."""

    amount: Money
    years: int | None
    people: int | None
    source: Source

    @property
    def is_alike(self) -> bool:
        """Whether it is for what the fee's own figure is for."""
        return self.years is None and self.people is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """A cost that the fee does not cover."""

    text: Bilingual
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Fee:
    """What is paid, by which shape, what other sources say, and what comes on top."""

    terms: FeeTerms
    source: Source
    also: tuple[Reported, ...] = ()
    outside: tuple[Outside, ...] = ()

    @property
    def shape(self) -> str:
        return self.terms.shape

    @property
    def figures(self) -> tuple[Money, ...]:
        """The fee's own figure, and every other that is for the same thing in the same currency; none without one."""
        own = figure(self.terms)
        alike = [each.amount for each in self.also if each.is_alike and own and each.amount.currency == own.currency]
        return (own, *alike) if own else ()


def figure(terms: FeeTerms) -> Money | None:
    """The figure of a fee that reports repeat: of a year, of one person and day, or the one sum."""
    match terms:
        case (
            FlatBlock(yearly=own) | RentAndAid(rent=own) | LumpGrant(grant=own) | Reimbursement(up_front=Money() as own)
        ):
            return own
        case PerDiem(rate=own) | PerDiemWithMinimum(rate=own):
            return own
        case FixedPlusVariable():
            return fixed_year(terms)
    return terms.yearly


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """What happened under the agreement. It is no term. The first day counts, the last does not. Where no
    source says from when, or until when, the people were held, it is None, and no day can be counted."""

    people: int
    from_on: date | None
    until_on: date | None
    source: Source
    assumption: Bilingual
    also: "tuple[Observed, ...]" = ()

    @property
    def days(self) -> int:
        return (self.until_on - self.from_on).days if self.from_on and self.until_on else 0

    @property
    def person_days(self) -> int:
        return self.people * self.days


_SHAPES: Mapping[str, Callable[..., FeeTerms]] = {
    each.shape: each
    for each in (FlatBlock, FixedPlusVariable, PerDiem, PerDiemWithMinimum, LumpGrant, RentAndAid, Reimbursement)
}


def read_fee(table: Table, sources: Sources) -> Fee:
    """The fee of `[fee]`, with every figure reported and what it leaves out. Raises FileError."""
    currency = table.text("currency")
    return Fee(
        terms=table.record(_SHAPES[table.choice("shape", _SHAPES)]),
        source=sources.of(table),
        also=tuple(
            sources.record(Reported, each, amount=each.money("amount", each.maybe_text("currency") or currency))
            for each in table.tables("also")
        ),
        outside=tuple(sources.record(Outside, each) for each in table.tables("outside")),
    )


def read_observed(table: Table, sources: Sources) -> Observed:
    """What happened, of `[observed]`. Raises FileError."""
    observed = sources.stated(Observed, table)
    if observed.from_on and observed.until_on and observed.until_on < observed.from_on:
        raise table.error("terms.ends_before_it_begins", "until_on")
    return observed


# --- what each shape comes to ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """What is due for a time, and the part of it that pays for empty places."""

    due: Money
    empty_part: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class FeeStep:
    """One line of the working: what it says, with the amount or the number that it arrives at."""

    message: Message
    amount: Money | None = None
    number: Decimal | None = None


def fixed_year(terms: FixedPlusVariable) -> Money:
    """The fixed fee of a year: minimum x rate x months."""
    return terms.rate.times(terms.minimum_people * terms.months)


def year_with(terms: FixedPlusVariable, held: int) -> Charge:
    """A year of F2 with so many people held all through it."""
    a_year = terms.rate.times(terms.months)
    further = max(0, held - terms.minimum_people)
    empty = max(0, terms.minimum_people - held)
    return Charge(due=fixed_year(terms).plus(a_year.times(further)), empty_part=a_year.times(empty))


def per_diem_for(terms: PerDiem | PerDiemWithMinimum, *, person_days: int, days: int) -> Charge:
    """F3 and F4 over `days` days. The minimum counts over the whole time."""
    least = terms.minimum_people * days if isinstance(terms, PerDiemWithMinimum) else 0
    empty = max(0, least - person_days)
    return Charge(due=terms.rate.times(person_days + empty), empty_part=terms.rate.times(empty))


# --- the working, line by line ---------------------------------------------------------------------


def work_through(fee: Fee, observed: Observed | None = None, held: tuple[int, ...] = ()) -> tuple[FeeStep, ...]:
    """The fee worked out; for F2 also a year with each number of people in `held`."""
    return tuple(_steps(fee, observed, held))


def _steps(fee: Fee, observed: Observed | None, held: tuple[int, ...]) -> Iterator[FeeStep]:
    match fee.terms:
        case FixedPlusVariable():
            yield from _fixed_plus_variable(fee.terms, held)
        case LumpGrant():
            yield from _lump_grant(fee.terms, observed)
        case FlatBlock():
            yield _money("fee.block_year", fee.terms.yearly, places=fee.terms.places)
            yield _money("fee.place_year", fee.terms.yearly.split(fee.terms.places))
        case RentAndAid():
            yield _money("fee.rent_place_year", fee.terms.rent.split(fee.terms.places))
            both = fee.terms.rent.plus(fee.terms.aid)
            yield _money("fee.rent_and_aid_place_year", both.split(fee.terms.places))
        case PerDiem() | PerDiemWithMinimum():
            yield from _per_diem(fee.terms, observed)
        case Reimbursement():
            yield from _reimbursement(fee.terms)
    yield from _spread(fee.figures)
    yield from _place_days(fee)


def _fixed_plus_variable(terms: FixedPlusVariable, held: tuple[int, ...]) -> Iterator[FeeStep]:
    fixed = fixed_year(terms)
    people, months = terms.minimum_people, terms.months
    yield _money("fee.fixed_year", fixed, people=people, rate=terms.rate.amount, months=months)
    if terms.stated:
        code = "fee.fixed_as_stated" if terms.stated == fixed else "fee.fixed_not_as_stated"
        yield _money(code, terms.stated, difference=terms.stated.minus(fixed).amount)
    if terms.transition:
        share = terms.transition.share_of(fixed)
        yield _money("fee.transition", terms.transition, number=share, share=share)
    yield _money("fee.further_month", terms.rate, people=people)
    for number in held:
        charge = year_with(terms, number)
        yield _money("fee.held_year", charge.due, held=number)
        if charge.empty_part.minor:
            yield _money("fee.empty_part", charge.empty_part, held=number, empty=people - number)


def _lump_grant(terms: LumpGrant, observed: Observed | None) -> Iterator[FeeStep]:
    yield _money("fee.grant", terms.grant)
    if observed and observed.people:
        yield _money("fee.grant_each", terms.grant.split(observed.people), people=observed.people)
    if observed is None or not observed.person_days:
        return
    people, days, used = observed.people, observed.days, observed.person_days
    yield _count("fee.person_days", used, people=people, days=days)
    yield _money("fee.person_day_effective", terms.grant.split(used), person_days=Decimal(used))
    if terms.covers_days:
        bought = people * terms.covers_days
        unused = per_cent(bought - used, bought)
        yield _count("fee.person_days_bought", bought, people=people, days=terms.covers_days)
        yield FeeStep(message=Message("fee.unused_share", {"share": unused}), number=unused)


def _per_diem(terms: PerDiem | PerDiemWithMinimum, observed: Observed | None) -> Iterator[FeeStep]:
    yield _money("fee.person_day", terms.rate)
    if observed is None or not observed.days:
        return
    charge = per_diem_for(terms, person_days=observed.person_days, days=observed.days)
    yield _count("fee.person_days", observed.person_days, people=observed.people, days=observed.days)
    yield _money("fee.due", charge.due)
    if charge.empty_part.minor:
        yield _money("fee.empty_days_part", charge.empty_part)


def _reimbursement(terms: Reimbursement) -> Iterator[FeeStep]:
    if terms.up_front:
        yield _money("fee.up_front", terms.up_front)
    if terms.yearly:
        yield _money("fee.yearly", terms.yearly)
    yield FeeStep(message=Message("fee.against_vouchers"))


def _spread(figures: tuple[Money, ...], code: str = "fee.reported_spread") -> Iterator[FeeStep]:
    """How far the sources lie apart, with every figure; no figure is chosen."""
    amounts = sorted(figures, key=lambda amount: amount.minor)
    if len(amounts) < 2:
        return
    apart = amounts[-1].minus(amounts[0])
    share = apart.share_of(amounts[0])
    count, lowest, highest = len(amounts), amounts[0].amount, amounts[-1].amount
    yield _money(code, apart, number=share, count=count, lowest=lowest, highest=highest, share=share)


def _place_days(fee: Fee) -> Iterator[FeeStep]:
    """What each figure for other years or people comes to for a place and day, and how far they lie apart."""
    places, own = _places(fee.terms), figure(fee.terms)
    compared = [own.split(places * YEAR_DAYS)] if own and places else []
    for each in fee.also:
        people, years = each.people or places, each.years or 1
        if each.is_alike or not people:
            continue
        price = each.amount.split(people * years * YEAR_DAYS)
        yield _money("fee.reported_place_day", price, whole=each.amount.amount, people=people, years=years)
        compared.append(price)
    yield from _spread(
        tuple(each for each in compared if each.currency == compared[0].currency), "fee.reported_place_day_spread"
    )


def _places(terms: FeeTerms) -> int:
    """The places that the figure of a year is for; none where it is for something else."""
    match terms:
        case FlatBlock(places=places) | RentAndAid(places=places) | FixedPlusVariable(minimum_people=places):
            return places
    return 0


def _money(code: str, amount: Money, number: Decimal | None = None, **parameters: Parameter) -> FeeStep:
    said: dict[str, Parameter] = {**parameters, "amount": amount.amount, "currency": amount.currency}
    return FeeStep(message=Message(code, said), amount=amount, number=number)


def _count(code: str, count: int, **parameters: Parameter) -> FeeStep:
    return FeeStep(message=Message(code, {**parameters, "count": Decimal(count)}), number=Decimal(count))
