"""What is wrong with stretches of custody: each row alone, and the rows of one person one after another."""

from collections.abc import Collection, Mapping
from typing import Any

from habeas.audit.choices import DEFAULT, Choices
from habeas.audit.engine import Engine
from habeas.audit.found import PAIR, SHOWN, Check, Severity, first_rows
from habeas.audit.tables import COLUMNS, LAST_DAY, Shape
from habeas.core.messages import Parameter

SOLITARY = 15
"""Days in solitary confinement from which it is prolonged. Source: Nelson Mandela Rules, rules 43 and 44."""
REPORTED_WITHIN = 14
"""Days within which a placement in segregation is to be reported. Source: ICE Directive 11065.1."""

_ALIKE, _MOMENTS = ", ".join(COLUMNS[Shape.STINTS]), "person, facility, from_at, until_at"


def prepare(choices: Choices = DEFAULT, columns: Collection[str] = COLUMNS[Shape.STINTS]) -> tuple[str, ...]:
    """What the checks ask, made once and in this order, of stretches that have these columns."""
    beside = {each: f"lag({each}) OVER in_order AS {each}_before" for each in _BESIDE if each in columns}
    of_none = [f"CAST(NULL AS VARCHAR) AS {name}" for e in _BESIDE if e not in beside for name in (e, f"{e}_before")]
    kept, none = ("".join(f", {each}" for each in some) for some in ((*beside, *beside.values()), of_none))
    more = choices.days(began="greatest(from_at, coalesce(ended, from_at))")
    if choices.length == "calendar-days":  # the day on which one ends and the next begins counts once
        more += " - CASE WHEN CAST(from_at AS DATE) <= CAST(ended AS DATE) THEN 1 ELSE 0 END"
    solitary = _SOLITARY.format(more=more)
    return (*prepare_rows(choices), solitary, _CHAINS.format(beside=kept), _ALL_CHAINS.format(none=none))


def prepare_rows(choices: Choices = DEFAULT) -> tuple[str, ...]:
    """What makes `stint_rows`: each stretch with its length, and whether it is a copy; head counts need no more."""
    return (_AGAIN, _ALIKE_ROWS, _ROWS.format(is_copy=choices.is_copy, days=choices.days()))


_BESIDE = ("stay", "title", "ended_by")
"""Columns that few files have: a chain holds them where one does."""
# Most people are in a place once: whatever asks which rows are of somebody who is there again, has few to look at.
_AGAIN = """CREATE TABLE stint_again AS
    SELECT hash(person, facility) AS held FROM stints GROUP BY hash(person, facility) HAVING count(*) > 1"""
AGAIN = "hash(person, facility) IN (SELECT held FROM stint_again)"
"""Whether there may be another row of the same person in the same place: there is none where this is false."""
# Of copies of a row the first stays. Rows of one hash are few, and are all that have to be put side by side.
_ALIKE_ROWS = f"""CREATE TABLE stint_alike AS
    SELECT source, line, source_before, line_before
    FROM (SELECT source, line, first_value(source) OVER alike AS source_before,
            first_value(line) OVER alike AS line_before, row_number() OVER alike AS number
        FROM stints WHERE {AGAIN} AND hash({_MOMENTS}) IN (SELECT hash({_MOMENTS}) FROM stints WHERE {AGAIN}
            GROUP BY hash({_MOMENTS}) HAVING count(*) > 1)
        WINDOW alike AS (PARTITION BY {_ALIKE} ORDER BY source, line))
    WHERE number > 1"""
_ROWS = """CREATE VIEW stint_rows AS
    SELECT s.*, source_before, line_before, a.line IS NOT NULL AS is_alike, a.line IS NOT NULL AND {is_copy} AS is_copy,
        {days} AS days
    FROM stints s LEFT JOIN stint_alike a ON a.source = s.source AND a.line = s.line"""
