"""Checks and findings of an audit. A check is one question in SQL to the tables of one shape; each row of its answer is
a finding, with the rows of the data that show it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from operator import itemgetter
from typing import Any, NamedTuple

from habeas.audit.engine import Engine
from habeas.audit.tables import Shape
from habeas.core.messages import Message, Parameter


class Severity(StrEnum):
    """How sure and how grave, gravest first."""

    IMPOSSIBLE = "impossible"  # it can't be so: the data contradict themselves
    BREACH = "breach"  # a limit, a duty or a term was not kept, if the data are right
    DOUBTFUL = "doubtful"  # it may be so, and somebody must explain it
    NOTE = "note"  # worth knowing before a number is used


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One question. `needs` are columns without which it isn't asked, which is said. `sql` answers with the columns
    subject, from_on, until_on, rows, row_count, days, minor, currency as far as it has them; every other column, and
    these two counts, is a parameter of the sentence `audit.found_ID`. It is asked where the shapes of `also` are given
    too; a column of these is named with its shape, like `facilities.capacity`."""

    id: str
    shape: Shape
    severity: Severity
    sql: str
    needs: tuple[str, ...] = ()
    also: tuple[Shape, ...] = ()
    parameters: Mapping[str, Parameter] = field(default_factory=dict)


class Finding(NamedTuple):
    """One thing that is wrong. `subject` is a facility, a person as the data name them, or a table; `rows` are what
    shows it, each as `source:line`, or `1:2+1:5` where it takes two, at most MOST_ROWS, and `row_count` how many there
    are. `days` are person-days that hang on it, `minor` money in minor units of `currency`, `told` what the sentence
    names beside."""

    check: str
    severity: Severity
    subject: str
    told: tuple[tuple[str, Any], ...]
    is_person: bool = False
    from_on: date | None = None
    until_on: date | None = None
    rows: tuple[str, ...] = ()
    row_count: int = 0
    days: Decimal | None = None
    minor: int | None = None
    currency: str = ""

    @property
    def message(self) -> Message:
        """What is wrong, of which thousands of findings may say the same."""
        return message(self.check, self.told)


def message(check: str, told: tuple[tuple[str, Any], ...]) -> Message:
    """The sentence of a check, with what its answer tells."""
    return Message(f"audit.found_{check}", {name: parameter(value) for name, value in told if value is not None})


FIXED = ("subject", "is_person", "from_on", "until_on", "rows", "row_count", "days", "minor", "currency")
SAID_TOO = ("row_count", "days")
AT_ONCE, TEXT_MOST = 5_000, 120


MOST_ROWS = 1_000
"""How many rows a finding names; of more it is said how many."""
SHOWN = "source || ':' || line"
"""A row, by its file and line."""
PAIR = "source_before || ':' || line_before || '+' || source || ':' || line"
"""A row with the one before it, where it takes both to show a thing."""
_DOWN = " DESC NULLS LAST"
_SIZES = {"currency": "", "minor": _DOWN, "days": _DOWN, "row_count": _DOWN}
_EVENLY = ("subject", "from_on", "until_on", "rows")


def first_rows(order: str = "", where: str = "TRUE", shown: str = SHOWN) -> str:
    """The first rows of a group, each as `source:line`; those that come first alike, in the order of the files."""
    by = f"{order}{order and ', '}source, line"
    return f"list_slice(list({shown} ORDER BY {by}) FILTER ({where}), 1, {MOST_ROWS})"


def largest_first(engine: Engine, check: Check) -> Check:
    """The check with its answer by money, then days, then rows, and what is alike in them in the order it asks for."""
    answer = engine.execute(f"SELECT * FROM ({check.sql}) WHERE FALSE")
    names = [each[0] for each in answer.description]
    sql, _, order = check.sql.rpartition("ORDER BY ")
    if not sql or order.count("(") != order.count(")"):  # none, or that of something within
        sql, order = check.sql, ", ".join(str(names.index(each) + 1) for each in _EVENLY if each in names)
    sizes = [f"{names.index(each) + 1}{way}" for each, way in _SIZES.items() if each in names]
    by = ", ".join(filter(None, (*sizes, order)))
    return replace(check, sql=f"{sql} ORDER BY {by}" if by else sql)


def found(engine: Engine, check: Check, called: Callable[[str], str] = str) -> Iterator[Finding]:
    """The findings of one check, in the order of its answer; a person is called what `called` says."""
    answer = engine.execute(check.sql)
    names = [each[0] for each in answer.description]
    fixed = itemgetter(*(names.index(each) if each in names else len(names) for each in FIXED))
    said = tuple(name for name in names if name not in FIXED or name in SAID_TOO)
    values = itemgetter(*map(names.index, said), *([len(names)] * 2))  # never of one, which would be no tuple
    always = tuple(check.parameters.items())
    while some := answer.fetchmany(AT_ONCE):
        for row in some:
            row = (*row, None)
            subject, is_person, from_on, until_on, rows, count, days, minor, currency = fixed(row)
            yield Finding(
                check.id,
                check.severity,
                cut(called(subject) if is_person else str(subject or "")),
                (*always, *zip(said, values(row), strict=False)),
                bool(is_person),
                from_on,
                until_on,
                tuple(rows or ()),
                count or len(rows or ()),
                None if days is None else as_days(days),
                minor,
                currency or "",
            )


def as_days(value: Any) -> Decimal:
    """Days as the engine has them, exactly."""
    return Decimal(value if isinstance(value, int) else str(value))


def parameter(value: Any) -> Parameter:
    """A number as a quantity, which is written with its thousands apart."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Decimal(repr(value))
    return cut(value) if isinstance(value, str) else value


def cut(text: str) -> str:
    """A text out of a file, as far as a sentence can hold it."""
    return text if len(text) <= TEXT_MOST else f"{text[:TEXT_MOST]}…"
