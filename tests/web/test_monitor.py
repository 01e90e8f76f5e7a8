"""The monitor's desk and what it publishes: everybody reads the public part, few the protected one, and no state
finds a trace of who spoke."""

from __future__ import annotations

from datetime import date, timedelta
from hashlib import sha256
from html import unescape

import pytest
from django.test import Client
from django.utils import timezone

from habeas.core.commands import Command, Refusal
from habeas.core.entries import Actor, Body, Role
from habeas.core.entries import custody as held
from habeas.core.entries import oversight as o
from habeas.core.entries.procedure import EvidenceAdded, ObjectionRaised, Voice
from habeas.core.oversight import ticket
from habeas.core.roll import roll_of
from habeas.documents.readings_text import opened
from habeas.register.sealed import PUBLIC as PUBLIC_KEY
from habeas.register.sealed import SECRET as SECRET_KEY
from habeas.register.sealed import key_text, public_of
from habeas.store import read, standing_audit, streams
from habeas.store.acts import perform
from habeas.store.append import Draft, append
from habeas.store.models import LogRow, ReadingRow, StintRow
from tests.store.example import AUDITOR, BOOKING, COURT, DECIDER, MONITOR, OFFICER, RECEIVER, Register
from tests.web.conftest import People, browser

CASE = "/cases/case-anna/"
PUBLIC, PROTECTED, WORDS = "Three people had bruises.", "told by Zebulonia in cell 4", "the night shift beats us"
EVERYONE = [OFFICER, DECIDER, RECEIVER, BOOKING, COURT, MONITOR, AUDITOR]


@pytest.fixture
def anna(register: Register) -> Register:
    """Anna Fiktiv objected and is held."""
    register.propose("anna", "Anna", "Fiktiv")
    body = ObjectionRaised(raised_by=Voice.PERSON, grounds="my children visit me here")
    register.record("case-anna", body, person="person-anna")
    register.hold("anna")
    return register


def file(register: Register, number: int = 1, **changes: object) -> str:
    """A finding of ill-treatment in Anna's case; the id of its entry."""
    usual: dict[str, object] = {
        "sort": o.FindingSort.ILL_TREATMENT,
        "agreement": "se-ee-2025",
        "case": "case-anna",
        "public_part": PUBLIC,
        "names_nobody": True,
        "protected_part": PROTECTED,
    }
    body = o.FindingFiled(**{**usual, **changes})  # type: ignore[arg-type]
    return register.record(f"oversight-{number}", body, by=MONITOR)[0].id


def text_of(client: Client, address: str, status: int = 200) -> str:
    response = client.get(address)
    assert response.status_code == status, address
    return unescape(response.content.decode())


def see(address: str, text: str) -> set[Role]:
    """The roles on whose page the text stands."""
    pages = {each.role: unescape(browser(each).get(address).content.decode()) for each in EVERYONE}
    return {role for role, page in pages.items() if text in page}


# --- findings ----------------------------------------------------------------------------------------


def test_everybody_reads_the_public_part_without_account_and_nobody_learns_whose_case_it_is(
    anna: Register, people: People
) -> None:
    file(anna)
    page = text_of(people.stranger, "/findings/")

    assert PUBLIC in page
    assert "Ill-treatment" in page
    assert [hidden for hidden in (PROTECTED, "case-anna", "Fiktiv") if hidden in page] == []
    assert "case-anna" in text_of(people.monitor, "/monitor/")


def test_the_protected_part_is_for_the_monitor_and_the_bench_of_the_case(anna: Register, people: People) -> None:
    entry = file(anna)

    assert see(CASE, PROTECTED) == {Role.MONITOR, Role.COURT}
    assert see("/monitor/", PROTECTED) == {Role.MONITOR}
    assert see("/findings/", PROTECTED) == set()
    assert PROTECTED in people.monitor.get(f"/receipts/{entry}/").content.decode()
    assert see(f"/receipts/{entry}/file/", PROTECTED) == {Role.MONITOR, Role.COURT}
    assert see(f"/receipts/{entry}/file/", "case-anna") == {Role.MONITOR, Role.COURT}
    assert Role.SENDING_OFFICER in see(f"/receipts/{entry}/file/", PUBLIC)


def test_a_bench_of_another_case_sees_no_protected_part(anna: Register, people: People) -> None:
    file(anna)
    anna.propose("bob", "Bob", "Beispiel")

    assert PROTECTED in text_of(browser(COURT), CASE)
    assert browser(COURT).get("/cases/case-bob/").status_code == 404


def test_only_the_monitor_opens_its_desk(register: Register, people: People) -> None:
    assert "The monitor’s desk" in text_of(people.monitor, "/monitor/")
    assert {browser(each).get("/monitor/").status_code for each in EVERYONE if each is not MONITOR} == {403}


