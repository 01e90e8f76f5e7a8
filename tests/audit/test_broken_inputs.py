"""Files that are broken in ways that other tests have not: each is read rightly, or refused in one sentence."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import pytest

from habeas.audit.lines import ReadingError
from habeas.audit.reading import read
from tests.audit.test_reading import GOOD, HEAD, later, rows, sheet, typed


def refused(folder: Path) -> str:
    with pytest.raises(ReadingError) as told:
        read(folder / "data", folder, 1)
    return told.value.message.code


def test_ends_of_lines_may_be_mixed(tmp_path: Path) -> None:
    with typed(tmp_path, f"{GOOD[0]}\r\n{GOOD[1]}\n{GOOD[2]}\r\n".encode()) as (source, engine):
        assert rows(engine) == later(0)
        assert (source.used, source.read.unreadable_count) == (2, 0)


def test_a_line_of_two_gigabytes_is_refused_before_it_is_in_memory(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("\n".join([GOOD[0], *GOOD[1:] * 30_000]) + "\n")
    os.truncate(tmp_path / "data", 2 << 30)

    assert refused(tmp_path) == "audit.line_too_long"


def test_columns_of_one_name_are_told_apart(tmp_path: Path) -> None:
    lines = [f"{HEAD},until", f"{GOOD[1]},2031-01-01", f"{GOOD[2]},2031-01-01"]
    with typed(tmp_path, lines) as (source, engine):
        assert source.read.header[-1] == "until (2)"
        assert rows(engine) == later(0)


def test_a_header_alone_has_no_rows(tmp_path: Path) -> None:
    with typed(tmp_path, [HEAD]) as (source, engine):
        assert (rows(engine), source.read.rows, source.used) == ([], 0, 0)


def test_what_a_spreadsheet_computes_is_a_text_and_no_command(tmp_path: Path) -> None:
    table = [HEAD.split(","), ["=HYPERLINK(1)", "F", 45717, 45721, 4]]
    (texts,) = read(sheet(tmp_path / "data", {"2025": table}), tmp_path, 1)

    assert (texts.rows, texts.header) == (1, tuple(HEAD.split(",")))


def test_a_banner_over_all_columns_is_no_header(tmp_path: Path) -> None:
    table = [["Custody of the year", "", "", "", ""], HEAD.split(","), ["a", "F", 45717, 45721, 4]]
    (texts,) = read(sheet(tmp_path / "data", {"2025": table}), tmp_path, 1)

    assert (texts.before, texts.header, texts.rows) == (1, tuple(HEAD.split(",")), 1)


def test_a_spreadsheet_with_a_password_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le") * 99)

    assert refused(tmp_path) == "audit.broken_sheets"


def test_a_spreadsheet_of_which_a_part_is_missing_is_refused(tmp_path: Path) -> None:
    sheet(tmp_path / "whole", {"2025": [HEAD.split(","), ["a", "F", 45717, 45721, 4]]})
    with zipfile.ZipFile(tmp_path / "whole") as whole, zipfile.ZipFile(tmp_path / "data", "w") as cut:
        for name in whole.namelist():
            if "sheet1" not in name:
                cut.writestr(name, whole.read(name))

    assert refused(tmp_path) == "audit.broken_sheets"
