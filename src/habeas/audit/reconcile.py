"""Outside data of two shapes held against each other: published counts against what the list of facilities says may be
held, and against the stretches of the people who were there; these stretches against the same list.

Facilities are the same where their names are, apart from case, spaces and punctuation. A count is wrong beside
stretches only where no definition of a head count gives it: fewer than the people who are there all of the day by
stretches that have an end, or more than all who were there for any part of it with every open stretch still running.
"""

from habeas.audit.count_checks import check
from habeas.audit.found import Check, Severity, first_rows
from habeas.audit.stint_checks import check as stint_check
from habeas.audit.tables import Shape

ROUNDING = 0.5  # what a stated average may be rounded by, in people or nights


def plain_name(text: str) -> str:
    """A facility's name as it is compared."""
    return rf"nullif(lower(regexp_replace({text}, '[\s\pP]+', '', 'g')), '')"


def named(table: str) -> str:
    """The facilities of a table, each with its name as it is compared."""
    return f"(SELECT facility, {plain_name('facility')} AS name FROM (SELECT DISTINCT facility FROM {table}))"


_COUNTED = f"""SELECT c.*, n.name, s.of_day, s.day_of_year FROM count_cells c JOIN count_series s USING (id)
        JOIN {named("count_cells")} n ON n.facility = c.facility"""

_SINGLE = f"""listed AS (SELECT DISTINCT {plain_name("called")} AS name, source AS list, line AS place, capacity,
                minimum
            FROM (SELECT facility AS called, * FROM facilities UNION ALL SELECT name AS called, * FROM facilities)
            WHERE called IS NOT NULL),
        single AS (SELECT * FROM listed WHERE name IN (SELECT name FROM listed GROUP BY name HAVING count(*) = 1))"""

_LISTED = f"""CREATE TABLE count_listed AS
    WITH {_SINGLE}
    SELECT c.*, single.name IS NOT NULL AS is_listed, capacity, minimum, list, place
    FROM ({_COUNTED}) c LEFT JOIN single ON single.name = c.name"""

_HELD = f"""CREATE TABLE stint_listed AS
    WITH {_SINGLE},
        moved AS (SELECT name, min(facility) AS facility, day, sum(least) AS least, sum(most) AS most
            FROM stint_deltas JOIN {named("stints")} USING (facility) WHERE definition = 'midnight'
            GROUP BY name, day),
        held AS (SELECT name, facility, day, sum(least) OVER in_order AS least, sum(most) OVER in_order AS most,
                lead(day) OVER in_order AS until_on FROM moved WINDOW in_order AS (PARTITION BY name ORDER BY day))
    SELECT held.*, until_on - day AS nights, capacity, minimum, list, place
    FROM held JOIN single ON single.name = held.name WHERE until_on IS NOT NULL"""

_THERE = f"""CREATE TABLE count_there AS
    WITH copies AS MATERIALIZED (SELECT facility, person, from_at, until_at, count(*) AS written FROM stints
            WHERE until_at IS NULL OR until_at >= from_at GROUP BY facility, person, from_at, until_at),
        spans AS MATERIALIZED (SELECT name, CAST(from_at AS DATE) AS first, CAST(until_at AS DATE) AS last,
                CASE WHEN person IS NULL THEN written ELSE 1 END AS fewest, written AS most
            FROM copies JOIN {named("stints")} USING (facility)),
        known AS (SELECT min(first) AS begins, max(coalesce(last, first)) AS ends FROM spans),
        counted AS MATERIALIZED (SELECT c.* FROM (SELECT *, of_day - CAST(day_of_year AS INTEGER)
            AS day_before_year FROM ({_COUNTED})) c, known
            WHERE of_day BETWEEN begins AND ends AND (day_before_year IS NULL OR day_before_year >= begins)
                AND name IN (SELECT name FROM spans)),
        changes AS (
            SELECT name, first + 1 AS day, fewest AS low, 0 AS high FROM spans WHERE last > first + 1
            UNION ALL SELECT name, last, -fewest, 0 FROM spans WHERE last > first + 1
            UNION ALL SELECT name, first, 0, most FROM spans
            UNION ALL SELECT name, last + 1, 0, -most FROM spans WHERE last IS NOT NULL
            UNION ALL SELECT name, of_day, 0, 0 FROM counted
            UNION ALL SELECT name, of_day - 1, 0, 0 FROM counted WHERE day_of_year IS NOT NULL
            UNION ALL SELECT name, day_before_year, 0, 0 FROM counted WHERE day_before_year IS NOT NULL),
        by_day AS (SELECT name, day, CAST(sum(low) AS BIGINT) AS low, CAST(sum(high) AS BIGINT) AS high
            FROM changes GROUP BY name, day),
        numbered AS (SELECT *, CAST(day - DATE '1970-01-01' AS BIGINT) AS number FROM by_day),
        sums AS (SELECT name, day, number, sum(low) OVER so_far AS low, sum(high) OVER so_far AS high,
                sum(low * number) OVER so_far AS low_begun, sum(high * number) OVER so_far AS high_begun
            FROM numbered WINDOW so_far AS (PARTITION BY name ORDER BY day ROWS UNBOUNDED PRECEDING)),
        there AS MATERIALIZED (SELECT name, day, low, high, low * (number + 1) - low_begun AS low_nights,
                high * (number + 1) - high_begun AS high_nights FROM sums)
    SELECT c.*, people AS published, CAST(t.low AS DOUBLE) AS low, CAST(t.high AS DOUBLE) AS high
    FROM counted c JOIN there t ON t.name = c.name AND t.day = c.of_day
    WHERE day_of_year IS NULL AND people = floor(people)
    UNION ALL
    SELECT c.*, people * day_of_year, CAST(e.low_nights - b.low_nights AS DOUBLE),
        CAST(t.high_nights - b.high_nights AS DOUBLE)
    FROM counted c JOIN there t ON t.name = c.name AND t.day = c.of_day
    JOIN there e ON e.name = c.name AND e.day = c.of_day - 1
    JOIN there b ON b.name = c.name AND b.day = c.day_before_year
    WHERE day_of_year IS NOT NULL"""

