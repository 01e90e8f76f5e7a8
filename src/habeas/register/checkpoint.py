"""Checkpoints (C2SP tlog-checkpoint v1.0.0): what a log says of itself at one size. No extension lines."""

import re
from dataclasses import dataclass

from habeas.register.encoding import from_base64, to_base64
from habeas.register.hashing import HASH_LENGTH
from habeas.register.note import Note, NoteError, Signer, parse_note, sign_note
from habeas.register.problems import RegisterError

# One spelling everywhere: as the name of a key, inside JSON, and as a URL without its scheme.
ORIGIN = r"[A-Za-z0-9][A-Za-z0-9._~:/-]{0,199}"
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")


class CheckpointError(RegisterError):
    """The text is not a checkpoint of three lines."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The log `origin` had `size` entries, and this was the root of their tree."""

    origin: str
    size: int
    root: bytes

    def __post_init__(self) -> None:
        check_origin(self.origin)
        if not 0 <= self.size < 10**19 or len(self.root) != HASH_LENGTH:
            raise CheckpointError("register.checkpoint_broken")


@dataclass(frozen=True, slots=True)
class SignedCheckpoint:
    """A checkpoint together with the note that carries it; its signatures are not verified yet."""

    checkpoint: Checkpoint
    note: Note


def check_origin(origin: str) -> None:
    """Raise CheckpointError unless this may name a log: ASCII letters, digits and `._~:/-`, 1 to 200
    characters.
    """
    if not re.fullmatch(ORIGIN, origin):
        raise CheckpointError("register.origin_broken")


def checkpoint_text(checkpoint: Checkpoint) -> str:
    """The three lines that are signed."""
    return f"{checkpoint.origin}\n{checkpoint.size}\n{to_base64(checkpoint.root)}\n"


def sign_checkpoint(checkpoint: Checkpoint, signer: Signer) -> bytes:
    """The note to publish. Raises CheckpointError unless the signer has the log's name."""
    if signer.name != checkpoint.origin:
        raise CheckpointError("register.checkpoint_other_name", origin=checkpoint.origin, name=signer.name)
    return sign_note(checkpoint_text(checkpoint), [signer])


def parse_checkpoint(text: str) -> Checkpoint:
    """Read the three lines. Raises CheckpointError for anything else, an extension line too."""
    lines = text.split("\n")
    if len(lines) != 4 or lines[3] or not _SIZE.fullmatch(lines[1]):
        raise CheckpointError("register.checkpoint_broken")
    root = from_base64(lines[2])
    if root is None:
        raise CheckpointError("register.checkpoint_broken")
    return Checkpoint(lines[0], int(lines[1]), root)


def parse_signed_checkpoint(data: bytes) -> SignedCheckpoint:
    """Read a published checkpoint. Raises CheckpointError; verifies no signature."""
    try:
        note = parse_note(data)
    except NoteError as error:
        raise CheckpointError("register.checkpoint_broken") from error
    return SignedCheckpoint(parse_checkpoint(note.text), note)
