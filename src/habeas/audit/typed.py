"""Texts become values: each row of a table becomes a row of the table of its shape, is set aside with the reason, or is
unreadable.

A value that can't be read as what its column holds is no value, and is counted with an example; it is never taken for
one that is not there: where it decides what a row counts for (the end of a stint), the row is not used. Rows that were
read are used or set aside, their numbers add up, and `accounted` names each one that is not used.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import duckdb

from habeas.audit.engine import Engine
from habeas.audit.layouts import Layout, LayoutError
from habeas.audit.lines import UNREADABLE
from habeas.audit.reading import FAULT, NOT_ROWS, ROW, VALUE, Read
from habeas.audit.tables import ACCOUNTED, COLUMNS, Column, Shape
from habeas.audit.values import YEARS, AmbiguousError, Days, Numbers, marks, redactions
from habeas.audit.zones import changes, of_utc
from habeas.core.messages import Message
from habeas.core.rules.sql import name_sql, value_sql

EXAMPLES = 3
SAMPLE = 20_000
DECIDES = {Shape.STINTS: ("until_at",), Shape.COUNTS: ("people",)}
"""Fields that a row need not have, but whose value, where there is one, must be known for the row to count."""

_AS_THEY_ARE = {
    *((one, other) for one in ("DATE", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE") for other in ("DATE", "TIMESTAMP")),
    *((each, "DOUBLE") for each in ("DOUBLE", "BIGINT", "INTEGER", "SMALLINT", "TINYINT")),
}
"""Types of Parquet and of fields between which no text is needed."""
_ODD = name_sql("habeas odd")


@dataclass(frozen=True, slots=True, kw_only=True)
class NotRead:
    """Values of one column that are none of what it holds; `set_aside` says that their rows can't be used without."""

    column: str
    count: int
    examples: tuple[str, ...]
    set_aside: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What became of one table. `aside` counts the rows that were set aside by their reason, `said` is each choice that
    was made of how to read a column."""

    number: int
    layout: Layout
    read: Read
    used: int
    set_aside: int
    not_read: tuple[NotRead, ...]
    aside: tuple[tuple[str, int], ...] = ()
    said: tuple[Message, ...] = ()

    @property
    def columns(self) -> frozenset[str]:
        """The columns of its shape that it fills."""
        return frozenset((*self.layout.columns, *self.layout.constants, *(["parts"] if self.layout.parts else [])))


@dataclass(frozen=True, slots=True, kw_only=True)
class Unused:
    """A table that was read and not used, since no layout has its columns."""

    number: int
    read: Read


@dataclass(slots=True)
class _Field:
    """One field: the SQL of its text in the file, and the forms of its values. `part` is one of `people`. A column of
    Parquet may hold already what is asked, and is then no text (`is_value`)."""

    name: str
    type: str
    raw: str
    label: str
    days: Days | None
    numbers: Numbers | None
    none: tuple[str, ...]
    is_value: bool

    @property
    def text(self) -> str:
        """Its text, NULL where it is empty or a mark."""
        return self.raw if self.is_value else f"CASE WHEN {_is_one(self.raw, self.none)} THEN NULL ELSE {self.raw} END"

    def learn(self, values: Sequence[str], number: int) -> None:
        try:
            for each in (self.days, self.numbers):
                if each is not None:
                    each.learn(values)
        except AmbiguousError:
            raise LayoutError("days_ambiguous", number=number, column=self.label) from None

    @property
    def value(self) -> str:
        """The SQL of its value over its text, which is called by its name."""
        name = name_sql(self.name)
        if self.days is not None:
            made = name if self.is_value else self.days.sql(name)
            return f"CASE WHEN year({made}) BETWEEN {YEARS[0]} AND {YEARS[1]} THEN CAST({made} AS {self.type}) END"
        if self.numbers is None:
            return name
        return _number(name if self.is_value else self.numbers.sql(name), self.type)

    @property
    def failed(self) -> str:
        """What is so of a value that is there and can't be read."""
        return f"{name_sql('= ' + self.name)} IS NULL AND {name_sql(self.name)} IS NOT NULL"


