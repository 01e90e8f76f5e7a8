"""Failures while people were held, and at the end: what each would have met in Habeas."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from habeas.core.asking import counts
from habeas.core.clocks import clocks
from habeas.core.custody import custody, end, last_seen
from habeas.core.entries import Entry, FieldClass, Role, oversight, specs
from habeas.core.entries import custody as held
from habeas.core.entries import procedure as p
from habeas.core.entries.asking import EnquiryMade
from habeas.core.findings import Finding, findings
from habeas.core.ledger.conventions import CONVENTIONS
from habeas.core.ledger.person_days import Days, Reason, State, person_days
from habeas.core.permissions import ACTS, Sort
from habeas.core.procedure import Step as Needed
from habeas.core.safeguards import Result, Step
from habeas.core.screening import Verdict
from habeas.core.terms import FLOOR
from habeas.core.titles import untitled_days
from habeas.core.visibility import Sight, visible
from tests.core import walk, ways
from tests.core.lawful import LAWFUL, answer, screened, stated
from tests.core.ways import unannounced_case
from tests.core.world import BOOKING, DAY, DECIDER, MONITOR, OFFICER, RECEIVER, RECEIVING, SENDING, TARTU, World, actor
from tests.spec.failures import Outcome, replays

REFUSED, EXPOSED, OUTSIDE = Outcome.REFUSED, Outcome.EXPOSED, Outcome.OUTSIDE


def found(world: World, case: str) -> list[Finding]:
    return list(findings(world.case(case), world.context(), world.now))


@replays("W07", EXPOSED, to="everybody who may open the case", seen="at every minute")
def test_one_authority_answers_and_both_signed_for_it() -> None:
    """Who answers is what both signed at the handover; the sending state stays named for return until the end."""
    world = World()
    case = walk.held_case(world)
    holder = custody(world.case(case), world.now, world.periods.contested_after)
    assert holder is not None
    assert holder.answers == RECEIVING
    offered, accepted = world.case(case).last(held.HandoverOffered), world.case(case).last(held.HandoverAccepted)
    assert offered is not None
    assert accepted is not None
    assert (offered.entry.actor.party, accepted.entry.actor.party) == (SENDING, RECEIVING)
    world.take(
        "set_return_due", held.ReturnDue(due_at=world.now + DAY, because="an order", ordered_by="Court"), OFFICER, case
    )
    assert [
        each.owner for each in clocks(world.case(case), world.context(), world.now) if each.duty.code == "clock.return"
    ] == [SENDING]


@replays("W11", REFUSED, to="the sending officer and decider", seen="from the moment in which age is asserted")
def test_who_says_to_be_a_child_is_treated_as_one() -> None:
    """An asserted age under eighteen bars every step until the authority that the law names has decided it."""
    facts = {**LAWFUL, "child": stated("child_asserted", True)}
    for step in (Step.SCREENING, Step.DECISION, Step.DEPARTURE):
        assert screened(facts, step).verdict is Verdict.BARRED
        assert answer(screened(facts, step), "crc.adult").result is Result.BARRED


@replays("W13", EXPOSED, to="both states, the monitor", seen="at once")
def test_whoever_is_at_the_door_is_on_the_roll_with_nothing_known() -> None:
    """Someone without a case gets one at the door, every field "not known", on the roll at once."""
    world = World()
    case = unannounced_case(world)
    holder = custody(world.case(case), world.now, world.periods.contested_after)
    assert holder is not None
    assert holder.answers == RECEIVING
    missing = {each.message.parameters["which"] for each in found(world, case) if each.rule == "step_missing"}
    assert f"step.{Needed.DECISION.value}" in missing


@replays("W13", EXPOSED, to="everybody who may open the case", seen="each day")
def test_each_case_says_when_the_person_was_last_seen() -> None:
    """Each case says when, by whom and how the person was last seen alive: silence has an age."""
    world = World()
    case = walk.held_case(world)
    world.take(
        "enter_roll",
        held.RollEntered(facility="tartu", sign=held.Sign.ROLL_CALL, seen_by=walk.NOT_KNOWN),
        BOOKING,
        case,
    )
    seen_at = world.now
    world.wait(9 * DAY)
    seen = last_seen(world.case(case), world.now)
    assert seen is not None
    assert (seen.occurred_at, seen.actor.role) == (seen_at, Role.BOOKING_OFFICER)


@replays("W14", REFUSED, to="the sending officer", seen="at the gate")
def test_nobody_leaves_without_a_decision_of_their_own() -> None:
    """Without a decision about this one person, with reasons and a remedy, served, no step abroad is permitted."""
    unknown = {name: fact for name, fact in LAWFUL.items() if not name.startswith("decision_")}
    assert answer(screened(unknown, Step.DEPARTURE), "iccpr.individual_decision").result is Result.NOT_SHOWN
    bare = {**LAWFUL, "decision_gives_reasons": replace(LAWFUL["decision_gives_reasons"], value=False)}
    assert answer(screened(bare, Step.DEPARTURE), "iccpr.individual_decision").result is Result.BARRED


@replays("W14", EXPOSED, to="the court, the monitor, both states", seen="at once")
def test_whoever_is_held_without_a_decision_is_a_finding() -> None:
    """Held all the same: one finding for each step that was left out, among them the decision."""
    world = World()
    case = unannounced_case(world)
    world.take("admit", walk.admission(), BOOKING, case)
    missing = {each.message.parameters["which"] for each in found(world, case) if each.rule == "step_missing"}
    assert {f"step.{each.value}" for each in (Needed.NOTICE, Needed.DECISION, Needed.DECISION_SERVED)} <= missing


@replays("W15", EXPOSED, to="the court, the monitor, both states", seen="for every day, from the first")
def test_every_day_after_the_title_ran_out_is_a_finding() -> None:
    """Each day without a title in force in the place is one finding; a title recorded later makes none of them lawful."""
    world = World()
    case = walk.held_case(world)
    title = world.case(case).all(p.TitleRecorded)[-1]
    world.take(
        "end_title", p.TitleEnded(title=title.id, ended_by="Invented court", reasons="served in full"), RECEIVER, case
    )
    world.wait(5 * DAY)
    before = untitled_days(world.case(case), world.context(), world.now)
    assert len(before) >= 4
    walk.title(world, case, "EST", by=RECEIVER, from_at=world.now - 5 * DAY)
    over = untitled_days(world.case(case), world.context(), world.now)
    assert set(before[:4]) <= set(over)


@replays("W16", REFUSED, to="the sending officer and decider", seen="at the decision")
def test_the_destination_of_the_destination_is_asked() -> None:
    """Unless passing on is excluded by a binding undertaking, the step is not shown, and unknown never passes."""
    unknown = {name: fact for name, fact in LAWFUL.items() if name != "onward_transfer_excluded"}
    assert answer(screened(unknown, Step.DECISION), "cat.no_onward_transfer").result is Result.NOT_SHOWN
    no = {**LAWFUL, "onward_transfer_excluded": stated("onward_transfer_excluded", False)}
    assert answer(screened(no, Step.DECISION), "cat.no_onward_transfer").result is Result.BARRED


@replays("W17", REFUSED, to="the sending officer and decider", seen="from the moment in which it is said")
def test_who_says_to_be_a_citizen_is_not_moved_until_that_is_decided() -> None:
    """A citizenship that somebody asserts bars every step until a reasoned decision; no proof is asked for saying it."""
    facts = {**LAWFUL, "citizen": stated("citizenship_asserted_of", ("SWE",))}
    for step in (Step.SCREENING, Step.DECISION, Step.DEPARTURE):
        assert screened(facts, step).verdict is Verdict.BARRED


@replays("W23", EXPOSED, to="both states, the monitor, the court", seen="when anybody reports it")
def test_any_role_may_report_an_injury_or_a_death() -> None:
    """A death or an injury is taken from everybody who acts on a case, also with nothing known of it."""
    assert ACTS["report_death"].roles == ACTS["report_injury"].roles
    assert {Role.COUNSEL, Role.MONITOR, Role.BOOKING_OFFICER, Role.COURT} <= set(ACTS["report_death"].roles)
    world = World()
    case = walk.held_case(world)
    unknown = {each.name: walk.NOT_KNOWN for each in specs(held.Died) if each.unstated}
    world.take("report_death", held.Died(**unknown), MONITOR, case)  # type: ignore[arg-type]
    ended = end(world.case(case))
    assert ended is not None
    assert ended.kind == "died"


@replays("W24", REFUSED, to="the receiving officer", seen="before each arrival")
def test_nobody_is_sent_where_there_is_no_room() -> None:
    """Room is asked for this one person at every step: under four square metres each, or a place too many, is said."""
    full = {**LAWFUL, "held_in_facility": replace(LAWFUL["held_in_facility"], value=TARTU.working_capacity + 1)}
    assert answer(screened(full, Step.DEPARTURE), "iachr.capacity").result is not Result.MET
    cramped = {**LAWFUL, "living_space_cm2_each": replace(LAWFUL["living_space_cm2_each"], value=29_000)}
    assert answer(screened(cramped, Step.DEPARTURE), "cpt.space").result is not Result.MET


@replays("W24", OUTSIDE, to="the monitor, by a visit", seen="when it is visited")
def test_no_field_says_how_people_are_treated() -> None:
    """Violence between prisoners, and a hearing in a language not understood, are seen by people: Habeas takes the report of them."""
    assert ACTS["report_injury"].sort.value == "report"


@replays("W25", REFUSED, to="the sending officer", seen="at the first proposal")
def test_who_investigates_is_answered_before_anybody_goes() -> None:
    """The floor asks who investigates a death and ill-treatment; terms that don't say it can't be run."""
    assert FLOOR["deaths_and_ill_treatment"] == ("deaths_and_who_investigates", "ill_treatment_and_who_investigates")


@replays("W25", OUTSIDE, to="nobody", seen="never by software")
def test_whether_an_investigation_is_honest_is_not_known() -> None:
    """Habeas records who was told and who investigates, and that nothing is known of it; it can't investigate."""
    assert {"investigated_by", "circumstances", "cause"} <= {each.name for each in specs(held.Died) if each.unstated}


