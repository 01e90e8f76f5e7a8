"""Moments of a file on the clock of a place: local days are counted, and hours that it shows twice or never are told."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from habeas import cli
from habeas.audit.zones import changes
from tests.audit.test_audit_command import lines_of

CHICAGO = "America/Chicago"


def audit(folder: Path, rows: Sequence[str], zone: str = CHICAGO, name: str = "stints.csv") -> int:
    """Of whom, from when, until when; in one place."""
    told = f'zone = "{zone}"' * bool(zone)
    columns = 'person = "who"\nfrom_at = "from"\nuntil_at = "until"'
    (folder / "map.toml").write_text(f'shape = "stints"\n{told}\n[columns]\n{columns}\n[constants]\nfacility = "F"\n')
    if rows:
        (folder / name).write_text("\n".join(["who,from,until", *rows]) + "\n")
    files = [str(folder / name), "--map", str(folder / "map.toml"), "--out", str(folder / "out")]
    return cli.main(["audit", *files])


def heads(folder: Path) -> list[list[Any]]:
    told = json.loads((folder / "out" / "figures.json").read_text("utf-8"))
    counted: list[list[Any]] = told["stints"]["head_counts_in_sum"]["midnight"]
    return counted


def test_a_clock_is_set_forward_and_back_at_the_hours_of_its_place() -> None:
    def of(zone: str, first: int = 2025, last: int = 2025) -> list[tuple[str, str, bool]]:
        found = changes(zone, datetime(first, 1, 1, 12, 30, 1), datetime(last, 12, 31))
        return [(f"{begins:%m-%d %H:%M}", f"{ends:%m-%d %H:%M}", is_twice) for begins, ends, is_twice in found]

    assert of(CHICAGO) == [("03-09 02:00", "03-09 03:00", False), ("11-02 01:00", "11-02 02:00", True)]
    assert of("Australia/Lord_Howe") == [("04-06 01:30", "04-06 02:00", True), ("10-05 02:00", "10-05 02:30", False)]
    assert of("America/Phoenix", 1990) == []


def test_moments_with_an_offset_are_of_the_day_of_the_place(tmp_path: Path) -> None:
    """01:30 in UTC is the evening before in Chicago, six hours behind in winter, five in summer; 23:30 at +05:30 is noon.
    What names no offset is of that clock."""
    rows = [
        "a,2025-03-02T01:30:00Z,2025-03-04T05:59:00Z",
        "b,2025-07-02T04:30:00+00:00,2025-07-03T00:00:00-05:00",
        "c,2025-08-02T09:30:00+0530,2025-08-04T23:30:00+05",
        "d,2025-09-02T23:30:00,2025-09-03T00:30:00",
    ]
    assert audit(tmp_path, rows) == 0
    days = ["03-01", "03-03", "07-01", "07-03", "08-01", "08-04", "09-02", "09-03"]
    assert heads(tmp_path) == [[f"2025-{day}", (at + 1) % 2, (at + 1) % 2] for at, day in enumerate(days)]
    assert "put on the clock of America/Chicago" in (tmp_path / "out" / "report.html").read_text("utf-8")

    assert audit(tmp_path, rows, zone="") == 0
    assert heads(tmp_path)[0] == ["2025-03-02", 1, 1]


def test_moments_of_parquet_with_a_zone_are_put_on_the_clock_too(tmp_path: Path) -> None:
    moments = "TIMESTAMPTZ '2025-03-02 01:30:00+00' AS \"from\", TIMESTAMPTZ '2025-03-04 05:59:00+00' AS until"
    with duckdb.connect(":memory:") as rows:
        rows.execute("SET TimeZone = 'Asia/Tokyo'")
        rows.execute(f"COPY (SELECT 'a' AS who, {moments}) TO '{tmp_path / 'stints.parquet'}' (FORMAT parquet)")

    assert audit(tmp_path, [], name="stints.parquet") == 0
    assert heads(tmp_path) == [["2025-03-01", 1, 1], ["2025-03-03", 0, 0]]
    assert audit(tmp_path, [], name="stints.parquet", zone="") == 0
    assert heads(tmp_path) == [["2025-03-02", 1, 1], ["2025-03-04", 0, 0]]


def test_hours_that_a_clock_shows_twice_or_never_are_counted_and_stay(tmp_path: Path) -> None:
    rows = [
        "a,2025-03-09 02:30,2025-03-10 08:00",
        "b,2025-11-01 10:00,2025-11-02 01:15",
        "c,2025-11-02 01:45,2025-11-03 10:00",
        "d,2025-11-02 01:00,2025-11-02 02:00",
    ]
    assert audit(tmp_path, rows) == 0

    report = (tmp_path / "out" / "report.html").read_text("utf-8")
    assert "2 moments in from lie in an hour that the clock of America/Chicago shows twice" in report
    assert "1 moments in until lie in an hour that the clock of America/Chicago shows twice" in report
    assert "1 moments in from lie in an hour that the clock of America/Chicago never shows" in report
    assert "moments in until lie in an hour that the clock of America/Chicago never" not in report
    assert heads(tmp_path)[:2] == [["2025-03-09", 1, 1], ["2025-03-10", 0, 0]]


def test_who_leaves_in_the_second_of_two_hours_is_not_reversed(tmp_path: Path) -> None:
    """From ten to two in the first hour until ten past one in the second: twenty minutes."""
    for row in ("a,2025-11-02 01:50,2025-11-02 01:10", "a,2025-11-02T06:50:00Z,2025-11-02T07:10:00Z"):
        assert audit(tmp_path, [row]) == 0
        assert "1 row begins and ends in an hour" in (tmp_path / "out" / "report.html").read_text("utf-8")

    assert audit(tmp_path, ["a,2025-11-02 02:50,2025-11-02 02:10", "b,2025-11-02 01:50,2025-11-02 01:10"]) == 1
    assert [(each["id"], each["rows"]) for each in lines_of(tmp_path / "out")] == [("stints.reversed", "1:2")]
    assert audit(tmp_path, ["b,2025-11-02 01:50,2025-11-02 01:10"], zone="") == 1


def test_an_hour_between_two_moments_of_one_time_by_the_clock_is_no_row_of_zero_length(tmp_path: Path) -> None:
    """From half past one in the first hour until half past one in the second, beside a row that is of no length."""
    none = "b,2025-11-02T06:30:00Z,2025-11-02T06:30Z"
    assert audit(tmp_path, ["a,2025-11-02T06:30:00Z,2025-11-02T07:30:00Z", none, none.replace("Z", "")]) == 1
    assert [(e["id"], e["rows"]) for e in lines_of(tmp_path / "out")] == [
        ("stints.zero_length", f"1:{n}") for n in (3, 4)
    ]

    with duckdb.connect(":memory:") as rows:
        moments = "TIMESTAMPTZ '2025-11-02 06:30+00' AS \"from\", TIMESTAMPTZ '2025-11-02 07:30+00' AS until"
        rows.execute(f"COPY (SELECT 'a' AS who, {moments}) TO '{tmp_path / 'stints.parquet'}' (FORMAT parquet)")
    assert audit(tmp_path, [], name="stints.parquet") == 0


@pytest.mark.parametrize("zone", ["Chicago", "America/Nowhere", "../../etc/passwd", "America", "CST", "/etc/localtime"])
def test_a_broken_zone_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str], zone: str) -> None:
    assert audit(tmp_path, ["a,2025-03-01,2025-03-02"], zone=zone) == 2
    assert f"{zone} is no time zone: name one like America/Chicago" in capsys.readouterr().err


def test_a_map_that_is_written_keeps_the_zone(tmp_path: Path) -> None:
    audit(tmp_path, ["a,2025-03-01 10:00,2025-03-02 10:00"])
    again = ["--map", str(tmp_path / "map.toml"), "--out", str(tmp_path / "out"), "--write-map", str(tmp_path / "new")]
    assert cli.main(["audit", str(tmp_path / "stints.csv"), *again]) == 0
    assert f'zone = "{CHICAGO}"' in (tmp_path / "new").read_text()
