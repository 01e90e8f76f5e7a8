"""The pages of passkeys: one's own alone, the only pages with a script, and what a form of theirs can't do."""

from __future__ import annotations

import html
import re
from dataclasses import replace

import pytest
from django.core.cache import cache
from django.test import Client

from habeas.core.entries import Actor, Role
from habeas.core.entries import custody as held
from habeas.register.canonical import from_base64, to_base64
from habeas.store import signing, streams
from habeas.store.models import LogRow
from tests.register.passkey import CREDENTIAL, Passkey, told
from tests.store.example import EE_MANAGER, OFFICER, RECEIVER, RECEIVING, SENDING, Register
from tests.store.test_signing import CASE, OFFER
from tests.web.conftest import PASSWORD, browser
from tests.web.test_every_page import POLICY

SITE = "http://testserver"
PASSKEY = Passkey(site=SITE, name="testserver")
LIST, NEW, OFFERING = "/account/passkeys/", "/account/passkeys/new/", f"/cases/{CASE}/do/offer_handover/"
WITH_SCRIPT = POLICY.replace("script-src 'none'", "script-src 'self'")


@pytest.fixture
def alice(register: Register) -> Register:
    """A register in which the receiving state holds Alice."""
    register.propose("alice", "Alice", "Example")
    register.hold("alice")
    (offered,) = register.record(CASE, replace(OFFER, to_party=RECEIVING), by=OFFICER, person="person-alice")
    register.record(CASE, held.HandoverAccepted(offer=offered.id), by=RECEIVER, person="person-alice")
    return register


def officer() -> Client:
    """A browser whose owner typed their password just now."""
    return confirmed(RECEIVER)


def confirmed(actor: Actor) -> Client:
    cache.clear()  # signing in is slowed down for everybody who comes from here
    client = browser(actor)
    client.post("/account/confirm/", {"password": PASSWORD})
    return client


def hidden(page: str) -> dict[str, str]:
    """The hidden fields of a page's form, and what its script is told."""
    fields = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page)
    return {name: html.unescape(value) for name, value in [*fields, *re.findall(r'data-(\w+)="([^"]*)"', page)]}


def made(page: str, key: Passkey = PASSKEY, challenge: bytes | None = None) -> dict[str, str]:
    """What the script sends when a passkey was made."""
    asked = hidden(page)
    client_data = told("webauthn.create", challenge or from_base64(asked["challenge"]) or b"", key.site)
    return {
        "prepared": asked["prepared"],
        "site": key.site,
        "credential": to_base64(CREDENTIAL),
        "client_data": to_base64(client_data),
        "authenticator_data": to_base64(key.made()),
    }


def give(client: Client) -> None:
    assert client.post(NEW, made(client.get(NEW).content.decode()))["Location"] == LIST


def offering(client: Client) -> dict[str, str]:
    """The offer of a handover, as typed."""
    page = client.get(OFFERING).content.decode()
    when = dict(re.findall(r'name="(occurred_at_\w+|send_id)"[^>]*value="([^"]*)"', page))
    return {**when, "to_party": SENDING, "place": "At the gate", "fitness": "Fit"}


def signed(page: str, key: Passkey = PASSKEY) -> dict[str, str]:
    """What the script sends when the passkey signed."""
    asked = hidden(page)
    answer = key.assertion(from_base64(asked["challenge"]) or b"")
    texts = {name: str(answer[name]) for name in ("authenticator_data", "client_data", "signature")}
    return {**texts, "prepared": asked["prepared"], "credential": to_base64(CREDENTIAL), "step": "sign"}


def test_an_officer_makes_a_passkey_known_and_signs_with_it(alice: Register) -> None:
    client = officer()
    assert "You have no passkey that signs now" in client.get(LIST).content.decode()
    give(client)
    page = client.get(LIST).content.decode()
    assert PASSKEY.key.fingerprint[:16] in page
    typed = offering(client)
    checked = client.post(OFFERING, {**typed, "step": "check"}).content.decode()
    assert "This binds those you act for: it is recorded with your passkey." in checked
    assert 'value="record"' not in checked
    done = client.post(OFFERING, {**typed, **signed(checked)})
    assert done.status_code == 302, done.content.decode()
    words = "Signed with a passkey of receiver-1, and countersigned with the key of Party ee-vm."
    assert words in client.get(done["Location"]).content.decode()
    entry = streams.entries(CASE)[-1].id
    assert words in client.get(f"/cases/{CASE}/entries/{entry}/").content.decode()
    again = client.post(OFFERING, {**typed, **signed(checked)})
    assert again["Location"].endswith("?repeated=1")


def test_an_entry_without_a_signature_says_so(alice: Register) -> None:
    client, entry = officer(), streams.entries(CASE)[-1].id
    assert "Signed with the key of Party ee-vm alone." in client.get(f"/receipts/{entry}/").content.decode()
    assert "Signed with the key of Party ee-vm alone." in client.get(f"/cases/{CASE}/entries/{entry}/").content.decode()


