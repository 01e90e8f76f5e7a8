"""What the running system serves is taken by `habeas mirror`, and the copy is accepted by a foreign verifier."""

from __future__ import annotations

import threading
import urllib.request
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
import waitress
from django.core.wsgi import get_wsgi_application
from django.db import connection
from pytest_django import Settings
from waitress import wasyncore

from habeas.cli import main
from habeas.store import proofs, witnessed
from tests.store.example import RECEIVER, TARTU, Register
from tests.web.conftest import data, empty_database, register

from .test_foreign_verifiers import go_says

__all__ = ["data", "empty_database", "register"]


@pytest.fixture
def address(register: Register, settings: Settings) -> Iterator[str]:
    """The pages, served by the server that `habeas serve` uses."""
    settings.HABEAS_DEMO = True
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    server = waitress.create_server(get_wsgi_application(), host="127.0.0.1", port=0)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.effective_port}/log/v1"
    server.task_dispatcher.shutdown()
    server.trigger.pull_trigger(partial(wasyncore.close_all, server._map, ignore_all=True))  # in the thread of its loop
    thread.join(timeout=120)
    connection.close()


def test_go_accepts_the_mirror_of_a_running_register_as_it_grows(
    register: Register, address: str, tmp_path: Path, tlogcheck: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy, older = tmp_path / "copy", []
    for more in (0, 300, 900):
        if more:
            register.record("facility-tartu", *[TARTU] * more, by=RECEIVER)
        assert main(["mirror", address, str(copy), "--key", register.vkey]) == 0, capsys.readouterr()
        older.append(tmp_path / f"checkpoint-{more}")
        older[-1].write_bytes((copy / "checkpoint").read_bytes())
        assert (copy / "checkpoint").read_bytes() == witnessed.published_note()
    assert go_says(tlogcheck, copy, *older, key=register.vkey) == "accepted"
    assert main(["verify", address, "--key", register.vkey, "--since", str(older[0])]) == 0
    proofs.export(tmp_path / "export")
    for path in (each for each in (tmp_path / "export").rglob("*") if each.is_file()):
        assert (copy / path.relative_to(tmp_path / "export")).read_bytes() == path.read_bytes()


def test_head_says_how_long_and_sends_nothing(address: str) -> None:
    for path in ("checkpoint", "tile/0/000.p/1"):
        whole = urllib.request.urlopen(f"{address}/{path}", timeout=120).read()
        asked = urllib.request.Request(f"{address}/{path}", method="HEAD")
        with urllib.request.urlopen(asked, timeout=120) as answer:
            assert (answer.status, answer.read(), answer.headers["Content-Length"]) == (200, b"", str(len(whole)))
