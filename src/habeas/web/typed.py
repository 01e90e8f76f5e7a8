"""What somebody typed, read into the value that a field holds, or the one sentence that says what is wrong.

Every reader takes the raw text and gives a value or raises `Wrong` with a sentence that names no value:
messages end in pages, never in logs.
"""

import re
import unicodedata
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

LINE_CHARACTERS = 500
PROSE_CHARACTERS = 20_000
LINES_MOST = 50
NUMBER_DIGITS = 9
AMOUNT = re.compile(r"\d{1,12}([.,]\d{1,6})?")
TIME = re.compile(r"(\d{1,2})[:.](\d{2})(?:[:.](\d{2}))?\s*(Z|[+-]\d{2}:\d{2})?")
TURNS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""What turns round how the rest is read: bidirectional embeddings, overrides and isolates, and their ends."""


class Wrong(Exception):
    """One sentence, in the language of the page: what is wrong with an answer and what to do."""


def line(text: str) -> str:
    """One line of text, as typed but for space around it."""
    cleaned = text.strip()
    if "\n" in cleaned or "\r" in cleaned:
        raise Wrong(_("Write it on one line."))
    return _text(cleaned, LINE_CHARACTERS)


def prose(text: str) -> str:
    """Paragraphs; every end of line becomes a line feed."""
    return _text(text.replace("\r\n", "\n").replace("\r", "\n").strip(), PROSE_CHARACTERS)


def lines(text: str) -> tuple[str, ...]:
    """One value a line; empty lines fall away."""
    found = tuple(line(each) for each in prose(text).split("\n") if each.strip())
    if len(found) > LINES_MOST:
        raise Wrong(_("Write at most %(most)d lines.") % {"most": LINES_MOST})
    return found


def number(text: str) -> int:
    """A whole number from 0."""
    if not re.fullmatch(rf"[0-9]{{1,{NUMBER_DIGITS}}}", text.strip()):
        raise Wrong(_("Write a whole number in digits, for example 120."))
    return int(text)


def amount(text: str) -> Decimal:
    """A decimal number; a comma or a point before the decimals."""
    if not AMOUNT.fullmatch(text.strip()):
        raise Wrong(_("Write a number, with a point or a comma only before the decimals, for example 1250.50."))
    return Decimal(text.strip().replace(",", "."))


def day(year: str, month: str, day_of_month: str) -> date:
    """A date from its three parts."""
    parts = (year.strip(), month.strip(), day_of_month.strip())
    if not all(parts):
        raise Wrong(_("Give the day, the month and the year."))
    if not all(re.fullmatch(r"[0-9]{1,4}", each) for each in parts) or len(parts[0]) != 4:
        raise Wrong(_("Write day, month and year in digits, the year with four, for example 27 3 1985."))
    try:
        return date(int(parts[0]), int(parts[1]), int(parts[2]))
    except ValueError as error:
        raise Wrong(_("There is no such day in the calendar.")) from error


def moment(on: date, clock: str, zone: str) -> datetime:
    """An instant in UTC from a local day and time.

    A time that the clocks skipped is refused; one that came twice needs its offset.
    """
    found = TIME.fullmatch(clock.strip())
    if not found:
        raise Wrong(_("Write the time as hours and minutes, for example 14:05."))
    hour, minute, second = int(found[1]), int(found[2]), int(found[3] or 0)
    try:
        local = datetime(on.year, on.month, on.day, hour, minute, second, tzinfo=ZoneInfo(zone))
        if found[4]:
            return datetime.fromisoformat(local.strftime("%Y-%m-%dT%H:%M:%S") + found[4]).astimezone(UTC)
        return _unambiguous(local, zone)
    except (ValueError, OverflowError) as error:
        raise Wrong(_("There is no such time: hours go from 0 to 23, minutes from 0 to 59.")) from error


def _unambiguous(local: datetime, zone: str) -> datetime:
    first, second = (local.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    if first == second:
        return first
    if first.astimezone(ZoneInfo(zone)).replace(tzinfo=None) != local.replace(tzinfo=None):
        raise Wrong(_("The clocks went forward and skipped this time. Write the time before or after."))
    shown = {"time": local.strftime("%H:%M"), "first": _offset(local, 0), "second": _offset(local, 1)}
    raise Wrong(
        _("The clocks went back and this time came twice. Write %(time)s%(first)s or %(time)s%(second)s.") % shown
    )


def _offset(local: datetime, fold: int) -> str:
    """Such as `+03:00`."""
    return local.replace(fold=fold).isoformat()[len("2026-10-25T03:30:00") :]


def _text(text: str, most: int) -> str:
    kinds = {unicodedata.category(each) for each in text if each not in "\n\t"}
    if kinds & {"Cc", "Cs", "Zl", "Zp"} or not TURNS.isdisjoint(text):
        raise Wrong(_("It holds a control character that cannot be kept. Delete it and type the answer again."))
    if kinds and not any(each[0] in "LNPS" for each in kinds):
        raise Wrong(_("Nothing in it can be read. Type the answer again."))
    if len(text) > most:
        raise Wrong(
            _("It has %(length)d characters; the most is %(most)d. Shorten it.") % {"length": len(text), "most": most}
        )
    return text
