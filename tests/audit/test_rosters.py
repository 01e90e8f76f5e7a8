"""Daily lists of who is there: what is made of them, and of days without one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from habeas import cli
from habeas.audit.found import Finding
from habeas.audit.layouts import preset
from habeas.audit.run import audited
from tests.audit.outside import findings

TEN = " ".join("abcdefghij")


def audit(folder: Path, lists: Mapping[str, str]) -> tuple[dict[str, list[Finding]], Any]:
    """By the day in a file's name, the people on the lists: of North, or of another place before a colon."""
    (folder / "lists").mkdir()
    for name, told in lists.items():
        people = [each.rpartition(":") for each in told.split()]
        lines = [f"{place or 'North'},{who}" for place, _, who in people]
        (folder / "lists" / f"jail {name} final.csv").write_text("\n".join(["Facility,Name", *lines]) + "\n")
    with audited(sorted((folder / "lists").iterdir()), key=None, layout=preset("jail-roster")) as found:
        return findings(found), found.figures()["rosters"]


def test_one_list_after_another_is_one_stretch(tmp_path: Path) -> None:
    found, figures = audit(tmp_path, {"2025-03-01": "a b", "2025-03-02": "a b c", "2025-03-03": "a c"})

    assert found == {}
    heads = [["2025-03-01", 2, 2], ["2025-03-02", 3, 3], ["2025-03-03", 2, 2], ["2025-03-04", 0, 0]]
    assert (figures.pop("head_counts_in_sum"), figures.pop("head_counts")) == (
        {"listed": heads},
        {"listed": {"North": heads}},
    )
    assert figures == {
        "lists": 3,
        "facilities": 1,
        "people": 3,
        "stints": 3,
        "stints_if_joined": 3,
        "days_missing": 0,
        "days_least": 7,
        "days_most": 7,
        "last_day": "2025-03-03",
        "by_facility": [
            {
                "facility": "North",
                "stints": 3,
                "stints_if_joined": 3,
                "days_missing": 0,
                "days_least": 7,
                "days_most": 7,
            }
        ],
    }


def test_a_day_without_a_list_is_named_and_makes_bounds(tmp_path: Path) -> None:
    found, figures = audit(tmp_path, {"2025-03-01": "a b", "2025-03-04": "b c", "2025-03-05": "b c"})

    (finding,) = found["rosters.day_missing"]
    assert [*found] == ["rosters.day_missing"]
    assert (finding.subject, str(finding.from_on), str(finding.until_on), finding.days) == (
        "North",
        "2025-03-02",
        "2025-03-04",
        3 * 2,
    )
    told = finding.message.parameters
    assert [told[each] for each in ("missing", "before", "after", "both_lists", "at_most")] == [2, 2, 2, 1, 6]
    assert {
        name: figures[name] for name in ("stints", "stints_if_joined", "days_missing", "days_least", "days_most")
    } == {"stints": 4, "stints_if_joined": 3, "days_missing": 2, "days_least": 6, "days_most": 12}


def test_on_days_without_a_list_at_most_everybody_of_those_before_and_after_is_counted(tmp_path: Path) -> None:
    _, figures = audit(tmp_path, {"2025-03-01": "a b", "2025-03-04": "b c South:d", "2025-03-05": "b"})

    by_place = figures["head_counts"]["listed"]
    assert by_place["North"] == [
        ["2025-03-01", 2, 2], ["2025-03-02", 0, 3], ["2025-03-04", 2, 2], ["2025-03-05", 1, 1], ["2025-03-06", 0, 0]
    ]  # fmt: skip
    assert by_place["South"] == [["2025-03-04", 1, 1], ["2025-03-05", 0, 0]]
    assert figures["head_counts_in_sum"]["listed"][2:4] == [["2025-03-04", 3, 3], ["2025-03-05", 1, 1]]


def test_who_is_left_off_and_back_is_named_once(tmp_path: Path) -> None:
    lists = {f"2025-03-0{day}": "a b" if day not in {2, 5, 6} else "b" for day in range(1, 8)}
    found, figures = audit(tmp_path, lists)

    (finding,) = found["rosters.gone_and_back"]
    assert (finding.subject, finding.is_person, finding.rows) == ("a", True, ("3:2", "7:2"))
    told = finding.message.parameters
    assert [told[each] for each in ("place", "often", "lists", "most")] == ["North", 2, 3, 3]
    assert figures["stints"] == 4


def test_who_was_away_for_longer_has_two_stretches_and_no_finding(tmp_path: Path) -> None:
    lists = {f"2025-03-0{day}": "a b" if day in {1, 6} else "b" for day in range(1, 7)}
    found, figures = audit(tmp_path, lists)

    assert (found, figures["stints"]) == ({}, 3)


