"""A form is made from the fields of an entry, and read back into them."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.utils import translation

from habeas.core.entries import KINDS, Unstated, specs
from habeas.core.entries.custody import Admitted, Departed, HandoverOffered, RollEntered, Sign
from habeas.core.entries.procedure import Proposed, Sex
from habeas.web.questions import OCCURRED_AT, Option, as_typed, asked_of, body_from, groups, read

PICKERS = {
    "facility": (Option(value="tartu", label="Tartu Prison"),),
    "agreement": (Option(value="se-ee-2025", label="SE-EE"),),
    "party": (Option(value="ee-vm", label="Ministry"),),
}
ZONE = "Europe/Tallinn"
WHEN = {
    "occurred_at_day": ["1"],
    "occurred_at_month": ["9"],
    "occurred_at_year": ["2026"],
    "occurred_at_time": ["11:05"],
}
ROLL = {"facility": ["tartu"], "sign": ["roll_call"], "seen_by": ["Officer Quill"], **WHEN}


def problems(body: type, **typed: list[str]) -> dict[str, str]:
    return dict(read(asked_of(body, PICKERS, ZONE), {**WHEN, **typed}).problems)


def test_a_roll_entry_is_read_from_its_form() -> None:
    answers = read(asked_of(RollEntered, PICKERS, ZONE), ROLL)

    assert answers.problems == {}
    assert body_from(RollEntered, answers.values) == RollEntered(
        facility="tartu", sign=Sign.ROLL_CALL, seen_by="Officer Quill"
    )
    assert answers.values["occurred_at"] == datetime(2026, 9, 1, 8, 5, tzinfo=UTC)


def test_an_empty_form_names_every_question_that_needs_an_answer() -> None:
    answers = read(asked_of(RollEntered, PICKERS, ZONE), {})

    assert set(answers.problems) == {"facility", "sign", "seen_by", "occurred_at"}
    assert answers.problems["sign"] == "Answer this question."


def test_a_question_that_may_stay_unstated_says_so_when_it_is_left_blank() -> None:
    assert problems(Departed, outward=["true"])["means"] == (
        "Answer this question, or choose “Not known” or “Refused to say”."
    )


@pytest.mark.parametrize("answer", list(Unstated))
def test_not_known_and_refused_to_say_are_answers(answer: Unstated) -> None:
    typed = {each.name: [""] for each in specs(Departed)}
    typed |= {f"{each.name}_unstated": [answer.value] for each in specs(Departed) if each.unstated}
    answers = read(asked_of(Departed, PICKERS, ZONE), {**typed, **WHEN, "outward": ["false"]})

    assert answers.problems == {}
    assert body_from(Departed, answers.values) == Departed(
        departed_from=answer, destination=answer, means=answer, outward=False
    )


def test_not_known_is_one_of_the_answers_of_a_choice() -> None:
    asked = next(each for each in asked_of(Proposed, PICKERS, ZONE) if each.name == "sex")

    assert read([asked], {"sex": ["not_known"]}).values == {"sex": Unstated.NOT_KNOWN}
    assert read([asked], {"sex": ["other"]}).values == {"sex": Sex.OTHER}


def test_an_answer_and_not_known_together_are_refused() -> None:
    assert problems(Departed, means=["van"], means_unstated=["not_known"])["means"] == (
        "There is an answer and also “Not known”. Keep one of them."
    )


def test_an_answer_sent_twice_is_refused_and_not_dropped() -> None:
    assert problems(RollEntered, seen_by=["one", "two"])["seen_by"] == (
        "This answer was sent more than once. Give it once."
    )


def test_only_what_is_listed_can_be_chosen() -> None:
    listed = "Choose one of the answers that are listed."

    assert problems(RollEntered, facility=["elsewhere"])["facility"] == listed
    assert problems(RollEntered, sign=["guess"])["sign"] == listed
    assert problems(Proposed, nationalities=["SWE", "Atlantis"])["nationalities"] == listed
    assert problems(Proposed, nationalities=["SWE", "SWE"])["nationalities"] == (
        "The same answer is given twice. Give each once."
    )


def test_several_nationalities_are_several_answers_and_blanks_fall_away() -> None:
    asked = next(each for each in asked_of(Proposed, PICKERS, ZONE) if each.name == "nationalities")

    assert read([asked], {"nationalities": ["SWE", "", "XXA"]}).values == {"nationalities": ("SWE", "XXA")}


def test_a_huge_answer_says_where_and_by_how_much() -> None:
    assert problems(HandoverOffered, place=["x" * 100_000])["place"] == (
        "It has 100000 characters; the most is 500. Shorten it."
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("born_on", date(1990, 2, 28)),
        ("nationalities", ("SWE", "CHL")),
        ("other_names", ("كرزان", "李虚构")),
        ("sex", Unstated.REFUSED_TO_SAY),
        ("given_names", "Çağrı"),
        ("language", "ar"),
    ],
)
def test_a_value_put_back_into_a_form_is_read_as_the_same_value(name: str, value: object) -> None:
    asked = next(each for each in asked_of(Proposed, PICKERS, ZONE) if each.name == name)

    assert read([asked], as_typed(asked, value)).values == {name: value}


def test_a_moment_put_back_is_the_same_moment_in_the_facilitys_time() -> None:
    asked = asked_of(RollEntered, PICKERS, ZONE)[-1]
    at = datetime(2026, 1, 31, 22, 59, 58, tzinfo=UTC)

    assert asked.spec is OCCURRED_AT
    assert as_typed(asked, at)["occurred_at_day"] == ["1"]
    assert read([asked], as_typed(asked, at)).values == {"occurred_at": at}


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_entry_has_a_form_in_both_languages(kind: str, language: str) -> None:
    with translation.override(language):
        asked = asked_of(KINDS[kind], PICKERS, ZONE)

    computed = [spec.name for spec in specs(KINDS[kind]) if spec.computed]
    assert [each.name for each in asked] == [
        *(spec.name for spec in specs(KINDS[kind]) if spec.name not in computed),
        "occurred_at",
    ]
    assert [each.label for each in asked if each.label.startswith("entry.")] == []


def test_a_long_form_is_grouped_and_loses_no_question() -> None:
    asked = asked_of(Admitted, PICKERS, ZONE)
    found = groups(asked, {}, {})

    assert [question for _, questions in found for question in questions] == list(asked)
    assert all(heading for heading, _ in found)
    assert found[-1][0] == "When"
