"""An agreement in plain words, every value with its source: for a lawyer, a reporter, a person proposed.

What is assumed and what is no answer is marked at the place where it stands; sources are numbered and listed
at the end. `check_text` shows what a text leaves open, `diff_text` what two versions say differently.
"""

import re
import textwrap
from collections.abc import Iterator

from habeas.core.countries import name as country_name
from habeas.core.floor import QUESTIONS, Answer, answers_of, floor, gaps
from habeas.core.ledger.fees import FeeStep, work_through
from habeas.core.messages import Message, Parameter
from habeas.core.places import FileError
from habeas.core.sources import Source
from habeas.core.terms import PERIODS, Agreement, Term
from habeas.speech import say, visible

JSON_VERSION = 1
WIDTH = 100

WATCHING = (
    "monitors_and_their_powers",
    "independent_monitor",
    "complaints_to_both_states",
    "deaths_and_who_investigates",
    "ill_treatment_and_who_investigates",
)
RETURNING = ("return_before_release", "return_on_order", "refusal_on_arrival", "termination_and_retaking", "suspension")
_SAID_ELSEWHERE = (
    *WATCHING,
    *RETURNING,
    "places_by_name",
    "places_and_cells",
    "who_may_come",
    "who_may_not",
    "in_force_date",
    "notice_period",
    "time_to_contest",
    "vehicle",
    "fee_shape",
    "outside_the_fee",
    "parties_and_signatories",
)


# --- for people ------------------------------------------------------------------------------------


def terms_text(agreement: Agreement, lang: str) -> str:
    """Who, where, how many, for how much worked through, until when; who returns them, who watches;
    the floor, what is unsaid, what was assumed; and the sources of all of it."""
    return _Words(agreement, lang).everything()


def check_text(agreement: Agreement, lang: str) -> str:
    """How many questions the text answers, the floor, and every question left open."""
    words = _Words(agreement, lang)
    return words.joined([words.checked(), words.floor(), words.unsaid()])


def diff_text(a: Agreement, b: Agreement, lang: str) -> str:
    """What the second says that the first doesn't, the other way round, and what both say differently."""
    before, after = _values(a, lang), _values(b, lang)
    lines = [_say("terms.text.compared", lang, first=a.digest, second=b.digest)]
    for label in dict.fromkeys((*before, *after)):
        was, now = before.get(label), after.get(label)
        if was != now:
            lines.append(label)
            lines += [f"  - {was}"] if was is not None else []
            lines += [f"  + {now}"] if now is not None else []
    if len(lines) == 1:
        lines.append(_say("terms.text.no_difference", lang))
    return visible_lines("\n".join(lines)) + "\n"


def error_text(error: FileError, lang: str) -> str:
    """What is wrong with a file, behind its place."""
    place = error.place
    return visible(f"{place.file}:{place.line}:{place.column}: {say(error.message, lang)}")


def visible_lines(text: str) -> str:
    """A text with every code that a terminal would obey shown, save line breaks and fixed spaces."""
    return re.sub(r"[^\n\N{NO-BREAK SPACE}]+", lambda found: visible(found.group()), text)


