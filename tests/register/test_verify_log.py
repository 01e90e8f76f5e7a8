"""An honest export verifies; every tampering is refused, and the problem says which entry and how.

Two attackers. The *forger* can write every file but has not the log's key: bundles and tiles are made to fit
each other, the checkpoint stays. The *operator* has the log's key and signs whatever they like.
"""

import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from habeas.register.checkpoint import Checkpoint, parse_signed_checkpoint, sign_checkpoint
from habeas.register.files import write_file
from habeas.register.problems import GREATEST_PROBLEMS, Problem, ProblemList, Unusable
from habeas.register.tiles import TileRows, pack_bundle
from habeas.register.tree_audit import TreeAudit
from habeas.register.verify import verify_path

from .attacks import HONEST, VKEY, lay_out, problems, swapped
from .example import LOG, ORIGIN, RECEIVER, SENDER, ExampleLog, example_log

# Honest


@pytest.mark.parametrize("entries", [3, 7, 256, 257, 520])
def test_an_honest_export_verifies_with_the_key_of_the_log(tmp_path: Path, entries: int) -> None:
    log = example_log(entries)
    report = verify_path(log.write(tmp_path), VKEY, since=log.checkpoint(entries - 1))
    assert report.problems == ()
    assert (report.ok, report.verdict) == (True, "register.verdict_established")
    assert report.checkpoint == parse_signed_checkpoint(log.checkpoint()).checkpoint
    assert [(key.index, key.party) for key in report.keys] == [(0, "log"), (1, "sending_state"), (2, "receiving_state")]


def test_without_a_key_the_export_is_only_consistent_in_itself(tmp_path: Path) -> None:
    report = verify_path(example_log().write(tmp_path), None)
    assert (report.problems, report.verdict, report.ok) == ((), "register.verdict_consistent_only", False)


def test_an_empty_log_verifies(tmp_path: Path) -> None:
    log = ExampleLog()
    assert verify_path(log.write(tmp_path), VKEY, since=log.checkpoint()).ok
    assert verify_path(tmp_path, None).verdict == "register.verdict_consistent_only"


def test_whoever_waits_is_told_how_far_it_is(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    verify_path(example_log(300).write(tmp_path), VKEY, progress=lambda done, of: told.append((done, of)))
    assert told == [(256, 300), (300, 300)]


# Changed bytes


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("honest")
    log = example_log(5)
    log.write(directory)
    for party in (RECEIVER, SENDER):  # an older, smaller checkpoint's partial files stay in place
        log.append(party, {"kind": "roll_entry"})
    return log.write(directory)


def test_a_byte_changed_anywhere_in_an_export_is_refused(honest: Path) -> None:
    assert verify_path(honest, VKEY).ok
    files = [path for path in honest.rglob("*") if path.is_file()]
    assert len(files) == 6
    for path in files:
        whole = path.read_bytes()
        for place in range(0, len(whole), 1 if len(whole) < 400 else 29):
            path.write_bytes(whole[:place] + bytes([whole[place] ^ 1 << place % 8]) + whole[place + 1 :])
            assert not verify_path(honest, VKEY).ok, (path.name, place)
        path.write_bytes(whole)
    assert verify_path(honest, VKEY).ok


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data())
def test_any_change_of_any_file_is_refused(honest: Path, data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(sorted(item for item in honest.rglob("*") if item.is_file())))
    whole = path.read_bytes()
    start = data.draw(st.integers(0, len(whole) - 1))
    end = data.draw(st.integers(start, len(whole)))
    other = data.draw(st.binary(max_size=8).filter(lambda new: new != whole[start:end]))
    try:
        path.write_bytes(whole[:start] + other + whole[end:])
        assert not verify_path(honest, VKEY).ok
        assert verify_path(honest, None).problems
    finally:
        path.write_bytes(whole)


def test_a_changed_entry_is_named(tmp_path: Path) -> None:
    leaves = example_log(7).leaves
    leaves[4] = leaves[4].replace(b'"n":"', b'"n":"9', 1).replace(b'","prev', b'","prev', 1)
    directory = HONEST.write(tmp_path)
    write_file(directory, "tile/entries/000.p/7", pack_bundle(leaves))
    found = problems(directory)
    assert Problem("register.leaf_changed", {"path": "tile/0/000.p/7", "index": 4}) in found
    assert Problem("register.leaf_broken", {"index": 4}) in found
    assert Problem("register.leaf_member", {"member": "n"}) in found
    assert Problem("register.root_differs", {"size": 7}) in found


