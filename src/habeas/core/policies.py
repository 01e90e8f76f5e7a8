"""When an act may be done: one function a duty, each returning every reason against it.

A reason names what to do about it, never which assertion, order or objection would have to go. Which
policies an act answers to is the table at the end.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from habeas.core import asking, claims, corrections, erasure, family, monitor_acts
from habeas.core import procedure as progress
from habeas.core.case import Case
from habeas.core.case_facts import covers
from habeas.core.compliance import against_answering, against_complying, concerns
from habeas.core.context import UNLISTED, Context
from habeas.core.custody import answer_to, custody, departures, end, has_left, is_outward, offers, on_roll, open_offer
from habeas.core.entries import Actor, Body, Unstated, institutions, kind_of, procedure, specs
from habeas.core.entries import custody as held
from habeas.core.entries.orders import OrderLodged
from habeas.core.facts import SCOPE
from habeas.core.ledger.statements import against_issuing
from habeas.core.messages import Message, Parameter
from habeas.core.permissions import ROLES_OF, Act, Sort
from habeas.core.rules import Place, RuleError, parse_rule
from habeas.core.terms import floor
from habeas.core.visibility import show


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """May this act be done now? `case` is None for what opens a case or concerns none."""

    act: Act
    body: Body
    actor: Actor
    occurred_at: datetime
    case: Case | None
    context: Context
    at: datetime

    @property
    def its_case(self) -> Case:
        """The case to which the act is done; `commands.decide` takes no such act without one."""
        assert self.case is not None, f"{self.act.name} without a case"
        return self.case


B = TypeVar("B")
Reasons = Iterator[Message]
Policy = Callable[[Question], Reasons]


def reasons_against(question: Question) -> tuple[Message, ...]:
    """Every reason why this act may not be done now; empty when there is none.

    A report answers only to what is impossible; it is never refused for want of a permission.
    """
    policies = (_possible, _sealed, *POLICIES.get(question.act.name, ()))
    return tuple(reason for policy in policies for reason in policy(question))


def reasons_anyway(question: Question) -> tuple[Message, ...]:
    """Every reason against an act on a case whatever its form will say (`body` is None); none against a report."""
    policies = [_sealed, *(each for each in POLICIES.get(question.act.name, ()) if each in OF_THE_CASE)]
    return tuple(reason for policy in policies for reason in policy(question))


def _sealed(question: Question) -> Reasons:
    """Nothing is permitted by safeguards that ask less than the released ones."""
    if question.act.sort is Sort.PERMISSION:
        yield from question.context.safeguards.weaker


def has_its_object(question: Question) -> bool:
    """Whether the case has an entry that the act could name, where it must name one."""
    case, fields = question.its_case, specs(question.act.body)
    kinds = {each.refers for each in fields if each.refers and not each.optional and not each.computed}
    if "HandoverOffered" in kinds:
        offer = open_offer(case)
        return offer is not None and offer.body.to_party == question.actor.party
    if "order" in kinds:
        return any(concerns(each, case, question.context) for each in question.context.orders)
    there = {type(each.body).__name__ for each in case.entries}
    return all(each in there for each in kinds if each[0].isupper()) and ("end" not in kinds or end(case) is not None)


def is_outward_act(question: Question) -> bool:
    """Whether the act would bring the person closer to the receiving state; with no body yet, whether it must."""
    if not question.act.outward:
        return False
    body = question.body
    if body is None:
        return _must_be_outward(question)
    if isinstance(body, procedure.Decided):
        return body.outcome is procedure.Outcome.TRANSFER
    if isinstance(body, held.HandoverOffered):
        return body.to_party != question.its_case.sending
    if isinstance(body, held.HandoverAccepted):
        offer = offers(question.its_case).get(body.offer)
        return offer is None or is_outward(question.its_case, offer)
    return True


def _must_be_outward(question: Question) -> bool:
    match question.act.name:
        case "decide":
            return False
        case "offer_handover":
            return question.actor.party == question.its_case.sending
        case "accept_handover":
            offer = open_offer(question.its_case)
            return offer is not None and is_outward(question.its_case, offer)
    return True


def _unless(code: str, holds: Callable[[Question], object]) -> Policy:
    """The duty that has one reason, of which nothing more is to be said."""
    return lambda question: iter(() if holds(question) else (Message(code, {}),))


_open = _unless("policy.case_ended", lambda q: end(q.its_case) is None)
_four_eyes = _unless("policy.four_eyes", lambda q: q.its_case.opening.entry.actor.account != q.actor.account)
_none_upheld = _unless(
    "policy.objection_upheld", lambda q: not (is_outward_act(q) and progress.upheld_objections(q.its_case))
)
_before_the_fact = _unless("policy.after_the_fact", lambda q: not (is_outward_act(q) and has_left(q.its_case)))
_decided = _unless("policy.no_decision", lambda q: q.its_case.last(procedure.Decided))
_decided_to_transfer = _unless("policy.no_decision", lambda q: progress.transfer_decision(q.its_case))
_accepted = _unless("policy.not_accepted", lambda q: progress.acceptance(q.its_case))
_on_manifest = _unless("policy.not_on_manifest", lambda q: progress.manifested(q.its_case))


def _typed(body: type[B], code: str, holds: Callable[[B, Question], object]) -> Policy:
    """A duty of the same sort that looks at what was typed."""

    def policy(question: Question) -> Reasons:
        assert isinstance(question.body, body)
        if not holds(question.body, question):
            yield Message(code, {})

    return policy


_to_the_other_side = _typed(
    held.HandoverOffered,
    "policy.offer_to_other_side",
    lambda body, q: body.to_party in {q.its_case.sending, q.its_case.receiving} - {q.actor.party},
)
_span_is_forward = _typed(
    procedure.TitleRecorded,
    "policy.span_reversed",
    lambda body, q: body.valid_until_at is None or body.valid_until_at > body.valid_from_at,
)
_own_order = _typed(  # a stay order is lifted by the court that issued it, and by nobody else
    institutions.StayOrderLifted,
    "policy.not_your_order",
    lambda body, q: any(each.id == body.order and each.party == q.actor.party for each in q.context.orders),
)
_ordered_capacities = _typed(
    institutions.FacilityCertified,
    "policy.capacities",
    lambda body, q: body.working_capacity <= body.maximum_capacity and body.living_space_m2 > 0,
)


_a_place = _typed(
    institutions.FacilityCertified, "policy.unlisted_certified", lambda body, _: body.facility != UNLISTED
)


def _of_the_case(check: Callable[[Body, Actor, Case], Reasons]) -> Policy:
    return lambda question: check(question.body, question.actor, question.its_case)


def _around(check: Callable[[Body, Actor, Context], Reasons]) -> Policy:
    return lambda question: check(question.body, question.actor, question.context)


def _possible(question: Question) -> Reasons:
    """Only the impossible is an error: the future, an empty reason, a reference to nothing."""
    if question.occurred_at > question.at:
        yield Message("policy.future", {"at": question.at})
    is_permission = question.act.sort is Sort.PERMISSION
    earliest = question.at - LATEST_TYPED if is_permission else EARLIEST_AT
    if question.occurred_at < earliest:
        yield Message("policy.too_long_ago", {"earliest": earliest})
    for spec in specs(type(question.body)):
        value = getattr(question.body, spec.name)
        if isinstance(value, str) and not spec.optional and not spec.computed and not value.strip():
            yield Message("policy.blank", {"field": f"entry.{kind_of(type(question.body))}.{spec.name}"})
    yield from corrections.unknown_countries(question.body)
    if question.case is not None and not question.act.opens_case:
        yield from _refers_to_something(question, question.case)


def _refers_to_something(question: Question, case: Case) -> Reasons:
    for spec in specs(type(question.body)):
        if spec.refers is None or spec.refers[0].islower() or spec.computed:
            continue
        value = getattr(question.body, spec.name)
        for entry_id in value if isinstance(value, tuple) else (value,):
            entry = case.entry(entry_id)
            if entry is None or type(entry.body).__name__ != spec.refers:
                yield Message("policy.no_such_entry", {"field": f"entry.{kind_of(type(question.body))}.{spec.name}"})


def _stays(question: Question) -> Reasons:
    """A stay order bars every outward step, also one already in flight."""
    if not is_outward_act(question):
        return
    for order in question.context.orders:
        if order.bars(question.at) and covers(order, question.its_case, question.context, question.at):
            said = {"court": order.court, "reference": order.reference, "must_be_done": order.must_be_done}
            code = "policy.stay_order" if order.is_a_courts else "policy.lodged_order"
            yield Message(code, {**said, "issued_at": order.issued_at})


def _ill_treatment(question: Question) -> Reasons:
    outward = question.case is not None and is_outward_act(question)
    yield from monitor_acts.stopped(question.case, question.body, question.context, outward=outward)


def _runnable(question: Question) -> Reasons:
    """Below the floor an agreement can be shown, compared and audited, and not run."""
    agreement = question.context.agreement
    missing = tuple(f"terms.floor.{each.question}" for each in floor(agreement) if not each.answered)
    if missing:
        yield Message("policy.below_floor", {"agreement": agreement.id, "missing": missing})


def _one_open_case(question: Question) -> Reasons:
    if question.context.open_cases:
        yield Message("policy.open_case", {"case": question.context.open_cases[0]})


def _known_facility(question: Question) -> Reasons:
    code = getattr(question.body, "facility", None)
    if isinstance(code, str) and code not in question.context.facilities:
        yield Message("policy.unknown_facility", {"facility": code})


def _individual(question: Question) -> Reasons:
    """Why this person: an empty form of words is no reason."""
    reasons = str(getattr(question.body, "reasons", ""))
    if len(reasons.split()) < MINIMUM_WORDS:
        yield Message("policy.reasons_too_short", {"words": MINIMUM_WORDS})


def _in_their_language(question: Question) -> Reasons:
    body, spoken = question.body, question.its_case.opening.body.language
    interpreter = getattr(body, "interpreter", None)
    language = getattr(body, "language", None)
    if not isinstance(spoken, Unstated) and language != spoken and not interpreter:
        yield Message("policy.their_language", {"language": spoken})


def _verified_by_another(question: Question) -> Reasons:
    assert isinstance(question.body, procedure.FactVerified)
    case = question.its_case
    fact = case.entry(question.body.fact)
    authors = {fact.actor.account if fact else "", case.opening.entry.actor.account}
    if question.actor.account in authors:
        yield Message("policy.verified_by_another", {})


def _notice_and_time(question: Question) -> Reasons:
    """Notice was served; the time to object is over or an objection was raised; every one is answered."""
    case = question.its_case
    window = progress.objection_ends_at(case, question.context.periods)
    if window is None:
        yield Message("policy.notice_first", {})
    elif question.at < window and not progress.objections(case):
        yield Message("policy.time_to_object", {"until_at": window})
    if progress.open_objections(case):
        yield Message("policy.objection_open", {"count": len(progress.open_objections(case))})


def _contest_over(question: Question) -> Reasons:
    ends = progress.contest_ends_at(question.its_case, question.context.periods)
    if ends is None:
        yield Message("policy.decision_not_served", {})
    elif question.at < ends:
        yield Message("policy.contest_period", {"until_at": ends})
    if progress.open_objections(question.its_case):
        yield Message("policy.objection_open", {"count": len(progress.open_objections(question.its_case))})


def _place_kept(question: Question) -> Reasons:
    """Over-capacity is never filled (IACHR Principle XVII), and no place is promised twice."""
    case = question.its_case
    code = case.facility
    facility = question.context.facility(code)
    if facility is None:
        yield Message("policy.unknown_facility", {"facility": code})
        return
    places, held_now, promised = facility.working_capacity, facility.on_roll, facility.promised
    if progress.place_kept(case) == code:
        promised -= 1  # their own
    if held_now + promised >= places:
        counted: dict[str, Parameter] = {"facility": facility.name, "held": held_now, "places": places}
        yield Message("policy.no_place", {**counted, "promised": promised})


def _holds_the_person(question: Question) -> Reasons:
    """Only the side that answers for the person can offer them, once at a time."""
    case = question.its_case
    now = custody(case, question.at, question.context.periods.contested_after)
    if now is None or now.answers != question.actor.party:
        yield Message("policy.not_yours_to_offer", {"answers": question.context.name_of(now.answers) if now else ""})
    if open_offer(case) is not None:
        yield Message("policy.offer_open", {})


def _permitted_to_leave(question: Question) -> Reasons:
    if not is_outward_act(question):
        return
    if progress.departure_permit(question.its_case) is None:
        yield Message("policy.departure_not_permitted", {})
    for step in progress.missing_steps(question.its_case, progress.TO_DEPART, question.at, question.context.periods):
        if step is not progress.Step.DEPARTURE_PERMITTED:
            yield Message("policy.step_missing", {"step": f"step.{step.value}"})


def _offer_is_open(question: Question) -> Reasons:
    offer_id = str(getattr(question.body, "offer", ""))
    offer = offers(question.its_case).get(offer_id)
    if offer is None:
        return  # already said by `_possible`
    if answer_to(question.its_case, offer_id) is not None:
        yield Message("policy.offer_answered", {})
    if question.occurred_at < offer.occurred_at:
        yield Message("policy.before_offer", {"offered_at": offer.occurred_at})


def _still_here(question: Question) -> Reasons:
    """A proposal can only be given up while the person has not left."""
    case = question.its_case
    now = custody(case, question.at, question.context.periods.contested_after)
    if departures(case) or on_roll(case, question.at) or now is None or now.answers != case.sending:
        yield Message("policy.already_left", {})


def _end_after_start(question: Question) -> Reasons:
    """Nobody's time under a case ends before it begins. A journey may well be older than the case."""
    started_at = question.its_case.opening.occurred_at
    if question.occurred_at < started_at:
        yield Message("policy.before_start", {"started_at": started_at})


