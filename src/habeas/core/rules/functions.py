"""The listed functions, and calendar arithmetic: 29 February plus n years is 28 February."""

import calendar
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from habeas.core.rules.nodes import Type, Value


def add_days(day: date, days: int) -> date | None:
    """A later (or, with a negative number, earlier) day; None outside the calendar."""
    try:
        return day + timedelta(days=days)
    except OverflowError:
        return None


def add_months(day: date, months: int) -> date | None:
    """The same day of another month, or its last day where it has no such day; None outside the calendar."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if not date.min.year <= year <= date.max.year:
        return None
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def add_years(day: date, years: int) -> date | None:
    """The same day of another year; 28 February where that year has no 29."""
    return add_months(day, 12 * years)


def date_of(moment: datetime, zone: str) -> date | None:
    """The local date of a moment; None where no such time zone is known."""
    try:
        return moment.astimezone(ZoneInfo(zone)).date()
    except (KeyError, ValueError, OSError, OverflowError):
        return None


Operation = Callable[[Sequence[Value | None]], Value | None]


def _add(adder: Callable[[date, int], date | None]) -> Operation:
    def operation(values: Sequence[Value | None]) -> Value | None:
        day, number = values
        if not isinstance(day, date) or not isinstance(number, int):
            return None
        return adder(day, number)

    return operation


def _date_of(values: Sequence[Value | None]) -> Value | None:
    moment, zone = values
    if not isinstance(moment, datetime) or not isinstance(zone, str):
        return None
    return date_of(moment, zone)


def _days_between(values: Sequence[Value | None]) -> Value | None:
    first, last = values
    if not isinstance(first, date) or not isinstance(last, date):
        return None
    return (last - first).days


def _any_of(values: Sequence[Value | None]) -> Value | None:
    have, wanted = values
    if not isinstance(have, tuple) or wanted is None:
        return None
    return any(each in _texts(wanted) for each in have)


def _all_of(values: Sequence[Value | None]) -> Value | None:
    have, wanted = values
    if not isinstance(have, tuple) or wanted is None:
        return None
    return all(each in _texts(wanted) for each in have)


def _texts(value: Value) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else (str(value),)


def _coalesce(values: Sequence[Value | None]) -> Value | None:
    return next((each for each in values if each is not None), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """A listed function. A parameter takes any of its types; `result` is None when it is the first's."""

    parameters: tuple[tuple[Type, ...], ...]
    result: Type | None
    operation: Operation


_LISTED = (Type.TEXTS, Type.TEXT)
_ANY = tuple(Type)

FUNCTIONS: Mapping[str, Function] = {
    "date_of": Function(parameters=((Type.MOMENT,), (Type.TEXT,)), result=Type.DATE, operation=_date_of),
    "add_days": Function(parameters=((Type.DATE,), (Type.INT,)), result=Type.DATE, operation=_add(add_days)),
    "add_months": Function(parameters=((Type.DATE,), (Type.INT,)), result=Type.DATE, operation=_add(add_months)),
    "add_years": Function(parameters=((Type.DATE,), (Type.INT,)), result=Type.DATE, operation=_add(add_years)),
    "days_between": Function(parameters=((Type.DATE,), (Type.DATE,)), result=Type.INT, operation=_days_between),
    "any_of": Function(parameters=((Type.TEXTS,), _LISTED), result=Type.BOOL, operation=_any_of),
    "all_of": Function(parameters=((Type.TEXTS,), _LISTED), result=Type.BOOL, operation=_all_of),
    "coalesce": Function(parameters=(_ANY, _ANY), result=None, operation=_coalesce),
}
