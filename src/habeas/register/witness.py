"""A witness (C2SP tlog-witness): it cosigns a log's newest checkpoint once it is shown that nothing before it changed.
What it answers, and what a log makes of an answer.

Pure: what the witness has seen comes in, what it answers goes out. Who keeps the state must let one request of a
log end before the next begins, and must keep what was accepted before it answers.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from habeas.register.canonical import from_base64
from habeas.register.checkpoint import Checkpoint, SignedCheckpoint, parse_signed_checkpoint
from habeas.register.cosignature import cosign, cosigned_at
from habeas.register.note import (
    GREATEST_NOTE,
    Note,
    Signer,
    VerifierKey,
    is_signed_by,
    parse_note,
    signature_line,
    signatures_by,
)
from habeas.register.problems import RegisterError
from habeas.register.proof import is_consistent

_SIZE = re.compile(rb"\s*(0|[1-9][0-9]{0,18})\s*")
_OLD = re.compile(r"old (0|[1-9][0-9]{0,18})")
PROOF_MOST = 63
REQUEST_MOST = GREATEST_NOTE + 100 * PROOF_MOST
SIZE_TYPE = "text/x.tlog.size"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is asked: `old` is the size that the log believes this witness has seen, `path` the proof from there."""

    old: int
    path: tuple[bytes, ...]
    note: bytes
    signed: SignedCheckpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """A status of HTTP and its body. `kept`: the checkpoint that the witness has now seen, to be kept first."""

    status: int
    body: str = ""
    content_type: str = "text/plain; charset=utf-8"
    kept: bytes | None = None


class Outcome(StrEnum):
    """What came of asking a witness. `BEHIND`: it has seen more of the log than there is; `FORK`: at a size that there
    is, it has seen another log. `INVALID`: no cosignature by its key; `AHEAD`: one of a time to come; `SILENT`: nothing
    came. `AGAIN`: it is to be asked once more, from another size."""

    COSIGNED = "cosigned"
    BEHIND = "behind"
    FORK = "fork"
    REFUSED = "refused"
    INVALID = "invalid"
    AHEAD = "ahead"
    SILENT = "silent"
    AGAIN = "again"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a witness's answer comes to. Of a cosignature its `line`, verified, and its time `at` (Unix seconds);
    `seen` is the size that the witness says it has seen, or from which it is to be asked again; of a contradiction
    `proof` is the checkpoint that it saw, signed by the log, if it shows one."""

    outcome: Outcome
    line: str = ""
    at: int = 0
    seen: int | None = None
    proof: str = ""


def request_body(old: int, path: tuple[str, ...], note: bytes) -> bytes:
    """What a log sends; `path` are the hashes of the proof in base64."""
    return "".join([f"old {old}\n", *(f"{each}\n" for each in path), "\n"]).encode() + note


def parse_request(body: bytes) -> Request:
    """Read the body of a request. Raises RegisterError."""
    head, _, note = body.partition(b"\n\n")
    first, *encoded = head.decode("utf-8", "replace").split("\n")
    old = _OLD.fullmatch(first)
    path = tuple(from_base64(each) or b"" for each in encoded)
    if old is None or len(path) > PROOF_MOST:
        raise RegisterError("register.witness_request_broken")
    return Request(old=int(old[1]), path=path, note=note, signed=parse_signed_checkpoint(note))


def add_checkpoint(
    body: bytes, *, logs: Mapping[str, VerifierKey], seen: Checkpoint | None, witness: Signer, at: int
) -> Response:
    """The answer to a request. `logs` are the logs that it watches, by origin; `seen` is the newest checkpoint of this
    one that it has cosigned; `at` is now (Unix seconds)."""
    try:
        asked = parse_request(body)
    except RegisterError:
        return Response(status=400)
    checkpoint = asked.signed.checkpoint
    key = logs.get(checkpoint.origin)
    if key is None:
        return Response(status=404)
    try:
        is_signed = is_signed_by(asked.signed.note, key)
    except RegisterError:
        is_signed = False
    if not is_signed:
        return Response(status=403)
    size = seen.size if seen else 0
    if asked.old > checkpoint.size:
        return Response(status=400)
    if asked.old != size:
        return Response(status=409, body=f"{size}\n", content_type=SIZE_TYPE)
    if not _continues(seen, asked):
        return Response(status=422)
    return Response(status=200, body=cosign(asked.signed.note, witness, at), kept=asked.note)


def _continues(seen: Checkpoint | None, asked: Request) -> bool:
    """Whether nothing that the witness has seen was changed. From nothing seen, only an empty proof is right."""
    checkpoint = asked.signed.checkpoint
    if seen is None or seen.size == 0:
        return not asked.path
    return is_consistent(seen.size, seen.root, size=checkpoint.size, root=checkpoint.root, path=asked.path)


def read_answer(
    status: int, body: bytes, *, asked: SignedCheckpoint, old: int, told: bool, witness: VerifierKey, latest: int
) -> Answer:
    """Judge an answer to the question for a cosignature under `asked`, with the proof from `old`.

    `told`: the witness itself named `old`, so that only another past can be why it refuses the proof. `latest` is the
    latest time that a cosignature may have. Lenient in what it takes for which refusal: witnesses differ.
    """
    if status == 200:
        return _read_cosignature(body, asked.note, witness, latest)
    size, named = asked.checkpoint.size, _SIZE.fullmatch(body)
    if status == 409 and named and (seen := int(named[1])) != old:
        return Answer(outcome=Outcome.BEHIND if seen > size else Outcome.AGAIN, seen=seen)
    if status in {409, 422} and old and not named:
        return Answer(outcome=Outcome.FORK, seen=old) if told else Answer(outcome=Outcome.AGAIN, seen=0)
    return Answer(outcome=Outcome.REFUSED)


def contradiction(
    shown: bytes, log: Iterable[VerifierKey], now: Checkpoint, path: Callable[[int], tuple[bytes, ...]]
) -> str:
    """The checkpoint that a witness shows, if one of the keys that the `log` ever had signed it and it is not the
    beginning of what the log says `now`; otherwise nothing. `path` gives the proof from a size to now."""
    try:
        signed = parse_signed_checkpoint(shown)
        is_signed = any(is_signed_by(signed.note, key) for key in log)
    except RegisterError:
        return ""
    seen = signed.checkpoint
    if not is_signed or seen.origin != now.origin or seen.size == 0:
        return ""
    is_beginning = seen.size <= now.size and is_consistent(
        seen.size, seen.root, size=now.size, root=now.root, path=path(seen.size)
    )
    return "" if is_beginning else shown.decode()


def _read_cosignature(body: bytes, note: Note, witness: VerifierKey, latest: int) -> Answer:
    """What the lines of a body say under this witness's key; of several the latest."""
    try:
        found = parse_note(f"{note.text}\n".encode() + body.strip() + b"\n")
        at = cosigned_at(found, witness) if found.text == note.text else None
    except RegisterError:
        at = None
    if at is None:
        return Answer(outcome=Outcome.INVALID)
    line = signature_line(witness, max(signatures_by(found, witness)))
    return Answer(outcome=Outcome.COSIGNED if at <= latest else Outcome.AHEAD, line=line, at=at)
