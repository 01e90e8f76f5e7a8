"""A replay played twice: what was reported, with every person accounted for at every moment, and what Habeas would
have refused, asked of the real rules in memory. Nothing is counted but what was already done to people."""

import dataclasses
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from habeas import safeguards
from habeas.core.case import Case
from habeas.core.commands import Refusal
from habeas.core.context import Context
from habeas.core.custody import end, on_roll
from habeas.core.days import day_span
from habeas.core.entries import custody as held
from habeas.core.findings import Finding, findings
from habeas.core.messages import Message, Parameter
from habeas.core.permissions import ACTS
from habeas.core.safeguards import Result
from habeas.core.screening import Answer as RuleAnswer
from habeas.core.screening import Verdict
from habeas.core.tables import Bilingual
from habeas.core.terms import Agreement, Answer, floor
from habeas.demo.playing import command_of, plan, play
from habeas.demo.scenario import Scenario
from tests.spec.in_memory import InMemory
from tests.spec.published import Replay, Sight

TOLD = (held.DepartedUnproposed, held.Arrived, held.RefusedAtDoor, held.Admitted, held.RollEntered, held.Returned)
"""What the timeline tells, each once for all to whom it happened in the same minute."""

ASKED = ("propose", "decide", "put_on_manifest", "permit_departure", "offer_handover")
WANTING = (Result.BARRED, Result.NOT_SHOWN, Result.STANDARD_NOT_MET)
UNSAID = Answer(text=Bilingual(en="", es=""), source=None, assumed=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What happened to `people` in one minute, and where everybody was then: who had been taken away is in the air,
    on a roll, refused at a door or returned."""

    at: datetime
    what: str
    people: int
    in_the_air: int
    on_roll: int
    refused: int
    returned: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One fault, by its sentence: of how many people, and from when the record showed the first and the last."""

    message: Message
    title: Bilingual | None
    people: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One reason for which acts are refused, or one rule. `people`: for each act that is asked, to how many it
    answers what."""

    message: Message | None
    rule: RuleAnswer | None
    law: str
    people: Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What somebody could have seen, of how many people, and when the record first and last showed it."""

    sight: Sight
    people: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """All of it. `missing` are the questions of the floor that the text leaves open."""

    replay: Replay
    agreement: Agreement
    missing: tuple[str, ...]
    manifest: int
    admitted: int
    refused: int
    returned: int
    timeline: tuple[Line, ...]
    findings: tuple[Found, ...]
    asked: tuple[Asked, ...]
    seen: tuple[Seen, ...]

    @property
    def unaccounted(self) -> int:
        """Who was on the manifest and was neither admitted nor refused and returned."""
        return self.manifest - self.admitted - min(self.refused, self.returned)


def replayed(story: Scenario, replay: Replay, cases: Sequence[Case], context: Context, at: datetime) -> Replayed:
    """What a played register shows at a moment, and what Habeas would have refused."""
    agreement = context.agreement
    found = [(case, each) for case in cases for each in findings(case, context, at)]
    events = _events(cases, context, found)
    return Replayed(
        replay=replay,
        agreement=agreement,
        missing=tuple(each.question for each in floor(agreement) if not each.answered),
        manifest=_having(cases, held.DepartedUnproposed),
        admitted=_having(cases, held.Admitted),
        refused=_having(cases, held.RefusedAtDoor),
        returned=_having(cases, held.Returned),
        timeline=tuple(_timeline(cases, context)),
        findings=tuple(sorted(_findings(found, context), key=lambda each: each.first_at)),
        asked=asked(story, agreement, at),
        seen=tuple(_seen(each, events[each.event]) for each in replay.sights),
    )


def whereabouts(case: Case, at: datetime) -> str:
    """Where somebody who was taken away is at a moment: each of them is in exactly one place."""
    ended = end(case)
    if at < case.opening.occurred_at:
        return "not_yet"
    if ended is not None and ended.entry.occurred_at <= at:
        return "returned"
    if on_roll(case, at):
        return "on_roll"
    at_the_door = any(each.occurred_at <= at for each in case.all(held.RefusedAtDoor))
    return "refused" if at_the_door else "in_the_air"


# --- as it happened ----------------------------------------------------------------------------------------------


def _having(cases: Sequence[Case], body: type) -> int:
    return sum(bool(case.all(body)) for case in cases)


def _timeline(cases: Sequence[Case], context: Context) -> Iterator[Line]:
    told: dict[tuple[datetime, str], int] = defaultdict(int)
    for case in cases:
        for each in case.entries:
            if isinstance(each.body, TOLD):
                told[each.occurred_at, each.kind] += 1
    for order in context.orders:
        told[order.issued_at, "stay_order_issued"] = 0
    for (at, what), people in sorted(told.items()):
        places = [whereabouts(case, at) for case in cases]
        here = {name: places.count(name) for name in ("in_the_air", "on_roll", "refused", "returned")}
        yield Line(at=at, what=what, people=people or here["in_the_air"], **here)


def _findings(found: Sequence[tuple[Case, Finding]], context: Context) -> Iterator[Found]:
    titles = _titles(context)
    alike: dict[object, list[tuple[Case, Finding]]] = defaultdict(list)
    for case, each in found:
        alike[_sort_of(each, titles)].append((case, each))
    for same in alike.values():
        moments = [_shown_at(case, each, context) for case, each in same]
        yield Found(
            message=same[0][1].message,
            title=titles.get(str(same[0][1].message.parameters.get("which"))),
            people=len({case.id for case, _ in same}),
            first_at=min(moments),
            last_at=max(moments),
        )


def _sort_of(each: Finding, rules: Mapping[str, Bilingual]) -> tuple[Parameter, ...]:
    """What tells one sort of fault from another: not of whom."""
    said = each.message.parameters
    which = str(said.get("which", ""))
    same = (value for name, value in said.items() if name != "which")
    return (each.rule, *same, which if which in rules or which.startswith("step.") else "")


def _shown_at(case: Case, each: Finding, context: Context) -> datetime:
    """From when the record held everything that shows a fault, once the day had begun on which it fell."""
    shown_at = max(entry.recorded_at for entry in map(case.entry, each.because) if entry is not None)
    return max(shown_at, day_span(each.on, context.zone(case.facility)).from_at)


def _titles(context: Context) -> dict[str, Bilingual]:
    terms = {each.id: each.title for each in context.agreement.eligibility}
    return terms | {each.id: each.title for each in context.safeguards.safeguards}


def _events(
    cases: Sequence[Case], context: Context, found: Sequence[tuple[Case, Finding]]
) -> Mapping[str, list[tuple[str, datetime]]]:
    """By the name of an event: to whose case it happened, and when the record had it."""
    events: dict[str, list[tuple[str, datetime]]] = defaultdict(list)
    ordered = min((each.issued_at for each in context.orders), default=None)
    for case in cases:
        for each in case.entries:
            events[each.kind].append((case.id, each.recorded_at))
        opening = case.opening
        if ordered is not None and opening.occurred_at > ordered:
            events["departed_after_order"].append((case.id, opening.recorded_at))
        if ordered is not None and whereabouts(case, ordered) == "in_the_air":
            events["in_the_air_at_order"].append((case.id, context.orders[0].recorded_at))
            events["arrived_against_order"] += [(case.id, each.recorded_at) for each in case.all(held.Arrived)]
    for case, finding in found:
        which = finding.message.parameters.get("which", "")
        for name in (finding.rule, f"{finding.rule}.{which}"):
            events[name].append((case.id, _shown_at(case, finding, context)))
    return events


def _seen(sight: Sight, event: Sequence[tuple[str, datetime]]) -> Seen:
    moments = [at for _, at in event]
    return Seen(sight=sight, people=len({case for case, _ in event}), first_at=min(moments), last_at=max(moments))


# --- as Habeas would have had it ---------------------------------------------------------------------------------


def asked(story: Scenario, agreement: Agreement, last: datetime) -> tuple[Asked, ...]:
    """Which act is refused to how many, by which reason or rule. Everybody of a group has the same facts, so one is
    asked for all.

    First the proposal, under the terms as they are; then, so that the rest can be seen, every later permission as
    if the questions of the floor were answered.
    """
    rows: dict[object, tuple[Asked, dict[str, dict[str, int]]]] = {}
    laws = {each.id: each.law for each in safeguards.read().safeguards}
    for group in story.people:
        if not group.asked:
            continue
        others = tuple(each for each in story.people if not each.asked)
        one = dataclasses.replace(group, way=group.asked, count=1)
        alone = dataclasses.replace(story, people=(one, *others))
        for act, refusal in _refusals(alone, agreement, last):
            for key, row, answer in _reasons(refusal, laws):
                _, counted = rows.setdefault(key, (row, {each: {} for each in ASKED}))
                counted[act][answer] = counted[act].get(answer, 0) + group.count
    found = [dataclasses.replace(row, people=counted) for row, counted in rows.values()]
    return tuple(sorted(found, key=lambda row: next(at for at, act in enumerate(ASKED) if row.people[act])))


def _refusals(alone: Scenario, agreement: Agreement, last: datetime) -> Iterator[tuple[str, Refusal]]:
    opens = next(each for each in plan(alone, last) if ACTS[each.act.act].opens_case)
    below = InMemory(story=alone, agreement=agreement)
    play(dataclasses.replace(alone, people=()), below.do, last)
    answer = below.do(command_of(opens), None, opens.at)
    assert isinstance(answer, Refusal), "the floor refuses every proposal"
    yield opens.act.act, answer
    above = InMemory(story=alone, agreement=_as_if_answered(agreement))
    play(alone, above.do, last)
    yield from above.refused


def _reasons(refusal: Refusal, laws: Mapping[str, str]) -> Iterator[tuple[object, Asked, str]]:
    verdicts = {f"policy.{each.value}" for each in Verdict}  # said rule by rule below
    for reason in refusal.reasons:
        if reason.code not in verdicts:
            row = Asked(message=reason, rule=None, law="", people={})
            yield (reason.code, str(reason.parameters)), row, "refused"
    for rule in refusal.screening.answers if refusal.screening else ():
        if rule.result in WANTING:
            row = Asked(message=None, rule=rule, law=laws.get(rule.id, ""), people={})
            yield rule.id, row, rule.result.value


def _as_if_answered(agreement: Agreement) -> Agreement:
    parts = [part for each in floor(agreement) for part in each.missing]
    return dataclasses.replace(agreement, answers={**agreement.answers, **dict.fromkeys(parts, UNSAID)})
