"""Only introduced keys may sign, and a log that tells another story than before is found out."""

from pathlib import Path

import pytest

from habeas.register.checkpoint import Checkpoint, parse_signed_checkpoint, sign_checkpoint
from habeas.register.export import read_keys
from habeas.register.fields import disclose
from habeas.register.files import write_file
from habeas.register.keys import KeyDisclosure, key_line
from habeas.register.note import sign_note
from habeas.register.problems import Problem
from habeas.register.tree import EMPTY_ROOT
from habeas.register.verify import verify_path

from .attacks import HONEST, VKEY, lay_out, problems
from .example import LOG, ORIGIN, SENDER, STRANGER, ExampleLog, example_log

SENDER_OF_THE_LOG = type(LOG)(ORIGIN, SENDER.seed)

# Keys


def test_a_key_that_nobody_introduced_may_not_sign(tmp_path: Path) -> None:
    log = ExampleLog()
    log.add_key("log", LOG)
    log.append(SENDER, {"kind": "roll_entry"})
    key = SENDER.verifier.fingerprint.hex()
    assert problems(log.write(tmp_path)) == [Problem("register.key_unknown", {"index": 1, "key": key})]


def test_a_key_may_not_sign_before_its_introduction(tmp_path: Path) -> None:
    log = ExampleLog()
    log.add_key("log", LOG)
    log.append(SENDER, {"kind": "roll_entry"})
    log.add_key("sending_state", SENDER)
    assert problems(log.write(tmp_path)) == [Problem("register.key_too_early", {"index": 1, "introduced": 2})]


def test_a_party_can_not_introduce_a_key(tmp_path: Path) -> None:
    log = example_log(3)
    log.introduced[STRANGER.verifier.text] = log.append(
        SENDER, {"kind": "key_added", "body.party": "ghost", "body.vkey": STRANGER.verifier.text}
    )
    assert problems(log.write(tmp_path)) == [Problem("register.key_entry_other_signer", {"index": 3})]


def test_a_key_is_introduced_once(tmp_path: Path) -> None:
    log = example_log(3)
    log.introduced["again"] = log.add_key("receiving_state", SENDER)
    log.introduced[SENDER.verifier.text] = 1
    assert problems(log.write(tmp_path)) == [Problem("register.key_added_twice", {"index": 3})]


@pytest.mark.parametrize(
    "values",
    [
        {"kind": "roll_entry", "body.party": "a", "body.vkey": SENDER.verifier.text},
        {"kind": "key_added", "body.party": "a", "body.vkey": "no key"},
        {"kind": "key_added", "body.party": "a", "body.vkey": 7},
        {"kind": "key_added", "body.party": 7, "body.vkey": SENDER.verifier.text},
        {"kind": "key_added", "body.party": "", "body.vkey": SENDER.verifier.text},
        {"kind": "key_added", "body.party": "two\nlines", "body.vkey": SENDER.verifier.text},
        {"kind": "key_added", "body.vkey": SENDER.verifier.text},
    ],
)
def test_an_entry_that_names_no_key_introduces_none(tmp_path: Path, values: dict[str, str]) -> None:
    log = ExampleLog()
    log.add_key("log", LOG)
    log.introduced["broken"] = log.append(LOG, values)
    assert problems(log.write(tmp_path)) == [Problem("register.key_entry_broken", {"index": 1})]


def test_an_entry_with_a_hidden_field_introduces_no_key(tmp_path: Path) -> None:
    log = example_log(3)
    values = {"kind": "key_added", "body.party": "ghost", "body.vkey": STRANGER.verifier.text}
    index = log.append(LOG, {**values, "body.hidden": "another key"})
    entry = KeyDisclosure(index, disclose(log.fields[index], values))
    keys = [*log.key_disclosures(), entry]
    directory = lay_out(tmp_path, log, log.leaves)
    write_file(directory, "keys.jsonl", b"".join(map(key_line, keys)))
    assert problems(directory) == [Problem("register.key_entry_broken", {"index": 3})]


def test_a_log_whose_first_entry_is_not_its_key_is_refused(tmp_path: Path) -> None:
    log = ExampleLog()
    log.append(LOG, {"kind": "roll_entry"})
    assert Problem("register.log_key_not_introduced") in problems(log.write(tmp_path))


def test_a_log_whose_first_entry_is_signed_by_another_key_is_refused(tmp_path: Path) -> None:
    log = ExampleLog()
    log.introduced[LOG.verifier.text] = log.append(
        SENDER, {"kind": "key_added", "body.party": "log", "body.vkey": LOG.verifier.text}
    )
    assert Problem("register.key_entry_other_signer", {"index": 0}) in problems(log.write(tmp_path))


@pytest.mark.parametrize("change", [b"[]\n", b'{"digests":[],"disclosed":[],"index":true}\n', b"\n", b"{}"])
def test_a_line_of_keys_in_another_form_is_named(tmp_path: Path, change: bytes) -> None:
    directory = HONEST.write(tmp_path)
    whole = (directory / "keys.jsonl").read_bytes()
    write_file(directory, "keys.jsonl", whole + change)
    assert Problem("register.keys_line_broken", {"line": 4}) in problems(directory)


def test_lines_of_keys_out_of_order_are_named(tmp_path: Path) -> None:
    directory = HONEST.write(tmp_path)
    lines = [key_line(entry) for entry in HONEST.key_disclosures()]
    write_file(directory, "keys.jsonl", lines[0] + lines[2] + lines[1])
    assert Problem("register.keys_line_broken", {"line": 3}) in problems(directory)


