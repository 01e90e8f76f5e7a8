"""A party and the log get new keys by entries; the key before signs nothing any more, by position and by no clock."""

from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from habeas.register.checkpoint import checkpoint_text, parse_signed_checkpoint, sign_checkpoint
from habeas.register.keys import Key
from habeas.register.note import Signer, sign_note
from habeas.register.policy import parse_policy
from habeas.register.problems import Problem, RegisterError
from habeas.register.receipt import make_receipt, parse_receipt
from habeas.register.verify import Report, verify_path, verify_receipt

from .attacks import lay_out
from .example import LOG, ORIGIN, SENDER, STRANGER, ExampleLog, example_log

SECOND, THIRD = (Signer(ORIGIN, sha256(b"log key %d" % number).digest()) for number in (2, 3))
NEW_SENDER = Signer("sender.example", sha256(b"second key of the sending state").digest())


def renewed() -> ExampleLog:
    """Entries 5 and 7 introduce new keys of the log, entry 8 one of the sending state."""
    log = example_log(5)
    log.add_key("log", SECOND)
    log.append(SENDER, {"kind": "roll_entry"})
    log.add_key("log", THIRD)
    log.add_key("sending_state", NEW_SENDER)
    log.append(NEW_SENDER, {"kind": "roll_entry"})
    log.append(THIRD, {"kind": "roll_entry"})
    return log


def first_entries(size: int) -> ExampleLog:
    """The log as it was when it had so many of these entries: five before the first new key, six after it."""
    log = example_log(5)
    if size > 5:
        log.add_key("log", SECOND)
    return log


def codes(report: Report) -> set[str]:
    return {each.code for each in report.problems}


@pytest.mark.parametrize("key", [LOG, SECOND, THIRD])
def test_a_log_with_new_keys_is_verified_given_any_of_them(tmp_path: Path, key: Signer) -> None:
    log = renewed()
    folder = log.write(tmp_path)
    for size in (5, 6, 8, 11):
        assert verify_path(folder, key.verifier.text, since=log.checkpoint(size)).problems == ()
    report = verify_path(folder, key.verifier.text)
    assert report.ok
    assert {each.party: each.verifier for each in report.keys}["log"] == THIRD.verifier


@pytest.mark.parametrize(("key", "later"), [(LOG, Key(7, "log", THIRD.verifier)), (THIRD, None)])
def test_the_later_key_that_signed_is_named_with_the_entry_that_introduced_it(
    tmp_path: Path, key: Signer, later: Key | None
) -> None:
    log = renewed()
    verdict = "register.verdict_established_later" if later else "register.verdict_established"
    found = verify_path(log.write(tmp_path), key.verifier.text), verify_receipt(log.receipt(4), key.verifier)
    assert [(each.ok, each.later, each.verdict) for each in found] == [(True, later, verdict)] * 2
    told = {"key": THIRD.verifier.text, "index": 7} if later else {}
    assert [each.told for each in found] == [told] * 2


@pytest.mark.parametrize(("size", "signer", "brought"), [(5, LOG, THIRD), (5, LOG, SECOND), (6, SECOND, THIRD)])
def test_what_was_made_before_the_key_that_is_brought_is_neither_refused_nor_called_genuine(
    tmp_path: Path, size: int, signer: Signer, brought: Signer
) -> None:
    before = first_entries(size)
    keys = {"brought": brought.verifier.text, "key": signer.verifier.text}
    folder = before.write(tmp_path)
    for report in (verify_path(folder, brought.verifier.text), verify_receipt(before.receipt(4), brought.verifier)):
        assert report.problems == (Problem("register.signed_by_another", keys),)
        assert (report.ok, report.signer_established) == (False, False)
        assert report.verdict == "register.verdict_another_key"
    assert verify_path(folder, signer.verifier.text).ok
    for kept in (before.checkpoint(4), before.checkpoint()):
        assert verify_path(folder, brought.verifier.text, since=kept).verdict == "register.verdict_another_key"


def test_a_checkpoint_alone_from_before_the_key_that_is_brought_names_the_key_that_it_needs(tmp_path: Path) -> None:
    before = first_entries(5).checkpoint()
    (tmp_path / "kept").write_bytes(before)
    report = verify_path(tmp_path / "kept", THIRD.verifier.text)

    told = {"key": THIRD.verifier.text, "size": 5, "signers": LOG.verifier.text.rpartition("+")[0]}
    assert report.problems == (Problem("register.alone_by_another", told),)
    assert (report.ok, report.verdict) == (False, "register.verdict_another_key")
    assert verify_path(tmp_path / "kept", LOG.verifier.text).ok

    text = checkpoint_text(parse_signed_checkpoint(before).checkpoint)
    (tmp_path / "strange").write_bytes(sign_note(text, [SENDER]))
    strange = verify_path(tmp_path / "strange", THIRD.verifier.text)
    assert (codes(strange), strange.verdict) == ({"register.checkpoint_not_signed"}, "register.verdict_refused")


def test_a_log_that_went_back_to_before_its_new_key_is_found_by_a_kept_checkpoint(tmp_path: Path) -> None:
    folder = first_entries(5).write(tmp_path)
    report = verify_path(folder, THIRD.verifier.text, since=renewed().checkpoint())
    assert Problem("register.rolled_back", {"kept_size": 11, "size": 5}) in report.problems
    assert report.verdict == "register.verdict_refused"


def test_what_was_made_before_and_changed_is_refused(tmp_path: Path) -> None:
    before = first_entries(5)
    folder = lay_out(tmp_path, before, before.leaves[:4], before.checkpoint())
    report = verify_path(folder, THIRD.verifier.text)
    assert report.verdict == "register.verdict_refused"
    assert "register.signed_by_another" in codes(report)


