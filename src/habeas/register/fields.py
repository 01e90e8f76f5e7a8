"""The fields of an entry, each hidden behind its own salted digest, so that each can be disclosed alone.

The leaf holds one hash over all digests. Whoever is given a field with its salt, and the digests of the
others, can check that the field was in the entry, and learns of the others only how many they are.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from habeas.register.canonical import CanonicalError, Value, encode
from habeas.register.hashing import HASH_LENGTH
from habeas.register.problems import Problem, RegisterError

SALT_LENGTH = 32
_PATH = re.compile(r"[!-~]{1,200}")
_FIELD_DOMAIN = b"habeas/field/v1\n"
_FIELDS_DOMAIN = b"habeas/fields/v1\n"


class FieldError(RegisterError):
    """A field, a salt or a set of digests does not have the required form."""


@dataclass(frozen=True, slots=True)
class Field:
    """One value of an entry. `salt`: 32 random bytes of its own, used once; a secret like the value."""

    path: str
    value: Value
    salt: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Disclosure:
    """What one reader may see of an entry: the digests of all fields, ascending, and some of the fields."""

    digests: tuple[bytes, ...]
    disclosed: tuple[Field, ...]


def check_field(item: Field) -> None:
    """Raise FieldError unless the salt has 32 bytes and the path 1 to 200 visible ASCII characters."""
    if len(item.salt) != SALT_LENGTH:
        raise FieldError("register.salt_broken")
    if not _PATH.fullmatch(item.path):
        raise FieldError("register.path_broken")


def field_digest(item: Field) -> bytes:
    """SHA-256 over the domain, the salt and canonical [path, value].

    Raises FieldError for a salt or path of another form, CanonicalError for a value without a canonical form.
    """
    check_field(item)
    return sha256(_FIELD_DOMAIN + item.salt + encode([item.path, item.value])).digest()


def fields_digest(digests: Iterable[bytes]) -> bytes:
    """SHA-256 over the domain and the digests in ascending order: what the leaf holds as `fields`.

    Raises FieldError if there is none, if one comes twice, or if one is not 32 bytes long.
    """
    ordered = sorted(digests)
    if not ordered or len(set(ordered)) != len(ordered) or any(len(item) != HASH_LENGTH for item in ordered):
        raise FieldError("register.digests_broken")
    return sha256(_FIELDS_DOMAIN + b"".join(ordered)).digest()


def disclose(fields: Sequence[Field], paths: Iterable[str]) -> Disclosure:
    """Disclose the fields with these paths, in the order of their paths; of the others only the digests.

    Raises FieldError if two fields have the same path, or if a path is not there.
    """
    by_path = {item.path: item for item in fields}
    wanted = sorted(set(paths))
    if len(by_path) != len(fields) or not by_path.keys() >= set(wanted):
        raise FieldError("register.paths_broken")
    digests = tuple(sorted(field_digest(item) for item in fields))
    return Disclosure(digests, tuple(by_path[path] for path in wanted))


def disclosure_problems(disclosure: Disclosure, fields_hash: bytes, index: int) -> list[Problem]:
    """What does not hold between the disclosure and the `fields` of the leaf with this index."""
    problems = []
    if list(disclosure.digests) != sorted(disclosure.digests) or not _matches(disclosure, fields_hash):
        problems.append(Problem("register.digests_changed", {"index": index}))
    known = set(disclosure.digests)
    for item in disclosure.disclosed:
        try:
            digest = field_digest(item)
        except (FieldError, CanonicalError):
            digest = None
        if digest not in known:
            problems.append(Problem("register.field_changed", {"index": index, "path": item.path}))
    for path, count in Counter(item.path for item in disclosure.disclosed).items():
        if count > 1:
            problems.append(Problem("register.field_twice", {"index": index, "path": path}))
    return problems


def _matches(disclosure: Disclosure, fields_hash: bytes) -> bool:
    try:
        return fields_digest(disclosure.digests) == fields_hash
    except FieldError:
        return False
