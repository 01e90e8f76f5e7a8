"""Tiles are laid out as C2SP tlog-tiles says, and the tree over them is the tree over the leaves."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from habeas.register.tiles import (
    TileRows,
    pack_bundle,
    parse_tile_path,
    tile_path,
    tile_subtree_hashes,
    tiles_of,
    unpack_bundle,
)
from habeas.register.tree import EMPTY_EDGE, grow, inclusion_path, leaf_hash, root

from .example import subtree_hashes

HASHES = [leaf_hash(str(number).encode()) for number in range(700)]


def pushed(size: int) -> tuple[TileRows, dict[str, bytes]]:
    rows, tiles = TileRows(), {}
    for first in range(0, size, 256):
        finished = rows.push(HASHES[first : min(first + 256, size)])
        tiles |= {tile.path: tile.hashes for tile in finished}
    return rows, tiles | {tile.path: tile.hashes for tile in rows.partial_tiles()}


@pytest.mark.parametrize(
    ("level", "index", "width", "path"),
    [
        (0, 0, 256, "tile/0/000"),
        (0, 7, 3, "tile/0/007.p/3"),
        (1, 999, 256, "tile/1/999"),
        (2, 1_000, 256, "tile/2/x001/000"),
        (0, 1_234_067, 256, "tile/0/x001/x234/067"),
        (None, 1_234_067, 255, "tile/entries/x001/x234/067.p/255"),
    ],
)
def test_a_tile_lies_where_the_specification_puts_it(level: int | None, index: int, width: int, path: str) -> None:
    assert tile_path(level, index, width) == path
    assert parse_tile_path(path) == (level, index, width)


@pytest.mark.parametrize(
    "path",
    [
        *("tile/0/0", "tile/0/0000", "tile/00/000", "tile/0/x000/000", "tile/0/000.p/0", "tile/0/000.p/256"),
        *("tile/0/000.p/07", "tile/0/000/", "/tile/0/000", "tile/0/001\n", "tile/-1/000", "tile/all/000", "tile/0/٠٠٠"),
    ],
)
def test_another_spelling_is_no_path_of_a_tile(path: str) -> None:
    assert parse_tile_path(path) is None


@pytest.mark.parametrize(
    ("size", "paths"),
    [
        (0, []),
        (1, ["tile/0/000.p/1"]),
        (255, ["tile/0/000.p/255"]),
        (256, ["tile/0/000", "tile/1/000.p/1"]),
        (257, ["tile/0/000", "tile/0/001.p/1", "tile/1/000.p/1"]),
        (512, ["tile/0/000", "tile/0/001", "tile/1/000.p/2"]),
    ],
)
def test_a_tree_of_this_size_has_these_tiles(size: int, paths: list[str]) -> None:
    assert sorted(pushed(size)[1]) == paths
    assert sorted(tile_path(*each) for each in tiles_of(size) if each[0] is not None) == paths
    bundles = [tile_path(*each) for each in tiles_of(size) if each[0] is None]
    assert bundles == [path.replace("/0/", "/entries/") for path in paths if path.startswith("tile/0/")]


def test_a_tree_of_65536_leaves_fills_a_tile_of_level_one() -> None:
    rows, finished = TileRows(), []
    for _ in range(256):
        finished += rows.push(HASHES[:256])
    assert [tile.path for tile in finished[-2:]] == ["tile/0/255", "tile/1/000"]
    assert [tile.path for tile in rows.partial_tiles()] == ["tile/2/000.p/1"]
    assert root(rows.edge) == finished_root(256)


def finished_root(bundles: int) -> bytes:
    return root(grow(EMPTY_EDGE, HASHES[:256] * bundles)[0])


@given(st.integers(0, 700))
def test_the_root_over_tiles_is_the_root_over_leaves(size: int) -> None:
    assert root(pushed(size)[0].edge) == root(grow(EMPTY_EDGE, HASHES[:size])[0])


@given(st.integers(1, 700), st.data())
def test_proofs_from_tiles_are_the_proofs_from_leaves(size: int, data: st.DataObject) -> None:
    _, tiles = pushed(size)
    rows: dict[int, bytes] = {}
    for path, hashes in sorted(tiles.items()):
        level = int(path.split("/")[1])
        rows[level] = rows.get(level, b"") + hashes

    def read(level: int, start: int, end: int) -> list[bytes]:
        return [rows[level][at * 32 : at * 32 + 32] for at in range(start, end)]

    from_tiles, from_leaves = tile_subtree_hashes(read), subtree_hashes(HASHES[:size])
    index = data.draw(st.integers(0, size - 1))
    assert inclusion_path(index, size, from_tiles) == inclusion_path(index, size, from_leaves)


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_a_bundle_comes_back_and_a_cut_one_does_not(leaves: list[bytes]) -> None:
    data = pack_bundle(leaves)
    assert unpack_bundle(data) == leaves
    if data:
        assert unpack_bundle(data[:-1]) != leaves


def test_a_bundle_of_far_too_many_entries_is_not_read() -> None:
    assert unpack_bundle(bytes(2 * 1_000)) is None


def test_an_entry_that_is_too_long_for_a_bundle_is_refused() -> None:
    with pytest.raises(OverflowError):
        pack_bundle([bytes(65_536)])
