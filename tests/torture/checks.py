"""How a tortured register begins, and what must be so at its end: `python -m tests.torture.checks begin|end FOLDER`."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "habeas.settings")
django.setup()

from habeas import server  # noqa: E402
from habeas.register.checkpoint import Checkpoint, parse_signed_checkpoint  # noqa: E402
from habeas.register.leaf import NO_PREVIOUS, parse_leaf  # noqa: E402
from habeas.register.proof import is_consistent  # noqa: E402
from habeas.register.tree import EMPTY_EDGE, consistency_path, grow, leaf_hash, root  # noqa: E402
from habeas.register.verify import verify_path  # noqa: E402
from habeas.store import projections, proofs, sequencer, streams  # noqa: E402
from habeas.store.models import LogRow, PendingRow, PlaceRow, SignerRow  # noqa: E402
from tests.foreign.conftest import built  # noqa: E402
from tests.store.example import Register, proposed  # noqa: E402

PROOFS = 40
WITH_ALL = 2  # of the checkpoints, so many are given to `habeas verify --since`


def begin(folder: Path) -> dict[str, object]:
    server._migrate()
    register = Register.begin()
    register.propose("shared", "Shared", "Example")
    for writer in range(8):
        person = f"person-writer-{writer}"
        register.record(f"case-writer-{writer}", proposed(f"Writer {writer}", "Example"), person=person)
    (folder / "vkey").write_text(register.vkey, encoding="utf-8")
    return {}


def end(folder: Path) -> dict[str, object]:
    """Everything that is counted, and every problem."""
    sequencer.place_all()
    problems = [
        *in_the_tree(diaries(folder)),
        *without_gaps(),
        *published(folder),
        *exported(folder, foreign=os.environ["HABEAS_TORTURE_FOREIGN"] == "1"),
        *(f"read model {each}" for each in projections.rebuild().differences),
    ]
    told = [line for lines in diaries(folder).values() for line in lines if line["what"] == "done"]
    return {
        "acknowledged": sum(len(line["ids"]) for line in told),
        "ambiguous resolved": sum(line["ambiguous"] for line in told),
        "conflicts": sum(line["what"] == "conflict" for lines in diaries(folder).values() for line in lines),
        "entries": LogRow.objects.count(),
        "checkpoints": len(checkpoints(folder)),
        "problems": problems,
    }


def diaries(folder: Path) -> dict[str, list[dict]]:
    return {path.name: whole_lines(path) for path in sorted(folder.glob("writer-*.jsonl"))}


def whole_lines(path: Path) -> list[dict]:
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return [json.loads(line) for line in lines if line.startswith("{") and line.endswith("}")]


def in_the_tree(written: dict[str, list[dict]]) -> list[str]:
    """What a writer was told is recorded has one place, and no form or draft was recorded twice."""
    told = [id for lines in written.values() for line in lines if line["what"] == "done" for id in line["ids"]]
    placed = Counter(PlaceRow.objects.values_list("log__entry_id", flat=True))
    problems = [f"told twice: {id}" for id, times in Counter(told).items() if times > 1]
    problems += [f"acknowledged, and {placed[id]} times in the tree: {id}" for id in told if placed[id] != 1]
    tried = {line["label"]: name for name, lines in written.items() for line in lines if line["what"] == "try"}
    labels = Counter(
        getattr(entry.body, "seen_by", None)
        for stream in LogRow.objects.values_list("stream", flat=True).distinct()
        if stream.startswith(("case-writer", "case-shared"))
        for entry in streams.entries(stream)
    )
    return problems + [f"{labels[label]} times: {label}" for label in tried if labels[label] > 1]


def without_gaps() -> list[str]:
    """Places, versions and the counters of keys go up by one; each key's chain is one; the tables say where they end."""
    problems = [f"{PendingRow.objects.count()} wait"] if PendingRow.objects.exists() else []
    places = list(PlaceRow.objects.order_by("index").values_list("index", flat=True))
    problems += [f"places {a}, {b}" for a, b in pairwise([-1, *places]) if b != a + 1]
    if len(places) != LogRow.objects.count():
        problems.append(f"{LogRow.objects.count()} entries, {len(places)} places")
    last: dict[str, int] = {}
    for stream, version in LogRow.objects.order_by("stream", "version").values_list("stream", "version"):
        if version != last.get(stream, -1) + 1:
            problems.append(f"{stream} has no version before {version}")
        last[stream] = version
    ends: dict[bytes, tuple[int, bytes]] = {}
    for row in LogRow.objects.order_by("place__index").iterator():
        leaf = parse_leaf(bytes(row.leaf))
        if (leaf.counter, leaf.previous) != ends.get(leaf.key, (0, NO_PREVIOUS)):
            problems.append(f"the chain of {leaf.key.hex()} breaks at counter {leaf.counter}")
        ends[leaf.key] = (leaf.counter + 1, leaf_hash(bytes(row.leaf)))
    for row in SignerRow.objects.exclude(counter=0):
        if (row.counter, bytes(row.previous)) not in ends.values():
            problems.append(f"the key {row.fingerprint} is not where its chain ends")
    return problems


def checkpoints(folder: Path) -> dict[int, bytes]:
    return {each["size"]: each["note"].encode() for each in whole_lines(folder / "checkpoints.jsonl")}


def published(folder: Path) -> list[str]:
    """Every checkpoint that was seen is a prefix of the last: its root is that of so many leaves of the last, and for
    some of them the verifier is given the proof."""
    leaves = [bytes(row) for row in PlaceRow.objects.order_by("index").values_list("leaf_hash", flat=True)]
    seen, problems = checkpoints(folder), []
    edge, roots = EMPTY_EDGE, {}
    for size, leaf in enumerate(leaves, start=1):
        edge, _ = grow(edge, [leaf])
        roots[size] = root(edge)
    for size, note in seen.items():
        signed = parse_signed_checkpoint(note)
        if signed.checkpoint.root != roots.get(size):
            problems.append(f"the checkpoint of size {size} is no prefix of the last")
    last = Checkpoint(parse_signed_checkpoint(next(iter(seen.values()))).checkpoint.origin, len(leaves), root(edge))
    for size in random.Random(len(leaves)).sample(sorted(seen), min(PROOFS, len(seen))):
        path = consistency_path(size, last.size, lambda start, stop: subtree(leaves[start:stop]))
        old = parse_signed_checkpoint(seen[size]).checkpoint
        if not is_consistent(old.size, old.root, size=last.size, root=last.root, path=path):
            problems.append(f"no proof that the checkpoint of size {size} is a prefix of the last")
    return problems


def subtree(leaves: list[bytes]) -> bytes:
    edge, _ = grow(EMPTY_EDGE, leaves)
    return root(edge)


def exported(folder: Path, *, foreign: bool) -> list[str]:
    out, vkey = folder / "out", (folder / "vkey").read_text(encoding="utf-8")
    proofs.export(out)
    seen = checkpoints(folder)
    since = [None, *(seen[size] for size in sorted(seen)[:: max(1, len(seen) // WITH_ALL)])]
    problems = [str(each) for note in since for each in verify_path(out, vkey, since=note).problems]
    if foreign:
        ended = subprocess.run([built(folder), out, vkey], capture_output=True, text=True, check=False)
        problems += [ended.stdout + ended.stderr] if ended.returncode else []
    return problems


if __name__ == "__main__":
    print(json.dumps({"begin": begin, "end": end}[sys.argv[1]](Path(sys.argv[2]))))
