"""The monitor through the pages: asks a visit, files a finding of ill-treatment, and everybody sees of it what is theirs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.desk import LOCALES, Desk, Desks
from tests.browser.look import assert_accessible
from tests.browser.served import Served
from tests.browser.test_every_way_in import sideways
from tests.browser.test_forms_gone_wrong import first_found

FOUND = {"en": "Three people had the same bruises.", "es": "Tres personas tenían los mismos hematomas."}
PROTECTED = {"en": "Told by somebody in cell 4.", "es": "Lo contó alguien de la celda 4."}
ANSWER = {"en": "An outside inquiry was opened.", "es": "Se abrió una investigación externa."}
STOPPED = {"en": "New permissions are stopped", "es": "permisos nuevos"}


@pytest.mark.parametrize("language", LOCALES)
def test_a_visit_is_asked_at_the_desk_and_granted_by_the_state(desks: Callable[[str], Desks], language: str) -> None:
    several = desks(language)
    monitor, officer = several["monitor"], several["receiving-officer"]
    begin(monitor, "/monitor/", "/do/ask_visit/")
    at = monitor.served.now() + timedelta(days=4)
    visit = monitor.answer({"facility": "tartu", "visit_at": at, "announced": True})

    begin(officer, "/work/", f"/do/grant_visit/?visit={visit}")
    officer.answer({"remarks": "The gate is told."})

    monitor.go("/monitor/")
    expect(monitor.page.locator(f'main a[href="/do/report_visit/?visit={visit}"]')).to_be_visible()
    officer.go("/work/")
    expect(officer.page.locator(f'main a[href="/do/grant_visit/?visit={visit}"]')).to_have_count(0)


@pytest.mark.parametrize("language", LOCALES)
def test_a_finding_stops_new_permissions_until_the_state_answers_and_everybody_reads_its_public_part(
    desks: Callable[[str], Desks], browser: Browser, demonstration: Served, language: str
) -> None:
    several = desks(language)
    monitor, officer = several["monitor"], several["receiving-officer"]
    begin(monitor, "/monitor/", "/do/file_finding/")
    finding = monitor.answer(
        {
            "sort": "ill_treatment",
            "agreement": "se-ee-2025",
            "facility": "tartu",
            "public_part": FOUND[language],
            "names_nobody": True,
            "protected_part": PROTECTED[language],
        }
    )
    published = findings_for_everybody(browser, demonstration, language)
    assert FOUND[language] in published
    assert PROTECTED[language] not in published
    monitor.go("/monitor/")
    monitor.page.locator("#findings ~ ul summary").first.click()
    expect(monitor.page.get_by_text(PROTECTED[language])).to_be_visible()

    officer.go("/cases/")
    case = first_found(officer)
    officer.go(case)
    expect(officer.page.locator(".banner.grave h2").first).to_contain_text(STOPPED[language])
    expect(officer.page.locator("main")).not_to_contain_text(PROTECTED[language])
    begin(officer, "/work/", f"/do/answer_finding/?finding={finding}")
    answered = officer.answer({"answer": ANSWER[language], "names_nobody": True})
    officer.go(case)
    expect(officer.page.locator(".banner.grave h2", has_text=STOPPED[language])).to_have_count(0)

    assert ANSWER[language] not in findings_for_everybody(browser, demonstration, language)
    begin(monitor, "/monitor/", f"/do/clear_answer/?answered={answered}")
    monitor.answer({})
    assert ANSWER[language] in findings_for_everybody(browser, demonstration, language)


def begin(desk: Desk, page: str, link: str) -> None:
    """From a page to the form of an act, by its link."""
    desk.go(page)
    desk.follow(desk.page.locator(f'main a[href="{link}"]').first)
    desk.look()


def findings_for_everybody(browser: Browser, demonstration: Served, language: str) -> str:
    """What somebody without an account reads, on a telephone."""
    context = browser.new_context(locale=LOCALES[language], viewport={"width": 375, "height": 800})
    page = context.new_page()
    page.goto(f"{demonstration.url}/findings/")
    assert_accessible(page)
    assert sideways(page) == []
    read = page.locator("main").inner_text()
    context.close()
    return read
