"""A real Chromium for tests. What a test then says about a page is in `look.py`."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.look import WIDE

NAMES = ("chromium", "chromium-browser", "google-chrome")
SWITCHES = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
MISSING = f"No Chromium: none of {', '.join(NAMES)} runs here. On Debian: apt-get install chromium"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test in this folder is a browser test: `./dev test -m "not browser"` leaves them out."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


def runs(path: str) -> bool:
    """Ubuntu's chromium-browser is on the PATH without its snap, and then only says so."""
    return subprocess.run([path, "--version"], capture_output=True, check=False).returncode == 0


def find_browser() -> str | None:
    paths = (shutil.which(name) for name in NAMES)
    return next((path for path in paths if path and runs(path)), None)


def is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One browser a test run, with a home of its own: the user's may not be ours to write."""
    executable = find_browser()
    if executable is None:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(MISSING)
    home = str(tmp_path_factory.mktemp("home"))
    elsewhere = {"HOME": home, "XDG_CONFIG_HOME": home, "XDG_CACHE_HOME": home}
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=executable,
            args=[*SWITCHES, *(["--no-sandbox"] if is_root() else [])],
            env={**os.environ, **elsewhere},
        )
        yield launched
        launched.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page in a fresh session: no cookie, no cache, no language but English."""
    context = browser.new_context(locale="en-GB", viewport={"width": WIDE, "height": 900})
    context.set_default_timeout(10_000)
    yield context.new_page()
    context.close()
