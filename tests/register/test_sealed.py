"""Sealed to a public key: the holder of the secret one opens, nobody else, and nothing that was changed."""

from __future__ import annotations

import pytest

from habeas.register.problems import RegisterError
from habeas.register.sealed import PUBLIC, SECRET, key_text, open_sealed, parse_key, public_of, seal

OURS, THEIRS, ONCE = bytes([1]) * 32, bytes([2]) * 32, bytes([3]) * 32
DATA = b"read at an invented moment"


def test_the_secret_key_opens_and_no_other_does() -> None:
    sealed = seal(DATA, public_of(OURS), once=ONCE)
    assert open_sealed(sealed, OURS) == DATA
    assert open_sealed(sealed, THEIRS) is None
    assert DATA not in sealed


@pytest.mark.parametrize("at", [0, 31, 32, 40, -1])
def test_what_was_changed_does_not_open(at: int) -> None:
    sealed = bytearray(seal(DATA, public_of(OURS), once=ONCE))
    sealed[at] ^= 1
    assert open_sealed(bytes(sealed), OURS) is None


@pytest.mark.parametrize("sealed", [b"", b"short", bytes(32), bytes(64)])
def test_what_was_never_sealed_does_not_open(sealed: bytes) -> None:
    assert open_sealed(sealed, OURS) is None


def test_two_sealings_have_nothing_in_common() -> None:
    one, other = (seal(DATA, public_of(OURS), once=bytes([number]) * 32) for number in (4, 5))
    assert not {one[at : at + 8] for at in range(len(one) - 8)} & {other[at : at + 8] for at in range(len(other) - 8)}


def test_a_key_says_which_of_the_two_it_is() -> None:
    public, secret = key_text(PUBLIC, public_of(OURS)), key_text(SECRET, OURS)
    assert (parse_key(PUBLIC, public), parse_key(SECRET, secret)) == (public_of(OURS), OURS)
    for prefix, text in (
        (PUBLIC, secret),
        (SECRET, public),
        (PUBLIC, PUBLIC + "AAAA"),
        (PUBLIC, ""),
        (PUBLIC, public + " "),
    ):
        with pytest.raises(RegisterError) as error:
            parse_key(prefix, text)
        assert text == "" or text not in str(error.value)
