"""What is said to be certain of rules is so for every case; what can be decided is said; else nothing is."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from habeas import agreements, safeguards
from habeas.core.facts import SCOPE
from habeas.core.rules import Declared, Place, Type, parse_rule
from habeas.core.rules.certain import doubts
from habeas.core.terms import doubts_of
from habeas.speech import LANGUAGES, say

from . import test_rules_generated as generated

FACTS = {
    **{name: Declared(type=Type.BOOL) for name in ("p", "q")},
    "age": Declared(type=Type.INT),
    "limit": Declared(type=Type.INT),
    "sex": Declared(type=Type.TEXT, codes=("female", "male", "other")),
    "state": Declared(type=Type.TEXT),
    "vehicle": Declared(type=Type.TEXT, codes=("V1", "V2")),
    "born_on": Declared(type=Type.DATE),
    "seen_at": Declared(type=Type.MOMENT),
    "nationalities": Declared(type=Type.TEXTS),
}


def certain(*texts, scope=FACTS, **given):
    """What is certain of these rules, the first of which is called a: by code, whose, the part, and what it is held
    against."""
    rules = {"abcdef"[n]: parse_rule(text, scope, Place(file="x", line=7, column=3)) for n, text in enumerate(texts)}
    found = [each.message for each in doubts(rules, scope, given)]
    assert all("{" not in say(each, language) for each in found for language in LANGUAGES)
    return [(each.code.removeprefix("rule."), *each.parameters.values()) for each in found]


@pytest.mark.parametrize(
    "text",
    [
        "age > 5 and age < 3",
        "age > 5 and age < 6",
        "sex = 'male' and sex = 'female'",
        "state = 'SWE' and state in ('NOR', 'EST')",
        "false",
        "p and not p",
        "age <> age",
        "not (sex in ('male', 'female', 'other'))",
        "born_on > 2026-03-01 and born_on < 2026-03-02",
        "born_on < 0001-01-01",
        "born_on > 9999-12-31",
        "any_of(nationalities, 'SWE') and not any_of(nationalities, ('SWE', 'NOR'))",
        "all_of(nationalities, 'SWE') and any_of(nationalities, 'NOR')",
        "age is missing and age > 3",
        "add_years(born_on, 18) <= 2020-01-01 and add_years(born_on, 18) > 2021-01-01",
        "age between 7 and 3",
        "age < limit and not (age < limit)",
    ],
)
def test_a_rule_that_nobody_can_meet_is_named(text):
    assert certain(text) == [("never_holds", "a", text, "")]


@pytest.mark.parametrize(
    "text",
    [
        "true",
        "p or true",
        "age > 5 or age <= 5",
        "sex in ('male', 'female', 'other')",
        "sex <> 'male' or sex <> 'female'",
        "age = age",
        "age is known or age is missing",
        "not (seen_at > 2026-03-01T00:00Z and seen_at < 2026-03-01T00:00Z)",
        "coalesce(age, 3) > 5 or not (coalesce(age, 3) > 5)",
    ],
)
def test_a_rule_that_bars_nobody_is_named(text):
    assert certain(text) == [("never_fails", "a", text, "")]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("p and (q or true)", ("never_fails", "a", "q or true", "")),
        ("p or age > 5 and age < 3", ("never_holds", "a", "age > 5 and age < 3", "")),
        ("age > 7 and q and age > 2", ("never_reached", "a", "age > 2", "age > 7")),
        ("age > 2 or q or age > 7", ("never_reached", "a", "age > 7", "age > 2")),
        ("q or not (p and p)", ("never_reached", "a", "p", "p")),
        ("not ((p or q) and true)", ("never_fails", "a", "true", "")),
        ("q or (p or q) and (not p and p)", ("never_holds", "a", "(p or q) and (not p and p)", "")),
    ],
)
def test_a_part_is_named_with_what_came_before_it(text, found):
    assert certain(text) == [found]


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        (("sex = 'male'", "sex <> 'male'"), ("never_both", "b", "sex <> 'male'", "a")),
        (("age >= 18", "p", "age >= 16"), ("never_reached", "c", "age >= 16", "a")),
    ],
)
def test_conditions_that_exclude_each_other_or_follow_from_an_earlier_one_are_named(texts, found):
    assert certain(*texts) == [found]


def test_what_the_agreement_itself_supplies_counts():
    assert certain("vehicle = 'V2' and p", vehicle="V1") == [("never_holds", "a", "vehicle = 'V2' and p", "")]
    assert certain("any_of(nationalities, state) and not any_of(nationalities, 'EST')", state="EST") != []
    assert certain("vehicle = 'V2' and p", vehicle=None) == []


@pytest.mark.parametrize(
    "text",
    [
        "p",
        "age is known",
        "seen_at is known and p",
        "born_on is missing or p",
        "sex = 'male' or p",
        "state in ('SWE', 'NOR')",
        "age between 3 and 7",
        "age < limit or limit < age",
        "age > 7 and age > 8",
        "not p or q is known and q",
        "add_years(born_on, 18) <= 2026-01-01",
        "coalesce(state, 'SWE') = 'SWE'",
        "all_of(nationalities, ('SWE', 'NOR'))",
        " and ".join(f"any_of(nationalities, '{n:03}')" for n in range(30)),
    ],
)
def test_of_what_can_go_either_way_or_can_not_be_decided_nothing_is_said(text):
    assert certain(text) == []


def test_the_place_is_that_of_the_part_in_its_file():
    rule = parse_rule("p\nand (q or true)", FACTS, Place(file="terms.toml", line=7, column=9))
    (found,) = doubts({"a": rule}, FACTS, {})
    assert found.place == Place(file="terms.toml", line=8, column=6)


# --- generated -------------------------------------------------------------------------------------

CASES = [
    {"p": p, "q": q, "r": r, "m": m, "n": n, "listed": listed}
    for p, q, r in product([True, False, None], repeat=3)
    for m, n in product([-1, 0, 1, 2, 3, None], repeat=2)
    for listed in [(), ("X",), ("Y",), ("X", "Y"), ("X", "Z"), ("Z",), None]
]
alone = st.recursive(
    st.one_of(
        st.sampled_from(["p", "q", "r"]).map(lambda name: ("name", name)),
        st.tuples(
            st.just("compare"),
            st.sampled_from(["=", "<>", "<", "<=", ">", ">="]),
            st.sampled_from(["m", "n"]),
            st.sampled_from(["0", "1", "2"]),
        ),
        st.tuples(st.just("any"), st.sampled_from(["X", "Y"])),
    ),
    lambda inner: st.one_of(st.tuples(st.just("not"), inner), st.tuples(st.sampled_from(["and", "or"]), inner, inner)),
    max_leaves=6,
)


def answers(rule, cases=CASES):
    return {generated.reference(rule, each) for each in cases}  # 2 holds, 1 not shown, 0 fails


@given(generated.rules)
@settings(max_examples=40, deadline=None)
def test_what_is_said_of_a_generated_rule_is_so_in_every_case(rule):
    text = generated.written(rule)
    for code, _, part, _ in certain(text, scope=generated.SCOPE):
        if part == text:
            assert (2 if code == "never_holds" else 0) not in answers(rule)


@given(alone)
@settings(max_examples=40, deadline=None)
def test_whatever_is_so_in_every_case_is_said_where_facts_are_compared_with_values(rule):
    text = generated.written(rule)
    whole = {code for code, _, part, _ in certain(text, scope=generated.SCOPE) if part == text}
    found = answers(rule)
    assert ("never_holds" in whole) is (2 not in found)
    assert ("never_fails" in whole) is (2 in found and 0 not in found)


@given(alone, alone)
@settings(max_examples=40, deadline=None)
def test_whatever_follows_from_an_earlier_rule_is_said(first, second):
    texts = [generated.written(each) for each in (first, second)]
    said = certain(*texts, scope=generated.SCOPE)
    of_one = [each for each in said if each[3] != "a" or each[0] not in ("never_both", "never_reached")]
    later = {generated.reference(second, each) for each in CASES if generated.reference(first, each) == 2}
    for code, name, _, other in said:
        if (name, other) == ("b", "a"):
            assert later == {2} if code == "never_reached" else 2 not in later
    if not of_one:
        assert bool(said) is (later == {2} or 2 not in later)


# --- what is released --------------------------------------------------------------------------------


def test_no_released_safeguard_can_never_be_met_never_bar_or_never_be_reached():
    found = [
        (each.id, doubt.message) for each in safeguards.read().safeguards for doubt in doubts(_rules(each), SCOPE, {})
    ]
    assert found == []


def _rules(safeguard):
    both = {"applies_when": safeguard.applies_when, "condition": safeguard.condition}
    return {name: rule for name, rule in both.items() if rule}


def test_of_the_released_agreements_one_says_a_thing_twice():
    """The protocol between Italy and Albania takes men only, and names women who are pregnant as well."""
    found = {
        id: [each.message.parameters["rule"] for each in doubts_of(agreements.agreement(id))] for id in agreements.ids()
    }
    assert {id: rules for id, rules in found.items() if rules} == {"it-al-2023": ["no_pregnant_women"]}


def test_many_long_rules_are_given_up_on_soon():
    rule = " and ".join(f"(age > {n} or limit > {n} or p)" for n in range(50))
    begun = time.monotonic()
    assert certain(*[rule] * 6) == []
    assert time.monotonic() - begun < 20
    assert datetime(2026, 1, 1, tzinfo=UTC).date() == date(2026, 1, 1)
