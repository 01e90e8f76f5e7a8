"""Signing in, invitations, and the second factor."""

from __future__ import annotations

import re
from datetime import timedelta
from hashlib import sha256
from html import unescape

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.contrib.auth.hashers import make_password
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from habeas.core.entries import Role
from habeas.core.entries.institutions import PartyKind
from habeas.core.permissions import ROLES_OF
from habeas.store import streams
from habeas.store.models import Account, InviteToken
from tests.store.example import OFFICER, SE_MANAGER, Register
from tests.web.conftest import BACKEND, PASSWORD, People, account, browser

GOOD = "a long invented password"


@pytest.fixture(autouse=True)
def _nobody_has_tried_before() -> None:
    cache.clear()


def invite(people: People, name: str = "new-officer") -> str:
    """The link that a new invitation gives."""
    page = people.manager.get("/do/invite_account/").content.decode()
    form = dict(re.findall(r'name="(occurred_at_\w+|send_id)"[^>]*value="([^"]*)"', page))
    words = {"account": name, "party": "se-kv", "role": "sending_officer", "step": "record"}
    answer = unescape(people.manager.post("/do/invite_account/", {**form, **words}).content.decode())
    found = re.search(r"http://testserver(/invitation/\?key=[\w-]+)", answer)
    assert found, answer
    return found[1]


def test_an_invited_person_opens_the_account_once(register: Register, people: People) -> None:
    link = invite(people)
    stranger = Client()
    assert "Accept the invitation" in stranger.get(link).content.decode()

    for password, again, sentence in (
        ("short", "short", "12 characters"),
        (GOOD, "another one", "The two passwords differ."),
        ("new-officer-1", "new-officer-1", "The password is too similar to the name of the account."),
    ):
        page = stranger.post(link, {"password": password, "again": again}).content.decode()
        assert sentence in page
    opened = stranger.post(link, {"password": GOOD, "again": GOOD})
    page = opened.content.decode()
    assert (opened.status_code, "Your account is open" in page, "<bdi>new-officer</bdi>" in page) == (200, True, True)
    assert 'class="button" href="/account/sign-in/"' in page
    signed = stranger.post("/account/sign-in/", {"login": "new-officer", "password": GOOD})
    assert signed.status_code == 302
    used = Client().get(link)
    assert used.status_code == 404
    assert "This invitation does not work" in used.content.decode()


def test_a_manager_is_offered_the_roles_that_the_party_may_give(register: Register, people: People) -> None:
    page = people.manager.get("/do/invite_account/").content.decode()
    offered = set(re.findall(r'value="([a-z_]+)"', page)) & {each.value for each in Role}
    assert offered == {each.value for each in ROLES_OF[PartyKind.SENDING_STATE]}


def test_an_invitation_that_was_lost_is_made_anew_and_the_old_one_stops(register: Register, people: People) -> None:
    first = invite(people)
    page = unescape(people.manager.post("/accounts/invite-again/", {"account": "new-officer"}).content.decode())
    found = re.search(r"http://testserver(/invitation/\?key=[\w-]+)", page)

    assert found
    assert Client().get(first).status_code == 404
    assert Client().get(found[1]).status_code == 200
    assert people.alice.post("/accounts/invite-again/", {"account": "new-officer"}).status_code == 403


def test_each_party_sees_its_own_accounts(register: Register, people: People) -> None:
    page = people.manager.get("/accounts/").content.decode()

    assert "officer-1" in page
    assert "booking-1" not in page
    assert "booking-1" in people.bob.get("/accounts/").content.decode()


def test_a_party_ends_its_own_account(register: Register, people: People) -> None:
    address = "/do/end_account/?account=officer-1"
    page = people.manager.get(address).content.decode()
    form = dict(re.findall(r'name="(occurred_at_\w+|send_id|account)"[^>]*value="([^"]*)"', page))
    assert form["account"] == "officer-1"
    assert people.alice.get("/work/").status_code == 200
    people.manager.post(address, {**form, "reasons": "An invented reason", "step": "record"})

    assert Account.objects.get(username="officer-1").ended_at is not None
    assert people.alice.get("/work/").status_code == 302


@pytest.mark.parametrize("address", ["password/", "second-factor/", "second-factor/recovery/"])
def test_who_is_signed_out_is_led_to_the_page_for_signing_in(register: Register, address: str) -> None:
    there = Client().get(f"/account/{address}")["Location"]

    assert there == f"/account/sign-in/?next=/account/{address}"
    assert Client().get(there).status_code == 200


