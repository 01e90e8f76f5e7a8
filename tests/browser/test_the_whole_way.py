"""One new person's whole way through the pages, by everybody who has a hand in it, in both languages.

Every step is a link on a page that somebody sees, a form, its check and its receipt. Each kind of page is
looked at for accessibility. The time to contest the decision is really waited for: by a clock put forward.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from playwright.sync_api import Browser, expect

from habeas.core.entries import Unstated
from habeas.demo.scenario import scenario
from tests.browser.desk import Answers, Desk, Desks, fill_one, today
from tests.browser.served import Served, served

DAY = timedelta(days=1)
NOT_KNOWN, REFUSED = Unstated.NOT_KNOWN, Unstated.REFUSED_TO_SAY
CHECKED = 5  # of the twenty facts: one of each kind of question also on the page to check it
PDF = b"%PDF-1.4\n% An invented document of the demonstration.\n%%EOF\n"

NAMES = {"en": ("Ottavio-Ix", "Quillmar"), "es": ("Íñigo-Per", "Ñandúrez")}
SEEN = {"en": "Seen on the roll", "es": "Presencia anotada"}

ADMISSION: Answers = {
    "facility": "tartu",
    "identity_confirmed_by": "Passport and fingerprints",
    "distinguishing_name": NOT_KNOWN,
    "commitment_reasons": "A sentence of imprisonment, enforced here under the agreement.",
    "commitment_authority": "Invented District Court",
    "arrested_at": NOT_KNOWN,
    "arrested_where": NOT_KNOWN,
    "supervising_authority": "Invented prison service",
    "visible_injuries": "None seen",
    "prior_ill_treatment": REFUSED,
    "health": "Seen by the nurse on arrival",
    "care_needed": "None now",
    "belongings": "As on the list that came along; signed",
    "family": REFUSED,
    "children": NOT_KNOWN,
    "emergency_contact": REFUSED,
    "consul_to_be_told": "No",
    "cell": "A 2-07",
}


@pytest.fixture(scope="module")
def forward(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A demonstration of its own, whose clock these tests put forward."""
    with served(tmp_path_factory.mktemp("forward")) as running:
        yield running


@pytest.fixture(params=["en", "es"])
def way(request: pytest.FixtureRequest, browser: Browser, forward: Served, looked_at: set[str]) -> Iterator[Way]:
    desks = Desks(forward, browser, request.param, looked_at)
    yield Way(desks=desks, language=request.param, served=forward)
    desks.close()


@dataclass
class Way:
    """The way of one person: the desks, and the address of the case once it is open."""

    desks: Desks
    language: str
    served: Served
    case: str = ""

    def act(self, account: str, act: str, answers: Answers) -> str:
        return self.desks[account].do(self.case, act, answers)

    def desk(self, account: str) -> Desk:
        return self.desks[account]

    def custodian(self, account: str) -> str:
        """Who answers for the person, as the page of the case says it."""
        desk = self.desks[account]
        desk.go(self.case)
        return desk.page.locator("#custody + p strong").inner_text()


def test_a_new_person_goes_the_whole_way_and_comes_home(way: Way) -> None:
    propose(way)
    establish_the_facts(way)
    decide(way)
    way.served.put_forward(7 * DAY + timedelta(minutes=1))
    travel(way)
    hold(way)
    come_home(way)


def propose(way: Way) -> None:
    given, family = NAMES[way.language]
    desk = way.desk("sending-officer")
    desk.go("/cases/")
    desk.follow(desk.page.locator('a.button[href="/do/propose/"]'))
    desk.look()
    proposal: Answers = {
        "facility": "tartu",
        "given_names": given,
        "family_names": family,
        "born_on": date(1984, 2, 29),
        "sex": "male",
        "nationalities": ("NOR",),
        "language": "nb",
        "home_reference": f"INVENTED-{way.language}",
        "held_at": "Kumla, invented wing",
        "reasons": "He asked for a single cell and the carpentry course; only the unit abroad has both now.",
    }
    desk.answer(proposal)
    desk.follow(desk.page.locator('main a.button.second[href^="/cases/"]'))
    expect(desk.page.locator("h1")).to_contain_text(f"{given} {family}")
    way.case = "/" + desk.page.url.split("/", 3)[3]
    title: Answers = {
        "state": "SWE",
        "authority": "Invented District Court",
        "ground": "A final sentence of imprisonment.",
        "reference": "B 4711-26",
        "valid_from_at": way.served.now() - 90 * DAY,
        "valid_until_at": way.served.now() + 500 * DAY,
    }
    way.act("sending-officer", "record_title", title)
    assert way.custodian("sending-officer") == "Sending service (invented)"


