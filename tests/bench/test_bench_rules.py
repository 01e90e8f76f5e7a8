"""The bench runs, and whoever does the work gives the same answers. How quickly is no question for a test."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from tests.bench.stints import BY_HAND, LAW, TERMS, rules

ROOT = Path(__file__).resolve().parents[2]


def test_twenty_rules_are_written_in_the_language_and_by_hand():
    assert [each.id for each in rules()] == [*TERMS, *LAW] == [*BY_HAND]
    assert len(BY_HAND) == 20


def test_the_bench_runs_small_and_the_scan_the_hand_and_pandas_agree():
    command = [ROOT / "dev", "bench", "rules", "--rows", "3000", "--rounds", "1", "--cases", "3", "--format", "json"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    found = json.loads(ended.stdout)
    assert (found["many"]["rows"], found["many"]["pandas"]["rows"], found["one_case"]["times"]) == (3000, 3000, 3)
    assert found["many"]["scan"]["peak_mb"] > 0


def test_no_other_bench_is_promised():
    ended = subprocess.run([ROOT / "dev", "bench", "nothing"], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr.strip()) == (
        1,
        "./dev bench rules, ./dev bench register and ./dev bench audit: there is no other bench.",
    )
