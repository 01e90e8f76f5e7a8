"""What was done with a person, act by act, and the case as the record knew it just before: what the standing check of
the whole register holds against the rules. Only what was done: nobody else is in it.
"""

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from habeas.core.case import Case, corrected
from habeas.core.context import Context
from habeas.core.entries import Entry, custody
from habeas.core.permissions import BY_BODY, Act
from habeas.core.policies import Question, is_outward_act
from habeas.core.safeguards import Step

REPORTED: Mapping[type, Step] = {
    custody.Departed: Step.DEPARTURE,
    custody.DepartedUnproposed: Step.DEPARTURE,
    custody.ArrivedUnannounced: Step.ADMISSION,
    custody.Admitted: Step.ADMISSION,
}
"""Reports of what should have been permitted, each with the step whose rules it had to answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """One act that was done. `before` is the case as the record knew it when it took the act."""

    entry: Entry
    act: str
    step: Step
    before: Case


def acts_done(case: Case, context: Context) -> Iterator[Done]:
    """Every act at which rules are asked, or had to be, in register order; no step back towards the sending state."""
    for entry in case.recorded:
        act = BY_BODY.get(type(entry.body))
        step = REPORTED.get(type(entry.body)) or (Step(act.step) if act and act.step else None)
        if act is not None and step is not None and _leads_outward(act, entry, case, context):
            yield Done(entry=entry, act=act.name, step=step, before=_before(case, entry))


def _leads_outward(act: Act, entry: Entry, case: Case, context: Context) -> bool:
    if isinstance(entry.body, custody.Departed):
        return entry.body.outward
    at = entry.recorded_at
    question = Question(
        act=act, body=entry.body, actor=entry.actor, occurred_at=entry.occurred_at, case=case, context=context, at=at
    )
    return not act.outward or is_outward_act(question)


def _before(case: Case, entry: Entry) -> Case:
    """What was on record when this entry came: those before it, or itself where it opened the case."""
    known = tuple(each for each in case.recorded if each.index < entry.index) or (entry,)
    return dataclasses.replace(case, entries=corrected(known), recorded=known, version=known[-1].version + 1)
