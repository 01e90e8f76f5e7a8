"""Attacks on an audit that was published: each reads all its files and works out a number about a few people.

Every test first shows in an audit that is not for publication the number that it is about.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from habeas import cli

Rows = Sequence[Sequence[object]]
STINTS = "person facility from to".split()
TITLED = [*STINTS, "title_from", "title_until"]
BILL = "person facility from to days rate amount currency".split()
LISTS = "person facility day".split()


class Audited:
    """What an audit of these files wrote."""

    def __init__(self, out: Path) -> None:
        with (out / "findings.csv").open(encoding="utf-8", newline="") as file:
            self.findings = [*csv.DictReader(file)]
        self.figures: Any = json.loads((out / "figures.json").read_text("utf-8"))
        self.report = (out / "report.html").read_text("utf-8")

    def sizes(self, *columns: str) -> dict[str, list[str]]:
        """By check, what the lines of the findings have in these columns."""
        told: dict[str, list[str]] = {}
        for each in self.findings:
            told.setdefault(each["id"], []).extend(each[name] for name in columns)
        return told


def audit(folder: Path, out: str, *more: str, **files: tuple[Sequence[str], Rows]) -> Audited:
    for name, (heads, rows) in files.items():
        with (folder / f"{name}.csv").open("w", newline="") as file:
            csv.writer(file).writerows([heads, *rows])
    given = [str(folder / f"{name}.csv") for name in files]
    assert cli.main(["audit", *given, "--out", str(folder / out), *more]) in {0, 1}
    return Audited(folder / out)


def held(place: str, count: int, begin: str = "2026-03-02", end: str = "2026-03-12", *more: str) -> Rows:
    """So many people in a place, all from one day to another."""
    return [(f"{place}{number}", place, begin, end, *more) for number in range(count)]


def billed(person: str, begin: int, end: int, **more: object) -> list[object]:
    row: dict[str, object] = dict.fromkeys(BILL, "") | {"person": person, "facility": "F", "rate": 100}
    row |= {"from": f"2026-03-{begin:02}", "to": f"2026-03-{end:02}", "days": end - begin, "currency": "XTS"}
    return [*({**row, "amount": (end - begin) * 100} | more).values()]


def test_a_published_count_beside_the_people_who_were_there_does_not_tell_how_few_they_were(tmp_path: Path) -> None:
    """The count is public: six, and by four more than there were."""
    counts = (["facility", "day", "people"], [(at, f"2026-03-0{day}", 6) for at in "FG" for day in (4, 5)])
    lists = (LISTS, [(f"{at}{n}", at, "2026-03-05") for at, count in (("F", 2), ("G", 6)) for n in range(count)])
    for beside in ((STINTS, [*held("F", 2), *held("G", 6)]), lists):
        (line,) = audit(tmp_path, "own", counts=counts, beside=beside).findings
        assert (line["subject"], "by at most 4 people" in line["message"]) == ("F", True)

        told = audit(tmp_path, "out", "--public", counts=counts, beside=beside)

        (line,) = told.findings
        assert (line["id"], line["subject"], line["rows"]) == (line["id"], "", "")
        assert "4 people" not in line["message"] + told.report


def test_days_and_money_of_few_follow_neither_from_causes_nor_from_the_sum_of_a_bill(tmp_path: Path) -> None:
    """Of one person four days are wrong and of six two each: what is wrong in all is told, so neither is told apart."""
    files = {
        "bill": (BILL, [*(billed(f"F{n}", 2, 14) for n in range(6)), billed("nobody", 2, 6)]),
        "stints": (STINTS, held("F", 6, "2026-03-02 10:00", "2026-03-11 10:00")),
    }
    own = audit(tmp_path, "own", **files)
    assert own.sizes("days", "money")["bills.nobody"] == ["4", "40000"]
    (wrong,) = own.figures["bills"]["by_currency"]
    assert wrong["wrong_minor"] - 6 * 2 * 100_00 == 400_00

    told = audit(tmp_path, "out", "--public", **files)

    assert told.figures["bills"]["by_currency"] == [wrong]
    assert {**told.sizes("days", "row_count")} == {"bills.after_release": ["", ""], "bills.nobody": ["", ""]}
    assert "by_cause" not in told.figures["bills"]
    section = told.report.partition('id="en-found"')[2].partition("</main>")[0]
    for said in ("400 XTS", "1,200 XTS", "rows: 1"):
        assert (said in own.report, said in section) == (True, False)


def test_days_and_money_of_many_are_told_by_cause(tmp_path: Path) -> None:
    files = {
        "bill": (BILL, [*(billed(f"F{n}", 2, 14) for n in range(6)), *(billed(f"no{n}", 2, 6) for n in range(5))]),
        "stints": (STINTS, held("F", 6, "2026-03-02 10:00", "2026-03-11 10:00")),
    }

    told = audit(tmp_path, "out", "--public", **files)

    assert told.sizes("row_count", "days") == {"bills.after_release": ["6", "12"], "bills.nobody": ["5", "20"]}
    assert "2,000 XTS" in told.report
    again = audit(tmp_path, "again", "--public", "--previous", str(tmp_path / "out"), **files)
    assert again.sizes("row_count", "days") == {"bills.after_release": ["", ""], "bills.nobody": ["", ""]}


def test_the_days_of_one_person_are_not_told_however_many_findings_they_make(tmp_path: Path) -> None:
    files = {
        "bill": (BILL, [billed("F0", day, day + 2) for day in range(14, 26, 2)]),
        "stints": (STINTS, held("F", 6, "2026-03-02 10:00", "2026-03-11 10:00")),
    }
    assert audit(tmp_path, "own", **files).sizes("days") == {"bills.after_release": ["2"] * 6}

    told = audit(tmp_path, "out", "--public", **files)

    assert told.sizes("days", "row_count") == {"bills.after_release": ["", ""]}
    assert "findings: 6, rows: not shown" in told.report


def test_thousands_of_findings_about_one_person_are_those_of_one(tmp_path: Path) -> None:
    first = date(2026, 3, 1)
    often = [("x", "F", first + timedelta(days=n), first + timedelta(days=n + 40)) for n in range(2_100)]
    files = {"stints": (STINTS, [*held("F", 9), *often])}
    assert len(audit(tmp_path, "own", **files).sizes("days")["stints.overlap"]) > 2_000

    assert audit(tmp_path, "out", "--public", **files).sizes("days", "row_count")["stints.overlap"] == ["", ""]


def test_what_a_rule_finds_of_few_is_hidden_with_whatever_else_it_found(tmp_path: Path) -> None:
    valid, ended = ("2026-01-01", "2028-12-31"), ("2026-01-01", "2026-03-07")
    rows = [
        *held("facility-one", 30, "2026-03-02", "2026-03-12", *valid),
        ("x", *("facility-one",), *held("", 1)[0][2:], *ended),
    ]
    given, files = ("--agreement", "model-agreement"), {"stints": (TITLED, rows)}
    own = audit(tmp_path, "own", *given, **files)
    rules = {each.pop("rule"): each for each in own.figures["agreement"]["by_rule"]}
    assert rules["iccpr.title_abroad"]["not_met"] == 6

    told = audit(tmp_path, "out", "--public", *given, **files)

    hidden = dict.fromkeys(("met", "not_met", "not_shown"), "fewer_than_5")
    published = {each.pop("rule"): each for each in told.figures["agreement"]["by_rule"]}
    assert published == {rule: hidden if of["not_met"] else of for rule, of in rules.items()}
    assert hidden in published.values()
    assert told.sizes("days", "row_count")["stints.safeguard"] == ["", ""]
    assert "fewer than 5" in told.report


def test_what_a_rule_finds_is_told_again_only_where_it_is_the_same(tmp_path: Path) -> None:
    given = ("--agreement", "model-agreement", "--public")

    def rules(out: str, end: str, *more: str) -> Any:
        rows = [
            *held("facility-one", 9, "2026-03-02", "2026-03-12", "2026-01-01", "2026-03-07"),
            ("x", "facility-one", "2026-03-02", end, "2026-01-01", "2026-03-07"),
        ]
        return audit(tmp_path, out, *given, *more, stints=(TITLED, rows)).figures["agreement"]["by_rule"]

    first = rules("out", "2026-03-12")
    assert first[0]["not_met"] == 60
    assert rules("again", "2026-03-12", "--previous", str(tmp_path / "out")) == first

    longer = rules("longer", "2026-03-15", "--previous", str(tmp_path / "out"))

    assert {each["not_met"] for each in longer} == {"not_shown"}


def test_days_on_lists_do_not_tell_how_few_were_on_the_list_of_one_more_day(tmp_path: Path) -> None:
    first = [(f"{at}{n}", at, "2026-03-01") for at, count in (("A", 6), ("B", 9)) for n in range(count)]
    second = [("A0", "A", "2026-03-02"), *((f"B{n}", "B", "2026-03-02") for n in range(9))]

    def days(out: str, rows: Rows, *more: str) -> dict[str, object]:
        told = audit(tmp_path, out, *more, lists=(LISTS, rows)).figures["rosters"]["by_facility"]
        return {each["facility"]: each["days_least"] for each in told}

    assert days("own", [*first, *second])["A"] == 7
    assert days("out", first, "--public") == {"A": 6, "B": 9}

    again = days("again", [*first, *second], "--public", "--previous", str(tmp_path / "out"))

    assert again == {"A": "not_shown", "B": "not_shown"}


def test_a_month_end_before_a_small_place_was_open_does_not_tell_how_small_it_is(tmp_path: Path) -> None:
    """B is shown with nine people, so nineteen leave ten for A and C, and nine were in A in March."""
    rows = [*held("A", 9, end="2026-06-20"), *held("B", 9, end="2026-06-20"), *held("C", 1, "2026-05-01", "2026-06-20")]

    told = audit(tmp_path, "out", "--public", stints=(STINTS, rows)).figures["stints"]

    assert told["people_in_places"] == 19
    assert {each["facility"]: each["people"] for each in told["by_facility"]} == {
        "A": "not_shown", "B": 9, "C": "fewer_than_5"
    }  # fmt: skip
    assert [(each["on"], each["facility"], each["people"]) for each in told["month_ends"]] == [
        ("2026-03-31", None, 18),
        ("2026-05-31", None, 19),
    ]
    without = audit(tmp_path, "two", "--public", stints=(STINTS, rows[:-1])).figures["stints"]["month_ends"]
    assert {each["facility"]: each["people"] for each in without} == {None: 18, "A": 9, "B": 9}


def test_files_that_are_each_of_one_place_are_told_in_sum(tmp_path: Path) -> None:
    """Nor is it told how many different values the columns of each have, by which they were taken."""
    heads = "inmate jail admitted released".split()
    files = {at: (heads, held(at, count)) for at, count in (("A", 20), ("B", 30), ("C", 2))}
    cell, days = '<td>3</td><td>guessed (below)</td><td class="n">2</td>', "1 of 1 different values"
    own = audit(tmp_path, "own", **files).report
    assert (cell in own, days in own) == (True, True)

    report = audit(tmp_path, "out", "--public", **files).report

    assert cell.replace("3<", "1, 2, 3<").replace(">2<", ">52<") in report
    assert (cell in report, days in report) == (False, False)


def test_what_is_said_of_the_one_place_that_no_agreement_names_does_not_tell_how_small_it_is(tmp_path: Path) -> None:
    valid = ("2026-01-01", "2028-12-31")
    rows = [
        *held("facility-one", 20, "2026-03-02", "2026-03-12", *valid),
        *held("E", 2, "2026-03-02", "2026-03-12", *valid),
    ]
    given, files = ("--agreement", "model-agreement"), {"stints": (TITLED, rows)}
    assert audit(tmp_path, "own", *given, **files).sizes("row_count")["stints.not_agreed"] == ["2"]

    told = audit(tmp_path, "out", "--public", *given, **files)

    assert told.sizes("row_count", "rows_more")["stints.not_agreed"] == ["", ""]
    assert "findings: 1, rows: not shown" in told.report


AT_EIGHT = "2026-01-02 08:00"
OPEN = [*held("N", 30, AT_EIGHT, ""), *held("S", 20, AT_EIGHT, "")]


def test_the_days_of_the_one_who_has_left_follow_from_nothing(tmp_path: Path) -> None:
    rows = [*OPEN, ("V", "N", "2026-01-10 08:00", "2026-01-27 08:00")]
    own = audit(tmp_path, "own", stints=(STINTS, rows)).figures["stints"]
    assert (own["days_ended"], {row["least"] for row in own["person_days"]}) == (17, {0, 17, 18})

    told = audit(tmp_path, "out", "--public", stints=(STINTS, rows))

    of = told.figures["stints"]
    assert (of["stints"], of["open"]) == (51, 50)
    hidden = {of["days_ended"], of["days_at_most"], of["mean_days_ended"], *(row["least"] for row in of["person_days"])}
    assert hidden == {"fewer_than_5"}
    midnights = [["2026-01-02", 0, 50], ["2026-01-10", 1, 51], ["2026-01-27", 0, 0]]
    assert own["head_counts_in_sum"]["midnight"] == midnights
    assert of["head_counts_in_sum"]["midnight"] == [[on, "fewer_than_5", most] for on, _, most in midnights]
    for words in ("not told: of fewer than 5 people", "no se dice: es de menos de 5 personas"):
        assert words in told.report.partition('id="en-figures"')[2]
    again = audit(tmp_path, "again", "--public", "--previous", str(tmp_path / "out"), stints=(STINTS, rows))
    assert again.figures == told.figures


def test_the_days_of_one_more_who_has_left_are_no_difference_of_two_publications(tmp_path: Path) -> None:
    gone = held("G", 9, AT_EIGHT, "2026-01-20 08:00")

    def told(out: str, *rows: Sequence[object], left: Rows = gone) -> Any:
        more = ("--previous", str(tmp_path / "before")) if out != "before" else ()
        return audit(tmp_path, out, "--public", *more, stints=(STINTS, [*OPEN, *left, *rows])).figures["stints"]

    before = told("before", ("V", "N", "2026-01-12 08:00", ""))
    assert before["days_ended"] == 9 * 18
    assert told("same", ("V", "N", "2026-01-12 08:00", "")) == before
    assert told("five", *held("N2", 5, AT_EIGHT, "2026-01-06 08:00"))["days_ended"] == 9 * 18 + 5 * 4

    one = told("one", ("V", "N", "2026-01-12 08:00", "2026-01-17 08:00"))
    corrected = told("corrected", left=[*gone[1:], ("G0", "G", AT_EIGHT, "2026-01-19 08:00")])

    for each in (one, corrected):
        names = ("days_ended", "days_at_most", "mean_days_ended")
        rows = (*({"days": each[name]} for name in names), *({"days": row["least"]} for row in each["person_days"]))
        by_place = {row["days_ended"] for row in each["by_facility"]}
        assert ({row["days"] for row in rows}, by_place & {9 * 18, 9 * 18 - 1}) == ({"not_shown"}, set())
        assert each["head_counts_in_sum"]["midnight"][0] == ["2026-01-02", "not_shown", 59]


def test_a_month_end_is_told_on_the_last_day_only_where_nobody_is_still_there(tmp_path: Path) -> None:
    ended = held("N", 9, "2026-01-02", "2026-01-31 09:00")
    for name, more, ends in (("open", held("S", 29, AT_EIGHT, ""), []), ("closed", (), [0])):
        told = audit(tmp_path, name, "--public", stints=(STINTS, [*ended, *more])).figures["stints"]

        assert told["last_day"] == "2026-01-31"
        assert [each["people"] for each in told["month_ends"] if each["facility"] is None] == ends


def test_a_hidden_row_has_its_columns_in_the_order_of_any_other(tmp_path: Path) -> None:
    rows = [*held("A", 20), *held("B", 30), *held("C", 2)]

    told = audit(tmp_path, "out", "--public", stints=(STINTS, rows)).figures["stints"]["by_facility"]

    assert {each["facility"]: each["stints"] for each in told} == {"A": "not_shown", "B": 30, "C": "fewer_than_5"}
    assert len({(*each,) for each in told}) == 1
