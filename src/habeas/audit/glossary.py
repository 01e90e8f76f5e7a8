"""The words of a report that not everybody knows, and what each means."""

import re
from collections.abc import Iterator

from habeas.speech import word

TERMS = (
    "row stretch stay average person_days person_nights hang year table minimum title safeguard midnight"
    " any_part first_not_last nights redacted open pseudonym median hash layout files"
).split()
"""`audit.term_NAME` is what a term is called and, behind a bar, the pattern by which it is known in a text;
`audit.term_NAME_means` is one sentence."""


def meanings(text: str, language: str) -> Iterator[tuple[str, str]]:
    """The terms that stand in this text, each with its meaning."""
    for name in TERMS:
        term, _, forms = word(f"audit.term_{name}", language).partition("|")
        if re.search(rf"(?<!\w)(?:{re.escape(term)}|{forms})(?!\w)", text, re.IGNORECASE):
            yield term, word(f"audit.term_{name}_means", language)
