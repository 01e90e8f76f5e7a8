"""Compare a log with a checkpoint that somebody kept: a log that told two stories is found out."""

from habeas.register.checkpoint import Checkpoint, CheckpointError, parse_signed_checkpoint
from habeas.register.note import NoteError, VerifierKey, is_signed_by
from habeas.register.report import ProblemList


def read_since(
    since: bytes | None, now: Checkpoint, log_key: VerifierKey | None, problems: ProblemList
) -> Checkpoint | None:
    """The kept checkpoint, if it can be compared with this log; otherwise None, and a problem says why."""
    if since is None:
        return None
    try:
        signed = parse_signed_checkpoint(since)
        is_signed = log_key is not None and is_signed_by(signed.note, log_key)
    except (CheckpointError, NoteError):
        problems.add("register.since_broken")
        return None
    kept = signed.checkpoint
    if kept.origin != now.origin:
        problems.add("register.since_other_log", kept=kept.origin, origin=now.origin)
        return None
    if not is_signed:
        problems.add("register.since_not_signed")
        return None
    if kept.size > now.size:
        problems.add("register.rolled_back", kept_size=kept.size, size=now.size)
        return None
    return kept


def check_since_receipt(
    since: bytes | None, now: Checkpoint, log_key: VerifierKey | None, problems: ProblemList
) -> None:
    """A receipt holds no consistency proof, so a kept checkpoint says something only at the same size."""
    kept = read_since(since, now, log_key, problems)
    if kept is None:
        return
    if kept.size != now.size:
        problems.add("register.since_not_comparable", kept_size=kept.size, size=now.size)
    elif kept.root != now.root:
        problems.add("register.history_differs", kept_size=kept.size)
