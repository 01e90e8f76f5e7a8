"""Whether a person may be erased: every reason against it at once. Erasure must never make anyone vanish.

What is not known speaks against it. No source in the safeguards gives the length of a limitation period (ICPPED article
8 asks that it be long, and that it begin only when the offence ceases): the latest day counts that any notice or any of
the three who agree has stated.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import chain

from habeas.core.case import Case, Of
from habeas.core.claims import counsel_of, open_claims, release_due
from habeas.core.compliance import concerns
from habeas.core.context import Context
from habeas.core.custody import end, on_roll, open_offer, stints
from habeas.core.days import day_of
from habeas.core.entries import Body, Role
from habeas.core.entries import custody as held
from habeas.core.entries import erasure as on_record
from habeas.core.ledger.conventions import SIDE_BY_SIDE
from habeas.core.ledger.due import why_none
from habeas.core.ledger.person_days import Days, State, person_days
from habeas.core.messages import Message
from habeas.core.visibility import before_receiving

NOTICE_BEFORE = timedelta(days=90)
"""From when the later of person and counsel had notice and the file: issue of this register, no law."""

EVER = Days(from_on=date(1990, 1, 1), until_on=date(2200, 1, 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasing:
    """Everything of the person that stands outside one case. `stated` are the periods of the statements issued under
    each case's agreement; `asked_open` counts enquiries, and claims at the public desk, that may be about them;
    `with_others` says that an order in words, or an enquiry, is about them and about somebody else."""

    cases: tuple[tuple[Case, Context], ...]
    stated: tuple[tuple[Days, ...], ...]
    asked_open: int
    with_others: bool


def reasons_against(body: Body, case: Case, known: "Erasing", at: datetime) -> Iterator[Message]:
    """Every reason against a step; against the last, also that a step before it is missing."""
    yield from _anything_open(known, at)
    if isinstance(body, on_record.ErasureNoticed) and not body.file_given:
        yield Message("erasure.file_not_given", {})
    if isinstance(body, on_record.ErasureAgreed | on_record.CaseErased):
        yield from _objected(case)
        yield from _limitation(case, body, at)
    if isinstance(body, on_record.CaseErased):
        yield from _noticed(case, at)
        yield from _agreed(known, case)
        if not body.copies_destroyed:
            yield Message("erasure.copies_kept", {})


def _anything_open(known: Erasing, at: datetime) -> Iterator[Message]:
    """What is open about the person, in any of their cases."""
    for (case, context), stated in zip(known.cases, known.stated, strict=True):
        yield from not_over(case, at)
        yield from _open(case, context, at)
        yield from _days(case, context, stated, at)
    if known.asked_open:
        yield Message("erasure.enquiry_open", {"count": known.asked_open})
    if known.with_others:
        yield Message("erasure.with_others", {})


def agreed_by(case: Case) -> tuple[str, ...]:
    """The parties that have agreed since notice was served, each once, in the order in which they did."""
    return tuple(dict.fromkeys(each.entry.actor.party for each in _agreements(case)))


def not_over(case: Case, at: datetime) -> Iterator[Message]:
    """That a case has not ended, or by the holder's word alone, or in a death: whoever opens it sees that."""
    ended = end(case)
    if case.all(held.Died):
        yield Message("erasure.died", {})
    if ended is None or on_roll(case, at) or open_offer(case):
        yield Message("erasure.not_ended", {"case": case.id[-8:]})
    elif not ended.confirmed:
        yield Message("erasure.holders_word", {"case": case.id[-8:]})
    came_back = ended is not None and isinstance(ended.entry.body, held.Returned)
    was_released = ended is not None and isinstance(ended.entry.body, held.Released | held.Returned)
    if (case.all(held.ReturnDue) and not came_back) or (release_due(case) and not was_released):
        yield Message("erasure.return_due", {"case": case.id[-8:]})


def _open(case: Case, context: Context, at: datetime) -> Iterator[Message]:
    """Claims, findings of the monitor about the person or where they were, and orders of courts."""
    if claims := open_claims(case):
        yield Message("erasure.claim_open", {"count": len(claims)})
    places = {each.facility for each in stints(case)} | {case.facility}
    filed = [
        each
        for each in context.oversight.findings
        if each.superseded is None and (each.waits or each.stops(case.receiving))
        if any(each.concerns(case.agreement, place, case.id) for place in places)
    ]
    if filed:
        yield Message("erasure.finding_open", {"count": len(filed)})
    for order in context.orders:
        if order.in_force(at) and concerns(order, case, context):
            yield Message("erasure.order_in_force", {"court": order.court, "reference": order.reference})


