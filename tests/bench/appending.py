"""How fast entries are appended, beside the same rows without a register, and beside the `eventsourcing` library.

On PostgreSQL eight processes write at once while `habeas work` gives places, and each entry's way from its commit to its
place is timed. On SQLite one process writes, one entry at a time, each on the disk before the next.
"""

from __future__ import annotations

import json
import os
import secrets
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from uuid import uuid4

import django
import psycopg

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "habeas.settings")
owner_url = os.environ.pop("HABEAS_DATABASE_OWNER", None)
django.setup()

from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402
from eventsourcing.persistence import StoredEvent  # noqa: E402
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore  # noqa: E402
from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteDatastore  # noqa: E402

from habeas.core.entries import Actor, Role  # noqa: E402
from habeas.core.entries import custody as held  # noqa: E402
from habeas.core.entries.institutions import KeyAdded, PartyKind, PartyRegistered  # noqa: E402
from habeas.store import streams  # noqa: E402
from habeas.store.append import Draft, append, append_of_system  # noqa: E402
from habeas.store.keys import key_folder  # noqa: E402
from habeas.store.models import LogRow, PendingRow, PlaceRow  # noqa: E402
from tests import postgres  # noqa: E402
from tests.bench.tables import make_tables  # noqa: E402
from tests.store.example import BOOKING, Register, proposed  # noqa: E402

WRITERS = 8
A_CASE = 20  # entries, then the next one begins: about as many as a real case has
ROLL = held.RollEntered(facility="tartu", sign=held.Sign.ROLL_CALL, seen_by="the ward")
UNKNOWN_ROW = "SELECT {columns} FROM store_logrow ORDER BY ticket DESC LIMIT 1"


# --- what is measured: each makes a function that writes once --------------------------------------


def appending(number: int, *, to_a_case: bool, party: str | None = None) -> Callable[[], object]:
    """Entries through `store.append`: to cases, with their read models, or to streams that have none."""
    actor = Actor(account=f"booking-{number}", party=party or f"party-{number}", role=Role.BOOKING_OFFICER)
    state = {"version": A_CASE, "stream": "", "person": None}

    def write() -> int:
        if state["version"] >= A_CASE:
            name = secrets.token_hex(16)
            state.update(version=0, stream=f"case-{name}" if to_a_case else f"other-{name}")
            state.update(person=f"person-{name}" if to_a_case else None)
        first = to_a_case and not state["version"]
        bodies = (proposed("Alice", "Example") if first else ROLL,)
        draft = Draft(
            stream=state["stream"], expected_version=state["version"], subject=state["person"],
            bodies=bodies, occurred_at=START,
        )  # fmt: skip
        (entry,) = append([draft], actor=actor, at=datetime.now(UTC))
        state["version"] += 1
        return entry.index

    return write


def recorder(number: int) -> Callable[[], object]:
    return appending(number, to_a_case=False)


def through_append(number: int) -> Callable[[], object]:
    return appending(number, to_a_case=True)


def of_one_party(number: int) -> Callable[[], object]:
    return appending(number, to_a_case=True, party=BOOKING.party)


def rows(number: int) -> Callable[[], object]:
    """The same three rows in one transaction: an entry with a unique version, a read model, and a row beside."""
    bare = psycopg.connect(os.environ["HABEAS_DATABASE"])
    row, names = EXAMPLE["row"], EXAMPLE["names"]
    insert = (
        f"INSERT INTO theirs.logrow ({', '.join(names)}) VALUES ({', '.join(['%s'] * len(names))}) RETURNING ticket"
    )
    of_case = [f"{name} = excluded.{name}" for name in EXAMPLE["case_names"]]
    upsert = (
        f"INSERT INTO theirs.caserow VALUES ({', '.join(['%s'] * len(EXAMPLE['case']))})"
        f' ON CONFLICT ("case") DO UPDATE SET {", ".join(of_case)}'
    )
    state, counters = {"version": A_CASE, "stream": ""}, count(secrets.randbelow(10**15))
    leaf, at = bytes(row["leaf"]), bytes(row["leaf"]).index(b'"n":"') + 5

    def write() -> None:
        if state["version"] >= A_CASE:
            state.update(version=0, stream=f"case-{secrets.token_hex(16)}")
        values = {**row, "entry_id": secrets.token_hex(16), "stream": state["stream"], "version": state["version"]}
        values["leaf"] = leaf[:at] + f"{next(counters):016d}".encode() + leaf[at + 16 :]  # no two may have the same
        with bare.transaction():
            ticket = bare.execute(insert, [values[name] for name in names]).fetchone()[0]
            bare.execute(upsert, [state["stream"], state["stream"], *EXAMPLE["case"][2:]])
            bare.execute("INSERT INTO theirs.pendingrow VALUES (%s, now())", [ticket])
        state["version"] += 1

    return write