def test_the_key_of_the_second_factor_stays_until_another_is_asked_for(
    register: Register, people: People, settings: Settings
) -> None:
    account(OFFICER)
    client, address = Client(), "/account/second-factor/app/"
    client.post("/account/sign-in/", {"login": "officer-1", "password": PASSWORD})
    client.post("/account/confirm/", {"password": PASSWORD})

    def key(asked: str = "") -> tuple[str, str]:
        page = client.get(address + asked).content.decode()
        return re.findall(r'class="code">(\w+)</span>', page)[0], re.findall(r'href="(\?instead=\w+)"', page)[0]

    first, other = key()
    assert key() == (first, other)
    second, _ = key(other)
    assert second != first
    assert key(other)[0] == second  # loaded again
    code = format_hotp_value(hotp_value(second, next(yield_hotp_counters_from_time())))
    assert client.post(address, {"code": code}).status_code == 302
    assert Authenticator.objects.filter(user__username="officer-1", type="totp").exists()


def test_a_wrong_password_and_a_wrong_name_get_the_same_answer(register: Register) -> None:
    account(OFFICER)
    answers = {
        re.sub(
            r'value="[^"]*"', "", Client().post("/account/sign-in/", {"login": name, "password": "x"}).content.decode()
        )
        for name in ("officer-1", "nobody-1")
    }

    assert len(answers) == 1


def test_guessing_a_password_is_slowed_down(register: Register) -> None:
    account(OFFICER)
    client = Client()
    for _ in range(12):
        client.post("/account/sign-in/", {"login": "officer-1", "password": "wrong"})
    answer = client.post("/account/sign-in/", {"login": "officer-1", "password": PASSWORD})

    assert answer.status_code != 302


def test_a_stranger_who_guesses_locks_nobody_out(register: Register) -> None:
    account(OFFICER)
    for _ in range(12):
        Client(REMOTE_ADDR="203.0.113.9").post("/account/sign-in/", {"login": "officer-1", "password": "wrong"})

    holder = Client(REMOTE_ADDR="198.51.100.4")
    assert holder.post("/account/sign-in/", {"login": "officer-1", "password": PASSWORD}).status_code == 302


def test_outside_the_demonstration_a_second_factor_comes_first(
    register: Register, people: People, settings: Settings
) -> None:
    settings.HABEAS_DEMO = False
    for address in ("/work/", "/cases/", "/do/propose/", "/account/second-factor/"):
        assert people.alice.get(address)["Location"] == "/account/second-factor/app/"


def test_a_second_factor_is_set_up_without_script(register: Register, settings: Settings) -> None:
    settings.HABEAS_DEMO = False
    account(OFFICER)
    client = Client()
    client.post("/account/sign-in/", {"login": "officer-1", "password": PASSWORD})
    asked = client.get("/account/second-factor/app/")
    assert "Enter your password once more" in client.get(asked["Location"]).content.decode()
    client.post(asked["Location"], {"password": PASSWORD})
    page = client.get("/account/second-factor/app/").content.decode()
    found = re.search(r'<span class="code">([A-Z2-7]+)</span>', page)
    assert found
    assert 'src="data:image/svg+xml' in page
    assert "<script" not in page

    done = client.post("/account/second-factor/app/", {"code": code(found[1])})
    assert done.status_code == 302
    assert Authenticator.objects.count() >= 1
    assert client.get("/work/").status_code == 200
    for address in ("/account/second-factor/", "/account/second-factor/recovery/"):
        assert client.get(address).status_code == 200


def code(secret: str) -> str:
    """What an authenticator app shows now."""
    counter = next(iter(yield_hotp_counters_from_time()))
    return str(format_hotp_value(hotp_value(secret, counter)))


def test_an_account_whose_row_says_another_role_is_told_so_and_sees_nothing(register: Register, people: People) -> None:
    said = {
        "en": "The register does not say that this account is who it says it is",
        "es": "El registro no dice que esta cuenta sea quien dice ser",
    }
    for language, sentence in said.items():
        client = browser(OFFICER)
        assert client.get("/work/").status_code == 200
        Account.objects.filter(username=OFFICER.account).update(role=Role.MONITOR.value, party="ee-oik")
        for path in ("/monitor/", "/monitor/readings/wrapped-keys.txt", "/findings/", "/nowhere/", "/"):
            client.force_login(Account.objects.get(username=OFFICER.account), backend=BACKEND)
            answer = client.get(path, headers={"Accept-Language": language})
            assert answer.status_code == (404 if path == "/nowhere/" else 403), path
            assert answer.status_code == 404 or sentence in answer.content.decode(), path
        Account.objects.filter(username=OFFICER.account).update(role=OFFICER.role.value, party=OFFICER.party)


