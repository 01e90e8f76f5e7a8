"""How a file of terms says how days are counted; without it no amount is due."""

from __future__ import annotations

import pytest

from habeas import agreements
from habeas.core.assumptions import with_assumptions
from habeas.core.entries.custody import Absence
from habeas.core.ledger.conventions import CONVENTIONS, Census
from habeas.core.messages import FileError
from habeas.core.terms import Agreement, answers_of, gaps, parse_agreement

TEXT = 'text = { en = "As the text says.", es = "Según el texto." }\n'
SCENARIO = """
[scenario]
id = "invented"
agreement = "se-ee-2025"
title = { en = "Invented", es = "Inventado" }
"""


def terms(table: str) -> Agreement:
    text = f'{agreements.read("se-ee-2025")}\n[day_count]\n{TEXT}source = "reports"\n{table}\n'
    return parse_agreement(text, "x.toml")


def test_a_text_that_states_none_leaves_a_gap() -> None:
    bare = agreements.agreement("se-ee-2025")
    assert bare.day_count is None
    assert "day_count" in {each.question for each in gaps(bare)}


@pytest.mark.parametrize("name", sorted(CONVENTIONS))
def test_a_convention_is_stated_by_its_name_and_answers_the_question(name: str) -> None:
    stated = terms(f'convention = "{name}"')
    assert stated.day_count is not None
    assert stated.day_count.convention == CONVENTIONS[name]
    assert answers_of(stated)["day_count"].text.en == "As the text says."
    assert "day_count" not in {each.question for each in gaps(stated)}


def test_what_the_text_says_otherwise_is_kept() -> None:
    stated = terms('convention = "midnight"\nfirst_day = false\nlast_day = true\nabsences = ["court"]')
    assert stated.day_count is not None
    found = stated.day_count.convention
    assert (found.census, found.first_day, found.last_day) == (Census.MIDNIGHT, False, True)
    assert found.absences == frozenset({Absence.COURT})


@pytest.mark.parametrize("table", ['convention = "lunchtime"', 'convention = "midnight"\nabsences = ["holiday"]'])
def test_what_is_no_convention_is_an_error_with_its_place(table: str) -> None:
    with pytest.raises(FileError) as caught:
        terms(table)
    assert caught.value.message.code == "toml.not_one_of"


def test_a_scenario_may_assume_one_and_it_stays_marked() -> None:
    assumed = with_assumptions(
        agreements.agreement("se-ee-2025"), f'{SCENARIO}[day_count]\n{TEXT}convention = "nights"\n', "s.toml"
    )
    assert assumed.day_count is not None
    assert (assumed.day_count.assumed, assumed.day_count.source) == (True, None)
    assert [each.question for each in assumed.assumptions] == ["day_count"]
    assert answers_of(assumed)["day_count"].assumed


def test_what_the_text_states_nobody_can_assume() -> None:
    with pytest.raises(FileError) as caught:
        with_assumptions(
            terms('convention = "nights"'), f'{SCENARIO}[day_count]\n{TEXT}convention = "midnight"\n', "s.toml"
        )
    assert caught.value.message.code == "terms.already_answered"
