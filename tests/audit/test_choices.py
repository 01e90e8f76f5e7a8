"""Each choice changes the numbers that it is said to change, and is told with them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from habeas import cli
from habeas.audit.choices import OPTIONS
from habeas.speech import LANGUAGES, word
from tests.audit.test_audit_command import audit, lines_of

HEADER = "who,where,from,until"
TWICE = ["a,F,2025-03-01 10:00,2025-03-03 09:00"] * 2
INSIDE = "a,F,2025-03-02 08:00,2025-03-02 20:00"
OPEN = "b,F,2025-03-04 10:00,"


def figures(folder: Path, rows: list[str], *options: str, code: int = 1) -> dict[str, Any]:
    assert audit(folder, [HEADER, *rows], *options) == code
    told: dict[str, Any] = json.loads((folder / "out" / "figures.json").read_text("utf-8"))
    return told


def heads(told: dict[str, Any], definition: str = "midnight") -> list[list[Any]]:
    counted: list[list[Any]] = told["stints"]["head_counts_in_sum"][definition]
    return counted


def test_copies_count_once_or_each_row_counts(tmp_path: Path) -> None:
    rows = [*TWICE, INSIDE]
    once, every = figures(tmp_path, rows), figures(tmp_path, rows, "--duplicates", "every")

    assert heads(once) == [["2025-03-01", 1, 1], ["2025-03-03", 0, 0]]
    assert heads(every) == [["2025-03-01", 2, 2], ["2025-03-03", 0, 0]]
    assert heads(every, "any_part")[1] == ["2025-03-02", 3, 3]
    assert [each["stints"]["days_ended"] for each in (once, every)] == [2, 4]
    assert [each["stints"]["copies"] for each in (once, every)] == [1, 0]
    assert once["stints"]["flows"] == every["stints"]["flows"]
    assert once["stints"]["stays"] == every["stints"]["stays"]
    assert "stints.copies" in {each["id"] for each in lines_of(tmp_path / "out")}


def test_rows_alike_without_a_person_count_each_or_once(tmp_path: Path) -> None:
    rows = [",F,2025-03-01 10:00,2025-03-03 09:00"] * 3
    every, once = figures(tmp_path, rows), figures(tmp_path, rows, "--alike", "once")

    assert [heads(each)[0] for each in (every, once)] == [["2025-03-01", 3, 3], ["2025-03-01", 1, 1]]
    assert [each["stints"]["flows"][0]["booked_in"] for each in (every, once)] == [3, 1]
    assert [each["stints"]["stays"]["stays"] for each in (every, once)] == [3, 1]
    assert [each["id"] for each in lines_of(tmp_path / "out")] == ["stints.alike"]


@pytest.mark.parametrize(
    ("value", "counted", "days", "median"),
    [
        ("bounds", [["2025-03-03", 0, 0], ["2025-03-04", 0, 1], ["2025-03-07", 1, 2], ["2025-03-09", 0, 0]], (4, 9), 2),
        ("still-there", [["2025-03-03", 0, 0], ["2025-03-04", 1, 1], ["2025-03-07", 2, 2]], (9, 9), 2),
        ("set-aside", [["2025-03-03", 0, 0], ["2025-03-07", 1, 1], ["2025-03-09", 0, 0]], (4, 4), 2),
    ],
)
def test_an_open_stretch_is_a_bound_or_lasts_or_counts_for_nothing(
    tmp_path: Path, value: str, counted: list[Any], days: tuple[int, int], median: int
) -> None:
    """b is open from 4 March, and the last day in the data is 9 March: five midnights."""
    told = figures(tmp_path, [TWICE[0], OPEN, "c,F,2025-03-07 10:00,2025-03-09 09:00"], "--open-stints", value)

    steps = heads(told)[1:]
    assert steps[: len(counted)] == counted
    assert (told["stints"]["days_ended"], told["stints"]["days_at_most"]) == days
    assert told["stints"]["open"] == 1
    least, most = {"bounds": (5, None), "still-there": (5, 5), "set-aside": (2, 2)}[value]
    ended = 2 if value != "still-there" else 5
    assert told["stints"]["stays"]["p90"] == {"ended": ended, "least": least, "most": most}
    assert "stints.open" in {each["id"] for each in lines_of(tmp_path / "out")}


@pytest.mark.parametrize(("value", "days"), [("midnights", 2), ("calendar-days", 3), ("full-days", 1)])
def test_a_length_is_in_midnights_calendar_days_or_full_days(tmp_path: Path, value: str, days: int) -> None:
    told = figures(tmp_path, TWICE[:1], "--length", value, code=0)

    assert told["stints"]["days_ended"] == told["stints"]["stays"]["median"]["ended"] == days
    assert told["choices"]["length"] == value


@pytest.mark.parametrize(("value", "stays", "longest"), [("24-hours", 3, 6), ("48-hours", 2, 6), ("unbroken", 4, 4)])
def test_hours_on_the_way_to_another_place_are_no_end_of_a_stay(
    tmp_path: Path, value: str, stays: int, longest: int
) -> None:
    """a is six hours on the way, over a midnight; b for thirty hours; c comes back to the same place."""
    rows = [
        "a,F,2025-03-01 10:00,2025-03-02 22:00",
        "a,G,2025-03-03 04:00,2025-03-07 10:00",
        "b,F,2025-03-01 10:00,2025-03-02 10:00",
        "b,G,2025-03-03 16:00,2025-03-04 10:00",
    ]
    told = figures(tmp_path, rows, "--same-stay", value, code=0)["stints"]
    again = ["c,F,2025-03-01 10:00,2025-03-02 10:00", "c,F,2025-03-02 11:00,2025-03-06 10:00"]
    back = figures(tmp_path, again, "--same-stay", value, code=0)["stints"]

    assert (told["stays"]["stays"], told["stays"]["p90"]["ended"]) == (stays, longest)
    assert back["stays"]["stays"] == 2
    assert told["days_ended"] == 7


def test_a_stated_length_is_held_against_days_as_they_are_counted(tmp_path: Path) -> None:
    """Nothing lasts no midnight, one day of which some part was spent, and no full day; what is reversed has no day."""
    (tmp_path / "map.toml").write_text(
        """
        shape = "stints"
        [columns]
        facility = "where"
        from_at = "from"
        until_at = "until"
        stated_days = "stated"
        """
    )
    (tmp_path / "stints.csv").write_text(
        "where,from,until,stated\n"
        "F,2025-03-01 10:00:30,2025-03-03 10:00:29,1\n"
        "F,2025-03-01 10:00:30,2025-03-03 10:00:30,2\n"
        "F,2025-03-05 10:00,2025-03-05 10:00,0\n"
        "F,2025-03-07 10:00,2025-03-07 09:00,5\n"
    )
    for value, wrong in (("midnights", ["1:2"]), ("calendar-days", ["1:2", "1:3", "1:4"]), ("full-days", [])):
        arguments = ("--map", str(tmp_path / "map.toml"), "--out", str(tmp_path / "out"), "--length", value)
        assert cli.main(["audit", str(tmp_path / "stints.csv"), *arguments]) == 1
        found = lines_of(tmp_path / "out")
        assert [each["rows"] for each in found if each["id"] == "stints.stated_length"] == wrong, value


def test_choices_are_told_with_the_numbers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = figures(tmp_path, [*TWICE, OPEN], "--open-stints", "set-aside", "--length", "full-days")

    assert told["choices"] == {
        "duplicates": "once",
        "alike": "every",
        "open_stints": "set-aside",
        "length": "full-days",
        "same_stay": "24-hours",
    }
    named = "--duplicates once, --alike every, --open-stints set-aside, --length full-days, --same-stay 24-hours"
    assert f"Counted with {named}." in capsys.readouterr().out
    report = (tmp_path / "out" / "report.html").read_text("utf-8")
    for language in LANGUAGES:
        for name in ("choice_duplicates", "choice_open_stints_set-aside", "choice_length_full-days"):
            assert word(f"audit.{name}", language) in report, (language, name)
        assert word("audit.choice_length", language) not in report
    assert report.count("--map MAP.toml --open-stints set-aside --length full-days --lang en --out") == len(LANGUAGES)


def test_every_value_of_a_choice_is_said_in_words_in_every_language() -> None:
    for language in LANGUAGES:
        for name, (_, *others) in OPTIONS.items():
            for each in ("", "_changes", *(f"_{value}" for value in others)):
                assert not word(f"audit.choice_{name}{each}", language).startswith("audit."), (language, name, each)


def test_a_choice_that_changes_nothing_here_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "day.csv").write_text("person,facility,day\na,F,2025-03-01\n")
    arguments = ["audit", str(tmp_path / "day.csv"), "--preset", "jail-roster", "--out", str(tmp_path / "out")]

    assert cli.main([*arguments, "--length", "midnights"]) == 2
    assert "--length changes no number here" in capsys.readouterr().err
    assert cli.main([*arguments, "--head-count", "nights"]) == 2
    assert "--head-count changes no number here" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
    assert cli.main([*arguments, "--length", "years"]) == 2
    assert "invalid choice: 'years'" in capsys.readouterr().err