class _Words:
    """The sections of one agreement in one language."""

    def __init__(self, agreement: Agreement, lang: str) -> None:
        self.agreement, self.lang = agreement, lang
        self.answers = answers_of(agreement)
        self.sources = _sources(agreement)

    def everything(self) -> str:
        return self.joined(
            [
                self.head(),
                self.who("scope", "terms.text.who"),
                self.who("exclusion", "terms.text.who_not"),
                self.where(),
                self.fee(),
                self.until_when(),
                self.lengths(),
                self.answered("terms.text.returning", RETURNING),
                self.answered("terms.text.watching", WATCHING),
                self.answered("terms.text.rest", [q for q in self.answers if q not in _SAID_ELSEWHERE]),
                self.observed(),
                self.floor(),
                self.unsaid(),
                self.assumed(),
                self.listed(),
            ]
        )

    def joined(self, sections: list[list[str]]) -> str:
        return visible_lines("\n\n".join("\n".join(each) for each in sections if each)) + "\n"

    def head(self) -> list[str]:
        agreement = self.agreement
        states: dict[str, Parameter] = {
            "sending": self.country(agreement.sending),
            "receiving": self.country(agreement.receiving),
        }
        lines = [agreement.title.said_in(self.lang)]
        lines += self.line(self.say("terms.text.parties", **states) + self.mark(agreement.source), 0)
        lines += self.line(self.say(f"terms.vehicle.{agreement.vehicle}") + self.mark(agreement.source), 0)
        for each in agreement.authorities:
            lines += self.line(f"{self.country(each.state)}: {each.name}" + self.mark(each.source), 0)
        lines += self.line(self.say(f"terms.text.{self.standing()}"), 0)
        return [*lines, self.say("terms.text.digest", id=agreement.id, digest=agreement.digest)]

    def standing(self) -> str:
        if not self.agreement.can_be_run:
            return "can_not_be_run"
        return "run_on_assumptions" if self.agreement.assumptions else "can_be_run"

    def who(self, kind: str, title: str) -> list[str]:
        terms = [each for each in self.agreement.eligibility if each.kind == kind]
        lines = [line for each in terms for line in self.term(each)]
        return [self.say(title), *(lines or self.line(self.say("terms.text.silent")))]

    def term(self, term: Term) -> list[str]:
        lines = self.line(term.title.said_in(self.lang) + self.mark(term.source))
        lines += self.line(term.reason.said_in(self.lang), 4)
        if term.rule is None:
            return lines + self.line(self.say("terms.text.unencodable"), 4)
        for fact, kinds in term.evidence.items():
            documents = tuple(f"evidence.{each}" for each in kinds)
            lines += self.line(self.say("terms.text.evidence", fact=f"fact.{fact}", documents=documents), 4)
        return lines

    def where(self) -> list[str]:
        lines = [self.say("terms.text.where")]
        for each in self.agreement.facilities:
            place: dict[str, Parameter] = {"name": each.name, "state": self.country(each.state)}
            parts = [self.say("terms.text.facility", **place, time_zone=each.time_zone)]
            parts += [self.say("terms.text.places", places=each.places)] if each.places is not None else []
            parts += [self.say("terms.text.cells", cells=each.cells)] if each.cells is not None else []
            lines += self.line(" ".join(parts) + self.mark(each.source))
        return lines if len(lines) > 1 else [*lines, *self.line(self.say("terms.text.silent"))]

    def fee(self) -> list[str]:
        fee, title = self.agreement.fee, self.say("terms.text.fee")
        if fee is None:
            return [title, *self.line(self.say("terms.text.silent"))]
        lines = [title, *self.line(self.say(f"fee.shape.{fee.shape}") + self.mark(fee.source))]
        for step in fee_steps(self.agreement):
            lines += self.line(say(step.message, self.lang), 4)
        for reported in fee.reported:
            amount: dict[str, Parameter] = {"amount": reported.amount.amount, "currency": reported.amount.currency}
            lines += self.line(self.say("fee.reported", **amount) + self.mark(reported.source), 4)
        for outside in fee.outside:
            lines += self.line(outside.text.said_in(self.lang) + self.mark(outside.source))
        return lines

    def until_when(self) -> list[str]:
        lines = [self.say("terms.text.until_when")]
        for name, dated in self.agreement.dates.items():
            said = self.say(f"terms.date.{name}", on=dated.on)
            lines += self.line(said + self.mark(dated.source, dated.assumed))
        if duration := self.agreement.duration:
            lines += self.line(self.say("terms.text.years", years=duration.years) + self.mark(duration.source))
        return lines if len(lines) > 1 else [*lines, *self.line(self.say("terms.text.silent"))]

    def lengths(self) -> list[str]:
        lines = [self.say("terms.text.lengths")]
        for name in PERIODS:
            period = self.agreement.periods.get(name)
            if period is None:
                lines += self.line(self.say(f"terms.period_silent.{name}"))
            else:
                said = self.say(f"terms.period.{name}", value=period.value)
                lines += self.line(said + self.mark(period.source, period.assumed))
        return lines

    def answered(self, title: str, questions: list[str] | tuple[str, ...]) -> list[str]:
        said = [(each, self.answers[each]) for each in questions if each in self.answers]
        lines = [line for question, answer in said for line in self.answer(question, answer)]
        return [self.say(title), *(lines or self.line(self.say("terms.text.silent")))]

    def answer(self, question: str, answer: Answer) -> list[str]:
        text = answer.text.said_in(self.lang) + self.mark(answer.source, answer.assumed)
        lines = self.line(f"{self.say(f'terms.question.{question}')}: {text}")
        return lines if answer.counts else lines + self.line(self.say("terms.text.no_answer"), 4)

    def observed(self) -> list[str]:
        seen = self.agreement.observed
        if seen is None:
            return []
        said = self.say("terms.text.observed", people=seen.people, from_on=seen.from_on, until_on=seen.until_on)
        lines = [self.say("terms.text.happened"), *self.line(said + self.mark(seen.source))]
        assumption = self.say("terms.text.on_assumption", assumption=seen.assumption.said_in(self.lang))
        return lines + self.line(assumption, 4)

    def floor(self) -> list[str]:
        lines = [self.say("terms.text.floor")]
        for each in floor(self.agreement):
            how = ("assumed" if each.assumed else "yes") if each.answered else "no"
            lines += self.line(f"{self.say(f'terms.text.floor_{how}')}: {say(each.message, self.lang)}")
        return lines

    def unsaid(self) -> list[str]:
        lines = [line for each in gaps(self.agreement) for line in self.line(say(each.message, self.lang))]
        return [self.say("terms.text.unsaid"), *lines] if lines else []

    def checked(self) -> list[str]:
        open_questions = {each.question for each in gaps(self.agreement)}
        answered = sum(question not in open_questions for question in QUESTIONS)
        count: dict[str, Parameter] = {"answered": answered, "asked": len(QUESTIONS)}
        title = self.agreement.title.said_in(self.lang)
        return [title, self.say("terms.text.checked", **count), self.say(f"terms.text.{self.standing()}")]

    def assumed(self) -> list[str]:
        lines: list[str] = []
        for each in self.agreement.assumptions:
            lines += self.line(each.text.said_in(self.lang))
            if each.instead_of:
                said = each.instead_of.said_in(self.lang)
                lines += self.line(self.say("terms.text.instead_of", said=said), 4)
        return [self.say("terms.text.assumptions"), *lines] if lines else []

    def listed(self) -> list[str]:
        lines = [self.say("terms.text.sources")]
        for number, each in enumerate(self.sources, start=1):
            quality = self.say(f"terms.quality.{each.quality}")
            lines += self.line(f"[{number}] {each.document}. {each.citation}. {quality}", 0)
        return lines

    def mark(self, source: Source | None, assumed: bool = False) -> str:
        """The number of the source, with the clause; or that it is assumed."""
        if source is None:
            return f" ({self.say('terms.text.assumed')})" if assumed else ""
        number = self.sources.index(_without_clause(source)) + 1
        return f" [{number}{', ' + source.clause if source.clause else ''}]"

    def line(self, text: str, indent: int = 2) -> list[str]:
        lead = "- " if indent == 2 else " " * indent
        return textwrap.wrap(text, WIDTH, initial_indent=lead, subsequent_indent=" " * indent)

    def country(self, code: str) -> str:
        return say(country_name(code), self.lang)

    def say(self, code: str, **parameters: Parameter) -> str:
        return _say(code, self.lang, **parameters)


