"""Counsel of a case, and claims that a detention is wrongful."""

import dataclasses
from datetime import UTC, datetime, timedelta

import pytest

from habeas.core.claims import claims, counsel_of, counts, unlawful_spans
from habeas.core.clocks import Runs, clocks
from habeas.core.commands import available
from habeas.core.days import Span
from habeas.core.entries import Actor, Role
from habeas.core.entries import claims as c
from habeas.core.entries import custody as held
from habeas.core.findings import findings
from habeas.core.permissions import ACTS, Sort
from habeas.core.procedure import Stage, stage
from habeas.core.visibility import may_open, sees_author
from tests.core import walk
from tests.core.ways import WAYS
from tests.core.world import (
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
    REVIEWER,
    SENDING,
    World,
    actor,
)

RELEASED = held.Released(place=walk.NOT_KNOWN, handed_to=walk.NOT_KNOWN, papers=walk.NOT_KNOWN)
MICROSECOND = timedelta(microseconds=1)
ALICE = actor(Role.COUNSEL, "bar", "alice")
BOB = actor(Role.COUNSEL, "bar", "bob")
NAMED = c.CounselNamed(counsel=ALICE.account, named_by=c.NamedBy.PERSON)


def with_counsel() -> tuple[World, str, str]:
    """A proposed person for whom Alice speaks: the world, the case and the entry that names her."""
    world = World()
    case = walk.propose(world)
    return world, case, world.take("name_counsel", NAMED, OFFICER, case)


def test_counsel_opens_the_case_they_are_named_in_and_no_other() -> None:
    world, case, _ = with_counsel()
    other = walk.propose(world)
    assert [may_open(ALICE, world.case(each)) for each in (case, other)] == [True, False]
    assert [may_open(BOB, world.case(each)) for each in (case, other)] == [False, False]


def test_a_case_closes_to_counsel_when_their_mandate_ends_and_opens_when_they_are_named_again() -> None:
    world, case, named = with_counsel()
    world.take("end_counsel", c.CounselEnded(named=named, reasons="he chose another"), ALICE, case)
    assert (counsel_of(world.case(case)), may_open(ALICE, world.case(case))) == ((), False)
    world.take("name_counsel", NAMED, OFFICER, case)
    assert counsel_of(world.case(case)) == (ALICE.account,)


def test_two_counsel_may_speak_for_one_person_and_each_is_listed_once() -> None:
    world, case, _ = with_counsel()
    world.take("name_counsel", c.CounselNamed(counsel=BOB.account, named_by=c.NamedBy.LEGAL_AID), OFFICER, case)
    world.take("name_counsel", NAMED, OFFICER, case)
    assert counsel_of(world.case(case)) == (ALICE.account, BOB.account)


@pytest.mark.parametrize("by", [OFFICER, RECEIVER, MONITOR], ids=lambda each: each.role.value)
def test_no_state_ends_anybodys_counsel(by: Actor) -> None:
    world, case, named = with_counsel()
    assert world.refused("end_counsel", c.CounselEnded(named=named, reasons="too many"), by, case) == {
        "permission.role"
    }


def test_counsel_lays_down_their_own_mandate_only() -> None:
    world, case, named = with_counsel()
    bobs = world.take("name_counsel", c.CounselNamed(counsel=BOB.account, named_by=c.NamedBy.COURT), OFFICER, case)
    body = c.CounselEnded(named=bobs, reasons="not mine to end")
    assert world.refused("end_counsel", body, ALICE, case) == {"policy.not_your_mandate"}
    world.take("end_counsel", c.CounselEnded(named=named, reasons="a conflict of interest"), ALICE, case)
    assert counsel_of(world.case(case)) == (BOB.account,)


def test_counsel_is_named_by_the_bench_or_an_officer_of_either_state() -> None:
    assert ACTS["name_counsel"].roles == {
        Role.COURT,
        Role.REVIEWER,
        Role.SENDING_OFFICER,
        Role.SENDING_DECIDER,
        Role.RECEIVING_OFFICER,
    }
    world, case, _ = with_counsel()
    assert world.refused("name_counsel", NAMED, COURT, case) == {"permission.not_your_case"}


# --- who may, and what it says -----------------------------------------------------------------------------------

EVERYBODY = {each.role: each for each in (OFFICER, DECIDER, ESCORT, RECEIVER, BOOKING, REVIEWER, COURT, MONITOR, ALICE)}
WHO_MAY = {
    "claim_detention": {Role.COUNSEL, Role.MONITOR},
    "answer_claim": {Role.SENDING_OFFICER, Role.SENDING_DECIDER, Role.RECEIVING_OFFICER},
    "decide_claim": {Role.REVIEWER, Role.COURT},
}


