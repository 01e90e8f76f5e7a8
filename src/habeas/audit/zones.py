"""The clock of a place: what it showed at a moment, and the hours that it shows twice or never, where it is set back or
forward."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

from habeas.core.rules.sql import value_sql

DAY = timedelta(days=1)

_OFFSET = r":\d\d(?:\.\d+)?\s*(Z|UTC|GMT|[+-]\d\d(?::?\d\d)?)$"


def is_zone(name: str) -> bool:
    """Whether this is the name of a zone, such as America/Chicago."""
    return name == "UTC" or ("/" in name and name in available_timezones())


def on_clock(wall: str, text: str, zone: str) -> str:
    """The SQL of what the clock of a zone showed at a moment: `wall` is what its text shows. A text that names no
    offset from UTC is of that clock already."""
    named = f"regexp_extract({text}, {value_sql(_OFFSET)}, 1)"
    minutes = f"TRY_CAST({named}[2:3] AS INTEGER) * 60 + coalesce(TRY_CAST(right({named}, -3)[-2:] AS INTEGER), 0)"
    signed = f"CASE {named}[1] WHEN '+' THEN {minutes} WHEN '-' THEN -({minutes}) ELSE 0 END"
    return f"CASE WHEN {named} = '' THEN {wall} ELSE {of_utc(f'({wall} - to_minutes({signed}))', zone)} END"


def of_utc(moment: str, zone: str) -> str:
    """The SQL of what the clock of a zone showed at a moment in UTC."""
    return f"timezone({value_sql(zone)}, timezone('UTC', {moment}))"


def changes(zone: str, first: datetime, last: datetime) -> Iterator[tuple[datetime, datetime, bool]]:
    """Each time from the first moment to the last at which the clock is set back or forward: from which hour until
    before which it is that it shows twice, or never."""
    clock = ZoneInfo(zone)

    def shown(moment: datetime) -> datetime:
        return moment.astimezone(clock).replace(tzinfo=None)

    day = datetime.combine(first, time(), UTC) - DAY
    end = last.replace(tzinfo=UTC) + DAY
    while day < end:
        low, high = 0, 86_400
        if shown(day + DAY) - shown(day) != DAY:
            while high - low > 1:
                middle = (low + high) // 2
                after = timedelta(seconds=middle)
                low, high = (low, middle) if shown(day + after) - shown(day) != after else (middle, high)
            before, after_it = shown(day) + timedelta(seconds=high), shown(day + timedelta(seconds=high))
            yield min(before, after_it), max(before, after_it), after_it < before
        day += DAY
