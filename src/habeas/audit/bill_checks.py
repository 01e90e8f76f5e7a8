"""What is wrong with the lines of a bill, held against the stints and an agreement, with days and money.

Each billed day has one cause at most, and each line comes apart without remainder: its amount is what is due of it,
what its findings say, and what nothing is known to hold it against. Days are counted by one convention, which every
finding names. A line says from which day until before which, at what rate of a person-day in the currency of the fee,
and, where it is in another currency, at which exchange rate of which day: that of the last day that is billed is right,
unless it is said nowhere. Without stints the day of a person belongs to the first line that bills it.

A bill that names nobody has sums: the days of many people in a place and a span of days. The stints must give as many,
by the convention that is agreed, or by any where none is; with open stints or without.
"""

from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import product
from typing import Any

from habeas.audit.agreed import Agreed, by_convention, in_parts, reckoned
from habeas.audit.engine import Engine
from habeas.audit.found import Check, Severity
from habeas.audit.person_days import runs_sql
from habeas.audit.reconcile import plain_name
from habeas.audit.tables import LAST_TOUCHED, Shape
from habeas.core.ledger import fees
from habeas.core.ledger.conventions import CONVENTIONS
from habeas.core.ledger.money import exponent
from habeas.core.ledger.person_days import Days
from habeas.core.rules.sql import value_sql

CAUSES = {
    "refused": (Severity.BREACH, "person from_on stints.kind"),  # the door did not take the person
    "after_release": (Severity.IMPOSSIBLE, "person from_on stints.until_at"),
    "beyond": (Severity.DOUBTFUL, "person from_on stints.until_at"),  # the data end before, and an open stint with them
    "nobody": (Severity.IMPOSSIBLE, "person from_on stints.from_at"),  # no stint has the person anywhere on that day
    "not_counted": (Severity.BREACH, "person from_on stints.from_at"),  # there for a part that does not count
    "both_facilities": (Severity.IMPOSSIBLE, "person from_on facility"),  # another's day, which bills it too
    "other_facility": (Severity.BREACH, "person from_on facility stints.facility"),  # another's day
    "twice": (Severity.IMPOSSIBLE, "person from_on"),
    "untitled": (Severity.BREACH, "person from_on stints.title_from"),
    "title_blank": (Severity.DOUBTFUL, "person from_on stints.title_from"),  # no title is given of the person at all
    "not_agreed": (Severity.BREACH, "facility from_on"),  # a facility that the agreement does not name
    "not_listed": (Severity.DOUBTFUL, "person from_on facility rosters.person"),  # by the list of that place and day
    "other_count": (Severity.BREACH, "from_on stints.from_at"),  # a sum of days by a convention that is not agreed
    "uncounted": (Severity.DOUBTFUL, "from_on stints.from_at"),  # a sum of days that no convention gives
    "nameless": (Severity.DOUBTFUL, "from_on"),  # a line that names nobody can be held against nothing
    "undated": (Severity.DOUBTFUL, ""),  # nor can one that says no days
    "rate": (Severity.BREACH, "from_on rate agreement.fee"),
    "unconverted": (Severity.DOUBTFUL, "from_on currency agreement.fee"),  # in no currency of the fee, at no rate
    "exchange": (Severity.BREACH, "from_on exchange rate_on"),
    "sum": (Severity.IMPOSSIBLE, "from_on rate"),  # days x rate is not the amount
    "stated_days": (Severity.IMPOSSIBLE, "from_on days"),  # another number than the dates give
    "credit": (Severity.DOUBTFUL, ""),  # a line that takes money back, whatever for
    "minimum": (Severity.BREACH, "from_on kind stints.from_at agreement.fee"),  # empty places on which somebody was
    "no_minimum": (Severity.BREACH, "from_on kind agreement.fee"),  # none is agreed
}
CHECKS = tuple(
    Check(
        id=f"bills.{cause}",
        shape=Shape.BILLS,
        severity=severity,
        needs=tuple(needs.split()),
        also=tuple(shape for shape in (Shape.STINTS, Shape.ROSTERS) if f"{shape}." in needs),
        sql=f"""SELECT subject, is_person, from_on, until_on, rows, days, minor, currency, place, counted, convention,
            CAST(minor / scale AS DECIMAL(38, 2)) AS amount, currency AS unit
        FROM bill_wrongs WHERE cause = '{cause}' ORDER BY minor DESC NULLS LAST, number""",
    )
    for cause, (severity, needs) in CAUSES.items()
)


