"""The words of a report that not everybody knows, what each means, and words for what has only an id."""

import re
from collections.abc import Iterator, Mapping
from functools import cache

from habeas import safeguards
from habeas.speech import word

TERMS = (
    "row stretch stay average person_days person_nights hang year table sound minimum title safeguard midnight"
    " any_part first_not_last nights redacted open pseudonym median hash layout files"
).split()
"""`audit.term_NAME` is what a term is called and, behind a bar, the pattern by which it is known in a text;
`audit.term_NAME_means` is one sentence."""

NAMED = {
    "cause": "title_bills.",
    "basis": "basis_",
    "convention": "convention_",
    "counted_by": "convention_",
    "rule": "",
}
"""Columns of figures that hold ids, each with how the code of their words begins."""


def meanings(text: str, language: str) -> Iterator[tuple[str, str]]:
    """The terms that stand in this text, each with its meaning."""
    for name in TERMS:
        term, _, forms = word(f"audit.term_{name}", language).partition("|")
        if re.search(rf"(?<!\w)(?:{re.escape(term)}|{forms})(?!\w)", text, re.IGNORECASE):
            yield term, word(f"audit.term_{name}_means", language)


def field(name: str, language: str) -> str:
    """What a column is read as, in words and as a map calls it."""
    last = name.rpartition(".")[2]
    return f"{word(f'audit.field_{last}', language)} ({name})"


def named(column: str, id: str, language: str) -> str:
    """A cell of a column of `NAMED` in words: a safeguard by its title."""
    return f"{_titles()[id][language]} ({id})" if column == "rule" else word(f"audit.{NAMED[column]}{id}", language)


@cache
def _titles() -> Mapping[str, Mapping[str, str]]:
    return {each.id: {"en": each.title.en, "es": each.title.es} for each in safeguards.read().safeguards}
