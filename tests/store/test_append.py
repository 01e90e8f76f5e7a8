"""Appending: what is recorded, by whom it is signed, and that nothing of a failure remains."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.db import transaction

from habeas.core.entries import Actor, Role
from habeas.core.entries import custody as held
from habeas.register.leaf import parse_leaf
from habeas.register.verify import verify_path
from habeas.store import proofs, streams
from habeas.store.append import Draft, NoSigningKey, NotBegun, VersionConflict, append
from habeas.store.begin import AlreadyBegun
from habeas.store.models import CaseRow, CheckpointRow, HeadRow, LogRow, NodeRow, SignerRow, StintRow
from tests.store.example import BOOKING, OFFICER, Register, proposed


def everything() -> list[object]:
    """Every row that an append can change."""
    models = (LogRow, NodeRow, CheckpointRow, HeadRow, SignerRow, CaseRow, StintRow)
    return [row for model in models for row in model._default_manager.order_by("pk").values()]


def leaves(stream: str) -> list[bytes]:
    """The leaves of a stream, in order."""
    return [bytes(row.leaf) for row in LogRow.objects.filter(stream=stream).order_by("version")]


def test_an_entry_is_read_back_as_it_was_recorded(register: Register) -> None:
    recorded = register.propose("alice", "Alice", "Example")

    assert streams.entries("case-alice") == recorded


def test_an_outsider_with_the_key_can_verify_the_exported_register(register: Register, tmp_path: Path) -> None:
    register.fill(300)

    size = proofs.export(tmp_path / "out")

    report = verify_path(tmp_path / "out", register.vkey)
    assert report.problems == ()
    assert report.ok
    assert report.checkpoint is not None
    assert report.checkpoint.size == size == LogRow.objects.count()


def test_an_export_can_be_brought_up_to_date(register: Register, tmp_path: Path) -> None:
    before = proofs.export(tmp_path / "out")
    kept = (tmp_path / "out" / "checkpoint").read_bytes()
    register.propose("alice", "Alice", "Example")

    after = proofs.export(tmp_path / "out")

    assert after == before + 1
    assert verify_path(tmp_path / "out", register.vkey, since=kept).problems == ()


def test_an_entry_is_signed_with_the_key_of_the_party_that_acted(register: Register) -> None:
    register.propose("alice", "Alice", "Example")
    register.hold("alice")

    proposal, arrival, admission = (parse_leaf(leaf) for leaf in leaves("case-alice"))

    assert proposal.key != arrival.key
    assert admission.key == arrival.key
    assert admission.counter == arrival.counter + 1


def test_a_party_whose_key_was_never_introduced_can_record_nothing(register: Register) -> None:
    before = everything()
    stranger = Actor(account="stranger-1", party="xx-nobody", role=Role.SENDING_OFFICER)

    with pytest.raises(NoSigningKey, match="xx-nobody"):
        register.record("case-alice", proposed("Alice", "Example"), by=stranger, person="person-alice")

    assert everything() == before


def test_a_second_open_case_of_a_person_is_refused_and_nothing_of_it_remains(register: Register) -> None:
    register.propose("alice", "Alice", "Example")
    before = everything()

    with pytest.raises(VersionConflict):
        register.record("case-alice-again", proposed("Alice", "Example"), person="person-alice")

    assert everything() == before
    assert streams.entries("case-alice-again") == ()


def test_of_several_entries_all_are_recorded_or_none(register: Register) -> None:
    register.propose("alice", "Alice", "Example")
    before = everything()
    drafts = {"bob": proposed("Bob", "Example"), "alice": held.Arrived(facility="tartu")}
    bob, alice = (
        Draft(
            stream=f"case-{name}", expected_version=0, subject=f"person-{name}", bodies=[body], occurred_at=register.now
        )
        for name, body in drafts.items()
    )

    with pytest.raises(VersionConflict) as conflict:
        append([bob, alice], actor=OFFICER, at=register.now)

    assert (conflict.value.stream, conflict.value.expected, conflict.value.found) == ("case-alice", 0, 1)
    assert everything() == before
    append([bob], actor=OFFICER, at=register.now)
    assert everything() != before


def test_nothing_that_was_rolled_back_is_read_again(register: Register) -> None:
    with transaction.atomic():
        register.propose("alice", "Alice", "Example")
        assert len(streams.entries("case-alice")) == 1
        transaction.set_rollback(True)
    register.versions.clear()
    recorded = register.propose("alice", "Alicia", "Example")

    assert streams.entries("case-alice") == recorded


def test_the_record_never_runs_backwards(register: Register) -> None:
    register.wait(hours=2)
    (proposal,) = register.propose("alice", "Alice", "Example")
    register.now -= timedelta(hours=1)

    (arrival,) = register.record("case-alice", held.Arrived(facility="tartu"), by=BOOKING, person="person-alice")

    assert arrival.occurred_at == proposal.recorded_at - timedelta(hours=1)
    assert arrival.recorded_at == proposal.recorded_at


def test_every_leaf_has_the_same_length(register: Register) -> None:
    register.propose("alice", "Alice", "Example" * 30)
    register.hold("alice")

    assert len({len(bytes(row.leaf)) for row in LogRow.objects.all()}) == 1


def test_a_register_begins_once(register: Register) -> None:
    with pytest.raises(AlreadyBegun):
        Register.begin()


def test_nothing_is_recorded_before_the_register_begins(data: Path) -> None:
    with pytest.raises(NotBegun):
        Register(vkey="").propose("alice", "Alice", "Example")
