"""A scenario of the demonstration is a data file: what one can say, and what is said about one that is wrong."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from habeas.cli import _placed
from habeas.core.entries import custody as held
from habeas.core.entries.institutions import StayOrderIssued
from habeas.core.messages import FileError
from habeas.demo.acts import Moment, read_moment
from habeas.demo.playing import ScriptError, fill, plan
from habeas.demo.scenario import ids, read_scenario, scenario
from habeas.speech import say
from habeas.store import read, streams
from habeas.store.models import CaseRow
from tests.store.example import MONITOR, findings

FLIGHT = """
log = "demo.habeas.invalid/flight"
weeks = 1
ends_at = "2025-03-20T12:00:00Z"
opening = ["certify"]

[front_page]
en = ["A flight."]
es = ["Un vuelo."]

[agreements]
us-sv-2025 = { sending = "us", receiving = "sv" }

[parties]
us = { name = "Sending service (invented)", kind = "sending_state", state = "USA" }
sv = { name = "Receiving service (invented)", kind = "receiving_state", state = "SLV" }
court = { name = "Court (invented)", kind = "neither_executive" }

[accounts]
officer = { party = "us", role = "sending_officer" }
receiver = { party = "sv", role = "receiving_officer" }
booking = { party = "sv", role = "booking_officer", facility = "there" }
court = { party = "court", role = "court" }

[invented]
given_names = ["Invento", "Fictor"]
family_names = ["Nadieson", "Ningunez"]
nationalities = ["VEN"]
languages = ["es"]
first_born_on = 1990-01-01
days_between_births = 10

[facts]

[people]
manifest = { way = "flown", on = "first+2d", at = "23:30", count = 5, every = "2m" }
heard = { way = "ordered", on = "first+2d", at = "22:45" }
proposed = { way = "asked", on = "first+2d", at = "12:00" }

[ways.asked]
0h = "propose"

[ways.ordered]
0h = "order"

[ways.flown]
0h = "arrive"
1h = "left"
2h = { daily = "seen", at = "06:00", until = "last-1d" }

[acts.certify]
act = "certify_facility"
by = "receiver"
facility = "there"
name = "Invented unit"
state = "SLV"
time_zone = "America/El_Salvador"
agreement = "us-sv-2025"
certified_normal_accommodation = 20
working_capacity = 20
maximum_capacity = 20
living_space_m2 = "80"
certificate = "Invented"
approved_by = "Invented"
valid_from_on = 2025-01-01

[acts.propose]
by = "officer"
refused = true
agreement = "us-sv-2025"
facility = "there"
given_names = "{given_names}"
family_names = "{family_names}"
born_on = "{born_on}"
sex = "male"
nationalities = "{nationalities}"
language = "{language}"
home_reference = "INVENTED-{number:04}"
held_at = "Invented unit"
reasons = "Invented."

[acts.order]
act = "issue_stay_order"
by = "court"
court = "Invented court"
reference = "1:25-1"
given = "oral"
class_described = "Everybody on board."
must_be_done = "Bring them back."

[acts.arrive]
act = "report_unannounced_arrival"
by = "booking"
agreement = "us-sv-2025"
facility = "there"
given_names = "{given_names}"
family_names = "{family_names}"
born_on = { unstated = "not_known" }
sex = { unstated = "not_known" }
nationalities = "{nationalities}"
language = "{language}"
brought_by = "Manifest {act:%d}, line {number}"
circumstances = { unstated = "not_known" }

[acts.left]
act = "report_departure"
by = "receiver"
occurred_at = "act-4h"
departed_from = "There"
destination = "Here"
means = { unstated = "not_known" }
outward = true

