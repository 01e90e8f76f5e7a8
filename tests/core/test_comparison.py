"""Agreements side by side: what each question rests on, and what counts for nothing."""

from __future__ import annotations

import pytest

from habeas import agreements
from habeas.core.comparison import Basis, compare
from habeas.core.terms import ANSWERABLE, FLOOR, QUESTIONS, Agreement, gaps, parse_agreement
from habeas.documents.comparison_text import SIGNS, checks_json, checks_text
from tests.core.test_terms import SMALL

ANSWER = """
[sources.other]
document = "Another"
citation = "2021"
quality = "{quality}"

[answers.suspension]
text = {{ en = "It can be suspended.", es = "Puede suspenderse." }}
source = "other"
"""
OTHERWISE = """
[[answers.suspension.also]]
text = { en = "It can't.", es = "No se puede." }
source = "text"
"""


def agreement(more: str) -> Agreement:
    return parse_agreement(SMALL + more, "test.toml")


def rests_on(more: str, question: str = "suspension") -> Basis:
    return compare([agreement(more)]).questions[question][0]


@pytest.mark.parametrize("quality", ["treaty", "official", "press", "general_knowledge", "conflicting"])
def test_an_answer_rests_on_what_its_source_is(quality: str) -> None:
    assert rests_on(ANSWER.format(quality=quality)) == quality


def test_an_answer_that_sources_give_differently_counts_for_nothing() -> None:
    assert rests_on(ANSWER.format(quality="press") + OTHERWISE) is Basis.CONFLICTING
    assert rests_on(ANSWER.format(quality="treaty") + OTHERWISE) is Basis.TREATY
    assert [each for each in Basis if each.counts] == ["treaty", "official", "press", "assumed"]
    assert [each for each in Basis if each.counts_for_nothing] == ["conflicting", "general_knowledge", "no_answer"]


def test_what_is_no_answer_and_what_is_not_said_are_told_apart() -> None:
    assert rests_on(ANSWER.format(quality="treaty") + "settles = false\n") is Basis.NO_ANSWER
    assert rests_on("") is Basis.SILENT


def test_what_was_assumed_is_told_apart() -> None:
    demonstration = compare([agreements.agreement("se-ee-2025", "se-ee-2025-demo")])
    assert demonstration.questions["suspension"] == (Basis.ASSUMED,)
    assert demonstration.floor["suspension"] == (Basis.ASSUMED,)


def test_an_answer_of_the_floor_is_worth_what_the_worst_of_its_parts_is() -> None:
    found = compare([agreement('[periods.contest_days]\nvalue = 3\nsource = "text"\n')])
    assert (found.questions["time_to_contest"], found.floor["individual_decision"]) == (
        (Basis.TREATY,),
        (Basis.SILENT,),
    )


def test_over_all_released_agreements_the_comparison_says_what_gaps_and_floor_say() -> None:
    every = [agreements.agreement(id) for id in agreements.ids()]
    found = compare(every)
    assert (list(found.questions), list(found.floor)) == (list(ANSWERABLE), list(FLOOR))
    for number, each in enumerate(every):
        open_questions = {gap.question for gap in gaps(each)}
        assert {name for name, stand in found.questions.items() if not stand[number].counts} == open_questions
        assert all(stand[number].counts for stand in found.floor.values()) is each.can_be_run
        assert found.answered[number] == len(set(QUESTIONS) - open_questions)


def test_the_table_has_a_column_for_each_agreement_and_says_what_could_not_be_used() -> None:
    known, silent = agreement(ANSWER.format(quality="official")), agreement("")
    text = checks_text([known, silent], ["x.toml, line 3: a slip."], "en")
    assert f"\n{'Suspension':50}  O  .\n" in text
    assert f"\n{'It can be suspended':50}  O  .\n" in text
    assert "WHAT CAN'T BE USED, AND WHY\n- x.toml, line 3: a slip.\n" in text
    assert "COMPARISON" not in checks_text([known], [], "en")
    assert len(set(SIGNS.values())) == len(Basis)


def test_the_data_have_the_comparison_in_the_order_of_the_agreements() -> None:
    data = checks_json([agreement(""), agreement(ANSWER.format(quality="press"))], ["a slip"], "es")
    assert data["comparison"]["questions"]["suspension"] == ("silent", "press")  # type: ignore[index]
    assert data["unusable"] == ["a slip"]
