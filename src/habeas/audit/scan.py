"""The scan: many recorded rows held against a set of rules at once, in DuckDB.

A row is one act that was done: its `id`, its `act`, the `step` at which rules are asked before such an act, and a
column for each fact as the record knew it then. Each row gets two bit masks for every 60 rules, what barred it and what
was not shown; a rule has the same bit in both. A row without an act is not judged: nothing was done to that person.

The engine reads the one file that it is given and writes into a private folder that is removed with it: nothing else is
open to it, and nothing it is told later changes that. Its memory is bounded; what is more goes into that folder.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import compress, islice
from pathlib import Path
from typing import Any

import duckdb

from habeas.audit.asked import Asked, fact_of, type_of
from habeas.audit.engine import MEMORY, THREADS, Engine, engine
from habeas.core.facts import INTEGER_MAX
from habeas.core.messages import Message, Parameter
from habeas.core.rules import Type, Value
from habeas.core.rules.sql import COLUMN_TYPES, name_sql, value_sql
from habeas.core.safeguards import Step

MASK_BITS = 60  # of the 64 of a BIGINT: whatever reads them, none is the sign
MASKS = {"barred": "NOT {}", "not_shown": "{} IS NULL"}
KEYS = ("id", "act", "step")
AT_ONCE = 500

Row = Mapping[str, Value | None]


class RowsError(Exception):
    """Rows that can't be judged; `message` says which column, and what is wanted there."""

    def __init__(self, code: str, **parameters: Parameter) -> None:
        super().__init__(code, parameters)
        self.message = Message(code, parameters)


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How many rows one rule barred, and of how many it was not shown that it is met."""

    rule: str
    barred: int
    not_shown: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One row that was judged, and the rules with something, in the order of the rules."""

    id: str
    barred: tuple[str, ...]
    not_shown: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """What a scan found. Rows that were not judged are in no other number."""

    engine: duckdb.DuckDBPyConnection
    rules: tuple[str, ...]

    def totals(self) -> tuple[int, int, int]:
        """How many rows were judged, how many of them have something, and how many were not judged."""
        found = f"count(*) FILTER (judged), count(*) FILTER (judged AND {self._anything}), count(*) FILTER (NOT judged)"
        judged, something, not_judged = self._ask(f"SELECT {found} FROM masks")[0]
        return judged, something, not_judged

    def counts(self) -> tuple[Count, ...]:
        """By rule, those without anything too."""
        bits = [f"sum(({mask} >> {bit}) & 1)" for mask, bit in self._bits]
        found = [int(each or 0) for each in self._ask(f"SELECT {', '.join(bits)} FROM masks")[0]] if bits else []
        pairs = zip(self.rules, found[::2], found[1::2], strict=True)
        return tuple(Count(rule=rule, barred=barred, not_shown=not_shown) for rule, barred, not_shown in pairs)

    def rows(self, first: int = 0, most: int = 50) -> tuple[Judged, ...]:
        """The rows with something, in the order in which they came."""
        masks = ", ".join(dict.fromkeys(mask for mask, _ in self._bits))
        where = f"FROM masks WHERE judged AND {self._anything} ORDER BY rowid LIMIT {most:d} OFFSET {first:d}"
        found = self._ask(f"SELECT CAST(id AS VARCHAR), {masks} {where}") if masks else []
        return tuple(self._judged(id, masks) for id, *masks in found)

    @property
    def _bits(self) -> list[tuple[str, int]]:
        """Where each rule is, twice: among what is barred, and among what is not shown."""
        return [(f"{mask}_{at // MASK_BITS}", at % MASK_BITS) for at in range(len(self.rules)) for mask in MASKS]

    @property
    def _anything(self) -> str:
        return f"({' | '.join(dict.fromkeys(mask for mask, _ in self._bits)) or '0'}) <> 0"

    def _ask(self, query: str) -> list[tuple[Any, ...]]:
        return self.engine.execute(query).fetchall()

    def _judged(self, id: str, masks: Sequence[int]) -> Judged:
        value = dict(zip(dict.fromkeys(mask for mask, _ in self._bits), masks, strict=True))
        is_set = [bool(value[mask] >> bit & 1) for mask, bit in self._bits]
        barred, not_shown = (tuple(compress(self.rules, each)) for each in (is_set[::2], is_set[1::2]))
        return Judged(id=id, barred=barred, not_shown=not_shown)


@contextmanager
def scanned(
    rows: Path | Iterable[Row],
    rules: Sequence[Asked],
    *,
    step: Step | None = None,
    memory: str = MEMORY,
    threads: int = THREADS,
) -> Iterator[Scan]:
    """The rows of a Parquet file, or these, held against these rules; with a step, all against those of that step
    whatever step they name. Raises RowsError."""
    among = [each for each in rules if step is None or step in each.steps]
    with engine([rows] if isinstance(rows, Path) else [], memory, threads) as opened:
        columns = _take(opened, rows, among)
        judge(opened, among, columns, step)
        yield Scan(engine=opened, rules=tuple(each.id for each in among))


