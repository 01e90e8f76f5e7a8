"""Public figures of one agreement: what anybody may count in the record, and nothing that names a person.

Totals (held, deaths, findings, late duties) are never suppressed. The one breakdown, by facility, is given at the ends
of months as the record knew them then, with small cells hidden (docs/explanation/public-figures.md).
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from enum import StrEnum
from typing import TypeAlias

from habeas.core.case import fold
from habeas.core.custody import on_roll, stints
from habeas.core.days import Span, day_of, day_span
from habeas.core.duties import Clock
from habeas.core.entries import Entry
from habeas.core.entries.institutions import FacilityCertified
from habeas.core.findings import Finding
from habeas.core.messages import Message
from habeas.core.terms import Agreement, floor, gaps

FEWEST = 5
"""A cell of a breakdown below this is not told. DESIGN §5."""
STALE_DAYS = 2
"""The roll is entered daily: a feed that has been silent for so long is called stale."""

STANDARDS = (("cpt", Decimal(4)), ("icrc", Decimal("3.4")), ("mursic", Decimal(3)))
"""Living space for each person in a shared cell, in square metres, without the sanitary annexe: CPT/Inf(2015)44; ICRC;
ECtHR, Muršić 2016 (general knowledge). The first two are standards, not treaties."""

AGES = (("day", 1), ("week", 7), ("month", 30), ("quarter", 90), ("longer", 3_650_000))
"""Bands of age: each with the days that it lasts to."""


CAPACITY = {
    **{"facility": "name", "normal": "certified_normal_accommodation", "working": "working_capacity"},
    **{"maximum": "maximum_capacity", "living_space_m2": "living_space_m2", "valid_from": "valid_from_on"},
}
"""What is told of a certificate, by column."""


class Hidden(StrEnum):
    """Why a cell of a breakdown holds no number: it is small, or it would give a small one away."""

    FEW = "fewer_than_5"
    NOT_SHOWN = "not_shown"


Cell: TypeAlias = "int | Decimal | str | date | Message | Hidden | None"


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One table with a stable name. Its own words in it are messages, a text is a name."""

    id: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthEnd:
    """The rolls at the end of a month's last day, as known then: `held` has every facility certified by then, `moves`
    counts the stretches on a roll that began or ended in the month."""

    on: date
    held: Mapping[str, int]
    moves: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What the figures of one agreement are counted from. `held` are stretches on a roll; `unconfirmed` are ends by
    the holder's word; `certificates` are in register order; days are those of `zone`; `seen` says of each
    feed, and of which facility it is, when it last brought something (None: never)."""

    agreement: Agreement
    at: datetime
    zone: str
    began_on: date
    held: Sequence[Span]
    died: Sequence[datetime]
    unconfirmed: Sequence[datetime]
    certificates: Sequence[FacilityCertified]
    month_ends: Sequence[MonthEnd]
    tally: "Tally"
    seen: Sequence[tuple[Message, str | None, datetime | None]]
    more: Sequence[Series] = ()  # what other parts count (`core.public_counts`)
    more_first: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """All public figures of one agreement at a moment: the few that stand first, and every table."""

    agreement: Agreement
    at: datetime
    zone: str
    first: Mapping[str, Cell]
    series: Mapping[str, Series]


@dataclass(slots=True)
class Tally:
    """What can be counted only by folding cases: duties that are late, by duty, and findings, by rule."""

    late: Counter[str] = field(default_factory=Counter)
    findings: Counter[str] = field(default_factory=Counter)

    def add(self, duties: Iterable[Clock], found: Iterable[Finding], at: datetime) -> None:
        """Count the clocks that run, and the findings, of one case or of the monitor's work."""
        self.late.update(each.duty.code.removeprefix("clock.") for each in duties if each.is_late(at))
        self.findings.update(each.rule for each in found)


def figures(record: Record) -> Figures:
    """Everything that is public about an agreement that the register runs."""
    by_day = held_by_day(record)
    area = area_by_day(by_day, record.certificates)
    facilities = by_facility(record.month_ends, record.certificates)
    all_series = (
        Series(id="held_by_day", columns=("date", "held"), rows=by_day),
        facilities,
        capacity(record.certificates),
        Series(id="area_by_day", columns=("date", "area_m2"), rows=area),
        below_standard(by_day, area),
        deaths(record),
        by_age("holders_word", record.unconfirmed, record.at),
        counted("late_duties", "duty", "late", dict(record.tally.late.most_common())),
        counted("findings", "rule", "findings", dict(record.tally.findings.most_common())),
        *record.more,
        floor_answers(record.agreement),
        Series(id="gaps", columns=("question",), rows=tuple((each.message,) for each in gaps(record.agreement))),
        freshness(record, facilities),
    )
    first: dict[str, Cell] = {
        "held": by_day[-1][1],
        "occupancy": _occupancy(by_day[-1][1], record.certificates, by_day[-1][0]),
        "area": area[-1][1],
        "deaths": len(record.died),
        "holders_word": len(record.unconfirmed),
        "untitled_days": record.tally.findings["untitled_day"],
        "late_duties": record.tally.late.total(),
        "findings": record.tally.findings.total(),
        **record.more_first,
        "gaps": len(gaps(record.agreement)),
    }
    series = {each.id: each for each in all_series}
    return Figures(agreement=record.agreement, at=record.at, zone=record.zone, first=first, series=series)


