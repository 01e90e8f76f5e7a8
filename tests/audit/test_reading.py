"""How files from outside are read and typed: whatever they are like, rows add up and no number is guessed."""

from __future__ import annotations

import gzip
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import duckdb
import pytest

from habeas.audit import reading
from habeas.audit.engine import engine
from habeas.audit.layouts import LayoutError, fitting, parse
from habeas.audit.lines import ReadingError
from habeas.audit.reading import read
from habeas.audit.typed import Source, type_into

STINTS = """
shape = "stints"
[columns]
person = "who"
facility = "where"
from_at = "from"
until_at = "until"
stated_days = "days"
"""
HEAD = "who,where,from,until,days"
GOOD = [HEAD, "a,F,2025-03-01,2025-03-05,4", "b,F,2025-03-02,,"]


@contextmanager
def typed(folder: Path, data: bytes | Sequence[str], map: str = STINTS) -> Iterator[tuple[Source, Any]]:
    path = folder / "data"
    path.write_bytes(data if isinstance(data, bytes) else ("\n".join(data) + "\n").encode())
    (folder / "made").mkdir()
    with engine([folder / "made"]) as opened:
        (table,) = read(path, folder / "made", 1)
        yield type_into(opened, 1, table, parse(map, "stints")), opened


def rows(engine: Any, columns: str = "line, person, CAST(from_at AS DATE), CAST(until_at AS DATE), stated_days") -> Any:
    return engine.execute(f"SELECT {columns} FROM stints ORDER BY line").fetchall()


def accounted(engine: Any) -> list[tuple[Any, ...]]:
    return engine.execute("SELECT line, status, reason, field, value FROM accounted ORDER BY line, field").fetchall()


A = (2, "a", date(2025, 3, 1), date(2025, 3, 5), 4.0)
B = (3, "b", date(2025, 3, 2), None, None)


def later(by: int) -> list[tuple[Any, ...]]:
    return [(A[0] + by, *A[1:]), (B[0] + by, *B[1:])]


SAME = {
    "as it is": ("\n".join(GOOD).encode(), 0),
    "semicolons": ("\n".join(GOOD).replace(",", ";").encode(), 0),
    "tabs": ("\n".join(GOOD).replace(",", "\t").encode(), 0),
    "bars": ("\n".join(GOOD).replace(",", "|").encode(), 0),
    "lines of Windows": ("\r\n".join(GOOD).encode(), 0),
    "lines of an old Macintosh": ("\r".join(GOOD).encode(), 0),
    "a mark at the beginning": (b"\xef\xbb\xbf" + "\n".join(GOOD).encode(), 0),
    "UTF-16": ("\n".join(GOOD).encode("utf-16"), 0),
    "UTF-16 without a mark": ("\n".join(GOOD).encode("utf-16-le"), 0),
    "gzip": (gzip.compress("\n".join(GOOD).encode()), 0),
    "two gzips one after the other": (
        gzip.compress((GOOD[0] + "\n" + GOOD[1]).encode()) + gzip.compress(("\n" + GOOD[2]).encode()),
        0,
    ),
    "quotes": ("\n".join('"' + each.replace(",", '","') + '"' for each in GOOD).encode(), 0),
    "a banner": ("\n".join(["Custody list, all of it", "made on 1 April", "", *GOOD]).encode(), 3),
    "cells to the right that are empty": ("\n".join(each + ",," for each in GOOD).encode(), 0),
    "NUL bytes": ("\n".join(GOOD).replace("a,F", "a\0,F").encode(), 0),
    "spaces around cells": ("\n".join(GOOD).replace(",", " , ").encode(), 0),
    "serial numbers of a spreadsheet": (
        "\n".join(GOOD)
        .replace("2025-03-01", "45717")
        .replace("2025-03-05", "45721.0")
        .replace("2025-03-02", "45718")
        .encode(),
        0,
    ),
    "another form in one row": ("\n".join(GOOD).replace("2025-03-05", "5-Mar-2025").encode(), 0),
    "moments with a zone": ("\n".join(GOOD).replace("-03-05", "-03-05T10:30:00Z").encode(), 0),
    "redaction marks": ("\n".join(GOOD).replace("b,F,2025-03-02,,", "b,F,2025-03-02,,(b)(6); (b)(7)(C)").encode(), 0),
}


