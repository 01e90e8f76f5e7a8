"""Stretches of custody beside each other: a small table in, findings out."""

from __future__ import annotations

from pathlib import Path

import pytest

from habeas.audit.choices import OPTIONS, Choices
from habeas.audit.layouts import parse
from habeas.audit.run import audited
from tests.audit.outside import audit_of, findings

COLUMNS = "person stay facility from_at until_at recorded_at unit kind ended_by title title_from title_until".split()
LAYOUT = parse('shape = "stints"\n[columns]\n' + "\n".join(f'{each} = "{each}"' for each in COLUMNS), "stints")


def rows(*told: str) -> list[str]:
    """Lines of a file of days in March 2025: each row as person, facility, from, until, and what else it has."""
    lines = [",".join(COLUMNS)]
    for each in told:
        person, facility, began, ended, *more = each.split()
        given = {"person": person.replace("-", ""), "facility": facility, "title": "warrant"}
        given |= {"from_at": f"2025-03-{began}", "until_at": "" if ended == "-" else f"2025-03-{ended}"}
        given |= dict(one.split("=") for one in more)
        lines.append(",".join(given.get(name, "") for name in COLUMNS))
    return lines


SPEC = {
    "a night on the way": (["a F 01 05 stay=1", "a G 06 09 stay=1"], {}),
    "days on the way": (["a F 01 05 stay=1", "a G 07 09 stay=1", "b F 01 05 stay=2", "b G 09 10 stay=2"], {"gap": 1}),
    "days on two ways": (["a F 01 05 stay=1", "a G 07 09 stay=1", "a H 15 16 stay=1"], {"gap": 2}),
    "days between two stays": (["a F 01 05 stay=1", "a F 09 11 stay=2"], {}),
    "gone and back": (["a F 01 05 stay=1", "a F 09 11 stay=1"], {"vanished": 1}),
    "let go and back": (["a F 01 05 stay=1 ended_by=release", "a F 09 11 stay=1"], {}),
    "away by the last row, there by an earlier": (
        ["a F 01 20 stay=1", "a G 02 03 stay=1", "a G 09 11 stay=1"],
        {"overlap": 2},
    ),
    "begun alike": (["a F 01 05", "a F 01 09"], {"near_copies": 1}),
    "ended alike, in two places": (["a F 01 09", "a F 03 09", "b G 01 09", "b G 03 09"], {"near_copies": 2}),
    "less than a day apart": (["a F 01T09:00 05T09:00", "a F 01T20:00 05T20:00"], {"near_copies": 1}),
    "a day apart": (["a F 01T09:00 05T09:00", "a F 02T09:00 06T09:00"], {"overlap": 1}),
    "twice on one day": (["a F 01T08:00 01T09:00", "a F 01T10:00 01T11:00"], {}),
    "ended, and written again without an end": (["a F 01 05", "a F 01 -"], {"near_copies": 1, "open": 1}),
    "alike in two facilities": (["a F 01 05", "a G 01 05"], {"overlap": 1}),
    "a bed after another": (["a F 01 05 unit=1", "b F 05 09 unit=1"], {}),
    "two in a bed": (["a F 01 05 unit=1", "b F 04 09 unit=1", "c F 08 09 unit=1"], {"place_twice": 1}),
    "two beds of one number": (["a F 01 05 unit=1", "b G 04 09 unit=1"], {}),
    "one person twice in a bed": (["a F 01 05 unit=1", "a F 03 09 unit=1"], {"overlap": 1}),
    "who never left a bed": (["a F 01 - unit=1", "b F 04 09 unit=1"], {"place_twice": 1, "open": 1}),
    "fifteen days in two parts": (["a F 01 09 kind=solitary", "a F 10 17 kind=solitary"], {}),
    "sixteen days in two parts": (["a F 01 09 kind=solitary", "a G 10 18 kind=solitary"], {"prolonged_in_sum": 1}),
    "sixteen days with two days between": (["a F 01 09 kind=solitary", "a F 11 19 kind=solitary"], {}),
    "twenty days in a row, then more": (["a F 01 21 kind=solitary", "a F 21 22 kind=solitary"], {"prolonged": 1}),
    "no title": (["a F 01 05 title=", "b F 01 05 title=", "c G 01 05 title="], {"title_missing": 2}),
    "held before the title": (["a F 01 05 title_from=2025-03-03"], {"title_late": 1}),
    "until the last day of the title": (["a F 01 05 title_until=2025-03-05"], {}),
    "past the title": (["a F 01 06 title_until=2025-03-05"], {"title_expired": 1}),
    "past the title, and no end": (["a F 01 - title_until=2025-03-05", "b F 01 06"], {"title_expired": 1, "open": 1}),
    "another title, without a break": (["a F 01 05", "a G 05 09 title=order"], {"title_changed": 1}),
    "another title, at another time": (["a F 01 05", "a G 08 09 title=order"], {}),
    "written down after a month": (["a F 01 - recorded_at=2025-03-31"], {"open": 1}),
    "after more": (["a F 01 - recorded_at=2025-04-01"], {"recorded_long_after": 1, "open": 1}),
}


