"""The page of a case: who answers, what each role sees, the past, corrections, orders."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import replace
from html import unescape

import pytest
from django.test import Client

from habeas import safeguards
from habeas.core.entries import Unstated
from habeas.core.entries.custody import HandoverOffered, Released, RollEntered, Sign
from habeas.core.entries.institutions import Given, StayOrderIssued
from habeas.core.entries.procedure import (
    AllegationRecorded,
    Decided,
    DecisionServed,
    FactRecorded,
    FactVerified,
    NoticeServed,
    Outcome,
    Standing,
    TitleRecorded,
)
from habeas.core.messages import Message
from habeas.web.case_page import TIMELINE_PAGE
from habeas.web.opened import open_case
from tests.store.example import AUDITOR, BOOKING, COURT, DECIDER, OFFICER, RECEIVER, RECEIVING, Register, admitted
from tests.web.conftest import People, browser

CASE = "/cases/case-anna/"
HIDDEN = "Not visible to your role"


@pytest.fixture
def anna(register: Register) -> Register:
    """Anna Fiktiv was proposed, and is held."""
    register.propose("anna", "Anna", "Fiktiv")
    register.wait(days=1)
    register.hold("anna")
    return register


def text_of(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, address
    return unescape(response.content.decode())


def test_the_page_says_who_answers_and_when_the_person_was_last_seen(anna: Register, people: People) -> None:
    anna.wait(hours=3)
    anna.record(
        "case-anna",
        RollEntered(facility="tartu", sign=Sign.ROLL_CALL, seen_by="Officer Quill"),
        by=BOOKING,
        person="person-anna",
    )
    page = text_of(people.alice, CASE)

    assert "Who answers for this person" in page
    assert "Party se-kv" in page
    assert "Seen on the roll, reported by Booking officer" in page
    assert "2 September 2026 at 14:00 (Europe/Tallinn)" in page
    assert "Tartu Prison, Swedish unit" in page


def test_a_case_says_when_the_safeguards_at_hand_decide_nothing(
    anna: Register, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    sentence = "they lack crc.adult, which stands in what was released"
    assert sentence not in text_of(people.alice, CASE)
    weaker = replace(
        safeguards.read(), weaker=(Message("seal.lacks", {"safeguard": "crc.adult", "what": "seal.released"}),)
    )
    monkeypatch.setattr(safeguards, "read", lambda: weaker)
    assert sentence in text_of(people.alice, CASE)


def test_custody_that_nobody_accepted_is_contested_and_names_both(anna: Register, people: People) -> None:
    page = text_of(people.monitor, CASE)

    assert "Contested custody" in page
    assert "Party ee-vm is named too" in page


def test_health_is_shown_to_those_at_the_door_and_hidden_from_officers(anna: Register, people: People) -> None:
    anna.record("case-anna", admitted(health="An invented illness"), by=BOOKING, person="person-anna")
    entry = f"{CASE}entries/{anna_last(anna)}/"

    assert "An invented illness" in text_of(people.bob, entry)
    officers = text_of(people.alice, entry)
    assert "An invented illness" not in officers
    assert HIDDEN in officers
    assert people.charlie.get(entry).status_code == 404


def test_allegations_are_hidden_at_the_door(anna: Register, people: People) -> None:
    body = AllegationRecorded(allegation="An invented allegation", alleged_by="Invented informer")
    anna.record("case-anna", body, by=OFFICER, person="person-anna")
    entry = f"{CASE}entries/{anna_last(anna)}/"

    assert "Invented informer" in text_of(people.alice, entry)
    assert "Allegation recorded" in text_of(people.alice, CASE)
    assert people.bob.get(entry).status_code == 404
    seen_at_the_door = text_of(people.bob, CASE)
    assert "Invented informer" not in seen_at_the_door
    assert "Allegation recorded" not in seen_at_the_door
    assert "Entry not visible to your role" in seen_at_the_door


def test_an_auditor_sees_the_case_without_the_name(anna: Register, people: People) -> None:
    for address in (CASE, "/cases/", "/work/", "/facilities/tartu/"):
        seen, audited = text_of(people.monitor, address), text_of(people.auditor, address)
        assert "Fiktiv" not in audited, address
        assert "Fiktiv" in seen or address == "/work/"
    assert "Name not visible to your role" in text_of(people.auditor, CASE)


def test_a_past_moment_shows_what_was_known_then(anna: Register, people: People) -> None:
    now = text_of(people.alice, CASE)
    then = text_of(people.alice, f"{CASE}?on=2026-09-01&time=23:00")

    assert "Arrived at the door" in now
    assert "Arrived at the door" not in then
    assert "You are looking at the past" in then
    assert "1 September 2026 at 23:00 (Europe/Tallinn)" in then
    assert "What you can do" not in then


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("on=2020-01-01", "Nothing was recorded of this case by then. Choose a later moment."),
        ("on=2026-02-31", "There is no such day in the calendar."),
        ("on=yesterday", "Give the day, the month and the year."),
    ],
)
def test_a_moment_that_cannot_be_chosen_is_said_so(query: str, sentence: str, anna: Register, people: People) -> None:
    page = text_of(people.alice, f"{CASE}?{query}")

    assert sentence in page
    assert "You are looking at the past" not in page


def test_a_stay_order_stands_over_everything(anna: Register, people: People) -> None:
    assert "Stay order of a court in force" not in text_of(people.alice, CASE)
    anna.record(
        "order-1",
        StayOrderIssued(
            court="Invented court",
            reference="Ö 1",
            given=Given.ORAL,
            cases=("case-anna",),
            must_be_done="Bring the person back",
        ),
        by=COURT,
    )

    for client in (people.alice, people.bob):
        page = text_of(client, CASE)
        assert "Stay order of a court in force" in page
        assert "Bring the person back" in page
        assert "Not forbidden, ever: a release, a return" in page


def test_a_correction_keeps_both_wordings(anna: Register, people: People) -> None:
    entry = f"{CASE}entries/{anna.opening('anna').id}/"
    page = text_of(people.alice, f"{entry}correct/family_names/")
    assert 'value="Fiktiv"' in page
    form = {"value": "Fiktiv-Påhittad", "reasons": "An invented slip", "send_id": "b" * 32, "step": "record"}
    people.alice.post(f"{entry}correct/family_names/", form)

    corrected = text_of(people.alice, entry)
    assert "<bdi>Fiktiv</bdi>" in corrected
    assert "<bdi>Fiktiv-Påhittad</bdi>" in corrected
    assert "Fiktiv-Påhittad</bdi></h1>" in text_of(people.alice, CASE)
    assert '<strong class="tag warn">Corrected</strong>' in text_of(people.alice, CASE)


def test_what_may_not_be_seen_may_not_be_corrected(anna: Register, people: People) -> None:
    anna.record("case-anna", admitted(health="An invented illness"), by=BOOKING, person="person-anna")
    address = f"{CASE}entries/{anna_last(anna)}/correct/health/"

    assert people.bob.get(address).status_code == 200
    assert people.alice.get(address).status_code == 404


def test_titles_say_when_they_end(anna: Register, people: People) -> None:
    body = TitleRecorded(
        state="EST",
        authority="Invented court",
        ground="An invented law",
        reference="T 1",
        valid_from_at=anna.now,
        valid_until_at=None,
    )
    anna.record("case-anna", body, by=OFFICER, person="person-anna")
    page = text_of(people.alice, CASE)

    assert "No end stated" in page
    assert "In force" in page


def test_an_end_by_the_holders_word_is_called_so(anna: Register, people: People) -> None:
    unknown = Unstated.NOT_KNOWN
    body = Released(place=unknown, handed_to=unknown, papers=unknown)
    anna.record("case-anna", body, by=BOOKING, person="person-anna")
    page = text_of(people.alice, CASE)

    assert "Ended by the holder’s word" in page
    assert "Propose the same person anew" in page
    form = text_of(people.alice, "/do/propose/?case=case-anna")
    assert 'value="Fiktiv"' in form


def test_a_step_that_would_be_refused_now_is_not_offered_and_says_why(register: Register, people: People) -> None:
    register.propose("anna", "Anna", "Fiktiv")
    page = text_of(browser(DECIDER), CASE)
    decide = f'href="{CASE}do/decide/"'

    assert decide not in page
    folded = page[page.index("Not possible now") :]
    assert "Take the individual decision" in folded[: folded.index("</details>")]
    assert "The notice of the proposal has not been served. Serve it first." in folded
    assert f'href="{CASE}do/report_death/"' in page

    register.record(
        "case-anna", NoticeServed(language="sv", facts_relied_on="all", served_by="Officer Quill"), person="person-anna"
    )
    assert decide in text_of(browser(DECIDER), CASE)


def test_a_fact_is_named_by_what_it_says_to_those_who_may_see_that(anna: Register, people: People) -> None:
    born = FactRecorded(
        name="born_on", value="1990-01-01", as_of_on=anna.now.date(), stated_by="the person", standing=Standing.STATED
    )
    anna.record("case-anna", born, by=OFFICER, person="person-anna")
    fact = anna_last(anna)
    anna.record("case-anna", FactVerified(fact=fact, how="Against the register"), by=DECIDER, person="person-anna")
    name = "the date of birth, recorded 2 September 2026 at 11:00 (Europe/Tallinn)"

    assert f"Which fact: {name}" in text_of(people.alice, CASE)
    assert name in text_of(people.alice, f"{CASE}entries/{anna_last(anna)}/")
    assert "date of birth" not in text_of(people.auditor, CASE)
    named = open_case(AUDITOR, "case-anna", anna.now).names()
    assert named.of(fact) == "Fact recorded, 2 September 2026 at 11:00 (Europe/Tallinn)"


def test_what_a_rule_says_of_health_or_of_a_complaint_is_shown_to_no_officer(anna: Register, people: People) -> None:
    """A held person: the signs of ill-treatment that an examination found, and what they answer to the rules."""
    signs = FactRecorded(
        name="ill_treatment_signs",
        value="true",
        as_of_on=anna.now.date(),
        stated_by="Dr Quill",
        standing=Standing.STATED,
    )
    alleged = dataclasses.replace(signs, name="ill_treatment_alleged")
    for each in (signs, alleged):
        anna.record("case-anna", each, by=COURT, person="person-anna")
    told = ("ill_treatment_signs", "ill_treatment_alleged", "signs of torture", "was ill-treated")
    for officer in (people.alice, browser(RECEIVER)):
        page = text_of(officer, CASE)
        assert [each for each in told if each in page] == []
    page = text_of(people.monitor, CASE)
    assert "was ill-treated" in page


def test_my_work_names_no_step_that_a_stay_order_bars(register: Register, people: People) -> None:
    register.propose("anna", "Anna", "Fiktiv")
    decided = Decided(outcome=Outcome.TRANSFER, reasons="An invented reason", remedy="An invented appeal")
    register.record("case-anna", decided, by=DECIDER, person="person-anna")
    served = DecisionServed(language="sv", served_by="Officer Quill")
    register.record("case-anna", served, person="person-anna")
    accept = f'href="{CASE}do/accept_transfer/"'
    assert accept in text_of(browser(RECEIVER), "/work/")

    order = StayOrderIssued(
        court="Invented court", reference="Ö 1", given=Given.ORAL, cases=("case-anna",), must_be_done="Wait"
    )
    register.record("order-1", order, by=COURT)
    assert accept not in text_of(browser(RECEIVER), "/work/")
    assert "Nothing waits for you now." in text_of(browser(RECEIVER), "/work/")


def test_an_offer_is_answered_only_by_the_side_it_was_made_to(anna: Register, people: People) -> None:
    offer = HandoverOffered(to_party=RECEIVING, place="The door", fitness=Unstated.NOT_KNOWN)
    anna.record("case-anna", offer, by=OFFICER, person="person-anna")

    assert "Handover offered, 2 September 2026" in text_of(people.bob, f"{CASE}do/accept_handover/")
    assert "There is nothing here to choose from yet." in text_of(people.alice, f"{CASE}do/accept_handover/")


def test_names_are_found_however_they_are_spelt(anna: Register, people: People) -> None:
    anna.propose("bo", "كرزان", "اسم-مختلق")
    for typed, found in (("anna fictiv", "case-anna"), ("FIKTIV", "case-anna"), ("كرزان", "case-bo")):
        page = people.alice.post("/cases/", {"name": typed}).content.decode()
        assert f"/cases/{found}/" in page, typed
    nobody = people.alice.post("/cases/", {"name": "Zzyzx"}).content.decode()
    assert "No case that you may open matches" in nobody
    assert "/cases/case-anna/" not in people.charlie.post("/cases/", {"name": "Fiktiv"}).content.decode()


def test_cases_are_filtered_by_stage_and_place_and_never_by_what_rules_answer(anna: Register, people: People) -> None:
    anna.propose("bo", "Bo", "Påhittad")
    held = people.alice.post("/cases/", {"facility": "tartu"}).content.decode()
    proposed = people.alice.post("/cases/", {"stage": "proposed"}).content.decode()

    assert ("case-anna" in held, "case-bo" in held) == (True, False)
    assert ("case-anna" in proposed, "case-bo" in proposed) == (False, True)
    assert "no bar" not in text_of(people.alice, "/cases/").lower()


def test_a_facility_says_how_much_room_each_person_has(anna: Register, people: People) -> None:
    page = text_of(people.alice, "/facilities/tartu/")

    assert "210.00 m²" in page
    assert "CPT/Inf (2015) 44" in page


def anna_last(register: Register) -> str:
    """The id of the latest entry in Anna's case."""
    from habeas.store import streams

    return streams.entries("case-anna")[-1].id


def test_a_long_timeline_says_which_page_it_is_and_stands_on_one_to_be_printed(anna: Register, people: People) -> None:
    assert "This is page" not in text_of(people.alice, CASE)
    sign = RollEntered(facility="tartu", sign=Sign.ROLL_CALL, seen_by="Officer Quill")
    anna.record("case-anna", *[sign] * 40, by=BOOKING, person="person-anna")

    page, whole = text_of(people.alice, CASE), text_of(people.alice, f"{CASE}?all=1")
    assert "This is page 1 of 2." in page
    assert 'href="?all=1#timeline"' in page
    assert "All 43 entries on one page, to print" in page
    assert "This is page" not in whole
    listed = [re.findall('<ol class="timeline">.*?</ol>', each, re.DOTALL)[0].count("<li>") for each in (page, whole)]
    assert listed == [TIMELINE_PAGE, 43]
