"""What an audit may publish: nothing about one person, also in the difference of two publications."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from habeas.audit.public import protected
from habeas.core.figures import FEWEST
from tests.audit.outside import STINTS, audit_of
from tests.audit.test_audit_command import GOOD, audit, lines_of


def told(**counts: int | str) -> dict[str, Any]:
    total = sum(each for each in counts.values() if isinstance(each, int))
    rows = [{"facility": name, "stints": count, "days_ended": 70} for name, count in counts.items()]
    return {"stints": {"stints": total, "open": 1, "days_ended": 70 * len(rows), "by_facility": rows}}


def shown(figures: dict[str, Any]) -> dict[str, Any]:
    return {row["facility"]: row["stints"] for row in figures["stints"]["by_facility"]}


def published(*previous: dict[str, Any], **counts: int) -> dict[str, Any]:
    return protected(told(**counts), previous)


def test_large_numbers_and_every_total_are_told() -> None:
    figures = published(a=20, b=30)

    assert shown(figures) == {"a": 20, "b": 30}
    assert (figures["stints"]["stints"], figures["stints"]["open"]) == (50, 1)


def test_a_small_number_is_hidden_with_another_and_with_what_hangs_on_it() -> None:
    figures = published(a=20, b=30, c=2)

    assert shown(figures) == {"a": "not_shown", "b": 30, "c": "fewer_than_5"}
    assert [row["days_ended"] for row in figures["stints"]["by_facility"]] == ["not_shown", 70, "fewer_than_5"]
    assert figures["stints"]["stints"] == 52


def test_what_was_published_is_published_again_alike() -> None:
    first = published(a=20, b=30, c=2)

    assert published(first, a=20, b=30, c=2) == first


@pytest.mark.parametrize(
    "now",
    [
        {"a": 21, "b": 30},  # one more in a
        {"a": 21, "b": 29},  # one moved
        {"a": 20, "b": 30, "c": 2},  # a new place with few: a would be the same, so c could be worked out
        {"a": 4, "b": 30},
    ],
)
def test_no_two_publications_differ_by_a_few_people(now: dict[str, int]) -> None:
    first = published(a=20, b=30)

    assert set(shown(published(first, **now)).values()) == {"not_shown"}


def test_what_is_hidden_together_may_not_differ_by_a_few_either() -> None:
    first = published(a=20, b=30, c=2)

    assert set(shown(published(first, a=20, b=30, c=3)).values()) == {"not_shown"}


def test_what_was_hidden_stays_hidden() -> None:
    first = published(a=20, b=30, c=2)

    assert shown(published(first, a=20, b=50, c=12)) == {"a": "not_shown", "b": 50, "c": "not_shown"}


def test_an_earlier_publication_without_a_breakdown_hides_nothing() -> None:
    assert shown(published(told(a="not_shown", b="not_shown"), a=20, b=30)) == {"a": 20, "b": 30}


def test_findings_about_people_are_counted_and_not_listed(tmp_path: Path) -> None:
    assert audit(tmp_path, GOOD) == 1
    report = (tmp_path / "out" / "report.html").read_text("utf-8")
    assert "person-" in report.partition('id="en-found"')[2].partition('id="en-figures"')[0]
    assert lines_of(tmp_path / "out")[0]["rows"] == "1:2"

    assert audit(tmp_path, GOOD, "--public") == 1

    (line,) = lines_of(tmp_path / "out")
    assert (line["id"], line["subject"], line["from"], line["until"], line["rows"]) == (
        "stints.reversed",
        *("", "", "", ""),
    )
    assert "1" in line["message"]
    report = (tmp_path / "out" / "report.html").read_text("utf-8")
    assert "person-" not in report.partition('id="en-found"')[2].partition('id="en-figures"')[0]


def test_a_publication_is_compared_with_the_one_before(tmp_path: Path) -> None:
    def rows(**counts: int) -> list[str]:
        listed = [
            f"p{place}{number},{place},2025-01-01,2025-01-05" for place, n in counts.items() for number in range(n)
        ]
        return [GOOD[0], *listed]

    assert audit(tmp_path, rows(A=20, B=30), "--public") == 0
    (tmp_path / "out").rename(tmp_path / "before")
    assert audit(tmp_path, rows(A=21, B=30), "--public", "--previous", str(tmp_path / "before")) == 0

    figures = json.loads((tmp_path / "out" / "figures.json").read_text())
    assert figures["stints"]["stints"] == 51
    assert set(shown(figures).values()) == {"not_shown"}


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (["--public", "--identify"], "--identify names people"),
        (["--previous", "here"], "give --public too"),
        (["--public", "--previous", "PREVIOUS"], "not the figures of an audit"),
        (["--public", "--previous", "nowhere"], "nowhere"),
    ],
)
def test_what_does_not_go_together_is_one_sentence(
    tmp_path: Path, more: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "figures.json").write_text('{"stints": {"by_facility": [1]}}')

    assert audit(tmp_path, GOOD, *(str(tmp_path) if each == "PREVIOUS" else each for each in more)) == 2

    said = capsys.readouterr().err
    assert (said.count("\n"), sentence in said) == (1, True), said


def possible(of: dict[str, Any], *previous: dict[str, Any]) -> list[tuple[int, ...]]:
    """All numbers that would have led to this publication: what somebody who knows the method can't rule out."""
    total = of["stints"]["stints"]
    every = ((a, b, total - a - b) for a in range(total + 1) for b in range(total - a + 1))
    return [each for each in every if published(*previous, **dict(zip("abc", each, strict=True))) == of]


