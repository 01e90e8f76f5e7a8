"""Spark gives what DuckDB gives: the same findings in the same order, and the same figures, byte for byte.

Of real files and of a million rows `test_spark_command` shows it, in a Spark of their own with what everybody has.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from pathlib import Path
from random import Random

import pytest

from habeas import cli
from tests.audit.test_agreement_checks import HEAD
from tests.audit.test_agreement_checks import STINTS as STRETCHES
from tests.audit.test_bill_checks import BILL, FOUND, HEADS, STINTS, write
from tests.audit.test_registers import HEAD as OF_REGISTER
from tests.audit.test_rosters import lists

SAME = ("findings.csv", "figures.json")
pytestmark = pytest.mark.usefixtures("on_spark")


def audited(folder: Path, *arguments: str, told: str = "--identify") -> dict[str, bytes]:
    """What both engines write; by the second, which is Spark."""
    for engine in ("duckdb", "spark"):
        out = folder / engine
        assert cli.main(["audit", *arguments, told, "--out", str(out), "--engine", engine]) == 1
    for name in SAME:
        assert (folder / "spark" / name).read_bytes() == (folder / "duckdb" / name).read_bytes(), name
    return {name: (folder / "spark" / name).read_bytes() for name in SAME}


def test_of_a_bill_beside_stretches(tmp_path: Path) -> None:
    bill = write(tmp_path / "bill.csv", BILL, HEADS["bill.csv"])
    stints = write(tmp_path / "stints.csv", STINTS, HEADS["stints.csv"])

    told = audited(tmp_path, bill, stints)

    assert told["findings.csv"].count(b"\nbills.") > len(FOUND) // 2
    assert b'"convention"' in told["figures.json"]


@pytest.mark.parametrize("told_to", ["--identify", "--public"])
def test_of_stretches_beside_an_agreement(tmp_path: Path, told_to: str) -> None:
    more = [
        "e,Facility One,2026-03-02 10:00,,2026-01-01,",
        "f,Facility One,2026-03-02,2027-03-12,2026-01-01,2026-12-31",
    ]
    (tmp_path / "stints.csv").write_text("\n".join([HEAD, *STRETCHES, *more]) + "\n")

    told = audited(tmp_path, str(tmp_path / "stints.csv"), "--agreement", "model-agreement", told=told_to)

    assert told["findings.csv"].count(b"stints.safeguard,") > (told_to == "--identify")
    assert b'"by_rule"' in told["figures.json"]


def test_of_daily_lists(tmp_path: Path) -> None:
    given = lists(tmp_path, a2025_03_01="facility,person\nN,a\nN,a\nN,b\n", a2025_03_03="facility,person\nN,a\nS,a\n")

    told = audited(tmp_path, given[1], "--preset", "jail-roster")

    assert b"rosters.day_missing" in told["findings.csv"]


Stint = tuple[str, str, date, date]


def stints_drawn(people: int, draw: Random) -> list[Stint]:
    """Person, place, first day and last; each person twice, one after the other."""
    drawn = list[Stint]()
    for number in range(people):
        day = date(2026, 3, 1) + timedelta(days=draw.randrange(20))
        for place in draw.sample(("North Jail", "South", "Unit 9"), 2):
            until = day + timedelta(days=draw.randrange(9))
            drawn.append((f"p{number}", place, day, until))
            day = until
    return drawn


def table(path: Path, head: str, rows: Iterable[Sequence[object]]) -> str:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([head.split(","), *rows])
    return str(path)


def test_of_lists_and_counts_beside_stretches_facilities_and_a_bill(tmp_path: Path) -> None:
    """Lists from which some are left off, with some who are elsewhere or of whom nothing else is known, and counts that
    are sometimes not those of the lists."""
    draw = Random(6)
    stints = stints_drawn(80, draw)
    lists = list[tuple[str, str, date]]()
    for who, where, first, last in stints:
        for number in range((last - first).days + 1):
            if draw.random() < 0.9:
                place = "South" if draw.random() < 0.1 else where.upper().replace(" ", "-")
                lists.append((f"x{who}" if draw.random() < 0.05 else who, place, first + timedelta(days=number)))
    heads = Counter((where, day) for _, where, day in {*lists})
    counts = [(*key, people + draw.choice((-3, 0, 0, 0, 4))) for key, people in sorted(heads.items())]
    billed = [{**each, "person": f"p{number}"} for number, each in enumerate(BILL)]

    told = audited(
        tmp_path,
        table(tmp_path / "stints.csv", OF_REGISTER, stints),
        table(tmp_path / "lists.csv", "person,facility,roster date", lists),
        table(tmp_path / "counts.csv", "facility,day,people", counts),
        table(tmp_path / "places.csv", "facility,capacity,guaranteed minimum", [("north jail", 9, 4), ("South", 7, 5)]),
        write(tmp_path / "bill.csv", billed, HEADS["bill.csv"]),
    )

    ids = {each.partition(b",")[0].decode() for each in told["findings.csv"].splitlines()[1:]}
    assert ids >= {f"rosters.{each}" for each in ("not_held", "no_stretch", "not_listed", "day_missing", "two_places")}
    assert ids >= {f"counts.{each}" for each in ("against_lists", "against_stints", "over_capacity", "under_minimum")}
    assert ids >= {"stints.over_capacity", "rosters.beside_bills"}


def test_of_two_registers_of_one_place(tmp_path: Path) -> None:
    """One lacks some of what the other has, and has other dates of some."""
    draw = Random(7)
    one = stints_drawn(150, draw)
    other = [
        (who, where, first, last + timedelta(days=draw.random() < 0.1))
        for who, where, first, last in one
        if draw.random() < 0.9
    ]

    told = audited(
        tmp_path, *(table(tmp_path / f"register-{len(each)}.csv", OF_REGISTER, each) for each in (one, other))
    )

    assert told["findings.csv"].count(b"\nstints.other_register,") == 3
