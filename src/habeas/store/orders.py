"""An order lodged by somebody without an account: the log itself records it, and who asked stands elsewhere."""

from datetime import datetime

from habeas.core.commands import Command, Refusal
from habeas.core.entries.orders import OrderLodged
from habeas.store.acts import Performed, perform
from habeas.store.append import SYSTEM


def lodge(body: OrderLodged, *, issued_at: datetime, at: datetime, send_id: str) -> Performed | Refusal:
    """Record at `at` an order that a court gave at `issued_at`, or say every reason why not. The entry holds nothing of
    whoever asked. `send_id` as for `perform`."""
    return perform(Command(act="lodge_order", body=body, occurred_at=issued_at, actor=SYSTEM), at=at, send_id=send_id)