@replays("W27", EXPOSED, to="both states, the monitor", seen="some hours after the holder reported it")
def test_an_end_by_the_holders_word_stays_open() -> None:
    """A death that only the holder reports is "by the holder's word" until somebody else confirms it, with a clock."""
    world = World()
    case = walk.held_case(world)
    unknown = {each.name: walk.NOT_KNOWN for each in specs(held.Died) if each.unstated}
    world.take("report_death", held.Died(**unknown), BOOKING, case)  # type: ignore[arg-type]
    ended = end(world.case(case))
    assert ended is not None
    assert not ended.confirmed
    assert [each.duty.code for each in clocks(world.case(case), world.context(), world.now)] == [
        "clock.confirm_end",
        "clock.death_reported",
        "clock.family_told_of_death",
    ]
    world.wait(timedelta(hours=1))
    world.take(
        "confirm_end",
        held.EndConfirmed(ended=world.case(case).last(held.Died).id, how_known="saw the body"),
        MONITOR,
        case,
    )  # type: ignore[union-attr]
    ended = end(world.case(case))
    assert ended is not None
    assert ended.confirmed


@replays("W10", REFUSED, to="both states' officers", seen="from the monitor's finding until it is answered")
def test_a_finding_of_ill_treatment_stops_new_permissions() -> None:
    """Where the monitor finds ill-treatment, nobody new is permitted to go until the state that runs the place has answered."""
    world = World()
    case = ways.ready_to_decide(world)
    finding = oversight.FindingFiled(
        sort=oversight.FindingSort.ILL_TREATMENT,
        agreement="se-ee-2025",
        facility="tartu",
        public_part="Several people were beaten.",
        names_nobody=True,
        protected_part="Told in private.",
    )
    filed = world.take("file_finding", finding, MONITOR)
    assert world.refused("decide", walk.decision(), DECIDER, case) == {"policy.ill_treatment", "policy.barred"}
    answered = oversight.FindingAnswered(finding=filed, answer="An inquiry was opened.", names_nobody=True)
    world.take("answer_finding", answered, RECEIVER)
    world.take("decide", walk.decision(), DECIDER, case)


