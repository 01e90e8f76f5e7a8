"""The choices that change a number: each has a name and a default, and is printed with the numbers that it changes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from habeas.audit.tables import Shape


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """`duplicates`: exact copies of a row of one person count `one` or `all`. `open_stints`: each figure twice, without
    those that have no end and with them until the last day in the data (`bounds`). `instant`: who counts as there on a
    day. `zone`: of which moments are, where a file doesn't say."""

    duplicates: str = "one"
    open_stints: str = "bounds"
    instant: str = "midnight"
    zone: str = ""


FIXED = {
    Shape.STINTS: ("duplicates", "alike", "open_stints", "length"),
    Shape.COUNTS: ("running_total", "same_day", "rows_of_one"),
    Shape.FACILITIES: ("no_number",),
}
"""By shape, what is told: `audit.choice_ID` says how it is read here, `audit.choice_ID_changes` what hangs on it."""


def told(shapes: Sequence[Shape]) -> Iterator[str]:
    """The choices that matter for these shapes."""
    for shape in shapes:
        yield from FIXED.get(shape, ())
