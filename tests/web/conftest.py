"""Each test of the pages has its own register of invented people, and accounts with rights, some and none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import DjangoDbBlocker, Settings

from habeas.core.entries import Actor, Role
from habeas.store import accounts
from habeas.store.models import Account
from tests.store.conftest import copy_of, empty_database, register
from tests.store.example import AUDITOR, BOOKING, MONITOR, OFFICER, SE_MANAGER, START, Register, invited

__all__ = ["data", "empty_database", "register"]  # pages are tested on SQLite, the store beneath them on both

BACKEND = "habeas.store.accounts.AsRecorded"
PASSWORD = "invented password 1"

NOBODY = Actor(account="officer-elsewhere", party="dk-dr", role=Role.SENDING_OFFICER)


@pytest.fixture
def data(
    empty_database: Path, tmp_path: Path, settings: Settings, django_db_blocker: DjangoDbBlocker
) -> Iterator[Path]:
    """The data folder of one test, with an empty database."""
    settings.HABEAS_DATA = tmp_path / "data"
    settings.HABEAS_DATA.mkdir()
    with django_db_blocker.unblock(), copy_of(empty_database, settings.HABEAS_DATA):
        yield settings.HABEAS_DATA


@dataclass(frozen=True)
class People:
    """Signed-in browsers. Alice has rights in the case, Bob some, Charlie none; the others are named for
    what they do."""

    alice: Client
    bob: Client
    charlie: Client
    monitor: Client
    auditor: Client
    manager: Client
    stranger: Client


@pytest.fixture(autouse=True)
def _demonstration(settings: Settings, tmp_path: Path) -> None:
    """A password is enough, as in the demonstration; tests of the second factor ask for it."""
    settings.HABEAS_DEMO = True
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # quick: nothing to protect
    settings.STATIC_ROOT = str(tmp_path)
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = False


@pytest.fixture
def people(register: Register) -> People:
    """Browsers of seven people."""
    return People(
        alice=browser(OFFICER),
        bob=browser(BOOKING),
        charlie=browser(NOBODY),
        monitor=browser(MONITOR),
        auditor=browser(AUDITOR),
        manager=browser(SE_MANAGER),
        stranger=Client(),
    )


@pytest.fixture
def folder(data: Path) -> Path:
    """Where this test's register lies."""
    return data


def browser(actor: Actor) -> Client:
    """A browser in which this actor is signed in."""
    client = Client()
    client.force_login(account(actor), backend=BACKEND)
    return client


def account(actor: Actor) -> Account:
    """The account of an actor, invited and opened with a password."""
    found = Account.objects.filter(username=actor.account).first()
    if found is None or not found.is_active:
        manager = replace(actor, role=Role.ACCOUNT_MANAGER)
        invitation = accounts.invite_again(actor.account, actor=manager, at=START) or invited(actor)
        found = accounts.accept(invitation.token, PASSWORD, at=START)
    assert found is not None
    return found