def test_a_changed_tile_is_told_from_a_changed_entry(tmp_path: Path) -> None:
    directory = HONEST.write(tmp_path)
    write_file(directory, "tile/0/000.p/7", bytes(7 * 32))
    assert problems(directory) == [Problem("register.tile_changed", {"path": "tile/0/000.p/7"})]


def test_a_changed_tile_of_a_higher_level_is_found(tmp_path: Path) -> None:
    directory = example_log(257).write(tmp_path)
    write_file(directory, "tile/1/000.p/1", bytes(32))
    assert problems(directory) == [Problem("register.tile_changed", {"path": "tile/1/000.p/1"})]


def test_a_changed_full_tile_of_a_higher_level_is_found(tmp_path: Path) -> None:
    log = ExampleLog()
    directory = lay_out(tmp_path, log, [b"no leaf"] * 65_536)
    write_file(directory, "tile/1/000", bytes(8_192))
    found = ProblemList()
    checkpoint = parse_signed_checkpoint((directory / "checkpoint").read_bytes()).checkpoint
    assert sum(len(leaves) for leaves, _ in TreeAudit(directory, checkpoint, None, found).bundles()) == 65_536
    assert found.all() == (Problem("register.tile_changed", {"path": "tile/1/000"}),)


# Entries dropped, swapped, put in, forged


def test_a_bundle_in_the_place_of_another_is_told_once_and_first(tmp_path: Path) -> None:
    log = example_log(600)
    directory = log.write(tmp_path)
    write_file(directory, "tile/entries/001", pack_bundle(log.leaves[:256]))
    other = {"path": "tile/0/001", "bundle": "tile/entries/001", "index": 256, "last": 511}
    first, second, *_ = problems(directory)
    assert (first, second.code) == (Problem("register.bundle_other", other), "register.root_differs")


def test_without_its_keys_the_entries_are_held_against_the_tree_and_the_chains_alone(tmp_path: Path) -> None:
    directory = lay_out(tmp_path, HONEST, HONEST.leaves[:3] + HONEST.leaves[4:])
    (directory / "keys.jsonl").unlink()
    assert problems(directory) == [
        Problem("register.file_missing", {"path": "keys.jsonl"}),
        Problem("register.chain_gap", {"index": 4, "first_missing": 0, "last_missing": 0}),
    ]


def test_a_full_bundle_that_is_missing_is_told_with_its_entries(tmp_path: Path) -> None:
    directory = example_log(600).write(tmp_path)
    (directory / "tile/entries/001").unlink()
    missing = {"path": "tile/entries/001", "index": 256, "size": 600}
    assert problems(directory) == [Problem("register.bundle_missing", missing)]


def test_two_swapped_entries_are_named_by_the_tile(tmp_path: Path) -> None:
    directory = HONEST.write(tmp_path)
    write_file(directory, "tile/entries/000.p/7", pack_bundle(swapped(HONEST.leaves, 3, 5)))
    expected = Problem("register.leaves_swapped", {"path": "tile/0/000.p/7", "index": 3, "other": 5})
    assert expected in problems(directory)


def test_a_dropped_entry_is_named_by_the_tile(tmp_path: Path) -> None:
    directory = HONEST.write(tmp_path)
    write_file(directory, "tile/entries/000.p/7", pack_bundle(HONEST.leaves[:4] + HONEST.leaves[5:]))
    path = "tile/0/000.p/7"
    assert problems(directory) == [
        Problem("register.bundle_count", {"path": "tile/entries/000.p/7", "found": 6, "expected": 7}),
        Problem("register.leaf_dropped", {"path": path, "index": 4}),
    ]


def test_the_last_entry_dropped_is_named_by_the_tile(tmp_path: Path) -> None:
    directory = HONEST.write(tmp_path)
    write_file(directory, "tile/entries/000.p/7", pack_bundle(HONEST.leaves[:6]))
    assert Problem("register.leaf_dropped", {"path": "tile/0/000.p/7", "index": 6}) in problems(directory)


def test_an_entry_put_in_is_named_by_the_tile(tmp_path: Path) -> None:
    directory = HONEST.write(tmp_path)
    leaves = [*HONEST.leaves[:4], HONEST.leaves[2], *HONEST.leaves[4:]]
    write_file(directory, "tile/entries/000.p/7", pack_bundle(leaves))
    assert Problem("register.leaf_put_in", {"path": "tile/0/000.p/7", "index": 4}) in problems(directory)


