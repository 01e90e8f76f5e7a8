"""The agreement that somebody names to a command: an id of those released, or a file with its amendments beside it."""

import os
import re
from glob import escape, glob
from typing import TYPE_CHECKING

from habeas.inputs import read_text, unusable

if TYPE_CHECKING:
    from habeas.core.terms import Agreement

AMENDMENT = re.compile(r"(.+)\.(\d{4}-\d\d-\d\d)\.toml")
"""The file of an amendment: that of the agreement with the day on which it begins to apply."""


def versions_given(given: str) -> "tuple[Agreement, ...]":
    """Every version of the agreement of an id; of a file, with the amendments that lie beside it. Raises Unusable,
    FileError."""
    from habeas import agreements  # late: not every command has terms
    from habeas.core.terms import parse_agreement
    from habeas.core.versions import versions

    if given in agreements.ids():
        return agreements.versions(given)
    if not os.path.exists(given):
        raise unusable("cli.no_agreement", given=given, known=tuple(agreements.ids()))
    amendments = sorted(glob(f"{escape(given.removesuffix('.toml'))}.????-??-??.toml"))
    return versions(parse_agreement(read_text(given), given), [(each, read_text(each)) for each in amendments])
