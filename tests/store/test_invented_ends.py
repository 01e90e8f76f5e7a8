"""Checkpoints and ends of the register that somebody put into the database hold nothing up, and are named."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import IntegrityError, transaction

from habeas.register.checkpoint import Checkpoint, sign_checkpoint
from habeas.register.problems import Problem
from habeas.register.verify import verify_path
from habeas.speech import say
from habeas.store import projections, proofs, samples, sequencer, witnessed
from habeas.store.backup import backup
from habeas.store.keys import EndChanged
from habeas.store.models import CheckpointRow, HeadRow
from habeas.store.restore import restore
from tests.store.conftest import copy_of
from tests.store.example import Register
from tests.store.test_chains import findings
from tests.store.test_log_files import files
from tests.store.test_restore import AT, emptied, lived, state
from tests.store.test_secrecy import as_a_new_process
from tests.store.test_server import habeas
from tests.store.test_standing_audit import changed
from tests.store.test_unverified import STRANGER

NOTES = {
    "nonsense": lambda size, last: "nonsense",
    "nothing": lambda size, last: "",
    "of another size": lambda size, last: last.note,
    "of a stranger": lambda size, last: sign_checkpoint(Checkpoint(STRANGER.name, size, bytes(32)), STRANGER).decode(),
}
AHEAD = (*range(-1, 4), 1_000, 2**62)


@pytest.mark.parametrize("sort", NOTES)
def test_checkpoints_before_their_time_hold_nothing_up_and_are_named(
    register: Register, data: Path, tmp_path: Path, request: pytest.FixtureRequest, sort: str
) -> None:
    sequencer.place_all()
    last = witnessed.newest()
    sizes = [last.size + each for each in AHEAD if sort != "of another size" or each]
    CheckpointRow.objects.bulk_create(CheckpointRow(size=each, note=NOTES[sort](each, last)) for each in sizes)
    as_a_new_process()

    lived(register)

    assert witnessed.newest().size == HeadRow.objects.get().size > last.size
    assert samples.checkpoint(last.size) == last.note
    assert projections.rebuild().differences == ()
    for way in (backup, proofs.export):
        way(tmp_path / way.__name__)
        assert verify_path(tmp_path / way.__name__, register.vkey).ok
    assert habeas("work", data, once=True).returncode == 0
    found = findings(register)
    assert [each["size"] for each in found.pop("audit.checkpoint_changed")] == sizes
    assert found == {}
    before = state()
    with copy_of(emptied(data, request), tmp_path):
        restore(tmp_path / "backup", at=AT)
        assert state() | {"root": 0} == before | {"root": 0}
        assert findings(register) == {}


def test_a_checkpoint_that_was_changed_is_in_no_backup_and_is_named(
    register: Register, data: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    sequencer.place_all()
    size = HeadRow.objects.get().size
    register.propose("bob", "Bob", "Example")
    sequencer.place_all()
    changed("store_checkpointrow", f"UPDATE store_checkpointrow SET note = 'x' WHERE size = {size}")

    backup(tmp_path / "backup")

    assert findings(register) == {"audit.checkpoint_changed": [{"size": size}]}
    assert not [each for path, each in files(tmp_path / "backup").items() if b'"checkpoint":"x"' in each]
    with copy_of(emptied(data, request), tmp_path):
        restore(tmp_path / "backup", at=AT)
        assert findings(register) == {}


def test_the_database_takes_no_second_end(register: Register) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        HeadRow.objects.create(origin="a.example/log", size=0, edge=b"", recorded_at=register.now)

    register.propose("bob", "Bob", "Example")
    sequencer.place_all()
    assert projections.rebuild().differences == ()
    assert findings(register) == {}


@pytest.mark.parametrize("command", ["rebuild", "backup", "export", "work", "check"])
def test_where_the_owner_of_the_tables_has_made_two_ends_the_other_is_named_and_one_sentence_says_what_to_do(
    register: Register, data: Path, tmp_path: Path, command: str
) -> None:
    sequencer.place_all()
    changed("store_headrow", "DROP INDEX one_end")
    changed(
        "store_headrow", "INSERT INTO store_headrow SELECT 'a.example/log', size, edge, recorded_at FROM store_headrow"
    )

    done = habeas(command, data, directory=str(tmp_path / "out"), lang="en", once=True)

    goes_on = {"rebuild": "HeadRow a.example/log", "export": "", "work": ""}
    sentence = goes_on.get(command, say(Problem("audit.heads", {"count": 2}), "en"))
    assert (done.returncode, sentence in done.stdout + done.stderr) == (0 if sentence == "" else 1, True)
    assert "Traceback" not in done.stderr


SIGNERS = {
    "introduced by no entry": "UPDATE store_signerrow SET introduced = 999999 WHERE party = 'se-kv'",
    "introduced by another entry": "UPDATE store_signerrow SET introduced = 0",
    "the log's is a party's": "UPDATE store_signerrow SET party = 'log' WHERE party = 'se-kv'",
    "none": "DELETE FROM store_signerrow",
}


@pytest.mark.parametrize("sort", SIGNERS)
def test_whatever_is_said_of_the_signers_no_receipt_is_wrong_and_a_rebuild_is_named_and_mends_it(
    register: Register, data: Path, tmp_path: Path, sort: str
) -> None:
    (entry, *_) = register.propose("bob", "Bob", "Example")
    sequencer.place_all()
    changed("store_signerrow", SIGNERS[sort])
    as_a_new_process()

    if sort == "none":
        with pytest.raises(EndChanged):
            proofs.receipt_of(entry.id, ["kind"])
    else:
        (tmp_path / "receipt.json").write_bytes(proofs.receipt_of(entry.id, ["kind"]) or b"")
        assert verify_path(tmp_path / "receipt.json", register.vkey).ok
    assert [code for code, found in findings(register).items() if {"table": "SignerRow"}.items() <= found[0].items()]
    for command in ("export", "backup", "work"):
        done = habeas(command, data, directory=str(tmp_path / command), lang="en", once=True)
        if done.returncode:
            assert (done.returncode, "habeas rebuild" in done.stderr) == (1, True), done.stderr
        assert "Traceback" not in done.stderr
    assert habeas("rebuild", data, lang="en").returncode == 1
    for command in ("export", "backup", "work"):
        assert habeas(command, data, directory=str(tmp_path / command), lang="en", once=True).returncode == 0
    assert findings(register) == {}


def test_another_name_of_the_log_is_named_and_a_rebuild_mends_it(register: Register) -> None:
    register.propose("bob", "Bob", "Example")
    sequencer.place_all()
    changed("store_headrow", "UPDATE store_headrow SET origin = 'a.example/log'")
    as_a_new_process()

    assert "audit.head_origin" in findings(register)
    with pytest.raises(EndChanged):
        register.propose("alice", "Alice", "Example")
    (told,) = projections.rebuild().differences
    assert (told.table, told.key) == ("HeadRow", "a.example/log")
    register.propose("alice", "Alice", "Example")
    sequencer.place_all()
    assert findings(register) == {}
