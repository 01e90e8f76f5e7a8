"""Re-derive the tree from the entries and hold every tile, the root and a kept older root against it."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from habeas.register.checkpoint import Checkpoint
from habeas.register.export import read_bundle
from habeas.register.files import names_in, read_file
from habeas.register.problems import GREATEST_PROBLEMS, Problem, ProblemList, RegisterError
from habeas.register.tiles import TILE_WIDTH, TileRows, pack_bundle, tile_path
from habeas.register.tree import HASH_LENGTH, grow, leaf_hash, root


class TreeAudit:
    """Reads an export once, from the left. Memory grows only by the paths `checked`; a cut export ends it early.

    `kept` is an older checkpoint, of at most the size of this one, that the log must agree with.
    """

    def __init__(self, directory: Path, checkpoint: Checkpoint, kept: Checkpoint | None, problems: ProblemList) -> None:
        self._directory = directory
        self._checkpoint = checkpoint
        self._kept = kept
        self._problems = problems
        self._rows = TileRows()
        self._leaf_problems: list[Problem] = []
        self._tile_problems = ProblemList()
        self.checked: set[str] = set()

    def bundles(self) -> Iterator[tuple[list[bytes], list[bytes]]]:
        """Up to 256 entries and their tree hashes at a time, in order; the problems are complete at the end."""
        size = self._checkpoint.size
        for first in range(0, size, TILE_WIDTH):
            width = min(TILE_WIDTH, size - first)
            leaves = self._read_bundle(first, width)
            hashes = [leaf_hash(leaf) for leaf in leaves or ()]
            if leaves is None or not self._fits(leaves, hashes, width):
                self._problems.extend((*self._leaf_problems, *self._tile_problems.all()))
                return
            self._compare_history(hashes)
            for tile in self._rows.push(hashes):
                if tile.level > 0:
                    self._compare(tile.path, tile.hashes)
            yield leaves, hashes
        self._finish()

    def _read_bundle(self, first: int, width: int) -> list[bytes] | None:
        path = tile_path(None, first // TILE_WIDTH, width)
        self.checked.add(path)
        try:
            return read_bundle(self._directory, first // TILE_WIDTH, width)
        except RegisterError as error:
            if error.problem.code == "register.file_missing":
                self._problems.add("register.bundle_missing", path=path, index=first, size=self._checkpoint.size)
            else:
                self._problems.extend([error.problem])
            return None

    def _fits(self, leaves: list[bytes], hashes: list[bytes], width: int) -> bool:
        """Hold one bundle against its tile of level 0, its length and its own older parts."""
        index = self._rows.edge.size // TILE_WIDTH
        self._compare_leaves(tile_path(0, index, width), hashes, width)
        if len(leaves) != width:
            path = tile_path(None, index, width)
            self._problems.add("register.bundle_count", path=path, found=len(leaves), expected=width)
            return False
        if width < TILE_WIDTH:
            self._compare_older(None, index, [pack_bundle([leaf]) for leaf in leaves])
        return True

    def _finish(self) -> None:
        self._compare_history([])
        for tile in self._rows.partial_tiles():
            if tile.level > 0:
                self._compare(tile.path, tile.hashes)
            self._compare_older(tile.level, tile.index, _split(tile.hashes))
        if root(self._rows.edge) == self._checkpoint.root:
            # The entries are the signed ones, so whatever does not match them was changed in the tiles.
            for path in dict.fromkeys(problem.parameters["path"] for problem in self._leaf_problems):
                self._problems.add("register.tile_changed", path=path)
        else:
            self._problems.extend(self._leaf_problems)
            self._problems.add("register.root_differs", size=self._checkpoint.size)
        self._problems.extend(self._tile_problems.all())

    def _compare_history(self, hashes: list[bytes]) -> None:
        """Hold the kept root against the tree, if it is reached before all of these leaves are added."""
        kept, edge = self._kept, self._rows.edge
        if kept is None or not edge.size <= kept.size < edge.size + TILE_WIDTH:
            return
        if root(grow(edge, hashes[: kept.size - edge.size])[0]) != kept.root:
            self._problems.add("register.history_differs", kept_size=kept.size)

    def _compare_leaves(self, path: str, hashes: list[bytes], width: int) -> None:
        """Hold the hashes of one bundle's entries against the tile; what differs is told once the root is known."""
        shown = self._read(path, width * HASH_LENGTH)
        if shown is None or shown == b"".join(hashes) or len(self._leaf_problems) >= GREATEST_PROBLEMS:
            return
        if len(shown) != width * HASH_LENGTH:
            self._tile_problems.add("register.tile_changed", path=path)
            return
        first = self._rows.edge.size
        if not set(hashes) & set(tiled := _split(shown)) and width == len(hashes) > 1:
            bundle, last = tile_path(None, first // TILE_WIDTH, width), first + width - 1
            self._leaf_problems.append(
                Problem("register.bundle_other", {"path": path, "bundle": bundle, "index": first, "last": last})
            )
            return
        for code, places in _differences(hashes, tiled):
            indexes = {name: first + at for name, at in places.items()}
            self._leaf_problems.append(Problem(code, {"path": path, **indexes}))

    def _compare_older(self, level: int | None, index: int, parts: Sequence[bytes]) -> None:
        """Partial files of older, smaller checkpoints may stay; each must be the beginning of today's."""
        folder = (self._directory / tile_path(level, index, len(parts))).parent
        names = set(names_in(folder, limit=2 * TILE_WIDTH))
        for width in range(1, len(parts)):
            if str(width) in names:
                self._compare(tile_path(level, index, width), b"".join(parts[:width]))

    def _compare(self, path: str, expected: bytes) -> None:
        shown = self._read(path, len(expected))
        if shown is not None and shown != expected:
            self._tile_problems.add("register.tile_changed", path=path)

    def _read(self, path: str, limit: int) -> bytes | None:
        self.checked.add(path)
        return self._tile_problems.attempt(lambda: read_file(self._directory, path, limit=limit))


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
