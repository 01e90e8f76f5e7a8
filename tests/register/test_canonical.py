"""One value has one spelling; whatever has two, or none, is refused."""

import json

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from habeas.register.canonical import GREATEST_INTEGER, Limits, decode, encode
from habeas.register.problems import RegisterError

KEYS = st.text(st.characters(max_codepoint=127), max_size=8)
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-GREATEST_INTEGER, GREATEST_INTEGER)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
)
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=12
)
DEEP = Limits(length=60_000, depth=100)


@given(VALUES)
def test_our_spelling_is_that_of_rfc_8785(value: object) -> None:
    assert encode(value, DEEP) == rfc8785.dumps(value)


@given(VALUES)
def test_what_was_encoded_comes_back(value: object) -> None:
    assert decode(encode(value, DEEP), DEEP) == value


@given(VALUES, st.integers(0, 10_000), st.integers(1, 255))
def test_a_changed_byte_is_refused_or_spells_another_value(value: object, place: int, change: int) -> None:
    data = bytearray(encode(value, DEEP))
    data[place % len(data)] ^= change
    try:
        other = decode(bytes(data), DEEP)
    except RegisterError:
        return
    assert encode(other, DEEP) == bytes(data)


@given(st.binary(max_size=40))
def test_any_bytes_are_decoded_or_refused(data: bytes) -> None:
    try:
        value = decode(data)
    except RegisterError:
        return
    assert encode(value) == data


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (1.5, "register.json_kind"),
        (float("nan"), "register.json_kind"),
        ((1, 2), "register.json_kind"),
        (b"bytes", "register.json_kind"),
        ({"é": 1}, "register.json_key"),
        ({1: 1}, "register.json_key"),
        ("\ud800", "register.json_text"),
        ({"\x7f": "\udfff"}, "register.json_text"),
        (GREATEST_INTEGER + 1, "register.json_integer"),
        (-GREATEST_INTEGER - 1, "register.json_integer"),
        ("x" * 60_000, "register.json_long"),
        ([[[[[[[[[]]]]]]]]], "register.json_deep"),
    ],
)
def test_a_value_outside_the_value_space_is_refused(value: object, code: str) -> None:
    with pytest.raises(RegisterError) as refused:
        encode(value)
    assert refused.value.problem.code == code


def test_eight_levels_are_allowed() -> None:
    assert decode(encode([[[[[[[[]]]]]]]])) == [[[[[[[[]]]]]]]]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b'{"a":1,"a":1}', "register.json_duplicate_key"),
        (b'{"b":1,"a":1}', "register.json_second_spelling"),
        (b'{"a": 1}', "register.json_second_spelling"),
        (b'"\\u0061"', "register.json_second_spelling"),
        (b"-0", "register.json_second_spelling"),
        (b"1.0", "register.json_kind"),
        (b"1e3", "register.json_kind"),
        (b"NaN", "register.json_kind"),
        (b"1" + b"0" * 5_000, "register.json_broken"),
        (b"9007199254740992", "register.json_integer"),
        (b'"\\ud800"', "register.json_text"),
        (b'"\xff"', "register.json_broken"),
        (b"\xef\xbb\xbf1", "register.json_broken"),
        (b"[" * 50_000, "register.json_broken"),
        (b"", "register.json_broken"),
        (b"1\n", "register.json_second_spelling"),
        (json.dumps("x" * 60_000).encode(), "register.json_long"),
    ],
)
def test_bytes_that_are_not_canonical_are_refused(data: bytes, code: str) -> None:
    with pytest.raises(RegisterError) as refused:
        decode(data)
    assert refused.value.problem.code == code
