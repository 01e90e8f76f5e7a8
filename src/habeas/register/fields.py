"""The fields of an entry, each hidden behind its own salted digest, so that each can be disclosed alone.

The leaf holds one hash over all digests. Whoever is given a field with its salt, and the digests of the
others, can check that the field was in the entry, and learns of the others only how many they are.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from habeas.register.canonical import Limits, Value, encode, from_base64, to_base64
from habeas.register.problems import Problem, RegisterError
from habeas.register.tree import HASH_LENGTH

SALT_LENGTH = 32
# A field's own value nests up to 7 deep; around it stand the receipt, two signers and the list.
DOCUMENT_LIMITS = Limits(length=8_000_000, depth=16)
_PATH = re.compile(r"[!-~]{1,200}")
_FIELD_DOMAIN = b"habeas/field/v1\n"
_FIELDS_DOMAIN = b"habeas/fields/v1\n"


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


def field_digest(item: Field) -> bytes:
    """SHA-256 over the domain, the salt and canonical [path, value].

    Raises RegisterError for a value without a canonical form, or unless the salt has 32 bytes and the path 1
    to 200 visible ASCII characters.
    """
    _check_field(item)
    return sha256(_FIELD_DOMAIN + item.salt + encode([item.path, item.value])).digest()


def fields_digest(digests: Iterable[bytes]) -> bytes:
    """SHA-256 over the domain and the digests in ascending order: what the leaf holds as `fields`.

    Raises RegisterError if there is none, if one comes twice, or if one is not 32 bytes long.
    """
    ordered = sorted(digests)
    if not ordered or len(set(ordered)) != len(ordered) or any(len(item) != HASH_LENGTH for item in ordered):
        raise RegisterError("register.digests_broken")
    return sha256(_FIELDS_DOMAIN + b"".join(ordered)).digest()


def disclose(fields: Sequence[Field], paths: Iterable[str]) -> Disclosure:
    """Disclose the fields with these paths, in the order of their paths; of the others only the digests.

    Raises RegisterError if two fields have the same path, or if a path is not there.
    """
    by_path = {item.path: item for item in fields}
    wanted = sorted(set(paths))
    if len(by_path) != len(fields) or not by_path.keys() >= set(wanted):
        raise RegisterError("register.paths_broken")
    digests = tuple(sorted(field_digest(item) for item in fields))
    return Disclosure(digests, tuple(by_path[path] for path in wanted))


def disclosure_problems(disclosure: Disclosure, fields_hash: bytes, index: int) -> list[Problem]:
    """What does not hold between the disclosure and the `fields` of the leaf with this index."""
    problems = []
    if list(disclosure.digests) != sorted(disclosure.digests) or not _matches(disclosure, fields_hash):
        problems.append(Problem("register.digests_changed", {"index": index}))
    known = set(disclosure.digests)
    for item in disclosure.disclosed:
        if not _is_among(item, known):
            problems.append(Problem("register.field_changed", {"index": index, "path": item.path}))
    for path, count in Counter(item.path for item in disclosure.disclosed).items():
        if count > 1:
            problems.append(Problem("register.field_twice", {"index": index, "path": path}))
    return problems


def disclosure_members(disclosure: Disclosure) -> dict[str, Value]:
    """The two members `digests` and `disclosed` of a JSON object."""
    return {
        "digests": [item.hex() for item in disclosure.digests],
        "disclosed": [
            {"path": item.path, "salt": to_base64(item.salt), "value": item.value} for item in disclosure.disclosed
        ],
    }


def parse_disclosure(members: Mapping[str, Value]) -> Disclosure:
    """Read the two members. Raises RegisterError for another form; verifies nothing."""
    digests, disclosed = members["digests"], members["disclosed"]
    if not isinstance(digests, list) or not isinstance(disclosed, list):
        raise RegisterError("register.document_broken")
    return Disclosure(tuple(map(_parse_digest, digests)), tuple(map(_parse_field, disclosed)))


def members_of(value: Value, names: set[str]) -> Mapping[str, Value]:
    """The members of an object that has exactly these. Raises RegisterError."""
    if not isinstance(value, dict) or value.keys() != names:
        raise RegisterError("register.document_broken")
    return value


def text_of(value: Value) -> str:
    """The text itself. Raises RegisterError for anything else."""
    if not isinstance(value, str):
        raise RegisterError("register.document_broken")
    return value


def _parse_digest(value: Value) -> bytes:
    try:
        digest = bytes.fromhex(text_of(value))
    except ValueError:
        raise RegisterError("register.document_broken") from None
    if digest.hex() != value:
        raise RegisterError("register.document_broken")
    return digest


def _parse_field(value: Value) -> Field:
    members = members_of(value, {"path", "salt", "value"})
    item = Field(text_of(members["path"]), members["value"], from_base64(text_of(members["salt"])) or b"")
    try:
        _check_field(item)
    except RegisterError as error:
        raise RegisterError("register.document_broken") from error
    return item


def _check_field(item: Field) -> None:
    if len(item.salt) != SALT_LENGTH:
        raise RegisterError("register.salt_broken")
    if not _PATH.fullmatch(item.path):
        raise RegisterError("register.path_broken")


def _is_among(item: Field, digests: set[bytes]) -> bool:
    try:
        return field_digest(item) in digests
    except RegisterError:
        return False


def _matches(disclosure: Disclosure, fields_hash: bytes) -> bool:
    try:
        return fields_digest(disclosure.digests) == fields_hash
    except RegisterError:
        return False
