"""Acceptance, manifest, departure, handover and end: each duty refuses by name, with every reason at once."""

from __future__ import annotations

import dataclasses

import pytest

from habeas.core.commands import Command, Refusal, Taken, decide
from habeas.core.entries import Actor, Body
from habeas.core.entries import custody as held
from habeas.core.entries import procedure as p
from habeas.core.messages import Message, Parameter
from habeas.core.permissions import ACTS
from habeas.core.policies import Question, reasons_against
from habeas.core.procedure import Stage, stage

from . import walk
from .ways import (
    UNKNOWN,
    WAYS,
    asked,
    codes,
    codes_or_none,
    manifest,
    offered,
    on_manifest,
    ready_to_accept,
    reasons,
    refused_at_door,
    returned,
)
from .world import BOOKING, DECIDER, ESCORT, HOUR, MONITOR, OFFICER, PERIODS, RECEIVER, RECEIVING, SENDING, TARTU, World


def test_nobody_is_listed_for_a_journey_before_the_receiving_state_agreed() -> None:
    world = World()
    case = ready_to_accept(world)
    assert "policy.not_accepted" in codes(world, "put_on_manifest", manifest(world), OFFICER, case)
    world.take("accept_transfer", p.TransferAccepted(), RECEIVER, case)
    walk.title(world, case, "EST", by=RECEIVER)
    assert isinstance(asked(world, "put_on_manifest", manifest(world), OFFICER, case), Taken)
    world.take("decline_transfer", p.TransferDeclined(reasons="no place"), RECEIVER, case)
    assert "policy.not_accepted" in codes(world, "put_on_manifest", manifest(world), OFFICER, case)


@pytest.mark.parametrize(
    ("on_roll", "promised", "full"), [(43, 1, False), (44, 1, True), (50, 1, True), (40, 4, False), (40, 5, True)]
)
def test_a_full_facility_takes_nobody(on_roll: int, promised: int, full: bool) -> None:
    """Of the places promised one is their own: they stand on a manifest already."""
    world = World()
    case = on_manifest(world)
    facilities = {TARTU.code: dataclasses.replace(TARTU, on_roll=on_roll, promised=promised)}
    answer = asked(world, "put_on_manifest", manifest(world), OFFICER, case, facilities=facilities)
    counted: dict[str, Parameter] = {"held": on_roll, "promised": promised - 1, "places": 44}
    expected = Message("policy.no_place", {"facility": TARTU.name, **counted})
    given = answer.reasons if isinstance(answer, Refusal) else ()
    assert [each for each in given if each.code == "policy.no_place"] == ([expected] if full else [])


def test_a_place_promised_to_one_is_not_promised_to_another() -> None:
    world = World()
    cases = [walk.propose(world), walk.propose(world)]
    for case in cases:
        walk.decided(world, case)
        world.take("accept_transfer", p.TransferAccepted(), RECEIVER, case)
        walk.title(world, case, "EST", by=RECEIVER)
    world.take("put_on_manifest", manifest(world), OFFICER, cases[0])
    facility = world.context().facilities["tartu"]
    assert (facility.on_roll, facility.promised) == (0, 1)
    small = {TARTU.code: dataclasses.replace(facility, working_capacity=1)}
    answer = asked(world, "put_on_manifest", manifest(world), OFFICER, cases[1], facilities=small)
    assert [each.code for each in reasons(answer)] == ["policy.no_place"]


def test_a_place_is_kept_only_in_a_certified_facility() -> None:
    world = World()
    case = on_manifest(world)
    answer = asked(world, "put_on_manifest", manifest(world), OFFICER, case, facilities={})
    assert Message("policy.unknown_facility", {"facility": "tartu"}) in reasons(answer)


def test_a_departure_is_permitted_only_to_somebody_on_the_manifest() -> None:
    world = World()
    case = on_manifest(world)
    permit = held.DeparturePermitted(fit_to_travel="fit, seen today")
    assert isinstance(asked(world, "permit_departure", permit, OFFICER, case), Taken)
    listed = world.case(case).last(held.Manifested)
    assert listed is not None
    world.take("take_off_manifest", held.TakenOffManifest(manifested=listed.id, reasons="ill"), OFFICER, case)
    assert codes(world, "permit_departure", permit, OFFICER, case) == ["policy.not_on_manifest"]


