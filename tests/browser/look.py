"""What a browser test says about a page: that it is accessible, and how it looks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

WIDE, NARROW = 1280, 375
WIDTHS = {"wide": WIDE, "narrow": NARROW}
PATIENCE = 60_000  # milliseconds for whatever a page must come to show
GRAVE = ("serious", "critical")
ONLY_VIOLATIONS = {"resultTypes": ["violations"]}  # what passes is not reported: much quicker on a long page


def violations(page: Page) -> list[str]:
    """One paragraph for each accessibility rule of axe that the page breaks gravely: rule, help, elements."""
    page.wait_for_load_state()
    found: list[dict[str, Any]] = Axe().run(page, options=ONLY_VIOLATIONS).response["violations"]
    return [described(each) for each in found if each["impact"] in GRAVE]


def described(violation: dict[str, Any]) -> str:
    elements = "".join(f"\n    {node['target']}: {node['html']}" for node in violation["nodes"])
    return f"{violation['id']} ({violation['impact']}): {violation['help']}{elements}"


def assert_accessible(page: Page) -> None:
    found = violations(page)
    assert not found, f"{page.url} has {len(found)} grave accessibility problems:\n" + "\n".join(found)


def screenshot(page: Page, name: str, folder: Path) -> list[Path]:
    """`name-wide.png` and `name-narrow.png` of the whole page in `folder`. The page keeps its own width."""
    folder.mkdir(parents=True, exist_ok=True)
    before = page.viewport_size
    taken = [shot(page, folder / f"{name}-{word}.png", width) for word, width in WIDTHS.items()]
    if before:
        page.set_viewport_size(before)
    return taken


def shot(page: Page, path: Path, width: int) -> Path:
    page.set_viewport_size({"width": width, "height": 800})
    page.screenshot(path=path, full_page=True, scale="css", animations="disabled")
    return path