# --- held, and where ---------------------------------------------------------------------------------------


def held_by_day(record: Record) -> tuple[tuple[date, int], ...]:
    """How many stood on the rolls at the end of each day since the agreement began here, and now for the last day."""
    changes: Counter[date] = Counter()
    for each in record.held:
        changes[day_of(each.from_at, record.zone)] += 1
        if each.until_at is not None:
            changes[day_of(each.until_at, record.zone)] -= 1
    today = day_of(record.at, record.zone)
    count, found = 0, []
    for day in _days(min([record.began_on, *changes]), today):
        count += changes[day]
        found.append((day, count))
    return tuple(found)


def month_ends_over(first: date, last: date) -> Iterator[date]:
    """The last day of each month that is over on the day `last`, from the month of `first`."""
    return (day for day in _days(first, last - timedelta(days=1)) if (day + timedelta(days=1)).day == 1)


def at_month_end(entries: Sequence[Entry], on: date, zone: str) -> tuple[str | None, int]:
    """Of one case, as known at the end of a month's last day: the roll on which the person stood, and how often a
    stretch on a roll began or ended in that month."""
    ends = day_span(on, zone).until_at
    assert ends is not None
    if entries[0].recorded_at >= ends:
        return None, 0
    case = fold(entries, ends - timedelta(microseconds=1))
    month = Span(from_at=day_span(on.replace(day=1), zone).from_at, until_at=ends)
    moments = [at for each in stints(case) for at in (each.from_at, each.until_at) if at is not None]
    return on_roll(case, ends - timedelta(microseconds=1)), sum(month.holds(at) for at in moments)


def protect(held: Mapping[str, int], order: Sequence[str]) -> dict[str, int | Hidden]:
    """The cells of a breakdown of which the total is public, so that no small one can be worked out.

    Below `FEWEST` for each cell on average nothing is broken down: a rule on public numbers, which tells nothing.
    Otherwise small cells (0 too) are hidden, and with them others in an `order` that does not depend on the counts,
    until what is hidden together leaves each of them at least four values. A single cell is the total.
    """
    if len(held) < 2:
        return dict(held)
    if sum(held.values()) < FEWEST * len(held):
        return dict.fromkeys(held, Hidden.NOT_SHOWN)
    shown: dict[str, int | Hidden] = {code: Hidden.FEW if count < FEWEST else count for code, count in held.items()}
    few = [code for code in held if shown[code] is Hidden.FEW]
    room, covered = sum(held[code] for code in few), not few
    for code in order:
        if code not in few and not (covered and (not few or room >= FEWEST - 1)):
            shown[code], room, covered = Hidden.NOT_SHOWN, room + held[code] - FEWEST, True
    return shown


def by_facility(month_ends: Sequence[MonthEnd], certificates: Sequence[FacilityCertified]) -> Series:
    """The rolls of the facilities at ends of months, the cells protected. A month end is left out while fewer than five
    people have come, gone or moved since the last one given, so that no two tables differ by a person."""
    rows: list[tuple[Cell, ...]] = []
    moves = 0
    for each in month_ends:
        moves += each.moves
        known = certified_on(certificates, each.on)
        if len(each.held) > 1 and moves < FEWEST:
            continue
        moves = 0
        normal = {code: known[code].certified_normal_accommodation if code in known else 0 for code in each.held}
        order = sorted(each.held, key=lambda code: (normal[code], code))
        for code, count in protect(each.held, order).items():
            area = _area(known[code].living_space_m2, count) if code in known and isinstance(count, int) else None
            rows.append((each.on, known[code].name if code in known else code, count, normal[code], area))
    return Series(id="held_by_facility", columns=("date", "facility", "held", "normal", "area_m2"), rows=tuple(rows))


# --- places and space --------------------------------------------------------------------------------------


def certified_on(certificates: Sequence[FacilityCertified], day: date) -> dict[str, FacilityCertified]:
    """The certificate of each facility that holds on a day, by its code."""
    return {each.facility: each for each in certificates if each.valid_from_on <= day}


