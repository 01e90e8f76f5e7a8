"""Verify what somebody hands over, offline: the folder of an exported log, or a receipt file.

Whatever an export or a receipt holds, the answer is a report. Only a question that can't be asked (nothing like
either at the path, a key that is no key) raises `Unusable`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from habeas.register.asserted import Asserted, Stated, asserted_by
from habeas.register.chain_audit import ChainAudit
from habeas.register.checkpoint import Checkpoint, SignedCheckpoint, parse_signed_checkpoint
from habeas.register.export import CHECKPOINT, KEYS, read_checkpoint, read_keys, strays
from habeas.register.fields import DOCUMENT_LIMITS, Field, disclosure_problems
from habeas.register.files import is_folder, is_there, read_file
from habeas.register.keys import Key, KeyDisclosure, disclosed_key, introduction_problems, log_key_of
from habeas.register.leaf import check_leaf, parse_leaf, verify_leaf_signature
from habeas.register.note import VerifierKey, is_signed_by, parse_vkey
from habeas.register.policy import Policy
from habeas.register.problems import Problem, ProblemList, RegisterError, Unusable
from habeas.register.proof import is_included
from habeas.register.receipt import Receipt, parse_receipt
from habeas.register.tree import leaf_hash
from habeas.register.tree_audit import TreeAudit

Progress: TypeAlias = Callable[[int, int], None]
"""Is told how many entries of how many are done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The answer about one export or one receipt: all problems, and the facts that they are about.

    `remarks` say what in the folder of a sound export was not checked, and change no verdict.
    `signer_established`: the checkpoint is signed by a key that the asker brought. `checkpoint` is None if it
    can't be read. `cosigned` says which witnesses of the asker's policy saw it, and when (Unix seconds). For a
    receipt: `index` of its entry, `party` whose key signed it, who of that party signed too if the receipt says so,
    and the `disclosed` fields. Believe the facts only if `ok`.
    """

    signer_established: bool
    problems: tuple[Problem, ...]
    remarks: tuple[Problem, ...] = ()
    checkpoint: Checkpoint | None = None
    keys: tuple[Key, ...] = ()
    cosigned: Mapping[str, int] = field(default_factory=dict)
    index: int | None = None
    party: str | None = None
    asserted: Asserted | None = None
    disclosed: tuple[Field, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether everything holds and the asker knows the signer. Exit code 0, otherwise 1."""
        return self.signer_established and not self.problems

    @property
    def verdict(self) -> str:
        if self.problems:
            return "register.verdict_refused"
        return "register.verdict_established" if self.ok else "register.verdict_consistent_only"


def verify_path(
    path: Path,
    vkey: str | None,
    *,
    since: bytes | None = None,
    policy: Policy | None = None,
    progress: Progress | None = None,
) -> Report:
    """Verify an export (a folder) or a receipt (a file).

    `vkey` is the log's key as the asker knows it: a key inside the files proves nothing. `since` is a signed
    checkpoint that the asker kept: its tree must be the beginning of this one; a receipt can be compared only
    with one of its size. `policy` names the keys of logs that the asker trusts, and whose cosignatures the
    checkpoint needs. Raises Unusable if the path has nothing like an export or a JSON object, or if `vkey` is no key.
    """
    try:
        brought = parse_vkey(vkey.strip()) if vkey is not None else None
    except RegisterError as error:
        raise Unusable(error.problem.code, **error.problem.parameters) from error
    if not is_there(path):
        raise Unusable("register.path_missing", path=str(path))
    if is_folder(path) and any(is_there(path / name) for name in (CHECKPOINT, KEYS, "tile")):
        return _verify_log(path, brought, since, policy, progress)
    data = ProblemList().attempt(lambda: read_file(path.parent, path.name, limit=DOCUMENT_LIMITS.length + 1))
    if data is None or not data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        raise Unusable("register.path_other", path=str(path))
    try:
        receipt = parse_receipt(data)
    except RegisterError as error:
        return Report(signer_established=False, problems=(error.problem,))
    return verify_receipt(receipt, brought, since, policy)


