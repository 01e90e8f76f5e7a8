"""What the clocks of law and terms come to for one case: each period that began, when it is due, and when it was met.

A period that protects the person starts at the later of the two times on an entry, a state's duty at the earlier. What
was reported counts from when it happened; what takes effect by being recorded, from its record.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import cast

from habeas.core.case import Case, kept
from habeas.core.case_facts import stated_alone
from habeas.core.clock_rules import COMPUTED, PERIODS, ClockRule, Event, Owner
from habeas.core.context import Context
from habeas.core.custody import answering, confirmed_by, end, in_time_order
from habeas.core.days import Span, days_later
from habeas.core.entries import KINDS, Body, Entry, Role, specs
from habeas.core.entries.procedure import FactRecorded
from habeas.core.facts import CATALOGUE, read_value
from habeas.core.messages import Message
from habeas.core.permissions import ACTS, Sort
from habeas.core.rules import Type
from habeas.core.screening import Known

_REPORTS = tuple(each.body for each in ACTS.values() if each.sort is Sort.REPORT)
_BENCH = frozenset({Role.REVIEWER, Role.COURT})


class Runs(StrEnum):
    """What a clock is: a person's time, or a duty that somebody owes."""

    PERSONS_TIME = "persons_time"
    DUTY = "duty"
    PAUSED = "paused"  # a duty that stands still


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """One period of a case. `owner` is the party that owes the duty; empty for a person's time, and for a duty of those
    who decide outside both executives. Of a clock that is data `rule` says where it comes from, `began` is the id of
    the entry with which it began, and `met_at` when what was due was done, by what was on record then."""

    duty: Message
    runs: Runs
    owner: str
    starts_at: datetime
    due_at: datetime
    case: str
    rule: ClockRule | None = field(default=None, compare=False)
    began: str = field(default="", compare=False)
    met_at: datetime | None = None

    def is_late(self, at: datetime) -> bool:
        """Whether a duty was due before this moment and is not met."""
        return self.runs is Runs.DUTY and at >= self.due_at and self.met_at is None


@kept
def stated(case: Case, context: Context, at: datetime) -> tuple[Clock, ...]:
    """Each period that a clock of the law or of the terms began in a case, those that are over too."""
    rules = (*context.safeguards.clocks, *context.agreement.clocks)
    return tuple(each for rule in rules for each in _of(rule, case, context, at))


def _of(rule: ClockRule, case: Case, context: Context, at: datetime) -> Iterator[Clock]:
    if rule.applies_when:
        known = Known(stated_alone(case, context), context.agreement, at).of(rule.applies_when.facts, {})
        if rule.applies_when.answer({name: each.value for name, each in known.items()}) is False:
            return
    began = [each for event in rule.starts for each in _shown(event, case)]
    found = [(each, clock) for each in began if (clock := _since(each, rule, case, context, at))]
    for each, clock in found:
        later = (other for other, _ in found if other.index > each.index)
        if not (rule.latest and any(other.recorded_at < clock.due_at for other in later)):
            yield clock


def _since(began: Entry, rule: ClockRule, case: Case, context: Context, at: datetime) -> Clock | None:
    runs = Runs.PERSONS_TIME if rule.owner is Owner.PERSON else Runs.DUTY
    starts_at = (min if runs is Runs.DUTY else max)(began.occurred_at, began.recorded_at)
    parties = {Owner.SENDING: case.sending, Owner.RECEIVING: case.receiving}
    owner = answering(case, began.occurred_at)[0] if rule.owner is Owner.HOLDER else parties.get(rule.owner, "")
    due_at = _due_at(rule, case, context, began, starts_at)
    if due_at is None or rule.is_unbound(context.state_of(owner or case.sending), starts_at.date()):
        return None
    for span in _pauses(rule, case, owner):
        if span.from_at < due_at and span.from_at <= at and (span.until_at is None or span.until_at > starts_at):
            runs = runs if span.until_at else Runs.PAUSED
            due_at += max(timedelta(0), (span.until_at or at) - max(span.from_at, starts_at))
    met = [moment for each in rule.stops for moment in _met_at(each, began, case) if moment <= at]
    return Clock(
        duty=Message(f"clock.{rule.id}"),
        runs=runs,
        owner=owner,
        starts_at=starts_at,
        due_at=due_at,
        case=case.id,
        rule=rule,
        began=began.id,
        met_at=min(met, default=None),
    )


