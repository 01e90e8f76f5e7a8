"""What the independent monitor has on record: visits, findings and answers, samples; and what follows from them.

A finding of ill-treatment stops new permissions until the state that runs the facility has answered it. Nothing
else that is here stops anything: reports, returns, releases and care always go on.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import TypeVar, cast

from habeas.core.case import Of
from habeas.core.days import day_of, day_span
from habeas.core.entries import Entry
from habeas.core.entries.oversight import (
    AnswerCleared,
    FindingAnswered,
    FindingFiled,
    FindingSort,
    FindingSuperseded,
    PrivateWordHeard,
    SampleAnnounced,
    SampleDrawn,
    VisitAsked,
    VisitGranted,
    VisitMade,
    VisitRefused,
)

B = TypeVar("B")
ANSWER_WITHIN = timedelta(days=30)
"""Our own, where the monitor sets no date: OPCAT article 22 and Mandela Rule 85 name none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A visit with all that became of it, in register order."""

    asked: Of[VisitAsked]
    granted: tuple[Of[VisitGranted], ...]
    refused: tuple[Of[VisitRefused], ...]
    made: tuple[Of[VisitMade], ...]

    @property
    def waits(self) -> bool:
        """Whether a state owes an answer: an unannounced visit needs none."""
        return self.asked.body.announced and not (self.granted or self.refused or self.made)

    def shown_to_states(self, at: datetime) -> bool:
        """Nobody learns beforehand of an unannounced visit."""
        return self.asked.body.announced or self.asked.body.visit_at <= at


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A state's answer. Its words are published once the monitor confirms that they name nobody."""

    answered: Of[FindingAnswered]
    cleared: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """A finding of the monitor with its answers, and what superseded it."""

    filed: Of[FindingFiled]
    answers: tuple[Answer, ...]
    superseded: Of[FindingSuperseded] | None

    @property
    def due_on(self) -> date:
        """The last day for an answer, in UTC."""
        return self.filed.body.answer_due_on or day_of(self.filed.recorded_at + ANSWER_WITHIN, "UTC")

    @property
    def due_at(self) -> datetime:
        """The end of that day."""
        return cast(datetime, day_span(self.due_on, "UTC").until_at)

    @property
    def waits(self) -> bool:
        return self.superseded is None and not self.answers

    def stops(self, receiving: str) -> bool:
        """Whether it stops new permissions: ill-treatment, not yet answered by the state that runs the facility."""
        answered = any(each.answered.entry.actor.party == receiving for each in self.answers)
        return self.filed.body.sort is FindingSort.ILL_TREATMENT and self.superseded is None and not answered

    def concerns(self, agreement: str, facility: str, case: str | None) -> bool:
        """Whether its subject (a case, else a facility, else the agreement) is this one, or holds it."""
        body = self.filed.body
        if body.agreement != agreement:
            return False
        return body.case == case if body.case else body.facility in {None, facility}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A sample announced and, unless nobody drew it yet, drawn."""

    announced: Of[SampleAnnounced]
    drawn: Of[SampleDrawn] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Oversight:
    """Everything of the monitor's that is on record, each in register order."""

    visits: tuple[Visit, ...] = ()
    findings: tuple[Filed, ...] = ()
    samples: tuple[Sample, ...] = ()
    words: tuple[Of[PrivateWordHeard], ...] = ()

    @property
    def drawn(self) -> frozenset[str]:
        """Every case of a sample that was drawn."""
        return frozenset(case for each in self.samples if each.drawn for case in each.drawn.body.drawn)

    def visit(self, id: str) -> Visit | None:
        return next((each for each in self.visits if each.asked.id == id), None)

    def finding(self, id: str) -> Filed | None:
        return next((each for each in self.findings if each.filed.id == id), None)

    def sample(self, id: str) -> Sample | None:
        return next((each for each in self.samples if each.announced.id == id), None)

    def stopping(self, agreement: str, facility: str, case: str | None, receiving: str) -> tuple[Filed, ...]:
        """The findings that stop new permissions there."""
        found = (each for each in self.findings if each.concerns(agreement, facility, case))
        return tuple(each for each in found if each.stops(receiving))


NOTHING_FILED = Oversight()


def oversight(entries: Iterable[Entry]) -> Oversight:
    """What these entries say, of the kinds of `core.entries.oversight`; all others are passed over."""
    known = tuple(entries)
    granted, refused, made = _all(known, VisitGranted), _all(known, VisitRefused), _all(known, VisitMade)
    answers, cleared = _all(known, FindingAnswered), {each.body.answered for each in _all(known, AnswerCleared)}
    superseded = {each.body.finding: each for each in reversed(_all(known, FindingSuperseded))}
    drawn = {each.body.announced: each for each in reversed(_all(known, SampleDrawn))}
    return Oversight(
        visits=tuple(
            Visit(
                asked=asked,
                granted=tuple(each for each in granted if each.body.visit == asked.id),
                refused=tuple(each for each in refused if each.body.visit == asked.id),
                made=tuple(each for each in made if each.body.visit == asked.id),
            )
            for asked in _all(known, VisitAsked)
        ),
        findings=tuple(
            Filed(
                filed=filed,
                answers=tuple(
                    Answer(answered=each, cleared=each.id in cleared)
                    for each in answers
                    if each.body.finding == filed.id
                ),
                superseded=superseded.get(filed.id),
            )
            for filed in _all(known, FindingFiled)
        ),
        samples=tuple(Sample(announced=each, drawn=drawn.get(each.id)) for each in _all(known, SampleAnnounced)),
        words=_all(known, PrivateWordHeard),
    )


def _all(entries: Iterable[Entry], body: type[B]) -> tuple[Of[B], ...]:
    return tuple(Of(entry=each, body=each.body) for each in entries if isinstance(each.body, body))


# --- the sample ------------------------------------------------------------------------------------


def commitment_of(seed: str) -> str:
    """What is published of a text before it is told."""
    return sha256(seed.encode("utf-8")).hexdigest()


def ticket(case: str) -> str:
    """What stands for a case in public: the case's id is random, so nobody finds it from this."""
    return sha256(case.encode("utf-8")).hexdigest()


def draw(cases: Iterable[str], *, root: str, seed: str, size: int) -> tuple[str, ...]:
    """The cases with the smallest SHA-256 of root, seed and ticket, joined by line feeds; the smallest first."""
    return tuple(sorted(cases, key=lambda each: commitment_of(f"{root}\n{seed}\n{ticket(each)}"))[:size])
