"""A small log that the tests build, break and verify. Everything in it comes from fixed seeds."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path

from habeas.register.canonical import Value
from habeas.register.checkpoint import Checkpoint, sign_checkpoint
from habeas.register.export import write_export
from habeas.register.fields import Field, disclose, field_digest, fields_digest
from habeas.register.keys import KeyDisclosure
from habeas.register.leaf import NO_PREVIOUS, make_leaf
from habeas.register.note import Signer
from habeas.register.proof import TlogProof
from habeas.register.receipt import Receipt
from habeas.register.tree import EMPTY_EDGE, SubtreeHash, grow, inclusion_path, leaf_hash, node_hash, root

ORIGIN = "register.example/tartu"
LOG = Signer(ORIGIN, sha256(b"seed of the log").digest())
SENDER = Signer("sender.example", sha256(b"seed of the sending state").digest())
RECEIVER = Signer("receiver.example", sha256(b"seed of the receiving state").digest())
STRANGER = Signer(ORIGIN, sha256(b"seed of somebody else").digest())


def drawn(label: str, number: int, length: int = 32) -> bytes:
    """Bytes that look random and are the same in every run."""
    return sha256(f"{label} {number}".encode()).digest()[:length]


def subtree_hashes(leaf_hashes: Sequence[bytes]) -> SubtreeHash:
    """Hash any range of these leaves, as RFC 6962 defines the tree's hash."""

    def hash_between(start: int, end: int) -> bytes:
        if end - start == 1:
            return leaf_hashes[start]
        middle = start + (1 << ((end - start - 1).bit_length() - 1))
        return node_hash(hash_between(start, middle), hash_between(middle, end))

    return hash_between


@dataclass
class ExampleLog:
    """Appends entries as the store does, but in memory."""

    origin: str = ORIGIN
    signer: Signer = LOG
    leaves: list[bytes] = field(default_factory=list)
    fields: list[list[Field]] = field(default_factory=list)
    introduced: dict[str, int] = field(default_factory=dict)
    signed_by: list[str] = field(default_factory=list)
    counters: dict[str, int] = field(default_factory=dict)
    last: dict[str, bytes] = field(default_factory=dict)
    log_keys: dict[int, Signer] = field(default_factory=dict)

    def append(self, signer: Signer, values: dict[str, Value]) -> int:
        index, text = len(self.leaves), signer.verifier.text
        fields = [Field(path, value, drawn(f"salt {path}", index)) for path, value in sorted(values.items())]
        leaf = make_leaf(
            self.origin,
            signer,
            entry_id=drawn("id", index, 16),
            counter=self.counters.get(text, 0),
            previous=self.last.get(text, NO_PREVIOUS),
            fields=fields_digest(map(field_digest, fields)),
        )
        self.leaves.append(leaf)
        self.fields.append(fields)
        self.signed_by.append(text)
        self.counters[text] = self.counters.get(text, 0) + 1
        self.last[text] = leaf_hash(leaf)
        return index

    def add_key(self, party: str, key: Signer) -> int:
        values: dict[str, Value] = {"kind": "key_added", "body.party": party, "body.vkey": key.verifier.text}
        self.introduced[key.verifier.text] = self.append(self.signer, values)
        if party == "log":
            self.signer = key
            self.log_keys[self.introduced[key.verifier.text]] = key
        return self.introduced[key.verifier.text]

    def key_disclosures(self) -> list[KeyDisclosure]:
        return [
            KeyDisclosure(index, disclose(self.fields[index], [item.path for item in self.fields[index]]))
            for index in sorted(self.introduced.values())
        ]

    def checkpoint(self, size: int | None = None) -> bytes:
        hashes = [leaf_hash(leaf) for leaf in self.leaves[: len(self.leaves) if size is None else size]]
        edge, _ = grow(EMPTY_EDGE, hashes)
        signer = [each for index, each in self.log_keys.items() if index < max(edge.size, 1)][-1:] or [self.signer]
        return sign_checkpoint(Checkpoint(self.origin, edge.size, root(edge)), signer[0])

    def proof(self, index: int) -> TlogProof:
        subtree = subtree_hashes([leaf_hash(leaf) for leaf in self.leaves])
        return TlogProof(index, inclusion_path(index, len(self.leaves), subtree), self.checkpoint())

    def receipt(self, index: int, paths: Iterable[str] = ()) -> Receipt:
        introduction = self.introduced[self.signed_by[index]]
        signer = None if index == 0 else self.key_receipt(introduction)
        log_keys = tuple(replace(self.key_receipt(each), signer=None) for each in list(self.log_keys)[1:])
        return replace(self._receipt(index, paths, signer), log_keys=log_keys)

    def key_receipt(self, index: int) -> Receipt:
        signer = None if index == 0 else self.key_receipt(self.introduction_of_signer(index))
        return self._receipt(index, [item.path for item in self.fields[index]], signer)

    def introduction_of_signer(self, index: int) -> int:
        """Where the key chain goes on from an introduction: by the form at entry 0, unless somebody else than the log
        signed it."""
        signed = self.introduced[self.signed_by[index]]
        return 0 if signed in self.log_keys else signed

    def _receipt(self, index: int, paths: Iterable[str], signer: Receipt | None) -> Receipt:
        return Receipt(self.leaves[index], disclose(self.fields[index], paths), self.proof(index), signer)

    def write(self, directory: Path) -> Path:
        write_export(directory, self.leaves, checkpoint_note=self.checkpoint(), key_disclosures=self.key_disclosures())
        return directory


def example_log(entries: int = 7, *, origin: str = ORIGIN, signer: Signer = LOG, story: str = "") -> ExampleLog:
    """The log's key, both states' keys, and then entries about Alice and Bob, signed in turn."""
    log = ExampleLog(origin=origin, signer=signer)
    log.add_key("log", signer)
    log.add_key("sending_state", SENDER)
    log.add_key("receiving_state", RECEIVER)
    for number in range(entries - 3):
        person = ("Alice Example", "Bob Example")[number % 2]
        party = (SENDER, RECEIVER)[number % 2]
        log.append(party, {"kind": "roll_entry", "body.name": person, "body.day": f"{story}{number}"})
    return log
