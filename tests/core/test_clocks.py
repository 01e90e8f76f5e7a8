"""Each clock starts, is late and stops: a person's time at the later of the two times on an entry, a
state's duty at the earlier."""

from __future__ import annotations

from datetime import datetime, timedelta

from habeas.core.clocks import Clock, Runs, clocks
from habeas.core.entries import custody as held
from habeas.core.entries import institutions as i
from habeas.core.entries import procedure as p
from habeas.core.messages import Message

from . import walk
from .world import (
    BOOKING,
    COURT,
    DAY,
    DECIDER,
    ESCORT,
    HOUR,
    MONITOR,
    OFFICER,
    PERIODS,
    RECEIVER,
    RECEIVING,
    SENDING,
    World,
)

INSTANT = timedelta(microseconds=1)


def running(world: World, case: str, code: str, at: datetime | None = None) -> list[Clock]:
    found = clocks(world.case(case), world.context(), at or world.now)
    return [each for each in found if each.duty.code == f"clock.{code}"]


def codes(world: World, case: str) -> list[str]:
    return [each.duty.code for each in clocks(world.case(case), world.context(), world.now)]


def duty(case: str, code: str, owner: str, starts_at: datetime, due_at: datetime, **parameters: str) -> Clock:
    return Clock(
        duty=Message(f"clock.{code}", parameters),
        runs=Runs.DUTY if owner else Runs.PERSONS_TIME,
        owner=owner,
        starts_at=starts_at,
        due_at=due_at,
        case=case,
    )


def test_a_new_proposal_has_no_clock() -> None:
    world = World()
    assert codes(world, walk.propose(world)) == []


def test_the_time_to_object_is_the_persons_and_runs_from_when_the_record_had_the_notice() -> None:
    world = World()
    case = walk.propose(world)
    world.wait(DAY)
    body = p.NoticeServed(language="nb", facts_relied_on="sentence", served_by="Invented officer")
    world.take("serve_notice", body, OFFICER, case, occurred_at=world.now - DAY)
    due = world.now + PERIODS.objection
    assert running(world, case, "objection") == [duty(case, "objection", "", world.now, due)]
    assert len(running(world, case, "objection", due - INSTANT)) == 1
    assert running(world, case, "objection", due) == []


def test_a_persons_time_is_never_late() -> None:
    world = World()
    case = walk.propose(world)
    walk.notice(world, case)
    (found,) = running(world, case, "objection")
    assert found.is_late(found.due_at + DAY) is False


def test_the_time_to_object_stops_with_the_decision_or_the_end() -> None:
    world = World()
    case, other = walk.propose(world), walk.propose(world)
    for each in (case, other):
        walk.notice(world, each)
    walk.object_and_review(world, case, p.Upheld.REJECTED)
    assert len(running(world, case, "objection")) == 1
    world.take("decide", walk.decision(p.Outcome.NO_TRANSFER), DECIDER, case)
    assert running(world, case, "objection") == []
    assert len(running(world, other, "objection")) == 1
    world.take("withdraw_proposal", p.ProposalWithdrawn(reasons="He does not want to go any more."), OFFICER, other)
    assert running(world, other, "objection") == []


def test_the_time_to_contest_runs_from_when_the_record_had_the_service() -> None:
    world = World()
    case = walk.propose(world)
    walk.decided(world, case)
    due = world.now
    starts = due - PERIODS.contest
    assert running(world, case, "contest", due - INSTANT) == [duty(case, "contest", "", starts, due)]
    assert running(world, case, "contest", due) == []


def test_the_time_to_contest_stops_with_the_end() -> None:
    world = World()
    case = walk.propose(world)
    walk.decided(world, case)
    world.now -= DAY
    assert len(running(world, case, "contest")) == 1
    world.take("withdraw_proposal", p.ProposalWithdrawn(reasons="He does not want to go any more."), OFFICER, case)
    assert running(world, case, "contest") == []
    assert len(running(world, case, "contest", world.now - DAY)) == 1


