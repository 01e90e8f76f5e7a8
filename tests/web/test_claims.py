"""Counsel of a case on its pages: named from a list, the case opened, and closed to every other counsel."""

from __future__ import annotations

import re

import pytest
from django.http import HttpResponse
from django.test import Client

from habeas.core.entries import Actor, Role
from habeas.core.entries.claims import CounselNamed, NamedBy
from tests.store.example import Register
from tests.web.conftest import People, account, browser
from tests.web.test_acts import CASE, now, recorded

COUNSEL = Actor(account="counsel-anna", party="ee-oik", role=Role.COUNSEL)
OTHER_COUNSEL = Actor(account="counsel-other", party="ee-oik", role=Role.COUNSEL)
NAMED = CounselNamed(counsel=COUNSEL.account, named_by=NamedBy.PERSON)


@pytest.fixture
def anna(register: Register) -> Register:
    """Anna Fiktiv is held, and Bea Example proposed."""
    register.propose("anna", "Anna", "Fiktiv")
    register.propose("bea", "Bea", "Example")
    register.wait(days=1)
    register.hold("anna")
    return register


@pytest.fixture
def counsel(anna: Register) -> Client:
    """The browser of Anna's counsel."""
    anna.record("case-anna", NAMED, person="person-anna")
    return browser(COUNSEL)


def bare(response: HttpResponse, case_id: str) -> str:
    """A page without its address and its form's token."""
    page = response.content.decode().replace(case_id, "")
    return re.sub(r'csrfmiddlewaretoken" value="[^"]*"', "", page)


def name_counsel(client: Client, whom: str) -> tuple[int, str]:
    address = f"{CASE}do/name_counsel/"
    form = {**now(client, address), "counsel": whom, "named_by": "person", "step": "record"}
    response = client.post(address, form)
    return response.status_code, response.content.decode()


def test_counsel_is_named_from_the_accounts_of_counsel(anna: Register, people: People) -> None:
    account(COUNSEL)
    asked = people.alice.get(f"{CASE}do/name_counsel/").content.decode()
    assert "counsel-anna, Party ee-oik" in asked
    assert "auditor-1" not in asked
    assert name_counsel(people.alice, COUNSEL.account)[0] == 302
    assert recorded(CounselNamed) == [NAMED]


def test_nobody_else_is_named_counsel(anna: Register, people: People) -> None:
    account(COUNSEL)
    assert name_counsel(people.alice, "officer-1")[0] == 422
    assert recorded(CounselNamed) == []


def test_counsel_sees_their_own_case_and_nothing_tells_another_that_it_exists(counsel: Client, people: People) -> None:
    assert "Anna Fiktiv" in counsel.get(CASE).content.decode()
    listed = counsel.get("/cases/").content.decode()
    assert ("Anna Fiktiv" in listed, "Bea Example" in listed) == (True, False)
    other = browser(OTHER_COUNSEL)
    unknown = other.get("/cases/case-nobody/")
    refused = other.get(CASE)
    assert (refused.status_code, unknown.status_code) == (404, 404)
    assert bare(refused, "case-anna") == bare(unknown, "case-nobody")
    assert "Anna Fiktiv" not in other.get("/cases/").content.decode()


def test_my_work_of_counsel_shows_the_clocks_of_their_own_cases(counsel: Client) -> None:
    page = counsel.get("/work/").content.decode()
    assert "Anna Fiktiv" in page
    assert "No clock runs on your cases." not in page
