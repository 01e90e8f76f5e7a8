"""Check proofs, written from the iterative algorithms of RFC 9162 (sections 2.1.3.2 and 2.1.4.2).

Two edges are decided on purpose.

* A hash that is not 32 bytes long is refused before anything is computed. Otherwise an empty leaf hash would
  "prove" itself to be in a tree whose root is also empty.
* A consistency proof from an empty tree is always refused, an empty proof too. The empty tree is the
  beginning of every tree, so such a proof shows nothing; whoever knows no earlier tree (a witness at size 0)
  must say so and not ask here.
"""

from collections.abc import Sequence

from habeas.register.hashing import HASH_LENGTH, node_hash


def is_included(leaf_hash: bytes, index: int, *, size: int, root: bytes, path: Sequence[bytes]) -> bool:
    """Whether the path proves that the leaf has this index in the tree of this size and root."""
    if not _are_hashes(leaf_hash, root, *path) or not 0 <= index < size:
        return False
    place, last, computed = index, size - 1, leaf_hash
    for sibling in path:
        if last == 0:
            return False
        if place & 1 or place == last:
            computed = node_hash(sibling, computed)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            computed = node_hash(computed, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and computed == root


def is_consistent(old_size: int, size: int, *, old_root: bytes, root: bytes, path: Sequence[bytes]) -> bool:
    """Whether the path proves that the old tree is the beginning of the newer one."""
    if not _are_hashes(old_root, root, *path) or not 0 < old_size <= size:
        return False
    if old_size == size:
        return not path and old_root == root
    if not path:
        return False
    starts = [old_root, *path] if old_size & (old_size - 1) == 0 else list(path)
    place, last = old_size - 1, size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    old_computed = computed = starts[0]
    for sibling in starts[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            old_computed, computed = node_hash(sibling, old_computed), node_hash(sibling, computed)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            computed = node_hash(computed, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and old_computed == old_root and computed == root


def _are_hashes(*values: bytes) -> bool:
    return all(len(value) == HASH_LENGTH for value in values)
