"""Whoever writes into the database past the register gets no place in the tree, and no signature from it."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import IntegrityError, connection, transaction

from habeas.register.leaf import make_leaf, parse_leaf
from habeas.register.note import Signer
from habeas.register.tree import leaf_hash
from habeas.register.verify import verify_path
from habeas.store import chains, memory, projections, proofs, sequencer, streams, witnessed
from habeas.store.begin import new_key
from habeas.store.keys import EndChanged, KeyLost, SealBroken, forget_ciphers
from habeas.store.models import CheckpointRow, HeadRow, LogRow, PendingRow, PlaceRow, SignerRow
from habeas.store.standing_audit import audit
from tests.store.conftest import ON_POSTGRESQL
from tests.store.example import OFFICER, RECEIVING, SENDING, Register
from tests.store.test_server import habeas
from tests.store.test_standing_audit import bytes_of


def forged(leaf: bytes, like: LogRow, entry_id: str) -> LogRow:
    """Put a row among the entries, as whoever may insert there can, and let it wait for a place."""
    row = LogRow.objects.get(ticket=like.ticket)
    row.ticket = LogRow.objects.latest("ticket").ticket + 1 if connection.vendor == "sqlite" else None
    row.entry_id, row.version, row.leaf, row.leaf_hash = entry_id, like.version + 1, leaf, leaf_hash(leaf)
    row.save(force_insert=True)
    PendingRow.objects.create(ticket=row.ticket, recorded_at=like.recorded_at)
    return row


def is_whole(register: Register, folder: Path) -> bool:
    sequencer.place_all()
    proofs.export(folder)
    report = verify_path(folder, register.vkey)
    return report.ok and PendingRow.objects.count() == 0


def findings(register: Register) -> dict[str, list[dict[str, object]]]:
    found: dict[str, list[dict[str, object]]] = {}
    for each in audit(register.now + timedelta(seconds=30)):
        found.setdefault(each.code, []).append(dict(each.parameters))
    return found


def test_the_same_counter_of_a_key_is_refused_by_the_database_itself(register: Register) -> None:
    like = LogRow.objects.latest("ticket")

    with pytest.raises(IntegrityError, match="one_leaf_a_counter"), transaction.atomic():
        forged(bytes(like.leaf), like, "e" * 32)


def far_away(leaf: bytes) -> bytes:
    """A leaf of another entry and of a counter that nobody has, with the signature of this one."""
    return leaf.replace(parse_leaf(leaf).entry_id.hex().encode(), b"e" * 32).replace(b'"n":"0', b'"n":"1')


def signed_by_another(leaf: bytes) -> bytes:
    known, stranger = parse_leaf(leaf), Signer("se-kv", bytes(32))
    return make_leaf(known.origin, stranger, entry_id=b"\xee" * 16, counter=0, previous=bytes(32), fields=known.fields)


FORGERIES: dict[str, Callable[[bytes], bytes]] = {
    "no leaf": lambda leaf: b"\x00",
    "of another log": lambda leaf: far_away(leaf).replace(b"register.example", b"deposit1.example"),
    "of another entry": lambda leaf: leaf.replace(b'"n":"0', b'"n":"1'),
    "not signed by its key": far_away,
    "signed by an unknown key": signed_by_another,
}


@ON_POSTGRESQL
@pytest.mark.parametrize("forgery", FORGERIES)
def test_what_could_not_be_verified_gets_no_place_and_is_named(
    register: Register, data: Path, tmp_path: Path, forgery: str
) -> None:
    register.propose("bob", "Bob", "Example")
    last = LogRow.objects.filter(stream="case-bob").latest("ticket")
    entry_id = "e" * 32
    row = forged(FORGERIES[forgery](bytes(last.leaf)), last, entry_id)
    register.propose("carol", "Carol", "Example")

    assert is_whole(register, tmp_path / "out")
    assert not PlaceRow.objects.filter(log=row.ticket).exists()
    assert findings(register)["audit.set_aside"] == [{"ticket": row.ticket, "entry": entry_id}]
    assert len(streams.entries("case-bob")) == last.version + 1

    done = habeas("rebuild", data, format="json")
    assert (done.returncode, json.loads(done.stdout)["differences"]) == (0, [])  # it does not open, and stays aside
    assert is_whole(register, tmp_path / "out")


@pytest.mark.parametrize("change", ["counter = 0", "counter = counter - 1", "counter = counter + 1", "previous = leaf"])
def test_nothing_is_signed_on_from_where_a_chain_does_not_end(register: Register, tmp_path: Path, change: str) -> None:
    register.propose("bob", "Bob", "Example")
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE store_signerrow SET {change.replace('leaf', bytes_of('00'))} WHERE party = '{SENDING}'")

    with pytest.raises(EndChanged):
        register.propose("carol", "Carol", "Example")
    assert findings(register)["server.differed"] == [
        {"table": "SignerRow", "key": SignerRow.objects.get(party=SENDING).fingerprint}
    ]

    assert [each.table for each in projections.rebuild().differences] == ["SignerRow"]
    register.propose("carol", "Carol", "Example")
    assert is_whole(register, tmp_path / "out")
    assert findings(register) == {}


@ON_POSTGRESQL
@pytest.mark.parametrize("later", [True, False])
def test_what_was_taken_out_of_the_queue_gets_its_place_all_the_same(
    register: Register, tmp_path: Path, later: bool
) -> None:
    sequencer.place_all()
    register.propose("bob", "Bob", "Example")
    PendingRow.objects.all().delete()
    if later:
        register.propose("carol", "Carol", "Example")
    else:
        assert len(findings(register)["audit.set_aside"]) == len(projections.rebuild().differences) > 0

    assert is_whole(register, tmp_path / "out")
    assert findings(register) == {}


@ON_POSTGRESQL
def test_what_a_key_signed_that_had_ended_gets_no_place(
    register: Register, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = SignerRow.objects.get(party=SENDING).fingerprint
    new_key(SENDING, at=register.now)
    SignerRow.objects.filter(fingerprint=old).update(introduced=9_999)
    monkeypatch.setattr(chains, "demand_newest", lambda *_, **__: None)  # as a process would that knows no newer one
    register.propose("bob", "Bob", "Example")

    assert is_whole(register, tmp_path / "out")
    assert {"audit.set_aside", "server.differed"} <= findings(register).keys()

    projections.rebuild()
    register.propose("carol", "Carol", "Example")
    assert is_whole(register, tmp_path / "out")


def swap_signers() -> None:
    """Each of the two states signs with the other's key, if the table is believed."""
    for party, other in ((SENDING, "else"), (RECEIVING, SENDING), ("else", RECEIVING)):
        SignerRow.objects.filter(party=party).update(party=other)


