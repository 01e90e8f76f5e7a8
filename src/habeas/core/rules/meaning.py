"""What a rule means: strong Kleene logic over known and unknown facts, and why the answer is what it is.

Each part of a rule is one operation over the values of its children. `Rule.answer` strings the operations
together for speed; `Rule.explain` applies the same ones and keeps every value, so that the two can't differ.
"""

import calendar
import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

from habeas.core.messages import Place

Value: TypeAlias = bool | int | str | date | datetime | tuple[str, ...]
"""What a fact can be. A moment is a datetime in UTC; None, beside these, is "not known"."""

Given: TypeAlias = Mapping[str, "Value | None"]
"""The facts of one case by name. A name that is absent, or None, is not known."""

Operation: TypeAlias = Callable[[Sequence["Value | None"]], "Value | None"]
Run: TypeAlias = Callable[[Given], "Value | None"]
Tell: TypeAlias = Callable[[Given], "Explanation"]


class Type(StrEnum):
    """The types of the language. Money is a whole number of minor units; there are no fractions."""

    BOOL = "bool"
    INT = "int"
    TEXT = "text"  # a code from a declared list, or a country
    DATE = "date"
    MOMENT = "moment"
    TEXTS = "texts"


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """A name that a rule may use. `codes` are the only texts it can be; empty when any text will do."""

    type: Type
    codes: tuple[str, ...] = ()


Scope: TypeAlias = Mapping[str, Declared]


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One part of a rule: [start, end) of its text, its type, and what it is made of.

    It is a fact (by name), a value written in the rule itself, or one of OPERATIONS over its children.
    """

    start: int
    end: int
    type: Type
    fact: str = ""
    value: Value | None = None
    operation: str = ""
    children: "tuple[Node, ...]" = ()


class Explanation(NamedTuple):
    """One part of a rule with its value (None: not shown), and the parts that it is made of. A tuple, since every rule
    is explained at every step: it is made in a third of the time that a record takes."""

    node: Node
    rule: str
    value: Value | None
    children: "tuple[Explanation, ...]" = ()

    @property
    def fact(self) -> str:
        """The fact that this part is; empty for any other part."""
        return self.node.fact

    @property
    def span(self) -> tuple[int, int]:
        """[start, end) in the text of the rule."""
        return self.node.start, self.node.end

    @property
    def text(self) -> str:
        return self.rule[self.node.start : self.node.end]

    @property
    def answer(self) -> bool | None:
        """The value of a whole rule, which is true or false."""
        assert self.value is None or isinstance(self.value, bool)
        return self.value

    def deciding(self) -> "tuple[Explanation, ...]":
        """The smallest parts with an answer that made this answer what it is: of a failed `and`, those that failed."""
        match self.node.operation:
            case "not":
                return self.children[0].deciding()
            case "and" | "or":
                return tuple(leaf for each in self.children if each.value is self.value for leaf in each.deciding())
        return (self,)

    @property
    def decided_by(self) -> tuple[tuple[int, int], ...]:
        """Where those parts stand in the text of the rule."""
        return tuple(each.span for each in self.deciding())

    def blocking(self) -> tuple[str, ...]:
        """For an open answer, the facts that keep it open; empty for a closed one."""
        if self.value is not None:
            return ()
        if self.fact:
            return (self.fact,)
        found = [name for each in self.children for name in each.blocking()]
        return tuple(dict.fromkeys(found or self.facts()))

    def facts(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(facts_of(self.node)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A parsed rule. Two rules are the same when their texts are; `run`, `tell` and `facts` are made from `tree`."""

    text: str
    tree: Node = field(compare=False)
    run: Run = field(compare=False)
    tell: "Tell" = field(compare=False)
    facts: tuple[str, ...] = field(compare=False)  # the names that it asks for, in the order of its text
    place: Place = field(compare=False)

    def answer(self, given: Given) -> bool | None:
        """True: holds. False: fails. None: not shown."""
        value = self.run(given)
        assert value is None or isinstance(value, bool)
        return value

    def explain(self, given: Given) -> Explanation:
        """The answer with the value of every part of the rule."""
        return self.tell(given)


def compiled(node: Node) -> Run:
    """The rule as a function of the facts of one case."""
    if name := node.fact:
        return lambda given: given.get(name)
    if not node.operation:
        value = node.value
        return lambda given: value
    operation, runs = OPERATIONS[node.operation], [compiled(child) for child in node.children]
    return lambda given: operation([run(given) for run in runs])


