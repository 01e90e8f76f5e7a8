"""The tree as static files (C2SP tlog-tiles): 256 hashes a tile, 256 entries a bundle."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from habeas.register.tree import EMPTY_EDGE, HASH_LENGTH, TILE_HEIGHT, SubtreeHash, grow, node_hash, root

TILE_WIDTH = 1 << TILE_HEIGHT
_PREFIX_LENGTH = 2
_PATH = re.compile(r"tile/(entries|[0-9]{1,2})/((?:x[0-9]{3}/){0,5}[0-9]{3})(?:\.p/([0-9]{1,3}))?")

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
    groups = f"{index:,}".split(",")
    name = "/".join([*(f"x{group:0>3}" for group in groups[:-1]), f"{groups[-1]:0>3}"])
    partial = "" if width == TILE_WIDTH else f".p/{width}"
    return f"tile/{'entries' if level is None else level}/{name}{partial}"


def parse_tile_path(path: str) -> tuple[int | None, int, int] | None:
    """Level, index and width of the tile that has this path, in its one spelling; otherwise None."""
    parts = _PATH.fullmatch(path)
    if parts is None:
        return None
    level = None if parts[1] == "entries" else int(parts[1])
    found = level, int(re.sub("[x/]", "", parts[2])), int(parts[3] or TILE_WIDTH)
    return found if 0 < found[2] <= TILE_WIDTH and tile_path(*found) == path else None


def tiles_of(size: int) -> Iterator[tuple[int | None, int, int]]:
    """Level, index and width of every bundle, then of every tile, that a tree of this size has."""
    yield from ((None, *each) for each in _row(size))
    for level in range(size.bit_length() // TILE_HEIGHT + 1):
        yield from ((level, *each) for each in _row(size >> TILE_HEIGHT * level))


def _row(hashes: int) -> Iterator[tuple[int, int]]:
    """Index and width of the tiles in a row of so many hashes."""
    return ((first // TILE_WIDTH, min(TILE_WIDTH, hashes - first)) for first in range(0, hashes, TILE_WIDTH))


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


class TileRows:
    """A tree growing tile by tile. Holds at most one unfinished row a level, so a log of any size fits."""

    def __init__(self) -> None:
        self.edge = EMPTY_EDGE
        self._rows: dict[int, list[bytes]] = {}

    def push(self, leaf_hashes: Sequence[bytes]) -> list[Tile]:
        """Add up to 256 leaf hashes, which must not run over the end of a tile; the tiles they finished."""
        self.edge, nodes = grow(self.edge, leaf_hashes)
        finished = []
        for level, added in [(0, leaf_hashes), *((node.level, [node.hash]) for node in nodes)]:
            row = self._rows.setdefault(level, [])
            row += added
            if len(row) == TILE_WIDTH:
                finished.append(self._tile(level))
                row.clear()
        return finished

    def partial_tiles(self) -> list[Tile]:
        """The unfinished rows, as tiles of less than 256 hashes."""
        return [self._tile(level) for level, row in self._rows.items() if row]

    def _tile(self, level: int) -> Tile:
        hashes_so_far = self.edge.size >> TILE_HEIGHT * level
        return Tile(level, (hashes_so_far - 1) // TILE_WIDTH, b"".join(self._rows[level]))


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
            return root(grow(EMPTY_EDGE, read_hashes(level, first, first + (1 << bits)))[0])
        middle = start + (1 << height)
        return node_hash(hash_between(start, middle), hash_between(middle, end))

    return hash_between
