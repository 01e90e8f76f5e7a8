"""The rule book: each condition of the agreements of the United States and of Australia, and of the model text, met, barred
and not shown."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pytest

from habeas import agreements
from habeas.core.rules import Value
from habeas.core.terms import Term

from .agreements_us import EXPECTED

ASKED: Mapping[str, Value] = {"asked_on": date(2026, 2, 28)}
STATES: Mapping[str, Value] = {"sending_state": "XAA", "receiving_state": "XBB"}
ADULT: Mapping[str, Value] = {"born_on": date(2008, 2, 28), "child_asserted": False}
SAYS_CHILD: Mapping[str, Value] = {"born_on": date(2000, 1, 1), "child_asserted": True}
NO_CLAIM: Mapping[str, Value] = {"citizenship_asserted_of": ()}
ROOM: Mapping[str, Value] = {
    "held_in_facility": 120,
    "working_capacity": 120,
    "held_under_agreement": 120,
    "living_space_cm2_each": 60000,
}
SAFE: Mapping[str, Value] = {"risk_in_receiving_state": "no_substantial_grounds", "onward_transfer_excluded": True}
CALM: Mapping[str, Value] = {"asylum_claim_pending": False, "fear_asserted": False}

# Agreement, condition, facts with which it is met, facts with which it is barred.
CASES: list[tuple[str, str, Mapping[str, Value], Mapping[str, Value]]] = [
    (
        "model-agreement",
        "sentence_of_the_sending_state",
        {**STATES, "sentence_imposed_by": "XAA", "sentence_final": True},
        {**STATES, "sentence_imposed_by": "XBB", "sentence_final": True},
    ),
    ("model-agreement", "adult", ADULT, SAYS_CHILD),
    ("model-agreement", "adult", {**SAYS_CHILD, "child_assertion_decided": "rejected"}, {"born_on": date(2008, 3, 1)}),
    ("model-agreement", "men", {"sex": "male"}, {"sex": "female"}),
    (
        "model-agreement",
        "six_months_left",
        {"sentence_ends_on": date(2026, 8, 28)},
        {"sentence_ends_on": date(2026, 8, 27)},
    ),
    (
        "model-agreement",
        "consent",
        {"consent_verified_by_court": True, "consent_with_counsel": True},
        {"consent_verified_by_court": True, "consent_with_counsel": False},
    ),
    ("model-agreement", "place_left", ROOM, {**ROOM, "held_in_facility": 121}),
    ("model-agreement", "place_left", ROOM, {**ROOM, "held_under_agreement": 121}),
    ("model-agreement", "place_left", ROOM, {**ROOM, "living_space_cm2_each": 59999}),
    (
        "model-agreement",
        "no_protection_against_the_receiving_state",
        {**STATES, "protection_orders_against": ()},
        {**STATES, "protection_orders_against": ("XBB",)},
    ),
    ("model-agreement", "no_fear_undecided", CALM, {**CALM, "fear_asserted": True}),
    (
        "model-agreement",
        "no_fear_undecided",
        {**CALM, "fear_asserted": True, "fear_assertion_decided": "rejected"},
        {**CALM, "asylum_claim_pending": True},
    ),
    ("model-agreement", "no_substantial_grounds", SAFE, {**SAFE, "onward_transfer_excluded": False}),
    ("model-agreement", "no_substantial_grounds", SAFE, {**SAFE, "risk_in_receiving_state": "substantial_grounds"}),
    (
        "model-agreement",
        "no_large_care_need",
        {"needs_extensive_care": False, "needs_psychiatric_care": False},
        {"needs_extensive_care": False, "needs_psychiatric_care": True},
    ),
    (
        "model-agreement",
        "fit_to_travel",
        {"fit_to_travel_until": date(2026, 2, 28)},
        {"fit_to_travel_until": date(2026, 2, 27)},
    ),
    (
        "us-sv-2025",
        "offer_of_3_february",
        {"nationalities": ("SLV",)},
        {"nationalities": ("VEN",), "convicted_by_final_judgment": False},
    ),
    (
        "us-sv-2025",
        "offer_of_3_february",
        {"nationalities": ("USA",), "convicted_by_final_judgment": True},
        {"nationalities": ("USA",), "convicted_by_final_judgment": False},
    ),
    ("us-sv-2025", "not_a_woman", {"sex": "male"}, {"sex": "female"}),
    ("us-sv-2025", "not_nicaraguan", {"nationalities": ("VEN",)}, {"nationalities": ("VEN", "NIC")}),
    (
        "us-cr-2025",
        "third_country_nationals",
        {"nationalities": ("UZB",), **NO_CLAIM},
        {"nationalities": ("UZB",), "citizenship_asserted_of": ("USA",)},
    ),
    (
        "us-gt-2025",
        "third_country_nationals",
        {"nationalities": ("HND",), **NO_CLAIM},
        {"nationalities": ("HND", "GTM"), **NO_CLAIM},
    ),
    (
        "us-icc",
        "under_sentence",
        {"sending_state": "USA", "sentence_imposed_by": "USA"},
        {"sending_state": "USA", "sentence_imposed_by": "MEX"},
    ),
]

NO_RULE_CAN_ASK = {
    "au-nr-2012": ["asylum_seekers"],
    "au-nr-2025": ["released_detainees"],
    "us-hi-saguaro": ["sentence_of_hawaii"],
    "us-sv-2025": ["member_of_named_group"],
    "us-sz-2025": ["removed_by_the_united_states"],
}


def term(agreement: str, id: str) -> Term:
    return next(each for each in agreements.agreement(agreement).eligibility if each.id == id)


@pytest.mark.parametrize(("agreement", "id", "met", "barred"), CASES)
def test_a_condition_is_met_or_barred_by_its_facts_and_not_shown_without_them(
    agreement: str, id: str, met: Mapping[str, Value], barred: Mapping[str, Value]
) -> None:
    rule = term(agreement, id).rule
    assert rule is not None
    assert [rule.answer({**ASKED, **facts}) for facts in (met, barred, {})] == [True, False, None]


@pytest.mark.parametrize("agreement", sorted({each.partition("@")[0] for each in EXPECTED}))
def test_every_condition_has_a_case_or_is_one_that_no_rule_can_ask(agreement: str) -> None:
    eligibility = agreements.agreement(agreement).eligibility
    unasked = [each.id for each in eligibility if each.rule is None]
    assert unasked == NO_RULE_CAN_ASK.get(agreement, [])
    assert {each.id for each in eligibility} == {id for of, id, *_ in CASES if of == agreement} | {*unasked}
