"""The choices that change a number: each has a name and a default, and is printed with the numbers that it changes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields

from habeas.audit.tables import Shape

FIXED = {
    Shape.STINTS: ("duplicates", "alike", "open_stints", "length", "same_stay"),
    Shape.COUNTS: ("running_total", "same_day", "rows_of_one"),
    Shape.FACILITIES: ("no_number",),
    Shape.ROSTERS: ("days_missing", "list_day"),
    Shape.BILLS: ("bill_convention", "bill_day", "bill_exchange"),
}
"""By shape, what is told: `audit.choice_ID` says how it is read here, `audit.choice_ID_changes` what hangs on it."""

AGREED = ("agreed_titles",)
"""What is told beside an agreement."""

OPTIONS: Mapping[str, tuple[str, ...]] = {
    "duplicates": ("once", "every"),
    "alike": ("every", "once"),
    "open_stints": ("bounds", "still-there", "set-aside"),
    "length": ("midnights", "calendar-days", "full-days"),
    "same_stay": ("24-hours", "48-hours", "unbroken"),
}
"""Of stretches, by name: each value that can be asked for, the default first. `audit.choice_NAME_VALUE` says what one
means that is no default."""

_CLOCK = "hour({0}) * 3600 + minute({0}) * 60 + second({0})"
_UNTIL_NOW = "greatest(from_at, CAST(last_day AS TIMESTAMP))"
"""The end of a stretch without one, if it lasts until the last day in the data."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """How stretches are counted, as SQL for whoever counts them. `duplicates` are copies of a row of the same person,
    `alike` rows alike where people are not told apart, `open_stints` stretches without an end, `length` what a day of a
    stretch is, `same_stay` how long somebody may be on the way to another place."""

    duplicates: str = OPTIONS["duplicates"][0]
    alike: str = OPTIONS["alike"][0]
    open_stints: str = OPTIONS["open_stints"][0]
    length: str = OPTIONS["length"][0]
    same_stay: str = OPTIONS["same_stay"][0]

    @property
    def named(self) -> dict[str, str]:
        """Each choice by its name."""
        return {each.name: getattr(self, each.name) for each in fields(self)}

    @property
    def options(self) -> str:
        """The options of the command that choose so again, where it is no default."""
        chosen = {name: value for name, value in self.named.items() if value != OPTIONS[name][0]}
        return "".join(f" {option(name)} {value}" for name, value in chosen.items())

    @property
    def is_copy(self) -> str:
        """Whether a row counts no more, of one that is alike to an earlier one."""
        once = {"person IS NOT NULL": self.duplicates, "person IS NULL": self.alike}
        return f"({' OR '.join(test for test, value in once.items() if value == 'once') or 'FALSE'})"

    @property
    def who(self) -> str:
        """Who counts once for a day in a place: a person, or each row."""
        row = "source || ':' || line"
        return f"coalesce(person, {row})" if self.duplicates == "once" else row

    def ends(self, known: str, now: str = _UNTIL_NOW) -> tuple[str, str]:
        """What is known of the end of a stretch, at least and at most: NULL where it counts for nothing; `now` is the
        same for one that lasts until the last day in the data."""
        lasting = f"coalesce({known}, {now})"
        of = {"bounds": (known, lasting), "still-there": (lasting, lasting), "set-aside": (known, known)}
        return of[self.open_stints]

    def days(self, began: str = "from_at", ended: str = "until_at") -> str:
        """The length of a stretch in days."""
        nights = f"CAST({ended} AS DATE) - CAST({began} AS DATE)"
        more = {
            "midnights": "",
            "calendar-days": "1",
            "full-days": f"CASE WHEN {_CLOCK.format(ended)} < {_CLOCK.format(began)} THEN -1 ELSE 0 END",
        }[self.length]
        return f"CAST({nights} AS BIGINT) + CASE WHEN {ended} >= {began} THEN {more} ELSE 0 END" if more else nights

    @property
    def goes_on(self) -> str:
        """Whether a row of `stint_chains` is of the stay of those before it, where the data call no stay by a name."""
        hours = 0 if self.same_stay == "unbroken" else int(self.same_stay.removesuffix("-hours"))
        moved = f"(facility <> elsewhere AND from_at <= ended + INTERVAL {hours} HOUR)"
        return f"(unended OR from_at <= ended OR {moved})"

    @property
    def days_open(self) -> str:
        """The length of a stretch without an end until the last day in the data, `last_day`."""
        return self.days(ended=_UNTIL_NOW)


DEFAULT = Choices()


def option(name: str) -> str:
    """The option of the command that makes a choice."""
    return f"--{name.replace('_', '-')}"


ARGUMENTS = {option(name): {"choices": values} for name, values in OPTIONS.items()}
"""Of the command, as argparse reads them."""


def told(shapes: Sequence[Shape]) -> Iterator[str]:
    """The choices that matter for these shapes."""
    for shape in shapes:
        yield from FIXED.get(shape, ())
