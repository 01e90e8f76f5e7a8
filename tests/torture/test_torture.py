"""A short torture of each database, an answer that is lost on its way, and a disk that is full. Longer: `./dev torture`."""

from __future__ import annotations

import os
import resource
import socket
import subprocess
import sys
import threading
from contextlib import closing, suppress
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection, connections

from habeas.core.commands import Command
from habeas.core.entries import custody as held
from habeas.register.verify import verify_path
from habeas.store import projections, proofs, streams
from habeas.store.acts import Performed, perform
from habeas.store.append import CONNECTION_LOST, Draft, VersionConflict, append, recorded
from habeas.store.models import LogRow
from tests import postgres
from tests.store.example import BOOKING, OFFICER, Register
from tests.torture.checks import in_memory
from tests.torture.run import KILLS_LEAST, RECORDED_LEAST, torture

ROLL = held.RollEntered(facility="tartu", sign=held.Sign.ROLL_CALL, seen_by="the ward")
ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_what_was_acknowledged_survives_kills_and_restarts(database: str, tmp_path: Path) -> None:
    found = torture(database, tmp_path, seconds=8, seed=7)

    assert found["problems"] == []
    assert found["acknowledged"] >= RECORDED_LEAST
    assert found["checkpoints"] > 5
    assert sum(count for name, count in found.items() if name.startswith("kills of ")) >= KILLS_LEAST
    assert found["copies"] == 2 + found.get("old copies put back, of some entries only leaves", 0)
    assert sum(count for name, count in found.items() if name.startswith("old copies put back")) == 1
    assert found["forks found"] == 1
    assert (found.get("restarts", 0) > 0) == (database == "postgresql")


def test_what_a_killed_process_left_half_written_is_no_published_checkpoint(tmp_path: Path) -> None:
    folder, whole = tmp_path / "data" / "signed" / "a-log", f"44-{'0a' * 32}"
    folder.mkdir(parents=True)
    for name in (whole, f"{whole}.new", f"45-{'0b' * 32}.new", "99-said"):
        (folder / name).write_text("")

    assert [each.name for each in in_memory(tmp_path)] == [whole]


class LosesTheAnswer:
    """A way to the server that lets a COMMIT through, waits for its answer, and drops the connection instead of giving it."""

    def __init__(self, path: str) -> None:
        self._path, self.lost = path, 0
        self._sockets: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for each in self._threads:
            each.join(5)
        for each in self._sockets:
            each.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX)
            server.connect(self._path)
            committing = threading.Event()
            self._sockets += (client, server)
            for one, other in ((client, server), (server, client)):
                ways = {"args": (one, other, committing, one is client), "daemon": True}
                self._threads.append(threading.Thread(target=self._pass, **ways))
                self._threads[-1].start()

    def _pass(self, one: socket.socket, other: socket.socket, committing: threading.Event, asks: bool) -> None:
        try:
            while sent := one.recv(65536):
                if asks and b"COMMIT\0" in sent and not self.lost:
                    committing.set()
                elif not asks and committing.is_set():
                    self.lost += 1
                    break
                other.sendall(sent)
        except OSError:
            pass
        for each in (one, other):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def losing(register: Register) -> LosesTheAnswer:
    """The connection of this test goes a way that loses the answer to the next COMMIT."""
    where = parse_qs(urlsplit(postgres.server()).query)["host"][0]
    proxy = LosesTheAnswer(f"{where}/.s.PGSQL.5432")
    register.propose("alice", "Alice", "Example")
    connection.close()
    settings = connections.databases["default"]
    connections.databases["default"] = {
        **settings,
        "HOST": "127.0.0.1",
        "PORT": proxy.port,
        "OPTIONS": {"sslmode": "disable"},
    }
    del connections["default"]
    with closing(proxy):
        yield proxy
        connection.close()  # before the way is closed
    connections.databases["default"] = settings
    del connections["default"]


