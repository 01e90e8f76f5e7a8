"""A bill with every trick: each is found with its days and its amount, what costs most first."""

from __future__ import annotations

import csv
import json
import re
from collections import defaultdict
from datetime import date, datetime
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from habeas import cli
from habeas.audit import bill_checks
from habeas.speech import LANGUAGES, word

HONEST = [f"h{number}" for number in range(22)]


def at(text: str) -> datetime:
    day, _, time = text.partition(" ")
    return datetime.fromisoformat(f"2026-03-{day} {time or '10:00'}")


def on(day: int) -> date:
    return date(2026, 3, day)


STINTS: list[dict[str, Any]] = [
    *({"person": each, "facility": "F", "from_at": at("02"), "until_at": at("12")} for each in HONEST),
    {"person": "released", "facility": "F", "from_at": at("02"), "until_at": at("07")},
    {"person": "transferred", "facility": "F", "from_at": at("02"), "until_at": at("06 12:00")},
    {"person": "transferred", "facility": "G", "from_at": at("06 12:00"), "until_at": at("10")},
    {"person": "by night", "facility": "F", "from_at": at("02"), "until_at": at("05 23:50")},
    {"person": "by night", "facility": "G", "from_at": at("05 23:50"), "until_at": at("09")},
    {"person": "leaving", "facility": "F", "from_at": at("02"), "until_at": at("06")},
    {"person": "doubled", "facility": "F", "from_at": at("02"), "until_at": at("08")},
    {"person": "untitled", "facility": "F", "from_at": at("02"), "until_at": at("12"), "title": "order 1"}
    | {"title_from": on(2), "title_until": on(6)},
    {"person": "refused", "facility": "F", "from_at": at("04 22:00"), "until_at": at("05 01:00"), "kind": "refused"},
    {"person": "later", "facility": "F", "from_at": at("10"), "until_at": at("20")},
    *({"person": each, "facility": "F", "from_at": at("02"), "until_at": at("12")} for each in ("euro", "old euro")),
    {"person": "added", "facility": "F", "from_at": at("02"), "until_at": at("12")},
]


def line(person: str | None, first: int, after: int, amount: int, facility: str = "F", **more: Any) -> dict[str, Any]:
    dated = {"from_on": on(first), "until_on": on(after), "days": after - first, "rate": Decimal(100)}
    return {"person": person, "facility": facility, **dated, "amount": Decimal(amount), "currency": "XTS", **more}


EURO = {"currency": "EUR", "rate_on": on(11), "exchange": Decimal("0.50")}
BILL = [
    *(line(each, 2, 12, 1000) for each in HONEST),
    line("released", 2, 7, 500),
    line("released", 8, 10, 200),
    line("transferred", 2, 7, 500),
    line("transferred", 6, 10, 400, "G"),
    line("by night", 2, 6, 400),
    line("by night", 6, 9, 300, "G"),
    line("leaving", 2, 7, 500),
    line("doubled", 2, 8, 600),
    line("doubled", 2, 5, 300),
    line("untitled", 2, 12, 1000),
    line("refused", 4, 5, 100),
    line("stranger", 2, 6, 400),
    line("later", 10, 20, 1100, rate=Decimal(110)),
    line("euro", 2, 12, 500, **EURO),
    line("old euro", 2, 12, 600, **{**EURO, "rate_on": on(1), "exchange": Decimal("0.60")}),
    line("added", 2, 12, 1200),
    line(None, 2, 4, 8000, kind="minimum"),
    line(None, 2, 5, 300),
]
FOUND = [
    ("minimum", "F", 62, 6200_00, "XTS"),  # 40 places on two days, and 31 people were there
    ("untitled", "untitled", 6, 600_00, "XTS"),
    ("nobody", "stranger", 4, 400_00, "XTS"),
    ("twice", "doubled", 3, 300_00, "XTS"),
    ("nameless", "F", 3, 300_00, "XTS"),
    ("after_release", "released", 2, 200_00, "XTS"),
    ("sum", "added", 10, 200_00, "XTS"),
    ("both_facilities", "transferred", 1, 100_00, "XTS"),
    ("other_facility", "by night", 1, 100_00, "XTS"),
    ("not_counted", "leaving", 1, 100_00, "XTS"),
    ("refused", "refused", 1, 100_00, "XTS"),
    ("exchange", "old euro", 10, 100_00, "EUR"),
    ("rate", "later", 5, 50_00, "XTS"),
]


