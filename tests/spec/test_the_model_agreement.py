"""The text to start from: it answers every question, passes the floor with nothing assumed, and can be run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

import pytest

from habeas import agreements
from habeas.core.clocks import clocks
from habeas.core.countries import COUNTRIES, PLACEHOLDERS, name
from habeas.core.custody import end, on_roll
from habeas.core.entries import procedure as p
from habeas.core.entries import specs
from habeas.core.entries.asking import ConsularWishStated, ConsulTold
from habeas.core.entries.procedure import Proposed
from habeas.core.facts import Fact, recorded
from habeas.core.findings import findings
from habeas.core.ledger.fees import work_through
from habeas.core.safeguards import Result, Step
from habeas.core.screening import AnswerKind, Verdict
from habeas.core.sources import Quality
from habeas.core.terms import ANSWERABLE, FLOOR, PERIODS, Agreement, answers_of, floor, gaps, parse_agreement
from habeas.speech import say
from habeas.store import read
from habeas.web.questions import options_of
from tests.core import walk
from tests.core.lawful import LAWFUL, OUTWARD, TODAY, answer, screened, stated
from tests.core.world import BOOKING, DECIDER, OFFICER, World

MODEL = agreements.agreement("model-agreement")

OF_THE_MODEL = {
    "sentence_imposed_by": "XAA",
    "sentence_ends_on": date(2029, 1, 1),
    "consent_verified_by_court": True,
    "consent_with_counsel": True,
    "fit_to_travel_until": TODAY + timedelta(days=10),
}
MEASURED = {"held_in_facility": 40, "working_capacity": 120, "held_under_agreement": 40, "living_space_cm2_each": 65000}


def person(**changed: object) -> dict[str, Fact]:
    """A person who may be sent under the model, with these facts otherwise; None takes a fact away."""
    values = {**OF_THE_MODEL, **{name: value for name, value in changed.items() if name not in MEASURED}}
    measured = {**MEASURED, **{name: value for name, value in changed.items() if name in MEASURED}}
    facts = LAWFUL | {name: stated(name, value) for name, value in values.items()}
    facts |= {name: recorded(name, value, as_of=TODAY, entry="entry-1") for name, value in measured.items()}  # type: ignore[arg-type]
    return {name: fact for name, fact in facts.items() if fact.value is not None}


# --- the text ----------------------------------------------------------------------------------------


def test_it_leaves_no_question_open() -> None:
    assert gaps(MODEL) == ()
    assert set(answers_of(MODEL)) == set(ANSWERABLE)


def test_it_passes_the_floor_with_nothing_assumed() -> None:
    assert [(each.question, each.answered, each.assumed) for each in floor(MODEL)] == [
        (question, True, False) for question in FLOOR
    ]
    assert MODEL.can_be_run
    assert MODEL.assumptions == ()
    assert not any(each.assumed for each in answers_of(MODEL).values())


def test_without_any_one_answer_of_the_floor_it_could_not_be_run() -> None:
    """It hangs on each of the ten: none of them is met by something else in the text."""
    for parts in FLOOR.values():
        for part in parts:
            assert not _without(part).can_be_run, part


def _without(part: str) -> Agreement:
    """The model with what it says to one question taken to be no answer."""
    said = answers_of(MODEL)[part]
    return replace(MODEL, answers={**MODEL.answers, part: replace(said, settles=False)})


def test_every_value_rests_on_the_text_itself_and_names_its_article() -> None:
    sources = [each.source for each in (*answers_of(MODEL).values(), *MODEL.eligibility, *MODEL.periods.values())]
    assert {source.quality for source in sources if source} == {Quality.TREATY}
    assert all(source and source.clause.startswith("art") for source in sources)


def test_every_length_of_time_is_fixed() -> None:
    assert sorted(MODEL.periods) == sorted(PERIODS)


def test_a_place_in_which_nobody_is_held_costs_nothing_and_days_have_a_convention() -> None:
    assert MODEL.fee is not None
    assert MODEL.fee.shape == "F3"
    assert [step.message.code for step in work_through(MODEL.fee)] == ["fee.person_day"]
    assert MODEL.day_count is not None
    assert MODEL.day_count.convention.name == "midnight"
    assert sorted(MODEL.day_count.convention.absences) == ["court", "hospital"]


# --- who may be sent under it ------------------------------------------------------------------------


@pytest.mark.parametrize("step", OUTWARD)
def test_a_person_whom_it_is_made_for_has_no_bar_found_at_any_outward_step(step: Step) -> None:
    found = screened(person(), step, MODEL)
    assert (found.verdict, found.open_rules) == (Verdict.NO_BAR_FOUND, ())


@pytest.mark.parametrize(
    ("term", "fact", "barring"),
    [
        ("sentence_of_the_sending_state", "sentence_imposed_by", "XBB"),
        ("sentence_of_the_sending_state", "sentence_final", False),
        ("adult", "born_on", TODAY - timedelta(days=17 * 365)),
        ("men", "sex", "female"),
        ("six_months_left", "sentence_ends_on", TODAY + timedelta(days=180)),
        ("consent", "consent_verified_by_court", False),
        ("consent", "consent_with_counsel", False),
        ("place_left", "held_in_facility", 121),
        ("place_left", "held_under_agreement", 121),
        ("place_left", "living_space_cm2_each", 59999),
        ("no_protection_against_the_receiving_state", "protection_orders_against", ("XBB",)),
        ("no_fear_undecided", "fear_asserted", True),
        ("no_fear_undecided", "asylum_claim_pending", True),
        ("no_substantial_grounds", "risk_in_receiving_state", "substantial_grounds"),
        ("no_substantial_grounds", "onward_transfer_excluded", False),
        ("no_large_care_need", "needs_extensive_care", True),
        ("no_large_care_need", "needs_psychiatric_care", True),
        ("fit_to_travel", "fit_to_travel_until", TODAY - timedelta(days=1)),
    ],
)
def test_each_term_bars_and_is_not_shown_while_its_fact_is_unknown(term: str, fact: str, barring: object) -> None:
    def result(**changed: object) -> Result:
        return answer(screened(person(**changed), Step.DECISION, MODEL), term).result

    facts = person()
    del facts[fact]
    unknown = answer(screened(facts, Step.DECISION, MODEL), term).result
    assert (result(), result(**{fact: barring}), unknown) == (Result.MET, Result.BARRED, Result.NOT_SHOWN)


def test_every_term_of_it_is_in_the_table_above() -> None:
    asked = [each for each in screened(person(), Step.DECISION, MODEL).answers if each.kind is AnswerKind.SCOPE]
    assert [each.id for each in asked] == [term.id for term in MODEL.eligibility]
    assert len(asked) == 11


# --- put to use ------------------------------------------------------------------------------------

FACTS = {
    **walk.LAWFUL,
    "consent_verified_by_court": ("true", "consent_hearing"),
    "consent_with_counsel": ("true", "consent_hearing"),
}


def filled_in() -> Agreement:
    """The model with two states and a facility of theirs in the place of those that stand in it."""
    text = agreements.read("model-agreement").replace('"XAA"', '"SWE"').replace('"XBB"', '"EST"')
    return parse_agreement(text.replace('"facility-one"', '"tartu"'), "draft.toml")


def world() -> World:
    draft = filled_in()
    return World(agreement=draft, periods=read.periods_of(draft.periods))


def decided(it: World, facts: Mapping[str, tuple[str, str]] = FACTS) -> str:
    """A case whose decision is served, with the times that the model gives to object and to contest."""
    case = walk.propose(it)
    walk.title(it, case, "SWE", by=OFFICER)
    walk.state_facts(it, case, dict(facts))
    walk.notice(it, case)
    it.wait(timedelta(days=14))
    it.take("decide", walk.decision(), DECIDER, case)
    it.take("serve_decision", p.DecisionServed(language="nb", served_by="Invented officer"), OFFICER, case)
    it.wait(timedelta(days=14))
    return case


def test_filled_in_it_is_run_from_the_proposal_to_the_return() -> None:
    it = world()
    case = decided(it)
    walk.departed(it, case)
    walk.admitted(it, case)
    assert on_roll(it.case(case), it.now) == "tartu"
    assert findings(it.case(case), it.context(), it.now) == ()
    walk.returned(it, case)
    assert end(it.case(case)) is not None


def late(it: World, case: str) -> list[str]:
    """The duties of the agreement itself that are late now, by the names of their clocks; the law has others."""
    found = [each.duty.code for each in clocks(it.case(case), it.context(), it.now) if each.is_late(it.now)]
    return [each for each in found if each.startswith("clock.agreed_")]


def found_late(it: World, case: str) -> list[object]:
    """The same in the findings, where it stays."""
    found = [each.message.parameters.get("duty") for each in findings(it.case(case), it.context(), it.now)]
    return [each for each in found if str(each).startswith("clock.agreed_")]


def test_what_it_promises_within_a_time_is_late_when_the_time_is_over_and_stays_found() -> None:
    it = world()
    case = decided(it)
    walk.departed(it, case)
    walk.admitted(it, case)  # nothing was written down of health
    it.take(
        "state_consular_wish", ConsularWishStated(consul_to_be_told=True, said_to="Invented officer"), BOOKING, case
    )
    it.wait(timedelta(hours=23, minutes=59))
    assert late(it, case) == []
    it.wait(timedelta(minutes=1))
    assert late(it, case) == ["clock.agreed_consul", "clock.agreed_examination"]
    assert found_late(it, case) == ["clock.agreed_consul", "clock.agreed_examination"]

    it.take("tell_consul", ConsulTold(consulate="Consulate of Norway", told_how="by telephone"), BOOKING, case)
    assert late(it, case) == ["clock.agreed_examination"]
    assert found_late(it, case) == ["clock.agreed_consul", "clock.agreed_examination"]


def test_a_title_is_reviewed_within_five_days_of_being_asked_though_the_law_alone_would_give_more() -> None:
    it = world()
    case = decided(it)
    walk.departed(it, case)
    walk.admitted(it, case)
    walk.claim(it, case)
    due = {each.duty.code: each.due_at - it.now for each in clocks(it.case(case), it.context(), it.now)}
    assert (due["clock.agreed_review"], due["clock.claim_decision"]) == (timedelta(days=5), timedelta(days=14))


def test_without_consent_before_a_court_nobody_is_decided_upon() -> None:
    it = world()
    case = walk.propose(it)
    walk.title(it, case, "SWE", by=OFFICER)
    walk.state_facts(it, case, {name: each for name, each in FACTS.items() if name != "consent_verified_by_court"})
    walk.notice(it, case)
    it.wait(timedelta(days=14))
    assert "policy.not_shown" in it.refused("decide", walk.decision(), DECIDER, case)


# --- two placeholder states --------------------------------------------------------------------------


def test_put_two_states_in_and_the_same_rules_hold_for_them() -> None:
    draft = filled_in()
    assert gaps(draft) == ()
    assert screened(person(sentence_imposed_by="SWE"), Step.DECISION, draft).verdict is Verdict.NO_BAR_FOUND
    of_the_model = screened(person(), Step.DECISION, draft)
    assert answer(of_the_model, "sentence_of_the_sending_state").result is Result.BARRED


def test_no_form_offers_a_placeholder_as_a_country() -> None:
    field = next(each for each in specs(Proposed) if each.name == "nationalities")
    offered = {each.value for each in options_of(field, {}) or ()}
    assert offered == COUNTRIES - PLACEHOLDERS
    assert {"SWE", "XXA"} <= offered
    assert {MODEL.sending, MODEL.receiving} == PLACEHOLDERS
    for lang, names in (("en", ["State A", "State B"]), ("es", ["Estado A", "Estado B"])):
        assert [say(name(each), lang) for each in (MODEL.sending, MODEL.receiving)] == names
