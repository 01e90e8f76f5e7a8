"""Files of evidence: what is stored is what was recorded, and nothing of it lies in clear."""

from __future__ import annotations

import dataclasses
from datetime import date
from hashlib import sha256
from pathlib import Path

import pytest
from pytest_django import Settings

from habeas.core.entries import Entry
from habeas.core.entries.procedure import EvidenceAdded
from habeas.store import evidence
from habeas.store.models import EvidenceFile
from tests.store.example import Register, proposed
from tests.store.test_secrecy import files_with

LETTER = b"%PDF-1.7 an invented letter that names Zebulonia"
ADDED = EvidenceAdded(document="letter", issuer="a court", dated_on=date(2026, 8, 1), reference="1/26")


def added(register: Register, file: bytes) -> Entry:
    """A file recorded as evidence in Alice's case."""
    register.propose("alice", "Alice", "Example")
    body = evidence.described(ADDED, file)
    (entry,) = register.record("case-alice", body, person="person-alice")
    evidence.keep(entry, file)
    return entry


def test_the_entry_holds_the_digest_the_size_and_the_type_of_its_file() -> None:
    assert evidence.described(ADDED, LETTER) == dataclasses.replace(
        ADDED, sha256=sha256(LETTER).hexdigest(), size_bytes=len(LETTER), media_type="application/pdf"
    )


def test_a_file_is_read_back_as_it_was_given(register: Register) -> None:
    entry = added(register, LETTER)

    assert evidence.evidence_file(entry.id) == LETTER


def test_nothing_of_a_file_lies_on_the_disk_in_clear(register: Register, data: Path) -> None:
    entry = added(register, LETTER)

    assert len(bytes(EvidenceFile.objects.get(entry_id=entry.id).sealed)) > len(LETTER)
    assert files_with(data, "Zebulonia") == []


def test_an_entry_without_a_file_has_none(register: Register) -> None:
    (entry,) = register.propose("alice", "Alice", "Example")

    assert evidence.evidence_file(entry.id) is None
    assert evidence.evidence_file("0" * 32) is None


def test_a_file_beyond_the_limit_is_refused(settings: Settings) -> None:
    settings.EVIDENCE_MAX_BYTES = len(LETTER)
    assert evidence.described(ADDED, LETTER) != ADDED

    with pytest.raises(evidence.FileTooLarge):
        evidence.described(ADDED, LETTER + b"!")


def test_only_evidence_takes_a_file() -> None:
    with pytest.raises(ValueError, match="takes no file"):
        evidence.described(proposed("Alice", "Example"), LETTER)


def test_what_a_browser_could_run_is_of_no_known_type() -> None:
    assert evidence.described(ADDED, b"<html><script>") == dataclasses.replace(
        ADDED, sha256=sha256(b"<html><script>").hexdigest(), size_bytes=14, media_type="application/octet-stream"
    )
