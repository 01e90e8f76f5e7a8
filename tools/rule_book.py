"""The rule book, in English and Spanish: one page an instrument of the law, one an agreement's conditions; and the
agreements side by side. Every line comes from the data that decide; the tables of facts and answers are the tests.
"""

from __future__ import annotations

import importlib
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime
from functools import partial

from habeas import agreements, safeguards
from habeas.core.clock_rules import COMPUTED, ClockRule, Event
from habeas.core.comparison import Basis, Comparison, compare
from habeas.core.facts import CATALOGUE, Origin
from habeas.core.rules import Rule, Value
from habeas.core.safeguards import Instrument, Result, Safeguard, Step
from habeas.core.sources import Source
from habeas.core.terms import QUESTIONS, Agreement, Term
from habeas.documents.comparison_text import LEGEND, SIGNS, legend
from habeas.speech import plain, said, say
from tools.generate import ROOT, joined, page_of, table

LANGUAGES = ("en", "es")

WORDS: Mapping[str, Mapping[str, str]] = tomllib.loads((ROOT / "tools/rule_book.toml").read_text("utf-8"))


def word(name: str, lang: str) -> str:
    return WORDS[name][lang]


def pages() -> dict[str, Callable[[], str]]:
    """Every page of the book, and of the agreements side by side, by its name in docs."""
    found: dict[str, Callable[[], str]] = {"explanation/agreements.md": side_by_side}
    for lang in LANGUAGES:
        found[f"rule-book/{lang}/index.md"] = partial(index, lang)
        for name, rules in instruments().items():
            found[f"rule-book/{lang}/{name}.md"] = partial(instrument_page, rules, lang)
        found[f"rule-book/{lang}/clocks.md"] = partial(clocks, lang)
        for id in agreements.ids():
            found[f"rule-book/{lang}/agreement-{id}.md"] = partial(agreement_page, id, lang)
    return found


def instruments() -> dict[str, list[Safeguard]]:
    found: dict[str, list[Safeguard]] = {}
    for each in safeguards.read().safeguards:
        found.setdefault(each.instrument.id, []).append(each)
    return found


# --- the index -------------------------------------------------------------------------------------


def index(lang: str) -> str:
    """Every rule by its number in the list of the law, and by the step at which it is asked."""
    every = sorted(safeguards.read().safeguards, key=lambda each: (each.law, each.id))
    heads = [word(each, lang) for each in ("number", "rule", "instrument", "does")]
    rows = [(each.law, link(each, lang), each.instrument.title.said_in(lang), word(each.kind, lang)) for each in every]
    parts = [page_of(word("title", lang), word("opening", lang)), other("index.md", lang)]
    parts += [f"## {word('by_number', lang)}", table(heads, rows), f"## {word('by_step', lang)}"]
    for step in Step:
        asked = [f"- {each.law}: {link(each, lang)}" for each in every if step in each.steps]
        parts += [f"### {said(f'cli.step_{step}', lang).capitalize()}", "\n".join(asked)]
    listed = [f"- [{agreements.agreement(id).title.said_in(lang)}](agreement-{id}.md)" for id in agreements.ids()]
    parts += [f"## {word('clocks', lang)}", f"[{word('clocks_opening', lang)}](clocks.md)"]
    return joined([*parts, f"## {word('by_agreement', lang)}", "\n".join(listed)])


def clocks(lang: str) -> str:
    """Every duty with a time: what begins it, what ends it, how long it is and whose it is."""
    heads = [word(each, lang) for each in ("number", "duty_itself", "begins", "ends", "length", "owner", "source")]
    rows = [
        (
            f"{each.law}, {each.article}",
            each.title.said_in(lang),
            events(each.starts, lang),
            events(each.stops, lang),
            length(each, lang),
            word(f"owner_{each.owner}", lang),
            sourced(each.source, lang),
        )
        for each in sorted(safeguards.read().clocks, key=lambda each: (each.law, each.id))
    ]
    opening = page_of(word("clocks", lang), word("clocks_opening", lang) + ".")
    return joined([opening, other("clocks.md", lang), table(heads, rows)])


def events(found: Iterable[Event], lang: str) -> str:
    return "; ".join(
        word(each.kind, lang) if each.kind in COMPUTED else said(f"entry.{each.kind}", lang) for each in found
    )


def length(clock: ClockRule, lang: str) -> str:
    """So long as the clock's own source says, or as the agreement does, whichever is better for the person."""
    numbers = [(getattr(clock, each), word(each, lang)) for each in ("hours", "days", "working_days")]
    own = [f"{number} {unit}" for number, unit in numbers if number]
    others = {"due": clock.due, "agreed": clock.period, "own_length": clock.own_length}
    return "; ".join([*own, *(word(name, lang) for name, holds in others.items() if holds)])


