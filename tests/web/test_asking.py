"""Asking without an account: one page for everybody, whoever is sought."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.test import Client

import habeas.web
from habeas.store import asking
from tests.store.example import Register
from tests.web.conftest import People

PAGES = ["/ask/", "/ask/claim/", "/ask/word/", "/ask/person/", "/ask/order/", "/ask/answer/"]
ASKED = {"sought": "Anna Fiktiv", "word": "winter river", "who": "Berta Example"}
STYLE = Path(habeas.web.__file__).parent / "static" / "habeas" / "habeas.css"
REFERENCE = re.compile(r"(?:[2-9A-Z]{4}-){3}[2-9A-Z]{4}")


def enquire(client: Client, **asked: str) -> str:
    """Ask; the reference."""
    response = client.post("/ask/person/", {**ASKED, **asked})
    assert response.status_code == 200
    found = REFERENCE.search(response.content.decode())
    assert found
    return found.group()


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("address", PAGES)
def test_a_public_page_is_small_neutral_and_can_be_left_at_once(
    address: str, language: str, register: Register
) -> None:
    client = Client()
    client.cookies["django_language"] = language
    response = client.get(address)
    page = response.content.decode()

    assert f'<html lang="{language}"' in page
    assert f"<title>{'Preguntas' if language == 'es' else 'Questions'}</title>" in page
    assert "Habeas" not in page
    assert re.search(r'<a class="leave" href="https://[^"]+" rel="noreferrer">', page)
    assert "<script" not in page
    assert page.count("<h1") == 1
    assert response["Cache-Control"] == "no-store"
    assert len(response.content) + STYLE.stat().st_size < 60_000


def test_a_relative_gets_a_reference_and_finds_the_question_again(register: Register, people: People) -> None:
    client = Client()
    reference = enquire(client)
    page = client.post("/ask/answer/", {"reference": reference, "word": "Winter River"}).content.decode()

    assert "Your question is on record" in page
    assert "Party ee-oik" in page  # it has a monitor, to whom kinship can be shown
    assert "Party se-court" not in page
    assert "Fiktiv" not in page


def test_a_wrong_word_and_an_unknown_reference_give_the_same_page(register: Register) -> None:
    client = Client()
    reference = enquire(client)
    wrong = client.post("/ask/answer/", {"reference": reference, "word": "summer river"})
    unknown = client.post("/ask/answer/", {"reference": "2345-2345-2345-2345", "word": "winter river"})

    assert (wrong.status_code, wrong.content) == (unknown.status_code, unknown.content)
    assert wrong.status_code == 404


def test_no_cookie_is_set_but_the_language_that_is_chosen(register: Register) -> None:
    client = Client()
    for address in PAGES:
        client.get(address)
    enquire(client)
    assert not client.cookies

    client.post("/language/", {"language": "es", "next": "/ask/"})
    assert set(client.cookies) == {"django_language"}
    assert "Pregunte si una persona" in client.get("/ask/").content.decode()


def test_another_sites_form_is_taken_as_nobody_is_signed_in_here(register: Register) -> None:
    assert Client(enforce_csrf_checks=True).post("/ask/person/", ASKED).status_code == 200


def test_what_is_missing_is_told_with_everything_typed_still_there(register: Register) -> None:
    response = Client().post("/ask/person/", {**ASKED, "sought": "", "word": "abc", "relation": "mother"})
    page = response.content.decode()

    assert response.status_code == 422
    assert "Name of the person: Answer this question." in page
    assert "Choose a longer word: at least 6 letters or digits." in page
    assert 'value="mother"' in page


def test_when_too_many_ask_the_page_says_when_to_try_again(register: Register, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "PER_HOUR_ELSE", 0.5)
    enquire(Client())
    response = Client().post("/ask/person/", ASKED)

    assert response.status_code == 429
    assert 0 < int(response["Retry-After"]) <= 2 * 60 * 60
    assert "try again in" in response.content.decode()


def test_a_page_that_is_not_there_is_neutral_too(register: Register, people: People) -> None:
    response = people.stranger.get("/ask/nowhere/")
    page = response.content.decode()

    assert response.status_code == 404
    assert "There is no such page" in page
    assert "Habeas" not in page
