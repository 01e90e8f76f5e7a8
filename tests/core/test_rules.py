"""The rule language: what it means, what it refuses, and where each error points."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from habeas.core.rules import Declared, Place, RuleError, Type, Value, parse_rule
from habeas.speech import say
from tests.core.engines import both

SCOPE = {
    "a": Declared(type=Type.BOOL),
    "b": Declared(type=Type.BOOL),
    "number": Declared(type=Type.INT),
    "born_on": Declared(type=Type.DATE),
    "asked_on": Declared(type=Type.DATE),
    "served_at": Declared(type=Type.MOMENT),
    "sex": Declared(type=Type.TEXT, codes=("female", "male", "other")),
    "state": Declared(type=Type.TEXT),
    "nationalities": Declared(type=Type.TEXTS),
}
HERE = Place(file="rules.toml", line=7, column=14)


def answer(text: str, **given: Value | None) -> bool | None:
    """What the closures say, which is what DuckDB says: every table here is one for both."""
    return both(text, SCOPE, **given)


def error(text: str) -> RuleError:
    with pytest.raises(RuleError) as caught:
        parse_rule(text, SCOPE, HERE)
    return caught.value


# T holds, F fails, - is not shown. Written by hand from Kleene, Introduction to Metamathematics, § 64.
LETTERS = {"T": True, "F": False, "-": None}

AND = """
    T F -
  T T F -
  F F F F
  - - F -
"""
OR = """
    T F -
  T T T T
  F T F -
  - T - -
