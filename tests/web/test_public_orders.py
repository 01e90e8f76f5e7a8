"""A relative lodges a court's order without an account: it counts at once, and nobody is told who did it."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from habeas.core.entries.orders import OrderConfirmed
from habeas.core.orders import OrderStanding
from habeas.store import read, streams
from tests.store.example import COURT, Register
from tests.web.conftest import People, browser
from tests.web.test_asking import REFERENCE
from tests.web.test_orders import text_of

ORDER = {
    "people": "Anna Fiktiv",
    "court": "Invented court",
    "reference": "spoken in hall 3",
    "given": "oral",
    "sort": "stay",
    "must_be_done": "Do not send her away",
    "occurred_at_day": "1", "occurred_at_month": "9", "occurred_at_year": "2026", "occurred_at_time": "18:45",
    "who": "Berta Example",
    "relation": "sister",
    "word": "winter river",
}  # fmt: skip


def lodge(**changed: str) -> tuple[str, str]:
    """Lodge the order without an account: the reference and the page that follows."""
    response = Client().post("/ask/order/", {**ORDER, **changed})
    page = response.content.decode()
    assert response.status_code == 200, page
    found = REFERENCE.search(page)
    assert found
    return found.group(), page


@pytest.fixture
def anna(register: Register) -> Register:
    register.propose("anna", "Anna", "Fiktiv")
    return register


def test_it_counts_at_once_from_when_the_court_gave_it(anna: Register, people: People) -> None:
    assert "Order lodged" not in text_of(people.alice, "/cases/case-anna/")
    lodge()
    (order,) = read.orders()

    assert (order.standing, order.alike) == (OrderStanding.LODGED, ("case-anna",))
    assert order.issued_at.isoformat() == "2026-09-01T15:45:00+00:00"  # 18:45 in Tallinn, whose zone the page names
    assert "Order lodged, not yet confirmed by a court" in text_of(people.alice, "/cases/case-anna/")


def test_the_page_that_follows_is_the_same_whoever_is_named(anna: Register) -> None:
    pages = [lodge(people=each) for each in ("Anna Fiktiv", "Nils Påhittig", "Ana Ficktiv")]

    assert len({page.replace(reference, "") for reference, page in pages}) == 1
    assert len({len(page.encode()) for _reference, page in pages}) == 1


def test_whoever_lodged_it_stands_in_no_entry_of_the_order_and_on_no_page_of_a_state(
    anna: Register, people: People
) -> None:
    lodge()
    (order,) = read.orders()
    page = f"/orders/{order.id}/"
    entries = streams.entries_below(streams.ORDER)

    assert "Berta Example" in repr(streams.entries_below(streams.ASKER))
    assert "Berta" not in repr(entries)
    assert "sister" not in repr(entries)
    assert "Somebody other than a court, without an account" in text_of(people.monitor, page)
    officer = text_of(people.alice, page)
    assert "Do not send her away" in officer
    assert "Somebody other than a court: neither state is told who" in officer
    assert "without an account" not in officer
    assert "Berta" not in officer


def test_the_reference_and_the_word_show_how_it_stands_and_nothing_of_whom_it_covers(anna: Register) -> None:
    reference, _page = lodge()
    collect = {"reference": reference, "word": "Winter River"}
    before = Client().post("/ask/answer/", collect).content.decode()
    (order,) = read.orders()
    (entry,) = streams.entries_below(streams.ORDER)
    anna.versions[entry.stream] = 1
    anna.record(entry.stream, OrderConfirmed(order=order.id, reference="T 1-26"), by=COURT)
    after = Client().post("/ask/answer/", collect).content.decode()

    assert "Lodged, not yet confirmed by a court" in before
    assert "Confirmed by a court" in after
    assert "Fiktiv" not in before + after
    wrong = Client().post("/ask/answer/", {**collect, "word": "summer river"})
    assert (wrong.status_code, "Confirmed by a court" in wrong.content.decode()) == (404, False)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"people": ""}, "People it names: Answer this question."),
        ({"occurred_at_year": "2099"}, "When did the court give it?: This can&#x27;t be recorded yet"),
        ({"word": "abc"}, "Choose a longer word"),
    ],
)
def test_what_is_wrong_is_told_with_everything_typed_still_there(
    anna: Register, changed: dict[str, str], sentence: str
) -> None:
    response = Client().post("/ask/order/", {**ORDER, **changed})
    page = response.content.decode()

    assert response.status_code == 422
    assert sentence in page
    assert 'value="spoken in hall 3"' in page
    assert read.orders() == ()


def test_nobody_without_an_account_stops_everybody_by_describing_a_class(anna: Register) -> None:
    page = Client().get("/ask/order/").content.decode()
    assert 'name="people"' in page
    assert re.findall(r'name="(class_\w+|cases)"', page) == []
    assert 'name="class_described"' in browser(COURT).get("/do/issue_stay_order/").content.decode()
    lodge(class_described="everybody", people="Nobody Known")
    (order,) = read.orders()
    assert (order.class_described, order.alike) == (None, ())
