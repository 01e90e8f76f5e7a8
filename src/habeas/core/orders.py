"""Stay orders: what a court has forbidden, for whom, from when and until when."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from habeas.core.case import corrected
from habeas.core.days import Span
from habeas.core.entries import Entry
from habeas.core.entries.institutions import StayOrderIssued, StayOrderLifted


@dataclass(frozen=True, slots=True, kw_only=True)
class StayOrder:
    """An order as the record has it. It binds from `issued_at` (an oral one from when it was spoken),
    whenever it was recorded, until `lifted_at`: the later of when the lift was given and when the record had it,
    so that no lift heals what was already a breach."""

    id: str
    party: str
    court: str
    reference: str
    issued_at: datetime
    recorded_at: datetime
    lifted_at: datetime | None
    cases: tuple[str, ...]
    class_described: str | None
    class_condition: str | None
    must_be_done: str

    def in_force(self, at: datetime) -> bool:
        return Span(from_at=self.issued_at, until_at=self.lifted_at).holds(at)

    @property
    def describes_a_class(self) -> bool:
        return bool(self.class_described or self.class_condition)


def stay_orders(entries: Iterable[Entry]) -> tuple[StayOrder, ...]:
    """The orders in these entries, in register order."""
    known = corrected(tuple(entries))
    lifted: dict[str, datetime] = {}
    for each in known:
        if isinstance(each.body, StayOrderLifted):
            lifted_at = max(each.occurred_at, each.recorded_at)
            lifted[each.body.order] = min(lifted.get(each.body.order, lifted_at), lifted_at)
    issued = ((each, each.body) for each in known if isinstance(each.body, StayOrderIssued))
    return tuple(
        StayOrder(
            id=entry.id,
            party=entry.actor.party,
            court=body.court,
            reference=body.reference,
            issued_at=entry.occurred_at,
            recorded_at=entry.recorded_at,
            lifted_at=lifted.get(entry.id),
            cases=body.cases,
            class_described=body.class_described,
            class_condition=body.class_condition,
            must_be_done=body.must_be_done,
        )
        for entry, body in issued
    )
