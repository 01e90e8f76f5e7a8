"""What the rules answer about a case, with the reasons, as a page shows it; and the gist of an entry."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from habeas.core.commands import screening_of
from habeas.core.entries import Entry, FieldClass, Form, specs
from habeas.core.entries.institutions import StayOrderIssued
from habeas.core.entries.procedure import AssertionMade, FactContested, ObjectionRaised
from habeas.core.procedure import Stage
from habeas.core.rules import Explanation
from habeas.core.safeguards import Result, Step
from habeas.core.screening import Answer, Screening
from habeas.core.visibility import class_of_fact
from habeas.web import shown
from habeas.web.opened import Opened
from habeas.web.shown import Names, Sees

GIST_CHARACTERS = 160
"""Enough to tell entries apart; the whole stands on the entry's own page."""

NEVER_NAMED = (AssertionMade, ObjectionRaised, FactContested, StayOrderIssued)
"""An answer never says which of these would have to go for it to change."""

ASKED_AT: Mapping[Step, tuple[Stage, ...]] = {
    Step.SCREENING: (Stage.PROPOSED, Stage.SCREENED),
    Step.DEPARTURE: (Stage.ACCEPTED, Stage.ON_MANIFEST),
    Step.HANDOVER: (Stage.DEPARTURE_PERMITTED, Stage.IN_TRANSIT, Stage.OFFERED),
    Step.HELD: (Stage.HELD, Stage.AT_LARGE),
    Step.RETURN: (Stage.REFUSED_AT_DOOR, Stage.RETURN_DUE, Stage.RETURN_OFFERED, Stage.RETURNING),
}
"""For which next step the rules are asked at a stage; at every other they are asked for the decision."""

_OPEN = (Result.BARRED, Result.NOT_SHOWN, Result.STANDARD_NOT_MET, Result.STANDARD_NOT_SHOWN)
_MET = (Result.MET, Result.STANDARD_MET)
WORST_FIRST = (*_OPEN, *_MET, Result.NOT_APPLICABLE)


def answers(opened: Opened) -> list[tuple[str, list[dict[str, Any]]]]:
    """What each rule answers for the next step of this case: what needs work first and under no heading, to stand
    open; then what is met and what does not apply, to be folded away under a heading."""
    stage = opened.stage
    if stage is Stage.ENDED:
        return []
    step = next((step for step, stages in ASKED_AT.items() if stage in stages), Step.DECISION)
    found = screening(screening_of(opened.case, opened.context, step.value, opened.at), opened)
    headings = ((_OPEN, ""), (_MET, _("Met")), ((Result.NOT_APPLICABLE,), _("Does not apply")))
    groups = [(heading, [each for each in found if each["answer"].result in among]) for among, heading in headings]
    return [(heading, group) for heading, group in groups if group]


def screening(asked: Screening, opened: Opened) -> list[dict[str, Any]]:
    """Every answer of a screening with what it rests on and, where something is left to do, the rule's reason."""
    return [
        {
            "answer": each,
            "case": opened.case,
            "reason": each.reason if each.result in _OPEN else None,
            "parts": list(_parts(each.explanation, 0, each.explanation.decided_by)) if each.explanation else [],
            "used": list(_used(each, opened)),
        }
        for each in sorted(asked.answers, key=lambda each: WORST_FIRST.index(each.result))
        if each.explanation is None or may_know(each.explanation.facts(), opened)
    ]


def may_know(facts: Iterable[str], opened: Opened) -> bool:
    """Whether all that a rule asks for is open to this account: its answer would else tell of a person's health, or of
    who complained."""
    return all(opened.sees_class(about) for about in {class_of_fact(each) for each in facts} - {FieldClass.FACTS})


def gist(entry: Entry, names: Names, sees: Sees) -> str:
    """The first few short answers of an entry that may be seen, in one line; never a name or prose."""
    short = (
        spec
        for spec in specs(type(entry.body))
        if not (spec.form is Form.PROSE or spec.field_class is FieldClass.IDENTITY or spec.computed)
    )
    line = shown.gist(shown.row(entry, spec, names, sees) for spec in short)
    return line if len(line) <= GIST_CHARACTERS else line[: GIST_CHARACTERS - 1] + "…"


def _parts(
    part: Explanation, depth: int, decided_by: Collection[tuple[int, int]]
) -> Iterator[tuple[int, str, str, bool]]:
    """The rule's tree as lines: how deep, its text, its value, and whether it decided the answer."""
    yield min(depth, 5), part.text, _value(part.value), part.span in decided_by
    for child in part.children:
        yield from _parts(child, depth + 1, decided_by)


def _value(value: object) -> str:
    match value:
        case None:
            return _("not shown")
        case bool():
            return _("holds") if value else _("fails")
        case tuple():
            return ", ".join(str(each) for each in value) or _("none")
    return str(value)


def _used(answer: Answer, opened: Opened) -> Iterator[Entry]:
    """The entries on which an answer rests, but none that would have to go."""
    for used in answer.used:
        entry = opened.case.entry(used.rpartition(":")[2])
        if entry is not None and not isinstance(entry.body, NEVER_NAMED):
            yield entry
