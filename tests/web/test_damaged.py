"""What a browser is told when the record can't be read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from pytest_django import Settings

from habeas.store import keys, streams
from tests.store.example import OFFICER, Register
from tests.web.conftest import browser

TITLE = "The record cannot be read"


@pytest.fixture
def alice(register: Register) -> Client:
    """Her browser, which is shown what a real one would be."""
    register.propose("alice", "Alice", "Example")
    register.hold("alice")
    client = browser(OFFICER)
    client.raise_request_exception = False
    assert client.get("/cases/").status_code == 200
    return client


@pytest.mark.parametrize("length", [0, 20_000])
@pytest.mark.parametrize("demonstration", [True, False])
def test_a_damaged_database_gives_a_page_that_says_so(
    alice: Client, folder: Path, settings: Settings, length: int, demonstration: bool
) -> None:
    settings.HABEAS_DEMO = demonstration
    connection.close()
    for log in folder.glob("habeas.sqlite3-*"):
        log.unlink()
    database = folder / "habeas.sqlite3"
    database.write_bytes(database.read_bytes()[:length] or b"a letter\n" * 1000)

    for path in ("/", "/cases/", "/cases/case-alice/"):
        page = alice.get(path)

        assert page.status_code == 503
        assert TITLE in page.content.decode()
        assert "Traceback" not in page.content.decode()


@pytest.mark.parametrize("damage", [Path.unlink, lambda key: key.write_bytes(key.read_bytes()[:16])])
def test_a_key_that_is_missing_or_cut_short_gives_a_page_that_says_so(
    alice: Client, folder: Path, damage: Callable[[Path], object]
) -> None:
    damage(folder / "keys" / "secret" / "person-person-alice.key")
    streams._KEPT.streams.clear()
    keys._opened.cache_clear()

    page = alice.get("/cases/case-alice/")

    assert page.status_code == 503
    assert TITLE in page.content.decode()
    assert "The person is still on record" in page.content.decode()

    for path in ("/cases/", "/facilities/tartu/"):
        shown = alice.get(path).content.decode()
        assert "The person is still on record" in shown
        assert "/cases/case-alice/" in shown


def test_a_missing_key_of_a_party_gives_its_people_a_page_that_says_so(alice: Client, folder: Path) -> None:
    (folder / "keys" / "secret" / "stream-party-se-kv.key").unlink()
    streams._KEPT.streams.clear()
    keys._opened.cache_clear()

    for path in ("/cases/", "/", "/nowhere/"):
        page = alice.get(path)
        assert page.status_code == (404 if path == "/nowhere/" else 503), path
        assert page.status_code == 404 or TITLE in page.content.decode()
