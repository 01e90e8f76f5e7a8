"""Whoever holds the database can lock everybody out, is found out, and one command lets the parties in again."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from allauth.core.context import request_context
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.auth import authenticate
from django.core.cache import cache
from django.db import connection
from django.test import Client, RequestFactory
from pytest_django import Settings

from habeas.core.entries import Actor, Role
from habeas.store import accounts, projections, standing_audit
from habeas.store.models import Account
from habeas.store.sessions import SessionStore
from tests.store.conftest import ON_POSTGRESQL
from tests.store.example import SE_MANAGER, SENDING, START, Register, invited
from tests.store.test_accounts import PASSWORD
from tests.store.test_server import habeas
from tests.store.test_signing import ROBOT, let_act

OFFICER_7 = Actor(account="officer-7", party=SENDING, role=Role.SENDING_OFFICER)
LOCKED = {
    "nobody is active": "is_active = false",
    "a password that was made elsewhere": "password = 'pbkdf2_sha256$1000$salt$aGFzaA=='",
    "no password": "password = '!'",
    "an empty password": "password = ''",
    "one password for all": "password = (SELECT password FROM store_account WHERE username = 'officer-8')",
    "ended": "ended_at = '2026-01-01 00:00:00'",
}


def opened(*actors: Actor) -> None:
    for each in actors:
        assert accounts.accept(invited(each).token, PASSWORD, at=START)


def execute(statement: str) -> None:
    """As the application may."""
    with connection.cursor() as cursor:
        cursor.execute(statement)


def locked(register: Register) -> list[str]:
    found = standing_audit.audit(register.now)
    return [str(each.parameters["key"]) for each in found if each.code == "server.account_locked"]


def signs_in(account: str) -> bool:
    return authenticate(None, username=account, password=PASSWORD) is not None


@pytest.mark.parametrize("change", LOCKED.values(), ids=LOCKED)
def test_accounts_that_were_locked_out_are_named_and_let_in_again(register: Register, data: Path, change: str) -> None:
    officer_8 = Actor(account="officer-8", party="ee-vangla", role=Role.RECEIVING_OFFICER)
    opened(SE_MANAGER, OFFICER_7, officer_8)
    assert (locked(register), signs_in("officer-7")) == ([], True)

    execute(f"UPDATE store_account SET {change} WHERE party = '{SENDING}'")

    both = sorted(["officer-7", SE_MANAGER.account])
    assert (locked(register), signs_in("officer-7")) == (both, change.startswith("ended"))
    done = habeas("rebuild", data, format="json")
    told = json.loads(done.stdout)
    assert (done.returncode, [each["key"] for each in told["differences"]]) == (1, both)
    assert locked(register) == []

    (manager,) = told["managers"]
    assert manager["account"] == SE_MANAGER.account
    key = manager["link"].partition("=")[2]
    assert accounts.accept(key, PASSWORD, at=datetime.now(UTC)) is not None
    again = accounts.invite_again("officer-7", actor=SE_MANAGER, at=register.now)
    assert again is not None
    assert accounts.accept(again.token, PASSWORD, at=register.now) is not None
    assert (locked(register), signs_in("officer-7"), signs_in(SE_MANAGER.account)) == ([], True, True)
    assert json.loads(habeas("rebuild", data, format="json").stdout)["managers"] == []


def test_an_account_that_waits_for_its_invitation_and_was_let_in_is_named(register: Register) -> None:
    invited(OFFICER_7)
    assert locked(register) == []

    Account.objects.update(is_active=True)

    assert locked(register) == ["officer-7"]
    projections.rebuild()
    assert locked(register) == []


def test_a_system_that_was_locked_out_works_again_without_an_invitation(register: Register) -> None:
    let_act(register)
    assert locked(register) == []

    Account.objects.update(is_active=False)

    assert locked(register) == [ROBOT.account]
    projections.rebuild()
    assert (locked(register), Account.objects.get(username=ROBOT.account).is_active) == ([], True)
    assert accounts.managers_invited_again(register.now) == ()


@ON_POSTGRESQL
def test_a_row_among_the_entries_that_does_not_open_stays_aside_and_accounts_are_let_in(
    register: Register, data: Path
) -> None:
    opened(SE_MANAGER, OFFICER_7)
    execute(
        "INSERT INTO store_logrow (entry_id, stream, version, kind, occurred_at, recorded_at, account, party, role,"
        " leaf, leaf_hash, sealed) VALUES ('zzz', 'party-zzz', 0, 'account_invited', now(), now(), '', '', '',"
        " '\\x00', '\\x00', '\\x00')"
    )
    execute("UPDATE store_account SET is_active = false")
    assert {"audit.set_aside", "server.account_locked"} <= {each.code for each in standing_audit.audit(register.now)}

    told = json.loads(habeas("rebuild", data, format="json").stdout)

    assert {SE_MANAGER.account, "officer-7"} <= {each["key"] for each in told["differences"]}
    assert {each["table"] for each in told["differences"]} == {projections.SIGNING_IN}
    assert {each.code for each in standing_audit.audit(register.now)} == {"audit.set_aside"}


def with_factors(account: str) -> None:
    """As if this account had set up an app, and got recovery codes."""
    request = RequestFactory().get("/")
    request.session, request.user = SessionStore(), Account.objects.get(username=account)
    with request_context(request):
        TOTP.activate(request.user, "JBSWY3DPEHPK3PXP")
        RecoveryCodes.activate(request.user)


def answer_to_a_wrong_code(settings: Settings) -> tuple[int, bool]:
    """Of the page that asks for a code: its status, and whether it says that this one is wrong."""
    settings.HABEAS_DEMO = settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = False
    settings.STATIC_ROOT = settings.HABEAS_DATA
    cache.clear()
    client = Client(raise_request_exception=False)
    client.post("/account/sign-in/", {"login": "officer-7", "password": PASSWORD}, secure=True)
    answer = client.post("/account/second-factor/code/", {"code": "000000"}, secure=True)
    return answer.status_code, "Incorrect code." in answer.content.decode()


OF = "user_id = (SELECT id FROM store_account WHERE username = 'officer-7')"
NO_FACTORS = {
    "a list": f"UPDATE mfa_authenticator SET data = '[]' WHERE {OF}",
    "nothing in it": f"UPDATE mfa_authenticator SET data = '{{}}' WHERE {OF}",
    "a secret that is a number": f"""UPDATE mfa_authenticator SET data = '{{"secret": 7}}' WHERE {OF}""",
    "a secret that does not open": f"""UPDATE mfa_authenticator SET data = '{{"secret": "c2VjcmV0"}}' WHERE {OF}""",
    "no secret": f"""UPDATE mfa_authenticator SET data = '{{"secret": "a"}}' WHERE {OF}""",
    "the factor of another": f"UPDATE mfa_authenticator SET data = (SELECT data FROM mfa_authenticator AS other"
    f" WHERE type = mfa_authenticator.type AND NOT {OF}) WHERE {OF}",
    "another type": f"UPDATE mfa_authenticator SET type = 'webauthn' WHERE {OF}",
    "recovery codes that are none": f"UPDATE mfa_authenticator SET data = '[]' WHERE {OF} AND type = 'recovery_codes'",
}


@pytest.mark.parametrize("change", NO_FACTORS.values(), ids=NO_FACTORS)
def test_a_second_factor_that_is_none_is_named_lets_nobody_in_and_is_taken_away(
    register: Register, settings: Settings, change: str
) -> None:
    opened(OFFICER_7, SE_MANAGER)
    with_factors("officer-7")
    with_factors(SE_MANAGER.account)
    assert (locked(register), answer_to_a_wrong_code(settings)) == ([], (200, True))

    execute(change)

    assert (locked(register), answer_to_a_wrong_code(settings)) == (["officer-7"], (200, True))
    projections.rebuild()
    assert locked(register) == []
    assert {each.user.username for each in Authenticator.objects.all()} == {SE_MANAGER.account}
    again = accounts.invite_again("officer-7", actor=SE_MANAGER, at=register.now)
    assert again is not None
    assert accounts.accept(again.token, PASSWORD, at=register.now) is not None
    assert signs_in("officer-7")
