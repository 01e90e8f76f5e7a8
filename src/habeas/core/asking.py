"""Enquiries of people outside: what each state answered, who still owes an answer, and how many in public.

A state answers for itself, so an enquiry stays open until each of those asked has answered it or rejected it with
a reason.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from itertools import groupby

from habeas.core.case import Case
from habeas.core.days import by_age
from habeas.core.entries import Actor, Body, Entry, Role, specs
from habeas.core.entries.asking import Answer, ConsularWishStated, EnquiryAnswered, EnquiryMade, EnquiryRejected
from habeas.core.messages import Message

OFFICERS = frozenset({Role.SENDING_OFFICER, Role.RECEIVING_OFFICER})
"""Who answers for a state."""

NEUTRAL = frozenset({Role.MONITOR, Role.REVIEWER})
"""Who may read who asked: of neither executive."""

AGES = (3, 8, 31)
"""Days from which an open enquiry stands in the next band of age in public."""


class State(StrEnum):
    """Where an enquiry stands."""

    OPEN = "open"
    ANSWERED = "answered"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Enquiry:
    """One enquiry. `replies` is the last answer or rejection of each party that gave one."""

    id: str
    made: EnquiryMade
    made_at: datetime
    replies: Mapping[str, Entry]

    @property
    def owed_by(self) -> tuple[str, ...]:
        """The parties that have neither answered nor rejected it."""
        return tuple(each for each in self.made.asked_of if each not in self.replies)

    def may_be_read_by(self, actor: Actor) -> bool:
        """Whether it was asked of this account's state, or the account is of neither."""
        return actor.role in NEUTRAL or (actor.role in OFFICERS and actor.party in self.made.asked_of)

    def waits_for(self, actor: Actor) -> bool:
        """Whether an answer of this account's state is wanted; for those who watch, of any."""
        wanted = self.owed_by if actor.role in NEUTRAL else {actor.party}.intersection(self.owed_by)
        return bool(wanted) and self.may_be_read_by(actor)

    @property
    def answers(self) -> Mapping[str, Entry]:
        """The last answer of each party whose last reply was one."""
        return {party: each for party, each in self.replies.items() if isinstance(each.body, EnquiryAnswered)}

    @property
    def cases(self) -> tuple[str, ...]:
        """The cases that these answers name."""
        named = (getattr(each.body, "case", None) for each in self.answers.values())
        return tuple(dict.fromkeys(each for each in named if each))

    @property
    def state(self) -> State:
        if self.owed_by:
            return State.OPEN
        rejected = any(isinstance(each.body, EnquiryRejected) for each in self.replies.values())
        return State.REJECTED if rejected else State.ANSWERED

    def is_late(self, at: datetime) -> bool:
        return self.state is State.OPEN and at >= self.made.due_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many enquiries there are, in public and never suppressed: each made is answered, rejected or open, and
    the open ones are counted by age. `late` of the open ones are past their day. `turned_away`: requests that the
    desk did not take because too many came at once."""

    made: int
    answered: int
    rejected: int
    open_by_age: Mapping[str, int]
    late: int
    turned_away: int


def enquiry(entries: Iterable[Entry]) -> Enquiry:
    """An enquiry from the entries of its stream, of which the first made it."""
    first, *later = entries
    assert isinstance(first.body, EnquiryMade)
    replies = {each.actor.party: each for each in later if isinstance(each.body, EnquiryAnswered | EnquiryRejected)}
    return Enquiry(id=first.stream, made=first.body, made_at=first.recorded_at, replies=replies)


def enquiries(entries: Iterable[Entry]) -> tuple[Enquiry, ...]:
    """Every enquiry in these entries, in the order in which they came."""
    ordered = sorted(entries, key=lambda each: (each.stream, each.version))
    found = [enquiry(of_stream) for _stream, of_stream in groupby(ordered, key=lambda each: each.stream)]
    return tuple(sorted(found, key=lambda each: (each.made_at, each.id)))


def counts(entries: Iterable[Entry], at: datetime, *, turned_away: int = 0) -> Counts:
    """What the public is told, from the entries of every enquiry."""
    found = enquiries(entries)
    states = [each.state for each in found]
    return Counts(
        made=len(found),
        answered=states.count(State.ANSWERED),
        rejected=states.count(State.REJECTED),
        open_by_age=by_age((at - each.made_at for each in found if each.state is State.OPEN), AGES),
        late=sum(each.is_late(at) for each in found),
        turned_away=turned_away,
    )


def sees(actor: Actor, entry: Entry, made: Body) -> bool:
    """Whether an entry of the public desk is this account's business, where its role sees the class of a field
    only in what is its own. `made` is the body that began the stream.

    A state's officers see what is sought and their own reply: another state's may speak of a case that they may not
    open. What else came in, and who asked for anything, is for a reviewer (and for the monitor, who sees all).
    """
    if actor.role is Role.REVIEWER:
        return True
    if actor.role not in OFFICERS or not isinstance(made, EnquiryMade) or actor.party not in made.asked_of:
        return False
    return isinstance(entry.body, EnquiryMade) or entry.actor.party == actor.party


def told(entry: Entry, *, kinship_shown: bool) -> tuple[str, ...]:
    """The fields that whoever lodged something may have of an entry of its stream: all that they sent, why it was
    rejected, and what was answered once they have shown that they are a relative. Never the number of a case."""
    is_answer = entry.stream.startswith("enquiry-") and (kinship_shown or isinstance(entry.body, EnquiryRejected))
    if entry.version > 0 and not is_answer:
        return ()
    return tuple(each.name for each in specs(type(entry.body)) if each.refers != "case")


def against_answer(body: Body, today: date) -> Iterator[Message]:
    """What is wrong with an answer in itself: each of the three says something else."""
    assert isinstance(body, EnquiryAnswered)
    wants_case = body.answer is not Answer.NOT_HELD_BY_US
    if wants_case and body.case is None:
        yield Message("asking.name_the_case", {})
    if not wants_case and body.case is not None:
        yield Message("asking.no_case", {})
    if (body.answer is Answer.HELD_UNTIL) != (body.held_until_on is not None):
        yield Message("asking.until_when", {})
    if body.held_until_on is not None and body.held_until_on > today:
        yield Message("asking.not_over", {})


def against_telling(case: Case) -> Iterator[Message]:
    """A consul is told of a person only as that person last said that they wish (Vienna Convention on Consular
    Relations, article 36(1)(b); whoever fled their state may have every reason not to)."""
    said = case.last(ConsularWishStated)
    if said is None or not said.body.consul_to_be_told:
        yield Message("asking.no_consular_wish", {})
