"""TOML read strictly, with the place of every value: each error names file, line and column.

`tomllib` keeps no places, so the lines are scanned a second time for the keys that begin them.
"""

import difflib
import inspect
import re
import tomllib
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from types import NoneType
from typing import NewType, TypeVar, get_args
from zoneinfo import ZoneInfo

from habeas.core.countries import COUNTRIES
from habeas.core.ledger.money import Money, read_money
from habeas.core.messages import FileError, Parameter, Place
from habeas.core.rules import Rule, Scope, parse_rule

LENGTH_MAX = 250_000
DOTS_MAX = 200
"""In one line, which holds a key or a sentence of prose."""

T = TypeVar("T")

HIDDEN = re.compile("[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\u2028-\\u202e\\u2066-\\u2069\\ud800-\\udfff]")
"""What can't be seen, or turns round how the rest is read; a tab and the end of a line are none of these."""


Path = tuple[str | int, ...]

Country = NewType("Country", str)
"""ISO 3166-1 alpha-3."""

Zone = NewType("Zone", str)
"""A name of the tz database."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bilingual:
    """A text for people, in English and in Spanish."""

    en: str
    es: str

    def said_in(self, language: str) -> str:
        """The text in a language; English for any but Spanish."""
        return self.es if language == "es" else self.en


def read_whole(text: str, file: str, read: "Callable[[Table], T]") -> T:
    """What `read` makes of a TOML text, every key of which it must ask for. Raises FileError, with the
    line of the text."""
    try:
        root = read_toml(text, file)
        found = read(root)
        root.done()
    except FileError as error:
        error.line = text.split("\n")[error.place.line - 1]
        raise
    return found


def read_toml(text: str, file: str) -> "Table":
    """The root table of a TOML text. Raises FileError."""
    if len(text) > LENGTH_MAX:
        raise FileError("toml.too_long", Place(file=file), longest=LENGTH_MAX)
    return Table(load_toml(text, file), (), _places(text, file), Place(file=file))


def load_toml(text: str, file: str) -> dict[str, object]:
    """The values of a TOML text. Raises FileError."""
    # tomllib needs time in the square of the parts of a key: a file of one long key would never end.
    for number, line in enumerate(text.splitlines(), start=1):
        if line.count(".") > DOTS_MAX:
            raise FileError("toml.too_nested", Place(file=file, line=number))
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise FileError("toml.too_nested", Place(file=file)) from None
    except ValueError as error:  # also a whole number of thousands of digits
        found = _AT.search(str(error))
        why = str(error)[: found.start()] if found else "Invalid value"
        if found and found[1]:
            place = Place(file=file, line=int(found[1]), column=int(found[2]))
        else:
            digits = _LONG_NUMBER.search(text)
            place = Place(file=file).within(text, digits.start() if digits else len(text))
        raise FileError("toml.not_toml", place, why=why) from None


_LONG_NUMBER = re.compile(r"[0-9][0-9_]{4000}")
_AT = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")


class Table:
    """One table of a TOML file. Every key must be read; `done` refuses those that nobody asked for."""

    def __init__(self, values: Mapping[str, object], path: Path, places: Mapping[Path, Place], place: Place) -> None:
        self._values, self._path, self._places = values, path, places
        self._asked: set[str] = set()
        self._inner: dict[Path, Table] = {}
        self.place = places.get(path, place)

    def has(self, key: str) -> bool:
        """Whether this key, which may be absent, is there."""
        self._asked.add(key)
        return key in self._values

    def maybe(self, read: Callable[[str], T], key: str) -> T | None:
        """What a method of this table reads, or None where the key is absent."""
        return read(key) if self.has(key) else None

    def _value(self, key: str, otherwise: object) -> object:
        return self._values[key] if self.has(key) else otherwise

    def raw(self, key: str) -> object:
        """A value that must be there, as TOML read it."""
        if not self.has(key):
            raise FileError("toml.key_missing", self.place, key=key)
        return self._values[key]

    # --- values ---------------------------------------------------------------------------------

    def text(self, key: str) -> str:
        """A text that must be there and not be blank."""
        value = self.raw(key)
        if not isinstance(value, str) or not value.strip():
            raise self.error("toml.wants_text", key)
        if HIDDEN.search(value):
            raise self.error("toml.wants_visible", key)
        return value.strip()

    def zone(self, key: str) -> Zone:
        """The name of a time zone."""
        name = self.text(key)
        try:
            ZoneInfo(name)
        except (ValueError, OSError):
            raise self.error("toml.unknown_zone", key, found=name) from None
        return Zone(name)

    def maybe_text(self, key: str) -> str:
        """A text, or an empty one."""
        return self.maybe(self.text, key) or ""

    def words(self, key: str) -> Bilingual:
        return self.table(key).record(Bilingual)

    def number(self, key: str) -> int:
        value = self.raw(key)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise self.error("toml.wants_number", key)
        return value

    def money(self, key: str, currency: str = "") -> Money:
        """An amount, written as a text such as "8500.00" so that no figure is ever a float; by itself of the
        currency that this table names."""
        currency = currency or self.text("currency")
        try:
            return read_money(self.text(key), currency)
        except ValueError:
            raise self.error("terms.not_an_amount", key, currency=currency) from None

    def flag(self, key: str) -> bool:
        """True or false; false when the key is absent."""
        value = self._value(key, False)
        if not isinstance(value, bool):
            raise self.error("toml.wants_flag", key)
        return value

    def day(self, key: str) -> date:
        """A date without a time."""
        value = self.raw(key)
        if not isinstance(value, date) or isinstance(value, datetime):
            raise self.error("toml.wants_date", key)
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts; empty when the key is absent."""
        value = self._value(key, [])
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise self.error("toml.wants_texts", key)
        return tuple(str(each) for each in value)

    def choice(self, key: str, choices: Iterable[str]) -> str:
        """One of the listed codes."""
        self.check(key, value := self.text(key), choices)
        return value

    def country(self, key: str) -> Country:
        self.check(key, code := self.text(key), COUNTRIES, "toml.unknown_country")
        return Country(code)

    def check(self, key: str, value: str, known: Iterable[str], code: str = "toml.not_one_of") -> None:
        """Refuse a value of `key` that is not one of the known ones."""
        if value not in (choices := tuple(known)):
            near = difflib.get_close_matches(value, choices, n=1)
            raise self.error(code, key, found=value, choices=tuple(near) or choices)

    def rule(self, key: str, scope: Scope) -> Rule:
        """A rule over declared facts. Raises RuleError with the place in this file."""
        return parse_rule(self.text(key), scope, self.where(key))

    # --- tables and records ---------------------------------------------------------------------

    def table(self, key: str) -> "Table":
        value = self.raw(key)
        if not isinstance(value, dict):
            raise self.error("toml.wants_table", key)
        return self._table(value, key, (key,))

    def maybe_table(self, key: str) -> "Table":
        """A table, or an empty one."""
        return self.table(key) if self.has(key) else Table({}, (*self._path, key), self._places, self.place)

    def tables(self, key: str) -> "tuple[Table, ...]":
        """A list of tables; empty when absent."""
        value = self._value(key, [])
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            raise self.error("toml.wants_tables", key)
        return tuple(self._table(each, key, (key, index)) for index, each in enumerate(value))

    def names(self, known: Collection[str] | None = None, code: str = "terms.unknown_name") -> tuple[str, ...]:
        """The keys that the file gives this table. Raises FileError, with the code, for one that is not known."""
        for key in self._values if known is not None else ():
            self.check(key, key, known or (), code)
        return tuple(self._values)

    def named(self, known: Collection[str] | None = None) -> "dict[str, Table]":
        """The tables of this one by name: one of those known, or else any that the file gives them."""
        return {name: self.table(name) for name in self.names(known)}

    def record(self, kind: Callable[..., T], /, **known: object) -> T:
        """A record of this table: each field that is not `known` is a key, and its type says how it is read.
        A type that no reader is listed for is an enumeration of codes."""
        wanted = inspect.signature(kind, eval_str=True).parameters.values()
        return kind(**known, **{each.name: self._field(each) for each in wanted if each.name not in known})

    def _field(self, field: inspect.Parameter) -> object:
        type, key = field.annotation, field.name
        if field.default is not field.empty and not self.has(key):
            return field.default
        if NoneType in get_args(type):
            if not self.has(key):
                return None
            type, _ = get_args(type)
        return _READERS[type](self, key) if type in _READERS else type(self.choice(key, type))

    def _table(self, values: Mapping[str, object], key: str, path: Path) -> "Table":
        if path not in self._inner:
            self._inner[path] = Table(values, (*self._path, *path), self._places, self.where(key))
        return self._inner[path]

    # --- places ---------------------------------------------------------------------------------

    def where(self, key: str) -> Place:
        """The place of a key's value; of this table when the key stands on no line of its own."""
        return self._places.get((*self._path, key), self.place)

    def error(self, code: str, key: str, **parameters: Parameter) -> FileError:
        return FileError(code, self.where(key), key=key, **parameters)

    def done(self) -> None:
        """Refuse a key, here or further in, that nobody asked for: a misspelling would silently do nothing."""
        for key in self._values:
            if key not in self._asked:
                near = difflib.get_close_matches(key, self._asked, n=1)
                raise self.error("toml.unknown_key", key, choices=tuple(near or sorted(self._asked)))
        for table in self._inner.values():
            table.done()


