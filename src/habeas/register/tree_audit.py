"""Re-derive the tree from the entries and hold every tile, the root and a kept older root against it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from habeas.register.checkpoint import Checkpoint
from habeas.register.export import read_bundle
from habeas.register.files import FileError, names_in, read_file
from habeas.register.hashing import HASH_LENGTH, leaf_hash
from habeas.register.problems import Problem
from habeas.register.report import GREATEST_PROBLEMS, ProblemList
from habeas.register.tiles import TILE_WIDTH, Tile, TileRows, pack_bundle, tile_path


@dataclass(frozen=True, slots=True)
class Bundle:
    """Up to 256 entries of the log, the first of them at `first`, and their tree hashes."""

    first: int
    leaves: list[bytes]
    hashes: list[bytes]


class TreeAudit:
    """Reads an export once, from the left. Memory does not grow with the log; a cut export ends it early."""

    def __init__(self, directory: Path, checkpoint: Checkpoint, problems: ProblemList) -> None:
        self._directory = directory
        self._checkpoint = checkpoint
        self._problems = problems
        self._rows = TileRows()
        self._kept: Checkpoint | None = None
        self._leaf_problems: list[Problem] = []

    def compare_with(self, kept: Checkpoint | None) -> None:
        """Also hold the log against an older checkpoint of at most its size."""
        self._kept = kept

    def bundles(self) -> Iterator[Bundle]:
        """Every bundle, in order; the problems are complete when the last one was taken."""
        for first in range(0, self._checkpoint.size, TILE_WIDTH):
            bundle = self._read(first, min(TILE_WIDTH, self._checkpoint.size - first))
            if bundle is None:
                self._problems.extend(self._leaf_problems)
                return
            self._add(bundle)
            yield bundle
        self._finish()

    def _read(self, first: int, width: int) -> Bundle | None:
        index = first // TILE_WIDTH
        try:
            leaves = read_bundle(self._directory, index, width)
        except FileError as error:
            self._problems.extend([error.problem])
            return None
        bundle = Bundle(first, leaves, [leaf_hash(leaf) for leaf in leaves])
        self._compare_leaves(Tile(0, index, b"".join(bundle.hashes)), first, width)
        if len(leaves) != width:
            self._problems.add(
                "register.bundle_count", path=tile_path(None, index, width), found=len(leaves), expected=width
            )
            return None
        if width < TILE_WIDTH:
            self._compare_older_bundles(leaves, index)
        return bundle

    def _add(self, bundle: Bundle) -> None:
        kept, before = self._kept, self._rows.size
        if kept is not None and before <= kept.size < before + TILE_WIDTH:
            root = self._rows.root(b"".join(bundle.hashes[: kept.size - before]))
            if root != kept.root:
                self._problems.add("register.history_differs", kept_size=kept.size)
        for tile in self._rows.push(b"".join(bundle.hashes)):
            if tile.level > 0:
                self._compare(tile)

    def _finish(self) -> None:
        kept, size = self._kept, self._checkpoint.size
        root = self._rows.root()
        if kept is not None and kept.size == size and size % TILE_WIDTH == 0 and root != kept.root:
            self._problems.add("register.history_differs", kept_size=kept.size)
        for tile in self._rows.partial_tiles():
            if tile.level > 0:
                self._compare(tile)
            self._compare_older_tiles(tile)
        if root == self._checkpoint.root:
            # The entries are the signed ones, so whatever does not match them was changed in the tiles.
            changed = {problem.parameters["path"]: problem for problem in self._leaf_problems}
            self._problems.extend([Problem("register.tile_changed", {"path": path}) for path in changed])
        else:
            self._problems.extend(self._leaf_problems)
            self._problems.add("register.root_differs", size=size)

    def _compare_leaves(self, tile: Tile, first: int, width: int) -> None:
        """Hold the entries of one bundle against their hashes in the tile of level 0."""
        path = tile_path(0, tile.index, width)
        shown = self._tile_bytes(path, width)
        if shown is None or shown == tile.hashes or len(self._leaf_problems) >= GREATEST_PROBLEMS:
            return
        if len(shown) != width * HASH_LENGTH:
            self._problems.add("register.tile_changed", path=path)
            return
        differences = _differences(_split(tile.hashes), _split(shown))
        self._leaf_problems.extend(
            Problem(code, {"path": path, **{name: first + at for name, at in places.items()}})
            for code, places in differences
        )

    def _compare(self, tile: Tile) -> None:
        shown = self._tile_bytes(tile.path, tile.width)
        if shown is not None and shown != tile.hashes:
            self._problems.add("register.tile_changed", path=tile.path)

    def _tile_bytes(self, path: str, width: int) -> bytes | None:
        try:
            return read_file(self._directory, path, limit=width * HASH_LENGTH)
        except FileError as error:
            self._problems.extend([error.problem])
            return None

    def _compare_older_tiles(self, tile: Tile) -> None:
        """Partial tiles of older, smaller checkpoints may stay; each must be the beginning of today's."""
        for width in self._older_widths(tile.path, tile.width):
            self._compare(Tile(tile.level, tile.index, tile.hashes[: width * HASH_LENGTH]))

    def _compare_older_bundles(self, leaves: list[bytes], index: int) -> None:
        for width in self._older_widths(tile_path(None, index, len(leaves)), len(leaves)):
            path, expected = tile_path(None, index, width), pack_bundle(leaves[:width])
            try:
                shown = read_file(self._directory, path, limit=len(expected))
            except FileError as error:
                self._problems.extend([error.problem])
                continue
            if shown != expected:
                self._problems.add("register.tile_changed", path=path)

    def _older_widths(self, path: str, width: int) -> list[int]:
        names = set(names_in((self._directory / path).parent, limit=2 * TILE_WIDTH))
        return [older for older in range(1, width) if str(older) in names]


def _split(hashes: bytes) -> list[bytes]:
    return [hashes[at : at + HASH_LENGTH] for at in range(0, len(hashes), HASH_LENGTH)]


def _differences(computed: list[bytes], shown: list[bytes]) -> list[tuple[str, dict[str, int]]]:
    """What happened to the entries between the tile and the bundle: dropped, put in, swapped or changed."""
    both = min(len(computed), len(shown))
    differing = [at for at in range(both) if computed[at] != shown[at]]
    at = differing[0] if differing else both
    dropped = computed[at : at + 1] == shown[at + 1 : at + 2]
    put_in = shown[at : at + 1] == computed[at + 1 : at + 2]
    if dropped and not put_in:
        return [("register.leaf_dropped", {"index": at})]
    if put_in and not dropped:
        return [("register.leaf_put_in", {"index": at})]
    return [_difference(at, computed, shown) for at in differing]


def _difference(at: int, computed: list[bytes], shown: list[bytes]) -> tuple[str, dict[str, int]]:
    other = computed.index(shown[at]) if shown[at] in computed else at
    if other != at and other < len(shown) and shown[other] == computed[at]:
        return "register.leaves_swapped", {"index": min(at, other), "other": max(at, other)}
    return "register.leaf_changed", {"index": at}
