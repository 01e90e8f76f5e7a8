"""What may be published of an audit: totals and what is wrong always, people never, breakdowns with small cells hidden.

A breakdown is protected within itself (`core.figures.protect`) and against earlier publications: no two of them may lie
so close together that the difference is about somebody.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from habeas.audit.tables import Shape
from habeas.core.figures import FEWEST, Hidden, protect

OF_PEOPLE = frozenset((Shape.STINTS, Shape.ROSTERS, Shape.BILLS))
"""Shapes of which one row is about one person: place and dates of it single somebody out, with or without a name."""
BREAKDOWN, COUNTED = "by_facility", "stints"
WITHHELD = frozenset(("person_days", "peak_at_midnight", "head_counts", "head_counts_in_sum", "flows"))
"""Figures of one facility in a short time that nothing protects yet: they are in no publication."""

Figures = Mapping[str, Any]


def is_figures(told: object) -> bool:
    """Whether this is what `protected` can be given as an earlier publication."""
    if not isinstance(told, dict) or not all(isinstance(each, dict) for each in told.values()):
        return False
    rows = [row for each in told.values() for row in each.get(BREAKDOWN, ())]
    return all(isinstance(row, dict) and {"facility", COUNTED} <= row.keys() for row in rows)


def protected(figures: Figures, previous: Sequence[Figures]) -> dict[str, Any]:
    """The figures as they may be published after these."""
    shown = {shape: {name: told[name] for name in told if name not in WITHHELD} for shape, told in figures.items()}
    return {shape: _protected(told, [each.get(shape, {}) for each in previous]) for shape, told in shown.items()}


def _protected(told: Figures, previous: Sequence[Figures]) -> Figures:
    if BREAKDOWN not in told:
        return told
    counts = {row["facility"]: row[COUNTED] for row in told[BREAKDOWN]}
    hidden = {each: why for each, why in protect(counts, sorted(counts)).items() if isinstance(why, Hidden)}
    small = {each for each, why in hidden.items() if why is Hidden.FEW}
    for before in previous:
        shown = {row["facility"]: row[COUNTED] for row in before.get(BREAKDOWN, ()) if isinstance(row[COUNTED], int)}
        covered = {row["facility"] for row in before.get(BREAKDOWN, ())} - shown.keys()
        if not shown:
            continue
        hidden |= dict.fromkeys(covered & counts.keys() - hidden.keys(), Hidden.NOT_SHOWN)
        apart = {each: counts.get(each, 0) - count for each, count in shown.items()}
        covered_apart = sum(counts.values()) - before.get(COUNTED, 0) - sum(apart.values())
        if small - covered or any(0 < abs(each) < FEWEST for each in (*apart.values(), covered_apart)):
            hidden = dict.fromkeys(counts, Hidden.NOT_SHOWN)
            break
    rows = [_row(row, hidden.get(row["facility"])) for row in told[BREAKDOWN]]
    return {**told, BREAKDOWN: rows}


def _row(row: Mapping[str, Any], why: Hidden | None) -> Mapping[str, Any]:
    return row if why is None else {"facility": row["facility"], **dict.fromkeys(row.keys() - {"facility"}, why.value)}
