"""Stints that others recorded beside an agreement: its facilities and places, the rules for who is held, what is due."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from habeas import agreements, cli

HEAD = "person,facility,from,to,title_from,title_until"
STINTS = [
    "a,facility-one,2026-03-02 10:00,2026-03-12 10:00,2026-01-01,2026-03-07",
    "b,Facility One,2026-03-02 10:00,2026-03-12 10:00,2026-01-01,2026-12-31",
    "c,facility-one,2026-03-02 10:00,2026-03-05 10:00,,",
    "d,Elsewhere,2026-03-02 10:00,2026-03-05 10:00,2026-01-01,2026-12-31",
]


def audit(folder: Path, lines: list[str], *more: str, agreement: str = "model-agreement") -> Path:
    (folder / "stints.csv").write_text("\n".join([HEAD, *lines]) + "\n")
    out = folder / "out"
    given = [str(folder / "stints.csv"), "--agreement", agreement, "--out", str(out)]
    assert cli.main(["audit", *given, *more]) in {0, 1}
    return out


def found(out: Path) -> list[tuple[str, ...]]:
    with (out / "findings.csv").open(encoding="utf-8", newline="") as file:
        rows = [*csv.DictReader(file)]
    return [(e["id"], e["subject"], e["from"], e["until"], e["days"]) for e in rows if e["id"] in NEW]


NEW = {"stints.safeguard", "stints.over_places", "stints.not_agreed", "stints.title_late", "stints.title_expired"}


def told(out: Path) -> Any:
    return json.loads((out / "figures.json").read_text())["agreement"]


def test_a_title_that_ran_out_and_a_return_that_was_due_are_found_with_their_days(tmp_path: Path) -> None:
    out = audit(tmp_path, STINTS, "--identify")

    # Sixty days before the seventh of March the return was due: all eleven days are too late, and six have no title.
    assert found(out) == [
        ("stints.safeguard", "a", "2026-03-02", "2026-03-13", "11"),
        ("stints.safeguard", "a", "2026-03-07", "2026-03-13", "6"),
        ("stints.not_agreed", "Elsewhere", "2026-03-02", "2026-03-06", ""),
    ]


def test_what_the_file_does_not_say_is_not_shown_and_counted_apart(tmp_path: Path) -> None:
    rules = {each["rule"]: each for each in told(audit(tmp_path, STINTS))["by_rule"]}

    title = rules["iccpr.title_abroad"]
    assert (title["met"], title["not_met"], title["not_shown"]) == (5 + 11 + 4, 6, 4)


def test_a_title_that_another_row_of_the_person_gives_counts(tmp_path: Path) -> None:
    renewed = [STINTS[0], "a,facility-one,2026-03-12 10:00,2026-03-13 10:00,2026-03-07,2026-12-31"]

    assert found(audit(tmp_path, renewed)) == []


def test_a_title_that_ended_is_one_finding_with_every_rule_that_hangs_on_it(tmp_path: Path) -> None:
    out = audit(tmp_path, [STINTS[0], STINTS[0].replace("a,", ",")], "--identify")

    with (out / "findings.csv").open(encoding="utf-8", newline="") as file:
        said = {each["id"]: each["message"] for each in csv.DictReader(file) if "title" in each["message"]}
    assert said["stints.safeguard"] == (
        "Not met: A legal title to detain is in force in the receiving state (iccpr.title_abroad);"
        " The title to detain has not run out (iccpr.title_review)."
    )
    # Of whom the row has no name no rule can be asked.
    assert [each[:2] for each in found(out) if "title" in each[0]] == [("stints.title_expired", "facility-one")]


def test_custody_before_the_title_is_found_by_the_rules_alone(tmp_path: Path) -> None:
    early = ["a,facility-one,2026-03-02 10:00,2026-03-12 10:00,2026-03-05,2026-12-31"]

    assert found(audit(tmp_path, early, "--identify")) == [("stints.safeguard", "a", "2026-03-02", "2026-03-05", "3")]


def test_a_file_without_titles_is_asked_no_rule_and_that_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "s.csv").write_text("person,facility,from,to\na,facility-one,2026-03-02 10:00,2026-03-12 10:00\n")
    given = [str(tmp_path / "s.csv"), "--agreement", "model-agreement", "--out", str(tmp_path / "o")]

    assert cli.main(["audit", *given, "--format", "json"]) == 0

    checks = {each["id"]: each for each in json.loads(capsys.readouterr().out)["checks"]}
    assert checks["stints.safeguard"]["lacks"] == ["title_from", "title_until"]


def test_more_people_than_agreed_places_are_one_finding_with_the_days_beyond(tmp_path: Path) -> None:
    lines = [f"p{number},facility-one,2026-03-02 10:00,2026-03-05 10:00,," for number in range(122)]
    lines += ["open,facility-one,2026-03-02 10:00,,,"]

    assert found(audit(tmp_path, lines)) == [("stints.over_places", "facility-one", "2026-03-02", "2026-03-05", "6")]


def test_person_days_stand_beside_what_they_come_to_by_each_convention(tmp_path: Path) -> None:
    rows = told(audit(tmp_path, STINTS))["by_convention"]

    assert {each["convention"]: (each["person_days"], each["comes_to_minor"]) for each in rows} == {
        "any_part": (30, 3000_00), "first_not_last": (26, 2600_00), "midnight": (26, 2600_00), "nights": (26, 2600_00)
    }  # fmt: skip
    assert {each["convention"] for each in rows if each["basis"] == "stated"} == {"midnight"}
    assert all("billed_minor" not in each for each in rows)


def test_settling_and_auditing_come_to_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = told(audit(tmp_path, STINTS))["by_convention"]
    capsys.readouterr()
    dates = ["--from", rows[0]["from"], "--to", rows[0]["until"]]
    assert (
        cli.main(["settle", str(tmp_path / "stints.csv"), "--agreement", "model-agreement", *dates, "--format", "json"])
        == 0
    )

    (counted,) = json.loads(capsys.readouterr().out)["parts"][0]["counted"]
    (stated,) = [each for each in rows if each["basis"] == "stated"]
    assert (counted["person_days"], counted["due"]["minor"]) == (stated["person_days"], stated["comes_to_minor"])


def test_the_rule_is_named_and_the_report_says_with_which_agreement_to_repeat_it(tmp_path: Path) -> None:
    report = (audit(tmp_path, STINTS, "--lang", "es") / "report.html").read_text("utf-8")

    assert "Not met: The return is not overdue (agreement.returned_when_due)." in report
    spanish = "No se cumple: El regreso no está vencido (agreement.returned_when_due)."
    assert spanish in report
    assert spanish in (tmp_path / "out" / "findings.csv").read_text("utf-8")
    assert "--agreement model-agreement" in report


def test_nothing_of_an_agreement_is_asked_where_none_is_given(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text("\n".join([HEAD, *STINTS]) + "\n")

    cli.main(["audit", str(tmp_path / "s.csv"), "--out", str(tmp_path / "o")])

    assert {each[0] for each in found(tmp_path / "o")} == {"stints.title_expired"}
    assert "agreement" not in json.loads((tmp_path / "o" / "figures.json").read_text())


def test_an_agreement_that_is_none_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "s.csv").write_text("\n".join([HEAD, *STINTS]) + "\n")

    assert cli.main(["audit", str(tmp_path / "s.csv"), "--agreement", "nowhere", "--out", str(tmp_path / "o")]) == 2
    assert "nowhere" in capsys.readouterr().err


@pytest.mark.parametrize("id", agreements.ids())
def test_every_agreement_can_be_asked_beside_stretches(tmp_path: Path, id: str) -> None:
    (tmp_path / "s.csv").write_text("person,facility,from,to\na,F,2015-12-30,2016-09-02\nb,F,2016-01-01,\n", "utf-8")
    (tmp_path / "b.csv").write_text(
        "person,facility,from,to,amount,currency\na,F,2016-01-02,2016-01-05,300,EUR\n", "utf-8"
    )

    for files in (["s.csv"], ["s.csv", "b.csv"]):
        asked = [str(tmp_path / each) for each in files]
        assert cli.main(["audit", *asked, "--agreement", id, "--out", str(tmp_path / "out")]) in (0, 1)


def test_an_agreement_is_asked_in_the_version_of_a_day(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = audit(tmp_path, STINTS, agreement="us-hi-saguaro@2016-01-01")

    assert told(out)["agreement"] == "us-hi-saguaro"
    with pytest.raises(AssertionError):
        audit(tmp_path, STINTS, agreement="us-hi-saguaro@yesterday")
    assert "write it as 2026-03-01" in capsys.readouterr().err
