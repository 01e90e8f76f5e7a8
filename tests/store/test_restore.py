"""A backup brings the register back: same root, same roll, and it goes on. What can't be believed brings back nothing."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path

import pytest
from django.db import connection

from habeas.core.entries import Role
from habeas.core.entries.institutions import AccountInvited
from habeas.core.entries.procedure import EvidenceAdded
from habeas.register.checkpoint import parse_signed_checkpoint
from habeas.register.cosignature import cosign
from habeas.register.note import COSIGNER, Signer
from habeas.register.problems import RegisterError
from habeas.register.verify import verify_path
from habeas.store import accounts, evidence, memory, projections, proofs, sequencer, streams
from habeas.store.backup import LIST, backup
from habeas.store.keys import KeyLost
from habeas.store.models import (
    Account,
    AskedRow,
    CaseRow,
    CheckpointRow,
    CosignatureRow,
    HeadRow,
    LogRow,
    NodeRow,
    PendingRow,
    SentForm,
    ShownStreamRow,
    SignerRow,
    StintRow,
    WitnessAnswerRow,
)
from habeas.store.records import LOST
from habeas.store.restore import _put_beside, restore
from tests.store.conftest import ON_POSTGRESQL, copy_of
from tests.store.example import OFFICER, Register
from tests.store.test_memory import copied
from tests.store.test_server import habeas

AT = datetime(2026, 9, 2, 8, 0, tzinfo=UTC)
WITNESS = Signer("witness.example/w", b"w" * 32, COSIGNER)


def lived(register: Register) -> None:
    """Bob is held with a document on file, more than one bundle of entries is there, and a manager can invite."""
    register.fill(300)
    register.propose("bob", "Bob", "Example")
    register.hold("bob")
    file = b"%PDF-an invented letter"
    body = evidence.described(
        EvidenceAdded(document="judgment", issuer="Nobody", dated_on=date(2026, 8, 1), reference="none"), file
    )
    (entry,) = register.record("case-bob", body, person="person-bob")
    evidence.keep(entry, file)
    manager = AccountInvited(account="manager-se", party="se-kv", role=Role.ACCOUNT_MANAGER)
    accounts.appoint(manager, at=register.now)
    AskedRow.objects.create(lookup="0" * 64, asker="asker-1")
    sequencer.place_all()
    newest = cosigned(register.now.replace(microsecond=0))
    for seen in (None, newest.size):
        WitnessAnswerRow.objects.create(
            witness="w",
            outcome="fork",
            size=newest.size,
            seen=seen,
            proof=seen and "signed",
            recorded=AT.replace(microsecond=7),
        )
    SentForm.objects.create(account="officer-1", send_id="s1", tickets=[entry.index])
    sequencer.place_all()


def cosigned(at: datetime) -> CheckpointRow:
    """The newest checkpoint, which the witness cosigned."""
    newest = next(memory.signed())
    line = cosign(parse_signed_checkpoint(newest.note.encode()).note, WITNESS, int(at.timestamp()))
    seen = at.replace(microsecond=7)
    CosignatureRow.objects.create(size=newest.size, witness=WITNESS.verifier.text, line=line, at=at, recorded=seen)
    return newest


def state() -> dict[str, object]:
    """What must be the same after a restore."""
    rows = LogRow.objects.order_by("place__index")
    return {
        "leaves": [bytes(each) for each in rows.values_list("leaf", flat=True)],
        "sealed": [bytes(each) for each in rows.values_list("sealed", flat=True)],
        "nodes": sorted((each.level, each.index, bytes(each.hash)) for each in NodeRow.objects.all()),
        "root": next(memory.signed()).note,
        "head": (HeadRow.objects.get().size, bytes(HeadRow.objects.get().edge), HeadRow.objects.get().recorded_at),
        "signers": sorted(
            (each.fingerprint, each.party, each.counter, bytes(each.previous)) for each in SignerRow.objects.all()
        ),
        "cases": sorted(CaseRow.objects.values_list()),
        "roll": sorted(StintRow.objects.values_list()),
        "asked": sorted(AskedRow.objects.values_list()),
        "cosigned": sorted(CosignatureRow.objects.values_list("size", "witness", "line", "at")),
        "answered": list(WitnessAnswerRow.objects.order_by("id").values_list("witness", "outcome", "seen", "proof")),
        "sent": sorted(SentForm.objects.values_list("account", "send_id")),
    }


def emptied(data: Path, request: pytest.FixtureRequest) -> Path | str:
    return request.getfixturevalue("empty_database" if connection.vendor == "sqlite" else "empty_template")  # type: ignore[no-any-return]


def test_an_empty_database_becomes_the_register_again_and_goes_on(
    register: Register, data: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    lived(register)
    backup(tmp_path / "backup")
    before = state()

    with copy_of(emptied(data, request), tmp_path):
        found = restore(tmp_path / "backup", at=AT)

        assert state() == before
        assert (found.size, found.added, found.lost, found.published) == (found.size, found.size, 0, found.size)
        assert projections.rebuild().differences == ()
        document = next(each for each in streams.entries("case-bob") if isinstance(each.body, EvidenceAdded))
        assert evidence.evidence_file(document.id) == b"%PDF-an invented letter"
        assert SentForm.objects.get().tickets == [LogRow.objects.get(entry_id=document.id).ticket]
        (invitation,) = found.invitations
        assert accounts.accept(invitation.token, "invented password 1", at=AT) is not None
        register.propose("alice", "Alice", "Example")
        proofs.export(tmp_path / "out")
        report = verify_path(tmp_path / "out", register.vkey, since=str(before["root"]).encode())
        assert report.ok


def test_a_database_behind_is_read_only_until_it_is_restored(register: Register, data: Path, tmp_path: Path) -> None:
    lived(register)
    put_back = copied(data)
    register.propose("alice", "Alice", "Example")
    register.hold("alice")
    accounts.appoint(AccountInvited(account="officer-2", party="se-kv", role=Role.SENDING_OFFICER), at=register.now)
    sequencer.place_all()
    backup(tmp_path / "backup")
    before = state()
    put_back()
    register.versions.pop("case-alice")
    assert memory.behind() is not None
    assert not StintRow.objects.filter(case="case-alice").exists()

    done = habeas("restore", data, backup=str(tmp_path / "backup"), leaves_only=False, format="json")

    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["added"] == 4
    assert state() == before
    assert memory.behind() is None
    assert Account.objects.get(username="officer-2").is_active is False
    register.propose("charlie", "Charlie", "Example")
    proofs.export(tmp_path / "out")
    assert verify_path(tmp_path / "out", register.vkey, since=str(before["root"]).encode()).ok


@ON_POSTGRESQL
def test_what_waited_in_the_old_copy_gets_the_place_that_it_had(register: Register, data: Path, tmp_path: Path) -> None:
    sequencer.place_all()
    register.propose("alice", "Alice", "Example")
    put_back = copied(data)
    register.propose("bob", "Bob", "Example")
    backup(tmp_path / "backup")
    before = state()
    put_back()
    assert PendingRow.objects.count() == 1

    restore(tmp_path / "backup", at=AT)

    assert (state(), PendingRow.objects.count()) == (before, 0)


def test_a_backup_that_is_too_old_brings_what_it_has_and_the_register_stays_read_only(
    register: Register, data: Path, tmp_path: Path
) -> None:
    sequencer.place_all()
    put_back = copied(data)
    register.propose("bob", "Bob", "Example")
    size = backup(tmp_path / "backup")
    (entry,) = register.propose("alice", "Alice", "Example")
    proofs.receipt(entry.id, OFFICER)
    put_back()

    found = restore(tmp_path / "backup", at=AT)

    assert (found.size, found.added, found.published) == (size, 1, size + 1)
    assert memory.behind() is not None


def test_from_a_mirror_come_leaves_alone_and_receipts_still_verify(
    register: Register, data: Path, tmp_path: Path
) -> None:
    lived(register)
    put_back = copied(data)
    (alice,) = register.propose("alice", "Alice", "Example")
    receipt = proofs.receipt(alice.id, OFFICER)
    assert receipt is not None
    (tmp_path / "receipt.json").write_bytes(receipt)
    proofs.export(tmp_path / "mirror")
    put_back()
    register.versions.pop("case-alice")
    with pytest.raises(RegisterError) as refused:
        restore(tmp_path / "mirror", at=AT)
    assert refused.value.problem.code == "backup.leaves_only"

    found = restore(tmp_path / "mirror", at=AT, leaves_only=True)

    assert (found.added, found.lost) == (1, 1)
    row = LogRow.objects.get(entry_id=alice.id)
    assert (row.kind, bytes(row.sealed)) == (LOST, b"")
    assert memory.behind() is None
    register.propose("charlie", "Charlie", "Example")
    assert verify_path(tmp_path / "receipt.json", register.vkey).ok
    proofs.export(tmp_path / "mirror")
    assert verify_path(tmp_path / "mirror", register.vkey).ok


def test_a_backup_without_its_list_is_no_mirror(register: Register, data: Path, tmp_path: Path) -> None:
    lived(register)
    backup(tmp_path / "backup")
    (tmp_path / "backup" / LIST).unlink()

    with pytest.raises(RegisterError) as refused:
        restore(tmp_path / "backup", at=AT)

    assert (refused.value.problem.code, refused.value.problem.parameters) == ("register.file_missing", {"path": LIST})


def test_an_empty_database_takes_leaves_and_the_introductions_of_keys(
    register: Register, data: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    lived(register)
    proofs.export(tmp_path / "mirror")
    introduced = LogRow.objects.filter(kind="key_added").count()

    with copy_of(emptied(data, request), tmp_path):
        found = restore(tmp_path / "mirror", at=AT, leaves_only=True)

        assert found.lost == found.size - introduced
        (alice,) = Register(vkey=register.vkey, now=AT).propose("alice", "Alice", "Example")
        receipt = proofs.receipt(alice.id, OFFICER)
        assert receipt is not None
        (tmp_path / "receipt.json").write_bytes(receipt)
        assert verify_path(tmp_path / "receipt.json", register.vkey).ok


def test_a_backup_that_turns_up_after_leaves_came_back_alone_makes_them_whole(
    register: Register, data: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    lived(register)
    put_back = copied(data)
    (alice,) = register.propose("alice", "Alice", "Example")
    backup(tmp_path / "found")
    proofs.export(tmp_path / "mirror")
    put_back()
    restore(tmp_path / "mirror", at=AT, leaves_only=True)
    assert LogRow.objects.get(entry_id=alice.id).kind == LOST
    (charlie,) = register.propose("charlie", "Charlie", "Example")
    size = backup(tmp_path / "since")

    with copy_of(emptied(data, request), tmp_path):
        restore(tmp_path / "found", at=AT)
        restore(tmp_path / "since", at=AT)

        assert (HeadRow.objects.get().size, LogRow.objects.filter(kind=LOST).count()) == (size, 0)
        assert streams.entries("case-alice") == (alice,)
        assert [each.id for each in streams.entries("case-charlie")] == [charlie.id]
        assert memory.behind() is None
        assert projections.rebuild().differences == ()


def test_a_copy_from_before_a_loss_whose_numbers_were_given_again_is_refused_and_an_empty_database_is_not(
    register: Register, data: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    lived(register)
    put_back = copied(data)
    register.propose("alice", "Alice", "Example")
    before = backup(tmp_path / "before")
    proofs.export(tmp_path / "mirror")
    put_back()
    restore(tmp_path / "mirror", at=AT, leaves_only=True)
    register.versions.pop("case-alice")
    (again,) = register.propose("alice", "Alice", "Example")
    size = backup(tmp_path / "since")

    with copy_of(emptied(data, request), tmp_path):
        restore(tmp_path / "before", at=AT)
        with pytest.raises(RegisterError) as refused:
            restore(tmp_path / "since", at=AT)
        assert (refused.value.problem.code, HeadRow.objects.get().size) == ("backup.version_taken", before)
        assert memory.behind() is not None
    with copy_of(emptied(data, request), tmp_path):
        assert restore(tmp_path / "since", at=AT).size == size
        assert streams.entries("case-alice") == (again,)
        assert memory.behind() is None


def _relisted(folder: Path, path: Path) -> None:
    """The list says that the file is as it is now: whoever changes one can change the other."""
    name = str(path.relative_to(folder))
    lines = [each for each in (folder / LIST).read_text("utf-8").splitlines() if not each.endswith(f"  {name}")]
    lines.append(f"{sha256(path.read_bytes()).hexdigest()}  {name}")
    (folder / LIST).write_text("\n".join(lines) + "\n", "utf-8")


def _sealed(folder: Path) -> Path:
    return folder / "sealed" / "000.jsonl"


def _change_row(folder: Path, name: str, value: object) -> None:
    lines = _sealed(folder).read_text("utf-8").splitlines()
    row = json.loads(lines[20])
    lines[20] = json.dumps({**row, name: value})
    _sealed(folder).write_text("\n".join(lines) + "\n", "utf-8")
    _relisted(folder, _sealed(folder))


def _drop_row(folder: Path) -> None:
    lines = _sealed(folder).read_text("utf-8").splitlines()
    _sealed(folder).write_text("\n".join(lines[:-1]) + "\n", "utf-8")
    _relisted(folder, _sealed(folder))


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


DAMAGE: dict[str, Callable[[Path], None]] = {
    "a byte of a sealed file": lambda folder: _flip(_sealed(folder)),
    "a sealed file is gone": lambda folder: _sealed(folder).unlink(),
    "a row is gone from file and list": _drop_row,
    "who acted, in file and list": lambda folder: _change_row(folder, "account", "somebody-else"),
    "when it was recorded, in file and list": lambda folder: _change_row(
        folder, "recorded_at", "2026-09-01T09:00:00.000000Z"
    ),
    "the ciphertext, in file and list": lambda folder: _change_row(folder, "sealed", "AAAA"),
    "a line that is no row": lambda folder: _change_row(folder, "recorded_at", None),
    "a stored checkpoint": lambda folder: _change_row(folder, "checkpoint", (folder / "checkpoint").read_text("utf-8")),
    "a leaf": lambda folder: _flip(folder / "tile" / "entries" / "000"),
    "the checkpoint": lambda folder: _flip(folder / "checkpoint"),
    "the list": lambda folder: (folder / LIST).write_bytes(b"nonsense\n"),
    "a document": lambda folder: _flip(next((folder / "evidence").iterdir())),
    "the other tables": lambda folder: _flip(next((folder / "others").iterdir())),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_backup_is_refused_in_one_sentence_and_nothing_is_brought_back(
    register: Register, data: Path, tmp_path: Path, request: pytest.FixtureRequest, damage: str
) -> None:
    lived(register)
    backup(tmp_path / "backup")
    DAMAGE[damage](tmp_path / "backup")

    with copy_of(emptied(data, request), tmp_path):
        with pytest.raises(RegisterError):
            restore(tmp_path / "backup", at=AT)

        assert (LogRow.objects.count(), HeadRow.objects.count(), CaseRow.objects.count()) == (0, 0, 0)


def test_a_fork_and_another_log_are_refused(register: Register, data: Path, tmp_path: Path) -> None:
    sequencer.place_all()
    put_back = copied(data)
    register.propose("alice", "Alice", "Example")
    register.propose("charlie", "Charlie", "Example")
    sequencer.place_all()
    shutil.copytree(data / "keys", tmp_path / "keys")
    backup(tmp_path / "backup")
    put_back()
    shutil.rmtree(data / "signed")  # who forgot what was published signs a second past
    register.versions = {"facility-tartu": 1}
    register.propose("bob", "Bob", "Example")
    sequencer.place_all()
    before = state()

    with pytest.raises(RegisterError) as refused:
        restore(tmp_path / "backup", at=AT)

    assert refused.value.problem.code == "register.history_differs"
    assert state() == before


def test_without_the_keys_of_this_log_nothing_is_believed(
    register: Register, data: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    lived(register)
    backup(tmp_path / "backup")
    shutil.rmtree(data / "keys" / "signing")

    with copy_of(emptied(data, request), tmp_path):
        from habeas.store import keys

        keys._opened.cache_clear()
        with pytest.raises(KeyLost):
            restore(tmp_path / "backup", at=AT)

        assert LogRow.objects.count() == 0


def test_a_wrapped_key_comes_and_goes_with_the_persons_own(register: Register, data: Path, tmp_path: Path) -> None:
    lived(register)
    for name in ("person-person-bob", "person-erased"):
        (data / "wrapped").mkdir(exist_ok=True)
        (data / "wrapped" / f"{name}.sealed").write_text("AAAA\n", "ascii")
    backup(tmp_path / "backup")
    shutil.rmtree(data / "wrapped")

    restore(tmp_path / "backup", at=AT)

    assert [each.name for each in (data / "wrapped").iterdir()] == ["person-person-bob.sealed"]
    (data / "wrapped" / "person-person-bob.sealed").unlink()
    backup(tmp_path / "backup")
    assert [*(tmp_path / "backup" / "wrapped").iterdir()] == []


def test_what_shows_a_stream_comes_back_from_a_backup_in_which_it_had_no_id_of_its_own(register: Register) -> None:
    line = {"model": "store.shownstreamrow", "pk": "e" * 32, "fields": {"shown": {"an": "example"}}}

    _put_beside([json.dumps(line)], "others/1.jsonl", 0)

    assert [(each.entry_id, each.shown) for each in ShownStreamRow.objects.all()] == [("e" * 32, {"an": "example"})]
