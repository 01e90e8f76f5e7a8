"""Public figures: open to everybody, the same on the page and in the file, and nothing in them names a person."""

from __future__ import annotations

import csv
import dataclasses
import html
import io
import re
from contextlib import suppress
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from django.test import Client

from habeas.core.clocks import clocks
from habeas.core.entries import custody as held
from habeas.core.entries.asking import AskerStated, EnquiryMade
from habeas.core.entries.claims import Asks, ClaimGround, DetentionClaimed
from habeas.core.entries.oversight import FindingFiled, FindingSort, VisitAsked
from habeas.core.figures import Cell, Figures
from habeas.core.findings import findings as findings_of
from habeas.core.ledger.conventions import SIDE_BY_SIDE
from habeas.core.ledger.person_days import Days, State
from habeas.speech import word
from habeas.store import asking, figures, ledger, read, streams
from habeas.store.figures import public_figures
from habeas.store.keys import KeyLost, forget_ciphers
from tests.store.example import BOOKING, MONITOR, OFFICER, RECEIVER, TARTU, Register, around
from tests.web.conftest import People
from tools.messages import read_language

AGREEMENT = "se-ee-2025"
LOCALE = Path(__file__).parents[2] / "src/habeas/locale"


@pytest.fixture
def two_held(register: Register) -> Register:
    """Alice Fiktiv and Bob Exempel are held in Tartu since 1 September 2026."""
    for name, given, family in (("alice", "Alice", "Fiktiv"), ("bob", "Bob", "Exempel")):
        register.propose(name, given, family)
        register.hold(name)
    return register


def page_of(client: Client, address: str = "/figures/") -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def file_of(client: Client, series: str) -> list[list[str]]:
    response = client.get(f"/figures/{AGREEMENT}/{series}.csv")
    assert response.status_code == 200
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.reader(io.StringIO(response.content.decode("utf-8"))))


def series_of(page: str) -> list[str]:
    return re.findall(rf"/figures/{AGREEMENT}/(\w+)\.csv", page)


def table_of(page: str, series: str) -> list[list[str]]:
    """The cells of a table on the page, without its head."""
    section = page[page.index(f'<h2 id="{series}">') :].partition("</section>")[0]
    body = section.partition("<tbody>")[2].partition("</tbody>")[0]
    rows = re.findall(r"<tr>(.*?)</tr>", body, re.DOTALL)
    return [[html.unescape(each) for each in re.findall(r"<bdi>(.*?)</bdi>", row)] for row in rows]


def counts_of(found: Figures, series: str) -> dict[str, Cell]:
    """The counts of a table that are not zero, by the last part of their code."""
    rows = [(cell.code.rpartition(".")[2], count) for cell, count in found.series[series].rows]  # type: ignore[union-attr]
    return {code: count for code, count in rows if count}


def enquiry(at: datetime) -> EnquiryMade:
    return EnquiryMade(sought="Nobody Example", asked_of=("se-kv", "ee-vm"), due_at=at - timedelta(days=1))


def claim() -> DetentionClaimed:
    return DetentionClaimed(ground=ClaimGround.OTHER, asks=Asks.REVIEW, said="Invented.")


def test_everybody_reads_the_figures_without_an_account(two_held: Register, people: People) -> None:
    for address in ("/figures/", f"/figures/{AGREEMENT}/"):
        page = page_of(people.stranger, address)
        assert "<dt>Held now</dt><dd>2</dd>" in page
        assert "<dt>m² of living space each</dt><dd>105.00</dd>" in page
    assert '<a href="/figures/"' in page_of(people.stranger, "/agreements/")
    assert 'href="/figures/">Public figures</a>' in page_of(people.stranger, "/")


def test_nothing_public_names_a_person_or_a_case(two_held: Register, people: People) -> None:
    page = page_of(people.stranger)
    files = [str(file_of(people.stranger, each)) for each in series_of(page)]
    secrets = ["Fiktiv", "Exempel", "case-alice", "person-alice", "home file", "invented reason", "booking-1"]

    assert "Fiktiv" in page_of(people.alice, "/cases/case-alice/")
    assert len(files) > 8
    assert [each for each in secrets for text in (page, *files) if each in text] == []


def test_the_file_says_what_the_table_says_for_machines(two_held: Register, people: People) -> None:
    page = page_of(people.stranger)

    by_day = file_of(people.stranger, "held_by_day")
    assert by_day[:2] == [["date", "held"], ["2026-09-01", "2"]]
    assert [row[1] for row in by_day[:0:-1]][:31] == [row[1] for row in table_of(page, "held_by_day")]
    assert file_of(people.stranger, "capacity")[1:] == [[TARTU.name, "40", "44", "48", "210.0", "2026-08-01"]]
    for series in series_of(page):
        shown, filed = table_of(page, series), file_of(people.stranger, series)[1:]
        assert len(shown) == min(len(filed), 31) if series.endswith("_by_day") else len(filed), series
        assert {len(row) for row in shown} <= {len(file_of(people.stranger, series)[0])}, series


