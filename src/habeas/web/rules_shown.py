"""What the rules answer about a case, with the reasons, as a page shows it; and the gist of an entry."""

from __future__ import annotations

from habeas.core.entries import Entry, FieldClass, Form, specs
from habeas.web.shown import Names, Sees, row

GIST_FIELDS = 3
GIST_CHARACTERS = 160
"""Enough to tell entries apart; the whole stands on the entry's own page."""


def gist(entry: Entry, names: Names, sees: Sees) -> str:
    """The first few short answers of an entry that may be seen, in one line; never a name or prose."""
    told = []
    for spec in specs(type(entry.body)):
        if spec.form is Form.PROSE or spec.field_class is FieldClass.IDENTITY or spec.computed:
            continue
        shown = row(entry, spec, names, sees)
        if shown.texts:
            told.append(f"{shown.label}: {', '.join(shown.texts)}")
        if len(told) == GIST_FIELDS:
            break
    line = "; ".join(told)
    return line if len(line) <= GIST_CHARACTERS else line[: GIST_CHARACTERS - 1] + "…"