@settings(max_examples=50, deadline=None)
@example([(0, 0), (10, -5), (5, 5)])
@given(st.lists(st.tuples(st.integers(0, 12), st.integers(-7, 7)), min_size=3, max_size=3))
def test_no_small_number_follows_from_the_total_the_others_and_what_was_published(
    counts: list[tuple[int, int]],
) -> None:
    """Whoever knows how it is done is left with four values for each, or with all that the total allows."""
    before, now = [each for each, _ in counts], [max(0, sum(each)) for each in counts]
    first = published(**dict(zip("abc", before, strict=True)))
    second = published(first, **dict(zip("abc", now, strict=True)))

    for numbers, of, earlier in ((before, first, []), (now, second, [first])):
        left = [{*each} for each in zip(*possible(of, *earlier), strict=True)]
        few = [len(left[at]) for at, count in enumerate(numbers) if count < FEWEST]
        assert all(each >= min(FEWEST - 1, sum(numbers) + 1) for each in few), (numbers, of, earlier)


def test_open_stretches_and_days_are_hidden_where_few_people_are_behind_them() -> None:
    rows = [("a", 20, 0, 70), ("b", 30, 27, 9), ("c", 20, 1, 80), ("d", 9, 2, 90)]
    names = ("facility", "stints", "open", "days_ended")
    figures = {
        "stints": 79,
        "open": 30,
        "days_ended": 249,
        "by_facility": [dict(zip(names, e, strict=True)) for e in rows],
    }

    told = [tuple(row.values()) for row in protected({"stints": figures}, [])["stints"]["by_facility"]]

    few, more = "fewer_than_5", "not_shown"
    assert told == [("a", 20, few, more), ("b", 30, more, few), ("c", 20, few, 80), ("d", 9, few, 90)]


def test_days_are_told_again_only_where_none_has_changed() -> None:
    first = published(a=20, b=30)
    now = told(a=20, b=30)
    now["stints"]["by_facility"][0] |= {"open": 5, "days_ended": 71}
    now["stints"]["by_facility"][1] |= {"open": 5}

    days = [row["days_ended"] for row in protected(now, [first])["stints"]["by_facility"]]
    assert days == ["not_shown", "not_shown"]


LONG = {"A": 20, "B": 30, "C": 2}


def of_months(folder: Path, *more: str) -> dict[str, Any]:
    """Figures of people who are in three places from March to June, and of these."""
    rows = [f"{at}{n},{at},2025-03-01,2025-06-20,,," for at, count in LONG.items() for n in range(count)]
    with audit_of(folder, STINTS, ["person,facility,from,until,stated,recorded,kind", *rows, *more]) as audit:
        return audit.figures()


def by_month_end(figures: dict[str, Any]) -> dict[str, dict[str | None, Any]]:
    told: dict[str, dict[str | None, Any]] = {}
    for row in figures["stints"]["month_ends"]:
        told.setdefault(row["on"], {})[row["facility"]] = row["people"]
    return told


def test_totals_are_always_told_and_places_at_month_ends_where_nobody_is_shown_by_them(tmp_path: Path) -> None:
    figures = of_months(
        tmp_path, *(f"x{n},B,2025-04-0{n},2025-06-25,,," for n in range(1, 8)), "y,B,2025-05-09,2025-07-09,,,"
    )

    told = protected(figures, [])["stints"]

    assert told["head_counts_in_sum"] == figures["stints"]["head_counts_in_sum"]
    assert told["flows"][0] == {"month": "2025-03", "booked_in": 52, "booked_out": 0}
    days = {(row["definition"], row["month"]): row["most"] for row in told["person_days"]}
    assert days["midnight", "2025-03"] == 52 * 31
    assert by_month_end({"stints": told}) == {
        "2025-03-31": {None: 52, "A": "not_shown", "B": 30, "C": "fewer_than_5"},
        "2025-04-30": {None: 59, "A": "not_shown", "B": 37, "C": "fewer_than_5"},
        "2025-05-31": {None: 60},  # one person came
        "2025-06-30": {None: 1},  # fewer than five a place
    }
    assert not {"head_counts", "peak_at_midnight"} & told.keys()


