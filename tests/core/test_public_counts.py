"""What other parts count, as public tables: every band and every number has its row, also when it is zero."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from habeas.core import asking, claims
from habeas.core.clocks import Clock, Runs
from habeas.core.entries import Entry
from habeas.core.entries.oversight import FindingFiled, FindingSort, VisitAsked
from habeas.core.figures import Series, Tally
from habeas.core.ledger.conventions import SIDE_BY_SIDE
from habeas.core.ledger.due import Due
from habeas.core.ledger.money import Money
from habeas.core.ledger.person_days import Days
from habeas.core.ledger.statements import Statement
from habeas.core.messages import Message
from habeas.core.oversight import Oversight, oversight
from habeas.core.public_counts import of_agreement, of_claims, of_enquiries, of_keys, of_money, of_oversight

from .world import MONITOR

AT = datetime(2026, 10, 2, tzinfo=UTC)


def rows(series: Series) -> list[tuple[str, object]]:
    return [(each.code.rpartition(".")[2], count) for each, count in series.rows]  # type: ignore[union-attr]


def test_claims_stand_in_bands_of_age_with_what_became_of_all() -> None:
    ages = {"0-2": 1, "3-14": 2, "15-30": 3, "31+": 4}
    counted = claims.Counts(made=10, open_by_age=ages, upheld=5, partly=6, dismissed=7, unanswered=8)

    by_age, became = of_claims(counted)
    assert rows(by_age) == [("days_0_2", 1), ("days_3_14", 2), ("days_15_30", 3), ("days_31", 4)]
    assert rows(became) == [
        ("claims_made", 10),
        ("claims_unanswered", 8),
        ("claims_upheld", 5),
        ("claims_partly", 6),
        ("claims_dismissed", 7),
    ]


def test_enquiries_turned_away_and_rejected_are_counted_beside_the_answered() -> None:
    counted = asking.counts([], AT, turned_away=9)

    by_age, became = of_enquiries(counted)
    assert rows(by_age) == [("days_0_2", 0), ("days_3_7", 0), ("days_8_30", 0), ("days_31", 0)]
    assert rows(became)[-3:] == [("enquiries_rejected", 0), ("enquiries_late", 0), ("enquiries_turned_away", 9)]


def test_without_a_monitors_entry_every_number_is_zero() -> None:
    assert {count for _, count in rows(of_oversight(Oversight(), AT))} == {0}


def entry(number: int, body: object) -> Entry:
    return Entry(
        id=f"entry-{number}",
        index=number,
        stream="oversight-1",
        version=number,
        subject=None,
        occurred_at=AT,
        recorded_at=AT,
        actor=MONITOR,
        body=body,
    )


def test_only_what_the_monitor_did_under_the_agreement_is_counted() -> None:
    def filed(agreement: str) -> FindingFiled:
        return FindingFiled(sort=FindingSort.OTHER, agreement=agreement, public_part="Invented.", names_nobody=True)

    bodies = (
        *(filed("se-ee-2025"), filed("us-sv-2025")),
        *(VisitAsked(facility=each, visit_at=AT, announced=True) for each in ("tartu", "elsewhere", "tartu")),
    )
    known = oversight(entry(number, body) for number, body in enumerate(bodies))

    found = rows(of_oversight(of_agreement(known, "se-ee-2025", {"tartu"}), AT))
    assert {what: count for what, count in found if count} == {
        "findings_filed": 1,
        "findings_waiting": 1,
        "visits_asked": 2,
    }


def test_a_duty_is_counted_once_it_is_late_and_a_persons_own_time_never() -> None:
    def clock(code: str, runs: Runs, due_at: datetime) -> Clock:
        return Clock(
            duty=Message(f"clock.{code}"), runs=runs, owner="se-kv", starts_at=AT, due_at=due_at, case="case-1"
        )

    running = [
        clock("return", Runs.DUTY, AT),
        clock("return", Runs.DUTY, AT + timedelta(seconds=1)),
        clock("objection", Runs.PERSONS_TIME, AT),
    ]
    tally = Tally()
    tally.add(running, (), AT)

    assert (tally.late, tally.findings) == ({"return": 1}, {})


@pytest.mark.parametrize(
    ("due", "why", "last"),
    [
        (None, Message("due.no_convention"), [(Message("due.no_convention"), None, None)]),
        (
            Due(
                amount=Money(minor=850_000, currency="EUR"),
                empty_part=Money(minor=1, currency="EUR"),
                shares=(),
                withheld={},
            ),
            None,
            [
                (Message("figure.what.due"), Decimal("8500.00"), "EUR"),
                (Message("figure.what.empty_places"), Decimal("0.01"), "EUR"),
            ],
        ),
    ],
)
def test_a_month_ends_with_what_is_due_or_why_nothing_is(
    due: Due | None, why: Message | None, last: list[tuple[object, ...]]
) -> None:
    period = Days(from_on=date(2026, 9, 1), until_on=date(2026, 10, 1))
    month = Statement(period=period, convention=SIDE_BY_SIDE[0], known_at=AT, days=(), due=due, why_none=why)

    found = of_money(month).rows
    assert [row[:3] for row in found] == [(*period_of(period), Message("convention.short.any_part"))] * len(found)
    assert [row[3:] for row in found[4:]] == last


def period_of(period: Days) -> tuple[date, date]:
    return period.from_on, period.until_on


def test_what_is_wrong_with_the_keys_of_people_is_counted_without_naming_any() -> None:
    assert rows(of_keys(True, 0, 0)) == [("no_monitor_key", 0), ("keys_unwrapped", 0), ("keys_unreadable", 0)]
    assert rows(of_keys(False, 3, 1)) == [("no_monitor_key", 1), ("keys_unwrapped", 3), ("keys_unreadable", 1)]
