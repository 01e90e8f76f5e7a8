"""Clocks in tables, deadlines out: lengths, whose they are, pauses, and what stays found."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from habeas.core.clock_rules import ClockRule
from habeas.core.clocks import Clock, Runs, clocks
from habeas.core.context import Context
from habeas.core.days import days_later, working_days_of
from habeas.core.entries import Actor, asking
from habeas.core.entries import custody as held
from habeas.core.entries import procedure as p
from habeas.core.findings import Finding, findings
from habeas.core.safeguards import parse_safeguards
from habeas.speech import say

from . import walk
from .test_clock_rules import CLOCK, INSTRUMENT, clocks_of
from .world import BOOKING, COURT, DAY, DECIDER, ESCORT, HOUR, OFFICER, RECEIVER, RECEIVING, SENDING, World

INSTANT = timedelta(microseconds=1)
TALLINN = "Europe/Tallinn"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


# --- how long: a beginning, a length and the end ---------------------------------------------------

LENGTHS = {
    "a day, as the clock goes": ("2026-09-01T10:00+03:00", 1, "", "2026-09-02T10:00+03:00"),
    "over the night on which the clocks go forward": ("2026-03-28T10:00+02:00", 1, "", "2026-03-29T10:00+03:00"),
    "over the night on which they go back": ("2026-10-24T10:00+03:00", 1, "", "2026-10-25T10:00+02:00"),
    "to a time that is skipped": ("2026-03-28T03:30+02:00", 1, "", "2026-03-29T02:30+02:00"),
    "to a time that comes twice": ("2026-10-24T03:30+03:00", 1, "", "2026-10-25T03:30+03:00"),
    "to a leap day": ("2028-02-28T10:00+02:00", 1, "", "2028-02-29T10:00+02:00"),
    "over a leap day": ("2028-02-28T10:00+02:00", 2, "", "2028-03-01T10:00+02:00"),
    "a year without one": ("2027-02-28T10:00+02:00", 1, "", "2027-03-01T10:00+02:00"),
    "over a weekend": ("2026-09-04T10:00+03:00", 1, "EST", "2026-09-07T10:00+03:00"),
    "from a Saturday": ("2026-09-05T10:00+03:00", 1, "EST", "2026-09-07T10:00+03:00"),
    "over Estonia's independence day": ("2026-02-23T10:00+02:00", 1, "EST", "2026-02-25T10:00+02:00"),
    "which is a working day in Sweden": ("2026-02-23T10:00+02:00", 1, "SWE", "2026-02-24T10:00+02:00"),
    "over Christmas in Estonia": ("2026-12-23T10:00+02:00", 1, "EST", "2026-12-28T10:00+02:00"),
    "five of them over Easter": ("2026-04-01T10:00+03:00", 5, "SWE", "2026-04-10T10:00+03:00"),
    "where no calendar is known, Saturday and Sunday": ("2026-02-13T10:00+01:00", 1, "XKX", "2026-02-16T10:00+02:00"),
}


@pytest.mark.parametrize("what", LENGTHS)
def test_days_are_local_days_and_working_days_those_of_a_country(what: str) -> None:
    begins, days, country, ends = LENGTHS[what]
    if country == "XKX":
        ends = "2026-02-16T11:00+02:00"
    assert days_later(at(begins), days, TALLINN, country=country) == at(ends)


def test_a_working_day_is_one_on_which_that_country_works() -> None:
    day = at("2026-06-24T12:00+00:00").date()  # midsummer
    assert [working_days_of(each).is_working_day(day) for each in ("EST", "NLD")] == [False, True]


# --- from entries to clocks ------------------------------------------------------------------------


def with_rules(world: World, *rules: ClockRule) -> Context:
    context = world.context()
    law = dataclasses.replace(context.safeguards, clocks=rules)
    return dataclasses.replace(context, safeguards=law)


def running(world: World, case: str, *rules: ClockRule, on: datetime | None = None) -> list[Clock]:
    found = clocks(world.case(case), with_rules(world, *rules), on or world.now)
    return [each for each in found if each.rule is not None]


def late(world: World, case: str, *rules: ClockRule) -> list[Finding]:
    found = findings(world.case(case), with_rules(world, *rules), world.now)
    return [each for each in found if each.rule == "duty_late"]


def rule(**changes: Any) -> ClockRule:
    """The time to answer an offer: five hours of the receiving state, and a finding when they are over."""
    (found,) = clocks_of(CLOCK.replace("SWE", "EST").replace("hours = 5", 'hours = 5\nbreach = "duty_late"'), BOTH)
    return dataclasses.replace(found, **changes)


BOTH = f'{INSTRUMENT}[[instrument.bound]]\nstate = "EST"\n'


def offered(world: World, **more: datetime) -> tuple[str, str]:
    case = walk.propose(world)
    walk.decided(world, case)
    walk.departed(world, case)
    world.wait(2 * DAY)
    body = held.HandoverOffered(to_party=RECEIVING, place="at the gate", fitness="fit")
    return case, world.take("offer_handover", body, ESCORT, case, **more)


def test_a_states_duty_runs_from_the_earlier_time_until_it_is_met_and_late_it_is_found() -> None:
    world = World()
    case, offer = offered(world, occurred_at=World().now + 29 * DAY)
    began = world.now - 1 * DAY
    (found,) = running(world, case, rule())
    assert (found.owner, found.starts_at, found.due_at) == (RECEIVING, began, began + 5 * HOUR)
    assert found.is_late(world.now)
    (finding,) = late(world, case, rule())
    assert finding.clause == "Nowhere, art. 2 (general knowledge)"
    assert (finding.because, finding.on, finding.message.code) == ((offer,), found.due_at.date(), "finding.duty_late")
    world.take("accept_handover", held.HandoverAccepted(offer=offer), BOOKING, case)
    assert running(world, case, rule()) == []
    (after,) = late(world, case, rule())
    assert (after.key, after.message.code) == (finding.key, "finding.duty_late_met")


def test_a_duty_met_before_its_last_instant_is_no_finding() -> None:
    world = World()
    case, offer = offered(world)
    world.wait(5 * HOUR - INSTANT)
    world.take("accept_handover", held.HandoverAccepted(offer=offer), BOOKING, case)
    world.wait(DAY)
    assert late(world, case, rule()) == []


def test_what_answers_one_entry_by_name_ends_no_others_clock() -> None:
    world = World()
    case, first = offered(world)
    world.take("refuse_handover", held.HandoverRefused(offer=first, reasons="no interpreter"), BOOKING, case)
    second = walk.offer(world, case)
    world.take("accept_handover", held.HandoverAccepted(offer=second), BOOKING, case)
    assert [each.began for each in running(world, case, rule())] == [first]


def test_without_a_finding_named_a_late_duty_is_only_late() -> None:
    world = World()
    case, _ = offered(world)
    world.wait(DAY)
    assert [each.is_late(world.now) for each in running(world, case, rule(breach=""))] == [True]
    assert late(world, case, rule(breach="")) == []


def test_it_binds_whom_the_instrument_binds_and_since_then() -> None:
    world = World()
    case, _ = offered(world)
    assert world.now.date().isoformat() == "2026-10-01"
    for since, runs in (("2026-10-01", 1), ("2026-10-02", 0)):
        (bound,) = clocks_of(CLOCK, f"{BOTH}since = {since}\n")
        assert len(running(world, case, bound)) == runs
    as_standard = BOTH.replace("source", "standard_for_others = true\nsource", 1)
    (standard,) = clocks_of(CLOCK, f"{as_standard}since = 2026-10-02\n")
    assert len(running(world, case, standard)) == 1, "whoever is not bound is held to it as a standard"


def test_of_a_period_of_the_agreement_and_a_length_of_the_law_the_shorter_is_owed() -> None:
    world = World()
    case, _ = offered(world)
    assert world.periods.contested_after == 6 * HOUR
    for hours, due in ((5, 5), (7, 6)):
        (found,) = running(world, case, rule(period="contested_after_hours", hours=hours))
        assert found.due_at == world.now + due * HOUR


def test_working_days_are_those_of_the_state_that_is_named() -> None:
    world = World(now=at("2026-12-05T08:00+00:00"))
    case, _ = offered(world)
    assert world.now == at("2027-01-04T08:00+00:00"), "a Monday; Wednesday is a holiday in Sweden alone"
    for country, due in (("sending", "2027-01-07"), ("receiving", "2027-01-06"), ("SWE", "2027-01-07")):
        (found,) = running(world, case, rule(hours=None, working_days=2, country=country))
        assert found.due_at == at(f"{due}T08:00+00:00")


def test_a_bench_owes_as_itself_and_a_holder_is_whoever_answers_when_it_begins() -> None:
    world = World()
    case, offer = offered(world)
    text = CLOCK.replace('"handover_offered"', '"roll_entered"').replace("receiving", "holder")
    (holder,) = clocks_of(text, BOTH)
    seen = held.RollEntered(facility="tartu", sign=held.Sign.APPEARANCE, seen_by=walk.NOT_KNOWN)
    world.wait(HOUR)
    world.take("enter_roll", seen, BOOKING, case)
    assert [each.owner for each in running(world, case, holder)] == [SENDING]
    world.take("accept_handover", held.HandoverAccepted(offer=offer), BOOKING, case)
    world.wait(HOUR)
    world.take("enter_roll", seen, BOOKING, case)
    assert [each.owner for each in running(world, case, holder)] == [RECEIVING]
    bench = dataclasses.replace(holder, owner=type(holder.owner).BENCH)
    assert [(each.owner, each.runs) for each in running(world, case, bench)] == [("", Runs.DUTY)]


def test_an_answer_that_was_left_open_is_owed_until_it_is_put_right() -> None:
    """That it was open is read from the entry as it was recorded: putting it right ends the duty, late or in time."""
    text = CLOCK.replace('{ kind = "handover_offered" }', '{ kind = "admitted", where = { cell = "not_known" } }')
    text = text.replace('{ kind = "handover_accepted" }', '{ kind = "corrected", where = { field_name = "cell" } }')
    (open_cell,) = clocks_of(text.replace("hours = 5", 'hours = 5\nbreach = "duty_late"'), BOTH)
    world = World()
    case = walk.held_case(world)
    admitted = world.case(case).all(held.Admitted)[-1].id
    assert [each.began for each in running(world, case, open_cell)] == [admitted]
    world.wait(DAY)
    right = held.Corrected(entry=admitted, field_name="cell", value='"A 12"', reasons="found out")
    world.take("correct", right, BOOKING, case)
    assert running(world, case, open_cell) == []
    assert [each.message.code for each in late(world, case, open_cell)] == ["finding.duty_late_met"]


def test_a_moment_left_blank_begins_nothing() -> None:
    text = CLOCK.replace("handover_offered", "title_recorded").replace("hours = 5", 'due = "valid_until_at"')
    (until,) = clocks_of(text, BOTH)
    world = World()
    case = walk.propose(world)
    walk.title(world, case, "SWE", by=OFFICER, days=3)
    assert [each.due_at for each in running(world, case, until)] == [world.now + 3 * DAY]
    endless = dataclasses.replace(world.log[-1], body=dataclasses.replace(world.log[-1].body, valid_until_at=None))  # type: ignore[type-var]
    world.log[-1] = endless
    world._folded.clear()
    assert running(world, case, until) == []


# --- released clocks, each with what begins and ends it -------------------------------------------------------------


def released(world: World, case: str) -> dict[str, bool]:
    """The released clocks that run, by id, and whether they are late."""
    found = clocks(world.case(case), world.context(), world.now)
    return {each.rule.id: each.is_late(world.now) for each in found if each.rule}


def test_whoever_is_admitted_is_owed_a_doctor_their_rights_and_word_to_the_family_within_a_day() -> None:
    owed = {"admission_exam", "information", "family_told", "consular_right"}
    world = World()
    case = walk.held_case(world)
    assert released(world, case) == dict.fromkeys(owed, False)
    world.wait(DAY)
    assert released(world, case) == dict.fromkeys(owed, True)
    walk.looked_after(world, case)
    assert released(world, case) == {}
    late = [each for each in findings(world.case(case), world.context(), world.now) if each.rule == "duty_late"]
    assert {str(each.message.parameters["duty"]).removeprefix("clock.") for each in late} == owed
    assert all(each.message.code == "finding.duty_late_met" for each in late)


def test_what_was_done_in_time_and_stated_later_is_not_late() -> None:
    world = World()
    case = walk.held_case(world)
    world.wait(HOUR)
    walk.looked_after(world, case)
    done = [each for each in world.log if isinstance(each.body, p.FactRecorded) and each.body.name == "family_told_at"]
    world.log[-4:] = [dataclasses.replace(each, recorded_at=each.recorded_at + 3 * DAY) for each in world.log[-4:]]
    world._folded.clear()
    world.wait(3 * DAY)
    assert len(done) == 1
    assert [each for each in findings(world.case(case), world.context(), world.now) if each.rule == "duty_late"] == []


def test_a_consul_is_told_within_a_day_of_the_wish_and_never_against_it() -> None:
    world = World()
    case = walk.held_case(world)
    walk.looked_after(world, case)
    wish = asking.ConsularWishStated(consul_to_be_told=True, said_to="Invented officer")
    world.take("state_consular_wish", wish, BOOKING, case)
    assert released(world, case) == {"consul_told": False}
    world.wait(DAY)
    assert released(world, case) == {"consul_told": True}
    world.take("state_consular_wish", dataclasses.replace(wish, consul_to_be_told=False), BOOKING, case)
    assert released(world, case) == {}


def test_a_clock_beside_a_safeguard_that_is_shown_not_to_apply_does_not_run() -> None:
    world = World()
    case = walk.held_case(world)
    assert "family_told" in released(world, case)
    statement = walk.state_fact(world, case, "family_to_be_told", "false", "signed_record")
    assert "family_told" in released(world, case), "stated and not verified is not shown"
    world.take("verify_fact", p.FactVerified(fact=statement, how="asked the person"), DECIDER, case)
    assert "family_told" not in released(world, case)


# --- pauses ----------------------------------------------------------------------------------------

PAUSED = CLOCK.replace(
    "hours = 5",
    """hours = 5
