"""When an act may be done: each duty refuses by name, with every reason at once; a fact is never refused."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from habeas import agreements
from habeas.core.acts import ACTS, Act, Sort, act_of
from habeas.core.commands import Command, Refusal, Taken, available, decide
from habeas.core.entries import Actor, Body, Role, specs
from habeas.core.entries import custody as held
from habeas.core.entries import institutions as i
from habeas.core.entries import procedure as p
from habeas.core.messages import Message, Parameter
from habeas.core.policies import Question, reasons_against
from habeas.core.procedure import Stage, stage
from habeas.core.terms import parse_agreement

from . import walk
from .facts import LAWFUL
from .world import (
    BENCH,
    BOOKING,
    COURT,
    DAY,
    DECIDER,
    ESCORT,
    HOUR,
    MONITOR,
    OFFICER,
    PERIODS,
    RECEIVER,
    RECEIVING,
    REVIEWER,
    SENDING,
    START,
    TARTU,
    WATCH,
    World,
    actor,
)

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


# --- the ways of a case, each to its stage --------------------------------------------------------


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


# --- a fact can't be refused ----------------------------------------------------------------------


def report(act: Act, world: World, case: str) -> Body:
    """A body of this report with everything left open that may be."""
    body: type = act.body
    stated = {
        "facility": "tartu",
        "agreement": "se-ee-2025",
        "outward": True,
        "sign": held.Sign.ROLL_CALL,
        "absence": held.Absence.HOSPITAL,
        "asserted": p.Asserted.FEAR,
        "words": "they will hurt me there",
        "raised_by": p.Voice.PERSON,
        "contested_by": p.Voice.PERSON,
        "grounds": "it is wrong",
    }
    values: dict[str, object] = {}
    for each in specs(body):
        if each.unstated:
            values[each.name] = UNKNOWN
        elif each.refers == "FactRecorded":
            values[each.name] = world.take("record_fact", fact(), OFFICER, case)
        elif not each.optional:
            values[each.name] = stated[each.name]
    return body(**values)


OF_A_SIDE = {
    Role.SENDING_OFFICER: OFFICER,
    Role.SENDING_DECIDER: DECIDER,
    Role.ESCORT: ESCORT,
    Role.RECEIVING_OFFICER: RECEIVER,
    Role.BOOKING_OFFICER: BOOKING,
    Role.MONITOR: MONITOR,
}
REPORTS = [each for each in ACTS.values() if each.sort is Sort.REPORT and not each.opens_case]


@pytest.mark.parametrize("reached", WAYS, ids=str)
def test_a_report_is_never_refused_for_want_of_a_permission(reached: Stage) -> None:
    world = World()
    case = WAYS[reached](world)
    world.wait(HOUR)
    assert stage(world.case(case), world.now, PERIODS) is reached
    for act in REPORTS:
        for role in sorted(act.roles & OF_A_SIDE.keys()):
            body = report(act, world, case)
            assert asked(world, act.name, body, OF_A_SIDE[role], case) == Taken(bodies=(body,)), (act.name, role)


def test_a_report_of_somebody_at_the_door_opens_a_case_below_the_floor_too() -> None:
    weak = parse_agreement(agreements.read("us-sv-2025"), "us-sv-2025.toml")
    answer = asked(World(), "report_unannounced_arrival", unannounced(), BOOKING, agreement=weak, facilities={})
    opened = dataclasses.replace(unannounced(), sending=SENDING, receiving=RECEIVING)
    assert answer == Taken(bodies=(opened,))


def test_the_journey_before_somebody_arrived_unannounced_can_still_be_reported() -> None:
    world = World()
    case = unannounced_case(world)
    journey = held.Departed(departed_from="Kumla", destination="Tartu", means="aircraft", outward=True)
    world.take("report_departure", journey, OFFICER, case, occurred_at=START - 5 * HOUR)
    assert world.case(case).all(held.Departed)[0].occurred_at == START - 5 * HOUR


@pytest.mark.parametrize(
    "act", ["report_return", "report_release", "report_transfer_on", "report_death", "report_escape"]
)
def test_an_end_before_its_start_is_impossible(act: str) -> None:
    world = World()
    case = walk.held_case(world)
    body = report(ACTS[act], world, case)
    by = BOOKING if Role.BOOKING_OFFICER in ACTS[act].roles else OFFICER
    command = Command(act=act, body=body, occurred_at=START - HOUR, actor=by)
    answer = decide(world.case(case), command, world.context(), world.now)
    assert reasons(answer) == (Message("policy.before_start", {"started_at": START}),)


@pytest.mark.parametrize("act", REPORTS, ids=lambda each: each.name)
def test_no_report_is_of_the_future(act: Act) -> None:
    world = World()
    case = walk.held_case(world)
    body = report(act, world, case)
    by = OF_A_SIDE[min(act.roles & OF_A_SIDE.keys())]
    later = world.now + timedelta(microseconds=1)
    command = Command(act=act.name, body=body, occurred_at=later, actor=by)
    answer = decide(world.case(case), command, world.context(), world.now)
    assert reasons(answer) == (Message("policy.future", {"at": world.now}),)


# --- what must be said, and of what ---------------------------------------------------------------


@pytest.mark.parametrize("blank", ["", " ", "\t\n"])
def test_a_blank_answer_is_none(blank: str) -> None:
    world = World()
    case = walk.propose(world)
    body = p.AllegationRecorded(allegation=blank, alleged_by=blank)
    fields = ("entry.allegation_recorded.allegation", "entry.allegation_recorded.alleged_by")
    assert reasons(asked(world, "record_allegation", body, OFFICER, case)) == tuple(
        Message("policy.blank", {"field": each}) for each in fields
    )


def test_what_need_not_be_answered_may_be_blank() -> None:
    world = World()
    case = walk.propose(world)
    body = p.AllegationRecorded(allegation="said to be a courier", alleged_by="police of Invented", answer="")
    assert asked(world, "record_allegation", body, OFFICER, case) == Taken(bodies=(body,))


def references(world: World) -> dict[str, tuple[str, Body, Actor]]:
    """An act for each kind of reference, pointing at the given entry."""
    return {
        "entry.fact_verified.fact": ("verify_fact", p.FactVerified(fact="", how="seen"), REVIEWER),
        "entry.fact_contested.fact": (
            "contest_fact",
            p.FactContested(fact="", contested_by=p.Voice.PERSON, grounds="wrong"),
            MONITOR,
        ),
        "entry.fact_reviewed.contest": (
            "review_fact",
            p.FactReviewed(contest="", outcome=p.Upheld.REJECTED, reasons="heard"),
            REVIEWER,
        ),
        "entry.assertion_decided.assertion": (
            "decide_assertion",
            p.AssertionDecided(assertion="", authority="Board", law="s. 1", outcome=p.Upheld.REJECTED, reasons="heard"),
            REVIEWER,
        ),
        "entry.title_ended.title": (
            "end_title",
            p.TitleEnded(title="", ended_by="Invented court", reasons="quashed"),
            OFFICER,
        ),
        "entry.objection_reviewed.objection": (
            "review_objection",
            p.ObjectionReviewed(objection="", outcome=p.Upheld.REJECTED, reasons="heard"),
            REVIEWER,
        ),
        "entry.taken_off_manifest.manifested": (
            "take_off_manifest",
            held.TakenOffManifest(manifested="", reasons="ill"),
            OFFICER,
        ),
    }


@pytest.mark.parametrize("field", references(World()))
@pytest.mark.parametrize("where", ["of another kind", "of another case", "nowhere"])
def test_a_reference_is_to_an_entry_of_its_kind_in_this_case(field: str, where: str) -> None:
    world = World()
    other = on_manifest(world)
    case = objected(world)
    assert len(world.case(other).all(held.Manifested)) == 1
    act, body, by = references(world)[field]
    name = field.rsplit(".", 1)[1]
    refers = next(each.refers for each in specs(type(body)) if each.name == name)
    kinds = {type(each.body).__name__: each.id for each in world.case(other).entries}
    target = {
        "of another kind": world.case(case).opening.id,
        "of another case": kinds.get(refers or "", world.case(other).opening.id),
        "nowhere": "entry-999",
    }[where]
    answer = asked(world, act, dataclasses.replace(body, **{name: target}), by, case)  # type: ignore[type-var]
    assert reasons(answer) == (Message("policy.no_such_entry", {"field": field}),)


def test_each_piece_of_evidence_must_be_one() -> None:
    world = World()
    case = walk.propose(world)
    body = dataclasses.replace(fact(), evidence=("entry-0", "entry-999"))
    no_such = Message("policy.no_such_entry", {"field": "entry.fact_recorded.evidence"})
    assert reasons(asked(world, "record_fact", body, OFFICER, case)) == (no_such, no_such)


def test_an_act_takes_only_its_own_body() -> None:
    world = World()
    case = walk.propose(world)
    with pytest.raises(TypeError, match="propose takes Proposed"):
        asked(world, "propose", walk.decision(), OFFICER)
    with pytest.raises(KeyError):
        asked(world, "enlarge", walk.decision(), OFFICER, case)


def test_an_act_on_a_case_needs_one() -> None:
    with pytest.raises(ValueError, match="accept_transfer is done to a case"):
        asked(World(), "accept_transfer", p.TransferAccepted(), RECEIVER)


def test_every_body_but_the_systems_own_has_one_act() -> None:
    assert [act_of(each.body) for each in ACTS.values()] == list(ACTS.values())
    assert act_of(p.Screened) is None


def tried(world: World, case: str) -> dict[str, tuple[Body, Actor]]:
    """Every permission on a case and the records that have their time, each with the least that can be said."""
    offers = world.case(case).all(held.HandoverOffered)
    offered = offers[-1].id if offers else ""
    return {
        "decide": (walk.decision(p.Outcome.NO_TRANSFER), DECIDER),
        "accept_transfer": (p.TransferAccepted(), RECEIVER),
        "put_on_manifest": (manifest(world), OFFICER),
        "permit_departure": (held.DeparturePermitted(fit_to_travel="fit, seen today"), OFFICER),
        "offer_handover": (held.HandoverOffered(to_party=RECEIVING, place="at the gate", fitness="fit"), ESCORT),
        "accept_handover": (held.HandoverAccepted(offer=offered), BOOKING),
        "serve_notice": (p.NoticeServed(language="nb", facts_relied_on="all", served_by="Invented officer"), OFFICER),
        "serve_decision": (served(), OFFICER),
        "decline_transfer": (p.TransferDeclined(reasons="no place"), RECEIVER),
        "withdraw_proposal": (p.ProposalWithdrawn(reasons="the cell he asked for is taken"), OFFICER),
    }


_LISTED = {"decide", "accept_transfer", "put_on_manifest", "permit_departure"}
STEPS: dict[Stage, set[str]] = {
    Stage.PROPOSED: set(),
    Stage.NOTICE_SERVED: set(),
    Stage.OBJECTION_OPEN: set(),
    Stage.READY_TO_DECIDE: {"decide"},
    Stage.DECIDED: {"decide"},
    Stage.CONTEST_PERIOD: {"decide"},
    Stage.READY_TO_ACCEPT: {"decide", "accept_transfer"},
    Stage.DECLINED: {"decide", "accept_transfer"},
    Stage.ON_MANIFEST: _LISTED,
    Stage.IN_TRANSIT: {*_LISTED, "offer_handover"},
    Stage.OFFERED: {*_LISTED, "accept_handover"},
    Stage.REFUSED_AT_DOOR: {*_LISTED, "offer_handover"},
    Stage.HELD: _LISTED,
    Stage.RETURN_DUE: _LISTED,
    Stage.AT_LARGE: _LISTED,
    Stage.ENDED: set(),
}
"""The steps of the way there that can be tried at each stage; every other is refused whatever is said."""


@pytest.mark.parametrize("reached", WAYS, ids=str)
def test_a_step_that_is_refused_whatever_is_said_is_offered_to_nobody(reached: Stage) -> None:
    world = World()
    case = WAYS[reached](world)
    possible = set()
    for act, (body, by) in tried(world, case).items():
        anyway = available(world.case(case), world.context(world.case(case)), by, world.now).get(act)
        if anyway:
            given = reasons(asked(world, act, body, by, case))
            assert [each for each in anyway if each not in given] == [], act
        elif anyway is not None and ACTS[act].sort is Sort.PERMISSION:
            possible.add(act)
    assert possible == STEPS[reached]


def test_the_way_back_and_a_stay_order_are_known_before_anything_is_typed() -> None:
    world = World()
    case = return_due(world)
    now = {by: available(world.case(case), world.context(world.case(case)), by, world.now) for by in (RECEIVER, ESCORT)}
    assert now[RECEIVER]["offer_handover"] == ()
    assert [each.code for each in now[ESCORT]["offer_handover"]] == ["policy.not_yours_to_offer"]
    walk.offer(world, case, by=RECEIVER, to=SENDING)
    world.take("issue_stay_order", order(cases=(case,)), COURT)
    context = world.context(world.case(case))
    assert available(world.case(case), context, OFFICER, world.now)["accept_handover"] == ()
    stayed = available(world.case(case), context, RECEIVER, world.now)["accept_transfer"]
    assert [each.code for each in stayed] == ["policy.stay_order"]
    assert "accept_handover" not in available(world.case(case), context, RECEIVER, world.now)


def test_what_an_account_may_try_is_what_its_role_and_its_cases_allow() -> None:
    world = World()
    case = world.case(walk.propose(world))
    named = available(case, world.context(), DECIDER, world.now)
    allowed = {each.name for each in ACTS.values() if each.on_case and DECIDER.role in each.roles}
    nothing_to_name = {"verify_fact", "end_title", "confirm_end", "take_off_manifest"} & allowed
    assert named.keys() == allowed - nothing_to_name
    assert available(case, world.context(), COURT, world.now) == {}
    assert "propose" not in available(case, world.context(), OFFICER, world.now)


# --- the proposal ---------------------------------------------------------------------------------


def test_below_the_floor_nobody_is_proposed_and_what_is_missing_is_said() -> None:
    published = parse_agreement(agreements.read("se-ee-2025"), "se-ee-2025.toml")
    (reason,) = reasons(asked(World(), "propose", walk.proposal(), OFFICER, agreement=published))
    assert reason.code == "policy.below_floor"
    assert reason.parameters["agreement"] == "se-ee-2025"
    missing = reason.parameters["missing"]
    assert isinstance(missing, tuple)
    assert "terms.floor.independent_monitor" in missing


def test_every_reason_against_a_proposal_is_given_at_once() -> None:
    published = parse_agreement(agreements.read("us-sv-2025"), "us-sv-2025.toml")
    body = walk.proposal(facility="nowhere", reasons="")
    answer = asked(World(), "propose", body, OFFICER, agreement=published, open_cases=("case-9", "case-10"))
    below, *others = [each for each in reasons(answer) if each.code == "policy.below_floor"]
    assert others == []
    assert reasons(answer) == (
        Message("policy.blank", {"field": "entry.proposed.reasons"}),
        below,
        Message("policy.open_case", {"case": "case-9"}),
        Message("policy.unknown_facility", {"facility": "nowhere"}),
        Message("policy.reasons_too_short", {"words": 5}),
    )


def test_somebody_with_an_open_case_gets_no_second_one_at_the_door() -> None:
    answer = asked(World(), "report_unannounced_arrival", unannounced(), BOOKING, open_cases=("case-9",))
    assert reasons(answer) == (Message("policy.open_case", {"case": "case-9"}),)


@pytest.mark.parametrize(("words", "taken"), [("one two three four", False), ("one two three four five", True)])
def test_a_reason_has_five_words(words: str, taken: bool) -> None:
    answer = asked(World(), "propose", walk.proposal(reasons=words), OFFICER)
    assert isinstance(answer, Taken) is taken


# --- facts ----------------------------------------------------------------------------------------


def test_a_fact_that_no_rule_declares_can_not_be_recorded() -> None:
    world = World()
    case = walk.propose(world)
    assert reasons(asked(world, "record_fact", fact("yes", "gang_member"), OFFICER, case)) == (
        Message("policy.unknown_fact", {"fact": "gang_member"}),
    )


def test_what_the_record_itself_shows_is_not_stated_by_hand() -> None:
    world = World()
    case = walk.propose(world)
    assert codes(world, "record_fact", fact("false", "stay_order_in_force"), OFFICER, case) == ["policy.unknown_fact"]


def test_a_fact_has_the_form_that_its_definition_asks_for() -> None:
    world = World()
    case = walk.propose(world)
    assert reasons(asked(world, "record_fact", fact("1988-02-30", "born_on"), OFFICER, case)) == (
        Message("policy.wrong_value", {"fact": "fact.born_on", "type": "date"}),
    )
    unknown = dataclasses.replace(fact(name="born_on"), value=UNKNOWN)
    assert asked(world, "record_fact", unknown, OFFICER, case) == Taken(bodies=(unknown,))


@pytest.mark.parametrize("author", [OFFICER, DECIDER], ids=["the proposer's", "somebody else's"])
def test_a_fact_is_verified_by_somebody_who_neither_stated_it_nor_proposed(author: Actor) -> None:
    world = World()
    case = walk.propose(world)
    entry = world.take("record_fact", fact(), author, case)
    body = p.FactVerified(fact=entry, how="compared with the original")
    another = actor(Role.SENDING_OFFICER, SENDING, "2")
    assert codes(world, "verify_fact", body, OFFICER, case) == ["policy.verified_by_another"]
    assert codes(world, "verify_fact", body, author, case) == ["policy.verified_by_another"]
    assert asked(world, "verify_fact", body, another, case) == Taken(bodies=(body,))


def test_a_title_ends_after_it_begins() -> None:
    world = World()
    case = walk.propose(world)
    body = p.TitleRecorded(
        state="SWE",
        authority="Invented court",
        ground="a final sentence",
        reference="B 1-26",
        valid_from_at=START,
        valid_until_at=START,
    )
    assert codes(world, "record_title", body, OFFICER, case) == ["policy.span_reversed"]
    for until in (START + timedelta(microseconds=1), None):
        lasting = dataclasses.replace(body, valid_until_at=until)
        assert asked(world, "record_title", lasting, OFFICER, case) == Taken(bodies=(lasting,))


# --- notice, objection, decision ------------------------------------------------------------------


@pytest.mark.parametrize("act", ["serve_notice", "serve_decision"])
@pytest.mark.parametrize(
    ("language", "interpreter", "taken"),
    [("nb", None, True), ("sv", None, False), ("sv", "", False), ("sv", "Invented interpreter", True)],
)
def test_papers_are_in_their_language_or_come_with_an_interpreter(
    act: str, language: str, interpreter: str | None, taken: bool
) -> None:
    world = World()
    case = decided_to_transfer(world)
    body: Body = served(language, interpreter)
    if act == "serve_notice":
        body = p.NoticeServed(
            language=language, facts_relied_on="sentence", served_by="Invented officer", interpreter=interpreter
        )
    answer = asked(world, act, body, OFFICER, case)
    if taken:
        assert isinstance(answer, Taken)
    else:
        assert reasons(answer) == (Message("policy.their_language", {"language": "nb"}),)


def test_no_language_is_held_against_an_officer_while_theirs_is_not_known() -> None:
    world = World()
    case = walk.propose(world, language=UNKNOWN)
    body = p.NoticeServed(language="sv", facts_relied_on="sentence", served_by="Invented officer")
    assert isinstance(asked(world, "serve_notice", body, OFFICER, case), Taken)


def test_a_decision_without_anything_before_it_is_refused_for_every_reason() -> None:
    world = World()
    case = walk.propose(world)
    same = actor(Role.SENDING_DECIDER, SENDING)
    both = dataclasses.replace(same, account=OFFICER.account)
    body = dataclasses.replace(walk.decision(), reasons="because")
    answer = asked(world, "decide", body, both, case)
    assert [each.code for each in reasons(answer)] == [
        "policy.four_eyes",
        "policy.reasons_too_short",
        "policy.notice_first",
        "policy.not_shown",
    ]
    assert isinstance(answer, Refusal)
    assert answer.screening is not None
    assert reasons(answer)[-1].parameters == {"rules": answer.screening.open_rules}


def test_one_verified_bar_refuses_the_decision_by_the_name_of_the_rule() -> None:
    world = World()
    case = walk.propose(world)
    walk.title(world, case, "SWE", by=OFFICER)
    walk.state_facts(world, case, {**LAWFUL, "sex": ("female", "passport")})
    walk.notice(world, case)
    world.wait(PERIODS.objection)
    answer = asked(world, "decide", walk.decision(), DECIDER, case)
    assert reasons(answer) == (Message("policy.barred", {"rules": ("men",)}),)


@pytest.mark.parametrize("late", [timedelta(0), 3 * DAY], ids=["at once", "recorded three days late"])
def test_the_time_to_object_runs_from_the_later_of_served_and_recorded(late: timedelta) -> None:
    world = World()
    case = walk.propose(world)
    walk.title(world, case, "SWE", by=OFFICER)
    walk.state_facts(world, case)
    world.wait(late)
    body = p.NoticeServed(language="nb", facts_relied_on="sentence", served_by="Invented officer")
    world.take("serve_notice", body, OFFICER, case, occurred_at=world.now - late)
    over = world.now + PERIODS.objection
    world.wait(PERIODS.objection - timedelta(microseconds=1))
    assert reasons(asked(world, "decide", walk.decision(), DECIDER, case)) == (
        Message("policy.time_to_object", {"until_at": over}),
        Message("policy.barred", {"rules": ("iccpr.notice",)}),
    )
    world.wait(timedelta(microseconds=1))
    assert isinstance(asked(world, "decide", walk.decision(), DECIDER, case), Taken)


def test_an_objection_is_answered_before_anybody_decides_or_accepts() -> None:
    world = World()
    case = ready_to_accept(world)
    objection(world, case)
    one_open = Message("policy.objection_open", {"count": 1})
    assert one_open in reasons(asked(world, "decide", walk.decision(), DECIDER, case))
    assert one_open in reasons(asked(world, "accept_transfer", p.TransferAccepted(), RECEIVER, case))


def test_a_rejected_objection_lets_the_decision_come_before_the_time_is_over() -> None:
    world = World()
    case = walk.propose(world)
    walk.title(world, case, "SWE", by=OFFICER)
    walk.state_facts(world, case)
    walk.notice(world, case)
    walk.object_and_review(world, case, p.Upheld.REJECTED)
    assert isinstance(asked(world, "decide", walk.decision(), DECIDER, case), Taken)


def test_an_objection_to_an_earlier_notice_does_not_spend_the_time_of_the_next() -> None:
    world = World()
    case = walk.propose(world)
    walk.title(world, case, "SWE", by=OFFICER)
    walk.state_facts(world, case)
    walk.object_and_review(world, case, p.Upheld.REJECTED)
    walk.notice(world, case)
    (window, barred) = reasons(asked(world, "decide", walk.decision(), DECIDER, case))
    assert window.code == "policy.time_to_object"
    assert barred == Message("policy.barred", {"rules": ("iccpr.notice",)})
    walk.object_and_review(world, case, p.Upheld.REJECTED)
    assert isinstance(asked(world, "decide", walk.decision(), DECIDER, case), Taken)


def test_an_upheld_objection_bars_a_transfer_and_nothing_else() -> None:
    world = World()
    case = ready_to_decide(world)
    walk.object_and_review(world, case, p.Upheld.UPHELD)
    against = walk.decision(p.Outcome.NO_TRANSFER)
    assert codes(world, "decide", walk.decision(), DECIDER, case) == ["policy.objection_upheld"]
    assert isinstance(asked(world, "decide", against, DECIDER, case), Taken)


def test_an_objection_upheld_after_the_decision_undoes_it() -> None:
    world = World()
    case = ready_to_accept(world)
    walk.object_and_review(world, case, p.Upheld.UPHELD)
    assert codes(world, "accept_transfer", p.TransferAccepted(), RECEIVER, case)[:2] == [
        "policy.no_decision",
        "policy.decision_not_served",
    ]


def test_a_decision_against_a_transfer_needs_no_rule_to_be_met() -> None:
    world = World()
    case = noticed(world)
    world.wait(PERIODS.objection)
    answer = asked(world, "decide", walk.decision(p.Outcome.NO_TRANSFER), DECIDER, case)
    assert isinstance(answer, Taken)
    assert [type(each) for each in answer.bodies] == [p.Decided]


def test_a_decision_cites_the_terms_the_safeguards_and_every_answer() -> None:
    world = World()
    case = ready_to_decide(world)
    answer = asked(world, "decide", walk.decision(), DECIDER, case)
    assert isinstance(answer, Taken)
    screened, decision = answer.bodies
    assert isinstance(screened, p.Screened)
    assert isinstance(decision, p.Decided)
    context = world.context()
    digests = (context.agreement.digest, context.safeguards.digest)
    assert (decision.terms_digest, decision.safeguards_digest) == digests
    assert (screened.terms_digest, screened.safeguards_digest) == digests
    assert (screened.step, screened.verdict) == ("decision", "no_bar_found")
    assert decision.answers == screened.answers
    assert len(decision.answers) == len(set(decision.answers)) > 0


def test_nothing_is_served_before_it_is_decided() -> None:
    world = World()
    assert codes(world, "serve_decision", served(), OFFICER, walk.propose(world)) == ["policy.no_decision"]


@pytest.mark.parametrize("late", [timedelta(0), 3 * DAY], ids=["at once", "recorded three days late"])
def test_the_time_to_contest_runs_from_the_later_of_served_and_recorded(late: timedelta) -> None:
    world = World()
    case = decided_to_transfer(world)
    world.wait(late)
    world.take("serve_decision", served(), OFFICER, case, occurred_at=world.now - late)
    over = world.now + PERIODS.contest
    world.wait(PERIODS.contest - timedelta(microseconds=1))
    refused = reasons(asked(world, "accept_transfer", p.TransferAccepted(), RECEIVER, case))
    assert refused[0] == Message("policy.contest_period", {"until_at": over})
    world.wait(timedelta(microseconds=1))
    assert isinstance(asked(world, "accept_transfer", p.TransferAccepted(), RECEIVER, case), Taken)


def test_a_decision_served_before_a_new_one_was_taken_serves_nothing() -> None:
    world = World()
    case = ready_to_accept(world)
    world.take("decide", walk.decision(), DECIDER, case)
    assert "policy.decision_not_served" in codes(world, "accept_transfer", p.TransferAccepted(), RECEIVER, case)


# --- acceptance, manifest, departure --------------------------------------------------------------


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
        Message("policy.not_yours_to_offer", {"answers": RECEIVING}),
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


# --- the end --------------------------------------------------------------------------------------


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


# --- institutions ---------------------------------------------------------------------------------


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


def test_a_second_offer_waits_for_the_answer_to_the_first() -> None:
    world = World()
    case = offered(world)
    body = held.HandoverOffered(to_party=RECEIVING, place="at the gate", fitness="fit")
    assert codes(world, "offer_handover", body, ESCORT, case) == ["policy.offer_open"]
    refusal = held.HandoverRefused(offer=world.log[-1].id, reasons="no interpreter")
    world.take("refuse_handover", refusal, BOOKING, case)
    assert "policy.offer_open" not in codes_or_none(world, "offer_handover", body, ESCORT, case)


def codes_or_none(world: World, act: str, body: Body, by: Actor, case: str) -> list[str]:
    """The codes of every reason; none when the act is taken."""
    answer = asked(world, act, body, by, case)
    return [each.code for each in answer.reasons] if isinstance(answer, Refusal) else []


@pytest.mark.parametrize(
    ("age", "taken"), [(7 * DAY, True), (7 * DAY + timedelta(microseconds=1), False)], ids=["a week", "older"]
)
def test_a_permission_is_recorded_within_a_week_of_its_giving(age: timedelta, taken: bool) -> None:
    world = World()
    given_at = world.now - age
    answer = world.do("propose", walk.proposal(), OFFICER, occurred_at=given_at)
    too_old = Message("policy.too_long_ago", {"earliest": world.now - 7 * DAY})
    assert isinstance(answer, Taken) if taken else reasons(answer) == (too_old,)


def test_a_report_may_be_of_long_ago_and_not_of_another_age() -> None:
    world = World()
    case = walk.propose(world)
    hurt = held.Injured(injury="a cut", circumstances=UNKNOWN, reported_to=UNKNOWN)
    earliest = datetime(1990, 1, 1, tzinfo=UTC)
    world.take("report_injury", hurt, ESCORT, case, occurred_at=earliest)
    answer = world.do("report_injury", hurt, ESCORT, case, occurred_at=earliest - timedelta(microseconds=1))
    assert reasons(answer) == (Message("policy.too_long_ago", {"earliest": earliest}),)


@pytest.mark.parametrize("nationalities", [("NOR", "XXZ"), ("Norway",), ("nor",)])
def test_a_country_is_one_of_the_list(nationalities: tuple[str, ...]) -> None:
    answer = asked(World(), "propose", walk.proposal(nationalities=nationalities), OFFICER)
    assert reasons(answer) == (Message("policy.unknown_country", {"field": "entry.proposed.nationalities"}),)


def test_the_country_of_a_title_is_one_of_the_list() -> None:
    world = World()
    case = walk.propose(world)
    body = p.TitleRecorded(state="SVE", authority="Invented court", ground="g", reference="r", valid_from_at=START)
    assert reasons(asked(world, "record_title", body, OFFICER, case)) == (
        Message("policy.unknown_country", {"field": "entry.title_recorded.state"}),
    )