[acts.seen]
act = "enter_roll"
by = "booking"
facility = "there"
sign = "roll_call"
seen_by = "Invented officer"
"""


def changed(*changes: tuple[str, str]) -> str:
    """The flight with other words in it, each of which stands there."""
    text = FLIGHT
    for before, after in changes:
        assert before in text
        text = text.replace(before, after, 1)
    return text


# --- what a file can say -----------------------------------------------------------------------------------


@pytest.mark.parametrize("id", ids())
def test_every_scenario_that_comes_with_habeas_can_be_read_and_has_an_order_of_time(id: str) -> None:
    planned = plan(scenario(id), datetime(2026, 11, 1, 9, 0, tzinfo=UTC))

    assert [each.at for each in planned] == sorted(each.at for each in planned)


def test_another_story_is_only_another_file(data: Path) -> None:
    filled = fill(read_scenario(FLIGHT, "flight.toml"), datetime.now(UTC))
    cases = [
        case for each in CaseRow.objects.order_by("case").values_list("case", flat=True) if (case := read.case(each))
    ]
    at = datetime(2025, 3, 20, 12, 0, tzinfo=UTC)
    (order,) = streams.entries_below(streams.ORDER)

    assert filled.passwords.keys() == {"officer", "receiver", "booking", "court"}
    assert Counter(f"{each.opening.body.given_names} {each.opening.body.family_names}" for each in cases) == {
        "Invento Nadieson": 2,  # the file has four names for five people
        "Fictor Ningunez": 1,
        "Invento Ningunez": 1,
        "Fictor Nadieson": 1,
    }
    assert isinstance(order.body, StayOrderIssued)
    assert order.occurred_at == datetime(2025, 3, 15, 22, 45, tzinfo=UTC)
    assert {each.entries[0].actor.account for each in cases} == {"booking"}
    assert all(len(each.all(held.RollEntered)) == 4 for each in cases)
    assert len(findings(MONITOR, at)) > len(cases)
    (left,) = cases[0].all(held.Departed)
    assert left.recorded_at - left.occurred_at >= timedelta(hours=4)


def test_nothing_after_the_last_moment_is_played() -> None:
    story = read_scenario(FLIGHT, "flight.toml")
    last = datetime(2025, 3, 20, 12, 0, tzinfo=UTC)

    assert max(each.at for each in plan(story, last)) == datetime(2025, 3, 19, 6, 0, tzinfo=UTC)
    assert {each.act.name for each in plan(story, last - timedelta(days=4))} >= {"arrive", "seen"}


def test_an_act_that_the_rules_refuse_stops_the_filling_unless_the_story_is_about_that(data: Path) -> None:
    story = read_scenario(changed(("refused = true\n", "")), "flight.toml")

    with pytest.raises(ScriptError, match="propose at 2025-03-15"):
        fill(story, datetime.now(UTC))


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("16d4h", Moment(offset=timedelta(days=16, hours=4))),
        ("last-1d", Moment(anchor="last", offset=-timedelta(days=1))),
        ("act+22h30m", Moment(anchor="act", offset=timedelta(hours=22, minutes=30))),
        ("first", Moment(anchor="first")),
        ("", None),
        ("16", None),
        ("1h2d", None),
        ("last1d", None),
        ("last-", None),
        ("-1d", None),
        ("2026-01-01", None),
    ],
)
def test_a_moment_is_counted_from_another(text: str, moment: Moment | None) -> None:
    assert read_moment(text) == moment


# --- what is wrong with a file -----------------------------------------------------------------------------

WRONG = [
    ('act = "enter_roll"', 'act = "enter_rol"', "act can't be enter_rol; expected enter_roll."),
    ("[acts.left]\nact", "[acts.left]\nackt", "act can't be left; expected "),
    ('sign = "roll_call"', 'sing = "roll_call"', "Nothing here is called sing; expected sign."),
    ('sign = "roll_call"', "", "sign is missing: add it."),
    (
        'sign = "roll_call"',
        'sign = "roll call"',
        "sign can't be roll call; expected roll_call, appearance, visit, call.",
    ),
    ("outward = true", 'outward = "yes"', "outward can't be yes: docs/how-to/write-a-scenario.md says"),
    ('"Manifest {act:%d}, line {number}"', '"{nobody}"', "brought_by can't be {nobody}: docs/how-to"),
    ('occurred_at = "act-4h"', 'occurred_at = "4 hours"', "4 hours names no moment here: write it like 16d4h"),
    ('role = "court"', 'role = "judge"', "role can't be judge; expected "),
    ('party = "court"', 'party = "bench"', "party can't be bench; expected us, sv, court."),
    ('by = "court"', 'by = "judge"', "by can't be judge; expected "),
    ('0h = "order"', '0h = "orders"', "0h can't be orders; expected order."),
    ('0h = "order"', 'act+1h = "order"', "This is not TOML"),
    ('0h = "order"', '"act+1h" = "order"', "act+1h names no moment here"),
    ('way = "ordered"', 'way = "order"', "way can't be order; expected ordered."),
    ('on = "first+2d", at = "12:00"', 'on = "2d", at = "12:00"', "2d names no moment here"),
    ('at = "12:00"', 'at = "noon"', 'noon is no time of day: write it like "08:00".'),
    ('ends_at = "2025-03-20T12:00:00Z"', 'ends_at = "2025-03-20"', "2025-03-20 is no moment with a time zone"),
    ('nationalities = ["VEN"]', "nationalities = []", "nationalities and languages go together"),
    ("[facts]", '[facts]\nsecs = ["male", "passport"]', "secs can't be secs; expected "),
    ("[facts]", '[facts]\nsex = ["male", "pasport"]', "sex can't be pasport; expected passport."),
    ('sending = "us"', 'sending = "sv"', "sending can't be sv; expected us."),
    ('opening = ["certify"]', 'opening = ["certified"]', "opening can't be certified; expected certify."),
]


@pytest.mark.parametrize(("before", "after", "sentence"), WRONG, ids=[f"{each[1]}" for each in WRONG])
def test_what_is_wrong_is_one_sentence_with_its_place(before: str, after: str, sentence: str) -> None:
    text = changed((before, after))
    with pytest.raises(FileError) as found:
        read_scenario(text, "flight.toml")

    said = say(_placed(found.value, "en").message, "en")
    assert f": {sentence}" in said
    assert said.startswith("flight.toml, line ")
    assert "\n" not in said
