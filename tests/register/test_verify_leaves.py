"""What an export will be made of is verified before it is written, as whoever gets it would."""

from pathlib import Path

import pytest

from habeas.register.checkpoint import parse_signed_checkpoint
from habeas.register.export import ExportError, published_before
from habeas.register.verify import Report, verify_leaves, verify_path

from .attacks import VKEY
from .example import LOG, RECEIVER, STRANGER, ExampleLog, example_log


def verified(log: ExampleLog, since: bytes | None = None, vkey: str = VKEY) -> Report:
    return verify_leaves(log.leaves, log.checkpoint(), log.key_disclosures(), vkey, since)


def codes(report: Report) -> list[str]:
    return [each.code for each in report.problems]


@pytest.mark.parametrize("entries", [3, 7, 300])
def test_it_says_of_an_honest_log_what_is_said_of_its_export(tmp_path: Path, entries: int) -> None:
    log = example_log(entries)

    assert verified(log, log.checkpoint(entries - 1)) == verified(log) == verify_path(log.write(tmp_path), VKEY)


@pytest.mark.parametrize("place", [0, 3, 6])
def test_a_changed_entry_is_refused_and_its_root_too(place: int) -> None:
    log = example_log()
    honest, log.leaves[place] = log.checkpoint(), b"{}"

    report = verify_leaves(log.leaves, honest, log.key_disclosures(), VKEY)

    assert [each.parameters for each in report.problems if each.code == "register.leaf_broken"] == [{"index": place}]
    assert codes(report)[0] == "register.root_differs"


def test_an_entry_that_is_missing_at_the_end_is_refused() -> None:
    log = example_log()

    report = verify_leaves(log.leaves[:-1], log.checkpoint(), log.key_disclosures(), VKEY)

    assert codes(report) == ["register.root_differs"]


def test_an_entry_that_a_key_left_out_is_told_at_the_end() -> None:
    log = example_log()
    log.counters[RECEIVER.verifier.text] += 1
    log.append(RECEIVER, {"kind": "roll_entry"})

    assert codes(verified(log)) == ["register.chain_gap"]


def test_signatures_below_what_was_verified_before_are_believed_and_no_others() -> None:
    log = example_log(5)
    leaf = log.leaves[-1]
    log.leaves[-1] = leaf[:-20] + leaf[-21:-20] + leaf[-19:]  # one letter of the signature is another

    found = {size: codes(verified(log, log.checkpoint(size))) for size in (4, 5)}

    assert found == {4: ["register.leaf_signature_wrong"], 5: []}


def test_what_lies_there_must_be_its_beginning_and_signed_by_the_log() -> None:
    log, other, strange = example_log(7), example_log(5, story="another "), example_log(5, signer=STRANGER)

    assert codes(verified(log, other.checkpoint())) == ["register.history_differs"]
    assert codes(verified(log, strange.checkpoint())) == ["register.since_not_signed"]


def test_a_log_of_another_key_is_refused() -> None:
    assert not verified(example_log(), vkey=STRANGER.verifier.text).ok
    assert verified(example_log(), vkey=LOG.verifier.text).ok


def test_nothing_is_written_over_a_larger_log(tmp_path: Path) -> None:
    log = example_log()
    now, smaller = (parse_signed_checkpoint(log.checkpoint(size)).checkpoint for size in (7, 6))
    assert published_before(log.write(tmp_path), now) == log.checkpoint()

    with pytest.raises(ExportError):
        published_before(tmp_path, smaller)
