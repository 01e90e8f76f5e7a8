"""Entries of the independent monitor: visits, findings and their answers, samples, and what is told in private."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from habeas.core.entries.fields import FieldClass, Form, field

PUBLIC, PROTECTED = FieldClass.PUBLIC, FieldClass.PROTECTED


class FindingSort(StrEnum):
    """What a finding of the monitor is about. One of ill-treatment stops new permissions until it is answered."""

    ILL_TREATMENT = "ill_treatment"
    CONDITIONS = "conditions"
    ACCESS = "access"
    HEALTH = "health"
    RECORD = "record"
    MONEY = "money"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitAsked:
    """The monitor asks for a visit, or stands at the door: an unannounced one needs no grant (OPCAT articles 12
    and 20; Mandela Rule 84)."""

    facility: str = field(Form.CODE, PUBLIC, refers="facility")
    visit_at: datetime = field(Form.MOMENT, PUBLIC)
    announced: bool = field(Form.FLAG, PUBLIC)


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitGranted:
    """A state says that an announced visit may take place."""

    visit: str = field(Form.CODE, PUBLIC, refers="VisitAsked")
    remarks: str | None = field(Form.PROSE, PUBLIC, optional=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitRefused:
    """A visit is refused, beforehand or at the door, by the word of a state or of the monitor. It is a finding."""

    visit: str = field(Form.CODE, PUBLIC, refers="VisitAsked")
    refused_by: str = field(Form.LINE, PUBLIC)
    reasons: str = field(Form.PROSE, PUBLIC)


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitMade:
    """The monitor was there, and whether it could speak with people alone (OPCAT article 20(d))."""

    visit: str = field(Form.CODE, PUBLIC, refers="VisitAsked")
    spoke_alone: bool = field(Form.FLAG, PUBLIC)
    remarks: str | None = field(Form.PROSE, PROTECTED, optional=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingFiled:
    """What the monitor found, of one case, of a facility or, with neither, of the agreement. The public part is
    published at once and names nobody; the protected part and the case are for the monitor and the bench."""

    sort: FindingSort = field(Form.CHOICE, PUBLIC, choices=FindingSort)
    agreement: str = field(Form.CODE, PUBLIC, refers="agreement")
    facility: str | None = field(Form.CODE, PUBLIC, optional=True, refers="facility")
    case: str | None = field(Form.CODE, PROTECTED, optional=True, refers="case")
    public_part: str = field(Form.PROSE, PUBLIC)
    names_nobody: bool = field(Form.FLAG, PUBLIC)
    protected_part: str | None = field(Form.PROSE, PROTECTED, optional=True)
    answer_due_on: date | None = field(Form.DATE, PUBLIC, optional=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingAnswered:
    """What a state answers (OPCAT article 22; Mandela Rule 85). It changes nothing in the finding."""

    finding: str = field(Form.CODE, PUBLIC, refers="FindingFiled")
    answer: str = field(Form.PROSE, PUBLIC)
    names_nobody: bool = field(Form.FLAG, PUBLIC)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerCleared:
    """The monitor read a state's answer and confirms that it names nobody: from now on its words are published."""

    answered: str = field(Form.CODE, PUBLIC, refers="FindingAnswered")


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingSuperseded:
    """The monitor, and nobody else, sets its own finding aside, and says why in public. Both stay."""

    finding: str = field(Form.CODE, PUBLIC, refers="FindingFiled")
    reasons: str = field(Form.PROSE, PUBLIC)
    names_nobody: bool = field(Form.FLAG, PUBLIC)


@dataclass(frozen=True, slots=True, kw_only=True)
class LessDemanded:
    """The monitor confirms in public that the register may run safeguards which ask less than those adopted before,
    exactly as an adoption on record names it. Until then they decide nothing."""

    adopted: str = field(Form.CODE, PUBLIC, refers="AgreementAdopted")
    reasons: str = field(Form.PROSE, PUBLIC)


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleAnnounced:
    """The monitor will draw so many cases, and commits to a text that it keeps to itself until then."""

    size: int = field(Form.NUMBER, PUBLIC)
    commitment: str = field(Form.LINE, PUBLIC)  # SHA-256 of the text, 64 hexadecimal digits


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleDrawn:
    """The text is told, and with it the root of the first checkpoint after the announcement draws the cases
    (`core.oversight.draw`): neither who announced nor who keeps the register could know the outcome beforehand."""

    announced: str = field(Form.CODE, PUBLIC, refers="SampleAnnounced")
    seed: str = field(Form.LINE, PUBLIC)
    checkpoint: int | None = field(Form.NUMBER, PUBLIC, optional=True, computed=True)
    root: str | None = field(Form.CODE, PUBLIC, optional=True, computed=True)
    population: int | None = field(Form.NUMBER, PUBLIC, optional=True, computed=True)
    drawn: tuple[str, ...] = field(Form.CODES, FieldClass.CUSTODY, optional=True, computed=True, refers="case")


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivateWordHeard:
    """What somebody told the monitor alone. It stands in no case's stream, so that a case shows no trace of it."""

    case: str = field(Form.CODE, PROTECTED, refers="case")
    words: str = field(Form.PROSE, FieldClass.ASKED)


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthConsentHeard:
    """The person told the monitor alone whether it may see their health record; the last word counts. It stands in no
    case's stream."""

    case: str = field(Form.CODE, PROTECTED, refers="case")
    consents: bool = field(Form.FLAG, FieldClass.ASKED)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingKeySet:
    """The public key under which a body's readings are sealed from now on. The secret one stays with the body."""

    public_key: str = field(Form.LINE, PUBLIC)
