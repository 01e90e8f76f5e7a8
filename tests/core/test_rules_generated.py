"""Generated rules against a reference written by hand, and a parser that nothing can break."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from habeas.core.rules import Declared, Place, RuleError, Type, parse_rule

NAMES = ("p", "q", "r")
SCOPE = {
    **{name: Declared(type=Type.BOOL) for name in NAMES},
    "m": Declared(type=Type.INT),
    "n": Declared(type=Type.INT),
    "listed": Declared(type=Type.TEXTS),
}
HERE = Place(file="generated")
UNKNOWN = None


# A rule is made as a tuple, written as text for the parser, and judged by `reference` without it.
leaves = st.one_of(
    st.sampled_from(NAMES).map(lambda name: ("name", name)),
    st.tuples(
        st.just("compare"),
        st.sampled_from(["=", "<>", "<", "<=", ">", ">="]),
        st.sampled_from(["m", "n", "2"]),
        st.sampled_from(["m", "n", "1"]),
    ),
    st.tuples(st.just("any"), st.sampled_from(["X", "Y"])),
)
rules = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.tuples(st.just("not"), inner),
        st.tuples(st.just("and"), inner, inner),
        st.tuples(st.just("or"), inner, inner),
    ),
    max_leaves=12,
)
facts = st.fixed_dictionaries(
    {
        **{name: st.sampled_from([True, False, UNKNOWN]) for name in NAMES},
        "m": st.sampled_from([0, 1, 2, UNKNOWN]),
        "n": st.sampled_from([0, 1, 2, UNKNOWN]),
        "listed": st.sampled_from([(), ("X",), ("X", "Y"), UNKNOWN]),
    }
)


def written(rule):
    match rule:
        case ("name", name):
            return name
        case ("compare", operator, left, right):
            return f"{left} {operator} {right}"
        case ("any", text):
            return f"any_of(listed, '{text}')"
        case ("not", inner):
            return f"not ({written(inner)})"
        case (word, left, right):
            return f"({written(left)}) {word} ({written(right)})"


def reference(rule, known):
    """Strong Kleene: fails is 0, unknown 1, holds 2; and = min, or = max, not = 2 - x."""
    match rule:
        case ("name", name):
            return {True: 2, False: 0, None: 1}[known[name]]
        case ("compare", operator, left, right):
            a, b = (known.get(each, int(each) if each.isdigit() else None) for each in (left, right))
            if a is None or b is None:
                return 1
            signs = {"=": a == b, "<>": a != b, "<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b}
            return 2 if signs[operator] else 0
        case ("any", text):
            return 1 if known["listed"] is None else 2 * (text in known["listed"])
        case ("not", inner):
            return 2 - reference(inner, known)
        case ("and", left, right):
            return min(reference(left, known), reference(right, known))
        case ("or", left, right):
            return max(reference(left, known), reference(right, known))


def parsed(rule):
    return parse_rule(written(rule), SCOPE, HERE)


@given(rules, facts)
@settings(max_examples=300, deadline=None)
def test_every_rule_means_what_the_reference_says(rule, known):
    expected = {0: False, 1: None, 2: True}[reference(rule, known)]
    assert parsed(rule).answer(known) is expected
    assert parsed(rule).explain(known).value is expected


@given(rules, facts, facts)
@settings(max_examples=300, deadline=None)
def test_learning_a_missing_fact_never_turns_an_answer_round(rule, known, learnt):
    more = {name: learnt[name] if value is None else value for name, value in known.items()}
    before, after = parsed(rule).answer(known), parsed(rule).answer(more)
    assert before is None or after is before


@given(rules, facts)
@settings(max_examples=300, deadline=None)
def test_every_open_answer_names_a_missing_fact_and_every_closed_one_names_none(rule, known):
    told = parsed(rule).explain(known)
    blocking = told.blocking()
    assert (told.value is None) is bool(blocking)
    assert all(known[name] is None for name in blocking)


WORDS = ["and", "or", "not", "in", "between", "is", "known", "missing", "p", "m", "listed", "any_of", "(", ")"]
WORDS += ["'X'", "1", "2026-01-01", "=", "<", ",", "+", "-", "coalesce", "add_years", "true", "'", "é", "\n"]


@given(st.one_of(st.text(max_size=80), st.lists(st.sampled_from(WORDS), max_size=40).map(" ".join)))
@settings(max_examples=1000, deadline=None)
def test_the_parser_says_yes_or_raises_a_rule_error_and_nothing_else(text):
    found = parsed_or_refused(text)
    if isinstance(found, RuleError):
        lines = text.split("\n")
        assert 1 <= found.place.line <= len(lines)
        assert 1 <= found.place.column <= len(lines[found.place.line - 1]) + 1
    else:
        assert found.answer({}) in (True, False, None)


def parsed_or_refused(text):
    try:
        return parse_rule(text, SCOPE, HERE)
    except RuleError as error:
        return error
