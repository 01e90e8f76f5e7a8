"""Acts of many people in the order of time: each script asks for its next act, the earliest goes first."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from habeas.core.acts import ACTS
from habeas.core.commands import Command, Refusal
from habeas.core.entries import Actor, Body, Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One act of a script, in the script's own case (a new one where the act opens one)."""

    at: datetime
    act: str
    body: Body
    by: Actor
    refused: bool = False  # the script shows a refusal: the act must be refused, and nothing is recorded


Script: TypeAlias = "Generator[Planned, Entry, None]"
"""Yields acts; is sent back the entry that each became, or the one before it when it was refused."""

Opening: TypeAlias = "Generator[Planned, Entry, str]"
"""A script, or part of one, that returns an id which the rest of it needs."""

AnyScript: TypeAlias = "Script | Opening"

Do: TypeAlias = "Callable[[Command, str | None, datetime], Sequence[Entry] | Refusal]"
"""Records a command in a case, at a moment; the entries, or the refusal."""


class ScriptError(Exception):
    """A script planned what the rules refuse, or the other way round."""


def play(scripts: Iterable[AnyScript], do: Do, until_at: datetime) -> int:
    """Play every script up to a moment, in one order of time; how many entries were recorded."""
    queue = [_Turn(planned=next(script), number=number, script=script) for number, script in enumerate(scripts)]
    heapq.heapify(queue)
    count = 0
    while queue:
        turn = heapq.heappop(queue)
        if turn.planned.at > until_at:
            continue
        entries = _taken(turn, do)
        count += len(entries)
        following = turn.after(entries)
        if following is not None:
            heapq.heappush(queue, following)
    return count


@dataclass(frozen=True, slots=True, kw_only=True)
class _Turn:
    """The next act of one script, in the case that it opened, if any."""

    planned: Planned
    number: int
    script: AnyScript
    case: str | None = None
    last: Entry | None = None

    def __lt__(self, other: _Turn) -> bool:
        return (self.planned.at, self.number) < (other.planned.at, other.number)

    def after(self, entries: Sequence[Entry]) -> _Turn | None:
        """The turn that follows; None when the script is over."""
        opened = entries[0].stream if entries and ACTS[self.planned.act].opens_case else self.case
        last = entries[-1] if entries else self.last
        if last is None:
            raise ScriptError("a script can't begin with a refusal")
        try:
            planned = self.script.send(last)
        except StopIteration:
            return None
        return _Turn(planned=planned, number=self.number, script=self.script, case=opened, last=last)


def _taken(turn: _Turn, do: Do) -> Sequence[Entry]:
    planned = turn.planned
    command = Command(act=planned.act, body=planned.body, occurred_at=planned.at, actor=planned.by)
    answer = do(command, turn.case if ACTS[planned.act].on_case else None, planned.at)
    if isinstance(answer, Refusal) is not planned.refused:
        raise ScriptError(f"{planned.act} at {planned.at}: {answer}")
    return () if isinstance(answer, Refusal) else answer
