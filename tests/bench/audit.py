"""`./dev bench audit`: what an audit of many invented stints costs, beside the ways that people have today.

In one run: head counts by three definitions with bounds by the audit's own code, by hand-written SQL in the same engine,
by Polars, by pandas and day by day; then the whole `habeas audit` of the same rows, from Parquet and from CSV, with every
check and the report; then the cost of a row by size. Each runs in a process of its own with two threads. The day-by-day
way runs for one day in a hundred, and what it would take for all of them is reckoned from that. A way that others have
and that does not come to an end here is said to. It ends with 1 when the answers differ or an aim is missed.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from itertools import combinations
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from threading import Event, Thread
from time import perf_counter

import duckdb

from habeas.audit import headcounts, stint_checks
from habeas.audit.engine import engine
from habeas.audit.run import MEMORY
from habeas.audit.tables import COLUMNS, Shape
from tests.bench import custody

ROWS, FULL, ROUNDS, THREADS = 300_000, 10_000_000, 3, 2
PATIENCE, TELL_EVERY = 1_800, 30
"""Seconds after which a way that others have is given up, and after which a long audit says how far it is."""
AIMS = {"to_hand": 1.5, "seconds": 60.0, "megabytes": 4096.0, "growth": 1.25}
LIMIT = {each: str(THREADS) for each in ("POLARS_MAX_THREADS", "OMP_NUM_THREADS")}


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="./dev bench audit", description=__doc__.split("\n\n")[0])
    parser.add_argument("--rows", type=int, default=ROWS, help=f"how many stints ({ROWS:,})")
    parser.add_argument(
        "--full", action="store_true", help=f"{FULL:,} stints, and the cost of a row from 1 to 50 million"
    )
    parser.add_argument(
        "--rounds", type=int, default=ROUNDS, help=f"how many times heads are counted here and by hand ({ROUNDS})"
    )
    parser.add_argument("--sizes", type=int, nargs="*", help="sizes at which the whole audit is measured too")
    parser.add_argument("--only", choices=[*COUNTED, *WHOLE], nargs="*", default=[*COUNTED, *WHOLE])
    parser.add_argument("--folder", help="where the rows are written (a temporary folder)")
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.add_argument("--one", nargs=3, metavar=("HOW", "FILE", "OUT"), help=argparse.SUPPRESS)
    asked = parser.parse_args(arguments)
    if asked.one:
        print(json.dumps(counted(*asked.one)))
        return 0
    rows = FULL if asked.full else asked.rows
    sizes = asked.sizes if asked.sizes is not None else [1_000_000, 50_000_000] if asked.full else []
    with TemporaryDirectory(prefix="habeas-bench-", dir=asked.folder) as folder:
        found = measured(Path(folder), rows, asked.rounds, sizes, {*asked.only})
    print(json.dumps(found) if asked.format == "json" else in_words(found))
    return 0 if all(found["met"].values()) else 1


def tell(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


def tell_run(run: dict[str, object]) -> None:
    tell(f"  {run['seconds']:.1f} s, {run['cpu']:.1f} s of processor, {run['peak_mb']:.0f} MB at most")


def measured(folder: Path, rows: int, rounds: int, sizes: list[int], only: set[str]) -> dict[str, object]:
    path = folder / "stints.parquet"
    tell(f"Writing {rows:,} invented stints ...")
    custody.write(path, rows)
    counts = heads(folder, path, rows, rounds, [each for each in COUNTED if each in only])
    wholes = {}
    for form in (each for each in WHOLE if each in only):
        source = path
        if form == "whole, CSV":
            source = folder / "stints.csv"
            custody.write(source, rows, as_csv=True)
        wholes[form] = whole(folder, source, rows)
        path.unlink() if source != path and not sizes else None
    for size in sizes if "whole, Parquet" in only else ():
        source = folder / f"of-{size}.parquet"
        tell(f"Writing {size:,} invented stints ...")
        custody.write(source, size)
        wholes[f"whole, Parquet, {size:,}"] = whole(folder, source, size)
        source.unlink()
    return {"rows": rows, "counts": counts, "whole": wholes, "load": os.getloadavg()} | judged(counts, wholes)


def judged(counts: dict[str, dict[str, object]], wholes: dict[str, dict[str, object]]) -> dict[str, object]:
    """Which aims are met."""
    met = {"equal": all(each.get("equal", True) for each in counts.values())}
    if {"habeas", "by hand"} <= {*counts}:
        met["to_hand"] = counts["habeas"]["to_hand"] <= AIMS["to_hand"]
    for name, each in wholes.items():
        if each["rows"] <= FULL:
            met[f"{name}: seconds"] = each["seconds"] <= AIMS["seconds"]
        met[f"{name}: memory"] = each["peak_mb"] <= AIMS["megabytes"]
    sizes = sorted((e["rows"], e["cpu"] / e["rows"]) for name, e in wholes.items() if "Parquet" in name)
    pairs = [*combinations((each for each in sizes if each[0] >= 1e6), 2)]
    if pairs:
        met["no dearer by size"] = all(more <= less * AIMS["growth"] for (_, less), (_, more) in pairs)
    return {"met": met}


# --- head counts -------------------------------------------------------------------------------------


def heads(folder: Path, path: Path, rows: int, rounds: int, ways: list[str]) -> dict[str, dict[str, object]]:
    """Each way in turn; what it took, and whether it answered as the SQL by hand did."""
    runs: dict[str, list[dict[str, object]]] = {each: [] for each in ways}
    for number in range(rounds):
        for way in ways if number % 2 == 0 else ways[::-1]:
            if way not in ("habeas", "by hand") and number > 0:
                continue
            tell(f"Head counts of {rows:,}, round {number + 1} of {rounds}: {way} ...")
            try:
                runs[way].append(apart(way, path, _answer(folder, way)))
            except subprocess.SubprocessError as error:
                if way in ("habeas", "by hand"):
                    raise
                tell(f"  not finished: {error}")
                continue
            tell_run(runs[way][-1])
    found: dict[str, dict[str, object]] = {}
    for way in ways:
        if not runs[way]:
            found[way] = {"finished": False}
            continue
        values = {key: median(each[key] for each in runs[way]) for key in ("seconds", "cpu")}
        found[way] = {**values, "peak_mb": max(e["peak_mb"] for e in runs[way])}
        if "by hand" in runs:
            pairs = zip(runs[way], runs["by hand"], strict=False)
            found[way]["to_hand"] = median(each["cpu"] / beside["cpu"] for each, beside in pairs)
            found[way]["equal"] = are_equal(_answer(folder, way), _answer(folder, "by hand"), way == "day by day")
    return found


def _answer(folder: Path, way: str) -> Path:
    return folder / f"{way.replace(' ', '-')}.parquet"


def are_equal(one: Path, other: Path, of_days: bool) -> bool:
    """Whether two answers are the same: each day from which another number of people is there, or some days alone."""
    with duckdb.connect(":memory:") as opened:
        first, second = f"({_MOVED.format(one)})", f"({_MOVED.format(other)})"
        if of_days:
            first = f"(SELECT facility, CAST(day AS DATE) AS day, least, most FROM '{one}')"
            second = f"({_ON_DAYS.format(days=one, of=other)})"
        counts = opened.execute(
            f"""SELECT (SELECT count(*) FROM {first}), (SELECT count(*) FROM ({first} EXCEPT {second})),
            (SELECT count(*) FROM ({second} EXCEPT {first}))"""
        ).fetchone()
    assert counts is not None
    return counts[0] > 0 and counts[1:] == (0, 0)


_MOVED = """SELECT * FROM (SELECT definition, facility, CAST(day AS DATE) AS day,
    CAST(least - lag(least, 1, 0) OVER w AS BIGINT) AS least, CAST(most - lag(most, 1, 0) OVER w AS BIGINT) AS most
    FROM '{}' WINDOW w AS (PARTITION BY definition, facility ORDER BY day)) WHERE least <> 0 OR most <> 0"""
_ON_DAYS = """SELECT facility, day, CAST(least AS BIGINT), CAST(most AS BIGINT)
    FROM (SELECT * FROM (SELECT DISTINCT CAST(day AS DATE) AS day FROM '{days}'), (SELECT DISTINCT facility FROM '{of}'))
    ASOF JOIN (SELECT facility, CAST(day AS DATE) AS day, least, most FROM '{of}' WHERE definition = 'midnight')
    USING (facility, day) WHERE most > 0"""


def apart(way: str, path: Path, out: Path) -> dict[str, object]:
    command = [sys.executable, "-W", "ignore", "-m", "tests.bench.audit", "--one", way, str(path), str(out)]
    environment, most = {**os.environ, **LIMIT}, None if way == "habeas" else PATIENCE
    ended = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=environment, timeout=most)
    return json.loads(ended.stdout)


def counted(way: str, path: str, out: str) -> dict[str, object]:
    """One way in this process: reading, counting, and the answer written as Parquet, which is not timed."""
    taken = COUNTED[way](Path(path), Path(out))
    return {**taken, "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def _since(began: tuple[float, float]) -> tuple[float, float]:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return perf_counter() - began[0], used.ru_utime + used.ru_stime - began[1]


def in_engine(path: Path, out: Path, load: str, ask: tuple[str, ...], answer: str) -> dict[str, object]:
    with engine([path, out.parent], MEMORY, THREADS) as opened:
        for each in load.split(";"):
            opened.execute(each)
        began = _since((0, 0))
        for each in ask:
            opened.execute(each)
        seconds, cpu = _since(began)
        opened.execute(f"COPY ({answer}) TO '{out}' (FORMAT parquet)")
    return {"seconds": seconds, "cpu": cpu}


def by_habeas(path: Path, out: Path) -> dict[str, object]:
    """The audit's own preparation, over rows that are typed already, as the SQL by hand has them."""
    columns = ", ".join(f"{name} {each.type}" for name, each in COLUMNS[Shape.STINTS].items())
    load = f"""CREATE TABLE stints (source INTEGER, line BIGINT, {columns});
        INSERT INTO stints (source, line, person, facility, from_at, until_at)
        SELECT 1, file_row_number, person, facility, "from", until FROM read_parquet('{path}', file_row_number=true)"""
    sums = "sum(least) OVER so_far AS least, sum(most) OVER so_far AS most"
    answer = f"""CREATE TABLE counted AS SELECT definition, facility, day, {sums} FROM stint_deltas
        WINDOW so_far AS (PARTITION BY definition, facility ORDER BY day)"""
    ask = (*stint_checks.prepare_rows(), *headcounts.prepare(custody.DEFINITIONS), answer)
    return in_engine(path, out, load, ask, "FROM counted")


