"""How the register stands with its witnesses: open to everybody, and on the acts that bind a state."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from habeas.core.entries import kind_of
from habeas.core.entries.procedure import Decided, Outcome
from habeas.core.permissions import ACTS
from habeas.core.permissions import BINDING as SIGNED
from habeas.core.witnessing import BINDING
from habeas.register.witness import Answer
from habeas.register.witness import Outcome as Answered
from habeas.store import witnessed
from habeas.store.begin import new_key
from habeas.store.models import AuditRow
from tests.store.example import DECIDER, Register
from tests.store.test_witnessed import ALICE, BOB, Cosign, cosigned, policy_text
from tests.web.conftest import People

__all__ = ["cosigned"]
DECISION = Decided(outcome=Outcome.TRANSFER, reasons="An invented reason", remedy="An invented appeal")


@pytest.fixture
def decided(register: Register) -> str:
    """The entry of a decision on Anna, recorded an hour ago."""
    register.propose("anna", "Anna", "Fiktiv")
    register.now = datetime.now(UTC) - timedelta(hours=1)
    return register.record("case-anna", DECISION, by=DECIDER, person="person-anna")[0].id


def text(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, address
    return " ".join(response.content.decode().split())


def test_without_a_policy_it_says_plainly_that_nobody_witnesses(decided: str, people: People) -> None:
    for client in (Client(), people.alice):
        assert "Nobody outside witnesses this register" in text(client, "/log/")
    receipt = text(people.alice, f"/receipts/{decided}/")
    assert "Nobody outside witnesses this register" in receipt
    assert "--key" in receipt
    assert "--policy" not in receipt
    assert "Nobody outside witnesses this register" in text(people.monitor, "/monitor/")
    assert Client().get("/log/policy.txt").status_code == 404
    assert json.loads(text(Client(), "/log/status.json"))["witnesses"] == []


def test_who_has_seen_how_much_stands_on_the_page_and_in_the_file(
    decided: str, register: Register, cosigned: Cosign
) -> None:
    size = witnessed.newest().size
    cosigned(ALICE, at=datetime.now(UTC) - timedelta(minutes=10))

    page = text(Client(), "/log/")
    assert f"{register.vkey}" in page
    assert "Fresh" in page
    assert "Never" in page
    assert "Enough witnesses have seen the first 0 entries." in page
    assert "Fiktiv" not in page
    said = json.loads(text(Client(), "/log/status.json"))
    assert [(each["name"], each["view"], each["size"]) for each in said["witnesses"]] == [
        ("alice", "fresh", size),
        ("bob", "never", None),
    ]
    assert (said["is_met"], said["covered"], said["waiting"], said["late"]) == (False, 0, said["waiting"], 1)

    cosigned(BOB, at=datetime.now(UTC) - timedelta(hours=3))
    said = json.loads(text(Client(), "/log/status.json"))
    assert [each["view"] for each in said["witnesses"]] == ["fresh", "late"]
    assert (said["is_met"], said["covered"], said["waiting"], said["late"]) == (True, size, 0, 0)
    assert "Enough witnesses have seen all that there is." in text(Client(), "/log/")


def test_a_new_key_that_a_witness_has_not_been_given_is_told_until_it_cosigns(
    decided: str, register: Register, cosigned: Cosign
) -> None:
    cosigned(ALICE, BOB)
    assert "has the key above since" not in text(Client(), "/log/")
    new_key("log", at=register.now)
    cosigned(ALICE)
    assert "The register has the key above since" in text(Client(), "/log/")
    assert json.loads(text(Client(), "/log/status.json"))["new_key_at"]
    cosigned(BOB)
    assert "has the key above since" not in text(Client(), "/log/")


def test_a_receipt_says_how_it_is_checked_by_the_policy(decided: str, people: People, cosigned: Cosign) -> None:
    cosigned(ALICE, BOB)
    page = text(people.alice, f"/receipts/{decided}/")
    assert "http://testserver/log/policy.txt" in page
    assert "habeas verify receipt.json --policy policy.txt" in page
    people.alice.cookies["django_language"] = "es"
    assert "O exija que lo hayan visto suficientes testigos." in text(people.alice, f"/receipts/{decided}/")


def test_the_policy_is_given_as_it_is(register: Register, cosigned: Cosign) -> None:
    response = Client().get("/log/policy.txt")
    assert response.content.decode() == policy_text(register.vkey)
    assert response["Content-Type"].startswith("text/plain")


def test_a_binding_act_says_who_has_seen_it_and_who_has_not(decided: str, people: People, cosigned: Cosign) -> None:
    addresses = (f"/receipts/{decided}/", f"/cases/case-anna/entries/{decided}/")
    for address in addresses:
        page = text(people.alice, address)
        assert "Recorded, not yet witnessed by alice, bob since" in page
        assert "It is in force already." in page
    cosigned(ALICE)
    for address in addresses:
        page = text(people.alice, address)
        assert "Recorded, witnessed by alice." in page
        assert "Recorded, not yet witnessed by bob since" in page
    cosigned(BOB)
    for address in addresses:
        page = text(people.alice, address)
        assert "Recorded, witnessed by alice, bob." in page
        assert "not yet witnessed" not in page


def test_an_act_that_binds_nobody_says_nothing_of_witnesses(
    register: Register, people: People, cosigned: Cosign
) -> None:
    register.propose("anna", "Anna", "Fiktiv")
    assert "not yet witnessed" not in text(people.alice, f"/receipts/{register.opening('anna').id}/")


def test_what_was_not_witnessed_within_a_day_is_late_there_and_at_the_monitors_desk(
    register: Register, people: People, cosigned: Cosign
) -> None:
    cosigned(ALICE, BOB)
    register.propose("anna", "Anna", "Fiktiv")
    register.now = datetime.now(UTC) - timedelta(hours=25)
    decided = register.record("case-anna", DECISION, by=DECIDER, person="person-anna")[0].id
    cosigned(ALICE)
    words = "1 act that binds a state was not witnessed within 24 hours."

    assert "Enough witnesses should have seen it by" in text(people.alice, f"/receipts/{decided}/")
    assert words in text(people.monitor, "/monitor/")
    assert json.loads(text(Client(), "/log/status.json"))["late"] == 1

    cosigned(BOB, at=datetime.now(UTC))
    assert "Enough witnesses should have seen it by" in text(people.alice, f"/receipts/{decided}/")  # it was late
    assert words not in text(people.monitor, "/monitor/")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer(outcome=Answered.BEHIND, seen=99), ("alice had seen 99 entries", "había visto 99 asientos")),
        (Answer(outcome=Answered.FORK, seen=3), ("another past of the first 3", "otro pasado de los primeros 3")),
    ],
)
def test_a_contradiction_stays_on_the_page_also_when_the_witness_cosigns_again(
    answer: Answer, words: tuple[str, str], people: People, cosigned: Cosign
) -> None:
    witnessed.note_answer(ALICE.verifier, answer, witnessed.newest().size)
    assert "Contradicts" in text(Client(), "/log/")
    witnessed.note_answer(ALICE.verifier, Answer(outcome=Answered.COSIGNED), witnessed.newest().size)
    cosigned(ALICE, at=datetime.now(UTC))
    page = text(Client(), "/log/")
    assert words[0] in page
    assert "Contradicts" not in page
    assert words[1] in text(Client(headers={"accept-language": "es"}), "/log/")
    assert "A witness contradicts this register." in text(people.monitor, "/monitor/")


def test_why_a_witness_gives_nothing_is_said(cosigned: Cosign) -> None:
    for outcome, said in (("refused", "Refused"), ("silent", "Gave no answer"), ("invalid", "nothing that its key")):
        witnessed.note_answer(BOB.verifier, Answer(outcome=Answered(outcome)), 1)
        assert said in text(Client(), "/log/")


def test_a_policy_that_demands_nobody_is_called_that(register: Register, settings: Settings, tmp_path: Path) -> None:
    settings.HABEAS_POLICY = tmp_path / "none"
    settings.HABEAS_POLICY.write_text(policy_text(register.vkey, "quorum none\n"))
    assert "demands no witness" in text(Client(), "/log/")


def test_before_the_register_begins_there_is_no_page(data: Path) -> None:
    assert Client().get("/log/").status_code == 404
    assert Client().get("/log/status.json").status_code == 404


def test_whatever_an_officer_signs_for_a_state_must_be_witnessed() -> None:
    assert {kind_of(ACTS[act].body) for act in SIGNED} < BINDING
    assert "fact_recorded" not in BINDING


def test_everybody_is_told_that_the_last_check_found_something(register: Register) -> None:
    AuditRow.objects.create(at=datetime.now(UTC), size=11, findings={})
    assert "not as it was signed" not in text(Client(), "/log/")
    AuditRow.objects.create(at=datetime.now(UTC), size=11, findings={"audit.content_changed": 2, "audit.heads": 1})

    assert "found 3 things that are not as they were signed" in text(Client(), "/log/")
    assert "halló 3 cosas que no están como se firmaron" in text(Client(headers={"accept-language": "es"}), "/log/")


def test_a_policy_that_is_not_there_is_one_sentence_for_everybody_and_a_path_for_the_operator_alone(
    register: Register, settings: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings.HABEAS_POLICY = tmp_path / "missing"

    for address in ("/log/", "/log/status.json", "/log/policy.txt", "/log/v1/checkpoint"):
        answer = Client().get(address)
        page = answer.content.decode()
        assert (answer.status_code, "whose cosignatures are enough is missing" in page) == (503, True), address
        assert str(tmp_path) not in page
    assert f"HABEAS_POLICY names {tmp_path / 'missing'}" in caplog.text


def test_a_witness_is_looked_up_once_a_page(decided: str, cosigned: Cosign) -> None:
    cosigned(ALICE, BOB)
    with CaptureQueriesContext(connection) as asked:
        text(Client(), "/log/")
    rows = [each["sql"] for each in asked if "store_cosignaturerow" in each["sql"] and "ORDER BY" in each["sql"]]
    assert len([each for each in rows if ALICE.verifier.text in each]) == 1
