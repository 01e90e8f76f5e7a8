"""A clock in a file: what is read, and what is refused with its place."""

from __future__ import annotations

from datetime import timedelta

import pytest

from habeas import safeguards
from habeas.core.clock_rules import ON_CASE, ClockRule, Event, Owner
from habeas.core.messages import FileError
from habeas.core.safeguards import parse_instrument, parse_safeguards
from habeas.core.terms import parse_agreement
from habeas.speech import LANGUAGES, say, word

RELEASED = safeguards.read().clocks

INSTRUMENT = """\
[instrument]
id = "invented"
title.en = "An invented treaty"
title.es = "Un tratado inventado"
binds = "treaty"
source = "Nowhere"
quality = "text"
[[instrument.bound]]
state = "SWE"
"""
CLOCK = """\
[[clock]]
id = "invented_answer"
law = "L99"
article = "art. 2"
title.en = "Answer"
title.es = "Respuesta"
source = "Nowhere, art. 2"
from_general_knowledge = true
owner = "receiving"
starts = [{ kind = "handover_offered" }]
stops = [{ kind = "handover_accepted" }, { kind = "consular_wish_stated", where = { consul_to_be_told = false } }]
hours = 5
"""


def clocks_of(text: str, instrument: str = INSTRUMENT) -> tuple[ClockRule, ...]:
    """The clocks of an invented instrument."""
    return parse_safeguards({"invented.toml": f"{instrument}\n{text}"}).clocks


def test_a_clock_is_read_with_all_that_it_says() -> None:
    (clock,) = clocks_of(CLOCK)
    assert (clock.id, clock.law, clock.article, clock.title.es) == ("invented_answer", "L99", "art. 2", "Respuesta")
    assert (clock.owner, clock.hours, clock.breach) == (Owner.RECEIVING, 5, "")
    assert clock.starts == (Event(kind="handover_offered", where={}),)
    assert clock.stops[1] == Event(kind="consular_wish_stated", where={"consul_to_be_told": False})
    assert clock.cite == "Nowhere, art. 2 (general knowledge)"


SAFEGUARD = """\
[[safeguard]]
id = "invented.one"
law = "L98"
article = "art. 1"
title.en = "One"
title.es = "Uno"
kind = "clock"
duty_of = "sending"
steps = ["held"]
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
OWN = 'law = "L99"\narticle = "art. 2"\n'
SOURCE = 'source = "Nowhere, art. 2"\nfrom_general_knowledge = true\n'


def test_beside_a_safeguard_it_takes_law_article_and_source_from_it() -> None:
    text = SAFEGUARD + CLOCK.replace(OWN, 'safeguard = "invented.one"\n').replace(SOURCE, "")
    (clock,) = clocks_of(text)
    assert (clock.law, clock.article, clock.cite) == ("L98", "art. 1", "Nowhere, art. 1")
    assert [each.id for each in parse_instrument(f"{INSTRUMENT}\n{text}", "invented.toml")] == ["invented.one"]


def test_terms_have_clocks_of_their_own_with_the_source_that_they_name() -> None:
    from habeas import agreements

    text = agreements.read("se-ee-2025") + CLOCK.replace(OWN, 'clause = "art. 9"\n').replace(
        SOURCE, 'source = "reports"\n'
    )
    (clock,) = parse_agreement(text, "se-ee-2025.toml").clocks
    assert (clock.article, clock.source.clause) == ("art. 9", "art. 9")


WRONG = {
    "an unknown kind of entry": ('"handover_offered"', '"handover_ofered"', "toml.not_one_of"),
    "a kind of entry that no case has": ('"handover_offered"', '"facility_certified"', "toml.not_one_of"),
    "an unknown field": ("consul_to_be_told = false", "consul_told = false", "toml.clock_field"),
    "nothing that begins it": ('[{ kind = "handover_offered" }]', "[]", "toml.key_missing"),
    "an unknown owner": ('owner = "receiving"', 'owner = "everybody"', "toml.not_one_of"),
    "no length": ("hours = 5", "", "toml.clock_length"),
    "two lengths": ("hours = 5", "hours = 5\ndays = 1", "toml.clock_length"),
    "a period beside a moment": ("hours = 5", 'due = "due_at"\nperiod = "contest_days"', "toml.clock_length"),
    "an unknown period": ("hours = 5", 'period = "lunch_hours"', "toml.not_one_of"),
    "an unknown finding": ("hours = 5", 'hours = 5\nbreach = "shame"', "toml.not_one_of"),
    "working days of nowhere": ("hours = 5", "working_days = 5", "toml.clock_length"),
    "a country without working days": ("hours = 5", 'hours = 5\ncountry = "EST"', "toml.clock_length"),
    "no such country": ("hours = 5", 'working_days = 5\ncountry = "Estonia"', "toml.not_one_of"),
    "a moment that the entry does not have": ("hours = 5", 'due = "due_at"', "toml.clock_due"),
    "a person's time without a period": ('owner = "receiving"', 'owner = "person"', "toml.clock_of_person"),
    "a pause without its end": (
        "hours = 5",
        'hours = 5\npauses = [{ kind = "title_recorded", rests_on = "reference" }]',
        "toml.key_missing",
    ),
    "a pause that rests on nothing": (
        "hours = 5",
        'hours = 5\npauses = [{ kind = "title_recorded" }]\nresumes = [{ kind = "title_ended" }]',
        "toml.key_missing",
    ),
    "a pause whose order may be left open": (
        "hours = 5",
        'hours = 5\npauses = [{ kind = "died", rests_on = "cause" }]\nresumes = [{ kind = "title_ended" }]',
        "toml.not_one_of",
    ),
    "a key that means nothing": ("hours = 5", "hours = 5\nweeks = 2", "toml.unknown_key"),
    "a safeguard of another file": (OWN, 'safeguard = "iccpr.notice"\n', "toml.not_one_of"),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_refused_with_its_place_in_both_languages(what: str) -> None:
    old, new, code = WRONG[what]
    assert old in CLOCK
    with pytest.raises(FileError) as refused:
        clocks_of(CLOCK.replace(old, new))
    assert refused.value.message.code == code
    assert refused.value.place.file == "invented.toml"
    assert refused.value.place.line > INSTRUMENT.count("\n")
    assert len({say(refused.value.message, each) for each in LANGUAGES}) == 2


def test_an_id_twice_is_refused() -> None:
    with pytest.raises(FileError, match="repeated"):
        clocks_of(CLOCK + CLOCK)


@pytest.mark.parametrize("clock", RELEASED, ids=lambda each: each.id)
def test_each_released_clock_has_words_in_both_languages_and_an_article(clock: ClockRule) -> None:
    said = {word(f"clock.{clock.id}", each) for each in LANGUAGES}
    assert said == {clock.title.en, clock.title.es}
    assert len(said) == 2
    assert clock.law
    assert clock.article
    assert clock.source.document


def test_the_floor_of_a_persons_time_is_its_own_length() -> None:
    floors = {each.id: each.floor for each in RELEASED if each.owner is Owner.PERSON}
    assert floors == {"objection": timedelta(hours=24), "contest": timedelta(hours=24)}


def test_every_kind_that_can_begin_a_clock_stands_in_a_case() -> None:
    assert {"admitted", "proposed", "arrived_unannounced"} <= set(ON_CASE)
    assert not {"facility_certified", "visit_asked", "statement_issued"} & set(ON_CASE)
