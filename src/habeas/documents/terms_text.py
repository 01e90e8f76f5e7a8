"""An agreement in plain words, every value with its source: for a lawyer, a reporter, a person proposed.

What is assumed and what is no answer is marked at the place where it stands; sources are numbered and listed
at the end. `check_text` shows what a text leaves open.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial, reduce
from typing import Any, Protocol, TypeAlias

from habeas.core import terms
from habeas.core.clock_rules import ClockRule
from habeas.core.ledger.conventions import DayCount
from habeas.core.ledger.fees import Fee, FeeStep, Observed, Outside, Reported, work_through
from habeas.core.ledger.worth import CostOfDay, SystemCost, Worth
from habeas.core.messages import Parameter
from habeas.core.sources import S, Source, differs, low_to_high, settled, spread
from habeas.core.terms import Agreement
from habeas.documents.writing import Line, Shown, as_data, fields, page, wrapped
from habeas.speech import said, say

JSON_VERSION = 1

WATCHING = """
    monitors_and_their_powers independent_monitor complaints_to_both_states
    deaths_and_who_investigates ill_treatment_and_who_investigates""".split()
RETURNING = "return_before_release return_on_order refusal_on_arrival termination_and_retaking suspension".split()
_ELSEWHERE = """
    places_by_name places_and_cells who_may_come who_may_not in_force_date notice_period time_to_contest
    vehicle fee_shape outside_the_fee parties_and_signatories""".split()

PLAIN, ITEM, DETAIL = "", "- ", "    "

Lines: TypeAlias = Iterator[Line]


# --- for people ------------------------------------------------------------------------------------


def terms_text(agreement: Agreement, lang: str) -> str:
    """Who, where, how many, for how much worked through, until when; who returns them, who watches;
    the floor, what is unsaid, what was assumed; and the sources of all of it."""
    words = Words(agreement, lang, sources_of(agreement))
    rest = [
        each for each in words.answers if each not in {*_ELSEWHERE} - {*agreement.answers} | {*WATCHING, *RETURNING}
    ]
    return page(
        [
            words.head(),
            words.section("terms.text.who", words.under("scope"), or_silent=True),
            words.section("terms.text.who_not", words.under("exclusion"), or_silent=True),
            words.section("terms.text.where", words.under("facility"), or_silent=True),
            words.section("terms.text.fee", words.under("fee"), or_silent=True),
            words.section("terms.text.worth", words.under("worth")),
            words.section("terms.text.until_when", words.under("dates", "duration"), or_silent=True),
            words.section("terms.text.lengths", words.lengths()),
            words.section("terms.text.clocks", words.clocks()),
            words.section("terms.text.returning", words.answered(RETURNING), or_silent=True),
            words.section("terms.text.watching", words.answered(WATCHING), or_silent=True),
            words.section("terms.text.rest", words.answered(rest), or_silent=True),
            words.section("terms.text.happened", words.under("observed")),
            words.section("terms.text.floor", words.floor()),
            words.section("terms.text.unsaid", words.unsaid()),
            words.section("terms.text.assumptions", words.assumed()),
            words.section("terms.text.sources", words.listed()),
        ]
    )


def check_text(agreement: Agreement, lang: str) -> str:
    """How many questions the text answers, the floor, every question left open, and what is certain of its rules."""
    words = Words(agreement, lang, ())
    answered = len(terms.QUESTIONS) - len({each.question for each in terms.gaps(agreement)} & {*terms.QUESTIONS})
    checked = words.say("terms.text.checked", answered=answered, asked=len(terms.QUESTIONS))
    return page(
        [
            [agreement.title.said_in(lang), checked, words.standing()],
            words.section("terms.text.floor", words.floor()),
            words.section("terms.text.unsaid", words.unsaid()),
            words.section("terms.text.doubts", words.doubted()),
        ]
    )


class Words:
    """The values of one agreement in one language, with the numbers that these sources have in a list."""

    def __init__(self, agreement: Agreement, lang: str, sources: Sequence[Source]) -> None:
        self.agreement, self.lang, self.sources = agreement, lang, sources
        self.answers = terms.answers_of(agreement)

    def say(self, code: str, **parameters: Parameter) -> str:
        return said(code, self.lang, **parameters)

    def cited(self, text: str, source: Source | None) -> str:
        """The text with the number of its source and the clause; without a source, it was assumed."""
        if source is None:
            return f"{text} ({self.say('terms.text.assumed')})"
        number = self.sources.index(replace(source, clause="")) + 1
        return f"{text} [{number}{', ' + source.clause if source.clause else ''}]"

    def section(self, title: str, lines: Lines, *, or_silent: bool = False) -> list[str]:
        """The lines under their title; without any, nothing, or that the text is silent."""
        found = list(lines)
        if or_silent and not found:
            found = [(ITEM, self.say("terms.text.silent"))]
        return [self.say(title), *wrapped(found)] if found else []

    def standing(self) -> str:
        if not self.agreement.can_be_run:
            return self.say("terms.text.can_not_be_run")
        return self.say("terms.text.run_on_assumptions" if self.agreement.assumptions else "terms.text.can_be_run")

    def head(self) -> list[str]:
        lines = [text for _, text in (*self.under("agreement", "vehicle", "authority"), *self.version())]
        digest = self.say("terms.text.digest", id=self.agreement.id, digest=self.agreement.digest)
        title = self.agreement.title.said_in(self.lang)
        return [title, *wrapped((PLAIN, each) for each in (*lines, self.standing())), digest]

    def version(self) -> Lines:
        """Which version it is, what made it, and when it applies."""
        version = self.agreement.version
        if version.title:
            yield ITEM, self.cited(version.title.said_in(self.lang), version.source)
        code = f"terms.text.version{'_from' if version.from_on else ''}{'_until' if version.until_on else ''}"
        dates = {"from_on": version.from_on, "until_on": version.until_on}
        yield ITEM, self.say(code, number=version.number, of=version.of, **dates)

    def under(self, *tables: str) -> Lines:
        """The lines of everything that stands in these tables of the file."""
        return (line for name, lines in self.values() if name.partition(".")[0] in tables for line in lines)

    def values(self) -> Iterator[tuple[str, Iterable[Line]]]:
        """Every value of the text in words, by a name that it has in another version too."""
        agreement, fee = self.agreement, self.agreement.fee
        states = {"sending": f"country.{agreement.sending}", "receiving": f"country.{agreement.receiving}"}
        yield "agreement", [(ITEM, self.cited(self.say("terms.text.parties", **states), agreement.source))]
        yield "vehicle", [(ITEM, self.cited(self.say(f"terms.vehicle.{agreement.vehicle}"), agreement.source))]
        for body in agreement.authorities:
            named = f"{self.say(f'country.{body.state}')}: {body.name}"
            yield f"authority.{body.state}.{body.name}", [(ITEM, self.cited(named, body.source))]
        for term in agreement.eligibility:
            yield f"{term.kind}.{term.id}", self._term(term)
        for place in agreement.facilities:
            yield f"facility.{place.code}", self.stated(place, self._facility)
        for name, dated in agreement.dates.items():
            yield f"dates.{name}", self.stated(dated, partial(self._dated, name))
        if duration := agreement.duration:
            yield "duration", self.stated(duration, self._duration)
        for name, period in agreement.periods.items():
            yield f"periods.{name}", self.stated(period, partial(self._period, name))
        for name in agreement.answers:
            yield f"answers.{name}", self.answered((name,))
        if fee:
            yield "fee", self._fee(fee)
            for number, outside in enumerate(fee.outside, start=1):
                yield f"fee.outside.{number}", [(ITEM, self.cited(outside.text.said_in(self.lang), outside.source))]
        if counted := agreement.day_count:
            yield "day_count", [(ITEM, self.cited(counted.text.said_in(self.lang), counted.source))]
        if seen := agreement.observed:
            assumption = self.say("terms.text.on_assumption", assumption=seen.assumption.said_in(self.lang))
            yield "observed", [*self.stated(seen, self._observed), (DETAIL, assumption)]
        yield "worth", self._worth()

    def _term(self, term: terms.Term) -> Lines:
        yield ITEM, self.cited(term.title.said_in(self.lang), term.source)
        yield DETAIL, term.reason.said_in(self.lang)
        rule = "terms.text.rule" if term.rule else "terms.text.unencodable"
        yield DETAIL, self.say(rule, rule=" ".join(term.rule.text.split()) if term.rule else None)
        for fact, kinds in term.evidence.items():
            documents = tuple(f"evidence.{each}" for each in kinds)
            yield DETAIL, self.say("terms.text.evidence", fact=f"fact.{fact}", documents=documents)

    def stated(self, value: S, text: Callable[[S], str]) -> Lines:
        """A value; below it what other sources say, from low to high, and what counts where they differ."""
        yield ITEM, self.cited(text(value), value.source)
        for each in low_to_high(value):
            yield DETAIL, self.cited(self.say("terms.text.also", text=text(each)), each.source)
        for low, high in spread(value).values():
            yield DETAIL, self.say("terms.text.spread", low=low, high=high)
        if differs(value):
            yield DETAIL, self.say("terms.text.text_counts" if settled(value) else "terms.text.differ")

    def _facility(self, each: terms.Facility) -> str:
        place = {"name": each.name, "state": f"country.{each.state}", "time_zone": each.time_zone}
        parts = [self.say("terms.text.facility", **place)]
        parts += [self.say("terms.text.places", places=each.places)] if each.places is not None else []
        parts += [self.say("terms.text.cells", cells=each.cells)] if each.cells is not None else []
        return " ".join(parts)

    def _fee(self, fee: Fee) -> Lines:
        yield ITEM, self.cited(self.say(f"fee.shape.{fee.shape}"), fee.source)
        for step in fee_steps(self.agreement):
            yield DETAIL, say(step.message, self.lang)
        for each in fee.also:
            figure = self.say("fee.reported", amount=each.amount.amount, currency=each.amount.currency)
            yield DETAIL, self.cited(figure, each.source)

    def _worth(self) -> Lines:
        for each in self.agreement.worth:
            yield ITEM, reduce(self.cited, each.sources, say(each.message, self.lang))

    def _dated(self, name: str, dated: terms.Dated) -> str:
        return self.say(f"terms.date.{name}", on=dated.on)

    def _duration(self, duration: terms.Duration) -> str:
        return self.say("terms.text.years", years=duration.years)

    def lengths(self) -> Lines:
        """Every length of time; those about which the text is silent too."""
        said = dict(self.values())
        for name in terms.PERIODS:
            yield from said.get(f"periods.{name}", [(ITEM, self.say(f"terms.period_silent.{name}"))])

    def _period(self, name: str, period: terms.Period) -> str:
        return self.say(f"terms.period.{name}", value=period.value)

    def clocks(self) -> Lines:
        """What must be done within a time, and by whom."""
        for each in self.agreement.clocks:
            words = {"title": each.title.said_in(self.lang), "owner": f"terms.clock_owner.{each.owner}"}
            unit = next((name for name in ("hours", "days", "working_days") if getattr(each, name)), "of_its_own")
            number = getattr(each, unit, 0)
            within = self.say(f"terms.clock_within.{unit}{'_one' if number == 1 else ''}", number=number)
            yield ITEM, self.cited(self.say("terms.text.clock", within=within, **words), each.source)

    def answered(self, questions: Iterable[str]) -> Lines:
        for question in questions:
            if answer := self.answers.get(question):
                yield from self.stated(answer, partial(self._answer, question))
                if not answer.settles:
                    yield DETAIL, self.say("terms.text.no_answer")
                elif not answer.counts and not differs(answer):
                    yield DETAIL, self.say("terms.text.does_not_count")

    def _answer(self, question: str, answer: terms.Answer) -> str:
        return f"{self.say(f'terms.question.{question}')}: {answer.text.said_in(self.lang)}"

    def _observed(self, seen: Observed) -> str:
        code = f"terms.text.observed{'_sometime' if not seen.from_on else '' if seen.until_on else '_from'}"
        return self.say(code, people=seen.people, from_on=seen.from_on, until_on=seen.until_on)

    def floor(self) -> Lines:
        for each in terms.floor(self.agreement):
            how = ("assumed" if each.assumed else "yes") if each.answered else "no"
            yield ITEM, f"{self.say(f'terms.text.floor_{how}')}: {say(each.message, self.lang)}"

    def unsaid(self) -> Lines:
        return ((ITEM, say(each.message, self.lang)) for each in terms.gaps(self.agreement))

    def doubted(self) -> Lines:
        for each in terms.doubts_of(self.agreement):
            at, sentence = each.place, say(each.message, self.lang)
            yield ITEM, self.say("cli.at_place", file=at.file, line=at.line, column=at.column, sentence=sentence)

    def assumed(self) -> Lines:
        for each in self.agreement.assumptions:
            yield ITEM, each.text.said_in(self.lang)
            if each.instead_of:
                yield DETAIL, self.say("terms.text.instead_of", said=each.instead_of.said_in(self.lang))

    def listed(self) -> Lines:
        for number, each in enumerate(self.sources, start=1):
            quality = self.say(f"terms.quality.{each.quality}")
            yield PLAIN, f"[{number}] {each.document}. {each.citation}. {quality}"


def fee_steps(agreement: Agreement) -> tuple[FeeStep, ...]:
    """The fee worked through, with nobody held and with every place of the text filled."""
    if agreement.fee is None:
        return ()
    places = sum(each.places or 0 for each in agreement.facilities)
    return work_through(agreement.fee, agreement.observed, (0, places) if places else (0,))


class _Cited(Protocol):
    @property
    def source(self) -> Source | None: ...


def sources_of(agreement: Agreement) -> list[Source]:
    """Every document that a value rests on, once each, in the order of the text."""
    fee = agreement.fee
    cited: list[_Cited | None] = [
        agreement,
        *agreement.authorities,
        *agreement.eligibility,
        *agreement.facilities,
        fee,
        *(fee.outside if fee else ()),
        *agreement.dates.values(),
        agreement.duration,
        *agreement.periods.values(),
        *terms.answers_of(agreement).values(),
        agreement.observed,
        agreement.day_count,
        agreement.version,
    ]
    every = (
        *(one.source for each in cited if each for one in (each, *getattr(each, "also", ()))),
        *(one for each in agreement.worth for one in each.sources),
    )
    return list(dict.fromkeys(replace(each, clause="") for each in every if each))


# --- as data ---------------------------------------------------------------------------------------


def terms_json(agreement: Agreement, lang: str) -> dict[str, Any]:
    """The same as one JSON document. Amounts are texts of decimals, dates are ISO 8601."""
    fee = agreement.fee
    document: dict[str, object] = {
        "habeas_terms": JSON_VERSION,
        **_HEAD(agreement),
        "answers": terms.answers_of(agreement),
        "fee": fee
        and {
            "shape": fee.shape,
            "source": fee.source,
            "steps": fee_steps(agreement),
            "also": fee.also,
            "outside": fee.outside,
        },
        "observed": agreement.observed,
        "day_count": agreement.day_count,
        "costs_of_day": agreement.costs_of_day,
        "system_costs": agreement.system_costs,
        "worth": agreement.worth,
        "floor": terms.floor(agreement),
        "gaps": terms.gaps(agreement),
        "assumptions": agreement.assumptions,
    }
    return {name: as_data(value, lang, _SHOWN) for name, value in document.items()}


def _step(step: FeeStep) -> Mapping[str, object]:
    currency = step.amount.currency if step.amount else None
    return {**_STEP(step), "currency": currency, "number": step.number}


def _stated(names: str) -> Callable[[Any], Mapping[str, object]]:
    """These fields; with what other sources say, from low to high, and how far they differ, where any does."""

    def show(value: Any) -> Mapping[str, object]:
        said = fields(names)(value)
        if not value.also:
            return said
        between = {name: {"low": low, "high": high} for name, (low, high) in spread(value).items()}
        return {**said, "settled": settled(value), "also": low_to_high(value), "spread": between}

    return show


_HEAD = fields(
    "id title digest version sending receiving vehicle can_be_run"
    " dates duration authorities facilities eligibility periods clocks"
)
_STEP = fields("code=message.code sentence=message amount")
_SHOWN: Shown = {
    Source: fields("document citation clause quality"),
    terms.Version: fields("number of from_on until_on title source"),
    terms.Dated: _stated("on assumed source"),
    terms.Duration: _stated("years source"),
    terms.Authority: fields("state name source"),
    terms.Facility: _stated("code name state time_zone places cells source"),
    terms.Term: fields("id kind title reason rule evidence source"),
    terms.Period: _stated("value assumed source"),
    ClockRule: fields("id title owner hours days working_days country period due breach source"),
    terms.Answer: _stated("text assumed counts source"),
    FeeStep: _step,
    Reported: fields("amount currency=amount.currency years people source"),
    Outside: fields("text source"),
    DayCount: fields("convention=convention.name text assumed source"),
    CostOfDay: fields("state currency=low.currency low high per as_of source"),
    SystemCost: fields("state currency=yearly.currency yearly as_of source"),
    Worth: fields("code=message.code sentence=message low high sources"),
    Observed: _stated("people from_on until_on person_days assumption source"),
    terms.FloorAnswer: fields("question sentence=message answered assumed missing"),
    terms.Gap: fields("question sentence=message"),
    terms.Assumption: fields("question text instead_of"),
}