def test_a_file_is_the_same_in_every_language_and_the_page_is_not(two_held: Register, people: People) -> None:
    english, floor = page_of(people.stranger), file_of(people.stranger, "floor")
    people.stranger.cookies["django_language"] = "es"

    assert "Cifras públicas" in page_of(people.stranger)
    assert "Cifras públicas" not in english
    assert file_of(people.stranger, "floor") == floor
    assert ["in_force_and_published", "assumed"] in floor


def test_no_text_in_a_file_is_a_formula(register: Register, people: People) -> None:
    register.record("facility-evil", dataclasses.replace(TARTU, facility="evil", name="=1+1"), by=RECEIVER)

    assert [row[0] for row in file_of(people.stranger, "capacity")] == ["facility", "'=1+1", TARTU.name]


def test_a_feed_that_fell_silent_shows_its_age(two_held: Register, people: People) -> None:
    rows = table_of(page_of(people.stranger), "freshness")

    assert [(row[0], row[2], row[4]) for row in rows] == [
        ("The register: its last entry", "1 September 2026", "stale"),
        ("The last checkpoint: the last entry that it covers", "1 September 2026", "stale"),
        ("Roll: its last entry", "–", "nothing yet"),
    ]
    assert int(rows[0][3].replace(",", "")) > 2


def test_what_is_counted_is_what_the_monitor_can_count(two_held: Register, people: People) -> None:
    two_held.wait(days=40)
    at = two_held.now
    found = public_figures(AGREEMENT, at)
    cases = around(MONITOR, at)

    assert sum(count for _, count in found.series["findings"].rows) == sum(
        len(findings_of(*each, at)) for each in cases
    )
    late = [each for case in cases for each in clocks(*case, at) if each.is_late(at)]
    assert sum(count for _, count in found.series["late_duties"].rows) == len(late) > 0
    assert found.series["held_by_facility"].rows[0][1:3] == (TARTU.name, 2)


def test_figures_are_counted_again_after_a_minute_and_a_month_end_never(two_held: Register, people: People) -> None:
    two_held.wait(days=31)
    first = public_figures(AGREEMENT, two_held.now)
    two_held.propose("charlie", "Charlie", "Ejemplo")
    late = two_held.now - timedelta(days=20)
    two_held.record(
        "case-charlie", held.Arrived(facility="tartu"), by=BOOKING, person="person-charlie", occurred_at=late
    )

    assert public_figures(AGREEMENT, two_held.now + timedelta(seconds=59)) is first
    second = public_figures(AGREEMENT, two_held.now + timedelta(seconds=60))
    assert (first.first["held"], second.first["held"]) == (2, 3)
    assert dict(second.series["held_by_day"].rows)[late.date()] == 3
    assert second.series["held_by_facility"] == first.series["held_by_facility"]


def test_while_one_request_counts_others_get_the_last_figures_or_are_asked_to_come_again(
    two_held: Register, people: People
) -> None:
    later = two_held.now + timedelta(hours=1)
    with figures._KEPT.lock:  # as if another request were counting
        with pytest.raises(figures.BeingCounted):
            public_figures(AGREEMENT, two_held.now)
        assert people.stranger.get("/figures/").status_code == 503
    first = public_figures(AGREEMENT, two_held.now)
    with figures._KEPT.lock:
        assert public_figures(AGREEMENT, later) is first
    assert public_figures(AGREEMENT, later) is not first


def test_what_the_text_says_of_publication_stands_under_what_is_withheld(two_held: Register, people: People) -> None:
    page = page_of(people.stranger)

    assert "The text stands before the Estonian parliament" in page[page.index('id="withheld"') :]


def test_before_anything_began_the_page_says_so(data: object) -> None:
    assert "No register has begun here" in page_of(Client())
    assert Client().get(f"/figures/{AGREEMENT}/").status_code == 404


def test_before_anybody_is_held_the_page_says_so(register: Register, people: People) -> None:
    page = page_of(people.stranger)

    assert "Nobody has been held under this agreement yet" in page
    assert people.stranger.get(f"/figures/{AGREEMENT}/names.csv").status_code == 404
    assert people.stranger.get("/figures/us-sv-2025/").status_code == 404
    with pytest.raises(read.NotAdopted):
        public_figures("us-sv-2025", register.now)