def test_only_what_asks_for_a_passkey_may_run_a_script_and_only_our_own(alice: Register) -> None:
    client = officer()
    new = client.get(NEW)
    assert new["Content-Security-Policy"] == WITH_SCRIPT
    assert re.findall(r"<script[^>]*>", new.content.decode()) == ['<script src="/static/habeas/passkey.js" defer>']
    assert client.get(LIST)["Content-Security-Policy"] == POLICY
    check = client.post(OFFERING, {**offering(client), "step": "check"})
    assert check["Content-Security-Policy"] == POLICY
    assert b"<script" not in check.content
    assert "with a passkey you sign it yourself" in check.content.decode()
    give(client)
    check = client.post(OFFERING, {**offering(client), "step": "check"})
    assert check["Content-Security-Policy"] == WITH_SCRIPT
    assert check.content.count(b"<script") == 1
    assert client.get(OFFERING)["Content-Security-Policy"] == POLICY


def test_recording_without_the_passkey_is_refused_with_a_sentence(alice: Register) -> None:
    client = officer()
    give(client)
    answer = client.post(OFFERING, {**offering(client), "step": "record"})
    assert answer.status_code == 422
    assert "sign it with that" in answer.content.decode()


def test_a_report_is_signed_or_recorded_without(alice: Register) -> None:
    client = officer()
    give(client)
    address = f"/cases/{CASE}/do/report_release/"
    page = client.get(address).content.decode()
    when = dict(re.findall(r'name="(occurred_at_\w+|send_id)"[^>]*value="([^"]*)"', page))
    typed = {**when, "place": "At the gate", "handed_to_unstated": "not_known", "papers_unstated": "not_known"}
    checked = client.post(address, {**typed, "step": "check"}).content.decode()
    assert 'value="record"' in checked
    assert 'value="sign"' in checked
    assert client.post(address, {**typed, "step": "record"}).status_code == 302


def test_what_would_be_refused_is_told_before_anybody_signs(alice: Register) -> None:
    client = officer()
    give(client)
    typed = offering(client)
    released = held.Released(place="At the gate", handed_to="her sister", papers="a letter")
    alice.record(CASE, released, by=RECEIVER, person="person-alice")
    answer = client.post(OFFERING, {**typed, "step": "check"})
    assert answer.status_code == 422
    assert b"passkey.js" not in answer.content


@pytest.mark.parametrize("wrong", ["prepared", "challenge", "site", "key", "flags"])
def test_what_is_no_new_passkey_of_this_page_is_refused(alice: Register, wrong: str) -> None:
    client, size = officer(), LogRow.objects.count()
    page = client.get(NEW).content.decode()
    elsewhere = Passkey(site="https://other.example", name="other.example")
    sent = {
        "prepared": {**made(page), "prepared": "x"},
        "challenge": made(page, challenge=b"another"),
        "site": made(page, elsewhere),
        "key": {**made(page), "authenticator_data": to_base64(PASSKEY.made(cose=b"\xa4rsa"))},
        "flags": {**made(page), "authenticator_data": to_base64(PASSKEY.made(flags=0x41))},
    }[wrong]
    answer = client.post(NEW, sent)
    assert answer.status_code == 422
    assert "summary-of-errors" in answer.content.decode()
    assert LogRow.objects.count() == size
    assert client.post(NEW, made(client.get(NEW).content.decode())).status_code == 302


def test_another_accounts_page_makes_no_passkey_for_this_one(alice: Register) -> None:
    page = officer().get(NEW).content.decode()
    other = replace(RECEIVER, account="receiver-2")
    client = confirmed(other)
    assert client.get(NEW).status_code == 200
    assert client.post(NEW, made(page)).status_code == 422
    assert not signing.keys_of_account(other)


def test_a_new_passkey_asks_for_the_password_once_more(alice: Register) -> None:
    assert officer().get(NEW).status_code == 200
    assert browser(RECEIVER).get(NEW)["Location"].startswith("/account/confirm/")
    assert Client().get(NEW)["Location"].startswith("/account/sign-in/")
    assert Client().get(LIST)["Location"].startswith("/account/sign-in/")


def test_a_lost_passkey_is_ended_by_its_officer_or_their_manager_and_by_nobody_else(alice: Register) -> None:
    client = officer()
    give(client)
    address = f"/do/end_signing_key/?key={PASSKEY.key.fingerprint}"
    assert PASSKEY.key.fingerprint in browser(EE_MANAGER).get(address).content.decode()
    colleague = replace(RECEIVER, account="receiver-2", role=Role.RECEIVING_OFFICER)
    assert PASSKEY.key.fingerprint not in re.sub(r"\?key=\w+", "", browser(colleague).get(address).content.decode())
    page = client.get(address).content.decode()
    form = dict(re.findall(r'name="(occurred_at_\w+|send_id)"[^>]*value="([^"]*)"', page))
    sent = {**form, "key": PASSKEY.key.fingerprint, "reasons": "Left in a train", "step": "record"}
    assert client.post("/do/end_signing_key/", sent).status_code == 302
    assert "You have no passkey that signs now" in client.get(LIST).content.decode()
    assert client.post(OFFERING, {**offering(client), "step": "record"}).status_code == 302


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_pages_are_in_both_languages(language: str, alice: Register) -> None:
    client = officer()
    give(client)
    client.cookies["django_language"] = language
    for address in (LIST, NEW):
        page = client.get(address).content.decode()
        assert f'<html lang="{language}"' in page
        assert ("llave de acceso" in page.lower()) == (language == "es")
        assert page.count("<h1") == 1
