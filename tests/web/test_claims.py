"""Counsel and claims on the pages: whose case it is, who reads a claim, and what neither state is told."""

from __future__ import annotations

import re

import pytest
from django.http import HttpResponse
from django.test import Client

from habeas.core.entries import Actor, Role
from habeas.core.entries.claims import (
    Asks,
    ClaimAnswered,
    ClaimDecided,
    ClaimGround,
    CounselNamed,
    DetentionClaimed,
    NamedBy,
)
from habeas.store import streams
from tests.store.example import AUDITOR, BOOKING, COURT, MONITOR, OFFICER, RECEIVER, Register
from tests.web.conftest import People, account, browser
from tests.web.test_acts import CASE, now, recorded

COUNSEL = Actor(account="counsel-anna", party="ee-oik", role=Role.COUNSEL)
OTHER_COUNSEL = Actor(account="counsel-other", party="ee-oik", role=Role.COUNSEL)
REVIEWER = Actor(account="reviewer-1", party="se-court", role=Role.REVIEWER)
SAID = "an invented claim of her counsel"
CLAIMED = DetentionClaimed(ground=ClaimGround.TITLE_EXPIRED, said=SAID, asks=Asks.RETURN)
NAMED = CounselNamed(counsel=COUNSEL.account, named_by=NamedBy.PERSON)


@pytest.fixture
def anna(register: Register) -> Register:
    """Anna Fiktiv is held, and Bea Example proposed."""
    register.propose("anna", "Anna", "Fiktiv")
    register.propose("bea", "Bea", "Example")
    register.wait(days=1)
    register.hold("anna")
    return register


@pytest.fixture
def counsel(anna: Register) -> Client:
    """The browser of Anna's counsel."""
    anna.record("case-anna", NAMED, person="person-anna")
    return browser(COUNSEL)


def bare(response: HttpResponse, case_id: str) -> str:
    """A page without its address and its form's token."""
    page = response.content.decode().replace(case_id, "")
    return re.sub(r'csrfmiddlewaretoken" value="[^"]*"', "", page)


def name_counsel(client: Client, whom: str) -> tuple[int, str]:
    address = f"{CASE}do/name_counsel/"
    form = {**now(client, address), "counsel": whom, "named_by": "person", "step": "record"}
    response = client.post(address, form)
    return response.status_code, response.content.decode()


def test_counsel_is_named_from_the_accounts_of_counsel(anna: Register, people: People) -> None:
    account(COUNSEL)
    asked = people.alice.get(f"{CASE}do/name_counsel/").content.decode()
    assert "counsel-anna, Party ee-oik" in asked
    assert "auditor-1" not in asked
    assert name_counsel(people.alice, COUNSEL.account)[0] == 302
    assert recorded(CounselNamed) == [NAMED]


def test_nobody_else_is_named_counsel(anna: Register, people: People) -> None:
    account(COUNSEL)
    assert name_counsel(people.alice, "officer-1")[0] == 422
    assert recorded(CounselNamed) == []


def test_counsel_sees_their_own_case_and_nothing_tells_another_that_it_exists(counsel: Client, people: People) -> None:
    assert "Anna Fiktiv" in counsel.get(CASE).content.decode()
    listed = counsel.get("/cases/").content.decode()
    assert ("Anna Fiktiv" in listed, "Bea Example" in listed) == (True, False)
    other = browser(OTHER_COUNSEL)
    unknown = other.get("/cases/case-nobody/")
    refused = other.get(CASE)
    assert (refused.status_code, unknown.status_code) == (404, 404)
    assert bare(refused, "case-anna") == bare(unknown, "case-nobody")
    assert "Anna Fiktiv" not in other.get("/cases/").content.decode()


def test_my_work_of_counsel_shows_the_clocks_of_their_own_cases(counsel: Client) -> None:
    page = counsel.get("/work/").content.decode()
    assert "Anna Fiktiv" in page
    assert "No clock runs on your cases." not in page


# --- claims ------------------------------------------------------------------------------------------------------


@pytest.fixture
def claim(anna: Register, counsel: Client) -> str:
    """The entry of a claim that Anna's counsel made."""
    (entry,) = anna.record("case-anna", CLAIMED, by=COUNSEL, person="person-anna")
    return entry.id


