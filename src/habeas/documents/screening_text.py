"""The answer about one proposed person, for people and as one JSON document.

What the terms offer and what the safeguards allow stand side by side. The best answer is *no bar found*,
which says of itself that it is no permission. What is not shown comes with the evidence that would settle it
either way; nothing says which assertion, order or objection would have to go.
"""

import textwrap
from collections.abc import Iterable, Iterator
from datetime import date

from habeas.core.case_file import CaseFile
from habeas.core.facts import Fact
from habeas.core.messages import Message, Parameter
from habeas.core.rules import Explanation, Value
from habeas.core.safeguards import Result
from habeas.core.screening import Answer, AnswerKind, Missing, Screening, Verdict
from habeas.speech import say, visible

JSON_VERSION = 1
WIDTH = 100

_SECTIONS: tuple[tuple[str, tuple[Result, ...]], ...] = (
    ("bars", (Result.BARRED,)),
    ("not_shown", (Result.NOT_SHOWN,)),
    ("standards", (Result.STANDARD_NOT_MET, Result.STANDARD_NOT_SHOWN)),
)


# --- for people ------------------------------------------------------------------------------------


def screening_text(case: CaseFile, screening: Screening, language: str) -> str:
    """In words: the verdict, scope beside safeguards, what bars, what is not shown, and the rest."""
    parts = [list(_head(case, screening, language))]
    stated = {each.id: each for each in case.facts}
    for section, results in _SECTIONS:
        answers = [each for each in screening.answers if each.result in results]
        if answers:
            details = [line for each in answers for line in _detailed(each, stated, language)]
            parts.append([_said(f"cli.screen_{section}", language), *details])
    parts += list(_brief(screening, language))
    parts.append(list(_foot(screening, language)))
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def scope_of(screening: Screening) -> str:
    """What the terms alone answer: `yes`, `no`, `not_shown`, or `not_asked` at this step."""
    results = {each.result for each in screening.answers if each.kind is AnswerKind.SCOPE}
    if not results:
        return "not_asked"
    if Result.BARRED in results:
        return "no"
    return "not_shown" if Result.NOT_SHOWN in results else "yes"


def safeguards_of(screening: Screening) -> str:
    """What the safeguards alone answer: `barred`, `not_shown`, or `no_bar_found`."""
    results = {each.result for each in screening.answers if each.kind is AnswerKind.SAFEGUARD}
    if Result.BARRED in results:
        return Verdict.BARRED.value
    is_open = Result.NOT_SHOWN in results or not results
    return Verdict.NOT_SHOWN.value if is_open else Verdict.NO_BAR_FOUND.value


def _head(case: CaseFile, screening: Screening, language: str) -> Iterator[str]:
    asked: dict[str, Parameter] = {
        "name": case.name,
        "step": f"cli.step_{screening.step.value}",
        "at": screening.at,
        "agreement": screening.agreement,
    }
    yield from _paragraph(_said("cli.screen_asked", language, **asked))
    yield ""
    yield from _paragraph(_said(f"cli.screen_verdict_{screening.verdict.value}", language))
    yield ""
    yield from _paragraph(_said(f"cli.screen_scope_{scope_of(screening)}", language))
    yield from _paragraph(_said(f"cli.screen_safeguards_{safeguards_of(screening)}", language))


def _detailed(answer: Answer, stated: dict[str, Fact], language: str) -> Iterator[str]:
    """One answer with its citation, its reason, what it rests on, and what would settle it."""
    yield from _paragraph(f"{answer.title.said_in(language)} ({_citation(answer)})", 2)
    yield from _paragraph(answer.reason.said_in(language), 4)
    if answer.source.from_general_knowledge:
        yield from _paragraph(_said("cli.screen_general_knowledge", language), 4)
    if answer.result in (Result.BARRED, Result.STANDARD_NOT_MET):
        for each in (stated[id] for id in answer.used if id in stated):
            yield from _paragraph(_rests_on(each, language), 4)
    for missing in answer.missing:
        yield from _paragraph(_wanting(missing, language), 4)


def _citation(answer: Answer) -> str:
    return f"{answer.source.cite}; {answer.id}"


