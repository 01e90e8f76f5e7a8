"""The pages of orders: lodged on one form, shown to each as far as they may look, answered, read and complied with."""

from __future__ import annotations

from datetime import timedelta
from html import unescape

import pytest
from django.test import Client

from habeas.core.entries import Actor, Role
from habeas.core.entries.claims import CounselNamed, NamedBy
from habeas.core.entries.custody import Departed
from habeas.core.entries.institutions import Given, OrderSort, StayOrderIssued
from habeas.core.entries.orders import OrderLinked, OrderLodged
from habeas.core.orders import OrderStanding
from habeas.documents.readings_text import opened
from habeas.store import read, streams
from habeas.store.models import ReadingRow
from tests.store.example import COURT, MONITOR, OFFICER, Register
from tests.web.conftest import People, browser
from tests.web.test_acts import now
from tests.web.test_monitor import OURS, give_key

REVIEWER = Actor(account="reviewer-1", party="ee-oik", role=Role.REVIEWER)
COUNSEL = Actor(account="counsel-1", party="se-court", role=Role.COUNSEL)
ESCORT = Actor(account="escort-1", party="se-kv", role=Role.ESCORT)
LEFT = Departed(departed_from="Kumla", destination="Tartu", means="aircraft", outward=True)
LODGED_NOT_CONFIRMED = "Lodged and not yet confirmed by a court"


def body(**changes: object) -> OrderLodged:
    """An oral stay for everybody, as a monitor lodges it."""
    values = {
        "court": "Invented court",
        "reference": "spoken in hall 3",
        "given": Given.ORAL,
        "sort": OrderSort.STAY,
        "class_described": "everybody under the agreement",
        "must_be_done": "Turn the aircraft back",
    }
    return OrderLodged(**{**values, **changes})  # type: ignore[arg-type]


def lodge(register: Register, **changes: object) -> str:
    """The address of an order lodged by the monitor."""
    (entry,) = register.record("order-1", body(**changes), by=MONITOR, occurred_at=register.now - timedelta(minutes=30))
    return f"/orders/{entry.id}/"


