"""A passkey as an authenticator keeps it, in software: it signs whatever a test tells it to."""

import json
from dataclasses import dataclass, field
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, derive_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from habeas.register.assertion import SigningKey, base64url
from habeas.register.canonical import Value, to_base64

SITE = "https://register.example"
VERIFIED, MADE = 0x05, 0x45
CREDENTIAL = b"an invented credential"


def told(kind: str, challenge: bytes, site: str = SITE, **more: object) -> bytes:
    """The client data that a browser makes."""
    return json.dumps(
        {"type": kind, "challenge": base64url(challenge), "origin": site, "crossOrigin": False, **more}
    ).encode()


def head(site_name: str, flags: int) -> bytes:
    return sha256(site_name.encode()).digest() + bytes([flags]) + (7).to_bytes(4, "big")


@dataclass(frozen=True)
class Passkey:
    """A key of P-256, from a number."""

    number: int = 1_234_567
    site: str = SITE
    name: str = field(default="register.example")

    @property
    def public(self) -> bytes:
        key = derive_private_key(self.number, SECP256R1()).public_key()
        return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    @property
    def cose(self) -> bytes:
        return b"\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20" + self.public[1:33] + b"\x22\x58\x20" + self.public[33:]

    @property
    def key(self) -> SigningKey:
        return SigningKey(self.public, self.site)

    def sign(self, data: bytes) -> bytes:
        return derive_private_key(self.number, SECP256R1()).sign(data, ECDSA(SHA256()))

    def assertion(self, digest: bytes, *, flags: int = VERIFIED, client_data: bytes | None = None) -> dict[str, Value]:
        """What the browser hands over when this passkey signs a digest, as an entry keeps it."""
        data, client = head(self.name, flags), client_data or told("webauthn.get", digest, self.site)
        return {
            "type": "webauthn",
            "key": self.key.fingerprint,
            "authenticator_data": to_base64(data),
            "client_data": to_base64(client),
            "signature": to_base64(self.sign(data + sha256(client).digest())),
        }

    def made(self, *, flags: int = MADE, cose: bytes | None = None) -> bytes:
        """The authenticator data of its registration."""
        id = len(CREDENTIAL).to_bytes(2, "big") + CREDENTIAL
        return head(self.name, flags) + bytes(16) + id + (cose or self.cose)


@dataclass(frozen=True)
class SystemKey:
    """The Ed25519 key of a party's system."""

    seed: bytes = sha256(b"seed of a system").digest()

    @property
    def public(self) -> bytes:
        return Ed25519PrivateKey.from_private_bytes(self.seed).public_key().public_bytes_raw()

    @property
    def key(self) -> SigningKey:
        return SigningKey(self.public)

    def sign(self, data: bytes) -> bytes:
        return Ed25519PrivateKey.from_private_bytes(self.seed).sign(data)

    def assertion(self, digest: bytes) -> dict[str, Value]:
        return {"type": "ed25519", "key": self.key.fingerprint, "signature": to_base64(self.sign(digest))}
