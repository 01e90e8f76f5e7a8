"""Decisions that are individual only in name: reasons nearly those of another's, documents that whoever decided never
opened, decisions minutes apart. Each is a finding about one decision. Nothing is added up for whoever decides.

What it can't see is in docs/explanation/limits.md.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise

from habeas.core.case import Case
from habeas.core.days import day_of
from habeas.core.entries import Unstated
from habeas.core.entries.procedure import Decided, EvidenceAdded, FactRecorded, Outcome
from habeas.core.findings import Finding
from habeas.core.messages import Message, Parameter

ALIKE_FROM = 0.75
"""Ours: from which part of their pairs of neighbouring words in common (Dice) two texts of reasons are nearly equal.
One other word in a text of ten leaves 0.82, twelve scattered ones in a text of a hundred 0.76. A text of which a
third was written for this person stays below."""

MINUTES_APART = timedelta(minutes=10)
"""Ours: a file with its facts, documents and objections is not read and decided in less."""

MONTHS = frozenset(
    """
    january february march april may june july august september october november december
    enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre
    """.split()
)

CLAUSE = "ICCPR arts. 9(1) and 13; Sala Constitucional de Costa Rica, res. 2025-019485"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The decision of one case to send somebody: who decided and when the record had it, the pairs of words of its
    reasons without what is the person's own, and how many of the documents on file were never opened before."""

    case: str
    id: str
    account: str
    recorded_at: datetime
    on: date
    reasons: frozenset[tuple[str, str]]
    documents: int
    unopened: int


def decision_of(case: Case, opened: Mapping[tuple[str, str], datetime], zone: str) -> Decision | None:
    """The last decision of a case to send the person. `opened` has the moment at which an account first opened the
    document of an entry, by entry and account. Who added a document knows it."""
    found = case.last(Decided)
    if found is None or found.body.outcome is not Outcome.TRANSFER:
        return None
    account, at = found.entry.actor.account, found.recorded_at
    documents = [each.entry for each in case.all(EvidenceAdded) if each.body.sha256 and each.recorded_at <= at]
    known = {entry for (entry, who), first in opened.items() if who == account and first <= at}
    unopened = [each for each in documents if each.id not in known and each.actor.account != account]
    return Decision(
        case=case.id,
        id=found.id,
        account=account,
        recorded_at=at,
        on=day_of(at, zone),
        reasons=frozenset(pairwise(("", *_words(found.body.reasons, _own(case)), ""))),
        documents=len(documents),
        unopened=len(unopened),
    )


def individual_only_in_name(decisions: Iterable[Decision]) -> Iterator[Finding]:
    """What speaks against each decision, among all of one agreement."""
    by_time = sorted(decisions, key=lambda each: each.recorded_at)
    alike = _alike(by_time)
    last: dict[str, datetime] = {}
    for each in by_time:
        before = last.get(each.account)
        last[each.account] = each.recorded_at
        if others := alike[each.id]:
            yield _finding(each, "reasons_alike", others=others)
        if each.unopened:
            yield _finding(each, "evidence_unopened", unopened=each.unopened, documents=each.documents)
        if before is not None and each.recorded_at - before < MINUTES_APART:
            yield _finding(
                each, "decided_minutes_apart", minutes=int((each.recorded_at - before).total_seconds() // 60)
            )


def _alike(decisions: Iterable[Decision]) -> Counter[str]:
    """For each decision, of how many others the reasons are nearly the same. Texts that are equal but for what is the
    person's own are compared once."""
    groups: dict[frozenset[tuple[str, str]], list[str]] = {}
    for each in decisions:
        groups.setdefault(each.reasons, []).append(each.id)
    found = Counter({each: len(group) - 1 for group in groups.values() for each in group})
    by_length = sorted(groups, key=len)
    for at, one in enumerate(by_length):
        for other in by_length[at + 1 :]:
            both = len(one) + len(other)
            if 2 * len(one) < ALIKE_FROM * both:
                break  # it and all the longer ones have too much that this one lacks
            if 2 * len(one & other) >= ALIKE_FROM * both:
                found.update({each: len(groups[other]) for each in groups[one]})
                found.update({each: len(groups[one]) for each in groups[other]})
    return found


def _own(case: Case) -> frozenset[str]:
    """The words of the person's names and of what was stated of them: they must not hide that all else is the same."""
    opening = case.opening.body
    texts = [opening.given_names, opening.family_names, *opening.other_names, getattr(opening, "home_reference", "")]
    texts += [each.body.value for each in case.all(FactRecorded)]
    return frozenset(word for text in texts if not isinstance(text, Unstated) for word in _split(text))


def _words(text: str, own: frozenset[str]) -> list[str]:
    return [each for each in _split(text) if each not in own and each not in MONTHS]


def _split(text: str) -> list[str]:
    """Words without case and accents; what has a digit in it is a date, a number or a reference, and falls out."""
    plain = "".join(each for each in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(each))
    return [each for each in re.findall(r"[^\W_]+", plain) if each.isalpha()]


def _finding(decision: Decision, rule: str, **said: Parameter) -> Finding:
    message = Message(f"finding.{rule}", {"which": decision.id, **said})
    return Finding(
        rule=rule, clause=CLAUSE, subject=decision.case, on=decision.on, because=(decision.id,), message=message
    )
