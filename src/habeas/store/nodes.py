"""The hashes of the tree, as the tables hold them."""

from functools import cache
from itertools import pairwise
from typing import Any

from django.db.models import QuerySet

from habeas.register.tiles import TILE_WIDTH, tile_subtree_hashes
from habeas.register.tree import HASH_LENGTH, Edge, SubtreeHash
from habeas.store.keys import EndChanged
from habeas.store.models import HeadRow, NodeRow, PlaceRow


def hashes(level: int, start: int, end: int) -> list[bytes]:
    """The hashes [start, end) of one tile level; those of level 0 are of leaves."""
    column = "hash" if level else "leaf_hash"
    rows: QuerySet[Any] = NodeRow.objects.filter(level=level) if level else PlaceRow.objects.all()
    found = rows.filter(index__gte=start, index__lt=end).order_by("index")
    return [bytes(each) for each in found.values_list(column, flat=True)]


def subtrees() -> SubtreeHash:
    """The hashes of ranges of leaves, for the proofs of one page: each tile is read once, whole."""
    tile = cache(lambda level, index: hashes(level, index * TILE_WIDTH, (index + 1) * TILE_WIDTH))

    def within(level: int, start: int, end: int) -> list[bytes]:
        index, first = divmod(start, TILE_WIDTH)
        found: list[bytes] = tile(level, index)[first : first + end - start]
        return found

    return tile_subtree_hashes(within)


def edge_at(size: int) -> Edge:
    """The right edge of the tree when it had this size."""
    starts = [size >> bit + 1 << bit + 1 for bit in reversed(range(size.bit_length())) if size >> bit & 1]
    subtree = subtrees()
    return Edge(size, tuple(subtree(start, end) for start, end in pairwise([*starts, size])))


def edge_of(head: HeadRow) -> Edge:
    """The right edge of the tree that ends here. Raises EndChanged when no tree does."""
    joined = bytes(head.edge)
    try:
        return Edge(head.size, tuple(joined[at : at + HASH_LENGTH] for at in range(0, len(joined), HASH_LENGTH)))
    except (ValueError, OverflowError) as error:
        raise EndChanged from error
