"""The processes of the torture: writers, sequencers and the watcher, started by `python -m tests.torture.worker FOLDER`.

That one has everything loaded and starts each by a fork, so that a new one works at once. Each is killed at any moment. What it wrote to its own file before that is what it was told: a line `try` stands there
before each append, and a line `done` once the register has said that it is recorded.
"""

from __future__ import annotations

import atexit
import json
import os
import random
import signal
import sys
import time
import traceback
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "habeas.settings")
django.setup()

from django.db import close_old_connections, connection  # noqa: E402

from habeas import work as working  # noqa: E402
from habeas.core.commands import Command  # noqa: E402
from habeas.core.entries import Entry  # noqa: E402
from habeas.core.entries import custody as held  # noqa: E402
from habeas.store import memory, streams  # noqa: E402
from habeas.store.acts import Performed, perform  # noqa: E402
from habeas.store.append import CONNECTION_LOST, Draft, VersionConflict, append, recorded  # noqa: E402
from tests.store.example import BOOKING, OFFICER, proposed  # noqa: E402

SHARED = "case-shared"
OUT_OF_REACH = 30.0  # seconds for which a server may be away


class Diary:
    """What one writer was told. A line is with the operating system before anything else happens: a kill leaves it."""

    def __init__(self, path: Path) -> None:
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        self.lines = [json.loads(line) for line in lines if line.endswith("}")]
        self._file = path.open("a", encoding="utf-8")
        if lines:
            self._file.write("\n")  # the last line may have been cut

    def write(self, **line: object) -> None:
        self._file.write(json.dumps(line) + "\n")
        self._file.flush()

    def open_try(self) -> dict[str, object] | None:
        """The last append, if nobody said what became of it."""
        return self.lines[-1] if self.lines and self.lines[-1]["what"] == "try" else None

    def next_number(self) -> int:
        return 1 + max((int(str(each["number"])) for each in self.lines), default=0)


@contextmanager
def a_server_that_may_be_away():
    """Nothing inside may write."""
    until = time.monotonic() + OUT_OF_REACH
    close_old_connections()
    while True:
        try:
            connection.ensure_connection()
            break
        except CONNECTION_LOST:
            connection.close()
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
    yield


def patiently(ask):
    """Ask until the server answers: only what may be asked twice."""
    while True:
        try:
            with a_server_that_may_be_away():
                return ask()
        except CONNECTION_LOST:
            connection.close()


def write(writer: int, folder: Path) -> None:
    """Append for ever, to a case of its own, to one that all share, to new cases, and through forms."""
    diary = Diary(folder / f"writer-{writer}.jsonl")
    chance = random.Random(f"{os.environ['HABEAS_TORTURE_SEED']} {writer} {len(diary.lines)}")
    left = diary.open_try()
    if left is not None:
        settle(diary, str(left["kind"]), int(str(left["number"])), left)
    number = diary.next_number()
    while True:
        kind = chance.choice(("own", "own", "shared", "new", "form"))
        one(diary, writer, kind, number)
        number += 1


def one(diary: Diary, writer: int, kind: str, number: int) -> None:
    """One append, tried until the register has said that it is recorded."""
    label, at = f"writer {writer} number {number}", datetime.now(UTC)
    if kind == "new":
        stream, version, person = f"case-{writer}-{number}", 0, f"person-{writer}-{number}"
    else:
        stream = SHARED if kind == "shared" else f"case-writer-{writer}"
        version = patiently(lambda: len(streams.entries(stream)))
        person = f"person-{stream.removeprefix('case-')}"
    line = {"kind": kind, "number": number, "label": label, "at": at.isoformat()}
    line |= {"stream": stream, "version": version, "person": person}
    diary.write(what="try", **line)
    try:
        entries, found = attempt(line)
    except VersionConflict:
        diary.write(what="conflict", number=number)
    except CONNECTION_LOST:
        connection.close()
        settle(diary, kind, number, line)
    else:
        told(diary, number, entries, ambiguous=found)


def settle(diary: Diary, kind: str, number: int, line: dict[str, object]) -> None:
    """What became of an append that nobody answered: looked up first, and tried again only where it is not on record."""
    while True:
        try:
            entries, found = patiently(lambda: look(line)), True
            if not entries:
                entries, found = attempt(line)
            told(diary, number, entries, ambiguous=found)
        except VersionConflict:
            diary.write(what="conflict", number=number)
        except CONNECTION_LOST:
            connection.close()
            continue
        return


def look(line: dict[str, object]) -> tuple[Entry, ...]:
    """A form is looked up by whoever takes it again, by its one-time id."""
    return recorded([draft(line)], actor=actor(line)) if line["kind"] != "form" else ()


def told(diary: Diary, number: int, entries: tuple[Entry, ...], *, ambiguous: bool) -> None:
    diary.write(what="done", number=number, ids=[each.id for each in entries], ambiguous=ambiguous)


def attempt(line: dict[str, object]) -> tuple[tuple[Entry, ...], bool]:
    """What is recorded, and whether it was so already."""
    with a_server_that_may_be_away():
        pass
    if line["kind"] != "form":
        return append([draft(line)], actor=actor(line), at=datetime.now(UTC)), False
    at = datetime.fromisoformat(str(line["at"]))
    command = Command(act="enter_roll", body=body(line), occurred_at=at, actor=BOOKING)
    answer = perform(command, at=at, send_id=str(line["label"]), case_id=str(line["stream"]))
    assert isinstance(answer, Performed), answer
    return answer.entries, answer.repeated


def draft(line: dict[str, object]) -> Draft:
    at = datetime.fromisoformat(str(line["at"]))
    stream, version, person = str(line["stream"]), int(str(line["version"])), str(line["person"])
    return Draft(stream=stream, expected_version=version, subject=person, bodies=(body(line),), occurred_at=at)


def actor(line: dict[str, object]):
    return OFFICER if line["kind"] == "new" else BOOKING


def body(line: dict[str, object]):
    if line["kind"] == "new":
        return proposed(str(line["label"]), "Example")
    return held.RollEntered(facility="tartu", sign=held.Sign.ROLL_CALL, seen_by=str(line["label"]))


def place(number: int, folder: Path) -> None:
    """What `habeas work` does."""
    working.run()


def watch(number: int, folder: Path) -> None:
    """Write down each checkpoint that an outsider could have got."""
    seen = 0
    with (folder / "checkpoints.jsonl").open("a", encoding="utf-8") as file:
        while True:
            newest = patiently(memory.published)
            if newest is not None and newest.size != seen:
                seen = newest.size
                file.write(json.dumps({"size": newest.size, "note": newest.note}) + "\n")
                file.flush()
            time.sleep(0.01)


ROLES = {"write": write, "place": place, "watch": watch}


def obey(folder: Path) -> None:
    """Start and kill what each line on standard input says, like `start write 3`, and answer each with a line."""
    alive: dict[tuple[str, str], int] = {}
    atexit.register(lambda: [os.kill(each, signal.SIGKILL) for each in alive.values()])
    for line in sys.stdin:
        what, role, number = line.split()
        if what == "start":
            alive[role, number] = os.fork() or work(role, int(number), folder)
        else:
            os.kill(alive[role, number], signal.SIGKILL)
            _, status = os.waitpid(alive.pop((role, number)), 0)
            if os.WIFEXITED(status):
                sys.exit(f"{role} {number} ended by itself")
        print("done", flush=True)


def work(role: str, number: int, folder: Path) -> int:
    """Never returns: what was forked does its work until it is killed."""
    try:
        ROLES[role](number, folder)
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(1)


if __name__ == "__main__":
    obey(Path(sys.argv[1]))
