"""Where a value comes from, and how well it is known. Nothing stands in a file of terms or law without it."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeVar

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