def test_a_month_end_is_not_told_by_place_where_an_earlier_publication_lies_close(tmp_path: Path) -> None:
    first = protected(of_months(tmp_path), [])
    assert by_month_end(first)["2025-03-31"]["B"] == 30

    again = protected(of_months(tmp_path), [first])
    one_more = protected(of_months(tmp_path, "x,B,2025-03-09,2025-06-25,,,"), [first])
    a_month = protected(of_months(tmp_path, *(f"x{n},B,2025-05-09,2025-06-25,,," for n in range(9))), [first])

    assert again == first
    assert by_month_end(one_more)["2025-03-31"] == {None: 53}
    assert by_month_end(a_month)["2025-05-31"]["B"] == 39
    june = [{"on": "2025-06-30", "facility": name, "people": people} for name, people in ((None, 80), ("B", 80))]
    before_june = {"stints": {"month_ends": [*june, *first["stints"]["month_ends"]]}}
    a_month = protected(of_months(tmp_path, *(f"x{n},B,2025-05-09,2025-06-25,,," for n in range(9))), [before_june])
    assert by_month_end(a_month)["2025-05-31"] == {None: 61}


def of_people(folder: Path, rows: list[str], *previous: dict[str, Any]) -> dict[str, Any]:
    with audit_of(folder, STINTS, ["person,facility,from,until,stated,recorded,kind", *rows]) as audit:
        return protected(audit.figures(), previous, audit.people(FEWEST))


def stretches(place: str, count: int, *, of: str = "", until: str = "2025-03-05") -> list[str]:
    """So many stretches one after another, of as many people or of one."""
    return [
        f"{of or f'{place}{n}'},{place},2025-{n + 3:02}-01,{until and f'2025-{n + 3:02}-05'},,," for n in range(count)
    ]


def test_one_person_is_one_however_often_somebody_was_there(tmp_path: Path) -> None:
    rows = [*stretches("A", 9), *stretches("B", 9), *stretches("C", 6, of="one")]

    assert shown(of_people(tmp_path, rows)) == {"A": "not_shown", "B": 9, "C": "fewer_than_5"}


def test_open_stretches_are_counted_by_their_people(tmp_path: Path) -> None:
    rows = [*stretches("A", 9, until=""), *stretches("B", 6), *stretches("B", 6, of="one", until="")]

    told = {row["facility"]: row["open"] for row in of_people(tmp_path, rows)["stints"]["by_facility"]}

    assert told == {"A": "not_shown", "B": "fewer_than_5"}


def test_no_two_publications_differ_by_the_stretches_of_one_person(tmp_path: Path) -> None:
    rows = [*stretches("A", 6), *stretches("B", 9)]
    first = of_people(tmp_path, rows)
    (tmp_path / "more").mkdir()

    again = of_people(tmp_path / "more", rows, first)
    six_more = of_people(tmp_path / "more", [*rows, *stretches("A", 6, of="A0")], first)
    without = {"stints": {**first["stints"], "by_facility": [{**e} for e in first["stints"]["by_facility"]]}}
    for each in without["stints"]["by_facility"]:
        del each["people"]

    assert again == first
    assert shown(first) == {"A": 6, "B": 9}
    assert set(shown(six_more).values()) == {"not_shown"}
    five_came = [*rows, *(row.replace("A", "A1", 1) for row in stretches("A", 6))]
    assert set(shown(of_people(tmp_path / "more", five_came, without)).values()) == {"not_shown"}


def test_no_two_month_ends_differ_by_one_person_who_came_and_went(tmp_path: Path) -> None:
    """Six times in April, and there at its end."""
    rows = [f"{at}{n},{at},2025-03-01,2025-06-20,,," for at in "AB" for n in range(9)]
    often = [f"x,A,2025-04-{2 * n:02},{f'2025-04-{2 * n + 1:02}' if n < 6 else '2025-05-02'},,," for n in range(1, 7)]

    told = by_month_end(of_people(tmp_path, [*rows, *often]))

    assert told["2025-03-31"] == {None: 18, "A": 9, "B": 9}
    assert told["2025-04-30"] == {None: 19}


def test_lengths_of_a_few_stays_are_not_told(tmp_path: Path) -> None:
    rows = [*stretches("A", 6, of="one"), *stretches("B", 9, until="")]

    told = of_people(tmp_path, rows)["stints"]

    assert {told[name] for name in ("mean_days_ended", "median_days_ended")} == {"fewer_than_5"}
    assert told["stays"]["median"]["ended"] == "fewer_than_5"
    assert told["stays"]["stays"] == 15


def test_neither_days_nor_a_length_of_few_people_is_in_any_published_file(tmp_path: Path) -> None:
    rows = ["a,F,2025-03-01,2025-04-28", "a,G,2025-03-01,2025-04-28"]
    assert audit(tmp_path, [GOOD[0], *rows], "--public") == 1

    out = tmp_path / "out"
    assert [(row["id"], row["days"]) for row in lines_of(out)] == [("stints.overlap", "")]
    for language, word in (("en", "fewer than 5"), ("es", "menos de 5")):
        report = (out / "report.html").read_text("utf-8").partition(f'id="{language}-figures"')[2]
        assert word in report.partition("</main>")[0]


def test_what_was_not_for_publication_is_no_earlier_publication(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    audit(tmp_path, GOOD)
    (tmp_path / "out").rename(tmp_path / "before")

    assert audit(tmp_path, GOOD, "--public", "--previous", str(tmp_path / "before")) == 2
    assert "is of an audit that was not --public" in capsys.readouterr().err