def verify_receipt(
    receipt: Receipt, brought: VerifierKey | None, since: bytes | None = None, policy: Policy | None = None
) -> Report:
    """Verify a receipt: the fields are the entry's, its signer was introduced, the log holds both."""
    problems = ProblemList()
    signed = problems.attempt(lambda: parse_signed_checkpoint(receipt.proof.checkpoint))
    if signed is None:
        return Report(signer_established=False, problems=problems.all())
    brought, cosigned = _check_policy(signed, policy, brought, problems)
    declared = log_key_of(map(_introduction, _chain(receipt)[-1:]))
    established = _check_signer(signed, brought, declared, problems)
    introduced, stated = _check_chain(receipt, signed.checkpoint, declared or brought, problems)
    asserted = _check_assertion(receipt, stated, signed.checkpoint, declared or brought, problems)
    kept = _read_since(since, signed.checkpoint, brought or declared, problems)
    if kept is not None and kept.size != signed.checkpoint.size:
        problems.add("register.since_not_comparable", kept_size=kept.size, size=signed.checkpoint.size)
    elif kept is not None and kept.root != signed.checkpoint.root:
        problems.add("register.history_differs", kept_size=kept.size)
    return Report(
        signer_established=established,
        problems=problems.all(),
        checkpoint=signed.checkpoint,
        cosigned=cosigned,
        keys=tuple(key for key in introduced if key is not None),
        index=receipt.proof.index,
        party=stated.party,
        asserted=asserted,
        disclosed=receipt.disclosure.disclosed,
    )


def _verify_log(
    directory: Path, brought: VerifierKey | None, since: bytes | None, policy: Policy | None, progress: Progress | None
) -> Report:
    """Verify a whole exported log: every entry, every tile, every signature, every chain, every key."""
    problems = ProblemList()
    signed = problems.attempt(lambda: read_checkpoint(directory))
    if signed is None:
        return Report(signer_established=False, problems=problems.all())
    checkpoint = signed.checkpoint
    brought, cosigned = _check_policy(signed, policy, brought, problems)
    introductions = problems.attempt(lambda: read_keys(directory)) or ()
    declared = log_key_of(introductions)
    established = _check_signer(signed, brought, declared, problems)
    kept = _read_since(since, checkpoint, brought or declared, problems)
    chains = ChainAudit(checkpoint.origin, declared or brought, introductions, problems)
    audit, done = TreeAudit(directory, checkpoint, kept, problems), 0
    for leaves, hashes in audit.bundles():
        for index, (leaf, hashed) in enumerate(zip(leaves, hashes, strict=True), start=done):
            chains.add(index, leaf, hashed)
        done += len(leaves)
        if progress is not None:
            progress(done, checkpoint.size)
    chains.finish(checkpoint.size)
    return Report(
        signer_established=established,
        problems=problems.all(),
        remarks=() if problems.all() else strays(directory, {CHECKPOINT, KEYS, *audit.checked}),
        checkpoint=checkpoint,
        cosigned=cosigned,
        keys=tuple(chains.allowed.values()),
    )


def _check_policy(
    signed: SignedCheckpoint, policy: Policy | None, brought: VerifierKey | None, problems: ProblemList
) -> tuple[VerifierKey | None, Mapping[str, int]]:
    """The log's key as the policy or the asker knows it, and who of the policy cosigned when."""
    if policy is None:
        return brought, {}
    origin, cosigned = signed.checkpoint.origin, problems.attempt(lambda: policy.cosigners(signed.note))
    key = policy.logs.get(origin)
    if key is None or (brought is not None and brought != key):
        problems.add("register.policy_other_log", origin=origin)
    if cosigned is not None and not policy.is_met(frozenset(cosigned)):
        lacking = sorted(policy.witnesses.keys() - cosigned.keys())
        problems.add("register.policy_not_met", quorum=policy.quorum or "", lacking=", ".join(lacking))
    return key, cosigned or {}


def _check_signer(
    signed: SignedCheckpoint, brought: VerifierKey | None, declared: VerifierKey | None, problems: ProblemList
) -> bool:
    """Add what is wrong with the checkpoint's signature; whether the brought key established the signer.

    `declared` is the key that the log itself introduced in its entry 0.
    """
    origin, key = signed.checkpoint.origin, brought or declared
    if declared is not None and declared.name != origin:
        problems.add("register.key_other_name", name=declared.name, origin=origin)
    if brought is not None and declared is not None and brought != declared:
        problems.add("register.other_key", brought=brought.text, declared=declared.text)
    if brought is not None and brought.name != origin:
        problems.add("register.key_other_name", name=brought.name, origin=origin)
        return False
    if key is None:
        return False
    try:
        is_signed = is_signed_by(signed.note, key)
    except RegisterError:
        problems.add("register.checkpoint_signature_wrong", name=key.name)
        return False
    if not is_signed:
        problems.add("register.checkpoint_not_signed", key=key.text)
    return is_signed and brought is not None


