"""The released safeguards: one TOML file an instrument, in this folder."""

from functools import cache
from importlib.resources import files

from habeas.core.safeguards import SafeguardSet, parse_safeguards


def ids() -> tuple[str, ...]:
    """The names of the instruments' files, without `.toml`."""
    names = (each.name for each in files(__name__).iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml")))


def text(id: str) -> str:
    """The text of one instrument's file. Raises FileNotFoundError."""
    return files(__name__).joinpath(f"{id}.toml").read_text("utf-8")


@cache
def read() -> SafeguardSet:
    """Every released safeguard, parsed and checked once."""
    return parse_safeguards({f"{id}.toml": text(id) for id in ids()})
