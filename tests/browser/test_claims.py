"""A claim of wrongful detention through the pages: by counsel and a court, and by a relative on a phone."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.desk import Desk, Desks
from tests.browser.look import NARROW, assert_accessible
from tests.browser.served import Served

InLanguage = Callable[[str], Desks]
CITIZEN = {"en": "The person is a citizen", "es": "Es nacional del Estado"}


def case_of_the_claim(desk: Desk, language: str) -> str:
    """The address of the case in which a claim about citizenship is open."""
    desk.go("/claims/")
    row = desk.page.locator("main ul.tasks > li", has_text=CITIZEN[language]).first
    return str(row.locator(".hint a").first.get_attribute("href"))


def test_counsel_claims_a_state_answers_and_a_judge_upholds(desks: InLanguage) -> None:
    """Counsel in English, the officer and the judge in Spanish; then everybody sees what is due."""
    english, spanish = desks("en"), desks("es")
    counsel, officer, judge = english["counsel"], spanish["sending-officer"], spanish["court"]
    case = case_of_the_claim(counsel, "en")
    said = "He was born in Tartu himself; the birth certificate is on file."
    claim = counsel.do(case, "claim_detention", {"ground": "citizen", "said": said, "asks": "release"})

    officer.go(f"{case}entries/{claim}/")
    expect(officer.page.locator("main")).to_contain_text(said)
    expect(officer.page.locator("main")).to_contain_text("No se comunica a su rol")
    expect(officer.page.locator("main")).not_to_contain_text("Counsel's office")
    answered = {"claim": claim, "position": "contested", "reasons": "El registro civil no lo confirma."}
    officer.do(case, "answer_claim", answered)

    now = counsel.served.now()
    decided = {
        "claim": claim,
        "outcome": "upheld",
        "reasons": "Oído en persona; el certificado es auténtico.",
        "unlawful_from_at": now - timedelta(days=2),
        "remedy": "release",
        "due_at": now + timedelta(days=1),
    }
    judge.do(case, "decide_claim", decided)

    counsel.go("/claims/")
    upheld = counsel.page.locator("main ul.tasks > li", has_text="Upheld").filter(has_text="Release the person")
    expect(upheld).to_have_count(1)
    counsel.go(case)
    expect(counsel.page.locator("#claims")).to_be_visible()
    expect(counsel.page.locator("main")).to_contain_text("Release after a claim was upheld")


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_relative_claims_on_a_phone_without_script_and_a_reviewer_reads_it(
    language: str, desks: InLanguage, browser: Browser, demonstration: Served
) -> None:
    phone = browser.new_context(
        locale={"en": "en-GB", "es": "es-ES"}[language],
        viewport={"width": NARROW, "height": 800},
        java_script_enabled=False,
    )
    page = phone.new_page()
    page.goto(f"{demonstration.url}/ask/claim/")
    page.check("input[name=ground][value=sentence_ended]")
    page.check("input[name=asks][value=release]")
    name = f"Brannic Sought-{language}"
    for field, text in {"sought": name, "said": "His time is over.", "word": "winter river"}.items():
        page.fill(f"[name={field}]", text)
    page.locator("main form .buttons button").click()
    reference = page.locator(".reference code").inner_text()
    assert re.fullmatch(r"(?:[2-9A-Z]{4}-){3}[2-9A-Z]{4}", reference)
    page.goto(f"{demonstration.url}/ask/answer/")
    page.fill("[name=reference]", reference)
    page.fill("[name=word]", "winter river")
    page.locator("main form .buttons button").click()
    known = {"en": "Your claim is on record", "es": "Su reclamación consta en el registro"}
    expect(page.locator("h1")).to_have_text(known[language])
    phone.close()

    reviewer = desks(language)["reviewer"]
    reviewer.go("/claims/")
    reviewer.follow(reviewer.page.get_by_role("link", name=name))
    reviewer.look()
    expect(reviewer.page.locator("main")).to_contain_text("His time is over.")


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_public_form_is_accessible_and_does_not_scroll_sideways(
    language: str, browser: Browser, demonstration: Served
) -> None:
    phone = browser.new_context(
        locale={"en": "en-GB", "es": "es-ES"}[language], viewport={"width": NARROW, "height": 800}
    )
    page = phone.new_page()
    page.goto(f"{demonstration.url}/ask/claim/")
    assert_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    phone.close()


def test_a_name_of_many_letters_without_a_space_widens_no_page(
    desks: InLanguage, browser: Browser, demonstration: Served
) -> None:
    phone = browser.new_context(locale="en-GB", viewport={"width": NARROW, "height": 800})
    page, name = phone.new_page(), "Brannic" * 50
    page.goto(f"{demonstration.url}/ask/claim/")
    page.check("input[name=ground][value=sentence_ended]")
    page.check("input[name=asks][value=release]")
    for field, text in {"sought": name, "said": "His time is over.", "word": "winter river"}.items():
        page.fill(f"[name={field}]", text)
    page.locator("main form .buttons button").click()
    phone.close()

    reviewer = desks("en")["reviewer"]
    reviewer.page.set_viewport_size({"width": NARROW, "height": 800})
    reviewer.go("/claims/")
    link = reviewer.page.get_by_role("link", name=name)
    expect(link).to_be_visible()
    assert reviewer.page.evaluate("document.documentElement.scrollWidth") <= NARROW
    reviewer.follow(link)
    reviewer.page.wait_for_load_state()  # its style too, without which a word breaks nowhere
    assert reviewer.page.evaluate("document.documentElement.scrollWidth") <= NARROW
