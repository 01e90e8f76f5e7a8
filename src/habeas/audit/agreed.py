"""What was agreed, and what the days that were counted come to under it: for `habeas settle`, and beside a bill.

Each number stands with the convention it was counted by. Where the text states none, and nobody asks for one, two stand
side by side and no amount is due. What hangs on stretches without an end comes twice: with them and without.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from habeas.audit.engine import Engine
from habeas.audit.person_days import count
from habeas.core.ledger.conventions import CONVENTIONS, SIDE_BY_SIDE, Convention
from habeas.core.ledger.due import Due, due_for, priced_apart, why_none
from habeas.core.ledger.money import exponent
from habeas.core.ledger.person_days import Days
from habeas.core.messages import Message
from habeas.core.safeguards import SafeguardSet
from habeas.core.terms import Agreement
from habeas.core.versions import in_force
from habeas.inputs import unusable

WIDEST = "any_part"
"""Counts every day that another convention counts: what it does not count is wrong by all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """Every version of an agreement, in order; none where there is no agreement. `asked` is the convention that
    somebody asks for, whatever is stated."""

    versions: tuple[Agreement, ...] = ()
    asked: Convention | None = None
    safeguards: SafeguardSet | None = None

    @property
    def spans(self) -> list[tuple[Agreement, date, date]]:
        """Each version, with the day from which it is asked and the one from which another is."""
        begins = [date.min, *(each.version.from_on or date.min for each in self.versions[1:])]
        return [*zip(self.versions, begins, [*begins[1:], date.max], strict=True)] if self.versions else []

    def on(self, day: date) -> Agreement | None:
        return in_force(self.versions, day) if self.versions else None

    @property
    def options(self) -> str:
        """The options of the command that ask for it again."""
        agreement = f" --agreement {self.versions[0].id}" if self.versions else ""
        return agreement + (f" --convention {self.asked.name}" if self.asked else "")

    @property
    def chosen(self) -> Convention | None:
        """How days are counted: as somebody asks, or as every version states."""
        stated = {each.day_count.convention if each.day_count else None for each in self.versions}
        only = next(iter(stated)) if len(stated) == 1 else None
        return self.asked or only

    @property
    def convention(self) -> Convention:
        """By which a bill is held against days: the one that is chosen, or the widest."""
        return self.chosen or CONVENTIONS[WIDEST]


