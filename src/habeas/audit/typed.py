"""Texts become values: each row of a file becomes a row of the table of its shape, or is set aside with the reason.

A value that can't be read as what its column holds is no value, and is counted with an example. A row without a value
that it needs is set aside. Nothing else is left out: rows that were read are used or set aside, and their numbers add
up.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import duckdb

from habeas.audit.layouts import Layout, LayoutError
from habeas.audit.reading import Read
from habeas.audit.tables import COLUMNS, Column, Shape
from habeas.core.rules.sql import name_sql, value_sql

EXAMPLES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class NotRead:
    """Values of one column that are none of what it holds; `set_aside` says that their rows can't be used without."""

    column: str
    count: int
    examples: tuple[str, ...]
    set_aside: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What became of one file."""

    number: int
    layout: Layout
    read: Read
    used: int
    set_aside: int
    not_read: tuple[NotRead, ...]

    @property
    def columns(self) -> frozenset[str]:
        """The columns of its shape that it fills."""
        return frozenset((*self.layout.columns, *self.layout.constants, *(["parts"] if self.layout.parts else [])))


def type_into(engine: duckdb.DuckDBPyConnection, number: int, read: Read, layout: Layout) -> Source:
    """Add the rows of a file to the table of its shape. Raises LayoutError when it has not the columns."""
    if lacking := [each for each in layout.wanted if each not in read.header]:
        raise LayoutError("map_not_of_file", name=layout.name, number=number, columns=tuple(lacking))
    columns = COLUMNS[layout.shape]
    engine.execute(f"CREATE TABLE IF NOT EXISTS {layout.shape} ({_declared(columns)})")
    engine.execute(
        f"CREATE VIEW given AS SELECT line, {_given(layout)} FROM read_parquet({value_sql(str(read.texts))})"
    )
    values = {name: _value(name, column, layout) for name, column in columns.items()}
    engine.execute(
        f"CREATE TABLE typed AS SELECT {number:d} AS source, line,"
        f" {', '.join(f'{value} AS {name}' for name, value in values.items())},"
        f" {', '.join(f'given.{each} AS given_{each}' for each in layout.columns)} FROM given"
    )
    needed = [name for name, column in columns.items() if column.is_needed]
    usable = " AND ".join(f"{each} IS NOT NULL" for each in needed) or "TRUE"
    engine.execute(
        f"INSERT INTO {layout.shape} SELECT source, line, {', '.join(columns)} FROM typed WHERE {usable} ORDER BY line"
    )
    (used, aside) = _one(engine, f"SELECT count(*) FILTER ({usable}), count(*) FILTER (NOT ({usable})) FROM typed")
    not_read = tuple(_not_read(engine, layout, columns))
    engine.execute("DROP TABLE typed; DROP VIEW given")
    return Source(number=number, layout=layout, read=read, used=used, set_aside=aside, not_read=not_read)


def _declared(columns: Mapping[str, Column]) -> str:
    return ", ".join(("source INTEGER", "line BIGINT", *(f"{name} {each.type}" for name, each in columns.items())))


def _given(layout: Layout) -> str:
    """Each column as the file has it; what is empty or redacted is NULL."""
    none = ", ".join(value_sql(each) for each in ("", *layout.redacted))
    texts = {
        each: f"CASE WHEN lower({name_sql(each)}) IN ({none}) THEN NULL ELSE {name_sql(each)} END"
        for each in layout.wanted
    }
    made = [
        f"{texts[of[0]] if len(of) == 1 else _joined([texts[each] for each in of])} AS {name}"
        for name, of in layout.columns.items()
    ]
    return ", ".join((*made, *(f"{texts[each]} AS {name_sql(f'part {each}')}" for each in layout.parts)))


def _joined(texts: list[str]) -> str:
    return f"nullif(concat_ws(', ', {', '.join(texts)}), '')"


def _value(name: str, column: Column, layout: Layout) -> str:
    if name == "parts":
        names = ", ".join(map(value_sql, layout.parts))
        parts = ", ".join(_number(name_sql(f"part {each}")) for each in layout.parts)
        return f"MAP([{names}], [{parts}])" if layout.parts else "NULL"
    if name in layout.constants:
        return f"CAST({value_sql(layout.constants[name])} AS {column.type})"
    if name not in layout.columns:
        return f"CAST(NULL AS {column.type})"
    text = f"given.{name}"
    if column.type in ("DATE", "TIMESTAMP"):
        formats = ", ".join(map(value_sql, layout.dates))
        return f"CAST(try_strptime({text}, [{formats}]) AS {column.type})"
    return text if column.type == "VARCHAR" else f"TRY_CAST({_plain(text)} AS {column.type})"


def _number(text: str) -> str:
    return f"TRY_CAST({_plain(text)} AS DOUBLE)"


def _plain(text: str) -> str:
    """A number without the sign of its currency and without commas between thousands."""
    grouped = r"^-?\d{1,3}(,\d{3})+(\.\d+)?$"
    bare = f"regexp_replace({text}, '^\\s*[$€£]\\s*', '')"
    return f"CASE WHEN regexp_matches({bare}, '{grouped}') THEN replace({bare}, ',', '') ELSE {bare} END"


def _not_read(engine: duckdb.DuckDBPyConnection, layout: Layout, columns: Mapping[str, Column]) -> Iterator[NotRead]:
    for name in layout.columns:
        failed = f"{name} IS NULL AND given_{name} IS NOT NULL"
        count, examples = _one(
            engine,
            f"SELECT count(*), list_slice(list(DISTINCT given_{name} ORDER BY given_{name}), 1, {EXAMPLES})"
            f" FROM typed WHERE {failed}",
        )
        if count:
            yield NotRead(column=name, count=count, examples=tuple(examples), set_aside=columns[name].is_needed)


def _one(engine: duckdb.DuckDBPyConnection, query: str) -> tuple[Any, ...]:
    found = engine.execute(query).fetchone()
    assert found is not None
    return found


def shapes_of(sources: tuple[Source, ...]) -> tuple[Shape, ...]:
    return tuple(dict.fromkeys(each.layout.shape for each in sources))
