"""One custodian: who answers, where the person is, and what the two signatures change."""

from __future__ import annotations

from datetime import timedelta

from habeas.core.custody import contests, custody, end, last_seen, on_roll, stints
from habeas.core.entries import custody as held
from habeas.core.entries import procedure as p
from habeas.core.findings import findings
from habeas.core.procedure import Stage, stage

from . import walk
from .world import BOOKING, DAY, DECIDER, ESCORT, HOUR, MONITOR, OFFICER, PERIODS, RECEIVING, SENDING, START, World


def answers(world: World, case: str) -> str | None:
    now = custody(world.case(case), world.now, PERIODS.contested_after)
    return now.answers if now else None


def rules(world: World, case: str) -> list[str]:
    return [each.rule for each in findings(world.case(case), world.context(), world.now)]


def test_the_sending_state_answers_until_the_other_side_has_signed():
    world = World()
    case = walk.propose(world)
    walk.decided(world, case)
    walk.departed(world, case)
    world.wait(HOUR)
    world.take("report_arrival", held.Arrived(facility="tartu"), ESCORT, case)
    offered = walk.offer(world, case)
    assert answers(world, case) == SENDING
    world.take("accept_handover", held.HandoverAccepted(offer=offered), BOOKING, case)
    assert answers(world, case) == RECEIVING


def test_the_whole_way_leaves_no_finding():
    world = World()
    case = walk.held_case(world)
    walk.looked_after(world, case)
    world.wait(DAY)
    world.take(
        "enter_roll", held.RollEntered(facility="tartu", sign=held.Sign.ROLL_CALL, seen_by="officer 7"), BOOKING, case
    )
    walk.returned(world, case)
    assert rules(world, case) == []
    ended = end(world.case(case))
    assert ended is not None
    assert (ended.kind, ended.confirmed) == ("returned", True)
    assert stage(world.case(case), world.now, PERIODS) is Stage.ENDED


def test_a_refusal_at_the_door_leaves_the_offering_side_answerable():
    world = World()
    case = walk.propose(world)
    walk.decided(world, case)
    walk.departed(world, case)
    world.wait(HOUR)
    world.take("report_arrival", held.Arrived(facility="tartu"), ESCORT, case)
    assert on_roll(world.case(case), world.now) == "tartu"
    offered = walk.offer(world, case)
    world.take(
        "refuse_handover", held.HandoverRefused(offer=offered, reasons="no interpreter came along"), BOOKING, case
    )
    assert answers(world, case) == SENDING
    assert on_roll(world.case(case), world.now) is None
    assert stage(world.case(case), world.now, PERIODS) is Stage.REFUSED_AT_DOOR


def test_an_offer_unanswered_after_arrival_becomes_contested_custody():
    world = World()
    case = walk.propose(world)
    walk.decided(world, case)
    walk.departed(world, case)
    world.take("report_arrival", held.Arrived(facility="tartu"), ESCORT, case)
    walk.offer(world, case)
    world.wait(PERIODS.contested_after - HOUR)
    before = custody(world.case(case), world.now, PERIODS.contested_after)
    assert before is not None
    assert before.contested_with is None
    world.wait(2 * HOUR)
    now = custody(world.case(case), world.now, PERIODS.contested_after)
    assert now is not None
    assert (now.answers, now.contested_with) == (SENDING, RECEIVING)
    assert "contested_custody" in rules(world, case)


def test_an_escape_ends_the_stint_and_not_the_duty():
    world = World()
    case = walk.held_case(world)
    world.wait(DAY)
    world.take("report_escape", held.Escaped(circumstances=walk.NOT_KNOWN), BOOKING, case)
    world.wait(HOUR)
    assert on_roll(world.case(case), world.now) is None
    assert answers(world, case) == RECEIVING
    assert stage(world.case(case), world.now, PERIODS) is Stage.AT_LARGE


def test_an_end_by_the_holders_word_waits_for_somebody_else():
    world = World()
    case = walk.held_case(world)
    world.wait(DAY)
    ended = world.take(
        "report_release",
        held.Released(place="at the gate", handed_to=walk.NOT_KNOWN, papers=walk.NOT_KNOWN),
        BOOKING,
        case,
    )
    found = end(world.case(case))
    assert found is not None
    assert found.confirmed is False
    again = held.EndConfirmed(ended=ended, how_known="we say so again")
    assert world.refused("confirm_end", again, BOOKING, case) == {"policy.confirmed_by_another"}
    world.take("confirm_end", held.EndConfirmed(ended=ended, how_known="met him in town"), MONITOR, case)
    found = end(world.case(case))
    assert found is not None
    assert found.confirmed is True


def test_a_sign_of_the_person_after_an_end_contradicts_it():
    world = World()
    case = walk.held_case(world)
    world.wait(DAY)
    body = held.Released(place="at the gate", handed_to=walk.NOT_KNOWN, papers=walk.NOT_KNOWN)
    world.take("report_release", body, BOOKING, case)
    world.wait(DAY)
    seen = held.RollEntered(facility="tartu", sign=held.Sign.ROLL_CALL, seen_by="officer 7")
    world.take("enter_roll", seen, BOOKING, case)
    assert end(world.case(case)) is None
    assert on_roll(world.case(case), world.now) == "tartu"
    assert "held_after_end" in rules(world, case)


