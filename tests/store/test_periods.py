"""The lengths of time that the terms fix, and those that no terms can go below."""

from __future__ import annotations

from datetime import timedelta

from habeas import safeguards
from habeas.core.sources import Quality, Source
from habeas.core.terms import Period
from habeas.store.read import NEVER_OVER, periods_of


def stated(**values: int) -> dict[str, Period]:
    return {name: Period(value=value, source=None, assumed=True) for name, value in values.items()}


def test_a_persons_time_is_never_shorter_than_the_floor_of_its_clock() -> None:
    clocks = safeguards.read().clocks
    found = periods_of(stated(objection_days=0, contest_days=3), clocks)
    assert (found.objection, found.contest) == (timedelta(hours=24), timedelta(days=3))
    assert periods_of(stated(objection_days=0)).objection == timedelta(0), "without the floor it would be over at once"


def test_where_the_terms_are_silent_a_persons_time_does_not_run_out() -> None:
    found = periods_of({}, safeguards.read().clocks)
    assert (found.objection, found.contest, found.contested_after) == (NEVER_OVER, NEVER_OVER, timedelta(0))


def test_a_persons_time_about_which_sources_differ_does_not_run_out() -> None:
    press = Source(document="A newspaper", citation="2020", quality=Quality.PRESS)
    week, fortnight = (Period(value=days, source=press) for days in (7, 14))
    assert periods_of({"contest_days": week}).contest == timedelta(days=7)
    differing = Period(value=7, source=press, also=(fortnight,))
    assert periods_of({"contest_days": differing}).contest == NEVER_OVER
