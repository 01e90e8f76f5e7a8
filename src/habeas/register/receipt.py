"""A receipt: one file that proves, offline, that the log holds an entry with these fields.

It carries the leaf, the digests of all its fields, the disclosed fields with their salts, an inclusion proof,
and, in the same form, the entry that introduced the signing key (`signer`), down to entry 0 of the log.
docs/reference/receipt-format.md has the format.
"""

from dataclasses import dataclass

from habeas.register.canonical import CanonicalError, Value, decode, encode
from habeas.register.disclosure_json import (
    DOCUMENT_LIMITS,
    DocumentError,
    disclosure_members,
    member_text,
    members_of,
    parse_disclosure,
)
from habeas.register.fields import Disclosure
from habeas.register.hashing import leaf_hash
from habeas.register.note import VerifierKey
from habeas.register.tlog_proof import ProofError, TlogProof, parse_proof, proof_text

VERSION = 1
_MEMBERS = {"leaf", "digests", "disclosed", "proof", "signer"}
# The entry, the one that introduced its key, and entry 0, which introduced the log's own key.
_GREATEST_CHAIN = 3


@dataclass(frozen=True, slots=True)
class Receipt:
    """A receipt, or one of the key receipts inside it. Only the receipt of entry 0 has no `signer`."""

    leaf: bytes
    disclosure: Disclosure
    proof: TlogProof
    signer: "Receipt | None"


def make_receipt(receipt: Receipt) -> bytes:
    """The bytes of the file: canonical JSON and a newline. Give it only to those who may see its fields."""
    return encode({"habeas_receipt": VERSION, **_members(receipt)}, DOCUMENT_LIMITS) + b"\n"


def parse_receipt(data: bytes) -> Receipt:
    """Read a receipt. Raises DocumentError unless the bytes have exactly the form; verifies nothing."""
    try:
        value = decode(data.removesuffix(b"\n"), DOCUMENT_LIMITS)
        members = members_of(value, {"habeas_receipt", *_MEMBERS})
        version = members["habeas_receipt"]
        if not data.endswith(b"\n") or isinstance(version, bool) or version != VERSION:
            raise DocumentError("register.document_broken")
        return _parse({name: members[name] for name in _MEMBERS}, _GREATEST_CHAIN)
    except (CanonicalError, ProofError) as error:
        raise DocumentError("register.document_broken") from error


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


def _parse(value: Value, chain: int) -> Receipt:
    if chain == 0:
        raise DocumentError("register.document_broken")
    members = members_of(value, _MEMBERS)
    signer = members["signer"]
    return Receipt(
        member_text(members["leaf"]).encode("utf-8"),
        parse_disclosure(members),
        parse_proof(member_text(members["proof"])),
        None if signer is None else _parse(signer, chain - 1),
    )
