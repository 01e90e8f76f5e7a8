"""Worked case 9 and failure W02: an order spoken at 18:45 and written at 19:25 while people are in the air.

The times of 15 March 2025 are general knowledge about the orders of Judge Boasberg; the people, the courts and the
journeys are invented, and the terms are those of the demonstration. Times below are UTC.
"""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from habeas.core.compliance import acknowledged, concerns, seen_by, steps, whereabouts
from habeas.core.entries import custody as held
from habeas.core.entries import institutions as i
from habeas.core.entries import orders as o
from habeas.core.findings import findings
from habeas.core.orders import StayOrder
from tests.core import walk
from tests.core.world import BOOKING, COURT, ESCORT, MONITOR, OFFICER, World
from tests.spec.failures import Outcome, replays

EXPOSED, REFUSED = Outcome.EXPOSED, Outcome.REFUSED
LEFT = held.Departed(departed_from="Kumla", destination="Tartu", means="aircraft", outward=True)
HERE = held.Arrived(facility="tartu")


def at(time: str) -> datetime:
    """A time of that evening; after midnight from 00:00 on."""
    hour, minute = map(int, time.split(":"))
    return datetime(2027, 3, 15 if hour >= 12 else 16, hour, minute, tzinfo=UTC)


PEOPLE = {
    # who: left at, arrived at
    "landed before the oral order": ("15:10", "18:20"),
    "in the air when the order was spoken": ("17:26", "23:05"),
    "in the air, turned back": ("17:45", None),
    "left between the two orders": ("19:05", "00:18"),
    "left after the written order": ("19:36", "00:42"),
    "never left": (None, None),
}


class Evening:
    """That evening played in the order in which the record took it; both orders were lodged at 19:30."""

    def __init__(self) -> None:
        self.world = World()
        self.cases = {who: walk.propose(self.world) for who in PEOPLE}
        moves = [
            (at(time), act, body, self.cases[who])
            for who, (left, arrived) in PEOPLE.items()
            for time, act, body in ((left, "report_departure", LEFT), (arrived, "report_arrival", HERE))
            if time
        ]
        lodging_at = at("19:30")
        for when, act, body, case in sorted(moves, key=lambda each: each[0]):
            if when >= lodging_at and not self.orders():
                self._lodge(lodging_at)
            self.world.now = when
            self.world.take(act, body, ESCORT, case)
        self.world.now = at("02:00")
        turned = self.cases["in the air, turned back"]
        self.world.take("report_return", held.Returned(place="Kumla"), OFFICER, turned, occurred_at=at("21:40"))

    def _lodge(self, now: datetime) -> None:
        self.world.now = now
        for reference, given, issued in (("oral", i.Given.ORAL, "18:45"), ("written", i.Given.WRITTEN, "19:25")):
            body = o.OrderLodged(
                court="Invented district court",
                reference=reference,
                given=given,
                sort=i.OrderSort.STAY,
                class_described="everybody on the flights of that evening",
                must_be_done="Turn the aircraft around and bring everybody back.",
            )
            self.world.take("lodge_order", body, MONITOR, occurred_at=at(issued))

    def orders(self) -> tuple[StayOrder, ...]:
        return self.world.context().orders

    def row(self, order: StayOrder, who: str) -> tuple[str, str, str, list[str]]:
        """Where a person was when the order was issued, when the record had it, and now; and each act against it."""
        case, context = self.world.case(self.cases[who]), self.world.context()
        moments = (order.issued_at, order.recorded_at, self.world.now)
        places = [whereabouts(case, context, each).where.value for each in moments]
        against = [each.entry for each in steps(order, case, context) if each.breach]
        return (*places, [f"{each.kind} {each.occurred_at:%H:%M}" for each in against])  # type: ignore[return-value]


@pytest.fixture(scope="module")
def evening() -> Evening:
    return Evening()


