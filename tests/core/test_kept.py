"""What is kept with a case, so that it is worked out once, is what a case that keeps nothing works out each time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from habeas.core.case import Case, as_done_by, fold, kept
from habeas.core.case_facts import stated_facts
from habeas.core.compliance import breaches, outward_acts
from habeas.core.custody import contests, custody, departures, effective_acceptances, end, in_time_order, stints
from habeas.core.days import day_span
from habeas.core.entries import custody as held
from habeas.core.findings import findings
from habeas.core.ledger.conventions import SIDE_BY_SIDE
from habeas.core.ledger.person_days import Days, counted_by

from . import walk
from .stays import Stay, march
from .test_corrections import correction
from .test_orders import SOMALI, order
from .test_unproposed import brought
from .world import BOOKING, DAY, HOUR, OFFICER, PERIODS, START, TARTU, World

SEEN = held.RollEntered(facility="tartu", sign=held.Sign.ROLL_CALL, seen_by="officer 7")


class Forgetful(dict[object, Any]):
    """Has everything worked out anew."""

    def __contains__(self, key: object) -> bool:
        return False


def forgetful(case: Case) -> Case:
    object.__setattr__(case, "_kept", Forgetful())
    return case


def lawful(world: World) -> str:
    return walk.held_case(world)


def sent_back(world: World) -> str:
    case = walk.held_case(world)
    walk.returned(world, case)
    return case


def corrected(world: World) -> str:
    """The nationality in a fact turns out to be another, after the departure."""
    case = walk.held_case(world)
    fact = next(each for each in world.log if getattr(each.body, "name", "") == "nationalities")
    world.take("correct", correction(fact.id, "value", "SOM"), OFFICER, case)
    return case


WAYS = (lawful, sent_back, corrected, brought)


def followed(way: Callable[[World], str]) -> tuple[World, str]:
    """The case after a week on the roll, under orders that the record had too late."""
    world = World()
    case = way(world)
    for _ in range(7):
        world.wait(DAY)
        world.do("enter_roll", SEEN, BOOKING, case)
    order(world, occurred_at=START - HOUR, class_described=None, class_condition=SOMALI)
    order(world, occurred_at=START - HOUR, reference="T 2-26")
    return world, case


def asked(case: Case, world: World) -> list[object]:
    """Every kept view, and what is built on them, at several moments and not in their order."""
    context, period = world.context(), Days(from_on=START.date(), until_on=world.now.date())
    views = (in_time_order, effective_acceptances, departures, stints, end, outward_acts)
    found: list[object] = [view(case) for view in views]
    for at in (world.now, START + HOUR, world.now - 4 * DAY):
        found += [custody(case, at, PERIODS.contested_after), findings(case, context, at), as_done_by(case, at)]
        found += [list(breaches(each, case, context)) for each in context.orders]
        found.append(counted_by(case, context, period, SIDE_BY_SIDE, at))
    found += [contests(case, span) for span in (2 * HOUR, timedelta(days=3))]
    return [*found, stated_facts(case, "SWE"), stated_facts(case, "EST")]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_a_case_answers_what_one_that_keeps_nothing_answers_however_often_it_is_asked(
    way: Callable[[World], str],
) -> None:
    world, case = followed(way)
    entries = [each for each in world.log if each.stream == case]
    plain, quick = asked(forgetful(fold(entries)), world), fold(entries)
    assert asked(quick, world) == plain
    assert asked(quick, world) == plain
    assert asked(fold(entries), world) == plain


def test_a_view_is_worked_out_once_for_the_same_question_and_again_for_another() -> None:
    questions: list[int] = []

    @kept
    def view(case: Case, number: int) -> int:
        questions.append(number)
        return number + len(case.entries)

    case = Stay("kept").permitted().case()
    assert [view(case, 1), view(case, 2), view(case, 1), view(case, number=1)] == [7, 8, 7, 7]
    assert questions == [1, 2, 1]
    assert view(Stay("other").permitted().taken(3).case(), 1) != 7


def test_a_case_with_more_entries_keeps_nothing_of_the_one_with_fewer() -> None:
    stay = Stay("more").permitted().taken(3)
    before = stay.case()
    assert [each.until_at for each in stints(before)] == [None]
    stay.on(held.Released(place="gate", handed_to=walk.NOT_KNOWN, papers=walk.NOT_KNOWN), 9)
    assert [each.until_at for each in stints(stay.case())] == [march(9)]
    assert [each.until_at for each in stints(before)] == [None]
    assert stints(as_done_by(stay.case(), march(8))) == stints(before)


def test_a_kept_day_is_the_day_of_its_own_zone() -> None:
    day = march(29, 12).date()  # the clocks change
    for zone in (TARTU.time_zone, "UTC", "America/El_Salvador", TARTU.time_zone):
        assert day_span(day, zone) == day_span.__wrapped__(day, zone)
