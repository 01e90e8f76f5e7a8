"""What the core must be told beside the case itself: terms, safeguards, places, orders, parties."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from habeas.core.entries.institutions import PartyKind
from habeas.core.orders import StayOrder
from habeas.core.oversight import NOTHING_FILED, Oversight
from habeas.core.safeguards import SafeguardSet
from habeas.core.terms import Agreement

if TYPE_CHECKING:
    from habeas.core.erasure import Erasing


@dataclass(frozen=True, slots=True, kw_only=True)
class Periods:
    """The lengths of time that the terms and safeguards fix."""

    objection: timedelta  # from the notice of the proposal, to object
    contest: timedelta  # from service of the decision, to contest it
    contested_after: timedelta  # from arrival, until an unanswered handover is contested custody
    title_warning: timedelta  # before a title runs out


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """An authority or body that acts in this register."""

    id: str
    name: str
    kind: PartyKind
    state: str | None  # ISO 3166-1 alpha-3


@dataclass(frozen=True, slots=True, kw_only=True)
class Facility:
    """A site as last certified, with the number on its roll, and of places kept for people on a manifest who
    have not come yet. Areas in square metres."""

    code: str
    name: str
    state: str
    time_zone: str
    agreement: str
    certified_normal_accommodation: int
    working_capacity: int
    maximum_capacity: int
    living_space_m2: Decimal
    certificate: str
    approved_by: str
    valid_from_on: date
    on_roll: int = 0
    promised: int = 0


UNLISTED = "unlisted"
"""The code of a place that has no certificate and that no agreement names, or of one that nobody knows: whoever reports
that a person was taken there is never kept waiting for a certificate. Nobody can certify it."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Context:
    """All that a command or a check may depend on beside the case. `digests` maps (entry id, field) to the
    hex digest in the register, for corrections; `open_cases` are the person's other open cases."""

    agreement: Agreement
    safeguards: SafeguardSet
    periods: Periods
    sending: str
    receiving: str
    facilities: Mapping[str, Facility]
    parties: Mapping[str, Party]
    orders: tuple[StayOrder, ...] = ()
    oversight: Oversight = NOTHING_FILED
    open_cases: tuple[str, ...] = ()
    digests: Mapping[tuple[str, str], str] = field(default_factory=dict)
    erasing: "Erasing | None" = None  # for steps of an erasure alone

    def facility(self, code: str) -> Facility | None:
        return self.facilities.get(code)

    def facility_name(self, code: str) -> str:
        """A facility's name, or its code while it is not certified."""
        found = self.facilities.get(code)
        return found.name if found else code

    def zone(self, facility: str) -> str:
        """The time zone in which this facility's days are counted; UTC while none is certified."""
        found = self.facilities.get(facility)
        return found.time_zone if found else "UTC"

    @property
    def zones(self) -> frozenset[str]:
        """The time zones in which days are counted under this agreement."""
        own = {each.time_zone for each in self.facilities.values() if each.agreement == self.agreement.id}
        return frozenset(own or {"UTC"})

    def name_of(self, party: str) -> str:
        """A party's name, or its id while it is not registered."""
        found = self.parties.get(party)
        return found.name if found else party

    def state_of(self, party: str) -> str:
        """The country of a party, or an empty text."""
        found = self.parties.get(party)
        return (found.state if found else None) or ""