def judge(engine: Engine, rules: Sequence[Asked], columns: Collection[str], step: Step | None) -> None:
    """Make the table of masks of what stands in `recorded`, in one pass that also looks for what can't be judged."""
    answers = [f"{_elsewhere(each, step)}{each.sql(columns)} AS r{at}" for at, each in enumerate(rules)]
    chunks = [range(len(rules))[at : at + MASK_BITS] for at in range(0, len(rules), MASK_BITS)]
    masks = [f"{_mask(chunk, test)} AS {name}_{at}" for at, chunk in enumerate(chunks) for name, test in MASKS.items()]
    unfit = f"({' OR '.join(_unfit(columns).values()) or 'FALSE'}) IS TRUE AS unfit"
    try:
        engine.execute(
            f"CREATE TABLE masks AS SELECT {', '.join(('id', 'judged', 'unfit', *masks))}"
            f" FROM (SELECT {', '.join(('id', 'act IS NOT NULL AS judged', unfit, *answers))} FROM recorded)"
        )
        is_unfit = engine.execute("SELECT count(*) FROM masks WHERE unfit").fetchall() != [(0,)]
    except duckdb.OutOfRangeException:
        is_unfit = True
    if is_unfit:
        _refuse_unfit(engine, columns)


def _elsewhere(rule: Asked, step: Step | None) -> str:
    """A rule is met by whatever was done at a step at which it is not asked."""
    return "" if step else f"step NOT IN ({', '.join(value_sql(each.value) for each in rule.steps)}) OR "


def _mask(rules: range, test: str) -> str:
    bits = (f"CASE WHEN {test.format(f'r{at}')} THEN {1 << at % MASK_BITS} ELSE 0 END" for at in rules)
    return f"CASE WHEN judged THEN CAST({' + '.join(bits)} AS BIGINT) END"


# --- the engine, and what goes in ------------------------------------------------------------------


def _take(engine: duckdb.DuckDBPyConnection, rows: Path | Iterable[Row], rules: Sequence[Asked]) -> Collection[str]:
    """Put the rows where the scan finds them, as `recorded`, and give the columns of facts that they have."""
    if isinstance(rows, Path):
        engine.execute(f"CREATE VIEW recorded AS SELECT * FROM read_parquet({value_sql(str(rows))})")
        return _checked(engine)
    facts = sorted({column for each in rules for column in each.wanted.values()})
    types = {**dict.fromkeys(KEYS, "VARCHAR"), **{each: COLUMN_TYPES[_type(each)] for each in facts}}
    engine.execute(f"CREATE TABLE recorded ({', '.join(f'{name_sql(each)} {type}' for each, type in types.items())})")
    left = iter(rows)
    while some := [f"({', '.join(_constant(row, each) for each in types)})" for row in islice(left, AT_ONCE)]:
        engine.execute(f"INSERT INTO recorded VALUES {', '.join(some)}")
    return facts


def _type(column: str) -> Type:
    found = type_of(column)
    assert found is not None, column
    return found


def _constant(row: Row, column: str) -> str:
    """What a row has in a column; where it has no column of that evidence, the fact alone."""
    value = row[column] if column in row else row.get(fact_of(column))
    return "NULL" if value is None else value_sql(value)


def _checked(engine: duckdb.DuckDBPyConnection) -> Collection[str]:
    """The columns of facts in a file that can be judged. Columns of something else are left alone. Raises RowsError."""
    there = {name: type for name, type, *_ in engine.execute("DESCRIBE recorded").fetchall()}
    for each in KEYS:
        if each not in there:
            raise RowsError("audit.no_column", column=each)
    facts = {name: found for name in there if (found := type_of(name)) is not None}
    for name, found in facts.items():
        if there[name] != COLUMN_TYPES[found]:
            raise RowsError("audit.wrong_type", column=name, found=there[name], wanted=COLUMN_TYPES[found])
    return facts.keys()


def _unfit(columns: Collection[str]) -> dict[str, str]:
    """By column, what is so where its value can't be judged."""
    tests = {name: _UNFIT.get(_type(name), "") for name in columns}
    return {name: test.format(name_sql(name)) for name, test in tests.items() if test}


def _refuse_unfit(engine: Engine, columns: Collection[str]) -> None:
    for name, test in _unfit(columns).items():
        [(count,)] = engine.execute(f"SELECT count_if({test}) FROM recorded").fetchall()
        if count:
            raise RowsError("audit.unfit_values", column=name, count=count)


_UNFIT = {
    Type.TEXTS: "list_position({}, NULL) > 0",  # a list holds no NULL: engines differ on what that would mean
    Type.INT: f"{{}} NOT BETWEEN -{INTEGER_MAX} AND {INTEGER_MAX}",
}
