"""`./dev bench rules`: how long one case takes with every rule explained, and many recorded stints against twenty rules.

The scan and the same logic written by hand run in turn, each time in a process of its own with the same threads and
memory, so that what else the machine does meets both. A ratio is of medians of the same run. Nothing is asserted here
about speed; the docs say what is aimed at.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

import duckdb

from habeas import safeguards
from habeas.audit.scan import scanned
from habeas.core.facts import CaseFacts
from habeas.core.safeguards import Step
from habeas.core.screening import screen
from tests.bench import in_pandas, stints
from tests.core.lawful import AT, LAWFUL, TARTU

ROWS, ROUNDS, THREADS, MEMORY = 10_000_000, 5, 2, "1GB"
PANDAS_ROWS_MOST = 500_000
AIMS = {"one_case_ms": 5.0, "scan_to_hand": 1.3}


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="./dev bench rules", description=__doc__.split("\n\n")[0])
    parser.add_argument("--rows", type=int, default=ROWS, help=f"how many stints ({ROWS})")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"how many times each is run ({ROUNDS})")
    parser.add_argument("--cases", type=int, default=1000, help="how many times one case is asked (1000)")
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.add_argument("--one", nargs=2, metavar=("WHAT", "FILE"), help=argparse.SUPPRESS)
    asked = parser.parse_args(arguments)
    if asked.one:
        print(json.dumps(ONE[asked.one[0]](Path(asked.one[1]), asked.rows)))
        return 0
    found = {"one_case": one_case(asked.cases), "many": many(asked.rows, asked.rounds), "load": os.getloadavg()}
    print(json.dumps(found) if asked.format == "json" else in_words(found))
    return 0


def tell(sentence: str) -> None:
    """Progress, on a terminal alone."""
    if sys.stderr.isatty():
        print(sentence, file=sys.stderr)


# --- one case --------------------------------------------------------------------------------------


def one_case(times: int) -> dict[str, float]:
    """One person with every fact, and every released safeguard, whichever its step, with the terms, all explained."""
    law = safeguards.read()
    law = replace(law, safeguards=tuple(replace(each, steps=(Step.DECISION,)) for each in law.safeguards))
    case = CaseFacts(proposed_by="bob", facts=tuple(LAWFUL.values()))
    took = []
    for _ in range(times):
        began = perf_counter()
        found = screen(case, step="decision", agreement=TARTU, safeguards=law, at=AT)
        took.append((perf_counter() - began) * 1000)
    took.sort()
    assert all(each.explanation for each in found.answers)
    return {"rules": len(found.answers), "times": times, "median_ms": median(took), "p99_ms": took[int(times * 0.99)]}


# --- many rows -------------------------------------------------------------------------------------


def many(rows: int, rounds: int) -> dict[str, object]:
    """The scan, the same by hand, and pandas on as many rows as its memory is sure to hold."""
    with TemporaryDirectory(prefix="habeas-bench-") as folder:
        path = Path(folder) / "stints.parquet"
        tell(f"Writing {rows:,} invented stints ...")
        stints.write(path, rows)
        runs: dict[str, list[dict[str, object]]] = {"scan": [], "hand": []}
        for number in range(rounds):
            for what in ("scan", "hand") if number % 2 == 0 else ("hand", "scan"):
                tell(f"Round {number + 1} of {rounds}: {what} ...")
                runs[what].append(apart(what, path, rows))
        few = min(rows, PANDAS_ROWS_MOST)
        tell(f"pandas, {few:,} rows ...")
        pandas, beside = apart("pandas", path, few), apart("few", path, few)
    counts = [each["counts"] for each in (*runs["scan"], *runs["hand"])]
    assert all(each == counts[0] for each in counts), "the scan and the SQL by hand answer differently"
    assert pandas["counts"] == beside["counts"], "pandas answers differently"
    return {
        "rows": rows,
        "rounds": rounds,
        "threads": THREADS,
        "memory_limit": MEMORY,
        **{what: summed(each) for what, each in runs.items()},
        "scan_to_hand": middle(runs["scan"]) / middle(runs["hand"]),
        "pandas": {"rows": few, **{key: pandas[key] for key in ("seconds", "peak_mb")}},
    }


def apart(what: str, path: Path, rows: int) -> dict[str, object]:
    """One run in a process of its own, which tells its time without its start, and the most memory it held."""
    command = [sys.executable, "-m", "tests.bench.rules", "--rows", str(rows), "--one", what, str(path)]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(ended.stdout)


def middle(runs: list[dict[str, object]]) -> float:
    return median(each["seconds"] for each in runs)


def summed(runs: list[dict[str, object]]) -> dict[str, object]:
    took = sorted(each["seconds"] for each in runs)
    return {
        "median_s": median(took),
        "least_s": took[0],
        "most_s": took[-1],
        "peak_mb": max(e["peak_mb"] for e in runs),
    }


def told(began: float, counts: dict[str, tuple[int, int]]) -> dict[str, object]:
    took = perf_counter() - began
    return {"seconds": took, "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "counts": counts}


def by_scan(path: Path, rows: int) -> dict[str, object]:
    rules, began = stints.rules(), perf_counter()
    with scanned(path, rules, step=Step.DEPARTURE, memory=MEMORY, threads=THREADS) as scan:
        return told(began, {each.rule: (each.barred, each.not_shown) for each in scan.counts()})


def by_hand(path: Path, rows: int) -> dict[str, object]:
    began = perf_counter()
    with TemporaryDirectory() as folder, duckdb.connect(":memory:") as engine:
        engine.execute(f"SET threads = {THREADS}; SET memory_limit = '{MEMORY}'; SET temp_directory = '{folder}'")
        return told(began, stints.by_hand(f"read_parquet('{path}')", engine))


def by_pandas(path: Path, rows: int) -> dict[str, object]:
    began = perf_counter()
    return told(began, in_pandas.judged(in_pandas.load(path, rows)))


def few(path: Path, rows: int) -> dict[str, object]:
    """What pandas must answer."""
    with duckdb.connect(":memory:") as engine:
        return told(perf_counter(), stints.by_hand(f"(SELECT * FROM read_parquet('{path}') WHERE id < {rows})", engine))


ONE = {"scan": by_scan, "hand": by_hand, "pandas": by_pandas, "few": few}


def in_words(found: dict[str, dict[str, object]]) -> str:
    one, rows = found["one_case"], found["many"]
    scan, hand, pandas = rows["scan"], rows["hand"], rows["pandas"]
    return "\n".join(
        [
            f"One case, {one['rules']} rules explained: median {one['median_ms']:.2f} ms, p99 {one['p99_ms']:.2f} ms "
            f"of {one['times']} (aim: median under {AIMS['one_case_ms']:.0f} ms)",
            f"{rows['rows']:,} past stints, 20 rules, {THREADS} threads, memory limit {MEMORY}, {rows['rounds']} rounds in turn:",
            *(
                f"  {name:12} median {each['median_s']:.2f} s ({each['least_s']:.2f} to {each['most_s']:.2f}), "
                f"peak {each['peak_mb']:.0f} MB"
                for name, each in (("the scan", scan), ("by hand", hand))
            ),
            f"  scan to hand {rows['scan_to_hand']:.2f} (aim: {AIMS['scan_to_hand']} at most)",
            f"  pandas       {pandas['seconds']:.2f} s for {pandas['rows']:,} of these rows, with reading them, peak {pandas['peak_mb']:.0f} MB",
            f"Load of the machine at the end, over 1, 5 and 15 minutes: {', '.join(f'{each:.1f}' for each in found['load'])}",
        ]
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
