"""Disclosures as JSON: in a receipt, and on the lines of `keys.jsonl`."""

from collections.abc import Mapping, Sequence

from habeas.register.canonical import Limits, Value, decode, encode
from habeas.register.encoding import from_base64, to_base64
from habeas.register.fields import Disclosure, Field, FieldError, check_field
from habeas.register.keys import KeyDisclosure
from habeas.register.problems import RegisterError

# A field's own value nests up to 7 deep; around it stand the receipt, two signers and the list.
DOCUMENT_LIMITS = Limits(length=8_000_000, depth=16)


class DocumentError(RegisterError):
    """A receipt or a line of `keys.jsonl` has another form."""


def disclosure_members(disclosure: Disclosure) -> dict[str, Value]:
    """The two members `digests` and `disclosed` of a JSON object."""
    return {
        "digests": [item.hex() for item in disclosure.digests],
        "disclosed": [
            {"path": item.path, "salt": to_base64(item.salt), "value": item.value} for item in disclosure.disclosed
        ],
    }


def parse_disclosure(members: Mapping[str, Value]) -> Disclosure:
    """Read the two members. Raises DocumentError for another form; verifies nothing."""
    digests = tuple(_parse_digest(item) for item in members_list(members["digests"]))
    return Disclosure(digests, tuple(_parse_field(item) for item in members_list(members["disclosed"])))


def key_line(entry: KeyDisclosure) -> bytes:
    """One line of `keys.jsonl`, with its newline."""
    return encode({"index": entry.index, **disclosure_members(entry.disclosure)}, DOCUMENT_LIMITS) + b"\n"


def parse_key_line(line: bytes) -> KeyDisclosure:
    """Read one line, without its newline. Raises DocumentError or CanonicalError."""
    members = members_of(decode(line, DOCUMENT_LIMITS), {"index", "digests", "disclosed"})
    index = members["index"]
    if not isinstance(index, int) or isinstance(index, bool) or index < 0:
        raise DocumentError("register.document_broken")
    return KeyDisclosure(index, parse_disclosure(members))


def members_of(value: Value, names: set[str]) -> Mapping[str, Value]:
    """The members of an object that has exactly these. Raises DocumentError."""
    if not isinstance(value, dict) or value.keys() != names:
        raise DocumentError("register.document_broken")
    return value


def members_list(value: Value) -> Sequence[Value]:
    """The items of a list. Raises DocumentError for anything else."""
    if not isinstance(value, list):
        raise DocumentError("register.document_broken")
    return value


def member_text(value: Value) -> str:
    """The text itself. Raises DocumentError for anything else."""
    if not isinstance(value, str):
        raise DocumentError("register.document_broken")
    return value


def _parse_digest(value: Value) -> bytes:
    text = member_text(value)
    try:
        digest = bytes.fromhex(text)
    except ValueError:
        digest = b""
    if digest.hex() != text:
        raise DocumentError("register.document_broken")
    return digest


def _parse_field(value: Value) -> Field:
    members = members_of(value, {"path", "salt", "value"})
    salt = from_base64(member_text(members["salt"])) or b""
    item = Field(member_text(members["path"]), members["value"], salt)
    try:
        check_field(item)
    except FieldError as error:
        raise DocumentError("register.document_broken") from error
    return item
