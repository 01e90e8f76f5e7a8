"""The row about a case: what its entries alone say, without a clock."""

from __future__ import annotations

from habeas.core.entries import custody as held
from habeas.core.entries import procedure as p
from habeas.core.summary import Summary, summary

from . import walk
from .world import BOOKING, DAY, HOUR, MONITOR, OFFICER, RECEIVING, SENDING, START, World


def test_a_new_proposal_is_open_with_the_sending_state_and_nobody_has_seen_the_person() -> None:
    world = World()
    case = walk.propose(world)
    assert summary(world.case(case)) == Summary(
        case=case,
        person=f"person-{case}",
        agreement="se-ee-2025",
        sending=SENDING,
        receiving=RECEIVING,
        opened_at=START,
        answers=SENDING,
        facility=None,
        promised_by=None,
        last_seen_at=None,
        next_title_end_at=None,
        ended_at=None,
        end_kind=None,
        end_confirmed=False,
        is_open=True,
        version=1,
    )


def test_somebody_held_is_with_the_receiving_state_in_their_facility() -> None:
    world = World()
    case = walk.held_case(world)
    admitted_at = world.now
    world.wait(DAY)
    row = summary(world.case(case))
    assert (row.answers, row.facility, row.last_seen_at) == (RECEIVING, "tartu", admitted_at)
    seen = held.RollEntered(facility="tartu", sign=held.Sign.VISIT, seen_by="officer 7")
    world.take("enter_roll", seen, BOOKING, case, occurred_at=world.now - HOUR)
    assert summary(world.case(case)).last_seen_at == world.now - HOUR


def test_the_first_title_to_run_out_is_named() -> None:
    world = World()
    case = walk.propose(world)
    walk.title(world, case, "SWE", by=OFFICER, days=9)
    walk.title(world, case, "EST", by=OFFICER, days=5)
    assert summary(world.case(case)).next_title_end_at == START + 5 * DAY
    endless = p.TitleRecorded(state="SWE", authority="Invented court", ground="g", reference="r", valid_from_at=START)
    world.take("record_title", endless, OFFICER, case)
    assert summary(world.case(case)).next_title_end_at == START + 5 * DAY


def test_an_end_by_the_holders_word_is_said_to_be_one() -> None:
    world = World()
    case = walk.held_case(world)
    world.wait(DAY)
    free = held.Released(place="gate", handed_to=walk.NOT_KNOWN, papers=walk.NOT_KNOWN)
    ended = world.take("report_release", free, BOOKING, case)
    row = summary(world.case(case))
    assert (row.ended_at, row.end_kind, row.end_confirmed, row.is_open) == (world.now, "released", False, False)
    assert row.facility is None
    world.take("confirm_end", held.EndConfirmed(ended=ended, how_known="met him"), MONITOR, case)
    assert summary(world.case(case)).end_confirmed is True


def test_somebody_seen_after_the_end_has_not_ended_yet_the_case_stays_closed_to_a_second() -> None:
    world = World()
    case = walk.held_case(world)
    free = held.Released(place="gate", handed_to=walk.NOT_KNOWN, papers=walk.NOT_KNOWN)
    world.take("report_release", free, BOOKING, case)
    world.wait(DAY)
    seen = held.RollEntered(facility="tartu", sign=held.Sign.ROLL_CALL, seen_by="officer 7")
    world.take("enter_roll", seen, BOOKING, case)
    row = summary(world.case(case))
    assert (row.ended_at, row.end_kind, row.end_confirmed) == (None, None, False)
    assert row.facility == "tartu"
    assert row.is_open is False


def test_a_row_made_again_is_equal() -> None:
    world = World()
    case = walk.held_case(world)
    again = World(log=list(world.log))
    assert summary(again.case(case)) == summary(world.case(case))
