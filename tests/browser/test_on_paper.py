"""On paper a page keeps what it says: only what one can do there is left out."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.desk import Desk, Desks

EMPTY = """() => [...document.querySelectorAll('main h2')].filter(heading => {
    if (!heading.checkVisibility()) return false
    let next = heading.nextElementSibling
    while (next && next.tagName !== 'H2') {
        if (next.innerText.trim()) return false
        next = next.nextElementSibling
    }
    return true
}).map(heading => heading.innerText)"""
"""The headings that can be seen and have nothing that can be seen under them."""

PAGES = {"sending-officer": ("/work/", "/orders/", "/agreements/"), "monitor": ("/monitor/", "/claims/", "/figures/")}


@pytest.mark.parametrize(("account", "path"), [(each, path) for each, paths in PAGES.items() for path in paths])
def test_a_list_that_stands_on_the_page_is_printed(desks: Callable[[str], Desks], account: str, path: str) -> None:
    desk = desks("en")[account]
    desk.go(path)
    printed(desk)


def test_a_case_is_printed_with_its_clocks_and_without_its_acts(desks: Callable[[str], Desks]) -> None:
    desk = desks("en")["sending-officer"]
    desk.go("/work/")
    desk.follow(desk.page.locator('main .tasks a[href^="/cases/"]:not([href*="/do/"])').first)
    expect(desk.page.locator("main ul.tasks:not(.no-print *)").first).to_be_visible()
    printed(desk)


def printed(desk: Desk) -> None:
    """Every list of contents can be seen on paper, no heading is left alone, and no act is offered."""
    page: Page = desk.page
    page.emulate_media(media="print")
    for each in page.locator("main ul.tasks:not(.no-print):not(.no-print *) > li").all():
        expect(each).to_be_visible()
    assert page.evaluate(EMPTY) == []
    for act in page.locator("main button, main .button, main .no-print a").all():
        expect(act).to_be_hidden()
    page.emulate_media(media="null")
