"""The released safeguards: one TOML file an instrument, in this folder.

`released.json` holds what the release demands of each (`core.released`); `./dev docs` writes it anew.
"""

import json
from dataclasses import replace
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from habeas.core.released import Demands, demands, weaker
from habeas.core.safeguards import SafeguardSet, parse_safeguards


@cache
def read() -> SafeguardSet:
    """Every released safeguard, parsed and checked once. Raises FileError."""
    return read_folder(files(__name__))


@cache
def demanded() -> Demands:
    """What they demand."""
    return demands(read())


def read_folder(folder: Traversable) -> SafeguardSet:
    """The safeguards of a folder, held against what its release demands. Raises FileError."""
    found = (each for each in folder.iterdir() if each.name.endswith(".toml"))
    at_hand = parse_safeguards({each.name: each.read_text("utf-8") for each in found})
    try:
        released = json.loads((folder / "released.json").read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        released = {}
    return replace(at_hand, weaker=tuple(weaker(demands(at_hand), released)))
