"""Notes are C2SP signed notes: a published key and signature come out byte for byte, and nothing loose is
read.
"""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from habeas.register.note import Signer, VerifierKey, is_signed_by, parse_note, parse_private_key, parse_vkey, sign_note
from habeas.register.problems import RegisterError

# The example of golang.org/x/mod/sumdb/note (BSD-3-Clause), an implementation that is not ours.
SKEY = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
SIGNATURE = (
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
ALICE = Signer("alice.example", bytes([1]) * 32)
BOB = Signer("bob.example", bytes([2]) * 32)


def test_a_published_key_and_note_come_out_byte_for_byte() -> None:
    signer = parse_private_key(SKEY)
    assert (signer.private_text, signer.verifier.text) == (SKEY, VKEY)
    assert sign_note(TEXT, [signer]).decode() == TEXT + "\n" + SIGNATURE


def test_a_published_note_verifies() -> None:
    note = parse_note((TEXT + "\n" + SIGNATURE).encode())
    assert note.text == TEXT
    assert is_signed_by(note, parse_vkey(VKEY))


def test_a_signature_of_an_unknown_key_is_ignored() -> None:
    note = parse_note(sign_note(TEXT, [ALICE, BOB]))
    assert is_signed_by(note, ALICE.verifier)
    assert is_signed_by(note, BOB.verifier)
    assert not is_signed_by(note, parse_vkey(VKEY))


def test_a_bad_signature_of_a_known_key_refuses_the_note() -> None:
    signed = sign_note("one\n", [ALICE]).decode()
    forged = parse_note(signed.replace("one", "two").encode())
    with pytest.raises(RegisterError) as refused:
        is_signed_by(forged, ALICE.verifier)
    assert refused.value.problem.code == "register.note_signature_wrong"
    assert not is_signed_by(forged, BOB.verifier)


def test_a_text_with_blank_lines_is_split_at_the_last_one() -> None:
    assert parse_note(sign_note("a\n\nb\n", [ALICE])).text == "a\n\nb\n"


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_a_note_with_one_byte_changed_is_not_signed(place: int, change: int) -> None:
    data = bytearray(sign_note(TEXT, [ALICE]))
    data[place % len(data)] ^= change
    with contextlib.suppress(RegisterError):
        assert not is_signed_by(parse_note(bytes(data)), ALICE.verifier)


LINE = sign_note("t\n", [ALICE]).decode().splitlines()[-1]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"text\n",
        b"text\n\n",
        f"text\n{LINE}\n".encode(),
        f"text\n\n{LINE}".encode(),
        f"\n\n{LINE}\n".encode(),
        f"te\txt\n\n{LINE}\n".encode(),
        b"te\xffxt\n\n" + f"{LINE}\n".encode(),
        f"text\n\n{LINE[2:]}\n".encode(),
        f"text\n\n{LINE}=\n".encode(),
        f"text\n\n{LINE[:-5]}\n".encode(),
        "text\n\n— alice.example AAAA\n".encode(),
        "text\n\n— al+ice AAAAAAAA\n".encode(),
        ("text\n\n" + f"{LINE}\n" * 101).encode(),
        b"x" * 1_000_001,
    ],
)
def test_bytes_that_are_no_note_are_refused(data: bytes) -> None:
    with pytest.raises(RegisterError, match=r"register\.(note|name)_broken"):
        parse_note(data)


@pytest.mark.parametrize("text", ["", "\n", "no newline", "control\x01\n"])
def test_a_text_that_can_not_stand_in_a_note_is_not_signed(text: str) -> None:
    with pytest.raises(RegisterError, match=r"register\.note_broken"):
        sign_note(text, [ALICE])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "PeterNeumann",
        VKEY[:-1],
        VKEY.replace("c74f20a3", "c74f20a4"),
        VKEY.replace("c74f20a3", "C74F20A3"),
        VKEY.replace("Peter", "Piotr"),
        VKEY.replace("PeterNeumann", ""),
        VKEY.replace("PeterNeumann", "Peter Neumann"),
        VKEY.replace("+AR", "+BB"),
        VKEY + "\n",
        "n" * 201 + VKEY,
    ],
)
def test_a_text_that_is_no_vkey_is_refused(text: str) -> None:
    with pytest.raises(RegisterError, match=r"register\.(vkey|name)_broken"):
        parse_vkey(text)


@pytest.mark.parametrize(
    "text", ["", SKEY[:-1], SKEY.replace("c74f20a3", "00000000"), SKEY.replace("PRIVATE", "PUBLIC"), SKEY + "AAAA"]
)
def test_a_text_that_is_no_private_key_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(RegisterError) as refused:
        parse_private_key(text)
    assert str(refused.value) == "('register.private_key_broken', {})"


def test_a_secret_is_not_shown_when_a_signer_is_printed() -> None:
    secret = parse_private_key(SKEY)
    assert repr(secret.seed) not in repr(secret)


def test_keys_of_another_length_are_refused() -> None:
    with pytest.raises(RegisterError, match=r"register\.private_key_broken"):
        Signer("alice.example", b"short")
    with pytest.raises(RegisterError, match=r"register\.vkey_broken"):
        VerifierKey("alice.example", b"short")
