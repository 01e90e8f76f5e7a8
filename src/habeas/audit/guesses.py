"""Which column of a file is which, where nobody says it and no layout is known: guessed from names and values.

A guess is shown with its reason, and is never a choice between two that are equally good: then nothing is read until a
map says it. It never decides an order of day and month.
"""

import re
import tomllib
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files

import duckdb

from habeas.audit.layouts import GUESSED, Layout, LayoutError, day_in, list_of_a_day, presets, written
from habeas.audit.reading import FAULT, Read
from habeas.audit.tables import COLUMNS, Shape
from habeas.audit.values import Days, marks
from habeas.core.messages import Message
from habeas.core.rules.sql import name_sql, value_sql

_KNOWN = tomllib.loads((files("habeas.audit") / "guesses.toml").read_text("utf-8"))
LOOKED_AT = 500
"""Different values of a column that are looked at."""
FITS = 0.8
"""Of these, the part that must be what the column holds."""
TELLING = 6
"""Letters of one word that tell something within a longer name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Guess:
    """`rank` is 2 where the whole name is known, 1 where words of it are; `fit` of `looked` values are of its type."""

    field: str
    column: str
    rank: int
    words: str
    kind: str
    fit: int
    looked: int

    @property
    def said(self) -> Message:
        """Why."""
        seen = {"fit": self.fit, "looked": self.looked} if self.kind and self.looked else {}
        code = f"audit.guess_{'name' if self.rank == 2 else 'words'}{'_' + self.kind if seen else ''}"
        return Message(code, {"field": self.field, "column": self.column, "words": self.words, **seen})


def guessed(engine: duckdb.DuckDBPyConnection, read: Read) -> Layout | None:
    """The layout that the names and values of a table suggest, None where they suggest none. Raises LayoutError with
    the map to be filled in where two are equally good."""
    values = {each: _values(engine, read, each) for each in read.header}
    made = {shape: [*_guesses(shape, values)] for shape in map(Shape, _KNOWN["needs"])}
    fit = {shape: each for shape, each in made.items() if _is_enough(shape, {one.field for one in each})}
    if Shape.COUNTS in fit:
        fit.pop(Shape.FACILITIES, None)  # a list of facilities has no days
    if not fit:
        return None
    most = max(len({one.field for one in each}) for each in fit.values())
    best = [shape for shape, each in fit.items() if len({one.field for one in each}) == most]
    layout, unsure = _layout(best[0], fit[best[0]])
    if len(best) > 1:
        raise LayoutError("guess_shapes", written(layout, unsure), number=read.input, shapes=tuple(best))
    if unsure:
        field, columns = next(iter(unsure.items()))
        raise LayoutError("guess_open", written(layout, unsure), number=read.input, field=field, columns=columns)
    return layout


def unfit(engine: duckdb.DuckDBPyConnection, read: Read) -> LayoutError | None:
    """Of a table that suggests nothing, the column of days by its name of which some values are none."""
    named = _KNOWN["named"]
    for column in read.header:
        for field in ("from_at", "until_at", "day"):
            if any((_within(_words(each), _words(column)) or (0,))[0] == 2 for each in named[field]):
                values = _values(engine, read, column)
                if 0 < (fit := sum(map(_is_day, values))) < FITS * len(values):
                    return LayoutError(
                        "guess_unfit", number=read.input, field=field, column=column, fit=fit, looked=len(values)
                    )
    return None


def listed(read: Read, name: str) -> Layout | None:
    """The preset of a list of people of the day in its name, None where the columns are none of it. Most files have a
    person and a place: raises LayoutError where there is no such day, or a column says since or until when."""
    layout = list_of_a_day(read.header)
    if layout is None:
        return None
    spans = {words for field in ("from_at", "until_at") for words in _KNOWN["named"][field]}
    if not day_in(name) or any(_within(_words(each), _words(column)) for column in read.header for each in spans):
        raise LayoutError("no_layout_list", number=read.input, columns=read.header, known=presets())
    return layout


def _values(engine: duckdb.DuckDBPyConnection, read: Read, column: str) -> list[str]:
    text = f"CAST({name_sql(column)} AS VARCHAR)"
    table = f"read_parquet({value_sql(str(read.texts))})"
    none = ", ".join(map(value_sql, marks()))
    asked = (
        f"SELECT DISTINCT text FROM (SELECT {text} AS text FROM {table} WHERE {name_sql(FAULT)} IS NULL"
        f" LIMIT {40 * LOOKED_AT}) WHERE text <> '' AND lower(text) NOT IN ({none}) ORDER BY text LIMIT {LOOKED_AT}"
    )
    return [text for (text,) in engine.execute(asked).fetchall()]


def _guesses(shape: Shape, values: Mapping[str, Sequence[str]]) -> Iterator[_Guess]:
    """For each field the best guesses, several where they are equally good. A column whose whole name says what it is
    is nothing else."""
    every = [each for column in values for each in _of_column(shape, column, values[column])]
    taken = {each.column for each in every if each.rank == 2}
    every = [each for each in every if each.rank == 2 or each.column not in taken]
    for field in COLUMNS[shape]:
        of = [each for each in every if each.field == field]
        yield from (each for each in of if each.rank == max(one.rank for one in of))


def _of_column(shape: Shape, column: str, values: Sequence[str]) -> Iterator[_Guess]:
    """What its name says most of, where its values are that."""
    name, known = _words(column), _KNOWN["named"].items()
    within = {
        field: max(filter(None, (_within(_words(each), name) for each in of)), default=None) for field, of in known
    }
    best = max(filter(None, within.values()), default=None)
    needed = {name for each in _KNOWN["needs"][shape] for name in each.split("|")} | {"person"}
    for field, of in COLUMNS[shape].items():
        if best is None or within.get(field) != best or not (best[0] == 2 or field in needed):
            continue
        kind = {"VARCHAR": "", "DATE": "days", "TIMESTAMP": "days"}.get(of.type, "numbers")
        fit, days = (sum(map(_TYPES[each], values)) for each in (kind or "days", "days"))
        if (fit >= FITS * len(values)) if kind else (not values or days < FITS * len(values)):
            rank, _, words = best
            yield _Guess(field=field, column=column, rank=rank, words=words, kind=kind, fit=fit, looked=len(values))


def _within(words: str, name: str) -> tuple[int, int, str] | None:
    """How much of a name these words are: all of it, or a part that is long enough to mean something."""
    if words.replace(" ", "") == name.replace(" ", ""):
        return 2, len(words), words
    is_telling = " " in words or len(words) >= TELLING
    return (1, len(words), words) if is_telling and f" {words} " in f" {name} " else None


def _words(name: str) -> str:
    """In small letters without accents, divided by spaces."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    plain = "".join(each for each in unicodedata.normalize("NFKD", apart) if not unicodedata.combining(each))
    return " ".join(re.findall(r"[a-z0-9]+", plain.lower()))


