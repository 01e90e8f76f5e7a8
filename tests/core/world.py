"""A register in memory for tests of the core: real commands, real terms, real safeguards, no database."""

from __future__ import annotations

import dataclasses
import itertools
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from habeas import agreements, safeguards
from habeas.core.assumptions import with_assumptions
from habeas.core.case import Case, fold
from habeas.core.commands import Command, Refusal, Taken, decide
from habeas.core.context import Context, Facility, Party, Periods
from habeas.core.custody import on_roll
from habeas.core.entries import Actor, Body, Entry, Role
from habeas.core.entries.institutions import PartyKind
from habeas.core.erasure import EVER, Erasing
from habeas.core.ledger.person_days import Days
from habeas.core.orders import stay_orders
from habeas.core.oversight import oversight
from habeas.core.permissions import ACTS
from habeas.core.procedure import place_kept
from habeas.core.terms import Agreement, parse_agreement

SENDING, RECEIVING, BENCH, WATCH = "se-kv", "ee-vm", "se-rev", "ee-oik"
AGREEMENT = with_assumptions(
    parse_agreement(agreements.read("se-ee-2025"), "se-ee-2025.toml"),
    agreements.read_scenario("se-ee-2025-demo"),
    "se-ee-2025-demo.toml",
)
SAFEGUARDS = safeguards.read()
START = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)

PERIODS = Periods(
    objection=timedelta(days=14),
    contest=timedelta(days=14),
    contested_after=timedelta(hours=6),
    title_warning=timedelta(days=30),
)


def actor(role: Role, party: str, name: str = "", facility: str | None = None) -> Actor:
    """An account of a party; the name tells accounts of one role apart."""
    return Actor(account=f"{role.value}-{name or '1'}", party=party, role=role, facility=facility)


OFFICER = actor(Role.SENDING_OFFICER, SENDING)
DECIDER = actor(Role.SENDING_DECIDER, SENDING)
ESCORT = actor(Role.ESCORT, SENDING)
RECEIVER = actor(Role.RECEIVING_OFFICER, RECEIVING)
BOOKING = actor(Role.BOOKING_OFFICER, RECEIVING, facility="tartu")
REVIEWER = actor(Role.REVIEWER, BENCH)
COURT = actor(Role.COURT, "se-court")
MONITOR = actor(Role.MONITOR, WATCH)

PARTIES = {
    SENDING: Party(id=SENDING, name="Sending authority", kind=PartyKind.SENDING_STATE, state="SWE"),
    RECEIVING: Party(id=RECEIVING, name="Receiving authority", kind=PartyKind.RECEIVING_STATE, state="EST"),
    BENCH: Party(id=BENCH, name="Review board", kind=PartyKind.NEITHER_EXECUTIVE, state=None),
    WATCH: Party(id=WATCH, name="Monitor", kind=PartyKind.NEITHER_EXECUTIVE, state=None),
    "se-court": Party(id="se-court", name="Court", kind=PartyKind.NEITHER_EXECUTIVE, state="SWE"),
}

TARTU = Facility(
    code="tartu",
    name="Tartu Prison, Swedish unit",
    state="EST",
    time_zone="Europe/Tallinn",
    agreement="se-ee-2025",
    certified_normal_accommodation=40,
    working_capacity=44,
    maximum_capacity=48,
    living_space_m2=Decimal("210.0"),
    certificate="invented certificate 1",
    approved_by="invented inspectorate",
    valid_from_on=date(2026, 8, 1),
)


@dataclass
class World:
    """A clock, a log and one agreement; `do` is the only way in."""

    now: datetime = START
    log: list[Entry] = field(default_factory=list)
    assumed: bool = True
    agreement: Agreement = AGREEMENT
    periods: Periods = PERIODS
    stated: tuple[Days, ...] = (EVER,)  # of the person's days; what else is known of them to whoever would erase them
    asked_open: int = 0
    with_others: bool = False
    other_cases: tuple[Case, ...] = ()
    _ids: itertools.count[int] = field(default_factory=itertools.count)
    _folded: dict[str, tuple[int, Case]] = field(default_factory=dict)

    def do(
        self, act: str, body: Body, by: Actor, case_id: str | None = None, occurred_at: datetime | None = None
    ) -> Taken | Refusal:
        """Try an act now; what is taken is appended to the log."""
        case = self.case(case_id) if case_id else None
        command = Command(act=act, body=body, occurred_at=occurred_at or self.now, actor=by)
        answer = decide(case, command, self.context(case), self.now)
        if isinstance(answer, Taken):
            stream = case_id or self._new_stream(ACTS[act].on_case)
            for each in answer.bodies:
                self._append(stream, each, command, case.person if case else f"person-{stream}")
        return answer

    def take(self, act: str, body: Body, by: Actor, case_id: str | None = None, **more: datetime) -> str:
        """`do`, and demand that it is taken; the id of the last entry."""
        answer = self.do(act, body, by, case_id, **more)
        assert isinstance(answer, Taken), answer
        return self.log[-1].id

    def refused(self, act: str, body: Body, by: Actor, case_id: str | None = None, **more: datetime) -> set[str]:
        """`do`, and demand that it is refused; the codes of the reasons."""
        answer = self.do(act, body, by, case_id, **more)
        assert isinstance(answer, Refusal), answer
        return {each.code for each in answer.reasons}

    def wait(self, span: timedelta) -> None:
        """Let time pass."""
        self.now += span

    def case(self, case_id: str, known_at: datetime | None = None) -> Case:
        """The case as the log makes it."""
        entries = [each for each in self.log if each.stream == case_id]
        if known_at is not None:
            return fold(entries, known_at)
        if self._folded.get(case_id, (0, None))[0] != len(entries):
            self._folded[case_id] = (len(entries), fold(entries))
        return self._folded[case_id][1]

    def cases(self) -> list[Case]:
        """Every case of the log."""
        streams = dict.fromkeys(each.stream for each in self.log if each.stream.startswith("case-"))
        return [self.case(each) for each in streams]

    def context(self, case: Case | None = None) -> Context:
        """What `decide` must know."""
        held_now = sum(on_roll(each, self.now) == TARTU.code for each in self.cases())
        promised = sum(place_kept(each) == TARTU.code for each in self.cases())
        found = Context(
            agreement=self.agreement,
            safeguards=SAFEGUARDS,
            periods=self.periods,
            sending=SENDING,
            receiving=RECEIVING,
            facilities={TARTU.code: dataclasses.replace(TARTU, on_roll=held_now, promised=promised)},
            parties=PARTIES,
            orders=stay_orders(each for each in self.log if each.stream.startswith("order-")),
            oversight=oversight(self.log),
        )
        of_person = tuple((each, found) for each in ([case, *self.other_cases] if case else ()))
        about = Erasing(
            cases=of_person,
            stated=(self.stated,) * len(of_person),
            asked_open=self.asked_open,
            with_others=self.with_others,
        )
        return dataclasses.replace(found, erasing=about)

    def _new_stream(self, is_case: bool) -> str:
        return f"{'case' if is_case else 'order'}-{len({each.stream for each in self.log})}"

    def _append(self, stream: str, body: Body, command: Command, person: str) -> None:
        version = sum(each.stream == stream for each in self.log)
        self.log.append(
            Entry(
                id=f"entry-{next(self._ids)}",
                index=len(self.log),
                stream=stream,
                version=version,
                subject=person,
                occurred_at=command.occurred_at,
                recorded_at=self.now,
                actor=command.actor,
                body=body,
            )
        )
