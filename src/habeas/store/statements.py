"""The few statements that every append needs, written out.

Through the ORM they would take longer than hashing, signing and the disk together. Nothing else in Habeas
writes SQL.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, lru_cache
from hashlib import sha256
from operator import attrgetter
from typing import Any, NamedTuple, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection, connections, models, transaction
from psycopg import Cursor

from habeas.register.keys import LOG_PARTY
from habeas.register.leaf import NO_PREVIOUS
from habeas.store.engines import LONG_AGO, moment
from habeas.store.keys import EndChanged
from habeas.store.models import HeadRow

ERASURES = ("erasure-", "erasure-\U0010ffff")
ORDERS = 0x4841424541530001
"""The advisory lock of PostgreSQL that stands for the orders of courts."""
SIGNING = ORDERS + 1
"""The one that stands for signing with any key: shared by all who sign, held alone by who writes where chains end."""
TOGETHER = 16
"""How many rows PostgreSQL is given at once."""
ROWS_TOGETHER = 2000
"""How many are read at once by whoever reads all of a table."""
Stored = TypeVar("Stored", bound=models.Model)

COUNTED = "(substr(leaf, 125, 64) || substr(leaf, length(leaf) - 197, 16))"
"""Of a leaf, which has one form: the fingerprint of the key that signed it, and its counter. No two may have the same
(the index `one_leaf_a_counter`), and by it the chain of a key is read."""

_HOLD = (
    f"SELECT pg_advisory_xact_lock_shared({SIGNING}), pg_advisory_xact_lock(party)"  # noqa: S608 - our own number
    " FROM unnest(%s::bigint[]) AS party"
)
_TICKETS = "ARRAY(SELECT nextval('store_logrow_ticket_seq') FROM generate_series(1, %s))"
_IN_WORDS = "to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')"
"""A moment as text, which is read faster than one; nothing of what is none."""
_WAITING = "(SELECT MAX(recorded_at) FROM store_pendingrow)"
_ERASED = f"(SELECT COUNT(*) FROM store_logrow WHERE stream BETWEEN '{ERASURES[0]}' AND '{ERASURES[1]}')"  # noqa: S608
_COSIGNED = "(SELECT MAX(at) FROM store_cosignaturerow)"
_LAST = "fingerprint || printf('%016d', counter - 1)"
_LAST_OF_POSTGRESQL = "convert_to(fingerprint || lpad((counter - 1)::text, 16, '0'), 'UTF8')"
_ENDS = f"""
SELECT origin, size, edge, {{tickets}}, {{recorded}}, {{waiting}}, {{cosigned}},
    (SELECT COUNT(*) FROM store_logrow WHERE stream = %s),
    (SELECT leaf_hash FROM store_logrow WHERE stream = %s ORDER BY version DESC LIMIT 1), {_ERASED},
    party, fingerprint, introduced, counter, previous, (SELECT leaf_hash FROM store_logrow WHERE {COUNTED} = {{last}})
