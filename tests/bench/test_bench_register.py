"""Each part of the bench of the register runs, small, and says of every figure what was aimed at. How quick it is is no
question for a test."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from tests.bench import register

ROOT = Path(__file__).resolve().parents[2]


def has_ended(process: int) -> bool:
    return not psutil.pid_exists(process) or psutil.Process(process).status() == psutil.STATUS_ZOMBIE


def test_what_a_part_began_ends_with_it_also_when_it_fails(tmp_path: Path) -> None:
    began = tmp_path / "began"
    program = "import subprocess, sys, pathlib; one = subprocess.Popen(['sleep', '600'])\n"
    program += f"pathlib.Path({str(began)!r}).write_text(str(one.pid)); sys.exit(3)"

    with pytest.raises(subprocess.CalledProcessError):
        register.answer_of([sys.executable, "-c", program], {**os.environ})

    until = time.monotonic() + 60
    while not has_ended(int(began.read_text())):
        assert time.monotonic() < until
        time.sleep(0.01)


def bench(*words: str) -> dict[str, dict]:
    command = [ROOT / "dev", "bench", "register", "--rounds", "1", "--seconds", "0.3", "--format", "json", *words]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert ended.returncode in {0, 1}, ended.stderr
    figures = {each["name"]: each for each in json.loads(ended.stdout)["figures"]}
    assert ended.returncode == (0 if all(each["is_met"] for each in figures.values()) else 1)
    return figures


@pytest.mark.parametrize("part", ["append-sqlite", "append-postgresql", "verify", "page-sqlite", "page-postgresql"])
def test_a_part_runs_small_and_every_figure_is_measured(part: str) -> None:
    figures = bench("--part", part, "--size", "600", "--most", "1200", "--requests", "3")

    assert all(min(each["rounds"]) > 0 for each in figures.values())
    aims = [(each["least"], each["most"]) for each in figures.values() if each["least"] or each["most"]]
    assert (
        aims
        == {
            "append-sqlite": [(0.33, None)],
            "append-postgresql": [(0.7, None), (0.5, None), (1.0, None), (None, 500.0)],
            "verify": [(None, 3.0), (None, 1.2)],
            "page-sqlite": [(None, 1.5)] * 4,
            "page-postgresql": [(None, 1.5)] * 4,
        }[part]
    )