def arrived(world: World) -> str:
    case = walk.propose(world)
    walk.decided(world, case)
    walk.departed(world, case)
    world.take("report_arrival", held.Arrived(facility="tartu"), ESCORT, case)
    return case


def test_the_receiving_state_owes_an_answer_from_the_arrival() -> None:
    world = World()
    case = arrived(world)
    offered = walk.offer(world, case)
    due = world.now + PERIODS.contested_after
    (found,) = running(world, case, "handover_answer")
    assert found == duty(case, "handover_answer", RECEIVING, world.now, due)
    assert [found.is_late(due - INSTANT), found.is_late(due)] == [False, True]
    world.wait(DAY)
    assert len(running(world, case, "handover_answer")) == 1
    world.take("accept_handover", held.HandoverAccepted(offer=offered), BOOKING, case)
    assert running(world, case, "handover_answer") == []


def test_no_answer_is_owed_for_somebody_turned_away() -> None:
    world = World()
    case = arrived(world)
    offered = walk.offer(world, case)
    world.wait(DAY)
    world.take("refuse_handover", held.HandoverRefused(offer=offered, reasons="no interpreter"), BOOKING, case)
    assert running(world, case, "handover_answer") == []


def test_a_title_is_warned_of_before_it_runs_out() -> None:
    world = World()
    case = walk.propose(world)
    walk.title(world, case, "SWE", by=OFFICER, days=100)
    due = world.now + 100 * DAY
    warned = due - PERIODS.title_warning
    assert running(world, case, "title_ends", warned - INSTANT) == []
    expected = duty(case, "title_ends", SENDING, warned, due, state="SWE")
    assert running(world, case, "title_ends", warned) == [expected]
    world.now = warned
    walk.title(world, case, "SWE", by=OFFICER, days=400)
    assert running(world, case, "title_ends") == []


def test_the_title_of_the_place_is_the_receiving_states_to_renew() -> None:
    world = World()
    case = walk.held_case(world)
    title = world.case(case).all(p.TitleRecorded)[-1].body
    assert title.valid_until_at is not None
    warned = title.valid_until_at - PERIODS.title_warning
    assert running(world, case, "title_ends", warned) == [
        duty(case, "title_ends", RECEIVING, warned, title.valid_until_at, state="EST")
    ]
    walk.returned(world, case)
    assert running(world, case, "title_ends", warned) == []


def test_a_return_is_due_from_the_earlier_of_ordered_and_recorded_until_it_is_done() -> None:
    world = World()
    case = walk.held_case(world)
    world.wait(2 * DAY)
    due = world.now + 5 * DAY
    body = held.ReturnDue(due_at=due, because="the sentence ends", ordered_by="Invented officer")
    world.take("set_return_due", body, OFFICER, case, occurred_at=world.now - DAY)
    (found,) = running(world, case, "return")
    assert found == duty(case, "return", SENDING, world.now - DAY, due)
    world.wait(6 * DAY)
    assert [each.is_late(world.now) for each in running(world, case, "return")] == [True]
    walk.returned(world, case)
    assert running(world, case, "return") == []


def stay(world: World, issued_at: datetime) -> str:
    body = i.StayOrderIssued(
        court="Invented court",
        reference="T 1-26",
        given=i.Given.ORAL,
        class_described="everybody",
        must_be_done="Bring them back.",
    )
    return world.take("issue_stay_order", body, COURT, occurred_at=issued_at)


def test_an_order_that_was_breached_is_owed_at_once_until_it_is_lifted_or_obeyed() -> None:
    world = World()
    case = arrived(world)
    spoken_at = world.now - HOUR
    order = stay(world, spoken_at)
    expected = duty(
        case, "comply_with_order", SENDING, spoken_at, spoken_at, court="Invented court", reference="T 1-26"
    )
    assert running(world, case, "comply_with_order") == [expected]
    assert expected.is_late(world.now) is True
    world.wait(DAY)
    lift = i.StayOrderLifted(order=order, reasons="heard")
    world.take("lift_stay_order", lift, COURT)
    assert running(world, case, "comply_with_order") == []
    assert running(world, case, "comply_with_order", world.now - HOUR) == [expected]


