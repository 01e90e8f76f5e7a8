"""What is wrong with a list of facilities: more people than places, a guaranteed minimum that nobody filled, and what
does not go together in one row."""

from typing import Any

from habeas.audit.engine import Engine
from habeas.audit.found import Check, Severity, first_rows
from habeas.audit.tables import Shape

_ROW = "coalesce(facility, source || ':' || line) AS subject, [source || ':' || line] AS rows"


def _check(id: str, severity: Severity, needs: str, sql: str) -> Check:
    return Check(id=f"facilities.{id}", shape=Shape.FACILITIES, severity=severity, needs=tuple(needs.split()), sql=sql)


CHECKS = (
    _check(
        "over_capacity",
        Severity.BREACH,
        "capacity peak",
        f"""SELECT {_ROW}, CAST(capacity AS BIGINT) AS places, CAST(peak AS BIGINT) AS peak
        FROM facilities WHERE peak > capacity ORDER BY peak - capacity DESC, facility, source, line""",
    ),
    _check(
        "under_minimum",
        Severity.DOUBTFUL,
        "minimum people",
        f"""SELECT {_ROW}, CAST(minimum AS BIGINT) AS guaranteed, round(people, 1) AS average
        FROM facilities WHERE people < minimum ORDER BY minimum - people DESC, facility, source, line""",
    ),
    _check(
        "minimum_over_capacity",
        Severity.IMPOSSIBLE,
        "minimum capacity",
        f"""SELECT {_ROW}, CAST(minimum AS BIGINT) AS guaranteed, CAST(capacity AS BIGINT) AS places
        FROM facilities WHERE minimum > capacity ORDER BY facility, source, line""",
    ),
    _check(
        "average_over_peak",
        Severity.IMPOSSIBLE,
        "people peak",
        f"""SELECT {_ROW}, round(people, 1) AS average, CAST(peak AS BIGINT) AS peak
        FROM facilities WHERE people > peak + 0.5 ORDER BY people - peak DESC, facility, source, line""",
    ),
    _check(
        "listed_twice",
        Severity.DOUBTFUL,
        "facility",
        f"""SELECT facility AS subject, count(*) AS row_count, {first_rows()} AS rows
        FROM facilities WHERE facility IS NOT NULL GROUP BY facility HAVING count(*) > 1
        ORDER BY row_count DESC, facility""",
    ),
)


def figures(engine: Engine) -> dict[str, Any]:
    """Of how many facilities the list gives what, and what it comes to."""
    asked = {
        "facilities": "count(*)",
        "unnamed": "count(*) FILTER (facility IS NULL OR facility LIKE '? %')",
        "with_capacity": "count(capacity)",
        "with_minimum": "count(minimum)",
        "minimum_places": "CAST(sum(minimum) AS BIGINT)",
        "with_rate": "count(rate)",
        "rate_lowest": "CAST(min(rate) AS VARCHAR)",
        "rate_median": "CAST(CAST(median(rate) AS DECIMAL(18, 4)) AS VARCHAR)",
        "rate_highest": "CAST(max(rate) AS VARCHAR)",
        "peak_over_capacity": "count(*) FILTER (peak > capacity)",
    }
    values = engine.execute(f"SELECT {', '.join(asked.values())} FROM facilities").fetchone()
    assert values is not None
    return dict(zip(asked, values, strict=True))
