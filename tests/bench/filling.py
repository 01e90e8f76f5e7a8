"""Fill a register quickly, for the bench of its pages: `python -m tests.bench.filling SIZE`.

What is invented, and what is true. Two cases are recorded as everybody records, each of forty entries: one ended, one
of somebody who is still held and named counsel. All others are copies of these under other ids and names, a tenth of
them of people still held. Their rows lie as true ones do: the entries of one case far apart, for all cases of a round
grow together; the sealed values are of true size and open; the tree, its nodes and the newest checkpoint are true, and
so are the read models. Invented: all people share one secret key (each has a file of it); the leaves are those of the
two cases with hashes drawn at random, so the register is never to be verified; every fifth place has a checkpoint and
every fiftieth two cosignatures that nobody signed; everything happened within one month, so that a case of a long
register is as old as one of a short register. There is one facility, no order and no enquiry. Nobody looked into a case
more than twice.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from types import SimpleNamespace

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "habeas.settings")
owner_url = os.environ.pop("HABEAS_DATABASE_OWNER", None)
django.setup()

import psycopg  # noqa: E402
from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: E402
from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402

from habeas.core.entries import Actor, Body, Role, claims, custody, procedure  # noqa: E402
from habeas.register.checkpoint import Checkpoint, parse_signed_checkpoint, sign_checkpoint  # noqa: E402
from habeas.register.cosignature import cosign  # noqa: E402
from habeas.register.note import COSIGNER, Signer  # noqa: E402
from habeas.register.tree import grow, root  # noqa: E402
from habeas.store import records, sequencer  # noqa: E402
from habeas.store.keys import key_folder  # noqa: E402
from habeas.store.models import CaseRow, HeadRow, LogRow, StintRow  # noqa: E402
from habeas.store.nodes import edge_of  # noqa: E402
from tests.bench.tables import make_tables  # noqa: E402
from tests.store.example import BOOKING, COURT, DECIDER, OFFICER, RECEIVER, Register, admitted, proposed  # noqa: E402

A_CASE = 40
EVERY = timedelta(hours=12)
MONTH = timedelta(days=25)
HELD = 10  # one of so many is still held
FAR = 10**15
AT_ONCE = 5_000  # rows, and then a checkpoint that is cosigned
GIVEN, FAMILY = "Givenname12345", "Familyname1234"  # as long as what takes their place
COUNSEL = Actor(account="counsel-1", party="se-court", role=Role.COUNSEL)
WITNESSES = [Signer(f"{name}.example/w", name[:1].encode() * 32, COSIGNER) for name in ("alice", "bob")]
POLICY = "group both all alice bob\nquorum both\n"
ROLL = custody.RollEntered(facility="tartu", sign=custody.Sign.ROLL_CALL, seen_by="the ward")


def bodies(began: datetime, *, is_held: bool) -> list[tuple[Actor, Body]]:
    """The forty entries of a case, with who makes each."""
    title = procedure.TitleRecorded(
        state="EST", authority="Invented court", ground="An invented sentence of a year and a day", reference="T-1",
        valid_from_at=began, valid_until_at=began + timedelta(days=3650),
    )  # fmt: skip
    before = [
        (OFFICER, proposed(GIVEN, FAMILY)),
        (OFFICER, procedure.NoticeServed(language="sv", facts_relied_on="The sentence", served_by="Officer")),
        (DECIDER, procedure.Decided(outcome=procedure.Outcome.TRANSFER, reasons="Invented", remedy="Invented")),
        (OFFICER, procedure.DecisionServed(language="sv", served_by="Officer")),
        (RECEIVER, procedure.TransferAccepted()),
        (RECEIVER, title),
        (BOOKING, custody.Arrived(facility="tartu")),
        (BOOKING, admitted()),
        (COURT, claims.CounselNamed(counsel=COUNSEL.account, named_by=claims.NamedBy.PERSON))
        if is_held
        else (BOOKING, ROLL),
    ]
    last = ROLL if is_held else custody.Released(place="Invented", handed_to="Invented", papers="Invented")
    return [*before, *[(BOOKING, ROLL)] * (A_CASE - len(before) - 1), (BOOKING, last)]


@dataclass
class Pattern:
    """A case that was recorded as everybody records: what each of its entries holds, and its read models."""

    rows: list[LogRow]
    documents: list[bytes]
    case: dict[str, object]
    stint: dict[str, object]

    @classmethod
    def of(cls, case: str) -> Pattern:
        rows = list(LogRow.objects.filter(stream=case).order_by("version"))
        documents = [json.dumps(records._opened(row), ensure_ascii=False).encode() for row in rows]
        return cls(rows, documents, CaseRow.objects.values().get(case=case), StintRow.objects.values().get(case=case))


@dataclass(slots=True)
class Copied:
    """One of the many: its ids, its name, and how much later than its pattern all of it happened."""

    pattern: Pattern
    case: str
    person: str
    name: tuple[bytes, bytes]
    later: timedelta


def begin() -> None:
    """A register with its two patterns, on a database that is empty."""
    make_tables(owner_url)
    register, began = Register.begin(), datetime.now(UTC) - MONTH
    two = {name: bodies(began, is_held=name == "held") for name in ("ended", "held")}
    for version in range(A_CASE):
        register.now = began + version * EVERY
        for name, known in two.items():
            by, body = known[version]
            register.record(f"case-{name}", body, by=by, person=f"person-{name}")
    sequencer.place_all()
    lines = [f"witness {each.name.partition('.')[0]} {each.verifier.text}\n" for each in WITNESSES]
    policy = "".join([f"log {register.vkey}\n", *lines, POLICY])
    (settings.HABEAS_DATA / "policy").write_text(policy, encoding="utf-8")


class Tables:
    """Rows into tables, many at once: COPY on PostgreSQL."""

    def __init__(self) -> None:
        self._postgres = psycopg.connect(owner_url, autocommit=True) if owner_url else None
        if self._postgres:
            self._postgres.execute("SET synchronous_commit = off")

    def add(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        names = ", ".join(f'"{each}"' for each in columns)
        if self._postgres:
            with self._postgres.cursor() as cursor, cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
            return
        connection.ensure_connection()
        marks = ", ".join("?" * len(columns))
        adapted = ([str(v.replace(tzinfo=None)) if isinstance(v, datetime) else v for v in row] for row in rows)
        connection.connection.execute("BEGIN")
        connection.connection.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", adapted)
        connection.connection.execute("COMMIT")

    def tidy(self, ticket: int) -> None:
        """As the server's own vacuum would have left it."""
        if self._postgres:
            self._postgres.execute(f"SELECT setval('store_logrow_ticket_seq', {ticket})")
            self._postgres.execute("VACUUM ANALYZE")
        else:
            connection.connection.execute("ANALYZE")


