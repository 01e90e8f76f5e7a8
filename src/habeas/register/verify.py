"""Verify what somebody hands over: the folder of an exported log, or a receipt file.

Whatever the files hold, the answer is a report. Only a question that can't be asked (no such path, a key that
is no key) raises `Unusable`.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from habeas.register.chain_audit import ChainAudit
from habeas.register.checkpoint import CheckpointError, SignedCheckpoint, parse_signed_checkpoint
from habeas.register.disclosure_json import DOCUMENT_LIMITS, DocumentError
from habeas.register.export import CHECKPOINT, read_keys
from habeas.register.files import FileError, is_folder, is_there, read_file
from habeas.register.keys import KeyDisclosure, log_key_of
from habeas.register.note import GREATEST_NOTE
from habeas.register.problems import Unusable
from habeas.register.receipt import parse_receipt
from habeas.register.receipt_check import verify_receipt
from habeas.register.report import ProblemList, Report
from habeas.register.signed import brought_key, check_signer
from habeas.register.since import read_since
from habeas.register.tree_audit import TreeAudit

Progress: TypeAlias = Callable[[int, int], None]
"""Is told how many entries of how many are done."""


def verify_path(
    path: Path, vkey: str | None, *, since: bytes | None = None, progress: Progress | None = None
) -> Report:
    """Verify an export (a folder) or a receipt (a file). Raises Unusable if there is nothing at the path."""
    brought_key(vkey)
    if is_folder(path):
        return verify_log(path, vkey, since=since, progress=progress)
    if not is_there(path):
        raise Unusable("register.path_missing", path=str(path))
    try:
        receipt = parse_receipt(read_file(path.parent, path.name, limit=DOCUMENT_LIMITS.length + 1))
    except (FileError, DocumentError) as error:
        return Report(signer_established=False, problems=(error.problem,))
    return verify_receipt(receipt, vkey, since=since)


def verify_log(
    directory: Path, vkey: str | None, *, since: bytes | None = None, progress: Progress | None = None
) -> Report:
    """Verify a whole exported log: every entry, every tile, every signature, every chain, every key.

    `vkey` is the log's key as the asker knows it: a key inside the export proves nothing. `since` is a signed
    checkpoint that the asker kept: its tree must be the beginning of this one. Raises Unusable if `vkey` is
    no key.
    """
    brought = brought_key(vkey)
    problems = ProblemList()
    signed = _read_checkpoint(directory, problems)
    if signed is None:
        return Report(signer_established=False, problems=problems.all())
    checkpoint = signed.checkpoint
    introductions = _read_keys(directory, problems)
    declared = log_key_of(introductions)
    established = check_signer(signed, problems, brought=brought, declared=declared)
    tree = TreeAudit(directory, checkpoint, problems)
    tree.compare_with(read_since(since, checkpoint, brought or declared, problems))
    chains = ChainAudit(checkpoint.origin, declared or brought, introductions, problems)
    for bundle in tree.bundles():
        for at, (leaf, leaf_hash) in enumerate(zip(bundle.leaves, bundle.hashes, strict=True), bundle.first):
            chains.add(at, leaf, leaf_hash)
        if progress is not None:
            progress(bundle.first + len(bundle.leaves), checkpoint.size)
    chains.finish(checkpoint.size)
    return Report(
        signer_established=established,
        problems=problems.all(),
        origin=checkpoint.origin,
        size=checkpoint.size,
        root=checkpoint.root,
        keys=chains.keys,
    )


def _read_checkpoint(directory: Path, problems: ProblemList) -> SignedCheckpoint | None:
    try:
        return parse_signed_checkpoint(read_file(directory, CHECKPOINT, limit=GREATEST_NOTE))
    except (FileError, CheckpointError) as error:
        problems.extend([error.problem])
        return None


def _read_keys(directory: Path, problems: ProblemList) -> tuple[KeyDisclosure, ...]:
    try:
        return read_keys(directory)
    except (FileError, DocumentError) as error:
        problems.extend([error.problem])
        return ()
