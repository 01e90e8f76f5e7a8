"""An officer signs a handover with a passkey, and somebody without this system checks that signature."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.desk import Desk, Desks
from tests.browser.served import ROOT, Served, environment, served
from tests.browser.test_the_tutorial import at_stage

KEYS = "/account/passkeys/"
SIGN = "button[name=step][value=sign]"


@pytest.fixture(scope="module")
def by_name(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A demonstration of its own, reached by a name: pages that are reached by a number have no passkeys."""
    with served(tmp_path_factory.mktemp("passkeys")) as running:
        yield replace(running, url=running.url.replace("127.0.0.1", "localhost"))


@pytest.fixture
def desks(browser: Browser, by_name: Served) -> Iterator[Desks]:
    opened = Desks(by_name, browser, "en", set())
    yield opened
    opened.close()


def with_authenticator(desk: Desk) -> Desk:
    """A device that holds passkeys and recognises whoever touches it."""
    session = desk.page.context.new_cdp_session(desk.page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return desk


def to_new_passkey(desk: Desk) -> None:
    """From the list of one's own to the page that makes one, which asks for the password once more."""
    desk.go(KEYS)
    desk.follow(desk.page.locator(f'a[href="{KEYS}new/"]'))
    desk.page.locator("input[name=password]").fill(desk.served.passwords[desk.account])
    desk.follow(desk.page.locator("main form button"))
    desk.look()


def make_passkey(desk: Desk) -> None:
    to_new_passkey(desk)
    desk.page.locator("button[data-asks-passkey]").click()
    expect(desk.page).to_have_url(f"{desk.served.url}{KEYS}")
    expect(desk.page.locator("main tbody tr")).to_have_count(1)
    desk.look()


def sign(desk: Desk) -> str:
    """Sign what the page shows; the id of the entry."""
    desk.press("check")
    expect(desk.page.locator(SIGN), desk.problems()).to_be_visible()
    desk.look()
    desk.page.locator(SIGN).click()
    desk.page.wait_for_url("**/receipts/*/")
    desk.look()
    return desk.page.url.rstrip("/").rsplit("/", 1)[1]


def habeas(running: Served, *words: str) -> subprocess.CompletedProcess[str]:
    data = {**environment(running.folder), "HABEAS_DATA": str(running.folder), "HABEAS_DEMO": "1"}
    command = [sys.executable, "-m", "habeas.cli", *words]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=data, check=False)


def test_an_officer_signs_a_handover_and_anybody_checks_it(desks: Desks, by_name: Served, tmp_path: Path) -> None:
    officer = with_authenticator(desks["receiving-officer"])
    officer.go("/work/")
    case = at_stage(officer, "held")
    make_passkey(officer)
    officer.open_act(case, "offer_handover")
    officer.fill({"to_party": "se-prison", "place": "At the gate", "fitness": "Fit"})
    entry = sign(officer)
    words = (
        "Signed with a passkey of receiving-officer, and countersigned with the key of Receiving service (invented)."
    )
    expect(officer.page.locator("main")).to_contain_text(words)
    officer.go(f"{case}entries/{entry}/")
    expect(officer.page.locator("main")).to_contain_text(words)

    receipt, export = tmp_path / "receipt.json", tmp_path / "export"
    receipt.write_bytes(officer.page.context.request.get(f"{by_name.url}/receipts/{entry}/file/").body())
    assert habeas(by_name, "export", str(export)).returncode == 0
    whole = habeas(by_name, "verify", str(export), "--key", by_name.log_key)
    assert whole.returncode == 0, whole.stdout
    alone = ("--key", by_name.log_key, "--since", str(export / "checkpoint"), "--format", "json")
    checked = habeas(by_name, "verify", str(receipt), *alone)
    assert checked.returncode == 0, checked.stdout
    by = json.loads(checked.stdout)["established"]["asserted"]
    assert (by["account"], by["with"], by["site"]) == ("receiving-officer", "passkey", by_name.url)


def test_a_passkey_that_does_not_answer_is_told_and_nothing_is_sent(browser: Browser, by_name: Served) -> None:
    by_number = replace(by_name, url=by_name.url.replace("localhost", "127.0.0.1"), sessions={})
    desks = Desks(by_number, browser, "es", set())
    officer = with_authenticator(desks["sending-officer"])
    to_new_passkey(officer)
    problem = officer.page.locator("[data-passkey-problem]")
    expect(problem).to_be_hidden()
    officer.page.locator("button[data-asks-passkey]").click()
    expect(problem).to_be_focused()
    expect(problem).to_contain_text("La llave de acceso no respondió")
    officer.look()
    expect(officer.page).to_have_url(f"{by_number.url}{KEYS}new/")
    desks.close()
