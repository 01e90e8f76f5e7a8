"""What a rule means: strong Kleene logic over known and unknown facts, and why the answer is what it is.

Each node has one operation over its children's values. `compiled` strings the operations together for
speed; `explain` applies the same operations and keeps every value, so that the two can't differ.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeAlias

from habeas.core.rules.functions import FUNCTIONS, Operation
from habeas.core.rules.nodes import (
    And,
    Arithmetic,
    Between,
    Call,
    Compare,
    In,
    Known,
    Literal,
    Name,
    Node,
    Not,
    Or,
    TextList,
    Value,
)

Given: TypeAlias = Mapping[str, "Value | None"]
"""The facts of one case by name. A name that is absent, or None, is not known."""

Run: TypeAlias = Callable[[Given], "Value | None"]


def compiled(node: Node) -> Run:
    """The rule as a function of the facts of one case."""
    if isinstance(node, Name):
        name = node.name
        return lambda given: given.get(name)
    if isinstance(node, Literal):
        value = node.value
        return lambda given: value
    operation = operation_of(node)
    runs = [compiled(child) for child in node.children]
    return lambda given: operation([run(given) for run in runs])


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """One part of a rule with its value (None: not shown). `joins` is "and", "or", "not" or empty."""

    text: str
    value: Value | None
    joins: str = ""
    fact: str = ""
    children: tuple[Explanation, ...] = ()

    def deciding(self) -> Iterator[Explanation]:
        """The smallest true-or-false parts that made the answer what it is."""
        if not self.joins:
            yield self
            return
        matters = [each for each in self.children if self.joins == "not" or each.value is self.value]
        for each in matters:
            yield from each.deciding()

    def blocking(self) -> tuple[str, ...]:
        """For an open answer, the facts that keep it open; empty for a closed one."""
        if self.value is not None:
            return ()
        if self.fact:
            return (self.fact,)
        found = [name for each in self.children for name in each.blocking()]
        return tuple(dict.fromkeys(found or self.facts()))

    def facts(self) -> tuple[str, ...]:
        """Every fact that this part asks for."""
        own = (self.fact,) if self.fact else ()
        return tuple(dict.fromkeys([*own, *(name for each in self.children for name in each.facts())]))


def explain(node: Node, text: str, given: Given) -> Explanation:
    """The rule's tree with the value of every part."""
    part = text[node.start : node.end]
    if isinstance(node, Name):
        return Explanation(text=part, value=given.get(node.name), fact=node.name)
    if isinstance(node, Literal):
        return Explanation(text=part, value=node.value)
    children = tuple(explain(child, text, given) for child in node.children)
    value = operation_of(node)([each.value for each in children])
    joins = {And: "and", Or: "or", Not: "not"}.get(type(node), "")
    return Explanation(text=part, value=value, joins=joins, children=children)


def operation_of(node: Node) -> Operation:
    """The operation of a node over the values of its children."""
    match node:
        case Not():
            return _not
        case And():
            return _and
        case Or():
            return _or
        case Compare():
            return _comparison(node.operator)
        case Arithmetic():
            return _sum if node.operator == "+" else _difference
        case In():
            return _in
        case Between():
            return _between
        case Known():
            wanted = node.wanted
            return lambda values: (values[0] is not None) is wanted
        case TextList():
            return lambda values: tuple(str(each) for each in values)
    assert isinstance(node, Call)
    return FUNCTIONS[node.function].operation


def _not(values: Sequence[Value | None]) -> Value | None:
    return None if values[0] is None else not values[0]


def _and(values: Sequence[Value | None]) -> Value | None:
    if any(each is False for each in values):
        return False
    return None if any(each is None for each in values) else True


def _or(values: Sequence[Value | None]) -> Value | None:
    if any(each is True for each in values):
        return True
    return None if any(each is None for each in values) else False


_HOLDS: Mapping[str, Callable[[int], bool]] = {
    "<": lambda order: order < 0,
    "<=": lambda order: order <= 0,
    ">": lambda order: order > 0,
    ">=": lambda order: order >= 0,
}


def _comparison(operator: str) -> Operation:
    if operator in ("=", "<>"):
        return lambda values: _equal(values, wanted=operator == "=")
    holds = _HOLDS[operator]

    def compare(values: Sequence[Value | None]) -> Value | None:
        left, right = values
        return None if left is None or right is None else holds(_order(left, right))

    return compare


def _equal(values: Sequence[Value | None], *, wanted: bool) -> Value | None:
    left, right = values
    return None if left is None or right is None else (left == right) is wanted


def _order(left: Value, right: Value) -> int:
    """-1, 0 or 1. The parser let only numbers, dates and moments through, and two of one type."""
    if isinstance(left, datetime) and isinstance(right, datetime):
        return (left > right) - (left < right)
    if isinstance(left, date) and isinstance(right, date):
        return (left > right) - (left < right)
    assert isinstance(left, int)
    assert isinstance(right, int)
    return (left > right) - (left < right)


def _between(values: Sequence[Value | None]) -> Value | None:
    value, low, high = values
    above = None if value is None or low is None else _order(value, low) >= 0
    below = None if value is None or high is None else _order(value, high) <= 0
    return _and([above, below])


def _in(values: Sequence[Value | None]) -> Value | None:
    value, listed = values
    if value is None or not isinstance(listed, tuple):
        return None
    return value in listed


def _sum(values: Sequence[Value | None]) -> Value | None:
    left, right = values
    return left + right if isinstance(left, int) and isinstance(right, int) else None


def _difference(values: Sequence[Value | None]) -> Value | None:
    left, right = values
    return left - right if isinstance(left, int) and isinstance(right, int) else None
