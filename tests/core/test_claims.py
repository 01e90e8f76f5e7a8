"""Counsel of a case, and claims that a detention is wrongful."""

import pytest

from habeas.core.claims import counsel_of
from habeas.core.entries import Actor, Role
from habeas.core.entries import claims as c
from habeas.core.permissions import ACTS
from habeas.core.visibility import may_open
from tests.core import walk
from tests.core.world import COURT, MONITOR, OFFICER, RECEIVER, World, actor

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