def telling(node: Node, text: str) -> Tell:
    """The same with the value of every part. What is written in the rule itself is explained once."""
    if name := node.fact:
        return lambda given: Explanation(node, text, given.get(name))
    if not node.operation:
        written = Explanation(node, text, node.value)
        return lambda given: written
    operation, tells = OPERATIONS[node.operation], [telling(child, text) for child in node.children]

    def tell(given: Given) -> Explanation:
        children = [tell(given) for tell in tells]
        return Explanation(node, text, operation([each.value for each in children]), tuple(children))

    return tell


def facts_of(node: Node) -> Iterator[str]:
    if node.fact:
        yield node.fact
    for child in node.children:
        yield from facts_of(child)


# --- operations ------------------------------------------------------------------------------------


def add_days(day: date, days: int) -> date | None:
    """A later (or, with a negative number, earlier) day; None outside the calendar."""
    try:
        return day + timedelta(days=days)
    except OverflowError:
        return None


def add_hours(moment: datetime, hours: int) -> datetime | None:
    """A later (or, with a negative number, earlier) moment; None outside the calendar."""
    try:
        return moment + timedelta(hours=hours)
    except OverflowError:
        return None


def add_months(day: date, months: int) -> date | None:
    """The same day of another month, or its last day where it has no such day; None outside the calendar."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if not date.min.year <= year <= date.max.year:
        return None
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def add_years(day: date, years: int) -> date | None:
    """The same day of another year, 28 February where that has no 29; None outside the calendar."""
    return add_months(day, 12 * years)


def date_of(moment: datetime, zone: str) -> date | None:
    """The local date of a moment; None outside the calendar. Raises KeyError, ValueError or OSError where no such time
    zone is known."""
    try:
        return moment.astimezone(ZoneInfo(zone)).date()
    except OverflowError:
        return None


def _strict(apply: Callable[..., Value | None]) -> Operation:
    """An operation that is not known as soon as one of its values is not. The parser has checked their types."""
    return lambda values: None if any(each is None for each in values) else apply(*values)


def _and(values: Sequence[Value | None]) -> Value | None:
    if any(each is False for each in values):
        return False
    return None if any(each is None for each in values) else True


def _or(values: Sequence[Value | None]) -> Value | None:
    if any(each is True for each in values):
        return True
    return None if any(each is None for each in values) else False


def _between(values: Sequence[Value | None]) -> Value | None:
    value, low, high = values
    return _and([OPERATIONS[">="]([value, low]), OPERATIONS["<="]([value, high])])


def _listed(wanted: str | tuple[str, ...]) -> tuple[str, ...]:
    return wanted if isinstance(wanted, tuple) else (wanted,)


@dataclass(frozen=True, slots=True)
class Function:
    """A listed function. A parameter takes any of its types; `result` is None when it is the first's."""

    operation: Operation
    result: Type | None
    parameters: tuple[tuple[Type, ...], ...]


_ANY, _DATE, _INT, _TEXTS = tuple(Type), (Type.DATE,), (Type.INT,), (Type.TEXTS,)
_LISTED = (Type.TEXTS, Type.TEXT)

FUNCTIONS: Mapping[str, Function] = {
    "date_of": Function(_strict(date_of), Type.DATE, ((Type.MOMENT,), (Type.TEXT,))),
    "add_days": Function(_strict(add_days), Type.DATE, (_DATE, _INT)),
    "add_hours": Function(_strict(add_hours), Type.MOMENT, ((Type.MOMENT,), _INT)),
    "add_months": Function(_strict(add_months), Type.DATE, (_DATE, _INT)),
    "add_years": Function(_strict(add_years), Type.DATE, (_DATE, _INT)),
    "days_between": Function(_strict(lambda first, last: (last - first).days), Type.INT, (_DATE, _DATE)),
    "any_of": Function(
        _strict(lambda have, wanted: any(each in _listed(wanted) for each in have)), Type.BOOL, (_TEXTS, _LISTED)
    ),
    "all_of": Function(
        _strict(lambda have, wanted: all(each in _listed(wanted) for each in have)), Type.BOOL, (_TEXTS, _LISTED)
    ),
    "coalesce": Function(lambda values: next((v for v in values if v is not None), None), None, (_ANY, _ANY)),
}

OPERATIONS: Mapping[str, Operation] = {
    "not": _strict(operator.not_),
    "and": _and,
    "or": _or,
    "=": _strict(operator.eq),
    "<>": _strict(operator.ne),
    "<": _strict(operator.lt),
    "<=": _strict(operator.le),
    ">": _strict(operator.gt),
    ">=": _strict(operator.ge),
    "+": _strict(operator.add),
    "-": _strict(operator.sub),
    "in": _strict(lambda value, listed: value in listed),
    "between": _between,
    "is known": lambda values: values[0] is not None,
    "is missing": lambda values: values[0] is None,
    "list": _strict(lambda *texts: texts),
    **{name: function.operation for name, function in FUNCTIONS.items()},
}
