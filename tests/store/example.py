"""An invented register: Alice and Bob are held under one agreement, Charlie's proposal is not yet decided.

`alice` and so on are people in it; accounts are named for what they do.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from habeas import agreements, safeguards
from habeas.core.case import Case
from habeas.core.context import Context
from habeas.core.entries import Actor, Body, Entry, Role, institutions, procedure
from habeas.core.entries import custody as held
from habeas.core.entries.institutions import PartyKind
from habeas.core.findings import Finding
from habeas.core.findings import findings as findings_of
from habeas.core.released import packed
from habeas.store import accounts, read, streams
from habeas.store.append import Draft, append
from habeas.store.begin import begin
from habeas.store.beginning import Beginning

ORIGIN = "register.example/habeas"
START = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)
SCENARIO = "se-ee-2025-demo"
SENDING, RECEIVING = "se-kv", "ee-vm"

OFFICER = Actor(account="officer-1", party=SENDING, role=Role.SENDING_OFFICER)
DECIDER = Actor(account="decider-1", party=SENDING, role=Role.SENDING_DECIDER)
BOOKING = Actor(account="booking-1", party=RECEIVING, role=Role.BOOKING_OFFICER, facility="tartu")
RECEIVER = Actor(account="receiver-1", party=RECEIVING, role=Role.RECEIVING_OFFICER)
COURT = Actor(account="court-1", party="se-court", role=Role.COURT)
MONITOR = Actor(account="monitor-1", party="ee-oik", role=Role.MONITOR)
AUDITOR = Actor(account="auditor-1", party="ee-oik", role=Role.AUDITOR)
SE_MANAGER = Actor(account="manager-se", party=SENDING, role=Role.ACCOUNT_MANAGER)
EE_MANAGER = Actor(account="manager-ee", party=RECEIVING, role=Role.ACCOUNT_MANAGER)

PARTIES = (
    (SENDING, PartyKind.SENDING_STATE, "SWE"),
    (RECEIVING, PartyKind.RECEIVING_STATE, "EST"),
    ("se-court", PartyKind.NEITHER_EXECUTIVE, "SWE"),
    ("ee-oik", PartyKind.NEITHER_EXECUTIVE, "EST"),
)

TARTU = institutions.FacilityCertified(
    facility="tartu",
    name="Tartu Prison, Swedish unit",
    state="EST",
    time_zone="Europe/Tallinn",
    agreement="se-ee-2025",
    certified_normal_accommodation=40,
    working_capacity=44,
    maximum_capacity=48,
    living_space_m2=Decimal("210.0"),
    certificate="invented certificate 1",
    approved_by="Invented Inspector Quill",
    valid_from_on=date(2026, 8, 1),
)


def invited(actor: Actor) -> accounts.Invitation:
    """The system invites this actor: from here on the register knows the account."""
    body = institutions.AccountInvited(
        account=actor.account, party=actor.party, role=actor.role, facility=actor.facility
    )
    return accounts.appoint(body, at=START)


def proposed(given: str, family: str, **more: object) -> procedure.Proposed:
    """A proposal of one invented person."""
    body = procedure.Proposed(
        agreement="se-ee-2025",
        facility="tartu",
        sending=SENDING,
        receiving=RECEIVING,
        given_names=given,
        family_names=family,
        born_on=date(1990, 1, 1),
        sex=procedure.Sex.OTHER,
        nationalities=("SWE",),
        language="sv",
        home_reference=f"home file of {given}",
        held_at="an invented remand prison",
        reasons=f"an invented reason for {given}",
    )
    return dataclasses.replace(body, **more)  # type: ignore[arg-type]


@dataclass
class Register:
    """A begun register with a clock; `record` appends without asking the core."""

    vkey: str
    now: datetime = START
    versions: dict[str, int] = field(default_factory=dict)

    @classmethod
    def begin(cls) -> Register:
        """Start it, with its parties, its facility and its agreement."""
        parties = tuple(
            institutions.PartyRegistered(party=party, name=f"Party {party}", kind=kind, state=state)
            for party, kind, state in PARTIES
        )
        adopted = institutions.AgreementAdopted(
            agreement="se-ee-2025",
            sending_party=SENDING,
            receiving_party=RECEIVING,
            terms_digest=agreements.agreement("se-ee-2025", SCENARIO).digest,
            safeguards_digest=safeguards.read().digest,
            assumptions=(SCENARIO,),
            demands=packed(safeguards.demanded()),
        )
        vkey, _ = begin(Beginning(log=ORIGIN, parties=parties, managers=(), agreements=(adopted,)), at=START)
        register = cls(vkey=vkey)
        register.record("facility-tartu", TARTU, by=RECEIVER)
        return register

    def record(
        self,
        stream: str,
        *bodies: Body,
        by: Actor = OFFICER,
        person: str | None = None,
        occurred_at: datetime | None = None,
    ) -> tuple[Entry, ...]:
        """Append bodies to a stream now."""
        version = self.versions.get(stream, 0)
        draft = Draft(
            stream=stream, expected_version=version, subject=person, bodies=bodies, occurred_at=occurred_at or self.now
        )
        entries = append([draft], actor=by, at=self.now)
        self.versions[stream] = version + len(bodies)
        return entries

    def wait(self, **span: float) -> None:
        """Let time pass."""
        self.now += timedelta(**span)

    def propose(self, name: str, given: str, family: str) -> tuple[Entry, ...]:
        """Open the case `case-NAME` of the person `person-NAME`."""
        return self.record(f"case-{name}", proposed(given, family), person=f"person-{name}")

    def fill(self, count: int) -> None:
        """Make the register longer by the roll of one invented ward, in one append."""
        sign = held.RollEntered(facility="tartu", sign=held.Sign.ROLL_CALL, seen_by="the ward")
        self.propose("nobody", "Nobody", "Example")
        self.record("case-nobody", *[sign] * count, by=BOOKING, person="person-nobody")

    def opening(self, name: str) -> Entry:
        """The entry that opened `case-NAME`."""
        return streams.entries(f"case-{name}")[0]

    def hold(self, name: str) -> tuple[Entry, ...]:
        """The person is at the facility, by the receiving side's reports."""
        bodies = (held.Arrived(facility="tartu"), admitted())
        return self.record(f"case-{name}", *bodies, by=BOOKING, person=f"person-{name}")


def admitted(**more: object) -> held.Admitted:
    """A book-in at which nothing else was known."""
    unknown = {
        each.name: procedure.Unstated.NOT_KNOWN for each in dataclasses.fields(held.Admitted) if each.name != "facility"
    }
    return held.Admitted(**{"facility": "tartu", **unknown, **more})  # type: ignore[arg-type]


def around(actor: Actor, at: datetime) -> list[tuple[Case, Context]]:
    """Each case that this account may open, with what is known around it."""
    return [(case, read.context(case.agreement, at)) for case in read.cases(actor)]


def findings(actor: Actor, at: datetime) -> list[Finding]:
    """What is wrong in the cases that this account may open."""
    return [each for case, context in around(actor, at) for each in findings_of(case, context, at)]
