"""The roll of everybody at a moment: who is held, where, since when and under which status, to be held against another.

It is by occurrence: where people were at the moment, as far as the record knows by now.
"""

import dataclasses
import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from habeas.core.case import Case
from habeas.core.custody import answering, stints
from habeas.core.entries import Unstated
from habeas.core.entries.fields import read_moment, to_json
from habeas.core.messages import Message
from habeas.core.procedure import Stage, stage_away


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


def document(roll: Roll) -> dict[str, object]:
    """A roll as JSON holds it, whoever made it; what was not read stands beside it."""
    rows = [each._asdict() for each in roll.held.values()]
    return {"habeas_roll": 1, **roll._asdict(), "at": to_json(roll.at), "held": rows, "unread": len(roll.unread)}


def roll_of(text: str, origin: str) -> Roll:
    """The roll of this register that `document` wrote. Raises KeyError, TypeError or ValueError for any other text."""
    told = json.loads(text)
    if told["origin"] != origin:
        raise ValueError("the roll of another register")
    rows = {each["case"]: Held(**each) for each in told["held"]}
    return Roll(origin, int(told["size"]), read_moment(told["at"]), rows)


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
