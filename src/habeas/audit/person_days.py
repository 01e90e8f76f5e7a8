"""Person-days in columns: what `core/ledger` counts day by day, as spans of days, for many rows at once.

Moments are the wall time of the facility. As in the ledger a date of one person counts once, a stay is an unbroken
stretch of stints, and a day belongs to the last stint that touches it; `headcounts` count who was in each place.
"""

from collections.abc import Iterable
from datetime import date

from habeas.audit.engine import Engine
from habeas.audit.headcounts import DEFINITIONS
from habeas.audit.tables import DAY_SOURCES, ENDS, LAST_DAY, LASTING
from habeas.core.ledger.conventions import Census, Convention
from habeas.core.ledger.person_days import Days
from habeas.core.rules.sql import value_sql

PREPARE = (
    f"""CREATE TABLE held AS
    WITH read AS (SELECT coalesce(person, source || ':' || line) AS person, facility, from_at,
            until_at IS NULL AS is_open, coalesce({ENDS}, {LASTING}) AS until_at, source, line, kind
        FROM stints JOIN {DAY_SOURCES} USING (source) CROSS JOIN {LAST_DAY})
    SELECT *, row_number() OVER (PARTITION BY person ORDER BY from_at, source, line) AS number
    FROM read WHERE until_at > from_at AND kind IS DISTINCT FROM 'refused'""",
)
"""What is counted, made once: `held` has every stint that lasts and is no refusal at the door. One without an end lasts
until the last day that the data know, and is marked as open."""

_LAST = {
    census: f"{DEFINITIONS[name].format('until_at')} - 1"
    for census, name in ((Census.ANY_PART, "any_part"), (Census.MIDNIGHT, "midnight"), (Census.NIGHT, "nights"))
}
"""The last day of an unbroken stretch that is looked at while somebody is there."""


def runs_sql(convention: Convention, *, with_open: bool = True) -> str:
    """The person-days as spans of days: person, facility, from_on, until_on, no two of one person on one day."""
    return f"""
    WITH there AS (SELECT *, max(until_at) OVER (PARTITION BY person ORDER BY number
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS ended
        FROM held {"" if with_open else "WHERE NOT is_open"}),
    numbered AS (SELECT *, sum(CASE WHEN ended >= from_at THEN 0 ELSE 1 END) OVER (PARTITION BY person ORDER BY number
            ROWS UNBOUNDED PRECEDING) AS stay FROM there),
    stays AS (SELECT person, min(from_at) AS from_at, max(until_at) AS until_at FROM numbered GROUP BY person, stay),
    touched AS (SELECT person, CAST(from_at AS DATE) AS first_on, {_LAST[Census.ANY_PART]} AS last_on,
            {_LAST[convention.census]} AS seen_on,
            lead(CAST(from_at AS DATE)) OVER (PARTITION BY person ORDER BY from_at) AS again_on FROM stays),
    counted AS (SELECT person, first_on + {int(not convention.first_day)} AS from_on,
            least(seen_on, last_on - {int(not convention.last_day)}, coalesce(again_on - 1, last_on)) + 1 AS until_on
        FROM touched),
    spans AS (SELECT person, facility, number, CAST(from_at AS DATE) AS from_on,
            {_LAST[Census.ANY_PART]} + 1 AS until_on FROM there),
    marks AS (SELECT person, from_on AS day FROM spans UNION SELECT person, until_on FROM spans),
    pieces AS (SELECT person, day AS from_on, lead(day) OVER (PARTITION BY person ORDER BY day) AS until_on FROM marks),
    placed AS (SELECT piece.person, piece.from_on, piece.until_on, arg_max(span.facility, span.number) AS facility
        FROM pieces piece JOIN spans span ON span.person = piece.person AND span.from_on <= piece.from_on
            AND piece.until_on <= span.until_on GROUP BY ALL)
    SELECT person, facility, greatest(placed.from_on, counted.from_on) AS from_on,
        least(placed.until_on, counted.until_on) AS until_on
    FROM placed JOIN counted USING (person)
    WHERE placed.from_on < counted.until_on AND counted.from_on < placed.until_on
        AND counted.from_on < counted.until_on"""


def count(
    engine: Engine, convention: Convention, parts: Iterable[Days], *, with_open: bool = True
) -> dict[date, dict[str, int]]:
    """By the first day of each part of a period, and by facility, how many person-days."""
    asked = ", ".join(f"({value_sql(each.from_on)}, {value_sql(each.until_on)})" for each in parts)
    rows = engine.execute(
        f"""SELECT part.from_on, facility, CAST(sum(least(run.until_on, part.until_on)
            - greatest(run.from_on, part.from_on)) AS BIGINT)
        FROM ({runs_sql(convention, with_open=with_open)}) run
        JOIN (VALUES {asked}) part(from_on, until_on) ON run.from_on < part.until_on AND part.from_on < run.until_on
        GROUP BY ALL ORDER BY ALL"""
    )
    found: dict[date, dict[str, int]] = {}
    for from_on, facility, days in rows.fetchall():
        found.setdefault(from_on, {})[facility] = days
    return found
