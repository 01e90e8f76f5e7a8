"""Which agreement answers which question, and which passes the floor, as a table: for a terminal, and as data."""

from collections.abc import Mapping, Sequence
from textwrap import shorten

from habeas.core.comparison import Basis, Comparison, compare
from habeas.core.rules.certain import Doubt
from habeas.core.terms import QUESTIONS, Agreement, doubts_of
from habeas.documents.terms_text import check_text, terms_json
from habeas.documents.writing import Shown, as_data, fields, page, wrapped
from habeas.speech import said

SIGNS: Mapping[Basis, str] = dict(zip(Basis, "TOPa!?-.", strict=True))
LABEL = 50
"""The width of a question. Columns are of three: sixteen agreements stand side by side."""


def checks_text(agreements: Sequence[Agreement], unusable: Sequence[str], lang: str) -> str:
    """Each agreement for itself; several also side by side, with what could not be used and why."""
    checks = "\n".join(check_text(each, lang) for each in agreements)
    return checks if len(agreements) + len(unusable) < 2 else f"{checks}\n{_table(compare(agreements), unusable, lang)}"


_SHOWN: Shown = {
    Doubt: fields("code=message.code sentence=message file=place.file line=place.line column=place.column")
}


def checks_json(agreements: Sequence[Agreement], unusable: Sequence[str], lang: str) -> dict[str, object]:
    """The same as one document. In `comparison` every list is in the order of `agreements`."""
    found = compare(agreements)
    return {
        "habeas_terms_check": 1,
        "agreements": [
            {**terms_json(each, lang), "doubts": as_data(doubts_of(each), lang, _SHOWN)} for each in agreements
        ],
        "comparison": {
            "agreements": [each.id for each in agreements],
            "answered": found.answered,
            "asked": len(QUESTIONS),
            "can_be_run": [each.can_be_run for each in agreements],
            "questions": found.questions,
            "floor": found.floor,
        },
        "unusable": list(unusable),
    }


def _table(found: Comparison, unusable: Sequence[str], lang: str) -> str:
    heads = [(f"{number}. ", head) for number, head in enumerate(headings(found, lang), start=1)]
    numbers = " " * LABEL + "".join(f"{number:3}" for number in range(1, len(heads) + 1))
    return page(
        [
            [said("terms.compare.title", lang), *wrapped(heads)],
            [said("terms.text.floor", lang), numbers, *_rows("floor", found.floor, lang)],
            [said("terms.compare.questions", lang), numbers, *_rows("question", found.questions, lang)],
            wrapped(("", said(code, lang, signs=legend(lang, among))) for code, among in LEGEND.items()),
            [said("terms.compare.unusable", lang), *wrapped([("- ", each) for each in unusable])] if unusable else [],
        ]
    )


LEGEND = {"terms.compare.counts": "counts", "terms.compare.counts_not": "counts_for_nothing"}


def legend(lang: str, among: str) -> str:
    """What the signs mean: of those that count, or of those that count for nothing."""
    return "; ".join(f"{SIGNS[each]} {said(f'terms.basis.{each}', lang)}" for each in Basis if getattr(each, among))


def headings(found: Comparison, lang: str) -> list[str]:
    """Of each agreement its title, how many questions it answers, and whether it passes the floor."""
    lines = []
    for each, answered in zip(found.agreements, found.answered, strict=True):
        code, title = "terms.compare.runs" if each.can_be_run else "terms.compare.reads", each.title.said_in(lang)
        lines.append(said(code, lang, title=title, id=each.id, answered=answered, asked=len(QUESTIONS)))
    return lines


def _rows(family: str, bases: Mapping[str, Sequence[Basis]], lang: str) -> list[str]:
    return [
        f"{shorten(said(f'terms.{family}.{question}', lang), LABEL, placeholder=' …'):{LABEL}}"
        + "".join(f"  {SIGNS[each]}" for each in stand)
        for question, stand in bases.items()
    ]
