"""The matrix of who sees what, walked: every role, every class of field, every way out of the server.

`MATRIX` is written by hand from the plan and knows nothing of `core.visibility`. One case holds a mark in a field of each class;
what a role is shown on pages and in receipts must be exactly its marks, what a search or an error tells must be no more, and
neither a log line nor the public export holds any.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from habeas.core.entries import Actor, Role
from habeas.core.entries.asking import AskerStated, EnquiryMade
from habeas.core.entries.claims import CounselNamed, NamedBy
from habeas.core.entries.custody import HandoverAccepted, HandoverOffered, Manifested
from habeas.core.entries.institutions import Given, StayOrderIssued
from habeas.core.entries.oversight import FindingFiled, FindingSort, HealthConsentHeard, VisitAsked
from habeas.core.entries.procedure import (
    AllegationRecorded,
    DecisionServed,
    EvidenceAdded,
    ObjectionRaised,
    TitleRecorded,
    TransferAccepted,
    Voice,
)
from habeas.store import asking, streams
from habeas.store.proofs import export
from tests.store.example import (
    AUDITOR,
    BOOKING,
    COURT,
    DECIDER,
    MONITOR,
    OFFICER,
    RECEIVER,
    RECEIVING,
    SE_MANAGER,
    SENDING,
    Register,
    admitted,
    proposed,
)
from tests.web.conftest import NOBODY, browser

CASE = "case-vera"
ENQUIRY = streams.ENQUIRY + "a" * 32
IDENTITY, CUSTODY, FACTS = "Markidentity", "Markcustody", "Markfacts"
HEALTH, FITNESS, FAMILY, ALLEGATIONS = "Markhealth", "Markfitness", "Markfamily", "Markallegation"
ASKED, PROTECTED = "Markasked", "Markprotected"
MARKS = {IDENTITY, CUSTODY, FACTS, HEALTH, FITNESS, FAMILY, ALLEGATIONS, ASKED, PROTECTED}
ON_THE_CASE = MARKS - {ASKED}  # who asked stands in a stream of its own

ESCORT = Actor(account="escort-1", party=SENDING, role=Role.ESCORT)
REVIEWER = Actor(account="reviewer-1", party="ee-oik", role=Role.REVIEWER)
COUNSEL = Actor(account="counsel-1", party="ee-oik", role=Role.COUNSEL)
OTHER_COUNSEL = Actor(account="counsel-2", party="ee-oik", role=Role.COUNSEL)
OTHER_WARD = Actor(account="booking-9", party=RECEIVING, role=Role.BOOKING_OFFICER, facility="narva")

OFFICIAL = {IDENTITY, CUSTODY, FACTS, FITNESS, ALLEGATIONS}
AT_THE_DOOR = {IDENTITY, CUSTODY, HEALTH, FITNESS, FAMILY}
SEE_MONEY = {OFFICER, DECIDER, RECEIVER, MONITOR, AUDITOR, NOBODY}  # all of it, whatever their cases
MATRIX: dict[Actor, set[str]] = {
    OFFICER: OFFICIAL,
    DECIDER: OFFICIAL,
    RECEIVER: OFFICIAL,
    BOOKING: AT_THE_DOOR,
    ESCORT: AT_THE_DOOR,
    COURT: ON_THE_CASE,
    REVIEWER: MARKS,
    COUNSEL: ON_THE_CASE,  # of who asked, only their own
    OTHER_COUNSEL: set(),
    MONITOR: MARKS - {HEALTH, FITNESS},  # those only with the person's consent
    AUDITOR: {CUSTODY},  # a number in place of the person, facts only of a drawn sample
    SE_MANAGER: set(),
    NOBODY: set(),
    OTHER_WARD: set(),
}


@pytest.fixture
def vera(register: Register) -> Register:
    """A person held the whole way, with a mark in a field of each class."""
    person = "person-vera"

    def record(*bodies: object, by: Actor) -> str:
        return register.record(CASE, *bodies, by=by, person=person)[-1].id

    record(proposed(IDENTITY, "Inventada", home_reference="KV 1", reasons="an invented reason"), by=OFFICER)
    now = register.now
    title = TitleRecorded(
        state="EST",
        authority="Invented court",
        ground="a final sentence",
        reference=CUSTODY,
        valid_from_at=now,
        valid_until_at=now + timedelta(days=90),
    )
    record(title, by=RECEIVER)
    paper = EvidenceAdded(document="passport", issuer="Invented issuer", dated_on=date(2026, 8, 1), reference=FACTS)
    record(paper, by=OFFICER)
    record(AllegationRecorded(allegation=ALLEGATIONS, alleged_by="Invented informer"), by=OFFICER)
    record(ObjectionRaised(raised_by=Voice.PERSON, grounds="my children visit me here"), by=OFFICER)
    record(DecisionServed(language="sv", served_by="Invented officer"), by=OFFICER)
    record(TransferAccepted(), by=RECEIVER)
    gate = Manifested(manifest="M-1", departs_at=now, departs_from="Kumla", escort="Invented escort")
    record(gate, by=OFFICER)
    offer = record(HandoverOffered(to_party=RECEIVING, place="at the gate", fitness="fit"), by=ESCORT)
    record(HandoverAccepted(offer=offer), by=BOOKING)
    record(admitted(visible_injuries=HEALTH, care_needed=FITNESS, family=FAMILY), by=BOOKING)
    record(CounselNamed(counsel=COUNSEL.account, named_by=NamedBy.PERSON), by=COURT)
    filed = FindingFiled(
        sort=FindingSort.HEALTH,
        agreement="se-ee-2025",
        case=CASE,
        public_part="Some were not seen by a doctor.",
        names_nobody=True,
        protected_part=PROTECTED,
    )
    register.record("oversight-1", filed, by=MONITOR)
    sought = EnquiryMade(sought="Somebody Else", asked_of=(SENDING, RECEIVING), due_at=now + timedelta(days=7))
    asker = AskerStated(about="", who=ASKED)
    asking.lodge(ENQUIRY, (sought,), asker, word="winter river", at=register.now)
    return register


@dataclass(frozen=True)
class Told:
    """What came out of the server for one account, by the way out."""

    pages: str
    receipts: str
    errors: str


def told(client: Client) -> Told:
    """Everything that one browser is told of the case: its pages, its receipts, and what comes when it errs."""
    others = (*streams.entries("oversight-1"), *streams.entries(ENQUIRY), *streams.entries_below(streams.ASKER))
    entries = (*streams.entries(CASE), *others)
    pages = [
        f"/enquiries/{ENQUIRY}/",
        "/enquiries/",
        "/monitor/",
        "/findings/",
        "/orders/",
        "/claims/",
        "/figures/se-ee-2025/",
    ]
    pages += [f"/cases/{CASE}/", "/cases/", "/work/", *(f"/cases/{CASE}/entries/{each.id}/" for each in entries)]
    receipts = [f"/receipts/{each.id}/{file}" for each in entries for file in ("", "file/")]
    acts = ("record_title", "admit", "record_allegation", "report_injury", "add_evidence", "serve_notice", "decide")
    errors = [client.post(f"/cases/{CASE}/do/{act}/", {"step": "check"}) for act in acts]
    errors += [
        client.post(f"/cases/{CASE}/"),
        client.get(f"/cases/{CASE}/entries/{'0' * 32}/"),
        client.get(f"/cases/{CASE}x/"),
    ]
    return Told(
        pages="".join(client.get(each).content.decode() for each in pages),
        receipts="".join(client.get(each).content.decode() for each in receipts),
        errors="".join(each.content.decode() for each in errors),
    )


def marks_in(text: str) -> set[str]:
    return {each for each in MARKS if each.casefold() in text.casefold()}


def role_of(actor: Actor) -> str:
    return actor.account


def test_every_mark_is_there_to_be_seen() -> None:
    assert set().union(*MATRIX.values()) == MARKS
    assert len(MARKS) == 9


@pytest.mark.parametrize("actor", MATRIX, ids=role_of)
def test_money_is_shown_to_those_who_answer_for_it_or_check_it(vera: Register, actor: Actor) -> None:
    assert browser(AUDITOR).get("/agreements/se-ee-2025/money/").status_code == 200
    shown = browser(actor).get("/agreements/se-ee-2025/money/").status_code == 200
    assert shown is (actor in SEE_MONEY)


@pytest.mark.parametrize("actor", MATRIX, ids=role_of)
def test_pages_and_receipts_tell_each_role_exactly_its_own(vera: Register, actor: Actor) -> None:
    everything = told(browser(COURT))
    assert marks_in(everything.pages) == ON_THE_CASE, "there must be something to hide"
    assert ASKED in marks_in(told(browser(REVIEWER)).pages)
    found = told(browser(actor))
    assert marks_in(found.pages) == MATRIX[actor]
    assert marks_in(found.receipts) == MATRIX[actor]
    assert marks_in(found.errors) <= MATRIX[actor]


@pytest.mark.parametrize("actor", MATRIX, ids=role_of)
def test_a_search_finds_a_name_only_for_who_may_see_it(vera: Register, actor: Actor) -> None:
    assert CASE in browser(COURT).post("/cases/", {"name": IDENTITY}).content.decode()
    page = browser(actor).post("/cases/", {"name": IDENTITY}).content.decode()
    assert (CASE in page) is (IDENTITY in MATRIX[actor])
    for hidden in MARKS - {IDENTITY}:
        assert CASE not in browser(actor).post("/cases/", {"name": hidden}).content.decode()


@pytest.mark.parametrize("actor", MATRIX, ids=role_of)
def test_no_log_line_tells_anything(vera: Register, actor: Actor, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        told(browser(actor))
        browser(actor).post("/cases/", {"name": IDENTITY})
    lines = "\n".join(each.getMessage() for each in caplog.records if each.name != "django.db.backends")
    assert marks_in(lines) == set()


def test_a_visitor_without_an_account_is_told_nothing(vera: Register) -> None:
    found = told(Client())
    assert marks_in(found.pages + found.receipts + found.errors) == set()


def files_below(folder: Path) -> Iterator[bytes]:
    yield from (each.read_bytes() for each in folder.rglob("*") if each.is_file())


def test_the_public_export_holds_no_mark(vera: Register, tmp_path: Path) -> None:
    export(tmp_path / "out")
    found = b"".join(files_below(tmp_path / "out"))
    assert found
    assert [each for each in MARKS if each.encode() in found] == []


def test_the_monitor_sees_health_only_while_the_person_says_so(vera: Register) -> None:
    assert not marks_in(told(browser(MONITOR)).pages) & {HEALTH, FITNESS}
    for number, consents in ((2, True), (3, False)):
        vera.record(f"oversight-{number}", HealthConsentHeard(case=CASE, consents=consents), by=MONITOR)
        found = told(browser(MONITOR))
        wanted = {HEALTH, FITNESS} if consents else set()
        assert (marks_in(found.pages) & {HEALTH, FITNESS}, marks_in(found.receipts) & {HEALTH, FITNESS}) == (
            wanted,
            wanted,
        )
        assert marks_in(told(browser(AUDITOR)).pages) == MATRIX[AUDITOR]


def test_that_a_person_spoke_of_their_health_shows_to_neither_state(vera: Register) -> None:
    page = f"/cases/{CASE}/"
    before = {each: browser(each).get(page).content.count(b"<li") for each in (OFFICER, RECEIVER, BOOKING)}
    entry = vera.record("oversight-2", HealthConsentHeard(case=CASE, consents=True), by=MONITOR)[0]
    assert browser(MONITOR).get(f"/receipts/{entry.id}/").status_code == 200
    for each, count in before.items():
        assert browser(each).get(page).content.count(b"<li") == count
        assert browser(each).get(f"/receipts/{entry.id}/").status_code == 404


def test_the_number_of_an_entry_opens_nothing_that_no_page_tells(register: Register) -> None:
    """The log names the number of every entry to everybody."""
    soon = timezone.now() + timedelta(days=3)
    register.propose("anna", "Anna", "Fiktiv")
    order = StayOrderIssued(
        court="Invented court", reference="T 1-26", given=Given.WRITTEN, cases=("case-anna",), must_be_done="Keep him."
    )
    sought = EnquiryMade(sought="Somebody Else", asked_of=(SENDING,), due_at=soon)
    quiet = VisitAsked(facility="tartu", visit_at=soon, announced=False)
    asking.lodge(ENQUIRY, (sought,), AskerStated(about="", who=ASKED), word="winter river", at=register.now)
    told = {
        register.record("order-1", order, by=COURT)[0].id: {OFFICER, DECIDER, COURT, REVIEWER, MONITOR},
        register.record("oversight-1", quiet, by=MONITOR)[0].id: {MONITOR},
        streams.entries(ENQUIRY)[0].id: {OFFICER, REVIEWER, MONITOR},
    }
    for entry, to in told.items():
        asks = (OFFICER, DECIDER, RECEIVER, COURT, REVIEWER, MONITOR, AUDITOR, SE_MANAGER)
        given = {each for each in asks if browser(each).get(f"/receipts/{entry}/file/").status_code == 200}
        assert given == to, entry
