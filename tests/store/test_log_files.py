"""What the running system serves of the log is what an export has, to the byte, on both databases."""

from __future__ import annotations

from pathlib import Path

import pytest

from habeas.register.checkpoint import parse_signed_checkpoint
from habeas.store import proofs, sequencer
from habeas.store.append import append_of_system
from habeas.store.begin import begin
from habeas.store.beginning import Beginning
from tests.store.example import ORIGIN, START, TARTU


def files(folder: Path) -> dict[str, bytes]:
    return {each.relative_to(folder).as_posix(): each.read_bytes() for each in folder.rglob("*") if each.is_file()}


def grow_to(size: int) -> None:
    """A register of so many entries, all in their places."""
    if size and not proofs.log_file("checkpoint"):
        begin(Beginning(log=ORIGIN, parties=(), managers=(), agreements=()), at=START)
        sequencer.place_all()
    if more := size and size - served_size():
        append_of_system("facility-tartu", *[TARTU] * more, at=START)
    sequencer.place_all()


def served_size() -> int:
    note = proofs.log_file("checkpoint")
    assert note is not None
    return parse_signed_checkpoint(note).checkpoint.size


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257])
def test_every_file_of_an_export_is_served_the_same(data: Path, tmp_path: Path, size: int) -> None:
    grow_to(size)
    assert proofs.export(tmp_path / "export") == size == served_size()
    exported = files(tmp_path / "export")
    assert {path: proofs.log_file(path) for path in exported} == exported


def test_before_the_register_begins_nothing_is_there(data: Path) -> None:
    grow_to(0)
    assert [proofs.log_file(path) for path in ("checkpoint", "keys.jsonl", "tile/0/000", "tile/entries/000.p/1")] == [
        None
    ] * 4


def test_what_a_smaller_checkpoint_needed_is_served_for_ever(data: Path, tmp_path: Path) -> None:
    older: dict[str, bytes] = {}
    for size in (1, 7, 256, 300):
        grow_to(size)
        proofs.export(tmp_path / str(size))
        older |= {path: each for path, each in files(tmp_path / str(size)).items() if path.startswith("tile/")}
    assert {"tile/0/000.p/7", "tile/entries/000.p/1", "tile/0/000", "tile/1/000.p/1"} <= older.keys()
    assert {path: proofs.log_file(path) for path in older} == older


def test_what_no_checkpoint_shows_is_not_there(data: Path) -> None:
    grow_to(300)
    assert proofs.log_file("tile/0/001.p/44") is not None
    for path in ("tile/0/001", "tile/0/001.p/45", "tile/entries/001.p/45", "tile/1/000.p/2", "tile/2/000.p/1", "x"):
        assert proofs.log_file(path) is None, path