def link(rule: Safeguard, lang: str) -> str:
    anchor = heading(rule).lower().replace(" ", "-").replace(".", "")
    return f"[{rule.title.said_in(lang)}]({rule.instrument.id}.md#{anchor})"


def heading(rule: Safeguard) -> str:
    return f"{rule.law} {rule.id}"


def other(page: str, lang: str) -> str:
    """The same page in the other language."""
    return word("other", lang).format(page=page)


# --- an instrument ---------------------------------------------------------------------------------


def instrument_page(rules: list[Safeguard], lang: str) -> str:
    law = rules[0].instrument
    parts = [page_of(law.title.said_in(lang), f"{word(law.binds, lang)}. {sourced(law.source, lang)}")]
    parts += [other(f"{law.id}.md", lang), f"## {word('bound', lang)}", *bound(law, lang)]
    return joined([*parts, *(part for each in rules for part in safeguard(each, lang))])


def bound(law: Instrument, lang: str) -> Iterator[str]:
    """Which states, since when, with which reservation; and what holds for the others."""
    if law.everyone:
        yield word("everyone", lang)
        return
    states = [
        (
            said(f"country.{state}", lang),
            plain(since, lang) if since else word("unknown_day", lang),
            law.reservations[state].said_in(lang) if state in law.reservations else "",
        )
        for state, since in law.bound.items()
    ]
    states += [  # the reasons are in English and stand on the English page
        (said(f"country.{state}", lang), word("not_bound", lang), why.said_in(lang))
        for state, why in law.not_bound.items()
    ]
    if states:
        yield table([word(each, lang) for each in ("state", "since", "reservation")], states)
    if law.binds in ("statute", "order"):
        yield word("listed_alone", lang)
    elif law.binds == "treaty":
        yield word("unlisted", lang)
    if law.standard_for_others:
        yield word("for_others", lang)


def safeguard(rule: Safeguard, lang: str) -> Iterator[str]:
    """One rule: what it says, of whom, when, by which facts; and its examples."""
    steps = ", ".join(said(f"cli.step_{step}", lang) for step in rule.steps)
    yield f"## {heading(rule)}"
    yield f"**{rule.title.said_in(lang)}** ({rule.article})"
    yield rule.reason.said_in(lang)
    yield "\n".join(
        [
            f"- {word('does', lang).capitalize()}: {word(rule.kind, lang)}",
            f"- {word('duty', lang)}: {word(rule.duty_of, lang)}",
            f"- {word('asked', lang)}: {steps}",
            f"- {word('source', lang)}: {sourced(rule.source, lang)}",
        ]
    )
    yield from written(rule.condition, word("condition", lang))
    if rule.applies_when:
        yield from written(rule.applies_when, word("applies", lang))
    asked = dict.fromkeys((*rule.condition.facts, *(rule.applies_when.facts if rule.applies_when else ())))
    yield facts(asked, rule.evidence, lang)
    yield examples(((each.title, each.given, each.expect) for each in rule.examples), lang)


def sourced(source: Source, lang: str) -> str:
    mark = f" **{word('general', lang)}**" if source.from_general_knowledge else ""
    return f"{source.cite}.{mark}"


def written(rule: Rule, title: str) -> Iterator[str]:
    yield title
    yield f"```\n{rule.text.strip()}\n```"


def facts(asked: Iterable[str], wanted: Mapping[str, tuple[str, ...]], lang: str) -> str:
    """Each fact of a rule, what it means, and what settles it."""
    heads = [word(each, lang) for each in ("fact", "meaning", "settled")]
    return table(heads, [(f"`{each}`", meaning(each, lang), settled(each, wanted, lang)) for each in asked])


def meaning(fact: str, lang: str) -> str:
    return say(CATALOGUE[fact].definition, lang)


def settled(fact: str, wanted: Mapping[str, tuple[str, ...]], lang: str) -> str:
    definition = CATALOGUE[fact]
    if definition.origin is Origin.TERMS:
        return word("terms", lang)
    kinds = [said(f"evidence.{each}", lang) for each in wanted.get(fact, definition.settled_by)]
    return "; ".join([*([word("record", lang)] if definition.origin is Origin.RECORD else []), *kinds])


def examples(cases: Iterable[tuple[str, Mapping[str, Value | None], Result]], lang: str) -> str:
    """Facts in, answer out. Titles are in English and stand on the English page."""
    rows = [(title, given(values, lang), said(f"result.{expect}", lang)) for title, values, expect in cases]
    heads = [word(each, lang) for each in ("example", "given", "answer")]
    return table(heads, rows) if lang == "en" else table(heads[1:], (row[1:] for row in rows))


