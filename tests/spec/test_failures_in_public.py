"""Failures that nobody outside could see: what the public would have read in Habeas."""

from __future__ import annotations

from datetime import timedelta

from habeas.core.claims import counts
from habeas.core.entries import Role
from habeas.core.entries import claims as c
from habeas.core.figures import Hidden, figures
from habeas.core.findings import findings
from habeas.core.messages import Message
from habeas.core.permissions import ACTS
from tests.core import walk
from tests.core.test_figures import on_roll, record, rows, utc
from tests.core.world import DAY, MONITOR, World
from tests.spec.failures import Outcome, replays

EXPOSED = Outcome.EXPOSED
CLAIM = c.DetentionClaimed(ground=c.ClaimGround.NO_TITLE, said="There is no order.", asks=c.Asks.RELEASE)


@replays("W12", EXPOSED, to="the public, the bench, the monitor", seen="every day until it is decided")
def test_a_claim_that_nobody_answers_is_counted_with_its_age() -> None:
    """A claim is always taken; unanswered it becomes a finding, and the public total with its age can't be hidden."""
    world = World()
    case = walk.held_case(world)
    world.take("claim_detention", CLAIM, MONITOR, case)
    world.wait(40 * DAY)
    told = counts([world.case(case)], world.now)
    assert (told.made, told.unanswered, told.open_by_age["31+"]) == (1, 1, 1)
    rules = {each.rule for each in findings(world.case(case), world.context(), world.now)}
    assert {"claim_unanswered", "claim_undecided"} <= rules


@replays("W12", EXPOSED, to="the bench, the monitor", seen="when it is decided")
def test_no_officer_of_either_state_decides_a_claim() -> None:
    """A claim is decided by a bench of neither executive, with reasons; no state can reject, pause or end it."""
    assert set(ACTS["decide_claim"].roles) == {Role.COURT, Role.REVIEWER}


@replays("W27", EXPOSED, to="the public", seen="when it is recorded")
def test_deaths_are_counted_in_public_and_never_hidden() -> None:
    """Every death on record stands in the public total and in its year, however few they are."""
    told = figures(record(died=[utc(2), utc(3)], unconfirmed=[utc(3)]))
    assert told.first["deaths"] == 2
    assert rows(told, "deaths") == [("2026", 2)]
    assert not isinstance(told.first["holders_word"], Hidden)


@replays("W28", EXPOSED, to="the public, both states, the monitor", seen="after two days of silence")
def test_a_feed_that_is_silent_shows_its_age() -> None:
    """Each feed says when it last brought something; after two days of silence it is called stale on the public page."""
    feed = Message("figure.feed.roll")
    told = figures(record(at=utc(5, 12), seen=[(feed, None, utc(5, 12) - timedelta(days=3))]))
    assert [row[3:] for row in rows(told, "freshness")] == [(3, Message("figure.state.stale"))]


@replays("W19", EXPOSED, to="the public", seen="every month")
def test_how_many_are_held_is_public_day_by_day() -> None:
    """How many are held stands in public for every day, beside the places, so that a falling number shows."""
    told = figures(record(held=on_roll((utc(1, 6), utc(3, 6)), (utc(2, 6), None))))
    assert [held for _, held in rows(told, "held_by_day")] == [1, 2, 1, 1, 1]
