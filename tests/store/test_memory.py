"""What was given out is remembered outside the database, and a database that ends before it signs nothing."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connection, connections, transaction

from habeas.register.checkpoint import Checkpoint, parse_signed_checkpoint, sign_checkpoint
from habeas.register.export import ExportError
from habeas.register.keys import LOG_PARTY
from habeas.register.verify import verify_path
from habeas.store import memory, proofs, samples, sequencer, streams, witnessed
from habeas.store.keys import key_folder
from habeas.store.memory import BehindPublished
from habeas.store.models import CheckpointRow, HeadRow, LogRow, PendingRow, SignerRow
from tests import postgres
from tests.store.conftest import ON_POSTGRESQL
from tests.store.example import OFFICER, Register
from tests.store.test_server import habeas, said

SOURCE = Path(__file__).resolve().parents[2] / "src" / "habeas"


def copied(data: Path) -> Callable[[], None]:
    """Takes a copy of the database as it is; what is given back puts it in place again, and leaves the keys alone."""
    connections["default"].close()
    if connection.vendor == "sqlite":
        copy = data.parent / "copy.sqlite3"
        shutil.copy(data / "habeas.sqlite3", copy)

        def put_back() -> None:
            connections["default"].close()
            for each in data.glob("habeas.sqlite3*"):
                each.unlink()
            shutil.copy(copy, data / "habeas.sqlite3")

        return put_back
    name = str(connection.settings_dict["NAME"])
    postgres.run(f"CREATE DATABASE {name}_copy TEMPLATE {name}")

    def put_back_server() -> None:
        connections["default"].close()
        postgres.run(f"DROP DATABASE {name} WITH (FORCE)")
        postgres.create(name, f"{name}_copy")
        postgres.run(f"DROP DATABASE {name}_copy")

    return put_back_server


def grown(register: Register, data: Path) -> None:
    """Alice's proposal was published, and the database is the copy from before it."""
    sequencer.place_all()
    put_back = copied(data)
    (entry,) = register.propose("alice", "Alice", "Example")
    assert proofs.receipt(entry.id, OFFICER) is not None
    put_back()
    register.versions.pop("case-alice")


def remembered(data: Path) -> list[Path]:
    return sorted((data / "signed").glob("*/*"))


def test_an_append_alone_writes_no_memory_and_a_receipt_does(register: Register, data: Path) -> None:
    (entry,) = register.propose("alice", "Alice", "Example")
    assert remembered(data) == []

    proofs.receipt(entry.id, OFFICER)

    (file,) = remembered(data)
    checkpoint = CheckpointRow.objects.latest("size")
    assert file.read_text("utf-8") == checkpoint.note
    said = parse_signed_checkpoint(checkpoint.note.encode()).checkpoint
    assert file.name == f"{said.size}-{said.root.hex()}"


