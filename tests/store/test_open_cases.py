"""A person has one open case at most. Where two were recorded before that was asked, the register still comes back."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from django.db import connection, transaction

from habeas.core.entries.procedure import ProposalWithdrawn
from habeas.store import projections, read, sequencer, streams
from habeas.store.append import VersionConflict
from habeas.store.backup import backup
from habeas.store.models import CaseRow
from habeas.store.restore import restore
from habeas.store.standing_audit import audit
from tests.store.conftest import ON_POSTGRESQL, copy_of
from tests.store.example import OFFICER, Register, proposed
from tests.store.test_acts import REASONS, refused
from tests.store.test_projections import waits_in_the_database
from tests.store.test_restore import AT, emptied, state
from tests.store.test_standing_audit import changed

WITHDRAWN = ProposalWithdrawn(reasons="the family moved back home in the meantime")


def with_two_open(register: Register) -> None:
    """Alice has the open cases `case-alice` and `case-alice-2`, as they could be recorded before that was refused."""
    register.propose("alice", "Alice", "Example")
    whose = "UPDATE store_logrow SET subject = '{}' WHERE stream = 'case-alice'"
    changed("store_logrow", whose.format("nobody"))
    register.record("case-alice-2", proposed("Alice", "Example"), person="person-alice")
    changed("store_logrow", whose.format("person-alice"))
    sequencer.place_all()


def test_a_register_with_two_open_cases_of_a_person_is_rebuilt_and_restored_and_the_audit_names_them(
    register: Register, data: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    with_two_open(register)
    backup(tmp_path / "backup")
    before = state()
    told = [("audit.several_open", {"person": "person-alice", "cases": "case-alice, case-alice-2"})]

    assert projections.rebuild().differences == ()
    assert [(each.code, each.parameters) for each in audit(AT)] == told

    with copy_of(emptied(data, request), tmp_path):
        restore(tmp_path / "backup", at=AT)
        assert state() == before
        assert [(each.code, each.parameters) for each in audit(AT)] == told


def test_beside_two_open_cases_a_third_is_refused_and_both_go_on_until_one_ends(register: Register) -> None:
    with_two_open(register)

    body = proposed("Alice", "Example", reasons=REASONS)
    assert refused(register, "propose", body, OFFICER, person="person-alice") == ["policy.open_case"]
    with pytest.raises(VersionConflict):
        register.record("case-alice-3", body, person="person-alice")
    assert streams.entries("case-alice-3") == ()

    register.record("case-alice-2", WITHDRAWN, person="person-alice")
    sequencer.place_all()
    assert audit(AT) == ()
    with pytest.raises(VersionConflict):
        register.record("case-alice-3", body, person="person-alice")

    register.record("case-alice", WITHDRAWN, person="person-alice")
    register.record("case-alice-3", body, person="person-alice")
    assert CaseRow.objects.filter(person="person-alice", is_open=True).count() == 1
    case = read.case("case-alice-3")
    assert case is not None
    assert read.context("se-ee-2025", register.now, case).open_cases == ()


@ON_POSTGRESQL
def test_of_two_who_open_a_case_of_a_person_at_one_moment_one_comes_too_late(register: Register) -> None:
    register.propose("alice", "Alice", "Example")
    register.record("case-alice", WITHDRAWN, person="person-alice")
    ended: list[str] = []

    def open_too() -> None:
        other = Register(vkey=register.vkey, now=register.now)
        try:
            other.record("case-alice-3", proposed("Alice", "Example"), person="person-alice")
        except VersionConflict as error:
            ended.append(error.stream)
        finally:
            connection.close()

    opening = threading.Thread(target=open_too)
    with transaction.atomic():
        register.record("case-alice-2", proposed("Alice", "Example"), person="person-alice")
        opening.start()
        while opening.is_alive() and not waits_in_the_database():
            opening.join(0.01)
    opening.join(120)

    assert ended == ["case-alice-2"]
    assert streams.entries("case-alice-3") == ()
