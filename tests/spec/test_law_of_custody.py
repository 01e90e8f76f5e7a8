"""The law of custody, number by number: each can be met, each can fail, and each stays open while nobody can say.

What a number asks is in `docs/rule-book/`; here the numbers are written by hand.
"""

from __future__ import annotations

import pytest

from habeas import safeguards
from habeas.core.facts import CATALOGUE
from habeas.core.safeguards import Binds, Result, Safeguard, Step
from habeas.speech import say

STANDARDS_ALONE = {"L21", "L27", "L28", "L31", "L32", "L33", "L34"}
OF_CUSTODY = {*(f"L{n}" for n in (*range(20, 29), *range(30, 41), *range(50, 55)))}
AT_THE_DOOR = {Step.SCREENING, Step.DECISION, Step.DEPARTURE, Step.HANDOVER}
ASKED_AT_THE_DOOR = {"icpped.one_custodian", "iccpr.title_abroad", "iccpr.no_ill_treatment", "echr.space"}


def of(law: str) -> list[Safeguard]:
    return [each for each in safeguards.read().safeguards if each.law == law]


@pytest.mark.parametrize("law", sorted(OF_CUSTODY))
def test_each_number_of_the_law_of_custody_can_be_met_fail_and_stay_open(law: str) -> None:
    """Each example is answered anew, not read."""
    answers = {each.result(example.given) for each in of(law) for example in each.examples}
    binding = {Result.MET, Result.BARRED, Result.NOT_SHOWN}
    standard = {Result.STANDARD_MET, Result.STANDARD_NOT_MET, Result.STANDARD_NOT_SHOWN}
    if law in STANDARDS_ALONE:
        assert standard <= answers
        assert answers.isdisjoint(binding)
    else:
        assert binding <= answers


@pytest.mark.parametrize(
    ("law", "instruments"),
    [
        ("L20", {"icpped", "arsiwa"}),
        ("L21", {"mandela-rules"}),
        ("L22", {"icpped"}),
        ("L23", {"mandela-rules", "icpped"}),
        ("L24", {"vccr", "mandela-rules"}),
        ("L25", {"mandela-rules", "iccpr"}),
        ("L26", {"iccpr", "icpped", "achr"}),
        ("L27", {"mandela-rules"}),
        ("L28", {"mandela-rules"}),
        ("L30", {"cpt-standards", "echr", "icrc-guidance"}),
        ("L31", {"iachr-principles"}),
        ("L32", {"mandela-rules"}),
        ("L33", {"mandela-rules"}),
        ("L34", {"mandela-rules"}),
        ("L35", {"cat", "mandela-rules"}),
        ("L36", {"minnesota-protocol", "mandela-rules", "icpped"}),
        ("L37", {"opcat", "mandela-rules"}),
        ("L38", {"iccpr", "cat", "achr"}),
        ("L39", {"iccpr"}),
        ("L40", {"iccpr", "cat", "mandela-rules"}),
        ("L50", {"icpped"}),
        ("L51", {"the-agreement"}),
        ("L52", {"court-orders"}),
        ("L53", {"eu-2016-680", "eu-2016-679", "mandela-rules", "icpped"}),
        ("L54", {"icpped"}),
    ],
)
def test_each_number_names_every_instrument_of_its_line(law: str, instruments: set[str]) -> None:
    assert {each.instrument.id for each in of(law)} == instruments


def test_no_duty_owed_in_custody_keeps_anybody_off_the_roll() -> None:
    """Whoever is at the door is taken in first: what binds there is who answers, the title, the space, a court's stay, and
    that nobody is placed where ill-treatment stands unanswered."""
    binding = [each for law in OF_CUSTODY for each in of(law) if each.instrument.binds is not Binds.STANDARD]
    assert {each.id for each in binding if AT_THE_DOOR & set(each.steps)} <= ASKED_AT_THE_DOOR


def test_the_states_that_are_no_parties_are_held_to_the_minimum_as_a_standard_only() -> None:
    """Neither the United States nor El Salvador is a party to the disappearance convention or to the optional protocol."""
    between = {"sending_state": "USA", "receiving_state": "SLV"}
    for each in safeguards.read().safeguards:
        if each.instrument.id in ("icpped", "opcat"):
            assert each.force(between) is Binds.STANDARD, each.id
        if each.instrument.id in ("iccpr", "cat", "vccr"):
            assert each.force(between) is Binds.TREATY, each.id
        if each.instrument.id in ("eu-2016-680", "eu-2016-679"):
            assert each.force(between) is None, each.id


def test_reprisals_are_a_fact_of_the_place_and_count_in_any_standing() -> None:
    """A fact of one person would be a trace of who complained, or spoke to a monitor."""
    asking = {each.id for each in safeguards.read().safeguards if "reprisals_reported" in each.condition.facts}
    assert asking == {"mandela.no_reprisal", "opcat.no_sanction"}
    reported = CATALOGUE["reprisals_reported"]
    assert reported.protective
    assert "reported of the place" in say(reported.definition, "en")
    assert "en el lugar" in say(reported.definition, "es")