def test_an_offer_without_a_permitted_departure_names_every_missing_step() -> None:
    world = World()
    case = walk.propose(world)
    body = held.HandoverOffered(to_party=RECEIVING, place="at the gate", fitness="fit")
    answer = reasons(asked(world, "offer_handover", body, OFFICER, case))
    steps = ("notice", "decision", "decision_served", "contest_period", "acceptance", "manifest")
    assert answer[:-1] == (
        Message("policy.departure_not_permitted", {}),
        *(Message("policy.step_missing", {"step": f"step.{each}"}) for each in steps),
    )
    assert answer[-1].code == "policy.barred"


def test_only_who_holds_the_person_offers_them_and_only_to_the_other_side() -> None:
    world = World()
    case = walk.held_case(world)
    to_us = held.HandoverOffered(to_party=SENDING, place="at the gate", fitness="fit")
    assert reasons(asked(world, "offer_handover", to_us, OFFICER, case)) == (
        Message("policy.not_yours_to_offer", {"answers": "Receiving authority"}),
        Message("policy.offer_to_other_side", {}),
    )
    assert asked(world, "offer_handover", to_us, RECEIVER, case) == Taken(bodies=(to_us,))
    elsewhere = dataclasses.replace(to_us, to_party="xx-third")
    assert "policy.offer_to_other_side" in codes(world, "offer_handover", elsewhere, RECEIVER, case)


def test_an_answer_comes_after_its_offer_and_once() -> None:
    world = World()
    case = offered(world)
    offer = world.log[-1]
    accept = held.HandoverAccepted(offer=offer.id)
    command = Command(act="accept_handover", body=accept, occurred_at=offer.occurred_at - HOUR, actor=BOOKING)
    early = decide(world.case(case), command, world.context(), world.now)
    assert reasons(early) == (Message("policy.before_offer", {"offered_at": offer.occurred_at}),)
    world.take("accept_handover", accept, BOOKING, case)
    world.wait(HOUR)
    refuse = held.HandoverRefused(offer=offer.id, reasons="we changed our mind")
    assert codes(world, "refuse_handover", refuse, BOOKING, case) == ["policy.offer_answered"]


def test_an_offer_that_was_never_made_is_missing_once() -> None:
    world = World()
    case = offered(world)
    question = Question(
        act=ACTS["accept_handover"],
        body=held.HandoverAccepted(offer="entry-999"),
        actor=BOOKING,
        occurred_at=world.now,
        case=world.case(case),
        context=world.context(),
        at=world.now,
    )
    no_such = Message("policy.no_such_entry", {"field": "entry.handover_accepted.offer"})
    assert reasons_against(question) == (no_such,)


@pytest.mark.parametrize("reached", [Stage.IN_TRANSIT, Stage.HELD, Stage.REFUSED_AT_DOOR])
def test_a_proposal_is_not_withdrawn_once_the_person_has_left(reached: Stage) -> None:
    world = World()
    case = WAYS[reached](world)
    body = p.ProposalWithdrawn(reasons="He does not want to go any more.")
    assert codes(world, "withdraw_proposal", body, OFFICER, case) == ["policy.already_left"]


def test_a_proposal_is_withdrawn_with_reasons_while_the_person_is_here() -> None:
    world = World()
    case = on_manifest(world)
    short = p.ProposalWithdrawn(reasons="no more")
    assert codes(world, "withdraw_proposal", short, OFFICER, case) == ["policy.reasons_too_short"]
    world.take("withdraw_proposal", p.ProposalWithdrawn(reasons="He does not want to go any more."), OFFICER, case)
    assert stage(world.case(case), world.now, PERIODS) is Stage.ENDED


