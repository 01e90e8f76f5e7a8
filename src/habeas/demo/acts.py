"""The named acts of a scenario: what each says, filled in for one person at one moment."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from habeas.core.entries import Actor, Body, FieldSpec, Form, Json, body_from_json, kind_of, specs
from habeas.core.entries.fields import MANY, from_json, to_json
from habeas.core.messages import FileError
from habeas.core.permissions import ACTS
from habeas.core.tables import Table

OUR_KEYS = ("act", "by", "like", "each", "refused", "occurred_at")

_LENGTH = r"(?=\d)(?:\d{1,4}d)?(?:\d{1,4}h)?(?:\d{1,4}m)?"
_MOMENT = re.compile(rf"(begun|act|first|last)(?:([+-])({_LENGTH}))?|({_LENGTH})")
_ANCHORS = ("begun", "act", "first", "last")
_UNITS = {"d": timedelta(days=1), "h": timedelta(hours=1), "m": timedelta(minutes=1)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """`16d4h`, `act+22h` or `last-1d`: a length of time before or after one of the moments of a scenario.

    `first` and `last` are its bounds, `begun` is when a person's way begins, `act` when the act is done.
    """

    anchor: str = "begun"
    offset: timedelta = timedelta()

    def among(self, moments: Mapping[str, datetime]) -> datetime:
        """The instant, in UTC."""
        return moments[self.anchor] + self.offset


def read_moment(text: str) -> Moment | None:
    """The moment that a text names; None for a text that names none."""
    found = _MOMENT.fullmatch(text)
    if found is None:
        return None
    anchor, sign, offset, alone = found.groups()
    parts = re.findall(r"(\d+)([dhm])", offset or alone or "")
    length = sum((int(count) * _UNITS[unit] for count, unit in parts), timedelta())
    return Moment(anchor=anchor or "begun", offset=-length if sign == "-" else length)


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedAct:
    """An act with its usual values. `each`: done once for every "paper" or every "fact". `refused`: the rules
    must refuse it. `occurred_at`: it happened then, and is recorded later."""

    name: str
    act: str
    by: Actor
    values: Mapping[str, object]
    each: str
    refused: bool
    occurred_at: Moment

    def body(self, names: Mapping[str, object], moments: Mapping[str, datetime]) -> Body:
        """The body, with each `{name}` and each moment filled in. Raises ValueError, or KeyError for a name."""
        body = ACTS[self.act].body
        return body_from_json(
            kind_of(body), {spec.name: _json(spec, self.values.get(spec.name), names, moments) for spec in specs(body)}
        )


def _json(spec: FieldSpec, value: object, names: Mapping[str, object], moments: Mapping[str, datetime]) -> Json:
    match value:
        case list():
            return [str(each).format_map(names) for each in value]
        case str():
            said = value.format_map(names)
            moment = read_moment(said) if spec.form in {Form.DATE, Form.MOMENT} else None
            if moment is not None:
                at = moment.among(moments)
                return to_json(at.date() if spec.form is Form.DATE else at)
            return [*said.split(",")] if spec.form in MANY else said
        case dict():
            return {str(key): str(each) for key, each in value.items()}
        case bool() | int() | date() | None:
            return to_json(value)
    raise ValueError(f"{spec.name} can't hold {value!r}")


def read_acts(root: Table, accounts: Mapping[str, Actor], sample: Mapping[str, object]) -> dict[str, NamedAct]:
    """Every `[acts.<name>]`, each tried with the names of a sample person. Raises FileError.

    In a value the name of an act stands for the entry that it became, and `{case}` for the person's case.
    """
    written = root.table("acts").named()
    sample = {**sample, "case": "case", "cases": "case", "act": _SAMPLE, **dict.fromkeys(written, "entry")}
    acts: dict[str, NamedAct] = {}
    for name, table in written.items():
        acts[name] = _named(table, name, accounts, acts)
        _try(acts[name], table, sample)
    return acts


_SAMPLE = datetime(2026, 1, 1, tzinfo=UTC)


def _named(table: Table, name: str, accounts: Mapping[str, Actor], known: Mapping[str, NamedAct]) -> NamedAct:
    like = known[table.choice("like", known)] if table.has("like") else None
    act = table.maybe_text("act") or (like.act if like else name)
    table.check("act", act, ACTS)
    by = table.maybe_text("by") or (like.by.account if like else "")
    table.check("by", by, accounts)
    values = {key: table.raw(key) for key in table.names() if key not in OUR_KEYS}
    return NamedAct(
        name=name,
        act=act,
        by=accounts[by],
        values={**like.values, **values} if like else values,
        each=table.choice("each", ("paper", "fact")) if table.has("each") else "",
        refused=table.flag("refused"),
        occurred_at=moment_of(table, "occurred_at", _ANCHORS) if table.has("occurred_at") else Moment(anchor="act"),
    )


def _try(named: NamedAct, table: Table, sample: Mapping[str, object]) -> None:
    """Refuse what could not be recorded, with the place of the value."""
    fields = {spec.name: spec for spec in specs(ACTS[named.act].body) if not spec.computed}
    for key in named.values:
        table.check(key, key, fields, "toml.unknown_key")
    for key, spec in fields.items():
        if key not in named.values and not spec.optional:
            raise FileError("toml.key_missing", table.place, key=key)
        try:
            from_json(spec, _json(spec, named.values.get(key), sample, dict.fromkeys(_ANCHORS, _SAMPLE)))
        except (ValueError, LookupError):
            found = str(named.values[key])
            if spec.choices is not None:
                raise table.error("toml.not_one_of", key, found=found, choices=tuple(spec.choices)) from None
            raise table.error("scenario.wrong_value", key, found=found) from None


def moment_of(table: Table, key: str, anchors: Collection[str]) -> Moment:
    """The moment that a key names by one of these anchors. Raises FileError."""
    found = read_moment(table.text(key))
    if found is None or found.anchor not in anchors:
        raise table.error("scenario.no_moment", key, found=table.text(key), choices=tuple(anchors))
    return found
