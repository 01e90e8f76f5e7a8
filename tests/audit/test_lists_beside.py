"""Daily lists beside stretches of custody, published counts and bills of the same people."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from habeas.audit.found import Finding
from tests.audit.hand import found_in

FIRST = date(2026, 3, 1)


def on(number: int) -> date:
    return FIRST + timedelta(days=number)


def lists(*of_days: str, facility: str = "North Jail") -> list[dict[str, Any]]:
    """Who is on the list of each day, from the first on; nothing where there is no list."""
    return [
        {"person": who, "facility": facility, "day": on(at)} for at, told in enumerate(of_days) for who in told.split()
    ]


def stint(person: str, begins: int, ends: int | None, facility: str = "NORTH-JAIL", **more: Any) -> dict[str, Any]:
    moments = [None if at is None else datetime.combine(on(at), time(12)) for at in (begins, ends)]
    return {"person": person, "facility": facility, "from_at": moments[0], "until_at": moments[1], **more}


def beside(**tables: list[dict[str, Any]]) -> dict[str, list[Finding]]:
    """What is found between the tables, apart from what is wrong with lists alone."""
    between = ("not_held", "no_stretch", "not_listed", "list_short", "beside_stints", "against_lists")
    return {id: each for id, each in found_in(**tables).items() if id.partition(".")[2] in between}


def told(finding: Finding) -> Mapping[str, Any]:
    return {**finding.message.parameters, "days": finding.days}


def test_lists_that_the_stretches_give_at_some_hour_are_right() -> None:
    held = [stint("a", 0, 2), stint("b", 1, None), stint("c", 0, 2), stint("c", 2, 4, "South")]
    rosters = lists("a c", "a c b", "b a", "b") + lists("", "", "c", "c", facility="South")

    assert beside(rosters=rosters, stints=held) == {}


def test_who_is_listed_where_no_stretch_has_them_is_one_finding_a_person_and_place() -> None:
    held = [stint("a", 0, 2), stint("a", 3, 6, "South"), stint("b", 0, 6)]

    found = beside(rosters=lists("a b", "a b", "a b", "a b", "a b"), stints=held)

    # There until the third day; on the fourth day and the fifth in another place.
    (only,) = found.pop("rosters.not_held")
    assert (only.subject, only.is_person, only.from_on, only.until_on) == ("a", True, on(3), on(5))
    assert (told(only)["days"], told(only)["moved"], only.rows) == (2, 2, ("1:7", "1:9"))
    assert found == {}


def test_people_of_whom_there_is_no_stretch_are_one_finding_a_place() -> None:
    held = [stint("a", 0, 4)]

    found = beside(rosters=lists("a x", "a x y", "a"), stints=held)

    (only,) = found.pop("rosters.no_stretch")
    assert (only.subject, told(only)["people"], told(only)["days"]) == ("North Jail", 2, 3)
    assert found == {}


def test_who_is_there_all_day_and_on_no_list_of_it_is_found() -> None:
    held = [stint("a", 0, 5), stint("b", 0, 5), stint("door", 1, 4, kind="refused"), stint("open", 0, None)]

    found = beside(rosters=lists("a b", "a", "a", "", "a b"), stints=held)

    # On the first day and on the last for a part of it; of the fourth there is no list, which is a finding of its own.
    (only,) = found.pop("rosters.not_listed")
    assert (only.subject, only.from_on, only.until_on, told(only)["days"]) == ("b", on(1), on(3), 2)
    assert (told(only)["place"], only.rows) == ("North Jail", ("2:2",))
    assert found == {}


def test_a_list_without_most_of_those_who_are_there_is_one_finding() -> None:
    everybody = [f"p{number}" for number in range(30)]
    held = [stint(each, 0, 5) for each in everybody]
    short = " ".join(everybody[:12])
    whole = " ".join(everybody)

    found = beside(rosters=lists(whole, short, " ".join(everybody[1:]), whole, whole), stints=held)

    (cut,), (one,) = found.pop("rosters.list_short"), found.pop("rosters.not_listed")
    assert (cut.from_on, cut.until_on, told(cut)["people"], told(cut)["days"]) == (on(1), on(2), 18, 18)
    assert (one.subject, told(one)["days"]) == ("p0", 1)
    assert found == {}


def test_where_nobody_is_in_both_it_is_said_and_nothing_asked() -> None:
    found = beside(rosters=lists("1 2", "1 2"), stints=[stint("a", 0, 9), stint("b", 0, 9)])

    (only,) = found.pop("rosters.beside_stints")
    assert found == {}
    assert [told(only)[each] for each in ("people", "listed", "places", "of_lists")] == [0, 2, 1, 1]


def test_a_place_that_the_stretches_do_not_name_is_counted_and_nothing_guessed_of_it() -> None:
    held = [stint("a", 0, 9), stint("b", 0, 9, "Elsewhere")]

    found = beside(rosters=lists("a", "a") + lists("b", "b", facility="South"), stints=held)

    (only,) = found.pop("rosters.beside_stints")
    assert found == {}
    assert [told(only)[each] for each in ("people", "listed", "places", "of_lists")] == [2, 2, 1, 2]


def test_days_that_the_stretches_do_not_know_are_no_findings() -> None:
    assert beside(rosters=lists("a", "a", "a", "a", "a"), stints=[stint("a", 1, 3)]) == {}


def test_published_counts_that_the_lists_of_the_day_do_not_give_are_one_finding_a_place() -> None:
    counts = [{"facility": "NORTH JAIL", "day": on(at), "people": people} for at, people in enumerate((2, 3, 2, 9, 1))]

    found = beside(rosters=lists("a b", "a b", "a b c", "", "a"), counts=counts)

    (only,) = found.pop("counts.against_lists")
    assert found == {}
    assert (only.subject, only.from_on, only.until_on) == ("NORTH JAIL", on(1), on(3))
    assert [told(only)[each] for each in ("fewer", "more", "apart")] == [1, 1, 1]
