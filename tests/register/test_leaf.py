"""Leaf v1 is final: the golden file holds it to the byte, and nothing but its one form is read."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from habeas.register.canonical import encode
from habeas.register.fields import Field, disclose, field_digest, fields_digest
from habeas.register.leaf import GREATEST_COUNTER, NO_PREVIOUS, make_leaf, parse_leaf, verify_leaf_signature
from habeas.register.problems import RegisterError
from habeas.register.tree import leaf_hash

from .example import LOG, ORIGIN, RECEIVER, SENDER, drawn, example_log

GOLDEN = Path(__file__).parent / "golden_leaves.jsonl"
LEAF = example_log(5).leaves[3]


def test_leaf_v1_has_not_changed_by_a_byte() -> None:
    log = example_log(7)
    golden = [json.loads(line) for line in GOLDEN.read_text(encoding="utf-8").splitlines()]
    assert [row["leaf"] for row in golden] == [leaf.decode("ascii") for leaf in log.leaves]
    assert [row["hash"] for row in golden] == [leaf_hash(leaf).hex() for leaf in log.leaves]
    digests = [[field_digest(item).hex() for item in fields] for fields in log.fields]
    assert [row["digests"] for row in golden] == digests


@given(
    st.binary(min_size=16, max_size=16),
    st.integers(0, GREATEST_COUNTER),
    st.binary(min_size=32, max_size=32),
    st.binary(min_size=32, max_size=32),
)
def test_every_leaf_of_a_log_has_the_same_length_and_comes_back(
    entry_id: bytes, counter: int, previous: bytes, fields: bytes
) -> None:
    data = make_leaf(ORIGIN, SENDER, entry_id=entry_id, counter=counter, previous=previous, fields=fields)
    assert len(data) == len(LEAF)
    leaf = parse_leaf(data)
    assert (leaf.origin, leaf.entry_id, leaf.counter) == (ORIGIN, entry_id, counter)
    assert (leaf.previous, leaf.fields, leaf.key) == (previous, fields, SENDER.verifier.fingerprint)
    assert verify_leaf_signature(leaf, SENDER.verifier)
    assert not verify_leaf_signature(leaf, RECEIVER.verifier)


def test_the_signature_is_over_the_domain_and_the_leaf_without_its_signatures() -> None:
    members = json.loads(LEAF)
    del members["sigs"]
    assert parse_leaf(LEAF).signed == f"{ORIGIN}/entry/v1\n".encode() + encode(members)


@given(st.integers(0, len(LEAF) - 1), st.integers(1, 255))
def test_a_leaf_with_one_byte_changed_is_refused_or_not_signed(place: int, change: int) -> None:
    data = bytearray(LEAF)
    data[place] ^= change
    try:
        leaf = parse_leaf(bytes(data))
    except RegisterError:
        return
    assert not verify_leaf_signature(leaf, parse_signer(LEAF))


def parse_signer(data: bytes) -> object:
    fingerprint = parse_leaf(data).key
    return next(key.verifier for key in (LOG, SENDER, RECEIVER) if key.verifier.fingerprint == fingerprint)


def changed(**members: object) -> bytes:
    return encode({**json.loads(LEAF), **members})


@pytest.mark.parametrize(
    ("data", "code", "member"),
    [
        (b"", "register.leaf_not_canonical", None),
        (LEAF + b"\n", "register.leaf_not_canonical", None),
        (LEAF.replace(b'"v":1', b'"v": 1'), "register.leaf_not_canonical", None),
        (b"[]", "register.leaf_members", None),
        (b"{}", "register.leaf_members", None),
        (changed(extra=1), "register.leaf_members", None),
        (changed(v=2), "register.leaf_version", None),
        (changed(v=True), "register.leaf_version", None),
        (changed(v="1"), "register.leaf_version", None),
        (changed(fields="A" * 64), "register.leaf_member", "fields"),
        (changed(id="a" * 33), "register.leaf_member", "id"),
        (changed(key=None), "register.leaf_member", "key"),
        (changed(log=""), "register.leaf_member", "log"),
        (changed(n=1), "register.leaf_member", "n"),
        (changed(n="٣" * 16), "register.leaf_member", "n"),
        (changed(prev="a" * 64 + "\n"), "register.leaf_member", "prev"),
        (changed(sigs=[]), "register.leaf_member", "sigs"),
        (changed(sigs="A" * 86 + "=="), "register.leaf_member", "sigs"),
        (changed(sigs=["A" * 86 + "=="] * 2), "register.leaf_member", "sigs"),
        (changed(sigs=["A" * 85 + "B=="]), "register.leaf_member", "sigs"),
    ],
)
def test_bytes_that_are_no_leaf_are_refused_with_the_reason(data: bytes, code: str, member: str | None) -> None:
    with pytest.raises(RegisterError) as refused:
        parse_leaf(data)
    assert (refused.value.problem.code, refused.value.problem.parameters.get("member")) == (code, member)


@pytest.mark.parametrize(
    "parts",
    [
        {"entry_id": bytes(15)},
        {"previous": bytes(31)},
        {"fields": bytes(33)},
        {"counter": -1},
        {"counter": GREATEST_COUNTER + 1},
    ],
)
def test_a_leaf_is_not_made_from_parts_of_another_size(parts: dict[str, object]) -> None:
    whole = {"entry_id": bytes(16), "counter": 0, "previous": NO_PREVIOUS, "fields": bytes(32)}
    with pytest.raises(RegisterError, match=r"register\.leaf_parts"):
        make_leaf(ORIGIN, SENDER, **{**whole, **parts})


def test_a_leaf_is_not_made_for_a_log_without_a_usable_name() -> None:
    with pytest.raises(RegisterError, match=r"register\.origin_broken"):
        make_leaf('a"b', SENDER, entry_id=bytes(16), counter=0, previous=NO_PREVIOUS, fields=bytes(32))


NAME = Field("body.name", "Alice Example", drawn("salt", 1))
DAY = Field("body.day", 3, drawn("salt", 2))


def test_the_fields_digest_does_not_depend_on_the_order() -> None:
    digests = [field_digest(NAME), field_digest(DAY)]
    assert fields_digest(digests) == fields_digest(reversed(digests))


def test_a_digest_says_nothing_without_its_salt() -> None:
    other = Field(NAME.path, NAME.value, drawn("salt", 3))
    assert field_digest(other) != field_digest(NAME)
    assert "salt" not in repr(NAME)


@pytest.mark.parametrize(
    "item",
    [Field("a", 1, b"short"), Field("", 1, bytes(32)), Field("two words", 1, bytes(32)), Field("é", 1, bytes(32))],
)
def test_a_field_of_another_form_has_no_digest(item: Field) -> None:
    with pytest.raises(RegisterError, match=r"register\.(salt|path)_broken"):
        field_digest(item)


@pytest.mark.parametrize("digests", [[], [bytes(31)], [bytes(32), bytes(32)]])
def test_a_set_of_digests_that_is_none_has_no_digest(digests: list[bytes]) -> None:
    with pytest.raises(RegisterError, match=r"register\.digests_broken"):
        fields_digest(digests)


def test_only_what_is_there_once_can_be_disclosed() -> None:
    assert disclose([NAME, DAY], ["body.day"]).disclosed == (DAY,)
    with pytest.raises(RegisterError, match=r"register\.paths_broken"):
        disclose([NAME, DAY], ["body.age"])
    with pytest.raises(RegisterError, match=r"register\.paths_broken"):
        disclose([NAME, Field(NAME.path, "Bob Example", drawn("salt", 3))], [])