def test_an_order_that_came_after_the_arrival_asks_for_no_return() -> None:
    world = World()
    case = arrived(world)
    world.wait(HOUR)
    stay(world, world.now)
    assert running(world, case, "comply_with_order") == []


def test_a_move_or_an_escape_after_the_order_begins_no_stay_of_its_own() -> None:
    world = World()
    case = arrived(world)
    world.wait(HOUR)
    stay(world, world.now)
    world.wait(HOUR)
    world.take("move", held.Moved(facility="elsewhere", reasons=walk.NOT_KNOWN), BOOKING, case)
    assert running(world, case, "comply_with_order") == []
    world.wait(HOUR)
    world.take("report_escape", held.Escaped(circumstances=walk.NOT_KNOWN), BOOKING, case)
    world.wait(HOUR)
    world.take("report_arrival", held.Arrived(facility="tartu"), BOOKING, case)
    assert running(world, case, "comply_with_order") == []


def test_an_order_that_was_breached_is_owed_still_after_a_move() -> None:
    world = World()
    case = arrived(world)
    stay(world, world.now - HOUR)
    world.wait(HOUR)
    world.take("move", held.Moved(facility="elsewhere", reasons=walk.NOT_KNOWN), BOOKING, case)
    assert len(running(world, case, "comply_with_order")) == 1


def test_somebody_turned_away_and_brought_again_after_the_order_begins_another_stay() -> None:
    world = World()
    case = arrived(world)
    offered = walk.offer(world, case)
    world.take("refuse_handover", held.HandoverRefused(offer=offered, reasons="no interpreter"), BOOKING, case)
    world.wait(HOUR)
    stay(world, world.now)
    world.wait(HOUR)
    world.take("report_arrival", held.Arrived(facility="tartu"), ESCORT, case)
    assert len(running(world, case, "comply_with_order")) == 1


def test_an_order_is_obeyed_once_the_person_is_back() -> None:
    world = World()
    case = arrived(world)
    offered = walk.offer(world, case)
    world.take("accept_handover", held.HandoverAccepted(offer=offered), BOOKING, case)
    stay(world, world.now - HOUR)
    assert len(running(world, case, "comply_with_order")) == 1
    walk.returned(world, case)
    assert running(world, case, "comply_with_order") == []


def test_an_end_by_the_holders_word_waits_for_somebody_else_to_confirm_it() -> None:
    world = World()
    case = walk.held_case(world)
    world.wait(2 * DAY)
    freed_at = world.now - DAY
    free = held.Released(place="gate", handed_to=walk.NOT_KNOWN, papers=walk.NOT_KNOWN)
    ended = world.take("report_release", free, BOOKING, case, occurred_at=freed_at)
    due = freed_at + PERIODS.contested_after
    assert running(world, case, "confirm_end") == [duty(case, "confirm_end", SENDING, freed_at, due)]
    world.take("confirm_end", held.EndConfirmed(ended=ended, how_known="met him"), MONITOR, case)
    assert codes(world, case) == []


def test_the_clock_that_is_due_first_comes_first() -> None:
    world = World()
    case = walk.held_case(world)
    title = world.case(case).all(p.TitleRecorded)[-1].body
    assert title.valid_until_at is not None
    world.now = title.valid_until_at - DAY
    for days, by in ((5, OFFICER), (0.5, RECEIVER)):
        body = held.ReturnDue(due_at=world.now + days * DAY, because="the sentence ends", ordered_by="Invented officer")
        world.take("set_return_due", body, by, case)
        order = ["clock.title_ends", "clock.return"] if days == 5 else ["clock.return", "clock.title_ends"]
        assert [each for each in codes(world, case) if each in order] == order
