"""Signed notes (C2SP signed-note v1.0.0): a text, a blank line, signature lines. Ed25519 keys only: of those who sign
the text itself (type 01), and of witnesses, who sign it with the time at which they saw it (type 04, `cosignature`).

A key is named and written as one line: `name+keyid+base64` for whoever verifies,
`PRIVATE+KEY+name+keyid+base64` for whoever signs. Signature lines by keys that the reader does not know are
ignored; a bad signature by a known key refuses the whole note.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from habeas.register.canonical import from_base64, to_base64
from habeas.register.problems import RegisterError

ED25519 = b"\x01"
COSIGNER = b"\x04"
KEY_LENGTH = 32
KEY_ID_LENGTH = 4
GREATEST_NOTE = 1_000_000
GREATEST_SIGNATURES = 100
GREATEST_NAME = 200
SIGNATURE_MARK = "\N{EM DASH} "


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A named public key. `text` is its one line (vkey); leaves name it by `fingerprint`, its SHA-256."""

    name: str
    public: bytes
    algorithm: bytes = ED25519
    key_id: bytes = field(init=False)
    fingerprint: bytes = field(init=False, repr=False)
    _key: Ed25519PublicKey = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        check_name(self.name)
        if len(self.public) != KEY_LENGTH:
            raise RegisterError("register.vkey_broken")
        named = self.name.encode("utf-8") + b"\n" + self.algorithm + self.public
        object.__setattr__(self, "key_id", sha256(named).digest()[:KEY_ID_LENGTH])
        object.__setattr__(self, "fingerprint", sha256(self.text.encode("utf-8")).digest())
        object.__setattr__(self, "_key", Ed25519PublicKey.from_public_bytes(self.public))

    @property
    def text(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{to_base64(self.algorithm + self.public)}"

    def verifies(self, signature: bytes, message: bytes) -> bool:
        try:
            self._key.verify(signature, message)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True)
class Signer:
    """A named private key, made from 32 secret bytes that the caller drew."""

    name: str
    seed: bytes = field(repr=False)
    algorithm: bytes = ED25519
    verifier: VerifierKey = field(init=False, compare=False)
    _key: Ed25519PrivateKey = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if len(self.seed) != KEY_LENGTH:
            raise RegisterError("register.private_key_broken")
        key = Ed25519PrivateKey.from_private_bytes(self.seed)
        object.__setattr__(self, "_key", key)
        object.__setattr__(
            self, "verifier", VerifierKey(self.name, key.public_key().public_bytes_raw(), self.algorithm)
        )

    @property
    def private_text(self) -> str:
        """The private key's one line. A secret."""
        return f"PRIVATE+KEY+{self.name}+{self.verifier.key_id.hex()}+{to_base64(self.algorithm + self.seed)}"

    def sign(self, message: bytes) -> bytes:
        """The Ed25519 signature, 64 bytes; the same message always gives the same one."""
        return self._key.sign(message)


@dataclass(frozen=True, slots=True)
class NoteSignature:
    """One signature line: who, which key, and the signature itself (not yet checked)."""

    name: str
    key_id: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Note:
    """A parsed note; nothing in it is verified."""

    text: str
    signatures: tuple[NoteSignature, ...]


def parse_vkey(text: str, algorithm: bytes = ED25519) -> VerifierKey:
    """Read `name+keyid+base64`. Raises RegisterError for another form, kind of key, or id."""
    key = VerifierKey(*_named_key(text, algorithm, parts=3, otherwise="register.vkey_broken"))
    if key.text != text:
        raise RegisterError("register.vkey_broken")
    return key


def parse_private_key(text: str, algorithm: bytes = ED25519) -> Signer:
    """Read `PRIVATE+KEY+name+keyid+base64`. Raises RegisterError; no part of the secret is in the error."""
    signer = Signer(*_named_key(text, algorithm, parts=5, otherwise="register.private_key_broken"))
    if signer.private_text != text:
        raise RegisterError("register.private_key_broken")
    return signer


def sign_note(text: str, signers: Sequence[Signer]) -> bytes:
    """The note with one signature line for each signer. Raises RegisterError for a text of another form."""
    _check_text(text)
    lines = (signature_line(each.verifier, each.sign(text.encode("utf-8"))) for each in signers)
    return (text + "\n" + "".join(lines)).encode("utf-8")


def signature_line(key: VerifierKey, signature: bytes) -> str:
    """One line of a note, with its newline."""
    return f"{SIGNATURE_MARK}{key.name} {to_base64(key.key_id + signature)}\n"


def parse_note(data: bytes) -> Note:
    """Split a note into its text and its signature lines. Raises RegisterError; verifies nothing."""
    try:
        whole = data.decode("utf-8")
    except UnicodeDecodeError:
        raise RegisterError("register.note_broken") from None
    text, _, rest = whole.rpartition("\n\n")
    lines = rest.split("\n")
    if len(data) > GREATEST_NOTE or lines.pop() or not 0 < len(lines) <= GREATEST_SIGNATURES:
        raise RegisterError("register.note_broken")
    _check_text(text + "\n")
    return Note(text + "\n", tuple(map(_parse_signature, lines)))


def is_signed_by(note: Note, key: VerifierKey) -> bool:
    """Whether the note carries a signature by this key. Raises RegisterError if it carries a wrong one."""
    found = signatures_by(note, key)
    if not all(key.verifies(each, note.text.encode("utf-8")) for each in found):
        raise RegisterError("register.note_signature_wrong", name=key.name)
    return bool(found)


def signatures_by(note: Note, key: VerifierKey) -> list[bytes]:
    """What stands on the note under this key, not yet checked."""
    return [each.signature for each in note.signatures if (each.name, each.key_id) == (key.name, key.key_id)]


def _named_key(text: str, algorithm: bytes, *, parts: int, otherwise: str) -> tuple[str, bytes, bytes]:
    """The name, the 32 bytes and the algorithm of a key that is written in so many parts."""
    found = text.split("+", parts - 1)
    data = from_base64(found[-1]) or b""
    if len(found) != parts or data[:1] != algorithm or len(data) != 1 + KEY_LENGTH:
        raise RegisterError(otherwise)
    return found[-3], data[1:], algorithm


def check_name(name: str) -> None:
    """Raise RegisterError unless this may name a key: printable, no spaces, no plus sign, 1 to 200 characters."""
    spaced = any(unicodedata.category(character).startswith("Z") for character in name)
    if not 0 < len(name) <= GREATEST_NAME or not name.isprintable() or "+" in name or spaced:
        raise RegisterError("register.name_broken")


def _check_text(text: str) -> None:
    has_control = any(character < " " for character in text.replace("\n", ""))
    # A text of one empty line can't be told from the blank line that follows it.
    if has_control or not text.endswith("\n") or text == "\n":
        raise RegisterError("register.note_broken")


def _parse_signature(line: str) -> NoteSignature:
    name, _, encoded = line.removeprefix(SIGNATURE_MARK).partition(" ")
    data = from_base64(encoded)
    if not line.startswith(SIGNATURE_MARK) or data is None or len(data) <= KEY_ID_LENGTH:
        raise RegisterError("register.note_broken")
    check_name(name)
    return NoteSignature(name, data[:KEY_ID_LENGTH], data[KEY_ID_LENGTH:])
