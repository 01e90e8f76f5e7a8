"""Which keys may sign. A key is valid only after the entry that introduced it, by position, never by a clock.

Entry 0 introduces the log's own key and is signed by it. Every other key is introduced by a later entry,
signed by the log's key. Such an entry has nothing hidden: all its fields are disclosed, or two readers could
be shown two different keys.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from habeas.register.fields import Disclosure, disclosure_problems
from habeas.register.leaf import Leaf
from habeas.register.note import NoteError, VerifierKey, parse_vkey
from habeas.register.problems import Problem

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


def disclosed_key(entry: KeyDisclosure) -> Key | None:
    """The key that the disclosed fields name, or None unless they name exactly one. Verifies nothing."""
    values = {item.path: item.value for item in entry.disclosure.disclosed}
    party, vkey = values.get("body.party"), values.get("body.vkey")
    complete = len(values) == len(entry.disclosure.disclosed) == len(entry.disclosure.digests)
    if not complete or values.get("kind") != KEY_ADDED or not isinstance(vkey, str):
        return None
    if not isinstance(party, str) or not 0 < len(party) <= GREATEST_PARTY or not party.isprintable():
        return None
    if (party == LOG_PARTY) != (entry.index == 0):
        return None
    try:
        return Key(entry.index, party, parse_vkey(vkey))
    except NoteError:
        return None


def introduction_problems(entry: KeyDisclosure, leaf: Leaf, log_key: VerifierKey | None) -> list[Problem]:
    """What speaks against taking a key from this entry; its leaf's signature is verified elsewhere."""
    problems = disclosure_problems(entry.disclosure, leaf.body.fields, entry.index)
    key = disclosed_key(entry)
    at = {"index": entry.index}
    if key is None:
        problems.append(Problem("register.key_entry_broken", at))
    elif log_key is None or leaf.body.key != log_key.fingerprint:
        problems.append(Problem("register.key_entry_other_signer", at))
    return problems


def log_key_of(entries: Iterable[KeyDisclosure]) -> VerifierKey | None:
    """The key that the log itself says is its own: proves nothing about who runs it."""
    first = next((disclosed_key(entry) for entry in entries if entry.index == 0), None)
    return first.verifier if first else None