def test_nothing_is_signed_with_the_key_of_another_party_or_with_one_that_ended(register: Register) -> None:
    swap_signers()
    with pytest.raises(EndChanged):
        register.propose("bob", "Bob", "Example")
    projections.rebuild()
    old = SignerRow.objects.get(party=SENDING).fingerprint
    new_key(SENDING, at=register.now)
    SignerRow.objects.filter(fingerprint=old).update(introduced=9_999)
    with pytest.raises(EndChanged):
        register.propose("bob", "Bob", "Example")

    projections.rebuild()
    register.propose("bob", "Bob", "Example")
    sequencer.place_all()
    assert findings(register) == {}


def test_an_ended_key_of_the_log_signs_no_checkpoint(register: Register) -> None:
    old = SignerRow.objects.get(party="log")
    new_key("log", at=register.now)
    sequencer.place_all()
    newest = SignerRow.objects.filter(party="log").latest("introduced")
    assert sequencer.log_key() == newest.fingerprint
    SignerRow.objects.filter(fingerprint=newest.fingerprint).update(introduced=2)
    SignerRow.objects.filter(fingerprint=old.fingerprint).update(introduced=newest.introduced)

    with pytest.raises(EndChanged):
        sequencer.log_key()
    projections.rebuild()
    assert sequencer.log_key() == newest.fingerprint


def test_an_act_that_bears_the_key_of_another_party_is_named_by_audit_and_receipt(
    register: Register, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chains, "demand_newest", lambda *_, **__: None)
    swap_signers()
    (entry,) = register.propose("bob", "Bob", "Example")
    swap_signers()
    sequencer.place_all()

    (found,) = findings(register)["audit.signed_for_other"]
    assert (found["entry"], found["party"], found["key"]) == (entry.id, SENDING, RECEIVING)
    receipt = proofs.receipt(entry.id, OFFICER)
    assert receipt is not None
    (tmp_path / "receipt").write_bytes(receipt)
    report = verify_path(tmp_path / "receipt", register.vkey)
    assert [each.code for each in report.problems] == ["register.signed_for_other"]


