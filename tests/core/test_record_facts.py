"""What the record of a case shows by itself: how the person came, who was told, how it ended, what is owed."""

from __future__ import annotations

import dataclasses
from zoneinfo import ZoneInfo

import pytest

from habeas.core.entries import claims as c
from habeas.core.entries import custody as held
from habeas.core.entries import institutions as i
from habeas.core.entries import oversight as o
from habeas.core.entries import procedure as p
from habeas.core.entries.asking import ConsularWishStated, ConsulTold
from habeas.core.entries.orders import ComplianceStepReported
from habeas.core.facts import CATALOGUE, Origin
from habeas.core.record_facts import case_facts
from habeas.core.rules import Type

from . import walk
from .world import BOOKING, COURT, DAY, ESCORT, HOUR, MONITOR, OFFICER, RECEIVER, START, World

NOT_KNOWN = walk.NOT_KNOWN


def shown(world: World, case: str) -> dict[str, object]:
    known = case_facts(world.case(case), world.context(), world.now).facts
    return {each.name: each.value for each in known if CATALOGUE[each.name].origin is Origin.RECORD}


def held_case() -> tuple[World, str]:
    world = World()
    return world, walk.held_case(world)


def some(found: dict[str, object], *names: str) -> tuple[object, ...]:
    return tuple(found.get(name, "not shown") for name in names)


def test_every_value_is_of_its_facts_type() -> None:
    world, case = held_case()
    of = {Type.BOOL: bool, Type.INT: int, Type.TEXT: str}
    found = shown(world, case)
    assert len(found) > 30
    for name, value in found.items():
        assert isinstance(value, of.get(CATALOGUE[name].type, object)), name


# --- the journey -------------------------------------------------------------------------------------


JOURNEY = ("travelled_on_manifest", "refused_at_door", "refused_person_is_back")


def test_who_came_as_they_should_was_on_the_manifest_and_signed_for_in_time() -> None:
    world, case = held_case()
    found = shown(world, case)
    assert some(found, *JOURNEY) == (True, False, False)
    assert found["admitted_at"] == found["handover_accepted_at"] == world.now
    assert found["handover_answer_due_at"] == world.now + world.periods.contested_after
    assert "arrested_at" not in found


def test_the_moment_of_arrest_is_the_one_of_the_admission_record() -> None:
    world = World()
    case = walk.propose(world)
    assert "travelled_on_manifest" not in shown(world, case)
    body = dataclasses.replace(walk.admission(), arrested_at=START - DAY)
    world.take("admit", body, BOOKING, case)
    assert some(shown(world, case), "arrested_at", "travelled_on_manifest") == (START - DAY, False)


def at_the_door() -> tuple[World, str]:
    world = World()
    case = walk.propose(world)
    walk.decided(world, case)
    walk.departed(world, case)
    world.take("report_arrival", held.Arrived(facility="tartu"), ESCORT, case)
    return world, case


def test_whoever_is_refused_is_not_back_before_the_return_is_on_record() -> None:
    world, case = at_the_door()
    offer = walk.offer(world, case)
    world.take("refuse_handover", held.HandoverRefused(offer=offer, reasons="no title"), BOOKING, case)
    assert some(shown(world, case), *JOURNEY) == (True, True, "not shown")
    world.wait(HOUR)
    world.take("report_return", held.Returned(place="Kumla"), OFFICER, case)
    assert some(shown(world, case), *JOURNEY) == (True, True, True)


def test_whoever_is_refused_and_then_seen_in_a_facility_is_elsewhere() -> None:
    world, case = at_the_door()
    world.take("report_refusal_at_door", held.RefusedAtDoor(reasons=NOT_KNOWN), BOOKING, case)
    world.wait(HOUR)
    seen = held.RollEntered(facility="tartu", sign=held.Sign.ROLL_CALL, seen_by=NOT_KNOWN)
    world.take("enter_roll", seen, BOOKING, case)
    assert some(shown(world, case), *JOURNEY) == (True, True, False)


def test_who_was_refused_and_then_taken_is_not_refused() -> None:
    world, case = at_the_door()
    offer = walk.offer(world, case)
    world.take("refuse_handover", held.HandoverRefused(offer=offer, reasons="one paper is missing"), BOOKING, case)
    world.take("report_arrival", held.Arrived(facility="tartu"), ESCORT, case)
    again = walk.offer(world, case)
    world.take("accept_handover", held.HandoverAccepted(offer=again), BOOKING, case)
    assert shown(world, case)["refused_at_door"] is False


def test_a_return_that_the_sending_state_will_not_sign_is_no_refusal_at_the_door() -> None:
    world, case = held_case()
    offer = walk.offer(world, case, by=RECEIVER, to="se-kv")
    world.take("refuse_handover", held.HandoverRefused(offer=offer, reasons="not today"), OFFICER, case)
    assert shown(world, case)["refused_at_door"] is False


