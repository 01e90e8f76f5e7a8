"""What outsiders have seen of the register: whose eyes are enough, what they cosigned, and what is published.

Whose eyes are enough stands in the file that `HABEAS_POLICY` names, which everybody may read. `habeas work` asks the
witnesses and keeps here what they answer; nothing that is recorded waits for them.
"""

import secrets
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import groupby
from operator import itemgetter
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from habeas.inputs import Unusable, read_text, refused_is_unusable, unusable
from habeas.register.note import VerifierKey
from habeas.register.policy import Policy, parse_policy
from habeas.register.witness import Answer, Outcome
from habeas.speech import language_of_environment, say
from habeas.store import memory, sequencer
from habeas.store.append import NotBegun
from habeas.store.keys import EndChanged
from habeas.store.models import CheckpointRow, CosignatureRow, LogRow, WitnessAnswerRow

PATIENCE = timedelta(minutes=1)
"""So long a checkpoint waits for its cosignatures before it is published without them."""
ROWS_MOST = 5_000


def policy() -> Policy | None:
    """Whose cosignatures are asked and wanted; None where nobody is. Raises inputs.Unusable."""
    return _read(settings.HABEAS_POLICY)[1] if settings.HABEAS_POLICY else None


def policy_text() -> str:
    """The file as it is; empty where there is none. Raises inputs.Unusable."""
    return _read(settings.HABEAS_POLICY)[0] if settings.HABEAS_POLICY else ""


@cache
def _read(path: Path) -> tuple[str, Policy]:
    """Read once: what is asked of witnesses changes with a restart, never in between."""
    try:
        with refused_is_unusable():
            text = read_text(str(path))
            return text, parse_policy(text)
    except Unusable as error:
        problem = say(error.message, language_of_environment())
        raise unusable("server.policy_unusable", file=str(path), problem=problem) from error


def keep(witness: VerifierKey, size: int, line: str, at: int) -> None:
    """Keep a cosignature that was verified; one that is there already is left as it is."""
    moment = datetime.fromtimestamp(at, UTC)
    number = secrets.randbits(62)  # nobody can take it beforehand
    row = CosignatureRow(number, size, witness.text, line, moment, timezone.now())
    CosignatureRow.objects.bulk_create([row], ignore_conflicts=True)


def note_answer(witness: VerifierKey, answer: Answer, size: int) -> None:
    """Keep what a witness answered, when it is something else than the time before: a contradiction for ever."""
    last = last_answers([witness.text]).get(witness.text)
    if last is None or (last.outcome, last.seen) != (answer.outcome, answer.seen):
        WitnessAnswerRow.objects.create(
            witness=witness.text,
            outcome=answer.outcome,
            size=size,
            seen=answer.seen,
            proof=answer.proof or None,
            recorded=timezone.now(),
        )


def last_answers(witnesses: Collection[str]) -> Mapping[str, WitnessAnswerRow]:
    """What each of these witnesses answered last; without those that never answered."""
    rows = WitnessAnswerRow.objects.filter(witness__in=witnesses).order_by("recorded")
    return {each.witness: each for each in rows if each.is_marked}


def contradictions() -> list[WitnessAnswerRow]:
    """Every answer by which a witness contradicted the register, the last first. Of what this register did not hear
    itself only what it has signed itself is believed: not who saw it (`is_marked`)."""
    rows = list(WitnessAnswerRow.objects.filter(outcome__in=(Outcome.BEHIND, Outcome.FORK)).order_by("-recorded"))
    heard = {each.mark: each for each in rows if each.is_marked}
    told = {each.proof for each in heard.values()}
    others = {each.proof: each for each in rows if each.proof and each.proof not in told}
    return [*heard.values(), *(each for proof, each in others.items() if memory.contradicts(proof.encode()))]


def note_proved() -> None:
    """What a witness proved is kept here and in the memory: what one of the two has lost comes back from the other."""
    for each in WitnessAnswerRow.objects.filter(proof__isnull=False):
        memory.note_seen(each.seen or 0, each.proof or "")


def last_size(witness: VerifierKey) -> int:
    """The greatest size that a witness cosigned; 0 before the first."""
    last = last_cosignature(witness.text)
    return last.size if last else 0


