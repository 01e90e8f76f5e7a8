"""A real Chromium for tests. What a test then says about a page is in `look.py`."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.desk import Desks
from tests.browser.look import PATIENCE, WIDE
from tests.browser.served import Served, served

NAMES = ("chromium", "chromium-browser", "google-chrome")
SWITCHES = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
expect.set_options(timeout=PATIENCE)
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
    context.set_default_timeout(PATIENCE)
    yield context.new_page()
    context.close()


@pytest.fixture(scope="session")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One running demonstration for all tests that do not move its clock."""
    with served(tmp_path_factory.mktemp("demonstration")) as running:
        yield running


@pytest.fixture(scope="session")
def looked_at() -> set[str]:
    """The kinds of page whose accessibility was checked already."""
    return set()


@pytest.fixture
def desks(browser: Browser, demonstration: Served, looked_at: set[str]) -> Iterator[Callable[[str], Desks]]:
    """The accounts of the demonstration in a language, each in a browser session of its own."""
    given: list[Desks] = []

    def in_language(language: str = "en") -> Desks:
        given.append(Desks(demonstration, browser, language, looked_at))
        return given[-1]

    yield in_language
    for each in given:
        each.close()
