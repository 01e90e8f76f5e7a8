"""What is wrong with the lines of a bill, held against the stints and an agreement, with days and money.

Each billed day has one cause at most, and each line comes apart without remainder: its amount is what is due of it and
what its findings say. Days are counted by one convention, which every finding names. A line says from which day until
before which, at what rate of a person-day in the currency of the fee, and, where it is in another currency, at which
exchange rate of which day: that of the last day that is billed is right, unless it is said nowhere.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import duckdb

from habeas.audit.found import Check, Finding, Severity, found
from habeas.audit.person_days import count, runs_sql
from habeas.audit.tables import Shape
from habeas.core.ledger.conventions import Convention
from habeas.core.ledger.fees import PerDiem, PerDiemWithMinimum
from habeas.core.ledger.money import exponent
from habeas.core.ledger.person_days import Days
from habeas.core.rules.sql import value_sql
from habeas.core.terms import Agreement
from habeas.core.versions import in_force

CAUSES = {
    "refused": Severity.BREACH,  # the door did not take the person
    "after_release": Severity.IMPOSSIBLE,
    "nobody": Severity.IMPOSSIBLE,  # no stint has the person anywhere on that day
    "not_counted": Severity.BREACH,  # there for a part of the day, and the convention does not count it
    "both_facilities": Severity.IMPOSSIBLE,  # the day is another facility's, which bills it too
    "other_facility": Severity.BREACH,  # the day is another facility's
    "twice": Severity.IMPOSSIBLE,
    "untitled": Severity.BREACH,
    "nameless": Severity.DOUBTFUL,  # a line that names nobody can be held against nothing
    "rate": Severity.BREACH,
    "exchange": Severity.BREACH,
    "sum": Severity.IMPOSSIBLE,  # days x rate is not the amount
    "minimum": Severity.BREACH,  # empty places are billed on which somebody was
}
CHECKS = tuple(
    Check(
        id=f"bills.{cause}",
        shape=Shape.BILLS,
        severity=severity,
        sql=f"SELECT * EXCLUDE (cause) FROM bill_wrongs WHERE cause = '{cause}' ORDER BY minor DESC NULLS LAST, rows",
    )
    for cause, severity in CAUSES.items()
)

_OF_DAYS = "coalesce(kind, 'days') = 'days'"


def prepare(engine: duckdb.DuckDBPyConnection, versions: Sequence[Agreement], convention: Convention) -> None:
    """Make `bill_wrongs`, which the checks ask. Wants `bills`, and what `person_days.PREPARE` makes of the stints."""
    engine.execute(
        """CREATE TABLE bill_wrongs (cause VARCHAR, subject VARCHAR, is_person BOOLEAN, from_on DATE, until_on DATE,
        rows VARCHAR[], days BIGINT, minor BIGINT, currency VARCHAR, place VARCHAR, convention VARCHAR)"""
    )
    engine.execute(f"CREATE TABLE bill_runs AS {runs_sql(convention)}")
    engine.execute(_pieces_sql([each for version in versions if (each := version.version.from_on)]))
    told = engine.execute(
        "SELECT currency, rate_on, min(exchange) FROM bills WHERE rate_on IS NOT NULL AND exchange IS NOT NULL"
        " GROUP BY ALL HAVING count(DISTINCT exchange) = 1"
    ).fetchall()
    exchanges = {(currency, on): rate for currency, on, rate in told}
    rows = [*_of_lines(engine, versions, exchanges), *_of_minimum(engine, versions, convention)]
    for row in rows:
        engine.execute(f"INSERT INTO bill_wrongs VALUES ({', '.join('?' * 10)}, ?)", [*row, convention.name])


def by_money(engine: duckdb.DuckDBPyConnection) -> list[Finding]:
    """Every finding of the bill, what costs most first."""
    every = [finding for check in CHECKS for finding in found(engine, check)]
    return sorted(every, key=lambda each: (-(each.minor or 0), each.rows))


def _pieces_sql(changes: Sequence[date]) -> str:
    """Each line divided into spans of days to which one thing happened, with what it is."""
    cuts = "".join(f" UNION SELECT person, {value_sql(each)} FROM bill_days" for each in changes)
    after = "CAST(until_at - INTERVAL 1 MICROSECOND AS DATE) + 1"
    return f"""CREATE TABLE bill_pieces AS
    WITH bill_days AS (SELECT *, row_number() OVER (ORDER BY source, line) AS number
        FROM bills WHERE {_OF_DAYS} AND person IS NOT NULL AND until_on > from_on),
    touched AS (SELECT person, CAST(from_at AS DATE) AS from_on, {after} AS until_on FROM held),
    refused AS (SELECT person, CAST(from_at AS DATE) AS from_on, CAST(from_at AS DATE) + 1 AS until_on
        FROM stints WHERE kind = 'refused'),
    titles AS (SELECT DISTINCT person, title_from AS from_on, coalesce(title_until, DATE '9999-01-01') AS until_on
        FROM stints WHERE title_from IS NOT NULL),
    ended AS (SELECT person, max(until_on) AS ended_on FROM touched GROUP BY person),
    spans AS (SELECT person, from_on, until_on FROM bill_days UNION SELECT person, from_on, until_on FROM bill_runs
        UNION SELECT * FROM touched UNION SELECT * FROM refused UNION SELECT * FROM titles),
    marks AS (SELECT person, from_on AS day FROM spans UNION SELECT person, until_on FROM spans{cuts}),
    pieces AS (SELECT person, day AS from_on, lead(day) OVER (PARTITION BY person ORDER BY day) AS until_on FROM marks),
    billed AS (SELECT line.*, piece.from_on AS begin_on, piece.until_on AS end_on, run.facility AS there,
            coalesce(line.facility, run.facility) AS place
        FROM bill_days line JOIN pieces piece ON piece.person = line.person AND line.from_on <= piece.from_on
            AND piece.until_on <= line.until_on
        LEFT JOIN bill_runs run ON run.person = piece.person AND run.from_on <= piece.from_on
            AND piece.until_on <= run.until_on)
    SELECT source, line, number, person, place, begin_on AS from_on, end_on AS until_on, CASE
        WHEN there IS NULL AND {_meets("refused")} THEN 'refused'
        WHEN there IS NULL AND {_meets("touched")} THEN 'not_counted'
        WHEN there IS NULL AND begin_on >= (SELECT ended_on FROM ended WHERE ended.person = billed.person)
            THEN 'after_release'
        WHEN there IS NULL THEN 'nobody'
        WHEN place <> there AND EXISTS (SELECT 1 FROM bill_days other WHERE other.person = billed.person
            AND other.facility = billed.there AND other.from_on <= begin_on AND end_on <= other.until_on)
            THEN 'both_facilities'
        WHEN place <> there THEN 'other_facility'
        WHEN EXISTS (SELECT 1 FROM bill_days other WHERE other.person = billed.person AND other.number < billed.number
            AND coalesce(other.facility, billed.there) = billed.there AND other.from_on <= begin_on
            AND end_on <= other.until_on) THEN 'twice'
        WHEN {_any("titles")} AND NOT {_meets("titles")} THEN 'untitled'
        END AS cause
    FROM billed"""


def _any(table: str, more: str = "") -> str:
    return f"EXISTS (SELECT 1 FROM {table} WHERE {table}.person = billed.person{more})"


def _meets(table: str) -> str:
    return _any(table, f" AND {table}.from_on <= begin_on AND end_on <= {table}.until_on")


_Row = tuple[Any, ...]


def _of_lines(
    engine: duckdb.DuckDBPyConnection, versions: Sequence[Agreement], exchanges: dict[Any, Decimal]
) -> Iterator[_Row]:
    """What is wrong with each line of days."""
    pieces: dict[tuple[int, int], list[tuple[str | None, date, date, str]]] = {}
    for source, number, *piece in engine.execute(
        "SELECT source, line, cause, from_on, until_on, place FROM bill_pieces ORDER BY source, line, from_on"
    ).fetchall():
        pieces.setdefault((source, number), []).append((piece[0], piece[1], piece[2], piece[3]))
    for line in _lines(engine, _OF_DAYS):
        of = pieces.get((line["source"], line["line"]), [("nameless", line["from_on"], line["until_on"], "")])
        yield from _of_line(line, of, versions, exchanges)


def _lines(engine: duckdb.DuckDBPyConnection, where: str) -> list[dict[str, Any]]:
    answer = engine.execute(f"SELECT * FROM bills WHERE {where} AND until_on > from_on ORDER BY source, line")
    names = [each[0] for each in answer.description or ()]
    return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]


def _of_line(
    line: dict[str, Any],
    pieces: list[tuple[str | None, date, date, str]],
    versions: Sequence[Agreement],
    exchanges: dict[Any, Decimal],
) -> Iterator[_Row]:
    """The causes of one line: days that are not due at what was billed for them, and what is wrong with the others."""
    used, wrongs = Fraction(line["exchange"] or 1), dict[str, list[tuple[date, date, Fraction]]]()
    right_exchange = Fraction(exchanges.get(_exchange_key(line), used))
    total = Fraction(0)
    for cause, from_on, until_on, _ in pieces:
        days, right = (until_on - from_on).days, _rate_on(versions, from_on)
        rate = Fraction(line["rate"]) if line["rate"] is not None else right
        if rate is None:
            continue
        total += days * rate * used
        right = rate if right is None else right
        if cause is not None:
            wrongs.setdefault(cause, []).append((from_on, until_on, days * rate * used))
            continue
        if rate != right:
            wrongs.setdefault("rate", []).append((from_on, until_on, days * (rate - right) * used))
        if used != right_exchange:
            wrongs.setdefault("exchange", []).append((from_on, until_on, days * right * (used - right_exchange)))
    if apart := Fraction(line["amount"]) - total:
        wrongs["sum"] = [(line["from_on"], line["until_on"], apart)]
    for cause, parts in wrongs.items():
        days = sum((until_on - from_on).days for from_on, until_on, _ in parts)
        spans = (parts[0][0], parts[-1][1])
        yield _row(line, cause, spans, days, sum((money for *_, money in parts), Fraction(0)))


def _of_minimum(
    engine: duckdb.DuckDBPyConnection, versions: Sequence[Agreement], convention: Convention
) -> Iterator[_Row]:
    """Lines that bill empty places for more than were empty."""
    for line in _lines(engine, "kind = 'minimum'"):
        period = Days(from_on=line["from_on"], until_on=line["until_on"])
        terms = _terms_on(versions, period.from_on)
        if not isinstance(terms, PerDiemWithMinimum):
            continue
        held = sum(count(engine, convention, [period]).get(period.from_on, {}).values())
        empty = max(0, terms.minimum_people * period.count - held)
        apart = Fraction(line["amount"]) - empty * Fraction(terms.rate.amount) * Fraction(line["exchange"] or 1)
        if apart > 0:
            days = min(held, terms.minimum_people * period.count)
            yield _row(line, "minimum", (period.from_on, period.until_on), days, apart)


def _row(line: dict[str, Any], cause: str, spans: tuple[date, date], days: int, money: Fraction) -> _Row:
    person, currency = line["person"], line["currency"] or ""
    subject, minor = person or line["facility"] or line["bill"] or "", round(money * 10 ** exponent(currency))
    rows = [f"{line['source']}:{line['line']}"]
    return cause, subject, person is not None, *spans, rows, days, minor, currency, line["facility"] or ""


def _exchange_key(line: dict[str, Any]) -> Any:
    return line["currency"], date.fromordinal(line["until_on"].toordinal() - 1)


def _rate_on(versions: Sequence[Agreement], on: date) -> Fraction | None:
    """The price of a person-day on a day; None where the fee has none."""
    terms = _terms_on(versions, on)
    return Fraction(terms.rate.amount) if isinstance(terms, PerDiem | PerDiemWithMinimum) else None


def _terms_on(versions: Sequence[Agreement], on: date) -> Any:
    fee = in_force(tuple(versions), on).fee
    return fee.terms if fee else None
