"""Stretches of custody: each row alone, and the rows of one person one after another."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from habeas.audit.run import audited
from tests.audit.outside import STINTS, audit_of, findings, real

HEAD = "person,facility,from,until,stated,recorded,kind"
SPEC = {
    "reversed": (["a,F,2025-03-05,2025-03-01,,,"], {"stints.reversed": 1}),
    "zero length": (["a,F,2025-03-05,2025-03-05,,,"], {"stints.zero_length": 1}),
    "stated otherwise": (["a,F,2025-03-05,2025-03-09,5,,"], {"stints.stated_length": 1}),
    "stated as it is": (["a,F,2025-03-05,2025-03-09,4,,"], {}),
    "an exact copy": (["a,F,2025-03-05,2025-03-09,,,"] * 3, {"stints.copies": 1}),
    "alike without a person": ([",F,2025-03-05,2025-03-09,,,"] * 2, {"stints.alike": 1}),
    "abutting": (["a,F,2025-03-05,2025-03-09,,,", "a,G,2025-03-09,2025-03-12,,,"], {}),
    "two places at once": (["a,F,2025-03-05,2025-03-09,,,", "a,G,2025-03-08,2025-03-12,,,"], {"stints.overlap": 1}),
    "within one longer ago": (
        ["a,F,2025-03-01,2025-03-30,,,", "a,G,2025-03-02,2025-03-03,,,", "a,H,2025-03-10,2025-03-11,,,"],
        {"stints.overlap": 2},
    ),
    "open and elsewhere": (
        ["a,F,2025-03-01,,,,", "a,G,2025-03-10,2025-03-11,,,"],
        {"stints.open": 1, "stints.open_before": 1},
    ),
    "recorded before": (["a,F,2025-03-05,2025-03-09,,2025-03-01 10:00:00,"], {"stints.recorded_before": 1}),
    "recorded late, of solitary": (["a,F,2025-03-05,2025-03-20,,2025-03-20,solitary"], {"stints.recorded_late": 1}),
    "recorded on the last day": (["a,F,2025-03-05,2025-03-20,,2025-03-19,solitary"], {}),
    "recorded after the end": (["a,F,2025-03-05,2025-03-09,,2025-03-10,"], {"stints.recorded_after_end": 1}),
    "fifteen days of solitary": (["a,F,2025-03-01,2025-03-16,,,solitary"], {}),
    "sixteen": (["a,F,2025-03-01,2025-03-17,,,solitary"], {"stints.prolonged": 1}),
}


@pytest.mark.parametrize("of", SPEC)
def test_each_check_finds_what_it_is_for_and_nothing_beside_it(tmp_path: Path, of: str) -> None:
    lines, expected = SPEC[of]
    with audit_of(tmp_path, STINTS, [HEAD, *lines]) as audit:
        found = {id: len(each) for id, each in findings(audit).items()}

    assert found == expected


def test_a_person_has_one_name_in_a_run_and_another_in_the_next(tmp_path: Path) -> None:
    lines = [HEAD, "Alice,F,2025-03-05,2025-03-01,,,", "Alice,F,2025-03-08,2025-03-07,,,"]
    names = []
    for key in (b"one", b"two", None):
        with audit_of(tmp_path, STINTS, lines, key) as audit:
            names.append({each.subject for each in findings(audit)["stints.reversed"]})

    assert [len(each) for each in names] == [1, 1, 1]
    assert names[0] != names[1]
    assert names[2] == {"Alice"}
    assert all("Alice" not in name for each in names[:2] for name in each)


def test_days_that_hang_on_open_stretches_come_as_bounds(tmp_path: Path) -> None:
    lines = [HEAD, "a,F,2025-03-01,2025-03-11,,,", "b,F,2025-03-06,,,,"]
    with audit_of(tmp_path, STINTS, lines) as audit:
        figures = audit.figures()["stints"]

    assert (figures["days_ended"], figures["days_at_most"], figures["last_day"]) == (10, 15, "2025-03-11")


def test_what_is_known_of_the_real_segregation_register_comes_out() -> None:
    with audited([real("ice_srms_segregation_2018_2023.csv.gz")], key=None) as audit:
        found = {id: len(each) for id, each in findings(audit).items()}
        figures = audit.figures()["stints"]

    assert (figures["stints"], figures["open"], figures["facilities"]) == (14_264, 155, 126)
    assert (figures["mean_stated_days"], figures["median_stated_days"]) == (27.02, 15)
    assert (found["stints.stated_length"], found["stints.recorded_before"]) == (135, 35)
    assert (found["stints.recorded_late"], found["stints.recorded_after_end"]) == (3_835, 1_245)


def test_days_are_dates_as_they_stand(tmp_path: Path) -> None:
    lines = [HEAD, "a,F,03/25/2025,2025-03-01 23:59:59,,,"]
    with audit_of(tmp_path, STINTS, lines) as audit:
        (found,) = findings(audit)["stints.reversed"]

    assert (found.from_on, found.until_on) == (date(2025, 3, 25), date(2025, 3, 1))


def test_copies_and_reversed_rows_are_in_no_mean(tmp_path: Path) -> None:
    rows = ["a,F,2025-03-01,2025-03-11,10,,"] * 3 + ["b,F,2025-03-01,2025-03-03,2,,", "c,F,2025-03-09,2025-03-01,9,,"]
    with audit_of(tmp_path, STINTS, [HEAD, *rows]) as audit:
        figures = audit.figures()["stints"]

    assert (figures["mean_stated_days"], figures["median_stated_days"]) == (6, 6)
    assert (figures["mean_days_ended"], figures["days_ended"]) == (6, 12)


MISTYPED = {
    "the length tells, of a reversed one": (["a,F,2025-03-05,2024-03-09,4,,"], "2024-03-09", "2025-03-09"),
    "the next stretch tells": (
        ["a,F,2024-03-05,2025-03-09,,,", "a,G,2024-03-09,2024-03-12,,,"],
        "2025-03-09",
        "2024-03-09",
    ),
    "the one before tells": (
        ["a,F,2023-03-05,2025-03-09,,,", "a,G,2025-03-01,2025-03-05,,,"],
        "2023-03-05",
        "2025-03-05",
    ),
    "the record tells, of one in the future": (["a,F,2035-03-05,,,2025-03-05 10:00:00,"], "2035-03-05", "2025-03-05"),
    "the record tells which, where the length leaves it open": (
        ["a,F,2024-03-05,2025-03-09,4,2025-03-06 10:00:00,"],
        "2024-03-05",
        "2025-03-05",
    ),
}


@pytest.mark.parametrize("of", MISTYPED)
def test_a_year_typed_wrong_is_found_with_the_one_that_would_fit(tmp_path: Path, of: str) -> None:
    rows, typed, likely = MISTYPED[of]
    with audit_of(tmp_path, STINTS, [HEAD, *rows]) as audit:
        (found,) = findings(audit)["stints.date_mistyped"]
        told = audit.figures()["stints"]

    assert found.rows == ("1:2",)
    assert {name: str(value) for name, value in found.told if name in ("typed", "likely")} == {
        "typed": typed,
        "likely": likely,
    }
    assert told["stints"] == len(rows)


@pytest.mark.parametrize(
    "rows",
    [
        ["a,F,2024-03-05,2025-03-09,369,2024-03-06 10:00:00,", "a,G,2025-03-09,2025-03-12,,,"],  # long, and right
        ["a,F,2025-03-05,2024-03-09,,,"],  # reversed, and nothing tells by what
        ["a,F,2025-03-05,2025-03-09,4,2026-03-06 10:00:00,"],  # recorded late
    ],
)
def test_a_year_that_nothing_contradicts_is_not_doubted(tmp_path: Path, rows: list[str]) -> None:
    with audit_of(tmp_path, STINTS, [HEAD, *rows]) as audit:
        assert "stints.date_mistyped" not in findings(audit)
