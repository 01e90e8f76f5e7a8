"""An act from its form to its receipt: recorded once, kept on every error, refused with reasons."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from habeas.core.context import UNLISTED
from habeas.core.entries import Actor
from habeas.core.entries.custody import DepartedUnproposed, Died, RollEntered
from habeas.core.entries.procedure import AllegationRecorded, EvidenceAdded, FactRecorded, Proposed
from habeas.register.receipt import parse_receipt
from habeas.store import read, streams
from habeas.web import pickers
from tests.store.example import BOOKING, OFFICER, RECEIVER, Register
from tests.web.conftest import BACKEND, People, account, browser

SEND_ID = "a" * 32
NOT_KNOWN = "not_known"
CASE = "/cases/case-anna/"
SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}
NAMES = ["Çağrı Øveraas-Ñúñez", "كرزان اسم-مختلق", "李虚构", "\u200fgnirts\u200d a\u200e!"]


def now(client: Client, address: str) -> dict[str, str]:
    """What the page of an act fills in: the moment and the one-time id."""
    page = client.get(address).content.decode()
    inputs = re.findall(r'name="(occurred_at_\w+|send_id)"[^>]*value="([^"]*)"', page)
    return dict(inputs)


def allegation(client: Client, **more: str) -> dict[str, str]:
    """A form that is complete."""
    address = f"{CASE}do/record_allegation/"
    words = {"allegation": "An invented allegation", "alleged_by": "Invented informer", "step": "record"}
    return {**now(client, address), **words, **more}


def recorded(kind: type) -> list[Any]:
    """What the case of Anna holds of a kind."""
    return [each.body for each in streams.entries("case-anna") if isinstance(each.body, kind)]


@pytest.fixture
def anna(register: Register) -> Register:
    """A register in which Anna Fiktiv is proposed."""
    register.propose("anna", "Anna", "Fiktiv")
    return register


def test_an_act_is_checked_then_recorded_then_proved(anna: Register, people: People) -> None:
    address = f"{CASE}do/record_allegation/"
    form = allegation(people.alice)

    checked = people.alice.post(address, {**form, "step": "check"}).content.decode()
    assert "Check your answers" in checked
    assert "Invented informer" in checked
    assert recorded(AllegationRecorded) == []

    done = people.alice.post(address, form, follow=True)
    assert recorded(AllegationRecorded) == [
        AllegationRecorded(allegation="An invented allegation", alleged_by="Invented informer", answer=None)
    ]
    page = done.content.decode()
    assert "Entry number" in page
    receipt = people.alice.get(f"{done.redirect_chain[-1][0]}file/")
    assert receipt["Content-Disposition"].startswith("attachment")
    paths = {field.path for field in parse_receipt(receipt.content).disclosure.disclosed}
    assert "body.allegation" in paths
    drawn = people.alice.get(f"{done.redirect_chain[-1][0]}qr.svg")
    assert drawn["Content-Type"] == "image/svg+xml"
    assert drawn.content.startswith(b"<svg")


def test_a_form_sent_twice_is_recorded_once(anna: Register, people: People) -> None:
    address = f"{CASE}do/record_allegation/"
    form = allegation(people.alice)

    first = people.alice.post(address, form)
    second = people.alice.post(address, form, follow=True)

    assert len(recorded(AllegationRecorded)) == 1
    assert second.redirect_chain[0][0].startswith(first["Location"])
    assert "nothing was recorded twice" in second.content.decode()


def test_changing_the_answers_brings_them_back(anna: Register, people: People) -> None:
    form = allegation(people.alice, step="change")
    page = people.alice.post(f"{CASE}do/record_allegation/", form).content.decode()

    assert "An invented allegation</textarea>" in page
    assert recorded(AllegationRecorded) == []


def test_an_empty_form_says_what_is_missing_and_leads_there(anna: Register, people: People) -> None:
    response = people.alice.post(f"{CASE}do/record_allegation/", {"send_id": SEND_ID, "step": "record"})
    page = unescape(response.content.decode())

    assert response.status_code == 422
    assert '<a href="#allegation">What is alleged: Answer this question.</a>' in page
    assert '<a href="#occurred_at_day">When did this happen?: Give the day, the month and the year.' in page or (
        '<a href="#occurred_at_day">When did this happen?: Answer this question.</a>' in page
    )
    assert "<title>Error:" in page


def test_what_was_typed_is_kept_when_something_is_wrong(anna: Register, people: People) -> None:
    form = allegation(people.alice, alleged_by="", allegation="Typed <b>with care</b>")
    page = people.alice.post(f"{CASE}do/record_allegation/", form).content.decode()

    assert "Typed &lt;b&gt;with care&lt;/b&gt;</textarea>" in page
    assert form["send_id"] in page


@pytest.mark.parametrize("name", NAMES)
def test_names_in_any_script_are_recorded_and_shown_apart(name: str, anna: Register, people: People) -> None:
    people.alice.post(f"{CASE}do/record_allegation/", allegation(people.alice, alleged_by=name))

    entry = streams.entries("case-anna")[-1]
    assert recorded(AllegationRecorded)[0].alleged_by == name
    assert f'<bdi class="prose">{name}</bdi>' in unescape(
        people.alice.get(f"{CASE}entries/{entry.id}/").content.decode()
    )


def test_a_nul_a_huge_and_a_repeated_answer_are_each_one_sentence(anna: Register, people: People) -> None:
    address = f"{CASE}do/record_allegation/"
    sentences = {
        "control character": allegation(people.alice, alleged_by="a\x00b"),
        "It has 20001 characters; the most is 20000. Shorten it.": allegation(people.alice, allegation="x" * 20_001),
        "sent more than once": {**allegation(people.alice), "alleged_by": ["one", "two"]},
        "The form was not complete": allegation(people.alice, send_id="?"),
    }
    for sentence, form in sentences.items():
        response = people.alice.post(address, form)
        assert (response.status_code, sentence in response.content.decode()) == (422, True), sentence
    assert recorded(AllegationRecorded) == []


def test_more_than_the_server_reads_is_said_so(anna: Register, people: People, settings: Settings) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
    large = people.alice.post(f"{CASE}do/record_allegation/", {"allegation": "x" * 1_500_000})
    many = people.alice.post(f"{CASE}do/record_allegation/", {f"field{each}": "x" for each in range(1_500)})

    for response in (large, many):
        assert response.status_code == 413
        assert "This is too much to send at once" in response.content.decode()


def test_a_session_that_ended_keeps_what_was_typed(anna: Register, people: People) -> None:
    form = allegation(people.alice)
    people.alice.logout()
    response = people.alice.post(f"{CASE}do/record_allegation/", form, headers=SAME_ORIGIN)
    page = response.content.decode()

    assert response.status_code == 401
    assert 'value="An invented allegation"' in page
    assert "Send again" in page
    kept = dict(re.findall(r'<input type="hidden" name="(?!csrf)(\w+)" value="([^"]*)"', page))
    people.alice.force_login(account(read.entry(anna.opening("anna").id).actor), backend=BACKEND)  # type: ignore[union-attr]
    people.alice.post(
        f"{CASE}do/record_allegation/", {name: unescape(value) for name, value in kept.items()} | {"step": "record"}
    )
    assert [each.allegation for each in recorded(AllegationRecorded)] == ["An invented allegation"]


def test_a_form_from_another_site_is_not_offered_again(anna: Register, people: People) -> None:
    form = allegation(people.alice)
    people.alice.logout()
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://elsewhere.example"}, {}):
        response = people.alice.post(f"{CASE}do/record_allegation/", form, headers=headers)
        assert response.status_code == 403
        assert "An invented allegation" not in response.content.decode()


def test_an_expired_token_keeps_what_was_typed(anna: Register, people: People) -> None:
    form = allegation(people.alice)
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = people.alice.cookies
    same = strict.post(f"{CASE}do/record_allegation/", form, headers=SAME_ORIGIN)
    other = strict.post(f"{CASE}do/record_allegation/", form, headers={"Sec-Fetch-Site": "cross-site"})

    assert (same.status_code, other.status_code) == (403, 403)
    assert 'value="An invented allegation"' in same.content.decode()
    assert "An invented allegation" not in other.content.decode()


def test_a_password_is_never_kept_in_a_page(register: Register, people: People) -> None:
    strict = Client(enforce_csrf_checks=True)
    for address, form in (
        ("/account/sign-in/", {"login": "officer-1", "password": "secret of mine"}),
        ("/invitation/?key=x", {"password": "secret of mine", "again": "secret of mine"}),
        ("/account/password/", dict.fromkeys(("oldpassword", "password1", "password2"), "secret of mine")),
    ):
        response = strict.post(address, form, headers=SAME_ORIGIN)

        assert response.status_code == 403
        assert "secret of mine" not in response.content.decode()


def test_a_refusal_gives_every_reason_and_keeps_the_form(anna: Register, people: People) -> None:
    address = f"{CASE}do/put_on_manifest/"
    form = {
        **now(people.alice, address),
        "manifest": "invented flight 1",
        "departs_from": "Invented airfield",
        "escort": "Invented escort",
        "departs_at_day": "1", "departs_at_month": "1", "departs_at_year": "2027", "departs_at_time": "10:00",
        "step": "record",
    }  # fmt: skip
    response = people.alice.post(address, form)
    page = unescape(response.content.decode())

    assert response.status_code == 422
    assert "This was not recorded" in page
    assert 'value="invented flight 1"' in page
    assert len(re.findall(r"<li>", page[page.index("summary-of-errors") : page.index("<h1")])) > 1


def test_a_fact_is_stated_in_its_own_form(anna: Register, people: People) -> None:
    address = f"{CASE}do/record_fact/?fact=sentence_final"
    form = {
        **now(people.alice, address),
        "value": "true",
        "as_of_on_day": "1", "as_of_on_month": "9", "as_of_on_year": "2026",
        "stated_by": "Invented court", "standing": "stated", "step": "record",
    }  # fmt: skip
    people.alice.post(address, form)

    assert [(each.name, each.value) for each in recorded(FactRecorded)] == [("sentence_final", "true")]
    entry = streams.entries("case-anna")[-1]
    page = people.alice.get(f"{CASE}entries/{entry.id}/").content.decode()
    assert '<bdi class="prose">Yes</bdi>' in page


def test_a_document_is_kept_with_its_digest_and_given_back(anna: Register, people: People) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    address = f"{CASE}do/add_evidence/"
    form: dict[str, Any] = {
        **now(people.alice, address),
        "document": "judgment", "issuer": "Invented court", "reference": "I-1", "step": "record",
        "dated_on_day": "1", "dated_on_month": "9", "dated_on_year": "2026",
    }  # fmt: skip
    without = people.alice.post(address, form)
    assert "Choose the file of the document." in without.content.decode()

    people.alice.post(address, {**form, "file": SimpleUploadedFile("x.pdf", b"%PDF-1.7 invented")})
    assert [each.size_bytes for each in recorded(EvidenceAdded)] == [len(b"%PDF-1.7 invented")]
    entry = streams.entries("case-anna")[-1]
    given = people.alice.get(f"{CASE}entries/{entry.id}/document/")
    assert given.content == b"%PDF-1.7 invented"
    assert given["Content-Disposition"].startswith("attachment")
    assert people.charlie.get(f"{CASE}entries/{entry.id}/document/").status_code == 404


def test_one_person_is_proposed_through_the_form(register: Register, people: People) -> None:
    form = {
        **now(people.alice, "/do/propose/"),
        "agreement": "se-ee-2025", "facility": "tartu", "given_names": "كرزان", "family_names": "اسم-مختلق",
        "born_on_unstated": NOT_KNOWN, "sex": NOT_KNOWN, "nationalities": ["SWE", ""], "language": "ar",
        "home_reference_unstated": NOT_KNOWN, "held_at_unstated": NOT_KNOWN,
        "reasons": "An invented reason", "step": "record",
    }  # fmt: skip
    response = people.alice.post("/do/propose/", form, follow=True)

    page = response.content.decode()
    assert response.status_code in {200, 422}
    if response.status_code == 422:  # the agreement does not answer the floor: it says what is missing
        assert "This was not recorded" in page
        assert "كرزان" in page
    else:
        found = read.cases(OFFICER)
        assert [each.opening.body.given_names for each in found if isinstance(each.opening.body, Proposed)] == ["كرزان"]


ADDRESS = "/do/report_unproposed_departure/"
UNPROPOSED = {
    "agreement": "se-ee-2025", "facility": UNLISTED, "given_names": "Anna", "family_names": "Fiktiv",
    **{f"{each}_unstated": NOT_KNOWN for each in (
        "born_on", "sex", "nationalities", "language", "home_reference", "departed_from", "destination", "means",
        "brought_by", "circumstances",
    )},
}  # fmt: skip


@pytest.mark.parametrize(("address", "by"), [(ADDRESS, OFFICER), ("/do/report_unannounced_arrival/", RECEIVER)])
def test_that_a_person_was_taken_is_on_record_wherever_it_was_to(register: Register, address: str, by: Actor) -> None:
    client = browser(by)
    form = {**now(client, address), **UNPROPOSED, "step": "record"}

    page = client.post(address, form, follow=True).content.decode()

    assert "Entry number" in page
    assert "Another place, or not known which" in page
    [case] = read.cases(by)
    assert case.facility == UNLISTED


def test_who_acts_at_no_facility_reports_an_arrival_and_ends_on_a_page_that_is_theirs(register: Register) -> None:
    address, by = "/do/report_unannounced_arrival/", replace(BOOKING, account="booking-8", facility=None)
    client = browser(by)

    answer = client.post(address, {**now(client, address), **UNPROPOSED, "step": "record"}, follow=True)

    assert (answer.status_code, "What you reported is on record" in answer.content.decode()) == (200, True)
    assert [*read.cases(by)] == []
    [case] = read.cases(RECEIVER)
    assert case.facility == UNLISTED


def test_only_reports_name_a_place_without_certificate(register: Register, people: People) -> None:
    context = replace(read.context(read.adopted_agreements()[0], register.now), facilities={})
    [named] = context.agreement.facilities
    offered = pickers.of_context(context, OFFICER)

    assert [each.value for each in pickers.of_body(Proposed, offered)["facility"]] == []
    assert [each.value for each in pickers.of_body(DepartedUnproposed, offered)["facility"]] == [named.code, UNLISTED]
    offered = pickers.of_context(context, BOOKING)
    assert [each.value for each in pickers.of_body(RollEntered, offered)["facility"]] == [BOOKING.facility]


def test_the_roll_is_entered_person_by_person(anna: Register, people: People) -> None:
    anna.hold("anna")
    page = people.bob.get("/facilities/tartu/").content.decode()
    assert "Fiktiv" in page
    form = dict(
        re.findall(r'<input type="hidden" name="(?!csrf)(\w+)" value="([^"]*)"', page[page.index('id="roll"') :])
    )
    response = people.bob.post(
        f"{CASE}do/enter_roll/", {**form, "sign": "roll_call", "seen_by": "Officer Quill", "step": "record"}
    )

    assert response["Location"] == "/facilities/tartu/#roll"
    assert [(each.sign.value, each.seen_by) for each in recorded(RollEntered)] == [("roll_call", "Officer Quill")]


def test_a_death_is_taken_with_nothing_known(anna: Register, people: People) -> None:
    anna.hold("anna")
    address = f"{CASE}do/report_death/"
    fields = ("circumstances", "cause", "investigated_by", "remains")
    form = {**now(people.bob, address), **{f"{each}_unstated": NOT_KNOWN for each in fields}, "step": "record"}
    people.bob.post(address, form)

    assert len(recorded(Died)) == 1


def test_the_receiving_side_knows_nothing_of_a_proposal_before_the_decision(anna: Register, people: People) -> None:
    assert "Fiktiv" in people.alice.get("/cases/").content.decode()
    assert "Fiktiv" not in people.bob.get("/cases/").content.decode()
    assert people.bob.get(CASE).status_code == 404
    assert browser(anna.opening("anna").actor).get(CASE).status_code == 200
