"""Accounts: invited by their party, opened once by whoever holds the token, ended by their party."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import time
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth import authenticate, get_user
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client, RequestFactory

from habeas.core.entries import Actor, Role
from habeas.core.entries.institutions import AccountEnded, AccountInvited
from habeas.core.messages import Message
from habeas.register.problems import Problem
from habeas.store import accounts, projections, standing_audit, streams
from habeas.store.models import Account, InviteToken
from habeas.store.sessions import SessionStore
from tests import postgres
from tests.store.example import EE_MANAGER, MONITOR, OFFICER, SE_MANAGER, SENDING, Register, invited
from tests.store.test_memory import copied
from tests.store.test_secrecy import files_with

PASSWORD = "four invented words here"
INVITED = AccountInvited(account="officer-7", party=SENDING, role=Role.SENDING_OFFICER)


def invite(register: Register) -> accounts.Invitation:
    """Invite an officer by the system."""
    return accounts.appoint(INVITED, at=register.now)


def test_an_invitation_is_an_entry_that_all_parties_see(register: Register) -> None:
    invite(register)

    assert streams.entries("party-se-kv")[-1].body == INVITED


def test_whoever_holds_the_token_opens_the_account_once(register: Register) -> None:
    invitation = invite(register)
    assert accounts.invited(invitation.token, at=register.now) == "officer-7"

    account = accounts.accept(invitation.token, PASSWORD, at=register.now)

    assert account is not None
    assert account.actor() == Actor(account="officer-7", party=SENDING, role=Role.SENDING_OFFICER)
    assert authenticate(None, username="officer-7", password=PASSWORD) == account
    assert accounts.accept(invitation.token, "another invented one", at=register.now) is None


def test_an_account_that_nobody_opened_can_not_sign_in(register: Register) -> None:
    invite(register)

    assert Account.objects.filter(username="officer-7").exists()
    assert authenticate(None, username="officer-7", password="") is None


def test_a_token_lasts_seven_days(register: Register) -> None:
    invitation = invite(register)
    late = invitation.expires_at

    assert accounts.invited(invitation.token, at=late - timedelta(seconds=1)) == "officer-7"
    assert accounts.accept(invitation.token, PASSWORD, at=late) is None


def test_a_token_lies_nowhere(register: Register, data: Path) -> None:
    invitation = invite(register)

    assert files_with(data, "officer-7") != []
    assert files_with(data, invitation.token) == []


def test_a_weak_password_is_refused_and_the_token_stays(register: Register) -> None:
    invitation = invite(register)

    with pytest.raises(ValidationError):
        accounts.accept(invitation.token, "short", at=register.now)

    assert accounts.accept(invitation.token, PASSWORD, at=register.now) is not None


def test_a_new_token_replaces_the_old_one_for_the_own_party_only(register: Register) -> None:
    first = invite(register)
    assert accounts.invite_again("officer-7", actor=EE_MANAGER, at=register.now) is None
    assert accounts.invited(first.token, at=register.now) == "officer-7"

    second = accounts.invite_again("officer-7", actor=SE_MANAGER, at=register.now)

    assert second is not None
    assert accounts.invited(first.token, at=register.now) is None
    assert accounts.invited(second.token, at=register.now) == "officer-7"


def test_one_account_is_one_human(register: Register) -> None:
    invite(register)

    assert accounts.reason_against(INVITED, SE_MANAGER) == Message("store.account_taken", {"account": "officer-7"})


def test_only_the_own_party_ends_an_account(register: Register) -> None:
    invitation = invite(register)
    accounts.accept(invitation.token, PASSWORD, at=register.now)
    end = AccountEnded(account="officer-7", reasons="left the service")
    refused = Message("store.not_your_account", {"account": "officer-7"})

    assert accounts.reason_against(end, EE_MANAGER) == refused
    assert accounts.reason_against(end, SE_MANAGER) is None

    register.versions["party-se-kv"] = len(streams.entries("party-se-kv"))
    accounts.follow(register.record("party-se-kv", end, by=SE_MANAGER), register.now)
    assert authenticate(None, username="officer-7", password=PASSWORD) is None
    assert accounts.reason_against(end, SE_MANAGER) == refused


# --- a row that is not what the register says ---------------------------------------------------------


def as_owner(statement: str) -> None:
    """Change a table as its owner: on PostgreSQL the application could not."""
    if connection.vendor == "postgresql":
        postgres.as_owner(str(connection.settings_dict["NAME"]), statement)
    else:
        with connection.cursor() as cursor:
            cursor.execute(statement)


def asking(account: Account) -> AbstractBaseUser:
    """Who a request with this account's session is from. Raises NotRecorded."""
    client, request = Client(), RequestFactory().get("/work/")
    client.force_login(account)
    request.session = client.session
    user = get_user(request)
    assert isinstance(user, AbstractBaseUser)
    return user