def text_of(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, address
    return unescape(response.content.decode())


def send(client: Client, address: str, **answers: str) -> Client:
    """Fill a form in and record it; the same browser."""
    response = client.post(address, {**now(client, address), **answers, "step": "record"})
    assert response.status_code == 302, unescape(response.content.decode())
    return client


@pytest.fixture
def two(register: Register) -> Register:
    """Anna Fiktiv left and is held abroad; Bea Påhittad is only proposed."""
    register.propose("anna", "Anna", "Fiktiv")
    register.propose("bea", "Bea", "Påhittad")
    register.wait(days=1)
    register.record("case-anna", LEFT, by=ESCORT, person="person-anna")
    register.wait(hours=1)
    return register


def test_counsel_lodges_on_one_page_and_it_stands_over_the_case_until_a_court_answers(
    two: Register, people: People
) -> None:
    form = {
        "court": "Invented court",
        "reference": "spoken in hall 3",
        "given": "oral",
        "sort": "stay",
        "people": "Fiktiv, Ana",
        "must_be_done": "Turn the aircraft back",
    }
    send(browser(COUNSEL), "/do/lodge_order/", **form)
    (order,) = read.orders()
    page = f"/orders/{order.id}/"

    assert (order.standing, order.alike) == (OrderStanding.LODGED, ("case-anna",))
    for address in ("/cases/case-anna/", "/cases/case-anna/do/offer_handover/"):
        banner = text_of(people.alice, address)
        assert "Order lodged, not yet confirmed by a court: it stands until it is rejected" in banner
        assert "Forbidden now: to decide on a transfer" in banner
        assert f'href="{page}"' in banner
    assert "Order lodged" not in text_of(people.alice, "/cases/case-bea/")

    court = browser(COURT)
    assert LODGED_NOT_CONFIRMED in text_of(court, page)
    send(court, f"/do/confirm_order/?order={order.id}", order=order.id, reference="T 1-26")
    assert "Confirmed by a court" in text_of(court, page)
    assert "Stay order of a court in force" in text_of(people.alice, "/cases/case-anna/")


def test_each_sees_the_people_whose_cases_they_may_open_and_nobody_else(two: Register, people: People) -> None:
    two.hold("anna")
    named = CounselNamed(counsel=COUNSEL.account, named_by=NamedBy.PERSON)
    two.record("case-bea", named, by=OFFICER, person="person-bea")
    page = lodge(two)
    seen = {
        "monitor": people.monitor,
        "sending officer": people.alice,
        "booking officer": people.bob,
        "counsel": browser(COUNSEL),
    }
    found = {who: text_of(each, page) for who, each in seen.items()}

    assert {who: ("Anna Fiktiv" in each, "Bea Påhittad" in each) for who, each in found.items()} == {
        "monitor": (True, True),
        "sending officer": (True, True),
        "booking officer": (True, False),
        "counsel": (False, True),
    }
    assert "case-bea" in found["monitor"]
    assert "case-bea" not in found["booking officer"]


def test_whom_it_does_not_concern_it_is_not_there(two: Register, people: People) -> None:
    page = lodge(two, class_described=None, cases=("case-anna",))

    assert "spoken in hall 3" in text_of(people.alice, page)
    assert "spoken in hall 3" in text_of(people.alice, "/orders/")
    for client in (people.charlie, people.bob, browser(COUNSEL)):
        assert client.get(page).status_code == 404
        assert "spoken in hall 3" not in text_of(client, "/orders/")
    assert people.monitor.get("/orders/no-such-order/").status_code == 404


@pytest.mark.parametrize("who", ["auditor", "manager"])
def test_those_who_only_count_or_keep_accounts_have_no_page_of_orders(two: Register, people: People, who: str) -> None:
    page, client = lodge(two), getattr(people, who)

    assert 'href="/orders/"' in text_of(people.monitor, "/accounts/")
    assert 'href="/orders/"' not in text_of(client, "/accounts/")
    assert client.get("/orders/").status_code == 403
    assert client.get(page).status_code == 404


def test_neither_state_learns_who_lodged_it_nor_the_names_of_people_closed_to_it(two: Register, people: People) -> None:
    page = lodge(two, class_described=None, people=("Anna Fiktiv", "Nils Påhittig"))
    entry = page.split("/")[2]
    monitor, court, officer = text_of(people.monitor, page), text_of(browser(COURT), page), text_of(people.alice, page)

    for each in (monitor, court):
        assert "Independent monitor, Party ee-oik" in each
        assert "Nils Påhittig" in each
    assert "Anna Fiktiv" in officer
    assert "Somebody other than a court: neither state is told who" in officer
    assert "Party ee-oik" not in officer
    assert "Nils Påhittig" not in officer
    assert browser(COURT).get(f"/receipts/{entry}/").status_code == 200
    assert people.alice.get(f"/receipts/{entry}/").status_code == 404


def test_what_counsel_lodged_is_their_own_and_not_their_colleagues(two: Register, people: People) -> None:
    values = body(class_described=None, people=("Nobody Known",))
    (entry,) = two.record("order-1", values, by=COUNSEL)
    colleague = browser(Actor(account="counsel-2", party=COUNSEL.party, role=Role.COUNSEL))
    pages = [f"/orders/{entry.id}/", f"/receipts/{entry.id}/"]

    assert ["Nobody Known" in text_of(browser(COUNSEL), each) for each in pages] == [True, True]
    assert [colleague.get(each).status_code for each in pages] == [404, 404]


def test_the_page_says_where_somebody_was_who_read_it_and_each_step(two: Register, people: People) -> None:
    page = lodge(two, class_described=None, cases=("case-anna",))
    order = page.split("/")[2]
    two.wait(hours=3)
    two.hold("anna")
    before = text_of(people.alice, page)
    assert before.count("On the way to the receiving state") == 2
    assert "In the receiving state: <bdi>Tartu Prison, Swedish unit</bdi>" in before
    assert "Read by: nobody yet" in before.replace("</strong>", "")
    assert before.count("Against the order") == 2  # the arrival, and the book-in that nobody signed for

    send(people.alice, f"/cases/case-anna/do/acknowledge_order/?order={order}", order=order)
    step = {"order": order, "done": "The pilot was told to turn back", "done_by": "Invented tower"}
    send(people.alice, f"/cases/case-anna/do/report_compliance_step/?order={order}", **step)

    assert "I have read this order" in before
    assert "I have read this order" not in text_of(people.alice, page)
    for client in (people.alice, people.bob, browser(COURT)):
        after = text_of(client, page)
        assert "<bdi>officer-1</bdi> (<bdi>Party se-kv</bdi>)" in after
        assert "The pilot was told to turn back" in after
        assert "<bdi>Invented tower</bdi>" in after
        entry = streams.entries("case-anna")[-1].id
        assert f'href="/receipts/{entry}/"' in after


def test_who_watches_leaves_a_reading_of_each_person_whom_the_page_showed(two: Register, people: People) -> None:
    page = lodge(two)
    text_of(people.monitor, page)
    assert ReadingRow.objects.count() == 0  # no key was given
    give_key(two, MONITOR, OURS)
    text_of(people.monitor, page)
    text_of(people.alice, page)

    rows = people.monitor.get("/monitor/readings/sealed.txt").content.decode().splitlines()
    assert sorted(each["case"] for each in opened(rows, OURS)) == ["case-anna", "case-bea"]


def test_a_rejected_order_says_why_and_stands_over_nothing(two: Register, people: People) -> None:
    page = lodge(two)
    order, reviewer = page.split("/")[2], browser(REVIEWER)
    assert "Order lodged" in text_of(people.alice, "/cases/case-bea/")
    reasons = "The registry of the court knows no such order."
    send(reviewer, f"/do/reject_order/?order={order}", order=order, reasons=reasons)

    for client in (reviewer, people.alice):
        told = text_of(client, page)
        assert reasons in told
        assert "Rejected</strong>" in told
        assert LODGED_NOT_CONFIRMED not in told
    assert "Order lodged" not in text_of(people.alice, "/cases/case-bea/")
    assert "reject_order" not in text_of(reviewer, page)


def test_who_is_meant_by_a_name_is_said_by_a_bench_and_frees_the_others(two: Register, people: People) -> None:
    page = lodge(two, class_described=None, people=("Bea Pahittad",))
    order = page.split("/")[2]
    assert "Covered because the name is similar to one in the order" in text_of(people.alice, page)
    assert "Order lodged" in text_of(people.alice, "/cases/case-bea/")
    link = OrderLinked(order=order, cases=("case-anna",), reasons="The court meant Anna, by her date of birth.")
    two.record("order-1", link, by=REVIEWER)

    assert "Order lodged" not in text_of(people.alice, "/cases/case-bea/")
    assert "Order lodged" in text_of(people.alice, "/cases/case-anna/")
    assert "Anna Fiktiv" in text_of(people.alice, page)


def test_a_court_gives_another_order_than_a_stay_and_an_order_of_before_is_one(two: Register, people: People) -> None:
    two.hold("anna")
    values = {"court": "Invented court", "reference": "T 9", "given": Given.WRITTEN, "must_be_done": "Bring her back"}
    old = StayOrderIssued(**values, cases=("case-bea",))  # type: ignore[arg-type]
    again = StayOrderIssued(**values, cases=("case-anna",), sort=OrderSort.RETURN)  # type: ignore[arg-type]
    two.record("order-old", old, by=COURT)
    two.record("order-new", again, by=COURT)

    assert "Forbidden now" in text_of(people.alice, "/cases/case-bea/")
    page = text_of(people.alice, "/cases/case-anna/")
    assert "Order of a court in force" in page
    assert "Forbidden now" not in page
    assert "Return: bring the person back" in page
    returning = next(each for each in read.orders() if each.sort is OrderSort.RETURN)
    assert "Not done. Due" in text_of(people.alice, f"/orders/{returning.id}/")


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_pages_have_words_in_both_languages(two: Register, people: People, language: str) -> None:
    page = lodge(two, people=("Anna Fiktiv",))
    people.monitor.cookies["django_language"] = language
    for address in (page, "/orders/", "/do/lodge_order/"):
        told = text_of(people.monitor, address)
        assert told.count("<h1") == 1
        assert "Fiktiv" not in told[told.index("<title>") : told.index("</title>")]
    assert ("Órdenes judiciales" in text_of(people.monitor, "/orders/")) is (language == "es")
