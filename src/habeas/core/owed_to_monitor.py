"""What the states owe the independent monitor, and where they kept it from its work."""

from collections.abc import Iterator
from datetime import datetime

from habeas.core.case import Of
from habeas.core.days import day_of
from habeas.core.duties import Clock, Runs
from habeas.core.entries.oversight import FindingFiled, VisitAsked
from habeas.core.findings import Finding
from habeas.core.messages import Message
from habeas.core.oversight import Oversight


def oversight_clocks(known: Oversight, receiving: str) -> tuple[Clock, ...]:
    """What the states owe the monitor, the soonest first. A visit is answered before it is to take place."""
    found = [
        _clock("visit_answer", each.asked, receiving, each.asked.body.visit_at) for each in known.visits if each.waits
    ]
    found += [_clock("finding_answer", each.filed, receiving, each.due_at) for each in known.findings if each.waits]
    return tuple(sorted(found, key=lambda each: each.due_at))


def _clock(code: str, of: Of[VisitAsked] | Of[FindingFiled], owner: str, due_at: datetime) -> Clock:
    return Clock(
        duty=Message(f"clock.{code}"), runs=Runs.DUTY, owner=owner, starts_at=of.recorded_at, due_at=due_at, case=of.id
    )


def oversight_findings(known: Oversight, at: datetime) -> tuple[Finding, ...]:
    """Where the monitor was kept from its work: visits refused, and silence beyond the time for an answer."""
    return tuple(sorted(_kept_from_its_work(known, at), key=lambda each: (each.on, each.rule, each.because)))


def _kept_from_its_work(known: Oversight, at: datetime) -> Iterator[Finding]:
    for visit in known.visits:
        place, visits = visit.asked.body.facility, "OPCAT arts. 12, 20; Mandela Rule 84"
        for each in visit.refused:
            yield _finding("visit_refused", visits, place, each.occurred_at, each.id)
        if visit.waits and visit.asked.body.visit_at <= at:
            yield _finding("visit_unanswered", visits, place, visit.asked.body.visit_at, visit.asked.id)
    for filed in known.findings:
        if filed.waits and filed.due_at <= at:
            subject = filed.filed.body.facility or filed.filed.body.agreement
            yield _finding(
                "finding_unanswered", "OPCAT art. 22; Mandela Rule 85", subject, filed.due_at, filed.filed.id
            )


def _finding(rule: str, clause: str, subject: str, at: datetime, because: str) -> Finding:
    day, message = day_of(at, "UTC"), Message(f"finding.{rule}", {"which": because})
    return Finding(rule=rule, clause=clause, subject=subject, on=day, because=(because,), message=message)
