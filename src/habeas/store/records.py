"""An entry as the register and the database hold it: named fields with salts, a leaf, and a sealed row.

What stands in clear beside the sealed part is bound to it: a row in which anything was changed does not open.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypedDict, cast

from habeas.core.entries import Actor, Entry, Json, Role, body_from_json
from habeas.register.canonical import Value, encode
from habeas.register.encoding import from_base64, to_base64
from habeas.register.fields import SALT_LENGTH, Field
from habeas.store.keys import KeyFolder
from habeas.store.models import LogRow

BODY = "body."
ENVELOPE_LENGTH = 10


class _Sealed(TypedDict):
    body: dict[str, Json]
    salts: str


@dataclass(frozen=True, slots=True)
class Record:
    """An entry together with its salted fields, as read back from its row."""

    entry: Entry
    fields: tuple[Field, ...]


def key_id(entry_stream: str, subject: str | None) -> str:
    """Under which key a row is sealed: the person's, or the stream's when it is about no person."""
    return f"person-{subject}" if subject else f"stream-{entry_stream}"


def fields_of(entry: Entry, values: Mapping[str, Json], salts: bytes) -> tuple[Field, ...]:
    """Everything that the leaf commits to. `values` is the body as JSON; 32 bytes of `salts` a field."""
    body = ((BODY + name, cast(Value, values[name])) for name in sorted(values))
    pairs = [*_envelope(entry).items(), *body]
    return tuple(
        Field(path, value, salts[at * SALT_LENGTH : (at + 1) * SALT_LENGTH]) for at, (path, value) in enumerate(pairs)
    )


def count_of(values: Mapping[str, Json]) -> int:
    """How many fields an entry with this body has."""
    return ENVELOPE_LENGTH + len(values)


def row_of(
    entry: Entry, values: Mapping[str, Json], salts: bytes, *, leaf: bytes, leaf_hash: bytes, keys: KeyFolder
) -> LogRow:
    """The row of a new entry. Raises KeyLost when the key that must seal it is not there."""
    row = LogRow(
        index=entry.index,
        entry_id=entry.id,
        stream=entry.stream,
        version=entry.version,
        kind=entry.kind,
        subject=entry.subject,
        occurred_at=entry.occurred_at,
        recorded_at=entry.recorded_at,
        account=entry.actor.account,
        party=entry.actor.party,
        role=entry.actor.role.value,
        facility=entry.actor.facility,
        leaf=leaf,
        leaf_hash=leaf_hash,
    )
    document = json.dumps({"body": values, "salts": to_base64(salts)}, ensure_ascii=False)
    row.sealed = keys.seal(key_id(row.stream, row.subject), document.encode("utf-8"), _bound_to(row))
    return row


def entry_of(row: LogRow, keys: KeyFolder) -> Entry:
    """The entry of a row. Raises KeyLost, or SealBroken when the row was changed."""
    return _entry(row, _opened(row, keys)["body"])


def record_of(row: LogRow, keys: KeyFolder) -> Record:
    """The entry of a row with its salted fields. Raises KeyLost or SealBroken."""
    document = _opened(row, keys)
    entry = _entry(row, document["body"])
    salts = from_base64(document["salts"]) or b""
    return Record(entry, fields_of(entry, document["body"], salts))


def _opened(row: LogRow, keys: KeyFolder) -> _Sealed:
    name = f"entry {row.entry_id}"
    document = keys.open(key_id(row.stream, row.subject), bytes(row.sealed), _bound_to(row), name=name)
    return cast(_Sealed, json.loads(document))


def _entry(row: LogRow, values: Mapping[str, Json]) -> Entry:
    return Entry(
        id=row.entry_id,
        index=row.index,
        stream=row.stream,
        version=row.version,
        subject=row.subject,
        occurred_at=row.occurred_at,
        recorded_at=row.recorded_at,
        actor=Actor(account=row.account, party=row.party, role=Role(row.role), facility=row.facility),
        body=body_from_json(row.kind, values),
    )


def _bound_to(row: LogRow) -> bytes:
    """Everything that stands in clear, so that a change of it breaks the seal."""
    clear: Sequence[Value] = [
        bytes(row.leaf_hash).hex(),
        row.index,
        row.entry_id,
        row.stream,
        row.version,
        row.kind,
        row.subject,
        moment(row.occurred_at),
        moment(row.recorded_at),
        row.account,
        row.party,
        row.role,
        row.facility,
    ]
    return encode(clear)


def _envelope(entry: Entry) -> dict[str, Value]:
    return {
        "kind": entry.kind,
        "stream": entry.stream,
        "version": entry.version,
        "subject": entry.subject,
        "occurred_at": moment(entry.occurred_at),
        "recorded_at": moment(entry.recorded_at),
        "actor.account": entry.actor.account,
        "actor.party": entry.actor.party,
        "actor.role": entry.actor.role.value,
        "actor.facility": entry.actor.facility,
    }


def moment(at: datetime) -> str:
    """A moment as the register writes it: UTC, with microseconds."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
