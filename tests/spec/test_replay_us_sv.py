"""The replay of 15 March 2025: its counts close, each person has one custodian at every minute, each published figure
has its source, and what Habeas would have refused is refused by the rule and at the step that the page says."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path

import pytest
from django.test import Client, override_settings
from pytest_django import DjangoDbBlocker

from habeas import agreements
from habeas.core.case import Case
from habeas.core.commands import screening_of
from habeas.core.context import Context
from habeas.core.custody import custody, end, on_roll
from habeas.core.entries import custody as held
from habeas.core.entries.procedure import FactRecorded
from habeas.core.findings import Finding, findings
from habeas.core.safeguards import Result
from habeas.core.sources import Quality
from habeas.core.titles import untitled_days
from habeas.demo.playing import fill, play
from habeas.demo.scenario import scenario
from habeas.speech import LANGUAGES, say, word
from habeas.store import read
from habeas.store.models import Account
from tests.spec.in_memory import InMemory
from tests.spec.published import published
from tests.spec.replay_page import in_language
from tests.spec.replayed import Asked, Replayed, asked, replayed, whereabouts
from tests.store.conftest import _database_at, empty_database

__all__ = ["empty_database"]

STORY = scenario("us-sv-2025")
PUBLISHED = published("us-sv-2025")
MONITOR = STORY.accounts["monitor"]
TERMS = agreements.agreement("us-sv-2025")
TENTH = dataclasses.replace(
    STORY, people=tuple(dataclasses.replace(each, count=-(-each.count // 10)) for each in STORY.people)
)
LAST = datetime(2025, 3, 17, 6, 0, tzinfo=UTC)
SPOKEN, WRITTEN = datetime(2025, 3, 15, 22, 45, tzinfo=UTC), datetime(2025, 3, 15, 23, 25, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
def memory() -> InMemory:
    """All of it, played without a database by the same rules."""
    register = InMemory(story=STORY, agreement=TERMS)
    play(STORY, register.do, LAST)
    return register


@pytest.fixture(scope="module")
def cases(memory: InMemory) -> tuple[Case, ...]:
    return memory.cases()


@pytest.fixture(scope="module")
def context(memory: InMemory) -> Context:
    return memory.context()


@pytest.fixture(scope="module")
def played(cases: tuple[Case, ...], context: Context) -> Replayed:
    return replayed(STORY, PUBLISHED, cases, context, LAST)


def having(cases: tuple[Case, ...], body: type) -> set[str]:
    return {each.id for each in cases if each.all(body)}


# --- the counts close ----------------------------------------------------------------------------------------------


def test_everybody_on_the_manifest_was_admitted_or_refused_and_returned(cases: tuple[Case, ...]) -> None:
    departed, admitted = having(cases, held.DepartedUnproposed), having(cases, held.Admitted)
    refused, returned = having(cases, held.RefusedAtDoor), having(cases, held.Returned)

    assert (len(departed), len(admitted), len(refused)) == (270, 261, 9)
    assert refused == returned
    assert admitted | refused == departed
    assert not admitted & refused


def test_they_are_the_people_who_were_reported(cases: tuple[Case, ...]) -> None:
    def who(body: type) -> Counter[tuple[str, str]]:
        opened = [each.opening.body for each in cases if each.all(body)]
        return Counter((str(each.sex), "".join(each.nationalities)) for each in opened)  # type: ignore[arg-type]

    assert who(held.RefusedAtDoor) == {("female", "VEN"): 8, ("male", "NIC"): 1}
    assert who(held.Admitted) == {("male", "VEN"): 238, ("male", "SLV"): 23}


def test_at_every_line_of_the_timeline_the_places_add_up_to_all_who_had_been_taken(
    played: Replayed, cases: tuple[Case, ...]
) -> None:
    for line in played.timeline:
        taken = sum(each.opening.occurred_at <= line.at for each in cases)
        assert line.in_the_air + line.on_roll + line.refused + line.returned == taken, line
    last = played.timeline[-1]
    assert (last.on_roll, last.returned, played.unaccounted) == (261, 9, 0)


def test_each_person_has_exactly_one_custodian_at_every_minute(cases: tuple[Case, ...], context: Context) -> None:
    """Whoever has the same entries at the same moments has the same custody, so one of each sort is asked; at the
    minutes of an entry everybody is."""
    sorts: dict[object, Case] = {}
    after = context.periods.contested_after
    for case in cases:
        sorts.setdefault(tuple((each.kind, each.occurred_at, each.recorded_at) for each in case.entries), case)
        for entry in case.entries:
            ended = end(case)
            now = custody(case, entry.occurred_at, after)
            assert (now is None) == (ended is not None and ended.entry.occurred_at <= entry.occurred_at)
            assert now is None or now.answers == "us-service"
    assert 3 < len(sorts) < 20
    for case in sorts.values():
        ended, at = end(case), case.opening.occurred_at
        until = ended.entry.occurred_at if ended else LAST
        while at < until:
            now = custody(case, at, after)
            assert now is not None, at
            assert now.answers == "us-service", at
            assert (now.contested_with == "sv-service") == (on_roll(case, at) == "cecot"), at
            assert whereabouts(case, at) != "not_yet"
            at += MINUTE


def test_everybody_is_on_the_roll_the_minute_they_arrive(cases: tuple[Case, ...]) -> None:
    for case in cases:
        (arrived,) = case.all(held.Arrived)
        assert on_roll(case, arrived.occurred_at) == "cecot"
        assert on_roll(case, arrived.occurred_at - MINUTE) is None


# --- what is found -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def found(cases: tuple[Case, ...], context: Context) -> list[tuple[Case, Finding]]:
    return [(case, each) for case in cases for each in findings(case, context, LAST)]


def people_with(found: list[tuple[Case, Finding]], rule: str, which: str = "") -> set[str]:
    return {
        case.id
        for case, each in found
        if each.rule == rule and which in {"", str(each.message.parameters.get("which"))}
    }


@pytest.mark.parametrize(
    ("rule", "which", "people"),
    [
        *(("step_missing", f"step.{step}", 270) for step in ("proposal", "notice", "decision", "manifest")),
        ("step_missing", "step.handover_accepted", 261),
        ("contested_custody", "", 270),
        ("untitled_day", "", 270),
        ("moved_though_barred", "not_a_woman", 8),
        ("moved_though_barred", "not_nicaraguan", 1),
        ("moved_though_barred", "offer_of_3_february", 206),  # 238 less the 32 with a conviction
        ("moved_though_barred", "cat.protection_order", 1),
        ("moved_though_barred", "us-1231.withholding", 1),
    ],
)
def test_each_expected_fault_is_found(found: list[tuple[Case, Finding]], rule: str, which: str, people: int) -> None:
    assert len(people_with(found, rule, which)) == people


def test_what_might_only_apply_is_no_fault_of_anybody(found: list[tuple[Case, Finding]]) -> None:
    """Nobody is known to serve a sentence of the sending state: the law on transfers bars a permission, no more."""
    assert people_with(found, "moved_though_barred", "us-4100.national_of_destination") == set()


def test_the_orders_are_breached_by_each_step_after_them_and_by_none_before(
    found: list[tuple[Case, Finding]], cases: tuple[Case, ...]
) -> None:
    by_report: dict[object, set[str]] = {}
    for case, each in found:
        if each.rule == "stay_breached":
            entry = case.entry(each.because[0])
            assert entry is not None
            assert entry.occurred_at >= SPOKEN
            by_report.setdefault(each.message.parameters["report"], set()).add(case.id)
    in_the_air = {each.id for each in cases if whereabouts(each, SPOKEN) == "in_the_air"}

    assert len(in_the_air) == 180
    assert in_the_air == {each.id for each in cases if whereabouts(each, WRITTEN) == "in_the_air"}
    assert {report: len(people) for report, people in by_report.items()} == {
        "entry.departed_unproposed": 90,
        "entry.arrived": 270,
        "entry.admitted": 261,
    }
    assert not by_report["entry.departed_unproposed"] & in_the_air


def test_no_day_of_anybody_has_a_title(cases: tuple[Case, ...], context: Context) -> None:
    days = Counter(day.isoformat() for case in cases for day in untitled_days(case, context, LAST))
    assert days == {"2025-03-15": 270, "2025-03-16": 270}


# --- what Habeas would have refused --------------------------------------------------------------------------------


def refusals(played: Replayed, which: str) -> dict[str, dict[str, int]]:
    """For each act that the reason or rule refuses, to how many people it answers what."""

    def name(row: Asked) -> str:
        return row.rule.id if row.rule else row.message.code if row.message else ""

    (row,) = (each for each in played.asked if name(each) == which)
    return {act: dict(answers) for act, answers in row.people.items() if answers}


OUTWARD = ("decide", "put_on_manifest", "permit_departure", "offer_handover")


@pytest.mark.parametrize(
    ("rule", "acts", "answers"),
    [
        ("policy.below_floor", ("propose",), {"refused": 270}),
        ("policy.notice_first", ("decide",), {"refused": 270}),
        ("not_a_woman", OUTWARD, {"barred": 8}),
        ("not_nicaraguan", OUTWARD, {"barred": 1}),
        ("offer_of_3_february", OUTWARD, {"barred": 206, "not_shown": 9}),
        ("member_of_named_group", OUTWARD, {"not_shown": 270}),
        ("cat.protection_order", OUTWARD, {"barred": 1, "not_shown": 269}),
        ("cat.risk_assessed", OUTWARD, {"not_shown": 270}),
        ("iccpr.notice", OUTWARD, {"not_shown": 270}),
        ("iccpr.individual_decision", OUTWARD[1:], {"not_shown": 270}),
        ("iccpr.title_abroad", OUTWARD[1:], {"barred": 270}),
        ("us-1231.notice", OUTWARD[1:], {"not_shown": 270}),
    ],
)
def test_each_rule_refuses_at_its_steps(
    played: Replayed, rule: str, acts: tuple[str, ...], answers: dict[str, int]
) -> None:
    assert refusals(played, rule) == dict.fromkeys(acts, answers)


def test_the_order_bars_the_third_departure_and_every_handover(played: Replayed) -> None:
    assert refusals(played, "court.stay") == {"permit_departure": {"barred": 90}, "offer_handover": {"barred": 270}}


def test_one_of_a_group_answers_for_all_of_it(played: Replayed) -> None:
    """Asked one by one, the 270 are refused by the same rules as often."""
    one_by_one = tuple(
        dataclasses.replace(each, count=1) for each in STORY.people for _ in range(each.count if each.asked else 1)
    )
    assert sum(bool(each.asked) for each in one_by_one) == 270

    again = asked(dataclasses.replace(STORY, people=one_by_one), TERMS, LAST)
    assert [each.people for each in again] == [each.people for each in played.asked]


def test_every_question_of_the_floor_but_the_place_is_missing(played: Replayed) -> None:
    assert set(played.missing) == {
        "in_force_and_published",
        "competent_authorities",
        "title_in_law_of_place",
        "individual_decision",
        "return",
        "deaths_and_ill_treatment",
        "complaint_to_both_states",
        "independent_monitor",
        "suspension",
    }


# --- what was published, and the page ------------------------------------------------------------------------------


def test_each_published_figure_carries_its_source_and_where_they_disagree_all_are_kept(played: Replayed) -> None:
    reported = {each.what.en: each.reported for each in PUBLISHED.figures}

    assert all(each for each in reported.values())
    assert all(one.source.document and one.source.citation for each in reported.values() for one in each)
    (women,) = reported["Women refused at the door (the replay plays eight)"]
    assert (women.value, women.source.quality) == ("8 / 9", Quality.CONFLICTING)
    assert [each.value for each in reported["Second aircraft left"]] == ["17:45", "17:45", "17:44"]


def test_the_figures_that_are_played_are_those_that_were_published(played: Replayed) -> None:
    published = {each.what.en: each.reported[0].value for each in PUBLISHED.figures}
    clock = {(each.at + timedelta(hours=-4)).strftime("%H:%M") for each in played.timeline}

    assert str(played.manifest) == published["On the manifest"]
    assert played.admitted == int(published["Venezuelans admitted"]) + int(published["Salvadorans admitted"])
    for name in ("First aircraft left, Washington time", "Second aircraft left", "Order spoken by the judge"):
        assert published[name] in clock, name
    assert published["Order in writing"] in clock
    assert published["Third aircraft left, after the written order was posted"] in clock


@pytest.fixture(scope="module")
def filled(
    empty_database: Path, tmp_path_factory: pytest.TempPathFactory, django_db_blocker: DjangoDbBlocker
) -> Iterator[Replayed]:
    """One in ten of each group, in a register, through the same door as everybody; once for all these tests."""
    folder = tmp_path_factory.mktemp("replay")
    (folder / "habeas.sqlite3").write_bytes(empty_database.read_bytes())
    quick = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    with (
        override_settings(HABEAS_DATA=folder, HABEAS_DEMO=True, PASSWORD_HASHERS=quick, STATIC_ROOT=str(folder)),
        django_db_blocker.unblock(),
        _database_at(folder / "habeas.sqlite3"),
    ):
        fill(TENTH, datetime.now(UTC))
        with override_settings(HABEAS_REPLAY=STORY.replay):
            yield replayed(TENTH, PUBLISHED, tuple(read.cases(MONITOR)), read.context("us-sv-2025", LAST), LAST)


def browser(account: str, language: str = "en") -> Client:
    client = Client()
    client.force_login(Account.objects.get(username=account), backend="habeas.store.accounts.AsRecorded")
    client.cookies["django_language"] = language
    return client


def text_of(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, address
    return unescape(response.content.decode())


def test_the_register_shows_what_the_rules_say(filled: Replayed) -> None:
    memory = InMemory(story=TENTH, agreement=TERMS)
    play(TENTH, memory.do, LAST)
    played = replayed(TENTH, PUBLISHED, memory.cases(), memory.context(), LAST)

    assert (filled.manifest, filled.refused, filled.unaccounted) == (32, 2, 0)
    assert filled.timeline == played.timeline
    assert filled.asked == played.asked
    assert filled.seen == played.seen
    assert sorted((each.people, each.first_at, each.last_at) for each in filled.findings) == sorted(
        (each.people, each.first_at, each.last_at) for each in played.findings
    )


def test_the_page_is_what_the_whole_story_shows_when_it_is_played(played: Replayed) -> None:
    assert STORY.replay == {language: in_language(played, language) for language in LANGUAGES}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_says_all_of_it_to_anybody(filled: Replayed, played: Replayed, language: str) -> None:
    client = Client()
    client.cookies["django_language"] = language
    shown = text_of(client, "/replay/")

    for figure in PUBLISHED.figures:
        assert figure.what.said_in(language) in shown
        for each in figure.reported:
            assert each.value in shown
            assert PUBLISHED.in_language(each.source.citation, language) in shown
    for line in PUBLISHED.invented:
        assert line.said_in(language) in shown
    for sight in PUBLISHED.sights:
        assert sight.what.said_in(language) in shown
        assert sight.known.said_in(language) in shown
    for row in played.asked:
        assert (say(row.message, language) if row.message else row.rule.title.said_in(language)) in shown  # type: ignore[union-attr]
    for question in played.missing:
        assert word(f"terms.floor.{question}", language) in shown


def test_the_first_page_says_that_habeas_would_have_refused_and_leads_there(filled: Replayed) -> None:
    page = text_of(Client(), "/")
    assert "Habeas would have refused this agreement." in page
    assert all(word(f"terms.floor.{each}", "en") in page for each in filled.missing)
    assert 'href="/replay/"' in page


def test_what_we_say_of_a_source_is_said_in_spanish_on_the_spanish_page(filled: Replayed) -> None:
    spanish = Client()
    spanish.cookies["django_language"] = "es"
    english, translated = text_of(Client(), "/replay/"), text_of(spanish, "/replay/")

    assert len(PUBLISHED.descriptions) > 30
    assert [each.en for each in PUBLISHED.descriptions if each.en not in english] == []
    assert [each.es for each in PUBLISHED.descriptions if each.es not in translated] == []
    assert [each.en for each in PUBLISHED.descriptions if each.en in translated] == []


def test_custody_is_contested_from_the_arrival_of_each_aircraft_and_not_of_the_first_for_all(played: Replayed) -> None:
    contested = [each for each in played.findings if each.message.code == "finding.contested_custody"]
    since = [each.message.parameters["since_at"] for each in contested]
    arrived = [each.at for each in played.timeline if each.what == "arrived"]

    assert [each.people for each in contested] == [90, 90, 90]
    assert since == arrived == [each.first_at for each in contested]


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "The record that is played ends on 16 March 2025. Later events are not played"),
        ("es", "El registro que se reproduce termina el 16 de marzo de 2025. Lo posterior no se reproduce"),
    ],
)
def test_every_page_says_that_the_record_ends_with_the_day_and_nothing_later_is_played(
    language: str, said: str, filled: Replayed
) -> None:
    anybody = Client()
    anybody.cookies["django_language"] = language
    pages = [text_of(anybody, each) for each in ("/", "/replay/", "/figures/", "/ask/")]
    pages += [text_of(browser("auditor", language), each) for each in ("/cases/", "/agreements/us-sv-2025/money/")]

    assert [page for page in pages if said not in page] == []
    with override_settings(HABEAS_REPLAY={}):
        assert said not in text_of(anybody, "/")


def test_the_court_sees_on_the_page_of_its_order_where_each_of_those_in_the_air_is(filled: Replayed) -> None:
    court, stranger = browser("court"), Client()
    (in_the_air,) = (each.people for each in filled.seen if each.sight.event == "in_the_air_at_order")
    order = read.orders(LAST)[0]
    page = text_of(court, f"/orders/{order.id}/")

    assert in_the_air == len(order.cases) == 21
    assert "Against the order" in page
    assert "It covers nobody whose case you may open." not in page
    assert stranger.get(f"/orders/{order.id}/").status_code == 302


def test_what_bars_a_move_is_on_the_page_of_the_case_for_those_who_may_see_facts(filled: Replayed) -> None:
    (case,) = (
        each.id
        for each in read.cases(MONITOR)
        if any(fact.body.name == "protection_orders_against" for fact in each.all(FactRecorded))
    )

    assert "a rule bars it (cat.protection_order)" in text_of(browser("monitor"), f"/cases/{case}/")
    assert "a rule bars it" not in text_of(browser("booking-officer"), f"/cases/{case}/")


def test_no_page_of_the_replay_names_anybody(filled: Replayed) -> None:
    names = {*STORY.invented.given_names, *STORY.invented.family_names}
    shown = text_of(browser("monitor"), "/cases/")
    assert any(each in shown for each in names), "they are there to be seen"

    assert [each for each in names if each in text_of(Client(), "/replay/")] == []


def test_there_is_no_such_page_without_a_replay_nor_outside_the_demonstration(filled: Replayed) -> None:
    assert Client().get("/replay/").status_code == 200
    with override_settings(HABEAS_REPLAY={}):
        assert Client().get("/replay/").status_code == 404
    with override_settings(HABEAS_DEMO=False):
        assert Client().get("/replay/").status_code == 404


def test_the_nine_who_were_refused_are_shown_to_be_back_and_of_the_others_nobody_is_asked(
    cases: tuple[Case, ...], context: Context
) -> None:
    """Worked case 8: 261 and 9 left, 261 were taken in, 9 went back the same night; nobody is missing."""
    results: Counter[Result] = Counter()
    for case in cases:
        asked_of = screening_of(case, context, "return", LAST)
        results[next(each.result for each in asked_of.answers if each.id == "icpped.refused_goes_back")] += 1
    assert results == {Result.STANDARD_MET: 9, Result.NOT_APPLICABLE: 261}