def test_claims_enquiries_and_the_monitors_work_are_counted(two_held: Register) -> None:
    two_held.record("case-alice", claim(), by=OFFICER, person="person-alice")
    filed = FindingFiled(sort=FindingSort.CONDITIONS, agreement=AGREEMENT, public_part="Invented.", names_nobody=True)
    visit = VisitAsked(facility="tartu", visit_at=two_held.now, announced=False)
    two_held.record("oversight-1", filed, visit, by=MONITOR)
    at = two_held.now + timedelta(days=40)
    asking.lodge("enquiry-1", [enquiry(at)], AskerStated(about=""), word="invented word", at=two_held.now)

    found = public_figures(AGREEMENT, at)
    assert counts_of(found, "claims_by_age") == {"days_31": 1}
    assert counts_of(found, "claims") == {"claims_made": 1, "claims_unanswered": 1}
    assert counts_of(found, "enquiries_by_age") == {"days_31": 1}
    assert counts_of(found, "enquiries") == {"enquiries_made": 1, "enquiries_late": 1}
    assert counts_of(found, "oversight") == {
        "findings_filed": 1,
        "findings_waiting": 1,
        "findings_late": 1,
        "visits_asked": 1,
    }
    assert counts_of(found, "late_duties")["finding_answer"] == 1
    assert counts_of(found, "findings")["finding_unanswered"] == 1
    assert (found.first["claims_unanswered"], found.first["enquiries_open"]) == (1, 1)


def test_what_is_filed_under_another_agreement_or_comes_later_is_not_counted(two_held: Register) -> None:
    filed = FindingFiled(sort=FindingSort.OTHER, agreement="us-sv-2025", public_part="Invented.", names_nobody=True)
    visit = VisitAsked(facility="tartu", visit_at=two_held.now + timedelta(days=9), announced=False)
    two_held.record("oversight-1", filed, visit, by=MONITOR)

    assert counts_of(public_figures(AGREEMENT, two_held.now), "oversight") == {}
    later = public_figures(AGREEMENT, two_held.now + timedelta(days=9))
    assert counts_of(later, "oversight") == {"visits_asked": 1}


def test_the_last_month_is_counted_and_says_why_no_amount_is_due(two_held: Register, people: People) -> None:
    at = two_held.now + timedelta(days=31)
    found = public_figures(AGREEMENT, at)
    september = Days(from_on=date(2026, 9, 1), until_on=date(2026, 10, 1))
    month = ledger.statement(AGREEMENT, september, ledger.stated(found.agreement) or SIDE_BY_SIDE[0], at)

    rows = found.series["money"].rows
    assert [row[4] for row in rows][: len(State)] == [month.count(state) for state in State]
    assert sum(month.count(state) for state in State) > 0
    assert {row[:2] for row in rows} == {(september.from_on, september.until_on)}
    assert "What the fee is worth" in page_of(people.stranger)


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_duty_and_every_rule_has_a_word_for_the_public(language: str) -> None:
    known = [each.id for each in read_language(LOCALE, "en") if isinstance(each.id, str)]
    duties = [each.removeprefix("clock.") for each in known if each.startswith("clock.")]
    rules = [each.removeprefix("finding.") for each in known if each.startswith("finding.")]
    variants = re.compile(r"_(lodged|rejected)$|_met$")  # other sentences of a rule
    codes = [f"figure.duty.{each}" for each in duties if each not in {"objection", "contest"}]  # a person's time
    codes += [f"figure.rule.{each}" for each in rules if not variants.search(each)]

    assert len(codes) > 20
    assert [each for each in codes if word(each, language) == each] == []


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_word_of_the_figures_has_a_label(language: str, two_held: Register) -> None:
    found = public_figures(AGREEMENT, two_held.now)
    codes = [f"figure.first.{each}" for each in found.first]
    for each in found.series.values():
        codes += [f"figure.{each.id}", f"figure.{each.id}.note", *(f"figure.column.{name}" for name in each.columns)]
        codes += [cell.code for row in each.rows for cell in row if hasattr(cell, "code")]

    assert [each for each in codes if word(each, language) == each] == []


def test_no_page_waits_for_long_while_they_are_counted(
    two_held: Register, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figures, "PATIENCE", 0.0)
    with suppress(figures.BeingCounted):
        public_figures(AGREEMENT, two_held.now)
    with figures._KEPT.lock:  # held for as long as it counts
        assert public_figures(AGREEMENT, two_held.now).at == two_held.now


def test_a_count_that_fails_says_why_and_the_next_one_is_tried(register: Register, data: Path) -> None:
    asking.lodge("enquiry-1", [enquiry(register.now)], AskerStated(about=""), word="invented word", at=register.now)
    kept, away = data / "keys" / "secret", data / "keys" / "away"
    kept.rename(away)
    streams._KEPT.clear()
    forget_ciphers()

    with pytest.raises(KeyLost):
        public_figures(AGREEMENT, register.now)

    away.rename(kept)
    assert public_figures(AGREEMENT, register.now).at == register.now