def type_into(engine: duckdb.DuckDBPyConnection, number: int, read: Read, layout: Layout) -> Source:
    """Add the rows of a table to the table of its shape. Raises LayoutError when it has not the columns, or has days
    that can be read in two ways."""
    if lacking := [each for each in layout.wanted if each not in read.header]:
        raise LayoutError("map_not_of_file", name=layout.name, number=read.input, columns=tuple(lacking))
    create(engine, layout.shape)
    engine.execute(
        f"CREATE TABLE IF NOT EXISTS {ACCOUNTED} (source INTEGER, line BIGINT, status VARCHAR, reason VARCHAR,"
        " field VARCHAR, value VARCHAR)"
    )
    table = f"read_parquet({value_sql(str(read.texts))}, {ROW} = true)"
    fields = _fields(engine, layout, table)
    for each in fields:
        each.learn(_sample(engine, each, table), read.input)
    _stage(engine, fields, layout, table)
    if _learn_again(engine, fields, read.input):
        _stage(engine, fields, layout, table)
    _insert(engine, number, fields, layout)
    hours = [*_hours(engine, number, layout, fields, table)] if layout.zone else []
    source = _source(engine, number, read, layout, fields)
    engine.execute("DROP VIEW staged; DROP TABLE staged_rows")
    return replace(source, said=(*_twice(read, layout), *source.said, *hours))


def _twice(read: Read, layout: Layout) -> Iterator[Message]:
    """Which columns of the header have one name, and which of them are used."""
    if read.twice:
        names = {*read.twice, *(each.rpartition(" (")[0] for each in read.twice)}
        used = tuple(each for each in layout.wanted if each in names)
        yield Message(f"audit.columns_twice{'' if used else '_unused'}", {"columns": read.twice, "used": used})


def create(engine: Engine, shape: Shape) -> None:
    """The table of a shape, where there is none yet."""
    declared = ("source INTEGER", "line BIGINT", *(f"{name} {each.type}" for name, each in COLUMNS[shape].items()))
    engine.execute(f"CREATE TABLE IF NOT EXISTS {shape} ({', '.join(declared)})")


def _fields(engine: duckdb.DuckDBPyConnection, layout: Layout, table: str) -> list[_Field]:
    types = {name: type for name, type, *_ in engine.execute(f"DESCRIBE SELECT * FROM {table}").fetchall()}
    of = {**layout.columns, **{_part(each): (each,) for each in layout.parts}}
    none = ("", *(each.lower() for each in layout.redacted), *marks())
    made = []
    for name, names in of.items():
        type = COLUMNS[layout.shape].get(name, Column(type="DOUBLE")).type
        is_day, is_text = type in ("DATE", "TIMESTAMP"), type == "VARCHAR"
        is_value = len(names) == 1 and (types[names[0]], type) in _AS_THEY_ARE
        there = {each: _on_clock(each, types[each], layout.zone if is_value else "") for each in names}
        as_text = [each for each in names if types[each] != "VARCHAR" and not is_value]
        texts = [f"CAST({there[each]} AS VARCHAR)" if each in as_text else there[each] for each in names]
        kept = [f"CASE WHEN {_is_one(each, none)} THEN NULL ELSE {each} END" for each in texts]
        made.append(
            _Field(
                name=name,
                type=type,
                raw=texts[0] if len(texts) == 1 else f"nullif(concat_ws(', ', {', '.join(kept)}), '')",
                label=" + ".join(names),
                days=_days(layout, has_zone=is_value and types[names[0]].endswith("ZONE")) if is_day else None,
                numbers=None if is_day or is_text else Numbers(),
                none=none,
                is_value=is_value,
            )
        )
    return made


def _days(layout: Layout, *, has_zone: bool) -> Days:
    forms = {*layout.dates}
    return Days(order=layout.order, forms=forms, is_told=bool(forms), has_zone=has_zone, zone=layout.zone)


def _on_clock(name: str, type: str, zone: str) -> str:
    """A column; a moment of Parquet with a zone as the clock of one shows it."""
    utc = f"timezone('UTC', {name_sql(name)})"
    return (of_utc(utc, zone) if zone else utc) if type.endswith("ZONE") else name_sql(name)


