"""Appending: what is recorded, by whom it is signed, and that nothing of a failure remains."""

from __future__ import annotations

from pathlib import Path

from habeas.register.leaf import parse_leaf
from habeas.register.verify import verify_path
from habeas.store import export, streams
from habeas.store.models import LogRow
from tests.store.example import Register


def test_an_entry_is_read_back_as_it_was_recorded(register: Register) -> None:
    recorded = register.propose("alice", "Alice", "Example")

    assert streams.entries("case-alice") == recorded


def test_an_outsider_with_the_key_can_verify_the_exported_register(
    register: Register, tmp_path: Path
) -> None:
    register.propose("alice", "Alice", "Example")

    size = export.export(tmp_path / "out")

    report = verify_path(tmp_path / "out", register.vkey)
    assert report.problems == ()
    assert report.ok
    assert report.size == size == LogRow.objects.count()


def test_an_entry_is_signed_with_the_key_of_the_party_that_acted(register: Register) -> None:
    register.propose("alice", "Alice", "Example")
    register.hold("alice")

    leaves = [
        parse_leaf(bytes(row.leaf)) for row in LogRow.objects.filter(stream="case-alice").order_by("version")
    ]

    sending, receiving = leaves[0].body.key, leaves[1].body.key
    assert sending != receiving
    assert leaves[2].body.key == receiving
    assert leaves[2].body.counter == leaves[1].body.counter + 1
