"""What can't be audited as it was given: one sentence says what, where, and what to do; nothing is wrong in silence."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from habeas import cli
from habeas.audit.lines import ReadingError
from habeas.audit.reading import read
from tests.audit.test_audit_command import MAP, audit

HEADER = "person,facility,book_in,book_out"
ROWS = [HEADER, "A1,North,2026-01-01,2026-01-05", "A2,North,2026-01-03,2026-01-07"]
TWICE = [f"{HEADER},book_in", *(f"{each},2026-01-02" for each in ROWS[1:])]


def text(*lines: str) -> bytes:
    return "".join(f"{each}\n" for each in lines).encode()


def refused(folder: Path, capsys: pytest.CaptureFixture[str], *given: str) -> str:
    assert cli.main(["audit", *given, "--out", str(folder / "out")]) == 2
    said = capsys.readouterr().err
    assert (said.count("\n"), (folder / "out").exists()) == (1, False), said
    return said


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("a.csv", b"", "a.csv is empty"),
        ("a.csv", text(HEADER), "a.csv has a header (person, facility, book_in, book_out) and no row below it"),
        ("a.csv.gz", b"not gzip", "a.csv.gz has the name of a file packed with gzip and is none"),
        (
            "a.csv",
            text(*ROWS, "John Smith,A3,North,2026-01-01"),
            "a.csv is named like from_at, but only 2 of its 3 different values are days",
        ),
    ],
)
def test_a_file_with_nothing_to_audit_is_called_what_it_is(
    tmp_path: Path, name: str, data: bytes, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / name).write_bytes(data)

    assert sentence in refused(tmp_path, capsys, str(tmp_path / name))


def test_a_table_that_is_not_packed_is_read_whatever_its_name_says(tmp_path: Path) -> None:
    (tmp_path / "a.csv.gz").write_bytes(text(*ROWS))

    assert cli.main(["audit", str(tmp_path / "a.csv.gz"), "--out", str(tmp_path / "out")]) == 0


def test_a_folder_has_files_of_its_own_and_not_what_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    assert "data is an empty folder" in refused(tmp_path, capsys, str(folder))

    (folder / "a.csv").write_bytes(text(*ROWS))
    assert cli.main(["audit", str(folder), "--out", str(folder / "out")]) == 2
    assert "name a folder outside it after --out" in capsys.readouterr().err
    assert [each.name for each in folder.iterdir()] == ["a.csv"]

    (folder / "more").mkdir()
    assert "more is a folder within a folder" in refused(tmp_path, capsys, str(folder))


def test_an_order_that_is_none_is_named_with_those_that_are(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.csv").write_bytes(text(*ROWS))
    (tmp_path / "order.toml").write_text(f'order = "xyz"\n{MAP}')

    said = refused(tmp_path, capsys, str(tmp_path / "a.csv"), "--map", str(tmp_path / "order.toml"))

    assert 'order is "xyz", and it must be "dmy"' in said


def test_columns_of_one_name_are_said_with_the_one_that_is_used(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.csv").write_bytes(text(*TWICE))
    assert cli.main(["audit", str(tmp_path / "a.csv"), "--out", str(tmp_path / "out")]) == 0

    sentence = "later ones are called book_in (2) here. Used: book_in. A map (--map) can name another."
    assert sentence in capsys.readouterr().out
    assert sentence in (tmp_path / "out" / "report.html").read_text("utf-8")


def test_a_name_with_a_number_is_no_name_given_twice(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.csv").write_bytes(text(*TWICE).replace(b"out,book_in", b"out,book_in (2)"))
    assert cli.main(["audit", str(tmp_path / "a.csv"), "--out", str(tmp_path / "out")]) == 0

    assert "later ones" not in capsys.readouterr().out


@pytest.mark.parametrize(("more", "shown"), [([], "2999-01-01"), (["--public"], "0000-00-00")])
def test_a_day_that_can_not_be_is_shown_as_it_stands_unless_it_is_published(
    tmp_path: Path, more: list[str], shown: str
) -> None:
    audit(tmp_path, ["who,where,from,until", "A,F,2025-03-05,2025-03-09", "B,F,2999-01-01,2999-01-02"], *more)

    assert f"such as {shown}" in (tmp_path / "out" / "report.html").read_text("utf-8")


def test_the_hash_is_of_what_was_read(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(text(*ROWS))
    cli.main(["audit", str(tmp_path / "a.csv"), "--out", str(tmp_path / "out")])

    (source,) = json.loads((tmp_path / "out" / "provenance.json").read_text())["sources"]
    assert source["sha256"] == hashlib.sha256(text(*ROWS)).hexdigest()


def grown(path: Path) -> None:
    with path.open("ab") as file:
        file.write(text(*ROWS[1:]))


def replaced(path: Path) -> None:
    other = path.with_name("other")
    other.write_bytes(path.read_bytes())
    other.replace(path)


@pytest.mark.skipif(sys.platform == "win32", reason="an open file is not replaced there")
@pytest.mark.parametrize("change", [grown, replaced, Path.unlink])
def test_a_file_that_changes_while_it_is_read_is_not_used(tmp_path: Path, change: Callable[[Path], None]) -> None:
    """It changes as soon as something of it has been written, with most of it still to be read."""
    path, folder = tmp_path / "a.csv", tmp_path / "private"
    folder.mkdir()
    path.write_bytes(text(HEADER, *ROWS[1:] * 300_000))

    def once_begun() -> None:
        while reading.is_alive() and not any(folder.iterdir()):
            pass
        change(path)

    told = list[ReadingError]()

    def reads() -> None:
        try:
            read(path, folder, 1)
        except ReadingError as error:
            told.append(error)

    reading = threading.Thread(target=reads)
    reading.start()
    once_begun()
    reading.join()

    assert [each.message.code for each in told] == ["audit.changed_meanwhile"]


LOADING = """
import builtins, os, signal, sys
real = builtins.__import__
def slow(name, *more):
    if name == "habeas.inputs":
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.kill(os.getpid(), signal.SIGINT)
    return real(name, *more)
builtins.__import__ = slow
from habeas import main
sys.exit(main())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent elsewhere")
def test_an_interruption_while_the_command_is_being_loaded_is_one_sentence() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", LOADING], capture_output=True, text=True, check=False, env={**os.environ, "LANG": "C"}
    )

    assert (ended.returncode, ended.stderr) == (128 + signal.SIGINT, "habeas: Interrupted before it was done.\n")
