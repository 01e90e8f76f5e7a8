"""`habeas audit`: files in, findings out."""

import argparse
import json
import secrets
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from habeas.audit.layouts import LayoutError, preset, read_map
from habeas.audit.output import FIGURES, Answer, OutputError, write
from habeas.audit.public import is_figures
from habeas.audit.reading import ReadingError
from habeas.audit.run import audited
from habeas.core.messages import Message
from habeas.inputs import Unusable, read_text, unusable
from habeas.speech import progress, said, say, visible

MOST_PUBLISHED = 100_000_000
"""Bytes of the figures of an earlier publication."""


def run(args: argparse.Namespace) -> tuple[Answer, ...]:
    """Audit the files that were named, and write what was found. Raises Unusable."""
    if not args.out:
        raise unusable("audit.folder_without_name")
    if args.preset and args.map:
        raise unusable("audit.preset_and_map")
    if args.public and args.identify:
        raise unusable("audit.public_and_identify")
    if args.previous and not args.public:
        raise unusable("audit.previous_of_nothing")
    published = [_published(each) for each in args.previous or ()] if args.public else None
    paths = [file for each in args.data for file in _files(Path(each))]
    for each in paths:
        if not each.is_file():
            raise unusable("cli.no_such_file", file=str(each))
    try:
        layout = preset(args.preset) if args.preset else None
        if args.map:
            layout = read_map(Path(args.map), read_text(args.map))
        key = None if args.identify else secrets.token_bytes(32)
        told = progress("cli.progress_files", args.lang)
        with audited(paths, key=key, layout=layout, progress=told) as found:
            return write(Path(args.out), found, paths, datetime.now(UTC), args.lang, published=published)
    except (ReadingError, LayoutError, OutputError) as error:
        named = error.message.parameters.get("number")
        file = str(paths[named - 1]) if isinstance(named, int) else ""
        raise Unusable(Message(error.message.code, {**error.message.parameters, "file": file})) from None


def _files(path: Path) -> list[Path]:
    """The file, or those of a folder in the order of their names."""
    if not path.is_dir():
        return [path]
    within = sorted(each for each in path.iterdir() if each.is_file() and not each.name.startswith("."))
    if not within:
        raise unusable("cli.no_such_file", file=str(path / "*"))
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
    return told


def text(answers: Sequence[Answer], folder: str, language: str) -> str:
    """A line for each kind of finding, the gravest first."""
    return "".join(f"{visible(each)}\n" for each in _lines(answers, folder, language))


def _lines(answers: Sequence[Answer], folder: str, language: str) -> Iterator[str]:
    for each in answers:
        if each.count:
            title = said(f"audit.title_{each.check.id}", language)
            yield f"{said(f'audit.severity_{each.check.severity}', language)}: {title}: {each.count}"
            yield from (f"    {one.subject} {say(one.message, language)}" for one in each.first[:1])
    lacking = sum(bool(each.lacks) for each in answers)
    yield said("audit.answer", language, count=sum(each.count for each in answers), lacking=lacking, folder=folder)


def data(answers: Sequence[Answer], folder: str, language: str) -> dict[str, Any]:
    """The same as JSON."""
    checks = [
        {"id": e.check.id, "severity": e.check.severity, "count": e.count, "lacks": list(e.lacks)} for e in answers
    ]
    return {"habeas_audit": 1, "folder": folder, "checks": checks}
