"""Everything that brings a register back on an empty machine, but for its keys: a folder that grows.

It is the public export, and beside it what the leaves don't say: `sealed/` holds the rows of the log, 256 a file as
JSON lines, `evidence/` the files, `others/` the few tables that can't be made again from the log, and `wrapped/` the
keys as they are sealed to the monitor. All of it is as encrypted as in the database; `sealed.sha256` lists it for
`sha256sum -c`. The checkpoint of the export comes last: until it is in place, the folder is the older backup.

No secret key is in it, and no password, second factor or session: a restored register invites its people again.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core import serializers
from django.db import models

from habeas.core.entries.fields import read_moment
from habeas.register.canonical import from_base64, to_base64
from habeas.register.checkpoint import Checkpoint, parse_signed_checkpoint
from habeas.register.export import CHECKPOINT, KEYS, ExportError, Unverified
from habeas.register.files import alone_in, names_in, read_file, write_file
from habeas.register.problems import Problem, ProblemList, RegisterError
from habeas.register.tiles import TILE_WIDTH, tile_path
from habeas.register.tree import Edge, grow, leaf_hash, root
from habeas.store import evidence, memory, proofs, streams, witnessed
from habeas.store.keys import KeyDamaged, KeyLost, SealBroken
from habeas.store.models import (
    AskedRow,
    ConsultationRow,
    CosignatureRow,
    EvidenceFile,
    HeadRow,
    LogRow,
    Marked,
    ReadingRow,
    SentForm,
    ShownStreamRow,
    WitnessAnswerRow,
)
from habeas.store.nodes import edge_at
from habeas.store.records import CLEAR, is_as_recorded, is_shown, key_id, shows_stream, stream_shown, written
from habeas.store.sequencer import place_all

SEALED, LIST = proofs.OF_BACKUP
OTHERS, EVIDENCE, WRAPPED = "others", "evidence", "wrapped"
PUBLIC = frozenset({CHECKPOINT, KEYS, "tile"})
OWN = PUBLIC | {OTHERS, EVIDENCE, WRAPPED, *proofs.OF_BACKUP}
FILE_MOST = 1_000_000_000
KEPT_BESIDE: tuple[type[models.Model], ...] = (
    AskedRow,
    ReadingRow,
    ConsultationRow,
    CosignatureRow,
    WitnessAnswerRow,
    ShownStreamRow,
)
"""Tables that the log can't give again, and that name nobody in clear: where an answer is found again by its
reference, what readers noted for themselves, which officer looked into which case, who cosigned what, and what a
witness answered instead: it may prove another past; and what shows the streams of those who were erased."""

Progress = Callable[[int, int], None] | None


def backup(directory: Path, progress: Progress = None) -> int:
    """Bring a backup up to date, while the register runs; the number of entries. What is there is not written again.

    Raises Unverified when `habeas verify` or a restore would refuse it: then it is the older backup still. Raises
    NotBegun, BehindPublished, ExportError for a folder that holds something else, OSError when the disk fails.
    """
    memory.demand_whole()
    with alone_in(directory):
        _demand_own(directory)
        place_all()
        checkpoint = witnessed.newest()
        note = checkpoint.note.encode("utf-8")
        proofs.demand_verified(directory, note, progress)
        known, wanted = listed(directory), dict[str, str]()
        try:
            for path, content in _files(checkpoint.size):
                wanted[path] = known.get(path) or _put(directory, path, content)
        except Unverified:
            _forget(directory, wanted.keys() - known.keys())
            raise
        _put_list(directory, known | wanted)
        proofs.write_out(directory, note, progress)
        _put_list(directory, wanted)
        _forget(directory, known.keys() - wanted.keys())
        _copy_wrapped(settings.HABEAS_DATA / WRAPPED, directory / WRAPPED)
    return checkpoint.size


def _demand_own(directory: Path) -> None:
    """Raise ExportError for a folder that holds anything but a backup, whole or begun. What is public comes into it
    after the list: where it lies without one, the folder is an export, which is published."""
    there = {each.removesuffix(".new") for each in names_in(directory, limit=FILE_MOST)}
    others = there - OWN or (there & PUBLIC if LIST not in there else frozenset())
    if others:
        raise ExportError("backup.folder_of_others", path=str(directory), name=min(others))


def sealed_path(first: int, size: int) -> str:
    """Where the rows from `first` on lie, in the backup of a register of this size."""
    width = min(TILE_WIDTH, size - first)
    return tile_path(None, first // TILE_WIDTH, width).replace("tile/entries", SEALED, 1) + ".jsonl"


def listed(directory: Path) -> dict[str, str]:
    """The SHA-256 of each file of the list; nothing where there is none. Raises RegisterError for a broken one."""
    if not (directory / LIST).exists():
        return {}
    lines = read_file(directory, LIST, limit=FILE_MOST).decode("utf-8", "replace").splitlines()
    found = {path: digest for digest, _, path in (line.partition("  ") for line in lines)}
    if any(len(digest) != sha256().digest_size * 2 or Path(path).is_absolute() for path, digest in found.items()):
        raise RegisterError("backup.list_broken", path=LIST)
    return found


def read_listed(directory: Path, path: str, known: dict[str, str]) -> bytes:
    """A file of the list. Raises RegisterError when it is missing there or here, or was changed."""
    if path not in known:
        raise RegisterError("register.file_missing", path=path)
    data = read_file(directory, path, limit=FILE_MOST)
    if sha256(data).hexdigest() != known[path]:
        raise RegisterError("backup.changed", path=path)
    return data


def told_of(line: bytes, path: str) -> dict[str, Any]:
    """What a line of sealed rows says of one entry: the columns of its row, the checkpoint that ends there, and of an
    entry about nobody what shows its stream. Nothing of it is believed yet. Raises RegisterError for no such line."""
    try:
        told: dict[str, Any] = json.loads(line)
        if not (isinstance(told["entry_id"], str) and isinstance(told["stream"], str)):
            raise TypeError
        at = {name: read_moment(told[name]) for name in ("occurred_at", "recorded_at")}
        sealed = from_base64(told["sealed"]) or b""
        beside = {"sealed": sealed, "shown": told.get("shown")}
        return {**{name: told[name] for name in (*CLEAR, "checkpoint")}, **at, **beside}
    except (ValueError, KeyError, TypeError, RecursionError):
        raise RegisterError("backup.changed", path=path) from None


def _files(size: int) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """Every file of the list for a register of this size, with what makes it."""
    for first in range(0, size, TILE_WIDTH):
        yield sealed_path(first, size), partial(_rows, first, min(first + TILE_WIDTH, size))
    held = LogRow.objects.filter(kind="evidence_added", place__index__lt=size).values("entry_id")
    for entry_id in EvidenceFile.objects.filter(entry_id__in=held).values_list("entry_id", flat=True):
        yield f"{EVIDENCE}/{entry_id}", partial(_evidence, entry_id)
    others = _others(size)
    yield f"{OTHERS}/{sha256(others).hexdigest()}.jsonl", lambda: others


def _rows(first: int, end: int) -> bytes:
    rows = LogRow.objects.filter(place__index__gte=first, place__index__lt=end).order_by("place__index")
    notes = {each.size: each.note for each in memory.signed(size__gt=first, size__lte=end)}
    _demand_restorable(rows, notes, edge_at(first))
    return b"".join(
        _line(
            {
                "index": index,
                **{name: written(getattr(row, name)) for name in CLEAR},
                "sealed": to_base64(bytes(row.sealed)),
                "checkpoint": notes.get(index + 1),
                **_shown(row),
            }
        )
        for index, row in enumerate(rows, start=first)
    )


def _shown(row: LogRow) -> dict[str, object]:
    """Of what the monitor has no key for: which stream it is of, by its leaf. Else a case could be made shorter."""
    if not streams.is_about_nobody(row):
        return {}
    with suppress(KeyDamaged, KeyLost):
        return {"shown": stream_shown(row)}
    kept = ShownStreamRow.objects.filter(entry_id=row.entry_id).order_by("pk")
    return next(({"shown": each.shown} for each in kept if shows_stream(each.shown, row)), {})


def _demand_restorable(rows: Iterable[LogRow], notes: Mapping[int, str], edge: Edge) -> None:
    """Raise Unverified unless these rows are what their leaves commit to, and the checkpoints what the tree was then.
    Of what no key opens nobody can say."""
    problems, origin = ProblemList(), HeadRow.objects.get().origin
    for row in rows:
        edge, _ = grow(edge, [leaf_hash(bytes(row.leaf))])
        with suppress(KeyDamaged):
            if not is_as_recorded(row):
                problems.add("audit.content_changed", entry=row.entry_id, key=key_id(row.stream, row.subject))
        said = ProblemList().attempt(partial(parse_signed_checkpoint, notes.get(edge.size, "").encode("utf-8")))
        if edge.size in notes and (said is None or said.checkpoint != Checkpoint(origin, edge.size, root(edge))):
            problems.add("audit.checkpoint_changed", size=edge.size)
    if found := problems.all():
        raise Unverified(found)


def _evidence(entry_id: str) -> bytes:
    with suppress(KeyDamaged, KeyLost):
        try:
            evidence.evidence_file(entry_id)
        except SealBroken:
            key = key_id(*LogRow.objects.values_list("stream", "subject").get(entry_id=entry_id))
            raise Unverified([Problem("audit.file_changed", {"entry": entry_id, "key": key})]) from None
    return bytes(EvidenceFile.objects.get(entry_id=entry_id).sealed)


def _others(size: int) -> bytes:
    """The tables that are kept beside. A form that was sent is named by its entries: tickets may come to differ."""
    found = "".join(serializers.serialize("jsonl", _true(model, size)) for model in KEPT_BESIDE)
    return found.encode("utf-8") + b"".join(_line(each) for each in _sent(size))


def _true(model: type[models.Model], size: int) -> Iterator[models.Model]:
    """The rows of a table but for those without the mark that they need, that show nothing, and for cosignatures of a
    checkpoint after this backup's: it will not be there to hold them against."""
    for each in model._default_manager.order_by("pk").iterator(chunk_size=2000):
        match each:
            case CosignatureRow():
                counts = each.size <= size
            case ShownStreamRow():
                counts = is_shown(each)
            case _:
                counts = not isinstance(each, Marked) or each.is_marked
        if counts:
            yield each


