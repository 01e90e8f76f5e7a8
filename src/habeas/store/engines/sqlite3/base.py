"""The name of this module is Django's."""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Any

from django.db.backends.sqlite3 import base
from django.db.backends.sqlite3.operations import DatabaseOperations as Operations

from habeas.store.engines import moment


def is_text(told: bytes) -> bool:
    """Whether these bytes are text. In SQL, of a column: what it holds comes as bytes."""
    with suppress(UnicodeDecodeError):
        return isinstance(told.decode("utf-8"), str)
    return False


def _moment(value: object, *_: object) -> datetime | None:
    return None if value is None else moment(value)


def _text(value: object, *_: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _bytes(value: object, *_: object) -> bytes | None:
    return value if value is None or isinstance(value, bytes) else b""


def _number(value: object, *_: object) -> int | None:
    return value if value is None or isinstance(value, int) else -1


def _part(value: object, *_: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None if value is None else 0.0


def _json(value: object, *_: object) -> object:
    with suppress(TypeError, ValueError):
        json.loads(value)  # type: ignore[arg-type]
        return value
    return None if value is None else "null"


NUMBERS = "AutoField BigAutoField BigIntegerField IntegerField PositiveBigIntegerField PositiveIntegerField".split()
READ: Mapping[str, Callable[..., object]] = {
    "DateTimeField": _moment,
    "BinaryField": _bytes,
    "BooleanField": lambda value, *_: None if value is None else value == 1,
    "FloatField": _part,
    "JSONField": _json,
    **dict.fromkeys(("CharField", "TextField"), _text),
    **dict.fromkeys((*NUMBERS, "PositiveSmallIntegerField"), _number),
}
"""What a value is read as, by the kind of its field: as itself, where it is one."""


class DatabaseOperations(Operations):
    def get_db_converters(self, expression: Any) -> list[Any]:
        read = READ.get(expression.output_field.get_internal_type())
        return [read] if read else super().get_db_converters(expression)


class DatabaseWrapper(base.DatabaseWrapper):
    ops_class = DatabaseOperations

    def get_connection_params(self) -> dict[str, Any]:
        """Nothing is read before it comes to `READ`."""
        return {**super().get_connection_params(), "detect_types": 0}

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        connection = super().get_new_connection(conn_params)
        connection.text_factory = partial(str, encoding="utf-8", errors="replace")
        connection.create_function("is_text", 1, is_text, deterministic=True)
        return connection
