"""Counts of every day, with who came and who left: what fits together gives no finding, and what does not is named."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.audit.hand import found_in

FIRST = date(2026, 3, 1)
NAMES = [f"F{number}" for number in range(8)]


def on(number: int) -> date:
    return FIRST + timedelta(days=number)


def days(people: dict[str, list[int]], **more: Any) -> list[dict[str, Any]]:
    """A row a day and facility."""
    return [
        {"facility": name, "day": on(at), "people": value, **more}
        for name, values in people.items()
        for at, value in enumerate(values)
    ]


@settings(max_examples=25, deadline=None)
@given(moves=st.lists(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=8, max_size=8), max_size=9))
def test_days_that_follow_from_each_other_give_no_finding(moves: list[list[tuple[int, int]]]) -> None:
    rows = []
    for at, name in enumerate(NAMES):
        here = 200 + at
        rows.append({"facility": name, "day": on(0), "people": here, "total": here, "parts": {"a": here - 9, "b": 9}})
        for number, moved in enumerate(moves, start=1):
            came, left = moved[at]
            here += came - left
            parts = {"a": here - 9, "b": 9}
            rows.append({"facility": name, "day": on(number), "people": here, "total": here, "parts": parts})
            rows[-1].update(booked_in=came, booked_out=left)

    assert found_in(counts=rows) == {}


def test_nothing_is_stale_where_nobody_moves() -> None:
    assert found_in(counts=days({name: [20 + at] * 9 for at, name in enumerate(NAMES)})) == {}


def test_an_old_day_published_twice_as_new_is_stale_both_times() -> None:
    people = {name: [20 + at, 31 + at, 33 + at, 20 + at, 20 + at, 35 + at] for at, name in enumerate(NAMES)}

    found = found_in(counts=days(people))

    assert [(each.subject, each.message.parameters["of_day"]) for each in found["counts.stale_table"]] == [
        ("2026-03-04", on(0)),
        ("2026-03-05", on(0)),
    ]


def test_a_day_that_does_not_follow_from_the_day_before_is_one_finding_a_facility() -> None:
    rows = days({"A": [20, 21, 25, 26], "B": [20, 21, 22, 23]}, booked_in=2, booked_out=1)

    (off,) = found_in(counts=rows)["counts.flow_identity"]

    assert (off.subject, off.row_count, off.rows, off.days) == ("A", 1, ("1:3",), 3)


def test_a_jump_that_who_came_explains_is_none() -> None:
    jump = days({name: [100, 150] for name in NAMES})
    explained = [{**each, "booked_in": 50 * (each["day"] != FIRST), "booked_out": 0} for each in jump]

    (found,) = found_in(counts=jump)["counts.jump"]

    assert (found.message.parameters["people_then"], found.message.parameters["people_now"]) == (800, 1200)
    assert found_in(counts=explained) == {}


def test_parts_that_do_not_make_the_total_are_named_with_the_most_they_are_off_by() -> None:
    rows = days({"A": [20]}, total=20, parts={"men": 9, "women": 9}) + days({"B": [20]}, total=20, parts={"men": 20})

    (off,) = found_in(counts=rows)["counts.parts_against_total"]

    assert (off.subject, off.message.parameters["most"]) == ("A", 2)


def test_parts_are_held_against_the_people_where_no_total_is_stated_and_every_part_is_known() -> None:
    rows = days({"A": [20]}, parts={"men": 9, "women": 9}) + days({"B": [20]}, parts={"men": 20, "women": None})

    (off,) = found_in(counts=rows)["counts.parts_against_total"]

    assert off.subject == "A"


def test_a_facility_that_is_left_out_of_one_table_is_named_with_its_people() -> None:
    """B and C are left out of the third day; C has too few to matter, and D is left out of two days and may be shut."""
    people = {"A": [50] * 5, "B": [40] * 5, "C": [3] * 5, "D": [30] * 5}
    out = {("B", on(2)), ("C", on(2)), ("D", on(1)), ("D", on(2))}
    rows = [each for each in days(people) if (each["facility"], each["day"]) not in out]

    (missing,) = found_in(counts=rows)["counts.facility_missing"]

    assert (missing.subject, missing.row_count, missing.rows) == (str(on(2)), 1, ("1:7",))
    assert (missing.message.parameters["held"], missing.message.parameters["most"]) == (40, "B")


def test_days_without_a_count_are_named() -> None:
    rows = [each for each in days({"A": [20] * 9}) if each["day"] not in {on(4), on(5)}]

    (gap,) = found_in(counts=rows)["counts.table_missing"]

    assert (gap.from_on, gap.until_on) == (on(3), on(6))


def test_a_day_on_which_most_have_no_number_is_named() -> None:
    rows = days({name: [20, 20, 20] for name in NAMES})
    for row in rows[:24:3][:5]:
        row["people"] = None

    (lacking,) = found_in(counts=rows)["counts.values_missing"]

    assert (lacking.subject, lacking.row_count) == ("2026-03-01", 5)


def test_small_cells_count_where_they_are_parts_too() -> None:
    rows = days({"A": [20]}, parts={"men": 18, "women": 2}) + days({"B": [3]}) + days({"C": [20]}, parts={"men": 20})

    (small,) = found_in(counts=rows)["counts.small_cells"]

    assert (small.row_count, small.rows) == (2, ("1:1", "1:2"))


def averages(numbers: dict[int, dict[str, float]]) -> list[dict[str, Any]]:
    """Tables of averages over the year so far."""
    return [
        {"facility": name, "day": on(at), "stated_day": on(at), "year": 2026, "day_of_year": at + 1, "people": value}
        for at, table in numbers.items()
        for name, value in table.items()
    ]


def test_a_facility_with_the_number_that_another_had_is_named_with_the_nights_that_hang_on_it() -> None:
    def table(number: int) -> dict[str, float]:
        return {name: 30 + at + number / 7 for at, name in enumerate(NAMES)}

    tables = {13: table(1), 27: table(2), 41: table(3), 55: table(4)}
    tables[27]["F0"] = tables[13]["F7"]

    found = found_in(counts=averages(tables))

    (taken,) = found.pop("counts.number_of_another")
    assert found == {}
    assert (taken.subject, taken.rows) == (str(on(27)), ("1:9",))
    assert {taken.message.parameters["most"], taken.message.parameters["other"]} == {"F0", "F7"}


def test_what_stands_out_in_one_table_is_one_finding_a_table() -> None:
    tables = {at: {name: 30.0 + n for n, name in enumerate(NAMES)} for at in (13, 27, 41, 55)}
    tables[27] |= {"F0": 80.5, "F1": 90.5}

    found = found_in(counts=averages(tables))

    (out,) = found["counts.stands_out"]
    assert (out.subject, out.row_count, out.message.parameters["most"]) == (str(on(27)), 2, "F1")
    (fall,) = found["counts.running_total_falls"]
    assert (fall.subject, fall.row_count) == (str(on(41)), 2)