def prepare(engine: Engine, agreed: Agreed, *, has_stints: bool, has_lists: bool, has_titles: bool) -> None:
    """Make `bill_wrongs`, which the checks ask. Wants `bills`, `stints`, which may be empty, and what
    `person_days.PREPARE` makes of them; with lists what `roster_checks.PREPARE` does."""
    convention = agreed.convention
    engine.execute(_LINES)
    engine.execute(f"CREATE TABLE bill_runs AS {runs_sql(convention)}")
    changes = [each for version in agreed.versions if (each := version.version.from_on)]
    if has_lists:
        engine.execute(_NOT_LISTED)
    else:
        engine.execute("CREATE TABLE bill_not_listed (person VARCHAR, facility VARCHAR, from_on DATE, until_on DATE)")
    engine.execute(_pieces_sql(changes, has_stints=has_stints, has_titles=has_titles))
    wrongs = [*_of_lines(engine, agreed, has_stints=has_stints), *_of_minimum(engine, agreed, has_stints=has_stints)]
    types = [each.split()[1] for each in _WRONGS.split(",")]
    rows = [(*row, 10 ** exponent(row[9]), f"audit.convention_{convention.name}") for row in wrongs]
    columns = [*zip(*rows, strict=True)] or [()] * len(types)
    engine.execute(f"CREATE TABLE bill_wrongs ({_WRONGS})")
    unnested = ", ".join(f"unnest(CAST(? AS {each}[]))" for each in types)
    engine.execute(f"INSERT INTO bill_wrongs SELECT {unnested}", [*map(list, columns)])


_WRONGS = """cause VARCHAR, subject VARCHAR, is_person BOOLEAN, from_on DATE, until_on DATE, number BIGINT,
    rows VARCHAR[], days BIGINT, minor BIGINT, currency VARCHAR, place VARCHAR, counted VARCHAR, scale BIGINT,
    convention VARCHAR"""


_LINES = f"""CREATE TABLE bill_lines AS
    WITH known AS (SELECT {plain_name("facility")} AS name, min(facility) AS facility
        FROM (SELECT DISTINCT facility FROM stints) GROUP BY 1 HAVING count(*) = 1)
    SELECT source, line, row_number() OVER (ORDER BY source, line) AS number, bill, person, amount, rate, currency,
        days, count(person) OVER (PARTITION BY source) = 0 AS is_sum, lower(coalesce(kind, 'days')) AS kind,
        coalesce(known.facility, bills.facility) AS facility, from_on,
        coalesce(until_on, last_on + 1, CASE WHEN abs(days) < 36525
            THEN from_on + CAST(CASE WHEN amount < 0 THEN abs(days) ELSE days END AS INTEGER) END) AS until_on, rate_on,
        exchange
    FROM bills LEFT JOIN known ON known.name = {plain_name("bills.facility")}"""
"""Each line with its place as the stints call it, and with the first day that it does not bill."""

_DATED = "until_on > from_on"

_NOT_LISTED = f"""CREATE TABLE bill_not_listed AS
    SELECT DISTINCT line.person, line.facility, list.day AS from_on, list.day + 1 AS until_on
    FROM bill_lines line JOIN roster_lists list ON list.name = {plain_name("line.facility")}
        AND line.from_on <= list.day AND list.day < line.until_on
    LEFT JOIN (SELECT DISTINCT person, name, day FROM roster_seen) seen
        ON seen.person = line.person AND seen.name = list.name AND seen.day = list.day
    WHERE kind = 'days' AND seen.person IS NULL AND EXISTS (SELECT 1 FROM bill_lines JOIN roster_seen USING (person))"""
