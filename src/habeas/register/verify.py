"""Verify what somebody hands over, offline: the folder of an exported log, a receipt file, or a checkpoint alone.

Whatever an export or a receipt holds, the answer is a report. Only a question that can't be asked (nothing like
either at the path, a key that is no key) raises `Unusable`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeAlias

from habeas.register.asserted import PARTY, Asserted, Stated, asserted_by
from habeas.register.chain_audit import ChainAudit
from habeas.register.checkpoint import Checkpoint, SignedCheckpoint, is_meant_as_note, parse_signed_checkpoint
from habeas.register.export import CHECKPOINT, KEYS, read_checkpoint, read_keys, strays
from habeas.register.fields import DOCUMENT_LIMITS, Field, disclosure_problems
from habeas.register.files import is_folder, is_there, read_file
from habeas.register.keys import (
    LOG_PARTY,
    Key,
    KeyDisclosure,
    disclosed_key,
    introduction_problems,
    log_key_at,
    log_keys_of,
)
from habeas.register.leaf import check_leaf, parse_leaf, verify_leaf_signature
from habeas.register.note import Note, VerifierKey, is_signed_by, parse_vkey, signatures_by
from habeas.register.policy import Policy
from habeas.register.problems import Problem, ProblemList, RegisterError, Unusable
from habeas.register.proof import is_included
from habeas.register.receipt import Receipt, parse_receipt
from habeas.register.tree import EMPTY_EDGE, EMPTY_ROOT, grow, leaf_hash, root
from habeas.register.tree_audit import TreeAudit

Progress: TypeAlias = Callable[[int, int], None]
"""Is told how many entries of how many are done."""

SIGNED_BY_ANOTHER = "register.signed_by_another"
"""What was made before a new key of the log began looks so to whoever brings the new one; what a stranger made too."""
ALONE_BY_ANOTHER = "register.alone_by_another"
"""The same of a checkpoint alone, which names no key of its log."""
BY_ANOTHER = {SIGNED_BY_ANOTHER, ALONE_BY_ANOTHER}
NOT_COMPARABLE = {"register.since_newer", "register.since_not_comparable", "register.since_needs_log"}
"""Whether one continues the other needs entries that are not at hand: nothing was found wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The answer about one export or one receipt: all problems, and the facts that they are about.

    `remarks` say what in the folder of a sound export was not checked, and change no verdict.
    `signer_established`: the checkpoint is signed by a key that the asker brought. `checkpoint` is None if it
    can't be read. `cosigned` says which witnesses of the asker's policy saw it, and when (Unix seconds). For a
    receipt: `index` of its entry, `party` whose key signed it, who of that party signed too if the receipt says so,
    and the `disclosed` fields. `later` is the log's key that signed the checkpoint, if that is not the one that the
    asker brought but one that it leads to. Believe the facts only if `ok`.
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
    later: Key | None = None

    @property
    def ok(self) -> bool:
        """Whether everything holds and the asker knows the signer. Exit code 0, otherwise 1."""
        return self.signer_established and not self.problems

    @property
    def verdict(self) -> str:
        if codes := {each.code for each in self.problems}:
            if codes <= NOT_COMPARABLE:
                return "register.verdict_not_comparable"
            return (
                "register.verdict_another_key" if codes <= BY_ANOTHER | NOT_COMPARABLE else "register.verdict_refused"
            )
        if not self.ok:
            return "register.verdict_consistent_only"
        return "register.verdict_established_later" if self.later else "register.verdict_established"

    @property
    def told(self) -> Mapping[str, str | int]:
        """What the sentence of the verdict names."""
        return {"key": self.later.verifier.text, "index": self.later.index} if self.later else {}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What the asker brings: the log's key, a checkpoint that they kept, and a policy. What is asked about may be older
    than the kept checkpoint only if it is a receipt."""

    key: VerifierKey | None
    since: bytes | None
    policy: Policy | None
    of_receipt: bool = False


def verify_path(
    path: Path,
    vkey: str | None,
    *,
    since: bytes | None = None,
    policy: Policy | None = None,
    progress: Progress | None = None,
    verified: int = 0,
) -> Report:
    """Verify an export (a folder), or a receipt or a checkpoint (a file).

    `vkey` is the log's key as the asker knows it: a key inside the files proves nothing. `since` is a signed
    checkpoint that the asker kept, or a receipt that has it: its tree must be the beginning of this one; a receipt can
    be compared only with one of its size. `policy` names the keys of logs that the asker trusts, and whose
    cosignatures the checkpoint needs. `verified` entries were verified before, up to `since`: they are hashed again,
    and their signatures believed. Raises Unusable if the path has nothing like these, or if `vkey` is no key.
    """
    asked = _Asked(key=_parse_brought(vkey), since=since, policy=policy)
    if not is_there(path):
        raise Unusable("register.path_missing", path=str(path))
    if is_folder(path) and any(is_there(path / name) for name in (CHECKPOINT, KEYS, "tile")):
        return _verify_log(path, asked, progress, verified)
    data = ProblemList().attempt(lambda: read_file(path.parent, path.name, limit=DOCUMENT_LIMITS.length + 1))
    is_receipt = data is not None and data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")
    if data is None or not (is_receipt or is_meant_as_note(data)):
        raise Unusable("register.path_other", path=str(path))
    try:
        if not is_receipt:
            return _verify_checkpoint(parse_signed_checkpoint(data), asked)
        receipt = parse_receipt(data)
    except RegisterError as error:
        return Report(signer_established=False, problems=(error.problem,))
    return verify_receipt(receipt, asked.key, since, policy)


def verify_head(
    directory: Path, vkey: str | None, *, since: bytes | None = None, policy: Policy | None = None
) -> Report:
    """What checkpoint and keys of an export show before any entry is at hand: who signed it, and whether it is of the
    same log as a kept one, no smaller, and no other of the same size. Raises Unusable if `vkey` is no key."""
    problems = ProblemList()
    head = _read_head(directory, _Asked(key=_parse_brought(vkey), since=since, policy=policy), problems)
    return Report(signer_established=False, problems=problems.all()) if head is None else head.report(problems)


def verify_leaves(
    leaves: Iterable[bytes], note: bytes, introductions: Sequence[KeyDisclosure], vkey: str, since: bytes | None = None
) -> Report:
    """What `verify_path` would say of an export of these, asked before it is written. The signatures of those below
    `since`, which was verified when it was exported, are believed. Raises RegisterError for what is no checkpoint."""
    problems, in_chains = ProblemList(), ProblemList()
    asked = _Asked(key=_parse_brought(vkey), since=since, policy=None)
    head = _check_head(parse_signed_checkpoint(note), log_keys_of(introductions), asked, problems)
    kept = head.kept or Checkpoint(head.checkpoint.origin, 0, EMPTY_ROOT)
    first = log_key_at(head.log_keys, 0)
    chains = ChainAudit(kept.origin, first, introductions, in_chains, verified=kept.size)
    edge = EMPTY_EDGE
    for leaf in leaves:
        hashed = leaf_hash(leaf)
        chains.add(edge.size, leaf, hashed)
        edge, _ = grow(edge, [hashed])
        if edge.size == kept.size and root(edge) != kept.root:
            problems.add("register.history_differs", kept_size=kept.size)
    chains.finish()
    if (edge.size, root(edge)) != (head.checkpoint.size, head.checkpoint.root):
        problems.add("register.root_differs", size=head.checkpoint.size)
    problems.extend(in_chains.all())
    return head.report(problems, keys=tuple(chains.allowed.values()))


def verify_receipt(
    receipt: Receipt, brought: VerifierKey | None, since: bytes | None = None, policy: Policy | None = None
) -> Report:
    """Verify a receipt: the fields are the entry's, its signer was introduced, the log holds both."""
    problems = ProblemList()
    signed = problems.attempt(lambda: parse_signed_checkpoint(receipt.proof.checkpoint))
    if signed is None:
        return Report(signer_established=False, problems=problems.all())
    declared = log_keys_of(map(_introduction, (*_chain(receipt)[-1:], *receipt.log_keys)))
    asked = _Asked(key=brought, since=since, policy=policy, of_receipt=True)
    head = _check_head(signed, declared, asked, problems)
    introduced, stated = _check_chain(receipt, signed.checkpoint, head.log_keys, problems)
    for each in receipt.log_keys:
        _check_entry(each, log_key_at(head.log_keys, each.proof.index), signed.checkpoint, problems)
        _check_introduction(each, receipt, head.log_keys, problems)
    asserted = _check_assertion(receipt, stated, signed.checkpoint, head.log_keys, problems)
    kept = head.kept
    if kept is not None and kept.size != signed.checkpoint.size:
        code = "register.since_newer" if kept.size > signed.checkpoint.size else "register.since_not_comparable"
        problems.add(code, kept_size=kept.size, size=signed.checkpoint.size)
    return head.report(
        problems,
        keys=tuple(key for key in introduced if key is not None),
        index=receipt.proof.index,
        party=stated.party,
        asserted=asserted,
        disclosed=receipt.disclosure.disclosed,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Head:
    """A checkpoint, who signed and cosigned it, and what it was held against. `log_keys` are the log's, in order."""

    checkpoint: Checkpoint
    log_keys: Sequence[Key]
    established: bool
    later: Key | None
    cosigned: Mapping[str, int]
    kept: Checkpoint | None

    def report(self, problems: ProblemList, **more: Any) -> Report:
        return Report(
            signer_established=self.established,
            problems=problems.all(),
            checkpoint=self.checkpoint,
            cosigned=self.cosigned,
            later=self.later,
            **more,
        )


def _verify_log(directory: Path, asked: _Asked, progress: Progress | None, verified: int) -> Report:
    """Verify a whole exported log: every entry, every tile, every signature, every chain, every key."""
    problems = ProblemList()
    head = _read_head(directory, asked, problems)
    if head is None:
        return Report(signer_established=False, problems=problems.all())
    checkpoint, introductions = head.checkpoint, ProblemList().attempt(lambda: read_keys(directory))
    # What does not fit the tree is told before what comes of it in the chains.
    in_chains = ProblemList()
    chains = ChainAudit(checkpoint.origin, log_key_at(head.log_keys, 0), introductions, in_chains, verified)
    audit, done = TreeAudit(directory, checkpoint, head.kept, problems), 0
    for leaves, hashes in audit.bundles():
        for index, (leaf, hashed) in enumerate(zip(leaves, hashes, strict=True), start=done):
            chains.add(index, leaf, hashed)
        done += len(leaves)
        if progress is not None:
            progress(done, checkpoint.size)
    chains.finish()
    problems.extend(in_chains.all())
    unchecked = () if problems.all() else strays(directory, {CHECKPOINT, KEYS, *audit.checked}, problems)
    return head.report(problems, remarks=unchecked, keys=tuple(chains.allowed.values()))


def _verify_checkpoint(signed: SignedCheckpoint, asked: _Asked) -> Report:
    """Verify a checkpoint without the log: whether a larger one continues the kept one needs hashes, and it says so."""
    problems = ProblemList()
    head = _check_head(signed, (), asked, problems)
    if head.kept is not None and head.kept.size < signed.checkpoint.size:
        problems.add("register.since_needs_log", kept_size=head.kept.size, size=signed.checkpoint.size)
    return head.report(problems)


def _parse_brought(vkey: str | None) -> VerifierKey | None:
    try:
        return parse_vkey(vkey.strip()) if vkey is not None else None
    except RegisterError as error:
        raise Unusable(error.problem.code, **error.problem.parameters) from error


def _read_head(directory: Path, asked: _Asked, problems: ProblemList) -> _Head | None:
    signed = problems.attempt(lambda: read_checkpoint(directory))
    if signed is None:
        return None
    introductions = problems.attempt(lambda: read_keys(directory)) or ()
    return _check_head(signed, log_keys_of(introductions), asked, problems)


def _check_head(signed: SignedCheckpoint, declared: Sequence[Key], asked: _Asked, problems: ProblemList) -> _Head:
    """Check all that a checkpoint shows by itself. `declared` are the keys that the log itself introduced as its own,
    one after the other."""
    checkpoint = signed.checkpoint
    brought, cosigned = _check_policy(signed, asked.policy, asked.key, declared, problems)
    established = _check_signer(signed, brought, declared, problems)
    signer = log_key_at(declared, checkpoint.size)
    return _Head(
        checkpoint=checkpoint,
        log_keys=declared or ([Key(0, LOG_PARTY, brought)] if brought is not None else []),
        established=established,
        later=next((each for each in declared if established and brought != signer == each.verifier), None),
        cosigned=cosigned,
        kept=_read_since(asked, checkpoint, brought, declared, problems),
    )


def _check_policy(
    signed: SignedCheckpoint,
    policy: Policy | None,
    brought: VerifierKey | None,
    declared: Sequence[Key],
    problems: ProblemList,
) -> tuple[VerifierKey | None, Mapping[str, int]]:
    """The log's key as the policy or the asker knows it, and who of the policy cosigned when. Of several that a policy
    names for a log: the last of those that the log introduced, or that signed."""
    if policy is None:
        return brought, {}
    origin, cosigned = signed.checkpoint.origin, problems.attempt(lambda: policy.cosigners(signed.note))
    keys = policy.logs.get(origin, ())
    is_known = brought is not None and brought in keys
    if not keys or (brought is not None and not is_known):
        problems.add("register.policy_other_log", origin=origin)
    if cosigned is not None and not policy.is_met(frozenset(cosigned)):
        lacking = sorted(policy.witnesses.keys() - cosigned.keys())
        problems.add("register.policy_not_met", quorum=policy.quorum or "", lacking=", ".join(lacking))
    return brought if is_known else _meant(keys, signed.note, declared), cosigned or {}


def _meant(keys: Sequence[VerifierKey], note: Note, declared: Sequence[Key]) -> VerifierKey | None:
    named = [each.verifier for each in declared if each.verifier in keys]
    signing = [each for each in keys if signatures_by(note, each)]
    return next(iter([*reversed(named), *signing, *reversed(keys)]), None)


def _check_signer(
    signed: SignedCheckpoint, brought: VerifierKey | None, declared: Sequence[Key], problems: ProblemList
) -> bool:
    """Add what is wrong with the checkpoint's signature; whether the brought key established the signer."""
    origin, size, verifiers = signed.checkpoint.origin, signed.checkpoint.size, [each.verifier for each in declared]
    for each in verifiers:
        if each.name != origin:
            problems.add("register.key_other_name", name=each.name, origin=origin)
    own, strange = log_key_at(declared, size), brought if brought not in verifiers else None
    if own is not None and strange is not None:
        if strange.name == origin and _is_by_another(signed.note, strange, own):
            problems.add(SIGNED_BY_ANOTHER, brought=strange.text, key=own.text)
            return False
        problems.add("register.other_key", brought=strange.text, declared=verifiers[0].text)
    if brought is not None and brought.name != origin:
        problems.add("register.key_other_name", name=brought.name, origin=origin)
        return False
    key = _signing(brought, declared, size)
    if key is None:
        return False
    try:
        is_signed = is_signed_by(signed.note, key)
    except RegisterError:
        problems.add("register.checkpoint_signature_wrong", name=key.name)
        return False
    if not is_signed and key in verifiers and any(signatures_by(signed.note, each) for each in verifiers):
        problems.add("register.checkpoint_ended_key", size=size, key=key.text)
    elif not is_signed:
        others = [each.key_id.hex() for each in signed.note.signatures if each.name == origin and not declared]
        code = ALONE_BY_ANOTHER if others else "register.checkpoint_not_signed"
        problems.add(code, key=key.text, size=size, signers=", ".join(f"{origin}+{each}" for each in others))
    return is_signed and brought is not None


def _is_by_another(note: Note, brought: VerifierKey, own: VerifierKey) -> bool:
    """Whether it is signed by the key that the files name, and says nothing of the one that was brought."""
    try:
        return not signatures_by(note, brought) and is_signed_by(note, own)
    except RegisterError:
        return False


def _signing(brought: VerifierKey | None, declared: Sequence[Key], size: int) -> VerifierKey | None:
    """The key that signs a checkpoint of this size: by what the log says, if the brought key is one of those."""
    is_known = brought is None or any(brought == each.verifier for each in declared)
    return log_key_at(declared, size) if is_known else brought


def kept_checkpoint(since: bytes) -> SignedCheckpoint:
    """The checkpoint that somebody kept, alone or in a receipt. Raises RegisterError."""
    return parse_signed_checkpoint(parse_receipt(since).proof.checkpoint if since.startswith(b"{") else since)


def _read_since(
    asked: _Asked, now: Checkpoint, brought: VerifierKey | None, declared: Sequence[Key], problems: ProblemList
) -> Checkpoint | None:
    """The kept checkpoint, if it can be compared with this log; otherwise None, and a problem says why."""
    if asked.since is None:
        return None
    try:
        signed = kept_checkpoint(asked.since)
        size = signed.checkpoint.size
        known = {_signing(brought, declared, size), log_key_at(declared, size)}  # two, if brought is another log's key
        is_signed = any(key is not None and is_signed_by(signed.note, key) for key in known)
    except RegisterError:
        problems.add("register.since_broken")
        return None
    kept = signed.checkpoint
    if kept.origin != now.origin:
        problems.add("register.since_other_log", kept=kept.origin, origin=now.origin)
    elif not is_signed:
        problems.add("register.since_not_signed")
    elif kept.size > now.size and not asked.of_receipt:
        problems.add("register.rolled_back", kept_size=kept.size, size=now.size)
    elif kept.size == now.size and kept.root != now.root:
        problems.add("register.forked", size=now.size)
    else:
        return kept
    return None


def _chain(receipt: Receipt) -> list[Receipt]:
    return [receipt, *(_chain(receipt.signer) if receipt.signer else ())]


def _introduction(entry: Receipt) -> KeyDisclosure:
    return KeyDisclosure(entry.proof.index, entry.disclosure)


def _check_chain(
    receipt: Receipt, checkpoint: Checkpoint, log_keys: Sequence[Key], problems: ProblemList
) -> tuple[list[Key | None], Stated]:
    """Check an entry and those that introduced the keys; which keys these are, and what the entry states."""
    entries = _chain(receipt)
    introduced = [disclosed_key(_introduction(entry)) for entry in entries]
    if entries[-1].proof.index != 0:
        problems.add("register.receipt_without_signer", index=entries[-1].proof.index)
    # An entry is signed with the key that the next one introduces, which the log's key of its time signed.
    signer, index = introduced[min(1, len(introduced) - 1)], receipt.proof.index
    _check_entry(receipt, signer.verifier if signer else None, checkpoint, problems)
    for entry, introduction in pairwise(entries):
        if introduction.proof.index >= entry.proof.index:
            problems.add("register.key_too_early", index=entry.proof.index, introduced=introduction.proof.index)
        _check_entry(introduction, log_key_at(log_keys, introduction.proof.index), checkpoint, problems)
        _check_introduction(introduction, entry, log_keys, problems)
    if signer is not None and signer.party == LOG_PARTY:
        for ended in [each.index for each in log_keys if signer.index < each.index < index][:1]:
            problems.add("register.key_ended", index=index, ended=ended)
    acted = next((each.value for each in receipt.disclosure.disclosed if each.path == PARTY), None)
    if signer is not None and acted is not None and signer.party not in {acted, LOG_PARTY}:
        problems.add("register.signed_for_other", index=index, party=str(acted), key=signer.party)
    return introduced, Stated(index, signer.party if signer else None, receipt.disclosure)


def _check_assertion(
    receipt: Receipt, stated: Stated, checkpoint: Checkpoint, log_keys: Sequence[Key], problems: ProblemList
) -> Asserted | None:
    """Who of the party signed the entry, if the receipt discloses that and nothing of it is wrong."""
    about = [_check_chain(each, checkpoint, log_keys, problems)[1] for each in receipt.signing_key]
    for each in receipt.signing_key:
        if each.proof.checkpoint != receipt.proof.checkpoint:
            problems.add("register.receipt_checkpoints_differ", index=each.proof.index)
    # What is wrong with the entry itself was said above, and there is no sense in asking who signed it.
    return None if problems.all() else problems.attempt(lambda: asserted_by(stated, parse_leaf(receipt.leaf), about))


def _check_entry(entry: Receipt, signer: VerifierKey | None, checkpoint: Checkpoint, problems: ProblemList) -> None:
    index = entry.proof.index
    if not is_included(leaf_hash(entry.leaf), index, size=checkpoint.size, root=checkpoint.root, path=entry.proof.path):
        problems.add("register.not_included", index=index)
    leaf = check_leaf(entry.leaf, index, checkpoint.origin, problems)
    if leaf is None:
        return
    problems.extend(disclosure_problems(entry.disclosure, leaf.fields, index))
    if signer is None or signer.fingerprint != leaf.key:
        problems.add("register.key_unknown", index=index, key=leaf.key.hex())
    elif not verify_leaf_signature(leaf, signer):
        problems.add("register.leaf_signature_wrong", index=index)


def _check_introduction(introduction: Receipt, entry: Receipt, log_keys: Sequence[Key], problems: ProblemList) -> None:
    """Was a key introduced by the log, under the same checkpoint?"""
    index = introduction.proof.index
    if introduction.proof.checkpoint != entry.proof.checkpoint:
        problems.add("register.receipt_checkpoints_differ", index=index)
    try:
        leaf = parse_leaf(introduction.leaf)
    except RegisterError:
        return  # reported when the introduction itself is checked as an entry
    problems.extend(introduction_problems(_introduction(introduction), leaf, log_key_at(log_keys, index)))