@pytest.mark.parametrize("of", SAME)
def test_one_table_is_the_same_however_it_is_written(tmp_path: Path, of: str) -> None:
    data, by = SAME[of]
    with typed(tmp_path, data) as (source, engine):
        assert rows(engine) == later(by)
        assert (source.read.rows, source.used, source.set_aside, source.read.unreadable_count) == (2, 2, 0, 0)


BROKEN = {
    "a header in the middle": ([*GOOD, HEAD], (4, "set_aside", "header_again", None, None)),
    "a row of totals": ([*GOOD, "Total,,,,4"], (4, "set_aside", "total", None, None)),
    "a note at the end": ([*GOOD, "Source: the agency"], (4, "set_aside", "note", None, "Source: the agency")),
    "a row of nothing": ([*GOOD, ",,,,"], (4, "set_aside", "empty", None, None)),
    "too few cells": ([*GOOD, "c,F,2025-03-02"], (4, "unreadable", "too_few_cells", None, "c | F | 2025-03-02")),
    "too many cells": (
        [*GOOD, "c,F,2025-03-02,,,x"],
        (4, "unreadable", "too_many_cells", None, "c | F | 2025-03-02 |  |  | x"),
    ),
    "shifted to the right": ([*GOOD, "x,c,F,2025-03-02,"], (4, "unreadable", "not_a_day", "from_at", "F")),
    "a quote that is not closed": (
        [*GOOD, '"c,F,2025-03-02,,'],
        (4, "unreadable", "quote_open", None, '"c,F,2025-03-02,,'),
    ),
    "an end that can't be read": ([*GOOD, "c,F,2025-03-02,soon,"], (4, "unreadable", "not_a_day", "until_at", "soon")),
    "an end that is redacted": ([*GOOD, "c,F,2025-03-02,(b)(6),"], (4, "set_aside", "redacted", "until_at", None)),
    "a day that is none": ([*GOOD, "c,F,2025-02-30,,"], (4, "unreadable", "not_a_day", "from_at", "2025-02-30")),
    "a year of two digits among four": (
        [*GOOD, "c,F,0025-02-20,,"],
        (4, "unreadable", "not_a_day", "from_at", "0025-02-20"),
    ),
    "no beginning": ([*GOOD, "c,F,,2025-03-02,"], (4, "set_aside", "no_value", "from_at", None)),
    "a redacted facility": ([*GOOD, "c,Redacted,2025-03-02,,"], (4, "set_aside", "redacted", "facility", None)),
}


@pytest.mark.parametrize("of", BROKEN)
def test_what_is_no_row_is_accounted_for_by_its_line_and_counts_nowhere(tmp_path: Path, of: str) -> None:
    lines, expected = BROKEN[of]
    with typed(tmp_path, lines) as (source, engine):
        assert rows(engine) == [A, B]
        assert accounted(engine) == [expected]
        assert source.read.rows == source.used + source.set_aside


def test_a_value_that_is_no_number_is_named_and_its_row_is_used(tmp_path: Path) -> None:
    with typed(tmp_path, [*GOOD, "c,F,2025-03-02,2025-03-04,two"]) as (source, engine):
        assert len(rows(engine)) == 3
        assert accounted(engine) == [(4, "used", "not_a_number", "stated_days", "two")]
        assert [(each.column, each.count, each.examples) for each in source.not_read] == [("days", 1, ("two",))]


def test_a_line_keeps_its_number_after_a_cell_with_line_breaks(tmp_path: Path) -> None:
    with typed(tmp_path, [HEAD, '"a\nor\nb",F,2025-03-01,,', "", "c,F,2025-03-02,,"]) as (_, engine):
        assert rows(engine, "line, person") == [(2, "a or b"), (6, "c")]


