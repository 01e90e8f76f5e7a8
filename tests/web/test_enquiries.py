"""Enquiries as officers answer them, and as whoever asked finds them answered."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from habeas.core.entries import Actor, Role
from habeas.core.entries.asking import AskerStated, EnquiryMade
from habeas.register.receipt import parse_receipt
from habeas.store import asking, proofs, streams
from habeas.store.asking import Lodged
from tests.store.example import AUDITOR, BOOKING, COURT, DECIDER, MONITOR, OFFICER, RECEIVER, Register
from tests.web.conftest import browser
from tests.web.test_asking import enquire
from tests.web.test_asking_alike import BEFORE

WORD = "winter river"
WHO, RELATION, HOW = "Berta Inventada", "an invented aunt", "a photograph of a yellow boat"
REVIEWER = Actor(account="reviewer-1", party="se-court", role=Role.REVIEWER)
COUNSEL = Actor(account="counsel-1", party="se-court", role=Role.COUNSEL)
ESCORT = Actor(account="escort-1", party="se-kv", role=Role.ESCORT)


@pytest.fixture
def reference(register: Register) -> str:
    """Berta asks about Anna Fiktiv, who is held; her reference."""
    register.propose("anna", "Anna María", "Fiktiv")
    register.hold("anna")
    return enquire(Client(), sought="FIKTIV, ana maria", who=WHO, relation=RELATION, how_shown=HOW, born="about 1990")


@pytest.fixture
def enquiry(reference: str) -> str:
    """The stream of what she asked."""
    return asked(reference).asker.about


def asked(reference: str) -> Lodged:
    found = asking.collect(reference, WORD, at=timezone.now())
    assert found
    return found


def page(client: Client, address: str, status: int = 200) -> str:
    response = client.get(address)
    assert response.status_code == status, address
    return response.content.decode()


def do(client: Client, enquiry: str, act: str, status: int = 302, **answers: str) -> str:
    """Send the form of an act as the page of checks does; the page that follows."""
    address = f"/enquiries/{enquiry}/do/{act}/"
    form = page(client, address)
    send_id = re.search(r'name="send_id" value="([^"]+)"', form)
    assert send_id
    moment = dict(re.findall(r'name="(occurred_at_\w+)" (?:[^>]*? )?value="([^"]*)"', form))
    sent = {**moment, **answers, "send_id": send_id.group(1), "step": "record"}
    response = client.post(address, sent)
    assert response.status_code == status, response.content.decode()
    return response.url if status == 302 else response.content.decode()


def collected(reference: str) -> str:
    response = Client().post("/ask/answer/", {"reference": reference, "word": WORD})
    assert response.status_code == 200
    return response.content.decode()


def answer_as(by: Actor, enquiry: str, answer: str, **more: str) -> str:
    return do(browser(by), enquiry, "answer_enquiry", answer=answer, **more)


@pytest.mark.parametrize("by", [OFFICER, RECEIVER], ids=["sending", "receiving"])
def test_an_officer_sees_who_is_sought_and_the_cases_that_may_be_meant(by: Actor, enquiry: str) -> None:
    listed, opened = page(browser(by), "/enquiries/"), page(browser(by), f"/enquiries/{enquiry}/")

    assert "FIKTIV, ana maria" in listed
    assert "about 1990" in listed
    assert '<a href="/cases/case-anna/"><bdi>Anna María Fiktiv</bdi></a>' in opened


def test_no_case_is_offered_to_an_officer_who_may_not_open_it(register: Register, enquiry: str) -> None:
    register.propose("ana", "Ana", "Fiktiv")  # proposed, and not yet put to the receiving state

    assert "case-ana/" in page(browser(OFFICER), f"/enquiries/{enquiry}/")
    assert "case-ana/" not in page(browser(RECEIVER), f"/enquiries/{enquiry}/")


@pytest.mark.parametrize("by", [BOOKING, DECIDER, ESCORT, COURT, COUNSEL, AUDITOR], ids=lambda each: each.role.value)
def test_nobody_else_reads_enquiries(by: Actor, enquiry: str) -> None:
    page(browser(OFFICER), f"/enquiries/{enquiry}/")

    page(browser(by), "/enquiries/", status=403)
    page(browser(by), f"/enquiries/{enquiry}/", status=404)
    assert "1 enquiry waits for an answer" in page(browser(OFFICER), "/work/")
    assert 'href="/enquiries/"' not in page(browser(by), "/work/")


@pytest.mark.parametrize("by", [MONITOR, REVIEWER], ids=["monitor", "reviewer"])
def test_who_asked_is_shown_at_the_desks_of_the_monitor_and_the_reviewer(by: Actor, enquiry: str) -> None:
    shown = page(browser(by), f"/enquiries/{enquiry}/")

    assert [each in shown for each in (WHO, RELATION, HOW)] == [True] * 3


@pytest.mark.parametrize("by", [OFFICER, RECEIVER, DECIDER, BOOKING, ESCORT, COURT], ids=lambda each: each.role.value)
def test_who_asked_is_shown_to_no_state_on_any_page_in_search_receipt_or_export(
    by: Actor, reference: str, enquiry: str, tmp_path: Path
) -> None:
    stream = asked(reference).stream
    entry = streams.entries(stream)[0].id
    theirs = proofs.receipt(entry, MONITOR)
    assert theirs is not None
    assert WHO.encode() in theirs

    client = browser(by)
    addresses = ["/work/", "/cases/", f"/cases/{stream}/", f"/enquiries/{stream}/", f"/enquiries/{enquiry}/"]
    pages = [client.get(each).content.decode() for each in [*addresses, f"/receipts/{entry}/", "/enquiries/"]]
    assert not [hidden for each in pages for hidden in (WHO, RELATION, HOW) if hidden in each]
    assert "No case that you may open matches" in client.post("/cases/", {"name": WHO}).content.decode()
    assert client.get(f"/receipts/{entry}/file/").status_code == 404
    assert proofs.receipt(entry, by) is None
    proofs.export(tmp_path / "out")
    exported = b"".join(path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file())
    assert exported
    assert WHO.encode() not in exported
    assert b"Fiktiv" not in exported


def test_until_kinship_is_shown_the_page_is_the_same_before_and_after_the_answers(reference: str, enquiry: str) -> None:
    def alike(text: str) -> str:
        """Without the token, and without how often it was opened before, which tells nothing of the answers."""
        return BEFORE.sub("", re.sub(r'name="token" value="[^"]+"', "", text))

    before = collected(reference)
    answer_as(RECEIVER, enquiry, "held", case="case-anna")
    answer_as(OFFICER, enquiry, "held", case="case-anna")
    after = collected(reference)

    assert len(BEFORE.sub("", after)) == len(BEFORE.sub("", before))
    assert alike(after) == alike(before)


def test_a_relative_who_has_shown_it_gets_the_signed_answer_of_each_state(reference: str, enquiry: str) -> None:
    answer_as(RECEIVER, enquiry, "held", case="case-anna")
    answer_as(OFFICER, enquiry, "not_held_by_us")
    do(browser(MONITOR), enquiry, "show_kinship", relation="aunt", shown_by="a family book, seen today")
    text = collected(reference)

    assert re.search(r"Party ee-vm.*Held by us", text, re.DOTALL)
    assert re.search(r"Party se-kv.*Not held by us", text, re.DOTALL)
    assert re.search(r"\(d\) .*Tartu Prison, Swedish unit", text, re.DOTALL)  # ICPPED 18(1)(d), the whereabouts
    assert "an invented reason for" not in text  # nor grounds, which the article does not list
    assert "case-anna" not in text


def test_a_state_that_has_not_answered_in_time_is_named(
    reference: str, enquiry: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    do(browser(MONITOR), enquiry, "show_kinship", relation="aunt", shown_by="a family book")
    assert collected(reference).count("Not answered yet") == 2

    later = datetime.now(UTC) + timedelta(days=8)
    monkeypatch.setattr("habeas.web.public.timezone.now", lambda: later)
    assert collected(reference).count("No answer in time") == 2


def test_the_receipt_of_an_answer_proves_it_and_names_no_case_and_no_officer(reference: str, enquiry: str) -> None:
    answer_as(RECEIVER, enquiry, "held", case="case-anna")
    answered = streams.entries(enquiry)[-1]
    assert downloaded(reference, answered.id) is None

    do(browser(REVIEWER), enquiry, "show_kinship", relation="aunt", shown_by="a family book")
    data = downloaded(reference, answered.id)
    assert data is not None
    disclosed = {each.path: each.value for each in parse_receipt(data).disclosure.disclosed}
    assert (disclosed["body.answer"], disclosed["actor.party"]) == ("held", "ee-vm")
    assert b"case-anna" not in data
    assert RECEIVER.account.encode() not in data
    assert WHO.encode() not in data


def test_whoever_asked_can_prove_that_they_asked_and_the_proof_does_not_say_who(reference: str, enquiry: str) -> None:
    data = downloaded(reference, streams.entries(enquiry)[0].id)

    assert data is not None
    disclosed = {each.path: each.value for each in parse_receipt(data).disclosure.disclosed}
    assert disclosed["body.sought"] == "FIKTIV, ana maria"
    assert WHO.encode() not in data


def test_a_receipt_of_anything_else_is_not_given_for_what_was_collected(reference: str, register: Register) -> None:
    assert downloaded(reference, register.opening("anna").id) is None
    assert downloaded(reference, streams.entries(asked(reference).stream)[0].id) is None
    assert Client().post("/ask/receipt/", {"token": "invented", "entry": "x"}).status_code == 404


def downloaded(reference: str, entry: str) -> bytes | None:
    token = re.search(r'name="token" value="([^"]+)"', collected(reference))
    assert token
    response = Client().post("/ask/receipt/", {"token": token.group(1), "entry": entry})
    return response.content if response.status_code == 200 else None


def test_an_answer_names_a_case_that_the_officer_may_open(register: Register, enquiry: str) -> None:
    register.propose("ana", "Ana", "Fiktiv")
    told = do(browser(RECEIVER), enquiry, "answer_enquiry", status=422, answer="held", case="case-ana")
    assert "Choose one of the answers that are listed." in told

    answer_as(OFFICER, enquiry, "held", case="case-ana")


def test_an_officer_sees_the_answer_of_their_own_state_only(enquiry: str) -> None:
    answer_as(OFFICER, enquiry, "held", case="case-anna")

    assert "Held by us" in page(browser(OFFICER), f"/enquiries/{enquiry}/")
    assert "Held by us" in page(browser(MONITOR), f"/enquiries/{enquiry}/")
    assert "Held by us" not in page(browser(RECEIVER), f"/enquiries/{enquiry}/")
    answered = streams.entries(enquiry)[-1].id
    assert browser(OFFICER).get(f"/receipts/{answered}/").status_code == 200
    assert browser(RECEIVER).get(f"/receipts/{answered}/").status_code == 404


def test_a_rejection_has_a_reason_which_whoever_asked_is_told_and_both_counts_show(
    reference: str, enquiry: str
) -> None:
    without = do(browser(RECEIVER), enquiry, "reject_enquiry", status=422)
    assert "Answer this question." in without

    do(browser(RECEIVER), enquiry, "reject_enquiry", reason="asked_twice")
    answer_as(OFFICER, enquiry, "not_held_by_us")
    assert "The same words were sent more than once" in collected(reference)
    found = asking.counts(timezone.now())
    assert (found.made, found.answered, found.rejected) == (1, 0, 1)


def test_an_enquiry_is_listed_as_late_once_its_day_is_past(register: Register) -> None:
    made = EnquiryMade(sought="Nobody Example", asked_of=("se-kv",), due_at=timezone.now() - timedelta(days=1))
    asking.lodge(streams.ENQUIRY + "a" * 32, (made,), AskerStated(about=""), word=WORD, at=register.now)

    assert '<strong class="tag bad">Late</strong>' in page(browser(OFFICER), "/enquiries/")
    assert "Nobody Example" not in page(browser(RECEIVER), "/enquiries/")


def test_kinship_is_shown_once_and_by_no_officer(enquiry: str) -> None:
    page(browser(OFFICER), f"/enquiries/{enquiry}/do/show_kinship/", status=403)
    assert "/do/show_kinship/" in page(browser(MONITOR), f"/enquiries/{enquiry}/")
    do(browser(MONITOR), enquiry, "show_kinship", relation="aunt", shown_by="a family book")

    assert "/do/show_kinship/" not in page(browser(MONITOR), f"/enquiries/{enquiry}/")
    page(browser(OFFICER), "/do/show_kinship/", status=404)
    page(browser(MONITOR), f"/enquiries/{enquiry}/do/propose/", status=404)
