"""Read models are what the register says: after every entry, and after a rebuild."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import timedelta

from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from habeas.core.entries import Actor, Body
from habeas.core.entries import custody as held
from habeas.core.entries.institutions import Given, StayOrderIssued, StayOrderLifted
from habeas.core.entries.procedure import ProposalWithdrawn
from habeas.store import projections, read
from habeas.store.models import CaseRow, LogRow, StintRow
from tests import postgres
from tests.store.conftest import ON_POSTGRESQL
from tests.store.example import BOOKING, COURT, OFFICER, Register, admitted, proposed

STEPS: tuple[tuple[Actor, Body], ...] = (
    (BOOKING, held.Arrived(facility="tartu")),
    (BOOKING, admitted()),
    (BOOKING, held.RollEntered(facility="tartu", sign=held.Sign.ROLL_CALL, seen_by="the ward")),
    (BOOKING, held.Moved(facility="tallinn", reasons="a transfer of wards")),
    (BOOKING, held.Escaped(circumstances="over the wall")),
    (OFFICER, held.Returned(place="home")),
    (BOOKING, held.Released(place="the gate", handed_to="nobody", papers="all")),
    (OFFICER, ProposalWithdrawn(reasons="not wanted any more")),
)


def rows() -> list[object]:
    """Every row of every read model."""
    return [row for model in projections.MODELS for row in model._default_manager.order_by("pk").values()]


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(walk=st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(STEPS), st.integers(0, 48)), max_size=12))
def test_rebuilt_rows_equal_the_live_ones_whatever_was_reported_in_whatever_order(
    register: Register, walk: list[tuple[str, tuple[Actor, Body], int]]
) -> None:
    names = {each: f"{each}{LogRow.objects.count()}" for each in "abc"}
    for name in names.values():
        register.propose(name, "Somebody", "Example")
    for each, (actor, body), hours_ago in walk:
        register.wait(hours=1)
        happened = register.now - timedelta(hours=hours_ago)
        stream, person = f"case-{names[each]}", f"person-{names[each]}"
        register.record(stream, body, by=actor, person=person, occurred_at=happened)

    assert projections.rebuild().differences == ()


def test_a_case_and_its_stints_follow_each_entry(register: Register) -> None:
    register.propose("alice", "Alice", "Example")
    row = CaseRow.objects.get(case="case-alice")
    assert (row.answers, row.facility, row.is_open, row.version) == ("se-kv", None, True, 1)

    register.wait(hours=1)
    register.hold("alice")
    row.refresh_from_db()
    assert (row.facility, row.last_seen_at, row.version) == ("tartu", register.now, 3)

    register.wait(hours=1)
    register.record("case-alice", STEPS[3][1], by=BOOKING, person="person-alice")
    held_in = StintRow.objects.filter(case="case-alice").order_by("from_at").values_list("facility", "until_at")
    assert list(held_in) == [("tartu", register.now), ("tallinn", None)]


def test_a_place_is_counted_as_promised_from_the_manifest_to_the_door(register: Register) -> None:
    register.propose("alice", "Alice", "Example")
    listed = held.Manifested(manifest="M-1", departs_at=register.now, departs_from="Kumla", escort="Invented")
    register.record("case-alice", listed, person="person-alice")
    assert read.facilities(register.now)["tartu"].promised == 1
    register.hold("alice")
    assert read.facilities(register.now)["tartu"].promised == 0


def test_a_correction_of_the_moment_moves_the_stint(register: Register) -> None:
    register.propose("alice", "Alice", "Example")
    register.wait(hours=5)
    arrival, _ = register.hold("alice")
    moved = held.Corrected(
        entry=arrival.id, field_name="occurred_at", value='"2026-09-01T10:00:00Z"', reasons="the clock was wrong"
    )

    register.record("case-alice", moved, by=BOOKING, person="person-alice")

    assert StintRow.objects.get(case="case-alice").from_at.hour == 10
    assert projections.rebuild().differences == ()


def test_an_order_is_in_force_until_it_is_lifted(register: Register) -> None:
    order = StayOrderIssued(court="Court", reference="1/26", given=Given.ORAL, must_be_done="keep them here")
    (issued,) = register.record("order-1", order, by=COURT)
    (recorded,) = read.orders(register.now)
    assert (recorded.id, recorded.lifted_at) == (issued.id, None)

    register.wait(days=1)
    register.record("order-1", StayOrderLifted(order=issued.id, reasons="decided"), by=COURT)

    assert [each.lifted_at for each in read.orders(register.now)] == [register.now]


def test_rows_that_somebody_changed_are_named_and_made_again(register: Register) -> None:
    register.propose("alice", "Alice", "Example")
    register.propose("bob", "Bob", "Example")
    register.hold("bob")
    good = rows()
    CaseRow.objects.filter(case="case-alice").delete()
    StintRow.objects.filter(case="case-bob").update(facility="nowhere")

    found = projections.rebuild()

    assert [(each.table, each.key, each.missing, each.extra) for each in found.differences] == [
        ("CaseRow", "case-alice", True, False),
        ("StintRow", "case-bob 0", False, False),
    ]
    assert StintRow.objects.get(case="case-bob").facility == "tartu"
    assert rows() == good
    assert projections.rebuild().differences == ()
    assert len(rows()) == len(good) == found.rows


def test_somebody_whose_case_ended_can_be_proposed_again(register: Register) -> None:
    register.propose("alice", "Alice", "Example")
    register.record("case-alice", STEPS[-1][1], person="person-alice")

    register.record("case-alice-2", proposed("Alice", "Example"), person="person-alice")

    assert list(CaseRow.objects.order_by("case").values_list("case", "is_open")) == [
        ("case-alice", False),
        ("case-alice-2", True),
    ]


def waits_in_the_database() -> bool:
    """Whether anybody waits for a lock, as the server says over a connection of its own."""
    name = connection.settings_dict["NAME"]
    with postgres.connected() as other:
        found = other.execute(
            "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = %s AND wait_event_type = 'Lock'", [name]
        )
        return bool(found.fetchone()[0])


@ON_POSTGRESQL
def test_whoever_records_while_all_is_rebuilt_is_in_the_lists_afterwards(register: Register) -> None:
    register.propose("alice", "Alice", "Example")

    def record() -> None:
        try:
            register.propose("bob", "Bob", "Example")
        finally:
            connection.close()

    recording = threading.Thread(target=record)

    def meanwhile(execute: Callable[..., object], sql: str, *more: object) -> object:
        if sql.startswith("DELETE") and recording.ident is None:
            recording.start()
            until = time.monotonic() + 120
            while recording.is_alive() and not waits_in_the_database() and time.monotonic() < until:
                time.sleep(0.01)
        return execute(sql, *more)

    with connection.execute_wrapper(meanwhile):
        assert projections.rebuild().differences == ()
    recording.join(120)

    assert {*CaseRow.objects.values_list("case", flat=True)} == {"case-alice", "case-bob"}
    assert projections.rebuild().differences == ()