FROM store_headrow LEFT JOIN store_signerrow ON party IN (%s, %s) ORDER BY introduced
"""  # noqa: S608 - our own names
_ENDS_OF_SQLITE = _ENDS.format(tickets="0", recorded="recorded_at", waiting="NULL", cosigned=_COSIGNED, last=_LAST)
_ENDS_OF_POSTGRESQL = _ENDS.format(
    tickets=_TICKETS,
    recorded=_IN_WORDS.format("recorded_at"),
    waiting=_IN_WORDS.format(_WAITING),
    cosigned=_IN_WORDS.format(_COSIGNED),
    last=_LAST_OF_POSTGRESQL,
)
_END = f"""
WITH found AS (SELECT COUNT(*) AS entries, MAX(ticket) AS last FROM store_logrow WHERE stream BETWEEN %s AND %s)
SELECT entries, leaf_hash, {_ERASED} FROM found LEFT JOIN store_logrow ON ticket = last
"""  # noqa: S608
_CHAIN = f"""
SELECT leaf, {COUNTED} FROM store_logrow {{of}} WHERE {COUNTED} >= %s AND {COUNTED} < %s ORDER BY 2 DESC LIMIT 1
"""  # noqa: S608
_FIRST_OF = "SELECT stream FROM store_logrow WHERE subject = %s AND version = 0"
_UNPLACED = f"""
SELECT ticket FROM store_logrow LEFT JOIN store_placerow USING (ticket)
WHERE {COUNTED} >= %s AND {COUNTED} < %s AND index IS NULL
"""  # noqa: S608
_QUEUE = "SELECT ticket FROM store_pendingrow ORDER BY ticket LIMIT %s"
_AT_TICKETS = f"""
SELECT ticket, entry_id, kind, {_IN_WORDS.format("recorded_at")}, leaf, leaf_hash
FROM store_logrow WHERE ticket = ANY(%s::bigint[]) ORDER BY ticket
"""  # noqa: S608
_PLACE = """
WITH done AS (DELETE FROM store_pendingrow WHERE ticket = ANY(%s::bigint[]))
INSERT INTO store_placerow (index, ticket, leaf_hash) SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::bytea[])
"""


class Row(NamedTuple):
    """A row to be written: its table, and its columns in their order. As a model it would take longer to make than to
    write."""

    table: type[models.Model]
    values: tuple[Any, ...]


class Waiting(NamedTuple):
    """What is asked of an entry before it gets its place; `recorded_at` in the order of text."""

    ticket: int
    entry_id: str
    kind: str
    recorded_at: str
    leaf: bytes
    leaf_hash: bytes


class End(NamedTuple):
    """Of some streams: how many entries they have, the leaf hash of the last, and how many people were erased by
    now."""

    entries: int
    leaf_hash: bytes
    erasures: int


def places_at_once() -> bool:
    """Whether whoever writes an entry also gives it its place: where there is one writer at a time."""
    return str(_settings()["ENGINE"]).endswith("sqlite3")


def database() -> str:
    """Which database this is."""
    return str(_settings()["NAME"])


def _settings() -> dict[str, Any]:
    return connections.databases[DEFAULT_DB_ALIAS]  # of no thread: that of the connection take ten times as long


@dataclass(slots=True)
class Chain:
    """What `SignerRow` says: where the chain of one signing key ends."""

    fingerprint: str
    party: str
    introduced: int
    counter: int
    previous: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """What an append builds on: where the register ends, the newest key of the log and of a party, as far as they have
    one, a ticket for each entry to come, and where a stream ends."""

    head: HeadRow
    signers: dict[str, Chain]
    tickets: Sequence[int]
    stream: End


def read_ends(party: str, *, locked: Collection[str] = (), count: int = 0, stream: str = "") -> Ends | None:
    """Where the register, the chains of the log's and this party's keys, and this stream end, with `count` tickets,
    each greater than that of every entry that is committed under the keys that are locked; None before the register
    begins.

    Signing for the parties `locked` is this transaction's until it ends. `recorded_at` is no earlier than the last
    cosignature: nothing is recorded in a time that was witnessed without it. Raises EndChanged when the leaf at which
    a chain is said to end is not there.
    """
    of_stream = (stream, stream, LOG_PARTY, party)
    if places_at_once():
        rows = _ask((_ENDS_OF_SQLITE, of_stream))
    else:
        parties = ",".join(map(str, sorted(map(_lock_of, locked))))
        rows = _ask((_HOLD, [f"{{{parties}}}"]), (_ENDS_OF_POSTGRESQL, (count, *of_stream)))
    if not rows:
        return None
    try:
        return _ends(rows, count)
    except (TypeError, ValueError) as error:  # SQLite takes anything for a number
        raise EndChanged from error


def _ends(rows: Sequence[Sequence[Any]], count: int) -> Ends:
    origin, size, edge, tickets, *moments = rows[0][:7]
    latest_at = max((moment(each) for each in moments if each is not None), default=LONG_AGO)
    signers = [
        Chain(party=party, fingerprint=key, introduced=introduced, counter=counter, previous=bytes(previous))
        for *_, party, key, introduced, counter, previous, _ in rows
        if party is not None
    ]
    for each, (*_, last) in zip(signers, rows, strict=False):
        if each.previous != (NO_PREVIOUS if last is None else bytes(last)) or (each.counter > 0) != (last is not None):
            raise EndChanged
    return Ends(
        head=HeadRow(origin=origin, size=size, edge=bytes(edge), recorded_at=latest_at),
        signers={each.party: each for each in signers},
        tickets=tickets or range(size, size + count),
        stream=_end(rows[0][7:10]),
    )


@cache
def _lock_of(party: str) -> int:
    """The advisory lock of PostgreSQL that stands for signing with the keys of a party."""
    return int.from_bytes(sha256(b"habeas/party/" + party.encode()).digest()[:8], "big", signed=True)


def chain_backwards(key: bytes, *, placed: bool = False) -> Iterator[bytes]:
    """The leaves of the key with this fingerprint that are committed, or that have a place, the last first. What was
    put among them may be there too, and be none."""
    question = _CHAIN.format(of="JOIN store_placerow USING (ticket)" if placed else "")
    first, end = _counted(key, 0), _counted(key, 10**16)
    while rows := _ask((question, [first, end])):
        leaf, end = bytes(rows[0][0]), rows[0][1]
        yield leaf


def unplaced(key: bytes, first: int, end: int) -> list[int]:
    """The tickets of committed leaves of a key with counters [first, end) that have no place."""
    return [ticket for (ticket,) in _ask((_UNPLACED, [_counted(key, first), _counted(key, end)]))]


def _counted(key: bytes, counter: int) -> str | bytes:
    text = key.hex() + (f"{counter:016d}" if counter < 10**16 else ":")  # which sorts after every digit
    return text if places_at_once() else text.encode()


def hold_orders(*, to_change: bool) -> None:
    """Let no order and no permission pass each other until this transaction ends: whoever comes second waits,
    and then reads what the first wrote. Permissions don't wait for each other. SQLite has one writer anyway."""
    if not places_at_once():
        _ask((f"SELECT pg_advisory_xact_lock{'' if to_change else '_shared'}(%s::bigint)", [ORDERS]))


