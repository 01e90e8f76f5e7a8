"""Everything that pages and acts read: cases, what is known around them, rolls, orders, and people by name.

What comes out is decrypted and unfiltered unless an `actor` is asked for; pages show of it what
`core.visibility` allows.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from functools import cache
from operator import attrgetter
from typing import Any, TypeVar

from django.db.models import Count, Q, QuerySet

from habeas import agreements, safeguards
from habeas.core.assumptions import with_assumptions
from habeas.core.case import Case, corrected, fold
from habeas.core.clock_rules import PERIODS, ClockRule, Owner
from habeas.core.context import Context, Facility, Party, Periods
from habeas.core.custody import on_roll
from habeas.core.entries import Actor, Body, Entry, Role
from habeas.core.entries.institutions import AgreementAdopted, FacilityCertified, PartyRegistered
from habeas.core.messages import Message
from habeas.core.orders import StayOrder, stay_orders
from habeas.core.oversight import Oversight
from habeas.core.oversight import oversight as oversight_of
from habeas.core.released import adopted_demands, unpacked, weaker
from habeas.core.sources import settled
from habeas.core.terms import Agreement, Period
from habeas.core.versions import in_force
from habeas.core.visibility import OF_A_STATE, may_open, sees_names
from habeas.store import streams
from habeas.store.keys import KeyDamaged, KeyLost, key_folder
from habeas.store.models import CaseRow, LogRow, StintRow
from habeas.store.names import NAMES
from habeas.store.records import key_id

B = TypeVar("B")
LISTED = frozenset({Role.SENDING_OFFICER, Role.SENDING_DECIDER, Role.MONITOR, Role.AUDITOR})
"""Of whom the tables say all that `may_open` asks."""
NEVER_OVER = timedelta(days=365 * 200)
TITLE_WARNING = timedelta(days=30)  # our own, where the terms ask for none


class NotAdopted(Exception):
    """This register does not run that agreement, or this version of Habeas does not have its terms."""

    def __init__(self, agreement: str) -> None:
        super().__init__(f"this register does not run the agreement {agreement or '(none)'}")
        self.agreement = agreement


def case(case_id: str, known_at: datetime | None = None) -> Case | None:
    """A case, as the record knew it at `known_at`; None when there was no such case then."""
    found = streams.entries(case_id) if case_id.startswith(streams.CASE) else ()
    if not found or (known_at is not None and found[0].recorded_at > known_at):
        return None
    return fold(found, known_at)


def entry(entry_id: str) -> Entry | None:
    """An entry as it was recorded, whatever corrected it since; None when there is none, or it was erased."""
    return next(streams.readable(LogRow.objects.filter(entry_id=entry_id)), None)


def cases(actor: Actor, facility: str = "", with_kind: str = "") -> Iterator[Case]:
    """The cases that this account may open, or those on a facility's roll or with an entry of a kind, the latest
    first, decrypted one after another."""
    known, wanted = orders(), {"facility": facility} if facility else {}
    having = Q(case__in=_with(with_kind)) if with_kind else Q()
    found = readable(_latest_first(actor, **wanted).filter(having).values_list("case", flat=True).iterator())
    return (each for each in found if may_open(actor, each, known))


def listed(actor: Actor, most: int) -> Sequence[str] | None:
    """The cases that this account may open, the latest first, of which none is decrypted; None where the tables don't
    say which they are."""
    return [*_latest_first(actor).values_list("case", flat=True)[:most]] if actor.role in LISTED else None


def listed_roll(actor: Actor, facility: str, at: datetime) -> Sequence[str] | None:
    """The same of those on a facility's roll at `at`, in the order in which they came."""
    if actor.role not in LISTED and (actor.role, actor.facility) != (Role.BOOKING_OFFICER, facility):
        return None
    theirs = CaseRow.objects.filter(_could_open(actor)).values("case")
    return [*dict.fromkeys(_roll(facility, at).filter(case__in=theirs).values_list("case", flat=True))]


def cases_with(kind: str) -> Iterator[Case]:
    """Every case that holds an entry of a kind, whoever may open it: for what is counted."""
    rows = CaseRow.objects.filter(case__in=_with(kind)).order_by("case")
    return readable(rows.values_list("case", flat=True))


def roll(facility: str, at: datetime) -> tuple[Case, ...]:
    """Everybody who was on a facility's roll at `at`, in the order in which they came."""
    found = readable(dict.fromkeys(_roll(facility, at).values_list("case", flat=True)))
    return tuple(each for each in found if on_roll(each, at) == facility)


def _roll(facility: str, at: datetime) -> QuerySet[StintRow]:
    lasting = Q(until_at=None) | Q(until_at__gt=at)
    return StintRow.objects.filter(lasting, facility=facility, from_at__lte=at).order_by("from_at", "case")


