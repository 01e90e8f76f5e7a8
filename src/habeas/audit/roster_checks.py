"""Daily lists of who is there, turned into stints: on one list after another is one stint.

A day without a list is no day on which nobody was there, and none on which everybody stayed: it ends the stints that
are sure, is named, and what hangs on it comes as bounds. An empty list is a day without one, since it names no place.
"""

from typing import Any

from habeas.audit.engine import Engine
from habeas.audit.found import Check, Severity, first_rows
from habeas.audit.tables import Shape

BACK_WITHIN = 3
"""Lists that somebody may be left off and be on again for it to look like an error of the list."""
ALIKE_FROM = 10
"""People of whom a list must consist for a copy of it to be no chance."""

PREPARE = (
    """CREATE TABLE roster_seen AS
    SELECT *, row_number() OVER (PARTITION BY facility, person ORDER BY day) AS time
    FROM (SELECT facility, person, day, min(source) AS source, min(line) AS line, count(*) AS times
            FROM rosters GROUP BY facility, person, day)
        JOIN (SELECT facility, day, row_number() OVER (PARTITION BY facility ORDER BY day) AS list
            FROM (SELECT DISTINCT facility, day FROM rosters)) USING (facility, day)""",
    # `joined` is one for lists that follow each other, `run` for days that do.
    """CREATE TABLE roster_stints AS
    SELECT facility, person, joined, min(day) AS from_on, max(day) + 1 AS until_on, count(*) AS days
    FROM (SELECT *, list - time AS joined, day - DATE '1970-01-01' - time AS run FROM roster_seen)
    GROUP BY facility, person, joined, run""",
    """CREATE TABLE roster_lists AS
    SELECT *, lag(day) OVER in_order AS day_before, lag(people) OVER in_order AS people_before,
        lag(who) OVER in_order AS who_before
    FROM (SELECT facility, day, list, count(*) AS people, sum(hash(person) % 1000000007) AS who,
            min(source) AS source, min(line) AS line FROM roster_seen GROUP BY facility, day, list)
    WINDOW in_order AS (PARTITION BY facility ORDER BY day)""",
    """CREATE TABLE roster_gaps AS
    SELECT l.facility, l.day_before + 1 AS from_on, l.day AS until_on, l.day - l.day_before - 1 AS missing,
        l.people_before AS before, l.people AS after, count(DISTINCT s.person) AS either
    FROM roster_lists l JOIN roster_seen s ON s.facility = l.facility AND s.list IN (l.list, l.list - 1)
    WHERE l.day - l.day_before > 1
    GROUP BY l.facility, l.day_before, l.day, l.people_before, l.people""",
)
"""What the checks ask, made once and in this order."""


def _check(id: str, severity: Severity, sql: str, **parameters: int) -> Check:
    needs = ("person", "facility", "day")
    return Check(
        id=f"rosters.{id}", shape=Shape.ROSTERS, severity=severity, sql=sql, needs=needs, parameters=parameters
    )


_OF_PERSON = "TRUE AS is_person, min(day) AS from_on, max(day) + 1 AS until_on"

CHECKS = (
    _check(
        "day_missing",
        Severity.DOUBTFUL,
        """SELECT facility AS subject, from_on, until_on, missing, before, after, before + after - either AS both_lists,
            either * missing AS days, either * missing AS at_most
        FROM roster_gaps ORDER BY days DESC, subject, from_on""",
    ),
    _check(
        "two_places",
        Severity.IMPOSSIBLE,
        f"""SELECT person AS subject, {_OF_PERSON}, count(*) AS days, count(*) AS often, max(places) AS most,
            sum(places) AS row_count, list_slice(list(shown ORDER BY day), 1, 5) AS rows
        FROM (SELECT person, day, count(*) AS places, min(source || ':' || line) AS shown FROM roster_seen
            GROUP BY person, day HAVING count(*) > 1)
        GROUP BY person ORDER BY days DESC, subject""",
    ),
    _check(
        "gone_and_back",
        Severity.DOUBTFUL,
        f"""SELECT person AS subject, {_OF_PERSON}, facility AS place, count(*) AS often, sum(missed) AS lists,
            count(*) AS row_count, {first_rows("day")} AS rows
        FROM (SELECT *, list - lag(list) OVER (PARTITION BY facility, person ORDER BY day) - 1 AS missed
            FROM roster_seen)
        WHERE missed BETWEEN 1 AND {BACK_WITHIN} GROUP BY person, facility ORDER BY lists DESC, subject, place""",
        most=BACK_WITHIN,
    ),
    _check(
        "same_list",
        Severity.DOUBTFUL,
        f"""SELECT facility AS subject, day AS from_on, day + 1 AS until_on, day_before AS earlier, people,
            people AS row_count, [source || ':' || line] AS rows
        FROM roster_lists WHERE people >= {ALIKE_FROM} AND people = people_before AND who = who_before
        ORDER BY subject, from_on""",
    ),
    _check(
        "twice",
        Severity.NOTE,
        f"""SELECT person AS subject, {_OF_PERSON}, facility AS place, count(*) AS often, sum(times) AS row_count,
            {first_rows("day")} AS rows
        FROM roster_seen WHERE times > 1 GROUP BY person, facility ORDER BY often DESC, subject, place""",
    ),
)


def figures(engine: Engine) -> dict[str, Any]:
    """Lists, people and stints. What hangs on days without a list comes as bounds: at least without these days, at
    most with everybody on the list before or after."""
    by = """SELECT facility, count(*), count(DISTINCT joined || ':' || person), sum(days)
        FROM roster_stints GROUP BY facility"""
    gaps = "SELECT facility, sum(missing), sum(either * missing) FROM roster_gaps GROUP BY facility"
    missing = {facility: (int(days), int(most)) for facility, days, most in engine.execute(gaps).fetchall()}
    rows = [
        {
            "facility": facility,
            "stints": count,
            "stints_if_joined": joined,
            "days_missing": missing.get(facility, (0, 0))[0],
            "days_least": int(days),
            "days_most": int(days) + missing.get(facility, (0, 0))[1],
        }
        for facility, count, joined, days in engine.execute(f"{by} ORDER BY 2 DESC, facility").fetchall()
    ]
    found = engine.execute(
        """SELECT (SELECT count(*) FROM roster_lists), count(DISTINCT person), CAST(max(day) AS VARCHAR)
        FROM roster_seen"""
    ).fetchone()
    assert found is not None
    sums = {name: sum(each[name] for each in rows) for name in [*rows[0]][1:]} if rows else {}
    told = {"lists": found[0], "facilities": len(rows), "people": found[1], **sums, "last_day": found[2]}
    return {**told, "by_facility": rows}
