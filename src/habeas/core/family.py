"""Family words: which of them are in force in a case, by their numbers on the person's sheet."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from habeas.core.case import Case
from habeas.core.entries import Actor, Body
from habeas.core.entries.family import FamilyWordsEnded, FamilyWordsGiven, Which
from habeas.core.messages import Message

NUMBERS: Mapping[Which, tuple[int, ...]] = MappingProxyType(
    {Which.FIRST: (1,), Which.SECOND: (2,), Which.THIRD: (3,), Which.ALL: (1, 2, 3)}
)


def words_in_force(case: Case) -> dict[int, str]:
    """The digest of each word that opens the case, by its number. New words take the lowest numbers that are free."""
    held: dict[int, str] = {}
    for entry in case.entries:
        match entry.body:
            case FamilyWordsGiven(digests=digests):
                held |= zip(free_numbers(held), digests, strict=False)
            case FamilyWordsEnded(which=which):
                held = {number: digest for number, digest in held.items() if number not in NUMBERS[which]}
    return held


def free_numbers(held: Mapping[int, str]) -> tuple[int, ...]:
    """The numbers that new words will have, in order; none when three are in force."""
    return tuple(number for number in NUMBERS[Which.ALL] if number not in held)


def against_giving(body: Body, actor: Actor, case: Case) -> Iterator[Message]:
    """At most three family words open a case at a time, and at least one is given."""
    assert isinstance(body, FamilyWordsGiven)
    if not 1 <= body.how_many <= len(free_numbers(words_in_force(case))):
        yield Message("policy.family_words", {})
