"""Published counts beside the list of facilities, and beside the stints of the people who were there."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, time, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from habeas.audit.run import audited
from tests.audit.hand import found_in
from tests.audit.outside import findings, real

FIRST = date(2026, 3, 1)


def on(number: int) -> date:
    return FIRST + timedelta(days=number)


def counts(*people: float, facility: str = "Elm House") -> list[dict[str, Any]]:
    return [{"facility": facility, "day": on(at), "people": value} for at, value in enumerate(people)]


def stint(person: str, begins: int, ends: int | None, hour: int = 12) -> dict[str, Any]:
    moments = [None if at is None else datetime.combine(on(at), time(hour)) for at in (begins, ends)]
    return {"person": person, "facility": "ELM-HOUSE", "from_at": moments[0], "until_at": moments[1]}


def reconciled(found: dict[str, list[Any]]) -> dict[str, list[Any]]:
    names = ("over_capacity", "under_minimum", "not_listed", "against_stints")
    return {name: found[f"counts.{name}"] for name in names if f"counts.{name}" in found}


def test_counts_over_capacity_and_under_the_minimum_are_one_finding_a_facility() -> None:
    listed = [{"facility": "X1", "name": "ELM-HOUSE", "capacity": 100, "minimum": 80}]

    found = reconciled(found_in(counts=counts(90, 101, 104, 79, 100, 80), facilities=listed))

    (over,), (under,) = found.pop("over_capacity"), found.pop("under_minimum")
    assert found == {}
    assert (over.row_count, over.from_on, over.until_on, over.rows) == (2, on(1), on(3), ("2:1", "1:3", "1:2"))
    assert (over.message.parameters["places"], over.message.parameters["highest"]) == (100, 104)
    assert (under.row_count, under.message.parameters["lowest"]) == (1, 79)


def test_a_facility_that_is_not_in_the_list_or_twice_is_said_not_guessed() -> None:
    listed = [{"facility": "Elm House", "capacity": 10}, {"facility": "elm house", "capacity": 500}]
    listed += [{"facility": "Oak House", "capacity": 10}]
    rows = counts(90) + counts(9, facility="Oak House") + counts(90, facility="Ash House")

    (only,) = reconciled(found_in(counts=rows, facilities=listed))["not_listed"]

    assert (only.message.parameters["unlisted"], only.message.parameters["counted"]) == (2, 3)
    assert [*reconciled(found_in(counts=rows, facilities=listed))] == ["not_listed"]


def test_counts_that_no_definition_gives_are_found_and_no_others() -> None:
    stints = [stint("a", 0, 9), stint("b", 0, 5), stint("c", 3, None), stint("d", 4, 4)]
    lowest = [0, 2, 2, 2, 2, 1, 1, 1, 1, 0]  # there all day, by stints with an end
    highest = [2, 2, 2, 3, 4, 3, 2, 2, 2, 2]  # there for any part of the day, the open one still

    assert "against_stints" not in reconciled(found_in(counts=counts(*lowest), stints=stints))
    assert "against_stints" not in reconciled(found_in(counts=counts(*highest), stints=stints))
    wrong = [*lowest]
    wrong[2], wrong[4] = 1, 5
    (off,) = reconciled(found_in(counts=counts(*wrong), stints=stints))["against_stints"]
    told = off.message.parameters
    assert (off.row_count, off.from_on, off.until_on) == (2, on(2), on(5))
    assert (told["fewer"], told["more"], told["apart"]) == (1, 1, 1)


def test_a_row_that_stands_twice_makes_no_count_too_low() -> None:
    stints = [stint("a", 0, 5), stint("a", 0, 5), stint("b", 0, 5)]

    assert reconciled(found_in(counts=counts(2, 2, 2, 2, 2, 2), stints=stints)) == {}


def test_averages_are_held_against_person_nights() -> None:
    stints = [stint(f"p{number}", 0, 20) for number in range(10)]
    right = {"facility": "Elm House", "day": on(19), "stated_day": on(19), "year": 2026, "day_of_year": 19}

    assert reconciled(found_in(counts=[{**right, "people": 9.8}], stints=stints)) == {}
    (off,) = reconciled(found_in(counts=[{**right, "people": 12.0}], stints=stints))["against_stints"]
    assert (off.message.parameters["more"], off.message.parameters["apart"]) == (1, 12 * 19 - 10 * 19)


SPANS = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12), st.integers(0, 23)), min_size=1, max_size=12)


@settings(max_examples=40, deadline=None)
@given(spans=SPANS, hour=st.integers(0, 23))
def test_a_true_count_at_any_hour_is_never_a_finding(spans: list[tuple[int, int, int]], hour: int) -> None:
    stints = [stint(f"p{at}", begins, begins + long, clock) for at, (begins, long, clock) in enumerate(spans)]
    there = Counter[int]()
    for each in stints:
        for number in range(26):
            there[number] += each["from_at"] <= datetime.combine(on(number), time(hour)) < each["until_at"]

    found = found_in(counts=counts(*(there[number] for number in range(26))), stints=stints)

    assert reconciled(found) == {}


def test_real_averages_are_held_against_the_real_list_of_facilities() -> None:
    with audited([real("ice_facility_adp_fy19_fy26.csv.gz"), real("ice_facility_list_2017.csv")], key=None) as audit:
        found = reconciled(findings(audit))

    irwin = [each for each in found["over_capacity"] if each.subject.startswith("IRWIN")]
    assert [each.message.parameters["places"] for each in irwin] == [512]
    (unlisted,) = found["not_listed"]
    assert 0 < unlisted.message.parameters["unlisted"] < unlisted.message.parameters["counted"]


def test_stretches_over_capacity_and_under_the_minimum_are_counted_by_the_bound_that_favours_the_facility() -> None:
    """Three places, two paid for anyway. Nights 0 to 9: one, two from night 2, four from 4 to 6, two until 8, one, and
    one whose stretch has no end and who is not among those over capacity."""
    listed = [{"facility": "Elm House", "capacity": 3, "minimum": 2}]
    held = [stint("a", 0, 9), stint("b", 2, 8), stint("c", 4, 6), stint("d", 4, 6), stint("e", 5, None)]

    found = found_in(stints=held, facilities=listed)

    (over,), (under,) = found.pop("stints.over_capacity"), found.pop("stints.under_minimum")
    assert found == {}
    assert (over.subject, over.from_on, over.until_on, over.days, over.rows) == ("ELM-HOUSE", on(4), on(6), 2, ("2:1",))
    assert (over.message.parameters["highest"], over.message.parameters["nights"]) == (4, 2)
    assert (under.from_on, under.until_on, under.days) == (on(0), on(2), 2)
    assert (under.message.parameters["guaranteed"], under.message.parameters["lowest"]) == (2, 1)
