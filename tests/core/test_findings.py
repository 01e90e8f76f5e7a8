"""Each check finds its fault once, says which entry shows it, and finds nothing where nothing is wrong."""

from __future__ import annotations

import dataclasses

from habeas.core.custody import contests, custody, end, last_seen, on_roll, stints
from habeas.core.days import read_to_its_end
from habeas.core.entries import custody as held
from habeas.core.entries import procedure as p
from habeas.core.findings import Finding, findings
from habeas.core.messages import Message

from . import walk
from .world import BOOKING, DAY, ESCORT, HOUR, OFFICER, PERIODS, RECEIVING, SENDING, START, World

FREE = held.Released(place="gate", handed_to=walk.NOT_KNOWN, papers=walk.NOT_KNOWN)
SEEN = held.RollEntered(facility="tartu", sign=held.Sign.ROLL_CALL, seen_by="officer 7")
OUT = held.Departed(departed_from="Kumla", destination="Tartu", means="aircraft", outward=True)
BACK = dataclasses.replace(OUT, outward=False)


def found(world: World, case: str, rule: str) -> list[Finding]:
    every = findings(world.case(case), world.context(), world.now)
    assert len({each.key for each in every}) == len(every)
    return [each for each in every if each.rule == rule]


def steps(world: World, case: str) -> dict[object, object]:
    """Each missing step with the report that needed it first."""
    return {
        each.message.parameters["which"]: each.message.parameters["report"]
        for each in found(world, case, "step_missing")
    }


def test_a_departure_without_a_permission_names_each_missing_step_once() -> None:
    world = World()
    case = walk.propose(world)
    entry = world.take("report_departure", OUT, ESCORT, case)
    before_the_door = ["notice", "decision", "decision_served", "contest_period", "acceptance", "manifest"]
    assert steps(world, case) == dict.fromkeys(
        [f"step.{each}" for each in (*before_the_door, "departure_permitted")], "entry.departed"
    )
    (first, *_) = found(world, case, "step_missing")
    assert first.because == (entry,)
    assert first.subject == case
    assert first.on == START.date()


def test_what_comes_after_adds_only_the_steps_that_it_needs_itself() -> None:
    world = World()
    case = walk.propose(world)
    world.take("report_departure", OUT, ESCORT, case)
    world.wait(HOUR)
    world.take("report_arrival", held.Arrived(facility="tartu"), ESCORT, case)
    assert len(steps(world, case)) == 7
    world.wait(HOUR)
    world.take("admit", walk.admission(), BOOKING, case)
    at_the_door = {key: report for key, report in steps(world, case).items() if report == "entry.admitted"}
    assert list(at_the_door) == ["step.handover_accepted", "step.handover_offered"]
    world.wait(DAY)
    world.take("enter_roll", SEEN, BOOKING, case)
    assert len(steps(world, case)) == 9


def test_a_roll_entry_before_book_in_asks_for_every_step() -> None:
    world = World()
    case = walk.propose(world)
    world.take("enter_roll", SEEN, BOOKING, case)
    assert set(steps(world, case).values()) == {"entry.roll_entered"}
    assert len(steps(world, case)) == 9


def test_the_way_back_needs_no_step() -> None:
    world = World()
    case = walk.propose(world)
    world.take("report_departure", BACK, ESCORT, case)
    assert steps(world, case) == {}


def test_a_report_of_later_is_not_found_before_it_happened() -> None:
    world = World()
    case = walk.propose(world)
    world.wait(DAY)
    world.take("report_departure", OUT, ESCORT, case)
    folded, context = world.case(case), world.context()
    assert findings(folded, context, START) == ()
    assert [each.rule for each in findings(folded, context, world.now)].count("step_missing") == 7


def test_contested_custody_is_found_from_when_it_began() -> None:
    world = World()
    case = walk.propose(world)
    entry = world.take("report_arrival", held.Arrived(facility="tartu"), ESCORT, case)
    since = world.now + PERIODS.contested_after
    world.wait(PERIODS.contested_after - HOUR)
    assert found(world, case, "contested_custody") == []
    world.wait(HOUR)
    (one,) = found(world, case, "contested_custody")
    assert (one.clause, one.subject, one.on) == ("Habeas, promise 1; ICPPED art. 17", case, since.date())
    assert one.because == (entry,)
    assert (one.message.parameters["which"], one.message.parameters["since_at"]) == (entry, since)


