"""Who has the person, where, and since when: promise 1 as a computation over a case's entries.

Spans are computed from the corrected `occurred_at`; two entries of the same moment keep register order.
"""

import dataclasses
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from habeas.core.case import Case, Of, kept
from habeas.core.days import Span
from habeas.core.entries import Entry, procedure
from habeas.core.entries import custody as held

SEEN_THERE = (held.Arrived, held.ArrivedUnannounced, held.Admitted, held.RollEntered)
PRESENCE = (*SEEN_THERE, held.Moved)
LEAVING = (held.RefusedAtDoor, held.Released, held.Returned, held.TransferredOn, held.Died, held.Escaped)
ENDS = (held.Released, held.Returned, held.TransferredOn, held.Died, procedure.ProposalWithdrawn)
SERVED = (procedure.NoticeServed, procedure.DecisionServed)
SIGNS_OF_LIFE = (*SEEN_THERE, *SERVED, held.HandoverAccepted, held.Returned, held.Released)


@dataclass(frozen=True, slots=True, kw_only=True)
class Custody:
    """Who answers for the person at a moment. `contested_with` is the other party when the custody is
    contested; `answers` still answers."""

    answers: str
    since_at: datetime
    contested_with: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stint(Span):
    """A stretch in one facility, half-open; `until_at` is None while it lasts. The stay that it is part of began
    at `stay_from_at`: a move between facilities of the receiving state goes on with the stay, and so does an escape."""

    facility: str
    stay_from_at: datetime
    began_with: str  # entry id


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """How a case ended. Not `confirmed`: by the holder's word alone."""

    entry: Entry
    confirmed: bool

    @property
    def kind(self) -> str:
        return self.entry.kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Contest(Span):
    """Custody both named and contested: the handover stayed unanswered for too long after arrival."""

    began_with: str  # entry id


@kept
def in_time_order(case: Case) -> tuple[Entry, ...]:
    return tuple(sorted(case.entries, key=lambda each: (each.occurred_at, each.index)))


def offers(case: Case) -> dict[str, Of[held.HandoverOffered]]:
    return {each.id: each for each in case.all(held.HandoverOffered)}


def answer_to(case: Case, offer_id: str) -> Entry | None:
    """The entry that first answered an offer, or None while it is open."""
    answers = [
        *(each.entry for each in case.all(held.HandoverAccepted) if each.body.offer == offer_id),
        *(each.entry for each in case.all(held.HandoverRefused) if each.body.offer == offer_id),
    ]
    return min(answers, key=lambda each: each.index, default=None)


def open_offer(case: Case) -> Of[held.HandoverOffered] | None:
    """The latest offer that nobody has answered."""
    unanswered = [each for each in case.all(held.HandoverOffered) if answer_to(case, each.id) is None]
    return unanswered[-1] if unanswered else None


def is_outward(case: Case, offer: Of[held.HandoverOffered]) -> bool:
    """Whether an offer leads away from the sending state. Nothing bars a return."""
    return offer.body.to_party != case.sending


@kept
def effective_acceptances(case: Case) -> tuple[tuple[datetime, str, Entry], ...]:
    """(moment, party, entry) for each accepted handover, in the order of time.

    An acceptance counts only against an offer to that party which came first, and only once.
    """
    known, found = offers(case), []
    for each in case.all(held.HandoverAccepted):
        offer = known.get(each.body.offer)
        if offer is None or each.entry.actor.party != offer.body.to_party:
            continue
        if answer_to(case, offer.id) is each.entry:
            found.append((max(each.occurred_at, offer.occurred_at), offer.body.to_party, each.entry))
    return tuple(sorted(found, key=lambda item: (item[0], item[2].index)))


def first_holder(case: Case) -> str:
    """Who answers when the case opens: the sending state, or whoever has the person at the door."""
    return case.receiving if isinstance(case.opening.body, held.ArrivedUnannounced) else case.sending


def custody(case: Case, at: datetime, contested_after: timedelta) -> Custody | None:
    """Who answers at a moment; None before the case opened and after it ended."""
    ended = end(case)
    if at < case.opening.occurred_at or (ended is not None and at >= ended.entry.occurred_at):
        return None
    answers, since = answering(case, at)
    contested = any(each.holds(at) for each in contests(case, contested_after))
    other = case.receiving if answers == case.sending else case.sending
    return Custody(answers=answers, since_at=since, contested_with=other if contested else None)


def answering(case: Case, at: datetime) -> tuple[str, datetime]:
    """The party that answers for the person at a moment, or answered last, and since when."""
    answers, since = first_holder(case), case.opening.occurred_at
    for moment, party, _ in effective_acceptances(case):
        if moment <= at and party != answers:
            answers, since = party, max(moment, since)
    return answers, since


@kept
def departures(case: Case) -> tuple[Entry, ...]:
    """Each time that the person left on a journey to the other state, in the order of time."""
    return tuple(
        each
        for each in in_time_order(case)
        if isinstance(each.body, held.DepartedUnproposed)
        or (isinstance(each.body, held.Departed) and each.body.outward)
    )


