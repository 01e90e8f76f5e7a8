"""Entries of the procedure: from the proposal of one person to the receiving state's acceptance."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from habeas.core.entries.fields import FieldClass, Form, Unstated, field

IDENTITY, CUSTODY, FACTS = FieldClass.IDENTITY, FieldClass.CUSTODY, FieldClass.FACTS


class Sex(StrEnum):
    """As the person states it (Mandela Rule 7(a) respects self-perceived gender)."""

    FEMALE = "female"
    MALE = "male"
    OTHER = "other"


class Standing(StrEnum):
    """How firmly a fact stands. An allegation never helps to move a person."""

    ALLEGED = "alleged"
    STATED = "stated"


class Asserted(StrEnum):
    """What a person may assert; it stops a move until the authority that the law names decides."""

    CITIZENSHIP = "citizenship"
    AGE = "age"
    FEAR = "fear"


class Voice(StrEnum):
    """Who speaks for the person, or for those who watch."""

    PERSON = "person"
    COUNSEL = "counsel"
    MONITOR = "monitor"


class Upheld(StrEnum):
    """How a review ended."""

    UPHELD = "upheld"
    REJECTED = "rejected"


class Outcome(StrEnum):
    """What the individual decision says."""

    TRANSFER = "transfer"
    NO_TRANSFER = "no_transfer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What begins a case: under which agreement, and who the person is as far as anybody knows."""

    agreement: str = field(Form.CODE, CUSTODY, refers="agreement")
    facility: str = field(Form.CODE, CUSTODY, refers="facility")
    sending: str | None = field(Form.CODE, CUSTODY, optional=True, computed=True, refers="party")
    receiving: str | None = field(Form.CODE, CUSTODY, optional=True, computed=True, refers="party")
    given_names: str | Unstated = field(Form.LINE, IDENTITY, unstated=True)
    family_names: str | Unstated = field(Form.LINE, IDENTITY, unstated=True)
    other_names: tuple[str, ...] = field(Form.LINES, IDENTITY, optional=True)
    born_on: date | Unstated = field(Form.DATE, IDENTITY, unstated=True)
    sex: Sex | Unstated = field(Form.CHOICE, IDENTITY, choices=Sex, unstated=True)
    nationalities: tuple[str, ...] | Unstated = field(Form.COUNTRIES, IDENTITY, unstated=True)
    language: str | Unstated = field(Form.LANGUAGE, IDENTITY, unstated=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed(Opening):
    """A named officer proposes one person and says why this person. It opens the case, in the hands of
    the sending state."""

    home_reference: str | Unstated = field(Form.LINE, IDENTITY, unstated=True)
    held_at: str | Unstated = field(Form.LINE, CUSTODY, unstated=True)
    reasons: str = field(Form.PROSE, CUSTODY)


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceAdded:
    """A document on which a fact rests. The file lies encrypted under the person's key; the entry holds its SHA-256."""

    document: str = field(Form.CODE, FACTS, refers="evidence_kind")
    issuer: str = field(Form.LINE, FACTS)
    dated_on: date = field(Form.DATE, FACTS)
    reference: str = field(Form.LINE, FACTS)
    sha256: str | None = field(Form.CODE, FACTS, optional=True, computed=True)
    size_bytes: int | None = field(Form.NUMBER, FACTS, optional=True, computed=True)
    media_type: str | None = field(Form.CODE, FACTS, optional=True, computed=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class FactRecorded:
    """Somebody states a fact that a rule may ask for (`core.facts`). A blank value says: not known."""

    name: str = field(Form.CODE, FACTS, refers="fact")
    value: str | Unstated = field(Form.LINE, FACTS, unstated=True)
    as_of_on: date = field(Form.DATE, FACTS)
    stated_by: str = field(Form.LINE, FACTS)
    standing: Standing = field(Form.CHOICE, FACTS, choices=Standing)
    evidence: tuple[str, ...] = field(Form.CODES, FACTS, optional=True, refers="EvidenceAdded")


@dataclass(frozen=True, slots=True, kw_only=True)
class AllegationRecorded:
    """What somebody alleges of the person, with the name of who alleges it. No rule ever reads it."""

    allegation: str = field(Form.PROSE, FieldClass.ALLEGATIONS)
    alleged_by: str = field(Form.LINE, FieldClass.ALLEGATIONS)
    answer: str | None = field(Form.PROSE, FieldClass.ALLEGATIONS, optional=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class FactVerified:
    """Someone who is not the proposer checked a stated fact against its evidence."""

    fact: str = field(Form.CODE, FACTS, refers="FactRecorded")
    how: str = field(Form.PROSE, FACTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class FactContested:
    """The person, counsel or the monitor says that a recorded fact is wrong. Until reviewed it is not shown."""

    fact: str = field(Form.CODE, FACTS, refers="FactRecorded")
    contested_by: Voice = field(Form.CHOICE, FACTS, choices=Voice)
    grounds: str = field(Form.PROSE, FACTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class FactReviewed:
    """A reviewer answers a contest of a fact. Upheld: the fact stays out of every rule."""

    contest: str = field(Form.CODE, FACTS, refers="FactContested")
    outcome: Upheld = field(Form.CHOICE, FACTS, choices=Upheld)
    reasons: str = field(Form.PROSE, FACTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class AssertionMade:
    """The person asserts citizenship, age or fear. It counts from the moment it is made, by anybody's
    report, without proof."""

    asserted: Asserted = field(Form.CHOICE, FACTS, choices=Asserted)
    of_state: str | None = field(Form.COUNTRY, FACTS, optional=True)
    words: str = field(Form.PROSE, FACTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class AssertionDecided:
    """The authority that the law names decides an assertion, with reasons."""

    assertion: str = field(Form.CODE, FACTS, refers="AssertionMade")
    authority: str = field(Form.LINE, FACTS)
    law: str = field(Form.LINE, FACTS)
    outcome: Upheld = field(Form.CHOICE, FACTS, choices=Upheld)
    reasons: str = field(Form.PROSE, FACTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class TitleRecorded:
    """A legal basis to detain the person in one state, and until when."""

    state: str = field(Form.COUNTRY, CUSTODY)
    authority: str = field(Form.LINE, CUSTODY)
    ground: str = field(Form.PROSE, CUSTODY)
    reference: str = field(Form.LINE, CUSTODY)
    valid_from_at: datetime = field(Form.MOMENT, CUSTODY)
    valid_until_at: datetime | None = field(Form.MOMENT, CUSTODY, optional=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class TitleEnded:
    """A title ends before its time: quashed, served, lifted."""

    title: str = field(Form.CODE, CUSTODY, refers="TitleRecorded")
    ended_by: str = field(Form.LINE, CUSTODY)
    reasons: str = field(Form.PROSE, CUSTODY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Screened:
    """Every rule asked at one step, and its answer. Written by the system before each outward step."""

    step: str = field(Form.CODE, CUSTODY, computed=True)
    verdict: str = field(Form.CODE, CUSTODY, computed=True)
    answers: tuple[str, ...] = field(Form.LINES, CUSTODY, computed=True)
    terms_digest: str = field(Form.CODE, CUSTODY, computed=True)
    safeguards_digest: str = field(Form.CODE, CUSTODY, computed=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeServed:
    """The notice of the proposal, in writing, in the person's language, with the destination and the
    facts relied on. The time to object runs from here."""

    language: str = field(Form.LANGUAGE, CUSTODY)
    facts_relied_on: str = field(Form.PROSE, FACTS)
    served_by: str = field(Form.LINE, CUSTODY)
    interpreter: str | None = field(Form.LINE, CUSTODY, optional=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectionRaised:
    """The person, or counsel, objects. The proposal waits for a review."""

    raised_by: Voice = field(Form.CHOICE, CUSTODY, choices=Voice)
    grounds: str = field(Form.PROSE, FACTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectionReviewed:
    """A reviewer of neither executive answers an objection. Upheld: this proposal can't lead to a transfer."""

    objection: str = field(Form.CODE, CUSTODY, refers="ObjectionRaised")
    outcome: Upheld = field(Form.CHOICE, CUSTODY, choices=Upheld)
    reasons: str = field(Form.PROSE, FACTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """The individual decision: it cites the version of the terms, every safeguard and its answer."""

    outcome: Outcome = field(Form.CHOICE, CUSTODY, choices=Outcome)
    reasons: str = field(Form.PROSE, FACTS)
    remedy: str = field(Form.PROSE, CUSTODY)
    answers: tuple[str, ...] = field(Form.LINES, CUSTODY, optional=True, computed=True)
    terms_digest: str | None = field(Form.CODE, CUSTODY, optional=True, computed=True)
    safeguards_digest: str | None = field(Form.CODE, CUSTODY, optional=True, computed=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionServed:
    """The decision is in the person's hands. The time to contest it runs from here."""

    language: str = field(Form.LANGUAGE, CUSTODY)
    served_by: str = field(Form.LINE, CUSTODY)
    interpreter: str | None = field(Form.LINE, CUSTODY, optional=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferAccepted:
    """The receiving state agrees to take this person."""

    remarks: str | None = field(Form.PROSE, CUSTODY, optional=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferDeclined:
    """The receiving state will not take this person."""

    reasons: str = field(Form.PROSE, CUSTODY)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalWithdrawn:
    """The sending state gives the proposal up. It ends the case while the person is still in its hands."""

    reasons: str = field(Form.PROSE, CUSTODY)