"""Days billed of somebody whom the list of that place and day has not, if it has anybody of the bill."""


def _pieces_sql(changes: Sequence[date], *, has_stints: bool, has_titles: bool) -> str:
    """Each line divided into spans of days to which one thing happened, with what it is."""
    cuts = "".join(f" UNION SELECT person, {value_sql(each)} FROM bill_days" for each in changes)
    first = "coalesce(first_value(line.facility) OVER (PARTITION BY line.person, piece.from_on ORDER BY number), '')"
    there = "run.facility" if has_stints else first
    return f"""CREATE TABLE bill_pieces AS
    WITH bill_days AS (SELECT * FROM bill_lines WHERE kind = 'days' AND person IS NOT NULL AND {_DATED}
        AND amount >= 0),
    touched AS (SELECT person, CAST(from_at AS DATE) AS from_on, {LAST_TOUCHED.format("until_at")} + 1 AS until_on,
        is_open FROM held),
    refused AS (SELECT person, CAST(from_at AS DATE) AS from_on, CAST(from_at AS DATE) + 1 AS until_on
        FROM stints WHERE kind = 'refused'),
    titles AS (SELECT DISTINCT person, title_from AS from_on, coalesce(title_until, DATE '9999-01-01') AS until_on
        FROM stints WHERE title_from IS NOT NULL),
    ended AS (SELECT person, max(until_on) AS until_on, bool_or(is_open) AS is_open FROM touched GROUP BY person),
    spans AS (SELECT person, from_on, until_on FROM bill_days UNION SELECT person, from_on, until_on FROM bill_runs
        UNION SELECT person, from_on, until_on FROM touched UNION SELECT person, from_on, until_on FROM refused
        UNION SELECT person, from_on, until_on FROM titles UNION SELECT person, from_on, until_on FROM bill_not_listed),
    marks AS (SELECT person, from_on AS day FROM spans UNION SELECT person, until_on FROM spans{cuts}),
    pieces AS (SELECT person, day AS from_on, lead(day) OVER (PARTITION BY person ORDER BY day) AS until_on FROM marks),
    placed AS (SELECT line.*, piece.from_on AS begin_on, piece.until_on AS end_on, {there} AS there
        FROM bill_days line JOIN pieces piece ON piece.person = line.person AND line.from_on <= piece.from_on
            AND piece.until_on <= line.until_on
        LEFT JOIN bill_runs run ON run.person = piece.person AND run.from_on <= piece.from_on
            AND piece.until_on <= run.until_on),
    billed AS (SELECT placed.*, coalesce(placed.facility, there) AS place, ended.until_on AS ended_on, ended.is_open
        FROM placed LEFT JOIN ended ON ended.person = placed.person)
    SELECT number, place, begin_on AS from_on, end_on AS until_on, CASE
        WHEN there IS NULL AND {_meets("refused")} THEN 'refused'
        WHEN there IS NULL AND end_on >= ended_on AND is_open THEN 'beyond'
        WHEN there IS NULL AND {_meets("touched")} THEN 'not_counted'
        WHEN there IS NULL AND begin_on >= ended_on THEN 'after_release'
        WHEN there IS NULL THEN 'nobody'
        WHEN place <> there AND EXISTS (SELECT 1 FROM bill_days other WHERE other.person = billed.person
            AND other.facility = billed.there AND other.from_on <= begin_on AND end_on <= other.until_on)
            THEN 'both_facilities'
        WHEN place <> there THEN 'other_facility'
        WHEN EXISTS (SELECT 1 FROM bill_days other WHERE other.person = billed.person AND other.number < billed.number
            AND coalesce(other.facility, billed.there) = billed.there AND other.from_on <= begin_on
            AND end_on <= other.until_on) THEN 'twice'
        WHEN {_any("titles")} AND NOT {_meets("titles")} THEN 'untitled'
        WHEN {value_sql(has_titles)} AND NOT {_any("titles")} THEN 'title_blank'
        WHEN {_meets("bill_not_listed", " AND bill_not_listed.facility = place")} THEN 'not_listed'
        END AS cause
    FROM billed"""


