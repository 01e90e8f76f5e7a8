"""One value, one spelling: canonical JSON (RFC 8785 on a restricted value space), and base64.

The restriction (keys in ASCII, no floats, integers that every language keeps exact) makes the standard
library's own encoder produce RFC 8785 to the byte: keys sorted by code point are then also sorted by UTF-16
unit, and no number needs the ECMAScript float format. Decimals, dates and moments travel as strings.
"""

import binascii
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from json.encoder import encode_basestring
from types import NoneType
from typing import NoReturn, TypeAlias

from habeas.register.problems import RegisterError

Value: TypeAlias = "bool | int | str | Sequence[Value] | Mapping[str, Value] | None"

GREATEST_INTEGER = 2**53 - 1


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one document may hold: `length` in bytes, `depth` in nested lists and objects."""

    length: int
    depth: int


ENTRY_LIMITS = Limits(length=60_000, depth=8)


def encode(value: Value, limits: Limits = ENTRY_LIMITS) -> bytes:
    """The one spelling of a value, UTF-8.

    Raises RegisterError for a float, a key outside ASCII, a lone surrogate, an integer beyond 2^53-1, or a
    value that is deeper or longer than the limits. Source: RFC 8785 section 3.2.
    """
    if type(value) is list and limits.depth and _TEXTS.issuperset(map(type, value)):  # as most fields of an entry are
        spelt = f"[{','.join(['null' if each is None else encode_basestring(each) for each in value])}]"
    else:
        _check(value, limits.depth, limits)
        spelt = _ENCODER.encode(value)
    try:
        data = spelt.encode("utf-8")
    except UnicodeEncodeError:
        raise RegisterError("register.json_text") from None
    if len(data) > limits.length:
        raise RegisterError("register.json_long", limit=limits.length)
    return data


def decode(data: bytes, limits: Limits = ENTRY_LIMITS) -> Value:
    """The value that the bytes spell; lists come back as `list`, objects as `dict`.

    Raises RegisterError unless the bytes are exactly what `encode` gives for that value (no duplicate keys,
    no spaces, no second spelling of anything).
    """
    if len(data) > limits.length:
        raise RegisterError("register.json_long", limit=limits.length)
    try:
        value: Value = _DECODER.decode(data.decode("utf-8"))
    except (ValueError, RecursionError):
        raise RegisterError("register.json_broken") from None
    if encode(value, limits) != data:
        raise RegisterError("register.json_second_spelling")
    return value


def to_base64(data: bytes) -> str:
    """Standard base64 (RFC 4648 section 4), padded."""
    return binascii.b2a_base64(data, newline=False).decode("ascii")


def from_base64(text: str) -> bytes | None:
    """The bytes, or None unless the text is the one spelling that `to_base64` gives."""
    try:
        data = binascii.a2b_base64(text)
    except ValueError:
        return None
    return data if to_base64(data) == text else None


def _check(value: object, depth: int, limits: Limits) -> None:
    inner: Iterable[object]
    match value:
        case str() | bool() | None:
            return
        case int():
            if abs(value) > GREATEST_INTEGER:
                raise RegisterError("register.json_integer")
            return
        case dict():
            if not all(isinstance(key, str) and key.isascii() for key in value):
                raise RegisterError("register.json_key")
            inner = value.values()
        case list():
            inner = value
        case _:
            raise RegisterError("register.json_kind", kind=type(value).__name__)
    if depth == 0:
        raise RegisterError("register.json_deep", limit=limits.depth)
    for each in inner:
        if type(each) is not str:
            _check(each, depth - 1, limits)


def _unique(pairs: list[tuple[str, Value]]) -> dict[str, Value]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise RegisterError("register.json_duplicate_key")
    return members


def _refuse_number(_text: str) -> NoReturn:
    raise RegisterError("register.json_kind", kind="float")


_TEXTS = frozenset({str, NoneType})
_ENCODER = json.JSONEncoder(
    ensure_ascii=False, check_circular=False, allow_nan=False, sort_keys=True, separators=(",", ":")
)
_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_float=_refuse_number, parse_constant=_refuse_number)