def test_a_move_is_on_record_with_its_moment() -> None:
    world, case = held_case()
    assert some(shown(world, case), "moved_between_facilities", "moved_at") == (False, "not shown")
    world.wait(HOUR)
    world.take("move", held.Moved(facility="annex", reasons=NOT_KNOWN), BOOKING, case)
    assert some(shown(world, case), "moved_between_facilities", "moved_at") == (True, world.now)


# --- who was told, who came --------------------------------------------------------------------------


CONSUL = ("consul_to_be_told", "consular_wish_at", "consul_told", "consul_told_at")


def test_a_consul_counts_as_told_from_when_they_were_and_by_the_persons_last_word() -> None:
    world, case = held_case()
    assert some(shown(world, case), *CONSUL) == ("not shown", "not shown", False, "not shown")
    world.take("state_consular_wish", ConsularWishStated(consul_to_be_told=True, said_to="an officer"), BOOKING, case)
    wished_at = world.now
    world.wait(HOUR)
    told = ConsulTold(consulate="Invented consulate", told_how="by note")
    world.take("tell_consul", told, BOOKING, case)
    assert some(shown(world, case), *CONSUL) == (True, wished_at, True, world.now)
    world.take("state_consular_wish", ConsularWishStated(consul_to_be_told=False, said_to="an officer"), BOOKING, case)
    assert shown(world, case)["consul_to_be_told"] is False


def test_counsel_is_named_once_somebody_is() -> None:
    world, case = held_case()
    assert shown(world, case)["counsel_named"] is False
    world.take("name_counsel", c.CounselNamed(counsel="counsel-1", named_by=c.NamedBy.PERSON), OFFICER, case)
    assert shown(world, case)["counsel_named"] is True


VISITS = ("monitor_visit_refused", "monitor_spoke_alone")


def test_a_refused_visit_stays_one_until_it_is_made() -> None:
    world, case = held_case()
    assert some(shown(world, case), *VISITS) == ("not shown", "not shown")
    asked = o.VisitAsked(facility="tartu", visit_at=world.now + DAY, announced=True)
    visit = world.take("ask_visit", asked, MONITOR)
    assert some(shown(world, case), *VISITS) == (False, "not shown")
    world.take("refuse_visit", o.VisitRefused(visit=visit, refused_by="the governor", reasons="staff"), RECEIVER)
    assert some(shown(world, case), *VISITS) == (True, "not shown")
    world.take("report_visit", o.VisitMade(visit=visit, spoke_alone=True), MONITOR)
    assert some(shown(world, case), *VISITS) == (False, True)


def test_neither_state_reads_in_a_fact_of_a_visit_without_notice_before_its_time() -> None:
    world, case = held_case()
    asked = o.VisitAsked(facility="tartu", visit_at=world.now + DAY, announced=False)
    world.take("ask_visit", asked, MONITOR)
    assert shown(world, case).get("monitor_visit_refused") is None
    world.wait(DAY)
    assert shown(world, case)["monitor_visit_refused"] is False


def finding(sort: o.FindingSort, case: str | None = None) -> o.FindingFiled:
    return o.FindingFiled(
        sort=sort, agreement="se-ee-2025", facility="tartu", case=case, public_part="Invented.", names_nobody=True
    )


def test_a_finding_about_the_place_is_overdue_after_its_day_and_one_about_a_person_is_told_to_nobody() -> None:
    world, case = held_case()
    world.take("file_finding", finding(o.FindingSort.CONDITIONS), MONITOR)
    world.take("file_finding", finding(o.FindingSort.CONDITIONS, case), MONITOR)
    assert shown(world, case)["monitor_findings_overdue"] == 0
    world.wait(32 * DAY)
    assert shown(world, case)["monitor_findings_overdue"] == 1


def test_a_finding_of_ill_treatment_is_open_until_the_state_of_the_place_answers() -> None:
    world, case = held_case()
    filed = world.take("file_finding", finding(o.FindingSort.ILL_TREATMENT), MONITOR)
    assert shown(world, case)["ill_treatment_finding_open"] is True
    answer = o.FindingAnswered(finding=filed, answer="An inquiry was opened.", names_nobody=True)
    world.take("answer_finding", answer, RECEIVER)
    assert shown(world, case)["ill_treatment_finding_open"] is False


# --- the end, and what is owed -----------------------------------------------------------------------


RELEASE = ("released", "release_recorded_in_full", "released_at")


@pytest.mark.parametrize(("papers", "in_full"), [("passport", True), (NOT_KNOWN, False)])
def test_a_release_is_on_record_in_full_when_nothing_of_it_is_left_open(papers: object, in_full: bool) -> None:
    world, case = held_case()
    assert some(shown(world, case), *RELEASE) == (False, "not shown", "not shown")
    body = held.Released(place="the gate", handed_to="a brother", papers=papers)  # type: ignore[arg-type]
    world.take("report_release", body, BOOKING, case)
    assert some(shown(world, case), *RELEASE) == (True, in_full, world.now)


