"""`habeas verify URL`: a log, a receipt or a checkpoint from a web server, honest or hostile."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from socket import socket

import pytest

from habeas import fetch
from habeas.register.checkpoint import Checkpoint, sign_checkpoint
from habeas.register.receipt import make_receipt
from habeas.register.tiles import pack_bundle

from .register.attacks import lay_out
from .register.example import LOG, ORIGIN, STRANGER, example_log
from .serving import Trick, served
from .test_cli import Shell, habeas

__all__ = ["habeas"]

VKEY = LOG.verifier.text
LOG_300 = example_log(300)


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the commands put what they fetch; every test leaves it empty."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


@pytest.fixture
def export(tmp_path: Path) -> Path:
    return LOG_300.write(tmp_path / "export")


def test_a_log_is_verified_from_its_address_over_one_connection(export: Path, habeas: Shell, temporary: Path) -> None:
    local = habeas("verify", export, "--key", VKEY).out
    with served(export.parent) as site:
        for address in (f"{site.url}/export", f"{site.url}/export/"):
            ended = habeas("verify", address, "--key", VKEY)
            assert (ended.code, ended.out, ended.err) == (0, local, "")
    assert site.connections == 2
    assert len(site.asked) == 2 * 7
    assert list(temporary.iterdir()) == []


def test_a_log_of_each_size_at_the_edge_of_a_tile_is_verified(tmp_path: Path, habeas: Shell) -> None:
    for size in (3, 255, 256, 257):
        folder = example_log(size).write(tmp_path / str(size))
        with served(folder) as site:
            assert habeas("verify", site.url, "--key", VKEY).code == 0


def test_a_receipt_and_a_checkpoint_are_verified_from_their_address(tmp_path: Path, habeas: Shell) -> None:
    log = example_log(9)
    (tmp_path / "receipt.json").write_bytes(make_receipt(log.receipt(5)))
    (tmp_path / "noted").write_bytes(log.checkpoint())
    with served(tmp_path) as site:
        for name in ("receipt.json", "noted"):
            assert habeas("verify", f"{site.url}/{name}", "--key", VKEY).code == 0
            assert habeas("verify", f"{site.url}/{name}").code == 1


def test_what_grew_while_it_was_fetched_is_verified_at_the_size_that_was_shown_first(
    tmp_path: Path, habeas: Shell
) -> None:
    log = example_log(200)
    log.write(tmp_path)
    grown: list[int] = []

    def grows(_connection: socket, path: str) -> bool:
        if path.startswith("/tile") and not grown:
            grown.append(1)
            bigger = example_log(300)
            bigger.add_key("third_state", STRANGER)
            bigger.write(tmp_path)
        return False

    (tmp_path / "kept").write_bytes(log.checkpoint(100))
    with served(tmp_path, grows) as site:
        ended = habeas("verify", site.url, "--key", VKEY, "--since", tmp_path / "kept", "--format", "json")
    assert (ended.code, json.loads(ended.out)["established"]["size"]) == (0, 200)
    assert "/tile/entries/000" in site.asked
    with served(tmp_path) as site:
        assert habeas("verify", site.url, "--key", VKEY).code == 0


@pytest.mark.parametrize(
    ("now", "kept", "code", "sentence"),
    [
        (example_log(9), LOG_300.checkpoint(9), 0, "Everything holds"),
        (example_log(9), LOG_300.checkpoint(7), 0, "Everything holds"),
        (example_log(9, story="another "), LOG_300.checkpoint(9), 1, "The log was forked: "),
        (example_log(9, story="another "), LOG_300.checkpoint(7), 1, "The log was rebuilt: its first 7 entries"),
        (example_log(9), LOG_300.checkpoint(12), 1, "The log went back: the kept checkpoint has 12 entries"),
    ],
)
def test_a_kept_checkpoint_tells_a_fork_a_rollback_and_another_past_apart(
    tmp_path: Path, habeas: Shell, now, kept: bytes, code: int, sentence: str
) -> None:
    (tmp_path / "kept").write_bytes(kept)
    folder = now.write(tmp_path / "export")
    with served(folder) as site:
        for path in (site.url, folder):
            ended = habeas("verify", path, "--key", VKEY, "--since", tmp_path / "kept")
            spanish = habeas("verify", path, "--key", VKEY, "--since", tmp_path / "kept", "--lang", "es")
            assert (ended.code, spanish.code) == (code, code)
            assert sentence in ended.out
            assert not re.search(r"register\.(?!example)|[{}]", spanish.out)


def test_two_checkpoints_alone_show_a_fork_and_a_rollback_and_say_what_else_is_needed(
    tmp_path: Path, habeas: Shell
) -> None:
    fork = example_log(9, story="another ")
    expected = [
        (LOG_300.checkpoint(9), LOG_300.checkpoint(9), 0, "Everything holds"),
        (LOG_300.checkpoint(9), fork.checkpoint(9), 1, "The log was forked"),
        (LOG_300.checkpoint(8), LOG_300.checkpoint(9), 1, "The log went back"),
        (LOG_300.checkpoint(9), LOG_300.checkpoint(8), 1, "can't be seen from checkpoints alone"),
    ]
    for now, kept, code, sentence in expected:
        (tmp_path / "now").write_bytes(now)
        (tmp_path / "kept").write_bytes(kept)
        ended = habeas("verify", tmp_path / "now", "--key", VKEY, "--since", tmp_path / "kept")
        assert (ended.code, sentence in ended.out) == (code, True), sentence


# --- hostile servers -------------------------------------------------------------------------------

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n"


def at(part: str, answer: bytes | Callable[[socket], None]) -> Trick:
    """Answers so where the path has this part."""

    def trick(connection: socket, path: str) -> bool:
        if part not in path:
            return False
        try:
            if isinstance(answer, bytes):
                connection.sendall(answer)
            else:
                answer(connection)
        except OSError:
            pass  # whoever asked has gone
        return True

    return trick


def endless(head: bytes, part: bytes, pause: float = 0) -> Callable[[socket], None]:
    def answer(connection: socket) -> None:
        connection.sendall(head)
        until = time.monotonic() + LONG
        while time.monotonic() < until:
            connection.sendall(part)
            time.sleep(pause)

    return answer


LONG = 120.0  # seconds for which a server goes on that must not be waited for
TOO_LONG = "took too long over"
HUGE = sign_checkpoint(Checkpoint(ORIGIN, 10**18, bytes(32)), LOG)
BUNDLE, CHECKPOINT = "/tile/entries/000", "/checkpoint"
HOSTILE: dict[str, tuple[Trick, str]] = {
    "a web page": (
        at(CHECKPOINT, b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 4\r\n\r\n<p>x"),
        "/checkpoint is answered with text/html, not with the file itself",
    ),
    "a packed file": (
        at(BUNDLE, HEAD + b"Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n\x1f\x8b"),
        "is answered with gzip",
    ),
    "more than a checkpoint": (at(CHECKPOINT, endless(HEAD + b"\r\n", b"x" * 65_536)), "than the 1000000 bytes"),
    "more than a bundle": (at(BUNDLE, endless(HEAD + b"\r\n", b"x" * 65_536)), "than the 15360512 bytes"),
    "chunks without end": (
        at(CHECKPOINT, endless(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"ff\r\n" + b"x" * 255 + b"\r\n")),
        "than the 1000000 bytes",
    ),
    "a length that is a lie": (
        at(BUNDLE, HEAD + b"Content-Length: 999999999999\r\n\r\n" + b"x" * 20_000_000),
        "than the 15360512 bytes",
    ),
    "cut off": (at(BUNDLE, HEAD + b"Content-Length: 5000\r\n\r\nxx"), "could not be read to its end"),
    "cut off in a chunk": (
        at(BUNDLE, HEAD + b"Transfer-Encoding: chunked\r\n\r\nff\r\nxx"),
        "could not be read to its end (IncompleteRead)",
    ),
    "nothing at all": (at(BUNDLE, b""), "could not be read to its end (RemoteDisconnected)"),
    "no HTTP": (at(CHECKPOINT, b"SSH-2.0-OpenSSH\r\n\r\n"), "could not be read to its end (BadStatusLine)"),
    "heads without end": (at(CHECKPOINT, endless(HEAD, b"A: b\r\n" * 1_000)), "(HTTPException)"),
    "waits without end": (at(CHECKPOINT, endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n", 0.01)), TOO_LONG),
    "one byte at a time": (at(BUNDLE, endless(HEAD + b"Content-Length: 5000\r\n\r\n", b"x", 0.1)), TOO_LONG),
    "one byte at a time and closing": (
        at(BUNDLE, endless(HEAD + b"Connection: close\r\nContent-Length: 5000\r\n\r\n", b"x", 0.1)),
        TOO_LONG,
    ),
    "silence": (at(BUNDLE, lambda connection: time.sleep(LONG)), TOO_LONG),
    "another address": (
        at(BUNDLE, b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\x1b[2J\r\nContent-Length: 0\r\n\r\n"),
        "leads to another address (http://169.254.169.254/\\u001b[2J)",
    ),
    "an error": (at(BUNDLE, b"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n"), "with the status 503"),
    "no such tile": (
        at("/tile/1/", b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n"),
        "has no {url}/tile/1/000.p/1, which a log of 300 entries needs",
    ),
    "a size that is a lie": (
        at(CHECKPOINT, HEAD + b"Content-Length: %d\r\n\r\n" % len(HUGE) + HUGE),
        "has no {url}/tile/entries/001, which a log of 1000000000000000000 entries needs",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_server_is_refused_in_one_sentence_soon_and_leaves_nothing(
    name: str, export: Path, habeas: Shell, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trick, sentence = HOSTILE[name]
    if sentence == TOO_LONG:
        monkeypatch.setattr(fetch, "FILE_SECONDS", 1)
    begun = time.monotonic()
    with served(export, trick) as site:
        ended = habeas("verify", site.url, "--key", VKEY)
        took = time.monotonic() - begun
        spanish = habeas("verify", site.url, "--key", VKEY, "--lang", "es")
    assert (ended.code, ended.out, len(ended.err.splitlines())) == (2, "", 1)
    assert sentence.format(url=site.url) in ended.err
    assert took < LONG
    assert (spanish.code, spanish.err != ended.err, "{" in spanish.err) == (2, True, False)
    assert list(temporary.iterdir()) == []


def test_more_than_one_run_may_read_is_refused(export: Path, habeas: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "TOTAL_BYTES", 100_000)
    with served(export) as site:
        ended = habeas("verify", site.url, "--key", VKEY)
    assert (ended.code, "sent more than this command reads" in ended.err) == (2, True)


def test_what_a_server_changed_is_tampered_with(tmp_path: Path, habeas: Shell) -> None:
    other = example_log(300, story="forged ").leaves
    forged = [*LOG_300.leaves[:280], other[280], *LOG_300.leaves[281:]]
    with served(lay_out(tmp_path / "forged", LOG_300, forged, LOG_300.checkpoint())) as site:
        ended = habeas("verify", site.url, "--key", VKEY)
    assert (ended.code, "entries were changed" in ended.out) == (1, True)
    packed = pack_bundle(LOG_300.leaves[:255])
    answer = HEAD + b"Content-Length: %d\r\n\r\n" % len(packed) + packed
    with served(LOG_300.write(tmp_path / "honest"), at(BUNDLE, answer)) as site:
        ended = habeas("verify", site.url, "--key", VKEY)
    assert (ended.code, "holds 255 entries" in ended.out) == (1, True)


def test_of_a_log_that_another_key_signs_no_entry_is_fetched(tmp_path: Path, habeas: Shell) -> None:
    with served(example_log(300, signer=STRANGER).write(tmp_path / "export")) as site:
        ended = habeas("verify", site.url, "--key", VKEY)
    assert (ended.code, "Not established. You brought" in ended.out) == (1, True)
    assert site.asked == ["/checkpoint", "/keys.jsonl"]


@pytest.mark.parametrize(
    "url",
    ["http://", "https://user:word@h/", "http://h/?q", "http://h/#f", "http://h:x/", "http://h/a b", "http://hé/"],
)
def test_what_is_no_address_is_said(url: str, habeas: Shell) -> None:
    ended = habeas("verify", url)
    assert (ended.code, "is no address that can be read" in ended.err) == (2, True)


def test_nobody_there_and_nothing_there_are_said(tmp_path: Path, habeas: Shell) -> None:
    (tmp_path / "page.txt").write_text("an invented page")
    with served(tmp_path) as site:
        for path in ("nothing", "page.txt"):
            ended = habeas("verify", f"{site.url}/{path}")
            assert (ended.code, "Nothing that can be verified is at" in ended.err) == (2, True)
    ended = habeas("verify", site.url)
    assert (ended.code, "could not be read to its end (Connection refused)" in ended.err) == (2, True)


@pytest.mark.skipif(sys.platform == "win32", reason="signals to end are sent elsewhere")
def test_nothing_is_left_when_the_command_is_asked_to_end(export: Path, tmp_path: Path) -> None:
    folder = tmp_path / "left"
    folder.mkdir()
    start = "import sys; from habeas.cli import main; sys.exit(main())"
    with served(export, at(BUNDLE, lambda connection: time.sleep(LONG))) as site:
        running = subprocess.Popen(
            [sys.executable, "-c", start, "verify", site.url], env={**os.environ, "TMPDIR": str(folder)}
        )
        until = time.monotonic() + LONG
        while not any("entries" in each for each in site.asked) and time.monotonic() < until:
            time.sleep(0.05)
        assert len(list(folder.iterdir())) == 1
        running.send_signal(signal.SIGTERM)
        assert running.wait(timeout=LONG) == 128 + signal.SIGTERM
    assert list(folder.iterdir()) == []
