"""The bench of audits runs, and each way of counting heads gives the same answer. How quickly is no question for a test."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_bench_runs_small_and_every_way_counts_the_same():
    command = [ROOT / "dev", "bench", "audit", "--rows", "4000", "--rounds", "1", "--format", "json"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    found = json.loads(ended.stdout)
    assert {name: each["equal"] for name, each in found["counts"].items()} == dict.fromkeys(
        ("habeas", "by hand", "Polars", "pandas", "day by day"), True
    )
    parquet, text = found["whole"].values()
    told = ("used", "checks", "findings", "peak_at_midnight")
    assert parquet["used"] == 4000
    assert [parquet[each] for each in told] == [text[each] for each in told]
