"""Sealed to a public key: anybody can seal, only the holder of the secret key can open.

A key of one use (X25519, RFC 7748) meets the public key; HKDF-SHA-256 (RFC 5869) makes of both the key for
ChaCha20-Poly1305 (RFC 8439). As that key seals once, its nonce is zero. Sealed: 32 bytes of the public half, then the
ciphertext.
"""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from habeas.register.canonical import from_base64, to_base64
from habeas.register.problems import RegisterError

KEY_LENGTH = 32
PUBLIC, SECRET = "habeas-readings-public-1:", "habeas-readings-secret-1:"
_ONCE = bytes(12)


def public_of(secret: bytes) -> bytes:
    """The public key of a secret one."""
    return X25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()


def seal(data: bytes, public: bytes, *, once: bytes) -> bytes:
    """`once` are 32 random bytes that are never used again. Raises ValueError for a public key of low order."""
    key = X25519PrivateKey.from_private_bytes(once)
    half = public_of(once)
    shared = key.exchange(X25519PublicKey.from_public_bytes(public))
    return half + _cipher(shared, half, public).encrypt(_ONCE, data, None)


def open_sealed(sealed: bytes, secret: bytes) -> bytes | None:
    """What was sealed to the public key of this secret one; None when it was sealed to another, or changed."""
    half = sealed[:KEY_LENGTH]
    try:
        shared = X25519PrivateKey.from_private_bytes(secret).exchange(X25519PublicKey.from_public_bytes(half))
        return _cipher(shared, half, public_of(secret)).decrypt(_ONCE, sealed[KEY_LENGTH:], None)
    except (InvalidTag, ValueError):
        return None


def key_text(prefix: str, key: bytes) -> str:
    """A key as one line that says which of the two it is."""
    return prefix + to_base64(key)


def parse_key(prefix: str, text: str) -> bytes:
    """The key that `key_text` wrote. Raises RegisterError; no part of the text is in the error."""
    key = from_base64(text.removeprefix(prefix)) if text.startswith(prefix) else None
    if key is None or len(key) != KEY_LENGTH:
        raise RegisterError("register.reading_key_broken")
    return key


def _cipher(shared: bytes, half: bytes, public: bytes) -> ChaCha20Poly1305:
    derived = HKDF(SHA256(), KEY_LENGTH, salt=None, info=b"habeas readings 1" + half + public).derive(shared)
    return ChaCha20Poly1305(derived)
