"""A monitor: a folder outside both states, with a backup of the register, its own secret key, and the log's key."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import NamedTuple

from habeas.cli import main
from habeas.core.entries import Unstated
from habeas.core.entries import custody as held
from habeas.core.roll import document
from habeas.register.sealed import SECRET as SECRET_KEY
from habeas.register.sealed import key_text
from habeas.store import roll
from habeas.store.backup import backup
from habeas.store.sequencer import place_all
from tests.store.example import BOOKING, Register
from tests.store.test_wrapped import SECRET, give_key


class Answer(NamedTuple):
    returncode: int
    stdout: str
    stderr: str


@dataclass
class Monitor:
    """What it has: a folder, its own secret key, and the log's key from elsewhere."""

    register: Register
    folder: Path
    says_when: bool = True

    @property
    def backup(self) -> Path:
        return self.folder / "backup"

    def brings(self) -> None:
        """The operator's backup, as it is now, and the monitor's keys."""
        backup(self.backup)
        (self.folder / "secret.key").write_text(key_text(SECRET_KEY, SECRET))

    def downloads(self, **changed: object) -> str:
        """The roll that the running system gives, in which these members say something else; the path of the file."""
        place_all()
        told = {**document(roll.of_tables(self.register.now)), **changed}
        (self.folder / "roll.json").write_text(json.dumps(told))
        return str(self.folder / "roll.json")

    def command(self, more: tuple[str, ...], form: str, vkey: str | None) -> list[str]:
        command = ["roll", str(self.backup), "--secret", "secret.key", "--key", vkey or self.register.vkey]
        now = [] if "--at" in more or not self.says_when else ["--at", self.register.now.isoformat()]
        return [*command, *now, "--format", form, "--lang", "en", *more]

    def asks(self, *more: str, form: str = "json", vkey: str | None = None) -> Answer:
        """What the command ends with, says, and complains of; in this process, which is quicker."""
        with chdir(self.folder), redirect_stdout(StringIO()) as told, redirect_stderr(StringIO()) as complained:
            code = main(self.command(more, form, vkey))
        return Answer(code, told.getvalue(), complained.getvalue())

    def asks_apart(self, *more: str) -> Answer:
        """The same where no register is."""
        environment = {name: each for name, each in os.environ.items() if not name.startswith("HABEAS_")}
        command = [sys.executable, "-m", "habeas.cli", *self.command(more, "json", None)]
        done = subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, text=True, check=False, timeout=120
        )
        return Answer(done.returncode, done.stdout, done.stderr)

    def finds(self, *more: str) -> list[tuple[str, str]]:
        """The code and the case of each finding, with the exit code that belongs to it."""
        done = self.asks(*more)
        assert done.stderr == ""
        found = [(each["code"], each["parameters"]["case"]) for each in json.loads(done.stdout)["findings"]]
        assert done.returncode == (1 if found else 0)
        return found


def departed() -> held.Departed:
    unknown = dict.fromkeys(("departed_from", "destination", "means"), Unstated.NOT_KNOWN)
    return held.Departed(**unknown, outward=True)


def monitor_of(register: Register, folder: Path) -> Monitor:
    """Alice is held and was handed over, Bob arrived, Charlie is free again, Dora is on the way, Emil only proposed."""
    give_key(register, SECRET)
    for name in ("alice", "bob", "charlie", "dora", "emil"):
        register.propose(name, name.title(), "Example")
    (offer,) = register.record(
        "case-alice", held.HandoverOffered(to_party="ee-vm", place="a gate", fitness="well"), person="person-alice"
    )
    register.record("case-alice", held.HandoverAccepted(offer=offer.id), by=BOOKING, person="person-alice")
    register.wait(hours=1)
    for name in ("alice", "bob", "charlie"):
        register.hold(name)
    register.record("case-dora", departed(), person="person-dora")
    register.wait(days=2)
    free = held.Released(place="a gate", handed_to="nobody", papers="none")
    register.record("case-charlie", free, by=BOOKING, person="person-charlie")
    register.wait(hours=1)
    monitor = Monitor(register, folder)
    monitor.brings()
    return monitor


def rows(monitor: Monitor, change: Callable[[dict[str, object]], dict[str, object] | None], case: str) -> None:
    """Change or leave out the sealed rows of a case, in the folder."""
    (file,) = (monitor.backup / "sealed").rglob("*.jsonl")
    lines = [json.loads(each) for each in file.read_text("utf-8").splitlines()]
    kept = [change(each) if each["stream"] == case else each for each in lines]
    file.write_text("".join(f"{json.dumps(each)}\n" for each in kept if each is not None), "utf-8")


def with_a_byte_changed(row: dict[str, object]) -> dict[str, object]:
    sealed = bytearray(base64.b64decode(str(row["sealed"])))
    sealed[-20] ^= 1
    return {**row, "sealed": base64.b64encode(sealed).decode()}


def lose_wrapped(monitor: Monitor, name: str) -> None:
    (monitor.backup / "wrapped" / f"person-person-{name}.sealed").unlink()
