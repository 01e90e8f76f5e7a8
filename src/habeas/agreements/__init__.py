"""The terms of real agreements as they are released with Habeas, one TOML file a version."""

from importlib.resources import files
from importlib.resources.abc import Traversable

from habeas.core.terms import Agreement, parse_agreement, with_assumptions

_HERE = files(__name__)
_SCENARIOS = _HERE / "scenarios"


def ids() -> tuple[str, ...]:
    return _ids(_HERE)


def scenario_ids() -> tuple[str, ...]:
    """Every set of assumptions with which an agreement can be run for show."""
    return _ids(_SCENARIOS)


def read(id: str) -> str:
    """The text of an agreement's file. Raises KeyError for an id that is not one of `ids()`."""
    return _text(_HERE, id)


def read_scenario(id: str) -> str:
    """The text of the assumptions with which an agreement can be run for show. Raises KeyError."""
    return _text(_SCENARIOS, id)


def agreement(id: str, scenario: str | None = None) -> Agreement:
    """A released agreement, with the assumptions of a scenario if one is named. Raises KeyError."""
    found = parse_agreement(read(id), f"{id}.toml")
    return with_assumptions(found, read_scenario(scenario), f"{scenario}.toml") if scenario else found


def _ids(folder: Traversable) -> tuple[str, ...]:
    return tuple(sorted(each.name.removesuffix(".toml") for each in folder.iterdir() if each.name.endswith(".toml")))


def _text(folder: Traversable, id: str) -> str:
    if id not in _ids(folder):
        raise KeyError(id)
    return (folder / f"{id}.toml").read_text("utf-8")
