"""The standing check: what was done, against the rules, on what was recorded then; for the monitor and the auditor."""

from __future__ import annotations

import dataclasses
import re
from datetime import UTC, datetime
from html import unescape

import pytest

from habeas.audit.standing import checked, context_then, facts_then
from habeas.core.commands import screening_of
from habeas.core.entries import custody as held
from habeas.core.entries import procedure as p
from habeas.core.safeguards import Result
from tests.core import walk
from tests.store.example import BOOKING, DECIDER, RECEIVING, SENDING, Register, admitted
from tests.web.conftest import People

DONE = "/agreements/se-ee-2025/done/"
LATER = datetime(2027, 1, 1, tzinfo=UTC)


@pytest.fixture
def moved(register: Register) -> Register:
    """Anna was decided, taken and admitted; for Bob there is a proposal alone."""
    register.propose("anna", "Anna", "Example")
    register.propose("bob", "Bob", "Example")
    anna = {"person": "person-anna"}
    register.record(
        "case-anna", p.NoticeServed(language="sv", facts_relied_on="the sentence", served_by="Officer"), **anna
    )
    register.wait(days=20)
    register.record("case-anna", walk.decision(), by=DECIDER, **anna)
    register.wait(days=20)
    register.record("case-anna", held.Departed(departed_from="a", destination="b", means="c", outward=True), **anna)
    register.wait(hours=5)
    register.record("case-anna", admitted(), by=BOOKING, **anna)
    return register


def everything(most: int = 1000):
    return checked("se-ee-2025", LATER, most)


