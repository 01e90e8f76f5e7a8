"""`habeas settle`: person-days and what is due for them under an agreement, from a file of stints."""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from habeas.audit.agreed import Agreed, Part, Reckoning, convention_asked, settled_in
from habeas.audit.engine import engine
from habeas.audit.layouts import LayoutError, layout_of, read_map
from habeas.audit.person_days import PREPARE
from habeas.audit.reading import ReadingError, read
from habeas.audit.tables import DAY_SOURCES, Shape
from habeas.audit.typed import Source, type_into
from habeas.core.ledger.conventions import CONVENTIONS
from habeas.core.ledger.due import Due
from habeas.core.ledger.person_days import Days
from habeas.core.messages import Message
from habeas.core.terms import Agreement
from habeas.fetch import private_folder
from habeas.inputs import Unusable, read_text, unusable
from habeas.speech import said, say, visible

MEMORY = "3GB"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What was read, and what it comes to. `skipped` are rows that end before they begin or when they begin."""

    sources: tuple[Source, ...]
    skipped: int
    is_days: bool  # some file gives days and no moments
    parts: tuple[Part, ...]


def run(args: argparse.Namespace, versions: Sequence[Agreement]) -> Settled:
    """Read the stints that were named, and settle the period. Raises Unusable."""
    period = Days(from_on=_day(getattr(args, "from")), until_on=_day(args.to))
    if period.count <= 0:
        raise unusable("settle.no_period", begin=period.from_on, end=period.until_on)
    agreed = Agreed(versions=tuple(versions), asked=convention_asked(args.convention))
    for each in args.stints:
        if not Path(each).is_file():
            raise unusable("cli.no_such_file", file=each)
    try:
        with private_folder() as folder, engine([folder], MEMORY) as opened:
            sources = tuple(_read(opened, folder, args.stints, args.map))
            return settled(opened, sources, agreed, period)
    except (ReadingError, LayoutError) as error:
        number = error.message.parameters.get("number")
        file = args.stints[number - 1] if isinstance(number, int) else ""
        raise Unusable(Message(error.message.code, {**error.message.parameters, "file": file})) from None


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise unusable("settle.no_day", given=text) from None


def _read(opened: duckdb.DuckDBPyConnection, folder: Path, files: Sequence[str], map: str | None) -> Iterator[Source]:
    layout, made = read_map(Path(map), read_text(map)) if map else None, 0
    for number, file in enumerate(files, start=1):
        for texts in read(Path(file), folder, number):
            chosen = layout_of(texts.header, number, layout)
            if chosen.shape is not Shape.STINTS:
                raise unusable("settle.no_stints", file=file, shape=chosen.shape.value)
            made += 1
            yield type_into(opened, made, texts, chosen)


def settled(opened: duckdb.DuckDBPyConnection, sources: tuple[Source, ...], agreed: Agreed, period: Days) -> Settled:
    """What the table of stints comes to in a period."""
    for made in PREPARE:
        opened.execute(made)
    parts = settled_in(opened, agreed, period)
    told = opened.execute(
        "SELECT (SELECT count(*) FROM stints) - (SELECT count(*) FROM held), (SELECT bool_or(is_days)"
        f" FROM {DAY_SOURCES})"
    ).fetchone()
    assert told is not None
    return Settled(sources=sources, skipped=told[0], is_days=bool(told[1]), parts=parts)


# --- the answer --------------------------------------------------------------------------------------


def text(answer: Settled, language: str) -> str:
    """Sentences: what was read, then each part of the period, with each convention that it was counted by."""
    return "".join(f"{visible(each)}\n" for each in _lines(answer, language))


def _lines(answer: Settled, language: str) -> Iterator[str]:
    for each in answer.sources:
        numbers = {"number": each.number, "rows": each.read.rows, "used": each.used, "aside": each.set_aside}
        yield said("settle.read", language, **numbers, unreadable=each.read.unreadable_count)
        for one in each.not_read:
            yield said("settle.not_read", language, column=one.column, count=one.count, examples=one.examples)
    if answer.skipped:
        yield said("settle.skipped", language, count=answer.skipped)
    if answer.is_days:
        yield said("settle.days_only", language)
    for part in answer.parts:
        yield ""
        begin, end = part.period.from_on, part.period.until_on
        number = part.version.version.number
        yield said("settle.part", language, begin=begin, end=end, id=part.version.id, version=number)
        for reckoning in part.reckonings:
            yield from (say(each, language) for each in _messages(reckoning))


def _messages(found: Reckoning) -> Iterator[Message]:
    name = found.convention.name
    yield Message(f"settle.days_{found.basis}", {"convention": name, "days": found.days})
    for facility, days in found.facilities.items():
        yield Message("settle.facility", {"facility": facility, "days": days})
    if found.days != found.days_ended:
        yield Message("settle.without_open", {"convention": name, "days": found.days_ended})
    if found.convention.absences != CONVENTIONS["any_part"].absences:
        yield Message("settle.absences", {})
    if found.none is not None:
        yield found.none
    if found.due is None or found.due_ended is None:
        return
    yield from (each.message for each in found.due.shares)
    yield _amount("settle.due", found.due, name)
    if found.due_ended.amount != found.due.amount:
        yield _amount("settle.due_without_open", found.due_ended, name)
    yield Message("settle.unjudged", {})


def _amount(code: str, due: Due, convention: str) -> Message:
    return Message(code, {"amount": due.amount.amount, "currency": due.amount.currency, "convention": convention})


def data(answer: Settled, language: str) -> dict[str, Any]:
    """The same as JSON."""
    return {
        "habeas_settle": 1,
        "inputs": [
            {"number": each.number, "rows": each.read.rows, "used": each.used, "set_aside": each.set_aside}
            | {"unreadable": each.read.unreadable_count}
            for each in answer.sources
        ],
        "skipped": answer.skipped,
        "days_without_times": answer.is_days,
        "parts": [
            {
                "agreement": part.version.id,
                "version": part.version.version.number,
                "terms_sha256": part.version.digest,
                "from": part.period.from_on.isoformat(),
                "until": part.period.until_on.isoformat(),
                "counted": [_reckoning_data(each, language) for each in part.reckonings],
            }
            for part in answer.parts
        ],
    }


def _reckoning_data(found: Reckoning, language: str) -> dict[str, Any]:
    return {
        "convention": found.convention.name,
        "basis": found.basis,
        "first_day": found.convention.first_day,
        "last_day": found.convention.last_day,
        "person_days": found.days,
        "person_days_without_open": found.days_ended,
        "facilities": dict(found.facilities),
        "due": _money_data(found.due),
        "due_without_open": _money_data(found.due_ended),
        "no_amount": say(found.none, language) if found.none else None,
    }


def _money_data(due: Due | None) -> dict[str, Any] | None:
    """Minor units, with their currency."""
    if due is None:
        return None
    return {"minor": due.amount.minor, "empty_minor": due.empty_part.minor, "currency": due.amount.currency}
