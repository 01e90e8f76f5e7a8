"""`habeas settle`: person-days and what is due for them under an agreement, from a file of stints.

Each number stands with the convention it was counted by. Where the text states none, and nobody asks for one, two stand
side by side and no amount is due. What hangs on stretches without an end comes twice: with them and without.
"""

import argparse
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from habeas.audit.engine import engine
from habeas.audit.layouts import LayoutError, read_map
from habeas.audit.person_days import PREPARE, count
from habeas.audit.reading import ReadingError, read
from habeas.audit.run import laid_out
from habeas.audit.tables import Shape
from habeas.audit.typed import Source, type_into
from habeas.core.ledger.conventions import CONVENTIONS, SIDE_BY_SIDE, Convention
from habeas.core.ledger.due import Due, due_for, priced_apart, why_none
from habeas.core.ledger.person_days import Days
from habeas.core.messages import Message
from habeas.core.terms import Agreement
from habeas.core.versions import in_force
from habeas.inputs import Unusable, read_text, unusable
from habeas.speech import said, say, visible

MEMORY = "3GB"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reckoning:
    """Person-days by one convention, by facility, and what they come to; `none` says why they come to nothing.
    `days_ended` and `due_ended` are without the stretches that have no end."""

    convention: Convention
    basis: str  # stated, assumed, asked (by whoever settles) or beside (one of two side by side)
    facilities: Mapping[str, int]
    days: int
    days_ended: int
    due: Due | None
    due_ended: Due | None
    none: Message | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of the period in which one version of the agreement is in force."""

    version: Agreement
    period: Days
    reckonings: tuple[Reckoning, ...]


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
    if args.convention is not None and args.convention not in CONVENTIONS:
        raise unusable("settle.no_convention", convention=args.convention, known=tuple(CONVENTIONS))
    for each in args.stints:
        if not Path(each).is_file():
            raise unusable("cli.no_such_file", file=each)
    try:
        with TemporaryDirectory(prefix="habeas-settle-") as named, engine([Path(named)], MEMORY) as opened:
            sources = tuple(_read(opened, Path(named), args.stints, args.map))
            return settled(opened, sources, versions, period, CONVENTIONS.get(args.convention))
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
        for texts, chosen in laid_out(read(Path(file), folder, number), layout):
            if chosen.shape is not Shape.STINTS:
                raise unusable("settle.no_stints", file=file, shape=chosen.shape.value)
            made += 1
            yield type_into(opened, made, texts, chosen)


def settled(
    opened: duckdb.DuckDBPyConnection,
    sources: tuple[Source, ...],
    versions: Sequence[Agreement],
    period: Days,
    asked: Convention | None,
) -> Settled:
    """What the table of stints comes to in a period."""
    for made in PREPARE:
        opened.execute(made)
    parts = tuple(_part(opened, version, days, asked) for version, days in in_parts(versions, period))
    told = opened.execute(
        "SELECT (SELECT count(*) FROM stints) - (SELECT count(*) FROM held), (SELECT bool_or(is_days) FROM day_sources)"
    ).fetchone()
    assert told is not None
    return Settled(sources=sources, skipped=told[0], is_days=bool(told[1]), parts=parts)


def in_parts(versions: Sequence[Agreement], period: Days) -> Iterator[tuple[Agreement, Days]]:
    """The period, divided where another version begins to apply."""
    changes = (each.version.from_on for each in versions)
    begins = sorted({period.from_on, *(each for each in changes if each is not None and each in period)})
    for from_on, until_on in zip(begins, [*begins[1:], period.until_on], strict=True):
        yield in_force(tuple(versions), from_on), Days(from_on=from_on, until_on=until_on)


def _part(opened: duckdb.DuckDBPyConnection, version: Agreement, period: Days, asked: Convention | None) -> Part:
    made = [_reckoned(opened, version, period, *each) for each in _conventions(version, asked)]
    return Part(version=version, period=period, reckonings=tuple(made))


def _conventions(version: Agreement, asked: Convention | None) -> list[tuple[Convention, str]]:
    stated = version.day_count
    if asked is not None and (stated is None or asked.name != stated.convention.name):
        return [(asked, "asked")]
    if stated is not None:
        return [(stated.convention, "assumed" if stated.assumed else "stated")]
    return [(each, "beside") for each in SIDE_BY_SIDE]


def _reckoned(
    opened: duckdb.DuckDBPyConnection, version: Agreement, period: Days, convention: Convention, basis: str
) -> Reckoning:
    fee = version.fee
    parts = priced_apart(fee, period) if fee else [period]
    found, ended = (count(opened, convention, parts, with_open=each) for each in (True, False))
    facilities: dict[str, int] = {}
    for part in found.values():
        for facility, days in part.items():
            facilities[facility] = facilities.get(facility, 0) + days
    none = why_none(fee, None if basis == "beside" else version.day_count)
    if none and none.code == "due.no_convention" and basis == "asked":
        none = None

    def due(of: Mapping[date, Mapping[str, int]]) -> Due | None:
        return due_for(fee, period, lambda span: (sum(of.get(span.from_on, {}).values()), {})) if fee else None

    return Reckoning(
        convention=convention,
        basis=basis,
        facilities=dict(sorted(facilities.items())),
        days=sum(facilities.values()),
        days_ended=sum(sum(each.values()) for each in ended.values()),
        due=None if none else due(found),
        due_ended=None if none else due(ended),
        none=none,
    )


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
