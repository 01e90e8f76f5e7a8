"""Private folders: gone at the end, and where a process was killed, gone with the next one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from habeas.audit.private import LOCK, private_folder

WAITS = """
import sys
from pathlib import Path
from habeas.audit.private import private_folder
with private_folder("habeas-", Path(sys.argv[1])) as folder:
    (folder / "rows").write_text("Alice")
    print(folder, flush=True)
    sys.stdin.read()
"""


@contextmanager
def another(where: Path) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """A process that has had a private folder for long, and that folder."""
    with subprocess.Popen(
        [sys.executable, "-c", WAITS, str(where)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None
        folder = Path(running.stdout.readline().strip())
        os.utime(folder / LOCK, (0, 0))
        yield running, folder


def test_what_a_killed_process_left_goes_and_what_a_living_one_has_stays(tmp_path: Path) -> None:
    (tmp_path / "habeas-of-somebody").mkdir()
    with another(tmp_path) as (_, living), another(tmp_path) as (killed, left):
        killed.send_signal(signal.SIGKILL)
        killed.wait()
        assert (left / "rows").exists()

        with private_folder("habeas-", tmp_path) as own:
            assert {*tmp_path.iterdir()} == {own, living, tmp_path / "habeas-of-somebody"}
            assert (living / "rows").read_text() == "Alice"

    assert [each.name for each in tmp_path.iterdir()] == ["habeas-of-somebody"]


def test_one_that_is_just_being_made_stays(tmp_path: Path) -> None:
    (tmp_path / "habeas-new").mkdir()
    (tmp_path / "habeas-new" / LOCK).touch()

    with private_folder("habeas-", tmp_path):
        assert (tmp_path / "habeas-new").exists()


def test_it_lies_among_temporary_files_and_goes_also_after_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    kept = list[Path]()

    def fails() -> None:
        with private_folder("habeas-") as folder:
            kept.append(folder)
            assert folder.stat().st_mode & 0o777 == 0o700
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()

    assert ([each.parent for each in kept], [*tmp_path.iterdir()]) == ([tmp_path], [])
