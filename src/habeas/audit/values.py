"""What the texts of one column mean: days in several forms, moments, serial numbers of spreadsheets, numbers.

The forms are taken from the values themselves, never from one row alone: a column in which 03/04 may be March or April
stays unread until somebody says which, and a value that fits no form of its column is unreadable, not guessed.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from habeas.audit.zones import on_clock
from habeas.core.messages import Message
from habeas.core.rules.sql import value_sql

REDACTIONS = ("6", "7", "4", "5", "7c", "7e", "6 7c", "4 6", "6 7e")
EMPTY = "- -- --- . ? n/a na #n/a null none nan nil unknown".split()
SAID = "redacted [redacted] (redacted) xxx xxxx xxxxx xxxxxx [] *** ***** withheld".split()
SERIAL = "serial"
FIRST_SERIAL, LAST_SERIAL = 14_611, 73_051  # 1940 to 2100: nothing else that is a day has five digits
YEARS = (1850, 2200)
DOUBTED = 0.02

_NUMBERED = re.compile(r"^(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{2})(?!\d)")
_FORMS = (
    (re.compile(r"^\d{4}-\d{1,2}-\d{1,2}"), "%Y-%m-%d"),
    (re.compile(r"^\d{4}/\d{1,2}/\d{1,2}"), "%Y/%m/%d"),
    (re.compile(r"^(?:19|20)\d{6}(?!\d)"), "%Y%m%d"),
    (re.compile(r"^\d{1,2}-[A-Za-z]{3}-\d{4}(?!\d)"), "%d-%b-%Y"),
    (re.compile(r"^\d{1,2}-[A-Za-z]{3}-\d{2}(?!\d)"), "%d-%b-%y"),
    (re.compile(r"^\d{1,2} [A-Za-z]{3} \d{4}(?!\d)"), "%d %b %Y"),
    (re.compile(r"^\d{1,2} [A-Za-z]{4,9} \d{4}(?!\d)"), "%d %B %Y"),
    (re.compile(r"^[A-Za-z]{3} \d{1,2}, \d{4}(?!\d)"), "%b %d, %Y"),
    (re.compile(r"^[A-Za-z]{4,9} \d{1,2}, \d{4}(?!\d)"), "%B %d, %Y"),
)
_TIMES = (
    (re.compile(r"^$"), ""),
    (re.compile(r"^\d{1,2}:\d\d$"), "%H:%M"),
    (re.compile(r"^\d{1,2}:\d\d:\d\d$"), "%H:%M:%S"),
    (re.compile(r"^\d{1,2}:\d\d:\d\d\.\d+$"), "%H:%M:%S.%f"),
    (re.compile(r"^\d{1,2}:\d\d [AaPp][Mm]$"), "%I:%M %p"),
    (re.compile(r"^\d{1,2}:\d\d[AaPp][Mm]$"), "%I:%M%p"),
    (re.compile(r"^\d{1,2}:\d\d:\d\d [AaPp][Mm]$"), "%I:%M:%S %p"),
)
_COMMA = re.compile(r"-?\d{1,3}(\.\d{3})*,\d{1,2}|-?\d+,\d{1,2}|-?\d{1,3}(\.\d{3})+,\d+")
_POINT = re.compile(r"-?[\d,]*\d\.(\d{1,2}|\d{4,})")
_THOUSANDS = r"-?\d{1,3}(,\d{3})+(\.\d+)?"
_ZONE = re.compile(r"(?<=\d)\s*(?:Z|UTC|GMT|[+-]\d\d(?::?\d\d)?)$")
_ZONE_SQL = r"(:\d\d(?:\.\d+)?)\s*(?:Z|UTC|GMT|[+-]\d\d(?::?\d\d)?)$"


class AmbiguousError(Exception):
    """A column of days that may be read in two ways."""


def marks() -> tuple[str, ...]:
    """What stands where a value was redacted or there is none, in small letters."""
    return (*EMPTY, *redactions())


def redactions() -> tuple[str, ...]:
    """The marks of redaction as they are met, of the exemptions of the US FOIA too, in small letters."""
    found = {*SAID}
    for exemption in REDACTIONS:
        numbers = exemption.split()
        for start in ("(b)", "b", "b)"):
            for pieces in (
                [f"{start}({one[0]})" + (f"({one[1]})" if one[1:] else "") for one in numbers],
                [f"{start}({one[0]})" + one[1:] for one in numbers],
            ):
                found |= {between.join(pieces) for between in (", ", "; ", ",", ";", " ", "")}
    return tuple(sorted(found))


@dataclass(slots=True)
class Days:
    """The forms of the days of one column. `order` is that of day and month where numbers alone say it."""

    order: str = ""
    forms: set[str] = field(default_factory=set)
    is_told: bool = False  # the layout names the forms: none is learnt
    has_zone: bool = False
    zone: str = ""  # of whose clock moments are
    seen: dict[str, int] = field(default_factory=lambda: {"dmy": 0, "mdy": 0, "open": 0})

    def learn(self, values: Iterable[str]) -> None:
        """Take forms from these values. Raises AmbiguousError."""
        if self.is_told:
            return
        values = list(values)
        for each in values:
            self._count(each)
        if self.seen["dmy"] or self.seen["mdy"] or self.seen["open"]:
            self.order = self._decided()
        for each in values:
            self.forms |= self._form(each)

    def _count(self, value: str) -> None:
        found = _NUMBERED.match(value)
        if found and found[2] != ".":
            first, second = int(found[1]), int(found[3])
            if first <= 12 and second <= 12:
                self.seen["open"] += first != second
            elif first <= 12 or second <= 12:
                self.seen["dmy" if first > 12 else "mdy"] += 1

    def _decided(self) -> str:
        dmy, mdy = self.seen["dmy"], self.seen["mdy"]
        if min(dmy, mdy) > DOUBTED * (dmy + mdy) or (not dmy + mdy and self.seen["open"]):
            if not self.order:
                raise AmbiguousError
            return self.order
        return "dmy" if dmy > mdy else "mdy" if mdy else self.order

    def _form(self, value: str) -> set[str]:
        if re.fullmatch(r"\d{5}(\.\d+)?", value) and FIRST_SERIAL <= float(value) <= LAST_SERIAL:
            return {SERIAL}
        zone = _ZONE.search(value) if ":" in value else None
        self.has_zone |= zone is not None
        value = _ZONE.sub("", value) if zone else value
        if found := _NUMBERED.match(value):
            sign, year = found[2], "%Y" if len(found[4]) == 4 else "%y"
            is_month_first = self.order == "mdy" and sign != "."
            day = f"%m{sign}%d{sign}{year}" if is_month_first else f"%d{sign}%m{sign}{year}"
            return self._with_time(day, value[found.end() :])
        for form, day in _FORMS:
            if found := form.match(value):
                return self._with_time(day, value[found.end() :])
        return set()

    def _with_time(self, day: str, rest: str) -> set[str]:
        between = rest[:1] if rest[:1] in ("T", " ") else ""
        for form, time in _TIMES:
            if form.match(rest[1:] if between else rest):
                return {day + between + time if time else day}
        return set()

    def sql(self, text: str) -> str:
        """The moment that a text means, NULL where it fits no form. It is wall time: where no zone is told, one that
        stands behind it is left out."""
        forms = sorted(self.forms - {SERIAL}, key=lambda each: ("%Y" in each, each))  # two digits before four
        tried = []
        bare = f"regexp_replace({text}, {value_sql(_ZONE_SQL)}, '\\1')" if self.has_zone else text
        if forms:
            tried.append(f"try_strptime({bare}, [{', '.join(map(value_sql, forms))}])")
        if SERIAL in self.forms:
            number = f"TRY_CAST({text} AS DOUBLE)"
            tried.append(
                f"CASE WHEN {number} BETWEEN {FIRST_SERIAL} AND {LAST_SERIAL}"
                f" THEN TIMESTAMP '1899-12-30' + to_seconds(round({number} * 86400)) END"
            )
        wall = f"coalesce({', '.join(tried)})" if tried else "CAST(NULL AS TIMESTAMP)"
        return on_clock(wall, text, self.zone) if self.zone and self.has_zone else wall

    def said(self, column: str) -> Iterable[Message]:
        """The choices made, each for whoever reads the numbers."""
        if self.order and any(self.seen.values()):
            yield Message(f"audit.days_{self.order}", {"column": column})
        if any("%y" in each for each in self.forms):
            yield Message("audit.days_two_digits", {"column": column})
        if SERIAL in self.forms:
            yield Message("audit.days_serial", {"column": column})
        if self.has_zone:
            yield Message(f"audit.days_{'to_' * bool(self.zone)}zone", {"column": column, "zone": self.zone})


@dataclass(slots=True)
class Numbers:
    """The forms of the numbers of one column. A comma is before the decimals only where no point is."""

    has_signs: bool = False
    has_thousands: bool = False
    has_comma: bool = False
    has_point: bool = False

    @property
    def decimal_comma(self) -> bool:
        return self.has_comma and not self.has_point

    def learn(self, values: Iterable[str]) -> None:
        """Take forms from these values."""
        plain = [re.sub(r"[$€£\s]", "", each) for each in values]
        self.has_signs |= any(re.search(r"[$€£\s]", each) for each in values)
        self.has_comma |= any(_COMMA.fullmatch(each) for each in plain)
        self.has_point |= any(_POINT.fullmatch(each) for each in plain)
        self.has_thousands |= any(re.fullmatch(_THOUSANDS, each) for each in plain)

    def sql(self, text: str) -> str:
        """The number that a text means, NULL where it is none."""
        if self.has_signs:
            text = f"regexp_replace({text}, '[$€£\\s]', '', 'g')"
        if self.decimal_comma:
            text = f"replace(replace({text}, '.', ''), ',', '.')"
        elif self.has_thousands:
            grouped = f"regexp_full_match({text}, {value_sql(_THOUSANDS)})"
            text = f"CASE WHEN {grouped} THEN replace({text}, ',', '') ELSE {text} END"
        return f"CASE WHEN NOT regexp_matches({text}, '[_xX]') THEN {text} END"  # 1_000 and 0x10 are no numbers here

    def said(self, column: str) -> Iterable[Message]:
        """The choices made, each for whoever reads the numbers."""
        if self.decimal_comma:
            yield Message("audit.numbers_comma", {"column": column})
