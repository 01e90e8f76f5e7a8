"""What an agreement and the safeguards ask of stretches of custody that others recorded: which facilities, how many
places, and the rules for people who are held.

The person-days of a person are divided where something that a rule asks changes, and each piece is asked on its last
day, by the terms in force then. A rule is asked where the data have every fact that it wants; of the others it is said
how many there are. What the data do not say is not shown and counted apart: it is neither met nor broken. The last
title of a person is taken to end on the day of release.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import Any

from habeas.audit.agreed import WIDEST, Agreed, by_convention
from habeas.audit.asked import Asked, asked
from habeas.audit.engine import Engine
from habeas.audit.found import Check, Severity, first_rows
from habeas.audit.person_days import runs_sql
from habeas.audit.reconcile import plain_name
from habeas.audit.scan import judge
from habeas.audit.stint_checks import check
from habeas.audit.tables import LAST_TOUCHED
from habeas.core.facts import CATALOGUE
from habeas.core.ledger.conventions import CONVENTIONS
from habeas.core.ledger.person_days import Days
from habeas.core.rules import Value
from habeas.core.rules.sql import COLUMN_TYPES, name_sql, value_sql
from habeas.core.safeguards import Step
from habeas.core.terms import Agreement

NEVER = "DATE '9999-12-31'"
_TITLE = "title_in_receiving_state"
FACTS = {
    "asked_on": "until_on - 1",
    "asked_at": "CAST(until_on AS TIMESTAMP) - INTERVAL 1 MICROSECOND",
    _TITLE: "CASE WHEN last_on IS NOT NULL THEN covered_on IS NOT NULL END",
    "title_in_receiving_state_ends_at": f"CAST(nullif(coalesce(covered_on, ended_on), {NEVER}) AS TIMESTAMP)",
    "return_due_on": f"nullif(last_on, {NEVER}) - CAST(back AS INTEGER)",
}
"""What stretches and their titles say of a piece: each fact that a rule may ask, in SQL."""
_MASKS = {"rule_breaks": "barred_0", "rule_gaps": "not_shown_0"}
OF_THE_DAY = {"asked_on", "asked_at"}

_TITLES = {"stints.title_late", "stints.title_expired"}
"""Checks of stretches alone that find what a rule about titles finds."""


def _titles(language: str) -> str:
    """What the rules of one cause are called: the first, and the others."""
    named = f"{language} || ' (' || rule || ')'"
    return f"""max({named}) FILTER (rule = cause) AS title_{language},
            coalesce(string_agg('; ' || {named}, '' ORDER BY rule) FILTER (rule <> cause), '') AS others_{language}"""


CHECKS = (
    check(
        "safeguard",
        Severity.BREACH,
        "person title_from title_until",
        f"""WITH ruled AS (SELECT who, rule, en, es, list_sort(list(from_on)) AS pieces, min(from_on) AS from_on,
                max(until_on) AS until_on, CAST(sum(until_on - from_on) AS BIGINT) AS days
                FROM rule_breaks GROUP BY who, rule, en, es),
            caused AS (SELECT *, min(rule) OVER (PARTITION BY who, pieces) AS cause FROM ruled),
            shown AS (SELECT who, cause, count(*) AS row_count, {first_rows()} AS rows
                FROM (SELECT DISTINCT who, rule AS cause, source, line FROM rule_breaks broken JOIN held
                    ON held.person = who AND CAST(from_at AS DATE) < broken.until_on
                    AND broken.from_on <= {LAST_TOUCHED.format("until_at")}) GROUP BY who, cause)
        SELECT who AS subject, TRUE AS is_person, min(from_on) AS from_on, max(until_on) AS until_on, max(days) AS days,
            any_value(rows) AS rows, any_value(row_count) AS row_count, {", ".join(map(_titles, ("en", "es")))}
        FROM caused JOIN shown USING (who, cause)
        GROUP BY who, cause ORDER BY days DESC, cause, who""",
    ),
    check(
        "over_places",
        Severity.BREACH,
        "from_at until_at",
        f"""WITH moved AS (SELECT facility, from_on AS day, 1 AS number FROM certain_runs
                UNION ALL SELECT facility, until_on, -1 FROM certain_runs),
            days AS (SELECT facility, day, sum(number) AS number FROM moved GROUP BY facility, day),
            there AS (SELECT facility, day, lead(day) OVER (PARTITION BY facility ORDER BY day) AS until_on,
                sum(number) OVER (PARTITION BY facility ORDER BY day) AS people FROM days),
            over AS (SELECT facility, people, places, greatest(day, begins_on) AS from_on,
                least(until_on, ends_on) AS until_on
                FROM there JOIN agreed_places agreed ON agreed.name = {plain_name("facility")}
                WHERE people > places AND day < ends_on AND begins_on < until_on)
        SELECT facility AS subject, min(from_on) AS from_on, max(until_on) AS until_on,
            CAST(sum((until_on - from_on) * (people - places)) AS BIGINT) AS days,
            CAST(max(people) AS BIGINT) AS highest, min(places) AS places
        FROM over GROUP BY facility ORDER BY days DESC, facility""",
    ),
    check(
        "not_agreed",
        Severity.DOUBTFUL,
        "facility",
        f"""SELECT facility AS subject, CAST(min(from_at) AS DATE) AS from_on,
            CAST(max(until_at) AS DATE) + 1 AS until_on,
            count(*) AS row_count, {first_rows()} AS rows FROM held WHERE EXISTS (SELECT 1 FROM agreed_places)
            AND {plain_name("facility")} NOT IN (SELECT name FROM agreed_places)
        GROUP BY facility ORDER BY row_count DESC, facility""",
    ),
)


def beside(checks: Sequence[Check], there: Collection[str]) -> Iterator[Check]:
    """What is asked where there is an agreement; `there` are the columns that the files have. One cause is one finding:
    days on which another row gives a title, or a rule finds none, are not those of a row alone."""
    untitled = f"""SELECT 1 FROM recorded day WHERE who = subject AND NOT {_TITLE}
        AND each.from_on < day.until_on AND day.from_on < coalesce(each.until_on, {NEVER})
        AND NOT EXISTS (SELECT 1 FROM rule_breaks WHERE is_of_title AND who = day.who AND from_on = day.from_on)"""
    left = _TITLES if {f"stints.{name}" for name in CHECKS[0].needs} <= {*there} else ()
    for each in checks:
        sql = f"SELECT * FROM ({each.sql}) each WHERE NOT is_person OR EXISTS ({untitled})"
        yield replace(each, sql=sql) if each.id in left else each
    yield from CHECKS


def prepare(engine: Engine, agreed: Agreed) -> None:
    """Make what the checks ask. Wants `stints`, and what `person_days.PREPARE` makes of them."""
    engine.execute("CREATE TABLE agreed_names (called VARCHAR, places BIGINT, begins_on DATE, ends_on DATE)")
    for version, *dates in agreed.spans:
        for each in version.facilities:
            for called in (each.code, each.name):
                engine.execute("INSERT INTO agreed_names VALUES (?, ?, ?, ?)", [called, each.places, *dates])
    named = f"SELECT DISTINCT {plain_name('called')} AS name, places, begins_on, ends_on FROM agreed_names"
    engine.execute(f"CREATE TABLE agreed_places AS {named}")
    engine.execute(f"CREATE TABLE certain_runs AS {runs_sql(CONVENTIONS['midnight'], with_open=False)}")
    engine.execute(f"CREATE TABLE runs AS {runs_sql(CONVENTIONS[WIDEST])}")
    rules = chosen(agreed)
    engine.execute(_recorded_sql(agreed))
    judge(engine, rules, [*FACTS, *_given(agreed)], None)
    law = {each.id: each.title for each in agreed.safeguards.safeguards} if agreed.safeguards else {}
    told: list[tuple[Value, ...]] = [
        (bit, each.id, _TITLE in each.wanted, law[each.id].en, law[each.id].es) for bit, each in enumerate(rules)
    ]
    listed = ", ".join(f"({', '.join(map(value_sql, each))})" for each in told)
    engine.execute(f"CREATE TABLE rules_asked AS SELECT * FROM (VALUES {listed}) told(bit, rule, is_of_title, en, es)")
    for name, mask in _MASKS.items():
        engine.execute(
            f"""CREATE TABLE {name} AS SELECT told.*, who, from_on, until_on FROM masks JOIN recorded USING (id)
            JOIN rules_asked told ON ({mask} >> bit) & 1 = 1"""
        )


def held_rules(agreed: Agreed) -> tuple[Asked, ...]:
    """What binding safeguards ask while somebody is held."""
    every = asked(agreed.versions[-1], agreed.safeguards) if agreed.safeguards else ()
    return tuple(each for each in every if Step.HELD in each.steps)


def chosen(agreed: Agreed) -> tuple[Asked, ...]:
    """Those of which stretches and terms give every fact, and stretches some."""
    there, of_stretches = {*FACTS, *_given(agreed)}, FACTS.keys() - OF_THE_DAY
    return tuple(e for e in held_rules(agreed) if {*e.wanted} <= there and not of_stretches.isdisjoint(e.wanted))


def _recorded_sql(agreed: Agreed) -> str:
    """What is judged: each piece of the person-days of a person, with its facts."""
    given = _given(agreed)
    terms = ", ".join(("begins_on", "ends_on", "back", *map(name_sql, given)))
    versions = ", ".join(
        f"({', '.join((value_sql(begins_on), value_sql(ends_on), *_constants(version, given)))})"
        for version, begins_on, ends_on in agreed.spans
    )
    facts = ", ".join(f"{made} AS {name}" for name, made in FACTS.items())
    return f"""CREATE TABLE recorded AS
    WITH terms({terms}) AS (VALUES {versions}),
    titles AS (SELECT DISTINCT person AS who, title_from AS from_on, coalesce(title_until, {NEVER}) AS until_on
        FROM stints WHERE person IS NOT NULL AND title_from IS NOT NULL),
    last AS (SELECT who, max(until_on) AS last_on FROM titles GROUP BY who),
    marks AS (SELECT person AS who, from_on AS day FROM runs UNION SELECT person, until_on FROM runs
        UNION SELECT who, from_on FROM titles UNION SELECT who, until_on FROM titles
        UNION SELECT who, last_on - CAST(back AS INTEGER) + 1 FROM last CROSS JOIN terms
            WHERE last_on < {NEVER} AND back IS NOT NULL
        UNION SELECT person, begins_on FROM runs CROSS JOIN terms),
    pieces AS (SELECT who, day AS from_on, lead(day) OVER (PARTITION BY who ORDER BY day) AS until_on FROM marks),
    placed AS (SELECT piece.who, piece.from_on, piece.until_on FROM pieces piece JOIN runs run ON run.person = piece.who
        AND run.from_on <= piece.from_on AND piece.until_on <= run.until_on),
    titled AS (SELECT placed.who, placed.from_on, placed.until_on, max(title.until_on) AS last_on,
            max(CASE WHEN title.from_on <= placed.from_on AND placed.until_on <= title.until_on
                THEN title.until_on END) AS covered_on,
            max(CASE WHEN title.until_on <= placed.from_on THEN title.until_on END) AS ended_on
        FROM placed LEFT JOIN titles title ON title.who = placed.who
        GROUP BY placed.who, placed.from_on, placed.until_on)
    SELECT row_number() OVER (ORDER BY who, from_on) AS id, 'held' AS act, 'held' AS step, who, from_on, until_on,
        {facts}, {", ".join(map(name_sql, given))}
    FROM titled JOIN (SELECT * FROM terms) term ON term.begins_on <= from_on AND from_on < term.ends_on"""


def _given(agreed: Agreed) -> list[str]:
    """The facts that a rule may ask and the terms of some version give."""
    return sorted({name for version in agreed.versions for name in version.given if name in CATALOGUE})


def _constants(version: Agreement, given: Sequence[str]) -> Iterator[str]:
    """How many days before release somebody is back, and each fact that terms give: not known where these don't."""
    for name in ("return_before_release_days", *given):
        value = version.given.get(name)
        constant = "NULL" if value is None else value_sql(value)
        yield f"CAST({constant} AS {COLUMN_TYPES[CATALOGUE[name].type]})"


