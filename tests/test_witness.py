"""The witness as people run it: over HTTP, with its state in files, through restarts."""

from __future__ import annotations

import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from habeas.register.cosignature import cosigned_at
from habeas.register.note import parse_note
from habeas.register.problems import RegisterError
from habeas.witness import ADD, Watch, name_of, server

from .register.example import ORIGIN
from .register.test_witness import AT, HASHES, LOGS, WITNESS, asked, leaf_hash


@contextmanager
def running(folder: Path) -> Iterator[str]:
    serving = server(Watch(folder, LOGS, WITNESS, lambda: AT), 0)
    thread = threading.Thread(target=serving.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{serving.server_port}"
    finally:
        serving.shutdown()
        thread.join()
        serving.server_close()


def post(url: str, body: bytes) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data=body, method="POST"), timeout=120) as found:
            return found.status, found.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


def test_it_cosigns_shows_what_it_saw_and_remembers_it_after_a_restart(tmp_path: Path) -> None:
    with running(tmp_path) as url:
        status, line = post(url + ADD, asked(0, 10))
        assert status == 200
        assert post(url + ADD, asked(0, 10)) == (409, b"10\n")
        with urllib.request.urlopen(f"{url}/{name_of(ORIGIN)}") as shown:
            note = parse_note(shown.read())
        assert cosigned_at(note, WITNESS.verifier) == AT
        assert line in note.text.encode() + line
    other = [leaf_hash(b"another"), *HASHES[1:]]
    with running(tmp_path) as url:
        assert post(url + ADD, asked(10, 20, other))[0] == 422
        assert post(url + ADD, asked(5, 8)) == (409, b"10\n")
        assert post(url + ADD, asked(10, 20))[0] == 200


def test_what_is_not_served_is_not_found(tmp_path: Path) -> None:
    with running(tmp_path) as url:
        assert post(url + "/other", b"")[0] == 404
        assert post(url + ADD, b"nothing")[0] == 400
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(f"{url}/{name_of(ORIGIN)}")
        assert caught.value.code == 404
        caught.value.close()


def test_a_damaged_state_is_never_taken_for_an_empty_one(tmp_path: Path) -> None:
    watch = Watch(tmp_path, LOGS, WITNESS, lambda: AT)
    assert watch.answer(asked(0, 10)).status == 200
    (tmp_path / name_of(ORIGIN)).write_bytes(b"cut")
    with pytest.raises(RegisterError):
        watch.answer(asked(0, 12))
    with pytest.raises(RegisterError):
        watch.check()
    with running(tmp_path) as url:
        assert post(url + ADD, asked(10, 20)) == (500, b"")


def test_of_many_at_once_each_continues_the_one_before(tmp_path: Path) -> None:
    watch = Watch(tmp_path, LOGS, WITNESS, lambda: AT)
    assert watch.answer(asked(0, 1)).status == 200
    answers: list[int] = []
    threads = [
        threading.Thread(target=lambda size=size: answers.append(watch.answer(asked(1, size)).status))
        for size in range(2, 30)
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(answers) == [200] + [409] * 27
