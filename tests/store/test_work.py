"""`habeas work`: places are given and witnesses asked beside the pages, whatever a witness does."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from django.db import connection
from pytest_django import Settings

from habeas import work
from habeas.register.checkpoint import Checkpoint, sign_checkpoint
from habeas.register.note import COSIGNER, Signer, parse_vkey
from habeas.register.policy import parse_policy
from habeas.register.tree import Edge, grow, leaf_hash, root
from habeas.register.verify import verify_path
from habeas.register.witness import SIZE_TYPE, request_body
from habeas.store import memory, proofs, witnessed
from habeas.store.keys import key_folder
from habeas.store.models import CosignatureRow, PendingRow, WitnessAnswerRow
from habeas.store.sequencer import place_all
from habeas.witness import ADD, Watch, server
from habeas.work.witnesses import Rounds, may_be_asked
from tests import postgres
from tests.store.example import ORIGIN, Register
from tests.test_witness import post

WORK = "import sys; from habeas.cli import main; sys.exit(main(sys.argv[1:]))"


@dataclass
class Witnesses:
    """Witnesses that run for one test, and the policy that names them; each is called what it does."""

    folder: Path
    settings: Settings
    vkey: str
    stack: ExitStack
    lines: list[str] = field(default_factory=list)
    signers: dict[str, Signer] = field(default_factory=dict)

    def add(self, name: str, url: str) -> Signer:
        """A witness that the policy names, at an address."""
        signer = self.signers[name] = Signer(f"{name}.example/w", name.encode().ljust(32), COSIGNER)
        self.lines.append(f"witness {name} {signer.verifier.text} {url}\n")
        return signer

    def real(self, name: str, *, signs_as: str = "", ahead: int = 0) -> str:
        """A witness of our own kind; its address. `signs_as`: with the key of another, `ahead` of the time."""
        logs = {ORIGIN: parse_vkey(self.vkey)}
        signer = Signer(f"{name}.example/w", (signs_as or name).encode().ljust(32), COSIGNER)
        url = self.serve(server(Watch(self.folder / name, logs, signer, lambda: int(time.time()) + ahead), 0))
        self.add(name, url)
        return url

    def answering(self, name: str, answer: Callable[[BaseHTTPRequestHandler], None]) -> None:
        """A witness that does this with every question."""

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                answer(self)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.add(name, self.serve(ThreadingHTTPServer(("127.0.0.1", 0), Handler)))

    def serve(self, serving: ThreadingHTTPServer) -> str:
        serving.daemon_threads = True
        thread = threading.Thread(target=serving.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        self.stack.callback(serving.server_close)
        self.stack.callback(serving.shutdown)
        return f"http://127.0.0.1:{serving.server_port}"

    def wanted(self, quorum: str) -> Path:
        """The policy, which from now on counts."""
        self.settings.HABEAS_POLICY = self.folder / f"policy-{quorum}"
        self.settings.HABEAS_POLICY.write_text("".join([f"log {self.vkey}\n", *self.lines, f"quorum {quorum}\n"]))
        return Path(self.settings.HABEAS_POLICY)

    def outcomes(self) -> dict[str, str]:
        """What each witness answered last."""
        names = {each.verifier.text: name for name, each in self.signers.items()}
        return {names[each.witness]: each.outcome for each in WitnessAnswerRow.objects.order_by("recorded")}


@pytest.fixture
def witnesses(
    register: Register, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Witnesses]:
    monkeypatch.setattr("habeas.work.witnesses.SECONDS_MOST", 60.0)  # they share one process and few processors
    with ExitStack() as stack:
        place_all()
        yield Witnesses(tmp_path, settings, register.vkey, stack)


def reply(status: int, body: bytes, kind: str = "text/plain") -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("Content-Type", kind)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    return port


def forked(vkey: str, size: int) -> bytes:
    """What the log would say of itself had it told somebody another story: a checkpoint signed with its key."""
    edge, _ = grow(Edge(0, ()), [leaf_hash(f"invented {each}".encode()) for each in range(size)])
    log = key_folder().signer(parse_vkey(vkey).fingerprint.hex())
    return sign_checkpoint(Checkpoint(ORIGIN, size, root(edge)), log)


def test_what_the_witnesses_cosigned_is_exported_and_meets_the_policy(
    register: Register, witnesses: Witnesses, tmp_path: Path
) -> None:
    witnesses.real("court")
    policy = witnesses.wanted("court")
    assert work.run_once()
    register.propose("alice", "Alice", "Example")
    assert work.run_once()

    size = proofs.export(tmp_path / "out")

    report = verify_path(tmp_path / "out", None, policy=parse_policy(policy.read_text()))
    assert (report.ok, list(report.cosigned), size) == (True, ["court"], witnessed.newest().size)
    assert sorted(CosignatureRow.objects.values_list("size", flat=True)) == [size - 1, size]
    assert witnesses.outcomes() == {"court": "cosigned"}


def test_a_witness_that_does_nothing_good_keeps_nobody_else_from_cosigning(
    register: Register, witnesses: Witnesses
) -> None:
    witnesses.add("dead", f"http://127.0.0.1:{free_port()}")
    witnesses.answering("chatty", reply(200, b"hello"))
    witnesses.answering("endless", reply(200, b"x" * 200_000))
    witnesses.answering("strict", reply(403, b""))
    witnesses.answering("elsewhere", reply(302, b""))
    witnesses.answering("circling", reply(409, b"1\n", SIZE_TYPE))
    witnesses.real("wrong", signs_as="another")
    witnesses.real("ahead", ahead=2 * 3600)
    witnesses.real("court")
    witnesses.wanted("court")

    assert not work.run_once()

    assert witnesses.outcomes() == {
        "dead": "silent",
        "chatty": "invalid",
        "endless": "invalid",
        "strict": "refused",
        "elsewhere": "refused",
        "circling": "refused",
        "wrong": "invalid",
        "ahead": "ahead",
        "court": "cosigned",
    }
    assert [each.witness for each in CosignatureRow.objects.all()] == [witnesses.signers["court"].verifier.text]


def test_a_slow_witness_delays_nobody(register: Register, witnesses: Witnesses) -> None:
    ending = threading.Event()
    witnesses.stack.callback(ending.set)
    witnesses.answering("slow", lambda handler: (ending.wait(120), None)[1])
    witnesses.real("court")
    witnesses.wanted("court")
    rounds, began = Rounds(), time.monotonic()

    rounds.ask(wait=False)
    while not CosignatureRow.objects.exists() and time.monotonic() - began < 60:
        time.sleep(0.02)

    assert CosignatureRow.objects.get().witness == witnesses.signers["court"].verifier.text
    assert "slow" not in witnesses.outcomes()


def test_a_witness_that_forgot_and_one_that_knows_more_than_we_remember_are_asked_from_what_they_have_seen(
    register: Register, witnesses: Witnesses
) -> None:
    url = witnesses.real("court")
    witnesses.wanted("court")
    before = witnessed.newest()
    assert post(url + ADD, request_body(0, (), before.note.encode()))[0] == 200
    register.propose("alice", "Alice", "Example")
    assert work.run_once()
    for each in (witnesses.folder / "court").rglob("checkpoint"):
        each.unlink()
    register.propose("bob", "Bob", "Example")
    assert work.run_once()
    assert sorted(CosignatureRow.objects.values_list("size", flat=True)) == [before.size + 1, before.size + 2]


@pytest.mark.parametrize(("more", "outcome"), [(0, "fork"), (-1, "fork"), (3, "behind")])
def test_a_witness_that_saw_another_past_is_never_hidden(
    register: Register, witnesses: Witnesses, more: int, outcome: str
) -> None:
    url = witnesses.real("court")
    witnesses.wanted("court")
    told = witnessed.newest().size + more
    assert post(url + ADD, request_body(0, (), forked(register.vkey, told)))[0] == 200

    assert not work.run_once()

    row = WitnessAnswerRow.objects.get()
    assert (row.outcome, row.seen, row.size) == (outcome, told, witnessed.newest().size)
    assert (row.proof or "").startswith(
        forked(register.vkey, told).decode()
    )  # signed by the log itself, so nobody need believe
    stopped = memory.behind()
    assert stopped is not None
    assert stopped.is_fork is (outcome == "fork")
    assert not work.run_once()
    assert WitnessAnswerRow.objects.count() == 1  # said once
    assert not CosignatureRow.objects.exists()


@pytest.mark.parametrize("status", [409, 422])
def test_a_witness_of_another_make_that_names_no_size_is_asked_once_more_before_it_counts_as_a_fork(
    register: Register, witnesses: Witnesses, status: int
) -> None:
    seen = [b"", b""]
    size = witnessed.newest().size

    def answer(handler: BaseHTTPRequestHandler) -> None:
        seen.append(b"")
        reply(*((409, f"{size}\n".encode()) if len(seen) % 2 else (status, b"")))(handler)

    witnesses.answering("other", answer)
    witnesses.wanted("other")
    assert not work.run_once()
    assert witnesses.outcomes() == {"other": "fork"}


def test_a_witness_that_only_says_that_it_saw_more_holds_nothing_up(register: Register, witnesses: Witnesses) -> None:
    witnesses.answering("liar", reply(409, b"9999\n", SIZE_TYPE))
    witnesses.wanted("liar")
    assert not work.run_once()
    row = WitnessAnswerRow.objects.get()
    assert (row.outcome, row.seen, row.proof) == ("behind", 9999, None)
    assert memory.behind() is None
    register.propose("alice", "Alice", "Example")


def test_two_at_once_do_no_harm(register: Register, witnesses: Witnesses) -> None:
    witnesses.real("court")
    witnesses.wanted("court")
    for name in ("alice", "bob", "charlie"):
        register.propose(name, name.title(), "Example")
        threads = [threading.Thread(target=_once) for _ in range(3)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
    assert work.run_once()
    assert set(witnesses.outcomes().values()) == {"cosigned"}
    assert CosignatureRow.objects.filter(size=witnessed.newest().size).exists()


def _once() -> None:
    try:
        work.run_once()
    finally:
        connection.close()


@contextmanager
def as_a_process(data: Path, policy: Path | None, *words: str) -> Iterator[subprocess.Popen[str]]:
    """`habeas work` as people run it."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HABEAS_")}
    environment |= {"HABEAS_DATA": str(data), "LC_ALL": "en"} | ({"HABEAS_POLICY": str(policy)} if policy else {})
    if connection.vendor == "postgresql":
        environment["HABEAS_DATABASE"] = postgres.url_of(str(connection.settings_dict["NAME"]), postgres.APPLICATION)
    running = subprocess.Popen(
        [sys.executable, "-c", WORK, "work", *words],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield running
    finally:
        if running.poll() is None:
            running.kill()
        running.communicate()


def all_is_cosigned() -> bool:
    newest = witnessed.newest()
    return not PendingRow.objects.exists() and CosignatureRow.objects.filter(size=newest.size).exists()


def waited(until: Callable[[], bool], seconds: float = 120) -> bool:
    ends = time.monotonic() + seconds
    while not until() and time.monotonic() < ends:
        time.sleep(0.05)
    return until()


def test_once_runs_each_loop_and_ends(register: Register, data: Path, witnesses: Witnesses) -> None:
    witnesses.real("court")
    register.propose("alice", "Alice", "Example")
    with as_a_process(data, witnesses.wanted("court"), "--once") as running:
        assert running.wait(120) == 0
    assert all_is_cosigned()


def test_it_ends_when_it_is_told_to_many_times_at_once(register: Register, data: Path, witnesses: Witnesses) -> None:
    witnesses.real("court")
    with as_a_process(data, witnesses.wanted("court")) as running:
        assert waited(all_is_cosigned)
        for _ in range(3_000):
            running.send_signal(signal.SIGTERM)
        assert running.wait(120) == 0


def test_it_is_killed_while_busy_and_nothing_is_lost(register: Register, data: Path, witnesses: Witnesses) -> None:
    witnesses.real("court")
    policy = witnesses.wanted("court")
    recorded = []
    for turn in range(2):
        with as_a_process(data, policy) as running:
            assert running.stderr is not None
            assert "loops run: places, witnesses, keys, sessions, audit." in running.stderr.readline()
            ends = time.monotonic() + 1.2
            while time.monotonic() < ends:
                recorded += register.propose(f"n{turn}-{len(recorded)}", "Nobody", "Example")
            running.send_signal(signal.SIGKILL)
            running.wait(120)
    with as_a_process(data, policy) as running:
        assert waited(all_is_cosigned)
        running.send_signal(signal.SIGTERM)
        assert running.wait(120) == 0
    proofs.export(witnesses.folder / "out")
    report = verify_path(witnesses.folder / "out", None, policy=parse_policy(policy.read_text()))
    assert report.ok, report.problems
    assert report.checkpoint is not None
    assert report.checkpoint.size >= len(recorded)
    assert "fork" not in WitnessAnswerRow.objects.values_list("outcome", flat=True)


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        ("nothing", "nothing"),
        ("log {other}\nquorum none\n", "does not name this register's key"),
        ("log {vkey}\nwitness w {w} http://witness.example\nquorum w\n", "can't be asked"),
        ("quorum\n", "Line 1"),
    ],
)
def test_a_policy_that_can_not_be_used_stops_the_start_with_one_sentence(
    register: Register, data: Path, tmp_path: Path, policy: str, words: str
) -> None:
    keys = {"vkey": register.vkey, "w": Signer("w", b"w" * 32, COSIGNER).verifier.text}
    (tmp_path / "policy").write_text(policy.format(other=Signer("elsewhere", b"l" * 32).verifier.text, **keys))
    place = tmp_path / ("nothing" if policy == "nothing" else "policy")
    with as_a_process(data, place, "--once") as running:
        said = running.communicate(timeout=120)[1]
        assert running.returncode == 2
    assert len(said.splitlines()) == 1
    assert words in said


def test_an_error_is_logged_by_its_kind_and_the_loop_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    done, ending = [], threading.Event()

    def fails_once() -> None:
        done.append(1)
        if len(done) == 1:
            raise ValueError("Alice Example")
        ending.set()

    assert not work._succeeds("example", fails_once)
    work._repeat(("example", 0.01, fails_once), ending)
    assert len(done) == 2
    assert [each.getMessage() for each in caplog.records] == ["example: ValueError"]


@pytest.mark.parametrize(
    ("url", "may"),
    [
        ("https://witness.example", True),
        ("https://witness.example:8443/w/", True),
        ("http://127.0.0.1:8080", True),
        ("http://[::1]:8080", True),
        ("http://10.1.2.3", True),
        ("http://witness.example", False),
        ("http://8.8.8.8", False),
        ("ftp://witness.example", False),
        ("https://", False),
        ("https://witness.example:port", False),
        ("", False),
    ],
)
def test_a_witness_is_asked_where_nobody_on_the_way_can_change_it(url: str, may: bool) -> None:
    assert may_be_asked(url) is may
