"""Bytes as text, with exactly one accepted spelling: standard base64 with padding."""

import base64
import binascii


def to_base64(data: bytes) -> str:
    """Standard base64 (RFC 4648 section 4), padded."""
    return base64.b64encode(data).decode("ascii")


def from_base64(text: str) -> bytes | None:
    """The bytes, or None unless the text is the one spelling that `to_base64` gives."""
    try:
        data = binascii.a2b_base64(text)
    except ValueError:
        return None
    return data if to_base64(data) == text else None