def test_somebody_seen_after_the_end_is_found_once_for_each_end() -> None:
    world = World()
    case = walk.held_case(world)
    ended = world.take("report_release", FREE, BOOKING, case)
    assert found(world, case, "held_after_end") == []
    world.wait(DAY)
    first = world.take("enter_roll", SEEN, BOOKING, case)
    world.wait(DAY)
    world.take("enter_roll", SEEN, BOOKING, case)
    (one,) = found(world, case, "held_after_end")
    assert (one.because, one.message.parameters) == ((first,), {"which": ended, "report": "entry.released"})
    world.wait(DAY)
    world.take("report_release", FREE, BOOKING, case)
    world.wait(DAY)
    world.take("enter_roll", SEEN, BOOKING, case)
    assert len(found(world, case, "held_after_end")) == 2


def due_back(world: World, case: str, days: int = 5) -> str:
    body = held.ReturnDue(due_at=world.now + days * DAY, because="the sentence ends", ordered_by="Invented officer")
    return world.take("set_return_due", body, OFFICER, case)


def test_a_return_is_overdue_from_the_moment_it_was_due() -> None:
    world = World()
    case = walk.held_case(world)
    entry = due_back(world, case)
    due_at = world.now + 5 * DAY
    world.wait(5 * DAY - HOUR)
    assert found(world, case, "return_overdue") == []
    world.wait(HOUR)
    (one,) = found(world, case, "return_overdue")
    assert one.clause == "The order, decision or term by which the return is due"
    assert (one.because, one.on) == ((entry,), due_at.date())
    assert one.message == Message(
        "finding.return_overdue", {"which": f"return:{entry}", "duty": "clock.return", "due_at": due_at}
    )


def test_a_return_in_time_is_never_overdue() -> None:
    world = World()
    case = walk.held_case(world)
    due_back(world, case)
    world.wait(DAY)
    walk.returned(world, case)
    world.wait(9 * DAY)
    assert found(world, case, "return_overdue") == []


def test_a_return_that_came_late_stays_overdue_until_it_came() -> None:
    world = World()
    case = walk.held_case(world)
    entry = due_back(world, case)
    due_at = world.now + 5 * DAY
    world.wait(9 * DAY)
    (before,) = found(world, case, "return_overdue")
    walk.returned(world, case)
    (after,) = found(world, case, "return_overdue")
    assert after.key == before.key
    assert after.message == Message(
        "finding.return_overdue_met",
        {"which": f"return:{entry}", "duty": "clock.return", "due_at": due_at, "until_at": world.now},
    )


def test_a_later_date_heals_no_date_that_passed() -> None:
    world = World()
    case = walk.held_case(world)
    first = due_back(world, case)
    world.wait(6 * DAY)
    due_back(world, case, days=30)
    assert [each.message.parameters["which"] for each in found(world, case, "return_overdue")] == [f"return:{first}"]


def test_a_date_that_was_moved_before_it_passed_is_not_overdue() -> None:
    world = World()
    case = walk.held_case(world)
    due_back(world, case)
    world.wait(4 * DAY)
    second = due_back(world, case)
    world.wait(5 * DAY - HOUR)
    assert found(world, case, "return_overdue") == []
    world.wait(HOUR)
    assert [each.message.parameters["which"] for each in found(world, case, "return_overdue")] == [f"return:{second}"]


def test_findings_come_by_day_and_rule() -> None:
    world = World()
    case = walk.propose(world)
    world.take("report_departure", OUT, ESCORT, case)
    world.wait(2 * DAY)
    every = findings(world.case(case), world.context(), world.now)
    assert [(each.on, each.rule) for each in every] == sorted((each.on, each.rule) for each in every)
    assert [each.rule for each in every].count("untitled_day") == 3


def test_an_untitled_day_is_the_same_finding_when_it_is_computed_again() -> None:
    world = World()
    case = walk.propose(world)
    world.wait(HOUR)
    (one,) = found(world, case, "untitled_day")
    world.wait(HOUR)
    assert found(world, case, "untitled_day") == [one]
    assert one.key == ("untitled_day", case, START.date().isoformat(), "")


# --- custody, where no other test goes ------------------------------------------------------------------


