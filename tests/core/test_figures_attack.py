"""An attack on the public figures: work out a hidden cell from everything that is published.

The attacker knows the method, every total and every table of every month, and tries every set of rolls that would have
led to the same publication. For each cell that is hidden at least four values must remain, or all that the total allows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from habeas.core.days import Span
from habeas.core.entries.institutions import FacilityCertified
from habeas.core.figures import FEWEST, Hidden, MonthEnd, Record, Tally, figures, month_ends_over, protect

from .world import AGREEMENT

BEGAN, LAST = date(2026, 9, 1), date(2027, 1, 2)
Rolls = tuple[int, ...]
Published = tuple[object, ...]
Method = Callable[[Mapping[str, int], Sequence[str]], Mapping[str, object]]

CODES = "abcd"
ORDER = "cabd"  # by certified places: public, and not the order of the counts


def published(method: Method, rolls: Rolls) -> Published:
    cells = dict(zip(CODES, rolls, strict=False))
    shown = method(cells, [each for each in ORDER if each in cells])
    return tuple(shown[code] for code in cells)


def all_rolls(total: int, facilities: int) -> Iterator[Rolls]:
    """Every way in which so many people can be in so many facilities."""
    if facilities == 1:
        yield (total,)
        return
    for first in range(total + 1):
        yield from ((first, *rest) for rest in all_rolls(total - first, facilities - 1))


@cache
def solutions(method: Method, total: int, facilities: int) -> Mapping[Published, Sequence[Rolls]]:
    """By what would be published of them: every set of rolls."""
    found: dict[Published, list[Rolls]] = defaultdict(list)
    for rolls in all_rolls(total, facilities):
        found[published(method, rolls)].append(rolls)
    return found


def values_left(method: Method, rolls: Rolls) -> list[int]:
    """For each hidden cell, how many values the attacker can't tell apart."""
    seen = published(method, rolls)
    left = solutions(method, sum(rolls), len(rolls))[seen]
    return [len({each[cell] for each in left}) for cell, shown in enumerate(seen) if isinstance(shown, Hidden)]


def only_small_ones(held: Mapping[str, int], order: Sequence[str]) -> Mapping[str, object]:
    """The method that everybody thinks of first, for comparison."""
    return {code: Hidden.FEW if count < FEWEST else count for code, count in held.items()}


tables = st.lists(st.integers(0, 14), min_size=2, max_size=3) | st.lists(st.integers(0, 7), min_size=4, max_size=4)


@given(cells=tables)
def test_no_hidden_cell_of_a_table_can_be_worked_out(cells: list[int]) -> None:
    least = min(4, sum(cells) + 1)

    assert all(left >= least for left in values_left(protect, tuple(cells)))


@pytest.mark.parametrize("cells", [(3, 20), (0, 9, 30), (4, 4, 12)])
def test_the_attack_solves_what_hides_only_the_small_cells(cells: Rolls) -> None:
    assert 1 in values_left(only_small_ones, cells)
    assert min(values_left(protect, cells)) >= 4


@pytest.mark.parametrize("facilities", [2, 3, 4])
def test_a_table_that_is_not_broken_down_tells_nothing_but_its_total(facilities: int) -> None:
    for total in range(FEWEST * facilities):
        everything = list(all_rolls(total, facilities))
        assert [list(each) for each in solutions(protect, total, facilities).values()] == [everything]


# --- over time ---------------------------------------------------------------------------------------------

DAYS = (LAST - BEGAN).days


@dataclass(frozen=True, slots=True, kw_only=True)
class Held(Span):
    """Somebody's stretch on a roll."""

    facility: str


@st.composite
def histories(draw: st.DrawFn) -> list[Held]:
    """People who come and go over four months in two or three facilities."""
    facilities = draw(st.integers(2, 3))
    found = []
    for _ in range(draw(st.integers(0, 40))):
        since = draw(st.integers(0, DAYS - 1))
        until = draw(st.none() | st.integers(since, DAYS - 1))
        code = CODES[draw(st.integers(0, facilities - 1))]
        found.append(Held(facility=code, from_at=noon(since), until_at=None if until is None else noon(until)))
    return found


def noon(day: int) -> datetime:
    return datetime(2026, 9, 1, 12, tzinfo=UTC) + timedelta(days=day)


def certificates(codes: str) -> list[FacilityCertified]:
    return [
        FacilityCertified(
            facility=code,
            name=code,
            state="EST",
            time_zone="UTC",
            agreement="se-ee-2025",
            certified_normal_accommodation=10 * (ORDER.index(code) + 1),
            working_capacity=90,
            maximum_capacity=90,
            living_space_m2=Decimal(100),
            certificate="invented",
            approved_by="invented",
            valid_from_on=date(2026, 8, 1),
        )
        for code in codes
    ]


def at_end(history: Sequence[Held], codes: str, on: date) -> MonthEnd:
    midnight = datetime(on.year, on.month, on.day, tzinfo=UTC) + timedelta(days=1)
    began = datetime(on.year, on.month, 1, tzinfo=UTC)
    cells = {code: sum(each.facility == code and each.holds(midnight) for each in history) for code in codes}
    moments = [at for each in history for at in (each.from_at, each.until_at) if at]
    return MonthEnd(on=on, held=cells, moves=sum(began <= at < midnight for at in moments))


@given(history=histories())
def test_nothing_published_over_months_gives_a_cell_away(history: list[Held]) -> None:
    codes = CODES[: max(2, len({each.facility for each in history}))]
    codes = CODES[:3] if any(each.facility == "c" for each in history) else codes
    ends = [at_end(history, codes, on) for on in month_ends_over(BEGAN, LAST)]
    found = figures(
        Record(
            agreement=AGREEMENT,
            at=datetime(2027, 1, 2, 12, tzinfo=UTC),
            zone="UTC",
            began_on=BEGAN,
            held=history,
            died=[],
            unconfirmed=[],
            certificates=certificates(codes),
            month_ends=ends,
            tally=Tally(),
            seen=[],
        )
    )
    totals = dict(found.series["held_by_day"].rows)
    tables = defaultdict[object, list[object]](list)
    for on, _, shown, _, area in found.series["held_by_facility"].rows:
        tables[on].append(shown)
        assert (area is None) == (isinstance(shown, Hidden) or shown == 0)

    for on, cells in tables.items():
        total = totals[on]
        assert isinstance(total, int)
        left = solutions(protect, total, len(codes))[tuple(cells)]
        for cell, shown in enumerate(cells):
            values = {each[cell] for each in left}
            assert len(values) >= min(4, total + 1) if isinstance(shown, Hidden) else values == {shown}
    given_on = sorted(tables, key=str)
    for before, after in pairwise(given_on):
        assert sum(each.moves for each in ends if before < each.on <= after) >= FEWEST  # type: ignore[operator]
