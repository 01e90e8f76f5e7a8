"""Canonical JSON: one value, one spelling (RFC 8785 on a restricted value space).

The restriction (keys in ASCII, no floats, integers that every language keeps exact) makes the standard
library's own encoder produce RFC 8785 to the byte: keys sorted by code point are then also sorted by UTF-16
unit, and no number needs the ECMAScript float format. Decimals, dates and moments travel as strings.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
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


class CanonicalError(RegisterError):
    """The value has no canonical form, or the bytes are not canonical."""


def encode(value: Value, limits: Limits = ENTRY_LIMITS) -> bytes:
    """The one spelling of a value, UTF-8.

    Raises CanonicalError for a float, a key outside ASCII, a lone surrogate, an integer beyond 2^53-1, or a
    value that is deeper or longer than the limits. Source: RFC 8785 section 3.2.
    """
    _check(value, limits.depth, limits)
    try:
        data = _ENCODER.encode(value).encode("utf-8")
    except UnicodeEncodeError:
        raise CanonicalError("register.json_text") from None
    if len(data) > limits.length:
        raise CanonicalError("register.json_long", limit=limits.length)
    return data


def decode(data: bytes, limits: Limits = ENTRY_LIMITS) -> Value:
    """The value that the bytes spell; lists come back as `list`, objects as `dict`.

    Raises CanonicalError unless the bytes are exactly what `encode` gives for that value (no duplicate keys,
    no spaces, no second spelling of anything).
    """
    if len(data) > limits.length:
        raise CanonicalError("register.json_long", limit=limits.length)
    try:
        value: Value = _DECODER.decode(data.decode("utf-8"))
    except (ValueError, RecursionError):
        raise CanonicalError("register.json_broken") from None
    if encode(value, limits) != data:
        raise CanonicalError("register.json_second_spelling")
    return value


def _check(value: object, depth: int, limits: Limits) -> None:
    if value is None or isinstance(value, str | bool):
        return
    if isinstance(value, int):
        if not -GREATEST_INTEGER <= value <= GREATEST_INTEGER:
            raise CanonicalError("register.json_integer")
    elif isinstance(value, dict):
        _check_keys(value)
        _check_all(value.values(), depth, limits)
    elif isinstance(value, list):
        _check_all(value, depth, limits)
    else:
        raise CanonicalError("register.json_kind", kind=type(value).__name__)


def _check_all(values: Iterable[object], depth: int, limits: Limits) -> None:
    if depth == 0:
        raise CanonicalError("register.json_deep", limit=limits.depth)
    for value in values:
        _check(value, depth - 1, limits)


def _check_keys(value: Mapping[object, object]) -> None:
    for key in value:
        if not isinstance(key, str) or not key.isascii():
            raise CanonicalError("register.json_key")


def _unique(pairs: list[tuple[str, Value]]) -> dict[str, Value]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise CanonicalError("register.json_duplicate_key")
    return members


def _refuse_number(_text: str) -> NoReturn:
    raise CanonicalError("register.json_kind", kind="float")


_ENCODER = json.JSONEncoder(
    ensure_ascii=False, check_circular=False, allow_nan=False, sort_keys=True, separators=(",", ":")
)
_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_float=_refuse_number, parse_constant=_refuse_number)
