"""`habeas audit` from files to findings, and what it makes of broken ones."""

from __future__ import annotations

import csv
import gzip
import json
import os
import re
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from habeas import cli
from habeas.audit.output import NAMES
from habeas.audit.run import CHECKS
from habeas.speech import LANGUAGES, word
from tests.audit.test_reading import sheet
from tests.bench import custody

MAP = """
shape = "stints"
[columns]
person = "who"
facility = "where"
from_at = "from"
until_at = "until"
"""
HEADER = "who where from until".split()
GOOD = ["who,where,from,until", "Alice Example,F,2025-03-05,2025-03-01", "Bob Example,=1+1,2025-03-05,2025-03-09"]


def audit(folder: Path, data: bytes | list[str], *more: str, name: str = "Secret Name.csv") -> int:
    (folder / "map.toml").write_text(MAP)
    text = data if isinstance(data, bytes) else ("\n".join(data) + "\n").encode()
    (folder / name).write_bytes(text)
    return cli.main(
        ["audit", str(folder / name), "--map", str(folder / "map.toml"), "--out", str(folder / "out"), *more]
    )


def by_its_header(folder: Path, rows: list[str], *more: str) -> int:
    (folder / "plain.csv").write_text("\n".join(rows), "utf-8")
    return cli.main(["audit", str(folder / "plain.csv"), "--out", str(folder / "out"), *more])


