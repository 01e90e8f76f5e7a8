"""The tree gives RFC 6962's roots and proofs; the verifier, written from another text, accepts only those."""

import base64
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymerkle import InmemoryTree

from habeas.register.proof import is_consistent, is_included
from habeas.register.tree import (
    EMPTY_EDGE,
    EMPTY_ROOT,
    Edge,
    Node,
    consistency_path,
    grow,
    inclusion_path,
    leaf_hash,
    root,
)

from .example import subtree_hashes

VECTORS = Path(__file__).parents[2].parent / "shared" / "data" / "rfc6962_proof_vectors.jsonl"
RFC_LEAVES = [
    bytes.fromhex(text)
    for text in ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
]
SIZES = st.integers(1, 70)


def hashes_of(size: int) -> list[bytes]:
    return [leaf_hash(str(number).encode()) for number in range(size)]


def root_of(hashes: list[bytes]) -> bytes:
    return root(grow(EMPTY_EDGE, hashes)[0])


def test_the_reference_tree_of_eight_leaves_has_its_known_root() -> None:
    known = "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
    assert root_of([leaf_hash(leaf) for leaf in RFC_LEAVES]).hex() == known


def test_the_empty_tree_has_the_hash_of_nothing_as_its_root() -> None:
    assert root(EMPTY_EDGE) == EMPTY_ROOT


def test_roots_are_those_of_an_independent_implementation() -> None:
    oracle = InmemoryTree(algorithm="sha256")
    edge = EMPTY_EDGE
    for number in range(300):
        data = str(number).encode()
        oracle.append_entry(data)
        edge, _ = grow(edge, [leaf_hash(data)])
        assert root(edge) == oracle.get_root()


@given(st.integers(0, 600), st.integers(0, 600))
def test_growing_in_two_steps_is_growing_in_one(first: int, second: int) -> None:
    hashes = hashes_of(first + second)
    half, early = grow(EMPTY_EDGE, hashes[:first])
    whole, late = grow(half, hashes[first:])
    assert (whole, early + late) == grow(EMPTY_EDGE, hashes)


def test_a_finished_tile_gives_the_node_of_the_level_above() -> None:
    hashes = hashes_of(512)
    _, nodes = grow(EMPTY_EDGE, hashes)
    subtree = subtree_hashes(hashes)
    assert nodes == (Node(1, 0, subtree(0, 256)), Node(1, 1, subtree(256, 512)))


@pytest.mark.parametrize(("size", "hashes"), [(1, ()), (0, (bytes(32),)), (1, (b"short",))])
def test_an_edge_that_does_not_fit_its_size_is_refused(size: int, hashes: tuple[bytes, ...]) -> None:
    with pytest.raises(ValueError, match="one hash of 32 bytes"):
        Edge(size, hashes)


@given(SIZES, st.data())
def test_a_generated_inclusion_proof_is_accepted_and_any_change_to_it_is_not(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    hashes = hashes_of(size)
    path = inclusion_path(index, size, subtree_hashes(hashes))
    proven = {"size": size, "root": root_of(hashes), "path": path}
    assert is_included(hashes[index], index, **proven)
    assert not is_included(leaf_hash(b"another"), index, **proven)
    assert not is_included(hashes[index], index, **{**proven, "root": bytes(32)})
    assert not is_included(hashes[index], index, **{**proven, "path": [*path, bytes(32)]})
    assert not is_included(hashes[index], size + index, **proven)
    for other in set(range(size)) - {index}:
        assert not is_included(hashes[index], other, **proven)
    if path:
        assert not is_included(hashes[index], index, **{**proven, "path": path[:-1]})


def test_an_empty_hash_proves_nothing() -> None:
    assert not is_included(b"", 0, size=1, root=b"", path=[])


def test_proofs_of_what_is_not_there_are_not_made() -> None:
    subtree = subtree_hashes(hashes_of(3))
    with pytest.raises(ValueError, match="no leaf 3"):
        inclusion_path(3, 3, subtree)


@given(SIZES, st.data())
def test_a_generated_consistency_proof_is_accepted_and_any_change_to_it_is_not(size: int, data: st.DataObject) -> None:
    first = data.draw(st.integers(1, size))
    hashes = hashes_of(size)
    old, new = root_of(hashes[:first]), root_of(hashes)
    path = consistency_path(first, size, subtree_hashes(hashes))
    proven = {"size": size, "root": new, "path": path}
    assert is_consistent(first, old, **proven)
    assert not is_consistent(first, bytes(32), **proven)
    assert not is_consistent(first, old, **{**proven, "root": bytes(32)})
    assert not is_consistent(first, old, **{**proven, "path": [*path, bytes(32)]})
    assert not is_consistent(first, old, **{**proven, "size": first - 1})
    for number in range(len(path)):
        changed = [bytes(32) if place == number else item for place, item in enumerate(path)]
        assert not is_consistent(first, old, **{**proven, "path": changed})
        assert not is_consistent(first, old, **{**proven, "path": [*path[:number], *path[number + 1 :]]})


def test_nothing_is_proved_from_a_tree_without_leaves() -> None:
    """One of the edges on which verifiers differ: decided so that nobody takes silence for a proof."""
    assert not is_consistent(0, EMPTY_ROOT, size=1, root=root_of(hashes_of(1)), path=[])
    assert not is_consistent(0, EMPTY_ROOT, size=0, root=EMPTY_ROOT, path=[])
    with pytest.raises(ValueError, match="no beginning"):
        consistency_path(0, 3, subtree_hashes(hashes_of(3)))


@pytest.mark.skipif(not VECTORS.exists(), reason="the folder with the published proof vectors is not here")
def test_all_published_vectors_are_judged_as_published() -> None:
    vectors = [json.loads(line) for line in VECTORS.read_text(encoding="utf-8").splitlines()]
    assert len(vectors) == 196
    assert [vector["name"] for vector in vectors if _is_accepted(vector) == vector["wantErr"]] == []


def _is_accepted(vector: dict[str, object]) -> bool:
    path = [base64.b64decode(item) for item in vector["proof"] or []]
    if "leafIdx" in vector:
        size, at, leaf = vector["treeSize"], vector["leafIdx"], _decoded(vector["leafHash"])
        return is_included(leaf, at, size=size, root=_decoded(vector["root"]), path=path)
    old, new = _decoded(vector["root1"]), _decoded(vector["root2"])
    return is_consistent(vector["size1"], old, size=vector["size2"], root=new, path=path)


def _decoded(text: str | None) -> bytes:
    return base64.b64decode(text or "")
