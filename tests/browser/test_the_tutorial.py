"""The tutorial's way through the demonstration, step by step, with its pictures.

`HABEAS_SCREENSHOTS=1` takes the pictures of `docs/images` anew; without it the same steps are only played.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.desk import Answers, Desk, Desks, Everything
from tests.browser.look import WIDTHS
from tests.browser.served import ROOT
from tests.browser.test_forms_gone_wrong import REASONS, fill_proposal, first_found, search
from tests.browser.test_the_whole_way import ADMISSION, only_choice

IMAGES = ROOT / "docs" / "images"
TUTORIAL = ROOT / "docs" / "tutorial" / "one-person-the-whole-way.md"
MOST_BYTES, MOST_BYTES_IN_ALL = 150_000, 3_000_000
DAY = timedelta(days=1)


@dataclass
class Camera:
    """Takes the pictures when they are asked for."""

    wanted: bool
    taken: list[Path] = field(default_factory=list)

    def take(self, desk: Desk, name: str, *widths: str, height: int = 900) -> None:
        """The top of the page, wide, or in each of the widths that are named."""
        for width in (widths or ("wide",)) if self.wanted else ():
            desk.page.set_viewport_size({"width": WIDTHS[width], "height": height})
            self.taken.append(IMAGES / f"{name}-{width}.png")
            desk.page.screenshot(path=self.taken[-1], scale="css", animations="disabled")
        desk.page.set_viewport_size({"width": WIDTHS["wide"], "height": 900})


@pytest.fixture
def camera() -> Camera:
    IMAGES.mkdir(exist_ok=True)
    return Camera(wanted=os.environ.get("HABEAS_SCREENSHOTS") == "1")


def at_stage(desk: Desk, stage: str) -> str:
    """The first case at a stage, as the tutorial has it looked up; its address."""
    desk.go("/cases/")
    desk.page.locator("select#stage").select_option(stage)
    desk.follow(desk.page.locator("form.search button"))
    return first_found(desk)


def test_every_step_of_the_tutorial_can_be_taken(desks: Callable[[str], Desks], camera: Camera) -> None:
    several, spanish = desks("en"), desks("es")
    several.looked_at = spanish.looked_at = Everything()  # the same pages are looked at on the whole way
    look_around(several, camera, spanish)
    propose_somebody(several, camera)
    answer_the_objection(several, camera)
    decide_and_accept(several)
    hand_over(several, camera)
    send_home(several)


def look_around(desks: Desks, camera: Camera, spanish: Desks) -> None:
    officer = desks["sending-officer"]
    officer.page.goto(desks.served.url)
    camera.take(officer, "home", "wide", "narrow", height=1100)
    for name, path in (("work", "/work/"), ("cases", "/cases/"), ("agreement", "/agreements/se-ee-2025/")):
        officer.go(path)
        camera.take(officer, name, "wide", "narrow")
    search(officer, "cagri overaas nunez")
    officer.go(address := first_found(officer))
    camera.take(officer, "case", "wide", "narrow", height=1000)
    spanish["sending-officer"].go(address)
    camera.take(spanish["sending-officer"], "case-es", "wide", "narrow", height=1000)
    court = desks["court"]
    search(court, "Halvard-Ix Harkonvik")
    court.go(first_found(court))
    expect(court.page.locator(".banner.grave")).to_contain_text("Forbidden now")
    camera.take(court, "stay-order", height=1000)


def propose_somebody(desks: Desks, camera: Camera) -> None:
    officer = desks["sending-officer"]
    officer.go("/do/propose/")
    camera.take(officer, "propose", "wide", "narrow", height=1100)
    fill_proposal(officer, "Ottavio-Ix", "Quillmar")
    officer.press("check")
    camera.take(officer, "check", height=1100)
    officer.record()
    camera.take(officer, "receipt", "wide", "narrow", height=1100)


def answer_the_objection(desks: Desks, camera: Camera) -> None:
    reviewer = desks["reviewer"]
    case = at_stage(reviewer, "objection_open")
    reviewer.open_act(case, "review_objection")
    only_choice(reviewer, "objection")
    camera.take(reviewer, "review")
    reviewer.answer({"outcome": "rejected", "reasons": "Heard in person; his mother is well again."})


def decide_and_accept(desks: Desks) -> None:
    decider, officer = desks["sending-decider"], desks["sending-officer"]
    case = at_stage(decider, "ready_to_decide")
    decision = {"outcome": "transfer", "reasons": REASONS, "remedy": "Appeal to the court within seven days."}
    decider.do(case, "decide", decision)
    language = officer_language(decider, case)
    officer.do(case, "serve_decision", {"language": language, "served_by": "Invented officer 14"})
    receiver = desks["receiving-officer"]
    other = at_stage(receiver, "ready_to_accept")
    now = desks.served.now()
    title: Answers = {
        "state": "EST",
        "authority": "Invented Tartu Court",
        "ground": "The sentence recognised for enforcement.",
        "reference": "E 12-26",
        "valid_from_at": now - DAY,
        "valid_until_at": now + 400 * DAY,
    }
    receiver.do(other, "record_title", title)
    receiver.do(other, "accept_transfer", {})
    travelling = at_stage(officer, "accepted")
    manifest: Answers = {
        "manifest": "T-0001",
        "departs_at": now + DAY,
        "departs_from": "Kumla, invented wing",
        "escort": "Invented escort unit 3",
    }
    officer.do(travelling, "put_on_manifest", manifest)


def officer_language(desk: Desk, case: str) -> str:
    """The language that the person understands, as the case states it."""
    codes = {
        "Bokmål": "nb",
        "Swedish": "sv",
        "Polish": "pl",
        "Serbian": "sr",
        "Spanish": "es",
        "Lithuanian": "lt",
        "Arabic": "ar",
        "Albanian": "sq",
    }
    desk.go(case)
    about = desk.page.locator("aside dl.facts").first.inner_text()
    return next(code for word, code in codes.items() if word in about)


def hand_over(desks: Desks, camera: Camera) -> None:
    officer, escort, booking = (desks[each] for each in ("sending-officer", "escort", "booking-officer"))
    case = at_stage(officer, "on_manifest")
    officer.do(case, "permit_departure", {"fit_to_travel": "Fit, seen by the invented doctor"})
    departure: Answers = {
        "departed_from": "Kumla",
        "destination": "Tartu",
        "means": "Chartered aircraft",
        "outward": True,
    }
    escort.do(case, "report_departure", departure)
    escort.do(case, "report_arrival", {"facility": "tartu"})
    offer: Answers = {
        "to_party": "ee-prison",
        "place": "Reception of the invented unit",
        "documents": ("Judgment", "Decision of transfer"),
        "property": ("One watch", "Two books"),
        "fitness": "Fit; no medicine on the way",
    }
    escort.do(case, "offer_handover", offer)
    booking.open_act(case, "accept_handover")
    only_choice(booking, "offer")
    camera.take(booking, "accept-handover", "wide", "narrow")
    booking.answer({"remarks": "Count and papers agree."})
    booking.open_act(case, "admit")
    camera.take(booking, "admit", "narrow")
    booking.answer(ADMISSION)
    booking.go("/facilities/tartu/")
    camera.take(booking, "facility", "wide", "narrow", height=1200)


def send_home(desks: Desks) -> None:
    receiver, officer = desks["receiving-officer"], desks["sending-officer"]
    case = at_stage(receiver, "return_due")
    receiver.do(case, "offer_handover", {"to_party": "se-prison", "place": "At the gate", "fitness": "Fit"})
    officer.open_act(case, "accept_handover")
    only_choice(officer, "offer")
    officer.answer({})
    officer.do(case, "report_return", {"place": "Kumla, invented wing"})
    receiver.open_act(case, "confirm_end")
    only_choice(receiver, "ended")
    receiver.answer({"how_known": "We saw the plane leave and the prison told us that he came."})
    receiver.go(case)
    expect(receiver.page.locator("main .tag").first).to_have_text("Ended")


def test_the_tutorial_shows_every_picture_there_is_and_each_is_small() -> None:
    linked = set(re.findall(r"\(\.\./images/([a-z-]+\.png)\)", TUTORIAL.read_text(encoding="utf-8")))
    sizes = {each.name: each.stat().st_size for each in IMAGES.glob("*.png")}

    assert linked == set(sizes)
    assert {name: size for name, size in sizes.items() if size > MOST_BYTES} == {}
    assert sum(sizes.values()) < MOST_BYTES_IN_ALL


def test_every_button_and_stage_that_the_tutorial_names_is_one_of_the_pages() -> None:
    named = set(re.findall(r"\*\*([^*]+)\*\*", TUTORIAL.read_text(encoding="utf-8")))
    source = ROOT / "src" / "habeas"
    files = [*(source / "locale").rglob("en/*.po"), *(source / "web").rglob("*.html"), *source.rglob("web/*.py")]
    words = "\n".join(each.read_text(encoding="utf-8") for each in files)

    assert len(named) > 20
    assert {each for each in named if f'"{each}"' not in words} == set()
