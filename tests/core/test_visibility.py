"""Who sees which field: the table of DESIGN section 5, and whose case a case is."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from habeas.core.entries import Actor, Entry, FieldClass, FieldSpec, Role, kind_of
from habeas.core.entries import claims as c
from habeas.core.entries import custody as held
from habeas.core.entries import institutions as i
from habeas.core.entries import oversight as o
from habeas.core.entries import procedure as p
from habeas.core.entries.fields import spec_of
from habeas.core.orders import StayOrder, stay_orders
from habeas.core.oversight import ticket
from habeas.core.visibility import Sight, class_of, class_of_fact, may_open, show, tells_of_monitoring, visible

from . import walk
from .world import (
    BOOKING,
    COURT,
    DECIDER,
    ESCORT,
    HOUR,
    MONITOR,
    OFFICER,
    RECEIVER,
    RECEIVING,
    REVIEWER,
    SENDING,
    World,
    actor,
)

AUDITOR = actor(Role.AUDITOR, "xx-audit")
COUNSEL = actor(Role.COUNSEL, "se-bar")
MANAGER = actor(Role.ACCOUNT_MANAGER, SENDING)
SYSTEM = actor(Role.SYSTEM, "log")
ILL_AND_MALE = (("seriously_ill", "true", "medical_certificate"), ("sex", "male", "passport"))

# The rows and columns of DESIGN section 5. A all, o own cases, - never, p a pseudonym, s of a sample, c with consent.
TABLE = """
                   identity custody facts health fitness family allegations asked money protected
sending_officer    o o o - o - o - A -
sending_decider    o o o - o - o - A -
receiving_officer  o o o - o - o - A -
booking_officer    o o - o o o - - - -
escort             o o - o o o - - - -
reviewer           o o o o o o o o - o
court              o o o o o o o o - o
counsel            o o o o o o o o - o
monitor            A A A c c A A A A A
auditor            p A s - - - - - A -
account_manager    - - - - - - - - - -
system             - - - - - - - - - -
"""
MARKS = {"A": Sight.ALL, "o": Sight.OWN, "-": Sight.HIDDEN, "s": Sight.SAMPLE, "p": Sight.PSEUDONYM, "c": Sight.CONSENT}
HEADER, *ROWS = TABLE.strip().splitlines()
COLUMNS = HEADER.split()
CELLS = [
    (row.split()[0], column, MARKS[mark]) for row in ROWS for column, mark in zip(COLUMNS, row.split()[1:], strict=True)
]


@pytest.mark.parametrize(("role", "column", "sight"), CELLS, ids=str)
def test_each_role_sees_what_the_table_says(role: str, column: str, sight: Sight) -> None:
    assert visible(Role(role), FieldClass(column)) is sight


def test_the_table_has_every_role_and_every_class() -> None:
    assert {Role(role) for role, _, _ in CELLS} == set(Role)
    assert {FieldClass(each) for each in COLUMNS} == set(FieldClass) - {FieldClass.PUBLIC}


@pytest.mark.parametrize("role", list(Role))
def test_what_is_about_no_person_is_open_to_every_account(role: Role) -> None:
    assert visible(role, FieldClass.PUBLIC) is Sight.ALL


# --- whose case it is -----------------------------------------------------------------------------


def proposed(world: World) -> str:
    return walk.propose(world)


def objected(world: World) -> str:
    case = walk.propose(world)
    body = p.ObjectionRaised(raised_by=p.Voice.PERSON, grounds="my children visit me here")
    world.take("raise_objection", body, OFFICER, case)
    return case


def asserted(world: World) -> str:
    case = walk.propose(world)
    world.take("record_assertion", p.AssertionMade(asserted=p.Asserted.FEAR, words="they will hurt me"), OFFICER, case)
    return case


def contested(world: World) -> str:
    case = walk.propose(world)
    walk.state_facts(world, case, {"sex": ("male", "passport")})
    fact = world.case(case).all(p.FactRecorded)[0].id
    body = p.FactContested(fact=fact, contested_by=p.Voice.PERSON, grounds="it is wrong")
    world.take("contest_fact", body, OFFICER, case)
    return case


def decided(world: World) -> str:
    case = walk.propose(world)
    walk.decided(world, case)
    return case


def accepted(world: World) -> str:
    case = decided(world)
    world.take("accept_transfer", p.TransferAccepted(), RECEIVER, case)
    return case


def listed(world: World) -> str:
    case = accepted(world)
    walk.title(world, case, "EST", by=RECEIVER)
    body = held.Manifested(manifest="M-1", departs_at=world.now, departs_from="Kumla", escort="Invented escort")
    world.take("put_on_manifest", body, OFFICER, case)
    return case


def at_the_door(world: World) -> str:
    case = walk.propose(world)
    world.take("report_arrival", held.Arrived(facility="tartu"), BOOKING, case)
    return case


def of(role: Role) -> Actor:
    """Whoever of this role belongs to the sides of the tests' agreement."""
    known = {each.role: each for each in (OFFICER, DECIDER, RECEIVER, BOOKING, ESCORT, REVIEWER, COURT, MONITOR)}
    return known.get(role) or {Role.AUDITOR: AUDITOR, Role.COUNSEL: COUNSEL}.get(role) or actor(role, SENDING)


