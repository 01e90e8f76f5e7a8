"""Where somebody was at a moment, and who answered for them then."""

from __future__ import annotations

from habeas.core.compliance import Where, whereabouts
from habeas.core.entries import custody as held

from . import walk
from .test_orders import ready_to_accept
from .world import BOOKING, DAY, HOUR, RECEIVING, SENDING, World


def test_where_somebody_was_at_a_moment_is_told_by_all_that_is_on_record_now() -> None:
    world = World()
    before_at = world.now - DAY
    case = ready_to_accept(world)
    home_at = world.now
    world.wait(HOUR)
    walk.departed(world, case)
    way_at = world.now
    world.wait(HOUR)
    walk.admitted(world, case)
    there_at = world.now
    world.wait(HOUR)
    walk.returned(world, case)
    seen = [
        whereabouts(world.case(case), world.context(), each)
        for each in (before_at, home_at, way_at, there_at, world.now)
    ]
    assert [(each.where, each.answers, each.facility, each.ended) for each in seen] == [
        (Where.NOT_ON_RECORD, "", "", ""),
        (Where.NOT_LEFT, SENDING, "", ""),
        (Where.ON_THE_WAY, SENDING, "", ""),
        (Where.IN_FACILITY, RECEIVING, "tartu", ""),
        (Where.ENDED, "", "", "returned"),
    ]


def test_whoever_was_handed_over_and_stands_on_no_roll_is_abroad() -> None:
    world = World()
    case = walk.held_case(world)
    gone = held.Escaped(circumstances=walk.NOT_KNOWN)
    world.wait(HOUR)
    world.take("report_escape", gone, BOOKING, case)
    place = whereabouts(world.case(case), world.context(), world.now)
    assert (place.where, place.answers, place.facility) == (Where.ABROAD, RECEIVING, "")
