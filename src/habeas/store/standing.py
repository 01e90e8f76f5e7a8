"""How the register stands with its witnesses: who of them saw how much and when, and which acts wait to be seen."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from operator import itemgetter

from django.db.models import QuerySet

from habeas.core.witnessing import BINDING, FRESH_FOR, WITNESSED_WITHIN
from habeas.register.checkpoint import Checkpoint, parse_signed_checkpoint
from habeas.register.keys import LOG_PARTY
from habeas.register.policy import Policy
from habeas.register.witness import Outcome
from habeas.store import memory, witnessed
from habeas.store.models import CosignatureRow, LogRow, PendingRow, PlaceRow, SignerRow

CONTRADICTIONS = (Outcome.BEHIND, Outcome.FORK)
NOT_ASKED_MORE = (Outcome.REFUSED, Outcome.INVALID, Outcome.AHEAD)


class View(StrEnum):
    """How a witness's view of the register stands."""

    FRESH = "fresh"
    LATE = "late"
    NEVER = "never"
    REFUSES = "refuses"
    BEHIND = "behind"  # it contradicts the register: it saw more, or another past


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What one witness of the policy has seen: the greatest size that it cosigned, and when it cosigned last. `answer`
    is what it answered last, if that was no cosignature."""

    name: str
    vkey: str
    view: View
    size: int | None
    at: datetime | None
    answer: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contradiction:
    """A witness said once that it had seen `seen` entries when there were `size`, or another past of that size; `proof`
    is the checkpoint that it saw, which the log signed."""

    witness: str
    outcome: str
    size: int
    seen: int | None
    at: datetime
    proof: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What everybody may know. `covered`: so many entries have been seen by enough witnesses; `waiting` and `late`
    count the acts that bind a state and have not. `quorum` is None where no witness is demanded. `new_key_at`: since
    then the log has its key, and there are witnesses that have cosigned nothing under it."""

    checkpoint: Checkpoint
    recorded_at: datetime | None
    quorum: str | None
    witnesses: tuple[Seen, ...]
    contradictions: tuple[Contradiction, ...]
    covered: int
    waiting: int
    late: int
    new_key_at: datetime | None

    @property
    def is_met(self) -> bool:
        """Whether enough witnesses have seen all that there is."""
        return self.quorum is not None and self.covered >= self.checkpoint.size


@dataclass(frozen=True, slots=True, kw_only=True)
class Witnessing:
    """Who has seen one act that binds a state, and when; who has not; and by when enough must have. Nobody in either:
    no witness is named at all."""

    by: tuple[tuple[str, datetime], ...]
    lacking: tuple[str, ...]
    enough_at: datetime | None
    due_at: datetime

    @property
    def by_names(self) -> str:
        return ", ".join(name for name, _ in self.by)

    @property
    def is_alone(self) -> bool:
        return not self.by and not self.lacking

    def is_late(self, at: datetime) -> bool:
        """Whether too few had seen it when enough should have; nothing is late where no witness is named."""
        return not self.is_alone and (self.enough_at or at) > self.due_at


def standing(at: datetime) -> Standing:
    """How the register stands at a moment. Raises NotBegun."""
    checkpoint = parse_signed_checkpoint(witnessed.newest().note.encode()).checkpoint
    last = LogRow.objects.filter(place__index=checkpoint.size - 1).first()
    known = witnessed.policy()
    last_seen = witnessed.last_cosignatures(known)
    covered = known.covered({name: each.size for name, each in last_seen.items()}) if known else 0
    unseen = _unseen(covered) if known and known.quorum else []
    return Standing(
        checkpoint=checkpoint,
        recorded_at=last.recorded_at if last else None,
        quorum=known.quorum if known else None,
        witnesses=tuple(_witnesses(known, last_seen, at)) if known else (),
        contradictions=tuple(_contradictions(known)),
        covered=covered,
        waiting=sum(each.count() for each in unseen),
        late=sum(each.filter(recorded_at__lte=at - WITNESSED_WITHIN).count() for each in unseen),
        new_key_at=_new_key_at(known, last_seen) if known else None,
    )


