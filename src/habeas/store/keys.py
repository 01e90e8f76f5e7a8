"""Secret keys as files, outside the database and its backups.

A key is on the disk before the entry that needs it can commit. A key that is gone is an error that names it:
a new one would hide that what it protected can't be read any more.
"""

import hmac
import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote, unquote

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from habeas.register.files import sync_folder, write_file
from habeas.register.note import Signer, VerifierKey, parse_private_key
from habeas.register.problems import RegisterError

KEY_LENGTH = 32
NONCE_LENGTH = 12


class KeyLost(Exception):
    """The key with this id is not in the key folder, so what it protects can't be read or signed."""

    def __init__(self, key_id: str) -> None:
        super().__init__(f"the key {key_id} is not in the key folder: restore it from its backup")
        self.key_id = key_id


class KeyDamaged(Exception):
    """A key file does not hold the key that was written into it: it was cut short, or changed."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"the key file {path} is damaged: restore it from its backup")
        self.path = path


class SealBroken(Exception):
    """What is stored does not open with its key: it, or what it is bound to, was changed. `code` is of the sentence
    that says what it is; it is, or belongs to, this `entry`, if to any."""

    def __init__(self, code: str, entry: str = "") -> None:
        super().__init__(code, entry)
        self.code, self.entry = code, entry


class EndChanged(SealBroken):
    """Where the register, or the chain of a key, is said to end, it does not: nothing is signed on from there until
    `habeas rebuild` has put that right from the leaves."""

    def __init__(self) -> None:
        super().__init__("server.end_changed")


class KeyFolder:
    """All keys of one register. Safe to share between threads; every key is read from the disk once. `opened` are
    secret keys at hand that lie on no disk: a monitor opens with them what is wrapped for it."""

    def __init__(self, folder: Path, opened: Mapping[str, bytes] | None = None) -> None:
        self._folder = folder
        self._ciphers = {name: AESGCM(key) for name, key in (opened or {}).items() if len(key) == KEY_LENGTH}
        self._signers: dict[str, Signer] = {}

    def seal(self, key_id: str, data: bytes, bound_to: bytes) -> bytes:
        """Encrypt, and bind the result to what stands beside it in clear. Raises KeyLost or KeyDamaged."""
        nonce = os.urandom(NONCE_LENGTH)
        return nonce + self._cipher(key_id).encrypt(nonce, data, bound_to)

    def open(self, key_id: str, sealed: bytes, bound_to: bytes, broken: "SealBroken") -> bytes:
        """What `seal` was given. Raises KeyLost, KeyDamaged, or `broken` when anything was changed."""
        try:
            return self._cipher(key_id).decrypt(sealed[:NONCE_LENGTH], sealed[NONCE_LENGTH:], bound_to)
        except (InvalidTag, ValueError):  # changed, or cut so short that it could never have been sealed
            raise broken from None

    def secret(self, key_id: str) -> bytes:
        """A secret key itself, for a hash that nobody can try without it. Raises KeyLost."""
        return self._read("secret", key_id)

    def create(self, key_id: str) -> None:
        """Make the secret key with this id, unless there is one. It is on the disk when this returns.

        One that is already there was left by an entry that did not commit: nothing else is sealed under it.
        """
        if not self._path("secret", key_id).exists():
            self._write("secret", key_id, secrets.token_bytes(KEY_LENGTH))

    def ids(self, prefix: str) -> list[str]:
        """The ids of the secret keys at hand that begin so."""
        found = (unquote(each.stem) for each in (self._folder / "secret").glob("*.key"))
        return [each for each in found if each.startswith(prefix)]

    def is_whole(self, key_id: str) -> bool:
        """Whether the secret key lies on the disk as it was written, as far as its length tells."""
        path = self._path("secret", key_id)
        return path.exists() and path.stat().st_size == KEY_LENGTH

    def destroy(self, key_id: str) -> bool:
        """Overwrite and remove a secret key, in memory too; whether it was there. What it sealed is lost."""
        self._ciphers.pop(key_id, None)
        return self.shred(self._path("secret", key_id))

    @staticmethod
    def shred(path: Path) -> bool:
        """Overwrite a file, down to the disk, and remove it with its name; whether it was there. A disk that writes
        elsewhere, and a backup, may still hold what it was (docs/explanation/erasure.md)."""
        if not path.exists():
            return False
        with path.open("r+b") as file:
            file.write(secrets.token_bytes(path.stat().st_size))
            file.flush()
            os.fsync(file.fileno())
        path.unlink()
        sync_folder(path.parent)
        return True

    def spend(self, name: str) -> bool:
        """Note that what can be used once was used; whether nobody had used it before. It is on the disk when this
        returns, beside the keys, where nobody who only holds the database takes it back."""
        path = self._folder / "spent" / name
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with suppress(FileExistsError):
            path.touch(mode=0o600, exist_ok=False)
            sync_folder(path.parent)
            return True
        return False

    def create_signer(self, name: str) -> VerifierKey:
        """Make a signing key; its public half. It is on the disk when this returns."""
        signer = Signer(name, secrets.token_bytes(KEY_LENGTH))
        self._write("signing", signer.verifier.fingerprint.hex(), signer.private_text.encode("utf-8"))
        return signer.verifier

    def signer(self, fingerprint: str) -> Signer:
        """The signing key with this fingerprint (hexadecimal). Raises KeyLost or KeyDamaged."""
        if fingerprint not in self._signers:
            try:
                signer = parse_private_key(self._read("signing", fingerprint).decode("utf-8"))
            except (UnicodeDecodeError, RegisterError):
                raise KeyDamaged(self._path("signing", fingerprint)) from None
            self._signers[fingerprint] = signer
        return self._signers[fingerprint]

    def _cipher(self, key_id: str) -> AESGCM:
        if key_id not in self._ciphers:
            key = self._read("secret", key_id)
            if len(key) != KEY_LENGTH:
                raise KeyDamaged(self._path("secret", key_id))
            self._ciphers[key_id] = AESGCM(key)
        return self._ciphers[key_id]

    def _read(self, kind: str, key_id: str) -> bytes:
        try:
            return self._path(kind, key_id).read_bytes()
        except FileNotFoundError:
            raise KeyLost(key_id) from None

    def _write(self, kind: str, key_id: str, data: bytes) -> None:
        """Put a key in place whole, for the owner's eyes only, and down to the disk with its name."""
        path = self._path(kind, key_id)
        write_file(path.parent, path.name, data, mode=0o700)

    def _path(self, kind: str, key_id: str) -> Path:
        return self._folder / kind / f"{quote(key_id, safe='')}.key"


def forget_ciphers() -> None:
    """Read every key from the disk again: one may have been destroyed."""
    _opened.cache_clear()


def key_folder() -> KeyFolder:
    return _opened(settings.HABEAS_DATA)


def keyed_hash(key_id: str, text: str) -> str:
    """A hash in hexadecimal that nobody can make or try without the secret key with this id, which is made now if there
    is none."""
    keys = key_folder()
    keys.create(key_id)
    return hmac.new(keys.secret(key_id), text.encode("utf-8"), sha256).hexdigest()


@cache
def _opened(data: Path) -> KeyFolder:
    return KeyFolder(data / "keys")