def readable(case_ids: Iterable[str], known_at: datetime | None = None) -> Iterator[Case]:
    """These cases, but those whose key can't be read: `unreadable` has the rows of them."""
    for case_id in case_ids:
        with suppress(KeyLost, KeyDamaged):
            if found := case(case_id, known_at):
                yield found


def unreadable(actor: Actor, most: int | None = None, **wanted: str) -> tuple[CaseRow, ...]:
    """The rows of the people whose key is lost or cut short, of those whom this account sees in lists: where each is
    held stands in a row without a name, so a lost key hides nobody. `most`: of how many rows, the latest first."""
    if actor.role not in {*OF_A_STATE, Role.MONITOR, Role.AUDITOR}:
        return ()
    rows, keys, erased = _latest_first(actor, **wanted), key_folder(), streams.erased()
    known = rows.values_list("case", "person")[:most]
    lost = [case for case, person in known if case not in erased and not keys.is_whole(key_id(case, person))]
    return tuple(rows.filter(case__in=lost)) if lost else ()


def search_names(text: str, actor: Actor) -> tuple[str, ...]:
    """Cases of people with a name like this, the likest first, of those that this account may open; none for a role
    that sees no names."""
    if not sees_names(actor.role):
        return ()
    at_hand = (case(each) for each in NAMES.find(text))
    known = orders()
    return tuple(each.id for each in at_hand if each is not None and may_open(actor, each, known))


def context(
    agreement_id: str,
    at: datetime,
    case: Case | None = None,
    *,
    person: str | None = None,
    digests: Mapping[tuple[str, str], str] | None = None,
) -> Context:
    """What was known at `at` about everything around a case under this agreement.

    `person` is somebody on record for whom a new case may be opened. Raises NotAdopted.
    """
    adopted = adoption(agreement_id, at)
    terms, law = in_force(_versions(agreement_id, adopted.assumptions), at.date()), safeguards.read()
    return Context(
        agreement=terms,
        safeguards=replace(law, weaker=(*law.weaker, *less_than_adopted(at))),
        periods=periods_of(terms.periods, law.clocks),
        sending=adopted.sending_party,
        receiving=adopted.receiving_party,
        facilities=facilities(at),
        parties=parties(at),
        orders=orders(at),
        oversight=oversight(at),
        open_cases=tuple(
            each for each in streams.open_cases_of(case.person if case else person) if each != (case and case.id)
        ),
        digests=digests or {},
    )


def less_than_adopted(at: datetime) -> tuple[Message, ...]:
    """Where the safeguards at hand ask less than this register adopted, unless the monitor confirmed it by `at`."""
    found = (*streams.entries_below(streams.AGREEMENT), *streams.entries_below(streams.OVERSIGHT))
    known = sorted((each for each in found if each.recorded_at <= at), key=attrgetter("index"))
    return _less_than(adopted_demands(known))


@cache
def _less_than(adopted: str) -> tuple[Message, ...]:
    """Nowhere where no demand was adopted: a register that began before they were written down."""
    return tuple(weaker(safeguards.demanded(), unpacked(adopted), "seal.adopted")) if adopted else ()


def adoptions_of_less() -> Mapping[str, AgreementAdopted]:
    """By their ids, the adoptions whose safeguards ask less than those before, for the monitor to confirm."""
    found = streams.entries_below(streams.AGREEMENT)
    return {each.id: each.body for each in found if isinstance(each.body, AgreementAdopted) and each.body.less}


def adoption(agreement_id: str, at: datetime) -> AgreementAdopted:
    """The latest adoption of an agreement, as known at `at`. Raises NotAdopted."""
    found = _known(streams.entries(streams.AGREEMENT + agreement_id), AgreementAdopted, at)
    if not found:
        raise NotAdopted(agreement_id)
    return found[-1]


def runs_as_adopted(context: Context, at: datetime) -> bool:
    """Whether the terms and the safeguards at hand are those that the register adopted last.

    Nothing is permitted by others: a newer release is adopted first, on record.
    """
    adopted = adoption(context.agreement.id, at)
    at_hand = (context.agreement.digest, context.safeguards.digest)
    return at_hand == (adopted.terms_digest, adopted.safeguards_digest)


def adopted_agreements() -> tuple[str, ...]:
    found = {each.stream for each in streams.entries_below(streams.AGREEMENT)}
    return tuple(sorted(each.removeprefix(streams.AGREEMENT) for each in found))


def orders(at: datetime | None = None) -> tuple[StayOrder, ...]:
    """Every order on record, now or at `at`, those that were lifted too, in register order. Who is named in words is
    looked for among the names on record now, so that whoever comes later is covered too."""
    recorded = streams.entries_below(streams.ORDER)
    known = stay_orders(each for each in recorded if at is None or each.recorded_at <= at)
    return tuple(replace(each, alike=_alike(each.people)) if each.people else each for each in known)