def establish_the_facts(way: Way) -> None:
    known = {
        **scenario("se-ee-2025").facts,
        "nationalities": ("NOR", "passport"),
        "born_on": ("1984-02-29", "passport"),
    }
    papers = {document: paper(way, document) for document in dict.fromkeys(each[1] for each in known.values())}
    facts = [
        state(way, name, value, papers[document], number)
        for number, (name, (value, document)) in enumerate(known.items())
    ]
    for number, fact in enumerate(facts):
        verify(way, fact, number)


def verify(way: Way, fact: str, number: int) -> None:
    desk = way.desk("sending-decider")
    desk.go(f"{way.case}do/verify_fact/")
    answers = {"fact": fact, "how": "Compared with the original in the file."}
    (desk.answer if number < CHECKED else desk.answer_at_once)(answers)


def paper(way: Way, document: str) -> str:
    """A real file, uploaded; it is recorded without a page to check, for no browser keeps a chosen file."""
    desk = way.desk("sending-officer")
    desk.go(f"{way.case}do/add_evidence/")
    desk.fill(
        {
            "document": document,
            "issuer": "Invented issuer",
            "dated_on": today(way.served) - 10 * DAY,
            "reference": f"Invented {document}",
        }
    )
    desk.page.locator("input[type=file]").set_input_files(
        {"name": f"{document}.pdf", "mimeType": "application/pdf", "buffer": PDF}
    )
    return desk.record()


def state(way: Way, name: str, value: str, evidence: str, number: int) -> str:
    """Choose the fact from the list, state it in its own form, tick the document it rests on."""
    desk = way.desk("sending-officer")
    desk.go(f"{way.case}do/record_fact/")
    desk.follow(desk.page.locator(f'a[href="?fact={name}"]'))
    answers: Answers = {
        "as_of_on": today(way.served) - DAY,
        "stated_by": "Invented officer 12",
        "standing": "stated",
        "evidence": evidence,
    }
    fill_value(desk, value)
    return (desk.answer if number < CHECKED else desk.answer_at_once)(answers)


def fill_value(desk: Desk, value: str) -> None:
    """A fact's value in whatever control its definition gives it."""
    if desk.page.locator('input[name="value_day"]').count():
        fill_one(desk.page, "value", date.fromisoformat(value))
    else:
        fill_one(desk.page, "value", tuple(value.split(",")))


def decide(way: Way) -> None:
    notice = {
        "language": "nb",
        "facts_relied_on": "The sentence and its end, the security class, the medical note.",
        "served_by": "Invented officer 12",
    }
    way.act("sending-officer", "serve_notice", notice)
    way.act(
        "sending-officer",
        "raise_objection",
        {"raised_by": "person", "grounds": "My two children visit me every second week."},
    )
    open_objection = way.desk("reviewer")
    open_objection.open_act(way.case, "review_objection")
    only_choice(open_objection, "objection")
    open_objection.answer({"outcome": "rejected", "reasons": "Heard in person; the children live nearer to Tartu."})
    decision = {
        "outcome": "transfer",
        "reasons": "Each rule was answered on verified facts; his wish was heard and weighed in the review.",
        "remedy": "Appeal to the administrative court within seven days of service.",
    }
    way.act("sending-decider", "decide", decision)
    way.act("sending-officer", "serve_decision", {"language": "nb", "served_by": "Invented officer 14"})
    look_at_the_decision(way)


def look_at_the_decision(way: Way) -> None:
    """The newest entry is the first of the timeline, and has a page of its own."""
    desk = way.desk("sending-decider")
    desk.go(way.case)
    desk.follow(desk.page.locator('ol.timeline a[href*="/entries/"]').first)
    desk.look()


def only_choice(desk: Desk, name: str) -> None:
    """The one thing there is to choose, chosen."""
    radios = desk.page.locator(f'input[type=radio][name="{name}"]')
    expect(radios).to_have_count(1)
    radios.check()