GRAVE = ("grave_event", "grave_event_at", "grave_event_reported")


def test_a_death_and_an_injury_are_grave_events_and_each_must_be_reported_outside() -> None:
    world, case = held_case()
    assert some(shown(world, case), *GRAVE) == (False, "not shown", "not shown")
    injury = held.Injured(injury="a broken arm", circumstances=NOT_KNOWN, reported_to="Invented prosecutor")
    world.take("report_injury", injury, BOOKING, case)
    assert some(shown(world, case), *GRAVE) == (True, world.now, True)
    world.wait(HOUR)
    death = held.Died(circumstances="in his cell", cause=NOT_KNOWN, investigated_by=NOT_KNOWN, remains=NOT_KNOWN)
    world.take("report_death", death, BOOKING, case)
    assert some(shown(world, case), *GRAVE) == (True, world.now, False)
    assert some(shown(world, case), "died", "death_recorded_in_full", "died_at") == (True, False, world.now)


def test_a_claim_is_overdue_after_its_time_and_its_remedy_after_its_own() -> None:
    world, case = held_case()
    owed = ("claims_overdue", "detention_found_unlawful", "remedy_overdue")
    assert some(shown(world, case), *owed) == (0, False, False)
    walk.claim(world, case)
    world.wait(14 * DAY)
    assert some(shown(world, case), *owed) == (1, False, False)
    walk.claim_upheld(world, case, c.Remedy.RELEASE)
    assert some(shown(world, case), *owed) == (1, True, False)
    world.wait(2 * DAY)
    assert some(shown(world, case), *owed) == (1, True, True)
    world.take(
        "report_release", held.Released(place="the gate", handed_to="a brother", papers="passport"), BOOKING, case
    )
    assert shown(world, case)["remedy_overdue"] is False


def test_the_record_must_be_kept_until_the_end_is_confirmed_and_nothing_is_open() -> None:
    world, case = held_case()
    assert shown(world, case)["record_must_be_kept"] is True
    walk.returned(world, case)
    assert shown(world, case)["record_must_be_kept"] is False
    walk.claim(world, case)
    assert shown(world, case)["record_must_be_kept"] is True


ORDERS = ("order_to_act_in_force", "order_steps_reported", "order_to_act_overdue")


def test_an_order_to_bring_somebody_back_is_overdue_until_they_are_back_whatever_steps_are_told() -> None:
    world, case = held_case()
    assert some(shown(world, case), *ORDERS) == (False, "not shown", False)
    body = i.StayOrderIssued(
        court="Invented court",
        reference="Ö 1-26",
        given=i.Given.WRITTEN,
        cases=(case,),
        must_be_done="bring him back",
        sort=i.OrderSort.RETURN,
        due_at=world.now + 3 * DAY,
    )
    order = world.take("issue_stay_order", body, COURT)
    assert some(shown(world, case), *ORDERS) == (True, False, False)
    step = ComplianceStepReported(order=order, done="a seat is booked", done_by="Invented officer")
    world.take("report_compliance_step", step, OFFICER, case)
    world.wait(3 * DAY)
    assert some(shown(world, case), *ORDERS) == (True, True, True)
    walk.returned(world, case)
    assert shown(world, case)["order_to_act_overdue"] is False


# --- what the law asks before the journey ------------------------------------------------------------


def test_the_sending_state_has_decided_while_its_decision_to_transfer_stands() -> None:
    world = World()
    case = walk.propose(world)
    assert "sending_state_decided" not in shown(world, case)
    walk.decided(world, case)
    assert shown(world, case)["sending_state_decided"] is True
    walk.object_and_review(world, case, p.Upheld.UPHELD)
    assert shown(world, case)["sending_state_decided"] is False


def test_a_stay_begins_on_the_local_day_of_the_arrival() -> None:
    world, case = at_the_door()
    arrived_on = world.now.astimezone(ZoneInfo("Europe/Tallinn")).date()
    assert shown(world, case)["stay_began_on"] == arrived_on
    assert "stay_began_on" not in shown(world, walk.propose(world))


@pytest.mark.parametrize(("children", "recorded"), [("Two, with their mother", True), (NOT_KNOWN, "not shown")])
def test_what_is_known_of_children_is_recorded_on_admission_or_not_shown(children: object, recorded: object) -> None:
    world = World()
    case = walk.propose(world)
    assert "children_recorded" not in shown(world, case)
    world.take("admit", dataclasses.replace(walk.admission(), children=children), BOOKING, case)  # type: ignore[arg-type]
    assert some(shown(world, case), "children_recorded") == (recorded,)
