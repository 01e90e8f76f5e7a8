"""Entries of custody: the journey, both handovers, the time held, and how it ends."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from habeas.core.entries.fields import FieldClass, Form, Unstated, field
from habeas.core.entries.procedure import Opening

IDENTITY, CUSTODY, HEALTH = FieldClass.IDENTITY, FieldClass.CUSTODY, FieldClass.HEALTH
FITNESS, FAMILY = FieldClass.FITNESS, FieldClass.FAMILY


class Absence(StrEnum):
    """Why somebody who is on the roll is not in the building."""

    COURT = "court"
    HOSPITAL = "hospital"
    OTHER = "other"


class Sign(StrEnum):
    """How it is known that the person is here and alive."""

    ROLL_CALL = "roll_call"
    APPEARANCE = "appearance"
    VISIT = "visit"
    CALL = "call"


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifested:
    """The person is put on the list of a journey that has a place kept for them."""

    manifest: str = field(Form.LINE, CUSTODY)
    departs_at: datetime = field(Form.MOMENT, CUSTODY)
    departs_from: str = field(Form.LINE, CUSTODY)
    escort: str = field(Form.LINE, CUSTODY)


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenOffManifest:
    """The person will not travel on that journey."""

    manifested: str = field(Form.CODE, CUSTODY, refers="Manifested")
    reasons: str = field(Form.PROSE, CUSTODY)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeparturePermitted:
    """All rules asked again at the gate: the journey may begin."""

    fit_to_travel: str = field(Form.LINE, FITNESS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Departed:
    """The person left on a journey to the other state, permitted or not."""

    departed_from: str | Unstated = field(Form.LINE, CUSTODY, unstated=True)
    destination: str | Unstated = field(Form.LINE, CUSTODY, unstated=True)
    means: str | Unstated = field(Form.LINE, CUSTODY, unstated=True)
    outward: bool = field(Form.FLAG, CUSTODY)


@dataclass(frozen=True, slots=True, kw_only=True)
class DepartedUnproposed(Opening):
    """Somebody whom nobody had proposed left for the other state. It opens a case in the hands of the sending state:
    whoever is taken away is on record although a permission was wanting."""

    departed_from: str | Unstated = field(Form.LINE, CUSTODY, unstated=True)
    destination: str | Unstated = field(Form.LINE, CUSTODY, unstated=True)
    means: str | Unstated = field(Form.LINE, CUSTODY, unstated=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """The person is at the facility's door."""

    facility: str = field(Form.CODE, CUSTODY, refers="facility")


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrivedUnannounced(Opening):
    """Somebody is at the door without a case. It opens one: nobody who is held is off the roll."""

    brought_by: str | Unstated = field(Form.LINE, CUSTODY, unstated=True)
    circumstances: str | Unstated = field(Form.PROSE, CUSTODY, unstated=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverOffered:
    """The first of two signatures. Until the other side accepts, whoever offers still answers."""

    to_party: str = field(Form.CODE, CUSTODY, refers="party")
    place: str = field(Form.LINE, CUSTODY)
    documents: tuple[str, ...] = field(Form.LINES, CUSTODY, optional=True)
    property: tuple[str, ...] = field(Form.LINES, CUSTODY, optional=True)
    fitness: str | Unstated = field(Form.LINE, FITNESS, unstated=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverAccepted:
    """The second signature: from this moment the accepting side answers for the person."""

    offer: str = field(Form.CODE, CUSTODY, refers="HandoverOffered")
    remarks: str | None = field(Form.PROSE, CUSTODY, optional=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverRefused:
    """The other side refuses at the door, with its reasons. Whoever offered still answers."""

    offer: str = field(Form.CODE, CUSTODY, refers="HandoverOffered")
    reasons: str = field(Form.PROSE, CUSTODY)


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedAtDoor:
    """A facility did not take somebody whom no handover had offered to it. Whoever answered still answers."""

    reasons: str | Unstated = field(Form.PROSE, CUSTODY, unstated=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted:
    """Book-in, with all that Mandela Rule 7 and ICPPED article 17(3) ask. Every answer may be "not
    known" or "refused to say"; none may be skipped."""

    facility: str = field(Form.CODE, CUSTODY, refers="facility")
    identity_confirmed_by: str | Unstated = field(Form.LINE, IDENTITY, unstated=True)
    distinguishing_name: str | Unstated = field(Form.LINE, IDENTITY, unstated=True)
    commitment_reasons: str | Unstated = field(Form.PROSE, CUSTODY, unstated=True)
    commitment_authority: str | Unstated = field(Form.LINE, CUSTODY, unstated=True)
    arrested_at: datetime | Unstated = field(Form.MOMENT, CUSTODY, unstated=True)
    arrested_where: str | Unstated = field(Form.LINE, CUSTODY, unstated=True)
    supervising_authority: str | Unstated = field(Form.LINE, CUSTODY, unstated=True)
    visible_injuries: str | Unstated = field(Form.PROSE, HEALTH, unstated=True)
    prior_ill_treatment: str | Unstated = field(Form.PROSE, HEALTH, unstated=True)
    health: str | Unstated = field(Form.PROSE, HEALTH, unstated=True)
    care_needed: str | Unstated = field(Form.PROSE, FITNESS, unstated=True)
    belongings: str | Unstated = field(Form.PROSE, CUSTODY, unstated=True)
    family: str | Unstated = field(Form.PROSE, FAMILY, unstated=True)
    children: str | Unstated = field(Form.PROSE, FAMILY, unstated=True)
    emergency_contact: str | Unstated = field(Form.PROSE, FAMILY, unstated=True)
    consul_to_be_told: str | Unstated = field(Form.LINE, FAMILY, unstated=True)
    cell: str | Unstated = field(Form.LINE, CUSTODY, unstated=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class RollEntered:
    """A sign of this day that the person is here and alive."""

    facility: str = field(Form.CODE, CUSTODY, refers="facility")
    sign: Sign = field(Form.CHOICE, CUSTODY, choices=Sign)
    seen_by: str | Unstated = field(Form.LINE, CUSTODY, unstated=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """The person was moved to another facility: one stint ends and the next begins."""

    facility: str = field(Form.CODE, CUSTODY, refers="facility")
    reasons: str | Unstated = field(Form.PROSE, CUSTODY, unstated=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class AbsenceBegan:
    """Out of the building and still on the roll: at court, in hospital."""

    absence: Absence = field(Form.CHOICE, CUSTODY, choices=Absence)
    where: str | Unstated = field(Form.LINE, CUSTODY, unstated=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class AbsenceEnded:
    """Back in the building."""

    remarks: str | None = field(Form.PROSE, CUSTODY, optional=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Injured:
    """An injury, whoever caused it, and to which independent authority it was reported."""

    injury: str | Unstated = field(Form.PROSE, HEALTH, unstated=True)
    circumstances: str | Unstated = field(Form.PROSE, HEALTH, unstated=True)
    reported_to: str | Unstated = field(Form.LINE, CUSTODY, unstated=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnDue:
    """The person must be back in the sending state by then, and by what."""

    due_at: datetime = field(Form.MOMENT, CUSTODY)
    because: str = field(Form.PROSE, CUSTODY)
    ordered_by: str = field(Form.LINE, CUSTODY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """The person is back in the sending state. It ends the stay and the case."""

    place: str | Unstated = field(Form.LINE, CUSTODY, unstated=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """The person is free. ICPPED article 21: where, to whom, with which papers."""

    place: str | Unstated = field(Form.LINE, CUSTODY, unstated=True)
    handed_to: str | Unstated = field(Form.LINE, FAMILY, unstated=True)
    papers: str | Unstated = field(Form.LINE, CUSTODY, unstated=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferredOn:
    """The person was passed to a third authority."""

    destination: str | Unstated = field(Form.LINE, CUSTODY, unstated=True)
    authority: str | Unstated = field(Form.LINE, CUSTODY, unstated=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Died:
    """The person died. Whoever had them answers for the investigation; the record stays open to it."""

    circumstances: str | Unstated = field(Form.PROSE, HEALTH, unstated=True)
    cause: str | Unstated = field(Form.PROSE, HEALTH, unstated=True)
    investigated_by: str | Unstated = field(Form.LINE, CUSTODY, unstated=True)
    remains: str | Unstated = field(Form.LINE, FAMILY, unstated=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Escaped:
    """The person is gone. It ends the stint, not the duty: the same authority still answers."""

    circumstances: str | Unstated = field(Form.PROSE, CUSTODY, unstated=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class EndConfirmed:
    """Somebody other than the holder confirms how it ended, and how they know."""

    ended: str = field(Form.CODE, CUSTODY, refers="end")
    how_known: str = field(Form.PROSE, CUSTODY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected:
    """A field of an earlier entry was wrong. Both stay: the earlier one as it was, this one as it should have been."""

    entry: str = field(Form.CODE, CUSTODY, refers="entry")
    field_name: str = field(Form.CODE, CUSTODY)
    value: str = field(Form.LINE, CUSTODY)  # canonical JSON; seen by who may see the corrected field
    reasons: str = field(Form.PROSE, CUSTODY)
    old_digest: str | None = field(Form.CODE, CUSTODY, optional=True, computed=True)
