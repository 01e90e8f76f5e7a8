"""`habeas audit --engine spark`: the same files as without it, byte for byte, and nothing left behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from habeas import cli

MAP = """
shape = "stints"
[columns]
person = "who"
facility = "where"
from_at = "from"
until_at = "until"
stated_days = "stated"
recorded_at = "recorded"
kind = "kind"
"""
ROWS = """
Alice,F,2025-03-05 10:00:00,2025-03-01 09:00:00,,2025-03-05,
Alice,F,2025-03-05 10:00:00,2025-03-05 10:00:00,,,
Bob,F,2025-01-30 10:00:00,2025-04-09 00:00:00,70,2025-01-01,solitary
Bob,G,2025-02-05 23:59:59,2025-03-09 01:00:00,,2025-04-01,solitary
Bob,G,2025-02-05 23:59:59,2025-03-09 01:00:00,,2025-04-01,solitary
,Ñandú,2025-03-05 10:00:00,2025-03-09 09:00:00,4,,
,Ñandú,2025-03-05 10:00:00,2025-03-09 09:00:00,4,,
Carl,G,2025-03-01 10:00:00,,,,
Carl,F,2025-06-10 10:00:00,2025-06-11 09:00:00,,2025-07-01,
Dora,F,2025-03-01 10:00:00,2025-03-16 09:00:00,15.5,,solitary
"""


def audit(folder: Path, out: str, *more: str) -> int:
    (folder / "map.toml").write_text(MAP)
    (folder / "stints.csv").write_text("who,where,from,until,stated,recorded,kind" + ROWS)
    files = (str(folder / "stints.csv"), "--map", str(folder / "map.toml"), "--out", str(folder / out))
    return cli.main(["audit", *files, "--identify", *more])


def test_findings_and_figures_are_the_same_and_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    private = tmp_path / "private"
    private.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(private))
    monkeypatch.chdir(private)

    assert audit(tmp_path, "duckdb") == audit(tmp_path, "spark", "--engine", "spark") == 1

    told = capfd.readouterr()
    assert told.out.count("Findings: ") == 2
    assert "Spark" not in told.out + told.err
    assert "Alice" not in told.err
    for name in ("findings.csv", "figures.json"):
        assert (tmp_path / "spark" / name).read_bytes() == (tmp_path / "duckdb" / name).read_bytes()
    assert len((tmp_path / "spark" / "findings.csv").read_text("utf-8").splitlines()) > 12
    assert [*private.iterdir()] == []


def test_a_cluster_that_does_not_answer_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert audit(tmp_path, "out", "--engine", "spark", "--master", "no-such://place") == 2

    told = capsys.readouterr().err
    assert "Spark at no-such://place" in told
    assert len(told.strip().splitlines()) == 1
    assert not (tmp_path / "out").exists()
