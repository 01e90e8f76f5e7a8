"""A case: one person under one agreement, folded from the entries of its stream.

The fold goes in register order; a correction replaces the field it names in the entry it names, and
leaves the entry as recorded in the register. Everything else about a case (who answers, which stints,
which findings) is computed from the corrected entries by the modules beside this one.
"""

import dataclasses
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import wraps
from typing import Any, Generic, TypeVar, cast

from habeas.core.entries import Entry, specs
from habeas.core.entries.custody import Corrected
from habeas.core.entries.erasure import CaseErased
from habeas.core.entries.fields import from_json, read_moment
from habeas.core.entries.procedure import Opening

B = TypeVar("B")
View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class Of(Generic[B]):
    """An entry together with its body under the body's own type."""

    entry: Entry
    body: B

    @property
    def id(self) -> str:
        return self.entry.id

    @property
    def occurred_at(self) -> datetime:
        """When it happened, as corrected."""
        return self.entry.occurred_at

    @property
    def recorded_at(self) -> datetime:
        return self.entry.recorded_at

    @property
    def known_at(self) -> datetime:
        """The later of the two: from when it can count in the person's favour or against them."""
        return max(self.entry.occurred_at, self.entry.recorded_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One person under one agreement. `entries` are corrected and in register order, `recorded` are the same
    entries as the register took them; `version` is the version that the next entry of the stream must have."""

    id: str
    person: str
    entries: tuple[Entry, ...]
    recorded: tuple[Entry, ...] = field(repr=False)
    version: int
    _kept: dict[object, Any] = field(init=False, repr=False, compare=False, default_factory=dict)  # see `kept`

    @property
    def opening(self) -> Of[Opening]:
        """The entry that opened the case."""
        return Of(entry=self.entries[0], body=cast(Opening, self.entries[0].body))

    @property
    def agreement(self) -> str:
        return self.opening.body.agreement

    @property
    def sending(self) -> str:
        return self.opening.body.sending or ""

    @property
    def receiving(self) -> str:
        return self.opening.body.receiving or ""

    @property
    def facility(self) -> str:
        return self.opening.body.facility

    def all(self, body: type[B]) -> tuple[Of[B], ...]:
        """Every entry of one kind, in register order."""
        return _by_body(self).get(body, ())

    def last(self, body: type[B]) -> Of[B] | None:
        """The entry of that kind which the register took last."""
        return next(reversed(self.all(body)), None)

    def entry(self, entry_id: str) -> Entry | None:
        """The entry with this id, corrected; None when it is not of this case."""
        return next((each for each in self.entries if each.id == entry_id), None)


def kept(view: View) -> View:
    """A view that is worked out once for a case and the same arguments, and kept with the case, which never changes.
    What it gives must not change either."""

    @wraps(view)
    def once(case: Case, *args: Any, **named: Any) -> Any:
        key = (view, args, *named.items())
        if key not in case._kept:
            case._kept[key] = view(case, *args, **named)
        return case._kept[key]

    return cast(View, once)


@kept
def _by_body(case: Case) -> Mapping[type, tuple[Of[Any], ...]]:
    """The entries by kind: nearly every question about a case asks for one kind."""
    found: dict[type, tuple[Of[Any], ...]] = {}
    for each in case.entries:
        found[type(each.body)] = (*found.get(type(each.body), ()), Of(entry=each, body=each.body))
    return found


def fold(entries: Iterable[Entry], known_at: datetime | None = None) -> Case:
    """The case that these entries of one stream make, as the record knew it at `known_at`. One that was erased since
    is erased at every moment.

    Raises ValueError when nothing was known then, or when the stream does not begin with an opening.
    """
    known = [
        each
        for each in entries
        if known_at is None or each.recorded_at <= known_at or isinstance(each.body, CaseErased)
    ]
    if not known or not isinstance(known[0].body, Opening):
        raise ValueError("no case was on record then")
    first = known[0]
    return Case(
        id=first.stream,
        person=first.subject or "",
        entries=corrected(known),
        recorded=tuple(known),
        version=known[-1].version + 1,
    )


@kept
def as_done_by(case: Case, at: datetime) -> Case:
    """The case with only the entries, and the corrections, that had both happened and been recorded by a moment."""
    opening, *later = case.recorded
    known = (opening, *(each for each in later if each.occurred_at <= at and each.recorded_at <= at))
    return dataclasses.replace(case, entries=corrected(known), recorded=known)


def corrected(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """The same entries with each correction applied to the entry it names; the latest correction wins."""
    by_id = {each.id: each for each in entries}
    for each in entries:
        if isinstance(each.body, Corrected) and each.body.entry in by_id:
            target = by_id[each.body.entry]
            by_id[target.id] = apply_correction(target, each.body)
    return tuple(by_id[each.id] for each in entries)


def apply_correction(entry: Entry, correction: Corrected) -> Entry:
    """`entry` with one field replaced. Raises ValueError when the value does not have the field's form."""
    value = json.loads(correction.value)
    if correction.field_name == "occurred_at":
        return dataclasses.replace(entry, occurred_at=read_moment(value))
    for spec in specs(type(entry.body)):
        if spec.name == correction.field_name:
            body = dataclasses.replace(entry.body, **{spec.name: from_json(spec, value)})  # type: ignore[type-var]
            return dataclasses.replace(entry, body=body)
    raise ValueError(f"no field {correction.field_name}")