def test_a_finding_is_filed_by_the_form_and_answered_by_the_state_for_which_it_waits(
    anna: Register, people: People
) -> None:
    send(people.monitor, "/do/file_finding/", sort="ill_treatment", agreement="se-ee-2025", facility="tartu",
         case="", public_part=PUBLIC, names_nobody="true", protected_part=PROTECTED)  # fmt: skip
    filed = read.oversight().findings[0].filed.id
    receiver = browser(RECEIVER)
    assert f"/do/answer_finding/?finding={filed}" in text_of(receiver, "/work/")
    assert "answer_finding/?finding=" not in text_of(people.bob, "/work/")

    send(receiver, "/do/answer_finding/", finding=filed, answer="An inquiry was opened.", names_nobody="true")
    page = text_of(people.stranger, "/findings/")
    assert "The words are published once the monitor confirms" in page
    assert "An inquiry was opened." not in page
    answered = read.oversight().findings[0].answers[0].answered.id
    send(people.monitor, "/do/clear_answer/", answered=answered)
    assert "An inquiry was opened." in text_of(people.stranger, "/findings/")
    assert "The monitor waits for your state" not in text_of(receiver, "/work/")


def send(client: Client, address: str, **typed: str) -> None:
    """Fill the form of an act and record it."""
    when = timezone.now()
    moment = {"occurred_at_day": when.day, "occurred_at_month": when.month, "occurred_at_year": when.year}
    form = {**typed, **moment, "occurred_at_time": "00:00", "send_id": sha256(repr(typed).encode()).hexdigest()[:32]}
    response = client.post(address, {**form, "step": "record"})
    assert response.status_code == 302, unescape(response.content.decode())


# --- what it stops -----------------------------------------------------------------------------------


def test_a_case_says_that_new_permissions_are_stopped_and_reports_are_still_taken(
    anna: Register, people: People
) -> None:
    filed = file(anna, case=None, facility="tartu")
    banner = "New permissions are stopped: the monitor found ill-treatment"

    assert see(CASE, banner) == {each.role for each in EVERYONE}
    assert "CAT arts. 2 and 12; ICCPR art. 7; L40" in refused(browser(RECEIVER), "accept_transfer")
    sign = held.RollEntered(facility="tartu", sign=held.Sign.ROLL_CALL, seen_by="the ward")
    assert recorded(BOOKING, "enter_roll", sign)

    anna.record("oversight-1", o.FindingAnswered(finding=filed, answer="Seen to.", names_nobody=True), by=RECEIVER)
    assert see(CASE, banner) == set()
    assert "CAT arts. 2" not in refused(browser(RECEIVER), "accept_transfer")


def refused(client: Client, act: str) -> str:
    """What speaks against an act, as its page says."""
    response = client.post(f"{CASE}do/{act}/", {"step": "record", "send_id": "a" * 32, **_today()})
    assert response.status_code == 422
    return unescape(response.content.decode())


def _today() -> dict[str, str]:
    now = timezone.now()
    at = {"day": now.day, "month": now.month, "year": now.year, "time": "00:00"}
    return {f"occurred_at_{name}": str(value) for name, value in at.items()}


def recorded(by: Actor, act: str, body: Body) -> bool:
    now = timezone.now()
    done = perform(
        Command(act=act, body=body, occurred_at=now, actor=by), at=now, send_id="b" * 32, case_id="case-anna"
    )
    return not isinstance(done, Refusal)


# --- a private word ----------------------------------------------------------------------------------


def test_a_private_word_leaves_no_trace_for_either_state(anna: Register, people: People) -> None:
    before = {each.role: unescape(browser(each).get(CASE).content.decode()) for each in (OFFICER, RECEIVER, BOOKING)}
    entry = anna.record("oversight-2", o.PrivateWordHeard(case="case-anna", words=WORDS), by=MONITOR)[0].id

    assert WORDS in text_of(people.monitor, CASE)
    assert see(CASE, WORDS) == {Role.MONITOR}
    after = {each.role: unescape(browser(each).get(CASE).content.decode()) for each in (OFFICER, RECEIVER, BOOKING)}
    assert [stable(each) for each in after.values()] == [stable(each) for each in before.values()]
    assert people.alice.get(f"/receipts/{entry}/").status_code == 404
    assert people.monitor.get(f"/receipts/{entry}/").status_code == 200
    assert LogRow.objects.get(entry_id=entry).subject is None


def stable(page: str) -> list[str]:
    """A page without the token of its forms and the moment at which it asks the rules."""
    return [line for line in page.splitlines() if "csrfmiddlewaretoken" not in line and "asked_at" not in line]


# --- visits ------------------------------------------------------------------------------------------