def _is_day(value: str) -> bool:
    days = Days(order="dmy")
    days.learn([value])
    return bool(days.forms)


def _is_number(value: str) -> bool:
    return bool(re.fullmatch(r"-?[$€£\s]*-?\d[\d.,\s]*", value))


_TYPES: Mapping[str, Callable[[str], bool]] = {"days": _is_day, "numbers": _is_number}


def _is_enough(shape: Shape, fields: set[str]) -> bool:
    return all({*each.split("|")} & fields for each in _KNOWN["needs"][shape])


def _layout(shape: Shape, guesses: Sequence[_Guess]) -> tuple[Layout, dict[str, tuple[str, ...]]]:
    """The layout of what is sure, and by field the columns that are equally good for it: two for one field, or fields
    that one column would be."""
    columns: dict[str, tuple[str, ...]] = {}
    for each in guesses:
        columns[each.field] = (*columns.get(each.field, ()), each.column)
    used = [name for names in columns.values() for name in names]
    unsure = {field: names for field, names in columns.items() if len(names) > 1 or used.count(names[0]) > 1}
    sure = {field: names for field, names in columns.items() if field not in unsure}
    said = tuple(each.said for each in guesses if each.field in sure)
    return Layout(name=GUESSED, shape=shape, columns=sure, guessed=said), unsure