@pytest.mark.parametrize(("form", "line"), [("text", 2), ("parquet", 1)])
def test_a_column_is_read_whatever_name_of_ours_it_has(tmp_path: Path, form: str, line: int) -> None:
    row = {"who": "a", "where": "F", "from": "2025-03-01", "until": "2025-03-05", "line": "cell 7", "Line": "9"}
    row |= {"file_row_number": "4"}
    data = f"{','.join(row)}\n{','.join(row.values())}\n".encode()
    if form == "parquet":  # two names that are one to its writer
        named = ", ".join(f"'{value}' AS \"{name.replace('L', 'other L')}\"" for name, value in row.items())
        path = tmp_path / "made.parquet"
        duckdb.execute(f"COPY (SELECT {named}) TO '{path}' (FORMAT parquet)")
        data = path.read_bytes()
    days = "Line (2)" if form == "text" else "other Line"
    map = STINTS.replace('"days"', f'"{days}"') + 'unit = "line"\nstay = "file_row_number (2)"\n'
    with typed(tmp_path, data, map) as (_, engine):
        assert rows(engine, "line, unit, stated_days, stay") == [(line, "cell 7", 9.0, "4")]


def test_bytes_of_two_encodings_are_read_line_by_line(tmp_path: Path) -> None:
    lines = [HEAD.encode(), "Zoë,F,2025-03-01,,".encode(), "Zoë,F,2025-03-02,,".encode("cp1252")]
    with typed(tmp_path, b"\n".join(lines)) as (source, engine):
        assert rows(engine, "person") == [("Zoë",), ("Zoë",)]
        assert source.read.other_encoding == 1


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (["25/12/2024", "03/04/2025"], [date(2024, 12, 25), date(2025, 4, 3)]),
        (["12/25/2024", "03/04/2025"], [date(2024, 12, 25), date(2025, 3, 4)]),
        (["12/25/24", "03/04/25 10:30"], [date(2024, 12, 25), date(2025, 3, 4)]),
        (["25.12.2024", "3.4.2025"], [date(2024, 12, 25), date(2025, 4, 3)]),
        (["December 25, 2024", "3 April 2025"], [date(2024, 12, 25), date(2025, 4, 3)]),
        (["20241225", "12/25/2024 11:59 PM"], [date(2024, 12, 25), date(2024, 12, 25)]),
    ],
)
def test_the_order_of_day_and_month_is_learnt_from_the_whole_column(
    tmp_path: Path, days: list[str], expected: list[date]
) -> None:
    with typed(tmp_path, [HEAD, *(f'a,F,"{each}",,' for each in days)]) as (_, engine):
        assert [found for (found,) in rows(engine, "CAST(from_at AS DATE)")] == expected


@pytest.mark.parametrize("days", [["03/04/2025", "05/06/2025"], ["25/12/2024", "12/25/2024", "03/04/2025"]])
def test_days_that_can_be_read_in_two_ways_are_not_read_until_somebody_says_how(
    tmp_path: Path, days: list[str]
) -> None:
    lines = [HEAD, *(f"a,F,{each},," for each in days)]
    with pytest.raises(LayoutError) as told, typed(tmp_path, lines):
        pass
    assert told.value.message.code == "audit.days_ambiguous"

    (tmp_path / "told").mkdir()
    with typed(tmp_path / "told", lines, 'order = "dmy"\n' + STINTS) as (_, engine):
        assert rows(engine, "CAST(from_at AS DATE)")[-1] == (date(2025, int(days[-1][3:5]), int(days[-1][:2])),)


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        (["1,234", "$12.50"], [1234.0, 12.5]),
        (["1.234,5", "7"], [1234.5, 7.0]),
        (["1.5", "1,5"], [1.5, None]),
        (["NaN", "inf"], [None, None]),
        (["1_000", "0x10"], [None, None]),
    ],
)
def test_numbers_are_read_by_the_forms_of_their_column(
    tmp_path: Path, numbers: list[str], expected: list[float | None]
) -> None:
    with typed(tmp_path, [HEAD, *(f'a,F,2025-03-01,,"{each}"' for each in numbers)]) as (_, engine):
        assert [found for (found,) in rows(engine, "stated_days")] == expected


# --- spreadsheets and Parquet -------------------------------------------------------------------------