def test_no_state_learns_of_a_visit_without_notice_before_its_time(register: Register, people: People) -> None:
    soon = timezone.now() + timedelta(days=3)
    for number, announced in enumerate((True, False)):
        register.record(
            f"oversight-{number}", o.VisitAsked(facility="tartu", visit_at=soon, announced=announced), by=MONITOR
        )
    hidden = read.oversight().visits[1].asked.id

    assert hidden in text_of(people.monitor, "/do/refuse_visit/")
    assert hidden not in text_of(people.alice, "/do/refuse_visit/")
    assert read.oversight().visits[0].asked.id in text_of(people.alice, "/do/refuse_visit/")
    assert "<dt>Visits asked</dt><dd>1</dd>" in text_of(people.stranger, "/findings/")


def test_a_refused_visit_is_counted_in_public(register: Register, people: People) -> None:
    asked = register.record(
        "oversight-1", o.VisitAsked(facility="tartu", visit_at=register.now, announced=False), by=MONITOR
    )[0].id
    assert "<dt>Visits refused</dt><dd>0</dd>" in text_of(people.stranger, "/findings/")
    register.record(
        "oversight-1", o.VisitRefused(visit=asked, refused_by="the gate", reasons="not announced"), by=MONITOR
    )

    assert "<dt>Visits refused</dt><dd>1</dd>" in text_of(people.stranger, "/findings/")
    assert "A visit of the monitor was refused" in text_of(people.monitor, "/monitor/")


# --- samples -----------------------------------------------------------------------------------------


def test_anybody_recomputes_a_sample_from_what_is_published(register: Register, people: People) -> None:
    for number in range(12):
        register.propose(f"p{number}", f"Person {number}", "Example")
    seed = "an invented text that nobody knew"
    send(people.monitor, "/do/announce_sample/", size="4", commitment=ticket(seed))
    announced = read.oversight().samples[0].announced
    assert "Nothing has been recorded since" in _drawn_too_early(people.monitor, announced.id, seed)
    register.propose("later", "Later", "Example")
    send(people.monitor, "/do/draw_sample/", announced=announced.id, seed=seed)

    drawn = read.oversight().samples[0].drawn
    assert drawn is not None
    tickets = people.stranger.get(f"/findings/samples/{announced.id}/tickets.txt").content.decode().split()
    root = drawn.body.root
    order = sorted(tickets, key=lambda each: sha256(f"{root}\n{seed}\n{each}".encode()).hexdigest())
    assert len(tickets) == drawn.body.population == 13
    assert [sha256(each.encode()).hexdigest() for each in drawn.body.drawn] == order[:4]
    page = text_of(people.stranger, "/findings/")
    assert all(each in page for each in order[:4])
    assert str(root) in page
    assert "case-p" not in page
    assert f"/cases/{drawn.body.drawn[0]}/" in text_of(people.auditor, "/findings/")


def _drawn_too_early(client: Client, announced: str, seed: str) -> str:
    typed = {"announced": announced, "seed": seed, "step": "record", "send_id": "c" * 32, **_today()}
    return unescape(client.post("/do/draw_sample/", typed).content.decode())


def test_an_auditor_opens_the_facts_of_drawn_cases_and_of_no_others(register: Register, people: People) -> None:
    for name in ("anna", "bob"):
        register.propose(name, name.title(), "Example")
        paper = EvidenceAdded(
            document="passport", issuer="an office", dated_on=date(2026, 8, 1), reference=f"nr {name}"
        )
        register.record(f"case-{name}", paper, person=f"person-{name}")
    entries = {name: streams.entries(f"case-{name}")[-1].id for name in ("anna", "bob")}

    def seen(client: Client) -> set[str]:
        pages = {name: client.get(f"/cases/case-{name}/entries/{id}/").content.decode() for name, id in entries.items()}
        files = {name: client.get(f"/receipts/{id}/file/").content.decode() for name, id in entries.items()}
        assert all((f"nr {name}" in pages[name]) is (f"nr {name}" in files[name]) for name in entries)
        return {name for name in entries if f"nr {name}" in pages[name]}

    assert (seen(people.alice), seen(people.auditor)) == ({"anna", "bob"}, set())
    announced = o.SampleAnnounced(size=1, commitment=ticket("kept"))
    first = register.record("oversight-1", announced, by=MONITOR)[0].id
    body = o.SampleDrawn(announced=first, seed="kept", checkpoint=9, root="ab", population=2, drawn=("case-bob",))
    register.record("oversight-1", body, by=MONITOR)

    assert seen(people.auditor) == {"bob"}
    page = text_of(people.auditor, "/cases/case-bob/")
    assert "Name not visible to your role" in page
    assert people.auditor.get(f"/cases/case-bob/entries/{entries['bob']}/document/").status_code == 404


# --- readings ----------------------------------------------------------------------------------------

OURS, THEIRS = bytes([7]) * 32, bytes([8]) * 32