def capacity(certificates: Sequence[FacilityCertified]) -> Series:
    """What each facility is certified for: three figures and the living space."""
    latest = {each.facility: each for each in certificates}
    fields = CAPACITY.values()
    rows = tuple(tuple(getattr(each, name) for name in fields) for _, each in sorted(latest.items()))
    return Series(id="capacity", columns=tuple(CAPACITY), rows=rows)


def area_by_day(
    by_day: Sequence[tuple[date, int]], certificates: Sequence[FacilityCertified]
) -> tuple[tuple[date, Decimal | None], ...]:
    """Certified living space of all facilities divided by everybody on the rolls, day by day; None when nobody is held
    or nothing is certified."""
    return tuple((day, _area(_living_space(certificates, day), held)) for day, held in by_day)


def below_standard(by_day: Sequence[tuple[date, int]], area: Sequence[tuple[date, Decimal | None]]) -> Series:
    """For each standard: the days on which the average lay below it, and the person-days of those days."""
    rows = []
    for code, least in STANDARDS:
        below = [held for (_, held), (_, each) in zip(by_day, area, strict=True) if each is not None and each < least]
        rows.append((word("standard", code), least, len(below), sum(below)))
    return Series(id="below_standard", columns=("standard", "area_m2", "days", "person_days"), rows=tuple(rows))


def _living_space(certificates: Sequence[FacilityCertified], day: date) -> Decimal:
    return sum((each.living_space_m2 for each in certified_on(certificates, day).values()), Decimal(0))


def _area(space: Decimal, held: int) -> Decimal | None:
    return (space / held).quantize(Decimal("0.01"), rounding=ROUND_DOWN) if held and space else None


def _occupancy(held: int, certificates: Sequence[FacilityCertified], day: date) -> int | None:
    """People on the rolls as a whole percentage of the certified normal accommodation."""
    places = sum(each.certified_normal_accommodation for each in certified_on(certificates, day).values())
    return held * 100 // places if places else None


# --- ends, duties, feeds -----------------------------------------------------------------------------------


def deaths(record: Record) -> Series:
    """Deaths in each year, the years without one too."""
    years = Counter(day_of(each, record.zone).year for each in record.died)
    last = day_of(record.at, record.zone).year
    rows = tuple((str(year), years[year]) for year in range(min([record.began_on.year, *years]), last + 1))
    return Series(id="deaths", columns=("year", "deaths"), rows=rows)


def by_age(id: str, since: Iterable[datetime], at: datetime) -> Series:
    """How many things have waited how long, in the bands of `AGES`."""
    found = Counter(next(code for code, days in AGES if at - each < timedelta(days=days)) for each in since)
    return counted(id, "age", "count", {code: found[code] for code, _ in AGES})


def counted(id: str, what: str, number: str, counts: Mapping[str, int]) -> Series:
    """Counts by a code, in their order. Of what was asked, done or left undone, not of people: never suppressed."""
    return Series(id=id, columns=(what, number), rows=tuple((word(what, code), n) for code, n in counts.items()))


def floor_answers(agreement: Agreement) -> Series:
    """Each question of the floor with its answer: given, only assumed, or left open."""
    answers = {(True, False): "given", (True, True): "assumed", (False, False): "open"}
    rows = tuple((each.message, word("answer", answers[each.answered, each.assumed])) for each in floor(agreement))
    return Series(id="floor", columns=("question", "answer"), rows=rows)


def freshness(record: Record, facilities: Series) -> Series:
    """When each feed last brought something, by day, its age in whole days, and whether that is stale. That a roll goes
    on tells that somebody is on it: it is left out for a facility whose count was not told last."""
    rows: list[tuple[Cell, ...]] = []
    told = {name for on, name, held, *_ in facilities.rows if on == facilities.rows[-1][0] and isinstance(held, int)}
    is_single = len({each.facility for each in record.certificates}) == 1
    for feed, facility, seen in record.seen:
        if not (facility is None or is_single or facility in told):
            rows.append((feed, facility, Hidden.NOT_SHOWN, Hidden.NOT_SHOWN, word("state", "withheld")))
            continue
        age = (record.at - seen).days if seen else None
        state = "never" if age is None else "stale" if age >= STALE_DAYS else "fresh"
        rows.append((feed, facility, day_of(seen, record.zone) if seen else None, age, word("state", state)))
    return Series(id="freshness", columns=("feed", "facility", "last", "age_days", "state"), rows=tuple(rows))


def _days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=each) for each in range((last - first).days + 1))


def word(family: str, code: str) -> Message:
    return Message(f"figure.{family}.{code}")