def sheet(path: Path, sheets: dict[str, list[list[Any]]]) -> Path:
    """A small .xlsx as spreadsheets write it; a day is a number with a format."""
    types = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"

    def cell(value: Any) -> str:
        if isinstance(value, datetime):
            return f'<c s="1"><v>{(value - datetime(1899, 12, 30)).total_seconds() / 86400}</v></c>'
        if isinstance(value, int | float):
            return f"<c><v>{value}</v></c>"
        return f'<c t="inlineStr"><is><t>{value}</t></is></c>'

    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        kinds = "".join(
            f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>'
            for n, _ in enumerate(sheets, 1)
        )
        archive.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{package}/content-types"><Default Extension="xml" ContentType="application/xml"/>{kinds}</Types>',
        )
        archive.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" Type="{relations}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        )
        named = "".join(f'<sheet name="{name}" sheetId="{n}" r:id="r{n}"/>' for n, name in enumerate(sheets, 1))
        archive.writestr(
            "xl/workbook.xml", f'<workbook xmlns="{types}" xmlns:r="{relations}"><sheets>{named}</sheets></workbook>'
        )
        targets = "".join(
            f'<Relationship Id="r{n}" Type="{relations}/worksheet" Target="worksheets/sheet{n}.xml"/>'
            for n, _ in enumerate(sheets, 1)
        )
        styles = f'<Relationship Id="s" Type="{relations}/styles" Target="styles.xml"/>'
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{package}/relationships">{targets}{styles}</Relationships>',
        )
        archive.writestr(
            "xl/styles.xml",
            f'<styleSheet xmlns="{types}"><cellXfs><xf numFmtId="0"/><xf numFmtId="22"/></cellXfs></styleSheet>',
        )
        for n, of in enumerate(sheets.values(), 1):
            body = "".join(f'<row r="{at}">{"".join(map(cell, row))}</row>' for at, row in enumerate(of, 1) if row)
            archive.writestr(
                f"xl/worksheets/sheet{n}.xml", f'<worksheet xmlns="{types}"><sheetData>{body}</sheetData></worksheet>'
            )
    return path


def test_the_sheets_of_a_spreadsheet_are_tables_with_their_banners_left_out(tmp_path: Path) -> None:
    table = [
        ["Custody, fiscal year 2025"],
        [],
        HEAD.split(","),
        ["a", "F", datetime(2025, 3, 1, 10, 30), datetime(2025, 3, 5), 4],
        ["b", "F", 45718, "", ""],
        ["Total", "", "", "", 4],
    ]
    path = sheet(tmp_path / "data.xlsx", {"Notes": [["only a note"]], "2025": table, "2026": table[2:]})

    tables = read(path, tmp_path, 1)

    assert [(each.sheet, each.rows, each.before, each.header) for each in tables] == [
        (1, 1, 0, ()),
        (2, 3, 1, tuple(HEAD.split(","))),
        (3, 3, 0, tuple(HEAD.split(","))),
    ]
    with engine([tmp_path]) as opened:
        source = type_into(opened, 1, tables[1], parse(STINTS, "stints"))
        assert rows(opened, "line, person, from_at, stated_days") == [
            (4, "a", datetime(2025, 3, 1, 10, 30), 4.0),
            (5, "b", datetime(2025, 3, 2), None),
        ]
        assert (source.used, source.aside) == (2, (("total", 1),))


def test_a_parquet_file_keeps_its_days_and_numbers(tmp_path: Path) -> None:
    path = tmp_path / "data.parquet"
    with duckdb.connect() as made:
        made.execute(
            "COPY (SELECT 'a' AS who, 'F' AS \"where\", TIMESTAMPTZ '2025-03-01 10:30:00+00' AS \"from\","
            f" DATE '2025-03-05' AS until, 4 AS days) TO '{path}' (FORMAT parquet)"
        )
    (table,) = read(path, tmp_path, 1)
    with engine([tmp_path]) as opened:
        type_into(opened, 1, table, parse(STINTS, "stints"))
        assert rows(opened, "line, from_at, until_at, stated_days") == [
            (1, datetime(2025, 3, 1, 10, 30), datetime(2025, 3, 5), 4.0)
        ]


def zip_bomb() -> bytes:
    body = b"<row><c><v>1</v></c></row>" * 40_000
    made = BytesIO()
    with (
        zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/worksheets/sheet1.xml", "w") as out,
    ):
        for _ in range(1_700):
            out.write(body)
    return made.getvalue()


