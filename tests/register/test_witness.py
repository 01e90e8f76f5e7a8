"""A witness cosigns what continues all it has seen, and nothing else; a policy says whose cosignatures are enough."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from habeas.register.canonical import to_base64
from habeas.register.checkpoint import Checkpoint, parse_signed_checkpoint, sign_checkpoint
from habeas.register.cosignature import cosign, cosigned_at
from habeas.register.export import write_export
from habeas.register.note import COSIGNER, Signer, parse_note, parse_private_key, parse_vkey, sign_note
from habeas.register.policy import parse_policy
from habeas.register.problems import RegisterError
from habeas.register.receipt import Receipt, make_receipt
from habeas.register.tree import EMPTY_EDGE, consistency_path, grow, leaf_hash, root
from habeas.register.verify import Report, verify_path
from habeas.register.witness import (
    SIZE_TYPE,
    Answer,
    Outcome,
    Response,
    add_checkpoint,
    contradiction,
    read_answer,
    request_body,
)

from .example import LOG, ORIGIN, STRANGER, drawn, example_log, subtree_hashes

WITNESS = Signer("witness.example/w", drawn("witness", 1), COSIGNER)
LOGS = {ORIGIN: LOG.verifier}
NEW = Signer(ORIGIN, drawn("a new key", 1))
HASHES = [leaf_hash(str(number).encode()) for number in range(40)]
AT = 1_790_000_000


def checkpoint(size: int, hashes: list[bytes] = HASHES) -> Checkpoint:
    return Checkpoint(ORIGIN, size, root(grow(EMPTY_EDGE, hashes[:size])[0]))


def asked(old: int, size: int, hashes: list[bytes] = HASHES, signer: Signer = LOG) -> bytes:
    path = consistency_path(old, size, subtree_hashes(hashes)) if 0 < old <= size else ()
    return request_body(old, tuple(map(to_base64, path)), sign_checkpoint(checkpoint(size, hashes), signer))


def answer(body: bytes, seen: Checkpoint | None = None) -> Response:
    return add_checkpoint(body, logs=LOGS, seen=seen, witness=WITNESS, at=AT)


# --- cosignatures ----------------------------------------------------------------------------------


def test_a_cosignature_says_who_saw_it_and_when_and_covers_both() -> None:
    note = sign_checkpoint(checkpoint(7), LOG)
    cosigned = parse_note(note + cosign(parse_note(note), WITNESS, AT).encode())
    assert cosigned_at(cosigned, WITNESS.verifier) == AT
    assert cosigned_at(parse_note(note), WITNESS.verifier) is None
    later = note + cosign(parse_note(note), WITNESS, AT).encode() + cosign(parse_note(note), WITNESS, AT + 9).encode()
    assert cosigned_at(parse_note(later), WITNESS.verifier) == AT + 9


@pytest.mark.parametrize("at", [0, 7, 40])
def test_a_cosignature_with_one_bit_changed_is_refused(at: int) -> None:
    note = parse_note(sign_checkpoint(checkpoint(7), LOG))
    line = cosign(note, WITNESS, AT)
    signature = bytearray(parse_note(sign_checkpoint(checkpoint(7), LOG) + line.encode()).signatures[1].signature)
    signature[at] ^= 1
    changed = f"— {WITNESS.name} {to_base64(WITNESS.verifier.key_id + bytes(signature))}\n"
    with pytest.raises(RegisterError) as caught:
        cosigned_at(parse_note(sign_checkpoint(checkpoint(7), LOG) + changed.encode()), WITNESS.verifier)
    assert caught.value.problem.code == "register.cosignature_wrong"


def test_a_key_of_a_witness_is_no_key_of_a_log_and_the_other_way_round() -> None:
    assert parse_vkey(WITNESS.verifier.text, COSIGNER) == WITNESS.verifier
    assert parse_private_key(WITNESS.private_text, COSIGNER).verifier == WITNESS.verifier
    for text, algorithm in ((WITNESS.verifier.text, LOG.algorithm), (LOG.verifier.text, COSIGNER)):
        with pytest.raises(RegisterError):
            parse_vkey(text, algorithm)
    same = Signer(WITNESS.name, WITNESS.seed)
    assert same.verifier.key_id != WITNESS.verifier.key_id


def test_the_signature_of_the_published_example_has_72_bytes_after_the_key_id() -> None:
    note = parse_note(
        sign_checkpoint(checkpoint(1), LOG)
        + cosign(parse_note(sign_checkpoint(checkpoint(1), LOG)), WITNESS, AT).encode()
    )
    assert len(note.signatures[1].signature) == 72


# --- the witness -----------------------------------------------------------------------------------


@given(st.data())
def test_whatever_grows_is_cosigned_step_by_step(data: st.DataObject) -> None:
    sizes = sorted(data.draw(st.sets(st.integers(1, 40), min_size=1, max_size=5)))
    seen = None
    for size in sizes:
        response = answer(asked(seen.size if seen else 0, size), seen)
        assert (response.status, response.kept) == (200, sign_checkpoint(checkpoint(size), LOG))
        cosigned = parse_note(response.kept + response.body.encode())
        assert cosigned_at(cosigned, WITNESS.verifier) == AT
        seen = parse_signed_checkpoint(response.kept).checkpoint


def test_a_log_that_shows_another_past_is_refused() -> None:
    other = [leaf_hash(b"another"), *HASHES[1:]]
    assert answer(asked(10, 20, other), checkpoint(10)).status == 422  # a fork
    assert answer(asked(10, 10, other), checkpoint(10)).status == 422  # the same size, another root
    assert answer(asked(10, 10), checkpoint(10)).status == 200  # the same again
    body = request_body(10, (), sign_checkpoint(checkpoint(20), LOG))
    assert answer(body, checkpoint(10)).status == 422  # no proof at all


def test_a_log_that_goes_back_is_told_what_was_seen() -> None:
    response = answer(asked(5, 8), checkpoint(10))
    assert (response.status, response.body, response.content_type) == (409, "10\n", SIZE_TYPE)
    assert answer(asked(10, 10), None).body == "0\n"
    assert answer(request_body(9, (), sign_checkpoint(checkpoint(8), LOG)), checkpoint(9)).status == 400


def test_from_nothing_seen_only_an_empty_proof_is_right() -> None:
    body = request_body(0, (to_base64(bytes(32)),), sign_checkpoint(checkpoint(3), LOG))
    assert answer(body).status == 422
    assert answer(asked(0, 3)).status == 200


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"old 0\n", 400),
        (b"old -1\n\n", 400),
        (b"old 00\n\n" + sign_checkpoint(checkpoint(3), LOG), 400),
        (b"old 0\n" + b"AA==\n" * 64 + b"\n" + sign_checkpoint(checkpoint(3), LOG), 400),
        (b"old 0\n\xff\n\n" + sign_checkpoint(checkpoint(3), LOG), 422),
        (asked(0, 3, signer=STRANGER), 403),
        (request_body(0, (), sign_note("register.example/other\n1\n" + to_base64(bytes(32)) + "\n", [LOG])), 404),
    ],
)
def test_what_is_no_request_is_refused_with_the_status_of_the_protocol(body: bytes, status: int) -> None:
    assert answer(body).status == status


def test_a_checkpoint_that_the_log_did_not_sign_is_refused() -> None:
    unsigned = sign_note(f"{ORIGIN}\n3\n{to_base64(checkpoint(3).root)}\n", [WITNESS])
    assert answer(request_body(0, (), unsigned)).status == 403


# --- what a log makes of an answer -----------------------------------------------------------------

NOTE = sign_checkpoint(checkpoint(8), LOG)
ASKED = parse_signed_checkpoint(NOTE)
LINE = cosign(ASKED.note, WITNESS, AT)
STRANGER_WITNESS = Signer("stranger.example/w", b"s" * 32, COSIGNER)
IMPOSTOR = Signer(WITNESS.name, b"i" * 32, COSIGNER)


def read(status: int, body: bytes | str = b"", *, old: int = 5, told: bool = True, latest: int = AT) -> Answer:
    given = body.encode() if isinstance(body, str) else body
    return read_answer(status, given, asked=ASKED, old=old, told=told, witness=WITNESS.verifier, latest=latest)


def test_a_cosignature_counts_when_it_verifies_under_the_key_that_was_asked() -> None:
    assert read(200, LINE) == Answer(outcome=Outcome.COSIGNED, line=LINE, at=AT)
    assert read(200, f"\n{LINE.strip()}\n\n").line == LINE  # without its newline, or with more of them
    both = cosign(ASKED.note, WITNESS, AT - 5) + LINE + cosign(ASKED.note, STRANGER_WITNESS, AT)
    assert read(200, both) == Answer(outcome=Outcome.COSIGNED, line=LINE, at=AT)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"hello",
        b"\xff\n",
        b"\xe2\x80\x94 a b\n" * 200,
        cosign(ASKED.note, STRANGER_WITNESS, AT),
        cosign(ASKED.note, IMPOSTOR, AT),
        cosign(parse_note(sign_checkpoint(checkpoint(7), LOG)), WITNESS, AT),
        LINE + "\nanother text\n\n" + LINE,
    ],
)
def test_what_is_no_cosignature_of_this_checkpoint_by_this_key_is_none(body: bytes | str) -> None:
    assert read(200, body) == Answer(outcome=Outcome.INVALID)


def test_a_cosignature_of_a_time_to_come_is_refused() -> None:
    assert read(200, LINE, latest=AT - 1).outcome is Outcome.AHEAD


@pytest.mark.parametrize(
    ("status", "body", "old", "told", "outcome", "seen"),
    [
        (409, b"7\n", 5, False, Outcome.AGAIN, 7),
        (409, b"0", 5, True, Outcome.AGAIN, 0),
        (409, b"9\n", 5, True, Outcome.BEHIND, 9),
        (409, b"5\n", 5, True, Outcome.REFUSED, None),
        (409, b"", 5, True, Outcome.FORK, 5),
        (409, b"", 5, False, Outcome.AGAIN, 0),
        (409, b"no size", 0, False, Outcome.REFUSED, None),
        (422, b"", 5, True, Outcome.FORK, 5),
        (422, b"", 5, False, Outcome.AGAIN, 0),
        (422, b"", 0, False, Outcome.REFUSED, None),
        (302, LINE.encode(), 5, True, Outcome.REFUSED, None),
        (404, b"", 5, True, Outcome.REFUSED, None),
        (500, b"9\n", 5, True, Outcome.REFUSED, None),
    ],
)
def test_a_refusal_says_another_past_only_where_the_witness_named_the_size(
    status: int, body: bytes, old: int, told: bool, outcome: Outcome, seen: int | None
) -> None:
    assert read(status, body, old=old, told=told) == Answer(outcome=outcome, seen=seen)


def shown(size: int, hashes: list[bytes] = HASHES, signer: Signer = LOG) -> bytes:
    return sign_checkpoint(checkpoint(size, hashes), signer)


def contradicts(note: bytes) -> str:
    def path(first: int) -> tuple[bytes, ...]:
        return consistency_path(first, 8, subtree_hashes(HASHES))

    return contradiction(note, [LOG.verifier, NEW.verifier], ASKED.checkpoint, path)


def test_what_the_log_signed_and_what_does_not_continue_proves_another_past() -> None:
    other = [leaf_hash(b"another"), *HASHES[1:]]
    notes = (shown(8, other), shown(5, other), shown(9), shown(9) + LINE.encode(), shown(5, other, signer=NEW))
    for note in notes:
        assert contradicts(note) == note.decode()


@pytest.mark.parametrize(
    "note",
    [
        b"",
        shown(8),
        shown(5),
        shown(0),
        shown(9, signer=STRANGER),
        sign_checkpoint(Checkpoint("elsewhere.example", 9, bytes(32)), Signer("elsewhere.example", LOG.seed)),
        sign_note(f"{ORIGIN}\n9\n{to_base64(bytes(32))}\n", [Signer(ORIGIN, b"f" * 32)]),
        shown(9)[:-10] + b"AAAAAAAA==\n",
    ],
)
def test_what_proves_no_other_past_is_no_proof(note: bytes) -> None:
    assert contradicts(note) == ""


# --- the policy ------------------------------------------------------------------------------------

NAMES = ("A1", "A2", "B1", "Court", "NGO")
SIGNERS = {name: Signer(f"{name}.example", drawn(name, 1), COSIGNER) for name in NAMES}
POLICY = "\n".join(
    [
        "# both states, and somebody outside",
        f"log {LOG.verifier.text} https://register.example/",
        *(f"witness {name} {each.verifier.text}" for name, each in SIGNERS.items()),
        "group a any A1 A2",
        "group outside 1 Court NGO",
        "group q all a B1 outside",
        "quorum q",
    ]
)


@pytest.mark.parametrize(
    ("cosigned", "enough"),
    [
        ({"A1", "B1", "NGO"}, True),
        ({"A1", "A2", "B1", "Court"}, True),
        ({"A1", "A2", "B1"}, False),
        ({"A1", "Court", "NGO"}, False),
        (set(), False),
    ],
)
def test_both_states_and_one_outsider_are_needed(cosigned: set[str], enough: bool) -> None:
    policy = parse_policy(POLICY)
    assert policy.is_met(frozenset(cosigned)) is enough
    note = sign_checkpoint(checkpoint(3), LOG)
    lines = "".join(cosign(parse_note(note), SIGNERS[name], AT) for name in sorted(cosigned))
    assert policy.cosigners(parse_note(note + lines.encode())) == dict.fromkeys(cosigned, AT)


@pytest.mark.parametrize(
    ("seen", "covered"),
    [
        ({"A1": 9, "B1": 5, "NGO": 7}, 5),
        ({"A1": 3, "A2": 8, "B1": 8, "Court": 7, "NGO": 2}, 7),
        ({"A1": 9, "NGO": 9}, 0),
        ({}, 0),
    ],
)
def test_what_enough_have_seen_is_covered_whichever_sizes_each_saw(seen: dict[str, int], covered: int) -> None:
    assert parse_policy(POLICY).covered(seen) == covered


def test_a_policy_may_ask_for_nobody() -> None:
    policy = parse_policy(f"log {LOG.verifier.text}\nquorum none\n")
    assert policy.is_met(frozenset())
    assert policy.logs[ORIGIN] == (LOG.verifier,)


@pytest.mark.parametrize(
    ("line", "number"),
    [
        ("watcher A1", 12),
        ("witness A1 " + SIGNERS["A2"].verifier.text, 12),
        ("witness A3 " + SIGNERS["A2"].verifier.text, 12),
        ("witness A3 " + LOG.verifier.text, 12),
        ("group r 3 A1 A2", 12),
        ("group r 0 A1", 12),
        ("group r all", 12),
        ("group r any A1 A1", 12),
        ("group r any Z9", 12),
        ("group none any A1", 12),
        ("group q any A1", 12),
        ("quorum a", 12),
        ("log", 12),
        ("log x+y", 12),
    ],
)
def test_a_line_that_can_not_be_used_is_named(line: str, number: int) -> None:
    with pytest.raises(RegisterError) as caught:
        parse_policy(f"{POLICY}\n{line}\n")
    assert caught.value.problem.code == "register.policy_line"
    assert caught.value.problem.parameters["line"] == number


@pytest.mark.parametrize("text", ["", f"log {LOG.verifier.text}\n", "quorum none\n"])
def test_a_policy_without_a_log_or_a_quorum_is_refused(text: str) -> None:
    with pytest.raises(RegisterError) as caught:
        parse_policy(text)
    assert caught.value.problem.code == "register.policy_incomplete"


def test_an_endless_policy_is_refused() -> None:
    with pytest.raises(RegisterError):
        parse_policy("#" * 70_000)


# --- what a policy makes of an export and a receipt ------------------------------------------------

EXAMPLE = example_log(40)


def cosigned_by(*names: str) -> bytes:
    note = EXAMPLE.checkpoint()
    return note + "".join(cosign(parse_note(note), SIGNERS[name], AT) for name in names).encode()


def reports(folder: Path, note: bytes, policy: str = POLICY, vkey: str | None = None) -> list[Report]:
    """What is said of an export and of a receipt under this checkpoint."""
    write_export(folder / "log", EXAMPLE.leaves, checkpoint_note=note, key_disclosures=EXAMPLE.key_disclosures())
    (folder / "receipt.json").write_bytes(make_receipt(_under(EXAMPLE.receipt(5, ["body.name"]), note)))
    parsed = parse_policy(policy)
    return [verify_path(folder / name, vkey, policy=parsed) for name in ("log", "receipt.json")]


def _under(receipt: Receipt, note: bytes) -> Receipt:
    signer = _under(receipt.signer, note) if receipt.signer else None
    return replace(receipt, proof=replace(receipt.proof, checkpoint=note), signer=signer)


def codes(report: Report) -> list[str]:
    return [each.code for each in report.problems]


def test_with_enough_cosignatures_the_policy_stands_for_the_key(tmp_path: Path) -> None:
    for report in reports(tmp_path, cosigned_by("A2", "B1", "Court")):
        assert (report.ok, report.problems) == (True, ())
        assert report.cosigned == dict.fromkeys(("A2", "B1", "Court"), AT)


def test_a_stripped_cosignature_is_missed_and_named(tmp_path: Path) -> None:
    for report in reports(tmp_path, cosigned_by("A1", "B1")):
        assert (report.ok, codes(report)) == (False, ["register.policy_not_met"])
        assert report.problems[0].parameters["lacking"] == "A2, Court, NGO"


def test_a_cosignature_by_another_key_counts_for_nobody(tmp_path: Path) -> None:
    forged = Signer(SIGNERS["Court"].name, drawn("forger", 1), COSIGNER)
    note = cosigned_by("A1", "B1") + cosign(parse_note(EXAMPLE.checkpoint()), forged, AT).encode()
    for report in reports(tmp_path, note):
        assert codes(report) == ["register.policy_not_met"]


def test_a_cosignature_of_another_checkpoint_is_refused(tmp_path: Path) -> None:
    other = cosign(parse_note(EXAMPLE.checkpoint(20)), SIGNERS["Court"], AT)
    for report in reports(tmp_path, cosigned_by("A1", "B1") + other.encode()):
        assert codes(report) == ["register.cosignature_wrong"]


def test_a_log_that_the_policy_does_not_name_is_refused(tmp_path: Path) -> None:
    policy = POLICY.replace(LOG.verifier.text, Signer("elsewhere.example", LOG.seed).verifier.text)
    for report in reports(tmp_path, cosigned_by("A1", "B1", "NGO"), policy):
        assert not report.ok
        assert "register.policy_other_log" in codes(report)


def test_a_key_that_the_policy_contradicts_is_refused(tmp_path: Path) -> None:
    for report in reports(tmp_path, cosigned_by("A1", "B1", "NGO"), vkey=STRANGER.verifier.text):
        assert "register.policy_other_log" in codes(report)
