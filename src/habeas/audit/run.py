"""One audit: read the files, ask every check of their shapes, and keep what was found together with what was asked."""

import hmac
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from habeas.audit import (
    agreement_checks,
    bill_checks,
    chain_checks,
    count_checks,
    facility_checks,
    headcounts,
    person_days,
    reconcile,
    registers,
    roster_checks,
    stays,
    stint_checks,
)
from habeas.audit.agreed import Agreed
from habeas.audit.choices import DEFAULT, Choices
from habeas.audit.engine import Engine, by_spark, engine, hand_over
from habeas.audit.found import Check, Finding, Severity, found, largest_first
from habeas.audit.guesses import guessed, listed, unfit
from habeas.audit.layouts import Layout, LayoutError, dated, layout_of, written
from habeas.audit.many import Many
from habeas.audit.private import private_folder
from habeas.audit.reading import Read, read
from habeas.audit.tables import Shape
from habeas.audit.typed import Source, Unused, create, type_into

CHECKS: Mapping[Shape, Sequence[Check]] = {
    Shape.COUNTS: (*count_checks.CHECKS, *reconcile.CHECKS),
    Shape.FACILITIES: facility_checks.CHECKS,
    Shape.STINTS: (*stint_checks.CHECKS, *chain_checks.CHECKS, *reconcile.STINT_CHECKS),
    Shape.BILLS: bill_checks.CHECKS,
    Shape.ROSTERS: roster_checks.CHECKS,
}
_PREPARE = {Shape.COUNTS: count_checks.PREPARE, Shape.ROSTERS: roster_checks.PREPARE}
_FIGURES = {
    Shape.COUNTS: count_checks.figures,
    Shape.FACILITIES: facility_checks.figures,
    Shape.ROSTERS: roster_checks.figures,
}
MEMORY = "3GB"
NOTHING_AGREED = Agreed()
Progress = Callable[[int, int], None]


class Audit:
    """What was read and is asked. `key` hides people: what they are called in the report is theirs under it alone; with
    None they are called what the files call them. `agreed` is what was agreed about them, if anything; `unused` are the
    tables that no layout fits."""

    def __init__(
        self,
        engine: Engine,
        sources: tuple[Source, ...],
        key: bytes | None,
        agreed: Agreed = NOTHING_AGREED,
        *,
        choices: Choices = DEFAULT,
        unused: tuple[Unused, ...] = (),
    ) -> None:
        self._engine, self.sources, self._key, self.agreed, self.unused = engine, sources, key, agreed, unused
        self.choices = choices
        self.shapes = tuple(shape for shape in Shape if any(each.layout.shape is shape for each in sources))
        columns = {name for each in sources if each.layout.shape is Shape.STINTS for name in each.columns}
        of_stints = (*stint_checks.prepare(choices, columns), *headcounts.prepare(choices=choices))
        for shape in self.shapes:
            for made in _PREPARE.get(shape, of_stints if shape is Shape.STINTS else ()):
                engine.execute(made)
        for of, made in (*reconcile.PREPARE, *roster_checks.BESIDE):
            if of <= {*self.shapes}:
                engine.execute(made)
        self._has_registers = sum(each.layout.shape is Shape.STINTS for each in sources) > 1
        for made in registers.PREPARE if self._has_registers else ():
            engine.execute(made)
        self._has_stints, self._has_bills = (each in self.shapes for each in (Shape.STINTS, Shape.BILLS))
        self._is_agreed = self._has_stints and bool(agreed.versions)
        if self._has_bills or self._is_agreed:
            create(engine, Shape.STINTS)
            for made in person_days.PREPARE:
                engine.execute(made)
        if self._has_bills:
            is_titled = any("title_from" in each.columns for each in sources if each.layout.shape is Shape.STINTS)
            lists = Shape.ROSTERS in self.shapes
            bill_checks.prepare(engine, agreed, has_stints=self._has_stints, has_lists=lists, has_titles=is_titled)
        if self._is_agreed:
            agreement_checks.prepare(engine, agreed)

    @property
    def checks(self) -> Iterator[tuple[Check, tuple[str, ...]]]:
        """Each check of the shapes that are there, the gravest first, with the columns that it lacks."""
        order = [*Severity]
        every = [each for shape in self.shapes for each in CHECKS[shape] if {*each.also} <= {*self.shapes}]
        every += registers.CHECKS if self._has_registers else ()
        there = {f"{each.layout.shape}.{name}" for each in self.sources for name in each.columns}
        there |= {"agreement.fee"} if any(each.fee for each in self.agreed.versions) else set()
        if self._is_agreed:
            every = [*agreement_checks.beside(every, there)]
        for check in sorted(every, key=lambda each: order.index(each.severity)):
            wants = {name: name if "." in name else f"{check.shape}.{name}" for name in check.needs}
            yield check, tuple(name for name, column in wants.items() if column not in there)

    def findings(self, check: Check) -> Iterator[Finding]:
        """The findings of one check, the largest first."""
        return found(self._engine, largest_first(self._engine, check), self.called)

    def many(self, check: Check) -> Many | None:
        """The same as they stand in the engine, if that can write them."""
        return Many(self._engine, check, self._key) if isinstance(self._engine, duckdb.DuckDBPyConnection) else None

    def figures(self, definitions: Sequence[str] = ("midnight",)) -> dict[str, Any]:
        """By shape, what the rows come to; head counts by facility by these definitions."""
        made = {shape.value: _FIGURES[shape](self._engine) for shape in self.shapes if shape in _FIGURES}
        if Shape.STINTS in self.shapes:
            made["stints"] = headcounts.figures(self._engine, definitions, self.choices)
        if self._is_agreed:
            made["agreement"] = agreement_checks.figures(self._engine, self.agreed, is_billed=self._has_bills)
        if self._has_bills:
            made["bills"] = bill_checks.figures(self._engine, self.agreed, has_stints=self._has_stints)
        return made

    def people(self, few: int) -> dict[str, Any]:
        """How many people are behind the figures of a shape, where `few` are too few to be told."""
        made = {Shape.STINTS.value: stays.people(self._engine, few)} if self._has_stints else {}
        made |= {Shape.ROSTERS.value: roster_checks.people(self._engine)} if Shape.ROSTERS in self.shapes else {}
        return made | ({"agreement": agreement_checks.people(self._engine)} if self._is_agreed else {})

    @property
    def chosen(self) -> dict[str, str]:
        """Each choice that can be made otherwise and changes a number of these shapes."""
        chosen = self.choices.named if self._has_stints else {}
        return chosen | ({"convention": self.agreed.convention.name} if self._has_bills else {})

    def called(self, person: str) -> str:
        """What a person is called in the report."""
        if self._key is None:
            return person
        return f"person-{hmac.digest(self._key, person.encode('utf-8'), 'sha256').hex()[:12]}"


