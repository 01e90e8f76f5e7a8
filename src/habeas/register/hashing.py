"""The two hashes of the tree, told apart by their first byte (RFC 6962 section 2.1)."""

from hashlib import sha256

HASH_LENGTH = 32
EMPTY_ROOT = sha256(b"").digest()


def leaf_hash(leaf: bytes) -> bytes:
    """The hash that stands for one leaf in the tree."""
    return sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash over two subtrees; the left one holds the earlier leaves."""
    return sha256(b"\x01" + left + right).digest()
