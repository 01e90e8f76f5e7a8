"""Who came, who left, how long they stayed, and how many there were over time."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from habeas.audit.layouts import parse
from habeas.audit.series import lines
from tests.audit.outside import audit_of
from tests.audit.test_audit_command import GOOD, audit

LAYOUT = parse(
    """
    shape = "stints"
    [columns]
    person = "person"
    stay = "stay"
    facility = "facility"
    from_at = "from"
    until_at = "until"
    """,
    "stints",
)


def figures_of(folder: Path, *rows: str) -> dict[str, Any]:
    with audit_of(folder, LAYOUT, ["person,stay,facility,from,until", *rows]) as audit:
        return audit.figures()["stints"]


def test_who_moves_within_a_place_neither_comes_nor_leaves(tmp_path: Path) -> None:
    """a is in F from 1 March to 5 April, by three rows of which one lies within another, then in G; b is still there."""
    told = figures_of(
        tmp_path,
        "a,,F,2025-03-01,2025-03-20",
        "a,,F,2025-03-05,2025-03-10",
        "a,,F,2025-03-20,2025-04-05",
        "a,,G,2025-04-05,2025-04-09",
        "b,,F,2025-03-02,",
        ",,F,2025-03-02,2025-04-02",
    )

    assert told["flows"] == [
        {"facility": "F", "month": "2025-03", "booked_in": 3, "booked_out": 0},
        {"facility": "F", "month": "2025-04", "booked_in": 0, "booked_out": 2},
        {"facility": "G", "month": "2025-04", "booked_in": 1, "booked_out": 1},
    ]


def test_a_stay_is_what_the_data_call_so_or_what_is_unbroken(tmp_path: Path) -> None:
    """Stays of 8 (a: two places without a break), 2 (a again), 10 (b: one by its name, with a gap) and 3 midnights, and
    one of 9 so far: of all five, half are no longer than 8 whatever comes of it, but nine of ten may last for ever."""
    told = figures_of(
        tmp_path,
        "a,,F,2025-03-01,2025-03-04",
        "a,,G,2025-03-04,2025-03-09",
        "a,,G,2025-03-10,2025-03-12",
        "b,1,F,2025-03-01,2025-03-03",
        "b,1,F,2025-03-08,2025-03-11",
        ",,F,2025-03-01,2025-03-04",
        "c,,F,2025-03-03,",
    )

    assert told["stays"] == {
        "stays": 5,
        "open": 1,
        "median": {"ended": 3, "least": 8, "most": 8},
        "p90": {"ended": 10, "least": 10, "most": None},
    }


def test_averages_are_of_days_where_they_are_few_and_of_months_where_they_are_many() -> None:
    days, (line,) = lines({"F": [["2025-03-01", 1, 1], ["2025-03-03", 2, 4], ["2025-03-04", 0, 0]]})
    assert (list(days), line.points) == (
        ["2025-03-01", "2025-03-02", "2025-03-03"],
        [(date(2025, 3, 1), 1, 1), (date(2025, 3, 2), 1, 1), (date(2025, 3, 3), 2, 4)],
    )

    months, (line,) = lines({"F": [["2025-03-22", 3, 3], ["2025-04-11", 0, 3], ["2025-06-01", 0, 0]]})
    assert list(months) == ["2025-03", "2025-04", "2025-05"]
    assert line.points == [(date(2025, 3, 22), 3, 3), (date(2025, 4, 1), 1, 3), (date(2025, 5, 1), 0, 3)]


def test_head_counts_stand_in_the_figures_and_are_drawn_by_definition_with_their_table(tmp_path: Path) -> None:
    audit(tmp_path, [GOOD[0], "a,F,2025-03-01 10:00,2025-03-03 09:00", "b,F,2025-03-02 10:00,2025-03-03 09:00"])

    text = (tmp_path / "out" / "figures.json").read_text("utf-8")
    told = json.loads(text)["stints"]
    assert told["head_counts"] == {
        "midnight": {"F": [["2025-03-01", 1, 1], ["2025-03-02", 2, 2], ["2025-03-03", 0, 0]]}
    }
    assert told["head_counts_in_sum"]["any_part"][-1] == ["2025-03-04", 0, 0]
    assert [each for each in text.splitlines() if '"month"' in each and each.count("{") != 1] == []
    report = (tmp_path / "out" / "report.html").read_text("utf-8")
    assert report.count("<polyline") == 2 * 2 * len(told["head_counts_in_sum"])
    assert re.search(r"<td>2025.03.02</td><td class=\"n\">2</td><td class=\"n\">2</td>", report)


def test_head_counts_by_facility_come_by_each_definition_that_is_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [GOOD[0], "a,F,2025-03-01 10:00,2025-03-03 09:00"]
    audit(tmp_path, rows, "--head-count", "nights", "--head-count", "inclusive")

    told = json.loads((tmp_path / "out" / "figures.json").read_text("utf-8"))["stints"]["head_counts"]
    assert told == {
        "nights": {"F": [["2025-03-01", 1, 1], ["2025-03-03", 0, 0]]},
        "inclusive": {"F": [["2025-03-01", 1, 1], ["2025-03-04", 0, 0]]},
    }
    assert audit(tmp_path, rows, "--head-count", "noon") == 2
    assert "noon is no definition of a head count: known are midnight, any_part" in capsys.readouterr().err
