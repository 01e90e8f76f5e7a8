"""What is wrong with counts per facility that are published again and again: each publication (`day`) has one or more
tables, each of one `stated_day` of one `year`, and an average times the day of its year is a running total of
person-nights.

A running total never falls within a year. Where it does, person-nights have vanished from the record, unless the table
is an old one published again, has a date that can't be, or lacks values: these causes are found first, each once, and
what follows from them is no finding of its own.
"""

from typing import Any

from habeas.audit.engine import Engine
from habeas.audit.found import Check, Severity, first_rows
from habeas.audit.tables import Shape

YEAR = 366
RUNS_ON = 14
"""Days for which the last table of a year may run on after its end; with more, its year must be another one."""
PUBLISHED_WITHIN = 60
"""Days after its own day within which a table is published, when a mistyped year is looked for."""
ALIKE = 0.9
"""The part of a table's facilities that have the same numbers in another table, when it is that table again."""
LACKING = 0.1
"""The part of a table's rows in which a value is missing that others have, from which it is a finding."""
JUMP = 0.1
"""The part by which everybody together may become more or fewer from one table to the next."""
TIMES, LEAST = 2, 20
"""A facility stands out in a table with this many times as many people as in the tables before and after, or with as
many times fewer, where that are at least so many people."""
FEW = 5
"""Fewer facilities than this are no table that is like another, or lacks what others have."""
SMALL = 5
"""Fewer people than this in one cell may be recognised."""
_YEAR = "CAST(year AS VARCHAR) AS year"  # its name, not a quantity
EPSILON = 1e-6  # what a product of two doubles may be off by

_SAME = " AND ".join(f"a.{name} IS NOT DISTINCT FROM b.{name}" for name in ("day", "stated_day", "year", "day_of_year"))
_EARLIER = "OVER (ORDER BY day RANGE BETWEEN UNBOUNDED PRECEDING AND INTERVAL 1 DAY PRECEDING)"