def _read_since(
    since: bytes | None, now: Checkpoint, log_key: VerifierKey | None, problems: ProblemList
) -> Checkpoint | None:
    """The kept checkpoint, if it can be compared with this log; otherwise None, and a problem says why."""
    if since is None:
        return None
    try:
        signed = parse_signed_checkpoint(since)
        is_signed = log_key is not None and is_signed_by(signed.note, log_key)
    except RegisterError:
        problems.add("register.since_broken")
        return None
    kept = signed.checkpoint
    if kept.origin != now.origin:
        problems.add("register.since_other_log", kept=kept.origin, origin=now.origin)
    elif not is_signed:
        problems.add("register.since_not_signed")
    elif kept.size > now.size:
        problems.add("register.rolled_back", kept_size=kept.size, size=now.size)
    else:
        return kept
    return None


def _chain(receipt: Receipt) -> list[Receipt]:
    return [receipt, *(_chain(receipt.signer) if receipt.signer else ())]


def _introduction(entry: Receipt) -> KeyDisclosure:
    return KeyDisclosure(entry.proof.index, entry.disclosure)


def _check_chain(
    receipt: Receipt, checkpoint: Checkpoint, log_key: VerifierKey | None, problems: ProblemList
) -> tuple[list[Key | None], Stated]:
    """Check an entry and those that introduced the keys; which keys these are, and what the entry states."""
    entries = _chain(receipt)
    introduced = [disclosed_key(_introduction(entry)) for entry in entries]
    # Each entry is signed with the key that the next one introduces, and entry 0 with its own.
    signers = [*introduced[1:], introduced[-1]]
    for entry, signer in zip(entries, signers, strict=True):
        _check_entry(entry, signer, checkpoint, log_key, problems)
    party = signers[0].party if signers[0] else None
    return introduced, Stated(receipt.proof.index, party, receipt.disclosure)


def _check_assertion(
    receipt: Receipt, stated: Stated, checkpoint: Checkpoint, log_key: VerifierKey | None, problems: ProblemList
) -> Asserted | None:
    """Who of the party signed the entry, if the receipt discloses that and nothing of it is wrong."""
    about = [_check_chain(each, checkpoint, log_key, problems)[1] for each in receipt.signing_key]
    for each in receipt.signing_key:
        if each.proof.checkpoint != receipt.proof.checkpoint:
            problems.add("register.receipt_checkpoints_differ", index=each.proof.index)
    # What is wrong with the entry itself was said above, and there is no sense in asking who signed it.
    return None if problems.all() else problems.attempt(lambda: asserted_by(stated, parse_leaf(receipt.leaf), about))


def _check_entry(
    entry: Receipt, signer: Key | None, checkpoint: Checkpoint, log_key: VerifierKey | None, problems: ProblemList
) -> None:
    index = entry.proof.index
    if not is_included(leaf_hash(entry.leaf), index, size=checkpoint.size, root=checkpoint.root, path=entry.proof.path):
        problems.add("register.not_included", index=index)
    leaf = check_leaf(entry.leaf, index, checkpoint.origin, problems)
    if leaf is None:
        return
    problems.extend(disclosure_problems(entry.disclosure, leaf.fields, index))
    if entry.signer is None and index != 0:
        problems.add("register.receipt_without_signer", index=index)
    elif signer is None or signer.verifier.fingerprint != leaf.key:
        problems.add("register.key_unknown", index=index, key=leaf.key.hex())
    elif not verify_leaf_signature(leaf, signer.verifier):
        problems.add("register.leaf_signature_wrong", index=index)
    if entry.signer is not None:
        _check_introduction(entry.signer, entry, log_key, problems)


def _check_introduction(
    introduction: Receipt, entry: Receipt, log_key: VerifierKey | None, problems: ProblemList
) -> None:
    """Was the key that signed the entry introduced earlier, and by the log?"""
    index, introduced = entry.proof.index, introduction.proof.index
    if introduced >= index:
        problems.add("register.key_too_early", index=index, introduced=introduced)
    if introduction.proof.checkpoint != entry.proof.checkpoint:
        problems.add("register.receipt_checkpoints_differ", index=introduced)
    try:
        leaf = parse_leaf(introduction.leaf)
    except RegisterError:
        return  # reported when the introduction itself is checked as an entry
    problems.extend(introduction_problems(_introduction(introduction), leaf, log_key))