def test_somebody_at_the_door_without_a_case_is_on_the_roll_at_once():
    world = World()
    unknown = dict.fromkeys(
        ("given_names", "family_names", "born_on", "sex", "nationalities", "language", "brought_by", "circumstances"),
        walk.NOT_KNOWN,
    )
    body = held.ArrivedUnannounced(agreement="se-ee-2025", facility="tartu", **unknown)
    world.take("report_unannounced_arrival", body, BOOKING)
    case = world.log[-1].stream
    world.wait(HOUR)
    assert on_roll(world.case(case), world.now) == "tartu"
    assert answers(world, case) == RECEIVING
    found = findings(world.case(case), world.context(), world.now)
    missing = [each.message.parameters["which"] for each in found if each.rule == "step_missing"]
    assert len(missing) == len(set(missing)) == 10
    assert [each.rule for each in found].count("untitled_day") == 1


def test_reports_out_of_order_give_the_stints_of_what_happened():
    world = World()
    case = walk.held_case(world)
    begun = stints(world.case(case))[0].from_at
    world.wait(10 * DAY)
    back = world.now - 2 * DAY
    away = world.now - 5 * DAY
    seen = held.RollEntered(facility="tartu", sign=held.Sign.ROLL_CALL, seen_by="officer 7")
    world.take("enter_roll", seen, BOOKING, case, occurred_at=back)
    world.take("report_escape", held.Escaped(circumstances=walk.NOT_KNOWN), BOOKING, case, occurred_at=away)
    spans = [(each.from_at, each.until_at) for each in stints(world.case(case))]
    assert spans == [(begun, away), (back, None)]


def test_a_correction_moves_the_span_and_leaves_the_entry():
    world = World()
    case = walk.held_case(world)
    admitted = next(each for each in world.log if each.kind == "arrived")
    earlier = admitted.occurred_at - HOUR
    fix = held.Corrected(
        entry=admitted.id,
        field_name="occurred_at",
        value=f'"{earlier.isoformat()}"',
        reasons="the gate log says an hour earlier",
    )
    world.take("correct", fix, ESCORT, case)
    assert stints(world.case(case))[0].from_at == earlier
    assert admitted in world.log
    known_before = world.case(case, known_at=world.now - timedelta(microseconds=1))
    assert stints(known_before) == () or stints(known_before)[0].from_at != earlier


def test_the_past_shows_what_the_record_knew_then():
    world = World()
    case = walk.propose(world)
    world.wait(DAY)
    walk.title(world, case, "SWE", by=OFFICER)
    assert len(world.case(case).all(p.TitleRecorded)) == 1
    assert world.case(case, known_at=START).all(p.TitleRecorded) == ()


def test_last_seen_alive_names_who_saw_them():
    world = World()
    case = walk.held_case(world)
    world.wait(DAY)
    seen = held.RollEntered(facility="tartu", sign=held.Sign.VISIT, seen_by="officer 7")
    world.take("enter_roll", seen, BOOKING, case)
    found = last_seen(world.case(case), world.now)
    assert found is not None
    assert found.body == seen
    assert found.occurred_at == world.now


def test_contested_custody_ends_when_the_record_has_the_acceptance():
    world = World()
    case = walk.propose(world)
    walk.decided(world, case)
    walk.departed(world, case)
    world.take("report_arrival", held.Arrived(facility="tartu"), ESCORT, case)
    offered = walk.offer(world, case)
    at_the_gate = world.now
    world.wait(DAY)
    world.take("accept_handover", held.HandoverAccepted(offer=offered), BOOKING, case, occurred_at=at_the_gate)
    found = contests(world.case(case), PERIODS.contested_after)
    assert [(each.from_at, each.until_at) for each in found] == [(at_the_gate + PERIODS.contested_after, world.now)]


def test_a_move_does_not_begin_the_time_to_answer_anew():
    world = World()
    case = walk.propose(world)
    walk.decided(world, case)
    walk.departed(world, case)
    world.take("report_arrival", held.Arrived(facility="tartu"), ESCORT, case)
    arrived_at, first = world.now, world.log[-1].id
    for facility in ("elsewhere", "tartu", "elsewhere"):
        world.wait(4 * HOUR)
        world.take("move", held.Moved(facility=facility, reasons=walk.NOT_KNOWN), BOOKING, case)
    found = contests(world.case(case), PERIODS.contested_after)
    since = arrived_at + PERIODS.contested_after
    assert [(each.from_at, each.until_at, each.began_with) for each in found] == [(since, None, first)]
    assert rules(world, case).count("contested_custody") == 1


def test_an_escape_does_not_begin_the_time_to_answer_anew():
    world = World()
    case = walk.propose(world)
    walk.decided(world, case)
    walk.departed(world, case)
    world.take("report_arrival", held.Arrived(facility="tartu"), ESCORT, case)
    world.wait(4 * HOUR)
    world.take("report_escape", held.Escaped(circumstances=walk.NOT_KNOWN), BOOKING, case)
    world.wait(DAY)
    world.take("report_arrival", held.Arrived(facility="tartu"), ESCORT, case)
    found = contests(world.case(case), PERIODS.contested_after)
    assert [(each.from_at, each.until_at) for each in found] == [(world.now, None)]


def test_who_proposes_does_not_decide():
    world = World()
    case = walk.propose(world)
    both = DECIDER.__class__(account=OFFICER.account, party=SENDING, role=DECIDER.role)
    assert "policy.four_eyes" in world.refused("decide", walk.decision(), both, case)
