"""The auditor: from a number to the receipt behind it in three clicks, and a draft on paper, without a name on the way."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from habeas.demo.scenario import scenario
from tests.browser.desk import LOCALES, Desks
from tests.browser.look import NARROW
from tests.browser.test_every_way_in import pages_printed, sideways

MONEY, DONE = "/agreements/se-ee-2025/money/", "/agreements/se-ee-2025/done/"
TODAY = datetime.now(UTC).date()
WHOLE = f"?from={TODAY - timedelta(weeks=6)}&until={TODAY}"
"""The weeks of the demonstration: the last whole month may have had nobody yet."""

INVENTED = scenario("se-ee-2025").invented
CLICKS = (f'main th a[href^="{MONEY}"]', 'main td a[href*="/entries/"]', 'main a[href^="/receipts/"]')


@pytest.mark.parametrize("language", LOCALES)
def test_a_line_leads_to_its_days_an_entry_and_a_receipt_and_nobody_is_named(
    desks: Callable[[str], Desks], language: str
) -> None:
    officer, auditor = desks(language)["sending-officer"], desks(language)["auditor"]
    officer.go(MONEY + WHOLE)
    assert named(officer.page.content())

    auditor.go(MONEY + WHOLE)
    for link in CLICKS:
        assert named(auditor.page.content()) == []
        auditor.follow(auditor.page.locator(link).first)
        auditor.look()
    assert named(auditor.page.content()) == []
    expect(auditor.page.locator("img.qr")).to_be_visible()


@pytest.mark.parametrize("language", LOCALES)
def test_a_draft_statement_is_printed_and_fits_a_telephone(desks: Callable[[str], Desks], language: str) -> None:
    auditor = desks(language)["auditor"]
    auditor.go(MONEY)
    auditor.follow(auditor.page.locator('main a.button[href*="/statement/"]'))
    auditor.look()
    assert named(auditor.page.content()) == []
    assert pages_printed(auditor.page) >= 1
    auditor.page.emulate_media(media="print")
    expect(auditor.page.locator(".nav")).to_be_hidden()
    auditor.page.emulate_media(media="null")
    auditor.page.set_viewport_size({"width": NARROW, "height": 800})
    for path in (MONEY, auditor.page.url.removeprefix(auditor.served.url)):
        auditor.go(path)
        assert sideways(auditor.page) == [], path


@pytest.mark.parametrize("language", LOCALES)
def test_the_monitor_reads_why_of_what_was_done_and_the_auditor_the_same_page_without_names(
    desks: Callable[[str], Desks], language: str
) -> None:
    monitor, auditor = desks(language)["monitor"], desks(language)["auditor"]
    monitor.go("/work/")  # the agreement itself is open to everybody, so nobody is asked to sign in there
    monitor.go("/agreements/se-ee-2025/")
    monitor.follow(monitor.page.locator(f'main a[href="{DONE}"]'))
    monitor.look()
    assert named(monitor.page.content())
    monitor.follow(monitor.page.locator(f'main th a[href^="{DONE}"]').first)
    monitor.look()
    monitor.page.locator("main details summary").first.click()
    expect(monitor.page.locator("main .tree").first).to_be_visible()

    auditor.go(DONE)
    expect(auditor.page.locator("main tbody tr").first).to_be_visible()
    assert named(auditor.page.content()) == []


def named(page: str) -> list[str]:
    """The invented people whose names stand in a page."""
    return [each for each in INVENTED.family_names if each in page]