HEADS = {
    "stints.csv": {"person": "person", "facility": "facility", "from": "from_at", "to": "until_at", "kind": "kind"}
    | {each: each for each in ("title", "title_from", "title_until")},
    "bill.csv": {"kind": "kind", "person": "person", "facility": "facility", "from": "from_on", "to": "until_on"}
    | {
        "days": "stated",
        "rate": "rate",
        "amount": "amount",
        "currency": "currency",
        "rate_day": "rate_on",
        "exchange_rate": "exchange",
    },
}
OTHERS = "".join(
    f"""[[facility]]
code = "{each.lower()}"
name = "{each}"
state = "XBB"
time_zone = "Etc/UTC"
source = "text"

"""
    for each in "FG"
)
CHANGED = """
[sources.text]
document = "Another rate"
citation = "Invented"
quality = "treaty"

[amendment]
of = "model-agreement"
from_on = 2026-03-15
title.en = "Another rate"
title.es = "Otra tarifa"
source = "text"

[fee]
shape = "F4"
currency = "XTS"
rate = "110.00"
minimum_people = 40
source = "text"
"""


def write(path: Path, rows: list[dict[str, Any]], heads: dict[str, str]) -> str:
    with path.open("w", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(heads)
        lines.writerows([row.get(each) for each in heads.values()] for row in rows)
    return str(path)


def agreement(folder: Path) -> str:
    """So much a day and a minimum of forty people; another rate from the fifteenth on."""
    text = (files("habeas.agreements") / "model-agreement.toml").read_text("utf-8")
    assert 'shape = "F3"' in text
    assert "[[facility]]" in text
    text = text.replace("[[facility]]", f"{OTHERS}[[facility]]", 1)
    (folder / "a.toml").write_text(text.replace('shape = "F3"', 'shape = "F4"\nminimum_people = 40'))
    (folder / "a.2026-03-15.toml").write_text(CHANGED)
    return str(folder / "a.toml")


def audited(
    folder: Path,
    *more: str,
    stints: list[dict[str, Any]] | None = None,
    bill: list[dict[str, Any]] | None = None,
    lists: list[dict[str, Any]] | None = None,
    codes: tuple[int, ...] = (1,),
) -> Path:
    """The folder that an audit of this bill, and of what is given beside it, writes."""
    given = [write(folder / "bill.csv", bill or BILL, HEADS["bill.csv"])]
    if lists is not None:
        given.append(write(folder / "lists.csv", lists, {each: each for each in ("facility", "person", "day")}))
    if stints is not None:
        titled = [{"title": "order", "title_from": on(1)} | each for each in stints]
        given.append(write(folder / "stints.csv", titled, HEADS["stints.csv"]))
    assert cli.main(["audit", *given, "--out", str(folder / "out"), "--identify", *more]) in codes
    return folder / "out"


def findings(out: Path) -> list[dict[str, str]]:
    with (out / "findings.csv").open(encoding="utf-8", newline="") as file:
        return [each for each in csv.DictReader(file) if each["id"].startswith("bills.")]


def told(out: Path) -> list[tuple[str, str, int, int, str]]:
    def of(each: dict[str, str]) -> tuple[str, str, int, int, str]:
        cause, days = each["id"].removeprefix("bills."), int(each["days"] or 0)
        return cause, each["subject"], days, int(each["money"]), each["currency"]

    return [*map(of, findings(out))]


def figures(out: Path) -> Any:
    return json.loads((out / "figures.json").read_text())["bills"]


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bill")
    return audited(folder, "--agreement", agreement(folder), stints=STINTS)


def test_each_trick_in_a_bill_of_forty_lines_is_found_with_days_and_amount_ordered_by_money(out: Path) -> None:
    assert len(BILL) == 40
    found = told(out)

    assert sorted(found) == sorted(FOUND)
    for currency in ("XTS", "EUR"):
        money = [each[3] for each in found if each[4] == currency]
        assert money == sorted(money, reverse=True)


def test_what_is_found_and_what_is_due_are_together_what_was_billed(out: Path) -> None:
    # Honest lines; then those with something wrong, less that; and eighteen empty places.
    honest = 22 * 1000 + 500 + 400 + 400 + 300 + 300 + 400 + 600 + 400 + 1050 + 1000 + 1800
    billed: dict[str, int] = defaultdict(int)
    for each in BILL:
        billed[each["currency"]] += int(each["amount"]) * 100

    rows = {each["currency"]: each for each in figures(out)["by_currency"]}

    assert {name: each["due_minor"] for name, each in rows.items()} == {"XTS": honest * 100, "EUR": 1000_00}
    assert {name: each["billed_minor"] for name, each in rows.items()} == billed
    for each in rows.values():
        assert each["billed_minor"] == each["wrong_minor"] + each["unchecked_minor"] + each["due_minor"]


def test_each_finding_names_its_line_and_the_convention_it_was_counted_by(out: Path) -> None:
    for each in findings(out):
        assert (BILL[int(each["rows"].partition(":")[2]) - 2]["person"] or "F") == each["subject"]
        assert "midnight" in each["message"]


def test_the_bill_stands_beside_the_days_by_each_convention_and_what_they_come_to(out: Path) -> None:
    rows = [each for each in figures(out)["by_convention"] if each["from"] == "2026-03-02"]

    days = {each["convention"]: each["person_days"] for each in rows}
    assert {each["convention"]: each["basis"] for each in rows}["midnight"] == "stated"
    assert days["any_part"] > days["midnight"] == days["nights"]
    for each in rows:
        assert each["days_apart"] == each["billed_days"] - each["person_days"]
        assert each["comes_to_minor"] == max(each["person_days"], 40 * 13) * 100_00
        assert each["apart_minor"] == each["billed_minor"] - each["comes_to_minor"]


def test_without_an_agreement_a_day_is_wrong_only_where_no_convention_counts_it(tmp_path: Path) -> None:
    found = {cause for cause, *_ in told(audited(tmp_path, stints=STINTS))}

    assert found == {cause for cause, *_ in FOUND} - {"minimum", "rate", "not_counted"}


def test_a_bill_alone_is_held_against_itself(tmp_path: Path) -> None:
    found = told(audited(tmp_path))

    assert {cause for cause, *_ in found} == {"both_facilities", "twice", "nameless", "sum", "exchange"}
    assert ("both_facilities", "transferred", 1, 100_00, "XTS") in found


def test_days_after_the_end_of_the_data_are_no_wrong_of_somebody_without_an_end(tmp_path: Path) -> None:
    there = [{"person": each, "facility": "F", "from_at": at("02")} for each in ("open", "ended")]
    there[1]["until_at"] = at("05")

    found = told(audited(tmp_path, stints=there, bill=[line("open", 2, 9, 700), line("ended", 2, 9, 700)]))

    assert sorted(found) == [("after_release", "ended", 3, 300_00, "XTS"), ("beyond", "open", 3, 300_00, "XTS")]


def test_by_midnight_the_last_day_that_the_data_know_is_no_wrong_of_somebody_without_an_end(tmp_path: Path) -> None:
    there = [{"person": each, "facility": "F", "from_at": at("02")} for each in ("open", "ended")]
    there[1]["until_at"] = at("05")
    lines = [line("open", 2, 6, 400), line("ended", 2, 6, 400)]

    found = told(audited(tmp_path, "--convention", "midnight", stints=there, bill=lines))

    assert sorted(found) == [("beyond", "open", 1, 100_00, "XTS"), ("not_counted", "ended", 1, 100_00, "XTS")]


def lists(*of_days: str, facility: str = "f") -> list[dict[str, Any]]:
    """Who is on the list of each day, from the second of March on."""
    named = enumerate(of_days, start=2)
    return [{"person": who, "facility": facility, "day": on(day)} for day, told in named for who in told.split()]


def test_a_day_billed_of_somebody_whom_the_list_of_that_day_has_not_is_found_with_its_money(tmp_path: Path) -> None:
    there = [{"person": each, "facility": "F", "from_at": at("02"), "until_at": at("08")} for each in "ab"]
    lines = [line("a", 2, 7, 500), line("b", 2, 8, 600)]
    given = lists("a b", "b", "", "b", "a b", "a b")  # of the fourth there is no list

    found = told(audited(tmp_path, stints=there, bill=lines, lists=given))

    assert found == [("not_listed", "a", 2, 200_00, "XTS")]
    assert told(audited(tmp_path, bill=lines, lists=given)) == [("not_listed", "a", 2, 200_00, "XTS")]


def test_each_billed_day_that_is_on_no_list_has_one_cause(tmp_path: Path) -> None:
    there = [{"person": each, "facility": "F", "from_at": at("02"), "until_at": at("04")} for each in "ab"]

    found = told(audited(tmp_path, stints=there, bill=[line("a", 2, 8, 600)], lists=lists("a b", "b", "b", "b", "b")))

    assert sorted(found) == [("after_release", "a", 3, 300_00, "XTS"), ("not_listed", "a", 2, 200_00, "XTS")]


def test_lists_with_nobody_of_the_bill_are_held_against_nothing_and_that_is_said(tmp_path: Path) -> None:
    made = audited(tmp_path, bill=[line("a", 2, 8, 600)], lists=lists("1 2", "2"))

    assert told(made) == []
    assert "rosters.beside_bills,note" in (made / "findings.csv").read_text("utf-8")


def test_no_line_goes_unheard_and_rounding_is_no_finding(tmp_path: Path) -> None:
    there = [{"person": "a", "facility": "Elm House", "from_at": at("02"), "until_at": at("06")}]
    thirds = {"rate": Decimal("33.3333"), "facility": "ELM-HOUSE"}
    lines = [line("a", 2, 5, 100, **thirds), line("a", 5, 5, 70), line("a", 5, 6, 40, kind="fixed")]

    made = audited(tmp_path, stints=there, bill=lines)

    assert told(made) == [("undated", "a", 0, 70_00, "XTS")]
    (row,) = figures(made)["by_currency"]
    assert (row["billed_minor"], row["unchecked_minor"], row["due_minor"]) == (210_00, 40_00, 100_00)


def test_every_kind_of_wrong_stands_in_the_report_in_both_languages(out: Path) -> None:
    report = (out / "report.html").read_text("utf-8")

    for title in ("Billed after release", "Facturado después de la salida", "Both facilities bill one day"):
        assert title in report
    assert "audit.title" not in report
    assert "audit.column" not in report
    assert "The bill beside the days that were held" in report


def test_money_in_a_currency_that_nothing_converts_neither_holds_nor_is_added_to_another(tmp_path: Path) -> None:
    there = [{"person": each, "facility": "F", "from_at": at("02"), "until_at": at("05")} for each in "ab"]
    lines = [line("a", 2, 5, 300), line("b", 2, 5, 3_000_000, currency="EUR", rate=1_000_000)]

    made = audited(tmp_path, "--agreement", agreement(tmp_path), stints=there, bill=lines)

    assert told(made) == [("unconverted", "b", 3, 3_000_000_00, "EUR")]
    euro, own = figures(made)["by_currency"]
    assert (euro["currency"], euro["due_minor"], own["due_minor"]) == ("EUR", 0, 300_00)
    assert {row["billed_minor"] for row in figures(made)["by_convention"]} == {300_00}


def test_of_somebody_of_whom_no_title_is_given_every_billed_day_is_found(tmp_path: Path) -> None:
    there = [{"person": each, "facility": "F", "from_at": at("02"), "until_at": at("05")} for each in "ab"]
    there[1] |= {"title": None, "title_from": None}

    made = audited(tmp_path, stints=there, bill=[line(each, 2, 5, 300) for each in "ab"])

    assert told(made) == [("title_blank", "b", 3, 300_00, "XTS")]


def test_a_facility_that_the_agreement_does_not_name_is_found_for_days_and_for_empty_places(tmp_path: Path) -> None:
    there = [{"person": each, "facility": each, "from_at": at("02"), "until_at": at("05 09:00")} for each in "FH"]
    lines = [*(line(each, 2, 5, 300, each) for each in "FH"), line(None, 2, 3, 3900, "H", kind="minimum")]

    made = audited(tmp_path, "--agreement", agreement(tmp_path), stints=there, bill=lines)

    assert told(made) == [("not_agreed", "H", 1, 3900_00, "XTS"), ("not_agreed", "H", 3, 300_00, "XTS")]
    (row,) = figures(made)["by_currency"]
    assert (row["wrong_minor"], row["unchecked_minor"], row["due_minor"]) == (4200_00, 0, 300_00)


def test_money_taken_back_is_one_finding_and_counts_against_what_it_corrects(tmp_path: Path) -> None:
    there = [{"person": "a", "facility": "F", "from_at": at("02"), "until_at": at("05")}]
    back = line("a", 5, 7, -200, stated=-2)
    lines = [line("a", 2, 7, 500), back, {**back, "until_on": None, "amount": Decimal(-50)}, line("a", 2, 5, -300)]

    made = audited(tmp_path, "--convention", "midnight", stints=there, bill=lines)

    assert told(made) == [
        ("after_release", "a", 1, 100_00, "XTS"),
        ("not_counted", "a", 1, 100_00, "XTS"),
        ("credit", "a", -2, -50_00, "XTS"),
        ("credit", "a", -2, -200_00, "XTS"),
        ("credit", "a", -3, -300_00, "XTS"),
    ]
    (row,) = figures(made)["by_currency"]
    assert (row["billed_minor"], row["wrong_minor"], row["due_minor"]) == (-50_00, -350_00, 300_00)


@pytest.mark.parametrize("is_beside", [True, False])
def test_a_minimum_is_found_where_the_agreement_has_none(tmp_path: Path, *, is_beside: bool) -> None:
    there = [{"person": "a", "facility": "Facility One", "from_at": at("02"), "until_at": at("05")}]
    lines = [line("a", 2, 5, 300, "Facility One"), line(None, 2, 4, 800, "Facility One", kind="minimum")]

    made = audited(tmp_path, "--agreement", "model-agreement", stints=there if is_beside else None, bill=lines)

    assert told(made) == [("no_minimum", "Facility One", 2, 800_00, "XTS")]
    assert figures(made)["by_currency"][0]["unchecked_minor"] == 0


def test_stated_days_that_the_dates_do_not_give_are_found_with_what_they_cost(tmp_path: Path) -> None:
    there = [{"person": each, "facility": "F", "from_at": at("02"), "until_at": at("05")} for each in "abcde"]
    lines = [
        line("a", 2, 5, 400, stated=4),
        line("b", 2, 5, 300, stated=-3),
        line("c", 2, 5, 300, stated=3),
        line("d", 2, 5, 300, stated=10**12, until_on=None),
        line("e", 2, 5, 350, stated=3),
        line(None, 2, 2, 70, kind="minimum"),
    ]

    found = told(audited(tmp_path, "--convention", "midnight", stints=there, bill=lines))

    assert found == [
        ("undated", "d", 0, 300_00, "XTS"),
        ("stated_days", "a", 1, 100_00, "XTS"),
        ("undated", "F", 0, 70_00, "XTS"),
        ("sum", "e", 3, 50_00, "XTS"),
        ("stated_days", "b", -6, 0, "XTS"),
    ]


def test_each_finding_says_its_days_and_its_amount_in_both_languages(out: Path) -> None:
    said = {each["id"]: each["message"] for each in findings(out)}
    assert said["bills.minimum"].endswith(
        "in F. Days: 62; amount: 6,200.00 XTS; counted by presence at midnight (midnight)."
    )
    assert said["bills.exchange"].endswith(
        "in F. Days: 10; amount: 100.00 EUR; counted by presence at midnight (midnight)."
    )
    for sentence in said.values():
        assert re.search(
            r"\. Days: \d+; amount: [\d,]+\.\d\d [A-Z]{3}; counted by presence at midnight \(midnight\)\.$", sentence
        )
    report = (out / "report.html").read_text("utf-8")
    assert "Días: 62; importe: 6200,00 XTS; contados según: presencia a medianoche (midnight)." in report
    for cause in bill_checks.CAUSES:
        for language in LANGUAGES:
            sentence = word(f"audit.found_bills.{cause}", language)
            assert "{amount} {unit}" in sentence
            assert "{days}" in sentence or cause == "undated"


MONTH = [
    {"person": "a", "facility": "F", "from_at": at("02"), "until_at": at("12")},
    {"person": "b", "facility": "F", "from_at": at("04"), "until_at": at("09")},
    {"person": "c", "facility": "G", "from_at": at("05"), "until_at": at("08")},
]
"""By midnight 10 + 5 days in F and 3 in G; for any part of them one more of each person."""


def in_sum(days: int | None, amount: int, facility: str | None = "F", **more: Any) -> dict[str, Any]:
    return line(None, 1, 31, amount, facility or "", stated=days, **more)


@pytest.mark.parametrize(
    ("billed", "expected"),
    [
        (in_sum(15, 1500), []),
        (in_sum(17, 1700), [("other_count", "F", 2, 200_00, "XTS")]),  # as any part of a day counts
        (in_sum(20, 2000), [("uncounted", "F", 5, 500_00, "XTS")]),
        (in_sum(11, 1100), [("uncounted", "F", -4, -400_00, "XTS")]),
        (in_sum(None, 1700), [("other_count", "F", 2, 200_00, "XTS")]),  # seventeen at that rate
        (in_sum(18, 1800, None), []),  # in every place
        (in_sum(15, 1900), [("sum", "F", 15, 400_00, "XTS")]),
        (in_sum(-15, 1500), [("stated_days", "F", -15, 1500_00, "XTS")]),
        (in_sum(-15, -1500), [("credit", "F", -15, -1500_00, "XTS")]),
        (in_sum(15, 1650, rate=110), [("rate", "F", 15, 150_00, "XTS")]),
        (in_sum(5, 500, "H"), [("uncounted", "H", 5, 500_00, "XTS")]),
    ],
)
def test_a_sum_of_days_is_held_against_the_days_by_each_convention(
    tmp_path: Path, billed: dict[str, Any], expected: list[Any]
) -> None:
    text = agreement(tmp_path)
    (tmp_path / "a.2026-03-15.toml").unlink()

    made = audited(tmp_path, "--agreement", text, stints=MONTH, bill=[billed], codes=(0, 1))

    assert told(made) == expected
    row = next(each for each in figures(made)["by_convention"] if each["convention"] == "midnight")
    assert row["billed_days"] == (billed["stated"] or 17)
    if expected and expected[0][0] in {"other_count", "uncounted"} and billed["facility"] == "F":
        assert "any_part 17, first_not_last 15, midnight 15, nights 15" in findings(made)[0]["message"]


def test_without_an_agreement_a_sum_is_wrong_where_no_convention_gives_it_and_open_stretches_are_bounds(
    tmp_path: Path,
) -> None:
    there = [*MONTH, {"person": "d", "facility": "F", "from_at": at("11")}]
    for days, expected in ((15, []), (17, []), (18, []), (20, [("uncounted", "F", 1, 100_00, "XTS")])):
        assert told(audited(tmp_path, stints=there, bill=[in_sum(days, days * 100)], codes=(0, 1))) == expected
