"""Daily lists of who is there, turned into stints: on one list after another is one stint.

A day without a list is no day on which nobody was there, and none on which everybody stayed: it ends the stints that
are sure, is named, and what hangs on it comes as bounds. An empty list is a day without one, since it names no place.

Beside stretches of custody lists are wrong only where no hour of the day would give them: somebody is listed who is
there at none, or is not though there at all. Facilities are the same where their names are, people where their ids are.
"""

from typing import Any

from habeas.audit import headcounts
from habeas.audit.engine import Engine
from habeas.audit.found import MOST_ROWS, SHOWN, Check, Severity, first_rows
from habeas.audit.reconcile import named, plain_name
from habeas.audit.tables import Shape

BACK_WITHIN = 3
"""Lists that somebody may be left off and be on again for it to look like an error of the list."""
ALIKE_FROM = 10
"""People of whom a list must consist for a copy of it to be no chance."""

PREPARE = (
    f"""CREATE TABLE roster_seen AS
    SELECT *, row_number() OVER (PARTITION BY facility, person ORDER BY day) AS time
    FROM (SELECT facility, person, day, min(source) AS source, min(line) AS line, count(*) AS times
            FROM rosters GROUP BY facility, person, day)
        JOIN (SELECT facility, {plain_name("facility")} AS name, day,
                row_number() OVER (PARTITION BY facility ORDER BY day) AS list
            FROM (SELECT DISTINCT facility, day FROM rosters)) USING (facility, day)""",
    # `joined` is one for lists that follow each other, `run` for days that do.
    """CREATE TABLE roster_stints AS
    SELECT facility, person, joined, min(day) AS from_on, max(day) + 1 AS until_on, count(*) AS days
    FROM (SELECT *, list - time AS joined, day - DATE '1970-01-01' - time AS run FROM roster_seen)
    GROUP BY facility, person, joined, run""",
    """CREATE TABLE roster_lists AS
    SELECT *, lag(day) OVER in_order AS day_before, lag(people) OVER in_order AS people_before,
        lag(who) OVER in_order AS who_before
    FROM (SELECT facility, name, day, list, count(*) AS people, sum(hash(person) % 1000000007) AS who,
            min(source) AS source, min(line) AS line FROM roster_seen GROUP BY facility, name, day, list)
    WINDOW in_order AS (PARTITION BY facility ORDER BY day)""",
    """CREATE TABLE roster_gaps AS
    SELECT l.facility, l.day_before + 1 AS from_on, l.day AS until_on, l.day - l.day_before - 1 AS missing,
        l.people_before AS before, l.people AS after, count(DISTINCT s.person) AS either
    FROM roster_lists l JOIN roster_seen s ON s.facility = l.facility AND s.list IN (l.list, l.list - 1)
    WHERE l.day - l.day_before > 1
    GROUP BY l.facility, l.day_before, l.day, l.people_before, l.people""",
    """CREATE TABLE roster_deltas AS
    SELECT 'listed' AS definition, facility, day, least - lag(least, 1, 0) OVER in_order AS least,
        most - lag(most, 1, 0) OVER in_order AS most
    FROM (SELECT facility, day, people AS least, people AS most FROM roster_lists
        UNION ALL SELECT facility, from_on, 0, either FROM roster_gaps
        UNION ALL SELECT facility, max(day) + 1, 0, 0 FROM roster_lists GROUP BY facility)
    WINDOW in_order AS (PARTITION BY facility ORDER BY day)""",
)
"""What the checks ask, made once and in this order."""

_BESIDE = (
    # Where nobody is in both, people are told apart in two ways, and nothing can be asked.
    f"""CREATE TABLE roster_spans AS
    SELECT person, facility, name, CAST(from_at AS DATE) AS first, CAST(until_at AS DATE) AS last, source, line
    FROM stints JOIN {named("stints")} USING (facility)
    WHERE person IS NOT NULL AND kind IS DISTINCT FROM 'refused' AND (until_at IS NULL OR until_at >= from_at)
        AND EXISTS (SELECT 1 FROM roster_seen JOIN stints USING (person))""",
    # Of the days that the stretches know: on a list, and in the place by none, whatever hour a list is of.
    """CREATE TABLE roster_not_held AS
    SELECT r.person, r.facility, r.day, r.source, r.line, min(s.facility) AS elsewhere,
        k.person IS NOT NULL AS is_known
    FROM roster_seen r LEFT JOIN (SELECT DISTINCT person FROM roster_spans) k ON k.person = r.person
    LEFT JOIN roster_spans s ON s.person = r.person AND s.first <= r.day AND coalesce(s.last, r.day) >= r.day
    WHERE r.name IN (SELECT name FROM roster_spans) AND r.day BETWEEN (SELECT min(first) FROM roster_spans)
        AND (SELECT max(coalesce(last, first)) FROM roster_spans)
    GROUP BY r.person, r.facility, r.day, r.source, r.line, k.person
    HAVING NOT bool_or(coalesce(s.name = r.name, FALSE))""",
    # In the place all of a day, and on no list of it. One that has not half of them is itself the cause.
    """CREATE TABLE roster_not_listed AS
    SELECT * FROM (SELECT *, count(*) FILTER (NOT is_listed) OVER of_list AS lacking, count(*) OVER of_list AS expected
        FROM (SELECT s.person, l.facility, l.day, min(s.source || ':' || s.line) AS shown,
                r.person IS NOT NULL AS is_listed
            FROM roster_spans s JOIN roster_lists l ON l.name = s.name AND s.first < l.day AND l.day < s.last
            LEFT JOIN (SELECT DISTINCT person, name, day FROM roster_seen) r
                ON r.person = s.person AND r.name = s.name AND r.day = l.day
            GROUP BY s.person, l.facility, l.day, r.person)
        WINDOW of_list AS (PARTITION BY facility, day))
    WHERE NOT is_listed""",
)
BESIDE = tuple(({Shape.ROSTERS, Shape.STINTS}, each) for each in _BESIDE)
"""What the checks beside stretches ask, with the shapes that it is made of."""


