"""The same rule as one expression of DuckDB SQL, so that the text that decides one case checks many recorded rows.

It is printed from the typed tree: the text of a rule never reaches the engine, a fact stands as a quoted column that
the caller has listed, and every constant is quoted here. The answer is TRUE (holds), FALSE (fails) or NULL (not shown),
as `Rule.answer` gives it; generated rules and rows hold the two equal.

A column has the type that `COLUMN_TYPES` names; a moment is in UTC without a zone, an integer has at most 53 bits, and
no list holds a NULL: whoever makes the rows sees to that.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from habeas.core.rules.meaning import Node, Rule, Type, Value, add_days, add_hours, add_months, add_years

COLUMN_TYPES: Mapping[Type, str] = {
    Type.BOOL: "BOOLEAN",
    Type.INT: "BIGINT",
    Type.TEXT: "VARCHAR",
    Type.DATE: "DATE",
    Type.MOMENT: "TIMESTAMP",
    Type.TEXTS: "VARCHAR[]",
}

Columns = Mapping[str, str]
"""The column of each fact, by its name."""


def sql_of(rule: Rule, columns: Columns) -> str:
    """The rule over these columns. A fact without one is not known in any row."""
    return _printed(rule.tree, columns)


def name_sql(name: str) -> str:
    """A column's name, quoted."""
    return '"' + name.replace('"', '""') + '"'


def value_sql(value: Value) -> str:
    """A constant, quoted."""
    match value:
        case bool() | int():
            return f"({value})"
        case datetime():
            return f"TIMESTAMP '{value.replace(tzinfo=None).isoformat(sep=' ')}'"
        case date():
            return f"DATE '{value.isoformat()}'"
        case str():
            return "'" + value.replace("'", "''") + "'"
    return "[" + ", ".join(value_sql(each) for each in value) + "]"


def _printed(node: Node, columns: Columns) -> str:
    if node.fact:
        column = columns.get(node.fact)
        return name_sql(column) if column else _unknown(node.type)
    if not node.operation:
        assert node.value is not None
        return value_sql(node.value)
    parts = [_printed(child, columns) for child in node.children]
    return f"({_PRINTERS[node.operation](node.children, parts)})"


def _unknown(type: Type) -> str:
    return f"CAST(NULL AS {COLUMN_TYPES[type]})"


Parts = Sequence[str]
Printer = Callable[[Sequence[Node], Parts], str]


def _between_words(word: str) -> Printer:
    return lambda nodes, parts: f" {word} ".join(parts)


def _contains(listed: str, text: str) -> str:
    """An empty list does not answer for a text that is not known."""
    return f"CASE WHEN {text} IS NOT NULL THEN list_contains({listed}, {text}) END"


def _in(nodes: Sequence[Node], parts: Parts) -> str:
    return f"{parts[0]} IN ({_listed(nodes[1])})" if nodes[1].operation == "list" else _contains(parts[1], parts[0])


def _listed(node: Node) -> str:
    return ", ".join(_printed(each, {}) for each in node.children)


def _any_of(nodes: Sequence[Node], parts: Parts) -> str:
    """The codes of a list are asked for one by one: DuckDB is three times quicker at that than at comparing lists."""
    if nodes[1].operation == "list":
        return " OR ".join(f"list_contains({parts[0]}, {_printed(each, {})})" for each in nodes[1].children)
    return f"list_has_any({parts[0]}, {parts[1]})" if nodes[1].type is Type.TEXTS else _contains(*parts)


def _all_of(nodes: Sequence[Node], parts: Parts) -> str:
    if nodes[1].type is Type.TEXTS:
        return f"list_has_all({parts[1]}, {parts[0]})"
    return f"CASE WHEN {parts[1]} IS NOT NULL THEN list_has_all([{parts[1]}], {parts[0]}) END"


# --- the calendar ----------------------------------------------------------------------------------

_ENDS: Mapping[Type, tuple[date, date]] = {
    Type.DATE: (date.min, date.max),
    Type.MOMENT: (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)),
}
_YEARS = date.max.year


def _in_calendar(day: str, type: Type = Type.DATE) -> str:
    """A day or moment that may have left the years 1 to 9999, in which case it is not known. It is printed once, since
    it may hold another such day."""
    low, high = (value_sql(each) for each in _ENDS[type])
    return f"list_filter([{day}], lambda each: each BETWEEN {low} AND {high})[1]"


def _later(shift: Callable[[Any, int], date | None], printed: Callable[[str, str], str], most: int) -> Printer:
    """A day or moment moved by a number of units, of which the calendar has `most`. Where the number is written in the
    rule, whether it stays in the calendar is asked of the first day alone, which costs next to nothing."""

    def later(nodes: Sequence[Node], parts: Parts) -> str:
        day, count = nodes
        if isinstance(count.value, int) and not day.operation:
            low, high = _ENDS[day.type]
            bound = shift(low if count.value < 0 else high, -count.value)
            if bound is None:
                return _unknown(day.type)
            within = f"{parts[0]} {'>=' if count.value < 0 else '<='} {value_sql(bound)}"
            return f"CASE WHEN {within} THEN {printed(parts[0], str(count.value))} END"
        few = f"list_filter([{parts[1]}], lambda each: each BETWEEN -{most} AND {most})[1]"
        return _in_calendar(printed(parts[0], f"CAST({few} AS INTEGER)"), day.type)

    return later


def _months_later(day: str, months: str) -> str:
    """28 February where that year has no 29: DuckDB does as `add_months` does."""
    return f"CAST({day} + to_months({months}) AS DATE)"


def _date_of(nodes: Sequence[Node], parts: Parts) -> str:
    """The local day. Only in the first and last days of the calendar can it lie outside."""
    local = f"CAST(timezone({parts[1]}, timezone('UTC', {parts[0]})) AS DATE)"
    if nodes[0].operation:
        return _in_calendar(local)
    within = f"{parts[0]} BETWEEN TIMESTAMP '0001-01-02' AND TIMESTAMP '9999-12-30'"
    return f"CASE WHEN {within} THEN {local} ELSE {_in_calendar(local)} END"


_PRINTERS: Mapping[str, Printer] = {
    **{sign: _between_words(sign) for sign in ("=", "<>", "<", "<=", ">", ">=", "+", "-")},
    "and": _between_words("AND"),
    "or": _between_words("OR"),
    "not": lambda nodes, parts: f"NOT {parts[0]}",
    "in": _in,
    "between": lambda nodes, parts: f"{parts[0]} >= {parts[1]} AND {parts[0]} <= {parts[2]}",
    "is known": lambda nodes, parts: f"{parts[0]} IS NOT NULL",
    "is missing": lambda nodes, parts: f"{parts[0]} IS NULL",
    "list": lambda nodes, parts: f"[{', '.join(parts)}]",
    "date_of": _date_of,
    "add_days": _later(add_days, lambda day, days: f"{day} + {days}", 366 * _YEARS),
    "add_hours": _later(add_hours, lambda at, hours: f"{at} + to_hours({hours})", 24 * 366 * _YEARS),
    "add_months": _later(add_months, _months_later, 12 * _YEARS),
    "add_years": _later(add_years, lambda day, years: _months_later(day, f"12 * {years}"), _YEARS),
    "days_between": lambda nodes, parts: f"{parts[1]} - {parts[0]}",
    "any_of": _any_of,
    "all_of": _all_of,
    "coalesce": lambda nodes, parts: f"coalesce({', '.join(parts)})",
}
