"""Orders of courts: what each demands, for whom, from when and until when, and whether a court stands behind it."""

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from habeas.core.case import corrected
from habeas.core.days import Span
from habeas.core.entries import Entry
from habeas.core.entries.institutions import OrderSort, StayOrderIssued, StayOrderLifted
from habeas.core.entries.orders import OrderConfirmed, OrderLinked, OrderLodged, OrderRejected

OrderGiven: TypeAlias = StayOrderIssued | OrderLodged


class OrderStanding(StrEnum):
    """Who stands behind an order: a court from the beginning or since it confirmed it, nobody yet, or nobody."""

    ISSUED = "issued"
    LODGED = "lodged"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    LIFTED = "lifted"


@dataclass(frozen=True, slots=True, kw_only=True)
class StayOrder:
    """An order as the record has it, in whatever sort. It binds from `issued_at` (an oral one from when it was spoken),
    whenever it was recorded, until it was lifted or rejected: the later of when that was said and when the record had
    it, so that nothing heals what was already a breach. `party` is the court's, or whoever lodged it until a court
    confirmed it.

    `people` are named in words; `alike` are the cases with a name like theirs, which the order covers until
    `linked_at`, when somebody outside both executives said which `linked` cases are meant.
    """

    id: str
    party: str
    court: str
    reference: str
    issued_at: datetime
    recorded_at: datetime
    cases: tuple[str, ...]
    class_described: str | None
    class_condition: str | None
    must_be_done: str
    sort: OrderSort = OrderSort.STAY
    due_at: datetime | None = None
    by_court: bool = True
    confirmed_at: datetime | None = None
    rejected_at: datetime | None = None
    lifted_at: datetime | None = None
    people: tuple[str, ...] = ()
    alike: tuple[str, ...] = ()
    linked: tuple[str, ...] = ()
    linked_at: datetime | None = None

    @property
    def title(self) -> str:
        return f"{self.court}, {self.reference}"

    @property
    def ended_at(self) -> datetime | None:
        ends = [each for each in (self.lifted_at, self.rejected_at) if each is not None]
        return min(ends, default=None)

    @property
    def standing(self) -> OrderStanding:
        if self.lifted_at is not None:
            return OrderStanding.LIFTED
        if self.rejected_at is not None:
            return OrderStanding.REJECTED
        if self.confirmed_at is not None:
            return OrderStanding.CONFIRMED
        return OrderStanding.ISSUED if self.by_court else OrderStanding.LODGED

    @property
    def is_a_courts(self) -> bool:
        """Whether a court gave it to the record itself, or confirmed it."""
        return self.by_court or self.confirmed_at is not None

    @property
    def forbids(self) -> bool:
        """Whether it bars outward steps; another sort demands something and bars nothing."""
        return self.sort is OrderSort.STAY

    def in_force(self, at: datetime) -> bool:
        return Span(from_at=self.issued_at, until_at=self.ended_at).holds(at)

    def bars(self, at: datetime) -> bool:
        return self.forbids and self.in_force(at)

    def names(self, case: str, at: datetime | None = None) -> bool:
        """Whether it names this case at a moment (now, when none is given): by its number, or by a like name."""
        by_name = self.linked_at is None or (at is not None and at < self.linked_at)
        return case in self.cases or case in self.linked or (by_name and case in self.alike)

    @property
    def known_cases(self) -> tuple[str, ...]:
        """Every case that it names or ever named, by number or by a like name."""
        return tuple(dict.fromkeys((*self.cases, *self.linked, *self.alike)))

    def is_for_all_by(self, party: str) -> bool:
        """Whether this court described a class that no condition narrows: nobody is shown to be outside it."""
        return self.is_a_courts and self.party == party and self.describes_a_class and not self.class_condition

    @property
    def describes_a_class(self) -> bool:
        return bool(self.class_described or self.class_condition)


def stay_orders(entries: Iterable[Entry]) -> tuple[StayOrder, ...]:
    """The orders in these entries, in register order, with all that was said of each since."""
    found: dict[str, StayOrder] = {}
    for each in corrected(tuple(entries)):
        if isinstance(each.body, OrderGiven):
            found[each.id] = _given(each, each.body)
            continue
        order = found.get(str(getattr(each.body, "order", "")))
        if order is not None:
            found[order.id] = _after(order, each, max(each.occurred_at, each.recorded_at))
    return tuple(found.values())


def _given(entry: Entry, body: OrderGiven) -> StayOrder:
    return StayOrder(
        id=entry.id,
        party=entry.actor.party,
        court=body.court,
        reference=body.reference,
        issued_at=entry.occurred_at,
        recorded_at=entry.recorded_at,
        cases=body.cases,
        class_described=body.class_described,
        class_condition=body.class_condition,
        must_be_done=body.must_be_done,
        sort=body.sort or OrderSort.STAY,
        due_at=body.due_at,
        by_court=isinstance(body, StayOrderIssued),
        people=body.people if isinstance(body, OrderLodged) else (),
    )


def _after(order: StayOrder, entry: Entry, at: datetime) -> StayOrder:
    """The order once this entry was recorded, which counts from `at`; what was said twice counts from the first."""
    replace = dataclasses.replace
    match entry.body:
        case StayOrderLifted():
            return replace(order, lifted_at=min(order.lifted_at or at, at))
        case OrderRejected():
            return replace(order, rejected_at=min(order.rejected_at or at, at))
        case OrderConfirmed(reference=reference):
            return replace(order, confirmed_at=at, party=entry.actor.party, reference=reference)
        case OrderLinked(cases=cases):
            return replace(order, linked=order.linked + cases, linked_at=min(order.linked_at or at, at))
    return order
