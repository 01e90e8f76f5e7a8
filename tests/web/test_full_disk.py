"""A full disk: nothing is recorded, nobody is signed in, and both are said with what was typed."""

from __future__ import annotations

import errno
import tempfile

import pytest
from django.db import connection
from django.test import Client

from habeas.store.models import LogRow
from tests.store.example import OFFICER, Register
from tests.web.conftest import PASSWORD, People, account
from tests.web.test_acts import now
from tests.web.test_behind import INJURY, OURS

SAID = "The disk on which the register is kept is full"
BOB = "/cases/case-bob/do/report_injury/"


def grow_to(pages: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA max_page_count = {pages}")


def test_an_act_keeps_what_was_typed_and_is_recorded_once_there_is_room(register: Register, people: People) -> None:
    register.propose("bob", "Bob", "Example")
    before, form = LogRow.objects.count(), now(people.monitor, BOB) | INJURY | {"circumstances": "he fell. " * 200}
    try:
        grow_to(1)  # no further page
        answer = people.monitor.post(BOB, form, headers=OURS)
        page = answer.content.decode()
        assert (answer.status_code, SAID in page, "a broken wrist" in page) == (503, True, True)
        assert f'name="send_id" value="{form["send_id"]}"' in page
        assert LogRow.objects.count() == before
    finally:
        grow_to(1_000_000_000)

    assert people.monitor.post(BOB, form, headers=OURS).status_code == 302
    assert LogRow.objects.count() > before


def test_whoever_cannot_be_signed_in_is_told_why(
    register: Register, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    account(OFFICER)
    client, typed = Client(raise_request_exception=False), {"login": OFFICER.account, "password": PASSWORD}

    def full(**_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(tempfile, "mkstemp", full)
        answer = client.post("/account/sign-in/", typed)
    assert (answer.status_code, SAID in answer.content.decode()) == (503, True)
    assert PASSWORD not in answer.content.decode()

    assert client.post("/account/sign-in/", typed).status_code == 302
