"""Where ids and salts come from: the operating system, or (in tests and the demonstration) a seed."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import shake_256

ID_LENGTH = 16


@dataclass(frozen=True, slots=True)
class Source:
    """Gives as many random bytes as it is asked for, never the same again."""

    random_bytes: Callable[[int], bytes]

    def new_id(self) -> str:
        """A new id: 16 random bytes as 32 hexadecimal digits. It says nothing, not even a time."""
        return self.random_bytes(ID_LENGTH).hex()


SECRET = Source(secrets.token_bytes)
"""The operating system's own randomness: the only source outside tests and the demonstration."""


def fixed(seed: str) -> Source:
    """The same bytes in the same order for the same seed. Anybody can repeat them, so nothing is hidden."""
    drawn = 0

    def random_bytes(length: int) -> bytes:
        nonlocal drawn
        drawn += 1
        return shake_256(f"{seed}/{drawn}".encode()).digest(length)

    return Source(random_bytes)