def held_with_claim() -> tuple[World, str, str]:
    """Somebody is held, and it is claimed that this is wrongful: the world, the case, the claim."""
    world = World()
    case = walk.held_case(world)
    return world, case, walk.claim(world, case)


def dismissed(claim: str, **more: object) -> c.ClaimDecided:
    body = c.ClaimDecided(claim=claim, outcome=c.ClaimOutcome.DISMISSED, reasons="the title holds until May")
    return dataclasses.replace(body, **more)  # type: ignore[arg-type]


def contested(claim: str) -> c.ClaimAnswered:
    return c.ClaimAnswered(claim=claim, position=c.Position.CONTESTED, reasons="the title was renewed in time")


@pytest.mark.parametrize("role", EVERYBODY, ids=lambda each: each.value)
def test_counsel_and_monitor_claim_the_states_answer_and_neither_state_decides(role: Role) -> None:
    world, case, claim = held_with_claim()
    world.take("name_counsel", NAMED, OFFICER, case)
    bodies = {"claim_detention": walk.CLAIMED, "answer_claim": contested(claim), "decide_claim": dismissed(claim)}
    for act, body in bodies.items():
        if role in WHO_MAY[act]:
            world.take(act, body, EVERYBODY[role], case)
        else:
            assert world.refused(act, body, EVERYBODY[role], case) == {"permission.role"}, act


@pytest.mark.parametrize("reached", WAYS, ids=str)
def test_a_claim_is_taken_at_every_stage_and_brings_the_case_before_the_bench(reached: Stage) -> None:
    world = World()
    case = WAYS[reached](world)
    walk.claim(world, case)
    assert ACTS["claim_detention"].sort is Sort.REPORT
    assert all(may_open(each, world.case(case)) for each in (REVIEWER, COURT))


@pytest.mark.parametrize("reached", WAYS, ids=str)
def test_a_claim_pauses_nothing(reached: Stage) -> None:
    """Every clock, every permission and the stage are the same with a claim and without it."""
    world = World()
    case = WAYS[reached](world)
    actors = (OFFICER, DECIDER, ESCORT, RECEIVER, BOOKING)

    def state() -> tuple[object, ...]:
        at, known, context = world.now, world.case(case), world.context()
        own = [each for each in clocks(known, context, at) if not each.duty.code.startswith("clock.claim")]
        tried = [dict(available(known, context, each, at)) for each in actors]
        return (
            own,
            stage(known, at, PERIODS),
            [{k: v for k, v in each.items() if k != "answer_claim"} for each in tried],
        )

    before = state()
    claim = walk.claim(world, case)
    assert state() == before
    world.take("decide_claim", dismissed(claim), REVIEWER, case)
    assert state() == before


def test_neither_state_is_told_who_claims_and_the_bench_is() -> None:
    world, case, claim = held_with_claim()
    entry = world.case(case).entry(claim)
    assert entry is not None
    told = {each.role: sees_author(each, entry) for each in EVERYBODY.values()}
    assert {role for role, is_told in told.items() if is_told} == {
        Role.REVIEWER,
        Role.COURT,
        Role.MONITOR,
        Role.COUNSEL,
    }


# --- clocks and findings -----------------------------------------------------------------------------------------


def clock(world: World, case: str, code: str, at: datetime) -> tuple[Runs, str, datetime, bool]:
    (found,) = [each for each in clocks(world.case(case), world.context(), at) if each.duty.code == code]
    return found.runs, found.owner, found.due_at, found.is_late(at)


@pytest.mark.parametrize(
    ("code", "owner", "length"), [("clock.claim_answer", SENDING, 48 * HOUR), ("clock.claim_decision", "", 14 * DAY)]
)
def test_a_claim_is_answered_in_48_hours_and_decided_in_14_days(code: str, owner: str, length: timedelta) -> None:
    world, case, _ = held_with_claim()
    due = world.now + length
    assert clock(world, case, code, due - MICROSECOND) == (Runs.DUTY, owner, due, False)
    assert clock(world, case, code, due) == (Runs.DUTY, owner, due, True)


def rules(world: World, case: str) -> list[str]:
    found = findings(world.case(case), world.context(), world.now)
    return [each.rule for each in found if "claim" in each.rule or each.rule == "release_overdue"]


@pytest.mark.parametrize(("early", "found"), [(MICROSECOND, []), (timedelta(0), ["claim_unanswered"])])
def test_an_answer_in_time_leaves_no_finding_and_one_at_the_last_instant_is_late(
    early: timedelta, found: list[str]
) -> None:
    world, case, claim = held_with_claim()
    world.wait(48 * HOUR - early)
    world.take("answer_claim", contested(claim), RECEIVER, case)
    assert [each.duty.code for each in clocks(world.case(case), world.context(), world.now)].count(
        "clock.claim_answer"
    ) == 0
    world.wait(DAY)
    assert rules(world, case) == found