@kept
def stints(case: Case) -> tuple[Stint, ...]:
    """Where the person was held under this case, stretch by stretch.

    Whoever is reported at a facility is there until a later entry says that they left it. A stint that ends as
    it begins stays on record as a moment's stay.
    """
    found: list[Stint] = []
    stay_from_at: datetime | None = None
    leaving = _leaving(case)
    for entry in in_time_order(case):
        body: Any = entry.body
        facility, at = str(body.facility) if isinstance(body, PRESENCE) else None, entry.occurred_at
        current = found[-1] if found and found[-1].until_at is None else None
        if facility is None and entry.id not in leaving:
            continue
        if current is not None and current.facility != facility:
            found[-1] = dataclasses.replace(current, until_at=at)
        if facility is None:
            stay_from_at = stay_from_at if isinstance(body, held.Escaped) else None
            continue
        stay_from_at = stay_from_at or at
        if current is None or current.facility != facility:
            found.append(Stint(facility=facility, stay_from_at=stay_from_at, from_at=at, began_with=entry.id))
    return tuple(found)


def stay_began_at(case: Case) -> datetime | None:
    """When the present stay in the receiving state began; None when the person is on no roll."""
    return next((each.stay_from_at for each in stints(case) if each.until_at is None), None)


def has_left(case: Case) -> bool:
    """Whether the person has left the sending state's hands, and neither a refusal at the door nor a return has
    put them back there."""
    taken = {entry.id: party for _, party, entry in effective_acceptances(case)}
    known, left = offers(case), False
    for entry in in_time_order(case):
        match entry.body:
            case held.Departed(outward=True) | held.DepartedUnproposed():
                left = True
            case body if isinstance(body, PRESENCE):
                left = True
            case held.HandoverAccepted() if entry.id in taken:
                left = taken[entry.id] != case.sending
            case held.HandoverRefused(offer=offer) if offer in known and is_outward(case, known[offer]):
                left = False
            case held.Returned() | held.RefusedAtDoor():
                left = False
    return left


def on_roll(case: Case, at: datetime) -> str | None:
    """The facility on whose roll the person stands at a moment."""
    return next((each.facility for each in stints(case) if each.holds(at)), None)


@kept
def end(case: Case) -> End | None:
    """How the case ended, unless a later sign of the person contradicts it."""
    last_end: Entry | None = None
    for entry in in_time_order(case):
        if isinstance(entry.body, ENDS):
            last_end = entry
        elif isinstance(entry.body, (*PRESENCE, held.HandoverAccepted)):
            last_end = None
    return End(entry=last_end, confirmed=confirmed_by(case, last_end) is not None) if last_end else None


def last_seen(case: Case, at: datetime) -> Entry | None:
    """The latest entry before `at` in which somebody saw the person alive."""
    seen = [each for each in in_time_order(case) if each.occurred_at <= at and (isinstance(each.body, SIGNS_OF_LIFE))]
    return seen[-1] if seen else None


@kept
def contests(case: Case, contested_after: timedelta) -> tuple[Contest, ...]:
    """Each stretch in which facilities of the receiving state had the person although no handover was accepted
    for longer than `contested_after`, counted from the first arrival of the stay. It lasts until the record has
    the acceptance."""
    if isinstance(case.opening.body, held.ArrivedUnannounced):
        return ()
    found = []
    for stint in _joined_by_moves(stints(case)):
        begins = max(stint.from_at, stint.stay_from_at + contested_after)
        until = _contest_ends(case, stint)
        if until is None or begins < until:
            found.append(Contest(from_at=begins, until_at=until, began_with=stint.began_with))
    return tuple(found)


def _joined_by_moves(held: tuple[Stint, ...]) -> list[Stint]:
    joined: list[Stint] = []
    for each in held:
        if joined and (joined[-1].until_at, joined[-1].stay_from_at) == (each.from_at, each.stay_from_at):
            joined[-1] = dataclasses.replace(joined[-1], until_at=each.until_at)
        else:
            joined.append(each)
    return joined


def _contest_ends(case: Case, stint: Stint) -> datetime | None:
    known = sorted((max(moment, entry.recorded_at), party) for moment, party, entry in effective_acceptances(case))
    before = [party for held_from, party in known if held_from <= stint.from_at]
    if (before[-1] if before else first_holder(case)) == case.receiving:
        return stint.from_at
    accepted = [since for since, party in known if since > stint.from_at and party == case.receiving]
    ends = [*accepted, *([stint.until_at] if stint.until_at else [])]
    return min(ends, default=None)


def _leaving(case: Case) -> frozenset[str]:
    """The ids of the entries after which the person is not in the facility any more."""
    known = offers(case)
    refused = (each for each in case.all(held.HandoverRefused) if each.body.offer in known)
    return frozenset(
        [
            *(each.id for body in LEAVING for each in case.all(body)),
            *(each.id for each in case.all(held.Departed) if not each.body.outward),
            *(each.id for each in refused if is_outward(case, known[each.body.offer])),
            *(entry.id for _, party, entry in effective_acceptances(case) if party == case.sending),
        ]
    )


def confirmed_by(case: Case, ended: Entry) -> Entry | None:
    """The entry by which somebody other than the party that reported the end has confirmed it, in whatever way. A
    return whose handover both sides signed, and a proposal withdrawn, need no further word than their own."""
    confirmations = [each.entry for each in case.all(held.EndConfirmed) if each.body.ended == ended.id]
    by_another = [each for each in confirmations if each.actor.party != ended.actor.party]
    taken = [party for moment, party, _ in effective_acceptances(case) if moment <= ended.occurred_at]
    was_handed_over = isinstance(ended.body, held.Returned) and taken[-1:] == [case.sending]
    needs_no_word = was_handed_over or isinstance(ended.body, procedure.ProposalWithdrawn)
    return ended if needs_no_word else next(iter(by_another), None)
