"""What the rules answer about a case, with the reasons, as a page shows it; and the gist of an entry."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from habeas.core.commands import screening_of
from habeas.core.entries import Entry, FieldClass, Form, specs
from habeas.core.entries.institutions import StayOrderIssued
from habeas.core.entries.procedure import AssertionMade, FactContested, ObjectionRaised
from habeas.core.procedure import Stage, stage
from habeas.core.rules import Explanation
from habeas.core.safeguards import Result, Step
from habeas.core.screening import Answer, AnswerKind, Missing, Screening
from habeas.web.labels import label, language, sentence
from habeas.web.opened import Opened
from habeas.web.shown import Names, Sees, entry_title, row

GIST_FIELDS = 3
GIST_CHARACTERS = 160
"""Enough to tell entries apart; the whole stands on the entry's own page."""

NEVER_NAMED = (AssertionMade, ObjectionRaised, FactContested, StayOrderIssued)
"""An answer never says which of these would have to go for it to change."""

NEXT_STEP: Mapping[Stage, Step] = {
    Stage.PROPOSED: Step.SCREENING,
    Stage.SCREENED: Step.SCREENING,
    Stage.NOTICE_SERVED: Step.DECISION,
    Stage.OBJECTION_OPEN: Step.DECISION,
    Stage.READY_TO_DECIDE: Step.DECISION,
    Stage.DECIDED: Step.DECISION,
    Stage.DECIDED_AGAINST: Step.DECISION,
    Stage.CONTEST_PERIOD: Step.DECISION,
    Stage.READY_TO_ACCEPT: Step.DECISION,
    Stage.DECLINED: Step.DECISION,
    Stage.ACCEPTED: Step.DEPARTURE,
    Stage.ON_MANIFEST: Step.DEPARTURE,
    Stage.DEPARTURE_PERMITTED: Step.HANDOVER,
    Stage.IN_TRANSIT: Step.HANDOVER,
    Stage.OFFERED: Step.HANDOVER,
    Stage.REFUSED_AT_DOOR: Step.RETURN,
    Stage.HELD: Step.HELD,
    Stage.AT_LARGE: Step.HELD,
    Stage.RETURN_DUE: Step.RETURN,
    Stage.RETURN_OFFERED: Step.RETURN,
    Stage.RETURNING: Step.RETURN,
}
"""At which step the rules are asked on the page of a case; none once it has ended."""

_TAGS: Mapping[Result, str] = {
    Result.MET: "good",
    Result.BARRED: "bad",
    Result.NOT_SHOWN: "warn",
    Result.NOT_APPLICABLE: "",
    Result.STANDARD_MET: "good",
    Result.STANDARD_NOT_MET: "bad",
    Result.STANDARD_NOT_SHOWN: "warn",
}
_WORST_FIRST = (
    Result.BARRED,
    Result.NOT_SHOWN,
    Result.STANDARD_NOT_MET,
    Result.STANDARD_NOT_SHOWN,
    Result.MET,
    Result.STANDARD_MET,
    Result.NOT_APPLICABLE,
)


def answers(opened: Opened) -> list[dict[str, Any]]:
    """What each rule answers for the next step of this case, what needs work first."""
    step = NEXT_STEP.get(stage(opened.case, opened.at, opened.context.periods))
    if step is None:
        return []
    asked = screening_of(opened.case, opened.context, step.value, opened.at)
    return _groups(screening(asked, opened))


def _groups(answers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What needs work stands open; what is met and what does not apply is folded away with its number."""
    headings = ((_OPEN, ""), (_MET, _("Met")), (frozenset({Result.NOT_APPLICABLE}), _("Does not apply")))
    found = [
        {
            "heading": heading,
            "open": results is _OPEN,
            "answers": [each for each in answers if each["result"] in results],
        }
        for results, heading in headings
    ]
    return [each for each in found if each["answers"]]


def screening(asked: Screening, opened: Opened) -> list[dict[str, Any]]:
    """Every answer of a screening, as a page shows it."""
    found = sorted(asked.answers, key=lambda each: _WORST_FIRST.index(each.result))
    return [_answer(each, opened) for each in found]


def gist(entry: Entry, names: Names, sees: Sees) -> str:
    """The first few short answers of an entry that may be seen, in one line; never a name or prose."""
    told = []
    for spec in specs(type(entry.body)):
        if spec.form is Form.PROSE or spec.field_class is FieldClass.IDENTITY or spec.computed:
            continue
        shown = row(entry, spec, names, sees)
        if shown.texts:
            told.append(f"{shown.label}: {', '.join(shown.texts)}")
        if len(told) == GIST_FIELDS:
            break
    line = "; ".join(told)
    return line if len(line) <= GIST_CHARACTERS else line[: GIST_CHARACTERS - 1] + "…"


def _answer(each: Answer, opened: Opened) -> dict[str, Any]:
    return {
        "title": each.title.said_in(language()),
        "reason": each.reason.said_in(language()) if each.result not in _QUIET else "",
        "clause": each.clause,
        "cite": each.source.cite,
        "to_verify": each.source.from_general_knowledge,
        "of_terms": each.kind is AnswerKind.SCOPE,
        "result": each.result,
        "tag": _TAGS[each.result],
        "word": _words(each.result),
        "because": sentence(each.because) if each.because else "",
        "missing": [_missing(one) for one in each.missing],
        "parts": list(_parts(each.explanation, 0)) if each.explanation else [],
        "used": list(_used(each, opened)),
    }


_MET = frozenset({Result.MET, Result.STANDARD_MET})
_QUIET = _MET | {Result.NOT_APPLICABLE}
_OPEN = frozenset(Result) - _QUIET


def _words(result: Result) -> str:
    words = {
        Result.MET: _("Met"),
        Result.BARRED: _("Barred"),
        Result.NOT_SHOWN: _("Not shown"),
        Result.NOT_APPLICABLE: _("Does not apply"),
        Result.STANDARD_MET: _("Standard met"),
        Result.STANDARD_NOT_MET: _("Standard not met"),
        Result.STANDARD_NOT_SHOWN: _("Standard not shown"),
    }
    return words[result]


def _missing(missing: Missing) -> dict[str, Any]:
    return {"why": sentence(missing.why), "settled_by": [label(f"evidence.{each}") for each in missing.settled_by]}


def _parts(part: Explanation, depth: int) -> Iterator[dict[str, Any]]:
    """The rule's tree as lines, each with its depth and its value."""
    yield {"text": part.text, "value": _value(part.value), "depth": min(depth, 5)}
    for child in part.children:
        yield from _parts(child, depth + 1)


def _value(value: object) -> str:
    match value:
        case None:
            return _("not shown")
        case bool():
            return _("holds") if value else _("fails")
        case tuple():
            return ", ".join(str(each) for each in value) or _("none")
    return str(value)


def _used(answer: Answer, opened: Opened) -> Iterator[dict[str, str]]:
    """The entries on which an answer rests, but none that would have to go."""
    for used in answer.used:
        entry = opened.case.entry(used.rpartition(":")[2])
        if entry is not None and not isinstance(entry.body, NEVER_NAMED):
            yield {"url": reverse("entry", args=[opened.case.id, entry.id]), "title": entry_title(entry)}
