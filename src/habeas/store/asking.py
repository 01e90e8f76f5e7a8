"""The public desk: what people without an account lodge, and how they find it again.

`lodge` records what was said in a stream of its own and who said it in another, under another key, and gives a
reference. `collect` finds it again by that reference and a word that the asker chose. Both are alike for everybody:
nothing is looked up about any person, and a wrong word is the same as a reference that was never given, because
the two are hashed together and only that hash is kept.

Each counter (`enquiry`, `order`, ...: the stream's prefix; and `collect`) takes a number of requests an hour from
everybody together, with a reserve for an hour when many come. Nothing about who comes is kept. Past that both
raise `Throttled`, and how often they did is public (`turned_away`).
"""

import secrets
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import scrypt

from django.db import transaction
from django.db.models import Sum

from habeas.core.entries import Body
from habeas.core.entries.asking import AskerStated, KinshipShown
from habeas.core.entries.institutions import PartyKind
from habeas.store import read, streams
from habeas.store.append import SYSTEM, Draft, append
from habeas.store.models import AskedRow, DeskBucket
from habeas.store.names import plain
from habeas.store.records import new_id

ALPHABET = "23456789CDFHJKMNPQRTVWX"
"""No two that look alike in handwriting; 16 of them are 72 bits."""

_MISREAD = str.maketrans("BSZG", "8526")
GROUPS, GROUP = 4, 4
WORD_LEAST = 6
"""Letters and digits in a word, at least."""

ANSWER_DAYS = 7
"""Within how many days each state answers an enquiry: our own, the terms at hand fix none."""

COLLECT = "collect"
PER_HOUR: Mapping[str, int] = {COLLECT: 1200}
PER_HOUR_ELSE, RESERVE_HOURS = 240, 2
HASH_COST = {"n": 2**14, "r": 8, "p": 1, "dklen": 32}  # 16 MB and some 50 ms a time (RFC 7914)


class Throttled(Exception):
    """More came in than the desk takes. `wait` is when to try again."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__("the public desk takes no more just now")
        self.wait = wait


@dataclass(frozen=True, slots=True, kw_only=True)
class Lodged:
    """What somebody lodged: their own stream, what they said of themselves, and whether it has been shown to a
    body outside both executives that they are a relative. `asker.about` is the stream of what they lodged."""

    stream: str
    lodged_at: datetime
    asker: AskerStated
    kinship_shown: bool


def lodge(stream: str, bodies: Sequence[Body], asker: AskerStated, *, word: str, at: datetime) -> str:
    """Record these bodies as a new stream (`streams.ENQUIRY + new_id()`), and who lodged them as another; the
    reference, which is kept nowhere. The system records both: it vouches that they came in, not that they are so.

    `asker.about` is filled in here. Raises Throttled, and whatever `append` raises.
    """
    _take(stream.partition("-")[0], at)
    reference = new_reference()
    lookup = _lookup(reference, word)
    asker_stream = streams.ASKER + new_id()
    drafts = [
        Draft(stream=name, expected_version=0, bodies=each, occurred_at=at)
        for name, each in ((stream, bodies), (asker_stream, (replace(asker, about=stream),)))
    ]
    with transaction.atomic():
        append(drafts, actor=SYSTEM, at=at)
        AskedRow.objects.create(lookup=lookup, asker=asker_stream)
    return reference


def collect(reference: str, word: str, *, at: datetime) -> Lodged | None:
    """What was lodged under this reference and word; None, after the same work, when either is wrong.

    Case, spaces, accents and letters that are easily misread make no difference. Raises Throttled.
    """
    _take(COLLECT, at)
    row = AskedRow.objects.filter(lookup=_lookup(reference, word)).first()
    return lodged(row.asker) if row else None


def lodged(stream: str) -> Lodged | None:
    """What was lodged by the asker of this stream; None when there is none. For the desk of the monitor and the
    reviewer, and for whoever has collected it already."""
    found = streams.entries(stream) if stream.startswith(streams.ASKER) else ()
    if not found:
        return None
    asker = found[0].body
    assert isinstance(asker, AskerStated)
    shown = any(isinstance(each.body, KinshipShown) for each in found)
    return Lodged(stream=stream, lodged_at=found[0].recorded_at, asker=asker, kinship_shown=shown)


def new_reference() -> str:
    """Four groups of four, drawn at random."""
    drawn = ("".join(secrets.choice(ALPHABET) for _ in range(GROUP)) for _ in range(GROUPS))
    return "-".join(drawn)


def is_long_enough(word: str) -> bool:
    """Whether a word is hard enough to guess for somebody who has seen the reference."""
    return len(plain(word).replace(" ", "")) >= WORD_LEAST


def turned_away() -> int:
    """How many requests the desk did not take since it opened: a public number."""
    return DeskBucket.objects.aggregate(total=Sum("turned_away"))["total"] or 0


def _lookup(reference: str, word: str) -> str:
    """The reference salts the word: without it no word can be tried against the table, and each try is slow."""
    typed = unicodedata.normalize("NFKC", reference).upper().translate(_MISREAD)
    salt = "".join(each for each in typed if each in ALPHABET)
    return scrypt(plain(word).encode(), salt=salt.encode(), **HASH_COST).hex()


def _take(counter: str, at: datetime) -> None:
    """Count one request at a counter. Raises Throttled when it takes no more, which is counted too."""
    per_hour = PER_HOUR.get(counter, PER_HOUR_ELSE)
    with transaction.atomic():
        full = float(per_hour * RESERVE_HOURS)
        found = DeskBucket.objects.select_for_update().filter(counter=counter).first()
        bucket = found or DeskBucket(counter=counter, left=full, filled_at=at)
        hours = max(at - bucket.filled_at, timedelta(0)) / timedelta(hours=1)
        bucket.left, bucket.filled_at = min(full, bucket.left + hours * per_hour), max(at, bucket.filled_at)
        taken = bucket.left >= 1
        bucket.left -= taken
        bucket.turned_away += not taken
        bucket.save()
    if not taken:
        raise Throttled(timedelta(hours=(1 - bucket.left) / per_hour))


def answering(at: datetime) -> tuple[str, ...]:
    """The parties of which an enquiry is asked: both states of every agreement that this register runs."""
    adopted = [read.adoption(each, at) for each in read.adopted_agreements()]
    return tuple(dict.fromkeys(party for each in adopted for party in (each.sending_party, each.receiving_party)))


def neutral_bodies(at: datetime) -> tuple[str, ...]:
    """The names of those outside both executives to whom somebody can show that they are a relative."""
    found = (each for each in read.parties(at).values() if each.kind is PartyKind.NEITHER_EXECUTIVE)
    return tuple(each.name for each in found)
