"""What others wrote accepts our logs and our proofs, and refuses the forgeries that we refuse.

Two languages and three libraries that share no code with Habeas: Go's sumdb from Debian's packages, tlog-scales
from PyPI, and @sigstore/verify from npm.
"""

from __future__ import annotations

import base64
import json
import subprocess
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from tlog_scales.backend import LocalBackend
from tlog_scales.reader import TilesReader
from tlog_scales.signing import Vkey, VkeySet
from tlog_scales.tlog import Checkpoint as TheirCheckpoint
from tlog_scales.tlog import ConsistencyProof, ConsistencyProofInvalid, InclusionProof, InclusionProofInvalid

from habeas.register.checkpoint import Checkpoint, parse_signed_checkpoint, sign_checkpoint
from habeas.register.cosignature import cosign
from habeas.register.export import write_export
from habeas.register.files import write_file
from habeas.register.note import COSIGNER, Signer, parse_note
from habeas.register.problems import ProblemList
from habeas.register.tiles import TILE_WIDTH, TileRows, pack_bundle, tile_path, tile_subtree_hashes
from habeas.register.tree import EMPTY_EDGE, consistency_path, grow, inclusion_path, leaf_hash, root
from habeas.register.tree_audit import TreeAudit
from habeas.register.verify import verify_path

from ..register.attacks import VKEY, lay_out, swapped
from ..register.example import LOG, ORIGIN, STRANGER, drawn, example_log

HERE = Path(__file__).parent
SIZES = (1, 255, 256, 257, 65_536, 70_000)
AT = 1_790_000_000


@cache
def leaves(size: int) -> list[bytes]:
    return [b"leaf %d" % number for number in range(size)]


@cache
def hashes(size: int) -> list[bytes]:
    return [leaf_hash(each) for each in leaves(size)]


@cache
def subtree(size: int):
    rows: dict[tuple[int, int], bytes] = {}
    for node in grow(EMPTY_EDGE, hashes(size))[1]:
        rows[node.level, node.index] = node.hash

    def read(level: int, start: int, end: int) -> list[bytes]:
        return hashes(size)[start:end] if level == 0 else [rows[level, at] for at in range(start, end)]

    return tile_subtree_hashes(read)


def root_of(size: int) -> bytes:
    return root(grow(EMPTY_EDGE, hashes(size))[0])


def checkpoint(size: int) -> bytes:
    return sign_checkpoint(Checkpoint(ORIGIN, size, root_of(size)), LOG)