def _end_by_another(question: Question) -> Reasons:
    """The holder's word is confirmed by somebody else or not at all."""
    assert isinstance(question.body, held.EndConfirmed)
    ended = end(question.its_case)
    if ended is None or ended.entry.id != question.body.ended:
        yield Message("policy.no_such_entry", {"field": "entry.end_confirmed.ended"})
    elif ended.entry.actor.party == question.actor.party:
        yield Message("policy.confirmed_by_another", {})


def _correctable(question: Question) -> Reasons:
    """One's own party's entry, and what `core.corrections` asks."""
    body = question.body
    assert isinstance(body, held.Corrected)
    target = question.its_case.entry(body.entry)
    if target is None:
        yield Message("policy.no_such_entry", {"field": "entry.corrected.entry"})
        return
    sees_some = any(show(question.actor, question.its_case, target, each) for each in specs(type(target.body)))
    if target.actor.party != question.actor.party or not sees_some:
        yield Message("policy.correct_own", {})
    yield from corrections.reasons_against(target, body, question.its_case, question.at)


def _of_the_monitor(question: Question) -> Reasons:
    return monitor_acts.reasons_against(question.body, question.actor, question.context, question.at)


def _own_party(question: Question) -> Reasons:
    """A party invites its own people, to the roles of its own kind: no state makes a court or a monitor."""
    body = question.body
    assert isinstance(body, institutions.AccountInvited)
    party = question.context.parties.get(question.actor.party)
    if body.party != question.actor.party:
        yield Message("policy.own_party", {})
    elif party is None or body.role not in ROLES_OF[party.kind]:
        yield Message("policy.role_not_given", {"role": f"role.{body.role.value}"})


