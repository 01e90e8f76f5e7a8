"""The answer about one proposed person, for people and as one JSON document.

What the terms offer and what the safeguards allow stand side by side. The best answer is *no bar found*,
which says of itself that it is no permission. What is not shown comes with the evidence that would settle it
either way; nothing says which assertion, order or objection would have to go.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from habeas.core.case_file import CaseFile
from habeas.core.facts import Fact
from habeas.core.messages import Parameter
from habeas.core.rules import Explanation, Value
from habeas.core.safeguards import Result
from habeas.core.screening import Answer, AnswerKind, Missing, Screening, Verdict
from habeas.core.sources import Source
from habeas.core.terms import Agreement
from habeas.documents.writing import Line, Shown, as_data, fields, page, wrapped
from habeas.speech import said, say, word

JSON_VERSION = 1

_SECTIONS = {
    "cli.screen_bars": (Result.BARRED,),
    "cli.screen_not_shown": (Result.NOT_SHOWN,),
    "cli.screen_standards": (Result.STANDARD_NOT_MET, Result.STANDARD_NOT_SHOWN),
    "cli.screen_met": (Result.MET, Result.STANDARD_MET),
    "cli.screen_not_applicable": (Result.NOT_APPLICABLE,),
}
_wrapped = partial(wrapped, hang=2, splits_words=False)


# --- for people ------------------------------------------------------------------------------------


def screening_text(case: CaseFile, screening: Screening, agreement: Agreement, language: str) -> str:
    """In words: the verdict, scope beside safeguards, what bars, what is not shown, and the rest."""
    asked = said(
        "cli.screen_asked",
        language,
        name=case.name,
        step=f"cli.step_{screening.step}",
        at=screening.at,
        agreement=screening.agreement,
    )
    runs = [] if agreement.can_be_run else [("", said("cli.screen_not_run", language))]
    results = (
        said(f"cli.screen_scope_{scope_of(screening)}", language),
        said(f"cli.screen_safeguards_{safeguards_of(screening)}", language),
    )
    stated = {each.id: each for each in case.facts}
    sections = [
        _wrapped([("", asked), *runs]),
        _wrapped([("", said(f"cli.screen_verdict_{screening.verdict}", language))]),
        _wrapped(("", each) for each in results),
    ]
    for title, among in _SECTIONS.items():
        answers = [each for each in screening.answers if each.result in among]
        if answers:
            lines = (line for each in answers for line in _answered(each, stated, language))
            sections.append([word(title, language), *_wrapped(lines)])
    digests = [
        said("cli.screen_terms_digest", language, digest=screening.terms_digest),
        said("cli.screen_safeguards_digest", language, digest=screening.safeguards_digest),
    ]
    return page([*sections, digests])


def scope_of(screening: Screening) -> str:
    """What the terms alone answer: `yes`, `no`, `not_shown`, or `not_asked` at this step."""
    results = {each.result for each in screening.answers if each.kind is AnswerKind.SCOPE}
    if not results:
        return "not_asked"
    if Result.BARRED in results:
        return "no"
    return "not_shown" if Result.NOT_SHOWN in results else "yes"


def safeguards_of(screening: Screening) -> Verdict:
    """What the safeguards alone answer."""
    law = tuple(each for each in screening.answers if each.kind is AnswerKind.SAFEGUARD)
    return replace(screening, answers=law).verdict


def _answered(answer: Answer, stated: dict[str, Fact], language: str) -> Iterator[Line]:
    """What needs work with its citation, its reason, what it rests on, and what would settle it; the rest in brief."""
    title = answer.title.said_in(language)
    if answer.result in (Result.MET, Result.STANDARD_MET, Result.NOT_APPLICABLE):
        yield "  ", f"{title} ({answer.id}){f': {say(answer.because, language)}' if answer.because else ''}"
        return
    yield "  ", f"{title} ({answer.source.cite}; {answer.id})"
    yield "    ", answer.reason.said_in(language)
    if answer.explanation is not None:
        yield from (("    ", _decided(each, language)) for each in answer.explanation.deciding())
    if answer.source.from_general_knowledge:
        yield "    ", said("cli.screen_general_knowledge", language)
    if answer.result in (Result.BARRED, Result.STANDARD_NOT_MET):
        yield from (("    ", _rests_on(stated[id], language)) for id in answer.used if id in stated)
    yield from (("    ", _wanting(each, language)) for each in answer.missing)


def _decided(part: Explanation, language: str) -> str:
    """One of the parts of the rule that made its answer what it is, as the rule is written."""
    code = {True: "holds", False: "fails"}[part.answer] if part.answer is not None else "open"
    return said(f"cli.screen_part_{code}", language, part=" ".join(part.text.split()))


def _rests_on(fact: Fact, language: str) -> str:
    sentence = said(
        "cli.screen_rests_on",
        language,
        fact=f"fact.{fact.name}",
        value=_spoken(fact.value, language),
        by=fact.stated_by,
        standing=f"cli.standing_{fact.standing}",
        on=fact.as_of,
    )
    papers = [
        said(
            "cli.screen_document",
            language,
            kind=f"evidence.{each.kind}",
            issuer=each.issuer,
            on=each.dated_on,
            reference=each.reference,
        )
        for each in fact.evidence
    ]
    return " ".join([sentence, *papers])


def _wanting(missing: Missing, language: str) -> str:
    why = say(missing.why, language)
    if not missing.settled_by:
        return why
    kinds = tuple(f"evidence.{kind}" for kind in missing.settled_by)
    return f"{why} {said('cli.screen_settled_by', language, kinds=kinds)}"


def _spoken(value: Value | None, language: str) -> Parameter:
    """A value as a sentence holds it; a country in words."""
    match value:
        case bool():
            return "cli.yes" if value else "cli.no"
        case tuple():
            return ", ".join(_country(each, language) for each in value) or "cli.none"
        case str():
            return _country(value, language)
    return value


def _country(code: str, language: str) -> str:
    named = word(f"country.{code}", language)
    return code if named == f"country.{code}" else named


# --- for programs ----------------------------------------------------------------------------------


_SHOWN: Shown = {
    Answer: fields("id kind result title clause reason source because missing used explanation"),
    Source: fields("cite from_general_knowledge"),
    Missing: fields("fact code=why.code sentence=why settled_by"),
    Explanation: fields("text span value decided_by children"),
}


def screening_json(case: CaseFile, screening: Screening, agreement: Agreement, language: str) -> dict[str, Any]:
    """The same as data, every answer with its explanation. `is_permission` is never true."""
    return {
        "habeas_screening": JSON_VERSION,
        "name": case.name,
        "agreement": screening.agreement,
        "agreement_can_be_run": agreement.can_be_run,
        "step": screening.step,
        "at": screening.at.isoformat().replace("+00:00", "Z"),
        "verdict": screening.verdict,
        "is_permission": False,
        "sentence": said(f"cli.screen_verdict_{screening.verdict}", language),
        "scope": scope_of(screening),
        "safeguards": safeguards_of(screening),
        "terms_digest": screening.terms_digest,
        "safeguards_digest": screening.safeguards_digest,
        "answers": as_data(screening.answers, language, _SHOWN),
    }
