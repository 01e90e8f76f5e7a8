"""TOML read strictly, with the place of every value: each error names file, line and column.

`tomllib` keeps no places, so the lines are scanned a second time for the keys that begin them.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar

from habeas.core.messages import Message, Parameter
from habeas.core.rules import Place, Rule, Scope, parse_rule

LENGTH_MAX = 1_000_000

T = TypeVar("T")

Path = tuple[str | int, ...]


class TermsError(Exception):
    """A file that can't be used: what is wrong, what was expected, and where."""

    def __init__(self, code: str, place: Place, **parameters: Parameter) -> None:
        self.message = Message(code, parameters)
        self.place = place
        super().__init__(f"{place.file}:{place.line}:{place.column}: {code} {parameters}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bilingual:
    """A text for people, in English and in Spanish."""

    en: str
    es: str

    def said_in(self, language: str) -> str:
        """The text in a language; English for any but Spanish."""
        return self.es if language == "es" else self.en


def read_toml(text: str, file: str) -> Table:
    """The root table of a TOML text. Raises TermsError."""
    if len(text) > LENGTH_MAX:
        raise TermsError("toml.too_long", Place(file=file), longest=LENGTH_MAX)
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise TermsError("toml.not_toml", _place_in(str(error), text, file), why=_why(str(error))) from None
    except RecursionError:
        raise TermsError("toml.too_nested", Place(file=file)) from None
    return Table(values, (), _places(text, file), Place(file=file))


class Table:
    """One table of a TOML file. Every key must be read; `done` refuses those that nobody asked for."""

    def __init__(self, values: Mapping[str, object], path: Path, places: Mapping[Path, Place], place: Place) -> None:
        self._values, self._path, self._places = values, path, places
        self._asked: set[str] = set()
        self.place = places.get(path, place)

    # --- values ---------------------------------------------------------------------------------

    def text(self, key: str) -> str:
        """A text that must be there and not be blank."""
        value = self._needed(key)
        if not isinstance(value, str) or not value.strip():
            raise self.error("toml.wants_text", key)
        return value.strip()

    def maybe_text(self, key: str) -> str:
        """A text, or an empty one."""
        return self.text(key) if key in self._values else self._absent(key, "")

    def words(self, key: str) -> Bilingual:
        """A text in both languages."""
        table = self.table(key)
        words = Bilingual(en=table.text("en"), es=table.text("es"))
        table.done()
        return words

    def maybe_words(self, key: str) -> Bilingual | None:
        """A text in both languages, or None."""
        return self.words(key) if key in self._values else self._absent(key, None)

    def number(self, key: str) -> int:
        """A whole number, not negative."""
        value = self._needed(key)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise self.error("toml.wants_number", key)
        return value

    def maybe_number(self, key: str) -> int | None:
        """A whole number, or None."""
        return self.number(key) if key in self._values else self._absent(key, None)

    def flag(self, key: str, default: bool = False) -> bool:
        """True or false."""
        value = self._values.get(key, default)
        self._asked.add(key)
        if not isinstance(value, bool):
            raise self.error("toml.wants_flag", key)
        return value

    def day(self, key: str) -> date:
        """A date without a time."""
        value = self._needed(key)
        if not isinstance(value, date) or isinstance(value, datetime):
            raise self.error("toml.wants_date", key)
        return value

    def maybe_day(self, key: str) -> date | None:
        """A date, or None."""
        return self.day(key) if key in self._values else self._absent(key, None)

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts; empty when the key is absent."""
        value = self._values.get(key, [])
        self._asked.add(key)
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise self.error("toml.wants_texts", key)
        return tuple(str(each) for each in value)

    def choice(self, key: str, choices: Iterable[str]) -> str:
        """One of the listed codes."""
        known = tuple(choices)
        value = self.text(key)
        self.check(key, value, known)
        return value

    def check(self, key: str, value: str, known: Iterable[str], code: str = "toml.not_one_of") -> None:
        """Refuse a value of `key` that is not one of the known ones."""
        if value not in (choices := tuple(known)):
            near = difflib.get_close_matches(value, choices, n=1)
            raise self.error(code, key, found=value, choices=tuple(near) or choices)

    def rule(self, key: str, scope: Scope) -> Rule:
        """A rule over declared facts. Raises RuleError with the place in this file."""
        return parse_rule(self.text(key), scope, self.where(key))

    def raw(self, key: str) -> Mapping[str, object]:
        """A table of free keys, as TOML read it; empty when absent."""
        value = self._values.get(key, {})
        self._asked.add(key)
        if not isinstance(value, dict):
            raise self.error("toml.wants_table", key)
        return value

    # --- tables ---------------------------------------------------------------------------------

    def table(self, key: str) -> Table:
        """A table that must be there."""
        value = self._needed(key)
        if not isinstance(value, dict):
            raise self.error("toml.wants_table", key)
        return Table(value, (*self._path, key), self._places, self.where(key))

    def maybe_table(self, key: str) -> Table | None:
        """A table, or None."""
        return self.table(key) if key in self._values else self._absent(key, None)

    def tables(self, key: str) -> tuple[Table, ...]:
        """A list of tables; empty when absent."""
        value = self._values.get(key, [])
        self._asked.add(key)
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            raise self.error("toml.wants_tables", key)
        return tuple(
            Table(each, (*self._path, key, index), self._places, self.where(key)) for index, each in enumerate(value)
        )

    # --- places ---------------------------------------------------------------------------------

    def where(self, key: str) -> Place:
        """The place of a key's value; of this table when the key stands on no line of its own."""
        return self._places.get((*self._path, key), self.place)

    def error(self, code: str, key: str, **parameters: Parameter) -> TermsError:
        """The error about one key of this table."""
        return TermsError(code, self.where(key), key=key, **parameters)

    def done(self) -> None:
        """Refuse a key that nobody asked for: a misspelling would be silently without effect."""
        for key in self._values:
            if key not in self._asked:
                near = difflib.get_close_matches(key, self._asked, n=1)
                raise self.error("toml.unknown_key", key, choices=tuple(near or sorted(self._asked)))

    def _needed(self, key: str) -> object:
        self._asked.add(key)
        if key not in self._values:
            raise TermsError("toml.key_missing", self.place, key=key)
        return self._values[key]

    def _absent(self, key: str, default: T) -> T:
        self._asked.add(key)
        return default


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
            for path in _prefixes((*table, *key.group(1).split("."))):
                found.setdefault(path, _inside(place, value))
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


def _prefixes(path: Path) -> list[Path]:
    return [path[:length] for length in range(1, len(path) + 1)]


def _inside(place: Place, value: str) -> Place:
    """Where the text of a value begins: behind its quotes."""
    if value[:3] in ('"""', "'''"):
        if not value[3:].strip():
            return Place(file=place.file, line=place.line + 1)
        return Place(file=place.file, line=place.line, column=place.column + 3)
    quoted = value[:1] in ('"', "'")
    return Place(file=place.file, line=place.line, column=place.column + (1 if quoted else 0))


_AT = re.compile(r" \(at line (\d+), column (\d+)\)$| \(at end of document\)$")


def _place_in(error: str, text: str, file: str) -> Place:
    found = _AT.search(error)
    if found is None or found.group(1) is None:
        return Place(file=file).within(text, len(text))
    return Place(file=file, line=int(found.group(1)), column=int(found.group(2)))


def _why(error: str) -> str:
    return _AT.sub("", error)
