"""Each day of each person has one state, one reason and the entries that made it so (promise 6).

A day is payable only when the convention counts it, a title was in force in the place, nothing that it needed was
missing, nobody contested the custody, and somebody saw the person alive on it. What can't be shown stays
in the total as unexplained. The payee's word alone makes no day payable and none disappear.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cached_property
from itertools import groupby, pairwise
from typing import TypeAlias

from habeas.core.case import Case
from habeas.core.claims import unlawful_spans
from habeas.core.context import Context
from habeas.core.custody import (
    SIGNS_OF_LIFE,
    Stint,
    contests,
    effective_acceptances,
    in_time_order,
    is_outward,
    offers,
    stints,
)
from habeas.core.days import Span, day_span, days_touched
from habeas.core.entries import custody as held
from habeas.core.entries.procedure import TitleRecorded
from habeas.core.findings import Finding, findings
from habeas.core.ledger.conventions import Convention, census_span, is_counted, is_there
from habeas.core.procedure import Step, counts_from
from habeas.core.residue import Run, erased, kept_days
from habeas.core.titles import title_span


class State(StrEnum):
    """What a day is to the one who pays."""

    PAYABLE = "payable"
    NOT_PAYABLE = "not_payable"
    DISPUTED = "disputed"
    UNEXPLAINED = "unexplained"


class Reason(StrEnum):
    """Why a day is what it is. The first that applies, in this order, is the day's."""

    REFUSED_AT_DOOR = "refused_at_door"  # the door did not take the person: no day
    NOT_COUNTED = "not_counted"  # the convention does not count it
    ABSENT = "absent"  # out of the building, and the convention counts that as away
    UNTITLED = "untitled"
    UNLAWFUL = "unlawful"  # a claim of wrongful detention was upheld
    AGAINST_ORDER = "against_order"  # brought there against a court's order
    WITHOUT_PERMISSION = "without_permission"
    CONTESTED = "contested"
    UNSIGNED = "unsigned"  # held although the handover was not accepted by the end of the day
    NO_SIGN = "no_sign"  # nobody is on record as having seen the person alive on that day
    SEEN = "seen"


OUTSIDE = (Reason.REFUSED_AT_DOOR, Reason.NOT_COUNTED, Reason.ABSENT)
"""Days that are no person-days under the convention. They stay listed, so that every day on a roll is accounted for."""

STATES: Mapping[Reason, State] = {
    **dict.fromkeys(Reason, State.NOT_PAYABLE),
    Reason.CONTESTED: State.DISPUTED,
    Reason.NO_SIGN: State.UNEXPLAINED,
    Reason.SEEN: State.PAYABLE,
}


_ORDER = tuple(Reason)
_Because: TypeAlias = tuple[Reason, list[str]]
"""A reason with the ids of the entries that give it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """Local dates from `from_on`; `until_on` is the first that is not among them."""

    from_on: date
    until_on: date

    @property
    def count(self) -> int:
        return (self.until_on - self.from_on).days

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and self.from_on <= day < self.until_on

    def __iter__(self) -> Iterator[date]:
        return (self.from_on + timedelta(days=number) for number in range(self.count))


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonDay:
    """One local day of one person. `because` are the ids of the entries that made it so."""

    case: str
    day: date
    facility: str
    zone: str
    reason: Reason
    because: tuple[str, ...]

    @property
    def state(self) -> State:
        return STATES[self.reason]

    @property
    def is_outside(self) -> bool:
        """No person-day under the convention."""
        return self.reason in OUTSIDE

    @property
    def is_withheld(self) -> bool:
        """A person-day that is not payable, or not yet."""
        return self.state is not State.PAYABLE and not self.is_outside


def person_days(
    case: Case, context: Context, period: Days, convention: Convention, at: datetime
) -> tuple[PersonDay, ...]:
    """Every day of the period that this person was on a roll and that was over at `at`, in order."""
    return counted_by(case, context, period, (convention,), at)[0]


def counted_by(
    case: Case, context: Context, period: Days, conventions: Sequence[Convention], at: datetime
) -> tuple[tuple[PersonDay, ...], ...]:
    """The same by each of several conventions, from one reading of the record."""
    gone = erased(case)
    if gone is not None:
        return tuple(tuple(_kept(case.id, kept_days(gone, each.name, at), period)) for each in conventions)
    found = [*_on_a_roll(case, context, period)]
    if not found:
        return tuple(() for _ in conventions)
    after = day_span(period.until_on + timedelta(days=2), "UTC").from_at  # later faults change no day of the period
    record = _Record(case, context, min(at, after))
    days = [_OneDay(record, day, stint, context.zone(stint.facility)) for day, stint in found]
    return tuple(
        tuple(each.judged(convention) for each in days if each.is_over(convention, at)) for convention in conventions
    )


def _kept(case: str, days: Iterable[tuple[date, Run]], period: Days) -> Iterator[PersonDay]:
    """The days of somebody who was erased, as they were counted then; the entries that made them so are gone."""
    for day, run in days:
        if day in period:
            reason = Reason(run.reason)
            yield PersonDay(case=case, day=day, facility=run.facility, zone=run.zone, reason=reason, because=())


def _on_a_roll(case: Case, context: Context, period: Days) -> list[tuple[date, Stint]]:
    """Each local day that a stint touches, with the last stint that touches it: it names the day's time zone."""
    last: dict[date, Stint] = {}
    around = Span(
        from_at=day_span(period.from_on - timedelta(days=1), "UTC").from_at,
        until_at=day_span(period.until_on + timedelta(days=1), "UTC").from_at,
    )
    assert around.until_at is not None
    for stint in stints(case):
        if part := stint.clipped(around):
            last |= dict.fromkeys(days_touched(part, context.zone(stint.facility), around.until_at), stint)
    return [(day, last[day]) for day in sorted(last) if day in period]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wrong(Span):
    """A stretch in which days are not payable, with why."""

    reason: Reason
    because: str


