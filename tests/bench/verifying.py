"""How long a whole exported log takes to verify, beside the hashing and the signature checks that it can't do without."""

from __future__ import annotations

import json
import sys
from hashlib import sha256
from pathlib import Path
from time import perf_counter

from habeas.register.export import read_checkpoint
from habeas.register.leaf import parse_leaf
from habeas.register.problems import ProblemList
from habeas.register.tree_audit import TreeAudit
from habeas.register.verify import verify_path
from tests.register.example import LOG, example_log


def main(folder: Path, asked: dict[str, int]) -> list[dict[str, object]]:
    log = example_log(asked["size"])
    log.write(folder / "log")
    parsed = [parse_leaf(each) for each in log.leaves]
    keys = {bytes(each.verifier.fingerprint): each.verifier for each in SIGNERS}
    tree, signatures = [], []
    for _ in range(asked["rounds"]):
        hashing, whole_tree = timed(lambda: bare_root(log.leaves)), timed(lambda: audited(folder / "log"))
        tree.append(whole_tree / hashing)
        checking, whole = timed(lambda: checked(parsed, keys)), timed(lambda: verified(folder / "log"))
        signatures.append((whole - whole_tree) / checking)
    size = f"{asked['size']:,} entries"
    return [
        {"name": f"verification, {size}: tree, tiles and bundles / bare hashing", "rounds": tree, "most": 3.0,
         "note": f"{whole_tree:.1f} s against {hashing:.1f} s in the last round"},
        {"name": f"verification, {size}: signatures and chains / bare Ed25519", "rounds": signatures, "most": 1.2,
         "note": f"{whole - whole_tree:.1f} s against {checking:.1f} s in the last round"},
    ]  # fmt: skip


def timed(work) -> float:
    began = perf_counter()
    work()
    return perf_counter() - began


def bare_root(leaves: list[bytes]) -> bytes:
    """The root by nothing but SHA-256."""
    level = [sha256(b"\0" + each).digest() for each in leaves]
    while len(level) > 1:
        above = [sha256(b"\1" + level[at] + level[at + 1]).digest() for at in range(0, len(level) - 1, 2)]
        level = above + level[len(level) - len(level) % 2 :]
    return level[0]


def audited(directory: Path) -> None:
    problems = ProblemList()
    for _ in TreeAudit(directory, read_checkpoint(directory).checkpoint, None, problems).bundles():
        pass
    assert problems.all() == ()


def checked(parsed, keys) -> None:
    public = dict(keys.items())
    for leaf in parsed:
        assert public[leaf.key].verifies(leaf.signature, leaf.signed)


def verified(directory: Path) -> None:
    assert verify_path(directory, LOG.verifier.text).ok


if __name__ == "__main__":
    from tests.register.example import RECEIVER, SENDER

    SIGNERS = (LOG, SENDER, RECEIVER)
    print(json.dumps(main(Path(sys.argv[1]), json.loads(sys.argv[2]))))
