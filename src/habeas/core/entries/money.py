"""Entries of the ledger: a statement as it was issued."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from habeas.core.entries.fields import FieldClass, Form, field

MONEY = FieldClass.MONEY


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementIssued:
    """What the record supported for a period when it was issued. The officer names the period; all else is worked
    out. It never changes: what is recorded afterwards becomes a credit."""

    agreement: str = field(Form.CODE, MONEY, refers="agreement")
    from_on: date = field(Form.DATE, MONEY)
    until_on: date = field(Form.DATE, MONEY)  # the first day that is not in it
    convention: str | None = field(Form.CODE, MONEY, optional=True, computed=True)
    known_at: datetime | None = field(Form.MOMENT, MONEY, optional=True, computed=True)
    payable: int | None = field(Form.NUMBER, MONEY, optional=True, computed=True)
    not_payable: int | None = field(Form.NUMBER, MONEY, optional=True, computed=True)
    disputed: int | None = field(Form.NUMBER, MONEY, optional=True, computed=True)
    unexplained: int | None = field(Form.NUMBER, MONEY, optional=True, computed=True)
    amount: Decimal | None = field(Form.AMOUNT, MONEY, optional=True, computed=True)
    currency: str | None = field(Form.LINE, MONEY, optional=True, computed=True)
    lines_digest: str | None = field(Form.CODE, MONEY, optional=True, computed=True)