ALWAYS = {Role.SENDING_OFFICER, Role.SENDING_DECIDER, Role.MONITOR, Role.AUDITOR}
BENCH = {Role.REVIEWER, Role.COURT}


@pytest.mark.parametrize(
    ("reached", "opened_by"),
    [
        (proposed, ALWAYS),
        (objected, ALWAYS | BENCH),
        (asserted, ALWAYS | BENCH),
        (contested, ALWAYS | BENCH),
        (decided, ALWAYS | {Role.RECEIVING_OFFICER}),
        (accepted, ALWAYS | {Role.RECEIVING_OFFICER, Role.BOOKING_OFFICER}),
        (listed, ALWAYS | {Role.RECEIVING_OFFICER, Role.BOOKING_OFFICER, Role.ESCORT}),
        (at_the_door, ALWAYS | {Role.RECEIVING_OFFICER, Role.BOOKING_OFFICER}),
    ],
    ids=lambda each: getattr(each, "__name__", ""),
)
def test_a_case_opens_to_each_role_when_it_becomes_theirs(
    reached: Callable[[World], str], opened_by: set[Role]
) -> None:
    world = World()
    case = world.case(reached(world))
    assert {each for each in Role if may_open(of(each), case)} == opened_by


def test_nobody_of_a_third_party_opens_a_case_of_these_two() -> None:
    world = World()
    case = world.case(listed(world))
    sides = [each.role for each in (OFFICER, DECIDER, RECEIVER, BOOKING, ESCORT)]
    assert [may_open(of(each), case) for each in sides] == [True] * 5
    assert [may_open(actor(each, "xx-third", facility="tartu"), case) for each in sides] == [False] * 5
    swapped = [actor(each, RECEIVING if of(each).party == SENDING else SENDING, facility="tartu") for each in sides]
    assert [may_open(each, case) for each in swapped] == [False] * 5


@pytest.mark.parametrize("reached", [accepted, at_the_door], ids=["expected", "at the door"])
@pytest.mark.parametrize(("facility", "opens"), [("tartu", True), ("tallinn", False), (None, False)])
def test_a_booking_officer_opens_the_cases_of_one_facility(
    reached: Callable[[World], str], facility: str | None, opens: bool
) -> None:
    world = World()
    case = world.case(reached(world))
    assert may_open(actor(Role.BOOKING_OFFICER, RECEIVING, facility=facility), case) is opens


@pytest.mark.parametrize("by", [REVIEWER, COURT], ids=["reviewer", "court"])
def test_a_bench_opens_a_case_that_an_order_names(by: Actor) -> None:
    world = World()
    case, other = walk.propose(world), walk.propose(world)
    body = i.StayOrderIssued(
        court="Invented court", reference="T 1-26", given=i.Given.WRITTEN, cases=(case,), must_be_done="Keep him."
    )
    world.take("issue_stay_order", body, COURT)
    orders = world.context().orders
    assert may_open(by, world.case(case), orders) is True
    assert may_open(by, world.case(other), orders) is False
    assert may_open(by, world.case(case)) is False


# --- one field ------------------------------------------------------------------------------------


def seen_by(world: World, case: str, entry: Entry, spec: FieldSpec, orders: tuple[StayOrder, ...] = ()) -> set[Role]:
    return {each for each in Role if show(of(each), world.case(case), entry, spec, orders)}


def test_a_field_is_seen_in_ones_own_cases_by_its_class() -> None:
    world = World()
    case = walk.held_case(world)
    walk.object_and_review(world, case, p.Upheld.REJECTED)
    entry = next(each for each in world.log if each.kind == "admitted")
    neither = BENCH | {Role.MONITOR}
    door = {Role.BOOKING_OFFICER, Role.ESCORT}
    officers = {Role.SENDING_OFFICER, Role.SENDING_DECIDER, Role.RECEIVING_OFFICER}
    expected = {
        "distinguishing_name": neither | door | officers,
        "cell": neither | door | officers | {Role.AUDITOR},
        "health": BENCH | door,
        "care_needed": BENCH | door | officers,
        "family": neither | door,
    }
    assert {name: seen_by(world, case, entry, spec_of(held.Admitted, name)) for name in expected} == expected


