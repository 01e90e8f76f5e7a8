"""A fork that the log's own signature proves makes the register read-only, as being behind does; a mere claim never."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from django.utils import timezone

from habeas import work
from habeas.register.checkpoint import Checkpoint, parse_signed_checkpoint, sign_checkpoint
from habeas.register.note import Signer
from habeas.register.verify import verify_path
from habeas.register.witness import SIZE_TYPE, Answer, Outcome, request_body
from habeas.store import memory, proofs, sequencer, standing, standing_audit, witnessed
from habeas.store.backup import backup
from habeas.store.begin import new_key
from habeas.store.memory import BehindPublished
from habeas.store.models import CheckpointRow, HeadRow, LogRow, PendingRow, WitnessAnswerRow
from habeas.store.restore import restore
from habeas.witness import ADD
from tests.store.conftest import ON_POSTGRESQL, copy_of
from tests.store.example import OFFICER, ORIGIN, Register
from tests.store.test_memory import copied, remembered
from tests.store.test_restore import AT, emptied
from tests.store.test_server import habeas, said
from tests.store.test_work import Witnesses, as_a_process, forked, reply, witnesses
from tests.test_witness import post

__all__ = ["witnesses"]


@pytest.fixture
def size(register: Register) -> int:
    """How many entries there are, of which the checkpoint was given out."""
    sequencer.place_all()
    return witnessed.newest().size


def told(size: int, other: str) -> str:
    root = parse_signed_checkpoint(other.encode()).checkpoint.root.hex()
    seen = parse_signed_checkpoint(other.encode()).checkpoint.size
    return said("forked", size=size, published=seen, proof=f"{seen}-{root}")


def test_a_fork_that_a_witness_proves_stops_every_way_in(register: Register, size: int, tmp_path: Path) -> None:
    memory.note_seen(size - 1, forked(register.vkey, size - 1).decode())

    ways: tuple[Callable[[], object], ...] = (
        lambda: register.propose("alice", "Alice", "Example"),
        lambda: new_key("log", at=register.now),
        lambda: backup(tmp_path / "backup"),
    )
    for way in ways:
        with pytest.raises(BehindPublished) as refused:
            way()
        assert (refused.value.is_fork, refused.value.size, refused.value.published) == (True, size, size - 1)
    assert (LogRow.objects.count(), HeadRow.objects.get().size, PendingRow.objects.count()) == (size, size, 0)
    assert not (tmp_path / "backup").exists()


@ON_POSTGRESQL
def test_what_waits_gets_no_place_over_a_fork(register: Register, size: int) -> None:
    register.propose("alice", "Alice", "Example")
    memory.note_seen(size, forked(register.vkey, size).decode())

    assert (sequencer.place(), PendingRow.objects.count(), HeadRow.objects.get().size) == (0, 1, size)


def test_every_command_says_it(register: Register, size: int, data: Path, tmp_path: Path) -> None:
    other = forked(register.vkey, size).decode()
    memory.note_seen(size, other)

    done = habeas("check", data, format="json")
    found = {each["code"]: each["parameters"] for each in json.loads(done.stdout)["findings"]}
    assert (done.returncode, found["server.forked"]["published"]) == (1, size)
    for command in ("backup", "new-key"):
        done = habeas(command, data, directory=str(tmp_path / "backup"), party="log")
        assert (done.returncode, done.stderr) == (2, told(size, other)), command
    words = "as it was signed: the register has signed two pasts. Run habeas check"
    for command, code in (("serve", 2), ("export", 1)):
        done = habeas(command, data, directory=str(tmp_path / "out"))
        assert (done.returncode, words in done.stderr, told(size, other) in done.stderr) == (code, True, True)
    with as_a_process(data, None, "--once") as running:
        assert running.communicate(timeout=120)[1].endswith(told(size, other))
    last = standing_audit.last_audit(datetime.now(UTC))
    assert last is not None
    assert last.findings == {"server.forked": 1}


def test_a_witness_that_is_asked_and_shows_it_stops_the_register_that_runs(
    register: Register, witnesses: Witnesses, caplog: pytest.LogCaptureFixture
) -> None:
    url, seen = witnesses.real("court"), witnessed.newest().size
    witnesses.wanted("court")
    assert post(url + ADD, request_body(0, (), forked(register.vkey, seen)))[0] == 200

    assert not work.run_once()

    assert told(seen, forked(register.vkey, seen).decode()).strip() in caplog.text
    with pytest.raises(BehindPublished):
        register.propose("alice", "Alice", "Example")
    (contradiction,) = standing.standing(register.now).contradictions
    assert contradiction.proof.startswith(forked(register.vkey, seen).decode())


def signed_by(name: str, register: Register, size: int) -> bytes:
    """What a liar could show: nothing, noise, another past under a key of its own, or what the log truly signed."""
    own = Signer(ORIGIN, b"a key that the liar made".ljust(32))
    seen = parse_signed_checkpoint(forked(register.vkey, size)).checkpoint
    other_log = Signer("elsewhere.example/log", b"l" * 32)
    return {
        "nothing": b"",
        "noise": b"\xff\x00",
        "its own key": sign_checkpoint(seen, own),
        "another log": sign_checkpoint(Checkpoint(other_log.name, size, bytes(32)), other_log),
        "a changed size": forked(register.vkey, size).replace(f"\n{size}\n".encode(), f"\n{size + 1}\n".encode()),
        "what the log signed": CheckpointRow.objects.get(size=size).note.encode(),
    }[name]


@pytest.mark.parametrize("more", [0, 1_000])
@pytest.mark.parametrize(
    "shown", ["nothing", "noise", "its own key", "another log", "a changed size", "what the log signed"]
)
def test_a_witness_that_only_claims_a_conflict_stops_nothing(
    register: Register, witnesses: Witnesses, shown: str, more: int
) -> None:
    """Whoever could stop the register by a claim could silence it."""
    size = witnessed.newest().size
    note, turns = signed_by(shown, register, size), iter(range(100))

    class Liar(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            answer = (409, f"{size + more}\n".encode(), SIZE_TYPE) if more or not next(turns) % 2 else (422, b"")
            reply(*answer)(self)

        def do_GET(self) -> None:
            reply(200, note)(self)

        def log_message(self, format: str, *args: object) -> None:
            pass

    witnesses.add("liar", witnesses.serve(ThreadingHTTPServer(("127.0.0.1", 0), Liar)))
    witnesses.wanted("liar")

    assert not work.run_once()

    row = WitnessAnswerRow.objects.get()
    assert (row.outcome, row.proof) == ("behind" if more else "fork", None)
    assert memory.behind() is None
    assert register.propose("alice", "Alice", "Example")
    sequencer.place_all()
    assert witnessed.newest().size == size + 1


def test_a_key_that_the_log_had_before_proves_a_fork_too(register: Register, size: int) -> None:
    """Otherwise a new key would be a way to be rid of one."""
    other = forked(register.vkey, size - 1).decode()
    new_key("log", at=register.now)
    sequencer.place_all()

    memory.note_seen(size - 1, other)

    found = memory.behind()
    assert found is not None
    assert found.is_fork


def test_what_was_given_out_last_is_still_shown_and_nothing_newer(
    register: Register, size: int, tmp_path: Path
) -> None:
    (before,) = register.propose("alice", "Alice", "Example")
    assert proofs.receipt(before.id, OFFICER) is not None
    (after,) = register.propose("bob", "Bob", "Example")
    sequencer.place_all()
    memory.note_seen(size, forked(register.vkey, size).decode())

    assert witnessed.newest().size == size + 1
    assert proofs.export(tmp_path / "out") == size + 1
    assert verify_path(tmp_path / "out", register.vkey).ok
    assert (proofs.log_file("checkpoint") or b"").decode() == witnessed.newest().note
    (tmp_path / "receipt").write_bytes(proofs.receipt(before.id, OFFICER) or b"")
    assert verify_path(tmp_path / "receipt", register.vkey).ok
    with pytest.raises(BehindPublished):
        proofs.receipt(after.id, OFFICER)


def test_an_export_names_the_key_that_signed_it_and_not_the_one_that_came_after(
    register: Register, size: int, data: Path, tmp_path: Path
) -> None:
    new_key("log", at=register.now)
    sequencer.place_all()
    memory.note_seen(size, forked(register.vkey, size).decode())

    done = habeas("export", data, directory=str(tmp_path / "out"), format="json")

    answer = json.loads(done.stdout)
    assert (done.returncode, answer["size"], answer["log_key"]) == (1, size, register.vkey)
    assert proofs.log_key().text != register.vkey
    assert verify_path(tmp_path / "out", answer["log_key"]).verdict == "register.verdict_established"


def test_what_the_database_or_the_folder_has_lost_of_a_proof_comes_back_from_the_other(
    register: Register, size: int, data: Path
) -> None:
    key = Signer("court.example/w", b"w" * 32).verifier
    proof = forked(register.vkey, size).decode()
    witnessed.note_answer(key, Answer(outcome=Outcome.FORK, seen=size, proof=proof), size)
    assert memory.behind() is None

    assert habeas("check", data).returncode == 1

    assert memory.behind() is not None
    assert len(remembered(data)) == 2  # what was given out, and what the witness proved


def test_a_proof_of_more_than_is_here_is_held_against_what_is_brought_back(
    register: Register, size: int, data: Path
) -> None:
    memory.note_seen(size + 1, forked(register.vkey, size + 1).decode())
    found = memory.behind()
    assert found is not None
    assert not found.is_fork

    for each in (data / "signed").rglob(f"{size + 1}-*"):
        shutil.move(each, data / "aside")
    register.propose("alice", "Alice", "Example")
    sequencer.place_all()
    memory.note_seen(size + 1, (data / "aside").read_text("utf-8"))

    found = memory.behind()
    assert found is not None
    assert found.is_fork


def test_the_word_of_a_witness_leaves_one_file_however_often_it_grows(
    register: Register, size: int, data: Path
) -> None:
    for more in range(1, 30):
        memory.note_seen(size + more, "")

    assert [each.name for each in remembered(data) if each.name.endswith(memory.SAID)] == [f"{size + 29}-said"]
    assert memory.said() == size + 29


def test_a_machine_that_was_set_back_and_signed_on_is_brought_back_to_the_past_that_others_hold(
    register: Register, data: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Its memory was set back with it. What it signed since is disowned by all parties together, and told for ever."""
    sequencer.place_all()
    put_back = copied(data)
    register.propose("alice", "Alice", "Example")
    backup(tmp_path / "backup")
    held = witnessed.newest()
    put_back()
    shutil.rmtree(data / "signed")
    register.versions.pop("case-alice")
    register.propose("bob", "Bob", "Example")
    sequencer.place_all()
    second = witnessed.newest()
    assert (second.size, second.note == held.note) == (held.size, False)
    memory.note_seen(held.size, held.note)
    with pytest.raises(BehindPublished):
        register.propose("charlie", "Charlie", "Example")

    with copy_of(emptied(data, request), tmp_path):
        with pytest.raises(BehindPublished):
            restore(tmp_path / "backup", at=AT)
        assert not LogRow.objects.exists()
        disown(data, second.note)

        assert restore(tmp_path / "backup", at=AT).size == held.size

        assert memory.behind() is None
        memory.note_seen(second.size, second.note)
        assert memory.behind() is None
        Register(register.vkey, AT).propose("charlie", "Charlie", "Example")
        sequencer.place_all()
        found = {each.code: each.parameters for each in standing_audit.audit(timezone.now())}
        assert found == {"audit.disowned": {"count": 1}}


def test_what_a_thief_of_the_key_signed_is_disowned_and_named_for_ever(
    register: Register, size: int, data: Path
) -> None:
    stolen = forked(register.vkey, size).decode()
    memory.note_seen(size, stolen)
    disown(data, stolen)

    new_key("log", at=register.now)
    memory.note_seen(size, stolen)

    assert register.propose("alice", "Alice", "Example")
    done = habeas("check", data)
    assert (done.returncode, "have disowned: 1." in done.stdout) == (1, True)


def disown(data: Path, note: str) -> None:
    """As docs/how-to/restore.md says it."""
    seen = parse_signed_checkpoint(note.encode()).checkpoint
    (file,) = (data / "signed").glob(f"*/{seen.size}-{seen.root.hex()}")
    (file.parent / "disowned").mkdir(mode=0o700)
    file.rename(file.parent / "disowned" / file.name)