def last_cosignature(witness: str) -> CosignatureRow | None:
    """The latest of a witness's cosignatures of the greatest size: one row is read, however many there are."""
    rows = CosignatureRow.objects.filter(witness=witness).order_by("-size", "-at")
    return next(filter(memory.holds, rows.iterator(chunk_size=8)), None)


def published_note() -> bytes:
    """The checkpoint to show to everybody, with all its cosignatures: the newest that enough witnesses cosigned, or a
    newer one once it has waited for a minute. It never goes back. Without a policy: the newest. Raises NotBegun."""
    found = max(_cosigned_size(), _waited_size()) if _wants_witnesses() else None
    return _note(found or _newest_size())


def note_holding(index: int) -> bytes:
    """The checkpoint that proves an entry: the newest that enough witnesses cosigned if it holds the entry, otherwise
    the newest, with whatever cosignatures it has. Raises NotBegun."""
    size = _cosigned_size()
    return _note(size if size > index else _newest_size(), index)


def newest() -> CheckpointRow:
    """What the register said of itself last, to be shown. Raises NotBegun; BehindPublished for another past;
    EndChanged where there are entries, and no checkpoint that a key of the log signed."""
    checkpoint = memory.published()
    if checkpoint is None and (first := LogRow.objects.order_by("ticket").first()):
        sequencer.index_of(first.ticket)  # nobody has given places yet, or somebody is about to
        checkpoint = memory.published()
        if checkpoint is None:
            raise EndChanged
    if checkpoint is None:
        raise NotBegun("the register has not begun")
    return checkpoint


def is_policy_forgotten() -> bool:
    """Whether witnesses have cosigned, and nothing at hand says whose cosignatures are enough."""
    return not _wants_witnesses() and CosignatureRow.objects.exists()


def names(known: Policy | None) -> Mapping[str, str]:
    """What the policy calls each witness, by its key."""
    return {each.key.text: name for name, each in known.witnesses.items()} if known else {}


def last_cosignatures(known: Policy | None) -> Mapping[str, CosignatureRow]:
    """The last cosignature of each witness of the policy, by its name there; without those that never gave one."""
    last = {name: last_cosignature(witness) for witness, name in names(known).items()}
    return {name: each for name, each in last.items() if each}


def seen_sizes() -> Mapping[str, int]:
    """The greatest size that each witness of the policy cosigned, by its name there; without those that never did."""
    return {name: each.size for name, each in last_cosignatures(policy()).items()}


def _wants_witnesses() -> bool:
    known = policy()
    return known is not None and known.quorum is not None


def _newest_size() -> int:
    found = next(memory.signed(), None)
    return found.size if found else newest().size


def _cosigned_size() -> int:
    """The size of the newest checkpoint that enough witnesses cosigned; 0 where there is none."""
    known = policy()
    if known is None or known.quorum is None:
        return 0
    called = names(known)
    rows = CosignatureRow.objects.filter(witness__in=called, size__lte=known.covered(seen_sizes()))
    cosigned = rows.order_by("-size").values_list("size", "witness")[:ROWS_MOST]
    for size, found in groupby(cosigned, key=itemgetter(0)):
        if known.is_met(frozenset(called[witness] for _, witness in found)):
            by = {called[each.witness] for each in rows.filter(size=size) if memory.holds(each)}
            if known.is_met(frozenset(by)):
                return int(size)
    return 0


def _waited_size() -> int:
    """The size of the newest checkpoint that has waited long enough."""
    old = LogRow.objects.filter(place__isnull=False, recorded_at__lte=timezone.now() - PATIENCE)
    last = old.order_by("-place__index").values_list("place__index", flat=True).first()
    found = next(memory.signed(size__lte=last + 1), None) if last is not None else None
    return found.size if found else 0


def _note(size: int, index: int = -1) -> bytes:
    """The checkpoint of this size, with the latest cosignature of each witness, also of one that the policy does not
    name: whoever verifies says whose eyes are enough. After a fork the last
    that was given out, if it holds the entry at `index`; otherwise raises BehindPublished."""
    try:
        checkpoint = memory.published(size) or newest()
    except memory.BehindPublished:
        checkpoint = newest()
        if checkpoint.size <= index:
            raise
    rows = CosignatureRow.objects.filter(size=checkpoint.size).order_by("at", "recorded")
    lines = {each.witness: each.line for each in rows if memory.holds(each)}
    return (checkpoint.note + "".join(lines.values())).encode()
