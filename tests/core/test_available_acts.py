"""Which acts are offered: those that are not refused whatever will be said."""

from __future__ import annotations

import pytest

from habeas.core.commands import available
from habeas.core.entries import Actor, Body
from habeas.core.entries import custody as held
from habeas.core.entries import procedure as p
from habeas.core.permissions import ACTS, Sort
from habeas.core.procedure import Stage

from . import walk
from .ways import WAYS, asked, manifest, order, reasons, return_due, served
from .world import BOOKING, COURT, DECIDER, ESCORT, OFFICER, RECEIVER, RECEIVING, SENDING, World


def tried(world: World, case: str) -> dict[str, tuple[Body, Actor]]:
    """Every permission on a case and the records that have their time, each with the least that can be said."""
    offers = world.case(case).all(held.HandoverOffered)
    offered = offers[-1].id if offers else ""
    return {
        "decide": (walk.decision(p.Outcome.NO_TRANSFER), DECIDER),
        "accept_transfer": (p.TransferAccepted(), RECEIVER),
        "put_on_manifest": (manifest(world), OFFICER),
        "permit_departure": (held.DeparturePermitted(fit_to_travel="fit, seen today"), OFFICER),
        "offer_handover": (held.HandoverOffered(to_party=RECEIVING, place="at the gate", fitness="fit"), ESCORT),
        "accept_handover": (held.HandoverAccepted(offer=offered), BOOKING),
        "serve_notice": (p.NoticeServed(language="nb", facts_relied_on="all", served_by="Invented officer"), OFFICER),
        "serve_decision": (served(), OFFICER),
        "decline_transfer": (p.TransferDeclined(reasons="no place"), RECEIVER),
        "withdraw_proposal": (p.ProposalWithdrawn(reasons="the cell he asked for is taken"), OFFICER),
    }


_LISTED = {"decide", "accept_transfer", "put_on_manifest", "permit_departure"}
STEPS: dict[Stage, set[str]] = {
    Stage.PROPOSED: set(),
    Stage.NOTICE_SERVED: set(),
    Stage.OBJECTION_OPEN: set(),
    Stage.READY_TO_DECIDE: {"decide"},
    Stage.DECIDED: {"decide"},
    Stage.CONTEST_PERIOD: {"decide"},
    Stage.READY_TO_ACCEPT: {"decide", "accept_transfer"},
    Stage.DECLINED: {"decide", "accept_transfer"},
    Stage.ON_MANIFEST: _LISTED,
    Stage.IN_TRANSIT: {"decide", "offer_handover"},
    Stage.OFFERED: {"decide", "accept_handover"},
    Stage.REFUSED_AT_DOOR: {*_LISTED, "offer_handover"},
    Stage.HELD: {"decide"},
    Stage.RETURN_DUE: {"decide"},
    Stage.AT_LARGE: {"decide"},
    Stage.ENDED: set(),
}
"""The steps of the way there that can be tried at each stage; every other is refused whatever is said."""


@pytest.mark.parametrize("reached", WAYS, ids=str)
def test_a_step_that_is_refused_whatever_is_said_is_offered_to_nobody(reached: Stage) -> None:
    world = World()
    case = WAYS[reached](world)
    possible = set()
    for act, (body, by) in tried(world, case).items():
        anyway = available(world.case(case), world.context(world.case(case)), by, world.now).get(act)
        if anyway:
            given = reasons(asked(world, act, body, by, case))
            assert [each for each in anyway if each not in given] == [], act
        elif anyway is not None and ACTS[act].sort is Sort.PERMISSION:
            possible.add(act)
    assert possible == STEPS[reached]


def test_the_way_back_and_a_stay_order_are_known_before_anything_is_typed() -> None:
    world = World()
    case = return_due(world)
    now = {by: available(world.case(case), world.context(world.case(case)), by, world.now) for by in (RECEIVER, ESCORT)}
    assert now[RECEIVER]["offer_handover"] == ()
    assert [each.code for each in now[ESCORT]["offer_handover"]] == ["policy.not_yours_to_offer"]
    walk.offer(world, case, by=RECEIVER, to=SENDING)
    world.take("issue_stay_order", order(cases=(case,)), COURT)
    context = world.context(world.case(case))
    assert available(world.case(case), context, OFFICER, world.now)["accept_handover"] == ()
    stayed = available(world.case(case), context, RECEIVER, world.now)["accept_transfer"]
    assert [each.code for each in stayed] == ["policy.after_the_fact", "policy.stay_order"]
    assert "accept_handover" not in available(world.case(case), context, RECEIVER, world.now)


def test_what_an_account_may_try_is_what_its_role_and_its_cases_allow() -> None:
    world = World()
    case = world.case(walk.propose(world))
    named = available(case, world.context(), DECIDER, world.now)
    allowed = {each.name for each in ACTS.values() if each.on_case and DECIDER.role in each.roles}
    no_order = {"acknowledge_order", "report_compliance_step", "answer_claim"}
    nothing_to_name = {
        "verify_fact",
        "end_title",
        "confirm_end",
        "take_off_manifest",
        "agree_to_erasure",
        *no_order,
    } & allowed
    assert named.keys() == allowed - nothing_to_name
    assert available(case, world.context(), COURT, world.now) == {}
    assert "propose" not in available(case, world.context(), OFFICER, world.now)
