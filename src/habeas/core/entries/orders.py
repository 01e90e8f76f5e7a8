"""Entries about orders that somebody other than a court lodged, and about what each state does to comply with any."""

from dataclasses import dataclass
from datetime import datetime

from habeas.core.entries.fields import FieldClass, Form, field
from habeas.core.entries.institutions import Given, OrderSort

IDENTITY, CUSTODY, FACTS = FieldClass.IDENTITY, FieldClass.CUSTODY, FieldClass.FACTS


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLodged:
    """Somebody other than a court says that a court gave this order. It binds from when the court gave it, until
    somebody outside both executives rejects it; with a court's confirmation it is the court's order."""

    court: str = field(Form.LINE, CUSTODY)
    reference: str = field(Form.LINE, CUSTODY)
    given: Given = field(Form.CHOICE, CUSTODY, choices=Given)
    sort: OrderSort = field(Form.CHOICE, CUSTODY, choices=OrderSort)
    people: tuple[str, ...] = field(Form.LINES, IDENTITY, optional=True)
    cases: tuple[str, ...] = field(Form.CODES, CUSTODY, optional=True, refers="case")
    class_described: str | None = field(Form.PROSE, CUSTODY, optional=True)
    class_condition: str | None = field(Form.LINE, CUSTODY, optional=True)
    must_be_done: str = field(Form.PROSE, CUSTODY)
    due_at: datetime | None = field(Form.MOMENT, CUSTODY, optional=True)
    evidence: str | None = field(Form.LINE, FACTS, optional=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderConfirmed:
    """A court says that the order which was lodged is its own, and under which reference."""

    order: str = field(Form.CODE, CUSTODY, refers="lodged_order")
    reference: str = field(Form.LINE, CUSTODY)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRejected:
    """Somebody outside both executives finds that no court gave this order. What was done against it while it
    stood remains a breach."""

    order: str = field(Form.CODE, CUSTODY, refers="lodged_order")
    reasons: str = field(Form.PROSE, CUSTODY)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLinked:
    """Which cases are those of the people whom an order names in words. From then on it covers no other case for
    a like name."""

    order: str = field(Form.CODE, CUSTODY, refers="order_by_name")
    cases: tuple[str, ...] = field(Form.CODES, CUSTODY, optional=True, refers="case")
    reasons: str = field(Form.PROSE, CUSTODY)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderAcknowledged:
    """An officer of either state has read an order that covers the person."""

    order: str = field(Form.CODE, CUSTODY, refers="order")


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplianceStepReported:
    """What was done for this person to comply with an order, and by whom."""

    order: str = field(Form.CODE, CUSTODY, refers="order")
    done: str = field(Form.PROSE, CUSTODY)
    done_by: str = field(Form.LINE, CUSTODY)