def lines_of(out: Path) -> list[dict[str, str]]:
    with (out / "findings.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_four_files_are_written_for_their_owner_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert audit(tmp_path, GOOD) == 1

    out = tmp_path / "out"
    assert {each.name for each in out.iterdir()} == {*NAMES}
    assert stat.S_IMODE(out.stat().st_mode) == 0o700
    rows = lines_of(out)
    assert [(row["id"], row["rows"], row["from"]) for row in rows] == [("stints.reversed", "1:2", "2025-03-05")]
    assert "Findings: 1." in capsys.readouterr().out


def test_nothing_wrong_ends_with_0_and_an_older_audit_is_replaced(tmp_path: Path) -> None:
    assert audit(tmp_path, GOOD) == 1
    assert audit(tmp_path, [GOOD[0], GOOD[2]]) == 0
    assert len((tmp_path / "out" / "findings.csv").read_text().splitlines()) == 1
    assert [each.name for each in tmp_path.iterdir() if each.name.startswith(".")] == []


def test_the_report_has_no_name_no_path_and_no_hash_and_needs_nothing_else(tmp_path: Path) -> None:
    audit(tmp_path, GOOD)

    report = (tmp_path / "out" / "report.html").read_text("utf-8")
    told = json.loads((tmp_path / "out" / "provenance.json").read_text())
    assert told["sources"][0]["sha256"] not in report
    for secret in ("Secret", str(tmp_path), tmp_path.name, "Alice", "map.toml"):
        assert secret not in report, secret
    told_elsewhere = re.findall(r'(?:src|href|url)\s*[=(]\s*["\']?([^"\')>]*)', report)
    assert [each for each in told_elsewhere if not each.startswith("#")] == []
    assert "<script" not in report
    assert {word("audit.title_stints.reversed", each) for each in LANGUAGES} <= {*re.findall("<h3>(.*?)</h3>", report)}


def test_what_a_file_says_is_never_markup(tmp_path: Path) -> None:
    audit(tmp_path, [GOOD[0], "a,<script>alert(1)</script>,2025-03-05,2025-03-01"])

    assert "<script" not in (tmp_path / "out" / "report.html").read_text("utf-8")


def test_a_cell_cannot_command_a_spreadsheet(tmp_path: Path) -> None:
    audit(tmp_path, [GOOD[0], ",=1+1,2025-03-05,2025-03-01"])

    (row,) = lines_of(tmp_path / "out")
    assert row["subject"] == "'=1+1"


def test_every_row_is_accounted_for(tmp_path: Path) -> None:
    lines = ["A banner", "", *GOOD, "short,row", "Carl,F,someday,2025-03-09", "Dora,F,2025-03-05,(b)(6)", '"x', "y,z"]
    assert audit(tmp_path, lines, "--format", "json") == 1

    report = (tmp_path / "out" / "report.html").read_text("utf-8")
    cells = re.findall(r"<td[^>]*>([^<]*)</td>", report.partition('id="en-read"')[2])[:6]
    assert cells == ["1", "a layout of its own (below)", "4", "2", "2", "3"]
    assert "someday" not in report
    assert "xxxxxxx" in report


BROKEN = {
    "empty": (b"", "is empty"),
    "one column": (b"a\nb\nc\n", "is no table"),
    "zeros": (b"who,where,from,until\n\0\0,\0\n", "no text"),
    "cut gzip": (
        gzip.compress(("who,where,from,until\n" + "a,b,2025-01-01,2025-01-02\n" * 9000).encode())[:-40],
        "gzip",
    ),
    "broken gzip": (b"\x1f\x8b" + b"nonsense" * 9, "gzip"),
    "a line without an end": (b"who,where,from,until\n" + b"x" * 3_000_000, "Line 2"),
    "a gzip that grows for ever": (gzip.compress(b"who,where,from,until\n" + b"x" * 50_000_000), "Line 2"),
    "no header": (b"1,2,3,4\n5,6,7,8\n", "names of columns"),
    "other columns": (b"a,b,c,d\n1,2,3,4\n", "has no column"),
}


@pytest.mark.parametrize("of", BROKEN)
def test_a_broken_file_is_one_clear_sentence_and_nothing_is_written(
    tmp_path: Path, of: str, capsys: pytest.CaptureFixture[str]
) -> None:
    data, sentence = BROKEN[of]

    assert audit(tmp_path, data) == 2

    said = capsys.readouterr().err
    assert (said.count("\n"), sentence in said, "Secret Name.csv" in said) == (1, True, True), said
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "data",
    [
        b"who;where;from;until\nAlice;F;2025-03-05;2025-03-01\n",
        b"who\twhere\tfrom\tuntil\r\nAlice\tF\t2025-03-05\t2025-03-01\r\n",
        "who,where,from,until\nAlice,F,2025-03-05,2025-03-01\n".encode("utf-16"),
        b"\xef\xbb\xbfwho,where,from,until\nAlice,F,2025-03-05,2025-03-01\n",
        b"who,where,from,until\nAlic\xe9,F,2025-03-05,2025-03-01\n",
        b'who,where,from,until\n"Example, Alice","F ""x""",2025-03-05,2025-03-01\n',
        gzip.compress(b"who,where,from,until\nAlice,F,2025-03-05,2025-03-01\n", mtime=0),
    ],
)
def test_a_file_is_read_however_it_is_written(tmp_path: Path, data: bytes) -> None:
    assert audit(tmp_path, data) == 1


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("shape =", "no TOML"),
        ('shape = "people"', "shape is people"),
        ('shape = "stints"\n[columns]\nfacility = "a"', "from_at is needed"),
        ('shape = "stints"\n[columns]\nnose = "a"', "nose is no column"),
        ('shape = "stints"\nnose = 1\n[columns]\nfacility = "a"\nfrom_at = "b"', "nose is not understood"),
        ('shape = "stints"\n[columns]\nfacility = 7', "facility is not understood"),
        ('shape = "stints"\ndates = "%Q"\n[columns]\nfacility = "a"\nfrom_at = "b"', "%Q is no form of a day"),
    ],
)
def test_a_map_that_is_none_is_refused_by_its_key(
    tmp_path: Path, text: str, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "d.csv").write_text("a,b\n1,2\n")
    (tmp_path / "m.toml").write_text(text)
    given = [str(tmp_path / "d.csv"), "--map", str(tmp_path / "m.toml"), "--out", str(tmp_path / "o")]

    assert cli.main(["audit", *given, "--lang", "en"]) == 2
    assert sentence in capsys.readouterr().err


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("mine")

    assert audit(tmp_path, GOOD) == 2
    assert [each.name for each in (tmp_path / "out").iterdir()] == ["mine.txt"]


def test_every_check_is_named_and_said_in_both_languages() -> None:
    for check in (each for of in CHECKS.values() for each in of):
        for code in (f"audit.title_{check.id}", f"audit.found_{check.id}"):
            assert all(word(code, each) != code for each in LANGUAGES), code


def test_a_folder_is_all_the_files_in_it(tmp_path: Path) -> None:
    (tmp_path / "rows").mkdir()
    for name, line in (("b.csv", GOOD[1]), ("a.csv", GOOD[2]), (".hidden", "no table")):
        (tmp_path / "rows" / name).write_text(f"{GOOD[0]}\n{line}\n" if name[0] != "." else line)
    (tmp_path / "map.toml").write_text(MAP)

    given = [str(tmp_path / "rows"), "--map", str(tmp_path / "map.toml"), "--out", str(tmp_path / "out")]
    assert cli.main(["audit", *given]) == 1

    assert [row["rows"] for row in lines_of(tmp_path / "out")] == ["2:2"]
    told = json.loads((tmp_path / "out" / "provenance.json").read_text())
    assert [each["file"] for each in told["sources"]] == ["a.csv", "b.csv"]


