"""An agreement is read strictly: every value has a source, every slip has a place, every silence shows."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from habeas import agreements
from habeas.core.assumptions import with_assumptions
from habeas.core.messages import FileError
from habeas.core.rules import Value
from habeas.core.sources import Quality, differs, spread
from habeas.core.terms import (
    ANSWERABLE,
    DATES,
    FLOOR,
    PERIODS,
    QUESTIONS,
    VEHICLES,
    Agreement,
    answers_of,
    floor,
    gaps,
    parse_agreement,
)
from habeas.documents.terms_text import check_text, terms_json, terms_text
from habeas.documents.versions_text import diff_text
from habeas.speech import say

SMALL = """\
[sources.text]
document = "Agreement"
citation = "Official Journal, 2020"
quality = "treaty"

[agreement]
id = "aa-bb-2020"
title = { en = "A test", es = "Una prueba" }
sending = "NOR"
receiving = "NLD"
vehicle = "V1"
source = "text"
clause = "art. 1"

[[scope]]
id = "men"
title = { en = "Men", es = "Hombres" }
reason = { en = "Only men.", es = "Solo hombres." }
rule = "sex = 'male'"
source = "text"
"""


def error(text: str) -> FileError:
    with pytest.raises(FileError) as caught:
        parse_agreement(text, "test.toml")
    return caught.value


def place(caught: FileError) -> tuple[int, int]:
    return caught.place.line, caught.place.column


def tartu() -> Agreement:
    return agreements.agreement("se-ee-2025")


def cecot() -> Agreement:
    return agreements.agreement("us-sv-2025")


def demonstration() -> Agreement:
    return agreements.agreement("se-ee-2025", "se-ee-2025-demo")


# --- reading ---------------------------------------------------------------------------------------


def test_a_small_agreement_says_who_where_from_and_by_which_clause() -> None:
    agreement = parse_agreement(SMALL, "test.toml")
    assert (agreement.id, agreement.sending, agreement.receiving) == ("aa-bb-2020", "NOR", "NLD")
    assert agreement.source.cite == "Agreement, art. 1, Official Journal, 2020"
    assert [term.id for term in agreement.eligibility] == ["men"]
    assert agreement.eligibility[0].evidence == {"sex": ("passport", "identity_card", "interview_record")}


@pytest.mark.parametrize(
    ("was", "now", "code", "line"),
    [
        ('id = "aa-bb-2020"', "id = aa", "toml.not_toml", 7),
        ('source = "text"\nclause', "clause", "terms.source_missing", 6),
        ('rule = "sex = \'male\'"\nsource = "text"', "rule = \"sex = 'male'\"", "terms.source_missing", 15),
        ('rule = "sex = \'male\'"\nsource = "text"', 'source = "txt"\nrule = "true"', "terms.source_unknown", 19),
        ('vehicle = "V1"', 'vehicle = "V9"', "toml.not_one_of", 11),
        ('vehicle = "V1"', 'vehicle = "V1"\nvehicel = "V1"', "toml.unknown_key", 12),
        ('sending = "NOR"', 'sending = "NO"', "toml.unknown_country", 9),
        ('sending = "NOR"', "sending = 578", "toml.wants_text", 9),
        ('sending = "NOR"', 'sending = "N\\u202eOR"', "toml.wants_visible", 9),
        ("sex = 'male'", "gender = 'male'", "rule.unknown_fact", 19),
        ("sex = 'male'", "sex = 1", None, 19),
    ],
)
def test_what_is_wrong_is_said_with_its_line(was: str, now: str, code: str | None, line: int) -> None:
    assert was in SMALL
    caught = error(SMALL.replace(was, now, 1))
    assert place(caught)[0] == line
    assert str(caught).startswith(f"test.toml:{line}:{place(caught)[1]}: {caught.message.code} ")
    assert code is None or caught.message.code == code
    assert caught.place.file == "test.toml"


def test_a_misspelt_key_is_answered_with_the_one_that_was_meant() -> None:
    caught = error(SMALL.replace("vehicle", "vehicel", 1).replace('"V1"', '"V1"\nvehicle = "V1"', 1))
    assert "vehicle" in str(caught.message.parameters["choices"])


def test_an_error_in_a_rule_points_at_the_column_of_the_word() -> None:
    caught = error(SMALL.replace("sex = 'male'", "sex = 'male' and sxe = 'male'"))
    assert place(caught) == (19, len("rule = \"sex = 'male' and ") + 1)


def test_two_terms_of_one_name_are_refused() -> None:
    again = SMALL[SMALL.index("[[scope]]") :]
    assert error(f"{SMALL}\n{again}").message.code == "toml.repeated"


def test_evidence_can_only_be_asked_for_a_fact_of_the_rule() -> None:
    asked = SMALL + 'evidence = { born_on = ["passport"] }\n'
    assert error(asked).message.code == "terms.fact_not_in_rule"


def test_an_amount_with_too_many_decimals_is_refused() -> None:
    fee = '[fee]\nshape = "F3"\ncurrency = "EUR"\nrate = "1.001"\nsource = "text"\n'
    caught = error(SMALL + fee)
    assert caught.message.code == "terms.not_an_amount"
    assert place(caught)[0] == 24


@pytest.mark.parametrize(
    ("shape", "keys"),
    [
        ("F1", 'yearly = "30000000.00"\nplaces = 500'),
        ("F2", 'minimum_people = 300\nrate = "8500.00"\nmonths = 12'),
        ("F3", 'rate = "71.90"'),
        ("F4", 'rate = "55.00"\nminimum_people = 100'),
        ("F5", 'grant = "5100000.00"'),
        ("F6", 'rent = "15000000.00"\naid = "6000000.00"\nplaces = 300'),
        ("F7", 'up_front = "408000000.00"'),
    ],
)
def test_every_shape_of_fee_can_be_written(shape: str, keys: str) -> None:
    fee = f'[fee]\nshape = "{shape}"\ncurrency = "EUR"\n{keys}\nsource = "text"\n'
    found = parse_agreement(SMALL + fee, "test.toml").fee
    assert found is not None
    assert found.shape == shape


def test_what_happened_can_not_end_before_it_began() -> None:
    seen = "[observed]\npeople = 1\nfrom_on = 2025-02-01\nuntil_on = 2025-01-01\n"
    words = 'assumption = { en = "All.", es = "Todas." }\nsource = "text"\n'
    assert error(SMALL + seen + words).message.code == "terms.ends_before_it_begins"


@pytest.mark.parametrize(
    ("days", "said"),
    [
        ("from_on = 2025-01-01\nuntil_on = 2025-01-11\n", "2 people, held from 1 January 2025 until 11 January 2025."),
        ("from_on = 2025-01-01\n", "2 people, from 1 January 2025 on; no source says until when."),
        ("until_on = 2025-01-11\n", "2 people; no source says from when until when."),
        ("", "2 people; no source says from when until when."),
    ],
)
def test_where_no_source_says_how_long_people_were_held_no_day_is_counted(days: str, said: str) -> None:
    words = 'assumption = { en = "All.", es = "Todas." }\nsource = "text"\n'
    found = parse_agreement(f"{SMALL}[observed]\npeople = 2\n{days}{words}", "test.toml")
    assert found.observed is not None
    assert found.observed.person_days == (20 if days.count("on =") == 2 else 0)
    assert said in terms_text(found, "en")


def test_a_term_that_no_rule_can_ask_stays_without_a_rule() -> None:
    text = SMALL.replace("rule = \"sex = 'male'\"", "unencodable = true")
    assert [term.rule for term in parse_agreement(text, "test.toml").eligibility] == [None]


@pytest.mark.parametrize("change", [lambda t: "\ufeff" + t, lambda t: t.replace("\n", "\r\n"), str.rstrip])
def test_the_digest_does_not_depend_on_how_a_system_ends_its_lines(change: Callable[[str], str]) -> None:
    assert parse_agreement(change(SMALL), "a").digest == parse_agreement(SMALL, "b").digest


def test_the_digest_depends_on_every_word() -> None:
    changed = SMALL.replace("Only men.", "Men only.")
    assert parse_agreement(changed, "a").digest != parse_agreement(SMALL, "a").digest


# --- the floor -------------------------------------------------------------------------------------


def test_the_floor_has_ten_answers_and_an_empty_text_gives_none_of_them() -> None:
    agreement = parse_agreement(SMALL, "test.toml")
    assert [each.question for each in floor(agreement)] == list(FLOOR)
    assert len(FLOOR) == 10
    assert [each.answered for each in floor(agreement)] == [False] * 10
    assert not agreement.can_be_run


def test_an_answer_known_only_in_general_does_not_count() -> None:
    answer = '[answers.suspension]\ntext = { en = "Yes.", es = "Sí." }\nsource = "text"\n'
    known = parse_agreement(SMALL + answer, "test.toml")
    assert [each.question for each in floor(known) if each.answered] == ["suspension"]
    rumour = (SMALL + answer).replace('quality = "treaty"', 'quality = "general_knowledge"')
    assert [each.question for each in floor(parse_agreement(rumour, "t")) if each.answered] == []


def test_what_the_text_says_can_be_no_answer() -> None:
    answer = '[answers.suspension]\ntext = { en = "No.", es = "No." }\nsource = "text"\nsettles = false\n'
    agreement = parse_agreement(SMALL + answer, "test.toml")
    assert "suspension" in {each.question for each in gaps(agreement)}


def test_the_offer_of_2025_fails_the_floor_and_names_only_its_prison() -> None:
    assert not cecot().can_be_run
    assert [each.question for each in floor(cecot()) if each.answered] == ["facilities_by_name"]


def test_the_published_tartu_text_alone_can_not_be_run() -> None:
    assert not tartu().can_be_run
    assert {each.question for each in floor(tartu()) if each.answered} == {"facilities_by_name"}


# --- assumptions -----------------------------------------------------------------------------------


def test_the_demonstration_runs_and_marks_each_answer_that_it_assumed() -> None:
    agreement = demonstration()
    assert agreement.can_be_run
    unassumed = [each.question for each in floor(agreement) if not each.assumed]
    assert unassumed == ["facilities_by_name"]
    assert agreement.digest != tartu().digest
    periods = agreement.periods
    assert (periods["objection_days"].value, periods["contest_days"].value) == (7, 7)
    assert (periods["contested_after_hours"].value, periods["title_warning_days"].value) == (6, 14)
    assert {name for name, each in periods.items() if not each.assumed} == {"return_before_release_days"}


def test_an_assumption_never_hides_what_is_said_to_the_contrary() -> None:
    said = {each.question: each.instead_of for each in demonstration().assumptions}
    before = tartu().answers["independent_monitor"].text
    assert said["independent_monitor"] == before
    assert before.en in " ".join(terms_text(demonstration(), "en").split())


def test_nothing_can_be_assumed_where_the_text_has_the_answer() -> None:
    scenario = agreements.read_scenario("se-ee-2025-demo")
    extra = '\n[answers.law_applied]\ntext = { en = "Other.", es = "Otro." }\n'
    with pytest.raises(FileError) as caught:
        with_assumptions(tartu(), scenario + extra, "demo.toml")
    assert caught.value.message.code == "terms.already_answered"
    assert caught.value.message.parameters["question"] == "law_applied"


def test_assumptions_for_one_agreement_are_refused_for_another() -> None:
    with pytest.raises(FileError) as caught:
        with_assumptions(cecot(), agreements.read_scenario("se-ee-2025-demo"), "demo.toml")
    assert caught.value.message.code == "terms.not_this_agreement"


# --- the released agreements -----------------------------------------------------------------------


@pytest.mark.parametrize("id", agreements.ids())
def test_a_released_agreement_has_its_file_name_and_no_question_unknown(id: str) -> None:
    agreement = agreements.agreement(id)
    assert agreement.id == id
    asked = {*QUESTIONS, *(part for parts in FLOOR.values() for part in parts)}
    assert {each.question for each in gaps(agreement)} <= asked


def test_what_is_not_released_has_no_file() -> None:
    with pytest.raises(KeyError):
        agreements.read("../core/terms")


def test_tartu_takes_men_of_class_2_and_asks_for_a_judgment_about_organised_crime() -> None:
    rules = {term.id: term.rule.text for term in tartu().eligibility if term.rule}
    assert rules["men"] == "sex = 'male'"
    assert rules["security_class_2"] == "security_class = '2'"
    organised = next(term for term in tartu().eligibility if term.id == "not_serious_organised_crime")
    assert organised.evidence == {"convicted_offences": ("judgment", "criminal_record")}


def test_membership_of_a_named_group_is_a_term_that_no_rule_can_ask() -> None:
    assert [term.id for term in cecot().eligibility if term.rule is None] == ["member_of_named_group"]


def test_the_offer_takes_convicted_citizens_and_guarantees_no_return() -> None:
    offer = next(term for term in cecot().eligibility if term.id == "offer_of_3_february")
    assert offer.rule is not None
    given: dict[str, Value | None] = {"nationalities": ("USA",), "convicted_by_final_judgment": True}
    assert offer.rule.answer(given) is True
    assert cecot().given["return_guaranteed"] is False
    assert demonstration().given["return_guaranteed"] is True
    assert tartu().given["return_guaranteed"] is None


# --- in words --------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_text_gives_every_source_and_leaves_no_code_unsaid(language: str) -> None:
    for agreement in (cecot(), tartu(), demonstration()):
        text = " ".join(terms_text(agreement, language).split())
        for source in {term.source.document for term in agreement.eligibility}:
            assert source in text
        assert re.findall(r"\b(?:terms|fee|toml)\.[a-z_]+", text) == []
        assert "{" not in text


def test_the_text_shows_the_working_of_the_fee() -> None:
    text = " ".join(terms_text(cecot(), "en").split())
    assert "238 people x 125 days = 29,750 person-days held." in text
    assert "Over 29,750 person-days: 160.00 USD for each." in text


def test_the_data_say_what_the_words_say() -> None:
    data = terms_json(cecot(), "en")
    assert data["digest"] == cecot().digest
    assert data["can_be_run"] is False
    assert [each["question"] for each in data["floor"]] == list(FLOOR)  # type: ignore[attr-defined]


def test_the_check_counts_the_questions_answered() -> None:
    open_questions = {each.question for each in gaps(tartu())}
    answered = sum(question not in open_questions for question in QUESTIONS)
    assert f"The text answers {answered} of {len(QUESTIONS)} questions." in check_text(tartu(), "en")


def test_two_that_say_the_same_are_said_to() -> None:
    old = parse_agreement(SMALL, "a")
    assert diff_text(old, old, "en").splitlines()[-1] == "Both say the same."


def test_an_error_is_said_behind_its_place() -> None:
    caught = error(SMALL.replace('source = "text"\nclause', "clause", 1))
    assert place(caught) == (6, 1)
    assert say(caught.message, "en").startswith("This says no source")


def test_a_text_can_not_command_a_terminal() -> None:
    for hidden in ("\\u001b[2J", "\\u202e"):
        caught = error(SMALL.replace("Only men.", f"Only {hidden}men."))
        assert caught.message.code == "toml.wants_visible"


def test_a_time_zone_that_is_none_is_refused_where_it_stands() -> None:
    caught = error(
        SMALL
        + '[[facility]]\ncode = "a"\nname = "A"\nstate = "NLD"\ntime_zone = "../../../etc/passwd"\nsource = "text"\n'
    )
    assert (caught.message.code, place(caught)[0]) == ("toml.unknown_zone", len(SMALL.splitlines()) + 5)


def test_the_reference_names_every_question_date_and_period() -> None:
    page = (Path(__file__).parents[2] / "docs" / "reference" / "terms-file.md").read_text("utf-8")
    names = {*ANSWERABLE, *DATES, *PERIODS, *VEHICLES, *Quality}
    assert {each for each in names if f"`{each}`" not in page} == set()


# --- sources that differ ---------------------------------------------------------------------------

TWO = """
[sources.daily]
document = "A newspaper"
citation = "2020"
quality = "press"

