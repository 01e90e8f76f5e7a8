"""While the register is behind what it published, or was proved to have signed two pasts, its pages are read, and a
form gives back what was typed."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client

from habeas.store import memory, sequencer, witnessed
from habeas.store.models import LogRow
from tests.store.example import Register
from tests.store.test_memory import grown
from tests.store.test_work import forked
from tests.web.conftest import People
from tests.web.test_acts import now

OURS = {"Sec-Fetch-Site": "same-origin"}
SAID = "This register is behind what it published"
INJURY = {
    "step": "record",
    "injury": "a broken wrist",
    "circumstances": "he fell from a bunk",
    "reported_to": "an invented inspector",
}


BOB, ALICE = "/cases/case-bob/do/report_injury/", "/cases/case-alice/do/report_injury/"


@pytest.fixture
def behind(register: Register, people: People, data: Path) -> Register:
    """Bob and the accounts are on record; the proposal of Alice was published, and is gone."""
    register.propose("bob", "Bob", "Example")
    grown(register, data)
    return register


def test_a_form_on_a_case_answers_503_with_what_was_typed(behind: Register, people: People) -> None:
    entries = LogRow.objects.count()

    form = now(people.monitor, BOB) | INJURY
    for path in (BOB, ALICE):
        answer = people.monitor.post(path, form, headers=OURS)
        page = answer.content.decode()
        assert (answer.status_code, "he fell from a bunk" in page, SAID in page) == (503, True, True), path

    assert LogRow.objects.count() == entries


def test_pages_are_read_and_say_it_in_both_languages(behind: Register, people: People) -> None:
    spanish = Client(headers={"Accept-Language": "es"})
    for client, path in ((people.alice, "/cases/case-bob/"), (Client(), "/figures/"), (Client(), "/ask/")):
        answer = client.get(path)
        assert (answer.status_code, SAID in answer.content.decode()) == (200, True), path
    assert "por detrás de lo que publicó" in spanish.get("/ask/").content.decode()


def test_whoever_has_more_of_the_log_is_told_to_ask_later_and_is_shown_no_older_checkpoint(behind: Register) -> None:
    for path in ("checkpoint", "keys.jsonl"):
        assert Client().get(f"/log/v1/{path}").status_code == 503, path


def test_nothing_is_said_while_nothing_is_missing(register: Register, people: People) -> None:
    assert SAID not in people.alice.get("/work/").content.decode()


def test_an_enquiry_is_given_back_and_nobody_was_told(behind: Register) -> None:
    typed = {"sought": "Jonas Example", "word": "a long word"}
    entries = LogRow.objects.count()

    answer = Client().post("/ask/person/", typed)

    page = answer.content.decode()
    assert (answer.status_code, LogRow.objects.count()) == (503, entries)
    assert "Jonas Example" in page
    assert "Nothing can be taken just now" in page
    assert not answer.cookies


def test_a_fork_that_is_proved_is_said_on_every_page_and_a_form_gives_back_what_was_typed(
    register: Register, people: People
) -> None:
    register.propose("bob", "Bob", "Example")
    sequencer.place_all()
    form, size = now(people.monitor, BOB) | INJURY, witnessed.newest().size
    register.propose("alice", "Alice", "Example")  # nobody was given the checkpoint after this
    entries = LogRow.objects.count()

    memory.note_seen(size, forked(register.vkey, size).decode())

    said, spanish = "has signed two pasts", Client(headers={"Accept-Language": "es"})
    for client, path in ((people.alice, "/cases/case-bob/"), (Client(), "/log/"), (Client(), "/ask/")):
        answer = client.get(path)
        assert (answer.status_code, said in answer.content.decode()) == (200, True), path
    assert "ha firmado dos pasados" in spanish.get("/ask/").content.decode()
    assert Client().get("/log/v1/checkpoint").content.decode().splitlines()[1] == str(size)
    answer = people.monitor.post(BOB, form, headers=OURS)
    page = answer.content.decode()
    assert (answer.status_code, "he fell from a bunk" in page, "two different pasts" in page) == (503, True, True)
    answer = Client().post("/ask/person/", {"sought": "Jonas Example", "word": "a long word"})
    page = answer.content.decode()
    assert (answer.status_code, "Jonas Example" in page, "two different records" in page) == (503, True, True)
    assert LogRow.objects.count() == entries


def test_what_another_site_sent_is_not_offered_for_sending(behind: Register, people: People) -> None:
    typed = {"step": "record", "send_id": "s1", "reasons": "planted"}

    answer = people.monitor.post(ALICE, typed, headers={"Sec-Fetch-Site": "cross-site"})

    assert answer.status_code == 503
    assert "planted" not in answer.content.decode()


def test_a_page_that_is_missing_is_an_ordinary_404_when_it_is_only_read(behind: Register, people: People) -> None:
    assert people.alice.get("/cases/case-alice/").status_code == 404


def test_the_same_forms_are_taken_when_nothing_is_missing_any_more(
    behind: Register, people: People, data: Path
) -> None:
    form = now(people.monitor, BOB) | INJURY
    assert people.monitor.post(BOB, form, headers=OURS).status_code == 503
    for each in (data / "signed").rglob("*-*"):
        each.unlink()  # as a restore does by other means

    assert people.monitor.post(BOB, form, headers=OURS).status_code == 302
    assert Client().post("/ask/person/", {"sought": "Jonas Example", "word": "a long word"}).status_code == 200
