"""What `habeas terms show` must say of an agreement to a reader who knows nothing else: a table of questions and answers,
written by hand from the sources and not from the file of terms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from habeas.speech import said

Answer = tuple[str, str]
"""A phrase in English and in Spanish."""

SILENT: Answer = ("The text is silent.", "El texto guarda silencio.")
NO_ANSWER: Answer = ("This is no answer to the question.", "Esto no responde a la pregunta.")

SECTIONS: Mapping[str, str] = {
    "who": "terms.text.who",
    "where": "terms.text.where",
    "how_many": "terms.text.where",
    "how_much": "terms.text.fee",
    "until_when": "terms.text.until_when",
    "who_may_not": "terms.text.who_not",
    "who_returns_them": "terms.text.returning",
    "who_watches": "terms.text.watching",
}
"""Where each question is answered, by the heading of the section."""

HEADINGS = (
    *SECTIONS.values(),
    *(f"terms.text.{each}" for each in "worth lengths rest happened floor unsaid assumptions sources".split()),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """Phrases that must stand in the section of each question; `rest`: in the section of what else the text says;
    `happened`: in that of what happened, which is no term.

    `unsaid` are all the questions that must stay open, and no other: what no source says is a gap.
    """

    who: Sequence[Answer]
    where: Sequence[Answer]
    how_many: Sequence[Answer]
    how_much: Sequence[Answer]
    until_when: Sequence[Answer]
    who_may_not: Sequence[Answer]
    who_returns_them: Sequence[Answer]
    who_watches: Sequence[Answer]
    unsaid: str
    rest: Sequence[Answer] = ()
    happened: Sequence[Answer] = ()

    def answers(self, question: str) -> Sequence[Answer]:
        found: Sequence[Answer] = getattr(self, question)
        return found


def sections(text: str, lang: str) -> dict[str, str]:
    """The text under each heading, by the heading's code, on one line."""
    titles = {said(each, lang): each for each in HEADINGS}
    found: dict[str, list[str]] = {}
    under: list[str] = []
    for line in text.splitlines():
        if line in titles:
            under = found.setdefault(titles[line], [])
        else:
            under.append(line)
    return {code: " ".join(" ".join(lines).split()) for code, lines in found.items()}