def _rests_on(fact: Fact, language: str) -> str:
    parameters: dict[str, Parameter] = {
        "fact": f"fact.{fact.name}",
        "value": _spoken(fact.value, language),
        "by": fact.stated_by,
        "standing": f"cli.standing_{fact.standing.value}",
        "on": fact.as_of,
    }
    sentence = _said("cli.screen_rests_on", language, **parameters)
    papers = [
        _said(
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
    return f"{why} {_said('cli.screen_settled_by', language, kinds=kinds)}"


def _brief(screening: Screening, language: str) -> Iterator[list[str]]:
    """What holds and what does not apply, a line each."""
    met = [each for each in screening.answers if each.result in (Result.MET, Result.STANDARD_MET)]
    if met:
        titles = (f"{each.title.said_in(language)} ({each.id})" for each in met)
        yield [_said("cli.screen_met", language), *_lines(titles)]
    others = [each for each in screening.answers if each.result is Result.NOT_APPLICABLE]
    if others:
        yield [
            _said("cli.screen_not_applicable", language),
            *_lines(
                f"{each.title.said_in(language)} ({each.id}): {say(each.because, language)}"
                for each in others
                if each.because is not None
            ),
        ]


def _foot(screening: Screening, language: str) -> Iterator[str]:
    yield _said("cli.screen_terms_digest", language, digest=screening.terms_digest)
    yield _said("cli.screen_safeguards_digest", language, digest=screening.safeguards_digest)


def _lines(texts: Iterable[str]) -> list[str]:
    return [line for text in texts for line in _paragraph(text, 2)]


def _paragraph(text: str, indent: int = 0) -> list[str]:
    """The text in lines of a readable length."""
    space = " " * indent
    return textwrap.wrap(
        visible(" ".join(text.split("\n"))),
        WIDTH,
        initial_indent=space,
        subsequent_indent=space + ("  " if indent else ""),
        break_long_words=False,
        break_on_hyphens=False,
    )


def _spoken(value: Value | None, language: str) -> Parameter:
    """A value as a sentence holds it; a country in words."""
    if isinstance(value, bool):
        return "cli.yes" if value else "cli.no"
    if isinstance(value, tuple):
        return ", ".join(_country(each, language) for each in value) or "cli.none"
    return _country(value, language) if isinstance(value, str) else value


def _country(code: str, language: str) -> str:
    named = say(Message(f"country.{code}"), language)
    return code if named == f"country.{code}" else named


def _said(code: str, language: str, **parameters: Parameter) -> str:
    return say(Message(code, parameters), language)


# --- for programs ----------------------------------------------------------------------------------


def screening_json(case: CaseFile, screening: Screening, language: str) -> dict[str, object]:
    """The same as data, every answer with its explanation. `is_permission` is never true."""
    return {
        "habeas_screening": JSON_VERSION,
        "name": case.name,
        "agreement": screening.agreement,
        "step": screening.step.value,
        "at": screening.at.isoformat().replace("+00:00", "Z"),
        "verdict": screening.verdict.value,
        "is_permission": False,
        "sentence": _said(f"cli.screen_verdict_{screening.verdict.value}", language),
        "scope": scope_of(screening),
        "safeguards": safeguards_of(screening),
        "terms_digest": screening.terms_digest,
        "safeguards_digest": screening.safeguards_digest,
        "answers": [_answer(each, language) for each in screening.answers],
    }


def _answer(answer: Answer, language: str) -> dict[str, object]:
    explanation = answer.explanation
    return {
        "id": answer.id,
        "kind": answer.kind.value,
        "result": answer.result.value,
        "title": answer.title.said_in(language),
        "clause": answer.clause,
        "reason": answer.reason.said_in(language),
        "source": {"cite": answer.source.cite, "from_general_knowledge": answer.source.from_general_knowledge},
        "because": say(answer.because, language) if answer.because else None,
        "missing": [
            {
                "fact": each.fact,
                "code": each.why.code,
                "sentence": say(each.why, language),
                "settled_by": list(each.settled_by),
            }
            for each in answer.missing
        ],
        "used": list(answer.used),
        "explanation": _explained(explanation) if explanation else None,
    }


def _explained(part: Explanation) -> dict[str, object]:
    return {"text": part.text, "value": _plain(part.value), "children": [_explained(each) for each in part.children]}


def _plain(value: Value | None) -> object:
    if isinstance(value, date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value
