"""What a replay of real events says beside its story: each published figure with its source, what is invented, and
who could have seen what."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from habeas.core.sources import Source, Sources, read_sources
from habeas.core.tables import Bilingual, Table, read_whole

WATCHERS = ("families", "courts", "monitors", "auditors")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """One value, and who reported it."""

    value: str
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A published figure; several values where the sources disagree."""

    what: Bilingual
    reported: tuple[Reported, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What one of the watchers could have seen from an event of the story on, and what became known in fact."""

    who: str
    event: str
    what: Bilingual
    known: Bilingual
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """`clocks`: the time zones in which the story is told, by the name of the place. `descriptions`: what we say of the
    sources in our own words."""

    clocks: Mapping[str, str]
    figures: tuple[Figure, ...]
    invented: tuple[Bilingual, ...]
    sights: tuple[Sight, ...]
    descriptions: tuple[Bilingual, ...]

    def in_language(self, text: str, language: str) -> str:
        """What we say of a source, in the reader's language. Names of sources stay as they are."""
        return next((each.said_in(language) for each in self.descriptions if each.en == text), text)


def published(name: str) -> Replay:
    """What stands in `replays/NAME.toml`."""
    file = Path(__file__).parent / "replays" / f"{name}.toml"
    return read_whole(file.read_text("utf-8"), file.name, _replay)


def _replay(table: Table) -> Replay:
    sources, clocks = read_sources(table), table.table("clocks")
    return Replay(
        clocks={name: clocks.text(name) for name in clocks.names()},
        figures=tuple(_figure(each, sources) for each in table.tables("figure")),
        invented=tuple(each.record(Bilingual) for each in table.tables("invented")),
        descriptions=tuple(each.record(Bilingual) for each in table.tables("description")),
        sights=tuple(sources.record(Sight, each, who=each.choice("who", WATCHERS)) for each in table.tables("sight")),
    )


def _figure(table: Table, sources: Sources) -> Figure:
    reported = tuple(sources.record(Reported, each) for each in table.tables("reported"))
    return table.record(Figure, reported=reported)
