"""What the core must be told beside a case, read from the register and from the released terms and law."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import TypeVar

from django.db.models import Count, Q

from habeas import agreements, safeguards
from habeas.core.case import Case, corrected
from habeas.core.context import Context, Facility, Party, Periods
from habeas.core.entries import Body, Entry
from habeas.core.entries.institutions import AgreementAdopted, FacilityCertified, PartyRegistered
from habeas.core.orders import StayOrder, stay_orders
from habeas.core.terms import Agreement, with_assumptions
from habeas.core.terms import Periods as StatedPeriods
from habeas.store import streams
from habeas.store.models import AgreementRow, CaseRow, StintRow

B = TypeVar("B")
NEVER_OVER = timedelta(days=365 * 200)
TITLE_WARNING = timedelta(days=30)  # our own, where the terms ask for none


class NotAdopted(Exception):
    """This register does not run that agreement, or this version of Habeas does not have its terms."""

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
    terms = _terms(agreement_id, adopted.assumptions)
    return Context(
        agreement=terms,
        safeguards=safeguards.read(),
        periods=_periods(terms.periods),
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


def runs_as_adopted(context: Context, at: datetime) -> bool:
    """Whether the terms and the safeguards at hand are those that the register adopted last.

    Nothing is permitted by others: a newer release is adopted first, on record.
    """
    adopted = adoption(context.agreement.id, at)
    at_hand = (context.agreement.digest, context.safeguards.digest)
    return at_hand == (adopted.terms_digest, adopted.safeguards_digest)


def adopted_agreements() -> tuple[str, ...]:
    """The ids of the agreements that this register runs."""
    return tuple(AgreementRow.objects.order_by("agreement").values_list("agreement", flat=True))


def orders(at: datetime) -> tuple[StayOrder, ...]:
    """Every stay order on record at `at`, those that were lifted too, in register order."""
    return stay_orders(_known(streams.entries_below(streams.ORDER), at))


def facilities(at: datetime, agreement: str | None = None) -> dict[str, Facility]:
    """Each facility as last certified at `at`, with the number on its roll then and of places promised now; all,
    or those of an agreement."""
    certified = _bodies(_known(streams.entries_below(streams.FACILITY), at), FacilityCertified)
    on_roll, promised = _on_rolls(at), _promised()
    return {
        each.facility: _facility(each, on_roll.get(each.facility, 0), promised.get(each.facility, 0))
        for each in certified
        if agreement in {None, each.agreement}
    }


def parties(at: datetime) -> dict[str, Party]:
    """Every party on record at `at`."""
    registered = _bodies(_known(streams.entries_below(streams.PARTY), at), PartyRegistered)
    return {each.party: Party(id=each.party, name=each.name, kind=each.kind, state=each.state) for each in registered}


@cache
def _terms(agreement: str, assumptions: tuple[str, ...]) -> Agreement:
    """The released terms, with the assumptions under which they were adopted."""
    try:
        found = agreements.agreement(agreement)
        for scenario in assumptions:
            found = with_assumptions(found, agreements.read_scenario(scenario), scenario)
    except KeyError:
        raise NotAdopted(agreement) from None
    return found


def _periods(stated: StatedPeriods) -> Periods:
    """The lengths of time that the terms fix. Where they are silent, a time that protects the person does
    not run out, custody is contested at once, and nobody need be back before release."""
    return Periods(
        objection=_days(stated.objection_days, NEVER_OVER),
        contest=_days(stated.contest_days, NEVER_OVER),
        contested_after=timedelta(hours=stated.contested_after_hours or 0),
        title_warning=_days(stated.title_warning_days, TITLE_WARNING),
        return_before_release=_days(stated.return_before_release_days, timedelta(0)),
    )


def _days(count: int | None, otherwise: timedelta) -> timedelta:
    return otherwise if count is None else timedelta(days=count)


def _facility(body: FacilityCertified, on_roll: int, promised: int) -> Facility:
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
        promised=promised,
    )


def _on_rolls(at: datetime) -> dict[str, int]:
    lasting = Q(until_at=None) | Q(until_at__gt=at)
    held = StintRow.objects.filter(lasting, from_at__lte=at)
    return dict(held.values_list("facility").annotate(count=Count("pk")).values_list("facility", "count"))


def _promised() -> dict[str | None, int]:
    kept = CaseRow.objects.filter(promised_by__isnull=False)
    return dict(kept.values_list("promised_by").annotate(count=Count("pk")).values_list("promised_by", "count"))


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