@replays("W10", EXPOSED, to="the monitor alone", seen="when it is heard")
def test_who_spoke_to_the_monitor_is_nobodys_to_see() -> None:
    """What is said to the monitor in private is on its record and on nobody else's page: neither state learns who spoke."""
    classes = {each.field_class for each in specs(oversight.PrivateWordHeard)}
    assert classes <= {FieldClass.ASKED, FieldClass.PROTECTED}
    assert [role for role in Role if visible(role, FieldClass.ASKED) is Sight.ALL] == [Role.MONITOR]


@replays("W10", OUTSIDE, to="the monitor, by a visit", seen="when somebody tells it")
def test_no_entry_protects_a_person_from_a_beating() -> None:
    """Habeas can't see a cell and can't stop a reprisal; a visit refused is a finding, and the public sees how many were."""
    assert ACTS["refuse_visit"].sort is not Sort.PERMISSION
    assert ACTS["ask_visit"].roles == {Role.MONITOR}


@replays("W11", EXPOSED, to="the public, the monitor", seen="from the day on which the answer is late")
def test_a_question_that_nobody_answers_is_counted_by_age() -> None:
    """Each state answers for itself and signs it; a question left open is counted in public with its age."""
    asked_at = World().now
    made = EnquiryMade(sought="Anna Fiktiv", asked_of=(SENDING, RECEIVING), due_at=asked_at + 7 * DAY)
    entry = Entry(
        id="e", index=0, stream="enquiry-1", version=0, subject=None, occurred_at=asked_at, recorded_at=asked_at,
        actor=actor(Role.SYSTEM, "log"), body=made,
    )  # fmt: skip
    told = counts([entry], asked_at + 40 * DAY)
    assert (told.made, told.answered, told.late, told.open_by_age["31+"]) == (1, 0, 1, 1)


