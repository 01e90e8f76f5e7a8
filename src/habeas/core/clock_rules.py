"""Clocks as data: what begins a period, what ends it, how long it is and whose it is.

A clock stands under `[[clock]]` in the file of the instrument, or in the terms, from which it comes
(docs/reference/clocks.md). What it comes to for one case is `core.duties`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from habeas.core.countries import COUNTRIES
from habeas.core.entries import KINDS, Entry, FieldSpec, Form, Unstated, kind_of, specs
from habeas.core.permissions import ACTS
from habeas.core.rules import Rule
from habeas.core.sources import Source
from habeas.core.tables import Bilingual, Table

ON_CASE = tuple(sorted({kind_of(each.body) for each in ACTS.values() if each.on_case or each.opens_case}))
"""The kinds of entry that stand in a case: nothing else can begin or end a clock of it."""

COMPUTED = ("end", "confirmation")
"""What a case shows and no single kind of entry says: its end as it stands, and what confirms that end."""

PERIODS = {"objection_days": "objection", "contest_days": "contest", "contested_after_hours": "contested_after"}
"""The periods of an agreement that a clock may name, with their names in `core.context.Periods`."""

BREACHES = ("duty_late", "claim_unanswered", "claim_undecided", "release_overdue", "return_overdue")
"""The findings to which a late duty can lead."""

_CHOICES = {"period": tuple(PERIODS), "breach": BREACHES, "country": ("sending", "receiving", *sorted(COUNTRIES))}
_UNSTATED = tuple(each.value for each in Unstated)


class Owner(StrEnum):
    """Whose a clock is: who owes the duty, or the person whose time it is."""

    SENDING = "sending"
    RECEIVING = "receiving"
    HOLDER = "holder"  # whoever answers for the person when it begins
    BENCH = "bench"
    PERSON = "person"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """An entry of this kind, or only one whose fields hold these values. `rests_on`: the field of a pause that names
    the order or law."""

    kind: str
    where: Mapping[str, str | bool]
    rests_on: str = ""

    def is_shown_by(self, entry: Entry, recorded: Entry) -> bool:
        """Whether an entry is one of these. That an answer was left open is read from the entry as it was `recorded`:
        an answer given later ends a duty, and does not make it that there was none."""
        return all(
            getattr((recorded if value in _UNSTATED else entry).body, name) == value
            for name, value in self.where.items()
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockRule:
    """One clock. Days are local days of the facility, and end at the same time by the clock on its wall; `country` is
    that of the working days. `period`: of the agreement; with a length of its own too, what is better for the person
    counts. `due`: the field of the beginning entry that names the moment. `latest`: a later beginning takes the place
    of one that is not due. `own_length`: the source says no number, and ours is taken. Without `breach` a late duty
    leads to no finding."""

    id: str
    law: str
    article: str
    title: Bilingual
    owner: Owner
    starts: tuple[Event, ...]
    stops: tuple[Event, ...]
    pauses: tuple[Event, ...]
    resumes: tuple[Event, ...]
    source: Source
    is_unbound: Callable[[str, date | None], bool]
    applies_when: Rule | None  # of its safeguard, over what people stated; unknown applies
    hours: int | None = None
    days: int | None = None
    working_days: int | None = None
    country: str = ""
    period: str = ""
    due: str = ""
    latest: bool = False
    own_length: bool = False
    breach: str = ""

    @property
    def cite(self) -> str:
        """What says it, marked where nobody has read it yet."""
        return self.source.cite + (" (general knowledge)" if self.source.from_general_knowledge else "")

    @property
    def floor(self) -> timedelta:
        """The least that a period of the agreement must give the person."""
        return timedelta(hours=self.hours or 0, days=self.days or 0)


def never_unbound(state: str, on: date | None) -> bool:
    """Of a clock that holds whoever is party to its instrument: a standard's, or one of the agreement's own terms."""
    return False


def read_clock(table: Table, **known: object) -> ClockRule:
    """The clock of one `[[clock]]`, whose source is `known`. Raises FileError with the place."""
    events = {key: _events(table, key) for key in ("starts", "stops", "pauses", "resumes")}
    rule = table.record(ClockRule, **events, **known)
    for key in ("starts", "stops", *(("pauses", "resumes") if rule.pauses or rule.resumes else ())):
        if not events[key]:
            raise table.error("toml.key_missing", key)
    for key, choices in _CHOICES.items():
        if value := getattr(rule, key):
            table.check(key, value, choices)
    lengths = [each for each in ("hours", "days", "working_days", "due") if getattr(rule, each)]
    is_one = len(lengths) == 1 or (rule.period and not lengths)
    if not is_one or (rule.due and rule.period) or bool(rule.country) is not bool(rule.working_days):
        raise table.error("toml.clock_length", lengths[-1] if lengths else "id")
    if rule.owner is Owner.PERSON and (not rule.period or rule.working_days or rule.breach):
        raise table.error("toml.clock_of_person", "owner")
    for event in rule.starts if rule.due else ():
        moments = [each.name for each in _fields(event.kind) if each.form is Form.MOMENT]
        table.check("due", rule.due, moments, "toml.clock_due")
    return rule


def _events(table: Table, key: str) -> tuple[Event, ...]:
    return tuple(_event(each, is_pause=key == "pauses") for each in table.tables(key))


def _event(table: Table, *, is_pause: bool) -> Event:
    kind, where = table.choice("kind", (*ON_CASE, *COMPUTED)), table.maybe_table("where")
    fields = {each.name: each for each in _fields(kind)}
    named = where.names(fields, "toml.clock_field")
    must = [each.name for each in fields.values() if not (each.optional or each.unstated)]
    return Event(
        kind=kind,
        where={each: _value(where, fields[each]) for each in named},
        rests_on=table.choice("rests_on", must) if is_pause else "",
    )


def _value(table: Table, spec: FieldSpec) -> str | bool:
    if spec.form is Form.FLAG:
        return table.flag(spec.name)
    choices = [*(each.value for each in spec.choices or ()), *(_UNSTATED if spec.unstated else ())]
    return table.choice(spec.name, choices) if choices else table.text(spec.name)


def _fields(kind: str) -> tuple[FieldSpec, ...]:
    return specs(KINDS[kind]) if kind in KINDS else ()
