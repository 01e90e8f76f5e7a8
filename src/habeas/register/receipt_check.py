"""Verify a receipt offline: the fields are the entry's, its signer was introduced, the log holds both."""

from collections.abc import Iterator

from habeas.register.checkpoint import CheckpointError, SignedCheckpoint, parse_signed_checkpoint
from habeas.register.fields import disclosure_problems
from habeas.register.hashing import leaf_hash
from habeas.register.keys import Key, KeyDisclosure, disclosed_key, introduction_problems
from habeas.register.leaf import Leaf, LeafError, parse_leaf, verify_leaf_signature
from habeas.register.note import VerifierKey
from habeas.register.proof import is_included
from habeas.register.receipt import Receipt
from habeas.register.report import ProblemList, Report
from habeas.register.signed import brought_key, check_signer
from habeas.register.since import check_since_receipt


def verify_receipt(receipt: Receipt, vkey: str | None, since: bytes | None = None) -> Report:
    """Everything that a receipt must show, and what does not hold.

    `vkey` is the log's key as the asker knows it; without one the signer stays unestablished. `since` is a
    checkpoint that the asker kept; it can be compared only if it has the receipt's size. Raises Unusable if
    `vkey` is no key.
    """
    brought = brought_key(vkey)
    problems = ProblemList()
    try:
        signed = parse_signed_checkpoint(receipt.proof.checkpoint)
    except CheckpointError as error:
        problems.extend([error.problem])
        return Report(signer_established=False, problems=problems.all())
    declared = _declared_key(receipt)
    established = check_signer(signed, problems, brought=brought, declared=declared)
    log_key = declared or brought  # they differ only where `check_signer` has said so
    for entry in _chain(receipt):
        _check_entry(entry, signed, log_key, problems)
    check_since_receipt(since, signed.checkpoint, brought or declared, problems)
    signing = _signing_key(receipt)
    return Report(
        signer_established=established,
        problems=problems.all(),
        origin=signed.checkpoint.origin,
        size=signed.checkpoint.size,
        root=signed.checkpoint.root,
        keys=tuple(key for entry in _chain(receipt) if (key := _introduced(entry)) is not None),
        index=receipt.proof.index,
        party=signing.party if signing else None,
        disclosed=receipt.disclosure.disclosed,
    )


def _chain(receipt: Receipt) -> Iterator[Receipt]:
    entry: Receipt | None = receipt
    while entry is not None:
        yield entry
        entry = entry.signer


def _introduced(entry: Receipt) -> Key | None:
    return disclosed_key(KeyDisclosure(entry.proof.index, entry.disclosure))


def _signing_key(entry: Receipt) -> Key | None:
    """The key that signed the entry, as the receipt says; entry 0 is signed by the key that it introduces."""
    return _introduced(entry.signer or entry)


def _declared_key(receipt: Receipt) -> VerifierKey | None:
    *_, innermost = _chain(receipt)
    key = _introduced(innermost) if innermost.proof.index == 0 else None
    return key.verifier if key else None


def _check_entry(entry: Receipt, signed: SignedCheckpoint, log_key: VerifierKey | None, problems: ProblemList) -> None:
    checkpoint, index = signed.checkpoint, entry.proof.index
    if not is_included(leaf_hash(entry.leaf), index, size=checkpoint.size, root=checkpoint.root, path=entry.proof.path):
        problems.add("register.not_included", index=index)
    try:
        leaf = parse_leaf(entry.leaf)
    except LeafError as error:
        problems.add("register.leaf_broken", index=index)
        problems.extend([error.problem])
        return
    if leaf.body.origin != checkpoint.origin:
        problems.add("register.leaf_other_log", index=index, origin=checkpoint.origin)
    problems.extend(disclosure_problems(entry.disclosure, leaf.body.fields, index))
    _check_signer_of(entry, leaf, problems)
    if entry.signer is not None:
        _check_introduction(entry.signer, index, entry.proof.checkpoint, log_key, problems)


def _check_signer_of(entry: Receipt, leaf: Leaf, problems: ProblemList) -> None:
    index, key = entry.proof.index, _signing_key(entry)
    if entry.signer is None and index != 0:
        problems.add("register.receipt_without_signer", index=index)
    elif key is None or key.verifier.fingerprint != leaf.body.key:
        problems.add("register.key_unknown", index=index, key=leaf.body.key.hex())
    elif not verify_leaf_signature(leaf, key.verifier):
        problems.add("register.leaf_signature_wrong", index=index)


def _check_introduction(
    introduction: Receipt, index: int, checkpoint: bytes, log_key: VerifierKey | None, problems: ProblemList
) -> None:
    """Was the key that signed the entry `index` introduced earlier, and by the log?"""
    at = introduction.proof.index
    if at >= index:
        problems.add("register.key_too_early", index=index, introduced=at)
    if introduction.proof.checkpoint != checkpoint:
        problems.add("register.receipt_checkpoints_differ", index=at)
    try:
        leaf = parse_leaf(introduction.leaf)
    except LeafError:
        return  # reported when the introduction itself is checked as an entry
    problems.extend(introduction_problems(KeyDisclosure(at, introduction.disclosure), leaf, log_key))
