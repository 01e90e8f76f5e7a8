"""A correction is a new entry of one's own party; outcomes, links and titles are not corrected, and what
rested on the corrected field is asked again."""

from __future__ import annotations

import dataclasses
import json
from datetime import date, timedelta

import pytest

from habeas.core.case import apply_correction, fold
from habeas.core.case_facts import verified_by
from habeas.core.commands import Command, Taken, decide
from habeas.core.entries import Actor, Entry, Form, Role, specs
from habeas.core.entries import custody as held
from habeas.core.entries import procedure as p
from habeas.core.findings import findings
from habeas.core.messages import Message

from . import walk
from .world import BOOKING, DAY, DECIDER, ESCORT, HOUR, MONITOR, OFFICER, REVIEWER, SENDING, START, World, actor


def correction(entry: str, field_name: str, value: object) -> held.Corrected:
    return held.Corrected(entry=entry, field_name=field_name, value=json.dumps(value), reasons="misread")


def last(world: World, kind: str) -> Entry:
    return [each for each in world.log if each.kind == kind][-1]


def refused(world: World, case: str, body: held.Corrected, by: Actor) -> tuple[Message, ...]:
    answer = world.do("correct", body, by, case)
    return getattr(answer, "reasons", ())


SEEN = held.RollEntered(facility="tartu", sign=held.Sign.ROLL_CALL, seen_by="officer 7")
NOT_CORRECTABLE = (Message("policy.not_correctable", {}),)
WRONG_FORM = (Message("policy.wrong_form", {}),)


def test_a_correction_shows_the_new_value_and_leaves_the_entry_as_it_was() -> None:
    world = World()
    case = walk.propose(world)
    opened = world.log[0]
    before = dataclasses.replace(opened)
    world.wait(DAY)
    world.take("correct", correction(opened.id, "given_names", "Çağrı Can"), OFFICER, case)
    assert world.case(case).opening.body.given_names == "Çağrı Can"
    assert world.log[0] == before
    assert world.case(case, known_at=START).opening.body.given_names == "Çağrı"


def test_the_latest_correction_of_a_field_counts() -> None:
    world = World()
    case = walk.propose(world)
    for name in ("Can", "Cem"):
        world.take("correct", correction("entry-0", "given_names", name), OFFICER, case)
    assert world.case(case).opening.body.given_names == "Cem"


def test_two_corrections_of_two_fields_both_count() -> None:
    world = World()
    case = walk.propose(world)
    world.take("correct", correction("entry-0", "given_names", "Can"), OFFICER, case)
    world.take("correct", correction("entry-0", "born_on", "1988-03-01"), OFFICER, case)
    body = world.case(case).opening.body
    assert (body.given_names, body.born_on) == ("Can", date(1988, 3, 1))


def test_a_correction_to_what_is_there_already_is_refused_also_the_second_time() -> None:
    world = World()
    case = walk.propose(world)
    nothing = (Message("policy.corrects_nothing", {}),)
    assert refused(world, case, correction("entry-0", "given_names", "Çağrı"), OFFICER) == nothing
    world.take("correct", correction("entry-0", "given_names", "Can"), OFFICER, case)
    assert refused(world, case, correction("entry-0", "given_names", "Can"), OFFICER) == nothing


def test_only_ones_own_partys_entry_is_corrected() -> None:
    world = World()
    case = walk.held_case(world)
    body = correction(last(world, "admitted").id, "cell", "12")
    for each in (OFFICER, DECIDER, ESCORT, MONITOR):
        assert refused(world, case, body, each) == (Message("policy.correct_own", {}),)
    world.take("correct", body, BOOKING, case)
    another = actor(Role.SENDING_OFFICER, SENDING, "2")
    world.take("correct", correction("entry-0", "given_names", "Can"), another, case)


def test_an_entry_of_another_case_is_not_there_to_correct() -> None:
    world = World()
    case, other = walk.propose(world), walk.propose(world)
    assert world.case(other).opening.id != world.case(case).opening.id
    body = correction(world.case(other).opening.id, "given_names", "Can")
    assert refused(world, case, body, OFFICER) == (Message("policy.no_such_entry", {"field": "entry.corrected.entry"}),)


def test_a_title_is_ended_and_recorded_anew_and_a_correction_stays() -> None:
    world = World()
    case = walk.propose(world)
    entry = walk.title(world, case, "SWE", by=OFFICER)
    for each in specs(p.TitleRecorded):
        assert refused(world, case, correction(entry, each.name, "EST"), OFFICER) == NOT_CORRECTABLE
    moment = correction(entry, "occurred_at", START.isoformat())
    assert refused(world, case, moment, OFFICER) == NOT_CORRECTABLE
    fixed = world.take("correct", correction("entry-0", "given_names", "Can"), OFFICER, case)
    assert refused(world, case, correction(fixed, "reasons", "no"), OFFICER) == NOT_CORRECTABLE


