"""A disk of PostgreSQL that is full: what can't be kept is refused, nothing of it stays, and it goes on when there is room.

A file that takes all the room needs a file system of its own, which only whoever may mount can make. Where that can't be,
the same is tried with a limit to the length of any file, which needs no right.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from pytest_django import DjangoDbBlocker, Settings

from habeas.core.entries import custody as held
from habeas.register.verify import verify_path
from habeas.settings import database
from habeas.store import projections, proofs, rights, sequencer
from habeas.store.append import CONNECTION_LOST
from habeas.store.models import LogRow, PendingRow
from habeas.store.standing_audit import audit
from tests import postgres
from tests.store.conftest import _database
from tests.store.example import BOOKING, Register
from tests.torture.databases import PatientPostgres

ROLL = held.RollEntered(facility="tartu", sign=held.Sign.ROLL_CALL, seen_by="the ward")
HOW = ["full file system", "no file may grow"]


@pytest.fixture
def server(tmp_path: Path, settings: Settings, django_db_blocker: DjangoDbBlocker) -> Iterator[PatientPostgres]:
    """A server of this test's own, with empty tables."""
    settings.HABEAS_DATA = tmp_path / "data"
    settings.HABEAS_DATA.mkdir()
    found = PatientPostgres(tmp_path)
    with django_db_blocker.unblock():
        try:
            with _database(database({"HABEAS_DATABASE": found.owner["HABEAS_DATABASE_OWNER"]}, Path())):
                call_command("migrate", verbosity=0, skip_checks=True)
                rights.grant("default", postgres.APPLICATION)
            with _database(database(found.environment, Path())):
                yield found
        finally:
            found.stop()


def record_for_ever(register: Register) -> None:
    for _ in range(100):
        register.record("case-alice", *[ROLL] * 200, by=BOOKING, person="person-alice")


@pytest.mark.parametrize("how", HOW)
def test_what_has_no_room_is_refused_and_nothing_of_it_stays(server: PatientPostgres, tmp_path: Path, how: str) -> None:
    if how == HOW[0] and not server.has_disk:
        pytest.skip("this user may not mount a file system: only the limit to the length of files is tried")
    register = Register.begin()
    register.propose("alice", "Alice", "Example")
    sequencer.place_all()
    before = LogRow.objects.count()

    server.fill(disk=how == HOW[0])
    with pytest.raises(CONNECTION_LOST):
        record_for_ever(register)
    server.empty()
    connection.close()  # as whoever asks next finds it: the server may have fallen over and risen again

    recorded = LogRow.objects.count()
    assert recorded == before - 1 + register.versions["case-alice"]
    sequencer.place_all()
    register.record("case-alice", *[ROLL] * 200, by=BOOKING, person="person-alice")
    sequencer.place_all()
    assert (LogRow.objects.count(), PendingRow.objects.count()) == (recorded + 200, 0)
    assert projections.rebuild().differences == ()
    assert audit(register.now) == ()
    proofs.export(tmp_path / "out")
    assert verify_path(tmp_path / "out", register.vkey).ok


def test_whoever_gives_places_on_a_full_disk_gives_none_and_then_all(server: PatientPostgres, tmp_path: Path) -> None:
    register = Register.begin()
    sequencer.place_all()
    register.fill(300)

    server.fill(disk=False)
    with pytest.raises(CONNECTION_LOST):
        sequencer.place_all()
    server.empty()
    connection.close()

    assert PendingRow.objects.count() == 301
    sequencer.place_all()
    assert PendingRow.objects.count() == 0
    assert audit(register.now) == ()
