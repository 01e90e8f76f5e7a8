"""What people type is read, or refused with one sentence that says what to do."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.utils import translation

from habeas.web import typed
from habeas.web.typed import Wrong


def refusal(reader: object, *texts: str) -> str:
    with pytest.raises(Wrong) as wrong:
        reader(*texts)  # type: ignore[operator]
    return str(wrong.value)


@pytest.mark.parametrize("name", ["Çağrı Øveraas-Ñúñez", "كرزان اسم-مختلق", "李虚构", "O’Invented", "x" * 500])
def test_a_name_in_any_script_is_kept_as_typed(name: str) -> None:
    assert typed.line(f"  {name} ") == name


def test_a_nul_is_refused_and_named() -> None:
    assert refusal(typed.line, "a\x00b") == (
        "It holds a control character that cannot be kept. Delete it and type the answer again."
    )


@pytest.mark.parametrize("text", ["a\u2028b", "a\u2029b", "a\ud800b"])
def test_what_ends_a_line_unseen_or_is_half_a_character_is_refused(text: str) -> None:
    assert refusal(typed.prose, text).startswith("It holds a control character")


@pytest.mark.parametrize("mark", list(map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A)))))
def test_what_turns_round_how_the_rest_is_read_is_refused(mark: str) -> None:
    for read in (typed.line, typed.prose):
        assert refusal(read, f"Alice {mark}elpmaxE").startswith("It holds a control character")


@pytest.mark.parametrize("mark", ["\u200c", "\u200d", "\u200e", "\u200f"])
def test_joiners_and_marks_of_direction_belong_to_names(mark: str) -> None:
    assert typed.line(f"a{mark}b") == f"a{mark}b"


@pytest.mark.parametrize("text", ["\u200b\u200b", "\u200f", "\u0301" * 40, "\u200d \ufeff", "\uffff"])
def test_an_answer_in_which_nothing_can_be_read_is_none(text: str) -> None:
    assert refusal(typed.line, text) == "Nothing in it can be read. Type the answer again."


def test_a_line_that_is_too_long_says_by_how_much() -> None:
    assert refusal(typed.line, "x" * 501) == "It has 501 characters; the most is 500. Shorten it."
    assert refusal(typed.prose, "x" * 20_001) == "It has 20001 characters; the most is 20000. Shorten it."


def test_lines_are_taken_one_by_one() -> None:
    assert typed.lines(" one\r\n\r\ntwo ") == ("one", "two")
    assert refusal(typed.lines, "x\n" * 51) == "Write at most 50 lines."


def test_paragraphs_keep_their_breaks() -> None:
    assert typed.prose("one\r\n\r\ntwo\r\n") == "one\n\ntwo"


def test_numbers_are_digits() -> None:
    assert typed.number(" 120 ") == 120
    for wrong in ("-1", "1.5", "12a", "١٢", "9" * 10):
        assert refusal(typed.number, wrong) == "Write a whole number in digits, for example 120."


def test_amounts_take_a_point_or_a_comma() -> None:
    assert typed.amount("1250,50") == Decimal("1250.50") == typed.amount("1250.50")
    assert refusal(typed.amount, "1.250,50") == (
        "Write a number, with a point or a comma only before the decimals, for example 1250.50."
    )


def test_a_date_is_three_numbers() -> None:
    assert typed.day("1985", "3", "27") == date(1985, 3, 27)
    assert refusal(typed.day, "1985", "2", "30") == "There is no such day in the calendar."
    assert refusal(typed.day, "85", "3", "27").startswith("Write day, month and year in digits")
    assert refusal(typed.day, "1985", "", "27") == "Give the day, the month and the year."


def test_a_moment_is_read_in_the_facilitys_time_zone() -> None:
    assert typed.moment(date(2026, 7, 1), "14:05", "Europe/Tallinn") == datetime(2026, 7, 1, 11, 5, tzinfo=UTC)


def test_a_time_that_the_clocks_skipped_is_refused() -> None:
    assert refusal(typed.moment, date(2026, 3, 29), "03:30", "Europe/Tallinn").startswith(  # type: ignore[arg-type]
        "The clocks went forward and skipped this time."
    )


def test_a_time_that_came_twice_needs_its_offset() -> None:
    on = date(2026, 10, 25)
    assert refusal(typed.moment, on, "03:30", "Europe/Tallinn") == (  # type: ignore[arg-type]
        "The clocks went back and this time came twice. Write 03:30+03:00 or 03:30+02:00."
    )
    assert typed.moment(on, "03:30+02:00", "Europe/Tallinn") == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


def test_a_time_that_does_not_exist_is_refused() -> None:
    for wrong in ("25:00", "12:61"):
        assert refusal(typed.moment, date(2026, 7, 1), wrong, "UTC").startswith("There is no such time")  # type: ignore[arg-type]
    assert refusal(typed.moment, date(2026, 7, 1), "noon", "UTC").startswith("Write the time as hours")  # type: ignore[arg-type]


def test_the_sentences_are_spanish_on_spanish_pages() -> None:
    with translation.override("es"):
        assert refusal(typed.day, "1985", "2", "30") == "Ese día no existe en el calendario."
