"""What the independent monitor has on record: visits, findings and answers, samples; and what follows from them.

A finding of ill-treatment stops new permissions until the state that runs the facility has answered it. Nothing
else that is here stops anything: reports, returns, releases and care always go on.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import TypeVar, cast

from habeas.core.case import Of
from habeas.core.days import day_of, day_span
from habeas.core.entries import Entry
from habeas.core.entries import oversight as on_record

B = TypeVar("B")
ANSWER_WITHIN = timedelta(days=30)
"""Our own, where the monitor sets no date: OPCAT article 22 and Mandela Rule 85 name none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A visit with all that became of it, in register order."""

    asked: Of[on_record.VisitAsked]
    granted: tuple[Of[on_record.VisitGranted], ...]
    refused: tuple[Of[on_record.VisitRefused], ...]
    made: tuple[Of[on_record.VisitMade], ...]

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

    answered: Of[on_record.FindingAnswered]
    cleared: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """A finding of the monitor with its answers, and what superseded it."""

    filed: Of[on_record.FindingFiled]
    answers: tuple[Answer, ...]
    superseded: Of[on_record.FindingSuperseded] | None

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
        return self.filed.body.sort is on_record.FindingSort.ILL_TREATMENT and self.superseded is None and not answered

    def concerns(self, agreement: str, facility: str, case: str | None) -> bool:
        """Whether its subject (a case, else a facility, else the agreement) is this one, or holds it."""
        body = self.filed.body
        if body.agreement != agreement:
            return False
        return body.case == case if body.case else body.facility in {None, facility}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A sample announced and, unless nobody drew it yet, drawn."""

    announced: Of[on_record.SampleAnnounced]
    drawn: Of[on_record.SampleDrawn] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Oversight:
    """Everything of the monitor's that is on record, each in register order."""

    visits: tuple[Visit, ...] = ()
    findings: tuple[Filed, ...] = ()
    samples: tuple[Sample, ...] = ()
    words: tuple[Of[on_record.PrivateWordHeard], ...] = ()
    consents: frozenset[str] = frozenset()  # the cases whose person lets the monitor see their health record

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

    def counts(self, at: datetime) -> Mapping[str, int]:
        """Findings and visits in numbers, for everybody. A visit without notice is counted once its time has come."""
        visits = [each for each in self.visits if each.shown_to_states(at)]
        return {
            "findings_filed": len(self.findings),
            "findings_waiting": sum(each.waits for each in self.findings),
            "findings_late": sum(each.waits and each.due_at <= at for each in self.findings),
            "findings_superseded": sum(each.superseded is not None for each in self.findings),
            "visits_asked": len(visits),
            "visits_granted": sum(bool(each.granted) for each in visits),
            "visits_refused": sum(bool(each.refused) for each in visits),
            "visits_made": sum(bool(each.made) for each in visits),
            "visits_unanswered": sum(each.waits and each.asked.body.visit_at <= at for each in visits),
        }

    def stopping(self, agreement: str, facility: str, case: str | None, receiving: str) -> tuple[Filed, ...]:
        """The findings that stop new permissions there."""
        found = (each for each in self.findings if each.concerns(agreement, facility, case))
        return tuple(each for each in found if each.stops(receiving))


NOTHING_FILED = Oversight()


def oversight(entries: Iterable[Entry]) -> Oversight:
    """What these entries say, of the kinds of `core.entries.oversight`; all others are passed over."""
    known = tuple(entries)
    last = {each.body.case: each.body.consents for each in _all(known, on_record.HealthConsentHeard)}
    cleared = {each.body.answered for each in _all(known, on_record.AnswerCleared)}

    def about(body: type[B], field: str, id: str) -> tuple[Of[B], ...]:
        return tuple(each for each in _all(known, body) if getattr(each.body, field) == id)

    def visit(asked: Of[on_record.VisitAsked]) -> Visit:
        granted = about(on_record.VisitGranted, "visit", asked.id)
        refused = about(on_record.VisitRefused, "visit", asked.id)
        made = about(on_record.VisitMade, "visit", asked.id)
        return Visit(asked=asked, granted=granted, refused=refused, made=made)

    def finding(filed: Of[on_record.FindingFiled]) -> Filed:
        found = about(on_record.FindingAnswered, "finding", filed.id)
        answers = tuple(Answer(answered=each, cleared=each.id in cleared) for each in found)
        aside = about(on_record.FindingSuperseded, "finding", filed.id)
        return Filed(filed=filed, answers=answers, superseded=aside[0] if aside else None)

    def sample(announced: Of[on_record.SampleAnnounced]) -> Sample:
        drawn = about(on_record.SampleDrawn, "announced", announced.id)
        return Sample(announced=announced, drawn=drawn[0] if drawn else None)

    return Oversight(
        visits=tuple(map(visit, _all(known, on_record.VisitAsked))),
        findings=tuple(map(finding, _all(known, on_record.FindingFiled))),
        samples=tuple(map(sample, _all(known, on_record.SampleAnnounced))),
        words=_all(known, on_record.PrivateWordHeard),
        consents=frozenset(case for case, consents in last.items() if consents),
    )


def _all(entries: Iterable[Entry], body: type[B]) -> tuple[Of[B], ...]:
    return tuple(Of(entry=each, body=each.body) for each in entries if isinstance(each.body, body))


# --- the sample ------------------------------------------------------------------------------------


def ticket(text: str) -> str:
    """What stands in public for a text that is not told yet, or for a case: its id is random, so nobody finds it."""
    return sha256(text.encode("utf-8")).hexdigest()


def draw(cases: Iterable[str], *, root: str, seed: str, size: int) -> tuple[str, ...]:
    """The cases with the smallest SHA-256 of root, seed and ticket, joined by line feeds; the smallest first."""
    return tuple(sorted(cases, key=lambda each: ticket(f"{root}\n{seed}\n{ticket(each)}"))[:size])