@replays("W13", EXPOSED, to="both states, the auditor, the monitor", seen="every day without a sign of life")
def test_a_day_on_which_nobody_saw_the_person_is_unexplained() -> None:
    """A day without a sign of life stays in every total as unexplained, and is never payable."""
    world = World()
    case = walk.held_case(world)
    world.take(
        "enter_roll", held.RollEntered(facility="tartu", sign=held.Sign.ROLL_CALL, seen_by="ward"), BOOKING, case
    )
    first = world.now.date()
    world.wait(4 * DAY)
    period = Days(from_on=first, until_on=first + timedelta(days=3))
    days = person_days(world.case(case), world.context(), period, CONVENTIONS["any_part"], world.now)
    assert [each.state for each in days] == [State.PAYABLE, State.UNEXPLAINED, State.UNEXPLAINED]


@replays("W15", EXPOSED, to="both states, the auditor, the monitor", seen="in every statement")
def test_a_day_without_a_title_is_never_paid_for() -> None:
    """No day without a title in force is payable, whoever saw the person on it."""
    world = World()
    case = walk.held_case(world)
    title = world.case(case).all(p.TitleRecorded)[-1]
    world.take(
        "end_title", p.TitleEnded(title=title.id, ended_by="Invented court", reasons="served in full"), RECEIVER, case
    )
    world.wait(DAY)
    day = world.now.date()
    world.take(
        "enter_roll", held.RollEntered(facility="tartu", sign=held.Sign.ROLL_CALL, seen_by="ward"), BOOKING, case
    )
    world.wait(2 * DAY)
    period = Days(from_on=day, until_on=day + timedelta(days=1))
    found = person_days(world.case(case), world.context(), period, CONVENTIONS["any_part"], world.now)
    assert [each.reason for each in found] == [Reason.UNTITLED]