def test_who_is_in_two_places_on_one_day_is_named(tmp_path: Path) -> None:
    found, figures = audit(tmp_path, {"2025-03-01": "a South:a", "2025-03-02": "South:a b"})

    (finding,) = found["rosters.two_places"]
    assert (finding.subject, finding.days, finding.rows) == ("a", 1, ("1:2+1:3",))
    assert (figures["facilities"], figures["days_least"]) == (2, 4)


def test_who_is_twice_on_one_list_counts_once(tmp_path: Path) -> None:
    found, figures = audit(tmp_path, {"2025-03-01": "a b a"})

    (finding,) = found["rosters.twice"]
    assert (finding.subject, finding.rows, figures["days_least"]) == ("a", ("1:2+1:4",), 2)


def test_a_list_that_is_that_of_the_day_before_is_named_where_it_is_no_chance(tmp_path: Path) -> None:
    found, _ = audit(
        tmp_path, {"2025-03-01": f"{TEN} South:k", "2025-03-02": f"{TEN} South:k", "2025-03-03": f"{TEN} l"}
    )

    (finding,) = found["rosters.same_list"]
    assert (finding.subject, str(finding.from_on), finding.message.parameters["people"]) == ("North", "2025-03-02", 10)


def lists(folder: Path, **named: str) -> list[str]:
    (folder / "lists").mkdir()
    for name, text in named.items():
        (folder / "lists" / f"{name.replace('_', '-')}.csv").write_text(text)
    return ["audit", str(folder / "lists"), "--out", str(folder / "out"), "--lang", "en"]


def test_a_folder_of_lists_is_audited_by_the_preset(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    head = "facility,person\n"
    given = lists(tmp_path, a2025_03_01=head + "North,Alice\n", a2025_03_02=head, a2025_03_03=head + "North,Alice\n")

    assert cli.main([*given, "--preset", "jail-roster"]) == 1

    assert "to be explained: Day missing: 1" in capsys.readouterr().out
    report = (tmp_path / "out" / "report.html").read_text("utf-8")
    assert ("Falta un día" in report, "Alice" in report) == (True, False)
    assert json.loads((tmp_path / "out" / "figures.json").read_text())["rosters"]["days_missing"] == 1


@pytest.mark.parametrize("name", ["today", "2025-03-01 to 2025-03-02", "2025-02-30"])
def test_a_list_of_no_one_day_is_refused(tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    given = lists(tmp_path, **{name: "facility,person\nNorth,Alice\n"})

    assert cli.main([*given, "--preset", "jail-roster"]) == 2
    assert "has not one day as YYYY-MM-DD" in capsys.readouterr().err


def test_a_list_with_a_column_of_its_day_needs_no_preset(tmp_path: Path) -> None:
    text = "roster_date,facility_name,inmate_id\n2025-03-01,North,1\n2025-03-02,North,1\n"

    assert cli.main(lists(tmp_path, all=text)) == 0
    assert json.loads((tmp_path / "out" / "figures.json").read_text())["rosters"]["stints"] == 1


def test_a_list_is_known_by_its_name_alone_where_its_columns_fit_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "lists"
    folder.mkdir()
    for day, people in (("01", "ab"), ("02", "a"), ("03", "ac")):
        rows = "".join(f"{each},North\n" for each in people)
        (folder / f"roster-2025-03-{day}.csv").write_text(f"inmate_id,jail\n{rows}")

    assert cli.main(["audit", str(folder), "--out", str(tmp_path / "out")]) == 0
    told = json.loads((tmp_path / "out" / "figures.json").read_text("utf-8"))
    assert told["rosters"]["stints"] == 3


@pytest.mark.parametrize(
    ("name", "head"), [("roster", "inmate_id,jail"), ("roster-2025-03-02", "inmate_id,jail,booking date")]
)
def test_what_may_be_a_list_of_a_day_or_of_stretches_is_refused_and_says_how(
    tmp_path: Path, name: str, head: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / f"{name}.csv").write_text(f"{head}\na,North,unknown\n")

    assert cli.main(["audit", str(tmp_path / f"{name}.csv"), "--out", str(tmp_path / "out")]) == 2
    told = capsys.readouterr().err
    assert "No known layout" in told
    assert "name it by that day as YYYY-MM-DD and say --preset jail-roster" in told


def test_lists_can_be_published_without_heads_by_place(tmp_path: Path) -> None:
    text = "roster_date,facility_name,inmate_id\n2025-03-01,North,1\n2025-03-02,North,1\n"

    assert cli.main([*lists(tmp_path, all=text), "--public"]) == 0
    told = json.loads((tmp_path / "out" / "figures.json").read_text())["rosters"]
    assert (told["people"], "head_counts" in told) == (1, False)
