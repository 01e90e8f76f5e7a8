"""Entries of counsel and of claims: who speaks for the person, and what is said against a detention."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from habeas.core.entries.fields import FieldClass, Form, field

CUSTODY, IDENTITY, FACTS, ASKED = FieldClass.CUSTODY, FieldClass.IDENTITY, FieldClass.FACTS, FieldClass.ASKED


class NamedBy(StrEnum):
    """Who chose this counsel."""

    PERSON = "person"
    COURT = "court"
    LEGAL_AID = "legal_aid"


@dataclass(frozen=True, slots=True, kw_only=True)
class CounselNamed:
    """This account speaks for the person (ICCPR art. 14(3)(b) and (d); Mandela Rules 61 and 119). The case is open
    to it from now on."""

    counsel: str = field(Form.CODE, CUSTODY, refers="counsel")
    named_by: NamedBy = field(Form.CHOICE, CUSTODY, choices=NamedBy)


@dataclass(frozen=True, slots=True, kw_only=True)
class CounselEnded:
    """This counsel no longer speaks for the person; the case is closed to the account again."""

    named: str = field(Form.CODE, CUSTODY, refers="CounselNamed")
    reasons: str = field(Form.LINE, CUSTODY)


class ClaimGround(StrEnum):
    """Why the detention is said to be wrongful. Nothing is read from it: it only says what to look at."""

    NO_TITLE = "no_title"
    TITLE_EXPIRED = "title_expired"
    MISTAKEN_IDENTITY = "mistaken_identity"
    CITIZEN = "citizen"
    PROTECTED_PERSON = "protected_person"
    SENTENCE_ENDED = "sentence_ended"
    ORDER_NOT_OBEYED = "order_not_obeyed"
    HELD_WITHOUT_DECISION = "held_without_decision"
    OTHER = "other"


class Asks(StrEnum):
    """What a claim asks for."""

    RELEASE = "release"
    RETURN = "return"
    REVIEW = "review"


class Position(StrEnum):
    """What a state says to a claim. It decides nothing."""

    CONCEDED = "conceded"
    CONTESTED = "contested"


class ClaimOutcome(StrEnum):
    """How a claim ended."""

    UPHELD = "upheld"
    PARTLY = "partly"
    DISMISSED = "dismissed"


class Remedy(StrEnum):
    """What must be done when a claim is upheld."""

    RELEASE = "release"
    RETURN = "return"


@dataclass(frozen=True, slots=True, kw_only=True)
class DetentionClaimed:
    """Somebody says that the person is held wrongfully. It is always taken and pauses nothing. Neither state is told
    who claims; `lodged` is what came in at the public desk, and `lodged_at` when, if it came in there."""

    ground: ClaimGround = field(Form.CHOICE, CUSTODY, choices=ClaimGround)
    said: str = field(Form.PROSE, FACTS)
    asks: Asks = field(Form.CHOICE, CUSTODY, choices=Asks)
    unlawful_since_on: date | None = field(Form.DATE, CUSTODY, optional=True)
    lodged_at: datetime | None = field(Form.MOMENT, ASKED, optional=True, computed=True)
    lodged: str | None = field(Form.CODE, ASKED, optional=True, computed=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimAnswered:
    """What one of the two states says to a claim, with its reasons."""

    claim: str = field(Form.CODE, CUSTODY, refers="DetentionClaimed")
    position: Position = field(Form.CHOICE, CUSTODY, choices=Position)
    reasons: str = field(Form.PROSE, FACTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimDecided:
    """A reviewer of neither executive, or a court, decides a claim. What was unlawful is never payable; without an end
    it lasts until the person is out. The remedy is due by `due_at`."""

    claim: str = field(Form.CODE, CUSTODY, refers="DetentionClaimed")
    outcome: ClaimOutcome = field(Form.CHOICE, CUSTODY, choices=ClaimOutcome)
    reasons: str = field(Form.PROSE, FACTS)
    unlawful_from_at: datetime | None = field(Form.MOMENT, CUSTODY, optional=True)
    unlawful_until_at: datetime | None = field(Form.MOMENT, CUSTODY, optional=True)
    remedy: Remedy | None = field(Form.CHOICE, CUSTODY, optional=True, choices=Remedy)
    due_at: datetime | None = field(Form.MOMENT, CUSTODY, optional=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimLodged:
    """Somebody outside says that a person is held wrongfully. The name is as they typed it; no state reads any of
    this. It says nothing of who claims."""

    sought: str = field(Form.LINE, IDENTITY)
    born: str | None = field(Form.LINE, IDENTITY, optional=True)
    ground: ClaimGround = field(Form.CHOICE, ASKED, choices=ClaimGround)
    said: str = field(Form.PROSE, ASKED)
    asks: Asks = field(Form.CHOICE, ASKED, choices=Asks)
    unlawful_since_on: date | None = field(Form.DATE, ASKED, optional=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimLinked:
    """A reviewer or the monitor has found the case that a claim from outside is about, and writes what both states
    will read of it. The claim stands in that case from now on."""

    lodged: str = field(Form.CODE, ASKED, refers="lodged_claim")
    case: str = field(Form.CODE, CUSTODY, refers="case")
    said: str = field(Form.PROSE, FACTS)
