"""The terms of real agreements as they are released with Habeas, one TOML file a version."""

from importlib.resources import files

from habeas.core.terms import Agreement, parse_agreement, with_assumptions

_HERE = files(__name__)


def ids() -> tuple[str, ...]:
    """Every agreement, in alphabetical order."""
    return tuple(sorted(each.name.removesuffix(".toml") for each in _HERE.iterdir() if _is_terms(each.name)))


def scenario_ids() -> tuple[str, ...]:
    """Every set of assumptions with which an agreement can be run for show."""
    found = (_HERE / "scenarios").iterdir()
    return tuple(sorted(each.name.removesuffix(".toml") for each in found if _is_terms(each.name)))


def read(id: str) -> str:
    """The text of an agreement's file. Raises KeyError for an id that is not one of `ids()`."""
    return _text(id, ids(), f"{id}.toml")


def read_scenario(id: str) -> str:
    """The text of a scenario's assumptions. Raises KeyError for an id that is not one of `scenario_ids()`."""
    return _text(id, scenario_ids(), "scenarios", f"{id}.toml")


def agreement(id: str, scenario: str | None = None) -> Agreement:
    """A released agreement, with the assumptions of a scenario if one is named. Raises KeyError."""
    found = parse_agreement(read(id), f"{id}.toml")
    if scenario is None:
        return found
    return with_assumptions(found, read_scenario(scenario), f"{scenario}.toml")


def _text(id: str, known: tuple[str, ...], *path: str) -> str:
    if id not in known:
        raise KeyError(id)
    return _HERE.joinpath(*path).read_text("utf-8")


def _is_terms(name: str) -> bool:
    return name.endswith(".toml")
