"""Erasing a person: what else is on record of them, what is kept, and the keys that are destroyed.

The order makes a crash harmless. `PersonErased` is recorded first, in one transaction with everything that the tables
lose: from then on nothing of the person is read, whether or not the key is still there. Keys go after it committed,
and `finish` destroys those that a crash left, at the next erasure and from `habeas work`.
The sealed rows of the register stay as they are. Without their key they say nothing.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from habeas.core.case import Case, fold
from habeas.core.clocks import clocks
from habeas.core.context import Context
from habeas.core.custody import stints
from habeas.core.days import day_of
from habeas.core.entries import Actor, Entry
from habeas.core.entries.asking import AskerStated
from habeas.core.entries.erasure import CaseErased, PersonErased
from habeas.core.entries.oversight import FindingFiled, HealthConsentHeard, PrivateWordHeard
from habeas.core.erasure import EVER, Erasing
from habeas.core.figures import Tally, at_month_end, month_ends_over
from habeas.core.findings import findings
from habeas.core.ledger.conventions import CONVENTIONS
from habeas.core.ledger.person_days import Days, PersonDay, counted_by
from habeas.core.orders import StayOrder
from habeas.core.residue import Run, days_line, kept_of
from habeas.core.summary import summary
from habeas.store import asking, claims, ledger, projections, read, streams, wrapped
from habeas.store.append import Draft, append
from habeas.store.keys import key_folder
from habeas.store.models import AskedRow, CaseRow, EvidenceFile, LogRow, SentForm, ShownStreamRow
from habeas.store.names import NAMES
from habeas.store.records import key_id, new_id, stream_shown


class WouldChange(Exception):
    """What would be kept of a case gives another roll or another amount than the case itself: nothing was erased."""


def known_of(person: str, at: datetime) -> Erasing:
    """Everything of a person that bears on their erasure, from all their cases and from what others asked."""
    cases = _cases(person)
    around = tuple((each, read.context(each.agreement, at, each)) for each in cases)
    ids = {each.id for each in cases}
    stated = tuple(
        tuple(Days(from_on=body.from_on, until_on=body.until_on) for _, body in ledger.issued(each.agreement))
        for each in cases
    )
    enquiries = [each for each in asking.enquiries() if each.owed_by]
    asked = [each for each in enquiries if ids & {*each.cases, *NAMES.named(each.made.sought)}]
    lodged = [each for each in claims.lodged() if each.linked is None and ids & {*NAMES.named(each.made.sought)}]
    named = [each for each in around[0][1].orders if each.people and ids & {*each.known_cases}] if around else []
    with_others = any(
        len(each.people) > 1 or each.describes_a_class or not ids >= {*each.known_cases} for each in named
    )
    with_others |= any(ids & {*each.cases} and not ids >= {*each.cases} for each in asking.enquiries())
    return Erasing(cases=around, stated=stated, asked_open=len(asked) + len(lodged), with_others=with_others)


def filled(body: CaseErased, case: Case, context: Context, at: datetime) -> CaseErased:
    """The last entry of a case, with what the record knew of its days, and counted, at `at`."""
    return replace(body, days=tuple(_days(case, context, at)), counts=_counts(case, context, at))


def carry_out(draft: Draft, known: Erasing, actor: Actor, at: datetime) -> tuple[Entry, ...]:
    """Record that the person is erased, and take from the tables what was theirs. `draft` is the last entry of one of
    their cases, which whoever acts may have signed; the others get one as well. Runs in the transaction of the act;
    the keys are destroyed by `finish` once it has committed. Raises WouldChange."""
    about = _streams_about({each.id for each, _ in known.cases}, known.cases[0][1].orders)
    kept = [line for stream in about for line in kept_of(streams.entries(stream))]
    others = [
        replace(
            draft,
            stream=each.id,
            expected_version=each.version,
            bodies=[filled(end, each, context, at) for end in draft.bodies if isinstance(end, CaseErased)],
            signature=None,
        )
        for each, context in known.cases
        if each.id != draft.stream
    ]
    recorded = append([draft, *others], actor=actor, at=at)
    before = {each.id: streams.entries(each.id) for each, _ in known.cases}
    kept += [line for each in before.values() for line in kept_of(each, fold(each))]
    rows = LogRow.objects.filter(stream__in=about)
    ShownStreamRow.objects.bulk_create(
        ShownStreamRow(entry_id=each.entry_id, shown=stream_shown(each)) for each in rows
    )
    gone = PersonErased(person=known.cases[0][0].person, streams=(*before, *about), kept=tuple(kept))
    stream = streams.ERASURE + new_id()
    append([Draft(stream=stream, expected_version=0, bodies=(gone,), occurred_at=at)], actor=actor, at=at)
    for each, _ in known.cases:
        _demand_the_same(each, read.case(each.id))
        projections.project(before[each.id], streams.entries(each.id))
    clear(gone)
    return tuple(each for each in recorded if each.stream == draft.stream)


def clear(gone: PersonErased) -> None:
    """Take from the tables beside the log what was theirs: when they are erased, and again in a restored copy."""
    rows = LogRow.objects.filter(stream__in=gone.streams)
    EvidenceFile.objects.filter(entry_id__in=rows.values("entry_id")).delete()
    AskedRow.objects.filter(asker__in=gone.streams).delete()
    tickets = {*rows.values_list("ticket", flat=True)}
    forms = SentForm.objects.filter(account__in=rows.values("account")).iterator()
    sent = [form.pk for form in forms if tickets.intersection(form.tickets)]
    SentForm.objects.filter(pk__in=sent).delete()


def finish() -> int:
    """Destroy every key of those who were erased, and each copy that is kept for the monitor; how many there were."""
    keys, done = key_folder(), 0
    for gone in all_erased():
        of_streams = (key_id(stream, None) for stream in gone.streams)
        for name in (key_id("", gone.person), *of_streams):
            done += keys.destroy(name)
            wrapped.forget(name)
    return done


def all_erased() -> list[PersonErased]:
    found = (each.body for each in streams.entries_below(streams.ERASURE))
    return [each for each in found if isinstance(each, PersonErased)]


def _cases(person: str) -> tuple[Case, ...]:
    rows = CaseRow.objects.filter(person=person).order_by("opened_at", "case")
    return tuple(found for each in rows.values_list("case", flat=True) if (found := read.case(each)))


def _streams_about(cases: set[str], orders: Iterable[StayOrder]) -> tuple[str, ...]:
    """The streams beside the cases that tell of the person: enquiries and claims that were matched to them, who lodged
    these, orders for them alone, and what the monitor was told or found of them."""
    found = [each.id for each in asking.enquiries() if cases & {*each.cases}]
    found += [each.id for each in claims.lodged() if each.linked and each.linked.case in cases]
    theirs = (each for each in orders if cases >= {*each.known_cases} != set() and not each.describes_a_class)
    found += [LogRow.objects.get(entry_id=each.id).stream for each in theirs]
    for each in streams.entries_below(streams.ASKER):
        if isinstance(each.body, AskerStated) and each.body.about in found:
            found.append(each.stream)
    about = (FindingFiled, PrivateWordHeard, HealthConsentHeard)
    of_monitor = streams.entries_below(streams.OVERSIGHT)
    found += [each.stream for each in of_monitor if isinstance(each.body, about) and each.body.case in cases]
    return tuple(dict.fromkeys(found))


def _days(case: Case, context: Context, at: datetime) -> Iterator[str]:
    """The days of a case by every convention, as known when each statement was issued and now; said once where they
    stayed the same."""
    stated = ledger.stated(context.agreement)
    conventions = [
        *{**{each.name: each for each in CONVENTIONS.values()}, **({stated.name: stated} if stated else {})}.values()
    ]
    issued = {body.known_at for _, body in ledger.issued(case.agreement) if body.known_at}
    said: dict[str, list[Run]] = {}
    for known_at in sorted({*issued, at}):
        then = read.case(case.id, known_at)
        around = read.context(case.agreement, known_at, then)
        counted = counted_by(then, around, EVER, conventions, known_at) if then else [()] * len(conventions)
        for convention, days in zip(conventions, counted, strict=True):
            runs = [*_runs(days)]
            if said.get(convention.name) != runs:
                said[convention.name] = runs
                yield days_line(convention.name, known_at, runs)


def _runs(days: Iterable[PersonDay]) -> Iterator[Run]:
    """Days one after another that are the same, joined."""
    run: Run | None = None
    for each in days:
        after, same = each.day + timedelta(days=1), (each.facility, each.zone, each.reason.value)
        if run is not None and run.until_on == each.day and run[2:] == same:
            run = run._replace(until_on=after)
            continue
        if run is not None:
            yield run
        run = Run(each.day, after, *same)
    if run is not None:
        yield run


def _counts(case: Case, context: Context, at: datetime) -> tuple[str, ...]:
    """What of this case the public figures count, so that they stay what they were."""
    tally = Tally()
    tally.add(clocks(case, context, at), findings(case, context, at), at)
    counted = {"late": tally.late, "findings": tally.findings}
    return tuple(f"{sort} {code} {number}" for sort, found in counted.items() for code, number in sorted(found.items()))


def _demand_the_same(was: Case, is_now: Case | None) -> None:
    """Rolls, ends and what was known at ends of months are those of the case itself. Raises WouldChange."""
    if is_now is None or _told(was) != _told(is_now):
        raise WouldChange(was.id)


def _told(case: Case) -> object:
    held = [(each.facility, each.from_at, each.until_at, each.stay_from_at) for each in stints(case)]
    row = replace(summary(case), last_seen_at=None, next_title_end_at=None, version=0)
    ends = month_ends_over(day_of(case.opening.recorded_at, "UTC"), day_of(case.entries[-1].recorded_at, "UTC"))
    return held, row, [at_month_end(case.recorded, on, "UTC") for on in ends]
