"""Family words: shown once on the sheet, opened by whoever brings one, and of no use once ended."""

from __future__ import annotations

import logging
import re
from html import unescape
from statistics import median
from time import perf_counter

import pytest
from django.http import HttpResponse
from django.test import Client

from habeas.core.entries.family import FamilyWordsGiven
from habeas.register.receipt import parse_receipt
from habeas.store import asking, family, projections, streams
from habeas.store.models import FamilyWordRow, LogRow
from tests.store.example import Register, admitted
from tests.web.conftest import People
from tests.web.test_acts import CASE, now

GIVE, END, WORD = f"{CASE}do/give_family_words/", f"{CASE}do/end_family_words/", "/ask/word/"


@pytest.fixture
def anna(register: Register) -> Register:
    """Anna Fiktiv is held, and Bea Example too."""
    for name, given in (("anna", "Anna"), ("bea", "Bea")):
        register.propose(name, given, "Fiktiv")
        register.hold(name)
    health = admitted(health="An invented illness", commitment_reasons="An invented ground")
    register.record("case-anna", health, person="person-anna")
    return register


def give(client: Client, how_many: int = 3) -> HttpResponse:
    form = {**now(client, GIVE), "occasion": "admission", "how_many": str(how_many), "step": "record"}
    return client.post(GIVE, form)


def words(client: Client, how_many: int = 3) -> list[str]:
    """The words as they stand on the sheet."""
    response = give(client, how_many)
    assert response.status_code == 200
    return re.findall(r"<li value=\"\d\"><strong>([^<]+)</strong>", response.content.decode())


def end(client: Client, which: str) -> HttpResponse:
    return client.post(END, {**now(client, END), "which": which, "step": "record"})


def opens(word: str) -> bool:
    """Whether somebody who brings this word gets an answer."""
    response = bring(word)
    assert response.status_code == 200
    return b"Where the person is" in response.content


def bring(word: str) -> HttpResponse:
    return Client().post(WORD, {"word": word})


def test_three_words_are_shown_once_and_each_opens_the_answer(anna: Register, people: People) -> None:
    found = words(people.bob)

    assert len(set(found)) == 3
    for each in found:
        page = unescape(bring(each).content.decode())
        assert "Tartu Prison, Swedish unit" in page
        assert "An invented illness" in page
        assert "An invented ground" not in page
        assert "Fiktiv" not in page
    assert opens(found[0].upper().replace(" ", "-"))


def test_the_receipt_of_the_admission_holds_what_the_article_lists_and_no_name(anna: Register, people: People) -> None:
    page = bring(words(people.bob)[0]).content.decode()
    token = re.findall(r'name="token" value="([^"]+)"', page)[0]
    response = Client().post("/ask/word/receipt/", {"token": token})
    disclosed = {each.path: each.value for each in parse_receipt(response.content).disclosure.disclosed}

    assert response["Content-Disposition"] == 'attachment; filename="receipt.json"'
    assert disclosed["body.health"] == "An invented illness"
    assert {"body.commitment_reasons", "body.family", "subject", "actor.account"} & disclosed.keys() == set()
    assert b"Fiktiv" not in response.content
    assert b"Nothing opens" in Client().post("/ask/word/receipt/", {"token": token + "x"}).content


def test_the_answer_is_in_spanish_for_who_reads_spanish(anna: Register, people: People) -> None:
    reader = Client(headers={"accept-language": "es"})
    page = reader.post(WORD, {"word": words(people.bob)[0]}).content.decode()

    assert "Lo que consta de la persona" in page
    assert "Dónde está la persona" in page


def test_no_officer_sees_a_word_its_digest_or_who_gave_it_ever_again(anna: Register, people: People) -> None:
    word = words(people.bob, 1)[0]
    given = next(each for each in streams.entries("case-anna") if isinstance(each.body, FamilyWordsGiven))
    digest = given.body.digests[0]
    address = f"{CASE}entries/{given.id}/"

    assert digest in people.monitor.get(address).content.decode()
    for client in (people.alice, people.bob):
        assert client.get(address).status_code == 404
        assert client.get(f"/receipts/{given.id}/").status_code == 404
        for page in (CASE, f"{CASE}sheet/"):
            text = client.get(page).content.decode()
            assert word not in text
            assert digest not in text
            assert "Family words given" not in text