# The days that each stretch in solitary confinement adds to those before it.
_SOLITARY = """CREATE VIEW stint_solitary AS
    SELECT *, greatest(0, {more}) AS added
    FROM (SELECT *, max(until_at) OVER (PARTITION BY person ORDER BY from_at, source, line
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS ended
        FROM stint_rows WHERE kind = 'solitary' AND person IS NOT NULL AND NOT is_copy AND until_at > from_at)"""
# Each stretch beside what came before it of the same person: the latest end of all, the rest of the last row. A person
# is also a number, `whose`, of source and line (below 2^40) of their first row: it takes half of the room of a name.
_CHAINS = """CREATE TABLE stint_chain AS
    SELECT *, coalesce(facility = elsewhere AND (until_before IS NULL OR from_at < until_before) AND (
        from_at = from_before OR until_at = until_before OR (from_at < from_before + INTERVAL 1 DAY
            AND until_at > until_before - INTERVAL 1 DAY AND until_at < until_before + INTERVAL 1 DAY)), FALSE)
        AS is_near
    FROM (SELECT source, line, person, facility, from_at, until_at, is_copy{beside},
            first_value(source * 1099511627776 + line) OVER in_order AS whose,
            max(until_at) OVER earlier AS ended, bool_or(until_at IS NULL) OVER earlier AS unended,
            lag(facility) OVER in_order AS elsewhere, lag(from_at) OVER in_order AS from_before,
            lag(until_at) OVER in_order AS until_before,
            lag(source) OVER in_order AS source_before, lag(line) OVER in_order AS line_before
        FROM stint_rows WHERE person IS NOT NULL AND NOT is_alike AND (until_at IS NULL OR until_at > from_at)
        WINDOW in_order AS (PARTITION BY person ORDER BY from_at, source, line),
            earlier AS (PARTITION BY person ORDER BY from_at, source, line
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING))"""
_ALL_CHAINS = "CREATE VIEW stint_chains AS SELECT *{none} FROM stint_chain"

ROW = (
    "coalesce(person, facility) AS subject, person IS NOT NULL AS is_person, CAST(from_at AS DATE) AS from_on,"
    " CAST(until_at AS DATE) AS until_on, CASE WHEN person IS NOT NULL THEN facility END AS place,"
)
PLACES: Mapping[str, Parameter] = {"place": "audit.this_place", "elsewhere": "audit.same_place"}
"""What a place is called that the sentence or its subject names already."""
ORDER = "source, line"
_TOGETHER = "CAST(min(from_at) AS DATE) AS from_on, CAST(max(from_at) AS DATE) + 1 AS until_on, count(*) AS row_count"
_COPIES = f"{_TOGETHER}, {first_rows('source_before, line_before', shown=PAIR)} AS rows FROM stint_rows WHERE is_alike"


def check(id: str, severity: Severity, needs: str, sql: str, also: tuple[Shape, ...] = ()) -> Check:
    """A check of stretches, beside what other shapes say."""
    names = tuple(needs.split())
    return Check(
        id=f"stints.{id}", shape=Shape.STINTS, severity=severity, needs=names, sql=sql, also=also, parameters=PLACES
    )


def each_row(
    id: str,
    severity: Severity,
    needs: str,
    where: str,
    more: str = "",
    *,
    table: str = "stint_rows",
    shown: str = SHOWN,
) -> Check:
    """One finding for each row of which something is so."""
    told = f"{ROW} [{shown}] AS rows{more and ', ' + more}"
    return check(id, severity, needs, f"SELECT {told} FROM {table} WHERE ({where}) AND NOT is_copy ORDER BY {ORDER}")


def _while_before(id: str, severity: Severity, where: str, ended: str, more: str = "") -> Check:
    """One finding for each row that begins while one before it lasts, until `ended`: the earliest that ends then."""
    table = f"""(WITH during AS (SELECT * FROM stint_chains WHERE {where}),
        held AS (SELECT person AS who, until_at AS end_before, facility AS held_in, source AS source_held,
                line AS line_held
            FROM stint_chains WHERE person IN (SELECT person FROM during)
            QUALIFY row_number() OVER (PARTITION BY person, until_at ORDER BY from_at, source, line) = 1)
        SELECT * FROM during JOIN held ON who = person AND end_before IS NOT DISTINCT FROM {ended})"""
    told = f"nullif(held_in, facility) AS elsewhere{more}"
    shown = PAIR.replace("_before", "_held")
    return each_row(id, severity, "person from_at until_at", "TRUE", told, table=table, shown=shown)


