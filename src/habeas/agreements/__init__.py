"""The terms of real agreements as they are released with Habeas, one TOML file a version.

`ID.toml` has the text as it was concluded, `ID.DATE.toml` what an amendment changes from that day on.
"""

from datetime import date
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from habeas.core.assumptions import with_assumptions
from habeas.core.terms import Agreement, parse_agreement
from habeas.core.versions import in_force
from habeas.core.versions import versions as versions_of

_HERE = files(__name__)
_SCENARIOS = _HERE / "scenarios"


def ids() -> tuple[str, ...]:
    return tuple(each for each in _ids(_HERE) if "." not in each)


def scenario_ids() -> tuple[str, ...]:
    """Every set of assumptions with which an agreement can be run for show."""
    return _ids(_SCENARIOS)


def read(id: str) -> str:
    """The text of an agreement's file. Raises KeyError for an id that is not one of `ids()`."""
    return _text(_HERE, id)


def read_scenario(id: str) -> str:
    """The text of the assumptions with which an agreement can be run for show. Raises KeyError."""
    return _text(_SCENARIOS, id)


@cache
def versions(id: str) -> tuple[Agreement, ...]:
    """Every version of a released agreement, the first first. Raises KeyError."""
    amendments = [each for each in _ids(_HERE) if each.startswith(f"{id}.")]
    return versions_of(parse_agreement(read(id), f"{id}.toml"), [(f"{each}.toml", read(each)) for each in amendments])


def agreement(id: str, scenario: str | None = None, *, on: date | None = None) -> Agreement:
    """A released agreement in the version in force on a day (without one, in its last), with the assumptions of a
    scenario if one is named. Raises KeyError."""
    found = in_force(versions(id), on)
    return with_assumptions(found, read_scenario(scenario), f"{scenario}.toml") if scenario else found


def _ids(folder: Traversable) -> tuple[str, ...]:
    return tuple(sorted(each.name.removesuffix(".toml") for each in folder.iterdir() if each.name.endswith(".toml")))


def _text(folder: Traversable, id: str) -> str:
    if id not in _ids(folder):
        raise KeyError(id)
    return (folder / f"{id}.toml").read_text("utf-8")
