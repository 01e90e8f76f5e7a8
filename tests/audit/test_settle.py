"""`habeas settle`: person-days in columns are those of the ledger, and come to what the agreement's fee says."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from habeas import cli
from habeas.audit.person_days import PREPARE, count
from habeas.audit.tables import COLUMNS, Shape
from habeas.core.days import Span, days_touched
from habeas.core.ledger.conventions import CONVENTIONS, Convention, is_counted
from habeas.core.ledger.person_days import Days

ZONE = "Europe/Tallinn"
FIRST, DAYS = datetime(2026, 3, 20), 21  # the clocks go forward on the 29th
HEAD = "person,facility,from,to"


def settle(folder: Path, lines: list[str], *more: str, agreement: str = "model-agreement") -> int:
    path = folder / "stints.csv"
    path.write_text("\n".join([HEAD, *lines]) + "\n")
    dates = () if "--from" in more else ("--from", "2026-03-01", "--to", "2026-04-01")
    return cli.main(["settle", str(path), "--agreement", agreement, *dates, *more])


def answered(folder: Path, capsys: pytest.CaptureFixture[str], lines: list[str], *more: str, **how: str) -> Any:
    assert settle(folder, lines, *more, "--format", "json", **how) == 0
    return json.loads(capsys.readouterr().out)


def counted(answer: Any, part: int = 0) -> dict[str, tuple[int, int | None]]:
    """By convention, the days and what is due."""
    every = answer["parts"][part]["counted"]
    return {each["convention"]: (each["person_days"], each["due"] and each["due"]["minor"]) for each in every}


# --- as the ledger counts ----------------------------------------------------------------------------


def wall(minutes: int) -> datetime:
    """A moment by the clock of the facility; one that is skipped when the clocks go forward is an hour later."""
    at = FIRST + timedelta(minutes=minutes)
    return at.replace(tzinfo=ZoneInfo(ZONE)).astimezone(UTC).astimezone(ZoneInfo(ZONE)).replace(tzinfo=None)


def edge(day: int, minute: int) -> int:
    return day * 24 * 60 + minute


MOMENTS = st.builds(edge, st.integers(0, DAYS - 1), st.sampled_from([0, 1, 359, 360, 361, 600, 900, 1439]))
STINT = st.tuples(st.sampled_from("ab"), st.sampled_from("FGH"), MOMENTS, MOMENTS)
FLAGS = st.sampled_from([(True, True), (True, False), (False, True), (False, False)])


def day_by_day(rows: list[tuple[str, str, datetime, datetime]], convention: Convention) -> dict[str, int]:
    """What the ledger's own rule says of each day of each person, by facility."""
    found: dict[str, int] = {}
    for person in {row[0] for row in rows}:
        mine = sorted((row for row in rows if row[0] == person and row[3] > row[2]), key=lambda row: row[2])
        spans = [Span(from_at=_moment(row[2]), until_at=_moment(row[3])) for row in mine]
        last: dict[date, int] = {}
        for at, span in enumerate(spans):
            last |= dict.fromkeys(days_touched(span, ZONE, _moment(wall(edge(DAYS + 1, 0)))), at)
        for day, at in last.items():
            if is_counted(convention, day, ZONE, _stay(spans, spans[at]), spans):
                found[mine[at][1]] = found.get(mine[at][1], 0) + 1
    return found


def _moment(at: datetime) -> datetime:
    return at.replace(tzinfo=ZoneInfo(ZONE)).astimezone(UTC)


def _stay(spans: list[Span], of: Span) -> Span:
    """The unbroken stretch that a stint is part of."""
    begin, end = of.from_at, of.until_at
    for _ in spans:
        for each in spans:
            assert end is not None
            assert each.until_at is not None
            if each.from_at <= end and begin <= each.until_at:
                begin, end = min(begin, each.from_at), max(end, each.until_at)
    return Span(from_at=begin, until_at=end)


@given(rows=st.lists(STINT, max_size=9), name=st.sampled_from(sorted(CONVENTIONS)), flags=FLAGS)
@settings(max_examples=150, deadline=None)
def test_person_days_in_columns_are_those_that_the_ledger_counts_day_by_day(
    rows: list[tuple[str, str, int, int]], name: str, flags: tuple[bool, bool]
) -> None:
    known = CONVENTIONS[name]
    convention = Convention(name=name, census=known.census, first_day=flags[0], last_day=flags[1])
    moved = [(person, facility, wall(begin), wall(end)) for person, facility, begin, end in rows]
    # A row that gives a time: without one a file of midnights is a file of days.
    moved.append(("c", "Z", datetime(2026, 1, 1, 12), datetime(2026, 1, 1, 13)))

    with duckdb.connect(":memory:") as engine:
        declared = ", ".join(f"{column} {each.type}" for column, each in COLUMNS[Shape.STINTS].items())
        engine.execute(f"CREATE TABLE stints (source INTEGER, line BIGINT, {declared})")
        for line, row in enumerate(moved, start=1):
            engine.execute(
                "INSERT INTO stints (source, line, person, facility, from_at, until_at) VALUES (1, ?, ?, ?, ?, ?)",
                [line, *row],
            )
        for made in PREPARE:
            engine.execute(made)
        period = Days(from_on=FIRST.date(), until_on=FIRST.date() + timedelta(days=DAYS + 2))
        found = count(engine, convention, [period]).get(period.from_on, {})

    assert found == day_by_day(moved[:-1], convention)


