"""Spark gives what DuckDB gives: the same findings in the same order, and the same figures, byte for byte."""

from __future__ import annotations

from pathlib import Path

from habeas import cli
from tests.audit.outside import real
from tests.audit.test_agreement_checks import HEAD
from tests.audit.test_agreement_checks import STINTS as STRETCHES
from tests.audit.test_bill_checks import BILL, FOUND, HEADS, STINTS, write
from tests.audit.test_rosters import lists
from tests.bench import custody

SAME = ("findings.csv", "figures.json")
MILLION = 1_000_000


def audited(folder: Path, *arguments: str) -> dict[str, bytes]:
    """What both engines write; by the second, which is Spark."""
    for engine in ("duckdb", "spark"):
        out = folder / engine
        assert cli.main(["audit", *arguments, "--identify", "--out", str(out), "--engine", engine]) == 1
    for name in SAME:
        assert (folder / "spark" / name).read_bytes() == (folder / "duckdb" / name).read_bytes(), name
    return {name: (folder / "spark" / name).read_bytes() for name in SAME}


def test_of_the_real_counts_facilities_and_placements(tmp_path: Path) -> None:
    names = ("ice_facility_adp_fy19_fy26.csv.gz", "ice_facility_list_2017.csv", "ice_srms_segregation_2018_2023.csv.gz")
    told = audited(tmp_path, *(str(real(each)) for each in names))

    assert b"475164" in told["findings.csv"].replace(b",", b"")
    assert b"14264" in told["figures.json"]


def test_of_a_bill_beside_stretches(tmp_path: Path) -> None:
    bill = write(tmp_path / "bill.csv", BILL, HEADS["bill.csv"])
    stints = write(tmp_path / "stints.csv", STINTS, HEADS["stints.csv"])

    told = audited(tmp_path, bill, stints)

    assert told["findings.csv"].count(b"\nbills.") > len(FOUND) // 2
    assert b'"convention"' in told["figures.json"]


def test_of_stretches_beside_an_agreement(tmp_path: Path) -> None:
    more = [
        "e,Facility One,2026-03-02 10:00,,2026-01-01,",
        "f,Facility One,2026-03-02,2027-03-12,2026-01-01,2026-12-31",
    ]
    (tmp_path / "stints.csv").write_text("\n".join([HEAD, *STRETCHES, *more]) + "\n")

    told = audited(tmp_path, str(tmp_path / "stints.csv"), "--agreement", "model-agreement")

    assert told["findings.csv"].count(b"stints.safeguard,") > 1
    assert b'"by_rule"' in told["figures.json"]


def test_of_daily_lists(tmp_path: Path) -> None:
    given = lists(tmp_path, a2025_03_01="facility,person\nN,a\nN,a\nN,b\n", a2025_03_03="facility,person\nN,a\nS,a\n")

    told = audited(tmp_path, given[1], "--preset", "jail-roster")

    assert b"rosters.day_missing" in told["findings.csv"]


def test_of_a_million_made_stints(tmp_path: Path) -> None:
    custody.write(tmp_path / "stints.parquet", MILLION)
    (tmp_path / "map.toml").write_text(custody.MAP)

    told = audited(tmp_path, str(tmp_path / "stints.parquet"), "--map", str(tmp_path / "map.toml"))

    assert told["findings.csv"].count(b"\n") > MILLION // 100