def _any(table: str, more: str = "") -> str:
    return f"EXISTS (SELECT 1 FROM {table} WHERE {table}.person = billed.person{more})"


def _meets(table: str, more: str = "") -> str:
    return _any(table, f"{more} AND {table}.from_on <= begin_on AND end_on <= {table}.until_on")


_Row = tuple[Any, ...]
_Line = dict[str, Any]
_Piece = tuple[str | None, date, date, Fraction]
"""What is wrong with days, from when until before when they are, and how many person-days."""


def _of_lines(engine: Engine, agreed: Agreed, *, has_stints: bool) -> Iterator[_Row]:
    """What is wrong with each line of days."""
    told = engine.execute(
        "SELECT currency, rate_on, min(exchange) FROM bill_lines WHERE rate_on IS NOT NULL AND exchange IS NOT NULL"
        " GROUP BY currency, rate_on HAVING count(DISTINCT exchange) = 1"
    ).fetchall()
    exchanges = {(currency, on): rate for currency, on, rate in told}
    pieces = defaultdict[int, list[_Piece]](list)
    for number, cause, from_on, until_on in engine.execute(
        "SELECT number, cause, from_on, until_on FROM bill_pieces ORDER BY number, from_on"
    ).fetchall():
        pieces[number].append((cause, from_on, until_on, Fraction((until_on - from_on).days)))
    counted, unnamed = _counted(engine) if has_stints else {}, _unnamed(engine, agreed)
    for line in _lines(engine, agreed, f"kind = 'days' AND {_DATED}"):
        number, span, whole = line["number"], (line["from_on"], line["until_on"]), _billed_days(line)
        if line["amount"] < 0 or whole <= 0:
            cause = "credit" if line["amount"] < 0 else "stated_days"
            yield _row(line, cause, span, round(whole), Fraction(line["amount"]))
            continue
        of = _of_sum(line, whole, counted[number], agreed) if number in counted else pieces[number]
        named = [
            (cause or ("not_agreed" if _within(on, unnamed[number]) else None), on, until, days)
            for cause, on, until, days in of or [("nameless", *span, whole)]
        ]
        yield from _of_line(line, named, agreed, exchanges)
    for line in _lines(engine, agreed, f"kind IN ('days', 'minimum') AND ({_DATED}) IS NOT TRUE"):
        yield _row(line, "undated", (line["from_on"], line["until_on"]), None, Fraction(line["amount"]))


def _counted(engine: Engine) -> dict[int, dict[str, list[int]]]:
    """By sum and convention how many person-days there are in its place: without open stints, and with them."""
    sums = f"(SELECT * FROM bill_lines WHERE is_sum AND kind = 'days' AND {_DATED} AND (days IS NOT NULL OR rate <> 0))"
    found: dict[int, dict[str, list[int]]] = {}
    if not engine.execute(f"SELECT 1 FROM {sums} LIMIT 1").fetchall():
        return found
    for convention, with_open in product(CONVENTIONS.values(), (False, True)):
        rows = engine.execute(
            f"""WITH run AS (SELECT * FROM ({runs_sql(convention, with_open=with_open)})),
            placed AS (SELECT facility AS place, from_on, until_on FROM run
                UNION ALL SELECT '', from_on, until_on FROM run)
            SELECT number, CAST(coalesce(sum(least(placed.until_on, line.until_on)
                - greatest(placed.from_on, line.from_on)) FILTER (WHERE place IS NOT NULL), 0) AS BIGINT)
            FROM {sums} line LEFT JOIN placed ON place = coalesce(line.facility, '')
                AND placed.from_on < line.until_on AND line.from_on < placed.until_on GROUP BY number"""
        )
        for number, days in rows.fetchall():
            found.setdefault(number, {}).setdefault(convention.name, []).append(days)
    return found