def hold_signing() -> None:
    """Let nobody sign until this transaction ends: they would go on from where a chain ended before."""
    if not places_at_once():
        _ask(("SELECT pg_advisory_xact_lock(%s::bigint)", [SIGNING]))


def hold_person(person: str) -> None:
    """Let nobody else open a case of this person until this transaction ends. SQLite has one writer anyway."""
    if not places_at_once():
        _ask(("SELECT pg_advisory_xact_lock(%s::bigint)", [_lock_of(f"/person/{person}")]))


def hold_tables(models_held: Iterable[type[models.Model]]) -> None:
    """Let nobody else write into these until this transaction ends. SQLite has one writer anyway."""
    if not places_at_once():
        names = ", ".join(each._meta.db_table for each in models_held)
        with connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {names} IN SHARE ROW EXCLUSIVE MODE")


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


def each_row(rows: models.QuerySet[Stored], by: str) -> Iterator[Stored]:
    """All of these rows, in the order of what tells them apart. Of one that can't be read, because a moment in it is
    none, only that: whatever else is asked of it is read then, and may raise."""
    rows = rows.order_by(by)
    names = rows.values_list(by, flat=True)[:ROWS_TOGETHER]
    while found := list(names):
        try:
            some = list(rows.filter(**{f"{by}__range": (found[0], found[-1])}))
        except Exception:
            some = [_row_or_part(rows.filter(**{by: each})) for each in found]
        yield from some
        names = rows.filter(**{f"{by}__gt": found[-1]}).values_list(by, flat=True)[:ROWS_TOGETHER]


def _row_or_part(row: models.QuerySet[Stored]) -> Stored:
    try:
        return row.get()
    except Exception:
        return row.only("pk").get()


def new_tickets(size: int, count: int) -> Sequence[int]:
    """So many tickets, where the register has `size` entries."""
    tickets: Sequence[int] = range(size, size + count)
    return tickets if places_at_once() else _ask((f"SELECT {_TICKETS}", [count]))[0][0]


def streams_of(person: str) -> list[str]:
    """The streams whose first entry is about this person."""
    return sorted(stream for (stream,) in _ask((_FIRST_OF, [person])))