def fee_steps(agreement: Agreement) -> tuple[FeeStep, ...]:
    """The fee worked through, with nobody held and with every place of the text filled."""
    if agreement.fee is None:
        return ()
    places = sum(each.places or 0 for each in agreement.facilities)
    return work_through(agreement.fee, agreement.observed, (0, places) if places else (0,))


def _say(code: str, lang: str, **parameters: Parameter) -> str:
    return say(Message(code, parameters), lang)


# --- sources ---------------------------------------------------------------------------------------


def _sources(agreement: Agreement) -> list[Source]:
    """Every document that a value rests on, once each, in the order of the text."""
    return list(dict.fromkeys(_without_clause(each) for each in _cited(agreement) if each))


def _cited(agreement: Agreement) -> Iterator[Source | None]:
    yield agreement.source
    yield from (each.source for each in agreement.authorities)
    yield from (each.source for each in agreement.eligibility)
    yield from (each.source for each in agreement.facilities)
    if fee := agreement.fee:
        yield fee.source
        yield from (each.source for each in fee.reported)
        yield from (each.source for each in fee.outside)
    yield from (each.source for each in agreement.dates.values())
    yield agreement.duration.source if agreement.duration else None
    yield from (each.source for each in agreement.periods.values())
    yield from (each.source for each in answers_of(agreement).values())
    if agreement.observed:
        yield agreement.observed.source


def _without_clause(source: Source) -> Source:
    return Source(document=source.document, citation=source.citation, quality=source.quality)


# --- as data ---------------------------------------------------------------------------------------