def test_what_signers_say_is_what_the_leaves_say(register: Register) -> None:
    new_key(SENDING, at=register.now)
    register.propose("bob", "Bob", "Example")

    told = {
        each.fingerprint: (each.party, each.introduced, each.counter, bytes(each.previous))
        for each in SignerRow.objects.all()
    }
    read = {key: (each.party, each.introduced, each.counter, each.previous) for key, each in chains.signers().items()}
    assert told == read


ENDS = {
    "another edge": "edge = {other}",
    "no edge": "edge = {none}",
    "one more": "size = size + 1",
    "one less": "size = size - 1",
    "another log": "origin = 'another1.example/habeas'",
}


@pytest.mark.parametrize("change", ENDS)
def test_nothing_is_signed_on_from_where_the_register_does_not_end(
    register: Register, tmp_path: Path, change: str
) -> None:
    sequencer.place_all()
    size = witnessed.newest().size
    with connection.cursor() as cursor:
        head = HeadRow.objects.get()
        values = {"other": bytes_of(bytes(head.edge)[::-1].hex()), "none": bytes_of("")}
        cursor.execute(f"UPDATE store_headrow SET {ENDS[change].format(**values)}")
    sequencer._LAST.clear()

    with suppress(SealBroken, memory.BehindPublished):
        register.propose("bob", "Bob", "Example")
        sequencer.place_all()
    assert not CheckpointRow.objects.filter(size__gt=size).exists()
    assert LogRow.objects.count() == size or (connection.vendor == "postgresql" and change != "another log")
    assert findings(register)

    assert "HeadRow" in {each.table for each in projections.rebuild().differences}
    if change == "another log":
        return  # what the log is called stands in every leaf, and nothing here writes it anew
    register.propose("carol", "Carol", "Example")
    assert is_whole(register, tmp_path / "out")
    assert findings(register) == {}


@pytest.mark.parametrize("signed", [False, True])
def test_a_checkpoint_that_somebody_else_put_there_is_never_given_out_nor_remembered(
    register: Register, tmp_path: Path, signed: bool
) -> None:
    sequencer.place_all()
    last = witnessed.newest()
    note = last.note if signed else last.note.replace(f"\n{last.size}\n", f"\n{last.size + 5}\n")
    CheckpointRow.objects.create(size=last.size + 5, note=note)

    assert witnessed.newest().size == last.size
    assert memory.behind() is None
    assert is_whole(register, tmp_path / "out")
    assert {"audit.checkpoint_changed"} <= findings(register).keys()


def test_where_an_introduction_can_not_be_read_nobody_is_set_aside_and_no_chain_forgotten(
    register: Register, data: Path, tmp_path: Path
) -> None:
    sequencer.place_all()
    path = data / "keys" / "secret" / f"stream-party-{SENDING}.key"
    kept, signers = path.read_bytes(), SignerRow.objects.count()
    path.unlink()
    forget_ciphers()
    with suppress(KeyLost):
        register.propose("bob", "Bob", "Example")
        sequencer.place_all()
    with suppress(KeyLost):
        projections.rebuild()
    assert SignerRow.objects.count() == signers
    assert "audit.set_aside" not in findings(register)

    path.write_bytes(kept)
    forget_ciphers()
    assert is_whole(register, tmp_path / "out")
    assert findings(register) == {}


FUTURES = {
    "an entry that waits": "INSERT INTO store_pendingrow VALUES (999999, '2031-01-01 00:00:00')",
    "the end": "UPDATE store_headrow SET recorded_at = '2031-01-01 00:00:00'",
    "a cosignature": "INSERT INTO store_cosignaturerow (size, witness, line, at, recorded) VALUES"
    " (1, 'x', 'y', '2031-01-01 00:00:00', '2031-01-01 00:00:00')",
}


@pytest.mark.parametrize("future", FUTURES)
def test_nobody_pushes_the_time_of_recording_into_the_future(register: Register, future: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(FUTURES[future])
    register.wait(hours=1)

    assert register.propose("bob", "Bob", "Example")[0].recorded_at == register.now