@pytest.mark.skipif(bool(os.environ.get("HABEAS_TEST_POSTGRES")), reason="the way goes through the socket of our own")
@pytest.mark.parametrize("data", ["postgresql"], indirect=True)
class TestALostAnswer:
    """The commit went through, and nobody said so."""

    def test_an_append_looks_and_gives_the_entries_that_are_on_record(
        self, losing: LosesTheAnswer, register: Register
    ) -> None:
        before = LogRow.objects.count()

        (entry,) = register.record("case-alice", ROLL, by=BOOKING, person="person-alice")

        assert losing.lost == 1
        assert LogRow.objects.count() == before + 1
        assert streams.entries("case-alice")[-1] == entry

    def test_a_form_answers_with_what_is_on_record(self, losing: LosesTheAnswer, register: Register) -> None:
        before = LogRow.objects.count()
        command = Command(act="enter_roll", body=ROLL, occurred_at=register.now, actor=BOOKING)

        answer = perform(command, at=register.now, send_id="one form", case_id="case-alice")

        assert losing.lost == 1
        assert isinstance(answer, Performed)
        assert answer.repeated
        assert answer.entries == streams.entries("case-alice")[1:]
        assert LogRow.objects.count() == before + 1


def test_what_others_recorded_meanwhile_is_not_taken_for_ones_own(register: Register) -> None:
    register.propose("alice", "Alice", "Example")
    draft = Draft(
        stream="case-alice", expected_version=1, subject="person-alice", bodies=(ROLL,), occurred_at=register.now
    )
    later = Draft(
        stream="case-alice", expected_version=1, subject="person-alice", bodies=(ROLL,),
        occurred_at=register.now - timedelta(hours=1),
    )  # fmt: skip

    assert recorded([draft], actor=BOOKING) == ()
    entries = append([draft], actor=BOOKING, at=register.now)

    assert recorded([draft], actor=BOOKING) == entries
    for other, actor in ((later, BOOKING), (draft, OFFICER)):
        with pytest.raises(VersionConflict):
            recorded([other], actor=actor)


FULL = """
import resource, signal, sys, os
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), resource.RLIM_INFINITY))
from habeas.cli import main
sys.exit(main(sys.argv[2:]))
"""


@pytest.mark.parametrize("data", ["sqlite"], indirect=True)
def test_on_a_full_disk_an_append_is_refused_and_nothing_of_it_stays(register: Register, data: Path) -> None:
    register.propose("alice", "Alice", "Example")
    before = LogRow.objects.count()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    connection.close()  # its log is merged into the file, which is the greatest there is
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limits[1]))
    try:
        with pytest.raises(CONNECTION_LOST, match=r"disk I/O error|disk is full"):
            register.record("case-alice", *[ROLL] * 200, by=BOOKING, person="person-alice")
        assert LogRow.objects.count() == before
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    register.record("case-alice", *[ROLL] * 200, by=BOOKING, person="person-alice")

    assert LogRow.objects.count() == before + 200
    assert projections.rebuild().differences == ()


def test_an_export_onto_a_full_disk_says_so_and_goes_on_when_there_is_room(
    register: Register, data: Path, tmp_path: Path
) -> None:
    register.fill(300)
    out = tmp_path / "out"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HABEAS_")}
    environment |= {"HABEAS_DATA": str(data), "LC_ALL": "en"}
    if connection.vendor == "postgresql":
        environment["HABEAS_DATABASE"] = postgres.url_of(str(connection.settings_dict["NAME"]), postgres.APPLICATION)

    full = subprocess.run(
        [sys.executable, "-c", FULL, "60000", "export", str(out)],
        env=environment, cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert (full.returncode, "Traceback" in full.stderr) == (2, False)
    assert str(out) in full.stderr
    assert not (out / "checkpoint").exists()
    assert list(out.rglob("*.new")) == []
    proofs.export(out)
    assert verify_path(out, register.vkey).problems == ()
