"""A receipt proves what it discloses, to someone who knows only the log's key; it discloses nothing else."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from habeas.register.canonical import encode
from habeas.register.checkpoint import parse_checkpoint, parse_signed_checkpoint
from habeas.register.fields import DOCUMENT_LIMITS, Disclosure, Field
from habeas.register.note import VerifierKey, parse_note
from habeas.register.problems import Problem, RegisterError, Unusable
from habeas.register.proof import parse_proof, proof_text
from habeas.register.receipt import Receipt, make_receipt, parse_receipt, qr_text
from habeas.register.tree import leaf_hash
from habeas.register.verify import verify_path, verify_receipt

from .example import LOG, ORIGIN, RECEIVER, SENDER, STRANGER, ExampleLog, example_log

KEY = LOG.verifier
VKEY = KEY.text
EXAMPLE = example_log(9)
ALICE = EXAMPLE.receipt(5, ["body.name", "kind"])
SOUND = make_receipt(ALICE)


def problems(receipt: Receipt, key: VerifierKey | None = KEY, since: bytes | None = None) -> list[Problem]:
    report = verify_receipt(receipt, key, since)
    assert not report.ok
    return list(report.problems)


def test_a_receipt_proves_the_fields_that_it_discloses() -> None:
    assert parse_receipt(SOUND) == ALICE
    report = verify_receipt(ALICE, KEY, since=EXAMPLE.checkpoint())
    assert report.problems == ()
    assert (report.ok, report.verdict) == (True, "register.verdict_established")
    assert [(item.path, item.value) for item in report.disclosed] == [
        ("body.name", "Alice Example"),
        ("kind", "roll_entry"),
    ]
    assert report.checkpoint == parse_signed_checkpoint(EXAMPLE.checkpoint()).checkpoint
    assert (report.index, report.party) == (5, "sending_state")
    assert [key.index for key in report.keys] == [1, 0]


@pytest.mark.parametrize("index", range(1, 9))
def test_every_later_entry_of_a_log_has_a_receipt(index: int) -> None:
    assert verify_receipt(parse_receipt(make_receipt(EXAMPLE.receipt(index))), KEY).problems == ()


def test_the_receipt_of_the_first_entry_has_no_signer_inside() -> None:
    receipt = ExampleLog()
    receipt.add_key("log", LOG)
    assert verify_receipt(receipt.key_receipt(0), KEY).ok
    assert receipt.key_receipt(0).signer is None


def test_without_a_key_a_receipt_is_only_consistent_in_itself() -> None:
    report = verify_receipt(ALICE, None)
    assert (report.problems, report.ok, report.verdict) == ((), False, "register.verdict_consistent_only")


def test_a_receipt_for_alice_discloses_nothing_about_bob(tmp_path: Path) -> None:
    bob = [item for item in EXAMPLE.fields[4] if item.path == "body.name"]
    assert [item.value for item in bob] == ["Bob Example"]
    assert b"Bob Example" in make_receipt(EXAMPLE.receipt(4, ["body.name"]))
    assert b"Bob" not in SOUND
    assert b"Alice" in SOUND


def test_a_receipt_hides_the_fields_that_it_does_not_disclose() -> None:
    hidden = next(item for item in EXAMPLE.fields[5] if item.path == "body.day")
    whole = make_receipt(EXAMPLE.receipt(5, ["body.day"]))
    assert encode(hidden.value) in whole
    assert b"body.day" not in SOUND
    assert len(ALICE.disclosure.digests) == 3


def test_the_export_holds_no_name(tmp_path: Path) -> None:
    directory = EXAMPLE.write(tmp_path)
    assert b"Alice" in SOUND
    for path in directory.rglob("*"):
        assert path.is_dir() or b"Alice" not in path.read_bytes()


def test_a_receipt_file_is_recognised_by_its_path(tmp_path: Path) -> None:
    (tmp_path / "receipt.json").write_bytes(SOUND)
    assert verify_path(tmp_path / "receipt.json", VKEY).ok
    (tmp_path / "receipt.json").write_bytes(SOUND[:-2])
    report = verify_path(tmp_path / "receipt.json", VKEY)
    assert report.problems == (Problem("register.document_broken"),)


@given(st.integers(0, len(SOUND) - 1), st.integers(1, 255))
def test_a_receipt_with_one_byte_changed_is_refused(place: int, change: int) -> None:
    data = bytearray(SOUND)
    data[place] ^= change
    try:
        receipt = parse_receipt(bytes(data))
    except RegisterError:
        return
    assert not verify_receipt(receipt, KEY).ok
    assert verify_receipt(receipt, None).problems


def with_fields(*disclosed: Field) -> Receipt:
    return replace(ALICE, disclosure=Disclosure(ALICE.disclosure.digests, disclosed))


def test_a_receipt_with_an_altered_value_is_refused() -> None:
    name = ALICE.disclosure.disclosed[0]
    altered = with_fields(replace(name, value="Charlie Example"))
    assert verify_receipt(altered, KEY).verdict == "register.verdict_refused"
    assert problems(altered) == [Problem("register.field_changed", {"index": 5, "path": "body.name"})]


def test_a_receipt_with_an_altered_salt_or_an_impossible_value_is_refused() -> None:
    name = ALICE.disclosure.disclosed[0]
    changed = Problem("register.field_changed", {"index": 5, "path": "body.name"})
    assert problems(with_fields(replace(name, salt=bytes(32)))) == [changed]
    assert problems(with_fields(replace(name, salt=b""))) == [changed]
    assert problems(with_fields(replace(name, value=2**60))) == [changed]


def test_a_receipt_that_discloses_a_field_twice_is_refused() -> None:
    name = ALICE.disclosure.disclosed[0]
    assert problems(with_fields(name, name)) == [Problem("register.field_twice", {"index": 5, "path": "body.name"})]


@pytest.mark.parametrize("digests", [(), ALICE.disclosure.digests[:2], ALICE.disclosure.digests[::-1], (b"",)])
def test_a_receipt_with_other_digests_is_refused(digests: tuple[bytes, ...]) -> None:
    changed = replace(ALICE, disclosure=Disclosure(digests, ()))
    assert problems(changed) == [Problem("register.digests_changed", {"index": 5})]


def test_a_receipt_is_refused_under_the_key_of_a_fork() -> None:
    fork = example_log(9, signer=STRANGER)
    assert verify_receipt(fork.receipt(5), STRANGER.verifier).ok
    for receipt, brought, own in ((ALICE, STRANGER, LOG), (fork.receipt(5), LOG, STRANGER)):
        keys = {"brought": brought.verifier.text, "key": own.verifier.text}
        assert problems(receipt, brought.verifier) == [Problem("register.signed_by_another", keys)]
        assert not verify_receipt(receipt, brought.verifier).ok


def under(receipt: Receipt, checkpoint: bytes) -> Receipt:
    signer = None if receipt.signer is None else under(receipt.signer, checkpoint)
    return replace(receipt, proof=replace(receipt.proof, checkpoint=checkpoint), signer=signer)


def test_a_receipt_is_refused_under_the_checkpoint_of_a_fork() -> None:
    fork = example_log(9, story="another story ")
    assert problems(under(ALICE, fork.checkpoint())) == [
        Problem("register.not_included", {"index": index}) for index in (5, 1, 0)
    ]


def test_a_receipt_of_a_fork_is_found_by_a_kept_checkpoint_of_its_size() -> None:
    fork = example_log(9, story="another story ").receipt(5)
    assert verify_receipt(fork, KEY).ok
    assert problems(fork, since=EXAMPLE.checkpoint()) == [Problem("register.forked", {"size": 9})]


def test_a_kept_checkpoint_of_another_size_says_nothing_about_a_receipt() -> None:
    unknown = Problem("register.since_not_comparable", {"kept_size": 7, "size": 9})
    assert problems(ALICE, since=EXAMPLE.checkpoint(7)) == [unknown]


def test_a_receipt_older_than_the_kept_checkpoint_is_normal_and_not_established() -> None:
    report = verify_receipt(example_log(7).receipt(5), KEY, since=EXAMPLE.checkpoint())
    assert report.problems == (Problem("register.since_newer", {"kept_size": 9, "size": 7}),)
    assert (report.ok, report.verdict) == (False, "register.verdict_not_comparable")
    wrong = replace(example_log(7).receipt(5), leaf=EXAMPLE.leaves[4])
    assert verify_receipt(wrong, KEY, since=EXAMPLE.checkpoint()).verdict == "register.verdict_refused"
    strange = verify_receipt(example_log(7).receipt(5), STRANGER.verifier, EXAMPLE.checkpoint())
    assert [each.code for each in strange.problems] == ["register.signed_by_another", "register.since_newer"]
    assert strange.verdict == "register.verdict_another_key"


def test_a_log_continues_the_checkpoint_of_an_older_receipt_or_is_another(tmp_path: Path) -> None:
    export = EXAMPLE.write(tmp_path / "export")
    for log, ok in ((example_log(7), True), (example_log(7, story="another story "), False)):
        assert verify_path(export, VKEY, since=make_receipt(log.receipt(5))).ok is ok
    newer = verify_path(example_log(5).write(tmp_path / "back"), VKEY, since=make_receipt(example_log(7).receipt(5)))
    assert newer.problems == (Problem("register.rolled_back", {"kept_size": 7, "size": 5}),)
    assert verify_path(export, VKEY, since=b"{}").problems == (Problem("register.since_broken"),)


def test_proofs_under_different_checkpoints_are_refused() -> None:
    assert ALICE.signer is not None
    older = example_log(8).receipt(1)
    mixed = replace(ALICE, signer=replace(ALICE.signer, proof=older.proof))
    assert Problem("register.receipt_checkpoints_differ", {"index": 1}) in problems(mixed)


def test_a_receipt_with_the_introduction_of_another_key_is_refused() -> None:
    mixed = replace(ALICE, signer=EXAMPLE.key_receipt(2))
    key = SENDER.verifier.fingerprint.hex()
    assert problems(mixed) == [Problem("register.key_unknown", {"index": 5, "key": key})]


def test_a_receipt_without_the_introduction_of_its_key_is_refused() -> None:
    bare = replace(ALICE, signer=None)
    assert Problem("register.receipt_without_signer", {"index": 5}) in problems(bare)
    assert Problem("register.receipt_without_signer", {"index": 5}) in problems(bare, None)


def test_a_key_introduced_by_a_party_is_refused() -> None:
    log = example_log(3)
    log.introduced[STRANGER.verifier.text] = log.append(
        SENDER, {"kind": "key_added", "body.party": "ghost", "body.vkey": STRANGER.verifier.text}
    )
    index = log.append(STRANGER, {"kind": "roll_entry"})
    with pytest.raises(RegisterError, match=r"register\.document_broken"):
        parse_receipt(make_receipt(log.receipt(index)))
    assert problems(log.receipt(index)) == [
        Problem("register.key_unknown", {"index": 3, "key": SENDER.verifier.fingerprint.hex()}),
        Problem("register.key_entry_other_signer", {"index": 3}),
    ]


def test_a_key_introduced_later_is_refused() -> None:
    log = ExampleLog()
    log.add_key("log", LOG)
    index = log.append(RECEIVER, {"kind": "roll_entry"})
    log.add_key("receiving_state", RECEIVER)
    assert problems(log.receipt(index)) == [Problem("register.key_too_early", {"index": 1, "introduced": 2})]


def test_a_leaf_that_is_none_is_refused() -> None:
    assert ALICE.signer is not None
    broken = replace(ALICE, leaf=b"no leaf")
    assert problems(broken) == [
        Problem("register.not_included", {"index": 5}),
        Problem("register.leaf_broken", {"index": 5}),
        Problem("register.leaf_not_canonical"),
    ]
    inner = replace(ALICE, signer=replace(ALICE.signer, leaf=b"no leaf"))
    assert problems(inner) == [
        Problem("register.not_included", {"index": 1}),
        Problem("register.leaf_broken", {"index": 1}),
        Problem("register.leaf_not_canonical"),
    ]


def test_a_leaf_with_a_changed_signature_is_refused() -> None:
    start, other = ALICE.leaf.index(b'"sigs"'), EXAMPLE.leaves[4]
    forged = replace(ALICE, leaf=ALICE.leaf[:start] + other[start:])
    assert Problem("register.leaf_signature_wrong", {"index": 5}) in problems(forged)


def test_a_leaf_of_another_log_is_refused() -> None:
    other = example_log(9, origin="elsewhere.example/log")
    mixed = replace(ALICE, leaf=other.leaves[5])
    assert Problem("register.leaf_other_log", {"index": 5, "origin": ORIGIN}) in problems(mixed)


def test_a_receipt_without_a_checkpoint_is_refused() -> None:
    assert problems(under(ALICE, b"garbage")) == [Problem("register.checkpoint_broken")]


def test_a_key_that_is_none_makes_the_question_unusable(tmp_path: Path) -> None:
    (tmp_path / "receipt.json").write_bytes(SOUND)
    with pytest.raises(Unusable):
        verify_path(tmp_path / "receipt.json", "no key")


def changed(**members: object) -> bytes:
    return encode({**json.loads(SOUND), **members}, DOCUMENT_LIMITS) + b"\n"


FIELD = json.loads(SOUND)["disclosed"][0]
PROOF = json.loads(SOUND)["proof"]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n",
        b"[]\n",
        SOUND.strip(),
        SOUND + b"\n",
        b" " + SOUND,
        changed(habeas_receipt=2),
        changed(habeas_receipt=True),
        changed(extra=1),
        changed(leaf=1),
        changed(digests="x"),
        changed(digests=[1]),
        changed(digests=["no hex"]),
        changed(digests=["AB" * 32]),
        changed(disclosed=[1]),
        changed(disclosed=[{**FIELD, "salt": "AAAA"}]),
        changed(disclosed=[{**FIELD, "salt": "-"}]),
        changed(disclosed=[{**FIELD, "path": "two words"}]),
        changed(signer=7),
        changed(proof="no proof"),
        changed(proof=PROOF.replace("index 5", "index 05")),
        changed(proof=PROOF.replace("@v1\n", "@v1\nextra AAAA\n")),
        changed(proof=PROOF.replace("index 5\n", "index 5\nAAAA\n")),
        changed(proof=PROOF.replace("index 5\n", "index 5\n-\n")),
        changed(proof=PROOF.replace("index 5\n", "index 5\n" + ("A" * 43 + "=\n") * 65)),
    ],
)
def test_bytes_that_are_no_receipt_are_refused(data: bytes) -> None:
    with pytest.raises(RegisterError, match=r"register\.document_broken"):
        parse_receipt(data)


def test_the_proof_inside_a_receipt_is_a_tlog_proof_with_the_checkpoint_verbatim() -> None:
    text = proof_text(ALICE.proof)
    lines = text.splitlines()
    assert lines[:2] == ["c2sp.org/tlog-proof@v1", "index 5"]
    assert text.endswith("\n\n" + EXAMPLE.checkpoint().decode())
    assert parse_proof(text) == ALICE.proof
    assert parse_checkpoint(parse_note(ALICE.proof.checkpoint).text).size == 9
    with pytest.raises(RegisterError, match=r"register\.proof_broken"):
        parse_proof(lines[0])


def test_the_qr_code_holds_no_address_and_no_name() -> None:
    words = qr_text(ALICE.leaf, 5, origin=ORIGIN, log_key=LOG.verifier).split(" ")
    assert words == ["habeas1", ORIGIN, "5", leaf_hash(ALICE.leaf).hex(), LOG.verifier.fingerprint.hex()]