def test_an_answer_said_to_be_older_than_its_record_is_still_late() -> None:
    world, case, claim = held_with_claim()
    made_at = world.now
    world.wait(3 * DAY)
    world.take("answer_claim", contested(claim), OFFICER, case, occurred_at=made_at + HOUR)
    assert rules(world, case) == ["claim_unanswered"]


def test_a_claim_that_nobody_decides_in_time_is_a_finding_and_stays_one() -> None:
    world, case, claim = held_with_claim()
    world.take("answer_claim", contested(claim), OFFICER, case)
    world.wait(14 * DAY)
    assert rules(world, case) == ["claim_undecided"]
    world.take("decide_claim", dismissed(claim), COURT, case)
    assert rules(world, case) == ["claim_undecided"]
    assert not [each for each in clocks(world.case(case), world.context(), world.now) if "claim" in each.duty.code]


# --- what follows when it is upheld ------------------------------------------------------------------------------


def test_upheld_for_return_the_return_is_due_by_that_day_and_the_stage_shows_it() -> None:
    world = World()
    case = walk.held_case(world)
    due = world.now + 2 * DAY
    walk.claim_upheld(world, case, c.Remedy.RETURN)
    assert stage(world.case(case), world.now, PERIODS) is Stage.RETURN_DUE
    assert clock(world, case, "clock.return", due) == (Runs.DUTY, SENDING, due, True)
    (ordered,) = world.case(case).all(held.ReturnDue)
    assert (ordered.body.because, ordered.body.ordered_by) == ("no title was in force", "Review board")


def test_upheld_for_release_the_release_is_due_by_that_day_and_late_it_is_a_finding() -> None:
    world = World()
    case = walk.held_case(world)
    due = world.now + 2 * DAY
    walk.claim_upheld(world, case, c.Remedy.RELEASE)
    assert stage(world.case(case), world.now, PERIODS) is Stage.RELEASE_DUE
    assert clock(world, case, "clock.release", due - MICROSECOND) == (Runs.DUTY, SENDING, due, False)
    world.wait(2 * DAY)
    assert rules(world, case) == ["release_overdue"]


def test_released_in_time_nothing_is_late() -> None:
    world = World()
    case = walk.held_case(world)
    walk.claim_upheld(world, case, c.Remedy.RELEASE)
    world.wait(2 * DAY - MICROSECOND)
    world.take("report_release", RELEASED, BOOKING, case)
    world.wait(DAY)
    assert (stage(world.case(case), world.now, PERIODS), rules(world, case)) == (Stage.ENDED, [])


def test_what_was_unlawful_is_one_span_with_its_claim_and_a_dismissed_claim_has_none() -> None:
    world = World()
    case = walk.held_case(world)
    walk_dismissed = walk.claim(world, case)
    world.take("decide_claim", dismissed(walk_dismissed), REVIEWER, case)
    assert unlawful_spans(world.case(case)) == ()
    began, ended = world.now - 3 * DAY, world.now - DAY
    claim = walk.claim(world, case)
    partly = c.ClaimDecided(
        claim=claim,
        outcome=c.ClaimOutcome.PARTLY,
        reasons="two days without a title",
        unlawful_from_at=began,
        unlawful_until_at=ended,
    )
    decided = world.take("decide_claim", partly, COURT, case)
    (span,) = unlawful_spans(world.case(case))
    assert (span.span, span.claim, span.decided) == (Span(from_at=began, until_at=ended), claim, decided)
    assert stage(world.case(case), world.now, PERIODS) is Stage.HELD


def test_while_it_lasts_the_unlawful_span_has_no_end() -> None:
    world = World()
    case = walk.held_case(world)
    walk.claim_upheld(world, case, c.Remedy.RETURN)
    (span,) = unlawful_spans(world.case(case))
    assert span.span == Span(from_at=world.now - DAY, until_at=None)


def test_once_a_claim_is_upheld_the_decision_to_transfer_no_longer_carries_anybody_abroad() -> None:
    world = World()
    case = WAYS[Stage.READY_TO_ACCEPT](world)
    assert not available(world.case(case), world.context(), RECEIVER, world.now)["accept_transfer"]
    walk.claim_upheld(world, case, c.Remedy.RELEASE)
    refused = available(world.case(case), world.context(), RECEIVER, world.now)["accept_transfer"]
    assert [each.code for each in refused] == ["policy.no_decision", "policy.decision_not_served"]


