"""What ICPPED article 18(1) says that relatives, representatives and counsel get at the least, and nothing else.

The list is that of the article, (a) to (g). Grounds, the unit that arrested, facts and allegations are not on it and
never come out here. What was not recorded is said to be so.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeAlias

from habeas.core.case import Case
from habeas.core.context import Context
from habeas.core.custody import (
    LEAVING,
    Stint,
    custody,
    effective_acceptances,
    end,
    in_time_order,
    is_outward,
    offers,
    stints,
)
from habeas.core.entries import Entry, Unstated
from habeas.core.entries import custody as held
from habeas.core.entries.procedure import Proposed
from habeas.core.titles import titles_in_force

OF_ADMISSION = tuple(
    """
    arrested_at arrested_where care_needed commitment_authority facility health supervising_authority visible_injuries
    """.split()
)
"""The fields of a book-in that article 18(1) lists: no others stand in its receipt for relatives."""

Value: TypeAlias = str | StrEnum | datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Disclosed:
    """One element of the answer: the letter of article 18(1), the code of its label, and what the record has.

    A `value` is a text, an answer of a list, a moment in UTC, `Unstated` for "not known" and "refused to say", or None
    for "not recorded". `entries` are the ids of those on which it rests, with corrections applied.
    """

    letter: str
    code: str
    value: Value
    entries: tuple[str, ...]


def disclosure(case: Case, context: Context, at: datetime) -> tuple[Disclosed, ...]:
    """Everything that article 18(1) lists, as the record has it at `at`, in the order of the article."""
    return tuple(
        Disclosed(letter=letter, code=f"disclosure.{code}", value=value, entries=tuple(each.id for each in resting_on))
        for letter, part in PARTS
        for code, value, *resting_on in part(case, context, at)
    )


_Rows: TypeAlias = "Iterator[tuple[str, Value, *tuple[Entry, ...]]]"
_Part: TypeAlias = "Callable[[Case, Context, datetime], _Rows]"


def _ordered_by(case: Case, context: Context, at: datetime) -> _Rows:
    admitted = case.last(held.Admitted)
    states = {context.state_of(case.sending), context.state_of(case.receiving)}
    titles = [each for state in sorted(states) for each in titles_in_force(case, state, at)]
    yield from (("ordered_by", each.body.authority, each.entry) for each in titles)
    if admitted is not None:
        yield "committed_by", admitted.body.commitment_authority, admitted.entry
    elif not titles:
        yield "ordered_by", None


def _deprived_and_admitted(case: Case, context: Context, at: datetime) -> _Rows:
    last = case.last(held.Admitted)
    if last is None:
        yield from ((code, None) for code in ("arrested_at", "arrested_where", "admitted_at", "admitted_to"))
        return
    yield "arrested_at", last.body.arrested_at, last.entry
    yield "arrested_where", last.body.arrested_where, last.entry
    yield "admitted_at", last.occurred_at, last.entry
    yield "admitted_to", context.facility_name(last.body.facility), last.entry


def _supervised_by(case: Case, context: Context, at: datetime) -> _Rows:
    """Who answers for the person; once the case has ended, who did until then."""
    ended, admitted = end(case), case.last(held.Admitted)
    until = at if ended is None else min(at, ended.entry.occurred_at - timedelta(microseconds=1))
    now = custody(case, until, context.periods.contested_after)
    if now is None:
        yield "supervised_by", None
        return
    signed = [entry for moment, _, entry in effective_acceptances(case) if moment <= until]
    began_with = signed[-1] if signed else case.opening.entry
    yield "supervised_by", context.name_of(now.answers), began_with
    if now.contested_with is not None:
        yield "contested_with", context.name_of(now.contested_with), began_with
    if admitted is not None:
        yield "supervised_there_by", admitted.body.supervising_authority, admitted.entry


def _whereabouts(case: Case, context: Context, at: datetime) -> _Rows:
    here = next((each for each in stints(case) if each.holds(at)), None)
    if here is not None:
        yield from _in_a_facility(case, context, here)
        return
    since = [each for each in in_time_order(case) if _tells_where(case, each) and each.occurred_at <= at]
    answers = custody(case, at, context.periods.contested_after)
    match since[-1].body if since else case.opening.body:
        case Proposed(held_at=place):
            yield "whereabouts", place, case.opening.entry
        case held.Departed(destination=place) | held.DepartedUnproposed(destination=place):
            yield "departed_at", since[-1].occurred_at, since[-1]
            yield "destination", place, since[-1]
            yield "transfer_answered_by", context.name_of(answers.answers) if answers else None, since[-1]
        case held.TransferredOn(destination=place, authority=authority):
            yield "departed_at", since[-1].occurred_at, since[-1]
            yield "destination", place, since[-1]
            yield "transfer_answered_by", authority, since[-1]
        case held.Returned(place=place):
            yield "whereabouts", place, since[-1]
            yield "there_since", since[-1].occurred_at, since[-1]
        case held.HandoverAccepted(offer=offer) | held.HandoverRefused(offer=offer):
            yield "whereabouts", offers(case)[offer].body.place, offers(case)[offer].entry, since[-1]
            yield "there_since", since[-1].occurred_at, since[-1]
        case held.Escaped():
            yield "whereabouts", Unstated.NOT_KNOWN, since[-1]
        case held.RefusedAtDoor():
            yield "whereabouts", None, since[-1]
        case _:  # released, or dead: (e) and (g) say where
            return


def _in_a_facility(case: Case, context: Context, here: Stint) -> _Rows:
    began_with = case.entry(here.began_with)
    assert began_with is not None
    yield "whereabouts", context.facility_name(here.facility), began_with
    yield "there_since", here.from_at, began_with
    absences = [each for each in in_time_order(case) if isinstance(each.body, held.AbsenceBegan | held.AbsenceEnded)]
    match absences[-1] if absences else None:
        case Entry(body=held.AbsenceBegan(absence=absence, where=where), occurred_at=moment) as away:
            if moment >= here.from_at:
                yield "away_at", absence, away
                yield "away_where", where, away
                yield "away_since", moment, away


_MOVES = (held.DepartedUnproposed, held.Departed, *LEAVING)


def _tells_where(case: Case, entry: Entry) -> bool:
    """Whether an entry says where somebody is who is in no facility."""
    match entry.body:
        case body if isinstance(body, _MOVES):
            return True
        case held.HandoverRefused(offer=offer) if offer in offers(case):
            return is_outward(case, offers(case)[offer])
        case held.HandoverAccepted():
            taken = {each.id: party for _, party, each in effective_acceptances(case)}
            return taken.get(entry.id) == case.sending
    return False


def _released(case: Case, context: Context, at: datetime) -> _Rows:
    last = case.last(held.Released)
    yield ("released_at", last.occurred_at, last.entry) if last else ("released_at", None)
    yield ("released_where", last.body.place, last.entry) if last else ("released_where", None)


def _health(case: Case, context: Context, at: datetime) -> _Rows:
    last = case.last(held.Admitted)
    if last is None:
        yield "health", None
    else:
        yield "health", last.body.health, last.entry
        yield "visible_injuries", last.body.visible_injuries, last.entry
        yield "care_needed", last.body.care_needed, last.entry
    for each in case.all(held.Injured):
        yield "injury", each.body.injury, each.entry
        yield "injured_at", each.occurred_at, each.entry


def _death(case: Case, context: Context, at: datetime) -> _Rows:
    for each in case.all(held.Died):
        yield "died_at", each.occurred_at, each.entry
        yield "death_circumstances", each.body.circumstances, each.entry
        yield "death_cause", each.body.cause, each.entry
        yield "remains", each.body.remains, each.entry


_IN_ORDER = (_ordered_by, _deprived_and_admitted, _supervised_by, _whereabouts, _released, _health, _death)
PARTS: tuple[tuple[str, _Part], ...] = tuple(zip("abcdefg", _IN_ORDER, strict=True))
