"""People held in March 2026, each as the entries that say so: for tests of the ledger, without the acts' own rules.

`Stay` writes one invented person's stream. Moments are typed by the clock of the facility's wall: `(5, 9, 30)` is the
fifth of March at half past nine.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from habeas.core.case import Case, fold
from habeas.core.context import Context
from habeas.core.entries import Body, Entry, specs
from habeas.core.entries import custody as held
from habeas.core.entries import procedure as p
from habeas.core.orders import StayOrder

from . import walk
from .world import BOOKING, DECIDER, ESCORT, OFFICER, RECEIVER, RECEIVING, TARTU, World

TALLINN, STOCKHOLM = "Europe/Tallinn", "Europe/Stockholm"
ANNEX = dataclasses.replace(TARTU, code="annex", name="Invented annex by another clock", time_zone=STOCKHOLM)
UNKNOWN = walk.NOT_KNOWN
_INDEX = itertools.count()

When = tuple[int, ...]


def march(day: int, hour: int = 0, minute: int = 0, zone: str = TALLINN) -> datetime:
    """A moment of March 2026 by the clock on the wall; the 32nd is the first of April, the 0th the last of February."""
    local = datetime(2026, 3, 1, hour, minute) + timedelta(days=day - 1)
    return local.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def context(*orders: StayOrder) -> Context:
    """Two facilities in two time zones."""
    facilities = {"tartu": TARTU, "annex": ANNEX}
    return dataclasses.replace(World().context(), facilities=facilities, orders=orders)


@dataclass
class Stay:
    """One invented person."""

    name: str
    zone: str = TALLINN
    facility: str = "tartu"
    entries: list[Entry] = field(default_factory=list)

    def add(self, body: Body, at: datetime, recorded_at: datetime | None = None, by: object = BOOKING) -> str:
        """Record an entry; by itself as it happens."""
        number = next(_INDEX)
        entry = Entry(
            id=f"{self.name}-{len(self.entries)}",
            index=number,
            stream=f"case-{self.name}",
            version=len(self.entries),
            subject=f"person-{self.name}",
            occurred_at=at,
            recorded_at=recorded_at or at,
            actor=by,  # type: ignore[arg-type]
            body=body,
        )
        self.entries.append(entry)
        return entry.id

    def on(self, body: Body, *when: int, recorded: When | None = None) -> str:
        """Record what happened at a moment of March, in the stay's own zone."""
        late = march(*recorded, zone=self.zone) if recorded else None
        return self.add(body, march(*when, zone=self.zone), late)

    def title(self, until: When | None = None, recorded: When | None = None, since: When | None = None) -> str:
        """A title in the receiving state; since January and without end, unless said."""
        body = p.TitleRecorded(
            state="EST",
            authority="Invented court",
            ground="a final sentence of imprisonment",
            reference="B 1-26",
            valid_from_at=march(*(since or (-50,)), zone=self.zone),
            valid_until_at=march(*until, zone=self.zone) if until else None,
        )
        return self.add(body, march(*(recorded or (-40,)), zone=self.zone), by=RECEIVER)

    def permitted(self) -> Stay:
        """Everything that must be done before the gate opens, in January."""
        start = march(-58)
        self.add(walk.proposal(facility=self.facility, sending="se-kv", receiving=RECEIVING), start, by=OFFICER)
        home = p.TitleRecorded(
            state="SWE",
            authority="Invented court",
            ground="a final sentence of imprisonment",
            reference="B 1-25",
            valid_from_at=start,
            valid_until_at=None,
        )
        self.add(home, start, by=OFFICER)
        notice = p.NoticeServed(language="nb", facts_relied_on="the sentence", served_by="Invented officer")
        self.add(notice, start, by=OFFICER)
        self.add(walk.decision(), march(-43), by=DECIDER)
        self.add(p.DecisionServed(language="nb", served_by="Invented officer"), march(-43), by=OFFICER)
        self.add(p.TransferAccepted(), march(-42), by=RECEIVER)
        return self

    def departed(self, *when: int) -> Stay:
        """On the manifest and away, with permission, five hours before `when`."""
        at = march(*when, zone=self.zone) - timedelta(hours=5)
        body = held.Manifested(manifest="M-1", departs_at=at, departs_from="Kumla", escort="Invented escort")
        self.add(body, at, by=OFFICER)
        self.add(held.DeparturePermitted(fit_to_travel="fit, seen today"), at, by=OFFICER)
        self.add(held.Departed(departed_from="Kumla", destination="Tartu", means="aircraft", outward=True), at)
        return self

    def at_the_door(self, *when: int) -> str:
        """Arrived, and the handover offered; the id of the offer."""
        at = march(*when, zone=self.zone)
        self.add(held.Arrived(facility=self.facility), at, by=ESCORT)
        offer = held.HandoverOffered(to_party=RECEIVING, place="at the gate", fitness="fit")
        return self.add(offer, at, by=ESCORT)

    def taken(self, *when: int) -> Stay:
        """The whole way into the cell: departed, arrived, both signatures, book-in."""
        offer = self.departed(*when).at_the_door(*when)
        at = march(*when, zone=self.zone)
        self.add(held.HandoverAccepted(offer=offer), at, by=BOOKING)
        self.add(dataclasses.replace(walk.admission(), facility=self.facility), at, by=BOOKING)
        return self

    def seen(self, days: Iterable[int], hour: int = 8) -> Stay:
        """On the roll call of these days of March."""
        for day in days:
            self.on(held.RollEntered(facility=self.facility, sign=held.Sign.ROLL_CALL, seen_by=UNKNOWN), day, hour)
        return self

    def unannounced(self, *when: int) -> Stay:
        """At the door without a case."""
        left_open = {each.name: UNKNOWN for each in specs(held.ArrivedUnannounced) if each.unstated}
        opening = held.ArrivedUnannounced(agreement="se-ee-2025", facility="tartu", **left_open)  # type: ignore[arg-type]
        self.on(dataclasses.replace(opening, sending="se-kv", receiving=RECEIVING), *when)
        return self

    def case(self, known_at: datetime | None = None) -> Case:
        return fold(self.entries, known_at)
