"""`habeas audit`: files in, findings out."""

import argparse
import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from habeas import safeguards
from habeas.audit.again import ended, left_out, options_of, set_aside, unreadable
from habeas.audit.agreed import Agreed, convention_asked
from habeas.audit.choices import OPTIONS, Choices, option
from habeas.audit.engine import EngineError
from habeas.audit.headcounts import DEFINITIONS
from habeas.audit.layouts import LayoutError, preset, read_map, written
from habeas.audit.output import FIGURES, Answer, OutputError, write
from habeas.audit.public import is_figures, is_published
from habeas.audit.reading import ReadingError
from habeas.audit.run import audited
from habeas.audit.tables import Shape
from habeas.audit.typed import Source, Unused
from habeas.core.messages import Message
from habeas.core.terms import Agreement
from habeas.inputs import Unusable, ends_when_asked, read_text, unusable, write_new
from habeas.speech import plain, progress, said, say, visible

LOCAL = "local[2]"
"""Spark on this machine alone, on two processors."""
MOST_PUBLISHED = 100_000_000
"""Bytes of the figures of an earlier publication."""
COLUMNS_TOLD = 20
LINES_TOLD = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Audited:
    """What was read and what was asked of it, after all is written into a folder."""

    sources: tuple[Source, ...]
    unused: tuple[Unused, ...]
    answers: tuple[Answer, ...]
    folder: str
    choices: Mapping[str, str]

    @property
    def is_clean(self) -> bool:
        """Every row was used, and nothing was found."""
        return not left_out(self.sources, self.unused) and not any(each.count for each in self.answers)


def run(args: argparse.Namespace, versions: Sequence[Agreement] = ()) -> Audited:
    """Audit the files that were named, beside the versions of an agreement, and write what was found. Raises
    Unusable."""
    if not args.out:
        raise unusable("audit.folder_without_name")
    if args.preset and args.map:
        raise unusable("audit.preset_and_map")
    if args.public and args.identify:
        raise unusable("audit.public_and_identify")
    if args.previous and not args.public:
        raise unusable("audit.previous_of_nothing")
    if args.master and args.engine != "spark":
        raise unusable("audit.master_of_nothing")
    if wrong := {*(args.head_count or ())} - {*DEFINITIONS}:
        raise unusable("audit.no_definition", definition=min(wrong), known=tuple(DEFINITIONS))
    if within := [each for each in args.data if Path(each).is_dir() and _is_within(args.out, each)]:
        raise unusable("audit.out_in_data", folder=args.out, data=within[0])
    published = [_published(each) for each in args.previous or ()] if args.public else None
    paths = [file for each in args.data for file in _files(Path(each))]
    for given, each in ((each, Path(each)) for each in args.data):
        if not given or not each.exists():
            raise unusable("cli.no_such_file", file=given or '""')
    for each in paths:
        if not each.is_file():
            raise unusable("cli.no_regular_file", file=str(each))
    try:
        layout = preset(args.preset) if args.preset else None
        if args.map:
            layout = read_map(Path(args.map), read_text(args.map))
        key = None if args.identify else secrets.token_bytes(32)
        told = progress("cli.progress_files", args.lang)
        agreed = _agreed(versions, args.convention)
        master = (args.master or LOCAL) if args.engine == "spark" else None
        chosen = {name: value for name in OPTIONS if (value := getattr(args, name))}
        choices = Choices(**chosen)
        asked = audited(paths, key=key, layout=layout, agreed=agreed, choices=choices, progress=told, master=master)
        with ends_when_asked(), asked as found:
            if Shape.STINTS not in found.shapes and (of := [*chosen, *["head_count"] * bool(args.head_count)]):
                raise unusable("audit.choice_of_nothing", option=option(of[0]))
            for source in found.sources:
                if not source.used and (source.read.rows or source.layout.shape is not Shape.ROSTERS):
                    code = "nothing_used" if source.read.rows + source.read.unreadable_count else "no_rows"
                    raise LayoutError(code, number=source.read.input, rows=source.read.rows, columns=source.read.header)
            definitions = tuple(dict.fromkeys(args.head_count or ("midnight",)))
            figures = found.figures(definitions)
            answers = write(
                Path(args.out),
                found,
                paths,
                datetime.now(UTC),
                args.lang,
                figures=figures,
                published=published,
                options=options_of(args, agreed, choices),
            )
            if args.write_map:
                _write_map(args.write_map, found.sources)
            return Audited(
                sources=found.sources, unused=found.unused, answers=answers, folder=args.out, choices=found.chosen
            )
    except (ReadingError, LayoutError, OutputError, EngineError) as error:
        if args.write_map and isinstance(error, LayoutError) and error.map:
            write_new(args.write_map, error.map)
        named = error.message.parameters.get("number")
        file = str(paths[named - 1]) if isinstance(named, int) else ""
        raise Unusable(Message(error.message.code, {**error.message.parameters, "file": file})) from None


