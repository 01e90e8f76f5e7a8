"""An entry as the register and the database hold it: named fields with salts, a leaf, and a sealed row.

What stands in clear beside the sealed part is bound to it: a row in which anything was changed does not open.
"""

import json
import os
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from operator import attrgetter
from typing import Any

from habeas.core.entries import Actor, Entry, Role, body_from_json, body_to_json
from habeas.register import assertion
from habeas.register.canonical import Value, encode, from_base64, to_base64
from habeas.register.fields import (
    SALT_LENGTH,
    Disclosure,
    Field,
    disclose,
    disclosure_members,
    disclosure_problems,
    field_digest,
    fields_digest,
    parse_disclosure,
)
from habeas.register.leaf import parse_leaf
from habeas.register.problems import RegisterError
from habeas.store.keys import KeyFolder, KeyLost, SealBroken, key_folder
from habeas.store.models import LogRow, ShownStreamRow
from habeas.store.statements import Row

BODY = "body."
LOST = "lost"
"""The kind of an entry of which only the leaf is left. It stands in a stream of its own, and is a finding."""

OF_ENTRY = "stream version kind subject occurred_at recorded_at".split()
OF_ACTOR = "account party role facility".split()
ENVELOPE = ["kind", *OF_ENTRY[:2], *OF_ENTRY[3:], *(f"actor.{name}" for name in OF_ACTOR)]
"""The paths of the fields that every entry has, in their order."""
CLEAR = ["entry_id", *OF_ENTRY, *OF_ACTOR]
"""What the seal of a row is bound to, beside the hash of its leaf."""


@dataclass(frozen=True, slots=True)
class Record:
    """An entry together with its salted fields: everything that its leaf commits to."""

    entry: Entry
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """What was fixed of an entry when somebody signed it: its id, and the salts of what was signed, by path."""

    entry_id: str
    salts: Mapping[str, bytes]
    assertion: Value


def new_id() -> str:
    """16 random bytes as 32 hexadecimal digits. An id says nothing, not even a time."""
    return secrets.token_hex(16)


def key_id(stream: str, subject: str | None) -> str:
    """Under which key a row is sealed: the person's, or the stream's when it is about no person."""
    return f"person-{subject}" if subject else f"stream-{stream}"


def new_record(entry: Entry, signature: Signature | None = None) -> Record:
    """A new entry, with salts drawn now, but for those under which it was signed."""
    values = _values(entry, body_to_json(entry.body), signature.assertion if signature else None)
    salts, drawn = signature.salts if signature else {}, _salts(os.urandom(SALT_LENGTH * len(values)))
    return _record(entry, values, (salts.get(path) or salt for path, salt in zip(values, drawn, strict=True)))


def row_of(record: Record, *, leaf: bytes, leaf_hash: bytes) -> Row:
    """The row of a new entry. Raises KeyLost when the key that must seal it is not there."""
    entry = record.entry
    clear = _clear_of(entry)
    body = {each.path.removeprefix(BODY): each.value for each in record.fields if each.path.startswith(BODY)}
    salts = to_base64(b"".join(each.salt for each in record.fields))
    signed = {each.path: each.value for each in record.fields if each.path == assertion.PATH}
    document = json.dumps({"body": body, "salts": salts, **signed}, ensure_ascii=False)
    key, bound_to = key_id(entry.stream, entry.subject), _bound_to(leaf_hash, clear)
    sealed = key_folder().seal(key, document.encode("utf-8"), bound_to)
    return Row(LogRow, (entry.index, *clear, leaf, leaf_hash, sealed))


def entry_of(row: LogRow) -> Entry:
    """The entry of a row. Raises KeyLost, or SealBroken when the row was changed."""
    return _entry(row, _opened(row)["body"])


def record_of(row: LogRow, keys: KeyFolder | None = None) -> Record:
    """The entry of a row with its salted fields, by the keys at hand here or those. Raises KeyLost or SealBroken."""
    document = _opened(row, keys)
    entry = _entry(row, document["body"])
    salts = _salts(from_base64(document["salts"]) or b"")
    return _record(entry, _values(entry, document["body"], document.get(assertion.PATH)), salts)


def record_from(fields: Iterable[Field], *, id: str, ticket: int) -> Record:
    """The record whose every field is known, as it is when nothing of an entry is hidden."""
    known = {each.path: each for each in fields}
    value: dict[str, Any] = {path: each.value for path, each in known.items()}
    body = {path.removeprefix(BODY): each for path, each in value.items() if path.startswith(BODY)}
    entry = Entry(
        id=id,
        index=ticket,
        stream=value["stream"],
        version=value["version"],
        subject=value["subject"],
        occurred_at=datetime.fromisoformat(value["occurred_at"]),
        recorded_at=datetime.fromisoformat(value["recorded_at"]),
        actor=Actor(
            account=value["actor.account"],
            party=value["actor.party"],
            role=Role(value["actor.role"]),
            facility=value["actor.facility"],
        ),
        body=body_from_json(value["kind"], body),
    )
    values = _values(entry, body, value.get(assertion.PATH))
    return _record(entry, values, (known[path].salt for path in values))


