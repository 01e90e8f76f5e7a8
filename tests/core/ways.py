"""The ways of a case, each to its stage, and what `decide` answers there: for tests of when an act may be done."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import date

from habeas.core.commands import Command, Refusal, Taken, decide
from habeas.core.entries import Actor, Body, Role, specs
from habeas.core.entries import custody as held
from habeas.core.entries import institutions as i
from habeas.core.entries import procedure as p
from habeas.core.messages import Message
from habeas.core.procedure import Stage

from . import walk
from .world import BOOKING, DAY, DECIDER, OFFICER, PERIODS, RECEIVER, RECEIVING, World, actor

MANAGER = actor(Role.ACCOUNT_MANAGER, RECEIVING)
UNKNOWN = walk.NOT_KNOWN


def asked(world: World, act: str, body: Body, by: Actor, case: str | None = None, **context: object) -> Taken | Refusal:
    """What `decide` answers now, in a context that differs from the world's by `context`."""
    folded = world.case(case) if case else None
    command = Command(act=act, body=body, occurred_at=world.now, actor=by)
    return decide(folded, command, dataclasses.replace(world.context(folded), **context), world.now)


def reasons(answer: Taken | Refusal) -> tuple[Message, ...]:
    assert isinstance(answer, Refusal), answer
    return answer.reasons


def codes(world: World, act: str, body: Body, by: Actor, case: str) -> list[str]:
    """The codes of every reason, in order, each as often as it is given."""
    return [each.code for each in reasons(asked(world, act, body, by, case))]


def unannounced() -> held.ArrivedUnannounced:
    left_open = {each.name: UNKNOWN for each in specs(held.ArrivedUnannounced) if each.unstated}
    return held.ArrivedUnannounced(agreement="se-ee-2025", facility="tartu", **left_open)  # type: ignore[arg-type]


def manifest(world: World) -> held.Manifested:
    return held.Manifested(manifest="M-1", departs_at=world.now + DAY, departs_from="Kumla", escort="Invented escort")


def objection(world: World, case: str) -> str:
    body = p.ObjectionRaised(raised_by=p.Voice.PERSON, grounds="my children visit me here")
    return world.take("raise_objection", body, OFFICER, case)


def served(language: str = "nb", interpreter: str | None = None) -> p.DecisionServed:
    return p.DecisionServed(language=language, served_by="Invented officer", interpreter=interpreter)


def fact(value: str = "NOR", name: str = "nationalities") -> p.FactRecorded:
    return p.FactRecorded(
        name=name, value=value, as_of_on=date(2026, 8, 25), stated_by="Invented officer", standing=p.Standing.STATED
    )


def order(**changes: object) -> i.StayOrderIssued:
    values = {"court": "Invented court", "reference": "T 1-26", "given": i.Given.WRITTEN, "must_be_done": "Keep him."}
    return i.StayOrderIssued(**{**values, **changes})  # type: ignore[arg-type]


def ready_to_decide(world: World) -> str:
    case = walk.propose(world)
    walk.title(world, case, "SWE", by=OFFICER)
    walk.state_facts(world, case)
    walk.notice(world, case)
    world.wait(PERIODS.objection)
    return case


def decided_to_transfer(world: World) -> str:
    case = ready_to_decide(world)
    world.take("decide", walk.decision(), DECIDER, case)
    return case


def ready_to_accept(world: World) -> str:
    case = walk.propose(world)
    walk.decided(world, case)
    return case


def on_manifest(world: World) -> str:
    case = ready_to_accept(world)
    world.take("accept_transfer", p.TransferAccepted(), RECEIVER, case)
    walk.title(world, case, "EST", by=RECEIVER)
    world.take("put_on_manifest", manifest(world), OFFICER, case)
    return case


def in_transit(world: World) -> str:
    case = ready_to_accept(world)
    walk.departed(world, case)
    return case


def offered(world: World) -> str:
    case = in_transit(world)
    walk.offer(world, case)
    return case


def refused_at_door(world: World) -> str:
    case = in_transit(world)
    body = held.HandoverRefused(offer=walk.offer(world, case), reasons="no interpreter came along")
    world.take("refuse_handover", body, BOOKING, case)
    return case


def objected(world: World) -> str:
    case = walk.propose(world)
    walk.notice(world, case)
    objection(world, case)
    return case


def noticed(world: World) -> str:
    case = walk.propose(world)
    walk.notice(world, case)
    return case


def contested_period(world: World) -> str:
    case = decided_to_transfer(world)
    world.take("serve_decision", served(), OFFICER, case)
    return case


def declined(world: World) -> str:
    case = ready_to_accept(world)
    world.take("decline_transfer", p.TransferDeclined(reasons="no place"), RECEIVER, case)
    return case


def escaped(world: World) -> str:
    case = walk.held_case(world)
    world.take("report_escape", held.Escaped(circumstances=UNKNOWN), BOOKING, case)
    return case


def return_due(world: World) -> str:
    case = walk.held_case(world)
    body = held.ReturnDue(due_at=world.now + 5 * DAY, because="the sentence ends", ordered_by="Invented officer")
    world.take("set_return_due", body, OFFICER, case)
    return case


def returned(world: World) -> str:
    case = walk.held_case(world)
    walk.returned(world, case)
    return case


def unannounced_case(world: World) -> str:
    world.take("report_unannounced_arrival", unannounced(), BOOKING)
    return world.log[-1].stream


WAYS: dict[Stage, Callable[[World], str]] = {
    Stage.PROPOSED: walk.propose,
    Stage.NOTICE_SERVED: noticed,
    Stage.OBJECTION_OPEN: objected,
    Stage.READY_TO_DECIDE: ready_to_decide,
    Stage.DECIDED: decided_to_transfer,
    Stage.CONTEST_PERIOD: contested_period,
    Stage.READY_TO_ACCEPT: ready_to_accept,
    Stage.DECLINED: declined,
    Stage.ON_MANIFEST: on_manifest,
    Stage.IN_TRANSIT: in_transit,
    Stage.OFFERED: offered,
    Stage.REFUSED_AT_DOOR: refused_at_door,
    Stage.HELD: walk.held_case,
    Stage.RETURN_DUE: return_due,
    Stage.AT_LARGE: escaped,
    Stage.ENDED: returned,
}


def codes_or_none(world: World, act: str, body: Body, by: Actor, case: str) -> list[str]:
    """The codes of every reason; none when the act is taken."""
    answer = asked(world, act, body, by, case)
    return [each.code for each in answer.reasons] if isinstance(answer, Refusal) else []
