"""Entries of counsel and of claims: who speaks for the person, and what is said against a detention."""

from dataclasses import dataclass
from enum import StrEnum

from habeas.core.entries.fields import FieldClass, Form, field

CUSTODY = FieldClass.CUSTODY


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
