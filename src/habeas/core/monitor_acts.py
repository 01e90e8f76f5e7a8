"""What speaks against an act of the monitor, or an answer to it: that it names nothing on record, or what is
another's; that it might name somebody in public; that a sample was not bound beforehand. And what a finding stops."""

import re
from collections.abc import Iterator
from datetime import datetime

from habeas.core.case import Case
from habeas.core.context import Context
from habeas.core.entries import Actor, Body, oversight
from habeas.core.entries.procedure import Proposed
from habeas.core.messages import Message, Parameter
from habeas.core.oversight import Oversight, ticket

COMMITMENT = re.compile(r"[0-9a-f]{64}")
ACTS = (
    *("ask_visit", "grant_visit", "refuse_visit", "report_visit"),
    *("file_finding", "answer_finding", "clear_answer", "supersede_finding"),
    *("announce_sample", "draw_sample", "note_private_word", "note_health_consent"),
)
PUBLISHED = (oversight.FindingFiled, oversight.FindingAnswered, oversight.FindingSuperseded)


def reasons_against(body: Body, actor: Actor, context: Context, at: datetime) -> Iterator[Message]:
    """Every reason against it, for this account."""
    known, party = context.oversight, actor.party
    if isinstance(body, PUBLISHED) and not body.names_nobody:
        yield Message("policy.names_nobody", {})
    if not _has_its_object(body, known, party, at):
        yield Message("policy.no_object_of_the_monitor", {})
    elif isinstance(body, oversight.SampleAnnounced):
        yield from _against_announcing(body, known, party)
    elif isinstance(body, oversight.SampleDrawn):
        yield from _against_drawing(body, known)


def stopped(case: Case | None, body: Body, context: Context, *, outward: bool) -> Iterator[Message]:
    """A finding of ill-treatment stops proposals and outward steps there until the state that runs the facility has
    answered it (CAT articles 2 and 12, ICCPR article 7): an answer on record is enough, whatever it says."""
    if case is not None and outward:
        about = (case.agreement, case.facility, case.id)
    elif case is None and isinstance(body, Proposed):
        about = (body.agreement, body.facility, "")
    else:
        return
    for each in context.oversight.stopping(*about, context.receiving):
        said: dict[str, Parameter] = {"filed_at": each.filed.recorded_at}
        yield Message("policy.ill_treatment", {**said, "party": context.name_of(context.receiving)})


def _has_its_object(body: Body, known: Oversight, party: str, at: datetime) -> bool:
    """Whether what the act answers, draws or sets aside is on record and still open to it."""
    match body:
        case oversight.VisitGranted(visit=id):
            visit = known.visit(id)
            return visit is not None and visit.waits
        case oversight.VisitRefused(visit=id) | oversight.VisitMade(visit=id):
            visit = known.visit(id)
            return visit is not None and (visit.shown_to_states(at) or visit.asked.entry.actor.party == party)
        case oversight.FindingAnswered(finding=id):
            return known.finding(id) is not None
        case oversight.FindingSuperseded(finding=id):
            finding = known.finding(id)
            return finding is not None and not finding.superseded and finding.filed.entry.actor.party == party
        case oversight.AnswerCleared(answered=id):
            answers = (each for finding in known.findings for each in finding.answers)
            return any(each.answered.id == id and not each.cleared for each in answers)
        case oversight.SampleDrawn(announced=id):
            sample = known.sample(id)
            return sample is not None and not sample.drawn and sample.announced.entry.actor.party == party
    return True


def _against_announcing(body: oversight.SampleAnnounced, known: Oversight, party: str) -> Iterator[Message]:
    """One sample at a time: who could announce many would draw the one that suits."""
    if body.size < 1 or not COMMITMENT.fullmatch(body.commitment):
        yield Message("policy.sample_form", {})
    if any(each.drawn is None and each.announced.entry.actor.party == party for each in known.samples):
        yield Message("policy.sample_open", {})


def _against_drawing(body: oversight.SampleDrawn, known: Oversight) -> Iterator[Message]:
    """With the text to which it was bound, once somebody else's entry came after the announcement."""
    sample = known.sample(body.announced)
    if sample is not None and ticket(body.seed) != sample.announced.body.commitment:
        yield Message("policy.other_seed", {})
    if body.root is None:
        yield Message("policy.no_root_yet", {})