"""


def cells(table: str) -> list[tuple[bool | None, bool | None, bool | None]]:
    header, *rows = [line.split() for line in table.strip("\n").splitlines()]
    return [
        (LETTERS[row[0]], LETTERS[column], LETTERS[cell])
        for row in rows
        for column, cell in zip(header, row[1:], strict=True)
    ]


@pytest.mark.parametrize(("a", "b", "expected"), cells(AND))
def test_and_follows_the_table(a, b, expected):
    assert answer("a and b", a=a, b=b) is expected


@pytest.mark.parametrize(("a", "b", "expected"), cells(OR))
def test_or_follows_the_table(a, b, expected):
    assert answer("a or b", a=a, b=b) is expected


@pytest.mark.parametrize(("a", "expected"), [(True, False), (False, True), (None, None)])
def test_not_turns_round_what_is_known_and_nothing_else(a, expected):
    assert answer("not a", a=a) is expected


def test_a_known_limit_a_or_not_a_stays_open_while_a_is_unknown():
    assert answer("a or not a") is None


@pytest.mark.parametrize(
    ("day", "years", "expected"),
    [
        ("2008-02-29", 1, "2009-02-28"),
        ("2008-02-29", 4, "2012-02-29"),
        ("2008-02-29", 18, "2026-02-28"),
        ("2008-02-28", 18, "2026-02-28"),
        ("2008-03-01", 18, "2026-03-01"),
        ("1896-02-29", 8, "1904-02-29"),
        ("1896-02-29", 4, "1900-02-28"),
        ("2024-02-29", -18, "2006-02-28"),
    ],
)
def test_29_february_plus_years_is_28_february_where_there_is_no_29(day, years, expected):
    assert answer(f"add_years(born_on, {years}) = {expected}", born_on=date.fromisoformat(day)) is True


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("add_months(2026-01-31, 1) = 2026-02-28", True),
        ("add_months(2024-01-31, 1) = 2024-02-29", True),
        ("add_months(2026-12-15, 1) = 2027-01-15", True),
        ("add_months(2026-03-31, -1) = 2026-02-28", True),
        ("add_days(2026-02-28, 1) = 2026-03-01", True),
        ("add_hours(2026-02-28T23:30Z, 24) = 2026-03-01T23:30Z", True),
        ("add_hours(2026-03-29T00:30Z, -1) = 2026-03-28T23:30Z", True),
        ("add_hours(9999-12-31T23:30Z, 1) > 2026-01-01T00:00Z", None),
        ("add_hours(served_at, 24) > 2026-01-01T00:00Z", None),
        ("days_between(2025-03-15, 2025-07-18) = 125", True),
        ("date_of(2025-03-15T23:30Z, 'Europe/Tallinn') = 2025-03-16", True),
        ("date_of(2025-03-15T23:30Z, 'America/El_Salvador') = 2025-03-15", True),
        ("date_of(9999-12-31T23:30Z, 'Pacific/Auckland') > 2025-03-15", None),
        ("date_of(0001-01-01T01:00Z, 'America/El_Salvador') < 2025-03-15", None),
        ("add_years(9999-01-01, 1) > 2026-01-01", None),
        ("add_days(9999-12-31, 1) > 2026-01-01", None),
        ("add_years(2026-01-01, 20000) > 2026-01-01", None),
        ("add_days(2026-01-01, -1000000) > 2026-01-01", None),
        ("date_of(served_at, 'Europe/Tallinn') = 2025-03-16", None),
        ("add_days(born_on, 1) = 2025-03-16", None),
        ("days_between(born_on, 2025-03-16) = 1", None),
    ],
)
def test_the_calendar(rule, expected):
    assert answer(rule) is expected


@pytest.mark.parametrize(
    ("rule", "given", "expected"),
    [
        ("any_of(nationalities, 'EST')", {"nationalities": ("SWE", "EST")}, True),
        ("any_of(nationalities, ('EST', 'LVA'))", {"nationalities": ("SWE",)}, False),
        ("any_of(nationalities, state)", {"nationalities": ("SWE",)}, None),
        ("any_of(nationalities, 'EST')", {}, None),
        ("any_of(nationalities, 'EST')", {"nationalities": ()}, False),
        ("all_of(nationalities, ('EST', 'LVA'))", {"nationalities": ("EST",)}, True),
        ("all_of(nationalities, ('EST', 'LVA'))", {"nationalities": ("EST", "SWE")}, False),
        ("state in nationalities", {"state": "SWE", "nationalities": ("SWE",)}, True),
        ("state not in ('SWE', 'EST')", {"state": "SWE"}, False),
        ("state not in ('SWE', 'EST')", {}, None),
        ("state in nationalities", {"nationalities": ()}, None),
        ("any_of(nationalities, state)", {"nationalities": ()}, None),
        ("all_of(nationalities, state)", {"nationalities": ()}, None),
        ("number between 1 and 3", {"number": 3}, True),
        ("number not between 1 and 3", {"number": 4}, True),
        ("number between 5 and 1 + number", {"number": 4}, False),
        ("number + 2 - 1 = 4", {"number": 3}, True),
        ("number + 2 = 4", {}, None),
        ("number - 2 = 4", {}, None),
        ("number between 5 and 9", {}, None),
        ("all_of(nationalities, 'EST')", {}, None),
        ("coalesce(state, state) = 'SWE'", {}, None),
        ("number > -1", {"number": 0}, True),
        ("state is known", {}, False),
        ("state is missing", {}, True),
        ("state is not known", {"state": "SWE"}, False),
        ("coalesce(state, 'SWE') = 'SWE'", {}, True),
        ("born_on <> asked_on", {"born_on": date(2000, 1, 1), "asked_on": date(2001, 1, 1)}, True),
        ("served_at < 2026-01-01T12:00Z", {"served_at": datetime(2026, 1, 1, 11, 59, tzinfo=UTC)}, True),
        ("not a and b", {"a": False, "b": True}, True),
        ("not (a and b)", {"a": False}, True),
        ("a or b and a", {"a": False, "b": True}, False),
    ],
)
def test_each_operator(rule, given, expected):
    assert answer(rule, **given) is expected


def test_a_closed_answer_has_no_fact_that_keeps_it_open():
    rule = parse_rule("a and sex = 'male' and number > 3", SCOPE, HERE)
    told = rule.explain({"a": True, "sex": "female", "number": 9})
    assert told.value is False
    assert told.blocking() == ()


def test_an_open_answer_names_the_facts_that_keep_it_open_and_no_others():
    rule = parse_rule("(a or number > 3) and (b or state = 'SWE')", SCOPE, HERE)
    told = rule.explain({"b": True, "number": 1})
    assert told.value is None
    assert told.blocking() == ("a",)


def test_an_explanation_shows_every_part_with_its_value():
    told = parse_rule("not a or number + 1 > 3", SCOPE, HERE).explain({"a": True, "number": 3})
    assert [(each.text, each.value) for each in told.children] == [("not a", False), ("number + 1 > 3", True)]
    assert [(each.text, each.value) for each in told.children[1].children] == [("number + 1", 4), ("3", 3)]


@pytest.mark.parametrize(
    ("text", "given", "deciding"),
    [
        ("a and (b or number > 3)", {"a": True, "b": False, "number": 1}, ["b", "number > 3"]),
        ("a and (b or number > 3)", {"a": True, "b": True, "number": 1}, ["a", "b"]),
        ("a and (b or number > 3)", {"a": False, "number": 1}, ["a"]),
        ("a and (b or number > 3)", {"a": True, "number": 1}, ["b"]),
        ("a and not (b and number > 3)", {"a": True, "b": True, "number": 9}, ["b", "number > 3"]),
        ("number + 1 > 3", {"number": 9}, ["number + 1 > 3"]),
    ],
)
def test_an_explanation_names_the_parts_that_decide_and_where_they_stand(text, given, deciding):
    told = parse_rule(text, SCOPE, HERE).explain(given)
    assert [each.text for each in told.deciding()] == deciding
    assert [text[start:end] for start, end in told.decided_by] == deciding
    assert told.answer is told.value


@pytest.mark.parametrize(
    ("text", "code", "column"),
    [
        ("borne_on < asked_on", "rule.unknown_fact_near", 14),
        ("xyzzy", "rule.unknown_fact", 14),
        ("add_year(born_on, 1) < asked_on", "rule.unknown_function_near", 14),
        ("sex = 'mael'", "rule.unknown_code_near", 20),
        ("sex in ('male', 'q')", "rule.unknown_code", 30),
        ("sex < 'male'", "rule.no_order", 18),
        ("nationalities = nationalities", "rule.compares_lists", 28),
        ("born_on < served_at", "rule.date_and_moment", 14),
        ("number = 'SWE'", "rule.wrong_type", 23),
        ("number", "rule.no_answer", 14),
        ("a and", "rule.ends_early", 19),
        ("a b", "rule.unexpected", 16),
        ("a = b = a", "rule.chained", 20),
        ("number = 1.5", "rule.not_a_token", 24),
        ("number = 4 / 2", "rule.not_a_token", 25),
        ("state = 'SWE", "rule.text_not_closed", 22),
        ("born_on > 2026-02-30", "rule.no_such_date", 24),
        ("number = 9999999999999", "rule.number_too_large", 23),
        ("any_of(nationalities)", "rule.arguments", 14),
        ("a and open('x')", "rule.unknown_function", 20),
        ("a.b", "rule.not_a_token", 15),
        ("", "rule.ends_early", 14),
        ("state between 'A' and 'B'", "rule.no_order", 14),
        ("served_at < 2026-02-30T10:00Z", "rule.no_such_date", 26),
        ("any_of(state, 'SWE')", "rule.wrong_type", 21),
        ("state in ('SWE', 3)", "rule.unexpected", 31),
        ("a is a", "rule.unexpected", 19),
        ("number = - a", "rule.unexpected", 25),
        ("a and is", "rule.unexpected", 20),
        ("date_of(served_at, 'Europe/Talin') = born_on", "rule.no_such_zone", 33),
        ("date_of(served_at, state) = born_on", "rule.no_such_zone", 33),
        ("date_of(served_at, '../../etc/passwd') = born_on", "rule.no_such_zone", 33),
    ],
)
def test_every_error_has_its_place(text, code, column):
    found = error(text)
    assert (found.message.code, found.place.line, found.place.column) == (code, 7, column)


def test_an_error_on_a_later_line_points_into_that_line():
    found = error("a\nand b\nand staet = 'SWE'")
    assert (found.place.line, found.place.column) == (9, 5)
    assert say(found.message, "en") == "There is no fact staet; did you mean state?"
    assert say(found.message, "es") == "No existe el hecho staet; ¿quiso decir state?"


def test_the_limits_hold():
    assert error("a" * 4001).message.code == "rule.too_long"
    assert error("not " * 41 + "a").message.code == "rule.too_deep"
    assert error("(" * 3000 + "a").message.code == "rule.too_deep"
    assert error(" and ".join(["a"] * 501)).message.code == "rule.too_many_parts"
    assert error("1" + "+1" * 60 + " = 61").message.code == "rule.too_deep"
    assert answer(" and ".join(["a"] * 499), a=True) is True


def test_two_rules_are_the_same_when_their_texts_are():
    one, same, other = (parse_rule(text, SCOPE, HERE) for text in ("a", "a", "b"))
    assert one == same
    assert len({one, same, other}) == 2
    assert one != "a"


def test_an_answer_open_for_want_of_a_calendar_names_the_fact_that_left_it():
    told = parse_rule("add_years(born_on, 9000) < asked_on", SCOPE, HERE).explain(
        {"born_on": date(2000, 1, 1), "asked_on": date(2026, 1, 1)}
    )
    assert (told.value, told.blocking()) == (None, ("born_on",))
