"""The rule book says every rule in both languages, with the examples that are its tests, and is what the rules say now."""

from __future__ import annotations

import pytest

from habeas import agreements, safeguards
from habeas.core.safeguards import Safeguard, Step
from habeas.speech import said, say
from tools import generate, rule_book

RULES = safeguards.read().safeguards
BOOK = rule_book.pages()


def page(name: str) -> str:
    return BOOK[f"rule-book/{name}.md"]()


@pytest.mark.parametrize("lang", rule_book.LANGUAGES)
@pytest.mark.parametrize("instrument", rule_book.instruments())
def test_the_page_of_an_instrument_has_each_of_its_rules_with_facts_and_examples(instrument: str, lang: str) -> None:
    text = page(f"{lang}/{instrument}")
    for rule in rule_book.instruments()[instrument]:
        part = text.partition(f"\n## {rule.law} {rule.id}\n")[2].partition("\n## ")[0]
        assert rule.title.said_in(lang) in part
        assert rule.condition.text.strip() in part
        assert rule.reason.said_in(lang) in part
        assert (rule_book.word("general", lang) in part) is rule.source.from_general_knowledge
        for example in rule.examples:
            assert f"| {said(f'result.{example.expect}', lang)} |" in part
        for fact in rule.condition.facts:
            assert say(rule_book.CATALOGUE[fact].definition, lang).replace("|", r"\|") in part


@pytest.mark.parametrize("lang", rule_book.LANGUAGES)
def test_the_index_leads_to_every_rule_by_number_and_by_step(lang: str) -> None:
    text = page(f"{lang}/index")
    for rule in RULES:
        assert text.count(rule_book.link(rule, lang)) == 1 + len(rule.steps)
        assert anchored(rule) in page(f"{lang}/{rule.instrument.id}")
    assert all(said(f"cli.step_{step}", lang).capitalize() in text for step in Step)


def anchored(rule: Safeguard) -> str:
    return f"\n## {rule.law} {rule.id}\n"


@pytest.mark.parametrize("id", agreements.ids())
def test_the_page_of_an_agreement_has_each_of_its_conditions(id: str) -> None:
    for lang in rule_book.LANGUAGES:
        text = page(f"{lang}/agreement-{id}")
        for term in agreements.agreement(id).eligibility:
            assert f"\n### {term.title.said_in(lang)}\n" in text
            assert (term.rule is None) == (
                rule_book.word("unencodable", lang) in text.partition(f"`{term.id}`")[2][:400]
            )


def test_the_conditions_of_tartu_stand_with_the_cases_that_test_them() -> None:
    cases = rule_book.cases_of("se-ee-2025")
    assert [expect for _, _, expect in cases["men"]] == ["met", "barred", "not_shown"]
    assert "`sex`: female | barred |" in page("en/agreement-se-ee-2025")
    assert "`sex`: female | impedido |" in page("es/agreement-se-ee-2025")


def test_the_written_pages_are_what_the_rules_say() -> None:
    for name, made in BOOK.items():
        assert (generate.DOCS / name).read_text("utf-8") == made(), name
    assert generate.left_over() == []
