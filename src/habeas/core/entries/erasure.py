"""Entries of erasure: asked, noticed, agreed by three, and what stays of a case whose person's key is destroyed."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from habeas.core.entries.fields import FieldClass, Form, field

CUSTODY, PUBLIC = FieldClass.CUSTODY, FieldClass.PUBLIC


class ErasureBy(StrEnum):
    """Whose wish it is."""

    PERSON = "person"
    COUNSEL = "counsel"
    STATE = "state"


class ErasureServedOn(StrEnum):
    """Who got notice and the file. Both must."""

    PERSON = "person"
    COUNSEL = "counsel"


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureAsked:
    """Somebody asks that the record of a person be erased. It erases nothing."""

    ended: str = field(Form.CODE, CUSTODY, refers="end")
    asked_by: ErasureBy = field(Form.CHOICE, CUSTODY, choices=ErasureBy)
    reasons: str = field(Form.PROSE, CUSTODY)


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureNoticed:
    """Notice was served on the person, or on counsel, with the whole file as receipts, which prove it also after the
    erasure; and by which law claims about this detention are barred from when."""

    asked: str = field(Form.CODE, CUSTODY, refers="ErasureAsked")
    served_on: ErasureServedOn = field(Form.CHOICE, CUSTODY, choices=ErasureServedOn)
    how: str = field(Form.LINE, CUSTODY)
    language: str = field(Form.LANGUAGE, CUSTODY)
    interpreter: str | None = field(Form.LINE, CUSTODY, optional=True)
    file_given: bool = field(Form.FLAG, CUSTODY)
    law: str = field(Form.PROSE, CUSTODY)
    ends_on: date = field(Form.DATE, CUSTODY)


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureAgreed:
    """One of the three looked at the case itself and agrees, with its own reading of the limitation periods."""

    notice: str = field(Form.CODE, CUSTODY, refers="ErasureNoticed")
    reasons: str = field(Form.PROSE, CUSTODY)
    law: str = field(Form.PROSE, CUSTODY)
    ends_on: date = field(Form.DATE, CUSTODY)


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureObjected:
    """The person, or counsel for them, objects: nothing is erased unless they ask for it themselves."""

    asked: str = field(Form.CODE, CUSTODY, refers="ErasureAsked")
    by: ErasureServedOn = field(Form.CHOICE, CUSTODY, choices=ErasureServedOn)
    words: str = field(Form.PROSE, CUSTODY)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseErased:
    """The last entry of a case. `days` are the person's days as the ledger counted them (`core.residue`), `counts` what
    the public figures go on counting."""

    notice: str = field(Form.CODE, PUBLIC, refers="ErasureNoticed")
    copies_destroyed: bool = field(Form.FLAG, PUBLIC)
    agreed_by: tuple[str, ...] = field(Form.CODES, PUBLIC, optional=True, computed=True)
    days: tuple[str, ...] = field(Form.LINES, PUBLIC, optional=True, computed=True)
    counts: tuple[str, ...] = field(Form.LINES, PUBLIC, optional=True, computed=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonErased:
    """Recorded with it, in a stream that is about nobody: which streams can't be read from now on, and the little of
    each that still is, one entry a line (`core.residue`)."""

    person: str = field(Form.CODE, PUBLIC, computed=True)
    streams: tuple[str, ...] = field(Form.CODES, PUBLIC, computed=True)
    kept: tuple[str, ...] = field(Form.LINES, PUBLIC, computed=True)
