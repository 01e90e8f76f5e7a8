"""The person's sheet is handed over with its words, fits on one printed page, and a relative opens a word on a phone
without script."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.desk import LOCALES, Desks
from tests.browser.look import NARROW, assert_accessible
from tests.browser.test_every_way_in import pages_printed, sideways
from tests.browser.test_forms_gone_wrong import first_found


@pytest.mark.parametrize("language", LOCALES)
def test_words_are_printed_on_one_page_and_opened_on_a_phone(
    desks: Callable[[str], Desks], browser: Browser, language: str
) -> None:
    desk = desks(language)["booking-officer"]
    desk.go("/cases/")
    case = first_found(desk)
    desk.open_act(case, "end_family_words")
    desk.fill({"which": "all"})
    desk.press("check")
    desk.press("record")
    desk.open_act(case, "give_family_words")
    desk.fill({"occasion": "admission", "how_many": "3"})
    desk.press("check")
    desk.press("record")
    desk.look()
    words = desk.page.locator(".sheet .words strong").all_inner_texts()
    assert len(words) == 3
    expect(desk.page.locator(".sheet img.qr")).to_be_visible()
    assert pages_printed(desk.page) == 1
    desk.page.emulate_media(media="print")
    expect(desk.page.locator(".top")).to_be_hidden()  # no account of an officer on the person's paper
    desk.page.emulate_media(media="null")
    for other in LOCALES:
        desk.go(f"{case}sheet/?language={other}")
        assert pages_printed(desk.page) == 1
    desk.page.set_viewport_size({"width": NARROW, "height": 800})
    assert sideways(desk.page) == []

    context = browser.new_context(
        java_script_enabled=False, locale=LOCALES[language], viewport={"width": NARROW, "height": 800}
    )
    phone = context.new_page()
    phone.goto(f"{desk.served.url}/ask/word/")
    phone.locator("input[name=word]").fill(words[0])
    phone.locator("main form button").click()
    expect(phone.locator("h1")).to_have_text(
        {"en": "What the record has of the person", "es": "Lo que consta de la persona"}[language]
    )
    context.close()
    reader = browser.new_context(locale=LOCALES[language])
    page = reader.new_page()
    for word in (words[1], "no such word here"):
        page.goto(f"{desk.served.url}/ask/word/")
        assert_accessible(page)
        page.locator("input[name=word]").fill(word)
        with page.expect_navigation():
            page.locator("main form button").click()
        assert_accessible(page)
    reader.close()
