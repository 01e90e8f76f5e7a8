"""Who signed a checkpoint, in the eyes of someone who brings a key, or brings none."""

from habeas.register.checkpoint import SignedCheckpoint
from habeas.register.note import NoteError, VerifierKey, is_signed_by, parse_vkey
from habeas.register.problems import Unusable
from habeas.register.report import ProblemList


def brought_key(vkey: str | None) -> VerifierKey | None:
    """The key that the asker brought. Raises Unusable if the text is no vkey."""
    if vkey is None:
        return None
    try:
        return parse_vkey(vkey.strip())
    except NoteError as error:
        raise Unusable(error.problem.code, **error.problem.parameters) from error


def check_signer(
    signed: SignedCheckpoint, problems: ProblemList, *, brought: VerifierKey | None, declared: VerifierKey | None
) -> bool:
    """Add what is wrong with the checkpoint's signature; whether the brought key established the signer.

    `declared` is the key that the log itself introduced in its entry 0.
    """
    if declared is not None and declared.name != signed.checkpoint.origin:
        problems.add("register.key_other_name", name=declared.name, origin=signed.checkpoint.origin)
    if brought is not None and declared is not None and brought != declared:
        problems.add("register.other_key", brought=brought.text, declared=declared.text)
    if brought is None:
        if declared is not None:
            _is_signed(signed, declared, problems)
        return False
    if brought.name != signed.checkpoint.origin:
        problems.add("register.key_other_name", name=brought.name, origin=signed.checkpoint.origin)
        return False
    return _is_signed(signed, brought, problems)


def _is_signed(signed: SignedCheckpoint, key: VerifierKey, problems: ProblemList) -> bool:
    try:
        found = is_signed_by(signed.note, key)
    except NoteError:
        problems.add("register.checkpoint_signature_wrong", name=key.name)
        return False
    if not found:
        problems.add("register.checkpoint_not_signed", key=key.text)
    return found
