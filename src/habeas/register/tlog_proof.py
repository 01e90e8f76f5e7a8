"""The text of an offline inclusion proof (C2SP tlog-proof): index, hashes, checkpoint note verbatim."""

import re
from dataclasses import dataclass

from habeas.register.encoding import from_base64, to_base64
from habeas.register.hashing import HASH_LENGTH
from habeas.register.problems import RegisterError

_HEADER = "c2sp.org/tlog-proof@v1"
_INDEX = re.compile(r"index (0|[1-9][0-9]{0,18})")
GREATEST_PATH = 64


class ProofError(RegisterError):
    """The text is no tlog-proof."""


@dataclass(frozen=True, slots=True)
class TlogProof:
    """Leaf `index` is under the note `checkpoint`; `path` has its siblings, lowest first."""

    index: int
    path: tuple[bytes, ...]
    checkpoint: bytes


def proof_text(proof: TlogProof) -> str:
    """The text of the proof, as in a `.tlog-proof` file."""
    lines = [_HEADER, f"index {proof.index}", *map(to_base64, proof.path)]
    return "\n".join(lines) + "\n\n" + proof.checkpoint.decode("utf-8")


def parse_proof(text: str) -> TlogProof:
    """Read a proof. Raises ProofError for another form; the optional `extra` line is not accepted."""
    head, _, checkpoint = text.partition("\n\n")
    lines = head.split("\n")
    index = _INDEX.fullmatch(lines[1]) if len(lines) > 1 else None
    if lines[0] != _HEADER or index is None or len(lines) > 2 + GREATEST_PATH:
        raise ProofError("register.proof_broken")
    path = tuple(from_base64(line) or b"" for line in lines[2:])
    if any(len(item) != HASH_LENGTH for item in path):
        raise ProofError("register.proof_broken")
    return TlogProof(int(index[1]), path, checkpoint.encode("utf-8", "surrogatepass"))
