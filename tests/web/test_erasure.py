"""An erasure on the pages: asked, agreed and carried out through the forms; then the case says who agreed, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.test import Client
from django.utils import timezone

from habeas.core.entries import Actor
from habeas.core.entries.claims import CounselNamed, NamedBy
from habeas.core.entries.erasure import ErasureAsked, ErasureBy, ErasureNoticed
from habeas.core.entries.procedure import ProposalWithdrawn
from habeas.store import streams
from tests.store.example import BOOKING, COURT, DECIDER, MONITOR, OFFICER, RECEIVER, Register, proposed
from tests.store.test_erasure import CASE as ID
from tests.store.test_erasure import COUNSEL, PERSON, SAID, Held, held_in_tartu, noticed, prepared, taken
from tests.web.conftest import browser
from tests.web.test_acts import now

CASE = f"/cases/{ID}/"
PAGES = ("/work/", "/enquiries/", "/claims/", "/orders/", "/figures/se-ee-2025/", "/agreements/se-ee-2025/done/")
LATER = datetime(2027, 7, 1, 9, 0, tzinfo=UTC)


@pytest.fixture
def notice(register: Register, monkeypatch: pytest.MonkeyPatch) -> str:
    """Notice was served on both; by the clock of the pages the limitation period is over."""
    prepared(register)
    monkeypatch.setattr(timezone, "now", lambda: LATER)
    return next(each.id for each in reversed(streams.entries(ID)) if isinstance(each.body, ErasureNoticed))


def send(by: Actor, act: str, **answers: str) -> tuple[int, str]:
    client = browser(by)
    address = f"{CASE}do/{act}/"
    response = client.post(address, {**now(client, address), **answers, "step": "record"})
    return response.status_code, response.content.decode()


def agree(by: Actor, notice: str) -> int:
    on = {"ends_on_day": "30", "ends_on_month": "6", "ends_on_year": "2027"}
    return send(by, "agree_to_erasure", notice=notice, reasons="all of it was looked at by us", law="an act", **on)[0]


def page(client: Client, language: str = "en") -> str:
    client.cookies["django_language"] = language
    return client.get(CASE).content.decode()


def test_the_whole_way_on_the_pages(notice: str) -> None:
    assert "Quillfeather" in page(browser(OFFICER))
    assert "Agree to the erasure" in page(browser(DECIDER))
    status, refusal = send(MONITOR, "erase_person", notice=notice, copies_destroyed="true")
    assert status == 422
    assert "Party se-kv has not agreed since notice was served on both." in refusal
    assert "The monitor has not agreed" in refusal

    for by in (DECIDER, RECEIVER, MONITOR):
        assert agree(by, notice) == 302
    assert send(MONITOR, "erase_person", notice=notice, copies_destroyed="true")[0] == 302

    for by in (OFFICER, DECIDER, RECEIVER, BOOKING):
        shown = page(browser(by))
        assert "never open to the receiving state" not in shown
        assert "This person was erased from the record" in shown
        assert shown.index("Party se-kv") < shown.index("Party ee-vm") < shown.index("Party ee-oik")
        assert not any(each in shown for each in SAID)
        assert "Destroy your own copies" not in shown
    assert "Destroy your own copies" in page(browser(MONITOR))
    assert "Esta persona fue borrada del registro" in page(browser(MONITOR), "es")
    assert "The key is still on the disk" not in page(browser(MONITOR))
    assert browser(COUNSEL).get(CASE).status_code == 404


def test_an_erased_case_stays_in_lists_rolls_and_money_and_opens_nothing_else(notice: str) -> None:
    for by in (DECIDER, RECEIVER, MONITOR):
        agree(by, notice)
    send(MONITOR, "erase_person", notice=notice, copies_destroyed="true")

    monitor = browser(MONITOR)
    for path in ("/cases/", "/facilities/tartu/", "/agreements/se-ee-2025/money/", "/monitor/", "/findings/", *PAGES):
        shown = monitor.get(path)
        assert shown.status_code == 200, path
        assert not any(each in shown.content.decode() for each in SAID)
    listed = monitor.get("/cases/").content.decode()
    assert ID in listed
    assert "Erased" in listed
    assert monitor.get(f"{CASE}do/file_finding/").status_code == 404
    assert monitor.get(f"{CASE}entries/{notice}/").status_code == 404
    assert monitor.get(f"/receipts/{notice}/").status_code == 404


def test_somebody_whose_proposal_was_withdrawn_unseen_is_erased_without_the_receiving_state(
    register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    register.record(ID, proposed("Zephyrine", "Quillfeather"), person=PERSON)
    them = Held(register, "")
    them.record(CounselNamed(counsel=COUNSEL.account, named_by=NamedBy.PERSON), by=COURT)
    (ended,) = them.record(ProposalWithdrawn(reasons="the cell is taken by another"), by=OFFICER)
    asked = ErasureAsked(ended=ended.id, asked_by=ErasureBy.PERSON, reasons="she asks it")
    notice = noticed(register, taken(register, "ask_erasure", asked, COUNSEL)).id
    monkeypatch.setattr(timezone, "now", lambda: LATER)
    assert browser(RECEIVER).get(f"{CASE}do/agree_to_erasure/").status_code == 404

    for by in (DECIDER, MONITOR):
        assert agree(by, notice) == 302
    assert send(MONITOR, "erase_person", notice=notice, copies_destroyed="true")[0] == 302

    for by in (DECIDER, MONITOR):
        shown = page(browser(by))
        assert "never open to the receiving state" in shown
        assert "Party ee-vm" not in shown


def test_a_form_that_can_not_be_completed_says_why_all_the_same(register: Register) -> None:
    held_in_tartu(register)
    status, shown = send(COUNSEL, "ask_erasure", asked_by="person", reasons="she asks it")
    assert status == 422
    assert "nothing here to choose from yet" in shown
    assert "has not ended on record" in shown
    assert "that may be about this person" not in shown
    _, shown = send(MONITOR, "erase_person", copies_destroyed="true")
    assert "has not ended on record" in shown
