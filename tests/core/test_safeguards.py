"""The safeguards: every example of every one, what is refused, and who is bound."""

from __future__ import annotations

from datetime import date

import pytest

from habeas import safeguards
from habeas.core.facts import CATALOGUE, Origin
from habeas.core.messages import FileError
from habeas.core.rules import RuleError
from habeas.core.safeguards import Binds, Result, Step, parse_instrument, parse_safeguards
from habeas.speech import say

RELEASED = safeguards.read()
EXAMPLES = [(each, example) for each in RELEASED.safeguards for example in each.examples]
OUTWARD = {Step.SCREENING, Step.DECISION, Step.DEPARTURE, Step.HANDOVER}


@pytest.mark.parametrize(
    ("safeguard", "example"), EXAMPLES, ids=[f"{each.id}: {example.title}" for each, example in EXAMPLES]
)
def test_every_example_of_every_safeguard(safeguard, example):
    assert safeguard.result(example.given) is example.expect


def test_the_laws_of_the_first_release_are_all_there():
    # L16 is the agreement's own eligibility, which its file holds.
    wanted = {f"L{n:02}" for n in range(1, 20)} - {"L16"}
    in_custody = {f"L{n}" for n in (*range(20, 29), *range(30, 41), *range(50, 55))}
    assert {each.law for each in RELEASED.safeguards} == wanted | in_custody


@pytest.mark.parametrize("safeguard", RELEASED.safeguards, ids=lambda each: each.id)
def test_each_safeguard_shows_that_it_can_be_met_fail_and_stay_open(safeguard):
    results = {example.expect for example in safeguard.examples}
    binding = {Result.MET, Result.BARRED, Result.NOT_SHOWN}
    standard = {Result.STANDARD_MET, Result.STANDARD_NOT_MET, Result.STANDARD_NOT_SHOWN}
    assert standard <= results if _is_standard(safeguard) else binding <= results


def _is_standard(safeguard):
    return safeguard.instrument.binds is Binds.STANDARD or safeguard.instrument.standard_for_others


@pytest.mark.parametrize("safeguard", RELEASED.safeguards, ids=lambda each: each.id)
def test_no_safeguard_is_met_by_nothing(safeguard):
    """With no fact at all nothing is met, nothing is barred and nothing falls away."""
    assert safeguard.result({}) in (Result.NOT_SHOWN, Result.STANDARD_NOT_SHOWN)


@pytest.mark.parametrize("safeguard", RELEASED.safeguards, ids=lambda each: each.id)
def test_every_text_stands_in_both_languages_and_every_source_is_named(safeguard):
    for words in (safeguard.title, safeguard.reason, safeguard.instrument.title):
        assert words.en.strip()
        assert words.es.strip()
        assert words.en != words.es
    assert safeguard.source.cite


def test_what_bars_is_asked_before_every_outward_step_that_follows():
    """Every outward step asks its safeguards anew: none is asked once and forgotten."""
    order = [Step.SCREENING, Step.DECISION, Step.DEPARTURE, Step.HANDOVER]
    for each in RELEASED.safeguards:
        asked = [step in each.steps for step in order[:3]]
        assert asked == sorted(asked), each.id


def test_no_fact_is_a_label():
    forbidden = ("gang", "member", "tattoo", "dress", "religio", "ethnic", "opinion", "associat", "score", "risk_level")
    assert [name for name in CATALOGUE if any(word in name for word in forbidden)] == []


@pytest.mark.parametrize("definition", CATALOGUE.values(), ids=lambda each: each.name)
def test_every_fact_is_defined_in_both_languages(definition):
    said = [say(definition.definition, language) for language in ("en", "es")]
    assert f"fact.{definition.name}" not in said
    assert said[0] != said[1]


@pytest.mark.parametrize(
    "definition", [each for each in CATALOGUE.values() if each.origin is not Origin.TERMS], ids=lambda each: each.name
)
def test_every_fact_that_is_not_the_terms_own_names_evidence_that_would_settle_it(definition):
    assert definition.settled_by


# --- who is bound ----------------------------------------------------------------------------------


def of(id):
    return next(each for each in RELEASED.safeguards if each.id == id)


def test_a_treaty_binds_from_its_day_and_not_before():
    space = of("echr.space")
    crowded = {"sending_state": "EST", "receiving_state": "EST", "living_space_cm2_each": 20000}
    assert space.result({**crowded, "asked_on": date(1996, 4, 15)}) is Result.NOT_APPLICABLE
    assert space.result({**crowded, "asked_on": date(1996, 4, 16)}) is Result.BARRED


def test_a_state_in_neither_list_is_not_known_to_be_unbound_so_the_treaty_applies():
    crowded = {"sending_state": "NOR", "receiving_state": "NLD", "living_space_cm2_each": 20000}
    assert of("echr.space").result(crowded) is Result.BARRED
    assert of("echr.space").result({**crowded, "sending_state": "USA", "receiving_state": "SLV"}) is (
        Result.NOT_APPLICABLE
    )