def test_what_is_seen_in_ones_own_case_is_hidden_in_another() -> None:
    world = World()
    case = walk.propose(world)
    entry, spec = world.log[0], spec_of(p.Proposed, "family_names")
    assert show(OFFICER, world.case(case), entry, spec) is True
    assert show(actor(Role.SENDING_OFFICER, "xx-third"), world.case(case), entry, spec) is False
    assert show(RECEIVER, world.case(case), entry, spec) is False
    assert show(REVIEWER, world.case(case), entry, spec) is False


@pytest.mark.parametrize("name", ["distinguishing_name", "cell", "health", "care_needed", "family"])
def test_a_correction_is_as_private_as_the_field_that_it_corrects(name: str) -> None:
    world = World()
    case = walk.held_case(world)
    walk.object_and_review(world, case, p.Upheld.REJECTED)
    admitted = next(each for each in world.log if each.kind == "admitted")
    body = held.Corrected(entry=admitted.id, field_name=name, value=json.dumps("otherwise"), reasons="misheard")
    world.take("correct", body, BOOKING, case)
    correction = world.log[-1]
    as_corrected = seen_by(world, case, correction, spec_of(held.Corrected, "value"))
    assert as_corrected == seen_by(world, case, admitted, spec_of(held.Admitted, name))
    assert Role.BOOKING_OFFICER in as_corrected
    assert seen_by(world, case, correction, spec_of(held.Corrected, "reasons")) == as_corrected
    in_custody = seen_by(world, case, admitted, spec_of(held.Admitted, "cell"))
    assert seen_by(world, case, correction, spec_of(held.Corrected, "field_name")) == in_custody


def test_a_corrected_moment_is_seen_by_who_sees_the_custody() -> None:
    world = World()
    case = walk.held_case(world)
    admitted = next(each for each in world.log if each.kind == "admitted")
    value = json.dumps((world.now - HOUR).isoformat())
    body = held.Corrected(entry=admitted.id, field_name="occurred_at", value=value, reasons="misread")
    world.take("correct", body, BOOKING, case)
    assert seen_by(world, case, world.log[-1], spec_of(held.Corrected, "value")) == seen_by(
        world, case, admitted, spec_of(held.Admitted, "cell")
    )


def test_an_order_opens_to_the_bench_what_it_may_see() -> None:
    world = World()
    case = walk.propose(world)
    body = i.StayOrderIssued(
        court="Invented court", reference="T 1-26", given=i.Given.WRITTEN, cases=(case,), must_be_done="Keep him."
    )
    world.take("issue_stay_order", body, COURT)
    spec = spec_of(p.Proposed, "family_names")
    orders = stay_orders([world.log[-1]])
    assert seen_by(world, case, world.log[0], spec, orders) - seen_by(world, case, world.log[0], spec) == BENCH


@pytest.mark.parametrize(
    ("name", "role", "is_shown"),
    [
        ("seriously_ill", Role.SENDING_OFFICER, False),
        ("seriously_ill", Role.RECEIVING_OFFICER, False),
        ("seriously_ill", Role.COURT, True),
        ("ill_treatment_alleged", Role.RECEIVING_OFFICER, False),
        ("ill_treatment_alleged", Role.MONITOR, True),
        ("security_class", Role.SENDING_OFFICER, True),
    ],
)
def test_a_fact_about_health_or_a_complaint_is_as_private_as_those(name, role, is_shown):
    assert (visible(role, class_of_fact(name)) in {Sight.ALL, Sight.OWN}) is is_shown


@pytest.mark.parametrize(("name", "value"), [("seriously_ill", "true"), ("ill_treatment_alleged", "true")])
def test_what_is_said_of_a_fact_is_as_private_as_the_fact(name: str, value: str) -> None:
    world = World()
    case = walk.propose(world)
    fact = walk.state_fact(world, case, name, value, "medical_certificate")
    said: list[tuple[str, object, Actor]] = [
        ("verify_fact", p.FactVerified(fact=fact, how="asked the doctor"), DECIDER),
        ("contest_fact", p.FactContested(fact=fact, contested_by=p.Voice.PERSON, grounds="I am well"), OFFICER),
    ]
    contest = [world.take(act, body, by, case) for act, body, by in said][-1]
    review = p.FactReviewed(contest=contest, outcome=p.Upheld.UPHELD, reasons="the doctor was heard")
    world.take("review_fact", review, REVIEWER, case)
    entries = {each.kind: each for each in world.case(case).entries}
    value_seen = seen_by(world, case, entries["fact_recorded"], spec_of(p.FactRecorded, "value"))
    assert value_seen >= BENCH
    assert not value_seen & {Role.SENDING_OFFICER, Role.AUDITOR}
    for body, field in ((p.FactVerified, "how"), (p.FactContested, "grounds"), (p.FactReviewed, "reasons")):
        assert seen_by(world, case, entries[kind_of(body)], spec_of(body, field)) == value_seen


