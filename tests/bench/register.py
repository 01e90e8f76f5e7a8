"""`./dev bench register`: what the register costs, beside the same work without it, in one run.

Each figure is a ratio of two things that this run measured in turn, so that whatever else the machine does meets both: the
median over the rounds, with the least and the most. Each part runs in processes of its own on a database of its own. It
ends with 1 when a figure of DESIGN section 10 is missed, and says which.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from tests.torture.databases import TO_MEASURE

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Figure:
    """One ratio or time: what was measured in each round, and what it has to be: at least or at most."""

    name: str
    rounds: list[float]
    least: float | None = None
    most: float | None = None
    note: str = ""

    @property
    def middle(self) -> float:
        return median(self.rounds)

    @property
    def is_met(self) -> bool:
        return (self.least is None or self.middle >= self.least) and (self.most is None or self.middle <= self.most)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="./dev bench register", description=__doc__.split("\n\n")[0])
    parser.add_argument("--part", action="append", choices=[*PARTS], help="only this part; may be given again")
    parser.add_argument("--rounds", type=int, default=5, help="how many times each is measured (5)")
    parser.add_argument("--seconds", type=float, default=3.0, help="how long each append is measured (3)")
    parser.add_argument("--size", type=int, default=1_000_000, help="entries of the log that is verified (1,000,000)")
    parser.add_argument(
        "--most", type=int, default=5_000_000, help="entries of the longest register that is read (5,000,000)"
    )
    parser.add_argument("--requests", type=int, default=30, help="how many times each page is asked for (30)")
    parser.add_argument("--quick", action="store_true", help="verify and read 100,000 entries, 3 rounds")
    parser.add_argument("--format", choices=("text", "json"), default="text")
    asked = parser.parse_args(arguments)
    if asked.quick:
        asked.size, asked.rounds = min(asked.size, 100_000), min(asked.rounds, 3)
        asked.most = min(asked.most, 100_000)
    figures: list[Figure] = []
    for part in asked.part or PARTS:
        tell(f"{part} ...")
        figures += [Figure(**each) for each in measured(part, asked)]
    found = {"figures": [asdict(each) | {"is_met": each.is_met} for each in figures], "load": os.getloadavg()}
    print(json.dumps(found) if asked.format == "json" else in_words(figures))
    return 0 if all(each.is_met for each in figures) else 1


PARTS = {
    "append-postgresql": ("tests.bench.appending", "postgresql"),
    "append-sqlite": ("tests.bench.appending", "sqlite"),
    "verify": ("tests.bench.verifying", None),
    "page-postgresql": ("tests.bench.pages", None),
    "page-sqlite": ("tests.bench.pages", None),
}


def measured(part: str, asked: argparse.Namespace) -> list[dict[str, object]]:
    """The figures of a part, measured in a process of its own."""
    module, database_name = PARTS[part]
    with tempfile.TemporaryDirectory(prefix="habeas-bench-") as name:
        folder = Path(name)
        database = TO_MEASURE[database_name](folder) if database_name else None
        environment = {**os.environ, **(database.owner if database else {})}
        settings = {key: getattr(asked, key) for key in ("rounds", "seconds", "size", "most", "requests")}
        settings["database"] = part.partition("-")[2]
        try:
            told = answer_of([sys.executable, "-W", "ignore", "-m", module, name, json.dumps(settings)], environment)
        finally:
            if database is not None:
                database.stop()
    return json.loads(told)


def answer_of(command: list[str], environment: dict[str, str]) -> str:
    """What a part prints. However it ends, also when we are told to end, all that it began ends with it."""
    with tempfile.TemporaryFile("w+") as told:  # a pipe would be open for as long as anything that it began
        part = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=told, start_new_session=True)
        try:
            part.wait()
        finally:
            with suppress(ProcessLookupError):
                os.killpg(part.pid, signal.SIGTERM)
        if part.returncode:
            raise subprocess.CalledProcessError(part.returncode, command)
        told.seek(0)
        return told.read()


def tell(sentence: str) -> None:
    """Progress, on a terminal alone."""
    if sys.stderr.isatty():
        print(sentence, file=sys.stderr)


def in_words(figures: list[Figure]) -> str:
    wide = max(len(each.name) for each in figures)
    lines = []
    for each in figures:
        target = (
            f">= {each.least:g}" if each.least is not None else f"<= {each.most:g}" if each.most is not None else ""
        )
        spread = f"({min(each.rounds):.4g} to {max(each.rounds):.4g})"
        verdict = ("met" if each.is_met else "MISSED") if target else ""
        lines.append(
            f"{each.name:{wide}}  {target:>8}  {each.middle:>9.4g} {spread:24} {verdict:7} {each.note}".rstrip()
        )
    missed = [each.name for each in figures if not each.is_met]
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    return "\n".join(
        [
            f"{'what':{wide}}  {'aim':>8}  {'median':>9} (least to most)",
            *lines,
            f"Load of the machine at the end, over 1, 5 and 15 minutes: {load}",
            f"Missed: {'; '.join(missed)}" if missed else "No figure is missed.",
        ]
    )


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    sys.exit(main(sys.argv[1:]))
