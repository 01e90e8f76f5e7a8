"""How a tortured register begins, and what must be so at its end: `python -m tests.torture.checks begin|end FOLDER`."""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "habeas.settings")
django.setup()

from django.db import connection  # noqa: E402

from habeas import cli, server  # noqa: E402
from habeas.core.commands import Command  # noqa: E402
from habeas.core.entries import custody as held  # noqa: E402
from habeas.core.entries.oversight import ReadingKeySet  # noqa: E402
from habeas.register.checkpoint import Checkpoint, parse_signed_checkpoint  # noqa: E402
from habeas.register.export import read_checkpoint  # noqa: E402
from habeas.register.leaf import NO_PREVIOUS, parse_leaf  # noqa: E402
from habeas.register.note import COSIGNER, Signer  # noqa: E402
from habeas.register.proof import is_consistent  # noqa: E402
from habeas.register.sealed import PUBLIC, key_text, public_of  # noqa: E402
from habeas.register.tiles import TILE_WIDTH  # noqa: E402
from habeas.register.tree import EMPTY_EDGE, consistency_path, grow, leaf_hash, root  # noqa: E402
from habeas.register.verify import verify_path  # noqa: E402
from habeas.store import backup, memory, projections, proofs, sequencer, standing_audit, streams  # noqa: E402
from habeas.store.acts import perform  # noqa: E402
from habeas.store.append import Draft, append  # noqa: E402
from habeas.store.memory import BehindPublished  # noqa: E402
from habeas.store.models import CheckpointRow, HeadRow, LogRow, PendingRow, PlaceRow, SignerRow  # noqa: E402
from habeas.store.records import LOST  # noqa: E402
from tests.foreign.conftest import built  # noqa: E402
from tests.store.example import BOOKING, MONITOR, Register, invited, proposed  # noqa: E402

PROOFS = 40
WITH_ALL = 2  # of the checkpoints, so many are given to `habeas verify --since`
ROLL = held.RollEntered(facility="tartu", sign=held.Sign.ROLL_CALL, seen_by="nobody who may record now")
PASSES = ("only the leaf is left", "waited for their place", "(keeping how it ended): the database was held by others")
"""What an audit may say in the middle of it all: the last one, when all is quiet, has found none of it but the first."""
REMEMBERED = re.compile("[0-9]+-[0-9a-f]{64}")
FOLDERS = {"export": "out", "exports": "shared-out", "mirror": "mirror", "backup": "backup"}


def begin(folder: Path) -> dict[str, object]:
    server._migrate()
    register = Register.begin()
    monitors = ReadingKeySet(public_key=key_text(PUBLIC, public_of(b"a key of the monitor".ljust(32))))
    invited(MONITOR)
    register.versions["party-ee-oik"] = len(streams.entries("party-ee-oik"))
    register.record("party-ee-oik", monitors, by=MONITOR)
    register.propose("shared", "Shared", "Example")
    for writer in range(8):
        person = f"person-writer-{writer}"
        register.record(f"case-writer-{writer}", proposed(f"Writer {writer}", "Example"), person=person)
    (folder / "vkey").write_text(register.vkey, encoding="utf-8")
    witness = Signer("witness.example/w1", b"a witness".ljust(32), COSIGNER)
    (folder / "witness-key").write_text(witness.private_text, encoding="utf-8")
    (folder / "commands.jsonl").touch()
    (folder / "policy").write_text(
        f"log {register.vkey}\nwitness w1 {witness.verifier.text}"
        f" http://127.0.0.1:{os.environ['HABEAS_TORTURE_WITNESS']}/\nquorum none\n",
        encoding="utf-8",
    )
    return {}


def end(folder: Path) -> dict[str, object]:
    """Everything that is counted, and every problem."""
    sequencer.place_all()
    lost = LogRow.objects.filter(kind=LOST).count()
    problems = [
        *in_the_tree(diaries(folder)),
        *without_gaps(),
        *forwards(),
        *published(folder),
        *exported(folder, foreign=os.environ["HABEAS_TORTURE_FOREIGN"] == "1"),
        *audited(lost),
        *well_ended(folder),
        *(f"read model {each}" for each in projections.rebuild().differences),
    ]
    told = [line for lines in diaries(folder).values() for line in lines if line["what"] == "done"]
    return {
        "acknowledged": sum(len(line["ids"]) for line in told),
        "ambiguous resolved": sum(line["ambiguous"] for line in told),
        "conflicts": sum(line["what"] == "conflict" for lines in diaries(folder).values() for line in lines),
        "entries": LogRow.objects.count(),
        "only leaves": lost,
        "checkpoints": len(checkpoints(folder)),
        "commands": dict(Counter(f"{each['words'].split()[0]} {each['code']}" for each in commands(folder))),
        "problems": problems,
    }


