"""What is kept of an erased person: bare entries, the days of the ledger, numbers for the public. It names nobody.

A kept entry has its codes, flags and choices, and what was public in it; every name, date of a life and free text is
blank. So a case folds to the same stretches on a roll, and an enquiry to the same state.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from habeas.core.case import Case
from habeas.core.custody import ENDS, LEAVING, PRESENCE, in_time_order, stints
from habeas.core.entries import Entry, FieldClass, FieldSpec, Form, Unstated, body_to_json, specs
from habeas.core.entries import claims as claimed
from habeas.core.entries import custody as held
from habeas.core.entries.erasure import CaseErased, PersonErased
from habeas.core.entries.fields import MANY
from habeas.core.entries.procedure import Opening

_HANDED = (held.HandoverOffered, held.HandoverAccepted, held.HandoverRefused, held.Departed, held.EndConfirmed)
_CLAIMED = (claimed.DetentionClaimed, claimed.ClaimAnswered, claimed.ClaimDecided)
_OF_A_CASE = (Opening, *PRESENCE, *LEAVING, *ENDS, *_HANDED, *_CLAIMED, CaseErased)
_BARE = frozenset({Form.CODE, Form.CODES, Form.FLAG, Form.MOMENT})


class Run(NamedTuple):
    """Days one after another that were the same to the ledger: from `from_on`, before `until_on`."""

    from_on: date
    until_on: date
    facility: str
    zone: str
    reason: str


def erased(case: Case) -> CaseErased | None:
    """What the last entry of an erased case says; None for every other."""
    found = case.last(CaseErased)
    return found.body if found else None


# --- entries ---------------------------------------------------------------------------------------


def kept_of(entries: Iterable[Entry], case: Case | None = None) -> Iterator[str]:
    """The lines for the entries of one stream, each of which `opened` reads again. Of a case, those on which rolls,
    ends and claims rest; of roll entries those alone that begin a stretch, or are the last sign of life."""
    chosen = [*entries] if case is None else [*_chosen(case)]
    for each in chosen:
        yield json.dumps([each.stream, each.version, body_to_json(_bare(each.body))], separators=(",", ":"))


def opened(erasure: PersonErased) -> Mapping[str, Mapping[int, Mapping[str, Any]]]:
    """The bare bodies, as JSON, by stream and version; a stream of which nothing is kept is there and empty."""
    found: dict[str, dict[int, Mapping[str, Any]]] = {each: {} for each in erasure.streams}
    for line in erasure.kept:
        stream, version, body = json.loads(line)
        found[stream][version] = body
    return found


def _chosen(case: Case) -> Iterator[Entry]:
    signs = [each for each in in_time_order(case) if isinstance(each.body, PRESENCE)]
    needed = {*(each.began_with for each in stints(case)), *(each.id for each in signs[-1:])}
    chosen = {
        each.id
        for each in case.recorded
        if isinstance(each.body, _OF_A_CASE) and (each.id in needed or not isinstance(each.body, held.RollEntered))
    }
    for each in case.recorded:
        if each.id in chosen or (isinstance(each.body, held.Corrected) and _is_kept(each.body, case, chosen)):
            yield each


def _is_kept(correction: held.Corrected, case: Case, chosen: set[str]) -> bool:
    """Whether a correction is of a moment or a code that is kept."""
    target = case.entry(correction.entry)
    if target is None or target.id not in chosen:
        return False
    forms = {each.name: each.form for each in specs(type(target.body)) if not each.unstated}
    return correction.field_name == "occurred_at" or forms.get(correction.field_name) in _BARE


def _bare(body: Any) -> Any:
    stays = ("value",) if isinstance(body, held.Corrected) else ()
    return replace(
        body,
        **{each.name: _blank(each, getattr(body, each.name)) for each in specs(type(body)) if each.name not in stays},
    )


def _blank(spec: FieldSpec, value: Any) -> Any:
    """What stays of a field. A required choice becomes "other" where there is one."""
    if spec.field_class is FieldClass.PUBLIC:
        return value
    if spec.unstated:
        return Unstated.NOT_KNOWN
    if spec.form in {Form.CODE, Form.CODES}:
        return value
    if spec.optional:
        return () if spec.form in MANY else None
    if spec.choices is not None:
        return next((each for each in spec.choices if each.value == "other"), value)
    return value if spec.form in _BARE else ""


# --- days ------------------------------------------------------------------------------------------


def days_line(convention: str, known_at: datetime, runs: Iterable[Run]) -> str:
    """The days of a case by one convention, as the record knew them at a moment."""
    told = [[each.from_on.isoformat(), each.until_on.isoformat(), *each[2:]] for each in runs]
    return json.dumps([convention, known_at.isoformat(), told], separators=(",", ":"))


def kept_days(erasure: CaseErased, convention: str, at: datetime) -> Iterator[tuple[date, Run]]:
    """Each day that was kept by this convention as it was known at a moment, or first known after it."""
    lines = [
        (datetime.fromisoformat(known), told)
        for name, known, told in map(json.loads, erasure.days)
        if name == convention
    ]
    before = [told for known, told in lines if known <= at]
    for told in (before or [told for _, told in lines[:1]])[-1:]:
        for from_on, until_on, *more in told:
            run = Run(date.fromisoformat(from_on), date.fromisoformat(until_on), *more)
            for number in range((run.until_on - run.from_on).days):
                yield run.from_on + timedelta(days=number), run


# --- numbers ---------------------------------------------------------------------------------------


def counts(erasure: CaseErased, what: str) -> Counter[str]:
    """What the public figures go on counting: "findings" by their rules, "late" duties by their codes."""
    lines = (each.split(" ") for each in erasure.counts)
    return Counter({code: int(number) for sort, code, number in lines if sort == what})
