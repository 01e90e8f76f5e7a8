"""When courts, facilities and parties may do what is theirs."""

from __future__ import annotations

import dataclasses
from decimal import Decimal

import pytest

from habeas.core.commands import Refusal, Taken
from habeas.core.context import UNLISTED
from habeas.core.entries import Role, specs
from habeas.core.entries import institutions as i
from habeas.core.messages import Message

from .ways import MANAGER, asked, order, reasons
from .world import BENCH, COURT, RECEIVER, RECEIVING, SENDING, TARTU, WATCH, World, actor


def test_an_order_names_somebody_or_describes_them() -> None:
    assert reasons(asked(World(), "issue_stay_order", order(), COURT)) == (Message("policy.order_for_nobody", {}),)


@pytest.mark.parametrize("described", [{"cases": ("case-0",)}, {"class_described": "all who are ill"}])
def test_an_order_needs_no_condition(described: dict[str, object]) -> None:
    body = order(**described)
    assert asked(World(), "issue_stay_order", body, COURT) == Taken(bodies=(body,))


def test_a_condition_that_the_rules_can_not_read_is_refused() -> None:
    body = order(class_condition="membership is true")
    (reason,) = reasons(asked(World(), "issue_stay_order", body, COURT))
    assert reason.code == "rule.unknown_fact"


def certificate(**changes: object) -> i.FacilityCertified:
    values = {each.name: getattr(TARTU, each.name, "tartu") for each in specs(i.FacilityCertified)}
    return i.FacilityCertified(**{**values, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "taken"),
    [
        ({}, True),
        ({"working_capacity": 48}, True),
        ({"working_capacity": 49}, False),
        ({"living_space_m2": Decimal("0.0")}, False),
        ({"living_space_m2": Decimal("-1.0")}, False),
    ],
)
def test_a_certificate_gives_capacities_that_can_be(changes: dict[str, object], taken: bool) -> None:
    body = certificate(**changes)
    answer = asked(World(), "certify_facility", body, RECEIVER)
    assert answer == Taken(bodies=(body,)) if taken else reasons(answer) == (Message("policy.capacities", {}),)


def test_the_word_for_a_place_that_is_on_no_list_is_no_facility() -> None:
    answer = asked(World(), "certify_facility", certificate(facility=UNLISTED), RECEIVER)
    assert reasons(answer) == (Message("policy.unlisted_certified", {}),)


def test_a_party_lets_in_its_own_people() -> None:
    for role in (Role.RECEIVING_OFFICER, Role.BOOKING_OFFICER):
        body = i.AccountInvited(account="new-1", party=RECEIVING, role=role)
        assert asked(World(), "invite_account", body, MANAGER) == Taken(bodies=(body,))
        elsewhere = dataclasses.replace(body, party=SENDING)
        refused = asked(World(), "invite_account", elsewhere, MANAGER)
        assert reasons(refused) == (Message("policy.own_party", {}),)


SENDERS = {Role.SENDING_OFFICER, Role.SENDING_DECIDER, Role.ESCORT}
RECEIVERS = {Role.RECEIVING_OFFICER, Role.BOOKING_OFFICER}
NEITHER = {Role.REVIEWER, Role.COURT, Role.COUNSEL, Role.MONITOR, Role.AUDITOR}


@pytest.mark.parametrize(
    ("party", "given"),
    [(SENDING, SENDERS), (RECEIVING, RECEIVERS), (BENCH, NEITHER), (WATCH, NEITHER), ("xx-unknown", set())],
)
def test_a_party_gives_only_the_roles_of_its_kind_and_no_state_makes_a_court(party: str, given: set[Role]) -> None:
    manager = actor(Role.ACCOUNT_MANAGER, party)
    for role in Role:
        body = i.AccountInvited(account="new-1", party=party, role=role)
        refused = Refusal(reasons=(Message("policy.role_not_given", {"role": f"role.{role.value}"}),))
        expected = Taken(bodies=(body,)) if role in given else refused
        assert asked(World(), "invite_account", body, manager) == expected


def test_an_order_is_lifted_by_the_court_that_issued_it() -> None:
    world = World()
    stay = world.take("issue_stay_order", order(class_described="everybody"), COURT)
    lift = i.StayOrderLifted(order=stay, reasons="heard")
    another = actor(Role.COURT, "xx-court")
    assert world.refused("lift_stay_order", lift, another) == {"policy.not_your_order"}
    nothing = dataclasses.replace(lift, order="entry-999")
    assert world.refused("lift_stay_order", nothing, COURT) == {"policy.not_your_order"}
    world.take("lift_stay_order", lift, COURT)