def _readable_class(question: Question) -> Reasons:
    """A class that is described by a condition must be one that the rules can read."""
    body = question.body
    assert isinstance(body, institutions.StayOrderIssued | OrderLodged)
    people = body.people if isinstance(body, OrderLodged) else ()
    if not (body.cases or people or body.class_described or body.class_condition):
        yield Message("policy.order_for_nobody", {})
    if body.class_condition:
        try:
            parse_rule(body.class_condition, SCOPE, Place(file="order", line=1, column=1))
        except RuleError as error:
            yield error.message


def _erasable(question: Question) -> Reasons:
    known = question.context.erasing
    assert known is not None, f"{question.act.name} without what else is known of the person"
    yield from erasure.reasons_against(question.body, question.its_case, known, question.at)


def _known_fact(question: Question) -> Reasons:
    """A fact that no rule declares can't be recorded: free text never feeds a rule."""
    assert isinstance(question.body, procedure.FactRecorded)
    yield from corrections.unreadable_fact(question.body)


MINIMUM_WORDS = 5
EARLIEST_AT = datetime(1990, 1, 1, tzinfo=UTC)
"""No agreement that is run here is older: an earlier moment is a slip of the pen."""

LATEST_TYPED = timedelta(days=7)
"""A permission is typed when it is given. It counts from its record, so an earlier moment gains nothing."""

