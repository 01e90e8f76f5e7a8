"""Orders of courts as the store has them: their entries, the cases they name, and lodging one without an account."""

from collections.abc import Iterator
from datetime import datetime

from habeas.core.case import Case
from habeas.core.commands import Command, Refusal, decide
from habeas.core.entries import Actor, Entry
from habeas.core.entries.asking import AskerStated
from habeas.core.entries.orders import OrderLodged
from habeas.core.orders import StayOrder, stay_orders
from habeas.core.visibility import may_open
from habeas.store import asking, read, streams
from habeas.store.append import SYSTEM
from habeas.store.records import new_id


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


def of_stream(stream: str) -> StayOrder:
    """The order of a stream, without the cases of the people whom it names in words."""
    (order,) = stay_orders(streams.entries(stream))
    return order


def lodge(body: OrderLodged, asker: AskerStated, *, word: str, issued_at: datetime, at: datetime) -> str | Refusal:
    """Record at `at`, for somebody without an account, an order that a court gave at `issued_at`; the reference to it,
    or every reason why not. The log records it; who asked stands in a stream of its own (`store.asking`).

    Raises Throttled, NotAdopted when no agreement is run here, and whatever `append` raises.
    """
    command = Command(act="lodge_order", body=body, occurred_at=issued_at, actor=SYSTEM)
    answer = decide(None, command, read.context(read.agreement_of(body, None), at), at)
    if isinstance(answer, Refusal):
        return answer
    stream = streams.ORDER + new_id()
    return asking.lodge(stream, answer.bodies, asker, word=word, at=at, occurred_at=issued_at)
