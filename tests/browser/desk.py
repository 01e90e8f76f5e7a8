"""A desk: one account of the demonstration in its own browser, and how it does an act through the pages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from playwright.sync_api import Browser, Locator, Page, Response, expect

from habeas.core.entries import Unstated
from tests.browser.look import PATIENCE, WIDE, assert_accessible
from tests.browser.served import Served

LOCALES = {"en": "en-GB", "es": "es-ES"}
TARTU = ZoneInfo("Europe/Tallinn")
SIGN_IN = "/account/sign-in/"
IDS = re.compile(r"(?<=/)(?:[0-9a-f]{8,}|[0-9a-f-]{36})(?=/)")

Answer = str | bool | date | datetime | Unstated | tuple[str, ...]
Answers = Mapping[str, Answer]


@dataclass
class Desk:
    """What one account sees. Each kind of page is looked at for accessibility once for each language."""

    served: Served
    page: Page
    account: str
    looked_at: set[str] = field(default_factory=set)

    def go(self, path: str) -> Response:
        """Open an address of ours, signing in when asked to."""
        answer = self.page.goto(self.served.url + path)
        assert answer is not None
        if SIGN_IN in self.page.url:
            self.look()
            self.sign_in()
            answer = self.page.goto(self.served.url + path)
            assert answer is not None
        self.look()
        return answer

    def sign_in(self) -> None:
        self.page.locator("input[name=login]").fill(self.account)
        self.page.locator("input[name=password]").fill(self.served.passwords[self.account])
        self.page.locator("main form button").click()
        expect(self.page.locator("header .who bdi")).to_have_text(self.account)
        self.served.sessions[self.account] = self.page.context.storage_state()

    def look(self) -> None:
        """The page is accessible, and is one of ours without a fault."""
        heading = self.page.locator("h1").first
        expect(heading).to_be_visible()
        language = self.page.locator("html").get_attribute("lang")
        path = IDS.sub("*", self.page.url.removeprefix(self.served.url))
        kind = f"{language} {self.account} {path} {heading.inner_text()}"
        if kind not in self.looked_at:
            self.looked_at.add(kind)
            assert_accessible(self.page)

    def open_act(self, case: str, act: str) -> None:
        """From the page of a case to the form of an act, by its link."""
        self.go(case)
        link = self.page.locator(f'main a[href="{case}do/{act}/"]').first
        expect(link, f"{self.account} is offered {act}").to_be_attached()
        self.follow(unfolded(link))
        self.look()

    def do(self, case: str, act: str, answers: Answers) -> str:
        """An act on a case, from its page to the receipt; the id of the entry."""
        self.open_act(case, act)
        return self.answer(answers)

    def answer(self, answers: Answers) -> str:
        """Fill the open form, check it, record it; the id of the entry from the receipt."""
        self.fill(answers)
        self.press("check")
        expect(self.page.locator("button[name=step][value=record]"), self.problems()).to_be_visible()
        self.look()
        return self.record()

    def answer_at_once(self, answers: Answers) -> str:
        """The same without the page to check, which changes nothing in what is sent: for many in a row."""
        self.fill(answers)
        self.page.locator("button[name=step][value=check]").evaluate("button => { button.value = 'record' }")
        return self.record()

    def record(self) -> str:
        """Press the last button: the receipt, and the id of the entry in its address."""
        self.press("record")
        found = re.search(r"/receipts/([^/?]+)/", self.page.url)
        assert found, f"no receipt but {self.page.url}: {self.problems()}"
        self.look()
        return found[1]

    def press(self, step: str) -> None:
        self.follow(self.page.locator(f"button[name=step][value={step}]"))

    def follow(self, control: Locator) -> None:
        """Click what leads to another page, and wait until all of it is there."""
        control.click()
        self.page.wait_for_load_state("domcontentloaded")

    def problems(self) -> str:
        """What the page says is wrong, if anything."""
        summary = self.page.locator(".summary-of-errors")
        return summary.inner_text() if summary.count() else ""

    def fill(self, answers: Answers) -> None:
        """Each answer into its control, whatever kind of control it is."""
        for name, value in answers.items():
            fill_one(self.page, name, value)


def unfolded(link: Locator) -> Locator:
    """A link, its section opened first if it is folded."""
    if not link.is_visible():
        link.locator("xpath=ancestor::details/summary").first.click()
    return link


def fill_one(page: Page, name: str, value: Answer) -> None:
    radios = page.locator(f'input[type=radio][name="{name}"], input[type=checkbox][name="{name}"]')
    if isinstance(value, date):
        fill_pieces(page, name, value)
    elif radios.count():
        for each in chosen(value):
            page.locator(f'input[name="{name}"][value="{each}"]').check()
    elif isinstance(value, Unstated):
        page.locator(f'input[name="{name}_unstated"][value="{value}"]').check()
    elif page.locator(f'select[name="{name}"]').count():
        for number, each in enumerate(chosen(value)):
            page.locator(f'select[name="{name}"]').nth(number).select_option(each)
    else:
        page.locator(f'[name="{name}"]').fill("\n".join(chosen(value)))


def chosen(value: Answer) -> tuple[str, ...]:
    if isinstance(value, tuple):
        return value
    return (str(value).lower() if isinstance(value, bool) else str(value),)


def fill_pieces(page: Page, name: str, value: date) -> None:
    """A date is typed in three pieces, a moment in four and in the facility's time zone."""
    local = value.astimezone(TARTU) if isinstance(value, datetime) else value
    for piece in ("day", "month", "year"):
        page.locator(f'input[name="{name}_{piece}"]').fill(str(getattr(local, piece)))
    if isinstance(local, datetime):
        page.locator(f'input[name="{name}_time"]').fill(f"{local:%H:%M}")


class Everything(set[str]):
    """Every kind of page counts as looked at."""

    def __contains__(self, kind: object) -> bool:
        return True


@dataclass
class Desks:
    """The desks of one language: each account gets its own browser session, opened when first needed."""

    served: Served
    browser: Browser
    language: str
    looked_at: set[str]
    open: dict[str, Desk] = field(default_factory=dict)

    def __getitem__(self, account: str) -> Desk:
        if account not in self.open:
            context = self.browser.new_context(
                locale=LOCALES[self.language],
                viewport={"width": WIDE, "height": 900},
                storage_state=self.served.sessions.get(account),
            )
            context.set_default_timeout(PATIENCE)
            self.open[account] = Desk(self.served, context.new_page(), account, self.looked_at)
        return self.open[account]

    def close(self) -> None:
        for desk in self.open.values():
            desk.page.context.close()


def today(served: Served) -> date:
    return served.now().astimezone(UTC).date()