PREPARE = (
    # One row a table: what it says of itself, and whether its day can lie in its year.
    f"""CREATE TABLE count_tables AS
    SELECT row_number() OVER (ORDER BY day, stated_day, year, day_of_year) AS id, *,
        coalesce(day_of_year < 1 OR day_of_year > {YEAR + RUNS_ON}, FALSE) AS is_outside
    FROM (SELECT day, stated_day, year, day_of_year, count(*) AS row_count, sum(people) AS people,
            coalesce(sum(booked_in) - sum(booked_out), 0) AS net, min(source) AS source, min(line) AS line,
            {first_rows()} AS rows
        FROM counts GROUP BY day, stated_day, year, day_of_year)""",
    # One row a facility in it. Of several the lowest and the highest total: what is found holds for whichever counts.
    f"""CREATE TABLE count_cells AS
    SELECT id, facility, min(source) AS source, min(line) AS line, count(*) AS row_count, max(people) AS people,
        min(people * day_of_year) AS least, max(people * day_of_year) AS most, max(given) AS given,
        max(booked_in) AS booked_in, max(booked_out) AS booked_out
    FROM (SELECT b.id, a.*, (CASE WHEN a.people IS NULL THEN 0 ELSE 1 END)
            + coalesce(list_count(map_values(a.parts)), 0) AS given
        FROM counts a JOIN count_tables b ON {_SAME})
    GROUP BY id, facility""",
    # A facility's number beside its number in the table before, and where it last had the same number.
    """CREATE TABLE count_values AS
    SELECT id, facility, people, lag(id) OVER (PARTITION BY facility, people ORDER BY id) AS earlier,
        lag(people) OVER (PARTITION BY facility ORDER BY id) = people AS is_unchanged
    FROM count_cells WHERE people > 0""",
    # Tables that hardly differ from the one before are one run; the first of it may be an old table again.
    f"""CREATE TABLE count_runs AS
    SELECT *, sum(CASE WHEN changed > {1 - ALIKE} * facilities THEN 1 ELSE 0 END) OVER (ORDER BY id) AS run
    FROM (SELECT id, count(*) AS facilities, count(*) FILTER (NOT coalesce(is_unchanged, FALSE)) AS changed,
            mode(earlier ORDER BY earlier) FILTER (NOT coalesce(is_unchanged, FALSE)) AS likely
        FROM count_values GROUP BY id)""",
    # The table it is again: of those published before, the one in which most of its facilities had these numbers.
    f"""CREATE TABLE count_same AS
    SELECT a.id, b.id AS earlier
    FROM count_values a
    JOIN (SELECT id, facilities, first_value(likely) OVER (PARTITION BY run ORDER BY id) AS first_likely,
            first_value(changed) OVER (PARTITION BY run ORDER BY id) AS first_changed FROM count_runs) r ON r.id = a.id
    JOIN count_values b ON b.id = r.first_likely AND b.facility = a.facility AND b.people = a.people
    WHERE r.first_changed >= {FEW}
    GROUP BY a.id, b.id HAVING count(*) >= {ALIKE} * max(r.facilities)""",
    # What kind of table it is; the first that applies.
    f"""CREATE TABLE count_kinds AS
    SELECT *, CASE
        WHEN is_outside AND stated_day + INTERVAL 1 YEAR BETWEEN day - INTERVAL {PUBLISHED_WITHIN} DAY AND day
            THEN 'mistyped'
        WHEN stated_day <= newest_before AND year < year_before THEN 'late_final'
        WHEN stated_day < newest_before THEN 'stale'
        WHEN is_outside THEN 'outside'
        WHEN stated_day = newest_before THEN 'again'
        WHEN stated_day IS NULL AND earlier IS NOT NULL THEN 'stale'
        ELSE 'sound' END AS kind
    FROM (SELECT *, max(stated_day) {_EARLIER} AS newest_before,
            max(CASE WHEN NOT is_outside THEN year END) {_EARLIER} AS year_before
        FROM count_tables)
    LEFT JOIN count_same USING (id)""",
    # The tables of a year in their order, one a day: whichever is soundest, and of these the last published.
    """CREATE TABLE count_series AS
    SELECT *, lag(id) OVER (PARTITION BY year ORDER BY of_day) AS before,
        lag(of_day) OVER (PARTITION BY year ORDER BY of_day) AS day_before,
        lag(people) OVER (PARTITION BY year ORDER BY of_day) AS people_before
    FROM (SELECT *, coalesce(stated_day, day) AS of_day FROM count_kinds
        WHERE NOT is_outside AND (kind <> 'stale' OR stated_day IS NOT NULL)
        QUALIFY row_number() OVER (PARTITION BY year, coalesce(stated_day, day)
            ORDER BY list_position(['sound', 'again', 'late_final', 'stale'], kind), day DESC) = 1)""",
    """CREATE TABLE count_numbered AS
    SELECT id, year, of_day, row_number() OVER (PARTITION BY year ORDER BY of_day) AS number FROM count_series""",
    # A facility from one table to the next, and whether a part that it had is missing now.
    f"""CREATE TABLE count_steps AS
    SELECT *, avg(CASE WHEN lacks THEN 1.0 ELSE 0.0 END) OVER (PARTITION BY id) >= {LACKING} AS is_torn
    FROM (SELECT s.id, s.of_day, s.day_before, s.day, b.facility, b.source, b.line, b.booked_in, b.booked_out,
            a.people AS people_before, b.people, b.given < a.given AS lacks, a.least - b.most AS lost
        FROM count_series s JOIN count_cells a ON a.id = s.before
        JOIN count_cells b ON b.id = s.id AND b.facility = a.facility)""",
    # A facility that has, to the last digit, what another that is still there had in the table before: averages over
    # different days aren't alike by chance.
    f"""CREATE TABLE count_taken AS
    SELECT c.id, c.facility, min(o.facility) AS other, min(c.people) AS people, min(own.people) AS people_before,
        min(c.source) AS source, min(c.line) AS line, s.of_day, s.day_before
    FROM count_series s JOIN count_cells c ON c.id = s.id
    JOIN count_cells o ON o.id = s.before AND o.people = c.people AND o.facility <> c.facility
    JOIN count_cells still ON still.id = s.id AND still.facility = o.facility
    LEFT JOIN count_cells own ON own.id = s.before AND own.facility = c.facility
    WHERE c.people >= {LEAST} AND c.people <> floor(c.people) AND own.people IS DISTINCT FROM c.people
        AND still.people IS DISTINCT FROM c.people
    GROUP BY c.id, c.facility, s.of_day, s.day_before""",
    # A facility in one whole table between two others.
    """CREATE TABLE count_between AS
    SELECT c.*, s.of_day, lag(c.people) OVER in_order AS people_before, lead(c.people) OVER in_order AS people_after
    FROM count_cells c JOIN count_series s USING (id)
    WHERE id NOT IN (SELECT id FROM count_steps WHERE is_torn)
    WINDOW in_order AS (PARTITION BY c.facility, s.year ORDER BY s.of_day)""",
)
"""What the checks ask, made once and in this order."""