def test_after_that_another_account_signs_in(register: Register, people: People) -> None:
    account(OFFICER)
    Account.objects.filter(username=OFFICER.account).update(role=Role.MONITOR.value)
    client = Client()
    client.post("/account/sign-in/", {"login": OFFICER.account, "password": PASSWORD})
    assert client.get("/work/").status_code == 403

    client.post("/account/sign-in/", {"login": SE_MANAGER.account, "password": PASSWORD})

    assert client.get("/work/").status_code == 200


def test_nobody_signs_up(register: Register) -> None:
    page = Client().get("/account/by-invitation/").content.decode()

    assert "invites you" in page
    assert '<input type="password"' not in page


def signs_in(name: str, password: str) -> bool:
    return Client().post("/account/sign-in/", {"login": name, "password": password}).status_code == 302


def test_whoever_writes_to_the_database_signs_nobody_in(register: Register, people: People) -> None:
    mine, theirs = account(OFFICER), account(SE_MANAGER)
    assert signs_in(mine.username, PASSWORD)

    for made in (make_password(GOOD), Account.objects.get(pk=mine.pk).password):
        Account.objects.filter(pk=theirs.pk).update(password=made)
        assert not signs_in(theirs.username, GOOD)
        assert not signs_in(theirs.username, PASSWORD)


def test_whoever_writes_to_the_database_invites_nobody(register: Register, people: People) -> None:
    at = timezone.now() + timedelta(days=1)
    token = InviteToken.objects.create(account=OFFICER.account, token_hash=sha256(b"mine").hexdigest(), expires_at=at)

    for given in ("mine", token.token_hash):
        assert Client().get(f"/invitation/?key={given}").status_code == 404


def recovery_codes_of(client: Client) -> list[str]:
    """Set up a second factor for whoever is signed in; the recovery codes that come with it."""
    asked = client.get("/account/second-factor/app/")
    client.post(asked["Location"], {"password": PASSWORD})
    found = re.search(
        r'<span class="code">([A-Z2-7]+)</span>', client.get("/account/second-factor/app/").content.decode()
    )
    assert found
    assert client.post("/account/second-factor/app/", {"code": code(found[1])}).status_code == 302
    page = client.get("/account/second-factor/recovery/file/").content.decode()
    return re.findall(r"^\d{8}$", page, re.MULTILINE)


def gets_in(given: str) -> bool:
    """Whether the password and this code sign the officer in."""
    client = Client()
    client.post("/account/sign-in/", {"login": OFFICER.account, "password": PASSWORD})
    client.post("/account/second-factor/code/", {"code": given})
    return client.get("/work/").status_code == 200


def test_a_recovery_code_counts_once_whoever_puts_its_row_back(register: Register, settings: Settings) -> None:
    settings.HABEAS_DEMO = False
    account(OFFICER)
    client = Client()
    client.post("/account/sign-in/", {"login": OFFICER.account, "password": PASSWORD})
    first, second, third, *_ = recovery_codes_of(client)
    rows = {each.pk: each.data for each in Authenticator.objects.all()}
    assert gets_in(first)

    for pk, data in rows.items():
        Authenticator.objects.filter(pk=pk).update(data=data)
    assert not gets_in(first)
    assert not gets_in(f"{first[:4]}-{first[4:]}")
    assert gets_in(second)

    for expected, given in ((302, third), (200, third), (200, first)):
        assert client.post("/account/second-factor/confirm/", {"code": given}).status_code == expected
        for pk, data in rows.items():
            Authenticator.objects.filter(pk=pk).update(data=data)


def test_whoever_has_recovery_codes_alone_sets_up_an_app_first(register: Register, settings: Settings) -> None:
    settings.HABEAS_DEMO = False
    account(OFFICER)
    client = browser(OFFICER)
    recovery_codes_of(client)
    assert client.get("/work/").status_code == 200

    Authenticator.objects.filter(type=Authenticator.Type.TOTP).delete()

    assert client.get("/work/")["Location"] == "/account/second-factor/app/"


def test_the_receipt_of_an_act_outside_cases_names_the_party(register: Register, people: People) -> None:
    invite(people)
    entry = streams.entries("party-se-kv")[-1]

    page = people.manager.get(f"/receipts/{entry.id}/").content.decode()

    assert "Signed with the key of Party se-kv alone." in page


def test_the_box_of_a_question_stands_beside_its_label(register: Register) -> None:
    page = Client().get("/account/sign-in/").content.decode()

    assert re.search(r'<div class="option"><input type="checkbox"[^>]*><label for="id_remember">', page)
