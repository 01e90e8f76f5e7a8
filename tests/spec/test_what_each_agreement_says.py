"""The rule book: from the words of `habeas terms show` alone a reader learns who, where, how many, for how much, until when,
who may not, who returns them, who watches, and what is unsaid.

Each group of agreements has its table in a module `agreements_<group>.py` beside this one.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

from habeas import agreements
from habeas.core.terms import Agreement
from habeas.documents.terms_text import terms_text
from habeas.speech import said

from .answers import SECTIONS, Expected, sections

TABLES: Mapping[str, Expected] = {
    id: expected
    for each in sorted(Path(__file__).parent.glob("agreements_*.py"))
    for id, expected in importlib.import_module(f".{each.stem}", __package__).EXPECTED.items()
}

LANGUAGES = ("en", "es")


def version(id: str) -> Agreement:
    """The agreement of an id in its last version; behind an @, in that of a day."""
    name, _, day = id.partition("@")
    return agreements.agreement(name, on=date.fromisoformat(day) if day else None)


def test_no_released_agreement_is_without_its_table() -> None:
    assert {each.partition("@")[0] for each in TABLES} == {*agreements.ids()}


@pytest.fixture(params=TABLES)
def id(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("question", SECTIONS)
def test_the_answer_stands_where_the_question_is_answered(id: str, question: str, language: str) -> None:
    found = sections(terms_text(version(id), language), language)[SECTIONS[question]]
    expected = TABLES[id].answers(question)
    assert expected
    assert [answer for answer in expected if answer[LANGUAGES.index(language)] not in found] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_else_the_text_says_stands_there(id: str, language: str) -> None:
    found = sections(terms_text(version(id), language), language)["terms.text.rest"]
    assert [each for each in TABLES[id].rest if each[LANGUAGES.index(language)] not in found] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_happened_is_told_apart_from_the_terms(id: str, language: str) -> None:
    found = sections(terms_text(version(id), language), language).get("terms.text.happened", "")
    assert [each for each in TABLES[id].happened if each[LANGUAGES.index(language)] not in found] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_no_source_says_is_left_open_and_nothing_else(id: str, language: str) -> None:
    found = sections(terms_text(version(id), language), language).get("terms.text.unsaid", "")
    open_questions = {each.strip() for each in found.split("- ") if each}
    assert open_questions == {said(f"terms.gap.{each}", language) for each in TABLES[id].unsaid.split()}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_source_is_given_with_how_well_it_is_known(id: str, language: str) -> None:
    agreement = version(id)
    listed = sections(terms_text(agreement, language), language)["terms.text.sources"]
    for source in {each.source for each in agreement.answers.values() if each.source}:
        assert f"{source.citation}. {said(f'terms.quality.{source.quality}', language)}" in listed