def _shown(event: Event, case: Case) -> Iterator[Entry]:
    """The entries of a case that are such an event."""
    recorded = {each.id: each for each in case.recorded} if event.where else {}
    return (each for each in _of_kind(event.kind, case) if event.is_shown_by(each, recorded.get(each.id, each)))


def _of_kind(kind: str, case: Case) -> tuple[Entry, ...]:
    if kind in KINDS:
        body: type[Body] = KINDS[kind]
        return tuple(each.entry for each in case.all(body))
    ended = end(case)
    shown = ended and (ended.entry if kind == "end" else confirmed_by(case, ended.entry))
    return (shown,) if shown else ()


def _due_at(rule: ClockRule, case: Case, context: Context, began: Entry, starts_at: datetime) -> datetime | None:
    if rule.due:
        return cast("datetime | None", getattr(began.body, rule.due))
    ends: list[datetime] = [starts_at + getattr(context.periods, PERIODS[rule.period])] if rule.period else []
    if rule.owner is Owner.PERSON:
        return ends[0]  # the period as it was found, never below the floor
    if rule.hours:
        ends.append(starts_at + timedelta(hours=rule.hours))
    if days := rule.days or rule.working_days:
        states = {"sending": context.state_of(case.sending), "receiving": context.state_of(case.receiving)}
        country = states.get(rule.country, rule.country)
        ends.append(days_later(starts_at, days, context.zone(case.facility), country=country))
    return min(ends)


def _met_at(event: Event, began: Entry, case: Case) -> Iterator[datetime]:
    """When entries ended the period that another began. What answers one entry by name ends no other's."""
    for each in _shown(event, case):
        moment = _counts_from(each)
        refers = {"entry", "end", type(began.body).__name__}
        named = {getattr(each.body, spec.name) for spec in specs(type(each.body)) if spec.refers in refers}
        is_later = (moment, each.index) > (began.occurred_at, began.index)
        if event.kind in COMPUTED or (began.id in named if named else is_later):
            yield moment


def _counts_from(entry: Entry) -> datetime:
    """From when an entry can end a period; of a stated fact that is a moment, that moment."""
    body = entry.body
    if isinstance(body, FactRecorded) and isinstance(body.value, str) and CATALOGUE[body.name].type is Type.MOMENT:
        return cast(datetime, read_value(CATALOGUE[body.name], body.value))
    return entry.occurred_at if isinstance(body, _REPORTS) else max(entry.occurred_at, entry.recorded_at)


def _pauses(rule: ClockRule, case: Case, owner: str) -> Iterator[Span]:
    """When the clock stood still. A pause counts for its owner as late, and ends for them as early, as the entries
    allow; one that they entered themselves counts for nothing."""
    first, last = (max, min) if rule.owner is Owner.PERSON else (min, max)
    pauses, resumes = (
        {each.id for event in events for each in _shown(event, case)} for events in (rule.pauses, rule.resumes)
    )
    since: datetime | None = None
    for entry in in_time_order(case) if pauses else ():
        is_owners = entry.actor.party == owner or (rule.owner is Owner.BENCH and entry.actor.role in _BENCH)
        if since is None and entry.id in pauses and not is_owners:
            since = last(entry.occurred_at, entry.recorded_at)
        elif since is not None and entry.id in resumes:
            yield Span(from_at=since, until_at=first(entry.occurred_at, entry.recorded_at))
            since = None
    if since is not None:
        yield Span(from_at=since)