def by_hand(path: Path, out: Path) -> dict[str, object]:
    return in_engine(path, out, custody.LOAD.format(path), (custody.BY_HAND,), "FROM counted")


def in_frames(count: Callable[[Path], object]) -> Callable[[Path, Path], dict[str, object]]:
    def run(path: Path, out: Path) -> dict[str, object]:
        began = _since((0, 0))
        frame = count(path)
        seconds, cpu = _since(began)
        frame.write_parquet(out) if hasattr(frame, "write_parquet") else frame.to_parquet(out, index=False)
        return {"seconds": seconds, "cpu": cpu}

    return run


COUNTED: dict[str, Callable[[Path, Path], dict[str, object]]] = {
    "habeas": by_habeas,
    "by hand": by_hand,
    "Polars": in_frames(custody.in_polars),
    "pandas": in_frames(custody.in_pandas),
    "day by day": in_frames(custody.day_by_day),  # for some days
}

# --- the whole audit ---------------------------------------------------------------------------------

WHOLE = ("whole, Parquet", "whole, CSV")


def whole(folder: Path, path: Path, rows: int) -> dict[str, object]:
    """`habeas audit` as anybody runs it, with the memory of all its processes together."""
    tell(f"The whole audit of {rows:,} rows, {path.suffix[1:]} of {path.stat().st_size >> 20:,} MB ...")
    map_file, out = folder / "map.toml", folder / f"audit-{rows}-{path.suffix[1:]}"
    map_file.write_text(custody.MAP, "utf-8")
    command = [sys.executable, "-m", "habeas.cli", "audit", str(path), "--map", str(map_file), "--out", str(out)]
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), perf_counter()
    spilt = folder / "spilt"  # its private folders lie there, and go with it
    spilt.mkdir(exist_ok=True)
    environment = {**os.environ, "TMPDIR": str(spilt)}
    with subprocess.Popen([*command, "--format", "json"], stdout=subprocess.PIPE, text=True, env=environment) as child:
        most, is_over = [0.0], Event()
        watcher = Thread(target=_watch, args=(child.pid, most, is_over, spilt))
        watcher.start()
        told = json.loads(child.communicate()[0])
        is_over.set()
        watcher.join()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    figures = json.loads((out / "figures.json").read_text("utf-8"))["stints"]
    run = {
        "rows": rows,
        "seconds": perf_counter() - began,
        "cpu": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        "peak_mb": max(most[0], 0 if most[0] else after.ru_maxrss / 1024),
        "used": sum(each["used"] for each in told["sources"]),
        "findings": sum(each["count"] for each in told["checks"]),
        "checks": sum(not each["lacks"] for each in told["checks"]),
        "peak_at_midnight": figures["peak_at_midnight"],
    }
    tell_run(run)
    return run


