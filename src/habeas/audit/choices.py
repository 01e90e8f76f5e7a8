"""The choices that change a number: each has a name, and is printed with the numbers that it changes."""

from collections.abc import Iterator, Sequence

from habeas.audit.tables import Shape

FIXED = {
    Shape.STINTS: ("duplicates", "alike", "open_stints", "length"),
    Shape.COUNTS: ("running_total", "same_day", "rows_of_one"),
    Shape.FACILITIES: ("no_number",),
    Shape.ROSTERS: ("days_missing", "list_day"),
    Shape.BILLS: ("bill_convention", "bill_day", "bill_exchange"),
}
"""By shape, what is told: `audit.choice_ID` says how it is read here, `audit.choice_ID_changes` what hangs on it."""

AGREED = ("agreed_titles",)
"""What is told beside an agreement."""


def told(shapes: Sequence[Shape]) -> Iterator[str]:
    """The choices that matter for these shapes."""
    for shape in shapes:
        yield from FIXED.get(shape, ())
