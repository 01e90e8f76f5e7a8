"""What an audit may publish: nothing about one person, also in the difference of two publications."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from habeas.audit.public import protected
from tests.audit.outside import STINTS, audit_of
from tests.audit.test_audit_command import GOOD, audit, lines_of


def told(**counts: int | str) -> dict[str, Any]:
    total = sum(each for each in counts.values() if isinstance(each, int))
    rows = [{"facility": name, "stints": count, "days_ended": 70} for name, count in counts.items()]
    return {"stints": {"stints": total, "open": 1, "by_facility": rows}}


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


def test_no_figure_of_one_facility_in_a_short_time_is_published(tmp_path: Path) -> None:
    with audit_of(
        tmp_path, STINTS, ["person,facility,from,until,stated,recorded,kind", "a,F,2025-03-01,2025-03-05,,,"]
    ) as audit:
        figures = audit.figures()

    assert {"person_days", "peak_at_midnight"} <= figures["stints"].keys()
    assert not {"person_days", "peak_at_midnight"} & protected(figures, [])["stints"].keys()
