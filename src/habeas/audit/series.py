"""Head counts over time as a reader can take them in: averages by month, or days where the data are of few."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from habeas.audit.charts import Line

DAYS_MOST = 62
"""Days up to which each is shown by itself."""
Steps = Sequence[Sequence[Any]]
"""Each day (as text) from which another number of people was there, at least (or why that is hidden) and at most."""


def lines(steps: Mapping[str, Steps], bands: int = 0) -> tuple[Sequence[str], list[Line]]:
    """What the periods are called, and by name the average of each: from the first day of all to the last on which
    every one is still counted. So many of the first have a band."""
    spans = [(each[0][0], each[-1][0]) for each in steps.values() if each]
    if not spans:
        return (), []
    first, last = (
        date.fromisoformat(min(first for first, _ in spans)),
        date.fromisoformat(min(last for _, last in spans)),
    )
    periods: dict[str, list[str]] = {}
    for day in ((first + timedelta(days=number)).isoformat() for number in range((last - first).days)):
        periods.setdefault(day if (last - first).days <= DAYS_MOST else day[:7], []).append(day)
    drawn = enumerate(steps.items())
    return [*periods], [Line(name, _averages(each, periods.values()), at < bands) for at, (name, each) in drawn]


def _averages(steps: Steps, periods: Iterable[Sequence[str]]) -> list[tuple[date, float, float]]:
    found, changes = [], {day: (most if isinstance(least, str) else least, most) for day, least, most in steps}
    now: Sequence[int] = (0, 0)
    for days in periods:
        held = [now := changes.get(day, now) for day in days]
        least, most = (sum(of) / len(days) for of in zip(*held, strict=True))
        found.append((date.fromisoformat(days[0]), least, most))
    return found
