"""Where a value comes from, and how well it is known. Nothing stands in a file of terms or law without it."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any, Protocol, Self, TypeVar

from habeas.core.facts import EVIDENCE_KINDS
from habeas.core.messages import FileError
from habeas.core.tables import Table

T = TypeVar("T")


class Quality(StrEnum):
    """How well a value is known."""

    TREATY = "treaty"  # the text of the agreement itself was read
    TEXT = "text"  # the text of the treaty, statute or judgment itself was read
    OFFICIAL = "official"  # a state or a court says so
    PRESS = "press"  # reported
    CONFLICTING = "conflicting"  # sources disagree; all are kept
    GENERAL_KNOWLEDGE = "general_knowledge"  # to verify before it is relied on


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What says it: the document, who published it when, the clause where known, and how good it is."""

    document: str
    citation: str
    quality: Quality
    clause: str = ""

    @property
    def cite(self) -> str:
        """Document, clause and publication in one line."""
        return ", ".join(part for part in (self.document, self.clause, self.citation) if part)

    @property
    def from_general_knowledge(self) -> bool:
        """Whether nobody has read the source yet: to verify before it is relied on."""
        return self.quality is Quality.GENERAL_KNOWLEDGE

    @property
    def settles(self) -> bool:
        """Whether a question can rest on this. Hearsay and disagreement can be shown, and settle nothing."""
        return self.quality not in (Quality.GENERAL_KNOWLEDGE, Quality.CONFLICTING)


class Stated(Protocol):
    """A value of a file of terms, with what other sources say in its place."""

    @property
    def source(self) -> Source | None: ...

    @property
    def also(self) -> tuple[Self, ...]: ...


S = TypeVar("S", bound=Stated)


def differs(value: Stated) -> bool:
    """Whether sources give different values. What one of them leaves out is no disagreement."""
    return bool(_different(value))


def settled(value: Stated) -> bool:
    """Whether a question can rest on a value: it was assumed, or its source can carry it; and where sources give
    different values, only the text of the agreement itself can."""
    if value.source is None:
        return True
    return value.source.settles and (not differs(value) or value.source.quality is Quality.TREATY)


def spread(value: Stated) -> Mapping[str, tuple[Any, Any]]:
    """By name, the lowest and the highest of each number or date about which sources differ."""
    different = _different(value).items()
    return {name: (min(said), max(said)) for name, said in different if {*map(type, said)} in ({int}, {date})}


def low_to_high(value: S) -> tuple[S, ...]:
    """What other sources say, from the lowest to the highest value."""
    names = spread(value)
    return tuple(sorted(value.also, key=lambda each: [getattr(each, name) for name in names]))


def _different(value: Stated) -> Mapping[str, list[Any]]:
    """By name, the values that are not the same in all sources."""
    sources = (value, *value.also)
    said = {name: [getattr(each, name) for each in sources] for name in _names(value)}
    apart = {name: [*dict.fromkeys(each for each in values if each is not None)] for name, values in said.items()}
    return {name: values for name, values in apart.items() if len(values) > 1}


def _names(value: Stated) -> list[str]:
    assert is_dataclass(value)
    return [each.name for each in fields(value) if each.name not in ("source", "also", "assumed")]


@dataclass(frozen=True, slots=True)
class Sources:
    """The sources that a file of terms declares under `[sources.<name>]`, for its tables to name."""

    known: Mapping[str, Source]

    def of(self, table: Table) -> Source:
        """The source of a table's values, with their clause. Raises FileError when it names none."""
        if not (name := table.maybe_text("source")):
            raise FileError("terms.source_missing", table.place)
        table.check("source", name, self.known, "terms.source_unknown")
        return replace(self.known[name], clause=table.maybe_text("clause"))

    def record(self, kind: Callable[..., T], table: Table, /, **known: object) -> T:
        """A record made of a table, with its source. Raises FileError."""
        return table.record(kind, source=self.of(table), **known)

    def stated(self, kind: Callable[..., S], table: Table, /, **known: object) -> S:
        """The same with what other sources say, each in an `also` table: its source, and the keys that it says
        otherwise. The others are as in the table itself. Raises FileError."""
        found = self.record(kind, table, also=(), **known)
        others = tuple(self._other(kind, found, each, known) for each in table.tables("also"))
        return self.record(kind, table, also=others, **known)

    def _other(self, kind: Callable[..., S], found: S, table: Table, known: Mapping[str, object]) -> S:
        same = {name: getattr(found, name) for name in _names(found) if not table.has(name)}
        if len(same) == len(_names(found)):
            raise FileError("toml.key_missing", table.place, key=" | ".join(same))
        return self.record(kind, table, also=(), **known, **same)


def read_sources(root: Table) -> Sources:
    """Every `[sources.<name>]` of a file of terms. Raises FileError."""
    tables = root.table("sources").named()
    return Sources({name: each.record(Source, quality=_quality(each), clause="") for name, each in tables.items()})


def source_in(table: Table) -> Source:
    """`source` and `quality` of a table of law. `from_general_knowledge = true` is the quality's other name."""
    if not table.flag("from_general_knowledge"):
        return Source(document=table.text("source"), citation="", quality=_quality(table, read=Quality.TEXT))
    table.maybe_text("quality")
    return Source(document=table.text("source"), citation="", quality=Quality.GENERAL_KNOWLEDGE)


def _quality(table: Table, read: Quality = Quality.TREATY) -> Quality:
    """The quality that a table names. `read` is the one by which its kind of file says that a text was read."""
    unread = {Quality.TREATY, Quality.TEXT} - {read}
    return Quality(table.choice("quality", (each for each in Quality if each not in unread)))


def read_evidence(table: Table, facts: Collection[str], no_fact: str, no_kind: str) -> dict[str, tuple[str, ...]]:
    """`evidence` of a table: by fact, the kinds of document that its rule accepts. The codes say what is refused."""
    inner = table.maybe_table("evidence")
    wanted = {fact: inner.texts(fact) for fact in inner.names(facts, no_fact)}
    for fact, kinds in wanted.items():
        for kind in kinds:
            inner.check(fact, kind, sorted(EVIDENCE_KINDS), no_kind)
    return wanted
