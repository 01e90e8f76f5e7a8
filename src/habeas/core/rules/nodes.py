"""The typed tree of a rule. Every node knows its type and which part of the text it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TypeAlias

Value: TypeAlias = bool | int | str | date | datetime | tuple[str, ...]
"""What a fact can be. A moment is a datetime in UTC; None, beside these, is "not known"."""


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
    """One part of a rule: [start, end) of its text, its type, and the nodes it is made of."""

    start: int
    end: int
    type: Type
    children: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Literal(Node):
    """A value written in the rule itself."""

    value: Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Name(Node):
    """A fact that the rule asks for."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Not(Node):
    """Holds where its child fails."""


@dataclass(frozen=True, slots=True, kw_only=True)
class And(Node):
    """Holds where all children hold, fails where one fails."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Or(Node):
    """Holds where one child holds, fails where all fail."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compare(Node):
    """Two values of one type. `operator` is one of = <> < <= > >=."""

    operator: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Arithmetic(Node):
    """Whole numbers added or subtracted. `operator` is + or -."""

    operator: str


@dataclass(frozen=True, slots=True, kw_only=True)
class In(Node):
    """The first child is one of the texts of the second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Between(Node):
    """The first child lies between the second and the third, both included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known(Node):
    """The child has a value (`is known`), or has none (`is missing`)."""

    wanted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TextList(Node):
    """Texts written out: ('EST', 'SWE')."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Node):
    """One of the listed functions."""

    function: str