@pytest.fixture(scope="session")
def logs(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    folder = tmp_path_factory.mktemp("logs")
    for size in SIZES:
        write_export(folder / str(size), leaves(size), checkpoint_note=checkpoint(size), key_disclosures=[])
    return {size: folder / str(size) for size in SIZES}


def go_says(tlogcheck: Path, directory: Path, *old: Path, key: str = VKEY) -> str:
    """What the checker prints. Any other end than a plain answer is a refusal too, and shown as it is."""
    command = [str(tlogcheck), str(directory), key, *map(str, old)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    return (ended.stdout + ended.stderr).strip()


# --- honest logs -----------------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES)
def test_go_accepts_every_size_of_log_and_its_growth(
    tlogcheck: Path, logs: dict[int, Path], size: int, tmp_path: Path
) -> None:
    older = [each for each in SIZES if each <= size]
    for each in older:
        (tmp_path / str(each)).write_bytes(checkpoint(each))
    assert go_says(tlogcheck, logs[size], *(tmp_path / str(each) for each in older)) == "accepted"


@pytest.mark.parametrize("size", SIZES)
def test_tlog_scales_reads_our_tiles_and_makes_our_proofs(logs: dict[int, Path], size: int) -> None:
    reader = TilesReader(LocalBackend(logs[size]))
    theirs = reader.get_checkpoint()
    theirs.verify(Vkey.from_string(VKEY))
    reader.set_size(size)
    assert reader.calculate_root_hash() == theirs.root_hash == root_of(size)
    for index in sorted({0, size // 3, size - 1}):
        assert reader.get_entry(index) == leaves(size)[index]
        made = reader.get_inclusion_proof(index, size)
        assert tuple(made.node_hashes) == inclusion_path(index, size, subtree(size))
        made.check(leaf_hash(leaves(size)[index]), theirs.root_hash)
    for first in sorted({1, max(1, size // 3), size}):
        made = reader.get_consistency_proof(first, size)
        assert tuple(made.node_hashes) == consistency_path(first, size, subtree(size))
        made.check(root_of(first), theirs.root_hash)


def test_sigstore_accepts_our_proofs_of_inclusion_and_no_other(node_modules: Path) -> None:
    asked, expected = [], []
    for size in SIZES:
        for index in sorted({0, size // 2, size - 1}):
            path = inclusion_path(index, size, subtree(size))
            proof = _as_json(leaves(size)[index], index, size, path)
            wrong = [
                {**proof, "body": base64.b64encode(b"another").decode()},
                {**proof, "root": base64.b64encode(bytes(32)).decode()},
                _as_json(leaves(size)[index], index, size, (*path, bytes(32))),
            ]
            asked += [proof, *wrong]
            expected += [True, False, False, False]
    ended = subprocess.run(
        ["node", str(HERE / "merkle.mjs"), str(node_modules)],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert json.loads(ended.stdout) == expected


def _as_json(body: bytes, index: int, size: int, path: tuple[bytes, ...]) -> dict[str, object]:
    def text(data: bytes) -> str:
        return base64.b64encode(data).decode()

    return {"body": text(body), "index": index, "size": size, "root": text(root_of(size)), "path": [*map(text, path)]}


def test_tlog_scales_accepts_the_cosignature_of_our_witness_and_no_changed_one() -> None:
    witness = Signer("witness.example", drawn("witness", 1), COSIGNER)
    note = checkpoint(257)
    cosigned = note + cosign(parse_note(note), witness, AT).encode()
    theirs = TheirCheckpoint.from_text(cosigned.decode())
    assert len(VkeySet(Vkey.from_string(witness.verifier.text)).verify(theirs.signatures, theirs)) == 1
    other = replace(theirs, size=258)
    with pytest.raises(InvalidSignature):
        Vkey.from_string(witness.verifier.text).get_verifier().verify(theirs.signatures[1].payload, other)


# --- forgeries -------------------------------------------------------------------------------------

EXAMPLE = example_log(300)


def forged_at_entry_and_tile(folder: Path) -> Path:
    """The forger fits tiles to a changed entry; the signed checkpoint stays."""
    other = example_log(300, story="forged ")
    return lay_out(
        folder, EXAMPLE, [*EXAMPLE.leaves[:280], other.leaves[280], *EXAMPLE.leaves[281:]], EXAMPLE.checkpoint()
    )


def forged_below_level_0(folder: Path) -> Path:
    """Only the entry and its own tile fit each other, the level above is the honest one (CVE-2026-56865)."""
    EXAMPLE.write(folder)
    other = example_log(300, story="forged ")
    bundle = [*EXAMPLE.leaves[:20], other.leaves[20], *EXAMPLE.leaves[21:TILE_WIDTH]]
    write_file(folder, tile_path(None, 0), pack_bundle(bundle))
    write_file(folder, tile_path(0, 0), b"".join(map(leaf_hash, bundle)))
    return folder


def dropped(folder: Path) -> Path:
    return lay_out(folder, EXAMPLE, [*EXAMPLE.leaves[:100], *EXAMPLE.leaves[101:]], EXAMPLE.checkpoint())


def swapped_entries(folder: Path) -> Path:
    return lay_out(folder, EXAMPLE, swapped(EXAMPLE.leaves, 100, 102), EXAMPLE.checkpoint())


def cut(folder: Path) -> Path:
    EXAMPLE.write(folder)
    path = tile_path(None, 1, 44)
    write_file(folder, path, (folder / path).read_bytes()[:-1])
    return folder


def signed_by_another_key(folder: Path) -> Path:
    return lay_out(
        folder, EXAMPLE, EXAMPLE.leaves, sign_checkpoint(Checkpoint(ORIGIN, 300, _root(EXAMPLE.leaves)), STRANGER)
    )


def _root(of: list[bytes]) -> bytes:
    return root(grow(EMPTY_EDGE, map(leaf_hash, of))[0])


@pytest.mark.parametrize(
    "forge", [forged_at_entry_and_tile, forged_below_level_0, dropped, swapped_entries, cut, signed_by_another_key]
)
def test_a_forgery_is_refused_by_a_foreign_verifier_and_by_ours(tlogcheck: Path, tmp_path: Path, forge) -> None:
    honest = EXAMPLE.write(tmp_path / "honest")
    assert go_says(tlogcheck, honest) == "accepted"
    assert verify_path(honest, VKEY).ok
    directory = forge(tmp_path / "forged")
    assert go_says(tlogcheck, directory).startswith("refused")
    assert not verify_path(directory, VKEY).ok


def test_a_fork_and_a_rollback_are_refused_by_both_from_a_kept_checkpoint(tlogcheck: Path, tmp_path: Path) -> None:
    fork = example_log(300, story="another past ").write(tmp_path / "fork")
    short = example_log(200).write(tmp_path / "short")
    kept = tmp_path / "kept"
    kept.write_bytes(EXAMPLE.checkpoint(250))
    assert go_says(tlogcheck, EXAMPLE.write(tmp_path / "honest"), kept) == "accepted"
    for directory in (fork, short):
        assert go_says(tlogcheck, directory, kept).startswith("refused")
        assert not verify_path(directory, VKEY, since=kept.read_bytes()).ok


def test_a_proof_between_two_pasts_is_refused_by_a_foreign_verifier_too() -> None:
    path = list(consistency_path(200, 257, subtree(257)))
    ConsistencyProof(200, 257, path).check(root_of(200), root_of(257))
    with pytest.raises(ConsistencyProofInvalid):
        ConsistencyProof(200, 257, path).check(root_of(199), root_of(257))
    inclusion = InclusionProof(5, 257, list(inclusion_path(5, 257, subtree(257))))
    with pytest.raises(InclusionProofInvalid):
        inclusion.check(leaf_hash(b"another"), root_of(257))


def test_a_whole_tile_of_forged_entries_deep_in_a_long_log_is_refused_by_both(
    tlogcheck: Path, logs: dict[int, Path], tmp_path: Path
) -> None:
    """70,000 entries, one forged with its level 0 tile: what some readers of tiles take for authenticated."""
    source = logs[70_000]
    for path in (each for each in source.rglob("*") if each.is_file()):
        write_file(tmp_path, str(path.relative_to(source)), path.read_bytes())
    bundle = [b"forged", *leaves(70_000)[TILE_WIDTH + 1 : 2 * TILE_WIDTH]]
    write_file(tmp_path, tile_path(None, 1), pack_bundle(bundle))
    rows = TileRows()
    (tile,) = rows.push(list(map(leaf_hash, bundle)))
    write_file(tmp_path, tile_path(0, 1), tile.hashes)
    assert go_says(tlogcheck, tmp_path).startswith("refused")
    found = ProblemList()
    signed = parse_signed_checkpoint((tmp_path / "checkpoint").read_bytes())
    assert sum(len(each) for each, _ in TreeAudit(tmp_path, signed.checkpoint, None, found).bundles()) == 70_000
    assert "register.root_differs" in {each.code for each in found.all()}