def test_a_key_line_beyond_the_end_of_the_log_is_not_read(tmp_path: Path) -> None:
    log = example_log(3)
    directory = lay_out(tmp_path, log, log.leaves[:2])
    assert [each.index for each in log.key_disclosures()][-1] == 2
    assert [each.index for each in read_keys(directory)] == [0, 1]
    assert verify_path(directory, VKEY).ok


def test_two_fields_of_one_path_in_a_key_entry_are_refused(tmp_path: Path) -> None:
    directory = HONEST.write(tmp_path)
    entries = HONEST.key_disclosures()
    first = entries[0].disclosure
    twice = disclose(HONEST.fields[0], []).digests
    entries[0] = KeyDisclosure(0, type(first)(twice, (*first.disclosed[:2], first.disclosed[0])))
    write_file(directory, "keys.jsonl", b"".join(map(key_line, entries)))
    found = problems(directory)
    assert Problem("register.field_twice", {"index": 0, "path": "body.party"}) in found
    assert Problem("register.key_entry_broken", {"index": 0}) in found


# Another key, another history


def test_a_log_rebuilt_with_another_key_is_signed_by_a_different_key(tmp_path: Path) -> None:
    rebuilt = example_log(7, signer=STRANGER)
    directory = rebuilt.write(tmp_path)
    assert problems(directory) == [
        Problem("register.signed_by_another", {"brought": VKEY, "key": STRANGER.verifier.text})
    ]
    report = verify_path(directory, VKEY)
    assert (report.ok, report.signer_established, report.verdict) == (False, False, "register.verdict_another_key")
    assert verify_path(directory, None).verdict == "register.verdict_consistent_only"


def test_a_log_that_names_another_key_and_is_not_signed_by_it_is_refused(tmp_path: Path) -> None:
    rebuilt = example_log(7, signer=STRANGER)
    now = parse_signed_checkpoint(rebuilt.checkpoint()).checkpoint
    broken = rebuilt.checkpoint().replace(b"\n7\n", b"\n6\n")
    for at, note in enumerate((sign_checkpoint(now, SENDER_OF_THE_LOG), broken, sign_checkpoint(now, LOG))):
        report = verify_path(lay_out(tmp_path / str(at), rebuilt, rebuilt.leaves, note), VKEY)
        assert report.verdict == "register.verdict_refused"
        assert Problem("register.other_key", {"brought": VKEY, "declared": STRANGER.verifier.text}) in report.problems


def test_the_key_of_a_log_with_another_name_is_refused(tmp_path: Path) -> None:
    report = verify_path(HONEST.write(tmp_path), SENDER.verifier.text)
    assert Problem("register.key_other_name", {"name": SENDER.name, "origin": ORIGIN}) in report.problems
    assert not report.signer_established


def test_a_checkpoint_renamed_by_another_log_is_refused(tmp_path: Path) -> None:
    other = example_log(7, origin=ORIGIN)
    directory = lay_out(tmp_path, other, other.leaves)
    text = f"elsewhere.example/log\n7\n{other.checkpoint().decode().splitlines()[2]}\n"
    write_file(directory, "checkpoint", sign_note(text, [LOG]))
    assert Problem("register.key_other_name", {"name": ORIGIN, "origin": "elsewhere.example/log"}) in problems(
        directory
    )


def test_a_checkpoint_with_a_wrong_signature_is_refused(tmp_path: Path) -> None:
    directory = HONEST.write(tmp_path)
    text = HONEST.checkpoint().decode().partition("\n\n")[0]
    signature = example_log(6).checkpoint().decode().partition("\n\n")[2]
    write_file(directory, "checkpoint", f"{text}\n\n{signature}".encode())
    assert problems(directory) == [Problem("register.checkpoint_signature_wrong", {"name": ORIGIN})]


def test_a_log_rebuilt_with_its_own_key_is_found_by_a_kept_checkpoint(tmp_path: Path) -> None:
    rebuilt = example_log(300, story="another story ").write(tmp_path)
    assert verify_path(rebuilt, VKEY).ok
    for kept_size in (4, 256, 299):
        kept = example_log(300).checkpoint(kept_size)
        assert problems(rebuilt, since=kept) == [Problem("register.history_differs", {"kept_size": kept_size})]


def test_a_rebuilt_log_of_whole_tiles_is_found_by_a_kept_checkpoint_of_its_size(tmp_path: Path) -> None:
    rebuilt = example_log(256, story="another story ").write(tmp_path)
    kept = example_log(256).checkpoint()
    assert problems(rebuilt, since=kept) == [Problem("register.forked", {"size": 256})]


def test_a_log_that_went_back_is_found_by_a_kept_checkpoint(tmp_path: Path) -> None:
    directory = example_log(5).write(tmp_path)
    assert problems(directory, since=HONEST.checkpoint()) == [
        Problem("register.rolled_back", {"kept_size": 7, "size": 5})
    ]


def test_a_kept_checkpoint_must_be_one_of_this_log(tmp_path: Path) -> None:
    directory = HONEST.write(tmp_path)
    elsewhere = ExampleLog(origin="elsewhere.example/log", signer=type(LOG)("elsewhere.example/log", LOG.seed))
    unsigned = sign_checkpoint(Checkpoint(ORIGIN, 0, EMPTY_ROOT), STRANGER)
    broken = HONEST.checkpoint(5).replace(b"\n5\n", b"\n4\n")
    other = {"kept": "elsewhere.example/log", "origin": ORIGIN}
    assert problems(directory, since=b"garbage") == [Problem("register.since_broken")]
    assert problems(directory, since=broken) == [Problem("register.since_broken")]
    assert problems(directory, since=unsigned) == [Problem("register.since_not_signed")]
    assert problems(directory, since=elsewhere.checkpoint()) == [Problem("register.since_other_log", other)]
