"""Entries of family words: what a person was given to pass on, so that whoever brings a word gets the answer of
ICPPED article 18(1). No word stands here, and no officer of either state sees who gave one."""

from dataclasses import dataclass
from enum import StrEnum

from habeas.core.entries.fields import FieldClass, Form, field

ASKED = FieldClass.ASKED


class Occasion(StrEnum):
    """When the words were put into the person's hands."""

    NOTICE = "notice"
    ADMISSION = "admission"
    LATER = "later"


class Which(StrEnum):
    """Which word of the person's sheet no longer opens anything."""

    FIRST = "first"
    SECOND = "second"
    THIRD = "third"
    ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyWordsGiven:
    """Words were made and put into the person's hands, for them to pass on. To pass one on is the person's consent.
    What is kept of each is a slow hash under a key of the register."""

    occasion: Occasion = field(Form.CHOICE, ASKED, choices=Occasion)
    how_many: int = field(Form.NUMBER, ASKED)
    digests: tuple[str, ...] = field(Form.CODES, ASKED, optional=True, computed=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyWordsEnded:
    """The person wants a word to open nothing any more."""

    which: Which = field(Form.CHOICE, ASKED, choices=Which)
