"""Entries about no single person: courts' orders, facilities, agreements, parties, keys and accounts."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from habeas.core.entries.fields import FieldClass, Form, field

PUBLIC, CUSTODY = FieldClass.PUBLIC, FieldClass.CUSTODY


class Given(StrEnum):
    """How an order was given. An oral order counts from when it was spoken."""

    WRITTEN = "written"
    ORAL = "oral"


class OrderSort(StrEnum):
    """What an order demands. Only a stay forbids outward steps; the others are duties of the sending state."""

    STAY = "stay"
    RETURN = "return"
    RELEASE = "release"
    PRODUCE = "produce"
    OTHER = "other"


class Role(StrEnum):
    """What an account may do and see (`core.permissions`, `core.visibility`)."""

    SENDING_OFFICER = "sending_officer"
    SENDING_DECIDER = "sending_decider"
    RECEIVING_OFFICER = "receiving_officer"
    BOOKING_OFFICER = "booking_officer"
    ESCORT = "escort"
    REVIEWER = "reviewer"
    COURT = "court"
    COUNSEL = "counsel"
    MONITOR = "monitor"
    AUDITOR = "auditor"
    ACCOUNT_MANAGER = "account_manager"
    SYSTEM = "system"


class PartyKind(StrEnum):
    """Whom a party speaks for."""

    SENDING_STATE = "sending_state"
    RECEIVING_STATE = "receiving_state"
    NEITHER_EXECUTIVE = "neither_executive"
    LOG = "log"


@dataclass(frozen=True, slots=True, kw_only=True)
class StayOrderIssued:
    """A court gives an order for people it names or for a class it describes: as a rule a stay, which forbids outward
    steps. It binds from the moment it was issued, also in flight; never against a release, a return, care or a report.
    An order without a `sort` is a stay; `due_at` is by when another must be met, at once if it is silent."""

    court: str = field(Form.LINE, CUSTODY)
    reference: str = field(Form.LINE, CUSTODY)
    given: Given = field(Form.CHOICE, CUSTODY, choices=Given)
    cases: tuple[str, ...] = field(Form.CODES, CUSTODY, optional=True, refers="case")
    class_described: str | None = field(Form.PROSE, CUSTODY, optional=True)
    class_condition: str | None = field(Form.LINE, CUSTODY, optional=True)
    must_be_done: str = field(Form.PROSE, CUSTODY)
    sort: OrderSort | None = field(Form.CHOICE, CUSTODY, optional=True, choices=OrderSort)
    due_at: datetime | None = field(Form.MOMENT, CUSTODY, optional=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class StayOrderLifted:
    """The court lifts its order."""

    order: str = field(Form.CODE, CUSTODY, refers="StayOrderIssued")
    reasons: str = field(Form.PROSE, CUSTODY)


@dataclass(frozen=True, slots=True, kw_only=True)
class FacilityCertified:
    """A signed certificate of what a facility holds: three capacities and the living space without
    sanitary annexes, in square metres."""

    facility: str = field(Form.CODE, PUBLIC)
    name: str = field(Form.LINE, PUBLIC)
    state: str = field(Form.COUNTRY, PUBLIC)
    time_zone: str = field(Form.CODE, PUBLIC)
    agreement: str = field(Form.CODE, PUBLIC, refers="agreement")
    certified_normal_accommodation: int = field(Form.NUMBER, PUBLIC)
    working_capacity: int = field(Form.NUMBER, PUBLIC)
    maximum_capacity: int = field(Form.NUMBER, PUBLIC)
    living_space_m2: Decimal = field(Form.AMOUNT, PUBLIC)
    certificate: str = field(Form.LINE, PUBLIC)
    approved_by: str = field(Form.LINE, PUBLIC)
    valid_from_on: date = field(Form.DATE, PUBLIC)


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementAdopted:
    """The terms and safeguards that this register runs, by their digests, and what the safeguards demand
    (`core.released.packed`). `less`: where that is less than was
    adopted before, by safeguard and key; by the safeguard alone where it is gone."""

    agreement: str = field(Form.CODE, PUBLIC, refers="agreement")
    sending_party: str = field(Form.CODE, PUBLIC)
    receiving_party: str = field(Form.CODE, PUBLIC)
    terms_digest: str = field(Form.CODE, PUBLIC)
    safeguards_digest: str = field(Form.CODE, PUBLIC)
    assumptions: tuple[str, ...] = field(Form.LINES, PUBLIC, optional=True)
    demands: str | None = field(Form.LINE, PUBLIC, optional=True)
    less: tuple[str, ...] = field(Form.LINES, PUBLIC, optional=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyRegistered:
    """An authority or body that acts in this register."""

    party: str = field(Form.CODE, PUBLIC)
    name: str = field(Form.LINE, PUBLIC)
    kind: PartyKind = field(Form.CHOICE, PUBLIC, choices=PartyKind)
    state: str | None = field(Form.COUNTRY, PUBLIC, optional=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyAdded:
    """A party's signing key; it is valid for the entries after this one, and the key before it ends here."""

    party: str = field(Form.CODE, PUBLIC)
    vkey: str = field(Form.LINE, PUBLIC)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountInvited:
    """A party lets one human in. All parties see it; one human has one account."""

    account: str = field(Form.CODE, PUBLIC)
    party: str = field(Form.CODE, PUBLIC)
    role: Role = field(Form.CHOICE, PUBLIC, choices=Role)
    facility: str | None = field(Form.CODE, PUBLIC, optional=True, refers="facility")


@dataclass(frozen=True, slots=True, kw_only=True)
class PasskeyGiven:
    """An account makes a passkey of its own known. It signs what this account does, for the entries after this one.
    `site` is where it answers, `credential` by what it is asked for."""

    public_key: str = field(Form.LINE, PUBLIC)
    site: str = field(Form.LINE, PUBLIC)
    credential: str = field(Form.LINE, PUBLIC)


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemKeyGiven:
    """A party lets a system of its own act, as an account that it invited and that no human has opened."""

    account: str = field(Form.CODE, PUBLIC, refers="account_of_system")
    public_key: str = field(Form.LINE, PUBLIC)


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKeyEnded:
    """From this entry on a passkey, or a system's key, signs nothing more. Ended by its account or its party."""

    key: str = field(Form.CODE, PUBLIC, refers="signing_key")
    reasons: str = field(Form.LINE, PUBLIC)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountEnded:
    """A party ends an account of its own."""

    account: str = field(Form.CODE, PUBLIC)
    reasons: str = field(Form.LINE, PUBLIC)
