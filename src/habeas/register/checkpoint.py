"""Checkpoints (C2SP tlog-checkpoint v1.0.0): what a log says of itself at one size. No extension lines."""

import re
from dataclasses import dataclass

from habeas.register.canonical import from_base64, to_base64
from habeas.register.note import Note, Signer, parse_note, sign_note
from habeas.register.problems import RegisterError
from habeas.register.tree import HASH_LENGTH

# One spelling everywhere: as the name of a key, inside JSON, and as a URL without its scheme.
ORIGIN = r"[A-Za-z0-9][A-Za-z0-9._~:/-]{0,199}"
_LINES = re.compile(r"(?P<origin>.*)\n(?P<size>0|[1-9][0-9]{0,18})\n(?P<root>.*)\n")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The log `origin` had `size` entries, and this was the root of their tree."""

    origin: str
    size: int
    root: bytes

    def __post_init__(self) -> None:
        check_origin(self.origin)
        if not 0 <= self.size < 10**19 or len(self.root) != HASH_LENGTH:
            raise RegisterError("register.checkpoint_broken")


@dataclass(frozen=True, slots=True)
class SignedCheckpoint:
    """A checkpoint together with the note that carries it; its signatures are not verified yet."""

    checkpoint: Checkpoint
    note: Note


def check_origin(origin: str) -> None:
    """Raise RegisterError unless this may name a log: ASCII letters, digits, `._~:/-`, 1 to 200 characters."""
    if not re.fullmatch(ORIGIN, origin):
        raise RegisterError("register.origin_broken")


def checkpoint_text(checkpoint: Checkpoint) -> str:
    """The three lines that are signed."""
    return f"{checkpoint.origin}\n{checkpoint.size}\n{to_base64(checkpoint.root)}\n"


def sign_checkpoint(checkpoint: Checkpoint, signer: Signer) -> bytes:
    """The note to publish. Raises RegisterError unless the signer has the log's name."""
    if signer.name != checkpoint.origin:
        raise RegisterError("register.checkpoint_other_name", origin=checkpoint.origin, name=signer.name)
    return sign_note(checkpoint_text(checkpoint), [signer])


def parse_checkpoint(text: str) -> Checkpoint:
    """Read the three lines. Raises RegisterError for anything else, an extension line too."""
    lines = _LINES.fullmatch(text)
    root = from_base64(lines["root"]) if lines else None
    if lines is None or root is None:
        raise RegisterError("register.checkpoint_broken")
    return Checkpoint(lines["origin"], int(lines["size"]), root)


def parse_signed_checkpoint(data: bytes) -> SignedCheckpoint:
    """Read a published checkpoint. Raises RegisterError; verifies no signature."""
    try:
        note = parse_note(data)
    except RegisterError as error:
        raise RegisterError("register.checkpoint_broken") from error
    return SignedCheckpoint(parse_checkpoint(note.text), note)