def test_nobody_answers_before_the_case_opened_or_after_it_ended() -> None:
    world = World()
    case = walk.held_case(world)
    assert custody(world.case(case), START - HOUR, PERIODS.contested_after) is None
    world.wait(DAY)
    world.take("report_release", FREE, BOOKING, case)
    assert custody(world.case(case), world.now, PERIODS.contested_after) is None
    assert custody(world.case(case), world.now - HOUR, PERIODS.contested_after) is not None


def test_nobody_has_been_seen_before_they_were() -> None:
    world = World()
    case = walk.held_case(world)
    assert last_seen(world.case(case), START - HOUR) is None


def test_a_lie_about_an_offer_changes_no_custody() -> None:
    """Acceptances that the commands would have refused, as a faulty copy of the record may hold them."""
    world = World()
    case = walk.propose(world)
    walk.decided(world, case)
    walk.departed(world, case)
    offered = walk.offer(world, case)
    world.take("accept_handover", held.HandoverAccepted(offer=offered), BOOKING, case)
    accepted = world.log[-1]
    lies = (
        dataclasses.replace(accepted, body=held.HandoverAccepted(offer="entry-999")),
        dataclasses.replace(accepted, actor=ESCORT),
    )
    for lie, answers in ((accepted, RECEIVING), *((each, SENDING) for each in lies)):
        copy = World(log=[*world.log[:-1], lie])
        now = custody(copy.case(case), world.now, PERIODS.contested_after)
        assert now is not None
        assert now.answers == answers


def test_a_second_answer_to_one_offer_changes_nothing() -> None:
    world = World()
    case = walk.propose(world)
    walk.decided(world, case)
    walk.departed(world, case)
    offered = walk.offer(world, case)
    refusal = held.HandoverRefused(offer=offered, reasons="no interpreter")
    world.take("refuse_handover", refusal, BOOKING, case)
    late = dataclasses.replace(
        world.log[-1],
        id="entry-late",
        index=len(world.log),
        version=world.log[-1].version + 1,
        body=held.HandoverAccepted(offer=offered),
    )
    copy = World(log=[*world.log, late])
    now = custody(copy.case(case), world.now, PERIODS.contested_after)
    assert now is not None
    assert now.answers == SENDING


def test_a_move_ends_one_stint_and_begins_the_next() -> None:
    world = World()
    case = walk.held_case(world)
    begun = stints(world.case(case))[0].from_at
    world.wait(DAY)
    world.take("move", held.Moved(facility="elsewhere", reasons=walk.NOT_KNOWN), BOOKING, case)
    assert [(each.facility, each.from_at, each.until_at) for each in stints(world.case(case))] == [
        ("tartu", begun, world.now),
        ("elsewhere", world.now, None),
    ]
    assert on_roll(world.case(case), world.now) == "elsewhere"
    assert contests(world.case(case), PERIODS.contested_after) == ()


def test_a_return_without_both_signatures_waits_to_be_confirmed() -> None:
    world = World()
    case = walk.held_case(world)
    world.wait(DAY)
    world.take("report_return", held.Returned(place="Kumla"), OFFICER, case)
    ended = end(world.case(case))
    assert ended is not None
    assert ended.confirmed is False


def test_a_withdrawn_proposal_needs_nobody_to_confirm_it() -> None:
    world = World()
    case = walk.propose(world)
    body = p.ProposalWithdrawn(reasons="He does not want to go any more.")
    world.take("withdraw_proposal", body, OFFICER, case)
    ended = end(world.case(case))
    assert ended is not None
    assert ended.confirmed is True


def test_a_signature_changes_nothing_before_it_was_given() -> None:
    world = World()
    case = walk.held_case(world)
    signed_at = world.case(case).all(held.HandoverAccepted)[0].occurred_at
    moments = (signed_at - HOUR, signed_at)
    held_by = [custody(world.case(case), each, PERIODS.contested_after) for each in moments]
    assert [each and (each.answers, each.since_at) for each in held_by] == [(SENDING, START), (RECEIVING, signed_at)]


def test_a_moment_typed_to_the_minute_or_the_second_is_read_as_its_end() -> None:
    minute, second = START.replace(second=0, microsecond=0), START.replace(second=2, microsecond=0)
    assert read_to_its_end(minute) == minute.replace(second=59, microsecond=999_999)
    assert read_to_its_end(second) == second.replace(microsecond=999_999)
    assert read_to_its_end(second.replace(microsecond=1)) == second.replace(microsecond=1)
