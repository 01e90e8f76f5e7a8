"""One sentence for each message of the core, in the reader's language.

The same sentence stands on a page, on the command line and in the API. Needs only the standard library, so
that `habeas verify` can speak where nothing else is installed.
"""

import gettext
import os
import re
import sys
import time
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Protocol, TypeVar

from habeas.core.messages import Message, Parameter

LANGUAGES = ("en", "es")

_LOCALE = Path(__file__).parent / "locale"
_CODE = re.compile(r"[a-z][a-z0-9_]*(\.[A-Za-z0-9_]+)+")
_MONTHS = {
    "en": "January February March April May June July August September October November December".split(),
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre".split(),
}
_GROUPED_FROM = {"en": 1_000, "es": 10_000}
NO_BREAK = "\N{NO-BREAK SPACE}"
_MARKS = {"en": (",", "."), "es": (NO_BREAK, ",")}


Cell = TypeVar("Cell")

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A text that begins so would be computed by a spreadsheet."""


class Sayable(Protocol):
    """A code and its parameters: a Message of the core or a Problem of the register."""

    @property
    def code(self) -> str: ...

    @property
    def parameters(self) -> Mapping[str, Parameter]: ...


def say(message: Sayable, language: str) -> str:
    """The sentence. A code without one, or a brace without a parameter, is shown as it is. What a system says is the
    `problem`, which is said in the reader's language where the catalogue knows it."""
    filled = {name: _Counted(plain(value, language)) for name, value in message.parameters.items()}
    if problem := filled.get("problem"):
        filled["problem"] = _Counted(word(problem, language))
    return word(message.code, language).format_map(_Open(filled))


def said(code: str, language: str, **parameters: Parameter) -> str:
    """The sentence of a code, its braces filled."""
    return say(Message(code, parameters), language)


def word(code: str, language: str) -> str:
    """What the catalogue has for a code, its braces unfilled; the code itself if it has nothing."""
    return _catalogue(language if language in LANGUAGES else LANGUAGES[0]).gettext(code)


def plain(value: Parameter, language: str) -> str:
    """One value as a reader of the language writes it. A code of the catalogue is said in words."""
    if value is None:
        return word("unstated.not_known", language)
    if isinstance(value, tuple):
        return ", ".join(plain(each, language) for each in value)
    if isinstance(value, datetime):
        return _moment(value, language)
    if isinstance(value, date):
        return _day(value, language)
    if isinstance(value, Decimal):
        return _number(value, language)
    if isinstance(value, str) and _CODE.fullmatch(value):
        return word(value, language)
    return str(value)


def visible(text: str) -> str:
    """A text out of a foreign file, with every code that a terminal would obey shown and not sent. A space at which no
    line is broken stays: our own numbers have it."""
    if text.isprintable():
        return text
    return "".join(e if e.isprintable() or e == NO_BREAK else f"\\u{ord(e):04x}" for e in text)


def csv_cell(cell: Cell) -> Cell | str:
    """A cell of a CSV file: a text that a spreadsheet would compute begins with an apostrophe; the rest stays."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell


def language_of_environment(environment: Mapping[str, str] = os.environ) -> str:
    """The language that the environment asks for (LC_ALL, LC_MESSAGES, LANG), or English."""
    set_to = (environment.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    wanted = next(filter(None, set_to), "")[:2]
    return wanted if wanted in LANGUAGES else LANGUAGES[0]


def speak(language: str) -> None:
    """Let the standard library (argparse) say in this language what it says."""
    gettext.bindtextdomain("django", str(_LOCALE))
    gettext.textdomain("django")
    os.environ["LANGUAGE"] = language


def progress(code: str, language: str) -> Callable[[int, int], None]:
    """Says on a terminal, by the sentence of this code, how far work has come, once it has lasted two seconds."""
    due, begun = time.monotonic() + 2, False

    def tell(done: int, of: int) -> None:
        nonlocal due, begun
        if (time.monotonic() > due or (begun and done == of)) and sys.stderr.isatty():
            due, begun = time.monotonic() + 0.5, True
            sentence = say(Message(code, {"done": done, "of": of}), language)
            sys.stderr.write(f"\r{sentence}" + ("\n" if done == of else ""))
            sys.stderr.flush()

    return tell


class _Counted(str):
    """A value with, in `{days:day|days}`, the word behind it for one and for any other number."""

    __slots__ = ()

    def __format__(self, words: str) -> str:
        one, bar, many = words.partition("|")
        return f"{self!s} {one if self == '1' else many}" if bar else str.__format__(self, words)


class _Open(dict[str, str]):
    """Leaves a brace that nothing fills in its place."""

    def __missing__(self, name: str) -> str:
        return f"{{{name}}}"


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    return gettext.translation("django", _LOCALE, languages=[language], fallback=True)


def _day(day: date, language: str) -> str:
    month = _MONTHS[language][day.month - 1]
    return f"{day.day} de {month} de {day.year}" if language == "es" else f"{day.day} {month} {day.year}"


def _moment(moment: datetime, language: str) -> str:
    """The moment in UTC, and saying so: readers sit in several time zones."""
    utc = moment.astimezone(UTC) if moment.tzinfo else moment
    clock = f"{utc:%H:%M:%S}" if utc.second else f"{utc:%H:%M}"
    return f"{_day(utc.date(), language)}, {clock}{' UTC' if moment.tzinfo else ''}"


def _number(number: Decimal, language: str) -> str:
    group, point = _MARKS[language]
    written = f"{number:,f}" if abs(number) >= _GROUPED_FROM[language] else f"{number:f}"
    return written.translate({ord(","): group, ord("."): point})
