"""What a checkpoint shows by itself, before any entry is at hand; and what of a log that grows is fetched again."""

from pathlib import Path

import pytest

from habeas.register.export import beginning, longest, read_keys
from habeas.register.files import write_file
from habeas.register.keys import key_line
from habeas.register.problems import Problem, RegisterError, Unusable
from habeas.register.tiles import pack_bundle, tile_path
from habeas.register.tree import leaf_hash
from habeas.register.verify import verify_head, verify_path

from .attacks import lay_out
from .example import LOG, SENDER, ExampleLog, example_log

VKEY = LOG.verifier.text
HONEST = example_log(9)


def head_only(folder: Path, log: ExampleLog) -> Path:
    write_file(folder, "checkpoint", log.checkpoint())
    write_file(folder, "keys.jsonl", b"".join(map(key_line, log.key_disclosures())))
    return folder


def test_the_head_of_a_log_shows_who_signed_it_and_a_fork_and_a_rollback(tmp_path: Path) -> None:
    folder = head_only(tmp_path, HONEST)
    assert verify_head(folder, VKEY, since=HONEST.checkpoint(5)).ok
    assert not verify_head(folder, None).ok
    forked = example_log(9, story="another ").checkpoint()
    found = {since: verify_head(folder, VKEY, since=since).problems for since in (forked, example_log(12).checkpoint())}
    assert list(found.values()) == [
        (Problem("register.forked", {"size": 9}),),
        (Problem("register.rolled_back", {"kept_size": 12, "size": 9}),),
    ]
    with pytest.raises(Unusable, match=r"register\.vkey_broken"):
        verify_head(folder, "no key")


def test_a_head_that_can_not_be_read_is_refused(tmp_path: Path) -> None:
    write_file(tmp_path, "checkpoint", b"garbage")
    assert verify_head(tmp_path, VKEY).problems == (Problem("register.checkpoint_broken"),)
    write_file(tmp_path, "checkpoint", HONEST.checkpoint())
    assert [each.code for each in verify_head(tmp_path, VKEY).problems] == ["register.file_missing"]


def test_a_checkpoint_alone_is_verified_by_its_signature_and_held_against_a_kept_one(tmp_path: Path) -> None:
    write_file(tmp_path, "now", HONEST.checkpoint())
    assert verify_path(tmp_path / "now", VKEY).ok
    assert verify_path(tmp_path / "now", VKEY, since=HONEST.checkpoint()).ok
    assert verify_path(tmp_path / "now", None).verdict == "register.verdict_consistent_only"
    assert not verify_path(tmp_path / "now", SENDER.verifier.text).ok
    assert verify_path(tmp_path / "now", VKEY, since=HONEST.checkpoint(5)).problems == (
        Problem("register.since_needs_log", {"kept_size": 5, "size": 9}),
    )


def test_signatures_that_were_verified_before_are_believed_and_the_entries_hashed_again(tmp_path: Path) -> None:
    wrong = bytearray(HONEST.leaves[4])
    wrong[wrong.index(b'"sigs":["') + 9] ^= 1
    leaves = [*HONEST.leaves[:4], bytes(wrong), *HONEST.leaves[5:]]
    folder = lay_out(tmp_path / "signed over", HONEST, leaves)
    found = {
        verified: {each.code for each in verify_path(folder, VKEY, verified=verified).problems} for verified in (4, 5)
    }
    assert "register.leaf_signature_wrong" in found[4] - found[5]
    folder = lay_out(tmp_path / "changed", HONEST, leaves, HONEST.checkpoint())
    kept = HONEST.checkpoint(6)
    found = {6: {each.code for each in verify_path(folder, VKEY, since=kept, verified=6).problems}}
    assert {"register.history_differs", "register.root_differs"} <= found[6]


def test_a_partial_file_is_the_beginning_of_the_full_one_that_replaced_it(tmp_path: Path) -> None:
    log = example_log(256)
    folder, part = log.write(tmp_path / "full"), log.leaves[:7]
    full, tile = ((folder / tile_path(level, 0)).read_bytes() for level in (None, 0))
    assert beginning(None, full, 7) == pack_bundle(part)
    assert beginning(0, tile, 7) == b"".join(map(leaf_hash, part))
    assert beginning(None, full[:-1], 7) == full[:-1]
    assert (longest(0, 7), longest(None, 1)) == (7 * 32, 60_002)


def test_keys_beyond_a_size_are_left_out_and_broken_lines_stay(tmp_path: Path) -> None:
    log = example_log(3)
    folder, entries = log.write(tmp_path), tuple(log.key_disclosures())
    assert [each.index for each in entries] == [0, 1, 2]
    assert read_keys(folder) == entries
    write_file(folder, "checkpoint", log.checkpoint(2))
    assert read_keys(folder) == entries[:2]
    write_file(folder, "keys.jsonl", b"garbage\n")
    with pytest.raises(RegisterError):
        read_keys(folder)


def test_a_file_that_is_none_of_these_can_not_be_verified(tmp_path: Path) -> None:
    write_file(tmp_path, "other", b"an invented page")
    with pytest.raises(Unusable, match=r"register\.path_other"):
        verify_path(tmp_path / "other", VKEY)
