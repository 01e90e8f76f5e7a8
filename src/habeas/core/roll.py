"""The roll of everybody at a moment: who is held, where, since when and under which status, to be held against another.

It is by occurrence: where people were at the moment, as far as the record knows by now.
"""

import dataclasses
import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from habeas.core.case import Case
from habeas.core.custody import answering, stints
from habeas.core.entries import Unstated
from habeas.core.entries.fields import read_moment, to_json
from habeas.core.messages import Message, Parameter
from habeas.core.procedure import Stage, stage_away

APART = timedelta(minutes=5)
"""How far the clocks of register and monitor may be apart, and how long an act may take until it is on record."""
OLDEST = timedelta(days=1)
"""How old a roll may be that is compared, unless the monitor says of when it must be."""
SHOWN = 200  # characters of a foreign text in a sentence


class NoRoll(Exception):
    """A text that is no roll of this register, or not of the moment that was asked for; `message` says why."""

    def __init__(self, code: str, **parameters: Parameter) -> None:
        super().__init__(code)
        self.message = Message(code, parameters)


class Held(NamedTuple):
    """One person who was sent and has not been returned or released. `facility` is None for whoever stands on no roll:
    on the way, or at large. `since_at` (UTC, ISO 8601) is when the stretch there began; on no roll, since when
    `answers` answers. `stage` is None where it can't be told. `name` is said only to whoever keeps the roll."""

    case: str
    person: str
    facility: str | None
    since_at: str | None
    stage: str | None
    answers: str
    name: str | None = None


class Roll(NamedTuple):
    """The roll of a moment out of the first `size` entries of a register, by case. `unread` says of what it knows
    nothing: each case, its first entry that could not be read, and why. `erased` are the cases that were erased, with
    the entry that says so; the keys of entries `about_nobody` are the register's alone."""

    origin: str
    size: int
    at: datetime
    held: Mapping[str, Held]
    unread: tuple[Message, ...] = ()
    erased: tuple[tuple[str, int], ...] = ()
    about_nobody: int = 0


def held(case: Case, at: datetime) -> Held | None:
    """Where the person of a case was at a moment; None before they were sent, and after the end."""
    opening, *later = case.entries
    then = dataclasses.replace(case, entries=(opening, *(each for each in later if each.occurred_at <= at)))
    there = next((each for each in stints(then) if each.holds(at)), None)
    reached, (answers, since_at) = stage_away(then, at), answering(then, at)
    is_to_come = opening.occurred_at > at and len(then.entries) == 1
    if there is None and (is_to_come or reached in {None, Stage.ENDED}):
        return None
    facility, since = (there.facility, there.from_at) if there else (None, since_at)
    names = (case.opening.body.given_names, case.opening.body.family_names)
    name = " ".join(each for each in names if not isinstance(each, Unstated))
    return Held(case.id, case.person, facility, str(to_json(since)), reached, answers, name)


def document(roll: Roll, findings: Iterable[Message] = ()) -> dict[str, object]:
    """A roll as JSON holds it, whoever made it, and what was found in it; what was not read is counted."""
    rows = [each._asdict() for each in roll.held.values()]
    told = [(each.code, {name: to_json(value) for name, value in each.parameters.items()}) for each in findings]
    found = [{"code": code, "parameters": parameters} for code, parameters in told]
    beside = {"at": to_json(roll.at), "held": rows, "unread": len(roll.unread), "findings": found}
    return {"habeas_roll": 1, **roll._asdict(), **beside}


def told_of(roll: Roll, findings: Collection[Message]) -> Iterator[Message]:
    """What is said of a roll, and of what was found in it, below the people on it."""
    yield Message("roll.head", {"at": roll.at, "size": roll.size, "origin": roll.origin, "count": len(roll.held)})
    yield Message("roll.about_nobody", {"count": roll.about_nobody})
    yield from (Message("roll.erased", {"case": case, "index": index}) for case, index in roll.erased)
    yield from findings
    yield Message("server.checked", {"count": len(findings)})


