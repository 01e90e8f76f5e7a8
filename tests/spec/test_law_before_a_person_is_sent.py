"""The rule book: the law that is asked before a person is sent, number by number (L01 to L19)."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from habeas import agreements, safeguards
from habeas.core.countries import EUROPEAN_UNION
from habeas.core.safeguards import Result, Safeguard, Step
from habeas.core.terms import Term

RELEASED = safeguards.read().safeguards
INSTRUMENTS = {
    "L01": {"echr-protocol-4", "achr", "iccpr"},
    "L02": {"us-code-18-4100"},
    "L03": {"us-non-detention-act"},
    "L04": {"cat", "refugee-convention", "icpped", "iccpr", "echr", "achr", "us-code-8-1231"},
    "L05": {"court-orders"},
    "L06": {"iccpr", "echr-protocol-4", "achr", "cri-sala-iv"},
    "L07": {"iccpr", "mandela-rules", "png-constitution"},
    "L08": {"us-code-8-1231", "iccpr", "echr"},
    "L09": {"ets-112"},
    "L10": {"ets-167"},
    "L11": {"eu-fd-2008-909"},
    "L12": {"un-model-agreement"},
    "L13": {"crc"},
    "L14": {"bangkok-rules", "mandela-rules"},
    "L15": {"mandela-rules"},
    "L17": {"us-leahy-law"},
    "L18": {"un-charter", "us-case-act"},
    "L19": {"oas-1993"},
}
"""By its number in the list of the law: the instruments that it names. L16 is the agreements' own eligibility."""


def of(law: str) -> list[Safeguard]:
    return [each for each in RELEASED if each.law == law]


def answered(safeguards: Iterable[Safeguard]) -> set[str]:
    """What the examples show; a standard is met, not met and not shown where what binds is met, barred and not shown."""
    plain = {"standard_met": "met", "standard_not_met": "barred", "standard_not_shown": "not_shown"}
    results = [example.expect.value for each in safeguards for example in each.examples]
    return {plain.get(each, each) for each in results}


@pytest.mark.parametrize("law", INSTRUMENTS)
def test_every_instrument_that_the_law_names_is_there(law: str) -> None:
    assert {each.instrument.id for each in of(law)} == INSTRUMENTS[law]


@pytest.mark.parametrize("law", INSTRUMENTS)
def test_for_each_law_there_is_a_case_met_one_barred_and_one_not_shown(law: str) -> None:
    assert {"met", "barred", "not_shown"} <= answered(of(law))


def eligibility() -> list[Term]:
    every = [agreements.agreement(each) for each in agreements.ids()]
    return [term for each in every for term in each.eligibility]


def test_an_agreements_own_eligibility_is_data_of_the_agreement_and_asked_beside_the_law() -> None:
    """L16: no safeguard repeats it. One term of Tartu is met, barred and not shown, and each names its source."""
    assert of("L16") == []
    assert all(each.source.cite for each in eligibility())
    men = next(each for each in agreements.agreement("se-ee-2025").eligibility if each.id == "men")
    assert men.rule is not None
    assert [men.rule.answer(given) for given in ({"sex": "male"}, {"sex": "female"}, {})] == [True, False, None]


def test_convicted_is_a_judgment_and_no_label() -> None:
    """L16: a condition over convictions takes judgments and criminal records, and nothing else."""
    for each in eligibility():
        asked = each.rule.facts if each.rule else ()
        for fact in {"convicted_by_final_judgment", "convicted_offences"} & set(asked):
            assert set(each.evidence[fact]) <= {"judgment", "criminal_record"}, (each.id, fact)


def test_what_bars_before_the_journey_is_asked_again_at_the_gate_and_at_the_door() -> None:
    for law in INSTRUMENTS:
        for each in of(law):
            if Step.SCREENING in each.steps:
                assert {Step.DECISION, Step.DEPARTURE, Step.HANDOVER} <= set(each.steps), each.id


STATES = "BEL NLD NOR DNK XKX SWE EST USA SLV GBR AUS NRU PNG ITA ALB CRI PAN GTM SWZ RWA GNQ PLW SSD GHA UGA".split()
"""The states of every agreement on record."""


