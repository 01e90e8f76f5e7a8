"""Which column of a file is which: presets, and maps that people write."""

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb

from habeas.audit.tables import COLUMNS, Shape
from habeas.audit.zones import is_zone
from habeas.core.messages import Message, Parameter

_FOLDER = files("habeas.audit") / "layouts"
GUESSED = "guessed"
"""The name of a layout that nobody said."""
ORDERS = ("", "dmy", "mdy")
"""Which of two numbers of a day comes first, where the values of a column leave it open."""


class LayoutError(Exception):
    """A layout that can't be used, or that is not of this file; `message` says why, `map` is one to be filled in where
    a guess is not sure."""

    def __init__(self, code: str, map: str = "", **parameters: Parameter) -> None:
        super().__init__(code, parameters)
        self.message, self.map = Message(f"audit.{code}", parameters), map


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """By column of the shape, the columns of the file that make it, joined by a comma where they are several. `parts`
    are the file's columns of which `people` consists, `constants` hold for every row. `dates`
    are the forms of days where they are not to be learnt from the values, `redacted` is what stands for no value beside
    the usual marks. Moments are of the clock of `zone`, where one is told. `also` are other names of a column;
    all are compared without capitals and signs. Columns of the shape that are `optional` may have none in the file.
    `guessed` says why each column was taken, where nobody said it."""

    name: str
    shape: Shape
    columns: Mapping[str, tuple[str, ...]]
    parts: tuple[str, ...] = ()
    constants: Mapping[str, str] = field(default_factory=dict)
    dates: tuple[str, ...] = ()
    redacted: tuple[str, ...] = ()
    order: str = ""
    zone: str = ""
    also: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    optional: tuple[str, ...] = ()
    guessed: tuple[Message, ...] = field(default=(), compare=False)

    @property
    def wanted(self) -> tuple[str, ...]:
        """The columns that the file must have."""
        return tuple(dict.fromkeys((*(each for of in self.columns.values() for each in of), *self.parts)))


def presets() -> tuple[str, ...]:
    """The names of those that are known here."""
    return tuple(sorted(each.name.removesuffix(".toml") for each in _FOLDER.iterdir() if each.name.endswith(".toml")))


def preset(name: str) -> Layout:
    """Raises LayoutError for a name that is none."""
    if name not in presets():
        raise LayoutError("no_preset", name=name, known=presets())
    return parse((_FOLDER / f"{name}.toml").read_text("utf-8"), name)


def read_map(path: Path, text: str) -> Layout:
    """The layout of a file that somebody wrote. Raises LayoutError."""
    return parse(text, path.name)


def fitting(header: tuple[str, ...], number: int) -> Layout:
    """The one preset whose columns the file of a number all has; of several, the one that uses the most. Raises
    LayoutError."""
    laid = [named_as(each, header) for each in map(preset, presets())]
    fit = [each for each in laid if {*each.wanted} <= {*header} and not _lacks_day(each)]
    if not fit:
        raise LayoutError("no_layout", number=number, columns=header, known=presets())
    return max(fit, key=lambda each: len(each.wanted))


def list_of_a_day(header: tuple[str, ...]) -> Layout | None:
    """The preset of a list of people whose day is not in its columns."""
    lists = [named_as(each, header) for each in map(preset, presets()) if each.shape is Shape.ROSTERS]
    return next((each for each in lists if {*each.wanted} <= {*header} and _lacks_day(each)), None)


def layout_of(header: tuple[str, ...], number: int, layout: Layout | None) -> Layout:
    """This layout with the names of the file of a number, or else the preset that fits it. Raises LayoutError when the
    file has not the columns."""
    if layout is None:
        return fitting(header, number)
    named = named_as(layout, header)
    if lacking := tuple(each for each in named.wanted if each not in header):
        raise LayoutError("map_not_of_file", name=layout.name, number=number, columns=lacking)
    return named


def dated(layout: Layout, name: str, number: int) -> Layout:
    """The layout of a list without a column of its day: the one in the name of its file or sheet. Raises LayoutError
    where none is, or several."""
    if not _lacks_day(layout):
        return layout
    if not (day := day_in(name)):
        raise LayoutError("roster_no_day", number=number)
    return replace(layout, constants={**layout.constants, "day": day})


def day_in(name: str) -> str:
    """The one day that a name has; empty where it has none, or several."""
    days = {*re.findall(r"(?<!\d)(?:19|20)\d\d-\d\d-\d\d(?!\d)", name)}
    try:
        (day,) = map(date.fromisoformat, days)
    except ValueError:
        return ""
    return day.isoformat()


