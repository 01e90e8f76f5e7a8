"""Family words: made for a person to pass on, and opened by whoever brings one.

A word is four common words of the person's language, drawn at random from nearly two thousand: some 43 bits. Kept of
it is a slow hash (scrypt) salted with a key of the register, which lies outside the database: nobody can try words
against a copied table, and a wrong word costs the same work as a right one. To open a word leaves nothing behind.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache
from hashlib import scrypt
from pathlib import Path

from habeas.core.case import Case
from habeas.core.entries import Body, Unstated
from habeas.core.entries.family import FamilyWordsGiven
from habeas.core.family import free_numbers, words_in_force
from habeas.store import read
from habeas.store.asking import HASH_COST, WORDS, take_one
from habeas.store.keys import key_folder
from habeas.store.models import FamilyWordRow
from habeas.store.names import plain

KEY = "family-words"
PARTS = 4
LISTS = Path(__file__).parent / "words"
OTHERWISE = "en"


def drawn(bodies: tuple[Body, ...], case: Case | None) -> tuple[tuple[Body, ...], Mapping[int, str]]:
    """The bodies to record, with the digests of the words that they give; and the words themselves by their numbers
    on the sheet, to be shown once. They are kept nowhere."""
    given = next((each for each in bodies if isinstance(each, FamilyWordsGiven)), None)
    if given is None or case is None:
        return bodies, {}
    words = new_words(given.how_many, _language(case))
    filled = replace(given, digests=tuple(map(digest, words)))
    numbers = free_numbers(words_in_force(case))
    return tuple(filled if each is given else each for each in bodies), dict(zip(numbers, words, strict=False))


def open_word(word: str, at: datetime) -> Case | None:
    """The case that this word opens; None, after the same work, for any other text. Raises Throttled."""
    take_one(WORDS, at)
    row = FamilyWordRow.objects.filter(digest=digest(word)).first()
    return read.case(row.case) if row else None


def digest(word: str) -> str:
    """What is kept of a word. Capitals, accents and what stands between its parts make no difference."""
    keys = key_folder()
    keys.create(KEY)
    return scrypt(plain(word).replace(" ", "").encode(), salt=keys.secret(KEY), **HASH_COST).hex()


def new_words(count: int, language: str) -> tuple[str, ...]:
    """So many new words of a language, or English ones where there is no list of it."""
    listed = word_list(language)
    return tuple(" ".join(secrets.choice(listed) for _ in range(PARTS)) for _ in range(count))


@cache
def word_list(language: str) -> Sequence[str]:
    """The common words of a language, from its file."""
    path = LISTS / f"{language}.txt"
    lines = (path if path in LISTS.iterdir() else LISTS / f"{OTHERWISE}.txt").read_text("utf-8").splitlines()
    return tuple(each for each in lines if not each.startswith("#"))


def _language(case: Case) -> str:
    """The person's, without its region."""
    stated = case.opening.body.language
    return OTHERWISE if isinstance(stated, Unstated) else stated.partition("-")[0]