def travel(way: Way) -> None:
    there: Answers = {
        "state": "EST",
        "authority": "Invented Tartu Court",
        "ground": "The sentence recognised for enforcement.",
        "reference": "E 12-26",
        "valid_from_at": way.served.now() - DAY,
        "valid_until_at": way.served.now() + 400 * DAY,
    }
    way.act("receiving-officer", "record_title", there)
    way.act("receiving-officer", "accept_transfer", {})
    manifest: Answers = {
        "manifest": "T-0001",
        "departs_at": way.served.now() + timedelta(hours=22),
        "departs_from": "Kumla, invented wing",
        "escort": "Invented escort unit 3",
    }
    way.act("sending-officer", "put_on_manifest", manifest)
    way.act("sending-officer", "permit_departure", {"fit_to_travel": "Fit, seen by the invented doctor"})
    departure: Answers = {
        "departed_from": "Kumla",
        "destination": "Tartu",
        "means": "Chartered aircraft",
        "outward": True,
    }
    way.act("escort", "report_departure", departure)
    way.act("escort", "report_arrival", {"facility": "tartu"})
    offer: Answers = {
        "to_party": "ee-prison",
        "place": "Reception of the invented unit",
        "documents": ("Judgment", "Decision of transfer"),
        "property": ("One watch", "Two books"),
        "fitness": "Fit; no medicine on the way",
    }
    way.act("escort", "offer_handover", offer)
    assert way.custodian("escort") == "Sending service (invented)", "an offer alone hands nobody over"


def hold(way: Way) -> None:
    accept_the_offer(way, "booking-officer", "Count and papers agree.")
    assert way.custodian("booking-officer") == "Receiving service (invented)"
    admission = way.act("booking-officer", "admit", ADMISSION)
    correct_the_cell(way, admission)
    see_them_on_the_roll(way)


def correct_the_cell(way: Way, admission: str) -> None:
    """The entry stays, and its page tells both wordings."""
    desk, entry = way.desk("booking-officer"), f"{way.case}entries/{admission}/"
    desk.go(entry)
    desk.follow(desk.page.locator('a[href$="/correct/cell/"]'))
    desk.look()
    desk.answer({"value": "A 2-08", "reasons": "The number on the door was read wrongly."})
    desk.go(entry)
    expect(desk.page.locator("ol.timeline")).to_contain_text("A 2-07")
    expect(desk.page.locator("ol.timeline")).to_contain_text("A 2-08")


def accept_the_offer(way: Way, account: str, remarks: str) -> None:
    desk = way.desk(account)
    desk.open_act(way.case, "accept_handover")
    only_choice(desk, "offer")
    desk.answer({"remarks": remarks})


def see_them_on_the_roll(way: Way) -> None:
    """On the facility's own page: one button a person, and back to the roll afterwards."""
    desk = way.desk("booking-officer")
    desk.go("/facilities/tartu/")
    row = desk.page.locator(".tasks > li", has_text=" ".join(NAMES[way.language]))
    row.locator("select[name=sign]").select_option("roll_call")
    desk.follow(row.locator("button[name=step]"))
    expect(desk.page).to_have_url(f"{way.served.url}/facilities/tartu/#roll")
    desk.go(way.case)
    expect(desk.page.locator("#custody ~ dl dd").first).to_contain_text(SEEN[way.language])


def come_home(way: Way) -> None:
    due: Answers = {
        "due_at": way.served.now() + 2 * DAY,
        "because": "The court at home hears him.",
        "ordered_by": "Invented District Court",
    }
    way.act("sending-officer", "set_return_due", due)
    back: Answers = {"to_party": "se-prison", "place": "At the gate", "fitness": "Fit"}
    way.act("receiving-officer", "offer_handover", back)
    accept_the_offer(way, "sending-officer", "He is with us again.")
    assert way.custodian("sending-officer") == "Sending service (invented)"
    way.act("sending-officer", "report_return", {"place": "Kumla, invented wing"})
    desk = way.desk("receiving-officer")
    desk.open_act(way.case, "confirm_end")
    only_choice(desk, "ended")
    desk.answer({"how_known": "We saw the plane leave and the prison told us that he came."})
    desk.go(way.case)
    expect(desk.page.locator("h2#findings ~ .answers").first).not_to_be_attached()
