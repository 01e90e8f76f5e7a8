"""Who sees which field: the table of DESIGN section 5, enforced wherever a value leaves the server.

Pages, receipts, search, exports and the API all ask `show`. Whether a case is somebody's at all is `may_open`.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from habeas.core.case import Case
from habeas.core.claims import counsel_of
from habeas.core.custody import PRESENCE
from habeas.core.entries import Actor, Body, Entry, FieldClass, FieldSpec, Role, procedure, specs
from habeas.core.entries.claims import DetentionClaimed
from habeas.core.entries.custody import Corrected, DepartedUnproposed, Manifested
from habeas.core.entries.family import FamilyWordsGiven
from habeas.core.entries.fields import spec_of
from habeas.core.entries.orders import OrderLodged
from habeas.core.entries.oversight import FindingAnswered, HealthConsentHeard, PrivateWordHeard
from habeas.core.facts import CATALOGUE
from habeas.core.orders import StayOrder
from habeas.core.oversight import NOTHING_FILED, Oversight


class Sight(StrEnum):
    """How much of a class of fields a role sees."""

    ALL = "all"
    OWN = "own"  # in the cases that are theirs
    SAMPLE = "sample"  # in the cases of a random sample that was drawn
    PSEUDONYM = "pseudonym"  # a number in place of the person
    CONSENT = "consent"  # only with the person's recorded consent
    HIDDEN = "hidden"


_ALL, _OWN, _HIDDEN = Sight.ALL, Sight.OWN, Sight.HIDDEN
C = FieldClass

_OFFICER = {C.IDENTITY: _OWN, C.CUSTODY: _OWN, C.FACTS: _OWN, C.FITNESS: _OWN, C.ALLEGATIONS: _OWN, C.MONEY: _ALL}
_AT_THE_DOOR = {C.IDENTITY: _OWN, C.CUSTODY: _OWN, C.HEALTH: _OWN, C.FITNESS: _OWN, C.FAMILY: _OWN}
_BENCH: dict[FieldClass, Sight] = {each: _OWN for each in FieldClass if each is not C.MONEY}

SIGHTS: Mapping[Role, Mapping[FieldClass, Sight]] = {
    Role.SENDING_OFFICER: _OFFICER,
    Role.SENDING_DECIDER: _OFFICER,
    Role.RECEIVING_OFFICER: _OFFICER,
    Role.BOOKING_OFFICER: _AT_THE_DOOR,
    Role.ESCORT: _AT_THE_DOOR,
    Role.REVIEWER: _BENCH,
    Role.COURT: _BENCH,
    Role.COUNSEL: _BENCH,
    Role.MONITOR: {**dict.fromkeys(FieldClass, _ALL), C.HEALTH: Sight.CONSENT, C.FITNESS: Sight.CONSENT},
    Role.AUDITOR: {C.IDENTITY: Sight.PSEUDONYM, C.CUSTODY: _ALL, C.FACTS: Sight.SAMPLE, C.MONEY: _ALL},
    Role.ACCOUNT_MANAGER: {},
    Role.SYSTEM: {},
}

SENDING_ROLES = frozenset({Role.SENDING_OFFICER, Role.SENDING_DECIDER})
TO_REVIEW = (procedure.ObjectionRaised, procedure.FactContested, procedure.AssertionMade, DetentionClaimed)


def visible(role: Role, field_class: FieldClass) -> Sight:
    """What a role sees of a class of fields; what is about no person is open to every account."""
    if field_class is FieldClass.PUBLIC:
        return Sight.ALL
    return SIGHTS[role].get(field_class, Sight.HIDDEN)


def sees_names(role: Role) -> bool:
    """Whether a role sees who people are. A role that does not may not search by name: what it finds would tell."""
    return visible(role, FieldClass.IDENTITY) in {Sight.ALL, Sight.OWN}


def may_open(actor: Actor, case: Case, orders: tuple[StayOrder, ...] = ()) -> bool:
    """Whether a case is one that this account may look into."""
    match actor.role:
        case Role.MONITOR | Role.AUDITOR:
            return True
        case Role.SENDING_OFFICER | Role.SENDING_DECIDER:
            return actor.party == case.sending
        case Role.RECEIVING_OFFICER:
            return actor.party == case.receiving and before_receiving(case)
        case Role.BOOKING_OFFICER:
            return actor.party == case.receiving and _is_expected_at(case, actor.facility)
        case Role.ESCORT:
            return actor.party == case.sending and bool(case.all(Manifested) or case.all(DepartedUnproposed))
        case Role.REVIEWER | Role.COURT:
            ordered = any(each.names(case.id) or each.is_for_all_by(actor.party) for each in orders)
            return ordered or any(case.all(each) for each in TO_REVIEW)
        case Role.COUNSEL:
            return actor.account in counsel_of(case)
    return False


def before_receiving(case: Case) -> bool:
    """Whether the receiving state may look into a case: nothing of a proposal before its decision was served, or before
    the person is at the door."""
    return bool(case.all(procedure.DecisionServed) or _facilities(case))


def show(
    actor: Actor,
    case: Case,
    entry: Entry,
    spec: FieldSpec,
    orders: tuple[StayOrder, ...] = (),
    *,
    known: Oversight = NOTHING_FILED,
) -> bool:
    """Whether this account may see this field of this entry of this case, in clear."""
    field_class = class_of(case, entry.body, spec)
    sight = visible(actor.role, field_class)
    is_own = sight is Sight.OWN and may_open(actor, case, orders)
    return is_own or sight is Sight.ALL or show_by_oversight(actor, case.id, field_class, known)


def show_by_oversight(actor: Actor, case: str, field_class: FieldClass, known: Oversight) -> bool:
    """Whether this account may see fields of this class because a sample drew the case, or the person consented."""
    opened = {Sight.SAMPLE: known.drawn, Sight.CONSENT: known.consents}
    return case in opened.get(visible(actor.role, field_class), ())


def tells_of_monitoring(actor: Actor, entry: Entry, known: Oversight, at: datetime) -> bool:
    """Whether this account is told of an entry of the monitor's desk: nobody else of a visit without notice before its
    time, nor of another's answer to a finding before the monitor confirmed that it names nobody."""
    if actor.role is Role.MONITOR:
        return True
    if isinstance(entry.body, FindingAnswered):
        answers = (each for finding in known.findings for each in finding.answers)
        cleared = any(each.cleared for each in answers if each.answered.id == entry.id)
        return cleared or recorded_by(actor, entry)
    visit = known.visit(getattr(entry.body, "visit", entry.id))
    return visit is None or visit.shown_to_states(at)