def roll_of(text: str, origin: str) -> Roll:
    """The roll of this register that `document` wrote, and nothing beside it. Who is listed twice stands in `unread`,
    and the first row counts. Raises NoRoll for any other text."""
    try:
        told = _members(json.loads(text, object_pairs_hook=_unique), ("habeas_roll", *Roll._fields, "findings"), "$")
    except (ValueError, RecursionError) as error:
        raise NoRoll("roll.no_json", problem=str(error)) from None
    if told["origin"] != origin:
        raise NoRoll("roll.other_origin", found=told["origin"][:SHOWN], origin=origin)
    rows = [Held(**_members(each, Held._fields, f"$.held[{at}]")) for at, each in enumerate(told["held"])]
    times = Counter(each.case for each in rows) + Counter(person for _, person in {each[:2] for each in rows})
    twice = tuple(Message("roll.twice", {"case": each, "count": count}) for each, count in times.items() if count > 1)
    try:
        return Roll(origin, told["size"], read_moment(told["at"]), {each.case: each for each in reversed(rows)}, twice)
    except ValueError:
        raise NoRoll("roll.other_form", place="$.at", form="roll.form_moment") from None


def demand_recent(roll: Roll, *, since: datetime | None, now: datetime) -> None:
    """Demand a roll that is not of the future, and no older than `since`, or than a day. Raises NoRoll."""
    if roll.at > now + APART:
        raise NoRoll("roll.in_future", at=roll.at, now=now)
    if roll.at < (since := since or now - OLDEST):
        raise NoRoll("roll.too_old", at=roll.at, since=since)


def _members(told: Any, names: tuple[str, ...], place: str) -> dict[str, Any]:
    """An object with exactly these members, each in its form. Raises NoRoll."""
    if not isinstance(told, dict) or told.keys() != {*names}:
        raise NoRoll("roll.other_members", place=place, names=names)
    for form, (holds, of) in _FORMS.items():
        for name in of.split():
            if name in told and not holds(told[name]):
                raise NoRoll("roll.other_form", place=f"{place}.{name}", form=form)
    return told


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    for name, count in Counter(name for name, _ in pairs).most_common(1):
        if count > 1:
            raise NoRoll("roll.member_twice", name=name[:SHOWN])
    return dict(pairs)


_FORMS: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "roll.form_text": (lambda each: type(each) is str, "origin at case person answers"),
    "roll.form_text_or_null": (lambda each: each is None or type(each) is str, "facility since_at name"),
    "roll.form_count": (lambda each: type(each) is int and each >= 0, "size unread about_nobody"),
    "roll.form_one": (lambda each: type(each) is int and each == 1, "habeas_roll"),
    "roll.form_list": (lambda each: type(each) is list, "held erased findings"),
    "roll.form_stage": (lambda each: each in [None, *Stage], "stage"),
}
"""In which form each member stands, in a roll and in a row of it."""


def differences(here: Mapping[str, Held], there: Mapping[str, Held]) -> Iterator[Message]:
    """Each way in which two rolls of the same moment differ."""
    for case in sorted(here.keys() ^ there.keys()):
        only, row = ("here", here[case]) if case in here else ("there", there[case])
        yield Message(f"roll.only_{only}", {"case": case, "facility": said("facility", row.facility)})
    for case in sorted(here.keys() & there.keys()):
        for name, ours, theirs in zip(Held._fields[1:-1], here[case][1:-1], there[case][1:-1], strict=True):
            if ours != theirs:
                both = {"here": said(name, ours), "there": said(name, theirs)}
                yield Message(f"roll.other_{name}", {"case": case, **both})


def said(name: str, value: str | None) -> str:
    """One part of a row as a sentence takes it: a text, or a code of the catalogue."""
    return f"stage.{value or 'unread'}" if name == "stage" else value or "roll.nowhere"
