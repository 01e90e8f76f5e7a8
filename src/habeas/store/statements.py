"""The few statements that every append needs, written out.

Through the ORM they would take longer than hashing, signing and the disk together. Nothing else in Habeas
writes SQL.
"""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from typing import Any

from django.db import connection, models, transaction

from habeas.store.models import HeadRow, SignerRow

ERASURES = ("erasure-", "erasure-\U0010ffff")
ORDERS = 0x4841424541530001
"""The advisory lock of PostgreSQL that stands for the orders of courts."""


def places_at_once() -> bool:
    """Whether whoever writes an entry also gives it its place: where there is one writer at a time."""
    return connection.vendor == "sqlite"


def read_head(parties: Sequence[str], locked: Collection[str] = ()) -> tuple[HeadRow, dict[str, SignerRow]] | None:
    """Where the register ends, and the newest key of each of these parties that has one; None before the
    register begins. Signing for those `locked` is this transaction's until it ends: it holds the row of their first
    key, which stays the same when they get another. `recorded_at` is no earlier than the last cosignature: nothing is
    recorded in a time that was witnessed without it."""
    if locked and not places_at_once():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT 1 FROM store_signerrow WHERE party = ANY(%s) AND introduced ="
                " (SELECT MIN(introduced) FROM store_signerrow AS every WHERE every.party = store_signerrow.party)"
                " ORDER BY fingerprint FOR UPDATE",
                [list(locked)],
            )
    places = ", ".join(["%s"] * len(parties))
    waiting = "GREATEST(recorded_at, (SELECT MAX(recorded_at) FROM store_pendingrow))"
    latest = "recorded_at" if places_at_once() else waiting
    witnessed = "(SELECT MAX(at) FROM store_cosignaturerow)"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT origin, size, edge, {latest}, {witnessed}, party, fingerprint, introduced, counter, previous"  # noqa: S608
            f" FROM store_headrow LEFT JOIN store_signerrow ON party IN ({places}) ORDER BY introduced",
            parties,
        )
        rows = cursor.fetchall()
    if not rows:
        return None
    origin, size, edge, *moments = rows[0][:5]
    latest_at = max(_moment(each) for each in moments if each is not None)
    head = HeadRow(origin=origin, size=size, edge=bytes(edge), recorded_at=latest_at)
    signers = [
        SignerRow(party=party, fingerprint=key, introduced=introduced, counter=counter, previous=bytes(previous))
        for *_, party, key, introduced, counter, previous in rows
        if party is not None
    ]
    return head, {each.party: each for each in signers}


def hold_orders(*, to_change: bool) -> None:
    """Let no order and no permission pass each other until this transaction ends: whoever comes second waits,
    and then reads what the first wrote. Permissions don't wait for each other. SQLite has one writer anyway."""
    if not places_at_once():
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT pg_advisory_xact_lock{'' if to_change else '_shared'}(%s)", [ORDERS])


@contextmanager
def snapshot() -> Iterator[None]:
    """What is read within is of one moment, whatever is written meanwhile; and whoever writes waits for nobody."""
    of_sqlite: Any = connection
    mode = getattr(connection, "transaction_mode", None)
    if places_at_once():
        of_sqlite.transaction_mode = "DEFERRED"
    try:
        with transaction.atomic():
            if not places_at_once():
                with connection.cursor() as cursor:
                    cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield
    finally:
        if places_at_once():
            of_sqlite.transaction_mode = mode


def new_tickets(head: HeadRow, count: int) -> Sequence[int]:
    """So many tickets, each greater than that of every entry that is committed under the keys that are locked."""
    if places_at_once():
        return range(head.size, head.size + count)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence('store_logrow', 'ticket')) FROM generate_series(1, %s)", [count]
        )
        return [row[0] for row in cursor.fetchall()]


def read_end(first: str, last: str) -> tuple[int, bytes, int]:
    """How many entries the streams with names from `first` to `last` have, the leaf hash of the last, and how many
    people were erased by now."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH found AS (SELECT COUNT(*) AS entries, MAX(ticket) AS last FROM store_logrow"
            " WHERE stream BETWEEN %s AND %s)"
            " SELECT entries, leaf_hash, (SELECT COUNT(*) FROM store_logrow WHERE stream BETWEEN %s AND %s)"
            " FROM found LEFT JOIN store_logrow ON ticket = last",
            [first, last, *ERASURES],
        )
        count, leaf_hash, erasures = cursor.fetchone()
    return count, bytes(leaf_hash or b""), erasures


def insert(row: models.Model) -> None:
    _execute(_insert(type(row)), row)


def upsert(row: models.Model) -> None:
    """Write a row, new or changed, by its primary key."""
    _execute(_upsert(type(row)), row)


def _execute(statement: str, row: models.Model) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, [_adapted(getattr(row, name)) for name in _columns(type(row))])


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
    return connection.ops.adapt_datetimefield_value(value) if isinstance(value, datetime) else value


def _moment(value: object) -> datetime:
    """SQLite gives moments back as text, PostgreSQL as moments."""
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