OUTSIDE = frozenset({Role.REVIEWER, Role.COURT, Role.MONITOR})
"""Who judges or watches orders, whoever is covered."""

ORDER_READERS = frozenset(Role) - {Role.AUDITOR, Role.ACCOUNT_MANAGER, Role.SYSTEM}
OF_A_STATE = frozenset({*SENDING_ROLES, Role.RECEIVING_OFFICER, Role.BOOKING_OFFICER, Role.ESCORT})


def recorded_by(actor: Actor, entry: Entry) -> bool:
    """Whether an entry about no single person is this account's own: its party's, and of counsel its own alone."""
    is_same = entry.actor.account == actor.account or actor.role is not Role.COUNSEL
    return entry.actor.party == actor.party and is_same


def show_of_order(actor: Actor, entry: Entry, spec: FieldSpec) -> bool:
    """Whether this account, whom an order concerns, may see this field of an entry about it. Names in words may be of
    people whose cases are closed to it: only those outside both executives see them, and whoever lodged them."""
    is_own = recorded_by(actor, entry)
    if spec.field_class is FieldClass.IDENTITY:
        return is_own or actor.role in OUTSIDE
    return is_own or visible(actor.role, spec.field_class) in {Sight.ALL, Sight.OWN}


READS_INDIVIDUAL = frozenset({Role.COURT, Role.MONITOR})
"""Who is shown which decisions are individual only in name (`core.individual`)."""

CLAIM_READERS = frozenset({Role.REVIEWER, Role.COURT, Role.MONITOR, Role.COUNSEL})
"""Who has the list of claims: those who decide, watch over or make them."""


CONSULTATION_READERS = frozenset({*OUTSIDE, Role.COUNSEL})
"""Who sees which officers of either state looked into a case that they may open."""


SIGNED_BY_THE_LOG = (OrderLodged, DetentionClaimed, FamilyWordsGiven, PrivateWordHeard, HealthConsentHeard)
"""Entries whose leaf is signed with the log's key, whoever acted: leaves are public and name their key."""


def sees_author(actor: Actor, entry: Entry) -> bool:
    """Neither state learns who lodged an order or claims that a detention is wrongful: it might be a relative."""
    if isinstance(entry.body, DetentionClaimed):
        return visible(actor.role, FieldClass.ASKED) is not Sight.HIDDEN
    return not (isinstance(entry.body, OrderLodged) and actor.role in OF_A_STATE)


def class_of_fact(name: str) -> FieldClass:
    """What a fact is about: some are of a person's health, and some would tell who complained."""
    return CATALOGUE[name].about if name in CATALOGUE else FieldClass.FACTS


def class_of(case: Case, body: Body, spec: FieldSpec) -> FieldClass:
    """What a field is about. What is said of a fact is about what the fact is about, and a correction is as private
    as the field that it corrects."""
    match body:
        case Corrected() if spec.name in {"value", "reasons"}:
            return _class_of_corrected(case, body)
        case procedure.FactRecorded():
            return class_of_fact(body.name)
        case procedure.FactVerified(fact=id) | procedure.FactContested(fact=id) | procedure.FactReviewed(contest=id):
            target = case.entry(id)
            return class_of(case, target.body, spec) if target else spec.field_class
    return spec.field_class


def _class_of_corrected(case: Case, body: Corrected) -> FieldClass:
    target = case.entry(body.entry)
    if target is None or (body.field_name == "occurred_at" and not isinstance(target.body, procedure.FactRecorded)):
        return FieldClass.CUSTODY
    corrected = {each.name: each for each in specs(type(target.body))}
    return class_of(case, target.body, corrected.get(body.field_name, spec_of(Corrected, "value")))


def _is_expected_at(case: Case, facility: str | None) -> bool:
    promised = case.facility == facility and bool(case.all(procedure.TransferAccepted))
    return facility is not None and (facility in _facilities(case) or promised)


def _facilities(case: Case) -> set[str]:
    """Where the person was reported to be."""
    bodies: Iterator[Any] = (each.body for each in case.entries if isinstance(each.body, PRESENCE))
    return {str(each.facility) for each in bodies}