def commands(folder: Path) -> list[dict]:
    return whole_lines(folder / "commands.jsonl")


def well_ended(folder: Path) -> Iterator[str]:
    """A command may say that it can't work now. None is at fault, and an audit finds nothing but what was lost, what
    waits for its place while whoever gives places is dead, and that others had the database for too long."""
    for each in commands(folder):
        command, lines = each["words"].split()[0], each["said"].splitlines()
        only_lost = all(any(each in line for each in PASSES) for line in lines[:-1])
        if each["code"] == 3 or (each["code"] == 1 and command != "restore" and not (command == "check" and only_lost)):
            yield f"{each['words']} ended with {each['code']}: {each['said'][-600:]}"


def audited(lost: int) -> Iterator[str]:
    """The standing audit finds what was lost, as often as it was, and nothing else."""
    found = standing_audit.audit(datetime.now(UTC))
    missing = [each for each in found if each.code == "audit.content_lost"]
    yield from (f"audit: {each}" for each in found if each not in missing)
    if len(missing) != min(lost, 1000):
        yield f"audit: {len(missing)} of {lost} lost entries are found"


def forwards() -> Iterator[str]:
    """Within a stream, and within the chain of a key, nothing is recorded before what is on record."""
    last: dict[str, datetime] = {}
    for row in LogRow.objects.exclude(kind=LOST).order_by("place__index").iterator():
        for name in (row.stream, parse_leaf(bytes(row.leaf)).key.hex()):
            if row.recorded_at < last.get(name, row.recorded_at):
                yield f"{name} runs backwards at {row.entry_id}"
            last[name] = row.recorded_at


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
    vkey, seen = (folder / "vkey").read_text(encoding="utf-8"), checkpoints(folder)
    proofs.export(folder / "out")
    since = [None, *(seen[size] for size in sorted(seen)[:: max(1, len(seen) // WITH_ALL)])]
    problems = [str(each) for note in since for each in verify_path(folder / "out", vkey, since=note).problems]
    for name in FOLDERS.values() if foreign else ():
        ended = subprocess.run([built(folder), folder / name, vkey], capture_output=True, text=True, check=False)
        problems += [f"Go, {name}: {ended.stdout}{ended.stderr}"] if ended.returncode else []
    return problems


def whole(role: str) -> Callable[[Path], Iterator[str]]:
    """What was written last is whole: it verifies, and a backup has every file that it needs, as its list says."""

    def look(folder: Path) -> Iterator[str]:
        at, vkey = folder / FOLDERS[role], (folder / "vkey").read_text(encoding="utf-8")
        if not (at / "checkpoint").exists():
            return
        yield from (f"{role}: {each}" for each in verify_path(at, vkey).problems)
        size, known = read_checkpoint(at).checkpoint.size, backup.listed(at)
        for first in range(0, size if role == "backup" else 0, TILE_WIDTH):
            path = backup.sealed_path(first, size)
            if sha256((at / path).read_bytes()).hexdigest() != known.get(path):
                yield f"{role}: {path} is not what the list says"

    return look


def behind(folder: Path) -> Iterator[str]:
    """A register that ends before what it published records and signs nothing, whoever asks."""
    head, remembered = HeadRow.objects.get(), in_memory(folder)
    largest = max(int(each.name.partition("-")[0]) for each in remembered)
    if memory.behind() is None:
        if largest > head.size:
            yield f"{largest} were published, there are {head.size}, and the register goes on"
        return
    before = counts()
    version, at = len(streams.entries("case-shared")), datetime.now(UTC)
    draft = Draft(
        stream="case-shared", expected_version=version, subject="person-shared", bodies=(ROLL,), occurred_at=at
    )
    command = Command(act="enter_roll", body=ROLL, occurred_at=at, actor=BOOKING)
    asked: dict[str, Callable[[], object]] = {
        "an append": lambda: append([draft], actor=BOOKING, at=at),
        "a form": lambda: perform(command, at=at, send_id="behind", case_id="case-shared"),
    }
    for name, ask in asked.items():
        with suppress(BehindPublished):
            yield f"{name} was taken while the register was behind: {ask()}"
    if sequencer.place():
        yield "places were given while the register was behind"
    if cli.main(["backup", str(folder / "never")]) != 2 or (folder / "never").exists():
        yield "a backup was made while the register was behind"
    if cli.main(["check"]) != 1:
        yield "the audit does not say that the register is behind"
    if counts() != before:
        yield f"the register that was behind changed: {before}, {counts()}"
    if gone := [each.name for each in remembered if not each.exists()]:  # a witness may add what it saw
        yield f"the memory of a register that was behind forgot something: {gone}"


def in_memory(folder: Path) -> list[Path]:
    """The checkpoints that the signer remembers. What a killed process left half-written beside them was never
    published, and is written over; what a witness only said holds up nothing, and gives way to what it says later."""
    return [each for each in (folder / "data" / "signed").rglob("*-*") if REMEMBERED.fullmatch(each.name)]


def counts() -> tuple[object, ...]:
    head = HeadRow.objects.get()
    rows = (each.objects.count() for each in (LogRow, PlaceRow, PendingRow, CheckpointRow))
    return head.size, bytes(head.edge).hex(), *rows


def restored(folder: Path) -> Iterator[str]:
    if found := memory.behind():
        yield f"restored, and still: {found.problem}"


def wait_for_pages(folder: Path) -> Iterator[str]:
    until = time.monotonic() + 30
    while True:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{os.environ['HABEAS_TORTURE_PAGES']}/log/v1/checkpoint").read()
            return
        except OSError as error:
            if time.monotonic() > until:
                yield f"the pages don't answer: {error}"
                return
            time.sleep(0.05)


def sign_on(folder: Path) -> Iterator[str]:
    """Neither database nor memory know of what was published: other entries get the places of those."""
    at = datetime.now(UTC)
    draft = Draft(
        stream="case-fork", expected_version=0, subject="fork", bodies=(proposed("F", "Ork"),), occurred_at=at
    )
    append([draft], actor=BOOKING, at=at)
    sequencer.place_all()
    proofs.export(folder / "fork")
    yield from ()


def found_out_by_copies(folder: Path) -> Iterator[str]:
    """The mirror keeps what it had, and both checkpoints; every later checkpoint that was kept contradicts."""
    vkey = (folder / "vkey").read_text(encoding="utf-8")
    yield from (f"mirror: {each}" for each in verify_path(folder / "mirror", vkey).problems)
    if not list((folder / "mirror").glob("evidence-*/checkpoint-kept")):
        yield "the mirror kept no evidence of a fork"
    forked = read_checkpoint(folder / "fork").checkpoint
    later = [note for size, note in checkpoints(folder).items() if size >= forked.size]
    if not later:
        yield "no checkpoint was kept that the fork could contradict"
    for note in random.Random(len(later)).sample(later, min(3, len(later))):
        if verify_path(folder / "fork", vkey, since=note).ok:
            yield f"a fork of {forked.size} passes beside {note!r}"


def found_out_by_witness(folder: Path) -> Iterator[str]:
    """The witness refused and showed what it had seen; the register reads only from then on."""
    if memory.behind() is None:
        yield "the witness was asked, and the register goes on"
    yield from behind(folder)


CHECKS: dict[str, Callable[[Path], Iterator[str]]] = {
    **{f"whole-{role}": whole(role) for role in FOLDERS},
    "behind": behind,
    "restored": restored,
    "wait-for-pages": wait_for_pages,
    "sign-on": sign_on,
    "found-out-by-copies": found_out_by_copies,
    "found-out-by-witness": found_out_by_witness,
}


def checked(name: str) -> Callable[[int, Path], None]:
    """A check as a process: what it finds is a problem of the torture."""

    def run(number: int, folder: Path) -> None:
        connection.close()
        with (folder / "problems").open("a", encoding="utf-8") as file:
            for each in CHECKS[name](folder):
                file.write(f"{name}: {each}\n".replace("\n", " ").strip() + "\n")

    return run


if __name__ == "__main__":
    print(json.dumps({"begin": begin, "end": end}[sys.argv[1]](Path(sys.argv[2]))))
