"""The person's sheet: what it says at the notice and at the admission, in whose language, and to whom it is shown."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest
from django.test import Client

from habeas.core.context import Context
from habeas.core.entries.custody import Departed, HandoverAccepted, HandoverOffered, Released, ReturnDue
from habeas.core.entries.procedure import (
    AllegationRecorded,
    Decided,
    DecisionServed,
    NoticeServed,
    Outcome,
    TitleRecorded,
)
from habeas.core.messages import FileError
from habeas.documents import sheet
from habeas.store import proofs, streams
from habeas.store import read as record
from tests.store.example import BOOKING, DECIDER, RECEIVING, Register, proposed
from tests.web.conftest import People
from tests.web.test_acts import CASE, now

SHEET = f"{CASE}sheet/"
NOTICE = NoticeServed(language="es", facts_relied_on="An invented fact", served_by="An invented officer")


@pytest.fixture
def anna(register: Register) -> Register:
    """Anna Fiktiv, who speaks Spanish, was served the notice."""
    register.record("case-anna", proposed("Anna", "Fiktiv", language="es"), person="person-anna")
    register.record("case-anna", NOTICE, person="person-anna")
    return register


def add(register: Register, *bodies: object, **more: object) -> None:
    register.record("case-anna", *bodies, person="person-anna", **more)  # type: ignore[arg-type]


def read(client: Client, query: str = "?language=en") -> str:
    response = client.get(SHEET + query)
    assert response.status_code == 200
    return unescape(response.content.decode())


def test_at_the_notice_it_says_what_is_proposed_and_until_when_to_object(anna: Register, people: People) -> None:
    page = read(people.alice)

    assert "This sheet is yours, Anna Fiktiv." in page
    assert "Party se-kv (Sweden) answers for you since 1 September 2026 at 11:00 (Europe/Tallinn time)." in page
    assert "It is proposed to take you to: Tartu Prison, Swedish unit (Estonia)." in page
    assert "The record has no order that allows anybody to detain you in Sweden now." in page
    assert "The time to object to the proposal ended on 8 September 2026 at 11:00 (Europe/Tallinn time)." in page
    assert "Your silence is not consent" in page
    assert "in confidence" in page
    assert "Your consul, only if you wish." in page
    assert "<li><bdi>Party ee-oik</bdi></li>" in page
    assert "<bdi>Party ee-vm</bdi>" not in page
    assert "the notice of the proposal" in page
    assert "You can have up to three words" in page


def test_it_is_in_the_persons_language_whatever_the_officer_reads(anna: Register, people: People) -> None:
    page = read(people.alice, "")

    assert '<article class="sheet" lang="es" dir="ltr">' in page
    assert "Callar no es consentir" in page
    assert "1 de septiembre de 2026 a las 11:00 (hora de Europe/Tallinn)" in page
    assert "Suecia" in page
    assert "Print this page with your browser" in page


def test_after_the_decision_it_says_how_to_contest_it(anna: Register, people: People) -> None:
    decided = Decided(outcome=Outcome.TRANSFER, reasons="Invented reasons of five words", remedy="An invented court.")
    add(anna, decided, by=DECIDER)
    add(anna, DecisionServed(language="es", served_by="An invented officer"))
    page = read(people.alice)

    assert "It was decided to take you to: Tartu Prison, Swedish unit (Estonia)." in page
    assert "Against the decision: until " in page
    assert "The decision says: An invented court." in page
    assert "Invented reasons" not in page


def test_on_the_way_it_says_where_to(anna: Register, people: People) -> None:
    add(anna, Departed(departed_from="home", destination="An invented airfield", means="by air", outward=True))

    assert "You are being taken to: An invented airfield." in read(people.alice)


def test_at_the_admission_it_says_where_and_until_when_one_is_held(anna: Register, people: People) -> None:
    ends = anna.now + timedelta(days=100)
    title = TitleRecorded(
        state="EST",
        authority="An invented court",
        ground="An invented ground",
        reference="B 1",
        valid_from_at=anna.now,
        valid_until_at=ends,
    )
    add(anna, title)
    anna.hold("anna")
    add(anna, ReturnDue(due_at=ends, because="An invented cause", ordered_by="the terms"))
    page = read(people.bob)

    assert "You are held in: Tartu Prison, Swedish unit." in page
    assert "The order to detain you in Estonia ends on 10 December 2026 at 10:00 (Europe/Tallinn time)." in page
    assert "You must be back in Sweden by 10 December 2026" in page
    assert "your admission" in page
    assert "Party ee-vm is named too" in page
    assert "An invented ground" not in page


def test_a_title_without_an_end_is_told_as_such(anna: Register, people: People) -> None:
    title = TitleRecorded(
        state="SWE", authority="An invented court", ground="none", reference="B 1", valid_from_at=anna.now
    )
    add(anna, title)

    assert "The order to detain you in Sweden has no end on record." in read(people.alice)


def test_who_was_released_is_told_that_nobody_holds_them(anna: Register, people: People) -> None:
    anna.hold("anna")
    add(anna, Released(place="the gate", handed_to="nobody", papers="all"), by=BOOKING)
    page = read(people.bob)

    assert "nobody holds you any more" in page
    assert "You are held in" not in page


def test_a_signed_handover_changes_who_answers(anna: Register, people: People) -> None:
    add(anna, HandoverOffered(to_party=RECEIVING, place="the gate", fitness="fit"))
    offer = streams.entries("case-anna")[-1].id
    add(anna, HandoverAccepted(offer=offer), by=BOOKING)
    anna.hold("anna")

    assert "Party ee-vm (Estonia) answers for you" in read(people.bob)


def test_the_receipt_holds_the_entry_and_neither_a_name_nor_an_address(anna: Register, people: People) -> None:
    notice = streams.entries("case-anna")[1]
    code = proofs.qr(notice.id)
    page = read(people.alice)

    assert code is not None
    assert f'src="/receipts/{notice.id}/qr.svg" alt="{code}"' in page
    assert people.alice.get(f"/receipts/{notice.id}/qr.svg").status_code == 200
    assert anna.vkey.split("+")[0] in code
    assert "Fiktiv" not in code
    assert "http" not in code


def test_the_words_stand_on_the_sheet_in_the_persons_language_this_once(anna: Register, people: People) -> None:
    address = f"{CASE}do/give_family_words/"
    form = {**now(people.alice, address), "occasion": "notice", "how_many": "2", "step": "record"}
    response = people.alice.post(address, form)
    page = unescape(response.content.decode())

    assert '<li value="2"><strong>' in page
    assert "http://testserver/ask/word/" in page
    assert "consiente que esa persona lo vea, también su salud" in page
    assert "shown this one time" in page
    assert response["Cache-Control"] == "no-store"
    assert '<li value="1">' not in read(people.alice)


def test_nothing_of_facts_allegations_and_health_is_on_it(anna: Register, people: People) -> None:
    add(anna, AllegationRecorded(allegation="An invented allegation", alleged_by="An invented informer"))

    entry = streams.entries("case-anna")[-1].id
    assert "An invented allegation" in people.alice.get(f"{CASE}entries/{entry}/").content.decode()
    assert "An invented" not in read(people.alice)


def test_who_hands_it_over_sees_it_and_nobody_else(anna: Register, people: People) -> None:
    assert 'href="/cases/case-anna/sheet/"' in people.alice.get(CASE).content.decode()
    assert people.alice.get(SHEET).status_code == people.monitor.get(SHEET).status_code == 200
    assert people.auditor.get(SHEET).status_code == 403
    assert 'href="/cases/case-anna/sheet/"' not in people.auditor.get(CASE).content.decode()
    assert people.charlie.get(SHEET).status_code == 404


def test_without_a_file_of_the_language_the_page_says_so_and_offers_those_there_are(
    register: Register, people: People
) -> None:
    register.propose("anna", "Anna", "Fiktiv")
    page = read(people.alice, "")

    assert "There is no sheet in the person’s language (Swedish)." in page
    assert '<a href="?language=es" lang="es">Español</a>' in page
    assert '<article class="sheet" lang="en" dir="ltr">' in page


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the folder of the sheets' texts."""
    for each in sheet.FOLDER.glob("*.toml"):
        (tmp_path / each.name).write_text(each.read_text("utf-8"), "utf-8")
    monkeypatch.setattr(sheet, "FOLDER", tmp_path)
    return tmp_path


