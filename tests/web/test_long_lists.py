"""However long a list is, a page of it reads the cases that it shows, and no other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.test import Client

from habeas.store import streams
from habeas.web.facilities import ROLL_PAGE
from habeas.web.shown import PAGE
from tests.store.example import Register
from tests.web.conftest import People

HELD = ROLL_PAGE + 7


@pytest.fixture
def long(register: Register) -> Register:
    """More people are held than a page shows."""
    for number in range(HELD):
        register.propose(str(number), f"Given{number:02}", "Example")
        register.hold(str(number))
        register.wait(minutes=1)
    return register


def names_on(client: Client, path: str, **form: object) -> list[str]:
    response = client.post(path, form) if form else client.get(path)
    return [*dict.fromkeys(re.findall(r"Given\d\d", response.content.decode()))]


def cases_read() -> int:
    return sum(each.startswith(streams.CASE) for each in streams._KEPT.streams)


def test_a_list_of_cases_reads_those_of_its_page(long: Register, people: People) -> None:
    for client in (people.alice, people.monitor):
        streams._KEPT.clear()
        assert names_on(client, "/cases/") == [f"Given{each:02}" for each in range(HELD)][::-1][:PAGE]
        assert cases_read() == PAGE
    assert names_on(people.alice, "/cases/", page="3") == [f"Given{each:02}" for each in range(HELD)][::-1][2 * PAGE :]


def test_a_roll_reads_those_of_its_page(long: Register, people: People) -> None:
    for client in (people.bob, people.alice, people.monitor):
        streams._KEPT.clear()
        assert names_on(client, "/facilities/tartu/") == [f"Given{each:02}" for each in range(ROLL_PAGE)]
        assert cases_read() == ROLL_PAGE
    assert names_on(people.bob, "/facilities/tartu/?page=2") == [f"Given{each:02}" for each in range(ROLL_PAGE, HELD)]


def test_a_search_still_looks_through_all(long: Register, people: People, folder: Path) -> None:
    assert names_on(people.alice, "/cases/", stage="held", page="3") == names_on(people.alice, "/cases/", page="3")


def test_who_may_open_none_sees_none(long: Register, people: People) -> None:
    assert names_on(people.charlie, "/cases/") == names_on(people.charlie, "/facilities/tartu/") == []
