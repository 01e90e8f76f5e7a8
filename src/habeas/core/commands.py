"""The way of an act: `decide(case, command, context, at)` gives the entries to record, or a refusal.

Pure: the same case, command, context and moment always give the same answer. The store writes what
comes out; pages show it. Permissions are refused with every reason at once; reports are taken.
"""

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from habeas.core.case import Case
from habeas.core.claims import return_ordered
from habeas.core.context import Context
from habeas.core.corrections import OCCURRED_AT
from habeas.core.entries import Actor, Body
from habeas.core.entries.custody import Corrected
from habeas.core.entries.erasure import CaseErased
from habeas.core.entries.procedure import Decided, Opening, Screened
from habeas.core.erasure import agreed_by
from habeas.core.messages import Message
from habeas.core.permissions import ACTS, Sort, may
from habeas.core.policies import Question, has_its_object, is_outward_act, reasons_against, reasons_anyway
from habeas.core.record_facts import case_facts
from habeas.core.screening import Screening, Verdict, screen


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What somebody asks to be done or recorded. `occurred_at` is when it happened, in UTC."""

    act: str
    body: Body
    occurred_at: datetime
    actor: Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """The act was not done; `reasons` are all of them. `screening` is what the rules answered, if asked."""

    reasons: tuple[Message, ...]
    screening: Screening | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """The bodies to record, in order, all at the command's `occurred_at`."""

    bodies: tuple[Body, ...]


def decide(case: Case | None, command: Command, context: Context, at: datetime) -> Taken | Refusal:
    """Whether the command may be done at `at`, and what to record if so.

    Raises KeyError for an act that does not exist, TypeError when the body is not the act's, and ValueError
    when an act on a case comes without one.
    """
    act = ACTS[command.act]
    if not isinstance(command.body, act.body):
        raise TypeError(f"{act.name} takes {act.body.__name__}")
    if case is None and act.on_case and not act.opens_case:
        raise ValueError(f"{act.name} is done to a case")
    denied = may(command.actor, act, command.body, case, context.orders)
    if denied is not None:
        return Refusal(reasons=(denied,))
    body, actor, occurred_at = command.body, command.actor, command.occurred_at
    question = Question(act=act, body=body, actor=actor, occurred_at=occurred_at, case=case, context=context, at=at)
    reasons = reasons_against(question)
    is_outward = is_outward_act(question)
    screening = None
    if case is not None and act.step is not None and (is_outward or not act.outward):
        screening = screening_of(case, context, act.step, at)
    if is_outward and screening is not None and screening.verdict is not Verdict.NO_BAR_FOUND:
        # Unknown never passes: an outward step needs *no bar found*.
        reasons += (Message(f"policy.{screening.verdict.value}", {"rules": screening.open_rules}),)
    if reasons:
        return Refusal(reasons=reasons, screening=screening)
    return Taken(bodies=_bodies(question, screening))


def screening_of(case: Case, context: Context, step: str, at: datetime) -> Screening:
    """What every rule answers about this case at a step, on the facts as recorded."""
    return screen(
        case_facts(case, context, at), step=step, agreement=context.agreement, safeguards=context.safeguards, at=at
    )


def _bodies(question: Question, screening: Screening | None) -> tuple[Body, ...]:
    """What to record: the screening, if rules were asked, and the body with what only the system fills in."""
    body, context = question.body, question.context
    terms, law = context.agreement.digest, context.safeguards.digest
    answers = tuple(f"{each.id} {each.result.value}" for each in screening.answers) if screening else ()
    if isinstance(body, Opening):
        body = dataclasses.replace(body, sending=context.sending, receiving=context.receiving)
    elif isinstance(body, Decided):
        body = dataclasses.replace(body, answers=answers, terms_digest=terms, safeguards_digest=law)
    elif isinstance(body, CaseErased) and question.case is not None:
        body = dataclasses.replace(body, agreed_by=agreed_by(question.case))
    elif isinstance(body, Corrected):
        path = body.field_name if body.field_name == OCCURRED_AT else f"body.{body.field_name}"
        body = dataclasses.replace(body, old_digest=context.digests.get((body.entry, path)))
    if screening is None:
        return (*return_ordered(body, context.name_of(question.actor.party)), body)
    step, verdict = question.act.step or "", screening.verdict.value
    asked = Screened(step=step, verdict=verdict, answers=answers, terms_digest=terms, safeguards_digest=law)
    return (asked, body)


def available(
    case: Case, context: Context, actor: Actor, at: datetime, *, among: Iterable[str] = ACTS
) -> Mapping[str, tuple[Message, ...]]:
    """The acts on this case that this account's role may try, each with the reasons for which it is refused now
    whatever it will say. An act without one may still be refused for what it says, or by a rule of its step."""
    asked = [
        Question(act=act, body=None, actor=actor, occurred_at=at, case=case, context=context, at=at)
        for act in (ACTS[name] for name in among)
        if act.on_case and not act.opens_case and may(actor, act, None, case, context.orders) is None
    ]
    return {
        each.act.name: reasons_anyway(each) for each in asked if each.act.sort is Sort.REPORT or has_its_object(each)
    }
