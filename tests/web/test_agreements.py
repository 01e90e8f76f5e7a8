"""The pages of the agreements, open to everybody: each one, and all side by side."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from habeas import agreements

pytestmark = pytest.mark.usefixtures("data")


def compared(client: Client, language: str = "en") -> str:
    client.cookies["django_language"] = language
    response = client.get("/agreements/compared/")
    assert response.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def test_anybody_finds_the_comparison_where_the_agreements_are_listed(client: Client) -> None:
    assert 'href="/agreements/compared/"' in client.get("/agreements/").content.decode()
    text = compared(client)
    for id in agreements.ids():
        assert agreements.agreement(id).title.en in text


def test_what_an_answer_rests_on_is_said_in_words_and_what_counts_for_nothing_stands_apart(client: Client) -> None:
    row = re.search(r"Responsibility at each moment (.*?) Life inside", compared(client))
    assert row
    answered, nothing = row[1].split("us-sv-2025")
    assert "model-agreement (the text itself)" in answered
    assert nothing.lstrip().startswith("(says something that is no answer)")
    assert "(general knowledge, to be verified)" in compared(client)


def test_only_a_text_that_answers_all_ten_passes_the_floor(client: Client) -> None:
    text = compared(client)
    passing = [id for id in agreements.ids() if agreements.agreement(id).can_be_run]
    assert text.count("Passes the floor") == len(passing)
    assert text.count("Below the floor") == len(agreements.ids()) - len(passing)
    assert text.count("No alcanza el mínimo") == 0
    assert compared(client, "es").count("No alcanza el mínimo") == len(agreements.ids()) - len(passing)
