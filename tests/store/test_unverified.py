"""What `habeas verify` or a restore would refuse is not written over what they would take: the older copy stays."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from habeas.core.entries.procedure import EvidenceAdded
from habeas.register.checkpoint import Checkpoint, sign_checkpoint
from habeas.register.export import Unverified
from habeas.register.leaf import make_leaf, parse_leaf
from habeas.register.note import Signer
from habeas.register.problems import Problem
from habeas.register.tree import grow, leaf_hash, root
from habeas.register.verify import verify_path
from habeas.speech import say
from habeas.store import evidence, proofs, sequencer, statements
from habeas.store.backup import backup
from habeas.store.keys import key_folder
from habeas.store.models import CheckpointRow, HeadRow, LogRow, NodeRow
from habeas.store.nodes import edge_at, edge_of
from tests.store.conftest import ON_POSTGRESQL
from tests.store.example import ORIGIN, Register
from tests.store.test_log_files import files, grow_to
from tests.store.test_secrecy import as_a_new_process
from tests.store.test_server import habeas, said
from tests.store.test_standing_audit import bytes_of, changed

STRANGER = Signer(ORIGIN, b"the seed of a stranger".ljust(32))


def row_like(last: LogRow, leaf: bytes) -> LogRow:
    """A new row with this leaf, whatever it is, and nothing sealed."""
    (ticket,) = statements.new_tickets(HeadRow.objects.get().size, 1)
    row = LogRow(ticket=ticket, entry_id=secrets.token_hex(16), stream="case-forged", version=0, kind=last.kind)
    row.occurred_at = row.recorded_at = last.recorded_at
    row.account, row.party, row.role = last.account, last.party, last.role
    row.leaf, row.leaf_hash, row.sealed = leaf, leaf_hash(leaf), b""
    return row


def signed_over(leaf: bytes) -> None:
    """What a sequencer would leave behind that gives a place to this, whatever it is, and signs."""
    head, hashed = HeadRow.objects.get(), leaf_hash(leaf)
    row = row_like(LogRow.objects.order_by("-ticket")[0], leaf)
    row.save(force_insert=True)
    if not statements.places_at_once():
        statements.place([(head.size, row.ticket, hashed)])
    edge, nodes = grow(edge_of(head), [hashed])
    NodeRow.objects.bulk_create(NodeRow(level=each.level, index=each.index, hash=each.hash) for each in nodes)
    note = sign_checkpoint(Checkpoint(head.origin, edge.size, root(edge)), key_folder().signer(sequencer.log_key()))
    end = HeadRow(head.origin, edge.size, b"".join(edge.hashes), head.recorded_at)
    statements.write(inserts=[CheckpointRow(edge.size, note.decode("utf-8"))], upserts=[end])


def by_a_stranger(last: bytes) -> bytes:
    own = parse_leaf(last)
    more = {"entry_id": own.entry_id, "counter": 0, "previous": bytes(32), "fields": own.fields}
    return make_leaf(ORIGIN, STRANGER, **more)  # type: ignore[arg-type]


def with_a_number_changed(last: bytes) -> bytes:
    own = parse_leaf(last)
    following = last.replace(b'"%016d"' % own.counter, b'"%016d"' % (own.counter + 1))
    return following.replace(own.previous.hex().encode(), leaf_hash(last).hex().encode())


FORGED: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "no leaf": (lambda _: b"{}", "register.leaf_broken"),
    "the last leaf once more": (lambda last: last, "register.counter_reused"),
    "signed by a stranger": (by_a_stranger, "register.key_unknown"),
    "not what its key signed": (with_a_number_changed, "register.leaf_signature_wrong"),
}


@pytest.mark.parametrize("sort", FORGED)
def test_a_forged_entry_is_named_and_neither_backed_up_nor_exported(
    register: Register, data: Path, tmp_path: Path, sort: str
) -> None:
    register.propose("alice", "Alice", "Example")
    ways: tuple[Callable[[Path], int], ...] = (backup, proofs.export)
    for way in ways:
        way(tmp_path / way.__name__)
    before = {way: files(tmp_path / way.__name__) for way in ways}
    changed("store_logrow", "DROP INDEX one_leaf_a_counter")
    forge, code = FORGED[sort]
    size, last = HeadRow.objects.get().size, bytes(LogRow.objects.order_by("-ticket")[0].leaf)
    signed_over(forge(last))

    for way in ways:
        with pytest.raises(Unverified) as refused:
            way(tmp_path / way.__name__)

        found = refused.value.problems[0]
        assert (found.code, found.parameters["index"]) == (code, size)
        assert files(tmp_path / way.__name__) == before[way]


@pytest.mark.parametrize("command", ["backup", "export"])
def test_the_command_names_it_says_that_nothing_was_written_and_ends_with_1(
    register: Register, data: Path, tmp_path: Path, command: str
) -> None:
    sequencer.place_all()
    size = HeadRow.objects.get().size
    signed_over(b"{}")

    done = habeas(command, data, directory=str(tmp_path / "out"))

    sentences = [Problem("register.leaf_broken", {"index": size}), Problem("register.leaf_members")]
    assert done.stderr == "".join(say(each, "en") + "\n" for each in sentences) + said("not_verified")
    assert (done.returncode, done.stdout, files(tmp_path / "out")) == (1, "", {})


@ON_POSTGRESQL
@pytest.mark.parametrize("command", ["backup", "export"])
def test_a_row_without_a_place_is_named_and_in_no_copy(
    register: Register, data: Path, tmp_path: Path, command: str
) -> None:
    sequencer.place_all()
    size, last = HeadRow.objects.get().size, LogRow.objects.order_by("-ticket")[0]
    forged = row_like(last, b"{}")
    forged.save(force_insert=True)

    done = habeas(command, data, directory=str(tmp_path / "out"), format="json")

    told = {"ticket": forged.ticket, "entry": forged.entry_id}
    assert (done.returncode, done.stderr) == (1, say(Problem("audit.set_aside", told), "en") + "\n")
    assert json.loads(done.stdout)["size"] == size
    assert verify_path(tmp_path / "out", register.vkey).ok
    assert not any(forged.entry_id.encode() in each for each in files(tmp_path / "out").values())


def with_a_document(register: Register) -> str:
    """The number of an entry with a file."""
    body = EvidenceAdded(document="judgment", issuer="Nobody", dated_on=date(2026, 8, 1), reference="none")
    (entry,) = register.record("case-alice", evidence.described(body, b"%PDF-"), person="person-alice")
    evidence.keep(entry, b"%PDF-")
    return entry.id


CHANGED = {
    "who acted": ("store_logrow", "UPDATE store_logrow SET account = 'x' WHERE entry_id = '{id}'", "content_changed"),
    "the file": ("store_evidencefile", "UPDATE store_evidencefile SET sealed = {bytes}", "file_changed"),
}


@pytest.mark.parametrize("what", CHANGED)
def test_what_a_restore_would_refuse_is_named_and_not_backed_up(
    register: Register, data: Path, tmp_path: Path, what: str
) -> None:
    register.propose("alice", "Alice", "Example")
    sequencer.place_all()
    backup(tmp_path / "backup")
    before, (table, statement, code) = files(tmp_path / "backup"), CHANGED[what]
    entry_id = with_a_document(register)
    sequencer.place_all()
    changed(table, statement.format(id=entry_id, bytes=bytes_of("00")))

    with pytest.raises(Unverified) as refused:
        backup(tmp_path / "backup")

    (found,), about = refused.value.problems, {"entry": entry_id, "key": "person-person-alice"}
    assert (found.code, found.parameters) == (f"audit.{code}", about)
    assert files(tmp_path / "backup") == before


def test_a_key_that_is_lost_or_damaged_holds_up_no_backup(register: Register, data: Path, tmp_path: Path) -> None:
    register.propose("alice", "Alice", "Example")
    with_a_document(register)
    sequencer.place_all()
    key = data / "keys" / "secret" / "person-person-alice.key"
    for spoil in (lambda: key.write_bytes(b"cut"), key.unlink):
        spoil()
        as_a_new_process()

        assert backup(tmp_path / str(key.exists())) == HeadRow.objects.get().size


@pytest.mark.parametrize("size", [1, 9, 255, 256, 300, 512, 600])
def test_the_edge_of_a_smaller_tree_is_read_from_the_hashes(data: Path, size: int) -> None:
    grow_to(600)
    leaves = LogRow.objects.filter(place__index__lt=size).order_by("place__index").values_list("leaf", flat=True)

    assert edge_at(size) == grow(edge_at(0), [leaf_hash(bytes(each)) for each in leaves])[0]