_STOPS = (_stays, _ill_treatment)
_TO_TRANSFER = (_open, _before_the_fact, _decided_to_transfer, _contest_over)
_TO_LEAVE = (_accepted, _place_kept, _on_manifest, _holds_the_person, _permitted_to_leave, _still_here)
_REPORTS_OF_END = ("report_return", "report_release", "report_transfer_on", "report_death", "report_escape")
POLICIES: Mapping[str, tuple[Policy, ...]] = {
    "propose": (_runnable, _one_open_case, _known_facility, _individual, _ill_treatment),
    "report_unannounced_arrival": (_one_open_case,),
    "report_unproposed_departure": (_one_open_case,),
    "record_fact": (_known_fact,),
    "verify_fact": (_verified_by_another,),
    "record_title": (_span_is_forward,),
    "serve_notice": (_open, _in_their_language),
    "decide": (_open, _before_the_fact, _four_eyes, _individual, _notice_and_time, _none_upheld, *_STOPS),
    "serve_decision": (_decided, _in_their_language),
    "accept_transfer": (*_TO_TRANSFER, *_STOPS),
    "decline_transfer": (_open,),
    "withdraw_proposal": (_open, _still_here, _individual),
    "put_on_manifest": (*_TO_TRANSFER, _accepted, _place_kept, *_STOPS),
    "permit_departure": (*_TO_TRANSFER, _accepted, _on_manifest, *_STOPS),
    "offer_handover": (_open, _holds_the_person, _to_the_other_side, _permitted_to_leave, *_STOPS),
    "accept_handover": (_offer_is_open, *_STOPS),
    "refuse_handover": (_offer_is_open,),
    **dict.fromkeys(_REPORTS_OF_END, (_end_after_start,)),
    "confirm_end": (_end_by_another,),
    "correct": (_correctable,),
    "end_counsel": (_of_the_case(claims.against_ending),),
    "decide_claim": (_of_the_case(claims.against_deciding),),
    "set_return_due": (_of_the_case(claims.against_postponing),),
    "give_family_words": (_of_the_case(family.against_giving),),
    "issue_stay_order": (_readable_class,),
    "lift_stay_order": (_own_order,),
    "lodge_order": (_readable_class,),
    "confirm_order": (_around(against_answering),),
    "reject_order": (_around(against_answering), _individual),
    "link_order": (_around(against_answering), _individual),
    **dict.fromkeys(
        ("acknowledge_order", "report_compliance_step"), (lambda q: against_complying(q.body, q.its_case, q.context),)
    ),
    "answer_enquiry": (lambda question: asking.against_answer(question.body, question.at.date()),),
    "tell_consul": (_open, lambda question: asking.against_telling(question.its_case)),
    "invite_account": (_own_party,),
    "certify_facility": (_ordered_capacities, _a_place),
    **dict.fromkeys(monitor_acts.ACTS, (_known_facility, _of_the_monitor)),
    "ask_erasure": (_erasable,),
    "serve_erasure_notice": (_erasable, _in_their_language),
    "agree_to_erasure": (_erasable, _individual),
    "erase_person": (_erasable,),
    "issue_statement": (lambda q: against_issuing(q.body, q.actor, q.context, q.at),),
}

OF_THE_CASE = frozenset({*_TO_TRANSFER, *_TO_LEAVE, *_STOPS, _four_eyes, _notice_and_time, _decided})
"""What asks only where the case stands and who acts, never what was typed."""
