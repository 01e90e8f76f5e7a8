"""How many people were where on which day, and how many person-days that is, by several definitions side by side.

No day is made a row: each stretch adds one person on its first day and takes one away after its last, and the sums
run. A person counts once for a day in a facility, whatever number of rows say so; rows without a person each count as
one. Reversed rows count for nothing. Days are dates of the wall clock, so an hour that a clock change adds or takes
makes no difference. What hangs on stretches without an end comes twice: `least` without them, `most` with each until
the end of the last day in the data, of which some part is counted, and not its midnight. Where a source gives days and
no moments, whoever leaves on a day was there for some part of it, and not at its end.

A bill pays the day of a person once, by the stay and wherever it was spent: that is `person_days`. With an end, and in
one place, both come to the same.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

from habeas.audit import stays, stint_checks
from habeas.audit.choices import DEFAULT, Choices
from habeas.audit.engine import Engine
from habeas.audit.tables import DAY_SOURCES, ENDS, LAST_DAY, LAST_TOUCHED, LASTING

DEFINITIONS: Mapping[str, str] = {
    "midnight": "CAST({} AS DATE)",
    "any_part": f"{LAST_TOUCHED} + 1",
    "inclusive": "CAST({} AS DATE) + 1",
    "nights": "CAST({} - INTERVAL 6 HOUR AS DATE)",
    "first_not_last": LAST_TOUCHED,
}
"""By name, the day after the last that counts, of the moment of the end. `midnight`: there at the end of the day, which
is the first day and every later one but that of the book-out. `any_part`: there for some time of it; one who leaves at
00:00 was not. `inclusive`: the day of the book-out too, also where a file has days without hours. `nights`: there from
the end of the day until six in the morning. `first_not_last`: there for some time of it, but for the last day of an
unbroken time in the place; nobody is there by it for a single day."""

BOUNDS = {"least": "until_at", "most": "most_until"}
_EPOCH = "DATE '1970-01-01'"


def _deltas(name: str) -> str:
    """By facility and day, how many more people are there from that day on, by one definition."""
    end, moved = DEFINITIONS[name], list[str]()
    before, least = ("inclusive", ">=") if name == "inclusive" else ("before", ">")
    for bound, until in BOUNDS.items():
        parts = ", ".join(f"{'moved' if each == bound else 0} AS {each}" for each in BOUNDS)
        covered = f"{until}_{before}"
        counted = f"""SELECT facility, CASE WHEN from_at <= {covered} THEN {end.format(covered)}
                ELSE greatest(CAST(from_at AS DATE), {end.format(covered)}) END AS first,
            {end.format(until)} AS after FROM stint_held WHERE {until} {least} from_at"""
        for day, number in (("first", 1), ("after", -1)):
            moved.append(
                f"SELECT facility, {day} AS day, {parts.replace('moved', str(number))} FROM ({counted})"
                " WHERE first < after"
            )
    moved.append(
        f"SELECT facility, coalesce(first, {end.format('until_at')}) AS day, {', '.join(['moved'] * len(BOUNDS))}"
        " FROM (SELECT *, CASE WHEN first IS NULL THEN -people ELSE people END AS moved FROM stint_alone)"
    )
    return (
        f"SELECT '{name}' AS definition, facility, day, sum(least) AS least, sum(most) AS most"
        f" FROM ({' UNION ALL '.join(moved)}) GROUP BY facility, day"
    )


_COUNTED = f"""(SELECT source, line, person, facility, from_at, until_at, person IS NOT NULL AND {stint_checks.AGAIN}
            OR until_at IS NULL OR until_at = from_at OR until_at < CAST(from_at AS DATE) + INTERVAL 6 HOUR AS is_held
        FROM (SELECT source, line, person, facility, from_at, {ENDS} AS until_at
            FROM stint_rows JOIN {DAY_SOURCES} USING (source)
            WHERE NOT is_copy AND (stint_rows.until_at IS NULL OR stint_rows.until_at >= from_at)))"""

_PREPARE = (
    # Most stretches are the only one of their person in their place, and have an end: these are counted by days.
    f"""CREATE TABLE stint_alone AS
    SELECT facility, first, max(until_at) AS until_at, count(*) AS people
    FROM (SELECT facility, until_at, CAST(from_at AS DATE) AS first, CAST(until_at AS DATE) AS last,
            until_at = CAST(until_at AS DATE) AS is_whole,
            until_at < CAST(until_at AS DATE) + INTERVAL 6 HOUR AS is_early FROM {_COUNTED} WHERE NOT is_held)
    GROUP BY GROUPING SETS ((facility, first), (facility, last, is_whole, is_early))""",
    # Each of the others, with the latest end of those before it in the same place: what they cover it covers not again.
    f"""CREATE TABLE stint_held AS
    SELECT *, max(until_at) OVER earlier AS until_at_inclusive, max(most_until) OVER earlier AS most_until_inclusive,
        max(until_at) FILTER (until_at > from_at) OVER earlier AS until_at_before,
        max(most_until) FILTER (most_until > from_at) OVER earlier AS most_until_before
    FROM (SELECT facility, from_at, {{least}} AS until_at, source, line, {{most}} AS most_until, {{who}} AS who,
            person IS NOT NULL AS is_person
        FROM {_COUNTED} CROSS JOIN {LAST_DAY} WHERE is_held)
    WINDOW earlier AS (PARTITION BY is_person, who, facility ORDER BY from_at, source, line
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)""",
)


def prepare(definitions: Iterable[str] = DEFINITIONS, choices: Choices = DEFAULT) -> tuple[str, ...]:
    """Follows the preparation of the checks: by definition and facility, who is more and who fewer from a day on."""
    least, most = choices.ends("until_at", LASTING)
    made = [each.format(least=least, most=most, who=choices.who) for each in _PREPARE]
    return (*made, f"CREATE TABLE stint_deltas AS {' UNION ALL '.join(map(_deltas, definitions))}")


def head_counts(engine: Engine, definition: str = "midnight", table: str = "stint_deltas") -> list[tuple[Any, ...]]:
    """Facility, day, least, most: each day from which another number of people was there."""
    return engine.execute(
        f"""SELECT facility, day, CAST(sum(least) OVER so_far AS BIGINT), CAST(sum(most) OVER so_far AS BIGINT)
        FROM {table} WHERE definition = ? WINDOW so_far AS (PARTITION BY facility ORDER BY day)
        ORDER BY facility, day""",
        [definition],
    ).fetchall()


def person_days(engine: Engine) -> list[tuple[Any, ...]]:
    """Definition, facility, month (its first day), least, most: months clip what goes over them. Of deltas up to a day
    the person-days are that day times their sum, less the sum of each times its own day."""
    sums = ", ".join(f"sum({each}) AS {each}, sum({each} * (day - {_EPOCH})) AS {each}_days" for each in BOUNDS)
    so_far = ", ".join(
        f"sum(coalesce({each}, 0)) OVER w * (after - {_EPOCH}) - sum(coalesce({each}_days, 0)) OVER w AS {each}"
        for each in BOUNDS
    )
    own = ", ".join(f"CAST({each} - lag({each}, 1, 0) OVER w AS BIGINT) AS {each}" for each in BOUNDS)
    window = "WINDOW w AS (PARTITION BY definition, facility ORDER BY month)"
    return engine.execute(
        f"""WITH moved AS (SELECT definition, facility, CAST(date_trunc('month', day) AS DATE) AS month, {sums}
            FROM stint_deltas GROUP BY ALL),
        months AS (SELECT definition, facility, CAST(begins AS DATE) AS month FROM (
            SELECT definition, facility, unnest(range(CAST(min(month) AS TIMESTAMP), max(month) + INTERVAL 1 MONTH,
                INTERVAL 1 MONTH)) AS begins FROM moved GROUP BY definition, facility)),
        until AS (SELECT definition, facility, month, {so_far} FROM (
            SELECT *, CAST(month + INTERVAL 1 MONTH AS DATE) AS after
            FROM months LEFT JOIN moved USING (definition, facility, month)) {window})
        SELECT * FROM (SELECT definition, facility, month, {own} FROM until {window})
        WHERE most > 0 ORDER BY definition, facility, month"""
    ).fetchall()


def in_sum(engine: Engine, table: str = "stint_deltas") -> dict[str, list[list[Any]]]:
    """By definition, the days from which another number of people was in all facilities together, least and most:
    somebody who is in two of them on one day is counted in both."""
    rows = engine.execute(
        f"""SELECT definition, CAST(day AS VARCHAR), CAST(sum(least) OVER so_far AS BIGINT),
            CAST(sum(most) OVER so_far AS BIGINT)
        FROM (SELECT definition, day, sum(least) AS least, sum(most) AS most FROM {table} GROUP BY definition, day)
        WINDOW so_far AS (PARTITION BY definition ORDER BY day) ORDER BY definition, day"""
    ).fetchall()
    told: dict[str, list[list[Any]]] = {each: [] for each in DEFINITIONS if table == "stint_deltas"}
    for definition, *step in rows:
        told.setdefault(definition, []).append(step)
    return told


def by_facility(engine: Engine, definition: str, table: str = "stint_deltas") -> dict[str, list[list[Any]]]:
    """By facility, each day from which another number of people was there, least and most."""
    counted = groupby(head_counts(engine, definition, table), itemgetter(0))
    return {facility: [[day.isoformat(), *people] for _, day, *people in steps] for facility, steps in counted}


def figures(engine: Engine, definitions: Sequence[str] = ("midnight",), choices: Choices = DEFAULT) -> dict[str, Any]:
    """What stretches come to alone; stays, and who came and left; the most people at one midnight in one facility;
    head counts by day, by facility by these definitions; person-days by month."""
    peak = engine.execute(
        """SELECT CAST(coalesce(max(people), 0) AS BIGINT) FROM (SELECT sum(most) OVER
            (PARTITION BY facility ORDER BY day) AS people FROM stint_deltas WHERE definition = 'midnight')"""
    ).fetchone()
    of_days = engine.execute(f"SELECT count(*) FROM {DAY_SOURCES} WHERE is_days").fetchone()
    names = ("definition", "facility", "month", "least", "most")
    rows = [dict(zip(names, each, strict=True)) for each in person_days(engine)]
    return {
        **stint_checks.figures(engine, choices),
        "peak_at_midnight": peak and peak[0],
        **({"sources_of_days": of_days[0]} if of_days and of_days[0] else {}),
        "stays": stays.lengths(engine, choices),
        "head_counts_in_sum": in_sum(engine),
        "head_counts": {each: by_facility(engine, each) for each in definitions},
        "flows": stays.flows(engine),
        "person_days": [{**each, "month": each["month"].isoformat()[:7]} for each in rows],
    }