def bare_insert(number: int) -> Callable[[], object]:
    """One row of the same size on SQLite, on the disk before the next."""
    bare = sqlite3.connect(settings.HABEAS_DATA / "bare.sqlite3", isolation_level=None)
    bare.execute("PRAGMA journal_mode=WAL")
    bare.execute("PRAGMA synchronous=FULL")
    row, names = {**EXAMPLE["row"]}, list(EXAMPLE["names"])
    bare.execute(f"CREATE TABLE IF NOT EXISTS bench ({', '.join(names)}, UNIQUE (stream, version))")
    insert = f"INSERT INTO bench VALUES ({', '.join(['?'] * len(names))})"
    state = {"version": A_CASE, "stream": ""}

    def write() -> None:
        if state["version"] >= A_CASE:
            state.update(version=0, stream=f"case-{secrets.token_hex(16)}")
        values = {**row, "entry_id": secrets.token_hex(16), "stream": state["stream"], "version": state["version"]}
        bare.execute(insert, [values[name] for name in names])
        state["version"] += 1

    return write


def eventsourcing(number: int) -> Callable[[], object]:
    """The library's own recorder for this database, as its documents say, one event a transaction."""
    if connection.vendor == "sqlite":
        of_library = SQLiteApplicationRecorder(SQLiteDatastore(str(settings.HABEAS_DATA / "theirs.sqlite3")))
    else:
        at = psycopg.conninfo.conninfo_to_dict(os.environ["HABEAS_DATABASE"])
        store = PostgresDatastore(at["dbname"], at["host"], at.get("port", 5432), at["user"], "", schema="theirs")
        of_library = PostgresApplicationRecorder(store)
    if number < 0:
        of_library.create_table()
    state, originator = b"x" * EXAMPLE["length"], {"version": A_CASE, "id": uuid4()}

    def write() -> None:
        if originator["version"] >= A_CASE:
            originator.update(version=0, id=uuid4())
        event = StoredEvent(originator["id"], originator["version"], "habeas:Entry", state)
        of_library.insert_events([event])
        originator["version"] += 1

    return write


# --- the race ----------------------------------------------------------------------------------------


@dataclass
class Race:
    """What so many processes wrote in so many seconds."""

    count: int = 0
    written: list[tuple[int, float]] = field(default_factory=list)


def race(make: Callable[[int], Callable[[], object]], writers: int, seconds: float) -> Race:
    """Processes that begin at one moment. None inherits a connection."""
    connection.close()
    context = get_context("fork")
    results, ready = context.Queue(), context.Barrier(writers)
    processes = [context.Process(target=_run, args=(make, each, seconds, ready, results)) for each in range(writers)]
    for each in processes:
        each.start()
    found = Race()
    for _ in processes:
        problem, count, written = results.get()
        if problem:
            raise RuntimeError(problem)
        found.count += count
        found.written += written
    for each in processes:
        each.join()
    return found


def _run(make, number: int, seconds: float, ready, results) -> None:
    count, written, problem = 0, [], ""
    try:
        write = make(number)
        write()  # what is made once is made before
        ready.wait()
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            ticket = write()
            count += 1
            if isinstance(ticket, int):
                written.append((ticket, time.time()))
    except Exception as error:
        ready.abort()
        problem = repr(error)
    results.put((problem, count, written))


def watch(path: str) -> None:
    """Write down when the tree was how large, as somebody sees it who asks all the time."""
    size = 0
    with open(path, "a", encoding="utf-8") as file:
        while True:
            with connection.cursor() as cursor:
                cursor.execute("SELECT size FROM store_headrow")
                (now,) = cursor.fetchone()
            if now != size:
                size = now
                file.write(f"{size} {time.time()}\n")
                file.flush()
            time.sleep(0.001)


@contextmanager
def at_work(path: Path) -> Iterator[None]:
    """`habeas work` beside the writers, and somebody who watches."""
    connection.close()
    work = subprocess.Popen([sys.executable, "-m", "habeas.cli", "work"], stdout=subprocess.DEVNULL)
    watcher = get_context("fork").Process(target=watch, args=(str(path),), daemon=True)
    watcher.start()
    try:
        time.sleep(3)
        assert work.poll() is None, "habeas work ended"
        yield
        until = time.monotonic() + 60
        while PendingRow.objects.exists():
            assert time.monotonic() < until, "habeas work gives no places"
            time.sleep(0.1)
        time.sleep(0.5)
    finally:
        for each in (work, watcher):
            each.terminate()
        work.wait()
        watcher.join()


def lags(races: list[Race], path: Path) -> list[float]:
    """For each entry, how many milliseconds after its commit the tree was seen to hold it."""
    seen = [tuple(map(float, line.split())) for line in path.read_text(encoding="utf-8").splitlines()]
    places = dict(PlaceRow.objects.values_list("log", "index"))
    at, found = 0, []
    written = sorted((places[ticket], when) for each in races for ticket, when in each.written)
    for place, when in written:
        while seen[at][0] <= place:
            at += 1
        found.append(max(0.0, (seen[at][1] - when) * 1000))
    return sorted(found)


