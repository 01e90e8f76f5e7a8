"""Each day on a roll has one state and one reason, whatever happened and by whichever convention it is counted."""

from __future__ import annotations

import dataclasses
from collections import Counter
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from habeas.core.custody import stints
from habeas.core.days import days_touched
from habeas.core.entries import custody as held
from habeas.core.ledger.conventions import CONVENTIONS, Census, Convention
from habeas.core.ledger.person_days import OUTSIDE, STATES, Days, PersonDay, Reason, State, person_days, tally

from .stays import Stay, context, march

MARCH = Days(from_on=date(2026, 3, 1), until_on=date(2026, 4, 1))
LATER = march(40)


def held_from(*when: int) -> Stay:
    person = Stay("anna").permitted()
    person.title()
    return person.taken(*when)


def counted(person: Stay, convention: str | Convention, at: object = LATER, period: Days = MARCH) -> list[PersonDay]:
    by = CONVENTIONS[convention] if isinstance(convention, str) else convention
    return [*person_days(person.case(), context(), period, by, at)]  # type: ignore[arg-type]


def reasons(person: Stay, convention: str | Convention) -> dict[int, Reason]:
    return {each.day.day: each.reason for each in counted(person, convention)}


# --- conventions -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("convention", "expected"),
    [("any_part", [3, 4, 5]), ("first_not_last", [3, 4]), ("midnight", [3, 4]), ("nights", [3])],
)
def test_a_stay_from_the_third_to_five_in_the_morning_of_the_fifth(convention: str, expected: list[int]) -> None:
    person = held_from(3, 20).seen([4])
    person.seen([5], hour=4)
    person.on(held.Returned(place="Arlanda"), 5, 5)
    found = reasons(person, convention)
    assert sorted(found) == [3, 4, 5]
    assert [day for day, reason in found.items() if reason is Reason.SEEN] == expected
    assert {reason for day, reason in found.items() if day not in expected} <= {Reason.NOT_COUNTED}


@pytest.mark.parametrize(
    ("counts", "expected"), [({"first_day": False}, [4, 5]), ({"last_day": False}, [3, 4]), ({}, [3, 4, 5])]
)
def test_the_first_and_the_last_day_are_parameters(counts: dict[str, bool], expected: list[int]) -> None:
    person = held_from(3, 20).seen([4, 5])
    person.on(held.Returned(place="Arlanda"), 5, 12)
    convention = Convention(name="any_part", census=Census.ANY_PART, **counts)  # type: ignore[arg-type]
    assert [day for day, reason in reasons(person, convention).items() if reason is Reason.SEEN] == expected


def test_where_the_last_day_does_not_count_a_stay_of_one_day_is_none() -> None:
    person = held_from(3, 9)
    person.on(held.Returned(place="Arlanda"), 3, 20)
    assert reasons(person, "first_not_last") == {3: Reason.NOT_COUNTED}
    assert reasons(person, "any_part") == {3: Reason.SEEN}


@pytest.mark.parametrize("kind", list(held.Absence))
def test_an_absence_counts_only_where_the_convention_says_so(kind: held.Absence) -> None:
    person = held_from(2, 12).seen(range(3, 8))
    person.on(held.AbsenceBegan(absence=kind, where="Tartu"), 4, 10)
    person.on(held.AbsenceEnded(), 6, 10)
    person.on(held.Returned(place="Arlanda"), 8, 9)
    away = [day for day, reason in reasons(person, "midnight").items() if reason is Reason.ABSENT]
    assert away == [4, 5]
    kept = dataclasses.replace(CONVENTIONS["midnight"], absences=frozenset({kind}))
    assert Reason.ABSENT not in reasons(person, kept).values()
    strict = dataclasses.replace(CONVENTIONS["any_part"], absences=frozenset())
    assert [day for day, reason in reasons(person, strict).items() if reason is Reason.ABSENT] == [5]


# --- what is over, and whose clock -------------------------------------------------------------------


def test_a_day_that_is_not_over_is_not_counted_yet() -> None:
    person = held_from(3, 12).seen([4])
    last = {name: counted(person, name, march(5))[-1].day.day for name in CONVENTIONS}
    assert last == {"any_part": 4, "first_not_last": 4, "midnight": 4, "nights": 3}
    assert [each.day.day for each in counted(person, "nights", march(5, 6))] == [3, 4]


def test_nobody_on_a_roll_has_no_day() -> None:
    assert counted(Stay("anna").permitted(), "any_part") == []
    assert counted(held_from(3, 12), "any_part", period=Days(from_on=date(2026, 2, 1), until_on=date(2026, 3, 1))) == []


def test_a_facility_that_nobody_certified_counts_by_utc() -> None:
    person = Stay("anna", facility="nowhere").permitted()
    person.title()
    person.taken(3, 12)
    assert {each.zone for each in counted(person, "any_part")} == {"UTC"}


# --- which entries made it so ------------------------------------------------------------------------


