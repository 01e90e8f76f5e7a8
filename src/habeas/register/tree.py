"""The Merkle tree as it grows, and the proofs it gives, straight from the recursion of RFC 6962 section 2.1.

`proof` holds the verifier. It is written from another text (RFC 9162) in another shape, so that one mistake
can't hide in both.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import TypeAlias

SubtreeHash: TypeAlias = Callable[[int, int], bytes]
"""Gives the hash over the leaves [start, end)."""

HASH_LENGTH = 32
EMPTY_ROOT = sha256(b"").digest()
TILE_HEIGHT = 8


@dataclass(frozen=True, slots=True)
class Node:
    """A finished subtree that a tile shows: 256^`level` leaves below it, `index` counted from the left."""

    level: int
    index: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class Edge:
    """The right edge of a tree of `size` leaves: the hashes of its complete subtrees, the widest first."""

    size: int
    hashes: tuple[bytes, ...]

    def __post_init__(self) -> None:
        if len(self.hashes) != self.size.bit_count() or any(len(item) != HASH_LENGTH for item in self.hashes):
            raise ValueError("an edge has one hash of 32 bytes for each bit that is set in its size")


EMPTY_EDGE = Edge(0, ())


def leaf_hash(leaf: bytes) -> bytes:
    """The hash that stands for one leaf in the tree; its first byte tells it from a node's."""
    return sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash over two subtrees; the left one holds the earlier leaves."""
    return sha256(b"\x01" + left + right).digest()


def root(edge: Edge) -> bytes:
    """The root of the tree whose right edge this is (the hash of nothing for an empty tree)."""
    if not edge.hashes:
        return EMPTY_ROOT
    *others, result = edge.hashes
    for item in reversed(others):
        result = node_hash(item, result)
    return result


def grow(edge: Edge, leaf_hashes: Iterable[bytes]) -> tuple[Edge, tuple[Node, ...]]:
    """The edge after these leaves, and the nodes of tile level 1 and above that they finished, in order."""
    size, hashes, nodes = edge.size, list(edge.hashes), []
    for current in leaf_hashes:
        height = 0
        while size >> height & 1:
            current, height = node_hash(hashes.pop(), current), height + 1
            if height % TILE_HEIGHT == 0:
                nodes.append(Node(height // TILE_HEIGHT, size >> height, current))
        hashes.append(current)
        size += 1
    return Edge(size, tuple(hashes)), tuple(nodes)


def inclusion_path(index: int, size: int, subtree: SubtreeHash) -> tuple[bytes, ...]:
    """The proof that leaf `index` is in the tree of `size` leaves, the leaf's sibling first.

    Raises ValueError unless 0 <= index < size. Source: RFC 6962 section 2.1.1, PATH(m, D[n]).
    """
    if not 0 <= index < size:
        raise ValueError(f"there is no leaf {index} in a tree of {size}")
    return tuple(_path(index, 0, size, subtree))


def _path(index: int, start: int, end: int, subtree: SubtreeHash) -> list[bytes]:
    if end - start == 1:
        return []
    middle = start + _split(end - start)
    if index < middle:
        return [*_path(index, start, middle, subtree), subtree(middle, end)]
    return [*_path(index, middle, end, subtree), subtree(start, middle)]


def consistency_path(first: int, size: int, subtree: SubtreeHash) -> tuple[bytes, ...]:
    """The proof that the tree of `first` leaves is the beginning of the tree of `size`; empty when they are one.

    Raises ValueError unless 0 < first <= size: nothing can be proved of a tree without leaves.
    Source: RFC 6962 section 2.1.2, PROOF(m, D[n]).
    """
    if not 0 < first <= size:
        raise ValueError(f"a tree of {first} is no beginning of a tree of {size}")
    return tuple(_subproof(first, 0, size, subtree, is_known=True))


def _subproof(first: int, start: int, end: int, subtree: SubtreeHash, *, is_known: bool) -> list[bytes]:
    """`is_known`: the reader has the hash over the first leaves from here already, because it is the old root."""
    if start + first == end:
        return [] if is_known else [subtree(start, end)]
    middle = start + _split(end - start)
    if start + first <= middle:
        return [*_subproof(first, start, middle, subtree, is_known=is_known), subtree(middle, end)]
    left = middle - start
    return [*_subproof(first - left, middle, end, subtree, is_known=False), subtree(start, middle)]


def _split(width: int) -> int:
    """The largest power of two that is smaller than the width."""
    return 1 << ((width - 1).bit_length() - 1)