# --- the parts ---------------------------------------------------------------------------------------


START = datetime(2026, 9, 1, 8, tzinfo=UTC)
EXAMPLE: dict[str, object] = {}


def prepare() -> None:
    """A register with eight parties more, and a row as it writes them."""
    make_tables(owner_url)
    Register.begin()
    for number in range(WRITERS):
        party = PartyRegistered(party=f"party-{number}", name="A party", kind=PartyKind.NEITHER_EXECUTIVE, state="SWE")
        key = KeyAdded(party=party.party, vkey=key_folder().create_signer(party.party).text)
        append_of_system(streams.PARTY + party.party, party, key, at=START)
    write = appending(0, to_a_case=True)
    write(), write()
    row = LogRow.objects.order_by("-ticket").values().first()
    row = {key: bytes(value) if isinstance(value, memoryview) else value for key, value in row.items()}
    row.pop("ticket")
    EXAMPLE.update(row=row, names=[*row], length=len(row["leaf"]) + len(row["sealed"]))
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM store_caserow LIMIT 1")
        EXAMPLE["case_names"] = [f'"{each[0]}"' for each in cursor.description if each[0] != "case"]
        EXAMPLE["case"] = list(cursor.fetchone())


def on_postgresql(folder: Path, asked: dict[str, int]) -> list[dict[str, object]]:
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute(f"CREATE SCHEMA theirs AUTHORIZATION {postgres.OWNER}")
        owner.execute(f"GRANT ALL ON SCHEMA theirs TO {postgres.APPLICATION}")
        for table in ("logrow", "caserow", "pendingrow"):
            owner.execute(f"CREATE TABLE theirs.{table} (LIKE store_{table} INCLUDING ALL)")
        owner.execute("GRANT ALL ON theirs.logrow, theirs.caserow, theirs.pendingrow TO " + postgres.APPLICATION)
    eventsourcing(-1)
    kinds = {
        "rows": rows, "recorder": recorder, "append": through_append, "one party": of_one_party, "library": eventsourcing
    }  # fmt: skip
    path, timed = folder / "sizes", []
    rates: dict[str, list[float]] = {kind: [] for kind in kinds}
    with at_work(path):
        for number in range(int(asked["rounds"])):
            for kind in [*kinds] if number % 2 == 0 else [*kinds][::-1]:
                ran = race(kinds[kind], WRITERS, asked["seconds"])
                rates[kind].append(ran.count / asked["seconds"])
                if kind == "append":
                    timed.append(ran)
                time.sleep(0.5)
    waited = lags(timed, path)
    return [
        figure("append, PostgreSQL, 8 writers: recorder alone / rows", rates, "recorder", "rows", least=0.70),
        figure("append, PostgreSQL, 8 writers: store.append / rows", rates, "append", "rows", least=0.50),
        figure("append, PostgreSQL, 8 writers: store.append / eventsourcing", rates, "append", "library", least=1.0),
        figure("append, PostgreSQL, 8 writers of one party: store.append / rows", rates, "one party", "rows"),
        {"name": "integration lag p50, ms", "rounds": [median(waited)], "note": f"{len(waited)} entries"},
        {"name": "integration lag p99, ms", "rounds": [waited[int(len(waited) * 0.99)]], "most": 500.0},
    ]


def on_sqlite(folder: Path, asked: dict[str, int]) -> list[dict[str, object]]:
    eventsourcing(-1)
    kinds = {"row": bare_insert, "recorder": recorder, "append": through_append, "library": eventsourcing}
    rates: dict[str, list[float]] = {kind: [] for kind in kinds}
    for number in range(int(asked["rounds"])):
        for kind in [*kinds] if number % 2 == 0 else [*kinds][::-1]:
            rates[kind].append(race(kinds[kind], 1, asked["seconds"]).count / asked["seconds"])
    return [
        figure("append, SQLite, one at a time: store.append / bare insert", rates, "append", "row", least=0.33),
        figure("append, SQLite, one at a time: recorder alone / bare insert", rates, "recorder", "row"),
        figure("append, SQLite, one at a time: eventsourcing / bare insert", rates, "library", "row"),
    ]


def figure(name: str, rates: dict[str, list[float]], one: str, other: str, **aim: float) -> dict[str, object]:
    pairs = [mine / theirs for mine, theirs in zip(rates[one], rates[other], strict=True)]
    note = f"{median(rates[one]):.0f}/s against {median(rates[other]):.0f}/s"
    return {"name": name, "rounds": pairs, "note": note, **aim}


if __name__ == "__main__":
    prepare()
    part = on_sqlite if connection.vendor == "sqlite" else on_postgresql
    print(json.dumps(part(Path(sys.argv[1]), json.loads(sys.argv[2]))))
