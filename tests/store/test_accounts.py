"""Accounts: invited by their party, opened once by whoever holds the token, ended by their party."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth import authenticate
from django.core.exceptions import ValidationError

from habeas.core.entries import Actor, Role
from habeas.core.entries.institutions import AccountEnded, AccountInvited
from habeas.core.messages import Message
from habeas.store import accounts, streams
from habeas.store.models import Account
from tests.store.example import EE_MANAGER, SE_MANAGER, SENDING, Register
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