_READERS: Mapping[object, Callable[[Table, str], object]] = {
    str: Table.text,
    tuple[str, ...]: Table.texts,
    int: Table.number,
    bool: Table.flag,
    date: Table.day,
    Money: Table.money,
    Country: Table.country,
    Zone: Table.zone,
    Bilingual: Table.words,
}


# --- places of keys --------------------------------------------------------------------------------

_HEADER = re.compile(r"\s*(\[\[?)\s*([A-Za-z0-9_.\- ]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"\s*([A-Za-z0-9_.\-]+)\s*=\s*")


def _places(text: str, file: str) -> dict[Path, Place]:
    found: dict[Path, Place] = {}
    counts: dict[Path, int] = {}
    table: Path = ()
    closing = ""
    for number, line in enumerate(text.split("\n"), 1):
        if closing:
            closing = "" if closing in line else closing
            continue
        header, key = _HEADER.match(line), _KEY.match(line)
        if header:
            table = _entered(header.group(2), header.group(1) == "[[", counts)
            found[table] = Place(file=file, line=number)
        elif key:
            value = line[key.end() :]
            place = Place(file=file, line=number, column=key.end() + 1)
            path = (*table, *key.group(1).split("."))
            for length in range(1, len(path) + 1):
                found.setdefault(path[:length], _inside(place, value))
            closing = next((q for q in ('"""', "'''") if value.startswith(q) and value.count(q) == 1), "")
    return found


def _entered(name: str, is_list: bool, counts: dict[Path, int]) -> Path:
    """The path of a header, with the index of each list of tables that it lies in."""
    path: Path = ()
    parts = [part.strip() for part in name.split(".")]
    for position, part in enumerate(parts):
        path = (*path, part)
        if is_list and position == len(parts) - 1:
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path = (*path, counts[path])
    return path


def _inside(place: Place, value: str) -> Place:
    """Where the text of a value begins: behind its quotes."""
    if value[:3] in ('"""', "'''"):
        return (
            replace(place, column=place.column + 3)
            if value[3:].strip()
            else replace(place, line=place.line + 1, column=1)
        )
    return replace(place, column=place.column + 1) if value[:1] in ('"', "'") else place
