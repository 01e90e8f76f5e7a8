"""What a case waits for: the next act of each stage, and the role that owes it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from habeas.core.case import Case
from habeas.core.claims import open_claims
from habeas.core.commands import available, screening_of
from habeas.core.context import Context
from habeas.core.custody import effective_acceptances, end, is_outward, on_roll, open_offer
from habeas.core.entries import Actor, Role
from habeas.core.entries.custody import Admitted
from habeas.core.facts import CATALOGUE, Origin
from habeas.core.procedure import Stage, stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One act that somebody owes this case now."""

    act: str
    role: Role
    party: str

    def is_owed_by(self, actor: Actor) -> bool:
        """Whether it waits for this account."""
        return self.role is actor.role and self.party in {"", actor.party}


NEXT: Mapping[Stage, tuple[tuple[str, Role], ...]] = {
    Stage.PROPOSED: (("record_fact", Role.SENDING_OFFICER), ("serve_notice", Role.SENDING_OFFICER)),
    Stage.SCREENED: (("serve_notice", Role.SENDING_OFFICER),),
    Stage.NOTICE_SERVED: (),
    Stage.OBJECTION_OPEN: (("review_objection", Role.REVIEWER),),
    Stage.READY_TO_DECIDE: (("decide", Role.SENDING_DECIDER),),
    Stage.DECIDED_AGAINST: (("withdraw_proposal", Role.SENDING_OFFICER),),
    Stage.DECIDED: (("serve_decision", Role.SENDING_OFFICER),),
    Stage.CONTEST_PERIOD: (),
    Stage.READY_TO_ACCEPT: (("accept_transfer", Role.RECEIVING_OFFICER),),
    Stage.DECLINED: (("withdraw_proposal", Role.SENDING_OFFICER),),
    Stage.ACCEPTED: (("put_on_manifest", Role.SENDING_OFFICER),),
    Stage.ON_MANIFEST: (("permit_departure", Role.SENDING_OFFICER),),
    Stage.DEPARTURE_PERMITTED: (("offer_handover", Role.SENDING_OFFICER), ("report_departure", Role.ESCORT)),
    Stage.IN_TRANSIT: (("offer_handover", Role.ESCORT),),
    Stage.REFUSED_AT_DOOR: (("report_return", Role.SENDING_OFFICER),),
    Stage.RELEASE_DUE: (("report_release", Role.RECEIVING_OFFICER),),
    Stage.RETURN_DUE: (("offer_handover", Role.RECEIVING_OFFICER),),
    Stage.RETURN_OFFERED: (("accept_handover", Role.SENDING_OFFICER),),
    Stage.RETURNING: (("report_return", Role.SENDING_OFFICER),),
}


def waiting(case: Case, context: Context, at: datetime) -> tuple[Waiting, ...]:
    reached = stage(case, at, context.periods)
    found = [each for each in NEXT.get(reached, ()) if each[0] != "record_fact" or _wants_a_fact(case, context, at)]
    if reached is Stage.IN_TRANSIT and effective_acceptances(case):
        found = [("report_arrival", Role.ESCORT)]  # signed at the gate, or in flight
    offer = open_offer(case)
    if offer is not None and is_outward(case, offer):
        found.append(("accept_handover", Role.BOOKING_OFFICER))
    if on_roll(case, at) is not None and not case.all(Admitted) and offer is None:
        found.append(("admit", Role.BOOKING_OFFICER))
    ended = end(case)
    if ended is not None and not ended.confirmed:
        found.append(("confirm_end", Role.MONITOR))
    for claim in open_claims(case):
        found.append(("decide_claim", Role.REVIEWER))
        if not claim.answers:
            found.append(("answer_claim", Role.SENDING_OFFICER))
    return tuple(Waiting(act=act, role=role, party=_party(case, role)) for act, role in found)


def due(case: Case, context: Context, actor: Actor, at: datetime) -> tuple[str, ...]:
    """The acts that a case waits for from this account, but none that would be refused now, whatever it says: what
    a stay order bars is nobody's work."""
    owed = tuple(dict.fromkeys(each.act for each in waiting(case, context, at) if each.is_owed_by(actor)))
    refused = available(case, context, actor, at, among=owed)
    return tuple(each for each in owed if not refused.get(each))


def _wants_a_fact(case: Case, context: Context, at: datetime) -> bool:
    """Whether a rule of the screening is not shown for want of a fact that somebody can state."""
    missing = (each for answer in screening_of(case, context, "screening", at).answers for each in answer.missing)
    return any(CATALOGUE[each.fact].origin is Origin.STATED and each.why.code not in _STATED for each in missing)


_STATED = frozenset({"fact_reason.not_verified", "fact_reason.contested", "fact_reason.conflicting"})
"""A fact that was recorded and waits for somebody to verify or review it."""


def _party(case: Case, role: Role) -> str:
    if role in {Role.SENDING_OFFICER, Role.SENDING_DECIDER, Role.ESCORT}:
        return case.sending
    return case.receiving if role in {Role.RECEIVING_OFFICER, Role.BOOKING_OFFICER} else ""
