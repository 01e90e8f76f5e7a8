"""`habeas audit --engine spark`: the same files as without it, byte for byte, and nothing left behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from habeas import cli
from habeas.audit.engine import EngineError
from habeas.audit.spark_engine import SparkEngine, spark
from tests.audit.outside import real
from tests.bench import custody
from tests.spark.test_same_answers import audited

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
MILLION = 1_000_000
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


def killed(engine: SparkEngine) -> None:
    """Its Java ends at once, as where a machine is out of memory."""
    java = engine._session.sparkContext._gateway.proc
    java.kill()
    java.wait()


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


def test_choices_are_the_same_there(tmp_path: Path) -> None:
    """All at once: lengths in full days go by the clock, which Spark has in other words."""
    chosen = ("--duplicates", "every", "--alike", "once", "--open-stints", "still-there", "--length", "full-days")

    assert audit(tmp_path, "duckdb", *chosen) == audit(tmp_path, "spark", "--engine", "spark", *chosen) == 1

    for name in ("findings.csv", "figures.json"):
        assert (tmp_path / "spark" / name).read_bytes() == (tmp_path / "duckdb" / name).read_bytes()


def test_a_cluster_that_does_not_answer_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert audit(tmp_path, "out", "--engine", "spark", "--master", "no-such://place") == 2

    told = capsys.readouterr().err
    assert "Spark at no-such://place" in told
    assert len(told.strip().splitlines()) == 1
    assert not (tmp_path / "out").exists()


def answered(folder: Path, *, dies: str) -> int:
    """How many rows are answered to a question, where Java dies before, within or after the answer."""
    with spark(folder, "local[2]") as engine:
        if dies == "before":
            killed(engine)
        answer = engine.execute("SELECT unnest(range(0, 1000, 1)) AS number")
        assert answer.fetchone() == (0,)
        if dies == "within":
            killed(engine)
        rows = len(answer.fetchall())
        killed(engine)
    return 1 + rows


@pytest.mark.parametrize("dies", ["before", "within"])
def test_a_java_that_dies_is_said_where_something_was_asked(tmp_path: Path, dies: str) -> None:
    with pytest.raises(EngineError) as told:
        answered(tmp_path, dies=dies)

    assert told.value.message.code == "audit.spark_failed"


def test_a_java_that_dies_after_all_was_answered_changes_nothing(tmp_path: Path) -> None:
    assert answered(tmp_path, dies="after") == 1000


def test_of_the_real_counts_facilities_and_placements(tmp_path: Path) -> None:
    names = ("ice_facility_adp_fy19_fy26.csv.gz", "ice_facility_list_2017.csv", "ice_srms_segregation_2018_2023.csv.gz")
    told = audited(tmp_path, *(str(real(each)) for each in names))

    assert b"475164" in told["findings.csv"].replace(b",", b"")
    assert b"14264" in told["figures.json"]


def test_of_a_million_made_stints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JDK_JAVA_OPTIONS")  # this one lives for longer
    custody.write(tmp_path / "stints.parquet", MILLION)
    (tmp_path / "map.toml").write_text(custody.MAP)

    told = audited(tmp_path, str(tmp_path / "stints.parquet"), "--map", str(tmp_path / "map.toml"))

    assert told["findings.csv"].count(b"\n") > MILLION // 100
