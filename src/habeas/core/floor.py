"""What a text answers: the questions that every agreement must answer, and the floor under all of them.

The floor is ten answers without which nobody may be moved. No setting changes it. An answer counts when
the text, or an instrument that binds both states, gives it; what is only general knowledge, or what
sources disagree about, is shown and counts for nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from habeas.core.messages import Message
from habeas.core.sources import Source
from habeas.core.tables import Bilingual

if TYPE_CHECKING:
    from habeas.core.terms import Agreement

QUESTIONS = tuple(
    """
    parties_and_signatories legal_basis_and_approval in_force_date vehicle places_by_name places_and_cells
    who_may_come who_may_not who_decides_and_who_may_refuse documents_for_each_person consent_and_hearing
    notice_period law_applied responsibility_at_each_moment regime health_and_its_cost
    deaths_and_who_investigates escapes complaints_to_both_states consular_access monitors_and_their_powers
    data_shared_and_retention fee_shape outside_the_fee invoices_and_time_to_contest empty_places claw_back
    day_count return_before_release return_on_order refusal_on_arrival suspension termination_and_retaking
    dispute publication
    """.split()
)
"""The completeness test of a text. `day_count` is ours: without it no amount can be due."""

FLOOR: Mapping[str, tuple[str, ...]] = {
    "in_force_and_published": ("in_force_date", "publication"),
    "competent_authorities": ("competent_authorities",),
    "facilities_by_name": ("places_by_name",),
    "title_in_law_of_place": ("title_in_law_of_place",),
    "individual_decision": ("individual_decision", "time_to_contest"),
    "return": ("return_before_release", "return_on_order"),
    "deaths_and_ill_treatment": ("deaths_and_who_investigates", "ill_treatment_and_who_investigates"),
    "complaint_to_both_states": ("complaints_to_both_states",),
    "independent_monitor": ("independent_monitor",),
    "suspension": ("suspension",),
}
"""The ten answers, each with the parts that it needs. Source: DESIGN §4; law §1.3."""

ANSWERABLE = tuple(dict.fromkeys((*QUESTIONS, *(part for parts in FLOOR.values() for part in parts))))


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the text says to a question. One that was assumed has no source. `settles` is False where the text
    says something that is no answer."""

    text: Bilingual
    source: Source | None
    assumed: bool = False
    settles: bool = True

    @property
    def counts(self) -> bool:
        return self.settles and (self.assumed or (self.source is not None and self.source.settles))


@dataclass(frozen=True, slots=True, kw_only=True)
class FloorAnswer:
    """One of the ten. `assumed`: it counts only because something was assumed. `missing` are the parts
    without an answer; `text` and `source` are what is said of the parts, in their order."""

    question: str
    answered: bool
    assumed: bool
    text: Bilingual
    source: Source | None
    missing: tuple[str, ...] = ()

    @property
    def message(self) -> Message:
        """The question in words."""
        return Message(f"terms.floor.{self.question}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A question that the text leaves open, and what it says to it all the same, if anything."""

    question: str
    message: Message


def floor(agreement: Agreement) -> tuple[FloorAnswer, ...]:
    """The ten answers, in their order."""
    answers = answers_of(agreement)
    return tuple(_floor_answer(question, parts, answers) for question, parts in FLOOR.items())


def gaps(agreement: Agreement) -> tuple[Gap, ...]:
    """Every question to which the text has no answer that counts, floor parts included, in their order."""
    answers = answers_of(agreement)
    unanswered = [each for each in ANSWERABLE if each not in answers or not answers[each].counts]
    return tuple(Gap(question=each, message=Message(f"terms.gap.{each}")) for each in unanswered)


def answers_of(agreement: Agreement) -> Mapping[str, Answer]:
    """Every answer: those that the text's data give of themselves, then those written out."""
    return {**dict(_from_data(agreement)), **agreement.answers}


def _floor_answer(question: str, parts: tuple[str, ...], answers: Mapping[str, Answer]) -> FloorAnswer:
    said = [answers[part] for part in parts if part in answers]
    missing = tuple(part for part in parts if part not in answers or not answers[part].counts)
    return FloorAnswer(
        question=question,
        answered=not missing,
        assumed=not missing and any(each.assumed for each in said),
        text=_joined(" ", (each.text for each in said)),
        source=next((each.source for each in said if each.source), None),
        missing=missing,
    )


def _from_data(agreement: Agreement) -> Iterator[tuple[str, Answer]]:
    """The questions that a table of the file answers by being there."""
    yield "parties_and_signatories", _plain(f"{agreement.sending}, {agreement.receiving}", agreement.source)
    yield "vehicle", _plain(agreement.vehicle, agreement.source)
    for question, name in (("in_force_date", "in_force_on"), ("publication", "published_on")):
        if dated := agreement.dates.get(name):
            yield question, replace(_plain(dated.on.isoformat(), dated.source), assumed=dated.assumed)
    if facilities := agreement.facilities:
        source = facilities[0].source
        yield "places_by_name", _plain(", ".join(each.name for each in facilities), source)
        if facilities[0].places is not None:
            yield "places_and_cells", _plain(str(sum(each.places or 0 for each in facilities)), source)
    for question, kind in (("who_may_come", "scope"), ("who_may_not", "exclusion")):
        if terms := [each for each in agreement.eligibility if each.kind == kind]:
            yield question, Answer(text=_joined(". ", (each.title for each in terms), "."), source=terms[0].source)
    if {agreement.sending, agreement.receiving} <= {
        each.state for each in agreement.authorities if each.source.settles
    }:
        names = ", ".join(each.name for each in agreement.authorities)
        yield "competent_authorities", _plain(names, agreement.authorities[0].source)
    for question, name in _PERIODS.items():
        if period := agreement.periods.get(name):
            text = Bilingual(en=f"{period.value} days.", es=f"{period.value} días.")
            yield question, Answer(text=text, source=period.source, assumed=period.assumed)
    if fee := agreement.fee:
        yield "fee_shape", _plain(fee.shape, fee.source)
        if fee.outside:
            text = _joined(" ", (each.text for each in fee.outside))
            yield "outside_the_fee", Answer(text=text, source=fee.outside[0].source)


_PERIODS = {
    "notice_period": "objection_days",
    "time_to_contest": "contest_days",
    "return_before_release": "return_before_release_days",
}


def _plain(text: str, source: Source | None) -> Answer:
    """Words that are the same in every language."""
    return Answer(text=Bilingual(en=text, es=text), source=source)


def _joined(between: str, texts: Iterable[Bilingual], end: str = "") -> Bilingual:
    texts = list(texts)
    en, es = (between.join(each.said_in(language) for each in texts) for language in ("en", "es"))
    return Bilingual(en=en + end, es=es + end)
