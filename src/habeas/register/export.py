"""Write a register out as static files, and read them back.

The order makes a crash harmless: a bundle before its tile, all tiles before `keys.jsonl`, the checkpoint
last. Until the new checkpoint is in place, readers see the older, smaller log. What was published never
changes: the exporter stops rather than replace it.
"""

import shutil
from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path

from habeas.register.canonical import ENTRY_LIMITS
from habeas.register.checkpoint import Checkpoint, SignedCheckpoint, parse_signed_checkpoint
from habeas.register.files import paths_below, read_file, write_file
from habeas.register.keys import KeyDisclosure, key_line, parse_keys
from habeas.register.note import GREATEST_NOTE
from habeas.register.problems import Problem, ProblemList, RegisterError
from habeas.register.tiles import TILE_WIDTH, TileRows, pack_bundle, parse_tile_path, tile_path, unpack_bundle
from habeas.register.tree import HASH_LENGTH, leaf_hash, root

CHECKPOINT = "checkpoint"
KEYS = "keys.jsonl"
GREATEST_KEYS_FILE = 64_000_000
_GREATEST_PACKED_ENTRY = ENTRY_LIMITS.length + 2


class ExportError(RegisterError):
    """The export stopped: going on would publish something false, or change what was published."""


class Unverified(RegisterError):
    """What would be written is not what the register signed, in these ways: nothing of it was."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(problems[0].code, **problems[0].parameters)
        self.problems = problems


def write_export(
    directory: Path, leaves: Iterable[bytes], *, checkpoint_note: bytes, key_disclosures: Sequence[KeyDisclosure]
) -> None:
    """Write all leaves of the log, or bring an older export of it up to date.

    Raises ExportError if the leaves do not give the checkpoint's root (the checkpoint is then not written),
    if a published file would change, or if the folder already holds a larger log; RegisterError for a
    checkpoint that is none; OSError when the disk fails.
    """
    checkpoint = parse_signed_checkpoint(checkpoint_note).checkpoint
    published_before(directory, checkpoint)
    rows = TileRows()
    full: list[str] = []
    remaining = iter(leaves)
    while bundle := list(islice(remaining, TILE_WIDTH)):
        path = tile_path(None, rows.edge.size // TILE_WIDTH, len(bundle))
        _put(directory, path, pack_bundle(bundle))
        for tile in rows.push([leaf_hash(leaf) for leaf in bundle]):
            _put(directory, tile.path, tile.hashes)
            full += [path, tile.path]
    size = rows.edge.size
    if (size, root(rows.edge)) != (checkpoint.size, checkpoint.root):
        raise ExportError("register.export_root_differs", size=size, checkpoint_size=checkpoint.size)
    for tile in rows.partial_tiles():
        _put(directory, tile.path, tile.hashes)
    write_file(directory, KEYS, _keys_file(directory, key_disclosures, size))
    write_file(directory, CHECKPOINT, checkpoint_note)
    _forget_partial(directory, full)


def read_checkpoint(directory: Path) -> SignedCheckpoint:
    """The published checkpoint. Raises RegisterError; verifies nothing."""
    return parse_signed_checkpoint(read_file(directory, CHECKPOINT, limit=GREATEST_NOTE))


def read_keys(directory: Path) -> tuple[KeyDisclosure, ...]:
    """The entries that introduced keys, as far as the checkpoint goes: what comes after is being written, or was when
    somebody was killed. Raises RegisterError; verifies nothing."""
    size = read_checkpoint(directory).checkpoint.size
    entries = parse_keys(read_file(directory, KEYS, limit=GREATEST_KEYS_FILE))
    return tuple(each for each in entries if each.index < size)


def read_bundle(directory: Path, index: int, width: int) -> list[bytes]:
    """The entries of one bundle, however many. Raises RegisterError if it is missing, too long or cut."""
    path = tile_path(None, index, width)
    leaves = unpack_bundle(read_file(directory, path, limit=width * _GREATEST_PACKED_ENTRY))
    if leaves is None:
        raise RegisterError("register.bundle_broken", path=path)
    return leaves


def longest(level: int | None, width: int) -> int:
    """How many bytes a tile, or without a level a bundle, may have."""
    return width * (HASH_LENGTH if level is not None else _GREATEST_PACKED_ENTRY)


def beginning(level: int | None, full: bytes, width: int) -> bytes:
    """The partial tile or bundle that a full one replaced. What is no bundle is given back as it is."""
    leaves = unpack_bundle(full) if level is None else None
    return full[: width * HASH_LENGTH] if level is not None else pack_bundle(leaves[:width]) if leaves else full


def strays(directory: Path, checked: set[str], problems: ProblemList) -> tuple[Problem, ...]:
    """Says how many files of the folder are none of those. Looks at a bounded number of names. Partial files may stay
    beside the full one that replaced them, but must be its beginning."""
    limit = 2 * len(checked) + 10_000
    paths = list(paths_below(directory, limit=limit))
    others = [path for path in paths if path[-1] != "/" and path not in checked]
    found = [path for path in others if not _is_older_part(directory, path, checked, problems)]
    if len(paths) == limit:
        return (Problem("register.strays_at_least", {"count": len(found), "first": min(found or paths)}),)
    return (Problem("register.strays", {"count": len(found), "first": min(found)}),) if found else ()


def _is_older_part(directory: Path, path: str, checked: set[str], problems: ProblemList) -> bool:
    """Whether a full file replaced this one; a problem if it is not the beginning of that."""
    level, index, width = parse_tile_path(path) or (None, 0, TILE_WIDTH)
    if width == TILE_WIDTH or (full := tile_path(level, index)) not in checked:
        return False
    whole = read_file(directory, full, limit=longest(level, TILE_WIDTH))
    shown = problems.attempt(lambda: read_file(directory, path, limit=longest(level, width)))
    if shown is not None and shown != beginning(level, whole, width):
        problems.add("register.tile_changed", path=path)
    return True


def published_before(directory: Path, checkpoint: Checkpoint) -> bytes | None:
    """The checkpoint that this one would replace. Raises ExportError if that is larger, or of another log or past."""
    note = _published(directory, CHECKPOINT, GREATEST_NOTE)
    published = parse_signed_checkpoint(note).checkpoint if note is not None else checkpoint
    other_log = published.origin != checkpoint.origin
    other_root = published.size == checkpoint.size and published.root != checkpoint.root
    if other_log or other_root or published.size > checkpoint.size:
        raise ExportError("register.export_would_change", path=CHECKPOINT)
    return note


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
    except RegisterError as error:
        if error.problem.code == "register.file_missing":
            return None
        raise ExportError("register.export_would_change", path=path) from error


def _keys_file(directory: Path, key_disclosures: Sequence[KeyDisclosure], size: int) -> bytes:
    indexes = [entry.index for entry in key_disclosures]
    if indexes != sorted(set(indexes)) or any(index >= size for index in indexes):
        raise ExportError("register.export_keys_order")
    data = b"".join(map(key_line, key_disclosures))
    if not data.startswith(_published(directory, KEYS, len(data)) or b""):
        raise ExportError("register.export_would_change", path=KEYS)
    return data
