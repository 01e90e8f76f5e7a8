"""Orders of courts as the store has them: their entries, the cases they name, and lodging one without an account."""

from collections.abc import Iterator

from habeas.core.case import Case
from habeas.core.entries import Actor, Entry
from habeas.core.orders import StayOrder
from habeas.core.visibility import may_open
from habeas.store import read, streams


def entries_of(order: StayOrder) -> tuple[Entry, ...]:
    """Everything that was recorded about an order itself, in order."""
    first = read.entry(order.id)
    return streams.entries(first.stream) if first else ()


def cases_of(order: StayOrder, actor: Actor) -> Iterator[Case]:
    """The cases that it names or ever named, of those that this account may open."""
    known = read.orders()
    for case_id in order.known_cases:
        found = read.case(case_id)
        if found is not None and may_open(actor, found, known):
            yield found
