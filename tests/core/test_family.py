"""Family words: which are in force, by their numbers on the sheet, and how many may be given."""

from __future__ import annotations

import pytest

from habeas.core.entries.family import FamilyWordsEnded, FamilyWordsGiven, Occasion, Which
from habeas.core.family import words_in_force

from . import walk
from .world import BOOKING, DECIDER, MONITOR, OFFICER, World


def given(*digests: str, how_many: int = 0) -> FamilyWordsGiven:
    """Words as the store fills them in."""
    return FamilyWordsGiven(occasion=Occasion.ADMISSION, how_many=how_many or len(digests), digests=digests)


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def case(world: World) -> str:
    return walk.held_case(world)


def end(world: World, case: str, which: Which) -> dict[int, str]:
    world.take("end_family_words", FamilyWordsEnded(which=which), MONITOR, case)
    return words_in_force(world.case(case))


def test_words_have_the_numbers_in_which_they_were_given(world: World, case: str) -> None:
    world.take("give_family_words", given("a", "b"), BOOKING, case)
    world.take("give_family_words", given("c"), MONITOR, case)

    assert words_in_force(world.case(case)) == {1: "a", 2: "b", 3: "c"}


@pytest.mark.parametrize(
    ("which", "left"),
    [
        (Which.FIRST, {2: "b", 3: "c"}),
        (Which.SECOND, {1: "a", 3: "c"}),
        (Which.THIRD, {1: "a", 2: "b"}),
        (Which.ALL, {}),
    ],
)
def test_a_word_is_ended_by_its_number(which: Which, left: dict[int, str], world: World, case: str) -> None:
    world.take("give_family_words", given("a", "b", "c"), BOOKING, case)

    assert end(world, case, which) == left
    assert end(world, case, which) == left


def test_new_words_take_the_numbers_that_are_free(world: World, case: str) -> None:
    world.take("give_family_words", given("a", "b", "c"), BOOKING, case)
    end(world, case, Which.SECOND)
    world.take("give_family_words", given("d"), BOOKING, case)

    assert words_in_force(world.case(case)) == {1: "a", 2: "d", 3: "c"}


@pytest.mark.parametrize("how_many", [0, 2, 4])
def test_no_more_than_three_and_no_fewer_than_one(how_many: int, world: World, case: str) -> None:
    world.take("give_family_words", given("a", "b"), BOOKING, case)
    body = FamilyWordsGiven(occasion=Occasion.LATER, how_many=how_many)

    assert world.refused("give_family_words", body, BOOKING, case) == {"policy.family_words"}


def test_words_can_be_given_at_the_notice_and_not_by_who_decides(world: World) -> None:
    case = walk.propose(world)
    world.take("give_family_words", given("a"), OFFICER, case)

    assert world.refused("give_family_words", given("b"), DECIDER, case) == {"permission.role"}