_OFF = 300
"""Days by which something is so far off that a year may be typed wrong."""


def _mistyped() -> str:
    """For each row the year that fits best what stands beside it, where the one that it has is far off: the length that
    it states, the day on which it was recorded, or where the person was next or before."""
    tried = " UNION ALL ".join(
        f"""SELECT *, {years} AS years, '{which}' AS which, {which}_at AS typed,
            CAST({ends["from"]} AS DATE) AS begins, CAST({ends["until"]} AS DATE) AS ends
        FROM odd WHERE {which}_at IS NOT NULL"""
        for years in (1, 2, 10)
        for sign in "+-"
        for which in ("until", "from")
        for ends in [{"from": "from_at", "until": "until_at"} | {which: f"{which}_at {sign} INTERVAL {years} YEAR"}]
    )
    beside = "SELECT DISTINCT person, CAST({}_at AS DATE) AS day FROM same"
    return f"""WITH odd AS (SELECT *, CAST(recorded_at AS DATE) - CAST(from_at AS DATE) AS recorded_after
            FROM stint_rows WHERE NOT is_copy AND (abs(days) >= {_OFF} OR abs(stated_days - days) >= {_OFF}
                OR CAST(from_at AS DATE) - CAST(recorded_at AS DATE) >= {_OFF})),
        same AS (SELECT person, from_at, until_at FROM stints WHERE person IN (SELECT person FROM odd)),
        tried AS ({tried}),
        fit AS (SELECT tried.*, CASE WHEN which = 'from' THEN begins ELSE ends END AS likely,
                CASE WHEN ends - begins = stated_days AND stated_days <> days THEN 1 ELSE 0 END
                + CASE WHEN after.day IS NOT NULL OR before.day IS NOT NULL THEN 2 ELSE 0 END
                + CASE WHEN which = 'from' AND CAST(recorded_at AS DATE) - begins BETWEEN 0 AND 7
                    AND (abs(days) >= {_OFF} OR recorded_after < 0) THEN 2 ELSE 0 END AS fits
            FROM tried LEFT JOIN ({beside.format("from")}) after
                ON which = 'until' AND after.person = tried.person AND after.day = tried.ends
            LEFT JOIN ({beside.format("until")}) before
                ON which = 'from' AND before.person = tried.person AND before.day = tried.begins
            WHERE ends IS NULL OR ends >= begins)
        SELECT {ROW} [{SHOWN}] AS rows, CAST(typed AS DATE) AS typed, likely
        FROM (SELECT *, row_number() OVER (PARTITION BY source, line ORDER BY fits DESC, years, which DESC, likely)
            AS number FROM fit WHERE fits > 0)
        WHERE number = 1 ORDER BY {ORDER}"""


