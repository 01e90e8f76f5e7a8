"""Findings: what was done without what it needed, each with its clause and the entries that show it.

Every check returns all it finds. A finding is named by its rule, the case and the day or entry it is
about, so that the same fault is never counted twice.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime

from habeas.core.case import Case, kept
from habeas.core.case_facts import covers, stated_alone
from habeas.core.compliance import breaches, concerns, duty_due_at, met_at, outward_acts, runs_for
from habeas.core.context import Context
from habeas.core.custody import ENDS, PRESENCE, contests, departures, in_time_order
from habeas.core.days import day_of, read_to_its_end
from habeas.core.duties import stated
from habeas.core.entries import Entry, FieldClass
from habeas.core.entries.custody import Admitted, Arrived, ArrivedUnannounced, Corrected
from habeas.core.entries.procedure import Decided
from habeas.core.facts import CATALOGUE, CaseFacts, Origin
from habeas.core.messages import Message, Parameter
from habeas.core.orders import StayOrder
from habeas.core.procedure import TO_DEPART, TO_ENTER, Step, missing_steps
from habeas.core.residue import erased
from habeas.core.safeguards import Result, SafeguardSet
from habeas.core.screening import screen
from habeas.core.titles import untitled_days


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One fault. `because` are ids of entries; `subject` is the case; `on` the local day it fell on; `about` the
    class of what it discloses, which decides who may see it."""

    rule: str
    clause: str
    subject: str
    on: date
    because: tuple[str, ...]
    message: Message
    about: FieldClass = FieldClass.CUSTODY

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What makes it the same finding when it is computed again."""
        which = str(self.message.parameters.get("which", ""))
        return (self.rule, self.subject, self.on.isoformat() if self.rule == "untitled_day" else "", which)


@kept
def findings(case: Case, context: Context, at: datetime) -> tuple[Finding, ...]:
    """Everything that is wrong with a case at a moment, each fault once."""
    if erased(case) is not None:
        return ()  # their number is kept (`core.residue.counts`)
    found = {each.key: each for check in _CHECKS for each in check(case, context, at)}
    return tuple(sorted(found.values(), key=lambda each: (each.on, each.rule, each.key)))


def _finding(
    case: Case, on: date, rule: str, clause: str, because: str, *, said: str = "", **parameters: Parameter
) -> Finding:
    """`said` is the sentence where it is not the rule's own; the parameter `which` tells two faults of a rule apart."""
    message = Message(f"finding.{said or rule}", parameters)
    return Finding(rule=rule, clause=clause, subject=case.id, on=on, because=(because,), message=message)


def _day(case: Case, context: Context, at: datetime) -> date:
    return day_of(at, context.zone(case.facility))


def _untitled(case: Case, context: Context, at: datetime) -> Iterator[Finding]:
    for day in untitled_days(case, context, at):
        yield _finding(case, day, "untitled_day", "ICCPR art. 9(1); Mandela Rule 7", case.opening.id, day=day)


def _steps_missing(case: Case, context: Context, at: datetime) -> Iterator[Finding]:
    """One finding for each step that the first report to need it did not have."""
    seen: set[Step] = set()
    for entry in in_time_order(case):
        if entry.occurred_at > at:
            return
        wanted = tuple(step for step in _needed_for(case, entry) if step not in seen)
        for step in missing_steps(case, wanted, read_to_its_end(entry.occurred_at), context.periods):
            seen.add(step)
            parameters = {"which": f"step.{step.value}", "report": f"entry.{entry.kind}"}
            day = _day(case, context, entry.occurred_at)
            yield _finding(case, day, "step_missing", "Habeas, promise 3", entry.id, **parameters)


def _needed_for(case: Case, entry: Entry) -> tuple[Step, ...]:
    body = entry.body
    if isinstance(body, Arrived) or entry in departures(case):
        return TO_DEPART
    later = isinstance(body, PRESENCE) and not isinstance(body, Admitted | Arrived | ArrivedUnannounced)
    if later and any(each.occurred_at < entry.occurred_at for each in case.all(Admitted)):
        return ()  # a roll entry after book-in asks for nothing new
    return TO_ENTER if isinstance(body, PRESENCE) else ()


def _stays_breached(case: Case, context: Context, at: datetime) -> Iterator[Finding]:
    """One finding for each act against a stay; of an order behind which no court stands, it says so."""
    for order in context.orders:
        for entry in breaches(order, case, context):
            day, which = _day(case, context, entry.occurred_at), f"{order.id}:{entry.id}"
            said: dict[str, Parameter] = {"issued_at": order.issued_at, "report": f"entry.{entry.kind}"}
            yield _against(order, case, day, "stay_breached", entry.id, which=which, **said)


def _against(
    order: StayOrder, case: Case, on: date, rule: str, because: str, *, which: str, **parameters: Parameter
) -> Finding:
    """The sentence says whether a court stands behind the order, nobody yet, or nobody at last."""
    lacking = "" if order.is_a_courts else "_rejected" if order.rejected_at is not None else "_lodged"
    named = {"which": which, "court": order.court, "reference": order.reference}
    return _finding(case, on, rule, order.title, because, said=rule + lacking, **named, **parameters)


