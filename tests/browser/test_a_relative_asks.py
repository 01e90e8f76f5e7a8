"""A relative on a telephone, in a browser without script: asks, comes back, shows who they are, gets the answers.

Both languages, from the first page to the receipt that proves an answer offline.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Response, ViewportSize, expect

from habeas.cli import main as habeas
from tests.browser.desk import LOCALES, Desk, Desks
from tests.browser.look import PATIENCE, assert_accessible
from tests.browser.served import Served

InLanguage = Callable[[str], Desks]
PHONE: ViewportSize = {"width": 320, "height": 640}
MOST_BYTES = 60_000
WORD = {"en": "winter river", "es": "río de invierno"}
TITLE = {"en": "Questions", "es": "Preguntas"}
WHO = "Berta Inventada, aunt"
HELD = {"en": "Held by us", "es": "Detenida por nosotros"}
SOUGHT = "oeveraas nunez CAGRI"
"""Çağrı Øveraas-Ñúñez of the demonstration, as somebody abroad might type it."""


@pytest.fixture(params=LOCALES)
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@dataclass(frozen=True)
class Phone:
    """A small telephone whose browser runs no script. `twin` is the same browser with script, for what looks at it."""

    page: Page
    twin: Page
    url: str
    language: str


@pytest.fixture
def phone(browser: Browser, demonstration: Served, language: str) -> Iterator[Phone]:
    """A fresh telephone; in the end it holds no cookie."""
    without, with_script = (
        browser.new_context(locale=LOCALES[language], viewport=PHONE, java_script_enabled=script)
        for script in (False, True)
    )
    without.set_default_timeout(PATIENCE)
    yield Phone(without.new_page(), with_script.new_page(), demonstration.url, language)
    assert without.cookies() == []
    without.close()
    with_script.close()


def test_a_relative_asks_and_gets_the_signed_answers(
    phone: Phone, demonstration: Served, desks: InLanguage, tmp_path: Path
) -> None:
    held, several = HELD[phone.language], desks(phone.language)
    reference = ask(phone)
    assert held not in collect(phone, reference)

    url = answer(several["receiving-officer"])
    assert held not in collect(phone, reference)

    show_kinship(several["monitor"], url)
    assert held in collect(phone, reference)
    with phone.page.expect_download() as downloaded:
        phone.page.locator("main .tasks button").click()
    receipt = tmp_path / "receipt.json"
    downloaded.value.save_as(receipt)
    assert habeas(["verify", str(receipt), "--key", demonstration.log_key]) == 0
    text = receipt.read_text("utf-8")
    assert "held" in text
    assert WHO not in text
    assert "case-" not in text


def ask(phone: Phone) -> str:
    """From the first page to the reference."""
    look(phone, "/ask/")
    phone.page.locator("main a.button").first.click()
    looked(phone)
    phone.page.locator("main button").click()
    expect(phone.page.locator(".summary-of-errors li")).to_have_count(2)
    looked(phone)
    for name, text in {"sought": SOUGHT, "who": WHO, "word": WORD[phone.language]}.items():
        phone.page.locator(f"[name={name}]").fill(text)
    phone.page.locator("main button").click()
    looked(phone)
    reference = phone.page.locator(".reference code").inner_text()
    assert re.fullmatch(r"(?:[2-9A-Z]{4}-){3}[2-9A-Z]{4}", reference)
    return reference


def collect(phone: Phone, reference: str) -> str:
    """The text of the page that the reference and the word open."""
    look(phone, "/ask/answer/")
    phone.page.locator("[name=reference]").fill(reference.lower())
    phone.page.locator("[name=word]").fill(WORD[phone.language].upper())
    phone.page.locator("main button").click()
    looked(phone)
    return phone.page.locator("main").inner_text()


def answer(officer: Desk) -> str:
    """The receiving officer finds the person under another spelling, and answers; the address of the enquiry."""
    officer.go("/enquiries/")
    officer.follow(officer.page.locator("main table a", has_text=SOUGHT).first)
    officer.look()
    url = officer.page.url.removeprefix(officer.served.url)
    expect(officer.page.locator("main")).to_contain_text("Çağrı Øveraas-Ñúñez")
    expect(officer.page.locator("main")).not_to_contain_text(WHO)
    officer.go(f"{url}do/answer_enquiry/")
    case = officer.page.locator("select[name=case] option").nth(1).get_attribute("value")
    assert case
    officer.answer({"answer": "held", "case": case})
    return url


def show_kinship(monitor: Desk, url: str) -> None:
    """The monitor sees who asked, and that they are a relative."""
    monitor.go(url)
    expect(monitor.page.locator("main")).to_contain_text(WHO)
    monitor.go(f"{url}do/show_kinship/")
    monitor.answer({"relation": "aunt", "shown_by": "a family book, seen today"})


def look(phone: Phone, path: str) -> None:
    """Open a page, with everything that it loads, and look at it."""
    loaded: list[Response] = []

    def heard(response: Response) -> None:
        loaded.append(response)

    phone.page.on("response", heard)
    phone.page.goto(phone.url + path)
    phone.page.wait_for_load_state("networkidle")
    phone.page.remove_listener("response", heard)
    assert 0 < sum(len(each.body()) for each in loaded) < MOST_BYTES
    looked(phone)


def looked(phone: Phone) -> None:
    """What holds for every public page: a title that says nothing, a way out, no width beyond the screen."""
    expect(phone.page).to_have_title(re.compile(rf"^(Error: )?{TITLE[phone.language]}$"))
    out = phone.page.locator("a.leave")
    expect(out).to_be_in_viewport()
    assert out.get_attribute("rel") == "noreferrer"
    assert phone.page.locator("script").count() == 0
    # The check for accessibility is itself a script: the same page is shown to it in another browser.
    shown = phone.page.content()
    phone.twin.unroute_all()
    phone.twin.route("**/ask/**", lambda route: route.fulfill(body=shown, content_type="text/html; charset=utf-8"))
    phone.twin.goto(phone.page.url)
    assert phone.twin.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert_accessible(phone.twin)
