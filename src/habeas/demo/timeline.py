"""Acts of many people in the order of time: each script asks for its next act, the earliest goes first."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from habeas.core.commands import Command
from habeas.core.entries import Actor, Body, Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One act of a script: at `at` somebody does `act` in the script's case (a new one where it opens one)."""

    at: datetime
    act: str
    body: Body
    by: Actor
    refused: bool = False  # the script shows a refusal: the act must be refused, and nothing is recorded


Script: TypeAlias = "Generator[Planned, str, None]"
"""Yields acts; is sent back the id of the entry that each one recorded."""

Do: TypeAlias = "Callable[[Command, str | None, datetime], Sequence[Entry]]"
"""Records a command in a case, at a moment; the entries, or none when it was refused."""


class ScriptError(Exception):
    """A script planned what the rules refuse, or the other way round."""


def play(scripts: Iterable[Script], do: Do, until_at: datetime) -> int:
    """Play every script up to a moment, in one order of time; how many acts were recorded."""
    queue: list[tuple[datetime, int, Planned, Script, str | None]] = []
    for number, script in enumerate(scripts):
        heapq.heappush(queue, (*_first(script, number), None))
    count = 0
    while queue:
        at, number, planned, script, case = heapq.heappop(queue)
        if at > until_at:
            continue
        command = Command(act=planned.act, body=planned.body, occurred_at=at, actor=planned.by)
        entries = do(command, case, at)
        if bool(entries) is planned.refused:
            raise ScriptError(f"{planned.act} at {at}: {'refused' if not entries else 'taken'}")
        count += len(entries)
        case = case or (entries[0].stream if entries else None)
        following = _next(script, entries[-1].id if entries else "")
        if following is not None:
            heapq.heappush(queue, (max(following.at, at), number, following, script, case))
    return count


def _first(script: Script, number: int) -> tuple[datetime, int, Planned, Script]:
    planned = next(script)
    return planned.at, number, planned, script


def _next(script: Script, entry_id: str) -> Planned | None:
    try:
        return script.send(entry_id)
    except StopIteration:
        return None
