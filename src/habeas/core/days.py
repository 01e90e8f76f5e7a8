"""Spans and days. Spans are half-open, [start, end); a day is a local date of a named time zone."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from holidays import HolidayBase


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """[from_at, until_at); an open span has no end."""

    from_at: datetime
    until_at: datetime | None = None

    def holds(self, at: datetime) -> bool:
        return self.from_at <= at and (self.until_at is None or at < self.until_at)

    def meets(self, other: "Span") -> bool:
        """Whether some part is common to both."""
        start = max(self.from_at, other.from_at)
        return (self.until_at is None or start < self.until_at) and (other.until_at is None or start < other.until_at)

    def clipped(self, other: "Span") -> "Span | None":
        """The part common to both, or None when there is none."""
        start, one, end = max(self.from_at, other.from_at), self.until_at, other.until_at
        end = one if end is None or (one is not None and one < end) else end
        return None if end is not None and end <= start else Span(from_at=start, until_at=end)


def day_of(at: datetime, zone: str) -> date:
    """The local date of a moment in a time zone."""
    return at.astimezone(ZoneInfo(zone)).date()


@lru_cache(maxsize=4096)
def day_span(day: date, zone: str) -> Span:
    """A local day as a span of instants; it has 23 or 25 hours when the clocks change."""
    local = ZoneInfo(zone)
    start = datetime.combine(day, time(), tzinfo=local).astimezone(UTC)
    end = datetime.combine(day + timedelta(days=1), time(), tzinfo=local).astimezone(UTC)
    return Span(from_at=start, until_at=end)


def days_later(at: datetime, days: int, zone: str, *, country: str = "") -> datetime:
    """When the clock on the wall shows the same time so many local days later, or so many working days of a country.
    Where that time comes twice, or is skipped, the earlier moment."""
    local = at.astimezone(ZoneInfo(zone))
    day = local.date()
    for _ in range(days):
        day += timedelta(days=1)
        while country and not working_days_of(country).is_working_day(day):
            day += timedelta(days=1)
    wall = datetime.combine(day, local.time(), tzinfo=local.tzinfo)
    return min(wall.replace(fold=fold).astimezone(UTC) for fold in (0, 1))


@lru_cache
def working_days_of(country: str) -> "HolidayBase":
    """The calendar of the library `holidays`. Where it has none only Saturday and Sunday are free, so that what is owed
    is due the sooner."""
    import holidays  # late: it takes a quarter of a second, and few rules count working days

    try:
        return holidays.country_holidays(country)
    except NotImplementedError:
        return holidays.HolidayBase()


def read_to_its_end(at: datetime) -> datetime:
    """A moment that was typed to the minute or the second is read as the end of it: what the record took just before is
    not called missing."""
    if at.microsecond:
        return at
    return at + timedelta(seconds=0 if at.second else 59, microseconds=999_999)


def days_touched(span: Span, zone: str, until_at: datetime) -> Iterator[date]:
    """Every local day that the span touches before `until_at`."""
    end = until_at if span.until_at is None else min(span.until_at, until_at)
    if end <= span.from_at:
        return
    day, last = day_of(span.from_at, zone), day_of(end - timedelta(microseconds=1), zone)
    while day <= last:
        yield day
        day += timedelta(days=1)


def by_age(ages: Iterable[timedelta], bounds: tuple[int, ...]) -> dict[str, int]:
    """How many lie in each band of whole days, such as "0-2" and "31+"; a band but the first begins at a bound."""
    bands = [*(f"{first}-{after - 1}" for first, after in pairwise((0, *bounds))), f"{bounds[-1]}+"]
    found = Counter(bands[bisect_right(bounds, each.days)] for each in ages)
    return {each: found[each] for each in bands}


def covers(spans: list[Span], wanted: Span) -> bool:
    """Whether the union of `spans` holds every instant of `wanted`, which must have an end."""
    if wanted.until_at is None:
        raise ValueError("only a closed span can be covered")
    reached = wanted.from_at
    for span in sorted(spans, key=lambda each: each.from_at):
        if span.from_at > reached:
            break
        if span.until_at is None:
            return True
        reached = max(reached, span.until_at)
    return reached >= wanted.until_at
