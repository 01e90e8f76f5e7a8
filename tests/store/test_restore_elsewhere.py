"""A register that is brought back in another kind of database, or from before a person was erased."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import connection

from habeas.register.verify import verify_path
from habeas.store import keys, projections, proofs, sequencer, streams
from habeas.store.backup import backup
from habeas.store.models import AskedRow, EvidenceFile, SentForm
from habeas.store.restore import restore
from habeas.store.standing_audit import audit
from tests.store.conftest import copy_of
from tests.store.example import MONITOR, OFFICER, Register
from tests.store.test_erasure import CASE, SAID, decrypted, erase, files, ready, tables, taken, there
from tests.store.test_memory import copied
from tests.store.test_restore import AT, lived, state

EMPTY = {"sqlite": "empty_database", "postgresql": "empty_template"}


def other(vendor: str) -> str:
    return next(each for each in EMPTY if each != vendor)


def test_a_backup_becomes_a_register_in_the_other_kind_of_database_and_goes_on_and_comes_back(
    register: Register, data: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    lived(register)
    backup(tmp_path / "backup")
    before, here = state(), connection.vendor
    (tmp_path / "there").mkdir()
    (tmp_path / "back").mkdir()

    with copy_of(request.getfixturevalue(EMPTY[other(here)]), tmp_path / "there"):
        restore(tmp_path / "backup", at=AT)

        assert connection.vendor == other(here)
        assert state() == before
        assert audit(register.now) == ()
        (alice,) = register.propose("alice", "Alice", "Example")
        receipt = proofs.receipt(alice.id, OFFICER)
        assert receipt is not None
        (tmp_path / "receipt.json").write_bytes(receipt)
        assert verify_path(tmp_path / "receipt.json", register.vkey).ok
        backup(tmp_path / "backup")
        moved = state()

    with copy_of(request.getfixturevalue(EMPTY[here]), tmp_path / "back"):
        restore(tmp_path / "backup", at=AT)

        assert (connection.vendor, state()) == (here, moved)
        assert audit(register.now) == ()
        register.propose("charlie", "Charlie", "Example")
        proofs.export(tmp_path / "out")
        assert verify_path(tmp_path / "out", register.vkey, since=str(before["root"]).encode()).ok


def test_a_copy_from_before_an_erasure_loses_what_the_person_had_in_the_tables_once_it_is_restored(
    register: Register, data: Path, tmp_path: Path
) -> None:
    _, notice = ready(register)
    sequencer.place_all()
    put_back = copied(data)
    assert AskedRow.objects.exists()
    taken(register, "erase_person", erase(notice), MONITOR)
    backup(tmp_path / "backup")
    kept = sorted(SentForm.objects.values_list("send_id", flat=True)), EvidenceFile.objects.count()
    put_back()
    keys.forget_ciphers()
    assert there(SAID, tables()) == set()
    assert AskedRow.objects.exists()

    restore(tmp_path / "backup", at=AT)

    assert not AskedRow.objects.exists()
    assert (sorted(SentForm.objects.values_list("send_id", flat=True)), EvidenceFile.objects.count()) == kept
    assert streams.entries(CASE)
    assert there(SAID, tables(), decrypted(data / "keys"), files(data)) == set()
    assert projections.rebuild().differences == ()
    assert audit(register.now) == ()


def test_an_erased_person_stays_erased_in_an_empty_database(
    register: Register, data: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    _, notice = ready(register)
    sequencer.place_all()
    taken(register, "erase_person", erase(notice), MONITOR)
    backup(tmp_path / "backup")
    before = state()
    (tmp_path / "there").mkdir()

    with copy_of(request.getfixturevalue(EMPTY[other(connection.vendor)]), tmp_path / "there"):
        restore(tmp_path / "backup", at=AT)

        assert state() == before
        assert there(SAID, tables(), decrypted(data / "keys"), files(data)) == set()
        assert audit(register.now) == ()