def _wrong(span: Span, reason: Reason, because: str) -> _Wrong:
    return _Wrong(from_at=span.from_at, until_at=span.until_at, reason=reason, because=because)


class _Record:
    """What a case's entries say of all its days, gathered once."""

    def __init__(self, case: Case, context: Context, at: datetime) -> None:
        self.case, self.context = case, context
        self.stints = stints(case)
        found = findings(case, context, at)
        self.untitled = {each.on: each for each in found if each.rule == "untitled_day"}
        self.refused = _refusals(case)
        self.absences = [*_absences(case)]
        self.signs = [each for each in in_time_order(case) if isinstance(each.body, SIGNS_OF_LIFE)]
        self.titles = [(title_span(case, each), each) for each in case.all(TitleRecorded)]
        contested = contests(case, context.periods.contested_after)
        self.wrongs = [
            *self._breaches(found),
            *(_wrong(each, Reason.CONTESTED, each.began_with) for each in contested),
            *(_wrong(each.span, Reason.UNLAWFUL, each.decided) for each in unlawful_spans(case)),
        ]

    def _breaches(self, found: Iterable[Finding]) -> Iterator[_Wrong]:
        """From each act that lacked what it needed, to the end of the stay that it led to, or until what was
        missing was there."""
        for each in found:
            step = _step(each)
            entry = self.case.entry(each.because[0]) if step or each.rule == "stay_breached" else None
            led_to = self._stay_after(entry.occurred_at) if entry else None
            if entry is None or led_to is None:
                continue
            done_at = counts_from(self.case, step, self.context.periods) if step else None
            until_at = done_at if done_at and done_at > entry.occurred_at else None
            if part := Span(from_at=entry.occurred_at, until_at=until_at).clipped(led_to):
                reason = Reason.AGAINST_ORDER if step is None else _LACKING.get(step, Reason.WITHOUT_PERMISSION)
                yield _wrong(part, reason, entry.id)

    def _stay_after(self, at: datetime) -> Span | None:
        """The stay that goes on at a moment, or the first one after it."""
        stays = (self.stay_of(each) for each in self.stints)
        return next((each for each in stays if each.until_at is None or each.until_at > at), None)

    def stay_of(self, stint: Stint) -> Span:
        """From admission to end, through moves and escapes."""
        ends = [each.until_at for each in self.stints if each.stay_from_at == stint.stay_from_at]
        return Span(from_at=stint.stay_from_at, until_at=None if None in ends else max(e for e in ends if e))


_LACKING = {Step.HANDOVER_ACCEPTED: Reason.UNSIGNED}


def _step(found: Finding) -> Step | None:
    """The step that a finding says is missing, if it says so."""
    which = str(found.message.parameters.get("which", ""))
    return Step(which.removeprefix("step.")) if found.rule == "step_missing" else None


def _refusals(case: Case) -> dict[datetime, str]:
    """When a door refused somebody whom nobody had taken in, with the entry."""
    known = offers(case)
    taken = [moment for moment, party, _ in effective_acceptances(case) if party == case.receiving]
    return {
        each.occurred_at: each.id
        for each in case.all(held.HandoverRefused)
        if each.body.offer in known and is_outward(case, known[each.body.offer])
        if not any(moment <= each.occurred_at for moment in taken)
    }


