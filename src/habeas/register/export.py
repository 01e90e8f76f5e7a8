"""Write a register out as static files, and read it back.

The order makes a crash harmless: a bundle before its tile, all tiles before `keys.jsonl`, the checkpoint
last. Until the new checkpoint is in place, readers see the older, smaller log. What was published never
changes: the exporter stops rather than replace it.
"""

import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from habeas.register.canonical import ENTRY_LIMITS, CanonicalError
from habeas.register.checkpoint import Checkpoint, parse_signed_checkpoint
from habeas.register.disclosure_json import DocumentError, key_line, parse_key_line
from habeas.register.files import FileError, read_file, write_file
from habeas.register.hashing import leaf_hash
from habeas.register.keys import KeyDisclosure
from habeas.register.note import GREATEST_NOTE
from habeas.register.problems import RegisterError
from habeas.register.tiles import TILE_WIDTH, TileRows, pack_bundle, tile_path, unpack_bundle

CHECKPOINT = "checkpoint"
KEYS = "keys.jsonl"
GREATEST_KEYS_FILE = 64_000_000
_GREATEST_PACKED_ENTRY = ENTRY_LIMITS.length + 2


class ExportError(RegisterError):
    """The export stopped: going on would publish something false, or change what was published."""


@dataclass(frozen=True, slots=True)
class Export:
    """An export, opened for reading. Nothing is verified: `verify.verify_log` does that."""

    directory: Path
    checkpoint_note: bytes
    size: int
    keys: tuple[KeyDisclosure, ...]

    def leaves(self) -> Iterator[bytes]:
        """Every leaf in order. Raises FileError at the first bundle that is missing or broken."""
        for first in range(0, self.size, TILE_WIDTH):
            width = min(TILE_WIDTH, self.size - first)
            leaves = read_bundle(self.directory, first // TILE_WIDTH, width)
            if len(leaves) != width:
                raise FileError("register.bundle_broken", path=tile_path(None, first // TILE_WIDTH, width))
            yield from leaves


def write_export(
    directory: Path, leaves: Iterable[bytes], *, checkpoint_note: bytes, key_disclosures: Sequence[KeyDisclosure]
) -> None:
    """Write all leaves of the log, or bring an older export of it up to date.

    Raises ExportError if the leaves do not give the checkpoint's root (the checkpoint is then not written),
    if a published file would change, or if the folder already holds a larger log; CheckpointError for a
    checkpoint that is none; OSError when the disk fails.
    """
    checkpoint = parse_signed_checkpoint(checkpoint_note).checkpoint
    _refuse_older(directory, checkpoint)
    rows = TileRows()
    full: list[str] = []
    remaining = iter(leaves)
    while bundle := list(islice(remaining, TILE_WIDTH)):
        path = tile_path(None, rows.size // TILE_WIDTH, len(bundle))
        _put(directory, path, pack_bundle(bundle))
        for tile in rows.push(b"".join(map(leaf_hash, bundle))):
            _put(directory, tile.path, tile.hashes)
            full += [path, tile.path]
    if (rows.size, rows.root()) != (checkpoint.size, checkpoint.root):
        raise ExportError("register.export_root_differs", size=rows.size, checkpoint_size=checkpoint.size)
    for tile in rows.partial_tiles():
        _put(directory, tile.path, tile.hashes)
    write_file(directory, KEYS, _keys_file(directory, key_disclosures, checkpoint.size))
    write_file(directory, CHECKPOINT, checkpoint_note)
    _forget_partial(directory, full)


def read_export(directory: Path) -> Export:
    """Open an export. Raises FileError, CheckpointError or DocumentError; verifies nothing."""
    note = read_file(directory, CHECKPOINT, limit=GREATEST_NOTE)
    checkpoint = parse_signed_checkpoint(note).checkpoint
    return Export(directory, note, checkpoint.size, read_keys(directory))


def read_keys(directory: Path) -> tuple[KeyDisclosure, ...]:
    """The lines of `keys.jsonl`, ascending by index. Raises FileError, or DocumentError with the line."""
    data = read_file(directory, KEYS, limit=GREATEST_KEYS_FILE)
    entries: list[KeyDisclosure] = []
    for number, line in enumerate(data.splitlines(keepends=True), start=1):
        try:
            entry = parse_key_line(line.removesuffix(b"\n"))
        except (CanonicalError, DocumentError):
            entry = None
        if entry is None or not line.endswith(b"\n") or (entries and entry.index <= entries[-1].index):
            raise DocumentError("register.keys_line_broken", line=number)
        entries.append(entry)
    return tuple(entries)


def read_bundle(directory: Path, index: int, width: int) -> list[bytes]:
    """The entries of one bundle, however many. Raises FileError if it is missing, too long or cut."""
    path = tile_path(None, index, width)
    leaves = unpack_bundle(read_file(directory, path, limit=width * _GREATEST_PACKED_ENTRY))
    if leaves is None:
        raise FileError("register.bundle_broken", path=path)
    return leaves


def _refuse_older(directory: Path, checkpoint: Checkpoint) -> None:
    note = _published(directory, CHECKPOINT, GREATEST_NOTE)
    if note is None:
        return
    published = parse_signed_checkpoint(note).checkpoint
    same_size = published.size == checkpoint.size
    other_log = published.origin != checkpoint.origin
    if other_log or published.size > checkpoint.size or (same_size and published.root != checkpoint.root):
        raise ExportError("register.export_would_change", path=CHECKPOINT)


def _forget_partial(directory: Path, full: Iterable[str]) -> None:
    """Delete the partial files that full ones replace, as tlog-tiles permits once the full ones are there."""
    for path in full:
        partial = directory / f"{path}.p"
        if partial.is_dir():
            shutil.rmtree(partial)


def _put(directory: Path, path: str, data: bytes) -> None:
    """Write a file that never changes; stop if it is there with other content."""
    published = _published(directory, path, len(data))
    if published is None:
        write_file(directory, path, data)
    elif published != data:
        raise ExportError("register.export_would_change", path=path)


def _published(directory: Path, path: str, limit: int) -> bytes | None:
    """What is already there, or None. Raises ExportError if it is longer or can't be read."""
    try:
        return read_file(directory, path, limit=limit)
    except FileError as error:
        if error.problem.code == "register.file_missing":
            return None
        raise ExportError("register.export_would_change", path=path) from error


def _keys_file(directory: Path, key_disclosures: Sequence[KeyDisclosure], size: int) -> bytes:
    indexes = [entry.index for entry in key_disclosures]
    if indexes != sorted(set(indexes)) or any(index >= size for index in indexes):
        raise ExportError("register.export_keys_order")
    data = b"".join(map(key_line, key_disclosures))
    published = _published(directory, KEYS, len(data))
    if published is not None and not data.startswith(published):
        raise ExportError("register.export_would_change", path=KEYS)
    return data
