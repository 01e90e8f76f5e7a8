"""What people do to forms: empty, huge, twice, in any script, by the wrong role, on another's case.

Each gets a page of ours that says where it is wrong and what to do; nothing typed is lost.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from playwright.sync_api import expect

from habeas.demo.scenario import scenario
from tests.browser.desk import Answers, Desk, Desks, today

InLanguage = Callable[[str], Desks]

FIRST = scenario("se-ee-2025").invented
MEGABYTE = 1_000_000
REASONS = "He asked for a single cell and the carpentry course; only the unit abroad has both now."
SUMMARY = {"en": "There is a problem", "es": "Hay un problema"}
NO_PAGE = {"en": "There is no such page for you", "es": "No hay tal página para usted"}


def proposal(given: str, family: str, *, reasons: str = REASONS) -> Answers:
    return {
        "facility": "tartu",
        "given_names": given,
        "family_names": family,
        "born_on": "not_known",
        "sex": "not_known",
        "nationalities": "refused_to_say",
        "language": "nb",
        "home_reference": "INVENTED-9999",
        "held_at": "Kumla, invented wing",
        "reasons": reasons,
    }


def fill_proposal(desk: Desk, given: str, family: str, *, reasons: str = REASONS) -> None:
    desk.go("/do/propose/")
    answers = proposal(given, family, reasons=reasons)
    unstated = {"born_on", "nationalities"}
    desk.fill({name: value for name, value in answers.items() if name not in unstated})
    for name in unstated:
        desk.page.locator(f'input[name="{name}_unstated"][value="{answers[name]}"]').check()


def search(desk: Desk, text: str) -> None:
    desk.go("/cases/")
    desk.page.locator("input#name").fill(text)
    desk.follow(desk.page.locator("form.search button"))
    desk.look()


def first_found(desk: Desk) -> str:
    """The address of the first case of the list."""
    address = desk.page.locator("th a").first.get_attribute("href")
    assert address is not None
    return address


@pytest.mark.parametrize("language", ["en", "es"])
def test_an_empty_form_says_of_each_question_what_to_do(desks: InLanguage, language: str) -> None:
    desk = desks(language)["sending-officer"]
    desk.go("/do/propose/")
    desk.press("check")

    expect(desk.page.locator(".summary-of-errors h2")).to_have_text(SUMMARY[language])
    links = desk.page.locator(".summary-of-errors a")
    assert links.count() >= 8
    desk.look()
    links.first.click()
    target = str(links.first.get_attribute("href"))
    expect(desk.page.locator(target)).to_be_focused()


def test_a_megabyte_in_one_answer_comes_back_whole_with_the_number_to_shorten_to(desks: InLanguage) -> None:
    desk = desks("en")["sending-officer"]
    fill_proposal(desk, "Ottavio-Ix", "Quillmar", reasons="word " * (MEGABYTE // 5))
    desk.press("check")

    expect(desk.page.locator(".summary-of-errors")).to_contain_text("Shorten it")
    assert len(desk.page.locator("textarea[name=reasons]").input_value()) == MEGABYTE
    expect(desk.page.locator("input[name=given_names]")).to_have_value("Ottavio-Ix")


def test_too_much_at_once_is_a_page_that_says_how_much_may_be_sent(desks: InLanguage) -> None:
    desk = desks("en")["sending-officer"]
    fill_proposal(desk, "Ottavio-Ix", "Quillmar")
    desk.page.locator("textarea[name=reasons]").evaluate(
        "each => { each.hidden = true; each.value = 'word '.repeat(800000) }"
    )
    desk.press("check")

    expect(desk.page.locator("h1")).to_have_text("This is too much to send at once")
    desk.look()


def test_the_same_form_sent_twice_is_recorded_once(desks: InLanguage) -> None:
    desk = desks("en")["sending-officer"]
    fill_proposal(desk, "Twicelin", "Oncemar")
    desk.press("check")
    sent = desk.page.locator("form:has(button[value=record])").evaluate(
        "form => [...new FormData(form)].map(([name, value]) => [name, String(value)])"
    )
    first = desk.record()
    address, body = f"{desk.served.url}/do/propose/", urlencode([*map(tuple, sent), ("step", "record")])
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Referer": address}
    again = desk.page.request.post(address, data=body, headers=headers)
    desk.go(again.url.removeprefix(desk.served.url))

    assert first in again.url
    expect(desk.page.locator(".banner.done")).to_contain_text("nothing was recorded twice")
    search(desk, "Twicelin Oncemar")
    expect(desk.page.locator("th a", has_text="Twicelin")).to_have_count(1)


@pytest.mark.parametrize(
    ("given", "family"), [("عمران-المختلق", "اسم-بعيد"), ("王虚构", "Wang-Fiktiv"), ("Çelebi", "Ñandú-Øst")]
)
def test_a_name_in_any_script_is_kept_found_and_shown(desks: InLanguage, given: str, family: str) -> None:
    desk = desks("en")["sending-officer"]
    fill_proposal(desk, given, family)
    desk.press("check")
    expect(desk.page.locator("dl.facts")).to_contain_text(given)
    desk.record()
    search(desk, given)

    expect(desk.page.locator("th a").first).to_have_text(f"{given} {family}")
    desk.go(first_found(desk))
    expect(desk.page.locator("h1")).to_contain_text(f"{given} {family}")


def test_changing_the_answers_brings_back_all_of_them(desks: InLanguage) -> None:
    desk = desks("en")["sending-officer"]
    fill_proposal(desk, "Ottavio-Ix", "Quill & <b>mar</b>", reasons=f"{REASONS}\n\nA second line “quoted”.")
    desk.press("check")
    desk.press("change")

    expect(desk.page.locator("input[name=family_names]")).to_have_value("Quill & <b>mar</b>")
    expect(desk.page.locator("textarea[name=reasons]")).to_have_value(f"{REASONS}\n\nA second line “quoted”.")
    expect(desk.page.locator('input[name="born_on_unstated"][value="not_known"]')).to_be_checked()


def test_reasons_that_say_nothing_are_refused_and_everything_typed_is_still_there(desks: InLanguage) -> None:
    desk = desks("en")["sending-officer"]
    fill_proposal(desk, "Ottavio-Ix", "Quillmar", reasons="Because.")
    desk.press("check")
    desk.press("record")

    expect(desk.page.locator(".summary-of-errors h2")).to_have_text("This was not recorded")
    expect(desk.page.locator("textarea[name=reasons]")).to_have_value("Because.")
    expect(desk.page.locator("input[name=given_names]")).to_have_value("Ottavio-Ix")
    desk.look()


def test_an_act_out_of_time_is_refused_with_the_day_on_which_it_may_be_done(desks: InLanguage) -> None:
    desk = desks("en")["sending-decider"]
    desk.go("/cases/")
    desk.page.locator("select#stage").select_option("notice_served")
    desk.follow(desk.page.locator("form.search button"))
    desk.go(f"{first_found(desk)}do/decide/")
    desk.fill({"outcome": "transfer", "reasons": REASONS, "remedy": "Appeal to the court within seven days."})
    desk.press("check")
    desk.press("record")

    expect(desk.page.locator(".summary-of-errors")).to_contain_text("This was not recorded")
    expect(desk.page.locator(".summary-of-errors")).to_contain_text(str(today(desk.served).year))
    expect(desk.page.locator("textarea[name=reasons]")).to_have_value(REASONS)
    desk.look()


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_wrong_role_and_somebody_elses_case_get_a_page_that_helps(desks: InLanguage, language: str) -> None:
    several = desks(language)
    officer, manager, escort = (several[each] for each in ("sending-officer", "sending-manager", "escort"))
    officer.go("/cases/")
    case = first_found(officer)

    assert escort.go("/do/propose/").status == 403
    assert manager.go(case).status == 404
    expect(manager.page.locator("h1")).to_have_text(NO_PAGE[language])
    assert officer.go("/cases/case-00000000000000000000000000000000/").status == 404
    assert officer.go(f"{case}do/no_such_act/").status == 404


def test_the_man_with_the_hard_name_is_found_shown_printed_and_exported(desks: InLanguage) -> None:
    desk = desks("en")["sending-officer"]
    name = f"{FIRST.given_names[0]} {FIRST.family_names[0]}"
    search(desk, "cagri overaas nunez")

    expect(desk.page.locator("th a").first).to_have_text(name)
    desk.go(first_found(desk))
    expect(desk.page.locator("h1")).to_contain_text(name)
    entry = desk.page.locator("ol.timeline a").last.get_attribute("href")
    assert len(desk.page.pdf()) > 20_000
    with desk.page.expect_download() as saved:
        desk.page.goto(desk.served.url + str(opening_receipt(desk)))
        desk.follow(desk.page.locator('a[href$="/file/"]'))
    text = saved.value.path().read_text(encoding="utf-8")
    assert (FIRST.given_names[0] in text, FIRST.family_names[0] in text) == (True, True), entry


def opening_receipt(desk: Desk) -> str:
    """The receipt of the proposal: the oldest entry, on the last page of the timeline."""
    following = desk.page.locator('nav.pages a[rel="next"]')
    while following.count():
        following.click()
    desk.follow(desk.page.locator("ol.timeline > li a").last)
    return str(desk.page.locator('a[href^="/receipts/"]').first.get_attribute("href"))
