"""Money: who sees what of it, the way from a number to its receipt, and statements that never change."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from django.test import Client

from habeas import agreements, safeguards
from habeas.core.entries import custody as held
from habeas.core.entries import procedure as p
from habeas.core.entries.institutions import AgreementAdopted
from habeas.core.entries.money import StatementIssued
from habeas.core.ledger.conventions import CONVENTIONS
from habeas.core.ledger.person_days import Days, State
from habeas.store import ledger
from tests.core import walk
from tests.store.example import BOOKING, DECIDER, OFFICER, RECEIVER, RECEIVING, SENDING, Register, proposed
from tests.web.conftest import People, browser

HOME = "/agreements/se-ee-2025/"
MONEY = f"{HOME}money/?from=2026-10-01&until=2026-11-01&convention=midnight"
DRAFT = f"{HOME}statement/?from=2026-10-01&until=2026-11-01&convention=midnight"
DAY = timedelta(days=1)
ARRIVED = datetime(2026, 9, 20, 12, tzinfo=UTC)
NOVEMBER = datetime(2026, 11, 5, 12, tzinfo=UTC)
SEEN = held.RollEntered(facility="tartu", sign=held.Sign.ROLL_CALL, seen_by="the ward")


def title(state: str, until_at: datetime | None = None) -> p.TitleRecorded:
    return p.TitleRecorded(
        state=state,
        authority="Invented court",
        ground="a final sentence",
        reference="B 1-26",
        valid_from_at=datetime(2026, 8, 1, tzinfo=UTC),
        valid_until_at=until_at,
    )


class Ward:
    """People held in Tartu, with everything done that must be; seen every day of October but those left out."""

    def __init__(self, register: Register) -> None:
        self.register = register
        self.titles: dict[str, str] = {}

    def brought(self, *people: tuple[str, str, str]) -> Ward:
        for name, given, family in people:
            self._add(name, proposed(given, family), title("SWE"), by=OFFICER)
            self.titles[name] = self._add(name, title("EST"), by=RECEIVER)
            self._add(name, p.NoticeServed(language="sv", facts_relied_on="the sentence", served_by="Officer"))
            self._add(name, walk.decision(), by=DECIDER)
            self._add(name, p.DecisionServed(language="sv", served_by="Officer"))
            self._add(name, p.TransferAccepted(), by=RECEIVER)
        self.register.now = ARRIVED
        for name, _, _ in people:
            self._arrive(name)
        return self

    def _arrive(self, name: str) -> None:
        journey = held.Manifested(manifest="M-1", departs_at=ARRIVED, departs_from="Kumla", escort="Escort")
        self._add(name, journey, held.DeparturePermitted(fit_to_travel="fit"), by=OFFICER)
        self._add(name, held.Departed(departed_from="Kumla", destination="Tartu", means="aircraft", outward=True))
        self._add(name, held.Arrived(facility="tartu"))
        offer = self._add(name, held.HandoverOffered(to_party=RECEIVING, place="at the gate", fitness="fit"))
        self._add(name, held.HandoverAccepted(offer=offer), by=BOOKING)

    def seen(self, name: str, without: tuple[int, ...] = ()) -> None:
        for day in range(1, 32):
            if day not in without:
                self._add(name, SEEN, by=BOOKING, at=datetime(2026, 10, day, 9, tzinfo=UTC))

    def _add(self, name: str, *bodies: object, by: object = OFFICER, at: datetime | None = None) -> str:
        entries = self.register.record(f"case-{name}", *bodies, by=by, person=f"person-{name}", occurred_at=at)  # type: ignore[arg-type]
        return entries[-1].id

    def title_ended(self, name: str, until: str) -> None:
        wrong = held.Corrected(
            entry=self.titles[name], field_name="valid_until_at", value=json.dumps(until), reasons="a wrong page"
        )
        self._add(name, wrong, by=RECEIVER)


@pytest.fixture
def ward(register: Register) -> Ward:
    """Anna Fiktiv was seen on every day of October, Bo Påhitt on all but the 10th."""
    found = Ward(register).brought(("anna", "Anna", "Fiktiv"), ("bo", "Bo", "Påhitt"))
    register.now = NOVEMBER
    found.seen("anna")
    found.seen("bo", without=(10,))
    return found


def shown(client: Client, address: str) -> str:
    """The page as its reader has it."""
    answer = client.get(address)
    assert answer.status_code == 200, answer.status_code
    return unescape(answer.content.decode())


def links(page: str, path: str) -> list[str]:
    return re.findall(rf'href="({path}[^"]*)"', page)


def test_the_amount_on_the_page_is_the_one_that_the_core_works_out(ward: Ward, people: People) -> None:
    month = Days(from_on=datetime(2026, 10, 1).date(), until_on=datetime(2026, 11, 1).date())
    found = ledger.statement("se-ee-2025", month, CONVENTIONS["midnight"], datetime.now(UTC))
    assert [found.count(state) for state in State] == [61, 0, 0, 1]
    assert found.due is not None
    # 300 places of 31 days at 8,500 a month, without the one day of somebody whom nobody saw
    assert str(found.due.amount.amount) == "2549725.81"
    page = shown(people.alice, MONEY)
    assert "2,549,725.81 EUR" in page
    assert "61 payable person-days" in page
    assert "Left out of the sum. The payee may contest each line" in page
    assert "in dispute" not in page[page.index('id="due"') :]
    assert "1 person-days left the sum, 274.19 EUR" in page
    assert "Nobody is on record as having seen the person on that day." in page
    assert "Midnight census: a local day counts for whoever is in the building at the midnight that ends it" in page
    assert "(Europe/Tallinn)" in page


def test_an_auditor_walks_from_a_line_to_the_entries_to_a_receipt_and_meets_no_name(ward: Ward, people: People) -> None:
    by_name = shown(people.alice, MONEY)
    assert "Anna Fiktiv" in by_name
    page = shown(people.auditor, MONEY)
    for step in (f"{HOME}money/case-anna/", "/cases/case-anna/entries/", "/receipts/"):
        assert "Fiktiv" not in page
        page = shown(people.auditor, links(page, step)[-1])
    assert "Fiktiv" not in page
    assert "On the roll" in page or "Entry number" in page


def test_each_day_names_its_reason_and_its_entries(ward: Ward, people: People) -> None:
    page = shown(people.alice, links(shown(people.alice, MONEY), f"{HOME}money/case-bo/")[0])
    assert "Days of" in page
    rows = re.findall(r'<tr><th scope="row".*?</tr>', page)
    assert len(rows) == 31
    assert "Unexplained" in rows[9]
    assert "Payable" in rows[10]
    assert len(links(rows[10], "/cases/case-bo/entries/")) == len(links(rows[9], "/cases/case-bo/entries/")) + 1


def test_who_holds_the_door_sees_no_money(ward: Ward, people: People) -> None:
    assert people.alice.get(MONEY).status_code == 200
    for address in (MONEY, DRAFT, f"{HOME}money/case-anna/"):
        assert people.bob.get(address).status_code == 403
        assert people.stranger.get(address).status_code == 302
    assert "Money:" in shown(people.alice, HOME)
    assert "Money:" not in shown(people.bob, HOME)
    assert "Money:" not in shown(people.stranger, HOME)


def test_an_officer_of_another_state_sees_totals_and_may_open_nobody(ward: Ward, people: People) -> None:
    assert "Anna Fiktiv" in shown(people.alice, MONEY)
    page = shown(people.charlie, MONEY)
    assert "2,549,725.81 EUR" in page
    assert "Anna" not in page
    assert links(page, f"{HOME}money/case-anna/") == []
    assert people.alice.get(f"{HOME}money/case-anna/").status_code == 200
    assert people.charlie.get(f"{HOME}money/case-anna/").status_code == 404


def test_where_the_text_states_no_convention_two_stand_side_by_side_and_nothing_is_due(
    ward: Ward, people: People
) -> None:
    adopted = AgreementAdopted(
        agreement="us-sv-2025",
        sending_party=SENDING,
        receiving_party=RECEIVING,
        terms_digest=agreements.agreement("us-sv-2025").digest,
        safeguards_digest=safeguards.read().digest,
    )
    ward.register.record("agreement-us-sv-2025", adopted)
    page = shown(people.auditor, "/agreements/us-sv-2025/money/")
    assert "No amount is due: the terms do not say how days are counted." in page
    assert "Any part of a day: every local day" in page
    assert "Midnight census: a local day" in page


def test_by_another_convention_than_the_stated_one_nothing_is_due(ward: Ward, people: People) -> None:
    page = shown(people.alice, MONEY.replace("midnight", "nights"))
    assert "No amount is due by this convention: the terms state another (Midnight census" in page
    assert "EUR</strong>" not in page


def test_a_draft_on_paper_bears_no_name(ward: Ward, people: People) -> None:
    assert "Anna Fiktiv" in shown(people.alice, MONEY)
    page = shown(people.alice, DRAFT)
    assert "A draft: worked out from the record, issued by nobody." in page
    assert "2,549,725.81 EUR" in page
    assert "Anna" not in page
    assert "ase-anna" in page


# --- issued, and what was recorded afterwards -----------------------------------------------------


def issue(client: Client, first: str = "2026-10-01", after: str = "2026-11-01") -> tuple[int, str]:
    """Send the form of a statement."""
    address = f"/do/issue_statement/?from={first}&until={after}"
    page = client.get(address).content.decode()
    form = dict(re.findall(r'name="(\w+)"[^>]*value="([^"]*)"', page))
    answer = client.post(address, {**form, "agreement": "se-ee-2025", "step": "record"}, follow=True)
    return answer.status_code, unescape(answer.content.decode())


def test_the_receiving_officer_names_the_period_and_nothing_else(ward: Ward) -> None:
    status, page = issue(browser(RECEIVER))
    assert (status, "Entry number" in page) == (200, True)
    [(_, body)] = ledger.issued("se-ee-2025")
    counts = (body.payable, body.not_payable, body.disputed, body.unexplained)
    assert (*counts, str(body.amount), body.currency) == (61, 0, 0, 1, "2549725.81", "EUR")
    form = browser(RECEIVER).get("/do/issue_statement/").content.decode()
    asked = set(re.findall(r'name="(\w+?)_(?:day|month|year)"', form))
    assert asked - {"occurred_at"} == {"from_on", "until_on"}


def test_no_day_is_in_two_statements(ward: Ward) -> None:
    assert issue(browser(RECEIVER))[0] == 200
    status, page = issue(browser(RECEIVER), "2026-10-31", "2026-11-02")
    assert status == 422
    assert "Some of these days are in a statement already." in page


def test_nobody_else_issues_a_statement(ward: Ward, people: People) -> None:
    assert browser(RECEIVER).get("/do/issue_statement/").status_code == 200
    for client in (people.alice, people.bob, people.auditor, people.monitor):
        assert client.get("/do/issue_statement/").status_code == 403


def test_days_that_are_not_over_are_in_no_statement(ward: Ward) -> None:
    status, page = issue(browser(RECEIVER), "2026-10-01", "2999-01-01")
    assert status == 422
    assert "every day of it must be over at every facility" in page


def test_what_is_corrected_afterwards_is_a_credit_and_the_statement_stands(ward: Ward, people: People) -> None:
    issue(browser(RECEIVER))
    [(entry, body)] = ledger.issued("se-ee-2025")
    address = f"{HOME}statements/{entry.id}/"
    assert "Nothing that was recorded since changes a day of it." in shown(people.alice, address)
    ward.register.now = datetime.now(UTC)
    ward.title_ended("anna", "2026-10-29T22:00:00Z")
    page = shown(people.alice, address)
    credit = page[page.index('id="credit"') :]
    assert "548.39 EUR" in credit  # two days at 8,500 / 31
    assert len(re.findall(r'<tr><th scope="row"[^\n]*?No title was in force in the place[^\n]*?</tr>', credit)) == 2
    assert "2,549,725.81 EUR" in page[: page.index('id="credit"')]
    assert "does not give the lines" not in page
    assert ledger.issued("se-ee-2025") == ((entry, body),)
    assert isinstance(body, StatementIssued)


@pytest.mark.parametrize("query", ["?from=2026-10-01", "?from=x&until=y", "?from=2026-10-01&until=2026-10-01"])
def test_a_period_that_is_none_says_what_to_do(ward: Ward, people: People, query: str) -> None:
    assert 'class="problem"' not in shown(people.alice, f"{HOME}money/")
    assert 'class="problem"' in shown(people.alice, f"{HOME}money/{query}")


def test_the_pages_speak_spanish(ward: Ward, people: People) -> None:
    people.alice.cookies["django_language"] = "es"
    page = shown(people.alice, MONEY)
    assert "61 días-persona exigibles" in page
    assert "Recuento a medianoche" in page


def test_what_the_fee_is_worth_stands_on_the_public_page_with_its_sources(register: Register, people: People) -> None:
    page = shown(people.stranger, "/agreements/us-sv-2025/")
    assert "In a year the fee is 2.3 to 3.0 per cent of what the whole prison system is reported to cost" in page
    assert "The fee for a place-day is 9.05 to 13.81 times that." in page
    assert "Annual determination of the average cost of incarceration" in page
