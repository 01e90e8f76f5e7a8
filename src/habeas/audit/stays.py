"""Who came and who left, and how long they stayed.

Stretches of one person in one place that touch are one: only where it begins somebody came, and only where it ends
somebody left. A stay is what the data call so, or else an unbroken stretch in whatever places, in which some hours on
the way from one to another are no break; rows without a person are each a stay.
"""

from collections.abc import Sequence
from typing import Any

from habeas.audit.choices import DEFAULT, Choices
from habeas.audit.engine import Engine
from habeas.audit.tables import LAST_DAY

_ROWS = """(SELECT facility, from_at, until_at,
            coalesce(facility = elsewhere AND (unended OR from_at <= ended), FALSE) AS goes_on,
            CASE WHEN unended THEN until_at ELSE least(until_at, ended) END AS stays_at FROM stint_chains
        UNION ALL SELECT facility, from_at, until_at, FALSE, NULL FROM stint_rows
        WHERE person IS NULL AND NOT is_copy AND (until_at IS NULL OR until_at > from_at))"""
_STAYS = """(SELECT min(from_at) AS from_at, max(until_at) AS until_at, bool_or(until_at IS NULL) AS is_open
        FROM (SELECT person, from_at, until_at, sum(CASE WHEN coalesce(stay = stay_before, {goes_on}, FALSE)
                THEN 0 ELSE 1 END) OVER (PARTITION BY person ORDER BY from_at, source, line
                ROWS UNBOUNDED PRECEDING) AS number
            FROM stint_chains)
        GROUP BY person, number
        UNION ALL SELECT from_at, until_at, until_at IS NULL FROM stint_rows
        WHERE person IS NULL AND NOT is_copy AND (until_at IS NULL OR until_at > from_at))"""
PARTS = {"median": 50, "p90": 90}
"""Of a hundred stays, how many are no longer than the length of this name."""


def flows(engine: Engine) -> list[dict[str, Any]]:
    """By facility and month (as `2025-03`), how many came and how many left."""
    rows = engine.execute(
        f"""SELECT facility, CAST(date_trunc('month', moved_at) AS DATE) AS month,
            CAST(sum(came) AS BIGINT) AS booked_in, CAST(sum(gone) AS BIGINT) AS booked_out
        FROM (SELECT facility, from_at AS moved_at, 1 AS came, 0 AS gone FROM {_ROWS} WHERE NOT goes_on
            UNION ALL SELECT facility, until_at, 0, 1 FROM {_ROWS} WHERE until_at IS NOT NULL
            UNION ALL SELECT facility, stays_at, 0, -1 FROM {_ROWS} WHERE goes_on AND stays_at IS NOT NULL)
        GROUP BY facility, month ORDER BY facility, month"""
    ).fetchall()
    names = ("facility", "month", "booked_in", "booked_out")
    return [{**dict(zip(names, each, strict=True)), "month": each[1].isoformat()[:7]} for each in rows]


def lengths(engine: Engine, choices: Choices = DEFAULT) -> dict[str, Any]:
    """How many stays there are, and their lengths: of those that have ended, and as bounds of all: at least with each
    open one until the last day in the data, at most with each of them unending (None: no limit). What was chosen of
    open ones holds for all three."""
    rows = engine.execute(
        f"""SELECT is_open, days, count(*) FROM (SELECT is_open, CASE WHEN is_open THEN {choices.days_open}
                ELSE {choices.days()} END AS days FROM {_STAYS.format(goes_on=choices.goes_on)} CROSS JOIN {LAST_DAY})
        GROUP BY is_open, days ORDER BY days"""
    ).fetchall()
    every, ended = [each[1:] for each in rows], [(days, count) for is_open, days, count in rows if not is_open]
    still = sum(count for is_open, _, count in rows if is_open)
    bounds = {"bounds": (ended, every, [*ended, (None, still)]), "still-there": (every,) * 3, "set-aside": (ended,) * 3}
    counted = dict(zip(("ended", "least", "most"), bounds[choices.open_stints], strict=True))
    told = {name: {bound: _length(counts, part) for bound, counts in counted.items()} for name, part in PARTS.items()}
    return {"stays": sum(count for _, count in every), "open": still, **told}


def _length(counts: Sequence[tuple[int | None, int]], part: int) -> int | None:
    """The shortest of these lengths, in their order, that so many in a hundred do not exceed."""
    wanted, so_far = -(-part * sum(count for _, count in counts) // 100), 0
    for days, count in counts:
        so_far += count
        if so_far >= wanted:
            return days
    return None
