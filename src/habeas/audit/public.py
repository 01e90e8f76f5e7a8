"""What may be published of an audit: totals and what is wrong always, people never, breakdowns with small cells hidden.

A breakdown is protected within itself (`core.figures.protect`) and against earlier publications: no two of them may lie
so close together that the difference is about somebody. By place is told what stretches come to, each column by the
people that it is about, and how many were there at ends of months, as in the public figures. Who came and left by place
and month, and the person-days, are told in sum alone: of them small cells follow from month ends and whole places.
"""

import re
from bisect import bisect_right
from calendar import monthrange
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby
from math import inf
from operator import itemgetter
from typing import Any

from habeas.audit.tables import Shape
from habeas.core.figures import FEWEST, Hidden, MonthEnd, by_facility, protect

OF_PEOPLE = frozenset((Shape.STINTS, Shape.ROSTERS, Shape.BILLS))
"""Shapes of which one row is about one person: place and dates of it single somebody out, with or without a name."""
BREAKDOWN, COUNTED, MONTH_ENDS = "by_facility", "stints", "month_ends"
ENDED = "days_ended"
COLUMNS = (COUNTED, "open", ENDED, "stints_if_joined", "days_least", "days_most")
WITHHELD = frozenset(("peak_at_midnight", "head_counts", "by_cause"))
"""Figures of one facility on single days, and what findings say again: they are in no publication."""
BY_RULE = ("met", "not_met", "not_shown")
PEOPLE, IN_PLACES = "people", "people_in_places"
"""How many people the stretches of a place are of, and what that is in sum: whoever was in two places counts twice."""
LENGTHS = frozenset(
    (ENDED, "days_at_most", "mean_stated_days", "median_stated_days", "mean_days_ended", "median_days_ended")
)
"""What with the number of stretches that ended comes to days of these."""
UNBOUNDED = 1 << 62
"""Days of which nobody can say how many people they are about."""
IN_SUM = {"person_days": ("definition", "month"), "flows": ("month",)}
"""Figures by facility and month that are told of all facilities together alone, by these columns."""
_LIKE_A_DAY = re.compile(r"\d{1,4}([-/.])\d{1,2}\1\d{1,4}([ T]\d\d?:[\d:.]+)?")

Figures = Mapping[str, Any]
Rows = Sequence[Mapping[str, Any]]
Cells = Mapping[str, Any]


def masked(value: str, is_public: bool) -> str:
    """Of a value that could not be read, a day as it stands, and of anything else the form: where columns are shifted
    it may be a name."""
    is_day = _LIKE_A_DAY.fullmatch(value) and not is_public
    return value if is_day else re.sub(r"\d", "0", re.sub(r"[^\W\d_]", "x", value))


def is_figures(told: object) -> bool:
    """Whether this is what `protected` can be given as an earlier publication."""
    if not isinstance(told, dict) or not all(isinstance(each, dict) for each in told.values()):
        return False
    for each in told.values():
        rows, ends = each.get(BREAKDOWN, ()), each.get(MONTH_ENDS, ())
        wanted = [(row, {"facility", COUNTED}) for row in rows] + [(row, {"on", "facility", "people"}) for row in ends]
        if not all(isinstance(row, dict) and names <= row.keys() for row, names in wanted):
            return False
        is_hidden = each.get(ENDED) in [*Hidden]
        totals = [each.get(name, 0) for name in (*COLUMNS, IN_PLACES) if name != ENDED or not is_hidden] + [
            row["people"] for row in ends if row["facility"] is None
        ]
        if not all(isinstance(total, int | None) for total in totals):
            return False
    return True


def is_published(told: Mapping[str, Figures]) -> bool:
    """Whether figures are those of a publication: any other audit has numbers that none has."""
    return all(WITHHELD.isdisjoint(each) for each in told.values())