breach = "duty_late"
pauses = [{ kind = "title_recorded", rests_on = "reference", where = { ground = "a period stands still" } }]
resumes = [{ kind = "title_ended" }]""",
)


def pause(world: World, case: str, by: Actor, **more: datetime) -> str:
    body = p.TitleRecorded(
        state="EST",
        authority="Invented court",
        ground="a period stands still",
        reference="order 7/26",
        valid_from_at=world.now,
        valid_until_at=world.now + DAY,
    )
    return world.take("record_title", body, by, case, **more)


def resume(world: World, case: str, paused: str, **more: datetime) -> None:
    body = p.TitleEnded(title=paused, ended_by="Invented court", reasons="the reason fell away")
    world.take("end_title", body, OFFICER, case, **more)


def test_a_paused_duty_stands_still_and_runs_on_when_it_is_resumed() -> None:
    (paused,) = clocks_of(PAUSED, BOTH)
    world = World()
    case, _ = offered(world)
    began = world.now
    world.wait(2 * HOUR)
    by_order = pause(world, case, OFFICER)
    world.wait(10 * HOUR)
    (found,) = running(world, case, paused)
    assert (found.runs, found.due_at, found.is_late(world.now)) == (Runs.PAUSED, world.now + 3 * HOUR, False)
    assert late(world, case, paused) == []
    resume(world, case, by_order)
    (found,) = running(world, case, paused)
    assert (found.runs, found.due_at) == (Runs.DUTY, began + 15 * HOUR)
    world.wait(3 * HOUR)
    assert len(late(world, case, paused)) == 1


def test_a_pause_counts_as_late_and_ends_as_early_as_its_entries_allow() -> None:
    (paused,) = clocks_of(PAUSED, BOTH)
    world = World()
    case, _ = offered(world)
    began = world.now
    world.wait(2 * HOUR)
    by_order = pause(world, case, OFFICER, occurred_at=began + HOUR)
    world.wait(2 * HOUR)
    resume(world, case, by_order, occurred_at=began + 3 * HOUR)
    (found,) = running(world, case, paused)
    assert found.due_at == began + 6 * HOUR


def test_nobody_pauses_a_duty_of_their_own() -> None:
    (paused,) = clocks_of(PAUSED, BOTH)
    bench = dataclasses.replace(paused, owner=type(paused.owner).BENCH)
    world = World()
    case, _ = offered(world)
    walk.claim(world, case)
    world.wait(HOUR)
    pause(world, case, RECEIVER)
    assert [each.runs for each in running(world, case, paused)] == [Runs.DUTY]
    assert [each.runs for each in running(world, case, bench)] == [Runs.PAUSED]
    resume(world, case, world.log[-1].id)
    pause(world, case, COURT)
    assert [each.runs for each in running(world, case, paused)] == [Runs.PAUSED]
    assert [each.runs for each in running(world, case, bench)] == [Runs.DUTY]


def test_a_pause_after_the_last_instant_heals_nothing() -> None:
    (paused,) = clocks_of(PAUSED, BOTH)
    world = World()
    case, _ = offered(world)
    world.wait(6 * HOUR)
    pause(world, case, OFFICER)
    assert [each.is_late(world.now) for each in running(world, case, paused)] == [True]
    assert len(late(world, case, paused)) == 1


def test_a_pause_that_was_over_before_the_duty_began_changes_nothing() -> None:
    (paused,) = clocks_of(PAUSED, BOTH)
    world = World()
    case = walk.propose(world)
    walk.decided(world, case)
    resume(world, case, pause(world, case, OFFICER))
    world.wait(HOUR)
    walk.departed(world, case)  # records a title of the receiving state's own word
    world.wait(2 * DAY)
    walk.offer(world, case)
    assert [each.due_at for each in running(world, case, paused)] == [world.now + 5 * HOUR]


@pytest.mark.parametrize("language", ["en", "es"])
def test_what_is_late_is_said_in_both_languages(language: str) -> None:
    world = World()
    case, _ = offered(world)
    world.wait(DAY)
    (found,) = late(world, case, dataclasses.replace(rule(), id="return"))
    said = say(found.message, language)
    assert {"en": "Return to the sending state: due by", "es": "Devolución al Estado remitente: vencía"}[
        language
    ] in said
    assert "{" not in said


def test_the_released_set_names_no_clock_twice() -> None:
    text = {"a.toml": INSTRUMENT + CLOCK}
    assert [each.id for each in parse_safeguards(text).clocks] == ["invented_answer"]
