"""The databases as Django knows them, but for one thing: what a column can't hold, and was made to, is read as
something that it can. So one row that somebody wrote stops nothing else, and `habeas check` names it
(`store.columns`)."""

from datetime import UTC, datetime

LONG_AGO = datetime(2, 1, 1, tzinfo=UTC)
"""What a moment is read as that is none: some time after the calendar begins, because zones and sums lie before it."""
