"""Which decisions are individual only in name: told to court and monitor, counted for everybody, and without a name."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest
from django.db.models import QuerySet

from habeas.core.entries import Actor, Entry
from habeas.core.entries.procedure import Decided, ObjectionRaised, Outcome, Voice
from habeas.store import consultation, evidence
from habeas.store.consultation import DOCUMENT
from habeas.store.figures import of_decision, public_figures
from habeas.store.models import ConsultationRow
from tests.store.example import COURT, DECIDER, MONITOR, OFFICER, RECEIVER, Register
from tests.store.test_evidence import ADDED, LETTER
from tests.web.conftest import People, browser

AGREEMENT = "se-ee-2025"
ALIKE = "nearly word for word those of 1 other decision"
UNOPENED = "Of 1 document(s) on file, 1 had never been opened here"
MINUTES = "1 minute(s) after another person’s, by the same account"


@pytest.fixture
def documents(register: Register) -> dict[str, Entry]:
    """Two people with a document each, and a decision on each a minute apart, in the same words."""
    made: dict[str, Entry] = {}
    for name, given, family in (("alice", "Alice", "Fiktiv"), ("bob", "Bob", "Exempel")):
        register.propose(name, given, family)
        person = f"person-{name}"
        (made[name],) = register.record(f"case-{name}", evidence.described(ADDED, LETTER), person=person)
        evidence.keep(made[name], LETTER)
        objection = ObjectionRaised(raised_by=Voice.PERSON, grounds="an invented ground")
        register.record(f"case-{name}", objection, person=person)
    return made


def decide(register: Register, name: str, reasons: str) -> None:
    body = Decided(outcome=Outcome.TRANSFER, reasons=reasons, remedy="Appeal within 7 days.")
    register.record(f"case-{name}", body, by=DECIDER, person=f"person-{name}")
    register.wait(minutes=1)


def decide_both(register: Register) -> None:
    for name, given in (("alice", "Alice"), ("bob", "Bob")):
        decide(register, name, f"The transfer of {given} is in accordance with the agreement in every respect.")


def documents_opened() -> QuerySet[ConsultationRow]:
    return ConsultationRow.objects.filter(what=DOCUMENT)


def page(actor: Actor, name: str = "bob", language: str = "en") -> str:
    response = browser(actor).get(f"/cases/case-{name}/", headers={"accept-language": language})
    assert response.status_code == 200
    return str(response.content.decode())


def test_court_and_monitor_are_told_and_nobody_else(register: Register, documents: dict[str, Entry]) -> None:
    decide_both(register)
    for reader in (COURT, MONITOR):
        shown = page(reader)
        assert [each in shown for each in (ALIKE, UNOPENED, MINUTES)] == [True, True, True]
    for other in (OFFICER, DECIDER):
        assert not any(each in page(other) for each in (ALIKE, UNOPENED, MINUTES))


def test_they_are_told_in_spanish(register: Register, documents: dict[str, Entry]) -> None:
    decide_both(register)
    shown = page(MONITOR, language="es")
    assert "casi palabra por palabra los de otras 1 decisiones" in shown
    assert "no habían sido abiertos aquí por quien decidió" in shown


def test_each_is_counted_for_everybody_and_names_nobody(
    register: Register, documents: dict[str, Entry], people: People
) -> None:
    before = dict(public_figures(AGREEMENT, register.now).series["findings"].rows)
    assert not [each for each in before if "alike" in each.code]  # type: ignore[union-attr]
    decide_both(register)
    rows = public_figures(AGREEMENT, register.now + timedelta(minutes=2)).series["findings"].rows
    found = {cell.code.rpartition(".")[2]: count for cell, count in rows}  # type: ignore[union-attr]
    counted = {each: found.get(each) for each in ("reasons_alike", "evidence_unopened", "decided_minutes_apart")}
    assert counted == {"reasons_alike": 2, "evidence_unopened": 2, "decided_minutes_apart": 1}
    shown = people.stranger.get("/figures/").content.decode()
    assert "A decision with nearly the same reasons as another’s" in shown
    assert not any(each in shown for each in (DECIDER.account, "Fiktiv", "case-alice"))


def test_who_opened_the_document_before_deciding_is_not_found(register: Register, documents: dict[str, Entry]) -> None:
    opened = browser(DECIDER).get(f"/cases/case-bob/entries/{documents['bob'].id}/document/")
    assert opened.status_code == 200
    row = documents_opened().get()
    assert (row.entry, row.account) == (documents["bob"].id, DECIDER.account)
    # The register's clock is behind the page's: once more, before the decision by that clock.
    consultation.note(DECIDER, "case-bob", register.now - timedelta(hours=1), what=DOCUMENT, entry=row.entry)
    decide_both(register)
    assert (UNOPENED in page(MONITOR, "alice"), UNOPENED in page(MONITOR, "bob")) == (True, False)


@pytest.mark.parametrize("reader", [MONITOR, COURT], ids=lambda each: each.role.value)
def test_what_somebody_outside_both_states_opens_leaves_no_trace(
    register: Register, documents: dict[str, Entry], reader: Actor
) -> None:
    address = f"/cases/case-bob/entries/{documents['bob'].id}/document/"
    assert browser(reader).get(address).status_code == 200
    assert not documents_opened().exists()
    assert browser(OFFICER).get(address).status_code == 200
    assert documents_opened().count() == 1


def test_a_document_that_was_not_given_out_was_not_opened(register: Register, documents: dict[str, Entry]) -> None:
    stranger = dataclasses.replace(RECEIVER, account="not-yet")
    assert browser(stranger).get(f"/cases/case-bob/entries/{documents['bob'].id}/document/").status_code == 404
    assert not documents_opened().exists()


def test_at_a_past_moment_nothing_is_said_that_was_counted_since(
    register: Register, documents: dict[str, Entry]
) -> None:
    decide_both(register)
    assert of_decision("case-bob", AGREEMENT, register.now)
    past = browser(MONITOR).get("/cases/case-bob/?on=2026-09-01&time=23:59:00")
    assert ALIKE not in past.content.decode()
