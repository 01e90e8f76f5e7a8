"""A rule answered by DuckDB, to be held beside the closures' answer."""

from __future__ import annotations

import duckdb

from habeas.core.rules import Place, parse_rule
from habeas.core.rules.sql import COLUMN_TYPES, name_sql, sql_of, value_sql

HERE = Place(file="generated")
ENGINE = duckdb.connect(":memory:")


def by_engine(rule, scope, rows):
    """What DuckDB answers to a rule for each of these rows of facts, in their order."""
    names = {name: name for name in scope}
    table = " UNION ALL ".join(f"SELECT {number} AS row, {_row(scope, row)}" for number, row in enumerate(rows))
    answers = ENGINE.execute(f"SELECT {sql_of(rule, names)} FROM ({table}) ORDER BY row").fetchall()
    return [answer for (answer,) in answers]


def _row(scope, row):
    """Every fact of the scope as a typed column, NULL where it is not known."""
    return ", ".join(
        f"CAST({'NULL' if row.get(name) is None else value_sql(row[name])} AS {COLUMN_TYPES[declared.type]})"
        f" AS {name_sql(name)}"
        for name, declared in scope.items()
    )


def both(text, scope, **given):
    """The answer of the closures, which DuckDB's must be."""
    rule = parse_rule(text, scope, HERE)
    answer = rule.answer(given)
    assert by_engine(rule, scope, [given]) == [answer], text
    return answer