@pytest.mark.parametrize(
    ("act", "body", "by"),
    [
        (
            "serve_notice",
            p.NoticeServed(language="nb", facts_relied_on="sentence", served_by="Invented officer"),
            OFFICER,
        ),
        ("decide", walk.decision(), DECIDER),
        ("accept_transfer", p.TransferAccepted(), RECEIVER),
        ("decline_transfer", p.TransferDeclined(reasons="no place"), RECEIVER),
        ("withdraw_proposal", p.ProposalWithdrawn(reasons="He does not want to go any more."), OFFICER),
        ("put_on_manifest", manifest(World()), OFFICER),
        ("permit_departure", held.DeparturePermitted(fit_to_travel="fit"), OFFICER),
        ("offer_handover", held.HandoverOffered(to_party=RECEIVING, place="gate", fitness="fit"), OFFICER),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_nothing_outward_is_done_in_a_case_that_has_ended(act: str, body: Body, by: Actor) -> None:
    world = World()
    case = returned(world)
    assert codes(world, act, body, by, case)[0] == "policy.case_ended"


def test_an_end_is_confirmed_by_another_party_and_by_its_own_entry() -> None:
    world = World()
    case = walk.held_case(world)
    free = held.Released(place=UNKNOWN, handed_to=UNKNOWN, papers=UNKNOWN)
    ended = world.take("report_release", free, BOOKING, case)
    confirm = held.EndConfirmed(ended=ended, how_known="met him in town")
    elsewhere = dataclasses.replace(confirm, ended=world.case(case).opening.id)
    assert codes(world, "confirm_end", confirm, RECEIVER, case) == ["policy.confirmed_by_another"]
    assert reasons(asked(world, "confirm_end", elsewhere, MONITOR, case)) == (
        Message("policy.no_such_entry", {"field": "entry.end_confirmed.ended"}),
    )
    assert asked(world, "confirm_end", confirm, MONITOR, case) == Taken(bodies=(confirm,))


def test_what_has_not_ended_is_not_confirmed() -> None:
    world = World()
    case = walk.held_case(world)
    confirm = held.EndConfirmed(ended=world.log[-1].id, how_known="met him in town")
    assert codes(world, "confirm_end", confirm, MONITOR, case) == ["policy.no_such_entry"]


def test_a_second_offer_waits_for_the_answer_to_the_first() -> None:
    world = World()
    case = offered(world)
    body = held.HandoverOffered(to_party=RECEIVING, place="at the gate", fitness="fit")
    assert codes(world, "offer_handover", body, ESCORT, case) == ["policy.offer_open"]
    refusal = held.HandoverRefused(offer=world.log[-1].id, reasons="no interpreter")
    world.take("refuse_handover", refusal, BOOKING, case)
    assert "policy.offer_open" not in codes_or_none(world, "offer_handover", body, ESCORT, case)


@pytest.mark.parametrize("reached", [Stage.IN_TRANSIT, Stage.OFFERED, Stage.HELD, Stage.RETURN_DUE, Stage.AT_LARGE])
def test_a_permission_after_the_fact_makes_nothing_lawful(reached: Stage) -> None:
    world = World()
    case = WAYS[reached](world)
    permit = held.DeparturePermitted(fit_to_travel="fit, seen today")
    for act, body, by in (
        ("decide", walk.decision(), DECIDER),
        ("accept_transfer", p.TransferAccepted(), RECEIVER),
        ("put_on_manifest", manifest(world), OFFICER),
        ("permit_departure", permit, OFFICER),
    ):
        assert codes(world, act, body, by, case) == ["policy.after_the_fact"], act
    world.take("decide", walk.decision(p.Outcome.NO_TRANSFER), DECIDER, case)


def test_a_person_who_was_only_reported_abroad_gets_no_permission_afterwards() -> None:
    world = World()
    case = ready_to_accept(world)
    world.take("admit", walk.admission(), BOOKING, case)
    assert codes(world, "accept_transfer", p.TransferAccepted(), RECEIVER, case) == ["policy.after_the_fact"]


def test_whoever_was_refused_at_the_door_can_be_permitted_to_go_again() -> None:
    world = World()
    case = refused_at_door(world)
    world.take("accept_transfer", p.TransferAccepted(), RECEIVER, case)
    world.take("put_on_manifest", manifest(world), OFFICER, case)
    world.take("permit_departure", held.DeparturePermitted(fit_to_travel="fit, seen today"), OFFICER, case)


def test_whoever_is_back_in_the_sending_states_hands_can_be_permitted_to_go_again() -> None:
    world = World()
    case = walk.held_case(world)
    offered = walk.offer(world, case, by=RECEIVER, to=SENDING)
    world.take("accept_handover", held.HandoverAccepted(offer=offered), OFFICER, case)
    world.take("put_on_manifest", manifest(world), OFFICER, case)
