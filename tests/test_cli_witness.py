"""`habeas witness` and `habeas verify --policy`, as people type them."""

from __future__ import annotations

import json
import socket
import stat
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from habeas.cli import main
from habeas.register.note import COSIGNER, parse_vkey
from habeas.register.witness import request_body
from habeas.witness import ADD

from .register.example import LOG, ExampleLog, example_log

SERVE = "import sys; from habeas.cli import main; sys.exit(main(sys.argv[1:]))"


def new_key(path: Path, capsys: pytest.CaptureFixture[str]) -> str:
    assert main(["witness", "key", "witness.example/w1", str(path)]) == 0
    return capsys.readouterr().out.strip()


def cosigned(log: ExampleLog, secret: Path, folder: Path) -> bytes:
    """The log's checkpoint with the cosignature of a witness that runs as a program of its own."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    words = ["witness", "serve", "--secret", str(secret), "--log", LOG.verifier.text, "--state", str(folder)]
    running = subprocess.Popen([sys.executable, "-c", SERVE, *words, "--port", str(port)], stderr=subprocess.PIPE)
    try:
        assert running.stderr is not None
        running.stderr.readline()  # it says when it listens
        note = log.checkpoint()
        asked = urllib.request.Request(f"http://127.0.0.1:{port}{ADD}", data=request_body(0, (), note), method="POST")
        with urllib.request.urlopen(asked, timeout=120) as answer:
            line: bytes = answer.read()
        return note + line
    finally:
        running.terminate()
        running.communicate()


def test_a_witness_is_made_cosigns_and_a_policy_that_asks_for_it_is_met(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    public = new_key(tmp_path / "secret", capsys)
    assert stat.S_IMODE((tmp_path / "secret").stat().st_mode) == 0o600
    assert parse_vkey(public, COSIGNER).name == "witness.example/w1"
    log = example_log()
    log.write(tmp_path / "export")
    (tmp_path / "policy").write_text(f"log {LOG.verifier.text}\nwitness w1 {public}\nquorum w1\n")
    command = ["verify", str(tmp_path / "export"), "--policy", str(tmp_path / "policy"), "--format", "json"]
    assert main(command) == 1
    assert [each["code"] for each in json.loads(capsys.readouterr().out)["problems"]] == ["register.policy_not_met"]
    (tmp_path / "export" / "checkpoint").write_bytes(cosigned(log, tmp_path / "secret", tmp_path / "seen"))
    before = time.time()
    assert main(command) == 0
    seen = json.loads(capsys.readouterr().out)["established"]["cosigned"]["w1"]
    assert seen.startswith(time.strftime("%Y-%m-%dT", time.gmtime(before))[:8])
    assert main([*command[:-2], "--lang", "es"]) == 0
    assert "visto por el testigo w1" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["witness", "key", "no+name", "FILE"], 2),
        (["witness", "serve", "--secret", "NOTHING", "--log", LOG.verifier.text, "--state", "DIR"], 2),
        (["witness", "serve", "--secret", "SECRET", "--log", "no key", "--state", "DIR"], 2),
        (["verify", "EXPORT", "--policy", "SECRET"], 2),
    ],
)
def test_what_can_not_be_used_is_said_in_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], code: int
) -> None:
    new_key(tmp_path / "SECRET", capsys)
    example_log().write(tmp_path / "EXPORT")
    places = {name: str(tmp_path / name) for name in ("FILE", "NOTHING", "SECRET", "DIR", "EXPORT")}
    for language in ("en", "es"):
        assert main([*(places.get(each, each) for each in words), "--lang", language]) == code
        said = capsys.readouterr()
        assert said.out == ""
        assert len(said.err.splitlines()) == 1
        assert "PRIVATE" not in said.err
