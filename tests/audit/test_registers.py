"""One register of stretches beside another of the same unit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.audit import outside

HEAD = "person,facility,from,to"
ONE = ("a,Unit 9,2026-03-01,2026-03-05", "b,Unit 9,2026-03-02,2026-03-04", "c,Unit 9,2026-03-03,2026-03-09")


def found_between(folder: Path, *registers: tuple[str, ...]) -> list[dict[str, Any]]:
    """What is said of these registers, each a file of its own."""
    paths = [folder / f"register-{number}.csv" for number in range(len(registers))]
    for path, lines in zip(paths, registers, strict=True):
        path.write_text("\n".join((HEAD, *lines)), "utf-8")
    with outside.audited(paths, key=None) as audit:
        found = outside.findings(audit).get("stints.other_register", [])
    return [{**each.message.parameters, "days": each.days, "rows": each.rows} for each in found]


def numbers(found: dict[str, Any]) -> dict[str, int]:
    return {name: int(found[name]) for name in ("in_one", "in_other", "dated", "alike", "days")}


def test_what_stands_in_one_alone_and_what_has_other_dates_is_one_finding(tmp_path: Path) -> None:
    other = (ONE[0], "b,UNIT-9,2026-03-02,2026-03-06", "d,Unit 9,2026-03-02,2026-03-03", "e,Unit 9,2026-03-03,")

    (found,) = found_between(tmp_path, ONE, other)

    assert numbers(found) == {"in_one": 1, "in_other": 2, "dated": 1, "alike": 1, "days": 6 + 1}
    assert found["rows"] == ("1:3", "1:4", "2:3", "2:4", "2:5")


def test_registers_that_agree_are_no_finding_and_one_alone_is_not_asked(tmp_path: Path) -> None:
    assert found_between(tmp_path, ONE, ONE[::-1]) == []
    assert found_between(tmp_path, ONE) == []


def test_a_file_for_each_month_is_no_other_register(tmp_path: Path) -> None:
    next_month = tuple(each.replace("2026-03-0", "2026-04-0") for each in ONE)

    assert found_between(tmp_path, ONE, next_month) == []


def test_files_with_other_people_are_no_registers_of_the_same(tmp_path: Path) -> None:
    others = tuple(each.replace(each[0], each[0].upper(), 1) for each in ONE[1:])

    assert found_between(tmp_path, ONE, (ONE[0], *others, "X,Unit 9,2026-03-01,2026-03-02")) == []


def test_stretches_beyond_the_common_days_are_asked_of_nobody(tmp_path: Path) -> None:
    earlier = ("z,Unit 9,2026-01-01,2026-02-01", *ONE)

    assert found_between(tmp_path, earlier, (*ONE, "y,Unit 9,2026-05-01,2026-05-02")) == []


def test_where_people_are_not_told_apart_the_day_of_the_beginning_tells(tmp_path: Path) -> None:
    nobody = tuple(f",{each.split(',', 1)[1]}" for each in ONE)
    other = (*ONE[:2], "c,Unit 9,2026-03-03,2026-03-08", "d,Unit 9,2026-03-03,2026-03-09")

    (found,) = found_between(tmp_path, nobody, other)

    assert numbers(found) == {"in_one": 0, "in_other": 1, "dated": 1, "alike": 2, "days": 6}