def _check(id: str, severity: Severity, sql: str, *also: Shape, **told: int) -> Check:
    needs = ("person", "facility", "day", *(f"{shape}.person" for shape in also))
    return Check(
        id=f"rosters.{id}", shape=Shape.ROSTERS, severity=severity, sql=sql, needs=needs, also=also, parameters=told
    )


def _in_both(table: str) -> str:
    """How many people and places of the lists another table has, where it has not all places or nobody."""
    return f"""SELECT count(DISTINCT p.person) AS people, count(DISTINCT r.person) AS listed,
            count(DISTINCT n.name) AS places, count(DISTINCT r.name) AS of_lists
        FROM roster_seen r LEFT JOIN (SELECT DISTINCT person FROM {table}) p ON p.person = r.person
        LEFT JOIN (SELECT DISTINCT {plain_name("facility")} AS name FROM {table}) n ON n.name = r.name
        HAVING people = 0 OR places < of_lists"""


_SHORT = f"(lacking >= {ALIKE_FROM} AND lacking * 2 > expected)"
_OF_PERSON = "TRUE AS is_person, min(day) AS from_on, max(day) + 1 AS until_on"
_OF_A_DAY = f"string_agg({SHOWN}, '+' ORDER BY source, line)"
"""The rows of one person on lists of one day, as one that takes them all to show a thing."""
_DAYS = f"list_slice(list(shown ORDER BY day), 1, {MOST_ROWS})"

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
            count(*) AS row_count, {_DAYS} AS rows
        FROM (SELECT person, day, count(*) AS places, {_OF_A_DAY} AS shown
            FROM roster_seen GROUP BY person, day HAVING count(*) > 1)
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
        f"""SELECT person AS subject, {_OF_PERSON}, facility AS place, count(*) AS often, count(*) AS row_count,
            {_DAYS} AS rows
        FROM (SELECT person, facility, day, {_OF_A_DAY} AS shown
            FROM rosters GROUP BY person, facility, day HAVING count(*) > 1)
        GROUP BY person, facility ORDER BY often DESC, subject, place""",
    ),
    _check(
        "not_held",
        Severity.DOUBTFUL,
        f"""SELECT person AS subject, {_OF_PERSON}, facility AS place, count(*) AS days,
            count(elsewhere) AS moved, count(*) AS row_count, {first_rows("day")} AS rows
        FROM roster_not_held WHERE is_known GROUP BY person, facility ORDER BY days DESC, subject, place""",
        Shape.STINTS,
    ),
    _check(
        "no_stretch",
        Severity.DOUBTFUL,
        f"""SELECT facility AS subject, min(day) AS from_on, max(day) + 1 AS until_on, count(DISTINCT person) AS people,
            count(*) AS days, count(*) AS row_count, {first_rows("day")} AS rows
        FROM roster_not_held WHERE NOT is_known GROUP BY facility ORDER BY days DESC, subject""",
        Shape.STINTS,
    ),
    _check(
        "not_listed",
        Severity.DOUBTFUL,
        f"""SELECT person AS subject, {_OF_PERSON}, facility AS place, count(*) AS days, [min(shown)] AS rows
        FROM roster_not_listed WHERE NOT {_SHORT} GROUP BY person, facility ORDER BY days DESC, subject, place""",
        Shape.STINTS,
    ),
    _check(
        "list_short",
        Severity.DOUBTFUL,
        f"""SELECT facility AS subject, min(day) AS from_on, max(day) + 1 AS until_on, count(DISTINCT day) AS lists,
            count(DISTINCT person) AS people, count(*) AS days
        FROM roster_not_listed WHERE {_SHORT} GROUP BY facility ORDER BY days DESC, subject""",
        Shape.STINTS,
    ),
    _check("beside_stints", Severity.NOTE, _in_both("stints"), Shape.STINTS),
    _check("beside_bills", Severity.NOTE, _in_both("bills"), Shape.BILLS),
)


def people(engine: Engine) -> dict[str, Any]:
    """How many people are on the lists of each facility."""
    rows = engine.execute("SELECT facility, count(DISTINCT person) FROM roster_seen GROUP BY facility").fetchall()
    return {"by_facility": {facility: {"stints": count} for facility, count in rows}}


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
    counted = {
        "head_counts_in_sum": headcounts.in_sum(engine, "roster_deltas"),
        "head_counts": {"listed": headcounts.by_facility(engine, "listed", "roster_deltas")},
    }
    return {**told, **counted, "by_facility": rows}
