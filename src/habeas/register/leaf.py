"""Leaf v1: the bytes of one entry in the tree. The format is final; docs/reference/leaf-v1.md has every byte.

Every leaf of one log has the same keys, in the same order, and the same length. It says that an entry exists,
which key signed it and where it stands in that key's chain: no kind, no time, no subject.
"""

import re
from binascii import a2b_base64, a2b_hex
from dataclasses import dataclass

from habeas.register.canonical import Value, decode, encode, to_base64
from habeas.register.checkpoint import ORIGIN, check_origin
from habeas.register.note import Signer, VerifierKey
from habeas.register.problems import ProblemList, RegisterError
from habeas.register.tree import HASH_LENGTH

VERSION = 1
ID_LENGTH = 16
GREATEST_COUNTER = 10**16 - 1
NO_PREVIOUS = bytes(HASH_LENGTH)


@dataclass(frozen=True, slots=True)
class Leaf:
    """A leaf, parsed.

    `entry_id`: 16 random bytes (never a UUID that holds a time). `key`: SHA-256 of the signer's vkey line.
    `counter`: how many entries this key signed before. `previous`: tree hash of the last of them, or 32
    zeros. `fields`: see `fields.fields_digest`. `signature` is not verified; it must be over `signed`.
    """

    fields: bytes
    entry_id: bytes
    key: bytes
    origin: str
    counter: int
    previous: bytes
    signature: bytes
    signed: bytes


def make_leaf(origin: str, signer: Signer, *, entry_id: bytes, counter: int, previous: bytes, fields: bytes) -> bytes:
    """The bytes of a new leaf.

    Raises RegisterError for an id, hash or counter of another size, or an origin that can't be one.
    """
    check_origin(origin)
    lengths = (len(entry_id), len(previous), len(fields))
    if lengths != (ID_LENGTH, HASH_LENGTH, HASH_LENGTH) or not 0 <= counter <= GREATEST_COUNTER:
        raise RegisterError("register.leaf_parts")
    unsigned: dict[str, Value] = {
        "v": VERSION,
        "log": origin,
        "id": entry_id.hex(),
        "key": signer.verifier.fingerprint.hex(),
        "n": f"{counter:016d}",
        "prev": previous.hex(),
        "fields": fields.hex(),
    }
    signature = to_base64(signer.sign(_domain(origin) + encode(unsigned)))
    return encode({**unsigned, "sigs": [signature]})


def parse_leaf(data: bytes) -> Leaf:
    """Read a leaf. Raises RegisterError unless these are exactly the bytes that `make_leaf` could have made."""
    match = _LEAF.fullmatch(data)
    if match is None:
        raise _why_no_leaf(data)
    head, fields, entry_id, key, log, counter, previous, signature, tail = match.groups()
    origin = log.decode("ascii")
    return Leaf(
        fields=a2b_hex(fields),
        entry_id=a2b_hex(entry_id),
        key=a2b_hex(key),
        origin=origin,
        counter=int(counter),
        previous=a2b_hex(previous),
        signature=a2b_base64(signature),
        signed=_domain(origin) + head + tail,
    )


def check_leaf(data: bytes, index: int, origin: str, problems: ProblemList) -> Leaf | None:
    """The leaf with this index in the log `origin`, or None and the problem when it is none."""
    try:
        leaf = parse_leaf(data)
    except RegisterError as error:
        problems.add("register.leaf_broken", index=index)
        problems.extend([error.problem])
        return None
    if leaf.origin != origin:
        problems.add("register.leaf_other_log", index=index, origin=origin)
    return leaf


def verify_leaf_signature(leaf: Leaf, key: VerifierKey) -> bool:
    """Whether this key is the one that the leaf names, and made its signature."""
    return key.fingerprint == leaf.key and key.verifies(leaf.signature, leaf.signed)


_HASH = r"[0-9a-f]{64}"
_MEMBERS = {
    "fields": _HASH,
    "id": r"[0-9a-f]{32}",
    "key": _HASH,
    "log": ORIGIN,
    "n": r"[0-9]{16}",
    "prev": _HASH,
    # 64 bytes end in two padding signs, so the last digit can be one of four: one spelling only.
    "sigs": r"[A-Za-z0-9+/]{85}[AQgw]==",
}
# The canonical form spelt out: a reader of a million leaves needs no JSON parser. `_why_no_leaf` uses one.
_LEAF = re.compile(
    rb'(\{"fields":"(%(fields)b)","id":"(%(id)b)","key":"(%(key)b)","log":"(%(log)b)",'
    rb'"n":"(%(n)b)","prev":"(%(prev)b)",)"sigs":\["(%(sigs)b)"\],("v":1\})'
    % {name.encode(): form.encode() for name, form in _MEMBERS.items()}
)


def _why_no_leaf(data: bytes) -> RegisterError:
    """Say what is wrong with bytes that are no leaf, in the order in which a reader would look."""
    try:
        value = decode(data)
    except RegisterError:
        return RegisterError("register.leaf_not_canonical")
    if not isinstance(value, dict) or value.keys() != {*_MEMBERS, "v"}:
        return RegisterError("register.leaf_members")
    if value["v"] != VERSION or isinstance(value["v"], bool):
        return RegisterError("register.leaf_version")
    signatures = value["sigs"]
    texts = {**value, "sigs": signatures[0] if isinstance(signatures, list) and len(signatures) == 1 else None}
    # `_LEAF` is made of the same forms, so one of the members breaks its own.
    told = ((name, form, texts[name]) for name, form in _MEMBERS.items())
    broken = (name for name, form, text in told if not (isinstance(text, str) and re.fullmatch(form, text)))
    return RegisterError("register.leaf_member", member=next(broken))


def _domain(origin: str) -> bytes:
    return f"{origin}/entry/v1\n".encode("ascii")