def all_of(row: LogRow) -> Disclosure:
    """An entry of which nothing is hidden. Raises KeyLost or SealBroken."""
    fields = record_of(row).fields
    return disclose(fields, [field.path for field in fields])


def stream_shown(row: LogRow) -> Value:
    """The stream of an entry with its salt, and of all else the digests: what shows somebody without the key in which
    stream it was recorded. Raises KeyLost or SealBroken."""
    return disclosure_members(disclose(record_of(row).fields, ["stream"]))


def shows_stream(shown: Any, row: LogRow) -> bool:
    """Whether `stream_shown` is of this row's leaf, and says the stream that the row does."""
    try:
        disclosure = parse_disclosure(shown)
    except (RegisterError, TypeError, KeyError):
        return False
    said = [(each.path, each.value) for each in disclosure.disclosed]
    return said == [("stream", row.stream)] and not disclosure_problems(
        disclosure, parse_leaf(bytes(row.leaf)).fields, 0
    )


def is_shown(shown: ShownStreamRow) -> bool:
    """Whether a row shows the stream of its entry, and was not put there by somebody else."""
    return any(shows_stream(shown.shown, row) for row in LogRow.objects.filter(entry_id=shown.entry_id))


def matches_leaf(row: LogRow) -> bool:
    """Whether the values and salts of a row are those that its leaf commits to. Raises KeyLost or SealBroken."""
    return is_committed(record_of(row), bytes(row.leaf))


def is_as_recorded(row: LogRow) -> bool:
    """Whether a row is what its leaf commits to. Of an erased person it can't be asked: the key is gone."""
    try:
        return matches_leaf(row)
    except SealBroken:
        return False
    except KeyLost:
        return True


def is_committed(record: Record, leaf: bytes) -> bool:
    return fields_digest(map(field_digest, record.fields)) == parse_leaf(leaf).fields


def written(value: Any) -> Any:
    """A column as the seal of its row and a backup write it."""
    return moment(value) if isinstance(value, datetime) else value


@lru_cache(1000)
def moment(at: datetime) -> str:
    """A moment as the register writes it: UTC, with microseconds."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _record(entry: Entry, values: Mapping[str, Value], salts: Iterable[bytes]) -> Record:
    pairs = zip(values.items(), salts, strict=True)
    return Record(entry, tuple(Field(path, value, salt) for (path, value), salt in pairs))


def _values(entry: Entry, body: Mapping[str, Any], signed: Value) -> dict[str, Value]:
    own = {} if signed is None else {assertion.PATH: signed}
    envelope = zip(ENVELOPE, map(written, _envelope_of(entry)), strict=True)
    return {**dict(envelope), **{BODY + name: body[name] for name in sorted(body)}, **own}


def _salts(joined: bytes) -> Iterator[bytes]:
    return (joined[at : at + SALT_LENGTH] for at in range(0, len(joined), SALT_LENGTH))


def _getter(paths: Iterable[str]) -> Callable[[Entry], tuple[Any, ...]]:
    """Reads these of an entry; a role as the text that it is."""
    return attrgetter(*(f"{path}.value" if path == "actor.role" else path for path in paths))


_envelope_of = _getter(ENVELOPE)
_bound_of = attrgetter(*CLEAR)
_clear_of = _getter(["id", *OF_ENTRY, *(f"actor.{name}" for name in OF_ACTOR)])


def _opened(row: LogRow, keys: KeyFolder | None = None) -> dict[str, Any]:
    sealed, broken = bytes(row.sealed), SealBroken("server.seal_broken", row.entry_id)
    bound_to = _bound_to(bytes(row.leaf_hash), _bound_of(row))
    opened = (keys or key_folder()).open(key_id(row.stream, row.subject), sealed, bound_to, broken)
    document: dict[str, Any] = json.loads(opened)
    return document


def _entry(row: LogRow, body: Mapping[str, Any]) -> Entry:
    return replace(envelope_of(row), body=body_from_json(row.kind, body))


def envelope_of(row: LogRow) -> Entry:
    """What stands in clear of an entry; its body is None."""
    return Entry(
        id=row.entry_id,
        index=row.ticket,
        stream=row.stream,
        version=row.version,
        subject=row.subject,
        occurred_at=row.occurred_at,
        recorded_at=row.recorded_at,
        actor=Actor(account=row.account, party=row.party, role=Role(row.role), facility=row.facility),
        body=None,
    )


def _bound_to(leaf_hash: bytes, clear: Iterable[Any]) -> bytes:
    """Everything that stands in clear, so that a change of it breaks the seal."""
    return encode([leaf_hash.hex(), *map(written, clear)])
