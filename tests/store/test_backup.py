"""A backup is a folder of its own, that anybody verifies, and is never half of something else."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from habeas.register.verify import verify_path
from habeas.store import proofs
from habeas.store.backup import LIST, backup
from habeas.store.models import HeadRow
from tests.store.example import Register
from tests.store.test_memory import copied
from tests.store.test_restore import lived
from tests.store.test_server import habeas


def test_a_backup_is_an_export_that_anybody_verifies_and_a_list_that_holds(
    register: Register, tmp_path: Path, data: Path
) -> None:
    lived(register)

    size = backup(tmp_path / "backup")

    report = verify_path(tmp_path / "backup", register.vkey)
    assert (report.ok, report.checkpoint and report.checkpoint.size) == (True, size)
    ended = subprocess.run(["sha256sum", "-c", "--quiet", LIST], cwd=tmp_path / "backup", check=False)
    assert ended.returncode == 0
    keys = {each.read_bytes() for each in (data / "keys").rglob("*.key")}
    assert keys
    assert not [path for path in (tmp_path / "backup").rglob("*") if path.is_file() and path.read_bytes() in keys]
    sealed = "".join(path.read_text("utf-8") for path in (tmp_path / "backup").rglob("*.jsonl"))
    assert "case-bob" in sealed
    assert "home file of Bob" not in sealed


@pytest.mark.parametrize("other", ["export", "clone", "begun export"])
def test_a_folder_of_something_else_gets_no_backup(register: Register, data: Path, tmp_path: Path, other: str) -> None:
    lived(register)
    folder = tmp_path / "folder"
    if "export" in other:
        proofs.export(folder)
    else:
        (folder / ".git").mkdir(parents=True)
    if other == "begun export":
        (folder / "checkpoint").unlink()
    before = sorted(folder.rglob("*"))

    for language, sentence in (("en", "Name a folder for the backup alone"), ("es", "Indique una carpeta solo para")):
        ended = habeas("backup", data, directory=str(folder), lang=language, format="text")

        assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (2, "", 1)
        assert sentence in ended.stderr
    assert sorted(folder.rglob("*")) == before


@pytest.mark.parametrize("is_begun", [False, True])
def test_a_backup_gets_no_export_and_goes_on(register: Register, data: Path, tmp_path: Path, is_begun: bool) -> None:
    lived(register)
    folder = tmp_path / "backup"
    backup(folder)
    if is_begun:  # killed before its list was written, and while it wrote a file
        for each in ("checkpoint", "keys.jsonl", LIST):
            (folder / each).unlink()
        for each in ("tile", "wrapped"):
            shutil.rmtree(folder / each, ignore_errors=True)
        (folder / f"{LIST}.new").touch()

    for language, sentence in (("en", "Name another folder"), ("es", "Indique otra carpeta")):
        ended = habeas("export", data, directory=str(folder), lang=language, format="text")

        assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (2, "", 1)
        assert sentence in ended.stderr
    assert (folder / "checkpoint").exists() is not is_begun
    assert backup(folder) == HeadRow.objects.get().size
    assert verify_path(folder, register.vkey).ok


def test_what_is_there_is_not_written_again_and_what_is_out_of_date_goes(register: Register, tmp_path: Path) -> None:
    lived(register)
    backup(tmp_path / "backup")
    full = tmp_path / "backup" / "sealed" / "000.jsonl"
    written = full.stat().st_mtime_ns
    partial = [*(tmp_path / "backup" / "sealed").glob("001.p/*")]
    register.propose("alice", "Alice", "Example")

    backup(tmp_path / "backup")

    assert full.stat().st_mtime_ns == written
    (left,) = (tmp_path / "backup" / "sealed").glob("001.p/*")
    assert [left] != partial


def test_a_register_that_is_behind_makes_no_backup(register: Register, data: Path, tmp_path: Path) -> None:
    lived(register)
    put_back = copied(data)
    register.propose("alice", "Alice", "Example")
    backup(tmp_path / "backup")
    put_back()
    kept = {path: path.read_bytes() for path in (tmp_path / "backup").rglob("*") if path.is_file()}

    done = habeas("backup", data, directory=str(tmp_path / "backup"))

    assert done.returncode == 2
    assert "habeas restore" in done.stderr
    assert {path: path.read_bytes() for path in (tmp_path / "backup").rglob("*") if path.is_file()} == kept