_ON_LISTS = f"""CREATE TABLE count_on_lists AS
    SELECT c.*, listed FROM ({_COUNTED}) c
    JOIN (SELECT name, day, CAST(sum(people) AS DOUBLE) AS listed FROM roster_lists GROUP BY name, day) l
        ON l.name = c.name AND l.day = c.of_day
    WHERE c.day_of_year IS NULL AND c.people = floor(c.people)"""

PREPARE = (
    ({Shape.COUNTS, Shape.FACILITIES}, _LISTED),
    ({Shape.STINTS, Shape.FACILITIES}, _HELD),
    ({Shape.COUNTS, Shape.STINTS}, _THERE),
    ({Shape.COUNTS, Shape.ROSTERS}, _ON_LISTS),
)
"""What the checks ask, with the shapes that it is made of."""

_SPAN = "min(facility) AS subject, min(of_day) AS from_on, max(of_day) + 1 AS until_on, count(*) AS row_count"
_HELD_SPAN = """min(facility) AS subject, min(day) AS from_on, max(until_on) AS until_on, 1 AS row_count,
            CAST(sum(nights) AS BIGINT) AS nights, [min(list || ':' || place)] AS rows"""
_PLACE = "[min(list || ':' || place)]"

_LIMITS = (
    ("over_capacity", Severity.BREACH, "capacity", "places", "max", "highest", "{} - capacity"),
    ("under_minimum", Severity.DOUBTFUL, "minimum", "guaranteed", "min", "lowest", "minimum - {}"),
)
"""By check: what a list says of how many people may be there, or are paid for anyway, what the sentence calls that, and
the number that is furthest beyond it; what this is called, and by how many it is beyond."""


def _beyond(told: tuple[str, Severity, str, str, str, str, str]) -> tuple[Check, Check]:
    """One limit, asked of counts and of stretches."""
    id, severity, limit, called, furthest, people, beyond = told
    sure, by = "least" if furthest == "max" else "most", beyond.format("people")
    limit_told, lists = f"CAST(min({limit}) AS BIGINT) AS {called}", (Shape.FACILITIES,)
    counts = f"""SELECT {_SPAN}, {limit_told}, {furthest}(round(people, 1)) AS {people},
            {_PLACE} || {first_rows(f"{by} DESC")} AS rows
        FROM count_listed WHERE {by} > {ROUNDING} GROUP BY name ORDER BY max({by}) DESC, subject"""
    stints = f"""SELECT {_HELD_SPAN}, {limit_told}, CAST({furthest}({sure}) AS BIGINT) AS {people},
            CAST(sum(({beyond.format(sure)}) * nights) AS BIGINT) AS days
        FROM stint_listed WHERE {beyond.format(sure)} > 0 GROUP BY name ORDER BY days DESC, subject"""
    return (
        check(id, severity, f"day people facilities.{limit}", counts, also=lists),
        stint_check(id, severity, f"from_at until_at facilities.{limit}", stints, also=lists),
    )


_COUNTS_BEYOND, STINT_CHECKS = zip(*map(_beyond, _LIMITS), strict=True)

CHECKS = (
    *_COUNTS_BEYOND,
    check(
        "not_listed",
        Severity.NOTE,
        "day facilities.capacity",
        f"""SELECT count(DISTINCT name) FILTER (NOT is_listed) AS unlisted, count(DISTINCT name) AS counted,
            min(of_day) FILTER (NOT is_listed) AS from_on, max(of_day) FILTER (NOT is_listed) + 1 AS until_on,
            count(*) FILTER (NOT is_listed) AS row_count, {first_rows(where="NOT is_listed")} AS rows
        FROM count_listed HAVING unlisted > 0""",
        also=(Shape.FACILITIES,),
    ),
    check(
        "against_stints",
        Severity.DOUBTFUL,
        "day people stints.until_at",
        f"""SELECT {_SPAN}, CAST(count(*) FILTER (published < low) AS BIGINT) AS fewer,
            CAST(count(*) FILTER (published > high) AS BIGINT) AS more,
            CAST(max(greatest(low - published, published - high)) AS BIGINT) AS apart,
            {first_rows("greatest(low - published, published - high) DESC")} AS rows
        FROM count_there WHERE published < low - {ROUNDING} OR published > high + {ROUNDING}
        GROUP BY name ORDER BY apart DESC, subject""",
        also=(Shape.STINTS,),
    ),
    check(
        "against_lists",
        Severity.DOUBTFUL,
        "day people rosters.person",
        f"""SELECT {_SPAN}, CAST(count(*) FILTER (people < listed) AS BIGINT) AS fewer,
            CAST(count(*) FILTER (people > listed) AS BIGINT) AS more,
            CAST(max(abs(people - listed)) AS BIGINT) AS apart,
            {first_rows("abs(people - listed) DESC")} AS rows
        FROM count_on_lists WHERE people <> listed GROUP BY name ORDER BY apart DESC, subject""",
        also=(Shape.ROSTERS,),
    ),
)