def _watch(pid: int, most: list[float], is_over: Event, spilt: Path) -> None:
    """The most memory that a process and those that it started hold together, in MB; nothing where /proc is not. Says
    from time to time how far it is."""
    began = told = perf_counter()
    while not is_over.wait(0.1):
        most[0] = max(most[0], held := _held(pid))
        if perf_counter() - told > TELL_EVERY:
            told = perf_counter()
            tell(
                f"  {told - began:.0f} s so far, {held:.0f} MB now, {most[0]:.0f} MB at most, {_on_disk(spilt)} MB on disk"
            )


def _on_disk(folder: Path) -> int:
    """MB in the files of a folder, of which some go while they are counted."""
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):
                total += (Path(parent) / name).stat().st_size
    return total >> 20


def _held(pid: int) -> float:
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1])
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()
    except (OSError, IndexError):
        return 0.0
    return pages * resource.getpagesize() / (1 << 20) + sum(_held(int(each)) for each in children)


def in_words(found: dict[str, dict[str, object]]) -> str:
    lines = [
        f"Head counts of {found['rows']:,} stints by 3 definitions with bounds, {THREADS} threads; middle of the rounds:",
        f"  {'':<26}{'seconds':>9}{'processor':>11}{'to hand':>9}{'peak MB':>9}  equal",
    ]
    for name, each in found["counts"].items():
        if "seconds" not in each:
            lines.append(f"  {name:<26} not finished within {PATIENCE:,} s, or for want of memory")
            continue
        ratio, equal = (f"{each['to_hand']:.2f}", each["equal"]) if "equal" in each else ("", None)
        lines.append(
            f"  {name:<26}{each['seconds']:>9.2f}{each['cpu']:>11.2f}{ratio:>9}{each['peak_mb']:>9.0f}"
            f"  {'' if equal is None else 'yes' if equal else 'NO'}"
        )
        if name == "day by day":
            all_days = each["seconds"] * custody.ONE_DAY_IN
            lines.append(
                f"    one day in {custody.ONE_DAY_IN}, one definition; for every day, reckoned in proportion: {all_days:,.0f} s"
            )
    if found["whole"]:
        lines.append("The whole audit, every check and the report:")
        lines.append(f"  {'':<26}{'seconds':>9}{'processor':>11}{'us a row':>9}{'peak MB':>9}  findings")
    for name, each in found["whole"].items():
        micro = each["cpu"] / each["rows"] * 1e6
        lines.append(
            f"  {name:<26}{each['seconds']:>9.1f}{each['cpu']:>11.1f}{micro:>9.2f}{each['peak_mb']:>9.0f}"
            f"  {each['findings']:,} of {each['checks']} checks"
        )
    aims = ", ".join(f"{name} {'met' if each else 'MISSED'}" for name, each in found["met"].items())
    lines.append(f"Aims (head count {AIMS['to_hand']} of the SQL by hand, {AIMS['seconds']:.0f} s, 4 GiB): {aims}")
    lines.append(f"Load of the machine at the end: {', '.join(f'{each:.1f}' for each in found['load'])}")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
