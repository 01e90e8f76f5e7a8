"""A scenario: a data file that says who takes part, who the invented people are, and what happens to each.

It is read strictly: each error names file, line and column. docs/how-to/write-a-scenario.md describes the file.
Nothing here searches or ranks people: each has a written way.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from importlib.resources import files
from typing import TypeVar

from habeas.core.entries import Actor
from habeas.core.entries.fields import read_moment as read_instant
from habeas.core.facts import CATALOGUE, EVIDENCE_KINDS
from habeas.core.tables import Table, read_toml
from habeas.demo.acts import Moment, NamedAct, moment_of, read_acts, read_moment
from habeas.store.beginning import Beginning, read_beginning

T = TypeVar("T")

_HERE = files(__name__.rpartition(".")[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What happens at one moment of a way; with `until`, again at the time `daily_at` of each day before it."""

    at: Moment
    acts: tuple[str, ...]
    daily_at: time | None = None
    until: Moment | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """`count` people who go the same way. It begins at the time `at` of the day on which `on` lies, for each
    of them `every` later. `instead`: acts of the way for which others are done. `says`: what stands for names in
    braces in their acts. `asked`: the way on which a replay asks for permission."""

    way: tuple[Step, ...]
    on: Moment
    at: time
    count: int
    every: timedelta
    instead: Mapping[str, str]
    says: Mapping[str, str]
    asked: tuple[Step, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Invented:
    """Where invented people come from, always the same."""

    given_names: tuple[str, ...]
    family_names: tuple[str, ...]
    nationalities: tuple[str, ...]
    languages: tuple[str, ...]
    wishes: tuple[str, ...]
    heard: tuple[str, ...]
    first_born_on: date
    days_between_births: int

    def person(self, number: int) -> dict[str, object]:
        """What is known of one person. After the last given name, each comes again with another family name."""
        rounds, given = divmod(number, len(self.given_names))
        which = number % len(self.nationalities)
        return {
            "number": number,
            "given_names": self.given_names[given],
            "family_names": self.family_names[(given + rounds) % len(self.family_names)],
            "nationalities": self.nationalities[which],
            "language": self.languages[which],
            **{
                name: texts[number % len(texts)]
                for name, texts in (("wish", self.wishes), ("heard", self.heard))
                if texts
            },
            "born_on": (self.first_born_on + timedelta(days=number * self.days_between_births)).isoformat(),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """All of it. `facts` are what everybody's verified facts say, each with its kind of paper; `opening` are the
    acts before anybody's; without `ends_at` it ends now. `front_page` is by language, one text a line; so is what the
    page of a `replay` says, which `./dev docs` works out."""

    beginning: Beginning
    length: timedelta
    ends_at: datetime | None
    front_page: Mapping[str, tuple[str, ...]]
    accounts: Mapping[str, Actor]
    invented: Invented
    facts: Mapping[str, tuple[str, str]]
    people: tuple[Group, ...]
    acts: Mapping[str, NamedAct]
    opening: tuple[str, ...]
    replay: Mapping[str, object]


def ids() -> tuple[str, ...]:
    return tuple(sorted(each.name.removesuffix(".toml") for each in _HERE.iterdir() if each.name.endswith(".toml")))


def scenario(id: str) -> Scenario:
    return read_scenario((_HERE / f"{id}.toml").read_text("utf-8"), f"{id}.toml")


def read_scenario(text: str, file: str) -> Scenario:
    """The scenario in a text. Raises FileError."""
    root = read_toml(text, file)
    beginning, invented, facts = read_beginning(root), _invented(root.table("invented")), _facts(root)
    accounts = _accounts(root, beginning)
    rows = {"paper": "paper", "paper_number": 0, "fact": "fact", "value": "value"}
    people = root.maybe_table("people").named()
    said = {name: value for each in people.values() for name, value in _says(each).items()}
    acts = read_acts(root, accounts, {**invented.person(0), **rows, **said})
    ways: dict[str, tuple[Step, ...]] = {}
    for name, table in root.maybe_table("ways").named().items():
        ways[name] = _way(table, ways, acts)
    opening, front_page, shown = root.texts("opening"), root.table("front_page"), root.maybe_text("replay")
    for each in opening:
        root.check("opening", each, acts)
    found = Scenario(
        beginning=beginning,
        length=timedelta(weeks=root.number("weeks")),
        ends_at=_read(root, "ends_at", read_instant, "scenario.no_instant") if root.maybe_text("ends_at") else None,
        front_page={language: front_page.texts(language) for language in ("en", "es")},
        accounts=accounts,
        invented=invented,
        facts=facts,
        people=tuple(_group(each, ways, acts) for each in people.values()),
        acts=acts,
        opening=opening,
        replay=json.loads((_HERE / "replays" / shown).read_text("utf-8")) if shown else {},
    )
    root.done()
    return found


def _accounts(root: Table, beginning: Beginning) -> dict[str, Actor]:
    parties = [each.party for each in beginning.parties]
    tables = root.maybe_table("accounts").named().items()
    return {name: each.record(Actor, account=name, party=each.choice("party", parties)) for name, each in tables}


def _invented(table: Table) -> Invented:
    found = table.record(Invented)
    for one, other in (("given_names", "family_names"), ("nationalities", "languages")):
        if not 0 < len(getattr(found, one)) == len(getattr(found, other)):
            raise table.error("scenario.unequal", one, other=other)
    return found


def _facts(root: Table) -> dict[str, tuple[str, str]]:
    table, facts = root.table("facts"), {}
    for name in table.names(CATALOGUE, "toml.not_one_of"):
        value, paper = (*table.texts(name), "", "")[:2]
        table.check(name, paper, EVIDENCE_KINDS)
        facts[name] = (value, paper)
    return facts


def _way(table: Table, known: Mapping[str, tuple[Step, ...]], acts: Mapping[str, NamedAct]) -> tuple[Step, ...]:
    """The steps of the way that it comes after, and its own: `8d1h = "decide"`."""
    before = known[table.choice("after", known)] if table.has("after") else ()
    return before + tuple(_step(table, key, acts) for key in table.names() if key != "after")


def _step(table: Table, key: str, acts: Mapping[str, NamedAct]) -> Step:
    at = read_moment(key)
    if at is None or at.anchor == "act":
        raise table.error("scenario.no_moment", key, found=key, choices=_OF_A_WAY)
    if not isinstance(value := table.raw(key), dict):
        names = (table.text(key),) if isinstance(value, str) else table.texts(key)
        for name in names:
            table.check(key, name, acts)
        return Step(at=at, acts=names)
    daily = table.table(key)
    return Step(
        at=at,
        acts=(daily.choice("daily", acts),),
        daily_at=_read(daily, "at", time.fromisoformat, "scenario.no_time"),
        until=moment_of(daily, "until", _OF_A_WAY),
    )


_OF_A_WAY = ("begun", "first", "last")


def _group(table: Table, ways: Mapping[str, tuple[Step, ...]], acts: Mapping[str, NamedAct]) -> Group:
    replaced = table.maybe_table("instead")
    instead = {old: replaced.choice(old, acts) for old in replaced.names()}
    for old in instead:
        table.check("instead", old, acts)
    every = moment_of(table, "every", ("begun",)).offset if table.maybe_text("every") else timedelta()
    return Group(
        way=ways[table.choice("way", ways)],
        on=moment_of(table, "on", ("first", "last")),
        at=_read(table, "at", time.fromisoformat, "scenario.no_time"),
        count=table.maybe(table.number, "count") or 1,
        every=every,
        instead=instead,
        says=_says(table),
        asked=ways[table.choice("asked", ways)] if table.has("asked") else (),
    )


def _says(table: Table) -> dict[str, str]:
    said = table.maybe_table("says")
    return {name: said.text(name) for name in said.names()}


def _read(table: Table, key: str, read: Callable[[str], T], otherwise: str) -> T:
    """What `read` makes of a text; the message `otherwise` for one of which it makes nothing."""
    try:
        return read(table.text(key))
    except ValueError:
        raise table.error(otherwise, key, found=table.text(key)) from None