# --- what it comes to --------------------------------------------------------------------------------


def test_days_are_counted_and_priced_as_the_agreement_states(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = ["a,F,2026-03-05 10:00:00,2026-03-09 10:00:00", "a,G,2026-03-09 10:00:00,2026-03-12 09:00:00"]
    answer = answered(tmp_path, capsys, lines)

    assert counted(answer) == {"midnight": (7, 7 * 100_00)}
    (reckoned,) = answer["parts"][0]["counted"]
    assert (reckoned["basis"], reckoned["facilities"]) == ("stated", {"F": 4, "G": 3})


def test_where_the_text_states_no_convention_two_stand_side_by_side_and_no_amount_is_due(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = ["a,F,2026-03-05 10:00:00,2026-03-09 10:00:00"]
    answer = answered(tmp_path, capsys, lines, agreement="us-hi-saguaro")

    assert counted(answer) == {"any_part": (5, None), "midnight": (4, None)}
    assert all(each["no_amount"] for each in answer["parts"][0]["counted"])


def test_a_convention_that_is_asked_for_is_named_as_such_and_rates_change_on_their_day(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = ["a,F,2016-07-30 10:00:00,2016-08-04 10:00:00"]
    asked = ("--from", "2016-07-01", "--to", "2016-09-01", "--convention", "midnight")
    answer = answered(tmp_path, capsys, lines, *asked, agreement="us-hi-saguaro")

    assert [counted(answer, part) for part in (0, 1)] == [{"midnight": (2, 140_98)}, {"midnight": (3, 215_70)}]
    assert {each["counted"][0]["basis"] for each in answer["parts"]} == {"asked"}


def test_empty_places_under_a_minimum_are_due_by_the_month(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = ["a,F,2026-03-05 10:00:00,2026-03-09 10:00:00"]
    answer = answered(tmp_path, capsys, lines, "--convention", "midnight", agreement="se-ee-2025")

    due = answer["parts"][0]["counted"][0]["due"]
    assert (due["minor"], due["currency"]) == (300 * 8500_00, "EUR")
    assert due["empty_minor"] == round((300 * 31 - 4) * 8500_00 / 31)


def test_what_hangs_on_stretches_without_an_end_comes_as_bounds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = ["a,F,2026-03-05 10:00:00,2026-03-09 10:00:00", "b,F,2026-03-05 10:00:00,"]
    (reckoned,) = answered(tmp_path, capsys, lines)["parts"][0]["counted"]

    assert (reckoned["person_days"], reckoned["person_days_without_open"]) == (8, 4)
    assert (reckoned["due"]["minor"], reckoned["due_without_open"]["minor"]) == (800_00, 400_00)


def test_days_without_times_count_the_last_one_only_where_any_part_of_it_does(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = ["a,F,2026-03-05,2026-03-09", "a,G,2026-03-09,2026-03-10", "b,F,2026-03-20,2026-03-20"]
    found = {}
    for name in CONVENTIONS:
        answer = answered(tmp_path, capsys, lines, "--convention", name)
        found |= counted(answer)

    assert {name: days for name, (days, _) in found.items()} == {
        "any_part": 7, "first_not_last": 5, "midnight": 5, "nights": 5
    }  # fmt: skip
    assert answer["days_without_times"] is True


def test_the_answer_as_text_names_the_convention_beside_each_number(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert settle(tmp_path, ["a,F,2026-03-05 10:00:00,2026-03-09 10:00:00", "b,F,2026-03-09,2026-03-08"]) == 0

    out = capsys.readouterr().out
    assert "Person-days by midnight, as the agreement states: 4." in out
    assert "Due by midnight: 400.00 XTS." in out
    assert "count no day: 1" in out


@pytest.mark.parametrize(
    "more",
    [
        ("--from", "2026-04-01", "--to", "2026-04-01"),
        ("--from", "1/4/2026", "--to", "2026-05-01"),
        ("--convention", "nothing"),
    ],
)
def test_what_cannot_be_settled_is_said_in_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], more: tuple[str, ...]
) -> None:
    assert settle(tmp_path, ["a,F,2026-03-05,2026-03-09"], *more) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_no_such_agreement_and_no_stints_are_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert settle(tmp_path, ["a,F,2026-03-05,2026-03-09"], agreement="nowhere") == 2
    assert "nowhere" in capsys.readouterr().err
    (tmp_path / "other.csv").write_text("x,y\n1,2\n")
    dates = ["--from", "2026-03-01", "--to", "2026-04-01"]
    assert cli.main(["settle", str(tmp_path / "other.csv"), "--agreement", "model-agreement", *dates]) == 2
    assert "other.csv" in capsys.readouterr().err
