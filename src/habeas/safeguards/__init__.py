"""The released safeguards: one TOML file an instrument, in this folder."""

from functools import cache
from importlib.resources import files

from habeas.core.safeguards import SafeguardSet, parse_safeguards


@cache
def read() -> SafeguardSet:
    """Every released safeguard, parsed and checked once."""
    found = (each for each in files(__name__).iterdir() if each.name.endswith(".toml"))
    return parse_safeguards({each.name: each.read_text("utf-8") for each in found})
