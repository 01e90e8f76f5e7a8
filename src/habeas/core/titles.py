"""Titles: the legal basis to detain, day by day (promise 2)."""

from datetime import date, datetime
from itertools import pairwise

from habeas.core.case import Case, Of
from habeas.core.context import Context
from habeas.core.custody import effective_acceptances, end, first_holder, stints
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
    ended, held, taken = end(case), stints(case), effective_acceptances(case)
    whole = Span(from_at=case.opening.occurred_at, until_at=ended.entry.occurred_at if ended else None)
    signed = (moment for moment, _, _ in taken if not any(each.holds(moment) for each in held))
    changes = {whole.from_at, *signed}
    changes |= {moment for each in held for moment in (each.from_at, each.until_at) if moment is not None}
    starts = [moment for moment in sorted(changes) if whole.holds(moment)]
    found = []
    for start, until in pairwise((*starts, whole.until_at)):
        assert start is not None
        here = next((each.facility for each in held if each.holds(start)), None)
        facility = context.facility(here) if here else None
        answers = [first_holder(case), *(party for moment, party, _ in taken if moment <= start)][-1]
        state = facility.state if facility else context.state_of(case.receiving if here else answers)
        found.append((Span(from_at=start, until_at=until), state, context.zone(here or case.facility)))
    return tuple(found)


def untitled_days(case: Case, context: Context, at: datetime) -> tuple[date, ...]:
    """Each local day before `at` of which some part in custody had no title in the place of custody.

    A title that the record took only after a day was over does not make that day lawful.
    """
    found: set[date] = set()
    for span, state, zone in places_of_custody(case, context):
        titles = [(each, title_span(case, each)) for each in case.all(TitleRecorded) if each.body.state == state]
        for day in days_touched(span, zone, at):
            whole = day_span(day, zone)
            known = [held for each, held in titles if whole.until_at and each.recorded_at < whole.until_at]
            part = span.clipped(whole)
            if part and not covers(known, Span(from_at=part.from_at, until_at=min(part.until_at or at, at))):
                found.add(day)
    return tuple(sorted(found))
