"""What is wrong with stretches of custody beside each other: those of one person one after another, those of different
people in one bed, and the papers under which somebody was held.

What has one cause is one finding: the stretches of one facility, or of one way from facility to facility.
"""

from habeas.audit.found import PAIR, Severity, first_rows
from habeas.audit.stint_checks import ORDER, SOLITARY, check, each_row
from habeas.audit.tables import LAST_DAY

GAP = 2
"""Midnights in no place within one stay, from which they are looked at: a transfer may take one."""
RECORDED_WITHIN = 30
"""Days after which a row has been made long after what it is of, where no other time limit is known."""

_LATE = "CAST(recorded_at AS DATE) - CAST(from_at AS DATE)"
_GAP = "CAST(from_at AS DATE) - CAST(ended AS DATE)"
_LEFT = f"stay = stay_before AND NOT unended AND {_GAP} >= {GAP}"


def _of_place(where: str, more: str) -> str:
    """One answer for each facility that has such rows."""
    return _grouped(where, more, "stint_rows", "facility", first_rows())


def _of_way(where: str, more: str, *, by: str = "facility") -> str:
    """The same of rows with those before them."""
    return _grouped(where, more, "stint_chains", by, first_rows(shown=PAIR))


def _grouped(where: str, more: str, table: str, by: str, rows: str) -> str:
    return f"""SELECT min(facility) AS subject, CAST(min(from_at) AS DATE) AS from_on,
            CAST(max(from_at) AS DATE) + 1 AS until_on, count(*) AS row_count, {more},
            {rows} AS rows
        FROM {table} WHERE ({where}) AND NOT is_copy GROUP BY {by} ORDER BY row_count DESC, subject"""


CHECKS = (
    each_row(
        "vanished",
        Severity.DOUBTFUL,
        "person stay from_at until_at",
        f"{_LEFT} AND facility = elsewhere AND ended_by_before IS NULL",
        f"CAST(ended AS DATE) AS left_on, CAST(from_at AS DATE) AS back_on, {_GAP} AS days, {_GAP} AS away",
        table="stint_chains",
        shown=PAIR,
    ),
    check(
        "gap",
        Severity.DOUBTFUL,
        "person stay from_at until_at",
        _of_way(
            f"{_LEFT} AND facility <> elsewhere",
            f"min(elsewhere) AS elsewhere, CAST(sum({_GAP}) AS BIGINT) AS days, max({_GAP}) AS longest",
            by="elsewhere, facility",
        ),
    ),
    check(
        "near_copies",
        Severity.DOUBTFUL,
        "person from_at until_at",
        _of_way(
            "is_near",
            "CAST(coalesce(sum(CAST(least(until_before, until_at) AS DATE) - CAST(from_at AS DATE)), 0) AS BIGINT)"
            " AS days",
        ),
    ),
    check(
        "place_twice",
        Severity.DOUBTFUL,
        "unit from_at until_at",
        f"""SELECT min(facility) AS subject, unit AS place, CAST(min(from_at) AS DATE) AS from_on,
            CAST(max(from_at) AS DATE) + 1 AS until_on, count(*) AS row_count,
            CAST(sum(CAST(least(ended, until_at) AS DATE) - CAST(from_at AS DATE)) AS BIGINT) AS days,
            {first_rows(shown="other || '+' || source || ':' || line")} AS rows
        FROM (SELECT *, max(until_at) OVER earlier AS ended, max_by(person, until_at) OVER earlier AS holder,
                max_by(source || ':' || line, until_at) OVER earlier AS other
            FROM (SELECT facility, unit, coalesce(person, source || ':' || line) AS person, from_at,
                    coalesce(until_at, CAST(last_day AS TIMESTAMP)) AS until_at, source, line
                FROM stint_rows CROSS JOIN {LAST_DAY}
                WHERE unit IS NOT NULL AND NOT is_alike AND (until_at IS NULL OR until_at > from_at))
            WINDOW earlier AS (PARTITION BY facility, unit ORDER BY from_at, {ORDER}
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING))
        WHERE from_at < ended AND person <> holder
        GROUP BY facility, unit ORDER BY row_count DESC, subject, place""",
    ),
    check(
        "prolonged_in_sum",
        Severity.BREACH,
        "person from_at until_at kind",
        f"""SELECT min(person) AS subject, TRUE AS is_person, CAST(min(from_at) AS DATE) AS from_on,
            CAST(max(until_at) AS DATE) AS until_on, count(*) AS row_count, count(*) AS stretches,
            CAST(sum(added) AS BIGINT) AS held, {SOLITARY} AS allowed, held - {SOLITARY} AS days, {first_rows()} AS rows
        FROM (SELECT *, sum(CASE WHEN CAST(from_at AS DATE) <= CAST(ended AS DATE) + 1 THEN 0 ELSE 1 END)
                OVER in_order AS run FROM stint_solitary
            WINDOW in_order AS (PARTITION BY person ORDER BY from_at, {ORDER} ROWS UNBOUNDED PRECEDING))
        GROUP BY person, run HAVING sum(added) > {SOLITARY} AND max(days) <= {SOLITARY}
        ORDER BY held DESC, subject, from_on""",
    ),
    check(
        "title_missing",
        Severity.BREACH,
        "title from_at",
        _of_place("title IS NULL", "CAST(sum(greatest(days, 0)) AS BIGINT) AS days"),
    ),
    each_row(
        "title_late",
        Severity.BREACH,
        "title_from from_at",
        "title_from > CAST(from_at AS DATE) AND (until_at IS NULL OR until_at > from_at)",
        "title_from AS since, least(title_from, coalesce(CAST(until_at AS DATE), title_from))"
        " - CAST(from_at AS DATE) AS days",
    ),
    each_row(
        "title_expired",
        Severity.BREACH,
        "title_until from_at until_at",
        "coalesce(CAST(until_at AS DATE), last_day) > title_until AND coalesce(until_at > from_at, TRUE)",
        "title_until AS expired, CAST(until_at AS DATE) - greatest(title_until, CAST(from_at AS DATE)) AS days",
        table=f"stint_rows CROSS JOIN {LAST_DAY}",
    ),
    check(
        "title_changed",
        Severity.NOTE,
        "person title from_at until_at",
        _of_way(
            "title <> title_before AND (stay = stay_before OR from_at <= ended)", "count(DISTINCT person) AS people"
        ),
    ),
    check(
        "recorded_long_after",
        Severity.DOUBTFUL,
        "from_at recorded_at",
        _of_place(
            f"kind IS DISTINCT FROM 'solitary' AND {_LATE} > {RECORDED_WITHIN}",
            f"max({_LATE}) AS latest, {RECORDED_WITHIN} AS within",
        ),
    ),
)