def opened(register: Register) -> Account:
    account = accounts.accept(invite(register).token, PASSWORD, at=register.now)
    assert account is not None
    return account


def found_by_the_audit(register: Register) -> list[Problem]:
    return [each for each in standing_audit.audit(register.now) if each.code == "server.account_differs"]


BECOMES = {
    "role": "role = 'monitor'",
    "party": "party = 'ee-oik'",
    "the whole monitor": "role = 'monitor', party = 'ee-oik'",
    "facility": "facility = 'tartu'",
    "no role at all": "role = 'owner of everything'",
    "name": "username = 'monitor-9'",
}


@pytest.mark.parametrize("change", BECOMES.values(), ids=BECOMES)
def test_an_account_whose_row_was_changed_is_nobody_and_is_named(register: Register, change: str) -> None:
    account = opened(register)
    assert asking(account) == account
    assert found_by_the_audit(register) == []

    as_owner(f"UPDATE store_account SET {change} WHERE username = 'officer-7'")

    changed = Account.objects.get(pk=account.pk)
    with pytest.raises(accounts.NotRecorded):
        asking(changed)
    named = {str(each.parameters["key"]) for each in found_by_the_audit(register)}
    assert named == {"officer-7", changed.username}
    assert {each.key for each in projections.rebuild().differences} == named
    assert {each.code for each in projections.other_accounts()} == {"server.account_differs"}


def test_a_row_that_nobody_invited_is_nobody_and_is_named(register: Register) -> None:
    row = Account(username="monitor-9", party="ee-oik", role=Role.MONITOR.value, is_active=True)
    row.set_password(PASSWORD)
    row.save()

    with pytest.raises(accounts.NotRecorded):
        asking(row)

    assert [each.parameters["key"] for each in found_by_the_audit(register)] == ["monitor-9"]


def test_counsel_that_nobody_invited_can_not_be_named(register: Register) -> None:
    counsel = Actor(account="counsel-1", party="se-court", role=Role.COUNSEL)
    Account.objects.create(username="counsel-9", party="se-court", role=Role.COUNSEL.value)

    invited(counsel)

    assert [each.username for each in accounts.counsel()] == ["counsel-1"]


def test_an_account_that_its_party_ended_stays_nobody_whatever_its_row_says(register: Register) -> None:
    account = opened(register)
    register.versions["party-se-kv"] = len(streams.entries("party-se-kv"))
    end = AccountEnded(account="officer-7", reasons="left the service")
    accounts.follow(register.record("party-se-kv", end, by=SE_MANAGER), register.now)
    assert found_by_the_audit(register) == []

    Account.objects.filter(username="officer-7").update(is_active=True, ended_at=None)

    with pytest.raises(accounts.NotRecorded):
        asking(Account.objects.get(pk=account.pk))
    assert [each.parameters["key"] for each in found_by_the_audit(register)] == ["officer-7"]


def test_an_account_of_which_the_row_is_gone_is_named(register: Register) -> None:
    invited(MONITOR)
    as_owner("DELETE FROM store_invitetoken")
    as_owner("DELETE FROM store_account WHERE username = 'monitor-1'")

    assert [(each.key, each.missing) for each in projections.other_accounts()] == [("monitor-1", True)]


def test_who_an_account_is_is_read_anew_after_each_entry(register: Register) -> None:
    account = opened(register)
    assert accounts.is_recorded(account)
    invited(OFFICER)

    assert accounts.is_recorded(Account.objects.get(username=OFFICER.account))
    assert accounts.is_recorded(account)


# --- what of signing in lies in tables that whoever has the database may write ------------------------


def test_a_password_that_was_copied_or_made_elsewhere_signs_nobody_in(register: Register) -> None:
    account = opened(register)
    accounts.accept(invited(MONITOR).token, "another invented one", at=register.now)
    mine = Account.objects.get(username="officer-7").password
    known = make_password(PASSWORD)
    assert mine.startswith(known.split("$", 1)[0])

    for password in (mine, known, ""):
        Account.objects.filter(username="monitor-1").update(password=password)
        assert authenticate(None, username="monitor-1", password=PASSWORD) is None

    assert authenticate(None, username="officer-7", password=PASSWORD) == account