def test_a_payable_day_names_the_stay_the_title_and_the_sign() -> None:
    person = held_from(3, 12).seen([4])
    kinds = {each.id: each.kind for each in person.entries}
    day = counted(person, "midnight", march(5))[-1]
    assert [kinds[id] for id in day.because] == ["arrived", "title_recorded", "roll_entered"]
    assert (day.state, day.facility, day.zone) == (State.PAYABLE, "tartu", "Europe/Tallinn")


def test_a_sign_that_is_recorded_late_explains_its_day() -> None:
    person = held_from(3, 12)
    sign = held.RollEntered(facility="tartu", sign=held.Sign.VISIT, seen_by="the monitor")
    assert reasons(person, "any_part")[4] is Reason.NO_SIGN
    person.on(sign, 4, 9, recorded=(20, 9))
    assert reasons(person, "any_part")[4] is Reason.SEEN


def test_what_was_missing_and_then_done_makes_later_days_payable_and_no_earlier_ones() -> None:
    person = Stay("anna").permitted()
    person.title()
    on_the_way = held.Departed(departed_from="Kumla", destination="Tartu", means="aircraft", outward=True)
    person.on(on_the_way, 3, 5)
    offer = person.at_the_door(3, 12)
    person.on(held.HandoverAccepted(offer=offer), 3, 12)
    person.seen(range(4, 8))
    assert reasons(person, "any_part")[7] is Reason.WITHOUT_PERMISSION
    journey = held.Manifested(manifest="M-1", departs_at=march(3, 4), departs_from="Kumla", escort="Invented escort")
    person.on(journey, 5, 12)
    person.on(held.DeparturePermitted(fit_to_travel="fit"), 5, 13)
    found = reasons(person, "any_part")
    assert {day: found[day] for day in range(3, 8)} == {
        3: Reason.WITHOUT_PERMISSION,
        4: Reason.WITHOUT_PERMISSION,
        5: Reason.WITHOUT_PERMISSION,
        6: Reason.SEEN,
        7: Reason.SEEN,
    }


def test_what_was_done_before_the_door_leaves_no_day_without_permission() -> None:
    person = Stay("anna").permitted()
    person.title()
    person.on(held.Departed(departed_from="Kumla", destination="Tartu", means="aircraft", outward=True), 3, 5)
    journey = held.Manifested(manifest="M-1", departs_at=march(3, 4), departs_from="Kumla", escort="Invented escort")
    person.on(journey, 3, 6)
    person.on(held.DeparturePermitted(fit_to_travel="fit"), 3, 7)
    offer = person.at_the_door(3, 12)
    person.on(held.HandoverAccepted(offer=offer), 3, 12)
    assert reasons(person, "any_part")[3] is Reason.SEEN


# --- nothing is dropped ------------------------------------------------------------------------------

MOMENTS = st.tuples(st.integers(1, 31), st.integers(0, 23))
HAPPENINGS = st.sampled_from(["seen", "away", "back", "moved", "escaped", "returned", "title_ended"])


def happen(person: Stay, what: str, at: tuple[int, int]) -> None:
    bodies = {
        "seen": held.RollEntered(facility="tartu", sign=held.Sign.ROLL_CALL, seen_by="the ward"),
        "away": held.AbsenceBegan(absence=held.Absence.HOSPITAL, where="Tartu"),
        "back": held.AbsenceEnded(),
        "moved": held.Moved(facility="annex", reasons="a bed"),
        "escaped": held.Escaped(circumstances="over the wall"),
        "returned": held.Returned(place="Arlanda"),
    }
    if what == "title_ended":
        person.title(until=at)
    else:
        person.on(bodies[what], *at)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.booleans(), st.lists(st.tuples(HAPPENINGS, MOMENTS), max_size=8), st.sampled_from(sorted(CONVENTIONS)))
def test_the_states_are_a_partition_of_the_days_on_a_roll(
    titled: bool, happenings: list[tuple[str, tuple[int, int]]], convention: str
) -> None:
    person = Stay("anna").permitted()
    if titled:
        person.title()
    person.taken(-5, 12)
    for what, at in happenings:
        happen(person, what, at)
    found = counted(person, convention)
    around = context()
    touched = {
        day
        for stint in stints(person.case())
        for day in days_touched(stint, around.zone(stint.facility), LATER)
        if day in MARCH
    }
    assert [each.day for each in found] == sorted(touched)
    by_state = Counter(each.state for each in found)
    totals = Counter[State]()
    for each in tally(found):
        totals[each.state] += each.count
    assert totals == by_state
    assert by_state[State.PAYABLE] + sum(each.is_withheld or each.is_outside for each in found) == len(found)
    assert all(each.because and set(each.because) <= {entry.id for entry in person.entries} for each in found)
    if not titled and "title_ended" not in {what for what, _ in happenings}:
        assert by_state[State.PAYABLE] == 0


def test_every_reason_has_one_state_and_only_one_is_payable() -> None:
    assert {*STATES} == {*Reason}
    assert [each for each in Reason if STATES[each] is State.PAYABLE] == [Reason.SEEN]
    assert {STATES[each] for each in OUTSIDE} == {State.NOT_PAYABLE}