def text_of(client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status
    text = re.sub(r"<(?!/?strong)[^>]+>", " ", answer.content.decode())
    return unescape(" ".join(re.sub(r"<[^>]+>", " ", text).split()))


def test_every_act_done_is_judged_by_its_step_and_nobody_else(moved):
    found = everything()
    assert [(each.act, each.step.value) for each in found.acts] == [
        ("admit", "admission"),
        ("report_departure", "departure"),
        ("decide", "decision"),
        ("serve_notice", "screening"),
    ]
    assert [case.id for case in found.untouched] == ["case-bob"]
    with found.scanned() as scan:
        assert scan.totals() == (4, 4, 1)


def test_the_scan_and_the_screening_of_each_act_answer_alike(moved):
    found = everything()
    with found.scanned() as scan:
        rows = {each.id: [set(each.barred), set(each.not_shown)] for each in scan.rows()}
    for act in found.acts:
        screening = screening_of(act.before, context_then(act), act.step.value, act.entry.recorded_at)
        by = [{e.id for e in screening.answers if e.result is wanted} for wanted in (Result.BARRED, Result.NOT_SHOWN)]
        assert rows[act.entry.id] == by, act.act
        assert by[1]


def test_what_was_recorded_later_does_not_count(moved):
    [decided] = [each for each in everything().acts if each.act == "decide"]
    before = facts_then(decided, ["fear_asserted", "notice_served_at", "decision_gives_reasons"])
    moved.record(
        "case-anna",
        p.AssertionMade(asserted=p.Asserted.FEAR, of_state=None, words="an invented fear"),
        person="person-anna",
    )
    [again] = [each for each in everything().acts if each.act == "decide"]
    assert facts_then(again, ["fear_asserted", "notice_served_at", "decision_gives_reasons"]) == before
    assert before["notice_served_at"] is not None
    assert before["decision_gives_reasons"] is None


def test_what_was_asserted_before_counts_against_what_was_done_after_it(moved):
    moved.record(
        "case-bob",
        p.AssertionMade(asserted=p.Asserted.FEAR, of_state=None, words="an invented fear"),
        person="person-bob",
    )
    moved.record(
        "case-bob", held.Departed(departed_from="a", destination="b", means="c", outward=True), person="person-bob"
    )
    with everything().scanned() as scan:
        assert {each.rule: each.barred for each in scan.counts()}["cat.fear_decided"] == 1


def test_who_came_or_went_without_a_case_is_judged_on_what_that_report_says(moved):
    unknown = {
        each.name: p.Unstated.NOT_KNOWN
        for each in dataclasses.fields(held.ArrivedUnannounced)
        if each.name not in {"agreement", "facility", "sending", "receiving"}
    }
    arrived = held.ArrivedUnannounced(
        agreement="se-ee-2025", facility="tartu", sending=SENDING, receiving=RECEIVING, **unknown
    )
    moved.record("case-carl", arrived, by=BOOKING, person="person-carl")
    [act] = [each for each in everything().acts if each.act == "report_unannounced_arrival"]
    assert (act.step.value, [each.id for each in act.before.entries]) == ("admission", [act.entry.id])


def test_a_return_is_judged_by_nothing(moved):
    before = len(everything().acts)
    moved.record(
        "case-anna", held.Departed(departed_from="a", destination="b", means="c", outward=False), person="person-anna"
    )
    assert len(everything().acts) == before


def test_only_so_many_acts_are_looked_at_and_the_rest_is_said(moved, people: People, monkeypatch):
    assert (len(everything(3).acts), everything(3).left_out) == (3, 1)
    monkeypatch.setattr("habeas.web.done.ACTS_MOST", 3)
    assert "1 earlier act was left out of this page." in text_of(people.monitor, DONE)
    assert 'href="?after=3"' in people.monitor.get(DONE).content.decode()
    earlier = text_of(people.monitor, f"{DONE}?after=3")
    assert "Acts judged 1" in earlier
    assert "left out" not in earlier
    assert "Acts judged 3" in text_of(people.monitor, f"{DONE}?after=nonsense")


# --- the page --------------------------------------------------------------------------------------


def test_the_monitor_sees_counts_acts_and_why(moved, people: People):
    text = text_of(people.monitor, DONE)
    assert "Acts judged 4" in text
    assert "Not judged: people to whom nothing was done 1" in text
    assert "Anna Example" in text
    [decided] = [each.entry.id for each in everything().acts if each.act == "decide"]
    why = text_of(people.monitor, f"{DONE}{decided}/")
    assert "What the rules answer on what was on record when this was recorded:" in why
    assert "(this decides)" in why
    assert why.count("Not shown") > 20


def test_nobody_is_on_it_to_whom_nothing_was_done(moved, people: People):
    assert "Bob" in text_of(people.monitor, "/cases/")
    assert "Bob" not in text_of(people.monitor, DONE)


def test_the_auditor_sees_no_name_and_which_rules_only_of_a_drawn_case(moved, people: People):
    text = text_of(people.auditor, DONE)
    assert "Acts judged 4" in text
    assert "Anna" not in text
    [decided] = [each.entry.id for each in everything().acts if each.act == "decide"]
    assert f"{DONE}{decided}/" not in people.auditor.get(DONE).content.decode()
    assert people.auditor.get(f"{DONE}{decided}/").status_code == 403
    assert f"{DONE}{decided}/" in people.monitor.get(DONE).content.decode()


def test_neither_state_sees_it(moved, people: People):
    [decided] = [each.entry.id for each in everything().acts if each.act == "decide"]
    for client in (people.alice, people.bob, people.charlie, people.manager):
        assert client.get(DONE).status_code == 403
        assert client.get(f"{DONE}{decided}/").status_code == 403
        assert "/done/" not in client.get("/agreements/se-ee-2025/").content.decode()
    assert people.stranger.get(DONE).status_code == 302
    assert "/done/" in people.monitor.get("/agreements/se-ee-2025/").content.decode()


def test_what_is_not_there_is_not_there(moved, people: People):
    opening = moved.opening("anna").id
    for address in ("/agreements/us-sv-2025/done/", f"{DONE}nothing/", f"{DONE}{opening}/"):
        assert people.monitor.get(address).status_code == 404


def test_where_nothing_was_done_the_page_says_so(register: Register, people: People):
    text = text_of(people.monitor, DONE)
    assert "Acts judged 0" in text
    assert "Nothing that was done had a bar, or something not shown." in text
    assert "No rule barred anything that was done, and nothing was not shown." in text
