"""Whether a person may be erased. Each test opens one thing, and that alone refuses it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import date, timedelta

import pytest

from habeas.core.entries import Actor, Body, Role, claims, erasure, oversight, procedure
from habeas.core.entries import custody as held
from habeas.core.entries.erasure import ErasureBy, ErasureServedOn
from habeas.core.entries.institutions import StayOrderLifted

from . import walk
from .test_claims import ALICE, NAMED, RELEASED
from .test_orders import order
from .world import AGREEMENT, BOOKING, COURT, DECIDER, MONITOR, OFFICER, RECEIVER, RECEIVING, SENDING, World, actor

ENDS_ON = date(2026, 12, 31)
ROLL = held.RollEntered(facility="tartu", sign=held.Sign.ROLL_CALL, seen_by=walk.NOT_KNOWN)


def last(world: World, case: str, body: type) -> str:
    """The id of the last entry of a kind, or of none."""
    found = world.case(case).last(body)
    return found.id if found else "none"


def ask(world: World, case: str, asked_by: ErasureBy = ErasureBy.PERSON) -> erasure.ErasureAsked:
    ended = last(world, case, held.Released)
    return erasure.ErasureAsked(ended=ended, asked_by=asked_by, reasons="they ask it")


def notice(world: World, case: str, whom: ErasureServedOn, **changes: object) -> erasure.ErasureNoticed:
    body = erasure.ErasureNoticed(
        asked=last(world, case, erasure.ErasureAsked),
        served_on=whom,
        how="by hand",
        language="nb",
        file_given=True,
        law="an invented act",
        ends_on=ENDS_ON,
    )
    return dataclasses.replace(body, **changes)  # type: ignore[arg-type]


def agreement(world: World, case: str, ends_on: date = ENDS_ON) -> erasure.ErasureAgreed:
    served = last(world, case, erasure.ErasureNoticed)
    reasons = "all of it was looked at and nothing is open"
    return erasure.ErasureAgreed(notice=served, reasons=reasons, law="an invented act", ends_on=ends_on)


def erase(world: World, case: str, *, copies_destroyed: bool = True) -> erasure.CaseErased:
    return erasure.CaseErased(notice=last(world, case, erasure.ErasureNoticed), copies_destroyed=copies_destroyed)


def refused(world: World, act: str, body: Body, by: Actor, case: str) -> set[str]:
    return {each.removeprefix("erasure.") for each in world.refused(act, body, by, case)}


def released() -> tuple[World, str]:
    """Somebody held for three days, each with its sign, then free, as their counsel confirms."""
    world = World()
    case = walk.held_case(world)
    world.take("name_counsel", NAMED, OFFICER, case)
    for _ in range(3):
        world.take("enter_roll", ROLL, BOOKING, case)
        world.wait(timedelta(days=1))
    world.take("enter_roll", ROLL, BOOKING, case)
    world.take("report_release", RELEASED, RECEIVER, case)
    confirmed = held.EndConfirmed(ended=last(world, case, held.Released), how_known="they told counsel")
    world.take("confirm_end", confirmed, ALICE, case)
    world.wait(timedelta(days=1))
    return world, case


def noticed() -> tuple[World, str]:
    """Asked by the person, and served on both with the file."""
    world, case = released()
    world.take("ask_erasure", ask(world, case), ALICE, case)
    for whom in ErasureServedOn:
        world.take("serve_erasure_notice", notice(world, case, whom), MONITOR, case)
    return world, case


def agreed() -> tuple[World, str]:
    """By all three, after every time has run out."""
    world, case = noticed()
    world.wait(timedelta(days=120))
    for by in (DECIDER, RECEIVER, MONITOR):
        world.take("agree_to_erasure", agreement(world, case), by, case)
    return world, case


def test_it_is_carried_out_when_all_is_closed_and_all_have_agreed() -> None:
    world, case = agreed()

    world.take("erase_person", erase(world, case), MONITOR, case)

    last_entry = world.case(case).entries[-1].body
    assert isinstance(last_entry, erasure.CaseErased)
    assert last_entry.agreed_by == (SENDING, RECEIVING, MONITOR.party)


def test_nobody_is_erased_while_held_or_on_the_way() -> None:
    world = World()
    case = walk.propose(world)
    assert refused(world, "ask_erasure", ask(world, case), MONITOR, case) >= {"not_ended"}
    walk.decided(world, case)
    walk.departed(world, case)
    assert refused(world, "ask_erasure", ask(world, case), MONITOR, case) >= {"not_ended"}
    walk.admitted(world, case)
    assert refused(world, "ask_erasure", ask(world, case), MONITOR, case) >= {"not_ended"}


def test_an_end_by_the_holders_word_is_no_end() -> None:
    world = World()
    case = walk.held_case(world)
    world.take("enter_roll", ROLL, BOOKING, case)
    world.take("report_release", RELEASED, RECEIVER, case)
    assert refused(world, "ask_erasure", ask(world, case), MONITOR, case) >= {"holders_word"}


def _claimed(world: World, case: str) -> None:
    walk.claim(world, case)


def _found(world: World, case: str) -> None:
    filed = oversight.FindingFiled(
        sort=oversight.FindingSort.ILL_TREATMENT,
        agreement="se-ee-2025",
        case=case,
        public_part="somebody was hurt",
        names_nobody=True,
    )
    world.take("file_finding", filed, MONITOR)


def _found_where_they_were(world: World, case: str) -> None:
    filed = oversight.FindingFiled(
        sort=oversight.FindingSort.CONDITIONS,
        agreement="se-ee-2025",
        facility="tartu",
        public_part="it is cold",
        names_nobody=True,
    )
    world.take("file_finding", filed, MONITOR)


def _died(world: World, case: str) -> None:
    unknown = dict.fromkeys(("circumstances", "cause", "investigated_by", "remains"), walk.NOT_KNOWN)
    world.take("report_death", held.Died(**unknown), MONITOR, case)


def _due_back(world: World, case: str) -> None:
    body = held.ReturnDue(due_at=world.now, because="an order", ordered_by="a court")
    world.take("set_return_due", body, OFFICER, case)


def _asked_for(world: World, case: str) -> None:
    world.asked_open = 1


def _named_with_others(world: World, case: str) -> None:
    world.with_others = True


def _in_no_statement(world: World, case: str) -> None:
    world.stated = ()


OPEN: dict[Callable[[World, str], None], str] = {
    _claimed: "claim_open",
    _found: "finding_open",
    _found_where_they_were: "finding_open",
    _due_back: "return_due",
    _asked_for: "enquiry_open",
    _named_with_others: "with_others",
    _in_no_statement: "days_not_stated",
}


@pytest.mark.parametrize(("opens", "reason"), OPEN.items(), ids=lambda each: getattr(each, "__name__", each))
def test_what_is_open_refuses_every_step_and_nothing_else_does(
    opens: Callable[[World, str], None], reason: str
) -> None:
    world, case = agreed()
    opens(world, case)

    assert refused(world, "ask_erasure", ask(world, case), ALICE, case) == {reason}
    notice_again = notice(world, case, ErasureServedOn.PERSON)
    assert refused(world, "serve_erasure_notice", notice_again, MONITOR, case) == {reason}
    assert refused(world, "agree_to_erasure", agreement(world, case), DECIDER, case) == {reason}
    assert refused(world, "erase_person", erase(world, case), MONITOR, case) == {reason}


def test_nobody_who_died_is_ever_erased() -> None:
    world, case = agreed()
    _died(world, case)
    assert "died" in refused(world, "erase_person", erase(world, case), MONITOR, case)


def test_what_is_open_in_another_case_of_the_person_refuses_it_too() -> None:
    world, case = agreed()
    other = walk.propose(world)
    world.other_cases = (world.case(other),)
    assert refused(world, "erase_person", erase(world, case), MONITOR, case) == {"not_ended"}


def test_an_order_in_force_refuses_it_until_the_court_lifts_it() -> None:
    world = World()
    case = walk.held_case(world)
    world.take("name_counsel", NAMED, OFFICER, case)
    world.take("enter_roll", ROLL, BOOKING, case)
    stay = order(world)
    world.wait(timedelta(hours=1))
    world.take("report_release", RELEASED, RECEIVER, case)
    confirmed = held.EndConfirmed(ended=last(world, case, held.Released), how_known="they told counsel")
    world.take("confirm_end", confirmed, ALICE, case)
    assert "order_in_force" in refused(world, "ask_erasure", ask(world, case), ALICE, case)
    world.take("lift_stay_order", StayOrderLifted(order=stay, reasons="it was decided"), COURT)
    world.take("ask_erasure", ask(world, case), ALICE, case)


def test_a_day_without_a_sign_is_unexplained_and_refuses_it() -> None:
    world = World()
    case = walk.held_case(world)
    world.wait(timedelta(days=3))
    world.take("report_release", RELEASED, RECEIVER, case)
    assert "days_open" in refused(world, "ask_erasure", ask(world, case), MONITOR, case)


def test_where_no_statement_can_be_issued_none_is_wanted() -> None:
    world, case = agreed()
    world.agreement = dataclasses.replace(AGREEMENT, fee=None, day_count=None)
    world.stated = ()
    world.take("erase_person", erase(world, case), MONITOR, case)


def test_a_release_that_a_claim_ordered_must_be_on_record() -> None:
    world = World()
    case = walk.held_case(world)
    walk.claim_upheld(world, case, claims.Remedy.RELEASE)
    assert "return_due" in refused(world, "ask_erasure", ask(world, case), MONITOR, case)


def test_notice_without_the_file_does_not_count() -> None:
    world, case = released()
    world.take("ask_erasure", ask(world, case), ALICE, case)
    body = notice(world, case, ErasureServedOn.PERSON, file_given=False)
    assert refused(world, "serve_erasure_notice", body, MONITOR, case) == {"file_not_given"}


def test_person_and_counsel_must_both_have_had_notice_for_ninety_days() -> None:
    world, case = released()
    world.take("ask_erasure", ask(world, case), ALICE, case)
    world.take("serve_erasure_notice", notice(world, case, ErasureServedOn.PERSON), MONITOR, case)
    world.wait(timedelta(days=120))
    missing = {"no_notice", "not_agreed", "monitor_not_agreed"}
    assert refused(world, "erase_person", erase(world, case), MONITOR, case) == missing
    world.take("serve_erasure_notice", notice(world, case, ErasureServedOn.COUNSEL), MONITOR, case)
    for by in (DECIDER, RECEIVER, MONITOR):
        world.take("agree_to_erasure", agreement(world, case), by, case)
    world.wait(timedelta(days=90, microseconds=-1))
    assert refused(world, "erase_person", erase(world, case), MONITOR, case) == {"notice_time"}
    world.wait(timedelta(microseconds=1))
    world.take("erase_person", erase(world, case), MONITOR, case)


def test_what_was_agreed_before_both_had_notice_does_not_count() -> None:
    world, case = released()
    world.take("ask_erasure", ask(world, case), ALICE, case)
    world.take("serve_erasure_notice", notice(world, case, ErasureServedOn.PERSON), MONITOR, case)
    world.wait(timedelta(days=120))
    for by in (DECIDER, RECEIVER, MONITOR):
        world.take("agree_to_erasure", agreement(world, case), by, case)
    world.take("serve_erasure_notice", notice(world, case, ErasureServedOn.COUNSEL), MONITOR, case)
    world.wait(timedelta(days=91))
    assert refused(world, "erase_person", erase(world, case), MONITOR, case) == {"not_agreed", "monitor_not_agreed"}


def test_whoever_has_no_counsel_is_not_erased() -> None:
    world, case = agreed()
    named = last(world, case, claims.CounselNamed)
    world.take("end_counsel", claims.CounselEnded(named=named, reasons="laid down"), ALICE, case)
    assert refused(world, "erase_person", erase(world, case), MONITOR, case) == {"no_counsel"}


def test_the_latest_limitation_day_that_anybody_stated_counts_to_its_end() -> None:
    world, case = noticed()
    world.now = world.now.replace(year=2026, month=12, day=31, hour=23)
    assert refused(world, "agree_to_erasure", agreement(world, case), DECIDER, case) == {"limitation"}
    world.wait(timedelta(hours=1))
    world.take("agree_to_erasure", agreement(world, case), DECIDER, case)
    later = agreement(world, case, ends_on=date(2030, 1, 1))
    assert refused(world, "agree_to_erasure", later, RECEIVER, case) == {"limitation"}


def test_an_objection_stands_until_they_ask_for_it_themselves() -> None:
    world, case = agreed()
    asked = last(world, case, erasure.ErasureAsked)
    body = erasure.ErasureObjected(asked=asked, by=ErasureServedOn.PERSON, words="I want it kept")
    world.take("object_to_erasure", body, ALICE, case)
    assert refused(world, "erase_person", erase(world, case), MONITOR, case) == {"objected"}

    world.take("ask_erasure", ask(world, case, ErasureBy.STATE), OFFICER, case)
    assert "objected" in refused(world, "erase_person", erase(world, case), MONITOR, case)
    world.take("ask_erasure", ask(world, case), ALICE, case)
    assert "objected" not in refused(world, "erase_person", erase(world, case), MONITOR, case)


def test_a_receiving_state_that_never_could_look_into_the_case_is_not_asked() -> None:
    world = World()
    case = walk.propose(world)
    world.take("name_counsel", NAMED, OFFICER, case)
    world.take("withdraw_proposal", procedure.ProposalWithdrawn(reasons="the cell is taken by another"), OFFICER, case)
    withdrawn = last(world, case, procedure.ProposalWithdrawn)
    asked = erasure.ErasureAsked(ended=withdrawn, asked_by=ErasureBy.PERSON, reasons="they ask it")
    world.take("ask_erasure", asked, ALICE, case)
    for whom in ErasureServedOn:
        world.take("serve_erasure_notice", notice(world, case, whom), MONITOR, case)
    world.wait(timedelta(days=400))
    assert world.refused("agree_to_erasure", agreement(world, case), RECEIVER, case) == {"permission.not_your_case"}
    everybody = {"not_agreed", "monitor_not_agreed"}
    assert refused(world, "erase_person", erase(world, case), MONITOR, case) == everybody
    for by in (DECIDER, MONITOR):
        world.take("agree_to_erasure", agreement(world, case), by, case)
    world.take("erase_person", erase(world, case), MONITOR, case)


@pytest.mark.parametrize("missing", [DECIDER, RECEIVER, MONITOR], ids=lambda each: each.party)
def test_two_of_the_three_are_not_enough(missing: Actor) -> None:
    world, case = noticed()
    world.wait(timedelta(days=120))
    for by in {DECIDER, RECEIVER, MONITOR} - {missing}:
        world.take("agree_to_erasure", agreement(world, case), by, case)
    reason = "monitor_not_agreed" if missing is MONITOR else "not_agreed"
    assert refused(world, "erase_person", erase(world, case), MONITOR, case) == {reason}


def test_one_account_that_stands_for_two_is_one() -> None:
    world, case = noticed()
    world.wait(timedelta(days=120))
    twice = dataclasses.replace(RECEIVER, account=DECIDER.account)
    for by in (DECIDER, twice, MONITOR):
        world.take("agree_to_erasure", agreement(world, case), by, case)
    assert refused(world, "erase_person", erase(world, case), MONITOR, case) == {"agreed_twice"}


def test_a_monitor_of_a_state_is_no_third() -> None:
    world, case = noticed()
    world.wait(timedelta(days=120))
    for by in (DECIDER, RECEIVER, actor(Role.MONITOR, SENDING)):
        world.take("agree_to_erasure", agreement(world, case), by, case)
    assert refused(world, "erase_person", erase(world, case), MONITOR, case) == {"agreed_twice"}


def test_the_monitor_destroys_its_own_copies_first() -> None:
    world, case = agreed()
    body = erase(world, case, copies_destroyed=False)
    assert refused(world, "erase_person", body, MONITOR, case) == {"copies_kept"}