def _of_sum(line: _Line, billed: Fraction, counted: dict[str, list[int]], agreed: Agreed) -> list[_Piece]:
    """How many of the days of a sum there were, and how many not."""
    apart = {name: billed - sorted((billed, *map(Fraction, of)))[1] for name, of in counted.items()}
    nearest = agreed.chosen.name if agreed.chosen else min(apart, key=lambda each: abs(apart[each]))
    is_given = min(map(abs, apart.values())) < _ROUNDED_DAYS
    line["counted"] = ", ".join(f"{name} {'–'.join(map(str, sorted({*of})))}" for name, of in counted.items())
    span, by = (line["from_on"], line["until_on"]), apart[nearest]
    if abs(by) < _ROUNDED_DAYS:
        return [(None, *span, billed)]
    parts = [("other_count" if is_given else "uncounted", *span, by), (None, *span, billed - by)]
    return [each for each in parts if each[3]]


def _billed_days(line: _Line) -> Fraction:
    """For how many person-days a line is: of one person, unless it is a sum."""
    length = Fraction((line["until_on"] - line["from_on"]).days)
    if not line["is_sum"]:
        return length if line["amount"] >= 0 else -length
    if line["days"] is not None:
        return Fraction(line["days"])
    rate = Fraction(line["rate"] or 0) * Fraction(line["exchange"] or 1)
    return Fraction(line["amount"]) / rate if rate else length


def _unnamed(engine: Engine, agreed: Agreed) -> dict[int, list[tuple[date, date]]]:
    """By line the spans of days in which the agreement names facilities, and that of the line is none of them."""
    found = defaultdict[int, list[tuple[date, date]]](list)
    for version, *span in agreed.spans:
        called = (plain_name(value_sql(each)) for of in version.facilities for each in (of.code, of.name))
        if names := ", ".join(called):
            other = f"SELECT number FROM bill_lines WHERE {plain_name('facility')} NOT IN ({names})"
            for (number,) in engine.execute(other).fetchall():
                found[number].append((span[0], span[1]))
    return found


def _within(on: date, spans: Sequence[tuple[date, date]]) -> bool:
    return any(begin <= on < end for begin, end in spans)


def _lines(engine: Engine, agreed: Agreed, where: str) -> list[_Line]:
    """The lines of which something is so. One that names no currency is in that of the fee."""
    answer = engine.execute(f"SELECT * FROM bill_lines WHERE {where} ORDER BY number")
    names = [each[0] for each in answer.description or ()]
    lines = [dict(zip(names, row, strict=True)) for row in answer.fetchall()]
    for line in lines:
        line["currency"] = line["currency"] or _currency_on(agreed, line["from_on"] or date.max)
    return lines


