"""What officers of the two states look at: who, what, why and when (Directive (EU) 2016/680, article 25).

A row is added when an officer opens a case, an entry, a document or a form, or finds a person by name. What anybody
outside both executives opens is never noted here: `store.readings` is theirs (docs/explanation/readings.md).
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from enum import StrEnum

from django.db.models import QuerySet

from habeas.core.case import Case
from habeas.core.entries import Actor
from habeas.core.entries.procedure import EvidenceAdded
from habeas.core.visibility import CONSULTATION_READERS, OF_A_STATE
from habeas.store.models import ConsultationRow
from habeas.store.records import new_id

DOCUMENT, SEARCH = "document", "search"
ONCE_IN = timedelta(minutes=15)
"""The same page opened again within this time is one consultation."""
SHIFT = timedelta(hours=12)


class Reason(StrEnum):
    """Why an officer opened a case in which nothing waits for them: what they say."""

    CUSTODY = "custody"
    DECISION = "decision"
    ORDER = "order"
    ENQUIRY = "enquiry"
    CORRECTION = "correction"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Consulted:
    """One consultation. `what` is the kind of page, `entry` which entry it showed. `why` is the act that it was opened
    for, or the `Reason` that was given; empty when there was neither."""

    account: str
    party: str
    what: str
    entry: str
    why: str
    at: datetime


def note(actor: Actor, case: str, at: datetime, *, what: str, entry: str = "", why: str = "") -> None:
    """Note that an officer of a state looked."""
    if actor.role not in OF_A_STATE:
        return
    same = {"account": actor.account, "case": case, "what": what, "entry": entry, "why": why}
    if what == DOCUMENT or not _marked(ConsultationRow.objects.filter(at__gt=at - ONCE_IN, at__lte=at, **same)):
        ConsultationRow.objects.create(id=new_id(), party=actor.party, at=at, **same)


def is_unexplained(actor: Actor, case: str, at: datetime) -> bool:
    """Whether this officer opened the case in this shift with nothing to do in it, and has not said why."""
    rows = _marked(ConsultationRow.objects.filter(account=actor.account, case=case, at__gt=at - SHIFT, at__lte=at))
    return actor.role in OF_A_STATE and bool(rows) and not any(each.why for each in rows)


def of_case(case: str, actor: Actor) -> Sequence[Consulted]:
    """Who of the states looked into a case, the latest first: all of it for those outside both executives, and for
    an officer what their own party looked at."""
    rows = ConsultationRow.objects.filter(case=case).order_by("-at", "id")
    if actor.role not in CONSULTATION_READERS:
        rows = rows.filter(party=actor.party) if actor.role in OF_A_STATE else rows.none()
    names = [each.name for each in fields(Consulted)]
    found = (Consulted(**{name: getattr(row, name) for name in names}) for row in _marked(rows))
    return [*dict.fromkeys(found)]  # a copy of a row says nothing new


def documents_opened(case: Case) -> dict[tuple[str, str], datetime]:
    """When each account of a state first opened each document of a case, by entry and account."""
    entries = [each.id for each in case.all(EvidenceAdded)]
    rows = ConsultationRow.objects.filter(what=DOCUMENT, entry__in=entries).order_by("-at")
    return {(row.entry, row.account): row.at for row in _marked(rows)}


def _marked(rows: QuerySet[ConsultationRow]) -> Sequence[ConsultationRow]:
    """Those that the register wrote: of the rows here somebody may have invented any."""
    return [each for each in rows if each.is_marked]