def people(engine: Engine) -> dict[str, int]:
    """By rule, how many people are behind that of its numbers which is of the fewest."""
    return dict(
        engine.execute(
            """SELECT rule, min(people) FROM (SELECT rule, (barred_0 >> bit) & 1 AS is_broken,
                    (not_shown_0 >> bit) & 1 AS is_gap, count(DISTINCT who) AS people
                FROM masks JOIN recorded USING (id) CROSS JOIN rules_asked GROUP BY ALL)
            GROUP BY rule"""
        ).fetchall()
    )


def figures(engine: Engine, agreed: Agreed, *, is_billed: bool) -> dict[str, Any]:
    """How many rules were asked, and on how many person-days each is met, is not met, and is not shown; and, where no
    bill stands beside it, what the person-days come to."""
    days = "coalesce(CAST(sum(until_on - from_on) AS BIGINT), 0)"
    [(whole, *dates)] = engine.execute(f"SELECT {days}, min(from_on), max(until_on) FROM recorded").fetchall()
    period = Days(from_on=dates[0], until_on=dates[1]) if whole and not is_billed else None
    of = {name: dict(engine.execute(f"SELECT rule, {days} FROM {name} GROUP BY rule").fetchall()) for name in _MASKS}
    counted = [(each.id, *(of[name].get(each.id, 0) for name in _MASKS)) for each in chosen(agreed)]
    return {
        "agreement": agreed.versions[-1].id,
        "person_days_asked": whole,
        "rules_asked": len(counted),
        "rules_not_asked": len(held_rules(agreed)) - len(counted),
        "by_convention": [*by_convention(engine, agreed, period, None)] if period else [],
        "by_rule": [
            {"rule": id, "met": whole - broken - gaps, "not_met": broken, "not_shown": gaps}
            for id, broken, gaps in counted
        ],
    }