def _of_line(line: _Line, pieces: Sequence[_Piece], agreed: Agreed, exchanges: dict[Any, Decimal]) -> Iterator[_Row]:
    """The causes of one line: days that are not due at what was billed for them, and what is wrong with the others."""
    used, wrongs = Fraction(line["exchange"] or 1), dict[str, list[tuple[date, date, Fraction, Fraction]]]()
    last_on = line["until_on"] - timedelta(days=1)
    right_exchange = Fraction(exchanges.get((line["currency"], last_on), used))
    amount, total, length = Fraction(line["amount"]), Fraction(0), sum(each[3] for each in pieces)
    for cause, from_on, until_on, days in pieces:
        right = _rate_on(agreed, from_on, line)
        rate = Fraction(line["rate"]) if line["rate"] is not None else right or amount / length / used
        right = rate if right is None else right
        total += days * rate * used
        cause = cause or ("unconverted" if _is_unconverted(line, agreed) else None)
        if cause is not None:
            wrongs.setdefault(cause, []).append((from_on, until_on, days, days * rate * used))
            continue
        if rate != right:
            wrongs.setdefault("rate", []).append((from_on, until_on, days, days * (rate - right) * used))
        if used != right_exchange:
            wrongs.setdefault("exchange", []).append((from_on, until_on, days, days * right * (used - right_exchange)))
    rest = "stated_days" if line["person"] and line["days"] not in (None, length) else "sum"
    apart = Fraction(line["days"]) - length if rest == "stated_days" else Fraction(length)
    wrongs[rest] = [(line["from_on"], line["until_on"], apart, amount - total)]
    least = Fraction(1, 10 ** exponent(line["currency"]))
    for cause, parts in wrongs.items():
        days, money = (sum(of, Fraction(0)) for of in zip(*(each[2:] for each in parts), strict=True))
        if abs(money) >= least or cause not in _ROUNDED:
            yield _row(line, cause, (parts[0][0], parts[-1][1]), round(days), money)


_ROUNDED = ("rate", "exchange", "sum")
"""Causes of which less than one minor unit is what rounding leaves."""
_ROUNDED_DAYS = Fraction(1, 2)
"""Person-days that rounding may leave of a sum of them."""


def _of_minimum(engine: Engine, agreed: Agreed, *, has_stints: bool) -> Iterator[_Row]:
    """Lines that bill empty places for more than were empty, or where none is agreed that is paid when empty."""
    unnamed = _unnamed(engine, agreed)
    for line in _lines(engine, agreed, f"kind = 'minimum' AND {_DATED}"):
        period, empty = Days(from_on=line["from_on"], until_on=line["until_on"]), Fraction(0)
        price, fee = _rate_on(agreed, period.from_on, line), _fee_on(agreed, period.from_on)
        is_named = not _within(period.from_on, unnamed[line["number"]])
        if not is_named or (fee is not None and not isinstance(fee.terms, fees.PerDiemWithMinimum)):
            cause, whole = "no_minimum" if is_named else "not_agreed", Fraction(line["amount"])
            yield _row(line, cause, (period.from_on, period.until_on), period.count, whole)
            continue
        if price is None or not has_stints:
            continue
        for version, span in in_parts(agreed.versions, period):
            due = reckoned(engine, version, span, agreed.convention, "other").due
            empty += Fraction(due.empty_part.amount) if due else 0
        used = Fraction(line["exchange"] or 1)
        if (apart := Fraction(line["amount"]) - empty * used) > 0:
            days = round(apart / price / used)
            yield _row(line, "minimum", (period.from_on, period.until_on), days, apart)


def _row(line: dict[str, Any], cause: str, spans: tuple[Any, Any], days: int | None, money: Fraction) -> _Row:
    person, place, currency = line["person"], line["facility"] or "?", line["currency"]
    subject, minor = person or line["facility"] or line["bill"] or "", round(money * 10 ** exponent(currency))
    rows = [f"{line['source']}:{line['line']}"]
    return (
        cause,
        subject,
        person is not None,
        *spans,
        line["number"],
        rows,
        days,
        minor,
        currency,
        place,
        line.get("counted"),
    )


def _fee_on(agreed: Agreed, on: date) -> fees.Fee | None:
    version = agreed.on(on)
    return version.fee if version else None


def _currency_on(agreed: Agreed, on: date) -> str:
    """The currency of the fee on a day; empty where it names no sum."""
    fee = _fee_on(agreed, on)
    own = fees.figure(fee.terms) if fee else None
    return own.currency if own else ""


def _is_unconverted(line: dict[str, Any], agreed: Agreed) -> bool:
    """Whether a line is in another currency than the fee of its first day, and names no exchange rate."""
    return line["exchange"] is None and _currency_on(agreed, line["from_on"]) not in ("", line["currency"])


