"""Titles: the legal basis to detain, day by day (promise 2)."""

from datetime import date, datetime

from habeas.core.case import Case, Of
from habeas.core.context import Context
from habeas.core.custody import effective_acceptances, end, first_holder, started_at, stints
from habeas.core.days import Span, covers, day_span, days_touched
from habeas.core.entries.procedure import TitleEnded, TitleRecorded


def title_span(case: Case, title: Of[TitleRecorded]) -> Span:
    """From when until when a title holds, cut short by an entry that ends it."""
    ended = [each.occurred_at for each in case.all(TitleEnded) if each.body.title == title.id]
    ends = [*ended, *([title.body.valid_until_at] if title.body.valid_until_at else [])]
    return Span(from_at=title.body.valid_from_at, until_at=min(ends, default=None))


def titles_in_force(case: Case, state: str, at: datetime) -> tuple[Of[TitleRecorded], ...]:
    """The titles of one state that hold at a moment."""
    return tuple(
        each for each in case.all(TitleRecorded) if each.body.state == state and title_span(case, each).holds(at)
    )


def title_ends_at(case: Case, state: str, at: datetime) -> datetime | None:
    """When the last title now in force in that state runs out; None when none is, or none ends."""
    ends = [title_span(case, each).until_at for each in titles_in_force(case, state, at)]
    return None if not ends or None in ends else max(each for each in ends if each is not None)


def places_of_custody(case: Case, context: Context) -> tuple[tuple[Span, str, str], ...]:
    """(span, state, time zone) for the whole time in custody, without gap or overlap.

    On a facility's roll the place is the facility's state; otherwise it is the state of whoever answers.
    """
    ended = end(case)
    whole = Span(from_at=started_at(case), until_at=ended.entry.occurred_at if ended else None)
    default_zone = context.zone(case.facility)
    found: list[tuple[Span, str, str]] = []
    reached = whole.from_at
    for stint in stints(case):
        held = stint.span.clipped(whole)
        if held is None or held.from_at < reached:
            continue
        found += _outside(case, context, Span(from_at=reached, until_at=held.from_at), default_zone)
        facility = context.facility(stint.facility)
        state = facility.state if facility else context.state_of(case.receiving)
        found.append((held, state, context.zone(stint.facility)))
        if held.until_at is None:
            return tuple(found)
        reached = held.until_at
    found += _outside(case, context, Span(from_at=reached, until_at=whole.until_at), default_zone)
    return tuple(found)


def untitled_days(case: Case, context: Context, at: datetime) -> tuple[date, ...]:
    """Each local day before `at` of which some part in custody had no title in the place of custody.

    A title that the record took only after a day was over does not make that day lawful.
    """
    found: set[date] = set()
    for span, state, zone in places_of_custody(case, context):
        for day in days_touched(span, zone, at):
            whole = day_span(day, zone)
            part = span.clipped(whole)
            if part is not None and not covers(_known_titles(case, state, whole), _until(part, at)):
                found.add(day)
    return tuple(sorted(found))


def _known_titles(case: Case, state: str, day: Span) -> list[Span]:
    return [
        title_span(case, each)
        for each in case.all(TitleRecorded)
        if each.body.state == state and day.until_at is not None and each.recorded_at < day.until_at
    ]


def _until(part: Span, at: datetime) -> Span:
    end_at = at if part.until_at is None else min(part.until_at, at)
    return Span(from_at=part.from_at, until_at=end_at)


def _outside(case: Case, context: Context, span: Span, zone: str) -> list[tuple[Span, str, str]]:
    """The stretches of `span`, in which the person is on no roll, by the state of whoever answers."""
    if span.until_at is not None and span.until_at <= span.from_at:
        return []
    found, reached, holder = [], span.from_at, first_holder(case)
    for moment, party, _ in effective_acceptances(case):
        if moment > reached and (span.until_at is None or moment < span.until_at):
            found.append((Span(from_at=reached, until_at=moment), context.state_of(holder), zone))
            reached = moment
        if span.until_at is None or moment < span.until_at:
            holder = party
    found.append((Span(from_at=reached, until_at=span.until_at), context.state_of(holder), zone))
    return found