def test_what_is_said_of_no_fact_on_record_is_a_fact_like_any() -> None:
    world = World()
    its = world.case(walk.propose(world))
    said = p.FactVerified(fact="nothing", how="asked")
    assert class_of(its, said, spec_of(p.FactVerified, "how")) is FieldClass.FACTS


def test_a_drawn_case_opens_no_fact_about_health_and_a_consent_opens_just_those() -> None:
    world = World()
    case = walk.propose(world)
    entries = [walk.state_fact(world, case, *fact) for fact in ILL_AND_MALE]
    value = spec_of(p.FactRecorded, "value")

    def shown(by: Actor) -> list[bool]:
        its, known = world.case(case), world.context().oversight
        return [show(by, its, entry, value, known=known) for entry in map(its.entry, entries) if entry]

    assert (shown(AUDITOR), shown(MONITOR)) == ([False, False], [False, True])
    bound = world.take("announce_sample", o.SampleAnnounced(size=1, commitment=ticket("kept")), MONITOR)
    world.take("draw_sample", o.SampleDrawn(announced=bound, seed="kept", root="ab" * 32, drawn=(case,)), MONITOR)
    assert (shown(AUDITOR), shown(MONITOR)) == ([False, True], [False, True])
    world.take("note_health_consent", o.HealthConsentHeard(case=case, consents=True), MONITOR)
    assert (shown(AUDITOR), shown(MONITOR)) == ([False, True], [True, True])


@pytest.mark.parametrize(("name", "sees_words"), [("court", True), ("sending_officer", True), ("escort", False)])
def test_the_words_of_a_claim_are_for_those_who_see_the_facts(name: str, sees_words: bool) -> None:
    role = Role(name)
    words = [(c.DetentionClaimed, "said"), (c.ClaimAnswered, "reasons"), (c.ClaimDecided, "reasons")]
    classes = {spec_of(body, field).field_class for body, field in words}
    assert {visible(role, each) is Sight.OWN for each in classes} == {sees_words}
    assert visible(role, spec_of(c.ClaimDecided, "remedy").field_class) is Sight.OWN


# --- what the monitor does ------------------------------------------------------------------------


def told_of(world: World, entry_id: str) -> set[Role]:
    entry = next(each for each in world.log if each.id == entry_id)
    known = world.context().oversight
    return {each for each in Role if tells_of_monitoring(of(each), entry, known, world.now)}


def test_nobody_but_the_monitor_is_told_of_a_visit_without_notice_before_its_time() -> None:
    world = World()
    announced, quiet = (
        world.take("ask_visit", o.VisitAsked(facility="tartu", visit_at=world.now + HOUR, announced=each), MONITOR)
        for each in (True, False)
    )
    refused = o.VisitRefused(visit=quiet, refused_by="the gate", reasons="they knew")
    assert (told_of(world, announced), told_of(world, quiet)) == (set(Role), {Role.MONITOR})
    assert world.refused("refuse_visit", refused, RECEIVER) == {"policy.no_object_of_the_monitor"}
    by_monitor = world.take("refuse_visit", refused, MONITOR)
    assert told_of(world, by_monitor) == {Role.MONITOR}

    world.wait(HOUR)
    assert told_of(world, quiet) == told_of(world, by_monitor) == set(Role)
    world.take("refuse_visit", refused, RECEIVER)


def test_an_answer_to_a_finding_is_told_once_the_monitor_read_that_it_names_nobody() -> None:
    world = World()
    filed = o.FindingFiled(
        sort=o.FindingSort.HEALTH, agreement="se-ee-2025", public_part="Some were not seen.", names_nobody=True
    )
    finding = world.take("file_finding", filed, MONITOR)
    said = o.FindingAnswered(finding=finding, answer="They were seen.", names_nobody=True)
    answer = world.take("answer_finding", said, RECEIVER)
    own = {Role.RECEIVING_OFFICER, Role.BOOKING_OFFICER}
    assert (told_of(world, finding), told_of(world, answer)) == (set(Role), {Role.MONITOR, *own})
    world.take("clear_answer", o.AnswerCleared(answered=answer), MONITOR)
    assert told_of(world, answer) == set(Role)


def test_a_fact_of_another_release_is_a_fact_like_any():
    assert class_of_fact("no_longer_declared") is FieldClass.FACTS