def _write_map(path: str, sources: tuple[Source, ...]) -> None:
    """Write the one layout of these sources. Raises Unusable where they have several, or the file is there."""
    maps = {written(each.layout) for each in sources}
    if len(maps) > 1:
        raise unusable("audit.maps_of_several", count=len(maps))
    write_new(path, maps.pop())


def _agreed(versions: Sequence[Agreement], convention: str | None) -> Agreed:
    """With the released safeguards where there is an agreement. Raises Unusable where they are weaker than released."""
    law = safeguards.read() if versions else None
    if law is not None and law.weaker:
        raise Unusable(law.weaker[0])
    return Agreed(versions=tuple(versions), asked=convention_asked(convention), safeguards=law)


def _is_within(path: str, folder: str) -> bool:
    return Path(path).resolve().is_relative_to(Path(folder).resolve())


def _files(path: Path) -> list[Path]:
    """The file, or those of a folder in the order of their names."""
    if not path.is_dir():
        return [path]
    try:
        within = sorted(each for each in path.iterdir() if not each.name.startswith("."))
    except OSError as error:
        raise unusable("cli.unreadable", file=str(path)) from error
    for each in within:
        if each.is_symlink():
            raise unusable("audit.link_in_folder", file=str(each))
        if each.is_dir():
            raise unusable("audit.folder_in_folder", folder=str(each))
    if not within:
        raise unusable("audit.folder_empty", folder=str(path))
    return within


def _published(directory: str) -> dict[str, Any]:
    """The figures of an earlier publication. Raises Unusable."""
    path = str(Path(directory) / FIGURES)
    try:
        told: dict[str, Any] | None = json.loads(read_text(path, MOST_PUBLISHED))
    except ValueError:
        told = None
    if told is None or not is_figures(told):
        raise unusable("audit.previous_none", file=path)
    if not is_published(told):
        raise unusable("audit.previous_not_public", file=path)
    return told


def text(audited: Audited, language: str) -> str:
    """What was read, and a line for each kind of finding, the gravest first."""
    return "".join(f"{visible(each)}\n" for each in _lines(audited, language))


def _lines(audited: Audited, language: str) -> Iterator[str]:
    for source in audited.sources:
        quantities = {name: Decimal(count) for name, count in _rows(source).items()}
        yield said("audit.answer_read", language, number=source.number, **quantities)
        choices = (say(each, language) for each in (*source.layout.guessed, *source.said))
        told = (*set_aside(source, language), *unreadable(source, LINES_TOLD, language), *choices)
        yield from (f"    {each}" for each in told)
    for unused in audited.unused:
        yield said("audit.answer_unused", language, **_told(unused))
    for each in audited.answers:
        if each.count:
            title = said(f"audit.title_{each.check.id}", language)
            severity = said(f"audit.severity_{each.check.severity}", language)
            yield f"{severity}: {title}: {plain(Decimal(each.count), language)}"
            yield from (f"    {one.subject} {say(one.message, language)}" for one in each.first[:1])
    if audited.choices:
        chosen = ", ".join(f"{option(name)} {value}" for name, value in audited.choices.items())
        yield said("audit.answer_choices", language, chosen=chosen)
    lacking, count = (sum(map(of, audited.answers)) for of in (lambda each: bool(each.lacks), lambda each: each.count))
    yield said("audit.answer", language, count=Decimal(count), lacking=lacking, folder=audited.folder)
    if not count and not audited.is_clean:
        yield ended(audited.sources, audited.unused, count, language)


def data(audited: Audited, language: str) -> dict[str, Any]:
    """The same as JSON."""
    checks = [
        {"id": e.check.id, "severity": e.check.severity, "count": e.count, "lacks": list(e.lacks)}
        for e in audited.answers
    ]
    sources = [{"number": each.number, **_rows(each)} for each in audited.sources]
    unused = [{"number": e.number, "rows": e.read.rows, "columns": list(e.read.header)} for e in audited.unused]
    told = {"habeas_audit": 1, "folder": audited.folder}
    return {**told, "sources": sources, "unused": unused, "checks": checks, "choices": audited.choices}


def _rows(source: Source) -> dict[str, int]:
    counted = {"rows": source.read.rows, "used": source.used, "set_aside": source.set_aside}
    return {**counted, "unreadable": source.read.unreadable_count}


def _told(unused: Unused) -> dict[str, Any]:
    read = unused.read
    columns = ", ".join(read.header[:COLUMNS_TOLD]) + (", …" if len(read.header) > COLUMNS_TOLD else "")
    return {
        "number": unused.number,
        "sheet": f" ({read.title})" * bool(read.sheet),
        "rows": read.rows,
        "columns": columns,
    }
