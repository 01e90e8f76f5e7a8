"""Where a value of the terms comes from. No value stands in an agreement's file without its source."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from habeas.core.terms_toml import Table, TermsError


class Quality(StrEnum):
    """How well a value is known."""

    TREATY = "treaty"  # the text itself was read
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """The sources that a file declares under `[sources.<name>]`."""

    known: Mapping[str, Source]

    def of(self, table: Table) -> Source:
        """The source of a table's values, with their clause. Raises TermsError when it names none."""
        if not (name := table.maybe_text("source")):
            raise TermsError("terms.source_missing", table.place)
        table.check("source", name, self.known, "terms.source_unknown")
        return replace(self.known[name], clause=table.maybe_text("clause"))


def read_sources(root: Table) -> Sources:
    """Every `[sources.<name>]`. Raises TermsError."""
    table = root.table("sources")
    known = {name: _source(table.table(name)) for name in root.raw("sources")}
    return Sources(known=known)


def _source(table: Table) -> Source:
    source = Source(
        document=table.text("document"),
        citation=table.text("citation"),
        quality=Quality(table.choice("quality", Quality)),
    )
    table.done()
    return source
