"""The procedure: which stage a case has reached, what is still missing, and when a period is over.

A period that protects the person starts at the later of `occurred_at` and `recorded_at`. A permission
counts from when the record took it, so that none can be back-dated to cover what was already done.
"""

from datetime import datetime
from enum import StrEnum

from habeas.core.case import Case, Of, as_done_by
from habeas.core.claims import release_due, remedies
from habeas.core.context import Periods
from habeas.core.custody import (
    PRESENCE,
    answer_to,
    departures,
    effective_acceptances,
    end,
    in_time_order,
    is_outward,
    on_roll,
    open_offer,
)
from habeas.core.entries import custody as held
from habeas.core.entries import procedure


class Stage(StrEnum):
    """Where a case stands, in the order of the procedure (DESIGN section 5)."""

    PROPOSED = "proposed"
    SCREENED = "screened"
    NOTICE_SERVED = "notice_served"
    OBJECTION_OPEN = "objection_open"
    READY_TO_DECIDE = "ready_to_decide"
    DECIDED_AGAINST = "decided_against"
    DECIDED = "decided"
    CONTEST_PERIOD = "contest_period"
    READY_TO_ACCEPT = "ready_to_accept"
    DECLINED = "declined"
    ACCEPTED = "accepted"
    ON_MANIFEST = "on_manifest"
    DEPARTURE_PERMITTED = "departure_permitted"
    IN_TRANSIT = "in_transit"
    OFFERED = "offered"
    REFUSED_AT_DOOR = "refused_at_door"
    HELD = "held"
    RELEASE_DUE = "release_due"
    RETURN_DUE = "return_due"
    RETURN_OFFERED = "return_offered"
    RETURNING = "returning"
    AT_LARGE = "at_large"
    ENDED = "ended"


class Step(StrEnum):
    """What must have happened, in this order, before a person may be held abroad."""

    PROPOSAL = "proposal"
    NOTICE = "notice"
    DECISION = "decision"
    DECISION_SERVED = "decision_served"
    CONTEST_PERIOD = "contest_period"
    ACCEPTANCE = "acceptance"
    MANIFEST = "manifest"
    DEPARTURE_PERMITTED = "departure_permitted"
    HANDOVER_OFFERED = "handover_offered"
    HANDOVER_ACCEPTED = "handover_accepted"


TO_DEPART = tuple(Step)[: list(Step).index(Step.HANDOVER_OFFERED)]
TO_ENTER = tuple(Step)


def objection_ends_at(case: Case, periods: Periods) -> datetime | None:
    """When the time to object runs out; None while no notice was served."""
    notice = case.last(procedure.NoticeServed)
    return notice.known_at + periods.objection if notice else None


def contest_ends_at(case: Case, periods: Periods) -> datetime | None:
    """When the time to contest the served decision runs out; None while it is not served."""
    decision, served = transfer_decision(case), case.last(procedure.DecisionServed)
    if decision is None or served is None or served.entry.index < decision.entry.index:
        return None
    return served.known_at + periods.contest


def objections(case: Case) -> tuple[Of[procedure.ObjectionRaised], ...]:
    """The objections to the notice in force: only they can end its time to object early."""
    notice = case.last(procedure.NoticeServed)
    after = notice.entry.index if notice else 0
    return tuple(each for each in case.all(procedure.ObjectionRaised) if each.entry.index > after)


def open_objections(case: Case) -> tuple[Of[procedure.ObjectionRaised], ...]:
    """The objections that no reviewer has answered."""
    answered = {each.body.objection for each in case.all(procedure.ObjectionReviewed)}
    return tuple(each for each in case.all(procedure.ObjectionRaised) if each.id not in answered)


def upheld_objections(case: Case) -> tuple[Of[procedure.ObjectionReviewed], ...]:
    """The reviews that upheld an objection: this proposal can't lead to a transfer."""
    return tuple(each for each in case.all(procedure.ObjectionReviewed) if each.body.outcome is procedure.Upheld.UPHELD)


def transfer_decision(case: Case) -> Of[procedure.Decided] | None:
    """The decision in force, if the last one says transfer and no later one upheld an objection, or a claim that
    leads to release or return."""
    decision = case.last(procedure.Decided)
    if decision is None or decision.body.outcome is not procedure.Outcome.TRANSFER:
        return None
    later = (*(each.entry for each in upheld_objections(case)), *(each.entry for each in remedies(case)))
    return None if any(each.index > decision.entry.index for each in later) else decision


def acceptance(case: Case) -> Of[procedure.TransferAccepted] | None:
    """The receiving state's agreement to this transfer, if it still stands."""
    accepted, declined = case.last(procedure.TransferAccepted), case.last(procedure.TransferDeclined)
    if accepted is None or (declined is not None and declined.entry.index > accepted.entry.index):
        return None
    return accepted


def manifested(case: Case) -> Of[held.Manifested] | None:
    """The journey on whose manifest the person stands now."""
    off = {each.body.manifested for each in case.all(held.TakenOffManifest)}
    standing = [each for each in case.all(held.Manifested) if each.id not in off]
    return standing[-1] if standing else None


def place_kept(case: Case) -> str | None:
    """The facility that keeps a place for the person: from the manifest until they are there, are refused at
    the door, or the case ends."""
    listed = manifested(case)
    if listed is None or end(case) is not None:
        return None
    reached = (
        each for each in case.entries if isinstance(each.body, (*PRESENCE, held.HandoverRefused, held.RefusedAtDoor))
    )
    return None if any(each.index > listed.entry.index for each in reached) else case.facility