def _is_one(text: str, of: Sequence[str]) -> str:
    """Whether a text is one of these, in small letters: most are longer. As a table they are looked up, and not tried
    one by one."""
    longest, listed = max(len(each.encode()) for each in of), ", ".join(map(value_sql, of))
    return f"CASE WHEN strlen({text}) <= {longest} THEN lower({text}) END IN (SELECT unnest([{listed}]))"


def _part(name: str) -> str:
    return f"part {name}"


def _number(text: str, type: str) -> str:
    if type == "INTEGER":
        whole = f"TRY_CAST({text} AS DOUBLE)"
        return f"CASE WHEN {whole} = floor({whole}) THEN TRY_CAST({whole} AS INTEGER) END"
    number = f"TRY_CAST({text} AS {type})"
    return f"CASE WHEN isfinite({number}) THEN {number} END" if type == "DOUBLE" else number


def _sample(engine: duckdb.DuckDBPyConnection, field: _Field, table: str) -> list[str]:
    if field.type == "VARCHAR" or field.is_value:
        return []
    drawn = f"USING SAMPLE reservoir({SAMPLE} ROWS) REPEATABLE (1)"
    some = f"SELECT {field.text} AS text FROM {table} WHERE {name_sql(FAULT)} IS NULL {drawn}"
    found = engine.execute(f"SELECT DISTINCT text FROM ({some}) WHERE text IS NOT NULL").fetchall()
    return [text for (text,) in found]


def _stage(engine: duckdb.DuckDBPyConnection, fields: Sequence[_Field], layout: Layout, table: str) -> None:
    """One pass: each value, what could not be read of it (`? NAME`), and why a row is not used (`why`, `which`). What
    is so of few rows takes one list, which the others don't have."""
    texts = ", ".join(f"{each.text} AS {name_sql(each.name)}" for each in fields)
    hidden = (*redactions(), *(each.lower() for each in layout.redacted))
    there = {each.name: each for each in fields}
    needed = [name for name, each in COLUMNS[layout.shape].items() if each.is_needed and name in there]
    needed += [each for each in DECIDES.get(layout.shape, ()) if each in there]
    marked = "".join(
        f", {'FALSE' if there[each].is_value else _is_one(there[each].raw, hidden)} AS {name_sql('! ' + each)}"
        for each in needed
    )
    made = ", ".join(f"{each.value} AS {name_sql('= ' + each.name)}" for each in fields)
    values = ", ".join(f"{name_sql('= ' + each.name)} AS {name_sql(each.name)}" for each in fields)
    failed = {
        name_sql("? " + each.name): f"CASE WHEN {each.failed} THEN CAST({name_sql(each.name)} AS VARCHAR) END"
        for each in fields
        if each.type != "VARCHAR"
    }
    odd = {**_why(layout.shape, there, needed), name_sql(VALUE): name_sql(VALUE), **failed}
    is_odd = " OR ".join(f"{each} IS NOT NULL" for name, each in odd.items() if name != "which")
    fault = name_sql(FAULT)
    engine.execute(
        f"CREATE OR REPLACE TEMP TABLE staged_rows AS SELECT line, {values},"
        f" CASE WHEN {is_odd} THEN [{', '.join(odd.values())}] END AS {_ODD} FROM (SELECT *, {made} FROM"
        f" (SELECT {ROW} + 1 AS line, {fault}, {name_sql(VALUE)}, {texts}{marked} FROM {table}"
        f" WHERE {fault} IS NULL OR {fault} NOT IN ({', '.join(map(value_sql, NOT_ROWS))})))"
    )
    named = ", ".join(f"{_ODD}[{at}] AS {name}" for at, name in enumerate(odd, start=1))
    engine.execute(f"CREATE OR REPLACE TEMP VIEW staged AS SELECT * EXCLUDE {_ODD}, {named} FROM staged_rows")


