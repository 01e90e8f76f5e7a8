"""`habeas readings`: a key that only its body holds, and what it opens."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from habeas.cli import main
from habeas.register.canonical import to_base64
from habeas.register.sealed import PUBLIC, parse_key, seal
from habeas.speech import said

READING = {"at": "2026-09-01T08:00:00+00:00", "account": "monitor-1", "case": "case-7"}


def row(public: str, **changes: str) -> str:
    data = json.dumps({**READING, **changes}).encode().ljust(512)
    return to_base64(seal(data, parse_key(PUBLIC, public), once=os.urandom(32)))


def new_key(path: Path, capsys: pytest.CaptureFixture[str]) -> str:
    assert main(["readings", "key", str(path)]) == 0
    return capsys.readouterr().out.strip()


def test_a_key_opens_its_own_rows_in_the_order_of_time(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ours, theirs = (new_key(tmp_path / name, capsys) for name in ("ours", "theirs"))
    rows = [row(ours, at="2026-09-02T08:00:00+00:00"), row(theirs, account="court-1"), row(ours)]
    (tmp_path / "rows.txt").write_text("\n".join(rows) + "\n")

    assert main(["readings", "open", str(tmp_path / "rows.txt"), "--secret", str(tmp_path / "ours")]) == 0
    text = capsys.readouterr().out
    assert text.splitlines() == [
        "2026-09-01T08:00:00+00:00  monitor-1  case-7",
        "2026-09-02T08:00:00+00:00  monitor-1  case-7",
        "Readings that this key opens: 2",
    ]
    command = ["readings", "open", str(tmp_path / "rows.txt"), "--secret", str(tmp_path / "theirs"), "--format", "json"]
    assert main(command) == 0
    assert json.loads(capsys.readouterr().out)["readings"] == [{**READING, "account": "court-1"}]


def test_a_key_that_opens_nothing_answers_no(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ours = new_key(tmp_path / "ours", capsys)
    new_key(tmp_path / "other", capsys)
    (tmp_path / "rows.txt").write_text(row(ours) + "\n")
    assert main(["readings", "open", str(tmp_path / "rows.txt"), "--secret", str(tmp_path / "other")]) == 1


def test_the_secret_key_is_for_its_owner_alone_and_is_never_written_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    public = new_key(tmp_path / "ours", capsys)
    written = (tmp_path / "ours").read_text()
    assert stat.S_IMODE((tmp_path / "ours").stat().st_mode) == 0o600
    assert public.startswith(PUBLIC)
    assert public.removeprefix(PUBLIC) not in written

    assert main(["readings", "key", str(tmp_path / "ours")]) == 2
    complaint = capsys.readouterr().err
    assert "Name a file that is not there yet" in complaint
    assert (tmp_path / "ours").read_text() == written


def test_a_file_that_is_no_secret_key_is_named_in_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    public = new_key(tmp_path / "ours", capsys)
    (tmp_path / "public").write_text(public)
    (tmp_path / "rows.txt").write_text(row(public) + "\n")
    assert main(["readings", "open", str(tmp_path / "rows.txt"), "--secret", str(tmp_path / "public")]) == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize(
    "text", ["", "no key\n", "person-person-bob\n", "person-person-bob  AAAA\n", "some = 'toml'\n"]
)
def test_a_file_of_wrapped_keys_without_one_is_said_to_have_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    new_key(tmp_path / "ours", capsys)
    file = tmp_path / "wrapped.txt"
    file.write_text(text)

    ended = main(["readings", "unwrap", str(file), str(tmp_path / "keys"), "--secret", str(tmp_path / "ours")])

    assert (ended, capsys.readouterr().err) == (2, f"habeas: {said('cli.no_wrapped_key_in', 'en', file=str(file))}\n")
    assert not (tmp_path / "keys").exists()
