"""The pages for everybody: by keyboard alone, on a telephone, on paper, and in a browser without script."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.desk import LOCALES, Desk, Desks, Everything
from tests.browser.look import NARROW
from tests.browser.served import Served
from tests.browser.test_forms_gone_wrong import fill_proposal, first_found, search

InLanguage = Callable[[str], Desks]
PUBLIC = (
    "/",
    "/ask/",
    "/ask/person/",
    "/ask/answer/",
    "/account/sign-in/",
    "/agreements/",
    "/agreements/compared/",
    "/agreements/se-ee-2025/",
    "/figures/se-ee-2025/",
    "/findings/",
    "/log/",
    "/account/cannot-sign-in/",
)
MONEY = "/agreements/se-ee-2025/money/"
DONE = "/agreements/se-ee-2025/done/"
OFFICERS = ("/", "/work/", "/cases/", "/agreements/", "/agreements/se-ee-2025/", "/facilities/")
INSIDE = {
    "sending-officer": (*OFFICERS, "/do/propose/", "/claims/", "/account/second-factor/"),
    "booking-officer": ("/work/", "/cases/", "/facilities/tartu/", "/do/report_unannounced_arrival/"),
    "receiving-officer": ("/work/", "/enquiries/", "/facilities/tartu/", "/do/certify_facility/"),
    "sending-manager": ("/work/", "/accounts/", "/do/invite_account/"),
    "court": ("/work/", "/cases/", "/orders/", "/claims/", "/do/issue_stay_order/", "/do/confirm_order/"),
    "reviewer": ("/work/", "/cases/", "/orders/", "/claims/", "/do/lodge_order/"),
    "counsel": ("/work/", "/cases/", "/orders/", "/claims/", "/do/lodge_order/", "/monitor/readings/"),
    "monitor": ("/work/", "/cases/", "/facilities/tartu/", "/enquiries/", "/monitor/", "/monitor/readings/", DONE),
    "auditor": ("/work/", "/cases/", "/agreements/us-sv-2025/", MONEY, MONEY.replace("money", "statement"), DONE),
}


@pytest.mark.parametrize("language", LOCALES)
def test_every_page_is_accessible_to_each_role(desks: InLanguage, language: str) -> None:
    several = desks(language)
    for account, paths in INSIDE.items():
        for path in paths:
            several[account].go(path)


@pytest.mark.parametrize("language", LOCALES)
def test_no_page_scrolls_sideways_on_a_telephone(desks: InLanguage, language: str) -> None:
    several = desks(language)
    for account in ("sending-officer", "booking-officer", "counsel", "monitor"):
        desk = several[account]
        desk.page.set_viewport_size({"width": NARROW, "height": 800})
        for path in INSIDE[account]:
            desk.go(path)
            assert sideways(desk.page) == [], path
    officer = several["sending-officer"]
    officer.go("/cases/")
    case = first_found(officer)
    for path in (case, f"{case}sheet/", "/figures/se-ee-2025/"):
        officer.go(path)
        assert sideways(officer.page) == [], path


def sideways(page: Page) -> list[str]:
    """What is wider than the screen, outside a table that scrolls by itself; nothing when the page is not."""
    if page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"):
        return []
    wide = """[...document.querySelectorAll("body *")]
        .filter(each => each.getBoundingClientRect().right > window.innerWidth + 1)
        .map(each => each.outerHTML.slice(0, 120))"""
    found: list[str] = page.evaluate(wide)
    return found or ["the page itself"]


def test_somebody_signs_in_and_records_an_act_with_the_keyboard_alone(page: Page, demonstration: Served) -> None:
    page.goto(f"{demonstration.url}/account/sign-in/?next=/work/")
    page.keyboard.press("Tab")
    expect(page.locator("a.skip")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator("input[name=login]")).to_be_focused()
    page.keyboard.type("booking-officer")
    tab_to(page, "input[name=password]")
    page.keyboard.type(demonstration.passwords["booking-officer"])
    page.keyboard.press("Enter")
    expect(page.locator("header .who bdi")).to_have_text("booking-officer")
    page.goto(f"{demonstration.url}/facilities/tartu/")
    tab_to(page, "select[name=sign]")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.locator("button[name=step]").first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{demonstration.url}/facilities/tartu/#roll")


@pytest.mark.parametrize("language", LOCALES)
def test_the_menu_is_one_line_on_a_telephone_and_each_place_is_reached(desks: InLanguage, language: str) -> None:
    desk = desks(language)["monitor"]
    desk.page.set_viewport_size({"width": NARROW, "height": 800})
    desk.go("/work/")
    links = desk.page.locator(".nav a")
    tops = links.evaluate_all("all => all.map(each => each.getBoundingClientRect().top)")
    assert (len(tops) > 8, len(set(tops))) == (True, 1)
    links.last.focus()
    assert links.last.evaluate("each => each.getBoundingClientRect().right <= window.innerWidth")
    assert desk.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until the first such control has the focus, as somebody without a mouse does."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate(f"document.activeElement === document.querySelector('{selector}')"):
            return
    raise AssertionError(f"sixty Tabs do not lead to {selector}")


def test_the_focus_is_always_to_be_seen(page: Page, demonstration: Served) -> None:
    page.goto(f"{demonstration.url}/account/sign-in/")
    for _ in range(8):
        page.keyboard.press("Tab")
        seen = page.evaluate(
            "(() => { const s = getComputedStyle(document.activeElement);"
            " return s.outlineStyle !== 'none' || s.boxShadow !== 'none' })()"
        )
        assert seen, page.evaluate("document.activeElement.outerHTML")


@pytest.mark.parametrize("language", LOCALES)
def test_a_case_and_a_receipt_can_be_printed(desks: InLanguage, language: str) -> None:
    desk = desks(language)["sending-officer"]
    search(desk, "cagri overaas nunez")
    desk.go(first_found(desk))
    assert pages_printed(desk.page) >= 2
    desk.follow(desk.page.locator("ol.timeline a").first)
    desk.go(str(desk.page.locator('a[href^="/receipts/"]').first.get_attribute("href")))
    expect(desk.page.locator("img.qr")).to_be_visible()
    assert pages_printed(desk.page) >= 1


def pages_printed(page: Page) -> int:
    data = page.pdf(format="A4")
    assert b"/Font" in data, "a page without a font has no text"
    return data.count(b"/Type /Page") - data.count(b"/Type /Pages")


def test_everything_works_in_a_browser_without_script(browser: Browser, demonstration: Served) -> None:
    context = browser.new_context(java_script_enabled=False, locale="en-GB")
    # the check for accessibility is itself a script
    desk = Desk(demonstration, context.new_page(), "sending-officer", Everything())
    fill_proposal(desk, "Skriptlos", "Quillmar")
    desk.press("check")
    desk.record()
    expect(desk.page.locator(".banner.done")).to_be_visible()
    desk.follow(desk.page.locator('main a.button.second[href^="/cases/"]'))
    expect(desk.page.locator("h1")).to_contain_text("Skriptlos Quillmar")
    context.close()


def test_the_language_can_be_changed_on_every_page_and_stays(desks: InLanguage) -> None:
    desk = desks("en")["monitor"]
    desk.go("/cases/")
    desk.follow(desk.page.locator('button[name=language][value="es"]'))
    expect(desk.page.locator("html")).to_have_attribute("lang", "es")
    expect(desk.page).to_have_url(f"{desk.served.url}/cases/")
    desk.go("/work/")
    expect(desk.page.locator("html")).to_have_attribute("lang", "es")


def test_the_public_pages_are_accessible_before_anybody_signs_in(page: Page, demonstration: Served) -> None:
    desk = Desk(demonstration, page, "nobody", set())
    for path in PUBLIC:
        answer = page.goto(demonstration.url + path)
        assert answer is not None
        assert answer.status == 200
        desk.look()


def test_a_page_that_is_not_there_says_what_to_do(desks: InLanguage) -> None:
    desk = desks("en")["monitor"]
    assert desk.go("/cases/nothing-here/").status == 404
    expect(desk.page.locator("main")).to_contain_text("begin again from your work")
