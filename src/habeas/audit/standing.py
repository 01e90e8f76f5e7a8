"""The standing check of the whole register: of all that was done under an agreement, what had a bar or something not
shown on what was recorded then.

Each act becomes one row, its facts as the record knew them when it took the act, on the evidence that each rule wants;
whoever nothing was done to is a row without an act. The rows are answered by the scan. Why one of them has something
is a screening of the case as it was, by the same rules in Python.
"""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime

from habeas.audit.asked import Asked, asked, fact_of, kinds_of
from habeas.audit.scan import Row, Scan, scanned
from habeas.core.case import Case
from habeas.core.context import Context
from habeas.core.done import Done, acts_done
from habeas.core.record_facts import case_facts
from habeas.core.screening import Known
from habeas.store import ledger, read


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """The acts that are looked at, the latest first, and the people under the agreement to whom none was done."""

    rules: tuple[Asked, ...]
    acts: tuple[Done, ...]
    untouched: tuple[Case, ...]
    left_out: int

    def scanned(self) -> AbstractContextManager[Scan]:
        return scanned(self._rows(), self.rules)

    def _rows(self) -> Iterator[Row]:
        columns = sorted({column for each in self.rules for column in each.wanted.values()})
        for done in self.acts:
            yield {"id": done.entry.id, "act": done.act, "step": done.step.value, **facts_then(done, columns)}
        for case in self.untouched:
            yield {"id": case.id}


def checked(agreement: str, at: datetime, most: int, after: int = 0) -> Checked:
    """What was done under an agreement by `at`; of it the latest `most` acts are looked at, `after` so many that were
    looked at before. Raises NotAdopted."""
    context = read.context(agreement, at)
    cases = [(case, [*acts_done(case, context)]) for case in ledger.cases(agreement, at)]
    acts = sorted((done for _, found in cases for done in found), key=lambda done: done.entry.index, reverse=True)
    return Checked(
        rules=asked(context.agreement, context.safeguards),
        acts=tuple(acts[after : after + most]),
        untouched=tuple(case for case, found in cases if not found),
        left_out=max(0, len(acts) - after - most),
    )


def context_then(done: Done) -> Context:
    """What was known around the case when the act was taken."""
    return read.context(done.before.agreement, done.entry.recorded_at, done.before)


def facts_then(done: Done, columns: Sequence[str]) -> Row:
    """Each fact, on the evidence that its column wants, as a rule could take it then."""
    context, at = context_then(done), done.entry.recorded_at
    known = Known(case_facts(done.before, context, at), context.agreement, at)
    return {each: known.resolved(fact_of(each), kinds_of(each)).value for each in columns}
