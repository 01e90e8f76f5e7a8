"""Cosignatures (C2SP tlog-cosignature v1, Ed25519): a witness signs a checkpoint together with the time.

It says: at that time this was the largest tree of that log that I had seen, and it continues every one before.
"""

from habeas.register.note import Note, Signer, VerifierKey, signature_line, signatures_by
from habeas.register.problems import RegisterError

_TIME_LENGTH = 8
GREATEST_TIME = 2**63 - 1


def cosign(note: Note, witness: Signer, at: int) -> str:
    """The signature line that a witness adds to a checkpoint at a time (Unix seconds)."""
    signature = witness.sign(_message(note, at))
    return signature_line(witness.verifier, at.to_bytes(_TIME_LENGTH, "big") + signature)


def cosigned_at(note: Note, witness: VerifierKey) -> int | None:
    """When the witness last cosigned the note (Unix seconds); None when it did not.

    Raises RegisterError if a line under its key is wrong.
    """
    times: list[int] = []
    for each in signatures_by(note, witness):
        at = int.from_bytes(each[:_TIME_LENGTH], "big")
        if at > GREATEST_TIME or not witness.verifies(each[_TIME_LENGTH:], _message(note, at)):
            raise RegisterError("register.cosignature_wrong", name=witness.name)
        times.append(at)
    return max(times, default=None)


def _message(note: Note, at: int) -> bytes:
    return f"cosignature/v1\ntime {at}\n{note.text}".encode()
