"""Inclusion proofs as text (C2SP tlog-proof), and the check of proofs of inclusion and of consistency.

Both checks are written from the iterative algorithms of RFC 9162 sections 2.1.3.2 and 2.1.4.2. A hash that is not
32 bytes long is refused before anything is hashed: an empty leaf hash would "prove" itself to be in a tree whose root
is also empty.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from habeas.register.canonical import from_base64, to_base64
from habeas.register.problems import RegisterError
from habeas.register.tree import HASH_LENGTH, node_hash

_HEADER = "c2sp.org/tlog-proof@v1"
_INDEX = re.compile(r"index (0|[1-9][0-9]{0,18})")
GREATEST_PATH = 64


@dataclass(frozen=True, slots=True)
class TlogProof:
    """Leaf `index` is under the note `checkpoint`; `path` has its siblings, lowest first."""

    index: int
    path: tuple[bytes, ...]
    checkpoint: bytes


def proof_text(proof: TlogProof) -> str:
    """The text of the proof, as in a `.tlog-proof` file."""
    lines = [_HEADER, f"index {proof.index}", *map(to_base64, proof.path)]
    return "\n".join(lines) + "\n\n" + proof.checkpoint.decode("utf-8")


def parse_proof(text: str) -> TlogProof:
    """Read a proof. Raises RegisterError for another form; the optional `extra` line is not accepted."""
    head, _, checkpoint = text.partition("\n\n")
    header, index_line, *encoded = [*head.split("\n"), ""]
    index = _INDEX.fullmatch(index_line)
    path = tuple(from_base64(line) or b"" for line in encoded[:-1])
    if header != _HEADER or index is None or len(path) > GREATEST_PATH or not _are_hashes(*path):
        raise RegisterError("register.proof_broken")
    return TlogProof(int(index[1]), path, checkpoint.encode("utf-8", "surrogatepass"))


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


def is_consistent(first: int, first_root: bytes, *, size: int, root: bytes, path: Sequence[bytes]) -> bool:
    """Whether the path proves that the tree of `first` leaves is the beginning of the tree of `size`.

    False from an empty tree: everything begins with nothing, so no proof of it says anything. Who has seen no
    tree yet must not ask (a witness then takes an empty proof, and checks none).
    """
    if first == size > 0:
        return not path and first_root == root  # the same tree: nothing is hashed
    if not _are_hashes(first_root, root, *path) or not 0 < first < size:
        return False
    known = (first_root, *path) if first & first - 1 == 0 else tuple(path)
    if not known:
        return False
    place, last = first - 1, size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    old = new = known[0]
    for sibling in known[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            new = node_hash(new, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and old == first_root and new == root


def _are_hashes(*values: bytes) -> bool:
    return all(len(value) == HASH_LENGTH for value in values)