def _sent(size: int) -> Iterator[dict[str, object]]:
    for form in SentForm.objects.order_by("pk").iterator(chunk_size=2000):
        rows = LogRow.objects.filter(ticket__in=form.tickets, place__index__lt=size).order_by("ticket")
        entries = list(rows.values_list("entry_id", flat=True))
        if len(entries) == len(form.tickets):
            yield {"account": form.account, "send_id": form.send_id, "entries": entries}


def _line(members: dict[str, object]) -> bytes:
    return json.dumps(members, ensure_ascii=False, separators=(",", ":")).encode("utf-8") + b"\n"


def _put(directory: Path, path: str, content: Callable[[], bytes]) -> str:
    data = content()
    write_file(directory, path, data, mode=0o700)
    return sha256(data).hexdigest()


def _put_list(directory: Path, files: dict[str, str]) -> None:
    lines = "".join(f"{digest}  {path}\n" for path, digest in sorted(files.items()))
    write_file(directory, LIST, lines.encode("utf-8"), mode=0o700)


def _forget(directory: Path, paths: Iterable[str]) -> None:
    for path in paths:
        (directory / path).unlink(missing_ok=True)


def _copy_wrapped(source: Path, target: Path) -> None:
    """The wrapped keys as they are now: one that was destroyed since goes here too."""
    there = {each.name: each for each in source.glob("*.sealed")}
    for name, path in there.items():
        write_file(target, name, path.read_bytes(), mode=0o700)
    for each in target.glob("*.sealed"):
        if each.name not in there:
            each.unlink()


def wrapped_of(directory: Path) -> Iterable[Path]:
    return (directory / WRAPPED).glob("*.sealed")
