"""The public desk as the store keeps it: found again by reference and word, and by nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from habeas.core.entries.asking import AskerStated, EnquiryMade
from habeas.store import asking, streams
from habeas.store.asking import Throttled, collect, lodge
from habeas.store.models import AskedRow
from habeas.store.records import new_id
from tests.store.example import RECEIVING, SENDING, START, Register
from tests.store.test_secrecy import files_with

WORD = "río de invierno"


def enquire(register: Register, sought: str = "Anna Fiktiv", who: str = "Berta Inventada", word: str = WORD) -> str:
    """Lodge an enquiry; its reference."""
    made = EnquiryMade(sought=sought, asked_of=(SENDING, RECEIVING), due_at=register.now + timedelta(days=7))
    asker = AskerStated(about="", who=who, relation="an invented aunt")
    return lodge(streams.ENQUIRY + new_id(), (made,), asker, word=word, at=register.now)


def test_what_was_lodged_is_collected_by_its_reference_and_word(register: Register) -> None:
    found = collect(enquire(register), WORD, at=register.now)

    assert found is not None
    assert (found.asker.who, found.kinship_shown) == ("Berta Inventada", False)
    [made] = streams.entries(found.asker.about)
    assert isinstance(made.body, EnquiryMade)
    assert made.body.sought == "Anna Fiktiv"


def test_a_relative_who_types_it_otherwise_finds_it_all_the_same(register: Register) -> None:
    reference = enquire(register)
    typed = reference.lower().replace("-", " ").replace("8", "b").replace("5", "s").replace("2", "z").replace("6", "g")

    first = collect(typed, "  Rio De  Invierno ", at=register.now)
    again = collect(reference, WORD, at=register.now)
    assert first is not None
    assert again == replace(first, opened_before=(register.now,))


@pytest.mark.parametrize(("reference", "word"), [(None, "rio de verano"), ("2345-2345-2345-2345", WORD), ("", "")])
def test_a_wrong_word_and_an_unknown_reference_find_nothing(
    reference: str | None, word: str, register: Register
) -> None:
    known = enquire(register)

    assert collect(known, WORD, at=register.now) is not None
    assert collect(known if reference is None else reference, word, at=register.now) is None


def test_who_asks_stands_in_another_stream_under_another_key(register: Register, data: Path) -> None:
    found = collect(enquire(register), WORD, at=register.now)

    assert found is not None
    keys = {path.stem for path in (data / "keys" / "secret").iterdir()}
    assert {f"stream-{found.stream}", f"stream-{found.asker.about}"} <= keys
    [made] = streams.entries(found.asker.about)
    assert found.stream not in repr(made.body)


def test_the_database_holds_no_name_no_reference_and_no_word_in_clear(register: Register, data: Path) -> None:
    reference = enquire(register)

    assert files_with(data, "enquiry_made") != []
    for each in ("Fiktiv", "Berta", "Inventada", "invented aunt", reference, reference.replace("-", ""), WORD):
        assert files_with(data, each) == []


def test_references_are_random_and_of_one_length() -> None:
    drawn = {asking.new_reference() for _ in range(200)}

    assert len(drawn) == 200
    assert {len(each) for each in drawn} == {19}
    assert len(asking.ALPHABET) ** 16 > 2**60


def test_past_an_hours_measure_and_the_reserve_the_desk_takes_no_more_and_counts_it(
    register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "PER_HOUR_ELSE", 2)
    for _ in range(2 * asking.RESERVE_HOURS):
        enquire(register)
    with pytest.raises(Throttled) as throttled:
        enquire(register)

    assert timedelta(0) < throttled.value.wait <= timedelta(minutes=30)
    assert asking.turned_away() == 1
    assert AskedRow.objects.count() == 2 * asking.RESERVE_HOURS
    register.now = START + throttled.value.wait
    enquire(register)
    with pytest.raises(Throttled):
        enquire(register)
    assert asking.turned_away() == 2


def test_one_counter_that_is_flooded_stops_no_other(register: Register, monkeypatch: pytest.MonkeyPatch) -> None:
    reference = enquire(register)
    monkeypatch.setattr(asking, "PER_HOUR_ELSE", 0.001)
    with pytest.raises(Throttled):
        enquire(register)

    assert collect(reference, WORD, at=register.now) is not None