def _orders_unmet(case: Case, context: Context, at: datetime) -> Iterator[Finding]:
    """A day that an order named and that passed stays passed; where it named none, the duty is open until it is met."""
    for order in context.orders:
        due_at = duty_due_at(order, case)
        if due_at is None or at < due_at or not order.in_force(due_at) or not concerns(order, case, context):
            continue
        met, dated = met_at(order, case), order.due_at is not None
        stands = order.in_force(at) and covers(order, case, context, at)
        unmet = met is None and runs_for(order, case) and (stands or dated)
        if unmet or (met is not None and dated and met > due_at):
            day = _day(case, context, due_at)
            yield _against(order, case, day, "order_unmet", case.opening.id, which=order.id, due_at=due_at)


def _contested(case: Case, context: Context, at: datetime) -> Iterator[Finding]:
    for contest in contests(case, context.periods.contested_after):
        if contest.from_at <= at:
            day, because = _day(case, context, contest.from_at), contest.began_with
            said: dict[str, Parameter] = {"which": because, "since_at": contest.from_at}
            said |= {"one": context.name_of(case.sending), "other": context.name_of(case.receiving)}
            clause = "Habeas, promise 1; ICPPED art. 17"
            yield _finding(case, day, "contested_custody", clause, because, said="", **said)


def _held_after_end(case: Case, context: Context, at: datetime) -> Iterator[Finding]:
    ended: Entry | None = None
    for entry in in_time_order(case):
        if isinstance(entry.body, ENDS):
            ended = entry
        elif ended is not None and isinstance(entry.body, PRESENCE) and entry.occurred_at <= at:
            parameters = {"which": ended.id, "report": f"entry.{ended.kind}"}
            day = _day(case, context, entry.occurred_at)
            yield _finding(case, day, "held_after_end", "ICPPED art. 21", entry.id, **parameters)
            ended = None


def _late(case: Case, context: Context, at: datetime) -> Iterator[Finding]:
    """A duty that was due by a moment and not met before it. Made good later, it stays late."""
    for each in stated(case, context, at):
        rule, met_at, due_at = each.rule, each.met_at, each.due_at
        if rule and rule.breach and at >= due_at and (met_at is None or met_at >= due_at):
            said: dict[str, Parameter] = {"which": f"{rule.id}:{each.began}", "duty": each.duty.code, "due_at": due_at}
            said |= {"until_at": met_at} if met_at else {}
            sentence = f"{rule.breach}_met" if met_at else rule.breach
            day = _day(case, context, due_at)
            yield _finding(case, day, rule.breach, rule.cite, each.began, said=sentence, **said)


def _shaken(case: Case, context: Context, at: datetime) -> Iterator[Finding]:
    """A decision stands although what it rested on was corrected afterwards."""
    decision = case.last(Decided)
    for each in case.all(Corrected) if decision else ():
        target = case.entry(each.body.entry)
        before = target is not None and decision and target.index < decision.entry.index < each.entry.index
        if before and each.recorded_at <= at:
            parameters = {"which": each.id, "field": each.body.field_name}
            day = _day(case, context, each.occurred_at)
            yield _finding(case, day, "corrected_after_decision", "Habeas, promise 4", each.id, **parameters)


def _moved_though_barred(case: Case, context: Context, at: datetime) -> Iterator[Finding]:
    """What the facts as they are known now say against a move that nobody had permitted: a permission asked before."""
    moved = [each for each in outward_acts(case) if each.occurred_at <= at][:1]
    for entry in moved:
        moment = read_to_its_end(entry.occurred_at)
        if Step.DEPARTURE_PERMITTED not in missing_steps(case, TO_DEPART, moment, context.periods):
            return
        known, terms, law = stated_alone(case, context), context.agreement, context.safeguards
        for answer in screen(known, step="departure", agreement=terms, safeguards=law, at=moment).answers:
            if answer.result is Result.BARRED and _surely_applies(answer.id, law, known):
                parameters = {"which": answer.id, "report": f"entry.{entry.kind}"}
                day = _day(case, context, entry.occurred_at)
                found = _finding(case, day, "moved_though_barred", answer.clause, entry.id, **parameters)
                yield replace(found, about=FieldClass.FACTS, because=(entry.id, *answer.used))


def _surely_applies(rule: str, law: SafeguardSet, known: CaseFacts) -> bool:
    """Whether nothing is unknown of the cases to which a rule applies. What might apply bars a permission; a fault is
    only what is shown."""
    conditions = [each.applies_when for each in law.safeguards if each.id == rule and each.applies_when]
    asked = [CATALOGUE[name] for each in conditions for name in each.facts]
    return all(each.origin is Origin.TERMS or known.of(each.name) for each in asked)


_CHECKS = (
    _untitled,
    _steps_missing,
    _stays_breached,
    _orders_unmet,
    _moved_though_barred,
    _contested,
    _held_after_end,
    _late,
    _shaken,
)
