"""Which keys may sign. A key is valid only after the entry that introduced it, by position, never by a clock.

Entry 0 introduces the log's own key and is signed by it. Every other key is introduced by a later entry,
signed by the log's key of that moment. A party, and the log, has one key at a time: a new one ends the one before.
An introduction has nothing hidden: all its fields are disclosed, or two readers could be shown two different keys.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from habeas.register.canonical import decode, encode
from habeas.register.fields import (
    DOCUMENT_LIMITS,
    Disclosure,
    disclosure_members,
    disclosure_problems,
    members_of,
    parse_disclosure,
)
from habeas.register.leaf import Leaf
from habeas.register.note import VerifierKey, parse_vkey
from habeas.register.problems import Problem, RegisterError

KEY_ADDED = "key_added"
LOG_PARTY = "log"
GREATEST_PARTY = 200


@dataclass(frozen=True, slots=True)
class KeyDisclosure:
    """The disclosed entry that introduced a key; `index` is its place in the log."""

    index: int
    disclosure: Disclosure


@dataclass(frozen=True, slots=True)
class Key:
    """A key that may sign entries after `index`, and the party that it was introduced for."""

    index: int
    party: str
    verifier: VerifierKey


def key_line(entry: KeyDisclosure) -> bytes:
    """One line of `keys.jsonl`, with its newline."""
    return encode({"index": entry.index, **disclosure_members(entry.disclosure)}, DOCUMENT_LIMITS) + b"\n"


def parse_keys(data: bytes) -> tuple[KeyDisclosure, ...]:
    """The lines of `keys.jsonl`, ascending by index. Raises RegisterError with the first line that is none."""
    entries: list[KeyDisclosure] = []
    for number, line in enumerate(data.splitlines(keepends=True), start=1):
        try:
            entries.append(_parse_line(line, after=entries[-1].index if entries else -1))
        except RegisterError as error:
            raise RegisterError("register.keys_line_broken", line=number) from error
    return tuple(entries)


def disclosed_key(entry: KeyDisclosure) -> Key | None:
    """The key that the disclosed fields name, or None unless they name exactly one. Verifies nothing."""
    values = {item.path: item.value for item in entry.disclosure.disclosed}
    party, vkey = values.get("body.party"), values.get("body.vkey")
    complete = len(values) == len(entry.disclosure.disclosed) == len(entry.disclosure.digests)
    if not complete or values.get("kind") != KEY_ADDED or not isinstance(vkey, str) or not isinstance(party, str):
        return None
    if not 0 < len(party) <= GREATEST_PARTY or not party.isprintable() or (entry.index == 0 and party != LOG_PARTY):
        return None
    try:
        return Key(entry.index, party, parse_vkey(vkey))
    except RegisterError:
        return None


def introduction_problems(entry: KeyDisclosure, leaf: Leaf, log_key: VerifierKey | None) -> list[Problem]:
    """What speaks against taking a key from this entry; its leaf's signature is verified elsewhere."""
    problems = disclosure_problems(entry.disclosure, leaf.fields, entry.index)
    at = {"index": entry.index}
    if disclosed_key(entry) is None:
        problems.append(Problem("register.key_entry_broken", at))
    elif log_key is None or leaf.key != log_key.fingerprint:
        problems.append(Problem("register.key_entry_other_signer", at))
    return problems


def log_keys_of(entries: Iterable[KeyDisclosure]) -> tuple[Key, ...]:
    """The keys that the log itself says are its own, one after the other: proves nothing about who runs it."""
    keys = tuple(key for key in map(disclosed_key, entries) if key is not None and key.party == LOG_PARTY)
    return keys if keys and keys[0].index == 0 else ()


def log_key_at(keys: Sequence[Key], size: int) -> VerifierKey | None:
    """Which of the log's keys signs a checkpoint of this size and the entry after it: the last that was introduced
    before; entry 0 is signed by its own. None without keys."""
    return next((each.verifier for each in reversed(keys) if each.index < max(size, 1)), None)


def _parse_line(line: bytes, after: int) -> KeyDisclosure:
    members = members_of(decode(line.removesuffix(b"\n"), DOCUMENT_LIMITS), {"index", "digests", "disclosed"})
    index = members["index"]
    if not line.endswith(b"\n") or not isinstance(index, int) or isinstance(index, bool) or index <= after:
        raise RegisterError("register.document_broken")
    return KeyDisclosure(index, parse_disclosure(members))