LOG_COLUMNS = ["ticket", *records.CLEAR, "leaf", "leaf_hash", "sealed"]


def fill(size: int) -> None:
    """Let the register grow to about this many entries."""
    tables, head = Tables(), HeadRow.objects.get()
    patterns = {name: Pattern.of(f"case-{name}") for name in ("ended", "held")}
    copies = [_copied(patterns, number) for number in range((size - head.size) // A_CASE)]
    secret = _keys(copies)
    ticket = LogRow.objects.order_by("-ticket")[0].ticket + 1
    edge, signer = edge_of(head), key_folder().signer(sequencer.log_key())
    entries = _entries(copies, AESGCM(secret), ticket)
    while some := list(islice(entries, AT_ONCE)):
        tables.add("store_logrow", LOG_COLUMNS, some)
        first, hashes = edge.size, [row[-2] for row in some]
        if connection.vendor == "postgresql":
            placed = [(index, row[0], row[-2]) for index, row in enumerate(some, start=first)]
            tables.add("store_placerow", ["index", "ticket", "leaf_hash"], placed)
        edge, nodes = grow(edge, hashes)
        tables.add("store_noderow", ["level", "index", "hash"], [(n.level, n.index, n.hash) for n in nodes])
        signed = sign_checkpoint(Checkpoint(head.origin, edge.size, root(edge)), signer)
        tables.add("store_checkpointrow", ["size", "note"], [(edge.size, signed.decode())])
        tables.add("store_cosignaturerow", COSIGNED, [_cosigned(signed, each) for each in WITNESSES])
    _read_models(tables, copies)
    HeadRow.objects.update(size=edge.size, edge=b"".join(edge.hashes))
    tables.tidy(ticket + len(copies) * A_CASE)


COSIGNED = ["size", "witness", "line", "at", "recorded"]
NOW = datetime.now(UTC)


def _cosigned(note: bytes, witness: Signer) -> tuple[object, ...]:
    said = parse_signed_checkpoint(note)
    at = (NOW - timedelta(seconds=1_000_000 - said.checkpoint.size / 10)).replace(microsecond=0)
    return said.checkpoint.size, witness.verifier.text, cosign(said.note, witness, int(at.timestamp())), at, at


def _leaf(pattern: bytes, ticket: int) -> bytes:
    """The leaf of a copy, with a counter of its key that nobody has."""
    return re.sub(rb'"n":"[0-9]{16}"', f'"n":"{FAR + ticket:016d}"'.encode(), pattern)


def _copied(patterns: dict[str, Pattern], number: int) -> Copied:
    drawn = secrets.token_hex(16)
    given, family = drawn[: len(GIVEN)].encode(), drawn[-len(FAMILY) :].encode()
    later = timedelta(microseconds=secrets.randbelow(12 * 3600 * 10**6))
    pattern = patterns["ended" if number % HELD else "held"]
    return Copied(pattern, f"case-{drawn}", f"person-{secrets.token_hex(16)}", (given, family), later)


def _keys(copies: Sequence[Copied]) -> bytes:
    """One secret for all of them, a file of it for each, as far as the disk likes to keep it."""
    secret, folder = key_folder().secret("person-person-ended"), settings.HABEAS_DATA / "keys" / "secret"
    for each in copies:
        (folder / f"person-{each.person}.key").write_bytes(secret)
    return secret


def _entries(copies: Sequence[Copied], cipher: AESGCM, ticket: int) -> Iterator[tuple[object, ...]]:
    """Every entry: the first of all cases, then the second of all, and so on."""
    for version in range(A_CASE):
        for each in copies:
            row, document = each.pattern.rows[version], each.pattern.documents[version]
            if not version:
                document = document.replace(GIVEN.encode(), each.name[0]).replace(FAMILY.encode(), each.name[1])
            hashed, nonce = os.urandom(32), os.urandom(12)
            clear = SimpleNamespace(
                entry_id=secrets.token_hex(16), stream=each.case, version=version, kind=row.kind, subject=each.person,
                occurred_at=row.occurred_at + each.later, recorded_at=row.recorded_at + each.later, leaf_hash=hashed,
                account=row.account, party=row.party, role=row.role, facility=row.facility,
            )  # fmt: skip
            sealed = nonce + cipher.encrypt(nonce, document, records._bound_to(hashed, records._bound_of(clear)))
            yield (
                ticket,
                *(getattr(clear, name) for name in records.CLEAR),
                _leaf(bytes(row.leaf), ticket),
                hashed,
                sealed,
            )
            ticket += 1


def _read_models(tables: Tables, copies: Sequence[Copied]) -> None:
    def moved(values: dict[str, object], each: Copied, **own: object) -> list[object]:
        later = {name: at + each.later for name, at in values.items() if isinstance(at, datetime)}
        return [*{**values, **later, **own}.values()]

    ended = copies[-1].pattern
    cases = (moved(each.pattern.case, each, case=each.case, person=each.person) for each in copies)
    tables.add("store_caserow", [*ended.case], cases)
    stints = (moved(each.pattern.stint, each, stint=f"{each.case} 0", case=each.case) for each in copies)
    tables.add("store_stintrow", [*ended.stint], stints)
    looked = ({"at": NOW - MONTH, "why": "", "entry": "", "what": "case"} for _ in range(2))
    rows = [
        [secrets.token_hex(16), OFFICER.account, OFFICER.party, each.case, *looks.values()]
        for looks in looked
        for each in copies
    ]
    tables.add("store_consultationrow", ["id", "account", "party", "case", "at", "why", "entry", "what"], rows)


if __name__ == "__main__":
    settings.HABEAS_DATA.mkdir(parents=True, exist_ok=True)
    if not connection.introspection.table_names():
        begin()
    fill(int(sys.argv[1]))
