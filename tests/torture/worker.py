"""The processes of the torture, started by `python -m tests.torture.worker FOLDER`: writers, a watcher, and the
commands of Habeas as an operator runs them.

That one has everything loaded and starts each by a fork, so that a new one works at once. Each is killed at any moment.
What it wrote to its own file before that is what it was told: a line `try` stands there before each append, and a line
`done` once the register has said that it is recorded; of a command, how it ended.
"""

from __future__ import annotations

import atexit
import io
import json
import os
import random
import signal
import sys
import time
import traceback
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from datetime import UTC, datetime
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "habeas.settings")
django.setup()

from django.db import close_old_connections, connection  # noqa: E402

from habeas import cli, server  # noqa: E402, F401 - loaded once, before anything is forked
from habeas.core.commands import Command  # noqa: E402
from habeas.core.entries import Entry  # noqa: E402
from habeas.core.entries import custody as held  # noqa: E402
from habeas.store import memory, streams  # noqa: E402
from habeas.store.acts import Performed, perform  # noqa: E402
from habeas.store.append import CONNECTION_LOST, Draft, VersionConflict, append, recorded  # noqa: E402
from habeas.store.memory import BehindPublished  # noqa: E402
from tests.store.example import BOOKING, OFFICER, proposed  # noqa: E402
from tests.torture import checks  # noqa: E402

SHARED = "case-shared"
OUT_OF_REACH = 30.0  # seconds for which a server may be away
PAUSE = 0.05
NOT_NOW = (*CONNECTION_LOST, BehindPublished)
"""What passes by itself, or once somebody has restored the register."""


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
        except NOT_NOW:
            connection.close()
            time.sleep(PAUSE)


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
    except NOT_NOW:
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
        except NOT_NOW:
            connection.close()
            time.sleep(PAUSE)
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


def again(words: str):
    """A command, run again as soon as it has ended. How it ended is written down."""

    def run(number: int, folder: Path) -> None:
        while True:
            once(words)(number, folder)
            time.sleep(PAUSE)

    return run


def once(words: str):
    """A command, run once; never returns a failure of ours."""

    def run(number: int, folder: Path) -> int:
        given, said = [each.format(number=number, **named(folder)) for each in words.split()], io.StringIO()
        with redirect_stdout(said), redirect_stderr(said):
            code = cli.main(given)
        connection.close()  # a command that runs alone opens its own
        with (folder / "commands.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps({"words": words, "code": code, "said": said.getvalue()}) + "\n")
        return code

    return run


def named(folder: Path) -> dict[str, object]:
    """What the words of a command may name."""
    ports = {name: os.environ[f"HABEAS_TORTURE_{name.upper()}"] for name in ("pages", "witness")}
    return {"f": folder, "key": folder / "vkey", **ports}


MIRROR = "mirror http://127.0.0.1:{pages}/log/v1/ {f}/mirror --key {key}"
WITNESS = "witness serve --secret {f}/witness-key --log {key} --state {f}/witness --port {witness}"
COMMANDS = {
    "backup": "backup {f}/backup",
    "export": "export {f}/out",
    "exports": "export {f}/shared-out",
    "mirror": MIRROR,
    "check": "check",
    "new-key": "new-key ee-vm",
    "rebuild": "rebuild",
}
ROLES = {
    "write": write,
    "watch": watch,
    "work": again("work"),
    "serve": again("serve --port {pages}"),
    "witness": again(WITNESS),
    **{name: again(words) for name, words in COMMANDS.items()},
    **{f"one-{name}": once(words) for name, words in COMMANDS.items()},
    "one-work": once("work --once"),
    "one-restore": once("restore {f}/backup"),
    "one-leaves": once("restore {f}/out --leaves-only"),
    "is-behind": lambda number, folder: memory.behind() is not None,
    **{name: checks.checked(name) for name in checks.CHECKS},
}
"""What may be started. Those that are named `one-`, and the checks, end by themselves."""


def obey(folder: Path) -> None:
    """Do to a process what each line on standard input says, like `start write 3`, and answer each with a line: `done`,
    or the code with which it has ended."""
    alive: dict[tuple[str, str], int] = {}
    atexit.register(lambda: [os.kill(each, signal.SIGKILL) for each in alive.values()])
    signals = {"kill": signal.SIGKILL, "freeze": signal.SIGSTOP, "thaw": signal.SIGCONT}
    for line in sys.stdin:
        what, role, number = line.split()
        answer = "done"
        if what == "start":
            alive[role, number] = os.fork() or work(role, int(number), folder)
        elif what in signals:
            os.kill(alive[role, number], signals[what])
        if what in ("kill", "wait"):
            _, status = os.waitpid(alive.pop((role, number)), 0)
            answer = str(os.WEXITSTATUS(status)) if os.WIFEXITED(status) else "done"
        print(answer, flush=True)


def work(role: str, number: int, folder: Path) -> int:
    """Never returns: what was forked does its work until it has ended or is killed."""
    code = 9
    try:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(2, 1)
        code = ROLES[role](number, folder) or 0
    except BaseException:
        print(f"--- {role} {number}", file=sys.stderr)
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(code)


if __name__ == "__main__":
    obey(Path(sys.argv[1]))
