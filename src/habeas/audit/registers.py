"""One register of stretches beside another of the same unit: what stands in one alone, and what has other dates.

Two tables are registers of the same where they have a facility and a kind of custody in common, cover the same days by
the beginnings of their stretches, and at least half of the smaller one is in the other. A stretch is in the other where
it has the person there at the same time; where a table does not tell people apart, by the day of the beginning.
"""

from habeas.audit.found import Severity, first_rows
from habeas.audit.reconcile import named
from habeas.audit.stint_checks import check

_NEVER = "DATE '9999-12-31'"
_SAME_PLACE = "a.name = b.name AND a.kind = b.kind"
_COMMON = "greatest(a.begins, b.begins) AS begins, least(a.ends, b.ends) AS ends"

PREPARE = (
    f"""CREATE TABLE register_pairs AS
    WITH dated AS (SELECT source, line, person, facility, coalesce(kind, '') AS kind, CAST(from_at AS DATE) AS first,
            CAST(until_at AS DATE) AS last FROM stints),
        spans AS MATERIALIZED (SELECT dated.*, name, first || '/' || row_number() OVER (
                PARTITION BY source, name, kind, first ORDER BY last NULLS LAST, line) AS nth
            FROM dated JOIN {named("stints")} n ON n.facility = dated.facility),
        covers AS (SELECT source, name, kind, min(first) AS begins, max(first) AS ends, count(person) > 0 AS is_told
            FROM spans GROUP BY source, name, kind),
        pairs AS (SELECT a.source AS one, b.source AS other, a.name, a.kind, {_COMMON}, a.is_told AND b.is_told AS told
            FROM covers a JOIN covers b ON {_SAME_PLACE} AND a.source < b.source
            WHERE greatest(a.begins, b.begins) <= least(a.ends, b.ends)),
        keyed AS MATERIALIZED (SELECT one, other, b.name, b.kind, b.source, b.line, b.facility, b.first, b.last,
                CASE WHEN told THEN b.person ELSE b.nth END AS key, b.first BETWEEN begins AND ends AS is_common
            FROM spans b JOIN pairs a ON {_SAME_PLACE} AND (b.source = a.one OR b.source = a.other)),
        met AS (SELECT a.one, a.other, a.source, a.line,
                bool_or(a.first = b.first AND a.last IS NOT DISTINCT FROM b.last) AS is_same
            FROM keyed a JOIN keyed b ON {_SAME_PLACE} AND a.key = b.key AND a.one = b.one AND a.other = b.other
                AND a.source <> b.source AND b.first <= coalesce(a.last, {_NEVER})
                AND a.first <= coalesce(b.last, {_NEVER})
            WHERE a.is_common GROUP BY a.one, a.other, a.source, a.line)
    SELECT k.*, is_same FROM keyed k LEFT JOIN met
        ON met.one = k.one AND met.other = k.other AND met.source = k.source AND met.line = k.line
    WHERE is_common AND key IS NOT NULL""",
)
"""Each stretch within the days that two registers have in common: `is_same` is NULL where the other has none of the
person then, false where it has one with other dates. Made where there are two tables of stretches."""

_ALONE, _APART = "is_same IS NULL", "coalesce(NOT is_same, TRUE)"


def _count(where: str) -> str:
    return f"CAST(count(*) FILTER ({where}) AS BIGINT)"


CHECKS = (
    check(
        "other_register",
        Severity.DOUBTFUL,
        "from_at until_at",
        f"""SELECT min(facility) AS subject, one, other, min(first) AS from_on, max(first) + 1 AS until_on,
            {_count(f"{_ALONE} AND source = one")} AS in_one, {_count(f"{_ALONE} AND source = other")} AS in_other,
            {_count("NOT is_same AND source = one")} AS dated, {_count("is_same AND source = one")} AS alike,
            {_count(_APART)} AS row_count, CAST(sum(last - first) FILTER ({_ALONE}) AS BIGINT) AS days,
            {first_rows(where=_APART)} AS rows
        FROM register_pairs GROUP BY one, other, name, kind
        HAVING {_count(_APART)} > 0 AND least({_count("is_same IS NOT NULL AND source = one")},
                {_count("is_same IS NOT NULL AND source = other")}) * 2
            >= least({_count("source = one")}, {_count("source = other")})
        ORDER BY row_count DESC, subject, one, other""",
    ),
)
