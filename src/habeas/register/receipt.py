"""A receipt: one file that proves, offline, that the log holds an entry with these fields.

It carries the leaf, the digests of all its fields, the disclosed fields with their salts, an inclusion proof,
and, in the same form, the entry that introduced the signing key (`signer`), down to entry 0 of the log. Where
somebody of the party signed too, it carries the entries about that key (`signing_key`, see `asserted`), and where
the log has had more than one key, those that introduced the later ones (`log_keys`).
docs/reference/receipt-format.md has the format.
"""

from dataclasses import dataclass, replace

from habeas.register.canonical import Value, decode, encode
from habeas.register.fields import (
    DOCUMENT_LIMITS,
    Disclosure,
    disclosure_members,
    members_of,
    parse_disclosure,
    text_of,
)
from habeas.register.note import VerifierKey
from habeas.register.problems import RegisterError
from habeas.register.proof import TlogProof, parse_proof, proof_text
from habeas.register.tree import leaf_hash

VERSION = 1
_MEMBERS = {"leaf", "digests", "disclosed", "proof", "signer"}
_LISTS = ("signing_key", "log_keys")
# The entry, the one that introduced its key, and entry 0, which introduced the log's own key.
_GREATEST_CHAIN = 3


@dataclass(frozen=True, slots=True)
class Receipt:
    """A receipt, or one of the key receipts inside it. Only the receipt of entry 0 has no `signer`; only the outermost
    can have `signing_key`: the introduction of the key of an assertion, and its end. `log_keys` are the entries that
    introduced the log's keys after its first, in order, each without a `signer`: the key before it is."""

    leaf: bytes
    disclosure: Disclosure
    proof: TlogProof
    signer: "Receipt | None"
    signing_key: tuple["Receipt", ...] = ()
    log_keys: tuple["Receipt", ...] = ()


def make_receipt(receipt: Receipt) -> bytes:
    """The bytes of the file: canonical JSON and a newline. Give it only to those who may see its fields."""
    lists: dict[str, Value] = {name: [_members(each) for each in getattr(receipt, name)] for name in _LISTS}
    shown = {name: each for name, each in lists.items() if each}  # a receipt without looks as it always did
    return encode({"habeas_receipt": VERSION, **_members(receipt), **shown}, DOCUMENT_LIMITS) + b"\n"


def parse_receipt(data: bytes) -> Receipt:
    """Read a receipt. Raises RegisterError unless the bytes have exactly the form; verifies nothing."""
    try:
        value = decode(data.removesuffix(b"\n"), DOCUMENT_LIMITS)
        given = {name: value.pop(name) for name in _LISTS if isinstance(value, dict) and name in value}
        members = dict(members_of(value, {"habeas_receipt", *_MEMBERS}))
        version = members.pop("habeas_receipt")
        if not data.endswith(b"\n") or isinstance(version, bool) or version != VERSION:
            raise RegisterError("register.document_broken")
        signing_key, log_keys = (_parse_list(given[name]) if name in given else () for name in _LISTS)
        return replace(_parse(members, _GREATEST_CHAIN), signing_key=signing_key, log_keys=log_keys)
    except RegisterError as error:
        raise RegisterError("register.document_broken") from error


def qr_text(leaf: bytes, index: int, *, origin: str, log_key: VerifierKey) -> str:
    """What the QR code on a printed receipt holds: no address, no name of a person.

    Five words: `habeas1`, the log's origin, the index, the leaf's tree hash, the log key's fingerprint.
    """
    return f"habeas1 {origin} {index} {leaf_hash(leaf).hex()} {log_key.fingerprint.hex()}"


def _members(receipt: Receipt) -> dict[str, Value]:
    return {
        "leaf": receipt.leaf.decode("utf-8"),
        **disclosure_members(receipt.disclosure),
        "proof": proof_text(receipt.proof),
        "signer": None if receipt.signer is None else _members(receipt.signer),
    }


def _parse_list(value: Value) -> tuple[Receipt, ...]:
    if not isinstance(value, list) or not value:
        raise RegisterError("register.document_broken")
    return tuple(_parse(each, _GREATEST_CHAIN) for each in value)


def _parse(value: Value, chain: int) -> Receipt:
    if chain == 0:
        raise RegisterError("register.document_broken")
    members = members_of(value, _MEMBERS)
    signer = members["signer"]
    return Receipt(
        text_of(members["leaf"]).encode("utf-8"),
        parse_disclosure(members),
        parse_proof(text_of(members["proof"])),
        None if signer is None else _parse(signer, chain - 1),
    )
