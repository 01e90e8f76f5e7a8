"""Over every agreement and every safeguard: what is not known never passes, and learning it never turns an answer round."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from habeas import agreements, safeguards
from habeas.core.facts import CATALOGUE, SCOPE, CaseFacts
from habeas.core.rules import Type
from habeas.core.safeguards import Result
from habeas.core.screening import ELIGIBILITY_STEPS, Verdict, screen
from tests.core.engines import by_engine

LAW = safeguards.read()
AGREEMENTS = {each: agreements.agreement(each) for each in agreements.ids()}
RULES = {
    **{each.id: each.condition for each in LAW.safeguards},
    **{f"{each.id} (applies when)": each.applies_when for each in LAW.safeguards if each.applies_when},
    **{f"{id} {term.id}": term.rule for id, terms in AGREEMENTS.items() for term in terms.eligibility if term.rule},
}
COUNTRIES = ["SWE", "EST", "USA", "SLV", "NLD", "CRI", "DNK"]
STARTS_ON = date(2026, 9, 1)
UNKNOWN = None


def parts(node):
    yield node
    for each in node.children:
        yield from parts(each)


NOT_MONOTONE = {"is known", "is missing", "coalesce"}
PLAIN = {name: rule for name, rule in RULES.items() if NOT_MONOTONE.isdisjoint(n.operation for n in parts(rule.tree))}


def values_of(name):
    """What a fact could be: also what the rules themselves name."""
    definition = CATALOGUE[name]
    written = [each.value for rule in RULES.values() for each in parts(rule.tree) if each.value is not None]
    codes = definition.codes or (COUNTRIES if definition.countries else sorted({v for v in written if type(v) is str}))
    match definition.type:
        case Type.BOOL:
            return st.booleans()
        case Type.INT:
            return st.sampled_from(
                sorted({0, 1, 2, 40_000, *(v + d for v in written if type(v) is int for d in (-1, 0, 1))})
            )
        case Type.TEXT:
            return st.sampled_from(sorted(codes))
        case Type.TEXTS:
            return st.lists(st.sampled_from(sorted(codes)), max_size=3, unique=True).map(tuple)
        case Type.DATE:
            return st.integers(-9000, 9000).map(lambda days: STARTS_ON + timedelta(days=days))
    return st.integers(-900, 900).map(lambda h: datetime(2026, 9, 1, 12, tzinfo=UTC) + timedelta(hours=h))


VALUES = {name: values_of(name) for name in CATALOGUE}


@st.composite
def cases(draw, names):
    """Facts of which some are unknown, and the same with more of them learnt."""
    whole = {name: draw(VALUES[name]) for name in names}
    first, then = (draw(st.sets(st.sampled_from(sorted(names)))) for _ in range(2))
    return [
        {name: value for name, value in whole.items() if name not in unknown}
        for unknown in (first, first & then, set())
    ]


@pytest.mark.parametrize("name", PLAIN)
@given(st.data())
@settings(max_examples=25, deadline=None)
def test_learning_a_missing_fact_never_turns_an_answer_round(name, data):
    rule = PLAIN[name]
    answers = [rule.answer(known) for known in data.draw(cases(rule.facts))]
    for before, after in pairwise(answers):
        assert before is None or after is before


def test_most_rules_are_among_them():
    assert len(PLAIN) > len(RULES) / 2


@pytest.mark.parametrize("name", RULES)
@given(st.data())
@settings(max_examples=4, deadline=None)
def test_every_rule_answers_alike_in_both(name, data):
    rule = RULES[name]
    rows = [row for _ in range(3) for row in data.draw(cases(rule.facts))]
    scope = {each: SCOPE[each] for each in rule.facts}
    assert by_engine(rule, scope, rows) == [rule.answer(each) for each in rows]


BARS = {
    f"{each.id}: {example.title}": (each, example.given)
    for each in LAW.safeguards
    for example in each.examples
    if example.expect is Result.BARRED
}
CLEARED = {Result.MET, Result.NOT_APPLICABLE}


@pytest.mark.parametrize("name", BARS)
def test_no_bar_is_lifted_by_not_knowing_a_fact(name):
    safeguard, stated = BARS[name]
    assert safeguard.result(stated) is Result.BARRED
    for count in range(1, len(stated) + 1):
        for unknown in combinations(stated, count):
            left = {fact: value for fact, value in stated.items() if fact not in unknown}
            assert safeguard.result(left) not in CLEARED, unknown


@pytest.mark.parametrize("safeguard", LAW.safeguards, ids=lambda each: each.id)
@given(st.data())
@settings(max_examples=25, deadline=None)
def test_what_is_cleared_with_facts_unknown_is_not_barred_once_they_are_learnt(safeguard, data):
    applies = safeguard.applies_when.facts if safeguard.applies_when else ()
    names = {*safeguard.condition.facts, *applies, "asked_on", "sending_state", "receiving_state"}
    less, more, whole = (safeguard.result(known) for known in data.draw(cases(sorted(names))))
    assert less not in CLEARED or more not in {Result.BARRED, Result.NOT_SHOWN}
    assert more not in CLEARED or whole not in {Result.BARRED, Result.NOT_SHOWN}


@pytest.mark.parametrize("step", sorted(ELIGIBILITY_STEPS))
@pytest.mark.parametrize("agreement", AGREEMENTS)
def test_of_nobody_of_whom_nothing_is_known_is_it_said_that_no_bar_was_found(agreement, step):
    nothing = CaseFacts(proposed_by="bob", facts=())
    at = datetime(2026, 9, 1, tzinfo=UTC)
    found = screen(nothing, step=step, agreement=AGREEMENTS[agreement], safeguards=LAW, at=at)
    assert found.verdict is not Verdict.NO_BAR_FOUND
    assert not any(each.result is Result.MET for each in found.answers if each.missing)