def _days(case: Case, context: Context, stated: Iterable[Days], at: datetime) -> Iterator[Message]:
    """Days that are disputed or unexplained by the convention of the terms (by each of two where they state none); and,
    where statements can be issued, days that stand in none."""
    terms = context.agreement
    conventions = (terms.day_count.convention,) if terms.day_count else SIDE_BY_SIDE
    counted = [each for one in conventions for each in person_days(case, context, EVER, one, at)]
    waiting = {
        each.day for each in counted if each.state in {State.DISPUTED, State.UNEXPLAINED} and not each.is_outside
    }
    if waiting:
        yield Message("erasure.days_open", {"count": len(waiting)})
    if why_none(terms.fee, terms.day_count) is None:
        unstated = {each.day for each in counted if not any(each.day in period for period in stated)}
        if unstated:
            yield Message("erasure.days_not_stated", {"count": len(unstated)})


def _objected(case: Case) -> Iterator[Message]:
    """An objection stands until the person or counsel asks for the erasure themselves."""
    own = [
        each.entry.index
        for each in case.all(on_record.ErasureAsked)
        if each.entry.actor.role in {Role.COUNSEL, Role.MONITOR} and each.body.asked_by is not on_record.ErasureBy.STATE
    ]
    if any(each.entry.index > max(own, default=-1) for each in case.all(on_record.ErasureObjected)):
        yield Message("erasure.objected", {})


def _notices(case: Case) -> tuple[Of[on_record.ErasureNoticed], ...]:
    """Those of the present asking."""
    asked = case.last(on_record.ErasureAsked)
    return tuple(each for each in case.all(on_record.ErasureNoticed) if asked and each.body.asked == asked.id)


def _noticed(case: Case, at: datetime) -> Iterator[Message]:
    """Person and counsel each had notice and the file for so long. Whoever has no counsel is not erased."""
    if not counsel_of(case):
        yield Message("erasure.no_counsel", {})
    for whom in on_record.ErasureServedOn:
        served = [each.known_at for each in _notices(case) if each.body.served_on is whom]
        if not served:
            yield Message("erasure.no_notice", {"whom": f"choice.ErasureServedOn.{whom.value}"})
        elif at < min(served) + NOTICE_BEFORE:
            until_at = min(served) + NOTICE_BEFORE
            yield Message("erasure.notice_time", {"whom": f"choice.ErasureServedOn.{whom.value}", "until_at": until_at})


def _limitation(case: Case, body: Body, at: datetime) -> Iterator[Message]:
    stated: list[date] = [each.body.ends_on for each in case.all(on_record.ErasureNoticed)]
    stated += [each.body.ends_on for each in case.all(on_record.ErasureAgreed)]
    stated += [body.ends_on] if isinstance(body, on_record.ErasureAgreed) else []
    if stated and day_of(at, "UTC") <= max(stated):
        yield Message("erasure.limitation", {"ends_on": max(stated)})


def _agreements(case: Case) -> tuple[Of[on_record.ErasureAgreed], ...]:
    """Those given after both notices of the present asking."""
    served = {each.body.served_on: each.entry.index for each in reversed(_notices(case))}  # the first of each
    if len(served) < len(on_record.ErasureServedOn):
        return ()
    return tuple(each for each in case.all(on_record.ErasureAgreed) if each.entry.index > max(served.values()))


def _agreed(known: Erasing, case: Case) -> Iterator[Message]:
    """Both states of every case, and the monitor; three accounts of three parties. A receiving state that never could
    look into the case holds no copy of it, and can't agree."""
    given = [each.entry.actor for each in _agreements(case)]
    states = {each.party: each.account for each in given if each.role is not Role.MONITOR}
    monitors = {each.party: each.account for each in given if each.role is Role.MONITOR}
    seen_by = ((one.sending, one.receiving) if before_receiving(one) else (one.sending,) for one, _ in known.cases)
    for party in dict.fromkeys(chain.from_iterable(seen_by)):
        if party not in states:
            yield Message("erasure.not_agreed", {"party": known.cases[0][1].name_of(party)})
    if not monitors:
        yield Message("erasure.monitor_not_agreed", {})
    if len({*states.values(), *monitors.values()}) < len({*states, *monitors}) or states.keys() & monitors.keys():
        yield Message("erasure.agreed_twice", {})