def _lacks_day(layout: Layout) -> bool:
    return layout.shape is Shape.ROSTERS and "day" not in {**layout.columns, **layout.constants}


def named_as(layout: Layout, header: tuple[str, ...]) -> Layout:
    """The layout with the names that this file has for its columns; one that it has not stays as it is, or goes
    where it is optional."""
    there = {_plain(each): each for each in reversed(header)}

    def called(name: str) -> str:
        known = (_plain(each) for each in (name, *layout.also.get(name, ())))
        return name if name in header else next((there[each] for each in known if each in there), name)

    named = {field: tuple(map(called, names)) for field, names in layout.columns.items()}
    columns = {name: of for name, of in named.items() if name not in layout.optional or {*of} <= {*header}}
    return replace(layout, columns=columns, parts=tuple(map(called, layout.parts)))


def _plain(name: str) -> str:
    return "".join(each for each in name.lower() if each.isalnum())


def parse(text: str, name: str) -> Layout:
    """Raises LayoutError, which names the key."""
    try:
        told = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise LayoutError("map_no_toml", name=name, problem=str(error)) from None
    given = str(told.get("shape"))
    if given not in [*Shape]:
        raise LayoutError("map_shape", name=name, shape=given, known=tuple(Shape))
    shape = Shape(given)
    columns = {key: _texts(value, name, key) for key, value in _table(told, "columns", name).items()}
    constants = {key: str(value) for key, value in _table(told, "constants", name).items()}
    known = COLUMNS[shape]
    for key in (*columns, *constants):
        if key not in known:
            raise LayoutError("map_column", name=name, column=key, known=tuple(known))
    for key, column in known.items():
        if column.is_needed and key not in {**columns, **constants} and (shape, key) != (Shape.ROSTERS, "day"):
            raise LayoutError("map_lacks", name=name, column=key)
    lists = [key for key in ("parts", "dates", "redacted", "optional") if key in told]
    beside: dict[str, Any] = {key: _texts(told[key], name, key) for key in lists}
    for key in told.keys() - {"shape", "columns", "constants", "order", "zone", "also", *beside}:
        raise LayoutError("map_key", name=name, key=key)
    if wrong := [each for each in beside.get("dates", ()) if not _is_form(each)]:
        raise LayoutError("map_dates", name=name, form=wrong[0])
    also = {key: _texts(value, name, key) for key, value in _table(told, "also", name).items()}
    order = told.get("order", "")
    if order not in ORDERS:
        raise LayoutError("map_order", name=name, order=str(order))
    if "zone" in told and not is_zone(zone := str(told["zone"])):
        raise LayoutError("map_zone", name=name, zone=zone)
    beside |= {"order": order, "zone": told.get("zone", ""), "also": also}
    return Layout(name=name, shape=shape, columns=columns, constants=constants, **beside)


def _is_form(form: str) -> bool:
    """Whether the engine can read days by this form."""
    try:
        with duckdb.connect() as engine:
            engine.execute("SELECT try_strptime('', $1)", [form])
    except duckdb.Error:
        return False
    return True


def _table(told: Mapping[str, Any], key: str, name: str) -> Mapping[str, Any]:
    value = told.get(key, {})
    if not isinstance(value, dict):
        raise LayoutError("map_key", name=name, key=key)
    return value


def _texts(value: Any, name: str, key: str) -> tuple[str, ...]:
    listed = [value] if isinstance(value, str) else value
    if not isinstance(listed, list) or not listed or not all(isinstance(each, str) for each in listed):
        raise LayoutError("map_key", name=name, key=key)
    return tuple(listed)


def written(layout: Layout, unsure: Mapping[str, tuple[str, ...]] | None = None) -> str:
    """The layout as a map. `unsure` are columns between which somebody must choose, by field: nothing is read by it
    before."""

    def line(key: str, value: str | tuple[str, ...]) -> str:
        told = value[0] if len(value) == 1 else value if isinstance(value, str) else [*value]
        return f"{key} = {json.dumps(told, ensure_ascii=False)}"

    lines = [line("shape", layout.shape.value), line("order", layout.order) + '  # of day and month: "dmy" or "mdy"']
    lines += [line(key, of) for key in ("zone", "parts", "dates", "redacted") if (of := getattr(layout, key))]
    lines += ["", "[columns]", *(line(field, names) for field, names in layout.columns.items())]
    lines += [f'{field} = ""  # {line("one of", names)}' for field, names in (unsure or {}).items()]
    if layout.constants:
        lines += ["", "[constants]", *(line(field, value) for field, value in layout.constants.items())]
    return "\n".join(lines) + "\n"