def test_no_word_is_kept_anywhere(anna: Register, people: People, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        found = words(people.bob)
        bring(found[0])

    kept = str([(row.sealed, row.leaf) for row in LogRow.objects.all()]) + str(list(FamilyWordRow.objects.values()))
    said = str([each.body for each in streams.entries("case-anna")]) + caplog.text
    for each in found:
        assert each not in kept + said


def test_to_open_a_word_leaves_no_entry_and_no_row(anna: Register, people: People) -> None:
    word = words(people.bob)[0]
    before = LogRow.objects.count()
    client = Client()

    assert client.post(WORD, {"word": word}).status_code == 200
    assert LogRow.objects.count() == before
    assert not client.cookies


def test_a_form_sent_twice_gives_no_other_words_and_shows_none(anna: Register, people: People) -> None:
    form = {**now(people.bob, GIVE), "occasion": "admission", "how_many": "1", "step": "record"}
    assert 'class="words"' in people.bob.post(GIVE, form).content.decode()
    again = unescape(people.bob.post(GIVE, form).content.decode())

    assert 'class="words"' not in again
    assert "can’t be shown again" in again
    assert FamilyWordRow.objects.count() == 1


def test_at_most_three_are_in_force_and_an_ended_one_makes_room(anna: Register, people: People) -> None:
    first, second = words(people.bob, 2)

    assert give(people.monitor, 2).status_code == 422
    assert give(people.bob, 0).status_code == 422
    assert end(people.bob, "first").status_code == 302
    assert not opens(first)
    assert opens(second)
    page = give(people.monitor, 2).content.decode()
    assert re.findall(r'<li value="(\d)">', page) == ["1", "3"]
    assert end(people.bob, "all").status_code == 302
    assert FamilyWordRow.objects.count() == 0


def test_ended_unknown_and_odd_words_get_the_same_page(anna: Register, people: People) -> None:
    ended = words(people.bob)[0]
    assert opens(ended)
    end(people.bob, "all")
    pages = {bring(each).content for each in (ended, "river stone apple moon", "x", "палка лес", "!")}

    assert len(pages) == 1


def test_a_word_opens_its_own_case_and_no_other(anna: Register, people: People) -> None:
    of_anna = words(people.bob)[0]
    at = f"{CASE}do/".replace("anna", "bea")
    form = {**now(people.bob, f"{at}give_family_words/"), "occasion": "later", "how_many": "1", "step": "record"}
    page = people.bob.post(f"{at}give_family_words/", form).content.decode()
    of_bea = re.findall(r"<strong>([a-z ]+)</strong></li>", page)[0]

    assert "An invented illness" in bring(of_anna).content.decode()
    assert "An invented illness" not in bring(of_bea).content.decode()
    assert opens(of_bea)


def test_a_wrong_word_costs_the_work_of_an_ended_one(anna: Register, people: People) -> None:
    ended = words(people.bob)[0]
    end(people.bob, "all")
    took: dict[str, list[float]] = {ended: [], "wrong": []}
    for _ in range(25):
        for word, times in took.items():
            begun = perf_counter()
            bring(word)
            times.append(perf_counter() - begun)

    assert median(took["wrong"]) == pytest.approx(median(took[ended]), rel=0.25)


def test_words_brought_too_often_are_turned_away(
    anna: Register, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "PER_HOUR", {asking.WORDS: 0.5})

    assert not opens("wrong")
    response = bring("wrong")
    assert response.status_code == 429
    assert int(response["Retry-After"]) > 0


def test_the_rows_of_words_are_rebuilt_from_the_register(anna: Register, people: People) -> None:
    word = words(people.bob)[0]
    FamilyWordRow.objects.all().delete()
    assert not opens(word)
    assert {each.table for each in projections.rebuild().differences} == {"FamilyWordRow"}

    assert opens(word)


def test_who_may_not_give_words_cannot(anna: Register, people: People) -> None:
    assert people.bob.get(GIVE).status_code == 200
    assert people.auditor.get(GIVE).status_code == 403
    assert people.charlie.get(GIVE).status_code == 404


@pytest.mark.parametrize(("language", "least"), [("en", 1800), ("es", 1750)])
def test_words_come_from_a_long_list_of_the_language_without_doubles(language: str, least: int) -> None:
    listed = family.word_list(language)

    assert len(set(listed)) == len(listed) >= least
    assert len({family.plain(each) for each in listed}) == len(listed)
    assert family.word_list("xx") == family.word_list("en")
    drawn = family.new_words(3, language)
    assert all(len(each.split()) == family.PARTS and set(each.split()) <= set(listed) for each in drawn)
