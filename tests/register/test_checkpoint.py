"""A checkpoint has three lines and one spelling, and only the log signs it."""

import pytest

from habeas.register.checkpoint import (
    Checkpoint,
    checkpoint_text,
    parse_checkpoint,
    parse_signed_checkpoint,
    sign_checkpoint,
)
from habeas.register.note import is_signed_by
from habeas.register.problems import RegisterError
from habeas.register.tree import EMPTY_ROOT

from .example import LOG, ORIGIN, SENDER

TEXT = f"{ORIGIN}\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"


def test_the_checkpoint_of_an_empty_log_reads_as_published() -> None:
    checkpoint = Checkpoint(ORIGIN, 0, EMPTY_ROOT)
    assert checkpoint_text(checkpoint) == TEXT
    assert parse_checkpoint(TEXT) == checkpoint


def test_a_signed_checkpoint_comes_back_with_its_signature() -> None:
    signed = parse_signed_checkpoint(sign_checkpoint(Checkpoint(ORIGIN, 7, bytes(32)), LOG))
    assert signed.checkpoint == Checkpoint(ORIGIN, 7, bytes(32))
    assert is_signed_by(signed.note, LOG.verifier)


def test_only_a_key_with_the_name_of_the_log_signs() -> None:
    with pytest.raises(RegisterError) as refused:
        sign_checkpoint(Checkpoint(ORIGIN, 0, EMPTY_ROOT), SENDER)
    assert refused.value.problem.code == "register.checkpoint_other_name"


@pytest.mark.parametrize(
    "text",
    [
        "",
        TEXT[:-1],
        TEXT + "extension\n",
        TEXT.replace("\n0\n", "\n00\n"),
        TEXT.replace("\n0\n", "\n-1\n"),
        TEXT.replace("\n0\n", "\n+1\n"),
        TEXT.replace("\n0\n", "\n٣\n"),
        TEXT.replace("\n0\n", "\n" + "9" * 20 + "\n"),
        TEXT.replace("FU=", "FV="),
        TEXT.replace("FU=", ""),
        TEXT.replace("47DE", ""),
        TEXT.replace(ORIGIN, ""),
        TEXT.replace(ORIGIN, "two words"),
        TEXT.replace(ORIGIN, 'quote"'),
    ],
)
def test_a_text_that_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(RegisterError, match=r"register\.(checkpoint_(broken|size|root)|origin_broken)"):
        parse_checkpoint(text)


def test_bytes_that_are_no_note_are_no_checkpoint() -> None:
    with pytest.raises(RegisterError, match=r"register\.checkpoint_broken"):
        parse_signed_checkpoint(TEXT.encode())


@pytest.mark.parametrize(("size", "root"), [(-1, EMPTY_ROOT), (10**19, EMPTY_ROOT), (0, EMPTY_ROOT[1:])])
def test_a_checkpoint_of_no_possible_size_or_root_is_never_made(size: int, root: bytes) -> None:
    with pytest.raises(RegisterError, match=r"register\.checkpoint_broken"):
        Checkpoint(ORIGIN, size, root)