def read_end(first: str, last: str) -> End:
    """Where the streams with names from `first` to `last` end."""
    return _end(_ask((_END, [first, last]))[0])


def row_in(table: type[models.Model], of: object) -> Row:
    """The row of whatever has an attribute for each column."""
    return Row(table, _reader(table)(of))


def read(row: models.Model) -> Row:
    """A row as it is stored; one without columns where one of them can't be read."""
    try:
        table, values = row_in(type(row), row)
    except Exception:  # SQLite takes anything for a moment
        return Row(type(row), ())
    return Row(table, tuple(bytes(each) if isinstance(each, memoryview) else each for each in values))


def write(*, inserts: Sequence[models.Model | Row] = (), upserts: Sequence[models.Model | Row] = ()) -> None:
    """Write rows: new ones, and those that are new or changed, by their primary keys. None may come twice."""
    rows = [(_insert(each.table), each.values) for each in map(_row, inserts)]
    rows += [(_upsert(each.table), each.values) for each in map(_row, upserts)]
    together = 1 if places_at_once() else TOGETHER
    for at in range(0, len(rows), together):
        some = rows[at : at + together]
        _ask((_joined(tuple(each for each, _ in some)), [value for _, values in some for value in values]))


def queue(most: int) -> list[int]:
    """The tickets that wait for a place, in their order."""
    return [ticket for (ticket,) in _ask((_QUEUE, [most]))]


def at_tickets(tickets: Sequence[int]) -> Iterator[Waiting]:
    """The entries with these tickets, in their order, without their values."""
    return map(Waiting._make, _ask((_AT_TICKETS, [f"{{{','.join(map(str, tickets))}}}"])))


def place(places: Sequence[tuple[int, int, bytes]]) -> None:
    """Give places, where an entry waits for one: each with its ticket and the hash of its leaf."""
    if not places:
        return
    indexes, tickets, hashes = (list(column) for column in zip(*places, strict=True))
    _ask((_PLACE, [tickets, indexes, tickets, hashes]))


def _ask(*questions: tuple[str, Sequence[Any]]) -> Sequence[Any]:
    """The rows that the last of these statements gives, past Django's cursor, which takes longer than they do.
    PostgreSQL is asked in one trip, and keeps their plans."""
    here = connections[DEFAULT_DB_ALIAS]  # looked up once: that takes time too
    here.ensure_connection()
    here.validate_no_broken_transaction()
    raw: Any = here.connection
    with here.wrap_database_errors:
        if here.vendor == "sqlite":
            asked = [
                raw.execute(_of_sqlite(each), [_adapted(it) if type(it) is datetime else it for it in values])
                for each, values in questions
            ]
        else:
            with raw.pipeline() if len(questions) > 1 else nullcontext():
                asked = [Cursor(raw).execute(*each) for each in questions]
        return asked[-1].fetchall() if _answers(asked[-1]) else ()


def _answers(asked: Any) -> bool:
    """Whether there are rows to be fetched."""
    if isinstance(asked, Cursor):  # its description takes as long as reading the rows
        return asked.pgresult is not None and asked.pgresult.nfields > 0
    return asked.description is not None


@cache
def _of_sqlite(statement: str) -> str:
    return statement.replace("%s", "?")


def _end(row: Sequence[Any]) -> End:
    entries, leaf_hash, erasures = row
    return End(entries, bytes(leaf_hash) if isinstance(leaf_hash, bytes | memoryview) else b"", erasures)


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


@cache
def _joined(statements: Sequence[str]) -> str:
    """One statement of PostgreSQL that does all of these."""
    *others, last = statements
    named = ", ".join(f"done_{at} AS ({each})" for at, each in enumerate(others))
    return f"WITH {named} {last}" if others else last


@cache
def _reader(model: type[models.Model]) -> Callable[[object], tuple[Any, ...]]:
    return attrgetter(*_columns(model))


def _row(row: models.Model | Row) -> Row:
    return row if isinstance(row, Row) else row_in(type(row), row)


@lru_cache(1000)
def _adapted(moment: datetime) -> str:
    """SQLite is given moments as Django writes them."""
    return str(moment.astimezone(UTC).replace(tzinfo=None))