def _new_key_at(known: Policy, seen: Mapping[str, CosignatureRow]) -> datetime | None:
    keys = LogRow.objects.filter(ticket__in=SignerRow.objects.filter(party=LOG_PARTY).values("introduced"))
    latest = keys.filter(place__index__gt=0).select_related("place").order_by("-place__index").first()
    if latest is None or all(name in seen and seen[name].size > latest.place.index for name in known.witnesses):
        return None
    return latest.recorded_at


def witnessing(entry_id: str) -> Witnessing | None:
    """Who has seen an act that binds a state; None for another entry, and for none."""
    row = LogRow.objects.filter(entry_id=entry_id, kind__in=BINDING).first()
    if row is None:
        return None
    known = witnessed.policy()
    names = witnessed.names(known)
    place = PlaceRow.objects.filter(log=row.ticket).values_list("index", flat=True).first()
    rows = CosignatureRow.objects.order_by("size", "at")
    rows = rows.none() if place is None else rows.filter(size__gt=place)
    first = ((name, _first(rows.filter(witness=witness))) for witness, name in names.items())
    by = tuple(sorted(((name, each.at) for name, each in first if each), key=itemgetter(1)))
    return Witnessing(
        by=by,
        lacking=tuple(each for each in names.values() if each not in dict(by)),
        enough_at=_enough_at(known, by) if known else None,
        due_at=row.recorded_at + WITNESSED_WITHIN,
    )


def _first(rows: QuerySet[CosignatureRow]) -> CosignatureRow | None:
    return next(filter(memory.holds, rows.iterator(chunk_size=8)), None)


def _enough_at(known: Policy, by: tuple[tuple[str, datetime], ...]) -> datetime | None:
    """When enough of them had seen it."""
    so_far = (by[: count + 1] for count in range(len(by)))
    return next((found[-1][1] for found in so_far if known.is_met(frozenset(dict(found)))), None)


def _unseen(covered: int) -> list[QuerySet[LogRow]]:
    """Acts that bind a state and have not been seen by enough: placed after all that was, or not placed yet."""
    binding = LogRow.objects.filter(kind__in=BINDING)
    waiting = PendingRow.objects.values("ticket")
    return [binding.filter(place__index__gte=covered), binding.filter(ticket__in=waiting)]


def _witnesses(known: Policy, seen: Mapping[str, CosignatureRow], at: datetime) -> list[Seen]:
    names = witnessed.names(known)
    answers = {vkey: each.outcome for vkey, each in witnessed.last_answers(names).items()}
    return [
        Seen(
            name=name,
            vkey=vkey,
            view=_view(row.at if row else None, answers.get(vkey), at),
            size=row.size if row else None,
            at=row.at if row else None,
            answer=None if answers.get(vkey) == Outcome.COSIGNED else answers.get(vkey),
        )
        for vkey, name in names.items()
        for row in (seen.get(name),)
    ]


def _view(cosigned_at: datetime | None, answer: str | None, at: datetime) -> View:
    if answer in CONTRADICTIONS:
        return View.BEHIND
    if answer in NOT_ASKED_MORE:
        return View.REFUSES
    if cosigned_at is None:
        return View.NEVER
    return View.FRESH if cosigned_at > at - FRESH_FOR else View.LATE


def _contradictions(known: Policy | None) -> list[Contradiction]:
    """Every one that there ever was, also by a witness that the policy no longer names."""
    names = witnessed.names(known)
    return [
        Contradiction(
            witness=names.get(each.witness, each.witness.partition("+")[0]) if each.is_marked else "?",
            outcome=each.outcome,
            size=each.size,
            seen=each.seen,
            at=each.recorded,
            proof=each.proof or "",
        )
        for each in witnessed.contradictions()
    ]
