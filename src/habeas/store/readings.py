"""Who read what, for a body's own eyes: each case that a monitor, court, reviewer or counsel opens appends one row.

A row is sealed to the public key that the body has put on record. Whoever keeps the database can't open it, and
nothing stands beside it but a random id: no time, no account, no case. docs/explanation/readings.md says what the
table still tells.
"""

import json
import os
from datetime import datetime

from habeas.core.entries import Actor, Role
from habeas.core.entries.oversight import ReadingKeySet
from habeas.register.canonical import to_base64
from habeas.register.problems import RegisterError
from habeas.register.sealed import KEY_LENGTH, PUBLIC, parse_key, seal
from habeas.store import statements, streams
from habeas.store.models import ReadingRow
from habeas.store.records import new_id

READERS = frozenset({Role.MONITOR, Role.COURT, Role.REVIEWER, Role.COUNSEL})
ROW_LENGTH = 512
"""Bytes before sealing, so that no row says by its length who read what."""


def note(actor: Actor, case: str, at: datetime) -> None:
    """Append a row for this reading, if the reader's body has given a key."""
    text = key_of(actor.party) if actor.role in READERS else None
    if text is None:
        return
    reading = json.dumps({"at": at.isoformat(), "account": actor.account, "case": case}).encode("ascii")
    padded = reading + b" " * (-len(reading) % ROW_LENGTH)
    sealed = seal(padded, parse_key(PUBLIC, text), once=os.urandom(KEY_LENGTH))
    statements.insert(ReadingRow(id=new_id(), sealed=sealed))


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