def protected(figures: Figures, previous: Sequence[Figures], people: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The figures as they may be published after these. `people` are those behind the figures of each shape; where that
    is not known each stretch is somebody."""
    known = people or {}
    return {
        shape: _protected(told, [each.get(shape, {}) for each in previous], known.get(shape, {}))
        for shape, told in figures.items()
    }


def _protected(told: Figures, previous: Sequence[Figures], people: Figures) -> Figures:
    if behind := people.get(BREAKDOWN, {}):
        rows = [{**row, PEOPLE: behind[row["facility"]][COUNTED]} for row in told[BREAKDOWN]]
        told = {**told, IN_PLACES: sum(each[PEOPLE] for each in rows), BREAKDOWN: rows}
    shown = {name: value for name, value in told.items() if name not in WITHHELD}
    shown |= {name: _summed(told[name], by) for name, by in IN_SUM.items() if name in told}
    if BREAKDOWN in told:
        shown[BREAKDOWN] = _by_facility(told, previous, behind)
    if "flows" in told:
        shown[MONTH_ENDS] = [*_at_month_ends(told, previous, people.get("moved"))]
    if "by_rule" in told:
        shown["by_rule"] = [*_by_rule(told["by_rule"], [each.get("by_rule") for each in previous], people)]
    if "ended" in people:
        few = {name for name, of in (("ended", "ended"), ("least", "all"), ("most", "all")) if people[of] < FEWEST}
        if why := Hidden.FEW if few else Hidden.NOT_SHOWN if any(_ended_near(told, e) for e in previous) else None:
            shown |= _without_ended(shown, why.value)
        shown["stays"] = {
            name: {each: Hidden.FEW.value if each in few else days for each, days in of.items()}
            if isinstance(of, dict)
            else of
            for name, of in told["stays"].items()
        }
    return shown


def _ended_near(told: Figures, before: Figures) -> bool:
    """Whether the days of few that ended since, or were corrected, would follow from those told before."""
    if not all(isinstance(before.get(name), int) for name in (ENDED, COUNTED, "open")):
        return False
    apart: int = (told[COUNTED] - told["open"]) - (before[COUNTED] - before["open"])
    return abs(apart) < FEWEST and (apart != 0 or bool(told[ENDED] != before[ENDED]))


def _without_ended(shown: Figures, why: str) -> Figures:
    """The days of those that ended hidden, in whatever they could be summed up; who was held at most is told."""
    counted = shown["head_counts_in_sum"].items()
    rows = [{**row, ENDED: row[ENDED] if isinstance(row[ENDED], str) else why} for row in shown[BREAKDOWN]]
    return {
        **dict.fromkeys(shown.keys() & LENGTHS, why),
        BREAKDOWN: rows,
        "head_counts_in_sum": {
            name: [[next(of)[0], why, most] for most, of in groupby(steps, itemgetter(2))] for name, steps in counted
        },
        "person_days": [{**each, "least": why} for each in shown["person_days"]],
    }


def _by_rule(rows: Rows, previous: Sequence[Rows | None], people: Mapping[str, int]) -> Iterator[Figures]:
    """Each rule, where no number of it is of few `people`, or another than was published."""
    for row in rows:
        why = Hidden.FEW if people.get(row["rule"], 0) < FEWEST else Hidden.NOT_SHOWN
        is_told = why is not Hidden.FEW and all(row in each for each in previous if each is not None)
        yield row if is_told else {**row, **dict.fromkeys(BY_RULE, why.value)}


def _summed(rows: Rows, by: Sequence[str]) -> list[dict[str, Any]]:
    sums: dict[tuple[str, ...], dict[str, Any]] = {}
    for row in rows:
        numbers = {name: value for name, value in row.items() if name not in (*by, "facility")}
        found = sums.setdefault(tuple(row[each] for each in by), dict.fromkeys(numbers, 0))
        found |= {name: found[name] + value for name, value in numbers.items()}
    return [{**dict(zip(by, key, strict=True)), **numbers} for key, numbers in sorted(sums.items())]


# --- by place ----------------------------------------------------------------------------------------


def _by_facility(
    told: Figures, previous: Sequence[Figures], behind: Mapping[str, Mapping[str, int]]
) -> list[Mapping[str, Any]]:
    """Each column is hidden where few people are behind it: of open stretches there may be few, and days are about
    those that ended. What hides the number of people, or of stretches, hides the row."""
    rows, now = told[BREAKDOWN], {each: _column(told, each) for each in COLUMNS}
    people = {each: now[COUNTED] for each in COLUMNS if each == COUNTED or now[each]}
    if now[COUNTED].keys() == now["open"].keys():
        people["open"] = now["open"]
        people[ENDED] = {name: count - now["open"][name] for name, count in now[COUNTED].items()}
    if behind:
        people = {name: {place: each.get(name, each[COUNTED]) for place, each in behind.items()} for name in people}
    hidden = dict[str, dict[str, Hidden]]()
    for name, of in people.items():
        earlier = [(_column(each, name), each.get(name) or 0) for each in previous]
        counts, few = now[name], FEWEST if of == now[name] else UNBOUNDED
        if name == COUNTED and behind:
            earlier = [(_column(each, PEOPLE), each.get(IN_PLACES) or 0) for each in previous]
            counts, few = of, FEWEST
        hidden[name] = _hidden(counts, protect(of, sorted(of)), earlier, few)
    whole = hidden.pop(COUNTED)
    if behind and any(_is_of_the_same(told, each) for each in previous):
        whole = dict.fromkeys(behind, Hidden.NOT_SHOWN)
    return [_row(row, whole, hidden) for row in rows]


def _is_of_the_same(told: Figures, before: Figures) -> bool:
    """Whether a place has another number of stretches and not of people, as far as was told: one person may be all of
    the difference."""
    stretches, people = (_column(before, each) for each in (COUNTED, PEOPLE))
    now, who = (_column(told, each) for each in (COUNTED, PEOPLE))
    changed = {place for place, count in stretches.items() if isinstance(count, int) and count != now.get(place, 0)}
    return any(people.get(place) in (None, who.get(place, 0)) for place in changed)


def _column(told: Figures, name: str) -> dict[str, Any]:
    return {row["facility"]: row[name] or 0 for row in told.get(BREAKDOWN, ()) if name in row}


def _row(row: Mapping[str, Any], whole: Mapping[str, Hidden], columns: Mapping[str, Mapping[str, Hidden]]) -> Figures:
    at = row["facility"]
    if at in whole:
        return {**dict.fromkeys(row, whole[at].value), "facility": at}
    return {**row, **{name: each[at].value for name, each in columns.items() if at in each}}


def _hidden(
    counts: Mapping[str, int], cells: Cells, earlier: Sequence[tuple[Cells, int]], few: int = FEWEST
) -> dict[str, Hidden]:
    """Which cells of a breakdown may not be shown after earlier ones of the same, each with its total: no difference is
    smaller than `few`, and nothing is hidden alone that was shown, which with the method would tell why."""
    hidden = {each: why for each, why in cells.items() if isinstance(why, Hidden)}
    own = {*hidden}
    for before, total in earlier:
        shown = {name: count for name, count in before.items() if isinstance(count, int)}
        covered = before.keys() - shown.keys()
        if not shown:
            continue
        hidden |= dict.fromkeys(covered & counts.keys() - hidden.keys(), Hidden.NOT_SHOWN)
        apart = {each: counts.get(each, 0) - count for each, count in shown.items()}
        covered_apart = sum(counts.values()) - total - sum(apart.values())
        if own - covered or any(0 < abs(each) < few for each in (*apart.values(), covered_apart)):
            return dict.fromkeys(counts, Hidden.NOT_SHOWN)
    return hidden


# --- by place at ends of months ----------------------------------------------------------------------


def _at_month_ends(
    told: Figures, previous: Sequence[Figures], moved: Mapping[str, set[str]] | None
) -> Iterator[dict[str, Any]]:
    """The people in all places at each end of a month, and in each where that may be told: open stretches go on. Up to
    the last end that was published no other is told by place than those that were. A place that is small in the whole,
    or hidden with one, is shown at none: with the whole it would tell how small."""
    people = {row["facility"]: row.get(PEOPLE, row[COUNTED]) for row in told[BREAKDOWN]}
    small = {name for name, cell in protect(people, sorted(people)).items() if isinstance(cell, Hidden)}
    ends = [*_month_ends(told, moved)]
    cells = {(on.isoformat(), name): cell for on, name, cell, *_ in by_facility(ends, ()).rows if isinstance(on, date)}
    before = [_tables(each) for each in previous]
    for end in ends:
        on = end.on.isoformat()
        yield {"on": on, "facility": None, "people": sum(end.held.values())}
        is_between = any(on not in each and on <= max(each, default="") for each in before)
        if is_between or any((on, name) not in cells for name in end.held):
            continue
        tables = [each[on] for each in before if on in each]
        hidden = _hidden(end.held, {name: cells[on, name] for name in end.held}, tables)
        shown = end.held.keys() - hidden.keys()
        for name, count in end.held.items() if shown and shown.isdisjoint(small) else ():
            yield {"on": on, "facility": name, "people": hidden[name].value if name in hidden else count}


def _tables(told: Figures) -> dict[str, tuple[Cells, int]]:
    """By end of a month what was published by place, and the total."""
    tables: dict[str, dict[Any, Any]] = {}
    for row in told.get(MONTH_ENDS, ()):
        tables.setdefault(row["on"], {})[row["facility"]] = row["people"]
    return {
        on: ({name: each[name] for name in each if name}, each.get(None, 0))
        for on, each in tables.items()
        if len(each) > 1
    }


def _month_ends(told: Figures, moved: Mapping[str, set[str]] | None) -> Iterator[MonthEnd]:
    """Each end of a month in which somebody came or left, by the first definition, before the last day in the data, and
    on it where none is open: whether those are there at its end nobody knows. Where it is known who `moved`, somebody
    counts once until there are enough others."""
    so_far = set[str]()
    steps: Mapping[str, Any] = next(iter(told["head_counts"].values()), {})
    moves: dict[str, int] = {}
    for row in told["flows"]:
        moves[row["month"]] = moves.get(row["month"], 0) + row["booked_in"] + row["booked_out"]
    for month, number_moved in sorted(moves.items()):
        year, number = map(int, month.split("-"))
        who = moved.get(month, set()) - so_far if moved is not None else so_far
        number_moved = number_moved if moved is None else min(number_moved, len(who))
        so_far = set() if len(so_far | who) >= FEWEST else so_far | who
        on = date(year, number, monthrange(year, number)[1])
        if on.isoformat() < told["last_day"] or (on.isoformat() == told["last_day"] and not told["open"]):
            there = {name: bisect_right(each, [on.isoformat(), inf]) for name, each in steps.items()}
            held = {name: steps[name][at - 1][2] for name, at in there.items() if at}
            yield MonthEnd(on=on, held=held, moves=number_moved)