def test_a_forged_entry_with_a_fitting_tile_has_another_root(tmp_path: Path) -> None:
    forged = example_log(7)
    forged.leaves[6] = example_log(7, story="forged ").leaves[6]
    directory = lay_out(tmp_path, forged, forged.leaves, HONEST.checkpoint())
    assert Problem("register.root_differs", {"size": 7}) in problems(directory)


def test_an_entry_dropped_by_the_operator_leaves_a_gap_in_its_keys_chain(tmp_path: Path) -> None:
    directory = lay_out(tmp_path, HONEST, HONEST.leaves[:3] + HONEST.leaves[4:])
    assert problems(directory) == [Problem("register.chain_gap", {"index": 4, "first_missing": 0, "last_missing": 0})]


def test_entries_of_one_key_swapped_by_the_operator_are_out_of_order(tmp_path: Path) -> None:
    log = example_log(9)
    directory = lay_out(tmp_path, log, swapped(log.leaves, 3, 5))
    assert problems(directory) == [Problem("register.leaves_out_of_order", {"index": 3, "other": 5})]


def test_an_entry_taken_from_the_middle_and_put_at_the_end_is_out_of_order(tmp_path: Path) -> None:
    log = example_log(11)
    directory = lay_out(tmp_path, log, [*log.leaves[:3], *log.leaves[4:], log.leaves[3]])
    assert problems(directory) == [Problem("register.leaves_out_of_order", {"index": 4, "other": 10})]


def test_a_gap_that_is_filled_only_in_part_stays_a_gap(tmp_path: Path) -> None:
    log = example_log(13)
    without = [leaf for at, leaf in enumerate(log.leaves) if at not in (3, 5, 7)]
    directory = lay_out(tmp_path, log, [*without, log.leaves[5]])
    assert {item.code for item in problems(directory)} == {"register.chain_gap", "register.leaves_out_of_order"}
    gaps = [item.parameters for item in problems(directory) if item.code == "register.chain_gap"]
    assert [(gap["first_missing"], gap["last_missing"]) for gap in gaps] == [(0, 0), (2, 2)]


def test_countless_gaps_are_bounded(tmp_path: Path) -> None:
    log = example_log(3)
    for number in range(2 * GREATEST_PROBLEMS + 4):
        log.append(SENDER, {"body.number": number})
    directory = lay_out(tmp_path, log, [*log.leaves[:3], *log.leaves[4::2]])
    assert len(problems(directory)) == GREATEST_PROBLEMS


def test_an_entry_repeated_by_the_operator_uses_its_counter_twice(tmp_path: Path) -> None:
    directory = lay_out(tmp_path, HONEST, [*HONEST.leaves, HONEST.leaves[3]])
    assert problems(directory) == [Problem("register.counter_reused", {"index": 7, "counter": 0})]


def test_an_entry_replaced_by_its_own_signer_breaks_the_chain_behind_it(tmp_path: Path) -> None:
    other = example_log(9, story="another story ")
    leaves = [*HONEST.leaves[:3], other.leaves[3], *HONEST.leaves[4:]]
    assert problems(lay_out(tmp_path, HONEST, leaves)) == [Problem("register.chain_broken", {"index": 5, "counter": 1})]


def test_an_entry_with_anothers_signature_is_refused(tmp_path: Path) -> None:
    mark, other = HONEST.leaves[3], HONEST.leaves[5]
    start, end = mark.index(b'"sigs"'), mark.index(b',"v"')
    leaves = list(HONEST.leaves)
    leaves[3] = mark[:start] + other[start:end] + mark[end:]
    assert Problem("register.leaf_signature_wrong", {"index": 3}) in problems(lay_out(tmp_path, HONEST, leaves))


def test_an_entry_of_another_log_is_refused(tmp_path: Path) -> None:
    other = example_log(7, origin="elsewhere.example/log")
    directory = lay_out(tmp_path, HONEST, [*HONEST.leaves[:6], other.leaves[6]])
    assert Problem("register.leaf_other_log", {"index": 6, "origin": ORIGIN}) in problems(directory)


# Hostile files


def replace(directory: Path, name: str, make: Callable[[Path], object]) -> None:
    (directory / name).unlink()
    make(directory / name)