def give_key(register: Register, by: Actor, secret: bytes) -> None:
    body = o.ReadingKeySet(public_key=key_text(PUBLIC_KEY, public_of(secret)))
    version = len(streams.entries(f"party-{by.party}"))
    draft = Draft(stream=f"party-{by.party}", expected_version=version, bodies=(body,), occurred_at=register.now)
    append([draft], actor=by, at=register.now)


def test_each_page_of_a_case_leaves_one_row_that_only_the_bodys_key_opens(anna: Register, people: People) -> None:
    text_of(people.monitor, CASE)
    assert ReadingRow.objects.count() == 0  # no key was given
    give_key(anna, MONITOR, OURS)
    give_key(anna, COURT, THEIRS)
    text_of(people.monitor, CASE)
    text_of(people.monitor, f"{CASE}?on=2026-10-01")
    text_of(browser(COURT), CASE)
    for each in (people.alice, people.bob, people.auditor):
        text_of(each, CASE)

    rows = people.monitor.get("/monitor/readings/sealed.txt").content.decode().splitlines()
    assert len(rows) == ReadingRow.objects.count() == 3
    mine, theirs = opened(rows, OURS), opened(rows, THEIRS)
    assert [(each["account"], each["case"]) for each in mine] == [("monitor-1", "case-anna")] * 2
    assert [(each["account"], each["case"]) for each in theirs] == [("court-1", "case-anna")]
    assert opened(rows, bytes([9]) * 32) == []


def test_a_row_of_a_reading_holds_nothing_in_clear_and_all_are_alike(anna: Register, people: People) -> None:
    give_key(anna, MONITOR, OURS)
    text_of(people.monitor, CASE)
    anna.propose("somebody-with-a-long-number", "Bob", "Beispiel")
    text_of(people.monitor, "/cases/case-somebody-with-a-long-number/")

    assert [each.name for each in ReadingRow._meta.concrete_fields] == ["id", "sealed"]
    sealed = [bytes(each) for each in ReadingRow.objects.values_list("sealed", flat=True)]
    assert [text for text in (b"monitor", b"case-", b"2026") for each in sealed if text in each] == []
    assert {len(each) for each in sealed} == {32 + 512 + 16}


def test_a_state_sees_neither_rows_nor_that_there_are_any(anna: Register, people: People) -> None:
    give_key(anna, MONITOR, OURS)
    text_of(people.monitor, CASE)
    for address in ("/monitor/readings/", "/monitor/readings/sealed.txt"):
        statuses = {each.role: browser(each).get(address).status_code for each in EVERYONE}
        assert {role for role, status in statuses.items() if status == 200} == {Role.MONITOR, Role.COURT}
        assert set(statuses.values()) == {200, 403}


def test_a_key_is_given_by_the_form_and_a_secret_one_is_refused(register: Register, people: People) -> None:
    secret = key_text(SECRET_KEY, OURS)
    typed = {"public_key": secret, "step": "record", "send_id": "d" * 32, **_today()}
    answer = people.monitor.post("/do/set_reading_key/", typed)
    assert "This is no public key for readings" in unescape(answer.content.decode())

    assert "nothing that you read is logged" in text_of(people.monitor, "/monitor/readings/")
    public = key_text(PUBLIC_KEY, public_of(OURS))
    send(people.monitor, "/do/set_reading_key/", public_key=public)
    assert public in text_of(people.monitor, "/monitor/readings/")


# --- is everybody still there ------------------------------------------------------------------------


def test_the_roll_for_the_monitors_machine_has_everybody_in_the_tables_and_names_nobody(
    anna: Register, people: People
) -> None:
    anna.propose("bob", "Bob", "Beispiel")

    found = roll_of(text_of(people.monitor, "/monitor/roll.json"), "register.example/habeas")

    assert [(each.case, each.facility, each.stage, each.name) for each in found.held.values()] == [
        ("case-anna", "tartu", "held", None)
    ]
    assert found.size == LogRow.objects.count()
    assert "Fiktiv" not in text_of(people.monitor, "/monitor/roll.json")
    assert "/monitor/roll.json" in text_of(people.monitor, "/monitor/")
    others = {browser(each).get("/monitor/roll.json").status_code for each in EVERYONE if each is not MONITOR}
    assert others == {403}


def test_the_desk_says_when_the_register_last_audited_itself_and_what_it_found(anna: Register, people: People) -> None:
    assert "Last audited by itself" in (page := text_of(people.monitor, "/monitor/"))
    assert "Never" in page

    standing_audit.kept_audit(timezone.now())
    assert "Everything was as it was signed." in text_of(people.monitor, "/monitor/")

    StintRow.objects.all().delete()
    standing_audit.kept_audit(timezone.now())
    page = text_of(people.monitor, "/monitor/")
    assert "Not everything is as it was signed" in page
    assert "tables that are not what the register says: 1 finding" in page
