"""`./dev torture`: everything that works on a register is killed with -9 at random moments, PostgreSQL is stopped as by
a power cut, its disk is full for a while, and old copies of the database are put back; at the end the register must hold
what it said it holds.

Killed are writers, two `habeas work` with all their loops, pages, a witness, and `habeas backup`, `export`, `mirror`,
`check`, `new-key`, `rebuild` and `restore` in the middle. Some are frozen where they are, so that others take over. At the end: each
entry that a writer was told is recorded stands in the tree exactly once; every checkpoint that anybody could have got is
a prefix of the last; places, versions and counters have no gap and no double; moments run forwards; read models are
those that the register gives; `habeas check` finds nothing; exports, mirror and backup pass `habeas verify`, and with
--foreign the Go checker of `tests/foreign`. Last of all database and memory go back together, the register signs on, and
mirror, witness and every kept checkpoint must notice.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from tests.torture.databases import DATABASES, Postgres, Sqlite

WRITERS = {"sqlite": 3, "postgresql": 4}
FROZEN = 3.0  # seconds, more than PostgreSQL lets anybody stand still in a transaction
KILLS_LEAST, RECORDED_LEAST = 12, 30  # however slow the machine is
FIRST_COPY = "copy-0"
KEPT = re.compile(r'^\{"size": (\d+), .*\}$', re.MULTILINE)
ROOT = Path(__file__).resolve().parents[2]


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="./dev torture", description=__doc__.split("\n\n")[0])
    parser.add_argument("--seconds", type=float, default=120.0, help="how long each database is tortured (120)")
    parser.add_argument("--seed", type=int, default=None, help="what is killed when; drawn and printed when not given")
    parser.add_argument("--database", choices=(*DATABASES, "both"), default="both")
    parser.add_argument("--foreign", action="store_true", help="let Go check the exports as well")
    parser.add_argument("--keep", type=Path, default=None, help="leave everything in this folder")
    asked = parser.parse_args(arguments)
    seed = asked.seed if asked.seed is not None else random.SystemRandom().randrange(10_000)
    failed = 0
    for name in DATABASES if asked.database == "both" else (asked.database,):
        with tempfile.TemporaryDirectory(prefix="habeas-torture-") as folder:
            at = asked.keep / name if asked.keep else Path(folder)
            at.mkdir(parents=True, exist_ok=True)
            found = torture(name, at, seconds=asked.seconds, seed=seed, foreign=asked.foreign)
        load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
        print(f"{name}, seed {seed}, {asked.seconds:.0f} s, load {load}: {json.dumps(found)}", flush=True)
        failed += bool(found["problems"])
    return 1 if failed else 0


def torture(name: str, folder: Path, *, seconds: float, seed: int, foreign: bool = False) -> dict[str, object]:
    """Torture one database in a folder; what was counted, and every problem that was found."""
    database = DATABASES[name](folder)
    (folder / "tmp").mkdir()
    own = {
        "HABEAS_TORTURE_SEED": str(seed),
        "HABEAS_TORTURE_FOREIGN": str(int(foreign)),
        "HABEAS_TORTURE_PAGES": str(free_port()),
        "HABEAS_TORTURE_WITNESS": str(free_port()),
        "HABEAS_POLICY": str(folder / "policy"),
        "HABEAS_SECRET_KEY": "x" * 50,
        "HABEAS_HOSTS": "127.0.0.1",
        "TMPDIR": str(folder / "tmp"),
        "LC_ALL": "en",
    }
    run = Run(database, folder, {**os.environ, **database.environment, **own}, random.Random(seed))
    try:
        run.check("begin", database.owner)
        with run:
            rage(run, seconds)
            settle(run)
            found = run.check("end", {})
            forget(run)
        problems = [*run.problems, *found.pop("problems")]
        return dict(sorted(run.counts.items())) | found | {"problems": problems}
    finally:
        database.stop()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


@dataclass
class Run:
    """The processes of one torture."""

    database: Sqlite | Postgres
    folder: Path
    environment: dict[str, str]
    chance: random.Random
    counts: Counter[str] = field(default_factory=Counter)
    alive: set[tuple[str, int]] = field(default_factory=set)
    frozen: dict[tuple[str, int], float] = field(default_factory=dict)
    copies: list[str] = field(default_factory=list)
    in_first_copy: int = 0
    starter: subprocess.Popen[str] | None = None

    def __enter__(self) -> Run:
        command = [sys.executable, "-W", "ignore", "-m", "tests.torture.worker", str(self.folder)]
        with (self.folder / "errors").open("w", encoding="utf-8") as errors:
            self.starter = subprocess.Popen(
                command, env=self.environment, cwd=ROOT, text=True,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
            )  # fmt: skip
        return self

    def __exit__(self, *_: object) -> None:
        assert self.starter is not None
        self.starter.communicate()

    @property
    def problems(self) -> list[str]:
        file = self.folder / "problems"
        return file.read_text(encoding="utf-8").splitlines() if file.exists() else []

    def has_enough(self) -> bool:
        kills = sum(count for name, count in self.counts.items() if name.startswith("kills of "))
        told = sum(each.read_text(encoding="utf-8").count('"done"') for each in self.folder.glob("writer-*.jsonl"))
        return kills >= KILLS_LEAST and told >= RECORDED_LEAST and self.goes_on_from_the_first_copy()

    def goes_on_from_the_first_copy(self) -> bool:
        """Whether a checkpoint was kept that a fork of the first copy, and of one entry more, contradicts."""
        kept = (self.folder / "checkpoints.jsonl").read_text(encoding="utf-8")
        return any(int(size) > self.in_first_copy + 1 for size in KEPT.findall(kept))

    def problem(self, text: str) -> None:
        with (self.folder / "problems").open("a", encoding="utf-8") as file:
            file.write(text.replace("\n", " ") + "\n")

    def start(self, role: str, number: int = 0) -> None:
        """Start what works until it is killed."""
        self._tell("start", role, number)
        self.alive.add((role, number))

    def kill(self, role: str, number: int = 0) -> None:
        """Kill with -9."""
        self.alive.remove((role, number))
        self.frozen.pop((role, number), None)
        answer = self._tell("kill", role, number)
        if answer != "done":
            self.problem(f"{role} {number} ended by itself with {answer}: {self.errors()}")

    def freeze(self, role: str, number: int) -> None:
        self._tell("freeze", role, number)
        self.frozen[role, number] = time.monotonic() + FROZEN

    def thaw(self) -> None:
        """Let those go on that were frozen long enough."""
        for each in [each for each, until in self.frozen.items() if time.monotonic() > until]:
            self._tell("thaw", *each)
            del self.frozen[each]

    def once(self, role: str, *allowed: int) -> int:
        """Run to its end what ends by itself; the code with which it ended, which must be one of these."""
        self._tell("start", role, 0)
        code = int(self._tell("wait", role, 0))
        if code not in (allowed or (0,)):
            self.problem(f"{role} ended with {code}: {self.errors()}")
        return code

    def interrupt(self, role: str, seconds: float) -> bool:
        """Start what ends by itself and kill it so much later; whether it was killed in the middle."""
        self._tell("start", role, 0)
        time.sleep(seconds)
        return self._tell("kill", role, 0) == "done"

    def errors(self) -> str:
        said = (self.folder / "commands.jsonl").read_text(encoding="utf-8")[-600:]
        return " ".join([said, (self.folder / "errors").read_text(encoding="utf-8")[-1200:]])

    def _tell(self, what: str, role: str, number: int) -> str:
        assert self.starter is not None
        self.starter.stdin.write(f"{what} {role} {number}\n")
        self.starter.stdin.flush()
        answer = self.starter.stdout.readline().strip()
        if not answer:
            raise AssertionError((self.folder / "errors").read_text(encoding="utf-8")[-5000:])
        return answer

    def check(self, what: str, more: dict[str, str]) -> dict[str, object]:
        """Begin the register, or look at what became of it, in a process of its own."""
        command = [sys.executable, "-W", "ignore", "-m", "tests.torture.checks", what, str(self.folder)]
        ended = subprocess.run(
            command, env=self.environment | more, cwd=ROOT, capture_output=True, text=True, check=False
        )
        if ended.returncode:
            raise AssertionError(ended.stderr[-5000:])
        return json.loads(ended.stdout or "{}")


def roles(run: Run) -> list[tuple[str, int]]:
    """Everything that works at once."""
    writers = [("write", number) for number in range(WRITERS[run.database.name])]
    twice = [(role, number) for role in ("work", "exports") for number in (0, 1)]
    return [
        *writers,
        *twice,
        *((role, 0) for role in "serve witness backup export mirror check new-key rebuild".split()),
    ]


WHOLE = ("backup", "export", "mirror")
"""What these write must be whole whenever nobody is writing."""


def rage(run: Run, seconds: float) -> None:
    """Do harm until the time is over, then let nobody live."""
    began = time.monotonic()
    everybody = [*roles(run), ("watch", 0)]
    for each in everybody:
        run.start(*each)
    plan = planned(run, seconds)
    while plan or time.monotonic() < began + seconds or not run.has_enough():
        time.sleep(run.chance.uniform(0.02, 0.25))
        run.thaw()
        if plan and time.monotonic() > began + plan[0][0]:
            plan.pop(0)[1](run)
        elif run.chance.random() < 0.1:
            freeze(run)
        else:
            writes = run.chance.random() < 0.3
            replace(run, *run.chance.choice([each for each in roles(run) if not writes or each[0] == "write"]))
    for each in everybody:
        run.kill(*each)


def planned(run: Run, seconds: float) -> list[tuple[float, object]]:
    """When each of the greater harms is done: a copy is always older than the disaster that puts it back."""
    plan = []
    rounds = max(1, int(seconds // 30))
    for number in range(rounds):
        first, length = number * seconds / rounds, seconds / rounds
        harms = [copy, *([restart, full] if run.database.name == "postgresql" else []), copy, disaster]
        cuts = sorted(run.chance.uniform(0.1, 0.85) for _ in harms)
        plan += [(first + length * cut, harm) for cut, harm in zip(cuts, harms, strict=True)]
    return plan


def replace(run: Run, role: str, number: int) -> None:
    """Kill somebody and start another in their place; what they wrote is whole."""
    run.kill(role, number)
    run.counts[f"kills of {role}"] += 1
    if role in WHOLE and run.chance.random() < 0.3:
        run.once(f"whole-{role}")
    run.start(role, number)


def freeze(run: Run) -> None:
    """Let somebody stand still where they are, as a machine does that is moved: others take over."""
    free = [each for each in run.alive if each[0] in ("work", "write") and each not in run.frozen]
    if free:
        run.freeze(*run.chance.choice(sorted(free)))
        run.counts["frozen"] += 1


def restart(run: Run) -> None:
    run.database.restart()
    run.counts["restarts"] += 1


def full(run: Run) -> None:
    """A disk that is full for a while."""
    assert isinstance(run.database, Postgres)
    disk = run.database.has_disk and run.chance.random() < 0.5
    run.database.fill(disk=disk)
    for _ in range(4):
        time.sleep(run.chance.uniform(0.1, 0.3))
        replace(run, *run.chance.choice(roles(run)))
    run.database.empty()
    run.counts["full disks" if disk else "files that may not grow"] += 1


def copy(run: Run) -> None:
    name = f"copy-{run.counts['copies']}"
    run.database.copy(name)
    if name == FIRST_COPY:
        run.in_first_copy = run.database.entries()
    run.copies.append(name)
    run.counts["copies"] += 1


def disaster(run: Run) -> None:
    """The database is the one of an old copy, and the signer remembers. It must record and sign nothing until it is
    restored: from a backup that is up to date, or from an old one and what an export has of the rest."""
    before = sorted(run.alive)
    for each in before:
        run.kill(*each)
    has_all = run.chance.random() < 0.5
    run.once("one-backup" if has_all else "one-export")
    run.database.put_back(run.chance.choice(run.copies))
    run.once("behind")
    for each in before:
        if each[0] not in ("backup", "export", "exports", "check", "new-key", "rebuild"):
            run.start(*each)
    for _ in range(run.chance.choice((1, 2, 3))):
        killed = run.interrupt("one-restore", run.chance.uniform(0.02, 0.5))
        run.counts["kills of restore"] += killed
    run.once("one-restore", 0, 1, 2)  # 2: one that was killed had done its work, and the register has gone on
    leaves = bool(run.once("is-behind", 0, 1))
    if leaves and has_all:
        run.problem("a backup of everything did not bring everything back")
    if leaves:
        run.once("behind")
        run.counts["kills of restore"] += run.interrupt("one-leaves", run.chance.uniform(0.05, 0.5))
        run.once("one-leaves", 0, 1, 2)
    run.once("restored")
    if leaves:  # a copy from before a loss is refused beside what took the numbers of the lost: tests/store
        run.copies.clear()
        copy(run)
    run.counts["old copies put back" if not leaves else "old copies put back, of some entries only leaves"] += 1
    for each in before:
        if each not in run.alive:
            run.start(*each)


def settle(run: Run) -> None:
    """After everything each command does its work, and what it wrote is whole."""
    for each in ("serve", "witness"):
        run.start(each)
    run.once("wait-for-pages")
    for each in ("one-work", "one-backup", "one-export", "one-exports", "one-mirror"):
        run.once(each)
    for each in WHOLE:
        run.once(f"whole-{each}")
    run.once("whole-exports")


def forget(run: Run) -> None:
    """The database is the one of an old copy and the signer's memory is gone: nothing here knows, and the register signs
    on. Whoever kept a checkpoint notices: the mirror, the witness, `habeas verify --since`."""
    run.kill("serve")
    run.database.put_back(FIRST_COPY)  # a later one may hold all that was published, and nothing would contradict it
    shutil.rmtree(run.folder / "data" / "signed")
    run.once("sign-on")
    run.start("serve")
    run.once("wait-for-pages")
    run.once("one-mirror", 1)
    run.once("found-out-by-copies")
    run.once("one-work", 0, 1)  # what comes after the witness's answer may be refused already
    run.once("found-out-by-witness")
    run.counts["forks found"] += 1
    for each in ("serve", "witness"):
        run.kill(each)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
