"""How the tests break a log, and what the verifier then says."""

from pathlib import Path

from habeas.register.checkpoint import Checkpoint, sign_checkpoint
from habeas.register.files import write_file
from habeas.register.keys import key_line
from habeas.register.problems import Problem
from habeas.register.tiles import TileRows, pack_bundle, tile_path
from habeas.register.tree import leaf_hash, root
from habeas.register.verify import verify_path

from .example import LOG, ExampleLog, example_log

VKEY = LOG.verifier.text
HONEST = example_log(7)


def lay_out(directory: Path, log: ExampleLog, leaves: list[bytes], note: bytes | None = None) -> Path:
    """Write files that fit each other without asking whether they should exist: what an attacker does."""
    rows = TileRows()
    for first in range(0, len(leaves), 256):
        bundle = leaves[first : first + 256]
        write_file(directory, tile_path(None, first // 256, len(bundle)), pack_bundle(bundle))
        for tile in rows.push([leaf_hash(leaf) for leaf in bundle]):
            write_file(directory, tile.path, tile.hashes)
    for tile in rows.partial_tiles():
        write_file(directory, tile.path, tile.hashes)
    write_file(directory, "keys.jsonl", b"".join(map(key_line, log.key_disclosures())))
    signed = sign_checkpoint(Checkpoint(log.origin, len(leaves), root(rows.edge)), log.signer)
    write_file(directory, "checkpoint", note or signed)
    return directory


def problems(directory: Path, **arguments: bytes) -> list[Problem]:
    report = verify_path(directory, VKEY, **arguments)
    assert not report.ok
    return list(report.problems)


def swapped(leaves: list[bytes], one: int, other: int) -> list[bytes]:
    result = list(leaves)
    result[one], result[other] = result[other], result[one]
    return result
