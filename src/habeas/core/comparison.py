"""Agreements beside each other: how each stands to each question of a text, and to the floor."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from habeas.core.terms import ANSWERABLE, FLOOR, QUESTIONS, Agreement, Answer, answers_of


class Basis(StrEnum):
    """What a question rests on, from the best to nothing. Only those of `COUNTS` count."""

    TREATY = "treaty"
    OFFICIAL = "official"
    PRESS = "press"
    ASSUMED = "assumed"
    CONFLICTING = "conflicting"
    GENERAL_KNOWLEDGE = "general_knowledge"
    NO_ANSWER = "no_answer"
    SILENT = "silent"

    @property
    def counts(self) -> bool:
        return self in COUNTS

    @property
    def is_silent(self) -> bool:
        return self is Basis.SILENT

    @property
    def counts_for_nothing(self) -> bool:
        """Whether something is said, and it is no answer or not known well enough."""
        return not self.counts and not self.is_silent


COUNTS = (Basis.TREATY, Basis.OFFICIAL, Basis.PRESS, Basis.ASSUMED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What every question rests on, and of the floor's ten answers, in each agreement, in their order."""

    agreements: tuple[Agreement, ...]
    questions: Mapping[str, tuple[Basis, ...]]
    floor: Mapping[str, tuple[Basis, ...]]

    @property
    def answered(self) -> tuple[int, ...]:
        """How many questions of the completeness test each text answers."""
        return tuple(
            sum(self.questions[each][number].counts for each in QUESTIONS) for number in range(len(self.agreements))
        )


def compare(agreements: Sequence[Agreement]) -> Comparison:
    said = [answers_of(each) for each in agreements]
    found = {question: tuple(basis(each.get(question)) for each in said) for question in ANSWERABLE}
    floor = {each: tuple(map(_worst, *(found[part] for part in parts))) for each, parts in FLOOR.items()}
    return Comparison(agreements=tuple(agreements), questions=found, floor=floor)


def _worst(*parts: Basis) -> Basis:
    """An answer of the floor is worth what the worst of its parts is."""
    return max(parts, key=list(Basis).index)


def basis(answer: Answer | None) -> Basis:
    """How a question stands with this answer, or without one."""
    if answer is None:
        return Basis.SILENT
    if not answer.settles:
        return Basis.NO_ANSWER
    if answer.counts:
        return Basis(answer.source.quality) if answer.source else Basis.ASSUMED
    return Basis.CONFLICTING if answer.disputed else Basis.GENERAL_KNOWLEDGE