[sources.weekly]
document = "A weekly"
citation = "2021"
quality = "press"

[dates.ends_on]
on = 2030-01-01
source = "daily"

[[dates.ends_on.also]]
on = 2025-01-01
source = "weekly"

[[facility]]
code = "north"
name = "North"
state = "NLD"
time_zone = "Europe/Amsterdam"
places = 300
source = "daily"

[[facility.also]]
places = 500
source = "weekly"

[[facility.also]]
places = 250
source = "weekly"

[answers.suspension]
text = { en = "Either state can suspend.", es = "Cada Estado puede suspender." }
source = "daily"

[[answers.suspension.also]]
text = { en = "Only one can.", es = "Solo uno puede." }
source = "weekly"
"""


def of_two(change: Callable[[str], str] = str) -> Agreement:
    return parse_agreement(SMALL + change(TWO), "test.toml")


def open_questions(agreement: Agreement) -> set[str]:
    return {each.question for each in gaps(agreement)}


def test_values_that_differ_are_all_kept_with_the_source_of_each() -> None:
    north = of_two().facilities[0]
    assert [(each.places, each.name, each.source.document) for each in (north, *north.also)] == [
        (300, "North", "A newspaper"),
        (500, "North", "A weekly"),
        (250, "North", "A weekly"),
    ]
    assert spread(north) == {"places": (250, 500)}
    assert spread(of_two().dates["ends_on"]) == {"on": (date(2025, 1, 1), date(2030, 1, 1))}
    assert spread(of_two().answers["suspension"]) == {}


def test_what_sources_differ_about_settles_nothing() -> None:
    assert {"places_and_cells", "suspension"} <= open_questions(of_two())
    assert [each.question for each in floor(of_two()) if each.answered] == ["facilities_by_name"]
    assert answers_of(of_two())["places_and_cells"].disputed


def test_where_sources_differ_the_text_of_the_agreement_itself_counts() -> None:
    text = of_two(lambda text: text.replace('source = "daily"', 'source = "text"'))
    assert {"places_and_cells", "suspension"}.isdisjoint(open_questions(text))
    official = of_two(lambda text: text.replace('quality = "press"', 'quality = "official"'))
    assert {"places_and_cells", "suspension"} <= open_questions(official)


def test_a_time_to_contest_about_which_sources_differ_is_no_fact_for_a_rule() -> None:
    said = '[periods.contest_days]\nvalue = 7\nsource = "daily"\n'
    other = '[[periods.contest_days.also]]\nvalue = 2\nsource = "weekly"\n'
    assert of_two(lambda text: text + said).given["contest_period_hours"] == 168
    assert of_two(lambda text: text + said + other).given["contest_period_hours"] is None


def test_a_second_source_that_says_the_same_is_no_conflict() -> None:
    same = of_two(lambda text: text.replace("places = 500", "places = 300").replace("places = 250", "places = 300"))
    assert "places_and_cells" not in open_questions(same)
    assert not answers_of(same)["places_and_cells"].disputed


def test_what_only_another_source_says_is_no_conflict() -> None:
    silent = of_two(lambda text: text.replace("places = 300\n", "").replace("places = 250", "cells = 250"))
    assert spread(silent.facilities[0]) == {}
    assert not differs(silent.facilities[0])


def test_places_of_several_facilities_are_said_of_each() -> None:
    south = '\n[[facility]]\ncode = "south"\nname = "South"\nstate = "NLD"\n'
    south += 'time_zone = "Europe/Amsterdam"\nplaces = 40\nsource = "daily"\n'
    answer = answers_of(of_two(lambda text: text + south))["places_and_cells"]
    assert answer.text.en == "North: 300, South: 40"
    assert [each.text.en for each in answer.also] == ["North: 500", "North: 250"]


def test_another_source_must_say_something_and_say_whose_word_it_is() -> None:
    nothing = SMALL + TWO.replace("on = 2025-01-01\n", "")
    assert error(nothing).message.code == "toml.key_missing"
    unsourced = SMALL + TWO.replace('on = 2025-01-01\nsource = "weekly"', "on = 2025-01-01")
    assert error(unsourced).message.code == "terms.source_missing"


def test_the_words_and_the_data_show_the_spread_from_low_to_high() -> None:
    text = " ".join(terms_text(of_two(), "en").split())
    assert text.index("Another source: North, Netherlands; days are counted in Europe/Amsterdam. Up to 250") < (
        text.index("Another source: North, Netherlands; days are counted in Europe/Amsterdam. Up to 500")
    )
    assert "Between 250 and 500. Sources differ: this settles nothing." in text
    assert "Between 1 January 2025 and 1 January 2030." in text
    north = terms_json(of_two(), "en")["facilities"][0]
    assert north["settled"] is False
    assert [each["places"] for each in north["also"]] == [250, 500]
    assert north["spread"] == {"places": {"low": 250, "high": 500}}