def test_an_invitation_that_was_written_into_the_table_opens_nothing(register: Register) -> None:
    mine, other = invite(register), invited(MONITOR)
    row = InviteToken.objects.get(account="officer-7")
    InviteToken.objects.all().delete()
    for token_hash in (row.token_hash, sha256(mine.token.encode()).hexdigest()):
        InviteToken.objects.create(account="monitor-1", token_hash=token_hash, expires_at=row.expires_at)
        assert accounts.accept(mine.token, PASSWORD, at=register.now) is None
        InviteToken.objects.all().delete()
    longer = row.expires_at + timedelta(days=1)
    InviteToken.objects.create(account="officer-7", token_hash=row.token_hash, expires_at=longer)
    assert accounts.invited(mine.token, at=register.now) is None

    InviteToken.objects.all().delete()
    row.save(force_insert=True)
    assert accounts.invited(mine.token, at=register.now) == "officer-7"
    assert accounts.invited(other.token, at=register.now) is None


def test_a_session_is_in_no_table_and_no_name_of_a_file_is_its_cookie(register: Register, data: Path) -> None:
    theirs = Client()
    theirs.force_login(opened(register))
    cookie = theirs.cookies["sessionid"].value
    assert SessionStore(cookie).get("_auth_user_id") == str(Account.objects.get(username="officer-7").pk)

    (file,) = (data / "sessions").iterdir()

    assert "django_session" not in connection.introspection.table_names()
    assert cookie not in file.read_text()
    assert SessionStore(file.name).get("_auth_user_id") is None
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_session_that_was_ended_stays_so_whoever_puts_every_table_back(register: Register, data: Path) -> None:
    client = Client()
    client.force_login(opened(register))
    cookie = client.cookies["sessionid"].value
    put_back = copied(data)
    assert SessionStore(cookie).exists(cookie)

    client.logout()
    put_back()

    assert not SessionStore(cookie).exists(cookie)
    assert SessionStore(cookie).get("_auth_user_id") is None
    assert list((data / "sessions").iterdir()) == []


def test_a_session_that_one_process_ends_is_ended_for_every_other(register: Register, data: Path) -> None:
    client = Client()
    client.force_login(opened(register))
    cookie = client.cookies["sessionid"].value
    ends = f"""
import django
django.setup()
from habeas.store.sessions import SessionStore
session = SessionStore({cookie!r})
print(session["_auth_user_id"])
session.flush()
"""
    environment = {
        **os.environ,
        "HABEAS_DATA": str(data),
        "HABEAS_SECRET_KEY": settings.SECRET_KEY,
        "DJANGO_SETTINGS_MODULE": "habeas.settings",
    }

    done = subprocess.run([sys.executable, "-c", ends], env=environment, capture_output=True, text=True, check=True)

    assert done.stdout.strip() == str(Account.objects.get(username="officer-7").pk)
    assert SessionStore(cookie).get("_auth_user_id") is None


def test_a_session_is_over_after_twelve_hours_whatever_it_was_told_and_its_file_goes(
    register: Register, data: Path
) -> None:
    client = Client()
    client.force_login(opened(register))
    session = client.session
    session.set_expiry(10**9)
    session.save()
    (file,) = (data / "sessions").iterdir()
    SessionStore.clear_expired()
    assert SessionStore(session.session_key).get("_auth_user_id") is not None

    written = time.time() - settings.SESSION_COOKIE_AGE - 1
    os.utime(file, (written, written))

    over = SessionStore(session.session_key)
    assert over.get("_auth_user_id") is None
    assert over.is_empty()
    SessionStore.clear_expired()
    assert list((data / "sessions").iterdir()) == []


@pytest.mark.parametrize("name", ["MANAGER-7", "manager-7\u200b", "manág", "x" * 61, "", " x", "=cmd|1"])
def test_a_name_that_can_not_be_told_from_another_is_refused(register: Register, name: str) -> None:
    accounts.appoint(called("manager-7"), at=register.now)

    with pytest.raises(ValueError, match=r"store\.account_(name|taken)"):
        accounts.appoint(called(name), at=register.now)


def test_an_invitation_that_was_accepted_stays_so_whoever_puts_its_row_back(register: Register) -> None:
    invitation = accounts.appoint(called("manager-7"), at=register.now)
    (row,) = InviteToken.objects.filter(account="manager-7")
    assert accounts.accept(invitation.token, "four invented words", at=register.now)

    row.save(force_insert=True)

    assert accounts.accept(invitation.token, "other invented words", at=register.now) is None


def test_a_session_is_bound_to_the_name_of_its_account(register: Register) -> None:
    one, other = Account(username="so1", password="the same"), Account(username="mon1", password="the same")

    assert one.get_session_auth_hash() != other.get_session_auth_hash()


def called(name: str) -> AccountInvited:
    return AccountInvited(account=name, party="se-kv", role=Role.ACCOUNT_MANAGER)
