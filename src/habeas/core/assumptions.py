"""What is assumed for a demonstration where a text is silent: in a file of its own, and shown as assumed wherever it is
used."""

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import TypeVar

from habeas.core import terms
from habeas.core.ledger.conventions import read_day_count
from habeas.core.tables import Table, read_whole
from habeas.core.terms import Agreement, Assumption

T = TypeVar("T")


def with_assumptions(agreement: Agreement, scenario_text: str, name: str) -> Agreement:
    """The agreement as a scenario runs it, each assumption marked. Raises FileError, also when the text
    itself already answers what the scenario would assume."""
    text = terms.canonical(scenario_text)
    return read_whole(text, name, lambda root: _assumed(agreement, root, text))


def _assumed(agreement: Agreement, root: Table, text: str) -> Agreement:
    head = root.table("scenario")
    head.text("id")
    head.words("title")
    head.check("agreement", head.text("agreement"), (agreement.id,), "terms.not_this_agreement")
    said = terms.answers_of(agreement)
    assumptions: list[Assumption] = []

    def assumed(
        kind: Callable[..., T], key: str, known: Collection[str], taken: Collection[str], **fixed: object
    ) -> dict[str, T]:
        tables = root.maybe_table(key).named(known)
        for name, table in tables.items():
            if name in taken:
                raise table.error("terms.already_answered", "text", question=name)
            instead_of = said[name].text if name in said else None
            assumptions.append(Assumption(question=name, text=table.words("text"), instead_of=instead_of))
        return {name: table.record(kind, source=None, assumed=True, also=(), **fixed) for name, table in tables.items()}

    answered = [name for name, answer in said.items() if answer.counts]
    if day_count := root.maybe(root.table, "day_count"):
        if agreement.day_count:
            raise day_count.error("terms.already_answered", "text", question="day_count")
        assumed_count = read_day_count(day_count)
        assumptions.append(Assumption(question="day_count", text=assumed_count.text))
        agreement = replace(agreement, day_count=assumed_count)
    return replace(
        agreement,
        dates={**agreement.dates, **assumed(terms.Dated, "dates", terms.DATES, agreement.dates)},
        periods={**agreement.periods, **assumed(terms.Period, "periods", terms.PERIODS, agreement.periods)},
        answers={
            **agreement.answers,
            **assumed(terms.Answer, "answers", sorted(terms.ANSWERABLE), answered, settles=True),
        },
        assumptions=tuple(assumptions),
        digest=terms.digest_of(f"{agreement.digest}\n{text}"),
    )
