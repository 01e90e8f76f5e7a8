"""The real `habeas demo` in a process of its own, with a clock that a test may put forward.

The periods that protect a person can't be shortened, so a test that walks one person's whole way needs a
day to be over at once. The product has no switch for that. `python -m tests.browser.served PORT FILE` is
the same command in a process whose clock adds the seconds that FILE holds.
"""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import StorageState

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Served:
    """A running demonstration: where it is, who can sign in, and what it printed."""

    url: str
    folder: Path
    passwords: Mapping[str, str]
    log_key: str
    log: Path
    clock: Path
    sessions: dict[str, StorageState] = field(default_factory=dict)
    """The cookies of the accounts that signed in: checking a password is slow on purpose."""

    def now(self) -> datetime:
        """What time the server believes it is."""
        return datetime.now(UTC) + offset(self.clock)

    def put_forward(self, by: timedelta) -> None:
        """From now on the server's clock is later by this much."""
        changed = self.clock.with_suffix(".new")
        changed.write_text(str((offset(self.clock) + by).total_seconds()))
        changed.replace(self.clock)


def offset(clock: Path) -> timedelta:
    return timedelta(seconds=float(clock.read_text()))


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def served(folder: Path) -> Iterator[Served]:
    """Start the demonstration, wait for its log-ins, and stop it in the end."""
    clock, log, port = folder / "clock", folder / "server.log", free_port()
    clock.write_text("0")
    command = [sys.executable, "-m", "tests.browser.served", str(port), str(clock)]
    with log.open("wb") as errors:
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=errors, text=True, cwd=ROOT, env=environment(folder)
        )
        try:
            printed = read_until_open(process)
            wait_until_it_answers(port, process)
            yield parsed(printed, log=log, clock=clock)
        finally:
            process.terminate()
            process.wait(timeout=120)
            assert process.stdout is not None
            process.stdout.close()


def environment(folder: Path) -> dict[str, str]:
    """Nothing of ours but a folder for what the command makes, so that all of it can be looked through."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("HABEAS_", "DJANGO_"))}
    return {**kept, "TMPDIR": str(folder), "PYTHONUNBUFFERED": "1"}


def read_until_open(process: subprocess.Popen[str]) -> str:
    """Everything the command prints up to the address."""
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        if line.startswith("Open http"):
            return "".join(lines)
    raise AssertionError(f"the demonstration ended before it served anything: {''.join(lines)}")


def wait_until_it_answers(port: int, process: subprocess.Popen[str]) -> None:
    """The address is printed just before somebody listens there."""
    while process.poll() is None:
        with socket.socket() as one:
            if one.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError(f"the demonstration ended with {process.returncode} before it served anything")


def parsed(printed: str, *, log: Path, clock: Path) -> Served:
    """What `habeas demo` says, as somebody who reads it would take it."""
    folder = re.search(r"are in (\S+);", printed)
    key = re.search(r"--key: (\S+)", printed)
    url = re.search(r"^Open (\S+)$", printed, re.MULTILINE)
    assert folder is not None, printed
    assert key is not None, printed
    assert url is not None, printed
    return Served(
        url=url[1].rstrip("/"),
        folder=Path(folder[1]),
        passwords=dict(re.findall(r"^  ([a-z-]+) +(\S+)$", printed, re.MULTILINE)),
        log_key=key[1],
        log=log,
        clock=clock,
    )


def main(port: str, clock: str) -> int:
    """`habeas demo --port PORT`, whose one source of the time is `django.utils.timezone.now`."""
    from django.utils import timezone

    from habeas.cli import main as habeas

    timezone.now = lambda: datetime.now(UTC) + offset(Path(clock))
    return habeas(["demo", "--port", port])


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
