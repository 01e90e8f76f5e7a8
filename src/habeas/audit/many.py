"""The findings of a check that has many: the engine writes their lines itself, each as `output` writes one.

What sentences name are few different values. Each of these is said once, in words, and the engine puts the words into
the lines; a person's name for this run it makes too, by the key.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from string import Formatter
from typing import Any

import duckdb

from habeas.audit.found import AT_ONCE, Check, Finding, as_days, cut, found, largest_first, parameter
from habeas.core.messages import Message
from habeas.core.rules.sql import name_sql, value_sql
from habeas.speech import FORMULA, csv_cell, say, visible, word

BLOCK = 500_000
_NO_ROWS = "CAST(NULL AS VARCHAR[])"
_TEXTS = ("subject", "sentence", "currency")
_DIGEST = "sha256($outer::BLOB || unhex(sha256($inner::BLOB || encode({}))))"
_PSEUDONYM = f"'person-' || left({_DIGEST}, 12)"
"""What a person is called under a key: HMAC (RFC 2104) with SHA-256, as `run` has it."""


class Many:
    """The answer of one check, which stands in the engine until the next one is asked. `key` hides people."""

    def __init__(self, engine: duckdb.DuckDBPyConnection, check: Check, key: bytes | None) -> None:
        self._engine, self._check, self._key = engine, check, key
        engine.execute(f"CREATE OR REPLACE TEMP TABLE answer AS {largest_first(engine, check).sql}")
        described = engine.execute("DESCRIBE answer").fetchall()
        self._columns = {name: name_sql(name) for name, *_ in described}
        self._words = list[tuple[str, str]]()
        (self.count,) = engine.execute("SELECT count(*) FROM answer").fetchone() or (0,)

    def findings(self, called: Callable[[str], str], most: int | None = None) -> Iterator[Finding]:
        """Each finding, or the first ones, in the order of the answer."""
        limit = "" if most is None else f" LIMIT {most:d}"
        return found(self._engine, replace(self._check, sql=f"SELECT * FROM answer ORDER BY rowid{limit}"), called)

    def sums(self) -> list[tuple[Any, ...]]:
        """How many findings there are of so many rows, days, and minor units of a currency."""
        names = ("days", "minor", "currency")
        asked = ", ".join((self._row_count, *map(self._column, names)))
        return self._engine.execute(f"SELECT count(*), {asked} FROM answer GROUP BY ALL").fetchall()

    def lines(self, language: str) -> Iterator[str]:
        """The lines of the findings, in blocks."""
        self._words.clear()
        named = self._column("rows", _NO_ROWS)
        cells = {
            "subject": self._subject(),
            "from_on": f"CAST({self._column('from_on')} AS VARCHAR)",
            "until_on": f"CAST({self._column('until_on')} AS VARCHAR)",
            "sentence": self._sentence(language),
            "rows": f"array_to_string({named}, ' ')",
            "row_count": f"CAST({self._row_count} AS VARCHAR)",
            "rows_more": f"CAST(greatest({self._row_count} - coalesce(len({named}), 0), 0) AS VARCHAR)",
            "days": self._said(self._column("days"), lambda value: str(as_days(value))),
            "minor": f"CAST({self._column('minor')} AS VARCHAR)",
            "currency": self._said(self._column("currency"), csv_cell),
        }
        made = ", ".join(f"coalesce({cell}, '') AS {name}" for name, cell in cells.items())
        joined = " ".join(f"LEFT JOIN {name} ON {name}.key = CAST({of} AS VARCHAR)" for name, of in self._words)
        whose = f"{self._check.id},{self._check.severity.value},"
        line = " || ',' || ".join(_quoted(each) if each in _TEXTS else each for each in cells)
        for begin in range(0, self.count, BLOCK):
            answer = self._engine.execute(
                f"SELECT {value_sql(whose)} || {line} || chr(13) || chr(10)"
                f" FROM (SELECT answer.rowid AS number, {made} FROM answer {joined}"
                f" WHERE answer.rowid BETWEEN {begin:d} AND {begin + BLOCK - 1:d}) ORDER BY number",
                _pads(self._key),
            )
            while some := answer.fetchmany(AT_ONCE):
                yield "".join(each for (each,) in some)

    def _column(self, name: str, otherwise: str = "NULL") -> str:
        return f"answer.{self._columns[name]}" if name in self._columns else otherwise

    @property
    def _row_count(self) -> str:
        return f"coalesce(nullif({self._column('row_count')}, 0), len({self._column('rows', _NO_ROWS)}), 0)"

    def _subject(self) -> str:
        subject, is_person = self._column("subject"), self._column("is_person", "FALSE")
        if self._key is None:
            return self._said(subject, _as_subject)
        named = self._said(f"CASE WHEN {is_person} THEN NULL ELSE {subject} END", _as_subject)
        return f"CASE WHEN {is_person} THEN {_PSEUDONYM.format(subject)} ELSE {named} END"

    def _sentence(self, language: str) -> str:
        """The sentence of the check, with the words of what it names in each row."""
        parts = list[str]()
        for text, name, counted, _ in Formatter().parse(word(f"audit.found_{self._check.id}", language)):
            parts.append(value_sql(visible(text)))
            if name:
                parts.append(self._filled(name, f"{{{name}{counted and f':{counted}'}}}", language))
        sentence = f"({' || '.join(parts)})"
        marks = ", ".join(map(value_sql, FORMULA))
        return f"CASE WHEN left({sentence}, 1) IN ({marks}) THEN '''' ELSE '' END || {sentence}"

    def _filled(self, name: str, code: str, language: str) -> str:
        always = self._check.parameters

        def in_words(value: Any) -> str:
            return visible(say(Message(code, {name: parameter(value)}), language))

        otherwise = value_sql(in_words(always[name]) if name in always else code)
        if name not in self._columns:
            return otherwise
        return f"coalesce({self._said(self._column(name), in_words)}, {otherwise})"

    def _said(self, of: str, in_words: Callable[[Any], str]) -> str:
        """What is said for each value, NULL for none."""
        name, engine = f"words_{len(self._words)}", self._engine
        asked = f"SELECT CAST({of} AS VARCHAR) AS key, any_value({of}) FROM answer GROUP BY key HAVING key IS NOT NULL"
        words = [(key, in_words(value)) for key, value in engine.execute(asked).fetchall()]
        keys, texts = ([each[at] for each in words] for at in (0, 1))
        made = "SELECT unnest(?::VARCHAR[]) AS key, unnest(?::VARCHAR[]) AS text"
        engine.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {made}", [keys, texts])
        self._words.append((name, of))
        return f"{name}.text"


def _as_subject(value: Any) -> str:
    return csv_cell(visible(cut(str(value))))


def _quoted(cell: str) -> str:
    """A cell as the csv module writes it."""
    odd = " OR ".join(f"contains({cell}, {each})" for each in ("','", "'\"'", "chr(10)", "chr(13)"))
    return f"CASE WHEN {odd} THEN '\"' || replace({cell}, '\"', '\"\"') || '\"' ELSE {cell} END"


def _pads(key: bytes | None) -> dict[str, bytes]:
    """The two pads of a key of at most 64 bytes."""
    pads = {"inner": 0x36, "outer": 0x5C} if key is not None else {}
    return {name: bytes(each ^ pad for each in (key or b"").ljust(64, b"\0")) for name, pad in pads.items()}