REFUSED = {
    "nothing": (b"", "audit.file_empty"),
    "one column": (b"a\nb\nc\n", "audit.no_table"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40, "audit.no_header"),
    "zeros": (bytes(4096), "audit.no_text"),
    "numbers alone": (b"1,2,3\n4,5,6\n", "audit.no_header"),
    "a gzip that is cut off": (gzip.compress("\n".join(GOOD * 9000).encode())[:-30], "audit.cut_gzip"),
    "a gzip with a byte changed": (
        gzip.compress("\n".join(GOOD * 9000).encode()).replace(b"\x03", b"\x04", 3),
        "audit.cut_gzip",
    ),
    "a gzip that grows for ever": (
        gzip.compress((HEAD + "\n").encode() + b"a,F,2025-03-01,,\n" * 20_000_000, 9),
        "audit.bomb",
    ),
    "a line without an end": (HEAD.encode() + b"\n" + b"x" * 9_000_000, "audit.line_too_long"),
    "a spreadsheet that is none": (b"PK\3\4" + b"nonsense" * 99, "audit.broken_sheets"),
    "an old spreadsheet that is none": (b"\xd0\xcf\x11\xe0" + b"nonsense" * 99, "audit.broken_sheets"),
    "a Parquet file that is cut off": (b"PAR1" + b"nonsense" * 99, "audit.broken_parquet"),
}


@pytest.mark.parametrize("of", REFUSED)
def test_a_file_that_is_no_table_is_refused_in_one_sentence(tmp_path: Path, of: str) -> None:
    data, code = REFUSED[of]
    (tmp_path / "data").write_bytes(data)

    with pytest.raises(ReadingError) as told:
        read(tmp_path / "data", tmp_path, 7)

    assert (told.value.message.code, told.value.message.parameters["number"]) == (code, 7)
    assert [each.name for each in tmp_path.iterdir() if each.suffix == ".txt"] == []


def test_a_spreadsheet_that_grows_for_ever_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    (tmp_path / "data").write_bytes(zip_bomb())

    with pytest.raises(ReadingError) as told:
        read(tmp_path / "data", tmp_path, 1)

    assert told.value.message.code == "audit.sheets_too_large"


PUBLISHED = {
    "the agency": (
        "Stay Book In Date Time,Book In Date Time,Detention Facility,Detention Book Out Date Time,Detention Facility Code,Unique Identifier",
        "ice-stints",
    ),
    "UWCHR": (
        "stay_book_in_date_time,detention_book_in_date_and_time,detention_facility,detention_book_out_date_time,detention_facility_code,anonymized_identifier",
        "ice-stints",
    ),
    "the Deportation Data Project": (
        "stay_book_in_date_time,book_in_date_time,detention_facility,book_out_date_time,detention_facility_code,unique_identifier,stay_ID",
        "ice-stints",
    ),
    "its stays": ("stay_ID,unique_identifier,stay_book_in_date_time,stay_book_out_date_time,n_stints", "ice-stays"),
    "its counts": ("detention_facility_code,date,n_detained,n_detained_at_midnight", "ice-daily-population"),
}


@pytest.mark.parametrize(
    ("by", "reason"),
    [
        ("the agency", "Detention Release Reason"),
        ("UWCHR", "detention_release_reason"),
        ("the Deportation Data Project", "detention_release_reason"),
        ("its stays", "stay_release_reason"),
    ],
)
def test_why_a_stretch_ended_is_read_where_it_is_published(by: str, reason: str) -> None:
    header, name = PUBLISHED[by]
    assert "ended_by" not in fitting(tuple(header.split(",")), 1).columns
    found = fitting((*header.split(","), reason), 1)
    assert (found.name, found.columns["ended_by"]) == (name, (reason,))


@pytest.mark.parametrize("by", PUBLISHED)
def test_a_layout_is_known_under_each_name_that_its_columns_are_published_under(by: str) -> None:
    header, name = PUBLISHED[by]
    found = fitting(tuple(header.split(",")), 1)
    assert (found.name, {*found.wanted} <= {*header.split(",")}) == (name, True)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device that is always full")
def test_a_full_temporary_folder_is_not_a_file_that_can_not_be_opened(tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_text("who,where\na,F\n")
    folder = tmp_path / "of-this-audit"
    folder.mkdir()
    (folder / "texts.txt").symlink_to("/dev/full")

    with pytest.raises(ReadingError) as refused:
        list(reading._read(tmp_path / "data.csv", folder, "texts"))
    assert refused.value.message.code == "audit.no_room"
    assert refused.value.message.parameters["folder"] == str(tmp_path)
