"""Who of the states looked into a case is noted with what and why; what others read leaves no trace for a state."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.db import DatabaseError, transaction
from django.test import Client

from habeas.core.entries import Actor
from habeas.register.verify import verify_path
from habeas.store.models import ConsultationRow, ReadingRow
from habeas.store.proofs import log_key
from tests.store.example import BOOKING, COURT, DECIDER, MONITOR, OFFICER, RECEIVER, Register
from tests.web.conftest import browser
from tests.web.test_asking import enquire

CASE = "/cases/case-anna/"


@pytest.fixture
def anna(register: Register) -> Register:
    register.propose("anna", "Anna", "Fiktiv")
    return register


def looked(actor: Actor, language: str = "en") -> str:
    return browser(actor).get(f"{CASE}looked/", headers={"accept-language": language}).content.decode()


def noted() -> list[tuple[str, str, str]]:
    rows = ConsultationRow.objects.order_by("at")
    return list(rows.values_list("account", "what", "why"))


def test_the_act_that_waits_is_why_an_officer_opened_a_case(anna: Register) -> None:
    browser(OFFICER).get(CASE)
    browser(OFFICER).get(f"{CASE}do/record_title/")
    assert noted() == [(OFFICER.account, "case", "record_fact"), (OFFICER.account, "form", "record_title")]


def test_who_has_nothing_to_do_in_a_case_is_asked_why_once(anna: Register) -> None:
    client = browser(DECIDER)
    assert 'name="why"' in client.get(CASE).content.decode()
    assert client.post(f"{CASE}looked/why/", {"why": "order"}).status_code == 302
    assert noted()[-1] == (DECIDER.account, "reason", "order")
    assert 'name="why"' not in client.get(CASE).content.decode()


def test_a_reason_that_is_none_is_not_noted(anna: Register) -> None:
    browser(DECIDER).post(f"{CASE}looked/why/", {"why": "Anna Fiktiv"})
    assert noted() == []


def test_the_monitor_sees_all_of_it_and_a_state_only_its_own(anna: Register) -> None:
    browser(OFFICER).get(CASE)
    browser(DECIDER).get(CASE)
    assert [each in looked(MONITOR) for each in (OFFICER.account, DECIDER.account, "No reason given")] == [True] * 3
    assert [each in looked(OFFICER) for each in (OFFICER.account, DECIDER.account)] == [True, True]
    ConsultationRow.objects.create(
        id="0" * 32, account="other-state", party="ee-vangla", case="case-anna", what="case", at=anna.now
    )
    assert ("other-state" in looked(MONITOR), "other-state" in looked(OFFICER)) == (True, False)
    assert "Sin motivo indicado" in looked(MONITOR, "es")


@pytest.mark.parametrize("other", [MONITOR, COURT], ids=lambda each: each.role.value)
def test_what_those_outside_both_executives_open_is_not_noted(anna: Register, other: Actor) -> None:
    browser(other).get(CASE)
    looked(other)
    assert noted() == []


def test_a_case_that_is_not_theirs_tells_nothing(anna: Register) -> None:
    for stranger in (BOOKING, RECEIVER):
        assert browser(stranger).get(f"{CASE}looked/").status_code == 404
    assert noted() == []


def test_a_search_by_name_is_noted_for_each_case_that_it_shows_and_holds_no_name(anna: Register) -> None:
    browser(OFFICER).post("/cases/", {"name": "fictiv anna"})
    assert noted() == [(OFFICER.account, "search", "")]
    assert not any(
        "nna" in str(value).replace("case-anna", "") for value in ConsultationRow.objects.values_list().get()
    )


def test_what_was_noted_can_t_be_changed_or_deleted(anna: Register) -> None:
    browser(OFFICER).get(CASE)
    for change in (lambda: ConsultationRow.objects.update(why="order"), lambda: ConsultationRow.objects.all().delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    assert len(noted()) == 1


def test_a_page_opened_again_at_once_is_one_consultation(anna: Register) -> None:
    for _ in range(3):
        browser(OFFICER).get(CASE)
    assert len(noted()) == 1


def test_whoever_asked_sees_when_it_was_opened_before_and_the_table_does_not_say_whose_it_is(anna: Register) -> None:
    client = Client()
    reference = enquire(client)
    asked = {"reference": reference, "word": "winter river"}
    pages = [client.post("/ask/answer/", asked).content.decode() for _ in range(3)]
    found = [re.search(r"Opened with this reference and word before: (\d+)", each) for each in pages]
    assert [each and each[1] for each in found] == [None, "1", "2"]
    client.post("/ask/answer/", {**asked, "word": "summer river"})
    rows = list(ReadingRow.objects.values_list("id", "sealed"))
    assert len(rows) == 3
    assert all(re.fullmatch("[0-9a-f]{32}", each) for each, _ in rows)
    assert {len(sealed) for _, sealed in rows} == {512 + 32 + 16}


def test_a_receipt_of_one_field_proves_it_and_says_nothing_of_the_others(anna: Register, tmp_path: Path) -> None:
    entry = anna.opening("anna")
    whole = browser(OFFICER).get(f"/receipts/{entry.id}/file/").content
    one = browser(OFFICER).get(f"/receipts/{entry.id}/file/?field=family_names").content
    assert b"Anna" in whole
    assert (b"Anna" in one, b"Fiktiv" in one) == (False, True)
    file = tmp_path / "receipt.json"
    file.write_bytes(one)
    report = verify_path(file, log_key().text)
    assert report.ok
    assert {each.path: each.value for each in report.disclosed}["body.family_names"] == "Fiktiv"
    assert OFFICER.account not in one.decode()


def test_a_field_that_is_not_theirs_is_in_no_receipt(anna: Register) -> None:
    entry = anna.opening("anna")
    assert browser(OFFICER).get(f"/receipts/{entry.id}/file/?field=no_such_field").status_code == 404
