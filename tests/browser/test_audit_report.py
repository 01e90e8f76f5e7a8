"""The report of an audit as its reader sees it: offline, in both languages, wide and narrow, and on paper.

`HABEAS_SCREENSHOTS=1` takes the pictures of `docs/how-to/images` anew; without it the same places are only looked up.
"""

from __future__ import annotations

import os
import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from habeas import cli
from tests.audit.outside import real
from tests.browser.look import NARROW, WIDE, assert_accessible
from tests.browser.served import ROOT

HOW_TO = ROOT / "docs" / "how-to" / "audit-others-records.md"
IMAGES = HOW_TO.parent / "images"
MOST_BYTES = 200_000

ANSWERS = {
    "en": (
        "18,219",
        "475,164 person-nights vanish",
        "can't be so",
        "612,714.3",
        "habeas audit FILE-1 --preset ice-adp",
    ),
    "es": (
        "18",
        "desaparecen 475\N{NO-BREAK SPACE}164 noches-persona",
        "no puede ser",
        "612",
        "habeas audit ARCHIVO-1 --preset ice-adp",
    ),
}
"""What was read, what is wrong, how sure that is, how large, and how to repeat it."""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("audit") / "out"
    assert cli.main(["audit", str(real("ice_facility_adp_fy19_fy26.csv.gz")), "--out", str(out)]) == 1
    return out / "report.html"


@pytest.fixture
def opened(browser: Browser, report: Path) -> Page:
    page = browser.new_page(viewport={"width": WIDE, "height": 900}, offline=True, java_script_enabled=True)
    page.goto(report.as_uri())
    return page


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_reader_who_knows_nothing_of_the_files_finds_every_answer(opened: Page, language: str) -> None:
    opened.locator(f'label[for="{language}"]').click()

    assert opened.locator("main:visible").count() == 1
    text = opened.locator("main:visible").inner_text()
    for answer in ANSWERS[language]:
        assert answer in text, answer
    assert_accessible(opened)


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_nothing_is_wider_than_the_window(opened: Page, width: int) -> None:
    opened.set_viewport_size({"width": width, "height": 900})

    assert opened.evaluate("document.documentElement.scrollWidth") == width


def test_the_language_changes_by_keyboard_and_without_script(browser: Browser, report: Path) -> None:
    page = browser.new_page(java_script_enabled=False, offline=True)
    page.goto(report.as_uri())
    assert page.locator("h1:visible").inner_text() == "Audit of custody data"

    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")

    assert page.locator("h1:visible").inner_text() == "Auditoría de datos de custodia"


def test_it_prints_without_the_switch_and_within_the_paper(opened: Page, tmp_path: Path) -> None:
    opened.emulate_media(media="print")
    opened.set_viewport_size({"width": 700, "height": 900})

    assert opened.locator(".bar").is_hidden()
    assert opened.evaluate("document.documentElement.scrollWidth") == 700
    assert opened.pdf(format="A4").startswith(b"%PDF-")


PLACES = (
    "Institution for Men on Remand at the Port of Northfield",
    "ELM HOUSE CENTRE (WOMEN AND CHILDREN) ELMBOROUGH",
    "Hill",
)


@pytest.fixture
def of_stretches(browser: Browser, tmp_path: Path) -> Page:
    """Stretches of custody in places with long names, some of them without an end."""
    days = [date(2024, 1, 1) + timedelta(days=each) for each in range(0, 240, 3)]
    rows = [f"p{at},{PLACES[at % 3]},{day},{day + timedelta(days=40) if at % 9 else ''}" for at, day in enumerate(days)]
    (tmp_path / "stints.csv").write_text("\n".join(("person,facility,from,to", *rows)))
    assert cli.main(["audit", str(tmp_path / "stints.csv"), "--out", str(tmp_path / "out")]) == 1
    page = browser.new_page(viewport={"width": WIDE, "height": 900}, offline=True)
    page.goto((tmp_path / "out" / "report.html").as_uri())
    return page


def test_head_counts_are_drawn_for_everybody_and_stay_within_the_paper(of_stretches: Page) -> None:
    assert_accessible(of_stretches)
    shown = of_stretches.locator("main:visible")
    assert shown.locator("figure:has(polyline)").count() == 2
    named = shown.locator("figure:has(polyline)").nth(1).locator("li").all_inner_texts()
    assert {each.strip() for each in named} == {*PLACES}

    of_stretches.emulate_media(media="print")
    of_stretches.set_viewport_size({"width": 670, "height": 900})
    assert of_stretches.evaluate("document.documentElement.scrollWidth") == 670


def take(page: Page, name: str, height: int, at: str) -> None:
    """The page from this place on, as a picture of the documentation where one is wanted."""
    place = page.locator(at).first
    page.set_viewport_size({"width": page.viewport_size["width"], "height": height})
    place.evaluate("place => { place.scrollIntoView(); window.scrollBy(0, -24) }")
    assert place.is_visible()
    if os.environ.get("HABEAS_SCREENSHOTS") == "1":
        page.screenshot(path=IMAGES / f"{name}.png", scale="css", animations="disabled")


def test_the_pictures_show_what_a_reader_meets(opened: Page) -> None:
    take(opened, "audit-wide", 1160, ".bar")
    take(opened, "audit-figures-wide", 620, "main:visible figure:has(circle)")
    opened.locator('label[for="es"]').click()
    opened.set_viewport_size({"width": NARROW, "height": 900})
    take(opened, "audit-es-narrow", 1400, ".bar")


def test_the_picture_of_head_counts_shows_them(of_stretches: Page) -> None:
    take(of_stretches, "audit-heads-wide", 1060, "main:visible figure:has(polyline)")


def test_the_guide_shows_every_picture_there_is_and_each_is_small() -> None:
    linked = set(re.findall(r"\(images/([a-z-]+\.png)\)", HOW_TO.read_text(encoding="utf-8")))
    sizes = {each.name: each.stat().st_size for each in IMAGES.glob("*.png")}

    assert linked == set(sizes)
    assert {name: size for name, size in sizes.items() if size > MOST_BYTES} == {}


def test_no_word_of_a_chart_is_cut_off_at_its_edge(opened: Page, of_stretches: Page) -> None:
    for page in (opened, of_stretches):
        over = page.locator("main:visible figure svg:has(text)").evaluate_all(
            """drawings => drawings.flatMap(each => [...each.querySelectorAll("text")]
            .filter(text => text.getBoundingClientRect().right > each.getBoundingClientRect().right + 0.5)
            .map(text => text.textContent))"""
        )
        assert over == []