@pytest.mark.parametrize("treaty", ["iccpr", "echr", "echr-protocol-4", "achr", "crc", "oas-1993", "un-charter"])
def test_a_treaty_says_of_every_state_of_an_agreement_whether_it_is_bound(treaty: str) -> None:
    instrument = next(each.instrument for each in RELEASED if each.instrument.id == treaty)
    assert set(STATES) <= {*instrument.bound, *instrument.not_bound}
    assert set(instrument.bound).isdisjoint(instrument.not_bound)


@pytest.mark.parametrize(
    ("instrument", "state"),
    [
        ("icpped", "USA"),
        ("icpped", "SLV"),
        ("crc", "USA"),
        ("achr", "USA"),
        ("echr", "USA"),
        ("echr-protocol-4", "GBR"),
    ],
)
def test_who_is_not_bound_is_said_with_the_reason(instrument: str, state: str) -> None:
    found = next(each.instrument for each in RELEASED if each.instrument.id == instrument)
    assert found.not_bound[state].en != found.not_bound[state].es
    assert state not in found.bound


def test_what_a_state_declared_stands_beside_it_in_both_languages() -> None:
    echr = next(each.instrument for each in RELEASED if each.instrument.id == "echr")
    said = echr.reservations["XKX"]
    assert "not a member of the Council of Europe" in said.en
    assert "no es miembro del Consejo de Europa" in said.es


# --- the transfer of a sentenced person --------------------------------------------------------------

TRANSFER = ("L09", "L10", "L11", "L12", "L19")


def asked(sending: str, receiving: str, vehicle: str = "V3", **more: str) -> set[str]:
    """The instruments on transfer that apply between two states."""
    states = {"sending_state": sending, "receiving_state": receiving}
    given = {**states, "vehicle": vehicle, "both_in_european_union": {sending, receiving} <= EUROPEAN_UNION, **more}
    rules = [each for law in TRANSFER for each in of(law)]
    return {each.instrument.id for each in rules if each.result(given) is not Result.NOT_APPLICABLE}


@pytest.mark.parametrize(
    ("sending", "receiving", "instruments"),
    [
        ("DNK", "NLD", {"eu-fd-2008-909"}),  # between members of the Union in place of the Convention
        ("NOR", "NLD", {"ets-112", "ets-167"}),
        ("USA", "NLD", {"ets-112"}),  # the United States is no party to the Protocol
        ("USA", "SLV", {"oas-1993"}),  # El Salvador is no party to the Convention of the Council of Europe
        ("USA", "PAN", {"oas-1993", "ets-112"}),
        ("USA", "RWA", {"ets-112"}),  # not known to be unbound is not unbound
    ],
)
def test_which_treaty_on_transfer_is_asked_depends_on_both_states(
    sending: str, receiving: str, instruments: set[str]
) -> None:
    assert asked(sending, receiving) - {"un-model-agreement", "ets-167"} == instruments - {"ets-167"}
    assert ("ets-167" in asked(sending, receiving, consent_exception="fled")) == ("ets-167" in instruments)


@pytest.mark.parametrize("vehicle", ["V1", "V2", "V4", "V5"])
def test_no_treaty_on_transfer_is_asked_of_a_prison_that_is_rented_or_of_a_removal(vehicle: str) -> None:
    assert asked("NOR", "NLD", vehicle) == asked("USA", "SLV", vehicle) == set()


def test_the_additional_protocol_takes_the_place_of_consent_only_between_its_parties() -> None:
    consent = next(each for each in RELEASED if each.id == "ets-112.consent")
    protocol = next(each.instrument for each in RELEASED if each.instrument.id == "ets-167")
    parties = {*STATES, *EUROPEAN_UNION}
    ground = {"vehicle": "V3", "both_in_european_union": False, "consent_exception": "expulsion_order"}
    given = {"consent_to_transfer": False, "consent_by_representative": False, **ground}
    without = {
        each
        for each in parties - {"NOR"}
        if consent.result({**given, "sending_state": "NOR", "receiving_state": each}) is Result.NOT_APPLICABLE
        and not consent.instrument.is_unbound(each, None)
    }
    assert without == set(protocol.bound) - {"NOR"}
