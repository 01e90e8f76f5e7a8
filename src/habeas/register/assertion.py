"""A signature of one's own on an entry: an officer's passkey (WebAuthn), or the key of a party's system (Ed25519).

The entry's leaf is signed by the party's key; an assertion is one field more, and says who of the party signed.
It is over the digests of all fields but those that nobody knows beforehand (`NOT_SIGNED`), so whoever has the
receipt of the entry can check it and need be shown nothing else. docs/decisions/0015-signatures-of-ones-own.md.
"""

import json
import re
from binascii import b2a_base64
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from habeas.register.canonical import Value, from_base64
from habeas.register.problems import RegisterError

PATH = "assertion"
NOT_SIGNED = frozenset({"version", "recorded_at", PATH})
"""Fields that are known only when the entry is written: its place among others, its moment, the assertion."""

WEBAUTHN, ED25519 = "webauthn", "ed25519"
USER_PRESENT, USER_VERIFIED, KEY_ATTACHED = 0x01, 0x04, 0x40
_DOMAIN = b"habeas/assertion/v1\n"
_SITE = re.compile(r"https?://([a-z0-9.-]{1,253})(:[0-9]{1,5})?")
ED25519_LENGTH, P256_LENGTH = 32, 65
_LONGEST_CLIENT_DATA = 2_000
_HEAD = 37  # hash of the site's name, flags, counter
_ID_AT = _HEAD + 18  # after the authenticator's model and the length of the credential's id
# The two keys that we take, as COSE writes them: CTAP2 allows one spelling only (section 8).
_COSE_P256 = re.compile(rb"\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20(.{32})\x22\x58\x20(.{32})", re.DOTALL)
_COSE_ED25519 = re.compile(rb"\xa4\x01\x01\x03\x27\x20\x06\x21\x58\x20(.{32})", re.DOTALL)


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A public key: 32 bytes of Ed25519 or an uncompressed point of P-256. `site` is the origin of the pages
    at which a passkey signs; a system's key has none."""

    public: bytes
    site: str | None = None

    @property
    def fingerprint(self) -> str:
        return sha256(self.public).hexdigest()

    def verifies(self, signature: bytes, signed: bytes) -> bool:
        """Whether this key made the signature. A key that is none made nothing."""
        try:
            if len(self.public) == ED25519_LENGTH:
                Ed25519PublicKey.from_public_bytes(self.public).verify(signature, signed)
            elif len(self.public) == P256_LENGTH:
                point = EllipticCurvePublicKey.from_encoded_point(SECP256R1(), self.public)
                point.verify(signature, signed, ECDSA(SHA256()))
            else:
                return False
        except (InvalidSignature, ValueError):
            return False
        return True


def signed_digest(origin: str, entry_id: bytes, digests: Iterable[bytes]) -> bytes:
    """What is signed: SHA-256 over domain, origin, the entry's id, and the digests of its fields but `NOT_SIGNED`."""
    return sha256(_DOMAIN + origin.encode("ascii") + b"\n" + entry_id + b"".join(sorted(digests))).digest()


def check_assertion(assertion: Value, digest: bytes, key: SigningKey) -> None:
    """Raises RegisterError unless the assertion is this key's over this digest, in the form that the key demands."""
    parts, site = _texts(assertion), key.site
    wanted = {"type", "key", "signature", *(("authenticator_data", "client_data") if site else ())}
    if parts.keys() != wanted or parts["type"] != (WEBAUTHN if site else ED25519):
        raise RegisterError("register.assertion_broken")
    if parts["key"] != key.fingerprint:
        raise RegisterError("register.assertion_other_key")
    signed = digest
    if site is not None:
        data, client_data = _bytes(parts["authenticator_data"]), _bytes(parts["client_data"])
        _check_answer("webauthn.get", data, client_data, challenge=digest, site=site)
        signed = data + sha256(client_data).digest()
    if not key.verifies(_bytes(parts["signature"]), signed):
        raise RegisterError("register.assertion_signature_wrong")


def new_passkey(authenticator_data: bytes, client_data: bytes, *, challenge: bytes, site: str) -> tuple[bytes, bytes]:
    """The id and the public key of a passkey that was just made at this site for this challenge.

    Raises RegisterError for an answer to something else, or a key of another sort than P-256 and Ed25519.
    """
    _check_answer("webauthn.create", authenticator_data, client_data, challenge=challenge, site=site)
    id_length = int.from_bytes(authenticator_data[_ID_AT - 2 : _ID_AT], "big")
    credential, cose = authenticator_data[_ID_AT : _ID_AT + id_length], authenticator_data[_ID_AT + id_length :]
    if not authenticator_data[_HEAD - 5] & KEY_ATTACHED or len(credential) != id_length or not credential:
        raise RegisterError("register.assertion_broken")
    if p256 := _COSE_P256.match(cose):
        return credential, b"\x04" + p256[1] + p256[2]
    if ed25519 := _COSE_ED25519.match(cose):
        return credential, ed25519[1]
    raise RegisterError("register.passkey_of_other_sort")


def site_name(site: str) -> str | None:
    """The name to which passkeys of a site are bound; None when this is no site that can have any."""
    match = _SITE.fullmatch(site)
    return match[1] if match else None


def base64url(data: bytes) -> str:
    """As WebAuthn writes bytes: URL-safe and without padding."""
    return b2a_base64(data, newline=False).decode("ascii").translate(_TO_URL).rstrip("=")


_TO_URL = str.maketrans("+/", "-_")


def _check_answer(kind: str, data: bytes, client_data: bytes, *, challenge: bytes, site: str) -> None:
    """Is this the answer of a passkey of this site to this challenge, by somebody whom it recognised?"""
    told = _client_data(client_data)
    if told.get("type") != kind or told.get("challenge") != base64url(challenge):
        raise RegisterError("register.assertion_other_challenge")
    name = site_name(site)
    is_here = name is not None and data[: _HEAD - 5] == sha256(name.encode("ascii")).digest()
    if not is_here or told.get("origin") != site or told.get("crossOrigin", False) is not False:
        raise RegisterError("register.assertion_other_site")
    verified = USER_PRESENT | USER_VERIFIED
    if len(data) < _HEAD or data[_HEAD - 5] & verified != verified:
        raise RegisterError("register.assertion_nobody_verified")


def _client_data(data: bytes) -> dict[str, object]:
    try:
        told = json.loads(data.decode("utf-8")) if len(data) <= _LONGEST_CLIENT_DATA else None
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict):
        raise RegisterError("register.assertion_broken")
    return told


def _texts(value: Value) -> dict[str, str]:
    texts = {name: text for name, text in value.items() if isinstance(text, str)} if isinstance(value, dict) else {}
    if not isinstance(value, dict) or texts.keys() != value.keys():
        raise RegisterError("register.assertion_broken")
    return texts


def _bytes(text: str) -> bytes:
    data = from_base64(text)
    if data is None:
        raise RegisterError("register.assertion_broken")
    return data
