"""Every kind of entry: a frozen fact in the past tense, and the envelope in which the record keeps it.

To add a kind: declare its body in one of the modules here, list it in `KINDS`, and say in `core.permissions` who
may record it and when (docs/how-to/add-a-kind-of-entry.md).
"""

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from habeas.core.entries import (
    asking,
    claims,
    custody,
    erasure,
    family,
    institutions,
    money,
    orders,
    oversight,
    procedure,
)
from habeas.core.entries.fields import FieldClass, FieldSpec, Form, Json, Unstated, from_json, specs, to_json
from habeas.core.entries.institutions import Role

__all__ = [
    "KINDS",
    "Actor",
    "Body",
    "Entry",
    "FieldClass",
    "FieldSpec",
    "Form",
    "Json",
    "Role",
    "Unstated",
    "body_from_json",
    "body_to_json",
    "kind_of",
    "specs",
]

Body: TypeAlias = object


_WRITTEN: dict[type, str] = {}


def kind_of(body: type) -> str:
    """`HandoverOffered` is written `handover_offered` in the record."""
    if body not in _WRITTEN:
        _WRITTEN[body] = re.sub(r"(?<!^)(?=[A-Z])", "_", body.__name__).lower()
    return _WRITTEN[body]


KINDS: Mapping[str, type] = {
    kind_of(body): body
    for module in (procedure, custody, institutions, asking, claims, orders, oversight, family, money, erasure)
    for body in vars(module).values()
    if dataclasses.is_dataclass(body) and isinstance(body, type) and body.__module__ == module.__name__
    if body is not procedure.Opening
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who acted: an account of a party, in one role; `facility` for those who act at one."""

    account: str
    party: str
    role: Role
    facility: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One fact in the register.

    `stream` groups the entries of one case, facility, order or party, `version` counts within it from 0;
    `index` is the position in the register. `occurred_at` is when it happened, `recorded_at` when the
    record took it; both UTC. `subject` is the person it is about, if any.
    """

    id: str
    index: int
    stream: str
    version: int
    subject: str | None
    occurred_at: datetime
    recorded_at: datetime
    actor: Actor
    body: Body

    @property
    def kind(self) -> str:
        return kind_of(type(self.body))


def body_to_json(body: Body) -> dict[str, Json]:
    """A body as named JSON values, one for each declared field."""
    return {spec.name: to_json(getattr(body, spec.name)) for spec in specs(type(body))}


def body_from_json(kind: str, values: Mapping[str, Json]) -> Body:
    """The body that `body_to_json` wrote. Raises ValueError for an unknown kind or a value of wrong form."""
    if kind not in KINDS:
        raise ValueError(f"unknown kind of entry: {kind}")
    body = KINDS[kind]
    return body(**{spec.name: from_json(spec, values.get(spec.name)) for spec in specs(body)})
