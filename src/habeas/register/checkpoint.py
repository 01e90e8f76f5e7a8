"""Checkpoints (C2SP tlog-checkpoint v1.0.0): what a log says of itself at one size. No extension lines."""

import re
from dataclasses import dataclass

from habeas.register.canonical import from_base64, to_base64
from habeas.register.note import SIGNATURE_MARK, Note, Signer, parse_note, sign_note
from habeas.register.problems import RegisterError
from habeas.register.tree import HASH_LENGTH

# One spelling everywhere: as the name of a key, inside JSON, and as a URL without its scheme.
ORIGIN = r"[A-Za-z0-9][A-Za-z0-9._~:/-]{0,199}"
_SIZE = r"0|[1-9][0-9]{0,18}"
_SHOWN = 40


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
    if text.count("\n") != 3:
        raise RegisterError("register.checkpoint_broken")
    origin, size, encoded, _ = text.split("\n")
    root = from_base64(encoded)
    if not re.fullmatch(_SIZE, size):
        raise RegisterError("register.checkpoint_size", found=size[:_SHOWN])
    if root is None or len(root) != HASH_LENGTH:
        raise RegisterError("register.checkpoint_root", found=encoded[:_SHOWN])
    return Checkpoint(origin, int(size), root)


def parse_signed_checkpoint(data: bytes) -> SignedCheckpoint:
    """Read a published checkpoint. Raises RegisterError; verifies no signature."""
    if data.startswith(b"\xef\xbb\xbf"):
        raise RegisterError("register.checkpoint_mark")
    try:
        note = parse_note(data)
    except RegisterError as error:
        code = "register.checkpoint_line_ends" if b"\r\n" in data else "register.checkpoint_broken"
        raise RegisterError(code) from error
    return SignedCheckpoint(parse_checkpoint(note.text), note)


def is_meant_as_note(data: bytes) -> bool:
    """Whether this has a line like a signature's, so that what is wrong with it is worth saying."""
    return SIGNATURE_MARK.encode("utf-8") in data