def _alike(people: tuple[str, ...]) -> tuple[str, ...]:
    found = (case for name in people for case in NAMES.named(name))
    return tuple(dict.fromkeys(found))


def oversight(at: datetime | None = None) -> Oversight:
    """Everything of the monitor's on record, now or at `at`."""
    recorded = streams.entries_below(streams.OVERSIGHT)
    return oversight_of(each for each in recorded if at is None or each.recorded_at <= at)


def facilities(at: datetime) -> dict[str, Facility]:
    """Each facility as last certified at `at`, with the number on its roll then and of places promised now."""
    certified = _known(streams.entries_below(streams.FACILITY), FacilityCertified, at)
    lasting = Q(until_at=None) | Q(until_at__gt=at)
    on_roll = _counts(StintRow.objects.filter(lasting, from_at__lte=at), "facility")
    promised = _counts(CaseRow.objects.filter(promised_by__isnull=False), "promised_by")
    return {
        each.facility: Facility(
            code=each.facility,
            on_roll=on_roll.get(each.facility, 0),
            promised=promised.get(each.facility, 0),
            **{name: value for name, value in asdict(each).items() if name != "facility"},
        )
        for each in certified
    }


def parties(at: datetime) -> dict[str, Party]:
    registered = _known(streams.entries_below(streams.PARTY), PartyRegistered, at)
    return {each.party: Party(id=each.party, name=each.name, kind=each.kind, state=each.state) for each in registered}


def agreement_of(body: Body, of_case: Case | None) -> str:
    """The agreement that an act is about: the case's, the one it names, or the first that is run here.

    Raises NotAdopted when this register runs none.
    """
    if of_case is not None:
        return of_case.agreement
    named = getattr(body, "agreement", None)
    if isinstance(named, str):
        return named
    adopted = adopted_agreements()
    if not adopted:
        raise NotAdopted("")
    return adopted[0]


def _latest_first(actor: Actor, **wanted: str) -> QuerySet[CaseRow]:
    return CaseRow.objects.filter(_could_open(actor), **wanted).order_by("-opened_at", "case")


def _could_open(actor: Actor) -> Q:
    """What the tables can say of `may_open`, so that few cases are decrypted in vain."""
    match actor.role:
        case Role.SENDING_OFFICER | Role.SENDING_DECIDER | Role.ESCORT:
            return Q(sending=actor.party)
        case Role.RECEIVING_OFFICER | Role.BOOKING_OFFICER:
            return Q(receiving=actor.party)
        case Role.COUNSEL:
            return Q(case__in=_with("counsel_named"))
    return Q()


def _with(kind: str) -> QuerySet[Any]:
    """The streams that hold an entry of a kind."""
    return LogRow.objects.filter(kind=kind).values("stream")


@cache
def _versions(agreement: str, assumptions: tuple[str, ...]) -> tuple[Agreement, ...]:
    """Every version of the released terms, with the assumptions under which they were adopted."""
    try:
        found = agreements.versions(agreement)
        for scenario in assumptions:
            text = agreements.read_scenario(scenario)
            found = tuple(with_assumptions(each, text, scenario) for each in found)
    except KeyError:
        raise NotAdopted(agreement) from None
    return found


def periods_of(stated: Mapping[str, Period], clocks: Iterable[ClockRule] = ()) -> Periods:
    """The lengths of time that the terms fix. Where they are silent or settle nothing, a time that protects the person
    does not run out, and custody is contested at once. A time that is the person's is never shorter than its clock
    allows."""
    days = {name: timedelta(days=each.value) for name, each in stated.items() if name.endswith("_days")}
    theirs = {name: length for name, length in days.items() if settled(stated[name])}
    contested_after = stated.get("contested_after_hours")
    found = Periods(
        objection=theirs.get("objection_days", NEVER_OVER),
        contest=theirs.get("contest_days", NEVER_OVER),
        contested_after=timedelta(hours=contested_after.value if contested_after else 0),
        title_warning=days.get("title_warning_days", TITLE_WARNING),
    )
    persons = {PERIODS[each.period]: each.floor for each in clocks if each.owner is Owner.PERSON}
    return replace(found, **{name: max(getattr(found, name), floor) for name, floor in persons.items()})


def _counts(rows: QuerySet[Any], column: str) -> dict[str, int]:
    """How many rows there are of each value of a column."""
    return dict(rows.values_list(column).annotate(count=Count("pk")).values_list(column, "count"))


def _known(entries: tuple[Entry, ...], body: type[B], at: datetime) -> list[B]:
    """What these entries said of one kind, as known at `at`."""
    found: list[Body] = [each.body for each in corrected([each for each in entries if each.recorded_at <= at])]
    return [each for each in found if isinstance(each, body)]