def test_an_export_is_remembered_before_its_first_file(register: Register, data: Path, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("no folder", "utf-8")

    with pytest.raises(ExportError):
        proofs.export(tmp_path / "out")

    assert len(remembered(data)) == 1


def test_only_the_largest_is_kept_and_an_older_one_may_be_given_out_again(register: Register, data: Path) -> None:
    sequencer.place_all()
    first = CheckpointRow.objects.latest("size").size
    samples.checkpoint(first)
    register.propose("alice", "Alice", "Example")
    sequencer.place_all()
    last = CheckpointRow.objects.latest("size").size
    samples.checkpoint(last)

    assert samples.checkpoint(first) == CheckpointRow.objects.get(size=first).note

    assert [each.name.partition("-")[0] for each in remembered(data)] == [str(last)]


def test_what_is_not_committed_is_not_published(register: Register, data: Path) -> None:
    sequencer.place_all()
    with pytest.raises(RuntimeError, match="after its transaction"), transaction.atomic():
        memory.published()

    assert remembered(data) == []


def test_a_database_restored_behind_what_was_published_records_nothing(register: Register, data: Path) -> None:
    grown(register, data)
    size, before = HeadRow.objects.get().size, LogRow.objects.count()

    with pytest.raises(BehindPublished) as refused:
        register.propose("bob", "Bob", "Example")

    assert (refused.value.size, refused.value.published) == (size, size + 1)
    assert (LogRow.objects.count(), PendingRow.objects.count(), HeadRow.objects.get().size) == (before, 0, size)
    found = memory.behind()
    assert found is not None
    assert (found.size, found.published) == (size, size + 1)


def test_what_is_there_can_still_be_read_and_proved(register: Register, data: Path) -> None:
    (entry,) = register.propose("bob", "Bob", "Example")
    grown(register, data)

    assert streams.entries("case-bob")[0].id == entry.id
    assert proofs.receipt(entry.id, OFFICER) is not None


def test_an_export_from_a_database_that_is_behind_says_so_and_ends_with_1(
    register: Register, data: Path, tmp_path: Path
) -> None:
    grown(register, data)
    size = witnessed.newest().size

    done = habeas("export", data, directory=str(tmp_path / "out"))

    assert (done.returncode, done.stderr) == (1, said("behind", size=size, published=size + 1))
    assert verify_path(tmp_path / "out", register.vkey).ok


def test_an_old_copys_end_is_not_given_out_though_the_register_is_whole_once_it_was_read(
    register: Register, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    grown(register, data)
    read = witnessed.published_note

    def read_while_a_restore_ends() -> bytes:
        note = read()
        shutil.rmtree(data / "signed")  # nothing is behind any more, as after a restore
        return note

    monkeypatch.setattr(witnessed, "published_note", read_while_a_restore_ends)
    with pytest.raises(BehindPublished):
        proofs.log_file("checkpoint")


@ON_POSTGRESQL
def test_what_waited_in_a_restored_database_gets_no_place(register: Register, data: Path) -> None:
    sequencer.place_all()
    register.propose("bob", "Bob", "Example")
    put_back = copied(data)
    (entry,) = register.propose("alice", "Alice", "Example")
    proofs.receipt(entry.id, OFFICER)
    put_back()

    assert (sequencer.place(), PendingRow.objects.count()) == (0, 1)
    assert sequencer.index_of(PendingRow.objects.get().ticket) is None


def test_another_past_of_the_same_size_is_refused(register: Register, data: Path) -> None:
    sequencer.place_all()
    put_back = copied(data)
    register.propose("alice", "Alice", "Example")
    sequencer.place_all()
    put_back()
    register.versions.pop("case-alice")
    register.propose("bob", "Bob", "Example")  # a second past: nobody was given the first
    sequencer.place_all()
    fork = CheckpointRow.objects.latest("size")
    (data / "signed").mkdir(exist_ok=True)
    head = HeadRow.objects.get()
    other = Checkpoint(head.origin, head.size, bytes(range(32)))
    key = key_folder().signer(SignerRow.objects.get(party=LOG_PARTY).fingerprint)
    memory.about_to_publish(sign_checkpoint(other, key).decode())

    for way_out in (lambda: samples.checkpoint(fork.size), lambda: register.propose("alice", "Alice", "Example")):
        with pytest.raises(BehindPublished):
            way_out()


def test_a_longer_database_that_tells_what_was_published_otherwise_is_refused(register: Register, data: Path) -> None:
    sequencer.place_all()
    head = HeadRow.objects.get()
    key = key_folder().signer(SignerRow.objects.get(party=LOG_PARTY).fingerprint)
    memory.about_to_publish(sign_checkpoint(Checkpoint(head.origin, head.size - 1, bytes(range(32))), key).decode())

    with pytest.raises(BehindPublished):
        register.propose("bob", "Bob", "Example")
    with pytest.raises(BehindPublished):
        memory.published()


def test_a_witness_that_shows_our_own_larger_checkpoint_makes_the_register_read_only(
    register: Register, data: Path
) -> None:
    sequencer.place_all()
    put_back = copied(data)
    register.propose("alice", "Alice", "Example")
    sequencer.place_all()
    seen = CheckpointRow.objects.latest("size")
    put_back()
    register.versions.pop("case-alice")
    assert memory.behind() is None

    memory.note_seen(seen.size, seen.note)

    with pytest.raises(BehindPublished):
        register.propose("bob", "Bob", "Example")


def test_the_bare_word_of_a_witness_is_told_and_holds_up_nothing(register: Register) -> None:
    sequencer.place_all()
    memory.note_seen(1_000_000, "")
    memory.note_seen(500_000, "")

    assert memory.said() == 1_000_000
    assert memory.behind() is None
    assert register.propose("alice", "Alice", "Example")


def test_a_checkpoint_that_somebody_else_signed_proves_nothing(register: Register) -> None:
    sequencer.place_all()
    head = HeadRow.objects.get()
    stranger = key_folder().create_signer(head.origin)
    forged = sign_checkpoint(
        Checkpoint(head.origin, 99, bytes(range(32))), key_folder().signer(stranger.fingerprint.hex())
    )

    memory.note_seen(99, forged.decode())

    assert memory.behind() is None


def test_files_of_others_in_its_folder_are_passed_over(register: Register, data: Path) -> None:
    sequencer.place_all()
    memory.published()
    (folder,) = (data / "signed").iterdir()
    for name in (".DS_Store", "99-said.new", "x-y"):
        (folder / name).write_bytes(b"")

    assert memory.behind() is None


def test_every_way_out_reads_its_checkpoint_where_it_is_remembered() -> None:
    """Signed notes are read in these places alone; whoever gives one out asks `memory.published`."""
    allowed = {"store/memory.py", "store/sequencer.py", "store/models.py", "store/samples.py"}
    allowed |= {"store/figures.py", "store/witnessed.py"}  # sizes alone
    allowed |= {
        "store/backup.py",
        "store/restore.py",
        "store/standing_audit.py",
        "store/entries_audit.py",
    }  # for the owner of the register
    names = {
        str(path.relative_to(SOURCE)): len(re.findall(r"CheckpointRow\.objects", path.read_text("utf-8")))
        for path in SOURCE.rglob("*.py")
    }
    found = {name for name, count in names.items() if count}

    assert "store/memory.py" in found
    assert found <= allowed