def test_a_title_ended_too_late_is_not_moved_to_heal_the_days_between() -> None:
    world = World()
    case = walk.propose(world)
    title = walk.title(world, case, "SWE", by=OFFICER)
    world.wait(DAY)
    ended = world.take("end_title", p.TitleEnded(title=title, ended_by="Court", reasons="quashed"), OFFICER, case)
    world.wait(5 * DAY)
    later = correction(ended, "occurred_at", world.now.isoformat())
    assert refused(world, case, later, OFFICER) == NOT_CORRECTABLE


def test_outcomes_links_and_what_the_system_computed_are_never_corrected() -> None:
    world = World()
    case = walk.held_case(world)
    walk.object_and_review(world, case, p.Upheld.REJECTED)
    found = set()
    for entry in world.case(case).entries:
        for each in specs(type(entry.body)):
            outcome = each.form is Form.CHOICE and each.name != "sex"
            if outcome or each.computed or each.form in {Form.CODE, Form.CODES, Form.FLAG}:
                found.add(each.name)
                assert refused(world, case, correction(entry.id, each.name, "x"), entry.actor) == NOT_CORRECTABLE
    assert {"outcome", "offer", "outward", "terms_digest", "answers", "evidence", "fact", "facility"} <= found


def test_a_field_that_the_entry_does_not_have_is_not_corrected() -> None:
    world = World()
    case = walk.propose(world)
    for name in ("shoe_size", "recorded_at", "actor", "id"):
        assert refused(world, case, correction("entry-0", name, "x"), OFFICER) == NOT_CORRECTABLE


def test_the_sex_that_was_booked_wrongly_can_be_corrected() -> None:
    world = World()
    case = walk.propose(world)
    world.take("correct", correction("entry-0", "sex", "other"), OFFICER, case)
    assert world.case(case).opening.body.sex is p.Sex.OTHER
    assert refused(world, case, correction("entry-0", "sex", "neither"), OFFICER) == WRONG_FORM


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("born_on", "1988-02-30"),
        ("born_on", 1988),
        ("given_names", ["Can"]),
        ("given_names", None),
        ("given_names", ""),
        ("given_names", " "),
        ("nationalities", "NOR"),
        ("given_names", {"unstated": "forgotten"}),
    ],
)
def test_a_value_of_the_wrong_form_is_refused(name: str, value: object) -> None:
    world = World()
    case = walk.propose(world)
    assert refused(world, case, correction("entry-0", name, value), OFFICER) == WRONG_FORM


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("seen_by", 7),
        ("seen_by", {"unstated": "forgotten"}),
        ("occurred_at", "yesterday"),
        ("occurred_at", "2026-09-01T08:00:00"),
        ("occurred_at", None),
    ],
)
def test_a_report_is_not_corrected_to_something_of_another_form(name: str, value: object) -> None:
    world = World()
    case = walk.held_case(world)
    entry = world.take("enter_roll", SEEN, BOOKING, case)
    assert refused(world, case, correction(entry, name, value), BOOKING) == WRONG_FORM


def test_what_must_be_stated_does_not_become_not_known() -> None:
    world = World()
    case = walk.propose(world)
    walk.state_facts(world, case, {"sex": ("male", "passport")})
    entry = last(world, "fact_recorded").id
    for each in ({"unstated": "not_known"}, "", None):
        assert refused(world, case, correction(entry, "stated_by", each), OFFICER) == WRONG_FORM


def test_a_value_that_is_no_json_is_refused() -> None:
    world = World()
    case = walk.propose(world)
    body = dataclasses.replace(correction("entry-0", "given_names", ""), value="Can")
    assert refused(world, case, body, OFFICER) == WRONG_FORM


def test_what_was_stated_can_become_not_known_and_the_other_way() -> None:
    world = World()
    case = walk.propose(world)
    world.take("correct", correction("entry-0", "born_on", {"unstated": "refused_to_say"}), OFFICER, case)
    assert world.case(case).opening.body.born_on == "refused_to_say"
    world.take("correct", correction("entry-0", "born_on", "1988-02-29"), OFFICER, case)
    assert world.case(case).opening.body.born_on == date(1988, 2, 29)


def test_what_was_listed_can_become_nothing() -> None:
    world = World()
    case = walk.propose(world, other_names=("Can",))
    world.take("correct", correction("entry-0", "other_names", None), OFFICER, case)
    assert world.case(case).opening.body.other_names == ()


def test_a_correction_puts_nothing_into_the_future() -> None:
    world = World()
    case = walk.held_case(world)
    entry = world.take("enter_roll", SEEN, BOOKING, case)
    world.wait(HOUR)
    later = world.now + timedelta(microseconds=1)
    body = correction(entry, "occurred_at", later.isoformat())
    assert refused(world, case, body, BOOKING) == (Message("policy.future", {"at": world.now}),)
    world.take("correct", correction(entry, "occurred_at", world.now.isoformat()), BOOKING, case)


