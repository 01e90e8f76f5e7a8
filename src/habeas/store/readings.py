"""Who read what, for a body's own eyes: each case that a monitor, court, reviewer or counsel opens appends one row.

A row is sealed to the public key that the body has put on record. Whoever keeps the database can't open it, and
nothing stands beside it but a random id: no time, no account, no case. docs/explanation/readings.md says what the
table still tells.
"""

import hmac
import json
import os
from datetime import datetime
from itertools import count

from habeas.core.entries import Actor, Role
from habeas.core.entries.oversight import ReadingKeySet
from habeas.register.canonical import to_base64
from habeas.register.problems import RegisterError
from habeas.register.sealed import KEY_LENGTH, PUBLIC, open_sealed, parse_key, public_of, seal
from habeas.store import statements, streams
from habeas.store.models import ReadingRow
from habeas.store.records import new_id

READERS = frozenset({Role.MONITOR, Role.COURT, Role.REVIEWER, Role.COUNSEL})
DRAWN = 32
"""How many ids of an asker are looked for at once."""
ROW_LENGTH = 512
"""Bytes before sealing, so that no row says by its length who read what."""


def note(actor: Actor, case: str, at: datetime) -> None:
    """Append a row for this reading, if the reader's body has given a key."""
    text = key_of(actor.party) if actor.role in READERS else None
    if text is None:
        return
    reading = {"at": at.isoformat(), "account": actor.account, "case": case}
    statements.write(inserts=[ReadingRow(id=new_id(), sealed=_sealed(reading, parse_key(PUBLIC, text)))])


def note_of_asker(secret: bytes, at: datetime) -> tuple[datetime, ...]:
    """Append a row for somebody without an account, who alone can make this secret key from what they typed; and when
    there were such rows before. Their ids look as random as all others: only that key gives them in order."""
    before: list[datetime] = []
    for start in count(0, DRAWN):
        ids = [_drawn(secret, number) for number in range(start, start + DRAWN)]
        found = ReadingRow.objects.in_bulk(ids)
        opened = (open_sealed(bytes(found[each].sealed), secret) for each in ids if each in found)
        before += [datetime.fromisoformat(json.loads(each)["at"]) for each in opened if each]
        if len(found) < DRAWN:
            sealed = _sealed({"at": at.isoformat()}, public_of(secret))
            ReadingRow.objects.get_or_create(id=ids[len(found)], defaults={"sealed": sealed})
            return tuple(before)
    raise AssertionError("there is always one more")


def _drawn(secret: bytes, number: int) -> str:
    return hmac.digest(secret, f"reading {number}".encode("ascii"), "sha256")[:16].hex()


def _sealed(reading: dict[str, str], public: bytes) -> bytes:
    written = json.dumps(reading).encode("ascii")
    return seal(written + b" " * (-len(written) % ROW_LENGTH), public, once=os.urandom(KEY_LENGTH))


def key_of(party: str) -> str | None:
    """The public key that this body gave last, as it is on record."""
    given = (each.body for each in streams.entries(streams.PARTY + party) if isinstance(each.body, ReadingKeySet))
    return next((each.public_key for each in reversed([*given])), None)


def is_key(text: str) -> bool:
    """Whether rows can be sealed to this key."""
    try:
        seal(b"", parse_key(PUBLIC, text), once=os.urandom(KEY_LENGTH))
    except (RegisterError, ValueError):
        return False
    return True


def sealed_rows() -> str:
    """Every row, of all bodies, one a line: each body opens its own. They stand in the order of their random ids."""
    rows = ReadingRow.objects.order_by("id").values_list("sealed", flat=True)
    return "".join(f"{to_base64(bytes(each))}\n" for each in rows)