def test_one_bound_state_is_enough_where_the_duty_is_of_either():
    born = {"born_on": date(2010, 1, 1), "asked_on": date(2025, 3, 15), "child_asserted": False}
    assert of("crc.adult").result({**born, "sending_state": "USA", "receiving_state": "SLV"}) is Result.BARRED


def test_a_standard_never_bars():
    for each in RELEASED.safeguards:
        if each.instrument.binds is Binds.STANDARD:
            assert {example.expect for example in each.examples}.isdisjoint({Result.BARRED, Result.MET})


# --- what is refused -------------------------------------------------------------------------------

GOOD = """\
[instrument]
id = "invented"
title.en = "An invented treaty"
title.es = "Un tratado inventado"
binds = "treaty"
source = "Nowhere"
quality = "text"
[[instrument.bound]]
state = "SWE"

[[safeguard]]
id = "invented.one"
law = "L99"
article = "art. 1"
title.en = "One"
title.es = "Uno"
kind = "bars"
duty_of = "sending"
steps = ["decision"]
condition = "sex = 'male'"
reason.en = "Because."
reason.es = "Porque sí."
source = "Nowhere, art. 1"
quality = "text"
[[safeguard.example]]
title = "A man"
given = { sex = "male" }
expect = "met"
"""


@pytest.mark.parametrize(
    ("old", "new", "code", "line", "column"),
    [
        ("sex = 'male'\"", "sexx = 'male'\"", "rule.unknown_fact_near", 20, 14),
        ("sex = 'male'\"", 'sex = 3"', "rule.wrong_type", 20, 20),
        ("\"sex = 'male'\"", '"""\nsex = \'male\'\nand sexx"""', "rule.unknown_fact_near", 22, 5),
        ('source = "Nowhere, art. 1"\n', "", "toml.key_missing", 11, 1),
        ('steps = ["decision"]', 'steps = ["desicion"]', "toml.not_one_of", 19, 9),
        ('kind = "bars"', 'kind = "forbids"', "toml.not_one_of", 17, 9),
        ('state = "SWE"', 'state = "SWD"', "toml.unknown_country", 9, 10),
        ('[[instrument.bound]]\nstate = "SWE"\n', "", "toml.nobody_bound", 1, 1),
        ('given = { sex = "male" }', "given = { sex = 3 }", "toml.wrong_value", 27, 9),
        ('given = { sex = "male" }', 'given = { tattoos = "male" }', "toml.unknown_fact", 27, 9),
        ('reason.es = "Porque sí."\n', "", "toml.key_missing", 21, 14),
        ('law = "L99"', 'law = "L99"\nlwa = "L99"', "toml.unknown_key", 14, 8),
        ('law = "L99"', 'law = "L99', "toml.not_toml", 13, 11),
        ('quality = "text"\n[[safeguard.example]]', "[[safeguard.example]]", "toml.key_missing", 11, 1),
    ],
)
def test_a_file_that_can_not_be_used_is_refused_with_its_place(old, new, code, line, column):
    assert old in GOOD
    with pytest.raises((FileError, RuleError)) as caught:
        parse_instrument(GOOD.replace(old, new, 1), "invented.toml")
    place = caught.value.place
    assert caught.value.message.code == code
    assert (place.file, place.line, place.column) == ("invented.toml", line, column)
    for language in ("en", "es"):
        assert "{" not in say(caught.value.message, language)
        assert say(caught.value.message, language) != code


def test_the_good_file_is_taken():
    (safeguard,) = parse_instrument(GOOD, "invented.toml")
    assert safeguard.result({"sex": "female"}) is Result.BARRED


def test_a_safeguard_without_an_example_is_refused():
    with pytest.raises(FileError) as caught:
        parse_instrument(GOOD[: GOOD.index("[[safeguard.example]]")], "invented.toml")
    assert caught.value.message.code == "toml.no_example"


def test_the_digest_changes_with_every_byte_and_with_every_name():
    texts = {"a.toml": GOOD}
    digest = parse_safeguards(texts).digest
    assert parse_safeguards(dict(texts)).digest == digest
    assert parse_safeguards({"a.toml": f"{GOOD}# a comment\n"}).digest != digest
    assert parse_safeguards({"b.toml": GOOD}).digest != digest


def test_two_safeguards_with_one_id_are_refused():
    with pytest.raises(FileError) as caught:
        parse_safeguards({"a.toml": GOOD, "b.toml": GOOD})
    assert (caught.value.message.code, caught.value.message.parameters["found"]) == ("toml.repeated", "invented.one")


def test_a_safeguard_asked_at_no_step_is_refused():
    with pytest.raises(FileError) as caught:
        parse_instrument(GOOD.replace('steps = ["decision"]', "steps = []"), "invented.toml")
    assert (caught.value.message.code, caught.value.place.line) == ("toml.key_missing", 19)


def test_what_nobody_has_read_yet_is_marked():
    (read,) = parse_instrument(GOOD, "invented.toml")
    unread = GOOD.replace('1"\nquality = "text"', '1"\nfrom_general_knowledge = true')
    (marked,) = parse_instrument(unread, "invented.toml")
    assert (read.source.from_general_knowledge, marked.source.from_general_knowledge) == (False, True)