@pytest.mark.parametrize("keys", [(LOG, THIRD), (THIRD, LOG)])
def test_a_policy_that_names_the_first_key_and_the_latest_is_read_in_either_order(
    tmp_path: Path, keys: tuple[Signer, ...]
) -> None:
    policy = parse_policy("".join(f"log {each.verifier.text}\n" for each in keys) + "quorum none\n")
    now, before = renewed(), first_entries(5)
    (tmp_path / "checkpoint").write_bytes(before.checkpoint())
    for brought in (None, LOG.verifier.text, THIRD.verifier.text):
        report = verify_path(now.write(tmp_path / "now"), brought, policy=policy)
        later = THIRD.verifier if brought == LOG.verifier.text else None
        assert (report.ok, report.later and report.later.verifier) == (True, later)
    for report in (
        verify_path(before.write(tmp_path / "before"), None, policy=policy),
        verify_path(tmp_path / "checkpoint", None, policy=policy),
        verify_receipt(before.receipt(4), None, policy=policy),
        verify_receipt(now.receipt(4), None, policy=policy),
    ):
        assert (report.ok, report.verdict) == (True, "register.verdict_established")
    other = verify_path(tmp_path / "now", SECOND.verifier.text, policy=policy)
    assert other.problems == (Problem("register.policy_other_log", {"origin": ORIGIN}),)


@pytest.mark.parametrize("stolen", [LOG, SECOND])
def test_an_older_key_of_the_log_signs_no_later_checkpoint(tmp_path: Path, stolen: Signer) -> None:
    log = renewed()
    now = parse_signed_checkpoint(log.checkpoint()).checkpoint
    folder = lay_out(tmp_path, log, log.leaves, sign_checkpoint(now, stolen))
    for known in (LOG, THIRD):
        report = verify_path(folder, known.verifier.text)
        assert not report.ok
        assert report.problems == (Problem("register.checkpoint_ended_key", {"size": 11, "key": THIRD.verifier.text}),)
    kept = sign_checkpoint(parse_signed_checkpoint(log.checkpoint(8)).checkpoint, stolen)
    assert "register.since_not_signed" in codes(verify_path(log.write(tmp_path / "log"), None, since=kept))


@pytest.mark.parametrize(("stolen", "ended"), [(LOG, 5), (SECOND, 7), (SENDER, 8)])
def test_a_key_that_was_replaced_signs_no_later_entry(tmp_path: Path, stolen: Signer, ended: int) -> None:
    log = renewed()
    index = log.append(stolen, {"kind": "roll_entry"})
    report = verify_path(log.write(tmp_path), LOG.verifier.text)
    assert report.problems == (Problem("register.key_ended", {"index": index, "ended": ended}),)


def test_a_stolen_key_of_the_log_introduces_nobody_and_comes_back_never(tmp_path: Path) -> None:
    log = renewed()
    log.introduced["again"] = index = log.add_key("sending_state", SENDER)
    log.introduced[SENDER.verifier.text] = 1
    assert (
        Problem("register.key_added_twice", {"index": index}) in verify_path(log.write(tmp_path / "a"), None).problems
    )
    log = renewed()
    log.signer = LOG
    index = log.add_key("ghost", STRANGER)
    log.append(STRANGER, {"kind": "roll_entry"})
    log.signer = THIRD
    assert {each.code for each in verify_path(log.write(tmp_path / "b"), LOG.verifier.text).problems} == {
        "register.key_entry_other_signer",
        "register.key_ended",
    }


def test_a_key_that_only_an_older_one_calls_the_logs_is_none(tmp_path: Path) -> None:
    log = renewed()
    log.signer = LOG
    log.add_key("log", STRANGER)
    folder = log.write(tmp_path)
    for known in (LOG, THIRD):
        assert "register.key_entry_other_signer" in codes(verify_path(folder, known.verifier.text))


def test_receipts_from_before_and_after_are_verified_given_the_first_key_or_the_latest() -> None:
    log = renewed()
    for index in range(1, len(log.leaves)):
        receipt = parse_receipt(make_receipt(log.receipt(index, ["kind"])))
        assert [each.proof.index for each in receipt.log_keys] == [5, 7]
        for key in (LOG, SECOND, THIRD):
            assert verify_receipt(receipt, key.verifier).problems == (), index
        assert not verify_receipt(receipt, STRANGER.verifier).ok


def test_a_receipt_that_leaves_out_a_new_key_is_refused() -> None:
    receipt = renewed().receipt(9)
    without = replace(receipt, log_keys=())
    assert "register.checkpoint_not_signed" in codes(verify_receipt(without, LOG.verifier))
    assert "register.other_key" in codes(verify_receipt(without, THIRD.verifier))
    assert not verify_receipt(replace(receipt, log_keys=receipt.log_keys[1:]), LOG.verifier).ok


def test_a_receipt_of_an_entry_that_an_older_key_of_the_log_signed_is_refused() -> None:
    log = renewed()
    index = log.append(LOG, {"kind": "roll_entry"})
    assert verify_receipt(log.receipt(index), LOG.verifier).problems == (
        Problem("register.key_ended", {"index": index, "ended": 5}),
    )


@pytest.mark.parametrize("broken", [b'"log_keys":[]', b'"log_keys":7', b'"log_keys":[7]'])
def test_a_list_of_keys_in_another_form_is_no_receipt(broken: bytes) -> None:
    text = make_receipt(replace(renewed().receipt(9), log_keys=()))
    assert parse_receipt(text)
    head, tail = text.rsplit(b',"proof":', 1)
    with pytest.raises(RegisterError, match=r"register\.document_broken"):
        parse_receipt(head + b"," + broken + b',"proof":' + tail)
