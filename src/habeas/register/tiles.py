"""The tree as static files (C2SP tlog-tiles): 256 hashes a tile, 256 entries a bundle."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TypeAlias

from habeas.register.hashing import EMPTY_ROOT, HASH_LENGTH, node_hash
from habeas.register.tree import TILE_HEIGHT, SubtreeHash

TILE_WIDTH = 1 << TILE_HEIGHT
GREATEST_ENTRY = 65_535
_PREFIX_LENGTH = 2

ReadHashes: TypeAlias = Callable[[int, int, int], Sequence[bytes]]
"""Gives the hashes [start, end) of one tile level."""


@dataclass(frozen=True, slots=True)
class Tile:
    """`width` hashes of one tile level; full at 256. `index` counts tiles from the left."""

    level: int
    index: int
    hashes: bytes

    @property
    def width(self) -> int:
        return len(self.hashes) // HASH_LENGTH

    @property
    def path(self) -> str:
        return tile_path(self.level, self.index, self.width)


def tile_path(level: int | None, index: int, width: int = TILE_WIDTH) -> str:
    """Where a tile lies below the export's folder; level None is a bundle of entries.

    The index is written in groups of three digits, all but the last with an x: 1234067 is x001/x234/067.
    """
    folder = "entries" if level is None else str(level)
    digits = str(index)
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    name = "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])
    partial = "" if width == TILE_WIDTH else f".p/{width}"
    return f"tile/{folder}/{name}{partial}"


def pack_bundle(leaves: Iterable[bytes]) -> bytes:
    """The bytes of a bundle: each entry after its length (two bytes, big-endian).

    Raises OverflowError for an entry above 65,535 bytes.
    """
    return b"".join(len(leaf).to_bytes(_PREFIX_LENGTH, "big") + leaf for leaf in leaves)


def unpack_bundle(data: bytes) -> list[bytes] | None:
    """The entries of a bundle, or None if the last one is cut or there are far too many."""
    leaves: list[bytes] = []
    at = 0
    while at < len(data) and len(leaves) <= TILE_WIDTH:
        start = at + _PREFIX_LENGTH
        at = start + int.from_bytes(data[at:start], "big")
        leaves.append(data[start:at])
    return leaves if at == len(data) else None


def tile_root(hashes: bytes) -> bytes:
    """The tree hash over a row of hashes whose number is a power of two."""
    row = hashes
    while len(row) > HASH_LENGTH:
        pairs = range(0, len(row), 2 * HASH_LENGTH)
        row = b"".join([sha256(b"\x01" + row[at : at + 2 * HASH_LENGTH]).digest() for at in pairs])
    return row


class TileRows:
    """A tree growing tile by tile. Holds at most one unfinished row a level, so a log of any size fits."""

    def __init__(self) -> None:
        self.size = 0
        self._rows: list[bytes] = []
        self._finished: list[int] = []

    def push(self, leaf_hashes: bytes) -> list[Tile]:
        """Add up to 256 leaf hashes, which must not run over the end of a tile; the tiles they finished."""
        self.size += len(leaf_hashes) // HASH_LENGTH
        finished: list[Tile] = []
        level, added = 0, leaf_hashes
        while added:
            if level == len(self._rows):
                self._rows.append(b"")
                self._finished.append(0)
            row = self._rows[level] + added
            added = b""
            if len(row) == TILE_WIDTH * HASH_LENGTH:
                finished.append(Tile(level, self._finished[level], row))
                self._finished[level] += 1
                row, added = b"", tile_root(row)
            self._rows[level] = row
            level += 1
        return finished

    def partial_tiles(self) -> list[Tile]:
        """The unfinished tile of each level that has one."""
        numbered = enumerate(zip(self._finished, self._rows, strict=True))
        return [Tile(level, index, row) for level, (index, row) in numbered if row]

    def root(self, extra: bytes = b"") -> bytes:
        """The root of the tree, as if these leaf hashes (fewer than would finish the tile) came after it."""
        rows = self._rows or [b""]
        result: bytes | None = None
        for row in [rows[0] + extra, *rows[1:]]:
            for peak in reversed(_peaks(row)):
                result = peak if result is None else node_hash(peak, result)
        return EMPTY_ROOT if result is None else result


def tile_subtree_hashes(read_hashes: ReadHashes) -> SubtreeHash:
    """Hash any range of leaves that starts where a subtree starts, reading only rows of tiles.

    A proof in a tree of a million leaves takes some twenty short reads.
    """

    def hash_between(start: int, end: int) -> bytes:
        width = end - start
        height = width.bit_length() - 1
        if width == 1 << height:
            level, bits = divmod(height, TILE_HEIGHT)
            first = start >> level * TILE_HEIGHT
            return tile_root(b"".join(read_hashes(level, first, first + (1 << bits))))
        middle = start + (1 << height)
        return node_hash(hash_between(start, middle), hash_between(middle, end))

    return hash_between


def _peaks(row: bytes) -> list[bytes]:
    """The roots of the widest complete subtrees of a row, from the left."""
    peaks, at, count = [], 0, len(row) // HASH_LENGTH
    for bit in range(TILE_HEIGHT, -1, -1):
        if count >> bit & 1:
            end = at + (HASH_LENGTH << bit)
            peaks.append(tile_root(row[at:end]))
            at = end
    return peaks
