"""Plays a scenario into an empty database, through the same door as everybody: `store.acts.perform`."""

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import TypeAlias

from django.db import transaction

from habeas.core.commands import Command, Refusal
from habeas.core.entries import Actor, Entry
from habeas.core.entries.institutions import AccountInvited
from habeas.core.permissions import ACTS
from habeas.demo.acts import NamedAct
from habeas.demo.scenario import Group, Scenario, Step
from habeas.store import accounts
from habeas.store.acts import perform
from habeas.store.begin import begin
from habeas.store.models import LogRow

Do: TypeAlias = Callable[[Command, str | None, datetime], "Sequence[Entry] | Refusal"]
"""Records a command in a case, at a moment; the entries, or the refusal."""

DAY = timedelta(days=1)


class ScriptError(Exception):
    """A scenario planned what the rules refuse, or the other way round."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """The log's verifier key, the accounts' passwords (drawn anew each time), and how many entries."""

    log_key: str
    passwords: Mapping[str, str]
    entries: int


@dataclass(slots=True, kw_only=True)
class Story:
    """One person as the scenario is played: their case once it is open, and the entry that each act became, by
    the act's name and the paper or fact that it was about."""

    names: Mapping[str, object]
    moments: Mapping[str, datetime]
    case: str | None = None
    entries: dict[tuple[str, str], str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One act of one story. `row` names the paper or the fact that it is about, if any."""

    at: datetime
    story: Story
    act: NamedAct
    row: Mapping[str, object]


def fill(scenario: Scenario, now: datetime, progress: Callable[[int, int], None] | None = None) -> Filled:
    """The whole scenario, ending at its own end or now, in a database that has tables and no register. `progress` is
    told how many acts of how many are done."""
    last = scenario.ends_at or now
    begins_at = last - scenario.length - DAY
    log_key, _ = begin(scenario.beginning, at=begins_at)
    passwords = {name: _invite(actor, begins_at) for name, actor in scenario.accounts.items()}
    numbers = count()

    def do(command: Command, case: str | None, at: datetime) -> Sequence[Entry] | Refusal:
        answer = perform(command, at=at, send_id=f"demo-{next(numbers)}", case_id=case)
        return answer if isinstance(answer, Refusal) else answer.entries

    with transaction.atomic():  # invented people need no commit of their own for each act
        play(scenario, do, last, progress)
    return Filled(log_key=log_key, passwords=passwords, entries=LogRow.objects.count())


def _invite(actor: Actor, at: datetime) -> str:
    """Every account of the demonstration is appointed, and opened with a password drawn now."""
    body = AccountInvited(account=actor.account, party=actor.party, role=actor.role, facility=actor.facility)
    invitation = accounts.appoint(body, at=at)
    password = secrets.token_urlsafe(12)
    accounts.accept(invitation.token, password, at=at)
    return password


def play(scenario: Scenario, do: Do, last: datetime, progress: Callable[[int, int], None] | None = None) -> None:
    """Do every act up to the last moment, in one order of time."""
    planned, cases = plan(scenario, last), list[str]()
    for number, each in enumerate(planned, start=1):
        _done(each, do, cases)
        if progress is not None:
            progress(number, len(planned))


def plan(scenario: Scenario, last: datetime) -> list[Planned]:
    """Every act of everybody, in the order of time; what falls after the last moment is left out."""
    first = last - scenario.length
    bounds = {"first": first, "last": last}
    nobody = Story(names={}, moments={**bounds, "begun": first})
    opening = [Planned(at=first - DAY, story=nobody, act=scenario.acts[name], row={}) for name in scenario.opening]
    numbers = count()
    told: list[Planned] = []
    for group in scenario.people:
        begun = datetime.combine(group.on.among(bounds), group.at, tzinfo=last.tzinfo)
        for each in range(group.count):
            told.extend(_told(scenario, group, {**bounds, "begun": begun + each * group.every}, next(numbers)))
    return opening + sorted((each for each in told if each.at <= last), key=lambda each: each.at)


def _told(scenario: Scenario, group: Group, moments: Mapping[str, datetime], number: int) -> Iterator[Planned]:
    story = Story(names={**scenario.invented.person(number), **group.says}, moments=moments)
    rows = _rows(scenario, story.names)
    for step in group.way:
        for name in step.acts:
            act = scenario.acts[group.instead.get(name, name)]
            for at in _times(step, moments):
                for row in rows[act.each]:
                    yield Planned(at=at, story=story, act=act, row=row)


def _times(step: Step, moments: Mapping[str, datetime]) -> Iterator[datetime]:
    at = step.at.among(moments)
    if step.until is None or step.daily_at is None:
        yield at
        return
    at = datetime.combine(at, step.daily_at, tzinfo=at.tzinfo)
    while at < step.until.among(moments):
        yield at
        at += DAY


def _rows(scenario: Scenario, names: Mapping[str, object]) -> Mapping[str, Sequence[Mapping[str, object]]]:
    """What an act is repeated for: nothing, every kind of paper, or every fact with its paper."""
    facts = [
        {"fact": fact, "value": value.format_map(names), "paper": paper}
        for fact, (value, paper) in scenario.facts.items()
    ]
    papers = dict.fromkeys(each["paper"] for each in facts)
    return {
        "": [{}],
        "paper": [{"paper": paper, "paper_number": number} for number, paper in enumerate(papers)],
        "fact": facts,
    }


def command_of(planned: Planned, cases: Sequence[str] = ()) -> Command:
    """What is asked to be done, by all that came of the story before; `cases` are everybody's so far."""
    story, act, about = planned.story, planned.act, {"", *map(str, planned.row.values())}
    known = {name: id for (name, key), id in story.entries.items() if key in about}
    names = {**story.names, **known, **planned.row, "case": story.case, "cases": ",".join(cases), "act": planned.at}
    moments = {**story.moments, "act": planned.at}
    return Command(act=act.act, body=act.body(names, moments), occurred_at=act.occurred_at.among(moments), actor=act.by)


def _done(planned: Planned, do: Do, cases: list[str]) -> None:
    """Do one act and keep what it became, and whose case it opened."""
    story, act = planned.story, planned.act
    opens = ACTS[act.act].opens_case
    answer = do(command_of(planned, cases), story.case if ACTS[act.act].on_case else None, planned.at)
    if isinstance(answer, Refusal) is not act.refused:
        raise ScriptError(f"{act.name} at {planned.at}: {answer}")
    if not isinstance(answer, Refusal):
        story.case = answer[0].stream if opens else story.case
        cases.extend([answer[0].stream] if opens else [])
        story.entries[act.name, str(planned.row.get(act.each, ""))] = answer[-1].id
