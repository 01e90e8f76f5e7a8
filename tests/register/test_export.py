"""An export grows but never changes, and a stopped exporter has published nothing false."""

from pathlib import Path

import pytest

from habeas.register.checkpoint import parse_signed_checkpoint
from habeas.register.export import ExportError, read_bundle, read_checkpoint, read_keys, write_export
from habeas.register.files import names_in, write_file
from habeas.register.problems import Problem, RegisterError
from habeas.register.tiles import pack_bundle
from habeas.register.verify import verify_path

from .example import LOG, SENDER, ExampleLog, example_log

VKEY = LOG.verifier.text


def files(directory: Path) -> list[str]:
    return sorted(path.relative_to(directory).as_posix() for path in directory.rglob("*") if path.is_file())


def refused(directory: Path, log: ExampleLog) -> object:
    with pytest.raises(ExportError) as stopped:
        log.write(directory)
    return stopped.value.problem.parameters.get("path")


def leaves(directory: Path, size: int) -> list[bytes]:
    return [
        leaf for first in range(0, size, 256) for leaf in read_bundle(directory, first // 256, min(256, size - first))
    ]


def test_an_export_comes_back(tmp_path: Path) -> None:
    log = example_log(300)
    directory = log.write(tmp_path)
    assert leaves(directory, 300) == log.leaves
    assert read_checkpoint(directory) == parse_signed_checkpoint(log.checkpoint())
    assert list(read_keys(directory)) == log.key_disclosures()


def test_an_export_has_these_files(tmp_path: Path) -> None:
    assert files(example_log(257).write(tmp_path)) == [
        "checkpoint",
        "keys.jsonl",
        "tile/0/000",
        "tile/0/001.p/1",
        "tile/1/000.p/1",
        "tile/entries/000",
        "tile/entries/001.p/1",
    ]


def test_what_an_export_holds_beside_the_register_is_told(tmp_path: Path) -> None:
    log = example_log(257)
    folder = log.write(tmp_path / "export")
    assert verify_path(folder, VKEY).remarks == ()
    for path in ("tile/entries/zzz", "tile/entries/001.p/2", "tile/entries/099", "tile/x/y"):
        write_file(folder, path, b"")
    (folder / "tile/loop").symlink_to(folder)
    report = verify_path(folder, VKEY)
    assert report.ok
    assert report.remarks == (Problem("register.strays", {"count": 5, "first": "tile/entries/001.p/2"}),)
    write_file(folder, "tile/0/000", b"")
    assert verify_path(folder, VKEY).remarks == ()  # what is refused has problems instead


def test_partial_files_of_smaller_checkpoints_are_no_strays(tmp_path: Path) -> None:
    example_log(5).write(tmp_path)
    assert verify_path(example_log(7).write(tmp_path), VKEY).remarks == ()
    assert (tmp_path / "tile/0/000.p/5").exists()


def test_a_partial_file_beside_the_full_one_must_be_its_beginning(tmp_path: Path) -> None:
    log = example_log(257)
    folder = log.write(tmp_path)
    tile, bundle = (folder / "tile/0/000").read_bytes(), pack_bundle(log.leaves[:3])
    write_file(folder, "tile/0/000.p/3", tile[: 3 * 32])
    write_file(folder, "tile/entries/000.p/3", bundle)
    report = verify_path(folder, VKEY)
    assert (report.ok, report.remarks) == (True, ())
    write_file(folder, "tile/0/000.p/3", tile[32 : 4 * 32])
    write_file(folder, "tile/entries/000.p/3", bundle + bytes(100_000_000))
    report = verify_path(folder, VKEY)
    assert (report.ok, report.remarks) == (False, ())
    assert sorted((each.code, each.parameters["path"]) for each in report.problems) == [
        ("register.file_too_long", "tile/entries/000.p/3"),
        ("register.tile_changed", "tile/0/000.p/3"),
    ]


def test_countless_strays_are_counted_up_to_a_limit(tmp_path: Path) -> None:
    folder = example_log(7).write(tmp_path)
    for number in range(10_020):
        (folder / f"empty{number}").mkdir()
    (told,) = verify_path(folder, VKEY).remarks
    assert (told.code, told.parameters["count"]) == ("register.strays_at_least", 0)
    (folder / "tile/entries/000.p/7").unlink()
    assert verify_path(folder, VKEY).remarks == ()


def test_an_export_grows_and_forgets_partial_files_when_full_ones_replace_them(tmp_path: Path) -> None:
    grown, at_once = tmp_path / "grown", tmp_path / "at once"
    for size in (5, 255, 255, 257):
        log = example_log(size)
        assert verify_path(log.write(grown), VKEY).problems == ()
    assert files(grown) == files(log.write(at_once))


def test_a_published_entry_never_changes(tmp_path: Path) -> None:
    example_log(7).write(tmp_path)
    before = (tmp_path / "checkpoint").read_bytes()
    other = example_log(8, story="another story ")
    other.leaves.pop()
    with pytest.raises(ExportError) as stopped:
        write_export(
            tmp_path, other.leaves, checkpoint_note=example_log(8).checkpoint(), key_disclosures=other.key_disclosures()
        )
    assert stopped.value.problem.parameters == {"path": "tile/entries/000.p/7"}
    assert (tmp_path / "checkpoint").read_bytes() == before


def test_a_full_tile_with_other_content_stops_the_exporter(tmp_path: Path) -> None:
    log = example_log(257)
    log.write(tmp_path)
    write_file(tmp_path, "tile/0/000", bytes(8_192))
    assert refused(tmp_path, log) == "tile/0/000"
    write_file(tmp_path, "tile/0/000", bytes(9_000))
    assert refused(tmp_path, log) == "tile/0/000"


def test_a_folder_with_another_or_a_larger_log_stops_the_exporter(tmp_path: Path) -> None:
    example_log(7).write(tmp_path)
    elsewhere = "elsewhere.example/log"
    other = example_log(9, origin=elsewhere, signer=type(LOG)(elsewhere, LOG.seed))
    assert refused(tmp_path, other) == "checkpoint"
    assert refused(tmp_path, example_log(6)) == "checkpoint"
    assert refused(tmp_path, example_log(7, story="another story ")) == "checkpoint"


def test_a_published_checkpoint_that_can_not_be_read_stops_the_exporter(tmp_path: Path) -> None:
    write_file(tmp_path, "checkpoint", b"garbage")
    with pytest.raises(RegisterError, match=r"register\.checkpoint_broken"):
        example_log(7).write(tmp_path)


def test_a_published_line_of_keys_never_changes(tmp_path: Path) -> None:
    log = example_log(7)
    log.write(tmp_path)
    log.append(SENDER, {"kind": "roll_entry"})
    del log.introduced[SENDER.verifier.text]
    assert refused(tmp_path, log) == "keys.jsonl"
    write_file(tmp_path, "keys.jsonl", b"x")
    assert refused(tmp_path, log) == "keys.jsonl"


def test_leaves_that_do_not_give_the_signed_root_are_not_published(tmp_path: Path) -> None:
    log = example_log(7)
    with pytest.raises(ExportError) as stopped:
        write_export(tmp_path, log.leaves[:6], checkpoint_note=log.checkpoint(), key_disclosures=log.key_disclosures())
    assert stopped.value.problem.code == "register.export_root_differs"
    assert not (tmp_path / "checkpoint").exists()


@pytest.mark.parametrize("change", [lambda keys: keys[::-1], lambda keys: [*keys, keys[-1]]])
def test_keys_out_of_order_are_not_published(tmp_path: Path, change: object) -> None:
    log = example_log(7)
    with pytest.raises(ExportError) as stopped:
        write_export(
            tmp_path, log.leaves, checkpoint_note=log.checkpoint(), key_disclosures=change(log.key_disclosures())
        )
    assert stopped.value.problem.code == "register.export_keys_order"


def test_a_key_beyond_the_checkpoint_is_not_published(tmp_path: Path) -> None:
    log = example_log(3)
    with pytest.raises(ExportError):
        write_export(tmp_path, log.leaves[:2], checkpoint_note=log.checkpoint(2), key_disclosures=log.key_disclosures())


def test_reading_an_export_that_is_none_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RegisterError, match=r"register\.file_missing"):
        read_checkpoint(tmp_path)
    directory = example_log(7).write(tmp_path)
    write_file(directory, "tile/entries/000.p/7", b"cut")
    with pytest.raises(RegisterError, match=r"register\.bundle_broken"):
        read_bundle(directory, 0, 7)
    write_file(directory, "keys.jsonl", b"garbage\n")
    with pytest.raises(RegisterError, match=r"register\.keys_line_broken"):
        read_keys(directory)


def test_nothing_is_in_a_folder_that_is_not_there(tmp_path: Path) -> None:
    assert list(names_in(tmp_path / "nothing", limit=5)) == []
    write_file(tmp_path, "folder/one", b"")
    write_file(tmp_path, "folder/two", b"")
    assert len(list(names_in(tmp_path / "folder", limit=1))) == 1