def _why(shape: Shape, there: Mapping[str, _Field], needed: Sequence[str]) -> dict[str, str]:
    nothing = " AND ".join(f"{name_sql(each)} IS NULL" for each in there)
    cases = [(f"{name_sql(FAULT)} IS NOT NULL", name_sql(FAULT), "NULL"), (nothing, "'empty'", "NULL")]
    for each in needed:
        kind = _kind(there[each])
        cases.append((there[each].failed, value_sql(kind), value_sql(each)))
        if shape is Shape.FACILITIES and each == "facility":
            continue  # one whose name is redacted is a place all the same
        cases.append((name_sql("! " + each), "'redacted'", value_sql(each)))
        if COLUMNS[shape][each].is_needed:
            cases.append((f"{name_sql(each)} IS NULL", "'no_value'", value_sql(each)))
    why, which = ([f"WHEN {test} THEN {found[at]}" for test, *found in cases] for at in (0, 1))
    return {"why": f"CASE {' '.join(why)} END", "which": f"CASE {' '.join(which)} END"}


def _kind(field: _Field) -> str:
    return "not_a_day" if field.days is not None else "not_a_number"


def _learn_again(engine: duckdb.DuckDBPyConnection, fields: Sequence[_Field], number: int) -> bool:
    """Whether what failed has a form that the sample did not show."""
    has_learnt = False
    for each in fields:
        if each.type == "VARCHAR":
            continue
        column = name_sql("? " + each.name)
        asked = f"SELECT DISTINCT {column} FROM staged WHERE {column} IS NOT NULL LIMIT {SAMPLE}"
        if failed := engine.execute(asked).fetchall():
            before = each.value
            each.learn([text for (text,) in failed], number)
            has_learnt |= before != each.value
    return has_learnt


def _insert(engine: duckdb.DuckDBPyConnection, number: int, fields: Sequence[_Field], layout: Layout) -> None:
    shape = layout.shape
    made = {each.name: name_sql(each.name) for each in fields if not each.name.startswith("part ")}
    made = {name: value_sql(value) for name, value in layout.constants.items()} | made
    if shape is Shape.FACILITIES and "facility" in made:
        made["facility"] = f"coalesce({made['facility']}, {value_sql(f'? {number}:')} || line)"
    if layout.parts:
        parts = ", ".join(f"{value_sql(each)}: {name_sql(_part(each))}" for each in layout.parts)
        made["parts"] = f"MAP {{{parts}}}"
    engine.execute(
        f"INSERT INTO {shape} (source, line, {', '.join(made)})"
        f" SELECT {number:d}, line, {', '.join(made.values())} FROM staged WHERE why IS NULL"
    )
    typed = [each for each in fields if each.type != "VARCHAR"]
    which = " ".join(f"WHEN {value_sql(each.name)} THEN {name_sql('? ' + each.name)}" for each in typed)
    shown = f"coalesce(CASE which {which} END, {name_sql(VALUE)})" if which else name_sql(VALUE)
    unreadable = ", ".join(map(value_sql, (*UNREADABLE, "not_a_day", "not_a_number")))
    engine.execute(
        f"INSERT INTO {ACCOUNTED} SELECT {number:d}, line, CASE WHEN why IN ({unreadable}) THEN 'unreadable'"
        f" ELSE 'set_aside' END, why, which, {shown} FROM staged WHERE why IS NOT NULL ORDER BY line"
    )
    for each in typed:
        column = name_sql("? " + each.name)
        engine.execute(
            f"INSERT INTO {ACCOUNTED} SELECT {number:d}, line, 'used', {value_sql(_kind(each))},"
            f" {value_sql(each.name)}, {column} FROM staged WHERE why IS NULL AND {column} IS NOT NULL ORDER BY line"
        )