def departure_permit(case: Case) -> Of[held.DeparturePermitted] | None:
    """The permission to depart for the journey on whose manifest the person stands."""
    permit, listed = case.last(held.DeparturePermitted), manifested(case)
    if permit is None or listed is None or permit.entry.index < listed.entry.index:
        return None
    return permit


def counts_from(case: Case, step: Step, periods: Periods) -> datetime | None:
    """From when a step counts as done; None while it is not."""
    match step:
        case Step.PROPOSAL:
            return case.opening.known_at if isinstance(case.opening.body, procedure.Proposed) else None
        case Step.CONTEST_PERIOD:
            return contest_ends_at(case, periods)
        case Step.HANDOVER_OFFERED:
            return next((each.known_at for each in case.all(held.HandoverOffered) if is_outward(case, each)), None)
        case Step.HANDOVER_ACCEPTED:
            taken = [e for _, party, e in effective_acceptances(case) if party == case.receiving]
            return max(taken[0].occurred_at, taken[0].recorded_at) if taken else None
        case Step.DECISION_SERVED:
            served = case.last(procedure.DecisionServed)
            return served.known_at if served and transfer_decision(case) else None
        case _:
            found = _STANDING[step](case)
            return found.known_at if found else None


def missing_steps(case: Case, steps: tuple[Step, ...], at: datetime, periods: Periods) -> tuple[Step, ...]:
    """The steps that were not done by that moment, on what the record held then."""
    then = as_done_by(case, at) if steps else case
    since = {step: counts_from(then, step, periods) for step in steps}
    return tuple(step for step, moment in since.items() if moment is None or moment > at)


def stage(case: Case, at: datetime, periods: Periods) -> Stage:
    return stage_away(case, at) or _stage_of_proposal(case, at, periods)


def stage_away(case: Case, at: datetime) -> Stage | None:
    """The stage of whoever was sent, on which no period bears; None while it is still a proposal."""
    if end(case) is not None:
        return Stage.ENDED
    return _stage_abroad(case, at) or _stage_under_way(case)


def _stage_abroad(case: Case, at: datetime) -> Stage | None:
    on_a_roll = on_roll(case, at) is not None
    taken = effective_acceptances(case)
    answers = taken[-1][1] if taken else case.opening.entry.actor.party
    if not on_a_roll and answers != case.receiving:
        return Stage.RETURNING if taken else None
    offer = open_offer(case)
    if offer is not None and not is_outward(case, offer):
        return Stage.RETURN_OFFERED
    if on_a_roll and offer is not None:
        return Stage.OFFERED
    if not on_a_roll:
        return _stage_between(case)
    if release_due(case):
        return Stage.RELEASE_DUE
    return Stage.RETURN_DUE if case.last(held.ReturnDue) else Stage.HELD


def _stage_between(case: Case) -> Stage:
    """In no facility while the receiving state answers: on the way there, at its door, on the way back, or gone."""
    leaving = (held.Departed, held.Escaped, held.RefusedAtDoor)
    left = [each.body for each in in_time_order(case) if isinstance(each.body, leaving)]
    match left[-1:]:
        case [held.RefusedAtDoor()]:
            return Stage.REFUSED_AT_DOOR
        case [held.Escaped()]:
            return Stage.AT_LARGE
        case [held.Departed(outward=False)]:
            return Stage.RETURNING
    return Stage.IN_TRANSIT


def _stage_under_way(case: Case) -> Stage | None:
    if open_offer(case) is not None:
        return Stage.OFFERED
    answers = [answer_to(case, each.id) for each in case.all(held.HandoverOffered)]
    if case.all(held.RefusedAtDoor) or any(isinstance(each.body, held.HandoverRefused) for each in answers if each):
        return Stage.REFUSED_AT_DOOR
    return Stage.IN_TRANSIT if departures(case) else None


def _stage_of_proposal(case: Case, at: datetime, periods: Periods) -> Stage:
    if departure_permit(case):
        return Stage.DEPARTURE_PERMITTED
    if acceptance(case):
        return Stage.ON_MANIFEST if manifested(case) else Stage.ACCEPTED
    if case.last(procedure.TransferDeclined):
        return Stage.DECLINED
    if open_objections(case):
        return Stage.OBJECTION_OPEN
    if transfer_decision(case):
        contest = contest_ends_at(case, periods)
        if contest is None:
            return Stage.DECIDED
        return Stage.CONTEST_PERIOD if at < contest else Stage.READY_TO_ACCEPT
    return _stage_before_decision(case, at, periods)


def _stage_before_decision(case: Case, at: datetime, periods: Periods) -> Stage:
    if case.last(procedure.Decided):
        return Stage.DECIDED_AGAINST
    window = objection_ends_at(case, periods)
    if window is not None:
        return Stage.READY_TO_DECIDE if objections(case) or at >= window else Stage.NOTICE_SERVED
    return Stage.SCREENED if case.last(procedure.Screened) else Stage.PROPOSED


_STANDING = {
    Step.NOTICE: lambda case: case.last(procedure.NoticeServed),
    Step.DECISION: transfer_decision,
    Step.ACCEPTANCE: acceptance,
    Step.MANIFEST: manifested,
    Step.DEPARTURE_PERMITTED: departure_permit,
}
