"""What is kept of an erased person reads like what it was kept of, and names nobody."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from habeas.core.case import Case, fold
from habeas.core.clocks import clocks
from habeas.core.custody import end, stints
from habeas.core.entries import KINDS, Entry, FieldClass, Form, body_from_json, specs
from habeas.core.entries import custody as held
from habeas.core.entries.asking import EnquiryMade
from habeas.core.entries.claims import DetentionClaimed
from habeas.core.entries.erasure import CaseErased, PersonErased
from habeas.core.entries.orders import OrderLodged
from habeas.core.entries.oversight import FindingFiled
from habeas.core.findings import findings
from habeas.core.ledger.conventions import CONVENTIONS
from habeas.core.ledger.person_days import Days, Reason, person_days
from habeas.core.residue import Run, counts, days_line, erased, kept_days, kept_of, opened
from habeas.core.summary import summary

from .test_erasure import agreed, erase, last
from .world import MONITOR, World

DAY = date(2026, 10, 1)
RUN = Run(DAY, DAY + timedelta(days=2), "tartu", "Europe/Tallinn", "seen")
LATER = RUN._replace(reason="untitled")


def read_again(case: Case) -> tuple[Entry, ...]:
    """The entries that are kept, as they are read once the others are gone."""
    gone = PersonErased(person=case.person, streams=(case.id,), kept=tuple(kept_of(case.recorded, case)))
    kept = opened(gone)[case.id]
    return tuple(
        dataclasses.replace(each, body=body_from_json(each.kind, kept[each.version]))
        for each in case.recorded
        if each.version in kept
    )


def gone() -> tuple[World, Case]:
    """Somebody who was held, moved by a correction, and erased."""
    world, case = agreed()
    arrived = last(world, case, held.Arrived)
    at = world.case(case).entry(arrived)
    assert at is not None
    body = held.Corrected(
        entry=arrived,
        field_name="occurred_at",
        value=json.dumps((at.occurred_at + timedelta(minutes=5)).isoformat()),
        reasons="the clock at the gate was slow",
    )
    world.log.append(dataclasses.replace(world.log[-1], id="c-1", index=len(world.log), version=900, body=body))
    prose = dataclasses.replace(body, entry=last(world, case, held.Admitted), field_name="cell", value='"12"')
    world.log.append(dataclasses.replace(world.log[-1], id="c-2", index=len(world.log), version=901, body=prose))
    other = dataclasses.replace(body, entry=world.log[0].id + "x")
    world.log.append(dataclasses.replace(world.log[-1], id="c-3", index=len(world.log), version=902, body=other))
    world.take("erase_person", erase(world, case), MONITOR, case)
    return world, world.case(case)


def test_a_case_folds_to_the_same_stretches_on_a_roll_and_the_same_end() -> None:
    _, case = gone()

    now = fold(read_again(case))

    assert stints(now) == stints(case)
    ended, was = end(now), end(case)
    assert ended is not None
    assert was is not None
    assert (ended.kind, ended.confirmed) == (was.kind, True)
    assert dataclasses.replace(summary(now), last_seen_at=None, next_title_end_at=None) == dataclasses.replace(
        summary(case), last_seen_at=None, next_title_end_at=None
    )


def test_no_name_and_no_text_is_kept_and_of_roll_entries_only_the_last() -> None:
    _, case = gone()

    now = fold(read_again(case))

    kept = json.dumps([each.body.__class__.__name__ for each in now.recorded])
    assert kept.count("RollEntered") == 1
    assert kept.count("Corrected") == 1
    opening = case.opening.body
    for word in (opening.given_names, opening.family_names, "they told counsel", "at the gate", "12"):
        assert f"{word}" in repr(case)
        assert f"'{word}'" not in repr(now)


def test_an_erased_case_is_erased_at_every_moment_and_nothing_runs_in_it() -> None:
    world, case = gone()
    now = fold(read_again(case), world.now - timedelta(days=100))

    assert erased(now) is not None
    assert erased(fold(case.recorded[:-1])) is None
    assert findings(now, world.context(now), world.now) == ()
    assert clocks(now, world.context(now), world.now) == ()


def test_the_days_are_those_that_were_counted_as_known_then() -> None:
    world, case = gone()
    known, later = datetime.fromisoformat("2026-11-01T00:00+00:00"), datetime.fromisoformat("2026-12-01T00:00+00:00")
    lines = (days_line("midnight", known, [RUN]), days_line("midnight", later, [LATER]))
    body = CaseErased(notice="n", copies_destroyed=True, days=lines, counts=("findings untitled_day 3", "late title 1"))

    def reasons(at: datetime) -> list[tuple[date, str]]:
        return [(day, run.reason) for day, run in kept_days(body, "midnight", at)]

    second = DAY + timedelta(days=1)
    assert reasons(known) == [(DAY, "seen"), (second, "seen")]
    assert reasons(later) == [(DAY, "untitled"), (second, "untitled")]
    assert reasons(known - timedelta(days=9)) == reasons(known)
    assert [*kept_days(body, "any_part", later)] == []
    assert counts(body, "findings") == {"untitled_day": 3}
    assert counts(body, "late") == {"title": 1}

    entries: Sequence[Entry] = read_again(case)
    whole = fold([*entries[:-1], dataclasses.replace(entries[-1], body=body)])
    period = Days(from_on=second, until_on=date(2027, 1, 1))
    found = person_days(whole, world.context(), period, CONVENTIONS["midnight"], later)
    assert [(each.day, each.reason, each.because) for each in found] == [(second, Reason.UNTITLED, ())]
    assert found[0].case == case.id


def test_a_stream_that_is_no_cases_keeps_every_entry_bare() -> None:
    _, case = gone()
    filed = dataclasses.replace(case.recorded[0], stream="oversight-1", version=0)

    (line,) = kept_of([filed])

    stream, version, body = json.loads(line)
    assert (stream, version) == ("oversight-1", 0)
    assert body["given_names"] == {"unstated": "not_known"}
    assert body["reasons"] == ""
    assert body["agreement"] == "se-ee-2025"


def test_every_required_field_of_a_stream_that_can_be_erased_has_a_blank() -> None:
    modules = {each.__module__ for each in (EnquiryMade, DetentionClaimed, OrderLodged, FindingFiled, held.Arrived)}
    needing = [
        (body.__name__, each.name)
        for body in KINDS.values()
        if body.__module__ in modules
        for each in specs(body)
        if not (each.optional or each.unstated or each.field_class is FieldClass.PUBLIC)
        if each.form in {Form.DATE, Form.NUMBER, Form.AMOUNT, Form.LINES, Form.COUNTRIES}
    ]
    assert needing == []
