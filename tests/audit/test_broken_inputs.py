"""Files that are broken in ways that other tests have not: each is read rightly, or refused in one sentence."""

from __future__ import annotations

import os
import struct
import zipfile
from datetime import date
from pathlib import Path

import duckdb
import pytest

from habeas.audit.engine import engine
from habeas.audit.layouts import parse
from habeas.audit.lines import ReadingError
from habeas.audit.reading import read
from habeas.audit.typed import type_into
from tests.audit.test_reading import GOOD, HEAD, STINTS, later, rows, sheet, typed


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


def test_more_columns_than_any_table_has_are_refused(tmp_path: Path) -> None:
    cells = [f"c{each}x" for each in range(2_001)]
    (tmp_path / "data").write_text("\n".join([",".join(cells), ",".join("v" * 2_001)]))

    assert refused(tmp_path) == "audit.too_many_columns"


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


def encrypted(inside: bytes) -> bytes:
    """A container as an office program writes it where a password is given: what is inside is a stream of it."""
    free, end, special = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
    inside = inside.ljust(8 * 512, b"\0")
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    head += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, end, 0, end, 0) + struct.pack("<109I", 0, *[free] * 108)
    chain = struct.pack("<128I", special, end, *range(3, 10), end, *[free] * 118)

    def entry(name: str, kind: int, child: int, begins: int, size: int) -> bytes:
        text = (name + "\0").encode("utf-16-le")
        told = text.ljust(64, b"\0") + struct.pack("<HBBIII", len(text), kind, 1, free, free, child)
        return told + bytes(36) + struct.pack("<IQ", begins, size)

    made = [entry("Root Entry", 5, 1, end, 0), entry("EncryptedPackage", 2, free, 2, len(inside))]
    return head + chain + b"".join(made).ljust(512, b"\0") + inside


def test_a_spreadsheet_that_is_truly_encrypted_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").write_bytes(encrypted(os.urandom(4096)))

    assert refused(tmp_path) == "audit.broken_sheets"


FORMULAS = {
    "nothing stored": ("<c><f>A1+1</f></c>", 1),
    "an empty value": ("<c><f>A1+1</f><v></v></c>", 1),
    "shared, with an empty value": ('<c r="D2" s="1"><f t="shared" si="0"/><v/></c>', 1),
    "a text without a value": ('<c t="str"><f>A1&amp;A2</f></c>', 1),
    "a stored day": ("<c><f>A1+1</f><v>45721</v></c>", 0),
    "an empty text": ('<c t="str"><f>IF(A1="x","y","")</f><v></v></c>', 0),
    "no formula": ("<c/><c></c>", 0),
}


@pytest.mark.parametrize("of", FORMULAS)
def test_a_formula_of_which_no_result_is_stored_is_no_empty_cell(tmp_path: Path, of: str) -> None:
    cell, count = FORMULAS[of]
    sheet(tmp_path / "data", {"2025": [HEAD.split(","), ["a", "F", 45717, 45721, 4]]})
    with zipfile.ZipFile(tmp_path / "data") as whole:
        parts = {name: whole.read(name).decode() for name in whole.namelist()}
    with zipfile.ZipFile(tmp_path / "data", "w") as changed:
        for name, text in parts.items():
            changed.writestr(name, text.replace("<c><v>45721</v></c>", cell))

    if count:
        assert refused(tmp_path) == "audit.formulas_uncounted"
    else:
        assert read(tmp_path / "data", tmp_path, 1)[0].rows == 1


@pytest.mark.parametrize("other", [";", "\t", "|"])
def test_where_the_delimiter_changes_the_rest_is_unreadable_and_no_note(tmp_path: Path, other: str) -> None:
    lines = [*GOOD, *(each.replace(",", other) for each in GOOD[1:]), "Source: the agency; a, b"]
    with typed(tmp_path, lines) as (source, engine):
        assert rows(engine) == later(0)
        assert source.read.unreadable[:2] == ((4, "too_few_cells"), (5, "too_few_cells"))
        assert source.read.rows == source.used + source.set_aside == 2


def test_an_archive_whose_names_climb_out_writes_nothing_anywhere(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    folder.mkdir(parents=True)
    with zipfile.ZipFile(folder / "data", "w") as archive:
        archive.writestr("../../climbed", "\n".join(GOOD))

    assert refused(folder) == "audit.broken_sheets"
    assert [each.name for each in tmp_path.rglob("*") if each.is_file()] == ["data"]


def parquet(path: Path, columns: str) -> Path:
    with duckdb.connect() as made:
        made.execute(f"COPY (SELECT {columns} FROM range(3)) TO '{path}' (FORMAT parquet)")
    return path


def test_a_nested_column_of_parquet_is_a_text_and_no_other_column_moves(tmp_path: Path) -> None:
    nested = "{'name': 'Alice', 'born': DATE '1990-01-01'} AS who, 'F' AS \"where\", [1, 2] AS days"
    parquet(tmp_path / "data", f"{nested}, DATE '2025-03-01' AS \"from\", NULL::DATE AS until")
    (table,) = read(tmp_path / "data", tmp_path, 1)

    with engine([tmp_path]) as opened:
        source = type_into(opened, 1, table, parse(STINTS, "stints"))
        assert rows(opened, "DISTINCT person, facility, CAST(from_at AS DATE), stated_days, until_at") == [
            ("{'name': Alice, 'born': 1990-01-01}", "F", date(2025, 3, 1), None, None)
        ]
        assert [(each.column, each.count) for each in source.not_read] == [("days", 3)]


@pytest.mark.parametrize("kept", [-1, -8, -40, 4])
def test_a_parquet_file_that_is_cut_in_its_footer_is_refused(tmp_path: Path, kept: int) -> None:
    path = parquet(tmp_path / "data", "'a' AS who, 'F' AS \"where\", DATE '2025-03-01' AS \"from\"")
    path.write_bytes(path.read_bytes()[:kept])

    assert refused(tmp_path) == "audit.broken_parquet"
