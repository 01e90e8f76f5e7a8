"""Counts that are published again and again: what can't be so, and what only looks so."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from habeas.audit.run import audited
from tests.audit.outside import COUNTS, audit_of, findings, real

HEAD = "facility,published,of,year,number,people,a,b"
FACILITIES = [f"F{number}" for number in range(8)]
BEGAN = date(2025, 9, 30)


def table(of_year: int, people: dict[str, float], **said: object) -> list[str]:
    """The lines of one table, of a day of the year 2026 and published five days later."""
    of = BEGAN + timedelta(days=of_year)
    told = {"published": of + timedelta(days=5), "of": of, "year": 2026, "number": of_year, **said}
    middle = ",".join(str(told[name]) for name in ("published", "of", "year", "number"))
    return [f"{facility},{middle},{value},{value},{said.get('b', 0)}" for facility, value in people.items()]


def steady(*numbers: int) -> dict[int, list[str]]:
    """Tables in which nobody moves."""
    return {number: table(number, {each: 10 + at for at, each in enumerate(FACILITIES)}) for number in numbers}


def kinds(folder: Path, *tables: list[str]) -> dict[str, list]:
    with audit_of(folder, COUNTS, [HEAD, *(line for each in tables for line in each)]) as audit:
        return findings(audit)


def test_tables_in_which_nothing_is_wrong_give_no_finding(tmp_path: Path) -> None:
    assert kinds(tmp_path, *steady(14, 28, 42, 56).values()) == {}


def test_a_running_total_that_falls_is_one_finding_a_table_with_its_nights(tmp_path: Path) -> None:
    tables = steady(14, 28, 42)
    tables[42] = table(42, {each: 5 if each == "F0" else 10 + at for at, each in enumerate(FACILITIES)})

    found = kinds(tmp_path, *tables.values())

    (fall,) = found.pop("counts.running_total_falls")
    assert found == {}
    assert (fall.subject, fall.from_on, fall.row_count) == ("2025-11-11", date(2025, 10, 28), 1)
    assert fall.days == Decimal(str(10 * 28 - 5 * 42))
    assert fall.rows == ("1:18",)
    assert fall.message.parameters["both_have"] == 8


def test_an_old_table_published_as_new_is_one_finding_and_makes_nothing_fall(tmp_path: Path) -> None:
    tables = steady(14, 28, 42, 56)
    again = table(14, {each: 10 + at for at, each in enumerate(FACILITIES)}, published=date(2025, 12, 1))

    found = kinds(tmp_path, *tables.values(), again)

    (stale,) = found.pop("counts.stale_table")
    assert found == {}
    assert (stale.subject, stale.row_count, stale.message.parameters["of_day"]) == ("2025-12-01", 8, date(2025, 10, 14))


def test_an_old_table_without_a_day_of_its_own_is_known_by_its_numbers(tmp_path: Path) -> None:
    first = table(14, {each: 10 + at for at, each in enumerate(FACILITIES)}, of="")
    second = table(28, {each: 30 + at for at, each in enumerate(FACILITIES)}, of="")
    again = table(42, {each: 10 + at for at, each in enumerate(FACILITIES)}, of="")

    found = kinds(tmp_path, first, second, again)

    assert [each.subject for each in found["counts.stale_table"]] == ["2025-11-16"]


def test_a_year_typed_wrong_is_named_with_the_likely_day_and_makes_nothing_fall(tmp_path: Path) -> None:
    tables = steady(14, 28, 56)
    wrong = {"of": date(2024, 11, 11), "number": 42 - 365, "published": date(2025, 11, 16)}
    tables[42] = table(42, dict.fromkeys(FACILITIES, 11), **wrong)

    found = kinds(tmp_path, *tables.values())

    (typed,) = found.pop("counts.date_mistyped")
    assert found == {}
    assert typed.message.parameters["likely"] == date(2025, 11, 11)


def test_a_final_table_of_the_year_before_is_a_note_and_nothing_falls(tmp_path: Path) -> None:
    final = table(360, dict.fromkeys(FACILITIES, 9), year=2025, of=date(2025, 9, 25), published=date(2025, 12, 31))

    found = kinds(tmp_path, *steady(14, 28, 42).values(), final)

    assert [*found] == ["counts.late_final"]


def test_where_values_are_missing_nothing_falls_for_that(tmp_path: Path) -> None:
    tables = steady(14, 28, 42)
    tables[28] = [
        line if at > 3 else ",".join([*line.split(",")[:5], "1", "", "1"]) for at, line in enumerate(tables[28])
    ]

    found = kinds(tmp_path, *tables.values())

    (missing,) = found.pop("counts.values_missing")
    assert (missing.row_count, missing.message.parameters["of_rows"]) == (4, 8)
    assert "counts.running_total_falls" not in found


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(nights=st.lists(st.lists(st.integers(0, 500), min_size=8, max_size=8), min_size=2, max_size=5))
def test_totals_that_only_grow_never_fall(tmp_path: Path, nights: list[list[int]]) -> None:
    grown = [[sum(of[at] for of in nights[: n + 1]) for at in range(8)] for n in range(len(nights))]
    tables = [
        table(14 * (n + 1), {each: totals[at] / (14 * (n + 1)) for at, each in enumerate(FACILITIES)})
        for n, totals in enumerate(grown)
    ]

    assert "counts.running_total_falls" not in kinds(tmp_path, *tables)


def test_what_is_known_of_the_real_releases_comes_out(tmp_path: Path) -> None:
    with audited([real("ice_facility_adp_fy19_fy26.csv.gz")], key=None) as audit:
        found, figures = findings(audit), audit.figures()["counts"]

    fall = found["counts.running_total_falls"][0]
    told = fall.message.parameters
    assert (fall.subject, fall.row_count, told["over_a_night"], told["both_have"]) == ("2025-07-07", 96, 95, 168)
    assert round(fall.days or 0) == 475_164
    (taken,) = found["counts.number_of_another"]
    assert (taken.subject, taken.row_count, told["before"]) == ("2025-06-23", 5, date(2025, 6, 23))
    assert 0 < (taken.days or 0) < (fall.days or 0)
    stale = {each.subject: each.message.parameters for each in found["counts.stale_table"]}
    assert stale["2022-08-04"]["of_day"] == stale["2022-08-09"]["of_day"] == date(2022, 2, 7)
    assert stale["2022-09-15"]["of_day"] == stale["2022-12-06"]["of_day"] == date(2020, 2, 24)
    assert stale["2022-09-15"]["people"] == 43_476
    typed = [(each.subject, each.message.parameters["stated"]) for each in found["counts.date_mistyped"]]
    assert typed == [("2023-02-03", date(2022, 1, 23))]
    lacking = {
        each.subject: (each.row_count, each.message.parameters["of_rows"]) for each in found["counts.values_missing"]
    }
    assert lacking["2022-07-08"] == (85, 131)
    assert figures["tables"] == 134
    newest = next(each for each in figures["by_table"] if each["of_day"] == "2025-07-07")
    assert (newest["rows"], newest["people"]) == (172, 42_220.7)


def test_what_is_known_of_the_real_list_of_facilities_comes_out(tmp_path: Path) -> None:
    with audited([real("ice_facility_list_2017.csv")], key=None) as audit:
        found, figures = findings(audit), audit.figures()["facilities"]

    assert (figures["with_capacity"], figures["with_minimum"], figures["minimum_places"]) == (149, 35, 22_477)
    rates = [float(figures[f"rate_{each}"]) for each in ("lowest", "median", "highest")]
    assert (figures["with_rate"], rates) == (390, [24.71, 67.0, 257.0])
    assert (figures["facilities"], figures["unnamed"]) == (1685, 207)
    with real("ice_facility_list_2017.csv").open(encoding="utf-8", newline="") as file:
        places = [(row["Capacity"], int(row["FY17 Max Pop Count"])) for row in csv.DictReader(file)]
    # The note beside the file says 52, and 877 for Irwin: the file itself has these.
    above = sum(capacity.isdigit() and peak > int(capacity) for capacity, peak in places)
    assert figures["peak_over_capacity"] == len(found["facilities.over_capacity"]) == above
    irwin = [each for each in found["facilities.over_capacity"] if each.subject.startswith("IRWIN")]
    assert [each.message.parameters for each in irwin] == [{"places": 512, "peak": 903}]


def test_less_than_nobody_is_found_by_place(tmp_path: Path) -> None:
    tables = steady(14)
    tables[14][1] = tables[14][1].removesuffix(",0") + ",-2"
    tables[14][0] = tables[14][0].replace(",10,10,", ",-10,-10,")

    assert [(each.subject, each.rows) for each in kinds(tmp_path, *tables.values())["counts.negative"]] == [
        ("F0", ("1:2",)),
        ("F1", ("1:3",)),
    ]