def _absences(case: Case) -> Iterator[tuple[held.Absence, Span, str]]:
    """Each absence from its beginning to the next entry that ends it or begins another."""
    bounds = (held.AbsenceBegan, held.AbsenceEnded, held.Admitted, held.Moved)
    marks = [each for each in in_time_order(case) if isinstance(each.body, bounds)]
    for mark, following in pairwise([*marks, None]):
        if mark and isinstance(mark.body, held.AbsenceBegan):
            until = following.occurred_at if following else None
            yield mark.body.absence, Span(from_at=mark.occurred_at, until_at=until), mark.id


def _first(reasons: Sequence[_Because]) -> _Because:
    """The first reason that applies, with every entry that gives it."""
    first = min((reason for reason, _ in reasons), key=_ORDER.index)
    return first, [id for reason, ids in reasons if reason is first for id in ids]


class _OneDay:
    """One local day of one person, and what the record has of it."""

    def __init__(self, record: _Record, day: date, stint: Stint, zone: str) -> None:
        self.record, self.day, self.stint, self.zone = record, day, stint, zone
        self.span, self.stay = day_span(day, zone), record.stay_of(stint)

    def is_over(self, convention: Convention, at: datetime) -> bool:
        until_at = census_span(convention, self.span, self.zone).until_at
        return until_at is not None and until_at <= at

    def judged(self, convention: Convention) -> PersonDay:
        """The day with the first reason that applies."""
        uncounted = [*self._uncounted(convention)]
        first, because = _first(uncounted) if uncounted else self._counted
        return PersonDay(
            case=self.record.case.id,
            day=self.day,
            facility=self.stint.facility,
            zone=self.zone,
            reason=first,
            because=tuple(dict.fromkeys((self.stint.began_with, *because))),
        )

    def _uncounted(self, convention: Convention) -> Iterator[_Because]:
        """Why it is no day at all."""
        record, stay = self.record, self.stay
        if self.stint.until_at in record.refused:
            yield Reason.REFUSED_AT_DOOR, [record.refused[self.stint.until_at]]
        wanted = census_span(convention, self.span, self.zone)
        here: list[Span] = [*record.stints]
        if not is_counted(convention, self.day, self.zone, stay, here):
            yield Reason.NOT_COUNTED, []
        away = [(span, id) for kind, span, id in record.absences if kind not in convention.absences]
        if not is_there(convention, wanted, here, [span for span, _ in away]):
            yield Reason.ABSENT, [id for span, id in away if span.meets(wanted)]

    @cached_property
    def _counted(self) -> _Because:
        """What it is as a person-day, under every convention that counts it."""
        return _first([*self._unpayable()] or [*self._seen()])

    def _unpayable(self) -> Iterator[_Because]:
        """Why it is not payable, or not yet."""
        if self.day in self.record.untitled:
            yield Reason.UNTITLED, [*self.record.untitled[self.day].because, *self._titles()]
        for wrong in self.record.wrongs:
            # A handover may be accepted later on the day on which somebody came.
            lasts = wrong.reason is not Reason.UNSIGNED or wrong.until_at is None or wrong.until_at >= self._ends_at
            if lasts and wrong.meets(self.span):
                yield wrong.reason, [wrong.because]

    def _seen(self) -> Iterator[_Because]:
        moments = self.span.from_at, self._ends_at
        first, after = (bisect_left(self.record.signs, each, key=lambda sign: sign.occurred_at) for each in moments)
        signs = [each.id for each in self.record.signs[first:after]]
        yield (Reason.SEEN if signs else Reason.NO_SIGN), [*self._titles(), *signs]

    def _titles(self) -> list[str]:
        """The titles of the place's state that touch the day."""
        facility = self.record.context.facility(self.stint.facility)
        titles = ((span, each) for span, each in self.record.titles if facility and each.body.state == facility.state)
        return [each.id for span, each in titles if span.meets(self.span)]

    @property
    def _ends_at(self) -> datetime:
        assert self.span.until_at is not None
        return self.span.until_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many days of one facility have one reason."""

    facility: str
    zone: str
    reason: Reason
    count: int

    @property
    def state(self) -> State:
        return STATES[self.reason]


def tally(days: Iterable[PersonDay]) -> tuple[Tally, ...]:
    """The days by facility and reason, payable ones first. They are all there: nothing is dropped."""
    order = [*reversed(Reason)]

    def key(each: PersonDay) -> tuple[str, str, int]:
        return each.facility, each.zone, order.index(each.reason)

    return tuple(
        Tally(facility=facility, zone=zone, reason=order[which], count=len([*same]))
        for (facility, zone, which), same in groupby(sorted(days, key=key), key)
    )