@contextmanager
def audited(
    paths: Sequence[Path],
    *,
    key: bytes | None,
    layout: Layout | None = None,
    agreed: Agreed = NOTHING_AGREED,
    choices: Choices = DEFAULT,
    progress: Progress | None = None,
    master: str | None = None,
) -> Iterator[Audit]:
    """Read these files by this layout, or each by the preset that fits it or by a guess. With `master`, the one of a
    cluster, Spark answers what is asked of them. Raises ReadingError, EngineError, and LayoutError where no layout fits
    any or a guess is not sure."""
    with private_folder("habeas-audit-") as folder:
        sources, unused, refused = list[Source](), list[Unused](), list[LayoutError]()
        with engine([folder], MEMORY) as opened:
            for number, path in enumerate(paths, start=1):
                for at, table in enumerate(read(path, folder, number), start=len(sources) + len(unused) + 1):
                    try:
                        name = f"{path.stem} {table.title}"
                        chosen = dated(_layout(opened, table, layout, name), name, number)
                    except LayoutError as error:
                        if error.map:
                            raise
                        unused.append(Unused(number=at, read=table))
                        refused.append(error)
                        continue
                    sources.append(_typed(opened, at, table, chosen))
                if progress is not None:
                    progress(number, len(paths))
            if not sources:
                raise refused[0]
            left = tuple(each for each in unused if each.read.rows)
            if master is None:
                yield Audit(opened, tuple(sources), key, agreed, choices=choices, unused=left)
                return
            tables = hand_over(opened, folder)
        with by_spark(folder, master, tables) as spark:
            yield Audit(spark, tuple(sources), key, agreed, choices=choices, unused=left)


def _layout(opened: duckdb.DuckDBPyConnection, table: Read, layout: Layout | None, name: str) -> Layout:
    try:
        return layout_of(table.header, table.input, layout)
    except LayoutError:
        if layout:
            raise
        if guess := guessed(opened, table):
            return guess
        if why := unfit(opened, table):
            raise why from None
        if guess := listed(table, name):
            return guess
        raise


def _typed(opened: duckdb.DuckDBPyConnection, number: int, table: Read, chosen: Layout) -> Source:
    try:
        return type_into(opened, number, table, chosen)
    except LayoutError as error:
        error.map = written(chosen) if chosen.guessed else ""
        raise
