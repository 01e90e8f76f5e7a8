"""Counsel of a case, and the claims that somebody's detention is wrongful.

A claim pauses nothing: no clock, period or permission of either state reads one before it is decided. Once upheld it
has a remedy with a deadline, and a span that is never payable.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from habeas.core.case import Case, Of
from habeas.core.days import Span, by_age
from habeas.core.entries import Actor, Body, Entry, Role
from habeas.core.entries import claims as on_record
from habeas.core.entries.custody import ReturnDue
from habeas.core.messages import Message

DECIDED_WITHIN = timedelta(days=14)
"""From when a claim came in at the public desk, the time to find its case included: our own."""

AGES = (3, 15, 31)
"""Days from which an open claim stands in the next band of age in public."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One claim of a case, with what both states said to it and how it ended."""

    made: Of[on_record.DetentionClaimed]
    answers: tuple[Of[on_record.ClaimAnswered], ...]
    decided: Of[on_record.ClaimDecided] | None

    @property
    def answered_at(self) -> datetime | None:
        """When a state had answered, on record; or when nothing was left to answer."""
        return min((each.known_at for each in (*self.answers, self.decided) if each), default=None)

    def age(self, at: datetime) -> timedelta:
        """How long ago it came in, at the public desk or in the case."""
        return at - (self.made.body.lodged_at or self.made.recorded_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class AtDesk:
    """A claim that came in at the public desk: its stream, and where it went once somebody found the case."""

    id: str
    made: on_record.ClaimLodged
    lodged_at: datetime
    linked: on_record.ClaimLinked | None

    @property
    def due_at(self) -> datetime:
        """By when it must be decided, the time to find the case included."""
        return self.lodged_at + DECIDED_WITHIN

    def in_case(self, said: str) -> on_record.DetentionClaimed:
        """The claim as it stands in the case, with what both states may read of it."""
        return on_record.DetentionClaimed(
            ground=self.made.ground,
            said=said,
            asks=self.made.asks,
            unlawful_since_on=self.made.unlawful_since_on,
            lodged_at=self.lodged_at,
            lodged=self.id,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class UnlawfulSpan:
    """A stretch of custody that a claim was upheld for: none of its days is payable, whenever it is found. `claim` and
    `decided` are the ids of the entries, `known_at` when the decision counts from."""

    span: Span
    claim: str
    decided: str
    known_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Claims as public numbers. `open_by_age` has the bands of `AGES`; `unanswered` are those open to which no state
    has said anything."""

    made: int
    open_by_age: Mapping[str, int]
    upheld: int
    partly: int
    dismissed: int
    unanswered: int


def counsel_of(case: Case) -> tuple[str, ...]:
    """The accounts of those who speak for the person now, in the order in which they were named."""
    ended = {each.body.named for each in case.all(on_record.CounselEnded)}
    named = (each.body.counsel for each in case.all(on_record.CounselNamed) if each.id not in ended)
    return tuple(dict.fromkeys(named))


def claims(case: Case) -> tuple[Claim, ...]:
    """Every claim of a case, in register order."""
    decided = {each.body.claim: each for each in reversed(case.all(on_record.ClaimDecided))}  # the first stands
    answers = case.all(on_record.ClaimAnswered)
    return tuple(
        Claim(
            made=each,
            answers=tuple(answer for answer in answers if answer.body.claim == each.id),
            decided=decided.get(each.id),
        )
        for each in case.all(on_record.DetentionClaimed)
    )


def at_desk(entries: Iterable[Entry]) -> tuple[AtDesk, ...]:
    """The claims of the public desk in these entries, in the order in which they came."""
    found: dict[str, AtDesk] = {}
    for each in entries:
        if isinstance(each.body, on_record.ClaimLodged):
            found[each.stream] = AtDesk(id=each.stream, made=each.body, lodged_at=each.recorded_at, linked=None)
        elif isinstance(each.body, on_record.ClaimLinked) and each.stream in found:
            found[each.stream] = replace(found[each.stream], linked=each.body)
    return tuple(found.values())


def open_claims(case: Case) -> tuple[Claim, ...]:
    return tuple(each for each in claims(case) if each.decided is None)


def remedies(case: Case) -> tuple[Of[on_record.ClaimDecided], ...]:
    """The decisions for which somebody must be released or brought back."""
    return tuple(each.decided for each in claims(case) if each.decided and each.decided.body.remedy)


def release_due(case: Case) -> Of[on_record.ClaimDecided] | None:
    """The decision by which the person must be released first, if any."""
    found = [each for each in remedies(case) if each.body.remedy is on_record.Remedy.RELEASE and each.body.due_at]
    return min(found, key=lambda each: each.body.due_at or each.known_at, default=None)


def unlawful_spans(case: Case) -> tuple[UnlawfulSpan, ...]:
    """What the ledger never counts as payable, in the order in which it was decided."""
    return tuple(
        UnlawfulSpan(
            span=Span(from_at=body.unlawful_from_at, until_at=body.unlawful_until_at),
            claim=body.claim,
            decided=each.decided.id,
            known_at=each.decided.known_at,
        )
        for each in claims(case)
        if each.decided is not None
        for body in (each.decided.body,)
        if body.unlawful_from_at is not None
    )


def return_ordered(body: Body, ordered_by: str) -> tuple[Body, ...]:
    """What goes on record with a decision that orders a return: that it is due."""
    if isinstance(body, on_record.ClaimDecided) and body.remedy is on_record.Remedy.RETURN and body.due_at is not None:
        return (ReturnDue(due_at=body.due_at, because=body.reasons, ordered_by=ordered_by),)
    return ()


def counts(cases: Iterable[Case], at: datetime, waiting_at_desk: Iterable[datetime] = ()) -> Counts:
    """The public numbers of claims at `at`. `waiting_at_desk`: when each came in that no case is known for yet."""
    known = [each for case in cases for each in claims(case) if each.made.recorded_at <= at]
    ended = [each.decided.body.outcome for each in known if each.decided and each.decided.recorded_at <= at]
    still = [each for each in known if not each.decided or each.decided.recorded_at > at]
    desk = [at - each for each in waiting_at_desk if each <= at]
    silent = [each for each in still if each.answered_at is None or each.answered_at > at]
    return Counts(
        made=len(known) + len(desk),
        open_by_age=by_age([*(each.age(at) for each in still), *desk], AGES),
        upheld=ended.count(on_record.ClaimOutcome.UPHELD),
        partly=ended.count(on_record.ClaimOutcome.PARTLY),
        dismissed=ended.count(on_record.ClaimOutcome.DISMISSED),
        unanswered=len(silent) + len(desk),
    )


def against_ending(body: Body, actor: Actor, case: Case) -> Iterator[Message]:
    """Counsel may lay down their own mandate, and nobody else's."""
    named = {each.id: each.body.counsel for each in case.all(on_record.CounselNamed)}
    if actor.role is Role.COUNSEL and named.get(str(getattr(body, "named", ""))) != actor.account:
        yield Message("policy.not_your_mandate", {})


def against_deciding(body: Body, actor: Actor, case: Case) -> Iterator[Message]:
    """A claim is decided once; upheld it says what was unlawful and what must be done by when, dismissed neither."""
    assert isinstance(body, on_record.ClaimDecided)
    if body.claim in {each.body.claim for each in case.all(on_record.ClaimDecided)}:
        yield Message("policy.claim_decided", {})
    upheld = body.outcome is not on_record.ClaimOutcome.DISMISSED
    if upheld is not (body.unlawful_from_at is not None) or (not upheld and body.unlawful_until_at):
        yield Message("policy.claim_unlawful_from", {})
    if body.unlawful_from_at and body.unlawful_until_at and body.unlawful_until_at <= body.unlawful_from_at:
        yield Message("policy.span_reversed", {})
    must, may_have = body.outcome is on_record.ClaimOutcome.UPHELD, upheld
    has = body.remedy is not None
    if has is not (body.due_at is not None) or (must and not has) or (has and not may_have):
        yield Message("policy.claim_remedy", {})


def against_postponing(body: Body, actor: Actor, case: Case) -> Iterator[Message]:
    """The day of return that a bench set is moved back by a bench only."""
    bench = {Role.REVIEWER, Role.COURT}
    set_by_bench = [each for each in case.all(ReturnDue) if each.entry.actor.role in bench]
    assert isinstance(body, ReturnDue)
    if actor.role not in bench and any(body.due_at > each.body.due_at for each in set_by_bench[-1:]):
        yield Message("policy.return_ordered", {"due_at": set_by_bench[-1].body.due_at})
