"""What holds for every page: its headers, its one heading, both languages, and who may open it."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from habeas.core.permissions import ACTS
from tests.store.example import Register
from tests.web.conftest import People

POLICY = (
    "default-src 'none'; script-src 'none'; style-src 'self'; img-src 'self' data:; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
CASE = "/cases/case-anna/"
MONEY = ["/agreements/se-ee-2025/money/", "/agreements/se-ee-2025/statement/"]
ADDRESSES = [
    "/enquiries/",
    "/work/",
    *MONEY,
    "/cases/",
    CASE,
    f"{CASE}sheet/",
    "/orders/",
    f"{CASE}looked/",
    "/facilities/",
    "/facilities/tartu/",
    "/accounts/",
]
OPEN = [
    "/",
    "/agreements/",
    "/findings/",
    "/figures/",
    "/account/sign-in/",
    "/account/cannot-sign-in/",
    "/agreements/compared/",
    "/log/",
]
ACTS_OF_ALICE = [
    "record_fact",
    "record_fact/?fact=born_on",
    "add_evidence",
    "serve_notice",
    "put_on_manifest",
    "offer_handover",
    "record_title",
    "report_death",
    "set_return_due",
    "withdraw_proposal",
]
FORMS = [f"{CASE}do/{each if '?' in each else each + '/'}" for each in ACTS_OF_ALICE] + ["/do/propose/"]


@pytest.fixture
def anna(register: Register) -> Register:
    """A register in which Anna Fiktiv is proposed."""
    register.propose("anna", "Anna", "Fiktiv")
    return register


def text_of(client: Client, address: str, status: int = 200) -> str:
    response = client.get(address)
    assert response.status_code == status, address
    return response.content.decode()


@pytest.mark.parametrize("address", [each for each in OPEN if "sign-in" not in each])
def test_nobody_without_an_account_is_given_a_cookie(address: str, anna: Register, client: Client) -> None:
    text_of(client, address)
    client.get("/no/such/page/")
    assert not client.cookies


def test_what_guards_the_forms_goes_with_the_window(anna: Register, client: Client) -> None:
    text_of(client, "/account/sign-in/")
    assert {name: each["max-age"] or each["expires"] for name, each in client.cookies.items()} == {"csrftoken": ""}


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_page_is_shown_with_its_headers_in_both_languages(language: str, anna: Register, people: People) -> None:
    people.alice.cookies["django_language"] = language
    entry = anna.opening("anna").id
    entries = [f"{CASE}entries/{entry}/", f"{CASE}entries/{entry}/correct/given_names/", f"/receipts/{entry}/"]
    for address in [*OPEN[:4], *OPEN[5:], *ADDRESSES, *FORMS, *entries]:
        response = people.alice.get(address)
        page = response.content.decode()

        assert response.status_code == 200, address
        assert response["Content-Security-Policy"] == POLICY
        assert response["Cache-Control"] == "no-store"
        assert response["Referrer-Policy"] == "same-origin"
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["Cross-Origin-Opener-Policy"] == "same-origin"
        assert page.count("<h1") == 1, address
        assert f'<html lang="{language}"' in page
        assert re.findall(r"<script| style=| on[a-z]+=", page) == [], address
        assert re.findall(r"\b(?:entry|act|role|stage|step|choice|group)\.[a-z_]+", page) == [], address


def test_no_title_names_a_person(anna: Register, people: People) -> None:
    page = text_of(people.alice, CASE)

    assert "Fiktiv" in page
    assert "Fiktiv" not in page[page.index("<title>") : page.index("</title>")]


@pytest.mark.parametrize("address", [*ADDRESSES, *FORMS])
def test_without_an_account_every_page_leads_to_signing_in(address: str, anna: Register, people: People) -> None:
    response = people.stranger.get(address)

    assert response.status_code == 302
    assert response["Location"].startswith("/account/sign-in/?next=/")


@pytest.mark.parametrize("address", OPEN)
def test_some_pages_are_open_to_all(address: str, anna: Register, people: People) -> None:
    assert text_of(people.stranger, address).count("<h1") == 1


def test_a_case_of_somebody_else_is_not_there(anna: Register, people: People) -> None:
    entry = anna.opening("anna").id
    own = [CASE, f"{CASE}entries/{entry}/", f"{CASE}do/record_fact/", f"/receipts/{entry}/", f"/receipts/{entry}/file/"]

    for address in own:
        assert people.alice.get(address).status_code == 200, address
        page = text_of(people.charlie, address, status=404)
        assert "There is no such page for you" in page
        assert "Fiktiv" not in page
        assert people.charlie.get("/cases/case-nobody/").content.count(b"<h1") == 1


def test_an_act_of_another_role_is_refused(anna: Register, people: People) -> None:
    assert people.alice.get("/do/propose/").status_code == 200
    for act in ("issue_stay_order", "invite_account", "certify_facility"):
        assert "Your role cannot open this page" in text_of(people.alice, f"/do/{act}/", status=403)
    assert people.alice.get(f"{CASE}do/review_objection/").status_code == 403


@pytest.mark.parametrize("act", sorted(each.name for each in ACTS.values() if each.on_case and not each.opens_case))
def test_every_act_on_a_case_has_a_page_for_those_who_may(act: str, anna: Register, people: People) -> None:
    clients = [people.alice, people.monitor]
    answers = {client.get(f"{CASE}do/{act}/").status_code for client in clients}

    assert answers <= ({404} if act == "correct" else {200, 403})


def test_the_language_is_changed_and_kept(anna: Register, people: People) -> None:
    people.alice.post(reverse("language"), {"language": "es", "next": "/work/"})

    assert "Mis tareas" in text_of(people.alice, "/work/")


def test_the_browsers_language_is_the_first_one(register: Register, people: People) -> None:
    page = people.stranger.get("/", headers={"accept-language": "es-CL,es;q=0.9"}).content.decode()

    assert "Personas que un Estado tiene detenidas por cuenta de otro" in page


@pytest.mark.parametrize(
    ("address", "status"),
    [("/nowhere/", 404), ("/accounts/invite-again/", 405), ("/cases/case-nobody/", 404), ("/receipts/nothing/", 404)],
)
def test_errors_say_what_to_do(address: str, status: int, anna: Register, people: People) -> None:
    response = people.alice.get(address)
    page = response.content.decode()

    assert response.status_code == status
    assert page.count("<h1") == 1
    assert f"Status {status}" in page
    assert response["Content-Security-Policy"] == POLICY