def terms_json(agreement: Agreement, lang: str) -> dict[str, object]:
    """The same as one JSON document. Amounts are texts of decimals, dates are ISO 8601."""
    return {
        "habeas_terms": JSON_VERSION,
        "id": agreement.id,
        "title": agreement.title.said_in(lang),
        "digest": agreement.digest,
        "sending": agreement.sending,
        "receiving": agreement.receiving,
        "vehicle": agreement.vehicle,
        "can_be_run": agreement.can_be_run,
        "dates": {
            name: {"on": each.on.isoformat(), "assumed": each.assumed, "source": _source_json(each.source)}
            for name, each in agreement.dates.items()
        },
        "duration": _duration_json(agreement),
        "authorities": [
            {"state": each.state, "name": each.name, "source": _source_json(each.source)}
            for each in agreement.authorities
        ],
        "facilities": [
            {
                "code": each.code,
                "name": each.name,
                "state": each.state,
                "time_zone": each.time_zone,
                "places": each.places,
                "cells": each.cells,
                "source": _source_json(each.source),
            }
            for each in agreement.facilities
        ],
        "eligibility": [_term_json(each, lang) for each in agreement.eligibility],
        "periods": {
            name: {"value": each.value, "assumed": each.assumed, "source": _source_json(each.source)}
            for name, each in agreement.periods.items()
        },
        "answers": {
            question: {
                "text": each.text.said_in(lang),
                "assumed": each.assumed,
                "counts": each.counts,
                "source": _source_json(each.source),
            }
            for question, each in answers_of(agreement).items()
        },
        "fee": _fee_json(agreement, lang),
        "observed": _observed_json(agreement, lang),
        "floor": [
            {
                "question": each.question,
                "sentence": say(each.message, lang),
                "answered": each.answered,
                "assumed": each.assumed,
                "missing": list(each.missing),
            }
            for each in floor(agreement)
        ],
        "gaps": [{"question": each.question, "sentence": say(each.message, lang)} for each in gaps(agreement)],
        "assumptions": [
            {
                "question": each.question,
                "text": each.text.said_in(lang),
                "instead_of": each.instead_of.said_in(lang) if each.instead_of else None,
            }
            for each in agreement.assumptions
        ],
    }


def _source_json(source: Source | None) -> dict[str, str] | None:
    if source is None:
        return None
    return {
        "document": source.document,
        "citation": source.citation,
        "clause": source.clause,
        "quality": source.quality.value,
    }


def _term_json(term: Term, lang: str) -> dict[str, object]:
    return {
        "id": term.id,
        "kind": term.kind,
        "title": term.title.said_in(lang),
        "reason": term.reason.said_in(lang),
        "rule": term.rule.text if term.rule else None,
        "evidence": {fact: list(kinds) for fact, kinds in term.evidence.items()},
        "source": _source_json(term.source),
    }


def _fee_json(agreement: Agreement, lang: str) -> dict[str, object] | None:
    fee = agreement.fee
    if fee is None:
        return None
    return {
        "shape": fee.shape,
        "source": _source_json(fee.source),
        "steps": [
            {
                "code": each.message.code,
                "sentence": say(each.message, lang),
                "amount": str(each.amount.amount) if each.amount else None,
                "currency": each.amount.currency if each.amount else None,
                "number": None if each.number is None else str(each.number),
            }
            for each in fee_steps(agreement)
        ],
        "reported": [{"amount": str(each.amount.amount), "source": _source_json(each.source)} for each in fee.reported],
        "outside": [{"text": each.text.said_in(lang), "source": _source_json(each.source)} for each in fee.outside],
    }


def _duration_json(agreement: Agreement) -> dict[str, object] | None:
    found = agreement.duration
    return {"years": found.years, "source": _source_json(found.source)} if found else None


def _observed_json(agreement: Agreement, lang: str) -> dict[str, object] | None:
    seen = agreement.observed
    if seen is None:
        return None
    return {
        "people": seen.people,
        "from_on": seen.from_on.isoformat(),
        "until_on": seen.until_on.isoformat(),
        "person_days": seen.person_days,
        "assumption": seen.assumption.said_in(lang),
        "source": _source_json(seen.source),
    }


# --- two versions ----------------------------------------------------------------------------------


_FOLLOWS = ("habeas_terms", "digest", "can_be_run", "floor", "gaps", "assumptions")


def _values(agreement: Agreement, lang: str) -> dict[str, str]:
    """Every value of the text by a label that another version shares; nothing that follows from others."""
    found: dict[str, str] = {}
    stated = {key: each for key, each in terms_json(agreement, lang).items() if key not in _FOLLOWS}
    _flatten(stated, "", found)
    return found


def _flatten(value: object, label: str, found: dict[str, str]) -> None:
    """Tables by their keys; an entry of a list by its own name, or else by its number."""
    if isinstance(value, dict) and "citation" in value:
        found[label] = ", ".join(str(each) for each in value.values() if each)
    elif isinstance(value, dict):
        for key, each in value.items():
            _flatten(each, f"{label}.{key}" if label else str(key), found)
    elif isinstance(value, list):
        for number, each in enumerate(value, start=1):
            _flatten(each, f"{label}.{_name_of(each) or number}", found)
    elif value is not None:
        found[label] = str(value).lower() if isinstance(value, bool) else str(value)


def _name_of(entry: object) -> str:
    if not isinstance(entry, dict):
        return ""
    return next((str(entry[key]) for key in ("id", "question") if entry.get(key)), "")