def given(values: Mapping[str, Value | None], lang: str) -> str:
    shown = [f"`{name}`: {value_of(name, value, lang)}" for name, value in values.items()]
    return "<br>".join(shown) or word("nothing", lang)


def value_of(name: str, value: Value | None, lang: str) -> str:
    """A value as a reader writes it; countries by their names."""
    if isinstance(value, bool):
        return word("yes" if value else "no", lang)
    if isinstance(value, datetime | date):
        return plain(value, lang)
    texts = [value] if not isinstance(value, tuple | list) else [*value]
    named = [said(f"country.{each}", lang) if CATALOGUE[name].countries else str(each) for each in texts]
    return ", ".join(named) or word("nothing", lang)


# --- an agreement's own conditions -----------------------------------------------------------------


def agreement_page(id: str, lang: str) -> str:
    """Who may come and who may not under an agreement, with the tables that its tests are."""
    agreement, cases = agreements.agreement(id), cases_of(id)
    parts = [page_of(agreement.title.said_in(lang), ""), other(f"agreement-{id}.md", lang)]
    for kind in ("scope", "exclusion"):
        terms = [each for each in agreement.eligibility if each.kind == kind]
        parts += [f"## {word(kind, lang)}" if terms else ""]
        parts += [part for each in terms for part in term(each, cases.get(each.id, []), lang)]
    return joined(parts)


def term(rule: Term, cases: list[tuple[str, Mapping[str, Value | None], Result]], lang: str) -> Iterator[str]:
    yield f"### {rule.title.said_in(lang)}"
    yield rule.reason.said_in(lang)
    quality = said(f"terms.quality.{rule.source.quality}", lang)
    yield f"- `{rule.id}`\n- {word('source', lang)}: {rule.source.cite}. {quality}"
    if rule.rule is None:
        yield word("unencodable", lang)
        return
    yield from written(rule.rule, word("condition", lang))
    yield facts(rule.rule.facts, rule.evidence, lang)
    if cases:
        yield examples(cases, lang)


def cases_of(agreement: str) -> dict[str, list[tuple[str, Mapping[str, Value | None], Result]]]:
    """By condition, the cases of `tests/spec/test_whom_*.py`: facts with which it is met, and with which it bars."""
    found: dict[str, list[tuple[str, Mapping[str, Value | None], Result]]] = {}
    for path in sorted((ROOT / "tests/spec").glob("test_whom_*.py")):
        book = importlib.import_module(f"tests.spec.{path.stem}")
        for of, id, met, barred in book.CASES:
            if of == agreement:
                both = [("", book.ASKED | met, Result.MET), ("", book.ASKED | barred, Result.BARRED)]
                found.setdefault(id, []).extend([*both, ("", {}, Result.NOT_SHOWN)])
    return found


# --- agreements side by side -----------------------------------------------------------------------


def side_by_side() -> str:
    """Which agreement answers which question, and which passes the floor."""
    found = compare([agreements.agreement(id) for id in agreements.ids()])
    opening = (
        "What the published text of each agreement answers, by what it rests on. Nothing is assumed here. "
        "`habeas terms check` over a folder prints the same; [a file of terms](../reference/terms-file.md) says what "
        "settles a question. An agreement below the floor can be read, compared, replayed and audited; nobody can be "
        "proposed under it."
    )
    heads = ("", "agreement", "terms", "its conditions", "versions", f"answers of {len(QUESTIONS)}", "the floor")
    rows = [head(number, each, found) for number, each in enumerate(found.agreements, start=1)]
    parts = [
        page_of("The agreements, side by side", opening),
        table(heads, rows),
        " ".join(said(code, "en", signs=legend("en", among)) for code, among in LEGEND.items()),
    ]
    parts += ["## The floor", matrix("terms.floor", found.floor), "## The questions"]
    return joined([*parts, matrix("terms.question", found.questions)])


def head(number: int, agreement: Agreement, found: Comparison) -> tuple[str, ...]:
    id = agreement.id
    return (
        str(number),
        agreement.title.en,
        f"[`{id}`](../../src/habeas/agreements/{id}.toml)",
        f"[rule book](../rule-book/en/agreement-{id}.md)",
        str(agreement.version.of),
        str(found.answered[number - 1]),
        "passes" if agreement.can_be_run else "below",
    )


def matrix(family: str, bases: Mapping[str, tuple[Basis, ...]]) -> str:
    columns = range(1, len(next(iter(bases.values()))) + 1)
    rows = [(said(f"{family}.{name}", "en"), *(f"`{SIGNS[each]}`" for each in found)) for name, found in bases.items()]
    return table(("", *map(str, columns)), rows)
