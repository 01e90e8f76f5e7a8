"""`habeas mirror`: a copy that grows with its log, is a valid export at any moment, and refuses to be contradicted."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from habeas.register.cosignature import cosign
from habeas.register.files import write_file
from habeas.register.note import COSIGNER, Signer, parse_note
from habeas.register.receipt import make_receipt
from habeas.register.tiles import TileRows, pack_bundle, tile_path
from habeas.register.tree import leaf_hash
from habeas.register.verify import verify_path

from .register.attacks import lay_out
from .register.example import LOG, STRANGER, drawn, example_log
from .serving import served
from .test_cli import Ended, Shell, habeas

__all__ = ["habeas"]

VKEY = LOG.verifier.text
WITNESS = Signer("witness.example/w1", drawn("witness", 1), COSIGNER)


def files(folder: Path) -> dict[str, bytes]:
    return {each.relative_to(folder).as_posix(): each.read_bytes() for each in folder.rglob("*") if each.is_file()}


def mirrored(habeas: Shell, source: Path, copy: Path, *words: str) -> tuple[Ended, list[str]]:
    with served(source) as site:
        return habeas("mirror", site.url, copy, "--key", VKEY, *words), site.asked


def test_a_copy_grows_with_its_log_and_only_what_is_new_is_fetched(tmp_path: Path, habeas: Shell) -> None:
    source, copy = tmp_path / "source", tmp_path / "copy"
    for size, first in ((3, 0), (255, 0), (256, 0), (300, 1), (300, None), (600, 1), (1_000, 2)):
        example_log(size).write(source)
        ended, asked = mirrored(habeas, source, copy)
        assert (ended.code, f"has {size} entries" in ended.out) == (0, True), ended
        assert verify_path(copy, VKEY).ok
        assert {path: files(copy)[path] for path in files(source)} == files(source)
        fetched = [] if first is None else [tile_path(None, at) for at in range(first)]
        assert not {f"/{each}" for each in fetched} & set(asked)
        assert first is not None or asked == ["/checkpoint", "/keys.jsonl"]


def test_the_time_of_the_look_and_what_was_new_are_told_as_data(tmp_path: Path, habeas: Shell) -> None:
    source, copy = example_log(7).write(tmp_path / "source"), tmp_path / "copy"
    before = time.strftime("%Y-%m-%dT%H:%M", time.gmtime())
    answer = json.loads(mirrored(habeas, source, copy, "--format", "json")[0].out)
    assert answer["looked_at"][:16] in (before, time.strftime("%Y-%m-%dT%H:%M", time.gmtime()))
    log = answer.pop("log")
    answer.pop("looked_at")
    assert answer == {"habeas_mirror": 1, "directory": str(copy), "had": 0, "size": 7, "evidence": None}
    assert (log["ok"], log["established"]["size"]) == (True, 7)


def test_a_checkpoint_that_more_witnesses_have_seen_replaces_the_kept_one(tmp_path: Path, habeas: Shell) -> None:
    log, copy = example_log(7), tmp_path / "copy"
    source = log.write(tmp_path / "source")
    policy = tmp_path / "policy"
    policy.write_text(f"log {VKEY}\nwitness w1 {WITNESS.verifier.text}\nquorum w1\n")
    ended, _ = mirrored(habeas, source, copy, "--policy", str(policy))
    assert (ended.code, copy.exists()) == (1, False)
    assert mirrored(habeas, source, copy)[0].code == 0
    line = cosign(parse_note(log.checkpoint()), WITNESS, 1_790_000_000).encode()
    write_file(source, "checkpoint", log.checkpoint() + line)
    assert mirrored(habeas, source, copy, "--policy", str(policy))[0].code == 0
    assert (copy / "checkpoint").read_bytes() == log.checkpoint() + line


@pytest.mark.parametrize(
    ("now", "sentence"),
    [
        (example_log(300, story="another "), "The log was forked: "),
        (example_log(290), "The log went back: "),
        (example_log(600, story="another "), "The log was rebuilt: "),
    ],
)
def test_a_log_that_contradicts_the_copy_is_refused_and_both_checkpoints_kept(
    tmp_path: Path, habeas: Shell, now, sentence: str
) -> None:
    copy = tmp_path / "copy"
    mirrored(habeas, example_log(300).write(tmp_path / "source"), copy)
    before = files(copy)
    other = now.write(tmp_path / "other")
    for language in ("en", "es", "en"):
        ended, _ = mirrored(habeas, other, copy, "--lang", language)
        (evidence,) = copy.glob("evidence-*")
        assert (ended.code, ended.err, str(evidence) in ended.out) == (1, "", True)
        assert (sentence in ended.out) == (language == "en")
    assert files(evidence) == {"checkpoint-kept": before["checkpoint"], "checkpoint-seen": now.checkpoint()}
    assert {path: each for path, each in files(copy).items() if "evidence" not in path} == before
    assert verify_path(copy, VKEY).ok
    alone = habeas("verify", evidence / "checkpoint-seen", "--since", evidence / "checkpoint-kept", "--key", VKEY)
    assert alone.code == 1
    assert mirrored(habeas, example_log(400).write(tmp_path / "source"), copy)[0].code == 0


def test_nothing_false_is_written_and_the_true_log_is_taken_afterwards(tmp_path: Path, habeas: Shell) -> None:
    log, copy = example_log(600), tmp_path / "copy"
    mirrored(habeas, example_log(300).write(tmp_path / "source"), copy)
    before = files(copy)
    other = example_log(600, story="forged ").leaves
    forged = [*log.leaves[:400], other[400], *log.leaves[401:]]
    lay_out(tmp_path / "forged", log, forged, log.checkpoint())
    stranger = example_log(600, signer=STRANGER).write(tmp_path / "stranger")
    for source in (tmp_path / "forged", stranger):
        ended, _ = mirrored(habeas, source, copy)
        assert (ended.code, {path: files(copy)[path] for path in before}) == (1, before)
    assert mirrored(habeas, log.write(tmp_path / "source"), copy)[0].code == 0
    assert verify_path(copy, VKEY).ok


def test_without_a_key_the_copy_is_kept_and_the_signer_is_not_established(tmp_path: Path, habeas: Shell) -> None:
    with served(example_log(7).write(tmp_path / "source")) as site:
        ended = habeas("mirror", site.url, tmp_path / "copy")
    assert (ended.code, "signer not established" in ended.out) == (1, True)
    assert verify_path(tmp_path / "copy", VKEY).ok


def test_a_copy_that_is_damaged_is_not_blamed_on_the_log(tmp_path: Path, habeas: Shell) -> None:
    copy = tmp_path / "copy"
    mirrored(habeas, example_log(300).write(tmp_path / "source"), copy)
    bundle = [*example_log(300).leaves[:255], example_log(300, story="x").leaves[255]]
    write_file(copy, tile_path(None, 0), pack_bundle(bundle))
    (tile,) = TileRows().push(list(map(leaf_hash, bundle)))[:1]
    write_file(copy, tile.path, tile.hashes)
    ended, _ = mirrored(habeas, example_log(400).write(tmp_path / "source"), copy)
    assert (ended.code, "is damaged by itself" in ended.err) == (2, True)
    assert not list(copy.glob("evidence-*"))


def test_what_is_no_log_can_not_be_mirrored(tmp_path: Path, habeas: Shell) -> None:
    (tmp_path / "receipt.json").write_bytes(make_receipt(example_log(9).receipt(5)))
    with served(tmp_path) as site:
        for url in (f"{site.url}/receipt.json", f"{site.url}/nothing", "nowhere"):
            ended = habeas("mirror", url, tmp_path / "copy", "--key", VKEY)
            assert (ended.code, ended.out, len(ended.err.splitlines())) == (2, "", 1)
    assert not (tmp_path / "copy").exists()
    (tmp_path / "copy").write_bytes(b"a file")
    ended, _ = mirrored(habeas, example_log(7).write(tmp_path / "source"), tmp_path / "copy")
    assert (ended.code, ended.out, len(ended.err.splitlines())) == (2, "", 1)


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is sent elsewhere")
def test_a_copy_is_valid_also_after_kill_9_at_any_moment_and_the_next_run_ends_it(
    tmp_path: Path, habeas: Shell
) -> None:
    copy, source = tmp_path / "copy", tmp_path / "source"
    mirrored(habeas, example_log(300).write(source), copy)
    kept = tmp_path / "kept"
    shutil.copytree(copy, kept)
    example_log(4_000).write(source)
    start = "import sys; from habeas.cli import main; sys.exit(main())"
    for awaited in ("tile/entries/001", "tile/entries/009", "tile/0/014", "tile/1/000.p/15", "keys.jsonl.new"):
        shutil.rmtree(copy)
        shutil.copytree(kept, copy)
        with served(source) as site:
            running = subprocess.Popen(
                [sys.executable, "-c", start, "mirror", site.url, str(copy), "--key", VKEY],
                env={**os.environ, "TMPDIR": str(tmp_path)},
                stdout=subprocess.DEVNULL,
            )
            while not (copy / awaited).exists() and running.poll() is None:
                time.sleep(0.001)
            running.send_signal(signal.SIGKILL)
            running.wait(timeout=120)
        report = verify_path(copy, VKEY)
        assert report.ok, (awaited, report.problems)
        assert report.checkpoint is not None
        assert report.checkpoint.size in (300, 4_000)
        assert mirrored(habeas, source, copy)[0].code == 0
        assert {path: files(copy)[path] for path in files(source)} == files(source)


def test_a_copy_that_can_t_be_written_names_its_folder(tmp_path: Path, habeas: Shell) -> None:
    copy = Path("/proc/habeas")  # nobody makes a folder there
    ended, _ = mirrored(habeas, example_log(3).write(tmp_path / "source"), copy)
    assert (ended.code, f"{copy} can't be written" in ended.err, "make room" in ended.err) == (2, True, True), ended.err
