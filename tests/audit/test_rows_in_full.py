"""A finding names every row that shows it, and the largest stands first."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from habeas import cli
from habeas.audit import output
from habeas.audit.found import MOST_ROWS
from tests.audit.outside import STINTS, audit_of, findings
from tests.audit.test_chain_checks import LAYOUT, rows
from tests.audit.test_stint_checks import HEAD
from tests.bench.custody import MAP

STATED = "person,facility,from,until,days,recorded,kind"


def audited(folder: Path, lines: list[str]) -> list[dict[str, str]]:
    (folder / "data.csv").write_text("\n".join([STATED, *lines]) + "\n")
    (folder / "map.toml").write_text(MAP)
    given = [str(folder / "data.csv"), "--map", str(folder / "map.toml"), "--identify", "--out", str(folder / "out")]
    assert cli.main(["audit", *given]) == 1
    with (folder / "out" / "findings.csv").open(encoding="utf-8", newline="") as file:
        return [*csv.DictReader(file)]


@pytest.mark.parametrize("many", [1, 1 << 60], ids=["by the engine", "one by one"])
def test_the_largest_stands_first_and_what_is_as_large_in_the_order_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, many: int
) -> None:
    monkeypatch.setattr(output, "MANY", many)
    apart = {"a": 5, "b": 7, "c": 14, "d": 7}
    told = audited(tmp_path, [f"{who},F,2025-03-01,2025-03-05,{4 + days},," for who, days in apart.items()])

    assert [(each["subject"], float(each["days"])) for each in told] == [("c", 14), ("b", 7), ("d", 7), ("a", 5)]
    report = (tmp_path / "out" / "report.html").read_text("utf-8")
    assert "The largest. c: In F: the file states 18 days" in report


def test_every_row_is_named_up_to_a_bound_and_the_others_are_counted(tmp_path: Path) -> None:
    (few,) = audited(tmp_path, ["a,F,2025-03-01,,,,"] * 1 + [f"p{at},F,2025-03-01,,,," for at in range(20)])
    assert (few["rows"].split(), few["rows_more"]) == ([f"1:{line}" for line in range(2, 23)], "0")

    (much,) = audited(tmp_path, [f"p{at},F,2025-03-01,,,," for at in range(MOST_ROWS + 3)])
    assert (len(much["rows"].split()), much["row_count"], much["rows_more"]) == (MOST_ROWS, "1003", "3")


PAIRS = {
    "stints.overlap": (["a F 01 20", "a G 02 03", "a H 05 30"], ["1:2+1:3", "1:2+1:4"]),
    "stints.open_before": (["a F 01 -", "a G 03 04", "a H 05 06"], ["1:2+1:3", "1:2+1:4"]),
    "stints.near_copies": (["a F 01 05", "b F 01 05", "a F 01 09"], ["1:2+1:4"]),
    "stints.place_twice": (["a F 01 05 unit=1", "b F 02 09 unit=1", "c F 08 10 unit=1"], ["1:2+1:3", "1:3+1:4"]),
    "stints.copies": (["a F 01 05", "b F 01 05", "a F 01 05", "b F 01 05"], ["1:2+1:4", "1:3+1:5"]),
    "stints.vanished": (["a F 01 05 stay=1", "a F 09 11 stay=1"], ["1:2+1:3"]),
    "stints.gap": (["a F 01 05 stay=1", "a G 09 11 stay=1"], ["1:2+1:3"]),
    "stints.title_changed": (["a F 01 05", "a G 05 09 title=order"], ["1:2+1:3"]),
}


@pytest.mark.parametrize("check", PAIRS)
def test_both_rows_are_named_where_it_takes_two(tmp_path: Path, check: str) -> None:
    told, expected = PAIRS[check]
    with audit_of(tmp_path, LAYOUT, rows(*told)) as audit:
        found = findings(audit)[check]

    assert sorted(row for each in found for row in each.rows) == expected


def test_the_place_that_is_named_is_that_of_the_row_that_is_named(tmp_path: Path) -> None:
    lines = ["a,F,2025-03-05,2025-03-09,,,", "a,G,2025-03-05,2025-03-09,,,", "a,A,2025-03-06,2025-03-09,,,"]
    with audit_of(tmp_path, STINTS, [HEAD, *lines]) as audit:
        found = findings(audit)["stints.overlap"]

    told = {each.rows: dict(each.told)["elsewhere"] for each in found}
    assert told == {("1:2+1:3",): "F", ("1:2+1:4",): "F"}