def _rate_on(agreed: Agreed, on: date, line: dict[str, Any]) -> Fraction | None:
    """The price of a person-day on a day; None where the fee has none, or a line can't be compared with it for want of
    an exchange rate."""
    fee = _fee_on(agreed, on)
    if fee is None or _is_unconverted(line, agreed):
        return None
    match fee.terms:
        case fees.PerDiem(rate=rate) | fees.PerDiemWithMinimum(rate=rate):
            return Fraction(rate.amount)
        case fees.FixedPlusVariable(rate=rate):
            return Fraction(rate.amount) / monthrange(on.year, on.month)[1]
    return None


# --- figures -----------------------------------------------------------------------------------------


def figures(engine: Engine, agreed: Agreed, *, has_stints: bool) -> dict[str, Any]:
    """What was billed, how much of it is wrong, and by each convention the days that were held beside those billed.
    Money is in minor units; `unchecked_minor` is billed for something that nothing here is known to bound."""
    every, wrongs = _lines(engine, agreed, "TRUE"), defaultdict[str, int](int)
    names = ("cause", "currency", "findings", "days", "minor")
    causes = engine.execute(
        """SELECT cause, currency, count(*), CAST(sum(days) AS BIGINT), CAST(sum(minor) AS BIGINT)
        FROM bill_wrongs GROUP BY cause, currency ORDER BY 5 DESC, cause, currency"""
    ).fetchall()
    for _, currency, *_, minor in causes:
        wrongs[currency] += minor
    checked = {number for (number,) in engine.execute("SELECT number FROM bill_wrongs").fetchall()}
    checked |= {line["number"] for line in every if _is_checked(line, agreed, has_stints=has_stints)}
    return {
        "lines": len(every),
        "counted_by": agreed.convention.name,
        "by_currency": [*_by_currency(every, wrongs, checked)],
        "by_cause": [dict(zip(names, row, strict=True)) for row in causes],
        "by_convention": [*_by_convention(engine, every, agreed)] if has_stints else [],
    }


def _by_currency(every: list[dict[str, Any]], wrongs: dict[str, int], checked: set[int]) -> Iterator[dict[str, Any]]:
    for currency in sorted({line["currency"] for line in every}):
        mine = [line for line in every if line["currency"] == currency]
        billed, unchecked = (
            round(sum(Fraction(line["amount"]) for line in of) * 10 ** exponent(currency))
            for of in (mine, [line for line in mine if line["number"] not in checked])
        )
        due = billed - wrongs[currency] - unchecked
        row = {"currency": currency, "lines": len(mine), "billed_minor": billed, "wrong_minor": wrongs[currency]}
        yield {**row, "unchecked_minor": unchecked, "due_minor": due}


def _is_checked(line: dict[str, Any], agreed: Agreed, *, has_stints: bool) -> bool:
    is_minimum = has_stints and line["kind"] == "minimum" and line["from_on"] is not None
    return line["kind"] == "days" or (is_minimum and _rate_on(agreed, line["from_on"], line) is not None)


def _by_convention(engine: Engine, every: list[dict[str, Any]], agreed: Agreed) -> Iterator[dict[str, Any]]:
    billed = [
        (
            Days(from_on=line["from_on"], until_on=line["until_on"]),
            _billed_days(line) if line["kind"] == "days" else Fraction(0),
            Fraction(0)
            if _is_unconverted(line, agreed)
            else Fraction(line["amount"]) / Fraction(line["exchange"] or 1),
        )
        for line in every
        if line["from_on"] and line["until_on"] and line["from_on"] < line["until_on"]
    ]
    if billed:
        begin, end = min(days.from_on for days, *_ in billed), max(days.until_on for days, *_ in billed)
        yield from by_convention(engine, agreed, Days(from_on=begin, until_on=end), billed)
