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

_WHO = "coalesce('p' || person, source || ':' || line)"
_ROWS = f"""(SELECT {_WHO} AS who, facility, from_at, until_at,
            coalesce(facility = elsewhere AND (unended OR from_at <= ended), FALSE) AS goes_on,
            CASE WHEN unended THEN until_at ELSE least(until_at, ended) END AS stays_at FROM stint_chains
        UNION ALL SELECT {_WHO}, facility, from_at, until_at, FALSE, NULL FROM stint_rows
        WHERE person IS NULL AND NOT is_copy AND (until_at IS NULL OR until_at > from_at))"""
_STAYS = """(SELECT min(from_at) AS from_at, max(until_at) AS until_at, bool_or(until_at IS NULL) AS is_open
        FROM (SELECT whose, from_at, until_at, sum(CASE WHEN coalesce(stay = stay_before, {goes_on}, FALSE)
                THEN 0 ELSE 1 END) OVER (PARTITION BY whose ORDER BY from_at, source, line
                ROWS UNBOUNDED PRECEDING) AS number
            FROM stint_chains)
        GROUP BY whose, number
        UNION ALL SELECT from_at, until_at, until_at IS NULL FROM stint_rows
        WHERE person IS NULL AND NOT is_copy AND (until_at IS NULL OR until_at > from_at))"""
_MOVED = f"""(SELECT who, facility, from_at AS moved_at, 1 AS came, 0 AS gone FROM {_ROWS} WHERE NOT goes_on
            UNION ALL SELECT who, facility, until_at, 0, 1 FROM {_ROWS} WHERE until_at IS NOT NULL
            UNION ALL SELECT who, facility, stays_at, 0, -1 FROM {_ROWS} WHERE goes_on AND stays_at IS NOT NULL)"""
PARTS = {"median": 50, "p90": 90}
"""Of a hundred stays, how many are no longer than the length of this name."""


def flows(engine: Engine) -> list[dict[str, Any]]:
    """By facility and month (as `2025-03`), how many came and how many left."""
    rows = engine.execute(
        f"""SELECT facility, CAST(date_trunc('month', moved_at) AS DATE) AS month,
            CAST(sum(came) AS BIGINT) AS booked_in, CAST(sum(gone) AS BIGINT) AS booked_out
        FROM {_MOVED} GROUP BY facility, month ORDER BY facility, month"""
    ).fetchall()
    names = ("facility", "month", "booked_in", "booked_out")
    return [{**dict(zip(names, each, strict=True)), "month": each[1].isoformat()[:7]} for each in rows]


def people(engine: Engine, few: int) -> dict[str, Any]:
    """How many people are behind the figures of stretches: by facility in each column, in all and of those that have
    ended; and by month who came or left, `few` of them at most. A row without a person is one of its own."""
    columns = ("", " FILTER (until_at IS NULL)", " FILTER (until_at >= from_at)")
    counted = ", ".join(f"count(DISTINCT {_WHO}){each}" for each in columns)
    rows = engine.execute(f"SELECT facility, {counted} FROM stint_rows WHERE NOT is_copy GROUP BY facility").fetchall()
    whole = engine.execute(f"SELECT {counted} FROM stint_rows WHERE NOT is_copy").fetchall()
    moved = engine.execute(
        f"""SELECT month, who FROM (SELECT month, who, row_number() OVER (PARTITION BY month ORDER BY who) AS number
            FROM (SELECT DISTINCT month, who FROM (SELECT who, facility, sum(came) AS came, sum(gone) AS gone,
                    CAST(date_trunc('month', moved_at) AS DATE) AS month FROM {_MOVED} GROUP BY who, facility, month)
                WHERE came <> 0 OR gone <> 0))
        WHERE number <= {few:d} ORDER BY month, who"""
    ).fetchall()
    by_month: dict[str, set[str]] = {}
    for month, who in moved:
        by_month.setdefault(month.isoformat()[:7], set()).add(who)
    names = ("stints", "open", "days_ended")
    by_facility = {facility: dict(zip(names, each, strict=True)) for facility, *each in rows}
    return {"by_facility": by_facility, "all": whole[0][0], "ended": whole[0][2], "moved": by_month}


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
