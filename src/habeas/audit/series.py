"""Head counts over time as a reader can take them in: averages by month, or days where the data are of few."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from habeas.audit.charts import Line
from habeas.core.ledger.person_days import Days

DAYS_MOST = 62
"""Days up to which each is shown by itself."""
Steps = Sequence[Sequence[Any]]
"""Each day (as text) from which another number of people was there, at least and at most."""


def lines(steps: Mapping[str, Steps], bands: int = 0) -> tuple[Sequence[str], list[Line]]:
    """What the periods are called, and by name the average of each: from the first day of all to the last on which
    every one is still counted. So many of the first have a band."""
    days = [(each[0][0], each[-1][0]) for each in steps.values() if each]
    if not days:
        return (), []
    first, last = date.fromisoformat(min(first for first, _ in days)), date.fromisoformat(min(last for _, last in days))
    parts = _parts(first, last)
    by_month = (last - first).days > DAYS_MOST
    names = [each.from_on.isoformat()[: 7 if by_month else 10] for each in parts]
    drawn = enumerate(steps.items())
    return names, [Line(name, _averages(each, parts), has_band=at < bands) for at, (name, each) in drawn]


def _parts(first: date, last: date) -> list[Days]:
    """Days, or calendar months as far as they lie between."""
    length = (last - first).days
    if length <= DAYS_MOST:
        begins = [first + timedelta(days=each) for each in range(length)]
    else:
        months = ((year, month) for year in range(first.year, last.year + 1) for month in range(1, 13))
        begins = [first, *(each for each in (date(*month, 1) for month in months) if first < each < last)]
    return [Days(from_on=one, until_on=after) for one, after in zip(begins, [*begins[1:], last], strict=True)]


def _averages(steps: Steps, parts: Sequence[Days]) -> list[tuple[date, float, float]]:
    found = []
    changes = [*((date.fromisoformat(day), least, most) for day, least, most in steps), (date.max, 0, 0)]
    at, now = 0, (0, 0)
    for part in parts:
        day, sums = part.from_on, [0, 0]
        while day < part.until_on:
            while changes[at][0] <= day:
                now, at = changes[at][1:], at + 1
            until = min(part.until_on, changes[at][0])
            sums = [each + (until - day).days * people for each, people in zip(sums, now, strict=True)]
            day = until
        length = (part.until_on - part.from_on).days
        found.append((part.from_on, sums[0] / length, sums[1] / length))
    return found