def test_an_audit_of_which_rows_were_left_out_does_not_end_well_and_says_how_many(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert audit(tmp_path, [GOOD[0], GOOD[2], "Carl,F,someday,2025-03-09"]) == 1
    told = capsys.readouterr().out
    assert "2 rows read, 1 used, 1 set aside, 0 unreadable" in told
    assert "File 1: 1 row was set aside: a value that is needed is no day that can be read." in told
    assert "ended with 1 and not with 0" in told
    assert "1 row set aside, unreadable or in no known layout" in told
    assert "File 1: 1 row was set aside" in (tmp_path / "out" / "report.html").read_text("utf-8")
    audit(tmp_path, [GOOD[0], GOOD[2], "Carl,F,someday,2025-03-09"], "--format", "json")
    (source,) = json.loads(capsys.readouterr().out)["sources"]
    assert (source["rows"], source["used"], source["set_aside"]) == (2, 1, 1)


def test_a_file_of_which_nothing_could_be_used_is_no_audit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert audit(tmp_path, [GOOD[0], "Carl,F,someday,2025-03-09"]) == 2
    assert "No row of" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_value_that_is_none_is_in_the_report_by_how_it_is_written_alone(tmp_path: Path) -> None:
    audit(tmp_path, [*GOOD, "Carl,F,Maria Secret 1990,2025-03-09"])

    report = (tmp_path / "out" / "report.html").read_text("utf-8")
    assert ("Maria" in report, "xxxxx xxxxxx 0000" in report) == (False, True)
    assert "Maria Secret 1990" in (tmp_path / "out" / "provenance.json").read_text("utf-8")


def test_a_folder_with_a_file_that_is_read_is_never_written(tmp_path: Path) -> None:
    (tmp_path / "map.toml").write_text(MAP)
    (tmp_path / "dd").mkdir()
    path = tmp_path / "dd" / "findings.csv"
    path.write_text("\n".join(GOOD) + "\n")

    given = [str(path), "--map", str(tmp_path / "map.toml"), "--out", str(tmp_path / "dd")]
    assert cli.main(["audit", *given]) == 2
    assert path.read_text().splitlines() == GOOD


def test_an_older_folder_becomes_private_and_is_replaced_whole_or_not_at_all(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir(mode=0o755)
    assert audit(tmp_path, GOOD) == 1
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o700
    assert {stat.S_IMODE(each.stat().st_mode) for each in (tmp_path / "out").iterdir()} == {0o600}
    (tmp_path / "out" / "report.html").unlink()
    (tmp_path / "out" / "report.html").mkdir()
    before = (tmp_path / "out" / "figures.json").read_bytes()
    assert audit(tmp_path, [GOOD[0], GOOD[2]]) == 2
    assert (tmp_path / "out" / "figures.json").read_bytes() == before


def test_a_text_of_a_file_commands_no_terminal_and_floods_no_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    audit(tmp_path, [GOOD[0], f"a,\x1b[31m\u202e{'x' * 9000},2025-03-05,2025-03-01"])

    (row,) = lines_of(tmp_path / "out")
    for text in (row["message"], capsys.readouterr().out):
        assert ("\x1b" in text, "\u202e" in text, len(text) < 1200) == (False, False, True)


def test_a_table_that_no_layout_fits_is_named_with_its_rows_and_is_no_good_end(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fine, other = [HEADER, ["b", "F", "2025-03-05", "2025-03-09"]], [["x", "y"], ["p", "q"], ["r", "s"]]
    sheets = {"Notes": [["made by hand"], [], ["twice"]], "Empty": [], "Custody": fine, "Secret sheet": other}
    sheet(tmp_path / "book.xlsx", sheets)
    (tmp_path / "map.toml").write_text(MAP)
    given = [str(tmp_path / "book.xlsx"), "--map", str(tmp_path / "map.toml"), "--out", str(tmp_path / "out")]

    assert cli.main(["audit", *given, "--lang", "en"]) == 1

    told = capsys.readouterr().out.splitlines()
    assert told[1:3] == [
        "File 1 (Notes): 2 rows not used: no layout has its columns ().",
        "File 4 (Secret sheet): 2 rows not used: no layout has its columns (x, y).",
    ]
    report = (tmp_path / "out" / "report.html").read_text("utf-8")
    cells = re.findall(r"<td[^>]*>([^<]*)</td>", report.partition('id="en-read"')[2])[:18]
    unused = "not used: no layout has its columns"
    assert (cells[:6], cells[12:]) == (["1", unused, "2", "0", "2", "0"], ["4", unused, "2", "0", "2", "0"])
    assert ("Rows: 5, of which 1 are used, 4 were set aside" in report, "Secret sheet" in report) == (True, False)
    origin = json.loads((tmp_path / "out" / "provenance.json").read_text())["unused"]
    assert [(each["sheet"], each["columns"], each["rows"]) for each in origin] == [
        ("Notes", [], 2),
        ("Secret sheet", ["x", "y"], 2),
    ]


def test_a_file_of_a_folder_that_no_layout_fits_is_named_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "rows").mkdir()
    (tmp_path / "rows" / "a.csv").write_text(f"{GOOD[0]}\n{GOOD[2]}\n")
    (tmp_path / "rows" / "b.csv").write_text("x,y\n1,2\n")
    (tmp_path / "map.toml").write_text(MAP)
    given = [str(tmp_path / "rows"), "--map", str(tmp_path / "map.toml"), "--out", str(tmp_path / "out")]

    assert cli.main(["audit", *given, "--format", "json"]) == 1
    assert json.loads(capsys.readouterr().out)["unused"] == [{"number": 2, "rows": 1, "columns": ["x", "y"]}]


def test_a_folder_is_never_left_by_a_link_and_never_waits_for_a_pipe(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "rows").mkdir()
    (tmp_path / "out.csv").write_text(f"{GOOD[0]}\n{GOOD[2]}\n")
    (tmp_path / "rows" / "a.csv").symlink_to(tmp_path / "out.csv")
    given = ["audit", str(tmp_path / "rows"), "--out", str(tmp_path / "out"), "--lang", "en"]
    assert cli.main(given) == 2
    assert "a.csv is a link" in capsys.readouterr().err

    (tmp_path / "rows" / "a.csv").unlink()
    os.mkfifo(tmp_path / "rows" / "a.csv")
    assert cli.main(given) == 2
    assert "a.csv" in capsys.readouterr().err

    (tmp_path / "rows" / "a.csv").unlink()
    (tmp_path / "rows" / "within").mkdir()
    assert cli.main(given) == 2
    assert "within" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="signals to end are sent elsewhere")
@pytest.mark.parametrize("asked", [signal.SIGTERM, signal.SIGINT])
def test_nothing_is_left_when_an_audit_is_asked_to_end(tmp_path: Path, asked: signal.Signals) -> None:
    left, stints = tmp_path / "left", tmp_path / "stints.csv"
    left.mkdir()
    custody.write(stints, 200_000, as_csv=True)
    (tmp_path / "map.toml").write_text(custody.MAP, "utf-8")
    command = [sys.executable, "-m", "habeas.cli", "audit", stints, "--map", tmp_path / "map.toml"]
    with subprocess.Popen([*command, "--out", tmp_path / "out"], env={**os.environ, "TMPDIR": str(left)}) as running:
        while running.poll() is None and not any(left.glob("habeas-audit-*/[!.]*")):
            time.sleep(0.01)
        running.send_signal(asked)
        assert running.wait(timeout=120) == 128 + asked
    assert [*left.iterdir()] == []
    assert {each.name for each in tmp_path.iterdir()} == {"left", "map.toml", "stints.csv"}


def test_every_column_with_a_plain_name_is_read_and_any_other_is_named(tmp_path: Path) -> None:
    columns = "person,stay,facility,from,to,unit,reason,ended_by,recorded_at,stated_days,sex"
    row = "A,s1,North,2026-01-01 10:00,2026-01-05 10:00,Cell 1,arrest,release,2026-01-01 11:00,9,m"

    assert by_its_header(tmp_path, [columns, row]) == 1

    assert [each["id"] for each in lines_of(tmp_path / "out")] == ["stints.stated_length"]
    (source,) = json.loads((tmp_path / "out" / "provenance.json").read_text("utf-8"))["sources"]
    assert source["unused_columns"] == ["sex"]
    assert len(source["layout"]["columns"]) == len(columns.split(",")) - 1


def test_a_large_number_in_spanish_has_its_space(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [f"P{each},North,2026-01-01 10:00,2026-01-05 10:00" for each in range(10_000)]

    assert by_its_header(tmp_path, ["person,facility,from,to", *rows], "--lang", "es") == 0

    assert "10\N{NO-BREAK SPACE}000 filas" in capsys.readouterr().out
