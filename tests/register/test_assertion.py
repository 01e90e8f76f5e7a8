"""A signature of one's own holds for one entry, by one key, at one site, by somebody who was recognised."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from habeas.register.assertion import SigningKey, base64url, check_assertion, new_passkey, signed_digest, site_name
from habeas.register.canonical import Value, to_base64
from habeas.register.problems import RegisterError

from .passkey import CREDENTIAL, MADE, SITE, VERIFIED, Passkey, SystemKey, head, told

DIGEST = signed_digest("register.example/tartu", bytes(16), [bytes([1] * 32), bytes([2] * 32)])
PASSKEY, SYSTEM = Passkey(), SystemKey()


def fault(assertion: Value, key: SigningKey = PASSKEY.key, digest: bytes = DIGEST) -> str:
    with pytest.raises(RegisterError) as refused:
        check_assertion(assertion, digest, key)
    return refused.value.problem.code


def test_what_is_signed_depends_on_log_entry_and_fields_and_on_no_order() -> None:
    log, id, one, two = "register.example/tartu", bytes(16), bytes([1] * 32), bytes([2] * 32)
    assert signed_digest(log, id, [two, one]) == DIGEST
    assert DIGEST.hex() == "73bbf5a5845cf5683a395150ad1c50de7919748c10acbff2598a4e72586ff75e"
    others = {signed_digest("other", id, [one, two]), signed_digest(log, bytes(15) + b"1", [one, two])}
    others |= {signed_digest(log, id, [one]), signed_digest(log, id, [one, one])}
    assert len(others | {DIGEST}) == 5


def test_a_passkey_signs_a_digest() -> None:
    check_assertion(PASSKEY.assertion(DIGEST), DIGEST, PASSKEY.key)


def test_a_system_signs_a_digest() -> None:
    check_assertion(SYSTEM.assertion(DIGEST), DIGEST, SYSTEM.key)
    assert fault(SYSTEM.assertion(bytes(32)), SYSTEM.key) == "register.assertion_signature_wrong"


def test_a_passkey_may_be_ed25519() -> None:
    key = replace(SYSTEM.key, site=SITE)
    data, client = head("register.example", VERIFIED), told("webauthn.get", DIGEST)
    from hashlib import sha256

    assertion = {
        "type": "webauthn",
        "key": key.fingerprint,
        "authenticator_data": to_base64(data),
        "client_data": to_base64(client),
        "signature": to_base64(SYSTEM.sign(data + sha256(client).digest())),
    }
    check_assertion(assertion, DIGEST, key)


OTHER = Passkey(number=7)


@pytest.mark.parametrize(
    ("assertion", "code"),
    [
        (PASSKEY.assertion(bytes(32)), "other_challenge"),
        (PASSKEY.assertion(DIGEST, client_data=told("webauthn.create", DIGEST)), "other_challenge"),
        (replace(PASSKEY, name="other.example").assertion(DIGEST), "other_site"),
        (replace(PASSKEY, site="https://other.example").assertion(DIGEST), "other_site"),
        (PASSKEY.assertion(DIGEST, client_data=told("webauthn.get", DIGEST, crossOrigin=True)), "other_site"),
        (PASSKEY.assertion(DIGEST, flags=0x04), "nobody_verified"),
        (PASSKEY.assertion(DIGEST, flags=0x01), "nobody_verified"),
        (OTHER.assertion(DIGEST), "other_key"),
        ({**OTHER.assertion(DIGEST), "key": PASSKEY.key.fingerprint}, "signature_wrong"),
        ({**PASSKEY.assertion(DIGEST), "type": "ed25519"}, "broken"),
        ({**PASSKEY.assertion(DIGEST), "more": ""}, "broken"),
        ({**PASSKEY.assertion(DIGEST), "signature": 7}, "broken"),
        ({**PASSKEY.assertion(DIGEST), "signature": "no base64"}, "broken"),
        ({**PASSKEY.assertion(DIGEST), "signature": ""}, "signature_wrong"),
        (SYSTEM.assertion(DIGEST), "broken"),
        (PASSKEY.assertion(DIGEST, client_data=b"[" * 1_900), "broken"),
        (PASSKEY.assertion(DIGEST, client_data=b'"text"'), "broken"),
        (PASSKEY.assertion(DIGEST, client_data=b"\xff"), "broken"),
        (PASSKEY.assertion(DIGEST, client_data=told("webauthn.get", DIGEST) + b" " * 2_000), "broken"),
        ("text", "broken"),
        (None, "broken"),
    ],
)
def test_a_forged_assertion_is_refused_and_named(assertion: Value, code: str) -> None:
    assert fault(assertion) == f"register.assertion_{code}"


def test_cut_authenticator_data_is_refused() -> None:
    def cut(length: int) -> dict[str, Value]:
        whole: Mapping[str, Value] = PASSKEY.assertion(DIGEST)
        data = head("register.example", VERIFIED)[:length]
        return {**whole, "authenticator_data": to_base64(data)}

    assert {fault(cut(length)) for length in range(32)} == {"register.assertion_other_site"}
    assert {fault(cut(length)) for length in range(32, 37)} == {"register.assertion_nobody_verified"}


def test_a_key_that_is_none_verifies_nothing() -> None:
    signature = PASSKEY.sign(b"data")
    assert PASSKEY.key.verifies(signature, b"data")
    assert not SigningKey(b"\x04" + bytes(64)).verifies(signature, b"data")
    assert not SigningKey(b"short").verifies(signature, b"data")
    compressed = bytes([2 + PASSKEY.public[-1] % 2]) + PASSKEY.public[1:33]
    assert not SigningKey(compressed).verifies(signature, b"data")  # one key has one fingerprint


def test_only_pages_have_passkeys() -> None:
    assert site_name("http://localhost:8000") == "localhost"
    assert site_name(SITE) == "register.example"
    for other in (
        "",
        "register.example",
        "https://",
        "ftp://register.example",
        "https://a/b",
        "https://[",
        "https://é",
    ):
        assert site_name(other) is None
    key = replace(PASSKEY.key, site="nowhere")
    assert fault(PASSKEY.assertion(DIGEST, client_data=told("webauthn.get", DIGEST, "nowhere")), key).endswith("site")


CHALLENGE = b"a challenge of the server, drawn"
CREATED = told("webauthn.create", CHALLENGE)


def made(authenticator_data: bytes, client_data: bytes = CREATED) -> tuple[bytes, bytes]:
    return new_passkey(authenticator_data, client_data, challenge=CHALLENGE, site=SITE)


def test_a_new_passkey_of_either_sort_is_read() -> None:
    assert made(PASSKEY.made()) == (CREDENTIAL, PASSKEY.public)
    ed25519 = b"\xa4\x01\x01\x03\x27\x20\x06\x21\x58\x20" + SYSTEM.public
    assert made(PASSKEY.made(cose=ed25519)) == (CREDENTIAL, SYSTEM.public)
    assert made(PASSKEY.made() + b"\xa0") == (CREDENTIAL, PASSKEY.public)  # extensions come after


@pytest.mark.parametrize(
    ("authenticator_data", "client_data", "code"),
    [
        (PASSKEY.made(cose=b"\xa4\x01\x03\x03\x39\x01\x00"), CREATED, "passkey_of_other_sort"),  # RSA
        (PASSKEY.made()[:-1], CREATED, "passkey_of_other_sort"),
        (PASSKEY.made(flags=VERIFIED), CREATED, "assertion_broken"),
        (head("register.example", MADE), CREATED, "assertion_broken"),
        (PASSKEY.made()[:60], CREATED, "assertion_broken"),
        (PASSKEY.made(flags=0x41), CREATED, "assertion_nobody_verified"),
        (PASSKEY.made(), told("webauthn.get", CHALLENGE), "assertion_other_challenge"),
        (PASSKEY.made(), told("webauthn.create", b"other"), "assertion_other_challenge"),
        (PASSKEY.made(), told("webauthn.create", CHALLENGE, "https://other.example"), "assertion_other_site"),
    ],
)
def test_what_is_no_new_passkey_for_this_challenge_is_refused(
    authenticator_data: bytes, client_data: bytes, code: str
) -> None:
    with pytest.raises(RegisterError) as refused:
        made(authenticator_data, client_data)
    assert refused.value.problem.code == f"register.{code}"


def test_webauthn_writes_bytes_without_padding() -> None:
    assert base64url(b"\xfb\xff\xfe\x00") == "-__-AA"
