"""The databases as Django knows them, but for one thing: what a column can't hold, and was made to, is read as
something that it can. So one row that somebody wrote stops nothing else, and `habeas check` names it
(`store.columns`)."""

from contextlib import suppress
from datetime import MAXYEAR, UTC, datetime

LONG_AGO = datetime(2, 1, 1, tzinfo=UTC)
"""What a moment is read as that is none, or that lies at an end of the calendar: some time after that begins, because
zones and sums lie before and after it."""


def moment(value: object) -> datetime:
    """What was read as a moment: SQLite gives text."""
    with suppress(TypeError, ValueError, OverflowError):
        read = value if isinstance(value, datetime) else datetime.fromisoformat(value)  # type: ignore[arg-type]
        if LONG_AGO.year <= read.year < MAXYEAR:
            return read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC)
    return LONG_AGO
