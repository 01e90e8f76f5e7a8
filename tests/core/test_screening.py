"""One person at one step: offered is not permitted, unknown never passes, and every answer says why."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from habeas import safeguards
from habeas.core.case_file import read_case_file
from habeas.core.facts import Standing, recorded
from habeas.core.safeguards import Result, Step
from habeas.core.screening import AnswerKind, Verdict, screen
from habeas.speech import say

from .lawful import AT, LAWFUL, OFFER, OUTWARD, TARTU, TODAY, answer, screened, stated

EXAMPLES = Path(__file__).parents[2] / "docs" / "reference" / "examples"
# --- the verdict -----------------------------------------------------------------------------------


@pytest.mark.parametrize("step", OUTWARD)
def test_a_complete_and_lawful_case_has_no_bar_found_at_every_outward_step(step):
    found = screened(LAWFUL, step)
    assert (found.verdict, found.open_rules) == (Verdict.NO_BAR_FOUND, ())


@pytest.mark.parametrize("step", OUTWARD)
def test_nothing_but_a_proposal_is_not_shown(step):
    assert screened({}, step).verdict is Verdict.NOT_SHOWN


def test_one_bar_decides_though_everything_else_is_open():
    found = screened({"fear": stated("fear_asserted", True)})
    assert found.verdict is Verdict.BARRED
    assert answer(found, "cat.fear_decided").result is Result.BARRED


def needed(step):
    """The facts without which some binding answer of a step would be open."""
    found = screened({}, step)
    binding = [each for each in found.answers if each.result is Result.NOT_SHOWN]
    missing = {each.fact for answer in binding for each in answer.missing}
    return sorted((missing & LAWFUL.keys()) - {"objections_reviewed"})  # the time to object is over anyway


WAYS_TO_BE_UNKNOWN = {
    "removed": lambda fact: None,
    "said to be unknown": lambda fact: replace(fact, value=None),
    "only alleged": lambda fact: replace(fact, standing=Standing.ALLEGED),
    "not verified": lambda fact: replace(fact, standing=Standing.STATED),
    "verified by the proposer": lambda fact: replace(fact, verified_by="bob"),
    "contested": lambda fact: replace(fact, contested=True),
    "without evidence": lambda fact: replace(fact, evidence=()),
    "of tomorrow": lambda fact: replace(fact, as_of=TODAY + timedelta(days=1)),
}


def changed(ways):
    facts = {name: WAYS_TO_BE_UNKNOWN[ways[name]](fact) if name in ways else fact for name, fact in LAWFUL.items()}
    return {name: fact for name, fact in facts.items() if fact is not None}


@pytest.mark.parametrize("way", WAYS_TO_BE_UNKNOWN)
@pytest.mark.parametrize("step", OUTWARD)
def test_no_single_needed_fact_may_be_unknown_in_any_way(step, way):
    assert needed(step), "there must be facts to take away"
    for name in needed(step):
        assert screened(changed({name: way}), step).verdict is not Verdict.NO_BAR_FOUND, name


@given(st.sampled_from(OUTWARD).flatmap(lambda step: st.tuples(st.just(step), subsets(step))))
@settings(max_examples=200, deadline=None)
def test_no_set_of_unknown_facts_leads_to_no_bar_found(drawn):
    step, ways = drawn
    assert screened(changed(ways), step).verdict is not Verdict.NO_BAR_FOUND


def subsets(step):
    return st.dictionaries(st.sampled_from(needed(step)), st.sampled_from(sorted(WAYS_TO_BE_UNKNOWN)), min_size=1)


@given(st.sets(st.sampled_from(sorted(LAWFUL))), st.sets(st.sampled_from(sorted(LAWFUL))))
@settings(max_examples=100, deadline=None)
def test_knowing_less_never_turns_a_bar_into_no_bar(some, fewer):
    """Taking facts away from a barred case leaves it barred or not shown."""
    facts = {**LAWFUL, "order": stated("protection_orders_against", ("EST",), id="order")}
    left = {name: fact for name, fact in facts.items() if name not in some & fewer}
    assert screened(left).verdict is not Verdict.NO_BAR_FOUND


@pytest.mark.parametrize(
    ("name", "value", "rules"),
    [
        ("citizenship_asserted_of", ("SWE",), ("echr-p4.own_national_returns", "iccpr.own_national_returns")),
        ("child_asserted", True, ("crc.adult",)),
        ("fear_asserted", True, ("cat.fear_decided",)),
        ("protection_orders_against", ("EST",), ("cat.protection_order", "refugee.protected")),
        ("asylum_claim_pending", True, ("refugee.claim_pending",)),
        ("stay_order_in_force", True, ("court.stay",)),
    ],
)
@pytest.mark.parametrize("standing", Standing)
def test_whatever_protects_the_person_bars_in_any_standing(name, value, rules, standing):
    voice = stated(name, value, id="voice", standing=standing, evidence=(), verified_by=None)
    found = screened({**LAWFUL, "voice": voice})
    assert (found.verdict, found.open_rules) == (Verdict.BARRED, rules)


def test_a_bar_names_no_fact_that_would_have_to_go():
    found = answer(screened({**LAWFUL, "voice": stated("fear_asserted", True, id="voice")}), "cat.fear_decided")
    assert found.missing == ()


# --- offered is not permitted ----------------------------------------------------------------------


def test_the_offer_says_yes_to_a_citizen_and_the_law_bars_it():
    convicted = stated("convicted_by_final_judgment", True)
    citizen = stated("nationalities", ("USA",))
    found = screened({"convicted": convicted, "citizen": citizen}, Step.SCREENING, OFFER)
    assert answer(found, "offer_of_3_february").result is Result.MET
    assert answer(found, "offer_of_3_february").kind is AnswerKind.SCOPE
    barred = {each.id for each in found.answers if each.result is Result.BARRED}
    assert {"iccpr.own_country", "us.citizen", "us-4100.national_of_destination"} <= barred
    assert found.verdict is Verdict.BARRED


def test_a_label_is_not_shown_until_a_judgment_about_the_person_settles_it():
    told = answer(screened(LAWFUL, Step.SCREENING, OFFER), "member_of_named_group")
    assert (told.result, told.explanation) == (Result.NOT_SHOWN, None)
    assert [each.settled_by for each in told.missing] == [("judgment",)]
    for name, result in (("judgment_finds_met", Result.MET), ("judgment_finds_not_met", Result.BARRED)):
        settled = {**LAWFUL, name: stated(name, ("member_of_named_group",))}
        assert answer(screened(settled, Step.SCREENING, OFFER), "member_of_named_group").result is result


def test_an_alleged_label_settles_nothing():
    alleged = stated("judgment_finds_met", ("member_of_named_group",), standing=Standing.ALLEGED)
    found = screened({**LAWFUL, "alleged": alleged}, Step.SCREENING, OFFER)
    assert answer(found, "member_of_named_group").result is Result.NOT_SHOWN


def test_a_term_of_the_agreement_bars_too():
    found = screened({**LAWFUL, "nationalities": stated("nationalities", ("EST", "NOR"))})
    assert (found.verdict, found.open_rules) == (Verdict.BARRED, ("not_estonian",))


def test_once_held_only_the_law_is_asked():
    kinds = {each.kind for each in screened(LAWFUL, Step.HELD).answers}
    assert kinds == {AnswerKind.SAFEGUARD}


# --- standards -------------------------------------------------------------------------------------


def test_a_standard_never_bars_and_is_handed_to_the_reasons():
    narrow = {**LAWFUL, "living_space_cm2_each": recorded("living_space_cm2_each", 34000, as_of=TODAY, entry="e")}
    found = screened(narrow)
    assert found.verdict is Verdict.NO_BAR_FOUND
    not_met = {Result.STANDARD_NOT_MET, Result.STANDARD_NOT_SHOWN}
    assert [(each.id, each.result) for each in found.answers if each.result in not_met] == [
        ("cpt.space", Result.STANDARD_NOT_MET)
    ]


# --- why -------------------------------------------------------------------------------------------


def test_every_open_answer_names_what_is_missing_and_says_it_in_both_languages():
    for agreement in (TARTU, OFFER):
        for step in Step:
            for each in screened({}, step, agreement).answers:
                is_open = each.result in (Result.NOT_SHOWN, Result.STANDARD_NOT_SHOWN)
                assert bool(each.missing) is is_open, each.id
                for missing in each.missing:
                    assert missing.why.code not in say(missing.why, "en")
                    assert say(missing.why, "en") != say(missing.why, "es")


def test_a_date_that_the_calendar_can_not_reckon_with_is_not_shown():
    found = screened({**LAWFUL, "born_on": stated("born_on", date(9990, 1, 1))})
    told = answer(found, "crc.adult")
    assert told.result is Result.NOT_SHOWN
    assert [(each.fact, each.why.code) for each in told.missing] == [("born_on", "fact_reason.outside_calendar")]


def test_what_is_not_applicable_says_why():
    found = screened(LAWFUL)
    withheld = [each for each in found.answers if each.result is Result.NOT_APPLICABLE]
    assert withheld
    why = {"screening.nobody_bound", "screening.not_both_bound", "screening.other_case"}
    assert {each.because.code for each in withheld} == why


def test_an_answer_names_its_instrument_and_article_and_a_term_its_clause():
    stay = answer(screened(LAWFUL), "cat.protection_order")
    assert (stay.instrument.en, stay.clause) == ("Convention against Torture", "art. 3")
    men = answer(screened(LAWFUL), "men")
    assert (men.instrument, men.clause) == (None, men.source.cite)


def test_an_answer_names_the_statements_that_it_rests_on():
    assert answer(screened(LAWFUL), "men").used == ("sex",)


def test_a_screening_names_the_versions_that_it_used():
    found = screened(LAWFUL)
    assert found.terms_digest == TARTU.digest
    assert found.safeguards_digest == safeguards.read().digest


def test_the_day_asked_is_the_day_of_the_moment_in_utc():
    turning = {**LAWFUL, "born_on": stated("born_on", date(2008, 9, 20))}
    assert screened(turning, at=AT).verdict is Verdict.NO_BAR_FOUND
    before = {name: replace(fact, as_of=date(2026, 9, 1)) for name, fact in turning.items()}
    assert answer(screened(before, at=AT - timedelta(hours=9)), "crc.adult").result is Result.BARRED


def test_there_is_no_such_step():
    with pytest.raises(ValueError, match="boarding"):
        screened(LAWFUL, "boarding")


# --- the four example files ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "agreement", "verdict", "barred"),
    [
        ("citizenship-asserted.json", OFFER, Verdict.BARRED, "us.citizenship_asserted"),
        ("name-only.json", OFFER, Verdict.NOT_SHOWN, None),
        ("protection-order.json", OFFER, Verdict.BARRED, "cat.protection_order"),
        ("complete-lawful-se-ee.json", TARTU, Verdict.NO_BAR_FOUND, None),
    ],
)
def test_the_example_files(file, agreement, verdict, barred):
    case = read_case_file((EXAMPLES / file).read_bytes(), file)
    found = screen(case.case_facts, step=case.step, agreement=agreement, safeguards=safeguards.read(), at=case.as_of)
    assert found.verdict is verdict
    if barred:
        assert answer(found, barred).result is Result.BARRED