@pytest.mark.parametrize("kind", ["released", "escaped"])
def test_a_correction_puts_no_end_before_its_start(kind: str) -> None:
    world = World()
    case = walk.held_case(world)
    world.wait(DAY)
    if kind == "released":
        free = held.Released(place="gate", handed_to=walk.NOT_KNOWN, papers=walk.NOT_KNOWN)
        entry = world.take("report_release", free, BOOKING, case)
    else:
        entry = world.take("report_escape", held.Escaped(circumstances=walk.NOT_KNOWN), BOOKING, case)
    early = correction(entry, "occurred_at", (START - HOUR).isoformat())
    assert refused(world, case, early, BOOKING) == (Message("policy.before_start", {"started_at": START}),)
    on_time = correction(entry, "occurred_at", (world.now - HOUR).isoformat())
    world.take("correct", on_time, BOOKING, case)


def test_a_correction_keeps_the_digest_of_what_it_replaces() -> None:
    world = World()
    case = walk.propose(world)
    hurt = held.Injured(injury="a cut", circumstances=walk.NOT_KNOWN, reported_to=walk.NOT_KNOWN)
    injury = world.take("report_injury", hurt, OFFICER, case)
    digests = {("entry-0", "body.given_names"): "ab" * 32, (injury, "occurred_at"): "cd" * 32}
    context = dataclasses.replace(world.context(), digests=digests)
    for entry, name, value, digest in (
        ("entry-0", "given_names", "Can", "ab" * 32),
        (injury, "occurred_at", (START - HOUR).isoformat(), "cd" * 32),
        ("entry-0", "family_names", "Can", None),
    ):
        body = correction(entry, name, value)
        command = Command(act="correct", body=body, occurred_at=world.now, actor=OFFICER)
        answer = decide(world.case(case), command, context, world.now)
        assert answer == Taken(bodies=(dataclasses.replace(body, old_digest=digest),))


def test_a_decision_stands_and_gets_a_finding_when_what_it_rested_on_is_corrected() -> None:
    world = World()
    case = walk.propose(world)
    world.take("correct", correction("entry-0", "given_names", "Can"), OFFICER, case)
    walk.decided(world, case)
    assert _shaken(world, case) == []
    walk.state_facts(world, case, {"sex": ("male", "passport")})
    after = last(world, "fact_recorded")
    world.take("correct", correction(after.id, "stated_by", "Another officer"), OFFICER, case)
    assert _shaken(world, case) == []
    fact = world.case(case).all(p.FactRecorded)[0]
    fixed = world.take("correct", correction(fact.id, "stated_by", "Another officer"), OFFICER, case)
    assert _shaken(world, case) == [(fixed, "stated_by")]
    assert world.case(case).last(p.Decided) is not None


def _shaken(world: World, case: str) -> list[tuple[object, object]]:
    found = findings(world.case(case), world.context(), world.now)
    return [
        (each.message.parameters["which"], each.message.parameters["field"])
        for each in found
        if each.rule == "corrected_after_decision"
    ]


def test_a_correction_of_nothing_on_record_changes_nothing() -> None:
    world = World()
    case = walk.propose(world)
    stray = dataclasses.replace(
        world.log[0], id="entry-9", index=9, version=1, body=correction("entry-999", "given_names", "Can")
    )
    assert fold([*world.log, stray]).opening == world.case(case).opening


def test_a_field_that_is_not_there_is_an_error_of_whoever_applies_it() -> None:
    world = World()
    walk.propose(world)
    with pytest.raises(ValueError, match="no field shoe_size"):
        apply_correction(world.log[0], correction("entry-0", "shoe_size", 44))


def test_no_case_was_on_record_before_it_opened() -> None:
    world = World()
    case = walk.propose(world)
    with pytest.raises(ValueError, match="no case was on record then"):
        world.case(case, known_at=START - HOUR)
    walk.notice(world, case)
    with pytest.raises(ValueError, match="no case was on record then"):
        fold(world.log[1:])


def test_a_verified_fact_is_to_be_verified_again_once_its_value_or_its_paper_is_corrected() -> None:
    world = World()
    case = walk.propose(world)
    walk.state_facts(world, case, {"sex": ("male", "passport"), "sentence_final": ("true", "judgment")})
    sex, final = world.case(case).all(p.FactRecorded)
    assert [verified_by(world.case(case), each.id) for each in (sex, final)] == [DECIDER.account] * 2
    world.take("correct", correction(sex.id, "value", "other"), OFFICER, case)
    assert [verified_by(world.case(case), each.id) for each in (sex, final)] == [None, DECIDER.account]
    world.take("verify_fact", p.FactVerified(fact=sex.id, how="compared again"), DECIDER, case)
    assert verified_by(world.case(case), sex.id) == DECIDER.account
    world.take("correct", correction(final.body.evidence[0], "reference", "another judgment"), OFFICER, case)
    assert verified_by(world.case(case), final.id) is None


def test_a_bench_corrects_what_it_wrote_itself() -> None:
    world = World()
    case = walk.propose(world)
    walk.object_and_review(world, case, p.Upheld.REJECTED)
    hurt = held.Injured(injury="a cut", circumstances=walk.NOT_KNOWN, reported_to=walk.NOT_KNOWN)
    injury = world.take("report_injury", hurt, REVIEWER, case)
    world.take("correct", correction(injury, "injury", "a deep cut"), REVIEWER, case)
    assert world.case(case).all(held.Injured)[0].body.injury == "a deep cut"