@pytest.mark.parametrize("name", ["checkpoint", "keys.jsonl", "tile/0/000.p/7", "tile/entries/000.p/7"])
@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda _: None, "register.file_missing"),
        (lambda path: path.mkdir(), "register.file_unreadable"),
        (lambda path: path.symlink_to(path), "register.file_unreadable"),
        (lambda path: path.symlink_to("/dev/zero"), "register.file_unreadable"),
        (os.mkfifo, "register.file_unreadable"),
        (lambda path: (path.touch(), os.truncate(path, 10**9)), "register.file_too_long"),
    ],
)
def test_a_file_that_is_none_is_a_problem(tmp_path: Path, name: str, make: Callable[[Path], object], code: str) -> None:
    directory = HONEST.write(tmp_path)
    replace(directory, name, make)
    missing = ("register.file_missing", "tile/entries/000.p/7")
    expected = "register.bundle_missing" if (code, name) == missing else code
    assert expected in {problem.code for problem in problems(directory)}


@pytest.mark.parametrize("name", ["checkpoint", "keys.jsonl", "tile/0/000.p/7", "tile/entries/000.p/7"])
@pytest.mark.parametrize("data", [b"", b"\xff" * 9, b"\0" * 3_000, b"\n" * 2_000, b"{" * 2_000])
def test_garbage_is_a_problem(tmp_path: Path, name: str, data: bytes) -> None:
    directory = HONEST.write(tmp_path)
    write_file(directory, name, data)
    problems(directory)


def test_a_cut_checkpoint_is_a_problem(tmp_path: Path) -> None:
    directory = HONEST.write(tmp_path)
    note = HONEST.checkpoint()
    for length in range(len(note)):
        write_file(directory, "checkpoint", note[:length])
        assert problems(directory) == [Problem("register.checkpoint_broken")]


def test_a_checkpoint_of_a_monstrous_size_ends_at_the_first_missing_bundle(tmp_path: Path) -> None:
    note = sign_checkpoint(Checkpoint(ORIGIN, 10**18, bytes(32)), LOG)
    directory = lay_out(tmp_path, HONEST, HONEST.leaves, note)
    assert problems(directory) == [
        Problem("register.bundle_missing", {"path": "tile/entries/000", "index": 0, "size": 10**18})
    ]


def test_a_bundle_with_a_cut_entry_is_a_problem(tmp_path: Path) -> None:
    directory = HONEST.write(tmp_path)
    write_file(directory, "tile/entries/000.p/7", pack_bundle(HONEST.leaves)[:-1])
    assert problems(directory) == [Problem("register.bundle_broken", {"path": "tile/entries/000.p/7"})]


def test_an_older_partial_file_that_is_none_is_a_problem(tmp_path: Path) -> None:
    directory = HONEST.write(tmp_path)
    (directory / "tile/0/000.p/3").mkdir()
    (directory / "tile/entries/000.p/3").mkdir()
    assert problems(directory) == [
        Problem("register.file_unreadable", {"path": "tile/entries/000.p/3"}),
        Problem("register.file_unreadable", {"path": "tile/0/000.p/3"}),
    ]


def test_countless_problems_are_counted(tmp_path: Path) -> None:
    directory = lay_out(tmp_path, HONEST, [b"no leaf"] * 2_000, HONEST.checkpoint())
    write_file(directory, "checkpoint", sign_checkpoint(Checkpoint(ORIGIN, 2_000, bytes(32)), LOG))
    found = problems(directory)
    assert [each.code for each in found].count("register.leaf_broken") == GREATEST_PROBLEMS
    assert "register.root_differs" in {each.code for each in found}
    assert found[-1].code == "register.more_problems"


def test_countless_differences_from_the_tiles_are_bounded(tmp_path: Path) -> None:
    directory = lay_out(tmp_path, HONEST, [b"leaf %d" % number for number in range(2_000)])
    rows = TileRows()
    for _ in range(0, 1_792, 256):
        for tile in rows.push([bytes(32)] * 256):
            write_file(directory, tile.path, tile.hashes)
    kinds = Counter(each.code for each in problems(directory))
    assert max(kinds.values()) == GREATEST_PROBLEMS


def test_a_question_that_can_not_be_asked_is_unusable(tmp_path: Path) -> None:
    with pytest.raises(Unusable) as refused:
        verify_path(tmp_path / "nothing", VKEY)
    assert refused.value.problem == Problem("register.path_missing", {"path": str(tmp_path / "nothing")})
    with pytest.raises(Unusable):
        verify_path(tmp_path / ("x" * 5_000), None)
    with pytest.raises(Unusable) as refused:
        verify_path(HONEST.write(tmp_path), "no key")
    assert refused.value.problem == Problem("register.vkey_broken")
