"""The monitor: visits, findings that nobody else can change, what they stop and what they never stop, samples."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import date
from hashlib import sha256

import pytest

from habeas.core.commands import Command
from habeas.core.entries import Actor, Body, Role, procedure
from habeas.core.entries import custody as held
from habeas.core.entries import oversight as o
from habeas.core.messages import Message
from habeas.core.oversight import draw, ticket
from habeas.core.owed_to_monitor import oversight_clocks, oversight_findings

from . import walk, ways
from .world import BOOKING, COURT, DAY, DECIDER, MONITOR, OFFICER, RECEIVER, RECEIVING, REVIEWER, World, actor

OTHER_MONITOR = actor(Role.MONITOR, "se-npm")


def finding(**changes: object) -> o.FindingFiled:
    usual: dict[str, object] = {
        "sort": o.FindingSort.ILL_TREATMENT,
        "agreement": "se-ee-2025",
        "facility": "tartu",
        "public_part": "Three people were beaten.",
        "names_nobody": True,
        "protected_part": "told by Alice Example",
    }
    return o.FindingFiled(**{**usual, **changes})  # type: ignore[arg-type]


def answer(finding_id: str) -> o.FindingAnswered:
    return o.FindingAnswered(finding=finding_id, answer="An inquiry was opened.", names_nobody=True)


def visit(world: World, *, announced: bool = True) -> str:
    body = o.VisitAsked(facility="tartu", visit_at=world.now + 3 * DAY, announced=announced)
    return world.take("ask_visit", body, MONITOR)


# --- what a finding of ill-treatment stops -----------------------------------------------------------

STOPPED = ["policy.ill_treatment", "policy.barred"]  # by the record, and by the law that asks for it

OUTWARD: dict[str, tuple[Callable[[World], str], Callable[[World, str], Body], Actor]] = {
    "decide": (ways.ready_to_decide, lambda world, case: walk.decision(), DECIDER),
    "accept_transfer": (ways.ready_to_accept, lambda world, case: procedure.TransferAccepted(), RECEIVER),
    "permit_departure": (ways.on_manifest, lambda world, case: held.DeparturePermitted(fit_to_travel="fit"), OFFICER),
}


@pytest.mark.parametrize("act", OUTWARD)
def test_a_finding_of_ill_treatment_stops_each_outward_permission_until_it_is_answered(act: str) -> None:
    way, body_of, by = OUTWARD[act]
    world = World()
    case = way(world)
    body = body_of(world, case)
    assert ways.codes_or_none(world, act, body, by, case) == []

    filed = world.take("file_finding", finding(), MONITOR)
    filed_at = world.now
    assert ways.reasons(ways.asked(world, act, body, by, case)) == (
        Message("policy.ill_treatment", {"filed_at": filed_at, "party": "Receiving authority"}),
        Message("policy.barred", {"rules": ("iccpr.no_ill_treatment",)}),
    )

    world.take("answer_finding", answer(filed), OFFICER)  # of the state that does not run the facility
    assert ways.codes_or_none(world, act, body, by, case) == STOPPED
    world.take("answer_finding", answer(filed), RECEIVER)
    assert ways.codes_or_none(world, act, body, by, case) == []


def test_nobody_is_proposed_for_a_facility_with_an_open_finding_of_ill_treatment() -> None:
    world = World()
    walk.propose(world)
    proposal = world.log[0].body
    world.take("file_finding", finding(), MONITOR)
    assert world.refused("propose", proposal, OFFICER) == {"policy.ill_treatment"}


def test_it_stops_no_report_no_return_and_no_decision_to_stay() -> None:
    world = World()
    stays, here = ways.ready_to_decide(world), walk.held_case(world)
    world.take("file_finding", finding(facility=None), MONITOR)
    assert ways.codes_or_none(world, "decide", walk.decision(), DECIDER, stays) == STOPPED

    against = dataclasses.replace(walk.decision(), outcome=procedure.Outcome.NO_TRANSFER)
    world.take("decide", against, DECIDER, stays)
    hurt = held.Injured(injury="a broken wrist", circumstances=walk.NOT_KNOWN, reported_to=walk.NOT_KNOWN)
    world.take("report_injury", hurt, BOOKING, here)
    walk.returned(world, here)
    arrived = ways.unannounced()
    world.take("report_unannounced_arrival", arrived, BOOKING)


@pytest.mark.parametrize(
    ("subject", "stopped"),
    [
        ({"facility": "tartu"}, True),
        ({"facility": None}, True),
        ({"facility": "elsewhere"}, False),
        ({"agreement": "us-sv-2025", "facility": None}, False),
        ({"sort": o.FindingSort.CONDITIONS}, False),
        ({"case": "this"}, True),
        ({"case": "another"}, False),
    ],
    ids=str,
)
def test_it_stops_its_own_subject_and_nothing_else(subject: dict[str, object], stopped: bool) -> None:
    world = World()
    case = ways.ready_to_decide(world)
    named = {**subject, "case": case} if subject.get("case") == "this" else subject
    world._append("oversight-1", finding(**named), _command(world), "")
    expected = STOPPED if stopped else []
    assert ways.codes_or_none(world, "decide", walk.decision(), DECIDER, case) == expected


def _command(world: World) -> Command:
    return Command(act="file_finding", body=finding(), occurred_at=world.now, actor=MONITOR)


# --- who may -----------------------------------------------------------------------------------------


def test_only_the_monitor_files_and_only_who_filed_sets_aside() -> None:
    world = World()
    for each in (OFFICER, RECEIVER, COURT, REVIEWER):
        assert world.refused("file_finding", finding(), each) == {"permission.role"}
    filed = world.take("file_finding", finding(), MONITOR)
    aside = o.FindingSuperseded(finding=filed, reasons="Seen again: not so.", names_nobody=True)
    for each in (OFFICER, RECEIVER, COURT):
        assert world.refused("supersede_finding", aside, each) == {"permission.role"}
    assert world.refused("supersede_finding", aside, OTHER_MONITOR) == {"policy.no_object_of_the_monitor"}

    assert [each.filed.id for each in world.context().oversight.stopping("se-ee-2025", "tartu", "", RECEIVING)] == [
        filed
    ]
    world.take("supersede_finding", aside, MONITOR)
    assert world.context().oversight.stopping("se-ee-2025", "tartu", "", RECEIVING) == ()
    assert world.refused("supersede_finding", aside, MONITOR) == {"policy.no_object_of_the_monitor"}


def test_what_is_published_is_confirmed_to_name_nobody() -> None:
    world = World()
    unconfirmed = finding(names_nobody=False)
    assert world.refused("file_finding", unconfirmed, MONITOR) == {"policy.names_nobody"}
    filed = world.take("file_finding", finding(), MONITOR)
    assert world.refused("answer_finding", dataclasses.replace(answer(filed), names_nobody=False), RECEIVER) == {
        "policy.names_nobody"
    }


def test_the_words_of_an_answer_wait_for_the_monitor_to_clear_them() -> None:
    world = World()
    filed = world.take("file_finding", finding(), MONITOR)
    answered = world.take("answer_finding", answer(filed), RECEIVER)
    assert [each.cleared for each in world.context().oversight.findings[0].answers] == [False]
    assert world.refused("clear_answer", o.AnswerCleared(answered=answered), RECEIVER) == {"permission.role"}
    world.take("clear_answer", o.AnswerCleared(answered=answered), MONITOR)
    assert [each.cleared for each in world.context().oversight.findings[0].answers] == [True]
    assert world.refused("clear_answer", o.AnswerCleared(answered=answered), MONITOR) == {
        "policy.no_object_of_the_monitor"
    }


@pytest.mark.parametrize(
    ("act", "body", "by"),
    [
        ("grant_visit", o.VisitGranted(visit="nothing"), RECEIVER),
        ("refuse_visit", o.VisitRefused(visit="nothing", refused_by="gate", reasons="no"), RECEIVER),
        ("report_visit", o.VisitMade(visit="nothing", spoke_alone=True), MONITOR),
        ("answer_finding", answer("nothing"), RECEIVER),
        ("draw_sample", o.SampleDrawn(announced="nothing", seed="x", root="ab"), MONITOR),
    ],
)
def test_what_is_not_on_record_is_neither_answered_nor_drawn(act: str, body: Body, by: Actor) -> None:
    assert world_refuses(act, body, by) == {"policy.no_object_of_the_monitor"}


def world_refuses(act: str, body: Body, by: Actor) -> set[str]:
    return World().refused(act, body, by)


# --- visits and silence ------------------------------------------------------------------------------


def kept_out(world: World) -> list[tuple[str, str]]:
    return [(each.rule, each.subject) for each in oversight_findings(world.context().oversight, world.now)]


def owed(world: World) -> list[str]:
    return [each.duty.code for each in oversight_clocks(world.context().oversight, RECEIVING)]


def test_a_visit_asked_runs_a_clock_and_silence_until_its_time_is_a_finding() -> None:
    world = World()
    visit(world)
    assert (owed(world), kept_out(world)) == (["clock.visit_answer"], [])
    world.wait(3 * DAY)
    assert (owed(world), kept_out(world)) == (["clock.visit_answer"], [("visit_unanswered", "tartu")])


def test_a_visit_granted_owes_nothing_and_may_still_be_refused_at_the_door() -> None:
    world = World()
    asked = visit(world)
    world.take("grant_visit", o.VisitGranted(visit=asked), OFFICER)
    world.wait(3 * DAY)
    assert (owed(world), kept_out(world)) == ([], [])
    at_the_door = o.VisitRefused(visit=asked, refused_by="the gate", reasons="no escort today")
    world.take("refuse_visit", at_the_door, MONITOR)
    assert kept_out(world) == [("visit_refused", "tartu")]


def test_an_unannounced_visit_needs_no_grant_is_known_to_no_state_before_and_its_refusal_is_a_finding() -> None:
    world = World()
    asked = visit(world, announced=False)
    known = world.context().oversight.visits[0]
    assert (known.shown_to_states(world.now), known.shown_to_states(world.now + 3 * DAY)) == (False, True)
    assert owed(world) == []
    assert world.refused("grant_visit", o.VisitGranted(visit=asked), RECEIVER) == {"policy.no_object_of_the_monitor"}
    world.wait(3 * DAY)
    assert kept_out(world) == []
    world.take("refuse_visit", o.VisitRefused(visit=asked, refused_by="the gate", reasons="not announced"), MONITOR)
    assert kept_out(world) == [("visit_refused", "tartu")]


def test_an_answer_is_due_in_thirty_days_or_when_the_monitor_says() -> None:
    world = World()
    world.take("file_finding", finding(answer_due_on=date(2026, 9, 10)), MONITOR)
    world.take("file_finding", finding(facility=None), MONITOR)
    assert [each.due_on for each in world.context().oversight.findings] == [date(2026, 9, 10), date(2026, 10, 1)]
    world.wait(10 * DAY)
    assert kept_out(world) == [("finding_unanswered", "tartu")]
    world.wait(25 * DAY)
    assert kept_out(world) == [("finding_unanswered", "tartu"), ("finding_unanswered", "se-ee-2025")]


# --- the sample --------------------------------------------------------------------------------------


def test_a_sample_is_recomputed_in_three_lines() -> None:
    cases, root, seed = [f"case-{number}" for number in range(50)], "ab" * 32, "an invented text"
    tickets = {sha256(each.encode()).hexdigest(): each for each in cases}
    ordered = sorted(tickets, key=lambda each: sha256(f"{root}\n{seed}\n{each}".encode()).hexdigest())

    assert draw(cases, root=root, seed=seed, size=5) == tuple(tickets[each] for each in ordered[:5])
    assert draw(reversed(cases), root=root, seed=seed, size=5) == draw(cases, root=root, seed=seed, size=5)
    assert draw(cases, root="cd" * 32, seed=seed, size=5) != draw(cases, root=root, seed=seed, size=5)
    assert draw(cases, root=root, seed="another", size=5) != draw(cases, root=root, seed=seed, size=5)
    assert set(draw(cases, root=root, seed=seed, size=99)) == set(cases)
    assert ticket("case-1") in tickets


def test_a_sample_is_bound_before_it_is_drawn_and_one_at_a_time() -> None:
    world = World()
    announced = o.SampleAnnounced(size=3, commitment=ticket("kept to ourselves"))
    assert world.refused("announce_sample", dataclasses.replace(announced, commitment="short"), MONITOR) == {
        "policy.sample_form"
    }
    assert world.refused("announce_sample", dataclasses.replace(announced, size=0), MONITOR) == {"policy.sample_form"}
    bound = world.take("announce_sample", announced, MONITOR)
    assert world.refused("announce_sample", announced, MONITOR) == {"policy.sample_open"}
    drawn = o.SampleDrawn(announced=bound, seed="kept to ourselves", root="ab" * 32, drawn=("case-0",))
    assert world.refused("draw_sample", dataclasses.replace(drawn, seed="another"), MONITOR) == {"policy.other_seed"}
    assert world.refused("draw_sample", dataclasses.replace(drawn, root=None), MONITOR) == {"policy.no_root_yet"}
    assert world.refused("draw_sample", drawn, OTHER_MONITOR) == {"policy.no_object_of_the_monitor"}

    world.take("draw_sample", drawn, MONITOR)
    assert world.context().oversight.drawn == {"case-0"}
    assert world.refused("draw_sample", drawn, MONITOR) == {"policy.no_object_of_the_monitor"}
    world.take("announce_sample", announced, MONITOR)
