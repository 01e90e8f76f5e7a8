"""The few statements that every append needs, written out.

Through the ORM they would take longer than hashing, signing and the disk together. Nothing else in Habeas
writes SQL.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from django.db import connection, models

from habeas.store.models import LogRow


@dataclass(slots=True)
class Head:
    """Where the register ends (`models.HeadRow`)."""

    origin: str
    size: int
    edge: bytes
    recorded_at: datetime


@dataclass(slots=True)
class Chain:
    """Where the chain of a party's newest key ends (`models.SignerRow`)."""

    fingerprint: str
    counter: int
    previous: bytes


@dataclass(frozen=True, slots=True)
class End:
    """Where a stream ends: how many entries it has, and the leaf hash of the last."""

    count: int
    leaf_hash: bytes


NO_ENTRIES = End(0, b"")


def read_head(parties: Sequence[str]) -> tuple[Head, dict[str, Chain]] | None:
    """The head, and the chain of the newest key of each of these parties that has one; None before the
    register begins."""
    places = ", ".join(["%s"] * len(parties))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT origin, size, edge, recorded_at, party, fingerprint, counter, previous"  # noqa: S608
            f" FROM store_headrow LEFT JOIN store_signerrow ON party IN ({places}) ORDER BY introduced",
            parties,
        )
        rows = cursor.fetchall()
    if not rows:
        return None
    origin, size, edge, recorded_at = rows[0][:4]
    chains = {row[4]: Chain(row[5], row[6], bytes(row[7])) for row in rows if row[4] is not None}
    return Head(origin, size, bytes(edge), _moment(recorded_at)), chains


def read_end(stream: str) -> End:
    """The end of a stream."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT version, leaf_hash FROM store_logrow WHERE stream = %s ORDER BY version DESC LIMIT 1", [stream]
        )
        row = cursor.fetchone()
    return End(row[0] + 1, bytes(row[1])) if row else NO_ENTRIES


def read_end_between(first: str, after: str) -> End:
    """The end of all streams with names in [first, after), taken as one."""
    with connection.cursor() as cursor:
        cursor.execute(
            'WITH found AS (SELECT COUNT(*) AS entries, MAX("index") AS last FROM store_logrow'
            " WHERE stream >= %s AND stream < %s)"
            ' SELECT entries, leaf_hash FROM found JOIN store_logrow ON "index" = last',
            [first, after],
        )
        row = cursor.fetchone()
    return End(row[0], bytes(row[1])) if row else NO_ENTRIES


def insert_log(rows: Sequence[LogRow]) -> None:
    """Add rows to the register."""
    with connection.cursor() as cursor:
        for row in rows:
            cursor.execute(_insert(LogRow), [_adapted(getattr(row, name)) for name in _columns(LogRow)])


def write_ends(head: Head, chains: Sequence[Chain], note: bytes) -> None:
    """Keep the new head, the chains that grew, and the signed checkpoint."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE store_headrow SET size = %s, edge = %s, recorded_at = %s",
            [head.size, head.edge, _adapted(head.recorded_at)],
        )
        for chain in chains:
            cursor.execute(
                "UPDATE store_signerrow SET counter = %s, previous = %s WHERE fingerprint = %s",
                [chain.counter, chain.previous, chain.fingerprint],
            )
        cursor.execute(
            "INSERT INTO store_checkpointrow (size, note) VALUES (%s, %s)", [head.size, note.decode("utf-8")]
        )


def upsert(row: models.Model) -> None:
    """Write a row of a read model, new or changed, by its primary key."""
    names = _columns(type(row))
    with connection.cursor() as cursor:
        cursor.execute(_upsert(type(row)), [_adapted(getattr(row, name)) for name in names])


@cache
def _columns(model: type[models.Model]) -> tuple[str, ...]:
    return tuple(column.attname for column in model._meta.concrete_fields)


@cache
def _insert(model: type[models.Model]) -> str:
    names = ", ".join(f'"{name}"' for name in _columns(model))
    places = ", ".join(["%s"] * len(_columns(model)))
    return f"INSERT INTO {model._meta.db_table} ({names}) VALUES ({places})"  # noqa: S608 - our own names


@cache
def _upsert(model: type[models.Model]) -> str:
    key = model._meta.pk.attname
    changed = ", ".join(f'"{name}" = excluded."{name}"' for name in _columns(model) if name != key)
    return f'{_insert(model)} ON CONFLICT ("{key}") DO UPDATE SET {changed or f"{key} = excluded.{key}"}'


def _adapted(value: Any) -> Any:
    """A value as this database takes it."""
    return connection.ops.adapt_datetimefield_value(value) if isinstance(value, datetime) else value


def _moment(value: object) -> datetime:
    """SQLite gives moments back as text, PostgreSQL as moments."""
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