def _rows(where: str = "TRUE", order: str = "") -> str:
    return f"{first_rows(order, where)} AS rows"


def check(id: str, severity: Severity, needs: str, sql: str, also: tuple[Shape, ...] = ()) -> Check:
    """A check of counts, beside what other shapes say."""
    names = tuple(needs.split())
    return Check(id=f"counts.{id}", shape=Shape.COUNTS, severity=severity, needs=names, sql=sql, also=also)


def _tables(kind: str, more: str) -> str:
    """One finding for each table of a kind."""
    return f"""SELECT CAST(day AS VARCHAR) AS subject, day AS from_on, day + 1 AS until_on, row_count, rows, {more}
    FROM count_kinds LEFT JOIN (SELECT id AS earlier, day AS first_day, stated_day AS first_stated FROM count_tables)
        USING (earlier) WHERE kind = '{kind}' ORDER BY day, stated_day, id"""


_STEP = (
    "CAST(of_day AS VARCHAR) AS subject, day_before AS from_on, of_day AS until_on, day_before AS before, of_day AS now"
)
_OF_STEP = "GROUP BY id, of_day, day_before"

CHECKS = (
    check(
        "running_total_falls",
        Severity.IMPOSSIBLE,
        "day people day_of_year",
        f"""SELECT {_STEP}, count(*) AS both_have, count(*) FILTER (lost > {EPSILON}) AS row_count,
            count(*) FILTER (lost > 1) AS over_a_night, round(sum(lost) FILTER (lost > {EPSILON}), 1) AS days,
            CAST(sum(lost) FILTER (lost > {EPSILON}) AS BIGINT) AS nights, row_count AS falling,
            {_rows(f"lost > {EPSILON}", "lost DESC")}
        FROM count_steps WHERE NOT is_torn {_OF_STEP} HAVING row_count > 0 ORDER BY days DESC, id""",
    ),
    check(
        "stale_table",
        Severity.IMPOSSIBLE,
        "day people",
        _tables("stale", "coalesce(stated_day, first_stated, first_day) AS of_day, CAST(people AS BIGINT) AS people"),
    ),
    check(
        "date_mistyped",
        Severity.IMPOSSIBLE,
        "day stated_day year day_of_year",
        _tables("mistyped", f"stated_day AS stated, {_YEAR}, CAST(stated_day + INTERVAL 1 YEAR AS DATE) AS likely"),
    ),
    check(
        "day_outside_year",
        Severity.IMPOSSIBLE,
        "day stated_day year day_of_year",
        _tables("outside", f"stated_day AS stated, {_YEAR}, day_of_year AS number"),
    ),
    check("late_final", Severity.NOTE, "day stated_day year", _tables("late_final", f"stated_day AS stated, {_YEAR}")),
    check(
        "published_again",
        Severity.NOTE,
        "day stated_day",
        f"""SELECT count(*) AS tables, min(day) AS from_on, max(day) + 1 AS until_on,
            sum(row_count) AS row_count, {_rows()}
        FROM count_kinds WHERE kind = 'again' HAVING tables > 0""",
    ),
    check(
        "values_missing",
        Severity.DOUBTFUL,
        "day",
        f"""SELECT CAST(day AS VARCHAR) AS subject, day AS from_on, day + 1 AS until_on, count(*) AS of_rows,
            count(*) FILTER (given < usual) AS row_count, {_rows("given < usual")}
        FROM (SELECT *, max(given) OVER () AS usual FROM count_cells)
        JOIN (SELECT id, day, stated_day FROM count_tables) USING (id) GROUP BY id, day, stated_day
        HAVING of_rows >= {FEW} AND row_count >= {LACKING} * of_rows ORDER BY day, stated_day, id""",
    ),
    check(
        "table_missing",
        Severity.DOUBTFUL,
        "day",
        """SELECT CAST(day_before AS VARCHAR) AS subject, day_before AS from_on, of_day AS until_on,
            day_before AS before, of_day AS now, of_day - day_before AS apart,
            CAST(usual AS BIGINT) AS usual, [source || ':' || line] AS rows
        FROM (SELECT *, median(of_day - day_before) OVER () AS usual FROM count_series)
        WHERE of_day - day_before >= 2 * usual ORDER BY of_day, id""",
    ),
    check(
        "facility_missing",
        Severity.DOUBTFUL,
        "day people",
        f"""SELECT CAST(s.of_day AS VARCHAR) AS subject, s.of_day AS from_on, s.of_day + 1 AS until_on,
            count(*) AS row_count, round(sum(people), 1) AS held, arg_max(facility, people) AS most,
            round(max(people), 1) AS here, {_rows("TRUE", "people DESC")}
        FROM count_numbered s JOIN (SELECT *, lead(number) OVER (PARTITION BY year, facility ORDER BY number) AS again
            FROM count_cells JOIN count_numbered USING (id)) c
            ON s.year IS NOT DISTINCT FROM c.year AND s.number = c.number + 1 AND c.again = c.number + 2
        WHERE people >= {LEAST} GROUP BY s.id, s.of_day ORDER BY held DESC, s.of_day""",
    ),
    check(
        "facility_twice",
        Severity.DOUBTFUL,
        "day people",
        f"""SELECT facility AS subject, min(day) AS from_on, max(day) + 1 AS until_on, count(*) AS tables,
            sum(row_count) AS row_count, CAST(max(most - least) AS BIGINT) AS most_apart, {_rows()}
        FROM (SELECT * FROM count_cells WHERE row_count > 1)
        JOIN (SELECT id, day FROM count_tables) USING (id) GROUP BY facility ORDER BY tables DESC, facility""",
    ),
    check(
        "parts_against_total",
        Severity.IMPOSSIBLE,
        "parts",
        f"""SELECT facility AS subject, min(day) AS from_on, max(day) + 1 AS until_on, count(*) AS row_count,
            max(abs(stated - whole)) AS most, {_rows()}
        FROM (SELECT *, coalesce(total, people) AS stated, list_sum(map_values(parts)) AS whole
            FROM counts WHERE list_count(map_values(parts)) = list_count(map_keys(parts)))
        WHERE abs(stated - whole) > {EPSILON} * greatest(1, abs(stated))
        GROUP BY facility ORDER BY most DESC, facility""",
    ),
    check(
        "negative",
        Severity.IMPOSSIBLE,
        "",
        f"""SELECT facility AS subject, min(day) AS from_on, max(day) + 1 AS until_on, count(*) AS row_count, {_rows()}
        FROM counts WHERE people < 0 OR booked_in < 0 OR booked_out < 0 OR total < 0
            OR len(list_filter(map_values(parts), lambda part: part < 0)) > 0
        GROUP BY facility ORDER BY row_count DESC, facility""",
    ),
    check(
        "flow_identity",
        Severity.IMPOSSIBLE,
        "day people booked_in booked_out",
        f"""SELECT facility AS subject, min(of_day) AS from_on, max(of_day) + 1 AS until_on, count(*) AS row_count,
            sum(abs(people - people_before - booked_in + booked_out)) AS days, {_rows()}
        FROM count_steps WHERE of_day - day_before = 1 AND people <> people_before + booked_in - booked_out
        GROUP BY facility ORDER BY days DESC, facility""",
    ),
    check(
        "jump",
        Severity.DOUBTFUL,
        "day people",
        f"""SELECT {_STEP}, CAST(people_before AS BIGINT) AS people_then, CAST(people AS BIGINT) AS people_now,
            [source || ':' || line] AS rows
        FROM count_series WHERE abs(people - people_before) > {JUMP} * people_before
            AND abs(people - people_before - net) > {JUMP} * people_before
            AND id NOT IN (SELECT id FROM count_steps GROUP BY id
                HAVING bool_or(is_torn) OR avg(CASE WHEN lost > {EPSILON} THEN 1.0 ELSE 0.0 END) > {LACKING})
            AND before NOT IN (SELECT id FROM count_steps WHERE is_torn)
        ORDER BY of_day, id""",
    ),
    check(
        "number_of_another",
        Severity.DOUBTFUL,
        "day people day_of_year",
        f"""SELECT CAST(t.of_day AS VARCHAR) AS subject, t.of_day AS from_on, t.of_day + 1 AS until_on,
            t.day_before AS before, count(*) AS row_count, count(*) AS facilities,
            arg_max(t.facility, t.people) AS most, arg_max(t.other, t.people) AS other,
            round(max(t.people), 1) AS here, round(sum(greatest(lost, 0)), 1) AS days,
            CAST(coalesce(sum(greatest(lost, 0)), 0) AS BIGINT) AS nights,
            {first_rows("t.people DESC").replace("source", "t.source").replace("line", "t.line")} AS rows
        FROM count_taken t LEFT JOIN count_series s ON s.before = t.id
        LEFT JOIN count_steps f ON f.id = s.id AND f.facility = t.facility
        GROUP BY t.id, t.of_day, t.day_before ORDER BY row_count DESC, t.of_day, t.id""",
    ),
    check(
        "stands_out",
        Severity.DOUBTFUL,
        "day people",
        f"""SELECT CAST(of_day AS VARCHAR) AS subject, of_day AS from_on, of_day + 1 AS until_on, count(*) AS row_count,
            count(*) AS facilities, {TIMES} AS times, arg_max(facility, off) AS most,
            round(arg_max(people_before, off), 1) AS was, round(arg_max(people, off), 1) AS here,
            round(arg_max(people_after, off), 1) AS then_was, {_rows("TRUE", "off DESC")}
        FROM (SELECT *, greatest(people - greatest(people_before, people_after),
                least(people_before, people_after) - people) AS off FROM count_between
            WHERE people_before IS NOT NULL AND people_after IS NOT NULL
                AND (id, facility) NOT IN (SELECT (id, facility) FROM count_taken)
                AND coalesce(people <> people_before + booked_in - booked_out, TRUE)
                AND (people > {TIMES} * greatest(people_before, people_after)
                    OR people * {TIMES} < least(people_before, people_after)))
        WHERE off >= {LEAST} GROUP BY id, of_day ORDER BY row_count DESC, of_day, id""",
    ),
    check(
        "small_cells",
        Severity.NOTE,
        "",
        f"""SELECT count(*) AS row_count, count(DISTINCT facility) AS facilities, {SMALL} AS fewer_than, {_rows()}
        FROM counts WHERE people > 0 AND people < {SMALL}
            OR len(list_filter(map_values(parts), lambda part: part > 0 AND part < {SMALL})) > 0
        HAVING row_count > 0""",
    ),
)


def figures(engine: Engine) -> dict[str, Any]:
    """How many publications, tables and facilities there are; each table in order with everybody together."""
    (publications, tables, facilities) = engine.execute(
        "SELECT count(DISTINCT day), count(DISTINCT id), count(DISTINCT facility)"
        " FROM count_cells JOIN (SELECT id, day FROM count_tables) USING (id)"
    ).fetchone() or (0, 0, 0)
    rows = engine.execute(
        "SELECT CAST(day AS VARCHAR), CAST(stated_day AS VARCHAR), year, kind, row_count, round(people, 1)"
        " FROM count_kinds ORDER BY day, stated_day, id"
    ).fetchall()
    names = ("published", "of_day", "year", "kind", "rows", "people")
    told = [dict(zip(names, each, strict=True)) for each in rows]
    return {"publications": publications, "tables": tables, "facilities": facilities, "by_table": told}
