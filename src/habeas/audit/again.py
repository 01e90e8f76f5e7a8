"""How an audit is repeated: the whole command, the map where somebody wrote one, what was left
out, and why it ended with 0 or 1. No file is named."""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

from habeas.audit.agreed import Agreed
from habeas.audit.choices import Choices
from habeas.audit.layouts import GUESSED, presets, written
from habeas.audit.tables import Shape
from habeas.audit.typed import Source, Unused
from habeas.speech import said

FOLDER = "{folder}"
"""Stands in the options for a folder, which each language calls otherwise."""


def options_of(args: argparse.Namespace, agreed: Agreed, choices: Choices) -> str:
    """What was asked for beside the files, as options of the command that ask for it again."""
    told = agreed.options + choices.options
    told += "".join(f" --head-count {each}" for each in args.head_count or ())
    told += " --identify" * bool(args.identify) + " --public" * bool(args.public)
    told += "".join(f" --previous {FOLDER}-{at}" for at, _ in enumerate(args.previous or (), start=1))
    return f"{told} --lang {args.lang}"


def command(sources: Sequence[Source], unused: Sequence[Unused], options: str, language: str) -> str:
    """The command that does it again, each file called by its number."""
    names = {each.layout.name for each in sources}
    way = f" --preset {next(iter(names))}" if len(names) == 1 and names <= {*presets()} else ""
    way = " --map MAP.toml" if map_of(sources) else way
    file, folder = (said(f"audit.report_{each}", language) for each in ("file", "folder"))
    inputs = sorted({*(each.read.input for each in sources), *(each.read.input for each in unused)})
    files = " ".join(f"{file}-{each}" for each in inputs)
    return f"habeas audit {files}{way}{options.replace(FOLDER, folder)} --out {folder}"


def map_of(sources: Sequence[Source]) -> str:
    """The map that somebody wrote, without the day that the name of a list gave; empty where nobody wrote one."""
    own = [each.layout for each in sources if each.layout.name not in {*presets(), GUESSED}]
    for layout in own[:1]:
        named = {"day"} if layout.shape is Shape.ROSTERS else set()
        return written(replace(layout, constants={e: v for e, v in layout.constants.items() if e not in named}))
    return ""


def left_out(sources: Sequence[Source], unused: Sequence[Unused]) -> int:
    """How many rows were not used."""
    return sum(e.read.rows for e in unused) + sum(e.set_aside + e.read.unreadable_count for e in sources)


def set_aside(source: Source, language: str) -> Iterator[str]:
    """How many rows were set aside for each reason."""
    for why, count in source.aside:
        reason = said(f"audit.reason_{why}", language)
        yield said("audit.report_reason", language, number=source.number, count=Decimal(count), reason=reason)


def unreadable(source: Source, most: int, language: str) -> Iterator[str]:
    """The first lines that could not be read, each with the reason."""
    for line, why in source.read.unreadable[:most]:
        reason = said(f"audit.reason_{why}", language)
        yield said("audit.report_lines", language, number=source.number, line=line, reason=reason)


def ended(sources: Sequence[Source], unused: Sequence[Unused], findings: int, language: str) -> str:
    """Why the command ended with 0 or 1."""
    counts = {"found": Decimal(findings), "aside": Decimal(left_out(sources, unused))}
    told = [said(f"audit.report_ended_{name}", language, count=count) for name, count in counts.items() if count]
    return (
        said("audit.report_ended_1", language, reasons=", ".join(told))
        if told
        else said("audit.report_ended_0", language)
    )
