"""Who may do an act: by role, by party, and by whether the case is theirs. When it may be done is
`core.policies`' question."""

from habeas.core.acts import Act, Sort
from habeas.core.case import Case
from habeas.core.custody import offers
from habeas.core.entries import Actor, Body
from habeas.core.entries.custody import HandoverAccepted, HandoverRefused
from habeas.core.messages import Message
from habeas.core.orders import StayOrder
from habeas.core.visibility import may_open


def may(
    actor: Actor, act: Act, body: Body | None, case: Case | None, orders: tuple[StayOrder, ...] = ()
) -> Message | None:
    """None when this actor may do this act to this case; otherwise the reason why not."""
    if actor.role not in act.roles:
        return Message("permission.role", {"act": f"act.{act.name}", "role": f"role.{actor.role.value}"})
    if case is None:
        return None
    if not may_open(actor, case, orders) and not _reports_on_own(actor, act, case):
        return Message("permission.not_your_case", {})
    return _other_side(actor, body, case)


def _reports_on_own(actor: Actor, act: Act, case: Case) -> bool:
    """Either side may report what happened in a case of its own, also one that it may not look into yet: a
    fact can't be refused."""
    return act.sort is Sort.REPORT and actor.party in {case.sending, case.receiving}


def _other_side(actor: Actor, body: Body | None, case: Case) -> Message | None:
    """Only the side to which a handover was offered may answer it."""
    if not isinstance(body, HandoverAccepted | HandoverRefused):
        return None
    offer = offers(case).get(body.offer)
    if offer is None:
        return Message("policy.no_such_offer", {})
    if offer.body.to_party != actor.party:
        return Message("permission.not_offered_to_you", {"party": offer.body.to_party})
    return None
