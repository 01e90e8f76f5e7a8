"""`./dev torture`: writers and whoever gives places are killed with -9 at random moments, PostgreSQL is stopped as by a
power cut, and at the end the register must hold what it said it holds.

At the end: each entry that a writer was told is recorded stands in the tree exactly once; every checkpoint that anybody
could have got is a prefix of the last; places, versions and counters have no gap and no double; read models are those
that the register gives; an export passes `habeas verify`, and with --foreign the Go checker of `tests/foreign`.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from tests.torture.databases import DATABASES

WRITERS = {"sqlite": 3, "postgresql": 4}
SEQUENCERS = 2
ROOT = Path(__file__).resolve().parents[2]


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="./dev torture", description=__doc__.split("\n\n")[0])
    parser.add_argument("--seconds", type=float, default=120.0, help="how long each database is tortured (120)")
    parser.add_argument("--seed", type=int, default=None, help="what is killed when; drawn and printed when not given")
    parser.add_argument("--database", choices=(*DATABASES, "both"), default="both")
    parser.add_argument("--foreign", action="store_true", help="let Go check the export as well")
    asked = parser.parse_args(arguments)
    seed = asked.seed if asked.seed is not None else random.SystemRandom().randrange(10_000)
    failed = 0
    for name in DATABASES if asked.database == "both" else (asked.database,):
        with tempfile.TemporaryDirectory(prefix="habeas-torture-") as folder:
            found = torture(name, Path(folder), seconds=asked.seconds, seed=seed, foreign=asked.foreign)
        print(f"{name}, seed {seed}, {asked.seconds:.0f} s: {json.dumps(found)}")
        failed += bool(found["problems"])
    return 1 if failed else 0


def torture(name: str, folder: Path, *, seconds: float, seed: int, foreign: bool = False) -> dict[str, object]:
    """Torture one database in a folder; what was counted, and every problem that was found."""
    database = DATABASES[name](folder)
    try:
        run = Run(folder=folder, environment={**os.environ, **database.environment, "HABEAS_TORTURE_SEED": str(seed)})
        run.check("begin", database.owner)
        with run:
            rage(run, database, seconds, random.Random(seed))
        return run.counts | run.check("end", {"HABEAS_TORTURE_FOREIGN": str(int(foreign))})
    finally:
        database.stop()


@dataclass
class Run:
    """The processes of one torture."""

    folder: Path
    environment: dict[str, str]
    counts: Counter[str] = field(default_factory=Counter)
    starter: subprocess.Popen[str] | None = None

    def __enter__(self) -> Run:
        command = [sys.executable, "-m", "tests.torture.worker", str(self.folder)]
        with (self.folder / "errors").open("w", encoding="utf-8") as errors:
            self.starter = subprocess.Popen(
                command, env=self.environment, cwd=ROOT, text=True,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
            )  # fmt: skip
        return self

    def __exit__(self, *_: object) -> None:
        assert self.starter is not None
        self.starter.communicate()

    def tell(self, what: str, role: str, number: int) -> None:
        """Start a process, or kill it with -9; none ever ends by itself."""
        assert self.starter is not None
        self.starter.stdin.write(f"{what} {role} {number}\n")
        self.starter.stdin.flush()
        if self.starter.stdout.readline() != "done\n":
            raise AssertionError((self.folder / "errors").read_text(encoding="utf-8")[-5000:])

    def check(self, what: str, more: dict[str, str]) -> dict[str, object]:
        """Begin the register, or look at what became of it, in a process of its own."""
        command = [sys.executable, "-m", "tests.torture.checks", what, str(self.folder)]
        ended = subprocess.run(
            command, env=self.environment | more, cwd=ROOT, capture_output=True, text=True, check=False
        )
        if ended.returncode:
            raise AssertionError(ended.stderr[-5000:])
        return json.loads(ended.stdout or "{}")


def rage(run: Run, database, seconds: float, chance: random.Random) -> None:
    """Kill and start again until the time is over, then let nobody live."""
    roles = [("write", number) for number in range(WRITERS[database.name])]
    roles += [("place", number) for number in range(SEQUENCERS if database.name == "postgresql" else 0)]
    for role, number in [*roles, ("watch", 0)]:
        run.tell("start", role, number)
    until = time.monotonic() + seconds
    restart_at = time.monotonic() + seconds * chance.uniform(0.2, 0.4)
    while time.monotonic() < until:
        time.sleep(chance.uniform(0.05, 0.6))
        if database.name == "postgresql" and time.monotonic() > restart_at:
            database.restart()
            run.counts["restarts"] += 1
            restart_at = time.monotonic() + max(4.0, seconds * chance.uniform(0.1, 0.3))
            continue
        role, number = chance.choice(roles)
        run.tell("kill", role, number)
        run.counts[f"kills of {'writers' if role == 'write' else 'sequencers'}"] += 1
        run.tell("start", role, number)
    for role, number in [*roles, ("watch", 0)]:
        run.tell("kill", role, number)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
