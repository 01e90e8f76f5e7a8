"""Who may do what: by role, by whose case it is, and by whom a handover was offered to."""

from __future__ import annotations

import pytest

from habeas.core.entries import Actor, Role
from habeas.core.entries import custody as held
from habeas.core.entries import institutions as i
from habeas.core.entries import procedure as p
from habeas.core.messages import Message
from habeas.core.permissions import ACTS, may

from . import walk
from .world import BOOKING, COURT, ESCORT, MONITOR, OFFICER, RECEIVER, RECEIVING, REVIEWER, SENDING, World, actor

STRANGER = actor(Role.SENDING_OFFICER, "xx-third")
NOT_YOURS = Message("permission.not_your_case", {})
ALLEGED = p.AllegationRecorded(allegation="said to be a courier", alleged_by="police of Invented")


@pytest.mark.parametrize("name", ACTS)
def test_a_role_that_an_act_does_not_name_may_not_do_it(name: str) -> None:
    act = ACTS[name]
    others = [each for each in Role if each not in act.roles]
    assert [may(actor(each, SENDING), act, None, None) for each in others] == [
        Message("permission.role", {"act": f"act.{name}", "role": f"role.{each.value}"}) for each in others
    ]
    assert [may(actor(each, SENDING), act, None, None) for each in act.roles] == [None] * len(act.roles)


def test_nobody_who_only_counts_or_keeps_accounts_acts_on_a_case() -> None:
    doing = {role for each in ACTS.values() if each.on_case for role in each.roles}
    assert set(Role) - doing == {Role.AUDITOR, Role.ACCOUNT_MANAGER, Role.SYSTEM}


def test_no_executive_reviews_and_no_reviewer_proposes() -> None:
    reviews = {"review_fact", "review_objection", "decide_assertion"}
    assert {role for each in reviews for role in ACTS[each].roles} == {Role.REVIEWER, Role.COURT}
    permissions = {"propose", "decide", "accept_transfer", "put_on_manifest", "permit_departure", "offer_handover"}
    assert not {role for each in permissions for role in ACTS[each].roles} & {
        Role.REVIEWER,
        Role.COURT,
        Role.MONITOR,
        Role.COUNSEL,
    }


def test_alice_of_the_sending_state_may_and_bob_of_another_may_not() -> None:
    world = World()
    case = walk.propose(world)
    world.take("record_allegation", ALLEGED, OFFICER, case)
    assert world.refused("record_allegation", ALLEGED, STRANGER, case) == {"permission.not_your_case"}
    assert world.refused("record_allegation", ALLEGED, MONITOR, case) == {"permission.role"}


def test_the_receiving_state_records_nothing_in_a_case_not_yet_put_to_it() -> None:
    world = World()
    case = walk.propose(world)
    assert world.refused("record_allegation", ALLEGED, RECEIVER, case) == {"permission.not_your_case"}
    walk.decided(world, case)
    world.take("record_allegation", ALLEGED, RECEIVER, case)


def test_either_side_reports_what_happened_in_a_case_that_it_may_not_look_into_yet() -> None:
    world = World()
    case = walk.propose(world)
    hurt = held.Injured(injury="a broken wrist", circumstances=walk.NOT_KNOWN, reported_to=walk.NOT_KNOWN)
    for each in (BOOKING, RECEIVER, ESCORT):
        world.take("report_injury", hurt, each, case)
    stranger = actor(Role.BOOKING_OFFICER, "xx-third", facility="tartu")
    assert world.refused("report_injury", hurt, stranger, case) == {"permission.not_your_case"}


@pytest.mark.parametrize("by", [REVIEWER, COURT], ids=["reviewer", "court"])
def test_a_bench_reviews_a_case_once_something_is_put_before_it(by: Actor) -> None:
    world = World()
    case = walk.propose(world)
    assert may(by, ACTS["review_objection"], None, world.case(case)) == NOT_YOURS
    body = p.ObjectionRaised(raised_by=p.Voice.PERSON, grounds="my children visit me here")
    world.take("raise_objection", body, OFFICER, case)
    assert may(by, ACTS["review_objection"], None, world.case(case)) is None


def test_only_the_side_to_which_it_was_offered_answers_a_handover() -> None:
    world = World()
    case = walk.propose(world)
    walk.decided(world, case)
    walk.departed(world, case)
    offered = walk.offer(world, case)
    accept = held.HandoverAccepted(offer=offered)
    refuse = held.HandoverRefused(offer=offered, reasons="not today")
    not_to_you = Message("permission.not_offered_to_you", {"party": RECEIVING})
    for act, body in (("accept_handover", accept), ("refuse_handover", refuse)):
        assert may(ESCORT, ACTS[act], body, world.case(case)) == not_to_you
        assert may(BOOKING, ACTS[act], body, world.case(case)) is None


def test_an_offer_that_was_never_made_is_answered_by_nobody() -> None:
    world = World()
    case = walk.propose(world)
    walk.decided(world, case)
    walk.departed(world, case)
    for body in (held.HandoverAccepted(offer="entry-999"), held.HandoverRefused(offer="entry-999", reasons="no")):
        act = "accept_handover" if isinstance(body, held.HandoverAccepted) else "refuse_handover"
        assert world.refused(act, body, BOOKING, case) == {"policy.no_such_offer"}


def test_only_a_court_stays_and_only_a_court_lifts() -> None:
    world = World()
    body = i.StayOrderIssued(
        court="Invented court",
        reference="T 1-26",
        given=i.Given.WRITTEN,
        class_described="everybody",
        must_be_done="Keep them.",
    )
    for each in (OFFICER, RECEIVER, REVIEWER, MONITOR):
        assert world.refused("issue_stay_order", body, each) == {"permission.role"}
    order = world.take("issue_stay_order", body, COURT)
    lifted = i.StayOrderLifted(order=order, reasons="heard")
    for each in (OFFICER, RECEIVER, REVIEWER, MONITOR):
        assert world.refused("lift_stay_order", lifted, each) == {"permission.role"}
    world.take("lift_stay_order", lifted, COURT)
