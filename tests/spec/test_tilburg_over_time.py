"""The rule book: one agreement over the years, each version with the days on which it applied."""

from __future__ import annotations

from datetime import date

import pytest

from habeas import agreements
from habeas.core.ledger.fees import FlatBlock
from habeas.documents.versions_text import diff_text


def test_three_versions_follow_each_other_without_a_gap() -> None:
    assert [(each.version.from_on, each.version.until_on) for each in agreements.versions("be-nl-2009")] == [
        (None, date(2014, 1, 1)),  # no source gives the day on which it entered into force
        (date(2014, 1, 1), date(2015, 10, 12)),
        (date(2015, 10, 12), None),
    ]


@pytest.mark.parametrize(
    ("on", "places", "yearly", "ends_on"),
    [
        (date(2010, 2, 5), 500, "30000000.00", None),
        (date(2013, 12, 31), 500, "30000000.00", None),
        (date(2014, 1, 1), 650, "43000000.00", None),
        (date(2016, 12, 31), 650, "43000000.00", date(2016, 12, 31)),
    ],
)
def test_a_day_has_the_places_the_fee_and_the_end_of_its_own_version(
    on: date, places: int, yearly: str, ends_on: date | None
) -> None:
    version = agreements.agreement("be-nl-2009", on=on)
    assert version.fee is not None
    assert isinstance(version.fee.terms, FlatBlock)
    assert ([each.places for each in version.facilities], version.fee.terms.places) == ([places], places)
    assert f"{version.fee.terms.yearly.amount:.2f}" == yearly
    assert (version.dates["ends_on"].on if "ends_on" in version.dates else None) == ends_on


def test_who_may_come_stayed_the_same_in_every_version() -> None:
    first, *later = (each.eligibility for each in agreements.versions("be-nl-2009"))
    assert first
    assert later == [first, first]


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (
            "en",
            [
                "Before: 30,000,000.00 EUR a year for 500 places. 60,000.00 EUR a place and year.",
                "Now: 43,000,000.00 EUR a year for 650 places. 66,153.85 EUR a place and year.",
            ],
        ),
        ("es", ["30 000 000,00 EUR al año por 500 plazas.", "43 000 000,00 EUR al año por 650 plazas."]),
    ],
)
def test_what_changed_is_said_before_and_now(language: str, said: list[str]) -> None:
    first, second, _ = agreements.versions("be-nl-2009")
    found = " ".join(diff_text(first, second, language).split())
    assert [each for each in said if each not in found] == []
