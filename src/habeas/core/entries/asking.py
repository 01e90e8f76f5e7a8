"""Entries of the public desk: somebody outside asks whether a person is held, and each state answers.

What is asked and who asks stand in two streams under two keys. Nothing in the first leads to the second.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from habeas.core.entries.fields import FieldClass, Form, field

PUBLIC, IDENTITY, CUSTODY, ASKED = FieldClass.PUBLIC, FieldClass.IDENTITY, FieldClass.CUSTODY, FieldClass.ASKED


class Answer(StrEnum):
    """What one state says of a person who is sought. It speaks for itself alone."""

    HELD = "held"
    HELD_UNTIL = "held_until"
    NOT_HELD_BY_US = "not_held_by_us"


class Unanswerable(StrEnum):
    """The only reasons for which an enquiry may be rejected: none depends on who is sought."""

    NAMES_NOBODY = "names_nobody"
    NO_ENQUIRY = "no_enquiry"
    ASKED_TWICE = "asked_twice"


@dataclass(frozen=True, slots=True, kw_only=True)
class EnquiryMade:
    """Somebody asks: do you hold this person? The name is as they typed it. Each party of `asked_of` owes an
    answer of its own by `due_at`. It says nothing of who asks."""

    sought: str = field(Form.LINE, IDENTITY)
    born: str | None = field(Form.LINE, IDENTITY, optional=True)
    nationality: str | None = field(Form.LINE, IDENTITY, optional=True)
    last_seen: str | None = field(Form.PROSE, IDENTITY, optional=True)
    asked_of: tuple[str, ...] = field(Form.CODES, PUBLIC, computed=True)
    due_at: datetime = field(Form.MOMENT, PUBLIC, computed=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class AskerStated:
    """Who lodged something at the public desk, as far as they chose to say. `about` is the stream of what they
    lodged; `answer_due_at` the moment by which an answer was promised to them."""

    who: str | None = field(Form.PROSE, ASKED, optional=True)
    relation: str | None = field(Form.LINE, ASKED, optional=True)
    how_shown: str | None = field(Form.PROSE, ASKED, optional=True)
    about: str = field(Form.CODE, ASKED, computed=True)
    answer_due_at: datetime | None = field(Form.MOMENT, ASKED, optional=True, computed=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class EnquiryAnswered:
    """One state's signed answer to an enquiry, with the case when it holds or held the person. A later answer
    of the same state replaces it and leaves it on record."""

    enquiry: str = field(Form.CODE, CUSTODY, refers="enquiry")
    answer: Answer = field(Form.CHOICE, CUSTODY, choices=Answer)
    held_until_on: date | None = field(Form.DATE, CUSTODY, optional=True)
    case: str | None = field(Form.CODE, CUSTODY, optional=True, refers="case")


@dataclass(frozen=True, slots=True, kw_only=True)
class EnquiryRejected:
    """One state will not answer, for a reason that is counted in public and told to whoever asked."""

    enquiry: str = field(Form.CODE, CUSTODY, refers="enquiry")
    reason: Unanswerable = field(Form.CHOICE, CUSTODY, choices=Unanswerable)


@dataclass(frozen=True, slots=True, kw_only=True)
class KinshipShown:
    """Somebody outside both executives has seen that who asked is a relative, or stands in for one."""

    asker: str = field(Form.CODE, ASKED, refers="asker")
    relation: str = field(Form.LINE, ASKED)
    shown_by: str = field(Form.PROSE, ASKED)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsularWishStated:
    """The person says whether their consul is to be told of them; the last word counts. Those who might tell must
    see it, so it is no secret among the officers of the case."""

    consul_to_be_told: bool = field(Form.FLAG, CUSTODY)
    said_to: str = field(Form.LINE, CUSTODY)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsulTold:
    """A consul was told of the person, as the person wished."""

    consulate: str = field(Form.LINE, CUSTODY)
    told_how: str = field(Form.LINE, CUSTODY)
