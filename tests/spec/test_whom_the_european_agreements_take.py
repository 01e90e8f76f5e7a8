"""The rule book: each condition of the European agreements, met, barred and not shown."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pytest

from habeas import agreements
from habeas.core.rules import Value
from habeas.core.terms import Term

ASKED: Mapping[str, Value] = {"asked_on": date(2026, 2, 28)}
ADULT: Mapping[str, Value] = {"born_on": date(2008, 2, 28)}
CHILD: Mapping[str, Value] = {"born_on": date(2008, 3, 1)}
NO_CLAIM: Mapping[str, Value] = {"citizenship_asserted_of": ()}
CLAIM_OF_FRANCE: Mapping[str, Value] = {"nationalities": ("SRB",), "citizenship_asserted_of": ("FRA",)}
CLAIM_OF_ESTONIA: Mapping[str, Value] = {"nationalities": ("NOR",), "citizenship_asserted_of": ("EST",)}
REJECTED: Mapping[str, Value] = {"citizenship_assertion_decided": "rejected"}

# Agreement, condition, facts with which it is met, facts with which it is barred.
CASES: list[tuple[str, str, Mapping[str, Value], Mapping[str, Value]]] = [
    ("be-nl-2009", "belgian_sentence", {"sentence_imposed_by": "BEL"}, {"sentence_imposed_by": "NLD"}),
    (
        "be-nl-2009",
        "not_resident_in_the_netherlands",
        {"lives_in_receiving_state": False},
        {"lives_in_receiving_state": True},
    ),
    ("be-nl-2009", "not_declared_undesirable", {"declared_undesirable": False}, {"declared_undesirable": True}),
    (
        "no-nl-2015",
        "norwegian_sentence",
        {"sentence_imposed_by": "NOR", "sentence_final": True},
        {"sentence_imposed_by": "NOR", "sentence_final": False},
    ),
    ("no-nl-2015", "men", {"sex": "male"}, {"sex": "female"}),
    ("no-nl-2015", "adult", ADULT, CHILD),
    ("no-nl-2015", "no_juveniles_no_women", {"sex": "male", **ADULT}, {"sex": "male", **CHILD}),
    ("dk-xk-2022", "danish_sentence", {"sentence_imposed_by": "DNK"}, {"sentence_imposed_by": "SWE"}),
    ("dk-xk-2022", "third_country_national", {"nationalities": ("SRB",), **NO_CLAIM}, CLAIM_OF_FRANCE),
    ("dk-xk-2022", "third_country_national", {**CLAIM_OF_FRANCE, **REJECTED}, {"nationalities": ("SRB", "DNK")}),
    ("dk-xk-2022", "deportation_order", {"expulsion_order_final": True}, {"expulsion_order_final": False}),
    ("dk-xk-2022", "not_terrorism", {"convicted_offences": ("other",)}, {"convicted_offences": ("terrorism",)}),
    ("dk-xk-2022", "not_war_crimes", {"convicted_offences": ("other",)}, {"convicted_offences": ("war_crimes",)}),
    (
        "dk-xk-2022",
        "no_mental_illness_needing_outside_care",
        {"needs_psychiatric_care": False},
        {"needs_psychiatric_care": True},
    ),
    ("dk-xk-2022", "no_terminal_illness", {"terminally_ill": False}, {"terminally_ill": True}),
    ("dk-xk-2022", "no_life_sentence", {"sentence_indeterminate": False}, {"sentence_indeterminate": True}),
    ("se-ee-2025", "men", {"sex": "male"}, {"sex": "female"}),
    ("se-ee-2025", "adult", ADULT, CHILD),
    (
        "se-ee-2025",
        "swedish_sentence",
        {"sentence_imposed_by": "SWE", "sentence_final": True},
        {"sentence_imposed_by": "FIN", "sentence_final": True},
    ),
    ("se-ee-2025", "security_class_2", {"security_class": "2"}, {"security_class": "1"}),
    ("se-ee-2025", "not_estonian", {"nationalities": ("NOR",), **NO_CLAIM}, CLAIM_OF_ESTONIA),
    ("se-ee-2025", "no_large_care_need", {"needs_extensive_care": False}, {"needs_extensive_care": True}),
    ("se-ee-2025", "no_psychiatric_need", {"needs_psychiatric_care": False}, {"needs_psychiatric_care": True}),
    ("se-ee-2025", "not_terrorism", {"convicted_offences": ()}, {"convicted_offences": ("other", "terrorism")}),
    ("se-ee-2025", "not_national_security", {"convicted_offences": ()}, {"convicted_offences": ("national_security",)}),
    (
        "se-ee-2025",
        "not_serious_organised_crime",
        {"convicted_offences": ()},
        {"convicted_offences": ("serious_organised_crime",)},
    ),
    ("it-al-2023", "men", {"sex": "male"}, {"sex": "female"}),
    ("it-al-2023", "from_the_sea", {"taken_from_the_sea": True}, {"taken_from_the_sea": False}),
    ("it-al-2023", "no_minors", ADULT, CHILD),
    ("it-al-2023", "no_pregnant_women", {"sex": "male"}, {"sex": "female"}),
]

NO_RULE_CAN_ASK = {"be-nl-2009": ["no_risk_above_the_prison"], "it-al-2023": ["not_vulnerable"]}


def term(agreement: str, id: str) -> Term:
    return next(each for each in agreements.agreement(agreement).eligibility if each.id == id)


@pytest.mark.parametrize(("agreement", "id", "met", "barred"), CASES)
def test_a_condition_is_met_or_barred_by_its_facts_and_not_shown_without_them(
    agreement: str, id: str, met: Mapping[str, Value], barred: Mapping[str, Value]
) -> None:
    rule = term(agreement, id).rule
    assert rule is not None
    assert [rule.answer({**ASKED, **facts}) for facts in (met, barred, {})] == [True, False, None]


def test_every_condition_has_a_case_or_is_one_that_no_rule_can_ask() -> None:
    for agreement in {each for each, *_ in CASES}:
        cases = {id for of, id, *_ in CASES if of == agreement}
        unasked = [each.id for each in agreements.agreement(agreement).eligibility if each.rule is None]
        assert unasked == NO_RULE_CAN_ASK.get(agreement, [])
        assert {each.id for each in agreements.agreement(agreement).eligibility} == cases | {*unasked}
