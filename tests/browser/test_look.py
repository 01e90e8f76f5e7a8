"""The browser, the accessibility check and the screenshots do what the other browser tests rely on."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.look import NARROW, WIDE, assert_accessible, screenshot

GOOD = """<!doctype html><html lang="en"><title>Roll</title>
<main><h1>Roll</h1><label>Number <input name="number"></label></main></html>"""
BAD = """<!doctype html><html><title>Roll</title>
<main><h1>Roll</h1><img src="data:,"><input name="number"><p style="color:#ccc">Faint</p></main></html>"""


def png_width(path: Path) -> int:
    """The width in pixels, which PNG keeps as a big-endian integer at byte 16."""
    (width,) = struct.unpack(">I", path.read_bytes()[16:20])
    return int(width)


def test_a_page_that_keeps_the_rules_is_accessible(page: Page) -> None:
    page.set_content(GOOD)
    assert_accessible(page)


def test_each_broken_rule_is_named_with_its_element(page: Page) -> None:
    page.set_content(BAD)
    with pytest.raises(AssertionError) as caught:
        assert_accessible(page)
    for rule in ("html-has-lang (serious)", "image-alt (critical)", "label (critical)", "color-contrast"):
        assert rule in str(caught.value)
    assert '<input name="number">' in str(caught.value)


def test_screenshots_are_taken_wide_and_narrow_and_the_page_keeps_its_width(page: Page, tmp_path: Path) -> None:
    page.set_content(GOOD)
    wide, narrow = screenshot(page, "roll", tmp_path)
    assert (wide.name, png_width(wide)) == ("roll-wide.png", WIDE)
    assert (narrow.name, png_width(narrow)) == ("roll-narrow.png", NARROW)
    assert page.viewport_size == {"width": WIDE, "height": 900}


def test_the_page_runs_scripts_in_a_real_browser(page: Page) -> None:
    page.set_content("<title>0</title><script>document.title = String(6 * 7)</script>")
    assert page.title() == "42"
