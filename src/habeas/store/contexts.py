"""What the core must be told beside a case, read from the register and from the released terms and law."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TypeVar

from django.db.models import Count, Q

from habeas import agreements, safeguards
from habeas.core.case import Case, corrected
from habeas.core.context import Context, Facility, Party
from habeas.core.entries import Body, Entry
from habeas.core.entries.institutions import AgreementAdopted, FacilityCertified, PartyRegistered
from habeas.core.orders import StayOrder, stay_orders
from habeas.store import streams
from habeas.store.models import AgreementRow, CaseRow, StintRow

B = TypeVar("B")


class NotAdopted(Exception):
    """This register does not run that agreement."""

    def __init__(self, agreement: str) -> None:
        super().__init__(f"this register does not run the agreement {agreement or '(none)'}")
        self.agreement = agreement


def context(
    agreement_id: str,
    at: datetime,
    case: Case | None = None,
    *,
    person: str | None = None,
    digests: Mapping[tuple[str, str], str] | None = None,
) -> Context:
    """What was known at `at` about everything around a case under this agreement.

    `person` is somebody on record for whom a new case may be opened. Raises NotAdopted.
    """
    adopted = adoption(agreement_id, at)
    terms = agreements.read(agreement_id)
    return Context(
        agreement=terms,
        safeguards=safeguards.read(),
        periods=safeguards.periods(terms),
        sending=adopted.sending_party,
        receiving=adopted.receiving_party,
        facilities=facilities(at),
        parties=parties(at),
        orders=orders(at),
        open_cases=_other_open_cases(case.person if case else person, case),
        digests=digests or {},
    )


def adoption(agreement_id: str, at: datetime) -> AgreementAdopted:
    """The latest adoption of an agreement, as known at `at`. Raises NotAdopted."""
    known = _known(streams.entries(streams.agreement_stream(agreement_id)), at)
    found = _bodies(known, AgreementAdopted)
    if not found:
        raise NotAdopted(agreement_id)
    return found[-1]


def adopted_agreements() -> tuple[str, ...]:
    """The ids of the agreements that this register runs."""
    return tuple(AgreementRow.objects.order_by("agreement").values_list("agreement", flat=True))


def orders(at: datetime) -> tuple[StayOrder, ...]:
    """Every stay order on record at `at`, those that were lifted too, in register order."""
    return stay_orders(_known(streams.entries_below(streams.ORDER), at))


def facilities(at: datetime, agreement: str | None = None) -> dict[str, Facility]:
    """Each facility as last certified at `at`, with the number on its roll; all, or those of an agreement."""
    certified = _bodies(_known(streams.entries_below(streams.FACILITY), at), FacilityCertified)
    counts = _on_rolls(at)
    return {
        each.facility: _facility(each, counts.get(each.facility, 0))
        for each in certified
        if agreement in {None, each.agreement}
    }


def parties(at: datetime) -> dict[str, Party]:
    """Every party on record at `at`."""
    registered = _bodies(_known(streams.entries_below(streams.PARTY), at), PartyRegistered)
    return {
        each.party: Party(id=each.party, name=each.name, kind=each.kind, state=each.state)
        for each in registered
    }


def _facility(body: FacilityCertified, on_roll: int) -> Facility:
    return Facility(
        code=body.facility,
        name=body.name,
        state=body.state,
        time_zone=body.time_zone,
        agreement=body.agreement,
        certified_normal_accommodation=body.certified_normal_accommodation,
        working_capacity=body.working_capacity,
        maximum_capacity=body.maximum_capacity,
        living_space_m2=body.living_space_m2,
        certificate=body.certificate,
        approved_by=body.approved_by,
        valid_from_on=body.valid_from_on,
        on_roll=on_roll,
    )


def _on_rolls(at: datetime) -> dict[str, int]:
    lasting = Q(until_at=None) | Q(until_at__gt=at)
    held = StintRow.objects.filter(lasting, from_at__lte=at)
    return dict(held.values_list("facility").annotate(count=Count("pk")).values_list("facility", "count"))


def _other_open_cases(person: str | None, case: Case | None) -> tuple[str, ...]:
    if person is None:
        return ()
    others = CaseRow.objects.filter(person=person, is_open=True).exclude(case=case.id if case else "")
    return tuple(others.order_by("case").values_list("case", flat=True))


def _known(entries: tuple[Entry, ...], at: datetime) -> tuple[Entry, ...]:
    return corrected([each for each in entries if each.recorded_at <= at])


def _bodies(entries: tuple[Entry, ...], body: type[B]) -> list[B]:
    found: list[Body] = [each.body for each in entries]
    return [each for each in found if isinstance(each, body)]