def convention_asked(name: str | None) -> Convention | None:
    """Raises Unusable for a name that is none."""
    if name is not None and name not in CONVENTIONS:
        raise unusable("settle.no_convention", convention=name, known=tuple(CONVENTIONS))
    return CONVENTIONS[name] if name else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reckoning:
    """Person-days by one convention, by facility, and what they come to; `none` says why they come to nothing.
    `days_ended` and `due_ended` are without the stretches that have no end."""

    convention: Convention
    basis: str  # stated, assumed, asked (by whoever settles), beside (one of two side by side) or other
    facilities: Mapping[str, int]
    days: int
    days_ended: int
    due: Due | None
    due_ended: Due | None
    none: Message | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of the period in which one version of the agreement is in force."""

    version: Agreement
    period: Days
    reckonings: tuple[Reckoning, ...]


def in_parts(versions: Sequence[Agreement], period: Days) -> Iterator[tuple[Agreement, Days]]:
    """The period, divided where another version begins to apply."""
    changes = (each.version.from_on for each in versions)
    begins = sorted({period.from_on, *(each for each in changes if each is not None and each in period)})
    for from_on, until_on in zip(begins, [*begins[1:], period.until_on], strict=True):
        yield in_force(tuple(versions), from_on), Days(from_on=from_on, until_on=until_on)


def settled_in(opened: Engine, agreed: Agreed, period: Days) -> tuple[Part, ...]:
    """What the days of a period come to, by what the agreement states of how they are counted."""
    return tuple(
        Part(
            version=version,
            period=days,
            reckonings=tuple(reckoned(opened, version, days, *each) for each in _conventions(version, agreed.asked)),
        )
        for version, days in in_parts(agreed.versions, period)
    )


def _conventions(version: Agreement, asked: Convention | None) -> list[tuple[Convention, str]]:
    stated = version.day_count
    if asked is not None and (stated is None or asked.name != stated.convention.name):
        return [(asked, "asked")]
    if stated is not None:
        return [(stated.convention, "assumed" if stated.assumed else "stated")]
    return [(each, "beside") for each in SIDE_BY_SIDE]


def reckoned(opened: Engine, version: Agreement | None, period: Days, convention: Convention, basis: str) -> Reckoning:
    """Of one part of a period; without an agreement its days alone."""
    fee = version.fee if version else None
    parts = priced_apart(fee, period) if fee else [period]
    found, ended = (count(opened, convention, parts, with_open=each) for each in (True, False))
    facilities: dict[str, int] = {}
    for part in found.values():
        for facility, days in part.items():
            facilities[facility] = facilities.get(facility, 0) + days
    none = why_none(fee, version.day_count if version and basis != "beside" else None)
    if none and none.code == "due.no_convention" and basis in ("asked", "other"):
        none = None

    def due(of: Mapping[date, Mapping[str, int]]) -> Due | None:
        return due_for(fee, period, lambda span: (sum(of.get(span.from_on, {}).values()), {})) if fee else None

    return Reckoning(
        convention=convention,
        basis=basis,
        facilities=dict(sorted(facilities.items())),
        days=sum(facilities.values()),
        days_ended=sum(sum(each.values()) for each in ended.values()),
        due=None if none else due(found),
        due_ended=None if none else due(ended),
        none=none,
    )


# --- beside what was billed --------------------------------------------------------------------------


Billed = tuple[Days, Fraction, Fraction]
"""A line of a bill: its days, for how many person-days it is, and the money in major units of the fee's currency."""


def by_convention(
    opened: Engine, agreed: Agreed, period: Days, bill: Sequence[Billed] | None
) -> Iterator[dict[str, Any]]:
    """A row for each part of the period and each convention: person-days, what they would come to if it is the one that
    holds, and what was billed, of which a line over several parts is divided by its days."""
    parts = [*in_parts(agreed.versions, period)] if agreed.versions else [(None, period)]
    for version, span in parts:
        within = [(Fraction(_overlap(days, span), days.count), *of) for days, *of in bill or ()]
        billed_days, billed = (sum((part * of[at] for part, *of in within), Fraction(0)) for at in range(2))
        for convention, basis in _every(agreed, version):
            found = reckoned(opened, version, span, convention, basis)
            row: dict[str, Any] = {"from": span.from_on.isoformat(), "until": span.until_on.isoformat()}
            row |= {"convention": convention.name, "basis": basis, "person_days": found.days}
            row |= {"person_days_without_open": found.days_ended}
            if bill is not None:
                row |= {"billed_days": round(billed_days), "days_apart": round(billed_days) - found.days}
            yield row | _money(found, None if bill is None else billed)


def _every(agreed: Agreed, version: Agreement | None) -> Iterator[tuple[Convention, str]]:
    """Each convention, with why it is looked at."""
    stated = version.day_count if version else None
    for known in CONVENTIONS.values():
        if stated is not None and stated.convention.name == known.name:
            yield stated.convention, "assumed" if stated.assumed else "stated"
        else:
            yield known, "asked" if agreed.asked == known else "other"


def _money(found: Reckoning, billed: Fraction | None) -> dict[str, Any]:
    due = found.due
    if due is None or found.due_ended is None:
        return {}
    told: dict[str, Any] = {"comes_to_minor": due.amount.minor, "without_open_minor": found.due_ended.amount.minor}
    told |= {"empty_minor": due.empty_part.minor, "currency": due.amount.currency}
    if billed is not None:
        minor = round(billed * 10 ** exponent(due.amount.currency))
        told |= {"billed_minor": minor, "apart_minor": minor - due.amount.minor}
    return told


def _overlap(one: Days, other: Days) -> int:
    return max(0, (min(one.until_on, other.until_on) - max(one.from_on, other.from_on)).days)