def test_no_state_moves_back_the_return_that_a_bench_set_and_a_bench_may() -> None:
    world = World()
    case = walk.held_case(world)
    walk.claim_upheld(world, case, c.Remedy.RETURN)
    later = held.ReturnDue(due_at=world.now + 9 * DAY, because="no aircraft", ordered_by="an officer")
    for each in (OFFICER, DECIDER, RECEIVER):
        assert world.refused("set_return_due", later, each, case) == {"policy.return_ordered"}
    sooner = dataclasses.replace(later, due_at=world.now + DAY)
    world.take("set_return_due", sooner, OFFICER, case)
    world.take("set_return_due", later, COURT, case)


UPHELD = {"outcome": c.ClaimOutcome.UPHELD}
DAYS = (datetime(2026, 9, 2, tzinfo=UTC), datetime(2026, 9, 3, tzinfo=UTC))


@pytest.mark.parametrize(
    ("more", "codes"),
    [
        (UPHELD, {"policy.claim_unlawful_from", "policy.claim_remedy"}),
        ({**UPHELD, "unlawful_from_at": DAYS[0]}, {"policy.claim_remedy"}),
        ({**UPHELD, "unlawful_from_at": DAYS[0], "remedy": c.Remedy.RELEASE}, {"policy.claim_remedy"}),
        ({**UPHELD, "remedy": c.Remedy.RETURN, "due_at": DAYS[1]}, {"policy.claim_unlawful_from"}),
        ({"unlawful_from_at": DAYS[0]}, {"policy.claim_unlawful_from"}),
        ({"unlawful_until_at": DAYS[0]}, {"policy.claim_unlawful_from"}),
        ({"remedy": c.Remedy.RETURN, "due_at": DAYS[1]}, {"policy.claim_remedy"}),
        ({"outcome": c.ClaimOutcome.PARTLY}, {"policy.claim_unlawful_from"}),
        (
            {"outcome": c.ClaimOutcome.PARTLY, "unlawful_from_at": DAYS[1], "unlawful_until_at": DAYS[1]},
            {"policy.span_reversed"},
        ),
    ],
)
def test_a_decision_says_what_was_unlawful_and_what_must_be_done_or_neither(
    more: dict[str, object], codes: set[str]
) -> None:
    world, case, claim = held_with_claim()
    assert world.refused("decide_claim", dismissed(claim, **more), REVIEWER, case) == codes


def test_a_claim_is_decided_once_and_another_can_be_made() -> None:
    world, case, claim = held_with_claim()
    world.take("decide_claim", dismissed(claim), REVIEWER, case)
    assert world.refused("decide_claim", dismissed(claim), COURT, case) == {"policy.claim_decided"}
    again = walk.claim(world, case)
    assert [bool(each.decided) for each in claims(world.case(case))] == [True, False]
    world.take("decide_claim", dismissed(again), COURT, case)


# --- the public numbers ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("age", "by_age"),
    [
        (timedelta(0), (1, 0, 0, 0)),
        (3 * DAY - MICROSECOND, (1, 0, 0, 0)),
        (3 * DAY, (0, 1, 0, 0)),
        (15 * DAY - MICROSECOND, (0, 1, 0, 0)),
        (15 * DAY, (0, 0, 1, 0)),
        (31 * DAY - MICROSECOND, (0, 0, 1, 0)),
        (31 * DAY, (0, 0, 0, 1)),
    ],
)
def test_an_open_claim_is_counted_by_its_age_in_whole_days(age: timedelta, by_age: tuple[int, ...]) -> None:
    world, case, _ = held_with_claim()
    bands = dict(zip(("0-2", "3-14", "15-30", "31+"), by_age, strict=True))
    found = counts([world.case(case)], world.now + age)
    assert (found.made, found.open_by_age, found.unanswered) == (1, bands, 1)
    assert counts([], world.now + age, [world.now]).open_by_age == bands


def test_the_numbers_of_a_past_moment_are_those_that_were_known_then() -> None:
    world, case, claim = held_with_claim()
    made_at = world.now
    world.wait(DAY)
    world.take("answer_claim", contested(claim), OFFICER, case)
    answered_at = world.now
    world.wait(DAY)
    world.take("decide_claim", dismissed(claim), REVIEWER, case)
    known = [world.case(case)]
    assert counts(known, made_at - MICROSECOND).made == 0
    assert counts(known, answered_at - MICROSECOND).unanswered == 1
    assert counts(known, answered_at).unanswered == 0
    last = counts(known, world.now)
    assert (last.made, sum(last.open_by_age.values()), last.dismissed, last.upheld) == (1, 0, 1, 0)