CHECKS = (
    each_row("reversed", Severity.IMPOSSIBLE, "from_at until_at", "until_at < from_at", "-days AS length"),
    check("date_mistyped", Severity.DOUBTFUL, "from_at until_at", _mistyped()),
    each_row("zero_length", Severity.DOUBTFUL, "from_at until_at", "until_at = from_at"),
    each_row(
        "stated_length",
        Severity.IMPOSSIBLE,
        "from_at until_at stated_days",
        "stated_days <> days AND until_at >= from_at",
        "CAST(stated_days AS BIGINT) AS stated, days AS counted, abs(stated_days - days) AS days",
    ),
    check("copies", Severity.DOUBTFUL, "from_at", f"SELECT {_COPIES} AND person IS NOT NULL HAVING row_count > 0"),
    check("alike", Severity.NOTE, "from_at", f"SELECT {_COPIES} AND person IS NULL HAVING row_count > 0"),
    _while_before(
        "overlap",
        Severity.IMPOSSIBLE,
        "from_at < ended AND NOT is_near",
        "ended",
        ", CAST(least(ended, coalesce(until_at, ended)) AS DATE) - CAST(from_at AS DATE) AS days",
    ),
    _while_before(
        "open_before", Severity.DOUBTFUL, "unended AND coalesce(from_at >= ended, TRUE) AND NOT is_near", "NULL"
    ),
    each_row(
        "recorded_before",
        Severity.IMPOSSIBLE,
        "from_at recorded_at",
        "CAST(recorded_at AS DATE) < CAST(from_at AS DATE)",
        "CAST(recorded_at AS DATE) AS recorded, CAST(from_at AS DATE) - CAST(recorded_at AS DATE) AS early",
    ),
    each_row(
        "recorded_late",
        Severity.BREACH,
        "from_at recorded_at kind",
        f"kind = 'solitary' AND CAST(recorded_at AS DATE) - CAST(from_at AS DATE) > {REPORTED_WITHIN}",
        f"CAST(recorded_at AS DATE) AS recorded, CAST(recorded_at AS DATE) - CAST(from_at AS DATE) AS late,"
        f" {REPORTED_WITHIN} AS allowed",
    ),
    each_row(
        "recorded_after_end",
        Severity.DOUBTFUL,
        "until_at recorded_at",
        "CAST(recorded_at AS DATE) > CAST(until_at AS DATE)",
        "CAST(recorded_at AS DATE) AS recorded",
    ),
    each_row(
        "prolonged",
        Severity.BREACH,
        "from_at until_at kind",
        f"kind = 'solitary' AND days > {SOLITARY}",
        f"days AS held, {SOLITARY} AS allowed, days - {SOLITARY} AS days",
    ),
    check(
        "open",
        Severity.NOTE,
        "from_at until_at",
        f"SELECT {_TOGETHER}, {first_rows()} AS rows FROM stint_rows WHERE until_at IS NULL AND NOT is_copy"
        " HAVING row_count > 0",
    ),
)


def figures(engine: Engine, choices: Choices = DEFAULT) -> dict[str, Any]:
    """How many stretches there are, and how long. What hangs on those without an end comes as bounds: `days_ended`
    without them, `days_at_most` with each until the last day that the data know; or as was chosen."""
    least, most = choices.ends("days", choices.days_open)
    asked = {
        "stints": "count(*) FILTER (NOT is_copy)",
        "copies": "count(*) FILTER (is_copy)",
        "open": "count(*) FILTER (until_at IS NULL AND NOT is_copy)",
        "facilities": "count(DISTINCT facility)",
        "people": "(SELECT count(DISTINCT person) FROM stints)",  # apart, or it costs twice as much
        "mean_stated_days": "round(avg(stated_days) FILTER (counts), 2)",
        "median_stated_days": "median(stated_days) FILTER (counts)",
        "mean_days_ended": f"round(avg({least}) FILTER (counts), 2)",
        "median_days_ended": f"median({least}) FILTER (counts)",
        "days_ended": f"CAST(sum({least}) FILTER (counts) AS BIGINT)",
        "days_at_most": f"CAST(sum({most}) FILTER (counts) AS BIGINT)",
        "last_day": "CAST(max(last_day) AS VARCHAR)",
    }
    counts = "coalesce(days, 0) >= 0 AND NOT is_copy AS counts"
    counted = f"(SELECT *, {counts} FROM stint_rows CROSS JOIN {LAST_DAY})"
    values = engine.execute(f"SELECT {', '.join(asked.values())} FROM {counted}").fetchone()
    assert values is not None
    rows = engine.execute(
        f"SELECT facility, {asked['stints']}, {asked['open']}, {asked['days_ended']} FROM {counted}"
        " GROUP BY facility ORDER BY 2 DESC, facility"
    ).fetchall()
    names = ("facility", "stints", "open", "days_ended")
    return {**dict(zip(asked, values, strict=True)), "by_facility": [dict(zip(names, e, strict=True)) for e in rows]}