ORAL = {
    "landed before the oral order": ("in_facility", "in_facility", "in_facility", []),
    "in the air when the order was spoken": ("on_the_way", "on_the_way", "in_facility", ["arrived 23:05"]),
    "in the air, turned back": ("on_the_way", "on_the_way", "ended", []),
    "left between the two orders": ("not_left", "on_the_way", "in_facility", ["departed 19:05", "arrived 00:18"]),
    "left after the written order": ("not_left", "not_left", "in_facility", ["departed 19:36", "arrived 00:42"]),
    "never left": ("not_left", "not_left", "not_left", []),
}
WRITTEN = {**ORAL, "left between the two orders": ("on_the_way", "on_the_way", "in_facility", ["arrived 00:18"])}


@pytest.mark.parametrize("who", PEOPLE)
@pytest.mark.parametrize(("which", "expected"), [(0, ORAL), (1, WRITTEN)], ids=["oral", "written"])
@replays("W02", EXPOSED, to="the court, the monitor, both states", seen="on the order's page, from its record on")
def test_each_person_has_a_row_of_where_they_were_and_what_was_done_against_the_order(
    evening: Evening, which: int, expected: dict[str, tuple[str, str, str, list[str]]], who: str
) -> None:
    """Each person has a row: where they were when the order was given, when the record had it, and now; what was done
    against it since, and who has read it."""
    order = evening.orders()[which]
    assert concerns(order, evening.world.case(evening.cases[who]), evening.world.context())
    assert evening.row(order, who) == expected[who]


@pytest.mark.parametrize("who", PEOPLE)
def test_the_breaches_of_both_orders_are_the_findings_of_the_case(evening: Evening, who: str) -> None:
    found = findings(evening.world.case(evening.cases[who]), evening.world.context(), evening.world.now)
    said = [each.message for each in found if each.rule == "stay_breached"]
    expected = [*ORAL[who][3], *WRITTEN[who][3]]
    assert len(said) == len(expected)
    assert {each.code for each in said} <= {"finding.stay_breached_lodged"}


def test_until_the_court_confirms_it_nobody_is_told_that_a_court_stands_behind_it() -> None:
    evening = Evening()
    oral, case = evening.orders()[0], evening.cases["left after the written order"]
    evening.world.take("confirm_order", o.OrderConfirmed(order=oral.id, reference="oral, of record"), COURT)
    found = findings(evening.world.case(case), evening.world.context(), evening.world.now)
    said = [each.message.code for each in found if each.rule == "stay_breached"]
    assert sorted(said) == ["finding.stay_breached"] * 2 + ["finding.stay_breached_lodged"] * 2


def test_who_read_it_and_each_step_to_comply_stand_beside_what_was_done_against_it() -> None:
    evening = Evening()
    oral, case = evening.orders()[0], evening.cases["in the air, turned back"]
    step = o.ComplianceStepReported(order=oral.id, done="the pilot was told to turn back", done_by="Invented tower")
    evening.world.take("acknowledge_order", o.OrderAcknowledged(order=oral.id), OFFICER, case)
    evening.world.take("report_compliance_step", step, OFFICER, case, occurred_at=at("20:15"))
    folded, context = evening.world.case(case), evening.world.context()
    assert [f"{each.entry.kind} {each.entry.occurred_at:%H:%M}" for each in steps(oral, folded, context)] == [
        "compliance_step_reported 20:15",
        "returned 21:40",
        "order_acknowledged 02:00",
    ]
    assert acknowledged(oral, folded)
    assert [each.actor for each in seen_by(oral, folded)] == [OFFICER]


@replays("W02", REFUSED, to="the officer at the gate", seen="from the minute in which anybody lodged it")
def test_nothing_after_the_lodging_could_still_be_permitted() -> None:
    """An order that a relative, counsel or the monitor lodged bars the next step before any court has confirmed it."""
    evening = Evening()
    case = evening.cases["never left"]
    offer = held.HandoverOffered(to_party="ee-vm", place="gate", fitness="fit")
    assert "policy.lodged_order" in evening.world.refused("offer_handover", offer, OFFICER, case)
    arrived = evening.cases["left after the written order"]
    evening.world.take("admit", walk.admission(), BOOKING, arrived)