def send(client: Client, act: str, **typed: str) -> int:
    address = f"{CASE}do/{act}/"
    return client.post(address, {**now(client, address), **typed, "step": "record"}).status_code


def test_counsel_claims_a_state_answers_and_a_court_decides(counsel: Client, people: People) -> None:
    typed = {"ground": "title_expired", "said": SAID, "asks": "return"}
    assert send(counsel, "claim_detention", **typed) == 302
    assert recorded(DetentionClaimed) == [CLAIMED]
    claim = entry_of(DetentionClaimed)
    court = browser(COURT)
    assert send(people.alice, "answer_claim", claim=claim, position="contested", reasons="It was renewed.") == 302
    upheld = {
        "claim": claim,
        "outcome": "upheld",
        "reasons": "It was not renewed.",
        "remedy": "return",
        "due_at_day": "9",
        "due_at_month": "9",
        "due_at_year": "2030",
        "due_at_time": "12:00",
        "unlawful_from_at_day": "2",
        "unlawful_from_at_month": "9",
        "unlawful_from_at_year": "2026",
        "unlawful_from_at_time": "12:00",
    }
    assert send(court, "decide_claim", **upheld) == 302
    assert [type(each) for each in (*recorded(ClaimAnswered), *recorded(ClaimDecided))] == [ClaimAnswered, ClaimDecided]
    page = counsel.get(CASE).content.decode()
    assert "Return due" in page
    assert "Return to the sending state" in page


def entry_of(kind: type) -> str:
    return next(each.id for each in streams.entries("case-anna") if isinstance(each.body, kind))


@pytest.mark.parametrize("actor", [OFFICER, RECEIVER], ids=lambda each: each.account)
def test_an_officer_reads_the_claim_and_not_who_made_it(actor: Actor, claim: str, counsel: Client) -> None:
    """Not on the timeline, not on the page of the entry, and from no receipt: the leaf names the key."""
    assert "Counsel, <bdi>Party ee-oik</bdi>" in counsel.get(f"{CASE}entries/{claim}/").content.decode()
    assert counsel.get(f"/receipts/{claim}/file/").status_code == 200
    officer = browser(actor)
    for address in (f"{CASE}entries/{claim}/", CASE):
        page = officer.get(address).content.decode()
        assert "The title has run out" in page, address
        assert "Not told to your role" in page, address
        assert "Party ee-oik" not in page, address
    page = officer.get(f"{CASE}entries/{claim}/").content.decode()
    assert SAID in page
    assert "Number in the register" not in page
    for each in ("", "file/", "qr.svg"):
        assert officer.get(f"/receipts/{claim}/{each}").status_code == 404


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("actor", [REVIEWER, COURT, MONITOR, COUNSEL], ids=lambda each: each.role.value)
def test_those_who_decide_watch_or_speak_have_the_list_in_both_languages(
    actor: Actor, language: str, claim: str
) -> None:
    client = browser(actor)
    client.cookies["django_language"] = language
    page = client.get("/claims/").content.decode()
    assert claim in page
    assert {"en": "The title has run out", "es": "El título ha vencido"}[language] in page
    assert re.findall(r"\b(?:choice|clock|entry)\.[A-Za-z_.]+", page) == []


def test_the_list_of_a_counsel_holds_their_own_cases_only(claim: str, counsel: Client) -> None:
    assert claim in counsel.get("/claims/").content.decode()
    page = browser(OTHER_COUNSEL).get("/claims/").content.decode()
    assert claim not in page
    assert "No claim was made in any case that you may open." in page


@pytest.mark.parametrize("actor", [OFFICER, RECEIVER, BOOKING, AUDITOR], ids=lambda each: each.role.value)
def test_nobody_else_has_the_list(actor: Actor, claim: str) -> None:
    client = browser(actor)
    assert client.get("/claims/").status_code == 403
    assert 'href="/claims/"' not in client.get("/work/").content.decode()


def test_a_claim_waits_for_the_reviewer_and_its_answer_for_the_sending_officer(claim: str, people: People) -> None:
    assert f"{CASE}do/decide_claim/" in browser(REVIEWER).get("/work/").content.decode()
    assert f"{CASE}do/answer_claim/" in people.alice.get("/work/").content.decode()