@pytest.mark.parametrize("of", SPEC)
def test_each_check_finds_what_it_is_for_and_nothing_beside_it(tmp_path: Path, of: str) -> None:
    told, expected = SPEC[of]
    with audit_of(tmp_path, LAYOUT, rows(*told)) as audit:
        found = {id.removeprefix("stints."): len(each) for id, each in findings(audit).items()}

    assert found == expected


def test_a_finding_says_how_large_it_is(tmp_path: Path) -> None:
    sizes = {
        "days on the way": ("gap", 2, 6),
        "gone and back": ("vanished", 1, 4),
        "two in a bed": ("place_twice", 2, 2),
        "sixteen days in two parts": ("prolonged_in_sum", 2, 1),
        "no title": ("title_missing", 2, 8),
        "held before the title": ("title_late", 1, 2),
        "past the title": ("title_expired", 1, 1),
        "less than a day apart": ("near_copies", 1, 4),
    }
    for of, (check, count, days) in sizes.items():
        with audit_of(tmp_path, LAYOUT, rows(*SPEC[of][0])) as audit:
            first = findings(audit)[f"stints.{check}"][0]

        assert (first.row_count, first.days) == (count, days), of


@pytest.mark.parametrize(
    ("told", "held"),
    [
        (["a F 01T23:00 17T01:00 kind=solitary"], {}),
        (
            ["a F 01 11 kind=solitary", "a F 11 20 kind=solitary"],
            {"midnights": 19, "calendar-days": 20, "full-days": 19},
        ),
        (["a F 01 08 kind=solitary", "a F 09 16 kind=solitary"], {"calendar-days": 16}),
        (
            ["a F 01T09:00 10T10:00 kind=solitary", "a F 11T23:00 18T22:00 kind=solitary"],
            {"midnights": 16, "calendar-days": 18},
        ),
    ],
)
def test_solitary_confinement_in_parts_is_counted_in_days_as_chosen(
    tmp_path: Path, told: list[str], held: dict[str, int]
) -> None:
    """One stretch alone is no sum of parts, whichever way its days are counted, and a day in two of them counts once."""
    (tmp_path / "data.csv").write_text("\n".join(rows(*told)) + "\n")
    found = {}
    for length in OPTIONS["length"]:
        with audited([tmp_path / "data.csv"], key=None, layout=LAYOUT, choices=Choices(length=length)) as audit:
            for each in findings(audit).get("stints.prolonged_in_sum", []):
                found[length] = each.message.parameters["held"]

    assert found == held


def test_an_overlap_names_the_place_that_goes_on(tmp_path: Path) -> None:
    with audit_of(tmp_path, LAYOUT, rows("a F 01 20", "a G 02 03", "a H 10 11")) as audit:
        found = findings(audit)["stints.overlap"]

    assert [each.message.parameters["elsewhere"] for each in found] == ["F", "F"]
