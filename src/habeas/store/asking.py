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

from habeas.core import asking as core
from habeas.core.asking import Counts, Enquiry
from habeas.core.entries import Actor, Body, Entry, kind_of
from habeas.core.entries.asking import AskerStated, EnquiryAnswered, EnquiryRejected, KinshipShown
from habeas.core.messages import Message
from habeas.core.visibility import may_open
from habeas.store import accounts, proofs, read, readings, streams
from habeas.store.append import SYSTEM, Draft, append
from habeas.store.models import Account, AskedRow, DeskBucket, LogRow
from habeas.store.records import new_id

ALPHABET = "23456789CDFHJKMNPQRTVWX"
"""No two that look alike in handwriting; 16 of them are 72 bits."""

_MISREAD = str.maketrans("BSZG", "8526")
GROUPS, GROUP = 4, 4
WORD_LEAST = 6
"""Letters and digits in a word, at least."""

ANSWER_DAYS = 7
"""Within how many days each state answers an enquiry where the terms fix no time: our own choice."""

COLLECT, WORDS = "collect", "family_word"
PER_HOUR: Mapping[str, int] = {COLLECT: 1200, WORDS: 1200}
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
    body outside both executives that they are a relative. `asker.about` is the stream of what they lodged.
    `opened_before`: when it was collected with this reference and word."""

    stream: str
    lodged_at: datetime
    asker: AskerStated
    kinship_shown: bool
    opened_before: tuple[datetime, ...] = ()


def lodge(
    stream: str,
    bodies: Sequence[Body],
    asker: AskerStated,
    *,
    word: str,
    at: datetime,
    occurred_at: datetime | None = None,
) -> str:
    """Record these bodies as a new stream (`streams.ENQUIRY + new_id()`), and who lodged them as another; the
    reference, which is kept nowhere. The system records both: it vouches that they came in, not that they are so.

    `occurred_at` is when it happened, if before. `asker.about` is filled in here. Raises Throttled, and whatever
    `append` raises.
    """
    take_one(stream.partition("-")[0], at)
    reference = new_reference()
    lookup, _secret = _lookup(reference, word)
    asker_stream = streams.ASKER + new_id()
    said = Draft(stream=stream, expected_version=0, bodies=bodies, occurred_at=occurred_at or at)
    by_whom = (replace(asker, about=stream),)
    with transaction.atomic():
        append(
            [said, Draft(stream=asker_stream, expected_version=0, bodies=by_whom, occurred_at=at)], actor=SYSTEM, at=at
        )
        AskedRow.objects.create(lookup=lookup, asker=asker_stream)
    return reference


def collect(reference: str, word: str, *, at: datetime) -> Lodged | None:
    """What was lodged under this reference and word; None, after the same work, when either is wrong.

    Case, spaces, accents and letters that are easily misread make no difference. Raises Throttled.
    """
    take_one(COLLECT, at)
    lookup, secret = _lookup(reference, word)
    row = AskedRow.objects.filter(lookup=lookup).first()
    found = lodged(row.asker) if row else None
    return replace(found, opened_before=readings.note_of_asker(secret, at)) if found else None


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
    return len(_letters(word)) >= WORD_LEAST


def turned_away() -> int:
    """How many requests the desk did not take since it opened: a public number."""
    return sum(each.turned_away for each in DeskBucket.objects.all() if each.is_marked)


def _lookup(reference: str, word: str) -> tuple[str, bytes]:
    """What is kept, and a secret key that is kept nowhere. The reference salts the word: without it no word can be
    tried against the table, and each try is slow."""
    typed = unicodedata.normalize("NFKC", reference).upper().translate(_MISREAD)
    salt = "".join(each for each in typed if each in ALPHABET)
    derived = scrypt(_letters(word).encode(), salt=salt.encode(), **{**HASH_COST, "dklen": 64})
    return derived[:32].hex(), derived[32:]  # the first 32 bytes are what a hash of 32 bytes was


def _letters(word: str) -> str:
    """A word as it is compared: no accents, no capitals, letters and digits only. To change this would lose every
    word that was chosen before."""
    decomposed = unicodedata.normalize("NFKD", word.casefold())
    return "".join(each for each in decomposed if each.isalnum())


def take_one(counter: str, at: datetime) -> None:
    """Count one request at a counter. Raises Throttled when it takes no more, which is counted too."""
    per_hour = PER_HOUR.get(counter, PER_HOUR_ELSE)
    with transaction.atomic():
        full = float(per_hour * RESERVE_HOURS)
        found = DeskBucket.objects.select_for_update().filter(counter=counter).first()
        bucket = found if found and found.is_marked else DeskBucket(counter=counter, left=full, filled_at=at)
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


def answer_days(at: datetime) -> tuple[int, bool]:
    """Within how many days each state answers an enquiry, and whether an agreement says so (otherwise we do)."""
    contexts = (read.context(each, at) for each in read.adopted_agreements())
    stated = [each.agreement.periods.get("enquiry_answer_days") for each in contexts]
    days = [each.value for each in stated if each]
    return (min(days), True) if days else (ANSWER_DAYS, False)


def neutral_bodies(at: datetime) -> tuple[str, ...]:
    """The names of those outside both executives to whom somebody can show that they are a relative."""
    found = Account.objects.filter(role__in=core.NEUTRAL, ended_at=None)
    there = {each.party for each in filter(accounts.is_recorded, found)}
    return tuple(each.name for each in read.parties(at).values() if each.id in there)


def enquiries() -> tuple[Enquiry, ...]:
    """Every enquiry on record, in the order in which they came."""
    return core.enquiries(streams.entries_below(streams.ENQUIRY))


def enquiry(stream: str) -> Enquiry | None:
    found = streams.entries(stream) if stream.startswith(streams.ENQUIRY) else ()
    return core.enquiry(found) if found else None


def counts(at: datetime) -> Counts:
    """How many enquiries there are, and what became of them: for everybody."""
    return core.counts(streams.entries_below(streams.ENQUIRY), at, turned_away=turned_away())


def rejections(stream: str) -> tuple[Entry, ...]:
    """Who rejected an enquiry and why, read without reading any answer."""
    rows = LogRow.objects.filter(stream=stream, kind=kind_of(EnquiryRejected)).order_by("ticket")
    return tuple(streams.readable(rows))


def receipt(asked: Lodged, entry_id: str) -> bytes | None:
    """The receipt of an entry of what somebody lodged, with what they may have of it; None when that is nothing."""
    found = read.entry(entry_id)
    if found is None or found.stream != asked.asker.about:
        return None
    fields = core.told(found, kinship_shown=asked.kinship_shown)
    return proofs.receipt_of(entry_id, fields) if fields else None


def first_entry(stream: str) -> str:
    """The id of the entry with which a stream begins, of which nothing is read. LookupError when there is none."""
    return LogRow.objects.values_list("entry_id", flat=True).get(stream=stream, version=0)


def asker_of(stream: str) -> Lodged | None:
    """Who lodged this; None for what was not lodged at the public desk. For `core.asking.NEUTRAL` roles only."""
    for each in streams.entries_below(streams.ASKER):
        if isinstance(each.body, AskerStated) and each.body.about == stream:
            return lodged(each.stream)
    return None


def reason_against(body: Body, actor: Actor) -> Message | None:
    """What only the tables can say against an act of the desk: whether what it names is there and theirs."""
    match body:
        case EnquiryAnswered(enquiry=stream) | EnquiryRejected(enquiry=stream):
            asked = enquiry(stream)
            if asked is None or actor.party not in asked.made.asked_of:
                return Message("asking.not_asked_of_you", {})
            case = getattr(body, "case", None)
            return Message("permission.not_your_case", {}) if case and not _opens(actor, case) else None
        case KinshipShown(asker=stream):
            return None if lodged(stream) else Message("asking.nobody_asked", {})
    return None


def _opens(actor: Actor, case_id: str) -> bool:
    case = read.case(case_id)
    return case is not None and may_open(actor, case, read.orders())