def _hours(
    engine: duckdb.DuckDBPyConnection, number: int, layout: Layout, fields: Sequence[_Field], table: str
) -> Iterator[Message]:
    """What is told of moments in an hour that the clock shows twice or never. They stay as written, but for an end that
    such an hour puts before its beginning, or at it though the moments differ: it is of the second time, and follows at
    once."""
    zone, moments = layout.zone, {each.name: each.label for each in fields if each.type == "TIMESTAMP"}
    found = [_one(engine, f"SELECT min({name}), max({name}) FROM staged WHERE why IS NULL") for name in moments]
    known = [each for pair in found for each in pair if each is not None]
    spans = [*changes(zone, min(known), max(known))] if known else []
    if not spans:
        return
    listed = ", ".join(f"(TIMESTAMP '{begins}', TIMESTAMP '{ends}', {is_twice})" for begins, ends, is_twice in spans)
    odd = f"(VALUES {listed}) hours(begins, ends, is_twice)"
    for name, label in moments.items():
        counted = engine.execute(
            f"SELECT is_twice, count(*), list_slice(list(line ORDER BY line), 1, {EXAMPLES}) FROM staged JOIN {odd}"
            f" ON {name} >= begins AND {name} < ends WHERE why IS NULL AND {name} <> date_trunc('day', {name})"
            " GROUP BY is_twice ORDER BY is_twice"
        ).fetchall()
        for is_twice, count, lines in counted:
            told = {"column": label, "zone": zone, "count": count, "rows": tuple(map(str, lines))}
            yield Message(f"audit.hour_{'twice' if is_twice else 'never'}", told)
    if {"from_at", "until_at"} <= moments.keys():
        later = _later(engine, layout, fields, table)
        (count,) = _one(
            engine,
            f"UPDATE {layout.shape} SET until_at = from_at + INTERVAL 1 MICROSECOND WHERE source = {number:d}"
            f" AND (until_at < from_at OR line IN ({later}))"
            f" AND EXISTS (SELECT 1 FROM {odd} WHERE is_twice AND begins <= until_at AND from_at < ends)",
        )
        if count:
            yield Message("audit.hour_ends_second", {"zone": zone, "count": count})


def _later(engine: duckdb.DuckDBPyConnection, layout: Layout, fields: Sequence[_Field], table: str) -> str:
    """The lines that end, in UTC, after they begin, and at the same time by the clock."""
    known = {each.name: each for each in fields}
    pair = [
        each for each in _fields(engine, replace(layout, zone="UTC"), table) if each.name in ("from_at", "until_at")
    ]
    for each in pair:
        each.days = replace(known[each.name].days or Days(), zone="UTC")
    values = {each.name: each.value for each in pair}
    texts = ", ".join(f"{each.text} AS {name_sql(each.name)}" for each in pair)
    same = "SELECT line FROM staged WHERE why IS NULL AND until_at = from_at"
    return (
        f"SELECT line FROM (SELECT {ROW} + 1 AS line, {texts} FROM {table} WHERE {ROW} + 1 IN ({same}))"
        f" WHERE {values['until_at']} > {values['from_at']}"
    )


def _source(
    engine: duckdb.DuckDBPyConnection, number: int, read: Read, layout: Layout, fields: Sequence[_Field]
) -> Source:
    gone = ", ".join(map(value_sql, UNREADABLE))
    counted = engine.execute(
        f"SELECT why, count(*) FROM staged WHERE why IS NULL OR why NOT IN ({gone}) GROUP BY why ORDER BY why"
    ).fetchall()
    aside = tuple((why, count) for why, count in counted if why is not None)
    used = sum(count for why, count in counted if why is None)
    return Source(
        number=number,
        layout=layout,
        read=read,
        used=used,
        set_aside=sum(count for _, count in aside),
        not_read=tuple(_not_read(engine, layout, fields)),
        aside=aside,
        said=tuple(
            message for each in fields for of in (each.days, each.numbers) if of for message in of.said(each.label)
        ),
    )


def _not_read(engine: duckdb.DuckDBPyConnection, layout: Layout, fields: Sequence[_Field]) -> Iterator[NotRead]:
    decides = {name for name, each in COLUMNS[layout.shape].items() if each.is_needed} | {
        *DECIDES.get(layout.shape, ())
    }
    for each in fields:
        if each.type == "VARCHAR":
            continue
        column = name_sql("? " + each.name)
        count, examples = _one(
            engine,
            f"SELECT count({column}), list_slice(list(DISTINCT {column} ORDER BY {column})"
            f" FILTER ({column} IS NOT NULL), 1, {EXAMPLES}) FROM staged",
        )
        if count:
            yield NotRead(column=each.label, count=count, examples=tuple(examples), set_aside=each.name in decides)


def _one(engine: duckdb.DuckDBPyConnection, query: str) -> tuple[Any, ...]:
    found = engine.execute(query).fetchone()
    assert found is not None
    return found
