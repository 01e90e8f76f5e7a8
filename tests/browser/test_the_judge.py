"""An order of a court on its page: counsel lodges it, a state reads it, a judge confirms it, person by person."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.desk import LOCALES, Desks
from tests.browser.look import NARROW
from tests.browser.test_every_way_in import pages_printed, sideways
from tests.browser.test_forms_gone_wrong import first_found

LODGED = {"en": "Lodged, not yet confirmed by a court", "es": "Comunicada, aún sin confirmar por un tribunal"}
CONFIRMED = {"en": "Confirmed by a court", "es": "Confirmada por un tribunal"}
MUST_BE_DONE = {"en": "Bring the person before the court.", "es": "Presentar a la persona ante el tribunal."}


@pytest.mark.parametrize("language", LOCALES)
def test_counsel_lodges_an_officer_reads_and_a_judge_confirms_on_the_page_of_the_order(
    desks: Callable[[str], Desks], language: str
) -> None:
    several = desks(language)
    counsel, officer, judge = several["counsel"], several["sending-officer"], several["court"]
    counsel.go("/cases/")
    case, name = first_found(counsel), counsel.page.locator("th a").first.inner_text()
    counsel.go("/orders/")
    counsel.follow(counsel.page.locator('main a[href="/do/lodge_order/"]'))
    order = counsel.answer(
        {
            "court": "Invented District Court",
            "reference": "spoken in hall 3",
            "given": "oral",
            "sort": "produce",  # it stops no departure: other tests share this demonstration
            "people": name,
            "must_be_done": MUST_BE_DONE[language],
        }
    )
    page = f"/orders/{order}/"
    counsel.go(page)
    expect(counsel.page.locator("main .tag").first).to_have_text(LODGED[language])
    expect(counsel.page.locator("main .warning")).to_be_visible()
    mine = counsel.page.locator("main section", has=counsel.page.locator(f'h3 a[href="{case}"]'))
    expect(mine).to_contain_text(name)
    expect(mine.locator("tbody tr")).to_have_count(3)

    officer.go(page)
    officer.follow(officer.page.locator(f'main a[href="{case}do/acknowledge_order/?order={order}"]'))
    officer.answer({})

    judge.go(page)
    judge.follow(judge.page.locator(f'main a[href="/do/confirm_order/?order={order}"]'))
    judge.answer({"reference": "T 7-26"})
    judge.go(page)
    expect(judge.page.locator("main .tag").first).to_have_text(CONFIRMED[language])
    expect(judge.page.locator("main .warning")).to_have_count(0)
    expect(judge.page.locator("main section", has_text=name)).to_contain_text(re.compile(r":\s*sending-officer \("))
    assert name not in judge.page.title()
    assert pages_printed(judge.page) >= 1
    judge.page.set_viewport_size({"width": NARROW, "height": 800})
    assert sideways(judge.page) == []