def test_a_further_language_is_one_file(folder: Path, register: Register, people: People) -> None:
    text = (folder / "en.toml").read_text("utf-8")
    text = text.replace('direction = "ltr"', 'direction = "rtl"').replace('"English"', '"العربية"')
    (folder / "ar.toml").write_text(text.replace("Your silence is not consent", "صمتك ليس موافقة"), "utf-8")
    register.record("case-anna", proposed("Anna", "Fiktiv", language="ar"), person="person-anna")
    page = read(people.alice, "")

    assert '<article class="sheet" lang="ar" dir="rtl">' in page
    assert "صمتك ليس موافقة" in page
    assert "There is no sheet" not in page


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        ('silence = "Your silence is not consent"\n', "", "toml.key_missing"),
        ('silence = "', 'silences = "and"\nsilence = "', "toml.unknown_key"),
        ("{authority} is named too", "Somebody is named too", "sheet.parameters"),
        ("This sheet is yours. Keep it.", "This sheet is {yours}. Keep it.", "sheet.parameters"),
        ('"January", ', "", "sheet.months"),
        ('"ltr"', '"up"', "toml.not_one_of"),
    ],
)
def test_a_file_that_lacks_a_text_or_a_parameter_is_refused(before: str, after: str, code: str, folder: Path) -> None:
    path = folder / "en.toml"
    sheet.read_language(path)
    text = path.read_text("utf-8")
    assert before in text
    path.write_text(text.replace(before, after), "utf-8")

    with pytest.raises(FileError) as refused:
        sheet.read_language(path)
    assert refused.value.message.code == code


def test_the_time_to_object_runs_is_over_or_has_no_end(anna: Register) -> None:
    case = record.case("case-anna")
    assert case is not None
    context = record.context(case.agreement, anna.now, case)
    endless = replace(context, periods=replace(context.periods, objection=record.NEVER_OVER))

    def says(words: str, *, around: Context = context, days: int = 0) -> bool:
        parts = sheet.sheet(case, around, anna.now + timedelta(days=days), sheet.languages()["en"])
        return any(line.startswith(words) for part in parts for line in part.lines)

    assert says("Against the proposal: until 8 September 2026 at 11:00 (Europe/Tallinn time).")
    assert says("The time to object to the proposal ended on 8 September 2026", days=60)
    assert says("Against the proposal: no time limit is fixed.", around=endless, days=60)
