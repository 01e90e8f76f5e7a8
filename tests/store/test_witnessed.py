"""What is published of the register: its newest checkpoint with the cosignatures of its witnesses."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import DatabaseError, transaction
from django.db.models import Model
from pytest_django import Settings

from habeas.core.entries import Entry
from habeas.core.entries.procedure import Decided, Outcome
from habeas.core.messages import Message
from habeas.inputs import Unusable
from habeas.register.checkpoint import parse_signed_checkpoint
from habeas.register.cosignature import cosign
from habeas.register.note import COSIGNER, Signer
from habeas.register.policy import parse_policy
from habeas.register.verify import verify_path
from habeas.register.witness import Answer
from habeas.register.witness import Outcome as Answered
from habeas.speech import say
from habeas.store import proofs, witnessed
from habeas.store.models import CosignatureRow, WitnessAnswerRow
from habeas.store.sequencer import place_all
from habeas.store.standing import standing, witnessing
from habeas.store.statements import read_ends
from tests.store.example import DECIDER, OFFICER, START, Register
from tests.store.test_server import habeas

ALICE = Signer("alice.example/w", b"a" * 32, COSIGNER)
BOB = Signer("bob.example/w", b"b" * 32, COSIGNER)
QUORUM = "group both all alice bob\nquorum both\n"
Cosign = Callable[..., None]


def policy_text(vkey: str, rest: str = QUORUM, **urls: str) -> str:
    signers = {"alice": ALICE, "bob": BOB}
    lines = [f"witness {name} {each.verifier.text} {urls.get(name, '')}\n" for name, each in signers.items()]
    return "".join([f"log {vkey}\n", *lines, rest])


@pytest.fixture
def cosigned(register: Register, settings: Settings, tmp_path: Path) -> Cosign:
    """Under a policy that wants Alice and Bob: lets them cosign the newest checkpoint at a moment."""
    settings.HABEAS_POLICY = tmp_path / "policy"
    settings.HABEAS_POLICY.write_text(policy_text(register.vkey))

    def cosign_newest(*signers: Signer, at: datetime = START) -> None:
        place_all()
        signed = parse_signed_checkpoint(witnessed.newest().note.encode())
        for each in signers:
            line = cosign(signed.note, each, int(at.timestamp()))
            witnessed.keep(each.verifier, signed.checkpoint.size, line, int(at.timestamp()))

    return cosign_newest


def placed(register: Register, name: str) -> Entry:
    """A case is opened, and its entry has its place in the tree."""
    entry = register.propose(name, name.title(), "Example")[0]
    place_all()
    return entry


def size_of(note: bytes) -> int:
    return parse_signed_checkpoint(note).checkpoint.size


def lines_of(note: bytes) -> list[str]:
    return [each.name for each in parse_signed_checkpoint(note).note.signatures]


def test_without_a_policy_the_newest_checkpoint_is_published_as_it_is(register: Register) -> None:
    place_all()
    assert witnessed.published_note() == witnessed.newest().note.encode()
    placed(register, "alice")
    assert size_of(witnessed.published_note()) == witnessed.newest().size


def test_what_enough_witnesses_cosigned_is_published_until_the_next_has_waited_a_minute(
    register: Register, cosigned: Cosign
) -> None:
    register.now = datetime.now(UTC)
    placed(register, "alice")
    cosigned(ALICE, BOB)
    witnessed_size = witnessed.newest().size
    placed(register, "bob")
    cosigned(ALICE)

    assert size_of(witnessed.published_note()) == witnessed_size
    assert lines_of(witnessed.published_note()) == ["register.example/habeas", "alice.example/w", "bob.example/w"]

    cosigned(BOB)
    assert size_of(witnessed.published_note()) == witnessed.newest().size > witnessed_size


def test_a_silent_witness_holds_up_nothing_for_longer_than_a_minute(register: Register, cosigned: Cosign) -> None:
    cosigned(ALICE, BOB)
    register.now = datetime.now(UTC) - timedelta(minutes=2)
    placed(register, "alice")
    cosigned(ALICE)

    assert size_of(witnessed.published_note()) == witnessed.newest().size
    assert lines_of(witnessed.published_note()) == ["register.example/habeas", "alice.example/w"]


def test_of_each_witness_the_latest_cosignature_is_shown(register: Register, cosigned: Cosign) -> None:
    cosigned(ALICE, at=START + timedelta(hours=1))
    cosigned(ALICE)
    cosigned(ALICE)
    assert CosignatureRow.objects.count() == 2
    note = parse_signed_checkpoint(witnessed.published_note()).note
    known = witnessed.policy()
    assert known is not None
    assert known.cosigners(note) == {"alice": int((START + timedelta(hours=1)).timestamp())}


def test_an_export_and_a_receipt_carry_the_cosignatures_that_a_policy_asks_for(
    register: Register, cosigned: Cosign, tmp_path: Path
) -> None:
    register.now = datetime.now(UTC)
    entry = placed(register, "alice")
    policy = parse_policy(policy_text(register.vkey))
    (tmp_path / "early.json").write_bytes(proofs.receipt(entry.id, OFFICER) or b"")
    assert not verify_path(tmp_path / "early.json", None, policy=policy).ok
    cosigned(ALICE, BOB)
    placed(register, "bob")

    (tmp_path / "receipt.json").write_bytes(proofs.receipt(entry.id, OFFICER) or b"")
    proofs.export(tmp_path / "out")

    for path in ("receipt.json", "out"):
        report = verify_path(tmp_path / path, None, policy=policy)
        assert report.ok, report.problems
        assert report.cosigned.keys() == {"alice", "bob"}


def test_an_export_without_the_policy_carries_what_was_cosigned_and_says_what_it_does_not_know(
    register: Register, cosigned: Cosign, settings: Settings, data: Path, tmp_path: Path
) -> None:
    cosigned(ALICE, BOB)
    policy, settings.HABEAS_POLICY = settings.HABEAS_POLICY, None
    assert lines_of(witnessed.published_note()) == ["register.example/habeas", "alice.example/w", "bob.example/w"]
    told = say(Message("server.exported_without_policy", {"count": 2}), "en")
    for given, expected in ((str(policy), ""), ("", f"{told}\n")):
        done = habeas("export", data, directory=str(tmp_path / "export"), format="json", HABEAS_POLICY=given)
        assert (done.returncode, done.stderr, json.loads(done.stdout)["cosignatures"]) == (0, expected, 2)
        known = parse_policy(policy_text(register.vkey))
        assert verify_path(tmp_path / "export", None, policy=known).ok


def test_nothing_is_recorded_before_the_last_cosignature(register: Register, cosigned: Cosign) -> None:
    ahead = START + timedelta(minutes=50)
    cosigned(ALICE, at=ahead)
    assert placed(register, "alice").recorded_at == ahead
    found = read_ends("log")
    assert found is not None
    assert found.head.recorded_at == ahead


@pytest.mark.parametrize("model", [CosignatureRow, WitnessAnswerRow])
@pytest.mark.parametrize("change", [lambda rows: rows.update(size=0), lambda rows: rows.delete()])
def test_the_database_refuses_to_change_what_witnesses_said(
    register: Register, cosigned: Cosign, change: Callable[[object], object], model: type[Model]
) -> None:
    cosigned(ALICE)
    witnessed.note_answer(ALICE.verifier, Answer(outcome=Answered.FORK, seen=3), 5)
    with pytest.raises(DatabaseError), transaction.atomic():
        change(model._default_manager.all())
    assert model._default_manager.get().pk


@pytest.mark.parametrize("text", [None, b"witness\n", b"\xff"])
def test_a_policy_that_can_not_be_used_says_so(
    register: Register, settings: Settings, tmp_path: Path, text: bytes | None
) -> None:
    settings.HABEAS_POLICY = tmp_path / "other"
    if text is not None:
        settings.HABEAS_POLICY.write_bytes(text)
    with pytest.raises(Unusable):
        witnessed.published_note()


def test_what_waits_for_witnesses_is_counted_also_before_it_has_a_place(register: Register, cosigned: Cosign) -> None:
    cosigned(ALICE, BOB)
    assert (standing(START).waiting, standing(START).is_met) == (0, True)
    register.propose("alice", "Alice", "Example")
    decided = Decided(outcome=Outcome.TRANSFER, reasons="An invented reason", remedy="An invented appeal")
    entry = register.record("case-alice", decided, by=DECIDER, person="person-alice")[0]
    for at, late in ((START, 0), (START + timedelta(hours=24), 1)):
        assert (standing(at).waiting, standing(at).late) == (1, late)
    found = witnessing(entry.id)
    assert found is not None
    assert (found.by, found.lacking, found.enough_at) == ((), ("alice", "bob"), None)
    cosigned(ALICE, at=START + timedelta(hours=1))
    cosigned(BOB, at=START + timedelta(hours=25))
    found = witnessing(entry.id)
    assert found is not None
    assert (found.by_names, found.lacking, found.is_late(START)) == ("alice, bob", (), True)
    assert (standing(START).waiting, standing(START).covered) == (0, witnessed.newest().size)


def test_a_cosignature_that_somebody_else_put_there_is_none(register: Register, cosigned: Cosign) -> None:
    cosigned(ALICE, BOB)
    seen = witnessed.seen_sizes()
    register.propose("bob", "Bob", "Example")
    place_all()
    newest = witnessed.newest()
    line = cosign(parse_signed_checkpoint(newest.note.encode()).note, Signer(BOB.name, b"x" * 32, COSIGNER), 1)
    for each in (ALICE, BOB):
        at = datetime.fromtimestamp(1, UTC)
        row = {"size": newest.size, "witness": each.verifier.text, "line": line, "at": at, "recorded": at}
        CosignatureRow.objects.create(**row)

    assert witnessed.seen_sizes() == seen
    assert parse_signed_checkpoint(witnessed.note_holding(0)).checkpoint.size == seen["alice"]
    assert line not in witnessed.note_holding(newest.size - 1).decode()


def test_a_cosignature_of_one_witness_does_not_count_as_that_of_another(register: Register, cosigned: Cosign) -> None:
    cosigned(ALICE)
    assert set(witnessed.seen_sizes()) == {"alice"}
    own = CosignatureRow.objects.get()

    CosignatureRow.objects.create(
        size=own.size, witness=BOB.verifier.text, line=own.line, at=own.at, recorded=own.recorded
    )

    assert set(witnessed.seen_sizes()) == {"alice"}
