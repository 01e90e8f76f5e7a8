"""One row about a case for lists: what its entries alone say, without a clock, so that a stored row and a
rebuilt one are equal."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from habeas.core.case import Case
from habeas.core.custody import ENDS, SIGNS_OF_LIFE, effective_acceptances, end, first_holder, in_time_order, stints
from habeas.core.entries import Entry
from habeas.core.entries.procedure import TitleRecorded
from habeas.core.procedure import place_kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """`answers` is the party that answers for the person, `facility` the roll on which they stand (None
    when on none), `promised_by` the facility that keeps a place for them. `is_open` is what the one-open-case
    rule counts: no end was ever recorded."""

    case: str
    person: str
    agreement: str
    sending: str
    receiving: str
    opened_at: datetime
    answers: str
    facility: str | None
    promised_by: str | None
    last_seen_at: datetime | None
    next_title_end_at: datetime | None
    ended_at: datetime | None
    end_kind: str | None
    end_confirmed: bool
    is_open: bool
    version: int


def summary(case: Case) -> Summary:
    ended = end(case)
    taken = effective_acceptances(case)
    current = [each for each in stints(case) if each.until_at is None]
    seen = [each.occurred_at for each in in_time_order(case) if isinstance(each.body, SIGNS_OF_LIFE)]
    ends = [t.body.valid_until_at for t in case.all(TitleRecorded) if t.body.valid_until_at]
    return Summary(
        case=case.id,
        person=case.person,
        agreement=case.agreement,
        sending=case.sending,
        receiving=case.receiving,
        opened_at=case.opening.occurred_at,
        answers=taken[-1][1] if taken else first_holder(case),
        facility=current[0].facility if current else None,
        promised_by=place_kept(case),
        last_seen_at=max(seen, default=None),
        next_title_end_at=min(ends, default=None),
        ended_at=ended.entry.occurred_at if ended else None,
        end_kind=ended.kind if ended else None,
        end_confirmed=ended is not None and ended.confirmed,
        is_open=is_open(case.entries),
        version=case.version,
    )


def is_open(entries: Sequence[Entry]) -> bool:
    """Whether a case of these entries is there and was not ended."""
    return bool(entries) and not any(isinstance(each.body, ENDS) for each in entries)
