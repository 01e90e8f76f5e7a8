"""Notice, objection and decision: each duty refuses by name, with every reason at once."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest

from habeas.core.commands import Refusal, Taken
from habeas.core.entries import Body, Role
from habeas.core.entries import procedure as p
from habeas.core.messages import Message

from . import walk
from .facts import LAWFUL
from .ways import (
    UNKNOWN,
    asked,
    codes,
    decided_to_transfer,
    noticed,
    objection,
    ready_to_accept,
    ready_to_decide,
    reasons,
    served,
)
from .world import DAY, DECIDER, OFFICER, PERIODS, RECEIVER, SENDING, World, actor


@pytest.mark.parametrize("act", ["serve_notice", "serve_decision"])
@pytest.mark.parametrize(
    ("language", "interpreter", "taken"),
    [("nb", None, True), ("sv", None, False), ("sv", "", False), ("sv", "Invented interpreter", True)],
)
def test_papers_are_in_their_language_or_come_with_an_interpreter(
    act: str, language: str, interpreter: str | None, taken: bool
) -> None:
    world = World()
    case = decided_to_transfer(world)
    body: Body = served(language, interpreter)
    if act == "serve_notice":
        body = p.NoticeServed(
            language=language, facts_relied_on="sentence", served_by="Invented officer", interpreter=interpreter
        )
    answer = asked(world, act, body, OFFICER, case)
    if taken:
        assert isinstance(answer, Taken)
    else:
        assert reasons(answer) == (Message("policy.their_language", {"language": "nb"}),)


def test_no_language_is_held_against_an_officer_while_theirs_is_not_known() -> None:
    world = World()
    case = walk.propose(world, language=UNKNOWN)
    body = p.NoticeServed(language="sv", facts_relied_on="sentence", served_by="Invented officer")
    assert isinstance(asked(world, "serve_notice", body, OFFICER, case), Taken)


def test_a_decision_without_anything_before_it_is_refused_for_every_reason() -> None:
    world = World()
    case = walk.propose(world)
    same = actor(Role.SENDING_DECIDER, SENDING)
    both = dataclasses.replace(same, account=OFFICER.account)
    body = dataclasses.replace(walk.decision(), reasons="because")
    answer = asked(world, "decide", body, both, case)
    assert [each.code for each in reasons(answer)] == [
        "policy.four_eyes",
        "policy.reasons_too_short",
        "policy.notice_first",
        "policy.not_shown",
    ]
    assert isinstance(answer, Refusal)
    assert answer.screening is not None
    assert reasons(answer)[-1].parameters == {"rules": answer.screening.open_rules}


def test_one_verified_bar_refuses_the_decision_by_the_name_of_the_rule() -> None:
    world = World()
    case = walk.propose(world)
    walk.title(world, case, "SWE", by=OFFICER)
    walk.state_facts(world, case, {**LAWFUL, "sex": ("female", "passport")})
    walk.notice(world, case)
    world.wait(PERIODS.objection)
    answer = asked(world, "decide", walk.decision(), DECIDER, case)
    assert reasons(answer) == (Message("policy.barred", {"rules": ("men",)}),)


@pytest.mark.parametrize("late", [timedelta(0), 3 * DAY], ids=["at once", "recorded three days late"])
def test_the_time_to_object_runs_from_the_later_of_served_and_recorded(late: timedelta) -> None:
    world = World()
    case = walk.propose(world)
    walk.title(world, case, "SWE", by=OFFICER)
    walk.state_facts(world, case)
    world.wait(late)
    body = p.NoticeServed(language="nb", facts_relied_on="sentence", served_by="Invented officer")
    world.take("serve_notice", body, OFFICER, case, occurred_at=world.now - late)
    over = world.now + PERIODS.objection
    world.wait(PERIODS.objection - timedelta(microseconds=1))
    assert reasons(asked(world, "decide", walk.decision(), DECIDER, case)) == (
        Message("policy.time_to_object", {"until_at": over}),
        Message("policy.barred", {"rules": ("iccpr.notice",)}),
    )
    world.wait(timedelta(microseconds=1))
    assert isinstance(asked(world, "decide", walk.decision(), DECIDER, case), Taken)


def test_an_objection_is_answered_before_anybody_decides_or_accepts() -> None:
    world = World()
    case = ready_to_accept(world)
    objection(world, case)
    one_open = Message("policy.objection_open", {"count": 1})
    assert one_open in reasons(asked(world, "decide", walk.decision(), DECIDER, case))
    assert one_open in reasons(asked(world, "accept_transfer", p.TransferAccepted(), RECEIVER, case))


def test_a_rejected_objection_lets_the_decision_come_before_the_time_is_over() -> None:
    world = World()
    case = walk.propose(world)
    walk.title(world, case, "SWE", by=OFFICER)
    walk.state_facts(world, case)
    walk.notice(world, case)
    walk.object_and_review(world, case, p.Upheld.REJECTED)
    assert isinstance(asked(world, "decide", walk.decision(), DECIDER, case), Taken)


def test_an_objection_to_an_earlier_notice_does_not_spend_the_time_of_the_next() -> None:
    world = World()
    case = walk.propose(world)
    walk.title(world, case, "SWE", by=OFFICER)
    walk.state_facts(world, case)
    walk.object_and_review(world, case, p.Upheld.REJECTED)
    walk.notice(world, case)
    (window, barred) = reasons(asked(world, "decide", walk.decision(), DECIDER, case))
    assert window.code == "policy.time_to_object"
    assert barred == Message("policy.barred", {"rules": ("iccpr.notice",)})
    walk.object_and_review(world, case, p.Upheld.REJECTED)
    assert isinstance(asked(world, "decide", walk.decision(), DECIDER, case), Taken)


def test_an_upheld_objection_bars_a_transfer_and_nothing_else() -> None:
    world = World()
    case = ready_to_decide(world)
    walk.object_and_review(world, case, p.Upheld.UPHELD)
    against = walk.decision(p.Outcome.NO_TRANSFER)
    assert codes(world, "decide", walk.decision(), DECIDER, case) == ["policy.objection_upheld"]
    assert isinstance(asked(world, "decide", against, DECIDER, case), Taken)


def test_an_objection_upheld_after_the_decision_undoes_it() -> None:
    world = World()
    case = ready_to_accept(world)
    walk.object_and_review(world, case, p.Upheld.UPHELD)
    assert codes(world, "accept_transfer", p.TransferAccepted(), RECEIVER, case)[:2] == [
        "policy.no_decision",
        "policy.decision_not_served",
    ]


def test_a_decision_against_a_transfer_needs_no_rule_to_be_met() -> None:
    world = World()
    case = noticed(world)
    world.wait(PERIODS.objection)
    answer = asked(world, "decide", walk.decision(p.Outcome.NO_TRANSFER), DECIDER, case)
    assert isinstance(answer, Taken)
    assert [type(each) for each in answer.bodies] == [p.Decided]


def test_a_decision_cites_the_terms_the_safeguards_and_every_answer() -> None:
    world = World()
    case = ready_to_decide(world)
    answer = asked(world, "decide", walk.decision(), DECIDER, case)
    assert isinstance(answer, Taken)
    screened, decision = answer.bodies
    assert isinstance(screened, p.Screened)
    assert isinstance(decision, p.Decided)
    context = world.context()
    digests = (context.agreement.digest, context.safeguards.digest)
    assert (decision.terms_digest, decision.safeguards_digest) == digests
    assert (screened.terms_digest, screened.safeguards_digest) == digests
    assert (screened.step, screened.verdict) == ("decision", "no_bar_found")
    assert decision.answers == screened.answers
    assert len(decision.answers) == len(set(decision.answers)) > 0


def test_nothing_is_served_before_it_is_decided() -> None:
    world = World()
    assert codes(world, "serve_decision", served(), OFFICER, walk.propose(world)) == ["policy.no_decision"]


@pytest.mark.parametrize("late", [timedelta(0), 3 * DAY], ids=["at once", "recorded three days late"])
def test_the_time_to_contest_runs_from_the_later_of_served_and_recorded(late: timedelta) -> None:
    world = World()
    case = decided_to_transfer(world)
    world.wait(late)
    world.take("serve_decision", served(), OFFICER, case, occurred_at=world.now - late)
    over = world.now + PERIODS.contest
    world.wait(PERIODS.contest - timedelta(microseconds=1))
    refused = reasons(asked(world, "accept_transfer", p.TransferAccepted(), RECEIVER, case))
    assert refused[0] == Message("policy.contest_period", {"until_at": over})
    world.wait(timedelta(microseconds=1))
    assert isinstance(asked(world, "accept_transfer", p.TransferAccepted(), RECEIVER, case), Taken)


def test_a_decision_served_before_a_new_one_was_taken_serves_nothing() -> None:
    world = World()
    case = ready_to_accept(world)
    world.take("decide", walk.decision(), DECIDER, case)
    assert "policy.decision_not_served" in codes(world, "accept_transfer", p.TransferAccepted(), RECEIVER, case)
