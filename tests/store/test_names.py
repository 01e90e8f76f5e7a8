"""Finding people by name, however it is typed, without a name on the disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from habeas.core.entries import custody as held
from habeas.store.names import NameIndex, plain
from tests.store.example import BOOKING, Register, admitted
from tests.store.test_secrecy import files_with

PEOPLE = {
    "cagri": ("Çağrı", "Øveraas-Ñúñez"),
    "nguyen": ("Thị Minh Khai", "Nguyễn"),
    "olga": ("Ольга", "Иванова"),
    "li": ("小龍", "李"),
    "amal": ("أَمَل", "الحسن"),
    "alice": ("Alice", "Example"),
}


@pytest.fixture
def people(register: Register) -> NameIndex:
    """Everybody of `PEOPLE` is proposed."""
    for name, (given, family) in PEOPLE.items():
        register.propose(name, given, family)
    return NameIndex()


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("cagri overaas nunez", "cagri"),
        ("Nuñez ÇAĞRI", "cagri"),
        ("overas-nunez", "cagri"),
        ("nguyen khai", "nguyen"),
        ("иванова", "olga"),
        ("李 小龍", "li"),
        ("امل الحسن", "amal"),
        ("exampel alice", "alice"),
        ("Ivanova Olga", "olga"),
        ("Αλίκη Example", "alice"),
    ],
)
def test_a_person_is_found_without_accents_in_any_order_and_script(people: NameIndex, typed: str, found: str) -> None:
    assert people.find(typed)[:1] == [f"case-{found}"]


@pytest.mark.parametrize("typed", ["", "   ", "-", "zzzz qqqq"])
def test_nothing_is_found_for_nothing(people: NameIndex, typed: str) -> None:
    assert people.find("alice") == ["case-alice"]
    assert people.find(typed) == []


def test_a_name_learnt_later_is_found_and_the_first_one_still_is(register: Register, people: NameIndex) -> None:
    assert people.find("Waldemar") == []
    register.record("case-alice", admitted(distinguishing_name="Waldemar"), by=BOOKING, person="person-alice")
    opening = register.opening("alice")
    corrected = held.Corrected(entry=opening.id, field_name="given_names", value='"Gwendolyn"', reasons="misheard")
    register.record("case-alice", corrected, by=BOOKING, person="person-alice")

    assert [people.find(name) for name in ("Waldemar", "Gwendolyn", "Alice")] == [["case-alice"]] * 3


def test_searching_leaves_no_name_on_the_disk(people: NameIndex, data: Path) -> None:
    people.find("Øveraas-Ñúñez")

    assert [files_with(data, name) for name in ("Øveraas", "overaas", "Иванова")] == [[], [], []]


def test_letters_are_compared_without_what_a_keyboard_may_lack() -> None:
    assert plain("  Łódź-ÆØÅ Straße O’Brien ") == "lodz aeoa strasse o brien"
